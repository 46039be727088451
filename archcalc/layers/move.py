"""Values that only move: any rearrangement for which there is no layer of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.layers import kinds
from archcalc.layers.base import Call, Layer, Shape, Shapes, dims, setting
from archcalc.layers.frozen import dataclass
from archcalc.text.faults import Misfit

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


@dataclass(frozen=True)
class Move(Layer):
    """Values taken, repeated or put in another order, as `how` says; nothing is computed.

    The shapes are those that were met where it was written; another input is refused. Source: torch.Tensor.unfold, torch.roll.
    """

    to: Shape = setting("the shape that goes out", kinds.shape)
    how: str = setting("what was written", kinds.words, "moved", aliases=("by",))
    input: Shape | None = setting("the shape that comes in; checked when given", kinds.shape, None, aliases=("in",))

    kind = "move"
    stands_in = True
    positional = ("to",)
    moves = True
    arity = (1, None)
    example = "move 49x96 how=windows"

    def output(self, inputs: Shapes) -> Shape:
        if self.input is not None and inputs[0] != self.input:
            raise Misfit(
                f"this was read for an input of {dims(self.input)}; {dims(inputs[0])} arrives", f"an input of {dims(self.input)}"
            )
        return self.to

    def axes(self, before: str) -> str:
        return ""

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        return [None] * len(inputs)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Move", {"to": output})

    def __str__(self) -> str:
        return f"move ({self.how})"
