"""Layers that calculators get wrong: each case is one on which at least one widely used counter prints something else.

The figures were worked out by hand, and by torch's own counter where it counts the layer.
"""

from __future__ import annotations

import pytest
from reference_data import net, one


def test_conv_bn_relu() -> None:
    """A normalisation and an activation multiply nothing that counts; the normalisation has 2 parameters a map."""
    rows = net("64x56x56", "conv 64 k3 p1 nobias bn relu").rows
    assert [row.multiplies for row in rows] == [115_605_504, 0, 0]
    assert [row.params for row in rows] == [36_864, 128, 0]


@pytest.mark.parametrize(
    ("input_", "layer", "multiplies", "params"),
    [
        pytest.param("64x28x28", "convtranspose 32 k4 s2 p1", 25_690_112, 32_800, id="transposed: by input positions"),
        pytest.param("64x28x28", "convtranspose 32 k4 s2 p1 g4", 6_422_528, 8_224, id="transposed, in groups"),
        pytest.param("100x512", "fc 20", 1_024_000, 10_260, id="linear on tokens: once for each"),
        pytest.param("50x100", "lstm 128", 5_836_800, 117_760, id="LSTM: products with W_x and W_h at every step"),
        pytest.param("50x100", "lstm 128 onebias", 5_836_800, 117_248, id="LSTM with one bias a gate"),
        pytest.param("50x100", "gru 128", 4_377_600, 88_320, id="GRU"),
        pytest.param("50", "embedding 10000 100", 0, 1_000_000, id="embedding: a look-up"),
        pytest.param("64x256", "attention 8", 18_874_368, 263_168, id="attention: projections, scores and weighted sum"),
        pytest.param("64x56x56", "maxpool 3 s2", 0, 0, id="a pooling compares"),
    ],
)
def test_layer(input_: str, layer: str, multiplies: int, params: int) -> None:
    """A layer's multiplications and parameters are the ones that follow from its definition."""
    row = one(input_, layer)
    assert (row.multiplies, row.params) == (multiplies, params)


def test_shared_weight() -> None:
    """A weight shared by two nodes counts once in the parameters and twice in the multiplications."""
    shared = net("16x100", "{id: first, fc: 100}", "{id: second, reuse: first}")
    first, second = shared.rows
    assert (first.params, second.params) == (100 * 100 + 100, 0)
    assert first.multiplies == second.multiplies == 16 * 100 * 100
    assert shared.totals.params == 100 * 100 + 100
    assert shared.totals.multiplies == 2 * 16 * 100 * 100


def test_shared_tower() -> None:
    """A whole tower used twice, as in a Siamese network, counts likewise, its inserted flatten included."""
    layers = ["{id: tower, layers: [conv 4 k3 relu, maxpool 2, fc 10]}", "{id: twin, from: input, reuse: tower}"]
    once, twice = net("1x8x8", layers[0]), net("1x8x8", *layers)
    assert once.totals.params == (9 + 1) * 4 + (4 * 3 * 3 + 1) * 10
    assert twice.totals.params == once.totals.params
    assert twice.totals.multiplies == 2 * once.totals.multiplies
    assert [row.output for row in twice.rows[5:]] == [row.output for row in twice.rows[:5]]
    assert [row.path for row in twice.rows[5:]] == [row.path.replace("tower", "twin") for row in twice.rows[:5]]
