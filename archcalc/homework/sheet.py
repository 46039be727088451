"""Answer sheets: YAML or CSV, question and answer, each with its place.

    conv1.output: 28x28x6                 # a figure of a layer, or of the whole net without a name in front
    params: 61,706
    kernel: {answer: 10, input: 205, output: 66, stride: 3, padding: 0}     # one thing left out of a formula

In CSV the columns are question, answer and, for the last kind, given (`input=205 output=66 stride=3 padding=0`).
"""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass, field

from archcalc.notations.own.tree import List, Map, Scalar, Value
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

MOST_QUESTIONS = 10_000
ABOUT = ("name", "student")


@dataclass(frozen=True)
class Entry:
    """One question with the answer given, both as written. `given` are the numbers of a formula question."""

    question: str
    answer: str
    span: Span
    given: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """The answers of one person."""

    name: str
    entries: list[Entry]


def read_sheet(source: Source) -> Sheet:
    """A sheet of a text. Raises SpecError."""
    name = os.path.splitext(os.path.basename(source.name))[0].strip("<>")
    first = source.text.lstrip("\ufeff \n").partition("\n")[0].lower().replace(" ", "")
    if source.name.lower().endswith(".csv") or first.startswith("question,"):
        return Sheet(name, _read_csv(source))
    from archcalc.notations.own.yaml import read

    entries: list[Entry] = []
    tree = read(source)
    if isinstance(tree.get("layers"), List):
        raise SpecError([Fault("a sheet is a mapping of questions to answers", tree.span(), repairs=["conv1.output: 28x28x6"])])
    for key, value in tree.entries:
        if key.text in ABOUT and isinstance(value, Scalar):
            name = value.text
        else:
            _collect(key, value, "", entries)
    if not entries:
        raise SpecError([Fault("no question is answered here", tree.span(), repairs=["conv1.output: 28x28x6"])])
    return Sheet(name, entries)


def _collect(key: Scalar, value: Value, prefix: str, entries: list[Entry]) -> None:
    """The entries under a key: an answer, a formula question, or a layer with several figures."""
    question = f"{prefix}{key.text}"
    if isinstance(value, Map) and value.get("answer") is None:
        for inner, item in value.entries:
            _collect(inner, item, f"{question}.", entries)
        return
    if isinstance(value, Map):
        given = {k.text: _written(v) for k, v in value.entries if k.text != "answer"}
        answer = value.get("answer")
        assert answer is not None
        entries.append(Entry(question, _written(answer), answer.span(), given))
    else:
        entries.append(Entry(question, _written(value), value.span()))
    if len(entries) > MOST_QUESTIONS:
        raise SpecError([Fault(f"more than {MOST_QUESTIONS:,} answers, the most allowed", key.span())])


def _written(value: Value) -> str:
    if isinstance(value, List):
        return "x".join(_written(item) for item in value.items)
    if isinstance(value, Map):
        raise SpecError([Fault("a number or a shape is meant here, not a mapping", value.span())])
    return value.text.strip()


def _read_csv(source: Source) -> list[Entry]:
    entries: list[Entry] = []
    columns: list[str] = []
    reader = csv.reader(io.StringIO(source.text))
    try:
        for row in reader:
            span = Span(source, reader.line_num, 1, max(1, len(source.line(reader.line_num))))
            if not any(cell.strip() for cell in row) or row[0].lstrip().startswith("#"):
                continue
            if not columns:
                columns = [cell.strip().lower() for cell in row]
                if columns[:2] != ["question", "answer"]:
                    raise SpecError([Fault("the first line names the columns", span, repairs=["question,answer"])])
                continue
            cells = dict(zip(columns, (cell.strip() for cell in row), strict=False))
            given = dict(_pair(part, span) for part in cells.get("given", "").replace(";", " ").split())
            entries.append(Entry(cells["question"], cells.get("answer", ""), span, given))
            if len(entries) > MOST_QUESTIONS:
                raise SpecError([Fault(f"more than {MOST_QUESTIONS:,} answers, the most allowed", span)])
    except csv.Error as error:
        raise SpecError([Fault(f"not CSV: {error}", Span(source, reader.line_num or 1, 1))]) from None
    if not entries:
        raise SpecError([Fault("no question is answered here", Span(source, 1, 1), repairs=["question,answer"])])
    return entries


def _pair(text: str, span: Span) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise SpecError([Fault(f"'{text}' is not NAME=VALUE", span, repairs=["input=205 output=66"])])
    return name, value
