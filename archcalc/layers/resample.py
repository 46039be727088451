"""Layers that move values about: upsampling, zero padding, cropping, pixel and channel shuffle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archcalc.formulas import arithmetic as a
from archcalc.layers import kinds
from archcalc.layers.base import (
    Arriving,
    Call,
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
    unchanged,
)
from archcalc.layers.frozen import dataclass
from archcalc.layers.window import flat_pad, sides
from archcalc.text.faults import Misfit, ValueFault

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


@dataclass(frozen=True)
class Upsample(Layer):
    """A map made larger, by a whole factor or to a size, by copying neighbours or by interpolation. Source: torch.nn.Upsample.

    Interpolation is along one axis after the other, the first axis first: a value made is a·(1 − t) + b·t, 2 multiplications
    and 1 addition. An axis that keeps its size is left alone.
    """

    scale: Size | None = setting(
        "factor; 2 where nothing is said", kinds.axes, None, letter="x", symbol="S", aliases=("scale_factor", "factor")
    )
    size: Size | None = setting("output size, instead of a factor", kinds.axes, None, symbol="O")
    mode: str = setting("how values between are found", kinds.choice("nearest", "bilinear", "linear", "trilinear"), "nearest")

    def __post_init__(self) -> None:
        if self.scale is not None and self.size is not None:
            raise ValueFault("a factor and an output size; upsampling takes one of them", "scale=2", "size=56")
        if self.scale is None and self.size is None:
            object.__setattr__(self, "scale", 2)

    kind = "upsample"
    names = ("upsampling", "upsampling1d", "upsampling2d", "upsampling3d", "unpool")
    positional = ("scale",)
    layout = "channels"
    reads = "channels"
    example = "upsample 2"

    def output(self, inputs: Shapes) -> Shape:
        channels, size = channels_first(inputs, "upsampling")
        wanted = {"linear": 1, "bilinear": 2, "trilinear": 3}.get(self.mode, len(size))
        if wanted != len(size):
            right = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(size)]
            raise Misfit(
                f"{self.mode} interpolation needs {wanted} spatial axes, {dims(inputs[0])} has {len(size)}", f"mode={right}"
            )
        if self.size is not None:
            return (channels, *per_axis(self.size, len(size), "size"))
        return (channels, *(w * s for w, s in zip(size, per_axis(self.scale or 2, len(size), "scale"), strict=True)))

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs)

    def remark(self, arriving: Sequence[Arriving]) -> str:
        size = arriving[0].shape[1:]
        if self.size is not None and any(o < w for o, w in zip(per_axis(self.size, len(size), "size"), size, strict=True)):
            made = f"{dims(size)} made smaller, to {kinds.text(self.size).replace('x', '×')}"
            return f"{made}: `size` is the size of the output, as in torch; a factor is `scale`"
        return super().remark(arriving)

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        if self.mode == "nearest":
            return Operations()
        n = a.interpolated(inputs[0], output)
        return Operations(multiplications=2 * n, additions=n)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading, resized

        axes = enumerate(zip(inputs[0][1:], output[1:], strict=True), 1)
        found = [resized(i, w, o, self.mode != "nearest") for i, (w, o) in axes]
        followed = [reading for reading in found if reading is not None]
        return [(Reading(0), *followed) if len(followed) == len(found) else None]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        if self.size is not None:
            return Call("nn.Upsample", size=(short(output[1:]), None), mode=(self.mode, "nearest"))
        scale = per_axis(self.scale or 2, len(output) - 1, "scale")
        factor = short(tuple(float(s) for s in scale))
        return Call("nn.Upsample", scale_factor=(factor, None), mode=(self.mode, "nearest"))


@dataclass(frozen=True)
class ZeroPad(Layer):
    """Zeros around the input. Source: torch.nn.ZeroPad2d."""

    padding: Any = setting(
        "zeros on each side; a pair (before, after) an axis where they differ",
        kinds.side_padding,
        letter="p",
        symbol="P",
        aliases=("pad", "size"),
    )

    kind = "zeropad"
    pads = True
    moves = True
    names = ("zeropad1d", "zeropad2d", "zeropad3d", "zeropadding", "zeropadding1d", "zeropadding2d", "zeropadding3d", "pad")
    prefix = "pad"
    positional = ("padding",)
    layout = "channels"
    reads = "channels"
    example = "zeropad 0:1x0:1"

    def _sides(self, inputs: Shapes) -> tuple[tuple[int, int], ...]:
        _, size = channels_first(inputs, "zero padding")
        return sides(self.padding, (1,) * len(size), (1,) * len(size), len(size))

    def output(self, inputs: Shapes) -> Shape:
        pads = self._sides(inputs)
        return (inputs[0][0], *(w + p + q for w, (p, q) in zip(inputs[0][1:], pads, strict=True)))

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading, shifted

        return [(Reading(0), *(shifted(i, -p) for i, (p, _) in enumerate(self._sides(inputs), 1)))]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call(f"nn.ZeroPad{len(output) - 1}d", {"padding": flat_pad(self._sides(inputs))})


@dataclass(frozen=True)
class Crop(Layer):
    """The middle of a map, cut to a given size or to that of a second map, as U-Net cuts its skips.

    Source: Ronneberger et al. 2015, figure 1.
    """

    size: Size | None = setting(
        "output size; that of the second layer named where left out", kinds.axes, None, aliases=("out",), symbol="O"
    )
    of: Any = setting("the map cut and the map whose size it is cut to, by name", kinds.names, (), aliases=("inputs",))

    kind = "crop"
    lies = "part"
    view = True
    moves = True
    names = ("centercrop", "cropping", "centrecrop")
    positional = ("size",)
    layout = "channels"
    reads = "channels"
    arity = (1, 2)
    example = "crop: [skip1, prev]"

    def output(self, inputs: Shapes) -> Shape:
        channels, size = channels_first(inputs, "a crop")
        if self.size is not None:
            wanted = per_axis(self.size, len(size), "crop")
        elif len(inputs) == 2 and len(inputs[1]) == len(inputs[0]):
            wanted = inputs[1][1:]
        else:
            raise Misfit("a crop needs a size, or a second map of the same rank", "crop 56", "crop: [skip1, prev]")
        if any(o > w for o, w in zip(wanted, size, strict=True)):
            raise Misfit(f"a crop to {dims(wanted)} is larger than its input {dims(size)}", f"crop {dims(size)}, or less")
        return (channels, *wanted)

    def grows(self, inputs: Shapes) -> Shape | None:
        rank = len(inputs[0]) - 1
        if self.size is not None:
            return (inputs[0][0], *per_axis(self.size, rank, "crop"))  # which fits what is large enough
        from archcalc.formulas.growth import at_most

        fits = all(at_most(o, w) for o, w in zip(inputs[-1][1:], inputs[0][1:], strict=True))
        return (inputs[0][0], *inputs[-1][1:]) if fits else None

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import shifted

        cut = tuple(shifted(i, (w - o) // 2) for i, (w, o) in enumerate(zip(inputs[0], output, strict=True)))
        return [cut, ()][: len(inputs)]  # of a second map only the size is asked

    def unasked(self, inputs: Shapes) -> str:
        none = self.size is None and (len(inputs) != 2 or len(inputs[0]) != len(inputs[1]))
        none = none or len(inputs[0]) < 2
        return "there is no size to crop to, so nothing to ask torch" if none else ""

    def _asked(self, inputs: Shapes) -> Call:
        size = inputs[-1][1:] if self.size is None else per_axis(self.size, len(inputs[0]) - 1, "crop")
        return Call("support.Crop", {"size": size})

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Crop", {"size": output[1:]})


@dataclass(frozen=True)
class ChannelShuffle(Layer):
    """Channels dealt out anew, so that groups mix. Source: Zhang et al. 2017 (ShuffleNet); torch.nn.ChannelShuffle."""

    groups: int = setting("groups", kinds.count, letter="g", symbol="G")

    kind = "channelshuffle"
    reads = "channels"
    moves = True
    prefix = "shuffle"
    names = ("shuffle",)
    positional = ("groups",)
    example = "channelshuffle 2"

    def output(self, inputs: Shapes) -> Shape:
        channels, _ = channels_first(inputs, "a channel shuffle")
        if channels % self.groups:
            raise Misfit(
                f"{int(self.groups)} groups do not divide {int(channels)} channels",
                f"{a.divisor_at_most(int(channels), int(self.groups))} groups",
            )
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        return unchanged(inputs)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading

        each = output[0] // self.groups
        dealt = Reading(0, self.groups, 1, tuple((k * each,) for k in range(self.groups)))
        return [(dealt, *(Reading(i) for i in range(1, len(output))))]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.ChannelShuffle", {"groups": self.groups})


@dataclass(frozen=True)
class Slice(Layer):
    """Some of the channels: from `start` up to, not including, `end`. Source: torch indexing x[:, start:end]."""

    start: int = setting("first channel, from 0", kinds.number0)
    end: int = setting("the channel after the last", kinds.count)

    kind = "slice"
    lies = "part"
    view = True
    moves = True
    names = ("channelslice", "narrow")
    positional = ("start", "end")
    example = "slice 0 58"

    def output(self, inputs: Shapes) -> Shape:
        if not self.start < self.end <= inputs[0][0]:
            raise Misfit(f"channels {self.start} to {self.end} are not in {dims(inputs[0])}", f"slice 0 {inputs[0][0]}")
        return (self.end - self.start, *inputs[0][1:])

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs) if isinstance(inputs[0][0], int) else None

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading, shifted

        return [(shifted(0, self.start), *(Reading(i) for i in range(1, len(output))))]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Slice", {"start": self.start, "end": self.end})


@dataclass(frozen=True)
class PixelShuffle(Layer):
    """Channels become positions: C·r²×H×W to C×rH×rW. Source: Shi et al. 2016; torch.nn.PixelShuffle."""

    factor: int = setting("factor r", kinds.count, symbol="r", aliases=("upscale_factor",))

    kind = "pixelshuffle"
    moves = True
    names = ("depthtospace",)
    positional = ("factor",)
    example = "pixelshuffle 2"

    def output(self, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 3 or inputs[0][0] % (self.factor * self.factor):
            raise Misfit(
                f"a pixel shuffle by {self.factor} needs C·{self.factor}²×H×W; the input is {dims(inputs[0])}",
                f"channels that {self.factor * self.factor} divides",
            )
        channels, height, width = inputs[0]
        return (a.exact_div(channels, self.factor * self.factor), height * self.factor, width * self.factor)

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs) if isinstance(inputs[0][0], int) else None

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import WHOLE, resized

        axes = [resized(i, inputs[0][i], output[i], False) for i in (1, 2)]
        followed = [reading for reading in axes if reading is not None]
        return [(WHOLE, *followed) if len(followed) == 2 else None]

    def unasked(self, inputs: Shapes) -> str:
        return "torch would take another dimension for the channels" if len(inputs[0]) != 3 else ""

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.PixelShuffle", {"upscale_factor": self.factor})


@dataclass(frozen=True)
class PixelUnshuffle(Layer):
    """Positions become channels: C×rH×rW to C·r²×H×W. Source: torch.nn.PixelUnshuffle; Redmon and Farhadi 2016 (reorg)."""

    factor: int = setting("factor r", kinds.count, symbol="r", aliases=("downscale_factor", "stride"))

    kind = "pixelunshuffle"
    moves = True
    names = ("spacetodepth", "reorg")
    positional = ("factor",)
    layout = "channels"
    example = "pixelunshuffle 2"

    def output(self, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 3 or inputs[0][1] % self.factor or inputs[0][2] % self.factor:
            raise Misfit(
                f"a pixel unshuffle by {self.factor} needs C×{self.factor}H×{self.factor}W; the input is {dims(inputs[0])}",
                f"a height and width that {self.factor} divides",
            )
        channels, height, width = inputs[0]
        return (channels * self.factor * self.factor, a.exact_div(height, self.factor), a.exact_div(width, self.factor))

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import WHOLE, taps

        return [(WHOLE, taps(1, self.factor, self.factor, 0), taps(2, self.factor, self.factor, 0))]

    def unasked(self, inputs: Shapes) -> str:
        return "torch would take another dimension for the channels" if len(inputs[0]) != 3 else ""

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.PixelUnshuffle", {"downscale_factor": self.factor})


@dataclass(frozen=True)
class ChannelPad(Layer):
    """Channels of zeros before and after the input's own, so that a shortcut has as many as what it is added to.

    Source: He et al. 2015, section 4.2, option A; torch.nn.functional.pad.
    """

    before: int = setting("channels of zeros before the input's", kinds.number0)
    after: int = setting("channels of zeros after the input's", kinds.number0)

    kind = "channelpad"
    moves = True
    names = ("padchannels",)
    positional = ("before", "after")
    example = "channelpad 8 8"

    def output(self, inputs: Shapes) -> Shape:
        return (inputs[0][0] + self.before + self.after, *inputs[0][1:])

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading, shifted

        return [(shifted(0, -self.before), *(Reading(i) for i in range(1, len(output))))]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.ChannelPad", {"before": self.before, "after": self.after})
