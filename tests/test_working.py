"""The working: recorded from the formulas that compute, written out as the textbook writes."""

from __future__ import annotations

import ast
import re

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc.catalogue import files
from archcalc.cli import cli
from archcalc.explanation import sums
from archcalc.figures.working import row_steps
from archcalc.formulas import arithmetic as a
from archcalc.formulas.recording import STYLES, Recorded, expr_of, sentence, write


def layer_working(line: str, shape: str) -> dict[str, str]:
    """Every figure of one layer with its working."""
    analysis = archcalc.analyse(archcalc.load(f"input: {shape}\nlayers:\n  - {line}\n"))
    return {step.label: step.text() for step in row_steps(analysis.rows[-1], analysis)}


@pytest.mark.parametrize(
    ("line", "shape", "label", "text"),
    [
        ("conv 6 k5 p2", "1x28x28", "output size", "⌊(W − K + 2P)/S⌋ + 1 = ⌊(28 − 5 + 2·2)/1⌋ + 1 = 28"),
        ("conv 6 k3 d2", "1x28x28", "output size", "⌊(W − D·(K − 1) + 2P − 1)/S⌋ + 1 = ⌊(28 − 2·(3 − 1) + 2·0 − 1)/1⌋ + 1 = 24"),
        ("conv 8 k3 p0:1 s2", "3x224x224", "output size", "⌊(W − K + P + Q)/S⌋ + 1 = ⌊(224 − 3 + 0 + 1)/2⌋ + 1 = 112"),
        ("conv 6 k3x5", "1x28x28", "output width", "⌊(W − K_w + 2P)/S⌋ + 1 = ⌊(28 − 5 + 2·0)/1⌋ + 1 = 24"),
        ("conv 6 k5 p2", "1x28x28", "params", "C_out·C_in·K·K + C_out = 6·1·5·5 + 6 = 156"),
        ("conv 64 k3 g4", "32x8x8", "without bias", "C_out·C_in/G·K·K = 64·32/4·3·3 = 4,608"),
        ("depthwise k3", "32x8x8", "params", "C_in·K·K + C_in = 32·3·3 + 32 = 320"),
        ("maxpool 3 s2 ceil", "3x112x112", "output size", "⌈(W − K + 2P)/S⌉ + 1 = ⌈(112 − 3 + 2·0)/2⌉ + 1 = 56"),
        ("convtranspose 32 k4 s2 p1", "64x28x28", "output size", "(W − 1)·S − 2P + K = (28 − 1)·2 − 2·1 + 4 = 56"),
        ("fc 120", "400", "params", "N_out·N_in + N_out = 120·400 + 120 = 48,120"),
        ("lstm 128", "50x100", "params", "4H·F + 4H·H + 8H = 4·128·100 + 4·128·128 + 8·128 = 117,760"),
        (
            "lstm 128 proj 32",
            "50x100",
            "params",
            "4H·F + 4H·R + 8H + R·H = 4·128·100 + 4·128·32 + 8·128 + 32·128 = 72,704",
        ),
        (
            "lstm 128 proj 32",
            "50x100",
            "multiplies",
            "T·(4H·(F + R) + R·H) = 50·(4·128·(100 + 32) + 32·128) = 3,584,000",
        ),
        ("bn", "6x8x8", "params", "2C_in = 2·6 = 12"),
        ("local 4 k3", "3x8x8", "without bias", "C_out·H_out·W_out·C_in·K·K = 4·6·6·3·3·3 = 3,888"),
        ("local 4 k3", "3x8x8", "params", "C_out·H_out·W_out·C_in·K·K + C_out·H_out·W_out = 4·6·6·3·3·3 + 4·6·6 = 4,032"),
        ("branches: [[conv 4 k1], [conv 4 k1], [conv 8 k1]]", "3x8x8", "output size", "C_1 + C_2 + C_3 = 4 + 4 + 8 = 16"),
        ("branches: [[conv 4 k1], [conv 4 k1]]", "3x8x8", "output size", "2C_in = 2·4 = 8"),
    ],
)
def test_the_working_reads_like_the_textbook(line: str, shape: str, label: str, text: str) -> None:
    """Short forms where settings are at their defaults, general ones where not."""
    assert layer_working(line, shape)[label] == text


def value_of(text: str) -> int:
    """The number a written sum stands for, computed from its characters alone."""
    plain = text.replace(",", "").replace("·", "*").replace("−", "-")
    plain = re.sub(r"(\d+|\))/", r"\1//", plain).replace("⌊", "(").replace("⌋", ")")
    while "⌈" in plain:  # ⌈x//y⌉ is −(−x//y)
        plain = re.sub(r"⌈((?:[^⌈⌉])*)//([^⌈⌉]*)⌉", r"(-(-(\1)//(\2)))", plain)
    node = compile(ast.parse(plain, mode="eval"), "<sum>", "eval")
    return int(eval(node, {"__builtins__": {}}))


def test_a_tied_weight_is_said() -> None:
    """Its working shows how many values it has, and the note where they count: in the table it has none."""
    shown = CliRunner().invoke(cli, ["explain", "gpt2", "fc1"]).stdout
    assert "N_out·F = 50257·768 = 38,597,376" in shown
    assert "its weight is that of words, counted there alone" in shown


@pytest.mark.parametrize("name", sorted(files()))
def test_every_working_comes_out(name: str) -> None:
    """Each sum of each layer of each example, with its numbers put in, gives the row's own figure."""
    analysis = archcalc.analyse(archcalc.load(name))
    seen = set()
    for row in analysis.rows:
        key = (row.layer, row.inputs)
        if key in seen:
            continue
        seen.add(key)
        for step in row_steps(row, analysis):
            if isinstance(step.figure, Recorded):
                assert value_of(write(step.figure.expr, STYLES["unicode"], True)) == step.figure, (row.path, step.label)
            if step.label == "params" and row.node.shares is None and not row.node.tied:
                assert step.figure == row.params
            if step.label == "multiplies":
                assert step.figure == row.multiplies
    for _, addends, total in sums(analysis):
        assert sum(addends) == total


small = st.integers(0, 30)


@given(small, st.integers(1, 9), st.integers(0, 5), st.integers(1, 4), st.integers(1, 3), st.none() | st.integers(0, 5))
def test_recording_changes_no_value(w: int, k: int, p: int, s: int, d: int, q: int | None) -> None:
    """A formula on recording integers gives what it gives on plain ones, and its written sum does too."""
    plain = a.conv_out(w, k, p, s, d, q)
    marked = [Recorded(n, letter) for n, letter in zip((w, k, p, s, d), "WKPSD", strict=True)]
    recorded = a.conv_out(*marked, None if q is None else Recorded(q, "Q"))
    assert recorded == plain
    assert value_of(write(expr_of(recorded), STYLES["unicode"], True).replace("⌊(", "((").replace("⌋", ")")) == plain


def test_styles() -> None:
    """The same sum in Unicode and LaTeX."""
    made = a.conv_out(*(Recorded(n, letter) for n, letter in ((28, "W"), (5, "K"), (2, "P"), (1, "S"))))
    assert sentence(made) == "⌊(W − K + 2P)/S⌋ + 1 = ⌊(28 − 5 + 2·2)/1⌋ + 1 = 28"
    assert sentence(made, "latex").startswith(r"\left\lfloor \frac{W - K + 2P}{S} \right\rfloor + 1 = ")


@pytest.mark.parametrize("first", range(0, 160, 40))
def test_the_working_of_random_nets_comes_out(first: int) -> None:
    """Whatever layers and settings a network has, each written sum gives its figure, and no figure lacks its working."""
    from random_nets import written_net

    for number in range(first, first + 40):
        try:
            analysis = archcalc.analyse(archcalc.load(written_net(7, number)))
        except archcalc.SpecError:
            continue
        for row in analysis.rows:
            found = {step.label: step.figure for step in row_steps(row, analysis)}
            for figure in found.values():
                if isinstance(figure, Recorded):
                    assert value_of(write(figure.expr, STYLES["unicode"], True)) == figure
            if row.params and row.node.shares is None and not row.node.tied:
                assert found["params"] == row.params
            if row.multiplies:
                assert found["multiplies"] == row.multiplies


def test_a_product_with_nothing_is_nothing() -> None:
    """A zero folds away with what it multiplies: no 0·K stands in a sum."""
    K = Recorded(5, "K")
    assert [type(n) for n in (K * 0, 0 * K)] == [int, int]
    assert sentence(Recorded(3, "P") + 0 * K) == "P = 3"
