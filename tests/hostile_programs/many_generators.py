x = []
while True: x.append((y for y in x))
