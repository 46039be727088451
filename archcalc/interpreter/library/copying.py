"""copy: of our own values; an object of a vocabulary copies itself by `__copy__` and `__deepcopy__`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter.values import (
    UNSET,
    Dict,
    ExceptionObject,
    FrozenSet,
    Holder,
    Instance,
    List,
    MetUnknown,
    Module,
    Result,
    Set,
    Task,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

COPY = Module("copy")


@COPY.function("copy")
def shallow(machine: Machine, x: Value) -> Task:
    """A new object that holds what the old one holds."""
    if isinstance(x, List | Dict | Set) and not isinstance(x, FrozenSet):
        machine.take_items(2 * len(x))
        return type(x)(x)  # type: ignore[arg-type]
    if isinstance(x, Instance):
        method = machine.special(x, "__copy__")
        if method is not UNSET:
            return (yield machine.call(method))
        made = _blank(machine, x)
        machine.take_items(2 * len(x.attributes))
        made.attributes = Dict(x.attributes)
        if isinstance(x, Holder):
            cast(Holder, made).payload = yield shallow(machine, x.payload)
        return made
    return x


def _blank(machine: Machine, value: Instance) -> Instance:
    """An object of the same class that holds nothing yet."""
    if type(value) not in (Instance, Holder, ExceptionObject):
        raise machine.fault(f"a copy of {value.cls.name} is not read", "a new object of the class")
    machine.take_objects(1)
    made = value.cls.host(value.cls)
    if isinstance(value, ExceptionObject):
        cast(ExceptionObject, made).args = value.args
    return made


@COPY.function("deepcopy")
def deep(machine: Machine, x: Value, memo: Value = None) -> Result:
    """A new object that holds copies of what the old one holds; what is held twice is copied once.

    `memo` is a Dict from the number of an object to its copy, which `__deepcopy__` of a vocabulary passes on.
    """
    return deep_copy(machine, x, memo if type(memo) is Dict else Dict())


def deep_copy(machine: Machine, value: Value, memo: Dict) -> Result:
    """A deep copy, for a vocabulary's own `__deepcopy__` too: what it holds is copied by the same memo."""
    if isinstance(value, Unknown):
        raise MetUnknown(value)
    if isinstance(value, tuple | List | Dict | Set | Instance):
        return _deep(machine, value, memo)
    return value


def _deep(machine: Machine, value: tuple[Value, ...] | List | Dict | Set | Instance, memo: Dict) -> Task:
    if id(value) in memo:
        return memo[id(value)]
    made: Value
    if isinstance(value, List):
        machine.take_items(len(value))
        made = memo[id(value)] = List()
        for item in list(value):
            made.append((yield deep_copy(machine, item, memo)) if not isinstance(item, Unknown) else item)
    elif isinstance(value, Dict):
        machine.take_items(2 * len(value))
        made = memo[id(value)] = Dict()
        for key, item in list(value.items()):
            copied = item if isinstance(item, Unknown) else (yield deep_copy(machine, item, memo))
            made[(yield deep_copy(machine, key, memo))] = copied
    elif isinstance(value, Set):
        machine.take_items(2 * len(value))
        made = memo[id(value)] = type(value)(value)
    elif isinstance(value, tuple):
        machine.take_items(len(value))
        parts = list(value)
        for index, item in enumerate(value):
            if not isinstance(item, Unknown):
                parts[index] = yield deep_copy(machine, item, memo)
        same = all(new is old for new, old in zip(parts, value, strict=True))
        made = memo[id(value)] = value if same else tuple(parts)
    else:
        made = yield _deep_instance(machine, value, memo)
    return made


def _deep_instance(machine: Machine, value: Instance, memo: Dict) -> Task:
    if value.unread is not None:
        raise MetUnknown(value.unread)
    method = machine.special(value, "__deepcopy__")
    if method is not UNSET:
        made = memo[id(value)] = yield machine.call(method, memo)
        return made
    fresh = _blank(machine, value)
    memo[id(value)] = fresh
    if isinstance(value, Holder):
        cast(Holder, fresh).payload = yield deep_copy(machine, value.payload, memo)
    for name, item in list(value.attributes.items()):
        fresh.attributes[name] = item if isinstance(item, Unknown) else (yield deep_copy(machine, item, memo))
    return fresh
