import itertools
sum(1 for x in itertools.product(range(100), repeat=20))
