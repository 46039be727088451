x = list(range(10**5))
while True: x.insert(0, x.pop())
