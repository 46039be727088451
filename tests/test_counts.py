"""What other tools count: each convention against the figures that the tool itself printed, and its working against its column.

`reference/peers.csv` holds them, with the version of each tool; `benchmarks/peers.py` makes them again.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from installed_torchvision import folder
from reference_data import table

import archcalc
from archcalc import schemas
from archcalc.analysis import Analysis
from archcalc.cli import cli
from archcalc.conventions import CONVENTIONS, TERMS, TOOLS, Convention, convention, named, names
from archcalc.figures.counts import counted
from archcalc.figures.table import lay_out
from archcalc.figures.working import row_steps
from archcalc.layers import TABLE
from archcalc.network.nodes import CALLED

ROOT = Path(__file__).parent.parent
PEERS = table("peers.csv")
NETWORKS = list(dict.fromkeys(row["network"] for row in PEERS))
# torchprofile counts each product of sizes that a program writes as one; these are those of torchvision's own forward.
SIZES = {"vit_b_16": 1, "swin_t": 24}


@cache
def analysed(name: str) -> Analysis:
    """A network of the table, read from its source."""
    row = next(row for row in PEERS if row["network"] == name)
    module, _, call = row["as"].partition(":")
    if module.startswith("torchvision"):
        where = folder()
        if where is None:
            pytest.skip("torchvision is not installed")
        path = where / f"{module.rpartition('.')[2]}.py"
    else:
        path = ROOT / module
    return archcalc.analyse(archcalc.load(f"{path}:{call}", input=tuple(map(int, row["input"].split("x")))))


@pytest.mark.parametrize("name", NETWORKS)
def test_each_convention_gives_the_figure_that_its_tool_printed(name: str) -> None:
    """To the unit, for every tool."""
    analysis = analysed(name)
    found, printed = {}, {}
    for row in PEERS:
        if row["network"] == name:
            made = convention(row["tool"])
            found[made.name] = sum(counted(analysis, made, made.name))
            printed[made.name] = int(row["figure"])
    if name in SIZES:
        printed["torchprofile"] -= SIZES[name]
    assert found == printed
    assert set(found) == {name for name in TOOLS if named(name).tool}


def test_what_was_printed_is_enough() -> None:
    """At least 12 networks of torchvision, every tool on each; of every one a version, and that which the convention names."""
    assert len([n for n in NETWORKS if n[0].islower()]) >= 12
    for row in PEERS:
        made = convention(row["tool"])
        assert made.tool.split(",")[0].split()[1] in row["version"].replace("-", ".post"), row


@pytest.mark.parametrize("name", [n for n in NETWORKS if n[0].isupper()])
def test_the_terms_lead_from_multiplies_to_the_figure(name: str) -> None:
    """In every row of the table, multiplies and the terms shown add up to the tool's column; and the working arrives there."""
    network = analysed(name).network
    for tool in TOOLS:
        analysis = archcalc.analyse(network, convention=tool, batch=2)
        shown = lay_out(analysis).parts
        main = next(part for part in shown if hasattr(part, "rows"))
        keys = [column.key for column in main.columns]
        first = keys.index("multiplies")
        assert keys[-1] == tool
        for cells in [*main.rows, main.total]:
            numbers = cells[first:]
            if None not in numbers:
                assert sum(numbers[:-1]) == numbers[-1], (tool, cells)
        figures = counted(analysis, analysis.convention, tool)
        for row, figure in zip(analysis.rows, figures, strict=True):
            steps = {step.label: int(step.figure) for step in row_steps(row, analysis)}
            assert 2 * steps.get(tool, 0) == figure, (tool, row.path)


def test_multiplies_means_one_thing() -> None:
    """Whatever --count says; the figure of another convention has a key of its own, the convention's name."""
    for name in names():
        out = CliRunner().invoke(cli, ["params", "mobilenet_v2", "--count", name, "--format", "json"])
        data = json.loads(out.stdout)
        jsonschema.validate(data, schemas.report())
        assert data["totals"]["multiplies"] == 300_774_272
        assert sum(layer["multiplies"] for layer in data["layers"]) == 300_774_272
        if name in TOOLS:
            assert data["totals"][name] == sum(layer[name] for layer in data["layers"])
            assert data["totals"][name] == 300_774_272 + sum(data["totals"].get("terms", {}).values())
    exact = json.loads(CliRunner().invoke(cli, ["params", "mobilenet_v2", "--count", "exact", "--format", "json"]).stdout)
    assert exact["totals"]["operations"]["multiplications"] == 307_452_384


def test_columns_show_several_tools_at_once() -> None:
    """A tool's figure is a column like any other, under every convention."""
    out = CliRunner().invoke(cli, ["params", "lenet5", "--columns", "multiplies,torchinfo,thop,torch"]).stdout
    assert out.splitlines()[2].split() == ["layer", "multiplies", "torchinfo", "thop", "torch"]
    assert out.splitlines()[-3].split() == ["total", "416,520", "423,038", "418,096", "833,040"]
    refused = CliRunner().invoke(cli, ["params", "lenet5", "--columns", "biases"])
    assert refused.exit_code == 2
    assert "try: --count torchinfo" in refused.output
    assert CliRunner().invoke(cli, ["params", "lenet5", "--columns", "biases", "--count", "torchinfo"]).exit_code == 0


def test_connections_are_lenets() -> None:
    """LeCun et al. 1998, section II-B, layer by layer: C1 122,304, S2 5,880, C3 151,600, S4 2,000, C5 48,120, F6 10,164."""
    out = CliRunner().invoke(cli, ["params", "lenet5_1998", "--count", "connections", "--depth", "1", "--format", "csv"]).stdout
    rows = [line.split(",") for line in out.splitlines()]
    column, params = rows[0].index("connections"), rows[0].index("params")
    found: dict[str, int] = {}
    learned: dict[str, int] = {}
    for row in rows[1:]:
        part = row[0].partition(".")[0]
        found[part] = found.get(part, 0) + int(row[column])
        learned[part] = learned.get(part, 0) + int(row[params])
    printed = {"c1": 122_304, "s2": 5_880, "c3": 151_600, "s4": 2_000, "c5": 48_120, "f6": 10_164, "output": 840}
    assert {part: found[part] for part in printed} == printed
    assert {part: learned[part] for part in printed} == {
        "c1": 156, "s2": 12, "c3": 1_516, "s4": 32, "c5": 48_120, "f6": 10_164, "output": 0,
    }  # fmt: skip
    totals = archcalc.analyse(archcalc.load("lenet5_1998"), convention="connections")
    assert sum(counted(totals, totals.convention, "connections")) == 340_908
    assert totals.totals.params == 60_000


def test_a_dash_does_as_well() -> None:
    """--count ptflops-aten, as its documentation would write it."""
    assert convention("ptflops-aten") is named("ptflops_aten")
    assert "ptflops_aten" in CliRunner().invoke(cli, ["params", "lenet5", "--count", "ptflops-aten"]).stdout


@pytest.mark.parametrize("name", TOOLS)
def test_a_convention_is_a_table_of_what_there_is(name: str) -> None:
    """Its rules are for kinds of layer, its ways for ways of calling; it says where it was learnt, and of what version."""
    made: Convention = named(name)
    for terms in (made.terms, *made.ways.values()):
        assert set(terms) <= {"products", *TERMS} - {"otherwise"}
        for rules in terms.values():
            assert set(rules) <= set(TABLE)
    assert set(made.ways) <= {*CALLED, "inplace"}
    for error in made.errors:
        assert set(error.kinds.split()) <= set(TABLE)
    assert made.source or not made.tool
    assert made.footer.startswith(f"{name}: ")
    assert name not in CONVENTIONS


def test_every_module_of_conventions_is_in_the_table() -> None:
    """And every line of the table has its module."""
    modules = {p.stem for p in (Path(archcalc.__file__).parent / "conventions").glob("*.py")} - {"__init__", "rules"}
    assert modules == set(TOOLS.values())
    for module in modules:
        assert {name for name, at in TOOLS.items() if at == module} == {
            c.name for c in __import__(f"archcalc.conventions.{module}", fromlist=["MADE"]).MADE
        }


SOURCE = """
import torch
import torch.nn.functional as F
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.relu = nn.ReLU()
        self.fc = nn.Linear(4, 4)
        self.attn = nn.MultiheadAttention(4, 2, batch_first=True)
        self.cell = nn.RNNCell(4, 4)
        self.other = nn.Parameter(torch.zeros(4, 4))
        self.own = Own(4, 4)
        self.inner = Inner()

    def forward(self, x):
        return GIVES

class Own(nn.Linear):
    pass

class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(4, 4))
        self.bias = nn.Parameter(torch.zeros(4))

    def forward(self, x):
        return F.linear(x, self.weight) + self.bias
"""


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("self.relu(x)", "module"),
        ("F.relu(x)", "functional"),
        ("torch.relu(x)", "function"),
        ("x.relu()", "function"),
        ("x.mul(x)", "function"),
        ("torch.mul(x, x)", "function"),
        ("x * x", "operator"),
        ("x @ x", "operator"),
        ("x.matmul(x)", "function"),
        ("-x", "operator"),
        ("F.linear(x, self.fc.weight)", "functional"),
        ("F.linear(x, self.other)", "functional"),
        ("torch.bmm(x, x)", "matrices"),
        ("self.attn(x, x, x, need_weights=False)[0]", "module"),
        ("self.attn(x, x, x)[0]", "weights"),
        ("self.fc(torch.zeros(4, 4)) + x", "unbatched operator"),
        ("self.own(x)", "derived"),
        ("self.cell(x[:, 0])", "part part part part"),
        ("self.inner(x)", "inside operator"),
    ],
)
def test_how_a_layer_was_called(text: str, called: str) -> None:
    """A module, a function or an operator: what counters of modules see and what they do not."""
    source = SOURCE.replace("GIVES", text)
    nodes = archcalc.load(source, input=(4, 4)).nodes
    found = [node.called for node in nodes if node.unrun is None and not node.layer.hands_on and not node.layer.moves]
    assert found == called.split()


def test_the_shell_completes_conventions() -> None:
    """`--count pt` and the tabulator: both back ends of ptflops."""
    completer = ShellComplete(cli, {}, "archcalc", "_ARCHCALC_COMPLETE")
    found = [item.value for item in completer.get_completions(["params", "lenet5", "--count"], "pt")]
    assert found == ["ptflops", "ptflops_aten"]
    assert [item.value for item in completer.get_completions([], "wh")] == ["why"]
