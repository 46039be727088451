"""Values stated for names at the margin of a program: what hangs on data that nobody reads can be said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli import cli
from archcalc.text.faults import SpecError

DATA = 'import pandas as pd\n\ndf = pd.read_csv("d.csv")\ny = df.values\n'
TORCH = (
    DATA + "from torch import nn\n\nnum_labels = len(set(df['label']))\nwidth = y.shape[1]\n\n"
    "class Net(nn.Module):\n    def __init__(self, hidden=32):\n        super().__init__()\n"
    "        self.a = nn.Linear(width, hidden)\n        self.b = nn.Linear(hidden, num_labels + 1)\n"
    "    def forward(self, x):\n        return self.b(self.a(x).relu())\n\nnet = Net()\n"
)
KERAS = (
    DATA + "import keras\nfrom keras import layers\n\nnum_labels = len(set(df['label']))\nwidth = y.shape[1]\n\n"
    "net = keras.Sequential([layers.Input((16,)), layers.Dense(width), layers.Dense(num_labels + 1)])\n"
    "net.fit(y, y)\n"
)


def invoke(*args: str) -> Any:
    return CliRunner().invoke(cli, [*args])


def written(tmp_path: Path, text: str, name: str = "model.py") -> str:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def notebook(text: str) -> str:
    """A notebook of this program, a cell each part."""
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": part + "\n"} for part in text.split("\n\n")]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def running(text: str, num_labels: int, width: int) -> int:
    """The parameters of the program when it is run, its sizes written into it and its data left out."""
    text = text.removeprefix(DATA).replace("len(set(df['label']))", str(num_labels)).replace("y.shape[1]", str(width))
    names: dict[str, Any] = {}
    exec(text.replace("net.fit(y, y)\n", ""), names)
    net = names["net"]
    return int(net.count_params()) if hasattr(net, "count_params") else sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize("text", [TORCH, KERAS], ids=["torch", "keras"])
@pytest.mark.parametrize("name", ["model.py", "model.ipynb"])
def test_a_value_stated_is_that_of_the_program_with_it(
    text: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures are those of the framework on the program with these sizes in it."""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    pytest.importorskip("torch")
    if text is KERAS:
        pytest.importorskip("keras")
    path = written(tmp_path, notebook(text) if name.endswith("ipynb") else text, name)
    for num_labels, width in ((10, 24), (3, 7)):
        network = archcalc.load(path, variables={"num_labels": str(num_labels), "width": str(width)})
        assert archcalc.analyse(network).totals.params == running(text, num_labels, width)
        said = f"num_labels = {num_labels}, by --set; the file has `num_labels = len(set(df['label']))` in "
        assert [n for n in network.notes if n.startswith(said)], network.notes


@pytest.mark.parametrize(
    ("text", "name"),
    [(TORCH, "model.py"), (KERAS, "model.py"), (notebook(TORCH), "model.ipynb"), (notebook(KERAS), "model.ipynb"),
     (TORCH.replace("net = Net()\n", ""), "model.py"), (TORCH.replace("width = y.shape[1]", "width = 8"), "model.py"),
     (TORCH.replace("num_labels = len(set(df['label']))", "num_labels = df.n if len(df) > 3 else 4"), "model.py")],
)  # fmt: skip
def test_the_names_that_are_advised_work_as_typed(text: str, name: str, tmp_path: Path) -> None:
    """Where a size hangs on what is not read, the first thing to type is the name at the margin, and it is enough."""
    path = written(tmp_path, text, name)
    result = invoke("params", path)
    assert result.exit_code == 2
    advised = re.search(r"try: ((?:--set \w+=\d+ ?)+)", result.stderr)
    assert advised is not None, result.stderr
    typed = advised[1].split()
    assert "num_labels=10" in typed
    assert invoke("params", path, *typed).exit_code == 0


@pytest.mark.parametrize("text", [TORCH, KERAS], ids=["torch", "keras"])
def test_a_name_that_is_not_assigned_is_refused(text: str, tmp_path: Path) -> None:
    """With near names, whether the file is read without it or not."""
    path = written(tmp_path, text)
    for more in ([], ["--set", "num_labels=10", "--set", "width=8"]):
        result = invoke("params", path, *more, "--set", "num_lables=3")
        assert (result.exit_code, "try: --set num_labels=3" in result.stderr) == (2, True), result.stderr
    result = invoke("params", path, "--set", "num_labels=[1]", "--set", "width=8")
    assert "takes a number or a word" in result.stderr
    # A local name of a function is none at the margin; nor is one that is not reached.
    for added in ("def f():\n    depth = 3\n", "if 1 > 2:\n    depth = 3\n", "[depth for depth in (1, 2)]\n"):
        result = invoke(
            "params", written(tmp_path, text + added), "--set", "num_labels=3", "--set", "width=8", "--set", "depth=3"
        )
        assert result.exit_code == 2, added
        assert "--set depth" in result.stderr


def test_every_assignment_of_the_name_has_the_value(tmp_path: Path) -> None:
    """In parts, in loops, in statements that are not read, from functions: the value is the one stated."""
    head = "import data\nfrom torch import nn\n"
    tail = "net = nn.Linear(4, n)\n"
    for lines in (
        "n = 3\nn += data.size\n",
        "m, n = data.x.shape\n",
        "for n in data.sizes:\n    pass\n",
        "if data.large:\n    n = 5\nelse:\n    n = 6\n",
        "n = [1, 2][7]\n",
        "def f():\n    global n\n    n = 9\nn = 1\nf()\n",
        "n: int = data.n\n",
        "with open('a') as f:\n    n = int(f.read())\n",
    ):
        network = archcalc.load(written(tmp_path, head + lines + tail), variables={"n": "7"})
        assert archcalc.analyse(network).totals.params == 4 * 7 + 7, lines
        assert any(note.startswith("n = 7, by --set") for note in network.notes), lines


def test_a_parameter_that_is_a_name_too_is_both(tmp_path: Path) -> None:
    text = TORCH.replace("hidden=32", "hidden=32, num_labels=4").replace("net = Net()\n", "")
    path = written(
        tmp_path, text.replace("num_labels + 1", "num_labels + 1 + N").replace("class Net", "N = num_labels\nclass Net")
    )
    network = archcalc.load(path, variables={"num_labels": "10", "width": "8"})
    assert network.name == "Net(num_labels=10)"
    assert archcalc.analyse(network).totals.params == 8 * 32 + 32 + 32 * 21 + 21
    network = archcalc.load(path, variables={"num_labels": "10", "width": "8", "hidden": "2"})
    assert archcalc.analyse(network).totals.params == 8 * 2 + 2 + 2 * 21 + 21


@pytest.mark.parametrize("text", [TORCH, KERAS], ids=["torch", "keras"])
def test_a_sweep_and_a_fit_go_over_such_a_name(text: str, tmp_path: Path) -> None:
    """Each variant is the network with that value; a file that is not read without one is read with the first."""
    path = written(tmp_path, text)
    found = archcalc.sweep(path, {"num_labels": "10,20", "width": [4, 8]})
    for variant in found.variants:
        n, w = variant.values
        network = archcalc.load(path, variables={"num_labels": str(n), "width": str(w)})
        assert variant.figures[0] == archcalc.analyse(network).totals.params
    assert not any("by --set" in note for note in found.as_data().get("notes", []))
    command = ["--set", "num_labels=10", "--set", "width=8", "--vary", "num_labels", "--max-params", "1000"]
    result = invoke("fit", path, *command)
    assert result.exit_code == 0, result.stderr
    # A number that the file has can vary as it is.
    plain = text.replace("len(set(df['label']))", "5").replace("y.shape[1]", "8")
    result = invoke("fit", written(tmp_path, plain), "--vary", "num_labels", "--max-params", "1000")
    assert result.exit_code == 0, result.stderr
    fits = max(
        n for n in range(1, 60) if (8 * 32 + 32 + 32 * (n + 1) + n + 1 if text is TORCH else 16 * 8 + 8 + 9 * (n + 1)) <= 1000
    )
    if text is TORCH:
        assert re.search(rf"^ *{fits} .* kept$", result.stdout, re.M), result.stdout


@pytest.mark.parametrize("command", ["params", "shapes", "multiplies", "memory", "explain", "min-input"])
@pytest.mark.parametrize("system", ["torch", "keras"])
def test_every_command_takes_it(command: str, system: str, tmp_path: Path) -> None:
    """A kernel of 5, stated, takes no input that is smaller; every command reads the network with it."""
    if system == "torch":
        made = "from torch import nn\nk = y.shape[1]\nnet = nn.Sequential(nn.Conv2d(3, 8, k))\n"
    else:
        made = "import keras\nk = y.shape[1]\n"
        made += "net = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(8, k, name='0')])\n"
    layer = ["0"] if command == "explain" else []
    result = invoke(command, written(tmp_path, DATA + made), *layer, "--set", "k=5", "--input", "3x9x9")
    assert result.exit_code == 0, result.stderr
    told = {"shapes": "8×5×5", "min-input": "5×5", "memory": "2,432", "multiplies": "15,000"}  # 600 weights, 25 places
    assert told.get(command, "608") in result.stdout, result.stdout


def test_a_function_of_keras_takes_its_parameters(tmp_path: Path) -> None:
    """As a class of PyTorch source does: `--set` is what it is called with."""
    text = "import keras\nfrom keras import layers\n\ndef build(units=4, **more):\n"
    text += "    return keras.Sequential([layers.Input((16,)), layers.Dense(units)])\n"
    network = archcalc.load(written(tmp_path, text), variables={"units": "9"})
    assert (network.name, archcalc.analyse(network).totals.params) == ("build(units=9)", 16 * 9 + 9)
    with pytest.raises(SpecError, match="has no such parameter"):
        archcalc.load(written(tmp_path, text.replace(", **more", "")), variables={"unitz": "9"})


def test_the_network_itself_is_no_size(tmp_path: Path) -> None:
    """What hangs on data in a function has no name at the margin: nothing is advised that would leave the network out."""
    text = TORCH.replace(
        "net = Net()\n", "def make():\n    return nn.Linear(4, df.size)\n\nnet = make()\nother = nn.Linear(4, 2)\n"
    )
    result = invoke("params", written(tmp_path, text))
    assert (result.exit_code, "--set" in result.stderr) == (2, False), result.stderr


def test_a_list_is_for_a_parameter_alone(tmp_path: Path) -> None:
    """A parameter of what is asked for takes one, also where the file has a name at its margin that is called so."""
    text = "from torch import nn\nsizes = (3, 4)\ndef make(sizes=sizes):\n    return nn.Linear(*sizes)\n"
    path = written(tmp_path, text)
    assert archcalc.analyse(archcalc.load(path, variables={"sizes": "[5, 6]"})).totals.params == 36
    with pytest.raises(SpecError, match="takes a number or a word"):
        archcalc.load(written(tmp_path, text + "net = make()\n"), variables={"sizes": "[5, 6]"})
