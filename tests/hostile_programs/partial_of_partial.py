import functools
f = len
for i in range(100000):
    f = functools.partial(f, 1)
f()
