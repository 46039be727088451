"""Jupyter notebooks: their cells of code are one text, and what is said of it is said at the cell and its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import archcalc
from archcalc.cli import cli
from archcalc.loading import load
from archcalc.text.faults import SpecError


def cell(*lines: str, kind: str = "code") -> dict[str, Any]:
    """A cell as Jupyter stores it: a string a line, each with its end but the last."""
    return {"cell_type": kind, "metadata": {}, "source": [*(f"{line}\n" for line in lines[:-1]), *lines[-1:]], "outputs": []}


def notebook(*cells: dict[str, Any]) -> str:
    """A notebook of version 4."""
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


PROSE = cell("# A convolution", "and a layer on top", kind="markdown")
IMPORTS = cell("%matplotlib inline", "import torch", "from torch import nn")
NET = cell(
    "class Net(nn.Module):",
    "    def __init__(self, classes):",
    "        super().__init__()",
    "        self.conv = nn.Conv2d(1, 6, 5)",
    "        self.fc = nn.Linear(6 * 24 * 24, classes)",
    "    def forward(self, x):",
    "        return self.fc(self.conv(x).flatten(1))",
)
MADE = cell("CLASSES = 10", "model = Net(CLASSES)")
PARAMS = 6 * 25 + 6 + 3456 * 10 + 10


def run(folder: Path, text: str, *arguments: str) -> Result:
    """A command on a notebook."""
    (folder / "net.ipynb").write_text(text, encoding="utf-8")
    return CliRunner().invoke(cli, [arguments[0], str(folder / "net.ipynb") + arguments[1], *arguments[2:]])


def test_the_cells_of_code_are_one_text(tmp_path: Path) -> None:
    """Prose and what Jupyter alone understands are no part of it; the network of the last cell is found."""
    result = run(tmp_path, notebook(PROSE, IMPORTS, NET, cell("!pip install torch"), MADE, cell("model?")), "params", "", *INPUT)
    assert result.exit_code == 0, result.output
    assert f"{PARAMS:,}" in result.output


INPUT = ("--input", "1x28x28")


def test_one_of_several_is_asked_for_by_name(tmp_path: Path) -> None:
    """As in a file."""
    result = run(tmp_path, notebook(IMPORTS, NET, MADE), "params", ":Net(classes=3)", *INPUT)
    assert result.exit_code == 0, result.output
    assert f"{PARAMS - 7 * 3457:,}" in result.output


def test_a_fault_stands_at_its_cell_and_line(tmp_path: Path) -> None:
    """Cells are numbered as they stand, prose among them; the layer's own cell is named too."""
    wrong = json.loads(json.dumps(NET))
    wrong["source"][4] = wrong["source"][4].replace("24 * 24", "5 * 5")
    result = run(tmp_path, notebook(PROSE, IMPORTS, wrong, MADE), "params", "", *INPUT)
    assert result.exit_code == 2
    assert "net.ipynb:cell 3:7:16: fc: takes 150 features, 3456 arrive\n  7 |         return self.fc(" in result.stderr.replace(
        str(tmp_path) + "/", ""
    )
    assert "made at cell 3:5:19: nn.Linear(6 * 5 * 5, classes)" in result.stderr


def test_json_says_the_cell(tmp_path: Path) -> None:
    """Where a row is written: the file, the cell, the line in it."""
    result = run(tmp_path, notebook(PROSE, IMPORTS, NET, MADE), "params", "", *INPUT, "--format", "json")
    places = [layer["source"] for layer in json.loads(result.stdout)["layers"]]
    assert (places[0]["cell"], places[0]["line"]) == (3, 7)


@pytest.mark.parametrize(
    "lines",
    [
        ("print('%d'", "      % 3)"),
        ("%%time", "x = 1"),
        ("?torch.nn", "  !ls (", "%cd 'it"),
        ("text = '''", "%no magic", "'''", "assert text[1] == '%'"),
        ("files = [", "  1,", "]  # (", "nn.Linear??"),
        ("x = 7 \\", "  % 4", "assert x == 3"),
    ],
)
def test_only_where_a_statement_begins_is_something_no_python(lines: tuple[str, ...]) -> None:
    """`%` behind a line that goes on is Python's."""
    network = load(notebook(IMPORTS, cell(*lines), NET, MADE) + "\n", input=(1, 28, 28))
    assert archcalc.analyse(network).totals.params == PARAMS


def test_a_cell_of_another_language_is_passed_over_and_its_lines_counted() -> None:
    """The faults behind it stand where they are."""
    with pytest.raises(SpecError) as caught:
        load(notebook(cell("%%bash", "ls (", "for f in *"), IMPORTS, cell("net = nn.Linear(3, 4", "")) + "\n")
    assert str(caught.value.faults[0].span).startswith("<text>:cell 3:1:")


def test_version_3_and_keras() -> None:
    """`worksheets`, and the text of a cell under `input`."""
    code = "import keras\nfrom keras import layers\nmodel = keras.Sequential([keras.Input((8,)), layers.Dense(4)])"
    sheets = [{"cells": [{"cell_type": "code", "input": code, "language": "python", "outputs": []}]}]
    text = json.dumps({"worksheets": sheets, "nbformat": 3, "nbformat_minor": 0}) + "\n"
    assert archcalc.analyse(load(text)).totals.params == 8 * 4 + 4


@pytest.mark.parametrize(("text", "said"), [(notebook(PROSE), "this notebook has no code"), (notebook()[:-1], "")])
def test_what_is_no_notebook_or_has_no_code_is_refused(text: str, said: str) -> None:
    """With a place, and what to do."""
    with pytest.raises(SpecError) as caught:
        load(text + "\n")
    assert caught.value.faults[0].message.startswith(said)
    assert caught.value.faults[0].tries


LOOP = cell(
    "from torch.utils.data import DataLoader",
    "loader = DataLoader([], batch_size=4)",
    "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)",
    "def accuracy(net, data):",
    "    net.eval()",
    "    return sum((net(x).argmax(1) == y).sum() for x, y in data)",
    "def spoil(net):",
    "    net.fc = nn.Linear(2, 2)",
    "def hand_on(net, *rest):",
    "    accuracy(net, rest)",
)


@pytest.mark.parametrize(
    "body",
    [
        "loss = model(x).sum(); loss.backward(); optimizer.step()",
        "model.train(); accuracy(model, loader)",
        "hand_on(model, x)",
        "model.fc.zero_grad(); torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        "print(model, len(list(model.parameters())))",
        "accuracy(data=loader, net=model)",
    ],
)
def test_a_loop_over_data_that_only_uses_a_network_leaves_it(body: str) -> None:
    """Calls, training, moving, and functions of the file that do no more."""
    network = load(notebook(IMPORTS, NET, MADE, LOOP, cell("for x, y in loader:", f"    {body}")) + "\n", input=(1, 28, 28))
    assert archcalc.analyse(network).totals.params == PARAMS


def test_a_part_with_a_method_of_its_own_is_not_taken_for_idle() -> None:
    """`model.body.train(x)` is torch's, unless the class of the part has another."""
    part = cell(
        "class Body(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        "        self.fc = nn.Linear(4, 4)",
        "    def train(self, mode=True):",
        "        self.fc = nn.Linear(4, len(mode))",
        "    def forward(self, x):",
        "        return self.fc(x)",
        "model = nn.Sequential()",
        "model.body = Body()",
    )
    loop = cell("from torch.utils.data import DataLoader", "for x in DataLoader([]):", "    model.body.train(x)")
    with pytest.raises(SpecError) as caught:
        load(notebook(IMPORTS, part, loop) + "\n", input=(4,))
    assert "may have been changed" in caught.value.faults[0].message


@pytest.mark.parametrize(
    "body",
    [
        "model.fc = nn.Linear(3456, len(x))",
        "spoil(model)",
        "setattr(model, 'fc', x)",
        "other = model; other.fc = x",
        "kept.append(model)",
        "model.conv.weight = x",
        "(lambda net: setattr(net, 'fc', x))(model)",
        "model.fc.register_parameter('bias', None)",
        "accuracy(*[model, x])",
    ],
)
def test_a_loop_over_data_that_may_change_a_network_makes_it_unread(body: str) -> None:
    """The advice asks for the network as it was made, and works."""
    text = notebook(IMPORTS, NET, MADE, LOOP, cell("kept = []", "for x, y in loader:", f"    {body}")) + "\n"
    with pytest.raises(SpecError) as caught:
        load(text, input=(1, 28, 28))
    assert "may have been changed" in caught.value.faults[0].message
    assert caught.value.faults[0].tries[0] == '"<text>:Net(CLASSES)", as it is made there'


def test_the_advice_of_a_changed_network_works(tmp_path: Path) -> None:
    """Typed as it stands."""
    text = notebook(IMPORTS, NET, MADE, LOOP, cell("for x, y in loader:", "    model.fc = x"))
    result = run(tmp_path, text, "params", "", *INPUT)
    assert f'"{tmp_path}/net.ipynb:Net(CLASSES)", as it is made there' in result.stderr
    result = run(tmp_path, text, "params", ":Net(CLASSES)", *INPUT)
    assert f"{PARAMS:,}" in result.output
