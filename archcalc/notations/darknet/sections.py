"""The text of a cfg file: sections in order, each with its options at their places.

As darknet reads it: white space means nothing, a line that begins with # or ; is a comment, of a key that stands twice in a
section the first counts, and a number ends where its digits do (`3 # three` is 3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

WHOLE = re.compile(r"([+-]?\d+)(?:\.0*)?(?:[#;].*)?$")
REAL = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?:[#;].*)?$")
LONGEST = 2000


class Option(NamedTuple):
    """`key=value`, with the places of both. The value is as darknet sees it, without white space."""

    key: str
    value: str
    key_span: Span
    span: Span


class Section:
    """`[name]` and its options. `number` counts the layers from 0, as routes do; [net] has −1."""

    def __init__(self, name: str, span: Span, number: int) -> None:
        self.name = name
        self.span = span
        self.number = number
        self.options: dict[str, Option] = {}
        self.again: list[Option] = []
        self.used: set[str] = set()

    def take(self, key: str) -> Option | None:
        """An option, which is used by that; None where it is not given."""
        self.used.add(key)
        return self.options.get(key)

    def text(self, key: str, default: str) -> str:
        """The value of an option without a comment behind it."""
        option = self.take(key)
        return default if option is None else re.split("[#;]", option.value)[0]

    def place(self, key: str) -> Span:
        """Where an option's value stands; the section's own place where it is not given."""
        return self.options[key].span if key in self.options else self.span

    def left(self) -> Iterator[Option]:
        """Options that nothing has used."""
        return (option for key, option in self.options.items() if key not in self.used)


def sections(source: Source) -> list[Section]:
    """The sections of a text. Raises SpecError where a line is none of a cfg file's."""
    found: list[Section] = []
    faults: list[Fault] = []
    layers = 0
    for number, line in enumerate(source.text.split("\n"), 1):
        bare = line.strip()
        if not bare or bare[0] in "#;":
            continue
        at = line.index(bare[0]) + 1
        span = Span(source, number, at, len(bare))
        if len(bare) > LONGEST:
            faults.append(
                Fault(f"a line of {len(bare):,} characters; the longest allowed is {LONGEST:,}", span, repairs=["a shorter line"])
            )
        elif bare[0] == "[":
            name, closed, rest = "".join(bare[1:].split()).partition("]")
            if not closed or not name or (rest and rest[0] not in "#;"):
                faults.append(Fault("a section's name stands in brackets, alone on its line", span, repairs=["[convolutional]"]))
                continue
            first = not found and name in ("net", "network")
            found.append(Section(name, span, -1 if first else layers))
            layers += not first
        else:
            key, sign, value = bare.partition("=")
            if not found:
                faults.append(Fault("an option before the first section", span, repairs=["[net] above it"]))
            elif not sign or not key.strip() or not value.strip():
                faults.append(Fault("neither a [section] nor key=value", span, repairs=["# in front of a comment"]))
            else:
                _add(found[-1], source, number, at, key, value)
        if len(faults) >= 20:
            break
    if faults:
        raise SpecError(faults)
    return found


def _add(section: Section, source: Source, line: int, at: int, key: str, value: str) -> None:
    bare = key.strip()
    start = at + len(key) + 1 + len(value) - len(value.lstrip())
    spans = Span(source, line, at, len(bare)), Span(source, line, start, len(value.strip()))
    option = Option("".join(bare.split()), "".join(value.split()), *spans)
    if option.key in section.options:
        section.again.append(option)
    else:
        section.options[option.key] = option
