x = dict.fromkeys(range(10**4))
while True: dict(x)
