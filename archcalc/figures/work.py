"""The work of the forward pass, for the whole batch: by the convention of the analysis, and every kind of operation apart."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis import Analysis
from archcalc.conventions import KINDS
from archcalc.figures import Figure, Of
from archcalc.report.document import Cell


def _multiplies(analysis: Analysis) -> Sequence[int]:
    return [row.multiplies * analysis.batch for row in analysis.rows]


def _share(analysis: Analysis) -> Sequence[float]:
    total = analysis.totals.multiplies
    return [row.multiplies / total if total else 0.0 for row in analysis.rows]


def _of(key: str) -> Of:
    """A kind of operation; ? where a function has no count in these terms."""

    def of(analysis: Analysis) -> Sequence[Cell]:
        found: list[Cell] = []
        for row in analysis.rows:
            n = KINDS[key](row.operations)
            found.append(n * analysis.batch if row.operations.complete or n else "?")
        return found

    return of


_DOCS = {
    "multiplications": "multiplications of every kind, element-wise ones included",
    "additions": "additions: n − 1 for a sum of n, biases apart",
    "bias_additions": "additions of biases",
    "comparisons": "comparisons, as of a maximum or a rectifier",
    "divisions": "divisions and roots",
    "exponentials": "exponentials",
}
FIGURES = (
    Figure(
        "multiplies",
        "multiplies",
        "multiplications of convolutions and matrix products",
        _multiplies,
        "multiplications",
        sums=True,
        first=0,
        place="",
    ),
    Figure("share", "share", "the layer's part of all multiplies", _share, "of 1", kind="share", sums=True),
    *(
        Figure(key, key.replace("_", " "), doc, _of(key), "operations", sums=True, place="operations")
        for key, doc in _DOCS.items()
    ),
)
