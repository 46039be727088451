"""Hostile programs: what the interpreter must refuse, survive and give nothing of its own away to.

    python -m tests.hostile.programs --seed 1 --count 100000      # what is found, a line a program
    python -m tests.hostile.programs --seed 1 --show 417          # one of them, and what became of it

Program number `n` of a seed is the same in every run: the project's own programs with something done to them, and programs made
of pieces that would exhaust steps, memory, recursion, text or whole numbers, or look into Python itself. Each is read as a
program and, where it is one of torch, as a network. It must end in a value or a fault that says what to type; each reading within
2 seconds of processor time and 500 MB; and every value it leaves must be one of the interpreter's own.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import signal
import sys
import time
import warnings
from collections import Counter
from functools import cache
from pathlib import Path
from types import FrameType

from archcalc.analysis import analyse
from archcalc.interpreter.importing import Importer, Programs
from archcalc.interpreter.interpreting import Interpreter
from archcalc.interpreter.values import Class, Instance, Module
from archcalc.network.description import Given
from archcalc.notations.pytorch.reader import Description
from archcalc.text.faults import UNSAID, SpecError
from archcalc.text.source import Source

TESTS = Path(__file__).parent.parent
SECONDS, MEGABYTES = 2.0, 500
# The library's own sources, compiled once for all programs.
COMPILED = Programs()
PLAIN = (type(None), bool, int, float, complex, str, tuple, range, slice, type(Ellipsis))
NETWORK = re.compile(r"\bnn\.|torch")
# What Python writes of its own objects, and no program of ours can know.
INSIDE = re.compile(r" at 0x[0-9a-f]{6,}|<(?:class|function|module) '?archcalc|<bound method [^>]* of <|/archcalc/|site-packages")


class Late(BaseException):
    """The time of a program is over. Nothing catches it."""


# -- making -----------------------------------------------------------------------------------------------------------

NUMBERS = "0 1 -1 2 3 7 63 64 10**3 10**6 10**9 10**10 2**63 10**10**10 9**9**9 1e308 1e400 0.0 -0.0 True None 1j".split()
ATTRIBUTES = (
    "__class__ __base__ __bases__ __mro__ __subclasses__ __globals__ __builtins__ __code__ __closure__ __dict__ __doc__ "
    "__func__ __self__ __init__ __new__ __getattribute__ __reduce__ __reduce_ex__ __module__ __import__ __loader__ __spec__ "
    "__file__ __name__ __qualname__ __wrapped__ __weakref__ __slots__ __traceback__ tb_frame f_globals f_locals f_back "
    "f_builtins gi_frame gi_code cr_frame co_consts co_code func_globals mro names attributes cls payload host function "
    "machine budget tasks state graph node _modules forward __call__ format format_map join real imag __len__ __iter__ "
    "__next__ __enter__ __del__ __set_name__"
).split()
VALUES = (
    "1|'a'|()|[]|{}|set()|f|A|A()|A.m|A().m|len|print|type|object|int|str|range(3)|(i for i in range(3))|lambda: 1|nn|nn.Linear|"
    "nn.Linear(3, 4)|nn.Sequential|torch|torch.zeros(2)|torch.Tensor|F.relu|nn.Parameter(torch.zeros(3))|math|itertools|"
    "functools|functools.partial(f, 1)|Exception|Exception('x')|E.A|D(1)|N(1, 2)|os|sys|super|__builtins__|globals|locals|vars|"
    "__import__|eval"
).split("|")
# What a module, a tensor and a function of torch are asked for, and what torch.nn makes.
METHODS = (
    "children named_modules parameters apply eval train state_dict register_buffer add_module get_submodule requires_grad_ "
    "to view reshape permute transpose flatten squeeze unsqueeze expand repeat chunk split cat stack matmul einsum where "
    "sum mean max norm softmax relu dropout conv2d linear embedding layer_norm interpolate pad unfold one_hot size numel "
    "item tolist scatter gather index_select masked_fill append extend insert pop keys items values update copy clone zeros "
    "ones full arange linspace tensor diagonal take_along_dim tensordot cdist scaled_dot_product_attention max_pool2d "
    "max_unpool2d glu normalize"
).split()
CLASSES = (
    "Linear Conv1d Conv2d ConvTranspose2d BatchNorm2d LayerNorm GroupNorm MaxPool2d AvgPool2d AdaptiveAvgPool2d Embedding "
    "LSTM GRU RNN MultiheadAttention Sequential ModuleList ModuleDict ParameterList Parameter Dropout Flatten Unflatten "
    "Upsample PReLU Softmax TransformerEncoderLayer LSTMCell Bilinear EmbeddingBag Unfold PixelShuffle ZeroPad2d LazyLinear "
    "LazyConv2d Module Identity"
).split()
HEAD = """import math, itertools, functools, operator, copy, collections, dataclasses, enum, typing, os, sys, re
import torch, torch.nn as nn, torch.nn.functional as F
from collections import *
from dataclasses import dataclass, field
def f(*a, **k): return a, k
class A:
    x = 1
    def m(self, *a): return self
class E(enum.Enum):
    A = 1
    B = 2
@dataclass
class D:
    a: int = 1
N = namedtuple('N', 'a b')
"""
# Pieces that would take time, memory or depth without end; {n} is a number, {v} a value, {a} an attribute, {e} an expression.
ENDLESS = """while True: pass
while 1: x = {e}
for i in itertools.count(): pass
for i in iter(int, 1): pass
for i in range({n}): x = i
x = [0] * {n}
x = 'ab' * {n}
x = [[]] * {n}; y = repr(x)
x = {n}; x = x * x; x = x * x; x = x ** x
x = {n} ** {n}
x = {n} << {n}
x = 1 << (1 << {n} % 70)
x = [1]\nwhile True: x = x + x
x = [1]\nwhile True: x += x
x = [1]\nfor i in x: x.append(i)
x = 'a'\nwhile True: x += x
x = {{}}\nfor i in itertools.count(): x[i] = i
x = ()\nwhile True: x = (x, x)
x = ()\nfor i in range(60): x = (x, x)\ny = hash(x), x == x, repr(x)
x = []\nx.append(x); y = repr(x), x == x, copy.deepcopy(x)
x = []\nfor i in range(5000): x = [x]\ny = repr(x)
def g(): return g()\ng()
def g(n): return [g(n - 1) for _ in range(2)]\ng({n})
def g(): yield from g()\nlist(g())
def g():\n    while True: yield {e}\nx = list(g())
def g():\n    while True: yield 1\nx = sum(g()), max(g()), sorted(g()), ''.join(g()), tuple(g()), set(g())
class R:\n    def __getattr__(self, name): return getattr(self, name + 'x')\nR().a
class R:\n    def __getitem__(self, i): return i\nx = list(R())
class R:\n    def __iter__(self): return self\n    def __next__(self): return self\nx = list(R())
class R:\n    def __eq__(self, o): return self == o\nx = R() == R()
class R:\n    def __hash__(self): return hash(self)\nx = {{R(): 1}}
class R:\n    def __repr__(self): return repr(self) * 2\nx = str(R()), f'{{R()}}'
class R:\n    def __len__(self): return {n}\nx = len(R()), bool(R()), list(range(len(R())))
class R:\n    def __init__(self): self.r = R()\nR()
class R:\n    def __new__(cls): return R()\nR()
class R:\n    def __init_subclass__(cls, **k):\n        class S(cls): pass\nclass S(R): pass
class R:\n    def __add__(self, o): return self + o\n    __radd__ = __mul__ = __call__ = __add__\nR() + 1; R()(2)
class M(type):\n    def __call__(cls, *a): return cls(*a)\n    __getattr__ = getattr\nclass R(metaclass=M): pass\nR(); R.q
class M(type):\n    def __prepare__(*a): return {e}\nclass R(metaclass=M): x = {e}
class R:\n    def __set_name__(self, o, n): setattr(o, n + 'x', R())\nclass S: r = R()
class R:\n    def __enter__(self): return R()\n    def __exit__(self, *a): return True\nwhile 1:\n    with R(): 1 / 0
def d(h): return d(h)\n@d\ndef h(): pass
def d(h): return functools.wraps(h)(lambda *a: d(h)(*a))\n@d\ndef h(): pass\nh()
x = functools.reduce(lambda a, b: a + a, range({n}), 'ab')
x = list(itertools.product(range(100), repeat={n} % 50))
x = list(itertools.permutations(range({n} % 40)))
x = list(itertools.combinations(range(60), 30))
x = list(itertools.chain.from_iterable(itertools.repeat([1])))
x = sorted(range({n}), key=lambda i: -i)
x = math.factorial({n}); x = math.comb({n}, {n} // 2); x = math.perm({n})
x = str({n}); x = int('9' * 5000); x = '%d' % {n}; x = f'{{{n}:,}}'
x = '{{:>{n}}}'.format(1)
x = f'{{1:>{n}}}'
x = '%*d' % ({n}, 1)
x = 'a'.ljust({n}); x = 'a'.center({n}); x = 'a'.zfill({n}); x = 'a\\t'.expandtabs({n})
x = 'a'.replace('', 'b' * 1000) * 1000; x = x.replace('a', x).replace('b', x)
x = ','.join(['a' * 1000] * 1000 * 1000)
x = ('a' * 100000).split('a'); x = ('ab' * 100000).find('ba' * 1000); x = 'a' * 20000 in 'a' * 100000
x = copy.deepcopy([[0] * 1000 for _ in range(1000)])
x = dict.fromkeys(range({n}))
x = set(range({n})) | set(range({n}))
x = [*range({n})]; y = {{**{{i: i for i in range({n} % 100000)}}}}
x = round({n}, -{n}); x = divmod({n}, 7); x = pow(3, {n}, 7); x = pow(3, {n})
x = range({n})[{n} // 2]; x = {n} in range({n}); x = sum(range({n} % 10**7))
x = re.match('(a+)+$', 'a' * 40 + 'b'); y = re.split('(x*)*y', 'x' * 50); z = re.sub('(.*)*=', r'\\1', 'a' * 30)
x = re.findall('(a|aa)+$', 'a' * 60 + 'b'); y = re.match('((a?){{30}})(a{{30}})', 'a' * 30); z = re.compile('a' * {n})
try:\n    while True: pass\nfinally: x = 1
def g():\n    try: g()\n    except RecursionError: g()\n    finally: g()\ng()
while True:\n    try: raise ValueError\n    except ValueError: continue
match {v}:\n    case [x, *y]: pass\n    case {{'a': z}}: pass\n    case A(x=1) | int(): pass\n    case _: x = {e}
x = nn.Sequential(*[nn.Linear(3, 3) for _ in range({n})])
x = nn.Linear({n}, {n}); y = x(torch.zeros({n}, {n}))
x = torch.zeros({n}, {n}, {n}); y = x.tolist(); z = torch.arange({n}).tolist()
x = torch.zeros(2, 3)\nfor i in range({n}): x = torch.cat([x, x])
x = torch.zeros(2, 3)\nfor i in range({n}): x = x.repeat(2, 2).unsqueeze(0)
x = nn.Linear(3, 3)\nx.me = x; y = repr(x), list(x.modules()), copy.deepcopy(x), x(torch.zeros(3))
x = nn.ModuleList()\nwhile True: x.append(nn.ReLU())
x = nn.LSTM({n}, 5, num_layers={n}); y = x(torch.zeros(2, 3, 5))
x = torch.einsum('abcdefghijklmnopqrstuvwxyz->a', torch.zeros(*[2] * 26))
x = torch.linspace(0, 1, {n}).tolist(); y = torch.randn({n}).chunk({n}); z = torch.zeros({n}).split(1)
x = F.pad(torch.zeros(1, 1), ({n}, {n}, -{n}, 1)); y = F.one_hot(torch.arange({n} % 999), {n}); z = torch.eye({n})
""".strip().split("\n")
ENDLESS = [line.replace("\\n", "\n") for line in ENDLESS]
# Pieces that look for something of Python's.
LOOKING = """x = {v}.{a}
x = {v}.{a}.{a}
x = {v}.{a}.{a}.{a}
x = getattr({v}, '{a}')
x = getattr(getattr({v}, '{a}'), '{a}', {e})
x = '{{0.{a}.{a}}}'.format({v})
x = '{{0[{a}]}}'.format({v})
x = '{{a.{a}}}'.format_map(dict(a={v}))
x = '%({a})s' % {v}; y = '%s %r' % ({v}, {v})
x = f'{{{v}.{a}!r}}'; y = repr({v}); z = str({v}); w = ascii({v}) if 0 else format({v})
x = type({v}); y = type(x); z = type('X', (x,), {{'a': {v}}}); w = z()
x = type({v}).{a}({v})
x = {v}.{m}({v}, {v}); y = type({v}).{m}({v}); z = {v}.{m}({e}, {e}, {e})
x = torch.{m}({v}, {v}); y = F.{m}({v}); z = torch.zeros(2, 3).{m}({v}, {e})
x = nn.{c}({v}, {e}); y = x({v}); z = nn.{c}.forward({v}, {v}); w = nn.{c}.{m}({v})
x = nn.{c}({e}, {e}, {e}); y = x(torch.zeros({e}, 3, 4, 5)); z = x.{m}()
x = {v}.{a}({e})
x = super({v}, {v}).{a}
class X({v}): pass\nx = X(); y = x.{a}
class X:\n    {a} = {v}\nx = X(); y = repr(x), x == 1, x + 1
class X:\n    def {a}(self, *a, **k): return {v}\nx = X(); y = x(), len(x), x[0], str(x), iter(x), x.zzz
class X(type):\n    def {a}(cls, *a, **k): return {v}\nclass Y(metaclass=X): pass\nx = Y(); y = Y.{a}
setattr({v}, '{a}', {v}); x = {v}.{a}
{v}.{a} = {v}
del {v}.{a}
x = {v}\nx.{a} = f; y = x(1)
x = [{v}, {v}] + [{e}]; x.sort(); y = max(x), min(x), sum(x), set(x), dict(zip(x, x))
x = vars({v}); y = dir({v}); z = id({v}); w = hash({v})
x = globals()['{a}']; y = locals(); z = __builtins__
x = sys.modules['os'].{a}; y = os.{a}; z = sys._getframe().f_globals
try: {v}.{a}\nexcept Exception as error: x = error.{a}, error.args, error.__traceback__, error.__context__
def g(): yield {v}\nx = g(); y = x.{a}; z = x.send(None), x.throw(ValueError('{a}')), x.close()
x = functools.partial({v}, {v}); y = x.func.{a}, x.args, x.keywords
x = operator.attrgetter('{a}.{a}')({v}); y = operator.methodcaller('{a}', 1)({v}); z = operator.itemgetter('{a}')({v})
x = map({v}, [{v}]); y = list(x); z = list(filter({v}, [{e}]))
x = copy.copy({v}); y = copy.deepcopy({v}); z = copy.deepcopy([{v}, f]); w = z[1]({v})
x = list(map(type, [{v}, {v}.{a}])); y = isinstance({v}, type({v})); z = issubclass(type({v}), object)
x = lambda: {v}; y = x.{a}; z = x.__code__.co_consts; w = x.__globals__['{a}']
x = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '{a}']
x = eval('{v}'); y = exec('x = {v}'); z = compile('{v}', 'a', 'eval'); w = open('{a}', 'w')
x = __import__('os').system('{a}'); y = importlib.import_module('{a}')
x = D({v}); y = dataclasses.fields(x), dataclasses.replace(x, a={v}), dataclasses.asdict(x); z = x.{a}
x = N({v}, 2); y = x._replace(a={v}), x._asdict(), x._fields, x.{a}
x = E({v}); y = E['{a}'], E.A.{a}, list(E), E.A.value
x = nn.Module(); x.{a} = {v}; y = x.{a}; z = x({v})
x = nn.Sequential({v}); y = x.{a}; z = x[0].{a}; w = x(torch.zeros(2, 3))
x = torch.tensor({v}); y = x.{a}; z = x + {v}; w = x.to({v}).view({e})
x = nn.Linear({e}, {e}); y = x.weight.{a}, x.{a}; z = x.weight.data.numpy().{a}
x = torch.{a}({v}); y = F.{a}({v}); z = nn.{a}({v})
with {v} as x: y = x.{a}
for x in {v}: y = x.{a}
x, *y = {v}; z = y
x = {v}[{e}]; y = {v}[{e}:{e}]; {v}[{e}] = {v}
x = {v} + {v}; y = {v} == {v}; z = {v} < {v}; w = -{v}
x = not {v} or {v} and {v} if {v} else {v}
raise {v}
assert {v}, {v}
global q; q = {v}
async def g(): await {v}\nx = g(); y = x.{a}
@{v}\ndef g(): return {v}\nx = g
@{v}\nclass G: pass\nx = G
def g(a={v}, *b, c: {v} = {v}, **d) -> {v}: return a, b, c, d\nx = g({v}, *{v}, **{v})
import {a}; from {a} import *; x = {a}
from os import {a}; x = {a}({v})
type X = {v}
x: {v} = {v}; y = __annotations__
""".strip().split("\n")
LOOKING = [line.replace("\\n", "\n") for line in LOOKING]
NETS = """class Net(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.a = nn.Linear(n, 4)
        {s}
    def forward(self, x):
        {s}
        return self.a(x)
net = Net()  # input: 3
"""


def expression(r: random.Random) -> str:
    """A value, a number, or something of two of them."""
    kind = r.random()
    if kind < 0.4:
        return r.choice(NUMBERS)
    if kind < 0.8:
        return r.choice(VALUES)
    return f"({expression(r)} {r.choice(['+', '*', '**', '//', '%', '@', '<<', '==', 'in', 'and', '|'])} {expression(r)})"


def piece(r: random.Random) -> str:
    """One piece with its holes filled."""
    text = r.choice(ENDLESS if r.random() < 0.15 else LOOKING)
    holes = {"n": NUMBERS, "v": VALUES, "a": ATTRIBUTES, "m": METHODS, "c": CLASSES}
    text = text.replace("{{", "\x00").replace("}}", "\x01")
    text = re.sub(r"\{([nvaemc])\}", lambda m: expression(r) if m[1] == "e" else r.choice(holes[m[1]]), text)
    return text.replace("\x00", "{").replace("\x01", "}")


def guarded(r: random.Random, text: str) -> str:
    """A piece at the margin, or inside of something."""
    inside = "    " + text.replace("\n", "\n    ")
    kind = r.random()
    if kind < 0.5:
        return text
    if kind < 0.7:
        return f"try:\n{inside}\nexcept Exception as error:\n    w = error, str(error), repr(error)"
    if kind < 0.8:
        return f"def h():\n{inside}\n    return {expression(r)}\nv = h()"
    if kind < 0.9:
        return f"class H:\n{inside}\nv = H()"
    return f"for _ in range({r.choice(['2', '3', '1000', '10**9'])}):\n{inside}"


@cache
def own() -> list[str]:
    """The project's own programs: those of the tests, the sources and the refusals that are short."""
    found = []
    for folder in ("programs", "sources", "hostile_programs"):
        for path in sorted((TESTS / folder).rglob("*.py")):
            text = path.read_text("utf-8", "surrogateescape")
            if len(text) < 20_000:
                found.append(text)
    return found


def spoilt(r: random.Random) -> str:
    """A program of the project with something done to it."""
    lines = r.choice(own()).split("\n")
    for _ in range(r.randint(1, 5)):
        at = r.randrange(len(lines))
        kind = r.randrange(8)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[r.randrange(len(lines))])
        elif kind == 2:
            other = r.choice(own()).split("\n")
            lines[at:at] = other[(start := r.randrange(len(other))) : start + r.randint(1, 4)]
        elif kind == 3:
            margin = re.match(r"\s*", lines[at])
            lines[at:at] = [(margin[0] if margin else "") + line for line in piece(r).split("\n")]
        elif kind == 4:
            lines[at] = re.sub(r"\b\d+\b", lambda m: r.choice([m[0], *NUMBERS]), lines[at], count=1)
        elif kind == 5:
            lines[at] = re.sub(
                r"\b[a-z_]\w*\b", lambda m: r.choice([m[0], r.choice(VALUES), r.choice(ATTRIBUTES)]), lines[at], count=2
            )
        elif kind == 6:
            lines[at] = re.sub(r"\.\w+", lambda m: f".{r.choice(ATTRIBUTES)}", lines[at], count=1)
        else:
            first = r.randrange(len(lines[at]) + 1)
            lines[at] = (
                lines[at][:first]
                + r.choice(["(", ")", "[", "'", ":", "*", "=", "\t", " ", "\\", "@", "lambda: ", "yield "])
                + lines[at][first:]
            )
        if not lines:
            lines = [""]
    return "\n".join(lines)


def program(seed: int, number: int) -> str:
    """The program of a number."""
    r = random.Random(f"{seed}/{number}")
    kind = r.random()
    if kind < 0.35:
        return spoilt(r)
    if kind < 0.5:
        inside = piece(r).replace("\n", "\n        ")
        return HEAD + NETS.replace("{s}", inside, 1).replace("{s}", piece(r).replace("\n", "\n        "), 1)
    return HEAD + "\n".join(guarded(r, piece(r)) for _ in range(r.randint(1, 4))) + "\n"


# -- holding ----------------------------------------------------------------------------------------------------------


def foreign(module: Module) -> str:
    """What of Python's own can be reached from the names of a module; empty where nothing can."""
    waiting: list[object] = list(module.names.values())
    seen = set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        kind = type(value)
        if isinstance(value, str) and kind is str:
            if INSIDE.search(value):
                return f"the text {value[:100]!r}"
        elif kind in PLAIN:
            if kind is tuple:
                waiting += value  # type: ignore[arg-type]
        elif not kind.__module__.startswith("archcalc."):
            return f"a {kind.__module__}.{kind.__name__}"
        elif isinstance(value, dict):
            waiting += [*dict.keys(value), *dict.values(value)]
        elif isinstance(value, list):
            waiting += list.__iter__(value)
        elif isinstance(value, Instance):
            waiting += [*value.attributes.values(), *value.parts()]
        elif isinstance(value, Class) and not value.frozen:
            waiting += value.names.values()
    return ""


def wrong_in(error: SpecError) -> str:
    """What is wrong with a refusal: no words, or nothing to do."""
    text = str(error)
    if "Traceback" in text or INSIDE.search(re.sub(r"(?m)^ +\d* \|.*$", "", text)):
        return f"Python's own words: {text[:300]}"
    for fault in error.faults:
        if not fault.message or not fault.repairs or UNSAID in fault.repairs:
            return f"nothing to try: {fault.message[:200]}"
    return ""


def read(text: str) -> tuple[str, str]:
    """How a program ended, and what is wrong with that (empty where nothing is)."""
    ended = "value"
    importer = Importer()
    importer.programs = COMPILED
    machine = Interpreter(importer)
    try:
        module = machine.load(Source("program.py", text), "program")
        if found := foreign(module):
            return "value", f"reached: {found}"
    except SpecError as error:
        ended = "refused"
        if found := wrong_in(error):
            return ended, found
    if NETWORK.search(text):
        try:
            description = Description(Source("program.py", text, "python"))
            description.files.programs = COMPILED
            analyse(description.network(Given({"": (3,)})))
            ended += ", a network"
        except SpecError as error:
            ended += ", no network"
            if found := wrong_in(error):
                return ended, found
    return ended, ""


def peak() -> int:
    """The most memory that was held since the peak was last put back, in MB; 0 where the system does not say."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            found = re.search(r"VmHWM:\s+(\d+) kB", status.read())
        return int(found[1]) // 1024 if found else 0
    except OSError:
        return 0


def put_back() -> None:
    """Forgets the peak of memory."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as refs:
            refs.write("5")
    except OSError:
        pass


def held(text: str, each: int = 2) -> tuple[str, str]:
    """A program held to the promise; twice as much time where it is read as a program and as a network (`each`)."""

    def late(number: int, frame: FrameType | None) -> None:
        raise Late

    before = signal.signal(signal.SIGVTALRM, late)
    put_back()
    began = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, 3 * each * SECONDS)
    try:
        ended, wrong = read(text)
    except Late:
        ended, wrong = "late", f"more than {3 * each * SECONDS:.0f} s"
    except MemoryError:
        ended, wrong = "full", f"more than {MEGABYTES} MB"
    except Exception as error:
        ended, wrong = "broken", f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    took, most = time.process_time() - began, peak()
    if not wrong and took > each * SECONDS:
        wrong = f"{took:.1f} s"
    if not wrong and most > MEGABYTES:
        wrong = f"{most} MB"
    return ended, wrong


def run(seed: int, first: int, count: int, say: bool = True) -> tuple[Counter[str], list[tuple[int, str]]]:
    """Programs of a seed, one after the other: how they ended, and what was found."""
    warnings.simplefilter("ignore")
    ends: Counter[str] = Counter()
    finds = []
    for number in range(first, first + count):
        ended, wrong = held(program(seed, number))
        ends[ended] += 1
        if wrong:
            finds.append((number, wrong))
            if say:
                print(f"program {number}: {wrong}", flush=True)
        if say and number % 5000 == 4999:
            print(f"{number + 1} programs: {dict(ends)}", flush=True)
    return ends, finds


def limited() -> None:
    """Takes the address space beyond what a program may need away."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        size = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (size + MEGABYTES * 2**20,) * 2)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--show", type=int, help="print one program and what became of it")
    options = parser.parse_args()
    if options.show is not None:
        text = program(options.seed, options.show)
        print(text)
        print(held(text))
        return
    limited()
    ends, finds = run(options.seed, options.first, options.count)
    print(f"seed {options.seed}: {sum(ends.values()):,} programs, {len(finds)} finds; {dict(ends.most_common())}")
    sys.exit(1 if finds else 0)


if __name__ == "__main__":
    main()
