"""Pasted PyTorch source: read with ast, never run, and the same as torch makes of it; what is not understood is pointed at."""

from __future__ import annotations

import subprocess
import sys
from collections import OrderedDict
from typing import Any

import pytest
from reference_data import table

import archcalc
from archcalc.analysis import Totals
from archcalc.layers.base import Shape
from archcalc.loading import from_source
from archcalc.network.nodes import Network
from archcalc.text.faults import SpecError
from archcalc.text.source import Source

LENET = """\
net = nn.Sequential(
    nn.Conv2d(1, 6, kernel_size=5, padding=2), nn.Sigmoid(),
    nn.AvgPool2d(kernel_size=2, stride=2),
    nn.Conv2d(6, 16, kernel_size=5), nn.Sigmoid(),
    nn.AvgPool2d(kernel_size=2, stride=2),
    nn.Flatten(),
    nn.Linear(16 * 5 * 5, 120), nn.Sigmoid(),
    nn.Linear(120, 84), nn.Sigmoid(),
    nn.Linear(84, 10))
"""
TUTORIAL = """\
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1) # flatten all dimensions except batch
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.fc3(x)
        return x


net = Net()
"""
# Each text as a person pastes it, and the shape that goes in. Where torch is installed it runs the same text.
PASTED: dict[str, tuple[str, Shape]] = {
    "LeNet": (LENET, (1, 28, 28)),
    "the tutorial's class": (TUTORIAL, (3, 32, 32)),
    "positional arguments": (
        "net = nn.Sequential(nn.Conv2d(4, 8, (3, 5), (2, 1), (1, 2), (1, 1), 2, False), nn.BatchNorm2d(8, 1e-3, 0.1, True), "
        "nn.MaxPool2d(3, 2, 1, 1, False, True))",
        (4, 16, 16),
    ),
    "lazy modules": (
        "net = nn.Sequential(nn.LazyConv2d(8, 3, padding='same'), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), "
        "nn.LazyLinear(10))",
        (3, 8, 8),
    ),
    "nested": (
        "net = nn.Sequential(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU()), nn.Sequential(nn.Sequential(nn.Conv2d(4, 2, 1))))",
        (1, 8, 8),
    ),
    "an ordered mapping": (
        "net = nn.Sequential(OrderedDict([('conv1', nn.Conv2d(1, 20, 5)), ('relu1', nn.ReLU()), "
        "('conv2', nn.Conv2d(20, 64, 5))]))",
        (1, 12, 12),
    ),
    "an ordered mapping with keywords": ("net = nn.Sequential(OrderedDict(a=nn.Linear(3, 4), b=nn.Linear(4, 5)))", (3,)),
    "constants": (
        "n, k = 8, 3\nm = n * 2 if k > 2 else n\nm += 4\n"
        "net = nn.Sequential(nn.Conv2d(1, n, k), nn.Conv2d(n, m, k, bias=m == 0))",
        (1, 8, 8),
    ),
    "a comprehension": (
        "sizes = [3, 4, 5, 6]\n"
        "net = nn.Sequential(*[nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:]) if a > 3], *(nn.Tanh() for _ in range(2)))",
        (4,),
    ),
    "a list that grows": (
        "layers = [nn.Linear(3, 4)]\nlayers.append(nn.ReLU())\nlayers += [nn.Linear(4, 5)]\nlayers.extend([nn.Tanh()])\n"
        "net = nn.Sequential(*layers)\nnet.append(nn.Linear(5, 2))\nnet.add_module('last', nn.Softmax(dim=1))",
        (3,),
    ),
    "parts with names": (
        "b1 = nn.Sequential(nn.Conv2d(1, 8, 7, stride=2, padding=3), nn.ReLU())\n"
        "b2 = nn.Sequential(nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten())\nnet = nn.Sequential(b1, b2, nn.Linear(8, 10))",
        (1, 32, 32),
    ),
    "shared weights": (
        "lin = nn.Linear(8, 8)\nnet = nn.Sequential(lin, nn.ReLU(), lin, nn.Sequential(nn.Linear(8, 8), lin))",
        (8,),
    ),
    "a list of the same module": ("net = nn.Sequential(*[nn.Linear(4, 4)] * 3)", (4,)),
    "one dimension": (
        "net = nn.Sequential(nn.Conv1d(4, 8, 3, dilation=2), nn.BatchNorm1d(8), nn.MaxPool1d(2), nn.AvgPool1d(3, 1, 1), "
        "nn.ConvTranspose1d(8, 4, 4, 2, 1))",
        (4, 40),
    ),
    "three dimensions": (
        "net = nn.Sequential(nn.Conv3d(1, 4, (1, 3, 3)), nn.BatchNorm3d(4), nn.MaxPool3d(2), nn.AdaptiveAvgPool3d((None, 1, 1)))",
        (1, 8, 8, 8),
    ),
    "upwards": (
        "net = nn.Sequential(nn.ConvTranspose2d(4, 8, 4, 2, 1, 0, 2, False), nn.Upsample(scale_factor=2, mode='bilinear'), "
        "nn.ZeroPad2d((1, 2, 3, 4)), nn.PixelShuffle(2))",
        (4, 5, 5),
    ),
    "other layers": (
        "net = nn.Sequential(nn.Conv2d(4, 4, 1), nn.GroupNorm(2, 4), nn.InstanceNorm2d(4, affine=True), nn.LocalResponseNorm(2), "
        "nn.PReLU(4), nn.LeakyReLU(0.2), nn.ELU(), nn.SELU(), nn.GELU(), nn.SiLU(), nn.Hardswish(), nn.Hardsigmoid(), "
        "nn.ReLU6(), nn.Mish(), nn.Softplus(), nn.Dropout2d(0.1), nn.Identity(54, unused=1), "
        "nn.ChannelShuffle(2), nn.AdaptiveMaxPool2d(3), "
        "nn.Flatten(), nn.Unflatten(1, (6, 6)), nn.LayerNorm([6, 6]), nn.LayerNorm(6), nn.LogSoftmax(dim=-1))",
        (4, 6, 6),
    ),
    "a head of its own": (
        "class Head(nn.Module):\n"
        "    def __init__(self, n, classes=10, *, hidden=16):\n"
        "        super(Head, self).__init__()\n"
        "        self.n = n\n"
        "        self.body = nn.Sequential(nn.Linear(self.n, hidden), nn.ReLU(), nn.Linear(hidden, classes))\n"
        "    def forward(self, x):\n"
        "        return F.log_softmax(self.body(x), dim=1)\n"
        "net = nn.Sequential(nn.Flatten(), Head(64), Head(10, classes=3, hidden=4)).eval()",
        (1, 8, 8),
    ),
    "view and size": (
        "class V(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(inplace=True))\n"
        "        self.classifier = nn.Linear(4 * 6 * 6, 10)\n"
        "    def forward(self, x):\n"
        "        y = self.features(x)\n"
        "        y = y.view(y.size(0), -1)\n"
        "        y = F.dropout(y, 0.2, training=self.training)\n"
        "        return self.classifier(y)\n"
        "net = V().to('cpu')",
        (1, 8, 8),
    ),
    "view with sizes": (
        "class V(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.conv = nn.Conv2d(1, 4, 3)\n"
        "        self.fc = nn.Linear(4 * 3 * 3, 10)\n"
        "    def forward(self, x):\n"
        "        x = F.max_pool2d(torch.relu(self.conv(x)), 2)\n"
        "        x = x.view(-1, 4 * 3 * 3)\n"
        "        return self.fc(x).softmax(1)\n"
        "net = V()",
        (1, 8, 8),
    ),
    "a recurrent classifier": (
        "class R(nn.Module):\n"
        "    def __init__(self, words=100):\n"
        "        super().__init__()\n"
        "        self.embed = nn.Embedding(words, 8)\n"
        "        self.lstm = nn.LSTM(8, 16, num_layers=2, batch_first=True, bidirectional=True)\n"
        "        self.fc = nn.Linear(32, 3)\n"
        "    def forward(self, x):\n"
        "        out, (h, c) = self.lstm(self.embed(x))\n"
        "        return self.fc(out[:, -1, :])\n"
        "net = R()",
        (7,),
    ),
    "a transformer": (
        "layer = nn.TransformerEncoderLayer(d_model=16, nhead=4, dim_feedforward=32, activation='gelu', batch_first=True)\n"
        "net = nn.TransformerEncoder(layer, num_layers=3, norm=nn.LayerNorm(16))",
        (5, 16),
    ),
}


def pasted(text: str, inputs: dict[str, Shape] | None = None) -> Network:
    return from_source(Source("net.py", text), inputs=inputs)


def layers(network: Network) -> list[str]:
    return [str(node.layer) for node in network.nodes]


def refused(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        pasted(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("call", "shape"),
    [
        ("F.max_pool1d(x, 3, 2, 1)", (4, 40)),
        ("F.max_pool1d(x, 3, 2, 1, 2)", (4, 40)),
        ("F.avg_pool1d(x, 3, 2, 1)", (4, 40)),
        ("F.max_pool2d(x, 3, 2, 1)", (4, 40, 30)),
        ("F.max_pool2d(x, 4, 3, 1, 2, True)", (4, 40, 30)),
        ("F.avg_pool2d(x, 4, 3, 1, True)", (4, 40, 30)),
        ("F.adaptive_avg_pool2d(x, 7)", (4, 40, 30)),
        ("F.adaptive_max_pool2d(x, (7, 3))", (4, 40, 30)),
        ("F.adaptive_avg_pool1d(x, 7)", (4, 40)),
        ("torch.flatten(x, 1)", (4, 40, 30)),
    ],
)
def test_a_function_takes_its_arguments_in_torch_s_order(call: str, shape: tuple[int, ...]) -> None:
    """Settings without names: torch's own function on a tensor of that shape gives ours."""
    torch = pytest.importorskip("torch")
    text = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.act = nn.ReLU()\n"
    text += f"    def forward(self, x):\n        x = self.act(x)\n        return {call}\n"
    found = eval(call, {"torch": torch, "F": torch.nn.functional, "x": torch.zeros(1, *shape)})
    assert archcalc.analyse(pasted(text, {"": shape})).rows[-1].output == tuple(found.shape[1:])


# -- what torch makes of the same text --------------------------------------------------------------------------------


def run_in_torch(text: str) -> tuple[Any, Any]:
    """The module that torch makes of a text, in evaluation mode, and torch itself."""
    torch = pytest.importorskip("torch")
    names: dict[str, Any] = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "OrderedDict": OrderedDict}
    exec(text, names)  # the texts of this file only
    return names["net"].eval(), torch


@pytest.mark.parametrize("name", PASTED)
@pytest.mark.filterwarnings("ignore:Lazy modules", "ignore:enable_nested_tensor", "ignore:Using padding='same'")
def test_torch_agrees(name: str) -> None:
    """The text run by torch has our output shape and our parameters, with and without bias."""
    text, shape = PASTED[name]
    analysis = archcalc.analyse(pasted(text, {"": shape}))
    net, torch = run_in_torch(text)
    first = torch.randint(0, 9, (2, *shape)) if "Embedding" in text else torch.zeros(2, *shape)
    with torch.no_grad():
        found = net(first)
    assert tuple(found.shape[1:]) == analysis.rows[-1].output
    assert sum(p.numel() for p in net.parameters()) == analysis.totals.params


# Where every row is a module: no functions in a forward, no encoder layer opened into its parts.
OF_MODULES = [n for n, (text, _) in PASTED.items() if not any(c in text for c in ("Transformer", "F.", ".view", "[:, -1"))]


@pytest.mark.parametrize("name", OF_MODULES)
@pytest.mark.filterwarnings("ignore:Lazy modules", "ignore:Using padding='same'")
def test_torch_agrees_layer_by_layer(name: str) -> None:
    """Every module that torch calls gives the shape of our row, in the same order."""
    text, shape = PASTED[name]
    rows = [tuple(row.output) for row in archcalc.analyse(pasted(text, {"": shape}))]
    net, torch = run_in_torch(text)
    seen: list[Shape] = []
    for module in net.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda m, i, o: seen.append(tuple(o.shape[1:])))
    with torch.no_grad():
        net(torch.zeros(2, *shape))
    assert seen == rows


def test_nothing_is_run(tmp_path: Any) -> None:
    """A text that would write a file, import a module or read standard input does none of it."""
    marker = tmp_path / "run"
    text = (
        f"import antigravity_of_nobody\nopen({str(marker)!r}, 'w').close()\n"
        f"n = __import__('os').system('touch {marker}')\n"
        "net = nn.Sequential(nn.Linear(3, 4))\nexec('1/0')\n"
    )
    assert layers(pasted(text)) == ["fc 4"]
    assert not marker.exists()
    assert "is not read" in refused(text.replace("3, 4", "3, n"))
    assert not marker.exists()


def test_reading_source_needs_no_torch() -> None:
    """torch is not imported on the way."""
    code = (
        "import sys, archcalc\n"
        "archcalc.analyse(archcalc.load('net = nn.Sequential(\\n nn.Linear(3, 4))'))\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# -- figures ----------------------------------------------------------------------------------------------------------


def test_lenet_totals() -> None:
    """LeNet pasted as the book has it gives the reference totals."""
    totals = archcalc.analyse(pasted(LENET, {"": (1, 28, 28)})).totals
    assert totals == Totals(61_706, 61_470, 416_520)


def test_conv_arch_is_the_book_s_vgg() -> None:
    """conv_arch alone is VGG-11 as Dive into Deep Learning builds it, to the last digit, and says what was assumed."""
    network = pasted("conv_arch = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))\n")
    (row,) = [r for r in table("totals.csv") if r["network"] == "vgg11_d2l"]
    expected = Totals(int(row["params"]), int(row["params_without_bias"]), int(row["multiplies"]))
    assert archcalc.analyse(network).totals == expected
    assert network.variables == {"classes": 10}
    assert network.notes == (
        "conv_arch is read as Dive into Deep Learning's VGG: 3×3 convolutions with padding 1 and ReLU, "
        "a 2×2 maximum after each pair",
        "then fully connected 4096, 4096 (ReLU, dropout 0.5) and 10 classes: `--set classes=1000` for others",
        "input 1×224×224 assumed",
    )


def test_conv_arch_with_other_classes_and_another_input() -> None:
    """The classes are a variable, and a tensor beside the table gives the input."""
    text = "conv_arch = [(2, 8), (1, 4)]\nX = torch.randn(size=(1, 3, 8, 8))\n"
    network = from_source(Source("net.py", text), variables={"classes": "7"})
    assert network.inputs == {"input": (3, 8, 8)}
    expected = ["conv 8 k3 p1", "relu", "conv 8 k3 p1", "relu", "maxpool 2", "conv 4 k3 p1", "relu", "maxpool 2", "flatten"]
    assert layers(network) == [*expected, "fc 4096", "relu", "dropout 0.5", "fc 4096", "relu", "dropout 0.5", "fc 7"]


# -- what goes in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shape", "notes"),
    [
        ("net = nn.Sequential(nn.Conv2d(1, 6, 5))  # input: 1x28x28", (1, 28, 28), ()),
        ("# input shape: (1, 28, 28)\nnet = nn.Sequential(nn.Conv2d(1, 6, 5))", (1, 28, 28), ()),
        ("# Input 1 × 28 × 28\nnet = nn.Sequential(nn.Conv2d(1, 6, 5))", (1, 28, 28), ()),
        (
            "# input (64, 1, 28, 28)\nnet = nn.Sequential(nn.Conv2d(1, 6, 5))",
            (1, 28, 28),
            ("the first number of 64×1×28×28 is read as the batch",),
        ),
        (
            "net = nn.Sequential(nn.Conv2d(1, 6, 5))\nX = torch.randn(1, 1, 28, 28)",
            (1, 28, 28),
            ("input 1×28×28 read from `torch.randn(1, 1, 28, 28)`, its first number as the batch",),
        ),
        (
            "net = nn.Sequential(nn.LazyConv2d(6, 5))\nX = torch.rand(size=(1, 1, 28, 28), dtype=torch.float32)",
            (1, 28, 28),
            ("input 1×28×28 read from `torch.rand(size=(1, 1, 28, 28), dtype=torch.float32)`, its first number as the batch",),
        ),
        (
            "net = nn.Sequential(nn.Conv2d(1, 6, 5))\nsummary(net, (1, 28, 28))",
            (1, 28, 28),
            ("input 1×28×28 read from `summary(net, (1, 28, 28))`",),
        ),
        (
            "w = torch.randn(3, 4)\nnet = nn.Sequential(nn.Conv2d(3, 6, 5))\ny = net(torch.zeros(2, 3, 9, 9))",
            (3, 9, 9),
            ("input 3×9×9 read from `torch.zeros(2, 3, 9, 9)`, its first number as the batch",),
        ),
        (
            "net = nn.Sequential(nn.Flatten(), nn.Dropout(0.1), nn.Linear(784, 10))",
            (784,),
            ("the first layer reads 784 values, and so does the network",),
        ),
        (
            "net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\nX = torch.rand(2, 1, 28, 28)",
            (1, 28, 28),
            ("input 1×28×28 read from `torch.rand(2, 1, 28, 28)`, its first number as the batch",),
        ),
        ("net = nn.Sequential(nn.LSTM(32, 64))  # input: 100x32", (100, 32), ()),
    ],
)
def test_the_input_is_found(text: str, shape: Shape, notes: tuple[str, ...]) -> None:
    """A comment, a tensor, a summary or a first linear layer says what goes in; what was made of it is a note."""
    network = pasted(text)
    assert network.inputs == {"input": shape}
    assert network.notes == notes


@pytest.mark.parametrize(
    ("first", "known", "typed"),
    [
        ("nn.Conv2d(1, 6, 5)", "it has 1 channel, but its height and width are not in the source", "1x28x28"),
        ("nn.Conv2d(3, 6, 5)", "it has 3 channels, but its height and width are not in the source", "3x224x224"),
        ("nn.LazyConv2d(6, 5)", "its height and width are not in the source", "1x28x28"),
        ("nn.Conv1d(4, 6, 5)", "it has 4 channels, but its length is not in the source", "4x100"),
        ("nn.Conv3d(1, 6, 5)", "it has 1 channel, but its sizes are not in the source", "1x16x112x112"),
        ("nn.LSTM(32, 64)", "it has 32 features a step, but its length is not in the source", "50x32"),
        ("nn.Embedding(1000, 64)", "its length is not in the source", "50"),
        ("nn.LazyLinear(3)", "its size is not in the source", "784"),
    ],
)
def test_an_input_that_is_not_known(first: str, known: str, typed: str) -> None:
    """What is known is said, and what to type; with that, the source is read."""
    text = f"net = nn.Sequential({first})\n"
    carets = "^" * len(first)
    assert refused(text) == (
        f"net.py:1:21: the input is not known: {known}\n"
        f"  1 | {text}"
        f"    |                     {carets}\n"
        f"  try: --input {typed}, or a line `# input: {typed}`"
    )
    shape = tuple(map(int, typed.split("x")))
    assert pasted(text, {"": shape}).inputs == {"input": shape}


def test_an_input_on_the_command_line_goes_first() -> None:
    """--input replaces what the source says."""
    text = "net = nn.Sequential(nn.Conv2d(1, 6, 5))  # input: 1x28x28"
    assert pasted(text, {"": (1, 32, 32)}).inputs == {"input": (1, 32, 32)}


def test_nothing_is_flattened_unasked() -> None:
    """As in torch, a linear layer after a convolution acts on the last axis; one that expects a flatten is refused."""
    text = "net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.Linear(24, 10))  # input: 1x28x28"
    assert archcalc.analyse(pasted(text)).rows[-1].output == (6, 24, 10)
    with pytest.raises(SpecError, match="3456 input features stated, 6×24×24 arrives"):
        archcalc.analyse(pasted(text.replace("24, 10", "3456, 10")))


# -- names, sharing, notes --------------------------------------------------------------------------------------------


def test_layers_have_the_names_of_the_source() -> None:
    """Attributes, mappings and variables name what they hold."""
    assert [n.path for n in pasted(TUTORIAL, {"": (3, 32, 32)}).nodes] == [
        "conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten1", "fc1", "relu3", "fc2", "relu4", "fc3",
    ]  # fmt: skip
    text, shape = PASTED["parts with names"]
    assert [n.path for n in pasted(text, {"": shape}).nodes] == ["b1.conv1", "b1.relu1", "b2.pool1", "b2.flatten1", "fc1"]


def test_a_module_used_again_shares_its_weights() -> None:
    """One object is one set of weights, however often it is called; a comprehension makes new ones."""
    text, shape = PASTED["shared weights"]
    analysis = archcalc.analyse(pasted(text, {"": shape}))
    assert [row.params for row in analysis] == [72, 0, 0, 72, 0]
    assert [row.multiplies for row in analysis] == [64, 0, 64, 64, 64]
    fresh = archcalc.analyse(pasted("net = nn.Sequential(*[nn.Linear(8, 8) for _ in range(3)])"))
    assert fresh.totals.params == 3 * 72


@pytest.mark.parametrize(
    ("layer", "note"),
    [
        ("nn.LSTM(8, 4), nn.Linear(4, 2)", "nn.LSTM hands on the pair (output, state) in torch; the output is read on"),
        ("nn.MultiheadAttention(8, 2)", "nn.MultiheadAttention is read as self-attention: query, key and value alike"),
    ],
)
def test_what_torch_itself_would_not_do(layer: str, note: str) -> None:
    """Where a Sequential would not run as it stands, what is read instead is said."""
    assert note in pasted(f"net = nn.Sequential({layer})\n# input: 5x8").notes


def test_padding_other_than_zeros() -> None:
    """A padding mode changes no figure, and a note says how it is read."""
    network = pasted("net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, padding_mode='reflect'))\n# input: 1x8x8")
    assert network.notes == ("padding_mode='reflect' is read as zeros: shapes and counts are the same",)


@pytest.mark.parametrize("prompt", [True, False])
def test_prompts_and_indentation_are_taken_off(prompt: bool) -> None:
    """A piece copied from a session or out of a function is read, and its places are those of the paste."""
    lines = ["net = nn.Sequential(", "    nn.Linear(3, 4),", "    nn.Lineer(4, 5))"]
    starts = [">>> ", "... ", "... "] if prompt else ["    "] * 3
    text = "\n".join(start + line for start, line in zip(starts, lines, strict=True))
    assert refused(text).startswith("net.py:3:9: nn.Lineer is not read\n")


def test_columns_are_characters() -> None:
    """Letters beyond ASCII before a fault do not move its carets."""
    assert refused("größe = 3; net = nn.Sequential(nn.Linear(größe, 4), nn.Relu())") == (
        "net.py:1:53: nn.Relu is not read\n"
        "  1 | größe = 3; net = nn.Sequential(nn.Linear(größe, 4), nn.Relu())\n"
        "    |                                                     ^^^^^^^\n"
        "  try: nn.ReLU"
    )


def test_the_network_among_other_things() -> None:
    """What trains or prints the network is passed over; the one that is part of nothing else is the network."""
    text = (
        LENET
        + """
X = torch.rand(size=(1, 1, 28, 28), dtype=torch.float32)
for layer in net:
    X = layer(X)
    print(layer.__class__.__name__, 'output shape:', X.shape)
loss = nn.CrossEntropyLoss()
net.apply(init_weights)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
with torch.no_grad():
    y = net(X)
if __name__ == '__main__':
    train(net)
"""
    )
    assert archcalc.analyse(pasted(text)).totals.params == 61_706


# -- what is not read -------------------------------------------------------------------------------------------------

ADVICE = "the layers written out in nn.Sequential(…)"


def test_a_fault_quotes_and_underlines() -> None:
    """The whole message, once."""
    assert refused("net = nn.Sequential(\n    nn.Conv2d(1, 6, kernal_size=5),\n    nn.ReLU())\n") == (
        "net.py:2:21: nn.Conv2d has no argument 'kernal_size'\n"
        "  2 |     nn.Conv2d(1, 6, kernal_size=5),\n"
        "    |                     ^^^^^^^^^^^^^\n"
        "  try: kernel_size"
    )


@pytest.mark.parametrize(
    ("text", "message", "part", "repairs"),
    [
        ("net = nn.Sequential(nn.Foo())", "nn.Foo is not read", "nn.Foo", "`archcalc layers` for what is"),
        ("net = nn.Sequential(nn.Linear(3))", "nn.Linear needs out_features", "nn.Linear(3)", "out_features=…"),
        ("net = nn.Sequential(nn.ReLU(1, 2))", "nn.ReLU takes at most 1 argument", "2", ""),
        ("net = nn.Sequential(nn.Sigmoid(1))", "nn.Sigmoid takes no arguments", "1", ""),
        (
            "net = nn.Sequential(nn.Linear(3, 4, out_features=4))",
            "'out_features' of nn.Linear is given twice",
            "out_features=4",
            "",
        ),
        ("net = nn.Sequential(nn.Linear(*a))", "the arguments of nn.Linear must be written out", "*a", "each value in its place"),
        ("net = nn.Sequential(nn.Linear(3, n))", "`n` is not known here: no line above gives it a value", "n", "`n = 64` above"),
        (
            "n = input()\nnet = nn.Sequential(nn.Linear(3, n))",
            "`input` is no module of torch.nn and no class of this text",
            "input",
            ADVICE,
        ),
        ("net = nn.Sequential(nn.Linear(3, 0))", "out of fc: 0 is too small: the least size is 1", "0", "1"),
        ("net = nn.Sequential(nn.Conv2d(1, 6, '5'))", "kernel_size of nn.Conv2d cannot be '5'", "'5'", ""),
        ("net = nn.Sequential(nn.Linear(3, 4), 'relu')", "`'relu'` is no module of torch.nn", "'relu'", ADVICE),
        (
            "net = nn.Sequential([nn.Linear(3, 4)])",
            "nn.Sequential takes modules, not a list of them",
            "[nn.Linear(3, 4)]",
            "*[nn.Linear(3, 4)]",
        ),
        ("net = nn.Sequential(nn.Flatten(0))", "start_dim=0 of nn.Flatten is not read, only start_dim=1", "0", ""),
        ("net = nn.Sequential(nn.LSTM(3, 4, proj_size=2))", "proj_size=2 of nn.LSTM is not read, only proj_size=0", "2", ""),
        (
            "net = nn.Sequential(nn.Linear(3, 10**20))",
            "`10 ** 20`: a number beyond 10¹⁵, the largest allowed",
            "10**20",
            "a smaller number: no size is larger than 1,000,000,000",
        ),
        ("net = nn.Sequential(nn.Linear(3, 4 / 0))", "`4 / 0`: a division by zero", "4 / 0", "a divisor that is not 0"),
        ("net = keras.Sequential([1])", "`keras` is not known here; torch.nn is read, imported or not", "keras", ADVICE),
        (
            "import mindspore.nn as nn\nnet = nn.Sequential(nn.Dense(3, 4))",
            "`nn.Sequential` is mindspore's, not torch.nn's",
            "nn.Sequential",
            ADVICE,
        ),
        ("for i in range(3):\n    net = nn.Linear(3, 3)", "`net` is set in a loop, which is not read", "for", ADVICE),
        ("if big:\n    net = nn.Sequential(nn.Linear(3, 3))", "`net` is set in a condition, which is not read", "if", ADVICE),
        (
            "layers = []\nfor c in (8, 16):\n    layers.append(nn.Linear(c, c))\nnet = nn.Sequential(*layers)",
            "`layers` is set in a loop, which is not read",
            "for",
            ADVICE,
        ),
        (
            "def block(n):\n    return nn.Linear(n, n)\nnet = nn.Sequential(block(3))",
            "`block` is a function, and functions are not run",
            "def",
            ADVICE,
        ),
        (
            "net = nn.Sequential(nn.Linear(3, 4))\nnet.insert(0, nn.ReLU())",
            "`net.insert(0, nn.ReLU())` is not read",
            "net.insert(0, nn.ReLU())",
            ADVICE,
        ),
        (
            "net = nn.Sequential(nn.Linear(3, 4))\nnet[0] = nn.ReLU()",
            "`net[0]` is given a value that cannot be read",
            "net[0]",
            ADVICE,
        ),
        (
            "a = nn.Sequential(nn.Linear(3, 4))\nb = nn.Sequential(nn.Tanh())",
            "several networks are made here: a, b",
            "nn.Sequential(nn.Tanh())",
            "`net = …` for the one meant",
        ),
        (
            "layers = [nn.Linear(3, 4)]",
            "`layers` is a list of modules, no network",
            "[nn.Linear(3, 4)]",
            "net = nn.Sequential(*layers)",
        ),
        ("net = nn.Sequential()", "this network has no layers", "nn.Sequential()", "nn.Linear(784, 10)"),
        ("import torch", "read as PyTorch source; no network is made here", "i", "net = nn.Sequential(nn.Linear(784, 10))"),
        ("net = Nett()", "`Nett` is no module of torch.nn and no class of this text", "Nett", ADVICE),
        (
            "conv_arch = ((1, 64), (1, 'a'))",
            "a pair of how many convolutions and how many channels is meant",
            "(1, 'a')",
            "(2, 256)",
        ),
        ("conv_arch = ()", "conv_arch holds no pairs", "()", "conv_arch = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))"),
        (
            "conv_arch = ((1, 64),)\nsmall_conv_arch = [(n, c // 4) for n, c in conv_arch]",
            "several tables stand here: conv_arch, small_conv_arch",
            "[(n, c // 4) for n, c in conv_arch]",
            "one of them alone",
        ),
    ],
)
def test_what_is_not_read_is_pointed_at(text: str, message: str, part: str, repairs: str) -> None:
    """The fault says what is read, at the exact characters, and what to do."""
    with pytest.raises(SpecError) as caught:
        pasted(text)
    (fault,) = caught.value.faults
    assert fault.message == message
    assert fault.span is not None
    line = text.split("\n")[fault.span.line - 1]
    assert line[fault.span.column - 1 : fault.span.column - 1 + fault.span.length] == part
    assert ", or ".join(fault.repairs) == repairs


CLASS = """\
class Net(nn.Module):
    def __init__(self{arguments}):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.fc = nn.Linear(4, 4)

    def forward(self, x{inputs}):
        {body}
"""
PLAIN = "a forward that hands one tensor from module to module is read"


@pytest.mark.parametrize(
    ("body", "message", "part"),
    [
        ("return x + self.conv(x)", f"`x + self.conv(x)` is not read; {PLAIN}", "x + self.conv(x)"),
        ("return torch.cat([self.conv(x), x], 1)", f"`torch.cat` is not read; {PLAIN}", "torch.cat(["),
        ("if x.sum() > 0: return self.conv(x)", f"this statement of forward is not read; {PLAIN}", "if"),
        ("for _ in range(3): x = self.conv(x)", f"this statement of forward is not read; {PLAIN}", "for"),
        ("return self.conv(x).mean(1)", f"`.mean()` is not read; {PLAIN}", "self.conv(x).mean(1)"),
        ("return self.conv(x)[0]", f"`self.conv(x)[0]` is not read; {PLAIN}", "self.conv(x)[0]"),
        ("return self.covn(x)", "`self.covn` has no value here", "self.covn"),
        ("return self.conv(x, x)", f"`self.conv(x, x)` is not read; {PLAIN}", "self.conv(x, x)"),
        ("return torch.flatten(x)", "flatten needs start_dim", "torch.flatten(x)"),
        ("x = self.conv(x)", "forward returns nothing", "def"),
        ("return 3", f"`3` is no tensor that can be followed; {PLAIN}", "3"),
    ],
)
def test_a_forward_that_is_not_plain(body: str, message: str, part: str) -> None:
    """Functional calls, joins and control flow in forward are refused where they stand."""
    text = CLASS.format(arguments="", inputs="", body=body)
    with pytest.raises(SpecError) as caught:
        pasted(text)
    (fault,) = caught.value.faults
    assert fault.message == message
    assert fault.span is not None
    line = text.split("\n")[fault.span.line - 1]
    assert line[fault.span.column - 1 :].startswith(part)


@pytest.mark.parametrize(
    ("arguments", "inputs", "call", "message"),
    [
        (", n", "", "net = Net()", "`n` of `Net` is given no value"),
        ("", ", y", "net = Net()", f"forward takes one tensor to be read; {PLAIN}"),
        ("", "", "net = Net(3)", "`Net` takes 0 arguments"),
        (", n=3", "", "net = Net(m=3)", "`Net` has no argument 'm'"),
    ],
)
def test_a_class_that_cannot_be_made(arguments: str, inputs: str, call: str, message: str) -> None:
    """Arguments without a value and a second tensor are refused."""
    text = CLASS.format(arguments=arguments, inputs=inputs, body="return self.fc(x)")
    if arguments == ", n":
        text = text.replace("nn.Linear(4, 4)", "nn.Linear(4, n)")
    assert message in refused(text + call + "\n")


def test_a_class_without_forward() -> None:
    """Its only nn.Sequential is the network; with two there is a choice nobody made."""
    text = (
        "class LeNet(d2l.Classifier):\n    def __init__(self, lr=0.1, num_classes=10):\n        super().__init__()\n"
        "        self.save_hyperparameters()\n"
        "        self.net = nn.Sequential(nn.LazyConv2d(6, 5), nn.Flatten(), nn.LazyLinear(num_classes))\n"
        "model = LeNet()\nmodel.layer_summary((1, 1, 28, 28))\n"
    )
    network = pasted(text)
    assert layers(network) == ["conv 6 k5", "flatten", "fc 10"]
    assert "LeNet has no forward; its only nn.Sequential is read" in network.notes
    two = text.replace("self.save_hyperparameters()", "self.other = nn.Sequential(nn.Linear(3, 4))")
    assert refused(two).startswith("net.py:1:1: `LeNet` has no forward, and 2 nn.Sequential to choose from")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("net = nn.Sequential(\n    nn.Linear(3, 4),\n    nn.Linear(4 5))", "net.py:3:15: not Python: "),
        ("net = nn.Sequential(nn.Linear(3, 4)", "net.py:1:20: not Python: '(' was never closed"),
        ("net = nn.Sequential(nn.Linear(3, 4)))", "net.py:1:37: not Python: unmatched ')'"),
        ("def f(:\n  pass", "net.py:1:7: not Python: invalid syntax"),
        ("    net = nn.Linear(3, 4)\n   x = 3", "net.py:2:"),
    ],
)
def test_what_is_no_python(text: str, place: str) -> None:
    """Python's own complaint, at its place in the paste."""
    assert refused(text).startswith(place)


def test_print_of_a_model() -> None:
    """What print(net) shows is no source, and the message says what it is."""
    text = "Sequential(\n  (0): Linear(in_features=3, out_features=4, bias=True)\n)\n"
    assert "try: the source itself; this is what print(net) shows" in refused(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("net = nn.Sequential(" + "(" * 5000, "too many nested parentheses"),
        ("net = nn.Sequential(nn.Linear(3, " + "-" * 100_000 + "1))", "nested too deep to be read"),
        # How deep Python's own parser goes depends on its version; refused it is either way.
        ("net = nn.Sequential(nn" + ".a" * 60_000 + ")", "nested too deep to be read | nn.Sequential takes modules"),
        ("import torch\n" + "x = 1\n" * 100_000, "net.py:1:1: PyTorch source of 600,013 characters; the most read is 200,000"),
        ("g = nn.Linear(2, 2)\n" + "g = nn.Sequential(g, g)\n" * 20, "more than 50,000 modules in one network"),
        ("g = nn.Linear(2, 2)\n" + "g = nn.Sequential(g)\n" * 60, "nested more than 30 deep in one network"),
        (
            "s = 'ab'\n" + "s = s + s\n" * 60 + "net = nn.Sequential(nn.Linear(3, len(s)))",
            "a text of more than 20,000 characters",
        ),
        ("net = nn.Sequential(*[nn.Linear(2, 2) for a in range(10**6)])", "a range of 1,000,000; the most read is 20,000"),
        (
            "net = nn.Sequential(*[nn.ReLU() for a in range(20000) for b in range(20000) if a < 0])",
            "more than 200,000 steps to read this source",
        ),
        (
            "class A(nn.Module):\n def __init__(self):\n  self.a = A()\n def forward(self, x): return self.a(x)\n",
            "classes inside classes too deep to be read",
        ),
    ],
)
def test_hostile_source_is_bounded(text: str, message: str) -> None:
    """Depth, size, doubling and endless loops end in a fault with a place."""
    said = refused(text).split("\n")[0]
    assert any(part in said for part in message.split(" | "))
