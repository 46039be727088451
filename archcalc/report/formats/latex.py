"""LaTeX, to be put into a document: booktabs tables, working set on its signs and broken where a line would leave the page.

A lone table is what goes into an author's own float: its title and notes are then comments.
"""

from __future__ import annotations

import re

from archcalc.report.cells import shown
from archcalc.report.document import (
    Beside,
    Break,
    Cell,
    Code,
    Column,
    Document,
    Formula,
    Heading,
    Maths,
    Note,
    Part,
    Remark,
    Sum,
    Table,
)
from archcalc.text.visible import one_line, visible

_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "×": r"$\times$", "·": r"$\cdot$", "−": "$-$", "≤": r"$\le$",
    "≥": r"$\ge$", "≠": r"$\ne$", "→": r"$\to$", "⌊": r"$\lfloor$", "⌋": r"$\rfloor$", "⌈": r"$\lceil$", "⌉": r"$\rceil$",
    "∞": r"$\infty$", "…": r"\ldots{}", "–": "--", "✓": r"\checkmark{}", "✗": r"$\times$", "≈": r"$\approx$", "∈": r"$\in$",
    "∂": r"$\partial$", "σ": r"$\sigma$", "<": r"$<$", ">": r"$>$", "|": r"$|$", "²": "$^2$", "δ": r"$\delta$", "π": r"$\pi$",
    "ε": r"$\varepsilon$", "η": r"$\eta$", "β": r"$\beta$", "μ": r"$\mu$", "Σ": r"$\Sigma$", "ₜ": "$_t$", "ᵢ": "$_i$",
    "ₖ": "$_k$", "₁": "$_1$", "₂": "$_2$", "ᵗ": "$^t$", "√": r"$\surd$", "←": r"$\leftarrow$",
}  # fmt: skip
MOST = 62  # letters of working on a line of an article
# Where a long line is broken, the first choice first; what follows goes on under what went before.
_BREAKS = (
    r"(?==|\\le\b|\\ge\b|\\in\b|<|>)", r"(?<=[ )}])(?=[+-] )", r"(?=\\cdot\b|\\odot\b|\\times\b)", r"(?<=,)(?=[ {])",
)  # fmt: skip


def escape(text: str) -> str:
    """Text in which nothing is a command."""
    return "".join(_SPECIAL.get(c, c) for c in visible(text))


def comment(text: str) -> str:
    """A comment, which no name can leave."""
    return f"% {one_line(text)}"


def write(document: Document, width: int | None = None) -> str:
    """The document, the packages it needs in front."""
    tables = sum(isinstance(part, Table | Beside) for part in document.parts)
    lone = tables == 1 and all(isinstance(part, Table | Note | Remark) for part in document.parts)
    blocks = [rf"\subsection*{{{escape(one_line(document.title))}}}"] if document.title and not lone else []
    blocks += [_part(part) for part in document.parts if not (lone and isinstance(part, Note | Remark))]
    needed = ["booktabs"] * bool(tables)
    needed += ["amsmath", "amssymb"] * any(isinstance(part, Maths) for part in document.parts)
    head = [f"% \\usepackage{{{','.join(needed)}}}\n"] if needed else []
    notes = [document.title, *(part.text for part in document.parts if isinstance(part, Note | Remark))] if lone else []
    return "".join(head) + "\n\n".join(blocks) + "".join(f"\n{comment(note)}" for note in notes)


def _part(part: Part) -> str:
    if isinstance(part, Break):
        return "\\newpage\n" + rf"\subsection*{{{escape(one_line(part.text))}}}"
    if isinstance(part, Heading):
        return rf"\paragraph{{{escape(one_line(part.text))}}}"
    if isinstance(part, Maths):
        body = " \\\\\n".join(line for made in part.lines for line in _sum(made))
        return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"
    if isinstance(part, Beside):
        return _table(part.joined())
    if isinstance(part, Table):
        return _table(part)
    if isinstance(part, Code):
        text = visible(part.text).replace(r"\end{verbatim}", r"\end {verbatim}")
        return f"\\begin{{verbatim}}\n{text}\n\\end{{verbatim}}"
    return escape(part.text)


def _table(table: Table) -> str:
    columns = [(i, c) for i, c in enumerate(table.columns) if not c.data]
    rows = [[_cell(table.rows[at][i], c) for i, c in columns] for at in table.flat()]
    total = [_cell(table.total[i], Column(c.heading, "text") if not i else c) for i, c in columns] if table.total else []
    spec = "".join("r" if c.right else "l" for _, c in columns)
    lines = [rf"\begin{{tabular}}{{{spec}}}", r"\toprule", _row([escape(one_line(c.heading)) for _, c in columns]), r"\midrule"]
    lines += map(_row, rows)
    if any(total[1:]):
        lines += [r"\midrule", _row(total)]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def _row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(cell: Cell, column: Column) -> str:
    if isinstance(cell, Formula):
        return f"${cell.latex}$" if cell.latex else ""
    if isinstance(cell, tuple) and not (cell and isinstance(cell[0], tuple)):
        return "$" + r" \times ".join(map(str, cell)) + "$"
    text = escape(one_line(shown(cell, column)))
    if isinstance(cell, int):
        return text.replace(",", "{,}")
    return rf"\texttt{{{text}}}" if column.kind == "name" and text else text


def _sum(line: Sum) -> list[str]:
    """A line of working as lines of an align: its label or left side, the sum, broken where it is too long."""
    label = escape(one_line(line.label))
    if not line.latex:
        return [rf"  \text{{{label}}} &\quad \text{{{escape(one_line(line.unicode))}}}"]
    room = MOST - (2 + len(line.left.latex) // 2 if line.left else 0) - len(label)
    first, *rest = broken(line.latex, max(20, room))
    if line.left:
        made = [rf"  {line.left.latex} &= {first}" + (rf" && \text{{{label}}}" if label else "")]
    else:
        made = [rf"  \text{{{label}}} &= {first}" if label else f"  & {first}"]
    return made + [f"  &{more}" if more.startswith("=") else rf"  &\quad {more}" for more in rest]


def broken(latex: str, most: int) -> list[str]:
    """Mathematics in lines of about so many letters: broken before a relation, else before a sum, else a product."""
    if size(latex) <= most:
        return [latex]
    for pattern in _BREAKS:
        parts = _split(latex, pattern)
        if len(parts) > 1:
            lines: list[str] = []
            for part in parts:
                # Every relation has a line of its own; sums and products fill theirs.
                if lines and pattern != _BREAKS[0] and size(lines[-1] + part) <= most:
                    lines[-1] += part
                else:
                    lines.append(part)
            return [whole.strip() for line in lines for whole in (broken(line, most) if len(lines) > 1 else [line])]
    return [latex]


def _split(latex: str, pattern: str) -> list[str]:
    """The parts between places where the pattern stands outside all braces and \\left…\\right."""
    depth = [0]
    for token in re.finditer(r"\\left\b|\\right\b|\\begin\b|\\end\b|\\.|[{}]|.", latex, re.S):
        step = {"{": 1, "\\left": 1, "\\begin": 1, "}": -1, "\\right": -1, "\\end": -1}.get(token[0], 0)
        depth += [depth[-1] + step] * len(token[0])
    cuts = [m.start() for m in re.finditer(pattern, latex) if depth[m.start()] == 0 and latex[: m.start()].strip()]
    return [latex[a:b] for a, b in zip([0, *cuts], [*cuts, len(latex)], strict=True)]


def size(latex: str) -> int:
    """About how many letters wide mathematics is."""
    text = re.sub(r"\\frac\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}", lambda m: max(m[1], m[2], key=len), latex)
    text = re.sub(r"\\(left|right|mathrm|mathit|mathbf|text|quad)\b", "", text)
    text = re.sub(r"\\(cdot|odot|times|sum|le|ge|in|to)\b", "xx", text)
    return len(re.sub(r"\\[A-Za-z]+", "x", text).translate({ord(c): None for c in "{}_^\\ "}))
