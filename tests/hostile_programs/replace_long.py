x = 'a' * 10**6
while True: x.replace('b', 'c')
