x = 'a' * 10**6
while True: 'b' in x
