x = '%s%s'
while True:
    x = x % (x, x)
