"""The answer to a question of one layer, laid out, and as plain data."""

from __future__ import annotations

from itertools import islice, product
from typing import Any

from archcalc.questions.asking import AXES
from archcalc.questions.layer import LETTERS, Answer, Bounds, Question, nearest, pairs, solve
from archcalc.questions.steps import steps
from archcalc.report.document import Column, Document, Heading, Maths, Table

MOST = 1000  # answers listed
TITLES = {"conv": "Convolution", "pool": "Pooling", "transposed": "Transposed convolution"}


def answer_one(questions: list[Question]) -> tuple[Document, dict[str, Any], bool]:
    """One thing left out: the document, the data, and whether there is an answer on every axis."""
    answers = [solve(q) for q in questions]
    unknown = answers[0].unknown
    document = Document(_title(questions, [unknown]))
    names = AXES[len(answers)]
    per_axis = []
    for name, answer in zip(names, answers, strict=True):
        if name and len({str(q) for q in questions}) > 1:
            document.add(Heading(name))
        elif name and name != names[0]:
            per_axis.append(_axis(answer))
            continue
        _lay_out(document, answer)
        per_axis.append(_axis(answer))
    data: dict[str, Any] = {"unknown": unknown, "layer": questions[0].kind, "given": _given(questions)}
    if len(answers) == 1:
        data |= per_axis[0]
    else:
        runs = [a.first(MOST) for a in answers]
        combined = [list(c) for c in islice(product(*runs), MOST)]
        data["solutions"] = combined
        data["exact"] = [c for c in combined if all(a.is_exact(x) for a, x in zip(answers, c, strict=True))]
        data["alike"] = [x for x in runs[0] if all(x in a for a in answers[1:])]
        data["axes"] = [{"name": n, **axis} for n, axis in zip(names, per_axis, strict=True)]
        if len({str(q) for q in questions}) > 1 and unknown not in ("input", "output"):
            _say_alike(document, unknown, data["alike"], all(a.runs for a in answers))
    return document, data, all(a.runs for a in answers)


def _say_alike(document: Document, unknown: str, alike: list[int], solved: bool) -> None:
    if solved:
        what = ", ".join(map(str, alike[:12]))
        document.say(f"One {unknown} for all axes: {what}." if alike else f"No one {unknown} fits all axes.")


def _axis(answer: Answer) -> dict[str, Any]:
    found = answer.first(MOST)
    data: dict[str, Any] = {"solutions": found, "exact": [x for x in found if answer.is_exact(x)]}
    if answer.unbounded:
        data["unbounded"] = True
    elif (answer.count or 0) > len(found):
        data["count"] = answer.count
    if not found:
        data["nearest"] = [{name: n} for name, n in nearest(answer.question)]
    data["working"] = steps(answer)
    return data


def _given(questions: list[Question]) -> dict[str, Any]:
    """What was known, an axis beside the other where they differ."""
    made: dict[str, Any] = {}
    first = questions[0]
    for name in LETTERS:
        values = [q.value(name) for q in questions]
        if values[0] is None or (name == "output_padding" and first.kind != "transposed"):
            continue
        made[name] = values[0] if len(set(values)) == 1 else values
    if first.after is not None:
        made["padding_after"] = first.after
    if first.same:
        made["padding"] = "same"
    if first.tied:
        made["stride"] = "kernel"
    if first.ceil:
        made["ceil"] = True
    return made


def _title(questions: list[Question], unknowns: list[str]) -> str:
    given = _given(questions)
    quiet = {"dilation": 1, "output_padding": 0}
    said = [f"{n.replace('_', ' ')} {_sizes(v)}" for n, v in given.items() if quiet.get(n) != v]
    wanted = " and ".join(n.replace("_", " ") for n in unknowns)
    return f"{TITLES[questions[0].kind]}: {', '.join(said)}. Which {wanted}?"


def _sizes(value: Any) -> str:
    if isinstance(value, list):
        return "×".join(map(str, value))
    return "rounded up" if value is True else str(value)


def _lay_out(document: Document, answer: Answer) -> None:
    unicode, latex = steps(answer), steps(answer, "latex")
    document.add(Maths(list(zip(unicode, latex, strict=True))))
    unknown = answer.unknown.replace("_", " ")
    if not answer.runs:
        near = [f"{name} {n}" for name, n in nearest(answer.question)]
        hint = f" The nearest that have one: {', '.join(near)}." if near else ""
        document.say(f"No {unknown} answers.{hint}")
        return
    found = answer.first(MOST)
    exact = [x for x in found if answer.is_exact(x)]
    if answer.unbounded:
        document.say(f"Every {unknown} from {answer.runs[-1].low} on.")
    elif len(found) == 1:
        document.say(f"{unknown} {found[0]}{_exactly(answer, exact)}.")
    else:
        shown = ", ".join(f"{x} (exact)" if x in exact else str(x) for x in found[:20])
        more = f", … {answer.runs[-1].high}: {answer.count} in all" if (answer.count or 0) > 20 else ""
        document.say(f"{unknown} {shown}{more}{'' if exact else '; none divides exactly'}.")


def _exactly(answer: Answer, exact: list[int]) -> str:
    if answer.question.kind == "transposed" or answer.question.same:
        return ""
    return ", exact: the division has no remainder" if exact else "; the division is rounded"


def answer_several(questions: list[Question], bounds: Bounds) -> tuple[Document, dict[str, Any], bool]:
    """Several things left out: the table of all answers within bounds."""
    unknowns = questions[0].unknowns()
    document = Document(_title(questions, unknowns))
    distinct = questions if len({str(q) for q in questions}) > 1 else questions[:1]
    sets = []
    for name, question in zip(AXES[len(distinct)], distinct, strict=True):
        if name:
            document.add(Heading(name))
        found = pairs(question, bounds)
        sets.append(found)
        if found:
            columns = [Column(n.replace("_", " "), "count") for n in unknowns]
            rows = [[*values, "exact" if exact else ""] for values, exact in found[:MOST]]
            document.add(Table([*columns, "division"], rows))
    count = sum(map(len, sets))
    more = f" The first {MOST} are shown." if any(len(s) > MOST for s in sets) else ""
    said = "No answer" if not count else "1 answer" if count == 1 else f"{count} answers"
    document.say(f"{said} within {bounds.text()}; all were looked at.{more}")
    data: dict[str, Any] = {"unknown": unknowns, "layer": questions[0].kind, "given": _given(questions), "bounds": bounds.limits}
    axes = [{"solutions": [list(v) for v, _ in s[:MOST]], "exact": [list(v) for v, e in s[:MOST] if e]} for s in sets]
    data |= axes[0] if len(axes) == 1 else {"axes": [{"name": n, **x} for n, x in zip(AXES[len(axes)], axes, strict=True)]}
    return document, data, all(sets)
