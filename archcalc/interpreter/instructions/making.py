"""Making tuples, lists, dictionaries, strings, functions and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter import classes, containers, iteration
from archcalc.interpreter.code import Code, Function
from archcalc.interpreter.values import Dict, List, Set, Task, Unknown, Value

if TYPE_CHECKING:
    from archcalc.interpreter.code import Frame
    from archcalc.interpreter.machine import Machine


def _take(machine: Machine, frame: Frame, count: int) -> list[Value]:
    machine.take_items(count)
    if not count:
        return []
    found = frame.stack[-count:]
    del frame.stack[-count:]
    return found


def build_tuple(machine: Machine, frame: Frame, count: int) -> None:
    frame.stack.append(tuple(_take(machine, frame, count)))


def build_list(machine: Machine, frame: Frame, count: int) -> None:
    frame.stack.append(List(_take(machine, frame, count)))


def build_set(machine: Machine, frame: Frame, count: int) -> None:
    made = Set()
    unknown = None
    for item in _take(machine, frame, count):
        unknown = unknown or machine.unknown_in(item)
        if unknown is None:
            made[containers.key(machine, item)] = None
    frame.stack.append(unknown or made)


def build_dict(machine: Machine, frame: Frame, count: int) -> None:
    found = _take(machine, frame, 2 * count)
    made = Dict()
    unknown = None
    for key, value in zip(found[::2], found[1::2], strict=True):
        unknown = unknown or machine.unknown_in(key)
        if unknown is None:
            made[containers.key(machine, key)] = value
    frame.stack.append(unknown or made)


def append_list(machine: Machine, frame: Frame, depth: int) -> None:
    value = frame.stack.pop()
    machine.take_items(1)
    target = frame.stack[-depth]
    if isinstance(target, List):
        target.append(value)


def add_set(machine: Machine, frame: Frame, depth: int) -> None:
    value = frame.stack.pop()
    machine.take_items(2)
    target = frame.stack[-depth]
    if unknown := machine.unknown_in(value):
        frame.stack[-depth] = unknown
    elif isinstance(target, Set):
        target[containers.key(machine, value)] = None


def add_dict(machine: Machine, frame: Frame, depth: int) -> None:
    value = frame.stack.pop()
    key = frame.stack.pop()
    machine.take_items(2)
    target = frame.stack[-depth]
    if unknown := machine.unknown_in(key):
        frame.stack[-depth] = unknown
    elif isinstance(target, Dict):
        target[containers.key(machine, key)] = value


def extend_list(machine: Machine, frame: Frame, depth: int) -> Task:
    return _extend(machine, frame, frame.stack.pop())


def _extend(machine: Machine, frame: Frame, value: Value) -> Task:
    if not iteration.can_iterate(machine, value):
        raise machine.error("TypeError", f"Value after * must be an iterable, not {machine.class_of(value).name}")
    found = yield machine.items(value)
    frame.drop = True
    target = frame.stack[-1]
    if isinstance(found, Unknown):
        frame.stack[-1] = found
    elif isinstance(target, List):
        target += cast(List, found)
    return None


def merge_dict(machine: Machine, frame: Frame, _: object) -> Task:
    return _merge(machine, frame, frame.stack.pop())


def _merge(machine: Machine, frame: Frame, value: Value) -> Task:
    found = yield machine.mapping(value)
    frame.drop = True
    target = frame.stack[-1]
    if found is None:
        raise machine.error("TypeError", f"'{machine.class_of(value).name}' object is not a mapping")
    if isinstance(found, Unknown):
        frame.stack[-1] = found
    elif isinstance(target, Dict):
        machine.take_items(2 * len(cast(Dict, found)))
        target.update(cast(Dict, found))
    return None


def list_to_tuple(machine: Machine, frame: Frame, _: object) -> None:
    value = frame.stack.pop()
    frame.stack.append(tuple(value) if isinstance(value, List) else value)


def list_to_set(machine: Machine, frame: Frame, _: object) -> None:
    value = frame.stack.pop()
    if isinstance(value, List):
        frame.stack += value
        build_set(machine, frame, len(value))
    else:
        frame.stack.append(value)


def build_slice(machine: Machine, frame: Frame, _: object) -> None:
    start, stop, step = frame.stack[-3:]
    del frame.stack[-3:]
    frame.stack.append(slice(start, stop, step))


def build_string(machine: Machine, frame: Frame, count: int) -> None:
    parts = frame.stack[-count:] if count else []
    if count:
        del frame.stack[-count:]
    unknown = next((part for part in parts if isinstance(part, Unknown)), None)
    if unknown is not None:
        frame.stack.append(unknown)
        return
    strings = cast("list[str]", parts)
    machine.take_characters(sum(map(len, strings)))
    frame.stack.append("".join(strings))


def format_value(machine: Machine, frame: Frame, conversion: int) -> object:
    spec = frame.stack.pop()
    value = frame.stack.pop()
    return frame.receive(machine.formatted(value, spec, conversion))


def make_function(machine: Machine, frame: Frame, argument: tuple[Code, int, tuple[str, ...]]) -> None:
    code, count, keywords = argument
    stack = frame.stack
    machine.take_objects(1)
    kw_defaults: dict[str, Value] = {}
    if keywords:
        kw_defaults = dict(zip(keywords, stack[-len(keywords) :], strict=True))
        del stack[-len(keywords) :]
    defaults: tuple[Value, ...] = ()
    if count:
        defaults = tuple(stack[-count:])
        del stack[-count:]
    cells = frame.cells
    shared = {name: cells[name] for name in code.free if name in cells} if cells else {}
    stack.append(Function(code, frame.module, shared, defaults, kw_defaults))


def make_class(machine: Machine, frame: Frame, argument: tuple[Code, int, tuple[str, ...]]) -> Task:
    code, count, keywords = argument
    stack = frame.stack
    named: dict[str, Value] = {}
    if keywords:
        named = dict(zip(keywords, stack[-len(keywords) :], strict=True))
        del stack[-len(keywords) :]
    bases = stack[-count:] if count else []
    if count:
        del stack[-count:]
    return classes.build(machine, frame, code, bases, named)


def decorate(machine: Machine, frame: Frame, _: object) -> object:
    """Call the decorator below what is on the stack with it."""
    value = frame.stack.pop()
    return frame.receive(machine.call(frame.stack.pop(), value))


def annotate(machine: Machine, frame: Frame, argument: tuple[str, str]) -> None:
    """Note the annotation of a name of a class, in the order written."""
    name, word = argument
    noted = frame.names.setdefault("__annotations__", Dict())
    if isinstance(noted, Dict):
        noted[name] = word
