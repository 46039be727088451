"""A question and its truth: worked out once, however many answer it.

A question is a figure of a network (`conv1.output`), a figure of a line of its own (`net`, `input`, `figure`), or what is left
out of the size formula of a layer. Each judges a cell: right, or wrong with the reason, or with the mistake that makes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import islice
from math import prod
from typing import NamedTuple

from archcalc.analysis import Analysis, Row, analyse
from archcalc.conventions import convention
from archcalc.formulas.recording import Step
from archcalc.homework import cells, mistakes
from archcalc.homework.sheet import BESIDE, Entry
from archcalc.layers import normal
from archcalc.layers.base import Shape, dims
from archcalc.questions.asking import LARGEST, kind_of, questions
from archcalc.questions.layer import LEAST, LETTERS, Question, solve
from archcalc.questions.steps import steps
from archcalc.text.faults import Fault, Misfit, SpecError, ValueFault, suggestions

Lines = tuple[tuple[str, str], ...]

FIGURES = {
    "output": "output", "shape": "output", "outputshape": "output", "size": "output", "outputsize": "output",
    "input": "input", "inputshape": "input",
    "params": "params", "parameters": "params", "paramswithbias": "params",
    "paramswithoutbias": "params_without_bias", "withoutbias": "params_without_bias", "weights": "params_without_bias",
    "multiplies": "multiplies", "multiplications": "multiplies", "macs": "multiplies", "multadds": "multiplies",
    "infeatures": "in_features", "inchannels": "in_channels",
    "windows": "windows", "kernelpositions": "windows", "positions": "windows",
}  # fmt: skip
COUNTS = ("params", "params_without_bias", "multiplies")
LABELS = {"params": "params", "params_without_bias": "without bias", "multiplies": "multiplies"}
TRUE = ("true", "yes", "1")
NEAR = 12  # how far from the right answer one that a mistake gives is looked for


class Verdict(NamedTuple):
    """What is to be said of a cell. `reason` is why it is no answer, `how` how it was read."""

    right: bool
    mistake: str = ""
    note: str = ""
    reason: str = ""
    how: str = ""


class Asked:
    """A question: its name and points, and what is true."""

    none_is_an_answer = False

    def __init__(self, entry: Entry, key: str, truth: str) -> None:
        self.entry = entry
        self.key = key
        self.truth = truth
        self.points = _points(entry)
        self.choices = [c.strip() for c in entry.given.get("choices", "").split("|") if c.strip()]

    @property
    def name(self) -> str:
        """What the question is called, as it was written."""
        return self.entry.question

    @cached_property
    def working(self) -> Lines:
        """The working of the truth, lines in Unicode and in LaTeX."""
        raise NotImplementedError

    def judge(self, text: str, significant: int) -> Verdict:
        """The verdict on a cell. Never raises: what cannot be read is wrong, with the reason."""
        if cells.is_empty(text) and not (self.none_is_an_answer and text.strip()):
            return Verdict(False, reason="no answer")
        place = ord(text.strip("() ").lower()) - ord("a") if len(text.strip("() ")) == 1 else -1
        if 0 <= place < len(self.choices):
            verdict = self.judge(self.choices[place], significant)
            return verdict._replace(how=f"= {self.choices[place]}")
        try:
            return self.judged(text, significant)
        except ValueFault as fault:
            hint = f"; write {fault.repairs[0]}" if fault.repairs else ""
            return Verdict(False, reason=f"{fault.message}{hint}")

    def judged(self, text: str, significant: int) -> Verdict:
        """The verdict on a cell that holds something. Raises ValueFault where that is no answer."""
        raise NotImplementedError


def _points(entry: Entry) -> Decimal:
    text = entry.given.get("points", "1")
    try:
        points = Decimal(text.strip()) if len(text) < 12 else Decimal(0)
    except InvalidOperation:
        points = Decimal(0)
    if not points.is_finite() or not 0 < points <= 1000 or int(points.as_tuple().exponent) < -3:
        raise fault(f"points: '{text[:20]}' is no number of points from 0.001 to 1,000", "points: 2")
    return points


def fault(message: str, repair: str, *more: str) -> SpecError:
    """A fault of a question; who knows the place adds it."""
    return SpecError([Fault(message, repairs=(repair, *more))])


def split(question: str) -> tuple[str, str]:
    """A question's name as the path of a layer and the last word."""
    path, _, last = question.strip().rpartition(".")
    return path, last


def key_of(question: str) -> str:
    """The name of a question as it is compared: conv1.Parameters and conv1.params are one."""
    path, last = split(question)
    figure = FIGURES.get(normal(last))
    return f"{path}.{figure}" if figure else normal(question.strip())


def asked_of(entry: Entry, analysis: Analysis | None) -> Asked:
    """The question of an entry, with its truth. Raises SpecError at its place where it means nothing."""
    try:
        return _asked_of(entry, analysis)
    except SpecError as error:
        for one in error.faults:
            one.message = f"{entry.question}: {one.message}"
            one.span = entry.span
        raise


def _asked_of(entry: Entry, analysis: Analysis | None) -> Asked:
    path, last = split(entry.question)
    if entry.given.get("net"):
        return _of_a_line(entry)
    rest = {n: v for n, v in entry.given.items() if n not in BESIDE}
    if "figure" in rest:  # a figure of the network under another name, as a quiz has it
        path, last = split(rest.pop("figure"))
    asked = re.split(r"[\s#(]", rest.get("ask", last).strip())[0]
    if rest:
        return _formula(entry, rest, asked)
    figure = FIGURES.get(normal(last))
    if figure is None:
        if normal(asked) in LETTERS:
            answer = cells.shown(entry.answer) or "10"
            raise fault(
                "what is given is missing", f"{asked}: {{answer: {answer}, input: 205, output: 66, stride: 3, padding: 0}}"
            )
        raise fault(f"'{last}' is no figure", *(suggestions(normal(last), FIGURES) or ["output", "params", "multiplies"]))
    if analysis is None:
        raise fault("a figure of a network is asked for, and no network is given", "--net lenet5")
    return _figure(entry, figure, path, analysis)


def _figure(entry: Entry, figure: str, path: str, analysis: Analysis) -> Asked:
    if figure in COUNTS:
        return CountAsked(entry, figure, path, analysis, rows_of(analysis, path))
    row = _one_row(analysis, path, figure)
    if figure == "output" and not row.output:
        raise fault(f"{row.path} gives a single value, which has no sizes", f"{row.path}.params")
    if figure == "output":
        return ShapeAsked(entry, row, figure, analysis)
    if len(row.inputs) != 1:
        raise fault(f"{row.path} has {len(row.inputs)} inputs", f"{row.path}.output")
    if figure == "input":
        return ShapeAsked(entry, row, figure, analysis)
    return SizeAsked(entry, figure, row)


def rows_of(analysis: Analysis, path: str) -> list[Row]:
    """The rows of a layer or a block; all of them without a path. Raises SpecError."""
    if not path:
        return list(analysis.rows)
    found = analysis.row(path)
    rows = [found] if found else [r for r in analysis.rows if r.path.startswith(f"{path}.")]
    if not rows:
        near = suggestions(path, [r.path for r in analysis.rows] + list(analysis.network.groups))
        raise fault(
            f"{analysis.network.name} has no layer '{path}'",
            *(near or ([analysis.rows[0].path] if analysis.rows else ["params"])),
        )
    return rows


def _one_row(analysis: Analysis, path: str, figure: str) -> Row:
    """The row whose shape is asked for: a layer's own, the last of a block, the network's end. Raises SpecError."""
    if path:
        rows = rows_of(analysis, path)
        return rows[-1] if figure == "output" else rows[0]
    if figure != "output":
        raise fault(f"the {figure.replace('_', ' ')} of a layer is meant", f"{analysis.rows[0].path}.{figure}")
    ends = [i for i in analysis.network.outputs if i >= 0]
    if len(ends) != 1:
        raise fault("the network has several outputs", *[f"{analysis.rows[i].path}.output" for i in ends])
    return analysis.rows[ends[0]]


@lru_cache(maxsize=256)
def line_analysis(line: str, shape: Shape, skip_zeros: bool) -> Analysis:
    """The analysis of a line of layers: `conv 6 k5; maxpool 2`. Raises SpecError."""
    from archcalc.loading import from_line

    return analyse(from_line(line, line, input=shape), convention=convention(skip_zeros=skip_zeros))


def _of_a_line(entry: Entry) -> Asked:
    """A figure of a line that stands with the question."""
    given = {n: v for n, v in entry.given.items() if n not in BESIDE}
    line, skip = given.pop("net"), given.pop("skip_zeros", "false").lower() in TRUE
    figure = FIGURES.get(normal(given.pop("figure", split(entry.question)[1])))
    written = given.pop("input", "")
    if given:
        raise fault(f"'{next(iter(given))}' is nothing a question about a line has", "net", "input", "figure", "points")
    if figure is None:
        raise fault("which figure of the line is asked for?", "figure: params")
    try:
        shape, _ = cells.read_shape(written)
    except ValueFault as error:
        raise fault(f"input: {error.message}", "input: 3x28x28") from None
    try:
        analysis = line_analysis(line, shape, skip)
    except SpecError as error:
        raise fault(f"net: {error.faults[0].message}", *error.faults[0].repairs) from None
    path = "" if figure in COUNTS or figure == "output" else analysis.rows[-1].path
    return _figure(entry, figure, path, analysis)


def either(names: Iterable[str]) -> str:
    """The mistakes that each explain an answer."""
    return " or ".join(islice(names, 3))


# -- shapes -----------------------------------------------------------------------------------------------------------


def turned(shape: Shape) -> Shape:
    """A shape with its channels last."""
    return (*shape[1:], shape[0])


class ShapeAsked(Asked):
    """The shape a layer gives or takes."""

    def __init__(self, entry: Entry, row: Row, figure: str, analysis: Analysis) -> None:
        true = row.output if figure == "output" else row.inputs[0]
        last = turned(true)
        super().__init__(
            entry, key_of(entry.question), dims(true) if len(true) < 2 else f"{dims(true)} (channels last: {dims(last)})"
        )
        self.row, self.figure, self.true, self.last, self.analysis = row, figure, true, last, analysis

    @cached_property
    def working(self) -> Lines:
        if self.figure != "output":
            return ()
        made = [s for s in _steps(self.row, self.analysis) if s.label.startswith("output")]
        return tuple((f"{s.label}: {s.text()}", rf"\text{{{s.label}}}: {s.text('latex')}") for s in made)

    @cached_property
    def known(self) -> dict[str, Shape]:
        """What the shape becomes by each mistake."""
        made = mistakes.outputs(self.row) if self.figure == "output" else {}
        whole = {"the number of values, where the shape is asked for": (prod(self.true),)}
        return {**made, **whole} if len(self.true) > 1 else made

    def judged(self, text: str, significant: int) -> Verdict:
        answer, how = cells.read_shape(text)
        true, last = self.true, self.last
        if len(answer) == len(true) + 1 and answer[0] == 1 and answer[1:] in (true, last):
            answer, how = answer[1:], "the batch in front left out"
        if len(true) == 1 and len(answer) > 1 and prod(answer) == true[0] and max(answer) == true[0]:
            answer, how = true, "the ones left out"
        if answer == true:
            order = "channels first" if len(true) > 1 and last != true else ""
            return Verdict(True, note=", ".join(filter(None, (order, how))))
        if len(true) > 1 and answer == last:
            return Verdict(True, note=", ".join(filter(None, ("channels last, accepted", how))))
        named = either(
            name for name, shape in self.known.items() if shape not in (true, last) and answer in (shape, turned(shape))
        )
        return Verdict(False, named, how=how)


# -- numbers ----------------------------------------------------------------------------------------------------------


class NumberAsked(Asked):
    """A number that is true, and what it becomes by each mistake."""

    def __init__(self, entry: Entry, true: int) -> None:
        super().__init__(entry, key_of(entry.question), f"{true:,}")
        self.true = true

    @cached_property
    def known(self) -> dict[str, int]:
        """What the number becomes by each mistake."""
        return {}

    @cached_property
    def by_figure(self) -> dict[int | Fraction, list[str]]:
        """The mistakes by the wrong figure they make."""
        made: dict[int | Fraction, list[str]] = {}
        for name, n in self.known.items():
            if n != self.true:
                made.setdefault(n, []).append(name)
        return made

    def judged(self, text: str, significant: int) -> Verdict:
        number = cells.read_number(text)
        true, how = self.true, number.how
        if cells.rounds_to(true, number, significant):
            notes = ["rounded"] * (number.value != true) + [how] * (bool(how) and how[0] != "=")
            return Verdict(True, note=", ".join(notes), how=how)
        if number.other == true:
            return Verdict(True, note="a point read as standing between thousands")
        near = cells.rounded(true, significant)
        shows = self.by_figure.get(number.value, ()) if number.place == 0 else ()
        if shows:
            return Verdict(False, either(shows), how=how)
        if cells.unmarked(true, number, significant):
            return Verdict(False, note=f"a whole number counts to its last digit; rounded it is {near}", how=how)
        if cells.too_coarse(true, number, significant):
            return Verdict(False, note=f"too few digits: {significant} significant figures are asked for, {near}", how=how)
        if cells.cut_off(true, number, significant):
            return Verdict(False, "cut off instead of rounded", how=how)
        if number.place <= 0:
            return Verdict(False, how=how)
        shows = [name for n, names in self.by_figure.items() if cells.rounds_to(int(n), number, significant) for name in names]
        return Verdict(False, either(shows), how=how)


class CountAsked(NumberAsked):
    """Parameters or multiplications of a layer, a block or the whole network."""

    def __init__(self, entry: Entry, figure: str, path: str, analysis: Analysis, rows: list[Row]) -> None:
        super().__init__(entry, sum(getattr(row, figure) for row in rows))
        self.figure, self.path, self.analysis, self.rows = figure, path, analysis, rows

    @cached_property
    def known(self) -> dict[str, int]:
        known = mistakes.in_total(self.rows, self.figure) if len(self.rows) > 1 else mistakes.figures(self.rows[0], self.figure)
        if not self.path and self.figure.startswith("params"):
            bias = self.figure == "params"
            other = sum(r.params_without_bias if bias else r.params for r in self.rows)
            known = {**known, (mistakes.BIAS_FORGOTTEN if bias else mistakes.BIAS_COUNTED): other}
        return known

    @cached_property
    def working(self) -> Lines:
        if not self.path or len(self.rows) > 1:
            addends = [getattr(row, self.figure) for row in self.rows if getattr(row, self.figure)]
            if len(addends) == 1 and len(self.rows) == 1:
                return _figure_steps(self.rows[0], self.figure, self.analysis)
            made = sum_line(addends, self.true)
            if "net" not in self.entry.given:
                return (made,)
            each = [(row, line) for row in self.rows for line in _figure_steps(row, self.figure, self.analysis)]
            return (*((f"{row.path}: {unicode}", latex) for row, (unicode, latex) in each), made)
        return _figure_steps(self.rows[0], self.figure, self.analysis)


def sum_line(addends: list[int], total: int) -> tuple[str, str]:
    """A sum written out, in Unicode and in LaTeX."""
    text = f"{' + '.join(f'{n:,}' for n in addends) or '0'} = {total:,}"
    return text, text.replace(",", "{,}")


class SizeAsked(NumberAsked):
    """How many values or channels go into a layer, or at how many places its kernel stands."""

    def __init__(self, entry: Entry, figure: str, row: Row) -> None:
        source = row.output if figure == "windows" else row.inputs[0]
        if figure == "windows" and (not hasattr(row.layer, "kernel") or len(source) < 2):
            raise fault(f"{row.path} slides no kernel", f"{row.path}.output")
        self.figure, self.row = figure, row
        self.factors = (source[0],) if figure == "in_channels" else source[1:] if figure == "windows" else source
        super().__init__(entry, prod(self.factors))

    @cached_property
    def known(self) -> dict[str, int]:
        if self.figure == "windows":
            return {"channels counted as places": prod(self.row.output), "places of the input": prod(self.row.inputs[0][1:])}
        return {}

    @cached_property
    def working(self) -> Lines:
        if len(self.factors) < 2:
            return ()
        text = f"{'·'.join(map(str, self.factors))} = {self.true:,}"
        return ((text, text.replace("·", r" \cdot ").replace(",", "{,}")),)


def _steps(row: Row, analysis: Analysis) -> list[Step]:
    from archcalc.figures.working import row_steps

    return row_steps(row, analysis)


def _figure_steps(row: Row, figure: str, analysis: Analysis) -> Lines:
    try:
        found = _steps(row, analysis)
    except Misfit:
        return ()
    made = [s for s in found if s.label == LABELS[figure]]
    if not made and figure == "params_without_bias":  # nothing is a bias here: the same sum as the parameters
        made = [s for s in found if s.label == "params"]
    return tuple((s.text(), s.text("latex")) for s in made)


# -- one thing left out of the size formula ---------------------------------------------------------------------------


def _formula(entry: Entry, given: dict[str, str], asked: str) -> Asked:
    given.pop("ask", None)
    layer = given.pop("layer", "conv")
    kind = kind_of(layer)
    if kind is None:
        raise fault(f"the layer '{layer}' is none", "conv", "pool", "transposed")
    unknown = asked.replace("-", "_").lower()
    if unknown not in LETTERS:
        raise fault(f"'{asked}' is nothing a formula could be solved for", *suggestions(unknown, LETTERS) or list(LETTERS))
    ceil = given.pop("ceil", "false").lower() in TRUE
    wrong = [name for name in given if name.replace("-", "_") not in LETTERS]
    if wrong:
        raise fault(f"'{wrong[0]}' is nothing the formula knows", *suggestions(wrong[0], LETTERS) or list(LETTERS))
    asked_for: dict[str, str | None] = {name.replace("-", "_"): text for name, text in given.items()}
    asked_for[unknown] = "?"
    if unknown != "dilation":
        asked_for.setdefault("dilation", "1")
    (question, *more) = questions(kind, asked_for, ceil=ceil)
    if more:
        raise fault("a formula question is about one axis", f"{unknown}: {{answer: 10, input: 205, …}}")
    if question.unknowns() != [unknown]:
        lacking = ", ".join(n for n in question.unknowns() if n != unknown)
        raise fault(f"besides {unknown}, {lacking} is not given", f"{unknown} alone left out")
    return FormulaAsked(entry, question, unknown)


class FormulaAsked(Asked):
    """What is left out of the size formula: every whole number that answers is right, the exact one marked."""

    none_is_an_answer = True

    def __init__(self, entry: Entry, question: Question, unknown: str) -> None:
        self.question, self.unknown = question, unknown
        self.answer = solve(question)
        self.found = self.answer.first(12)
        self.exact = [x for x in self.found if self.answer.is_exact(x)]
        several = len(self.found) > 1
        truth = " or ".join(f"{x} (exact)" if x in self.exact and several else str(x) for x in self.found) or "none"
        if self.answer.unbounded:
            truth = f"{self.answer.runs[-1].low} or more"
        super().__init__(entry, key_of(entry.question), truth)

    @cached_property
    def working(self) -> Lines:
        return tuple(zip(steps(self.answer), steps(self.answer, "latex"), strict=True))

    @cached_property
    def known(self) -> dict[str, int]:
        """What would be answered by each mistake: sizes, or the number that makes the size under it."""
        if self.unknown == "output":
            return mistakes.size_mistakes(self.question)
        made: dict[str, int] = {}
        near = self.found[0] if self.found else 0
        for x in range(max(LEAST[self.unknown], near - NEAR), near + NEAR):
            for name in self._mistake(x).split(" or ") if x not in self.answer else []:
                made.setdefault(name, x)
        made.pop("", None)
        return made

    def judged(self, text: str, significant: int) -> Verdict:
        if text.strip().lower() in ("none", "no", "-", "–"):
            return Verdict(not self.found)
        number = cells.read_number(text)
        x = int(number.value) if number.value.denominator == 1 else -1
        if x in self.answer:
            note = "" if len(self.found) == 1 else "the exact one" if x in self.exact else "one of those that floor allows"
            return Verdict(True, note=note, how=number.how)
        return Verdict(False, self._mistake(x), how=number.how)

    def _mistake(self, x: int) -> str:
        """The mistake under which x would have been an answer."""
        if self.unknown == "output":
            return either(name for name, size in mistakes.size_mistakes(self.question).items() if size == x)
        if self.question.output is None or not 0 <= x <= LARGEST:
            return ""
        try:
            made = mistakes.size_mistakes(self.question.having(self.unknown, x))
        except (ZeroDivisionError, ValueError):
            return ""
        direct = [name for name, n in mistakes.backwards(self.question, self.unknown).items() if n == x]
        return either([*(name for name, size in made.items() if size == self.question.output), *direct])
