r = []
class V:
    def __init__(self, *v): self.v = list(v)
    def __add__(self, o): return V(*(a + b for a, b in zip(self.v, o.v))) if isinstance(o, V) else NotImplemented
    def __radd__(self, o): return ("radd", o)
    def __sub__(self, o): return "sub"
    def __rsub__(self, o): return "rsub"
    def __mul__(self, o): return V(*(a * o for a in self.v))
    __rmul__ = __mul__
    def __matmul__(self, o): return sum(a * b for a, b in zip(self.v, o.v))
    def __truediv__(self, o): return "truediv"
    def __floordiv__(self, o): return "floordiv"
    def __mod__(self, o): return "mod"
    def __pow__(self, o): return "pow"
    def __rpow__(self, o): return "rpow"
    def __and__(self, o): return "and"
    def __or__(self, o): return "or"
    def __xor__(self, o): return "xor"
    def __lshift__(self, o): return "lshift"
    def __rshift__(self, o): return "rshift"
    def __neg__(self): return V(*(-a for a in self.v))
    def __pos__(self): return "pos"
    def __invert__(self): return "invert"
    def __abs__(self): return "abs"
    def __iadd__(self, o): self.v.append(o); return self
    def __isub__(self, o): return "isub"
    def __getitem__(self, i): return ("item", i) if not isinstance(i, int) else self.v[i]
    def __setitem__(self, i, x): self.v[i] = x
    def __delitem__(self, i): del self.v[i]
    def __len__(self): return len(self.v)
    def __iter__(self): return iter(self.v)
    def __reversed__(self): return "reversed"
    def __contains__(self, x): return x == "magic"
    def __eq__(self, o): return isinstance(o, V) and self.v == o.v
    def __ne__(self, o): return "ne"
    def __lt__(self, o): return len(self.v) < len(o.v)
    def __gt__(self, o): return "gt"
    def __le__(self, o): return "le"
    def __bool__(self): return any(self.v)
    def __repr__(self): return f"V{tuple(self.v)}"
    def __str__(self): return "str V"
    def __format__(self, spec): return f"<{spec}>"
    def __call__(self, *a, **k): return a, k
    def __int__(self): return 7
    def __float__(self): return 7.5
    def __index__(self): return 1
    def __round__(self, n=None): return ("round", n)
    def __enter__(self): return "entered"
    def __exit__(self, *a): return True
    def __getattr__(self, name):
        if name.startswith("dyn"): return name[3:]
        raise AttributeError(f"no {name}")
    def __hash__(self): return 5
a, b = V(1, 2), V(3, 4)
r += [a + b, 5 + a, a - 1, 1 - a, a * 3, 3 * a, a @ b, a / 1, a // 1, a % 1, a**2, 2**a, a & 1, a | 1, a ^ 1, a << 1, a >> 1, -a, +a, ~a, abs(a)]
c = a
c += 9
r += [a, c is a]
d = V(1)
d -= 1
r += [d, a[0], a[1:2], a["k"], a[1, 2], a[..., None]]
a[0] = 100
del a[1]
r += [a, len(a), list(a), reversed(a), "magic" in a, 1 in a, a == V(100, 9), a != b, a < b, a > b, a <= b, bool(V(0)), not V(0), str(a), repr(a), f"{a}", f"{a:>5}", f"{a!r}", "%s %r" % (a, a), "{:x}".format(a)]
r += [a(1, k=2), int(a), float(a), [10, 20][a], round(a), round(a, 2), a.dynfoo, hasattr(a, "nope"), [*a], sorted([V(1, 2), V(1)])]
with a as e: r.append(e)
try: a + 5
except TypeError as x: r.append(str(x))
class Base:
    def __eq__(self, o): return "base"
    def __add__(self, o): return "base+"
    def __radd__(self, o): return "base radd"
class Derived(Base):
    def __radd__(self, o): return "derived radd"
r += [Base() + Derived(), Base() == Derived(), Derived() + Base(), 1 + Base()]
class Desc:
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, obj, owner): return ("get", self.name, obj is None, owner.__name__)
    def __set__(self, obj, v): obj.__dict__["_" + self.name] = v
class NonData:
    def __get__(self, obj, owner): return "nondata"
class Host:
    x = Desc()
    y = NonData()
h = Host()
h.x = 5
r += [h.x, Host.x, h._x, h.y]
h.y = 3
r.append(h.y)
class Prop:
    def __init__(self): self._v = 1
    @property
    def v(self):
        "doc"
        return self._v
    @v.setter
    def v(self, n): self._v = n * 2
    @v.deleter
    def v(self): self._v = "deleted"
    w = property(lambda self: "w")
p = Prop()
p.v = 4
r += [p.v, p.w]
del p.v
r.append(p.v)
try: p.w = 1
except AttributeError as x: r.append("read only")
class Set:
    def __setattr__(self, n, v): object.__setattr__(self, n, ("set", v))
    def __delattr__(self, n): r.append(("del", n)); super().__delattr__(n)
s = Set()
s.q = 1
r.append(s.q)
del s.q
r.append(hasattr(s, "q"))
class It:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n == 0: raise StopIteration
        self.n -= 1
        return self.n
r += [list(It(3)), sum(It(4)), max(It(3)), [x for x in It(2)], dict(zip("ab", It(2))), 1 in It(3), tuple(map(str, It(2)))]
x, y = It(2)
r += [x, y]
class Old:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i * i
r += [list(Old()), 4 in Old(), [*Old()]]
class Sized:
    def __len__(self): return 0
r += [bool(Sized()), len(Sized())]
class Cls:
    count = 0
    def __init_subclass__(cls, tag=None, **k): super().__init_subclass__(**k); Cls.count += 1; cls.tag = tag
    def __class_getitem__(cls, i): return (cls.__name__, i)
    def __new__(cls, *a): o = super().__new__(cls); o.made = True; return o
    def __init__(self, a): self.a = a
class Sub(Cls, tag="t"): pass
r += [Sub.tag, Cls.count, Cls[int is int], Sub(3).made, Sub(4).a]
class Single:
    _one = None
    def __new__(cls):
        if cls._one is None: cls._one = super().__new__(cls)
        return cls._one
r.append(Single() is Single())
class Other:
    def __new__(cls): return 42
r.append(Other())
r += [type(p).__name__, Prop.__name__, p.__class__ is Prop, isinstance(p, (int, Prop)), issubclass(Derived, Base), callable(p), callable(Prop), callable(a)]
class Abs:
    def m(self): raise NotImplementedError("m")
try: Abs().m()
except NotImplementedError as x: r.append(str(x))
f = p.__class__.v.fget
r.append(f(p))
m = "abc".upper
r.append(m())
bound = [].append
bound(1)
r.append(getattr("a,b", "split")(","))
class Cmp:
    def __init__(self, k): self.k = k
    def __lt__(self, o): return self.k < o.k
    def __repr__(self): return f"C{self.k}"
r += [sorted([Cmp(3), Cmp(1), Cmp(2)]), max([Cmp(1), Cmp(5)], key=lambda c: -c.k), min(Cmp(2), Cmp(1)), sorted([Cmp(1), Cmp(2)], reverse=True)]
r += [Base.__add__(Base(), 1), int.__add__(2, 3), str.upper("q"), list.append.__name__, dict.get({"a": 1}, "a"), (5).__add__(3), "a".__add__("b"), [1].__len__(), (1).__class__.__name__]
