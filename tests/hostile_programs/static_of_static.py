f = len
for i in range(100000):
    f = staticmethod(f)
f(1)
