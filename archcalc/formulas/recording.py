"""The working, recorded: integers that remember the expression that made them, and how a sum is written out.

A formula called with them gives a figure that knows its formula. What is explained is what was computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# An expression: ("n", value) a plain number, ("s", letter, value), ("+", terms), ("*", factors), and two-place
# ("floor" | "ceil" | "/", a, b). Terms of a sum are (sign, expression).
Expr = tuple[Any, ...]


class Recorded(int):
    """An integer and the expression that made it."""

    expr: Expr

    def __new__(cls, value: int, expr: Expr | str) -> Recorded:
        made = super().__new__(cls, int(value))
        made.expr = ("s", expr, int(value)) if isinstance(expr, str) else expr
        return made

    def __add__(self, other: int) -> int:
        return _sum(self, other, 1)

    def __radd__(self, other: int) -> int:
        return _sum(other, self, 1)

    def __sub__(self, other: int) -> int:
        return _sum(self, other, -1)

    def __rsub__(self, other: int) -> int:
        return _sum(other, self, -1)

    def __neg__(self) -> int:
        if self.expr[0] == "floor" and self.expr[1][0] == "neg":  # −⌊−a/b⌋ is ⌈a/b⌉
            return Recorded(-int(self), ("ceil", self.expr[1][1], self.expr[2]))
        return Recorded(-int(self), ("neg", self.expr))

    def __mul__(self, other: int) -> int:
        return _product(self, other)

    def __rmul__(self, other: int) -> int:
        return _product(other, self)

    def __floordiv__(self, other: int) -> int:
        return _quotient("floor", self, other)

    def __rfloordiv__(self, other: int) -> int:
        return _quotient("floor", other, self)

    def __divmod__(self, other: int) -> tuple[int, int]:
        return _quotient("/", self, other), int(self) % int(other)

    def __rdivmod__(self, other: int) -> tuple[int, int]:
        return _quotient("/", other, self), int(other) % int(self)


def expr_of(x: int) -> Expr:
    """The expression of an integer, recorded or plain."""
    return x.expr if isinstance(x, Recorded) else ("n", int(x))


def _quotient(kind: str, a: int, b: int) -> int:
    value = int(a) // int(b)
    if expr_of(b) == ("n", 1):
        return a
    if expr_of(a)[0] == "n" and expr_of(b)[0] == "n":
        return value
    return Recorded(value, (kind, expr_of(a), expr_of(b)))


def _product(a: int, b: int) -> int:
    factors = [*_factors(expr_of(a)), *_factors(expr_of(b))]
    number = 1
    for factor in factors:
        if factor[0] == "n":
            number *= factor[1]
    rest = [f for f in factors if f[0] != "n"]
    if number == 0 or not rest:
        return int(a) * int(b)
    if number != 1:
        rest.insert(0, ("n", number))
    return Recorded(int(a) * int(b), rest[0] if len(rest) == 1 else ("*", tuple(rest)))


def _factors(expr: Expr) -> tuple[Expr, ...]:
    return expr[1] if expr[0] == "*" else (expr,)


def _terms(expr: Expr) -> list[tuple[int, Expr]]:
    if expr[0] == "+":
        return list(expr[1])
    if expr[0] == "neg":
        return [(-sign, term) for sign, term in _terms(expr[1])]
    return [(1, expr)]


def _sum(a: int, b: int, sign: int) -> int:
    """a ± b with nested sums opened, plain numbers collected at the end, and equal terms gathered (b + b is 2b)."""
    terms = _terms(expr_of(a)) + [(sign * s, t) for s, t in _terms(expr_of(b))]
    number = sum(s * t[1] for s, t in terms if t[0] == "n")
    gathered: dict[Expr, int] = {}
    for s, term in terms:
        if term[0] != "n":
            count, core = _coefficient(term)
            gathered[core] = gathered.get(core, 0) + s * count
    kept = [(1 if n > 0 else -1, _scaled(abs(n), t)) for t, n in gathered.items() if n]
    if number:
        kept.append((1 if number > 0 else -1, ("n", abs(number))))
    value = int(a) + sign * int(b)
    if not any(t[0] != "n" for _, t in kept):
        return value
    if len(kept) == 1 and kept[0][0] == 1:
        return Recorded(value, kept[0][1])
    return Recorded(value, ("+", tuple(kept)))


def _coefficient(term: Expr) -> tuple[int, Expr]:
    if term[0] == "*" and term[1][0][0] == "n":
        rest = term[1][1:]
        return term[1][0][1], rest[0] if len(rest) == 1 else ("*", rest)
    return 1, term


def _scaled(count: int, term: Expr) -> Expr:
    if count == 1:
        return term
    return ("*", (("n", count), *_factors(term)))


def letters(expr: Expr) -> dict[str, int]:
    """The letters of an expression and their values."""
    if expr[0] == "s":
        return {expr[1]: expr[2]}
    found: dict[str, int] = {}
    for part in expr[1] if expr[0] in ("+", "*") else expr[1:] if expr[0] != "n" else ():
        found |= letters(part[1] if expr[0] == "+" else part)
    return found


def renamed(figure: int, names: dict[str, str]) -> int:
    """A recorded integer under other letters."""
    return _rewritten(figure, lambda expr: ("s", names.get(expr[1], expr[1]), expr[2]) if expr[0] == "s" else None)


def by_name(figure: int, letters: dict[Expr, Expr]) -> int:
    """A recorded integer in which expressions stand as the letters that they are known by."""
    return _rewritten(figure, letters.get)


def _rewritten(figure: int, put: Callable[[Expr], Expr | None]) -> int:
    """A recorded integer with other expressions put for some of its parts, the largest first."""

    def new(expr: Expr) -> Expr:
        other = put(expr)
        if other is not None:
            return other
        if expr[0] in ("s", "n"):
            return expr
        if expr[0] == "+":
            return ("+", tuple((sign, new(term)) for sign, term in expr[1]))
        if expr[0] == "*":
            return ("*", tuple(map(new, expr[1])))
        return (expr[0], *map(new, expr[1:]))

    return Recorded(int(figure), new(figure.expr)) if isinstance(figure, Recorded) else figure


# -- writing ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Style:
    """How expressions are written: signs, brackets, letters."""

    times: str
    minus: str
    floor: Callable[[str], str]
    ceil: Callable[[str], str]
    fraction: Callable[[str, str], str]
    letter: Callable[[str], str]
    number: Callable[[int], str]


def _latex_letter(letter: str) -> str:
    head, _, tail = letter.partition("_")
    if len(head) > 1:
        head = rf"\mathit{{{head}}}"
    return f"{head}_{{\\mathrm{{{tail}}}}}" if tail else head


def grouped(n: int, separator: str = ",") -> str:
    """A number with its thousands apart."""
    return f"{int(n):,}".replace(",", separator)


STYLES: dict[str, Style] = {
    "unicode": Style("·", "−", lambda x: f"⌊{x}⌋", lambda x: f"⌈{x}⌉", lambda a, b: f"{a}/{b}", str, grouped),
    "latex": Style(
        r" \cdot ",
        "-",
        lambda x: rf"\left\lfloor {x} \right\rfloor",
        lambda x: rf"\left\lceil {x} \right\rceil",
        lambda a, b: rf"\frac{{{a}}}{{{b}}}",
        _latex_letter,
        lambda n: grouped(n, "{,}"),
    ),
}


def write(expr: Expr, style: Style, numbers: bool) -> str:
    """An expression in letters, or with the numbers put in."""
    return _write(expr, style, numbers, 0)


def _write(expr: Expr, style: Style, numbers: bool, tight: int) -> str:
    """`tight` is how closely what stands around binds: 0 a whole, 1 a term, 2 a factor, 3 a fraction's side."""
    kind = expr[0]
    if kind == "n":
        return str(expr[1])
    if kind == "s":
        if not numbers:
            return style.letter(expr[1])
        return f"({style.minus}{-expr[2]})" if expr[2] < 0 and tight else str(expr[2])
    if kind == "neg":
        return f"{style.minus}{_write(expr[1], style, numbers, 2)}"
    if kind == "+":
        text = ""
        for sign, term in expr[1]:
            part = _write(term, style, numbers, 1)
            if text:
                text += f" {'+' if sign > 0 else style.minus} {part}"
            else:
                text = part if sign > 0 else f"{style.minus}{part}"
        return f"({text})" if tight >= 2 else text
    if kind == "*":
        factors = [_write(f, style, numbers, 2) for f in expr[1]]
        if not numbers and expr[1][0][0] == "n" and len(factors) > 1 and expr[1][1][0] in ("s", "+"):
            factors = [factors[0] + factors[1], *factors[2:]]  # 2P, 4H, not 2·P
        text = style.times.join(factors)
        return f"({text})" if tight >= 3 else text
    latex = style.times.startswith(" \\")
    inner = 0 if latex else 3
    fraction = style.fraction(_write(expr[1], style, numbers, inner), _write(expr[2], style, numbers, inner))
    return {"floor": style.floor, "ceil": style.ceil}.get(kind, str)(fraction)


def steps(figure: int, style: Style) -> list[str]:
    """formula, numbers put in, result; fewer where the formula is a single letter or number."""
    if not isinstance(figure, Recorded):
        return [style.number(figure)]
    formula = write(figure.expr, style, False)
    filled = write(figure.expr, style, True)
    result = style.number(figure).replace("-", style.minus)
    if formula == filled:
        return [formula, result]
    return [formula, result] if filled == result.replace(",", "").replace("{", "").replace("}", "") else [formula, filled, result]


def sentence(figure: int, style: str = "unicode") -> str:
    """formula = numbers = result."""
    return " = ".join(steps(figure, STYLES[style]))


@dataclass(frozen=True)
class Step:
    """One figure with its working: what it is, the recorded integer, and what is to be said of it."""

    label: str
    figure: int
    note: str = ""

    def text(self, style: str = "unicode") -> str:
        """formula = numbers = result."""
        said = f"  ({self.note})" if self.note and style != "latex" else ""
        return sentence(self.figure, style) + said
