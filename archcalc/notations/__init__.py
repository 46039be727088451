"""The notations: a reader a module, recognised by content, loaded when a text is in it.

A reader has one function, `read(source) -> Map`, and raises SpecError. The table is in the order of recognition; `words`,
last, takes what nothing else recognises.
"""

from __future__ import annotations

import importlib
import re
from typing import NamedTuple

from archcalc.errors import Source
from archcalc.spec import Map


class Notation(NamedTuple):
    """A notation: what it is called in a message, its module, and how a text in it is recognised."""

    title: str
    module: str
    pattern: re.Pattern[str]


NOTATIONS: dict[str, Notation] = {
    "python": Notation(
        "PyTorch source",
        "torch_source",
        re.compile(
            r"^\s*(import |from \w[\w.]* import |class \w+\(|def \w+\()|\bSequential\s*\(|\bnn\.[A-Z]\w*\(|^\s*conv_arch\s*=",
            re.M,
        ),
    ),
    "yaml": Notation(
        "YAML",
        "yaml",
        re.compile(
            r"^['\"]?(name|inputs?|layers|blocks|vars|outputs|defaults|source|flatten|expect)['\"]?\s*:(\s|$)"
            r"|^\s*[{%]|^---|^\s*- ",
            re.M,
        ),
    ),
    "words": Notation("textbook words", "words", re.compile(r"")),
}


def recognise(text: str) -> str:
    """The notation a text is in."""
    bare = re.sub(r"(?m)^\s*#.*$", "", text) if "#" in text else text
    # `layers:` with a list under it is YAML whatever else is in the text, such as a source that says nn.LSTM(128, 256).
    if re.search(r"^layers\s*:\s*(#.*|\[.*)?$", bare, re.M):
        return "yaml"
    return next(name for name, notation in NOTATIONS.items() if notation.pattern.search(bare))


def read(source: Source) -> Map:
    """The spec tree of a text; `source.notation` says what it was taken for."""
    source.notation = source.notation or recognise(source.text)
    module = importlib.import_module(f"archcalc.notations.{NOTATIONS[source.notation].module}")
    tree: Map = module.read(source)
    return tree
