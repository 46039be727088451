"""Receptive fields on the graph: which positions of the network's input one position of a layer's output depends on.

Every value has, for each axis of each input of the network, a `Field`: from where to where a position reads, as a pattern that
comes again every so many positions. A layer's own reading (`Layer.sees`) is put behind it; where paths meet, both are taken.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis import Analysis, Row
from archcalc.figures import Figure
from archcalc.layers.base import Shape
from archcalc.layers.sight import MOST, Reading, Readings
from archcalc.layers.working import AXIS_NAMES
from archcalc.report.document import Cell

if TYPE_CHECKING:
    from archcalc.formulas.recording import Step

Span = tuple[int, int]
FIXED, SCATTERED = -1, -2


class Field(NamedTuple):
    """What is read along one axis of an input by position o of a value's axis `by`: from the first position to the last.

    With o = q·period + p it is `spans[p]`, q·advance further on; None where nothing is read. `by` is `FIXED` where every position
    reads the one span there is, and `SCATTERED` where positions are dealt out over several axes; `spans` then are those that
    occur, and `whole` is from the first position to the last that any of them reads. `even` is False where the pattern is
    that of this size alone, each position written down, and no step from one to the next is meant.
    """

    by: int
    period: int
    advance: int
    spans: tuple[Span | None, ...]
    whole: Span | None = None
    even: bool = True

    def at(self, o: int) -> Span | None:
        """From where to where position o reads, in the padding too."""
        q, p = divmod(o, self.period)
        span = self.spans[p]
        return None if span is None else (span[0] + q * self.advance, span[1] + q * self.advance)

    @property
    def size(self) -> int:
        """How many positions from first to last; the most where they differ."""
        return max((last - first + 1 for first, last in filter(None, self.spans)), default=0)

    @property
    def jump(self) -> Fraction | None:
        """How far the field of the next position is further on; None where there is no such step."""
        return Fraction(self.advance, self.period) if self.by >= 0 and self.even else None

    def over(self, positions: int) -> Span | None:
        """From the first position to the last that so many positions read."""
        ends = [o for p in range(min(self.period, positions)) for o in {p, p + (positions - 1 - p) // self.period * self.period}]
        return hull([self.at(o) for o in ends])


def hull(spans: Sequence[Span | None]) -> Span | None:
    """From the first position to the last of all these."""
    found = [span for span in spans if span is not None]
    return (min(first for first, _ in found), max(last for _, last in found)) if found else None


Key = tuple[int, int]  # an input of the network, and an axis of it


class State(NamedTuple):
    """The fields of a value, None where one cannot be followed; and what there is to say of paths that meet there."""

    fields: dict[Key, Field | None]
    word: str = ""


def fixed(span: Span | None) -> Field:
    """The same span for every position."""
    return Field(FIXED, 1, 0, (span,))


def behind(field: Field | None, readings: Readings, shape: Shape, output: Shape) -> Field | None:
    """The field of a layer's output, from that of an input of this shape. None where it cannot be followed."""
    if field is None or field.by == FIXED:
        return field
    if field.by == SCATTERED:
        if all(reading.by < 0 or n == 1 for reading, n in zip(readings, shape, strict=True)):
            return fixed(field.whole)
        return field if all(r.same or n == 1 for r, n in zip(readings, shape, strict=True)) else None
    reading = readings[field.by]
    if reading.by < 0:
        return fixed(field.over(shape[field.by]))
    if reading.until:
        return written_down(reading.by, output, lambda o: hull([field.at(0), field.over(min(o + 1, shape[field.by]))]))
    return _through(field, reading)


def _through(field: Field, reading: Reading) -> Field | None:
    """A field behind a reading that comes again: until both patterns end at one place."""
    times = lcm(reading.advance, field.period) // reading.advance if reading.advance else 1
    period = reading.period * times
    if period > MOST:
        return None
    spans = []
    for o in range(period):
        q, p = divmod(o, reading.period)
        read = reading.offsets[p]
        if len(read) > 2 * field.period + 2:  # between its ends the pattern of the field only comes again
            read = [*read[: field.period + 1], *read[-field.period - 1 :]]
        spans.append(hull([field.at(q * reading.advance + t) for t in read]))
    advance = reading.advance * times // field.period * field.advance
    return simplest(Field(reading.by, period, advance, tuple(spans), None, field.even))


def simplest(field: Field) -> Field:
    """The same by its shortest pattern."""
    for period in range(1, field.period):
        if field.period % period or field.advance * period % field.period:
            continue
        shorter = Field(field.by, period, field.advance * period // field.period, field.spans[:period], field.whole, field.even)
        if all(shorter.at(o) == span for o, span in enumerate(field.spans)):
            return shorter
    return field


def written_down(by: int, output: Shape, at: Callable[[int], Span | None]) -> Field | None:
    """A field given position by position; None beyond `MOST`."""
    size = output[by]
    return Field(by, size, 0, tuple(map(at, range(size))), None, False) if size <= MOST else None


def together(a: Field | None, b: Field | None, output: Shape, size: int) -> Field | None:
    """What two paths read together, where they meet in a value of this shape, of an axis of the input of this size."""
    if a == b or a is None or b is None:
        return a if a == b else None
    if FIXED in (a.by, b.by) and a.spans == b.spans:
        return a
    if a.by == b.by == FIXED:
        return fixed(hull([a.spans[0], b.spans[0]]))
    if SCATTERED in (a.by, b.by):
        return None
    by = max(a.by, b.by)
    if FIXED not in (a.by, b.by):
        if a.by != b.by:
            return None
        if a.jump == b.jump and a.jump is not None and (period := lcm(a.period, b.period)) <= MOST:
            spans = tuple(hull([a.at(o), b.at(o)]) for o in range(period))
            return simplest(Field(by, period, int(a.jump * period), spans))
        return written_down(by, output, lambda o: hull([a.at(o), b.at(o)]))
    # What every position reads is of the input itself, and so is what is added to it.
    lone, other = (a, b) if a.by == FIXED else (b, a)
    made = written_down(by, output, lambda o: hull([inside(lone.spans[0], size), inside(other.at(o), size)]))
    return fixed(made.spans[0]) if made is not None and len(set(made.spans)) == 1 else made


def inside(span: Span | None, size: int) -> Span | None:
    """The part of a span that is not padding."""
    if span is None or span[1] < 0 or span[0] >= size:
        return None
    return max(0, span[0]), min(size - 1, span[1])


def dealt_out(field: Field | None, shape: Shape) -> Field | None:
    """The field of values that are laid out anew: which position reads which span is no longer followed."""
    if field is None or field.by in (FIXED, SCATTERED):
        return field
    whole, size = field.over(shape[field.by]), shape[field.by]
    if size == 1:
        return fixed(whole)
    return Field(SCATTERED, 1, 0, tuple({field.at(o) for o in range(min(size, field.period))}), whole)


def apart(a: Field | None, b: Field | None) -> str:
    """What is to be said of two paths that meet: nothing where their fields lie around the same middle."""
    if a is None or b is None or a.by < 0 or b.by < 0:
        return ""
    if a.jump is None or b.jump is None:
        return ""
    if a.jump != b.jump:
        return f"paths step by {a.jump} and {b.jump}"
    ends = [(a.at(o), b.at(o)) for o in range(lcm(a.period, b.period))]
    most = max((abs(sum(one) - sum(other)) for one, other in ends if one and other), default=0)
    return f"paths {Fraction(most, 2)} apart" if most else ""


_known: list[tuple[weakref.ref[Analysis], list[State]]] = []


def fields(analysis: Analysis) -> list[State]:
    """The fields of every row, in order. Those of the last analysis asked for are kept, since a table asks for each column."""
    if _known and _known[0][0]() is analysis:
        return _known[0][1]
    found = list(_follow(analysis))
    _known[:] = [(weakref.ref(analysis), found)]
    return found


def _follow(analysis: Analysis) -> Iterator[State]:
    made: list[State] = []
    start = [
        State({(k, axis): Field(axis, 1, 1, ((0, 0),)) for axis in range(len(shape))})
        for k, shape in enumerate(analysis.network.inputs.values())
    ]
    sizes = {(k, axis): n for k, shape in enumerate(analysis.network.inputs.values()) for axis, n in enumerate(shape)}
    for row in analysis.rows:
        arriving = [made[i] if i >= 0 else start[-1 - i] for i in row.node.inputs]
        state = State({}) if row.node.unrun is not None else _row(row, arriving, sizes)
        made.append(state)
        yield state


def _row(row: Row, arriving: Sequence[State], sizes: dict[Key, int]) -> State:
    """The fields behind a row."""
    found: dict[Key, Field | None] = {}
    words: dict[str, None] = {}
    for shape, state, readings in zip(row.inputs, arriving, row.layer.sees(row.inputs, row.output), strict=True):
        if readings is not None and not readings and shape:
            continue  # not looked at
        for key, field in state.fields.items():
            if readings is not None:
                after = behind(field, readings, shape, row.output)
            else:
                after = dealt_out(field, shape) if row.layer.view else None if field is None or field.by != FIXED else field
            if key in found:
                words[apart(found[key], after)] = None
                after = together(found[key], after, row.output, sizes[key])
            found[key] = after
    return State(found, ", ".join(filter(None, words)))


def positions(analysis: Analysis, k: int) -> tuple[int, ...]:
    """The axes of an input along which positions lie: behind the channels; of a sequence T×F its steps, of C×L its length."""
    shape = [*analysis.network.inputs.values()][k]
    if len(shape) != 2:
        return tuple(range(1, len(shape))) or (0,)
    first = [row.layer for row in analysis.rows if -1 - k in row.node.inputs]
    return (1,) if any(layer.layout == "channels" for layer in first) else (0,)


def _shown(analysis: Analysis, of: Callable[[Field, int], Cell]) -> list[Cell]:
    """A figure of the fields of every row, along the positions of each input it depends on; ? where one is not followed."""
    inputs = [*analysis.network.inputs.items()]
    axes = [positions(analysis, k) for k in range(len(inputs))]
    found: list[Cell] = []
    for state in fields(analysis):
        parts: dict[str, Cell] = {}
        for k, (name, shape) in enumerate(inputs):
            if any(key[0] == k for key in state.fields):
                each = [state.fields[k, axis] for axis in axes[k]]
                cells = ["?" if field is None else of(field, shape[axis]) for field, axis in zip(each, axes[k], strict=True)]
                parts[name] = _one(cells)
        if len(inputs) == 1 or len({str(cell) for cell in parts.values()}) == 1:
            found.append(next(iter(parts.values()), None))
        else:
            found.append(", ".join(f"{_text(cell)} of {name}" for name, cell in parts.items() if cell is not None) or None)
    return found


def _one(cells: Sequence[Cell]) -> Cell:
    """The figures of all axes as one cell: sizes, or text where one is no whole number."""
    numbers = [cell for cell in cells if isinstance(cell, int)]
    if len(numbers) == len(cells):
        return tuple(numbers)
    if len(set(cells)) == 1:
        return cells[0]
    return "×".join("-" if cell is None else str(cell) for cell in cells)


def _text(cell: Cell) -> str:
    return "×".join(map(str, cell)) if isinstance(cell, tuple) else str(cell)


def _size(field: Field, size: int) -> Cell:
    """The receptive field along one axis: the size, or `whole` where every position reads all of the input."""
    if field.by == FIXED:
        span = field.spans[0]
        if span is None:
            return 0
        within = inside(span, size)
        return 0 if within is None else "whole" if within == (0, size - 1) and size > 1 else within[1] - within[0] + 1
    return field.size


def _jump(field: Field, size: int) -> Cell:
    step = field.jump
    return None if step is None else int(step) if step.denominator == 1 else str(step)


def _offset(field: Field, size: int) -> Cell:
    span = field.spans[0] if field.by >= 0 else None
    return None if span is None else span[0]


def working(row: Row, analysis: Analysis) -> list[Step]:
    """The recurrence of a window's receptive field, axis by axis where they differ.

    None where there is none in these letters, and none of a layer alone, whose field is its kernel.
    """
    from archcalc.formulas.arithmetic import field_jump, field_offset, field_size
    from archcalc.formulas.recording import Recorded, Step

    if not row.layer.formula or len(row.node.inputs) != 1 or row.node.unrun is not None or len(analysis.rows) == 1:
        return []
    before, after = row.node.inputs[0], next(i for i, other in enumerate(analysis.rows) if other is row)
    made = fields(analysis)
    (readings,) = row.layer.sees(row.inputs, row.output)
    found: list[list[Step]] = []
    for k in range(len(analysis.network.inputs)):
        for axis in positions(analysis, k):
            if before >= 0:
                field = made[before].fields.get((k, axis))
            else:
                field = Field(axis, 1, 1, ((0, 0),)) if before == -1 - k else None
            if field is None or readings is None or field.by < 0 or not field.even or field.period > 1 or field.spans[0] is None:
                return []
            reading = readings[field.by]
            if reading.by < 0 or reading.period > 1:
                return []
            taps = reading.offsets[0]
            K, S, P = Recorded(len(taps), "K"), Recorded(reading.advance, "S"), Recorded(-taps[0], "P")
            apart = taps[1] - taps[0] if len(taps) > 1 else 1
            D = Recorded(apart, "D") if apart > 1 else 1
            r, j, o = Recorded(field.size, "r_in"), Recorded(field.advance, "j_in"), Recorded(field.spans[0][0], "o_in")
            found.append(
                [
                    Step("receptive field", field_size(r, K, j, D)),
                    Step("jump", field_jump(j, S)),
                    Step("offset", field_offset(o, P, j)),
                ]
            )
            size, jump, offset = (int(step.figure) for step in found[-1])
            assert made[after].fields[k, axis] == Field(reading.by, 1, jump, ((offset, offset + size - 1),)), row.path
    if len({tuple(step.text() for step in steps) for steps in found}) == 1:
        return found[0]
    names = AXIS_NAMES.get(len(found), ())
    return [Step(f"{s.label} ({name})", s.figure) for steps, name in zip(found, names, strict=False) for s in steps]


FIGURES = (
    Figure(
        "rf",
        "receptive field",
        "positions of the network's input, from first to last, that one position of the output depends on, padding included; "
        "`whole` where each depends on all",
        lambda analysis: _shown(analysis, _size),
        "positions",
        kind="shape",
        place="field",
    ),
    Figure(
        "jump",
        "jump",
        "how far apart in the input the fields of neighbouring positions are: the product of the strides",
        lambda analysis: _shown(analysis, _jump),
        "positions",
        kind="shape",
        first=2,
        place="field",
    ),
    Figure(
        "offset",
        "offset",
        "where in the input the field of the first position begins; below 0 it begins in the padding",
        lambda analysis: _shown(analysis, _offset),
        "positions",
        kind="shape",
        first=3,
        place="field",
    ),
    Figure(
        "alignment",
        "alignment",
        "where paths meet whose fields lie around other middles, or step differently: by how much; empty where they are aligned",
        lambda analysis: [state.word for state in fields(analysis)],
        kind="text",
        first=3,
        place="field",
    ),
)
