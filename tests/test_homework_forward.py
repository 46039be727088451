"""The homework's questions that go forwards, each answer by hand: output sizes, parameters, multiplications."""

from __future__ import annotations

import pytest
from reference_data import inside, net, one, typed

import archcalc
from archcalc.formulas.arithmetic import conv_out


@pytest.mark.parametrize(("padding", "size"), [(0, 24), (2, 28)])
def test_valid_and_same(padding: int, size: int) -> None:
    """1. Without padding w_o = w_i − w_k + 1; with w_k − 1 zeros in all the size stays."""
    assert one("1x28x28", f"conv 1 k5 p{padding}").output == (1, size, size)


def test_same_by_name() -> None:
    """1. `same` keeps the size, also for an even kernel and under dilation."""
    for settings in ("k5", "k4", "k3 d3"):
        assert one("1x28x28", f"conv 1 {settings} same").output == (1, 28, 28)


@pytest.mark.parametrize(
    ("W", "K", "S", "P", "O"), [(224, 11, 4, 2, 55), (227, 11, 4, 0, 55), (112, 3, 2, 1, 56), (7, 3, 3, 1, 3)]
)
def test_floor(W: int, K: int, S: int, P: int, O: int) -> None:
    """2. ⌊(W − K + 2P)/S⌋ + 1."""
    assert one(f"1x{W}x{W}", f"conv 1 k{K} s{S} p{P}").output == (1, O, O)


@pytest.mark.parametrize(
    ("W", "pool", "O"), [(112, "maxpool 1 s2 ceil", 56), (7, "maxpool 2 s2 p1 ceil", 4), (112, "maxpool 3 s2 ceil", 56)]
)
def test_ceil(W: int, pool: str, O: int) -> None:
    """3. Rounded up, but the last window must start inside the input or the left padding."""
    assert one(f"1x{W}x{W}", pool).output == (1, O, O)


@pytest.mark.parametrize(
    ("W", "S", "P", "O", "kernels"),
    [
        (205, 3, 0, 66, [8, 9, 10]),
        (224, 4, 2, 55, [9, 10, 11, 12]),
        (224, 4, 0, 55, [5, 6, 7, 8]),
        (227, 4, 0, 55, [8, 9, 10, 11]),
        (7, 3, 1, 2, [4, 5, 6]),
    ],
)
def test_which_kernels(W: int, S: int, P: int, O: int, kernels: list[int]) -> None:
    """4, 5. Forwards, exactly these kernels give the output; of 205 → 66 only K = 10 divides exactly."""
    assert [K for K in range(1, W + 2 * P + 1) if conv_out(W, K, P, S) == O] == kernels
    if W == 205:
        assert [K for K in kernels if (W - K + 2 * P) % S == 0] == [10]


@pytest.mark.parametrize(("name", "smallest"), [("alexnet", 63), ("googlenet", 15)])
def test_smallest_input(name: str, smallest: int) -> None:
    """6. The smallest legal square input, and one less that is refused."""
    assert archcalc.analyse(archcalc.load(name, input=(3, smallest, smallest))).rows[-1].output == (1000,)
    with pytest.raises(archcalc.SpecError):
        archcalc.analyse(archcalc.load(name, input=(3, smallest - 1, smallest - 1)))


@pytest.mark.parametrize(("m", "n", "d", "k"), [(3, 3, 3, 18), (5, 5, 6, 16), (1, 7, 2, 3), (2, 5, 4, 9)])
def test_convolution_parameters(m: int, n: int, d: int, k: int) -> None:
    """7. An m × n kernel, d maps in and k maps out: ((m·n·d) + 1)·k, without bias (m·n·d)·k."""
    row = one(f"{d}x9x9", f"conv {k} k{m}x{n}")
    assert (row.params, row.params_without_bias) == ((m * n * d + 1) * k, m * n * d * k)
    assert one(f"{d}x9x9", f"conv {k} k{m}x{n} nobias").params == m * n * d * k


@pytest.mark.parametrize(
    ("name", "params", "without_bias"),
    [
        ("homework_ordinary_conv", [504], [486]),
        ("homework_mobilenet_v1_module", [30, 72], [27, 54]),
        ("homework_mobilenet_v2_module", [72, 180, 57], [54, 162, 54]),
    ],
)
def test_modules(name: str, params: list[int], without_bias: list[int]) -> None:
    """8. The three modules, step by step."""
    rows = typed(name).rows
    assert [row.params for row in rows] == params
    assert [row.params_without_bias for row in rows] == without_bias


def test_the_sheets_mistake() -> None:
    """8. Counted as an ordinary convolution, the V2 module's depthwise step would have over ten times its parameters."""
    depthwise, ordinary = one("18x28x28", "depthwise k3 p1"), one("18x28x28", "conv 18 k3 p1")
    assert (depthwise.params, ordinary.params) == (180, (3 * 3 * 18 + 1) * 18)
    assert one("18x28x28", "conv 18 k3 p1 g18").params == 180


def test_lenet_and_the_linear_classifier() -> None:
    """9. LeNet-5; and 10 × 3073 with the bias folded in, the same as 3072 → 10 with bias."""
    lenet = typed("lenet5").totals
    assert (lenet.params, lenet.params_without_bias) == (61_706, 61_470)
    folded, plain = typed("linear_classifier").totals, net("3072", "fc 10").totals
    assert folded.params == plain.params == 30_730
    assert (folded.params_without_bias, plain.params_without_bias) == (30_730, 30_720)


def test_orders_of_magnitude() -> None:
    """10. AlexNet has about 60 million parameters, VGG-19 about 140 million; GoogLeNet's paper says 6.8, its table gives 7.0."""
    assert round(typed("alexnet").totals.params / 1e7) == 6
    assert round(typed("vgg19").totals.params / 1e7) == 14
    assert round(typed("googlenet_paper").totals.params / 1e6) == 7


def test_global_pooling_against_flatten() -> None:
    """10. A classifier on the flattened map has 7·7 times the weights of one on its global mean."""
    flat = net("512x7x7", "fc 4096").rows[-1]
    pooled = net("512x7x7", "globalavgpool", "fc 4096").rows[-1]
    assert flat.params_without_bias == 7 * 7 * 512 * 4096
    assert pooled.params_without_bias == 512 * 4096


@pytest.mark.parametrize(
    ("layer", "params"),
    [("lstm 128 onebias", 117_248), ("lstm 128", 117_760), ("gru 128", 88_320)],
)
def test_recurrent_parameters(layer: str, params: int) -> None:
    """11. An LSTM cell has 4·(128·100 + 128·128 + 128) with one bias a gate, 512 more with torch's two; a GRU three gates."""
    assert one("50x100", layer).params == params


def test_batch_norm() -> None:
    """11. BatchNorm over 6 channels learns 12 values; 12 running statistics are not learned."""
    row = one("6x28x28", "bn")
    assert row.params == 12
    assert sum(weight.count for weight in row.weights if not weight.learned) == 12


def test_locally_connected() -> None:
    """12. A locally connected layer shares no weights, but multiplies no more than a convolution."""
    row, conv = one("3x28x28", "local 18 k3 p1"), one("3x28x28", "conv 18 k3 p1")
    assert row.params == 28 * 28 * 18 * (27 + 1)
    assert row.params_without_bias == 28 * 28 * 18 * 27
    assert row.multiplies == conv.multiplies


def test_lenet_c1() -> None:
    """13. K·K·C_in·C_out·H·W with padding zeros included, and without them."""
    row = typed("lenet5").rows[0]
    assert row.multiplies == 5 * 5 * 1 * 6 * 28 * 28 == 117_600
    assert inside(row) == 107_736


@pytest.mark.parametrize(("size", "saved"), [(14, "9.3"), (7, "18.1")])
def test_share_of_padding_zeros(size: int, saved: str) -> None:
    """13. Padding zeros of a 3×3, pad 1, are 9.3 % of the multiplications at 14×14 and 18.1 % at 7×7."""
    row = one(f"4x{size}x{size}", "conv 8 k3 p1")
    assert f"{100 * (1 - inside(row) / row.multiplies):.1f}" == saved


def test_vgg16_without_zeros() -> None:
    """13. All convolutions of VGG-16: 15.347 G, 14.846 G without padding zeros."""
    convs = [row for row in typed("vgg16") if row.layer.kind == "conv"]
    assert len(convs) == 13
    assert f"{sum(row.multiplies for row in convs) / 1e9:.3f}" == "15.347"
    assert f"{sum(inside(row) for row in convs) / 1e9:.3f}" == "14.846"


def test_inception_bottleneck() -> None:
    """14. Inception's 5×5 from 192 to 32 maps on 28×28: 120.4 M alone, 12.4 M behind a 1×1 of 16 maps."""
    (direct,), (squeeze, expand) = typed("homework_inception_5x5").rows, typed("homework_inception_5x5_bottleneck").rows
    assert direct.multiplies == 5 * 5 * 192 * 32 * 28 * 28 == 120_422_400
    assert squeeze.multiplies + expand.multiplies == (192 * 16 + 5 * 5 * 16 * 32) * 28 * 28 == 12_443_648
