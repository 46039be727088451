"""Marking: an answer beside the true value, with the working and the mistake's name where it is a known one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from archcalc.analysis import Analysis, Row
from archcalc.formulas.recording import Step
from archcalc.homework import mistakes
from archcalc.homework.sheet import Entry, Sheet
from archcalc.layers.base import Shape, dims
from archcalc.notations.own.expand.values import parse_shape
from archcalc.notations.own.phrase import parse_value
from archcalc.questions.asking import kind_of, questions
from archcalc.questions.fit import SUFFIXES
from archcalc.questions.layer import LETTERS, Question, solve
from archcalc.questions.steps import steps
from archcalc.report.document import Document, Heading, Maths, Table, Text
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions

FIGURES = {
    "output": "output", "shape": "output", "outputshape": "output",
    "params": "params", "parameters": "params", "paramswithbias": "params",
    "paramswithoutbias": "params_without_bias", "withoutbias": "params_without_bias", "weights": "params_without_bias",
    "multiplies": "multiplies", "multiplications": "multiplies", "macs": "multiplies", "multadds": "multiplies",
}  # fmt: skip
LABELS = {"params": "params", "params_without_bias": "without bias", "multiplies": "multiplies"}


@dataclass(frozen=True)
class Mark:
    """One answer marked. `truth` is the right answer as text; `working` is lines in Unicode and in LaTeX."""

    entry: Entry
    right: bool
    truth: str
    mistake: str = ""
    note: str = ""
    working: tuple[tuple[str, str], ...] = ()

    @property
    def said(self) -> str:
        """The mistake, or what is to be said of a right answer."""
        return self.mistake or self.note


@dataclass(frozen=True)
class Marked:
    """A sheet marked."""

    sheet: Sheet
    marks: list[Mark]

    @property
    def score(self) -> int:
        """How many answers are right."""
        return sum(mark.right for mark in self.marks)


def _normal(text: str) -> str:
    return re.sub(r"[\s_\-]", "", text).lower()


def mark_sheet(sheet: Sheet, analysis: Analysis | None) -> Marked:
    """Every answer of a sheet. Raises SpecError for questions that cannot be understood, all of them at once."""
    marks: list[Mark] = []
    faults: list[Fault] = []
    for entry in sheet.entries:
        made, wrong = _try(entry, analysis)
        marks += made
        faults += wrong
    if faults:
        raise SpecError(faults)
    return Marked(sheet, marks)


def _try(entry: Entry, analysis: Analysis | None) -> tuple[list[Mark], list[Fault]]:
    """The mark of an answer, or what keeps it from being marked, at its place."""
    try:
        return [_mark(entry, analysis)], []
    except SpecError as error:
        for fault in error.faults:
            fault.message = f"{entry.question}: {fault.message}"
            fault.span = fault.span or entry.span
        return [], error.faults


def _fault(message: str, *repairs: str) -> SpecError:
    return SpecError([Fault(message, repairs=repairs)])


def _mark(entry: Entry, analysis: Analysis | None) -> Mark:
    path, _, last = entry.question.strip().rpartition(".")
    asked = re.split(r"[\s#(]", entry.given.get("ask", last).strip())[0]
    if entry.given:
        return _mark_formula(entry, asked)
    figure = FIGURES.get(_normal(last))
    if figure is None:
        if _normal(asked) in LETTERS:
            example = f"{asked}: {{answer: {entry.answer}, input: 205, output: 66, stride: 3, padding: 0}}"
            raise _fault("what is given is missing", example)
        raise _fault(f"'{last}' is no figure", *(suggestions(_normal(last), FIGURES) or ["output", "params", "multiplies"]))
    if analysis is None:
        raise _fault("a figure of a network is asked for, and no network is given", "--net lenet5")
    rows = _rows(analysis, path)
    if figure == "output":
        return _mark_output(entry, rows[-1] if path else None, analysis)
    return _mark_number(entry, figure, rows, analysis, whole=not path)


def _rows(analysis: Analysis, path: str) -> list[Row]:
    if not path:
        return list(analysis.rows)
    found = analysis.row(path)
    rows = [found] if found else [r for r in analysis.rows if r.path.startswith(f"{path}.")]
    if not rows:
        near = suggestions(path, [r.path for r in analysis.rows] + list(analysis.network.groups))
        raise _fault(f"{analysis.network.name} has no layer '{path}'", *near)
    return rows


# -- shapes -----------------------------------------------------------------------------------------------------------


def read_shape(text: str) -> Shape:
    """A shape as people write it: 28x28x6, (6, 28, 28), 6 × 28 × 28. Raises SpecError."""
    plain = re.sub(r"\s*[×x*,;]\s*", "x", text.strip().strip("()[]").lower())
    try:
        value = parse_value(plain)
        if isinstance(value, str):
            raise ValueFault(f"'{text}' is not a shape", "28x28x6")
        return parse_shape(value)
    except ValueFault as error:
        raise _fault(error.message, *(error.repairs or ("28x28x6",))) from None


def _mark_output(entry: Entry, row: Row | None, analysis: Analysis) -> Mark:
    answer = read_shape(entry.answer)
    if row is None:
        ends = [i for i in analysis.network.outputs if i >= 0]
        if len(ends) != 1:
            raise _fault("the network has several outputs", *[f"{analysis.rows[i].path}.output" for i in ends])
        row = analysis.rows[ends[0]]
    true = row.output
    last = (*true[1:], true[0])
    truth = dims(true) if len(true) < 2 else f"{dims(true)} (channels last: {dims(last)})"
    made = [s for s in _steps(row, analysis) if s.label.startswith("output")]
    working = tuple((f"{s.label}: {s.text()}", rf"\text{{{s.label}}}: {s.text('latex')}") for s in made)
    if answer == true:
        return Mark(entry, True, truth, note="channels first" if len(true) > 1 and last != true else "", working=working)
    if len(true) > 1 and answer == last:
        return Mark(entry, True, truth, note="channels last, accepted", working=working)
    known = mistakes.outputs(row)
    named = _either(
        name for name, shape in known.items() if shape not in (true, last) and answer in (shape, (*shape[1:], shape[0]))
    )
    return Mark(entry, False, truth, named, working=working)


def _either(names: Iterable[str]) -> str:
    """The mistakes that each explain an answer."""
    return " or ".join(islice(names, 3))


# -- numbers ----------------------------------------------------------------------------------------------------------


def read_number(text: str) -> tuple[Decimal, Decimal]:
    """A number, and half of its last written place where it is rounded (`61.7k`, `2.4 M`); 0 where it is exact.

    Raises SpecError.
    """
    plain = re.sub(r"[\s_,']", "", text.lower().removeprefix("≈").removeprefix("~"))
    factor = SUFFIXES.get(plain[-1:], 1)
    try:
        number = Decimal(plain[:-1] if factor > 1 else plain)
    except InvalidOperation:
        raise _fault(f"'{text}' is not a number", "61,706", "61.7k") from None
    if not number.is_finite() or abs(number) > 10**24:
        raise _fault(f"'{text}' is not a number", "61,706")
    places = int(number.as_tuple().exponent)
    rounded = factor > 1 or "e" in plain
    return number * factor, Decimal(factor).scaleb(places) / 2 if rounded else Decimal(0)


def _mark_number(entry: Entry, figure: str, rows: list[Row], analysis: Analysis, *, whole: bool) -> Mark:
    number, slack = read_number(entry.answer)
    true = sum(getattr(row, figure) for row in rows)
    made = _sum(rows, figure) if whole or len(rows) > 1 else _figure_steps(rows[0], figure, analysis)
    if abs(number - true) <= slack:
        return Mark(entry, True, f"{true:,}", note="rounded" if number != true else "", working=made)
    known = mistakes.in_total(rows, figure) if len(rows) > 1 else mistakes.figures(rows[0], figure)
    if whole and figure.startswith("params"):
        known = {**known, **_other_bias(rows, figure)}
    named = _either(name for name, n in known.items() if n != true and abs(number - n) <= slack)
    return Mark(entry, False, f"{true:,}", named, working=made)


def _other_bias(rows: list[Row], figure: str) -> dict[str, int]:
    if figure == "params":
        return {mistakes.BIAS_FORGOTTEN: sum(r.params_without_bias for r in rows)}
    return {mistakes.BIAS_COUNTED: sum(r.params for r in rows)}


def _steps(row: Row, analysis: Analysis) -> list[Step]:
    from archcalc.explain import row_steps

    return row_steps(row, analysis)


def _figure_steps(row: Row, figure: str, analysis: Analysis) -> tuple[tuple[str, str], ...]:
    made = [s for s in _steps(row, analysis) if s.label == LABELS[figure]]
    if not made and figure == "params_without_bias":  # nothing is a bias here: the same sum as the parameters
        made = [s for s in _steps(row, analysis) if s.label == "params"]
    return tuple((s.text(), s.text("latex")) for s in made)


def _sum(rows: list[Row], figure: str) -> tuple[tuple[str, str], ...]:
    parts = [f"{getattr(row, figure):,}" for row in rows if getattr(row, figure)]
    text = f"{' + '.join(parts) or '0'} = {sum(getattr(row, figure) for row in rows):,}"
    return ((text, text.replace(",", "{,}")),)


# -- formula questions ------------------------------------------------------------------------------------------------


def _mark_formula(entry: Entry, asked: str) -> Mark:
    given = dict(entry.given)
    given.pop("ask", None)
    kind = kind_of(given.pop("layer", "conv"))
    if kind is None:
        raise _fault(f"the layer '{entry.given['layer']}' is none", "conv", "pool", "transposed")
    unknown = asked.replace("-", "_").lower()
    if unknown not in LETTERS:
        raise _fault(f"'{asked}' is nothing a formula could be solved for", *suggestions(unknown, LETTERS) or list(LETTERS))
    ceil = given.pop("ceil", "false").lower() in ("true", "yes", "1")
    wrong = [name for name in given if name.replace("-", "_") not in LETTERS]
    if wrong:
        raise _fault(f"'{wrong[0]}' is nothing the formula knows", *suggestions(wrong[0], LETTERS) or list(LETTERS))
    asked_for: dict[str, str | None] = {name.replace("-", "_"): text for name, text in given.items()}
    asked_for[unknown] = "?"
    if unknown != "dilation":
        asked_for.setdefault("dilation", "1")
    (question, *more) = questions(kind, asked_for, ceil=ceil)
    if more:
        raise _fault("a formula question is about one axis", f"{unknown}: {{answer: 10, input: 205, …}}")
    if question.unknowns() != [unknown]:
        raise _fault(f"besides {unknown}, {', '.join(n for n in question.unknowns() if n != unknown)} is not given")
    return _judge(entry, question, unknown)


def _judge(entry: Entry, question: Question, unknown: str) -> Mark:
    answer = solve(question)
    found = answer.first(12)
    exact = [x for x in found if answer.is_exact(x)]
    truth = " or ".join(f"{x} (exact)" if x in exact and len(found) > 1 else str(x) for x in found) or "none"
    if answer.unbounded:
        truth = f"{answer.runs[-1].low} or more"
    working = tuple(zip(steps(answer), steps(answer, "latex"), strict=True))
    if entry.answer.lower() in ("none", "no", "-"):
        return Mark(entry, not found, truth, working=working)
    number, _ = read_number(entry.answer)
    x = int(number) if number == int(number) else -1
    if x in answer:
        note = "" if len(found) == 1 else "the exact one" if x in exact else "one of those that floor allows"
        return Mark(entry, True, truth, note=note, working=working)
    return Mark(entry, False, truth, _formula_mistake(question, unknown, x), working=working)


def _formula_mistake(question: Question, unknown: str, x: int) -> str:
    """The mistake under which x would have been an answer."""
    if unknown == "output":
        known = mistakes.size_mistakes(question)
        return _either(name for name, size in known.items() if size == x)
    if question.output is None or x < 0:
        return ""
    try:
        made = mistakes.size_mistakes(question.having(unknown, x))
    except (ZeroDivisionError, ValueError):
        return ""
    return _either(name for name, size in made.items() if size == question.output)


# -- the answer -------------------------------------------------------------------------------------------------------


def one_sheet(marked: Marked, confirmed: str = "") -> Document:
    """A marked sheet, with the working of what is wrong."""
    document = Document(f"{marked.sheet.name}: {marked.score} of {len(marked.marks)} right")
    rows = [[m.entry.question, m.entry.answer, "✓" if m.right else "✗", m.truth, m.said] for m in marked.marks]
    document.parts.append(Table(["question", "answer", "", "true value", "remark"], rows))
    for mark in marked.marks:
        if not mark.right:
            document.parts.append(Heading(f"{mark.entry.question}: {mark.truth}, not {mark.entry.answer}"))
            if mark.mistake:
                document.parts.append(Text(f"{mark.mistake[0].upper()}{mark.mistake[1:]}."))
            if mark.working:
                document.parts.append(Maths(mark.working))
    if confirmed:
        document.say(confirmed)
    return document


def whole_class(sheets: Sequence[Marked], confirmed: str = "") -> Document:
    """A table of several sheets, and how often each question went wrong and how."""
    right, total = sum(m.score for m in sheets), sum(len(m.marks) for m in sheets)
    document = Document(f"{len(sheets)} sheets: {right} of {total} answers right")
    rows = [[m.sheet.name, str(m.score), str(len(m.marks)), f"{100 * m.score / len(m.marks):.0f} %", _wrong(m)] for m in sheets]
    document.parts.append(Table(["sheet", "right", "of", "share", "wrong"], rows, [False, True, True, True]))
    asked: dict[str, list[Mark]] = {}
    for marked in sheets:
        for mark in marked.marks:
            asked.setdefault(mark.entry.question, []).append(mark)
    rows = [[q, str(sum(m.right for m in marks)), str(len(marks)), _common(marks)] for q, marks in asked.items()]
    document.parts += [Heading("By question"), Table(["question", "right", "of", "mistakes"], rows, [False, True, True])]
    if confirmed:
        document.say(confirmed)
    return document


def _wrong(marked: Marked) -> str:
    return ", ".join(m.entry.question for m in marked.marks if not m.right)


def _common(marks: list[Mark]) -> str:
    counts: dict[str, int] = {}
    for mark in marks:
        if not mark.right:
            name = mark.mistake or "other"
            counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"{name} ({n})" if n > 1 else name for name, n in sorted(counts.items(), key=lambda item: -item[1]))


def as_data(sheets: Sequence[Marked]) -> dict[str, Any]:
    """The marks as plain data."""
    return {
        "sheets": [
            {
                "name": m.sheet.name,
                "right": m.score,
                "of": len(m.marks),
                "answers": [
                    {
                        "question": k.entry.question,
                        "answer": k.entry.answer,
                        "right": k.right,
                        "true": k.truth,
                        "mistake": k.mistake or None,
                        "note": k.note or None,
                        "working": [unicode for unicode, _ in k.working],
                    }
                    for k in m.marks
                ],
            }
            for m in sheets
        ]
    }


def as_csv(sheets: Sequence[Marked]) -> str:
    """The marks as comma-separated values, a row an answer."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["sheet", "question", "answer", "right", "true", "mistake"])
    for m in sheets:
        writer.writerows([m.sheet.name, k.entry.question, k.entry.answer, int(k.right), k.truth, k.mistake] for k in m.marks)
    return out.getvalue().rstrip("\n")


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
