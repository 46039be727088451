"""The little of numpy that networks compute their sizes with: arrays are small tensors whose values are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from archcalc.interpreter.values import Class, Dict, List, Module, Result, Unknown, Value
from archcalc.notations.pytorch.vocabulary.arithmetic import reduced, single
from archcalc.notations.pytorch.vocabulary.creation import arange, from_values
from archcalc.notations.pytorch.vocabulary.names import TORCH, native
from archcalc.notations.pytorch.vocabulary.properties import as_kind
from archcalc.notations.pytorch.vocabulary.tensors import TENSOR, Tensor, known

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


def _array(machine: Machine, value: Value) -> Tensor:
    return value if isinstance(value, Tensor) else from_values(machine, value, "")


def _of_numbers(word: str, host: Callable[[float], float]) -> Callable[..., Value]:
    def apply(machine: Machine, x: Value) -> Value:
        if isinstance(x, int | float):
            return host(x)
        array = _array(machine, x)
        if array.values is None:
            return single(machine, array, word if word in ("sqrt", "exp", "abs", "log") else "round", word)
        return known(array.shape, [host(v) for v in array.values], "float")

    return apply


def _of_all(op: str) -> Callable[..., Value]:
    def apply(machine: Machine, a: Value, axis: Value = None) -> Value:
        found = reduced(machine, _array(machine, a), op, axis, False)
        return found.values[0] if found.values is not None and len(found.values) == 1 else found

    return apply


def cumsum(machine: Machine, a: Value, axis: Value = None) -> Value:
    """Running sums."""
    array = _array(machine, a)
    if array.values is None or len(array.shape) != 1:
        return Tensor(array.shape, array.kind)
    total: float = 0
    made = []
    for value in array.values:
        total += value
        made.append(total)
    return known(array.shape, made, array.kind)


def array(machine: Machine, object: Value, dtype: Value = None) -> Value:
    """np.array of numbers."""
    return astype(machine, _array(machine, object), dtype)


def astype(machine: Machine, self: Tensor, dtype: Value = None, copy: Value = True) -> Value:
    """The values as another kind of number: np.float32, int, 'int64'."""
    name = dtype.name if isinstance(dtype, Unknown | Class) else dtype if isinstance(dtype, str) else ""
    word = name.rpartition(".")[2]
    kind = next((kind for kind in ("float", "int", "bool") if kind in word), "")
    return as_kind(machine, self, kind) if kind else self


TENSOR.names["astype"] = native("astype", astype, unknown=True)


def _made(name: str) -> Callable[..., Result]:
    """An array that is counted out."""

    def make(machine: Machine, shape: Value, dtype: Value = None) -> Result:
        return machine.call(TORCH.names[name], *([shape] if name == "eye" or not isinstance(shape, tuple | List) else shape))

    return make


def unique(machine: Machine, ar: Value) -> Value:
    """The different values of an array that is known, in order."""
    held = _array(machine, ar)
    if held.values is None:
        return Unknown("numpy.unique", machine.place(), "the values of data are not known", harmless=True)
    values = sorted(set(held.values))
    return known((len(values),), values, held.kind)


def _truths(host: Callable[[list[bool]], bool]) -> Callable[..., Value]:
    def apply(machine: Machine, a: Value) -> Value:
        if isinstance(a, bool):
            return a
        held = _array(machine, a)
        if held.values is None:
            return Unknown("numpy", machine.place(), "the values of data are not known", harmless=True)
        return host([bool(value) for value in held.values])

    return apply


def power(machine: Machine, x1: Value, x2: Value) -> Result:
    """Powers, of numbers or of arrays."""
    return machine.binary("**", x1, x2)


def linspace(machine: Machine, start: Value, stop: Value, num: Value = 50, **more: Value) -> Value:
    """Evenly spaced numbers, of double precision as numpy has them."""
    count = num if isinstance(num, int) and not isinstance(num, bool) and 0 <= num <= 4096 else 0
    if not isinstance(start, int | float) or not isinstance(stop, int | float) or count != num:
        return Unknown("numpy.linspace", machine.place(), "its numbers are not known", harmless=True)
    return known((count,), [start + (stop - start) * i / max(1, count - 1) for i in range(count)], "float")


def _missing(machine: Machine, name: str) -> Value:
    return Unknown(f"numpy.{name}", machine.place(), f"numpy.{name} is not read", harmless=True)


def _numpy() -> Module:
    numbers: dict[str, Callable[[float], float]] = {
        "sqrt": math.sqrt, "exp": math.exp, "log": math.log, "log2": math.log2, "log10": math.log10, "floor": math.floor,
        "ceil": math.ceil, "abs": abs, "round": round,
    }  # fmt: skip
    made: dict[Value, Value] = {name: native(name, _of_numbers(name, host)) for name, host in numbers.items()}
    made |= {op: native(op, _of_all(op)) for op in ("sum", "prod", "max", "min", "mean")}
    made |= {"cumsum": native("cumsum", cumsum), "array": native("array", array), "asarray": native("asarray", array)}
    made |= {name: native(name, _made(name)) for name in ("eye", "zeros", "ones")}
    made |= {
        "power": native("power", power),
        "linspace": native("linspace", linspace),
        "arange": native("arange", arange),
        "newaxis": None,
        "unique": native("unique", unique),
        "any": native("any", _truths(any)),
        "all": native("all", _truths(all)),
        "pi": math.pi,
        "inf": math.inf,
    }
    for value in made.values():
        if hasattr(value, "binds"):
            value.binds = False
    return Module("numpy", Dict(made), _missing)


NUMPY = _numpy()
__all__ = ["NUMPY", "List"]
