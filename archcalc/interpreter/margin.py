"""Names at the margin of a file, and the values that a person states for them: `--set num_labels=10`.

A size that hangs on data nobody reads can be said so: where the program assigns the name, the value stated takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from archcalc.interpreter.importing import Imports
from archcalc.interpreter.unread import unknown_in
from archcalc.interpreter.values import UNSET, Module, UnknownFault, Value
from archcalc.text.faults import Fault, SpecError, suggestions
from archcalc.text.source import Source

NETWORKS = ("net", "model", "network")  # names of what is meant, where several networks are made
MOST_NAMES = 4  # names that are tried for one fault
MOST_SET = 4  # names that one advice sets
MOST_STEPS = 300_000  # steps after which nothing more is tried
TRIED = ("10", "100", "224")  # what is typed for a size in a trial

# The imports of a reading with values stated, and the fault that it ends with.
Reading = Callable[[Mapping[str, str]], tuple[Imports | None, SpecError | None]]


def value_of(text: str) -> int | float | str:
    """A value that was set, as a number where it is one."""
    try:
        return int(text) if text.lstrip("+-").isdecimal() else float(text)
    except ValueError:
        return {"true": True, "false": False}.get(text.lower(), text)


def stated(settings: Mapping[str, str]) -> dict[str, Value]:
    """The values stated, as a program has them: numbers and words."""
    return {
        n: None if text.lower() == "none" else value_of(text) for n, text in settings.items() if text[:1] not in ("[", "(", "{")
    }


def taken(module: Module) -> list[str]:
    """The names among those stated that the file assigns, and that have the value stated."""
    return [n for n, v in module.stated.items() if n in module.assigned and module.names.get(n, UNSET) is v]


def settable(module: Module) -> list[str]:
    """The names that the file assigns at its margin, and that are numbers, words or not known."""
    names = [n for n in module.assigned if n.isidentifier()]
    return [n for n in names if isinstance(v := module.names.get(n), int | float | str) or unknown_in(v) is not None]


def numbers(module: Module) -> dict[str, int | float]:
    """The names at the margin that are numbers."""
    found: dict[str, int | float] = {}
    for name in module.assigned:
        value = module.names.get(name)
        if type(value) is int or type(value) is float:
            found[name] = value
    return found


def demand(source: Source, module: Module, names: Mapping[str, str]) -> None:
    """Refuses what was set of names that the file does not assign at its margin, or is neither a number nor a word."""
    if names:
        raise SpecError([_refusal(name, text, source, module) for name, text in names.items()])


def _refusal(name: str, text: str, source: Source, module: Module) -> Fault:
    if name in module.assigned and name not in module.stated:
        message = f"--set {name}={text[:40]}: a name at the margin of {source.name} takes a number or a word"
        return Fault(message, repairs=[f"--set {name}=10"])
    known = settable(module)
    has = f"; it assigns {', '.join(known[:6])}{' …' if len(known) > 6 else ''}" if known else ""
    message = f"--set {name}: {source.name} assigns no such name at its margin{has}"
    return Fault(message, repairs=near_of(name, text, module) or ["the command without --set"])


def near_of(name: str, text: str, module: Module) -> list[str]:
    """What to type where a name that is not there was set to a text."""
    return [f"--set {n}={text[:40]}" for n in suggestions(name, settable(module))]


def said(module: Module) -> Iterator[str]:
    """What is said of every name whose value was stated."""
    for name in taken(module):
        places = list(module.assigned[name].values())
        lines = [f"`{p.places.lines[p.line - 1].strip()[:60]}` in {p.places.named(p.line)}" for p in places[:3]]
        yield f"{name} = {module.stated[name]}, by --set; the file has {', '.join(lines)}{' …' if len(places) > 3 else ''}"


def advise(
    error: SpecError, cause: SpecError, source: Source, imports: Imports, settings: Mapping[str, str], read: Reading
) -> None:
    """Puts in front of what a fault advises the names at the margin to set, where the network is read with them.

    `cause` is the fault that ended the reading of `imports`, and `error` what is said of it. A name that was set and stands
    nowhere in the file is a fault of its own, and so is a list.
    """
    module = imports.modules.get(imports.first)
    if not isinstance(cause, UnknownFault) or not isinstance(module, Module):
        return
    wrong = [
        _refusal(name, text, source, module)
        for name, text in settings.items()
        if (name not in module.stated if name in module.assigned else not re.search(rf"\b{re.escape(name)}\b", source.text))
    ]
    if wrong:
        error.faults[:0] = wrong
        return
    found: dict[str, str] = {}
    spent = [0]
    fault: SpecError | None = cause
    while isinstance(fault, UnknownFault) and len(found) < MOST_SET:
        step = _step(fault, imports, {**settings, **found}, read, spent)
        if step is None:
            return
        name, value, after, fault = step
        found[name] = value
        if fault is None or any(r.startswith("--input") for r in fault.faults[0].repairs):
            repair = " ".join(f"--set {n}={v}" for n, v in found.items())
            error.faults[0].repairs = [repair, *error.faults[0].repairs]
            return
        imports = after


def _step(
    fault: UnknownFault, imports: Imports, settings: Mapping[str, str], read: Reading, spent: list[int]
) -> tuple[str, str, Imports, SpecError | None] | None:
    """A name to set, its value, and the reading with it: one that ends well, or else at another thing that is not known."""
    further = None
    for name in _candidates(fault, imports):
        for value in TRIED:
            if spent[0] > MOST_STEPS:
                return further
            after, ended = read({**settings, name: value})
            if after is None:
                break
            spent[0] += after.machine.budget.spent["steps"]
            if ended is None or any(r.startswith("--input") for r in ended.faults[0].repairs):
                return name, value, after, ended
            if isinstance(ended, UnknownFault):
                if further is None and _told(ended) != _told(fault):
                    further = (name, value, after, ended)
                break  # another size does not help
    return further


def _told(fault: SpecError) -> tuple[str, str]:
    first = fault.faults[0]
    return first.message, str(first.span)


def _candidates(fault: UnknownFault, imports: Imports) -> list[str]:
    """The names at the margin that are not known and that a fault hangs on, the later before the earlier: first those that are in
    its line, or in that of what caused it, then those that have the value it met."""
    module = imports.modules.get(imports.first)
    if not isinstance(module, Module):
        return []
    names = [n for n in module.assigned if n not in NETWORKS and unknown_in(module.names.get(n)) is not None]
    words: set[str] = set()
    causes = []
    cause: UnknownFault | None = fault
    while cause is not None:
        causes.append(cause.unknown)
        for span in [f.span for f in cause.faults if f.span is not None]:
            words |= set(re.findall(r"\w+", span.source.line(span.line)))
        cause = cause.unknown.cause
    mentioned = [n for n in reversed(names) if n in words]
    same = [n for n in reversed(names) if any(unknown_in(module.names[n]) is one for one in causes)]
    return list(dict.fromkeys([*mentioned, *same]))[:MOST_NAMES]
