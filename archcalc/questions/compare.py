"""Networks side by side: totals, shares by family of layers, ratios, and rows where they correspond."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archcalc.analysis import Analysis, Row
from archcalc.layers.base import FAMILIES, dims
from archcalc.loading import Net, Stated, Variables
from archcalc.network.nodes import Network
from archcalc.questions.sides import loaded, paired, titles
from archcalc.report.answer import Answer
from archcalc.report.document import Beside, Cell, Column, Document, Heading, Remark, Table
from archcalc.text.faults import Fault, SpecError

FIGURES = {"params": "params", "params_without_bias": "without bias", "multiplies": "multiplies"}


def families(analysis: Analysis, figure: str) -> dict[str, int]:
    """A total, shared out among the families of layers."""
    found: dict[str, int] = {}
    for row in analysis.rows:
        n = getattr(row, figure)
        if n:
            found[row.layer.family] = found.get(row.layer.family, 0) + n
    return found


@dataclass(frozen=True)
class Slot:
    """One line of a comparison: the rows that correspond, None where a network has none."""

    rows: tuple[Row | None, ...]

    @property
    def first(self) -> Row:
        """The row of the first network that has one."""
        return next(row for row in self.rows if row is not None)


def aligned(analyses: Sequence[Analysis]) -> list[Slot]:
    """Rows that hold weights or multiply, those that correspond on one line.

    Rows correspond that are of one kind, and of one size or of the same channels; the order of execution is kept, and
    the more they have in common, the rather they are put together.
    """
    listed = [[r for r in a.rows if r.params or r.multiplies] for a in analyses]
    slots = [Slot((row,)) for row in listed[0]]
    for width, rows in enumerate(listed[1:], 1):
        slots = _merged(slots, rows, width)
    return slots


def _likeness(a: Row, b: Row) -> int:
    """How much two rows have in common; 0 where they do not correspond."""
    if a.layer.kind != b.layer.kind:
        return 0
    channels = [s[:1] for s in a.inputs[:1]] == [s[:1] for s in b.inputs[:1]] and a.output[:1] == b.output[:1]
    size = a.output[1:] == b.output[1:]
    return 4 * size + 3 * channels + (a.path == b.path) if size or channels else 0


def _merged(slots: list[Slot], rows: list[Row], width: int) -> list[Slot]:
    made: list[Slot] = []
    i = j = 0
    for a, b in [*paired([slot.first for slot in slots], rows, _likeness), (len(slots), len(rows))]:
        made += [Slot((*s.rows, None)) for s in slots[i:a]]
        made += [Slot((*[None] * width, row)) for row in rows[j:b]]
        if a < len(slots):
            made.append(Slot((*slots[a].rows, rows[b])))
        i, j = a + 1, b + 1
    return made


def ratio(n: int, base: int) -> float | None:
    """n against base; nothing where there is no base."""
    return n / base if base else None if n else 1.0


@dataclass(frozen=True, repr=False)
class Comparison(Answer):
    """Networks side by side, each with its name; ratios are to the first."""

    analyses: Sequence[Analysis]
    names: Sequence[str]

    @property
    def sentence(self) -> str:
        """The totals of all."""
        said = [f"{n}: {a.totals.params:,} params, {a.totals.multiplies:,} multiplies" for n, a in self._named()]
        return "; ".join(said)

    def _named(self) -> Iterator[tuple[str, Analysis]]:
        return zip(self.names, self.analyses, strict=True)

    def slots(self) -> list[Slot]:
        """The rows, those that correspond on one line."""
        return aligned(self.analyses)

    def as_document(self) -> Document:
        """Totals and ratios, shares, and rows where they correspond."""
        document = Document(f"{' against '.join(self.names)}", data=self.as_data)
        for name, analysis in self._named():
            for note in analysis.notes:
                document.add(Remark(f"note: {name}: {note}"))
        first = self.analyses[0].totals
        rows: list[list[Cell]] = []
        for name, analysis in self._named():
            pairs = [(getattr(analysis.totals, f), getattr(first, f)) for f in FIGURES]
            outputs = ", ".join(map(dims, _outputs(analysis)))
            rows.append([name, outputs, *(c for n, base in pairs for c in (n, ratio(n, base)))])
        columns = [Column("network"), Column("output", "shape", first=4)]
        for at, (key, label) in enumerate(FIGURES.items()):
            early = 3 if key == "params_without_bias" else at // 2
            columns += [Column(label, "count", key=key, first=early), Column("ratio", "ratio", key=f"{key}_ratio", first=early)]
        document.add(Table(columns, rows))
        shares = _share_table(self.analyses, self.names)
        if shares.rows:
            document.add(Heading("Shares"), shares)
        document.add(Heading("Row by row, where they correspond"), _row_table(self.slots(), self.names))
        document.note(f"{self.analyses[0].convention.footer}, for one input")
        return document

    def as_data(self) -> dict[str, object]:
        """The same as plain data."""
        first = self.analyses[0].totals
        networks = []
        for name, analysis in self._named():
            totals = {f: getattr(analysis.totals, f) for f in FIGURES}
            networks.append(
                {
                    "name": name,
                    "outputs": [list(s) for s in _outputs(analysis)],
                    "totals": totals,
                    "notes": list(analysis.notes),
                    "ratios": {f: n / getattr(first, f) if getattr(first, f) else None for f, n in totals.items()},
                    "shares": {f: families(analysis, f) for f in ("params", "multiplies")},
                }
            )
        rows = [[None if r is None else _row(r) for r in slot.rows] for slot in self.slots()]
        return {"networks": networks, "rows": rows, "convention": self.analyses[0].convention.name}


def compare(
    *nets: Net | Network,
    skip_zeros: bool = False,
    input: Stated = None,
    variables: Variables = None,
    bias: bool = True,
    train: bool = False,
) -> Comparison:
    """Networks side by side: each a path, an example's name, a text, a few layers on a line (`"conv 18 k3 p1; gap"`), or a
    network that is loaded. `input`, `variables`, `bias` and `train` are for all of them, as of `load`; of the variables,
    `a.width` is for the first alone, `b.width` for the second. Raises SpecError.
    """
    if len(nets) < 2:
        raise SpecError([Fault("two networks at least are compared", repairs=["archcalc compare vgg16 resnet50"])])
    analyses = loaded(nets, skip_zeros, input, variables, bias, train)
    return Comparison(analyses, titles(nets, analyses, variables))


def _outputs(analysis: Analysis) -> list[tuple[int, ...]]:
    sizes = list(analysis.network.inputs.values())
    return [analysis.rows[i].output if i >= 0 else sizes[-1 - i] for i in analysis.network.outputs]


def _share_table(analyses: Sequence[Analysis], names: Sequence[str]) -> Table:
    rows: list[list[Cell]] = []
    for analysis, name in zip(analyses, names, strict=True):
        split = {f: families(analysis, f) for f in ("params", "multiplies")}
        for family in FAMILIES:
            if any(family in s for s in split.values()):
                counts = [(shared.get(family, 0), getattr(analysis.totals, figure)) for figure, shared in split.items()]
                rows.append([name, family, *(c for n, total in counts for c in (n, n / total if total else None))])
    columns: list[Column | str] = ["network", "layers"]
    for figure in ("params", "multiplies"):
        columns += [Column(figure, "count"), Column("share", "share", key=f"{figure}_share")]
    return Table(columns, rows)


def _row_table(slots: Sequence[Slot], names: Sequence[str]) -> Beside:
    tables = []
    for at, name in enumerate(names):
        columns = [Column(name, "name", key="layer", first=0), Column("output", "shape")]
        columns += [Column("params", "count"), Column("multiplies", "count")]
        tables.append(Table(columns, [_cells(slot.rows[at]) for slot in slots]))
    return Beside(tables)


def _cells(row: Row | None) -> list[Cell]:
    return [None] * 4 if row is None else [row.path, row.output, row.params, row.multiplies]


def _row(row: Row) -> dict[str, object]:
    return {"path": row.path, "type": row.layer.kind, "output": list(row.output), **{f: getattr(row, f) for f in FIGURES}}
