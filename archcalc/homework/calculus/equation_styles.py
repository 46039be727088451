"""How a set of equations is laid out; a style is a function named in `STYLES`."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable

from archcalc.homework.calculus.equations import Equation, EquationSet
from archcalc.homework.calculus.phrasing import markdown_text, tex_text


def parts(equation_set: EquationSet, gradients: bool) -> list[tuple[str, list[Equation]]]:
    """The headings and the equations under each."""
    found = [("forward", equation_set.forward)]
    return [*found, ("gradients", equation_set.gradients)] if gradients else found


def _width(text: str) -> int:
    return sum(not unicodedata.combining(c) for c in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def unicode(equation_set: EquationSet, gradients: bool) -> str:
    """Plain text: what the letters mean, then name, left side and right side in columns."""
    lines = [equation_set.title, ""]
    letters = [(symbol.show(False), meaning) for symbol, meaning in equation_set.symbols]
    wide = max(_width(letter) for letter, _ in letters)
    lines += [f"  {_pad(letter, wide)}  {meaning}" for letter, meaning in letters]
    for heading, equations in parts(equation_set, gradients):
        lines += ["", heading]
        names = max(len(equation.name) for equation in equations)
        sides = max(_width(equation.lhs.show(False)) for equation in equations)
        for equation in equations:
            left = _pad(equation.lhs.show(False), sides)
            lines.append(f"  {equation.name:{names}}  {left} = {equation.expr.show(False)}")
    return "\n".join(lines + ([""] if equation_set.notes else []) + list(equation_set.notes))


def latex(equation_set: EquationSet, gradients: bool) -> str:
    """An align for each part, for a document that loads amsmath."""
    lines = [r"% needs \usepackage{amsmath}", rf"\subsection*{{{tex_text(equation_set.title)}}}", ""]
    letters = [f"${symbol.show(True)}$ {tex_text(meaning)}" for symbol, meaning in equation_set.symbols]
    lines.append("; ".join(letters) + ".")
    for heading, equations in parts(equation_set, gradients):
        lines += ["", rf"\paragraph{{{heading.capitalize()}}}", r"\begin{align*}"]
        rows = [rf"  {e.lhs.show(True)} &= {e.expr.show(True)} && \text{{{tex_text(e.name)}}}" for e in equations]
        lines += [" \\\\\n".join(rows), r"\end{align*}"]
    return "\n".join([*lines, *(f"\n{tex_text(note)}" for note in equation_set.notes)])


def markdown(equation_set: EquationSet, gradients: bool) -> str:
    """Headings, and every equation as inline mathematics, as GitHub and Jupyter draw it."""
    lines = [f"## {markdown_text(equation_set.title)}", ""]
    lines += [f"- ${symbol.show(True)}$: {markdown_text(meaning)}" for symbol, meaning in equation_set.symbols]
    for heading, equations in parts(equation_set, gradients):
        lines += ["", f"### {heading.capitalize()}", ""]
        lines += [f"- {markdown_text(equation.name)}: ${equation.latex()}$" for equation in equations]
    return "\n".join([*lines, *(f"\n{markdown_text(note)}" for note in equation_set.notes)])


def as_json(equation_set: EquationSet, gradients: bool) -> str:
    """`title`, `symbols` (`unicode`, `latex`, `meaning`), `forward` and `gradients` (`name`, `unicode`,
    `latex`), `notes`.
    """
    data: dict[str, object] = {
        "title": equation_set.title,
        "symbols": [
            {"unicode": symbol.show(False), "latex": symbol.show(True), "meaning": meaning}
            for symbol, meaning in equation_set.symbols
        ],
    }
    for heading, equations in parts(equation_set, gradients):
        data[heading] = [{"name": e.name, "unicode": e.unicode(), "latex": e.latex()} for e in equations]
    data["notes"] = list(equation_set.notes)
    return json.dumps(data, indent=2, ensure_ascii=False)


STYLES: dict[str, Callable[[EquationSet, bool], str]] = {
    "unicode": unicode,
    "latex": latex,
    "markdown": markdown,
    "json": as_json,
}
