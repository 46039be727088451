"""Convolutions: ordinary, depthwise, transposed, locally connected. 1-D, 2-D and 3-D by the rank of the input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd
from typing import Any

from archcalc import arithmetic as a
from archcalc.errors import Misfit
from archcalc.layers import values
from archcalc.layers.base import (
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
    dims,
    per_axis,
    setting,
)

Sides = tuple[tuple[int, int], ...]


def kernel_setting(doc: str = "kernel size", default: Any = ...) -> Any:
    """The setting `kernel`; required where no default is given."""
    extra = {} if default is ... else {"default": default}
    return setting(
        doc, values.axes, letter="k", symbol="K", aliases=("kernel_size", "size", "ksize", "pool_size", "filter_size"), **extra
    )


def stride_setting(default: Any = 1, doc: str = "stride") -> Any:
    """The setting `stride`."""
    return setting(doc, values.axes, default, letter="s", symbol="S", aliases=("strides",))


def padding_setting(kind: values.Kind = values.padding) -> Any:
    """The setting `padding`, with the flags `same` and `valid` where the kind has them."""
    flags = {"same": "same", "valid": 0} if kind is values.padding else {}
    return setting("zero padding on each side", kind, 0, letter="p", symbol="P", aliases=("pad",), flags=flags)


def dilation_setting() -> Any:
    """The setting `dilation`."""
    return setting(
        "spacing between kernel taps", values.axes, 1, letter="d", symbol="D", aliases=("dilation_rate", "dilations"), quiet=True
    )


def sides(padding: Any, kernel: Shape, dilation: Shape, rank: int) -> Sides:
    """Padding before and after on each axis."""
    if padding == "same":
        return tuple(a.same_padding(k, d) for k, d in zip(kernel, dilation, strict=True))
    if isinstance(padding, tuple) and isinstance(padding[0], tuple):
        if len(padding) == 1:
            return padding * rank
        if len(padding) != rank:
            raise Misfit(f"padding {values.text(padding)} has {len(padding)} axes, the input has {rank}")
        return padding
    return tuple((p, p) for p in per_axis(padding, rank, "padding"))


def window_out(size: Shape, kernel: Shape, pads: Sides, stride: Shape, dilation: Shape, what: str = "kernel") -> Shape:
    """Output sizes of a sliding window on every axis. Raises Misfit with the sum where the window does not fit."""
    out = []
    for w, k, (p, q), s, d in zip(size, kernel, pads, stride, dilation, strict=True):
        o = a.conv_out(w, k, p, s, d) if p == q else a.conv_out(w, k, p, s, d, q)
        if o < 1:
            raise does_not_fit(size, kernel, pads, dilation, o, what)
        out.append(o)
    return tuple(out)


def does_not_fit(size: Shape, kernel: Shape, pads: Sides, dilation: Shape, figure: int, what: str) -> Misfit:
    """The fault of a window larger than its padded input, with the nearest repairs."""
    padded = tuple(int(w + p + q) for w, (p, q) in zip(size, pads, strict=True))
    spans = [a.reach(k, d) for k, d in zip(kernel, dilation, strict=True)]
    lack = max(int(span) - w for span, w in zip(spans, padded, strict=True))
    most = min((w - 1) // int(d) + 1 for w, d in zip(padded, dilation, strict=True))
    padding = max(int(p) for p, _ in pads) + a.ceil_div(lack, 2)
    repairs = [f"kernel ≤ {most}"] if most >= 1 else []
    if what == "kernel" or 2 * padding <= max(int(k) for k in kernel):
        repairs.append(f"padding ≥ {padding}")
    dilated = f" (spanning {dims(tuple(spans))} by its dilation)" if any(d > 1 for d in dilation) else ""
    least = tuple(int(span) - int(p) - int(q) for span, (p, q) in zip(spans, pads, strict=True))
    shown = values.text(tuple(int(k) for k in kernel), sized=True)
    return Misfit(
        f"{what} {shown.replace('x', '×')}{dilated} does not fit the padded input {dims(padded)}",
        *repairs,
        figure=figure,
        least_input=least,
    )


def asymmetric(pads: Sides) -> bool:
    """Whether any axis is padded unevenly, which torch's own modules cannot say."""
    return any(p != q for p, q in pads)


def flat_pad(pads: Sides) -> tuple[int, ...]:
    """Padding in the order of torch.nn.functional.pad: last axis first, before then after."""
    return tuple(n for pair in reversed(pads) for n in pair)


@dataclass(frozen=True)
class Conv(Layer):
    """Convolution: every output value is a sum over a window of the input and the channels of its group.

    Output size ⌊(W − K + 2P)/S⌋ + 1 along each axis; weights K·K·C_in/G·C_out, and C_out biases. Source: torch.nn.Conv2d.
    """

    out: int = setting(
        "output channels",
        values.count,
        symbol="C_out",
        aliases=("out_channels", "filters", "num_output", "channels", "features", "c"),
    )
    kernel: Size = kernel_setting()
    stride: Size = stride_setting()
    padding: Any = padding_setting()
    dilation: Size = dilation_setting()
    groups: int = setting(
        "channel groups that do not mix", values.count, 1, letter="g", symbol="G", aliases=("group",), quiet=True
    )
    bias: bool = bias_setting()
    input: int | None = check_setting("input channels", "in_channels")
    rank: int | None = setting("spatial dimensions; checked when given, as by the name Conv2d", values.count, None)

    kind = "conv"
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

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        channels, size, kernel, stride, dilation, pads = self._plan(inputs)
        kwargs: dict[str, Any] = {"kernel_size": kernel, "stride": stride, "padding": tuple(p for p, _ in pads)}
        if self.padding == "same":
            kwargs["padding"] = "same"
        kwargs |= {"dilation": dilation, "groups": self.groups, "bias": self.bias}
        if self.padding != "same" and asymmetric(pads):
            kwargs["padding"] = flat_pad(pads)
            return Call(f"support.PaddedConv{len(size)}d", (channels, self.out), kwargs)
        return Call(f"nn.Conv{len(size)}d", (channels, self.out), kwargs)


def wrong_rank(asked: int, what: str, shape: Shape) -> Misfit:
    """The fault of a layer asked for by its dimensions (Conv1d) on an input of another rank."""
    return Misfit(f"a {asked}-D {what} was asked for; the input {dims(shape)} has {len(shape) - 1} spatial axes")


def check_groups(channels: int, out: int, groups: int) -> None:
    """Refuses groups that do not divide the channels."""
    for count, what in ((channels, "input"), (out, "output")):
        if count % groups:
            fits = a.divisor_at_most(gcd(int(channels), int(out)), int(groups))
            raise Misfit(f"{int(groups)} groups do not divide {int(count)} {what} channels", f"g{fits}")


def same_with_stride(size: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Misfit:
    """The fault of `same` padding with a stride, as torch refuses it, with the padding another framework would use."""
    wanted, pads = [], []
    shown = values.text(tuple(int(s) for s in stride), sized=True)
    for w, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        out = a.ceil_div(int(w), int(s))
        total = max(0, (out - 1) * int(s) + a.reach(int(k), int(d)) - int(w))
        wanted.append(out)
        pads.append((total // 2, total - total // 2))
    return Misfit(
        f"same padding is defined for stride 1 only, as in torch; the stride is {shown}",
        f"p{values.text(tuple(pads))} for {dims(tuple(wanted))}, Keras's same",
    )


@dataclass(frozen=True)
class Depthwise(Layer):
    """Depthwise convolution: every input channel has kernels of its own, `multiplier` of them.

    The same as a convolution whose groups are its input channels. Source: Howard et al. 2017 (MobileNets), section 3.1.
    """

    kernel: Size = kernel_setting()
    stride: Size = stride_setting()
    padding: Any = padding_setting()
    dilation: Size = dilation_setting()
    multiplier: int = setting(
        "output maps for each input channel", values.count, 1, letter="m", symbol="M", aliases=("depth_multiplier",), quiet=True
    )
    bias: bool = bias_setting()
    input: int | None = check_setting("input channels", "in_channels")

    kind = "depthwise"
    prefix = "conv"
    names = (
        "depthwiseconv", "depthwiseconv2d", "depthwiseconv1d", "depthwiseconvolution", "convdw", "dwconv", "dw",
        "depthwiseconvolution2d",        "convdepthwise",
    )  # fmt: skip
    layout = "channels"
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

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return self._conv(inputs).torch(inputs, output)


@dataclass(frozen=True)
class ConvTranspose(Layer):
    """Transposed convolution: every input value is spread over a window of the output.

    Output size (W − 1)·S − 2P + K + R with output padding R. Multiplications go with the *input* positions.
    Source: torch.nn.ConvTranspose2d.
    """

    out: int = setting(
        "output channels",
        values.count,
        symbol="C_out",
        aliases=("out_channels", "filters", "num_output", "channels", "features", "c"),
    )
    kernel: Size = kernel_setting()
    stride: Size = stride_setting()
    padding: Size = padding_setting(values.even_padding)
    output_padding: Size = setting(
        "extra size on one side of the output", values.axes0, 0, letter="op", symbol="R", aliases=("out_pad",), quiet=True
    )
    dilation: Size = dilation_setting()
    groups: int = setting(
        "channel groups that do not mix", values.count, 1, letter="g", symbol="G", aliases=("group",), quiet=True
    )
    bias: bool = bias_setting()
    input: int | None = check_setting("input channels", "in_channels")
    rank: int | None = setting("spatial dimensions; checked when given", values.count, None)

    kind = "convtranspose"
    prefix = "upconv"
    names = (
        "transposedconv", "transposedconvolution", "convtranspose1d", "convtranspose2d", "convtranspose3d", "conv2dtranspose",
        "conv1dtranspose", "conv3dtranspose", "deconv", "deconvolution", "deconv2d", "upconv", "upconvolution", "transposeconv",
    )  # fmt: skip
    positional = ("out",)
    layout = "channels"
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

    def _axes(self, rank: int) -> tuple[Shape, Shape, Shape, Shape, Shape]:
        return (
            per_axis(self.kernel, rank, "kernel"),
            per_axis(self.stride, rank, "stride"),
            per_axis(self.padding, rank, "padding"),
            per_axis(self.dilation, rank, "dilation"),
            per_axis(self.output_padding, rank, "output padding"),
        )

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
        kwargs = {
            "kernel_size": kernel,
            "stride": stride,
            "padding": padding,
            "output_padding": extra,
            "groups": self.groups,
            "bias": self.bias,
            "dilation": dilation,
        }
        return Call(f"nn.ConvTranspose{rank}d", (inputs[0][0], self.out), kwargs)


@dataclass(frozen=True)
class LocallyConnected(Layer):
    """Locally connected layer: a convolution whose every output position has weights of its own.

    H_out·W_out·C_out·(K·K·C_in + 1) parameters. Source: Keras LocallyConnected2D; LeCun 1989.
    """

    out: int = setting(
        "output channels", values.count, symbol="C_out", aliases=("out_channels", "filters", "num_output", "channels", "c")
    )
    kernel: Size = kernel_setting()
    stride: Size = stride_setting()
    padding: Any = padding_setting()
    bias: bool = bias_setting()
    input: int | None = check_setting("input channels", "in_channels")

    kind = "locallyconnected"
    prefix = "local"
    names = ("local", "locallyconnected1d", "locallyconnected2d", "localconv", "unsharedconv", "localconv2d")
    positional = ("out",)
    layout = "channels"
    example = "local 18 k3 p1"

    def _conv(self) -> Conv:
        return Conv(self.out, self.kernel, self.stride, self.padding, bias=self.bias, input=self.input)

    def output(self, inputs: Shapes) -> Shape:
        return self._conv().output(inputs)

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

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        _, _, kernel, stride, _, pads = self._conv()._plan(inputs)
        kwargs = {
            "in_shape": inputs[0],
            "out_shape": output,
            "kernel_size": kernel,
            "stride": stride,
            "padding": flat_pad(pads),
            "bias": self.bias,
        }
        return Call("support.LocallyConnected", (), kwargs)
