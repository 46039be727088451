"""What a symbolic tensor has of its own: operators, attributes, methods; variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import (
    MetUnknown,
    Native,
    Unknown,
    Value,
)
from archcalc.notations.keras.source.objects import sizes_shown
from archcalc.notations.keras.source.operations.entering import FUNCTIONS, Host, entered, function, tensor_of
from archcalc.notations.keras.source.operations.moving import sizes_of
from archcalc.notations.keras.source.operations.pointwise import both, reduced
from archcalc.notations.keras.source.session import session
from archcalc.notations.keras.source.tensors import (
    KERAS_TENSOR,
    VARIABLE,
    each,
    of_keras,
    shown,
)
from archcalc.notations.pytorch.vocabulary import moves, parts, products
from archcalc.notations.pytorch.vocabulary.arithmetic import single
from archcalc.notations.pytorch.vocabulary.modules import iterator
from archcalc.notations.pytorch.vocabulary.shapes import Batch, reshaped
from archcalc.notations.pytorch.vocabulary.tensors import TENSOR, Parameter, Tensor
from archcalc.notations.pytorch.vocabulary.trace import fault, value_of
from archcalc.text.faults import ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


MOST_ROWS = 64  # of data, beyond which a loop is not gone through


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


@KERAS_TENSOR.method("__setitem__")
def changed_part(machine: Machine, self: Tensor, key: Value, value: Value) -> Value:
    """x_train[:, :, :, 0] -= 123.68: the values of data, which no figure depends on."""
    if not self.fixed or isinstance(self, Parameter):
        raise machine.error("TypeError", "'KerasTensor' object does not support item assignment")
    self.values = None
    return None


@KERAS_TENSOR.method("__deepcopy__", "__copy__")
def copied(machine: Machine, self: Tensor, *rest: Value) -> Value:
    return self


@KERAS_TENSOR.method("__iter__")
def rows(machine: Machine, self: Tensor) -> Value:
    """What a loop over data goes through is not known one by one."""
    count = length(machine, self)
    assert isinstance(count, int)
    if self.fixed and self.values is None and count > MOST_ROWS:
        raise MetUnknown(machine.unknown("data", f"{count:,} rows of data are not gone through"))
    machine.budget.spend("items", count, machine.span)
    return iterator([of_keras(parts.one_of(machine, self, 0, i)) for i in range(count)])


def _of_data(word: str) -> None:
    """x_train.mean(axis=0): what an array of data has that a tensor of a network has not."""

    def host(machine: Machine, self: Value, axis: Value = None, keepdims: Value = False, **more: Value) -> Value:
        if not isinstance(self, Tensor) or not self.fixed:
            raise machine.error("AttributeError", f"'KerasTensor' object has no attribute '{word}'")
        return reduced(machine, self, word, axis, keepdims)

    KERAS_TENSOR.names[word] = _bound(word, host)


for _name in ("tolist", "item"):
    KERAS_TENSOR.names[_name] = TENSOR.names[_name]
for _name in ("mean", "std", "sum", "max", "min"):
    _of_data(_name)


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
