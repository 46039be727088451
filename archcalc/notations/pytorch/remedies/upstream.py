"""What a tensor was made from: the tensors and layers above it, the nearest first."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.interpreter.machine import Machine
from archcalc.notations.pytorch.vocabulary.leaves import Leaf
from archcalc.notations.pytorch.vocabulary.tensors import Tensor
from archcalc.notations.pytorch.vocabulary.trace import trace

MOST = 400


def above(machine: Machine, tensors: Sequence[Tensor]) -> list[Tensor]:
    """The tensors, and those that they were made from, nearest first."""
    run = trace(machine)
    graph = run.graph
    found: dict[int, Tensor] = {}
    waiting = list(tensors)
    while waiting and len(found) < MOST:
        tensor = waiting.pop(0)
        if id(tensor) in found:
            continue
        found[id(tensor)] = tensor
        if tensor.node is None or tensor.node < 0 or graph is None:
            if tensor.source is not None:
                waiting.append(tensor.source)
            continue
        if tensor.source is not None and tensor.steps:
            waiting.append(tensor.source)
            continue
        waiting += [run.made[number] for number in graph.nodes[tensor.node].inputs if number in run.made]
    return list(found.values())


def nodes_above(machine: Machine, tensors: Sequence[Tensor]) -> list[int]:
    """The nodes of the graph above tensors, nearest first."""
    graph = trace(machine).graph
    if graph is None:
        return []
    found: dict[int, None] = {}
    waiting = [n for t in tensors for n in [node_of(t)] if n is not None and n >= 0]
    while waiting and len(found) < MOST:
        number = waiting.pop(0)
        if number not in found:
            found[number] = None
            waiting += [i for i in graph.nodes[number].inputs if i >= 0]
    return list(found)


def node_of(tensor: Tensor) -> int | None:
    """The node a tensor stands in, or that of what it was moved from."""
    at: Tensor | None = tensor
    while at is not None:
        if at.node is not None:
            return at.node
        at = at.source
    return None


def modules_above(machine: Machine, tensors: Sequence[Tensor]) -> list[Leaf]:
    """The layers above tensors, nearest first."""
    run = trace(machine)
    if run.graph is None:
        return []
    found = []
    for number in nodes_above(machine, tensors):
        node = run.graph.nodes[number]
        path = run.graph.nodes[node.shares].path if node.shares is not None else node.path
        module = run.homes.get(path)
        if isinstance(module, Leaf):
            found.append(module)
    return found
