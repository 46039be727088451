"""`conv_arch = ((1, 64), (1, 128), …)`: VGG as Dive into Deep Learning builds it (section 8.2); how many, and how wide."""

from __future__ import annotations

import ast

from archcalc.layers.base import dims
from archcalc.notations.own.tree import List, Map, Scalar, Tree, Value
from archcalc.notations.pytorch.inputs import find_input
from archcalc.notations.pytorch.places import Places
from archcalc.notations.pytorch.program import Program
from archcalc.notations.pytorch.values import Unread
from archcalc.text.faults import SpecError

MOST_CONVS = 1000
NOTES = (
    "conv_arch is read as Dive into Deep Learning's VGG: 3×3 convolutions with padding 1 and ReLU, a 2×2 maximum after each pair",
    "then fully connected 4096, 4096 (ReLU, dropout 0.5) and 10 classes: `--set classes=1000` for others",
)


def vgg_tree(places: Places, program: Program, syntax: ast.Module) -> Map:
    """The tree of VGG for the pairs of conv_arch. Raises SpecError."""
    names = [name for name in program.given if name.endswith("conv_arch")]
    if program.functions:
        unread = next(value.error for value in program.names.values() if isinstance(value, Unread))
        unread.faults[0].repairs = ["the line of conv_arch alone, for Dive into Deep Learning's VGG", *unread.faults[0].repairs]
        raise unread
    if len(names) > 1:
        raise places.fault(program.given[names[1]], f"several tables stand here: {', '.join(names)}", "one of them alone")
    node = program.given[names[0]]
    pairs = program.names[names[0]]
    listed = node.elts if isinstance(node, ast.Tuple | ast.List) and len(node.elts) == len(pairs) else [node] * len(pairs)
    source = places.source
    top = places.scalar(node, "")
    layers: list[Value] = []
    for pair, at in zip(pairs, listed, strict=True):
        layers += _block(places, pair, at)
    if not layers:
        raise places.fault(node, "conv_arch holds no pairs", "conv_arch = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))")

    def at_top(text: str) -> Scalar:
        return Scalar(text, source, top.line, top.column, top.length)

    tail = ("flatten", "fc 4096 relu dropout 0.5", "fc 4096 relu dropout 0.5", "fc classes")
    layers += [at_top(line) for line in tail]
    found = find_input(places, program.values, syntax, [])
    shape = dims(found.shape).replace("×", "x") if found else "1x224x224"
    notes = [*NOTES, (found.note if found else "input 1×224×224 assumed") or f"input {shape}"]
    return Tree(
        [
            (at_top("input"), at_top(shape)),
            (at_top("vars"), Map([(at_top("classes"), at_top("10"))], source, top.line, top.column)),
            (at_top("notes"), List([at_top(note) for note in notes], source, top.line, top.column)),
            (at_top("layers"), List(layers, source, top.line, top.column)),
        ],
        source,
        top.line,
        top.column,
    )


def _block(places: Places, pair: object, at: ast.expr) -> list[Value]:
    """The convolutions of a pair and the pooling after them."""
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(type(n) is int and n > 0 for n in pair):
        raise _not_a_pair(places, at)
    count, channels = pair
    if count > MOST_CONVS:
        raise places.fault(at, f"{count:,} convolutions in one pair; the most read is {MOST_CONVS:,}")
    place = places.scalar(at, "")

    def line(text: str) -> Scalar:
        return Scalar(text, place.source, place.line, place.column, place.length)

    convs: list[Value] = [line(f"conv {channels} k3 p1 relu") for _ in range(count)]
    return [*convs, line("maxpool 2")]


def _not_a_pair(places: Places, at: ast.expr) -> SpecError:
    return places.fault(at, "a pair of how many convolutions and how many channels is meant", "(2, 256)")
