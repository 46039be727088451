"""What the library's own sources ask of the machine; no program can import it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from archcalc.interpreter.builtin.lists import TUPLE
from archcalc.interpreter.builtin.numbers import held
from archcalc.interpreter.code import Function
from archcalc.interpreter.signature import Misbound, Signature
from archcalc.interpreter.values import (
    Class,
    ClassMethod,
    Constant,
    Dict,
    Holder,
    List,
    Method,
    Module,
    Native,
    Property,
    Result,
    StaticMethod,
    Task,
    Unknown,
    Value,
    host_class,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

HELPERS = Module("_archcalc")
MISSING = Constant(host_class("MISSING"))
HELPERS.names["MISSING"] = MISSING


@HELPERS.function("annotations")
def noted_annotations(machine: Machine, cls: Class) -> Result:
    """The annotations written in a class itself: names with the head of each."""
    noted = cls.names.get("__annotations__")
    return noted if isinstance(noted, Dict) else Dict()


@HELPERS.function(unknown=True)
def is_unknown(machine: Machine, value: Value) -> Result:
    """Whether a value is unknown, where the library has to go on with it."""
    return machine.unknown_in(value) is not None


@HELPERS.function()
def no_value(machine: Machine, what: str) -> Result:
    """A value that is not known, and changes nothing it is given."""
    return Unknown(what, machine.place(), f"{what}, is not known", harmless=True)


@HELPERS.function()
def say(machine: Machine, fact: str) -> Result:
    """Says of a reading what a person would not expect."""
    machine.notes[fact] = None
    return None


@HELPERS.function()
def order(machine: Machine, cls: Class) -> Result:
    """The classes in which attributes of a class are looked up."""
    return cls.mro


@HELPERS.function()
def parameters(machine: Machine, function: Value) -> Result:
    """(name, kind, default) of each parameter; the kinds are numbered as `inspect` does."""
    skip = 0
    while isinstance(function, Method | StaticMethod | ClassMethod):
        skip += isinstance(function, Method)
        function = function.function
    if isinstance(function, Class):
        found = function.find("__init__")
        return parameters(machine, Method(found, None)) if isinstance(found, Function | Native) else List()
    if isinstance(function, Function):
        signature = cast(Signature, function.code.signature)
        defaults, keyword_defaults = function.defaults, function.kw_defaults
    elif isinstance(function, Native) and (not function.raw or function.signature is not None):
        signature = function.signature or Signature.of(function.function)
        defaults, keyword_defaults = signature.defaults, signature.keyword_defaults
    else:
        raise machine.error("TypeError", f"{machine.class_of(function).name} is not a callable object with a signature")
    listed: list[tuple[Value, ...]] = []
    first = len(signature.names) - len(defaults)
    for index, name in enumerate(signature.names):
        default = defaults[index - first] if index >= first else MISSING
        listed.append((name, 0 if index < signature.positional_only else 1, default))
    if signature.rest:
        listed.append((signature.rest, 2, MISSING))
    listed += [(name, 3, keyword_defaults.get(name, MISSING)) for name in signature.keyword_only]
    if signature.more:
        listed.append((signature.more, 4, MISSING))
    machine.take_items(4 * len(listed))
    return List(listed[skip:])


@HELPERS.function()
def finish_tuple(machine: Machine, cls: Class, names: tuple[str, ...], defaults: Dict) -> Result:
    """Make a class that derives from tuple a named tuple of these fields."""
    listed = [defaults[name] for name in names if name in defaults]

    def new(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
        try:
            bound = cast(Signature, maker.signature).bind(args[1:], kwargs)
        except Misbound as error:
            raise machine.error("TypeError", f"{cls.name}.__new__() {error}") from None
        machine.take_items(len(names))
        return held(machine, args[0], TUPLE, tuple(bound))

    def make(machine: Machine, owner: Value, iterable: Value) -> Task:
        items = yield machine.items(iterable)
        return (yield machine.call(owner, *cast(List, items)))

    def as_dict(machine: Machine, self: Holder) -> Result:
        machine.take_items(2 * len(names))
        return Dict(zip(names, cast("tuple[Value, ...]", self.payload), strict=True))

    def replace(machine: Machine, self: Holder, /, **changes: Value) -> Result:
        unknown = [name for name in changes if name not in names]
        if unknown:
            raise machine.error("ValueError", f"Got unexpected field names: {unknown!r}")
        values = cast("tuple[Value, ...]", self.payload)
        return machine.call(self.cls, *(changes.get(name, value) for name, value in zip(names, values, strict=True)))

    def written(machine: Machine, self: Holder) -> Task:
        parts = []
        for name, value in zip(names, cast("tuple[Value, ...]", self.payload), strict=True):
            part = yield machine.written(value)
            parts.append(f"{name}={part}")
        text = f"{self.cls.name}({', '.join(parts)})"
        machine.take_characters(len(text))
        return text

    own = cls.names
    maker = Native(f"{cls.name}.__new__", new, raw=True, unknown=True, signature=Signature(names, listed))
    own.setdefault("__new__", StaticMethod(maker))
    own.setdefault("__repr__", Native("__repr__", written))
    own["_make"] = ClassMethod(Native("_make", make))
    own["_asdict"] = Native("_asdict", as_dict)
    own["_replace"] = Native("_replace", replace, unknown=True)
    own["_fields"] = own["__match_args__"] = names
    own["_field_defaults"] = defaults
    for index, name in enumerate(names):
        own[name] = Property(Native(name, _field(index), unknown=True))
    cls.cache.clear()
    return cls


def _field(index: int) -> Callable[..., Result]:
    def get(machine: Machine, self: Holder) -> Result:
        return cast("tuple[Value, ...]", self.payload)[index]

    return get
