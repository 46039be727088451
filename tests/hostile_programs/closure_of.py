def f(x):
    return lambda: x
f(1).__closure__
