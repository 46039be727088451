"""Unknowns in a spec: where they stand, what they are, and the spec with values put in their place.

`conv 16 k?`, `padding: "?"`, `out: "?c1"`: a `?` alone is an unknown of its own, a `?name` is the same one wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from archcalc.blocks import TABLE as SHIPPED
from archcalc.layers import KINDS, normal
from archcalc.notations.own.tree import List, Map, Scalar, Value, list_of, map_of
from archcalc.text.budget import Budget
from archcalc.text.faults import Fault, SpecError

# In `k?x5` the x parts sizes; it begins no name.
MOST_UNKNOWNS = 20
MARK = re.compile(r"\?((?!x[\d?])[A-Za-z_]\w*)?")
WHERE = ("input", "inputs", "vars", "blocks", "defaults", "layers")
_BEFORE = re.compile(r"([A-Za-z_]+)\s*[=:]?\s*(?:[\d?]+\s*[x×:]\s*)*$")

ROLES = {
    "k": "kernel", "kernel": "kernel", "kernel_size": "kernel", "size": "kernel", "s": "stride", "stride": "stride",
    "strides": "stride", "p": "padding", "pad": "padding", "padding": "padding", "d": "dilation", "dilation": "dilation",
    "g": "groups", "groups": "groups", "input": "size", "inputs": "size", "repeat": "repeat", "vars": "variable",
}  # fmt: skip
# Where each kind of unknown is looked for unless --bounds says otherwise.
BOUNDS = {
    "kernel": (1, 11), "stride": (1, 4), "padding": (0, 5), "dilation": (1, 4), "groups": (1, 64), "out": (1, 512),
    "size": (1, 256), "repeat": (0, 10), "variable": (1, 64),
}  # fmt: skip
# Words after which more channels need not mean more of everything: a shortcut that falls away, a condition, a difference.
_TURNING = re.compile(r"\b(?:cin|when|blocks|table|groups?|shuffle|slice)\b|[-%]")


@dataclass
class Unknown:
    """One unknown: its key in the answers, what it is in each of its places, and its first place."""

    key: str
    line: int
    column: int
    roles: set[str] = field(default_factory=set)
    monotone: bool = False  # parameters and multiplications can only grow with it

    @property
    def role(self) -> str:
        """What it is; where its places differ, the first in the order of BOUNDS."""
        return next(role for role in BOUNDS if role in self.roles)


def find_unknowns(tree: Map) -> list[Unknown]:
    """The unknowns of a spec, in the order they are written."""
    found: dict[str, Unknown] = {}
    places: list[Unknown] = []

    budget = Budget()

    def visit(value: Value, key: str) -> None:
        budget.spend("steps", 20, value.span)
        if isinstance(value, Map):
            for name, item in value.entries:
                if not key and name.text not in WHERE:
                    continue
                if key:
                    see(name, key)
                visit(item, name.text if key not in ("vars",) else "vars")
        elif isinstance(value, List):
            for item in value.items:
                visit(item, key)
        else:
            see(value, key)

    def see(scalar: Scalar, key: str) -> None:
        for match in MARK.finditer(scalar.text):
            name = match[1] or f"@{scalar.line}:{scalar.column + match.start()}"
            if name not in found:
                if len(found) == MOST_UNKNOWNS:
                    message = f"more than {MOST_UNKNOWNS} unknowns"
                    raise SpecError([Fault(message, scalar.span(match.start(), match.end()), repairs=["numbers for the others"])])
                found[name] = Unknown(f"?{name}", scalar.line, scalar.column + match.start())
                places.append(found[name])
            unknown = found[name]
            unknown.roles.add(_role(scalar.text, match.start(), key))

    visit(tree, "")
    _name(places)
    if only_grows(tree):
        for unknown in places:
            unknown.monotone = unknown.roles == {"out"}
    return places


def only_grows(value: Value, key: str = "") -> bool:
    """Whether more output channels anywhere can only mean more parameters: plain layers, no block, condition or expression."""
    if isinstance(value, Map):
        return all(
            (not key and name.text not in WHERE) or (_grows(name.text) and only_grows(item, name.text))
            for name, item in value.entries
        )
    if isinstance(value, List):
        return all(only_grows(item, key) for item in value.items)
    return _grows(value.text)


def _grows(text: str) -> bool:
    words = re.findall(r"[A-Za-z_]\w*", text)
    return not _TURNING.search(text) and not any(word in SHIPPED for word in words)


def _role(text: str, at: int, key: str) -> str:
    if key in ("input", "inputs"):
        return "size"
    before = _BEFORE.search(text[:at])
    word = (before[1] if before else key).lower()
    if before is None and text.strip() == text[at:].strip():
        word = key.lower()
    if normal(word) in KINDS and word not in ROLES:
        return "out"
    return ROLES.get(word, "out")


def _name(places: list[Unknown]) -> None:
    """Keys for those without a name: what it is and the line it stands on, and the column where that is not enough."""
    for unknown in places:
        if unknown.key.startswith("?@"):
            same = [u for u in places if u.line == unknown.line and u.role == unknown.role and u.key.startswith("?@")]
            unknown.key = f"{unknown.role}@{unknown.line}" + (f":{unknown.column}" if len(same) > 1 else "")
    taken: set[str] = set()
    for unknown in places:
        if unknown.key in taken:
            unknown.key += f":{unknown.column}"
        taken.add(unknown.key)


def filled(tree: Map, unknowns: list[Unknown], values: Mapping[str, int]) -> Map:
    """The spec with values in the place of unknowns; those without a value stay."""
    named = {u.key[1:]: u.key for u in unknowns if u.key.startswith("?")}
    placed = {(u.line, u.column): u.key for u in unknowns}

    def put(scalar: Scalar) -> Scalar:
        if "?" not in scalar.text:
            return scalar

        def value(match: re.Match[str]) -> str:
            key = named.get(match[1] or "") or placed.get((scalar.line, scalar.column + match.start()))
            return str(values[key]) if key is not None and key in values else match[0]

        text = MARK.sub(value, scalar.text)
        return Scalar(text, scalar.source, scalar.line, scalar.column, scalar.length, scalar.quoted)

    def copy(value: Value) -> Value:
        if isinstance(value, Scalar):
            return put(value)
        if isinstance(value, List):
            return list_of(value, map(copy, value.items))
        return map_of(value, ((put(k), copy(v)) for k, v in value.entries))

    entries = [(key, copy(value) if key.text in WHERE else value) for key, value in tree.entries]
    return map_of(tree, entries)
