"""The table on a terminal, coloured by rich: a tree of blocks, and no more columns than fit.

The columns are aligned by `plain.Aligned`; rich's own tables measure and wrap every cell, a tenth of a second for a
network of 150 layers.
"""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from archcalc.report.formats.plain import GAP, Aligned
from archcalc.report.layout import Layout, Line

STYLES = {"settings": "bright_black", "output": "cyan", "input": "cyan"}


def show(layout: Layout, console: Console | None = None) -> None:
    """Prints the table to a terminal. Lines longer than it is wide are left to the terminal to wrap: nothing is cut."""
    console = console or Console(highlight=False)
    labels = _tree(layout.lines)
    table = Aligned(layout, labels)
    if table.width > console.width:
        table = Aligned(layout, labels, [i for i, c in enumerate(layout.columns) if not c.optional])
    rule = "─" * min(table.width, console.width)
    text = Text()
    text.append(layout.title + "\n", "bold")
    for note in layout.said:
        text.append(note + "\n", "yellow")
    text.append(f"{rule}\n", "bright_black")
    text.append(GAP.join(table.headings).rstrip() + "\n", "bold")
    text.append(f"{rule}\n", "bright_black")
    styles = ["", *(STYLES.get(c.key, "") for c in table.columns)]
    for line, cells in zip(layout.lines, table.body, strict=True):
        _append(text, line, cells, styles)
    if table.total:
        text.append(f"{rule}\n", "bright_black")
        text.append(GAP.join(table.total).rstrip() + "\n", "bold")
    console.print(text, soft_wrap=True)
    for note in layout.footer:
        console.print(Text(note, "bright_black"))


def _append(text: Text, line: Line, cells: list[str], styles: list[str]) -> None:
    """One line: groups bold, layers that hold and multiply nothing dim and without their zeros."""
    if line.row is None:
        text.append(cells[0], "bold")
        text.append((GAP + GAP.join(cells[1:])).rstrip() + "\n", "" if line.folded else "bright_black")
        return
    if not line.row.params and not line.row.multiplies:
        quiet = [cell if cell.strip() != "0" else " " * len(cell) for cell in cells]
        text.append(GAP.join(quiet).rstrip() + "\n", "dim")
        return
    for i, (cell, style) in enumerate(zip(cells, styles, strict=True)):
        text.append(cell + (GAP if i < len(cells) - 1 else "\n"), style)


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
