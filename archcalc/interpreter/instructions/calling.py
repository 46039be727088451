"""Calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter import calls
from archcalc.interpreter.code import Function, Generator
from archcalc.interpreter.values import Class, Dict, List, Super, Task, Unknown, Value

if TYPE_CHECKING:
    from archcalc.interpreter.code import Frame
    from archcalc.interpreter.machine import Machine


def call(machine: Machine, frame: Frame, argument: tuple[int, tuple[str, ...]]) -> object:
    """A call with so many positional arguments and these keywords, all on the stack after the function."""
    count, keywords = argument
    stack = frame.stack
    kwargs: dict[str, Value] = {}
    if keywords:
        kwargs = dict(zip(keywords, stack[-len(keywords) :], strict=True))
        del stack[-len(keywords) :]
    if count:
        args = stack[-count:]
        del stack[-count:]
    else:
        args = []
    return frame.receive(calls.call(machine, stack.pop(), args, kwargs))


def call_spread(machine: Machine, frame: Frame, _: object) -> object:
    """A call with a list of arguments and a dictionary of keywords on the stack."""
    kwargs = cast(Dict, frame.stack.pop())
    args = frame.stack.pop()
    function = frame.stack.pop()
    unknown = args if isinstance(args, Unknown) else kwargs if isinstance(kwargs, Unknown) else None
    if unknown is None:
        unknown = machine.unknown_in(args) or machine.unknown_in(kwargs)
    if unknown is not None:
        # Which arguments there are is not known, so neither is what the call does.
        machine.make_unread(function, unknown)
        for value in (args, kwargs):
            machine.make_unread(value, unknown)
        frame.stack.append(unknown)
        return None
    return frame.receive(calls.call(machine, function, cast(List, args), cast("dict[str, Value]", kwargs)))


def add_keyword(machine: Machine, frame: Frame, name: str) -> None:
    value = frame.stack.pop()
    kwargs = frame.stack[-1]
    if isinstance(kwargs, Dict):
        if name in kwargs:
            raise machine.error("TypeError", f"got multiple values for keyword argument '{name}'")
        kwargs[name] = value


def merge_keywords(machine: Machine, frame: Frame, _: object) -> object:
    return _merge(machine, frame, frame.stack.pop())


def _merge(machine: Machine, frame: Frame, value: Value) -> Task:
    found = yield machine.mapping(value)
    frame.drop = True
    kwargs = frame.stack[-1]
    if isinstance(found, Unknown):
        if isinstance(kwargs, Dict):
            machine.make_unread(kwargs, found)
        return None
    if found is None:
        name = machine.class_of(value).name
        raise machine.error("TypeError", f"argument after ** must be a mapping, not {name}")
    if not isinstance(kwargs, Dict) or machine.unknown_in(kwargs):
        return None
    assert isinstance(found, Dict)
    for key, item in found.items():
        if type(key) is not str:
            raise machine.error("TypeError", "keywords must be strings")
        if key in kwargs:
            raise machine.error("TypeError", f"got multiple values for keyword argument '{key}'")
        kwargs[key] = item
    machine.take_items(2 * len(found))
    return None


def call_comprehension(machine: Machine, frame: Frame, _: object) -> object:
    """A comprehension: its function is on the stack below the iterator of its first for."""
    source = frame.stack.pop()
    function = cast(Function, frame.stack.pop())
    inner = calls.bind_comprehension(machine, function, source)
    if function.code.generator:
        machine.take_objects(1)
        generator = Generator(inner, function.name)
        inner.generator = generator
        frame.stack.append(generator)
        return None
    return inner


def make_super(machine: Machine, frame: Frame, _: object) -> None:
    receiver = frame.stack.pop()
    cls = frame.stack.pop()
    if cls is None or (receiver is None and cls is not None):
        raise machine.error("RuntimeError", "super(): no arguments")
    if isinstance(receiver, Unknown):
        frame.stack.append(receiver)
        return
    frame.stack.append(Super(cast(Class, cls), receiver))
