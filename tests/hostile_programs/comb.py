import math
math.comb(10**6, 10**5)
