"""Products of tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import (
    List,
    Value,
)
from archcalc.notations.keras.source.operations.entering import function, tensor_of
from archcalc.notations.keras.source.tensors import (
    of_keras,
)
from archcalc.notations.pytorch.vocabulary import moves, products
from archcalc.notations.pytorch.vocabulary.shapes import axis as axis_of
from archcalc.notations.pytorch.vocabulary.tensors import Tensor
from archcalc.text.faults import ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


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
