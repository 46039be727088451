"""Dive into Deep Learning's `conv_arch`: a VGG as pairs of how many convolutions and how many channels."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.interpreter.values import List, Module, Value
from archcalc.layers.activation import ReLU
from archcalc.layers.base import Layer, Shape
from archcalc.layers.conv import Conv
from archcalc.layers.linear import Dropout, Flatten, Linear
from archcalc.layers.pool import MaxPool
from archcalc.network.graph import Graph
from archcalc.network.nodes import Network
from archcalc.text.amounts import shown
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

NOTES = (
    "conv_arch is read as Dive into Deep Learning's VGG: 3×3 convolutions with padding 1 and ReLU, a 2×2 maximum after each pair",
    "then fully connected 4096, 4096 (ReLU, dropout 0.5) and 10 classes: `--set classes=1000` for others",
)
MOST_CONVS = 1000


def tables(module: Module) -> dict[str, Value]:
    """The tables of VGG blocks in a file, by name."""
    return {str(n): v for n, v in module.names.items() if str(n).endswith("conv_arch") and isinstance(v, List | tuple)}


def network(source: Source, module: Module, shape: Shape, note: str, variables: Mapping[str, str]) -> Network:
    """The VGG of the only table in a file. Raises SpecError."""
    found = tables(module)
    names = list(found)
    if len(names) > 1:
        raise SpecError(
            [Fault(f"several tables stand here: {', '.join(names)}", _line(source, names[1]), repairs=["one of them alone"])]
        )
    span = _line(source, names[0])
    pairs = found[names[0]]
    assert isinstance(pairs, List | tuple)
    if not pairs:
        repair = "conv_arch = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))"
        raise SpecError([Fault("conv_arch holds no pairs", span, repairs=[repair])])
    classes = variables.get("classes", "10")
    if not classes.isdecimal() or len(classes) > 10 or not 0 < int(classes) <= 10**9:
        raise SpecError([Fault(f"classes={shown(classes)} is no number of classes", repairs=["--set classes=10"])])
    layers: list[Layer] = []
    for pair in pairs:
        ok = isinstance(pair, List | tuple) and len(pair) == 2 and all(type(n) is int and n > 0 for n in pair)
        if not ok or not isinstance(pair, List | tuple):
            message = "a pair of how many convolutions and how many channels is meant"
            raise SpecError([Fault(message, span, repairs=["(2, 256)"])])
        count, channels = (n for n in pair if isinstance(n, int))
        if count > MOST_CONVS:
            raise SpecError(
                [Fault(f"{count:,} convolutions in one pair; the most read is {MOST_CONVS:,}", span, repairs=["fewer"])]
            )
        for _ in range(count):
            layers += [Conv(channels, 3, padding=1), ReLU()]
        layers.append(MaxPool(2))
    layers += [Flatten(), Linear(4096), ReLU(), Dropout(0.5), Linear(4096), ReLU(), Dropout(0.5), Linear(int(classes))]
    graph = Graph()
    at = graph.input("input", shape)
    for layer in layers:
        at = graph.add(layer, [at], graph.number("", layer.prefix or layer.kind), span)
    return graph.network(names[0], [at], notes=[*NOTES, note], variables={"classes": int(classes)})


def _line(source: Source, name: str) -> Span:
    """Where a table is given its value."""
    for number, line in enumerate(source.text.split("\n"), 1):
        head, sign, rest = line.partition("=")
        if sign and head.strip(" >").partition(":")[0].strip() == name:
            column = len(head) + 1 + len(rest) - len(rest.lstrip()) + 1
            return Span(source, number, column, max(1, len(line.rstrip()) - column + 1))
    return Span(source, 1, 1)
