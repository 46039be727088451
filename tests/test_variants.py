"""Several networks in one file: `names` set variables, `variants` are variables that go together."""

from __future__ import annotations

from pathlib import Path

import pytest
from reference_data import refused

import archcalc
from archcalc.text.source import Source

FAMILY = """\
name: Net-{depth}
source: nobody 2020
input: [3, side, side]
vars: {depth: 8, classes: 10, side: 8}
names:
  "net8, small": {depth: 8}
  net14: {depth: 14, name: "Deep {depth}, {maps} maps", source: nobody 2021}
  wide14: {depth: 14, maps: 40}
variants:
  columns: depth maps act
  rows:
    - 8 2*classes relu
    - [14, 30, gelu]
layers: [conv maps k3 act, fc classes]
"""


def asked(name: str = "", text: str = FAMILY, **variables: str) -> archcalc.Network:
    """The network of a name in the file."""
    return archcalc.load(Source("net.yaml", text, asked=name), variables=variables)


@pytest.mark.parametrize(
    ("name", "variables", "maps", "act", "title"),
    [
        ("", {}, 20, "relu", "Net-8"),
        ("small", {}, 20, "relu", "Net-8"),
        ("net14", {}, 30, "gelu", "Deep 14, 30 maps"),
        ("wide14", {}, 40, "gelu", "Net-14"),
        ("wide14", {"maps": "50"}, 50, "gelu", "Net-14"),
        ("wide14", {"depth": "8"}, 40, "relu", "Net-8"),
        ("", {"depth": "14", "act": "silu"}, 30, "silu", "Net-14"),
        ("small", {"classes": "7"}, 14, "relu", "Net-8"),
    ],
)
def test_what_a_name_sets(name: str, variables: dict[str, str], maps: int, act: str, title: str) -> None:
    """--set goes before a name, a name before `vars` and before the row that follows from the first column."""
    network = asked(name, **variables)
    first = archcalc.analyse(network).rows[:2]
    assert (first[0].output[0], first[1].layer.kind, network.name) == (maps, act, title)
    assert network.origin == ("nobody 2021" if name == "net14" else "nobody 2020")


def test_a_file_and_its_networks(tmp_path: Path) -> None:
    """`net.yaml:small` is the file's network of that name."""
    file = tmp_path / "net.yaml"
    file.write_text(FAMILY, encoding="utf-8")
    assert archcalc.load(f"{file}:net14").name == "Deep 14, 30 maps"


@pytest.mark.parametrize(
    ("old", "new", "said", "tried"),
    [
        ("{depth: 14, maps: 40}", "{dept: 14}", "this network has no variable 'dept'", "depth"),
        ("{depth: 14, maps: 40}", "14", "wide14 sets variables: a mapping, not text", "wide14: {width: 0.5}"),
        ("{depth: 14, maps: 40}", "{depth: [14]}", "depth of wide14 is one value, not a list", "depth: 1"),
        ("columns: depth maps act", "columns: deep maps act", "the first column decides, and deep is no variable", "vars"),
        ("columns: depth maps act", "columns: depth maps side", "side is a variable already", "vars without side"),
        ("columns: depth maps act", "columns: depth", "a table of variants has two columns or more", "columns: size width"),
        ("- 8 2*classes relu", "- 8 2*classes", "2 values under 3 columns depth maps act", "3 values"),
        ("- 8 2*classes relu", "- 9 2*classes relu", "depth is one of 9, 14, not 8", "9"),
        ("- 8 2*classes relu", "- 8 2*clases relu", "unknown name 'clases'", "classes"),
        ("  rows:", "  row:", "variants is a table with `columns` and `rows`", "rows"),
        ("names:\n", "names: 8\nnotes:\n", "names is a mapping of names to variables, not text", "names: {small"),
    ],
)  # fmt: skip
def test_what_is_refused(old: str, new: str, said: str, tried: str) -> None:
    """At its place, with what to type instead."""
    assert old in FAMILY
    refused(lambda text: archcalc.load(text), FAMILY.replace(old, new), said, tried)


def test_a_name_that_is_not_there() -> None:
    """Its neighbour is offered; a file without names says so, a text that can hold only one network too."""
    for name, text, tried in (
        ("net15", FAMILY, "net.yaml:net14"),
        ("net15", "input: 3\nlayers: [fc 2]\n", "net.yaml, without :net15"),
        ("net15", "Image (28 × 28)\nFC (10)\n", "net.yaml"),
    ):
        with pytest.raises(archcalc.SpecError, match="net15") as caught:
            asked(name, text)
        assert caught.value.faults[0].tries[0] == tried


def test_what_is_set_must_be_there() -> None:
    """A variable of a row is one like the others for --set; a value that no row has is refused with the nearest."""
    with pytest.raises(archcalc.SpecError, match="this network has no such variable; it has depth, classes, side, maps, act"):
        asked("", mops="3")
    with pytest.raises(archcalc.SpecError, match=r"--set depth=13: depth is one of 8, 14, not 13") as caught:
        asked("small", depth="13")
    assert caught.value.faults[0].tries[0] == "--set depth=14"


def test_a_table_with_an_argument_that_is_none() -> None:
    """`with` names arguments of the block; what is none is no longer passed over."""
    text = "input: 3x8x8\nlayers:\n- table: {block: basic, columns: c s, rows: [8 1], with: {groops: 2}}\n"
    refused(lambda t: archcalc.load(t), text, "basic has no argument 'groops'", "the table without groops")
