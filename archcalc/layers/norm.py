"""Normalisations. Their scale and shift are learned; a shift belongs to the normalisation, so it is no bias here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

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
    Weight,
    check_in,
    check_setting,
    dims,
    setting,
    statistics,
    unchanged,
)
from archcalc.layers.frozen import dataclass
from archcalc.text.faults import Misfit, ValueFault

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


def affine_setting(default: bool = True) -> bool:
    """The setting `affine`: a learned scale and shift."""
    return setting(
        "a learned scale and shift",
        kinds.flag,
        default,
        aliases=("elementwise_affine",),
        flags={"noaffine": False, "affine": True},
    )


def shift_setting() -> bool:
    """The setting `shift`: whether a shift is learned beside the scale."""
    return setting("a learned shift, where it is affine", kinds.flag, True, aliases=("center", "bias"), flags={"noshift": False})


def eps_setting(default: float = 1e-5) -> float:
    """The setting `eps`."""
    return setting("added to the variance", kinds.real, default, aliases=("epsilon",))


def scale_and_shift(channels: int, affine: bool, shift: bool = True) -> list[Weight]:
    """The learned scale and shift of a normalisation, or its scale alone."""
    return [Weight("weight", (channels,)), Weight("bias", (channels,))][: affine + (affine and shift)]


def normalising(elements: int, groups: int, affine: bool, shift: bool = True) -> Operations:
    """Work of normalising with statistics taken from the input: mean, variance, then scale and shift of every value.

    `groups` statistics are taken over `elements` values in all: n − 1 additions and a division for the mean, n
    subtractions, n squares and n − 1 additions and a division for the variance; one root (a division) a group.
    """
    scaled, shifted = (elements if there else 0 for there in (affine, affine and shift))
    return Operations(
        multiplications=2 * elements + scaled,
        additions=3 * elements - 2 * groups + groups + shifted,
        divisions=3 * groups,
    )


def unasked_channels(given: int | None, affine: bool) -> str:
    """Why torch cannot be asked about stated channels: without scale and shift no tensor could be at odds with them."""
    unseen = given is not None and not affine
    return "torch does not look at the number of channels where there is no scale and shift" if unseen else ""


def channels_of(inputs: Shapes, name: str) -> int:
    """Channels of an input C, C×L, C×H×W or C×D×H×W. Raises Misfit."""
    if not 1 <= len(inputs[0]) <= 4:
        raise Misfit(
            f"{name} needs an input C, C×L, C×H×W or C×D×H×W; this one is {dims(inputs[0])}",
            "an input with its channels first, as 3x32x32",
        )
    return inputs[0][0]


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Batch normalisation: a scale and a shift for each channel, or one of them; its running mean and variance are not learned.

    Counted as at inference: one multiplication and one addition a value. Source: Ioffe and Szegedy 2015; torch.nn.BatchNorm2d.
    """

    affine: bool = affine_setting()
    eps: float = eps_setting()
    input: int | None = check_setting("channels", "num_features")
    scale: bool = setting("a learned scale, where it is affine", kinds.flag, True, flags={"noscale": False})
    shift: bool = shift_setting()

    kind = "bn"
    family = "normalisation"
    reads = "channels"
    names = ("batchnorm", "batchnorm1d", "batchnorm2d", "batchnorm3d", "batchnormalization", "batchnormalisation")
    follows = True
    example = "conv 64 k3 p1 nobias bn relu"

    def output(self, inputs: Shapes) -> Shape:
        check_in(self.input, channels_of(inputs, "batch normalisation"), "channels")
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        return unchanged(inputs)

    def weights(self, inputs: Shapes) -> list[Weight]:
        channels = inputs[0][0]
        running = [Weight(name, (channels,), learned=False) for name in ("running_mean", "running_var")]
        learned = zip(scale_and_shift(channels, self.affine), (self.scale, self.shift), strict=False)
        return [weight for weight, wanted in learned if wanted] + running

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        elements = a.product(output)
        return Operations(multiplications=elements, additions=elements)

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return INPUT, *statistics(inputs[0][0], once=True)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        rank = {1: 1, 2: 1, 3: 2, 4: 3}[len(inputs[0])]
        bare, eps = {"num_features": inputs[0][0]}, (self.eps, 1e-5)
        if self.affine and not (self.scale and self.shift):
            return Call(f"support.PartBatchNorm{rank}d", bare, eps=eps, scale=(self.scale, True), shift=(self.shift, True))
        return Call(f"nn.BatchNorm{rank}d", bare, eps=eps, affine=(self.affine, True))


def over_setting() -> int:
    """How many dimensions a normalisation goes over."""
    return setting("how many of the last dimensions are normalised together", kinds.count, 1)


def shape_setting() -> Shape | None:
    """The sizes a normalisation goes over, as torch has them stated."""
    return setting("the sizes normalised over; sets `over`, and is checked", kinds.shape, None, aliases=("normalized_shape",))


class LastNorm(Layer):
    """What normalisations over the last dimensions have in common: `over` of them, or those of the sizes stated."""

    over: int
    shape: Shape | None

    family = "normalisation"
    reads = "tokens"
    follows = True

    def __post_init__(self) -> None:
        if self.shape and self.over not in (1, len(self.shape)):
            what = f"over the last {self.over}, and over the sizes {dims(self.shape)}; it is one of them"
            raise ValueFault(what, f"over={len(self.shape)}")

    def sizes(self, inputs: Shapes) -> Shape:
        """The sizes that are normalised over. Raises Misfit."""
        over = len(self.shape) if self.shape else self.over
        if over > len(inputs[0]):
            raise Misfit(f"{over} dimensions to normalise over; {dims(inputs[0])} has {len(inputs[0])}", f"over={len(inputs[0])}")
        sizes = inputs[0][-over:]
        if self.shape and self.shape != sizes:
            raise Misfit(f"a normalisation over {dims(self.shape)} stated; the input ends in {dims(sizes)}", f"{dims(sizes)}")
        return sizes

    def output(self, inputs: Shapes) -> Shape:
        self.sizes(inputs)
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        known = not self.shape or all(isinstance(n, int) for n in self.sizes(inputs))
        return inputs[0] if known else None

    def remark(self, arriving: Sequence[Arriving]) -> str:
        return super().remark(arriving) if len(self.sizes((arriving[0].shape,))) == 1 else ""

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import along

        over = len(self.sizes(inputs))
        return [along(output, range(len(output) - over, len(output)))]

    def _asked(self, inputs: Shapes) -> Call:
        shape = getattr(self, "channels", False) or not self.shape
        return super()._asked(inputs) if shape else Call(f"nn.{type(self).__name__}", {"normalized_shape": self.shape})


@dataclass(frozen=True)
class LayerNorm(LastNorm):
    """Layer normalisation over the last dimension (or the last `over` dimensions). Source: Ba et al. 2016; torch.nn.LayerNorm.

    With `channels` it is over the channels at each position of a map C×H×W. Source: Liu et al. 2022 (ConvNeXt).
    """

    over: int = over_setting()
    affine: bool = affine_setting()
    bias: bool = setting(
        "whether there is a shift beside the scale", kinds.flag, True, aliases=("shift", "center"), flags={"noshift": False}
    )
    eps: float = eps_setting()
    shape: Shape | None = shape_setting()
    channels: bool = setting("over the first dimension, the channels of a map", kinds.flag, False, flags={"channels": True})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channels and (self.over != 1 or (self.shape and len(self.shape) > 1)):
            raise ValueFault("over the channels, and over several last dimensions; it is one of them", "layernorm channels")

    kind = "layernorm"
    prefix = "ln"
    names = ("ln", "layernormalization", "layernormalisation")
    example = "layernorm"

    def sizes(self, inputs: Shapes) -> Shape:
        if not self.channels:
            return super().sizes(inputs)
        if self.shape and self.shape != inputs[0][:1]:
            raise Misfit(
                f"a normalisation over {dims(self.shape)} stated; the input has {int(inputs[0][0])} channels",
                dims(inputs[0][:1]),
            )
        return inputs[0][:1]

    def remark(self, arriving: Sequence[Arriving]) -> str:
        return "" if self.channels else super().remark(arriving)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import along

        return [along(output, (0,))] if self.channels else super().sees(inputs, output)

    def weights(self, inputs: Shapes) -> list[Weight]:
        sizes = self.sizes(inputs)
        made = [Weight("weight", sizes), Weight("bias", sizes)] if self.affine else []
        return made if self.bias else made[:1]

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        elements = a.product(output)
        return normalising(elements, elements // a.product(self.sizes(inputs)), self.affine)

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return INPUT, *statistics(a.product(output) // a.product(self.sizes(inputs)))

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call(
            "support.ChannelNorm" if self.channels else "nn.LayerNorm",
            {"normalized_shape": self.sizes(inputs)},
            eps=(self.eps, 1e-5),
            elementwise_affine=(self.affine, True),
            bias=(self.bias or not self.affine, True),
        )


@dataclass(frozen=True)
class Scale(Layer):
    """A learned factor for each channel, or for each feature of a sequence: layer scale. With `shift` a learned addend as well.

    Source: Touvron et al. 2021 (CaiT), section 2; Liu et al. 2022 (ConvNeXt); with shift LeCun et al. 1998, section II-B.
    """

    axis: int | None = setting(
        "the dimension, 0 the first after the batch; channels, or the features of a sequence",
        kinds.number0,
        None,
        aliases=("dim",),
    )
    init: float = setting("what the factors begin with", kinds.real, 1.0, aliases=("init_value", "init_values"))
    shift: bool = setting("whether a learned addend stands beside the factor", kinds.flag, False, flags={"shift": True})

    kind = "scale"
    lies = "same"
    names = ("layerscale", "channelscale")
    held = (INPUT,)
    follows = True
    example = "scale"

    def settled(self, inputs: Shapes, layout: str) -> Layer:
        tokens = len(inputs[0]) == 2 and layout != "channels"
        return self if self.axis is not None else replace(self, axis=1 if tokens else 0)

    def _channels(self, inputs: Shapes) -> int:
        axis = self.axis or 0
        if axis >= len(inputs[0]):
            raise Misfit(f"there is no dimension {axis} in {dims(inputs[0])}", f"axis={len(inputs[0]) - 1}")
        return inputs[0][axis]

    def output(self, inputs: Shapes) -> Shape:
        self._channels(inputs)
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        return unchanged(inputs, self.axis or 0)

    def weights(self, inputs: Shapes) -> list[Weight]:
        channels = self._channels(inputs)
        return [Weight("weight", (channels,)), *([Weight("shift", (channels,))] if self.shift else [])]

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        values = a.product(output)
        return Operations(multiplications=values, additions=values if self.shift else 0)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call(
            "support.Scale",
            {"channels": self._channels(inputs)},
            axis=(self.axis or 0, 0),
            init=(self.init, 1.0),
            shift=(self.shift, False),
        )


@dataclass(frozen=True)
class RMSNorm(LastNorm):
    """Each value divided by the root of the mean square over the last dimension (or the last `over`), and a learned scale.

    Source: Zhang and Sennrich 2019; torch.nn.RMSNorm.
    """

    over: int = over_setting()
    affine: bool = setting(
        "a learned scale", kinds.flag, True, aliases=("elementwise_affine",), flags={"noaffine": False, "affine": True}
    )
    eps: float = eps_setting(1e-6)
    shape: Shape | None = shape_setting()

    kind = "rmsnorm"
    prefix = "norm"
    names = ("rms", "rmsnormalization", "rmsnormalisation")
    example = "rmsnorm"

    def weights(self, inputs: Shapes) -> list[Weight]:
        return [Weight("weight", self.sizes(inputs))] if self.affine else []

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        elements = a.product(output)
        groups = elements // a.product(self.sizes(inputs))
        # Squares and their mean, ε, one root a group; every value scaled, and by what is learned.
        return Operations(
            multiplications=(3 if self.affine else 2) * elements,
            additions=elements,
            divisions=2 * groups,
        )

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        elements = a.product(output)
        # In 16 bits a CPU computes it in 32 and keeps copies of those; the kernel of a GPU keeps what stands here.
        roots = Held("1/root", None, elements // a.product(self.sizes(inputs)), 4, to=(0,))
        kept = (INPUT._replace(to=(0,)), roots)
        return (*kept, Held("normalised", None, elements)) if self.affine else kept

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        bare = {"normalized_shape": self.sizes(inputs)}
        return Call("nn.RMSNorm", bare, eps=(self.eps, None), elementwise_affine=(self.affine, True))


@dataclass(frozen=True)
class GroupNorm(Layer):
    """Group normalisation: statistics over groups of channels. Source: Wu and He 2018; torch.nn.GroupNorm."""

    groups: int = setting("groups of channels", kinds.count, letter="g", symbol="G", aliases=("num_groups",))
    affine: bool = affine_setting()
    eps: float = eps_setting()
    input: int | None = check_setting("channels", "num_channels")
    shift: bool = shift_setting()

    kind = "groupnorm"
    family = "normalisation"
    reads = "channels"
    prefix = "gn"
    names = ("gn", "groupnormalization")
    positional = ("groups",)
    follows = True
    example = "groupnorm 32"

    def output(self, inputs: Shapes) -> Shape:
        channels = inputs[0][0]
        check_in(self.input, channels, "channels")
        if channels % self.groups:
            fits = a.divisor_at_most(int(channels), int(self.groups))
            raise Misfit(f"{int(self.groups)} groups do not divide {int(channels)} channels", f"groupnorm {fits}")
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        return unchanged(inputs)

    def weights(self, inputs: Shapes) -> list[Weight]:
        return scale_and_shift(inputs[0][0], self.affine, self.shift)

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        return normalising(a.product(output), self.groups, self.affine, self.shift)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import along, whole_groups

        return [(whole_groups(output[0], output[0], self.groups), *along(output, range(1, len(output)))[1:])]

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return INPUT._replace(order="plain"), *statistics(self.groups)

    def unasked(self, inputs: Shapes) -> str:
        return unasked_channels(self.input, self.affine)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        bare = {"num_groups": self.groups, "num_channels": inputs[0][0]}
        if self.affine and not self.shift:
            return Call("support.PartGroupNorm", bare, eps=(self.eps, 1e-5))
        return Call("nn.GroupNorm", bare, eps=(self.eps, 1e-5), affine=(self.affine, True))


@dataclass(frozen=True)
class InstanceNorm(Layer):
    """Instance normalisation: statistics of each channel of each input. No scale and shift unless asked for, as in torch.

    Source: Ulyanov et al. 2016; torch.nn.InstanceNorm2d.
    """

    affine: bool = affine_setting(False)
    eps: float = eps_setting()
    input: int | None = check_setting("channels", "num_features")
    shift: bool = shift_setting()

    kind = "instancenorm"
    family = "normalisation"
    reads = "channels"
    prefix = "in"
    names = ("instancenorm1d", "instancenorm2d", "instancenorm3d", "instancenormalization")
    follows = True
    example = "instancenorm affine"

    def output(self, inputs: Shapes) -> Shape:
        if not 2 <= len(inputs[0]) <= 4:
            raise Misfit(
                f"instance normalisation needs an input C×L, C×H×W or C×D×H×W; this one is {dims(inputs[0])}",
                "a layernorm, or an input with its channels first, as 3x32x32",
            )
        if a.product(inputs[0][1:]) == 1:
            raise Misfit(
                f"instance normalisation needs more than one value a channel; the input is {dims(inputs[0])}",
                "a larger input, or a groupnorm",
            )
        check_in(self.input, inputs[0][0], "channels")
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        return unchanged(inputs)

    def weights(self, inputs: Shapes) -> list[Weight]:
        return scale_and_shift(inputs[0][0], self.affine, self.shift)

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        return normalising(a.product(output), output[0], self.affine, self.shift)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import along

        return [along(output, range(1, len(output)))]

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        # The scale is laid out once for every input of the batch.
        scale = (Held("scale, repeated", None, output[0]),) if self.affine else ()
        return INPUT._replace(order="plain"), *scale, *statistics(output[0])

    def unasked(self, inputs: Shapes) -> str:
        return unasked_channels(self.input, self.affine)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        bare = {"num_features": inputs[0][0]}
        if self.affine and not self.shift:
            return Call(f"support.PartInstanceNorm{len(output) - 1}d", bare, eps=(self.eps, 1e-5))
        return Call(f"nn.InstanceNorm{len(output) - 1}d", bare, eps=(self.eps, 1e-5), affine=(self.affine, False))


@dataclass(frozen=True)
class LocalResponseNorm(Layer):
    """Local response normalisation: each value divided by a power of its neighbours' squares, across channels.

    Source: Krizhevsky et al. 2012, section 3.3; torch.nn.LocalResponseNorm.
    """

    size: int | None = setting(
        "neighbouring channels; 5 where nothing is said", kinds.count, None, symbol="n", aliases=("local_size",)
    )
    radius: int | None = setting(
        "channels on each side, as TensorFlow counts them: 2·radius + 1 in all", kinds.number0, None, aliases=("depth_radius",)
    )

    def __post_init__(self) -> None:
        if self.radius is not None:
            size = 2 * self.radius + 1
            if self.size not in (None, size):
                raise ValueFault(f"{self.size} channels and {self.radius} on each side, which is {size}", f"lrn {size}")
            object.__setattr__(self, "size", size)
            object.__setattr__(self, "radius", None)
        elif self.size is None:
            object.__setattr__(self, "size", 5)

    kind = "lrn"
    family = "normalisation"
    reads = "channels"
    names = ("localresponsenorm", "localresponsenormalization")
    positional = ("size",)
    follows = True
    example = "lrn 5"

    def output(self, inputs: Shapes) -> Shape:
        if len(inputs[0]) < 2:
            raise Misfit(
                f"local response normalisation needs channels and positions; the input is {dims(inputs[0])}",
                "a map of channels and positions, as 3x32x32",
            )
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        return inputs[0]

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        # The power 0.75 has no count in these terms.
        return Operations(complete=False)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading, taps

        size = self.size or 5
        return [(taps(0, size, 1, size // 2), *(Reading(i) for i in range(1, len(output))))]

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        values = a.product(output)
        squares = (output[0] + (self.size or 5) - 1) * a.product(output[1:])
        return INPUT, Held("padded squares", None, squares), Held("sums", None, values), Held("powers", None, values)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.LocalResponseNorm", {"size": self.size})
