"""archcalc solve: every answer to a question of one layer, against counting window by window."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from click.testing import CliRunner

from archcalc.cli import cli
from archcalc.layers import layer_class
from archcalc.layers.base import Misfit
from archcalc.questions.asking import kind_of, questions
from archcalc.questions.layer import LEAST, Question, bounds_for, nearest, output_size, pairs, solve
from archcalc.questions.steps import steps

TOP = 24  # brute force looks at unknowns up to here
COUNT = 200_000


def run(*args: str) -> tuple[int, str]:
    """Exit status and standard output of the command."""
    result = CliRunner().invoke(cli, list(args))
    return result.exit_code, result.output


def counted(kind: str, W: int, K: int, S: int, P: int, D: int, R: int, ceil: bool) -> int | None:
    """The output size by counting places, with no division; None where torch refuses the layer."""
    span = D * (K - 1) + 1
    if kind == "transposed":
        if R >= S and R >= D:
            return None
        written = (W - 1) * S + span  # from the first tap of the first input to the last tap of the last
        return size if (size := written - P - P + R) >= 1 else None
    if kind == "pool" and P + P > K:
        return None
    padded = W + P + P
    if not ceil:
        places = len(range(0, padded - span + 1, S))
        return places or None
    if padded <= span - S:
        return None
    places = 1
    while (places - 1) * S + span < padded:  # the last window must reach the end
        places += 1
    if (places - 1) * S >= W + P:  # torch drops a window that starts behind input and left padding
        places -= 1
    return places or None


def test_a_line_is_told_as_options() -> None:
    """A layer's line is no layer's word: what is typed instead is the whole command, and it is understood."""
    for line in ("5x5 conv, pad 2", "conv 64 3x3, stride 2, pad 1"):
        result = CliRunner().invoke(cli, ["solve", line, "--input", "28"])
        assert result.exit_code == 2
        assert "is a layer's line" in result.output
        typed = result.output.rpartition("try: archcalc ")[2].strip()
        assert CliRunner().invoke(cli, typed.split()).exit_code == 0


def test_brute_force_agrees_on_random_questions() -> None:
    """For every kind of layer and every unknown, solve finds exactly the numbers that counting finds."""
    rng = random.Random(4)
    names = ["input", "kernel", "stride", "padding", "dilation", "output_padding"]
    with_answer = several = 0
    for _ in range(COUNT):
        kind = ("conv", "pool", "transposed")[rng.randrange(3)]
        v = [rng.randint(1, TOP), rng.randint(1, 7), rng.randint(1, 5), rng.randint(0, 3), rng.randint(1, 3), 0]
        ceil = kind == "pool" and rng.random() < 0.6
        if kind == "transposed":
            v[5] = rng.randint(0, 2)
        at = rng.randrange(6 if kind == "transposed" else 5)
        made = counted(kind, *v, ceil)
        O = made if made and rng.random() < 0.8 else rng.randint(1, 20)
        known = {name: n for i, (name, n) in enumerate(zip(names, v, strict=True)) if i != at}
        answer = solve(Question(kind, output=O, ceil=ceil, **{**known, names[at]: None}))
        expected = [x for x in range(LEAST[names[at]], TOP + 1) if counted(kind, *v[:at], x, *v[at + 1 :], ceil) == O]
        assert [x for x in range(TOP + 1) if x in answer] == expected, answer
        with_answer += bool(expected)
        several += len(expected) > 1
    assert with_answer > COUNT // 2
    assert several > COUNT // 5


def test_forward_size_is_the_layers_own() -> None:
    """Given everything else, the output found is what the layer class gives, refusals included."""
    rng = random.Random(5)
    classes = {"conv": layer_class("conv"), "pool": layer_class("maxpool"), "transposed": layer_class("convtranspose")}
    refused = 0
    for _ in range(4000):
        kind = ("conv", "pool", "transposed")[rng.randrange(3)]
        W, K, S = rng.randint(1, TOP), rng.randint(1, 7), rng.randint(1, 5)
        P, D, R = rng.randint(0, 3), rng.randint(1, 3), rng.randint(0, 2)
        settings: dict[str, object] = {"kernel": K, "stride": S, "padding": P, "dilation": D}
        ceil = kind == "pool" and rng.random() < 0.5
        settings |= {"pool": {"ceil": ceil}, "conv": {"out": 1}, "transposed": {"out": 1, "output_padding": R}}[kind]
        try:
            expected = classes[kind](**settings).output(((1, W),))[1]
        except Misfit:
            expected = None
            refused += 1
        question = Question(kind, W, None, K, S, P, D, R if kind == "transposed" else 0, ceil=ceil)
        assert output_size(question) == expected, question
        assert counted(kind, W, K, S, P, D, R if kind == "transposed" else 0, ceil) == expected, question
    assert refused > 200


def test_tied_stride_is_a_stride_equal_to_the_kernel() -> None:
    """With --stride kernel every kernel is found whose window tiles the input the stated number of times."""
    for W in range(1, 40):
        for O in range(1, 12):
            for ceil in (False, True):
                question = Question("pool", input=W, output=O, padding=0, tied=True, ceil=ceil)
                expected = [k for k in range(1, 60) if counted("pool", W, k, k, 0, 1, 0, ceil) == O]
                answer = solve(question)
                assert [k for k in range(1, 60) if k in answer] == expected, question


def test_exact_is_a_division_without_remainder() -> None:
    """An answer is marked exact where W − K + 2P is a multiple of S."""
    rng = random.Random(6)
    for _ in range(3000):
        W, S, P, O = rng.randint(5, 60), rng.randint(1, 5), rng.randint(0, 3), rng.randint(1, 20)
        answer = solve(Question("conv", input=W, output=O, stride=S, padding=P))
        for K in answer:
            assert answer.is_exact(K) == ((W - K + 2 * P) % S == 0)


@pytest.mark.parametrize(
    ("given", "kernels"),
    [
        ((205, 66, 3, 0), [8, 9, 10]),
        ((224, 55, 4, 2), [9, 10, 11, 12]),
        ((224, 55, 4, 0), [5, 6, 7, 8]),
        ((227, 55, 4, 0), [8, 9, 10, 11]),
        ((7, 2, 3, 1), [4, 5, 6]),
    ],
)
def test_the_homework_kernels(given: tuple[int, int, int, int], kernels: list[int]) -> None:
    """The kernels of the homework sheet, all of them."""
    W, O, S, P = given
    assert list(solve(Question("conv", input=W, output=O, stride=S, padding=P))) == kernels


def test_json_of_the_homework_question() -> None:
    """The JSON names the unknown, every solution and the exact one."""
    status, out = run("solve", "conv", "--input", "205", "--output", "66", "--stride", "3", "--padding", "0", "--format", "json")
    data = json.loads(out)
    assert status == 0
    assert {k: data[k] for k in ("unknown", "solutions", "exact")} == {
        "unknown": "kernel",
        "solutions": [8, 9, 10],
        "exact": [10],
    }


def test_the_algebra_is_shown_step_by_step() -> None:
    """The floor becomes an inequality, numbers are put in, and the unknown is isolated."""
    lines = steps(solve(Question("conv", input=205, output=66, stride=3, padding=0)))
    assert lines == [
        "⌊(W − K + 2P)/S⌋ + 1 = O",
        "⌊(205 − K + 2·0)/3⌋ + 1 = 66",
        "S(O − 1) ≤ W − K + 2P < S·O",
        "3·(66 − 1) ≤ 205 − K + 2·0 < 3·66",
        "195 ≤ 205 − K < 198",
        "7 < K ≤ 10",
        "K ∈ {8, 9, 10}",
    ]


def test_latex_working_has_no_unicode_signs() -> None:
    """The LaTeX of every kind of question is made of commands, with braces that close."""
    for question in (
        Question("conv", input=205, output=66, stride=3, padding=0),
        Question("conv", input=None, output=55, kernel=11, stride=4, padding=2),
        Question("pool", output=4, kernel=2, stride=2, padding=1, ceil=True),
        Question("transposed", input=28, output=56, kernel=4, stride=2, padding=None),
        Question("conv", input=28, kernel=4, stride=1, same=True),
    ):
        text = "\n".join(steps(solve(question), "latex"))
        assert text.isascii(), text
        assert text.count("{") == text.count("}")


def test_uneven_axes_are_solved_each() -> None:
    """205×100 to 66×31: each axis has its answers, and those that fit both are named."""
    args = ["--input", "205x100", "--output", "66x30", "--stride", "3", "--padding", "0", "--format", "json"]
    status, out = run("solve", "conv", *args)
    data = json.loads(out)
    assert status == 0
    assert [axis["solutions"] for axis in data["axes"]] == [[8, 9, 10], [11, 12, 13]]
    assert data["alike"] == []
    assert [8, 11] in data["solutions"]
    assert data["exact"] == [[10, 13]]


@pytest.mark.parametrize("size", ["5x9", "9x5"])
def test_what_fits_all_axes_without_end(size: str) -> None:
    """One window on each axis: strides from 3 on and from 7 on are both from 7 on, whichever axis is first."""
    asked = ("solve", "conv", "--input", size, "--kernel", "3", "--output", "1x1", "--padding", "0")
    assert "One stride for all axes: every one from 7 on." in run(*asked)[1]
    assert json.loads(run(*asked, "--format", "json")[1])["alike"] == [7]


def test_more_fit_all_axes_than_are_listed() -> None:
    """⌊497/S⌋ = ⌊397/S⌋ = 1 for strides 249 to 397: the first twelve are listed, and the last."""
    said = run("solve", "conv", "--input", "500x400", "--kernel", "3", "--output", "2x2", "--padding", "0")[1]
    assert "One stride for all axes: 249, 250, 251, 252, 253, 254, 255, 256, 257, 258, 259, 260, … 397." in said


def test_no_answer_names_the_nearest_inputs() -> None:
    """Stride 2 from an odd padded size cannot be undone by a transposed convolution; what can is named; status 1."""
    status, out = run("solve", "transposed", "--input", "28", "--output", "57", "--kernel", "4", "--stride", "2")
    assert status == 1
    assert "No padding answers. The nearest that have one: output 56, output 58." in out
    question = Question("conv", input=224, output=54, kernel=11, stride=4, padding=2, dilation=None)
    near = [n for _, n in nearest(question)]
    assert min(near) < 224 < max(near)
    assert not any(solve(replace(question, input=n)).runs for n in range(min(near) + 1, max(near)))
    assert all(solve(replace(question, input=n)).runs for n in near)


def test_two_left_out_give_every_pair_within_bounds() -> None:
    """Kernel and padding that keep 28 at stride 1: the odd kernels with half of them as padding."""
    question = Question("conv", input=28, output=28, stride=1)
    bounds = bounds_for(question, {"kernel": 9, "padding": 9})
    found = pairs(question, bounds)
    assert [values for values, _ in found] == [(k, (k - 1) // 2) for k in (1, 3, 5, 7, 9)]
    brute = sorted((k, p) for k in range(1, 10) for p in range(10) if counted("conv", 28, k, 1, p, 1, 0, False) == 28)
    assert [values for values, _ in found] == brute


def test_pairs_agree_with_brute_force() -> None:
    """Any two numbers left out: the pairs within bounds are those that counting finds."""
    rng = random.Random(8)
    names = ["input", "kernel", "stride", "padding"]
    for _ in range(120):
        v = [rng.randint(4, 12), rng.randint(1, 5), rng.randint(1, 3), rng.randint(0, 2)]
        O = counted("conv", *v, 1, 0, False) or 3
        i, j = sorted(rng.sample(range(4), 2))
        known = {n: x for k, (n, x) in enumerate(zip(names, v, strict=True)) if k not in (i, j)}
        question = Question("conv", output=O, **known)
        found = [p for p, _ in pairs(question, bounds_for(question, {names[i]: 9, names[j]: 9}))]
        brute = []
        for x in range(LEAST[names[i]], 10):
            for y in range(LEAST[names[j]], 10):
                w = list(v)
                w[i], w[j] = x, y
                if counted("conv", *w, 1, 0, False) == O:
                    brute.append((x, y))
        assert found == brute


def test_every_stride_from_some_point_on() -> None:
    """One window only: every stride beyond the last place answers, and the answer says so."""
    status, out = run("solve", "conv", "--input", "7", "--output", "1", "--kernel", "5", "--padding", "0")
    assert status == 0
    assert "Every stride from 3 on." in out


def test_same_padding() -> None:
    """`same` keeps the size; an even kernel gets its odd zero after."""
    status, out = run("solve", "conv", "--input", "28", "--kernel", "4", "--stride", "1", "--padding", "same")
    assert status == 0
    assert "P + Q = K − 1 = 4 − 1 = 3" in out
    assert "P = 1, Q = 2" in out
    assert "output 28" in out


def test_uneven_sides_count_both() -> None:
    """Padding 0 before and 1 after adds one position: 112 with a kernel of 3 and stride 2 gives 56."""
    (question,) = questions("conv", {"input": "112", "kernel": "3", "stride": "2", "padding": "0:1"})
    assert list(solve(question)) == [56]


def test_dilation_is_found_when_all_else_is_given() -> None:
    """A 3-tap kernel that keeps 32 with padding 4 is dilated by 4."""
    args = ["--input", "32", "--output", "32", "--kernel", "3", "--stride", "1", "--padding", "4", "--format", "json"]
    data = json.loads(run("solve", "conv", *args)[1])
    assert (data["unknown"], data["solutions"]) == ("dilation", [4])


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["conv", "--input", "abc", "--output", "3"], "--input abc: not a whole number"),
        (["conv", "--input", "0", "--output", "3"], "--input 0: outside 1 to 1,000,000,000"),
        (["conv", "--input", "5"], "4 things are left out: output, kernel, stride, padding; at most three can be"),
        (["pool", "--input", "5", "--padding", "same"], "same padding belongs to a convolution"),
        (["conv", "--input", "5", "--ceil"], "only pooling rounds up"),
        (
            [
                "conv",
                "--input",
                "5",
                "--padding",
                "0",
                "--bounds",
                "kernel=90000",
                "--bounds",
                "output=90000",
                "--bounds",
                "stride=90000",
            ],
            "8,100,000,000 combinations; 1,000,000 is the most",
        ),
        (["conv", "--input", "5x6x7x8"], "which of 5x6x7x8 are the channels cannot be told"),
        (["conv", "--input", "5x6", "--kernel", "3x3x3"], "--input has 2 axes, another option has 3"),
        (["conv", "--input", "5", "--output", "3", "--stride", "1", "--padding", "0", "--bounds", "kernel"], "NAME=TOP"),
        (["conv", "--input", "5", "--output", "3", "--stride", "1", "--padding", "0", "--bounds", "kernel=9"], "several things"),
    ],
)
def test_bad_questions_are_refused_in_a_sentence(args: list[str], message: str) -> None:
    """What cannot be asked exits with status 2 and says why."""
    result = CliRunner().invoke(cli, ["solve", *args])
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("names", "formula"),
    [
        ("conv conv2d Convolution depthwise dw local", "conv"),
        ("pool maxpool MaxPool2d average_pooling", "pool"),
        ("transposed deconv ConvTranspose2d up-conv", "transposed"),
    ],
)
def test_a_layer_is_known_by_all_its_names(names: str, formula: str) -> None:
    """Whatever the notation calls a layer whose size follows by a formula, `solve` knows; other layers have none."""
    assert [kind_of(name) for name in names.split()] == [formula] * len(names.split())
    assert [kind_of(name) for name in ("lstm", "fc", "globalavgpool", "lenet5", "net.yaml")] == [None] * 5


@pytest.mark.parametrize(
    ("args", "kernels", "channels"),
    [
        (["--input", "205x205x3", "--output", "66x66x64", "--stride", "3"], [8, 9, 10], (3, 64)),
        (["--input", "3x205x205", "--output", "64x66x66", "--stride", "3"], [8, 9, 10], (3, 64)),
        (["--input", "205×205×3", "--output", "66", "--stride", "3"], [8, 9, 10], (3, None)),
        (["--input", "205x205x3", "--output", "66x66", "--stride", "3"], [8, 9, 10], (3, None)),
        (["--input", "32x32x32x3", "--output", "30x30x30x8", "--stride", "1"], [3], (3, 8)),
    ],
)
def test_sizes_with_their_channels(args: list[str], kernels: list[int], channels: tuple[int, int | None]) -> None:
    """Channels are told by the sizes that are equal, are the filters, and it is said how they were read."""
    status, text = run("solve", "conv", *args, "--padding", "0", "--format", "json")
    data = json.loads(text)
    assert status == 0
    assert data["alike"] == kernels
    assert (data["channels"]["input"], data["channels"]["output"]) == channels
    assert data["filters"] == channels[1]
    _, text = run("solve", "conv", *args, "--padding", "0")
    assert f"{channels[0]} going in" in text


def test_the_channels_are_the_filters() -> None:
    """205×205×3 → 66×66×64: 64 filters of 10×10×3, 64·300 + 64 = 19,264 parameters, at 66·66 = 4,356 places."""
    _, text = run("solve", "conv2d", "--input", "205x205x3", "--output", "66x66x64", "--stride", "3", "--padding", "0")
    assert "Read as height × width × channels: 3 going in and 64 coming out." in text
    assert "64 channels come out, so there are 64 filters of 10×10×3." in text
    assert "10·10·3·64 + 64 = 19,264 parameters, 19,200 without bias" in text
    assert "The kernel stands at 66·66 = 4,356 places." in text
    _, latex = run(
        "solve", "conv2d", "--input", "205x205x3", "--output", "66x66x64", "--stride", "3", "--padding", "0", "-f", "latex"
    )
    assert r"= 19{,}264 \text{ parameters, } 19{,}200 \text{ without bias}" in latex


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--input", "28x30x3", "--output", "26x28x8", "--kernel", "3"], "which of 28x30x3 are the channels cannot be told"),
        (["--input", "3x28x28", "--output", "26x26x8", "--kernel", "3"], "which of 3x28x28 are the channels cannot be told"),
    ],
)
def test_channels_that_cannot_be_told_are_refused(args: list[str], message: str) -> None:
    """Sizes that may be three axes or have channels at either end are not guessed at."""
    status, text = run("solve", "conv", *args)
    assert status == 2
    assert message in text


def test_three_axes_stay_three_axes() -> None:
    """A cube is one, and is said to be; a kernel of three axes makes three sizes axes."""
    _, text = run("solve", "conv", "--input", "32x32x32", "--output", "30x30x30", "--stride", "1", "--padding", "0")
    assert "Read as depth × height × width." in text
    assert "Alike on all three axes." in text
    data = json.loads(
        run("solve", "conv", "--input", "16x28x28", "--kernel", "3x3x3", "--stride", "1", "--padding", "0", "-f", "json")[1]
    )
    assert data["solutions"] == [[14, 26, 26]]
    status, _ = run(
        "solve", "conv", "--input", "28x30x3", "--output", "26x28x1", "--stride", "1", "--padding", "0", "--dilation", "1x1x1"
    )
    assert status == 0


def test_pooling_keeps_its_channels() -> None:
    """A pooling of 3 channels makes no 4 of them."""
    status, text = run("solve", "maxpool", "--input", "28x28x3", "--output", "14x14x4", "--stride", "2", "--padding", "0")
    assert status == 2
    assert "pooling keeps its 3 channels" in text


def test_a_layer_that_slides_no_window_is_said_to_be_one() -> None:
    """`dense` is a layer, not a file that is missing."""
    status, text = run("solve", "dense", "--input", "3")
    assert status == 2
    assert "dense slides no window, so there is no size to solve for" in text


@pytest.mark.parametrize(
    "args",
    [
        ["solve", "conv", "--kernel", "3", "--kernel", "5"],
        ["fit", "mobilenet_v1", "--vary", "width", "--step", "0.1", "--step", "0.25", "--max-params", "2M"],
        ["params", "lenet5", "-f", "json", "--format", "latex"],
    ],
)
def test_an_option_given_twice_is_refused(args: list[str]) -> None:
    """An option of one value keeps neither the first nor the last unsaid."""
    status, text = run(*args)
    assert status == 2
    assert "is given twice, and takes one value." in text
    assert f"Usage: cli {args[0]}" in text or f"archcalc {args[0]}" in text


def test_layers_and_networks_are_completed() -> None:
    """`solve co` completes to conv, and a network's name as elsewhere."""
    from click.shell_completion import ShellComplete

    completer = ShellComplete(cli, {}, "archcalc", "_ARCHCALC_COMPLETE")
    assert "conv" in [item.value for item in completer.get_completions(["solve"], "co")]
    assert "lenet5" in [item.value for item in completer.get_completions(["solve"], "lene")]
    assert "huber" in [item.value for item in completer.get_completions(["equations"], "hu")]
    assert "separable" in [item.value for item in completer.get_completions(["quiz", "--topic"], "sep")]
