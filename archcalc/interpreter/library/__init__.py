"""The parts of Python's standard library that networks use, for every vocabulary.

What needs the machine is a module here; the rest stands in `source/`, written in the subset itself and read as any program is,
so that the limits hold in it too.
"""

from __future__ import annotations

import importlib
import os

from archcalc.interpreter.values import Module
from archcalc.text.source import Source

# A name of a module, and the file that has it: with a `.py` a text of the subset, else a module of this package and its constant.
TABLE: dict[str, str] = {
    "_archcalc": "helpers.HELPERS",
    "argparse": "argparse.py",
    "abc": "abstract.ABC_MODULE",
    "builtins": "builtins.BUILTINS_MODULE",
    "collections": "collections.py",
    "collections.abc": "abstract.COLLECTIONS_ABC",
    "contextlib": "contextlib.py",
    "copy": "copying.COPY",
    "dataclasses": "dataclasses.py",
    "enum": "enums.ENUM_MODULE",
    "functools": "functools.py",
    "inspect": "inspect.py",
    "itertools": "itertools.py",
    "logging": "inert.LOGGING",
    "math": "maths.MATH",
    "numbers": "abstract.NUMBERS",
    "operator": "operator.py",
    "re": "patterns.RE",
    "six": "six.py",
    "six.moves": "builtins.MOVES",
    "sys": "inert.SYS",
    "time": "inert.TIME",
    "types": "types.py",
    "typing": "hints.TYPING",
    "typing_extensions": "hints.TYPING",
    "warnings": "inert.WARNINGS",
}


def find(name: str) -> Module | Source | None:
    """The module of a name of the standard library; None where it is not here."""
    place = TABLE.get(name)
    if place is None:
        return None
    file, _, constant = place.partition(".")
    if constant == "py":
        path = os.path.join(os.path.dirname(__file__), "source", place)
        with open(path, encoding="utf-8") as stream:
            return Source(place, stream.read(), "library")
    module = getattr(importlib.import_module(f"archcalc.interpreter.library.{file}"), constant)
    assert isinstance(module, Module)
    return module
