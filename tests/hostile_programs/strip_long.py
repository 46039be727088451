x = ' ' * 10**6
while True: x.strip()
