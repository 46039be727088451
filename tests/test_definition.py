"""The formulas against the definitions they stand for, by counting everything one by one on small sizes.

A window's output size is the number of places where it fits; a multiplication is a tap of the kernel meeting a value.
"""

from __future__ import annotations

import warnings
from itertools import product
from typing import Any

import pytest
from reference_data import inside, one

from archcalc.formulas import arithmetic as a
from archcalc.layers.attention import Attention
from archcalc.layers.base import Layer, settings_of
from archcalc.layers.conv import Conv, Depthwise, LocallyConnected
from archcalc.layers.linear import Linear
from archcalc.layers.pool import AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, MaxPool
from archcalc.layers.recurrent import GRU, LSTM, RNN
from archcalc.layers.transposed import ConvTranspose
from archcalc.text.faults import Misfit

WINDOWS = list(product(range(1, 8), range(1, 5), range(3), range(3), range(1, 4), range(1, 3)))


def starts(W: int, K: int, P: int, Q: int, S: int, D: int) -> list[int]:
    """The positions at which a kernel of K taps D apart fits into W values with P zeros before and Q after."""
    return [start for start in range(-P, W + Q, S) if start + D * (K - 1) <= W - 1 + Q]


def test_window_out() -> None:
    """The output size of a window is the number of starts at which it fits, uneven padding and dilation included."""
    for W, K, P, Q, S, D in WINDOWS:
        assert max(0, a.conv_out(W, K, P, S, D, Q)) == len(starts(W, K, P, Q, S, D)), (W, K, P, Q, S, D)
        if P == Q:
            assert a.conv_out(W, K, P, S, D) == a.conv_out(W, K, P, S, D, Q)


def test_same_padding() -> None:
    """`same` keeps the size, with the odd zero after."""
    for W, K, D in product(range(1, 9), range(1, 8), range(1, 4)):
        before, after = a.same_padding(K, D)
        assert len(starts(W, K, before, after, 1, D)) == W
        assert after - before in (0, 1)


def test_pool_ceil() -> None:
    """With `ceil`, windows follow until one reaches the padded end, and none starts behind the input and its left padding."""
    for W, K, P, _, S, D in WINDOWS:
        if 2 * P > K:
            continue
        count, reached = 0, -P - 1
        while reached < W - 1 + P and -P + count * S < W:
            reached = -P + count * S + D * (K - 1)
            count += 1
        if starts(W, K, P, P, S, D):  # where nothing fits, torch decides: test_torch_agrees
            assert MaxPool(K, S, P, D, ceil=True).output(((1, W),)) == (1, count), (W, K, P, S, D)


def test_transposed_out() -> None:
    """A transposed convolution's output holds every position written to, less the padding, and an ordinary one leads back."""
    for W, K, P, S, D in product(range(1, 6), range(1, 5), range(3), range(1, 4), range(1, 4)):
        written = {i * S + k * D for i in range(W) for k in range(K)}
        for extra in range(S):
            assert a.transposed_out(W, K, P, S, D, extra) == max(written) + 1 - 2 * P + extra
            if a.transposed_out(W, K, P, S, D, extra) > 0:
                assert a.conv_out(a.transposed_out(W, K, P, S, D, extra), K, P, S, D) == W


def test_taps_inside() -> None:
    """The (window, tap) pairs on the input itself, counted one by one."""
    for W, K, P, Q, S, D in WINDOWS:
        windows = starts(W, K, P, Q, S, D)
        pairs = sum(0 <= start + k * D < W for start in windows for k in range(K))
        assert a.taps_inside(W, K, P, S, len(windows), D) == pairs, (W, K, P, Q, S, D)


def test_floor_sum() -> None:
    """The sum of floors along a line, added up one by one, rising and falling."""
    for n, m, rise, start in product(range(7), range(1, 6), range(-7, 8), range(-9, 10)):
        assert a.floor_sum(n, m, rise, start) == sum((rise * i + start) // m for i in range(n))


def test_large_counts_are_quick() -> None:
    """Sizes of 10⁹ are counted as soon as small ones: every tap of every window without padding is inside."""
    assert a.taps_inside(10**9, 5 * 10**8, 0, 1, 5 * 10**8 + 1) == 5 * 10**8 * (5 * 10**8 + 1)
    assert a.adaptive_reads(10**9, 10**9) == 10**9
    assert a.divisor_at_most(10**9 + 7, 10**9) == 1


def test_positions_reached() -> None:
    """The output positions a transposed convolution writes to, gathered in a set."""
    for W, K, P, S, D in product(range(1, 6), range(1, 5), range(3), range(1, 4), range(1, 4)):
        for O in range(1, (W - 1) * S + D * (K - 1) + 3):
            reached = {i * S + k * D - P for i in range(W) for k in range(K)} & set(range(O))
            assert a.positions_reached(W, K, P, S, O, D) == len(reached), (W, K, P, S, O, D)


def test_divisor() -> None:
    """The largest divisor up to a bound, found by trying all."""
    for n, most in product(range(1, 60), range(1, 60)):
        assert a.divisor_at_most(n, most) == max(d for d in range(1, most + 1) if n % d == 0)


def test_adaptive_reads() -> None:
    """The values adaptive windows read: window i from ⌊i·W/O⌋ to ⌈(i + 1)·W/O⌉."""
    for W, O in product(range(1, 14), range(1, 14)):
        windows = [range(i * W // O, -(-(i + 1) * W // O)) for i in range(O)]
        assert a.adaptive_reads(W, O) == sum(map(len, windows))
        assert set().union(*windows) == set(range(W))


CONVS = [
    Conv(2, 3),
    Conv(2, 3, padding=1),
    Conv(4, (2, 3), stride=(2, 1), padding=(1, 0)),
    Conv(2, 3, padding=2, dilation=2),
    Conv(4, 3, stride=2, padding=1, groups=2),
    Conv(6, (3, 2), stride=3, padding=((0, 2), (1, 0)), dilation=(1, 3), groups=2),
    Conv(2, 4, padding="same"),
    Conv(4, 2, padding="same", dilation=3, groups=4),
    Depthwise(3, stride=2, padding=1),
    Depthwise(2, padding=((1, 0), (0, 1)), multiplier=3),
    LocallyConnected(3, 3, stride=2, padding=1),
]


def sides(layer: Any, axis: int) -> tuple[int, int, int, int, int]:
    """Kernel, stride, dilation and padding before and after of a layer along an axis."""

    def per_axis(value: Any) -> Any:
        return value[axis] if isinstance(value, tuple) else value

    kernel, stride, dilation = (per_axis(getattr(layer, name, 1)) for name in ("kernel", "stride", "dilation"))
    if layer.padding == "same":
        total = dilation * (kernel - 1)
        return kernel, stride, dilation, total // 2, total - total // 2
    padding = per_axis(layer.padding)
    return (kernel, stride, dilation, *(padding if isinstance(padding, tuple) else (padding, padding)))


@pytest.mark.parametrize("layer", CONVS, ids=str)
@pytest.mark.parametrize("size", [(5, 6), (7, 4)], ids=["5x6", "7x4"])
def test_convolution_products(layer: Any, size: tuple[int, int]) -> None:
    """Multiplications of a convolution, with and without padding zeros, and its additions, by going through its loops."""
    channels = 4
    groups = channels if layer.kind == "depthwise" else getattr(layer, "groups", 1)
    maps = channels * layer.multiplier if layer.kind == "depthwise" else layer.out
    (K0, S0, D0, P0, Q0), (K1, S1, D1, P1, Q1) = sides(layer, 0), sides(layer, 1)
    rows, columns = starts(size[0], K0, P0, Q0, S0, D0), starts(size[1], K1, P1, Q1, S1, D1)
    every = within = 0
    for _, y, x, _ in product(range(maps), rows, columns, range(channels // groups)):
        for i, j in product(range(K0), range(K1)):
            every += 1
            within += 0 <= y + i * D0 < size[0] and 0 <= x + j * D1 < size[1]
    inputs = ((channels, *size),)
    output = layer.output(inputs)
    assert output == (maps, len(rows), len(columns))
    operations = layer.operations(inputs, output)
    values = maps * len(rows) * len(columns)
    assert operations.products == every
    assert operations.sums == every - values  # a sum of n values takes n − 1 additions
    assert operations.biases == values
    assert layer.products_inside(inputs, output) == within


TRANSPOSED = [
    ConvTranspose(2, 3),
    ConvTranspose(3, 4, stride=2, padding=1),
    ConvTranspose(2, 2, stride=3, output_padding=2),
    ConvTranspose(4, (3, 2), stride=(2, 1), padding=(1, 0), groups=2),
    ConvTranspose(2, 3, stride=2, padding=2, dilation=3),
    ConvTranspose(2, 4, stride=1, padding=2),
]


@pytest.mark.parametrize("layer", TRANSPOSED, ids=str)
def test_transposed_products(layer: ConvTranspose) -> None:
    """Multiplications of a transposed convolution: each input value meets the kernel for each map of its group; additions are
    what lands on one output position, less one."""
    channels, size = 4, (3, 4)
    (K0, S0, D0, P0, _), (K1, S1, D1, P1, _) = sides(layer, 0), sides(layer, 1)
    output = layer.output(((channels, *size),))
    landed: dict[tuple[int, ...], int] = {}
    every = 0
    for c, y, x, i, j in product(range(channels), range(size[0]), range(size[1]), range(K0), range(K1)):
        group = c // (channels // layer.groups)
        for m in range(layer.out // layer.groups):
            every += 1
            at = (group * (layer.out // layer.groups) + m, y * S0 + i * D0 - P0, x * S1 + j * D1 - P1)
            if 0 <= at[1] < output[1] and 0 <= at[2] < output[2]:
                landed[at] = landed.get(at, 0) + 1
    operations = layer.operations(((channels, *size),), output)
    assert operations.products == every
    assert operations.sums == sum(count - 1 for count in landed.values())
    assert operations.biases == output[0] * output[1] * output[2]
    assert layer.products_inside(((channels, *size),), output) == sum(landed.values())


@pytest.mark.parametrize("settings", ["3 s2 p1", "2", "3 s1 p1 ceil", "2 s3 p1", "3x2 s2", "2 s1 p0:1x0:1", "4 s2 p1:2x2:1 ceil"])
def test_pool_comparisons(settings: str) -> None:
    """Maximum pooling compares the values of its window that are no padding, one time fewer than there are."""
    row = one("2x7x6", f"maxpool {settings}")
    layer: Any = row.layer
    windows = []
    for axis, size in enumerate((7, 6)):
        kernel = layer.kernel[axis] if isinstance(layer.kernel, tuple) else layer.kernel
        stride = kernel if layer.stride is None else layer.stride
        before = layer.padding[axis][0] if isinstance(layer.padding, tuple) else layer.padding
        first = [-before + n * stride for n in range(row.output[1 + axis])]
        windows.append([sum(0 <= start + k < size for k in range(kernel)) for start in first])
    assert row.operations.comparisons == 2 * sum(h * w - 1 for h, w in product(*windows))
    average = one("2x7x6", f"avgpool {settings}")
    assert average.operations.additions == row.operations.comparisons


def test_linear_and_recurrent_products() -> None:
    """A matrix product multiplies every input with every output; a recurrent step has two for each gate, also in 3-D shapes."""
    assert one("3x5", "fc 7").multiplies == 3 * 5 * 7
    for kind, gates in (("rnn", 1), ("lstm", 4), ("gru", 3)):
        expected = sum(gates * (5 * 7 + 7 * 7) for _ in range(3))
        assert one("3x5", f"{kind} 7").multiplies == expected
        # The second layer reads both directions of the first.
        second = sum(2 * gates * (2 * 7 * 7 + 7 * 7) for _ in range(3))
        assert one("3x5", f"{kind} 7 layers=2 bidirectional").multiplies == 2 * expected + second
        assert inside(one("3x5", f"{kind} 7")) == expected


def quiet_torch() -> Any:
    """torch, or a skip that says so; importing it may warn about what it does not find."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("torch", reason="torch is not installed: pip install archcalc[torch]")


POOLS: list[tuple[Layer, tuple[int, ...]]] = [
    (kind(K, S, P, ceil=ceil), (2, W))
    for kind in (MaxPool, AvgPool)
    for W, K, P, S, ceil in product(range(1, 9), range(1, 5), range(3), range(1, 4), (False, True))
    if 2 * P <= K
]
DILATED: list[tuple[Layer, tuple[int, ...]]] = [
    (MaxPool(K, S, P, D, ceil=True), (2, W))
    for W, K, P, S, D in product(range(1, 9), range(1, 4), range(2), range(1, 4), range(1, 4))
    if 2 * P <= K
]
OTHERS: list[tuple[Layer, tuple[int, ...]]] = [
    *((layer, (4, 5, 6)) for layer in CONVS),
    *((layer, (4, 3, 4)) for layer in TRANSPOSED),
    *((Conv(4, 3, stride=2, padding=1, groups=2), (4, *[7] * rank)) for rank in (1, 2, 3)),
    *((ConvTranspose(4, 3, stride=2, padding=1, output_padding=1), (4, *[3] * rank)) for rank in (1, 2, 3)),
    *((kind(out), (2, 7, 9)) for kind in (AdaptiveAvgPool, AdaptiveMaxPool) for out in (1, 4, 12, (3, None))),
    (Linear(7), (3, 5)),
]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("cases", [POOLS, DILATED, OTHERS], ids=["pools", "dilated pools", "others"])
def test_torch_agrees(cases: list[tuple[Layer, tuple[int, ...]]]) -> None:
    """torch gives the same output shape, or refuses the layer where it is refused here."""
    torch = quiet_torch()
    for layer, shape in cases:
        try:
            expected: tuple[int, ...] | None = layer.output((shape,))
        except Misfit:
            expected = None
        call = layer.torch((shape,), expected or (0,) * len(shape))
        if not call.name.startswith("nn."):
            continue  # our own modules are held to torch where they stand, in the tests of archcalc.pytorch
        try:
            module = getattr(torch.nn, call.name[3:])(**call.kwargs)
            found: tuple[int, ...] | None = tuple(module.to("meta")(torch.empty(1, *shape, device="meta")).shape[1:])
        except RuntimeError:
            found = None
        assert found == expected, (layer, shape)


@pytest.mark.parametrize(
    ("layer", "module", "args"),
    [
        (RNN(7, layers=2), "RNN", {"num_layers": 2}),
        (LSTM(7, layers=2, bidirectional=True), "LSTM", {"num_layers": 2, "bidirectional": True}),
        (GRU(7), "GRU", {}),
        (LSTM(7, proj=3), "LSTM", {"proj_size": 3}),
        (LSTM(7, layers=3, bidirectional=True, proj=6), "LSTM", {"num_layers": 3, "bidirectional": True, "proj_size": 6}),
        (LSTM(7, biases=0, proj=1), "LSTM", {"bias": False, "proj_size": 1}),
    ],
    ids=["rnn", "lstm", "gru", "projected", "projected both ways", "projected without bias"],
)
def test_torch_agrees_on_recurrent_weights(layer: Layer, module: str, args: dict[str, Any]) -> None:
    """A recurrent layer's tensors have torch's names and shapes, and its output torch's shape."""
    torch = quiet_torch()
    made = getattr(torch.nn, module)(5, 7, batch_first=True, device="meta", **args)
    assert {w.name: w.shape for w in layer.weights(((3, 5),))} == {n: tuple(p.shape) for n, p in made.named_parameters()}
    assert tuple(made(torch.empty(1, 3, 5, device="meta"))[0].shape[1:]) == layer.output(((3, 5),))


def test_only_an_lstm_is_projected_and_only_to_fewer_values() -> None:
    """As torch has it."""
    torch = quiet_torch()
    for proj in range(5):
        layer = LSTM(3, proj=proj)
        try:
            ours: tuple[int, ...] | None = layer.output(((2, 4),))
        except Misfit:
            ours = None
        try:
            made = torch.nn.LSTM(4, 3, batch_first=True, proj_size=proj, device="meta")
            theirs: tuple[int, ...] | None = tuple(made(torch.zeros(1, 2, 4, device="meta"))[0].shape[1:])
        except ValueError:
            theirs = None
        assert ours == theirs, proj
    for kind in (GRU, RNN):
        assert "proj" not in settings_of(kind)
        with pytest.raises(ValueError, match="only supported for LSTM"):
            getattr(torch.nn, kind.module)(4, 3, proj_size=2)


def test_torch_agrees_on_attention_weights() -> None:
    """Attention's tensors have torch's names and shapes."""
    torch = quiet_torch()
    made = torch.nn.MultiheadAttention(8, 2, batch_first=True, device="meta")
    assert {w.name: w.shape for w in Attention(2).weights(((3, 8),))} == {n: tuple(p.shape) for n, p in made.named_parameters()}
