"""The built-in functions: those of pure data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from archcalc.interpreter import iteration, truth
from archcalc.interpreter.builtin.iterators import Until
from archcalc.interpreter.builtin.numbers import raw, whole
from archcalc.interpreter.builtin.sorting import extreme, in_order
from archcalc.interpreter.code import Frame, Function
from archcalc.interpreter.symbols import HOST_ERRORS, MOST_BITS, NUMBERS
from archcalc.interpreter.values import (
    BOUNDLESS,
    NOT_IMPLEMENTED,
    UNSET,
    Boundless,
    Class,
    Dict,
    Instance,
    List,
    Method,
    Module,
    Native,
    Raised,
    Result,
    StaticMethod,
    Task,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

# The names are entered in a module of their own, so that a program sees them as `builtins`.
FUNCTIONS = Module("builtins")
function = FUNCTIONS.function


@function("len")
def length(machine: Machine, value: Value, /) -> Result:
    return machine.length(value)


@function("abs")
def absolute(machine: Machine, value: Value, /) -> Result:
    if type(value) in NUMBERS:
        return abs(cast(float, value))
    method = machine.special(value, "__abs__")
    if method is UNSET:
        raise machine.error("TypeError", f"bad operand type for abs(): '{machine.class_of(value).name}'")
    return machine.call(method)


@function("all")
def all_(machine: Machine, iterable: Value, /) -> Task:
    return (yield _until(machine, iterable, False))


@function("any")
def any_(machine: Machine, iterable: Value, /) -> Task:
    return (yield _until(machine, iterable, True))


def _until(machine: Machine, iterable: Value, wanted: bool) -> Task:
    """Whether one is found that counts as wanted; an unknown one leaves the answer open."""
    source = yield iteration.iterator(machine, iterable)
    if isinstance(source, Unknown):
        return source
    unknown: Unknown | None = None
    while True:
        machine.work(1)
        value = yield from iteration.each(machine, source)
        if value is iteration.EXHAUSTED:
            return unknown if unknown is not None else not wanted
        verdict = yield machine.as_truth(value)
        if isinstance(verdict, Unknown):
            unknown = verdict
        elif verdict is wanted:
            return wanted


@function("sum")
def sum_(machine: Machine, iterable: Value, /, start: Value = 0) -> Task:
    source = yield iteration.iterator(machine, iterable)
    if isinstance(source, Unknown):
        return source
    if type(start) is str:
        raise machine.error("TypeError", "sum() can't sum strings [use ''.join(seq) instead]")
    total = start
    while True:
        machine.work(1)
        value = yield from iteration.each(machine, source)
        if value is iteration.EXHAUSTED:
            return total
        total = yield machine.binary("+", total, value)


def _extreme(machine: Machine, name: str, symbol: str, values: tuple[Value, ...], key: Value, default: Value) -> Task:
    if not values:
        raise machine.error("TypeError", f"{name} expected at least 1 argument, got 0")
    items: Value = List(values)
    if len(values) == 1:
        items = yield machine.items(values[0])
    elif default is not UNSET:
        raise machine.error("TypeError", f"Cannot specify a default for {name}() with multiple positional arguments")
    if isinstance(items, Unknown):
        return items
    assert isinstance(items, List)
    if not items:
        if default is UNSET:
            raise machine.error("ValueError", f"{name}() arg is an empty sequence")
        return default
    return (yield extreme(machine, symbol, items, key))


@function("min")
def min_(machine: Machine, *values: Value, key: Value = None, default: Value = UNSET) -> Task:
    return (yield _extreme(machine, "min", "<", values, key, default))


@function("max")
def max_(machine: Machine, *values: Value, key: Value = None, default: Value = UNSET) -> Task:
    return (yield _extreme(machine, "max", ">", values, key, default))


@function("sorted")
def sorted_(machine: Machine, iterable: Value, /, *, key: Value = None, reverse: Value = False) -> Task:
    items = yield machine.items(iterable)
    return items if isinstance(items, Unknown) else (yield in_order(machine, cast(List, items), key, reverse))


@function("round")
def round_(machine: Machine, number: Value, ndigits: Value = None) -> Result:
    value, digits = raw(number), raw(ndigits)
    if type(value) in NUMBERS and (digits is None or type(digits) in (int, bool)):
        if digits is not None and abs(cast(int, digits)) > 400:
            raise machine.fault("round to more than 400 digits", "fewer digits")
        try:
            return round(cast(float, value), cast(int, digits))
        except HOST_ERRORS as error:
            raise machine.host_error(error) from None
    method = machine.special(number, "__round__")
    if method is UNSET:
        raise machine.error("TypeError", f"type {machine.class_of(number).name} doesn't define __round__ method")
    return machine.call(method, *(() if ndigits is None else (ndigits,)))


@function("divmod")
def divmod_(machine: Machine, left: Value, right: Value, /) -> Task:
    quotient = yield machine.binary("//", left, right)
    remainder = yield machine.binary("%", left, right)
    return (quotient, remainder)


@function("pow")
def pow_(machine: Machine, base: Value, exp: Value, mod: Value = None) -> Result:
    if mod is None:
        return machine.binary("**", base, exp)
    numbers = [raw(v) for v in (base, exp, mod)]
    if any(type(v) not in (int, bool) for v in numbers):
        raise machine.error("TypeError", "pow() 3rd argument not allowed unless all arguments are integers")
    if any(cast(int, v).bit_length() > MOST_BITS for v in numbers):
        raise machine.budget.refusal("digits", 10**18, machine.span)
    machine.work(200)
    try:
        return pow(cast(int, numbers[0]), cast(int, numbers[1]), cast(int, numbers[2]))
    except HOST_ERRORS as error:
        raise machine.host_error(error) from None


def _base(name: str, host: Callable[[int], str]) -> None:
    @function(name)
    def write(machine: Machine, value: Value, /) -> Result:
        return host(whole(machine, value))


for _name, _host in (("bin", bin), ("oct", oct), ("hex", hex)):
    _base(_name, _host)


@function("chr")
def chr_(machine: Machine, value: Value, /) -> Result:
    try:
        return chr(whole(machine, value))
    except HOST_ERRORS as error:
        raise machine.host_error(error) from None


@function("ord")
def ord_(machine: Machine, value: Value, /) -> Result:
    text = raw(value)
    if type(text) is not str or len(text) != 1:
        found = f"string of length {len(text)}" if isinstance(text, str) else f"{machine.class_of(value).name}"
        raise machine.error("TypeError", f"ord() expected string of length 1, but {found} found")
    return ord(text)


@function("isinstance", unknown=True)
def isinstance_(machine: Machine, value: Value, cls: Value, /) -> Result:
    return machine.is_instance(value, cls)


@function("issubclass", unknown=True)
def issubclass_(machine: Machine, cls: Value, other: Value, /) -> Result:
    return truth.is_subclass(machine, cls, other)


@function("callable")
def callable_(machine: Machine, value: Value, /) -> Result:
    if isinstance(value, Function | Native | Method | Class | StaticMethod):
        return True
    return isinstance(value, Instance) and value.cls.find("__call__") is not UNSET


def _name_of(machine: Machine, name: Value) -> str:
    text = raw(name)
    if type(text) is not str:
        raise machine.error("TypeError", f"attribute name must be string, not '{machine.class_of(name).name}'")
    return text


@function("getattr", unknown=True)
def getattr_(machine: Machine, value: Value, name: Value, default: Value = UNSET, /) -> Result:
    if unknown := machine.unknown_in(name):
        return unknown
    if isinstance(value, Unknown):
        return value.part(_name_of(machine, name))
    if default is UNSET:
        return machine.get(value, _name_of(machine, name))
    return _get_or(machine, value, _name_of(machine, name), default)


def _get_or(machine: Machine, value: Value, name: str, default: Value) -> Task:
    try:
        found = yield machine.find(value, name)
    except Raised as raised:
        if not raised.value.cls.is_a(machine.builtin("AttributeError")):
            raise
        return default
    return default if found is UNSET else found


@function("hasattr", unknown=True)
def hasattr_(machine: Machine, value: Value, name: Value, /) -> Task:
    for one in (value, name):
        if unknown := machine.unknown_in(one):
            return unknown
    found = yield _get_or(machine, value, _name_of(machine, name), UNSET)
    # Whether a module that is not wholly known has a name is not known.
    return found if isinstance(found, Unknown) and isinstance(value, Module) else found is not UNSET


@function("setattr", unknown=True)
def setattr_(machine: Machine, value: Value, name: Value, new: Value, /) -> Result:
    if unknown := machine.unknown_in(name):
        machine.make_unread(value, unknown)
        return None
    return machine.set(value, _name_of(machine, name), new)


@function("delattr", unknown=True)
def delattr_(machine: Machine, value: Value, name: Value, /) -> Result:
    if unknown := machine.unknown_in(name):
        machine.make_unread(value, unknown)
        return None
    return machine.delete(value, _name_of(machine, name))


@function("iter")
def iter_(machine: Machine, value: Value, sentinel: Value = UNSET, /) -> Result:
    return iteration.iterator(machine, value) if sentinel is UNSET else Until(value, sentinel)


@function("next")
def next_(machine: Machine, value: Value, default: Value = UNSET, /) -> Result:
    if default is UNSET:
        return iteration.next_value(machine, value)
    return _next_or(machine, value, default)


def _next_or(machine: Machine, value: Value, default: Value) -> Task:
    found = yield from iteration.each(machine, value)
    return default if found is iteration.EXHAUSTED else found


@function("repr", "ascii")
def repr_(machine: Machine, value: Value, /) -> Result:
    return machine.written(value)


@function("format")
def format_(machine: Machine, value: Value, spec: Value = "", /) -> Result:
    return machine.formatted(value, spec, -1)


@function("hash")
def hash_(machine: Machine, value: Value, /) -> Result:
    number = raw(value)
    if type(number) in NUMBERS:
        return hash(number)
    method = machine.special(value, "__hash__")
    if method is not UNSET and method is not None:
        return machine.call(method)
    raise machine.fault("a hash differs from run to run, so it is not read", "a number of your own")


@function("id")
def id_(machine: Machine, value: Value, /) -> Result:
    return machine.unknown("an id", "an id differs from run to run")


@function("print", unknown=True, raw=True)
def print_(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    """Nothing is printed, and nothing written out."""
    return None


@function("vars")
def vars_(machine: Machine, value: Value = UNSET, /) -> Result:
    if value is UNSET:
        raise machine.fault("vars() without an argument is not read", "`self.__dict__` or the names themselves")
    if not isinstance(value, Instance | Class | Function | Module) and not machine.unknown_in(value):
        raise machine.error("TypeError", "vars() argument must have __dict__ attribute")
    return machine.get(value, "__dict__")


@function("dir")
def dir_(machine: Machine, value: Value = UNSET, /) -> Result:
    if isinstance(value, Instance | Class):
        cls = value.cls if isinstance(value, Instance) else value
        names = {str(n) for base in cls.mro for n in base.names}
        names |= {str(n) for n in value.attributes} if isinstance(value, Instance) else set()
        machine.take_items(len(names))
        return List(sorted(names))
    raise machine.fault("dir() of this is not read", "the names themselves")


_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


@function("eval", raw=True, unknown=True)
def evaluated(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Task:
    """eval("ReLU"): what a name stands for where it is asked. Any other text is refused."""
    text = args[0] if len(args) == 1 and not kwargs else None
    if not isinstance(text, str) or _NAME.fullmatch(text) is None:
        raise Boundless(machine.fault("eval() is not read: nothing of the file is run", "the expression itself").faults)
    frame = next(task for task in reversed(machine.tasks) if isinstance(task, Frame))
    name, *attributes = text.split(".")
    if name in frame.names:
        found = frame.names[name]
    elif name in frame.cells and frame.cells[name].value is not UNSET:
        found = frame.cells[name].value
    else:
        found = frame.module.names.get(name, machine.builtins.get(name, UNSET))
        if found is UNSET:
            found = yield machine.below_module(frame.module, name)
        if found is UNSET:
            found = machine.undefined(frame.module, name)
    for attribute in attributes:
        found = yield machine.get(found, attribute)
    return found


_REFUSED = {
    "exec": "the statements themselves",
    "compile": "the statements themselves",
    "globals": "a dictionary of the names",
    "breakpoint": "the line without it",
    "memoryview": "a list",
    "bytes": "a list",
    "bytearray": "a list",
    "exit": "the network alone",
    "quit": "the network alone",
    "help": "the line without it",
    "complex": "real numbers",
}


def _refuse(name: str, repair: str) -> None:
    @function(name, raw=True, unknown=True)
    def refuse(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
        fault = machine.fault(f"{name}() is not read: nothing of the file is run", repair)
        raise Boundless(fault.faults) if name in BOUNDLESS else fault


for _name, _repair in _REFUSED.items():
    _refuse(_name, _repair)


def _outside(name: str) -> None:
    """What comes from outside of the text is not known, and changes nothing in it."""

    @function(name, raw=True, unknown=True)
    def outside(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
        return machine.unknown(f"{name}()", f"{name}() is not read: nothing of the file is run")


for _name in ("open", "input", "__import__"):
    _outside(_name)


@function("locals")
def locals_(machine: Machine) -> Result:
    """The names of the function that asks, as they are now."""
    frame = next(task for task in reversed(machine.tasks) if isinstance(task, Frame))
    if frame.names is frame.module.names:
        raise machine.fault("locals() of a module is not read", "a dictionary of the names")
    found = Dict({name: value for name, value in frame.names.items() if str(name)[:1] != "."})
    found.update({name: cell.value for name, cell in frame.cells.items() if cell.value is not UNSET and name != "__class__"})
    machine.take_items(2 * len(found))
    return found


FUNCTIONS.names["NotImplemented"] = NOT_IMPLEMENTED
FUNCTIONS.names["Ellipsis"] = ...
FUNCTIONS.names["__debug__"] = True
