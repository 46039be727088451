"""Conventions: named ways to turn operations into the one figure people quote as multiplies."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.layers.base import Operations


class Convention(NamedTuple):
    """A convention: its name and the footer that says what was counted."""

    name: str
    footer: str

    def multiplies(self, operations: Operations) -> int:
        """The figure for one layer."""
        return operations.products


PAPER = Convention(
    "paper",
    "multiplies: those of convolutions and matrix products, padding zeros included, biases not (MACs, mult-adds)",
)
