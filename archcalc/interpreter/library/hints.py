"""typing: hints, which mean nothing here, and the few of its names that do something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.builtin import BUILTINS
from archcalc.interpreter.builtin.lists import TUPLE
from archcalc.interpreter.builtin.object import TYPE
from archcalc.interpreter.library import abstract
from archcalc.interpreter.library.helpers import finish_tuple
from archcalc.interpreter.values import OBJECT, UNSET, Class, Dict, Holder, Instance, Module, Result, Value, host_class

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


class Hint(Instance):
    """A type hint: whatever is asked of it is a hint again."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        super().__init__(HINT)
        self.name = name


HINT = host_class("hint", Hint, module="typing")
GENERIC = host_class("Generic", module="typing")
NAMED_TUPLE = Class("NamedTuple", (TUPLE,), Holder, module="typing")
TYPED_DICT = Class("TypedDict", (BUILTINS["dict"],), module="typing") if isinstance(BUILTINS["dict"], Class) else OBJECT


@HINT.method("__getitem__", "__or__", "__ror__", "__call__", unknown=True, raw=True)
def again(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    return args[0]


@HINT.method("__getattr__")
def part(machine: Machine, self: Hint, name: str) -> Result:
    return self


@HINT.method("__mro_entries__")
def base(machine: Machine, self: Hint) -> Result:
    """`class Block(Protocol)` and `class Stack(Generic[T])` derive from nothing that matters."""
    return GENERIC


@HINT.method("__repr__")
def written(machine: Machine, self: Hint) -> Result:
    return f"typing.{self.name}"


@GENERIC.class_method("__class_getitem__")
def generic_of(machine: Machine, cls: Value, item: Value) -> Result:
    return cls


@NAMED_TUPLE.class_method("__init_subclass__")
def fields(machine: Machine, cls: Class, **keywords: Value) -> Result:
    """The annotated names of `class Point(NamedTuple)` are its fields."""
    if NAMED_TUPLE in cls.bases:
        noted = cls.names.get("__annotations__")
        names = tuple(str(name) for name in noted) if isinstance(noted, Dict) else ()
        finish_tuple(machine, cls, names, Dict({name: cls.names[name] for name in names if name in cls.names}))
    return None


def _missing(machine: Machine, name: str) -> Value:
    return Hint(name) if not name.startswith("__") else UNSET


TYPING = Module("typing", missing=_missing)
for _hint, _builtin in {
    "List": "list",
    "Dict": "dict",
    "Tuple": "tuple",
    "Set": "set",
    "FrozenSet": "frozenset",
    "Type": "type",
}.items():
    TYPING.names[_hint] = BUILTINS[_builtin]
for _name, _cls in abstract.COLLECTIONS_ABC.names.items():
    TYPING.names[_name] = _cls
TYPING.names.update(
    {
        "TYPE_CHECKING": False,
        "Generic": GENERIC,
        "NamedTuple": NAMED_TUPLE,
        "TypedDict": TYPED_DICT,
        "Protocol": GENERIC,
        "Text": BUILTINS["str"],
    }
)


@TYPE.class_method("__class_getitem__")
def type_of(machine: Machine, cls: Value, item: Value) -> Result:
    return cls


@TYPING.function(unknown=True)
def cast(machine: Machine, typ: Value, val: Value) -> Result:
    return val


@TYPING.function("overload", "final", "no_type_check", "runtime_checkable", "override", "runtime", unknown=True)
def unchanged(machine: Machine, function: Value) -> Result:
    return function


@TYPING.function("NewType", unknown=True)
def new_type(machine: Machine, name: Value, tp: Value) -> Result:
    return tp


@TYPING.function(unknown=True)
def get_type_hints(machine: Machine, obj: Value, *args: Value, **kwargs: Value) -> Result:
    return machine.unknown("type hints", "type hints are not worked out")


@TYPING.function(unknown=True)
def assert_never(machine: Machine, arg: Value, /) -> Result:
    raise machine.error("AssertionError", "Expected code to be unreachable")
