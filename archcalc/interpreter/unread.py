"""What becomes unknown where something unknown may have changed it: nothing is passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.code import Function, Generator
from archcalc.interpreter.values import (
    Class,
    Constant,
    Dict,
    FrozenSet,
    Instance,
    List,
    Method,
    MetUnknown,
    Module,
    Set,
    Super,
    Unknown,
    UnreadDict,
    UnreadList,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

_PLAIN = frozenset({int, str, float, bool, type(None), tuple, List, Dict, Set, FrozenSet, Function, slice, range})


def unknown_in(value: Value) -> Unknown | None:
    """The Unknown a value is, or by which it became unread."""
    kind = type(value)
    if kind in _PLAIN:
        return None
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance | Class | Module):
        return value.unread
    if isinstance(value, UnreadList | UnreadDict):
        return value.held
    return None


def known(value: Value) -> Value:
    """The value; raises MetUnknown where it is unknown, or a tuple or list that holds what is."""
    if unknown := unknown_in(value):
        raise MetUnknown(unknown)
    if isinstance(value, tuple | List):
        for item in value:
            if unknown := unknown_in(item):
                raise MetUnknown(unknown)
    return value


def make_unread(machine: Machine, value: Value, unknown: Unknown) -> None:
    """Mark a value, and what is reached through it, as changed in a way that is not known."""
    todo, seen = [value], set()
    while todo:
        one = todo.pop()
        kind = type(one)
        if kind in (int, str, float, bool, type(None), Unknown) or id(one) in seen:
            continue
        seen.add(id(one))
        machine.work(1)
        if isinstance(one, tuple | FrozenSet):
            todo += one
        elif kind is List:
            assert isinstance(one, List)
            todo += one
            one[:] = [unknown]
            one.__class__ = UnreadList
        elif kind is Dict or kind is Set:
            assert isinstance(one, dict)
            todo += one.values()
            todo += one.keys()
            one.clear()
            one[""] = unknown
            one.__class__ = UnreadDict
        elif isinstance(one, Instance) and not isinstance(one, Constant):
            if one.unread is None:
                one.unread = unknown
                todo += one.parts()
                todo += one.attributes.values() if type(one.attributes) is Dict else ()
        elif isinstance(one, Class | Module):
            if isinstance(one, Class) and not one.frozen:
                one.unread = unknown
        elif isinstance(one, Method):
            todo += [one.receiver, one.function]
        elif isinstance(one, Super):
            todo.append(one.receiver)
        elif isinstance(one, Function):
            todo += [cell.value for cell in one.cells.values()]
            todo += one.defaults
        elif isinstance(one, Generator) and one.frame is not None:
            todo += one.frame.names.values()
