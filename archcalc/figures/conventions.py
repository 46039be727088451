"""Conventions: named ways to turn operations into the figures people quote, and the columns that show them.

A convention sees a layer with its shapes and operations and says which of them count. `multiplies` is the one figure that
totals, budgets and comparisons go by.
"""

from __future__ import annotations

from typing import NamedTuple

from archcalc.layers.base import Layer, Operations, Shape, Shapes


class Convention(NamedTuple):
    """A convention: its name, the footer that says what was counted, and what it counts.

    `zeros`: multiplications by padding zeros count. `every`: element-wise work counts too. `columns` stand in the reports
    where the multiplies stand.
    """

    name: str
    footer: str
    zeros: bool = True
    every: bool = False
    columns: tuple[str, ...] = ("multiplies",)

    def counted(self, layer: Layer, inputs: Shapes, output: Shape, operations: Operations) -> Operations:
        """The operations of a layer that count."""
        return operations if self.zeros else layer.operations_inside(inputs, output)

    def multiplies(self, operations: Operations) -> int:
        """The figure for one layer, from the operations that count."""
        return operations.products + operations.multiplications if self.every else operations.products


PAPER = Convention(
    "paper",
    "multiplies: those of convolutions and matrix products, padding zeros included, biases not (MACs, mult-adds)",
)
PAPER_WITHOUT_ZEROS = Convention(
    "paper, without padding zeros",
    "multiplies: those of convolutions and matrix products that meet the input itself; padding zeros and biases not",
    zeros=False,
)
_EXACT = ("multiplications", "additions", "bias_additions", "comparisons", "divisions", "exponentials")
_HOW = "additions: n − 1 for a sum of n, biases apart; roots among divisions; ? where a function has no count in these terms"
EXACT = Convention(
    "exact",
    f"multiplications: element-wise ones and those by padding zeros included; {_HOW}",
    every=True,
    columns=_EXACT,
)
EXACT_WITHOUT_ZEROS = Convention(
    "exact, without padding zeros",
    f"multiplications: element-wise ones included, those by padding zeros not; {_HOW}",
    zeros=False,
    every=True,
    columns=_EXACT,
)
CONVENTIONS: dict[str, tuple[Convention, Convention]] = {
    "paper": (PAPER, PAPER_WITHOUT_ZEROS),
    "exact": (EXACT, EXACT_WITHOUT_ZEROS),
}


def convention(count: str = "paper", skip_zeros: bool = False) -> Convention:
    """The convention of a name, padding zeros counted or left out."""
    return CONVENTIONS[count][skip_zeros]
