"""Values that come from no layer: a tensor held by the network itself, learned or fixed."""

from __future__ import annotations

from archcalc.layers import kinds
from archcalc.layers.base import Call, Layer, Shape, Shapes, Weight, setting
from archcalc.layers.frozen import dataclass


@dataclass(frozen=True)
class Learned(Layer):
    """A tensor of parameters that is learned as it is: a class token, a position table, a layer's scale.

    What goes on is the tensor, repeated for every input of a batch, or a part or another arrangement of it (`to`).
    Source: torch.nn.Parameter.
    """

    shape: Shape = setting("the sizes of the tensor held", kinds.shape)
    to: Shape | None = setting("the shape that goes on, where it is another", kinds.shape, None)

    kind = "learned"
    names = ("parameter",)
    hands_on = True
    positional = ("shape",)
    arity = (0, 0)
    example = "learned 196x768"

    def output(self, inputs: Shapes) -> Shape:
        return self.shape if self.to is None else self.to

    @property
    def stands_in(self) -> bool:  # type: ignore[override]
        return self.to not in (None, self.shape)

    def weights(self, inputs: Shapes) -> list[Weight]:
        return [Weight("weight", self.shape)]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        if self.stands_in:
            return Call("support.Learned", {"shape": self.shape, "to": output})
        return Call("support.Parameter", {"shape": self.shape})


@dataclass(frozen=True)
class Constant(Layer):
    """A tensor of fixed values: nothing is learned and nothing computed. Source: a buffer of torch.nn.Module."""

    shape: Shape = setting("its sizes", kinds.shape)

    kind = "constant"
    names = ("buffer",)
    stands_in = True
    hands_on = True
    positional = ("shape",)
    arity = (0, 0)
    moves = True
    example = "constant 49x49"

    def output(self, inputs: Shapes) -> Shape:
        return self.shape

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Constant", {"shape": self.shape})
