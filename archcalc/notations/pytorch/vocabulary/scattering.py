"""Values put at places that other values name: the places are not known, the shape is."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from archcalc.interpreter.values import Value
from archcalc.notations.pytorch.vocabulary.checks import whole
from archcalc.notations.pytorch.vocabulary.creation import filled
from archcalc.notations.pytorch.vocabulary.names import function, op
from archcalc.notations.pytorch.vocabulary.reasons import AS_TORCH
from archcalc.notations.pytorch.vocabulary.shapes import Batch, Full, axis, broadcast, same_shape, shown_shape, sizes
from archcalc.notations.pytorch.vocabulary.tensors import Step, Tensor, known
from archcalc.notations.pytorch.vocabulary.trace import emit, expected, moved
from archcalc.text.faults import ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

ONE_SIDE = "torch.where of the two, or the part that is computed alone"


def put(machine: Machine, x: Tensor, source: Value, word: str) -> Tensor:
    """A tensor in which some values are those of another."""
    if not isinstance(source, Tensor) or source.fixed:
        return Tensor(x.shape, x.kind) if x.fixed else moved(machine, x, x.shape, Step(word))
    if x.fixed:
        return moved(machine, source, x.shape, Step(word))
    if not same_shape(x.shape, source.shape):
        raise ValueFault(
            f"{shown_shape(source.shape)} put into {shown_shape(x.shape)} is not read where both are computed", ONE_SIDE
        )
    from archcalc.layers.pointwise import Combine

    return emit(machine, Combine("mask"), [x, source], x.shape, kind=x.kind, word=word)


@op("scatter", "scatter_", at="torch method")
def scatter(
    machine: Machine, input: Tensor, dim: Value, index: Tensor, src: Value = None, *, value: Value = None, reduce: Value = None
) -> Value:
    axis(dim, len(input.shape))
    if reduce is not None:
        raise ValueFault("scatter with reduce computes with values at places that are not known", AS_TORCH)
    return put(machine, input, src if value is None else value, "scatter")


@op("index_fill", "index_fill_", at="torch method")
def index_fill(machine: Machine, input: Tensor, dim: Value, index: Tensor, value: Value) -> Value:
    axis(dim, len(input.shape))
    return put(machine, input, value, "index")


@op("index_copy", "index_copy_", at="torch method")
def index_copy(machine: Machine, input: Tensor, dim: Value, index: Tensor, source: Tensor) -> Value:
    axis(dim, len(input.shape))
    return put(machine, input, source, "index")


@op("fill_diagonal_", at="method")
def fill_diagonal(machine: Machine, input: Tensor, fill_value: Value, wrap: Value = False) -> Value:
    return put(machine, input, fill_value, "diagonal")


@op("masked_scatter", "masked_scatter_", at="torch method")
def masked_scatter(machine: Machine, input: Tensor, mask: Tensor, source: Tensor) -> Value:
    return put(machine, input, source, "mask")


@op("take_along_dim", at="torch method")
def take_along_dim(machine: Machine, input: Tensor, indices: Tensor, dim: Value = None) -> Value:
    if dim is None:
        return moved(machine, input, indices.shape, Step("gather"))
    at = axis(dim, len(input.shape))
    shape = broadcast([(*input.shape[:at], 1, *input.shape[at + 1 :]), (*indices.shape[:at], 1, *indices.shape[at + 1 :])])
    return moved(machine, input, (*shape[:at], indices.shape[at], *shape[at + 1 :]), Step("gather"))


@op("take", at="torch method")
def take(machine: Machine, input: Tensor, index: Tensor) -> Value:
    return moved(machine, input, index.shape, Step("gather"))


@op("diag_embed", at="torch method")
def diag_embed(machine: Machine, input: Tensor, offset: Value = 0, dim1: Value = -2, dim2: Value = -1) -> Value:
    if (offset, dim1, dim2) != (0, -2, -1):
        raise ValueFault("diag_embed is read for the last dimension alone", "diag_embed(x)")
    return moved(machine, input, (*input.shape, input.shape[-1]), Step("diagonal"))


@op("diagonal", at="torch method")
def diagonal(machine: Machine, input: Tensor, offset: Value = 0, dim1: Value = 0, dim2: Value = 1) -> Value:
    rank = len(input.shape)
    a, b = axis(dim1, rank), axis(dim2, rank)
    one, other = input.shape[a], input.shape[b]
    if isinstance(one, Batch) or isinstance(other, Batch):
        raise ValueFault("a diagonal of the inputs of a batch compares them", "dim1=-2, dim2=-1")
    start = whole(offset, "offset", -(10**9))
    count = max(0, min(one + min(start, 0), other - max(start, 0)))
    return moved(machine, input, (*(n for i, n in enumerate(input.shape) if i not in (a, b)), count), Step("diagonal"))


@op("diag", at="torch method")
def diag(machine: Machine, input: Tensor, diagonal: Value = 0) -> Value:
    shape: Full = input.shape
    if len(shape) == 2 and not isinstance(shape[0], Batch) and not isinstance(shape[1], Batch):
        return moved(machine, input, (min(shape[0], shape[1]),), Step("diagonal"))
    if len(shape) == 1:
        return moved(machine, input, (*shape, *shape), Step("diagonal"))
    raise ValueFault(f"diag takes a vector or a matrix; {shown_shape(shape)} arrives", "torch.diagonal(x, dim1=-2, dim2=-1)")


@op("trace", at="torch method")
def trace_of(machine: Machine, input: Tensor) -> Value:
    from archcalc.notations.pytorch.vocabulary.arithmetic import reduced

    return reduced(machine, expected(machine, diag(machine, input), "trace"), "sum", None, False)


@function("broadcast_shapes")
def broadcast_shapes(machine: Machine, *shapes: Value) -> Value:
    return broadcast([sizes((shape,)) for shape in shapes])


def _triangle(name: str, upper: bool) -> None:
    def indices(machine: Machine, row: Value, col: Value, offset: Value = 0, **more: Value) -> Value:
        rows, columns, shift = whole(row, "row", 0), whole(col, "col", 0), whole(offset, "offset", -(10**9))
        machine.budget.check("items", rows, machine.span)
        machine.work(rows)
        below = [max(0, min(columns, i + shift + (not upper))) for i in range(rows)]
        return filled(machine, (2, sum(columns - n if upper else n for n in below)), "int")

    function(name)(indices)


_triangle("triu_indices", True)
_triangle("tril_indices", False)


@function("combinations")
def combined(machine: Machine, input: Tensor, r: Value = 2, with_replacement: Value = False) -> Value:
    size, each = input.shape[0], whole(r, "r", 0)
    if isinstance(size, Batch) or with_replacement:
        raise ValueFault("combinations of the inputs of a batch compare them", AS_TORCH)
    from math import comb

    machine.budget.check("items", size, machine.span)
    total = comb(size, min(each, size)) if each <= size else 0
    machine.budget.check("items", total, machine.span)
    if input.values is not None and total * each <= 4096:
        return known((total, each), [v for c in combinations(input.values, each) for v in c], input.kind)
    return moved(machine, input, (total, each), Step("gather"))
