"""A LaTeX tabular in booktabs style, to be put into a document."""

from __future__ import annotations

from archcalc.report.layout import Cell, Layout, shown

_SPECIAL = {"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}"}
_SPECIAL |= {"^": r"\textasciicircum{}", "\\": r"\textbackslash{}", "×": r"$\times$", "−": "$-$", "→": r"$\to$"}


def escape(text: str) -> str:
    """Text without LaTeX's special characters."""
    return "".join(_SPECIAL.get(c, c) for c in text)


def render(layout: Layout) -> str:
    """The tabular; needs the package booktabs."""
    spec = "l" + "".join("r" if c.right else "l" for c in layout.columns)
    headings = ["layer", *(c.heading for c in layout.columns)]
    rows = [[rf"\texttt{{{escape(line.path)}}}", *map(_cell, line.cells)] for line in layout.lines if line.row or line.folded]
    totals = list(map(_cell, layout.totals))
    lines = [
        "% \\usepackage{booktabs}",
        rf"\begin{{tabular}}{{{spec}}}",
        r"\toprule",
        _row(headings),
        r"\midrule",
        *map(_row, rows),
    ]
    if any(totals):
        lines += [r"\midrule", _row(["total", *totals])]
    lines += [r"\bottomrule", r"\end{tabular}", *(f"% {note}" for note in [layout.title, *layout.said, *layout.footer])]
    return "\n".join(lines)


def _cell(cell: Cell) -> str:
    if isinstance(cell, tuple):
        return "$" + r" \times ".join(map(str, cell)) + "$"
    if isinstance(cell, int):
        return shown(cell).replace(",", "{,}")
    return escape(shown(cell))


def _row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"
