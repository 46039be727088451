"""How numbers, names and gates are written, in Unicode for people and in LaTeX for their documents."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from archcalc.homework.calculus.gates import COPY
from archcalc.homework.calculus.tape import Graph

_GREEK = {
    name: f"\\{name}"
    for name in [
        *(
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
            "iota",
            "kappa",
            "lambda",
            "mu",
        ),
        *("nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
    ]
}


def tex_name(name: str) -> str:
    """A variable in LaTeX: w0 is w_{0}, alpha_1 is \\alpha_{1}."""
    match = re.fullmatch(r"([^\W\d_]+)_?(\w*)", name)
    if match is None:
        return rf"\mathit{{{_below(name)}}}"
    letters, below = match.groups()
    spelled = unicodedata.name(letters, "").removeprefix("GREEK SMALL LETTER ") if len(letters) == 1 else letters
    if spelled.lower() in _GREEK and not (len(letters) == 1 and letters.isascii()):
        letters = _GREEK[spelled.lower()]
    elif len(letters) > 1:
        letters = rf"\mathit{{{letters}}}"
    return f"{letters}_{{{_below(below)}}}" if below else letters


def _below(text: str) -> str:
    return text.replace("_", r"\_")


@dataclass(frozen=True)
class Wording:
    """Writes the parts of a graph in one style: decimals in `digits`, LaTeX or Unicode."""

    graph: Graph
    digits: int = 4
    latex: bool = False

    def number(self, x: float) -> str:
        """Whole numbers whole.

        Others to `digits` decimals, or as a power of ten where decimals would say nothing.
        """
        if abs(x) < 1e9 and (x == int(x) or (round(x) and abs(x - round(x)) <= 1e-9 * abs(x))):
            text = str(round(x))
        elif 10 ** -(self.digits - 1) <= abs(x) < 1e9:
            text = f"{x:.{self.digits}f}"
            if float(text) == x:
                text = text.rstrip("0")
        else:
            mantissa, exponent = f"{x:.{self.digits}e}".split("e")
            ten = rf" \cdot 10^{{{int(exponent)}}}" if self.latex else f"e{int(exponent)}"
            text = mantissa + ten
        return text if self.latex else text.replace("-", "−")

    def name(self, index: int) -> str:
        """A variable, a gate or a constant."""
        node = self.graph.nodes[index]
        if node.constant is not None and node.name not in ("pi", "π"):
            return self.number(node.constant)
        if node.gate not in (None, COPY) and re.fullmatch(r"g\d+", node.name):
            return f"g_{{{node.name[1:]}}}" if self.latex else node.name
        return tex_name(node.name) if self.latex else node.name

    def gate(self, index: int) -> str:
        """What a row about this gate is headed by."""
        if self.graph.nodes[index].gate is COPY:
            return rf"\text{{copy of }} {self.name(index)}" if self.latex else f"copy of {self.name(index)}"
        return self.name(index)

    def operation(self, index: int, values: list[float] | None = None) -> str:
        """The gate's operation on its operands' names or, where values are given, on their values."""
        node = self.graph.nodes[index]
        assert node.gate is not None
        names = [self.name(i) if values is None else self.number(values[i]) for i in node.inputs]
        return node.gate.write(names, self.latex)

    def local(self, index: int, k: int, derivative: float) -> str:
        """The formula of a local derivative and its value."""
        node = self.graph.nodes[index]
        assert node.gate is not None
        formula = node.gate.write_local([self.name(i) for i in node.inputs], self.name(index), k, self.latex)
        value = self.number(derivative)
        return formula if formula in (value, f"({value})") else f"{formula} = {value}"
