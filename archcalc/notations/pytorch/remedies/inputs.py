"""A linear layer behind a flatten that takes the values of a map of another size: the input for which it would be right."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.formulas.arithmetic import product
from archcalc.interpreter.machine import Machine
from archcalc.layers.base import Shape, dims
from archcalc.network.nodes import shape_after
from archcalc.notations.pytorch.remedies.upstream import node_of
from archcalc.notations.pytorch.vocabulary.leaves import Leaf
from archcalc.notations.pytorch.vocabulary.trace import Failed, trace
from archcalc.text.faults import Misfit

LARGEST = 1024
MOST_NODES = 3000


class Fitting(NamedTuple):
    """An input with which a linear layer takes what arrives, and what is to be said of it."""

    shape: Shape
    said: str


def fitting(machine: Machine, failed: Failed) -> Fitting | None:
    """The square input, smaller or larger, whose flattened map has as many values as a linear layer states."""
    run, module = trace(machine), failed.module
    graph = run.graph
    if graph is None or not isinstance(module, Leaf) or module.torch_name != "Linear" or len(graph.inputs) != 1:
        return None
    stated = module.given.get("in_features")
    start, at = next(iter(graph.inputs.values())), node_of(failed.tensors[0])
    if not isinstance(stated, int) or at is None or at < 0 or len(start) < 3 or len(graph.nodes) > MOST_NODES:
        return None
    if len(set(start[1:])) > 1:
        return None

    def map_at(size: int) -> Shape | None:
        shapes: list[Shape | None] = []
        given = (start[0], *(size for _ in start[1:]))
        for number, node in enumerate(graph.nodes[: at + 1]):
            if node.unrun is not None:
                shapes.append(graph.shapes[number])
                continue
            inputs = [shapes[i] if i >= 0 else given for i in node.inputs]
            known = tuple(s for s in inputs if s is not None)
            output = shape_after(node.layer, known) if len(known) == len(inputs) else None
            shapes.append(None if isinstance(output, Misfit) else output)
        before = graph.nodes[at]
        found = shapes[at]
        if found is not None and len(found) == 1 and before.inputs:
            return shapes[before.inputs[0]] if before.inputs[0] >= 0 else given
        return found

    low, high = 1, LARGEST
    while low < high:
        middle = (low + high) // 2
        found = map_at(middle)
        if found is not None and product(found) >= stated:
            high = middle
        else:
            low = middle + 1
    found, now = map_at(low), map_at(start[1])
    if found is None or now is None or product(found) != stated or len(found) < 2 or low == start[1]:
        return None
    sizes, have = (dims((n,) * (len(start) - 1)) for n in (low, start[1]))
    said = f"{_written(found)} is right for an input of {sizes}, {have} gives {_written(now)} = {product(now)}"
    return Fitting((start[0], *(low for _ in start[1:])), said)


def _written(shape: Shape) -> str:
    return "·".join(map(str, shape))
