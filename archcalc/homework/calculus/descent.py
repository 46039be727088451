"""A few steps of gradient descent from the gradients of an expression: plain, with momentum, or Adam.

As torch.optim has them: SGD's momentum v ← μv + g, w ← w − ηv; Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e−8 and bias correction
(Kingma and Ba 2015, algorithm 1).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archcalc.homework.calculus.phrasing import Wording
from archcalc.homework.calculus.tape import Backpropagation, Graph
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Maths, Table
from archcalc.text.faults import Fault, SpecError, suggestions

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Method:
    """How a gradient becomes a step."""

    rate: float
    momentum: float = 0.0
    adam: bool = False

    @property
    def name(self) -> str:
        """What it is called, with its numbers."""
        if self.adam:
            return f"Adam, rate {self.rate:g}"
        more = f", momentum {self.momentum:g}" if self.momentum else ""
        return f"Gradient descent, rate {self.rate:g}{more}"

    @property
    def rule(self) -> list[tuple[str, str]]:
        """The update, in Unicode and in LaTeX; g is the gradient, η the rate."""
        if self.adam:
            return [
                ("m ← 0.9·m + 0.1·g,  v ← 0.999·v + 0.001·g²", r"m \gets 0.9 m + 0.1 g, \quad v \gets 0.999 v + 0.001 g^2"),
                (
                    "w ← w − η·m̂/(√v̂ + 1e−8),  m̂ = m/(1 − 0.9ᵗ),  v̂ = v/(1 − 0.999ᵗ)",
                    r"w \gets w - \eta \frac{\hat m}{\sqrt{\hat v} + 10^{-8}}, \quad \hat m = \frac{m}{1 - 0.9^t},"
                    r" \quad \hat v = \frac{v}{1 - 0.999^t}",
                ),
            ]
        if self.momentum:
            mu = f"{self.momentum:g}"
            return [(f"v ← {mu}·v + g,  w ← w − η·v", rf"v \gets {mu} v + g, \quad w \gets w - \eta v")]
        return [("w ← w − η·g", r"w \gets w - \eta g")]


@dataclass(frozen=True)
class Row:
    """Where the descent stands before a step: f, the values, and the gradients (none behind the last step)."""

    value: float
    values: Mapping[str, float]
    gradients: Mapping[str, float]


@dataclass(frozen=True, repr=False)
class Descent(Answer):
    """The steps, from the start to behind the last one."""

    graph: Graph
    learned: Sequence[str]
    method: Method
    rows: Sequence[Row]
    digits: int = 4

    @property
    def sentence(self) -> str:
        """Where it began and where it ended."""
        say = Wording(self.graph, self.digits)
        first, last = say.number(self.rows[0].value), say.number(self.rows[-1].value)
        return f"f = {self.graph.text}: {first} → {last} in {len(self.rows) - 1} steps of {self.method.name}"

    def as_document(self) -> Document:
        """The rule and a row a step."""
        say = Wording(self.graph, self.digits)
        document = Document(f"f = {self.graph.text}: {self.method.name}", data=self.as_data)
        document.add(Maths(self.method.rule))
        heads = ["f", *(h for name in self.learned for h in (name, f"∂f/∂{name}"))]
        rows: list[list[Cell]] = []
        for number, row in enumerate(self.rows):
            cells: list[Cell] = [number, say.number(row.value)]
            for name in self.learned:
                cells += [say.number(row.values[name]), say.number(row.gradients[name]) if row.gradients else ""]
            rows.append(cells)
        document.add(Table([Column("step", "count"), *(Column(h, "number") for h in heads)], rows))
        kept = [name for name in self.graph.variables if name not in self.learned]
        if kept:
            document.say("Kept: " + ", ".join(f"{name} = {say.number(self.rows[0].values[name])}" for name in kept) + ".")
        elif len(self.learned) > 1:
            document.say("All variables are changed; with `--learn NAME` for each that is learned, the others are kept.")
        first, last = self.rows[0].value, self.rows[-1].value
        if last > first:
            document.say(f"f has risen from {say.number(first)} to {say.number(last)}: the rate is too large for this place.")
        return document

    def as_data(self) -> dict[str, object]:
        """The steps as plain data."""
        return {
            "expression": self.graph.text,
            "method": "adam" if self.method.adam else "momentum" if self.method.momentum else "gradient descent",
            "rate": self.method.rate,
            "momentum": self.method.momentum,
            "learned": list(self.learned),
            "steps": [
                {
                    "step": n,
                    "value": row.value,
                    "values": {name: row.values[name] for name in self.learned},
                    "gradients": {name: row.gradients[name] for name in self.learned} if row.gradients else None,
                }
                for n, row in enumerate(self.rows)
            ],
        }


def descended(
    graph: Graph, given: Mapping[str, float], learned: Sequence[str], method: Method, steps: int, digits: int = 4
) -> Descent:
    """So many steps from the given values; all variables are learned where none is named.

    Raises SpecError for a name that is no variable, and where a step leads to where the expression has no value.
    """
    wrong = [name for name in learned if name not in graph.variables]
    if wrong:
        near = suggestions(wrong[0], graph.variables) or list(graph.variables)
        raise SpecError([Fault(f"--learn {wrong[0]}: no variable of the expression is called so", repairs=near[:3])])
    names = list(dict.fromkeys(learned)) or list(graph.variables)
    at = dict(given)
    first = dict.fromkeys(names, 0.0)
    second = dict.fromkeys(names, 0.0)
    rows: list[Row] = []
    for step in range(1, steps + 1):
        done = _backward(graph, at, step - 1, method)
        gradients = {name: done.gradients[name] for name in names}
        rows.append(Row(done.value, dict(at), gradients))
        for name, g in gradients.items():
            if method.adam:
                first[name] = BETA1 * first[name] + (1 - BETA1) * g
                second[name] = BETA2 * second[name] + (1 - BETA2) * g * g
                top = first[name] / (1 - BETA1**step)
                at[name] -= method.rate * top / (math.sqrt(second[name] / (1 - BETA2**step)) + EPSILON)
            else:
                first[name] = method.momentum * first[name] + g
                at[name] -= method.rate * first[name]
    last = _backward(graph, at, steps, method)
    return Descent(graph, names, method, [*rows, Row(last.value, dict(at), {})], digits)


def _backward(graph: Graph, at: Mapping[str, float], step: int, method: Method) -> Backpropagation:
    try:
        return graph.backpropagate(at)
    except SpecError as error:
        if step:
            for fault in error.faults:
                fault.message = f"after step {step}: {fault.message}"
                fault.repairs = [f"--descend {method.rate / 10:g}"]
        raise
