"""A backpropagation laid out as a document, and for a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archcalc.homework.calculus.checks import Comparison
from archcalc.homework.calculus.gates import COPY, bracket
from archcalc.homework.calculus.phrasing import Wording, tex_name
from archcalc.homework.calculus.tape import Backpropagation
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Formula, Heading, Maths, Sum, Table

WHY_NO_TORCH = {
    "absent": "torch is not installed, so it was not asked",
    "unasked": "torch was not asked (--no-torch)",
}


@dataclass(frozen=True, repr=False)
class Gradients(Answer):
    """Everything one backpropagation found. `torch` is "ran", "absent" or "unasked"."""

    done: Backpropagation
    comparisons: Sequence[Comparison]
    torch: str
    formulas: Mapping[str, str] | None = None
    formulas_latex: Mapping[str, str] | None = None
    digits: int = 4

    @property
    def ok(self) -> bool:
        """Whether no two roads to a gradient disagree."""
        return all(row.agree is not False for row in self.comparisons)

    @property
    def sentence(self) -> str:
        """The value, and the gradients."""
        say = Wording(self.done.graph, self.digits)
        gradients = ", ".join(f"∂f/∂{row.name} = {say.number(row.analytic)}" for row in self.comparisons)
        return f"{_title(self)[0]}; {gradients}" if gradients else _title(self)[0]

    def as_document(self) -> Document:
        """The value, the gates forward and backward, the gradients, and what has to be said."""
        title, at = _title(self)
        document = Document(title, data=self.as_data)
        document.say(at)
        latex = tables(self, latex=True)
        for heading, (names, rows) in tables(self).items():
            if rows:
                columns = [Column(name, "prose" if name == "rule" else "text" if name in PROSE else "formula") for name in names]
                cells = [
                    [_cell(*both) for both in zip(names, *pair, strict=True)]
                    for pair in zip(rows, latex[heading][1], strict=True)
                ]
                document.add(Heading(heading), Table(columns, cells))
        if self.formulas:
            lines = [_formula(name, text, (self.formulas_latex or {})[name]) for name, text in self.formulas.items()]
            document.add(Heading("formulas"), Maths(lines))
        document.note(*sentences(self))
        return document

    def as_data(self) -> dict[str, object]:
        """The answer as a program reads it.

        `expression`, `value`; `gates` in forward order, each with `gate`, `operation` (the gate's kind),
        `formula`, `inputs`, `value`, `gradient` (null where no variable is behind it), `arrived` (the parts
        of that gradient), `rule` and `sends`: a list of `to`, `local`, `gradient`. `variables`: by name,
        `value`, `analytic`, `numeric`, `numeric_step`, `numeric_why_not`, `torch`, `formula`, `agree` (null
        where nothing conclusive could be compared). `torch`: "ran", "absent" or "unasked"; `agree`; `notes`.
        """
        done, say = self.done, Wording(self.done.graph, 12)
        steps = {step.node: step for step in done.steps}
        gates: list[dict[str, object]] = []
        for index, node in enumerate(done.graph.nodes):
            if node.gate is None:
                continue
            step = steps.get(index)
            flows = step.flows if step else ()
            gates.append(
                {
                    "gate": say.gate(index),
                    "operation": node.gate.name,
                    "formula": say.operation(index),
                    "inputs": [done.graph.nodes[i].name for i in node.inputs],
                    "value": done.values[index],
                    "gradient": step.gradient if step else None,
                    "arrived": list(step.arrived) if step else [],
                    "rule": node.gate.rule,
                    "sends": [{"to": done.graph.nodes[f.operand].name, "local": f.local, "gradient": f.gradient} for f in flows],
                }
            )
        variables = {
            row.name: {
                "value": row.value,
                "analytic": row.analytic,
                "numeric": row.numeric.value,
                "numeric_step": row.numeric.step if row.numeric.value is not None else None,
                "numeric_why_not": row.numeric.why_not or None,
                "torch": row.torch,
                "formula": self.formulas[row.name] if self.formulas else None,
                "agree": row.agree,
            }
            for row in self.comparisons
        }
        return {
            "expression": done.graph.text,
            "value": done.value,
            "gates": gates,
            "variables": variables,
            "torch": self.torch,
            "agree": self.ok,
            "notes": sentences(self),
        }


Rows = list[tuple[str, ...]]
PROSE = frozenset(("rule", "agree"))  # columns that hold words, not formulas


def tables(answer: Gradients, latex: bool = False) -> dict[str, tuple[tuple[str, ...], Rows]]:
    """The way forward, the way back and the gradients: heading, columns, and cells in one style."""
    done, say = answer.done, Wording(answer.done.graph, answer.digits, latex)
    forward: Rows = []
    back: Rows = []
    for index, node in enumerate(done.graph.nodes):
        if node.gate is not None and node.gate is not COPY:
            value = say.number(done.values[index])
            forward.append((say.gate(index), say.operation(index), say.operation(index, done.values), value))
    for step in done.steps:
        node = done.graph.nodes[step.node]
        assert node.gate is not None
        arrived = say.number(step.gradient)
        if len(step.arrived) > 1:
            parts = " + ".join(bracket(say.number(g)) for g in step.arrived)
            arrived = f"{parts} = {arrived}"
        head = (say.gate(step.node), arrived)
        for flow in step.flows:
            local = say.local(step.node, flow.place, flow.local)
            back.append((*head, say.name(flow.operand), local, say.number(flow.gradient), node.gate.rule))
    # a gate of two operands says its name and its rule once
    for row in range(len(back) - 1, 0, -1):
        if back[row][0] == back[row - 1][0]:
            back[row] = ("", "", *back[row][2:-1], "")
    return {
        "forward": (("gate", "operation", "with values", "value"), forward),
        "backward": (("gate", "arrives", "to", "local derivative", "sent back", "rule"), back),
        "gradients": _gradients(answer, say),
    }


def _gradients(answer: Gradients, say: Wording) -> tuple[tuple[str, ...], Rows]:
    columns = ["variable", "value", "gradient", "difference"]
    columns += ["torch"] * (answer.torch == "ran") + ["agree"]
    rows: Rows = []
    for row in answer.comparisons:
        name = tex_name(row.name) if say.latex else row.name
        numeric = "–" if row.numeric.value is None else say.number(row.numeric.value)
        cells = [name, say.number(row.value), say.number(row.analytic), numeric]
        if answer.torch == "ran":
            cells.append("–" if row.torch is None else say.number(row.torch))
        rows.append((*cells, {True: "yes", False: "NO", None: "not known"}[row.agree]))
    return tuple(columns), rows


def sentences(answer: Gradients) -> list[str]:
    """What has to be said beside the numbers."""
    lines = list(answer.done.notes)
    for row in answer.comparisons:
        if row.numeric.value is None:
            lines.append(f"{row.name}: no central difference to compare with: {row.numeric.why_not}")
        if row.agree is False:
            lines.append(f"{row.name}: the gradients do not agree")
    return lines + ([WHY_NO_TORCH[answer.torch]] if answer.torch in WHY_NO_TORCH else [])


def _title(answer: Gradients) -> tuple[str, str]:
    say = Wording(answer.done.graph, answer.digits)
    at = ", ".join(f"{row.name} = {say.number(row.value)}" for row in answer.comparisons)
    return f"f = {answer.done.graph.text} = {say.number(answer.done.value)}", f"at {at}"


def _cell(column: str, text: str, latex: str) -> Cell:
    return text if column in PROSE or text in ("", "–") else Formula(text, latex)


def _formula(name: str, text: str, latex: str) -> Sum:
    left = Formula(f"∂f/∂{name}", rf"\frac{{\partial f}}{{\partial {tex_name(name)}}}")
    return Sum(text, latex, left=left)
