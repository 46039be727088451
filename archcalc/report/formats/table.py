"""Plain text: aligned tables, sums under their headings. Given a width it folds prose and leaves whole columns out; else it is
complete, as a pipe receives it.

`Page` is the layout; the terminal's page paints it.
"""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.report.cells import folded, pad, shown, width
from archcalc.report.document import Beside, Break, Code, Column, Document, Heading, Maths, Note, Part, Remark, Sum, Table, Text
from archcalc.text.visible import one_line, visible

GAP = "  "
# What stands close under what goes before: notes under notes, remarks under the title (a string), sums under their heading.
CLOSE: dict[type, type | tuple[type, ...]] = {Note: Note, Remark: (Remark, str), Maths: Heading}
LABEL = 15  # columns that the name of a figure takes at least, so that the sums of several layers stand under each other
LEAST = 16  # columns that folded prose keeps at least


def write(document: Document, width: int | None = None) -> str:
    """The document as plain text."""
    return Page(width).write(document)


class Page:
    """A document laid out for a width; None is as wide as it likes. A subclass says how it is painted."""

    rule = "-"

    def __init__(self, width: int | None = None) -> None:
        self.width = width

    def write(self, document: Document) -> str:
        """The parts under each other, an empty line between two that do not stand close."""
        text = self.paragraph(one_line(document.title), "title") if document.title else ""
        before: Part | str = document.title
        for part in document.parts:
            close = isinstance(before, CLOSE.get(type(part), ()))
            text += ("\n" if close else "\n\n" if text else "") + self.part(part)
            before = part
        return text

    def part(self, part: Part) -> str:
        """One part as text."""
        if isinstance(part, Table):
            return self.table(part)
        if isinstance(part, Maths):
            return self.maths(part)
        if isinstance(part, Beside):
            return self.beside(part)
        if isinstance(part, Code):
            return self.paint(visible(part.text), "")
        style = {Heading: "heading", Note: "note", Remark: "warn", Break: "title", Text: ""}[type(part)]
        return self.paragraph(visible(part.text), style)

    def paragraph(self, text: str, style: str) -> str:
        """Words, folded where they are wider than the page."""
        if self.width is not None and any(width(line) > self.width for line in text.split("\n")):
            text = "\n".join(folded(text, self.width))
        return self.paint(text, style)

    def maths(self, part: Maths) -> str:
        """Labels, left sides and sums in columns of their own."""
        lines = part.lines
        label = max(LABEL, *(width(line.label) + 1 for line in lines)) + 1 if any(line.label for line in lines) else 0
        left = max((width(line.left.unicode) for line in lines if line.left), default=0)
        return "\n".join(self.sum(line, label, left) for line in lines)

    def sum(self, line: Sum, label: int, left: int) -> str:
        """One line of working; where the page is too narrow, it goes on under itself, broken before a sign."""
        side = pad(one_line(line.left.unicode), left) + " = " if line.left else ""
        text = one_line(side + line.unicode)
        head = self.paint(pad(one_line(line.label), label) if label else "", "label")
        if self.width is None or width(text) + label + 2 <= self.width:
            return f"  {head}{text}"
        rest = folded(text, max(LEAST, self.width - label - 4))
        return "\n".join([f"  {head}{rest[0]}", *(" " * (label + 4) + more.lstrip() for more in rest[1:])])

    def beside(self, part: Beside) -> str:
        """The tables on one line where they fit, else under each other, their rows numbered as they correspond."""
        joined = part.joined()
        if self.width is None or sum(self.widths(joined, range(len(joined.columns)))[0]) <= self.width:
            return self.table(joined)
        return "\n\n".join(map(self.table, part.stacked()))

    # -- tables ---------------------------------------------------------------------------------------------------------------

    def labels(self, table: Table) -> list[str]:
        """The first cells of a table with a tree."""
        return ["  " * branch.depth + branch.label for branch in table.tree]

    def cells(self, table: Table) -> list[list[str]]:
        """Every cell as text, heading and totals among them: a list a row, headings first, totals last where there are any."""
        columns = table.columns
        body = [[one_line(shown(cell, column)) for cell, column in zip(row, columns, strict=True)] for row in table.rows]
        if table.tree:
            for cells, label in zip(body, self.labels(table), strict=True):
                cells[0] = one_line(label)
        total = (
            [[one_line(shown(cell, column)) for cell, column in zip(table.total, columns, strict=True)]] if table.total else []
        )
        return [[one_line(c.heading) for c in columns], *body, *total]

    def widths(self, table: Table, kept: Sequence[int]) -> tuple[list[int], list[list[str]]]:
        """How wide each kept column is, the gap before it included, and the cells."""
        cells = self.cells(table)
        wide = [max(width(row[i]) for row in cells) + (len(GAP) if at else 0) for at, i in enumerate(kept)]
        return wide, cells

    def table(self, table: Table) -> str:
        """Columns under their headings; what does not fit is folded, then left out by columns, and that is said."""
        columns = table.columns
        kept = [i for i, column in enumerate(columns) if not column.data]
        wide, cells = self.widths(table, kept)
        sizes = dict(zip(kept, wide, strict=True))
        limits: dict[int, int] = {}
        hidden: list[int] = []
        while self.width is not None and sum(sizes.values()) > self.width:
            over = sum(sizes.values()) - self.width
            prose = [i for i in sizes if columns[i].kind == "prose" and i not in limits]
            if prose:
                longest = max(prose, key=lambda i: sizes[i])
                words = max(width(word) for row in cells for word in row[longest].split() or [""])
                limits[longest] = max(LEAST, words, sizes[longest] - over - len(GAP))
                sizes[longest] = min(sizes[longest], limits[longest] + len(GAP))
            elif len(sizes) > 2:
                dropped = max(list(sizes)[1:], key=lambda i: (columns[i].first, i))
                hidden.append(dropped)
                del sizes[dropped]
            else:
                break
        text = self.lines(table, cells, list(sizes), [n - (len(GAP) if at else 0) for at, n in enumerate(sizes.values())])
        return text + (f"\n{self.hint(table, sorted(hidden))}" if hidden else "")

    def hint(self, table: Table, hidden: list[int]) -> str:
        """What was left out, and how to see it."""
        names = ", ".join(dict.fromkeys(table.columns[i].heading for i in hidden))
        more = f", or {table.choose}" if table.choose else ", or --format markdown"
        count = "1 column" if len(hidden) == 1 else f"{len(hidden)} columns"
        return self.paragraph(f"{count} hidden ({names}): a wider terminal{more}", "note")

    def lines(self, table: Table, cells: list[list[str]], kept: list[int], wide: list[int]) -> str:
        """The table as text, each column so wide."""
        columns = [table.columns[i] for i in kept]
        rows = [self.row([row[i] for i in kept], columns, wide) for row in cells]
        end = len(rows) - bool(table.total)
        tones = table.tones or [""] * len(table.rows)
        opens = [b.opens for b in table.tree] or [False] * len(table.rows)
        body = [
            self.painted(lines, columns, tone or ("group" if open_ else ""))
            for lines, tone, open_ in zip(rows[1:end], tones, opens, strict=True)
        ]
        rule = self.paint(self.ruled(wide), "rule")
        made = [self.painted(rows[0], columns, "head"), rule, *body]
        if any(cells[-1][1:]) and table.total:
            made += [rule, self.painted(rows[-1], columns, "total")]
        return "\n".join(made)

    def ruled(self, wide: list[int]) -> str:
        """The line under the headings."""
        return GAP.join(self.rule * n for n in wide)

    def row(self, cells: list[str], columns: list[Column], wide: list[int]) -> list[list[str]]:
        """A row as padded cells, a line after the other where prose is folded."""
        pairs = list(zip(cells, columns, wide, strict=True))
        if all(width(cell) <= n for cell, _, n in pairs):
            return [[pad(cell, n, c.right) for cell, c, n in pairs]]
        parts = [folded(cell, n) if width(cell) > n else [cell] for cell, _, n in pairs]
        depth = max(map(len, parts))
        return [
            [pad(part[i] if i < len(part) else "", n, c.right) for part, (_, c, n) in zip(parts, pairs, strict=True)]
            for i in range(depth)
        ]

    def painted(self, lines: list[list[str]], columns: list[Column], tone: str) -> str:
        """A row painted, its end trimmed."""
        return "\n".join(GAP.join(cells).rstrip() for cells in lines)

    def paint(self, text: str, style: str) -> str:
        """Text in a style; plain text has none."""
        return text
