def f(): pass
i = 0
while True:
    setattr(f, 'a' + str(i), i)
    i += 1
