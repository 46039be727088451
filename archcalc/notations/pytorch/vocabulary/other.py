"""What a tensor says of itself, tensors made from nothing, and the rest of torch that models mention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import (
    OBJECT,
    Class,
    Dict,
    Instance,
    List,
    Module,
    Native,
    Property,
    Task,
    Unknown,
    Value,
    host_class,
)
from archcalc.notations.pytorch.vocabulary.arithmetic import two
from archcalc.notations.pytorch.vocabulary.checks import number, whole
from archcalc.notations.pytorch.vocabulary.modules import MODULE, items_of, iterator
from archcalc.notations.pytorch.vocabulary.moves import (
    expanded,
    indexed,
    last_two,
    reversed_dims,
)
from archcalc.notations.pytorch.vocabulary.names import TORCH, F, function, method, native, op
from archcalc.notations.pytorch.vocabulary.reasons import AS_TORCH, MIXED
from archcalc.notations.pytorch.vocabulary.shapes import Batch, Full, axis, batched, count, inner, shown_shape, sizes
from archcalc.notations.pytorch.vocabulary.tensors import MOST_VALUES, PARAMETER, TENSOR, Number, Parameter, Step, Tensor, known
from archcalc.notations.pytorch.vocabulary.trace import expected, moved, value_of
from archcalc.text.faults import SpecError, ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


class Turned(SpecError):
    """A layer that has its steps first met an input with the batch first: it may be that the person meant it so."""

    @staticmethod
    def at(machine: Machine, name: str, first: bool, x: Tensor) -> Turned:
        """The fault of a sequence whose batch stands where the steps should."""
        where = "B×T×F" if first else "T×B×F"
        repair = "batch_first=False" if first else "batch_first=True"
        made = machine.fault(f"{name} reads {where}; {shown_shape(x.shape)} arrives", repair)
        return Turned(made.faults)


# -- what a tensor says -----------------------------------------------------------------------------------------------


class Token(Instance):
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
    factor, degree = count(input.shape)
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
    from archcalc.notations.pytorch.vocabulary.moves import one_of

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


@op(
    "contiguous", "cpu", "cuda", "pin_memory", "retain_grad", "coalesce", "fill_", "zero_", "normal_", "uniform_",
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


# -- tensors made from nothing ----------------------------------------------------------------------------------------


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
def normal(machine: Machine, mean: Value, std: Value, size: Value = None, **more: Value) -> Value:
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
    raise machine.fault("the values of an array are not read", "torch.zeros of its shape")


@op("triu", "tril", at="torch method")
def triangle(machine: Machine, input: Tensor, diagonal: Value = 0) -> Value:
    if input.fixed:
        return Tensor(input.shape, input.kind)
    return moved(machine, input, input.shape, Step("triangle"))


@op("diag", "diagonal", at="torch method")
def diagonal(machine: Machine, input: Tensor, *rest: Value, **more: Value) -> Value:
    raise machine.fault("diagonal is not read", "the network without it")


@op("outer", "ger", at="torch method")
def outer(machine: Machine, input: Tensor, vec2: Tensor) -> Value:
    a, b = input.shape[0], vec2.shape[0]
    from archcalc.notations.pytorch.vocabulary.moves import same_values

    return two(machine, "mul", same_values(machine, input, (a, 1), "unsqueeze"), vec2) if not isinstance(b, Batch) else None


@op("bincount", "unique", "nonzero", "masked_select", at="torch method")
def by_value(machine: Machine, input: Value, *rest: Value, **more: Value) -> Value:
    return value_of(machine)


# -- contexts, decorators, what does nothing --------------------------------------------------------------------------


class Context(Instance):
    """torch.no_grad() and the like: as a context, as a decorator."""

    __slots__ = ()


CONTEXT = host_class("no_grad", Context, module="torch")


@CONTEXT.method("__init__", unknown=True)
def context(machine: Machine, self: Context, *rest: Value, **more: Value) -> Value:
    return None


@CONTEXT.method("__enter__")
def enter(machine: Machine, self: Context) -> Value:
    return self


@CONTEXT.method("__exit__")
def leave(machine: Machine, self: Context, *rest: Value) -> Value:
    return False


@CONTEXT.method("__call__", unknown=True)
def decorate(machine: Machine, self: Context, function: Value = None, *rest: Value) -> Value:
    return function


for _name in ("no_grad", "enable_grad", "inference_mode", "set_grad_enabled", "autocast"):
    TORCH.names[_name] = CONTEXT


def same(machine: Machine, fn: Value = None, *rest: Value, **more: Value) -> Value:
    """A decorator that changes nothing."""
    return fn


def no(machine: Machine, *rest: Value, **more: Value) -> Value:
    """Asked whether something special is under way: it is not."""
    return False


def nothing(machine: Machine, *rest: Value, **more: Value) -> Value:
    """A call that changes no shape and no count."""
    return None


def entered(name: str, function_: object) -> Native:
    """A function that takes unknown values as they are."""
    made = native(name, function_, unknown=True)  # type: ignore[arg-type]
    made.binds = False
    return made


for _name in ("is_grad_enabled", "is_autocast_enabled", "is_inference_mode_enabled"):
    TORCH.names[_name] = entered(_name, no)
for _name in (
    "manual_seed",
    "set_num_threads",
    "set_default_dtype",
    "set_default_tensor_type",
    "save",
    "use_deterministic_algorithms",
    "set_float32_matmul_precision",
    "_assert",
    "seed",
):
    TORCH.names[_name] = entered(_name, nothing)
TORCH.names["compile"] = entered("compile", same)
TORCH.names["__version__"] = "2.13.0"
TORCH.names["pi"] = 3.141592653589793
TORCH.names["inf"] = float("inf")
TORCH.names["contiguous_format"] = Token(DTYPE, "contiguous_format")
TORCH.names["channels_last"] = Token(DTYPE, "channels_last")


def quiet_module(name: str, given: dict[str, object], otherwise: object = None) -> Module:
    """A module of which only some functions are known; with `otherwise`, all others are that."""

    def missing(machine: Machine, asked: str) -> Value:
        return entered(asked, otherwise) if otherwise is not None else Unknown(f"{name}.{asked}", machine.place(), harmless=True)

    made = Module(name, Dict(), missing)
    for key, value in given.items():
        made.names[key] = entered(key, value) if callable(value) and not isinstance(value, Native | Class | Instance) else value
    return made


def inert(name: str) -> Module:
    """A module whose classes and functions are handed on and never asked for anything: they are known, and do nothing."""

    def missing(machine: Machine, asked: str) -> Value:
        if asked.startswith("_") and asked.isupper():
            return List()
        if not asked[:1].isupper():
            return entered(asked, nothing)
        made = Class(asked, (OBJECT,), Instance, module=name)
        made.names["__init__"] = Native(f"{asked}.__init__", nothing, raw=False, unknown=True)
        for word in ("NEAREST", "NEAREST_EXACT", "BILINEAR", "BICUBIC", "LANCZOS"):
            made.names[word] = word.lower()
        return made

    return Module(name, Dict(), missing)


def checkpoint(machine: Machine, function: Value, *args: Value, use_reentrant: Value = None, **kwargs: Value) -> Task:
    """torch.utils.checkpoint: the function itself; what it saves is memory."""
    kwargs = {k: v for k, v in kwargs.items() if k not in ("preserve_rng_state", "context_fn", "determinism_check", "debug")}
    return (yield machine.call(function, *args, **kwargs))


def checkpoint_sequential(machine: Machine, functions: Value, segments: Value, input: Value, **kwargs: Value) -> Task:
    """The modules one after the other."""
    for one in (yield from items_of(machine, functions)):
        input = yield machine.call(one, input)
    return input


def ignoring(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """A decorator, with arguments or without."""
    if len(args) == 1 and not kwargs and not isinstance(args[0], bool | str) and args[0] is not None:
        return args[0]
    return entered("decorator", same)


def annotate(machine: Machine, the_type: Value, the_value: Value) -> Value:
    """torch.jit.annotate: the value."""
    return the_value


def filled_in(machine: Machine, tensor: Value, *rest: Value, **more: Value) -> Value:
    """torch.nn.init: values, no shapes."""
    if isinstance(tensor, Tensor) and tensor.fixed:
        tensor.values = None
    return tensor


def modules() -> dict[str, Module]:
    """The other modules of torch, by name."""
    jit = quiet_module(
        "torch.jit",
        {"script": same, "trace": same, "is_scripting": no, "is_tracing": no, "annotate": annotate},
        ignoring,
    )
    jit.names["ScriptModule"] = MODULE
    init = quiet_module("torch.nn.init", {"calculate_gain": _gain, "_calculate_fan_in_and_fan_out": _fans}, filled_in)
    point = quiet_module("torch.utils.checkpoint", {"checkpoint": checkpoint, "checkpoint_sequential": checkpoint_sequential})
    return {
        "torch.jit": jit,
        "torch.nn.init": init,
        "torch.utils.checkpoint": point,
        "torch.fx": quiet_module("torch.fx", {"wrap": same}),
        "torch.cuda": quiet_module("torch.cuda", {"is_available": no}, nothing),
        "torch.backends": quiet_module("torch.backends", {}),
        "torch.autograd": quiet_module("torch.autograd", {"Variable": same}),
        "torch.utils": quiet_module("torch.utils", {}),
        "torch.utils.data": quiet_module("torch.utils.data", {}),
        "torch.optim": quiet_module("torch.optim", {}),
        "torch.amp": quiet_module("torch.amp", {"autocast": CONTEXT}),
        "torch.cuda.amp": quiet_module("torch.cuda.amp", {"autocast": CONTEXT}),
        "torch.utils.model_zoo": quiet_module("torch.utils.model_zoo", {}),
        "torch.hub": quiet_module("torch.hub", {}),
    }


def _gain(machine: Machine, nonlinearity: Value, param: Value = None) -> Value:
    return 1.0


def _fans(machine: Machine, tensor: Tensor) -> Value:
    shape = inner(tensor.shape)
    field = 1
    for n in shape[2:]:
        field *= n
    return (shape[1] * field, shape[0] * field)


EXPANDED = expanded
FUNCTIONAL = F
