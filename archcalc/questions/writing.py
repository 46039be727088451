"""The answer to a question of one layer, laid out, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, product
from math import prod

from archcalc.questions.asking import AXES, Channels
from archcalc.questions.layer import LETTERS, Bounds, Found, Question, nearest, pairs, solve
from archcalc.questions.steps import steps
from archcalc.report.answer import Answer
from archcalc.report.document import Column, Document, Heading, Maths, Table

MOST = 1000  # answers listed
TITLES = {"conv": "Convolution", "pool": "Pooling", "transposed": "Transposed convolution"}


class Solution(Answer):
    """What answers a question asked backwards: `solutions` is every answer that was found."""

    __slots__ = ()

    @property
    def solutions(self) -> list[object]:
        """Every answer that was found, as in the data."""
        found: list[object] = self.as_data()["solutions"]
        return found

    @property
    def sentence(self) -> str:
        """What is asked, and what answers."""
        title, last = self.as_document().title, self.said()
        return f"{title} {last}"

    def said(self) -> str:
        """What answers, in words."""
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class One(Solution):
    """One thing left out, an axis each: every whole number that answers. `channels` are those that stand with the sizes."""

    questions: Sequence[Question]
    channels: Channels | None = None

    @cached_property
    def answers(self) -> list[Found]:
        """The answers, an axis each."""
        return [solve(q) for q in self.questions]

    @property
    def ok(self) -> bool:
        """Whether there is an answer on every axis."""
        return all(a.runs for a in self.answers)

    @property
    def differ(self) -> bool:
        """Whether the axes ask different things."""
        return len({str(q) for q in self.questions}) > 1

    @property
    def alike(self) -> Found:
        """What answers on every axis."""
        first, *rest = self.answers
        runs = first.runs
        for other in rest:
            runs = tuple(both for a in runs for b in other.runs if not (both := a.both(b)).empty)
        return replace(first, runs=runs)

    def said(self) -> str:
        """What answers on each axis."""
        distinct = self.answers if self.differ else self.answers[:1]
        return " ".join(_said(answer) for answer in distinct)

    def as_document(self) -> Document:
        """The algebra, of axes that are alike once, and the answers."""
        answers, unknown = self.answers, self.answers[0].unknown
        document = Document(_title(self.questions, [unknown]), data=self.as_data)
        if self.channels is not None:
            document.say(_channels_read(self.questions, self.channels))
        for name, answer in list(zip(AXES[len(answers)], answers, strict=True))[: None if self.differ else 1]:
            if self.differ:
                document.add(Heading(name))
            _lay_out(document, answer)
        if self.differ and unknown not in ("input", "output"):
            _say_alike(document, self.alike, self.ok)
        elif len(answers) > 1 and not self.differ:
            document.say("Alike on both axes." if len(answers) == 2 else "Alike on all three axes.")
        sizes = [_only(q.output, a) if a.unknown == "output" else q.output for q, a in zip(self.questions, answers, strict=True)]
        if self.questions[0].kind != "transposed" and all(sizes) and len(sizes) > 1:
            windows = prod(n for n in sizes if n)
            document.say(f"The kernel stands at {'·'.join(map(str, sizes))} = {windows:,} places.")
        if self.channels is not None:
            _say_channels(document, self.questions, self.channels, self.answers)
        return document

    def as_data(self) -> dict[str, object]:
        """The answers as plain data."""
        answers = self.answers
        data: dict[str, object] = {
            "unknown": answers[0].unknown,
            "layer": self.questions[0].kind,
            "given": _given(self.questions),
        }
        if self.channels is not None and self.channels.order != "axes":
            data["channels"] = {"input": self.channels.input, "output": self.channels.output}
            if self.questions[0].kind != "pool":
                data["filters"] = self.channels.output
        per_axis = [_axis(answer) for answer in answers]
        if len(answers) == 1:
            return data | per_axis[0]
        combined = [list(c) for c in islice(product(*(a.first(MOST) for a in answers)), MOST)]
        data["solutions"] = combined
        data["exact"] = [c for c in combined if all(a.is_exact(x) for a, x in zip(answers, c, strict=True))]
        data["alike"] = self.alike.first(MOST)
        data["axes"] = [{"name": n, **axis} for n, axis in zip(AXES[len(answers)], per_axis, strict=True)]
        return data


def _channels_read(questions: Sequence[Question], channels: Channels) -> str:
    axes = "height × width" if len(questions) == 2 else "depth × height × width"
    if channels.order == "axes":
        return f"Read as {axes}. If one of them is the channels, leave it out: --input 28x30."
    order = f"{axes} × channels" if channels.order == "last" else f"channels × {axes}"
    said = [f"{n:,} {what}" for n, what in ((channels.input, "going in"), (channels.output, "coming out")) if n]
    return f"Read as {order}: {' and '.join(said)}."


def _say_channels(document: Document, questions: Sequence[Question], channels: Channels, answers: Sequence[Found]) -> None:
    """The channels that come out are the filters; with one kernel found, the parameters they have."""
    C, N = channels.input, channels.output
    if questions[0].kind == "pool" or N is None:
        return
    sizes = [_only(q.kernel, a) if a.unknown == "kernel" else q.kernel for q, a in zip(questions, answers, strict=True)]
    named = [str(k) if k else "K" for k in sizes]
    document.say(f"{N} channels come out, so there are {N} filters of {'×'.join([*named, *([str(C)] if C else [])])}.")
    if C and all(sizes):
        weights = N * C * prod(k for k in sizes if k)
        line = f"{'·'.join(named)}·{C}·{N} + {N} = {weights + N:,} parameters, {weights:,} without bias"
        latex = line.replace("·", r" \cdot ").replace(",", "{,}").replace(" parameters{,} ", r" \text{ parameters, } ")
        document.add(Maths([(line, latex.replace(" without bias", r" \text{ without bias}"))]))


def _only(known: int | None, answer: Found) -> int | None:
    """The one number that answers, or the only exact one."""
    found = answer.first(12)
    exact = [x for x in found if answer.is_exact(x)]
    return found[0] if len(found) == 1 else exact[0] if len(exact) == 1 and answer.count is not None else known


def _say_alike(document: Document, alike: Found, solved: bool) -> None:
    if not solved:
        return
    if not alike.runs:
        document.say(f"No one {alike.unknown} fits all axes.")
    elif alike.unbounded:
        document.say(f"One {alike.unknown} for all axes: every one from {alike.runs[-1].low} on.")
    else:
        more = f", … {alike.runs[-1].high}" if (alike.count or 0) > 12 else ""
        document.say(f"One {alike.unknown} for all axes: {', '.join(map(str, alike.first(12)))}{more}.")


def _axis(answer: Found) -> dict[str, object]:
    found = answer.first(MOST)
    data: dict[str, object] = {"solutions": found, "exact": [x for x in found if answer.is_exact(x)]}
    if answer.unbounded:
        data["unbounded"] = True
    elif (answer.count or 0) > len(found):
        data["count"] = answer.count
    if not found:
        data["nearest"] = [{name: n} for name, n in nearest(answer.question)]
    data["working"] = steps(answer)
    return data


def _given(questions: Sequence[Question]) -> dict[str, object]:
    """What was known, an axis beside the other where they differ."""
    made: dict[str, object] = {}
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


def _title(questions: Sequence[Question], unknowns: list[str]) -> str:
    given = _given(questions)
    quiet = {"dilation": 1, "output_padding": 0}
    said = [f"{n.replace('_', ' ')} {_sizes(v)}" for n, v in given.items() if quiet.get(n) != v]
    wanted = " and ".join(n.replace("_", " ") for n in unknowns)
    return f"{TITLES[questions[0].kind]}: {', '.join(said)}. Which {wanted}?"


def _sizes(value: object) -> str:
    if isinstance(value, list):
        return "×".join(map(str, value))
    return "rounded up" if value is True else str(value)


def _lay_out(document: Document, answer: Found) -> None:
    unicode, latex = steps(answer), steps(answer, "latex")
    document.add(Maths(list(zip(unicode, latex, strict=True))))
    document.say(_said(answer))


def _said(answer: Found) -> str:
    """What answers, and whether exactly; where nothing does, what would have an answer."""
    unknown = answer.unknown.replace("_", " ")
    if not answer.runs:
        near = [f"{name} {n}" for name, n in nearest(answer.question)]
        hint = f" The nearest that have one: {', '.join(near)}." if near else ""
        return f"No {unknown} answers.{hint}"
    found = answer.first(MOST)
    exact = [x for x in found if answer.is_exact(x)]
    if answer.unbounded:
        return f"Every {unknown} from {answer.runs[-1].low} on."
    if len(found) == 1:
        return f"{unknown} {found[0]}{_exactly(answer, exact)}."
    shown = ", ".join(f"{x} (exact)" if x in exact else str(x) for x in found[:20])
    more = f", … {answer.runs[-1].high}: {answer.count} in all" if (answer.count or 0) > 20 else ""
    return f"{unknown} {shown}{more}{'' if exact else '; none divides exactly'}."


def _exactly(answer: Found, exact: list[int]) -> str:
    if answer.question.kind == "transposed" or answer.question.same:
        return ""
    return ", exact: the division has no remainder" if exact else "; the division is rounded"


@dataclass(frozen=True, repr=False)
class Several(Solution):
    """Several things left out: the table of all answers within bounds."""

    questions: Sequence[Question]
    bounds: Bounds
    channels: Channels | None = None

    @cached_property
    def found(self) -> list[list[tuple[tuple[int, ...], bool]]]:
        """The answers and whether they are exact, an axis each; axes that are alike once."""
        distinct = self.questions if len({str(q) for q in self.questions}) > 1 else self.questions[:1]
        return [pairs(question, self.bounds) for question in distinct]

    @property
    def ok(self) -> bool:
        """Whether there is an answer on every axis."""
        return all(self.found)

    def said(self) -> str:
        """How many answers there are within the bounds."""
        count = sum(map(len, self.found))
        more = f" The first {MOST} are shown." if any(len(s) > MOST for s in self.found) else ""
        said = "No answer" if not count else "1 answer" if count == 1 else f"{count} answers"
        return f"{said} within {self.bounds.text()}; all were looked at.{more}"

    def as_document(self) -> Document:
        """A table of the answers for each axis that differs."""
        unknowns = self.questions[0].unknowns()
        document = Document(_title(self.questions, unknowns), data=self.as_data)
        if self.channels is not None:
            document.say(_channels_read(self.questions, self.channels))
        for name, found in zip(AXES[len(self.found)], self.found, strict=True):
            if name:
                document.add(Heading(name))
            if found:
                columns = [Column(n.replace("_", " "), "count") for n in unknowns]
                rows = [[*values, "exact" if exact else ""] for values, exact in found[:MOST]]
                document.add(Table([*columns, "division"], rows))
        document.say(self.said())
        if self.channels is not None:
            _say_channels(document, self.questions, self.channels, [Found(q, "", ()) for q in self.questions])
        return document

    def as_data(self) -> dict[str, object]:
        """The answers as plain data."""
        data: dict[str, object] = {"unknown": self.questions[0].unknowns(), "layer": self.questions[0].kind}
        data |= {"given": _given(self.questions), "bounds": self.bounds.limits}
        if self.channels is not None and self.channels.order != "axes":
            data["channels"] = {"input": self.channels.input, "output": self.channels.output}
        axes = [{"solutions": [list(v) for v, _ in s[:MOST]], "exact": [list(v) for v, e in s[:MOST] if e]} for s in self.found]
        if len(axes) == 1:
            return data | axes[0]
        return data | {"axes": [{"name": n, **x} for n, x in zip(AXES[len(axes)], axes, strict=True)]}
