x = 'ab'
while True:
    x = x.join([x, x, x])
