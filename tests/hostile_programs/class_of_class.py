class A: pass
for i in range(100000):
    class A(A): pass
