"""JSON: the whole analysis, whatever the view; `archcalc schema` prints its schema."""

from __future__ import annotations

import json
from typing import Any

from archcalc.analysis import Analysis, Row
from archcalc.report.layout import COLUMNS, Layout


def render(layout: Layout) -> str:
    """The analysis as JSON text."""
    data = as_data(layout.analysis)
    if layout.analysis.convention.every:
        _operations(data, layout.analysis)
    _extra(data, layout)
    return json.dumps(data, indent=2, ensure_ascii=False)


def _operations(data: dict[str, Any], analysis: Analysis) -> None:
    """Every kind of operation, a layer and in all; null where it cannot be known, the total then being at least so much."""
    columns = [COLUMNS[key] for key in analysis.convention.columns]
    for layer, row in zip(data["layers"], analysis.rows, strict=True):
        cells = {c.key: c.get(row, analysis) for c in columns}
        layer["operations"] = {key: n if isinstance(n, int) else None for key, n in cells.items()}
    totals = {c.key: sum(layer["operations"][c.key] or 0 for layer in data["layers"]) for c in columns}
    data["totals"]["operations"] = totals | {"complete": all(row.operations.complete for row in analysis.rows)}


def _extra(data: dict[str, Any], layout: Layout) -> None:
    """Columns of the training."""
    columns = [c for c in layout.columns if c.key not in COLUMNS]
    if not columns:
        return
    for layer, row in zip(data["layers"], layout.analysis.rows, strict=True):
        layer["training"] = {c.key: c.get(row, layout.analysis) for c in columns}
    data["totals"]["training"] = {c.key: sum(layer["training"][c.key] for layer in data["layers"]) for c in columns}


def as_data(analysis: Analysis) -> dict[str, Any]:
    """The analysis as plain data: shapes are lists of integers without the batch, multiplies are for the whole batch."""
    network, totals = analysis.network, analysis.totals
    shapes = {name: list(shape) for name, shape in network.inputs.items()} | {r.path: list(r.output) for r in analysis.rows}
    return {
        "name": network.name,
        "inputs": {name: list(shape) for name, shape in network.inputs.items()},
        "outputs": {name: shapes.get(name, []) for name in network.output_names()},
        "batch": analysis.batch,
        "totals": {
            "params": totals.params,
            "params_without_bias": totals.params_without_bias,
            "multiplies": totals.multiplies * analysis.batch,
        },
        "layers": [_layer(row, analysis) for row in analysis.rows],
        "convention": {"name": analysis.convention.name, "counted": analysis.convention.footer},
        "notes": list(analysis.notes),
    }


def _layer(row: Row, analysis: Analysis) -> dict[str, Any]:
    node, span = row.node, row.node.span
    names = list(analysis.network.inputs)
    reads = [analysis.network.nodes[i].path if i >= 0 else names[-1 - i] for i in node.inputs]
    return {
        "name": row.name,
        "path": row.path,
        "type": row.layer.kind,
        "settings": str(row.layer),
        "reads": reads,
        "input": list(row.inputs[0]),
        "inputs": [list(shape) for shape in row.inputs],
        "output": list(row.output),
        "params": row.params,
        "params_without_bias": row.params_without_bias,
        "multiplies": row.multiplies * analysis.batch,
        "weights": {w.name: list(w.shape) for w in row.weights if w.learned},
        "shares_weights_of": None if node.shares is None else analysis.network.nodes[node.shares].path,
        "inserted": node.inserted,
        "source": {"file": span.source.name, "line": span.line, "column": span.column} if span else None,
    }
