"""The notation's readers: a YAML text, and layers on one line."""

from __future__ import annotations

from archcalc.notations.own import yaml
from archcalc.notations.own.expand.spec import Spec
from archcalc.notations.own.tree import List, Map, Scalar, Value
from archcalc.text.source import Source


def read(source: Source) -> Spec:
    """The spec of a YAML text. Raises SpecError."""
    return Spec(yaml.read(source))


def from_line(text: str, name: str = "") -> Spec:
    """The spec of a few layers on one line, `;` between them: `depthwise k3 p1; conv 18 k1`."""
    source = Source(name or text, text)
    items: list[Value] = []
    at = 0
    for part in text.split(";"):
        line = part.strip()
        if line:
            items.append(Scalar(line, source, 1, at + 1 + len(part) - len(part.lstrip())))
        at += len(part) + 1
    return Spec(Map([(Scalar("layers", source, 1, 1, 1), List(items, source, 1, 1))], source, 1, 1))
