"""enum: Enum, IntEnum, StrEnum and auto; flags are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter.attributes import forget
from archcalc.interpreter.builtin.numbers import INT
from archcalc.interpreter.builtin.object import TYPE
from archcalc.interpreter.builtin.strings import STR
from archcalc.interpreter.code import Function
from archcalc.interpreter.iteration import Plain
from archcalc.interpreter.values import (
    OBJECT,
    UNSET,
    Class,
    ClassMethod,
    Dict,
    Holder,
    Instance,
    List,
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

ENUM_MODULE = Module("enum")
META = Class("EnumType", (TYPE,), module="enum")
ENUM = Class("Enum", (OBJECT,), module="enum", meta=META)
INT_ENUM = Class("IntEnum", (INT, ENUM), module="enum", meta=META, mro=())
STR_ENUM = Class("StrEnum", (STR, ENUM), module="enum", meta=META, mro=())
for _cls, _base in ((INT_ENUM, INT), (STR_ENUM, STR)):
    _cls.mro = (_cls, _base, ENUM, OBJECT)
    _cls.host = Holder
AUTO = host_class("auto", module="enum")
FLAG = host_class("Flag", module="enum")
ENUM_MODULE.names.update(
    {
        "Enum": ENUM,
        "IntEnum": INT_ENUM,
        "StrEnum": STR_ENUM,
        "auto": AUTO,
        "EnumMeta": META,
        "EnumType": META,
        "Flag": FLAG,
        "IntFlag": FLAG,
    }
)
ENUM.names["__hash_by_identity__"] = True


@ENUM_MODULE.function("unique", "verify", "member", "global_enum")
def unchanged(machine: Machine, cls: Value) -> Result:
    return cls


@FLAG.class_method("__init_subclass__")
def refuse_flag(machine: Machine, cls: Value) -> Result:
    raise machine.fault("flags of enum are not read", "an Enum, or whole numbers")


@ENUM.class_method("__init_subclass__")
def members(machine: Machine, cls: Class, **keywords: Value) -> Task:
    """Make members of what the body of an enum assigns."""
    found = Dict()
    last: Value = 0
    for name, value in list(cls.names.items()):
        assert isinstance(name, str)
        hidden = name[:1] == "_" or isinstance(value, Function | Native | Property | StaticMethod | ClassMethod | Class)
        if hidden or (isinstance(value, Instance) and value.cls.find("__get__") is not UNSET):
            continue
        if isinstance(value, Instance) and value.cls is AUTO:
            generate = cls.find("_generate_next_value_")
            if generate is not UNSET:
                generate = generate.function if isinstance(generate, StaticMethod) else generate
                value = yield machine.call(generate, name, 1, len(found), List(m for m in found.values()))
            elif cls.is_a(STR_ENUM):
                value = name.lower()
            else:
                value = yield machine.binary("+", last, 1)
        last = value
        member = yield _same(machine, found, value)
        if member is None:
            member = yield _member(machine, cls, name, value)
            found[name] = member
        cls.names[name] = member
        cls.names.setdefault("__members__", Dict())
        cast(Dict, cls.names["__members__"])[name] = member
    cls.names["_members_"] = found
    forget(cls)
    return None


def _same(machine: Machine, found: Dict, value: Value) -> Task:
    """The member that has this value already."""
    for member in list(found.values()):
        if cast(Instance, member).attributes["_value_"] is value:
            return member
    if machine.unknown_in(value):
        return None
    for member in list(found.values()):
        same = yield machine.as_truth(machine.compare("==", cast(Instance, member).attributes["_value_"], value))
        if same is True:
            return member
    return None


def _member(machine: Machine, cls: Class, name: str, value: Value) -> Task:
    args = value if isinstance(value, tuple) else (value,)
    new = cls.find("__new__")
    own = next((b for b in cls.mro if b in (INT, STR) or b.name == "float"), None)
    if own is not None or new is not OBJECT.names["__new__"]:
        function = new.function if isinstance(new, StaticMethod) else new
        member = yield machine.call(function, cls, *args)
    else:
        machine.take_objects(1)
        member = cls.host(cls)
    if not isinstance(member, Instance):
        return member
    if isinstance(member, Holder) and own is not None and member.attributes.get("_value_", UNSET) is UNSET:
        member.attributes["_value_"] = member.payload if not isinstance(value, tuple) else value
    member.attributes.setdefault("_value_", value)
    member.attributes["_name_"] = name
    init = cls.find("__init__")
    if isinstance(init, Function):
        yield machine.call(init, member, *args)
    return member


def _listed(machine: Machine, cls: Class) -> Dict:
    found = cls.names.get("_members_", Dict())
    if isinstance(found, Unknown) or not isinstance(found, Dict):
        raise machine.error("TypeError", f"'{cls.name}' has no members")
    return found


@ENUM.getter("name")
def name_of(machine: Machine, self: Instance) -> Result:
    return self.attributes.get("_name_")


@ENUM.getter("value")
def value_of(machine: Machine, self: Instance) -> Result:
    return self.attributes.get("_value_")


@ENUM.method("__repr__")
def written(machine: Machine, self: Instance) -> Task:
    value = yield machine.written(self.attributes.get("_value_"))
    return f"<{self.cls.name}.{self.attributes.get('_name_')}: {value}>"


@ENUM.method("__str__")
def text(machine: Machine, self: Instance) -> Result:
    if self.cls.is_a(INT_ENUM) or self.cls.is_a(STR_ENUM):
        return machine.text(cast(Holder, self).payload)
    return f"{self.cls.name}.{self.attributes.get('_name_')}"


@ENUM.method("__format__")
def formatted(machine: Machine, self: Instance, spec: str) -> Task:
    if self.cls.is_a(INT_ENUM) or self.cls.is_a(STR_ENUM):
        return (yield machine.formatted(cast(Holder, self).payload, spec, -1))
    value = yield machine.text(self)
    return (yield machine.formatted(value, spec, -1))


for _cls in (INT_ENUM, STR_ENUM):
    for _name in ("__repr__", "__str__", "__format__"):
        _cls.names[_name] = ENUM.names[_name]


@ENUM.method("__hash__")
def hashed(machine: Machine, self: Instance) -> Result:
    raise machine.fault("the hash of a member differs from run to run, so it is not read", "its name")


@META.method("__call__", raw=True)
def call(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    """`Mode(value)`: the member of that value."""
    cls = cast(Class, args[0])
    if len(args) != 2 or kwargs:
        raise machine.fault("an enum made by a call is not read", "a class statement")
    return _by_value(machine, cls, args[1])


def _by_value(machine: Machine, cls: Class, value: Value) -> Task:
    if isinstance(value, Instance) and value.cls is cls:
        return value
    found = yield _same(machine, _listed(machine, cls), value)
    if found is not None:
        return found
    missing = cls.find("_missing_")
    if isinstance(missing, ClassMethod):
        found = yield machine.call(missing.function, cls, value)
        if found is not None:
            return found
    shown = yield machine.written(value)
    raise machine.error("ValueError", f"{shown} is not a valid {cls.names.get('__qualname__', cls.name)}")


@META.method("__getitem__")
def by_name(machine: Machine, cls: Class, name: Value) -> Result:
    found = cls.names.get("__members__", Dict())
    assert isinstance(found, Dict)
    if name not in found:
        raise machine.error("KeyError", name)
    return found[name]


@META.method("__iter__")
def iterate(machine: Machine, cls: Class) -> Result:
    return Plain("generator", iter(list(_listed(machine, cls).values())))


@META.method("__reversed__")
def backwards(machine: Machine, cls: Class) -> Result:
    return Plain("generator", reversed(list(_listed(machine, cls).values())))


@META.method("__len__")
def length(machine: Machine, cls: Class) -> Result:
    return len(_listed(machine, cls))


@META.method("__contains__")
def contains(machine: Machine, cls: Class, value: Value) -> Task:
    if isinstance(value, Instance) and value.cls is cls:
        return True
    found = yield _same(machine, _listed(machine, cls), value)
    return found is not None
