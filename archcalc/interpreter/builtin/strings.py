"""str: its methods, each bounded before it makes anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from archcalc.interpreter import formatting
from archcalc.interpreter.builtin.numbers import held, raw
from archcalc.interpreter.iteration import iterator
from archcalc.interpreter.symbols import COMPARISONS, HOST_ERRORS
from archcalc.interpreter.values import (
    NOT_IMPLEMENTED,
    OBJECT,
    Class,
    Holder,
    Instance,
    List,
    Native,
    Result,
    Task,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

STR = Class("str", (OBJECT,), Holder)
STR.names["__hash_by_identity__"] = True
# Methods that give no more characters than they are given, or a number or a truth.
_SHRINKING = (
    "capitalize casefold count endswith find index isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric "
    "isprintable isspace istitle isupper lower lstrip removeprefix removesuffix rfind rindex rstrip startswith strip swapcase "
    "title upper"
).split()
_PADDING = "center ljust rjust zfill".split()
_PARTING = "partition rpartition".split()


@STR.method("__new__")
def new(machine: Machine, cls: Value, object: Value = "", /) -> Task:
    value = yield machine.text(object)
    return held(machine, cls, STR, value)


def _own(machine: Machine, value: Value, name: str) -> str:
    value = raw(value)
    if type(value) is not str:
        message = f"descriptor '{name}' for 'str' objects doesn't apply to a '{machine.class_of(value).name}' object"
        raise machine.error("TypeError", message)
    return value


def _plain(machine: Machine, args: list[Value], name: str) -> list[Any]:
    """Arguments that Python's own method may see: numbers, strings, None, and tuples of strings."""
    found = []
    for value in map(raw, args):
        fine = type(value) in (str, int, bool, type(None)) or (type(value) is tuple and all(type(v) is str for v in value))
        if not fine:
            raise machine.error("TypeError", f"{name}() does not take a {machine.class_of(value).name}")
        found.append(value)
    return found


def _enter(name: str, cost: Callable[[Machine, str, list[object]], None], gives: Callable[[Machine, object], Value]) -> None:
    host = getattr(str, name)

    def method(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
        if kwargs:
            raise machine.error("TypeError", f"str.{name}() takes no keyword arguments")
        own = _own(machine, args[0], name)
        plain = _plain(machine, args[1:], name)
        machine.work(len(own) // 16 + sum(len(arg) for arg in plain if isinstance(arg, tuple)))
        cost(machine, own, plain)
        try:
            return gives(machine, host(own, *plain))
        except HOST_ERRORS as error:
            raise machine.host_error(error) from None

    STR.names[name] = Native(f"str.{name}", method, raw=True)


def _same(machine: Machine, own: str, args: list[object]) -> None:
    machine.take_characters(len(own))


def _padded(machine: Machine, own: str, args: list[object]) -> None:
    width = args[0] if args and type(args[0]) is int else 0
    machine.take_characters(max(len(own), width))


def _as_is(machine: Machine, value: Any) -> Value:
    return cast(Value, value)


for _name in _SHRINKING:
    _enter(_name, _same, _as_is)
for _name in _PARTING:
    _enter(_name, _same, _as_is)
for _name in _PADDING:
    _enter(_name, _padded, _as_is)


@STR.method()
def replace(machine: Machine, self: Value, old: Value, new: Value, count: Value = -1, /) -> Result:
    own = _own(machine, self, "replace")
    before, after, most = _plain(machine, [old, new, count], "replace")
    if type(before) is not str or type(after) is not str or type(most) not in (int, bool):
        raise machine.error("TypeError", "replace() takes two strings and a number")
    machine.work(len(own) // 8)
    found = own.count(before) if most < 0 else min(own.count(before), most)
    machine.take_characters(len(own) + found * len(after))
    return own.replace(before, after, most)


@STR.method()
def split(machine: Machine, self: Value, sep: Value = None, maxsplit: Value = -1) -> Result:
    return _split(machine, self, sep, maxsplit, str.split)


@STR.method()
def rsplit(machine: Machine, self: Value, sep: Value = None, maxsplit: Value = -1) -> Result:
    return _split(machine, self, sep, maxsplit, str.rsplit)


def _split(machine: Machine, self: Value, sep: Value, most: Value, host: Callable[..., list[str]]) -> Result:
    own = _own(machine, self, "split")
    plain = _plain(machine, [sep, most], "split")
    machine.work(len(own) // 8)
    machine.take_characters(len(own))
    machine.take_items(own.count(plain[0]) + 1 if type(plain[0]) is str and plain[0] else len(own) // 2 + 1)
    try:
        return List(host(own, *plain))
    except HOST_ERRORS as error:
        raise machine.host_error(error) from None


@STR.method()
def splitlines(machine: Machine, self: Value, keepends: Value = False) -> Result:
    own = _own(machine, self, "splitlines")
    machine.take_characters(len(own))
    machine.take_items(len(own) + 1)
    return List(own.splitlines(bool(keepends)))


@STR.method()
def join(machine: Machine, self: Value, iterable: Value) -> Task:
    own = _own(machine, self, "join")
    parts = yield machine.items(iterable)
    if isinstance(parts, Unknown):
        return parts
    listed = [raw(part) for part in cast(List, parts)]
    size = len(own) * len(listed)
    for index, part in enumerate(listed):
        if unknown := machine.unknown_in(part):
            return unknown
        if type(part) is not str:
            name = machine.class_of(part).name
            raise machine.error("TypeError", f"sequence item {index}: expected str instance, {name} found")
        size += len(part)
    machine.take_characters(size)
    return own.join(cast("list[str]", listed))


@STR.method("format", raw=True)
def format_(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    return formatting.braces(machine, _own(machine, args[0], "format"), list(args[1:]), kwargs)


@STR.method()
def format_map(machine: Machine, self: Value, mapping: Value) -> Task:
    found = yield machine.mapping(mapping)
    if isinstance(found, Unknown):
        return found
    return (yield formatting.braces(machine, _own(machine, self, "format_map"), [], cast("dict[str, Value]", found or {})))


@STR.method()
def expandtabs(machine: Machine, self: Value, tabsize: Value = 8) -> Result:
    own = _own(machine, self, "expandtabs")
    width = tabsize if type(tabsize) is int else 8
    machine.take_characters(len(own) + own.count("\t") * max(width, 0))
    return own.expandtabs(min(width, 10**9))


@STR.method()
def encode(machine: Machine, self: Value, encoding: Value = "utf-8", errors: Value = "strict") -> Result:
    return machine.unknown("bytes", "bytes are not read")


@STR.method("__len__")
def length(machine: Machine, self: Value) -> Result:
    return len(_own(machine, self, "__len__"))


@STR.method("__iter__")
def iterate(machine: Machine, self: Value) -> Result:
    return iterator(machine, _own(machine, self, "__iter__"))


@STR.method("__getitem__")
def item(machine: Machine, self: Value, key: Value) -> Result:
    return machine.index(_own(machine, self, "__getitem__"), key)


@STR.method("__contains__")
def contains(machine: Machine, self: Value, key: Value) -> Result:
    return machine.contains(_own(machine, self, "__contains__"), raw(key))


def _plainly(machine: Machine, symbol: str, own: str, other: Value) -> Result:
    """The operator on plain values; what an object does with a string is the object's to say."""
    return NOT_IMPLEMENTED if isinstance(raw(other), Instance | Class) else machine.binary(symbol, own, raw(other))


@STR.method("__add__")
def add(machine: Machine, self: Value, other: Value) -> Result:
    return _plainly(machine, "+", _own(machine, self, "__add__"), other)


@STR.method("__radd__")
def add_to(machine: Machine, self: Value, other: Value) -> Result:
    return machine.binary("+", raw(other), _own(machine, self, "__radd__")) if type(raw(other)) is str else NOT_IMPLEMENTED


@STR.method("__mul__", "__rmul__")
def multiply(machine: Machine, self: Value, other: Value) -> Result:
    return _plainly(machine, "*", _own(machine, self, "__mul__"), other)


@STR.method("__mod__")
def modulo(machine: Machine, self: Value, other: Value) -> Result:
    return machine.binary("%", _own(machine, self, "__mod__"), other)


@STR.method("__hash__")
def hashed(machine: Machine, self: Value) -> Result:
    raise machine.fault("the hash of a string is not read: it differs from run to run", "the string itself")


def _comparisons() -> None:
    def enter(name: str, symbol: str) -> None:
        def operate(machine: Machine, self: Value, other: Value) -> Result:
            left, right = raw(self), raw(other)
            return machine.compare(symbol, left, right) if type(left) is str and type(right) is str else NOT_IMPLEMENTED

        STR.method(name)(operate)

    for symbol, (name, _, _) in COMPARISONS.items():
        enter(name, symbol)


_comparisons()
