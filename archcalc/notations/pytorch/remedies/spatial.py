"""Maps of sizes that do not meet, or are too small: a stride or a padding above, on the way to one of them."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archcalc.formulas.arithmetic import product
from archcalc.interpreter.machine import Machine
from archcalc.layers.base import Layer, Shape
from archcalc.network.nodes import shape_after
from archcalc.notations.pytorch.remedies.layers import reach
from archcalc.notations.pytorch.remedies.text import Making, Remedy, Text, making
from archcalc.notations.pytorch.remedies.upstream import node_of, nodes_above
from archcalc.notations.pytorch.vocabulary.leaves import Leaf
from archcalc.notations.pytorch.vocabulary.trace import Failed, trace
from archcalc.text.faults import Misfit

MOST_SITES = 24


class Change(NamedTuple):
    """One argument of a call written anew; the value, where it is a plain number; how likely it is, 0 the likeliest."""

    made: Making
    name: str
    written: str
    value: int | None
    unlikely: int


def candidates(machine: Machine, failed: Failed, texts: dict[int, Text]) -> Iterator[Remedy]:
    """Strides and paddings above with which the sizes would meet."""
    if not failed.tensors:
        return
    run = trace(machine)
    graph = run.graph
    if graph is None:
        return
    sites: dict[int, tuple[Making, list[int]]] = {}
    ways = [set(nodes_above(machine, [t])) for t in failed.tensors]
    shared = set.intersection(*ways) if len(ways) > 1 else set()
    numbers = nodes_above(machine, failed.tensors)
    numbers = [n for n in numbers if n not in shared] + [n for n in numbers if n in shared]
    own = making(texts, failed.module)
    if own is not None and "padding" in own.names:
        sites[id(own.node)] = (own, [])
    for number in numbers:
        node = graph.nodes[number]
        path = graph.nodes[node.shares].path if node.shares is not None else node.path
        module = run.homes.get(path)
        if not isinstance(module, Leaf) or "padding" not in module.given or "kernel_size" not in module.given:
            continue
        made = making(texts, module)
        if made is None:
            continue
        sites.setdefault(id(made.node), (made, []))[1].append(number)
        if len(sites) >= MOST_SITES:
            break
    changes = [(c, numbers_) for made, numbers_ in sites.values() for c in _changes(made)]
    changes.sort(key=lambda pair: pair[0].unlikely)
    for change, numbers_ in changes:
        if change.value is not None and numbers_ and not _meets(machine, failed, change, numbers_):
            continue
        yield from change.made.with_arguments(**{change.name: change.written})


def _changes(made: Making) -> Iterator[Change]:
    """Other strides and paddings of a call."""
    given = made.module.given
    kernel, dilation = given.get("kernel_size"), given.get("dilation", 1)
    text = made.text
    function = text.function(made.node)
    parameters = (
        [a.arg for a in (*function.args.args, *function.args.kwonlyargs)] if isinstance(function, ast.FunctionDef) else []
    )
    alike = _alike(text, made, function)
    for name in ("padding", "stride"):
        if name not in made.names:
            continue
        written = made.argument(name)
        shown = made.written(name)
        if written is not None:
            for node in ast.walk(written):
                if isinstance(node, ast.BinOp) and not isinstance(node.left, ast.Constant):
                    yield Change(made, name, text.of(node.left), None, 0)
        for word in [p for p in parameters if p == name or (name == "stride" and p == "strides")]:
            if word != shown:
                yield Change(made, name, word, None, 0)
        for word in alike.get(name, []):
            if word != shown and not word.isdecimal():
                yield Change(made, name, word, None, 1)
        window = made.written("kernel_size")
        if name == "stride" and shown != window and "\n" not in window and window:
            number = kernel if isinstance(kernel, int) and window.isdecimal() else None
            yield Change(made, name, window, number, 1 if number is None else 2)
        if name == "padding" and isinstance(dilation, int) and dilation > 1 and "dilation" in parameters and shown != "dilation":
            yield Change(made, name, "dilation", None, 0)
        have = given.get(name)
        if have is None and name == "stride":
            have = kernel  # a pool's stride is its window
        if not isinstance(have, int) or not isinstance(kernel, int) or not isinstance(dilation, int):
            if isinstance(have, int):
                for value in dict.fromkeys((have - 1, have + 1, 0 if name == "padding" else 1)):
                    if value >= (name == "stride"):
                        yield Change(made, name, str(value), value, 4)
            continue
        if name == "padding":
            same = dilation * (kernel - 1) // 2
            if kernel % 2 and have != same:
                yield Change(made, name, str(same), same, 1)
            for value in dict.fromkeys((have - 1, have + 1, 0, have + 2, have - 2)):
                if value >= 0 and value not in (have, same if kernel % 2 else -1):
                    yield Change(made, name, str(value), value, 3)
        else:
            for value in dict.fromkeys((1, 2, have - 1, have + 1)):
                if value > 0 and value != have:
                    yield Change(made, name, str(value), value, 2)


def _alike(text: Text, made: Making, function: ast.FunctionDef | ast.ClassDef | ast.Module) -> dict[str, list[str]]:
    """What other calls of the function write for the same arguments."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and node is not made.node:
            for keyword in node.keywords:
                if keyword.arg in ("stride", "padding"):
                    found.setdefault(keyword.arg, []).append(text.of(keyword.value))
    return {k: list(dict.fromkeys(v)) for k, v in found.items()}


def _meets(machine: Machine, failed: Failed, change: Change, numbers: Sequence[int]) -> bool:
    """Whether the sizes would meet, by the graph alone; yes where that is not known."""
    graph = trace(machine).graph
    assert graph is not None
    field = change.name
    changed = set(numbers)
    shapes: list[Shape | None] = []
    for number, node in enumerate(graph.nodes):
        layer: Layer = node.layer
        if number in changed:
            try:
                layer = dataclasses.replace(layer, **{field: change.value})
            except TypeError:
                return True
        inputs = [shapes[i] if i >= 0 else graph.shape(i) for i in node.inputs]
        if node.unrun is not None:
            shapes.append(graph.shapes[number])
            continue
        known = tuple(s for s in inputs if s is not None)
        if len(known) < len(inputs):
            shapes.append(None)
            continue
        if layer.stands_in and known != tuple(graph.shape(i) for i in node.inputs):
            return True  # it knows the shapes that it met alone
        output = shape_after(layer, known)
        if isinstance(output, Misfit):
            return False
        shapes.append(output)
    if len(failed.tensors) < 2 or failed.module is not None:
        return _taken(failed, shapes)
    ends = []
    for tensor in failed.tensors:
        at = node_of(tensor)
        if tensor.node is None or at is None:
            return True
        ends.append(shapes[at] if at >= 0 else graph.shape(at))
    if any(e is None or len(e) < 3 for e in ends):
        return True
    return len({e[1:] for e in ends if e is not None}) == 1


def _taken(failed: Failed, shapes: list[Shape | None]) -> bool:
    """Whether the layer that did not take its tensor would take it."""
    module = failed.module
    tensor = failed.tensors[0]
    at = node_of(tensor)
    shape = shapes[at] if at is not None and at >= 0 else None
    if shape is None or not isinstance(module, Leaf) or module.plan is None:
        return True
    if module.torch_name == "Linear":
        return module.given.get("in_features") in (product(shape), shape[-1])
    if tensor.node is None:
        return True
    return not isinstance(shape_after(module.plan.layer, (shape,)), Misfit)


__all__ = ["candidates", "reach"]
