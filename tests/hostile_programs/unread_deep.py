import weird
x = []
for i in range(100000):
    x = [x]
weird.f(x)
1 / 0
