"""The layer as a line of the notation."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis import Analysis, Row
from archcalc.figures import Figure


def line(row: Row, analysis: Analysis) -> str:
    """The layer, and where it or its weights come from if it was not written there."""
    text = str(row.layer)
    if row.node.inserted:
        return f"{text} (inserted)"
    if row.node.shares is not None:
        return f"{text} (weights of {analysis.network.nodes[row.node.shares].path})"
    if row.node.tied:
        nodes = analysis.network.nodes
        named = [f"{name} of {nodes[i].path}" if i >= 0 else f"{name} given" for name, i in row.node.tied.items()]
        text = f"{text} ({', '.join(named)})"
    if row.node.times != 1:
        text = f"{text} ({row.node.times} times)"
    return f"{text} (not run)" if row.node.unrun is not None else text


def _lines(analysis: Analysis) -> Sequence[str]:
    return [line(row, analysis) for row in analysis.rows]


FIGURES = (Figure("settings", "settings", "the layer as a line of the notation", _lines, kind="line", first=4, place=""),)
