"""What works value by value, activations, and reductions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import (
    NOT_IMPLEMENTED,
    List,
    Native,
    Value,
)
from archcalc.notations.keras.source.layers import WORDS
from archcalc.notations.keras.source.operations.entering import FUNCTIONS, entered, function, tensor_of
from archcalc.notations.keras.source.session import config_of, ruled, session
from archcalc.notations.keras.source.tensors import (
    KERAS_TENSOR,
    as_map,
    each,
    from_map,
    is_map,
    lifted,
    of_keras,
)
from archcalc.notations.pytorch.vocabulary import arithmetic
from archcalc.notations.pytorch.vocabulary.arithmetic import single, two
from archcalc.notations.pytorch.vocabulary.shapes import Batch, broadcast, same_shape
from archcalc.notations.pytorch.vocabulary.shapes import axes as axes_of
from archcalc.notations.pytorch.vocabulary.tensors import Tensor
from archcalc.text.faults import ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


def both(machine: Machine, name: str, left: Value, right: Value) -> Value:
    """An operation of two tensors, or of one and a number; maps stay maps."""
    if not isinstance(left, Tensor) and not isinstance(right, Tensor):
        if (isinstance(left, bool | int | float) and isinstance(right, bool | int | float)) or isinstance(left, tuple | List):
            left = tensor_of(machine, left)
        else:
            return NOT_IMPLEMENTED
    left = tensor_of(machine, left) if isinstance(left, tuple | List) else left
    right = tensor_of(machine, right) if isinstance(right, tuple | List) else right
    tensors = [t for t in (left, right) if isinstance(t, Tensor)]
    if any(is_map(t) for t in tensors):
        rank = max(len(t.shape) for t in tensors)

        def turned(value: Value) -> Value:
            if not isinstance(value, Tensor) or not value.shape:
                return value
            return as_map(machine, lifted(machine, value, rank))

        made = two(machine, name, turned(left), turned(right))
        return from_map(machine, made) if isinstance(made, Tensor) else made
    return of_keras(two(machine, name, left, right))


def _pair(op: str, *names: str) -> None:
    def host(machine: Machine, x1: Value = None, x2: Value = None, name: Value = None, **more: Value) -> Value:
        return both(machine, op, more.get("x", x1), more.get("y", x2))

    function(*names)(host)


_pair("add", "add")
_pair("sub", "subtract")
_pair("mul", "multiply")
_pair("div", "divide", "true_divide", "divide_no_nan")
_pair("floor_div", "floor_divide", "floordiv")
_pair("pow", "power", "pow")
_pair("maximum", "maximum")
_pair("minimum", "minimum")
_pair("remainder", "mod", "floormod", "floor_mod")
_COMPARISONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("eq", ("equal",)), ("ne", ("not_equal",)), ("lt", ("less",)), ("le", ("less_equal",)), ("gt", ("greater",)),
    ("ge", ("greater_equal",)), ("and", ("logical_and",)), ("or", ("logical_or",)),
)  # fmt: skip
for _name, _listed in _COMPARISONS:
    _pair(_name, *_listed)


@function("squared_difference")
def squared_difference(machine: Machine, x: Value, y: Value) -> Value:
    made = both(machine, "sub", x, y)
    return both(machine, "mul", made, made)


def _unary(op: str, *names: str) -> None:
    def host(machine: Machine, x: Value, name: Value = None) -> Value:
        return each(machine, tensor_of(machine, x), lambda t: single(machine, t, op, names[0]))

    function(*names)(host)


_UNARY: dict[str, tuple[str, ...]] = {
    "exp": ("exp",), "log": ("log",), "sqrt": ("sqrt",), "rsqrt": ("rsqrt",), "square": ("square",), "abs": ("abs", "absolute"),
    "neg": ("negative", "neg"), "sin": ("sin",), "cos": ("cos",), "tan": ("tan",), "erf": ("erf",),
    "reciprocal": ("reciprocal",), "round": ("floor", "ceil", "round", "trunc"),
    "logical": ("logical_not", "isnan", "isinf", "isfinite"),
    "expm1": ("expm1",), "log1p": ("log1p",),
}  # fmt: skip
for _op, _listed in _UNARY.items():
    _unary(_op, *_listed)


@function("sign")
def sign(machine: Machine, x: Value) -> Value:
    return each(machine, tensor_of(machine, x), lambda t: arithmetic.sign(machine, t))


@function("clip", "clip_by_value")
def clip(machine: Machine, x: Value, x_min: Value = None, x_max: Value = None, *rest: Value, **more: Value) -> Value:
    return each(machine, tensor_of(machine, x), lambda t: single(machine, t, "clamp", "clip"))


@function("where", "switch")
def where(machine: Machine, condition: Value, x1: Value = None, x2: Value = None) -> Value:
    tensors = [tensor_of(machine, v) for v in (condition, x1, x2) if v is not None]
    shape = broadcast([t.shape for t in tensors])
    moving = [t for t in tensors if not t.fixed]
    if not moving:
        return Tensor(shape, "float")
    if len(moving) == 1 and same_shape(moving[0].shape, shape):
        return each(machine, moving[0], lambda t: single(machine, t, "mask", "mask"))
    return of_keras(arithmetic.where(machine, *tensors)) if len(tensors) == 3 else NOT_IMPLEMENTED


def activation(word: str) -> Native:
    """An activation as a function: tf.nn.relu, keras.activations.gelu, ops.softmax."""

    def host(machine: Machine, x: Value, axis: Value = -1, **more: Value) -> Value:
        return activated(machine, word, x, axis, more)

    return entered(word, host)


def activated(machine: Machine, word: str, x: Value, at: Value = -1, more: dict[str, Value] | None = None) -> Value:
    """An activation of a tensor, a row of its own."""
    tensor = tensor_of(machine, x)
    run = session(machine)
    if tensor.fixed:
        return Tensor(tensor.shape, "float", KERAS_TENSOR)
    span = run.span(machine)
    given: dict[str, Value] = {"activation": word}
    kind = "Activation"
    if word == "softmax" and at not in (-1, len(tensor.shape) - 1, None):
        kind, given = "Softmax", {"axis": at}
    elif word == "relu":
        words = {
            "max_value": "max_value",
            "negative_slope": "negative_slope",
            "alpha": "negative_slope",
            "threshold": "threshold",
        }
        said = {words[name]: value for name, value in (more or {}).items() if name in words and value is not None}
        if said:
            kind, given = "ReLU", said
    elif word == "leaky_relu":
        slope = (more or {}).get("negative_slope", (more or {}).get("alpha", 0.2))
        kind, given = "LeakyReLU", {"negative_slope": slope}
    config = config_of(given, {}, span)
    path = run.number(run.scope(), word) if run.graph is not None else word
    return ruled(machine, kind, config, f"{path}@{run.graph is None}", path, [tensor], span=span)[0]


for _word in (*sorted(WORDS - {"linear"}),):
    if _word not in ("leakyrelu",):
        FUNCTIONS.setdefault(_word, activation(_word))


@function(
    "linear", "identity", "stop_gradient", "convert_to_tensor", "constant", "ensure_shape", "sg", "copy", "real", "checkpoint"
)
def same(machine: Machine, x: Value, *rest: Value, **more: Value) -> Value:
    """The tensor as it is."""
    return x if isinstance(x, Tensor) else tensor_of(machine, x)


@function("cast", "to_float", "saturate_cast", "cast_to_floatx")
def cast(machine: Machine, x: Value, dtype: Value = "float32", *rest: Value, **more: Value) -> Value:
    return x if isinstance(x, Tensor | Batch | int | float | bool) else tensor_of(machine, x)


def reduced(machine: Machine, x: Value, op: str, over: Value, keep: Value, kind: str = "") -> Value:
    """Values brought together along axes of Keras's order; over positions alone, on the map itself."""
    tensor = tensor_of(machine, x)
    keep = bool(keep)
    rank = len(tensor.shape)
    if isinstance(over, Tensor) and over.values is not None:
        over = List(list(over.values))
    gone = axes_of(over, rank)
    if keep and any(isinstance(tensor.shape[i], Batch) for i in gone):
        raise ValueFault("the inputs of a batch are brought together", "axis=-1")
    if is_map(tensor) and rank > 2 and 0 not in gone:
        ours = tuple(1 if i == rank - 1 else i + 1 for i in gone)
        left = [i for i in range(rank) if i not in gone]
        made = arithmetic.reduced(machine, as_map(machine, tensor), op, ours, keep, kind)
        if keep or (rank - 1 in left and len(left) > 2):
            return from_map(machine, made)
        return of_keras(made)
    return of_keras(arithmetic.reduced(machine, tensor, op, over if over is None else gone, keep, kind))


def _reduction(op: str, *names: str, kind: str = "") -> None:
    def host(
        machine: Machine,
        x: Value,
        axis: Value = None,
        keepdims: Value = False,
        name: Value = None,
        dtype: Value = None,
        **more: Value,
    ) -> Value:
        return reduced(machine, x, op, axis, more.get("keep_dims", keepdims), kind)

    function(*names)(host)


_reduction("mean", "mean", "reduce_mean")
_reduction("sum", "sum", "reduce_sum")
_reduction("max", "max", "reduce_max", "amax")
_reduction("min", "min", "reduce_min", "amin")
_reduction("prod", "prod", "reduce_prod")
_reduction("var", "var", "reduce_variance", "variance")
_reduction("std", "std", "reduce_std")
_reduction("logsumexp", "logsumexp", "reduce_logsumexp")
_reduction("max", "any", "all", "reduce_any", "reduce_all", kind="bool")


@function("argmax", "argmin")
def argmax(machine: Machine, x: Value, axis: Value = None, keepdims: Value = False, **more: Value) -> Value:
    return reduced(machine, x, "argmax", axis, keepdims, "int")


@function("moments")
def moments(machine: Machine, x: Value, axes: Value = None, keepdims: Value = False, **more: Value) -> Value:
    return (reduced(machine, x, "mean", axes, keepdims), reduced(machine, x, "var", axes, keepdims))


@function("l2_normalize", "normalize")
def normalised(machine: Machine, x: Value, axis: Value = -1, *rest: Value, **more: Value) -> Value:
    size = reduced(machine, x, "norm", axis, True)
    return both(machine, "div", x, size)


@function("norm")
def norm(machine: Machine, x: Value, ord: Value = None, axis: Value = None, keepdims: Value = False, **more: Value) -> Value:
    return reduced(machine, x, "norm", axis, keepdims)


@function("cumsum", "cumprod")
def cumulative(machine: Machine, x: Value, axis: Value = 0, **more: Value) -> Value:
    tensor = tensor_of(machine, x)
    return of_keras(arithmetic.cumulative(machine, tensor, axis))
