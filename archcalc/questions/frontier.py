"""Which variants no other one is better than: as large on every axis, and taking no more of any figure.

Variants stand on a grid, a place for every combination of values. Where the least that the places above a variant take of some
figure is more than it takes itself, none of them is better; only where that shows nothing are they looked at one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

Costs = Sequence[tuple[int, ...] | None]  # what each variant takes, None of one that does not count


def frontier(sizes: Sequence[int], ordered: Sequence[bool], costs: Costs) -> list[bool]:
    """Of every variant, whether it counts and no other is better.

    `sizes` are how many values each axis has, in rising order where they are `ordered`; on others, variants of different values
    are not compared. `costs` are in the order of the combinations, the last axis fastest.
    """
    steps = [1] * len(sizes)
    for axis in range(len(sizes) - 2, -1, -1):
        steps[axis] = steps[axis + 1] * sizes[axis + 1]
    places = list(product(*map(range, sizes)))
    free = [axis for axis, known in enumerate(ordered) if known]
    figures = len(next((c for c in costs if c is not None), ()))
    least: list[list[int | None]] = []  # of each figure, the least at a place and above it
    for f in range(figures):
        found: list[int | None] = [None if c is None else c[f] for c in costs]
        for axis in free:
            for at in range(len(places) - 1, -1, -1):
                if places[at][axis] + 1 < sizes[axis]:
                    found[at] = _less(found[at], found[at + steps[axis]])
        least.append(found)
    made = []
    for at, cost in enumerate(costs):
        if cost is None:
            made.append(False)
            continue
        above = [at + steps[axis] for axis in free if places[at][axis] + 1 < sizes[axis]]
        possible = all(_reached(cost[f], [least[f][i] for i in above]) for f in range(figures)) and bool(above)
        # Of one figure alone, that is the answer.
        made.append(not (possible and (figures == 1 or _bettered(at, cost, places, sizes, steps, free, costs))))
    return made


def _less(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else min(a, b)


def _reached(most: int, found: Sequence[int | None]) -> bool:
    return any(n is not None and n <= most for n in found)


def _bettered(
    at: int,
    cost: tuple[int, ...],
    places: Sequence[tuple[int, ...]],
    sizes: Sequence[int],
    steps: Sequence[int],
    free: Sequence[int],
    costs: Costs,
) -> bool:
    """Whether any place above takes no more of any figure: the nearest are looked at first."""
    ranges = [range(sizes[axis] - places[at][axis]) if axis in free else range(1) for axis in range(len(sizes))]
    for moved in product(*ranges):
        other = costs[at + sum(n * step for n, step in zip(moved, steps, strict=True))] if any(moved) else None
        if other is not None and all(a <= b for a, b in zip(other, cost, strict=True)):
            return True
    return False
