"""archcalc min-input and archcalc fit: the smallest input and the largest value, against trying every one."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli import cli
from archcalc.formulas.growth import Growth, Unproven, at_most
from archcalc.layers.base import Layer, Shape
from archcalc.layers.conv import Conv
from archcalc.layers.pool import MaxPool
from archcalc.layers.transposed import ConvTranspose
from archcalc.loading import given_of
from archcalc.network.nodes import shape_after
from archcalc.notations import read
from archcalc.questions.least import Sizes, grow, steady
from archcalc.text.faults import Misfit, SpecError
from archcalc.text.source import Source
from tests.random_nets import written_net


def run(*args: str) -> tuple[int, dict[str, object]]:
    """Exit status and JSON answer of a command."""
    result = CliRunner().invoke(cli, [*args, "--format", "json"])
    return result.exit_code, json.loads(result.stdout) if result.exit_code < 2 else {"error": result.stderr}


def legal(net: str, **settings: object) -> bool:
    """Whether the ordinary reader and analysis accept a network."""
    try:
        archcalc.analyse(archcalc.load(net, **settings))
    except SpecError:
        return False
    return True


@pytest.mark.parametrize(("net", "size"), [("alexnet", 63), ("googlenet", 15)])
def test_the_homework_sizes(net: str, size: int) -> None:
    """AlexNet (torchvision) takes 63×63 and no less, GoogLeNet 15×15; the layer that stops one less is named."""
    status, data = run("min-input", net)
    assert status == 0
    assert data["input"] == [3, size, size]
    assert data["per_axis"] == {"height": size, "width": size}
    assert data["stopped_by"]["layer"] == "pool3"
    assert data["stopped_by"]["input"] == [3, size - 1, size - 1]
    assert not any(legal(net, input=(3, n, n)) for n in range(1, size))
    assert legal(net, input=(3, size, size))


def test_uneven_kernels_have_a_smallest_size_each_axis(tmp_path: Path) -> None:
    """A 3×7 kernel needs 3 rows and 7 columns; alike on both axes it needs 7."""
    file = tmp_path / "net.yaml"
    file.write_text("input: 1x20x20\nlayers: [conv 4 k3x7]\n", encoding="utf-8")
    data = run("min-input", str(file))[1]
    assert data["input"] == [1, 7, 7]
    assert data["per_axis"] == {"height": 3, "width": 7}
    assert data["per_axis_together"] == [1, 3, 7]


@pytest.mark.parametrize(
    "text",
    [
        # A shortcut by pooling meets a strided convolution: only some sizes add up, and a larger one may fit worse.
        "input: 4x32x32\nlayers:\n  - residual: [conv 4 k4 s3]\n    shortcut: [maxpool 5 s3]\n  - conv 2 k3\n",
        # Two paths that join only where two roundings agree.
        "input: 2x40x40\nlayers:\n  - branches: [[conv 3 k2 s4], [conv 3 k7 s4 p1]]\n  - maxpool 3 s2\n",
        # Reshapes fit single sizes only.
        "input: 1x28x28\nlayers: [conv 2 k5 s2, flatten, reshape 8x9, fc 3]\n",
        # A size the spec computes with.
        "input: 1x16x16\nlayers: [conv 2 k3, flatten, reshape 2x-1, fc 4]\n",
    ],
)
def test_right_where_size_is_not_monotone(tmp_path: Path, text: str) -> None:
    """The smallest size is the first that the ordinary analysis accepts, even where later ones are refused."""
    file = tmp_path / "net.yaml"
    file.write_text(text, encoding="utf-8")
    channels = int(text[7])
    accepted = [n for n in range(1, 60) if legal(str(file), input=(channels, n, n))]
    data = run("min-input", str(file))[1]
    assert data["input"] == [channels, accepted[0], accepted[0]]


def test_the_cases_are_indeed_not_monotone(tmp_path: Path) -> None:
    """Among the cases above is one that accepts a size and refuses a larger one."""
    file = tmp_path / "net.yaml"
    file.write_text(
        "input: 2x40x40\nlayers:\n  - branches: [[conv 3 k2 s4], [conv 3 k7 s4 p1]]\n  - maxpool 3 s2\n", encoding="utf-8"
    )
    accepted = [legal(str(file), input=(2, n, n)) for n in range(1, 40)]
    first = accepted.index(True)
    assert not all(accepted[first:])


def test_a_sequence_varies_its_length(tmp_path: Path) -> None:
    """Of C×L the length varies, of T×F the steps."""
    file = tmp_path / "net.yaml"
    file.write_text("input: 3x50\nlayers: [conv 4 k5, maxpool 3]\n", encoding="utf-8")
    assert run("min-input", str(file))[1]["input"] == [3, 7]
    file.write_text("input: 50x8\nlayers: [lstm 4]\n", encoding="utf-8")
    assert run("min-input", str(file))[1]["input"] == [1, 8]


def test_no_size_fits(tmp_path: Path) -> None:
    """Where no size up to the limit fits, the answer is no and the layer at fault is named; status 1."""
    file = tmp_path / "net.yaml"
    file.write_text("input: 3x9x9\nlayers: [conv 4 k3 in=5]\n", encoding="utf-8")
    status, data = run("min-input", str(file), "--most", "40")
    assert status == 1
    assert data["input"] is None
    assert data["stopped_by"]["layer"] == "conv1"


@pytest.mark.parametrize("args", [["wide_and_deep"], ["mlp"]])
def test_features_have_no_size(args: list[str]) -> None:
    """A list of features cannot be made smaller; status 2."""
    status, data = run("min-input", *args)
    assert status == 2
    assert "it has no size that could be smaller" in str(data["error"])


# -- halving, and that it is right --------------------------------------------------------------------------------------


def halving(least: archcalc.LeastInput) -> bool:
    """Whether the sizes were halved on every axis."""
    return "found by halving" in least.how


@pytest.mark.parametrize(
    ("text", "size"),
    [
        # 20 pairs of k5 and k3 take 120, five of k5 d2 take 40: (n − 120 − 3)/2 + 1 ≥ 41.
        (
            "input: 3x300x300\nlayers:\n  - {repeat: 20, layers: [conv 2 k5, conv 2 k3]}\n  - maxpool 3 s2\n"
            "  - {repeat: 5, layers: [conv 2 k5 d2, bn, relu]}\n  - flatten\n  - fc 10\n",
            203,
        ),
        # Both roads halve a size rounded up, whatever it is: ⌊(n − 1)/2⌋ + 1.
        (
            "input: 3x64x64\nlayers:\n  - conv 4 k9\n  - residual: [conv 8 k3 s2 p1, conv 8 k3 p1]\n"
            "    shortcut: [conv 8 k1 s2]\n",
            9,
        ),
        # Rounded up, with windows that could begin outside.
        ("input: 1x64x64\nlayers: [conv 2 k7, maxpool 2 s3 ceil, maxpool 3 s2 p1 ceil, conv 1 k4]\n", None),
        # Up again and cut to what stood before: half of it, less four, twice.
        (
            "input: 1x90x90\nlayers:\n  - {id: skip, conv: 2 k3}\n  - maxpool 2\n  - conv 2 k5\n"
            "  - {id: up, convtranspose: 2 k2 s2}\n  - {id: cut, crop: [skip, up]}\n  - concat: [cut, up]\n  - conv 1 k3\n",
            None,
        ),
        # One value a channel, repeated over a map of any size.
        ("input: 4x9x9\nlayers: [{id: m, conv: 4 k5}, gap, conv 4 k1 sigmoid, {mul: [m, prev]}, conv 4 k3]\n", 7),
        ("input: 9x8\nlayers: [conv 4 k3, permute 2x1, lstm 5, fc 3]\n", None),
        ("input: 3x32x32\nlayers: [conv 8 k4 s4, reshape 8x-1, permute 2x1, classtoken, positions, attention 2, fc 2]\n", 4),
    ],
)
def test_halving_finds_what_trying_every_size_finds(tmp_path: Path, text: str, size: int | None) -> None:
    """Where every layer takes whatever is larger, few sizes are tried, and the least is that of trying all."""
    least = archcalc.least_input(text)
    assert halving(least)
    assert least.tried < 80
    assert least.input is not None
    found = max(n for n, start in zip(least.input, archcalc.load(text).inputs["input"], strict=True) if n != start or n == size)
    first = next(n for n in range(1, 999) if legal(text, input=tuple(n if a == found else a for a in least.input)))
    assert found == first == (size or first)


@pytest.mark.parametrize("seed", range(4))
def test_layers_that_take_what_is_larger_do(seed: int) -> None:
    """Random nets: what the layers say of sizes that grow is what they do, at every size up to 24 and some beyond.

    The long road builds the text anew for each size. A net that may be walked for all sizes fits where its text does; where all
    layers speak for larger sizes, none is refused behind one that is taken; and each output is the size that was foreseen.
    """
    spoken = 0
    for number in range(14):
        text = written_net(700 + seed, number)
        try:
            sizes = Sizes(read(Source("net", text)), given_of(None, None), None, 4096)
        except SpecError:
            continue  # refused, or without a size
        inputs = sizes.inputs(tuple(Growth() if i in sizes.axes else n for i, n in enumerate(sizes.start)))  # type: ignore[misc]
        grown = grow(sizes.network, inputs)
        taken = []
        for n in (*range(1, 25), 33, 40, 61):
            shape = sizes.shape(dict.fromkeys(sizes.axes, n))
            given = shape if sizes.single else {sizes.name: shape}
            fits = legal(text, input=given)
            taken.append(fits)
            if sizes.sound and steady(sizes.network, inputs, grown):
                sizes.fixed = True
                assert (sizes.stopper(shape) is None) is fits, (text, n)
                if fits:
                    rows = archcalc.analyse(archcalc.load(text, input=given)).rows
                    for row, foreseen in zip(rows, grown, strict=True):
                        assert foreseen is None or numbers(foreseen, n) in (None, row.output), (text, n, row.path)
        if sizes.sound and None not in grown and steady(sizes.network, inputs, grown):
            spoken += 1
            assert taken == sorted(taken), text
    assert spoken > 2


@pytest.mark.parametrize(
    "make",
    [
        lambda k, s, p: Conv(out=1, kernel=k, stride=s, padding=p),
        lambda k, s, p: Conv(out=1, kernel=k, stride=s, padding=((p, 0),), dilation=2),
        lambda k, s, p: MaxPool(kernel=k, stride=s, padding=min(p, k // 2)),
        lambda k, s, p: MaxPool(kernel=k, stride=s, padding=min(p, k // 2), ceil=True),
        lambda k, s, p: MaxPool(kernel=k, stride=s, padding=((p, 1),), ceil=True),
        lambda k, s, p: MaxPool(kernel=k, stride=s, padding=min(p, k // 2), dilation=2, ceil=True),
        lambda k, s, p: ConvTranspose(out=1, kernel=k, stride=s, padding=p),
    ],
)
def test_windows_say_of_sizes_that_grow_what_they_put_out(make: Callable[[int, int, int], Layer]) -> None:
    """Every small kernel, stride and padding: the size foreseen is the size made, and what fits fits when it is larger."""
    for k, s, p in product(range(1, 5), range(1, 5), range(3)):
        layer = make(k, s, p)
        grown = layer.grows(((1, Growth()),))  # type: ignore[arg-type]
        assert grown is not None
        outputs = [shape_after(layer, ((1, n),)) for n in range(1, 30)]
        fitting = [output for output in outputs if not isinstance(output, Misfit)]
        assert outputs[len(outputs) - len(fitting) :] == fitting == sorted(fitting), layer
        foreseen = [numbers(grown, n) for n in range(30 - len(fitting), 30)]
        assert foreseen in (fitting, [None] * len(fitting)), layer


def numbers(shape: Shape, n: int) -> Shape | None:
    """A shape with n put in; None where a size is a function that has only a name."""
    try:
        return tuple(size.at(n) if isinstance(size, Growth) else size for size in shape)
    except Unproven:
        return None


def test_sizes_that_grow_are_what_their_sums_are() -> None:
    """Random sums, products and quotients: the normal form has their value, lies between its lines, and equal forms are equal."""
    rng = Random(3)
    made: list[tuple[Growth, tuple[int, ...]]] = []
    for _ in range(400):
        size, values = Growth(), list(range(1, 120))
        for _ in range(rng.randint(1, 6)):
            number = rng.randint(1, 5)
            match rng.choice("+-*//"):
                case "+":
                    size, values = size + number, [v + number for v in values]
                case "-":
                    size, values = size - number, [v - number for v in values]
                case "*":
                    size, values = size * number, [v * number for v in values]
                case _:
                    size, values = size // number, [v // number for v in values]
        assert [size.at(n) for n in range(1, 120)] == values
        slope, low, high = size.between()
        assert all(slope * n + low <= v <= slope * n + high for n, v in enumerate(values, 1))
        made.append((size, tuple(values)))
    # Over enough values two functions of this kind that agree are the same; few are not seen to be.
    same = [(a, b) for i, (a, v) in enumerate(made) for b, w in made[:i] if v == w]
    assert sum(a == b for a, b in same) > 0.9 * len(same) > 20
    assert all(v == w for i, (a, v) in enumerate(made) for b, w in made[:i] if a == b)
    ordered = [(v, w) for (a, v), (b, w) in pairwise(made) if at_most(a, b)]
    assert len(ordered) > 5
    assert all(one <= other for v, w in ordered for one, other in zip(v, w, strict=True))


@pytest.mark.parametrize(
    "ask", [lambda g: g < 3, lambda g: g % 2, int, bool, lambda g: 4 - g, lambda g: g * -1, lambda g: max(g, 2)]
)
def test_what_has_no_answer_for_every_size_is_not_answered(ask: object) -> None:
    """An order, a remainder, a number: nothing of the kind is known of a size that grows."""
    with pytest.raises(Unproven):
        ask(Growth() // 2)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        # The text computes with a number of features: 16 of them for 4×4 alone.
        ("input: 1x6x6\nlayers: [conv 1 k3, flatten, fc cin, reshape 4x4]\n", 6),
        # The same behind a layer that does not say what it makes of other sizes.
        ("input: 1x6x6\nlayers: [conv 1 k3, flatten, prelu, fc cin, reshape 4x4]\n", 6),
        # Features that are stated: 2·6·6 alone.
        ("input: 1x8x8\nlayers: [conv 2 k3, fc 5 in=72]\n", 8),
        # An odd size comes back smaller than it went: only even ones can be added.
        ("input: 2x20x20\nlayers:\n  - conv 2 k4\n  - residual: [maxpool 2, upsample 2]\n", 5),
        # Weights that are used twice fit both uses where both are of one size: again the even ones.
        (
            "input: 1x9x9\nlayers:\n  - {id: a, conv: 1 k4}\n  - {id: all, fc: 5}\n  - {from: a, maxpool: 2}\n  - upsample 2\n"
            "  - flatten\n  - reuse: all\n",
            5,
        ),
    ],
)
def test_nothing_is_halved_that_may_fit_worse_when_larger(text: str, size: int) -> None:
    """Sizes are tried one by one where a larger one may be refused."""
    least = archcalc.least_input(text)
    assert least.input is not None
    assert least.input[1:] == (size, size)
    assert not halving(least)


@pytest.mark.parametrize(("factor", "size"), [(30_000, 5), (40_000, None)])
def test_a_size_may_be_too_large(factor: int, size: int | None) -> None:
    """Beyond 10⁹ nothing fits: the least is found where one more is too much, and none where all are."""
    least = archcalc.least_input(f"input: 1x5x5\nlayers: [conv 1 k5, upsample {factor}, upsample {factor}]\n")
    assert (least.input and least.input[1]) == size
    if size is None:
        assert least.stopper is not None
        assert "a size is at most" in least.stopper.message


# -- fit --------------------------------------------------------------------------------------------------------------


def test_the_widest_mobilenet_in_a_budget() -> None:
    """Width 0.5 keeps 150 M multiplications, 0.51 breaks them; 0.5 is the paper's 149 M."""
    status, data = run("fit", "mobilenet_v1", "--vary", "width", "--max-params", "2M", "--max-multiplies", "150M")
    assert status == 0
    assert (data["value"], data["params"], data["multiplies"]) == (0.5, 1_331_592, 149_497_088)
    assert "all 100 values were tried" in str(data["search"])


@pytest.mark.parametrize("step", ["1", "7"])
def test_halving_finds_what_trying_every_value_finds(tmp_path: Path, step: str) -> None:
    """A hidden size of thousands is found by halving; it is the largest whose parameters keep the budget."""
    file = tmp_path / "net.yaml"
    file.write_text("input: 10\nvars: {h: 4}\nlayers: [fc h relu, fc 3]\n", encoding="utf-8")
    data = run("fit", str(file), "--vary", "h", "--max-params", "70k", "--step", step, "--to", "9000")[1]
    # (10 + 1)·h + (h + 1)·3 = 14h + 3
    expected = max(h for h in range(int(step), 9001, int(step)) if 14 * h + 3 <= 70_000)
    assert data["value"] == expected
    assert "halving" in str(data["search"])


def test_a_budget_nothing_keeps() -> None:
    """Where even the smallest value breaks the budget the answer is no; status 1."""
    status, data = run("fit", "mobilenet_v1", "--vary", "width", "--max-params", "9k")
    assert (status, data["value"]) == (1, None)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--vary", "widht", "--max-params", "2M"], "has no variable 'widht'"),
        (["--vary", "width"], "no budget is given"),
        (["--vary", "width", "--max-params", "2Q"], "--max-params 2Q: a whole number is meant"),
        (["--vary", "width", "--max-params", "2M", "--step", "0"], "--step 0: a number above 0 is meant"),
        (["--vary", "width", "--max-params", "2M", "--from", "2", "--to", "1"], "holds no values"),
    ],
)
def test_bad_budgets_are_refused(args: list[str], message: str) -> None:
    """What cannot be fitted exits with status 2 and says why."""
    status, data = run("fit", "mobilenet_v1", *args)
    assert status == 2
    assert message in str(data["error"])


@pytest.mark.parametrize("budget", [500, 777, 1234, 5000, 5400])
def test_halving_looks_beyond_a_boundary(tmp_path: Path, budget: int) -> None:
    """Where the figure is not monotone in the variable, a larger value within reach is found: by trying every one."""
    file = tmp_path / "net.yaml"
    # h % 40 makes a saw: the features go down to h after every 40 values.
    file.write_text("input: 1\nvars: {h: 1}\nlayers: [fc h+2*(h%40) nobias]\n", encoding="utf-8")
    data = run("fit", str(file), "--vary", "h", "--max-params", str(budget), "--to", "6000")[1]
    assert data["value"] == max(h for h in range(1, 6001) if h + 2 * (h % 40) <= budget)
    assert "halving" in str(data["search"])


@pytest.mark.parametrize("size", [2, 3, 5, 7, 8, 11, 20, 33])
@pytest.mark.parametrize(
    "layers", ["conv 1 k9", "conv 1 k5, maxpool 3 s2, conv 1 k7", "maxpool 2, maxpool 2, maxpool 2, conv 1 k5 s3"]
)
def test_the_input_that_a_fault_asks_for_is_the_smallest(layers: str, size: int) -> None:
    """`an input of at least N×N`: with N the layer that did not fit does, with every size between it does not."""

    def stopped(n: int) -> tuple[str, tuple[str, ...]]:
        """The layer that does not fit an input of n × n, and the advice; empty where all fit."""
        try:
            archcalc.analyse(archcalc.load(f"input: 1x{n}x{n}\nlayers: [{layers}]\n"))
        except SpecError as error:
            return error.faults[0].path, tuple(error.faults[0].repairs)
        return "", ()

    names = [row.path for row in archcalc.analyse(archcalc.load(f"input: 1x200x200\nlayers: [{layers}]\n"))]
    layer, repairs = stopped(size)
    if not layer:
        return
    # The layer fits as soon as none before it nor itself is the one that stops.
    after = ["", *names[names.index(layer) + 1 :]]
    least = next(n for n in range(size, 200) if stopped(n)[0] in after)
    assert f"an input of at least {least}×{least}" in repairs
