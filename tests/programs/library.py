import collections, functools, itertools, operator, math, copy, enum, typing, abc, numbers
from collections import OrderedDict, defaultdict, Counter, deque, namedtuple
from dataclasses import dataclass, field, asdict, replace, fields, is_dataclass
from typing import NamedTuple, Optional, List, Generic, TypeVar, Callable
from contextlib import contextmanager, suppress, nullcontext, ExitStack
import collections.abc
r = []
o = OrderedDict([("a", 1), ("b", 2)])
o["c"] = 3
o.move_to_end("a")
r += [list(o), dict(o), o.popitem(), o.popitem(last=False), len(o), o == {"c": 3}, isinstance(o, dict)]
d = defaultdict(list)
d["x"].append(1)
d["y"]
r += [d, dict(d), d.get("q"), "q" in d]
c = Counter("abracadabra")
r += [c, c.most_common(2), c["z"], sum(c.values()), Counter(a=3) + Counter(a=1, b=2), Counter("aab") - Counter("a")]
q = deque([1, 2, 3], maxlen=3)
q.append(4)
q.appendleft(0)
r += [q, list(q), q.pop(), q.popleft(), len(q), q[0], deque("ab")]
P = namedtuple("P", "x y", defaults=[5])
p = P(1)
r += [p, p.x, p[1], p == (1, 5), tuple(p), p._replace(x=9), p._asdict(), P._fields, P._make([3, 4]), len(p), list(p), p + (1,)]
a, b = p
r += [a, b]
class Q(NamedTuple):
    name: str
    size: int = 3
    def double(self): return self.size * 2
r += [Q("n"), Q("n", 4).double(), Q(name="k", size=1).name, Q._fields]
@dataclass
class D:
    a: int
    b: str = "z"
    c: list = field(default_factory=list)
    d: int = field(default=7, repr=False)
    e: typing.ClassVar[int] = 5
    def __post_init__(self): self.c.append(self.a)
x = D(1)
r += [x, x == D(1), x != D(2), asdict(x), replace(x, a=2), [f.name for f in fields(x)], is_dataclass(x), D.e, x.d, D(1, c=[9]).c]
try: D()
except TypeError as e: r.append(str(e))
try: D(1, q=2)
except TypeError as e: r.append(str(e))
@dataclass(frozen=True, order=True)
class F(D if False else object):
    x: int
    y: int = 2
f = F(1)
try: f.x = 5
except Exception as e: r += [type(e).__name__, str(e)]
r += [F(1) < F(2), sorted([F(3), F(1)]), f]
@dataclass
class G(D):
    g: int = 1
r += [G(5), G(5, g=2).g]
class Mode(enum.Enum):
    A = 1
    B = "two"
    C = 1
    @property
    def low(self): return self.name.lower()
    @classmethod
    def first(cls): return list(cls)[0]
r += [Mode.A, Mode("two"), Mode["B"].value, Mode.C is Mode.A, list(Mode), len(Mode), Mode.A.low, Mode.first(), str(Mode.B), isinstance(Mode.A, Mode), Mode.A == Mode.A, Mode.A == 1, Mode.A in Mode, f"{Mode.B}", {Mode.A: 1}[Mode.A], Mode.A.name]
class N(enum.IntEnum):
    X = 1
    Y = 2
class S(str, enum.Enum):
    P = "p"
class T(enum.Enum):
    U = enum.auto()
    V = enum.auto()
class Planet(enum.Enum):
    E = (1, 2)
    def __init__(self, m, n): self.m = m; self.n = n
    @property
    def s(self): return self.m + self.n
r += [N.X + 1, N.Y > N.X, [0, 5][N.X], S.P == "p", S.P.value, S("p"), list(T), T.V.value, Planet.E.s, Planet.E.value, S.P.upper(), N(2)]
try: Mode("zz")
except ValueError as e: r.append(str(e))
g = functools.partial(int, base=2)
h = functools.partial(g, "101")
r += [g("11"), h(), g.keywords, functools.reduce(operator.add, [1, 2, 3]), functools.reduce(lambda a, b: a * b, [1, 2, 3], 10)]
@functools.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
r.append(fib(30))
def deco(f):
    @functools.wraps(f)
    def inner(*a, **k): return ("w", f(*a, **k))
    return inner
@deco
def named(x): "doc"; return x
r += [named(3), named.__name__]
class K:
    @functools.cached_property
    def v(self): r.append("once"); return 4
k = K()
r += [k.v, k.v]
@functools.total_ordering
class O:
    def __init__(s, v): s.v = v
    def __eq__(s, o): return s.v == o.v
    def __lt__(s, o): return s.v < o.v
r += [O(1) <= O(2), O(3) > O(2), O(2) >= O(2)]
r += [list(itertools.chain([1], "ab")), list(itertools.chain.from_iterable([[1], [2, 3]])), list(itertools.islice(itertools.count(5), 3)), list(itertools.accumulate([1, 2, 3])), list(itertools.product([1, 2], "ab")), list(itertools.combinations("abc", 2)), list(itertools.permutations([1, 2, 3], 2)), list(itertools.zip_longest([1], [2, 3])), list(itertools.repeat(1, 2)), list(itertools.starmap(pow, [(2, 3)])), [(k, list(g)) for k, g in itertools.groupby("aabc")], list(itertools.takewhile(lambda x: x < 3, [1, 2, 5])), list(itertools.pairwise([1, 2, 3])) if hasattr(itertools, "pairwise") else [(1, 2), (2, 3)], list(itertools.islice(itertools.cycle("ab"), 5))]
r += [operator.itemgetter(1)([5, 6]), operator.attrgetter("x")(p), operator.mul(3, 4), math.sqrt(16), math.ceil(2.1), math.floor(-2.1), math.log2(8), math.prod([2, 3]), math.pi, math.gcd(12, 18), math.factorial(5), math.isclose(1, 1 + 1e-12), math.inf, math.log(10), math.comb(5, 2)]
l = [[1], {"a": [2]}, (3, [4])]
m = copy.deepcopy(l)
m[0].append(9)
s = copy.copy(l)
s[0].append(7)
r += [l, m, s]
class Node:
    def __init__(self): self.c = [self]; self.n = 1
n = copy.deepcopy(Node())
r += [n.c[0] is n]
class Base(abc.ABC):
    @abc.abstractmethod
    def f(self): ...
class Impl(Base):
    def f(self): return 1
try: Base()
except TypeError as e: r.append("abstract" in str(e))
r += [Impl().f(), isinstance([], collections.abc.Iterable), isinstance(5, collections.abc.Iterable), isinstance({}, collections.abc.Mapping), isinstance((1,), collections.abc.Sequence), callable(Impl), isinstance(3, numbers.Number), isinstance("s", numbers.Number), isinstance(2.5, numbers.Integral), isinstance(len, collections.abc.Callable)]
X = TypeVar("X")
class Stack(Generic[X]):
    def __init__(self) -> None: self.items: List[X] = []
    def push(self, x: X) -> Optional[X]: self.items.append(x); return x
st = Stack[int]()
r += [st.push(3), typing.cast(int, "q"), typing.TYPE_CHECKING]
@contextmanager
def ctx(v):
    r.append("enter")
    try: yield v
    except KeyError: r.append("key")
    finally: r.append("exit")
with ctx(4) as v: r.append(v)
with ctx(4) as v: raise KeyError(1)
with suppress(ZeroDivisionError): 1 / 0
with nullcontext(5) as z: r.append(z)
with ExitStack() as es: r.append(es.enter_context(ctx(8)))
