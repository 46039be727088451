def gen():
    x = yield 1
    y = yield x
    return y
def outer():
    z = yield from gen()
    yield ("z", z)
g=outer()
r=[next(g), g.send("a"), g.send("b")]
try: next(g)
except StopIteration as e: r.append(("stop", e.value))
def fin():
    try:
        yield 1
        yield 2
    except ValueError as e:
        yield str(e)
    finally:
        r.append("closed")
g=fin(); r.append(next(g)); r.append(g.throw(ValueError("t"))); r.append(list(g))
g=fin(); next(g); g.close()
r.append(sum(i*i for i in range(10) if i%2))
r.append([ (a,b) for a in range(3) for b in "ab" if a!=1])
r.append({x%3 for x in range(7)}); r.append({k:[v for v in range(k)] for k in range(3)})
