"""An answer laid out: paragraphs, sums and tables, written as plain text, Markdown or LaTeX.

What a command has to say is put together once, as parts; the formats are functions in a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Heading:
    """A heading inside the answer."""

    text: str


@dataclass(frozen=True)
class Maths:
    """Lines of working, each in Unicode and in LaTeX (without dollars)."""

    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table: headings, rows of text, and which columns are numbers (set flush right)."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[bool] = ()

    def flush_right(self, column: int) -> bool:
        """Whether a column is set flush right."""
        return column < len(self.right) and self.right[column]


Part = Text | Heading | Maths | Table


@dataclass
class Document:
    """An answer: its title and parts."""

    title: str
    parts: list[Part] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Adds a paragraph."""
        self.parts.append(Text(text))


def to_text(document: Document) -> str:
    """Plain text, never cut to a width."""
    blocks = [document.title] if document.title else []
    for part in document.parts:
        if isinstance(part, Maths):
            blocks.append("\n".join(f"  {unicode}" for unicode, _ in part.lines))
        elif isinstance(part, Table):
            blocks.append("\n".join(_columns(part)))
        else:
            blocks.append(part.text)
    return "\n\n".join(blocks)


def _columns(table: Table) -> list[str]:
    rows = [list(table.heads), *[list(row) for row in table.rows]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(table.heads))]

    def line(row: Sequence[str]) -> str:
        cells = [
            cell.rjust(width) if table.flush_right(i) else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return [line(rows[0]), "  ".join("─" * width for width in widths), *[line(row) for row in rows[1:]]]


def to_markdown(document: Document) -> str:
    """Markdown; working as LaTeX between dollars, a line each."""
    blocks = [f"## {document.title}"] if document.title else []
    for part in document.parts:
        if isinstance(part, Heading):
            blocks.append(f"### {part.text}")
        elif isinstance(part, Maths):
            blocks.append("\n".join(f"$${latex}$$" for _, latex in part.lines))
        elif isinstance(part, Table):
            heads = [_cell(h) for h in part.heads]
            marks = ["---:" if part.flush_right(i) else "---" for i in range(len(heads))]
            rows = [heads, marks, *[[_cell(c) for c in row] for row in part.rows]]
            blocks.append("\n".join("| " + " | ".join(row) + " |" for row in rows))
        else:
            blocks.append(part.text)
    return "\n\n".join(blocks)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "×": r"$\times$", "·": r"$\cdot$", "−": "$-$", "≤": r"$\le$",
    "≥": r"$\ge$", "≠": r"$\ne$", "→": r"$\to$", "⌊": r"$\lfloor$", "⌋": r"$\rfloor$", "⌈": r"$\lceil$", "⌉": r"$\rceil$",
    "∞": r"$\infty$", "…": r"\ldots{}", "–": "--", "✓": r"\checkmark{}", "✗": r"$\times$", "≈": r"$\approx$", "∈": r"$\in$",
    "∂": r"$\partial$", "σ": r"$\sigma$", "<": r"$<$", ">": r"$>$",
}  # fmt: skip


def escaped(text: str) -> str:
    """Text as LaTeX."""
    return "".join(_LATEX.get(c, c) for c in text)


def to_latex(document: Document) -> str:
    """LaTeX, to be put into a document that loads amsmath and amssymb."""
    blocks = [rf"\subsection*{{{escaped(document.title)}}}"] if document.title else []
    for part in document.parts:
        if isinstance(part, Heading):
            blocks.append(rf"\paragraph{{{escaped(part.text)}}}")
        elif isinstance(part, Maths):
            body = " \\\\\n".join(f"  & {latex}" for _, latex in part.lines)
            blocks.append(f"\\begin{{align*}}\n{body}\n\\end{{align*}}")
        elif isinstance(part, Table):
            columns = "".join("r" if part.flush_right(i) else "l" for i in range(len(part.heads)))
            head = " & ".join(escaped(h) for h in part.heads) + r" \\ \hline"
            rows = [" & ".join(escaped(c) for c in row) + r" \\" for row in part.rows]
            blocks.append("\n".join([rf"\begin{{tabular}}{{{columns}}}", head, *rows, r"\end{tabular}"]))
        else:
            blocks.append(escaped(part.text))
    return "\n\n".join(blocks)


FORMATS: dict[str, Callable[[Document], str]] = {"table": to_text, "markdown": to_markdown, "latex": to_latex}
