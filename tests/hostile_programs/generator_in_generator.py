x = iter([1])
for i in range(100000):
    x = (y for y in x)
next(x)
