"""archcalc diff: what changed between two versions of a network, and nothing else; --set for one side."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli import cli

OLD = """\
input: 3x32x32
layers:
  - conv 16 k3 p1 nobias bn relu
  - residual: [conv cin k3 p1 nobias bn relu, conv cin k3 p1 nobias bn]
    then: relu
  - conv 32 k3 s2 p1 relu
  - globalavgpool
  - fc 10
"""


def changes(old: str, new: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """The changes by kind, path and what differs."""
    return [(c.kind, c.row.path, c.what) for c in archcalc.diff(old, new).changes]


def test_a_layer_that_is_wider() -> None:
    """What it holds and does, and the sizes of what reads it; nothing in front of it. 9·16·16 + 16 = 2,320 parameters more."""
    found = archcalc.diff(OLD, OLD.replace("conv 32", "conv 48"))
    assert not found.ok
    paths = [(c.row.path, c.grown("params"), c.grown("multiplies")) for c in found.changes]
    assert paths == [
        ("conv2", 9 * 16 * 16 + 16, 9 * 16 * 16 * 16 * 16),
        ("relu3", 0, 0),
        ("pool1", 0, 0),
        ("flatten1", 0, 0),
        ("fc1", 160, 160),
    ]
    assert found.changes[0].what == ("output", "params", "params_without_bias", "multiplies", "settings")


def test_layers_that_come_and_go() -> None:
    """One more in the middle is one row; what stands behind it keeps its partner, under another number."""
    found = archcalc.diff(OLD, OLD.replace("  - conv 32", "  - conv 16 k1\n  - conv 32"))
    assert [(c.kind, c.row.path) for c in found.changes] == [("added", "conv2")]
    assert found.renamed == {"conv2": "conv3"}
    back = archcalc.diff(OLD.replace("  - conv 32", "  - conv 16 k1\n  - conv 32"), OLD)
    assert [(c.kind, c.row.path) for c in back.changes] == [("removed", "conv2")]
    assert changes(OLD, OLD.replace("nobias bn relu, conv", "nobias bn silu, conv")) == [
        ("removed", "residual1.relu1", ()),
        ("added", "residual1.silu1", ()),
    ]


def test_what_is_wired_otherwise() -> None:
    """The same layers with the same figures that read others are no longer the same network."""
    text = (
        "input: 4x8x8\nlayers:\n  - {id: a, conv: 4 k1}\n  - {id: b, conv: 4 k1}\n  - {id: c, conv: 4 k1}\n  - add: [NAME, c]\n"
    )
    assert changes(text.replace("NAME", "a"), text.replace("NAME", "b")) == [("changed", "add1", ("reads",))]
    assert "a, c → b, c" in archcalc.diff(text.replace("NAME", "a"), text.replace("NAME", "b")).text()


def test_what_is_read_in_another_order() -> None:
    """A concatenation of b and a is another one than of a and b, at the same figures; a sum is the same."""
    text = "input: 4x8x8\nlayers:\n  - {id: a, conv: 4 k1, from: input}\n  - {id: b, conv: 4 k1, from: input}\n  - JOIN: ORDER\n"

    def found(join: str) -> list[tuple[str, str, tuple[str, ...]]]:
        said = text.replace("JOIN", join)
        return changes(said.replace("ORDER", "[a, b]"), said.replace("ORDER", "[b, a]"))

    assert found("concat") == [("changed", "concat1", ("reads",))]
    assert found("matmul") == [("changed", "matmul1", ("reads",))]
    assert found("add") == found("mul") == []


def test_other_outputs() -> None:
    """The same layers with other outputs are another network."""
    text = "input: 4x8x8\nlayers:\n  - {id: a, conv: 4 k1}\n  - {id: b, conv: 4 k1}\noutputs: "
    found = archcalc.diff(text + "[a, b]", text + "[b]")
    assert (found.ok, found.changes, found.outputs) == (False, [], ("a, b", "b"))
    assert "Output: a, b → b." in found.text()
    assert found.as_data()["outputs"] == [["a", "b"], ["b"]]
    assert archcalc.diff(text + "[a, b]", text + "[a, b]").outputs == ("", "")


def test_a_network_and_itself() -> None:
    """Nothing differs: status 0; other inputs are a difference even where no figure is."""
    for name in ("lenet5", "googlenet", "mobilenet_v2", "unet", "lstm"):
        assert archcalc.diff(name, name).ok
    assert repr(archcalc.diff("lenet5", "lenet5")) == "a: lenet5 and b: lenet5: no layer differs"
    assert not archcalc.diff("input: 3x8x8\nlayers: [gap, fc 2]\n", "input: 3x9x9\nlayers: [gap, fc 2]\n").ok


@pytest.mark.parametrize(
    ("old", "new"),
    [*itertools.permutations(["resnet18", "resnet50", "vgg11", "vgg11_bn", "mobilenet_v2", "googlenet"], 2)],
)
def test_the_changes_are_the_difference_of_the_totals(old: str, new: str) -> None:
    """Whatever is put together with whatever: what the rows grew by is what the totals grew by, and every row is in it once."""
    found = archcalc.diff(old, new)
    for figure in ("params", "params_without_bias", "multiplies"):
        grown = getattr(found.after.totals, figure) - getattr(found.before.totals, figure)
        assert sum(change.grown(figure) for change in found.changes) == grown
    befores = [c.before.path for c in found.changes if c.before is not None]
    afters = [c.after.path for c in found.changes if c.after is not None]
    assert len({*befores}) == len(befores)
    assert len({*afters}) == len(afters)
    kept = len(found.before.rows) - len(befores)
    assert kept == len(found.after.rows) - len(afters)


def test_settings_of_one_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """a.NAME is for the old one, b.NAME for the new, NAME for both; in compare as well. Named by their files."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text("input: 3x8x8\nvars: {width: 8, classes: 10}\nlayers: [conv width k3, gap, fc classes]\n")
    command = ["net.yaml", "net.yaml", "--set", "b.width=16", "--set", "classes=5", "--format", "json"]
    result = CliRunner().invoke(cli, ["diff", *command])
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert data["names"] == ["net.yaml", "net.yaml (width=16)"]
    assert data["totals"]["params"] == [28 * 8 + 9 * 5, 28 * 16 + 17 * 5]
    assert data["changes"][0]["before"]["settings"] == "conv 8 k3"
    assert data["changes"][0]["after"]["settings"] == "conv 16 k3"
    compared = json.loads(CliRunner().invoke(cli, ["compare", *command]).stdout)
    assert [n["name"] for n in compared["networks"]] == ["net.yaml", "net.yaml (width=16)"]
    assert [n["totals"]["params"] for n in compared["networks"]] == data["totals"]["params"]
    for order in (["--set", "b.width=16", "--set", "width=4"], ["--set", "width=4", "--set", "b.width=16"]):
        data = json.loads(CliRunner().invoke(cli, ["diff", "net.yaml", "net.yaml", *order, "--format", "json"]).stdout)
        assert data["totals"]["params"] == [28 * 4 + 5 * 10, 28 * 16 + 17 * 10]
    wrong = CliRunner().invoke(cli, ["diff", "net.yaml", "net.yaml", "--set", "c.width=16"])
    assert (wrong.exit_code, "--set a.width=16, or --set b.width=16" in wrong.stderr) == (2, True)


def test_it_is_shown_in_every_format() -> None:
    """A row a change, the totals, and what only has another name."""
    found = archcalc.diff(OLD, OLD.replace("  - conv 32", "  - conv 16 k1\n  - conv 32").replace("fc 10", "fc 12"))
    for format in ("table", "markdown", "csv", "json", "latex", "html"):
        assert "fc 12" in found.text(format)
    assert "1 that are as they were have another name: conv2 → conv3" in found.text()
    result = CliRunner().invoke(cli, ["diff", "resnet18", "resnet34"])  # of one file: by their own names
    assert result.stdout.startswith("ResNet-18 → ResNet-34: ")
