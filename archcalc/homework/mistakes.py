"""Known mistakes: what a figure becomes when it is worked out in a way that students often do.

Each is worked out from the row itself: its tensors, its shapes, the settings that enter the size formula. A layer that has
none of what a mistake is about simply gives the right value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from math import prod
from typing import Any

from archcalc.analysis import Row
from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Shape, Weight
from archcalc.questions.layer import Question, output_size
from archcalc.text.faults import Misfit

BIAS_FORGOTTEN = "bias forgotten"
BIAS_COUNTED = "bias counted when told not to"
DEPTHWISE = "depthwise counted as an ordinary convolution"
GROUPED = "groups left out: counted as an ordinary convolution"
CHANNELS = "input channels left out"
POSITIONS = "spatial positions left out"
KERNEL = "kernel counted along one axis only"
TRANSPOSED = "transposed sizes"
CEIL, FLOOR = "floor taken as ceil", "ceil taken as floor"
PADDING_ONCE, PADDING_NONE = "padding once instead of twice", "padding forgotten"
ONE_BIAS, TWO_BIASES = "one LSTM bias a gate where torch has two", "two LSTM biases a gate where one is asked for"


def rerun(row: Row, **settings: object) -> list[Weight]:
    """The tensors of the row's layer with other settings."""
    layer = dataclasses.replace(row.layer, **settings)
    return layer.weights(row.inputs) if row.params else []


def _counted(weights: list[Weight] | tuple[Weight, ...], bias: bool) -> int:
    return sum(w.count for w in weights if w.learned and (bias or not w.bias))


def _kernels(row: Row) -> list[Weight]:
    """The tensors of a sliding window: C_out × C_in/G × K…"""
    return [w for w in row.weights if w.learned and not w.bias and len(w.shape) >= 3 and hasattr(row.layer, "kernel")]


def _scaled(row: Row, figure: int, factor: Callable[[Weight], tuple[int, int]]) -> int:
    """A count with the share of its window tensors multiplied and divided."""
    changed = figure
    for weight in _kernels(row):
        times, by = factor(weight)
        changed += weight.count * times // by - weight.count
    return changed


def _groups(row: Row) -> int:
    """How many times fewer input channels a kernel sees than there are; 1 for an ordinary convolution."""
    kernels = _kernels(row)
    return row.inputs[0][0] // kernels[0].shape[1] if kernels and not hasattr(row.layer, "output_padding") else 1


def _channels(row: Row) -> int:
    kernels = _kernels(row)
    return kernels[0].shape[0 if hasattr(row.layer, "output_padding") else 1] if kernels else 1


def params(row: Row, bias: bool) -> dict[str, int]:
    """What the parameters of a row become by each mistake, `bias` telling which of the two figures is asked for."""
    true = row.params if bias else row.params_without_bias
    made = {BIAS_FORGOTTEN: row.params_without_bias} if bias else {BIAS_COUNTED: row.params}
    if not row.params:
        return made
    groups, channels = _groups(row), _channels(row)
    name = DEPTHWISE if groups == row.inputs[0][0] else GROUPED
    made[name] = _scaled(row, true, lambda w: (groups, 1))
    made[CHANNELS] = _scaled(row, true, lambda w: (1, channels))
    made[KERNEL] = _scaled(row, true, lambda w: (1, w.shape[-1] if len(w.shape) >= 4 else 1))
    if groups > 1:  # both slips at once, as they are often made
        other = row.params_without_bias if bias else row.params
        made[f"{name}, and {next(iter(made))}"] = _scaled(row, other, lambda w: (groups, 1))
    made["running statistics counted as learned"] = true + sum(w.count for w in row.weights if not w.learned)
    biases = getattr(row.layer, "biases", None)
    if biases is not None:
        made[ONE_BIAS if biases == 2 else TWO_BIASES] = _counted(rerun(row, biases=1 if biases == 2 else 2), bias)
    return made


def multiplies(row: Row) -> dict[str, int]:
    """What the multiplications of a row become by each mistake."""
    true = row.multiplies
    operations = row.operations
    weights = row.params_without_bias
    made = {"bias additions counted as multiplications": true + operations.biases, "twice: FLOPs, not multiplications": 2 * true}
    made["additions counted as well"] = true + operations.sums + operations.biases
    if not _kernels(row):
        return made
    groups, channels = _groups(row), _channels(row)
    made[DEPTHWISE if groups == row.inputs[0][0] else GROUPED] = true * groups
    made[CHANNELS] = true // channels
    made[POSITIONS] = weights
    if row.params != weights:
        made[f"{POSITIONS}, and bias counted"] = row.params
    made[KERNEL] = true // _kernels(row)[0].shape[-1]
    made["padding zeros left out"] = row.layer.products_inside(row.inputs, row.output)
    outer, inner = prod(row.output[1:]), prod(row.inputs[0][1:])
    if weights and outer != inner:
        if true == weights * inner:
            made[f"{TRANSPOSED}: output positions instead of input positions"] = weights * outer
        elif true == weights * outer:
            made["input positions instead of output positions"] = weights * inner
    return made


def sizes(row: Row) -> list[Question] | None:
    """The size formula of a row, an axis each; None for a layer that slides no window."""
    layer: Any = row.layer
    spatial = row.inputs[0][1:]
    if not layer.formula or not spatial:
        return None

    def axis(value: Any, i: int) -> Any:
        return value[i] if isinstance(value, tuple) else value

    made = []
    for i, W in enumerate(spatial):
        kernel = axis(layer.kernel, i)
        stride = kernel if layer.stride is None else axis(layer.stride, i)
        padding = axis(layer.padding, i)
        dilation = axis(getattr(layer, "dilation", 1), i)
        if padding == "same":
            padding = a.same_padding(kernel, dilation)
        front, back = padding if isinstance(padding, tuple) else (padding, None)
        extra = axis(getattr(layer, "output_padding", 0), i)
        made.append(
            Question(layer.formula, W, None, kernel, stride, front, dilation, extra, back, ceil=getattr(layer, "ceil", False))
        )
    return made


def size_mistakes(question: Question) -> dict[str, int]:
    """What the size along one axis becomes by each mistake; what would not be legal is left out."""
    q = question
    W, K, S, P, D = (q.value(n) or 0 for n in ("input", "kernel", "stride", "padding", "dilation"))
    made: dict[str, int | None] = {}
    if q.kind == "transposed":
        made[f"{TRANSPOSED}: worked out as an ordinary convolution"] = output_size(dataclasses.replace(q, kind="conv"))
        made["output padding forgotten"] = output_size(dataclasses.replace(q, output_padding=0))
    elif q.ceil:
        made[FLOOR] = output_size(dataclasses.replace(q, ceil=False))
        made["torch's last-window rule forgotten"] = a.pool_out_ceil(W, K, P, S, D)
    else:
        both = P if q.after is None else q.after
        made[CEIL] = a.ceil_div(W - a.reach(K, D) + P + both, S) + 1
    if q.kind != "transposed":
        made[PADDING_ONCE] = output_size(dataclasses.replace(q, kind="conv", after=0, ceil=False))
    else:
        made[PADDING_ONCE] = a.transposed_out(W, K, 0, S, D, q.output_padding or 0) - P
    made[PADDING_NONE] = output_size(dataclasses.replace(q, padding=0, after=None))
    if not P and not q.after:
        del made[PADDING_ONCE], made[PADDING_NONE]
    if S > 1:
        made["stride forgotten"] = output_size(dataclasses.replace(q, stride=1, tied=False, output_padding=0))
    if D > 1:
        made["dilation forgotten"] = output_size(dataclasses.replace(q, dilation=1, output_padding=0))
    if q.kind != "transposed" and (true := output_size(q)) is not None:
        made["the + 1 left out"] = true - 1
    return {name: size for name, size in made.items() if size is not None and size > 0}


def backwards(question: Question, unknown: str) -> dict[str, int]:
    """What is left out of the formula, by shorter ways to it that are wrong."""
    W, O = question.input, question.output
    if unknown == "stride" and W and O:
        return {"the input size divided by the output size": W // O, "the + 1 left out": size_of_steps(question) // O}
    return {}


def size_of_steps(question: Question) -> int:
    """How far the window moves in all: W − K + 2P."""
    q = question
    return max(0, (q.input or 0) - a.reach(q.kernel or 1, q.dilation or 1) + 2 * (q.padding or 0))


def outputs(row: Row) -> dict[str, Shape]:
    """What the output shape of a row becomes by each mistake."""
    made: dict[str, Shape] = {}
    questions = sizes(row)
    if questions is not None:
        per_axis = [size_mistakes(q) for q in questions]
        for name in per_axis[0]:
            if all(name in axis for axis in per_axis):
                made[name] = (row.output[0], *(axis[name] for axis in per_axis))
        made["channels of the input kept"] = (row.inputs[0][0], *row.output[1:])
        made["size of the input kept"] = (row.output[0], *row.inputs[0][1:])
    if len(row.output) == 3:
        channels, height, width = row.output
        made[f"{TRANSPOSED}: height and width exchanged"] = (channels, width, height)
    if len(row.output) >= 2:
        made["channels left out"] = row.output[1:]
    return made


def in_total(rows: list[Row], figure: str) -> dict[str, int]:
    """What a sum over rows becomes when the same mistake is made in each."""
    found: dict[str, int] = {}
    each = [figures(row, figure) for row in rows]
    true = [getattr(row, figure) for row in rows]
    for name in dict.fromkeys(n for made in each for n in made):
        found[name] = sum(made.get(name, n) for made, n in zip(each, true, strict=True))
    for row in rows:
        if getattr(row, figure):
            found.setdefault(f"{row.path} left out", sum(true) - getattr(row, figure))
    return found


def figures(row: Row, figure: str) -> dict[str, int]:
    """The mistakes of a figure that is a number."""
    if figure == "multiplies":
        return multiplies(row)
    try:
        return params(row, bias=figure == "params")
    except Misfit:
        return {}
