"""Marking is fair: a fixed denominator, one bad cell is one person's, rounding by value, errors carried forward, a class.

LeNet-5 on 1×28×28 with 5×5, padding 2 first: conv1 6·25 + 6 = 156, conv2 16·6·25 + 16 = 2,416, fc1 400·120 + 120 = 48,120,
fc2 120·84 + 84 = 10,164, fc3 84·10 + 10 = 850: 61,706 in all, 61,470 without biases.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import random
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc.analysis import analyse
from archcalc.cli import cli
from archcalc.homework import cells
from archcalc.homework.grade import Grading
from archcalc.homework.marking import Rules, mark_all
from archcalc.homework.sheet import Entry, Sheet
from archcalc.loading import load
from archcalc.text.faults import ValueFault
from archcalc.text.source import Source, Span

Answers = list[dict[str, object]]


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["grade", *args])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def marks(folder: Path, text: str, *args: str, net: str = "lenet5") -> Answers:
    """The marks of one sheet against LeNet-5."""
    (folder / "sheet.yaml").write_text(text, encoding="utf-8")
    result = run("sheet.yaml", "--net", net, "--format", "json", *args)
    assert result.exit_code < 2, result.output
    found: Answers = json.loads(result.stdout)["sheets"][0]["answers"]
    return found


# -- what is asked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "questions",
    ["- conv1.output\n- conv1.params\n- params\n- fc1.params\n", "conv1:\n  output:\n  params:\nparams:\nfc1.params:\n"],
)
def test_the_questions_fix_the_denominator(folder: Path, questions: str) -> None:
    """Four are asked, two answered, one of them rightly: 1 of 4, and what was left out is listed and wrong."""
    (folder / "asked.yaml").write_text(questions, encoding="utf-8")
    (folder / "ada.yaml").write_text("conv1.parameters: 156\nparams: 5\nconv2.params: 2416\nconv1.outputt: 5\n", encoding="utf-8")
    result = run("ada.yaml", "--net", "lenet5", "--questions", "asked.yaml")
    assert result.exit_code == 1
    assert result.stdout.startswith("ada: 1 of 4 right\n")
    assert "fc1.params: 48,120, not answered" in result.stdout
    assert "2 of 4 not answered." in result.stdout
    assert "Conv2.params is not asked; did you mean conv1.params? (the answer '2416' does not count)." in result.stdout
    assert "Conv1.outputt is not asked; did you mean conv1.output? (the answer '5' does not count)." in result.stdout


def test_without_a_file_every_sheet_is_marked_against_what_any_answers(folder: Path) -> None:
    """Leaving a question out is not better than answering it wrongly."""
    (folder / "ada.yaml").write_text("conv1.params: 156\nfc1.params: 1\n", encoding="utf-8")
    (folder / "bob.yaml").write_text("conv1.params: 156\n", encoding="utf-8")
    data = json.loads(run("ada.yaml", "bob.yaml", "--net", "lenet5", "--format", "json").stdout)
    assert [(s["name"], s["right"], s["of"]) for s in data["sheets"]] == [("ada", 1, 2), ("bob", 1, 2)]
    assert [a["outcome"] for a in data["sheets"][1]["answers"]] == ["right", "unanswered"]
    assert data["notes"] == ["Asked is what any of the sheets answers: 2 questions; --questions FILE fixes them."]


def test_a_key_that_is_wrong_is_said_and_the_truth_used(folder: Path) -> None:
    """A file of questions may be somebody's sheet; its wrong answers do not become the truth."""
    (folder / "key.yaml").write_text("conv1.params: 150\nfc1.params: 48120\n", encoding="utf-8")
    found = marks(folder, "conv1.params: 156\nfc1.params: 48120\n", "--questions", "key.yaml")
    assert [m["right"] for m in found] == [True, True]
    assert (
        "key.yaml has 150 for conv1.params: it is 156. The true value is used."
        in run("sheet.yaml", "--net", "lenet5", "--questions", "key.yaml").stdout
    )


def test_points_of_a_question_and_a_line_of_its_own(folder: Path) -> None:
    """Questions weigh what the file says; one may bring its own layer. 3·3·3·18 + 18 = 504, ⌊(205 − 10)/3⌋ + 1 = 66."""
    (folder / "asked.yaml").write_text(
        "q1: {net: conv 18 k3 p1, input: 3x28x28, figure: params, points: 2.5}\n"
        "q2: {ask: kernel, input: 205, output: 66, stride: 3, padding: 0}\nparams: {points: 0.5}\n",
        encoding="utf-8",
    )
    (folder / "sheet.yaml").write_text("q1: 504\nq2: 10\nparams: 5\n", encoding="utf-8")
    result = run("sheet.yaml", "--net", "lenet5", "--questions", "asked.yaml")
    assert result.stdout.startswith("sheet: 3.5 of 4 points (2 right)\n")
    (folder / "sheet.yaml").write_text("q1: 486\n", encoding="utf-8")
    first = marks(folder, "q1: 486\n", "--questions", "asked.yaml")[0]
    assert (first["mistake"], first["true"], first["points"]) == ("bias forgotten", "504", 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conv1.params:\nconv1.parameters:\n", "asked.yaml:2:1: conv1.parameters is asked twice"),
        ("conv1.prams:\n", "asked.yaml:1:1: conv1.prams: 'prams' is no figure"),
        ("params: {points: -1}\n", "'-1' is no number of points"),
        ("q1: {net: conv 18 k3, input: 3x2x2, figure: params}\n", "net: kernel 3 does not fit"),
        ("q1: {net: conv 18 k3, input: large, figure: params}\n", "'large' is not a shape"),
        ("q1: {net: conv 18 k3, input: 3x9x9, figure: colour}\n", "which figure of the line is asked for?"),
        ("q1: {net: conv 18 k3, input: 3x9x9, figure: params, colour: 3}\n", "'colour' is nothing a question about a line has"),
        ("student: Ada\n", "no question is asked here"),
    ],
)
def test_questions_that_mean_nothing_are_refused_at_their_place(folder: Path, text: str, message: str) -> None:
    """What is asked must be right; that is the teacher's file, and status 2."""
    (folder / "asked.yaml").write_text(text, encoding="utf-8")
    (folder / "sheet.yaml").write_text("params: 5\n", encoding="utf-8")
    result = run("sheet.yaml", "--net", "lenet5", "--questions", "asked.yaml")
    assert result.exit_code == 2
    assert message in result.stderr


# -- one bad cell -----------------------------------------------------------------------------------------------------

BAD = [
    ('""', "no answer"),
    ("", "no answer"),
    ("many", "'many' is not a number"),
    ("9" * 5000, "a number of 5,000 digits"),
    ("1e-3000000", "'1e-3000000' is far beyond any figure of a network"),
    ("1e999999999999", "is far beyond any figure of a network"),
    ("{answer: {a: 1}}", "a number or a shape is meant here, not a mapping"),
    ("5*5*6 = 156", "the two sides of '5*5*6 = 156' are not equal: 150, then 156"),
    ("1/0", "a division by zero"),
    ("9**9**9", "the largest allowed"),
    ("__import__('os')", "is not a number"),
    ("1..2", "'1..2' is not a number"),
]


@pytest.mark.parametrize(("cell", "reason"), BAD)
def test_a_bad_cell_is_wrong_with_its_reason_and_nobody_else_is_touched(folder: Path, cell: str, reason: str) -> None:
    """The cell earns nothing and says why; the other questions and the other student are marked."""
    (folder / "ada.yaml").write_text(f"params: {cell}\nconv1.params: 156\n", encoding="utf-8")
    (folder / "bob.yaml").write_text("params: 61706\nconv1.params: 156\n", encoding="utf-8")
    result = run("ada.yaml", "bob.yaml", "--net", "lenet5", "--format", "json")
    assert result.exit_code == 1
    ada, bob = json.loads(result.stdout)["sheets"]
    assert reason in ada["answers"][0]["reason"]
    assert (ada["right"], ada["of"], bob["right"], bob["of"]) == (1, 2, 2, 2)
    assert run("ada.yaml", "bob.yaml", "--net", "lenet5").exit_code == 1


@pytest.mark.parametrize("cell", ["9" * 5000, "1e-3000000", "large", "28x-1", "0x0", "28x28x6x" * 40, "[[1, 2], [3]]", "²x3"])
def test_a_bad_shape_is_wrong_with_its_reason(folder: Path, cell: str) -> None:
    """A shape that cannot be read is one wrong answer."""
    (found,) = marks(folder, f"conv1.output: {cell if cell[0] == '[' else json.dumps(cell)}\n")
    assert found["right"] is False
    assert found["reason"]


def test_a_sheet_that_cannot_be_read_stops_nobody_else(folder: Path) -> None:
    """A file that is no YAML is a sheet with nothing on it, and the place is said."""
    (folder / "ada.yaml").write_text("params: [1, 2\nconv1: x\n", encoding="utf-8")
    (folder / "bob.yaml").write_text("params: 61706\n", encoding="utf-8")
    result = run("ada.yaml", "bob.yaml", "--net", "lenet5")
    assert result.exit_code == 1
    assert "2 sheets: 1 of 2 answers right" in result.stdout
    assert "ada.yaml:1:9: not YAML" in result.stdout


def test_a_question_misspelt_on_one_sheet_is_that_sheets(folder: Path) -> None:
    """It does not count, its own question is unanswered, and the others are not asked it."""
    (folder / "ada.yaml").write_text("conv1.prams: 156\n", encoding="utf-8")
    (folder / "bob.yaml").write_text("conv1.params: 156\n", encoding="utf-8")
    data = json.loads(run("ada.yaml", "bob.yaml", "--net", "lenet5", "--format", "json").stdout)
    assert [(s["right"], s["of"]) for s in data["sheets"]] == [(0, 1), (1, 1)]
    assert data["sheets"][0]["notes"] == ["conv1.prams: 'prams' is no figure (the answer '156' does not count)"]


def test_a_question_answered_twice_differently_is_wrong(folder: Path) -> None:
    """The better of two answers is nobody's to choose; twice the same is once."""
    (folder / "s.csv").write_text(
        "question,answer\nparams,61706\nparams,5\nconv1.params,156\nconv1.params,156\n", encoding="utf-8"
    )
    answers = json.loads(run("s.csv", "--net", "lenet5", "--format", "json").stdout)["sheets"][0]["answers"]
    assert [a["right"] for a in answers] == [False, True]
    assert answers[0]["reason"] == "answered 2 times: '61706' and '5'"


# -- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("61,706", 61706), ("61 706", 61706), ("61_706", 61706), ("61'706", 61706), ("61706.0", 61706), ("1.234.567", 1234567),
        ("400*120+120", 48120), ("400·120 + 120", 48120), ("400 × 120 + 120 = 48,120", 48120), ("5^2*6 + 6", 156),
        ("(5x5x1+1)*6", 156), ("⌊(28 − 5)/2⌋ + 1", 12), ("floor(23/2)+1", 12), ("1,000*2", 2000), ("61.7k", 61700),
        ("61,7k", 61700), ("2.4 million", 2400000), ("0,42M", 420000), ("6.17e4", 61700), ("≈ 62,000", 62000),
        ("61,706 parameters", 61706), ("1,23,456", 123456), ("-5", -5),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(cell: str, value: int) -> None:
    """Separators of several countries, suffixes, sums worked out."""
    assert cells.read_number(cell).value == value


@pytest.mark.parametrize(
    ("true", "cell", "right", "said"),
    [
        (420120, "0.42M", True, "rounded"),
        (420120, "420k", True, "rounded"),
        (420120, "0.4M", False, "too few digits: 3 significant figures are asked for, 420k"),
        (420120, "400k", False, "too few digits: 3 significant figures are asked for, 420k"),
        (423000, "0.42M", False, "too few digits: 3 significant figures are asked for, 423k"),
        (423000, "420k", False, "too few digits: 3 significant figures are asked for, 423k"),
        (420400, "0.4200M", False, ""),  # four digits written, and the fourth is wrong
        (420400, "0.4204M", True, ""),
        (61706, "61.7k", True, "rounded"),
        (61706, "61.8k", False, ""),
        (61706, "≈ 61,700", True, "rounded"),
        (61706, "61,700", False, "a whole number counts to its last digit; rounded it is 61.7k"),
        (61790, "61.7k", False, "cut off instead of rounded"),
        (61706, "61.706", True, "a point read as standing between thousands"),
        (15346630656, "15.3G", True, "rounded"),
        (15346630656, "1.53e10", True, "rounded"),
        (62, "6e1", False, "too few digits: 3 significant figures are asked for, 62"),
        (62, "62.4", False, ""),
        (0, "0", True, ""),
    ],
)
def test_a_rounded_number_is_right_to_its_digits(true: int, cell: str, right: bool, said: str) -> None:
    """The verdict is one of value: 0.42M and 420k are judged alike, and fewer figures than three are sent back."""
    from archcalc.homework.asked import NumberAsked

    source = Source("sheet", "")
    asked = NumberAsked(Entry("params", "", Span(source, 1, 1)), true)
    verdict = asked.judge(cell, 3)
    assert verdict.right is right
    assert (verdict.mistake or verdict.note) == said
    if "too few" in said:
        assert asked.judge(cell, 1 if cell in ("0.4M", "400k", "6e1") else 2).right


def test_a_mistake_is_named_only_where_its_own_figure_rounds_to_the_answer(folder: Path) -> None:
    """61.47k is LeNet without its biases (61,470); 61.5k rounds from it too; 62k, near the truth, shows no mistake at all."""
    assert marks(folder, "params: 61.47k\n")[0]["mistake"] == "bias forgotten"
    assert "bias forgotten" in str(marks(folder, "params: 61.5k\n")[0]["mistake"])
    near = marks(folder, "params: 62k\n")[0]
    assert (near["right"], near["mistake"]) == (False, None)
    assert "too few digits" in str(near["note"])
    assert marks(folder, "params: 61.4k\n")[0]["mistake"] is None
    # 48,000 is to the digit what fc1 has without its bias, so it is not taken for a rounding of 48,120.
    assert marks(folder, "fc1.params: 48000\n")[0]["mistake"] == "bias forgotten"
    assert marks(folder, "fc1.params: 400*120\n")[0]["mistake"] == "bias forgotten"


def test_a_sum_is_worked_out_and_shown(folder: Path) -> None:
    """400*120+120 is right, 400*120 is the bias forgotten; both show their value."""
    (folder / "s.yaml").write_text("fc1.params: 400*120+120\nfc2.params: 120*84\n", encoding="utf-8")
    text = run("s.yaml", "--net", "lenet5").stdout
    assert "400*120+120 = 48,120  ✓  48,120" in text
    assert "120*84 = 10,080       ✗  10,164      bias forgotten" in text


# -- carried forward --------------------------------------------------------------------------------------------------

# Without the padding: 24, 12, 8, 4: 16·4·4 = 256 inputs of fc1. 156 + 2,416 + 256·120 + 120 + 10,164 + 850 = 44,426.
NO_PADDING = """
conv1.output: 6x24x24
pool1.output: 6x12x12
conv2.output: 16x8x8
pool2.output: 16x4x4
fc1.in_features: 256
fc1.params: 256*120+120
fc3.params: 850
params: 44426
"""


def test_what_follows_from_an_earlier_figure_has_its_mark(folder: Path) -> None:
    """One padding forgotten costs one mark, not seven; the working is that of the student's figures."""
    found = marks(folder, NO_PADDING)
    assert [m["outcome"] for m in found] == ["wrong", *["carried"] * 5, "right", "carried"]
    assert found[0]["mistake"] == "padding forgotten"
    assert found[5]["follows_from"] == "fc1.in_features 256"
    assert found[5]["working"] == ["N_out·N_in + N_out = 120·256 + 120 = 30,840"]
    assert found[7]["working"] == ["156 + 2,416 + 30,840 + 10,164 + 850 = 44,426"]
    assert found[7]["true"] == "61,706"
    text = run("sheet.yaml", "--net", "lenet5").stdout
    assert text.startswith("sheet: 7 of 8 points (1 right, 6 carried forward)")
    assert "follows from their own conv1.output 6x24x24" in text


def test_no_carry_marks_against_the_truth_alone(folder: Path) -> None:
    """With --no-carry only fc3 is right."""
    found = marks(folder, NO_PADDING, "--no-carry")
    assert [m["right"] for m in found] == [False] * 6 + [True, False]
    assert sum(float(str(m["points"])) for m in found) == 1


def test_a_figure_that_does_not_follow_is_wrong_all_the_same(folder: Path) -> None:
    """Own earlier figures excuse what follows from them, nothing else; a mistake made on them is named."""
    found = marks(folder, "pool2.output: 16x4x4\nfc1.params: 30720\nfc2.params: 10080\n")
    assert [m["outcome"] for m in found] == ["wrong", "wrong", "wrong"]
    assert found[1]["mistake"] == "bias forgotten, from their own pool2.output 16x4x4"
    assert found[2]["mistake"] == "bias forgotten"


def test_channels_last_is_carried_too(folder: Path) -> None:
    """24x24x6 is the same shape written the other way round."""
    found = marks(folder, "conv1.output: 24x24x6\npool1.output: 12x12x6\nfc3.params: 850\n")
    assert [m["outcome"] for m in found] == ["wrong", "carried", "right"]


def test_a_total_of_the_students_own_parts_follows(folder: Path) -> None:
    """150 + 2,416 + 48,120 + 10,164 + 850 = 61,700: the sum is right for who forgot conv1's bias."""
    found = marks(folder, "conv1.params: 150\nconv2.params: 2416\nparams: 61700\n")
    assert [m["outcome"] for m in found] == ["wrong", "right", "carried"]
    assert found[2]["follows_from"] == "conv1.params"
    assert found[2]["working"] == ["150 + 2,416 + 48,120 + 10,164 + 850 = 61,700"]


def test_an_answer_does_not_follow_from_itself(folder: Path) -> None:
    """A wrong shape alone is wrong."""
    found = marks(folder, "conv1.output: 6x24x24\nfc1.params: 1\n")
    assert [m["outcome"] for m in found] == ["wrong", "wrong"]


def test_a_shape_no_layer_takes_changes_nothing(folder: Path) -> None:
    """Where the student's own figure leads nowhere, the truth is the measure."""
    found = marks(folder, "pool1.output: 6x2x2\nconv2.output: 16x10x10\nfc1.params: 5\n")
    assert [m["outcome"] for m in found] == ["wrong", "right", "wrong"]


# -- a class ----------------------------------------------------------------------------------------------------------

CLASS = """student,conv1.output,params,fc1.params
Ada,28x28x6,"61,706",48120
Bob,6x28x28,61.5k,
Cy,large,44426,400*120
"""


def test_a_class_in_one_file_and_points_out(folder: Path) -> None:
    """A row a student in, a row a student out."""
    (folder / "class.csv").write_text(CLASS, encoding="utf-8")
    result = run("class.csv", "--net", "lenet5", "--format", "points")
    assert result.exit_code == 1
    rows = list(csv.reader(io.StringIO(result.stdout)))
    assert rows == [
        ["student", "conv1.output", "params", "fc1.params", "points", "of"],
        ["Ada", "1", "1", "1", "3", "3"],
        ["Bob", "1", "0", "0", "1", "3"],
        ["Cy", "0", "0", "0", "0", "3"],
    ]
    answers = list(csv.DictReader(io.StringIO(run("class.csv", "--net", "lenet5", "--format", "csv").stdout)))
    assert [a["outcome"] for a in answers] == [*["right"] * 4, "wrong", "unanswered", *["wrong"] * 3]


def test_a_column_that_is_no_question_is_pointed_at(folder: Path) -> None:
    """An address beside the answers: the heading is shown, and a file of questions leaves it out, with a word about it."""
    (folder / "class.csv").write_text("student,email,params\nAda,a@b,61706\nBob,c@d,5\n", encoding="utf-8")
    result = run("class.csv", "--net", "lenet5")
    assert result.exit_code == 2
    assert "class.csv:1:9: email: 'email' is no figure" in result.stderr
    assert "--questions FILE that names what is asked" in result.stderr
    (folder / "asked.txt").write_text("# one a line\nparams\n", encoding="utf-8")
    result = run("class.csv", "--net", "lenet5", "--questions", "asked.txt")
    assert "2 sheets: 1 of 2 answers right" in result.stdout
    assert "Ada: email is not asked (the answer 'a@b' does not count)." in result.stdout


def test_aliases_upon_aliases_end(folder: Path) -> None:
    """A small file that unfolds into millions of mappings is refused at once."""
    lines = ["x0: &a0 {}"] + [f"x{n}: &a{n} {{p: *a{n - 1}, q: *a{n - 1}}}" for n in range(1, 40)]
    (folder / "s.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    start = time.process_time()
    result = run("s.yaml", "--net", "lenet5")
    assert result.exit_code == 2
    assert "questions nested more than 8 deep" in result.stderr
    assert time.process_time() - start < 2


@pytest.mark.parametrize("format", ["table", "markdown", "csv", "points", "latex"])
def test_no_control_character_of_a_sheet_reaches_the_output(folder: Path, format: str) -> None:
    """Names, questions and answers with escape codes are written visibly."""
    (folder / "s.yaml").write_text('student: "A\\e]0;x\\a"\nparams: "5\\e[2J"\n"fc1\\e[1m.params": 3\n', encoding="utf-8")
    (folder / "t.yaml").write_text("params: 5\n", encoding="utf-8")
    out = run("s.yaml", "t.yaml", "--net", "lenet5", "--format", format).output
    assert not [c for c in out if ord(c) < 32 and c != "\n"]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_class_with_another_separator(folder: Path, mark: str) -> None:
    """Spreadsheets of other countries write semicolons; tabs are read too."""
    (folder / "class.csv").write_text(CLASS.replace(",", mark).replace(f'"61{mark}706"', "61.706"), encoding="utf-8")
    rows = list(csv.reader(io.StringIO(run("class.csv", "--net", "lenet5", "--format", "points").stdout)))
    assert [row[-2] for row in rows] == ["points", "3", "1", "0"]


def test_a_number_with_a_bare_comma_is_that_rows_fault(folder: Path) -> None:
    """61,706 without quotes makes a cell too many: that row alone is not marked, and the reason says what to write."""
    (folder / "class.csv").write_text("student,conv1.params,params\nAda,156,61,706\nBob,156,61706\n", encoding="utf-8")
    data = json.loads(run("class.csv", "--net", "lenet5", "--format", "json").stdout)
    assert [s["right"] for s in data["sheets"]] == [0, 2]
    assert "stands in quotes" in data["sheets"][0]["answers"][0]["reason"]


def test_a_page_of_feedback_for_every_student(folder: Path) -> None:
    """A file a student, never over one that is there; names that are no file names become some."""
    (folder / "class.csv").write_text(CLASS.replace("Cy", "../Cy/x"), encoding="utf-8")
    assert run("class.csv", "--net", "lenet5", "--feedback", "pages").exit_code == 1
    assert sorted(p.name for p in (folder / "pages").iterdir()) == ["Ada.txt", "Bob.txt", "Cy_x.txt"]
    bob = (folder / "pages" / "Bob.txt").read_text(encoding="utf-8")
    assert bob.startswith("Bob: 1 of 3 right")
    assert "fc1.params: 48,120, not answered" in bob
    again = run("class.csv", "--net", "lenet5", "--feedback", "pages")
    assert again.exit_code == 2
    assert "is there already" in again.stderr


def test_points_hold_no_formula(folder: Path) -> None:
    """A name that a spreadsheet would take for a formula is written as text."""
    (folder / "class.csv").write_text('student,params\n"=HYPERLINK(1)",5\n', encoding="utf-8")
    assert "'=HYPERLINK(1)" in run("class.csv", "--net", "lenet5", "--format", "points").stdout


def test_ten_thousand_wrong_totals_take_seconds() -> None:
    """10,000 wrong totals against ResNet-152, each with its mistakes looked for, at 2 s a thousand or less."""
    analysis = analyse(load("resnet152"))
    source = Source("class.csv", "")
    sheets = [Sheet(f"s{n}", [Entry("params", str(60_000_000 + n), Span(source, 1, 1))]) for n in range(10_000)]
    start = time.process_time()
    marked, _ = mark_all(sheets, None, analysis, Rules())
    assert sum(m.score for m in marked) == 0
    assert time.process_time() - start < 20


def test_a_thousand_different_questions_on_one_sheet_take_two_seconds() -> None:
    """Wrong answers to every layer of ResNet-152, three figures each, carried or not."""
    analysis = analyse(load("resnet152"))
    source = Source("s.yaml", "")
    entries = [
        Entry(f"{row.path}.{figure}", "6x1x1" if figure == "output" else "7", Span(source, 1, 1))
        for row in analysis.rows
        for figure in ("params", "multiplies", "output")
    ][:1000]
    start = time.process_time()
    marked, _ = mark_all([Sheet("s", entries)], None, analysis, Rules())
    assert Grading(marked).as_document().parts
    assert len(marked[0].marks) == 1000
    assert time.process_time() - start < 4


def test_reading_a_cell_never_raises_anything_else() -> None:
    """Whatever stands in a cell is a number or a ValueFault."""
    rng = random.Random(10)
    alphabet = "0123456789.,eEkKmM+-*/^x×()≈~= '_·⌊⌋floorceil²٣"
    for _ in range(20_000):
        text = "".join(rng.choice(alphabet) for _ in range(rng.randint(1, 12)))
        for read in (cells.read_number, cells.read_shape):
            with contextlib.suppress(ValueFault):
                read(text)
