"""list and tuple."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter import containers, iteration
from archcalc.interpreter.builtin.numbers import held, whole
from archcalc.interpreter.builtin.sorting import in_order
from archcalc.interpreter.symbols import COMPARISONS
from archcalc.interpreter.values import (
    NOT_IMPLEMENTED,
    OBJECT,
    UNSET,
    Class,
    Holder,
    Instance,
    List,
    MetUnknown,
    Native,
    Result,
    Task,
    Unknown,
    UnreadList,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

LIST = Class("list", (OBJECT,), Holder)
TUPLE = Class("tuple", (OBJECT,), Holder)
TUPLE.names["__hash_by_identity__"] = True


def own(machine: Machine, value: Value, name: str = "") -> List:
    """The list itself, of an object whose class derives from list too."""
    value = value.payload if isinstance(value, Holder) else value
    if type(value) is UnreadList:
        raise MetUnknown(value.held)
    if type(value) is not List:
        message = f"descriptor '{name}' requires a 'list' object but received a '{machine.class_of(value).name}'"
        raise machine.error("TypeError", message)
    return value


def sequence(value: Value) -> Value:
    return value.payload if isinstance(value, Holder) else value


@LIST.method("__new__", raw=True, unknown=True)
def new_list(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    cls = args[0]
    if cls is LIST:
        if kwargs:
            raise machine.error("TypeError", "list() takes no keyword arguments")
        if len(args) > 2:
            raise machine.error("TypeError", f"list expected at most 1 argument, got {len(args) - 1}")
        return machine.items(args[1]) if len(args) > 1 else List()
    return held(machine, cls, LIST, List())


@LIST.method("__init__", unknown=True)
def init_list(machine: Machine, self: Value, iterable: Value = (), /) -> Task:
    found = yield machine.items(iterable)
    if isinstance(found, Unknown):
        machine.make_unread(self, found)
        return None
    own(machine, self)[:] = cast(List, found)
    return None


@TUPLE.method("__new__", unknown=True)
def new_tuple(machine: Machine, cls: Value, iterable: Value = (), /) -> Task:
    found = yield machine.items(iterable)
    return found if isinstance(found, Unknown) else held(machine, cls, TUPLE, tuple(cast(List, found)))


@LIST.method(unknown=True)
def append(machine: Machine, self: Value, object: Value, /) -> Result:
    machine.take_items(1)
    own(machine, self, "append").append(object)
    return None


@LIST.method(unknown=True)
def extend(machine: Machine, self: Value, iterable: Value, /) -> Task:
    target = own(machine, self, "extend")
    found = yield machine.items(iterable)
    if isinstance(found, Unknown):
        machine.make_unread(self, found)
        machine.make_unread(target, found)
    else:
        target += cast(List, found)
    return None


@LIST.method(unknown=True)
def insert(machine: Machine, self: Value, index: Value, object: Value, /) -> Result:
    target = own(machine, self, "insert")
    if unknown := machine.unknown_in(index):
        machine.make_unread(target, unknown)
        return None
    position = whole(machine, index)
    machine.take_items(1)
    machine.work(len(target) // 16)
    target.insert(max(-len(target), min(position, len(target))), object)
    return None


@LIST.method(pure=False)
def pop(machine: Machine, self: Value, index: Value = -1, /) -> Result:
    target = own(machine, self, "pop")
    position = whole(machine, index)
    if not target:
        raise machine.error("IndexError", "pop from empty list")
    machine.work(len(target) // 16)
    try:
        return target.pop(position)
    except IndexError:
        raise machine.error("IndexError", "pop index out of range") from None


@LIST.method()
def clear(machine: Machine, self: Value) -> Result:
    own(machine, self, "clear").clear()
    return None


@LIST.method()
def copy(machine: Machine, self: Value) -> Result:
    return machine.items(own(machine, self, "copy"))


@LIST.method()
def reverse(machine: Machine, self: Value) -> Result:
    target = own(machine, self, "reverse")
    machine.work(len(target) // 16)
    target.reverse()
    return None


@LIST.method(pure=False)
def sort(machine: Machine, self: Value, *, key: Value = None, reverse: Value = False) -> Task:
    target = own(machine, self, "sort")
    found = yield in_order(machine, List(target), key, reverse)
    target[:] = cast(List, found)
    return None


@LIST.method("remove", pure=False)
def remove(machine: Machine, self: Value, value: Value, /) -> Task:
    target = own(machine, self, "remove")
    index = yield _position(machine, target, value, 0, len(target))
    if index is None:
        raise machine.error("ValueError", "list.remove(x): x not in list")
    del target[cast(int, index)]
    return None


def _position(machine: Machine, items: List, value: Value, start: int, stop: int) -> Task:
    for index in range(start, min(stop, len(items))):
        machine.work(1)
        if index >= len(items):
            break
        same = True if items[index] is value else (yield machine.as_truth(machine.compare("==", items[index], value)))
        if isinstance(same, Unknown):
            raise MetUnknown(same)
        if same:
            return index
    return None


def _index(machine: Machine, self: Value, value: Value, start: Value = 0, stop: Value = UNSET, /) -> Task:
    items = cast(List, sequence(self))
    length = len(items)
    ends = []
    for end in (start, length if stop is UNSET else stop):
        if type(end) not in (int, bool):
            raise machine.error("TypeError", "slice indices must be integers or have an __index__ method")
        ends.append(max(0, cast(int, end) + length) if cast(int, end) < 0 else cast(int, end))
    index = yield _position(machine, items, value, ends[0], ends[1])
    if index is None:
        if isinstance(items, tuple):
            raise machine.error("ValueError", "tuple.index(x): x not in tuple")
        written = yield machine.written(value)
        raise machine.error("ValueError", f"{written} is not in list")
    return index


def _count(machine: Machine, self: Value, value: Value, /) -> Task:
    found = 0
    for item in list(cast(List, sequence(self))):
        machine.work(1)
        same = True if item is value else (yield machine.as_truth(machine.compare("==", item, value)))
        if isinstance(same, Unknown):
            raise MetUnknown(same)
        found += bool(same)
    return found


def _length(machine: Machine, self: Value) -> Result:
    held = sequence(self)
    if not isinstance(held, list | tuple):
        raise machine.error("TypeError", f"descriptor '__len__' doesn't apply to a '{machine.class_of(self).name}' object")
    return len(held)


def _iterate(machine: Machine, self: Value) -> Result:
    return iteration.iterator(machine, sequence(self))


def _item(machine: Machine, self: Value, key: Value) -> Result:
    return machine.index(sequence(self), key)


def _contains(machine: Machine, self: Value, item: Value) -> Result:
    return containers.contains(machine, sequence(self), item)


def _plainly(machine: Machine, symbol: str, own: Value, other: Value) -> Result:
    """The operator on plain values; what an object does with a list is the object's to say."""
    return NOT_IMPLEMENTED if isinstance(other, Instance | Class) else machine.binary(symbol, own, other)


def _add(machine: Machine, self: Value, other: Value) -> Result:
    return _plainly(machine, "+", sequence(self), sequence(other))


def _multiply(machine: Machine, self: Value, other: Value) -> Result:
    return _plainly(machine, "*", sequence(self), sequence(other))


for _cls in (LIST, TUPLE):
    for _names, _function in (
        (("index",), _index),
        (("count",), _count),
        (("__len__",), _length),
        (("__iter__",), _iterate),
        (("__getitem__",), _item),
        (("__contains__",), _contains),
        (("__add__",), _add),
        (("__mul__", "__rmul__"), _multiply),
    ):
        for _name in _names:
            _cls.names[_name] = Native(f"{_cls.name}.{_name}", _function, unknown=_name == "__contains__")


@LIST.method("__reversed__")
def backwards(machine: Machine, self: Value) -> Result:
    return iteration.Plain("list_reverseiterator", reversed(own(machine, self)))


@LIST.method("__setitem__", unknown=True)
def set_item(machine: Machine, self: Value, key: Value, value: Value) -> Result:
    return machine.set_index(own(machine, self), key, value)


@LIST.method("__delitem__", unknown=True)
def delete_item(machine: Machine, self: Value, key: Value) -> Result:
    return machine.delete_index(own(machine, self), key)


@LIST.method("__iadd__", unknown=True)
def add_in_place(machine: Machine, self: Value, other: Value) -> Task:
    yield machine.in_place("+", own(machine, self), sequence(other))
    return self


@LIST.class_method("__class_getitem__")
def list_of(machine: Machine, cls: Value, item: Value) -> Result:
    return cls


@TUPLE.class_method("__class_getitem__")
def tuple_of(machine: Machine, cls: Value, item: Value) -> Result:
    return cls


LIST.names["__hash__"] = None


def _comparisons() -> None:
    def enter(cls: Class, name: str, symbol: str) -> None:
        def operate(machine: Machine, self: Value, other: Value) -> Result:
            left, right = sequence(self), sequence(other)
            return machine.compare(symbol, left, right) if type(left) is type(right) else NOT_IMPLEMENTED

        cls.method(name)(operate)

    for cls in (LIST, TUPLE):
        for symbol, (name, _, _) in COMPARISONS.items():
            enter(cls, name, symbol)


_comparisons()
