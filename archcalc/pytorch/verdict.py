"""Our figures beside torch's: equal, differs, or not observed. A match is only said of what was observed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from archcalc.formulas.arithmetic import product
from archcalc.pytorch.module import Net
from archcalc.pytorch.run import Observation, Observed, observe
from archcalc.pytorch.telling import DIFFERS, EQUAL, UNSEEN, Check, Checked, Figure

if TYPE_CHECKING:
    from archcalc.analysis import Analysis, Row
    from archcalc.layers.base import Weight

# Which steps of a layer's working belong to which figure.
WORKINGS = {"output": "output", "params": "params", "params_without_bias": "without bias", "multiplies": "multiplies"}


def check(
    analysis: Analysis,
    *,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
    batch: int = 1,
    watch: Callable[[int], None] | None = None,
) -> Check:
    """Builds and runs the network of an analysis in torch and compares every figure."""
    observation = observe(analysis, device=device, dtype=dtype, batch=batch, watch=watch)
    rows = [_row(row, analysis, seen) for row, seen in zip(analysis.rows, observation.rows, strict=True)]
    return Check(analysis, observation, rows, _total(analysis, observation))


def _figure(name: str, ours: Any, seen: Any, note: str = "") -> Figure:
    if seen is None:
        return Figure(name, ours, None, UNSEEN, note or UNSEEN)
    return Figure(name, ours, seen, EQUAL if ours == seen else DIFFERS)


def _row(row: Row, analysis: Analysis, seen: Observed) -> Checked:
    """One layer: its tensors by name and shape, its parameters, its output, its multiplications."""
    if seen.skipped:
        return Checked(row.path, row, [_figure("output", row.output, None)], skipped=seen.skipped)
    built = bool(seen.learned or seen.kept or seen.output)
    figures = [_figure("output", row.output, seen.output)]
    if row.node.shares is None and built:
        figures.append(_figure("weights", _named(row.weights, True), seen.learned))
        figures.append(_figure("statistics", _named(row.weights, False), seen.kept))
    if built:
        sizes = {name: product(shape) for name, shape in seen.learned.items() if name not in row.node.tied}
        figures.append(_figure("params", row.params, sum(sizes.values())))
        free = sum(n for name, n in sizes.items() if name not in seen.biases)
        figures.append(_figure("params_without_bias", row.params_without_bias, free))
    figures.append(_figure("multiplies", row.multiplies, seen.multiplies, seen.uncounted))
    checked = Checked(row.path, row, figures, seen.refusal)
    for figure in figures:
        if figure.verdict == DIFFERS:
            figure.working = _working(row, analysis, figure.name)
    return checked


def _named(weights: tuple[Weight, ...], learned: bool) -> dict[str, tuple[int, ...]]:
    return {w.name: w.shape for w in weights if w.learned == learned}


def _working(row: Row, analysis: Analysis, name: str) -> list[str]:
    """Our sum for a figure, as `archcalc explain` writes it."""
    from archcalc.figures.working import row_steps

    label = WORKINGS.get(name)
    steps = row_steps(row, analysis) if label else []
    return [f"{step.label}: {step.text()}" for step in steps if step.label.startswith(str(label))]


def _total(analysis: Analysis, observation: Observation) -> Checked:
    """The totals from the assembled module, weights used twice counted once, and its names against the table's paths."""
    totals, seen = analysis.totals, observation.rows
    broken = [o for o in seen if o.refusal or o.skipped]
    if broken:
        names = ("params", "params_without_bias", "multiplies")
        note = "not observed, since not every layer ran"
        return Checked("total", None, [_figure(n, getattr(totals, n), None, note) for n in names])
    net = Net(analysis.network, observation.modules)
    ours = [f"{row.path}.{w.name}" for row in analysis.rows if row.node.shares is None for w in row.weights]
    theirs = [name for name in net.state_dict() if not name.endswith("num_batches_tracked")]
    sizes = {name: p.numel() for name, p in net.named_parameters()}
    biases = {
        f"{row.path}.{name}" for row, o in zip(analysis.rows, seen, strict=True) if row.node.shares is None for name in o.biases
    }
    uncounted = sum(o.multiplies is None for o in seen)
    counted = None if uncounted else sum(o.multiplies or 0 for o in seen)
    return Checked(
        "total",
        None,
        [
            _figure("weights", sorted(ours), sorted(theirs)),
            _figure("params", totals.params, sum(sizes.values())),
            _figure("params_without_bias", totals.params_without_bias, sum(n for k, n in sizes.items() if k not in biases)),
            _figure("multiplies", totals.multiplies, counted, f"of {uncounted} layers not counted by torch"),
        ],
    )
