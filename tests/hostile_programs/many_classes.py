x = []
while True:
    class A: pass
    x.append(A)
