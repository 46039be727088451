"""Which positions of its inputs a layer looks at for one position of its output, axis by axis.

A layer answers with a `Reading` for every axis of every input (`Layer.sees`). What follows a receptive field through a network,
and what holds it against torch, goes over these alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import NamedTuple

Shape = tuple[int, ...]
MOST = 4096  # positions after which a pattern has to come again, or is not followed


class Reading(NamedTuple):
    """What is read along one axis of an input for position o of the output's axis `by`.

    With o = q·period + p, the positions q·advance + t for each t of `offsets[p]`; those outside the input are padding. `by` is −1
    where every position is read whatever o is; `until` where all up to o are.
    """

    by: int
    period: int = 1
    advance: int = 1
    offsets: tuple[Sequence[int], ...] = ((0,),)
    until: bool = False

    def at(self, o: int, size: int) -> list[int]:
        """The positions read for o, of an axis of this size."""
        if self.by < 0 or self.until:
            return list(range(size if self.by < 0 else min(size, o + 1)))
        q, p = divmod(o, self.period)
        return [t for t in (q * self.advance + k for k in self.offsets[p]) if 0 <= t < size]

    @property
    def same(self) -> bool:
        """Whether position o alone is read."""
        return self.by >= 0 and not self.until and self[1:4] == (1, 1, ((0,),))


Readings = tuple[Reading, ...]
WHOLE = Reading(-1)


def shifted(by: int, start: int) -> Reading:
    """Position o + start alone."""
    return Reading(by, offsets=((start,),))


def taps(by: int, K: int, S: int, P: int, D: int = 1) -> Reading:
    """A window of K taps, D apart, that starts at o·S − P."""
    return Reading(by, 1, S, (range(-P, -P + D * (K - 1) + 1, D),))


def spread(by: int, K: int, S: int, P: int, D: int = 1) -> Reading | None:
    """The inputs t that a transposed convolution spreads over o: o + P − t·S is k·D for one of its K taps. None beyond `MOST`."""
    if S > MOST or K > MOST:
        return None
    reached: list[list[int]] = [[] for _ in range(S)]
    for k in range(K):
        for p in range(S):
            t, rest = divmod(p + P - k * D, S)
            if not rest:
                reached[p].append(t)
    return Reading(by, S, 1, tuple(tuple(sorted(ts)) for ts in reached))


def windows(by: int, W: int, O: int) -> Reading | None:
    """The windows of adaptive pooling: o from ⌊o·W/O⌋ to ⌈(o + 1)·W/O⌉; all where there is one. None beyond `MOST`."""
    if O == 1:
        return WHOLE
    period, advance = O // gcd(W, O), W // gcd(W, O)
    if period > MOST:
        return None
    return Reading(by, period, advance, tuple(range(p * W // O, -(-(p + 1) * W // O)) for p in range(period)))


def resized(by: int, W: int, O: int, linear: bool) -> Reading | None:
    """What a value of a map made larger or smaller is copied from, or lies between. None beyond `MOST`."""
    if W == O:
        return Reading(by)
    period, advance = O // gcd(W, O), W // gcd(W, O)
    if period > MOST:
        return None
    if not linear:
        return Reading(by, period, advance, tuple((p * W // O,) for p in range(period)))
    # The middle of o, (o + ½)·W/O − ½, in units of 1/(2·O).
    found = []
    for p in range(period):
        t, rest = divmod((2 * p + 1) * W - O, 2 * O)
        found.append((t, t + 1) if rest else (t,))
    return Reading(by, period, advance, tuple(found))


def every(shape: Shape) -> Readings:
    """All of an input."""
    return (WHOLE,) * len(shape)


def alike(shape: Shape, output: Shape) -> Readings | None:
    """Each value from the one at its own place; a size of 1 is repeated. None where the shapes are not alike."""
    if len(shape) != len(output) or any(n not in (1, m) for n, m in zip(shape, output, strict=True)):
        return None
    return tuple(Reading(i) if n == m else WHOLE for i, (n, m) in enumerate(zip(shape, output, strict=True)))


def along(shape: Shape, axes: Sequence[int]) -> Readings:
    """Each value from all along these axes, and from its own place along the others."""
    return tuple(WHOLE if i in axes else Reading(i) for i in range(len(shape)))


def refolded(shape: Shape, output: Shape) -> Readings | None:
    """The same values in another shape: followed where only sizes of 1 come and go, None elsewhere."""
    kept = [i for i, n in enumerate(output) if n != 1]
    if [n for n in shape if n != 1] != [output[i] for i in kept]:
        return None
    left = iter(kept)
    return tuple(WHOLE if n == 1 else Reading(next(left)) for n in shape)


def whole_groups(channels: int, out: int, groups: int) -> Reading:
    """The channels of a convolution's group."""
    return WHOLE if groups == 1 else Reading(0, out // groups, channels // groups, (range(channels // groups),) * (out // groups))
