"""What marking found, laid out: one sheet, a class, a page of feedback each, a table of points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from archcalc.analysis import Analysis
from archcalc.homework.cells import shown
from archcalc.homework.marking import Mark, Marked, Rules, mark_all
from archcalc.homework.sheet import Questions, Sheet
from archcalc.report.document import Cell, Column, Document, Heading, Maths, Part, Table, Text

SIGNS = {"right": "✓", "carried": "→", "wrong": "✗", "unanswered": "–"}


@dataclass(frozen=True)
class Grading:
    """Sheets marked against the same questions. `confirmed` is what torch says of the true values."""

    sheets: Sequence[Marked]
    notes: Sequence[str] = ()
    confirmed: str = ""
    agreed: bool = True

    @property
    def right(self) -> bool:
        """Whether nothing is wrong anywhere."""
        return self.agreed and all(m.perfect for m in self.sheets)

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

    def as_data(self) -> dict[str, Any]:
        """The marks as plain data."""
        data: dict[str, Any] = {"sheets": [_sheet_data(m) for m in self.sheets], "notes": list(self.notes)}
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
    sheets: Sequence[Sheet], questions: Questions | None = None, analysis: Analysis | None = None, rules: Rules | None = None
) -> Grading:
    """Every sheet marked against the questions, or against all that any of them answers.

    Raises SpecError for a question that means nothing; no answer does.
    """
    marked, notes = mark_all(sheets, questions, analysis, rules or Rules())
    return Grading(marked, notes)


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


def _sheet_data(m: Marked) -> dict[str, Any]:
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


def confirm(analysis: Analysis, checker: Callable[[Analysis], Any]) -> tuple[bool, str]:
    """Whether torch's figures are the true values, and the sentence that says so."""
    check = checker(analysis)
    tally = check.tally
    differing = [c.path for c in [*check.rows, check.total] if c.verdict == "differs"]
    if differing:
        return False, f"torch disagrees with the true values of {', '.join(differing)}: `archcalc check` shows how."
    unseen = tally.get("not observed", 0)
    more = f"; {unseen} of the layers torch could not be observed on" if unseen else ""
    return True, f"torch confirms the true values: {tally['equal']} layers and the totals are equal{more}."
