"""Connections as LeCun et al. 1998 count them: the wires between units, of which many share a weight, and one for each bias."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.conventions import Convention
from archcalc.conventions.rules import CONVOLUTIONS, biases, products, rules, values_out
from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Layer, Shape, Shapes, per_axis

if TYPE_CHECKING:
    from archcalc.layers.norm import Scale
    from archcalc.layers.pool import AvgPool


def wired(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The inputs of every unit of a subsampling layer."""
    return a.product(per_axis(cast("AvgPool", layer).kernel, len(output) - 1, "kernel")) * a.product(output)


def added(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The bias of every unit of a subsampling layer; its coefficient lies on wires that are counted."""
    return values_out(layer, inputs, output) if cast("Scale", layer).shift else 0


def distances(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """A wire from every input to every output."""
    return a.product(inputs[0]) * output[-1]


MADE = (
    Convention(
        "connections",
        "connections: what every unit is wired to, its bias among them; a subsampling unit to its window (LeCun 1998)",
        terms={
            "products": rules(f"{CONVOLUTIONS} convtranspose fc", products) | rules("rbf", distances),
            "biases": rules(f"{CONVOLUTIONS} convtranspose fc", biases) | rules("scale", added),
            "pooling": rules("avgpool", wired),
        },
        source="LeCun, Bottou, Bengio, Haffner 1998, section II-B",
    ),
)
