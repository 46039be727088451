"""str, repr, and format, each character drawn from the budget before it is made. No template of a text reaches Python's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from archcalc.interpreter.code import Function, Generator
from archcalc.interpreter.iteration import Iterator, set_order
from archcalc.interpreter.values import (
    UNSET,
    Class,
    Dict,
    ExceptionObject,
    FrozenSet,
    Holder,
    Instance,
    List,
    Method,
    Module,
    Native,
    NotImplementedValue,
    Result,
    Set,
    Task,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

_PLAIN = frozenset({int, float, bool, type(None), str})
_SPEC = re.compile(r"(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d{1,18})?([,_])?(?:\.(\d{1,18}))?([a-zA-Z%])?", re.S)
_MOST_DIGITS = 400


def text(machine: Machine, value: Value) -> Result:
    """`str(value)`."""
    if type(value) is str:
        return value
    if isinstance(value, Instance) and value.unread is None:
        method = machine.special(value, "__str__")
        if method is not UNSET:
            return _checked(machine, machine.call(method), "__str__")
        if isinstance(value, ExceptionObject):
            return exception_text(machine, value)
        if isinstance(value, Holder) and isinstance(value.payload, str) and machine.special(value, "__repr__") is UNSET:
            return value.payload
    return written(machine, value)


def _checked(machine: Machine, result: Result, name: str) -> Result:
    return result if isinstance(result, str | Unknown) else _check(machine, result, name)


def _check(machine: Machine, result: Result, name: str) -> Task:
    value = yield result
    if not isinstance(value, str | Unknown):
        raise machine.error("TypeError", f"{name} returned non-string (type {machine.class_of(value).name})")
    return value


def exception_text(machine: Machine, value: ExceptionObject) -> Result:
    if not value.args:
        return ""
    if len(value.args) == 1:
        return written(machine, value.args[0]) if value.cls.is_a(machine.builtin("KeyError")) else text(machine, value.args[0])
    return written(machine, value.args)


def written(machine: Machine, value: Value) -> Result:
    """`repr(value)`."""
    kind = type(value)
    if kind in _PLAIN:
        if kind is str:
            machine.take_characters(len(cast(str, value)))
        return repr(value)
    if unknown := machine.unknown_in(value):
        return unknown
    if isinstance(value, Instance):
        method = machine.special(value, "__repr__")
        if method is not UNSET:
            return _checked(machine, machine.call(method), "__repr__")
        if isinstance(value, ExceptionObject):
            return exception_written(machine, value)
        if isinstance(value, Holder):
            return _holder(machine, value)
        return f"<{_qualified(value.cls)} object>"
    if kind in (List, tuple, Dict, Set, FrozenSet, slice):
        return _container(machine, value)
    return _other(machine, value)


def _qualified(cls: Class) -> str:
    name = cls.names.get("__qualname__", cls.name)
    return f"{cls.module}.{name}" if cls.module and cls.module != "builtins" else str(name)


def exception_written(machine: Machine, value: ExceptionObject) -> Task:
    if len(value.args) == 1:
        inner = yield written(machine, value.args[0])
        return inner if isinstance(inner, Unknown) else f"{value.cls.name}({inner})"
    inner = yield written(machine, value.args)
    return inner if isinstance(inner, Unknown) else f"{value.cls.name}{inner}"


def _holder(machine: Machine, value: Holder) -> Task:
    inner = yield written(machine, value.payload)
    if isinstance(value.payload, Set) and isinstance(inner, str):
        return f"{value.cls.name}({inner if value.payload else ''})"
    return inner


def _container(machine: Machine, value: Value) -> Task:
    if id(value) in machine.writing:
        return "[...]" if isinstance(value, List) else "{...}" if isinstance(value, dict) else "(...)"
    machine.writing.add(id(value))
    try:
        return (yield _inside(machine, value))
    finally:
        machine.writing.discard(id(value))


def _inside(machine: Machine, value: Value) -> Task:
    parts: list[str] = []
    if isinstance(value, slice):
        value, opening, closing = (value.start, value.stop, value.step), "slice(", ")"
    elif isinstance(value, Set):
        if not value:
            return "frozenset()" if type(value) is FrozenSet else "set()"
        opening, closing = ("frozenset({", "})") if type(value) is FrozenSet else ("{", "}")
        value = tuple(set_order(value))
    elif isinstance(value, Dict):
        opening, closing = "{", "}"
    else:
        opening, closing = (
            ("[", "]") if isinstance(value, List) else ("(", ",)" if len(cast("tuple[Value, ...]", value)) == 1 else ")")
        )
    items: list[Value] = list(value.items()) if isinstance(value, Dict) else list(cast(List, value))
    for item in items:
        if isinstance(value, Dict):
            name, held = cast("tuple[Value, Value]", item)
            left = yield written(machine, name)
            right = yield written(machine, held)
            part: Value = left if isinstance(left, Unknown) else right if isinstance(right, Unknown) else f"{left}: {right}"
        else:
            part = yield written(machine, item)
        if isinstance(part, Unknown):
            return part
        machine.take_characters(len(cast(str, part)) + 2)
        parts.append(cast(str, part))
    return f"{opening}{', '.join(parts)}{closing}"


def _other(machine: Machine, value: Value) -> str:
    if isinstance(value, Class):
        return f"<class '{_qualified(value)}'>"
    if isinstance(value, Function):
        return f"<function {value.qualified}>"
    if isinstance(value, Native):
        return f"<function {value.name.rpartition('.')[2]}>"
    if isinstance(value, Method):
        return f"<bound method {getattr(value.function, 'qualified', getattr(value.function, 'name', ''))}>"
    if isinstance(value, Module):
        return f"<module '{value.name}'>"
    if isinstance(value, NotImplementedValue):
        return "NotImplemented"
    if isinstance(value, Generator):
        return f"<generator object {value.name}>"
    if isinstance(value, range):
        return repr(value)
    if value is ...:
        return "Ellipsis"
    if isinstance(value, Iterator):
        return f"<{value.kind} object>"
    return f"<{machine.class_of(value).name} object>"


def formatted(machine: Machine, value: Value, spec: Value, conversion: int = -1) -> Result:
    """A value as an f-string or `format` writes it: `!r` and the like first, then the format specification."""
    if isinstance(spec, Unknown):
        return spec
    if unknown := machine.unknown_in(value):
        return unknown
    assert isinstance(spec, str)
    if conversion == -1 and type(value) in _PLAIN:
        if not spec:
            return value if type(value) is str else str(value)
        return plain(machine, value, spec)
    return _format_later(machine, value, spec, conversion)


def _format_later(machine: Machine, value: Value, spec: str, conversion: int) -> Task:
    if conversion in (ord("r"), ord("a")):
        value = yield written(machine, value)
    elif conversion == ord("s"):
        value = yield text(machine, value)
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance):
        method = machine.special(value, "__format__")
        if method is not UNSET:
            return (yield machine.call(method, spec))
        if isinstance(value, Holder) and type(value.payload) in _PLAIN and machine.special(value, "__str__") is UNSET:
            value = value.payload
    if type(value) in _PLAIN and value is not None and (spec or type(value) is str):
        return plain(machine, value, spec) if spec else value
    if spec:
        raise machine.error("TypeError", f"unsupported format string passed to {machine.class_of(value).name}.__format__")
    return (yield text(machine, value))


def plain(machine: Machine, value: Value, spec: str) -> str:
    """A number or string by a format specification, whose width and precision are bounded first."""
    if value is None:
        raise machine.error("TypeError", "unsupported format string passed to NoneType.__format__")
    found = _SPEC.fullmatch(spec)
    kind = machine.class_of(value).name
    if not found:
        raise machine.error("ValueError", f"Invalid format specifier '{spec[:100]}' for object of type '{kind}'")
    width, precision = int(found[7] or 0), int(found[9] or 0)
    if type(value) is str:
        machine.take_characters(max(width, len(value)))
    else:
        machine.take_characters(width)
        if precision > _MOST_DIGITS:
            raise machine.fault(f"a precision of {precision:,} digits; the most is {_MOST_DIGITS}", "a smaller precision")
        if found[10] == "n":
            raise machine.fault(f"the format '{found[10]}' is not read", "`d`")
    try:
        return format(value, spec)
    except (ValueError, TypeError, OverflowError) as error:
        raise machine.host_error(error) from None


_PERCENT = re.compile(r"%(?:\((\w{0,100})\))?([-+ #0]*)(\*|\d{1,18})?(?:\.(\*|\d{1,18}))?[hlL]?(.)", re.S)


def percent(machine: Machine, template: str, value: Value) -> Task:
    """`template % value`."""
    machine.take_characters(len(template))
    single = not isinstance(value, tuple)
    arguments: list[Value] = [value] if single else list(cast("tuple[Value, ...]", value))
    used = 0
    parts: list[str] = []
    end = 0
    named = False
    for found in _PERCENT.finditer(template):
        before = template[end : found.start()]
        if "%" in before:
            raise machine.error("ValueError", "unsupported format character")
        parts.append(before)
        end = found.end()
        name, flags, width, precision, letter = found.groups()
        if letter == "%":
            parts.append("%")
            continue
        if name is not None:
            named = True
            argument = yield machine.index(value, name)
        else:
            stars = []
            for star in (width, precision):
                if star == "*":
                    if used >= len(arguments):
                        raise machine.error("TypeError", "not enough arguments for format string")
                    stars.append(arguments[used])
                    used += 1
            if any(type(star) is not int for star in stars):
                raise machine.error("TypeError", "* wants int")
            numbers = iter(cast("list[int]", stars))
            width = str(next(numbers)) if width == "*" else width
            precision = str(next(numbers)) if precision == "*" else precision
            if used >= len(arguments):
                raise machine.error("TypeError", "not enough arguments for format string")
            argument = arguments[used]
            used += 1
        if unknown := machine.unknown_in(argument):
            return unknown
        part = yield _percent_part(machine, argument, flags, width, precision, letter)
        if isinstance(part, Unknown):
            return part
        parts.append(cast(str, part))
    rest = template[end:]
    if "%" in rest:
        raise machine.error("ValueError", "incomplete format")
    if not named and used < len(arguments) and not (single and _is_mapping(machine, value)):
        raise machine.error("TypeError", "not all arguments converted during string formatting")
    parts.append(rest)
    machine.take_characters(sum(map(len, parts)))
    return "".join(parts)


def _is_mapping(machine: Machine, value: Value) -> bool:
    """Whether `%` may take named parts of a value, and so need not use it."""
    return not isinstance(value, str) and machine.special(value, "__getitem__") is not UNSET


def _percent_part(machine: Machine, value: Value, flags: str, width: str | None, precision: str | None, letter: str) -> Task:
    wide, digits = int(width or 0), int(precision or 0)
    machine.take_characters(abs(wide))
    if digits > _MOST_DIGITS and letter not in "sra":
        raise machine.fault(f"a precision of {digits:,} digits; the most is {_MOST_DIGITS}", "a smaller precision")
    if letter in "sra":
        value = yield (text if letter == "s" else written)(machine, value)
        if isinstance(value, Unknown):
            return value
        letter = "s"
    elif isinstance(value, Holder):
        value = value.payload
    if letter not in "sdiouxXeEfFgGc":
        raise machine.error("ValueError", f"unsupported format character '{letter}' (0x{ord(letter):x})")
    if letter != "s" and type(value) not in (int, float, bool) and not (letter == "c" and type(value) is str):
        name = machine.class_of(value).name
        wants = "a real number is required" if letter in "diu" else "an integer is required" if letter in "oxX" else ""
        wants = wants or ("must be real number" if letter != "c" else "%c requires int or char")
        raise machine.error(
            "TypeError", f"%{letter} format: {wants}, not {name}" if letter in "diuoxX" else f"{wants}, not {name}"
        )
    dot = f".{digits}" if precision is not None else ""
    try:
        # Only a template of our own making reaches Python: flags, a bounded width, a bounded precision, one letter.
        return f"%{flags}{wide or ''}{dot}{letter}" % (value,)
    except (ValueError, TypeError, OverflowError) as error:
        raise machine.host_error(error) from None


_FIELD = re.compile(r"\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}|[{}]")
_PATH = re.compile(r"\.([A-Za-z_]\w*)|\[([^\[\]]*)\]")


def braces(machine: Machine, template: str, args: list[Value], kwargs: dict[str, Value], inner: bool = False) -> Task:
    """`template.format(…)`: fields by number, name, attribute and index; no name that begins with two underscores."""
    machine.take_characters(len(template))
    parts: list[str] = []
    end = 0
    counter = 0
    for found in _FIELD.finditer(template):
        parts.append(template[end : found.start()])
        end = found.end()
        mark = found[0]
        if mark in ("{{", "}}"):
            parts.append(mark[0])
            continue
        if mark in ("{", "}"):
            word = "Single '}' encountered in format string" if mark == "}" else "expected '}' before end of string"
            raise machine.error("ValueError", word)
        name, conversion, spec = found[1], found[2], found[3] or ""
        if name == "" or name[:1] in ".[":
            name, counter = f"{counter}{name}", counter + 1
        value = yield _field(machine, name, args, kwargs)
        if "{" in spec:
            if inner:
                raise machine.error("ValueError", "Max string recursion exceeded")
            for _ in range(spec.count("{}")):
                spec, counter = spec.replace("{}", f"{{{counter}}}", 1), counter + 1
            spec = yield braces(machine, spec, args, kwargs, True)
        part = yield formatted(machine, value, spec, ord(conversion) if conversion else -1)
        if isinstance(part, Unknown):
            return part
        parts.append(cast(str, part))
        machine.take_characters(len(cast(str, part)))
    parts.append(template[end:])
    return "".join(parts)


def _field(machine: Machine, name: str, args: list[Value], kwargs: dict[str, Value]) -> Task:
    head = re.match(r"[^.\[]*", name)
    first = head[0] if head else ""
    if first.isdecimal():
        if len(first) > 6 or int(first) >= len(args):
            raise machine.error("IndexError", f"Replacement index {first[:20]} out of range for positional args tuple")
        value = args[int(first)]
    else:
        if first not in kwargs:
            raise machine.error("KeyError", first)
        value = kwargs[first]
    at = len(first)
    while at < len(name):
        found = _PATH.match(name, at)
        if not found:
            raise machine.error("ValueError", "Only '.' or '[' may follow ']' in format field specifier")
        at = found.end()
        if found[1] is not None:
            if found[1][:2] == "__":
                raise machine.fault(f"{found[1]} in a format looks into Python itself, which is not read", "the value itself")
            value = yield machine.get(value, found[1])
        else:
            key: Value = int(found[2]) if found[2].isdecimal() and len(found[2]) < 10 else found[2]
            value = yield machine.index(value, key)
    return value
