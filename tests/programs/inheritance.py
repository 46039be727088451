r = []
class A:
    def __init__(self, **k): r.append("A"); self.k = k
    def f(self): return ["A.f"]
    @classmethod
    def c(cls): return ("A.c", cls.__name__)
    @staticmethod
    def s(): return "A.s"
    @property
    def p(self): return "A.p"
    x = 1
class B(A):
    def __init__(self, b=0, **k): r.append("B"); super().__init__(**k); self.b = b
    def f(self): return ["B.f"] + super().f()
    @classmethod
    def c(cls): return ("B.c", super().c())
    @property
    def p(self): return "B.p+" + super().p
class C(A):
    def __init__(self, c=0, **k): r.append("C"); super().__init__(**k); self.c_ = c
    def f(self): return ["C.f"] + super().f()
    @staticmethod
    def s(): return "C.s"
    x = 3
class D(B, C):
    def __init__(self): super().__init__(b=1, c=2, z=3); r.append("D")
    def f(self): return ["D.f"] + super(D, self).f()
d = D()
r += [d.b, d.c_, d.k, d.f(), D.c(), d.s(), d.p, d.x, D.x, isinstance(d, C)]
d.x = 9
r += [d.x, D.x, C.x]
A.y = "late"
r += [d.y, D.y]
def g(self): return ("patched", self.b)
B.g = g
r.append(d.g())
D.f = lambda self: "replaced"
r.append(d.f())
d.f = lambda: "own"
r.append(d.f())
del d.f
r.append(d.f())
class E(D):
    def f(self): return super().f()
r.append(E().f())
class Mixin:
    def describe(self): return f"{type(self).__name__}:{self.name()}"
class Named(Mixin):
    def name(self): return "n"
r.append(Named().describe())
class Outer:
    class Inner:
        v = 5
        def get(self): return Outer.Inner.v
    def make(self): return self.Inner()
r.append(Outer().make().get())
def factory(base, **attrs):
    class Made(base):
        extra = attrs
        def f(self): return super().f() + [self.extra]
    return Made
r.append(factory(A, q=1)().f())
classes = {c.__name__: c for c in (A, B, C)}
r.append([n for n, c in classes.items() if issubclass(c, B)])
class L(list):
    def __init__(self, *a): super().__init__(a); self.extra = "e"
    def append(self, x): super().append(x * 2)
    def __getitem__(self, i): return ("L", super().__getitem__(i))
    def total(self): return sum(self)
l = L(1, 2)
l.append(3)
l.extend([4])
l += [5]
r += [l, l[0], l.total(), len(l), l.extra, list(reversed(l)), l == [1, 2, 6, 4, 5], 6 in l, l.index(6), [x for x in l], l + [1], l * 2, bool(L()), sorted(l)]
class Dd(dict):
    def __missing__(self, k): self[k] = v = k * 2; return v
    def __getattr__(self, n):
        try: return self[n]
        except KeyError: raise AttributeError(n)
    def __setitem__(self, k, v): super().__setitem__(k, v)
dd = Dd(a=1)
r += [dd["a"], dd["zz"], dd, dd.get("none"), dd.a, "zz" in dd, list(dd), dict(dd), {**dd}, len(dd), dd == {"a": 1, "zz": "zzzz"}]
class S(str):
    def shout(self): return self.upper() + "!"
s = S("hey")
r += [s, s.shout(), s + "x", s == "hey", {s: 1}["hey"], len(s), s[0], f"{s:>5}", "%s" % s, s.split("e"), isinstance(s, str), ",".join([s, "a"])]
class I(int):
    def __add__(self, o): return I(int(self) + int(o) + 100)
    def __repr__(self): return f"I({int(self)})"
r += [I(1) + 2, 5 + I(1), I(3) * 2, I(7) == 7, I(2) < 3, [0, 1, 2][I(1)], range(I(3)), I(5) // 2, -I(4), abs(I(-4)), int(I(6)), I("12"), hash(I(5)) == hash(5)]
class F(float): pass
r += [F(1.5) + 1, F(2.0) == 2, F("3.5")]
class T(tuple):
    def first(self): return self[0]
t = T((1, 2))
r += [t.first(), t, t + (3,), t == (1, 2), {t: 5}[(1, 2)], len(t), [*t], T([5]).first(), isinstance(t, tuple)]
a, b = t
class St(set):
    def add(self, x): super().add(x * 2)
st = St([1])
st.add(2)
r += [sorted(st), 4 in st, len(st), st | {9} == {1, 4, 9}]
class Ex(ValueError):
    def __init__(self, m): super().__init__(m.upper())
try: raise Ex("m")
except ValueError as e: r += [str(e), e.args]
r += [A.__name__, D.__qualname__, Outer.Inner.__qualname__, A.f.__name__, A.f.__qualname__, d.f.__name__]
class Counter:
    instances = []
    def __init__(self): self.instances.append(self); type(self).total = len(self.instances)
Counter(); Counter()
r += [Counter.total, len(Counter.instances)]
class Dispatch:
    def run(self, op): return getattr(self, f"op_{op}", self.unknown)(op)
    def op_a(self, _): return "a"
    def unknown(self, op): return f"?{op}"
r += [Dispatch().run("a"), Dispatch().run("z")]
class Chain:
    def __init__(self): self.l = []
    def add(self, x): self.l.append(x); return self
r.append(Chain().add(1).add(2).add(3).l)
setattr(Chain, "dyn", lambda self, k: (k, self.l))
r.append(Chain().dyn(5))
r.append([getattr(Chain(), n) for n in ["l"]])
class Slots:
    __slots__ = ("a", "b")
    def __init__(self): self.a = 1
sl = Slots()
sl.b = 2
r += [sl.a + sl.b]
