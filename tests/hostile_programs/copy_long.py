x = list(range(10**5))
while True: list(x)
