x = [0] * 10**5
y = [x * 1 for i in range(10**5)]
