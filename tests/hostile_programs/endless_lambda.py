f = lambda n: f(n)
f(1)
