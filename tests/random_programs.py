"""Random programs, run by the interpreter and by Python: whatever Python does, ours does. And programs spoilt at random, which
may be refused but never break the interpreter, run long or take much memory.

    python -m tests.random_programs --count 2000 [--seed 0] [--spoil]
"""

from __future__ import annotations

import ast
import copy
import random
import sys
import time
import types
import warnings
from pathlib import Path

from archcalc.interpreter.interpreting import Interpreter
from archcalc.interpreter.values import Unknown
from archcalc.text.faults import SpecError
from archcalc.text.source import Source

HEAD = """r = []
def note(f):
    try:
        r.append(f())
    except Exception as e:
        r.append(type(e).__name__)
class P:
    k = 2
    def __init__(self, a=1): self.a = a
    def __add__(self, o): return P(self.a + (o.a if isinstance(o, P) else o))
    def __radd__(self, o): return P(o + self.a)
    def __eq__(self, o): return isinstance(o, P) and self.a == o.a
    def __lt__(self, o): return self.a < o.a
    def __len__(self): return 3
    def __getitem__(self, i): return [self.a, self.k, 7][i]
    def __repr__(self): return f"P({self.a!r})"
    def __call__(self, *a, **k): return (self.a, a, sorted(k.items()))
    def __contains__(self, i): return i == self.a
    @property
    def twice(self): return self.a * 2
    @classmethod
    def make(cls, a): return cls(a)
    @staticmethod
    def st(a, b=3): return [a, b]
class Q(P):
    k = 5
    def __init__(self, a=4, *rest, z=0): super().__init__(a); self.rest = rest; self.z = z
    def __bool__(self): return bool(self.a)
    def __iter__(self): yield self.a; yield from self.rest
    def __enter__(self): return self
    def __exit__(self, *x): return self.z == 1
def f0(a, b=2, *c, d=3, **e): return [a, b, c, d, sorted(e)]
def g0(n):
    for i in range(n):
        x = yield i
        if x: yield x
"""


def _listed(text: str) -> list[str]:
    """Pieces of programs written one after another."""
    return [piece.strip().replace("\\n", "\n") for piece in text.split(";;")]


INTS = ["0", "1", "2", "3", "-1", "7", "6", "True", "False", "5"]
FLOATS = ["0.5", "1.5", "-2.0", "3.25", "1e3"]
STRS = ["''", "'a'", "'abc'", "'Hello World'", "'1,2,3'", "' x '", "'%s-%d'", "'é'", "'a\\tb'", "'{}'"]
BINARY = ["+", "-", "*", "//", "%", "/", "&", "|", "^", "<<", ">>"]
COMPARE = ["<", "<=", ">", ">=", "==", "!=", "in", "not in", "is", "is not"]
OPERANDS = ["1", "2", "'x'", "[1]", "(2,)", "{3}", "P(1)"]
CAUGHT = ["TypeError", "ValueError", "(KeyError, IndexError)", "AttributeError", "LookupError"]
STR_METHODS = _listed("""
upper() ;; lower() ;; strip() ;; split() ;; split(',') ;; title() ;; capitalize() ;; isdigit() ;; replace('a', 'bb') ;;
find('l') ;; count('l') ;; startswith('a') ;; endswith(('c', 'd')) ;; center(9, '*') ;; zfill(6) ;; join(['x', 'y']) ;;
partition(',') ;; rsplit(',', 1) ;; isalpha() ;; swapcase() ;; index('b') ;; ljust(5) ;; rjust(5, '.') ;; expandtabs(4) ;;
splitlines() ;; rfind('o') ;; removeprefix('a') ;; isidentifier() ;; format(1, 2)
""")
LIST_METHODS = _listed("""
copy() ;; count(1) ;; index(2) ;; pop() ;; append(3) ;; extend([4, 5]) ;; reverse() ;; sort() ;; insert(1, 9) ;; remove(1) ;;
clear() ;; pop(0)
""")
DICT_METHODS = _listed("""
copy() ;; get('a') ;; get('q', 5) ;; pop('a', 0) ;; setdefault('z', 1) ;; keys() ;; values() ;; items() ;; update(b=2) ;;
popitem() ;; pop('q')
""")
CALLS = _listed("""
len({}) ;; abs({}) ;; sum({}) ;; sorted({}) ;; list({}) ;; tuple({}) ;; sorted(set({}), key=repr) ;; max({}) ;; min({}) ;;
str({}) ;; repr({}) ;; bool({}) ;; int({}) ;; float({}) ;; any({}) ;; all({}) ;; reversed({}) ;; list(reversed({})) ;;
list(enumerate({})) ;; list(zip({}, {})) ;; round({}) ;; round({}, 1) ;; divmod({}, {}) ;; pow({}, 2) ;; type({}).__name__ ;;
isinstance({}, int) ;; isinstance({}, (str, list)) ;; callable({}) ;; f0({}) ;; f0({}, {}) ;; f0({}, d={}) ;; f0(*{}) ;;
f0(1, **{}) ;; P({}) ;; P.make({}).a ;; Q({}, {}, z={}) ;; list(map(str, {})) ;; list(filter(None, {})) ;; dict({}) ;;
dict(zip({}, {})) ;; hex({}) ;; bin({}) ;; chr({}) ;; ord({}) ;; next(iter({})) ;; list(g0({})) ;;
frozenset({}) == set({}) ;; getattr({}, 'a', 0) ;; hasattr({}, 'upper') ;; '{{}}'.format({}) ;; format({}, '>8') ;;
slice({}, {}) ;; (lambda x, y=2: [x, y])({}) ;; iter({}) ;; sum({}, {}) ;; sorted({}, key=str) ;; max({}, {}) ;;
min({}, key=repr) ;; range({}) ;; list(range({})) ;; P.st({}) ;; vars({}) ;; issubclass(Q, P) ;; [*{}] ;; {{**{}}} ;;
len({{*{}}}) ;; (*{}, 1)
""")


class Writer:
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names: list[str] = []
        self.count = 0

    def pick(self, options: list[str]) -> str:
        return self.random.choice(options)

    def fresh(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def atom(self) -> str:
        roll = self.random.random()
        if self.names and roll < 0.45:
            return self.pick(self.names)
        return self.pick(
            self.random.choice([INTS, INTS, FLOATS, STRS, ["None", "[]", "{}", "()", "P", "Q()", "P(2)", "f0", "..."]])
        )

    def expression(self, depth: int = 3) -> str:
        if depth <= 0 or self.random.random() < 0.15:
            return self.atom()
        roll = self.random.randrange(20)
        e = lambda: self.expression(depth - 1)  # noqa: E731
        if roll < 4:
            right = self.pick(["0", "1", "2", "3", "-1"]) if (op := self.pick(BINARY)) in ("<<", "*") else e()
            return f"({e()} {op} {right})"
        if roll == 4:
            return f"({e()} {self.pick(COMPARE)} {e()})"
        if roll == 5:
            return f"({self.pick(['-', '+', '~', 'not '])}{e()})"
        if roll == 6:
            return f"({e()} {self.pick(['and', 'or'])} {e()})"
        if roll == 7:
            return f"({e()} if {e()} else {e()})"
        if roll == 8:
            items = ", ".join(e() for _ in range(self.random.randrange(4)))
            return self.pick(
                [f"[{items}]", f"({items}{',' if items else ''})", "{" + ", ".join(self.pick(INTS) for _ in range(3)) + "}"]
            )
        if roll == 9:
            return "{" + ", ".join(f"{self.pick(STRS + INTS)}: {e()}" for _ in range(self.random.randrange(4))) + "}"
        if roll == 10:
            return f"({e()})[{self.index(depth)}]"
        if roll == 11:
            method = self.pick(STR_METHODS + LIST_METHODS + DICT_METHODS)
            return f"({self.pick([e(), self.pick(STRS)])}).{method}"
        if roll == 12:
            return f"[x for x in {e()} if {self.pick(['x', 'not x', 'x != 1', '1'])}]"
        if roll == 13:
            return self.pick(
                [
                    f"{{str(k): v for k, v in enumerate({e()})}}",
                    f"sum(1 for y in {e()} for z in [1, 2])",
                    f"[(a, b) for a, *b in {e()}]",
                ]
            )
        if roll == 14:
            return f'f"{{{self.plain()}!r:>6}}|{{{self.plain()}}}"'
        if roll == 15:
            return f"({e()}).{self.pick(['a', 'k', 'twice', 'real', 'rest', 'nope', 'make', '__class__.__name__', '__name__'])}"
        if roll == 16:
            return f"({self.pick(STRS)} % {self.pick(['1', '(1, 2)', repr('q'), '()'])})"
        template = self.pick(CALLS)
        count = template.replace("{{", "").count("{}")
        return template.format(*[e() for _ in range(count)])

    def plain(self) -> str:
        return self.pick(self.names + INTS + ["1.5", "P(1)", "[1, 2]"])

    def index(self, depth: int) -> str:
        part = lambda: self.pick(["", "0", "1", "-1", "2", "-2", "5"])  # noqa: E731
        return self.pick(
            [
                self.pick(INTS),
                self.pick(STRS),
                f"{part()}:{part()}",
                f"{part()}:{part()}:{self.pick(['1', '-1', '2', '-2'])}",
                self.expression(1),
            ]
        )

    def statement(self, indent: str, depth: int) -> list[str]:
        roll = self.random.randrange(16)
        inner = indent + "    "
        if roll < 4 or depth <= 0:
            name = self.pick(self.names) if self.names and self.random.random() < 0.3 else self.fresh()
            line = [f"{indent}note(lambda: {self.expression()})"]
            value = self.expression(2)
            line += [
                f"{indent}try: {name} = {value}",
                f"{indent}except Exception as e: {name} = type(e).__name__; r.append({name})",
            ]
            if name not in self.names:
                self.names.append(name)
            return line
        if roll == 4 and self.names:
            name = self.pick(self.names)
            return [
                f"{indent}try: {name} {self.pick(['+', '-', '*', '|', '&'])}= {self.pick(OPERANDS)}",
                f"{indent}except TypeError as e: r.append(type(e).__name__)",
            ]
        if roll == 5:
            var = self.fresh()
            lines = [f"{indent}try:", f"{inner}for {var} in {self.expression(2)}:"]
            self.names.append(var)
            lines += self.block(inner + "    ", depth - 1)
            lines += [
                f"{inner}    if {self.expression(1)}: {self.pick(['break', 'continue', 'pass'])}",
                f"{inner}    if len(r) > 400: break",
            ]
            lines += [
                f"{inner}else: r.append('else')",
                f"{indent}except Exception as e: r.append(type(e).__name__)",
                f"{indent}{var} = 0",
            ]
            return lines
        if roll == 6:
            var = self.fresh()
            lines = [f"{indent}{var} = 0", f"{indent}while {var} < {self.random.randrange(1, 4)}:", f"{inner}{var} += 1"]
            lines += self.block(inner, depth - 1)
            return [*lines, f"{inner}if {var} == 2: {self.pick(['break', 'continue'])}"]
        if roll == 7:
            lines = [f"{indent}try:", *self.block(inner, depth - 1), f"{inner}r.append({self.expression(2)})"]
            lines += [
                f"{indent}except {self.pick(CAUGHT)} as e:",
                f"{inner}r.append(('h', type(e).__name__))",
            ]
            if self.random.random() < 0.5:
                lines += [f"{indent}except Exception as e:", f"{inner}r.append(('x', type(e).__name__))"]
            else:
                lines += [f"{indent}except ArithmeticError: pass", f"{indent}except Exception: r.append('any')"]
            if self.random.random() < 0.5:
                lines += [f"{indent}else: r.append('ok')"]
            if self.random.random() < 0.5:
                lines += [f"{indent}finally: r.append('fin')"]
            return lines
        if roll in (8, 9):
            return self.function(indent, depth)
        if roll == 10:
            names = [self.fresh(), self.fresh()]
            target = self.pick([f"{names[0]}, {names[1]}", f"{names[0]}, *{names[1]}", f"[{names[0]}, {names[1]}]"])
            lines = [f"{indent}{names[0]} = {names[1]} = None", f"{indent}try: {target} = {self.expression(2)}"]
            self.names += names
            return [*lines, f"{indent}except Exception as e: r.append(type(e).__name__)"]
        if roll == 11 and self.names:
            name = self.pick(self.names)
            return [
                f"{indent}try: {name}[{self.index(1)}] = {self.expression(1)}",
                f"{indent}except Exception as e: r.append(type(e).__name__)",
            ]
        if roll == 12 and self.names:
            return [
                f"{indent}try: del {self.pick(self.names)}[{self.index(1)}]",
                f"{indent}except Exception as e: r.append(type(e).__name__)",
            ]
        if roll == 13:
            return [
                f"{indent}if bool({self.atom()}):",
                *self.block(inner, depth - 1),
                f"{indent}else:",
                *self.block(inner, depth - 1),
            ]
        if roll == 14:
            return [
                f"{indent}with Q(1, z=1) as w:",
                *self.block(inner, depth - 1),
                f"{inner}r.append(w.a)",
                f"{inner}raise ValueError('w')",
            ]
        subject = self.expression(2)
        return [
            f"{indent}try:",
            f"{inner}match {subject}:",
            f"{inner}    case [a, b]: r.append(('two', a, b))",
            f"{inner}    case [x, *rest]: r.append(('seq', x, rest))",
            f"{inner}    case {{'a': v, **more}}: r.append(('map', v, more))",
            f"{inner}    case int(n) if n > 1: r.append(('int', n))",
            f"{inner}    case 'abc' | 'a' | None: r.append('lit')",
            f"{inner}    case str() as s: r.append(s)",
            f"{inner}    case P(a=1): r.append('P1')",
            f"{inner}    case _: r.append('none')",
            f"{indent}except Exception as e: r.append(type(e).__name__)",
        ]

    def function(self, indent: str, depth: int) -> list[str]:
        name, outer = f"f{self.fresh()}", list(self.names)
        inner = indent + "    "
        parameters = self.pick(["", "a", "a, b=2", "a, *b", "*, a=1", "a, /, b=3, **c", "a=1, *b, c=2, **d"])
        self.names += [p.strip("*").partition("=")[0] for p in parameters.replace(" ", "").split(",") if p.strip("*/")]
        lines = [f"{indent}def {name}({parameters}):"]
        lines += self.block(inner, depth - 1)
        kind = self.random.random()
        if kind < 0.25:
            lines += [f"{inner}yield {self.expression(1)}", f"{inner}yield from {self.expression(1)}"]
        else:
            lines.append(f"{inner}return {self.expression(2)}")
        self.names = outer
        arguments = self.pick(["", "1", "1, 2", "a=5", "1, b=2", "1, 2, 3, z=4", "*[1, 2]", "**{'a': 1}"])
        call = f"{name}({arguments})" if kind >= 0.25 else f"list({name}({arguments}))"
        return [*lines, f"{indent}note(lambda: {call})"]

    def block(self, indent: str, depth: int) -> list[str]:
        outer = list(self.names)
        lines: list[str] = []
        for _ in range(self.random.randrange(1, 3)):
            lines += self.statement(indent, depth)
        self.names = outer
        return lines

    def program(self) -> str:
        lines: list[str] = []
        for _ in range(self.random.randrange(3, 12)):
            lines += self.statement("", 3)
        return HEAD + "\n".join(lines) + "\n"


def program(seed: int) -> str:
    """The program of a seed."""
    return Writer(seed).program()


# What a spoilt program gets in places where it had something else.
PIECES = _listed("""
[0] * 10**9 ;; 'x' * 10**9 ;; 10**10**10 ;; 1 << 10**9 ;; range(10**12) ;; list(range(10**9)) ;; f'{1:>9999999999}' ;;
'%*d' % (10**9, 1) ;; None ;; self ;; lambda: 0 ;; super() ;; type ;; object ;; int('9' * 5000) ;; x ;; x() ;; x.y ;; x[0] ;;
{**x} ;; [*x] ;; (yield) ;; not x ;; -x ;; ~x ;; x is x ;; x in x ;; eval('1') ;; exec('1') ;; open('pwned', 'w') ;;
__import__('os') ;; globals() ;; locals() ;; vars() ;; x.__class__ ;; x.__globals__ ;; x.__dict__ ;; hash(x) ;;
sorted(x, key=x) ;; getattr(x, 'y') ;; setattr(x, 'y', 1) ;; isinstance(x, x) ;; next(x) ;; iter(x) ;; zip(*x) ;;
map(x, x) ;; sum(x) ;; max(x) ;; ''.join(x) ;; '{0.__class__}'.format(x) ;; type(x)(1) ;; 1e308 * 10 ;; ... ;; [[]] * 100 ;;
(x := 1) ;; [x for x in x] ;; (x for x in x) ;; x if x else x ;; print(x) ;; id(x)
""")
STATEMENTS = _listed("""
while True: pass ;; del x ;; raise ;; raise x ;; import os ;; import nowhere ;; from nowhere import * ;; return x ;; break ;;
continue ;; x = x ;; x += x ;; for x in x: x ;; with x: pass ;; class A(A): pass ;; class A(x): pass ;; @x\ndef f(): pass ;;
global x ;; assert 0 ;; match x:\n    case [a, *b]: pass ;; try: pass\nexcept x: pass ;; async def f(): await x ;; x.y = x ;;
x[0] = x ;; def f(x): return f(x)\nf(1)
""")
CORPUS = sorted((Path(__file__).parent / "programs").glob("*.py"))


def spoilt(seed: int) -> str:
    """A program with a few of its expressions and statements replaced; empty where that is no program of Python's any more."""
    chance = random.Random(seed)
    text = chance.choice(CORPUS).read_text(encoding="utf-8") if chance.random() < 0.4 else program(seed)
    tree = ast.parse(text)
    for _ in range(chance.randrange(1, 5)):
        spots = [(node, field, index, part) for node in ast.walk(tree) for field, index, part in _parts(node)]
        node, field, index, part = chance.choice(spots)
        alike = [other for *_, other in spots if isinstance(other, ast.stmt) == isinstance(part, ast.stmt)]
        new = ast.parse(chance.choice(STATEMENTS if isinstance(part, ast.stmt) else PIECES)).body[0]
        made: ast.AST = new.value if isinstance(new, ast.Expr) and not isinstance(part, ast.stmt) else new
        if chance.random() < 0.4:
            made = copy.deepcopy(chance.choice(alike))
        if index is None:
            setattr(node, field, made)
        else:
            getattr(node, field)[index] = made
    try:
        written = ast.unparse(tree)
        compile(written, "program.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, AttributeError, TypeError, KeyError, RecursionError):
        return ""
    return written


def _parts(node: ast.AST) -> list[tuple[str, int | None, ast.AST]]:
    """Where a node holds expressions that are read, and statements."""
    found: list[tuple[str, int | None, ast.AST]] = []
    for field, value in ast.iter_fields(node):
        for index, part in enumerate(value if isinstance(value, list) else [value]):
            read = isinstance(part, ast.expr) and isinstance(getattr(part, "ctx", ast.Load()), ast.Load)
            if read or isinstance(part, ast.stmt):
                found.append((field, index if isinstance(value, list) else None, part))
    return found


def ours(text: str) -> list[str]:
    """What a program leaves under `r`, each as it is written; the fault where it is refused."""
    machine = Interpreter()
    try:
        module = machine.load(Source("program.py", text), "program")
        items = machine.finish(machine.items(module.names["r"]))
        if isinstance(items, Unknown):
            return [f"unknown {items.name}"]
        return [str(machine.finish(machine.written(item))) for item in items]  # type: ignore[attr-defined]
    except SpecError as error:
        if not error.faults[0].span or not error.faults[0].repairs:
            return [f"no place or no repair: {error}"]
        return [error.faults[0].message.partition(":")[0]]


def pythons(text: str) -> list[str]:
    """The same by Python."""
    module = sys.modules["program"] = types.ModuleType("program")
    try:
        exec(compile(text, "program.py", "exec", dont_inherit=True), vars(module))
        return [repr(item) for item in vars(module)["r"]]
    except Exception as error:
        return [type(error).__name__]
    finally:
        del sys.modules["program"]


def plain_words(results: list[str]) -> list[str]:
    """Results without what differs from run to run, or from version to version."""
    import re

    return [re.sub(r" at 0x[0-9a-f]+|_ascii(?=_iterator)", "", result) for result in results]


def main() -> None:
    """Run many and say what differs."""
    import argparse

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--spoil", action="store_true", help="spoilt programs, by the interpreter alone")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    wrong = 0
    for seed in range(options.seed, options.seed + options.count):
        text = spoilt(seed) if options.spoil else program(seed)
        start = time.process_time()
        mine = ours(text or "r = []")
        seconds = time.process_time() - start
        theirs = [] if options.spoil else pythons(text)
        if seconds > 2 or (not options.spoil and plain_words(mine) != plain_words(theirs)):
            wrong += 1
            first = next(((m, t) for m, t in zip(mine, theirs, strict=False) if m != t), ("", ""))
            print(f"{seed}: {seconds:.1f} s, ours {first[0][:100]}, Python's {first[1][:100]}")
    print(f"{options.count} programs, {wrong} wrong")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
