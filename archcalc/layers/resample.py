"""Layers that move values about: upsampling, zero padding, cropping, pixel and channel shuffle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from archcalc.formulas import arithmetic as a
from archcalc.layers import kinds
from archcalc.layers.base import (
    INPUT,
    Arriving,
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
    unchanged,
)
from archcalc.layers.frozen import dataclass
from archcalc.layers.window import flat_pad, sides
from archcalc.text.faults import Misfit, ValueFault

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


@dataclass(frozen=True)
class Upsample(Layer):
    """A map made larger, by a whole factor, to a size, or to that of a second map. Source: torch.nn.Upsample.

    Values are copied from their neighbours, or interpolated along one axis after the other, the first axis first: a value made is
    a·(1 − t) + b·t, 2 multiplications and 1 addition. An axis that keeps its size is left alone.
    """

    scale: Size | None = setting(
        "factor; 2 where nothing is said", kinds.axes, None, letter="x", symbol="S", aliases=("scale_factor", "factor")
    )
    size: Size | None = setting("output size, instead of a factor", kinds.axes, None, symbol="O")
    mode: str = setting("how values between are found", kinds.choice("nearest", "bilinear", "linear", "trilinear"), "nearest")
    of: object = setting("the map, and the one whose size it is given, by name", kinds.names, (), aliases=("inputs",))

    def __post_init__(self) -> None:
        if self.scale is not None and self.size is not None:
            raise ValueFault("a factor and an output size; upsampling takes one of them", "scale=2", "size=56")

    kind = "upsample"
    names = ("upsampling", "upsampling1d", "upsampling2d", "upsampling3d", "unpool")
    positional = ("scale",)
    layout = "channels"
    reads = "channels"
    arity = (1, 2)
    example = "upsample 2"

    def settled(self, inputs: Shapes, layout: str) -> Layer:
        return replace(self, scale=2) if len(inputs) == 1 and self.scale is None and self.size is None else self

    def output(self, inputs: Shapes) -> Shape:
        channels, size = channels_first(inputs, "upsampling")
        if len(inputs) == 2 and (self.scale is not None or self.size is not None):
            said = "size" if self.scale is None else "scale"
            raise Misfit(f"a {said} is stated, and a second map to take the size of", f"upsampling without {said}")
        if len(inputs) == 2 and len(inputs[1]) != len(inputs[0]):
            raise Misfit(f"{dims(inputs[0])} cannot be made as large as {dims(inputs[1])}", "a second map of the same rank")
        wanted = {"linear": 1, "bilinear": 2, "trilinear": 3}.get(self.mode, len(size))
        if wanted != len(size):
            right = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(size)]
            raise Misfit(
                f"{self.mode} interpolation needs {wanted} spatial axes, {dims(inputs[0])} has {len(size)}", f"mode={right}"
            )
        if len(inputs) == 2:
            return (channels, *inputs[1][1:])
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
        of_map = (Reading(0), *followed) if len(followed) == len(found) else None
        return [of_map, ()][: len(inputs)]  # of a second map only the size is asked

    def unasked(self, inputs: Shapes) -> str:
        return "torch has no upsampling that reads a second map" if len(inputs) == 2 else ""

    def _asked(self, inputs: Shapes) -> Call:
        if self.size is not None:
            return Call("nn.Upsample", size=(self.size, None), mode=(self.mode, "nearest"))
        return self.torch(inputs, inputs[0])

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        if len(inputs) == 2:
            return Call("support.UpsampleLike", mode=(self.mode, "nearest"))
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
    names: ClassVar[tuple[str, ...]] = (
        "zeropad1d",
        "zeropad2d",
        "zeropad3d",
        "zeropadding",
        "zeropadding1d",
        "zeropadding2d",
        "zeropadding3d",
        "pad",
    )
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


class ReflectionPad(ZeroPad):
    """The map mirrored at its edges, around it; the edge itself is not repeated. Source: torch.nn.ReflectionPad2d."""

    kind = "reflectionpad"
    pads = False
    held: ClassVar[tuple[Held, ...]] = (INPUT,)
    names: ClassVar[tuple[str, ...]] = ("reflectionpad1d", "reflectionpad2d", "reflectionpad3d", "reflectpad", "mirrorpad")
    example = "reflectionpad 1"

    def _source(self, at: int, size: int) -> int:
        """The position of the map that stands at this one, from −P to W + P."""
        return abs(at) if at < size else 2 * (size - 1) - at

    def _most(self, size: int) -> int:
        """How far it can go on beyond the edge."""
        return size - 1

    def output(self, inputs: Shapes) -> Shape:
        output = super().output(inputs)
        for size, pair in zip(inputs[0][1:], self._sides(inputs), strict=True):
            if max(pair) > self._most(size):
                most = int(self._most(size))
                raise Misfit(
                    f"a padding of {int(max(pair))} is more than there is to take it from, {most} of {int(size)}",
                    f"a padding of at most {most}" if most else "a larger input",
                )
        return output

    def grows(self, inputs: Shapes) -> Shape | None:
        return ZeroPad.output(self, inputs)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import MOST, Reading

        if max(output) > MOST:
            return [None]
        found = [Reading(0)]
        for i, (before, _) in enumerate(self._sides(inputs), 1):
            taken = tuple((self._source(o - before, inputs[0][i]),) for o in range(output[i]))
            found.append(Reading(i, output[i], output[i], taken))
        return [tuple(found)]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call(f"nn.{type(self).__name__}{len(output) - 1}d", {"padding": flat_pad(self._sides(inputs))})


class ReplicationPad(ReflectionPad):
    """The values at the edges, repeated around the map. Source: torch.nn.ReplicationPad2d."""

    kind = "replicationpad"
    names = ("replicationpad1d", "replicationpad2d", "replicationpad3d", "replicatepad", "edgepad")
    example = "replicationpad 1"

    def _source(self, at: int, size: int) -> int:
        return min(max(at, 0), size - 1)

    def _most(self, size: int) -> int:
        return kinds.LARGEST


class CircularPad(ReflectionPad):
    """The map going on at its other end, around it. Source: torch.nn.CircularPad2d."""

    kind = "circularpad"
    names = ("circularpad1d", "circularpad2d", "circularpad3d", "wrappad")
    held = ()
    example = "circularpad 1"

    def _source(self, at: int, size: int) -> int:
        return at % size

    def _most(self, size: int) -> int:
        return size


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
        if self.size is not None and len(inputs) == 2:
            raise Misfit("a size is stated, and a second map to take the size of", "a crop without size", "a crop of one map")
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
        none = (self.size is None) == (len(inputs) != 2) or len(inputs[0]) != len(inputs[-1])
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
    """Some of the channels, or of another dimension: from `start` up to, not including, `end`. `first` and `last` are one alone.

    Source: torch indexing x[:, start:end], x[:, -1].
    """

    start: int | None = setting("the first taken, from 0", kinds.number0, None)
    end: int | None = setting("the one after the last; to the end where it is left out", kinds.count, None)
    axis: int = setting("the dimension, 0 the first after the batch", kinds.number0, 0, aliases=("dim",))
    only: int | None = setting(
        "one alone, whose dimension goes: from 0, -1 is the last", kinds.index, None, flags={"first": 0, "last": -1}
    )

    kind = "slice"
    lies = "part"
    view = True
    moves = True
    names = ("channelslice", "narrow")
    positional = ("start", "end")
    example = "slice 0 58"

    def __post_init__(self) -> None:
        if self.only is not None and not self.start is self.end is None:
            raise ValueFault("a slice from a start to an end, and one alone; it is one of them", "slice 0 58", "slice last")
        if self.start is None and self.end is not None:
            object.__setattr__(self, "start", 0)

    def _size(self, inputs: Shapes) -> int:
        """The size of the dimension it is of. Raises Misfit."""
        if self.axis >= len(inputs[0]):
            raise Misfit(f"there is no dimension {self.axis} in {dims(inputs[0])}", f"axis={len(inputs[0]) - 1}")
        return inputs[0][self.axis]

    def output(self, inputs: Shapes) -> Shape:
        shape, size, at = inputs[0], self._size(inputs), self.axis
        if self.start is self.only is None:
            raise Misfit("what the slice takes is not said", f"slice 0 {max(1, int(size) - 1)}", "slice last")
        if self.only is not None:
            if self.only >= size:
                raise Misfit(f"position {self.only} is not among the {int(size)} of {dims(shape)}", f"only={int(size) - 1}")
            return (*shape[:at], *shape[at + 1 :])
        start, end = self.start or 0, size if self.end is None else self.end
        if not start < end <= size:
            what = "channels" if at == 0 else f"positions of dimension {at}"
            raise Misfit(f"{what} {start} to {int(end)} are not in {dims(shape)}", f"slice 0 {int(size)}")
        return (*shape[:at], end - start, *shape[at + 1 :])

    def grows(self, inputs: Shapes) -> Shape | None:
        if isinstance(self._size(inputs), int):
            return self.output(inputs)
        shape, at = inputs[0], self.axis
        if self.only is not None:
            return (*shape[:at], *shape[at + 1 :])  # what is large enough has a position of that number
        return None if self.end is None else (*shape[:at], self.end - (self.start or 0), *shape[at + 1 :])

    def axes(self, before: str) -> str:
        return "" if self.only is not None else before

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading, shifted

        if self.only is None:
            return [tuple(shifted(i, self.start or 0) if i == self.axis else Reading(i) for i in range(len(output)))]
        if not output:
            return [None]
        alone = Reading(0, advance=0, offsets=((self.only % inputs[0][self.axis],),))
        return [tuple(alone if i == self.axis else Reading(i - (i > self.axis)) for i in range(len(inputs[0])))]

    def unasked(self, inputs: Shapes) -> str:
        return "there is nothing said to ask torch for" if self.start is self.only is None else ""

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        if self.only is not None:
            return Call("support.Pick", {"position": self.only}, axis=(self.axis, 0))
        end = inputs[0][self.axis] if self.end is None and self.axis < len(inputs[0]) else self.end
        return Call("support.Slice", {"start": self.start, "end": end}, axis=(self.axis, 0))


@dataclass(frozen=True)
class Roll(Layer):
    """Values moved along, those that leave at one end back in at the other: so far along each dimension, the first one first.

    Source: torch.roll; Liu et al. 2021 (Swin), section 3.2.
    """

    shift: tuple[int, ...] = setting(
        "how far along each dimension, the first after the batch first; those not named stay", kinds.steps, aliases=("shifts",)
    )

    kind = "roll"
    moves = True
    positional = ("shift",)
    example = "roll 0x-3x-3"

    def output(self, inputs: Shapes) -> Shape:
        if len(self.shift) > len(inputs[0]):
            raise Misfit(f"{len(self.shift)} steps for the {len(inputs[0])} dimensions of {dims(inputs[0])}", "roll 1")
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import MOST, Reading

        found = [Reading(i) for i in range(len(output))]
        for i, step in enumerate(self.shift):
            n = output[i]
            if n > MOST:
                return [None]
            if step % n:
                found[i] = Reading(i, n, n, tuple(((p - step) % n,) for p in range(n)))
        return [tuple(found)]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Roll", {"shift": self.shift})


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
    """Positions become channels: C×rH×rW to C·r²×H×W. `ceil` fills a map that r does not divide up with zeros.

    Source: torch.nn.PixelUnshuffle; Redmon and Farhadi 2016 (reorg).
    """

    factor: int = setting("factor r", kinds.count, symbol="r", aliases=("downscale_factor", "stride"))
    ceil: bool = setting("zeros behind fill the last positions up", kinds.flag, False, flags={"ceil": True})

    kind = "pixelunshuffle"
    moves = True
    names = ("spacetodepth", "reorg")
    positional = ("factor",)
    layout = "channels"
    example = "pixelunshuffle 2"

    def output(self, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 3 or (not self.ceil and (inputs[0][1] % self.factor or inputs[0][2] % self.factor)):
            repairs = ("ceil",) if len(inputs[0]) == 3 else ()
            raise Misfit(
                f"a pixel unshuffle by {self.factor} needs C×{self.factor}H×{self.factor}W; the input is {dims(inputs[0])}",
                *repairs,
                f"a height and width that {self.factor} divides",
            )
        channels, height, width = inputs[0]
        over = a.ceil_div if self.ceil else a.exact_div
        return (channels * self.factor * self.factor, over(height, self.factor), over(width, self.factor))

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import WHOLE, taps

        return [(WHOLE, taps(1, self.factor, self.factor, 0), taps(2, self.factor, self.factor, 0))]

    def unasked(self, inputs: Shapes) -> str:
        return "torch would take another dimension for the channels" if len(inputs[0]) != 3 else ""

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        name = "support.FilledUnshuffle" if self.ceil else "nn.PixelUnshuffle"
        return Call(name, {"downscale_factor": self.factor})


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
