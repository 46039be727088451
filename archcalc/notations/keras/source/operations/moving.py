"""What only moves values, or makes them from nothing; images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from archcalc.interpreter.values import (
    List,
    Unknown,
    Value,
)
from archcalc.notations.keras.source.objects import sizes_shown, unheld
from archcalc.notations.keras.source.operations.entering import FUNCTIONS, INSIDE, function, inside, tensor_of
from archcalc.notations.keras.source.session import config_of, ruled, session
from archcalc.notations.keras.source.tensors import (
    KERAS_TENSOR,
    as_map,
    each,
    from_map,
    is_map,
    of_keras,
    shown,
)
from archcalc.notations.pytorch.vocabulary import creation, moves, parts, products
from archcalc.notations.pytorch.vocabulary.arithmetic import single
from archcalc.notations.pytorch.vocabulary.checks import whole
from archcalc.notations.pytorch.vocabulary.shapes import Batch, Dim, reshaped
from archcalc.notations.pytorch.vocabulary.shapes import axes as axes_of
from archcalc.notations.pytorch.vocabulary.shapes import axis as axis_of
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Step, Tensor
from archcalc.notations.pytorch.vocabulary.trace import moved
from archcalc.text.faults import ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


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
def reshape(
    machine: Machine, x: Value = None, newshape: Value = None, name: Value = None, *, shape: Value = None, tensor: Value = None
) -> Value:
    tensor = tensor_of(machine, x if x is not None else tensor)
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
def expand_dims(machine: Machine, x: Value = None, axis: Value = -1, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, x if x is not None else more.get("input"))
    for at in sorted(axis) if isinstance(axis, tuple | List) else [axis]:
        made = moves.unsqueeze(machine, tensor, at)
        assert isinstance(made, Tensor)
        tensor = made
    return of_keras(tensor)


@function("squeeze")
def squeeze(machine: Machine, x: Value = None, axis: Value = None, *rest: Value, **more: Value) -> Value:
    return of_keras(moves.squeeze(machine, tensor_of(machine, x if x is not None else more.get("input")), axis))


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
def split(
    machine: Machine, x: Value = None, indices_or_sections: Value = None, axis: Value = 0, *rest: Value, **more: Value
) -> Value:
    tensor = tensor_of(machine, x if x is not None else more.get("value"))
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


def _image(tensor: Tensor, what: str) -> tuple[int, int, int]:
    """Height, width and channels of images in Keras's order. Raises ValueFault."""
    if len(tensor.shape) != 4 or any(isinstance(n, Batch) for n in tensor.shape[1:]):
        raise ValueFault(f"{what} takes B×H×W×C; {shown(tensor.shape)} arrives", "ops.reshape before it")
    high, wide, channels = (n if isinstance(n, int) else 1 for n in tensor.shape[1:])
    return high, wide, channels


@function("space_to_depth")
def space_to_depth(machine: Machine, x: Value = None, block_size: Value = 2, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, x if x is not None else more.get("input"))
    size = whole(block_size, "block_size")
    high, wide, channels = _image(tensor, "space_to_depth")
    if high % size or wide % size:
        raise ValueFault(f"{high}×{wide} positions are no multiple of {size}", f"an input of a multiple of {size}")
    shape = (tensor.shape[0], high // size, wide // size, channels * size * size)
    return of_keras(moved(machine, tensor, shape, Step("space to depth")))


@function("depth_to_space")
def depth_to_space(machine: Machine, x: Value = None, block_size: Value = 2, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, x if x is not None else more.get("input"))
    size = whole(block_size, "block_size")
    high, wide, channels = _image(tensor, "depth_to_space")
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


def _pool(kind: str, *names: str) -> None:
    def host(
        machine: Machine,
        input: Value = None,
        ksize: Value = None,
        strides: Value = None,
        padding: Value = "valid",
        data_format: Value = None,
        *rest: Value,
        **more: Value,
    ) -> Value:
        """A pool of tf.nn: its window and strides are of the positions, or of all four dimensions; a stride is 1 by default."""
        tensor = tensor_of(machine, input if input is not None else more.get("value", more.get("x")))
        if data_format not in (None, "NHWC", "channels_last"):
            raise ValueFault("a pool of tf.nn has channels last here", 'data_format="NHWC"')
        run = session(machine)
        span = run.span(machine)
        given = {
            "pool_size": _positions(machine, more.get("pool_size", ksize)),
            "strides": _positions(machine, 1 if strides is None else strides),
            "padding": padding.lower() if isinstance(padding, str) else padding,
        }
        path = run.number(run.scope(), "pool") if run.graph is not None else "pool"
        config = config_of(given, {}, span)
        return ruled(machine, kind, config, f"{path}@{run.graph is None}", path, [tensor], span=span)[0]

    inside(*names)(host)


def _positions(machine: Machine, value: Value) -> Value:
    """The sizes of two dimensions: of one number, of two, or of four of which the outer are 1."""
    sizes = sizes_of(machine, value)
    if len(sizes) == 4 and (sizes[0], sizes[3]) != (1, 1):
        raise ValueFault("a pool goes over positions alone", "[1, 2, 2, 1]")
    listed = sizes[1:3] if len(sizes) == 4 else sizes * 2 if len(sizes) == 1 else sizes
    return List(list(listed))


_pool("MaxPooling2D", "nn.max_pool2d", "nn.max_pool")
_pool("AveragePooling2D", "nn.avg_pool2d", "nn.avg_pool")


@inside("nn.dropout", "random.dropout")
def dropout(machine: Machine, x: Value, *rest: Value, **more: Value) -> Value:
    """Dropout, which does nothing outside training."""
    tensor = tensor_of(machine, x)
    run = session(machine)
    span = run.span(machine)
    path = run.number(run.scope(), "dropout") if run.graph is not None else "dropout"
    return ruled(machine, "Dropout", config_of({}, {}, span), f"{path}@{run.graph is None}", path, [tensor], span=span)[0]


RESIZED = ("image.resize", "nn.resize", "image.resize_images", "image.resize_bilinear", "image.resize_nearest_neighbor")


@inside(*RESIZED)
def resize(machine: Machine, images: Value, size: Value = None, *rest: Value, **more: Value) -> Value:
    tensor = tensor_of(machine, images)
    sizes = sizes_of(machine, size)
    run = session(machine)
    span = run.span(machine)
    config = config_of({"height": sizes[0], "width": sizes[1]}, {}, span)
    path = run.number(run.scope(), "resize") if run.graph is not None else "resize"
    return ruled(machine, "Resizing", config, f"{path}@{run.graph is None}", path, [tensor], span=span)[0]


# How values between positions are found changes no shape, nor does what chooses the values that are dropped.
for _name in (*RESIZED, "nn.dropout", "random.dropout"):
    INSIDE[_name].unknown = True


@function("resize_images")
def resize_images(
    machine: Machine, x: Value, height_factor: Value = 1, width_factor: Value = 1, *rest: Value, **more: Value
) -> Value:
    """The backend's resizing by whole factors."""
    tensor = tensor_of(machine, x)
    high, wide, _ = _image(tensor, "resize_images")
    return resize(machine, tensor, (high * whole(height_factor, "height_factor"), wide * whole(width_factor, "width_factor")))
