"""archcalc why: the figures that tools printed lead back to the tools, and what papers printed to what they counted."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from test_counts import NETWORKS, PEERS, SIZES, analysed

import archcalc
from archcalc.cli import cli
from archcalc.conventions import convention
from archcalc.questions.why import read_figure

ONES = [n for n in NETWORKS if n[0].isupper()] + ["mobilenet_v2", "vit_b_16"]


@pytest.mark.parametrize("name", ONES)
def test_what_a_tool_printed_leads_back_to_it(name: str) -> None:
    """Of every figure of every tool, operations and parameters, an explanation is listed, and the tool is named among them."""
    network = analysed(name).network
    for row in PEERS:
        if row["network"] != name or (row["tool"] == "torchprofile" and name in SIZES):
            continue
        found = archcalc.why(network, row["figure"], of="multiplies")
        tool = convention(row["tool"]).tool
        ours = archcalc.analyse(network).totals.multiplies
        assert found.ok, row
        assert found.found[0].cost <= 1
        assert all(s.value == int(row["figure"]) for s in found.found)
        assert int(row["figure"]) == ours or any(tool in s.words for s in found.found), (row, found.found)
        if row["params"] not in ("", "0"):
            params = archcalc.why(network, row["params"], of="params")
            assert params.found[0].value == int(row["params"]), row


@pytest.mark.parametrize(
    ("net", "figure", "words"),
    [
        # Simonyan and Zisserman 2014, table 2: 138 million; torchvision's documentation: 138.4M and 15.47G.
        ("vgg16", "138.4M", "parameters"),
        ("vgg16", "15.47 GFLOPs", "multiplications of convolutions and matrix products"),
        # He et al. 2015, table 1: ResNet-50 has 3.8·10⁹ multiply-adds, with the stride on the first convolution of a block.
        ("resnet50", "25.6M", "parameters"),
        ("resnet50", "4.09G", "multiplications of convolutions and matrix products"),
        ("resnet50", "8.18G", "flops: two for each multiplication"),
        ("resnet18", "1.81G", "multiplications"),
        # Howard et al. 2017, table 4: 569 million mult-adds of MobileNet.
        ("mobilenet_v2", "569M", "another network: MobileNet V1"),
        ("resnet18", "11181642", "10 classes"),
        ("lenet5", "61470", "parameters without biases"),
        ("lenet5", "416,521", ""),
        # LeCun et al. 1998, section II-B: 340,908 connections.
        ("lenet5_1998", "340,908", "connections: what every unit is wired to"),
        ("mobilenet_v2", "307452384", "every multiplication, value by value too"),
        ("mobilenet_v2", str(8 * 300_774_272), "a batch of 8"),
        ("mobilenet_v2", "3538984", "all values held, as Keras counts its total"),
        ("vgg16", "14,714,688", "convolution layers alone"),
        # CIFAR-10 by an ImageNet network: 37,523,456 at 32×32 for 1,000 classes, less 990·512.
        ("resnet18", str(37_523_456 - 990 * 512), "at 32×32: 10 classes"),
        ("resnet50", "85.46M", "at 32×32: multiplications"),
    ],
)
def test_figures_that_are_printed(net: str, figure: str, words: str) -> None:
    """The simplest explanation of figures from papers and documentation."""
    found = archcalc.why(net, figure)
    assert found.ok == bool(words)
    if words:
        assert words in found.found[0].words, found.found
        assert not read_figure(figure).off(found.found[0].value)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("300809384", 300809384, 300809384),
        ("61,706", 61706, 61706),
        ("138.4M", 138_350_000, 138_450_000),
        ("4.1 GFLOPs", 4_050_000_000, 4_150_000_000),
        ("569M MACs", 568_500_000, 569_500_000),
        ("25.557032M", 25557032, 25557032),
        ("2.5e3", 2450, 2550),
        ("1.5k", 1450, 1550),
    ],
)
def test_a_figure_is_read_to_its_digits(text: str, low: int, high: int) -> None:
    """Half a unit of the last digit to each side; a whole number is itself."""
    stated = read_figure(text)
    assert (stated.low, stated.high) == (low, high)
    assert (stated.off(low), stated.off(high), stated.off(high + 7), stated.off(low - 7)) == (0, 0, 7, -7)


@pytest.mark.parametrize("text", ["", "abc", "-5", "1.2.3M", "9" * 400, "1e999999", "nan", "inf"])
def test_what_is_no_figure_is_refused(text: str) -> None:
    """With what to type instead."""
    with pytest.raises(archcalc.SpecError, match="is no figure"):
        archcalc.why("lenet5", text)


def test_nothing_found_says_what_is_missing() -> None:
    """VGG-16 without fc1: 138,357,544 − 102,764,544 = 35,593,000; the layer is named. LeNet less two layers: both are."""
    result = CliRunner().invoke(cli, ["why", "vgg16", "35593000", "--figure", "params"])
    assert result.exit_code == 1
    assert "The difference, 102,764,544, is the params of fc1." in result.stdout
    lenet = archcalc.why("lenet5", 61_706 - 156 - 10_164, of="params")
    assert lenet.missing == ("The difference, 10,320, is the params of conv1 and the params of fc2.",)
    far = archcalc.why("lenet5", 7, of="params")
    assert not far.ok
    assert "tried: the conventions" in str(far)


def test_what_is_to_be_typed_shows_the_figure() -> None:
    """Each command that is offered works, and prints the figure."""
    for net, figure in (("mobilenet_v2", "300809384"), ("resnet18", "11181642"), ("lenet5", "61470"), ("lenet5", "835,520")):
        found = archcalc.why(net, figure)
        for suspect in found.as_data()["found"]:
            if suspect["typed"]:
                words = suspect["typed"].split()
                shown = CliRunner().invoke(cli, words[1:]).stdout
                assert f"{suspect['value']:,}" in shown, suspect


def test_the_answer_as_data() -> None:
    """Parts add up to the value; the typed name of the network is in the command."""
    out = CliRunner().invoke(cli, ["why", "lenet5", "423038", "--format", "json"]).stdout
    data = json.loads(out)
    assert data["low"] == data["high"] == 423_038
    assert data["many"] == len(data["found"]) == 1
    found = data["found"][0]
    assert sum(part["value"] for part in found["parts"]) == found["value"] == 423_038
    assert "torchinfo 1.8.0" in found["words"]
    assert "ptflops 0.7.5, backend=aten" in found["words"]
    assert found["typed"] == "archcalc params lenet5 --count torchinfo"


def test_auxiliary_heads_are_found() -> None:
    """A network that has heads while it is trained: the figure with them is said to be so."""
    text = (
        "import torch\nfrom torch import nn\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.body = nn.Linear(8, 8)\n        self.head = nn.Linear(8, 3)\n"
        "        self.aux = nn.Linear(8, 5)\n        self.last = nn.Linear(5, 1)\n"
        "    def forward(self, x):\n        x = self.body(x)\n        y = self.head(x)\n"
        "        return (y, self.last(self.aux(x))) if self.training else y\n"
    )
    found = archcalc.why(text, 8 * 8 + 8 * 3 + 8 * 5 + 5, of="multiplies", input=(8,))
    assert found.ok
    assert "as it is trained" in found.found[0].words
    less = archcalc.why(text, 8 * 8 + 8 + 8 * 3 + 3, of="params", input=(8,))
    assert "parameters of what runs alone" in less.found[0].words


def test_nothing_at_all_may_be_printed_too() -> None:
    """Attention is 0 to several tools: they are named. Of a net that multiplies nothing the nearest figure is said."""
    found = archcalc.why(analysed("Attended").network, 0, of="multiplies")
    named = " ".join(s.words for s in found.found)
    assert all(tool in named for tool in ("torchinfo 1.8.0", "thop 0.1.1", "torch 2.13", "backend=aten"))
    assert "nothing found makes it" in repr(archcalc.why("input: 6\nlayers: [identity, dropout]\n", 7))


def test_a_printed_model_is_asked_for_its_parameters() -> None:
    """Of what print(model) shows, the parameters are known and the multiplications are not."""
    lines = [
        "Net(",
        "  (conv1): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))",
        "  (fc1): Linear(in_features=400, out_features=120)",
        ")",
    ]
    text = "\n".join([*lines, ""])
    assert archcalc.why(text, 156 + 48_120).found[0].words == "parameters"
    with pytest.raises(archcalc.SpecError, match="in which order its modules run"):
        archcalc.why(text, 48_276, of="multiplies")
