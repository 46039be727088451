"""archcalc compare: totals, shares, ratios and corresponding rows."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli import cli
from archcalc.text.faults import SpecError


def run(*args: str) -> dict[str, object]:
    """The JSON of a comparison."""
    result = CliRunner().invoke(cli, ["compare", *args, "--format", "json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


MODULES = ["conv 18 k3 p1", "depthwise k3 p1; conv 18 k1", "conv 18 k1; depthwise k3 p1; conv 3 k1"]


def test_the_homeworks_three_modules() -> None:
    """Ordinary convolution, MobileNet-V1 and V2 module: 504, 102 and 309 parameters, ratios to the first."""
    data = run(*MODULES, "--input", "3x28x28")
    totals = [net["totals"] for net in data["networks"]]
    assert [t["params"] for t in totals] == [504, 102, 309]
    assert [t["params_without_bias"] for t in totals] == [486, 81, 270]
    assert [round(net["ratios"]["params"], 4) for net in data["networks"]] == [1.0, round(102 / 504, 4), round(309 / 504, 4)]


def test_flatten_against_global_average_pooling() -> None:
    """In front of a classifier of 4096: 7·7·512 × 4096 weights against 512 × 4096."""
    data = run("flatten; fc 4096", "gap; fc 4096", "--input", "512x7x7")
    assert [net["totals"]["params_without_bias"] for net in data["networks"]] == [7 * 7 * 512 * 4096, 512 * 4096]


def test_shares_of_an_embedding() -> None:
    """A table of vectors is no fully connected layer: its parameters are told apart."""
    shares = run("embedding 100 8; lstm 4 last; fc 3", "embedding 50 8; fc 3", "--input", "20")["networks"][0]["shares"]["params"]
    assert shares == {"embedding": 800, "recurrent": 4 * 4 * (8 + 4 + 2), "fully connected": 15}


def test_shares_of_convolution_and_fully_connected() -> None:
    """VGG-16: its three fully connected layers hold nine tenths of the parameters and few of the multiplications."""
    data = run("vgg16", "squeezenet1_0")
    shares = data["networks"][0]["shares"]
    fc = (25088 + 1) * 4096 + (4096 + 1) * 4096 + (4096 + 1) * 1000
    assert shares["params"]["fully connected"] == fc
    assert shares["multiplies"]["convolution"] == 15_346_630_656
    for net in data["networks"]:
        for figure in ("params", "multiplies"):
            assert sum(net["shares"][figure].values()) == net["totals"][figure]
    assert "fully connected" not in data["networks"][1]["shares"]["params"]


def test_rows_correspond_in_order_and_none_is_lost() -> None:
    """Every weighted row of every network stands once, in order; VGG-11's layers meet their equals in VGG-16."""
    data = run("vgg11", "vgg16", "vgg11")
    for k, net in enumerate(("vgg11", "vgg16", "vgg11")):
        listed = [row[k]["path"] for row in data["rows"] if row[k]]
        assert listed == [r.path for r in archcalc.analyse(archcalc.load(net)) if r.params or r.multiplies]
    pairs = {(row[0]["path"], row[1]["path"]) for row in data["rows"] if row[0] and row[1]}
    assert {("vgg1.conv1", "vgg1.conv1"), ("vgg2.conv1", "vgg2.conv1"), ("vgg3.conv1", "vgg3.conv1"), ("fc3", "fc3")} <= pairs
    for first, _, third in data["rows"]:
        if first:
            assert first == third


def test_a_layer_of_another_kind_and_size_has_no_partner() -> None:
    """Rows of different kinds never stand on one line."""
    data = run("resnet18", "mobilenet_v2")
    assert all(len({cell["type"] for cell in row if cell}) == 1 for row in data["rows"])


@pytest.mark.parametrize("format", ["table", "markdown", "latex"])
def test_every_format_names_both(format: str) -> None:
    """The comparison is written in every format."""
    result = CliRunner().invoke(cli, ["compare", "vgg11", "vgg16", "--format", format])
    assert result.exit_code == 0
    assert "VGG-11" in result.stdout
    assert "VGG-16" in result.stdout
    assert "132,863,336" in result.stdout.replace("{,}", ",")


def test_one_network_is_not_compared() -> None:
    """Fewer than two networks are refused with what to type."""
    result = CliRunner().invoke(cli, ["compare", "vgg11"])
    assert result.exit_code == 2
    assert "two networks at least are compared" in result.stderr


def test_more_networks_than_letters() -> None:
    """Each has a letter, under which something is set for it alone."""
    with pytest.raises(SpecError, match="27 networks; at most 26"):
        archcalc.compare(*["lenet5"] * 27)
    assert len(archcalc.compare(*["lenet5"] * 26).names) == 26


def test_a_transposed_convolution_is_a_convolution() -> None:
    """The share of convolution holds transposed ones too, as in U-Net, on one line."""
    text = CliRunner().invoke(cli, ["compare", "unet", "lenet5"]).stdout
    shares = [line.split() for line in text.split("Shares")[1].split("Row by row")[0].splitlines()]
    assert [line[1:3] for line in shares if line[:1] == ["U-Net"]] == [["convolution", "31,030,658"]]
    assert sum(line[:2] == ["LeNet-5", "convolution"] for line in shares) == 1
