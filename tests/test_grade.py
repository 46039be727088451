"""archcalc grade: right and wrong answers, each planted mistake named, a class at once."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from archcalc.cli import cli

NET = """
input: 3x28x30
layers:
  - conv 18 k5 s2 p1
  - depthwise k3 p1
  - avgpool 2 s2 p1
  - convtranspose 8 k4 s2 p1
  - fc 10
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the network all sheets are about."""
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    (tmp_path / "lstm.yaml").write_text("input: 50x100\nlayers: [lstm 128]\n", encoding="utf-8")
    (tmp_path / "one.yaml").write_text("input: 50x100\nlayers: [lstm 128 onebias]\n", encoding="utf-8")
    return tmp_path


def mark(folder: Path, text: str, net: str = "net.yaml", name: str = "sheet.yaml") -> tuple[int, list[dict[str, object]]]:
    """Exit status and the marks of one sheet."""
    (folder / name).write_text(text, encoding="utf-8")
    args = ["grade", str(folder / name), "--net", str(folder / net), "--format", "json"]
    result = CliRunner().invoke(cli, args)
    assert result.exit_code < 2, result.stderr
    return result.exit_code, json.loads(result.stdout)["sheets"][0]["answers"]


# conv1: ⌊(28 − 5 + 2)/2⌋ + 1 = 13 by ⌊(30 − 5 + 2)/2⌋ + 1 = 14; 18·(25·3) weights.
PLANTED = [
    ("conv1.params", 18 * 75, "bias forgotten"),
    ("conv1.params_without_bias", 18 * 75 + 18, "bias counted when told not to"),
    ("conv1.params", 18 * 25 + 18, "input channels left out"),
    ("conv1.multiplies", 25 * 18 * 13 * 14, "input channels left out"),
    ("conv1.multiplies", 25 * 3 * 18, "spatial positions left out"),
    ("conv1.multiplies", 25 * 3 * 18 * 28 * 30, "input positions instead of output positions"),
    ("conv1.multiplies", 25 * 3 * 18 * 13 * 14 + 18 * 13 * 14, "bias additions counted as multiplications"),
    ("conv1.multiplies", 2 * 25 * 3 * 18 * 13 * 14, "twice: FLOPs, not multiplications"),
    ("conv1.output", "18x14x15", "floor taken as ceil"),  # ⌈25/2⌉ + 1, ⌈27/2⌉ + 1
    ("conv1.output", "18x12x13", "padding forgotten"),  # ⌊23/2⌋ + 1, ⌊25/2⌋ + 1
    ("conv1.output", "18x14x13", "transposed sizes: height and width exchanged"),
    ("conv1.output", "3x13x14", "channels of the input kept"),
    ("conv2.params", 9 * 18 * 18 + 18, "depthwise counted as an ordinary convolution"),
    ("conv2.multiplies", 9 * 18 * 18 * 13 * 14, "depthwise counted as an ordinary convolution"),
    ("conv2.output", "18x12x13", "padding once instead of twice"),  # 13 − 3 + 1 + 1, 14 − 3 + 1 + 1
    # pool1: ⌊(13 − 2 + 2)/2⌋ + 1 = 7 by ⌊(14 − 2 + 2)/2⌋ + 1 = 8; upconv1: (7 − 1)·2 − 2 + 4 = 14 by 16.
    ("upconv1.output", "8x3x4", "transposed sizes: worked out as an ordinary convolution"),  # ⌊(7 − 4 + 2)/2⌋ + 1 by 4
    ("upconv1.multiplies", 16 * 18 * 8 * 14 * 16, "transposed sizes: output positions instead of input positions"),
    ("fc1.params", 10 * 8 * 14 * 16, "bias forgotten"),
]


@pytest.mark.parametrize(("question", "answer", "mistake"), PLANTED)
def test_each_planted_mistake_is_named(folder: Path, question: str, answer: object, mistake: str) -> None:
    """A wrong answer made by a known mistake is wrong, and the mistake has its name."""
    status, (found,) = mark(folder, f"{question}: {answer}\n")
    assert status == 1
    assert found["right"] is False
    assert mistake in str(found["mistake"]).split(" or ")
    assert found["working"]


@pytest.mark.parametrize(
    ("net", "answer", "mistake"),
    [
        # 4·(128·100 + 128·128) weights; torch has two biases a gate, papers and Keras one.
        ("lstm.yaml", 117_248, "one LSTM bias a gate where torch has two"),
        ("one.yaml", 117_760, "two LSTM biases a gate where one is asked for"),
        ("lstm.yaml", 116_736, "bias forgotten"),
    ],
)
def test_the_two_biases_of_an_lstm(folder: Path, net: str, answer: int, mistake: str) -> None:
    """One bias a gate against two is a mistake with a name."""
    status, (found,) = mark(folder, f"lstm1.params: {answer}\n", net)
    assert (status, found["mistake"]) == (1, mistake)


def test_mistakes_made_in_every_layer_are_found_in_the_total(folder: Path) -> None:
    """A total without any bias, and one with the depthwise step as an ordinary convolution, are recognised."""
    without = 18 * 75 + 18 * 9 + 18 * 8 * 16 + 8 * 14 * 16 * 10
    biases = 18 + 18 + 8 + 10
    ordinary = without + biases + 9 * 18 * 17
    text = f"params: {without}\nmultiplies: 1\n"
    _, (first, second) = mark(folder, text)
    assert first["mistake"] == "bias forgotten"
    assert second["mistake"] is None
    assert mark(folder, f"params: {ordinary}\n")[1][0]["mistake"] == "depthwise counted as an ordinary convolution"
    missing = without + biases - (18 * 75 + 18)
    assert mark(folder, f"params: {missing}\n")[1][0]["mistake"] == "conv1 left out"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("conv1.output: 18x13x14", "channels first"),
        ("conv1.output: 13 × 14 × 18", "channels last, accepted"),
        ("conv1.output: [13, 14, 18]", "channels last, accepted"),
        ("conv1.output: (18, 13, 14)", "channels first"),
        ("fc1.output: 10", None),
        ("output: 10", None),
        ("conv1.params: 1,368", None),
        ("conv1: {params: 1368}", None),
        ("conv1.parameters: 1.37k", "rounded"),
        ("conv1.macs: 245_700", None),
        ("conv1.without bias: 1350", None),
    ],
)
def test_right_answers_in_many_spellings(folder: Path, text: str, note: str | None) -> None:
    """Either order of channels, separators and rounded figures are right, and it is said what was accepted."""
    status, (found,) = mark(folder, text + "\n")
    assert (status, found["right"], found["note"]) == (0, True, note)


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        ("10", True, "the exact one"),
        ("8", True, "one of those that floor allows"),
        ("7", False, "the + 1 left out"),
        ("11", False, "floor taken as ceil"),
        ("99", False, None),
    ],
)
def test_a_formula_question_with_its_givens(folder: Path, answer: str, right: bool, said: str | None) -> None:
    """A kernel is right where it gives the output; a wrong one that another formula would give is named."""
    text = f"kernel: {{answer: {answer}, input: 205, output: 66, stride: 3, padding: 0}}\n"
    status, (found,) = mark(folder, text)
    assert status == (0 if right else 1)
    assert found["right"] is right
    assert found["true"] == "8 or 9 or 10 (exact)"
    assert (found["note"] or found["mistake"]) == said


def test_a_size_question_with_padding_counted_once(folder: Path) -> None:
    """28 with a kernel of 5 and 2 zeros on each side stays 28; 26 is padding counted once."""
    text = "output: {answer: 26, input: 28, kernel: 5, stride: 1, padding: 2}\n"
    assert mark(folder, text)[1][0]["mistake"] == "padding once instead of twice"


def test_a_pool_question_with_ceil(folder: Path) -> None:
    """k3 s2 ceil on 112 gives 56; 55 is ceil taken as floor."""
    text = "output: {answer: 55, layer: pool, input: 112, kernel: 3, stride: 2, padding: 0, ceil: true}\n"
    found = mark(folder, text)[1][0]
    assert found["true"] == "56"
    assert found["mistake"] == "ceil taken as floor or the + 1 left out"  # either gives 55


def test_a_csv_sheet(folder: Path) -> None:
    """Columns question, answer and given."""
    text = 'question,answer,given\nconv1.output,13x14x18,\nparams,"1,000",\nkernel,10,input=205 output=66 stride=3 padding=0\n'
    status, marks = mark(folder, text, name="sheet.csv")
    assert status == 1
    assert [m["right"] for m in marks] == [True, False, True]


def test_several_sheets_make_a_class_table_and_csv(folder: Path) -> None:
    """The class table counts right answers by sheet and by question; CSV has a row an answer."""
    for name, answer in (("ada", "1,368"), ("bob", "1350"), ("cy", "5")):
        (folder / f"{name}.yaml").write_text(
            f"student: {name.title()}\nconv1.params: {answer}\nfc1.output: 10\n", encoding="utf-8"
        )
    args = ["grade", *(str(folder / f"{n}.yaml") for n in ("ada", "bob", "cy")), "--net", str(folder / "net.yaml")]
    result = CliRunner().invoke(cli, args)
    assert result.exit_code == 1
    assert "3 sheets: 4 of 6 answers right" in result.stdout
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["Ada", "2", "2", "100", "%"] in lines
    assert ["Bob", "1", "2", "50", "%", "conv1.params"] in lines
    assert any("bias forgotten, other" in line for line in result.stdout.splitlines())
    result = CliRunner().invoke(cli, [*args, "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == 6
    assert [(r["sheet"], r["right"], r["mistake"]) for r in rows if r["question"] == "conv1.params"] == [
        ("Ada", "1", ""),
        ("Bob", "0", "bias forgotten"),
        ("Cy", "0", ""),
    ]


def test_multiplications_without_padding_zeros(folder: Path) -> None:
    """With --skip-zeros a sheet that left them out is right: 3×3 with padding 1 on 13 by 14 has 37 and 40 taps inside."""
    (folder / "s.yaml").write_text(f"conv2.multiplies: {37 * 40 * 18}\n", encoding="utf-8")
    args = ["grade", str(folder / "s.yaml"), "--net", str(folder / "net.yaml")]
    result = CliRunner().invoke(cli, args)
    assert result.exit_code == 1
    assert "padding zeros left out" in result.stdout
    assert CliRunner().invoke(cli, [*args, "--skip-zeros"]).exit_code == 0


def test_all_right_exits_with_0(folder: Path) -> None:
    """A sheet without a wrong answer has status 0."""
    assert mark(folder, "conv1.params: 1368\n")[0] == 0


@pytest.mark.parametrize("format", ["table", "markdown", "latex"])
def test_every_format_shows_working_and_mistake(folder: Path, format: str) -> None:
    """Markdown and LaTeX carry the true value, the mistake and the working as mathematics."""
    (folder / "s.yaml").write_text("conv1.params: 1350\n", encoding="utf-8")
    result = CliRunner().invoke(cli, ["grade", str(folder / "s.yaml"), "--net", str(folder / "net.yaml"), "--format", format])
    assert result.exit_code == 1
    assert "1,368" in result.stdout
    assert "Bias forgotten." in result.stdout
    assert {"table": "C_out·C_in·K·K + C_out", "markdown": "$$", "latex": r"\begin{align*}"}[format] in result.stdout


def test_torch_confirms_the_true_values(folder: Path) -> None:
    """With --torch the true values are compared with torch's before anything is said."""
    pytest.importorskip("torch", reason="torch is not installed")
    (folder / "s.yaml").write_text("conv1.params: 1368\n", encoding="utf-8")
    result = CliRunner().invoke(cli, ["grade", str(folder / "s.yaml"), "--net", str(folder / "net.yaml"), "--torch"])
    assert result.exit_code == 0, result.output
    assert "torch confirms the true values: 6 layers and the totals are equal." in result.stdout


def test_torch_contradicting_the_true_values_is_a_no(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch's figures differ, the command says so and exits with 1 although every answer agrees with ours."""
    pytest.importorskip("torch", reason="torch is not installed")
    from archcalc.layers import layer_class

    conv = layer_class("conv")
    honest = conv.torch

    def biased(self: object, inputs: object, output: object) -> object:
        return honest(self, inputs, output).given(bias=False)  # type: ignore[arg-type]

    monkeypatch.setattr(conv, "torch", biased)
    (folder / "s.yaml").write_text("conv1.params: 1368\n", encoding="utf-8")
    result = CliRunner().invoke(cli, ["grade", str(folder / "s.yaml"), "--net", str(folder / "net.yaml"), "--torch"])
    assert result.exit_code == 1
    assert "torch disagrees with the true values of conv1" in result.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conv9.params: 5", "conv9.params: net has no layer 'conv9'"),
        ("conv1.prams: 5", "'prams' is no figure\n"),
        ("kernel: 10", "what is given is missing"),
        ("kernel: {answer: 10, input: 205}", "output, stride, padding is not given"),
        ("kernel: {answer: 10, input: 205, colour: 3}", "'colour' is nothing the formula knows"),
        ("{}", "no question is answered here"),
        ("- a", "a sheet is a mapping of questions to answers"),
        (
            "layers: [relu]",
            "this is a network, and no sheet of answers\n  1 | layers: [relu]\n    | ^^^^^^\n  try: --net bad, or a sheet",
        ),
    ],
)
def test_a_sheet_that_cannot_be_read_is_refused_at_its_place(folder: Path, text: str, message: str) -> None:
    """A question that means nothing exits with status 2 and names its place."""
    (folder / "bad.yaml").write_text(text + "\n", encoding="utf-8")
    result = CliRunner().invoke(cli, ["grade", str(folder / "bad.yaml"), "--net", str(folder / "net.yaml")])
    assert result.exit_code == 2
    assert message in result.stderr
    assert "bad.yaml:1:" in result.stderr


@pytest.mark.parametrize("name", ["sheet.csv", "sheet.yaml"])
def test_the_most_answers_of_a_sheet_are_read_and_one_more_is_not(name: str) -> None:
    """Ten thousand, as the message says."""
    from archcalc.homework.sheet import MOST_QUESTIONS, read_sheets
    from archcalc.text.faults import SpecError
    from archcalc.text.source import Source

    def sheet(count: int) -> Source:
        rows = [f"q{n},{n}" for n in range(count)] if name.endswith("csv") else [f"q{n}: {n}" for n in range(count)]
        return Source(name, "\n".join(["question,answer", *rows] if name.endswith("csv") else rows) + "\n")

    assert MOST_QUESTIONS == 10_000
    assert len(read_sheets(sheet(10_000))[0].entries) == 10_000
    with pytest.raises(SpecError, match="more than 10,000 answers"):
        read_sheets(sheet(10_001))


def test_a_question_of_one_layer_is_one_and_a_layer_s_figures_are_several() -> None:
    """What a formula is given makes a question of its answer's name; the figures of a layer are a question each."""
    from archcalc.homework.sheet import read_questions
    from archcalc.text.source import Source

    text = "output: {layer: pool, input: 112, kernel: 3, stride: 2, padding: 0, ceil: true}\nkernel: {params: , colour: }\n"
    (asked,) = read_questions(Source("questions.yaml", text)).papers.values()
    assert [entry.question for entry in asked] == ["output", "kernel.params", "kernel.colour"]
    assert asked[0].given == {"layer": "pool", "input": "112", "kernel": "3", "stride": "2", "padding": "0", "ceil": "true"}
    assert asked[1].given == {}
