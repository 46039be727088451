"""Shapes with the batch in them: a dimension is a whole number, or so many times the batch.

The batch is followed as a number without a value: it can be multiplied, divided and compared, and what would need its value is
refused. The *inner* shape of a tensor is its shape for one input of the network: the dimensions of the batch left out.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from archcalc.interpreter.values import Constant, Instance, List, Value, host_class
from archcalc.layers.base import Shape
from archcalc.notations.pytorch.vocabulary.reasons import AS_TORCH, MIXED
from archcalc.text.faults import ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


class Batch(Constant):
    """So many times the number of inputs that are computed together."""

    __slots__ = ("times",)

    def __init__(self, times: Fraction | int = 1) -> None:
        super().__init__(BATCH)
        self.times = times


Dim = int | Batch
Full = tuple[Dim, ...]
BATCH = host_class("int", Batch, module="builtins")
ONE_INPUT = "the network is counted for one input of a batch, whatever its size"


def scaled(machine: Machine, times: Fraction | int) -> Value:
    """This many times the batch."""
    return Batch(int(times) if Fraction(times).denominator == 1 else times)


def _number(value: Value) -> Fraction | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) else Fraction(value) if value == value and abs(value) < 1e15 else None


def _needs(machine: Machine, what: str) -> Exception:
    return machine.fault(f"{what}, and the size of the batch is not known", f"a size of its own for what is meant: {ONE_INPUT}")


@BATCH.method("__mul__", "__rmul__")
def multiply(machine: Machine, self: Batch, other: Value) -> Value:
    number = _number(other)
    if number == 0:
        return 0
    if number is None:
        raise _needs(machine, "the batch is multiplied by what is no number")
    return scaled(machine, self.times * number)


@BATCH.method("__truediv__", "__floordiv__")
def divide(machine: Machine, self: Batch, other: Value) -> Value:
    if isinstance(other, Batch):
        ratio = Fraction(self.times) / Fraction(other.times)
        return int(ratio) if ratio.denominator == 1 else float(ratio)
    number = _number(other)
    if not number:
        raise _needs(machine, "the batch is divided by what is no number")
    return scaled(machine, Fraction(self.times) / Fraction(number))


@BATCH.method("__rtruediv__", "__rfloordiv__")
def divided(machine: Machine, self: Batch, other: Value) -> Value:
    raise _needs(machine, "a number is divided by the batch")


@BATCH.method("__mod__")
def rest(machine: Machine, self: Batch, other: Value) -> Value:
    if isinstance(other, int) and other and Fraction(self.times, other).denominator == 1:
        return 0
    raise _needs(machine, "a rest of the batch decides here")


@BATCH.method("__add__", "__radd__", "__sub__", "__rsub__", "__pow__", "__rpow__", "__neg__")
def added(machine: Machine, self: Batch, other: Value = 0) -> Value:
    if other == 0 and isinstance(other, int):
        return self
    raise _needs(machine, "the batch is counted with here")


@BATCH.method("__eq__")
def equal(machine: Machine, self: Batch, other: Value) -> Value:
    if isinstance(other, Batch):
        return self.times == other.times
    if isinstance(other, int | float):
        return _against(machine, other, False)
    return False


@BATCH.method("__ne__")
def unequal(machine: Machine, self: Batch, other: Value) -> Value:
    return not equal(machine, self, other)


@BATCH.method("__gt__")
def greater(machine: Machine, self: Batch, other: Value) -> Value:
    return _against(machine, other, True)


@BATCH.method("__ge__")
def at_least(machine: Machine, self: Batch, other: Value) -> Value:
    return True if other == 1 and isinstance(other, int) and self.times >= 1 else _against(machine, other, True)


@BATCH.method("__lt__")
def less(machine: Machine, self: Batch, other: Value) -> Value:
    return False if other == 1 and isinstance(other, int) and self.times >= 1 else _against(machine, other, False)


@BATCH.method("__le__")
def at_most(machine: Machine, self: Batch, other: Value) -> Value:
    return _against(machine, other, False)


def _against(machine: Machine, other: Value, positive: bool) -> bool:
    """A batch holds at least one input: only against what is less is it known how it compares."""
    if isinstance(other, int | float) and other <= 0:
        return positive
    raise _needs(machine, "how many inputs a batch holds decides here")


@BATCH.method("__int__")
def whole(machine: Machine, self: Batch) -> Value:
    return self


@BATCH.method("__bool__")
def truth(machine: Machine, self: Batch) -> Value:
    return True


@BATCH.method("__index__", "__float__")
def index(machine: Machine, self: Batch) -> Value:
    raise _needs(machine, "a number is needed here, not the batch")


@BATCH.method("__hash__")
def hashed(machine: Machine, self: Batch) -> Value:
    return 0


@BATCH.method("__repr__", "__str__", "__format__")
def shown(machine: Machine, self: Batch, spec: Value = "") -> Value:
    return text(self)


B = Batch()


def text(dim: Dim) -> str:
    """A dimension as a person writes it: 64, B, 49·B."""
    if isinstance(dim, Batch):
        return "B" if dim.times == 1 else f"{dim.times}·B"
    return str(dim)


def shown_shape(shape: Full) -> str:
    """A shape with its batch: B×3×32×32."""
    return "×".join(map(text, shape)) or "a single value"


def same(a: Dim, b: Dim) -> bool:
    """Whether two dimensions are equal."""
    if isinstance(a, Batch) or isinstance(b, Batch):
        return isinstance(a, Batch) and isinstance(b, Batch) and a.times == b.times
    return a == b


def same_shape(a: Full, b: Full) -> bool:
    """Whether two shapes are equal."""
    return len(a) == len(b) and all(map(same, a, b))


def inner(shape: Full) -> Shape:
    """The shape for one input."""
    return tuple(n for n in shape if not isinstance(n, Batch))


def fold(shape: Full) -> int:
    """How many of these tensors there are for one input: windows folded into the batch. Raises ValueFault."""
    times: Fraction | int = 1
    batches = 0
    for n in shape:
        if isinstance(n, Batch):
            batches += 1
            times = times * n.times
    if batches > 1:
        raise ValueFault(f"{shown_shape(shape)} has the batch in it {batches} times: it compares the inputs of a batch", MIXED)
    if Fraction(times).denominator != 1:
        raise ValueFault(f"{shown_shape(shape)} is no whole number of tensors for each input", "a whole number")
    return int(times)


def batched(shape: Full) -> bool:
    """Whether the batch is in a shape."""
    return any(isinstance(n, Batch) for n in shape)


def count(shape: Full) -> tuple[Fraction, int]:
    """How many values: a factor, and how often the batch is multiplied to it."""
    factor, degree = Fraction(1), 0
    for n in shape:
        if isinstance(n, Batch):
            factor, degree = factor * n.times, degree + 1
        else:
            factor *= n
    return factor, degree


def reshaped(shape: Full, wanted: Full) -> Full:
    """The shape of a view: −1 stands for what remains. Raises ValueFault."""
    total, degree = count(shape)
    open_at = [i for i, n in enumerate(wanted) if not isinstance(n, Batch) and n == -1]
    if len(open_at) > 1:
        raise ValueFault("only one dimension can be inferred", "-1 once")
    known = tuple(n for i, n in enumerate(wanted) if i not in open_at)
    if any(not isinstance(n, Batch) and n < 0 for n in known):
        raise ValueFault(f"invalid shape dimension {min(n for n in known if not isinstance(n, Batch))}", AS_TORCH)
    factor, taken = count(known)
    if not open_at:
        if (factor, taken) != (total, degree):
            raise ValueFault(f"shape '{shown_shape(wanted)}' is invalid for input of size {shown_shape(shape)}", AS_TORCH)
        return wanted
    if factor == 0:
        raise ValueFault(f"shape '{shown_shape(wanted)}' leaves its -1 open for an empty tensor", AS_TORCH)
    left = total / factor
    rest: Dim
    if degree - taken == 1:
        rest = Batch(int(left) if left.denominator == 1 else left)
    elif degree == taken and left.denominator == 1:
        rest = int(left)
    else:
        raise ValueFault(f"shape '{shown_shape(wanted)}' is invalid for input of size {shown_shape(shape)}", AS_TORCH)
    made = list(wanted)
    made[open_at[0]] = rest
    if isinstance(rest, Batch):
        _no_features_in_the_batch(shape, tuple(made), rest)
    return tuple(made)


def _no_features_in_the_batch(shape: Full, made: Full, rest: Batch) -> None:
    """Refuses a −1 that takes a part of what belongs to one input for inputs of its own."""
    values = int(count(inner(shape))[0])
    each = int(count(inner(made))[0])
    at = next(i for i, n in enumerate(shape) if isinstance(n, Batch))
    whole = [1]
    for n in reversed(shape[at + 1 :]):
        whole.append(whole[-1] * int(n))  # type: ignore[arg-type]
    batches_before = any(n != 1 for n in inner(shape[:at]))
    if rest.times == 1 or (each in whole and not batches_before) or (batches_before and values % each == 0):
        return
    raise ValueFault(
        f"each input has {values} values here, and this takes {each} for an input: the batch would come out as {text(rest)}",
        f"{values} for {each}",
    )


def broadcast(shapes: list[Full]) -> Full:
    """The common shape, as torch has it: aligned at the end, sizes of 1 repeated. Raises ValueFault."""
    rank = max(map(len, shapes))
    made: list[Dim] = []
    for i in range(rank):
        size: Dim = 1
        for shape in shapes:
            at = i - (rank - len(shape))
            n = shape[at] if at >= 0 else 1
            if same(n, 1):
                continue
            if not same(size, 1) and not same(size, n):
                listed = " and ".join(map(shown_shape, shapes))
                raise ValueFault(f"{listed} do not go together: {text(size)} meets {text(n)} at dimension {i - rank}", AS_TORCH)
            size = n
        made.append(size)
    return tuple(made)


def axis(dim: Value, rank: int) -> int:
    """A dimension as written (−1 the last) as a number from 0. Raises ValueFault."""
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise ValueFault("a dimension must be a whole number", "a whole number")
    if not -max(rank, 1) <= dim < max(rank, 1):
        raise ValueFault(f"there is no dimension {dim}: the tensor has {rank}", f"{rank - 1}", "-1")
    return dim % max(rank, 1)


def axes(dims: Value, rank: int) -> tuple[int, ...]:
    """One dimension, several, or all for None."""
    if dims is None:
        return tuple(range(rank))
    if isinstance(dims, tuple | List):
        return tuple(axis(d, rank) for d in dims) or tuple(range(rank))
    return (axis(dims, rank),)


def sizes(values: tuple[Value, ...]) -> Full:
    """Sizes given one by one, or as one tuple or list. Raises ValueFault."""
    if len(values) == 1 and isinstance(values[0], tuple | List):
        values = tuple(values[0])
    made: list[Dim] = []
    for value in values:
        if isinstance(value, Batch) or (isinstance(value, int) and not isinstance(value, bool)):
            made.append(value)
        else:
            raise ValueFault(f"a size must be a whole number, not {written(value)}", "a whole number")
    return tuple(made)


def written(value: Value) -> str:
    """A value as a message names it."""
    if isinstance(value, float | int | str) or value is None:
        return repr(value)[:40]
    return type(value).__name__.lower() if not isinstance(value, Instance) else value.cls.name
