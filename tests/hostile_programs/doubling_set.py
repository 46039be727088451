x = {0}
while True:
    x |= {k + len(x) for k in x}
