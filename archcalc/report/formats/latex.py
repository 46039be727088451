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
    "∂": r"$\partial$", "σ": r"$\sigma$", "<": r"$<$", ">": r"$>$", "|": r"$|$",
    "ε": r"$\varepsilon$", "√": r"$\surd$", "←": r"$\leftarrow$",
}  # fmt: skip
_GREEK = "alpha beta gamma delta zeta eta theta iota kappa lambda mu nu xi pi rho tau upsilon phi chi psi omega".split()
_SPECIAL |= {letter: rf"$\{name}$" for letter, name in zip("αβγδζηθικλμνξπρτυφχψω", _GREEK, strict=True)}
_CAPITALS = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
_SPECIAL |= {letter: rf"$\{name}$" for letter, name in zip("ΓΔΘΛΞΠΣΥΦΨΩ", _CAPITALS, strict=True)}
# The line of an article: 345 points, a letter about 5, more in mathematics; so many letters of working.
PAGE, GAP = 345, 12
LETTERS = {"formula": 7.0, "shape": 6.5, "name": 5.4}
MOST = 54
# Where a long line is broken, the first choice first; what follows goes on under what went before.
_BREAKS = (
    r"(?==|\\le\b|\\ge\b|\\in\b|<|>)", r"(?<=[ )}])(?=[+-] )", r"(?=\\cdot\b|\\odot\b|\\times\b)", r"(?<=,)(?=[ {])",
)  # fmt: skip


def escape(text: str) -> str:
    """Text in which nothing is a command."""
    return "".join(_SPECIAL.get(c) or (c if c.isascii() else _raised(c)) for c in visible(text))


def _raised(sign: str) -> str:
    """A letter above or below the line, as Unicode has it; any other sign as it is."""
    from unicodedata import decomposition

    place, _, code = decomposition(sign).partition(" ")
    if place not in ("<super>", "<sub>"):
        return sign
    inner = "".join(_SPECIAL.get(c, c).strip("$") for c in (chr(int(n, 16)) for n in code.split()))
    return f"${'^' if place == '<super>' else '_'}{{{inner}}}$"


def comment(text: str) -> str:
    """A comment, which no name can leave."""
    return f"% {one_line(text)}"


def write(document: Document, width: int | None = None) -> str:
    """The document, the packages it needs in front."""
    tables = sum(isinstance(part, Table | Beside) for part in document.parts)
    lone = tables == 1 and all(isinstance(part, Table | Note | Remark) for part in document.parts)
    blocks = [rf"\subsection*{{\raggedright {escape(one_line(document.title))}}}"] if document.title and not lone else []
    blocks += [_part(part) for part in document.parts if not (lone and isinstance(part, Note | Remark))]
    needed = ["booktabs"] * bool(tables)
    needed += ["amsmath", "amssymb"] * any(isinstance(part, Maths) for part in document.parts)
    needed += ["graphicx"] * any("\\resizebox" in block for block in blocks)
    needed += ["array"] * any("\\arraybackslash" in block for block in blocks)
    head = [f"% \\usepackage{{{','.join(needed)}}}\n"] if needed else []
    notes = [document.title, *(part.text for part in document.parts if isinstance(part, Note | Remark))] if lone else []
    return "".join(head) + "\n\n".join(blocks) + "".join(f"\n{comment(note)}" for note in notes)


def _part(part: Part) -> str:
    if isinstance(part, Break):
        return "\\newpage\n" + rf"\subsection*{{{escape(one_line(part.text))}}}"
    if isinstance(part, Heading):
        return rf"\subsubsection*{{\raggedright {escape(one_line(part.text))}}}"
    if isinstance(part, Maths):
        if not part.lines:
            return ""
        label = max(len(line.label) for line in part.lines)
        left = max(size(line.left.latex) if line.left else 0 for line in part.lines)
        body = " \\\\\n".join(line for made in part.lines for line in _sum(made, max(20, MOST - label - left)))
        return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"
    if isinstance(part, Beside):
        joined = part.joined()
        return _table(joined) if _wide(joined) <= PAGE else "\n\n".join(map(_table, part.stacked()))
    if isinstance(part, Table):
        return _table(part)
    if isinstance(part, Code):
        text = visible(part.text).replace(r"\end{verbatim}", r"\end {verbatim}")
        longest = max(map(len, text.split("\n")))
        font = next(
            (name for most, name in ((65, ""), (85, "\\footnotesize"), (98, "\\scriptsize")) if longest <= most), "\\tiny"
        )
        return f"{{{font}\n\\begin{{verbatim}}\n{text}\n\\end{{verbatim}}\n}}"
    return escape(part.text)


def _table(table: Table) -> str:
    columns = [(i, c) for i, c in enumerate(table.columns) if not c.data]
    rows = [[_cell(table.rows[at][i], c) for i, c in columns] for at in table.flat()]
    total = [_cell(table.total[i], Column(c.heading, "text") if not i else c) for i, c in columns] if table.total else []
    fixed, prose = _widths(table)
    folding = [(i, c) for i, c in columns if c.kind == "prose"]
    words = [word for row in table.rows for i, c in folding for word in shown(row[i], c).split()]
    room = max(80, GAP + 6 * max(map(len, words), default=0), (PAGE - fixed) // max(1, len(prose)))
    folds = sum(prose) > max(0, PAGE - fixed)
    spec = "".join(
        "r" if c.right else rf">{{\raggedright\arraybackslash}}p{{{room - GAP}pt}}" if folds and c.kind == "prose" else "l"
        for _, c in columns
    )
    lines = [rf"\begin{{tabular}}{{{spec}}}", r"\toprule", _row([escape(one_line(c.heading)) for _, c in columns]), r"\midrule"]
    lines += map(_row, rows)
    if any(total[1:]):
        lines += [r"\midrule", _row(total)]
    text = "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])
    narrow = fixed + (room * len(prose) if folds else sum(prose)) <= PAGE
    return f"\\noindent\n{text}" if narrow else f"\\noindent\\resizebox{{\\linewidth}}{{!}}{{%\n{text}%\n}}"


def _widths(table: Table) -> tuple[int, list[int]]:
    """About how many points a table takes: its columns that stay as they are, and each of prose."""
    fixed, prose = 0, []
    for i, column in enumerate(table.columns):
        if not column.data:
            cells = [column.heading, *(shown(row[i], column) for row in table.rows)]
            points = GAP + int(LETTERS.get(column.kind, 5.0) * max(map(len, cells)))
            if column.kind == "prose":
                prose.append(points)
            else:
                fixed += points
    return fixed, prose


def _wide(table: Table) -> int:
    fixed, prose = _widths(table)
    return fixed + sum(prose)


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


def _sum(line: Sum, room: int) -> list[str]:
    """A line of working as lines of an align: its label or left side, the sum, broken where it has no room."""
    label = escape(one_line(line.label))
    if not line.latex:
        words = escape(one_line(line.unicode))
        set_ = rf"\parbox[t]{{{5 * room}pt}}{{\raggedright {words}}}" if len(line.unicode) > room else rf"\text{{{words}}}"
        return [rf"  \text{{{label}}} &\quad {set_}"]
    first, *rest = broken(line.latex, room)
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
