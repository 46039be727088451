"""Errors carried forward: what the rest of a network becomes on a student's own earlier figures.

A shape that was answered wrongly is put in the place of the true one, and every layer behind it is worked out again. An answer
that is what comes out then follows from the earlier one: it earns its mark, and the working is that of the student's figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archcalc.analysis import Analysis, Row
from archcalc.homework import cells
from archcalc.homework.asked import Asked, CountAsked, Lines, ShapeAsked, SizeAsked, Verdict, sum_line
from archcalc.layers.base import Shape, Shapes
from archcalc.network.nodes import Node
from archcalc.text.faults import Misfit, ValueFault

Answered = Sequence[tuple[Asked, str, Verdict]]
Figures = tuple[tuple[int, tuple[Shape, str]], ...]
# What wrong figures make of a network: its rows, since which answer, and the rows on what arrives from above.
Walks = dict[tuple[Figures, Figures], tuple[dict[int, Row], dict[int, str], dict[int, tuple[Row, str]]]]
MOST_WALKS = 200


@dataclass(frozen=True)
class Carried:
    """The verdict on an answer by the student's own figures: what it follows from, and the working from there."""

    verdict: Verdict
    origin: str
    truth: str
    working: Lines


class Own:
    """A network on the figures of one student."""

    def __init__(self, analysis: Analysis, answered: Answered, walks: Walks | None = None) -> None:
        self.analysis = analysis
        self.places = {id(row): i for i, row in enumerate(analysis.rows)}
        self.counts = [(a, text) for a, text, _ in answered if isinstance(a, CountAsked) and a.path and a.analysis is analysis]
        self.outputs: dict[int, tuple[Shape, str]] = {}
        self.inputs: dict[int, tuple[Shape, str]] = {}
        last = any("channels last" in v.note for _, _, v in answered)
        for asked, text, verdict in answered:
            if not verdict.right and not verdict.reason:
                self._take(asked, text, last)
        self.rows: dict[int, Row] = {}
        self.origins: dict[int, str] = {}
        self.arriving: dict[int, tuple[Row, str]] = {}  # the rows on what comes from above, whatever is said of their input
        key = (tuple(sorted(self.outputs.items())), tuple(sorted(self.inputs.items())))
        if walks is not None and key in walks:  # many in a class make the same mistake
            self.rows, self.origins, self.arriving = walks[key]
        elif self.outputs or self.inputs:
            self._walk()
            if walks is not None and len(walks) < MOST_WALKS:
                walks[key] = self.rows, self.origins, self.arriving

    def _take(self, asked: Asked, text: str, last: bool) -> None:
        """A wrong shape as the student has it, its channels in front."""
        if isinstance(asked, ShapeAsked) and asked.analysis is self.analysis:
            shape, _ = cells.read_shape(text)
            true = asked.true
            if len(shape) != len(true):
                return
            ends = shape[0] == true[0], shape[-1] == true[0]
            if len(shape) > 1 and (ends == (False, True) or (last and ends != (True, False))):
                shape = (shape[-1], *shape[:-1])
            i = self.places[id(asked.row)]
            own = f"{asked.name} {cells.shown(text, 20)}"
            (self.outputs if asked.figure == "output" else self.inputs)[i] = (shape, own)
        elif isinstance(asked, SizeAsked) and asked.figure != "windows" and id(asked.row) in self.places:
            try:
                number = cells.read_number(text)
            except ValueFault:
                return
            if number.value.denominator == 1 and 0 < number.value <= 10**9:
                true = asked.row.inputs[0]
                if asked.figure == "in_features" and len(true) > 1:
                    return
                i = self.places[id(asked.row)]
                self.inputs.setdefault(i, ((int(number.value), *true[1:]), f"{asked.name} {cells.shown(text, 20)}"))

    def _walk(self) -> None:
        """Every row behind a wrong figure, worked out again."""
        shapes: dict[int, tuple[Shape, str]] = {}  # what differs from the truth, and since which answer
        for i, (node, row) in enumerate(zip(self.analysis.network.nodes, self.analysis.rows, strict=True)):
            inputs = tuple(shapes[j][0] if j in shapes else true for j, true in zip(node.inputs, row.inputs, strict=True))
            origins = [shapes[j][1] for j in node.inputs if j in shapes]
            if inputs != row.inputs and (arrived := again(node, inputs, self.analysis)) is not None:
                self.arriving[i] = arrived, _joined(origins)
            if i in self.inputs:
                inputs, origins = (self.inputs[i][0],), [self.inputs[i][1]]
            if inputs != row.inputs:
                made = again(node, inputs, self.analysis)
                if made is not None:
                    self.rows[i], self.origins[i] = made, _joined(origins)
                    shapes[i] = made.output, self.origins[i]
            if i in self.outputs:
                shapes[i] = self.outputs[i]
            if i in shapes and shapes[i][0] == row.output:
                del shapes[i]

    def judge(self, asked: Asked, text: str, significant: int) -> Carried | None:
        """The verdict on a wrong answer by the student's own figures; None where they change nothing."""
        if isinstance(asked, CountAsked) and asked.analysis is self.analysis:
            return self._count(asked, text, significant)
        if isinstance(asked, ShapeAsked | SizeAsked) and id(asked.row) in self.places:
            i = self.places[id(asked.row)]
            output = asked.figure == "output" or asked.figure == "windows"
            found = (self.rows.get(i), self.origins.get(i, "")) if output else self.arriving.get(i, (None, ""))
            row, origin = found
            if row is None:
                return None
            own: Asked
            if isinstance(asked, SizeAsked):
                own = SizeAsked(asked.entry, asked.figure, row)
            else:
                own = ShapeAsked(asked.entry, row, asked.figure, self.analysis)
            return Carried(own.judge(text, significant), origin, own.truth, own.working)
        return None

    def _count(self, asked: CountAsked, text: str, significant: int) -> Carried | None:
        places = [self.places[id(row)] for row in asked.rows]
        changed = [i for i in places if i in self.rows]
        found = None
        if changed:
            rows = [self.rows.get(i, self.analysis.rows[i]) for i in places]
            touched = [i for i in changed if getattr(self.rows[i], asked.figure) != getattr(self.analysis.rows[i], asked.figure)]
            origin = _joined([self.origins[i] for i in touched or changed])
            own = CountAsked(asked.entry, asked.figure, asked.path, self.analysis, rows)
            # The mistakes in a sum of many layers take long to work out, for every student anew.
            right = cells.rounds_to(own.true, cells.read_number(text), significant)
            if right or len(rows) == 1:
                verdict = own.judge(text, significant)
                found = Carried(verdict, origin, own.truth, own.working)
            if right:
                return found
        return self._own_sum(asked, text, significant, places) or found

    def _own_sum(self, asked: CountAsked, text: str, significant: int, places: list[int]) -> Carried | None:
        """The sum of the figures the student has for the parts, the true ones where there is none."""
        if len(places) < 2:
            return None
        left, addends, names = set(places), [], []
        for part, answer in sorted(self.counts, key=lambda pair: len(pair[0].rows)):
            of = {self.places[id(row)] for row in part.rows}
            if part.figure != asked.figure or part is asked or not of <= left or len(of) == len(places):
                continue
            try:
                number = cells.read_number(answer)
            except ValueFault:
                continue
            if number.value.denominator == 1:
                addends.append((min(of), int(number.value)))
                left -= of
                names += [part.name] * (number.value != part.true)
        if not names:
            return None
        addends += [(i, getattr(self.rows.get(i, self.analysis.rows[i]), asked.figure)) for i in left]
        figures = [n for _, n in sorted(addends) if n]
        if sum(figures) == asked.true:
            return None
        number = cells.read_number(text)
        if not cells.rounds_to(sum(figures), number, significant):
            return None
        line = sum_line(figures, sum(figures))
        origin = _joined(names)
        return Carried(Verdict(True, how=number.how), origin, f"{sum(figures):,}", (line,))


def _joined(names: Sequence[str]) -> str:
    """Earlier answers in a sentence, each once."""
    *front, last = list(dict.fromkeys(names))
    if len(front) > 3:
        front, last = front[:3], f"{len(front) - 2} more"
    return f"{', '.join(front)} and {last}" if front else last


def again(node: Node, inputs: Shapes, analysis: Analysis) -> Row | None:
    """A row on other inputs; None where the layer does not take them."""
    layer, convention = node.layer, analysis.convention
    try:
        output = layer.output(inputs)
        weights = tuple(layer.weights(inputs))
        operations = convention.work(layer, inputs, output)
    except (Misfit, ValueError, IndexError):
        return None
    learned = [w for w in weights if w.learned and node.shares is None]
    counted = sum(w.count for w in learned), sum(w.count for w in learned if not w.bias)
    return Row(node, inputs, output, weights, *counted, operations, operations.products)
