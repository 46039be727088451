"""Contexts, decorators, and the parts of torch that change no network."""

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
    Task,
    Unknown,
    Value,
    host_class,
)
from archcalc.notations.pytorch.vocabulary.arithmetic import reduced
from archcalc.notations.pytorch.vocabulary.modules import MODULE, items_of
from archcalc.notations.pytorch.vocabulary.names import TORCH, native
from archcalc.notations.pytorch.vocabulary.properties import DTYPE, Token
from archcalc.notations.pytorch.vocabulary.shapes import inner
from archcalc.notations.pytorch.vocabulary.tensors import Tensor

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


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


def none_there(machine: Machine, *rest: Value, **more: Value) -> Value:
    """Asked how many devices there are: none."""
    return 0


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
    """A module whose classes and functions change nothing: data, transforms, what trains. What their objects give is unknown."""

    def missing(machine: Machine, asked: str) -> Value:
        if asked.startswith("_") and asked.isupper():
            return List()
        if not asked[:1].isupper():
            return machine.unknown(f"{name}.{asked}")
        made = Class(asked, (OBJECT,), Instance, module=name)
        made.names["__init__"] = Native(f"{asked}.__init__", nothing, raw=False, unknown=True)
        for method in ("__getattr__", "__getitem__", "__call__", "__len__", "__iter__"):
            made.names[method] = Native(f"{asked}.{method}", unknown_part, raw=False, unknown=True)
        for word in ("NEAREST", "NEAREST_EXACT", "BILINEAR", "BICUBIC", "LANCZOS"):
            made.names[word] = word.lower()
        return made

    return Module(name, Dict(), missing)


def unknown_part(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> Value:
    """What is asked of an object of data: nobody knows it before it is there."""
    name = self.cls.name if isinstance(self, Instance) else "data"
    return machine.unknown(f"{name}.{args[0]}" if args and isinstance(args[0], str) else f"what {name} gives")


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
        "torch.cuda": quiet_module("torch.cuda", {"is_available": no, "device_count": none_there}, nothing),
        "torch.backends": quiet_module("torch.backends", {}),
        "torch.autograd": quiet_module("torch.autograd", {"Variable": same}),
        "torch.utils": quiet_module("torch.utils", {}),
        "torch.utils.data": quiet_module("torch.utils.data", {}),
        "torch.optim": quiet_module("torch.optim", {}),
        "torch.amp": quiet_module("torch.amp", {"autocast": CONTEXT}),
        "torch.cuda.amp": quiet_module("torch.cuda.amp", {"autocast": CONTEXT}),
        "torch.utils.model_zoo": quiet_module("torch.utils.model_zoo", {}),
        "torch.hub": quiet_module("torch.hub", {}),
        "torch.linalg": Module("torch.linalg", Dict({"vector_norm": native("vector_norm", _vector_norm)})),
    }


def _vector_norm(
    machine: Machine, x: Tensor, ord: Value = 2, dim: Value = None, keepdim: Value = False, *, dtype: Value = None
) -> Value:
    return reduced(machine, x, "norm", dim, keepdim)


def _gain(machine: Machine, nonlinearity: Value, param: Value = None) -> Value:
    return 1.0


def _fans(machine: Machine, tensor: Tensor) -> Value:
    shape = inner(tensor.shape)
    field = 1
    for n in shape[2:]:
        field *= n
    return (shape[1] * field, shape[0] * field)
