x = [1]
for i in range(100000):
    x = zip(x)
next(x)
