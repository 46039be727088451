"""The totals of whole networks against figures counted in torch."""

from __future__ import annotations

import pytest
from reference_data import table, typed


@pytest.mark.parametrize("row", table("totals.csv"), ids=lambda row: row["network"])
def test_totals(row: dict[str, str]) -> None:
    """What stands under `as` gives the three totals of the reference to the last digit."""
    totals = typed(row["as"]).totals
    assert totals.params == int(row["params"])
    assert totals.params_without_bias == int(row["params_without_bias"])
    assert totals.multiplies == int(row["multiplies"])


@pytest.mark.parametrize("row", table("totals.csv"), ids=lambda row: row["network"])
def test_input(row: dict[str, str]) -> None:
    """The input of each network is the one the reference was counted with."""
    (shape,) = typed(row["as"]).network.inputs.values()
    assert "x".join(map(str, shape)) == row["input"]


@pytest.mark.parametrize("row", table("published.csv"), ids=lambda row: row["network"])
def test_published(row: dict[str, str]) -> None:
    """Parameters to the last digit and multiplications to three decimals are those torchvision publishes."""
    totals = typed(row["network"]).totals
    assert totals.params == int(row["params"])
    assert f"{totals.multiplies / 1e9:.3f}" == row["giga_multiplies"]


@pytest.mark.parametrize("name", ["lenet5", "googlenet --set aux=1", "unet", "siamese", "transformer_encoder"])
def test_totals_are_sums(name: str) -> None:
    """A total is the sum of its column."""
    analysis = typed(name)
    assert analysis.totals.params == sum(row.params for row in analysis)
    assert analysis.totals.params_without_bias == sum(row.params_without_bias for row in analysis)
    assert analysis.totals.multiplies == sum(row.multiplies for row in analysis)
