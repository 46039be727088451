list(zip(range(10**12), range(10**12)))
