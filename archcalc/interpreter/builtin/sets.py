"""set and frozenset."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter import containers, iteration
from archcalc.interpreter.builtin.numbers import held
from archcalc.interpreter.values import (
    NOT_IMPLEMENTED,
    OBJECT,
    Class,
    FrozenSet,
    Holder,
    List,
    MetUnknown,
    Result,
    Set,
    Task,
    Unknown,
    UnreadDict,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

SET = Class("set", (OBJECT,), Holder)
FROZEN = Class("frozenset", (OBJECT,), Holder)
SET.names["__hash__"] = None
FROZEN.names["__hash_by_identity__"] = True


def own(machine: Machine, value: Value) -> Set:
    """The set itself, of an object whose class derives from set too."""
    value = value.payload if isinstance(value, Holder) else value
    if type(value) is UnreadDict:
        raise MetUnknown(value.held)
    if not isinstance(value, Set):
        raise machine.error("TypeError", f"descriptor requires a 'set' object but received a '{machine.class_of(value).name}'")
    return value


def gathered(machine: Machine, value: Value) -> Task:
    """What a value iterates over, as a new Set; Unknown where that is not known."""
    listed = yield machine.items(value)
    if isinstance(listed, Unknown):
        return listed
    made = Set()
    machine.take_items(len(cast(List, listed)))
    for item in cast(List, listed):
        if unknown := machine.unknown_in(item):
            return unknown
        made[containers.key(machine, item)] = None
    return made


@SET.method("__new__", unknown=True)
def new_set(machine: Machine, cls: Value, iterable: Value = (), /) -> Task:
    found = yield gathered(machine, iterable if cls is SET else ())
    return held(machine, cls, SET, found)


@SET.method("__init__", unknown=True)
def init_set(machine: Machine, self: Value, iterable: Value = (), /) -> Task:
    found = yield gathered(machine, iterable)
    if isinstance(found, Unknown):
        machine.make_unread(self, found)
    elif isinstance(self, Holder):
        own(machine, self).update(cast(Set, found))
    return None


@FROZEN.method("__new__", unknown=True)
def new_frozen(machine: Machine, cls: Value, iterable: Value = (), /) -> Task:
    found = yield gathered(machine, iterable)
    return held(machine, cls, FROZEN, FrozenSet(found) if isinstance(found, Set) else found)


@SET.method(pure=False)
def add(machine: Machine, self: Value, item: Value, /) -> Result:
    machine.take_items(2)
    own(machine, self)[containers.key(machine, item)] = None
    return None


@SET.method(pure=False)
def discard(machine: Machine, self: Value, item: Value, /) -> Result:
    own(machine, self).pop(containers.key(machine, item), None)
    return None


@SET.method(pure=False)
def remove(machine: Machine, self: Value, item: Value, /) -> Result:
    target = own(machine, self)
    if containers.key(machine, item) not in target:
        raise machine.error("KeyError", item)
    del target[item]
    return None


@SET.method()
def pop(machine: Machine, self: Value) -> Result:
    target = own(machine, self)
    if not target:
        raise machine.error("KeyError", "pop from an empty set")
    item = next(iteration.set_order(target))
    del target[item]
    return item


@SET.method()
def clear(machine: Machine, self: Value) -> Result:
    own(machine, self).clear()
    return None


@SET.method(unknown=True)
def update(machine: Machine, self: Value, *others: Value) -> Task:
    target = own(machine, self)
    for other in others:
        found = yield gathered(machine, other)
        if isinstance(found, Unknown):
            machine.make_unread(target, found)
            return None
        target.update(cast(Set, found))
    return None


def _combined(symbol: str) -> None:
    names = {"|": "union", "&": "intersection", "-": "difference", "^": "symmetric_difference"}
    special = {"|": "or", "&": "and", "-": "sub", "^": "xor"}[symbol]

    def method(machine: Machine, self: Value, *others: Value) -> Task:
        result: Value = own(machine, self)
        if not others:
            result = yield machine.binary("|", result, result)
        for other in others:
            found = yield gathered(machine, other)
            result = yield machine.binary(symbol, result, found)
        return result

    def in_place(machine: Machine, self: Value, *others: Value) -> Task:
        target = own(machine, self)
        for other in others:
            found = yield gathered(machine, other)
            yield machine.in_place(symbol, target, found)
        return None

    def operate(machine: Machine, self: Value, other: Value) -> Result:
        right = other.payload if isinstance(other, Holder) else other
        return machine.binary(symbol, own(machine, self), right) if isinstance(right, Set) else NOT_IMPLEMENTED

    for cls in (SET, FROZEN):
        cls.method(names[symbol])(method)
        cls.method(f"__{special}__")(operate)
    if symbol != "|":
        SET.method(f"{names[symbol]}_update", pure=False)(in_place)


def _compared(names: tuple[str, ...], symbol: str) -> None:
    def method(machine: Machine, self: Value, other: Value) -> Task:
        found = yield gathered(machine, other)
        return (yield machine.compare(symbol, own(machine, self), found))

    def operate(machine: Machine, self: Value, other: Value) -> Result:
        right = other.payload if isinstance(other, Holder) else other
        return machine.compare(symbol, own(machine, self), right) if isinstance(right, Set) else NOT_IMPLEMENTED

    for cls in (SET, FROZEN):
        for name in names:
            cls.method(name)(operate if name[:2] == "__" else method)


for _symbol in "|&-^":
    _combined(_symbol)
for _symbol, _names in {
    "<=": ("issubset", "__le__"),
    ">=": ("issuperset", "__ge__"),
    "<": ("__lt__",),
    ">": ("__gt__",),
    "==": ("__eq__",),
    "!=": ("__ne__",),
}.items():
    _compared(_names, _symbol)


def _isdisjoint(machine: Machine, self: Value, other: Value) -> Task:
    found = yield gathered(machine, other)
    return found if isinstance(found, Unknown) else not any(item in own(machine, self) for item in cast(Set, found))


def _copy(machine: Machine, self: Value) -> Result:
    target = own(machine, self)
    machine.take_items(2 * len(target))
    return type(target)(target)


def _length(machine: Machine, self: Value) -> Result:
    return len(own(machine, self))


def _iterate(machine: Machine, self: Value) -> Result:
    return iteration.iterator(machine, own(machine, self))


def _contains(machine: Machine, self: Value, item: Value) -> Result:
    return containers.contains(machine, own(machine, self), item)


def _of(machine: Machine, cls: Value, item: Value) -> Result:
    return cls


for _cls in (SET, FROZEN):
    _cls.method("isdisjoint")(_isdisjoint)
    _cls.method("copy")(_copy)
    _cls.method("__len__")(_length)
    _cls.method("__iter__")(_iterate)
    _cls.method("__contains__")(_contains)
    _cls.class_method("__class_getitem__")(_of)
