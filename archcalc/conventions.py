"""Conventions: named ways to count the work of a layer, as people quote it.

A convention is a function `count(layer, inputs, output) -> int`, and a line of the table. It runs on recorded integers too, so
that what `explain` writes out is the very count that the table shows. `multiplies` is the one figure that totals, budgets and
comparisons go by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archcalc.layers.base import Layer, Operations, Shape, Shapes

Count = Callable[[Layer, Shapes, Shape], int]

# The kinds of operation, each from what a layer does.
KINDS: dict[str, Callable[[Operations], int]] = {
    "multiplications": lambda o: o.products + o.multiplications,
    "additions": lambda o: o.sums + o.additions,
    "bias_additions": lambda o: o.biases,
    "comparisons": lambda o: o.comparisons,
    "divisions": lambda o: o.divisions,
    "exponentials": lambda o: o.exponentials,
}


class Convention(NamedTuple):
    """A convention: its name, what it counts, and the footer that says so.

    `zeros`: multiplications by padding zeros count. `heading` stands over its column. `columns` are the figures that stand in
    the reports in the place of `multiplies`.
    """

    name: str
    of: Count
    footer: str
    zeros: bool = True
    heading: str = "multiplies"
    columns: tuple[str, ...] = ("multiplies",)

    @property
    def every(self) -> bool:
        """Whether it counts every kind of operation, each in a column of its own."""
        return self.columns != ("multiplies",)

    def work(self, layer: Layer, inputs: Shapes, output: Shape) -> Operations:
        """The operations of a layer that count, by their kinds."""
        return layer.operations(inputs, output) if self.zeros else layer.operations_inside(inputs, output)

    def counts(self) -> dict[str, Count]:
        """What each of its columns counts."""
        return {key: _kind(key, self) for key in self.columns} if self.every else {"multiplies": self.of}


def _kind(key: str, convention: Convention) -> Count:
    return lambda layer, inputs, output: KINDS[key](convention.work(layer, inputs, output))


def paper(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """Multiplications of convolutions and matrix products."""
    return layer.operations(inputs, output).products


def paper_inside(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The same less those by padding zeros."""
    return layer.operations_inside(inputs, output).products


def exact(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """Every multiplication, element-wise ones too."""
    return KINDS["multiplications"](layer.operations(inputs, output))


def exact_inside(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The same less those by padding zeros."""
    return KINDS["multiplications"](layer.operations_inside(inputs, output))


_HOW = "additions: n − 1 for a sum of n, biases apart; roots among divisions; ? where a function has no count in these terms"
PAPER = Convention(
    "paper", paper, "multiplies: those of convolutions and matrix products, padding zeros included, biases not (MACs, mult-adds)"
)
CONVENTIONS: dict[str, Convention] = {
    "paper": PAPER,
    "exact": Convention(
        "exact",
        exact,
        f"multiplications: element-wise ones and those by padding zeros included; {_HOW}",
        columns=tuple(KINDS),
    ),
}
# The same without multiplications by padding zeros.
INSIDE: dict[str, Convention] = {
    "paper": Convention(
        "paper, without padding zeros",
        paper_inside,
        "multiplies: those of convolutions and matrix products that meet the input itself; padding zeros and biases not",
        zeros=False,
    ),
    "exact": Convention(
        "exact, without padding zeros",
        exact_inside,
        f"multiplications: element-wise ones included, those by padding zeros not; {_HOW}",
        zeros=False,
        columns=tuple(KINDS),
    ),
}


def convention(count: str = "paper", skip_zeros: bool = False) -> Convention:
    """The convention of a name, padding zeros counted or left out. Raises SpecError where there is none."""
    if count not in CONVENTIONS:
        from archcalc.text.amounts import one_of

        one_of(count, "--count", CONVENTIONS)
    if skip_zeros and count not in INSIDE:
        from archcalc.text.faults import Fault, SpecError

        raise SpecError([Fault(f"--count {count} is not defined without padding zeros", repairs=["leave out --skip-zeros"])])
    return INSIDE[count] if skip_zeros else CONVENTIONS[count]
