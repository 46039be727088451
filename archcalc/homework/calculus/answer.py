"""A backpropagation laid out for a terminal, a document or a program.

What is laid out is tables of cells and some sentences; a format is a function named in `FORMATS`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archcalc.homework.calculus.checks import Comparison
from archcalc.homework.calculus.gates import COPY, bracket
from archcalc.homework.calculus.phrasing import Wording, markdown_text, tex_name, tex_text
from archcalc.homework.calculus.tape import Backpropagation

WHY_NO_TORCH = {
    "absent": "torch is not installed, so it was not asked",
    "unasked": "torch was not asked (--no-torch)",
}


@dataclass(frozen=True)
class Answer:
    """Everything one run of the command found. `torch` is "ran", "absent" or "unasked"."""

    done: Backpropagation
    comparisons: Sequence[Comparison]
    torch: str
    formulas: Mapping[str, str] | None = None
    formulas_latex: Mapping[str, str] | None = None
    digits: int = 4

    @property
    def agree(self) -> bool:
        return all(row.agree is not False for row in self.comparisons)


@dataclass(frozen=True)
class Table:
    """Cells under headings; `prose` are the columns that hold words, not formulas."""

    heading: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    prose: frozenset[str] = frozenset({"rule", "agree"})


def tables(answer: Answer, latex: bool = False) -> list[Table]:
    """The way forward, the way back and the gradients, in the cells of one style."""
    done, say = answer.done, Wording(answer.done.graph, answer.digits, latex)
    forward: list[tuple[str, ...]] = []
    back: list[tuple[str, ...]] = []
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
    return [
        Table("forward", ("gate", "operation", "with values", "value"), forward),
        Table("backward", ("gate", "arrives", "to", "local derivative", "sent back", "rule"), back),
        _gradients(answer, say),
    ]


def _gradients(answer: Answer, say: Wording) -> Table:
    columns = ["variable", "value", "gradient", "difference"]
    columns += ["torch"] * (answer.torch == "ran") + ["agree"]
    rows: list[tuple[str, ...]] = []
    for row in answer.comparisons:
        name = tex_name(row.name) if say.latex else row.name
        numeric = "–" if row.numeric.value is None else say.number(row.numeric.value)
        cells = [name, say.number(row.value), say.number(row.analytic), numeric]
        if answer.torch == "ran":
            cells.append("–" if row.torch is None else say.number(row.torch))
        rows.append((*cells, {True: "yes", False: "NO", None: "not known"}[row.agree]))
    return Table("gradients", tuple(columns), rows)


def sentences(answer: Answer) -> list[str]:
    """What has to be said beside the numbers."""
    lines = list(answer.done.notes)
    for row in answer.comparisons:
        if row.numeric.value is None:
            lines.append(f"{row.name}: no central difference to compare with: {row.numeric.why_not}")
        if row.agree is False:
            lines.append(f"{row.name}: the gradients do not agree")
    return lines + ([WHY_NO_TORCH[answer.torch]] if answer.torch in WHY_NO_TORCH else [])


def _title(answer: Answer) -> tuple[str, str]:
    say = Wording(answer.done.graph, answer.digits)
    at = ", ".join(f"{row.name} = {say.number(row.value)}" for row in answer.comparisons)
    return f"f = {answer.done.graph.text} = {say.number(answer.done.value)}", f"at {at}"


def text(answer: Answer) -> str:
    """Aligned plain text, every cell whole."""
    lines = [*_title(answer)]
    for table in tables(answer):
        if table.rows:
            lines += ["", table.heading, *(f"  {line}" for line in _aligned(table))]
    if answer.formulas:
        lines += ["", "formulas", *(f"  ∂f/∂{name} = {f}" for name, f in answer.formulas.items())]
    said = sentences(answer)
    return "\n".join(lines + ([""] if said else []) + said)


def _aligned(table: Table) -> list[str]:
    rows = [table.columns, *table.rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(table.columns))]
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def markdown(answer: Answer) -> str:
    """Headings and tables of GitHub's Markdown."""
    title, at = _title(answer)
    lines = [markdown_text(title) + "  ", markdown_text(at)]
    for table in tables(answer):
        if table.rows:
            rows = [[markdown_text(c) for c in row] for row in table.rows]
            lines += ["", f"**{table.heading}**", ""]
            lines += [f"| {' | '.join(r)} |" for r in (table.columns, ["---"] * len(table.columns), *rows)]
    if answer.formulas:
        lines += ["", "**formulas**", "", *(f"- `∂f/∂{name} = {f}`" for name, f in answer.formulas.items())]
    return "\n".join([*lines, *(f"\n{markdown_text(line)}" for line in sentences(answer))])


def latex(answer: Answer) -> str:
    """Tabulars and formulas to put into a document that loads amsmath."""
    say = Wording(answer.done.graph, answer.digits, latex=True)
    title, _ = _title(answer)
    at = ", ".join(f"${tex_name(row.name)} = {say.number(row.value)}$" for row in answer.comparisons)
    lines = ["% needs \\usepackage{amsmath}", rf"\noindent {tex_text(title)}\\", rf"at {at}"]
    for table in tables(answer, latex=True):
        if not table.rows:
            continue
        lines += ["", rf"\subsection*{{{table.heading.capitalize()}}}"]
        lines += [rf"\begin{{tabular}}{{{'l' * len(table.columns)}}}", r"\hline"]
        lines += [" & ".join(table.columns) + r" \\ \hline"]
        for row in table.rows:
            cells = zip(table.columns, row, strict=True)
            written = [tex_text(c) if column in table.prose else _math(c) for column, c in cells]
            lines.append(" & ".join(written) + r" \\")
        lines += [r"\hline", r"\end{tabular}"]
    for name, formula in (answer.formulas_latex or {}).items():
        lines.append(rf"\[ \frac{{\partial f}}{{\partial {tex_name(name)}}} = {formula} \]")
    return "\n".join([*lines, *(f"\n{tex_text(line)}" for line in sentences(answer))])


def _math(cell: str) -> str:
    return f"${cell}$" if cell not in ("", "–") else cell


def as_data(answer: Answer) -> dict[str, Any]:
    """The answer as a program reads it.

    `expression`, `value`; `gates` in forward order, each with `gate`, `operation` (the gate's kind),
    `formula`, `inputs`, `value`, `gradient` (null where no variable is behind it), `arrived` (the parts
    of that gradient), `rule` and `sends`: a list of `to`, `local`, `gradient`. `variables`: by name,
    `value`, `analytic`, `numeric`, `numeric_step`, `numeric_why_not`, `torch`, `formula`, `agree` (null
    where nothing conclusive could be compared). `torch`: "ran", "absent" or "unasked"; `agree`; `notes`.
    """
    done, say = answer.done, Wording(answer.done.graph, 12)
    steps = {step.node: step for step in done.steps}
    gates: list[dict[str, Any]] = []
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
            "formula": answer.formulas[row.name] if answer.formulas else None,
            "agree": row.agree,
        }
        for row in answer.comparisons
    }
    return {
        "expression": done.graph.text,
        "value": done.value,
        "gates": gates,
        "variables": variables,
        "torch": answer.torch,
        "agree": answer.agree,
        "notes": sentences(answer),
    }


def as_json(answer: Answer) -> str:
    """The answer as JSON text."""
    return json.dumps(as_data(answer), indent=2, ensure_ascii=False)


FORMATS: dict[str, Callable[[Answer], str]] = {
    "table": text,
    "markdown": markdown,
    "latex": latex,
    "json": as_json,
}


def print_to_terminal(answer: Answer) -> None:
    """The same tables drawn by rich, for a person at a terminal."""
    from rich import box, console, table
    from rich.text import Text

    screen = console.Console(highlight=False)
    for line in _title(answer):
        screen.print(Text(line))
    for part in tables(answer):
        if part.rows:
            drawn = table.Table(title=part.heading, title_justify="left", box=box.SIMPLE)
            for column in part.columns:
                drawn.add_column(column, overflow="fold")
            for row in part.rows:
                drawn.add_row(*map(Text, row))
            screen.print(drawn)
    for name, formula in (answer.formulas or {}).items():
        screen.print(Text(f"∂f/∂{name} = {formula}"))
    for line in sentences(answer):
        screen.print(Text(line))
