"""What training costs beside the forward pass: the gradients, and the update of the weights.

A forward product w·x gives two in the backward pass: δ·x for the gradient to w, δ·w for the gradient to x. Both are as many as
the forward products; the gradient to the network's own input is not needed and left out, with everything in front of the
first learned weight.
"""

from __future__ import annotations

from typing import NamedTuple

from archcalc.analysis import Analysis, Row
from archcalc.report.layout import Cell, Column


class Update(NamedTuple):
    """What one update costs for each parameter. A root is among the divisions."""

    multiplications: int
    additions: int
    divisions: int
    rule: str


OPTIMIZERS: dict[str, Update] = {
    "sgd": Update(1, 1, 0, "w ← w − η·g"),
    "momentum": Update(2, 2, 0, "v ← μ·v + g; w ← w − η·v, as torch.optim.SGD"),
    # m ← β₁m + (1 − β₁)g: 2, 1; v ← β₂v + (1 − β₂)g²: 3, 1; m/(1 − β₁ᵗ), v/(1 − β₂ᵗ): 2 divisions;
    # w ← w − η·m̂/(√v̂ + ε): 1 product, 2 sums, a root and a division.
    "adam": Update(6, 4, 4, "Kingma and Ba 2014, algorithm 1"),
}


class Gradients(NamedTuple):
    """Multiplications of the backward pass of one node for one input."""

    to_weights: int
    to_inputs: int


def backward(analysis: Analysis) -> list[Gradients]:
    """The backward pass of every row, in their order."""
    needed: list[bool] = []  # whether a gradient must flow to a node's output
    found = []
    for row in analysis.rows:
        sources = [needed[i] if i >= 0 else False for i in row.node.inputs]
        found.append(_gradients(row, sources))
        needed.append(any(sources) or any(w.learned for w in row.weights))
    return found


def _gradients(row: Row, sources: list[bool]) -> Gradients:
    forward = row.operations.products
    every = row.layer.operations(row.inputs, row.output).products
    # Padding zeros left out are left out of both gradients: δ·0, and δ·w for a value that is not there.
    left_out = every - forward
    of_inputs = row.layer.products_of_inputs(row.inputs, row.output)
    to_weights = row.layer.products_of_weights(row.inputs, row.output) - left_out if every else 0
    unneeded = sum(n - left_out for n, flows in zip(of_inputs, sources, strict=True) if n and not flows)
    return Gradients(to_weights, 2 * forward - to_weights - unneeded)


FOOTER = (
    "training: multiplications of the backward pass for one batch, those of convolutions and matrix products; "
    "the gradient to the network's own input is left out; element-wise work of the backward pass is not counted"
)


def training_columns(analysis: Analysis, optimizer: str | None = None) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns beside the forward pass, and the lines that say what they count. An update is made once a batch."""
    gradients = {row.path: found for row, found in zip(analysis.rows, backward(analysis), strict=True)}

    def to_weights(row: Row, analysis: Analysis) -> Cell:
        return gradients[row.path].to_weights * analysis.batch

    def to_inputs(row: Row, analysis: Analysis) -> Cell:
        return gradients[row.path].to_inputs * analysis.batch

    def whole(row: Row, analysis: Analysis) -> Cell:
        return (row.operations.products + sum(gradients[row.path])) * analysis.batch

    columns = [
        Column("to_weights", "to weights", to_weights, sums=True, right=True),
        Column("to_inputs", "to inputs", to_inputs, sums=True, right=True),
        Column("forward_and_backward", "forward + backward", whole, sums=True, right=True),
    ]
    notes = [FOOTER]
    if optimizer is not None:
        update = OPTIMIZERS[optimizer]
        each = {"multiplications": update.multiplications, "additions": update.additions, "divisions": update.divisions}
        columns += [_update(name, n) for name, n in each.items() if n]
        notes.append(f"update: one step of {optimizer} for every parameter, once a batch: {update.rule}; a root is a division")
    return tuple(columns), tuple(notes)


def _update(name: str, each: int) -> Column:
    def get(row: Row, analysis: Analysis) -> Cell:
        return row.params * each

    return Column(f"update_{name}", f"update {name}", get, sums=True, right=True)
