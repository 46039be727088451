"""The table on a terminal, by rich: a tree of blocks, colours, and no more columns than fit."""

from __future__ import annotations

from rich.box import HORIZONTALS
from rich.console import Console
from rich.table import Table
from rich.text import Text

from archcalc.render.layout import Layout, Line, shown


def show(layout: Layout, console: Console | None = None) -> None:
    """Prints the table to a terminal."""
    console = console or Console(highlight=False)
    labels = _tree(layout.lines)
    cells = [list(map(shown, line.cells)) for line in layout.lines]
    totals = list(map(shown, layout.totals))
    widths = [max([len(c.heading), len(totals[i]), *(len(row[i]) for row in cells)]) for i, c in enumerate(layout.columns)]
    label_width = max([5, *(len(label) for label in labels)])
    kept = list(range(len(layout.columns)))
    if label_width + sum(widths) + 2 * len(widths) + 4 > console.width:
        kept = [i for i in kept if not layout.columns[i].optional]
    table = Table(
        box=HORIZONTALS, show_footer=any(totals), title_justify="left", title_style="bold", pad_edge=False, show_edge=True
    )
    table.add_column("layer", footer="total", footer_style="bold", overflow="fold")
    for i in kept:
        column = layout.columns[i]
        style = "bright_black" if column.optional else "cyan" if column.key in ("output", "input") else ""
        table.add_column(
            column.heading,
            footer=totals[i],
            footer_style="bold",
            justify="right" if column.right else "left",
            no_wrap=not column.optional,
            style=style,
            overflow="fold",
        )
    for label, line, row in zip(labels, layout.lines, cells, strict=True):
        group = line.row is None
        idle = line.row is not None and not line.row.params and not line.row.multiplies
        style = "bold" if group else "dim" if idle else ""
        table.add_row(Text(label, style=style), *("" if row[i] == "0" and idle else row[i] for i in kept))
    console.print(Text(layout.title, style="bold"))
    console.print(table)
    for note in layout.footer:
        console.print(Text(note, style="bright_black"))


def _tree(lines: list[Line]) -> list[str]:
    """The labels with the branches of their tree in front."""
    labels: list[str] = []
    # Whether another line of the same depth follows before the group closes, found from the end.
    later: list[bool] = []
    pending: dict[int, bool] = {}
    for line in reversed(lines):
        later.append(pending.get(line.depth, False))
        for depth in [d for d in pending if d > line.depth]:
            del pending[depth]
        pending[line.depth] = True
    rails: list[bool] = []
    for line, more in zip(lines, reversed(later), strict=True):
        rails = rails[: line.depth]
        rails += [False] * (line.depth - len(rails))
        prefix = "".join("│  " if rail else "   " for rail in rails[1:])
        joint = "" if line.depth == 0 else "├─ " if more else "└─ "
        labels.append(prefix + joint + line.label)
        rails.append(more)
    return labels
