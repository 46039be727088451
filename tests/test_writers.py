"""What is written is read back as the same network, whatever it was read from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from random_nets import written_net

import archcalc
from archcalc.cli import cli
from archcalc.cli.export import command
from archcalc.loading import examples, load
from archcalc.network.nodes import Network
from archcalc.writers import TARGETS, write

Figures = tuple[str, tuple[int, ...], int, int, int, tuple[int, ...]]


def figures(network: Network, named: bool = True) -> list[Figures]:
    """What the tables show of every row, and what it reads."""
    return [
        (r.path if named else "", r.output, r.params, r.params_without_bias, r.multiplies, r.node.inputs)
        for r in archcalc.analyse(network).rows
    ]


def in_notation(network: Network) -> str:
    """The network in our own notation."""
    text = write(network, "yaml")
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("name", sorted(examples()))
def test_every_example_is_read_back_with_its_names(name: str) -> None:
    """Rows, names, totals and outputs are those of the example."""
    network = load(name)
    again = load(in_notation(network))
    assert figures(again) == figures(network)
    assert (again.outputs, again.name, again.origin) == (network.outputs, network.name, network.origin)


def test_random_networks_are_read_back() -> None:
    """Every structure the notation knows: branches, heads, shared weights, several inputs, odd shapes."""
    compared = 0
    for number in range(150):
        try:
            network = load(written_net(91, number))
            archcalc.analyse(network)
        except archcalc.SpecError:
            continue
        again = load(in_notation(network))
        assert figures(again, named=False) == figures(network, named=False), number
        assert again.outputs == network.outputs
        compared += 1
    assert compared > 100


SOURCE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())
        self.twice = nn.Conv2d(8, 8, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(8, 1, 1))
        self.fc = nn.Linear(16 * 8 * 8, 10)

    def forward(self, x):
        x = self.stem(x)
        y = self.twice(self.twice(x)) * self.scale
        return self.fc(torch.cat([x, y], 1).flatten(1))
# input: 3x8x8
"""


def test_source_becomes_a_file_to_work_on(tmp_path: Path) -> None:
    """A program's skips, shared weights and parameters of its own, in lines that a person would write."""
    text = in_notation(load(SOURCE))
    assert figures(load(text)) == figures(load(SOURCE))
    assert "  - {id: twice_2, reuse: twice}\n" in text
    assert "  - {id: scale, learned: 8x1x1}\n" in text
    assert "  - id: stem\n    layers:\n      - {id: 0, conv: 8 k3 p1}\n" in text


def test_a_file_reads_as_a_person_would_write_it() -> None:
    """Names that the reader gives are left to it, activations stand on the line of their layer, merges name what they merge."""
    assert in_notation(load("lenet5")).split("layers:\n")[1] == (
        "  - conv 6 k5 p2 sigmoid\n  - avgpool 2\n  - conv 16 k5 sigmoid\n  - avgpool 2\n"
        "  - fc 120 sigmoid\n  - fc 84 sigmoid\n  - fc 10\n"
    )
    assert "      - add: [bn2, pool1]\n" in in_notation(load("resnet18"))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("self.never = nn.Linear(4, 4)", "never holds parameters and is never run"),
        ("self.fc.weight = self.table.weight", "fc uses a weight of another layer as one of its own"),
    ],
)
def test_what_the_notation_cannot_say_is_refused_by_name(line: str, reason: str) -> None:
    """Nothing is left out in silence."""
    text = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.table = nn.Embedding(9, 4)\n"
    text += f"        self.fc = nn.Linear(4, 9, bias=False)\n        {line}\n"
    text += "    def forward(self, x):\n        return self.fc(self.table(x))\n# input: 5\n"
    with pytest.raises(archcalc.SpecError, match=f"{reason}: the notation has no word for that"):
        in_notation(load(text))


def test_a_shape_that_looks_channels_last_is_read_back() -> None:
    """224 channels of 224×3 say so."""
    network = load("input: 224@224x3\nlayers: [conv 4 k1]\n")
    assert "input: 224@224x3\n" in in_notation(network)
    assert load(in_notation(network)).inputs == network.inputs


def test_every_name_and_note_survives() -> None:
    """Whatever a network is called, the file is YAML and has that name."""
    for name in ('a"b: c', "#x", "- y", "null", "日本", "a\\b"):
        network = load("input: 4\nlayers: [fc 2]\n")
        network.name = name
        assert load(in_notation(network)).name == name


def test_help_and_choices_are_the_table() -> None:
    """`--to` takes the targets of the table, and the help says what each is."""
    text = " ".join(re.sub(r"\s+", " ", CliRunner().invoke(cli, ["export", "--help"]).output).split())
    choice = next(p for p in command.params if p.name == "target").type
    assert list(getattr(choice, "choices", ())) == list(TARGETS)
    assert all(target.doc in text for target in TARGETS.values())
