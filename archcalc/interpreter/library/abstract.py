"""abc, collections.abc and numbers: classes that say what a value can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archcalc.interpreter.builtin import class_of
from archcalc.interpreter.builtin.object import TYPE
from archcalc.interpreter.code import Function, Generator
from archcalc.interpreter.iteration import Iterator
from archcalc.interpreter.values import (
    OBJECT,
    UNSET,
    Class,
    ClassMethod,
    Dict,
    Holder,
    Instance,
    List,
    Method,
    Module,
    Native,
    Property,
    Result,
    Set,
    StaticMethod,
    Value,
    View,
    host_class,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

ABC_MODULE = Module("abc")
ABC = host_class("ABC", module="abc")
ABC_META = Class("ABCMeta", (TYPE,), module="abc")
ABC_MODULE.names["ABC"] = ABC
ABC_MODULE.names["ABCMeta"] = ABC_META


@ABC_MODULE.function("abstractmethod", "abstractproperty", "abstractclassmethod", "abstractstaticmethod")
def abstractmethod(machine: Machine, function: Value) -> Result:
    inner = function.function if isinstance(function, StaticMethod | ClassMethod) else function
    inner = inner.getter if isinstance(inner, Property) else inner
    if isinstance(inner, Function):
        inner.attributes = inner.attributes if inner.attributes is not None else Dict()
        inner.attributes["__isabstractmethod__"] = True
    return function


def _plain(value: Value) -> Value:
    return value.payload if isinstance(value, Holder) else value


def _has(*names: str) -> Callable[[Value], bool]:
    """Whether the class of a value has these methods."""
    return lambda value: all(class_of(value).find(name) not in (UNSET, None) for name in names)


def _is(*kinds: type) -> Callable[[Value], bool]:
    return lambda value: isinstance(_plain(value), kinds)


def _iterable(value: Value) -> bool:
    return isinstance(value, range) or _has("__iter__")(value)


def _callable(value: Value) -> bool:
    return isinstance(value, Function | Native | Method | Class | StaticMethod) or (
        isinstance(value, Instance) and value.cls.find("__call__") is not UNSET
    )


def _hashable(value: Value) -> bool:
    return class_of(value).find("__hash__") is not None


COLLECTIONS_ABC = Module("collections.abc")
_CHECKS: dict[str, Callable[[Value], bool]] = {
    "Iterable": _iterable,
    "Iterator": lambda value: isinstance(value, Iterator | Generator) or _has("__next__", "__iter__")(value),
    "Generator": _is(Generator),
    "Reversible": lambda value: isinstance(_plain(value), List | tuple | str | range | Dict) or _has("__reversed__")(value),
    "Sized": lambda value: isinstance(value, range) or _has("__len__")(value),
    "Container": lambda value: isinstance(value, range) or _has("__contains__")(value),
    "Collection": lambda value: isinstance(value, range) or _has("__len__", "__iter__", "__contains__")(value),
    "Callable": _callable,
    "Hashable": _hashable,
    "Sequence": _is(List, tuple, str, range),
    "MutableSequence": _is(List),
    "Mapping": lambda value: type(_plain(value)) is Dict,
    "MutableMapping": lambda value: type(_plain(value)) is Dict,
    "Set": lambda value: isinstance(_plain(value), Set),
    "MutableSet": lambda value: type(_plain(value)) is Set,
    "KeysView": lambda value: isinstance(value, View) and value.kind == "dict_keys",
    "ValuesView": lambda value: isinstance(value, View) and value.kind == "dict_values",
    "ItemsView": lambda value: isinstance(value, View) and value.kind == "dict_items",
    "Awaitable": lambda value: False,
    "Coroutine": lambda value: False,
    "ByteString": lambda value: False,
}
_NUMBERS: dict[str, Callable[[Value], bool]] = {
    "Number": _is(int, float),
    "Complex": _is(int, float),
    "Real": _is(int, float),
    "Rational": _is(int),
    "Integral": _is(int),
}
NUMBERS = Module("numbers")


def _enter(module: Module, name: str, check: Callable[[Value], bool]) -> None:
    meta = Class(f"{name}Meta", (ABC_META,))
    cls = module.names[name] = Class(name, (OBJECT,), module=module.name, meta=meta)

    def instance(machine: Machine, self: Class, value: Value) -> Result:
        # A class of the program that derives from it does not inherit the check.
        return check(value) if self is cls else False

    def subclass(machine: Machine, self: Class, other: Class) -> Result:
        return False

    def of(machine: Machine, self: Value, item: Value) -> Result:
        return self

    meta.method("__instancecheck__")(instance)
    meta.method("__subclasscheck__")(subclass)
    cls.class_method("__class_getitem__")(of)


for _name, _check in _CHECKS.items():
    _enter(COLLECTIONS_ABC, _name, _check)
for _name, _check in _NUMBERS.items():
    _enter(NUMBERS, _name, _check)
