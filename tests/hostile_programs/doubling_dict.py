x = {0: 0}
while True:
    x = {**x, **{k + len(x): 0 for k in x}}
