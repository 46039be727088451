"""Faults in the words of the source: what Python would say, where, from where it was called, and what to type instead."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from archcalc.interpreter.values import ExceptionObject, Raised, Value
from archcalc.text.faults import Fault, SpecError, suggestions

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine
    from archcalc.interpreter.places import Place

_MOST_CALLS = 4


def called(places: list[tuple[str, Place]]) -> list[str]:
    """Notes of where the first of these places was called from, innermost first; a file is named where it is another one."""
    notes = []
    for (_, before), (name, place) in pairwise(places):
        span = place.span()
        same = place.places is before.places
        if same and place.line == before.line:
            continue
        where = span.at if same else str(span)
        notes.append(f"called at {where}" + ("" if name.startswith("<") else f" in {name}"))
    if len(notes) > _MOST_CALLS:
        notes = [*notes[:_MOST_CALLS], f"and {len(notes) - _MOST_CALLS} calls further out"]
    return notes


def described(value: Value) -> str:
    """An argument of an exception, for a message."""
    if isinstance(value, str):
        return value[:300]
    if isinstance(value, int | float | None):
        return str(value)
    return f"<{type(value).__name__.lower()}>"


def uncaught(machine: Machine, raised: Raised) -> SpecError:
    """The fault of an exception that nobody caught."""
    error = raised.value
    text = ", ".join(described(a) for a in error.args)
    message = f"{error.cls.name}: {text}" if text else error.cls.name
    trace = [(n, p) for n, p in raised.trace if p.places.source.notation != "library"]
    trace += machine.places()
    span = trace[0][1].span() if trace else None
    return SpecError(
        [Fault(message, span, repairs=[_repair(machine, error, text, trace[0][1] if trace else None)], notes=called(trace))]
    )


def _repair(machine: Machine, error: ExceptionObject, text: str, place: Place | None) -> str:
    name = error.cls.name
    if name in ("NameError", "AttributeError") and (near := _near(machine, text)):
        return near
    if name == "NameError" and "'self'" in text:
        return "the whole class, with its `__init__` and `forward`"
    if name == "NameError" and (lacking := re.search(r"'(\w+)'", text)):
        return f"a line above that gives `{lacking[1]}` a value"
    if "multiple values" in text and place is not None and isinstance(place.node, ast.keyword):
        return f"without `{ast.unparse(place.node)}`"
    if name == "TypeError" and "argument" in text:
        return "the arguments its definition names"
    if name in ("ModuleNotFoundError", "ImportError"):
        return "the file of that module beside this one"
    if name == "AssertionError":
        return "arguments that the assertion allows"
    return "arguments with which this line does not raise"


def _near(machine: Machine, text: str) -> str:
    """The nearest name to one that is not there."""
    found = re.search(r"(?:name|attribute) '(\w+)'", text)
    if not found:
        return ""
    known: set[str] = {str(n) for n in machine.builtins}
    for task in machine.tasks:
        known |= {str(n) for n in getattr(task, "names", {})}
    near = suggestions(found[1], sorted(known))
    return near[0] if near else ""
