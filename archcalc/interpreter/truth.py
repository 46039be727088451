"""Truth, length and kinship."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter.attributes import lookup
from archcalc.interpreter.values import (
    UNSET,
    Class,
    Dict,
    FrozenSet,
    Instance,
    List,
    MetUnknown,
    Result,
    Set,
    Task,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

_SIZED = frozenset({str, List, tuple, Dict, Set, FrozenSet})
_PLAIN = frozenset({bool, int, float, type(None), *_SIZED})


def truth(machine: Machine, value: Value) -> Result:
    """Whether a value counts as true: a bool, or a task that gives one. Raises MetUnknown."""
    if type(value) in _PLAIN:
        return bool(value)
    if type(value) is range:
        return machine.length_of(value) > 0
    if unknown := machine.unknown_in(value):
        raise MetUnknown(unknown)
    if isinstance(value, Instance):
        method = machine.special(value, "__bool__")
        if method is not UNSET:
            return _of_method(machine, machine.call(method))
        method = machine.special(value, "__len__")
        if method is not UNSET:
            return _of_length(machine, machine.call(method))
    return True


def _of_method(machine: Machine, result: Result) -> Result:
    if type(result) is bool:
        return result
    return _of_method_later(machine, result)


def _of_method_later(machine: Machine, result: Result) -> Task:
    value = yield result
    if isinstance(value, Unknown):
        raise MetUnknown(value)
    if type(value) is not bool:
        raise machine.error("TypeError", f"__bool__ should return bool, returned {machine.class_of(value).name}")
    return value


def _of_length(machine: Machine, result: Result) -> Task:
    value = yield _checked_length(machine, result)
    if isinstance(value, Unknown):
        raise MetUnknown(value)
    return value != 0


def as_truth(machine: Machine, result: Result) -> Result:
    """The truth of a result: a bool, Unknown, or a task that gives one."""
    if type(result) is bool or type(result) is Unknown:
        return result
    return _as_truth(machine, result)


def _as_truth(machine: Machine, result: Result) -> Task:
    try:
        value = yield result
        return (yield truth(machine, value))
    except MetUnknown as met:
        return met.unknown


def negated(machine: Machine, value: Value) -> Result:
    """`not value`; Unknown for an Unknown."""
    if type(value) in _PLAIN:
        return not value
    return _negated(machine, value)


def _negated(machine: Machine, value: Value) -> Task:
    result = yield as_truth(machine, value)
    return result if isinstance(result, Unknown) else not result


def length(machine: Machine, value: Value) -> Result:
    """`len(value)`."""
    if type(value) in _SIZED:
        return len(cast(List, value))
    if type(value) is range:
        return machine.length_of(value)
    if unknown := machine.unknown_in(value):
        return unknown
    method = machine.special(value, "__len__")
    if method is UNSET:
        raise machine.error("TypeError", f"object of type '{machine.class_of(value).name}' has no len()")
    return _checked_length(machine, machine.call(method))


def _checked_length(machine: Machine, result: Result) -> Result:
    return result if type(result) is int and result >= 0 else _check_length(machine, result)


def _check_length(machine: Machine, result: Result) -> Task:
    value = yield result
    if isinstance(value, Unknown):
        return value
    if type(value) is bool:
        return int(value)
    if type(value) is not int:
        raise machine.error("TypeError", f"'{machine.class_of(value).name}' object cannot be interpreted as an integer")
    if value < 0:
        raise machine.error("ValueError", "__len__() should return >= 0")
    return value


def is_instance(machine: Machine, value: Value, cls: Value) -> Result:
    """`isinstance(value, cls)`; Unknown where either is unknown and that decides."""
    if unknown := machine.unknown_in(value):
        return unknown
    if isinstance(cls, tuple):
        return _any_instance(machine, value, cls, 0)
    if isinstance(cls, Unknown):
        return cls
    if not isinstance(cls, Class):
        raise machine.error("TypeError", "isinstance() arg 2 must be a type, a tuple of types, or a union")
    own = machine.class_of(value)
    if cls in own.mro:
        return True
    if cls.meta is not None and (check := lookup(cls.meta, "__instancecheck__")) is not UNSET:
        return machine.as_truth(machine.call(check, cls, value))
    if own.unread is not None:
        return own.unread
    return False


def _any_instance(machine: Machine, value: Value, classes: tuple[Value, ...], depth: int) -> Result:
    if depth > 20:
        raise machine.fault("classes nested too deep in tuples", "one tuple")
    unknown: Unknown | None = None
    for cls in classes:
        found = _any_instance(machine, value, cls, depth + 1) if isinstance(cls, tuple) else is_instance(machine, value, cls)
        if machine.is_task(found):
            return _any_later(machine, value, classes)
        if found is True:
            return True
        if isinstance(found, Unknown):
            unknown = found
    return False if unknown is None else unknown


def _any_later(machine: Machine, value: Value, classes: tuple[Value, ...]) -> Task:
    unknown: Unknown | None = None
    for cls in classes:
        found = yield is_instance(machine, value, cls)
        if found is True:
            return True
        if isinstance(found, Unknown):
            unknown = found
    return False if unknown is None else unknown


def is_subclass(machine: Machine, cls: Value, other: Value) -> Result:
    """`issubclass(cls, other)`."""
    if unknown := machine.unknown_in(cls):
        return unknown
    if not isinstance(cls, Class):
        raise machine.error("TypeError", "issubclass() arg 1 must be a class")
    unknown = None
    todo = [other]
    while todo:
        one = todo.pop()
        if isinstance(one, tuple):
            machine.work(len(one))
            todo += one
        elif isinstance(one, Unknown):
            unknown = one
        elif not isinstance(one, Class):
            raise machine.error("TypeError", "issubclass() arg 2 must be a class, a tuple of classes, or a union")
        elif one in cls.mro or (one.meta is not None and _says_subclass(machine, one, cls)):
            return True
    return False if unknown is None else unknown


def _says_subclass(machine: Machine, other: Class, cls: Class) -> bool:
    check = lookup(other.meta, "__subclasscheck__") if other.meta else UNSET
    return check is not UNSET and machine.call(check, other, cls) is True
