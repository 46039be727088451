"""The working written out: for each figure of a layer formula, numbers, result; for the network, the sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from archcalc.analysis import Analysis, Row
from archcalc.formulas.recording import STYLES, Step, steps
from archcalc.layers.base import dims
from archcalc.layers.working import working
from archcalc.report.layout import COLUMNS


def explain(analysis: Analysis, rows: Sequence[Row], *, whole: bool, format: str) -> str:
    """The working of these rows, and the sums of the network where it is the whole."""
    return _WRITERS[format](analysis, rows, whole)


def row_steps(row: Row, analysis: Analysis | None = None) -> list[Step]:
    """Every figure of a row with its working, under the convention of the analysis."""
    if analysis is None:
        return working(row.layer, row.inputs, row.output)
    convention = analysis.convention
    made = working(row.layer, row.inputs, row.output, zeros=convention.zeros)
    if convention.every:
        kinds = [(key.replace("_", " "), COLUMNS[key].get(row, analysis)) for key in convention.columns]
        made = [s for s in made if s.label != "multiplies"] + [Step(label, n) for label, n in kinds if isinstance(n, int) and n]
    return made


def sums(analysis: Analysis) -> list[tuple[str, list[int], int]]:
    """What each total is the sum of: its label, the addends in order (zeros left out), the total."""
    totals = analysis.totals
    picked = [
        ("params", [r.params for r in analysis.rows], totals.params),
        ("without bias", [r.params_without_bias for r in analysis.rows], totals.params_without_bias),
        ("multiplies", [r.multiplies for r in analysis.rows], totals.multiplies),
    ]
    return [(label, [n for n in addends if n], total) for label, addends, total in picked]


def _heading(row: Row) -> str:
    shape = f"{' + '.join(map(dims, row.inputs))} → {dims(row.output)}"
    if row.layer.formula not in ("conv", "pool"):
        return shape
    places = row.output[1:]  # where the kernel stands
    product = f"{'·'.join(map(str, places))} = " if len(places) > 1 else ""
    return f"{shape}, {product}{prod(places):,} windows"


def _shared(row: Row, analysis: Analysis) -> str:
    if row.node.shares is None:
        return ""
    return f"the weights are those of {analysis.network.nodes[row.node.shares].path}, counted there"


def _plain(analysis: Analysis, rows: Sequence[Row], whole: bool) -> str:
    lines: list[str] = []
    for row in rows:
        made = row_steps(row, analysis)
        if whole and not made:
            continue
        lines += [f"{row.path}: {row.layer}", f"  {'shape':<15} {_heading(row)}"]
        lines += [f"  {step.label:<15} {step.text()}" for step in made]
        if shared := _shared(row, analysis):
            lines.append(f"  {'note':<15} {shared}")
        lines.append("")
    if whole:
        lines.append(f"{analysis.network.name}: the sums")
        for label, addends, total in sums(analysis):
            lines.append(f"  {label:<15} {_sum(addends, total)}")
        if analysis.batch != 1:
            lines.append(
                f"  {'batch':<15} multiplies for {analysis.batch} inputs: {analysis.totals.multiplies * analysis.batch:,}"
            )
        lines += ["", f"{analysis.convention.footer}, for one input"]
    return "\n".join(lines).rstrip("\n")


def _sum(addends: list[int], total: int) -> str:
    written = " + ".join(f"{n:,}" for n in addends)
    return f"{written} = {total:,}" if len(addends) > 1 else f"{total:,}"


def _markdown(analysis: Analysis, rows: Sequence[Row], whole: bool) -> str:
    lines: list[str] = []
    for row in rows:
        made = row_steps(row, analysis)
        if whole and not made:
            continue
        lines += [f"### `{row.path}`: {row.layer}", "", f"{_heading(row)}", ""]
        lines += [f"- {step.label}: {step.text()}" for step in made]
        if shared := _shared(row, analysis):
            lines.append(f"- {shared}")
        lines.append("")
    if whole:
        lines += [f"### {analysis.network.name}: the sums", ""]
        lines += [f"- {label}: {_sum(addends, total)}" for label, addends, total in sums(analysis)]
        lines += ["", f"{analysis.convention.footer}, for one input"]
    return "\n".join(lines).rstrip("\n")


def _latex(analysis: Analysis, rows: Sequence[Row], whole: bool) -> str:
    from archcalc.report.formats.latex import escape

    lines: list[str] = ["% \\usepackage{amsmath}"]
    style = STYLES["latex"]
    for row in rows:
        made = row_steps(row, analysis)
        if not made:
            continue
        lines += [
            rf"\paragraph{{\texttt{{{escape(row.path)}}}}} {escape(str(row.layer))}: {escape(_heading(row))}",
            r"\begin{align*}",
        ]
        parts = [rf"  \text{{{step.label}}} &= {' = '.join(steps(step.figure, style))}" for step in made]
        lines += [" \\\\\n".join(parts), r"\end{align*}"]
    if whole:
        lines += [rf"\paragraph{{{escape(analysis.network.name)}}} the sums", r"\begin{align*}"]
        parts = [rf"  \text{{{label}}} &= {_sum(a, t).replace(',', '{,}')}" for label, a, t in sums(analysis)]
        lines += [" \\\\\n".join(parts), r"\end{align*}"]
    return "\n".join(lines)


def _json(analysis: Analysis, rows: Sequence[Row], whole: bool) -> str:
    import json

    data: dict[str, Any] = {
        "name": analysis.network.name,
        "layers": [
            {
                "path": row.path,
                "settings": str(row.layer),
                "input": list(row.inputs[0]),
                "output": list(row.output),
                **({"windows": prod(row.output[1:])} if row.layer.formula in ("conv", "pool") else {}),
                "working": [
                    {"figure": s.label, "value": int(s.figure), "working": s.text(), "latex": s.text("latex")}
                    for s in row_steps(row, analysis)
                ],
            }
            for row in rows
        ],
    }
    if whole:
        data["sums"] = {label: {"addends": addends, "total": total} for label, addends, total in sums(analysis)}
    return json.dumps(data, indent=2, ensure_ascii=False)


_WRITERS: dict[str, Callable[[Analysis, Sequence[Row], bool], str]] = {
    "table": _plain,
    "markdown": _markdown,
    "latex": _latex,
    "json": _json,
}
