import weird
class A(weird.B): pass
if A(): pass
1 / 0
