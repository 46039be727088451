"""The built-in names of a program, and the class of every value."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter.builtin import dicts, functions, iterators, lists, numbers, object, sets, strings
from archcalc.interpreter.builtin.exceptions import EXCEPTIONS
from archcalc.interpreter.code import Function, Generator
from archcalc.interpreter.iteration import Iterator
from archcalc.interpreter.values import (
    OBJECT,
    UNSET,
    Class,
    ClassMethod,
    Dict,
    FrozenSet,
    Instance,
    List,
    Method,
    Module,
    Native,
    NotImplementedValue,
    Property,
    Set,
    StaticMethod,
    Super,
    Unknown,
    UnreadDict,
    UnreadList,
    Value,
    View,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

NONE = Class("NoneType", (OBJECT,))
FUNCTION = Class("function", (OBJECT,))
METHOD = Class("method", (OBJECT,))
NATIVE = Class("builtin_function_or_method", (OBJECT,))
MODULE = Class("module", (OBJECT,))
RANGE = Class("range", (OBJECT,))
SLICE = Class("slice", (OBJECT,))
_CLASSES: dict[type, Class] = {
    type(None): NONE,
    bool: numbers.BOOL,
    int: numbers.INT,
    float: numbers.FLOAT,
    str: strings.STR,
    tuple: lists.TUPLE,
    List: lists.LIST,
    UnreadList: lists.LIST,
    Dict: dicts.DICT,
    UnreadDict: dicts.DICT,
    Set: sets.SET,
    FrozenSet: sets.FROZEN,
    Function: FUNCTION,
    Method: METHOD,
    Native: NATIVE,
    Module: MODULE,
    range: RANGE,
    slice: SLICE,
    Property: object.PROPERTY,
    StaticMethod: object.STATIC,
    ClassMethod: object.CLASS_METHOD,
    Super: object.SUPER,
    Generator: iterators.GENERATOR,
    type(...): Class("ellipsis", (OBJECT,)),
    NotImplementedValue: Class("NotImplementedType", (OBJECT,)),
    Unknown: Class("unknown", (OBJECT,)),
}
_PYTHON = {"list": list, "dict": dict, "str": str, "tuple": tuple, "set": set, "frozenset": frozenset, "int": int, "float": float}


def class_of(value: Value) -> Class:
    """The class of a value."""
    found = _CLASSES.get(type(value))
    if found is not None:
        return found
    if isinstance(value, Instance):
        return value.cls
    if isinstance(value, Class):
        return value.meta or object.TYPE
    if isinstance(value, View):
        return dicts.VIEWS[value.kind]
    if isinstance(value, Iterator):
        return iterators.iterator_class(value.kind)
    return OBJECT


def more_attributes(machine: Machine, value: Value, name: str) -> Value:
    """What a built-in value has besides its methods; one that Python has and we do not is refused, not missing."""
    cls = class_of(value)
    if isinstance(value, slice | range) and name in ("start", "stop", "step"):
        return cast(Value, getattr(value, name))
    if name == "__get__" and isinstance(value, Function | Native | Method):
        return object.bind_function(machine, value)
    if name == "__doc__":
        return None
    if cls.name in _PYTHON and any(name in vars(kind) for kind in _PYTHON[cls.name].__mro__):
        raise machine.fault(f"{cls.name}.{name} is not read", "the same without it")
    return UNSET


@RANGE.method("__new__")
def new_range(machine: Machine, cls: Value, start: Value, stop: Value = UNSET, step: Value = 1, /) -> Value:
    if stop is UNSET:
        start, stop = 0, start
    parts = [numbers.whole(machine, part) for part in (start, stop, step)]
    if parts[2] == 0:
        raise machine.error("ValueError", "range() arg 3 must not be zero")
    return range(*parts)


@RANGE.method()
def index(machine: Machine, self: range, value: Value, /) -> Value:
    if type(value) is int and value in self:
        return self.index(value)
    raise machine.error("ValueError", f"{value if type(value) is int else 'value'} is not in range")


@RANGE.method()
def count(machine: Machine, self: range, value: Value, /) -> Value:
    return int(type(value) is int and value in self)


@SLICE.method("__new__")
def new_slice(machine: Machine, cls: Value, start: Value, stop: Value = UNSET, step: Value = None, /) -> Value:
    return slice(None, start, step) if stop is UNSET else slice(start, stop, step)


@SLICE.method()
def indices(machine: Machine, self: slice, length: Value, /) -> Value:
    from archcalc.interpreter.indexing import bounds

    return bounds(machine, self, numbers.whole(machine, length))


BUILTINS: Dict = Dict(functions.FUNCTIONS.names)
for _cls in (
    OBJECT,
    object.TYPE,
    object.PROPERTY,
    object.STATIC,
    object.CLASS_METHOD,
    object.SUPER,
    numbers.INT,
    numbers.FLOAT,
    numbers.BOOL,
    strings.STR,
    lists.LIST,
    lists.TUPLE,
    dicts.DICT,
    sets.SET,
    sets.FROZEN,
    RANGE,
    SLICE,
):
    BUILTINS[_cls.name] = _cls
for _name in ("enumerate", "zip", "map", "filter", "reversed"):
    BUILTINS[_name] = iterators.iterator_class(_name)
for _name, _cls in EXCEPTIONS.items():
    BUILTINS[_name] = _cls
