"""Operators on lists, tuples, strings, ranges, dictionaries and sets; what may be a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter.code import Function, Generator
from archcalc.interpreter.iteration import EXHAUSTED, Iterator, can_iterate, each, iterator
from archcalc.interpreter.symbols import COMPARISONS, HOST_ERRORS, not_ordered, unsupported
from archcalc.interpreter.values import (
    UNSET,
    Class,
    Dict,
    FrozenSet,
    Holder,
    Instance,
    List,
    Method,
    Module,
    Native,
    NotImplementedValue,
    Result,
    Set,
    Task,
    Unknown,
    Value,
    View,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

PLAIN = frozenset({int, str, bool, float, type(None), type(...)})
_BY_IDENTITY = (Instance, Class, Function, Native, Module, Method, NotImplementedValue, Generator, Iterator)
_MOST_IN_KEY = 10_000


def binary(machine: Machine, symbol: str, left: Value, right: Value) -> Result:
    """`left symbol right` where at least one is no number and none an object of a class."""
    left, right = _view_as_set(machine, left), _view_as_set(machine, right)
    a, b = type(left), type(right)
    if symbol == "+" and a is b and a in (List, tuple):
        machine.take_items(len(cast(List, left)) + len(cast(List, right)))
        return (
            List([*cast(List, left), *cast(List, right)]) if a is List else (*cast("tuple[Value, ...]", left), *cast(List, right))
        )
    if symbol == "*":
        for sequence, count in ((left, right), (right, left)):
            if type(sequence) in (List, tuple, str) and type(count) in (int, bool):
                return _repeat(machine, sequence, cast(int, count))
    if isinstance(left, Set) and isinstance(right, Set) and symbol in ("|", "&", "-", "^"):
        kind = FrozenSet if a is FrozenSet else Set
        return _combine(machine, symbol, left, right, kind)
    if symbol == "|" and a is Dict and b is Dict:
        machine.take_items(2 * (len(cast(Dict, left)) + len(cast(Dict, right))))
        return Dict({**cast(Dict, left), **cast(Dict, right)})
    raise unsupported(machine, symbol, left, right)


def _view_as_set(machine: Machine, value: Value) -> Value:
    """The keys or items of a dictionary, which take part in an operator as a set."""
    if not isinstance(value, View) or value.kind == "dict_values":
        return value
    machine.take_items(2 * len(value.of))
    return Set(dict.fromkeys(key(machine, item) for item in value.listed()))


def _repeat(machine: Machine, sequence: Value, count: int) -> Value:
    count = max(count, 0)  # of any number of digits below
    if isinstance(sequence, str):
        machine.take_characters(len(sequence) * count)
        return sequence * count
    assert isinstance(sequence, list | tuple)
    machine.take_items(len(sequence) * count)
    return List(sequence * count) if isinstance(sequence, list) else sequence * count


def _combine(machine: Machine, symbol: str, left: Set, right: Set, kind: type[Set]) -> Set:
    machine.take_items(2 * (len(left) + len(right)))
    if symbol == "|":
        return kind({**left, **right})
    if symbol == "&":
        return kind(dict.fromkeys(k for k in left if k in right))
    if symbol == "-":
        return kind(dict.fromkeys(k for k in left if k not in right))
    return kind(dict.fromkeys([*(k for k in left if k not in right), *(k for k in right if k not in left)]))


def extend_in_place(machine: Machine, left: List, right: Value) -> Result:
    """`left += right`: anything that can be iterated over."""
    if type(right) is Unknown:
        machine.make_unread(left, right)
        return right
    return _extend(machine, left, right)


def _extend(machine: Machine, left: List, right: Value) -> Task:
    found = yield machine.items(right)
    if isinstance(found, Unknown):
        machine.make_unread(left, found)
        return found
    left += cast(List, found)
    return left


def repeat_in_place(machine: Machine, left: List, right: Value) -> Value:
    if type(right) is Unknown:
        machine.make_unread(left, right)
        return right
    result = cast(List, binary(machine, "*", left, right))
    left[:] = result
    return left


def set_in_place(machine: Machine, symbol: str, left: Set, right: Set) -> Value:
    result = _combine(machine, symbol, left, right, Set)
    left.clear()
    left.update(result)
    return left


def merge_in_place(machine: Machine, left: Dict, right: Dict) -> Value:
    machine.take_items(2 * len(right))
    left.update(right)
    return left


def compare(machine: Machine, symbol: str, left: Value, right: Value) -> Result:
    """`left symbol right` where none is an object of a class and not both are numbers or strings."""
    left, right = _view_as_set(machine, left), _view_as_set(machine, right)
    a, b = type(left), type(right)
    equality = symbol in ("==", "!=")
    if a is b and a in (List, tuple):
        return _compare_sequences(machine, symbol, cast(List, left), cast(List, right))
    if equality and a is b and a is Dict:
        return _compare_dicts(machine, symbol, cast(Dict, left), cast(Dict, right))
    if isinstance(left, Set) and isinstance(right, Set):
        machine.work(len(left) + len(right))
        inside = all(k in right for k in left)
        around = all(k in left for k in right)
        same = inside and around
        return {"==": same, "!=": not same, "<=": inside, "<": inside and not same, ">=": around, ">": around and not same}[
            symbol
        ]
    if equality:
        if a is b and a in (range, slice):
            same = left == right if a is range else _slice_parts(left) == _slice_parts(right)
        else:
            same = left is right or (a in PLAIN and b in PLAIN and left == right)
            same = same or (isinstance(left, Method) and isinstance(right, Method) and _same_method(left, right))
        return same is (symbol == "==")
    raise not_ordered(machine, symbol, left, right)


def _same_method(left: Method, right: Method) -> bool:
    return left.function is right.function and left.receiver is right.receiver


def _slice_parts(value: Value) -> list[Value]:
    assert isinstance(value, slice)
    return [part if type(part) in PLAIN else id(part) for part in (value.start, value.stop, value.step)]


def _compare_sequences(machine: Machine, symbol: str, left: List, right: List) -> Result:
    machine.work(min(len(left), len(right)) // 8)
    if all(type(v) in PLAIN for v in left) and all(type(v) in PLAIN for v in right):
        try:
            return cast(Value, COMPARISONS[symbol][2](list(left), list(right)))
        except HOST_ERRORS as error:
            raise machine.host_error(error) from None
    return _compare_later(machine, symbol, left, right)


def _compare_later(machine: Machine, symbol: str, left: List, right: List) -> Task:
    if symbol in ("==", "!=") and len(left) != len(right):
        return symbol == "!="
    for one, other in zip(list(left), list(right), strict=False):
        machine.work(1)
        if one is other and type(one) is not Unknown:
            continue
        same = yield machine.as_truth(machine.compare("==", one, other))
        if isinstance(same, Unknown):
            return same
        if not same:
            return symbol == "!=" if symbol in ("==", "!=") else (yield machine.compare(symbol, one, other))
    return cast(Value, COMPARISONS[symbol][2](len(left), len(right)))


def _compare_dicts(machine: Machine, symbol: str, left: Dict, right: Dict) -> Task:
    machine.work(len(left))
    if len(left) != len(right) or any(key not in right for key in left):
        return symbol == "!="
    for key, value in list(left.items()):
        machine.work(1)
        same = yield machine.as_truth(machine.compare("==", value, right.get(key)))
        if isinstance(same, Unknown):
            return same
        if not same:
            return symbol == "!="
    return symbol == "=="


def contains(machine: Machine, container: Value, item: Value) -> Result:
    """`item in container` for what is no object with `__contains__`."""
    kind = type(container)
    if kind is Dict or isinstance(container, Set):
        if type(item) is Unknown:
            return item
        if kind is not Dict and isinstance(item, Set):
            item = FrozenSet(item)
        return key(machine, item) in cast(Dict, container)
    if kind is str:
        if type(item) is Unknown:
            return item
        if type(item) is not str:
            name = machine.class_of(item).name
            raise machine.error("TypeError", f"'in <string>' requires string as left operand, not {name}")
        machine.work(len(cast(str, container)) // 16)
        return item in cast(str, container)
    if kind is range and type(item) in (int, bool):
        return item in cast(range, container)
    if kind in (List, tuple):
        sequence = cast(List, container)
        machine.work(len(sequence) // 8)
        if type(item) in PLAIN and all(type(v) in PLAIN for v in sequence):
            return item in list(sequence)
    if not can_iterate(machine, container):
        raise machine.error("TypeError", f"argument of type '{machine.class_of(container).name}' is not iterable")
    return _search(machine, container, item)


def _search(machine: Machine, container: Value, item: Value) -> Task:
    source = yield iterator(machine, container)
    unknown: Unknown | None = item if isinstance(item, Unknown) else source if isinstance(source, Unknown) else None
    if isinstance(source, Unknown):
        return source
    while True:
        value = yield from each(machine, source)
        if value is EXHAUSTED:
            return unknown if unknown is not None else False
        machine.work(1)
        if isinstance(value, Unknown):
            unknown = value
        elif unknown is None or not isinstance(item, Unknown):
            same = True if value is item else (yield machine.as_truth(machine.compare("==", value, item)))
            if same is True:
                return True
            if isinstance(same, Unknown):
                unknown = same


def key(machine: Machine, value: Value) -> Value:
    """The value, where it may be a key; raises the program's TypeError where it may not."""
    if type(value) in PLAIN:
        return value
    todo, seen = [value], 0
    while todo:
        item = todo.pop()
        seen += 1
        if seen > _MOST_IN_KEY:
            raise machine.fault("a key of too many parts", "a short key")
        kind = type(item)
        if kind in PLAIN:
            continue
        if kind is tuple or kind is FrozenSet:
            todo.extend(cast("tuple[Value, ...]", item))
            if len(todo) > _MOST_IN_KEY:
                raise machine.fault("a key of too many parts", "a short key")
        elif kind is range:
            continue
        elif isinstance(item, Instance):
            _instance_key(machine, item)
        elif not isinstance(item, _BY_IDENTITY):
            raise machine.error("TypeError", f"unhashable type: '{machine.class_of(item).name}'")
    machine.work(seen // 8)
    if seen > 60 and _nesting(value) > 60:
        raise machine.fault("a key nested too deep", "a short key")
    return value


def _nesting(value: Value) -> int:
    """How deep tuples stand inside one another; how many there are in all was checked before."""
    depth, level = 0, [value]
    while level and depth <= 61:
        level = [part for item in level if isinstance(item, tuple | FrozenSet) for part in item]
        depth += 1
    return depth


def _instance_key(machine: Machine, item: Instance) -> None:
    if isinstance(item, Holder) and isinstance(item.payload, Dict | List | Set):
        raise machine.error("TypeError", f"unhashable type: '{item.cls.name}'")
    own = machine.own_equality(item.cls)
    if own == "unhashable":
        raise machine.error("TypeError", f"unhashable type: '{item.cls.name}'")
    if own:
        raise machine.fault(
            f"an object of {item.cls.name}, which has its own __eq__, as a key is not read", "a string as the key"
        )


def mapping(machine: Machine, value: Value) -> Result:
    """A mapping as a Dict; None where it is none, Unknown where that is not known."""
    if type(value) is Dict:
        return value
    if unknown := machine.unknown_in(value):
        return unknown
    if isinstance(value, Holder) and type(value.payload) is Dict:
        return value.payload
    return _mapping(machine, value)


def _mapping(machine: Machine, value: Value) -> Task:
    keys = yield machine.find(value, "keys")
    if keys is UNSET:
        return None
    names = yield machine.call(keys)
    listed = yield machine.items(names)
    if isinstance(listed, Unknown):
        return listed
    found = Dict()
    for name in cast(List, listed):
        found[key(machine, name)] = yield machine.index(value, name)
    machine.take_items(2 * len(found))
    return found
