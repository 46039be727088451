def k(x): return [k(y) for y in [x]]
k(1)
