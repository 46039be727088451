"""archcalc solve NET: unknowns inside a network, against trying every value with the ordinary reader and analysis."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.analysis import Analysis
from archcalc.cli import cli
from archcalc.layers.conv import Conv
from archcalc.layers.linear import Flatten, Linear
from archcalc.network.graph import Graph
from archcalc.notations.own.tree import Map
from archcalc.questions.search import Facts, Search
from archcalc.text.faults import SpecError
from archcalc.text.source import Source

LENET = """
input: 1x28x28
layers:
  - conv 6 k5 p2 sigmoid
  - avgpool 2
  - conv 16 k5 sigmoid
  - avgpool 2
  - fc 120 sigmoid
  - fc 84 sigmoid
  - fc 10
"""


def solve(folder: Path, text: str, *args: str) -> tuple[int, dict[str, object]]:
    """Exit status and JSON answer for a network's text."""
    file = folder / "net.yaml"
    file.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(cli, ["solve", str(file), "--format", "json", *args])
    return result.exit_code, json.loads(result.stdout) if result.exit_code < 2 else {"error": result.stderr}


def tried(text: str, marks: dict[str, range], right: Callable[[Analysis], bool]) -> list[dict[str, int]]:
    """Every assignment for which the network is legal and `right`, by putting the numbers into the text."""
    found = []
    for values in itertools.product(*marks.values()):
        filled = text
        for mark, value in zip(marks, values, strict=True):
            filled = filled.replace(mark, str(value))
        try:
            analysis = archcalc.analyse(archcalc.load(filled))
        except SpecError:
            continue
        if right(analysis):
            found.append(dict(zip(marks, values, strict=True)))
    return found


def test_a_kernel_found_from_a_layers_output(tmp_path: Path) -> None:
    """conv 16 k? with its output stated has the one kernel of LeNet."""
    text = LENET.replace("conv 16 k5", "conv 16 k?")
    status, data = solve(tmp_path, text, "--given", "conv2.output=16x10x10")
    assert status == 0
    assert data["solutions"] == [{"kernel@6": 5}]
    assert data["exhausted"] is True


def test_padding_and_channels_in_a_mapping_with_expect(tmp_path: Path) -> None:
    """`padding: "?"` and `out: "?c1"` are found from `expect` on the layer and on the net; ?c1 used twice is one unknown."""
    text = """
input: 3x16x16
expect: {params: 1120}
layers:
  - {conv: {out: "?c1", kernel: 3, padding: "?"}, expect: {output: 10x16x16}}
  - conv ?c1 k3 p1 nobias
  - conv 2 k1 nobias
"""
    expected = (3 * 9 + 1) * 10 + 9 * 10 * 10 + 2 * 10
    text = text.replace("1120", str(expected))
    status, data = solve(tmp_path, text)
    assert status == 0
    assert data["unknown"] == ["?c1", "padding@5"]
    assert data["solutions"] == [{"?c1": 10, "padding@5": 1}]


def test_all_solutions_and_only_those(tmp_path: Path) -> None:
    """With several gaps the solutions are exactly those of trying every number, smallest first."""
    text = """
input: 2x12x12
layers:
  - conv AA kBB sCC
  - maxpool 2
  - fc 5
"""
    marks = {"AA": range(1, 9), "BB": range(1, 7), "CC": range(1, 4)}
    a_total = archcalc.analyse(archcalc.load(text.replace("AA", "4").replace("BB", "3").replace("CC", "1"))).totals.params
    brute = tried(text, marks, lambda a: a.totals.params == a_total)
    spec = text.replace("AA", "?AA").replace("kBB", "k=?BB").replace("sCC", "s=?CC")
    bounds = ["--bounds", "?AA=1..8", "--bounds", "?BB=1..6", "--bounds", "?CC=1..3"]
    status, data = solve(tmp_path, spec, "--given", f"params={a_total}", *bounds)
    assert status == 0
    assert data["solutions"] == [{f"?{k}": v for k, v in s.items()} for s in brute]
    assert {"?AA": 4, "?BB": 3, "?CC": 1} in data["solutions"]


@pytest.mark.parametrize("figure", ["params", "params_without_bias", "multiplies"])
def test_halving_for_the_last_unknown_loses_nothing(tmp_path: Path, figure: str) -> None:
    """A hidden size found from a total is the one that trying every size finds, for every size."""
    text = "input: 20\nlayers:\n  - fc HH relu\n  - fc 7\n"
    for size in (1, 2, 17, 63, 64):
        total = getattr(archcalc.analyse(archcalc.load(text.replace("HH", str(size)))).totals, figure)
        status, data = solve(tmp_path, text.replace("HH", "?h"), "--given", f"{figure}={total}", "--bounds", "?h=64")
        assert (status, data["solutions"]) == (0, [{"?h": size}])


def test_a_block_whose_shortcut_falls_away_is_searched_in_full(tmp_path: Path) -> None:
    """Where more channels can mean fewer parameters, no value is passed over: both widths with one total are found."""
    text = """
input: 8x8x8
blocks:
  widen:
    args: {out: required}
    layers:
      - residual: [conv out k1 nobias]
        shortcut:
          - {when: cin != out, layers: [conv out k1 nobias]}
layers:
  - widen WW
"""
    total = archcalc.analyse(archcalc.load(text.replace("WW", "8"))).totals.params
    assert total == 64
    brute = [
        w for w in range(1, 33) if w != 8 and _legal(text.replace("WW", str(w))) and _params(text.replace("WW", str(w))) == total
    ]
    status, data = solve(tmp_path, text.replace("WW", "?w"), "--given", f"params={total}", "--bounds", "?w=32")
    assert status == 0
    assert data["solutions"] == [{"?w": w} for w in sorted([8, *brute])]
    assert brute == [4]


def _legal(text: str) -> bool:
    try:
        archcalc.analyse(archcalc.load(text))
    except SpecError:
        return False
    return True


def _params(text: str) -> int:
    return archcalc.analyse(archcalc.load(text)).totals.params


@pytest.mark.parametrize("layers", ["conv ? k3, bn, relu, conv 2 k1", "{id: a, conv: 3 k? p3}, relu, {reuse: a}"])
def test_the_parameters_counted_are_those_of_the_table(tmp_path: Path, layers: str) -> None:
    """Running means are no parameters, and weights used twice are counted once."""
    text = f"input: 3x8x8\nlayers: [{layers}]\n"
    marks = {"?": range(1, 12)}
    for params in (4 * 27 + 4 + 2 * 4 + 2 * 4 + 2, 3 * 3 * 25 + 3):
        expected = [found["?"] for found in tried(text, marks, lambda analysis, n=params: analysis.totals.params == n)]
        status, data = solve(tmp_path, text, "--given", f"params={params}")
        found = [next(iter(values.values())) for values in data["solutions"]]  # type: ignore[attr-defined]
        assert found == expected
        assert status == (0 if expected else 1)


def test_an_unknown_input_size(tmp_path: Path) -> None:
    """Both sides of the input can be unknown; they are two unknowns."""
    text = "input: 3x?x?\nlayers:\n  - conv 4 k5 s2\n"
    status, data = solve(tmp_path, text, "--given", "output=4x3x6", "--bounds", "size=30")
    assert status == 0
    # ⌊(W − 5)/2⌋ + 1 = 3 for 9 and 10, = 6 for 15 and 16.
    assert sorted(tuple(s.values()) for s in data["solutions"]) == [(9, 15), (9, 16), (10, 15), (10, 16)]


def test_no_solution_says_the_bounds_were_exhausted(tmp_path: Path) -> None:
    """Where nothing within bounds answers, the answer says that all of it was looked at; status 1."""
    file = tmp_path / "net.yaml"
    file.write_text(LENET.replace("conv 16 k5", "conv 16 k?"), encoding="utf-8")
    result = CliRunner().invoke(cli, ["solve", str(file), "--given", "conv2.output=17x10x10"])
    assert result.exit_code == 1
    assert "No solution within kernel@6 1…11: the bounds were exhausted, so there are no others" in result.stdout


def test_a_search_that_ends_early_says_so(tmp_path: Path) -> None:
    """Where the tries run out before the bounds do, the answer does not claim that there are no others."""
    text = "input: 20\nlayers:\n  - fc ?a relu\n  - fc ?b relu\n  - fc 3\n"
    file = tmp_path / "net.yaml"
    file.write_text(text, encoding="utf-8")
    args = ["solve", str(file), "--given", "params=123457", "--most", "50"]
    result = CliRunner().invoke(cli, args)
    assert result.exit_code == 1
    assert "No solution so far" in result.stdout
    assert "the bounds are not exhausted" in result.stdout
    assert json.loads(CliRunner().invoke(cli, [*args, "--format", "json"]).stdout)["exhausted"] is False


@pytest.mark.parametrize(
    ("text", "args", "message"),
    [
        (LENET, ["--given", "params=5"], "has no unknown: nothing to solve"),
        (LENET.replace("k5", "k?"), [], "nothing is stated of the network, so every value would do"),
        (LENET.replace("k5", "k?"), ["--given", "conv2.size=5"], "LAYER.FIGURE=VALUE is meant"),
        (LENET.replace("k5", "k?"), ["--given", "params=x"], "'x' is not a whole number"),
        (LENET.replace("k5", "k?"), ["--given", "params=5", "--bounds", "stride=3"], "the unknowns are kernel@4, kernel@6"),
        (LENET.replace("conv 16 k5", "conv 16 k?"), ["--given", "conv7.output=1"], "the network has no layer 'conv7'"),
        (LENET.replace("conv 16 k5", "conv 16 k? zzz"), ["--given", "params=5"], "'zzz' is no setting of conv"),
    ],
)
def test_bad_questions_are_refused(tmp_path: Path, text: str, args: list[str], message: str) -> None:
    """What cannot be searched for exits with status 2 and says why."""
    status, data = solve(tmp_path, text, *args)
    assert status == 2
    assert message in str(data["error"])


def test_a_layer_that_runs_often_or_never_is_counted_as_the_table_counts_it() -> None:
    """Windows in the batch, a layer that is never run, a table that is tied: the search has the figures of the analysis."""
    graph = Graph()
    image = graph.input("input", (3, 8, 8))
    conv = graph.add(Conv(out=4, kernel=3), [image], "conv", times=4)
    again = graph.add(Conv(out=4, kernel=3), [image], "again", shares=conv)
    graph.add(Linear(out=10), [], "head", unrun=((5,),))
    fc = graph.add(Linear(out=3), [graph.add(Flatten(), [conv], "flatten")], "fc")
    graph.nodes[fc].tied = {"weight": conv}
    network = graph.network("net", [again, fc])
    analysis = archcalc.analyse(network)
    # 4·(27 + 1); 5·10 + 10 that never run; the 3 biases of a layer whose weights are another's.
    assert analysis.totals.params == 112 + 60 + 3
    assert analysis.totals.multiplies == 5 * 4 * 27 * 36 + 3 * 144
    facts: Facts = {row.path: {"params": row.params, "multiplies": row.multiplies, "output": row.output} for row in analysis}
    for name, figure in analysis.totals._asdict().items():
        for more, verdict in ((0, ""), (-1, "over"), (1, "under")):
            search = Search(Map([], Source("net", ""), 1, 1), [], {}, {**facts, "": {name: figure + more}})
            assert search._judge(network, whole=True) == (verdict, True), (name, more)
