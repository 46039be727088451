"""The shapes that come in and go out."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis import Analysis
from archcalc.figures import Figure
from archcalc.report.document import Shape


def _inputs(analysis: Analysis) -> Sequence[tuple[Shape, ...]]:
    return [row.inputs for row in analysis.rows]


def _output(analysis: Analysis) -> Sequence[Shape]:
    batch = () if analysis.batch == 1 else (analysis.batch,)
    return [(*batch, *row.output) if row.node.unrun is None else () for row in analysis.rows]


FIGURES = (
    Figure("input", "input", "the shapes that come in, without the batch", _inputs, kind="shape", fold=0, place=""),
    Figure(
        "output",
        "output",
        "the shape that goes out, the batch in front where it is not 1; none of a layer that does not run",
        _output,
        kind="shape",
        first=0,
        place="",
    ),
)
