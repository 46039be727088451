"""Answer sheets: YAML or CSV, question and answer, each with its place.

    conv1.output: 28x28x6                 # a figure of a layer, or of the whole net without a name in front
    params: 61,706
    kernel: {answer: 10, input: 205, output: 66, stride: 3, padding: 0}     # one thing left out of a formula

In CSV the columns are question, answer and, for the last kind, given (`input=205 output=66 stride=3 padding=0`). A class in
one CSV file has a row a student: a column `student`, then a column a question.

A file of questions is written the same way. Its answers may be left out (a list of names, or nothing behind the colon), a
question may have `points`, and one that is about a line of its own has `net`, `input` and `figure`.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from archcalc.layers import normal
from archcalc.notations.own.tree import List, Map, Scalar, Value
from archcalc.questions.layer import LETTERS
from archcalc.text.faults import Fault, SpecError
from archcalc.text.signs import plain
from archcalc.text.source import Source, Span
from archcalc.text.visible import one_line

MOST_QUESTIONS = 10_000
MOST_SHEETS = 20_000
ABOUT = ("student", "name")
PAPER = "paper"
DEEPEST = 8
# What is said of a question that does not change what is asked.
BESIDE = ("points", "text", "choices")
# What a file of questions may say of a question beside the numbers of its formula.
ABOUT_A_QUESTION = ("answer", "ask", "figure", "net", "points", "text", "choices", "skip_zeros")


@dataclass(frozen=True)
class Entry:
    """One question with the answer given, both as written. `given` is what else is said: the numbers of a formula question.

    `reason` says why the cell holds no answer at all, where it is a mapping, say.
    """

    question: str
    answer: str
    span: Span
    given: dict[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Sheet:
    """The answers of one person. `paper` is which of several papers they answer; `fault` why nothing could be read."""

    name: str
    entries: list[Entry]
    paper: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Questions:
    """What is asked, by paper; a single paper has no name."""

    papers: dict[str, list[Entry]]
    source: Source


def read_sheets(source: Source) -> list[Sheet]:
    """The sheets of a text: one, or those of a class in CSV. Raises SpecError."""
    rows = _csv_rows(source)
    if rows is None:
        return [_read_yaml(source)]
    heads = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    if any(head in ABOUT for head in heads):
        return _read_class(source, rows, heads)
    return [Sheet(_stem(source), _read_csv(source, rows, heads, asked=False))]


def _stem(source: Source) -> str:
    return os.path.splitext(os.path.basename(source.name))[0].strip("<>")


def _fault(message: str, span: Span, repair: str, *more: str) -> SpecError:
    return SpecError([Fault(message, span, repairs=(repair, *more))])


# -- YAML -------------------------------------------------------------------------------------------------------------


def _tree(source: Source) -> Value | None:
    from archcalc.notations.own.yaml import parse

    return parse(source)


def _read_yaml(source: Source) -> Sheet:
    entries: list[Entry] = []
    name, paper = _stem(source), ""
    tree = _tree(source)
    span = tree.span() if tree is not None else Span(source, 1, 1)
    if isinstance(tree, Map) and isinstance(tree.get("layers"), List):
        raise _fault(
            "this is a network, and no sheet of answers", span, f"--net {_stem(source)}", "a sheet: conv1.output: 28x28x6"
        )
    if not isinstance(tree, Map):
        raise _fault("a sheet is a mapping of questions to answers", span, "conv1.output: 28x28x6")
    for key, value in tree.entries:
        if key.text in ABOUT and isinstance(value, Scalar):
            name = one_line(value.text)
        elif key.text == PAPER and isinstance(value, Scalar):
            paper = value.text.strip()
        else:
            _collect(key, value, "", entries, asked=False)
    if not entries:
        raise _fault("no question is answered here", tree.span(), "conv1.output: 28x28x6")
    return Sheet(name, entries, paper)


def read_questions(source: Source) -> Questions:
    """What is asked: a list of questions, a sheet whose questions are meant, or a key that `archcalc quiz` wrote.

    Raises SpecError.
    """
    rows = _csv_rows(source)
    if rows is not None:
        heads = [cell.strip().lower() for cell in rows[0][1]]
        if any(head in ABOUT for head in heads):
            span = rows[0][0]
            asked = [Entry(h.strip(), "", span) for h in rows[0][1] if h.strip().lower() not in (*ABOUT, PAPER)]
            return Questions({"": asked}, source)
        return Questions({"": _read_csv(source, rows, heads, asked=True)}, source)
    tree = _tree(source)
    if isinstance(tree, Scalar):  # lines with a name each
        return Questions({"": _lines(source)}, source)
    if tree is None:
        raise _fault("no question is asked here", Span(source, 1, 1), "conv1.output:", "- conv1.output")
    papers = tree.get("papers") if isinstance(tree, Map) else None
    if isinstance(tree, Map) and isinstance(papers, Map):
        spare = [key for key, _ in tree.entries if key.text not in ("papers", "title")]
        if spare:
            raise _fault(
                f"'{spare[0].text}' stands beside the papers: a question belongs to one of them",
                spare[0].span(),
                "it below the paper that asks it",
            )
        return Questions({key.text: _questions_of(value) for key, value in papers.entries}, source)
    return Questions({"": _questions_of(tree)}, source)


def _lines(source: Source) -> list[Entry]:
    """A question on every line of a plain text."""
    lines = enumerate(source.text.split("\n"), 1)
    return [
        Entry(line.strip(), "", Span(source, n, 1, len(line))) for n, line in lines if line.strip() and line.strip()[0] != "#"
    ]


def _questions_of(tree: Value) -> list[Entry]:
    entries: list[Entry] = []
    if isinstance(tree, List):
        for item in tree.items:
            if not isinstance(item, Scalar):
                raise _fault("a list of questions holds their names", item.span(), "- conv1.output")
            entries.append(Entry(item.text.strip(), "", item.span()))
    elif isinstance(tree, Map):
        for key, value in tree.entries:
            if key.text not in (*ABOUT, PAPER, "title") or not isinstance(value, Scalar):
                _collect(key, value, "", entries, asked=True)
    if not entries:
        raise _fault("no question is asked here", tree.span(), "conv1.output:", "- conv1.output")
    return entries


def _collect(key: Scalar, value: Value, prefix: str, entries: list[Entry], asked: bool, depth: int = 0) -> None:
    """The entries under a key: an answer, a formula question, or a layer with several figures."""
    question = f"{prefix}{one_line(key.text)}"
    if isinstance(value, Map) and not _is_one(key, value, asked):
        if depth == DEEPEST:
            raise _fault(f"questions nested more than {DEEPEST} deep", key.span(), "inception3a.branch2.conv1.params: 5")
        if not value.entries:
            entries.append(Entry(question, "", key.span()))
        for inner, item in value.entries:
            _collect(inner, item, f"{question}.", entries, asked, depth + 1)
        return
    if isinstance(value, Map):
        answer = value.get("answer")
        given, wrong = {}, ""
        for k, v in value.entries:
            text, reason = _written(v)
            wrong = wrong or reason
            if k.text != "answer":
                given[k.text] = text
        text = _written(answer)[0] if answer is not None else ""
        entries.append(Entry(question, text, answer.span() if answer is not None else key.span(), given, wrong))
    else:
        text, reason = _written(value)
        span = value.span() if not isinstance(value, Scalar) or value.text else key.span()
        entries.append(Entry(question, text, span, reason=reason))
    if len(entries) > MOST_QUESTIONS:
        raise _fault(f"more than {MOST_QUESTIONS:,} answers, the most allowed", key.span(), "a sheet for every part")


def _is_one(key: Scalar, value: Map, asked: bool) -> bool:
    """Whether a mapping is one question and what is said of it, not a layer with several figures."""
    if value.get("answer") is not None:
        return True
    names = [k.text for k, _ in value.entries]
    last = normal(key.text.rpartition(".")[2].partition("#")[0])
    formula = last in LETTERS and all(n.replace("-", "_") in LETTERS or n in ("layer", "ceil") for n in names)
    return asked and (formula or any(n in ABOUT_A_QUESTION for n in names))


def _written(value: Value, depth: int = 0) -> tuple[str, str]:
    """A value as text, and the reason why it is none."""
    if isinstance(value, List):
        if depth or len(value.items) > 100:
            return "[…]", "a number or a shape is meant here, not lists of lists"
        parts = [_written(item, depth + 1) for item in value.items]
        return "x".join(text for text, _ in parts), next((reason for _, reason in parts if reason), "")
    if isinstance(value, Map):
        return "{…}", "a number or a shape is meant here, not a mapping"
    return value.text.strip(), ""


# -- CSV --------------------------------------------------------------------------------------------------------------

Rows = list[tuple[Span, list[str]]]


def _csv_rows(source: Source) -> Rows | None:
    """The rows of a CSV text with their places, the empty and the remarks left out; None where the text is no CSV."""
    first = next((line for line in source.text.lstrip("\ufeff").split("\n") if line.strip() and line.lstrip()[:1] != "#"), "")
    mark = max(",;\t", key=first.count)
    heads = [head.strip().strip('"').lower() for head in first.split(mark)]
    if not source.name.lower().endswith((".csv", ".tsv")) and not (
        len(heads) > 1 and (heads[0] in (*ABOUT, "question") or heads[:2] == ["question", "answer"])
    ):
        return None
    rows: Rows = []
    reader = csv.reader(io.StringIO(source.text.lstrip("\ufeff")), delimiter=mark)
    try:
        for row in reader:
            if any(cell.strip() for cell in row) and not row[0].lstrip().startswith("#"):
                line = reader.line_num
                cells = [*row[:1], *map(plain, row[1:])]  # the first is a question's or a person's name
                rows.append((Span(source, line, 1, max(1, len(source.line(line)))), cells))
    except csv.Error as error:
        raise _fault(f"not CSV: {error}", Span(source, reader.line_num or 1, 1), "question,answer") from None
    if not rows:
        raise _fault("no question is answered here", Span(source, 1, 1), "question,answer", "student,conv1.output,params")
    return rows


def _read_csv(source: Source, rows: Rows, heads: list[str], asked: bool) -> list[Entry]:
    entries: list[Entry] = []
    if heads[:1] != ["question"] or (heads[1:2] != ["answer"] and not asked):
        raise _fault("the first line names the columns", rows[0][0], "question,answer", "student,conv1.output,params")
    spare = [h for h in heads if h not in ("question", "given", *ABOUT_A_QUESTION)]
    if spare:
        raise _fault(f"'{spare[0]}' is no column of a sheet", rows[0][0], "question,answer,given")
    for span, row in rows[1:]:
        cells = dict(zip(heads, (cell.strip() for cell in row), strict=False))
        given = dict(_pair(part, span) for part in cells.get("given", "").replace(";", " ").split())
        given |= {name: cells[name] for name in ABOUT_A_QUESTION if name != "answer" and cells.get(name)}
        more = [cell for cell in row[len(heads) :] if cell.strip()]
        reason = (
            f'more cells than columns: a number with a comma stands in quotes, as in "{cells["answer"]},{more[0]}"'
            if (more and not asked)
            else ""
        )
        entries.append(Entry(one_line(cells["question"]), cells.get("answer", ""), span, given, reason))
        if len(entries) > MOST_QUESTIONS:
            raise _fault(f"more than {MOST_QUESTIONS:,} answers, the most allowed", span, "a sheet for every part")
    if not entries:
        raise _fault("no question is answered here", Span(source, 1, 1), "question,answer")
    return entries


def _pair(text: str, span: Span) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise _fault(f"'{text}' is not NAME=VALUE", span, "input=205 output=66")
    return name, value


def _read_class(source: Source, rows: Rows, heads: list[str]) -> list[Sheet]:
    """A class: a row a student, a column a question."""
    questions = [one_line(cell.strip()) for cell in rows[0][1]]
    twice = [q for i, q in enumerate(questions) if q in questions[:i]]
    if twice:
        raise _fault(f"two columns are called '{twice[0]}'", rows[0][0], f"{twice[0]} once")
    unnamed = [i for i, q in enumerate(questions) if not q]
    if unnamed and any(len(row) > i and row[i].strip() for _, row in rows[1:] for i in unnamed):
        raise _fault(f"column {unnamed[0] + 1} has cells but no name", rows[0][0], "student,conv1.output,params")
    if len(rows) - 1 > MOST_SHEETS:
        raise _fault(f"more than {MOST_SHEETS:,} students, the most allowed", rows[MOST_SHEETS][0], "a file for every class")
    sheets = list(_students(rows, heads, questions, [_cell_place(rows[0][0], q) for q in questions]))
    if not sheets:
        raise _fault("a class without a student", rows[0][0], "a line a student below this one")
    return sheets


def _cell_place(line: Span, text: str) -> Span:
    """Where a heading stands in its line."""
    at = line.source.line(line.line).find(text)
    return Span(line.source, line.line, at + 1, max(1, len(text))) if at >= 0 else line


def _students(rows: Rows, heads: list[str], questions: list[str], places: list[Span]) -> Iterator[Sheet]:
    who = next(i for i, head in enumerate(heads) if head in ABOUT)
    for span, row in rows[1:]:
        name = row[who].strip() if len(row) > who else ""
        paper = next((row[i].strip() for i, h in enumerate(heads) if h == PAPER and i < len(row)), "")
        entries = [
            Entry(question, row[i].strip() if i < len(row) else "", places[i])
            for i, question in enumerate(questions)
            if question and i != who and heads[i] != PAPER
        ]
        more = any(cell.strip() for cell in row[len(heads) :])
        fault = "more cells than columns: a number with a comma, as 61,706, stands in quotes" if more else ""
        yield Sheet(one_line(name) or f"line {span.line}", entries, paper, fault)
