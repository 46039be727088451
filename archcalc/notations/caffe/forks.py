"""Layers that forks of Caffe added: those of SegNet, SSD and PSPNet. Source: their caffe.proto and layers."""

from __future__ import annotations

from archcalc.notations.caffe.text import Message
from archcalc.notations.caffe.work import Part, Work

Nodes = list[int | None]
Sides = tuple[tuple[int, int], tuple[int, int]]
# What works boxes out of what the network puts out: no weights, and how many boxes come out depends on values.
BOXES = frozenset("PriorBox DetectionOutput DetectionOutput2".split())
# What is refused by name, and why.
REFUSED = {
    "Python": "a program of its own, which no file says",
    **dict.fromkeys(
        ("ROIPooling", "PSROIPooling", "ROIAlign", "Proposal"), "a part for each region, and how many depends on values"
    ),
}


def sides_of(r: Work, given: Message) -> Sides | None:
    """The padding of each side, above and below and left and right, where it is given so; None where it is not."""
    names = ("pad_t", "pad_b", "pad_l", "pad_r")
    values = [given.value(name) for name in names]
    if all(value is None for value in values):
        return None
    top, bottom, left, right = (r.whole(value, 0) for value in values)
    pads = [*given.values("pad"), *(v for name in ("pad_h", "pad_w") if (v := given.value(name)) is not None)]
    if pads and any(r.whole(pad, 0) for pad in pads):
        r.fault("either pad or pad_l, pad_r, pad_t and pad_b", pads[0].span, "pad: 0")
    return (top, bottom), (left, right)


def even(sides: Sides | None) -> tuple[int, int] | Sides | None:
    """One number for each axis where both sides are alike."""
    return tuple(p for p, _ in sides) if sides and all(p == q for p, q in sides) else sides  # type: ignore[return-value]


def bn(r: Work, part: Part, index: int) -> Nodes:
    """A normalisation with a scale and a shift for each channel in one layer."""
    part.message.message("bn_param")
    return [r.add(part, r.layer("bn", part), r.inputs(part), blobs=2)]


def normalize(r: Work, part: Part, index: int) -> Nodes:
    """Each position divided by the length of its channels, times a learned number for each channel, or one for all."""
    given = part.message.message("norm_param")
    source = r.inputs(part)
    whole, shared = r.flag(given.value("across_spatial"), True), r.flag(given.value("channel_shared"), True)
    shape = r.shape(source[0])
    if shape is None:
        return [None]
    over = tuple(range(1, len(shape) + 1)) if whole else (1,)
    length = r.add(part, r.layer("reduce", part, op="norm", over=over, keep=True), source, path=f"{part.name}_length")
    made = r.add(part, r.layer("combine", part, op="div"), [source[0], length], path=f"{part.name}_div")
    weight = (1,) * len(shape) if shared else (shape[0], *(1,) * (len(shape) - 1))
    learned = r.add(part, r.layer("learned", part, shape=weight), [], path=f"{part.name}_scale")
    return [r.add(part, r.layer("mul", part), [made, learned])]


def interp(r: Work, part: Part, index: int) -> Nodes:
    """A map made larger or smaller by lines between its values: to a size, or by whole factors between its corners."""
    given = part.message.message("interp_param")
    source = r.inputs(part, 1, 2)
    shape, like = r.shape(source[0]), r.shape(source[-1]) if len(source) > 1 else None
    pads = [value for name in ("pad_beg", "pad_end") if (value := given.value(name)) is not None]
    added = sum(r.whole(value, 0, -(10**6)) for value in pads)
    shrink, zoom = (r.whole(given.value(name), 1, 1) for name in ("shrink_factor", "zoom_factor"))
    high, wide = given.value("height"), given.value("width")
    if shape is None or len(shape) != 3:
        return [None]
    if added > 0:
        r.fault("an Interp with zeros around its map is not known here", pads[0].span, "pad_beg: 0")
        return [None]
    if (high is None) != (wide is None) or not (like or high or given.value("shrink_factor") or given.value("zoom_factor")):
        r.fault("an Interp needs height and width, or a zoom_factor", part.span, "height: 60 width: 60")
        return [None]
    if min(shape[1:]) + added < 1:
        r.fault(f"nothing is left of {shape[1]}×{shape[2]} without {-added}", pads[0].span, "pad_beg: 0")
        return [None]
    size = [] if like is None else [*like[1:]]
    for written, n in [] if like else [(high, shape[1] + added), (wide, shape[2] + added)]:
        small = (n - 1) // shrink + 1
        size.append(r.whole(written, 1, 1) if written else small + (small - 1) * (zoom - 1))
    if added:
        cut = r.building.layer("crop", part.span, size=(shape[1] + added, shape[2] + added))
        source = [r.building.add(cut, source, f"crop_{part.name}", part.span, inserted=True)]
    return [r.add(part, r.layer("upsample", part, size=tuple(size), mode="bilinear"), source[:1])]


def squeeze(r: Work, part: Part, index: int) -> Nodes:
    """Sizes of 1 left out; the first axis is the batch."""
    given = part.message.message("squeeze_param")
    axes = [r.whole(value, 1, -8) for value in given.values("axis")]
    source = r.inputs(part)
    shape = r.shape(source[0])
    if shape is None:
        return [None]
    at = [a % (len(shape) + 1) for a in axes] or [i + 1 for i, n in enumerate(shape) if n == 1]
    if 0 in at or any(shape[a - 1] != 1 for a in at):
        r.fault(f"axes {at} of {'×'.join(map(str, shape))} are not all of size 1", part.span, "the axes of size 1")
        return [None]
    left = tuple(n for i, n in enumerate(shape, 1) if i not in at) or (1,)
    return [r.add(part, r.layer("reshape", part, shape=left), source)]


def upsample(r: Work, part: Part, index: int) -> Nodes:
    """Values put back to where a pool found them; the places, its second blob, are no values."""
    given = part.message.message("upsample_param")
    source = r.inputs(part, 1, 2)[:1]
    shape, factor = r.shape(source[0]), r.whole(given.value("scale"), 2, 1)
    high, wide = (given.value(f"upsample_{name}") for name in ("h", "w"))
    if shape is None or len(shape) != 3:
        return [None]
    to = (shape[0], r.whole(high, 1, 1) if high else factor * shape[1], r.whole(wide, 1, 1) if wide else factor * shape[2])
    return [r.add(part, r.layer("move", part, to=to, how="back to where a pool found them"), source)]
