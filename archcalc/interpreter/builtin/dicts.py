"""dict and its views, set and frozenset."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter import containers, iteration
from archcalc.interpreter.builtin.numbers import held
from archcalc.interpreter.values import (
    NOT_IMPLEMENTED,
    OBJECT,
    UNSET,
    Class,
    Dict,
    Holder,
    List,
    MetUnknown,
    Result,
    Task,
    Unknown,
    UnreadDict,
    Value,
    View,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

DICT = Class("dict", (OBJECT,), Holder)
DICT.names["__hash__"] = None
VIEWS = {kind: Class(kind, (OBJECT,)) for kind in ("dict_keys", "dict_values", "dict_items")}


def own(machine: Machine, value: Value) -> Dict:
    """The dictionary itself, of an object whose class derives from dict too."""
    value = value.payload if isinstance(value, Holder) else value
    if type(value) is UnreadDict:
        raise MetUnknown(value.held)
    if type(value) is not Dict:
        raise machine.error("TypeError", f"descriptor requires a 'dict' object but received a '{machine.class_of(value).name}'")
    return value


@DICT.method("__new__", raw=True, unknown=True)
def new_dict(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    made = held(machine, args[0], DICT, Dict())
    return _new(machine, made, args, kwargs) if args[0] is DICT and (len(args) > 1 or kwargs) else made


def _new(machine: Machine, made: Value, args: list[Value], kwargs: dict[str, Value]) -> Task:
    yield _update(machine, made, args[1:], kwargs, "dict")
    return made


@DICT.method("__init__", raw=True, unknown=True)
def init_dict(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    return _update(machine, args[0], args[1:], kwargs, "dict")


@DICT.method("update", raw=True, unknown=True)
def update(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    return _update(machine, args[0], args[1:], kwargs, "update")


def _update(machine: Machine, self: Value, args: list[Value], kwargs: dict[str, Value], name: str) -> Task:
    target = own(machine, self)
    if len(args) > 1:
        raise machine.error("TypeError", f"{name} expected at most 1 argument, got {len(args)}")
    if args:
        found = yield machine.mapping(args[0])
        if found is None:
            found = yield _pairs(machine, args[0])
        if isinstance(found, Unknown):
            machine.make_unread(target, found)
            return None
        machine.take_items(2 * len(cast(Dict, found)))
        target.update(cast(Dict, found))
    machine.take_items(2 * len(kwargs))
    target.update(cast(Dict, kwargs))
    return None


def _pairs(machine: Machine, value: Value) -> Task:
    listed = yield machine.items(value)
    if isinstance(listed, Unknown):
        return listed
    found = Dict()
    for index, pair in enumerate(cast(List, listed)):
        parts = yield machine.items(pair)
        if isinstance(parts, Unknown):
            return parts
        length = len(cast(List, parts))
        if length != 2:
            message = f"dictionary update sequence element #{index} has length {length}; 2 is required"
            raise machine.error("ValueError", message)
        key, item = cast(List, parts)
        if unknown := machine.unknown_in(key):
            return unknown
        found[containers.key(machine, key)] = item
    return found


@DICT.method()
def get(machine: Machine, self: Value, key: Value, default: Value = None, /) -> Result:
    return own(machine, self).get(containers.key(machine, key), default)


@DICT.method(pure=False)
def setdefault(machine: Machine, self: Value, key: Value, default: Value = None, /) -> Result:
    machine.take_items(2)
    return own(machine, self).setdefault(containers.key(machine, key), default)


@DICT.method(pure=False)
def pop(machine: Machine, self: Value, key: Value, default: Value = UNSET, /) -> Result:
    found = own(machine, self).pop(containers.key(machine, key), default)
    if found is UNSET:
        raise machine.error("KeyError", key)
    return found


@DICT.method()
def popitem(machine: Machine, self: Value) -> Result:
    target = own(machine, self)
    if not target:
        raise machine.error("KeyError", "popitem(): dictionary is empty")
    return target.popitem()


@DICT.method()
def clear(machine: Machine, self: Value) -> Result:
    own(machine, self).clear()
    return None


@DICT.method()
def copy(machine: Machine, self: Value) -> Result:
    target = own(machine, self)
    machine.take_items(2 * len(target))
    return Dict(target)


@DICT.method()
def keys(machine: Machine, self: Value) -> Result:
    return View("dict_keys", own(machine, self))


@DICT.method()
def values(machine: Machine, self: Value) -> Result:
    return View("dict_values", own(machine, self))


@DICT.method()
def items(machine: Machine, self: Value) -> Result:
    return View("dict_items", own(machine, self))


@DICT.class_method()
def fromkeys(machine: Machine, cls: Value, iterable: Value, value: Value = None, /) -> Task:
    listed = yield machine.items(iterable)
    made = yield machine.call(cls)
    if isinstance(listed, Unknown):
        return listed
    for key in cast(List, listed):
        yield machine.set_index(made, key, value)
    return made


@DICT.class_method("__class_getitem__")
def dict_of(machine: Machine, cls: Value, item: Value) -> Result:
    return cls


@DICT.method("__len__")
def length(machine: Machine, self: Value) -> Result:
    return len(own(machine, self))


@DICT.method("__iter__")
def iterate(machine: Machine, self: Value) -> Result:
    return iteration.iterator(machine, own(machine, self))


@DICT.method("__reversed__")
def backwards(machine: Machine, self: Value) -> Result:
    return iteration.Plain("dict_reversekeyiterator", reversed(own(machine, self)))


@DICT.method("__getitem__")
def item(machine: Machine, self: Value, key: Value) -> Result:
    target = own(machine, self)
    if isinstance(self, Holder) and containers.key(machine, key) not in target:
        missing = machine.special(self, "__missing__")
        if missing is not UNSET:
            return machine.call(missing, key)
    return machine.index(target, key)


@DICT.method("__setitem__", unknown=True)
def set_item(machine: Machine, self: Value, key: Value, value: Value) -> Result:
    return machine.set_index(own(machine, self), key, value)


@DICT.method("__delitem__", unknown=True)
def delete_item(machine: Machine, self: Value, key: Value) -> Result:
    return machine.delete_index(own(machine, self), key)


@DICT.method("__contains__")
def contains(machine: Machine, self: Value, key: Value) -> Result:
    return containers.key(machine, key) in own(machine, self)


@DICT.method("__eq__")
def equal(machine: Machine, self: Value, other: Value) -> Result:
    right = other.payload if isinstance(other, Holder) else other
    return machine.compare("==", own(machine, self), right) if type(right) is Dict else NOT_IMPLEMENTED


@DICT.method("__ne__")
def unequal(machine: Machine, self: Value, other: Value) -> Result:
    right = other.payload if isinstance(other, Holder) else other
    return machine.compare("!=", own(machine, self), right) if type(right) is Dict else NOT_IMPLEMENTED


@DICT.method("__or__")
def union(machine: Machine, self: Value, other: Value) -> Result:
    right = other.payload if isinstance(other, Holder) else other
    return machine.binary("|", own(machine, self), right) if type(right) is Dict else NOT_IMPLEMENTED


def _view(name: str) -> None:
    cls = VIEWS[name]

    def length(machine: Machine, self: View) -> Result:
        return len(self.of)

    def iterate(machine: Machine, self: View) -> Result:
        return iteration.iterator(machine, self)

    def contains(machine: Machine, self: View, item: Value) -> Result:
        machine.take_items(len(self.of))
        if self.kind == "dict_keys":
            return containers.key(machine, item) in self.of
        return containers.contains(machine, List(self.listed()), item)

    def backwards(machine: Machine, self: View) -> Result:
        machine.take_items(len(self.of))
        return iteration.Plain("reversed", reversed(self.listed()))

    for special, function in (
        ("__len__", length),
        ("__iter__", iterate),
        ("__contains__", contains),
        ("__reversed__", backwards),
    ):
        cls.method(special)(function)


for _kind in VIEWS:
    _view(_kind)
