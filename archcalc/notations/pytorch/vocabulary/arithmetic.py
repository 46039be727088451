"""Arithmetic value by value, comparisons, reductions."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from archcalc.interpreter.values import NOT_IMPLEMENTED, List, Value
from archcalc.layers.base import Layer, Shape, Shapes
from archcalc.notations.pytorch.vocabulary.checks import flag
from archcalc.notations.pytorch.vocabulary.names import function, method, op
from archcalc.notations.pytorch.vocabulary.reasons import AS_TORCH, MIXED, VALUES
from archcalc.notations.pytorch.vocabulary.shapes import (
    Batch,
    Dim,
    Full,
    axes,
    batched,
    broadcast,
    inner,
    same,
    same_shape,
    shown_shape,
)
from archcalc.notations.pytorch.vocabulary.tensors import TENSOR, Number, Tensor, known, single_precision
from archcalc.notations.pytorch.vocabulary.trace import emit, expected, note, value_of
from archcalc.text.faults import ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


def aligned(shape: Full, whole: Full) -> Shape:
    """The inner shape of an operand beside another of the whole shape: sizes of 1 where the batch stands are dropped, and
    sizes of 1 put in front so that all have the same rank."""
    lead = len(whole) - len(shape)
    made = []
    for i, n in enumerate(whole):
        size = shape[i - lead] if i >= lead else 1
        if isinstance(n, Batch):
            continue
        assert not isinstance(size, Batch)
        made.append(size)
    return tuple(made)


def _plain(value: Value) -> bool:
    return isinstance(value, int | float | bool)


def _number(machine: Machine, value: int | float) -> float:
    """What torch makes of a number beside a tensor. Raises as it does for one that no float holds."""
    try:
        return float(value)
    except OverflowError:
        raise machine.error("OverflowError", "int too large to convert to float") from None


_HOST: dict[str, Callable[[Number, Number], Number]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "floor_div": operator.floordiv,
    "remainder": operator.mod, "pow": operator.pow, "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le,
    "gt": operator.gt, "ge": operator.ge, "maximum": max, "minimum": min,
}  # fmt: skip
_LAYER_OPS = {
    "add": "add", "sub": "sub", "mul": "mul", "div": "div", "floor_div": "div", "remainder": "remainder", "pow": "pow",
    "maximum": "maximum", "minimum": "minimum", **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), "compare"),
    "and": "logical", "or": "logical", "xor": "logical", "atan2": "atan",
}  # fmt: skip


def _kind(name: str, kinds: list[str]) -> str:
    if name in ("eq", "ne", "lt", "le", "gt", "ge"):
        return "bool"
    if name == "div" or "float" in kinds:
        return "float"
    return "any" if "any" in kinds else "int" if "int" in kinds else kinds[0]


def two(machine: Machine, name: str, left: Value, right: Value) -> Value:
    """An operation of two tensors, or of a tensor and a number."""
    if not isinstance(left, Tensor) and not isinstance(right, Tensor):
        raise ValueFault("a tensor is expected", AS_TORCH)
    for value in (left, right):
        if isinstance(value, Batch):
            return _with_batch(machine, name, left, right)
        if not isinstance(value, Tensor) and not _plain(value):
            return NOT_IMPLEMENTED
    tensors = [v for v in (left, right) if isinstance(v, Tensor)]
    shape = broadcast([t.shape for t in tensors])
    kind = _kind(name, [t.kind for t in tensors] + ["float" for v in (left, right) if isinstance(v, float)])
    if all(t.fixed for t in tensors):
        return _fixed(machine, name, left, right, shape, kind)
    moving = [t for t in tensors if not t.fixed]
    if len(moving) == 1 and same_shape(moving[0].shape, shape):
        by = next((_number(machine, v) for v in (left, right) if isinstance(v, int | float)), None)
        fixed = next((t for t in tensors if t.fixed), None)
        if fixed is not None and fixed.values is not None and len(fixed.values) == 1:
            by = float(fixed.values[0])
        if by is not None and not math.isfinite(by):
            by = None
        return _single(machine, name, moving[0], by, kind, reverse=left is not moving[0])
    return emit(
        machine,
        _joint(name),
        tensors,
        shape,
        examples=tuple(aligned(t.shape, shape) for t in tensors),
        kind=kind,
        word=_word(name),
    )


def _with_batch(machine: Machine, name: str, left: Value, right: Value) -> Value:
    if name == "div" and isinstance(left, Tensor):
        return _single(machine, "div", left, None, "float")
    raise ValueFault("a tensor is counted with the size of the batch", MIXED)


def _word(name: str) -> str:
    return {"floor_div": "div", "and": "and", "or": "or"}.get(name, name)


def _single(machine: Machine, name: str, x: Tensor, by: float | None, kind: str, reverse: bool = False) -> Tensor:
    from archcalc.layers.pointwise import OF_NUMBER, Pointwise

    op_ = _LAYER_OPS[name]
    if name == "pow" and by == 2 and not reverse:
        op_, by = "square", None
    elif name == "pow" and by == 0.5 and not reverse:
        op_, by = "sqrt", None
    by = by if op_ in OF_NUMBER else None
    return emit(machine, Pointwise(op_, by), [x], x.shape, kind=kind, word=_word(name))


def _joint(name: str) -> Layer:
    if name == "add":
        from archcalc.layers.merge import Add

        return Add()
    if name == "mul":
        from archcalc.layers.merge import Mul

        return Mul()
    from archcalc.layers.pointwise import Combine

    return Combine(_LAYER_OPS[name])


def _fixed(machine: Machine, name: str, left: Value, right: Value, shape: Full, kind: str) -> Tensor:
    """Constants stay constants; few values are worked out."""
    made = Tensor(shape, kind)
    made.place = machine.place()
    a, b = _values(left), _values(right)
    if a is None or b is None or name not in _HOST:
        return made
    n = max(len(a), len(b))
    alike = {len(v.shape) for v in (left, right) if isinstance(v, Tensor) and len(v.values or ()) > 1}
    if len(a) not in (1, n) or len(b) not in (1, n) or len(alike) > 1:
        return made
    try:
        pairs = zip(a * (n // len(a)), b * (n // len(b)), strict=True)
        found = [_HOST[name](p, q) for p, q in pairs]
    except (ArithmeticError, ValueError, TypeError):
        return made
    if any(isinstance(v, complex) or (isinstance(v, int) and abs(v) >= 2**63) for v in found):
        return made
    return known(shape, single_precision(found) if kind == "float" else found, kind)


def _values(value: Value) -> tuple[Number, ...] | None:
    if isinstance(value, Tensor):
        return value.values
    return (value,) if isinstance(value, int | float) else None


def _operator(name: str, *symbols: str, reflected: str = "", in_place: str = "") -> None:
    def forward(machine: Machine, self: Value, other: Value) -> Value:
        return two(machine, name, self, other)

    def backward(machine: Machine, self: Value, other: Value) -> Value:
        return two(machine, name, other, self)

    for symbol in symbols:
        method(symbol)(forward)
    if reflected:
        method(reflected)(backward)
    if in_place:

        def changing(machine: Machine, self: Value, other: Value) -> Value:
            made = two(machine, name, self, other)
            if isinstance(self, Tensor) and isinstance(made, Tensor):
                if not same_shape(made.shape, self.shape):
                    broadcast = f"the broadcast shape {shown_shape(made.shape)}"
                    raise ValueFault(f"output with shape {shown_shape(self.shape)} doesn't match {broadcast}", AS_TORCH)
                self.become(made)
                return self
            return made

        method(in_place)(changing)


_operator("add", "__add__", reflected="__radd__", in_place="__iadd__")
_operator("sub", "__sub__", reflected="__rsub__", in_place="__isub__")
_operator("mul", "__mul__", reflected="__rmul__", in_place="__imul__")
_operator("div", "__truediv__", reflected="__rtruediv__", in_place="__itruediv__")
_operator("floor_div", "__floordiv__", reflected="__rfloordiv__")
_operator("remainder", "__mod__", reflected="__rmod__")
_operator("pow", "__pow__", reflected="__rpow__")
_operator("and", "__and__", reflected="__rand__")
_operator("or", "__or__", reflected="__ror__")
_operator("xor", "__xor__")
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    _operator(_name, f"__{_name}__", _name)


@op("add", "add_", at="torch method")
def add(machine: Machine, input: Value, other: Value, *, alpha: Value = 1, out: Value = None) -> Value:
    return two(
        machine, "add", input, other if alpha == 1 else two(machine, "mul", other, alpha) if isinstance(other, Tensor) else other
    )


@op("sub", "sub_", "subtract", at="torch method")
def sub(machine: Machine, input: Value, other: Value, *, alpha: Value = 1) -> Value:
    return two(
        machine, "sub", input, other if alpha == 1 else two(machine, "mul", other, alpha) if isinstance(other, Tensor) else other
    )


@op("mul", "mul_", "multiply", at="torch method")
def mul(machine: Machine, input: Value, other: Value) -> Value:
    return two(machine, "mul", input, other)


@op("div", "div_", "divide", "true_divide", at="torch method")
def div(machine: Machine, input: Value, other: Value, *, rounding_mode: Value = None) -> Value:
    return two(machine, "div" if rounding_mode is None else "floor_div", input, other)


@op("floor_divide", at="torch method")
def floor_divide(machine: Machine, input: Value, other: Value) -> Value:
    return two(machine, "floor_div", input, other)


@op("pow", "pow_", at="torch method")
def power(machine: Machine, input: Value, exponent: Value) -> Value:
    return two(machine, "pow", input, exponent)


@op("maximum", at="torch method")
def maximum(machine: Machine, input: Value, other: Value) -> Value:
    return two(machine, "maximum", input, other)


@op("minimum", at="torch method")
def minimum(machine: Machine, input: Value, other: Value) -> Value:
    return two(machine, "minimum", input, other)


@op("eq", "ne", "lt", "le", "gt", "ge", at="torch")
@op("less", "less_equal", "greater", "greater_equal", "not_equal", "isclose", at="torch method")
def comparison(machine: Machine, input: Value, other: Value) -> Value:
    return two(machine, "eq", input, other)


def _pairs(name: str, *names: str) -> None:
    def apply(machine: Machine, input: Value, other: Value) -> Value:
        return two(machine, name, input, other)

    op(*names, *(f"{n}_" for n in names), at="torch method")(apply)


_pairs("and", "logical_and", "bitwise_and")
_pairs("or", "logical_or", "bitwise_or")
_pairs("xor", "logical_xor", "bitwise_xor")
_pairs("atan2", "atan2", "arctan2")
_pairs("maximum", "fmax")
_pairs("minimum", "fmin")
_pairs("pow", "float_power")


@op("rsub", at="torch")
def rsub(machine: Machine, input: Value, other: Value, *, alpha: Value = 1) -> Value:
    return two(machine, "sub", other, input)


@op("remainder", "fmod", at="torch method")
def remainder(machine: Machine, input: Value, other: Value) -> Value:
    return two(machine, "remainder", input, other)


@op("lerp", at="torch method")
def lerp(machine: Machine, input: Value, end: Value, weight: Value) -> Value:
    return two(machine, "add", input, two(machine, "mul", two(machine, "sub", end, input), weight))


@op("addcmul", at="torch method")
def addcmul(machine: Machine, input: Value, tensor1: Value, tensor2: Value, *, value: Value = 1) -> Value:
    return two(machine, "add", input, two(machine, "mul", tensor1, tensor2))


# -- functions of one value -------------------------------------------------------------------------------------------

_KNOWN: dict[str, Callable[[float], float]] = {
    "neg": operator.neg, "abs": abs, "exp": math.exp, "log": math.log, "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos,
    "square": lambda v: v * v, "floor": math.floor, "ceil": math.ceil, "round": round,
}  # fmt: skip


def single(machine: Machine, x: Tensor, op_: str, word: str, kind: str = "") -> Tensor:
    """A function of each value."""
    kind = kind or x.kind
    if x.fixed:
        made = Tensor(x.shape, kind)
        host = _KNOWN.get(word)
        if x.values is not None and host is not None:
            try:
                made.values = tuple(single_precision([host(v) if kind != "float" else float(host(v)) for v in x.values]))
            except (ArithmeticError, ValueError):
                made.values = None
        return made
    from archcalc.layers.pointwise import Pointwise

    return emit(machine, Pointwise(op_), [x], x.shape, kind=kind, word=word)


def _unary(op_: str, *names: str, kind: str = "") -> None:
    def apply(machine: Machine, input: Tensor) -> Value:
        return single(machine, expected(machine, input, names[0]), op_, names[0], kind)

    op(*names, *(f"{name}_" for name in names), at="torch method")(apply)


_unary("neg", "neg", "negative")
_unary("abs", "abs", "absolute")
_unary("square", "square")
_unary("reciprocal", "reciprocal", kind="float")
_unary("sqrt", "sqrt", kind="float")
_unary("rsqrt", "rsqrt", kind="float")
_unary("exp", "exp", kind="float")
for _name in ("log", "log2", "log10"):
    _unary("log", _name, kind="float")
_unary("log1p", "log1p", kind="float")
_unary("expm1", "expm1", kind="float")
for _name in (
    "sin", "cos", "tan", "erf", "atan", "sinh", "cosh", "asin", "acos", "asinh", "acosh", "atanh", "exp2", "erfc", "erfinv",
    "lgamma", "digamma", "sinc", "logit",
):  # fmt: skip
    _unary(_name, _name, kind="float")
for _name in ("floor", "ceil", "round", "trunc", "frac"):
    _unary("round", _name)
for _name in ("asin", "acos", "atan", "asinh", "acosh", "atanh"):
    _unary(_name, f"arc{_name[1:]}", kind="float")
_unary("logical", "logical_not", "isnan", "isinf", "isfinite", "isposinf", "isneginf", "bitwise_not", "signbit", kind="bool")
for _name in ("deg2rad", "rad2deg"):
    _unary("mul", _name, kind="float")
_unary("clamp", "nan_to_num")


@method("__neg__")
def negative(machine: Machine, self: Tensor) -> Value:
    return single(machine, self, "neg", "neg")


@method("__invert__")
def inverted(machine: Machine, self: Tensor) -> Value:
    return single(machine, self, "logical", "not", "bool")


@method("__abs__")
def absolute(machine: Machine, self: Tensor) -> Value:
    return single(machine, self, "abs", "abs")


@op("sign", "sgn", at="torch method")
def sign(machine: Machine, input: Tensor) -> Value:
    from archcalc.layers.activation import Sign

    return input if input.fixed else emit(machine, Sign(), [input], input.shape)


@op("heaviside", "heaviside_", at="torch method")
def heaviside(machine: Machine, input: Tensor, values: Value) -> Value:
    from archcalc.layers.activation import Heaviside

    return input if input.fixed else emit(machine, Heaviside(), [input], input.shape)


@op("clamp", "clamp_", "clip", "clamp_min", "clamp_max", "clamp_min_", "clamp_max_", at="torch method")
def clamp(machine: Machine, input: Tensor, min: Value = None, max: Value = None) -> Value:
    return single(machine, input, "clamp", "clamp")


@op("masked_fill", "masked_fill_", at="torch method")
def masked_fill(machine: Machine, input: Tensor, mask: Tensor, value: Value) -> Value:
    return _masked(machine, [input, mask], input.kind)


@op("where", at="torch method")
def where(machine: Machine, condition: Tensor, input: Value = None, other: Value = None) -> Value:
    if input is None:
        raise ValueFault("where() of a condition alone depends on values", VALUES)
    expected(machine, condition, "torch.where")
    tensors = [v for v in (condition, input, other) if isinstance(v, Tensor)]
    kinds = [v.kind for v in (input, other) if isinstance(v, Tensor)]
    return _masked(machine, tensors, kinds[0] if kinds else "float")


def _masked(machine: Machine, tensors: list[Tensor], kind: str) -> Value:
    from archcalc.layers.pointwise import Combine, Pointwise

    shape = broadcast([t.shape for t in tensors])
    moving = [t for t in tensors if not t.fixed]
    if not moving:
        return Tensor(shape, kind)
    if len(moving) == 1 and same_shape(moving[0].shape, shape):
        return emit(machine, Pointwise("mask"), moving, shape, kind=kind, word="mask")
    used = moving if len(moving) > 1 else tensors
    return emit(
        machine, Combine("mask"), used, shape, examples=tuple(aligned(t.shape, shape) for t in used), kind=kind, word="mask"
    )


# -- reductions -------------------------------------------------------------------------------------------------------


def reduced(machine: Machine, x: Tensor, op_: str, dim: Value, keepdim: Value, kind: str = "") -> Tensor:
    """Values brought together along dimensions."""
    from archcalc.layers.pointwise import Reduce

    rank = len(x.shape)
    gone = axes(dim, rank)
    if len(set(gone)) < len(gone):
        raise ValueFault("a dimension appears twice in the list of dims", AS_TORCH)
    keep = flag(keepdim, "keepdim")
    shape: Full = tuple(1 if i in gone else n for i, n in enumerate(x.shape) if keep or i not in gone)
    kind = kind or x.kind
    if x.fixed:
        made = Tensor(shape, kind)
        if x.values is not None and len(gone) == rank and op_ in ("sum", "max", "min", "prod") and x.values:
            made.values = (_whole(op_, x.values),)
        return made
    if any(isinstance(x.shape[i], Batch) for i in gone) and len(gone) < rank:
        raise ValueFault(f"the inputs of a batch are brought together: {op_} over {shown_shape(x.shape)}", "dim=1")
    within = [i for i, n in enumerate(x.shape) if not isinstance(n, Batch)]
    over = tuple(within.index(i) + 1 for i in gone if i in within)
    if not over and not any(isinstance(x.shape[i], Batch) for i in gone):
        return x
    layer = Reduce(op_, None if len(over) == len(within) else over, keep)
    return emit(machine, layer, [x], shape, kind=kind, word=op_)


def _whole(op_: str, values: tuple[Number, ...]) -> Number:
    if op_ == "sum":
        return sum(values)
    if op_ == "prod":
        return math.prod(values)
    return max(values) if op_ == "max" else min(values)


@op("mean", at="torch method")
def mean(machine: Machine, input: Tensor, dim: Value = None, keepdim: Value = False, *, dtype: Value = None) -> Value:
    return reduced(machine, input, "mean", dim, keepdim)


@op("sum", at="torch method")
def total(
    machine: Machine, input: Tensor, dim: Value = None, keepdim: Value = False, *, axis: Value = None, dtype: Value = None
) -> Value:
    return reduced(machine, input, "sum", axis if dim is None else dim, keepdim)


@op("prod", at="torch method")
def prod(machine: Machine, input: Tensor, dim: Value = None, keepdim: Value = False) -> Value:
    return reduced(machine, input, "prod", dim, keepdim)


@op("var", at="torch method")
def var(
    machine: Machine, input: Tensor, dim: Value = None, unbiased: Value = True, keepdim: Value = False, *, correction: Value = 1
) -> Value:
    return reduced(machine, input, "var", dim, keepdim)


@op("std", at="torch method")
def std(
    machine: Machine, input: Tensor, dim: Value = None, unbiased: Value = True, keepdim: Value = False, *, correction: Value = 1
) -> Value:
    return reduced(machine, input, "std", dim, keepdim)


@op("norm", at="torch method")
def norm(machine: Machine, input: Tensor, p: Value = 2, dim: Value = None, keepdim: Value = False, dtype: Value = None) -> Value:
    return reduced(machine, input, "norm", dim, keepdim)


@op("logsumexp", at="torch method")
def logsumexp(machine: Machine, input: Tensor, dim: Value, keepdim: Value = False) -> Value:
    return reduced(machine, input, "logsumexp", dim, keepdim)


@op("amax", at="torch method")
def amax(machine: Machine, input: Tensor, dim: Value = None, keepdim: Value = False) -> Value:
    return reduced(machine, input, "max", dim, keepdim)


@op("amin", at="torch method")
def amin(machine: Machine, input: Tensor, dim: Value = None, keepdim: Value = False) -> Value:
    return reduced(machine, input, "min", dim, keepdim)


@op("argmax", "argmin", at="torch method")
def argmax(machine: Machine, input: Tensor, dim: Value = None, keepdim: Value = False) -> Value:
    return reduced(machine, input, "argmax", dim, keepdim, "int")


def _extreme(op_: str, pair: str) -> None:
    def apply(machine: Machine, input: Tensor, dim: Value = None, keepdim: Value = False) -> Value:
        if isinstance(dim, Tensor):
            return two(machine, pair, input, dim)
        found = reduced(machine, input, op_, dim, keepdim)
        if dim is None:
            return found
        indices = Tensor(found.shape, "int")
        indices.node, indices.source, indices.values = found.node, found.source, None
        return (found, indices)

    op(op_, at="torch method")(apply)


_extreme("max", "maximum")
_extreme("min", "minimum")


@op("any", "all", at="torch method")
def some(machine: Machine, input: Tensor, dim: Value = None, keepdim: Value = False) -> Value:
    return reduced(machine, input, "max", dim, keepdim, "bool")


@op("diff", at="torch method")
def differences(machine: Machine, input: Tensor, n: Value = 1, dim: Value = -1) -> Value:
    at = axes(dim, len(input.shape))[0]
    size = input.shape[at]
    if isinstance(size, Batch) or n != 1:
        raise ValueFault("diff of the inputs of a batch, or of more than one step, is not read", "n=1")
    made = Tensor((*input.shape[:at], max(0, size - 1), *input.shape[at + 1 :]), input.kind)
    if input.values is not None and len(input.shape) == 1:
        made.values = tuple(b - a for a, b in pairwise(input.values))
        return made
    if input.fixed:
        return made
    from archcalc.notations.pytorch.vocabulary.parts import part

    return expected(
        machine, two(machine, "sub", part(machine, input, at, 1, size), part(machine, input, at, 0, size - 1)), "diff"
    )


@op("cumsum", "cumprod", at="torch method")
def cumulative(machine: Machine, input: Tensor, dim: Value, *, dtype: Value = None) -> Value:
    axes(dim, len(input.shape))
    return single(machine, input, "add", "cumsum") if not input.fixed else Tensor(input.shape, input.kind)


# -- what needs values ------------------------------------------------------------------------------------------------


@method("__bool__")
def decides(machine: Machine, self: Tensor) -> Value:
    if self.values is not None and len(self.values) == 1:
        return bool(self.values[0])
    raise machine.decided_by(value_of(machine))


@method("item", "__int__", "__float__", "__index__")
def item(machine: Machine, self: Tensor) -> Value:
    if self.values is not None and len(self.values) == 1:
        return self.values[0]
    return value_of(machine)


@method("tolist")
def tolist(machine: Machine, self: Tensor) -> Value:
    if self.values is None or batched(self.shape):
        return value_of(machine)
    return _nested(list(self.values), inner(self.shape))


def _nested(values: list[Number], shape: Shape) -> Value:
    if not shape:
        return values[0]
    if len(shape) == 1:
        return List(values)
    each = math.prod(shape[1:])
    return List([_nested(values[i * each : (i + 1) * each], shape[1:]) for i in range(shape[0])])


def dims_of(x: Tensor) -> tuple[Dim, ...]:
    """Its sizes."""
    return x.shape


__all__ = ["TENSOR", "Shapes", "aligned", "function", "note", "reduced", "same", "single", "two"]
