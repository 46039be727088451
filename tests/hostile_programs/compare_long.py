x = list(range(10**5))
y = list(x)
while True: x == y
