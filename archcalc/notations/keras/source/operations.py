"""What Keras, TensorFlow and the backend do with tensors beside layers: keras.ops, tf, tf.nn, tf.math, keras.backend.

Each function is entered under its names; the module it stands in decides nothing. What only moves values waits until something is
computed from it, and what works value by value keeps a map a map, as in torch's vocabulary, whose arithmetic this is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from archcalc.interpreter.signature import Signature
from archcalc.interpreter.values import (
    NOT_IMPLEMENTED,
    List,
    Native,
    Result,
    Unknown,
    Value,
)
from archcalc.notations.keras.source.layers import WORDS
from archcalc.notations.keras.source.objects import sizes_shown, unheld
from archcalc.notations.keras.source.session import config_of, ruled, session, tensors_in
from archcalc.notations.keras.source.tensors import (
    KERAS_TENSOR,
    VARIABLE,
    as_map,
    each,
    from_map,
    is_map,
    lifted,
    of_keras,
    shown,
)
from archcalc.notations.pytorch.vocabulary import arithmetic, creation, moves, parts, products
from archcalc.notations.pytorch.vocabulary.arithmetic import single, two
from archcalc.notations.pytorch.vocabulary.checks import whole
from archcalc.notations.pytorch.vocabulary.shapes import Batch, Dim, broadcast, reshaped, same_shape
from archcalc.notations.pytorch.vocabulary.shapes import axes as axes_of
from archcalc.notations.pytorch.vocabulary.shapes import axis as axis_of
from archcalc.notations.pytorch.vocabulary.tensors import TENSOR, Parameter, Step, Tensor, known
from archcalc.notations.pytorch.vocabulary.trace import fault, moved, value_of
from archcalc.text.faults import Misfit, ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

Host = Callable[..., Result]
# Functions of tensors by their last names.
FUNCTIONS: dict[Value, Native] = {}
# What stands under a name only behind one of these: nn.conv2d, image.resize.
INSIDE: dict[str, Native] = {}


def entered(name: str, function: Host) -> Native:
    """A function of the vocabulary: bare facts become faults at the call, and a call on symbolic tensors is recorded."""
    signature = Signature.of(function)
    holder: list[Native] = []

    def checked(machine: Machine, *args: Value, **kwargs: Value) -> Result:
        run = session(machine)
        symbolic = run.symbolic
        try:
            result = function(machine, *args, **kwargs)
        except (ValueFault, Misfit) as error:
            if all(t.fixed and not isinstance(t, Parameter) for t in tensors_in((args, tuple(kwargs.values())))):
                # Data, and no part of a network: a fault where the network depends on it.
                return Unknown(name, machine.place(), error.message, harmless=True)
            raise fault(machine, error, "" if name.startswith("__") else name) from None
        if machine.is_task(result):
            return result
        of_keras(result)
        if symbolic:
            came = {id(t) for t in tensors_in((args, tuple(kwargs.values())))}
            if not any(id(t) in came for t in tensors_in(result)):
                run.record(machine, holder[0], args, dict(kwargs), result)
        return result

    made = Native(name, checked, signature=signature, binds=False)
    holder.append(made)
    return made


def function(*names: str) -> Callable[[Host], Host]:
    """Enters a function under its own name or those given."""

    def enter(host: Host) -> Host:
        for name in names or (host.__name__,):
            FUNCTIONS[name] = entered(name, host)
        return host

    return enter


def inside(*names: str) -> Callable[[Host], Host]:
    """Enters a function under names with their module: nn.conv2d."""

    def enter(host: Host) -> Host:
        for name in names:
            INSIDE[name] = entered(name.rpartition(".")[2], host)
        return host

    return enter


def tensor_of(machine: Machine, value: Value, what: str = "a tensor is expected") -> Tensor:
    """A value as a tensor: numbers and lists of them are constants."""
    if isinstance(value, Tensor):
        if value.unread is not None:
            raise value.unread.fault("this tensor may have been changed")
        return value
    if isinstance(value, bool | int | float):
        return known((), (value,), "float" if isinstance(value, float) else "int")
    if isinstance(value, tuple | List):
        tensors = [item for item in value if isinstance(item, Tensor)]
        if tensors:
            made = parts.stack(machine, List([tensor_of(machine, item) for item in value]), 0)
            assert isinstance(made, Tensor)
            return made
        if any(isinstance(item, Batch) for item in value):
            raise ValueFault("the size of the batch stands among values", "ops.reshape with -1 for it")
        found = creation.from_values(machine, value, "")
        assert isinstance(found, Tensor)
        return found
    raise ValueFault(what, "a tensor of the network")


# -- value by value -----------------------------------------------------------------------------------------------------


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


# -- activations --------------------------------------------------------------------------------------------------------


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


@function("cast", "to_float", "saturate_cast")
def cast(machine: Machine, x: Value, dtype: Value = "float32", *rest: Value, **more: Value) -> Value:
    return x if isinstance(x, Tensor | Batch | int | float | bool) else tensor_of(machine, x)


# -- reductions ---------------------------------------------------------------------------------------------------------


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


# -- shapes -------------------------------------------------------------------------------------------------------------


@function("shape")
def shape(machine: Machine, input: Value, *rest: Value, **more: Value) -> Value:
    return tensor_of(machine, input).shape


@function("int_shape", "static_shape")
def int_shape(machine: Machine, x: Value) -> Value:
    return sizes_shown(tensor_of(machine, x).shape)


@function("rank", "ndim")
def rank(machine: Machine, x: Value) -> Value:
    return len(tensor_of(machine, x).shape)


def sizes_of(machine: Machine, value: Value) -> tuple[Dim, ...]:
    """Sizes as a program gives them to a reshape. Raises ValueFault."""
    value = unheld(value)
    if isinstance(value, Tensor) and value.values is not None:
        value = tuple(int(v) for v in value.values)
    if isinstance(value, int | Batch):
        value = (value,)
    if not isinstance(value, tuple | List):
        raise ValueFault("a shape is a tuple of sizes", "(-1, 64)")
    made: list[Dim] = []
    for n in value:
        if n is None:
            made.append(-1)
        elif isinstance(n, Tensor) and n.values is not None and len(n.values) == 1:
            made.append(int(n.values[0]))
        elif isinstance(n, Batch) or (isinstance(n, int) and not isinstance(n, bool)):
            made.append(n)
        else:
            raise ValueFault("a size is a whole number", "(-1, 64)")
    return tuple(made)


@function("reshape")
def reshape(machine: Machine, x: Value, newshape: Value = None, name: Value = None, *, shape: Value = None) -> Value:
    tensor = tensor_of(machine, x)
    wanted = reshaped(tensor.shape, sizes_of(machine, newshape if newshape is not None else shape))
    return of_keras(moves.same_values(machine, tensor, wanted, "reshape"))


@function("batch_flatten", "flatten")
def batch_flatten(machine: Machine, x: Value) -> Value:
    return of_keras(moves.flattened(machine, tensor_of(machine, x), 1, -1))


@function("ravel")
def ravel(machine: Machine, x: Value) -> Value:
    return of_keras(moves.flattened(machine, tensor_of(machine, x), 0, -1))


@function("transpose", "permute_dimensions")
def transpose(machine: Machine, x: Value, axes: Value = None, *rest: Value, perm: Value = None, **more: Value) -> Value:
    tensor = tensor_of(machine, x)
    order = axes if axes is not None else perm if perm is not None else more.get("pattern")
    if order is None:
        return of_keras(moves.reversed_dims(machine, tensor))
    if isinstance(order, Tensor) and order.values is not None:
        order = tuple(int(v) for v in order.values)
    return of_keras(moves.ordered(machine, tensor, order))


@function("swapaxes")
def swapaxes(machine: Machine, x: Value, axis1: Value, axis2: Value) -> Value:
    return of_keras(moves.transpose(machine, tensor_of(machine, x), axis1, axis2))


@function("moveaxis")
def moveaxis(machine: Machine, x: Value, source: Value, destination: Value) -> Value:
    return of_keras(moves.movedim(machine, tensor_of(machine, x), source, destination))


@function("expand_dims")
def expand_dims(machine: Machine, x: Value, axis: Value = -1, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, x)
    for at in sorted(axis) if isinstance(axis, tuple | List) else [axis]:
        made = moves.unsqueeze(machine, tensor, at)
        assert isinstance(made, Tensor)
        tensor = made
    return of_keras(tensor)


@function("squeeze")
def squeeze(machine: Machine, x: Value, axis: Value = None, *rest: Value, **more: Value) -> Value:
    return of_keras(moves.squeeze(machine, tensor_of(machine, x), axis))


def alike(machine: Machine, tensors: list[Tensor]) -> tuple[list[Tensor], bool]:
    """Tensors as maps where one of them is, and whether they are."""
    if not any(is_map(t) for t in tensors) or len({len(t.shape) for t in tensors}) > 1:
        return tensors, False
    return [as_map(machine, t) for t in tensors], True


@function("concatenate", "concat")
def concatenate(machine: Machine, xs: Value = None, axis: Value = -1, name: Value = None, **more: Value) -> Value:
    given = xs if xs is not None else more.get("values", more.get("tensors"))
    if isinstance(given, int) and isinstance(axis, tuple | List):
        given, axis = axis, given
    if not isinstance(given, tuple | List):
        raise ValueFault("concatenate takes a list of tensors", "[a, b]")
    tensors = [tensor_of(machine, t) for t in given]
    count = len(tensors[0].shape) if tensors else 0
    maps, turned = alike(machine, tensors)
    if not turned:
        return of_keras(parts.joined(machine, tensors, axis))
    at = axis_of(axis, count)
    at = at if at == 0 else 1 if at == count - 1 else at + 1
    return from_map(machine, parts.joined(machine, maps, at))


@function("stack")
def stack(machine: Machine, x: Value = None, axis: Value = 0, name: Value = None, **more: Value) -> Value:
    given = x if x is not None else more.get("values")
    if isinstance(given, tuple | List) and given and not any(isinstance(n, Tensor) for n in given):
        return tuple(given) if any(isinstance(n, Batch) for n in given) else tensor_of(machine, given)
    if not isinstance(given, tuple | List):
        raise ValueFault("stack takes a list of tensors", "[a, b]")
    return of_keras(parts.stack(machine, List([tensor_of(machine, t) for t in given]), axis))


@function("unstack")
def unstack(machine: Machine, x: Value, num: Value = None, axis: Value = 0, **more: Value) -> Value:
    made = parts.unbind(machine, tensor_of(machine, x), axis)
    of_keras(made)
    return List(list(made) if isinstance(made, tuple) else [made])


@function("split")
def split(machine: Machine, x: Value, indices_or_sections: Value = None, axis: Value = 0, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, x)
    pieces = indices_or_sections if indices_or_sections is not None else more.get("num_or_size_splits")
    at = axes_of(axis, len(tensor.shape))[0]
    size = tensor.shape[at]
    if isinstance(size, Batch):
        raise ValueFault("the batch is cut into pieces", "axis=-1")
    if isinstance(pieces, int) and not isinstance(pieces, bool) and pieces > 0:
        if size % pieces:
            raise ValueFault(f"{size} are no {pieces} equal pieces", f"{math.gcd(size, pieces)}")
        made = parts.split(machine, tensor, size // pieces, at)
    else:
        made = parts.split(machine, tensor, pieces, at)
    of_keras(made)
    return List(list(made) if isinstance(made, tuple) else [made])


@function("tile", "repeat_elements")
def tile(machine: Machine, x: Value, repeats: Value = None, *rest: Value, **more: Value) -> Value:
    counts = repeats if repeats is not None else more.get("multiples", more.get("n"))
    tensor = tensor_of(machine, x)
    if isinstance(counts, Tensor) and counts.values is not None:
        counts = tuple(int(v) for v in counts.values)
    if (
        isinstance(counts, tuple | List)
        and len(counts) == len(tensor.shape)
        and isinstance(counts[0], Batch)
        and tensor.shape[0] == 1
    ):
        rest_ = moves.repeated(machine, tensor, (1, *sizes_of(machine, tuple(counts[1:]))))
        return of_keras(moves.expanded(machine, rest_, (counts[0], *rest_.shape[1:])))
    return of_keras(moves.tile(machine, tensor, counts))


@function("repeat")
def repeat(machine: Machine, x: Value, repeats: Value, axis: Value = None, **more: Value) -> Value:
    tensor = tensor_of(machine, x)
    if axis is None and len(tensor.shape) == 2:  # the backend's repeat of a vector
        return of_keras(
            moves.expanded(machine, _unsqueezed(machine, tensor, 1), (tensor.shape[0], whole(repeats, "n"), tensor.shape[1]))
        )
    return of_keras(moves.repeat_interleave(machine, tensor, repeats, axis))


def _unsqueezed(machine: Machine, tensor: Tensor, at: int) -> Tensor:
    made = moves.unsqueeze(machine, tensor, at)
    assert isinstance(made, Tensor)
    return made


@function("broadcast_to")
def broadcast_to(machine: Machine, x: Value, shape: Value) -> Value:
    return of_keras(moves.expanded(machine, tensor_of(machine, x), sizes_of(machine, shape)))


@function("flip", "reverse")
def flip(machine: Machine, x: Value, axis: Value = None, **more: Value) -> Value:
    return of_keras(moves.flip(machine, tensor_of(machine, x), 1 if axis is None else axis))


@function("roll")
def roll(machine: Machine, x: Value, shift: Value, axis: Value = None, **more: Value) -> Value:
    return of_keras(moves.roll(machine, tensor_of(machine, x), shift, axis))


@function("pad")
def pad(machine: Machine, x: Value, pad_width: Value = None, mode: Value = "constant", *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, x)
    pairs = pad_width if pad_width is not None else more.get("paddings")
    if isinstance(pairs, Tensor) and pairs.values is not None:
        pairs = List([List(list(pairs.values[i : i + 2])) for i in range(0, len(pairs.values), 2)])
    if not isinstance(pairs, tuple | List) or len(pairs) != len(tensor.shape):
        raise ValueFault("padding is a pair for each dimension, the batch's too", "[[0, 0], [1, 1], [1, 1], [0, 0]]")
    listed = [tuple(p) if isinstance(p, tuple | List) else (p, p) for p in pairs]
    lying = is_map(tensor)
    base = as_map(machine, tensor) if lying else tensor
    if lying:
        listed = [listed[0], listed[-1], *listed[1:-1]]
    flat = List([n for pair in reversed(listed) for n in pair])
    made = moves.padded(machine, base, flat)
    return from_map(machine, made) if lying else of_keras(made)


@function("spatial_2d_padding")
def spatial_2d_padding(machine: Machine, x: Value, padding: Value = ((1, 1), (1, 1)), data_format: Value = None) -> Value:
    pairs = padding if isinstance(padding, tuple | List) else ((1, 1), (1, 1))
    return pad(machine, x, ((0, 0), *pairs, (0, 0)))


@function("take", "gather")
def take(machine: Machine, x: Value, indices: Value = None, axis: Value = None, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, x)
    at = more.get("indices", indices)
    where_ = axis if isinstance(axis, int) else 0
    if isinstance(at, int):
        return of_keras(parts.one_of(machine, tensor, axis_of(where_, len(tensor.shape)), at))
    picked = tensor_of(machine, at)
    place = axis_of(where_, len(tensor.shape))
    if tensor.fixed and picked.fixed:
        return Tensor((*tensor.shape[:place], *picked.shape, *tensor.shape[place + 1 :]))
    if isinstance(tensor, Parameter) and place == 0:
        return (
            of_keras(products.embedding(machine, picked, tensor))
            if len(tensor.shape) == 2
            else _gathered(machine, tensor, picked, place)
        )
    return _gathered(machine, tensor, picked, place)


def _gathered(machine: Machine, tensor: Tensor, picked: Tensor, at: int) -> Value:
    return of_keras(moved(machine, tensor, (*tensor.shape[:at], *picked.shape, *tensor.shape[at + 1 :]), Step("gather")))


@function("embedding_lookup")
def embedding_lookup(machine: Machine, params: Value, ids: Value, *rest: Value, **more: Value) -> Value:
    return take(machine, params, ids, 0)


@function("one_hot")
def one_hot(machine: Machine, x: Value, num_classes: Value = None, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, x)
    count = num_classes if num_classes is not None else more.get("depth")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueFault("how many classes one_hot has must be known", "num_classes=10")
    return of_keras(
        moved(machine, tensor, (*tensor.shape, count), Step("one hot")) if not tensor.fixed else Tensor((*tensor.shape, count))
    )


@function("slice", "strided_slice")
def slice_(machine: Machine, x: Value, start_indices: Value = None, shape: Value = None, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, x)
    start, size = more.get("begin", start_indices), more.get("size", shape)
    starts, counts = sizes_of(machine, start), sizes_of(machine, size)
    made = tensor
    for at, (begin, count) in enumerate(zip(starts, counts, strict=True)):
        have = made.shape[at]
        if isinstance(have, Batch) or isinstance(begin, Batch) or isinstance(count, Batch):
            continue
        made = parts.part(machine, made, at, begin, have if count == -1 else min(have, begin + count))
    return of_keras(made)


# -- made from nothing --------------------------------------------------------------------------------------------------


def _fresh(machine: Machine, shape: Value, value: float | None = None) -> Tensor:
    sizes = sizes_of(machine, shape) if not isinstance(shape, tuple | List) or shape else ()
    made = Tensor(sizes, "float", KERAS_TENSOR)
    made.place = machine.place()
    if value is not None and not sizes:
        made.values = (value,)
    return made


@function("zeros", "ones", "empty", "truncated_normal", "random_normal", "random_uniform", "uniform", "normal", "fill", "full")
def fresh(machine: Machine, shape: Value = None, *rest: Value, **more: Value) -> Value:
    given = shape if shape is not None else more.get("dims")
    return given if isinstance(given, Unknown) else _fresh(machine, given)


# How values begin changes no shape: a seed that is not known is none.
for _name in ("truncated_normal", "random_normal", "random_uniform", "uniform", "normal"):
    FUNCTIONS[_name].unknown = True


@function("zeros_like", "ones_like", "empty_like", "full_like", "random_normal_like")
def like(machine: Machine, x: Value, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, x)
    return Tensor(tensor.shape, tensor.kind, KERAS_TENSOR)


@function("arange", "range")
def arange(machine: Machine, start: Value = 0, stop: Value = None, step: Value = 1, *rest: Value, **more: Value) -> Value:
    begin, end, by = start, more.get("limit", stop), more.get("delta", step)
    if end is None:
        begin, end = 0, begin
    if isinstance(end, Batch):
        raise ValueFault("the size of the batch is not known", "a number for what is meant")
    made = creation.arange(machine, begin, end, by)
    return of_keras(made)


@function("eye")
def eye(machine: Machine, n: Value, m: Value = None, *rest: Value, **more: Value) -> Value:
    return _fresh(machine, (n, n if m is None or not isinstance(m, int) else m))


@function("tril", "triu", "band_part", "linspace", "hann_window")
def filled(machine: Machine, x: Value, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, x)
    return (
        Tensor(tensor.shape, tensor.kind, KERAS_TENSOR)
        if tensor.fixed
        else each(machine, tensor, lambda t: single(machine, t, "mask", "mask"))
    )


# -- products -----------------------------------------------------------------------------------------------------------


@function("matmul", "dot", "batch_dot")
def matmul(machine: Machine, x1: Value, x2: Value = None, *rest: Value, **more: Value) -> Value:
    left, right = tensor_of(machine, x1), tensor_of(machine, more.get("b", more.get("y", x2)))
    if more.get("transpose_a") or (rest and rest[0] is True):
        left = moves.last_two(machine, left)
    if more.get("transpose_b") or (len(rest) > 1 and rest[1] is True):
        right = moves.last_two(machine, right)
    axes = more.get("axes", rest[0] if rest and not isinstance(rest[0], bool) else None)
    if axes is not None:
        return dotted(machine, left, right, axes)
    return of_keras(products.product(machine, left, right))


def dotted(machine: Machine, left: Tensor, right: Tensor, axes: Value) -> Value:
    """The backend's batch_dot: products summed over an axis of each, the batch in common."""
    pair = (axes, axes) if isinstance(axes, int) else tuple(axes) if isinstance(axes, tuple | List) else ()
    if len(pair) != 2:
        raise ValueFault("axes is an axis of each tensor", "axes=(2, 2)")
    a, b = (axis_of(n, len(t.shape)) for n, t in zip(pair, (left, right), strict=True))
    letters = "abcdefghij"
    one = list(letters[: len(left.shape)])
    two_ = ["a", *"pqrstuvw"[: len(right.shape) - 1]]
    if a == 0 or b == 0:
        raise ValueFault("a dot product along the batch compares the inputs of a batch", "axes=1")
    two_[b] = one[a]
    out = [c for c in one if c != one[a]] + [c for i, c in enumerate(two_) if i != b and i]
    made = products.einsum(machine, f"{''.join(one)},{''.join(two_)}->{''.join(out)}", left, right)
    assert isinstance(made, Tensor)
    if len(made.shape) == 1:
        made = moves.same_values(machine, made, (*made.shape, 1), "unsqueeze")
    return of_keras(made)


@function("einsum")
def einsum(machine: Machine, equation: Value, *operands: Value, **more: Value) -> Value:
    return of_keras(products.einsum(machine, equation, *(tensor_of(machine, t) for t in operands)))


@function("tensordot")
def tensordot(machine: Machine, x1: Value, x2: Value, axes: Value = 2, **more: Value) -> Value:
    left, right = tensor_of(machine, x1), tensor_of(machine, x2)
    if isinstance(axes, int):
        pairs = [(len(left.shape) - axes + i, i) for i in range(axes)]
    elif isinstance(axes, tuple | List) and len(axes) == 2:
        sides = [[n] if isinstance(n, int) else list(n) if isinstance(n, tuple | List) else [] for n in axes]
        pairs = [(axis_of(p, len(left.shape)), axis_of(q, len(right.shape))) for p, q in zip(*sides, strict=True)]
    else:
        raise ValueFault("axes is a number, or the axes of each tensor", "axes=[[1], [0]]")
    one = list("abcdefgh"[: len(left.shape)])
    two_ = list("pqrstuvw"[: len(right.shape)])
    for p, q in pairs:
        two_[q] = one[p]
    summed = {one[p] for p, _ in pairs}
    out = [c for c in [*one, *two_] if c not in summed]
    return of_keras(products.einsum(machine, f"{''.join(one)},{''.join(two_)}->{''.join(out)}", left, right))


# -- images -------------------------------------------------------------------------------------------------------------


@function("depth_to_space", "space_to_depth")
def depth_to_space(machine: Machine, x: Value, block_size: Value = 2, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, x)
    size = whole(block_size, "block_size")
    if len(tensor.shape) != 4 or any(isinstance(n, Batch) for n in tensor.shape[1:]):
        raise ValueFault(f"depth_to_space takes B×H×W×C; {shown(tensor.shape)} arrives", "ops.reshape before it")
    _, high, wide, channels = (n if isinstance(n, int) else 1 for n in tensor.shape)
    if channels % (size * size):
        raise ValueFault(f"{channels} channels are no multiple of {size}·{size}", f"{size * size}")
    return of_keras(
        moved(machine, tensor, (tensor.shape[0], high * size, wide * size, channels // (size * size)), Step("depth to space"))
    )


@inside("image.extract_patches")
def extract_patches(
    machine: Machine,
    images: Value,
    size: Value = None,
    strides: Value = None,
    *rest: Value,
    padding: Value = "valid",
    **more: Value,
) -> Value:
    """Patches of images, the values of each in a row."""
    tensor = tensor_of(machine, images)
    sizes = sizes_of(machine, more.get("sizes", size))
    steps = sizes_of(machine, strides) if strides is not None else sizes
    sizes, steps = ((n[1:3] if len(n) == 4 else n * 2 if len(n) == 1 else n) for n in (sizes, steps))
    if len(tensor.shape) != 4 or any(isinstance(n, Batch) for n in (*tensor.shape[1:], *sizes, *steps)):
        raise ValueFault(f"extract_patches takes B×H×W×C; {shown(tensor.shape)} arrives", "ops.reshape before it")
    same_ = isinstance(padding, str) and padding.lower() == "same"
    counts = [
        -(-int(n) // int(s)) if same_ else (int(n) - int(k)) // int(s) + 1  # type: ignore[arg-type]
        for n, k, s in zip(tensor.shape[1:3], sizes, steps, strict=True)
    ]
    if min(counts) < 1:
        raise ValueFault(f"patches of {sizes} do not fit {shown(tensor.shape)}", "a smaller size")
    width = int(sizes[0]) * int(sizes[1]) * int(tensor.shape[3])  # type: ignore[arg-type]
    return of_keras(moved(machine, tensor, (tensor.shape[0], *counts, width), Step("patches")))


@inside("image.resize", "nn.resize", "image.resize_images")
def resize(machine: Machine, images: Value, size: Value = None, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, images)
    sizes = sizes_of(machine, size)
    run = session(machine)
    span = run.span(machine)
    config = config_of({"height": sizes[0], "width": sizes[1]}, {}, span)
    path = run.number(run.scope(), "resize") if run.graph is not None else "resize"
    return ruled(machine, "Resizing", config, f"{path}@{run.graph is None}", path, [tensor], span=span)[0]


# -- tensors themselves -------------------------------------------------------------------------------------------------


def _operator(name: str, symbol: str, reflected: str = "") -> None:
    def forward(machine: Machine, self: Value, other_: Value) -> Value:
        return both(machine, name, self, other_)

    def backward(machine: Machine, self: Value, other_: Value) -> Value:
        return both(machine, name, other_, self)

    KERAS_TENSOR.names[symbol] = _bound(symbol, forward)
    if reflected:
        KERAS_TENSOR.names[reflected] = _bound(reflected, backward)


def _bound(name: str, host: Host) -> Native:
    made = entered(name, host)
    made.binds = True
    return made


for _name, _symbol in {
    "add": "add", "sub": "sub", "mul": "mul", "div": "truediv", "floor_div": "floordiv", "remainder": "mod", "pow": "pow",
    "and": "and", "or": "or",
}.items():  # fmt: skip
    _operator(_name, f"__{_symbol}__", f"__r{_symbol}__")
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    _operator(_name, f"__{_name}__")


def _neg(machine: Machine, self: Value) -> Value:
    return each(machine, tensor_of(machine, self), lambda t: single(machine, t, "neg", "neg"))


def _matmul(machine: Machine, self: Value, other_: Value) -> Value:
    return of_keras(products.product(machine, tensor_of(machine, self), tensor_of(machine, other_)))


def _item(machine: Machine, self: Tensor, key: Value) -> Value:
    return of_keras(parts.indexed(machine, self, key))


KERAS_TENSOR.names["__neg__"] = _bound("__neg__", _neg)
KERAS_TENSOR.names["__matmul__"] = _bound("__matmul__", _matmul)
KERAS_TENSOR.names["__getitem__"] = _bound("__getitem__", _item)
for _name in ("__bool__", "__int__", "__float__", "__index__"):
    KERAS_TENSOR.names[_name] = TENSOR.names[_name]


KERAS_TENSOR.names["__hash_by_identity__"] = True


@KERAS_TENSOR.getter("shape")
def tensor_shape(machine: Machine, self: Tensor) -> Value:
    return sizes_shown(self.shape)


@KERAS_TENSOR.getter("_keras_shape")
def keras_shape(machine: Machine, self: Tensor) -> Value:
    return sizes_shown(self.shape)


@KERAS_TENSOR.getter("dtype")
def tensor_dtype(machine: Machine, self: Tensor) -> Value:
    return "float32" if self.kind in ("float", "any") else "int32" if self.kind == "int" else "bool"


@KERAS_TENSOR.getter("ndim")
def tensor_rank(machine: Machine, self: Tensor) -> Value:
    return len(self.shape)


@KERAS_TENSOR.getter("name")
def tensor_name(machine: Machine, self: Tensor) -> Value:
    run = session(machine)
    entry = run.entry_of.get(id(self))
    return entry.name if entry is not None else "tensor"


@KERAS_TENSOR.method("get_shape")
def get_shape(machine: Machine, self: Tensor) -> Value:
    return sizes_shown(self.shape)


@KERAS_TENSOR.method("__len__")
def length(machine: Machine, self: Tensor) -> Value:
    if not self.shape or isinstance(self.shape[0], Batch):
        raise machine.fault("how many inputs a batch holds is not known", "a number for what is meant")
    return self.shape[0]


@KERAS_TENSOR.method("numpy", "set_shape", "assign", "assign_add", "assign_sub", raw=True, unknown=True)
def of_values(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    return value_of(machine)


@KERAS_TENSOR.method("reshape")
def array_reshape(machine: Machine, self: Tensor, *shape_: Value) -> Value:
    sizes = sizes_of(machine, shape_[0] if len(shape_) == 1 else tuple(shape_))
    try:
        return of_keras(moves.same_values(machine, self, reshaped(self.shape, sizes), "reshape"))
    except ValueFault as error:
        raise fault(machine, error, "reshape") from None


@KERAS_TENSOR.method("astype", "copy")
def as_type(machine: Machine, self: Tensor, *rest: Value, **more: Value) -> Value:
    return self


@KERAS_TENSOR.method("__repr__", "__str__")
def written(machine: Machine, self: Tensor) -> Value:
    return f"<KerasTensor shape={shown(self.shape)}, dtype=float32>"


@VARIABLE.method("__init__", raw=True, unknown=True)
def no_variable(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    return None


def variable(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """tf.Variable and keras.Variable: a weight of the shape of its first value."""
    given = args[0] if args else kwargs.get("initial_value", kwargs.get("initializer"))
    if isinstance(given, Unknown):
        return given
    wanted = kwargs.get("shape")
    sizes = sizes_of(machine, wanted) if wanted is not None else tensor_of(machine, given, "a variable has a first value").shape
    if any(isinstance(n, Batch) for n in sizes):
        raise ValueFault("a variable has no batch", "a size of its own")
    if kwargs.get("trainable") is False:
        return Tensor(sizes, "float", KERAS_TENSOR)
    made = Parameter(sizes or (1,), VARIABLE)
    name = kwargs.get("name")
    made.name = name if isinstance(name, str) else "variable"
    made.place = machine.place()
    run = session(machine)
    run.variables.append(made)
    return made


FUNCTIONS["Variable"] = entered("Variable", variable)


@function("map_fn", "vectorized_map", "while_loop", "scan", "foldl", "foldr")
def loops(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    raise ValueFault("a function that is called for each value is not followed", "a layer in TimeDistributed")
