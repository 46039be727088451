"""Tensors in Keras's own order, and the maps of the table behind them.

A map lies channels first in the table. In Keras's own order it is that map with a *pending* move, which becomes a row only where
something is computed in that order; what works on maps, or value by value, works on the map itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archcalc.interpreter.values import Value, host_class
from archcalc.layers.linear import Permute
from archcalc.notations.pytorch.vocabulary.moves import same_values, turned
from archcalc.notations.pytorch.vocabulary.shapes import Batch, Full
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Step, Tensor
from archcalc.notations.pytorch.vocabulary.trace import moved

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

KERAS_TENSOR = host_class("KerasTensor", Tensor, module="keras")
VARIABLE = host_class("Variable", Parameter, (KERAS_TENSOR,), module="keras")


class ToLast(Step):
    """Channels put behind the positions, as Keras has them."""


def of_keras(value: Value) -> Value:
    """What torch's vocabulary made of tensors, as tensors of Keras; the container is the same."""
    if isinstance(value, Tensor):
        if not isinstance(value, Parameter):
            value.cls = KERAS_TENSOR
        return value
    if isinstance(value, list | tuple):
        for item in value:
            of_keras(item)
    return value


def from_map(machine: Machine, first: Tensor) -> Tensor:
    """A map of the table, B×C×H×W, in Keras's order."""
    rank = len(first.shape)
    if rank < 3:
        return first
    shape = (first.shape[0], *first.shape[2:], first.shape[1])
    within = sum(not isinstance(n, Batch) for n in first.shape)
    if within == rank:  # no batch in it
        made = turned(machine, first, (0, *range(2, rank), 1))
    else:
        made = moved(machine, first, shape, ToLast("channels last", Permute((*range(2, within + 1), 1))))
    made.cls = KERAS_TENSOR
    return made


def is_map(tensor: Tensor) -> bool:
    """Whether a tensor is a map of the table that only lies in Keras's order."""
    return tensor.node is None and len(tensor.steps) == 1 and isinstance(tensor.steps[0], ToLast)


def as_map(machine: Machine, tensor: Tensor) -> Tensor:
    """A tensor of Keras's order with its last dimension behind the batch."""
    if is_map(tensor) and tensor.source is not None:
        return tensor.source
    rank = len(tensor.shape)
    return turned(machine, tensor, (0, rank - 1, *range(1, rank - 1)))


def lifted(machine: Machine, tensor: Tensor, rank: int) -> Tensor:
    """A tensor with sizes of 1 in front, so that it has this rank."""
    lead = rank - len(tensor.shape)
    return same_values(machine, tensor, ((1,) * lead + tensor.shape), "unsqueeze") if lead > 0 else tensor


def each(machine: Machine, tensor: Tensor, function: Callable[[Tensor], Value]) -> Value:
    """What works value by value, on the map itself where the tensor is one."""
    if not is_map(tensor):
        return of_keras(function(tensor))
    assert tensor.source is not None
    made = function(tensor.source)
    assert isinstance(made, Tensor)
    return from_map(machine, made)


def another(tensor: Tensor) -> Tensor:
    """The same tensor as an object of its own."""
    made = Tensor(tensor.shape, tensor.kind, KERAS_TENSOR)
    made.node, made.source, made.steps = tensor.node, tensor.source, tensor.steps
    made.parameter, made.values, made.place, made.scope = tensor.parameter, tensor.values, tensor.place, tensor.scope
    if isinstance(tensor, Parameter):
        made.source, made.steps = None, ()
    return made


def shown(shape: Full) -> str:
    """A shape as Keras writes it: (None, 28, 28, 1)."""
    inside = ", ".join("None" if isinstance(n, Batch) else str(n) for n in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"
