"""Layers of Keras that bring several tensors together, or one and a number. Source: Keras 3's documentation."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.notations.keras.uses import Use
from archcalc.notations.keras.work import LOST, Values


def alike(use: Use, values: Values) -> Values:
    """Values that lie the same way: with channels first where a map is among them that does."""
    if any(value.moved for value in values):
        return [use.first(value) for value in values]
    return values


def with_number(use: Use, op: str) -> Values | None:
    """An operation of Keras 3 with a number beside a tensor; None where it has two tensors."""
    number = use.number() if len(use.inputs) == 1 else None
    return None if number is None else [use.node("pointwise", use.inputs, op=op, by=number)]


def merge(kind: str) -> Callable[[Use], Values]:
    """A sum or a product of several inputs, or of one and a number."""

    def function(use: Use) -> Values:
        if (made := with_number(use, kind)) is not None:
            return made
        if len(use.inputs) < 2:
            use.fault(f"{use.kind} reads two tensors or more, not {len(use.inputs)}", use.span, "two inbound layers")
            return [LOST]
        return [use.node(kind, alike(use, use.inputs))]

    return function


def combine(op: str) -> Callable[[Use], Values]:
    """A difference, or the larger or smaller of several inputs, or of one and a number."""

    def function(use: Use) -> Values:
        if (made := with_number(use, op)) is not None:
            return made
        if len(use.inputs) < 2:
            use.fault(f"{use.kind} reads two tensors or more, not {len(use.inputs)}", use.span, "two inbound layers")
            return [LOST]
        first, *others = alike(use, use.inputs)
        for n, other in enumerate(others):
            first = use.node("combine", [first, other], f"_{n + 1}" if n + 1 < len(others) else "", op=op)
        return [first]

    return function


def average(use: Use) -> Values:
    """The sum of several inputs, divided by how many they are."""
    (total,) = merge("add")(use)
    return [total if total.node is None else use.node("pointwise", [total], "_mean", op="div", by=float(len(use.inputs)))]


def rescaling(use: Use) -> Values:
    """Every value times a number, plus another where it is not 0; or a number for each channel."""
    value = use.one()
    found = use.take("scale")
    if found is not None and found.items:
        made = use.node("pointwise", [value], op="mul")
    else:
        made = use.node("pointwise", [value], op="mul", by=use.real("scale", default=1.0))
    shift = use.take("offset")
    if shift is not None and shift.items:
        return [use.node("pointwise", [made], "_offset", op="add")]
    offset = use.real("offset", default=0.0)
    return [use.node("pointwise", [made], "_offset", op="add", by=offset) if offset else made]


def layer_scale(use: Use) -> Values:
    """A learned factor for each channel, as ConvNeXt has behind a block."""
    use.take("init_values")
    channels = use.whole("projection_dim")
    value = use.own(use.one())
    if channels is None or use.r.shape(value) is None:
        return [LOST]
    sizes = (*(1,) * (len(use.r.shape(value) or ()) - 1), channels)
    factor = use.node("learned", [], "_gamma", shape=sizes, moved=False)
    return [use.node("mul", [value, factor])]


def scaled_sum(use: Use) -> Values:
    """The first input, plus a number times the second, as Inception-ResNet joins its branches."""
    scale = use.real("scale", default=1.0)
    if len(use.inputs) != 2:
        use.fault(f"{use.kind} reads two tensors, not {len(use.inputs)}", use.span, "two inbound layers")
        return [LOST]
    first, second = alike(use, use.inputs)
    return [use.node("add", [first, use.node("pointwise", [second], "_scale", op="mul", by=scale)])]


def concatenate(use: Use) -> Values:
    """Inputs side by side along an axis of Keras's order, in which the batch is 0."""
    axis = use.take("axis", "concat_axis")
    at = axis.value if axis is not None else -1
    values = alike(use, use.inputs)
    shape = use.shape(values[0]) if values else None
    if shape is None:
        return [LOST]
    if not isinstance(at, int) or isinstance(at, bool) or not -len(shape) <= at <= len(shape) or at == 0:
        use.fault(f"there is no axis {at} of {len(shape)} dimensions after the batch", use.place("axis", "concat_axis"), "-1")
        return [LOST]
    number = at - 1 if at > 0 else len(shape) + at
    ours = 0 if values[0].moved and number == len(shape) - 1 else number + 1 if values[0].moved else number
    return [use.node("concat", values, axis=ours)]


def old_merge(use: Use) -> Values:
    """Keras 1's Merge, whose mode says which."""
    mode = use.word("mode", default="sum")
    kinds = {"sum": merge("add"), "mul": merge("mul"), "concat": concatenate}
    for name in ("mode_type", "output_shape_type", "output_mask_type", "arguments", "dot_axes", "output_shape", "output_mask"):
        use.take(name)
    if mode not in kinds:
        use.fault(f"a Merge by {mode[:20]} is not known here", use.place("mode"), '"sum"', '"concat"')
        return [LOST]
    if mode != "concat":
        use.take("concat_axis")
    return kinds[mode](use)
