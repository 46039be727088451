"""One unknown carried through the formula page: a·x + b, the quotients it meets, and the whole numbers that fit.

`arithmetic.conv_out` run on an `Affine` returns the quotient it would have rounded, so that the inequality solved is the
formula's own and nothing is typed twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from archcalc.formulas.arithmetic import ceil_div


class Affine:
    """a·x + b with whole a and b. A comparison gives the difference that must be at least 0."""

    __slots__ = ("a", "b")

    def __init__(self, a: int, b: int = 0) -> None:
        self.a = a
        self.b = b

    def __add__(self, other: object) -> Affine:
        o = affine(other)
        return Affine(self.a + o.a, self.b + o.b)

    __radd__ = __add__

    def __neg__(self) -> Affine:
        return Affine(-self.a, -self.b)

    def __sub__(self, other: object) -> Affine:
        return self + -affine(other)

    def __rsub__(self, other: object) -> Affine:
        return affine(other) - self

    def __mul__(self, other: object) -> Affine:
        o = affine(other)
        if self.a and o.a:
            raise ArithmeticError("a product of the unknown with itself")
        return Affine(self.a * o.b + o.a * self.b, self.b * o.b)

    __rmul__ = __mul__

    def __floordiv__(self, other: object) -> Quotient:
        return Quotient(self, affine(other))

    def __rfloordiv__(self, other: object) -> Quotient:
        return Quotient(affine(other), self)

    def __ge__(self, other: object) -> Affine:
        return self + -affine(other)

    def __le__(self, other: object) -> Affine:
        return affine(other) - self

    def at(self, x: int) -> int:
        """The value where the unknown is x."""
        return self.a * x + self.b


def affine(value: Any) -> Affine:
    """A number as an Affine with no unknown in it."""
    return value if isinstance(value, Affine) else Affine(0, int(value))


@dataclass(frozen=True)
class Quotient:
    """numerator/divisor rounded down, or up, and a whole number added."""

    numerator: Affine
    divisor: Affine
    up: bool = False
    offset: int = 0

    def __neg__(self) -> Quotient:
        # −⌊−a/b⌋ is ⌈a/b⌉.
        return Quotient(-self.numerator, self.divisor, not self.up, -self.offset)

    def __add__(self, other: int) -> Quotient:
        return Quotient(self.numerator, self.divisor, self.up, self.offset + other)

    def equals(self, value: int) -> list[Affine]:
        """What must be at least 0 for this to be `value`, the divisor being positive.

        ⌊n/d⌋ = m means d·m ≤ n < d·(m + 1); ⌈n/d⌉ = m means d·(m − 1) < n ≤ d·m.
        """
        m, n, d = value - self.offset, self.numerator, self.divisor
        if self.up:
            return [n - d * (m - 1) - 1, d * m - n]
        return [n - d * m, d * (m + 1) - n - 1]


@dataclass(frozen=True)
class Interval:
    """The whole numbers from `low` to `high`; to infinity where `high` is None."""

    low: int
    high: int | None

    @property
    def empty(self) -> bool:
        """Whether it holds nothing."""
        return self.high is not None and self.high < self.low

    def __contains__(self, x: int) -> bool:
        return x >= self.low and (self.high is None or x <= self.high)

    def both(self, other: Interval) -> Interval:
        """The numbers that are in both."""
        high = min((end for end in (self.high, other.high) if end is not None), default=None)
        return Interval(max(self.low, other.low), high)


def meet(least: int, conditions: Iterable[Affine | bool]) -> Interval:
    """The whole x ≥ least at which every condition is at least 0 (or true)."""
    low, high = least, None
    for condition in conditions:
        if isinstance(condition, bool):
            if not condition:
                return Interval(1, 0)
            continue
        a, b = condition.a, condition.b
        if a > 0:
            low = max(low, ceil_div(-b, a))
        elif a < 0:
            top = b // -a
            high = top if high is None else min(high, top)
        elif b < 0:
            return Interval(1, 0)
    return Interval(low, high)


def negated(condition: Affine | bool) -> Affine | bool:
    """The condition that holds exactly where this one does not."""
    return not condition if isinstance(condition, bool) else -condition - 1
