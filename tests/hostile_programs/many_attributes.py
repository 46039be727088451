class A: pass
a = A()
i = 0
while True:
    setattr(a, 'a' + str(i), i)
    i += 1
