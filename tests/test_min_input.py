"""archcalc min-input and archcalc fit: the smallest input and the largest value, against trying every one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli import cli
from archcalc.text.faults import SpecError


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
