"""Tensors that know only their shapes, and where they came from.

A tensor is a node of the graph, or not yet: what moves values about is *pending* until something is computed from it, so that a
chain of views is one row, and what is neither learned nor computed from an input is no row until it is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import Class, Instance, Value, host_class
from archcalc.notations.pytorch.vocabulary.shapes import Full

if TYPE_CHECKING:
    from archcalc.interpreter.places import Place
    from archcalc.layers.base import Layer

Number = int | float | bool
MOST_VALUES = 4096


class Memory:
    """Memory that tensors lie in: the node it belongs to, once there is one, and how many values it holds for one input."""

    __slots__ = ("owner", "values")

    def __init__(self, owner: int | None, values: int) -> None:
        self.owner = owner
        self.values = values


class Step:
    """A move: the word for it, the layer that does it where it is the only one, and whether values keep their order.

    `order` is that of the dimensions of the source where they are permuted; `at` the dimension of which something is taken,
    `every` how far apart.
    """

    __slots__ = ("at", "every", "layer", "order", "same_order", "word")

    def __init__(
        self,
        word: str,
        layer: Layer | None = None,
        same_order: bool = False,
        *,
        order: tuple[int, ...] | None = None,
        at: int = 0,
        every: int = 1,
    ) -> None:
        self.word = word
        self.layer = layer
        self.same_order = same_order
        self.order = order
        self.at = at
        self.every = every


class Tensor(Instance):
    """A tensor.

    `shape` has the batch in it. `kind` is "float", "int", "bool" or "any". `node` is its number in the graph; `source` and
    `steps` say what it is until it has one. `parameter` is the parameter it is a part or arrangement of. `values` are those of a
    small tensor that is known, in order. `place` is where it was made, `scope` the module it was made in. `memory` is what it
    lies in where that is not its own, and `strides` how, where that is not as its shape says.
    """

    __slots__ = ("kind", "memory", "node", "parameter", "place", "scope", "shape", "source", "steps", "strides", "values")

    def __init__(self, shape: Full, kind: str = "float", cls: Class | None = None) -> None:
        super().__init__(cls or TENSOR)
        self.shape = shape
        self.kind = kind
        self.node: int | None = None
        self.source: Tensor | None = None
        self.steps: tuple[Step, ...] = ()
        self.parameter: Parameter | None = None
        self.values: tuple[Number, ...] | None = None
        self.memory: Memory | None = None
        self.strides: tuple[int, ...] | None = None
        self.place: Place | None = None
        self.scope = ""

    def become(self, other: Tensor) -> None:
        """Takes the place of another: what an operation in place does."""
        self.shape, self.kind, self.node, self.source = other.shape, other.kind, other.node, other.source
        self.steps, self.values, self.place, self.scope = other.steps, other.values, other.place, other.scope
        self.memory, self.strides = other.memory, other.strides
        if not isinstance(self, Parameter):
            self.parameter = other.parameter

    @property
    def fixed(self) -> bool:
        """Whether it is neither computed from an input nor learned."""
        at: Tensor | None = self
        while at is not None:
            if at.node is not None or at.parameter is not None:
                return False
            at = at.source
        return True


class Parameter(Tensor):
    """A tensor that is learned. `owner` is the node that holds it in the table, once there is one."""

    __slots__ = ("name", "owner")

    def __init__(self, shape: Full, cls: Class | None = None) -> None:
        super().__init__(shape, "float", cls or PARAMETER)
        self.owner: int | None = None
        self.name = ""
        self.parameter = self


TENSOR = host_class("Tensor", Tensor, module="torch")
PARAMETER = host_class("Parameter", Parameter, (TENSOR,), module="torch.nn.parameter")


def known(shape: Full, values: tuple[Number, ...] | list[Number], kind: str) -> Tensor:
    """A tensor whose values are known, where they are few."""
    made = Tensor(shape, kind)
    if len(values) <= MOST_VALUES:
        made.values = tuple(values)
    return made


def single_precision(values: tuple[Number, ...] | list[Number]) -> list[Number]:
    """The values as torch holds them: floats of 32 bits."""
    import struct

    try:
        return [struct.unpack("f", struct.pack("f", v))[0] if isinstance(v, float) else v for v in values]
    except OverflowError:
        return list(values)


def is_tensor(value: Value) -> bool:
    """Whether a value is a tensor."""
    return isinstance(value, Tensor)
