"""What changed between two versions of a network: the rows that are not as they were, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from archcalc.analysis import Analysis, Row
from archcalc.figures.table import title
from archcalc.figures.written import line
from archcalc.layers.base import dims
from archcalc.loading import Net, Stated, Variables
from archcalc.network.nodes import Network
from archcalc.questions.sides import loaded, paired, partners, typed
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Remark, Table

FIGURES = ("params", "params_without_bias", "multiplies")
ARROW = " → "


class Change(NamedTuple):
    """A row that is not as it was: `before` is None of an added one, `after` of one that was removed.

    `what` names what differs: settings, reads, input, output and the figures.
    """

    before: Row | None
    after: Row | None
    what: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """added, removed or changed."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    @property
    def row(self) -> Row:
        """The row as it is, or was."""
        row = self.after or self.before
        assert row is not None
        return row

    def grown(self, figure: str) -> int:
        """By how much a figure grew."""
        after, before = (0 if row is None else getattr(row, figure) for row in (self.after, self.before))
        grown: int = after - before
        return grown


@dataclass(frozen=True, repr=False)
class Diff(Answer):
    """Two versions of a network, each with its name, and the rows that differ, in their order.

    `renamed` are rows that have another path and are else as they were; `outputs` those of each version, where they differ.
    """

    before: Analysis
    after: Analysis
    names: Sequence[str]
    changes: Sequence[Change]
    renamed: Mapping[str, str]
    outputs: tuple[str, str] = ("", "")

    @property
    def ok(self) -> bool:
        """Whether nothing changed: the command line's status is 1 where something did, as that of `diff` is."""
        return not self.changes and self._inputs == self.outputs == ("", "") and not self.renamed

    @property
    def _inputs(self) -> tuple[str, str]:
        """The inputs of each version, where they differ."""
        a, b = (", ".join(f"{n} {dims(s)}" for n, s in x.network.inputs.items()) for x in (self.before, self.after))
        return (a, b) if a != b else ("", "")

    @property
    def sentence(self) -> str:
        """How many rows differ, and by how much the totals."""
        if self.ok:
            return f"{self.names[0]} and {self.names[1]}: no layer differs"
        kinds = [c.kind for c in self.changes]
        said = [f"{kinds.count(kind)} {kind}" for kind in ("changed", "added", "removed") if kind in kinds]
        return f"{self.names[0]}{ARROW}{self.names[1]}: {', '.join(said) or 'no layer differs'}"

    def as_document(self) -> Document:
        """The totals of both, and a row a change."""
        document = Document(self.sentence, data=self.as_data)
        for name, analysis in zip(self.names, (self.before, self.after), strict=True):
            document.add(*(Remark(f"note: {name}: {note}") for note in analysis.notes))
        if self._inputs != ("", ""):
            document.say(f"Input: {self._inputs[0]}{ARROW}{self._inputs[1]}.")
        if self.outputs != ("", ""):
            document.say(f"Output: {self.outputs[0]}{ARROW}{self.outputs[1]}.")
        if self.changes:
            document.add(self._table())
        totals: list[list[Cell]] = []
        for figure in FIGURES:
            a, b = (getattr(x.totals, figure) for x in (self.before, self.after))
            totals.append([figure.replace("_", " "), a, b, signed(b - a), b / a if a else None])
        columns = [
            Column("total", "text"),
            Column(self.names[0], "count", key="before"),
            Column(self.names[1], "count", key="after"),
        ]
        document.add(Table([*columns, Column("by", "number"), Column("ratio", "ratio")], totals))
        if self.renamed:
            shown = ", ".join(f"{a}{ARROW}{b}" for a, b in [*self.renamed.items()][:4])
            document.note(
                f"{len(self.renamed)} that are as they were have another name: {shown}{' …' if len(self.renamed) > 4 else ''}"
            )
        document.note(f"{self.after.convention.footer}, for one input")
        return document

    def _table(self) -> Table:
        reads = any("reads" in change.what for change in self.changes)
        rows: list[list[Cell]] = []
        tones = []
        for change in self.changes:
            a, b = change.before, change.after
            cells: list[Cell] = [_both(a and a.path, b and b.path), change.kind]
            cells.append(_both(a and line(a, self.before), b and line(b, self.after)))
            if reads:
                each = (a and _paths(a.node.inputs, self.before), b and _paths(b.node.inputs, self.after))
                cells.append(_both(*each) if "reads" in change.what else "")
            cells.append(_both(a and dims(a.output), b and dims(b.output)))
            for figure in ("params", "multiplies"):
                now = None if b is None else "?" if figure in b.unknown else getattr(b, figure)
                cells += [now, signed(change.grown(figure))]
            rows.append(cells)
            tones.append("quiet" if change.kind == "removed" else "")
        columns = [Column("layer", "name", first=0), Column("", "text", key="change"), Column("settings", "line", first=4)]
        columns += [Column("reads", "text")] if reads else []
        columns.append(Column("output", "text", first=3))
        for figure in ("params", "multiplies"):
            columns += [Column(figure, "count"), Column("by", "number", key=f"{figure}_by")]
        return Table(columns, rows, tones=tones)

    def as_data(self) -> dict[str, Any]:
        """Both versions' totals and every change, as plain data."""
        return {
            "names": list(self.names),
            "titles": [title(self.before), title(self.after)],
            "same": self.ok,
            "totals": {f: [getattr(x.totals, f) for x in (self.before, self.after)] for f in FIGURES},
            "outputs": [_paths(x.network.outputs, x).split(", ") for x in (self.before, self.after)],
            "changes": [
                {
                    "change": c.kind,
                    "what": list(c.what),
                    "before": self._row(c.before, self.before),
                    "after": self._row(c.after, self.after),
                }
                for c in self.changes
            ],
            "renamed": dict(self.renamed),
        }

    def _row(self, row: Row | None, analysis: Analysis) -> dict[str, Any] | None:
        if row is None:
            return None
        figures = {f: None if f in row.unknown else getattr(row, f) for f in FIGURES}
        reads = _paths(row.node.inputs, analysis).split(", ") if row.node.inputs else []
        return {"path": row.path, "type": row.layer.kind, "settings": line(row, analysis), "reads": reads} | {
            "inputs": [list(s) for s in row.inputs],
            "output": list(row.output),
            **figures,
        }


def signed(n: int) -> str:
    """A difference as it is said: +4,640, −12; nothing of none."""
    return "" if not n else f"+{n:,}" if n > 0 else f"−{-n:,}"


def _paths(numbers: Sequence[int], analysis: Analysis) -> str:
    """The paths of rows, and the names of inputs, by their numbers."""
    names = [*analysis.network.inputs]
    return ", ".join(analysis.rows[i].path if i >= 0 else names[-1 - i] for i in numbers)


def _both(before: str | None, after: str | None) -> str:
    """What was and what is; once where that is one."""
    if before is None or after is None or before == after:
        return (before if after is None else after) or ""
    return f"{before}{ARROW}{after}"


def diff(
    old: Net | Network,
    new: Net | Network,
    *,
    skip_zeros: bool = False,
    input: Stated = None,
    variables: Variables = None,
    bias: bool = True,
    train: bool = False,
) -> Diff:
    """What changed from one version of a network to another, layer by layer.

    Each is what `compare` takes; of the `variables`, `a.width` is for the old one alone, `b.width` for the new. Raises SpecError.
    """
    nets = (old, new)
    before, after = loaded(nets, skip_zeros, input, variables, bias, train)
    names = typed(nets, (before, after), variables)
    return Diff(before, after, names, *compared(before, after))


def compared(before: Analysis, after: Analysis) -> tuple[list[Change], dict[str, str], tuple[str, str]]:
    """The rows that differ, in the order of both; those that only have another name; the outputs of both, where they differ."""
    lines = {id(row): line(row, analysis) for analysis in (before, after) for row in analysis.rows}
    pairs = _aligned(before, after, lines)
    there, back = partners(pairs)
    made: list[Change] = []
    renamed: dict[str, str] = {}
    told = before.network.untold is None and after.network.untold is None

    def was(numbers: Sequence[int]) -> list[frozenset[int]]:
        return [frozenset(there.get(n, n) for n in _stead(i, before, there)) for i in numbers]

    def now(numbers: Sequence[int]) -> list[frozenset[int]]:
        return [_stead(i, after, back) for i in numbers]

    i = j = 0
    for a, b in [*pairs, (len(before.rows), len(after.rows))]:
        made += [Change(row, None) for row in before.rows[i:a]]
        made += [Change(None, row) for row in after.rows[j:b]]
        i, j = a + 1, b + 1
        if a == len(before.rows):
            break
        old, new = before.rows[a], after.rows[b]
        what = [name for name in ("output", *FIGURES) if getattr(old, name) != getattr(new, name)]
        what += ["input"] if old.inputs != new.inputs else []
        what += ["settings"] if lines[id(old)] != lines[id(new)] else []
        reads = was(old.node.inputs), now(new.node.inputs)
        swapped = len(reads[0]) == len(reads[1]) and reads[0] != reads[1] and not new.layer.unordered
        if told and (swapped or frozenset().union(*reads[0]) != frozenset().union(*reads[1])):
            what.append("reads")
        if what:
            made.append(Change(old, new, tuple(what)))
        elif old.path != new.path:
            renamed[old.path] = new.path
    ends = before.network.outputs, after.network.outputs
    other = told and was(ends[0]) != now(ends[1])
    return made, renamed, (_paths(ends[0], before), _paths(ends[1], after)) if other else ("", "")


def _stead(number: int, analysis: Analysis, partner: Mapping[int, int]) -> frozenset[int]:
    """A row or an input by its number; where it is in one version alone, what it reads in its stead."""
    found: set[int] = set()
    waiting = [number]
    seen: set[int] = set()
    while waiting:
        n = waiting.pop()
        if n < 0 or n in partner:
            found.add(n)
        elif n not in seen:
            seen.add(n)
            waiting += analysis.rows[n].node.inputs
    return frozenset(found)


def _aligned(before: Analysis, after: Analysis, lines: Mapping[int, str]) -> list[tuple[int, int]]:
    """Which rows are versions of one: of one kind or place, and the rather the more they have in common."""
    a, b = before.rows, after.rows

    def equal(x: Row, y: Row) -> bool:
        return x.path == y.path and lines[id(x)] == lines[id(y)]

    head = 0
    while head < min(len(a), len(b)) and equal(a[head], b[head]):
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and equal(a[-1 - tail], b[-1 - tail]):
        tail += 1

    def likeness(x: Row, y: Row) -> int:
        if x.layer.kind != y.layer.kind:
            return int(x.path == y.path)
        place = x.path.rpartition(".")[0] == y.path.rpartition(".")[0]
        return 1 + 3 * (lines[id(x)] == lines[id(y)]) + 2 * (x.path == y.path) + 2 * place + (x.output == y.output)

    middle = paired(a[head : len(a) - tail], b[head : len(b) - tail], likeness)
    return [
        *((n, n) for n in range(head)),
        *((head + i, head + j) for i, j in middle),
        *((len(a) - n, len(b) - n) for n in range(tail, 0, -1)),
    ]
