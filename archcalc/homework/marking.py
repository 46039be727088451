"""Marking: every sheet against the same questions.

What is asked is fixed before anything is marked: by a file of questions, or else by all that any of the sheets answers. So a
question left out counts as wrong, and a cell that cannot be read is wrong for that person alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from archcalc.analysis import Analysis
from archcalc.homework.asked import Asked, Lines, Verdict, asked_of, key_of
from archcalc.homework.carry import Answered, Own, Walks
from archcalc.homework.sheet import BESIDE, Entry, Questions, Sheet
from archcalc.text.faults import Fault, SpecError, suggestions

Outcome = Literal["right", "carried", "wrong", "unanswered"]


@dataclass(frozen=True)
class Mark:
    """One answer marked. `said` is what is to be said of it; `working` is lines in Unicode and in LaTeX.

    An answer that is carried forward follows from the person's own earlier figure; `truth` is the true value all the same.
    """

    asked: Asked
    answer: str
    outcome: Outcome
    verdict: Verdict
    points: Decimal
    working: Lines = ()
    follows: str = ""

    @property
    def right(self) -> bool:
        """Whether the answer is the true value."""
        return self.outcome == "right"

    @property
    def truth(self) -> str:
        """The true value."""
        return self.asked.truth

    @property
    def said(self) -> str:
        """The reason, the mistake, or what is to be said of an answer that is right."""
        v = self.verdict
        follows = f"follows from their own {self.follows}" if self.outcome == "carried" else ""
        return v.reason or follows or v.mistake or v.note


@dataclass(frozen=True)
class Marked:
    """A sheet marked, a mark for every question asked. `notes` say what of the sheet was not asked for."""

    sheet: Sheet
    marks: list[Mark]
    notes: tuple[str, ...] = ()

    @property
    def score(self) -> int:
        """How many answers are right."""
        return sum(mark.right for mark in self.marks)

    @property
    def points(self) -> Decimal:
        """The points earned."""
        return sum((mark.points for mark in self.marks), Decimal(0))

    @property
    def of(self) -> Decimal:
        """The points there were."""
        return sum((mark.asked.points for mark in self.marks), Decimal(0))

    @property
    def perfect(self) -> bool:
        """Whether every question is answered rightly."""
        return bool(self.marks) and self.score == len(self.marks)


@dataclass(frozen=True)
class Rules:
    """How answers are marked: significant figures asked of a rounded one, and whether errors are carried forward."""

    significant: int = 3
    carry: bool = True


class Paper:
    """The questions of one paper, found by name."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        self.asked = list(asked)
        self.by_name: dict[str, list[Asked]] = {}
        for one in asked:
            self.by_name.setdefault(one.key, []).append(one)

    def find(self, entry: Entry) -> Asked | None:
        """The question an entry answers; of several of one name, the one with the same numbers given."""
        found = self.by_name.get(key_of(entry.question), [])
        if len(found) < 2:
            return found[0] if found else None
        return next((a for a in found if _given(a.entry) == _given(entry)), None)


def _given(entry: Entry) -> dict[str, str]:
    return {n.replace("-", "_"): v for n, v in entry.given.items() if n not in BESIDE}


def papers_of(questions: Questions, analysis: Analysis | None) -> tuple[dict[str, Paper], list[str]]:
    """The papers of a file of questions, and what is to be said of them. Raises SpecError, every fault at once."""
    faults: list[Fault] = []
    notes: list[str] = []
    made = {}
    for name, entries in questions.papers.items():
        asked: list[Asked] = []
        for entry in entries:
            try:
                one = asked_of(entry, analysis)
            except SpecError as error:
                faults += error.faults
                continue
            if any(a.key == one.key for a in asked):
                faults.append(Fault(f"{entry.question} is asked twice", entry.span, repairs=[f"{entry.question}#2"]))
            asked.append(one)
            if entry.answer and not (verdict := one.judge(entry.answer, 3)).right:
                why = verdict.reason or f"it is {one.truth}"
                notes.append(
                    f"{questions.source.name} has {entry.answer[:40]} for {entry.question}: {why}. The true value is used."
                )
        made[name] = Paper(asked)
    if faults:
        raise SpecError(faults)
    return made, notes


def paper_of(sheets: Sequence[Sheet], analysis: Analysis | None) -> tuple[Paper, dict[int, dict[int, str]]]:
    """All that any of the sheets answers, and the entries that mean nothing, by sheet and place, with the reason.

    An entry without its numbers answers the question of that name on another sheet. Raises SpecError where a question means
    nothing on any sheet.
    """
    asked: dict[tuple[str, tuple[tuple[str, str], ...]], Asked] = {}
    failed: list[tuple[int, int, Entry, SpecError]] = []
    known: dict[str, SpecError] = {}
    for s, sheet in enumerate(sheets):
        for e, entry in enumerate(sheet.entries):
            identity = key_of(entry.question), tuple(sorted(_given(entry).items()))
            if identity in asked:
                continue
            try:
                error = known.get(str(identity))
                if error is None:
                    asked[identity] = asked_of(entry, analysis)
                    continue
            except SpecError as raised:
                error = known[str(identity)] = raised
            failed.append((s, e, entry, error))
    paper = Paper(list(asked.values()))
    failed = [f for f in failed if paper.find(f[2]) is None]
    everywhere = {s for s, sheet in enumerate(sheets) if sheet.entries}
    faults: list[Fault] = []
    for error in dict.fromkeys(f[3] for f in failed):
        if {f[0] for f in failed if f[3] is error} == everywhere or not asked:
            for fault in error.faults if len(sheets) > 1 else ():
                fault.repairs = [*fault.repairs, "--questions FILE that names what is asked"]
            faults += error.faults
    if faults:
        raise SpecError(faults)
    unread: dict[int, dict[int, str]] = {}
    for s, e, _, error in failed:
        unread.setdefault(s, {})[e] = error.faults[0].message
    return paper, unread


def mark_all(
    sheets: Sequence[Sheet], questions: Questions | None, analysis: Analysis | None, rules: Rules
) -> tuple[list[Marked], list[str]]:
    """Every sheet against the questions, and what is to be said of the questions. Raises SpecError for these alone."""
    unread: dict[int, dict[int, str]] = {}
    if questions is None:
        paper, unread = paper_of(sheets, analysis)
        papers, notes = {"": paper}, []
        if len(sheets) > 1 and any(len(s.entries) < len(paper.asked) for s in sheets):
            count = f"{len(paper.asked)} question{'s' * (len(paper.asked) > 1)}"
            notes.append(f"Asked is what any of the sheets answers: {count}; --questions FILE fixes them.")
    else:
        papers, notes = papers_of(questions, analysis)
    marked = []
    walks: Walks = {}
    for s, sheet in enumerate(sheets):
        marked.append(_mark_sheet(sheet, papers, analysis, rules, unread.get(s, {}), walks))
    return marked, notes


def _mark_sheet(
    sheet: Sheet, papers: dict[str, Paper], analysis: Analysis | None, rules: Rules, unread: dict[int, str], walks: Walks
) -> Marked:
    notes = []
    paper = papers.get(sheet.paper)
    if paper is None and len(papers) == 1:
        (name, paper), *_ = papers.items()
        if sheet.paper and name:
            paper = None
    if paper is None:
        near = suggestions(sheet.paper, papers)
        said = f"there is no paper '{sheet.paper[:20]}'" if sheet.paper else "which paper is answered is not said"
        return Marked(sheet, [], (f"{said}; write `paper: {(near or list(papers))[0]}`",))
    answers: dict[Asked, list[Entry]] = {}
    for e, entry in enumerate(sheet.entries):
        one = None if e in unread else paper.find(entry)
        if one is None:
            near = suggestions(key_of(entry.question), paper.by_name)
            why = unread.get(e, f"{entry.question} is not asked" + (f"; did you mean {near[0]}?" if near else ""))
            notes.append(f"{why} (the answer {_shown(entry)} does not count)")
        else:
            answers.setdefault(one, []).append(entry)
            if _given(entry) and one.entry is not entry and _given(entry) != _given(one.entry):
                notes.append(f"{entry.question}: the sheet has other numbers given than the question, which count")
    judged = [(a, *_judge(a, answers.get(a, []), sheet, rules)) for a in paper.asked]
    marks = (
        _carried(judged, analysis, rules, walks)
        if rules.carry and analysis is not None
        else [_mark(a, t, v) for a, t, v in judged]
    )
    return Marked(sheet, marks, tuple(notes))


def _shown(entry: Entry) -> str:
    """An answer as it stands in a sentence."""
    from archcalc.homework.cells import shown

    return f"'{shown(entry.answer)}'"


def _judge(asked: Asked, entries: list[Entry], sheet: Sheet, rules: Rules) -> tuple[str, Verdict]:
    """The answer and the verdict on it."""
    if sheet.fault:
        return "", Verdict(False, reason=sheet.fault)
    if not entries:
        return "", Verdict(False, reason="no answer")
    first = entries[0]
    if len({e.answer for e in entries}) > 1:
        said = " and ".join(_shown(e) for e in entries[:3])
        return first.answer, Verdict(False, reason=f"answered {len(entries)} times: {said}")
    if first.reason:
        return first.answer, Verdict(False, reason=first.reason)
    return first.answer, asked.judge(first.answer, rules.significant)


def _mark(asked: Asked, answer: str, verdict: Verdict) -> Mark:
    outcome: Outcome = "right" if verdict.right else "unanswered" if verdict.reason == "no answer" else "wrong"
    return Mark(asked, answer, outcome, verdict, asked.points if verdict.right else Decimal(0), asked.working)


def _carried(judged: Answered, analysis: Analysis, rules: Rules, walks: Walks) -> list[Mark]:
    """The marks, those that follow from an earlier figure among them."""
    wrong = sum(not v.right and not v.reason for _, _, v in judged)
    if wrong < 2:
        return [_mark(*one) for one in judged]
    own = Own(analysis, judged, walks)
    marks = []
    for asked, answer, verdict in judged:
        mark = _mark(asked, answer, verdict)
        found = None if verdict.right or verdict.reason else own.judge(asked, answer, rules.significant)
        if found is not None and found.verdict.right:
            mark = Mark(asked, answer, "carried", verdict, asked.points, found.working, found.origin)
        elif found is not None and found.verdict.mistake and not verdict.mistake:
            said = f"{found.verdict.mistake}, from their own {found.origin}"
            mark = Mark(asked, answer, "wrong", verdict._replace(mistake=said), Decimal(0), asked.working)
        marks.append(mark)
    return marks
