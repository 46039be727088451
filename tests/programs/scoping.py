r = []
x = "global"
def outer():
    x = "outer"
    def inner():
        nonlocal x
        x = "changed"
        return [y for y in x]
    class C:
        x = "class"
        def get(self): return x
        y = [x for _ in range(2)]
        z = x
    return inner(), x, C().get(), C.y, C.z
r.append(outer())
def g():
    global x, fresh
    x = "new"
    fresh = 3
g()
r += [x, fresh]
def unbound():
    try:
        print(u)
    except UnboundLocalError as e:
        r.append(type(e).__name__)
    u = 1
unbound()
def deleted():
    v = 1
    del v
    try: v
    except UnboundLocalError: r.append("gone")
deleted()
def free():
    def f(): return late
    try: f()
    except NameError as e: r.append(type(e).__name__)
    late = 4
    return f()
r.append(free())
def counters():
    fs = []
    for i in range(3):
        def f(j=i): return (i, j)
        fs.append(f)
    return [f() for f in fs]
r.append(counters())
class Private:
    __hidden = 1
    def __init__(self): self.__own = 2
    def get(self): return self.__own + self.__hidden
    def __secret(self): return "s"
    def call(self): return self.__secret()
class Sub(Private):
    def __init__(self):
        super().__init__()
        self.__own = 50
p = Sub()
r += [p.get(), p.call(), sorted(p.__dict__), hasattr(p, "__own"), p._Private__own]
def default_is_shared(a, acc=[]):
    acc.append(a)
    return acc
default_is_shared(1)
r.append(default_is_shared(2))
if (n := 10) > 5: r.append(n)
r.append([y := 1, y + 1])
r.append([(last := i) for i in range(3)] + [last])
def walrus():
    any((hit := v) > 2 for v in [1, 2, 3, 4])
    return hit
r.append(walrus())
def nested():
    def a():
        def b():
            def c():
                nonlocal q
                q += 1
                return q
            return c()
        return b()
    q = 1
    return a(), q
r.append(nested())
lam = (lambda *a, k=2, **kw: (a, k, kw))(1, 2, k=3, z=4)
r.append(lam)
def exc_name():
    e = 5
    try: raise ValueError("x")
    except ValueError as e: pass
    try: return e
    except UnboundLocalError: return "unbound"
r.append(exc_name())
for i in range(3): pass
r.append(i)
class Meta:
    a = 1
    b = a + 1
    def f(self): return a if "a" in globals_ else "none"
globals_ = ()
r.append((Meta.b, Meta().f()))
def star():
    a, *b = range(4)
    *c, d = "xyz"
    (e, f), g = (1, 2), 3
    [h, [i, *j]] = [1, [2, 3, 4]]
    return a, b, c, d, e, f, g, h, i, j
r.append(star())
def chained():
    a = b = c = []
    a.append(1)
    return b, c is a
r.append(chained())
def conditional_def(flag):
    if flag:
        def f(): return "yes"
    else:
        def f(): return "no"
    return f()
r += [conditional_def(True), conditional_def(False)]
def recursive(n): return 1 if n == 0 else n * recursive(n - 1)
r.append(recursive(10))
r.append((lambda f: f(f, 5))(lambda s, n: 1 if n < 2 else n * s(s, n - 1)))
