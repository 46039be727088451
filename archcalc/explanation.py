"""The working written out: for each figure of a layer formula, numbers, result; for the network, the sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archcalc.analysis import Analysis, Row, analyse
from archcalc.figures import chosen
from archcalc.figures.field import working as field_working
from archcalc.figures.table import lay_out
from archcalc.figures.working import maths, row_steps, windows
from archcalc.figures.working import sums as lines_of
from archcalc.layers.base import dims
from archcalc.loading import Stated, from_line
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Document, Heading, Maths, Sum
from archcalc.text.faults import Fault, SpecError, suggestions


@dataclass(frozen=True, repr=False)
class Explanation(Answer):
    """The working of rows of an analysis; with `whole` the sums too, with `table` below the main table."""

    analysis: Analysis
    rows: Sequence[Row]
    whole: bool = False
    table: bool = False

    @property
    def sentence(self) -> str:
        """The figures of the one layer, or of the network."""
        row, totals = self.rows[0], self.analysis.totals
        if len(self.rows) == 1:
            return f"{row.path}: {row.layer}: {dims(row.output)}, {row.params:,} params, {row.multiplies:,} multiplies"
        return f"{self.analysis.network.name}: {totals.params:,} params, {totals.multiplies:,} multiplies"

    def as_document(self) -> Document:
        """The working of these rows, and the sums of the network where it is the whole."""
        analysis, whole = self.analysis, self.whole
        document = lay_out(analysis) if self.table else Document("")
        document.data = self.as_data
        for row in self.rows:
            made = maths(row, analysis)
            made.lines += lines_of(field_working(row, analysis))
            if not whole or len(made.lines) > 1:
                document.add(Heading(f"{row.path}: {row.layer}"), made)
        if whole:
            written = [(label, _sum(addends, total)) for label, addends, total in sums(analysis)]
            lines = [Sum(text, text.replace(",", "{,}"), label) for label, text in written]
            if analysis.batch != 1:
                total = analysis.totals.multiplies * analysis.batch
                lines.append(Sum(f"multiplies for {analysis.batch} inputs: {total:,}", label="batch"))
            document.add(Heading(f"{analysis.network.name}: the sums"), Maths(lines))
            document.note(f"{analysis.convention.footer}, for one input")
        return document

    def as_data(self) -> dict[str, Any]:
        """As plain data: of each layer its shapes and `working`, a list of `figure`, `value`, `working` and `latex`."""
        working = [row_data(row, self.analysis) for row in self.rows]
        if self.table:
            table: dict[str, Any] = lay_out(self.analysis).data()
            return table | {"working": working}
        data: dict[str, Any] = {"name": self.analysis.network.name, "layers": working}
        if self.whole:
            data["sums"] = {label: {"addends": addends, "total": total} for label, addends, total in sums(self.analysis)}
        return data


def explain(analysis: Analysis, layer: str | None = None) -> Explanation:
    """The working of every figure of a layer, by its name or path, or of all in a block; of everything, and the sums, without.

    Raises SpecError where no layer is called so, and where the text does not say what layers read.
    """
    analysis.network.demand_order()
    if layer is None:
        return Explanation(analysis, analysis.rows, whole=True)
    found = analysis.row(layer)
    rows = [found] if found else [r for r in analysis.rows if r.path.startswith(layer + ".") or r.name == layer]
    if not rows:
        near = suggestions(layer, [r.path for r in analysis.rows] + list(analysis.network.groups))
        message = f"{analysis.network.name} has no layer '{layer}'"
        raise SpecError([Fault(message, repairs=near or ["`archcalc explain NET` for all of them"])])
    return Explanation(analysis, rows)


def layer(
    line: str, input: Stated, *, bias: bool = True, batch: int = 1, count: str = "paper", skip_zeros: bool = False
) -> Explanation:
    """A layer, or a few on a line (`"conv 18 k3 p1 relu"`), for an input: the table and the working. Raises SpecError."""
    network = from_line("<layer>", line, input=input, bias=bias)
    analysis = analyse(network, batch=batch, convention=count, skip_zeros=skip_zeros)
    return Explanation(analysis, analysis.rows, table=True)


def sums(analysis: Analysis) -> list[tuple[str, list[int], int]]:
    """What each total is the sum of, for one input: its label, the addends in order (zeros left out), the total."""
    found = []
    for figure in chosen(analysis, ("params", "params_without_bias", "multiplies")):
        addends = [
            _one(cell, 1 if figure.key in ("params", "params_without_bias") else analysis.batch) for cell in figure.of(analysis)
        ]
        found.append((figure.column(analysis).heading, [n for n in addends if n], sum(addends)))
    return found


def _one(cell: Cell, batch: int) -> int:
    return cell // batch if isinstance(cell, int) else 0


def _sum(addends: list[int], total: int) -> str:
    written = " + ".join(f"{n:,}" for n in addends).replace("+ -", "− ").replace("-", "−")
    shown = f"{total:,}".replace("-", "−")
    return f"{written} = {shown}" if len(addends) > 1 else shown


def row_data(row: Row, analysis: Analysis) -> dict[str, Any]:
    """One layer's working as plain data."""
    made = [*row_steps(row, analysis), *field_working(row, analysis)]
    return {
        "path": row.path,
        "settings": str(row.layer),
        "input": list(row.inputs[0]) if row.inputs else None,
        "output": list(row.output),
        **({"windows": places} if (places := windows(row)) is not None else {}),
        "working": [{"figure": s.label, "value": int(s.figure), "working": s.text(), "latex": s.text("latex")} for s in made],
    }
