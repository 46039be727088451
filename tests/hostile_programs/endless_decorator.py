def d(f): return d(f)
@d
def f(): pass
