class A: pass
x = []
while True: x.append(A())
