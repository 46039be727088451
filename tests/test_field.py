"""Receptive fields: published figures, the definition position by position, and torch's gradients on random nets."""

from __future__ import annotations

import json
from random import Random

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.catalogue import files
from archcalc.cli import cli
from archcalc.figures import chosen, figure
from archcalc.figures.field import Field, fields, simplest, together
from archcalc.figures.table import as_data
from archcalc.loading import load


def rows(net: str, *options: str) -> dict[str, dict[str, object]]:
    """The fields of every layer of a net, by its path."""
    columns = "rf,jump,offset,alignment"
    result = CliRunner().invoke(cli, ["params", net, *options, "--columns", columns, "--format", "json"])
    assert result.exit_code == 0, result.output
    return {layer["path"]: layer["field"] for layer in json.loads(result.stdout)["layers"]}


def typed(lines: list[str], shape: str = "3x32x32") -> dict[str, dict[str, object]]:
    """The same of a net of these lines."""
    analysis = archcalc.analyse(load(f"input: {shape}\nlayers:\n" + "".join(f"- {line}\n" for line in lines)))
    made = as_data(analysis, chosen(analysis, ("rf", "jump", "offset", "alignment")))
    return {layer["path"]: layer["field"] for layer in made["layers"]}


@pytest.mark.parametrize(
    ("net", "size", "jump"),
    [
        (["alexnet"], 195, 32),
        (["vgg16"], 212, 32),
        (["mobilenet_v1"], 315, 32),
        (["resnet50", "--set", "stride_on=1"], 483, 32),
        (["resnet101", "--set", "stride_on=1"], 1027, 32),
        (["resnet152", "--set", "stride_on=1"], 1507, 32),
    ],
    ids=lambda x: x[0] if isinstance(x, list) else str(x),
)
def test_published_fields(net: list[str], size: int, jump: int) -> None:
    """Araujo, Norris and Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks", table 1."""
    last = [field for field in rows(*net).values() if isinstance(field["rf"], list) and field["jump"] is not None][-1]
    assert (last["rf"], last["jump"]) == ([size, size], [jump, jump])


def test_what_mixes_all_positions_sees_the_whole_input() -> None:
    """Global pooling, a fully connected layer behind a flatten, attention, a bidirectional LSTM."""
    assert typed(["conv 4 k3", "globalavgpool"])["pool1"]["rf"] == "whole"
    assert typed(["conv 4 k3", "fc 5"])["fc1"]["rf"] == "whole"
    assert typed(["attention 2"], "7x8")["attn1"]["rf"] == "whole"
    assert typed(["lstm 4 bidirectional"], "7x8")["lstm1"]["rf"] == "whole"
    assert typed(["lstm 4"], "7x8")["lstm1"] == {"rf": [7], "jump": None, "offset": [0], "alignment": ""}
    assert typed(["fc 4"], "7x8")["fc1"]["rf"] == [1]
    assert typed(["residual: [globalavgpool, conv cin k1, sigmoid]", "relu"])["relu1"]["rf"] == "whole"


def test_what_is_cut_off_is_not_of_the_whole() -> None:
    """Of 32 positions a stride of 5 leaves the last one unread."""
    assert typed(["conv 4 k1 s5", "globalavgpool"])["pool1"]["rf"] == [31, 31]


def test_dilation_and_uneven_padding() -> None:
    """Taps at 0, 3 and 6, begun 2 in front on one axis and 1 on the other."""
    found = typed(["conv 4 k3 d3 p2:4x1:5", "conv 4 k3 s2"])
    assert found["conv1"] == {"rf": [7, 7], "jump": [1, 1], "offset": [-2, -1], "alignment": ""}
    assert found["conv2"] == {"rf": [9, 9], "jump": [2, 2], "offset": [-2, -1], "alignment": ""}


def test_a_transposed_convolution_halves_the_jump() -> None:
    """Each output reads ⌈K/S⌉ inputs at most; two neighbours together move by one of them."""
    found = typed(["convtranspose 4 k3 s2 p1", "conv 4 k3 p1"])
    assert (found["upconv1"]["rf"], found["upconv1"]["jump"]) == ([2, 2], "1/2")
    assert (found["conv1"]["rf"], found["conv1"]["jump"]) == ([3, 3], "1/2")


def test_paths_that_are_not_aligned_are_named() -> None:
    """A shortcut around a window that lies to one side; and none around one that does not."""
    assert typed(["residual: [conv 3 k2 p0:1]"])["residual1.add1"]["alignment"] == "paths 1/2 apart"
    assert typed(["residual: [conv 3 k3 p1]"])["residual1.add1"]["alignment"] == ""
    words = [field["alignment"] for path, field in rows("unet").items() if path.endswith("concat1")]
    assert words == ["paths 4 apart", "paths 6 apart", "paths 7 apart", "paths 7/2 apart"]


def test_two_inputs_have_a_field_each() -> None:
    """Where they differ, each is named."""
    text = "inputs: {left: 3x8x8, right: 3x8x8}\nlayers:\n- {from: left, id: a, conv: {out: 3, kernel: 3, padding: 1}}\n"
    analysis = archcalc.analyse(load(text + "- add: [a, right]\n"))
    assert list(figure("rf").of(analysis)) == [(3, 3), "3×3 of left, 1×1 of right"]


@pytest.mark.parametrize("name", sorted(files()))
def test_explain_and_the_table_say_the_same(name: str) -> None:
    """The recurrence, where it is shown, ends in the figures of the columns; every example is followed to its end.

    But for those whose positions become a sequence of tokens: where a token lies in the picture is no line of steps.
    """
    analysis = archcalc.analyse(load(name))
    assert (None in fields(analysis)[-1].fields.values()) == (name in {"vit", "swin"})
    table = rows(name)
    result = CliRunner().invoke(cli, ["explain", name, "--format", "json"])
    for layer in json.loads(result.stdout)["layers"]:
        steps = {step["figure"]: step["value"] for step in layer["working"]}
        for label, key in (("receptive field", "rf"), ("jump", "jump"), ("offset", "offset")):
            if label in steps:
                assert set(table[layer["path"]][key]) == {steps[label]}  # type: ignore[call-overload]


def test_the_recurrence_is_written_out() -> None:
    """r_out = r_in + (K − 1)·j_in, with the numbers put in."""
    shown = CliRunner().invoke(cli, ["explain", "lenet5", "conv2"]).stdout
    assert "r_in + (K − 1)·j_in = 6 + (5 − 1)·2 = 14" in shown
    assert "j_in·S = 2·1 = 2" in shown
    assert "receptive field" not in CliRunner().invoke(cli, ["layer", "conv 3 k3", "--input", "3x8x8"]).stdout


def test_a_pattern_is_written_as_short_as_it_comes_again() -> None:
    """Twice the same is once; and two that step alike are taken position by position."""
    assert simplest(Field(0, 4, 2, ((0, 1), (1, 1), (1, 2), (2, 2)))) == Field(0, 2, 1, ((0, 1), (1, 1)))
    a, b = Field(0, 1, 2, ((0, 2),)), Field(0, 2, 4, ((1, 1), (3, 6)))
    both = together(a, b, (6,), 32)
    assert both is not None
    assert [both.at(o) for o in range(4)] == [(0, 2), (2, 6), (4, 6), (6, 10)]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # torch says it once a process
@pytest.mark.parametrize("number", range(150))
def test_gradients_of_random_nets(number: int) -> None:
    """The positions with a gradient are those that the readings name; the field ends where they do, unless padding is met."""
    from torch_or_skip import torch_or_skip

    torch_or_skip()
    from random_nets import written_net
    from seen import examine

    outcome, why = examine(written_net(3, number), Random(f"3/{number}"))
    assert outcome != "differs", why
