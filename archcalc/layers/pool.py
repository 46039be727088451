"""Pooling: maximum and average windows, adaptive and global."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

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
    channels_first,
    dims,
    per_axis,
    setting,
    short,
)
from archcalc.layers.frozen import dataclass
from archcalc.layers.window import (
    Sides,
    asymmetric,
    dilation_setting,
    does_not_fit,
    flat_pad,
    kernel_setting,
    padding_setting,
    rank_setting,
    same_strided,
    sides,
    window_grows,
    window_out,
    wrong_rank,
)
from archcalc.text.faults import Misfit

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


def pool_out(size: Shape, kernel: Shape, pads: Sides, stride: Shape, dilation: Shape, ceil: bool, first: bool) -> Shape:
    """Output sizes of a pooling window, with torch's rule that the last window must start inside input or left padding.

    With `first` the padding is put on first, and is part of the map by then.
    """
    if not ceil:
        return window_out(size, kernel, pads, stride, dilation, "window")
    out = []
    for w, k, (p, q), s, d in zip(size, kernel, pads, stride, dilation, strict=True):
        size_seen, before = (w + p + q, 0) if first else (w, p)
        o = a.pool_out_ceil(size_seen, k, before, s, d)
        if a.last_window_outside(o, size_seen, before, s):
            o = o - 1
        if o < 1:
            raise does_not_fit(size, kernel, pads, dilation, o, "window")
        out.append(o)
    return tuple(out)


def pooled(plan: tuple[Shape, Shape, Sides, Shape, Shape], first: bool, inputs: Shapes) -> Held:
    """What a pool reads: its input, or the map after the padding that is put on first."""
    if not first:
        return INPUT
    size, _, pads, *_ = plan
    return Held("padded input", None, inputs[0][0] * a.product(w + p + q for w, (p, q) in zip(size, pads, strict=True)))


def pool_grows(size: Shape, kernel: Shape, pads: Sides, stride: Shape, dilation: Shape, ceil: bool, first: bool) -> Shape:
    """The same for sizes that are functions of n.

    Rounded up, the number of windows is the smaller of two that grow: those that reach every value, and those that begin inside.
    """
    if not ceil:
        return window_grows(size, kernel, pads, stride, dilation)
    from archcalc.formulas.growth import Growth, function

    out: list[Any] = []
    for w, k, (p, q), s, d in zip(size, kernel, pads, stride, dilation, strict=True):
        if isinstance(w, Growth):
            # Where no window can begin outside, what is left is a quotient rounded up.
            whole = s <= a.reach(k, d) - (0 if first else p)
            out.append(a.conv_out(w + s - 1, k, p, s, d, q) if whole else function("pool", w, k, p, q, s, d, first))
        else:
            out += pool_out((w,), (k,), ((p, q),), (s,), (d,), ceil, first)
    return tuple(out)


def check_half(padding: kinds.Pads | str, kernel: Shape, pads: Sides) -> None:
    """Refuses padding of more than half a window, as torch does, unless it is written for each side. Raises Misfit."""
    for k, (p, _) in zip(kernel, pads, strict=True):
        if not each_side(padding) and 2 * p > k:
            repairs = (f"p{int(k) // 2}", f"p{int(p)}:{int(p)} for zeros that are put on first")
            raise Misfit(f"padding {int(p)} is more than half the kernel {int(k)}, which torch refuses", *repairs)


def each_side(padding: object) -> bool:
    """Whether a padding is written for each side."""
    return isinstance(padding, tuple) and isinstance(padding[0], tuple)


def pool_stride_setting() -> kinds.Size | None:
    """The setting `stride` of a pool."""
    doc = "stride; the window size where nothing is said, as in torch"
    return setting(doc, kinds.axes, None, letter="s", symbol="S", aliases=("strides",))


@dataclass(frozen=True)
class MaxPool(Layer):
    """Maximum pooling: the largest value of every window. Source: torch.nn.MaxPool2d."""

    kernel: Size = kernel_setting("window size; 2 where nothing is said", 2)
    stride: Size | None = pool_stride_setting()
    padding: kinds.Pads | str = padding_setting(kinds.pool_padding)
    dilation: Size = dilation_setting()
    ceil: bool = setting("round the output size up", kinds.flag, False, aliases=("ceil_mode",), flags={"ceil": True})
    rank: int | None = rank_setting()

    kind = "maxpool"
    pools = "a maximum"
    formula = "pool"
    prefix = "pool"
    names = (
        "pool",
        "maxpooling",
        "maxpool1d",
        "maxpool2d",
        "maxpool3d",
        "maxpooling1d",
        "maxpooling2d",
        "maxpooling3d",
        "pooling",
    )
    positional = ("kernel",)
    layout = "channels"
    reads = "channels"
    example = "maxpool 3 s2"

    def _plan(self, inputs: Shapes) -> tuple[Shape, Shape, Sides, Shape, Shape]:
        _, size = channels_first(inputs, "a pooling layer")
        rank = len(size)
        if self.rank is not None and self.rank != rank:
            raise wrong_rank(self.rank, "pooling", inputs[0])
        kernel = per_axis(self.kernel, rank, "kernel")
        stride = kernel if self.stride is None else per_axis(self.stride, rank, "stride")
        dilation = per_axis(self.dilation, rank, "dilation")
        same = self.padding == "same"
        pads = same_strided(size, kernel, stride, dilation) if same else sides(self.padding, (), (), rank)
        return size, kernel, pads, stride, dilation

    def first(self, plan: tuple[Shape, Shape, Sides, Shape, Shape]) -> bool:
        """Whether the padding is put on first: where it is written for each side, or torch's own pool cannot have it."""
        _, kernel, pads, *_ = plan
        uneven = asymmetric(pads) or any(2 * p > k for k, (p, _) in zip(kernel, pads, strict=True))
        return uneven if self.padding == "same" else each_side(self.padding)

    def output(self, inputs: Shapes) -> Shape:
        plan = size, kernel, pads, stride, _ = self._plan(inputs)
        if self.padding == "same":
            return (inputs[0][0], *(a.ceil_div(w, s) for w, s in zip(size, stride, strict=True)))
        check_half(self.padding, kernel, pads)
        return (inputs[0][0], *pool_out(*plan, self.ceil, self.first(plan)))

    def grows(self, inputs: Shapes) -> Shape | None:
        if self.padding == "same":
            return None
        return (inputs[0][0], *pool_grows(*self._plan(inputs), self.ceil, each_side(self.padding)))

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        inside, windows = _reads(self._plan(inputs), output)
        return Operations(comparisons=(inside - windows) * output[0])

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading, taps

        _, kernel, pads, stride, dilation = self._plan(inputs)
        axes = zip(kernel, stride, pads, dilation, strict=True)
        return [(Reading(0), *(taps(i, k, s, p, d) for i, (k, s, (p, _), d) in enumerate(axes, 1)))]

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        plan = self._plan(inputs)
        return pooled(plan, self.first(plan), inputs), Held("indices", None, a.product(output), 8)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        plan = size, kernel, pads, stride, dilation = self._plan(inputs)
        first = self.first(plan)
        return Call(
            f"support.PaddedMaxPool{len(size)}d" if first else f"nn.MaxPool{len(size)}d",
            {"kernel_size": short(kernel)},
            stride=(short(stride), short(kernel)),
            padding=(flat_pad(pads), ...) if first else (short(tuple(p for p, _ in pads)), 0),
            dilation=(short(dilation), 1),
            ceil_mode=(self.ceil, False),
        )


def _reads(plan: tuple[Shape, Shape, Sides, Shape, Shape], output: Shape) -> tuple[int, int]:
    """For one channel: the values on the input itself that the windows read, and the windows that read any."""
    size, kernel, pads, stride, dilation = plan
    axes = list(zip(size, kernel, pads, stride, output[1:], dilation, strict=True))
    values = a.product(a.taps_inside(w, k, p, s, o, d) for w, k, (p, _), s, o, d in axes)
    return values, a.product(a.windows_inside(w, k, p, s, o, d) for w, k, (p, _), s, o, d in axes)


@dataclass(frozen=True)
class AvgPool(Layer):
    """Average pooling: the mean of every window, padding zeros counted in, as in torch. Source: torch.nn.AvgPool2d."""

    kernel: Size = kernel_setting("window size; 2 where nothing is said", 2)
    stride: Size | None = pool_stride_setting()
    padding: kinds.Pads | str = padding_setting(kinds.pool_padding)
    ceil: bool = setting("round the output size up", kinds.flag, False, aliases=("ceil_mode",), flags={"ceil": True})
    rank: int | None = rank_setting()

    kind = "avgpool"
    pools = "an average"
    formula = "pool"
    prefix = "pool"
    names = (
        "averagepool", "averagepooling", "avgpooling", "meanpool", "avgpool1d", "avgpool2d", "avgpool3d", "averagepooling1d",
        "averagepooling2d", "averagepooling3d",
    )  # fmt: skip
    positional = ("kernel",)
    layout = "channels"
    reads = "channels"
    example = "avgpool 2"

    def _max(self) -> MaxPool:
        return MaxPool(self.kernel, self.stride, self.padding, 1, self.ceil, self.rank)

    def output(self, inputs: Shapes) -> Shape:
        plan = size, kernel, *_ = self._max()._plan(inputs)
        if len(size) == 3 and not self._max().first(plan) and any(k > w for k, w in zip(kernel, size, strict=True)):
            # AvgPool3d alone compares with the input before padding, and in ceil mode too.
            unpadded = f"{dims(size)} without its padding"
            raise Misfit(
                f"window {dims(kernel)} is larger than the input {unpadded}, which torch refuses in 3-D",
                f"a window of at most {dims(size)}",
            )
        return self._max().output(inputs)

    def grows(self, inputs: Shapes) -> Shape | None:
        return self._max().grows(inputs)

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        inside, windows = _reads(self._max()._plan(inputs), output)
        return Operations(additions=(inside - windows) * output[0], divisions=a.product(output))

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        return self._max().sees(inputs, output)

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        plan = self._max()._plan(inputs)
        return (pooled(plan, self._max().first(plan), inputs),)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        plan = size, kernel, pads, stride, _ = self._max()._plan(inputs)
        first = self._max().first(plan)
        return Call(
            f"support.PaddedAvgPool{len(size)}d" if first else f"nn.AvgPool{len(size)}d",
            {"kernel_size": short(kernel)},
            stride=(short(stride), short(kernel)),
            padding=(flat_pad(pads), ...) if first else (short(tuple(p for p, _ in pads)), 0),
            ceil_mode=(self.ceil, False),
        )


def adaptive_taps(size: Shape, out: Shape) -> int:
    """Values read by adaptive pooling for one channel: window i of O runs from ⌊i·W/O⌋ to ⌈(i + 1)·W/O⌉, as in torch."""
    return a.product(a.adaptive_reads(w, o) for w, o in zip(size, out, strict=True))


def adaptive_windows(shape: Shape, output: Shape) -> Readings | None:
    """What adaptive pooling looks at."""
    from archcalc.layers.sight import Reading, windows

    found = [windows(i, w, o) for i, (w, o) in enumerate(zip(shape[1:], output[1:], strict=True), 1)]
    followed = [reading for reading in found if reading is not None]
    return (Reading(0), *followed) if len(followed) == len(found) else None


def adaptive_out(out: int | tuple[int | None, ...], size: Shape) -> Shape:
    """Output sizes of adaptive pooling; `keep` keeps an axis."""
    wanted = (out,) * len(size) if isinstance(out, int) else out
    if len(wanted) != len(size):
        raise Misfit(f"output {kinds.text(out)} has {len(wanted)} axes, the input has {len(size)}", "one number for every axis")
    return tuple(w if o is None else o for o, w in zip(wanted, size, strict=True))


@dataclass(frozen=True)
class Adaptive(Layer):
    """The base of pooling to a given output size, by windows that depend on the input's."""

    out: int | tuple[int | None, ...] = setting(
        "output size; 1 is global pooling, `keep` keeps an axis", kinds.adaptive, 1, aliases=("output_size", "size"), symbol="O"
    )

    prefix = "pool"
    positional = ("out",)
    layout = "channels"
    reads = "channels"

    def output(self, inputs: Shapes) -> Shape:
        channels, size = channels_first(inputs, "an adaptive pooling layer")
        return (channels, *adaptive_out(self.out, size))

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        return [adaptive_windows(inputs[0], output)]

    def _asked(self, inputs: Shapes) -> Call:
        return replace(self, out=1).torch(inputs, inputs[0]).given(output_size=self.out)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call(f"nn.{type(self).__name__}{len(output) - 1}d", {"output_size": short(output[1:])})


@dataclass(frozen=True)
class AdaptiveAvgPool(Adaptive):
    """Adaptive average pooling to a given output size; global average pooling where none is given.

    Source: torch.nn.AdaptiveAvgPool2d; Lin et al. 2013 (Network in Network) for the global one.
    """

    kind = "adaptiveavgpool"
    pools = "an average"
    names = (
        "globalavgpool", "globalaveragepool", "globalaveragepooling", "gap", "globalavgpooling", "globalaveragepooling1d",
        "globalaveragepooling2d", "globalaveragepooling3d", "adaptiveavgpool1d", "adaptiveavgpool2d", "adaptiveavgpool3d",
        "adaptiveaveragepool", "globalpool", "globalavgpool2d",
    )  # fmt: skip
    example = "globalavgpool"

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        windows = a.product(output)
        return Operations(additions=adaptive_taps(inputs[0][1:], output[1:]) * output[0] - windows, divisions=windows)

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        # Global pooling is a mean, whose gradient asks for nothing.
        return () if a.product(output[1:]) == 1 else (INPUT,)


@dataclass(frozen=True)
class AdaptiveMaxPool(Adaptive):
    """Adaptive maximum pooling to a given output size; global where none is given. Source: torch.nn.AdaptiveMaxPool2d."""

    kind = "adaptivemaxpool"
    pools = "a maximum"
    names = (
        "globalmaxpool", "globalmaxpooling", "globalmaxpooling1d", "globalmaxpooling2d", "globalmaxpooling3d",
        "adaptivemaxpool1d",        "adaptivemaxpool2d", "adaptivemaxpool3d",
    )  # fmt: skip
    example = "adaptivemaxpool 7"

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        return Operations(comparisons=adaptive_taps(inputs[0][1:], output[1:]) * output[0] - a.product(output))

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return INPUT, Held("indices", None, a.product(output), 8)
