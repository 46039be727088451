"""Markdown as GitHub and Jupyter draw it: working as LaTeX between dollars, rows of a tree under their whole paths."""

from __future__ import annotations

import re

from archcalc.report.cells import shown
from archcalc.report.document import Beside, Break, Cell, Code, Column, Document, Formula, Heading, Maths, Note, Part, Sum, Table
from archcalc.text.visible import one_line, visible

# An underscore inside a word means nothing there and stays.
_SPECIAL = re.compile(r"[\\`*<\[\]|$~]|&(?=\w*;|#)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def escape(text: str) -> str:
    """Text in which nothing is markup."""
    return _SPECIAL.sub(r"\\\g<0>", visible(text))


def code(text: str) -> str:
    """Text as code, for a cell too."""
    text = one_line(text).replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def write(document: Document, width: int | None = None) -> str:
    """The document; notes that follow each other are a list."""
    blocks = [f"## {escape(one_line(document.title))}"] if document.title else []
    notes: list[str] = []
    for part in [*document.parts, None]:
        if isinstance(part, Note):
            notes.append(escape(part.text).replace("\n", " "))
            continue
        if notes:
            blocks.append(notes[0] if len(notes) == 1 else "\n".join(f"- {note}" for note in notes))
            notes = []
        if part is not None:
            blocks.append(_part(part))
    return "\n\n".join(blocks)


def _part(part: Part) -> str:
    if isinstance(part, Break):
        return f"---\n\n## {escape(one_line(part.text))}"
    if isinstance(part, Heading):
        return f"### {escape(one_line(part.text))}"
    if isinstance(part, Maths):
        named = any(line.label for line in part.lines)
        return "\n".join(f"- {_sum(line)}" for line in part.lines) if named else "\n\n".join(map(_sum, part.lines))
    if isinstance(part, Beside):
        return _table(part.joined())
    if isinstance(part, Table):
        return _table(part)
    if isinstance(part, Code):
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", part.text)), 3)
        return f"{fence}{part.language}\n{visible(part.text)}\n{fence}"
    return escape(part.text)


def _sum(line: Sum) -> str:
    left = f"{line.left.latex} = " if line.left else ""
    said = f"${left}{line.latex}$" if line.latex else escape(one_line(line.unicode))
    return f"{escape(one_line(line.label))}: {said}" if line.label else f"${said}$" if line.latex else said


def _table(table: Table) -> str:
    columns = [(i, c) for i, c in enumerate(table.columns) if not c.data]
    heads = [escape(one_line(c.heading)) for _, c in columns]
    marks = ["---:" if c.right else ":---" for _, c in columns]
    rows = [[_cell(table.rows[at][i], c) for i, c in columns] for at in table.flat()]
    total = [escape(one_line(shown(table.total[i], c))) for i, c in columns] if table.total else []
    if any(total[1:]):
        rows.append([f"**{cell}**" if cell else "" for cell in total])
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [heads, marks, *rows])


def _cell(cell: Cell, column: Column) -> str:
    if isinstance(cell, Formula):
        return "$" + cell.latex.replace("|", r"\vert ") + "$"  # a bar ends a cell
    text = one_line(shown(cell, column))
    return code(text) if column.kind == "name" and text else escape(text)
