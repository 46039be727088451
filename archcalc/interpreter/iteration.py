"""Iterators: what a for takes from, one value at a time, and how a whole is taken from anything that can be iterated over."""

from __future__ import annotations

from collections.abc import Iterator as HostIterator
from typing import TYPE_CHECKING, cast

from archcalc.interpreter.code import Generator, Throwing
from archcalc.interpreter.values import (
    UNSET,
    Class,
    Dict,
    FrozenSet,
    List,
    MetUnknown,
    Raised,
    Result,
    Set,
    Task,
    Unknown,
    Unset,
    Value,
    View,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

EXHAUSTED = Unset()
_MOST_INSIDE = 60  # iterators over iterators over iterators: each level nests ours


class Iterator:
    """An iterator of ours; `kind` is what type(x) calls it, `inside` how many iterators stand inside one another."""

    __slots__ = ("inside", "kind")

    def __init__(self, kind: str, inside: int = 0) -> None:
        self.kind = kind
        self.inside = inside

    def advance(self, machine: Machine) -> Result:
        """The next value, EXHAUSTED, or a task whose StopIteration says the end."""
        raise NotImplementedError


class Plain(Iterator):
    """Over values that are there: the items of a list, a dictionary's keys, a range."""

    __slots__ = ("source",)

    def __init__(self, kind: str, source: HostIterator[Value]) -> None:
        super().__init__(kind)
        self.source = source

    def advance(self, machine: Machine) -> Result:
        try:
            return next(self.source, EXHAUSTED)
        except RuntimeError as error:  # a dictionary that changes while it is iterated over
            raise machine.error("RuntimeError", str(error)) from None


class ByIndex(Iterator):
    """Over an object that has only `__getitem__`."""

    __slots__ = ("at", "over")

    def __init__(self, over: Value) -> None:
        super().__init__("iterator")
        self.over = over
        self.at = 0

    def advance(self, machine: Machine) -> Task:
        try:
            value = yield machine.index(self.over, self.at)
        except Raised as raised:
            if not raised.value.cls.is_a(cast(Class, machine.builtins["IndexError"])):
                raise
            raise machine.error("StopIteration") from None
        self.at += 1
        return value


class Wrapping(Iterator):
    """An iterator over other iterators: refuses to stand inside too many."""

    __slots__ = ()

    def __init__(self, machine: Machine, kind: str, *inner: Value) -> None:
        inside = 1 + max((i.inside for i in inner if isinstance(i, Iterator)), default=0)
        if inside > _MOST_INSIDE:
            raise machine.fault("iterators inside one another too deep to be followed", "a list of the values")
        super().__init__(kind, inside)


def set_order(value: Set) -> HostIterator[Value]:
    """The order of a set: that of Python for whole numbers, which does not change from run to run; else as they came."""
    if all(type(item) in (int, bool) for item in value):
        order: set[Value] = set()
        for item in value:
            order.add(item)  # one by one, since where an item comes to lie depends on those before it
        return iter(order)
    return iter(value)


def iterator(machine: Machine, value: Value) -> Result:
    """`iter(value)`: an iterator, a task, or Unknown."""
    kind = type(value)
    if kind is List or kind is tuple:
        return Plain("list_iterator" if kind is List else "tuple_iterator", iter(cast(List, value)))
    if kind is range:
        return Plain("range_iterator", iter(cast(range, value)))
    if isinstance(value, Iterator | Generator | Unknown):
        return value
    if kind is Dict:
        return Plain("dict_keyiterator", iter(cast(Dict, value)))
    if kind is str:
        return Plain("str_iterator", iter(cast(str, value)))
    if kind is Set or kind is FrozenSet:
        return Plain("set_iterator", set_order(cast(Set, value)))
    if isinstance(value, View):
        of = value.of
        return Plain(
            value.kind.replace("s", "") + "iterator",
            iter(of if value.kind == "dict_keys" else of.values() if value.kind == "dict_values" else of.items()),
        )
    if unknown := machine.unknown_in(value):
        return unknown
    method = machine.special(value, "__iter__")
    if method is not UNSET and method is not None:
        return _checked(machine, machine.call(method))
    if method is UNSET and machine.special(value, "__getitem__") is not UNSET:
        return ByIndex(value)
    raise machine.error("TypeError", f"'{machine.class_of(value).name}' object is not iterable")


def can_iterate(machine: Machine, value: Value) -> bool:
    """Whether `iterator` gives one."""
    if isinstance(value, Iterator | Generator | Unknown | View | range) or machine.unknown_in(value):
        return True
    return any(machine.special(value, name) not in (UNSET, None) for name in ("__iter__", "__getitem__"))


def _checked(machine: Machine, result: Result) -> Result:
    if isinstance(result, Iterator | Generator | Unknown):
        return result
    return _check_later(machine, result)


def _check_later(machine: Machine, result: Result) -> Task:
    value = yield result
    if isinstance(value, Iterator | Generator | Unknown):
        return value
    if machine.special(value, "__next__") is UNSET:
        raise machine.error("TypeError", f"iter() returned non-iterator of type '{machine.class_of(value).name}'")
    return value


def advance(machine: Machine, value: Value) -> Result:
    """The next value, EXHAUSTED, or a task that ends with StopIteration where there is none."""
    if isinstance(value, Iterator):
        return value.advance(machine)
    if isinstance(value, Generator):
        return resume(machine, value, None)
    if isinstance(value, Unknown):
        return value
    method = machine.special(value, "__next__")
    if method is UNSET:
        raise machine.error("TypeError", f"'{machine.class_of(value).name}' object is not an iterator")
    return machine.call(method)


def next_value(machine: Machine, value: Value) -> Result:
    """As `advance`, with StopIteration for the end."""
    result = advance(machine, value)
    if result is EXHAUSTED:
        raise machine.error("StopIteration")
    return result


def resume(machine: Machine, generator: Generator, sent: Value) -> Result:
    """Let a generator go on with what is sent: its frame is the task; EXHAUSTED where it has ended."""
    frame = generator.frame
    if frame is None:
        return EXHAUSTED
    if generator.running:
        raise machine.error("ValueError", "generator already executing")
    if generator.started:
        frame.stack.append(sent)
    elif sent is not None:
        raise machine.error("TypeError", "can't send non-None value to a just-started generator")
    generator.started = True
    generator.running = True
    return frame


def throw(machine: Machine, generator: Generator, raised: Raised) -> Task:
    """Raise an exception where a generator waits, and give its next value."""
    frame = generator.frame
    if frame is None or not generator.started:
        generator.frame = None
        raise raised
    if generator.running:
        raise machine.error("ValueError", "generator already executing")
    generator.running = True
    frame.stack.append(None)
    value = yield Throwing(frame, raised)
    return value


def items(machine: Machine, value: Value) -> Result:
    """All a value iterates over as a new List, each drawn from the budget; Unknown where the value is."""
    kind = type(value)
    if kind is List or kind is tuple or kind is Dict:
        machine.budget.spend("items", len(cast(List, value)), machine.span)
        return List(cast(List, value))
    if kind is range or kind is str:
        machine.take_items(machine.length_of(cast(range, value)))
        return List(cast("range", value))
    if kind is Set or kind is FrozenSet:
        machine.take_items(len(cast(Set, value)))
        return List(set_order(cast(Set, value)))
    if isinstance(value, View):
        machine.take_items(len(value.of))
        return List(value.listed())
    if isinstance(value, Unknown):
        return value
    return _items(machine, value)


def _items(machine: Machine, value: Value, most: int | None = None) -> Task:
    found = List()
    try:
        source = yield iterator(machine, value)
        if isinstance(source, Unknown):
            return source
        while most is None or len(found) < most:
            result = advance(machine, source)
            if result is EXHAUSTED:
                break
            if machine.is_task(result):
                result = yield result
                if result is EXHAUSTED:
                    break
            machine.take_items(1)
            machine.work(1)
            found.append(result)
    except MetUnknown as met:
        return met.unknown
    except Raised as raised:
        if raised.value.cls.name != "StopIteration":
            raise
    return found


def at_most(machine: Machine, value: Value, most: int) -> Result:
    """As `items`, but no more than so many."""
    return _items(machine, value, most)


def each(machine: Machine, source: Value) -> Task:
    """The next value of an iterator for a host function, EXHAUSTED at its end."""
    try:
        value = yield advance(machine, source)
    except Raised as raised:
        if raised.value.cls.name != "StopIteration":
            raise
        return EXHAUSTED
    return value
