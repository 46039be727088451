"""The transposed convolution, in which input and output change places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.formulas import arithmetic as a
from archcalc.layers import kinds
from archcalc.layers.base import (
    INPUT,
    Call,
    Layer,
    Operations,
    Shape,
    Shapes,
    Size,
    Weight,
    bias_setting,
    channels_first,
    check_in,
    check_setting,
    per_axis,
    setting,
    short,
)
from archcalc.layers.frozen import dataclass
from archcalc.layers.window import (
    check_groups,
    dilation_setting,
    groups_setting,
    kernel_setting,
    out_setting,
    padding_setting,
    rank_setting,
    stride_setting,
    wrong_rank,
)
from archcalc.text.faults import Misfit

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


@dataclass(frozen=True)
class ConvTranspose(Layer):
    """Transposed convolution: every input value is spread over a window of the output.

    Output size (W − 1)·S − 2P + K + R with output padding R. Multiplications go with the *input* positions.
    Source: torch.nn.ConvTranspose2d.
    """

    out: int = out_setting()
    kernel: Size = kernel_setting()
    stride: Size = stride_setting()
    padding: Size = padding_setting(kinds.even_padding)
    output_padding: Size = setting(
        "extra size on one side of the output", kinds.axes0, 0, letter="op", symbol="R", aliases=("out_pad",), quiet=True
    )
    dilation: Size = dilation_setting()
    groups: int = groups_setting()
    bias: bool = bias_setting()
    input: int | None = check_setting("input channels", "in_channels")
    rank: int | None = rank_setting()

    kind = "convtranspose"
    family = "convolution"
    formula = "transposed"
    held = (INPUT,)
    prefix = "upconv"
    names = (
        "transposedconv", "transposedconvolution", "convtranspose1d", "convtranspose2d", "convtranspose3d", "conv2dtranspose",
        "conv1dtranspose", "conv3dtranspose", "deconv", "deconvolution", "deconv2d", "upconv", "upconvolution", "transposeconv",
    )  # fmt: skip
    positional = ("out",)
    layout = "channels"
    reads = "channels"
    example = "convtranspose 32 k4 s2 p1"

    def output(self, inputs: Shapes) -> Shape:
        channels, size = channels_first(inputs, "a transposed convolution")
        rank = len(size)
        if self.rank is not None and self.rank != rank:
            raise wrong_rank(self.rank, "convolution", inputs[0])
        check_in(self.input, channels, "input channels")
        check_groups(channels, self.out, self.groups)
        out = []
        for w, k, s, p, d, r in zip(size, *self._axes(rank), strict=True):
            if r >= max(s, d):
                raise Misfit(
                    f"output padding {int(r)} must be smaller than the stride {int(s)} or the dilation {int(d)}",
                    f"op{max(int(s), int(d)) - 1}",
                )
            o = a.transposed_out(w, k, p, s, d, r)
            if o < 1:
                raise Misfit(
                    f"padding {int(p)} removes the whole output",
                    f"p{max(0, (int(p) * 2 + int(o) - 1) // 2)}",
                    f"kernel ≥ {int(k) + 1 - int(o)}",
                    figure=o,
                )
            out.append(o)
        return (self.out, *out)

    def grows(self, inputs: Shapes) -> Shape | None:
        channels, size = channels_first(inputs, "a transposed convolution")
        if not isinstance(channels, int):
            return None
        axes = zip(size, *self._axes(len(size)), strict=True)
        return (self.out, *(a.transposed_out(w, k, p, s, d, r) for w, k, s, p, d, r in axes))

    def _axes(self, rank: int) -> tuple[Shape, Shape, Shape, Shape, Shape]:
        return (
            per_axis(self.kernel, rank, "kernel"),
            per_axis(self.stride, rank, "stride"),
            per_axis(self.padding, rank, "padding"),
            per_axis(self.dilation, rank, "dilation"),
            per_axis(self.output_padding, rank, "output padding"),
        )

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import spread, whole_groups

        axes = zip(*self._axes(len(output) - 1), strict=True)
        found = [spread(i, k, s, p, d) for i, (k, s, p, d, _) in enumerate(axes, 1)]
        followed = [reading for reading in found if reading is not None]
        channels = whole_groups(inputs[0][0], self.out, self.groups)
        return [(channels, *followed) if len(followed) == len(found) else None]

    def weights(self, inputs: Shapes) -> list[Weight]:
        kernel = per_axis(self.kernel, len(inputs[0]) - 1, "kernel")
        made = [Weight("weight", (inputs[0][0], a.exact_div(self.out, self.groups), *kernel))]
        return [*made, Weight("bias", (self.out,), bias=True)] if self.bias else made

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        kernel = per_axis(self.kernel, len(output) - 1, "kernel")
        products = a.transposed_multiplies(kernel, inputs[0], self.out, self.groups)
        # What lands on one position is summed; a position that nothing reaches, and what padding cuts off, is no sum.
        axes = zip(inputs[0][1:], output[1:], *self._axes(len(output) - 1), strict=True)
        reached = a.product(a.positions_reached(w, k, p, s, o, d) for w, o, k, s, p, d, _ in axes) * self.out
        sums = self.products_inside(inputs, output) - reached
        return Operations(products=products, sums=sums, biases=a.product(output) if self.bias else 0)

    def windows(self, inputs: Shapes, output: Shape) -> tuple[tuple[int, ...], ...]:
        # Seen from the output, the roles of input and output of an ordinary convolution are exchanged.
        axes = zip(inputs[0][1:], output[1:], *self._axes(len(output) - 1), strict=True)
        return tuple((o, k, p, s, w, d) for w, o, k, s, p, d, _ in axes)

    def products_inside(self, inputs: Shapes, output: Shape, taps: Shape | None = None) -> int:
        pairs = taps or tuple(a.taps_inside(*axis) for axis in self.windows(inputs, output))
        return a.product(pairs) * inputs[0][0] * a.exact_div(self.out, self.groups)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        rank = len(inputs[0]) - 1
        kernel, stride, padding, dilation, extra = self._axes(rank)
        return Call(
            f"nn.ConvTranspose{rank}d",
            {"in_channels": inputs[0][0], "out_channels": self.out, "kernel_size": short(kernel)},
            stride=(short(stride), 1),
            padding=(short(padding), 0),
            output_padding=(short(extra), 0),
            groups=(self.groups, 1),
            bias=(self.bias, True),
            dilation=(short(dilation), 1),
        )
