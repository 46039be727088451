"""Every command writes every format; a format, a figure and a convention are one line of a table; widths are kept."""

from __future__ import annotations

import csv
import importlib
import io
import json
import re
import shutil
import subprocess
import sys
import types
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

import archcalc
from archcalc import conventions, figures, report, schemas
from archcalc.cli import COMMANDS, cli
from archcalc.figures.table import lay_out
from archcalc.figures.working import row_steps
from archcalc.layers import TABLE, layer_class
from archcalc.layers.base import Layer, Shape, Shapes
from archcalc.report import FORMATS, cells, write, written
from archcalc.report.document import Beside, Code, Column, Document, Formula, Heading, Maths, Note, Sum, Table, Text

SHEET = "conv1.params: 61\nparams: 61,706\n"
COMMAND_LINES: dict[str, list[str]] = {
    "params": ["lenet5"],
    "shapes": ["lenet5"],
    "multiplies": ["lenet5", "--train", "--optimizer", "adam"],
    "memory": ["lenet5", "--train", "--optimizer", "adam"],
    "explain": ["lenet5"],
    "layer": ["conv 18 k3 p1", "--input", "3x28x28"],
    "layers": ["conv"],
    "blocks": [],
    "columns": [],
    "notations": [],
    "examples": ["lenet5"],
    "solve": ["conv", "--input", "205", "--output", "66", "--stride", "3", "--padding", "0"],
    "min-input": ["lenet5"],
    "fit": ["mobilenet_v1", "--vary", "width", "--max-params", "2M", "--step", "0.25"],
    "compare": ["lenet5", "mlp"],
    "sweep": ["mobilenet_v2", "--set", "width=0.5,1", "--set", "resolution=96,128"],
    "diff": ["lenet5", "mlp"],
    "why": ["lenet5", "423,038"],
    "grade": ["sheet.yaml", "--net", "lenet5"],
    "quiz": ["--choices", "3"],
    "check": ["mlp"],
    "equations": ["lstm", "--gradients"],
    "grad": ["x*y + exp(x)", "x=1", "y=-2", "--no-torch"],
    "convolve": ["1 2 3; 4 5 6; 7 8 9", "1 0; 0 -1"],
    "perceptron": ["1 1 -> 1", "2 0 -> 1", "0 1 -> 0"],
}
# What they write is code, or a schema.
OTHERS = {"export", "schema"}


def run(command: str, *more: str) -> str:
    """Standard output of a command, which may say no."""
    result = CliRunner().invoke(cli, [command, *COMMAND_LINES[command], *more], prog_name="archcalc")
    assert result.exit_code in (0, 1), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.stdout


class Page(HTMLParser):
    """Follows a page's tags: what is opened is closed, nothing comes from outside."""

    VOID = ("meta", "link", "img", "br", "input")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe")
        assert not {name for name, _ in attrs} & {"src", "href", "onclick", "onload"}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def parsed(page: str) -> str:
    """The words of a page that is well formed."""
    reader = Page()
    reader.feed(page)
    assert not reader.open
    return reader.text


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sheet.yaml").write_text(SHEET, encoding="utf-8")


def test_every_command_is_tried() -> None:
    """A new command stands in this file."""
    assert set(COMMAND_LINES) | OTHERS == set(COMMANDS)


@pytest.mark.parametrize("command", COMMAND_LINES)
@pytest.mark.parametrize("format", FORMATS)
def test_every_command_writes_every_format(command: str, format: str) -> None:
    """Each answer comes in each format, and is what that format is."""
    if command == "check":
        pytest.importorskip("torch")
    out = run(command, "--format", format)
    assert out.strip()
    if format == "json":
        json.loads(out)
    elif format == "csv":
        for block in out.split("\n\n"):
            rows = list(csv.reader(io.StringIO(block)))
            assert len({len(row) for row in rows if row}) == 1, block
    elif format == "html":
        assert parsed(out).strip()
    elif format == "latex":
        for name in set(re.findall(r"\\begin\{(\w+\*?)\}", out)):
            assert out.count(rf"\begin{{{name}}}") == out.count(rf"\end{{{name}}}")


def test_a_format_is_one_module_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trial format, the words in capitals, is there for every command at once."""
    module = types.ModuleType("archcalc.report.formats.loud")
    module.write = lambda document, width=None: write(document).upper()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(FORMATS, "loud", ("loud", "shouted", "txt"))
    for name in [m for m in sys.modules if m.startswith("archcalc.cli.")]:
        monkeypatch.delitem(sys.modules, name)
    for command in COMMAND_LINES:
        if command != "check":
            kept = importlib.import_module(f"archcalc.cli.{COMMANDS[command][0]}").command
            result = CliRunner().invoke(kept, [*COMMAND_LINES[command], "--format", "loud"])
            assert result.stdout == result.stdout.upper() != "", result.output


def test_a_figure_is_one_module_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trial figure, the values that go out, is a column of every format, in the JSON and its schema, and is listed."""
    module = types.ModuleType("archcalc.figures.trial")

    def of(analysis: archcalc.Analysis) -> list[int]:
        return [layer_size(row.output) for row in analysis.rows]

    module.FIGURES = (figures.Figure("values", "values out", "values that go out", of, "values", sums=True),)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(figures.TABLE, "values", "trial")
    analysis = archcalc.analyse(archcalc.load("lenet5"))
    expected = [6 * 28 * 28, 6 * 28 * 28, 6 * 14 * 14, 1600, 1600, 400, 400, 120, 120, 84, 84, 10]
    document = lay_out(analysis, ("output", "values"))
    assert [row[3] for row in document.parts[0].rows] == expected  # type: ignore[union-attr]
    for format in FORMATS:
        assert "4704" in write(document, format).replace(",", "").replace("{}", ""), format
    data = json.loads(run("params", "--columns", "values", "--format", "json"))
    jsonschema.validate(data, schemas.report())
    assert [layer["figures"]["values"] for layer in data["layers"]] == expected
    assert data["totals"]["figures"]["values"] == sum(expected)
    assert "values that go out" in run("columns")
    assert run("params", "--columns", "output, values").split("\n")[2].split() == ["layer", "output", "values", "out"]


def layer_size(shape: Shape) -> int:
    """How many values a shape holds."""
    total = 1
    for n in shape:
        total *= n
    return total


def work_of(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """A trial convention: a multiplication and an addition for each product, and the biases."""
    work = layer.operations(inputs, output)
    return 2 * work.products + work.biases + work.comparisons


def trial_convention() -> conventions.Convention:
    """The trial as a convention: one table of what is counted for what kind of layer."""
    return conventions.Convention("trial", "trial: two for every product", terms={"products": dict.fromkeys(TABLE, work_of)})


EXAMPLES = {
    "permute": ("permute 2x1", "6x4"),
    "boxes": ("boxes 3 80", "255x13x13"),
    "reshape": ("reshape 4x6", "24"),
    "embedding": ("embedding 100 8", "12"),
    "lstm": ("lstm 7", "5x6"),
    "gru": ("gru 7", "5x6"),
    "rnn": ("rnn 7", "5x6"),
    "attention": ("attention 2", "5x6"),
    "fold": ("fold out=6 k3 p1", "18x36"),
}


def one_layer(kind: str, convention: conventions.Convention) -> archcalc.Analysis | None:
    """A network of one layer of a kind, on whichever input it takes."""
    line, shape = EXAMPLES.get(kind, (layer_class(kind).example, ""))
    for given in [shape] if shape else ["64x28x28", "64x28", "5x6", "784", "2x64x8x8"]:
        try:
            network = archcalc.load(f"input: {given}\nlayers:\n  - {line}\n")
            return archcalc.analyse(network, convention=convention, batch=3)
        except archcalc.SpecError:  # noqa: PERF203 (a few inputs are tried)
            continue
    return None


@pytest.mark.parametrize("kind", TABLE)
def test_a_convention_is_one_function_and_one_line(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Added on the fly, a convention counts alike in the table, in the JSON and in the working, for every kind of layer."""
    trial = trial_convention()
    monkeypatch.setitem(conventions.CONVENTIONS, "trial", trial)
    monkeypatch.setitem(figures.TABLE, "trial", "trial")
    monkeypatch.setitem(sys.modules, "archcalc.figures.trial", trial_figures())
    tools = [conventions.named(name) for name in conventions.TOOLS]
    for convention in (trial, *conventions.CONVENTIONS.values(), *conventions.INSIDE.values(), *tools):
        analysis = one_layer(kind, convention)
        if analysis is None:  # layers of several inputs stand in the examples
            assert layer_class(kind).arity != (1, 1), kind
            return
        data = lay_out(analysis).data()
        for row, layer in zip(analysis.rows, data["layers"], strict=True):
            counts = convention.counts()
            made = {step.label: step.figure for step in row_steps(row, analysis)}
            for key, count in counts.items():
                n = count(row.layer, row.inputs, row.output)
                assert int(made.get(figures.figure(key).column(analysis).heading, 0)) == n, (row.layer, key)
            assert layer["multiplies"] == 3 * convention.multiplies(row.layer, row.inputs, row.output)
            if convention.terms:
                assert layer[convention.name] == 3 * counts[convention.name](row.layer, row.inputs, row.output)
                terms = sum(counts[key](row.layer, row.inputs, row.output) for key in ("multiplies", *conventions.TERMS))
                assert terms == counts[convention.name](row.layer, row.inputs, row.output)


def trial_figures() -> types.ModuleType:
    """The module of figures that shows the trial."""
    from archcalc.figures.counts import _of_tool

    made = types.ModuleType("archcalc.figures.trial")
    of = partial(_of_tool, "trial")
    made.FIGURES = (figures.Figure("trial", "trial", "as a trial", of, "operations", sums=True, place=""),)  # type: ignore[attr-defined]
    return made


def test_the_trial_convention_by_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--count` takes it; LeNet's second convolution has 2·240,000 + 1,600 by it, with the sum written out."""
    monkeypatch.setitem(conventions.CONVENTIONS, "trial", trial_convention())
    monkeypatch.setitem(figures.TABLE, "trial", "trial")
    monkeypatch.setitem(sys.modules, "archcalc.figures.trial", trial_figures())
    out = run("params", "--count", "trial")
    assert re.search(r"conv2 .* 481,600\n", out)
    assert "trial: two for every product; multiplies and the columns behind it add up to trial" in out
    text = CliRunner().invoke(cli, ["explain", "lenet5", "conv2", "--count", "trial"]).stdout
    working = "2K·K·C_in·C_out·H_out·W_out + C_out·H_out·W_out = 2·5·5·6·16·10·10 + 16·10·10 = 481,600"
    assert re.search(rf"^ *trial +{re.escape(working)}$", text, re.M)
    refused = CliRunner().invoke(cli, ["params", "lenet5", "--count", "trial", "--skip-zeros"])
    assert refused.exit_code == 2
    assert "try: leave out --skip-zeros" in refused.output


def test_exact_counts_have_their_sums() -> None:
    """explain writes out every kind of operation, the ones without padding zeros too."""
    text = CliRunner().invoke(cli, ["explain", "lenet5", "conv1", "--count", "exact"]).stdout
    assert "bias additions   C_out·H_out·W_out = 6·28·28 = 4,704" in text
    assert re.search(r"additions +K·K·C_in·C_out·H_out·W_out − .* = 112,896", text)


# -- widths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMAND_LINES)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_terminal_is_never_overrun(command: str, width: int) -> None:
    """No line is wider than the terminal, no word and no number is broken, and what is left out is said."""
    if command in ("check", "examples", "notations"):
        pytest.skip("needs torch, or shows text as it stands")
    documents: list[Document] = []
    original = report.written

    def catch(document: Document, module: str, wide: int | None = None) -> str:
        documents.append(document)
        return original(document, module, wide)

    report.written = catch
    try:
        run(command)
    finally:
        report.written = original
    (document,) = documents
    text = re.sub(r"\x1b\[[\d;]*m", "", written(document, "terminal", width))
    whole = set(written(document, "table").split())
    said = {word.strip("().,:") for word in text.split() if not set(word) <= set("─│├└ ")}
    for line in text.split("\n"):
        assert cells.width(line) <= width, line
    hint = {"column", "columns", "hidden", "a", "wider", "terminal", "or", "--format", "markdown", "--columns", "output,…", "row"}
    lost = {word for word in said if word and not any(word in known for known in whole)} - hint
    assert not {word for word in lost if not word.isdigit()}, lost


def test_what_is_left_out_is_said_and_figures_go_last() -> None:
    """The highest `first` goes first; prose folds before a column goes; the names of what is hidden stand below."""
    columns = [Column("layer", "name"), Column("settings", "line", first=4), Column("since", "prose"), Column("params", "count")]
    table = Table(columns, [["conv1", "conv 64 k3 p1 nobias", "one two three four five six", 1_234_567]], choose="--columns …")
    text = write(Document("", [table]), width=34)
    assert "1 column hidden (settings): a" in text
    assert "1,234,567" in text
    assert max(map(len, text.split("\n"))) <= 34
    assert write(Document("", [table])).count("\n") == 2


def test_tables_stand_under_each_other_where_they_do_not_fit_beside() -> None:
    """Rows keep the number by which they correspond; in a pipe they stand beside each other."""
    one = Table([Column("one", "name"), Column("params", "count")], [["conv1", 1], [None, None], ["conv2", 3]])
    two = Table([Column("two", "name"), Column("params", "count")], [[None, None], ["fc1", 2], ["fc2", 4]])
    document = Document("", [Beside((one, two))])
    assert write(document).split("\n")[2] == "conv1       1"
    assert [line.split() for line in write(document, width=20).split("\n") if line[:3].strip().isdigit()] == [
        ["1", "conv1", "1"],
        ["3", "conv2", "3"],
        ["2", "fc1", "2"],
        ["3", "fc2", "4"],
    ]


# -- what is hostile --------------------------------------------------------------------------------------------------

EVIL = "a\x1b[31m\x07b\x7f\x85|c\r\n\\end{x}<script>alert(1)</script>&$%#_{}~^`*=1\u202e"


def evil() -> Document:
    """A document whose every place holds what breaks out of a format."""
    table = Table([Column(EVIL, "name"), Column("=cmd()", "prose")], [[EVIL, "=1+1"], ["@x", "+2a"], ["-3", "\tz"]])
    maths = Maths([Sum(EVIL, label=EVIL), Sum("x", "x", EVIL, Formula("y", "y"))])
    return Document(EVIL, [Text(EVIL), Note(EVIL), Heading(EVIL), table, maths, Code(EVIL)], {"name": EVIL})


@pytest.mark.parametrize("format", [*FORMATS, "terminal"])
def test_no_name_leaves_its_place(format: str) -> None:
    """No control character comes out, and each format's own signs are escaped."""
    text = written(evil(), format if format == "terminal" else FORMATS[format][0])
    if format == "terminal":
        text = re.sub(r"\x1b\[\d+(;\d+)?m", "", text)
    assert "\x1b" not in text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", text)
    if format != "csv":
        assert "\r" not in text
    if format == "html":
        assert "alert(1)" in parsed(text)
        assert "<script" not in text
    if format == "latex":
        assert not re.search(r"(?m)^(?!%).*(?<!\\)%(?! *$)", text.split(r"\begin{verbatim}")[0])
        assert text.count(r"\end{x}") == 1  # in the verbatim alone
    if format == "markdown":
        heads = [line for line in text.split("\n") if line.startswith("| ")]
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in heads} == {3}
    if format == "json":
        assert json.loads(text) == {"name": EVIL}
    if format == "csv":
        rows = list(csv.reader(io.StringIO(text.split("\n\n")[0] + "\n")))
        assert [row[1] for row in rows[1:]] == ["'=1+1", "'+2a", " z"]
        assert rows[2][0] == "'@x"
        assert rows[3][0] == "-3"


def test_a_newline_does_not_leave_a_comment() -> None:
    """A lone table's title and notes are comments in LaTeX, on one line each whatever a name holds."""
    table = Table([Column("layer", "name")], [["conv1"]])
    text = write(Document("net\n\\input{x}", [table, Note("a\n\\input{y}")]), "latex")
    assert all(line.startswith("%") for line in text.split("\n") if "input" in line)


LATEX = shutil.which("pdflatex")
PREAMBLE = (
    r"\documentclass{article}\usepackage[utf8]{inputenc}\usepackage[T1]{fontenc}"
    r"\usepackage{amsmath,amssymb,booktabs,array,graphicx}"
)


@pytest.mark.skipif(LATEX is None, reason="no TeX is installed")
@pytest.mark.parametrize("command", [c for c in COMMAND_LINES if c != "check"])
def test_latex_compiles_and_fits_the_page(command: str) -> None:
    """Every command's LaTeX compiles, and no box is overfull."""
    body = run(command, "--format", "latex")
    Path("a.tex").write_text(PREAMBLE + "\\begin{document}\n" + body + "\n\\end{document}\n", encoding="utf-8")
    done = subprocess.run([str(LATEX), "-interaction=nonstopmode", "a.tex"], capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert not re.findall(r"Overfull \\hbox.*", done.stdout)


def test_broken_working_loses_nothing() -> None:
    """A line of working is broken outside braces, before a sign, and all of it is there."""
    from archcalc.report.formats.latex import broken, size

    latex = (
        r"\frac{a + b}{c} = "
        + " + ".join(rf"W_{{h{i}}}^{{\mathsf T}} \delta_{{t+{i}}}" for i in range(30))
        + r" = \left( x + y \right)"
    )
    lines = broken(latex, 40)
    assert "".join(lines).replace(" ", "") == latex.replace(" ", "")
    assert len(lines) > 5
    assert all(size(line) <= 40 for line in lines)
    assert all(line.count("{") == line.count("}") and line.count(r"\left") == line.count(r"\right") for line in lines)
