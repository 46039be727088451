"""re, as names and block strings are taken apart with it: Python's own engine, held to patterns that cannot run away.

A pattern is at most 200 characters; a repeat inside a repeat, a reference to a group and a look around are refused, since they
are what makes matching take time without end. What is left takes about length^(repeats + 1) tries for each way its choices
make, which is drawn from the budget before it is run. So the engine of the host is safe here, and means what Python means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from archcalc.interpreter.values import Class, Dict, Instance, List, Module, Native, Result, Value, host_class

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

LONGEST_PATTERN, LONGEST_TEXT = 200, 20_000
RE = Module("re")
RE.names.update(
    {"IGNORECASE": 2, "I": 2, "MULTILINE": 8, "M": 8, "DOTALL": 16, "S": 16, "VERBOSE": 64, "X": 64, "ASCII": 256, "A": 256}
)
_STEPS_OF_A_TRY = 50  # characters that are matched in the time of one step of a program


class Compiled(Instance):
    """A pattern: the host's own, how many repeats stand in it, and how many ways its choices make."""

    __slots__ = ("pattern", "repeats", "ways")

    def __init__(self, cls: Class) -> None:
        super().__init__(cls)
        self.pattern: re.Pattern[str] = re.compile("")
        self.repeats = 0
        self.ways = 1


class Found(Instance):
    """A match."""

    __slots__ = ("match",)

    def __init__(self, cls: Class) -> None:
        super().__init__(cls)
        self.match: re.Match[str] | None = None


PATTERN = host_class("Pattern", Compiled, module="re")
MATCH = host_class("Match", Found, module="re")
RE.names.update({"Pattern": PATTERN, "Match": MATCH})


def _cost(machine: Machine, parts: Iterable[Any], inside: bool = False) -> tuple[int, int]:
    """How many repeats a parsed pattern has, and how many ways its choices make. Raises the fault of what has no such bound."""
    repeats, ways = 0, 1
    for op, argument in parts:
        name = str(op)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, high, inner = int(argument[0]), int(argument[1]), argument[2]
            if high != low and inside:
                raise machine.fault("a repeat inside a repeat may take time without end, and is not read", "a pattern without it")
            if low > 200:
                raise machine.fault(f"{low} repeats of a pattern; the most is 200", "fewer repeats")
            repeats += high != low and high > 1
            ways *= 2 if (low, high) == (0, 1) else 1
            more, others = _cost(machine, inner, inside or high > 1)
            repeats, ways = repeats + more, ways * others
        elif name == "SUBPATTERN":
            more, others = _cost(machine, argument[-1], inside)
            repeats, ways = repeats + more, ways * others
        elif name == "BRANCH":
            if inside:
                raise machine.fault("a choice inside a repeat may take time without end, and is not read", "a class: [ab]")
            costs = [_cost(machine, branch, inside) for branch in argument[1]]
            repeats, ways = repeats + sum(n for n, _ in costs), ways * sum(n for _, n in costs)
        elif name in ("GROUPREF", "GROUPREF_EXISTS", "ASSERT", "ASSERT_NOT", "ATOMIC_GROUP"):
            raise machine.fault("a pattern that looks around or back is not read", "a pattern without it")
    return repeats, ways


def _parser() -> object:
    """Python's own parser of patterns, which moved in 3.11."""
    import importlib

    return importlib.import_module("re._parser" if hasattr(re, "_parser") else "sre_parse")


def _pattern(machine: Machine, pattern: Value, flags: Value = 0) -> Compiled:
    if isinstance(pattern, Compiled):
        return pattern
    if not isinstance(pattern, str):
        raise machine.error("TypeError", "first argument must be string or compiled pattern")
    if len(pattern) > LONGEST_PATTERN:
        raise machine.fault(f"a pattern of {len(pattern):,} characters; the most is {LONGEST_PATTERN}", "a shorter pattern")
    if not isinstance(flags, int) or flags & ~0b101011010:
        raise machine.fault("these flags of re are not read", "flags=0")
    machine.take_objects(1)
    machine.work(20 * len(pattern) + 100)
    made = Compiled(PATTERN)
    try:
        made.pattern = re.compile(pattern, flags)
        parsed: Any = (
            re._parser.parse(pattern, flags) if hasattr(re, "_parser") else __import__("sre_parse").parse(pattern, flags)
        )
    except (re.error, OverflowError, RecursionError) as error:
        raise machine.error("ValueError", f"{error}") from None
    made.repeats, made.ways = _cost(machine, parsed)
    return made


def _text(machine: Machine, made: Compiled, text: Value) -> str:
    """The text, once what looking through it may cost has been drawn."""
    if not isinstance(text, str):
        raise machine.error("TypeError", f"expected string or bytes-like object, got '{machine.class_of(text).name}'")
    if len(text) > LONGEST_TEXT:
        raise machine.fault(f"a pattern on a text of {len(text):,} characters; the most is {LONGEST_TEXT:,}", "a shorter text")
    machine.work(made.ways * (len(text) + 1) ** (made.repeats + 1) // _STEPS_OF_A_TRY + 10)
    return text


def _found(machine: Machine, match: re.Match[str] | None) -> Value:
    if match is None:
        return None
    machine.take_objects(1)
    made = Found(MATCH)
    made.match = match
    return made


def _listed(machine: Machine, values: list[Any]) -> List:
    """A list of texts and tuples of texts."""
    machine.take_items(len(values))
    machine.take_characters(sum(len(part) for v in values for part in (v if isinstance(v, tuple) else (v,)) if part))
    return List(values)


Function = Callable[..., Result]


def _search(name: str, host: Callable[[re.Pattern[str], str], Any], give: Callable[[Machine, Any], Value]) -> None:
    def of_module(machine: Machine, pattern: Value, string: Value, flags: Value = 0) -> Result:
        made = _pattern(machine, pattern, flags)
        return give(machine, host(made.pattern, _text(machine, made, string)))

    def of_pattern(machine: Machine, self: Compiled, string: Value) -> Result:
        return give(machine, host(self.pattern, _text(machine, self, string)))

    RE.names[name] = Native(name, of_module, binds=False)
    PATTERN.names[name] = Native(f"Pattern.{name}", of_pattern)


_search("match", lambda p, text: p.match(text), _found)
_search("fullmatch", lambda p, text: p.fullmatch(text), _found)
_search("search", lambda p, text: p.search(text), _found)
_search("findall", lambda p, text: p.findall(text), _listed)
_search("finditer", lambda p, text: list(p.finditer(text)), lambda machine, found: List([_found(machine, m) for m in found]))


@RE.function()
def split(machine: Machine, pattern: Value, string: Value, maxsplit: int = 0, flags: Value = 0) -> Result:
    made = _pattern(machine, pattern, flags)
    return _listed(machine, made.pattern.split(_text(machine, made, string), maxsplit))


@PATTERN.method("split")
def split_by(machine: Machine, self: Compiled, string: Value, maxsplit: int = 0) -> Result:
    return _listed(machine, self.pattern.split(_text(machine, self, string), maxsplit))


@RE.function()
def sub(machine: Machine, pattern: Value, repl: Value, string: Value, count: int = 0, flags: Value = 0) -> Result:
    return sub_by(machine, _pattern(machine, pattern, flags), repl, string, count)


@PATTERN.method("sub")
def sub_by(machine: Machine, self: Compiled, repl: Value, string: Value, count: int = 0) -> Result:
    text = _text(machine, self, string)
    if not isinstance(repl, str):
        raise machine.fault("re.sub with a function is not read", "the text that stands instead")
    # At most one match a character and one at the end, each with the whole text for every group it names.
    machine.take_characters((len(text) + 1) * (len(repl) + 1) + len(text) * (1 + repl.count("\\")))
    try:
        return self.pattern.sub(repl, text, count)
    except (re.error, IndexError) as error:
        raise machine.error("ValueError", f"{error}") from None


@RE.function("compile")
def compiled(machine: Machine, pattern: Value, flags: Value = 0) -> Result:
    return _pattern(machine, pattern, flags)


@RE.function()
def escape(machine: Machine, pattern: str) -> Result:
    machine.take_characters(2 * len(pattern))
    return re.escape(pattern)


@PATTERN.getter("pattern")
def written(machine: Machine, self: Compiled) -> Result:
    return self.pattern.pattern


def _of(machine: Machine, self: Found, group: Value) -> str | None:
    assert self.match is not None
    if isinstance(group, bool) or not isinstance(group, int | str):
        raise machine.error("IndexError", "no such group")
    try:
        found = self.match.group(group)
    except IndexError:
        raise machine.error("IndexError", "no such group") from None
    machine.take_characters(len(found or ""))
    return found


@MATCH.method("group", "__getitem__")
def group(machine: Machine, self: Found, *groups: Value) -> Result:
    found = [_of(machine, self, g) for g in groups or (0,)]
    return found[0] if len(found) == 1 else tuple(found)


@MATCH.method()
def groups(machine: Machine, self: Found, default: Value = None) -> Result:
    assert self.match is not None
    machine.take_items(len(self.match.groups()))
    return tuple(default if g is None else g for g in self.match.groups())


@MATCH.method()
def groupdict(machine: Machine, self: Found, default: Value = None) -> Result:
    assert self.match is not None
    return Dict({k: default if v is None else v for k, v in self.match.groupdict().items()})


def _places(name: str) -> None:
    def place(machine: Machine, self: Found, group: Value = 0) -> Result:
        _of(machine, self, group)
        assert self.match is not None
        found: Value = getattr(self.match, name)(group)
        return found

    MATCH.method(name)(place)


for _name in ("start", "end", "span"):
    _places(_name)


@MATCH.method("__repr__", "__str__")
def shown(machine: Machine, self: Found) -> Result:
    assert self.match is not None
    return f"<re.Match object; span={self.match.span()}, match={self.match.group()[:50]!r}>"
