x = 'a'
while True:
    x = f'{x}{x}'
