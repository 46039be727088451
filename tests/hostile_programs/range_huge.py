len(range(10**1000)) + list(range(10**999))
