"""Parts of tensors, and tensors joined: slices, indices, chunks, cat, stack."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import product as combinations
from typing import TYPE_CHECKING

from archcalc.interpreter.values import List, Value
from archcalc.layers.base import Layer
from archcalc.notations.pytorch.vocabulary.checks import whole
from archcalc.notations.pytorch.vocabulary.moves import same_values, strides
from archcalc.notations.pytorch.vocabulary.names import method, op
from archcalc.notations.pytorch.vocabulary.reasons import AS_TORCH, MIXED, VALUES
from archcalc.notations.pytorch.vocabulary.shapes import (
    Batch,
    Dim,
    Full,
    axis,
    batched,
    broadcast,
    inner,
    same,
    same_shape,
    shown_shape,
)
from archcalc.notations.pytorch.vocabulary.tensors import Number, Step, Tensor, known
from archcalc.notations.pytorch.vocabulary.trace import emit, expected, moved
from archcalc.text.faults import ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


def within(shape: Full, at: int) -> int:
    """Which dimension this is where the batch is left out."""
    return sum(not isinstance(n, Batch) for n in shape[:at])


# -- parts ------------------------------------------------------------------------------------------------------------


def part(machine: Machine, x: Tensor, at: int, start: int, end: int, step: int = 1) -> Tensor:
    """Some of a dimension."""
    size = x.shape[at]
    if isinstance(size, Batch):
        raise ValueFault("a part of the batch is taken: which inputs it holds is not known", MIXED)
    count = max(0, -(-(end - start) // step))
    if count == size:
        return x
    shape = (*x.shape[:at], count, *x.shape[at + 1 :])
    layer: Layer | None = None
    if step == 1 and count:
        from archcalc.layers.resample import Slice

        layer = Slice(start, end, within(x.shape, at))
    made = moved(machine, x, shape, Step("slice", layer, at=at, every=step))
    if x.values is not None and not batched(x.shape):
        made.values = _chosen(x, [range(start, end, step) if i == at else range(int(n)) for i, n in enumerate(inner(x.shape))])
    return made


def _chosen(x: Tensor, picks: list[range]) -> tuple[Number, ...] | None:
    if x.values is None:
        return None
    steps = strides(inner(x.shape))
    return tuple(x.values[sum(s * i for s, i in zip(steps, at, strict=True))] for at in combinations(*picks))


@op("narrow", at="torch method")
def narrow(machine: Machine, input: Tensor, dim: Value, start: Value, length: Value) -> Value:
    at = axis(dim, len(input.shape))
    begin = whole(start, "start", 0)
    return part(machine, input, at, begin, begin + whole(length, "length", 0))


@op("select", at="torch method")
def select(machine: Machine, input: Tensor, dim: Value, index: Value) -> Value:
    return one_of(machine, input, axis(dim, len(input.shape)), index)


def one_of(machine: Machine, x: Tensor, at: int, index: Value) -> Tensor:
    """One place of a dimension, which goes."""
    size = x.shape[at]
    if isinstance(size, Batch):
        raise ValueFault(f"one input of the batch is taken out of {shown_shape(x.shape)}", "all of them: x[:, …]")
    if isinstance(index, bool) or not isinstance(index, int):
        raise ValueFault("an index must be a whole number", "a whole number")
    if not -size <= index < size:
        raise ValueFault(f"index {index} is out of bounds for dimension {at} with size {size}", AS_TORCH)
    from archcalc.layers.resample import Slice

    layer = Slice(axis=within(x.shape, at), only=index if index == -1 else index % size)
    index %= size
    made = moved(machine, x, (*x.shape[:at], *x.shape[at + 1 :]), Step("select", layer, at=at))
    if x.values is not None and not batched(x.shape):
        picks = [range(index, index + 1) if i == at else range(int(n)) for i, n in enumerate(inner(x.shape))]
        made.values = _chosen(x, picks)
    return made


def of_batch(machine: Machine, x: Tensor, at: int, times: Fraction | int) -> Tensor:
    """Some of the tensors that were joined along the batch: as many as make whole batches."""
    size = x.shape[at]
    assert isinstance(size, Batch)
    if Fraction(times).denominator != 1 or not 0 < times < size.times:
        raise ValueFault("a part of the batch is taken: which inputs it holds is not known", MIXED)
    return moved(machine, x, (*x.shape[:at], Batch(int(times)), *x.shape[at + 1 :]), Step("part of the batch"))


@op("chunk", at="torch method")
def chunk(machine: Machine, input: Tensor, chunks: Value, dim: Value = 0) -> Value:
    at = axis(dim, len(input.shape))
    size, count = input.shape[at], whole(chunks, "chunks")
    if isinstance(size, Batch):
        if count == 1 or Fraction(size.times, count).denominator != 1:
            raise ValueFault("the batch is cut into parts", "dim=1")
        return tuple(of_batch(machine, input, at, Fraction(size.times, count)) for _ in range(count))
    if not size:
        return _parts(machine, input, at, count, (0 for _ in range(count)))
    return _even(machine, input, at, size, -(-size // count))


@op("split", "split_with_sizes", at="torch method")
def split(machine: Machine, tensor: Tensor, split_size_or_sections: Value, dim: Value = 0) -> Value:
    at = axis(dim, len(tensor.shape))
    size = tensor.shape[at]
    if isinstance(size, Batch):
        each = split_size_or_sections
        if not isinstance(each, Batch) or Fraction(size.times, each.times).denominator != 1 or each.times == size.times:
            raise ValueFault("the batch is cut into parts", "dim=1")
        return tuple(of_batch(machine, tensor, at, each.times) for _ in range(int(Fraction(size.times, each.times))))
    if isinstance(split_size_or_sections, tuple | List):
        parts = [whole(n, "split_size", 0) for n in split_size_or_sections]
        if sum(parts) != size:
            raise ValueFault(f"the parts {' + '.join(map(str, parts))} are not the {size} there are", AS_TORCH)
        return _parts(machine, tensor, at, len(parts), parts)
    return _even(machine, tensor, at, size, whole(split_size_or_sections, "split_size"))


@op("tensor_split", at="torch method")
def tensor_split(machine: Machine, input: Tensor, indices_or_sections: Value, dim: Value = 0) -> Value:
    at = axis(dim, len(input.shape))
    size, count = input.shape[at], whole(indices_or_sections, "sections")
    if isinstance(size, Batch):
        raise ValueFault("the batch is cut into parts", "dim=1")
    return _parts(machine, input, at, count, (size // count + (i < size % count) for i in range(count)))


def _even(machine: Machine, x: Tensor, at: int, size: int, each: int) -> Value:
    """Parts of one size, the last as long as what is left; of nothing one part, as torch has it."""
    if not size:
        return _parts(machine, x, at, 1, [0])
    return _parts(machine, x, at, -(-size // each), (min(each, size - start) for start in range(0, size, each)))


def _parts(machine: Machine, x: Tensor, at: int, count: int, sizes: Iterable[int]) -> Value:
    """So many parts of these sizes; they are drawn from the budget before the first is made."""
    machine.budget.spend("items", count, machine.span)
    made, start = [], 0
    for n in sizes:
        made.append(part(machine, x, at, start, start + n))
        start += n
    return tuple(made)


@op("unbind", at="torch method")
def unbind(machine: Machine, input: Tensor, dim: Value = 0) -> Value:
    at = axis(dim, len(input.shape))
    size = input.shape[at]
    if isinstance(size, Batch):
        raise ValueFault("the inputs of a batch are taken one by one", "dim=1")
    machine.budget.spend("items", size, machine.span)
    return tuple(one_of(machine, input, at, i) for i in range(size))


def indexed(machine: Machine, x: Tensor, key: Value) -> Tensor:
    """x[…] as torch reads it: numbers, slices, None, …, tensors of indices."""
    keys = list(key) if isinstance(key, tuple) else [key]
    taken = sum(1 for k in keys if k is not None and k is not Ellipsis and not isinstance(k, bool))
    if taken > len(x.shape):
        raise ValueFault(f"too many indices for a tensor of {len(x.shape)} dimensions", AS_TORCH)
    if Ellipsis not in [k for k in keys if k is None or k is Ellipsis]:
        keys.append(Ellipsis)
    at, made = 0, x
    lists: list[tuple[int, Tensor | List]] = []
    for k in keys:
        if k is Ellipsis:
            at += len(x.shape) - taken
        elif k is None:
            made = same_values(machine, made, (*made.shape[:at], 1, *made.shape[at:]), "unsqueeze")
            at += 1
        elif isinstance(k, slice):
            made = _sliced(machine, made, at, k)
            at += 1
        elif isinstance(k, Tensor | List):
            lists.append((at, k))
            at += 1
        elif isinstance(k, Batch):
            raise ValueFault("the size of the batch is an index here", MIXED)
        else:
            made = one_of(machine, made, at, k)
    return _by_lists(machine, made, lists) if lists else made


def _sliced(machine: Machine, x: Tensor, at: int, key: slice) -> Tensor:
    size = x.shape[at]
    for bound in (key.start, key.stop, key.step):
        if bound is not None and not isinstance(bound, int | Batch):
            raise ValueFault("the bounds of a slice must be whole numbers", "a whole number")
    if isinstance(size, Batch):
        whole_ = key.step in (None, 1) and (key.start is None or key.start == 0) and (key.stop is None or same(key.stop, size))
        if whole_:
            return x
        start = key.start.times if isinstance(key.start, Batch) else 0
        stop = key.stop.times if isinstance(key.stop, Batch) else size.times
        plain = [b for b in (key.start, key.stop) if b is not None and not isinstance(b, Batch) and b != 0]
        if key.step in (None, 1) and not plain:
            return of_batch(machine, x, at, Fraction(min(stop, size.times)) - Fraction(start))
        raise ValueFault("a part of the batch is taken: which inputs it holds is not known", MIXED)
    if isinstance(key.start, Batch) or isinstance(key.stop, Batch):
        raise ValueFault("the size of the batch bounds a slice of another dimension", MIXED)
    if key.step is not None and key.step <= 0:
        raise ValueFault("slice step must be positive", AS_TORCH)
    return part(machine, x, at, *key.indices(size))


def _by_lists(machine: Machine, x: Tensor, lists: list[tuple[int, Tensor | List]]) -> Tensor:
    """Indexing by tensors of indices: their common shape stands where the first of them stands, if they are side by side."""
    shapes: list[Full] = []
    for at, key in lists:
        if isinstance(key, Tensor):
            if key.kind == "bool":
                raise ValueFault("a mask takes values, and how many depends on them", VALUES)
            shapes.append(key.shape)
        elif isinstance(key, List):
            shapes.append((len(key),))
        if isinstance(x.shape[at], Batch):
            raise ValueFault("inputs of the batch are taken by their numbers", MIXED)
    places = [at for at, _ in lists]
    made = broadcast(shapes)
    rest = [n for i, n in enumerate(x.shape) if i not in places]
    beside = places == list(range(places[0], places[0] + len(places)))
    front = places[0] if beside else 0
    shape = (*rest[:front], *made, *rest[front:])
    return moved(machine, x, shape, Step("index"))


@op("index_select", at="torch method")
def index_select(machine: Machine, input: Tensor, dim: Value, index: Tensor) -> Value:
    at = axis(dim, len(input.shape))
    return moved(machine, input, (*input.shape[:at], index.shape[0], *input.shape[at + 1 :]), Step("index"))


@op("gather", at="torch method")
def gather(machine: Machine, input: Tensor, dim: Value, index: Tensor) -> Value:
    axis(dim, len(input.shape))
    return moved(machine, input, index.shape, Step("gather"))


@method("unfold")
def unfold(machine: Machine, input: Tensor, dimension: Value, size: Value, step: Value) -> Value:
    at = axis(dimension, len(input.shape))
    have, wide, stride = input.shape[at], whole(size, "size"), whole(step, "step")
    if isinstance(have, Batch) or wide > have:
        raise ValueFault(f"windows of {wide} do not fit {shown_shape((have,))}", AS_TORCH)
    return moved(machine, input, (*input.shape[:at], (have - wide) // stride + 1, *input.shape[at + 1 :], wide), Step("windows"))


# -- joining ----------------------------------------------------------------------------------------------------------


def tensors_of(machine: Machine, values: Value, what: str) -> list[Tensor]:
    """A tuple or list of tensors."""
    if not isinstance(values, tuple | List):
        raise ValueFault(f"{what} takes a list of tensors", AS_TORCH)
    return [expected(machine, v, what) for v in values]


@op("cat", "concat", "concatenate", at="torch")
def cat(machine: Machine, tensors: Value, dim: Value = 0) -> Value:
    return joined(machine, tensors_of(machine, tensors, "torch.cat"), dim)


def joined(machine: Machine, parts: list[Tensor], dim: Value) -> Tensor:
    """Tensors side by side along a dimension."""
    if not parts:
        raise ValueFault("torch.cat(): expected a non-empty list of Tensors", AS_TORCH)
    if len(parts) == 1:
        return parts[0]
    rank = len(parts[0].shape)
    at = axis(dim, rank)
    for x in parts:
        rest = [same(a, b) for i, (a, b) in enumerate(zip(x.shape, parts[0].shape, strict=False)) if i != at]
        if len(x.shape) != rank or not all(rest):
            listed = ", ".join(shown_shape(p.shape) for p in parts)
            raise ValueFault(f"sizes of tensors must match except in dimension {at}: {listed}", AS_TORCH)
    total: Dim = parts[0].shape[at]
    for x in parts[1:]:
        total = plus(total, x.shape[at])
    shape = (*parts[0].shape[:at], total, *parts[0].shape[at + 1 :])
    kind = parts[0].kind
    if all(x.fixed for x in parts):
        made = Tensor(shape, kind)
        if at == 0 and all(x.values is not None for x in parts):
            made = known(shape, [v for x in parts for v in x.values or ()], kind)
        made.place = machine.place()
        return made
    if isinstance(total, Batch):
        # So many tensors for each input from here on: what reads them runs as often.
        from archcalc.layers.move import Move

        each = inner(parts[0].shape)
        return emit(machine, Move(each or (1,), "joined along the batch", each), parts, shape, kind=kind, word="concat")
    from archcalc.layers.merge import Concat

    where = [i for i, n in enumerate(shape) if not isinstance(n, Batch)].index(at)
    return emit(machine, Concat(axis=where), parts, shape, kind=kind, word="concat")


def plus(a: Dim, b: Dim) -> Dim:
    """The sum of two dimensions."""
    if isinstance(a, Batch) and isinstance(b, Batch):
        return Batch(a.times + b.times)
    if isinstance(a, Batch) or isinstance(b, Batch):
        raise ValueFault("the batch and another size are joined", MIXED)
    return a + b


@op("stack", at="torch")
def stack(machine: Machine, tensors: Value, dim: Value = 0) -> Value:
    parts = tensors_of(machine, tensors, "torch.stack")
    if not parts:
        raise ValueFault("stack expects a non-empty list of Tensors", AS_TORCH)
    at = axis(dim, len(parts[0].shape) + 1)
    if any(not same_shape(x.shape, parts[0].shape) for x in parts):
        raise ValueFault("stack expects each tensor to be equal size", AS_TORCH)
    lifted = [same_values(machine, x, (*x.shape[:at], 1, *x.shape[at:]), "unsqueeze") for x in parts]
    return joined(machine, lifted, at)


@op("hstack", at="torch")
def hstack(machine: Machine, tensors: Value) -> Value:
    parts = tensors_of(machine, tensors, "torch.hstack")
    return joined(machine, parts, 1 if parts and len(parts[0].shape) > 1 else 0)


@op("meshgrid", at="torch")
def meshgrid(machine: Machine, *tensors: Value, indexing: Value = "ij") -> Value:
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], tuple | List) else tensors
    parts = tensors_of(machine, given, "torch.meshgrid")
    shape = tuple(x.shape[0] for x in parts)
    if indexing == "xy" and len(shape) > 1:
        shape = (shape[1], shape[0], *shape[2:])
    return tuple(moved(machine, x, shape, Step("repeat")) if not x.fixed else Tensor(shape, x.kind) for x in parts)
