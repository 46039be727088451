"""enumerate, zip, map, filter, reversed, and what generators and other iterators have."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter.builtin.numbers import whole
from archcalc.interpreter.code import Generator
from archcalc.interpreter.iteration import (
    EXHAUSTED,
    Iterator,
    Plain,
    Wrapping,
    advance,
    each,
    iterator,
    next_value,
    resume,
    throw,
)
from archcalc.interpreter.values import (
    OBJECT,
    UNSET,
    Class,
    ExceptionObject,
    List,
    MetUnknown,
    Raised,
    Result,
    Task,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

ITERATORS: dict[str, Class] = {}
GENERATOR = Class("generator", (OBJECT,))


def iterator_class(kind: str) -> Class:
    """The class of iterators of a kind, made when it is asked for."""
    if kind not in ITERATORS:
        cls = ITERATORS[kind] = Class(kind, (OBJECT,))
        cls.method("__iter__")(_itself)
        cls.method("__next__")(_next)
    return ITERATORS[kind]


def _itself(machine: Machine, self: Value) -> Result:
    return self


def _next(machine: Machine, self: Value) -> Result:
    return next_value(machine, self)


class Enumerate(Wrapping):
    """(0, a), (1, b), …"""

    __slots__ = ("count", "source")

    def __init__(self, machine: Machine, source: Value, start: int) -> None:
        super().__init__(machine, "enumerate", source)
        self.source = source
        self.count = start

    def advance(self, machine: Machine) -> Result:
        value = advance(machine, self.source)
        if value is EXHAUSTED:
            return value
        if machine.is_task(value):
            return self._later(machine, value)
        self.count += 1
        machine.take_items(1)
        return (self.count - 1, value)

    def _later(self, machine: Machine, task: Result) -> Task:
        value = yield task
        machine.take_items(1)
        self.count += 1
        return (self.count - 1, value)


class Zip(Wrapping):
    """(a, x), (b, y), …"""

    __slots__ = ("sources", "strict")

    def __init__(self, machine: Machine, sources: list[Value], strict: bool) -> None:
        super().__init__(machine, "zip", *sources)
        self.sources = sources
        self.strict = strict

    def advance(self, machine: Machine) -> Result:
        machine.take_items(len(self.sources))
        if all(type(s) is Plain for s in self.sources) and not self.strict:
            found = []
            for source in self.sources:
                value = cast(Plain, source).advance(machine)
                if value is EXHAUSTED:
                    return EXHAUSTED
                found.append(value)
            return tuple(found) if found else EXHAUSTED
        return self._later(machine)

    def _later(self, machine: Machine) -> Task:
        found: list[Value] = []
        for index, source in enumerate(self.sources):
            value = yield from each(machine, source)
            if value is EXHAUSTED:
                if self.strict:
                    yield from self._check(machine, index)
                raise machine.error("StopIteration")
            found.append(value)
        if not found:
            raise machine.error("StopIteration")
        return tuple(found)

    def _check(self, machine: Machine, index: int) -> Task:
        """All must end together."""
        if index:
            which = "argument 1" if index == 1 else f"arguments 1-{index}"
            raise machine.error("ValueError", f"zip() argument {index + 1} is shorter than {which}")
        for later, source in enumerate(self.sources[1:], 2):
            value = yield from each(machine, source)
            if value is not EXHAUSTED:
                which = "argument 1" if later == 2 else f"arguments 1-{later - 1}"
                raise machine.error("ValueError", f"zip() argument {later} is longer than {which}")
        return None


class Map(Wrapping):
    """f(a), f(b), …"""

    __slots__ = ("function", "sources")

    def __init__(self, machine: Machine, function: Value, sources: list[Value]) -> None:
        super().__init__(machine, "map", *sources)
        self.function = function
        self.sources = sources

    def advance(self, machine: Machine) -> Task:
        arguments = []
        for source in self.sources:
            value = yield from each(machine, source)
            if value is EXHAUSTED:
                raise machine.error("StopIteration")
            arguments.append(value)
        return (yield machine.call(self.function, *arguments))


class Filter(Wrapping):
    """Those for which a function says yes."""

    __slots__ = ("function", "source")

    def __init__(self, machine: Machine, function: Value, source: Value) -> None:
        super().__init__(machine, "filter", source)
        self.function = function
        self.source = source

    def advance(self, machine: Machine) -> Task:
        while True:
            machine.work(1)
            value = yield from each(machine, self.source)
            if value is EXHAUSTED:
                raise machine.error("StopIteration")
            verdict = value if self.function is None else (yield machine.call(self.function, value))
            truth = yield machine.as_truth(verdict)
            if isinstance(truth, Unknown):
                raise machine.decided_by(truth)
            if truth:
                return value


class Until(Iterator):
    """iter(function, sentinel): what a function gives until it gives that."""

    __slots__ = ("function", "sentinel")

    def __init__(self, function: Value, sentinel: Value) -> None:
        super().__init__("callable_iterator")
        self.function = function
        self.sentinel = sentinel

    def advance(self, machine: Machine) -> Task:
        value = yield machine.call(self.function)
        same = yield machine.as_truth(machine.compare("==", value, self.sentinel))
        if isinstance(same, Unknown):
            raise machine.decided_by(same)
        if same:
            raise machine.error("StopIteration")
        return value


def _sources(machine: Machine, values: tuple[Value, ...]) -> Task:
    found: list[Value] = []
    for value in values:
        source = yield iterator(machine, value)
        if isinstance(source, Unknown):
            raise MetUnknown(source)
        found.append(source)
    return found


@iterator_class("enumerate").method("__new__")
def enumerate_(machine: Machine, cls: Value, iterable: Value, start: Value = 0) -> Task:
    (source,) = cast("list[Value]", (yield _sources(machine, (iterable,))))
    return Enumerate(machine, source, whole(machine, start))


@iterator_class("zip").method("__new__")
def zip_(machine: Machine, cls: Value, *iterables: Value, strict: Value = False) -> Task:
    sources = yield _sources(machine, iterables)
    return Zip(machine, cast("list[Value]", sources), strict is True)


@iterator_class("map").method("__new__")
def map_(machine: Machine, cls: Value, function: Value, /, *iterables: Value) -> Task:
    if not iterables:
        raise machine.error("TypeError", "map() must have at least two arguments.")
    sources = yield _sources(machine, iterables)
    return Map(machine, function, cast("list[Value]", sources))


@iterator_class("filter").method("__new__")
def filter_(machine: Machine, cls: Value, function: Value, iterable: Value, /) -> Task:
    (source,) = cast("list[Value]", (yield _sources(machine, (iterable,))))
    return Filter(machine, function, source)


@iterator_class("reversed").method("__new__")
def reversed_(machine: Machine, cls: Value, sequence: Value, /) -> Task:
    if isinstance(sequence, List | tuple | str | range):
        return Plain("reversed", reversed(cast(List, sequence)))
    method = machine.special(sequence, "__reversed__")
    if method is not UNSET:
        return (yield machine.call(method))
    if machine.special(sequence, "__getitem__") is UNSET or machine.special(sequence, "__len__") is UNSET:
        raise machine.error("TypeError", f"'{machine.class_of(sequence).name}' object is not reversible")
    length = yield machine.length(sequence)
    found = List()
    for index in range(cast(int, length) - 1, -1, -1):
        machine.take_items(1)
        found.append((yield machine.index(sequence, index)))
    return Plain("reversed", iter(found))


GENERATOR.method("__iter__")(_itself)
GENERATOR.method("__next__")(_next)


def _ended(machine: Machine, result: Result) -> Result:
    if result is EXHAUSTED:
        raise machine.error("StopIteration")
    return result


@GENERATOR.method(unknown=True)
def send(machine: Machine, self: Generator, value: Value, /) -> Result:
    return _ended(machine, resume(machine, self, value))


@GENERATOR.method("throw")
def throw_(machine: Machine, self: Generator, kind: Value, value: Value = None, traceback: Value = None, /) -> Task:
    error = value if isinstance(value, ExceptionObject) else kind
    if isinstance(error, Class):
        error = yield machine.call(error, *(() if value is None else (value,)))
    if not isinstance(error, ExceptionObject):
        raise machine.error("TypeError", "exceptions must be classes or instances deriving from BaseException")
    return (yield throw(machine, self, Raised(error)))


@GENERATOR.method()
def close(machine: Machine, self: Generator) -> Task:
    try:
        yield throw(machine, self, machine.error("GeneratorExit"))
    except Raised as raised:
        if raised.value.cls.name in ("GeneratorExit", "StopIteration"):
            return None
        raise
    raise machine.error("RuntimeError", "generator ignored GeneratorExit")
