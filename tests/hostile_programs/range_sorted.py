sorted(range(10**8))
