"""The functions in equations of tensors, and sums over indices and over time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

from archcalc.homework.calculus import lists
from archcalc.homework.calculus.gates import sigmoid
from archcalc.homework.calculus.lists import Tensor
from archcalc.homework.calculus.tensors import PRODUCT, Expr, Scope, Symbol
from archcalc.text.faults import ValueFault


@dataclass(frozen=True)
class Function:
    """A function of one number: how it is written, and its value."""

    text: str
    tex: str
    of: Callable[[float], float]


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _log(x: float) -> float:
    if x <= 0:
        raise ValueFault(f"the logarithm of {x:g}; it takes positive numbers only", "a positive number")
    return math.log(x)


SIGMOID = Function("σ", r"\sigma", sigmoid)
TANH = Function("tanh", r"\tanh", math.tanh)
EXP = Function("exp", r"\exp", _exp)
LOG = Function("log", r"\log", _log)
SIGN = Function("sign", r"\operatorname{sign}", lambda x: float((x > 0) - (x < 0)))


@dataclass(frozen=True, eq=False)
class Apply(Expr):
    """A function applied to every element."""

    function: Function
    to: Expr

    def show(self, latex: bool) -> str:
        return self.show_raised(latex, "")

    def show_raised(self, latex: bool, power: str) -> str:
        # tanh²(c), as a textbook has it
        name = (self.function.tex if latex else self.function.text) + power
        return f"{name}({self.to.show(latex)})"

    def value(self, scope: Scope) -> Tensor:
        return lists.elementwise(self.function.of, self.to.value(scope))


@dataclass(frozen=True, eq=False)
class Positive(Expr):
    """1 where the tensor is positive, 0 elsewhere."""

    of: Expr

    def show(self, latex: bool) -> str:
        return rf"\mathbf{{1}}[{self.of.show(True)} > 0]" if latex else f"1[{self.of.show(False)} > 0]"

    def value(self, scope: Scope) -> Tensor:
        return lists.elementwise(lambda x: float(x > 0), self.of.value(scope))


@dataclass(frozen=True, eq=False)
class AtLeastZero(Expr):
    """max(0, x), element by element."""

    of: Expr

    def show(self, latex: bool) -> str:
        return (r"\max" if latex else "max") + f"(0, {self.of.show(latex)})"

    def value(self, scope: Scope) -> Tensor:
        return lists.elementwise(lambda x: max(0.0, x), self.of.value(scope))


@dataclass(frozen=True, eq=False)
class Absolute(Expr):
    """|x|, element by element."""

    of: Expr

    def show(self, latex: bool) -> str:
        return rf"\lvert {self.of.show(True)} \rvert" if latex else f"|{self.of.show(False)}|"

    def value(self, scope: Scope) -> Tensor:
        return lists.elementwise(abs, self.of.value(scope))


@dataclass(frozen=True, eq=False)
class Within(Expr):
    """One number where another is at most a limit, a third elsewhere."""

    size: Expr
    limit: Expr
    then: Expr
    outside: Expr

    def show(self, latex: bool) -> str:
        then, size, limit, other = (part.show(latex) for part in (self.then, self.size, self.limit, self.outside))
        if latex:
            return rf"\begin{{cases}} {then} & {size} \le {limit} \\ {other} & \text{{else}} \end{{cases}}"
        return f"({then} if {size} ≤ {limit}, else {other})"

    def value(self, scope: Scope) -> Tensor:
        size, limit = self.size.value(scope), self.limit.value(scope)
        assert not isinstance(size, list)
        assert not isinstance(limit, list)
        fits = size <= limit
        return (self.then if fits else self.outside).value(scope)


@dataclass(frozen=True, eq=False)
class OverTime(Expr):
    """The sum over all time steps."""

    of: Expr
    precedence = PRODUCT

    def show(self, latex: bool) -> str:
        return (r"\sum_{t=1}^{T} " if latex else "Σₜ ") + self.of.inside(latex, PRODUCT)

    def value(self, scope: Scope) -> Tensor:
        parts = [self.of.value(replace(scope, step=t)) for t in range(1, scope.steps + 1)]
        return lists.elementwise(lambda *xs: math.fsum(xs), *parts)


_LETTERS = {"i": "ᵢ", "j": "ⱼ", "k": "ₖ"}


@dataclass(frozen=True, eq=False)
class Index(Expr):
    """An index counted from 0; `size` says up to where."""

    letter: str
    size: Callable[[Scope], int]

    def show(self, latex: bool) -> str:
        return self.letter

    def value(self, scope: Scope) -> Tensor:
        return scope.index[self.letter]


@dataclass(frozen=True, eq=False)
class Element(Expr):
    """One element of a tensor. A place outside it, or between its elements, holds 0: that is what zero
    padding is.
    """

    of: Symbol
    places: tuple[Expr, ...]

    def show(self, latex: bool) -> str:
        places = [place.show(latex) for place in self.places]
        if latex:
            comma = "," if all(len(place) == 1 for place in places) else r",\; "
            return self.of.written(True, f"_{{{comma.join(places)}}}")
        if len(places) == 1 and places[0] in _LETTERS:
            return self.of.written(False, _LETTERS[places[0]])
        return self.of.written(False, f"[{', '.join(places)}]")

    def value(self, scope: Scope) -> Tensor:
        places = []
        for place in self.places:
            at = place.value(scope)
            assert not isinstance(at, list)
            places.append(at)
        return lists.element(self.of.value(scope), tuple(places))


@dataclass(frozen=True, eq=False)
class IndexSum(Expr):
    """The sum of an expression over all values of some indices."""

    over: tuple[Index, ...]
    of: Expr
    precedence = PRODUCT

    def show(self, latex: bool) -> str:
        letters = ",".join(index.letter for index in self.over)
        body = self.of.inside(latex, PRODUCT)
        if latex:
            return rf"\sum_{{{letters}}} {body}"
        return f"Σ{_LETTERS[letters]} {body}" if letters in _LETTERS else f"Σ_{{{letters}}} {body}"

    def value(self, scope: Scope) -> Tensor:
        ranges = [range(index.size(scope)) for index in self.over]
        total = []
        for places in product(*ranges):
            here = {index.letter: at for index, at in zip(self.over, places, strict=True)}
            part = self.of.value(replace(scope, index={**scope.index, **here}))
            assert not isinstance(part, list)
            total.append(part)
        return math.fsum(total)


@dataclass(frozen=True, eq=False)
class Count(Expr):
    """How many elements a tensor has, as a letter."""

    letter: str
    of: Symbol

    def show(self, latex: bool) -> str:
        return self.letter

    def value(self, scope: Scope) -> Tensor:
        return math.prod(lists.shape(self.of.value(scope)))


def axis(symbol: Symbol, number: int) -> Callable[[Scope], int]:
    """The size of one axis of a tensor, for an index that runs along it."""
    return lambda scope: lists.shape(symbol.value(scope))[number]
