"""The working written out: for each figure of a layer formula, numbers, result; for the network, the sums."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from archcalc.analysis import Analysis, Row
from archcalc.figures import chosen
from archcalc.figures.field import working as field_working
from archcalc.figures.working import maths, row_steps, windows
from archcalc.figures.working import sums as lines_of
from archcalc.report.document import Cell, Document, Heading, Maths, Sum


def lay_out(analysis: Analysis, rows: Sequence[Row], *, whole: bool) -> Document:
    """The working of these rows, and the sums of the network where it is the whole."""
    document = Document("", data=partial(as_data, analysis, rows, whole=whole))
    for row in rows:
        made = maths(row, analysis)
        made.lines += lines_of(field_working(row, analysis))
        if not whole or len(made.lines) > 1:
            document.add(Heading(f"{row.path}: {row.layer}"), made)
    if whole:
        lines = [Sum(text := _sum(addends, total), text.replace(",", "{,}"), label) for label, addends, total in sums(analysis)]
        if analysis.batch != 1:
            total = analysis.totals.multiplies * analysis.batch
            lines.append(Sum(f"multiplies for {analysis.batch} inputs: {total:,}", label="batch"))
        document.add(Heading(f"{analysis.network.name}: the sums"), Maths(lines))
        document.note(f"{analysis.convention.footer}, for one input")
    return document


def sums(analysis: Analysis) -> list[tuple[str, list[int], int]]:
    """What each total is the sum of, for one input: its label, the addends in order (zeros left out), the total."""
    found = []
    for figure in chosen(analysis, ("params", "params_without_bias", "multiplies")):
        addends = [
            _one(cell, analysis.batch if figure.place or figure.key == "multiplies" else 1) for cell in figure.of(analysis)
        ]
        found.append((figure.column(analysis).heading, [n for n in addends if n], sum(addends)))
    return found


def _one(cell: Cell, batch: int) -> int:
    return cell // batch if isinstance(cell, int) else 0


def _sum(addends: list[int], total: int) -> str:
    written = " + ".join(f"{n:,}" for n in addends)
    return f"{written} = {total:,}" if len(addends) > 1 else f"{total:,}"


def as_data(analysis: Analysis, rows: Sequence[Row], *, whole: bool) -> dict[str, Any]:
    """The working as plain data: of each layer its shapes and `working`, a list of `figure`, `value`, `working` and `latex`."""
    data: dict[str, Any] = {"name": analysis.network.name, "layers": [row_data(row, analysis) for row in rows]}
    if whole:
        data["sums"] = {label: {"addends": addends, "total": total} for label, addends, total in sums(analysis)}
    return data


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
