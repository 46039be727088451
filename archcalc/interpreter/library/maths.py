"""math, on plain numbers, its integers bounded."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from archcalc.interpreter.builtin.numbers import raw
from archcalc.interpreter.symbols import HOST_ERRORS, MOST_BITS, NUMBERS
from archcalc.interpreter.values import UNSET, List, MetUnknown, Module, Native, Result, Task, Unknown, Value

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

MATH = Module("math")
MATH.names.update({"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf, "nan": math.nan})
_PLAIN = (
    "acos acosh asin asinh atan atan2 atanh copysign cos cosh degrees erf erfc exp expm1 fabs fmod frexp gamma gcd hypot "
    "isfinite isinf isnan isqrt lcm ldexp lgamma log log10 log1p log2 modf pow radians remainder sin sinh sqrt tan tanh ulp"
).split()
_ROUNDING = "ceil floor trunc".split()
_MOST_FACTORIAL = 450  # 1,000 digits


def _numbers(machine: Machine, args: list[Value], name: str) -> list[Any]:
    found = []
    for value in args:
        number = raw(value)
        if type(number) not in NUMBERS:
            kind = machine.class_of(value).name
            raise machine.error("TypeError", f"must be real number, not {kind}")
        if type(number) is int and number.bit_length() > MOST_BITS:
            raise machine.budget.refusal("digits", 10**18, machine.span)
        found.append(number)
    return found


def _enter(name: str, host: Callable[..., Any]) -> None:
    def function(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
        if kwargs:
            raise machine.error("TypeError", f"math.{name}() takes no keyword arguments")
        try:
            return cast(Value, host(*_numbers(machine, args, name)))
        except HOST_ERRORS as error:
            raise machine.host_error(error) from None

    MATH.names[name] = Native(f"math.{name}", function, raw=True, binds=False)


for _name in _PLAIN:
    _enter(_name, getattr(math, _name))


def _rounding(name: str, host: Callable[[object], int]) -> None:
    @MATH.function(name)
    def function(machine: Machine, x: Value, /) -> Result:
        value = raw(x)
        if type(value) in NUMBERS:
            try:
                return host(value)
            except HOST_ERRORS as error:
                raise machine.host_error(error) from None
        method = machine.special(x, f"__{name}__")
        if method is UNSET:
            raise machine.error("TypeError", f"must be real number, not {machine.class_of(x).name}")
        return machine.call(method)


for _name in _ROUNDING:
    _rounding(_name, getattr(math, _name))


def _counting(name: str, host: Callable[..., int]) -> None:
    @MATH.function(name)
    def function(machine: Machine, *args: Value) -> Result:
        numbers = _numbers(machine, list(args), name)
        if any(type(n) is int and n > _MOST_FACTORIAL for n in numbers[:1]):
            raise machine.fault(f"math.{name} of more than {_MOST_FACTORIAL}", "a smaller number")
        try:
            return host(*numbers)
        except HOST_ERRORS as error:
            raise machine.host_error(error) from None


for _name in ("factorial", "comb", "perm"):
    _counting(_name, getattr(math, _name))


@MATH.function()
def prod(machine: Machine, iterable: Value, /, *, start: Value = 1) -> Task:
    items = yield machine.items(iterable)
    if isinstance(items, Unknown):
        raise MetUnknown(items)
    total = start
    for item in cast(List, items):
        machine.work(1)
        total = yield machine.binary("*", total, item)
    return total


@MATH.function()
def fsum(machine: Machine, iterable: Value, /) -> Task:
    items = yield machine.items(iterable)
    machine.known(items)
    return math.fsum(_numbers(machine, list(cast(List, items)), "fsum"))


@MATH.function()
def dist(machine: Machine, p: Value, q: Value, /) -> Task:
    left, right = (yield machine.items(p)), (yield machine.items(q))
    machine.known(left)
    machine.known(right)
    first, second = (_numbers(machine, list(cast(List, side)), "dist") for side in (left, right))
    if len(first) != len(second):
        raise machine.error("ValueError", "both points must have the same number of dimensions")
    return math.dist(first, second)


@MATH.function()
def isclose(machine: Machine, a: Value, b: Value, *, rel_tol: Value = 1e-09, abs_tol: Value = 0.0) -> Result:
    left, right, relative, absolute = _numbers(machine, [a, b, rel_tol, abs_tol], "isclose")
    try:
        return math.isclose(left, right, rel_tol=relative, abs_tol=absolute)
    except HOST_ERRORS as error:
        raise machine.host_error(error) from None
