"""A cell as a person reads it, and how wide text is on a screen."""

from __future__ import annotations

from archcalc.report.document import Cell, Column, Formula


def shown(cell: Cell, column: Column) -> str:
    """A cell as text: thousands apart, shapes with ×, shares in percent."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "✓" if cell else "✗"
    if isinstance(cell, int):
        return f"×{cell}" if column.kind == "ratio" else f"{cell:,}"
    if isinstance(cell, float):
        return fraction(cell, column)
    if isinstance(cell, tuple):
        return cell.unicode if isinstance(cell, Formula) else shape(cell)
    return f"{cell.normalize():f}"


def fraction(cell: float, column: Column) -> str:
    """A number that is not whole, as its column has it."""
    if column.kind == "share":
        return f"{100 * cell:.{column.places}f} %"
    if column.kind == "ratio":
        return f"×{cell:,.0f}" if cell >= 1000 else f"×{cell:.3g}"
    return f"{cell:,.{column.places}f}"


def shape(cell: tuple[int, ...] | tuple[tuple[int, ...], ...], times: str = "×") -> str:
    """A shape, 6×28×28, or several: 6×28×28 + 6×28×28."""
    if cell and isinstance(cell[0], tuple):
        return " + ".join(shape(part, times) for part in cell if isinstance(part, tuple))
    return times.join(map(str, cell))


def width(text: str) -> int:
    """Columns of a screen: none for a mark that stands on the letter before, two for a wide letter."""
    if text.isascii() or max(text) < "\u0300":
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def pad(text: str, wide: int, right: bool = False) -> str:
    """Text filled up with spaces."""
    space = " " * (wide - width(text))
    return space + text if right else text + space


def folded(text: str, wide: int) -> list[str]:
    """Text in lines at most so wide, broken at spaces alone; a longer word has a line of its own."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        indent = paragraph[: len(paragraph) - len(paragraph.lstrip(" "))]
        line = indent
        for word in paragraph.split():
            if line.strip() and width(line) + 1 + width(word) > wide:
                lines.append(line)
                line = indent
            line = f"{line} {word}" if line.strip() else line + word
        lines.append(line)
    return lines
