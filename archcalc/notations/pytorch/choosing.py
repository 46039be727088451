"""Which network of a file is meant: the one asked for, or the one that nothing else in the file uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from archcalc.interpreter import margin
from archcalc.interpreter.code import Function
from archcalc.interpreter.machine import Machine
from archcalc.interpreter.signature import Signature
from archcalc.interpreter.values import UNSET, Class, ClassMethod, List, Module, Native, StaticMethod, Unknown, Value
from archcalc.notations.pytorch.vocabulary.modules import MODULE
from archcalc.notations.pytorch.vocabulary.objects import ModuleObject
from archcalc.text.faults import Fault, SpecError, suggestions
from archcalc.text.source import Source, Span

_BLOCK = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)", re.M)
_WORD = re.compile(r"[A-Za-z_]\w*")


class Meant(NamedTuple):
    """What a network is to a system: its objects and those that may be asked for; its class and that of its parts; the method
    that runs it, those that run nothing, and what makes one in a function. In words the system, a line that is one, one of a
    list, and the name that is to be given."""

    host: type[ModuleObject]
    whole: type[ModuleObject]
    base: Class
    part: Class
    method: str
    idle: tuple[Value, ...]
    makes: re.Pattern[str]
    system: str
    example: str
    several: str
    name: str


TORCH = Meant(
    ModuleObject,
    ModuleObject,
    MODULE,
    MODULE,
    "forward",
    (MODULE.names["forward"],),
    re.compile(r"return\s+(?:torch\.)?nn\.\w+\("),
    "PyTorch",
    "net = nn.Sequential(nn.Linear(784, 10))",
    "net = nn.Sequential(*{})",
    "the name of a class of the file that is an nn.Module",
)


class NoNetwork(SpecError):
    """The fault of a file in which no network is made, and what is in it."""

    def __init__(self, fault: Fault, module: Module) -> None:
        super().__init__([fault])
        self.module = module


class Entry(NamedTuple):
    """What can be asked for: its name, the value, what it needs, what may be given."""

    name: str
    value: Value
    needs: tuple[str, ...]
    shown: str


def chosen(machine: Machine, module: Module, source: Source, asked: str, meant: Meant = TORCH) -> tuple[ModuleObject, str]:
    """The network meant, made, and what to call it. Raises SpecError."""
    if asked:
        return _asked(machine, module, source, asked, meant)
    made = _made(module, meant)
    roots = _outermost(made)
    for name in margin.NETWORKS:
        if isinstance(module.names.get(name), Unknown):
            unknown = module.names[name]
            assert isinstance(unknown, Unknown)
            fault = unknown.fault(f"`{name}` is not known", unknown.place.span() if unknown.place else None)
            if (first := unknown.first()) is not None and first.span is not None:
                fault.faults[0].message = f"`{name}` is not known: {first.message}"
                fault.faults[0].span, fault.faults[0].repairs = first.span, first.repairs
            others = [f"{source.name}:{other}" for other in roots] or _asks(source, tops(module, source, meant))
            fault.faults[0].repairs = [*others[:3], *fault.faults[0].repairs]
            raise fault
        if name in roots:
            return roots[name], name
    if len(roots) == 1:
        return next((value, name) for name, value in roots.items())
    if len(roots) > 1:
        names = list(roots)
        span = roots[names[1]].place
        message = f"several networks are made here: {', '.join(names[:6])}"
        raise SpecError([Fault(message, span.span() if span else None, repairs=[f"{source.name}:{names[0]}"])])
    entries = tops(module, source, meant)
    if len(entries) == 1:
        return make(machine, source, entries[0], meant), entries[0].name
    if not entries:
        raise NoNetwork(_nothing(source, module, meant), module)
    raise SpecError([ambiguous(source, entries)])


def _asked(machine: Machine, module: Module, source: Source, asked: str, meant: Meant) -> tuple[ModuleObject, str]:
    name = asked.strip()
    if name.isidentifier() and name not in module.names:
        known = [e.name for e in every(module, source, meant)]
        near = suggestions(name, known, 3) or known[:6]
        raise SpecError(
            [
                Fault(
                    f"{source.name} has no network '{name}'",
                    repairs=[f"{source.name}:{n}" for n in near] or [meant.name],
                )
            ]
        )
    value = machine.evaluate(Source(f"{source.name}:{name}", name), module)
    if isinstance(value, Class | Function) and not isinstance(value, meant.whole):
        entry = _entry(name, value)
        value = make(machine, source, entry, meant)
    if isinstance(value, Unknown):
        raise value.fault(f"`{name}` is not known")
    if not isinstance(value, meant.whole):
        known = [f"{source.name}:{e.name}" for e in every(module, source, meant)][:6]
        raise SpecError([Fault(f"`{name}` is no network", repairs=known or [meant.name])])
    return value, name


def make(machine: Machine, source: Source, entry: Entry, meant: Meant) -> ModuleObject:
    """The network of a class or function, with its defaults. Raises SpecError where it needs something."""
    if entry.needs:
        values = ", ".join(f"{n}=…" for n in entry.needs)
        message = f"{entry.shown} needs {', '.join(entry.needs)}"
        place = _place(entry.value)
        raise SpecError([Fault(message, place, repairs=[f'"{source.name}:{entry.name}({values})"'])])
    value = machine.finish(machine.call(entry.value))
    if isinstance(value, Unknown):
        raise machine.fault_of(value, f"what {entry.name} makes is not known")
    if not isinstance(value, meant.whole):
        raise SpecError(
            [
                Fault(
                    f"{entry.name} makes no network",
                    _place(entry.value),
                    repairs=[meant.name],
                )
            ]
        )
    return value


def _place(value: Value) -> Span | None:
    if isinstance(value, Class) and value.place is not None:
        span = value.place.span()
        return Span(span.source, span.line, span.column, 5)
    if isinstance(value, Function) and value.code.nodes:
        return None
    return None


def _made(module: Module, meant: Meant) -> dict[str, ModuleObject]:
    """The networks that the file itself makes, by name."""
    return {str(n): v for n, v in module.names.items() if isinstance(v, meant.host)}


def _outermost(made: dict[str, ModuleObject]) -> dict[str, ModuleObject]:
    inside = {id(inner) for value in made.values() for path, inner in value.walk() if path}
    found: dict[int, tuple[str, ModuleObject]] = {}
    for name, value in made.items():
        if id(value) not in inside:
            found.setdefault(id(value), (name, value))
    return dict(found.values())


def every(module: Module, source: Source, meant: Meant) -> list[Entry]:
    """Everything in a file that is a network or makes one; parts of networks where there is none."""
    return _every(module, source, meant, meant.base) or _every(module, source, meant, meant.part)


def builders(cls: Class, meant: Meant) -> list[str]:
    """The static and class methods of a class that make a network, each as a call of it with what it needs."""
    made: dict[str, tuple[Function, str]] = {}
    for name, value in cls.names.items():
        function = value.function if isinstance(value, StaticMethod | ClassMethod) else None
        if isinstance(function, Function):
            node = function.code.node
            lines = function.code.places.lines[getattr(node, "lineno", 1) - 1 : getattr(node, "end_lineno", None)]
            made[str(name)] = (function, "\n".join(lines))
    found = {n for n, (_, text) in made.items() if meant.makes.search(text)}
    while more := {n for n, (_, text) in made.items() if n not in found and found & set(_WORD.findall(text))}:
        found |= more
    calls = []
    for name in made:
        if name in found and re.search(r"^[ \t]+return\b", made[name][1], re.M):
            needs = _entry(name, made[name][0]).needs
            needs = needs[1:] if isinstance(cls.names[name], ClassMethod) else needs
            calls.append(f"{name}({', '.join(f'{n}=…' for n in needs)})")
    return calls


def _imported(module: Module, source: Source, meant: Meant, base: Class, seen: set[str]) -> set[str]:
    """The names of a module that stand for a network, or for what makes one, in another file of the program."""
    found = set()
    seen.add(module.name)
    for name, value in module.names.items():
        if isinstance(value, Class) and value.place is not None and base in value.mro and value.place.places.source is not source:
            found.add(str(name))
        elif isinstance(value, Function) and value.code.places.source is not source and value.module.name not in seen:
            makers = _makers(value.module, value.code.places.source, meant, base, seen)
            found |= {str(name)} if value.name in makers else set()
    return found


def _makers(module: Module, source: Source, meant: Meant, base: Class, seen: set[str]) -> set[str]:
    """The names of a file that stand for a network or for a function that makes one."""
    blocks = _blocks(source.text)
    imported = _imported(module, source, meant, base, seen)
    makers = {
        str(n) for n, v in module.names.items()
        if isinstance(v, Class) and v.place is not None and v.place.places.source is source and base in v.mro
    }  # fmt: skip
    functions = [
        str(n) for n, v in module.names.items()
        if isinstance(v, Function) and v.code.places.source is source and n in blocks
        and re.search(r"^[ \t]+return\b", blocks[str(n)], re.M)
    ]  # fmt: skip
    makers |= {n for n in functions if meant.makes.search(blocks[n]) or any(_returns(blocks[n], one) for one in imported)}
    while more := {n for n in functions if n not in makers and makers & set(_WORD.findall(blocks[n]))}:
        makers |= more
    return makers


def _returns(block: str, name: str) -> bool:
    """Whether a function returns what a call of a name gives."""
    called = rf"(?:\w+\.){{0,4}}{re.escape(name)}[ \t]*\("
    if re.search(rf"\breturn[ \t]+{called}", block):
        return True
    given = re.findall(rf"(?m)^[ \t]+(\w+)[ \t]*=[ \t]*{called}", block)
    return any(re.search(rf"\breturn[ \t]+{one}\b", block) for one in given)


def _every(module: Module, source: Source, meant: Meant, base: Class) -> list[Entry]:
    blocks = _blocks(source.text)
    classes = {
        str(n): v for n, v in module.names.items()
        if isinstance(v, Class) and v.place is not None and v.place.places.source is source and base in v.mro
    }  # fmt: skip
    functions = {
        str(n): v for n, v in module.names.items()
        if isinstance(v, Function) and v.code.places.source is source and n in blocks
    }  # fmt: skip
    makers = _makers(module, source, meant, base, set())
    found = [_entry(n, v) for n, v in classes.items()]
    return found + [_entry(n, v) for n, v in functions.items() if n in makers]


def tops(module: Module, source: Source, meant: Meant) -> list[Entry]:
    """The networks that no other network of the file uses."""
    entries = every(module, source, meant)
    blocks = _blocks(source.text)
    names = {e.name for e in entries}
    used: set[str] = set()
    for entry in entries:
        used |= (set(_WORD.findall(blocks.get(entry.name, ""))) & names) - {entry.name}
    found = [e for e in entries if e.name not in used and _runs(e.value, meant)]
    return found or [e for e in entries if _runs(e.value, meant)]


def _runs(value: Value, meant: Meant) -> bool:
    """Whether a class says how it runs."""
    if not isinstance(value, Class):
        return True
    found = value.find(meant.method)
    return found is not UNSET and found not in meant.idle


def _blocks(text: str) -> dict[str, str]:
    """The text of every class and function at the margin, without comments and strings."""
    bare = re.sub(r'(?s)("""|\'\'\').*?\1', "", text)
    bare = re.sub(r"#[^\n]*|\"[^\"\n]*\"|'[^'\n]*'", "", bare)
    found = {}
    starts = list(_BLOCK.finditer(bare))
    for match in starts:
        rest = bare[match.end() :]
        end = re.search(r"^[^\s)\]]", rest.partition("\n")[2], re.M)  # a signature may close at the margin
        body = rest.partition("\n")[2][: end.start()] if end else rest.partition("\n")[2]
        found[match[1]] = rest.partition("\n")[0] + "\n" + body
    return found


def _entry(name: str, value: Value) -> Entry:
    function, skip = value, 0
    if isinstance(value, Class):
        function, skip = value.find("__init__"), 1
    signature: Signature | None = None
    defaults: tuple[Value, ...] = ()
    if isinstance(function, Function):
        signature, defaults = function.code.signature, function.defaults
    elif isinstance(function, Native):
        return Entry(name, value, (), f"{name}()")
    if signature is None:
        return Entry(name, value, (), f"{name}()")
    names = signature.names[skip:]
    count = len(signature.names) - len(defaults) - skip
    words = [n if i < count else f"{n}={_default(defaults[i - count])}" for i, n in enumerate(names)]
    only = [n for n in signature.keyword_only if n not in (function.kw_defaults if isinstance(function, Function) else {})]
    return Entry(name, value, (*names[:count], *only), f"{name}({', '.join(words)})")


def _default(value: Value) -> str:
    if isinstance(value, str | int | float | bool) or value is None:
        return repr(value)[:20]
    if isinstance(value, Class | Function):
        return value.name
    return "…"


def ambiguous(source: Source, entries: list[Entry]) -> Fault:
    """The fault of a file with several networks: what each needs, and how to ask."""
    names = ", ".join(e.name for e in entries[:8]) + (" …" if len(entries) > 8 else "")
    shown = [e.shown for e in entries[:30]]
    return Fault(f"{source.name} has {len(entries)} networks: {names}", repairs=_asks(source, entries)[:3], notes=shown)


def _asks(source: Source, entries: list[Entry]) -> list[str]:
    """How to ask for each of these; for those alone that need nothing, where there are any."""
    return [
        f"{source.name}:{e.name}" if not e.needs else f'"{source.name}:{e.name}({", ".join(f"{n}=…" for n in e.needs)})"'
        for e in [e for e in entries if not e.needs] or entries
    ]


def _nothing(source: Source, module: Module, meant: Meant) -> Fault:
    lists = [n for n, v in module.names.items() if type(v) is List and v and all(isinstance(i, ModuleObject) for i in v)]
    if lists:
        message = f"`{lists[0]}` is a list of modules, no network"
        return Fault(message, Span(source, 1, 1), repairs=[meant.several.format(lists[0])])
    message = f"read as {meant.system} source; no network is made here"
    return Fault(message, Span(source, 1, 1), repairs=[meant.example])


def called(module: Module, source: Source, settings: Mapping[str, str], meant: Meant = TORCH) -> str:
    """What is asked for with values set (`--set width_mult=0.5`): the class or function, called with its parameters among them.

    The others are names at the margin of the file, and have their values there; a name that is both has it in both. Raises
    SpecError where a value is set of what is neither.
    """
    asked = source.asked.strip()
    taken = margin.taken(module)
    others = {n: text for n, text in settings.items() if n not in taken}
    unfit = {n: text for n, text in others.items() if n in module.assigned}
    typed = ", ".join(f"{name}={_python(text, module)}" for name, text in others.items())
    first = next(iter(others), "")
    near = margin.near_of(first, others.get(first, ""), module)
    if asked and not asked.isidentifier():
        margin.demand(source, module, unfit)
        if not others:
            return asked
        inside = f"{asked[:-1]}{'' if asked.endswith('()') else ', '}{typed})" if asked.endswith(")") else f"{asked}({typed})"
        message = f"--set {first}: {source.name}:{asked} says itself what it is called with"
        raise SpecError([Fault(message, repairs=[*near, f'"{source.name}:{inside}"'])])
    if not asked:
        made = list(_outermost(_made(module, meant)))
        entries = tops(module, source, meant)
        if made:
            margin.demand(source, module, unfit)
            if entries and others:
                message = f"--set {first}: {made[0]} is made in {source.name} with what it is called with there"
                raise SpecError([Fault(message, repairs=[*near, *[f"{source.name}:{e.name}" for e in entries[:3]]])])
            margin.demand(source, module, others)
            return asked
        if len(entries) > 1:
            raise SpecError([ambiguous(source, entries)])
        if not entries:
            return asked  # what is wrong is said where a network is looked for
        asked = entries[0].name
    value = module.names.get(asked)
    if not isinstance(value, Class | Function):
        margin.demand(source, module, others)
        return asked
    signature = _signature(value)
    known = [n for n in (*signature.names, *signature.keyword_only) if n != "self"] if signature is not None else []
    for name, text in others.items():
        if name not in known and signature is not None and not signature.more:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            likely = [*margin.near_of(name, text, module), *[f"--set {n}=…" for n in suggestions(name, known) or known[:3]]]
            message = f"--set {name}: {asked} has no such parameter; {takes}"
            raise SpecError([Fault(message, repairs=likely or ["the command without --set"])])
    typed = ", ".join(f"{n}={_python(text, module)}" for n, text in settings.items() if n in others or n in known)
    return f"{asked}({typed})" if typed else source.asked.strip()


def parameters(module: Module, source: Source, meant: Meant = TORCH) -> dict[str, int | float | str]:
    """The parameters of what is asked for that are numbers or words, with their defaults; none of what is made in the file."""
    asked = source.asked.strip()
    if asked and not asked.isidentifier():
        return {}
    if not asked:
        entries = tops(module, source, meant)
        if len(entries) != 1 or _made(module, meant):
            return {}
        asked = entries[0].name
    value = module.names.get(asked)
    function = value.find("__init__") if isinstance(value, Class) else value
    if not isinstance(function, Function) or function.code.signature is None:
        return {}
    names, defaults = function.code.signature.names, function.defaults
    found = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True)) | function.kw_defaults
    return {str(n): v for n, v in found.items() if isinstance(v, int | float | str)}


def _signature(value: Class | Function) -> Signature | None:
    function = value.find("__init__") if isinstance(value, Class) else value
    return function.code.signature if isinstance(function, Function) else None


def _python(text: str, module: Module) -> str:
    """A value as Python has it: a number, a list or a name of the file as it stands, another word in quotes."""
    words = {"true": "True", "false": "False", "none": "None"}
    if text.lower() in words:
        return words[text.lower()]
    if text.isidentifier() and text not in module.names:
        return repr(text)
    return text
