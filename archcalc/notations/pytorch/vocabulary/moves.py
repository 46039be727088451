"""What moves values about: views, orders, parts, repetitions, joins."""

from __future__ import annotations

from itertools import product as combinations
from typing import TYPE_CHECKING

from archcalc.interpreter.values import List, Result, Value
from archcalc.layers.base import Layer
from archcalc.notations.pytorch.vocabulary.checks import whole, word
from archcalc.notations.pytorch.vocabulary.memory import apart
from archcalc.notations.pytorch.vocabulary.names import functional, method, op
from archcalc.notations.pytorch.vocabulary.reasons import AS_TORCH, MIXED
from archcalc.notations.pytorch.vocabulary.shapes import (
    Batch,
    Dim,
    Full,
    axes,
    axis,
    batched,
    inner,
    reshaped,
    same,
    same_shape,
    shown_shape,
    sizes,
)
from archcalc.notations.pytorch.vocabulary.tensors import Number, Step, Tensor
from archcalc.notations.pytorch.vocabulary.trace import moved, note, trace
from archcalc.text.faults import Misfit, ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


def same_values(machine: Machine, x: Tensor, shape: Full, word: str) -> Tensor:
    """The same values in the same order in another shape."""
    if same_shape(x.shape, shape):
        return x
    made = moved(machine, x, shape, Step(word, same_order=True))
    made.values = x.values
    return made


# -- views ------------------------------------------------------------------------------------------------------------


@method("view")
def view(machine: Machine, input: Tensor, *wanted: Value, shape: Value = None, size: Value = None) -> Value:
    named = shape if shape is not None else size
    wanted = wanted if named is None else (named,)
    if len(wanted) == 1 and not isinstance(wanted[0], int | Batch | tuple | List):
        return input  # view(dtype)
    made = reshaped(input.shape, sizes(wanted))
    graph = trace(machine).graph
    if graph is not None and apart(graph, input, made):
        what = f"{shown_shape(input.shape)} cannot be viewed as {shown_shape(made)}"
        raise ValueFault(
            f"{what} as it lies in memory, its dimensions in another order",
            "`.reshape(…)` in place of `.view(…)`",
            "`.contiguous()` before it",
        )
    return same_values(machine, input, made, "reshape")


@method("reshape")
def reshape_method(machine: Machine, input: Tensor, *wanted: Value, shape: Value = None, size: Value = None) -> Value:
    named = shape if shape is not None else size
    return same_values(machine, input, reshaped(input.shape, sizes(wanted if named is None else (named,))), "reshape")


@op("reshape", at="torch")
def reshape(machine: Machine, input: Tensor, shape: Value) -> Value:
    return same_values(machine, input, reshaped(input.shape, sizes((shape,))), "reshape")


@method("view_as", "reshape_as")
def view_as(machine: Machine, input: Tensor, other: Tensor) -> Value:
    return same_values(machine, input, reshaped(input.shape, other.shape), "reshape")


@op("flatten", "ravel")
def flatten(machine: Machine, input: Tensor, start_dim: Value = 0, end_dim: Value = -1) -> Value:
    return flattened(machine, input, start_dim, end_dim)


def flattened(machine: Machine, x: Tensor, start_dim: Value, end_dim: Value) -> Tensor:
    """Dimensions from one to another as one."""
    rank = len(x.shape)
    first, last = axis(start_dim, rank), axis(end_dim, rank)
    if first > last:
        raise ValueFault("flatten() has invalid args: start_dim cannot come after end_dim", AS_TORCH)
    if not rank:
        return same_values(machine, x, (1,), "flatten")
    part: Dim = 1
    for n in x.shape[first : last + 1]:
        part = times(part, n)
    if isinstance(part, Batch) and last > first and part.times != 1:
        at = f"{shown_shape(x.shape)} would become {shown_shape((*x.shape[:first], part, *x.shape[last + 1 :]))}"
        raise ValueFault(f"the inputs of a batch are joined: {at}", "flatten(x, 1)")
    return same_values(machine, x, (*x.shape[:first], part, *x.shape[last + 1 :]), "flatten")


def times(a: Dim, b: Dim) -> Dim:
    """The product of two dimensions."""
    if isinstance(a, Batch):
        if isinstance(b, Batch):
            raise ValueFault("the batch is multiplied by itself: it compares the inputs of a batch", MIXED)
        return Batch(a.times * b) if b else 0
    if isinstance(b, Batch):
        return Batch(b.times * a) if a else 0
    return a * b


@op("unflatten", at="torch method")
def unflatten(machine: Machine, input: Tensor, dim: Value, sizes: Value) -> Value:
    return unflattened(machine, input, dim, sizes)


def unflattened(machine: Machine, x: Tensor, dim: Value, parts: Value) -> Tensor:
    """One dimension as several."""
    at = axis(dim, len(x.shape))
    made = reshaped((x.shape[at],), sizes((parts,)))
    return same_values(machine, x, (*x.shape[:at], *made, *x.shape[at + 1 :]), "reshape")


@op("unsqueeze", "unsqueeze_", at="torch method")
def unsqueeze(machine: Machine, input: Tensor, dim: Value) -> Value:
    at = axis(dim, len(input.shape) + 1)
    return same_values(machine, input, (*input.shape[:at], 1, *input.shape[at:]), "unsqueeze")


@op("squeeze", "squeeze_", at="torch method")
def squeeze(machine: Machine, input: Tensor, dim: Value = None) -> Value:
    gone = axes(dim, len(input.shape))
    kept = tuple(n for i, n in enumerate(input.shape) if i not in gone or not same(n, 1))
    return same_values(machine, input, kept, "squeeze")


# -- order ------------------------------------------------------------------------------------------------------------


@method("permute")
def permute(machine: Machine, input: Tensor, *dims: Value) -> Value:
    return ordered(machine, input, dims[0] if len(dims) == 1 and isinstance(dims[0], tuple | List) else tuple(dims))


@op("permute", at="torch")
def permute_function(machine: Machine, input: Tensor, dims: Value) -> Value:
    return ordered(machine, input, dims)


def ordered(machine: Machine, x: Tensor, dims: Value) -> Tensor:
    """The dimensions in another order."""
    rank = len(x.shape)
    if not isinstance(dims, tuple | List):
        raise ValueFault("the order of the dimensions must be given one by one", AS_TORCH)
    order = tuple(axis(d, rank) for d in dims)
    if sorted(order) != list(range(rank)):
        raise ValueFault(f"{', '.join(map(str, dims))} is no order of {rank} dimensions", AS_TORCH)
    return turned(machine, x, order)


def turned(machine: Machine, x: Tensor, order: tuple[int, ...]) -> Tensor:
    """The dimensions in an order that is right."""
    if order == tuple(range(len(order))):
        return x
    from archcalc.layers.linear import Permute

    within = [i for i, n in enumerate(x.shape) if not isinstance(n, Batch)]
    inside = tuple(within.index(i) + 1 for i in order if i in within)
    shape = tuple(x.shape[i] for i in order)
    kept = inside == tuple(range(1, len(inside) + 1))
    if not inner(shape) or kept:
        made = moved(machine, x, shape, Step("permute", same_order=not x.fixed or x.values is None, order=order))
    else:
        made = moved(machine, x, shape, Step("permute", Permute(inside), order=order))
    if x.values is not None:
        made.values = _picked(x, order)
    return made


def _picked(x: Tensor, order: tuple[int, ...]) -> tuple[Number, ...] | None:
    if x.values is None or batched(x.shape):
        return None
    sizes_ = inner(x.shape)
    steps = strides(sizes_)
    ranges = [range(sizes_[i]) for i in order]
    return tuple(x.values[sum(steps[d] * i for d, i in zip(order, at, strict=True))] for at in combinations(*ranges))


def strides(shape: tuple[int, ...]) -> list[int]:
    steps = [1] * len(shape)
    for i in range(len(shape) - 2, -1, -1):
        steps[i] = steps[i + 1] * shape[i + 1]
    return steps


@op("transpose", "transpose_", "swapaxes", "swapdims", at="torch method")
def transpose(machine: Machine, input: Tensor, dim0: Value, dim1: Value) -> Value:
    rank = len(input.shape)
    a, b = axis(dim0, rank), axis(dim1, rank)
    order = list(range(rank))
    order[a], order[b] = b, a
    return turned(machine, input, tuple(order))


@op("t", at="torch method")
def t(machine: Machine, input: Tensor) -> Value:
    if len(input.shape) > 2:
        raise ValueFault(f"t() expects a tensor with <= 2 dimensions, but self is {len(input.shape)}D", AS_TORCH)
    return turned(machine, input, tuple(reversed(range(len(input.shape)))))


def reversed_dims(machine: Machine, x: Tensor) -> Tensor:
    """x.T"""
    return turned(machine, x, tuple(reversed(range(len(x.shape)))))


def last_two(machine: Machine, x: Tensor) -> Tensor:
    """x.mT"""
    rank = len(x.shape)
    return turned(machine, x, (*range(rank - 2), rank - 1, rank - 2))


@op("movedim", "moveaxis", at="torch method")
def movedim(machine: Machine, input: Tensor, source: Value, destination: Value) -> Value:
    rank = len(input.shape)
    came, to = axes(source, rank), axes(destination, rank)
    order = [i for i in range(rank) if i not in came]
    for where, what in sorted(zip(to, came, strict=True)):
        order.insert(where, what)
    return turned(machine, input, tuple(order))


@op("roll", at="torch method")
def roll(machine: Machine, input: Tensor, shifts: Value, dims: Value = None) -> Value:
    if dims is not None and any(isinstance(input.shape[i], Batch) for i in axes(dims, len(input.shape))):
        raise ValueFault("the inputs of a batch are rolled into each other", MIXED)
    return moved(machine, input, input.shape, Step("roll", _rolled(input, shifts, dims)))


def _rolled(x: Tensor, shifts: Value, dims: Value) -> Layer | None:
    """The layer of a roll along dimensions; None of one over all values in a row."""
    from archcalc.layers.resample import Roll

    if dims is None:
        return None
    found = axes(dims, len(x.shape))
    each = [whole(n, "shifts", -(10**9)) for n in (shifts if isinstance(shifts, tuple | List) else (shifts,))]
    if len(each) != len(found):
        raise ValueFault(f"shifts and dimensions must align. shifts: {len(each)}, dims:{len(found)}", AS_TORCH)
    inside = [i for i, n in enumerate(x.shape) if not isinstance(n, Batch)]
    shift = [sum(step for step, at in zip(each, found, strict=True) if at == i) for i in inside]
    while len(shift) > 1 and not shift[-1]:
        shift.pop()
    return Roll(tuple(shift))


@op("flip", at="torch")
def flip(machine: Machine, input: Tensor, dims: Value) -> Value:
    return _flipped(machine, input, dims)


@method("flip")
def flip_method(machine: Machine, input: Tensor, *dims: Value) -> Value:
    return _flipped(machine, input, dims[0] if len(dims) == 1 else tuple(dims))


def _flipped(machine: Machine, x: Tensor, dims: Value) -> Tensor:
    axes(dims, len(x.shape))
    return moved(machine, x, x.shape, Step("flip"))


# -- order of size ----------------------------------------------------------------------------------------------------


@op("topk", at="torch method")
def topk(machine: Machine, input: Tensor, k: Value, dim: Value = -1, largest: Value = True, sorted: Value = True) -> Value:
    at = axis(dim, len(input.shape))
    size, count = input.shape[at], whole(k, "k", 0)
    if isinstance(size, Batch):
        raise ValueFault("the inputs of a batch are compared with each other", "dim=1")
    if count > size:
        raise ValueFault(f"selected index k out of range: k={count} of {size}", str(size))
    return _ranked(machine, input, (*input.shape[:at], count, *input.shape[at + 1 :]), "topk")


@op("sort", at="torch method")
def sort(machine: Machine, input: Tensor, dim: Value = -1, descending: Value = False, stable: Value = False) -> Value:
    if isinstance(input.shape[axis(dim, len(input.shape))], Batch):
        raise ValueFault("the inputs of a batch are compared with each other", "dim=1")
    return _ranked(machine, input, input.shape, "sort")


def _ranked(machine: Machine, x: Tensor, shape: Full, word: str) -> Value:
    """Values in the order of their size, and where each stood."""
    note(machine, f"the comparisons of {word} are not counted")
    made, indices = (moved(machine, x, shape, Step(word)) for _ in range(2))
    indices.kind = "int"
    return (made, indices)


# -- repetition -------------------------------------------------------------------------------------------------------


@method("expand", "broadcast_to")
def expand(machine: Machine, input: Tensor, *size: Value) -> Value:
    return expanded(machine, input, sizes(size))


@op("broadcast_to", at="torch")
def broadcast_to(machine: Machine, input: Tensor, size: Value) -> Value:
    return expanded(machine, input, sizes((size,)))


def expanded(machine: Machine, x: Tensor, wanted: Full) -> Tensor:
    """Sizes of 1 repeated; −1 keeps a size."""
    lead = len(wanted) - len(x.shape)
    if lead < 0:
        raise ValueFault(f"{len(wanted)} sizes for a tensor of {len(x.shape)} dimensions", AS_TORCH)
    made: list[Dim] = []
    for i, n in enumerate(wanted):
        have: Dim = x.shape[i - lead] if i >= lead else 1
        if same(n, -1) or same(n, have):
            made.append(have)
        elif same(have, 1):
            made.append(n)
        else:
            raise ValueFault(f"a size of {shown_shape((have,))} cannot be expanded to {shown_shape((n,))}", AS_TORCH)
    shape = tuple(made)
    if same_shape(shape, x.shape):
        return x
    # One value for each input of the batch is the same value for one of them.
    return moved(machine, x, shape, Step("expand", same_order=inner(shape) == tuple(n for n in inner(x.shape) if n != 1)))


@method("expand_as")
def expand_as(machine: Machine, input: Tensor, other: Tensor) -> Value:
    return expanded(machine, input, other.shape)


@method("repeat")
def repeat(machine: Machine, input: Tensor, *sizes_: Value) -> Value:
    return repeated(machine, input, sizes(sizes_))


@op("tile", at="torch method")
def tile(machine: Machine, input: Tensor, dims: Value) -> Value:
    counts = sizes((dims,))
    return repeated(machine, input, (1,) * (len(input.shape) - len(counts)) + counts)


def repeated(machine: Machine, x: Tensor, counts: Full) -> Tensor:
    """Each dimension so many times."""
    lead = len(counts) - len(x.shape)
    if lead < 0:
        raise ValueFault("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor", AS_TORCH)
    shape = tuple(times(n, x.shape[i - lead] if i >= lead else 1) for i, n in enumerate(counts))
    if same_shape(shape, x.shape):
        return x
    return moved(machine, x, shape, Step("repeat", same_order=inner(shape) == tuple(n for n in inner(x.shape) if n != 1)))


@op("repeat_interleave", at="torch method")
def repeat_interleave(machine: Machine, input: Tensor, repeats: Value, dim: Value = None) -> Value:
    count = repeats if isinstance(repeats, Batch) else whole(repeats, "repeats")
    if dim is None:
        raise ValueFault("repeat_interleave without dim joins all dimensions", "dim=1")
    at = axis(dim, len(input.shape))
    return moved(machine, input, (*input.shape[:at], times(input.shape[at], count), *input.shape[at + 1 :]), Step("repeat"))


def grouped_heads(machine: Machine, x: Tensor, query: Tensor) -> Tensor:
    """Keys or values …×h×T×E whose heads each serve as many of the queries' heads."""
    if len(x.shape) < 3 or len(query.shape) < 3:
        raise ValueFault("enable_gqa needs tensors …×h×T×E", "enable_gqa=False")
    heads, own = whole(query.shape[-3], "the heads of the queries"), whole(x.shape[-3], "the heads of the keys")
    if heads % own:
        raise ValueFault(f"{own} heads of keys and values do not divide the {heads} of the queries", f"{own} heads, or {own * 2}")
    if heads == own:
        return x
    return moved(machine, x, (*x.shape[:-3], heads, *x.shape[-2:]), Step("repeat"))


# -- padding ----------------------------------------------------------------------------------------------------------


@functional("pad")
def pad(machine: Machine, input: Tensor, pad: Value, mode: Value = "constant", value: Value = None) -> Value:
    return padded(machine, input, pad, word(mode, "mode", "constant", "reflect", "replicate", "circular"))


def padded(machine: Machine, x: Tensor, pad: Value, mode: str = "constant") -> Tensor:
    """Values put around as a mode of F.pad says, taken off by a negative number: the last dimension first, before and after."""
    if not isinstance(pad, tuple | List) or len(pad) % 2 or len(pad) > 2 * len(x.shape):
        raise ValueFault("padding is a pair for each dimension, the last one first", AS_TORCH)
    shape = list(x.shape)
    pairs: list[tuple[int, int]] = []
    for i in range(len(pad) // 2):
        before, after = (whole(n, "padding", -(10**9)) for n in pad[2 * i : 2 * i + 2])
        at = len(shape) - 1 - i
        size = shape[at]
        if isinstance(size, Batch):
            if before or after:
                raise ValueFault("inputs are added to the batch", MIXED)
            continue
        pairs.append((before, after))
        shape[at] = size + before + after
        if size + before + after < 0:
            raise ValueFault(f"padding {before}, {after} takes more than the {size} there are", AS_TORCH)
    if same_shape(tuple(shape), x.shape):
        return x
    layer: Layer | None = None
    spatial = len(inner(x.shape)) - 1
    if isinstance(x.shape[0], Batch) and 1 <= spatial <= 3 and len(pairs) <= spatial and min(min(p) for p in pairs) >= 0:
        from archcalc.layers.resample import CircularPad, ReflectionPad, ReplicationPad, ZeroPad

        kinds = {"reflect": ReflectionPad, "replicate": ReplicationPad, "circular": CircularPad}
        layer = kinds.get(mode, ZeroPad)(tuple(reversed([*pairs, *[(0, 0)] * (spatial - len(pairs))])))
        try:
            layer.output((inner(x.shape),))
        except Misfit as misfit:
            raise ValueFault(misfit.message, *misfit.repairs) from None
    return moved(machine, x, tuple(shape), Step("pad", layer))


def result(value: Result) -> Result:
    """A result as it is."""
    return value
