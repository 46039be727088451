"""Normalisations of Keras. Source: Keras 3's documentation."""

from __future__ import annotations

from archcalc.layers.base import Shape
from archcalc.notations.keras.uses import Use
from archcalc.notations.keras.work import LOST, Values


def axis_of(use: Use, shape: Shape) -> int:
    """The axis of a normalisation in Keras's order, 0 the first after the batch; −1 where it is several or none."""
    found = use.take("axis")
    at = found.value if found is not None else -1
    if isinstance(at, list) and len(at) == 1:
        at = at[0].value
    if not isinstance(at, int) or isinstance(at, bool):
        return -1
    return at - 1 if at > 0 else len(shape) + at


def batch_norm(use: Use) -> Values:
    """A scale and a shift for each channel, unless it has none; its moving mean and variance are stored."""
    value = use.one()
    shape = use.shape(value)
    scale, center = use.flag("scale", default=True), use.flag("center", default=True)
    use.only("mode", 0, 1, 2)
    if shape is None:
        use.take("axis")
        return [LOST]
    axis = axis_of(use, shape)
    if axis == len(shape) - 1:
        value = use.first(value)
    elif axis == 0:
        value = use.own(value)
    elif 0 < axis < len(shape) - 1:  # between: put in front for it, and back
        order = [axis, *(n for n in range(len(shape)) if n != axis)]
        back = tuple(order.index(n) + 1 for n in range(len(shape)))
        front = use.node("permute", [use.own(value)], "_turned", order=tuple(n + 1 for n in order))
        return [use.node("permute", [use.node("bn", [front], scale=scale, shift=center)], "_back", order=back)]
    else:
        use.fault("a normalisation over several axes is not known here", use.place("axis"), '"axis": -1')
        return [LOST]
    return [use.node("bn", [value], scale=scale, shift=center)]


def layer_norm(use: Use) -> Values:
    """Normalisation of each position over its last axes."""
    value = use.own(use.one())
    shape = use.shape(value)
    scale, center = use.flag("scale", default=True), use.flag("center", default=True)
    use.only("rms_scaling", False)
    if shape is None:
        use.take("axis")
        return [LOST]
    found = use.take("axis")
    listed = [item.value for item in found.items] if found is not None and found.items else [found.value if found else -1]
    places = sorted(n - 1 if isinstance(n, int) and n > 0 else len(shape) + n if isinstance(n, int) else -1 for n in listed)
    if places != list(range(len(shape) - len(places), len(shape))):
        use.fault("a layer normalisation is over the last axes", use.place("axis"), '"axis": -1')
        return [LOST]
    if center and not scale:
        use.fault("a layer normalisation with a shift and no scale is not known here", use.place("scale"), '"scale": true')
        return [LOST]
    return [use.node("layernorm", [value], over=len(places), affine=scale, bias=center)]


def group_norm(use: Use) -> Values:
    """Normalisation over groups of channels; as many groups as channels where it is −1."""
    value = use.one()
    shape = use.shape(value)
    found = use.take("groups")
    groups = found.value if found is not None else 32
    scale, center = use.flag("scale", default=True), use.flag("center", default=True)
    if shape is None or not isinstance(groups, int):
        use.take("axis")
        return [LOST]
    axis = axis_of(use, shape)
    value = use.first(value) if axis == len(shape) - 1 else use.own(value)
    channels = shape[-1] if axis == len(shape) - 1 else shape[0]
    if axis not in (0, len(shape) - 1):
        use.fault("a group normalisation of this kind is not known here", use.place("axis"), '"axis": -1')
        return [LOST]
    if center and not scale:
        use.fault("a group normalisation with a shift and no scale is not known here", use.place("scale"), '"scale": true')
        return [LOST]
    return [use.node("groupnorm", [value], groups=channels if groups == -1 else groups, affine=scale, shift=center or not scale)]


def normalization(use: Use) -> Values:
    """Fixed statistics of the data: a mean and a variance for each channel are stored, and how many were seen."""
    value = use.one()
    shape = use.shape(value)
    use.only("invert", False)
    given = [use.take("mean"), use.take("variance")]
    if shape is None:
        use.take("axis")
        return [LOST]
    axis = axis_of(use, shape)
    if axis != len(shape) - 1:
        use.fault("a Normalization of this axis is not known here", use.place("axis"), '"axis": -1')
        return [LOST]
    if all(given):  # given as numbers, of which nothing is stored
        made = use.node("pointwise", [use.first(value)], "_mean", op="sub")
        return [use.node("pointwise", [made], op="div")]
    use.r.stored += 1
    return [use.node("bn", [use.first(value)], affine=False)]
