"""What a text states of itself (`expect`) is held against what is computed, by every command."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli import cli

# LeNet's textbook figures: 61,706 parameters, 416,520 multiplications; its second convolution has 16·6·5·5 + 16.
TEXT = """\
input: 1x28x28
vars: {classes: 10}
expect: {params: PARAMS, output: 10, multiplies: 416520, params_without_bias: 61470}
layers:
  - conv 6 k5 p2
  - maxpool 2
  - {conv: 16 k5, expect: {output: 16x10x10, params: CONV}}
  - maxpool 2
  - fc 120
  - fc 84
  - fc classes
"""
TRUE = TEXT.replace("PARAMS", "61706").replace("CONV", "2416")
FALSE = TEXT.replace("PARAMS", "61806").replace("CONV", "2400")
COMMANDS = [
    ["params"], ["shapes"], ["multiplies"], ["memory"], ["explain"], ["export"], ["min-input"], ["check", "--meta"],
    ["compare", "lenet5"], ["fit", "--vary", "classes", "--max-params", "70k", "--to", "12"], ["quiz", "--net"],
    ["params", "--format", "json"], ["sweep", "--set", "classes=10,11"], ["diff", "held.yaml"],
]  # fmt: skip


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("held.yaml").write_text(TRUE, encoding="utf-8")
    Path("torn.yaml").write_text(FALSE, encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_holds_a_file_to_its_word(command: list[str]) -> None:
    """What is so is passed over; what is not ends with status 1, both figures and the place, after the command's own answer."""
    if command[0] == "check":
        pytest.importorskip("torch")
    held = CliRunner().invoke(cli, [*command, "held.yaml"])
    assert (held.exit_code, held.stderr) == (0, "")
    broken = CliRunner().invoke(cli, [*command, "torn.yaml"])
    assert broken.exit_code == 1
    if command[0] not in ("export", "fit", "diff"):  # what they write names the file
        assert broken.stdout == held.stdout.replace("held", "torn")
    assert "torn.yaml:3:18: expect: params 61,806 is stated; it is 61,706, 100 fewer" in broken.stderr
    assert "torn.yaml:7:54: conv2: expect: params 2,400 is stated; it is 2,416, 16 more" in broken.stderr


def test_what_is_to_be_typed_instead_mends_it() -> None:
    """Each repair, put in the place that is marked, makes the file true."""
    faults = archcalc.contradictions(archcalc.load("torn.yaml"))
    lines = FALSE.split("\n")
    for fault in sorted(faults, key=lambda f: -f.span.column):
        line, start = lines[fault.span.line - 1], fault.span.column - 1
        lines[fault.span.line - 1] = line[:start] + fault.repairs[0].partition(": ")[2] + line[start + fault.span.length :]
    assert len(faults) == 2
    assert archcalc.contradictions(archcalc.load("\n".join(lines))) == []


def test_an_output_shape() -> None:
    """Of several outputs any may be stated; a shape is said as it would be typed."""
    text = "input: 3x8x8\nexpect: {output: 4x8x9}\nlayers:\n  - heads: {a: [conv 4 k1], b: [conv 5 k1]}\n"
    (fault,) = archcalc.contradictions(archcalc.load(text))
    assert (fault.message, fault.repairs) == ("expect: output 4×8×9 is stated; it is 4×8×8", ["output: 4x8x8"])
    assert archcalc.contradictions(archcalc.load(text.replace("4x8x9", "5x8x8"))) == []


@pytest.mark.parametrize("stated", [2415, 2417])
def test_more_is_as_wrong_as_less(stated: int) -> None:
    """Of a layer and of the whole: the very number is meant."""
    text = TRUE.replace("params: 2416", f"params: {stated}").replace("params: 61706", f"params: {stated + 59290}")
    whole, layer = archcalc.contradictions(archcalc.load(text))
    off = "1 more" if stated < 2416 else "1 fewer"
    assert whole.message == f"expect: params {stated + 59290:,} is stated; it is 61,706, {off}"
    assert layer.message == f"expect: params {stated:,} is stated; it is 2,416, {off}"


@pytest.mark.parametrize("settings", [["--set", "classes=11"], ["--no-bias"], ["--input", "1x32x32"]], ids=" ".join)
def test_it_is_of_the_file_as_it_stands(settings: list[str]) -> None:
    """Another network than the file's own is not held to it, and a note says so."""
    result = CliRunner().invoke(cli, ["params", "held.yaml", *settings])
    assert result.exit_code == 0
    assert "note: what `expect` states is of the file as it stands, and is not checked with other settings" in result.stdout


def test_an_input_for_a_file_without_one() -> None:
    """A file that leaves its input to the command line is held to its word all the same."""
    Path("open.yaml").write_text(FALSE.replace("input: 1x28x28\n", ""), encoding="utf-8")
    result = CliRunner().invoke(cli, ["params", "open.yaml", "--input", "1x28x28"])
    assert result.exit_code == 1
    assert "params 61,806 is stated" in result.stderr


def test_by_the_figure_people_quote() -> None:
    """Under another convention, at another batch, it is still the paper's multiplications for one input that are stated."""
    result = CliRunner().invoke(cli, ["params", "held.yaml", "--count", "exact", "--batch", "8"])
    assert (result.exit_code, result.stderr) == (0, "")


def test_solve_is_given_it_and_not_held_to_it() -> None:
    """Where there are unknowns, it is what is known of them."""
    text = "input: 3x16x16\nexpect: {params: 84}\nlayers: [conv ? k3]\n"
    Path("unknown.yaml").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(cli, ["solve", "unknown.yaml"])
    assert (result.exit_code, result.stderr) == (0, "")
