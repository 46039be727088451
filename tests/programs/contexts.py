class M:
    def __init__(s): s.log=[]
    def __enter__(s): s.log.append("in"); return s
    def __exit__(s,a,b,c):
        s.log.append(a.__name__ if a else None); return a is KeyError
r=[]
m=M()
with m as q:
    q.log.append("body")
with m:
    raise KeyError("x")
try:
    with m, M() as z:
        raise ValueError("x")
except ValueError: m.log.append("caught")
def f():
    with m: return 5
r=[m.log,f(),m.log, z.log]
