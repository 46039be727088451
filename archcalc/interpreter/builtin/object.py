"""object, type, property, staticmethod, classmethod, super, and what functions have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter import attributes, classes
from archcalc.interpreter.values import (
    NOT_IMPLEMENTED,
    OBJECT,
    UNSET,
    Class,
    ClassMethod,
    Dict,
    Instance,
    Method,
    Native,
    Property,
    Result,
    StaticMethod,
    Super,
    Task,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

TYPE = Class("type", (OBJECT,))
PROPERTY = Class("property", (OBJECT,))
STATIC = Class("staticmethod", (OBJECT,))
CLASS_METHOD = Class("classmethod", (OBJECT,))
SUPER = Class("super", (OBJECT,))


@OBJECT.method("__new__", raw=True, unknown=True)
def new(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    cls = args[0] if args else None
    if not isinstance(cls, Class):
        raise machine.error("TypeError", "object.__new__(X): X is not a type object")
    machine.take_objects(1)
    return cls.host(cls)


@OBJECT.method("__init__", raw=True, unknown=True)
def init(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    receiver = args[0]
    if (len(args) > 1 or kwargs) and isinstance(receiver, Instance):
        own = attributes.lookup(receiver.cls, "__init__")
        if own is not OBJECT.names["__init__"]:
            raise machine.error("TypeError", "object.__init__() takes exactly one argument (the instance to initialize)")
        if attributes.lookup(receiver.cls, "__new__") is OBJECT.names["__new__"]:
            raise machine.error("TypeError", f"{receiver.cls.name}() takes no arguments")
    return None


@OBJECT.method("__setattr__", unknown=True)
def set_attribute(machine: Machine, self: Value, name: str, value: Value) -> Result:
    if isinstance(self, Instance):
        if self.unread is not None:
            return None
        return machine.set_plainly(self, name, value)
    return machine.set(self, name, value)


@OBJECT.method("__delattr__")
def delete_attribute(machine: Machine, self: Value, name: str) -> Result:
    if isinstance(self, Instance):
        return attributes.remove_plainly(machine, self, name)
    return machine.delete(self, name)


@OBJECT.method("__getattribute__")
def get_attribute(machine: Machine, self: Value, name: str) -> Result:
    return machine.get(self, name)


@OBJECT.method("__eq__")
def equal(machine: Machine, self: Value, other: Value) -> Result:
    return True if self is other else NOT_IMPLEMENTED


@OBJECT.method("__ne__")
def unequal(machine: Machine, self: Value, other: Value) -> Result:
    return machine.compare("!=", self, other)


@OBJECT.method("__hash__")
def hashed(machine: Machine, self: Value) -> Result:
    raise machine.fault("the hash of an object is not read: it differs from run to run", "a number of your own")


@OBJECT.method("__repr__", "__str__")
def written(machine: Machine, self: Value) -> Result:
    if isinstance(self, Instance):
        return f"<{self.cls.name} object>"
    return machine.written(self)


@OBJECT.method("__format__")
def formatted(machine: Machine, self: Value, spec: str) -> Result:
    return machine.formatted(self, spec, -1)


@OBJECT.class_method("__init_subclass__")
def init_subclass(machine: Machine, cls: Value, **keywords: Value) -> Result:
    if keywords and isinstance(cls, Class):
        raise machine.error("TypeError", f"{cls.name}.__init_subclass__() takes no keyword arguments")
    return None


@TYPE.method("__new__", raw=True)
def of(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    """type(value), or a new class: type(name, bases, names)."""
    if len(args) == 4 and not kwargs:
        return _new_class(machine, args[0], *args[1:])
    if len(args) != 2 or kwargs:
        raise machine.error("TypeError", "type() takes 1 or 3 arguments")
    return machine.class_of(args[1])


def _new_class(machine: Machine, kind: Value, name: Value, bases: Value, names: Value) -> Task:
    if kind is not TYPE:
        raise machine.fault("a class made by a metaclass's own call is not read", "a class statement")
    if not isinstance(name, str) or not isinstance(bases, tuple) or not isinstance(names, Dict):
        raise machine.error("TypeError", "type() takes a name, a tuple of classes and a dictionary")
    if any(not isinstance(key, str) for key in names):
        raise machine.error("TypeError", "the names of a class are strings")
    machine.take_objects(20)
    machine.take_items(2 * len(names))
    made = classes.new_class(machine, name, classes.resolve(machine, list(bases)), Dict(names), "")
    yield from classes.made(machine, made, {})
    return made


@PROPERTY.method("__new__")
def property_(
    machine: Machine, cls: Value, fget: Value = None, fset: Value = None, fdel: Value = None, doc: Value = None
) -> Result:
    return Property(fget, fset, fdel)


@PROPERTY.method()
def getter(machine: Machine, self: Property, function: Value) -> Result:
    return Property(function, self.setter, self.deleter)


@PROPERTY.method()
def setter(machine: Machine, self: Property, function: Value) -> Result:
    return Property(self.getter, function, self.deleter)


@PROPERTY.method()
def deleter(machine: Machine, self: Property, function: Value) -> Result:
    return Property(self.getter, self.setter, function)


@PROPERTY.getter("fget")
def fget(machine: Machine, self: Property) -> Result:
    return self.getter


@PROPERTY.getter("fset")
def fset(machine: Machine, self: Property) -> Result:
    return self.setter


@STATIC.method("__new__")
def static(machine: Machine, cls: Value, function: Value) -> Result:
    return StaticMethod(function)


@CLASS_METHOD.method("__new__")
def class_method(machine: Machine, cls: Value, function: Value) -> Result:
    return ClassMethod(function)


@STATIC.getter("__func__", "__wrapped__")
def function_of_static(machine: Machine, self: StaticMethod) -> Result:
    return self.function


@CLASS_METHOD.getter("__func__", "__wrapped__")
def function_of_class_method(machine: Machine, self: ClassMethod) -> Result:
    return self.function


@SUPER.method("__new__")
def super_(machine: Machine, cls: Value, after: Value = UNSET, receiver: Value = UNSET) -> Result:
    if after is UNSET or not isinstance(after, Class) or receiver is UNSET:
        if after is UNSET:
            raise machine.error("RuntimeError", "super(): no arguments")
        raise machine.fault("super() with one argument is not read", "`super()`")
    own = receiver if isinstance(receiver, Class) else machine.class_of(receiver)
    if after not in own.mro:
        raise machine.error("TypeError", "super(type, obj): obj must be an instance or subtype of type")
    return Super(after, receiver)


def bind_function(machine: Machine, function: Value) -> Native:
    """`function.__get__`: binds to an object."""

    def get(machine: Machine, instance: Value, owner: Value = None) -> Result:
        return function if instance is None else Method(function, instance)

    return Native("__get__", get, binds=False)
