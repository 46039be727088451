"""The plain table: aligned, complete, never cut to a width; what a pipe receives. `Aligned` serves the terminal too."""

from __future__ import annotations

from archcalc.report.layout import Layout, shown

GAP = "  "


class Aligned:
    """A layout as padded cells: one list a line, of the same width down each column."""

    def __init__(self, layout: Layout, labels: list[str], keep: list[int] | None = None) -> None:
        kept = range(len(layout.columns)) if keep is None else keep
        columns = [layout.columns[i] for i in kept]
        body = [[label, *(shown(line.cells[i]) for i in kept)] for label, line in zip(labels, layout.lines, strict=True)]
        headings = ["layer", *(c.heading for c in columns)]
        total = ["total", *(shown(layout.totals[i]) for i in kept)]
        self.widths = [max(map(len, column)) for column in zip(headings, *body, total, strict=True)]
        self.right = [False, *(c.right for c in columns)]
        self.columns = columns
        self.headings = self._pad(headings)
        self.body = [self._pad(cells) for cells in body]
        self.total = self._pad(total) if any(total[1:]) else None

    def _pad(self, cells: list[str]) -> list[str]:
        padded = zip(cells, self.widths, self.right, strict=True)
        return [cell.rjust(width) if right else cell.ljust(width) for cell, width, right in padded]

    @property
    def width(self) -> int:
        """Characters a line takes."""
        return sum(self.widths) + len(GAP) * (len(self.widths) - 1)


def render(layout: Layout) -> str:
    """The table with its title above and what was counted below."""
    table = Aligned(layout, ["  " * line.depth + line.label for line in layout.lines])
    rule = GAP.join("-" * width for width in table.widths)
    lines = [GAP.join(cells).rstrip() for cells in (table.headings, *table.body)]
    lines.insert(1, rule)
    if table.total:
        lines += [rule, GAP.join(table.total)]
    return "\n".join([layout.title, *layout.said, "", *lines, "", *layout.footer])
