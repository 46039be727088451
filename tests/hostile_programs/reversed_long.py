x = 'A' * 10**6
while True: x[::-1]
