"""Sizes that are functions of one size n, and only grow with it: what a layer's formula makes of a size that is not known.

Sums and products with whole numbers and quotients rounded down keep a size growing, and have a normal form, so that two paths
through a network that always give one size are seen to: ⌊(⌊(n + a)/b⌋ + c)/d⌋ = ⌊(n + a + b·c)/(b·d)⌋. Whatever else is asked
of such a size (an order, a remainder, a number) has no answer for every n, and raises Unproven.

Source of the identity: Graham, Knuth and Patashnik, Concrete Mathematics, equation 3.11.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import NoReturn


class Unproven(Exception):
    """Something was asked of a size that depends on n."""


# What is done to a size, in order: ("×", s, c) is s·x + c, ("÷", a, b) is ⌊(x + a)/b⌋.
Step = tuple[str, int, int]


class Growth:
    """A size that does not fall as n grows: steps done to a head, which is n, or a sum, product or function of such sizes."""

    __slots__ = ("head", "steps")

    def __init__(self, head: tuple[object, ...] = ("n",), steps: tuple[Step, ...] = ()) -> None:
        self.head = head
        self.steps = steps

    def _last(self) -> tuple[tuple[Step, ...], Step]:
        return (self.steps[:-1], self.steps[-1]) if self.steps else ((), ("×", 1, 0))

    def _with(self, before: tuple[Step, ...], *more: Step) -> Growth:
        return Growth(self.head, (*before, *(step for step in more if step != ("×", 1, 0))))

    def __add__(self, other: int | Growth) -> Growth:
        if isinstance(other, Growth):
            return _several("+", self, other)
        before, (sign, a, b) = self._last()
        # ⌊(x + a)/b⌋ + c = ⌊(x + a + b·c)/b⌋
        return self._with(before, ("×", a, b + other) if sign == "×" else ("÷", a + b * other, b))

    __radd__ = __add__

    def __sub__(self, other: int) -> Growth:
        if isinstance(other, Growth):
            raise Unproven
        return self + -other

    def __mul__(self, other: int | Growth) -> Growth:
        if isinstance(other, Growth):
            return _several("·", self, other)
        if other < 1:
            raise Unproven
        before, last = self._last()
        if last[0] == "×":
            return self._with(before, ("×", last[1] * other, last[2] * other))
        return self._with(self.steps, ("×", other, 0))

    __rmul__ = __mul__

    def __floordiv__(self, other: int) -> Growth:
        if isinstance(other, Growth) or other < 1:
            raise Unproven
        before, (sign, a, b) = self._last()
        if sign == "÷":
            return self._with(before, ("÷", a, b * other))
        # ⌊(g·s·x + c)/(g·d)⌋ = ⌊(s·x + ⌊c/g⌋)/d⌋
        common = gcd(a, other)
        scale, offset, divisor = a // common, b // common, other // common
        if divisor == 1:
            return self._with(before, ("×", scale, offset))
        return self._with(before, ("×", scale, 0), ("÷", offset, divisor))

    def at(self, n: int) -> int:
        """Its value for an n."""
        name, *parts = self.head
        found = [part.at(n) for part in parts if isinstance(part, Growth)]
        if name == "n":
            x = n
        elif name in ("+", "·"):
            x = found[0] + found[1] if name == "+" else found[0] * found[1]
        else:
            raise Unproven
        for sign, a, b in self.steps:
            x = a * x + b if sign == "×" else (x + a) // b
        return x

    def between(self) -> tuple[Fraction, Fraction, Fraction]:
        """Slope, lowest and highest offset of two lines between which it lies: s·n + low ≤ size ≤ s·n + high. Raises Unproven."""
        name, *parts = self.head
        slope, low, high = Fraction(1), Fraction(0), Fraction(0)
        if name == "+":
            lines = [part.between() for part in parts if isinstance(part, Growth)]
            slope, low, high = (sum(numbers, Fraction(0)) for numbers in zip(*lines, strict=True))
        elif name != "n":
            raise Unproven
        for sign, a, b in self.steps:
            if sign == "×":
                slope, low, high = slope * a, low * a + b, high * a + b
            else:  # a whole number divided by b is rounded down by (b − 1)/b at most
                slope, low, high = slope / b, (low + a - b + 1) / b, (high + a) / b
        return slope, low, high

    def __eq__(self, other: object) -> bool:
        """Whether it is this size for every n, as far as normal forms show."""
        return isinstance(other, Growth) and (self.head, self.steps) == (other.head, other.steps)

    def __hash__(self) -> int:
        return hash((self.head, self.steps))

    def _unproven(self, *_: object) -> NoReturn:
        raise Unproven

    __rsub__ = __neg__ = __mod__ = __rmod__ = __divmod__ = __rfloordiv__ = __truediv__ = _unproven
    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __int__ = __index__ = __float__ = _unproven


def _several(sign: str, a: Growth, b: Growth) -> Growth:
    """A sum or product of two sizes, in one order; neither is below 0 where a network takes its input."""
    return Growth((sign, *sorted((a, b), key=repr_of)))


def repr_of(size: Growth) -> str:
    """Something to sort sizes by."""
    return f"{[part if not isinstance(part, Growth) else repr_of(part) for part in size.head]}{size.steps}"


def at_most(size: int | Growth, other: int | Growth) -> bool:
    """Whether a size is shown to be no larger than another, for every n. Raises Unproven where neither line tells."""
    if not isinstance(size, Growth) and not isinstance(other, Growth):
        return size <= other
    if not isinstance(size, Growth) or not isinstance(other, Growth):
        return False
    (slope, _, high), (steeper, low, _) = size.between(), other.between()
    return size == other or (slope == steeper and high <= low)


def function(name: str, size: Growth, *settings: int) -> Growth:
    """A function of a size that does not fall as the size grows, known by its name and settings alone."""
    return Growth((name, *settings, size))
