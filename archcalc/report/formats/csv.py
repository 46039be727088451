"""Comma-separated values: the tables of an answer and its sums, under the keys of their columns, an empty line between two.

Whole numbers are plain, shapes are 6x28x28, totals are left to the reader's own sum. What stands beside the tables in words is
left out; an answer that is words alone gives those.
"""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

from archcalc.report.cells import shape
from archcalc.report.document import Beside, Cell, Code, Column, Document, Formula, Maths, Table
from archcalc.text.visible import visible

_NUMBER = re.compile(r"[+-]?\d[\d,.]*(e[+-]?\d+)?")


def escape(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = "\r".join(map(visible, text.split("\r")))
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.fullmatch(text) else text


def write(document: Document, width: int | None = None) -> str:
    """The tables."""
    parts = [document.sheet] if document.sheet else document.parts
    found = [table for part in parts if (table := _table(part)) is not None]
    if not found:
        found = [Table(["text"], [[getattr(part, "text", "")] for part in document.parts])]
    return "\n\n".join(map(_written, found))


def _table(part: object) -> Table | None:
    if isinstance(part, Beside):
        return part.joined()
    if isinstance(part, Code):
        return Table(["text"], [[part.text]])
    return part if isinstance(part, Table) else part.table() if isinstance(part, Maths) else None


def _written(table: Table) -> str:
    rows = [[escape(c.key) for c in table.columns]]
    rows += [[_plain(cell, c) for cell, c in zip(table.rows[i], table.columns, strict=True)] for i in table.flat()]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    quoted = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:  # a bare carriage return ends a line for some readers, and is not quoted by itself
        (quoted if any("\r" in cell for cell in row) else writer).writerow(row)
    return out.getvalue().rstrip("\n")


def _plain(cell: Cell, column: Column) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return escape(cell)
    if isinstance(cell, tuple):
        return escape(cell.unicode) if isinstance(cell, Formula) else shape(cell, "x")
    if isinstance(cell, float):
        return f"{cell:.6f}" if column.kind == "share" else f"{cell:.6g}"
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    return str(int(cell)) if isinstance(cell, bool) else str(cell)
