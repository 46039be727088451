"""The working of a row: each of its figures by the very functions that made it, run on recorded integers."""

from __future__ import annotations

from math import prod

from archcalc.analysis import Analysis, Row
from archcalc.figures import figure
from archcalc.formulas.recording import Recorded, Step
from archcalc.layers.base import Count, dims
from archcalc.layers.working import working
from archcalc.report.document import Maths, Sum


def row_steps(row: Row, analysis: Analysis) -> list[Step]:
    """Every figure of a row with its working, under the convention of the analysis."""
    counts = {} if row.node.unrun is not None else analysis.convention.counts(row.node.called, row.node.inplace)
    named = {figure(key).column(analysis).heading: _often(count, row.node.times) for key, count in counts.items()}
    return working(row.layer, row.inputs, row.output, named)


def _often(count: Count, times: int) -> Count:
    """A count of a node that runs several times for one input."""
    return count if times == 1 else lambda layer, inputs, output: Recorded(times, "runs") * count(layer, inputs, output)


def sums(made: list[Step]) -> list[Sum]:
    """Steps as lines of a document."""
    return [Sum(s.text(), s.text("latex"), s.label) for s in made]


def _shapes(row: Row) -> str:
    """What goes in and comes out, and at how many places a kernel stands."""
    shapes = f"{' + '.join(map(dims, row.inputs))} → {dims(row.output)}"
    places = windows(row)
    if places is None:
        return shapes
    sizes = row.output[1:]
    product = f"{'·'.join(map(str, sizes))} = " if len(sizes) > 1 else ""
    return f"{shapes}, {product}{places:,} windows"


def windows(row: Row) -> int | None:
    """At how many places the kernel or window of a layer stands; None where it slides none."""
    return prod(row.output[1:]) if row.layer.formula in ("conv", "pool") else None


def maths(row: Row, analysis: Analysis) -> Maths:
    """The working of a row: its shapes, its figures, and whose weights it has."""
    lines = [Sum(_shapes(row), label="shape"), *sums(row_steps(row, analysis))]
    if row.node.shares is not None:
        owner = analysis.network.nodes[row.node.shares].path
        lines.append(Sum(f"the weights are those of {owner}, counted there", label="note"))
    for name, number in row.node.tied.items():
        if number >= 0:
            lines.append(Sum(f"its {name} is that of {analysis.network.nodes[number].path}, counted there alone", label="note"))
    return Maths(lines)
