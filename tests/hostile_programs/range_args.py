print(*range(10**9))
