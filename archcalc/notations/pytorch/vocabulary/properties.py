"""What a tensor says of itself, and how it is taken as another kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import (
    Class,
    Constant,
    Property,
    Value,
    host_class,
)
from archcalc.notations.pytorch.vocabulary.memory import laid_out
from archcalc.notations.pytorch.vocabulary.modules import iterator
from archcalc.notations.pytorch.vocabulary.moves import last_two, reversed_dims
from archcalc.notations.pytorch.vocabulary.names import TORCH, function, method, native, op
from archcalc.notations.pytorch.vocabulary.parts import indexed, one_of
from archcalc.notations.pytorch.vocabulary.reasons import MIXED
from archcalc.notations.pytorch.vocabulary.shapes import Batch, axis, count, shown_shape, sizes
from archcalc.notations.pytorch.vocabulary.tensors import TENSOR, Parameter, Tensor
from archcalc.notations.pytorch.vocabulary.trace import value_of
from archcalc.text.faults import ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


class Token(Constant):
    """A value that is only what it is called: a data type, a device."""

    __slots__ = ("name",)

    def __init__(self, cls: Class, name: str = "") -> None:
        super().__init__(cls)
        self.name = name


DTYPE = host_class("dtype", Token, module="torch")
DEVICE = host_class("device", Token, module="torch")


@DTYPE.method("__repr__", "__str__")
def dtype_shown(machine: Machine, self: Token) -> Value:
    return f"torch.{self.name}"


@DTYPE.getter("is_floating_point")
def dtype_floating(machine: Machine, self: Token) -> Value:
    return "float" in self.name


@DEVICE.method("__init__", unknown=True)
def device(machine: Machine, self: Token, type: Value = "cpu", index: Value = None) -> Value:
    self.name = type if isinstance(type, str) else "cpu"
    return None


@DEVICE.method("__repr__", "__str__")
def device_shown(machine: Machine, self: Token) -> Value:
    return self.name


@DEVICE.getter("type")
def device_type(machine: Machine, self: Token) -> Value:
    return self.name.partition(":")[0]


KINDS = {
    **dict.fromkeys(("float32", "float", "float64", "double", "float16", "half", "bfloat16"), "float"),
    **dict.fromkeys(("int64", "long", "int32", "int", "int16", "short", "int8", "uint8"), "int"),
    "bool": "bool",
}
ALIASES = {"float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16"}
DTYPES: dict[str, Token] = {}
for _name in KINDS:
    DTYPES[_name] = DTYPES.get(ALIASES.get(_name, _name)) or Token(DTYPE, ALIASES.get(_name, _name))
    TORCH.names[_name] = DTYPES[_name]
CPU = Token(DEVICE, "cpu")
TORCH.names.update({"device": DEVICE, "dtype": DTYPE, "Tensor": TENSOR, "strided": Token(DTYPE, "strided")})
for _name in ("FloatTensor", "LongTensor", "IntTensor", "BoolTensor", "ByteTensor"):
    TORCH.names[_name] = TENSOR


def kind_of(dtype: Value, otherwise: str) -> str:
    """The kind of a data type."""
    return KINDS.get(dtype.name, otherwise) if isinstance(dtype, Token) else otherwise


@TENSOR.getter()
def shape(machine: Machine, self: Tensor) -> Value:
    return self.shape


@method("size")
def size(machine: Machine, self: Tensor, dim: Value = None) -> Value:
    return self.shape if dim is None else self.shape[axis(dim, len(self.shape))]


@method("dim", "ndimension")
def dim(machine: Machine, self: Tensor) -> Value:
    return len(self.shape)


@TENSOR.getter()
def ndim(machine: Machine, self: Tensor) -> Value:
    return len(self.shape)


@op("numel", "nelement", at="torch method")
def numel(machine: Machine, input: Tensor) -> Value:
    return counted(machine, input.shape)


def counted(machine: Machine, shape: Value) -> Value:
    """The product of sizes, the batch among them."""
    assert isinstance(shape, tuple)
    factor, degree = count(sizes(shape))
    if degree > 1:
        raise ValueFault("the batch is multiplied by itself", MIXED)
    whole_ = int(factor) if factor.denominator == 1 else factor
    return Batch(whole_) if degree else int(factor)


@method("__len__")
def length(machine: Machine, self: Tensor) -> Value:
    if not self.shape:
        raise machine.error("TypeError", "len() of a 0-d tensor")
    first = self.shape[0]
    if isinstance(first, Batch):
        raise ValueFault("how many inputs a batch holds is asked here", "x.size(0)")
    return first


@method("__iter__")
def iterate(machine: Machine, self: Tensor) -> Value:

    first = self.shape[0] if self.shape else 0
    if isinstance(first, Batch):
        raise ValueFault("the inputs of a batch are taken one by one", "one pass for the whole batch")
    machine.budget.spend("items", first, machine.span)
    return iterator([one_of(machine, self, 0, i) for i in range(first)])


@method("__getitem__")
def get_item(machine: Machine, self: Tensor, key: Value) -> Value:
    return indexed(machine, self, key)


@method("__setitem__")
def set_item(machine: Machine, self: Tensor, key: Value, value: Value) -> Value:
    held = self.node is None and self.parameter is not None
    if (self.fixed or held) and not (isinstance(value, Tensor) and not value.fixed):
        self.values = None
        return None
    raise machine.fault("a part of a tensor is given other values, which is not read", "torch.cat of the parts")


@TENSOR.getter("dtype")
def dtype_of(machine: Machine, self: Tensor) -> Value:
    return DTYPES[{"float": "float32", "int": "int64", "bool": "bool", "any": "float32"}[self.kind]]


@TENSOR.getter("device")
def device_of(machine: Machine, self: Tensor) -> Value:
    return CPU


def requires_grad(machine: Machine, self: Tensor) -> Value:
    """Whether a tensor is trained: what the program said last, else whether it is a parameter."""
    return self.attributes.get("requires_grad", isinstance(self, Parameter))


def train(machine: Machine, self: Tensor, requires_grad: Value = True) -> Value:
    """Trains a tensor, or freezes it: its values count all the same."""
    self.attributes["requires_grad"] = requires_grad
    return self


def give_data(machine: Machine, self: Tensor, data: Value) -> Value:
    """Other values for a parameter, of its own shape."""
    if not isinstance(data, Tensor) or data.shape != self.shape:
        raise machine.fault("a tensor is given values of another shape, which is not read", "a new nn.Parameter")
    self.values = None
    return None


TENSOR.names["requires_grad"] = Property(native("requires_grad", requires_grad), native("requires_grad", train))
method("requires_grad_")(train)


@TENSOR.getter("is_cuda", "is_sparse", "is_quantized", "is_mkldnn", "is_nested", "is_meta")
def never(machine: Machine, self: Tensor) -> Value:
    return False


@TENSOR.getter("T", "H")
def transposed(machine: Machine, self: Tensor) -> Value:
    return reversed_dims(machine, self)


@TENSOR.getter("mT", "mH")
def matrices_transposed(machine: Machine, self: Tensor) -> Value:
    return last_two(machine, self)


class Data(Tensor):
    """The values of a parameter, to be filled."""

    __slots__ = ()


def data(machine: Machine, self: Tensor) -> Value:
    """The values, which are the tensor's own."""
    return self


TENSOR.names["data"] = Property(native("data", data), native("data", give_data))


def no_grad_yet(machine: Machine, self: Tensor, value: Value = None) -> Value:
    """A gradient, which there is none of."""
    return None


for _name in ("grad", "grad_fn"):
    TENSOR.names[_name] = Property(native(_name, no_grad_yet), native(_name, no_grad_yet, unknown=True))


@method("contiguous")
def contiguous(machine: Machine, input: Tensor, *rest: Value, **more: Value) -> Value:
    """The same values; laid out anew where they do not lie as the shape says and have no row yet."""
    return input if input.node is not None else laid_out(input)


@op(
    "cpu", "cuda", "pin_memory", "retain_grad", "coalesce", "fill_", "zero_", "normal_", "uniform_",
    "copy_", "random_", "bernoulli_", "exponential_", "backward", "numpy", "record_stream", "triu_", "tril_", at="method",
)  # fmt: skip
@op("clone", "detach", "detach_", "resolve_conj", at="torch method")
def as_it_is(machine: Machine, input: Value, *rest: Value, **more: Value) -> Value:
    if isinstance(input, Tensor) and input.fixed and input.values is not None and rest:
        input.values = None
    return input


def _cast(kind: str) -> None:
    def cast(machine: Machine, input: Tensor, *rest: Value, **more: Value) -> Value:
        return as_kind(machine, input, kind)

    method(kind)(cast)


def as_kind(machine: Machine, x: Tensor, kind: str) -> Tensor:
    """The same tensor of another kind."""
    if x.kind in (kind, "any") or isinstance(x, Parameter):
        return x
    made = Tensor(x.shape, kind)
    made.become(x)
    made.kind = kind
    if x.values is not None:
        made.values = tuple(float(v) if kind == "float" else int(v) if kind == "int" else bool(v) for v in x.values)
    return made


for _names, _kind in ((("float", "double", "half", "bfloat16"), "float"), (("int", "long", "short"), "int"), (("bool",), "bool")):
    for _name in _names:

        def _casting(machine: Machine, input: Tensor, *, memory_format: Value = None, _kind: str = _kind) -> Value:
            return as_kind(machine, input, _kind)

        method(_name)(_casting)


@method("to", "type")
def to(machine: Machine, input: Tensor, *args: Value, **kwargs: Value) -> Value:
    for value in (*args, kwargs.get("dtype")):
        if isinstance(value, Token) and value.cls is DTYPE:
            return as_kind(machine, input, kind_of(value, input.kind))
        if isinstance(value, Tensor):
            return as_kind(machine, input, value.kind)
    return input


@method("type_as")
def type_as(machine: Machine, input: Tensor, other: Tensor) -> Value:
    return as_kind(machine, input, other.kind)


@op("is_floating_point", at="torch method")
def is_floating_point(machine: Machine, input: Tensor) -> Value:
    return input.kind in ("float", "any")


@function("is_tensor")
def is_tensor(machine: Machine, obj: Value) -> Value:
    return isinstance(obj, Tensor)


@method("__repr__", "__str__", "__format__")
def shown(machine: Machine, self: Tensor, spec: Value = "") -> Value:
    return f"tensor({shown_shape(self.shape)})"


@method("__hash__")
def hashed(machine: Machine, self: Tensor) -> Value:
    return id(self) % 1000003


@method("__contains__")
def contains(machine: Machine, self: Tensor, item: Value) -> Value:
    return value_of(machine)
