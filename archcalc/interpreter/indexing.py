"""Indices and slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter import containers
from archcalc.interpreter.attributes import lookup
from archcalc.interpreter.values import UNSET, Class, Dict, Instance, List, Result, Task, Unknown, Value

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

_WORDS: dict[type, str] = {List: "list", tuple: "tuple", str: "string", range: "range object"}


def get(machine: Machine, value: Value, key: Value) -> Result:
    """`value[key]`."""
    kind = type(value)
    if kind is Dict:
        return _from_dict(machine, cast(Dict, value), key)
    if kind in _WORDS:
        if type(key) is int or type(key) is bool:
            try:
                return cast(List, value)[key]
            except IndexError:
                raise machine.error("IndexError", f"{_WORDS[kind]} index out of range") from None
        if type(key) is slice:
            return _slice(machine, cast(List, value), key)
        return _by_index(machine, cast(List, value), key)
    if unknown := machine.unknown_in(value):
        return unknown.part("[…]") if not unknown.name.endswith("[…]") else unknown
    if isinstance(value, Class):
        return _of_class(machine, value, key)
    method = machine.special(value, "__getitem__")
    if method is UNSET or method is None:
        raise machine.error("TypeError", f"'{machine.class_of(value).name}' object is not subscriptable")
    return machine.call(method, key)


def _from_dict(machine: Machine, value: Dict, key: Value) -> Value:
    if type(key) not in containers.PLAIN:
        if unknown := machine.unknown_in(key):
            return unknown
        key = containers.key(machine, key)
    if key in value:
        return value[key]
    raise machine.error("KeyError", key)


def _of_class(machine: Machine, cls: Class, key: Value) -> Result:
    if cls.meta is not None and (method := lookup(cls.meta, "__getitem__")) is not UNSET:
        return machine.call(method, cls, key)
    found = machine.find(cls, "__class_getitem__")
    if found is not UNSET:
        return machine.call(found, key)
    raise machine.error("TypeError", f"type '{cls.name}' is not subscriptable")


def _number(machine: Machine, value: Value) -> int | Unknown | None:
    """A part of a slice; raises the program's TypeError where it is no number."""
    if value is None or type(value) is int or type(value) is Unknown:
        return value
    if type(value) is bool:
        return int(value)
    if unknown := machine.unknown_in(value):
        return unknown
    payload = getattr(value, "payload", None)
    if type(payload) is int:
        return payload
    raise machine.error("TypeError", "slice indices must be integers or None or have an __index__ method")


def _parts(machine: Machine, key: slice) -> tuple[int | None, int | None, int | None] | Unknown:
    found: list[int | None] = []
    for part in (key.start, key.stop, key.step):
        number = _number(machine, part)
        if isinstance(number, Unknown):
            return number
        found.append(number)
    return found[0], found[1], found[2]


def bounds(machine: Machine, key: slice, length: int) -> tuple[int, int, int] | Unknown:
    """The start, stop and step of a slice of so many items."""
    parts = _parts(machine, key)
    if isinstance(parts, Unknown):
        return parts
    try:
        return slice(*parts).indices(length)
    except ValueError as error:
        raise machine.host_error(error) from None


def _host(bounds: tuple[int, int, int]) -> slice:
    """Python's own slice of these bounds, which are none of those counted from the end."""
    start, stop, step = bounds
    return slice(start, stop if stop >= 0 else None, step) if len(range(*bounds)) else slice(0, 0, step)


def _slice(machine: Machine, value: List | str | range, key: slice) -> Value:
    if isinstance(value, range):
        parts = _parts(machine, key)
        if isinstance(parts, Unknown):
            return parts
        try:
            return value[slice(*parts)]
        except ValueError as error:
            raise machine.host_error(error) from None
    found = bounds(machine, key, len(value))
    if isinstance(found, Unknown):
        return found
    count = len(range(*found))
    where = _host(found)
    if isinstance(value, str):
        machine.take_characters(count)
        return value[where]
    machine.take_items(count)
    return List(value[where]) if isinstance(value, List) else value[where]


def _by_index(machine: Machine, value: List, key: Value) -> Result:
    if unknown := machine.unknown_in(key):
        return unknown
    method = machine.special(key, "__index__")
    if method is UNSET:
        kind = machine.class_of(key).name
        if isinstance(value, str):
            raise machine.error("TypeError", f"string indices must be integers, not '{kind}'")
        word = "list" if isinstance(value, List) else machine.class_of(value).name
        raise machine.error("TypeError", f"{word} indices must be integers or slices, not {kind}")
    return _by_method(machine, value, machine.call(method))


def _by_method(machine: Machine, value: List, result: Result) -> Task:
    key = yield result
    if type(key) is not int:
        if isinstance(key, Unknown):
            return key
        raise machine.error("TypeError", f"__index__ returned non-int (type {machine.class_of(key).name})")
    return (yield get(machine, value, key))


def assign(machine: Machine, value: Value, key: Value, new: Value) -> Result:
    """`value[key] = new`."""
    kind = type(value)
    if kind is Dict:
        if unknown := machine.unknown_in(key):
            machine.make_unread(value, unknown)
            return None
        machine.take_items(2)
        cast(Dict, value)[containers.key(machine, key)] = new
        return None
    if kind is List:
        return _assign_list(machine, cast(List, value), key, new)
    if unknown := machine.unknown_in(value):
        machine.hand_over(new, unknown)
        return None
    if isinstance(value, Class) or (method := machine.special(value, "__setitem__")) is UNSET:
        raise machine.error("TypeError", f"'{machine.class_of(value).name}' object does not support item assignment")
    return machine.call(method, key, new)


def _assign_list(machine: Machine, value: List, key: Value, new: Value) -> Result:
    if type(key) is int or type(key) is bool:
        try:
            value[key] = new
        except IndexError:
            raise machine.error("IndexError", "list assignment index out of range") from None
        return None
    if unknown := machine.unknown_in(key):
        machine.make_unread(value, unknown)
        return None
    if type(key) is slice:
        return _assign_slice(machine, value, key, new)
    if (method := machine.special(key, "__index__")) is not UNSET:
        return _assign_by_method(machine, value, machine.call(method), new)
    raise machine.error("TypeError", f"list indices must be integers or slices, not {machine.class_of(key).name}")


def _assign_by_method(machine: Machine, value: List, result: Result, new: Value) -> Task:
    key = yield result
    return (yield assign(machine, value, key, new))


def _assign_slice(machine: Machine, value: List, key: slice, new: Value) -> Task:
    found = yield machine.items(new)
    where = bounds(machine, key, len(value))
    unknown = found if isinstance(found, Unknown) else where if isinstance(where, Unknown) else None
    if unknown is not None:
        machine.make_unread(value, unknown)
        return None
    assert isinstance(where, tuple)
    machine.work(len(value) // 8)
    start, stop, step = where
    try:
        value[slice(start, max(start, stop)) if step == 1 else _host(where)] = cast(List, found)
    except ValueError as error:
        raise machine.host_error(error) from None
    return None


def remove(machine: Machine, value: Value, key: Value) -> Result:
    """`del value[key]`."""
    kind = type(value)
    if kind in (Dict, List) and (unknown := machine.unknown_in(key)):
        machine.make_unread(value, unknown)
        return None
    if kind is Dict:
        if containers.key(machine, key) not in cast(Dict, value):
            raise machine.error("KeyError", key)
        del cast(Dict, value)[key]
        return None
    if isinstance(value, List):
        machine.work(len(value) // 8)
        if isinstance(key, slice):
            where = bounds(machine, key, len(value))
            if isinstance(where, Unknown):
                machine.make_unread(value, where)
                return None
            del value[_host(where)]
            return None
        if not isinstance(key, int):
            raise machine.error("TypeError", f"list indices must be integers or slices, not {machine.class_of(key).name}")
        try:
            del value[key]
        except IndexError:
            raise machine.error("IndexError", "list assignment index out of range") from None
        return None
    if machine.unknown_in(value):
        return None
    method = machine.special(value, "__delitem__") if isinstance(value, Instance) else UNSET
    if method is UNSET:
        raise machine.error("TypeError", f"'{machine.class_of(value).name}' object does not support item deletion")
    return machine.call(method, key)
