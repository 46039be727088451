"""The table on a terminal: painted, blocks as a tree, and no more columns than fit.

The colours are the terminal's own sixteen, by their escapes: no library is loaded for them.
"""

from __future__ import annotations

from archcalc.report.document import Branch, Column, Document, Table
from archcalc.report.formats.table import GAP, Page

CODES = {
    "title": "1", "heading": "1", "head": "1", "total": "1", "label": "36", "rule": "90", "note": "90", "group": "1",
    "quiet": "2", "bad": "1;31", "warn": "33", "shape": "36", "line": "90",
    "place": "1", "caret": "1;31", "repair": "1;32",
}  # fmt: skip


def write(document: Document, width: int | None = None) -> str:
    """The document for a terminal so wide."""
    return Terminal(width).write(document)


def paint(text: str, style: str) -> str:
    """Text in a style of the table; every line begins and ends its own."""
    code = CODES.get(style)
    if not code or not text.strip():
        return text
    return "\n".join(f"\x1b[{code}m{line}\x1b[0m" for line in text.split("\n"))


class Terminal(Page):
    """A page with colours."""

    rule = "─"

    def paint(self, text: str, style: str) -> str:
        return paint(text, style)

    def ruled(self, wide: list[int]) -> str:
        return self.rule * (sum(wide) + len(GAP) * (len(wide) - 1))

    def painted(self, lines: list[list[str]], columns: list[Column], tone: str) -> str:
        """A row in its tone, or each cell in that of its column; what is of no account is dim, and without its zeros."""
        if tone == "quiet":
            lines = [[cell if cell.strip() != "0" else " " * len(cell) for cell in cells] for cells in lines]
        if tone and tone != "group":
            return "\n".join(self.paint(GAP.join(cells).rstrip(), tone) for cells in lines)
        first = tone or columns[0].kind
        styles = [first, *(c.kind for c in columns[1:])]
        made = []
        for cells in lines:
            filled = max((i for i, cell in enumerate(cells) if cell.strip()), default=0)
            cells = [*cells[:filled], cells[filled].rstrip()]
            made.append(GAP.join(self.paint(cell, style) for cell, style in zip(cells, styles, strict=False)))
        return "\n".join(made)

    def labels(self, table: Table) -> list[str]:
        return [rails + branch.label for rails, branch in zip(_rails(list(table.tree)), table.tree, strict=True)]


def _rails(tree: list[Branch]) -> list[str]:
    """The lines of the tree in front of each row."""
    # Whether another row of the same depth follows before the group closes, found from the end.
    later: list[bool] = []
    pending: dict[int, bool] = {}
    for branch in reversed(tree):
        later.append(pending.get(branch.depth, False))
        for depth in [d for d in pending if d > branch.depth]:
            del pending[depth]
        pending[branch.depth] = True
    made: list[str] = []
    rails: list[bool] = []
    for branch, more in zip(tree, reversed(later), strict=True):
        rails = rails[: branch.depth]
        rails += [False] * (branch.depth - len(rails))
        prefix = "".join("│  " if rail else "   " for rail in rails[1:])
        made.append(prefix + ("" if branch.depth == 0 else "├─ " if more else "└─ "))
        rails.append(more)
    return made
