"""In whose memory a moved tensor lies, and in which order: torch's rules for views, on shapes whose batch stands for two inputs.

Source: torch's `at::detail::computeStride` for what can be viewed, and its tensor iterator for the order of a result.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from archcalc.network.nodes import Lying
from archcalc.notations.pytorch.vocabulary.shapes import Batch, Full
from archcalc.notations.pytorch.vocabulary.tensors import Memory, Step, Tensor

if TYPE_CHECKING:
    from archcalc.network.graph import Graph

Strides = tuple[int, ...]
VIEWS = ("reshape", "flatten", "unsqueeze", "squeeze")


def numbers(shape: Full) -> tuple[int, ...]:
    """A shape with numbers alone, for a batch of two."""
    return tuple(int(Fraction(2) * n.times) if isinstance(n, Batch) else n for n in shape)


def plain(sizes: tuple[int, ...]) -> Strides:
    """The steps from one value to the next along each dimension, where values lie as the shape says."""
    made, step = [], 1
    for n in reversed(sizes):
        made.append(step)
        step *= max(1, n)
    return tuple(reversed(made))


def is_plain(sizes: tuple[int, ...], strides: Strides) -> bool:
    """Whether values lie as the shape says; a dimension of size 1 takes no steps."""
    return all(n == 1 or a == b for n, a, b in zip(sizes, strides, plain(sizes), strict=True))


def viewed(sizes: tuple[int, ...], strides: Strides, wanted: tuple[int, ...]) -> Strides | None:
    """The strides of the same memory in another shape; None where it has to be laid out anew."""
    if is_plain(sizes, strides):
        return plain(wanted)
    made = [0] * len(wanted)
    at = len(wanted) - 1
    base = strides[-1] if strides else 1
    there = wanted_there = 1
    for i in range(len(sizes) - 1, -1, -1):
        there *= sizes[i]
        if i == 0 or (sizes[i - 1] != 1 and strides[i - 1] != there * base):
            while at >= 0 and (wanted_there < there or wanted[at] == 1):
                made[at] = wanted_there * base
                wanted_there *= wanted[at]
                at -= 1
            if wanted_there != there:
                return None
            if i > 0:
                base, there, wanted_there = strides[i - 1], 1, 1
    return tuple(made) if at == -1 else None


def dense(sizes: tuple[int, ...], strides: Strides) -> Strides:
    """The strides of what is computed value by value: the order of the dimensions is kept, gaps are not."""
    made, step = [0] * len(sizes), 1
    for i in sorted(range(len(sizes)), key=lambda i: (strides[i], -i)):
        made[i] = step
        step *= max(1, sizes[i])
    return tuple(made)


def steps_of(tensor: Tensor) -> Strides:
    """The strides of a tensor."""
    return plain(numbers(tensor.shape)) if tensor.strides is None else tensor.strides


def lay(made: Tensor, source: Tensor, step: Step) -> None:
    """Notes in whose memory a tensor lies that was moved out of another, and how."""
    sizes, strides, wanted = numbers(source.shape), steps_of(source), numbers(made.shape)
    found: Strides | None = None
    if step.word in VIEWS:
        found = viewed(sizes, strides, wanted)
    elif step.order is not None:
        found = tuple(strides[i] for i in step.order)
    elif step.word == "slice":
        found = tuple(s * step.every if i == step.at else s for i, s in enumerate(strides))
    elif step.word == "select":
        found = tuple(s for i, s in enumerate(strides) if i != step.at)
    elif step.word == "expand":
        lead = len(wanted) - len(sizes)
        found = tuple(strides[i - lead] if i >= lead and n == sizes[i - lead] else 0 for i, n in enumerate(wanted))
    if found is None:  # laid out anew
        made.memory, made.strides = own(made.shape), None
    else:
        made.memory = source.memory if source.node is None or source.memory is not None else Memory(source.node, 0)
        made.strides = found


def apart(graph: Graph, x: Tensor, wanted: Full) -> bool:
    """Whether it is sure that a tensor, its dimensions in another order, cannot be seen in this shape where it lies."""
    if x.node is not None or x.source is None or not any(step.order is not None for step in x.steps):
        return False
    sizes, strides = numbers(x.shape), steps_of(x)
    if 0 in sizes or viewed(sizes, strides, numbers(wanted)) is not None:
        return False
    return x.source.strides is None and _surely_plain(graph, x.source.node)


def _surely_plain(graph: Graph, node: int | None) -> bool:
    """Whether a node, and all that it was computed from, lie as their shapes say: what torch computes may keep another order."""
    if node is None or not -len(graph.inputs) <= node < len(graph.nodes):
        return False
    waiting, seen = [node], set()
    while waiting:
        number = waiting.pop()
        if number < 0 or number in seen:
            continue
        seen.add(number)
        made = graph.nodes[number]
        shapes = tuple(shape for i in made.inputs if (shape := graph.shape(i)) is not None)
        if len(shapes) < len(made.inputs) or (made.lies is not None and made.lies.order != "plain"):
            return False
        if made.lies is None and made.layer.laid(shapes) not in ("plain", "same"):
            return False
        waiting += made.inputs
    return True


def laid_out(tensor: Tensor) -> Tensor:
    """A tensor without a row, or a copy of it in memory of its own where it does not lie as its shape says."""
    if tensor.source is None or is_plain(numbers(tensor.shape), steps_of(tensor)):
        return tensor
    from copy import copy

    made = copy(tensor)
    made.memory, made.strides = own(made.shape), None
    return made


def own(shape: Full) -> Memory:
    """Memory of a tensor's own."""
    values = Fraction(1)
    for n in shape:
        values *= n.times if isinstance(n, Batch) else n
    return Memory(None, int(values))


def lying(tensor: Tensor, node: int) -> Lying | None:
    """Where a tensor lies that has become this node of the graph."""
    memory = tensor.memory
    if memory is None:
        return None
    if memory.owner is None:
        memory.owner = node
    return Lying(memory.owner, memory.values, order(numbers(tensor.shape), steps_of(tensor)))


def order(sizes: tuple[int, ...], strides: Strides) -> str:
    """The order in which values lie: "plain", a "part" of what lies plain, "matrices" one behind the other, or "turned"."""
    if is_plain(sizes, strides):
        return "plain"
    real = [s for n, s in zip(sizes, strides, strict=True) if n != 1]
    if real == sorted(real, reverse=True):
        return "part"
    lead = sizes[:-2]
    merged = 1
    for n in lead:
        merged *= n
    return "matrices" if viewed(lead, strides[:-2], (merged,)) is not None else "turned"
