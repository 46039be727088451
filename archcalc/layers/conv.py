"""Convolutions: ordinary, depthwise, locally connected. 1-D, 2-D and 3-D by the rank of the input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archcalc.formulas import arithmetic as a
from archcalc.layers import kinds
from archcalc.layers.base import (
    INPUT,
    Call,
    Held,
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
    Sides,
    asymmetric,
    check_groups,
    dilation_setting,
    flat_pad,
    groups_setting,
    kernel_setting,
    out_setting,
    padding_setting,
    rank_setting,
    same_with_stride,
    sides,
    stride_setting,
    window_grows,
    window_out,
    wrong_rank,
)
from archcalc.text.faults import Misfit

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


@dataclass(frozen=True)
class Conv(Layer):
    """Convolution: every output value is a sum over a window of the input and the channels of its group.

    Output size ⌊(W − K + 2P)/S⌋ + 1 along each axis; weights K·K·C_in/G·C_out, and C_out biases. Source: torch.nn.Conv2d.
    """

    out: int = out_setting()
    kernel: Size = kernel_setting()
    stride: Size = stride_setting()
    padding: kinds.Pads | str = padding_setting(kinds.padding)
    dilation: Size = dilation_setting()
    groups: int = groups_setting()
    bias: bool = bias_setting()
    input: int | None = check_setting("input channels", "in_channels")
    rank: int | None = rank_setting()

    kind = "conv"
    family = "convolution"
    formula = "conv"
    equations = "conv{rank}d"
    names = (
        "convolution",
        "convolutional",
        "conv1d",
        "conv2d",
        "conv3d",
        "convlayer",
        "convolution2d",
        "convolution1d",
        "convolution3d",
    )
    positional = ("out",)
    layout = "channels"
    reads = "channels"
    example = "conv 6 k5 p2"

    def _plan(self, inputs: Shapes) -> tuple[int, Shape, Shape, Shape, Shape, Sides]:
        channels, size = channels_first(inputs, "a convolution")
        rank = len(size)
        if self.rank is not None and self.rank != rank:
            raise wrong_rank(self.rank, "convolution", inputs[0])
        check_in(self.input, channels, "input channels")
        kernel = per_axis(self.kernel, rank, "kernel")
        stride, dilation = per_axis(self.stride, rank, "stride"), per_axis(self.dilation, rank, "dilation")
        if self.padding == "same" and any(s != 1 for s in stride):
            raise same_with_stride(size, kernel, stride, dilation)
        return channels, size, kernel, stride, dilation, sides(self.padding, kernel, dilation, rank)

    def output(self, inputs: Shapes) -> Shape:
        channels, size, kernel, stride, dilation, pads = self._plan(inputs)
        check_groups(channels, self.out, self.groups)
        return (self.out, *window_out(size, kernel, pads, stride, dilation))

    def grows(self, inputs: Shapes) -> Shape | None:
        channels, size, kernel, stride, dilation, pads = self._plan(inputs)
        return None if not isinstance(channels, int) else (self.out, *window_grows(size, kernel, pads, stride, dilation))

    def weights(self, inputs: Shapes) -> list[Weight]:
        channels = inputs[0][0]
        kernel = per_axis(self.kernel, len(inputs[0]) - 1, "kernel")
        made = [Weight("weight", (self.out, a.exact_div(channels, self.groups), *kernel))]
        return [*made, Weight("bias", (self.out,), bias=True)] if self.bias else made

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        kernel = per_axis(self.kernel, len(output) - 1, "kernel")
        products = a.conv_multiplies(kernel, inputs[0][0], output, self.groups)
        values_out = a.product(output)
        return Operations(products=products, sums=products - values_out, biases=values_out if self.bias else 0)

    def windows(self, inputs: Shapes, output: Shape) -> tuple[tuple[int, ...], ...]:
        _, size, kernel, stride, dilation, pads = self._plan(inputs)
        axes = zip(size, kernel, pads, stride, output[1:], dilation, strict=True)
        return tuple((w, k, p, s, o, d) for w, k, (p, _), s, o, d in axes)

    def products_inside(self, inputs: Shapes, output: Shape, taps: Shape | None = None) -> int:
        pairs = taps or tuple(a.taps_inside(*axis) for axis in self.windows(inputs, output))
        return a.product(pairs) * a.exact_div(inputs[0][0], self.groups) * self.out

    def operations_inside(self, inputs: Shapes, output: Shape) -> Operations:
        axes = self.windows(inputs, output)
        products = self.products_inside(inputs, output)
        # A sum of zeros alone is no sum: only windows that meet the input have a first value to which others are added.
        sums = products - a.product(a.windows_inside(*axis) for axis in axes) * self.out
        return replace(self.operations(inputs, output), products=products, sums=sums)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import taps, whole_groups

        axes = enumerate(self.windows(inputs, output), 1)
        return [(whole_groups(inputs[0][0], self.out, self.groups), *(taps(i, k, s, p, d) for i, (_, k, p, s, _, d) in axes))]

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        channels, size, *_, pads = self._plan(inputs)
        if not asymmetric(pads):
            return (INPUT,)
        # Uneven padding is put on by itself; of `same`, only the difference between the sides.
        added = [abs(p - q) if self.padding == "same" else p + q for p, q in pads]
        return (Held("padded input", None, channels * a.product(w + n for w, n in zip(size, added, strict=True))),)

    def _asked(self, inputs: Shapes) -> Call:
        try:
            return super()._asked(inputs)
        except Misfit:
            if self.padding != "same":
                raise
            return replace(self, stride=1).torch(inputs, inputs[0]).given(stride=self.stride)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        channels, size, kernel, stride, dilation, pads = self._plan(inputs)
        uneven = self.padding != "same" and asymmetric(pads)
        padding = "same" if self.padding == "same" else flat_pad(pads) if uneven else short(tuple(p for p, _ in pads))
        return Call(
            f"support.PaddedConv{len(size)}d" if uneven else f"nn.Conv{len(size)}d",
            {"in_channels": channels, "out_channels": self.out, "kernel_size": short(kernel)},
            stride=(short(stride), 1),
            padding=(padding, ... if uneven else 0),
            dilation=(short(dilation), 1),
            groups=(self.groups, 1),
            bias=(self.bias, True),
        )


@dataclass(frozen=True)
class Depthwise(Layer):
    """Depthwise convolution: every input channel has kernels of its own, `multiplier` of them.

    The same as a convolution whose groups are its input channels. Source: Howard et al. 2017 (MobileNets), section 3.1.
    """

    kernel: Size = kernel_setting()
    stride: Size = stride_setting()
    padding: kinds.Pads | str = padding_setting(kinds.padding)
    dilation: Size = dilation_setting()
    multiplier: int = setting(
        "output maps for each input channel", kinds.count, 1, letter="m", symbol="M", aliases=("depth_multiplier",), quiet=True
    )
    bias: bool = bias_setting()
    input: int | None = check_setting("input channels", "in_channels")

    kind = "depthwise"
    family = "convolution"
    formula = "conv"
    prefix = "conv"
    names = (
        "depthwiseconv", "depthwiseconv2d", "depthwiseconv1d", "depthwiseconvolution", "convdw", "dwconv", "dw",
        "depthwiseconvolution2d",        "convdepthwise",
    )  # fmt: skip
    layout = "channels"
    reads = "channels"
    example = "depthwise k3 p1"

    def _conv(self, inputs: Shapes) -> Conv:
        channels, _ = channels_first(inputs, "a depthwise convolution")
        return Conv(
            out=channels * self.multiplier,
            kernel=self.kernel,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=channels,
            bias=self.bias,
            input=self.input,
        )

    def output(self, inputs: Shapes) -> Shape:
        return self._conv(inputs).output(inputs)

    def grows(self, inputs: Shapes) -> Shape | None:
        return self._conv(inputs).grows(inputs) if isinstance(inputs[0][0], int) else None

    def weights(self, inputs: Shapes) -> list[Weight]:
        kernel = per_axis(self.kernel, len(inputs[0]) - 1, "kernel")
        out = inputs[0][0] * self.multiplier
        made = [Weight("weight", (out, 1, *kernel))]
        return [*made, Weight("bias", (out,), bias=True)] if self.bias else made

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        kernel = per_axis(self.kernel, len(output) - 1, "kernel")
        products = a.conv_multiplies(kernel, 1, output)
        values_out = a.product(output)
        return Operations(products=products, sums=products - values_out, biases=values_out if self.bias else 0)

    def windows(self, inputs: Shapes, output: Shape) -> tuple[tuple[int, ...], ...]:
        return self._conv(inputs).windows(inputs, output)

    def products_inside(self, inputs: Shapes, output: Shape, taps: Shape | None = None) -> int:
        pairs = taps or tuple(a.taps_inside(*axis) for axis in self.windows(inputs, output))
        return a.product(pairs) * output[0]

    def operations_inside(self, inputs: Shapes, output: Shape) -> Operations:
        return self._conv(inputs).operations_inside(inputs, output)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        return self._conv(inputs).sees(inputs, output)

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return self._conv(inputs).keeps(inputs, output)

    def _asked(self, inputs: Shapes) -> Call:
        return self._conv(inputs)._asked(inputs)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return self._conv(inputs).torch(inputs, output)


@dataclass(frozen=True)
class LocallyConnected(Layer):
    """Locally connected layer: a convolution whose every output position has weights of its own.

    H_out·W_out·C_out·(K·K·C_in + 1) parameters. Source: Keras LocallyConnected2D; LeCun 1989.
    """

    out: int = out_setting()
    kernel: Size = kernel_setting()
    stride: Size = stride_setting()
    padding: kinds.Pads | str = padding_setting(kinds.padding)
    bias: bool = bias_setting()
    input: int | None = check_setting("input channels", "in_channels")

    kind = "locallyconnected"
    lies = "turned"
    family = "convolution"
    formula = "conv"
    prefix = "local"
    names = ("local", "locallyconnected1d", "locallyconnected2d", "localconv", "unsharedconv", "localconv2d")
    positional = ("out",)
    layout = "channels"
    reads = "channels"
    example = "local 18 k3 p1"

    def _conv(self) -> Conv:
        return Conv(self.out, self.kernel, self.stride, self.padding, bias=self.bias, input=self.input)

    def output(self, inputs: Shapes) -> Shape:
        return self._conv().output(inputs)

    def grows(self, inputs: Shapes) -> Shape | None:
        return self._conv().grows(inputs)

    def weights(self, inputs: Shapes) -> list[Weight]:
        output = self.output(inputs)
        kernel = per_axis(self.kernel, len(output) - 1, "kernel")
        made = [Weight("weight", (*output, inputs[0][0], *kernel))]
        return [*made, Weight("bias", output, bias=True)] if self.bias else made

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        return self._conv().operations(inputs, output)

    def windows(self, inputs: Shapes, output: Shape) -> tuple[tuple[int, ...], ...]:
        return self._conv().windows(inputs, output)

    def products_inside(self, inputs: Shapes, output: Shape, taps: Shape | None = None) -> int:
        return self._conv().products_inside(inputs, output, taps)

    def operations_inside(self, inputs: Shapes, output: Shape) -> Operations:
        return self._conv().operations_inside(inputs, output)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        return self._conv().sees(inputs, output)

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        kernel = per_axis(self.kernel, len(output) - 1, "kernel")
        return (Held("windows", None, a.product(output[1:]) * inputs[0][0] * a.product(kernel)),)

    def unasked(self, inputs: Shapes) -> str:
        same = self.padding == "same"
        return "torch has no locally connected layer that could refuse `same` with a stride" if same else ""

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        _, _, kernel, stride, _, pads = self._conv()._plan(inputs)
        return Call(
            "support.LocallyConnected",
            in_shape=(inputs[0], ...),
            out_shape=(output, ...),
            kernel_size=(kernel, ...),
            stride=(stride, ...),
            padding=(flat_pad(pads), ...),
            bias=(self.bias, True),
        )
