"""What is learned."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis import Analysis
from archcalc.figures import Figure


def _params(analysis: Analysis) -> Sequence[int]:
    return [row.params for row in analysis.rows]


def _without_bias(analysis: Analysis) -> Sequence[int]:
    return [row.params_without_bias for row in analysis.rows]


FIGURES = (
    Figure(
        "params",
        "params",
        "learnable values, biases and normalisation scale and shift included; weights used twice are counted once",
        _params,
        "values",
        sums=True,
        first=0,
        place="",
    ),
    Figure(
        "params_without_bias",
        "without bias",
        "the same less the additive biases of convolution, linear, recurrent and attention layers",
        _without_bias,
        "values",
        sums=True,
        first=2,
        place="",
    ),
)
