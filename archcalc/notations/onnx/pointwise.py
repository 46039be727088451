"""Functions of each value, arithmetic of two arrays, comparisons, and what is brought together along axes."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from itertools import product as combinations

from archcalc.formulas.arithmetic import product
from archcalc.layers import layer_class
from archcalc.layers.activation import (
    CELU,
    ELU,
    GELU,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSoftmax,
    PReLU,
    ReLU,
    ReLU6,
    SiLU,
    Softmax,
)
from archcalc.layers.base import Layer, Shape
from archcalc.layers.linear import Dropout
from archcalc.layers.merge import Add, Mul
from archcalc.layers.pointwise import OF_NUMBER, Combine, Pointwise, Reduce
from archcalc.notations.onnx.model import MOST_VALUES, Node, Number, kind_of
from archcalc.notations.onnx.moves import strides
from archcalc.notations.onnx.work import AS_EXPORTED, NO_BATCH, WITHOUT, Array, Batch, Step, Work, Wrong, shown
from archcalc.text.faults import ValueFault

# -- a function of each value -----------------------------------------------------------------------------------------------


def over(r: Work, node: Node, layer: Layer, x: Array, kind: str = "") -> list[Array]:
    """A layer that gives each value a value."""
    if x.fixed or (x.weight and x.held is not None and x.held.tensor.constant):
        return [Array(x.shape, kind or x.kind)]
    return [r.emit(node, layer, [x], x.shape, x.batch, kind=kind or x.kind)]


def function(kind: str) -> Callable[[Work, Node], list[Array]]:
    """An activation without settings."""

    def read(r: Work, node: Node) -> list[Array]:
        return over(r, node, layer_class(kind)(), r.input(node))

    return read


_KNOWN: dict[str, Callable[[Number], Number]] = {
    "Neg": operator.neg, "Abs": abs, "Floor": math.floor, "Ceil": math.ceil, "Sqrt": math.sqrt, "Exp": math.exp, "Log": math.log,
    "Not": operator.not_, "Round": round, "Reciprocal": lambda v: 1 / v, "Sign": lambda v: (v > 0) - (v < 0),
}  # fmt: skip


def simple(op: str, kind: str = "") -> Callable[[Work, Node], list[Array]]:
    """A function of each value, worked out where the values are known."""

    def read(r: Work, node: Node) -> list[Array]:
        x = r.input(node)
        if x.values is not None and node.op in _KNOWN:
            try:
                found = [_KNOWN[node.op](v) for v in x.values]
                return [r.known(x.shape, [float(v) if x.kind == "float" else int(v) for v in found], x.kind)]
            except (ArithmeticError, ValueError):
                return [Array(x.shape, x.kind)]
        return over(r, node, Pointwise(op), x, kind)

    return read


def leaky_relu(r: Work, node: Node) -> list[Array]:
    return over(r, node, LeakyReLU(r.real(node, "alpha", 0.01)), r.input(node))


def elu(r: Work, node: Node) -> list[Array]:
    return over(r, node, ELU(r.real(node, "alpha", 1.0)), r.input(node))


def celu(r: Work, node: Node) -> list[Array]:
    return over(r, node, CELU(r.real(node, "alpha", 1.0)), r.input(node))


def hard_sigmoid(r: Work, node: Node) -> list[Array]:
    """min(max(0, αx + β), 1): another α is another number, not another count."""
    r.real(node, "alpha", 0.2)
    r.real(node, "beta", 0.5)
    return over(r, node, Hardsigmoid(), r.input(node))


def gelu(r: Work, node: Node) -> list[Array]:
    r.word(node, "approximate", "none", "tanh")
    return over(r, node, GELU(), r.input(node))


def swish(r: Work, node: Node) -> list[Array]:
    r.real(node, "alpha", 1.0)
    return over(r, node, SiLU(), r.input(node))


def hard_swish(r: Work, node: Node) -> list[Array]:
    return over(r, node, Hardswish(), r.input(node))


def clip(r: Work, node: Node) -> list[Array]:
    """Values kept between two bounds: attributes in older files, inputs in newer ones."""
    x = r.input(node)
    bounds: list[float | None] = []
    for i, (name, default) in enumerate((("min", -3.4028234663852886e38), ("max", 3.4028234663852886e38)), 1):
        array = r.given(node, i)
        if array is not None:
            bounds.append(float(array.values[0]) if array.values else None)
        else:
            bounds.append(r.real(node, name, default))
    low, high = bounds
    if x.values is not None and low is not None and high is not None:
        found = [min(max(v, low), high) for v in x.values]
        return [r.known(x.shape, [int(v) if x.kind == "int" else v for v in found], x.kind)]
    if low is None or high is None:
        return over(r, node, Pointwise("clamp"), x)
    if low == 0 and high == 6:
        return over(r, node, ReLU6(), x)
    if high > 3e38:
        return over(r, node, ReLU() if low == 0 else Pointwise("maximum", low if low > -3e38 else None), x)
    if low < -3e38:
        return over(r, node, Pointwise("minimum", high), x)
    return over(r, node, Hardtanh(low, high), x)


def prelu(r: Work, node: Node) -> list[Array]:
    """A learned slope: one for all, or one for each channel."""
    x, slope = r.input(node), r.input(node, 1)
    if slope.count not in (1, *x.inner[:1]):
        raise ValueFault(f"slopes of {shown(slope.shape)} for {shown(x.shape)}: one, or one for each channel, is known", WITHOUT)
    layer = PReLU(slope.count)
    return [r.emit(node, layer, [x], x.shape, x.batch, path=r.path(node, slope), weights={"weight": slope})]


def dropout(r: Work, node: Node) -> list[Array]:
    """Nothing where a network is used."""
    x = r.input(node)
    ratio = r.real(node, "ratio", 0.5)
    for name in ("seed", "is_test"):
        r.whole(node, name, 0)
    given = r.given(node, 1)
    if given is not None and given.values:
        ratio = float(given.values[0])
    if x.fixed:
        return [x]
    made = r.emit(node, Dropout(min(max(ratio, 0.0), 1.0)), [x], x.shape, x.batch, kind=x.kind)
    return [made, Array(x.shape, "bool")]


def same(r: Work, node: Node) -> list[Array]:
    """The value itself, perhaps in another data type."""
    x = r.input(node)
    to = r.whole(node, "to", 0) if node.op == "Cast" else 0
    r.attribute(node, "saturate", 1)
    r.attribute(node, "round_mode", "up")
    kind = r.input(node, 1).kind if node.op == "CastLike" else kind_of(to) if to else x.kind
    if kind == x.kind:
        return [x]
    if x.values is not None and kind in ("int", "bool", "float"):
        return [
            r.known(x.shape, [int(v) if kind == "int" else int(bool(v)) if kind == "bool" else float(v) for v in x.values], kind)
        ]
    if x.kind == kind or x.node is None:
        made = Array(x.shape, kind or x.kind, x.batch, x.name)
        made.source, made.steps, made.held, made.whole, made.node = x.source, x.steps, x.held, x.whole, x.node
        return [made]
    made = Array(x.shape, kind, x.batch, x.name)
    made.node = x.node
    return [made]


# -- softmax ----------------------------------------------------------------------------------------------------------------


def softmax(r: Work, node: Node) -> list[Array]:
    """Softmax over an axis; before opset 13 over all from an axis on."""
    x = r.input(node)
    rank = len(x.shape)
    new = r.model.opset >= 13
    axis = r.axis(node, r.whole(node, "axis", -1 if new else 1), rank)
    layer = LogSoftmax if node.op == "LogSoftmax" else Softmax
    if x.fixed:
        return [Array(x.shape)]
    if not new and product(x.shape[axis + 1 :]) > 1:
        return _softmax_of_many(r, node, layer, x, axis)
    if x.batch is not None and axis == x.batch.axis:
        raise ValueFault("a softmax over the inputs of a batch", NO_BATCH)
    where = axis - (1 if x.batch is not None and x.batch.axis < axis else 0)
    usual = layer()
    made = usual if x.inner and usual._axis(x.inner) == where else layer(axis=where)
    return [r.emit(node, made, [x], x.shape, x.batch)]


def _softmax_of_many(r: Work, node: Node, layer: type[Softmax], x: Array, axis: int) -> list[Array]:
    """All axes from one on are one, and become what they were."""
    shape = (*x.shape[:axis], product(x.shape[axis:]))
    flat = r.moved(x, shape, r.follow(x, shape), Step("reshape", same=True))
    if flat.batch is not None and flat.batch.axis == axis:
        raise ValueFault("a softmax over the inputs of a batch", NO_BATCH)
    where = axis - (1 if flat.batch is not None and flat.batch.axis < axis else 0)
    made = r.emit(node, layer(axis=where), [flat], shape, flat.batch)
    return [r.moved(made, x.shape, x.batch, Step("reshape", same=True))]


# -- two and more arrays ------------------------------------------------------------------------------------------------------

_HOST: dict[str, Callable[[Number, Number], Number]] = {
    "Add": operator.add, "Sub": operator.sub, "Mul": operator.mul, "Mod": operator.mod, "Pow": operator.pow,
    "Max": max, "Min": min,
    "Equal": operator.eq, "Less": operator.lt, "LessOrEqual": operator.le, "Greater": operator.gt, "GreaterOrEqual": operator.ge,
    "And": lambda a, b: a and b, "Or": lambda a, b: a or b, "Xor": lambda a, b: bool(a) != bool(b), "Sum": operator.add,
}  # fmt: skip
_OPS = {
    "Add": "add", "Sum": "add", "Mul": "mul", "Sub": "sub", "Div": "div", "Mod": "remainder", "Pow": "pow", "Max": "maximum",
    "Min": "minimum", **dict.fromkeys(("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"), "compare"),
    **dict.fromkeys(("And", "Or", "Xor"), "logical"),
}  # fmt: skip


def _worked_out(r: Work, node: Node, arrays: Sequence[Array], shape: Shape, kind: str) -> Array | None:
    """The values, where those of all are known."""
    if any(x.values is None for x in arrays) or product(shape) > MOST_VALUES:
        return None
    from archcalc.notations.onnx.moves import expanded

    made = [list(expanded(r, x, shape).values or ()) for x in arrays]
    try:
        if node.op == "Where":
            return r.known(shape, [p if t else q for t, p, q in zip(*made, strict=True)], kind)
        found = made[0]
        for other in made[1:]:
            if node.op == "Div":
                found = [_quotient(a, b, arrays[0].kind == "int") for a, b in zip(found, other, strict=True)]
            elif node.op == "Pow" and any(abs(b) > 64 for b in other):
                return None
            else:
                host = math.fmod if node.op == "Mod" and r.whole(node, "fmod", 0) else _HOST[node.op]
                found = [host(a, b) for a, b in zip(found, other, strict=True)]
        if any(isinstance(v, complex) for v in found):
            return None
        return r.known(shape, [float(v) if kind == "float" else int(v) for v in found], kind)
    except (ArithmeticError, ValueError):
        return None


def _quotient(a: Number, b: Number, whole: bool) -> Number:
    """a/b, rounded towards zero where both are whole numbers, as C has it."""
    return (abs(a) // abs(b)) * (1 if (a < 0) == (b < 0) else -1) if whole else a / b


def arithmetic(r: Work, node: Node) -> list[Array]:
    """Arrays value by value; a single known number goes into the row."""
    arrays = r.every(node)
    if not arrays:
        raise Wrong("", f"{node.op} reads nothing", AS_EXPORTED)
    _old_broadcast(r, node, arrays)
    r.whole(node, "fmod", 0)
    op = _OPS[node.op]
    kind = "bool" if op in ("compare", "logical") else arrays[0].kind
    shape, batch = r.broadcast(arrays)
    if len(arrays) == 1:
        return [arrays[0]]
    found = _worked_out(r, node, arrays, shape, kind)
    if found is not None:
        return [found]
    r.check(shape)
    if all(x.fixed for x in arrays):
        return [Array(shape, kind)]
    if len(arrays) > 2 and op in ("maximum", "minimum"):
        made = arrays[0]
        for other in arrays[1:]:
            shape, batch = r.broadcast([made, other])
            made = _joint(r, node, Combine(op), [made, other], shape, batch, kind)
        return [made]
    if len(arrays) == 2:
        numbers = [x.values is not None and x.count == 1 for x in arrays]
        if sum(numbers) == 1:
            x, number = (arrays[0], arrays[1]) if numbers[1] else (arrays[1], arrays[0])
            if x.shape == shape and not x.fixed:
                return [_by_number(r, node, op, x, float((number.values or (0,))[0]), numbers[0], kind)]
    layer: Layer = Add() if op == "add" else Mul() if op == "mul" else Combine(op)
    return [_joint(r, node, layer, arrays, shape, batch, kind)]


def _by_number(r: Work, node: Node, op: str, x: Array, by: float, first: bool, kind: str) -> Array:
    if op == "pow" and not first and by in (2.0, 0.5):
        return r.emit(node, Pointwise("square" if by == 2 else "sqrt"), [x], x.shape, x.batch, kind=kind)
    given = by if op in OF_NUMBER and math.isfinite(by) else None
    if op == "div" and first:
        given = None  # a number divided by each value
    return r.emit(node, Pointwise(op, given), [x], x.shape, x.batch, kind=kind)


def _joint(r: Work, node: Node, layer: Layer, arrays: Sequence[Array], shape: Shape, batch: Batch | None, kind: str) -> Array:
    seen = tuple(r.beside(x, shape, batch) for x in arrays)
    return r.emit(node, layer, arrays, shape, batch, seen=seen, kind=kind)


def _old_broadcast(r: Work, node: Node, arrays: list[Array]) -> None:
    """Before opset 7 the second array was lined up at an axis that is named. Changes the list."""
    axis = r.attribute(node, "axis", -1) if "axis" in node.attributes else None
    r.whole(node, "broadcast", 0)
    r.attribute(node, "consumed_inputs", None)
    if isinstance(axis, int) and len(arrays) == 2 and r.model.opset < 7:
        x, other = arrays
        at = r.axis(node, axis, len(x.shape))
        shape = (*other.shape, *(1,) * (len(x.shape) - at - len(other.shape)))
        arrays[1] = r.moved(other, shape, None, Step("reshape", same=True)) if shape != other.shape else other


def arithmetic_of(r: Work, node: Node, op: str, arrays: Sequence[Array]) -> Array:
    """A sum or a product as a part of what a node does."""
    shape, batch = r.broadcast(arrays)
    return _joint(r, node, Add() if op == "add" else Mul(), arrays, r.check(shape), batch, arrays[0].kind)


def mean_of(r: Work, node: Node) -> list[Array]:
    """The mean of several arrays: their sum, and a quotient."""
    arrays = r.every(node)
    shape, batch = r.broadcast(arrays)
    if len(arrays) == 1:
        return arrays
    made = _joint(r, node, Add(), arrays, shape, batch, arrays[0].kind)
    return [r.emit(node, Pointwise("div", float(len(arrays))), [made], shape, batch)]


def where(r: Work, node: Node) -> list[Array]:
    """Values of one array where a condition holds, of another elsewhere."""
    arrays = [r.input(node, i) for i in range(3)]
    shape, batch = r.broadcast(arrays)
    kind = arrays[1].kind
    found = _worked_out(r, node, arrays, shape, kind)
    if found is not None:
        return [found]
    if all(x.fixed for x in arrays):
        return [Array(r.check(shape), kind)]
    moving = [x for x in arrays if not x.fixed]
    if len(moving) == 1 and moving[0].shape == shape:
        return [r.emit(node, Pointwise("mask"), moving, shape, batch, kind=kind)]
    return [_joint(r, node, Combine("mask"), arrays, r.check(shape), batch, kind)]


# -- brought together ---------------------------------------------------------------------------------------------------------

_TAKEN = {
    "ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "max", "ReduceMin": "min", "ReduceProd": "prod", "ReduceL2": "norm",
    "ReduceL1": "sum", "ReduceSumSquare": "sum", "ReduceLogSumExp": "logsumexp", "ReduceLogSum": "sum", "ArgMax": "argmax",
    "ArgMin": "argmax",
}  # fmt: skip
# What is done with each value before it is summed, and with the sum.
_BEFORE = {"ReduceL1": "abs", "ReduceSumSquare": "square"}
_AFTER = {"ReduceLogSum": "log"}
_FOLD: dict[str, Callable[[Sequence[Number]], Number]] = {
    "ReduceSum": sum, "ReduceMax": max, "ReduceMin": min, "ReduceProd": math.prod,
}  # fmt: skip


def reduction(r: Work, node: Node) -> list[Array]:
    """Values brought together along axes."""
    x = r.input(node)
    rank = len(x.shape)
    keep = bool(r.whole(node, "keepdims", 1))
    r.whole(node, "select_last_index", 0)
    if node.op in ("ArgMax", "ArgMin"):
        axes: Shape | None = (r.axis(node, r.whole(node, "axis", 0), rank),)
    else:
        axes = r.axes(node, rank, 1)
    if not axes:
        if r.whole(node, "noop_with_empty_axes", 0):
            return [x]
        axes = tuple(range(rank))
    else:
        r.whole(node, "noop_with_empty_axes", 0)
    if len(set(axes)) < len(axes):
        raise ValueFault(f"an axis is named twice in {list(axes)}", AS_EXPORTED)
    shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape) if keep or i not in axes)
    if x.values is not None and node.op in _FOLD and x.count:
        return [_folded(r, node, x, axes, shape)]
    if x.fixed:
        return [Array(shape, x.kind)]
    if x.batch is not None and x.batch.axis in axes:
        if product(tuple(x.shape[a] for a in axes)) == 1:
            return [r.moved(x, shape, r.follow(x, shape), Step("reshape", same=True))]
        raise ValueFault(f"{node.op} over axes {list(axes)} brings the inputs of a batch together", NO_BATCH)
    batch = x.batch
    if batch is not None and not keep:
        batch = Batch(batch.axis - sum(a < batch.axis for a in axes), batch.inner)
    inner = tuple(sorted(a + 1 - (1 if x.batch is not None and x.batch.axis < a else 0) for a in axes))
    if node.op in _BEFORE:
        x = r.emit(node, Pointwise(_BEFORE[node.op]), [x], x.shape, x.batch)
    kind = "int" if node.op.startswith("Arg") else x.kind
    made = r.emit(node, Reduce(_TAKEN[node.op], inner, keep), [x], shape, batch, kind=kind)
    if node.op in _AFTER:
        made = r.emit(node, Pointwise(_AFTER[node.op]), [made], shape, batch)
    return [made]


def _folded(r: Work, node: Node, x: Array, axes: Shape, shape: Shape) -> Array:
    assert x.values is not None
    steps = strides(x.shape)
    kept = [i for i in range(len(x.shape)) if i not in axes]
    made = []
    for at in combinations(*(range(x.shape[i]) for i in kept)):
        base = sum(steps[i] * j for i, j in zip(kept, at, strict=True))
        rest = combinations(*(range(x.shape[a]) for a in axes))
        made.append(_FOLD[node.op]([x.values[base + sum(steps[a] * j for a, j in zip(axes, p, strict=True))] for p in rest]))
    return r.known(shape, made, x.kind)
