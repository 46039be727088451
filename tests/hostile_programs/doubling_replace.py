x = 'aa'
while True:
    x = x.replace('a', 'aa')
