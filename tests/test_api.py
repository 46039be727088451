"""The Python API: as small as the idea."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli import cli
from archcalc.loading import open_source


def test_load_takes_a_path_a_name_or_a_text(tmp_path: Path) -> None:
    """A path, an example's name and the text itself give the same network."""
    text = open_source("lenet5").text
    file = tmp_path / "net.yaml"
    file.write_text(text, encoding="utf-8")
    found = [archcalc.analyse(archcalc.load(x)).totals for x in ("lenet5", text, file, str(file))]
    assert len(set(found)) == 1
    assert found[0] == (61706, 61470, 416520)


def test_load_takes_inputs_variables_and_bias() -> None:
    """What the command line's options do, keywords do."""
    network = archcalc.load("mobilenet_v1", input=(3, 128, 128), variables={"width": 0.5}, bias=False)
    assert network.inputs == {"input": (3, 128, 128)}
    assert archcalc.analyse(network).totals.params == archcalc.analyse(network).totals.params_without_bias
    assert archcalc.load("lenet5", input="1x32x32").inputs == {"input": (1, 32, 32)}


def test_rows() -> None:
    """Rows carry integers and shapes, and are found by name or path."""
    analysis = archcalc.analyse(archcalc.load("lenet5"), batch=4)
    row = analysis.row("conv2")
    assert row is not None
    assert (row.output, row.params, row.multiplies) == ((16, 10, 10), 2416, 240000)
    assert analysis.row("conv9") is None
    assert json.loads(archcalc.to_json(analysis))["totals"]["multiplies"] == 4 * 416520


def test_an_input_that_is_an_output_has_its_shape() -> None:
    """An input may be named under `outputs`; it comes out as it went in."""
    analysis = archcalc.analyse(archcalc.load("input: 1x8x8\nlayers: [conv 2 k3]\noutputs: [input, conv1]\n"))
    assert json.loads(archcalc.to_json(analysis))["outputs"] == {"input": [1, 8, 8], "conv1": [2, 6, 6]}


def test_errors_are_one_class_and_carry_their_places() -> None:
    """All faults of a text come in one SpecError, each with its span."""
    with pytest.raises(archcalc.SpecError) as caught:
        archcalc.load("input: 1x8x8\nlayers:\n  - covn 3\n  - conv 3 k2 z9\n")
    assert [(f.span.line, f.span.column) for f in caught.value.faults if f.span] == [(3, 5), (4, 15)]
    assert isinstance(caught.value, archcalc.ArchcalcError)


def test_every_public_name_is_there() -> None:
    """`__all__` holds no name that cannot be had, and an unknown one is an AttributeError."""
    for name in archcalc.__all__:
        assert getattr(archcalc, name) is not None
    assert set(dir(archcalc)) == set(archcalc.__all__)
    with pytest.raises(AttributeError):
        archcalc.nonsense  # noqa: B018


def test_analysing_again_changes_nothing() -> None:
    """An analysis does not alter its network."""
    network = archcalc.load("googlenet")
    assert archcalc.to_json(archcalc.analyse(network)) == archcalc.to_json(archcalc.analyse(network))


def test_the_types_ship() -> None:
    """The marker of PEP 561 lies in the package, or no type checker would read our types."""
    assert (Path(archcalc.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize("shape", [(-784,), (0,), (1.5,), (True,), (10**9 + 1,), (), ("a",)])
def test_shapes_are_looked_at_as_those_of_the_command_line_are(shape: tuple[int, ...]) -> None:
    """A size that is none is refused, alone and by the name of an input; (-784,) once gave −197,878 parameters."""
    for given in (shape, {"input": shape}):
        with pytest.raises(archcalc.SpecError):
            archcalc.load("mlp", input=given)
    with pytest.raises(archcalc.SpecError, match="channels last"):
        archcalc.load("lenet5", input=(28, 28, 1))
    assert archcalc.load("lenet5", input={"input": (1, 32, 32)}).inputs == {"input": (1, 32, 32)}


@pytest.mark.parametrize("batch", [0, -3, 1.5, True, "2", 10**9 + 1])
def test_a_batch_is_a_whole_number_from_one(batch: int) -> None:
    """As on the command line."""
    with pytest.raises(archcalc.SpecError, match="whole number from 1"):
        archcalc.analyse(archcalc.load("mlp"), batch=batch)
    assert archcalc.analyse(archcalc.load("mlp"), batch=10**9).batch == 10**9


ANSWERS: dict[str, tuple[Callable[[], archcalc.Answer], list[str]]] = {
    "min-input": (lambda: archcalc.least_input("googlenet", most=50), ["googlenet", "--most", "50"]),
    "min-input, none": (lambda: archcalc.least_input("alexnet", most=20), ["alexnet", "--most", "20"]),
    "why": (lambda: archcalc.why("mobilenet_v2", 300_809_384), ["mobilenet_v2", "300809384"]),
    "why, none": (lambda: archcalc.why("lenet5", "44.4k", of="params"), ["lenet5", "44.4k", "--figure", "params"]),
    "fit": (
        lambda: archcalc.fit("mobilenet_v1", "width", max_params="2M", step=0.1),
        ["mobilenet_v1", "--vary", "width", "--max-params", "2M", "--step", "0.1"],
    ),
    "fit, none": (
        lambda: archcalc.fit("mobilenet_v1", "width", max_params=9000, high=0.5),
        ["mobilenet_v1", "--vary", "width", "--max-params", "9k", "--to", "0.5"],
    ),
    "solve": (lambda: archcalc.solve("conv", input=(9, 7), output=5, stride=1, padding=0), [
        "conv", "--input", "9x7", "--output", "5", "--stride", "1", "--padding", "0"
    ]),
    "solve, two": (lambda: archcalc.solve("pool", input=9, output=4, padding=0), [
        "maxpool", "--input", "9", "--output", "4", "--padding", "0"
    ]),
    "explain": (lambda: archcalc.explain(archcalc.analyse(archcalc.load("lenet5"))), ["lenet5"]),
    "explain, a layer": (lambda: archcalc.explain(archcalc.analyse(archcalc.load("lenet5")), "fc1"), ["lenet5", "fc1"]),
    "layer": (
        lambda: archcalc.layer("conv 4 k3 relu", "3x8x8", bias=False, batch=2, count="exact"),
        ["conv 4 k3 relu", "--input", "3x8x8", "--no-bias", "--batch", "2", "--count", "exact"],
    ),
    "convolve": (
        lambda: archcalc.convolve([[1, 2, 3], [4, 5, 6]], [[1, -1]], padding="1x0", bias=0.5, true=True),
        ["1 2 3; 4 5 6", "[[1, -1]]", "--padding", "1x0", "--bias", "0.5", "--true"],
    ),
    "convolve, a pool": (
        lambda: archcalc.convolve("1 2 3 4", pool="avg", window=2, stride=1),
        ["1 2 3 4", "--pool", "avg", "--window", "2", "--stride", "1"],
    ),
    "perceptron": (lambda: archcalc.perceptron("0 1 -> 1", "1 0 -> 0", rate=0.5), ["0 1 -> 1", "1 0 -> 0", "--rate", "0.5"]),
    "perceptron, none": (lambda: archcalc.perceptron("1 -> 1", "1 -> 0", epochs=2), ["1 -> 1", "1 -> 0", "--epochs", "2"]),
    "grad": (
        lambda: archcalc.grad("sigmoid(w*x)", {"w": 0.5, "x": 2}, torch=False, open_sigmoid=True),
        ["sigmoid(w*x)", "w=0.5", "x=2", "--no-torch", "--open-sigmoid"],
    ),
    "grad, a descent": (
        lambda: archcalc.grad("mse(w*x, y)", ["w=1", "x=2", "y=3"], descend=0.1, adam=True, steps=3, learn=["w"]),
        ["mse(w*x, y)", "w=1", "x=2", "y=3", "--descend", "0.1", "--adam", "--steps", "3", "--learn", "w"],
    ),
    "equations": (lambda: archcalc.equations("Dense", gradients=True), ["dense", "--gradients"]),
    "quiz": (
        lambda: archcalc.quiz(seed=3, count=4, level="medium", papers=2, choices=3),
        ["--seed", "3", "--count", "4", "--level", "medium", "--papers", "2", "--choices", "3"],
    ),
    "quiz, on a network": (
        lambda: archcalc.quiz(net="lenet5", params="without", input="1x32x32", key=False),
        ["--net", "lenet5", "--bias", "without", "--input", "1x32x32", "--no-key"],
    ),
    "compare": (lambda: archcalc.compare("lenet5", "vgg11", bias=False), ["lenet5", "vgg11", "--no-bias"]),
    "memory": (
        lambda: archcalc.memory(archcalc.analyse(archcalc.load("lstm"), batch=4, dtype="bf16"), optimizer="adamw", depth=1),
        ["lstm", "--batch", "4", "--dtype", "bf16", "--optimizer", "adamw", "--depth", "1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_what_the_command_says(name: str) -> None:
    """Its data is the command's JSON and its text the table, and where it is no, the exit status is 1."""
    made, arguments = ANSWERS[name]
    answer, command = made(), name.partition(",")[0]
    runs = {format: CliRunner().invoke(cli, [command, *arguments, "-f", format]) for format in ("json", "table", "html")}
    assert {run.exit_code for run in runs.values()} == {0 if answer.ok else 1}
    assert json.loads(json.dumps(answer.as_data())) == answer.as_data() == json.loads(runs["json"].stdout)
    assert f"{answer}\n" == answer.text() + "\n" == runs["table"].stdout
    page = answer._repr_html_()
    assert page in runs["html"].stdout
    assert page.startswith("<style>")
    assert "\n" not in repr(answer)
    assert "object at" not in repr(answer)
    assert (", none" in name) is not answer.ok


def test_a_network_that_is_loaded_is_compared_and_marked_as_its_name_is() -> None:
    """`compare` and `grade` take a network; settings of one that is built already are refused."""
    network = archcalc.load("lenet5", input="1x32x32")
    assert archcalc.compare(network, "mlp").analyses[0].network is network
    # 6·(25 + 1) + 16·(6·25 + 1) + 120·(16·6·6 + 1) + 84·121 + 10·85
    assert archcalc.grade("params: 82,826\n", net=network).ok
    assert not archcalc.grade("params: 61,706\n", net=network).ok
    for wrong in ({"input": "1x28x28"}, {"variables": {"a": 1}}, {"bias": False}):
        with pytest.raises(archcalc.SpecError, match="loaded already"):
            archcalc.compare(network, network, **wrong)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: archcalc.load("lenet5", variables={"": 3}), "a variable has a name and a value"),
        (lambda: archcalc.load("lenet5", variables={"width": ""}), "a variable has a name and a value"),
        (lambda: archcalc.least_input("alexnet", most=0), "--most 0: a whole number from 1 to 100,000"),
        (lambda: archcalc.least_input("alexnet", most=True), "--most True: a whole number"),
        (lambda: archcalc.least_input("alexnet", input=(-3, 9, 9)), "--input -3x9x9"),
        (lambda: archcalc.fit("mobilenet_v1", "width"), "no budget is given"),
        (lambda: archcalc.fit("mobilenet_v1", "width", max_params=-1), "--max-params -1"),
        (lambda: archcalc.fit("mobilenet_v1", "width", max_params="2M", step=0), "--step 0: a number above 0"),
        (lambda: archcalc.solve("conv", input=-5, output=3), "--input -5"),
        (lambda: archcalc.solve("conv", input=5, output=3, given={"params": 3}), "belongs to a network"),
        (lambda: archcalc.solve("lenet5", kernel=3), "--kernel belongs to a layer"),
        (lambda: archcalc.solve("lenet5", most=0), "--most 0"),
        (lambda: archcalc.compare("lenet5"), "two networks at least"),
        (lambda: archcalc.grade("params: 3\n", net="lenet5", significant=0), "--significant 0"),
        (lambda: archcalc.grade([], net="lenet5"), "no sheet is given"),
        (lambda: archcalc.grade("params: 3\n", bias=False), "none is given"),
        (lambda: archcalc.check("lenet5", device="gpu"), "--device gpu: one of auto, cpu, cuda, mps"),
        (lambda: archcalc.check("lenet5", dtype="float8"), "--dtype float8"),
        (lambda: archcalc.check("lenet5", batch=0), "--batch 0"),
        (lambda: archcalc.explain(archcalc.analyse(archcalc.load("mlp")), "conv9"), "has no layer 'conv9'"),
        (lambda: archcalc.layer("conv 4 k3", (3, 8, 8), count="mine"), "--count mine: one of paper, exact"),
        (lambda: archcalc.memory(archcalc.analyse(archcalc.load("mlp")), optimizer="adagrad"), "--optimizer adagrad"),
        (lambda: archcalc.memory(archcalc.analyse(archcalc.load("mlp"), dtype="int8"), train=True), "no training in int8"),
        (lambda: archcalc.fit("mlp", "batch", max_memory="1 bit"), "--max-memory 1 bit"),
        (lambda: archcalc.convolve([1, 2], [1], pool="min"), "--pool min: one of max, avg"),
        (lambda: archcalc.convolve([1, "a"], [1]), "is not a number"),
        (lambda: archcalc.perceptron(), "no sample is given"),
        (lambda: archcalc.perceptron("0 -> 1", epochs=0), "--epochs 0"),
        (lambda: archcalc.grad("w*x", {"w": 1, "x": 2}, digits=0), "--digits 0"),
        (lambda: archcalc.grad("w*x", {"w": 1, "x": 2}, steps=3), "--steps belongs to --descend"),
        (lambda: archcalc.grad("w*x", {"w": 1, "x": 2}, descend=0.1, momentum=1.5), "--momentum 1.5"),
        (lambda: archcalc.equations("lstn"), "no equations for 'lstn'"),
        (lambda: archcalc.quiz(level="harder"), "--level harder: one of easy, medium, hard"),
        (lambda: archcalc.quiz(topics=["sizes"]), "--topic sizes"),
        (lambda: archcalc.quiz(count=0), "--count 0"),
        (lambda: archcalc.quiz(input="1x8x8"), "none is given"),
        (lambda: archcalc.to_table(archcalc.analyse(archcalc.load("mlp")), view="sizes"), "view sizes: one of params, shapes"),
        (lambda: archcalc.to_table(archcalc.analyse(archcalc.load("mlp")), depth=0), "depth 0"),
        (lambda: archcalc.to_table(archcalc.analyse(archcalc.load("mlp")), columns="parms"), "no figure 'parms'"),
        (lambda: archcalc.analyse(archcalc.load("mlp"), convention="mine"), "--count mine: one of paper, exact"),
        (lambda: archcalc.least_input("alexnet").text("markdwon"), "no format is called 'markdwon'"),
    ],
)
def test_arguments_are_looked_at_as_those_of_the_command_line_are(call: Callable[[], object], message: str) -> None:
    """What a command refuses, its function refuses, with the same words."""
    with pytest.raises(archcalc.SpecError, match=re.escape(message)):
        call()


@pytest.mark.parametrize("skip", [False, True])
def test_an_analysis_counts_and_shows_as_the_command_does(skip: bool) -> None:
    """`convention`, `skip_zeros` and `columns` are --count, --skip-zeros and --columns."""
    analysis = archcalc.analyse(archcalc.load("lenet5"), batch=3, convention="exact", skip_zeros=skip)
    options = ["--batch", "3", "--count", "exact", "--columns", "output,additions"] + ["--skip-zeros"] * skip
    shown = CliRunner().invoke(cli, ["params", "lenet5", *options]).stdout
    assert archcalc.to_table(analysis, columns=["output", "additions"]) + "\n" == shown
    assert archcalc.to_table(analysis, columns="output, additions") + "\n" == shown


def test_a_network_is_shown_in_one_line() -> None:
    """Its name, how many layers it has, and what it takes."""
    assert repr(archcalc.load("lenet5")) == "<LeNet-5: 12 layers, input 1×28×28>"


def test_an_analysis_in_a_notebook() -> None:
    """One line with the name and the totals; as a page, the table of `--format html`."""
    analysis = archcalc.analyse(archcalc.load("lenet5"), batch=2)
    assert repr(analysis) == "<LeNet-5: 12 layers, 61,706 params, 833,040 multiplies, batch 2>"
    assert analysis._repr_html_() in archcalc.to_html(analysis)
    assert "<html" not in analysis._repr_html_()


@pytest.mark.parametrize("options", [["--input", "1x32x32", "--input", "1x64x64"], ["--set", "a=1", "--set", "a=2"]])
def test_nothing_is_given_twice(options: list[str]) -> None:
    """The first of two inputs used to be dropped without a word."""
    run = CliRunner().invoke(cli, ["params", "lenet5", *options])
    assert run.exit_code == 2
    assert "given twice" in run.stderr
