"""Windows laid out as columns, and columns added up to a map: what a convolution is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.formulas import arithmetic as a
from archcalc.layers import kinds
from archcalc.layers.base import Call, Layer, Operations, Shape, Shapes, Size, dims, per_axis, setting, short
from archcalc.layers.frozen import dataclass
from archcalc.layers.window import (
    Sides,
    dilation_setting,
    kernel_setting,
    padding_setting,
    stride_setting,
    window_grows,
    window_out,
)
from archcalc.text.faults import Misfit

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings

RANK = 2  # torch folds maps alone


def larger(inputs: Shapes, output: Shape) -> int:
    """What torch takes for the output: as much as for the input, where that is more."""
    taken = a.product(inputs[0])
    return taken if taken > a.product(output) else 0


@dataclass(frozen=True)
class Unfold(Layer):
    """Every window of a map as a column: C×H×W to (C·K·K)×L, L windows. Nothing is computed. Source: torch.nn.Unfold."""

    kernel: Size = kernel_setting()
    dilation: Size = dilation_setting()
    padding: Size = padding_setting(kinds.even_padding)
    stride: Size = stride_setting()

    kind = "unfold"
    moves = True
    names = ("im2col",)
    positional = ("kernel",)
    layout = "channels"
    reads = "channels"
    example = "unfold 3 p1"

    def _plan(self, inputs: Shapes) -> tuple[Shape, Shape, Sides, Shape, Shape]:
        if len(inputs[0]) != RANK + 1:
            raise Misfit(f"an unfold needs a map C×H×W; the input is {dims(inputs[0])}", "a map in front")
        each = (per_axis(v, RANK, n) for v, n in ((self.kernel, "kernel"), (self.stride, "stride"), (self.dilation, "dilation")))
        kernel, stride, dilation = each
        pads = tuple((p, p) for p in per_axis(self.padding, RANK, "padding"))
        return inputs[0][1:], kernel, pads, stride, dilation

    def output(self, inputs: Shapes) -> Shape:
        plan = self._plan(inputs)
        return (inputs[0][0] * a.product(plan[1]), a.product(window_out(*plan)))

    def grows(self, inputs: Shapes) -> Shape | None:
        plan = self._plan(inputs)
        return (inputs[0][0] * a.product(plan[1]), a.product(window_grows(*plan)))

    def beyond(self, inputs: Shapes, output: Shape) -> int:
        return larger(inputs, output)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        return [None]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        _, kernel, pads, stride, dilation = self._plan(inputs)
        return Call(
            "nn.Unfold",
            {"kernel_size": short(kernel)},
            dilation=(short(dilation), 1),
            padding=(short(tuple(p for p, _ in pads)), 0),
            stride=(short(stride), 1),
        )


@dataclass(frozen=True)
class Fold(Layer):
    """Columns (C·K·K)×L put back as the windows of a map C×H×W; what overlaps is added. Source: torch.nn.Fold.

    Every value that lies inside is added to its place.
    """

    out: Size = setting("height and width of the map", kinds.axes, aliases=("output_size",), symbol="O")
    kernel: Size = kernel_setting()
    dilation: Size = dilation_setting()
    padding: Size = padding_setting(kinds.even_padding)
    stride: Size = stride_setting()

    kind = "fold"
    names = ("col2im",)
    layout = "channels"
    reads = "channels"
    positional = ("out",)
    example = "fold 28 k3 p1"

    def _axes(self) -> list[tuple[int, int, int, int, int]]:
        """Size, kernel, padding, stride, dilation of each axis."""
        given = (self.out, self.kernel, self.padding, self.stride, self.dilation)
        named = zip(given, ("out", "kernel", "padding", "stride", "dilation"), strict=True)
        return list(zip(*(per_axis(v, RANK, n) for v, n in named), strict=True))

    def _windows(self) -> Shape:
        """How many windows the map has along each axis. Raises Misfit where one does not fit."""
        size, kernel, padding, stride, dilation = (tuple(each) for each in zip(*self._axes(), strict=True))
        return window_out(size, kernel, tuple((p, p) for p in padding), stride, dilation)

    def output(self, inputs: Shapes) -> Shape:
        taps, windows = a.product(per_axis(self.kernel, RANK, "kernel")), a.product(self._windows())
        if len(inputs[0]) != RANK or inputs[0][0] % taps or inputs[0][1] != windows:
            raise Misfit(
                f"a fold to {dims(per_axis(self.out, RANK, 'out'))} takes (C·{taps})×{windows}; {dims(inputs[0])} arrives",
                f"{windows} columns of a multiple of {taps} values, as `unfold` gives them",
            )
        return (a.exact_div(inputs[0][0], taps), *per_axis(self.out, RANK, "out"))

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        axes = zip(self._axes(), self._windows(), strict=True)
        return Operations(additions=output[0] * a.product(a.taps_inside(w, k, p, s, o, d) for (w, k, p, s, d), o in axes))

    def beyond(self, inputs: Shapes, output: Shape) -> int:
        return larger(inputs, output)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        return [None]

    def unasked(self, inputs: Shapes) -> str:
        return "torch would take a matrix for a batch of columns" if len(inputs[0]) != RANK else ""

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        _, kernel, padding, stride, dilation = (short(tuple(each)) for each in zip(*self._axes(), strict=True))
        bare = {"output_size": per_axis(self.out, RANK, "out"), "kernel_size": kernel}
        return Call("nn.Fold", bare, dilation=(dilation, 1), padding=(padding, 0), stride=(stride, 1))
