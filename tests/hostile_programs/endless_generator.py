def g():
    while True:
        yield 1
list(g())
