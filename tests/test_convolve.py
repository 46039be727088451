"""archcalc convolve: every value against torch, true convolution against products of polynomials, and windows that add up."""

from __future__ import annotations

import json
import random
import re
from fractions import Fraction

import pytest
from click.testing import CliRunner, Result

import archcalc
from archcalc.cli import cli


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["convolve", *args])


def data(*args: str) -> dict[str, object]:
    """The answer as a program reads it."""
    result = run("--format", "json", *args)
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def written(rows: list[list[int]]) -> str:
    return "; ".join(" ".join(map(str, row)) for row in rows)


def test_by_hand() -> None:
    """1 2 3 4 with 1 0 −1: 1 − 3 and 2 − 4; turned round, 3 − 1 and 4 − 2."""
    found = data("1 2 3 4", "1 0 -1")
    assert found["output"] == [-2, -2]
    assert found["convolution"] == [2, 2]
    text = run("1 2 3 4", "1 0 -1").stdout
    assert "S(i) = Σₘ I(i + m)·K(m)" in text
    assert "S(1) = 2·1 + 3·0 + 4·(−1) = −2" in text
    turned = run("1 2 3 4", "1 0 -1", "--true").stdout
    assert "S(i) = Σₘ I(i − m)·K(m)" in turned
    assert "S(2) = 3·1 + 2·0 + 1·(−1) = 2" in turned


@pytest.mark.parametrize("rank", [1, 2])
def test_torch_agrees(rank: int) -> None:
    """Values, kernel, stride, padding and bias at random: torch's conv1d and conv2d give the same."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    rng = random.Random(rank)
    for _ in range(60):
        sizes = [rng.randint(3, 7) if rank == 2 else 1, rng.randint(3, 8)]
        window = [rng.randint(2, 3) if rank == 2 else 1, rng.randint(1, 3)]
        x = [[rng.randint(-9, 9) for _ in range(sizes[1])] for _ in range(sizes[0])]
        k = [[rng.randint(-3, 3) for _ in range(window[1])] for _ in range(window[0])]
        stride, padding, bias = rng.randint(1, 3), rng.choice([0, 1, 2]), rng.choice([0, 2])
        args = ["--stride", str(stride), "--padding", str(padding), *(["--bias", str(bias)] if bias else [])]
        found = data(*args, "--", written(x), written(k))
        tx, tk = torch.tensor(x, dtype=torch.float64), torch.tensor(k, dtype=torch.float64)
        if rank == 1:
            made = torch.nn.functional.conv1d(tx[None, None, 0], tk[None, None, 0], stride=stride, padding=padding)
        else:
            made = torch.nn.functional.conv2d(tx[None, None], tk[None, None], stride=stride, padding=padding)
        assert found["output"] == (made[0, 0] + bias).tolist()


@pytest.mark.parametrize("rank", [1, 2])
def test_a_transposed_convolution_is_torchs(rank: int) -> None:
    """Values, kernel, stride, padding and bias at random, an axis unlike the other: torch's conv_transpose gives the same."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    rng = random.Random(10 + rank)
    for _ in range(60):
        sizes = [rng.randint(2, 4) if rank == 2 else 1, rng.randint(2, 5)]
        window = [rng.randint(2, 3) if rank == 2 else 1, rng.randint(2, 3)]
        x = [[rng.randint(-9, 9) for _ in range(sizes[1])] for _ in range(sizes[0])]
        k = [[rng.randint(-3, 3) for _ in range(window[1])] for _ in range(window[0])]
        stride, padding = [[rng.randint(1, 3) for _ in range(rank)], [rng.choice([0, 0, 1]) for _ in range(rank)]]
        bias = rng.choice([0, 2])
        args = ["--transposed", "--stride", "x".join(map(str, stride)), "--padding", "x".join(map(str, padding))]
        tx, tk = torch.tensor(x, dtype=torch.float64), torch.tensor(k, dtype=torch.float64)
        if rank == 1:
            tx, tk = tx[0], tk[0]
        transposed = torch.nn.functional.conv_transpose1d if rank == 1 else torch.nn.functional.conv_transpose2d
        made = transposed(tx[None, None], tk[None, None], stride=stride, padding=padding)[0, 0] + bias
        found = data(*args, *(["--bias", str(bias)] if bias else []), "--", written(x), written(k))
        assert found["output"] == made.tolist()


def test_the_gradient_of_an_input_is_a_transposed_convolution() -> None:
    """What docs/homework.md says of the gradients of a convolution by hand holds against autograd."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    x = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]], requires_grad=True)
    k = torch.tensor([[1.0, 0], [2, -1]], requires_grad=True)
    back = torch.tensor([[1.0, 2], [0, 3]])
    (torch.nn.functional.conv2d(x[None, None], k[None, None])[0, 0] * back).sum().backward()
    assert data("--transposed", "1 2; 0 3", "1 0; 2 -1")["output"] == x.grad.tolist()
    assert data("1 2 3; 4 5 6; 7 8 9", "1 2; 0 3")["output"] == k.grad.tolist()


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("padding", ["same", "full", "valid", "1x0"])
def test_paddings_by_name(padding: str) -> None:
    """same, full, valid, and one an axis, with a kernel of uneven sides, against torch."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    F = torch.nn.functional
    rng = random.Random(5)
    x = [[rng.randint(-9, 9) for _ in range(5)] for _ in range(4)]
    k = [[rng.randint(-9, 9) for _ in range(4)] for _ in range(3)]
    tx, tk = torch.tensor(x, dtype=torch.float64)[None, None], torch.tensor(k, dtype=torch.float64)[None, None]
    theirs = {"same": "same", "full": (2, 3), "valid": 0, "1x0": (1, 0)}[padding]
    assert data("--padding", padding, "--", written(x), written(k))["output"] == F.conv2d(tx, tk, padding=theirs)[0, 0].tolist()


def test_true_convolution_is_the_product_of_polynomials() -> None:
    """With full padding the values are the coefficients of the product, lowest power first: no torch, no kernel turned."""
    rng = random.Random(8)
    for _ in range(50):
        a = [rng.randint(-9, 9) for _ in range(rng.randint(1, 8))]
        b = [rng.randint(-9, 9) for _ in range(rng.randint(1, 5))]
        coefficients = [0] * (len(a) + len(b) - 1)
        for i, p in enumerate(a):
            for j, q in enumerate(b):
                coefficients[i + j] += p * q
        found = data("--true", "--padding", "full", "--", written([a]), written([b]))
        assert found["output"] == coefficients
        assert [w["index"] for w in found["windows"]] == [[i] for i in range(len(coefficients))]  # type: ignore[attr-defined]


@pytest.mark.parametrize("turned", [False, True])
def test_every_window_is_what_its_formula_says(turned: bool) -> None:
    """S(i, j) worked out from its index by the definition is the value; and the line written adds up to it."""
    rng = random.Random(3)
    x = [[rng.randint(-9, 9) for _ in range(5)] for _ in range(5)]
    k = [[rng.randint(-9, 9) for _ in range(2)] for _ in range(3)]
    found = data(*["--true"] * turned, "--padding", "1", "--stride", "2x1", "--", written(x), written(k))
    sign = -1 if turned else 1
    for window in found["windows"]:  # type: ignore[attr-defined]
        i, j = window["index"]
        total = 0
        for m in range(3):
            for n in range(2):
                r, c = i + sign * m, j + sign * n
                total += x[r][c] * k[m][n] if 0 <= r < 5 and 0 <= c < 5 else 0
        assert window["value"] == total
        left, right = window["working"].partition(" = ")[2].replace("−", "-").replace("·", "*").rsplit(" = ", 1)
        assert eval(left) == int(right) == total


@pytest.mark.parametrize("kind", ["max", "avg"])
def test_pooling_is_torchs(kind: str) -> None:
    """Windows, strides and padding at random, along one and two axes."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    F = torch.nn.functional
    rng = random.Random(9)
    for rank in (1, 2):
        pool = getattr(F, f"{kind}_pool{rank}d")
        for _ in range(30):
            x = [[rng.randint(-9, 9) for _ in range(rng.randint(4, 8))]]
            x += [[rng.randint(-9, 9) for _ in x[0]] for _ in range(rng.randint(3, 5) if rank == 2 else 0)]
            window, stride = rng.randint(2, 3), rng.randint(1, 3)
            padding = rng.randint(0, window // 2)
            args = ["--pool", kind, "--window", str(window), "--stride", str(stride), "--padding", str(padding)]
            found = data(*args, "--", written(x))["output"]
            tx = torch.tensor(x, dtype=torch.float64)[None] if rank == 2 else torch.tensor(x, dtype=torch.float64)
            made = pool(tx[None], window, stride, padding)[0, 0]
            assert torch.allclose(torch.tensor(found, dtype=torch.float64), made, rtol=0, atol=1e-12)


def test_the_stride_of_a_pooling_is_its_window() -> None:
    """As in torch, unless said otherwise; the mean is written out."""
    found = run("1 2 3 4; 5 6 7 8", "--pool", "avg", "--window", "2").stdout
    assert "S(0, 0) = (1 + 2 + 5 + 6)/4 = 3.5" in found
    assert "S(0, 1) = (3 + 4 + 7 + 8)/4 = 5.5" in found


def test_numbers_are_exact() -> None:
    """Decimals and fractions stay what they are: 0.1 + 0.2 is 0.3, a third three times is 1."""
    assert "= 0.3" in run("0.1 0.2", "1 1").stdout
    assert "(1/3)·1 + (1/3)·1 + (1/3)·1 = 1\n" in run("1/3 1/3 1/3", "1 1 1").stdout
    assert "= 2/3\n" in run("1/3 1/3", "1 1").stdout
    assert data("1, 2, 3", "[1, −1]")["output"] == [-1, -1]
    assert data("[[1, 2], [3, 4]]", "1 0; 0 1")["output"] == [[5]]
    assert data("۱ ۲ ۳", "1")["output"] == [1, 2, 3]


def test_a_symmetric_kernel_says_so() -> None:
    """Where turning the kernel changes nothing it is said."""
    assert "Both are the same" in run("1 2 3 4", "1 2 1").stdout
    assert "Both are the same" not in run("1 2 3 4", "1 2 3").stdout


@pytest.mark.parametrize("format", ["markdown", "latex"])
def test_formats(format: str) -> None:
    """Every window is mathematics in Markdown and LaTeX, with balanced braces and no Unicode signs in LaTeX."""
    text = run("1 2 3; 4 -5 6", "1 0; 0 -1", "--format", format).stdout
    assert r"1 \cdot 1 + 2 \cdot 0 + 4 \cdot 0 + (-5) \cdot (-1) = 6" in text
    assert text.count("{") == text.count("}")
    if format == "latex":
        assert not re.search("[·−Σ]", "".join(re.findall(r"\\begin\{align\*\}.*?\\end\{align\*\}", text, re.S)))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["1 2 x", "1"], "VALUES:1:5: 'x' is not a number"),
        (["1 2", "1 1/0"], "KERNEL:1:3: '1/0' is not a number"),
        (["1 2; 3", "1"], "VALUES: row 2 has 1 values, row 1 has 2"),
        (["", "1"], "no number stands here"),
        (["1 2"], "a KERNEL is missing"),
        (["1 2", "1 2 3"], "a kernel of 3 does not fit 2 values, padding included\n  try: --padding 1"),
        (["1 2", "1", "--stride", "0"], "--stride 0: a whole number from 1"),
        (["1 2", "1", "--stride", "1x2"], "--stride 1x2: a whole number from 1"),
        (["1 2", "1", "--padding", "same", "--stride", "2"], "same padding is defined for stride 1 only, as in torch"),
        (["1 2", "1", "--padding", "much"], "--padding much: a whole number from 0"),
        (["1 2", "1", "--pool", "max"], "a KERNEL belongs to a convolution; pooling has a window"),
        (["1 2", "--pool", "max"], "how large is the window?"),
        (["1 2", "1", "--window", "2"], "--window belongs to pooling"),
        (["1 2", "--pool", "max", "--window", "2", "--padding", "2"], "at most half its size of padding"),
        (["1 2", "1", "--bias", "b"], "--bias:1:1: 'b' is not a number"),
        ([" ".join("1" * 5000), "1"], "5,000 values; 4,096 are the most allowed"),
        ([" ".join("1" * 4000), "1"], "4,000 windows; 2,000 are the most that are written out"),
        (["9" * 5000, "1"], "is not a number"),
        (["1e999999999", "1"], "is not a number"),
        (
            ["1 2", "1", "--transposed", "--pool", "max", "--window", "2"],
            "a KERNEL belongs to a convolution; pooling has a window",
        ),
        (["1 2", "1", "--transposed", "--true"], "--true belongs to a convolution that is not transposed"),
        (["1 2", "1", "--transposed", "--padding", "same"], "a transposed convolution has no same padding"),
        (["1 2", "1", "--transposed", "--padding", "1"], "a padding of 1 takes off all of the 2 values"),
        ([" ".join("1" * 2500), "1", "--transposed"], "2,500 values; 2,000 are the most that are written out"),
    ],
)
def test_what_cannot_be_worked_out_is_refused(args: list[str], message: str) -> None:
    """Status 2 and a sentence, with the place of a number that is none."""
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert message in result.stderr


def test_repairs_work() -> None:
    """What the fault of a kernel too large offers can be typed."""
    assert run("1 2", "1 2 3", "--padding", "1").exit_code == 0


def test_values_stay_fractions() -> None:
    """The library's own answer is exact."""
    found = archcalc.convolve("1/3 2/3 1", "1 1")
    assert found.result() == [[Fraction(1), Fraction(5, 3)]]
