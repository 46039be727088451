"""What is counted: zeros left out, every kind of operation, training; against going through the loops, and against torch."""

from __future__ import annotations

import json
import random
from itertools import product
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

import archcalc
from archcalc import schemas
from archcalc.cli import cli
from archcalc.conventions import CONVENTIONS, INSIDE, convention
from archcalc.figures import figure
from archcalc.figures.training import OPTIMIZERS, backward
from archcalc.formulas import arithmetic as a
from archcalc.layers import layer_class
from archcalc.layers.base import Misfit

Conv, Depthwise, Local = (layer_class(k) for k in ("conv", "depthwise", "locallyconnected"))
Transposed, MaxPool, AvgPool = (layer_class(k) for k in ("convtranspose", "maxpool", "avgpool"))


def run(*args: str) -> str:
    """Standard output of a command that succeeds."""
    result = CliRunner().invoke(cli, list(args))
    assert result.exit_code == 0, result.output
    return result.stdout


def axis_taps(W: int, K: int, S: int, D: int, P: int, Q: int) -> list[int]:
    """For each place of the window along an axis, how many of its taps lie on the input."""
    span = D * (K - 1) + 1
    return [sum(0 <= start + k * D < W for k in range(K)) for start in range(-P, W + Q - span + 1, S)]


def pick(rng: random.Random, low: int, high: int) -> int | tuple[int, int]:
    """One number for both axes, or one each."""
    return rng.randint(low, high) if rng.random() < 0.5 else (rng.randint(low, high), rng.randint(low, high))


def both(value: Any) -> tuple[Any, Any]:
    """A setting on each of two axes."""
    return value if isinstance(value, tuple) else (value, value)


def test_convolutions_without_zeros_against_the_loops() -> None:
    """Products and additions that meet no padding zero, for thousands of random small convolutions of every kind."""
    rng = random.Random(11)
    uneven = zero_windows = 0
    for _ in range(3000):
        size = (rng.randint(1, 7), rng.randint(1, 7))
        K, S, D = pick(rng, 1, 4), pick(rng, 1, 3), pick(rng, 1, 3)
        P = tuple((rng.randint(0, 4), rng.randint(0, 4)) for _ in range(2)) if rng.random() < 0.5 else pick(rng, 0, 4)
        groups = rng.choice((1, 1, 2))
        kind = rng.choice(("conv", "conv", "depthwise", "local"))
        layer: Any
        if kind == "conv":
            layer = Conv(out=2 * groups, kernel=K, stride=S, padding=P, dilation=D, groups=groups)
        elif kind == "depthwise":
            layer = Depthwise(kernel=K, stride=S, padding=P, dilation=D, multiplier=2)
        else:
            D = 1
            layer = Local(out=3, kernel=K, stride=S, padding=P)
        inputs = ((4, *size),)
        try:
            output = layer.output(inputs)
        except Misfit:
            continue
        pads = [p if isinstance(p, tuple) else (p, p) for p in both(P)]
        rows, columns = (axis_taps(size[i], both(K)[i], both(S)[i], both(D)[i], *pads[i]) for i in range(2))
        depth = {"conv": 4 // groups, "depthwise": 1, "local": 4}[kind]
        products = sums = 0
        for h, w in product(rows, columns):
            values = h * w * depth  # what one output value is the sum of
            products += values
            sums += max(0, values - 1)
            zero_windows += not values
        counted = layer.operations_inside(inputs, output)
        assert (counted.products, counted.sums) == (products * output[0], sums * output[0]), layer
        assert layer.products_inside(inputs, output) == counted.products
        uneven += any(p != q for p, q in pads)
    assert uneven > 300
    assert zero_windows > 300


def test_transposed_without_zeros_against_the_loops() -> None:
    """Of a transposed convolution, what padding cuts off is left out: products that land on the output remain."""
    rng = random.Random(12)
    cut = 0
    for _ in range(1500):
        size = (rng.randint(1, 5), rng.randint(1, 5))
        K, S, P, D = pick(rng, 1, 4), pick(rng, 1, 3), pick(rng, 0, 3), pick(rng, 1, 3)
        groups = rng.choice((1, 2))
        layer: Any = Transposed(
            out=4, kernel=K, stride=S, padding=P, dilation=D, groups=groups, output_padding=rng.choice((0, 0, 1))
        )
        inputs = ((2, *size),)
        try:
            output = layer.output(inputs)
        except Misfit:
            continue
        landed = 1
        for i in range(2):
            landed *= sum(
                0 <= n * both(S)[i] + k * both(D)[i] - both(P)[i] < output[1 + i]
                for n in range(size[i])
                for k in range(both(K)[i])
            )
        every = size[0] * size[1] * both(K)[0] * both(K)[1] * 2 * (4 // groups)
        assert layer.operations(inputs, output).products == every
        assert layer.operations_inside(inputs, output).products == landed * 2 * (4 // groups)
        cut += landed * 2 * (4 // groups) < every
    assert cut > 300


def test_pooling_never_reads_padding() -> None:
    """A pooling window compares, or adds, the values of its own that are no padding, ceil mode included."""
    rng = random.Random(13)
    for _ in range(1500):
        size = (rng.randint(1, 8), rng.randint(1, 8))
        K, S = pick(rng, 1, 4), pick(rng, 1, 4)
        P = (rng.randint(0, both(K)[0] // 2), rng.randint(0, both(K)[1] // 2))
        ceil = rng.random() < 0.5
        inputs = ((3, *size),)
        for cls in (MaxPool, AvgPool):
            layer: Any = cls(kernel=K, stride=S, padding=P, ceil=ceil)
            try:
                output = layer.output(inputs)
            except Misfit:
                continue
            taps: list[list[int]] = [[], []]
            for i in range(2):
                for n in range(output[1 + i]):
                    first = n * both(S)[i] - P[i]
                    taps[i].append(sum(0 <= first + k < size[i] for k in range(both(K)[i])))
            expected = 3 * sum(h * w - 1 for h, w in product(*taps))
            for zeros in (False, True):
                counted = convention("exact", zeros).work(layer, inputs, output)
                assert (counted.comparisons if cls is MaxPool else counted.additions) == expected
                assert counted.products == 0


def test_windows_that_meet_the_input() -> None:
    """The windows with a tap on the input, in closed form, are those found one by one."""
    for W, K, P, S, D, O in product(range(1, 6), range(1, 5), range(5), range(1, 4), range(1, 7), range(1, 7)):
        met = sum(any(0 <= o * S + k * D - P < W for k in range(K)) for o in range(O))
        assert a.windows_inside(W, K, P, S, O, D) == met, (W, K, P, S, D, O)


def test_the_homeworks_figures_without_zeros() -> None:
    """LeNet's C1 107,736; 3×3 with padding 1 saves 9.3 % at 14×14 and 18.1 % at 7×7; VGG-16's convolutions 14.846 G."""
    lenet = archcalc.analyse(archcalc.load("lenet5"), convention=convention(skip_zeros=True))
    assert lenet.row("conv1").multiplies == 107_736
    for size, saved in ((14, 9.3), (7, 18.1)):
        data = json.loads(run("layer", "conv 8 k3 p1", "--input", f"4x{size}x{size}", "--skip-zeros", "--format", "json"))
        whole = 9 * 4 * 8 * size * size
        assert round(100 * (1 - data["totals"]["multiplies"] / whole), 1) == saved
    vgg = archcalc.analyse(archcalc.load("vgg16"), convention=convention(skip_zeros=True))
    convolutions = sum(row.multiplies for row in vgg if row.layer.kind == "conv")
    assert round(convolutions / 1e9, 3) == 14.846


def test_the_working_without_zeros_shows_each_tap() -> None:
    """The explanation counts for each tap the windows in which it lies on the input."""
    text = run("explain", "lenet5", "conv1", "--skip-zeros")
    assert "26 + 27 + 28 + 27 + 26 = 134" in text
    assert "5·28 with zeros" in text
    assert "T·T·C_in·C_out = 134·134·1·6 = 107,736" in text


@pytest.mark.parametrize(
    "line", ["conv 4 k3x5 p1x2 s2 d2", "depthwise k3 p1", "local 3 k3 p1", "convtranspose 4 k4 s2 p1 g2", "conv 3 k40 p20"]
)
def test_the_working_without_zeros_arrives_at_the_figure(line: str) -> None:
    """The last number of the working is the figure of the table, for every kind of convolution."""
    data = json.loads(run("layer", line, "--input", "4x21x22", "--skip-zeros", "--format", "json"))
    text = run("layer", line, "--input", "4x21x22", "--skip-zeros")
    assert f"= {data['totals']['multiplies']:,}" in text.rpartition("multiplies ")[2]


@pytest.mark.parametrize("command", ["params", "multiplies", "explain", "compare", "fit"])
def test_every_command_that_counts_can_leave_zeros_out(command: str) -> None:
    """--skip-zeros changes the multiplications of every command that prints them."""
    nets = {"compare": ["lenet5", "mlp"], "fit": ["lenet5", "--vary", "classes", "--max-params", "70k"]}.get(command, ["lenet5"])
    with_zeros, without = run(command, *nets), run(command, *nets, "--skip-zeros")
    if command == "fit":
        assert with_zeros != without
    else:
        assert "416,520" in with_zeros
        assert "406,656" in without
        assert "416,520" not in without


# -- every kind of operation ------------------------------------------------------------------------------------------


def test_exact_has_a_column_for_every_kind() -> None:
    """LeNet under `exact`: products and their additions, biases apart, pooling's divisions, sigmoid's exponentials."""
    data = json.loads(run("params", "lenet5", "--count", "exact", "--format", "json"))
    jsonschema.validate(data, schemas.report())
    rows = {layer["name"]: layer["operations"] for layer in data["layers"]}
    assert rows["conv1"] == {
        "multiplications": 25 * 6 * 784,
        "additions": 24 * 6 * 784,  # n − 1 for a sum of n
        "bias_additions": 6 * 784,
        "comparisons": 0,
        "divisions": 0,
        "exponentials": 0,
    }
    assert rows["pool1"]["additions"] == 3 * 6 * 196
    assert rows["pool1"]["divisions"] == 6 * 196
    assert rows["sigmoid1"] == {
        "multiplications": 0,
        "additions": 4704,
        "bias_additions": 0,
        "comparisons": 0,
        "divisions": 4704,
        "exponentials": 4704,
    }
    assert rows["fc1"]["additions"] == 399 * 120
    for key in rows["conv1"]:
        assert data["totals"]["operations"][key] == sum(row[key] for row in rows.values())
    table = run("params", "lenet5", "--count", "exact")
    assert "bias additions" in table
    assert "exponentials" in table


def test_the_figure_under_exact_is_every_multiplication() -> None:
    """Element-wise ones beside those of products: a normalisation's, a gate's, attention's scale."""
    text = "input: 6x4\nlayers: [attention 2, fc 3, {id: gate, sigmoid: }, {mul: [gate, prev]}, layernorm]\n"
    analysis = archcalc.analyse(archcalc.load(text), convention=convention("exact"))
    assert figure("multiplications").of(analysis) == [4 * 6 * 4 * 4 + 2 * 6 * 6 * 4 + 6 * 4, 6 * 4 * 3, 0, 6 * 3, 3 * 6 * 3]


def test_what_cannot_be_counted_is_unknown_and_the_total_at_least() -> None:
    """GELU has no count in these terms: a question mark, null in JSON, and a total that says `at least`."""
    args = ["layer", "fc 8 gelu", "--input", "4", "--count", "exact"]
    text = run(*args)
    assert "?" in next(line for line in text.splitlines() if line.startswith("gelu1"))
    assert "at least: the work of gelu1 has no count in these terms" in text
    data = json.loads(run(*args, "--format", "json"))
    assert data["layers"][1]["operations"]["exponentials"] is None
    assert data["layers"][0]["operations"]["multiplications"] == 32
    assert data["totals"]["operations"]["complete"] is False


def test_every_convention_says_what_it_counted() -> None:
    """Names and footers of the conventions differ, and the footer stands under the table."""
    made = [*CONVENTIONS.values(), *INSIDE.values()]
    assert len({c.name for c in made}) == len({c.footer for c in made}) == len(made)
    for skip, table in (([], CONVENTIONS), (["--skip-zeros"], INSIDE)):
        for name, chosen in table.items():
            assert chosen.footer in run("params", "lenet5", "--count", name, *skip)


# -- training ---------------------------------------------------------------------------------------------------------


def test_the_backward_pass_by_its_products() -> None:
    """Every layer repeats its products for its weights and for its input; the first needs no gradient to its input."""
    analysis = archcalc.analyse(archcalc.load("lenet5"))
    for row, found in zip(analysis.rows, backward(analysis), strict=True):
        products = row.operations.products
        assert found.to_weights == products
        assert found.to_inputs == (0 if row.name == "conv1" else products)


def test_a_gradient_flows_to_what_stands_behind_a_weight() -> None:
    """Padding and pooling before the first weight need no gradient either; a branch that reads a weight's output does."""
    text = "input: 3x8x8\nlayers:\n  - avgpool 2\n  - conv 4 k3\n  - branches: [[conv 2 k1], [relu]]\n  - fc 5\n"
    analysis = archcalc.analyse(archcalc.load(text))
    found = {row.path: g for row, g in zip(analysis.rows, backward(analysis), strict=True)}
    assert found["conv1"].to_inputs == 0
    assert found["branches1.branch1.conv1"].to_inputs == 2 * 4 * 4
    assert found["fc1"].to_inputs == found["fc1"].to_weights == 5 * 24


def test_running_statistics_are_no_weights_to_learn() -> None:
    """Behind a normalisation without scale and shift no gradient need flow: what it holds is not learned."""
    for line, needed in (("bn noaffine", False), ("bn", True)):
        analysis = archcalc.analyse(archcalc.load(f"input: 3x8x8\nlayers: [{line}, conv 4 k3]\n"))
        assert bool(backward(analysis)[1].to_inputs) == needed


@pytest.mark.parametrize(
    ("layer", "inputs", "left_out"),
    [("lstm 5", "7x3", 4 * 7 * 5 * 3), ("gru 5 bidirectional", "7x3", 2 * 3 * 7 * 5 * 3), ("attention 2", "6x4", 3 * 6 * 4 * 4)],
)
def test_only_products_with_the_input_are_left_out(layer: str, inputs: str, left_out: int) -> None:
    """Of a first recurrent layer W_x·x needs no gradient to x, but W_h·h does to h; of attention, the projections."""
    network = archcalc.load(f"input: {inputs}\nlayers: [{layer}]\n")
    analysis = archcalc.analyse(network)
    (found,) = backward(analysis)
    products = analysis.rows[0].operations.products
    assert found.to_weights + found.to_inputs == 2 * products - left_out


def test_torch_counts_the_same_backward_pass() -> None:
    """torch's own counter, over forward and backward, gives twice our multiplications.

    Without groups: for the gradient to a grouped convolution's weights that counter forgets them.
    """
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from torch import nn
    from torch.utils.flop_counter import FlopCounterMode

    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, stride=2), nn.ReLU(),
        nn.ConvTranspose2d(8, 4, 4, stride=2), nn.Flatten(), nn.Linear(4 * 16 * 16, 20), nn.ReLU(), nn.Linear(20, 5),
    )  # fmt: skip
    counter = FlopCounterMode(display=False)
    with counter:
        model(torch.randn(1, 3, 16, 16)).sum().backward()
    text = """
input: 3x16x16
layers: [conv 8 k3 p1 relu, conv 8 k3 s2 relu, convtranspose 4 k4 s2, fc 20 relu, fc 5]
"""
    analysis = archcalc.analyse(archcalc.load(text))
    ours = analysis.totals.multiplies + sum(sum(g) for g in backward(analysis))
    assert 2 * ours == counter.get_total_flops()


def test_without_zeros_both_gradients_leave_them_out() -> None:
    """A product with a padding zero is in neither gradient."""
    text = "input: 2x5x5\nlayers: [conv 3 k3 p1, conv 3 k3 p1]\n"
    analysis = archcalc.analyse(archcalc.load(text), convention=convention(skip_zeros=True))
    for row, found in zip(analysis.rows, backward(analysis), strict=True):
        inside = sum(axis_taps(5, 3, 1, 1, 1, 1)) ** 2 * row.inputs[0][0] * 3
        assert found.to_weights == inside
        assert found.to_inputs == (inside if row.name == "conv2" else 0)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_an_update_is_what_its_steps_cost(optimizer: str) -> None:
    """The cost of an update for one parameter is what the algorithm does, counted as it runs on a number that counts."""

    class Counting(float):
        done = {"multiplications": 0, "additions": 0, "divisions": 0}

        def _made(self, kind: str, value: float) -> Counting:
            Counting.done[kind] += 1
            return Counting(value)

        def __add__(self, other: float) -> Counting:
            return self._made("additions", float(self) + float(other))

        def __sub__(self, other: float) -> Counting:
            return self._made("additions", float(self) - float(other))

        def __mul__(self, other: float) -> Counting:
            return self._made("multiplications", float(self) * float(other))

        def __truediv__(self, other: float) -> Counting:
            return self._made("divisions", float(self) / float(other))

        def root(self) -> Counting:
            return self._made("divisions", float(self) ** 0.5)

    Counting.done = dict.fromkeys(Counting.done, 0)
    w, g, m, v = (Counting(x) for x in (0.5, 0.1, 0.2, 0.3))
    rate, momentum = 0.01, 0.9
    if optimizer == "sgd":
        w = w - g * rate
    elif optimizer == "momentum":
        v = v * momentum + g
        w = w - v * rate
    else:
        m = m * 0.9 + g * (1 - 0.9)
        v = v * 0.999 + g * g * (1 - 0.999)
        w = w - (m / (1 - 0.9)) * rate / ((v / (1 - 0.999)).root() + 1e-8)
    update = OPTIMIZERS[optimizer]
    assert Counting.done == {
        "multiplications": update.multiplications,
        "additions": update.additions,
        "divisions": update.divisions,
    }


def test_training_in_the_report() -> None:
    """--train adds the gradients, --optimizer the update, for the whole batch; the JSON keeps its schema."""
    args = ["params", "lenet5", "--batch", "4", "--train", "--optimizer", "adam", "--format", "json"]
    data = json.loads(run(*args))
    jsonschema.validate(data, schemas.report())
    totals = data["totals"]["training"]
    assert totals["to_weights"] == 4 * 416_520
    assert totals["to_inputs"] == 4 * (416_520 - 117_600)
    assert totals["forward_and_backward"] == 4 * 416_520 + totals["to_weights"] + totals["to_inputs"]
    assert totals["adam_multiplications"] == 6 * 61_706  # once a batch
    text = run(*args[:-2])
    assert "update: one step of adam for every parameter" in text
    assert "the gradient to the network's own input is left out" in text


def test_exact_counts_element_wise_multiplications_in_the_total() -> None:
    """Under `exact` a column has products and element-wise multiplications; `multiplies` is the products alone, always."""
    text = "input: 2x4x4\nlayers:\n- conv 3 k1\n- {id: gate, relu: }\n- mul: [conv1, gate]\n- leakyrelu 0.1\n"
    network = archcalc.load(text)
    paper = archcalc.analyse(network)
    exact = archcalc.analyse(network, convention=convention("exact"))
    assert paper.totals.multiplies == 2 * 3 * 16
    # A product of two maps is a multiplication a value; a leaky ReLU multiplies a value by its slope, or by nothing.
    assert figure("multiplications").of(exact) == [2 * 3 * 16, 0, 3 * 16, 3 * 16]
    assert exact.totals == paper.totals


def test_exact_counts_the_whole_batch() -> None:
    """Every kind of operation is done for every input of the batch."""
    one, four = (
        json.loads(run("multiplies", "lenet5", "--count", "exact", "--batch", batch, "-f", "json"))["totals"]["operations"]
        for batch in ("1", "4")
    )
    assert one.pop("complete") is four.pop("complete") is True
    assert four == {key: 4 * n for key, n in one.items()}
    assert one["exponentials"] == 6 * 784 + 1600 + 120 + 84


def test_no_gradient_flows_behind_weights_that_are_not_learned() -> None:
    """A normalisation without scale and shift keeps running means, which are no reason to send a gradient on."""
    for norm, to_inputs in (("bn noaffine", 0), ("bn", 3 * 2 * 16)):
        analysis = archcalc.analyse(archcalc.load(f"input: 2x4x4\nlayers: [{norm}, conv 3 k1]\n"))
        assert bool(analysis.rows[0].weights)
        assert [g.to_inputs for g in backward(analysis)] == [0, to_inputs]


def test_attention_between_sequences_of_two_lengths() -> None:
    """L queries of E values meet S keys: E products a pair for the score and E for the sum, beside four projections."""
    text = "inputs: {q: 3x8, k: 5x8}\nlayers:\n- from: [q, k]\n  attention: {heads: 2}\n"
    (row,) = archcalc.analyse(archcalc.load(text)).rows
    pairs = sum(8 + 8 for _ in range(3) for _ in range(5))
    assert row.multiplies == 2 * 3 * 64 + 2 * 5 * 64 + pairs
