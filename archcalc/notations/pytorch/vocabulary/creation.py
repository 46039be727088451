"""Tensors made from nothing, from numbers, and as others are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import (
    Class,
    Dict,
    List,
    Unknown,
    Value,
)
from archcalc.notations.pytorch.vocabulary.arithmetic import two
from archcalc.notations.pytorch.vocabulary.checks import number, whole
from archcalc.notations.pytorch.vocabulary.names import function, method, op
from archcalc.notations.pytorch.vocabulary.properties import as_kind, kind_of
from archcalc.notations.pytorch.vocabulary.reasons import AS_TORCH, MIXED
from archcalc.notations.pytorch.vocabulary.shapes import Batch, Full, batched, count, shown_shape, sizes
from archcalc.notations.pytorch.vocabulary.tensors import MOST_VALUES, PARAMETER, TENSOR, Number, Parameter, Step, Tensor, known
from archcalc.notations.pytorch.vocabulary.trace import expected, moved, value_of
from archcalc.text.faults import ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


def filled(machine: Machine, shape: Full, kind: str, value: Number | None = None) -> Tensor:
    """A tensor of one value, or of values nobody knows."""
    if any(not isinstance(n, Batch) and n < 0 for n in shape):
        raise ValueFault(f"a size cannot be negative: {shown_shape(shape)}", AS_TORCH)
    made = Tensor(shape, kind)
    made.place = machine.place()
    factor, degree = count(shape)
    if degree == 0 and value is not None and factor <= MOST_VALUES:
        made.values = (value,) * int(factor)
    return made


def _creator(value: Number | None, kind: str, *names: str) -> None:
    def create(
        machine: Machine,
        *size: Value,
        out: Value = None,
        dtype: Value = None,
        layout: Value = None,
        device: Value = None,
        requires_grad: Value = False,
        generator: Value = None,
        pin_memory: Value = False,
        memory_format: Value = None,
        names: Value = None,
        **more: Value,
    ) -> Value:
        if not size and "size" in more:
            size = (more.pop("size"),)
        if more:
            raise machine.error(
                "TypeError",
                f"{names[0] if isinstance(names, tuple) else 'zeros'}() got an unexpected keyword argument '{next(iter(more))}'",
            )
        return filled(machine, sizes(size), kind_of(dtype, kind), value)

    function(*names)(create)


_creator(0.0, "float", "zeros")
_creator(1.0, "float", "ones")
_creator(None, "float", "empty", "rand", "randn")


@TENSOR.method("__init__")
def tensor_init(machine: Machine, self: Tensor, *size: Value, **more: Value) -> Value:
    self.place = machine.place()
    if len(size) == 1 and isinstance(size[0], List):
        made = from_values(machine, size[0], "float")
        self.shape, self.values = made.shape, made.values
    elif size:
        self.shape = sizes(size)
    return None


@TENSOR.method("__new__", raw=True)
def tensor_new(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    cls = args[0]
    assert isinstance(cls, Class)
    machine.budget.spend("objects", 1, machine.span)
    return cls.host((0,), cls=cls) if cls.host is Parameter else Tensor((0,), "float", cls)


@PARAMETER.method("__init__")
def parameter_init(machine: Machine, self: Parameter, data: Value = None, requires_grad: Value = True) -> Value:
    if data is None:
        data = Tensor((0,))
    x = expected(machine, data, "nn.Parameter")
    if batched(x.shape):
        raise machine.fault("a parameter has the size of the batch", "a size of its own")
    self.shape = x.shape
    self.kind = x.kind
    self.place = machine.place()
    return None


@TENSOR.method("__deepcopy__", "__copy__")
def copied(machine: Machine, self: Tensor, memo: Value = None) -> Value:
    """A tensor of its own; a parameter of its own."""
    if isinstance(self, Parameter):
        made: Tensor = Parameter(self.shape, self.cls)
        made.kind = self.kind
    else:
        made = Tensor(self.shape, self.kind, self.cls)
        made.become(self)
    made.place = self.place
    if isinstance(memo, Dict):
        memo[id(self)] = made
    return made


@function("full")
def full(
    machine: Machine, size: Value, fill_value: Value, *, dtype: Value = None, device: Value = None, requires_grad: Value = False
) -> Value:
    value = fill_value if isinstance(fill_value, int | float | bool) else None
    kind = "bool" if isinstance(fill_value, bool) else "int" if isinstance(fill_value, int) else "float"
    return filled(machine, sizes((size,)), kind_of(dtype, kind), value)


@function("randint")
def randint(machine: Machine, low: Value, high: Value = None, size: Value = None, **more: Value) -> Value:
    return filled(machine, sizes((size if size is not None else high,)), "int")


@function("randperm")
def randperm(machine: Machine, n: Value, **more: Value) -> Value:
    return filled(machine, (whole(n, "n", 0),), "int")


@function("normal")
def normal(machine: Machine, mean: Value, std: Value = 1.0, size: Value = None, **more: Value) -> Value:
    return filled(machine, sizes((size,)) if size is not None else expected(machine, mean, "torch.normal").shape, "float")


@function("eye")
def eye(machine: Machine, n: Value, m: Value = None, **more: Value) -> Value:
    return filled(machine, sizes((n, n if m is None else m)), "float")


def _like(value: Number | None, *names: str) -> None:
    def like(machine: Machine, input: Tensor, *rest: Value, dtype: Value = None, device: Value = None, **more: Value) -> Value:
        return filled(machine, input.shape, kind_of(dtype, input.kind), value)

    op(*names, at="torch")(like)


_like(0, "zeros_like")
_like(1, "ones_like")
_like(None, "empty_like", "rand_like", "randn_like", "full_like", "bernoulli")


def _new(value: Number | None, *names: str) -> None:
    def make(machine: Machine, self: Tensor, *size: Value, dtype: Value = None, device: Value = None, **more: Value) -> Value:
        return filled(machine, sizes(size), kind_of(dtype, self.kind), value)

    method(*names)(make)


_new(0, "new_zeros")
_new(1, "new_ones")
_new(None, "new_empty", "new")


@method("new_tensor")
def new_tensor(machine: Machine, self: Tensor, data: Value, *, dtype: Value = None, **more: Value) -> Value:
    made = data if isinstance(data, Tensor) else from_values(machine, data, "")
    return as_kind(machine, made, kind_of(dtype, self.kind))


@method("new_full")
def new_full(machine: Machine, self: Tensor, size: Value, fill_value: Value, **more: Value) -> Value:
    return filled(machine, sizes((size,)), self.kind)


@function("arange", "range")
def arange(
    machine: Machine,
    *bounds: Value,
    end: Value = None,
    start: Value = None,
    step: Value = None,
    dtype: Value = None,
    device: Value = None,
    **more: Value,
) -> Value:
    given = list(bounds)
    if any(isinstance(v, Batch) for v in given):
        if len(given) == 1:
            return filled(machine, (given[0],), "int")  # type: ignore[arg-type]
        raise ValueFault("the size of the batch bounds a range", MIXED)
    first = given[0] if len(given) > 1 else start if start is not None else 0
    last = given[1] if len(given) > 1 else given[0] if given else end
    by = given[2] if len(given) > 2 else step if step is not None else 1
    numbers = [number(v, n) for v, n in ((first, "start"), (last, "end"), (by, "step"))]
    if not numbers[2]:
        raise ValueFault("step must be nonzero", AS_TORCH)
    total = _steps(*numbers)
    machine.budget.check("items", total, machine.span)
    floats = any(isinstance(v, float) for v in (first, last, by))
    kind = kind_of(dtype, "float" if floats else "int")
    if total > MOST_VALUES:
        return Tensor((total,), kind)
    values: list[Number] = [numbers[0] + i * numbers[2] for i in range(total)]
    return known((total,), [v if kind == "float" else int(v) for v in values], kind)


def _steps(start: float, end: float, step: float) -> int:
    import math

    return max(0, math.ceil((end - start) / step))


@function("linspace", "logspace")
def linspace(
    machine: Machine, start: Value, end: Value, steps: Value, *, dtype: Value = None, device: Value = None, **more: Value
) -> Value:
    total = whole(steps, "steps", 0)
    a, b = (v.values[0] if isinstance(v, Tensor) and v.values else number(v, "start") for v in (start, end))
    machine.budget.check("items", total, machine.span)
    if total > MOST_VALUES:
        return Tensor((total,))
    return known((total,), [float(a) + (float(b) - float(a)) * i / max(1, total - 1) for i in range(total)], "float")


@function("tensor", "as_tensor", "asarray", "scalar_tensor")
def tensor(
    machine: Machine, data: Value, *, dtype: Value = None, device: Value = None, requires_grad: Value = False, **more: Value
) -> Value:
    if isinstance(data, Tensor):
        return data
    made = from_values(machine, data, "")
    if dtype is not None:
        return as_kind(machine, made, kind_of(dtype, made.kind))
    return made


def from_values(machine: Machine, data: Value, kind: str) -> Tensor:
    """A tensor of numbers in lists."""
    shape: list[int] = []
    values: list[Number] = []
    at = data
    while isinstance(at, List | tuple):
        shape.append(len(at))
        if not at:
            break
        at = at[0]

    def collect(value: Value, depth: int) -> None:
        if depth == len(shape):
            if isinstance(value, Tensor) and value.values is not None and len(value.values) == 1:
                value = value.values[0]
            if isinstance(value, Unknown):
                raise value.fault("a tensor is made of it", machine.span())
            if not isinstance(value, int | float | bool):
                raise ValueFault(f"a tensor holds numbers, not {machine.class_of(value).name}", AS_TORCH)
            values.append(value)
            return
        if not isinstance(value, List | tuple) or len(value) != shape[depth]:
            raise ValueFault("expected sequences of one length in each dimension", AS_TORCH)
        for item in value:
            collect(item, depth + 1)

    if len(shape) > 8:
        raise ValueFault("a tensor of more than 8 dimensions", AS_TORCH)
    collect(data, 0)
    found = kind or (
        "bool"
        if values and all(isinstance(v, bool) for v in values)
        else "float"
        if any(isinstance(v, float) for v in values) or not values
        else "int"
    )
    made = known(tuple(shape), values, found)
    made.place = machine.place()
    return made


@function("from_numpy")
def from_numpy(machine: Machine, ndarray: Value) -> Value:
    """The array as a tensor."""
    if isinstance(ndarray, Tensor):
        return ndarray
    raise machine.fault("the values of an array are not read", "torch.zeros of its shape")


@op("triu", "tril", at="torch method")
def triangle(machine: Machine, input: Tensor, diagonal: Value = 0) -> Value:
    if input.fixed:
        return Tensor(input.shape, input.kind)
    return moved(machine, input, input.shape, Step("triangle"))


@op("outer", "ger", at="torch method")
def outer(machine: Machine, input: Tensor, vec2: Tensor) -> Value:
    a, b = input.shape[0], vec2.shape[0]
    from archcalc.notations.pytorch.vocabulary.moves import same_values

    return two(machine, "mul", same_values(machine, input, (a, 1), "unsqueeze"), vec2) if not isinstance(b, Batch) else None


@op("bincount", "unique", "nonzero", "masked_select", at="torch method")
def by_value(machine: Machine, input: Value, *rest: Value, **more: Value) -> Value:
    return value_of(machine)
