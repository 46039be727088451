"""What training costs beside the forward pass: the gradients, and the update of the weights.

A forward product w·x gives two in the backward pass: δ·x for the gradient to w, δ·w for the gradient to x. Both are as many as
the forward products; the gradient to the network's own input is not needed and left out, with everything in front of the
first learned weight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from archcalc.analysis import Analysis, Row
from archcalc.figures import Figure, Of


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
    if row.node.unrun is not None:
        return Gradients(0, 0)
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


def training(optimizer: str | None) -> tuple[str, ...]:
    """The keys of what training adds: the gradients, and the update where an optimizer is named."""
    keys = ("to_weights", "to_inputs", "forward_and_backward")
    return keys + tuple(f"{optimizer}_{kind}" for kind, n in updates(optimizer).items() if n) if optimizer else keys


def updates(optimizer: str) -> dict[str, int]:
    """What an update costs for each parameter, by the kind of operation."""
    update = OPTIMIZERS[optimizer]
    return {"multiplications": update.multiplications, "additions": update.additions, "divisions": update.divisions}


def notes(optimizer: str | None) -> tuple[str, ...]:
    """The lines that say what these figures count."""
    if optimizer is None:
        return (FOOTER,)
    rule = OPTIMIZERS[optimizer].rule
    return FOOTER, f"update: one step of {optimizer} for every parameter, once a batch: {rule}; a root is a division"


def _gradient(of: Callable[[Row, Gradients], int]) -> Of:
    def figure(analysis: Analysis) -> Sequence[int]:
        return [of(row, found) * analysis.batch for row, found in zip(analysis.rows, backward(analysis), strict=True)]

    return figure


def _update(each: int) -> Of:
    return lambda analysis: [row.params * each for row in analysis.rows]


FIGURES = (
    Figure(
        "to_weights",
        "to weights",
        "multiplications of the backward pass for the gradient to the weights",
        _gradient(lambda row, found: found.to_weights),
        "multiplications",
        sums=True,
        place="training",
    ),
    Figure(
        "to_inputs",
        "to inputs",
        "multiplications of the backward pass for the gradient to the inputs; that to the network's own is not needed",
        _gradient(lambda row, found: found.to_inputs),
        "multiplications",
        sums=True,
        place="training",
    ),
    Figure(
        "forward_and_backward",
        "forward + backward",
        "multiplications of one pass forward and one back",
        _gradient(lambda row, found: row.operations.products + sum(found)),
        "multiplications",
        sums=True,
        place="training",
    ),
    *(
        Figure(
            f"{name}_{kind}",
            f"update {kind}",
            f"{kind} of one update by {name}: {OPTIMIZERS[name].rule}",
            _update(each),
            "operations",
            sums=True,
            place="training",
        )
        for name in OPTIMIZERS
        for kind, each in updates(name).items()
        if each
    ),
)
