all(i >= 0 for i in range(10**12))
