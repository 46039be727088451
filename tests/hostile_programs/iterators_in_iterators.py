x = iter([1])
for i in range(100000):
    x = map(str, x)
next(x)
