"""Calls: of the program's functions, of native ones, of classes and of objects."""

from __future__ import annotations

from collections.abc import Sequence
from types import GeneratorType
from typing import TYPE_CHECKING, cast

from archcalc.interpreter.attributes import lookup
from archcalc.interpreter.code import Frame, Function, Generator
from archcalc.interpreter.signature import Misbound, Signature
from archcalc.interpreter.values import (
    OBJECT,
    UNSET,
    Cell,
    Class,
    ClassMethod,
    Dict,
    Instance,
    List,
    Method,
    MetUnknown,
    Native,
    Result,
    StaticMethod,
    Task,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

_NEVER_UNKNOWN = frozenset({int, str, float, bool, type(None), tuple, List, Function, Native, Method, slice, range})


def call(machine: Machine, function: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Result:
    """The result of a call, or the task that works it out."""
    while True:
        kind = type(function)
        if kind is Function:
            return call_function(machine, cast(Function, function), args, kwargs)
        if kind is Native:
            return call_native(machine, cast(Native, function), args, kwargs)
        if kind is Method:
            args = (cast(Method, function).receiver, *args)
            function = cast(Method, function).function
            continue
        if kind is Class:
            return make(machine, cast(Class, function), args, kwargs)
        if kind is Unknown:
            return call_unknown(machine, cast(Unknown, function), args, kwargs)
        if kind is StaticMethod:
            function = cast(StaticMethod, function).function
            continue
        break
    if unknown := machine.unknown_in(function):
        return call_unknown(machine, unknown, args, kwargs)
    if isinstance(function, Instance):
        method = lookup(function.cls, "__call__")
        if method is not UNSET:
            return call(machine, method, (function, *args), kwargs)
    if isinstance(function, ClassMethod):
        raise machine.error("TypeError", "'classmethod' object is not callable")
    raise machine.error("TypeError", f"'{machine.class_of(function).name}' object is not callable")


def call_unknown(machine: Machine, function: Unknown, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """What an unknown function is given may be changed by it, and what it gives is unknown.

    A decorator called `register_…` puts a class or function into a table and gives it back: a note says that it is taken so.
    """
    if len(args) == 1 and not kwargs and isinstance(args[0], Class | Function):
        named = function.name.rpartition(".")[2]
        if named.startswith("register_"):
            machine.notes[f"`{named}` is not read, and is taken to give back what it registers"] = None
            return args[0]
    for value in (*args, *kwargs.values()):
        machine.hand_over(value, function)
    return function


def bind(machine: Machine, function: Function, args: Sequence[Value], kwargs: dict[str, Value]) -> Frame:
    """The frame of a call, its arguments under their names."""
    code = function.code
    if not code.instructions:
        code.complete(code)
    signature = cast(Signature, code.signature)
    bound: Sequence[Value]
    if not kwargs and signature.simple and len(args) == len(signature.names):
        bound = args
    else:
        try:
            bound = signature.bind(args, kwargs, function.defaults, function.kw_defaults)
        except Misbound as error:
            raise machine.error("TypeError", f"{function.qualified}() {error}") from None
        if signature.rest or signature.more:
            machine.take_items(len(args) + 2 * len(kwargs))
            if signature.more:
                bound[-1] = Dict(cast("dict[Value, Value]", bound[-1]))
    names: dict[Value, Value] = dict(zip(code.parameters, bound, strict=True))
    cells = function.cells
    if code.cells:
        cells = dict(cells)
        for name in code.cells:
            cell = cells[name] = Cell()
            if name in names:
                cell.value = names.pop(name)
    return Frame(code, function.module, names, cells, function)


def call_function(machine: Machine, function: Function, args: Sequence[Value], kwargs: dict[str, Value]) -> Result:
    """The frame that runs the call, or the generator that waits to."""
    frame = bind(machine, function, args, kwargs)
    if frame.code.generator:
        machine.take_objects(1)
        generator = Generator(frame, function.name)
        frame.generator = generator
        return generator
    return frame


def call_native(machine: Machine, native: Native, args: Sequence[Value], kwargs: dict[str, Value]) -> Result:
    """The result of a native function: unknown where it is given what is unknown and does not take that."""
    if native.receiver is not None and (native.raw or not args or not isinstance(args[0], native.receiver)):
        _check_receiver(machine, native, args)
    if not native.unknown:
        for value in args if not kwargs else (*args, *kwargs.values()):
            if type(value) not in _NEVER_UNKNOWN and (unknown := machine.unknown_in(value)):
                return _unread(machine, native, unknown, args, kwargs)
    try:
        if native.raw:
            result = native.function(machine, args, kwargs)
        else:
            signature = native.signature
            if signature is None:
                signature = native.signature = Signature.of(native.function)
            if not kwargs and not signature.keyword_only and not signature.more:
                if len(args) < signature.required or (len(args) > len(signature.names) and not signature.rest):
                    signature.bind(args, kwargs)
                result = native.function(machine, *args)
            else:
                result = _call_bound(machine, native, signature, signature.bind(args, kwargs))
    except Misbound as error:
        raise machine.error("TypeError", f"{native.name}() {error}") from None
    except MetUnknown as met:
        return _unread(machine, native, met.unknown, args, kwargs)
    if type(result) is GeneratorType and not native.pure:
        return _watched(machine, native, result, args, kwargs)
    return result


def _check_receiver(machine: Machine, native: Native, args: Sequence[Value]) -> None:
    """Raises the TypeError of a method that is called with what is no object of its class."""
    name = native.name.rpartition(".")[2]
    first = args[0] if args else UNSET
    assert native.receiver is not None
    if name == "__new__":
        if isinstance(first, Class) and issubclass(first.host, native.receiver):
            return
    elif isinstance(first, native.receiver):
        return
    if first is UNSET:
        raise machine.error("TypeError", f"unbound method {native.name}() needs an argument")
    if isinstance(first, Unknown) or machine.unknown_in(first):
        return
    kind = machine.class_of(first).name
    raise machine.error(
        "TypeError", f"descriptor '{name}' for '{native.name.partition('.')[0]}' objects doesn't apply to a '{kind}' object"
    )


def _call_bound(machine: Machine, native: Native, signature: Signature, bound: list[Value]) -> Result:
    if signature.simple:
        return native.function(machine, *bound)
    count, only = len(signature.names), len(signature.keyword_only)
    positional, keyword = bound[:count], dict(zip(signature.keyword_only, bound[count : count + only], strict=True))
    left = bound[count + only :]
    if signature.rest:
        positional += cast("tuple[Value, ...]", left.pop(0))
    if signature.more:
        keyword.update(cast("dict[str, Value]", left.pop(0)))
    return native.function(machine, *positional, **keyword)


def _unread(machine: Machine, native: Native, unknown: Unknown, args: Sequence[Value], kwargs: dict[str, Value]) -> Unknown:
    if not native.pure:
        for value in (*args, *kwargs.values()):
            machine.make_unread(value, unknown)
    return unknown


def _watched(machine: Machine, native: Native, task: Result, args: Sequence[Value], kwargs: dict[str, Value]) -> Task:
    """A function that changes what it is given and meets an unknown value on the way leaves it unread."""
    try:
        return (yield task)
    except MetUnknown as met:
        return _unread(machine, native, met.unknown, args, kwargs)


def make(machine: Machine, cls: Class, args: Sequence[Value], kwargs: dict[str, Value]) -> Result:
    """An object of a class."""
    if cls.unread is not None:
        return call_unknown(machine, cls.unread, args, kwargs)
    if cls.meta is not None and (hook := lookup(cls.meta, "__call__")) is not UNSET:
        return call(machine, hook, (cls, *args), kwargs)
    new = lookup(cls, "__new__")
    if new is not OBJECT.names["__new__"]:
        return _make_by_new(machine, cls, new, args, kwargs)
    if cls.abstract:
        names = ", ".join(f"'{name}'" for name in cls.abstract)
        plural = "s" if len(cls.abstract) > 1 else ""
        message = f"Can't instantiate abstract class {cls.name} without an implementation for abstract method{plural} {names}"
        raise machine.error("TypeError", message)
    machine.take_objects(1)
    instance = cls.host(cls)
    init = lookup(cls, "__init__")
    if init is OBJECT.names["__init__"]:
        if args or kwargs:
            raise machine.error("TypeError", f"{cls.name}() takes no arguments")
        return instance
    if type(init) is Function:
        frame = bind(machine, init, (instance, *args), kwargs)
        frame.instance = instance
        if frame.code.generator:
            raise machine.error("TypeError", "__init__() should return None, not 'generator'")
        return frame
    return _initialise(machine, instance, init, args, kwargs)


def _initialise(machine: Machine, instance: Instance, init: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Result:
    result = call(machine, init, (instance, *args), kwargs)
    if type(result) is GeneratorType or type(result) is Frame:
        return _initialise_later(machine, instance, result)
    if isinstance(result, Unknown):
        machine.make_unread(instance, result)
        return result  # what was made of something unknown is unknown itself
    return instance


def _initialise_later(machine: Machine, instance: Instance, task: Result) -> Task:
    result = yield task
    if isinstance(result, Unknown):
        machine.make_unread(instance, result)
        return result  # what was made of something unknown is unknown itself
    return instance


def _make_by_new(machine: Machine, cls: Class, new: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Result:
    """By `__new__` of the class or of a built-in one above it, then `__init__` where that gave an object of the class."""
    if isinstance(new, StaticMethod):
        new = new.function
    made = call(machine, new, (cls, *args), kwargs)
    if type(made) is not GeneratorType and type(made) is not Frame and not isinstance(made, Instance):
        return made
    return _make_later(machine, cls, made, args, kwargs)


def _make_later(machine: Machine, cls: Class, made: Result, args: Sequence[Value], kwargs: dict[str, Value]) -> Task:
    value = yield made
    if isinstance(value, Instance) and value.cls.is_a(cls) and value.unread is None:
        init = lookup(value.cls, "__init__")
        if init is not OBJECT.names["__init__"]:
            return (yield _initialise(machine, value, init, args, kwargs))
    return value


def bind_comprehension(machine: Machine, function: Function, source: Value) -> Frame:
    """The frame of a comprehension over the iterator of its first for."""
    code = function.code
    if not code.instructions:
        code.complete(code)
    cells = function.cells
    if code.cells:
        cells = {**cells, **{name: Cell() for name in code.cells}}
    return Frame(code, function.module, {".0": source}, cells, function)
