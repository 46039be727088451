x = '{0}{0}'
while True:
    x = x.format(x)
