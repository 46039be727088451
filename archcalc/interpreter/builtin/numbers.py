"""int, float and bool."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from archcalc.interpreter.symbols import COMPARISONS, NUMBERS, SYMBOLS, UNARY
from archcalc.interpreter.values import (
    NOT_IMPLEMENTED,
    OBJECT,
    UNSET,
    Class,
    Holder,
    Result,
    Task,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

INT = Class("int", (OBJECT,), Holder)
FLOAT = Class("float", (OBJECT,), Holder)
BOOL = Class("bool", (INT,))
_MOST_DIGITS = 1000


def raw(value: Value) -> Value:
    """The number itself, of an object whose class derives from int or float too."""
    return value.payload if isinstance(value, Holder) else value


def whole(machine: Machine, value: Value) -> int:
    """The whole number of a value that is one; raises the program's TypeError."""
    number = raw(value)
    if not isinstance(number, int):
        method = machine.special(value, "__index__")
        if method is not UNSET and isinstance(found := machine.finish(machine.call(method)), int):
            return found
        raise machine.error("TypeError", f"'{machine.class_of(value).name}' object cannot be interpreted as an integer")
    return number


def held(machine: Machine, cls: Value, own: Class, value: Value) -> Value:
    """A value, as an object of the class that was called where that derives from the built-in one."""
    if cls is own or not isinstance(cls, Class) or isinstance(value, Unknown):
        return value
    machine.take_objects(1)
    made = cast(Holder, cls.host(cls))
    made.payload = value
    return made


@INT.method("__new__")
def new_int(machine: Machine, cls: Value, x: Value = 0, /, base: Value = UNSET) -> Task:
    value = raw(x)
    if isinstance(value, str):
        if len(value) > _MOST_DIGITS:
            raise machine.budget.refusal("digits", len(value), machine.span)
        machine.work(len(value) // 8)
    elif base is not UNSET:
        raise machine.error("TypeError", "int() can't convert non-string with explicit base")
    if type(value) not in (int, float, bool, str):
        value = yield _by_method(machine, value, ("__int__", "__index__", "__trunc__"), "int")
        return held(machine, cls, INT, value)
    try:
        made = int(cast(str, value)) if base is UNSET else int(cast(str, value), whole(machine, base))
    except (ValueError, TypeError, OverflowError) as error:
        raise machine.host_error(error) from None
    return held(machine, cls, INT, made)


def _by_method(machine: Machine, value: Value, names: tuple[str, ...], word: str) -> Task:
    for name in names:
        method = machine.special(value, name)
        if method is not UNSET:
            made = yield machine.call(method)
            return made
    kind = machine.class_of(value).name
    article = "a string, a bytes-like object or a real number" if word == "int" else "a string or a real number"
    raise machine.error("TypeError", f"{word}() argument must be {article}, not '{kind}'")


@FLOAT.method("__new__")
def new_float(machine: Machine, cls: Value, x: Value = 0.0, /) -> Task:
    value = raw(x)
    if isinstance(value, str):
        machine.work(len(value) // 8)
    if type(value) not in (int, float, bool, str):
        value = yield _by_method(machine, value, ("__float__", "__index__"), "float")
        return held(machine, cls, FLOAT, float(cast(float, value)) if type(value) is int else value)
    try:
        return held(machine, cls, FLOAT, float(cast(str, value)))
    except (ValueError, OverflowError) as error:
        raise machine.host_error(error) from None


@BOOL.method("__new__")
def new_bool(machine: Machine, cls: Value, x: Value = False, /) -> Result:
    return machine.as_truth(x)


@INT.method()
def bit_length(machine: Machine, self: Value) -> Result:
    return cast(int, raw(self)).bit_length()


@INT.method()
def bit_count(machine: Machine, self: Value) -> Result:
    return bin(cast(int, raw(self))).count("1")


@INT.method("conjugate", "__int__", "__index__", "__trunc__", "__floor__", "__ceil__")
def itself(machine: Machine, self: Value) -> Result:
    return int(cast(int, raw(self)))


@INT.getter("real", "numerator")
def numerator(machine: Machine, self: Value) -> Result:
    return int(cast(int, raw(self)))


@FLOAT.getter("real")
def real(machine: Machine, self: Value) -> Result:
    return float(cast(float, raw(self)))


@FLOAT.getter("imag")
def imaginary_float(machine: Machine, self: Value) -> Result:
    return 0.0


@INT.getter("denominator")
def denominator(machine: Machine, self: Value) -> Result:
    return 1


@INT.getter("imag")
def imaginary(machine: Machine, self: Value) -> Result:
    return 0


@FLOAT.method()
def is_integer(machine: Machine, self: Value) -> Result:
    return cast(float, raw(self)).is_integer()


@FLOAT.method("__int__", "__trunc__")
def truncated(machine: Machine, self: Value) -> Result:
    try:
        return int(cast(float, raw(self)))
    except (ValueError, OverflowError) as error:
        raise machine.host_error(error) from None


@INT.method("__float__")
@FLOAT.method("__float__")
def as_float(machine: Machine, self: Value) -> Result:
    try:
        return float(cast(float, raw(self)))
    except OverflowError as error:
        raise machine.host_error(error) from None


@FLOAT.method()
def as_integer_ratio(machine: Machine, self: Value) -> Result:
    value = cast(float, raw(self))
    if not math.isfinite(value):
        raise machine.error("ValueError" if math.isnan(value) else "OverflowError", "cannot convert to integer ratio")
    return value.as_integer_ratio()


def _operators() -> None:
    """The operators of numbers as methods, for objects whose class derives from one, and for `super().__add__(…)`."""

    def enter(cls: Class, name: str, symbol: str, reflected: bool, comparison: bool) -> None:
        def operate(machine: Machine, self: Value, other: Value) -> Result:
            left, right = raw(self), raw(other)
            if type(right) not in NUMBERS or (comparison and type(left) not in NUMBERS):
                return NOT_IMPLEMENTED
            if comparison:
                return machine.compare(symbol, left, right)
            return machine.binary(symbol, right, left) if reflected else machine.binary(symbol, left, right)

        cls.method(name)(operate)

    def enter_unary(cls: Class, name: str, symbol: str) -> None:
        def operate(machine: Machine, self: Value) -> Result:
            return machine.unary(symbol, raw(self))

        cls.method(name)(operate)

    for cls in (INT, FLOAT):
        for symbol, (name, reflected, _) in SYMBOLS.items():
            if symbol != "@" and (cls is INT or symbol not in ("<<", ">>", "&", "|", "^")):
                enter(cls, name, symbol, False, False)
                enter(cls, reflected, symbol, True, False)
        for symbol, (name, _, _) in COMPARISONS.items():
            enter(cls, name, symbol, False, True)
        for symbol, (name, _) in UNARY.items():
            if cls is INT or symbol != "~":
                enter_unary(cls, name, symbol)


_operators()


@INT.method("__bool__")
@FLOAT.method("__bool__")
def truth(machine: Machine, self: Value) -> Result:
    return bool(raw(self))


@INT.method("__hash__")
@FLOAT.method("__hash__")
def hashed(machine: Machine, self: Value) -> Result:
    return hash(raw(self))


@INT.method("__abs__")
@FLOAT.method("__abs__")
def absolute(machine: Machine, self: Value) -> Result:
    return abs(cast(float, raw(self)))


for _cls in (INT, FLOAT):
    _cls.names["__hash_by_identity__"] = True  # an object that holds a number compares as it, in the host too
