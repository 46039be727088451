import weird
def f():
    if weird.x: return 1
    return 2
x = f()
x + 1 if x else 2
1 / 0
