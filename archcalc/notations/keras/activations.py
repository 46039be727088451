"""Activations of Keras: a layer's own, under its row, and layers of their own. Source: Keras 3's documentation."""

from __future__ import annotations

from typing import Any

from archcalc.notations.keras.uses import Use
from archcalc.notations.keras.work import LOST, Value, Values
from archcalc.text.faults import suggestions

ACTIVATIONS: dict[str, str] = {
    "relu": "relu", "relu6": "relu6", "sigmoid": "sigmoid", "tanh": "tanh", "softmax": "softmax", "elu": "elu", "selu": "selu",
    "softplus": "softplus", "swish": "silu", "silu": "silu", "gelu": "gelu", "hard_sigmoid": "hardsigmoid",
    "hard_silu": "hardswish", "hard_swish": "hardswish", "leaky_relu": "leakyrelu", "mish": "mish", "log_softmax": "logsoftmax",
    "log_sigmoid": "logsigmoid", "softsign": "softsign", "celu": "celu", "hard_tanh": "hardtanh",
}  # fmt: skip


def activated(use: Use, value: Value, default: str = "linear") -> Values:
    """A layer's output through its activation, which is a row of its own."""
    word = use.word("activation", default=default)
    if word in ("linear", "Linear", "") or value.node is None:
        return [value]
    return [activation(use, value, word, f"_{word.lower()}")]


def activation(use: Use, value: Value, word: str, suffix: str = "") -> Value:
    """An activation by its name. Softmax is over the last axis of Keras's order."""
    if word == "exponential":
        return use.node("pointwise", [value], suffix, op="exp")
    known = {**ACTIVATIONS, **{name.replace("_", ""): kind for name, kind in ACTIVATIONS.items()}}
    kind = known.get(word) or known.get(word.lower())
    if kind is None:
        near = suggestions(word, ACTIVATIONS) or ["relu"]
        use.fault(f"the activation {word[:40]} is not known here", use.place("activation"), *near)
        return LOST
    settings: dict[str, Any] = {"slope": 0.2} if kind == "leakyrelu" else {}
    if kind in ("softmax", "logsoftmax"):
        shape = use.shape(value)
        value = use.first(value) if shape is not None and len(shape) > 2 else use.own(value)
    return use.node(kind, [value], suffix, **settings)


def activation_layer(use: Use) -> Values:
    """An activation as a layer of its own."""
    word = use.word("activation", default="linear")
    value = use.one()
    return [use.node("identity", [value])] if word in ("linear", "") else [activation(use, value, word)]


def softmax_over(use: Use, value: Value, axis: int) -> Value:
    """A softmax along an axis, 0 the first after the batch."""
    value = use.own(value)
    shape = use.shape(value) or ()
    order = [*(n for n in range(len(shape)) if n != axis), axis]
    turned = use.node("permute", [value], "_turned", order=tuple(n + 1 for n in order))
    back = tuple(order.index(n) + 1 for n in range(len(shape)))
    return use.node("permute", [use.node("softmax", [turned])], "_back", order=back)


def named_activation(use: Use) -> Values:
    """Layers that are an activation: ELU, LeakyReLU, ReLU, Softmax."""
    value = use.one()
    if use.kind == "ReLU":
        most, slope = use.take("max_value"), use.real("negative_slope", default=0.0)
        use.only("threshold", 0, 0.0)
        if most is not None and most.value in (6, 6.0) and not slope:
            return [use.node("relu6", [value])]
        if most is not None and slope:
            value = use.node("leakyrelu", [value], "_slope", slope=slope)
        if most is not None:
            return [use.node("pointwise", [value], op="clamp")]
        return [use.node("leakyrelu", [value], slope=slope) if slope else use.node("relu", [value])]
    if use.kind == "LeakyReLU":
        return [use.node("leakyrelu", [value], slope=use.real("negative_slope", "alpha", default=0.3))]
    if use.kind == "ELU":
        return [use.node("elu", [value], alpha=use.real("alpha", default=1.0))]
    shape = use.shape(value)
    found = use.take("axis")
    at = found.value if found is not None else -1
    if shape is None or isinstance(at, bool) or not isinstance(at, int) or not (-len(shape) <= at < 0 or 0 < at <= len(shape)):
        if shape is not None:
            use.fault("a softmax over these axes is not known here", use.place("axis"), '"axis": -1')
        return [LOST]
    axis = at - 1 if at > 0 else len(shape) + at
    return [activation(use, value, "softmax") if axis == len(shape) - 1 else softmax_over(use, value, axis)]


def prelu(use: Use) -> Values:
    """A learned slope for each channel, the positions sharing it, or one for all values."""
    value = use.one()
    shape = use.shape(value)
    shared = use.take("shared_axes")
    axes = [item.value for item in shared.items] if shared is not None else []
    if shape is None:
        return [LOST]
    together = sorted(n for n in axes if isinstance(n, int))
    if together == list(range(1, len(shape) + 1)):
        return [use.node("prelu", [value], num=1)]
    if together != list(range(1, len(shape))):
        message = "a slope for each position is not known here"
        use.fault(message, use.place("shared_axes"), f'"shared_axes": {list(range(1, len(shape)))}')
        return [LOST]
    return [use.node("prelu", [use.first(value)], channels=True)]
