"""The figures of every layer of the reference networks, in order of execution."""

from __future__ import annotations

import pytest
from reference_data import REFERENCE, figures, table, typed

COMMANDS = {row["network"]: row["as"] for row in table("totals.csv")}
# torch's pooling modules and what they are here. Adaptive pooling is often a function in torch's models, which the reference,
# made of modules, does not list.
POOLS = {"MaxPool2d": "maxpool", "AvgPool2d": "avgpool"}


def test_every_file_has_a_command() -> None:
    """Each file of layers belongs to a row of the totals, and each row has its file."""
    assert {path.stem for path in (REFERENCE / "layers").glob("*.csv")} == set(COMMANDS)


@pytest.mark.parametrize("network", COMMANDS)
def test_weighted_layers(network: str) -> None:
    """The layers with weights stand in the reference's order, each with its output, parameters, biases and multiplies."""
    expected = [
        (row["output"], int(row["params"]), int(row["bias_params"]), int(row["multiplies"]))
        for row in table(f"layers/{network}.csv")
        if int(row["params"])
    ]
    assert [figures(row) for row in typed(COMMANDS[network]) if row.params] == expected


@pytest.mark.parametrize("network", COMMANDS)
def test_poolings(network: str) -> None:
    """The poolings stand in the reference's order with the reference's outputs."""
    rows = [row for row in table(f"layers/{network}.csv") if row["type"] in POOLS]
    expected = [(POOLS[row["type"]], row["output"]) for row in rows]
    found = [(row.layer.kind, figures(row)[0]) for row in typed(COMMANDS[network])]
    assert [pair for pair in found if pair[0] in POOLS.values()] == expected
