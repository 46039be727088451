"""What layers with a sliding window share: their settings, their output size, and the faults of a window that does not fit."""

from __future__ import annotations

from math import gcd
from typing import TypeVar

from archcalc.formulas import arithmetic as a
from archcalc.layers import kinds
from archcalc.layers.base import Shape, dims, per_axis, setting
from archcalc.text.faults import Misfit

Sides = tuple[tuple[int, int], ...]
T = TypeVar("T")


def kernel_setting(doc: str = "kernel size", *default: int) -> kinds.Size:
    """The setting `kernel`; required where no default is given."""
    names = ("kernel_size", "size", "ksize", "pool_size", "filter_size")
    return setting(doc, kinds.axes, *default, letter="k", symbol="K", aliases=names)


def stride_setting() -> kinds.Size:
    """The setting `stride`."""
    return setting("stride", kinds.axes, 1, letter="s", symbol="S", aliases=("strides",))


def padding_setting(kind: kinds.Padding[T]) -> T | int:
    """The setting `padding`, with the flags `same` and `valid` where the kind has them."""
    flags: dict[str, object] = {word: 0 if word == "valid" else word for word in kind.words}
    doc = "zero padding on each side" + (", or `causal`: all of it before a sequence" if "causal" in flags else "")
    return setting(doc, kind, 0, letter="p", symbol="P", aliases=("pad",), flags=flags)


def dilation_setting() -> kinds.Size:
    """The setting `dilation`."""
    return setting(
        "spacing between kernel taps", kinds.axes, 1, letter="d", symbol="D", aliases=("dilation_rate", "dilations"), quiet=True
    )


def out_setting() -> int:
    """The setting `out` of a convolution: its output channels."""
    names = ("out_channels", "filters", "num_output", "channels", "features", "c")
    return setting("output channels", kinds.count, symbol="C_out", aliases=names)


def groups_setting() -> int:
    """The setting `groups` of a convolution."""
    return setting("channel groups that do not mix", kinds.count, 1, letter="g", symbol="G", aliases=("group",), quiet=True)


def rank_setting() -> int | None:
    """The setting `rank`: how many spatial axes are meant; only checked."""
    return setting("spatial dimensions; checked when given, as by the name Conv2d", kinds.count, None)


def sides(padding: kinds.Pads | str, kernel: Shape, dilation: Shape, rank: int) -> Sides:
    """Padding before and after on each axis."""
    if padding == "causal":
        if rank != 1:
            raise Misfit(f"causal padding is of one axis, the input has {rank}", "same")
        return ((a.reach(kernel[0], dilation[0]) - 1, 0),)
    if isinstance(padding, str):  # "same", the only other word that is left
        return tuple(a.same_padding(k, d) for k, d in zip(kernel, dilation, strict=True))
    if isinstance(padding, tuple) and isinstance(padding[0], tuple):
        if len(padding) == 1:
            return padding * rank
        if len(padding) != rank:
            raise Misfit(
                f"padding {kinds.text(padding)} has {len(padding)} axes, the input has {rank}",
                "one padding for every axis",
            )
        return padding
    return tuple((p, p) for p in per_axis(padding, rank, "padding"))


def same_strided(size: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Sides:
    """Padding with which there are ⌈W/S⌉ windows, the odd zero behind: what Keras calls same."""
    pads = []
    for w, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        lack = (a.ceil_div(w, s) - 1) * s + a.reach(k, d) - w
        total = lack if lack > 0 else 0
        pads.append((total // 2, total - total // 2))
    return tuple(pads)


def window_out(size: Shape, kernel: Shape, pads: Sides, stride: Shape, dilation: Shape, what: str = "kernel") -> Shape:
    """Output sizes of a sliding window on every axis. Raises Misfit with the sum where the window does not fit."""
    out = []
    for w, k, (p, q), s, d in zip(size, kernel, pads, stride, dilation, strict=True):
        o = a.conv_out(w, k, p, s, d) if p == q else a.conv_out(w, k, p, s, d, q)
        if o < 1:
            raise does_not_fit(size, kernel, pads, dilation, o, what)
        out.append(o)
    return tuple(out)


def window_grows(size: Shape, kernel: Shape, pads: Sides, stride: Shape, dilation: Shape) -> Shape:
    """The same for sizes that are functions of n: a window fits what is large enough."""
    axes = zip(size, kernel, pads, stride, dilation, strict=True)
    return tuple(a.conv_out(w, k, p, s, d, q) for w, k, (p, q), s, d in axes)


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
    shown = kinds.text(tuple(int(k) for k in kernel), sized=True)
    return Misfit(
        f"{what} {shown.replace('x', '×')}{dilated} does not fit the padded input {dims(padded)}",
        *(repairs or [f"an input of {dims(least)} or more"]),
        figure=figure,
        least_input=least,
    )


def asymmetric(pads: Sides) -> bool:
    """Whether any axis is padded unevenly, which torch's own modules cannot say."""
    return any(p != q for p, q in pads)


def flat_pad(pads: Sides) -> tuple[int, ...]:
    """Padding in the order of torch.nn.functional.pad: last axis first, before then after."""
    return tuple(n for pair in reversed(pads) for n in pair)


def wrong_rank(asked: int, what: str, shape: Shape) -> Misfit:
    """The fault of a layer asked for by its dimensions (Conv1d) on an input of another rank."""
    axes = len(shape) - 1
    repair = f"a {axes}-D {what}" if 1 <= axes <= 3 else f"an input of {asked + 1} sizes, channels first"
    return Misfit(f"a {asked}-D {what} was asked for; the input {dims(shape)} has {axes} spatial axes", repair)


def check_groups(channels: int, out: int, groups: int) -> None:
    """Refuses groups that do not divide the channels."""
    for count, what in ((channels, "input"), (out, "output")):
        if count % groups:
            fits = a.divisor_at_most(gcd(int(channels), int(out)), int(groups))
            raise Misfit(f"{int(groups)} groups do not divide {int(count)} {what} channels", f"g{fits}")


def same_with_stride(size: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Misfit:
    """The fault of `same` padding with a stride, as torch refuses it, with the padding another framework would use."""
    shown = kinds.text(tuple(int(s) for s in stride), sized=True)
    wanted = tuple(a.ceil_div(int(w), int(s)) for w, s in zip(size, stride, strict=True))
    pads = same_strided(*(tuple(map(int, sizes)) for sizes in (size, kernel, stride, dilation)))
    return Misfit(
        f"same padding is defined for stride 1 only, as in torch; the stride is {shown}",
        f"p{kinds.text(pads)} for {dims(wanted)}, Keras's same",
    )
