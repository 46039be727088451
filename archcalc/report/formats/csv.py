"""Comma-separated values: a row a layer, plain integers, shapes as 6x28x28."""

from __future__ import annotations

import csv
import io

from archcalc.report.layout import Cell, Layout


def render(layout: Layout) -> str:
    """The rows under a heading of keys; totals are left to the reader's own sum."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["layer", "type", *(c.key for c in layout.columns)])
    for line in layout.lines:
        if line.row or line.folded:
            kind = line.row.layer.kind if line.row else "group"
            writer.writerow([line.path, kind, *map(_plain, line.cells)])
    return out.getvalue().rstrip("\n")


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, tuple):
        return "x".join(map(str, cell))
    if isinstance(cell, float):
        return f"{cell:.6f}"
    return str(cell).replace("×", "x")
