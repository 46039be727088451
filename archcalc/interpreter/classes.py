"""Making classes: their bases, the order in which attributes are looked up, and what is told when one is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter.attributes import MOST_CLASSES, lookup
from archcalc.interpreter.code import Code, Frame, Function
from archcalc.interpreter.values import (
    OBJECT,
    UNSET,
    Cell,
    Class,
    ClassMethod,
    Dict,
    Holder,
    Instance,
    Native,
    Property,
    StaticMethod,
    Task,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

_FINAL = frozenset("bool NoneType range slice function builtin_function_or_method method generator module".split())


def build(machine: Machine, frame: Frame, code: Code, bases: list[Value], keywords: dict[str, Value]) -> Task:
    """Run the body of a class and make it; Unknown where a base or the metaclass is."""
    machine.take_objects(20)
    unknown = next((u for b in (*bases, *keywords.values()) if (u := machine.unknown_in(b))), None)
    if not code.instructions:
        code.complete(code)
    names = Dict({"__module__": frame.module.name, "__qualname__": code.qualified})
    if code.doc is not None:
        names["__doc__"] = code.doc
    cells = {name: frame.cells[name] for name in code.free if name in frame.cells}
    around = cells["__class__"] = Cell()
    body = Frame(code, frame.module, names, cells)
    yield body
    if unknown is not None:
        return Unknown(code.name, machine.place(), unknown.why or f"it derives from {unknown.name}, which is not read")
    resolved = resolve(machine, bases)
    metaclass = keywords.pop("metaclass", None)
    cls = new_class(machine, code.name, resolved, names, frame.module.name)
    if metaclass is not None:
        cls.meta = _checked_metaclass(machine, metaclass)
    around.value = cls
    yield from made(machine, cls, keywords)
    return cls


def resolve(machine: Machine, bases: list[Value]) -> tuple[Class, ...]:
    """The bases as classes."""
    found = []
    for base in bases:
        if isinstance(base, Instance) and (entries := machine.special(base, "__mro_entries__")) is not UNSET and base.cls.frozen:
            base = cast(Native, entries).function(machine, base)
        if not isinstance(base, Class):
            raise machine.fault(f"a base that is no class: {machine.class_of(base).name}", "the name of a class")
        if base.name in _FINAL and base.frozen:
            raise machine.error("TypeError", f"type '{base.name}' is not an acceptable base type")
        if base in found:
            raise machine.error("TypeError", f"duplicate base class {base.name}")
        if base is not OBJECT or len(bases) == 1:
            found.append(base)
    return tuple(found) or (OBJECT,)


def _checked_metaclass(machine: Machine, metaclass: Value) -> Class:
    """A metaclass may give a class methods; one that takes part in making it is not read."""
    kind = machine.builtin("type")
    if not isinstance(metaclass, Class) or not metaclass.is_a(kind):
        raise machine.fault("a metaclass that is no class derived from type", "a class without it")
    for name in ("__new__", "__init__", "__call__", "__prepare__", "__getattribute__", "__setattr__"):
        found = metaclass.find(name)
        owner = next((base for base in metaclass.mro if name in base.names), None)
        if found is not UNSET and owner is not None and not owner.frozen:
            raise machine.fault(f"a metaclass with its own {name} is not read", "a class without it")
    return metaclass


def new_class(machine: Machine, name: str, bases: tuple[Class, ...], names: Dict, module: str) -> Class:
    """A class of these bases, with the order of C3."""
    if isinstance(names.get("__getattribute__", UNSET), Function):
        raise machine.fault(f"{name} has its own __getattribute__, which is not read", "`__getattr__`")
    cls = Class(name, bases, names=names, module=module, mro=(), place=machine.place())
    cls.frozen = False
    order = linearise([list(base.mro) for base in bases] + [list(bases)])
    if order is None:
        listed = ", ".join(base.name for base in bases)
        message = f"Cannot create a consistent method resolution order (MRO) for bases {listed}"
        raise machine.error("TypeError", message)
    if len(order) > MOST_CLASSES:
        raise machine.fault(f"a class of {len(order)} classes above it; the most is {MOST_CLASSES}", "fewer classes")
    machine.work(len(order))
    cls.mro = (cls, *order)
    hosts = [base.host for base in order if base.host is not Instance]
    # As in Python, the layout is that of the one base which extends all others.
    cls.host = next((host for host in hosts if all(issubclass(host, other) for other in hosts)), Instance)
    if hosts and cls.host is Instance:
        raise machine.error("TypeError", "multiple bases have instance lay-out conflict")
    if len({base for base in order if base.host is Holder and base.bases == (OBJECT,)}) > 1:
        raise machine.error("TypeError", "multiple bases have instance lay-out conflict")
    cls.meta = next((base.meta for base in order if base.meta), None)
    for base in bases:
        if not base.frozen:
            base.subclasses.append(cls)
    for special in ("__init_subclass__", "__class_getitem__"):
        if isinstance(names.get(special), Function):
            names[special] = ClassMethod(names[special])
    if isinstance(names.get("__new__"), Function):
        names["__new__"] = StaticMethod(names["__new__"])
    if "__eq__" in names and "__hash__" not in names:
        names["__hash__"] = None
    cls.abstract = abstract_names(cls)
    return cls


def linearise(orders: list[list[Class]]) -> list[Class] | None:
    """The C3 order of classes; None where there is none."""
    result: list[Class] = []
    while True:
        orders = [order for order in orders if order]
        if not orders:
            return result
        for order in orders:
            head = order[0]
            if not any(head in other[1:] for other in orders):
                break
        else:
            return None
        result.append(head)
        for order in orders:
            if order[0] is head:
                del order[0]


def abstract_names(cls: Class) -> tuple[str, ...]:
    """The methods marked abstract that nothing below gives, where the class derives from ABC."""
    if not any(base.name == "ABC" and base.frozen for base in cls.mro):
        return ()
    names = {str(name) for base in cls.mro for name in base.names}
    return tuple(sorted(name for name in names if _is_abstract(cls.find(name))))


def _is_abstract(value: Value) -> bool:
    if isinstance(value, Property):
        value = value.getter
    elif isinstance(value, StaticMethod | ClassMethod):
        value = value.function
    return isinstance(value, Function) and value.attributes is not None and value.attributes.get("__isabstractmethod__") is True


def made(machine: Machine, cls: Class, keywords: dict[str, Value]) -> Task:
    """Tell what a class holds its name, and the classes above that there is one more."""
    for name, value in list(cls.names.items()):
        if isinstance(value, Instance) and (method := lookup(value.cls, "__set_name__")) is not UNSET:
            yield machine.call(method, value, cls, name)
    for base in cls.mro[1:]:
        hook = base.names.get("__init_subclass__", UNSET)
        if hook is not UNSET:
            function = hook.function if isinstance(hook, ClassMethod) else hook
            yield machine.call(function, cls, **keywords)
            break
    return None
