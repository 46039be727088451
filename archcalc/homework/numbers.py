"""Numbers of an exercise as a person writes them, kept exact: `1 2 3`, `1, −2, 0.5`, `1 2; 3 4`, `[[1, 2], [3, 4]]`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import reduce

from archcalc.text.faults import Fault, SpecError
from archcalc.text.signs import plain
from archcalc.text.source import Source, Span

MOST_VALUES = 4096
_NUMBER = re.compile(r"[+-]?(\d{1,12}/\d{1,12}|\d{1,12}\.?\d{0,12}|\.\d{1,12})(e[+-]?\d{1,2})?")


def number(text: str, source: Source, column: int = 1) -> Fraction:
    """One number, exact. Raises SpecError at its place."""
    word = plain(text).strip().lower()
    if not _NUMBER.fullmatch(word) or word.endswith("/0") or ("/" in word and not int(word.split("/")[1].split("e")[0])):
        raise SpecError([Fault(f"'{text[:30]}' is not a number", Span(source, 1, column, max(1, len(text))), repairs=["0.5"])])
    return Fraction(word)


def numbers(text: str, name: str) -> list[Fraction]:
    """A row of numbers. Raises SpecError at the one that is none."""
    source = Source(name, text.replace("\n", " "))
    found = [number(m.group(), source, m.start() + 1) for m in re.finditer(r"[^\s,\[\]()]+", source.text)]
    if not found:
        raise SpecError([Fault("no number stands here", Span(source, 1, 1), repairs=['"1 2 3 4"'])])
    if len(found) > MOST_VALUES:
        raise SpecError(
            [Fault(f"{len(found):,} values; {MOST_VALUES:,} are the most allowed", Span(source, 1, 1), repairs=["fewer values"])]
        )
    return found


def matrix(text: str, name: str) -> list[list[Fraction]]:
    """Rows of numbers, between `;`, lines or brackets; a single row for values along one axis. Raises SpecError."""
    flat = re.sub(r"\]\s*,?\s*\[", ";", plain(text)) if "[" in text else plain(text)
    rows = [row for row in re.split(r"[;\n]", flat) if row.strip(" [](),")]
    made = [numbers(row, name) for row in rows] or [numbers(text, name)]
    uneven = next((i for i, row in enumerate(made) if len(row) != len(made[0])), None)
    if uneven is not None:
        message = f"row {uneven + 1} has {len(made[uneven])} values, row 1 has {len(made[0])}"
        raise SpecError([Fault(f"{name}: {message}", repairs=['"1 2; 3 4"'])])
    if sum(map(len, made)) > MOST_VALUES:
        raise SpecError([Fault(f"{name}: more than {MOST_VALUES:,} values, the most allowed", repairs=["fewer values"])])
    return made


def shown(x: Fraction) -> str:
    """A number exactly: whole, as a decimal where it ends, as a fraction elsewhere; with a proper minus."""
    if x.denominator == 1:
        text = str(x.numerator)
    else:
        rest = reduce(lambda d, p: d // p if d % p == 0 else d, [2] * 12 + [5] * 12, x.denominator)
        text = (
            f"{float(x):.12f}".rstrip("0")
            if rest == 1 and Fraction(f"{float(x):.12f}") == x
            else f"{x.numerator}/{x.denominator}"
        )
    return text.replace("-", "−")


def factor(x: Fraction) -> str:
    """A number as it stands in a product: a negative one in brackets."""
    text = shown(x)
    return f"({text})" if text[0] == "−" or "/" in text else text


def rows(result: Sequence[Sequence[Fraction]]) -> list[tuple[str, str]]:
    """Rows of numbers one under the other, in Unicode and in LaTeX."""
    cells = [[shown(x) for x in row] for row in result]
    width = max(len(cell) for row in cells for cell in row)
    lines = ["  ".join(cell.rjust(width) for cell in row) for row in cells]
    return [(line, " & ".join(row).replace("−", "-").replace(" & ", r" \quad ")) for line, row in zip(lines, cells, strict=True)]


def floating(x: Fraction) -> int | float:
    """A number as plain data: whole where it is, else floating point."""
    return x.numerator if x.denominator == 1 else float(x)
