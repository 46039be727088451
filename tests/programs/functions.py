r = []
def f(a, b=2, *args, c, d=4, **kw): return (a, b, args, c, d, sorted(kw.items()))
r += [f(1, c=3), f(1, 5, 6, 7, c=8, d=9, z=0), f(*[1, 2, 3], **{"c": 4}), f(c=1, a=2), f(*(1,), *[2], c=3, **{"d": 1}, **{"e": 2})]
def pos(a, b, /, c): return a, b, c
r += [pos(1, 2, 3), pos(1, 2, c=3)]
def attempt(g, *a, **k):
    try: return g(*a, **k)
    except TypeError as e: return str(e)
for g, a, k in [(f, (), {}), (f, (1,), {}), (f, (1,), {"c": 1, "a": 2}), (pos, (1,), {}), (pos, (1, 2, 3, 4), {}), (lambda: 1, (1,), {}), (lambda x, y: 1, (), {}), (lambda x, y, z: 1, (), {}), (lambda x: 1, (), {"q": 1}), (lambda *, k: 1, (), {}), (lambda *, k, j: 1, (), {}), (lambda x=1: 1, (1, 2), {}), (lambda x, y=2: 1, (1, 2, 3), {})]:
    r.append(attempt(g, *a, **k))
def deco(n):
    def wrap(g):
        def inner(*a): return [n, g(*a)]
        return inner
    return wrap
@deco("outer")
@deco("inner")
def plain(x): return x * 2
r.append(plain(4))
class CallCount:
    def __init__(self, g): self.g, self.n = g, 0
    def __call__(self, *a): self.n += 1; return self.g(*a)
@CallCount
def counted(x): return x
counted(1); counted(2)
r.append(counted.n)
class Methods:
    registry = {}
    def register(name, registry=registry):
        def wrap(g): registry[name] = g; return g
        return wrap
    @register("one")
    def first(self): return 1
    @register("two")
    def second(self): return 2
r.append([Methods.registry[k](Methods()) for k in ("one", "two")])
def compose(*fs):
    def run(x):
        for g in fs: x = g(x)
        return x
    return run
r.append(compose(lambda x: x + 1, str, lambda s: s * 2)(4))
def curry(a): return lambda b: lambda c: (a, b, c)
r.append(curry(1)(2)(3))
memo = {}
def fib(n):
    if n not in memo: memo[n] = n if n < 2 else fib(n - 1) + fib(n - 2)
    return memo[n]
r.append(fib(50))
def acc():
    total = 0
    while True:
        x = yield total
        if x is None: return "done"
        total += x
g = acc()
next(g)
r += [g.send(5), g.send(6)]
try: g.send(None)
except StopIteration as e: r.append(e.value)
def tree(n): return None if n == 0 else (tree(n - 1), n, tree(n - 1))
def walk(t):
    if t:
        yield from walk(t[0])
        yield t[1]
        yield from walk(t[2])
r.append(list(walk(tree(3))))
def annotated(x: "int" = 3, *y: "undefined_name", z: [1, 2] = 5) -> "missing": return x, y, z
r.append(annotated())
v: int = 5
w: "list[nope]"
r.append(v)
def doc():
    "the doc"
    return 1
r += [doc.__doc__, doc.__name__, (lambda: 1).__name__]
doc.attr = 5
r += [doc.attr, hasattr(doc, "other"), sorted(doc.__dict__)]
def mutual_a(n): return "a" if n == 0 else mutual_b(n - 1)
def mutual_b(n): return "b" if n == 0 else mutual_a(n - 1)
r.append(mutual_a(7))
def many(*a, **k): return len(a), len(k)
r.append(many(*range(50), **{str(i): i for i in range(20)}))
def early(n):
    for i in range(n):
        for j in range(n):
            if i * j == 6: return i, j
    return None
r.append(early(10))
def loop_else(n):
    for i in range(n):
        if i == 3: break
    else: return "no break"
    return "break"
r += [loop_else(2), loop_else(9)]
def while_else(n):
    while n:
        n -= 1
        if n == 5: break
    else: return "done"
    return "five"
r += [while_else(3), while_else(9)]
def local_names(a, b=2):
    c = a + b
    return locals()
r.append(local_names(1))
def shadow(list, str="s"): return list, str
r.append(shadow(1))

r.append((lambda a, /, b, *, c: (a, b, c))(1, b=2, c=3))
r.append([*map(lambda p: p[0] ** p[1], [(2, 3), (3, 2)])])
x = 5
def default_time(y=x): return y
x = 6
r.append(default_time())
r.append([i() for i in [lambda i=i: i * 10 for i in range(3)]])
def gen_expr_scope():
    n = 3
    return list(n * i for i in range(n))
r.append(gen_expr_scope())
def ternary_chain(n): return "neg" if n < 0 else "zero" if n == 0 else "small" if n < 10 else "big"
r.append([ternary_chain(n) for n in (-1, 0, 5, 50)])
def unpack_args(first, *rest): return first, rest
r.append(unpack_args(*"abc"))
def swap(a, b): return b, a
a, b = swap(1, 2)
r += [a, b]
def star_middle(): return [*(1, 2), 3, *[4]]
r.append(star_middle())
def nested_data(): return {"a": [{"b": (1, [2, {"c": 3}])}]}
r.append(nested_data()["a"][0]["b"][1][1]["c"])
