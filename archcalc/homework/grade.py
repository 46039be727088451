"""What marking found, laid out: one sheet, a class, a page of feedback each, a table of points."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from archcalc.analysis import analyse
from archcalc.conventions import convention
from archcalc.homework.cells import shown
from archcalc.homework.marking import Mark, Marked, Rules, mark_all
from archcalc.homework.sheet import Sheet, read_questions, read_sheets
from archcalc.loading import Net, Stated, Variables, network_of, source_of
from archcalc.network.nodes import Network
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Heading, Maths, Part, Table, Text
from archcalc.text.amounts import between
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source

if TYPE_CHECKING:
    from archcalc.pytorch.telling import Check

SIGNS = {"right": "✓", "carried": "→", "wrong": "✗", "unanswered": "–"}


@dataclass(frozen=True, repr=False)
class Grading(Answer):
    """Sheets marked against the same questions. `confirmed` is what torch says of the true values."""

    sheets: Sequence[Marked]
    notes: Sequence[str] = ()
    confirmed: str = ""
    agreed: bool = True

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong anywhere."""
        return self.agreed and all(m.perfect for m in self.sheets)

    @property
    def sentence(self) -> str:
        """How many answers are right."""
        return self.as_document().title

    def as_document(self) -> Document:
        """The sheet with the working of what is wrong; for a class, a table of it and one of the questions."""
        document = one_sheet(self.sheets[0]) if len(self.sheets) == 1 else _whole_class(self.sheets)
        for note in self.notes:
            document.say(note)
        if self.confirmed:
            document.say(self.confirmed)
        document.data = self.as_data
        document.sheet = self.answers()
        return document

    def pages(self) -> Iterator[tuple[str, Document]]:
        """A page of feedback for every student, with the name."""
        for marked in self.sheets:
            yield marked.sheet.name, one_sheet(marked)

    def as_data(self) -> dict[str, object]:
        """The marks as plain data."""
        data: dict[str, object] = {"sheets": [_sheet_data(m) for m in self.sheets], "notes": list(self.notes)}
        if self.confirmed:
            data["torch"] = self.confirmed
        return data

    def answers(self) -> Table:
        """A row an answer, for a spreadsheet."""
        names = ("sheet", "question", "answer", "right", "true", "mistake", "outcome", "points", "of", "remark")
        marks = [(m.sheet.name, k) for m in self.sheets for k in m.marks]
        return Table(names, [
            [
                name, k.asked.name, k.answer, k.right, k.truth, k.verdict.mistake,
                k.outcome, k.points, k.asked.points, k.said,
            ]
            for name, k in marks
        ])  # fmt: skip

    def points(self) -> Table:
        """A row a student, for a spreadsheet: the points of every question, their sum, and what there was to earn."""
        names = list(dict.fromkeys(k.asked.name for m in self.sheets for k in m.marks))
        rows: list[list[Cell]] = []
        for m in self.sheets:
            points = {k.asked.name: k.points for k in m.marks}
            rows.append([m.sheet.name, *(points.get(n) for n in names), m.points, m.of])
        return Table(["student", *(Column(n, key=n) for n in names), "points", "of"], rows)


def grade(
    sheets: Net | Iterable[Net],
    *,
    net: Net | Network | None = None,
    questions: Net | None = None,
    significant: int = 3,
    carry: bool = True,
    skip_zeros: bool = False,
    torch: bool = False,
    input: Stated = None,
    variables: Variables = None,
    bias: bool = True,
) -> Grading:
    """Answer sheets marked against the questions, or against all that any of the sheets answers.

    A sheet is a path, or its text, in YAML or CSV; a class may be one CSV file. `net` is the network they are about, `questions`
    a list, a sheet or a key of a quiz. `significant` is how many figures a rounded answer must have; `carry` gives marks for what
    follows from an earlier wrong figure; `torch` has torch confirm the true values. Raises SpecError for a question that means
    nothing; no answer does.
    """
    if net is None and (input or variables or not bias):
        raise SpecError([Fault("input, variables and bias belong to a network, and none is given", repairs=["--net lenet5"])])
    network = None if net is None else network_of(net, input, variables, bias)
    analysis = None if network is None else analyse(network, convention=convention(skip_zeros=skip_zeros))
    asked = None if questions is None else read_questions(source_of(questions))
    named = [sheets] if isinstance(sheets, str | os.PathLike | Source) else list(sheets)
    if not named:
        raise SpecError([Fault("no sheet is given", repairs=["answers.yaml"])])
    read = [sheet for one in named for sheet in sheets_of(one, alone=len(named) == 1)]
    marked, notes = mark_all(read, asked, analysis, Rules(between(significant, "--significant", 1, 12), carry))
    if not torch:
        return Grading(marked, notes)
    if network is None:
        raise SpecError([Fault("torch confirms the figures of a network, and none is given", repairs=["--net lenet5"])])
    from archcalc.pytorch import require_torch

    require_torch()
    from archcalc.pytorch.verdict import check

    agreed, confirmed = confirm(check(analyse(network)))  # torch multiplies by padding zeros
    return Grading(marked, notes, confirmed, agreed)


def sheets_of(net: Net, alone: bool) -> list[Sheet]:
    """The sheets of a file. One of several files that cannot be read stops nobody else's marks. Raises SpecError."""
    try:
        return read_sheets(source_of(net))
    except SpecError as error:
        if alone:
            raise
        fault = error.faults[0]
        place = f"{fault.span}: " if fault.span else ""
        name = net.name if isinstance(net, Source) else os.fspath(net)
        return [Sheet(os.path.splitext(os.path.basename(name))[0], [], fault=f"{place}{fault.message}")]


def _number(points: Decimal) -> str:
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# -- a sheet ----------------------------------------------------------------------------------------------------------


def _score(marked: Marked) -> str:
    """How many are right, in words: `3 of 4 right`, or the points where they are not the same."""
    carried = sum(k.outcome == "carried" for k in marked.marks)
    if not marked.marks:
        return "not marked"
    if not carried and all(k.asked.points == 1 for k in marked.marks):
        return f"{marked.score} of {len(marked.marks)} right"
    more = f", {carried} carried forward" if carried else ""
    return f"{_number(marked.points)} of {_number(marked.of)} points ({marked.score} right{more})"


def one_sheet(marked: Marked) -> Document:
    """A marked sheet, with the working of what is wrong."""
    document = Document(f"{marked.sheet.name}: {_score(marked)}", data=partial(_sheet_data, marked))
    if marked.sheet.fault:
        document.say(f"Nothing could be read: {marked.sheet.fault}.")
    weighed = any(k.asked.points != 1 for k in marked.marks)
    rows: list[list[Cell]] = []
    for k in marked.marks:
        points = [f"{_number(k.points)} of {_number(k.asked.points)}"] if weighed else []
        rows.append([k.asked.name, _answer(k), SIGNS[k.outcome], k.truth, *points, k.said])
    if rows:
        columns: list[Column | str] = [
            "question",
            "answer",
            Column("", key="outcome"),
            Column("true value", first=0),
            *["points"] * weighed,
        ]
        tones = ["bad" if k.outcome == "wrong" else "" for k in marked.marks]
        document.add(Table([*columns, Column("remark", "prose")], rows, tones=tones))
    for mark in marked.marks:
        if not mark.right:
            document.add(*_feedback(mark))
    if left := sum(k.outcome == "unanswered" for k in marked.marks):
        document.say(f"{left} of {len(marked.marks)} not answered.")
    for note in marked.notes:
        document.say(f"{note[0].upper()}{note[1:]}.")
    return document


def _answer(mark: Mark) -> str:
    how = mark.verdict.how
    return f"{shown(mark.answer)} {how}" if how.startswith("=") else shown(mark.answer)


def _feedback(mark: Mark) -> list[Part]:
    name = mark.asked.name
    if mark.outcome == "carried":
        parts: list[Part] = [Heading(f"{name}: {shown(mark.answer)} follows, the true value is {mark.truth}")]
        parts.append(Text(f"It follows from the earlier {mark.follows}, and earns its points."))
    else:
        answer = shown(mark.answer) if mark.outcome == "wrong" else "not answered"
        parts = [Heading(f"{name}: {mark.truth}, {'not ' if mark.outcome == 'wrong' else ''}{answer}")]
        why = mark.verdict.reason if mark.outcome == "wrong" else ""
        said = why or mark.verdict.mistake or mark.verdict.note
        if said:
            parts.append(Text(f"{said[0].upper()}{said[1:]}."))
    if mark.working:
        parts.append(Maths(mark.working))
    return parts


# -- a class ----------------------------------------------------------------------------------------------------------


def _whole_class(sheets: Sequence[Marked]) -> Document:
    """A table of several sheets, and how often each question went wrong and how."""
    right, total = sum(m.score for m in sheets), sum(len(m.marks) for m in sheets)
    document = Document(f"{len(sheets)} sheets: {right} of {total} answers right")
    plain = all(m.points == m.score and m.of == len(m.marks) for m in sheets)
    rows: list[list[Cell]] = []
    for m in sheets:
        points = [] if plain else [m.points, m.of]
        wrong = ", ".join(k.asked.name for k in m.marks if k.outcome == "wrong")
        left = ", ".join(k.asked.name for k in m.marks if k.outcome == "unanswered")
        rows.append([m.sheet.name, m.score, len(m.marks), *points, float(m.points / m.of) if m.of else "–", wrong, left])
    counts = [Column("right", "count"), Column("of", "count")]
    columns: list[Column | str] = [
        "sheet",
        *counts,
        *([] if plain else [Column("points", "number"), Column("of", "number", key="points_of")]),
    ]
    columns += [Column("share", "share", places=0), Column("wrong", "prose"), Column("not answered", "prose")]
    if not any(row[-1] for row in rows):
        rows, columns = [row[:-1] for row in rows], columns[:-1]
    document.add(Table(columns, rows))
    asked: dict[str, list[Mark]] = {}
    for marked in sheets:
        for mark in marked.marks:
            asked.setdefault(mark.asked.name, []).append(mark)
    rows = [[q, sum(m.right for m in marks), len(marks), _common(marks)] for q, marks in asked.items()]
    document.add(Heading("By question"), Table(["question", *counts, Column("mistakes", "prose")], rows))
    for marked in sheets:
        for note in (*([marked.sheet.fault] if marked.sheet.fault else []), *marked.notes):
            document.say(f"{marked.sheet.name}: {note}.")
    return document


def _common(marks: Sequence[Mark]) -> str:
    """The mistakes of a question, the most frequent first; reasons of single cells stand on the pages."""
    counts: dict[str, int] = {}
    for mark in marks:
        if not mark.right:
            name = {"carried": "carried forward", "unanswered": "not answered"}.get(mark.outcome) or (
                "no number or shape" if mark.verdict.reason else mark.verdict.mistake or "other"
            )
            counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"{name} ({n})" if n > 1 else name for name, n in sorted(counts.items(), key=lambda item: -item[1]))


def _sheet_data(m: Marked) -> dict[str, object]:
    return {
        "name": m.sheet.name,
        "right": m.score,
        "of": len(m.marks),
        "points": float(m.points),
        "points_of": float(m.of),
        "answers": [
            {
                "question": k.asked.name,
                "answer": k.answer,
                "right": k.right,
                "outcome": k.outcome,
                "true": k.truth,
                "points": float(k.points),
                "reason": k.verdict.reason or None,
                "mistake": k.verdict.mistake or None,
                "note": k.verdict.note or None,
                "follows_from": k.follows or None,
                "working": [unicode for unicode, _ in k.working],
            }
            for k in m.marks
        ],
        "notes": list(m.notes),
    }


def confirm(check: Check) -> tuple[bool, str]:
    """Whether torch's figures are the true values, and the sentence that says so."""
    tally = check.tally
    differing = [c.path for c in [*check.rows, check.total] if c.verdict == "differs"]
    if differing:
        return False, f"torch disagrees with the true values of {', '.join(differing)}: `archcalc check` shows how."
    unseen = tally.get("not observed", 0)
    more = f"; {unseen} of the layers torch could not be observed on" if unseen else ""
    return True, f"torch confirms the true values: {tally['equal']} layers and the totals are equal{more}."
