"""What the patterns of a match statement ask: the parts of a subject, or None where it does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter import containers
from archcalc.interpreter.values import UNSET, Class, Dict, Holder, List, Task, Unknown, Value

if TYPE_CHECKING:
    from archcalc.interpreter.code import Frame
    from archcalc.interpreter.machine import Machine

_OF_ITSELF = frozenset("bool bytearray bytes dict float frozenset int list set str tuple".split())


def _known(machine: Machine, value: Value) -> Value:
    if unknown := machine.unknown_in(value):
        raise machine.decided_by(unknown)
    return value.payload if isinstance(value, Holder) else value


def sequence(machine: Machine, frame: Frame, argument: tuple[int, int]) -> None:
    count, starred = argument
    subject = _known(machine, frame.stack.pop())
    found: Value = None
    if isinstance(subject, List | tuple | range):
        machine.take_items(machine.length_of(subject))
        items = list(subject)
        if starred < 0:
            found = tuple(items) if len(items) == count else None
        elif len(items) >= count - 1:
            end = len(items) - (count - 1 - starred)
            found = (*items[:starred], List(items[starred:end]), *items[end:])
    frame.stack.append(found)


def mapping(machine: Machine, frame: Frame, argument: tuple[int, bool]) -> None:
    count, rest = argument
    keys = frame.stack[-count:] if count else []
    if count:
        del frame.stack[-count:]
    subject = _known(machine, frame.stack.pop())
    found: Value = None
    if isinstance(subject, Dict):
        keys = [containers.key(machine, key) for key in keys]
        if all(key in subject for key in keys):
            values = [subject[key] for key in keys]
            if rest:
                machine.take_items(2 * len(subject))
                values.append(Dict({k: v for k, v in subject.items() if k not in keys}))
            found = tuple(values)
    frame.stack.append(found)


def instance(machine: Machine, frame: Frame, argument: tuple[int, tuple[str, ...]]) -> object:
    count, keywords = argument
    cls = frame.stack.pop()
    return _instance(machine, frame.stack.pop(), cls, count, keywords)


def _instance(machine: Machine, subject: Value, cls: Value, count: int, keywords: tuple[str, ...]) -> Task:
    _known(machine, subject)
    _known(machine, cls)
    if not isinstance(cls, Class):
        raise machine.error("TypeError", "called match pattern must be a class")
    fits = yield machine.is_instance(subject, cls)
    if not fits:
        return None
    names = list(keywords)
    found: list[Value] = []
    if count:
        listed = yield machine.find(cls, "__match_args__")
        if listed is UNSET and count == 1 and any(base.name in _OF_ITSELF and base.frozen for base in cls.mro):
            found.append(subject)
        else:
            known = list(listed) if isinstance(listed, tuple) else []
            if count > len(known):
                plural = "" if len(known) == 1 else "s"
                message = f"{cls.name}() accepts {len(known)} positional sub-pattern{plural} ({count} given)"
                raise machine.error("TypeError", message)
            names = [str(name) for name in known[:count]] + names
    for name in names:
        value = yield machine.find(subject, name)
        if value is UNSET:
            return None
        found.append(value)
    return tuple(found)


def spread(machine: Machine, frame: Frame, _: object) -> None:
    """The parts, the first on top, and whether there are any."""
    found = frame.stack.pop()
    if isinstance(found, Unknown):
        raise machine.decided_by(found)
    if found is None:
        frame.stack.append(False)
        return
    frame.stack.extend(reversed(cast("tuple[Value, ...]", found)))
    frame.stack.append(True)
