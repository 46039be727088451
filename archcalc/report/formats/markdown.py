"""A Markdown table with full paths; the totals are its last row."""

from __future__ import annotations

from archcalc.report.layout import Layout, shown


def escape(text: str) -> str:
    """Text that is safe in a cell."""
    return text.replace("|", "\\|")


def render(layout: Layout) -> str:
    """The table; open groups have no line of their own, since every row has its path."""
    headings = ["layer", *(c.heading for c in layout.columns)]
    marks = [":---", *("---:" if c.right else ":---" for c in layout.columns)]
    rows = [[f"`{escape(line.path)}`", *map(shown, line.cells)] for line in layout.lines if line.row or line.folded]
    totals = list(map(shown, layout.totals))
    if any(totals):
        rows.append(["**total**", *(f"**{t}**" if t else "" for t in totals)])
    lines = ["| " + " | ".join(cells) + " |" for cells in [headings, marks, *[[escape(c) for c in row] for row in rows]]]
    return "\n".join(
        [f"**{layout.title}**", "", *(line for note in layout.said for line in (note, "")), *lines, "", *layout.footer]
    )
