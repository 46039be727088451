"""Expressions of tensors: each kind of node writes itself in Unicode and in LaTeX and computes its own value.

So what is printed and what is evaluated are one thing. Equations are built with Python's operators: `W @ x`
is the matrix product, `a * b` the elementwise one, `W.T` the transpose.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from archcalc.homework.calculus import lists
from archcalc.homework.calculus.lists import Tensor
from archcalc.text.faults import ValueFault

SUM, PRODUCT, POWER, ATOM = range(4)


@dataclass
class Scope:
    """Where names get their values: the environment, the time step, and the indices of a sum."""

    env: Mapping[str, Tensor]
    step: int = 1
    steps: int = 1
    index: Mapping[str, int] = field(default_factory=dict)


class Expr:
    """A tensor-valued expression."""

    precedence = ATOM

    def show(self, latex: bool) -> str:
        """The expression as it is printed."""
        raise NotImplementedError

    def value(self, scope: Scope) -> Tensor:
        """The expression's value. Raises ValueFault where a name has none or sizes do not fit."""
        raise NotImplementedError

    def inside(self, latex: bool, precedence: int) -> str:
        """The expression as part of one that binds with `precedence`."""
        text = self.show(latex)
        return f"({text})" if self.precedence < precedence else text

    def show_raised(self, latex: bool, power: str) -> str:
        """The expression to a power."""
        return self.inside(latex, ATOM) + power

    def __add__(self, other: Expr | float) -> Expr:
        return Sum(((1, self), (1, expr(other))))

    def __sub__(self, other: Expr | float) -> Expr:
        return Sum(((1, self), (-1, expr(other))))

    def __rsub__(self, other: float) -> Expr:
        return Sum(((1, expr(other)), (-1, self)))

    def __radd__(self, other: float) -> Expr:
        return Sum(((1, expr(other)), (1, self)))

    def __neg__(self) -> Expr:
        return Sum(((-1, self),))

    def __mul__(self, other: Expr) -> Expr:
        return Hadamard((self, other))

    def __matmul__(self, other: Expr) -> Expr:
        return Matmul(self, other)

    def __truediv__(self, other: Expr | float) -> Expr:
        return Divide(self, expr(other))

    def __pow__(self, exponent: int) -> Expr:
        return Power(self, exponent)

    @property
    def T(self) -> Expr:
        return Transpose(self)


def expr(x: Expr | float) -> Expr:
    """A number as an expression; an expression as it is."""
    return x if isinstance(x, Expr) else Number(x)


@dataclass(frozen=True, eq=False)
class Number(Expr):
    """A number that stands in a formula."""

    number: float

    def show(self, latex: bool) -> str:
        return f"{self.number:g}"

    def value(self, scope: Scope) -> Tensor:
        return self.number


_SUBSCRIPTS = {"t": "ₜ", "t-1": "ₜ₋₁", "t+1": "ₜ₊₁", "T": "_T", "T+1": "_{T+1}"}


@dataclass(frozen=True, eq=False)
class Symbol(Expr):
    """A named tensor, of every time step or, with `time`, of one.

    `key` names it in an environment, `text` and `tex` on the page. `gradient` makes it ∂E/∂ the named
    tensor; `by_way` makes it that part of the gradient which flows through step t.
    """

    key: str
    text: str
    tex: str
    time: str = ""
    gradient: bool = False
    by_way: bool = False

    def at(self, time: str) -> Symbol:
        """The same tensor at another step."""
        return replace(self, time=time)

    @property
    def grad(self) -> Symbol:
        """∂E/∂ this tensor."""
        return replace(self, gradient=True)

    def name(self, scope: Scope) -> str:
        """What the environment calls it: `W_xi`, `c[3]`, `dW_xi`, `dc[3]`; `dc[2]|3` is the part that flows
        through step 3.
        """
        name = ("d" if self.gradient else "") + self.key
        if not self.time:
            return name
        base = scope.steps if self.time.startswith("T") else scope.step
        name += f"[{base + int(self.time[1:] or 0)}]"
        return name + (f"|{scope.step}" if self.by_way else "")

    def show(self, latex: bool) -> str:
        return self.written(latex)

    def written(self, latex: bool, below: str = "") -> str:
        """The symbol with what an element's indices put below it."""
        if latex:
            time = f"_{{{self.time}}}" if self.time else ""
            inner = self.tex + time + below
            if not self.gradient:
                return inner
            whole = rf"\frac{{\partial E}}{{\partial {inner}}}"
            return rf"\left.{whole}\right|_{{t}}" if self.by_way else whole
        inner = self.text + _SUBSCRIPTS.get(self.time, "") + below
        return (f"∂E/∂{inner}" if self.gradient else inner) + ("|ₜ" if self.by_way else "")

    def value(self, scope: Scope) -> Tensor:
        name = self.name(scope)
        if name not in scope.env:
            raise ValueFault(f"{name} has no value", f"{name}, given a value")
        return scope.env[name]


@dataclass(frozen=True, eq=False)
class Zeros(Expr):
    """0, in the shape of another tensor."""

    like: Symbol

    def show(self, latex: bool) -> str:
        return "0"

    def value(self, scope: Scope) -> Tensor:
        return lists.elementwise(lambda x: 0.0, self.like.value(scope))


@dataclass(frozen=True, eq=False)
class Sum(Expr):
    """Terms added and subtracted, element by element."""

    terms: tuple[tuple[int, Expr], ...]
    precedence = SUM

    def __post_init__(self) -> None:
        first = self.terms[0][1]
        if isinstance(first, Sum) and self.terms[0][0] == 1:
            object.__setattr__(self, "terms", first.terms + self.terms[1:])

    def show(self, latex: bool) -> str:
        minus = "-" if latex else "−"
        text = ""
        for k, (sign, term) in enumerate(self.terms):
            written = term.inside(latex, PRODUCT if sign < 0 else SUM)
            if k:
                text += f" {'+' if sign > 0 else minus} {written}"
            else:
                text += written if sign > 0 else minus + written
        return text

    def value(self, scope: Scope) -> Tensor:
        signs = [sign for sign, _ in self.terms]
        values = [term.value(scope) for _, term in self.terms]
        return lists.elementwise(lambda *xs: sum(s * x for s, x in zip(signs, xs, strict=True)), *values)


@dataclass(frozen=True, eq=False)
class Hadamard(Expr):
    """The elementwise product."""

    factors: tuple[Expr, ...]
    precedence = PRODUCT

    def __post_init__(self) -> None:
        first = self.factors[0]
        if isinstance(first, Hadamard):
            object.__setattr__(self, "factors", first.factors + self.factors[1:])

    def show(self, latex: bool) -> str:
        sign = r" \odot " if latex else " ⊙ "
        # a matrix product inside is bracketed, so that no reader has to know which binds closer
        return sign.join(f.inside(latex, POWER if isinstance(f, Matmul) else PRODUCT) for f in self.factors)

    def value(self, scope: Scope) -> Tensor:
        return lists.elementwise(lambda *xs: math.prod(xs), *(f.value(scope) for f in self.factors))


@dataclass(frozen=True, eq=False)
class Scaled(Expr):
    """The product with a number, or of two numbers."""

    factor: Expr
    of: Expr
    precedence = PRODUCT

    def show(self, latex: bool) -> str:
        # (1/n)·x: in a line of text it would not be seen what 1 is divided by
        quotient = isinstance(self.factor, Divide) and not latex
        left = self.factor.inside(latex, POWER if quotient else PRODUCT)
        right = self.of.inside(latex, PRODUCT)
        return left + (r" \, " if latex else "·") + right

    def value(self, scope: Scope) -> Tensor:
        return lists.elementwise(lambda a, b: a * b, self.factor.value(scope), self.of.value(scope))


@dataclass(frozen=True, eq=False)
class Divide(Expr):
    """The elementwise quotient."""

    over: Expr
    under: Expr
    precedence = PRODUCT

    def show(self, latex: bool) -> str:
        if latex:
            return rf"\frac{{{self.over.show(True)}}}{{{self.under.show(True)}}}"
        return f"{self.over.inside(False, PRODUCT)}/{self.under.inside(False, POWER)}"

    def value(self, scope: Scope) -> Tensor:
        try:
            return lists.elementwise(lambda a, b: a / b, self.over.value(scope), self.under.value(scope))
        except ZeroDivisionError:
            raise ValueFault(f"a division by zero in {self.show(False)}", "another value, at which it is not 0") from None


@dataclass(frozen=True, eq=False)
class Matmul(Expr):
    """A matrix times a vector."""

    left: Expr
    right: Expr
    precedence = PRODUCT

    def show(self, latex: bool) -> str:
        return f"{self.left.inside(latex, PRODUCT)} {self.right.inside(latex, POWER)}"

    def value(self, scope: Scope) -> Tensor:
        return lists.multiply(self.left.value(scope), self.right.value(scope))


@dataclass(frozen=True, eq=False)
class Transpose(Expr):
    """A matrix transposed."""

    of: Expr

    def show(self, latex: bool) -> str:
        return self.of.inside(latex, ATOM) + (r"^{\top}" if latex else "ᵀ")

    def value(self, scope: Scope) -> Tensor:
        return lists.transpose(self.of.value(scope))


@dataclass(frozen=True, eq=False)
class Outer(Expr):
    """The outer product a bᵀ of two vectors: a matrix."""

    left: Expr
    right: Expr
    precedence = PRODUCT

    def show(self, latex: bool) -> str:
        left, right = self.left.inside(latex, POWER), self.right.inside(latex, ATOM)
        return f"{left} {right}" + (r"^{\top}" if latex else "ᵀ")

    def value(self, scope: Scope) -> Tensor:
        return lists.outer(self.left.value(scope), self.right.value(scope))


@dataclass(frozen=True, eq=False)
class Power(Expr):
    """A whole power, element by element."""

    of: Expr
    exponent: int
    precedence = POWER

    def show(self, latex: bool) -> str:
        return self.of.show_raised(latex, f"^{{{self.exponent}}}" if latex else "⁰¹²³⁴⁵⁶⁷⁸⁹"[self.exponent])

    def value(self, scope: Scope) -> Tensor:
        return lists.elementwise(lambda x: x**self.exponent, self.of.value(scope))
