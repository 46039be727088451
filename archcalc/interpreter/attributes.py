"""Attributes: found, set and deleted on our own values only. Names that look into Python itself are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.code import Function
from archcalc.interpreter.signature import Signature
from archcalc.interpreter.values import (
    OBJECT,
    UNSET,
    Class,
    ClassMethod,
    Constant,
    Dict,
    Instance,
    Method,
    Module,
    Native,
    Property,
    Raised,
    Result,
    StaticMethod,
    Super,
    Task,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

REFUSED = frozenset(
    "__bases__ __base__ __mro__ mro __subclasses__ __globals__ __code__ __closure__ __builtins__ __func_globals__ __kwdefaults__ "
    "__defaults__ __reduce__ __reduce_ex__ __getattribute__ __subclasshook__ __sizeof__ __loader__ __spec__ __import__ "
    "__traceback__ tb_frame gi_frame gi_code f_globals f_locals f_builtins f_back cr_frame ag_frame __weakref__ __self__".split()
)
MOST_CLASSES = 100


def lookup(cls: Class, name: str) -> Value:
    """The attribute along the classes, unbound, remembered; UNSET where there is none."""
    cache = cls.cache
    if name in cache:
        return cache[name]
    found = cache[name] = cls.find(name)
    return found


def forget(cls: Class) -> None:
    """A class was changed: what was remembered of it and of those below it is looked up again."""
    todo = [cls]
    while todo:
        one = todo.pop()
        one.cache.clear()
        todo += one.subclasses


def find(machine: Machine, value: Value, name: str) -> Result:
    """The attribute, a task, or UNSET where the value has none."""
    if isinstance(value, Instance):
        return _of_instance(machine, value, name)
    kind = type(value)
    if kind is Unknown:
        return value.part(name)  # type: ignore[attr-defined]
    if isinstance(value, Module):
        return of_module(machine, value, name)
    if isinstance(value, Class):
        return _of_class(machine, value, name)
    if isinstance(value, Super):
        return _of_super(machine, value, name)
    if name in REFUSED:
        raise refused(machine, name)
    if isinstance(value, Function | Native | Method):
        return _of_function(machine, value, name)
    if unknown := machine.unknown_in(value):
        return unknown.part(name)
    cls = machine.class_of(value)
    if name == "__class__":
        return cls
    found = lookup(cls, name)
    if found is UNSET:
        return machine.more_attributes(value, name)
    return bind(machine, found, value, cls)


def refused(machine: Machine, name: str) -> Exception:
    return machine.fault(f"{name} looks into Python itself, which is not read", "the network without it")


def bind(machine: Machine, found: Value, value: Value, cls: Class) -> Result:
    """What was found in a class, as an attribute of a value of that class."""
    kind = type(found)
    if kind is Function:
        return Method(found, value)
    if kind is Native:
        return Method(found, value) if found.binds else found  # type: ignore[attr-defined]
    if isinstance(found, Property):
        if found.getter is None:
            raise machine.error("AttributeError", "unreadable attribute")
        return machine.call(found.getter, value)
    if isinstance(found, StaticMethod):
        return found.function
    if isinstance(found, ClassMethod):
        return Method(found.function, cls)
    if isinstance(found, Instance) and (getter := lookup(found.cls, "__get__")) is not UNSET:
        return machine.call(getter, found, value, cls)
    return found


def _of_instance(machine: Machine, value: Instance, name: str) -> Result:
    if value.unread is not None:
        return value.unread.part(name)
    cls = value.cls
    if cls.unread is not None:
        return cls.unread.part(name)
    found = lookup(cls, name)
    if isinstance(found, Property):
        return _with_fallback(machine, value, name, bind(machine, found, value, cls))
    if isinstance(found, Instance) and lookup(found.cls, "__set__") is not UNSET:
        return bind(machine, found, value, cls)
    if name in value.attributes:
        return value.attributes[name]
    if found is not UNSET:
        if name in REFUSED:
            raise refused(machine, name)
        return bind(machine, found, value, cls)
    if name == "__class__":
        return cls
    if name == "__dict__":
        return value.attributes
    if name in ("__doc__", "__module__"):
        return _of_class(machine, cls, name)
    if name in REFUSED:
        raise refused(machine, name)
    hook = lookup(cls, "__getattr__")
    if hook is not UNSET:
        return machine.call(hook, value, name)
    return UNSET


def _with_fallback(machine: Machine, value: Instance, name: str, result: Result) -> Result:
    """A property that raises AttributeError is looked for by `__getattr__`, as Python does."""
    hook = lookup(value.cls, "__getattr__")
    if hook is UNSET or not machine.is_task(result):
        return result
    return _fall_back(machine, value, name, result, hook)


def _fall_back(machine: Machine, value: Instance, name: str, result: Result, hook: Value) -> Task:
    try:
        return (yield result)
    except Raised as raised:
        if raised.value.cls.name != "AttributeError":
            raise
    return (yield machine.call(hook, value, name))


def _of_class(machine: Machine, cls: Class, name: str) -> Result:
    if cls.unread is not None:
        return cls.unread.part(name)
    if name in REFUSED:
        raise refused(machine, name)
    found = lookup(cls, name)
    if found is UNSET or (found is OBJECT.names.get(name, found) and cls.meta and lookup(cls.meta, name) is not UNSET):
        special = {
            "__name__": cls.name,
            "__class__": cls.meta or machine.builtins["type"],
            "__module__": cls.module or "builtins",
        }
        if name in special:
            return special[name]
        if name == "__qualname__":
            return cls.names.get("__qualname__", cls.name)
        if name == "__doc__":
            return cls.names.get("__doc__")
        if name == "__dict__":
            machine.take_items(2 * len(cls.names))
            return Dict(cls.names)
        if cls.meta is not None and (found := lookup(cls.meta, name)) is not UNSET:
            return bind(machine, found, cls, cls.meta)
        return found
    if name == "__doc__":
        return cls.names.get("__doc__")
    if isinstance(found, ClassMethod):
        return Method(found.function, cls)
    if isinstance(found, StaticMethod):
        return found.function
    if isinstance(found, Instance) and (getter := lookup(found.cls, "__get__")) is not UNSET:
        return machine.call(getter, found, None, cls)
    return found


def _of_super(machine: Machine, value: Super, name: str) -> Result:
    receiver = value.receiver
    if isinstance(receiver, Instance) and receiver.unread is not None:
        return receiver.unread.part(name)
    if name in REFUSED:
        raise refused(machine, name)
    cls = receiver if isinstance(receiver, Class) else machine.class_of(receiver)
    order = cls.mro
    if value.after not in order:
        raise machine.error("TypeError", "super(type, obj): obj must be an instance or subtype of type")
    for one in order[order.index(value.after) + 1 :]:
        if name in one.names:
            if one.unread is not None:
                return one.unread.part(name)
            found = one.names[name]
            if isinstance(receiver, Class) and not isinstance(found, ClassMethod | StaticMethod):
                return found
            return bind(machine, found, receiver, cls)
    return UNSET


def _of_function(machine: Machine, value: Function | Native | Method, name: str) -> Result:
    if isinstance(value, Method):
        if name == "__func__":
            return value.function
        return find(machine, value.function, name) if not isinstance(value.function, Method) else UNSET
    if isinstance(value, Function):
        if value.attributes is not None and name in value.attributes:
            return value.attributes[name]
        if name == "__dict__":
            value.attributes = value.attributes if value.attributes is not None else Dict()
            return value.attributes
        if name == "__annotations__":
            return machine.unknown(f"the annotations of {value.name}")
        special = {
            "__name__": value.name,
            "__qualname__": value.qualified,
            "__doc__": value.code.doc,
            "__module__": value.module.name,
        }
        if name in special:
            return special[name]
    elif name in ("__name__", "__qualname__"):
        return value.name.rpartition(".")[2]
    elif name == "__doc__":
        return None
    if name == "__call__":
        return value
    if name == "__get__":
        return machine.more_attributes(value, name)
    if name == "__class__":
        return machine.class_of(value)
    return UNSET


def of_module(machine: Machine, module: Module, name: str) -> Result:
    """A name of a module: its own, what its vocabulary gives on demand, a module below it; else Unknown or UNSET."""
    if module.unread is not None:
        return module.unread.part(name)
    changed = machine.changed_modules.get(module)
    if changed is not None and name in changed:
        return changed[name]
    if name in module.names:
        return module.names[name]
    if name == "__name__":
        return module.name
    if name == "__dict__" and module.program:
        return machine.names_of_module(module)
    if name in REFUSED or name == "__dict__":
        raise refused(machine, name)
    if module.missing is not None:
        found = module.missing(machine, name)
        if found is not UNSET:
            if not isinstance(found, Unknown):  # which is of this run, where a module may be of all
                module.names[name] = found
            return found
    return machine.below_module(module, name)


def get(machine: Machine, value: Value, name: str) -> Result:
    """`value.name`; raises the program's AttributeError where there is none."""
    found = find(machine, value, name)
    if found is UNSET:
        raise no_attribute(machine, value, name)
    return found


def no_attribute(machine: Machine, value: Value, name: str) -> Exception:
    if isinstance(value, Class):
        return machine.error("AttributeError", f"type object '{value.name}' has no attribute '{name}'")
    if isinstance(value, Module):
        return machine.error("AttributeError", f"module '{value.name}' has no attribute '{name}'")
    kind = "super" if isinstance(value, Super) else machine.class_of(value).name
    return machine.error("AttributeError", f"'{kind}' object has no attribute '{name}'")


def assign(machine: Machine, value: Value, name: str, new: Value) -> Result:
    """`value.name = new`."""
    if isinstance(value, Constant):
        raise machine.error("AttributeError", f"'{value.cls.name}' object attribute '{name}' is read-only")
    if isinstance(value, Instance):
        if value.unread is not None:
            machine.hand_over(new, value.unread)
            return None
        hook = lookup(value.cls, "__setattr__")
        if hook is not UNSET and hook is not OBJECT.names["__setattr__"]:
            return machine.call(hook, value, name, new)
        return assign_plainly(machine, value, name, new)
    if isinstance(value, Unknown):
        machine.hand_over(new, value)
        return None
    if isinstance(value, Class):
        _assign_class(machine, value, name, new)
        return None
    if isinstance(value, Module):
        if value.program:
            value.names[name] = new
        else:
            machine.changed_modules.setdefault(value, Dict())[name] = new
        return None
    if isinstance(value, Function):
        if name in REFUSED or name == "__dict__":
            raise refused(machine, name)
        if name in ("__name__", "__qualname__") and isinstance(new, str):
            setattr(value, "name" if name == "__name__" else "qualified", new)
            return None
        if value.attributes is None:
            value.attributes = Dict()
        machine.take_items(2)
        value.attributes[name] = new
        return None
    if name == "__defaults__" and isinstance(value, Native) and value.raw and value.signature is not None:
        # What a named tuple was given defaults by before it took them itself: T.__new__.__defaults__ = (None,) * 3.
        if not isinstance(new, tuple) or len(new) > len(value.signature.names):
            raise machine.error("TypeError", "__defaults__ must be set to a tuple object")
        value.signature = Signature(value.signature.names, list(new))
        return None
    if isinstance(value, Super):
        method = _of_super(machine, value, "__setattr__")
        return machine.call(method, name, new)
    if machine.unknown_in(value):
        return None
    raise no_attribute(machine, value, name)


def assign_plainly(machine: Machine, value: Instance, name: str, new: Value) -> Result:
    """What `object.__setattr__` does: by a property or descriptor of the class, else among the attributes."""
    found = lookup(value.cls, name)
    if isinstance(found, Property):
        if found.setter is None:
            raise machine.error("AttributeError", f"property '{name}' of '{value.cls.name}' object has no setter")
        return machine.call(found.setter, value, new)
    if isinstance(found, Instance) and (setter := lookup(found.cls, "__set__")) is not UNSET:
        return machine.call(setter, found, value, new)
    if name == "__class__" or name in REFUSED:
        raise refused(machine, name)
    if name == "__dict__":
        if type(new) is not Dict:
            raise machine.error("TypeError", f"__dict__ must be set to a dictionary, not a '{machine.class_of(new).name}'")
        value.attributes = new
        return None
    if name not in value.attributes:
        machine.take_items(2)
    value.attributes[name] = new
    return None


def _assign_class(machine: Machine, cls: Class, name: str, new: Value) -> None:
    if name in REFUSED or name in ("__class__", "__dict__"):
        raise refused(machine, name)
    if cls.frozen:
        raise machine.fault(
            f"a change of {cls.name} itself, for all that derives from it, is not read", "a class that derives from it"
        )
    machine.take_items(2)
    if name == "__name__" and isinstance(new, str):
        cls.name = new
        return
    cls.names[name] = new
    forget(cls)


def remove(machine: Machine, value: Value, name: str) -> Result:
    """`del value.name`."""
    if isinstance(value, Unknown) or machine.unknown_in(value):
        return None
    if isinstance(value, Instance):
        hook = lookup(value.cls, "__delattr__")
        if hook is not UNSET and hook is not OBJECT.names["__delattr__"]:
            return machine.call(hook, value, name)
        return remove_plainly(machine, value, name)
    names: Dict | None = None
    if (isinstance(value, Class) and not value.frozen) or (isinstance(value, Module) and value.program):
        names = value.names
    elif isinstance(value, Function):
        names = value.attributes
    if names is None or name not in names:
        raise no_attribute(machine, value, name)
    del names[name]
    if isinstance(value, Class):
        forget(value)
    return None


def remove_plainly(machine: Machine, value: Instance, name: str) -> Result:
    """What `object.__delattr__` does."""
    found = lookup(value.cls, name)
    if isinstance(found, Property):
        if found.deleter is None:
            raise machine.error("AttributeError", f"property '{name}' of '{value.cls.name}' object has no deleter")
        return machine.call(found.deleter, value)
    if isinstance(found, Instance) and (deleter := lookup(found.cls, "__delete__")) is not UNSET:
        return machine.call(deleter, found, value)
    if name not in value.attributes:
        raise no_attribute(machine, value, name)
    del value.attributes[name]
    return None
