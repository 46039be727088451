"""Pasted PyTorch source: read with ast, never run, and the same as torch makes of it; what is not understood is pointed at."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
from reference_data import table

import archcalc
from archcalc.analysis import Totals, analyse
from archcalc.layers import layer_class
from archcalc.layers.base import Shape
from archcalc.loading import from_source, open_source
from archcalc.network.nodes import Network
from archcalc.text.faults import Misfit, SpecError
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
    "an LSTM that projects its states": (
        "class R(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.lstm = nn.LSTM(8, 16, num_layers=2, batch_first=True, bidirectional=True, proj_size=5)\n"
        "        self.state = nn.Linear(5, 3)\n"
        "        self.cell = nn.Linear(16, 3)\n"
        "        self.out = nn.Linear(10, 3)\n"
        "    def forward(self, x):\n"
        "        out, (h, c) = self.lstm(x)\n"
        "        return self.out(out[:, -1]) + self.state(h[-1]) + self.cell(c[0])\n"
        "net = R()",
        (7, 8),
    ),
    "attention by torch's function": (
        "class A(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.q, self.k, self.v = (nn.Linear(8, 8, bias=False) for _ in range(3))\n"
        "        self.out, self.packed = nn.Linear(8, 8), nn.Parameter(torch.zeros(24, 8))\n"
        "        self.b = nn.Parameter(torch.zeros(24))\n"
        "    def forward(self, x):\n"
        "        x = x.transpose(0, 1)\n"
        "        y, _ = F.multi_head_attention_forward(\n"
        "            x, x, x, 8, 2, None, self.b, None, None, False, 0.0, self.out.weight, self.out.bias,\n"
        "            training=self.training, need_weights=False, use_separate_proj_weight=True, q_proj_weight=self.q.weight,\n"
        "            k_proj_weight=self.k.weight, v_proj_weight=self.v.weight)\n"
        "        y, w = F.multi_head_attention_forward(\n"
        "            y, x[:3], x[:3], 8, 4, self.packed, None, None, None, False, 0.0, self.out.weight, self.out.bias)\n"
        "        return y.transpose(0, 1) @ w.new_ones(8, 3) + w\n"
        "net = A()",
        (5, 8),
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
@pytest.mark.filterwarnings(
    "ignore:Lazy modules", "ignore:enable_nested_tensor", "ignore:Using padding=", "ignore:LSTM with projections"
)
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


def test_attention_by_torchs_function_costs_what_its_products_do() -> None:
    """Two of 5 steps of 8 values: to themselves, and to 3 others; four projections each, and the scores and weighted sums."""
    text, shape = PASTED["attention by torch's function"]
    first, second = 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8, (2 * 5 + 2 * 3) * 8 * 8 + 2 * 5 * 3 * 8
    assert archcalc.analyse(pasted(text, {"": shape})).totals.multiplies == first + second + 5 * 8 * 3


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
        "net = nn.Sequential(nn.Linear(3, 4))\n"
    )
    assert layers(pasted(text)) == ["fc 4"]
    assert not marker.exists()
    assert "is not read" in refused(text.replace("3, 4", "3, n"))
    assert "exec() is not read: nothing of the file is run" in refused(f"{text}exec('1/0')\n")
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
        ("net = nn.Sequential(nn.LSTM(32, 64, batch_first=True))  # input: 100x32", (100, 32), ()),
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
    with pytest.raises(SpecError, match=r"takes 3456 features, 6×24×24 arrive\n.*\n.*\n  try: `nn.Flatten"):
        archcalc.analyse(pasted(text.replace("24, 10", "3456, 10")))


# -- names, sharing, notes --------------------------------------------------------------------------------------------


def test_layers_have_the_names_of_the_source() -> None:
    """Attributes, mappings and variables name what they hold."""
    assert [n.path for n in pasted(TUTORIAL, {"": (3, 32, 32)}).nodes] == [
        "conv1", "relu1", "pool", "conv2", "relu2", "pool_2", "flatten1", "fc1", "relu3", "fc2", "relu4", "fc3",
    ]  # fmt: skip
    text, shape = PASTED["parts with names"]
    assert [n.path for n in pasted(text, {"": shape}).nodes] == ["0.0", "0.1", "1.0", "1.1", "2"]


def test_a_module_used_again_shares_its_weights() -> None:
    """One object is one set of weights, however often it is called; a comprehension makes new ones."""
    text, shape = PASTED["shared weights"]
    analysis = archcalc.analyse(pasted(text, {"": shape}))
    assert [row.params for row in analysis] == [72, 0, 0, 72, 0]
    assert [row.multiplies for row in analysis] == [64, 0, 64, 64, 64]
    fresh = archcalc.analyse(pasted("net = nn.Sequential(*[nn.Linear(8, 8) for _ in range(3)])"))
    assert fresh.totals.params == 3 * 72


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("nn.LSTM(8, 4, batch_first=True), nn.Linear(4, 2)", "nn.Linear: expected a Tensor, got tuple"),
        (
            "nn.MultiheadAttention(8, 2)",
            "MultiheadAttention.forward() missing 2 required positional arguments: 'key' and 'value'",
        ),
    ],
)
def test_what_torch_itself_would_not_do(layer: str, said: str) -> None:
    """A Sequential that torch cannot run is refused."""
    assert said in refused(f"net = nn.Sequential({layer})\n# input: 5x8")


def test_steps_first() -> None:
    """A layer that reads steps before the batch turns the input round, and says so."""
    network = pasted("net = nn.LSTM(8, 4)\n# input: 5x8")
    assert layers(network) == ["lstm 4"]
    assert network.notes == ("the batch is the second dimension of the input: a layer of the network reads steps first",)


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
    assert refused(text).startswith("net.py:3:9: torch.nn has no Lineer\n")


def test_columns_are_characters() -> None:
    """Letters beyond ASCII before a fault do not move its carets."""
    assert refused("größe = 3; net = nn.Sequential(nn.Linear(größe, 4), nn.Relu())") == (
        "net.py:1:53: torch.nn has no Relu\n"
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
X = torch.rand(1, 1, 28, 28)
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
    assert refused("net = nn.Sequential(\n    nn.Conv2d(1, 6, kernel_size=5.0),\n    nn.ReLU())\n") == (
        "net.py:2:21: nn.Conv2d: kernel_size=5.0 is a float, and torch takes whole numbers only\n"
        "  2 |     nn.Conv2d(1, 6, kernel_size=5.0),\n"
        "    |                     ^^^^^^^^^^^^^^^\n"
        "  try: int(kernel_size), or kernel_size=5"
    )


@pytest.mark.parametrize(
    ("text", "message", "part", "repairs"),
    [
        ("net = nn.Sequential(nn.Foo())", "torch.nn has no Foo", "nn.Foo", "`archcalc layers` for what is read"),
        (
            "net = nn.Sequential(nn.Linear(3, 0))",
            "nn.Linear: out_features=0 is too small: the least is 1",
            "0",
            "out_features=1",
        ),
        (
            "net = nn.Sequential(nn.Conv2d(1, 6, '5'))",
            "nn.Conv2d: kernel_size cannot be '5'",
            "'5'",
            "a whole number, such as kernel_size=1",
        ),
        (
            "net = nn.Sequential(nn.Linear(3, 4), 'relu')",
            "nn.Sequential takes modules; str is none",
            "nn.Sequential(nn.Linear(3, 4), 'relu')",
            "a module of torch.nn, such as nn.ReLU()",
        ),
        (
            "net = nn.Sequential([nn.Linear(3, 4)])",
            "nn.Sequential takes modules, not a list of them",
            "nn.Sequential([nn.Linear(3, 4)])",
            "a * in front of the list",
        ),
        (
            "net = nn.Sequential(nn.LSTM(3, 4, proj_size=4))",
            "nn.LSTM: proj_size has to be smaller than hidden_size",
            "proj_size=4",
            "proj_size=3",
        ),
        (
            "net = nn.Sequential(nn.GRU(3, 4, proj_size=2))",
            "nn.GRU: proj_size argument is only supported for LSTM, not RNN or GRU",
            "proj_size=2",
            "proj_size=0",
        ),
        (
            "net = nn.Sequential(nn.Linear(3, 10**20))",
            "nn.Linear: out_features=100000000000000000000 is too large: the most read is 1,000,000,000",
            "10**20",
            "out_features=1",
        ),
        (
            "a = nn.Sequential(nn.Linear(3, 4))\nb = nn.Sequential(nn.Tanh())",
            "several networks are made here: a, b",
            "nn.Sequential(nn.Tanh())",
            "net.py:a",
        ),
        ("layers = [nn.Linear(3, 4)]", "`layers` is a list of modules, no network", "l", "net = nn.Sequential(*layers)"),
        ("net = nn.Sequential()", "this network has no layers", "nn.Sequential()", "nn.Linear(784, 10)"),
        ("import torch", "read as PyTorch source; no network is made here", "i", "net = nn.Sequential(nn.Linear(784, 10))"),
        (
            "conv_arch = ((1, 64), (1, 'a'))",
            "a pair of how many convolutions and how many channels is meant",
            "((1, 64), (1, 'a'))",
            "(2, 256)",
        ),
        ("conv_arch = ()", "conv_arch holds no pairs", "()", "conv_arch = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))"),
        (
            "conv_arch = ((1, 64),)\nsmall_conv_arch = [(n, c // 4) for n, c in conv_arch]",
            "several tables stand here: conv_arch, small_conv_arch",
            "[(n, c // 4) for n, c in conv_arch]",
            "one of them alone",
        ),
        (
            "net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(9, 8, 3))  # input: 3x8x8",
            "takes 9 channels, 8 arrive",
            "nn.Conv2d(9, 8, 3)",
            "in_channels=8",
        ),
        (
            "net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(9))  # input: 3x8x8",
            "takes 9 channels, 8 arrive",
            "nn.BatchNorm2d(9)",
            "num_features=8",
        ),
        (
            "net = nn.Sequential(nn.Conv2d(4, 6, 3, groups=4))  # input: 4x8x8",
            "nn.Conv2d: out_channels=6 is not divisible by groups=4",
            "6",
            "groups=1",
        ),
    ],
)
def test_what_does_not_fit_is_pointed_at(text: str, message: str, part: str, repairs: str) -> None:
    """The fault says what is wrong in torch's words, at the exact characters, and what to do."""
    with pytest.raises(SpecError) as caught:
        pasted(text)
    (fault,) = caught.value.faults
    assert fault.message == message
    assert fault.span is not None
    line = text.split("\n")[fault.span.line - 1]
    assert line[fault.span.column - 1 : fault.span.column - 1 + fault.span.length] == part
    assert ", or ".join(fault.repairs) == repairs


@pytest.mark.parametrize("cut", ["x.split(1, 1)", "x.chunk(999_999_999, 1)", "x.tensor_split(999_999_999, 1)"])
def test_parts_are_drawn_before_they_are_made(cut: str) -> None:
    """A thousand million parts are refused, and none of them is made first."""
    text = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.act = nn.ReLU()\n\n"
    text += f"    def forward(self, x):\n        return self.act({cut}[0])\n"
    start = time.process_time()
    with pytest.raises(SpecError, match="the most is 2,000,000"):
        pasted(text, {"": (10**9, 1)})
    assert time.process_time() - start < 2


def test_a_divisor_is_not_looked_for_one_by_one() -> None:
    """What divides a large prime is found in the time of its root."""
    start = time.process_time()
    said = refused("net = nn.Conv2d(999_999_937, 999_999_937, 3, groups=999_999_936)  # input: 999999937x3x3")
    assert "in_channels=999999937 is not divisible by groups=999999936" in said
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("net = nn.Sequential(nn.Linear(3))", "net.py:1:21: nn.Linear missing 1 required positional argument: 'out_features'"),
        ("net = nn.Sequential(nn.ReLU(1, 2))", "net.py:1:21: nn.ReLU takes from 0 to 1 positional arguments but 2 were given"),
        ("net = nn.Sequential(nn.Linear(3, 4, out=4))", "net.py:1:37: nn.Linear has no argument 'out'"),
        ("net = nn.Sequential(nn.Linear(*a))", "net.py:1:32: NameError: name 'a' is not defined"),
        ("net = nn.Sequential(nn.Linear(3, n))", "net.py:1:34: NameError: name 'n' is not defined"),
        ("n = input()\nnet = nn.Sequential(nn.Linear(3, n))", "net.py:2:"),
        ("net = nn.Sequential(nn.Linear(3, 4 / 0))", "net.py:1:34: ZeroDivisionError: division by zero"),
        ("net = keras.Sequential([1])", "net.py:1:7: NameError: name 'keras' is not defined"),
        (
            "import mindspore.nn as nn\nnet = nn.Sequential(nn.Dense(3, 4))",
            "net.py:1:8: `net` is not known: mindspore is imported",
        ),
        ("net = Nett()", "net.py:1:7: NameError: name 'Nett' is not defined"),
    ],
)
def test_what_python_would_refuse(text: str, place: str) -> None:
    """What raises in Python is a fault in Python's words; what is not known is a fault where the network needs it."""
    assert refused(text).startswith(place)


def test_a_module_between_which_cannot_be_read() -> None:
    """A network that needs something unknown is refused and names it; what nothing needs is passed over."""
    text = "import timm\nextra = timm.create_model('x')\nnet = nn.Sequential(nn.Linear(3, 4))\n"
    assert layers(pasted(text)) == ["fc 4"]
    assert "timm.layers.BlurPool2d" in refused(text.replace("nn.Linear(3, 4)", "nn.Linear(3, 4), timm.layers.BlurPool2d()"))


CLASS = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        {body}

net = Net()  # input: 4x4x4
"""


@pytest.mark.parametrize(
    ("body", "message", "part"),
    [
        (
            "if x.sum() > 0: return self.conv(x)",
            "what is decided here depends on the value of a tensor: only shapes are known",
            "x.sum() > 0",
        ),
        (
            "return self.fc(x) * self.conv(x).mean().item()",
            "what the network gives is not known: only shapes are known",
            "self.conv(x).mean().item()",
        ),
        ("return self.conv(x)[0]", "one input of the batch is taken out of B×4×4×4", "self.conv(x)[0]"),
        ("return self.covn(x)", "AttributeError: 'Net' object has no attribute 'covn'", "self.covn"),
        (
            "return self.conv(x, x)",
            "TypeError: Conv2d.forward() takes 2 positional arguments but 3 were given",
            "self.conv(x, x)",
        ),
        (
            "return torch.flatten(x)",
            "flatten: the inputs of a batch are joined: B×4×4×4 would become 64·B",
            "torch.flatten(x)",
        ),
        (
            "return self.fc(self.conv(x).view(-1, 48))",
            "view: each input has 64 values here, and this takes 48 for an input: the batch would come out as 4/3·B",
            "self.conv(x).view(-1, 48)",
        ),
        ("x = self.conv(x)", "forward of Net gives no tensor", "class"),
        ("return 3", "forward of Net gives no tensor", "class"),
    ],
)
def test_a_forward_that_cannot_be_followed(body: str, message: str, part: str) -> None:
    """What depends on values, or takes the batch apart, is refused where it stands."""
    text = CLASS.format(body=body)
    with pytest.raises(SpecError) as caught:
        pasted(text)
    (fault,) = caught.value.faults
    assert fault.message == message
    assert fault.span is not None
    line = text.split("\n")[fault.span.line - 1]
    assert line[fault.span.column - 1 :].startswith(part)


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
    two = text.replace("self.save_hyperparameters()", "self.other = nn.Sequential(nn.Linear(3, 4))").replace(
        "self.net", "self.one"
    )
    assert "`LeNet` has no forward, and 2 nn.Sequential to choose from" in refused(two)


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
    """What print(net) shows, pasted behind a source, is no source, and the message says what it is."""
    text = "import torch\nSequential(\n  (0): Linear(in_features=3, out_features=4, bias=True)\n)\n"
    assert "try: the source alone, or alone what print(net) shows" in refused(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("net = nn.Sequential(" + "(" * 5000, "too many nested parentheses"),
        (
            "net = nn.Sequential(nn.Linear(3, " + "-" * 100_000 + "1))",
            "an expression too long to be read | nested too deep to be read",
        ),
        ("net = nn.Sequential(nn" + ".a" * 60_000 + ")", "an expression too long to be read | nested too deep to be read"),
        ("import torch\n" + "x = 1\n" * 100_000, "net.py:1:1: a source of 600,013 characters; the most read is 300,000"),
        ("g = nn.Linear(2, 2)\n" + "g = nn.Sequential(g, g)\n" * 20, "more than 1,500,000 steps of a program"),
        (
            "s = 'ab'\n" + "s = s + s\n" * 60 + "net = nn.Sequential(nn.Linear(3, len(s)))",
            "more than 8,000,000 characters of text made",
        ),
        ("net = nn.Sequential(*[nn.Linear(2, 2) for a in range(10**6)])", "more than 1,500,000 steps of a program"),
        (
            "net = nn.Sequential(*[nn.ReLU() for a in range(20000) for b in range(20000) if a < 0])",
            "more than 1,500,000 steps of a program",
        ),
        (
            "class A(nn.Module):\n def __init__(self):\n  self.a = A()\n def forward(self, x): return self.a(x)\n",
            "1,001 calls inside one another; the most is 1,000",
        ),
    ],
)
def test_hostile_source_is_bounded(text: str, message: str) -> None:
    """Depth, size, doubling and endless loops end in a fault with a place."""
    said = refused(text).split("\n")[0]
    assert any(part in said for part in message.split(" | "))


# -- what was once read wrongly without a word ------------------------------------------------------------------------

BUILT = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, 16, 3, padding=1)]
        {grown}
        self.features = nn.Sequential(*layers)
        {after}

    def forward(self, x):
        return self.features(x)

net = Net()  # input: 3x8x8
"""
# How layers come into a network beside a list that is written out, and the parameters that torch counts.
GROWN: dict[str, tuple[str, int]] = {
    "a list added to": (BUILT.format(grown="layers += [nn.ReLU(), nn.Conv2d(16, 32, 3)]", after="pass"), 5_088),
    "a list extended": (BUILT.format(grown="layers.extend([nn.ReLU(), nn.Conv2d(16, 32, 3)])", after="pass"), 5_088),
    "a list inserted into": (BUILT.format(grown="layers.insert(0, nn.BatchNorm2d(3))", after="pass"), 454),
    "extended in a loop": (
        BUILT.format(grown="for _ in range(3): layers.extend([nn.Conv2d(16, 16, 3, padding=1), nn.ReLU()])", after="pass"),
        7_408,
    ),
    "grown in a condition": (BUILT.format(grown="if len(layers) == 1: layers.append(nn.Conv2d(16, 16, 3))", after="pass"), 2_768),
    "an attribute appended to": (BUILT.format(grown="pass", after="self.features.append(nn.Conv2d(16, 32, 3))"), 5_088),
    "an attribute added to by name": (
        BUILT.format(grown="pass", after="self.features.add_module('x', nn.Conv2d(16, 32, 3))"),
        5_088,
    ),
    "a number added to": ("n = 2\nn += 3\nnet = nn.Sequential(nn.Flatten(), nn.Linear(784, n))  # input: 1x28x28", 3_925),
    "a layer replaced": (
        "net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 999))\nnet[2] = nn.Linear(256, 10)  # input: 784",
        203_530,
    ),
    "a layer deleted": (
        "net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))\ndel net[2]  # input: 784",
        200_960,
    ),
    "a tied weight": (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.encoder = nn.Embedding(1000, 64)\n        self.rnn = nn.LSTM(64, 64, batch_first=True)\n"
        "        self.decoder = nn.Linear(64, 1000)\n        self.decoder.weight = self.encoder.weight\n"
        "    def forward(self, x):\n        return self.decoder(self.rnn(self.encoder(x))[0])\n"
        "net = Net()  # input: 20",
        98_280,
    ),
    "a parameter of the network's own": (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(784, 10)\n"
        "        self.scale = nn.Parameter(torch.ones(10))\n"
        "    def forward(self, x):\n        return self.fc(x) * self.scale\nnet = Net()  # input: 784",
        7_860,
    ),
    "a Sequential that adds to itself": (
        "class Block(nn.Sequential):\n    def __init__(self):\n        super().__init__(nn.Conv2d(3, 16, 3))\n"
        "        self.add_module('out', nn.Conv2d(16, 10, 1))\nnet = Block()  # input: 3x8x8",
        618,
    ),
    "modules added by name in a function": (
        "def lenet():\n    net = nn.Sequential()\n    net.add_module('c1', nn.Conv2d(1, 6, 5, padding=2))\n"
        "    net.add_module('p1', nn.AvgPool2d(2))\n    net.add_module('c2', nn.Conv2d(6, 16, 5))\n"
        "    net.add_module('p2', nn.AvgPool2d(2))\n    net.add_module('f', nn.Flatten())\n"
        "    net.add_module('f1', nn.Linear(400, 120))\n    net.add_module('f2', nn.Linear(120, 84))\n"
        "    net.add_module('f3', nn.Linear(84, 10))\n    return net\nnet = lenet()  # input: 1x28x28",
        61_706,
    ),
}


@pytest.mark.parametrize("name", GROWN)
def test_nothing_is_passed_over(name: str) -> None:
    """Whatever a statement does to a network is in its figures: those of the file run by torch."""
    text, params = GROWN[name]
    assert archcalc.analyse(pasted(text)).totals.params == params
    net, _ = run_in_torch(text)
    assert sum(p.numel() for p in net.parameters()) == params


def test_parameters_that_forward_never_uses() -> None:
    """They count as torch counts them, do nothing, and their rows say so."""
    text = (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(8, 4)\n"
        "        self.aux = nn.Conv2d(3, 5, 3)\n        self.token = nn.Parameter(torch.zeros(7))\n"
        "    def forward(self, x):\n        return self.fc(x) if not self.training else self.aux(x)\nnet = Net()\n"
    )
    analysis = archcalc.analyse(pasted(text, {"": (8,)}))
    net, _ = run_in_torch(text)
    assert analysis.totals.params == sum(p.numel() for p in net.parameters())
    assert {row.path: (row.params, row.multiplies) for row in analysis} == {"fc": (36, 32), "aux": (140, 0), "token": (7, 0)}
    table = archcalc.to_markdown(analysis)
    assert "conv 5 k3 (not run)" in table


RESIDUAL = """\
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, width, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut = nn.Sequential(nn.Conv2d(width, width, 1, stride))

    def forward(self, x):
        return self.conv1(x).relu() + self.shortcut(x)


class Net(nn.Module):
    def __init__(self, block, depth=2):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3)
        self.body = nn.Sequential(*[block(8, 2 if i else 1) for i in range(depth)])

    def forward(self, x):
        return self.body(self.stem(x))


def small():
    return Net(Block)


def large():
    return Net(Block, 4)
"""


def asked(text: str, name: str) -> Network:
    return from_source(Source("net.py", text, asked=name), inputs={"": (3, 16, 16)})


def test_a_network_is_asked_for_by_name_or_expression() -> None:
    """A file with several networks lists them; a function, a class or an expression is asked for behind a colon."""
    said = refused(RESIDUAL)
    assert said.startswith("net.py has 2 networks: small, large\n  try: net.py:small, or net.py:large")
    assert [len(asked(RESIDUAL, name).nodes) for name in ("small", "large", "Net(Block, depth=1)")] == [8, 16, 4]
    paths = [n.path for n in asked(RESIDUAL, "small").nodes]
    assert paths[:4] == ["stem", "body.0.conv1", "body.0.relu1", "body.0.add1"]
    assert asked(RESIDUAL, "small").groups["body.1"] == "Block(8, 2)"
    with pytest.raises(SpecError, match=r"has no network 'smal'\n  try: net.py:small"):
        asked(RESIDUAL, "smal")
    with pytest.raises(SpecError, match=r"Net\(block, depth=2\) needs block"):
        asked(RESIDUAL, "Net")
    with pytest.raises(SpecError, match="`3` is no network"):
        asked(RESIDUAL, "3")


STATEFUL = """
import functools
import torch
from torch import nn

sizes = [16, 8]
count = 0
one = nn.Conv2d
nn.Conv2d = lambda taken, out, kernel: one(taken, 2 * out, kernel)


class Block(nn.Module):
    made = 0

    def __init__(self, width=[4]):
        super().__init__()
        global count
        count += 1
        Block.made += 1
        width.append(width[-1] + 1)
        self.out = sizes.pop() + count + Block.made + len(width)
        self.conv = nn.Conv2d(3, self.out, 3)

    @functools.lru_cache(None)
    def wide(self):
        return self.out

    def forward(self, x):
        return self.conv(x) + self.wide()


net = Block()
"""


def test_what_is_compiled_once_is_run_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A description of a program that changes its own globals, defaults, classes and torch makes the same network each time.

    The text is parsed for the first one alone.
    """
    import ast

    from archcalc.network.description import Given
    from archcalc.notations import read

    parsed: list[object] = []
    parse = ast.parse
    monkeypatch.setattr(ast, "parse", lambda *args, **kwargs: parsed.append(args) or parse(*args, **kwargs))
    description = read(Source("net.py", STATEFUL))
    networks = [description.network(Given({"": (3, n, n)})) for n in (9, 16, 9)]
    once = len(parsed)
    networks.append(description.network(Given({"": (3, 9, 9)})))
    assert len(parsed) == once
    totals = [analyse(network).totals for network in networks]
    assert totals[0] == totals[2] == totals[3] == analyse(from_source(Source("net.py", STATEFUL), inputs={"": (3, 9, 9)})).totals
    # Twice 8 + 1 + 1 + 2 channels, each with 3·3·3 weights and a bias.
    assert {t.params for t in totals} == {24 * 28}
    assert [row.path for row in analyse(networks[0]).rows] == [row.path for row in analyse(networks[1]).rows]


def test_a_file_beside_it_is_read_once(tmp_path: Path) -> None:
    """What a source imports is not read again for another size, though it is gone by then."""
    from archcalc.network.description import Given
    from archcalc.notations import read

    (tmp_path / "parts.py").write_text("from torch import nn\nhead = nn.Linear(4, 2)\n", encoding="utf-8")
    file = tmp_path / "net.py"
    file.write_text("from torch import nn\nfrom parts import head\nnet = nn.Sequential(nn.Flatten(), head)\n", encoding="utf-8")
    description = read(open_source(str(file)))
    first = description.network(Given({"": (1, 2, 2)}))
    (tmp_path / "parts.py").unlink()
    assert analyse(description.network(Given({"": (4, 1, 1)}))).totals == analyse(first).totals == (10, 8, 8)


# -- what is not known, stated ------------------------------------------------------------------------------------------

TWO_OUTPUTS = """\
import other

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(x), {beside}
"""


def test_what_forward_gives_beside_its_tensors() -> None:
    """A second result that something unread makes may be a network too: it is refused; a loss is a note."""
    assert "other is imported and not read" in refused(TWO_OUTPUTS.format(beside="other.head(x)"))
    notes = pasted(TWO_OUTPUTS.format(beside="nn.functional.cross_entropy(x, x)"), {"": (4,)}).notes
    assert notes == ("what forward gives beside its tensors is not counted: F.cross_entropy",)


def test_a_network_of_nothing_but_what_is_not_read() -> None:
    """The import is named, not the lack of layers."""
    made = "import other\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    text = f"{made}        self.body = other.Body(4)\n    def forward(self, x):\n        return self.body(x)\n"
    assert "other is imported and not read" in refused(text)


def test_statements_that_are_not_read_are_named() -> None:
    """Their lines are a note, and so is a name that nothing defines."""
    text = "import other\nnet = nn.Linear(4, 2)\nfor epoch in range(other.EPOCHS):\n    print(epoch)\nplot_losses(3)\n"
    assert pasted(text).notes[1:] == (
        "`plot_losses` is not defined in what is read, and is taken to change no network",
        "net.py: not read, and nothing of the network depends on it: line 3",
    )


def test_a_network_that_an_unread_statement_could_change_is_refused() -> None:
    """The loop that is not read gets hold of the network, which may be another after it."""
    assert "net.py:3" in refused("import other\nnet = nn.Linear(4, 2)\nfor i in range(other.N):\n    other.prune(net)\n")


def test_one_reading_leaves_nothing_to_the_next() -> None:
    """What an unread function was handed in one file (the size of the batch, a type) is known again in the next."""
    first = "import other\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    forward = "        self.fc = nn.Linear(4, 4)\n    def forward(self, x):\n        b = x.shape[0]\n        {}\n"
    forward += "        return self.fc(x).view(b, 2, 2).to(torch.float32)\n"
    plain = first + forward.format("pass")
    assert layers(pasted(plain))
    refused(first + forward.format("x = other.mix(x, b, torch.float32, x.device)"))
    assert layers(pasted(plain)) == layers(pasted(plain.replace("import other\n", "")))


def test_a_module_that_takes_the_place_of_another_keeps_its_place() -> None:
    """As in torch's _modules: the new one runs where the old one did."""
    text = "net = nn.Sequential(OrderedDict(a=nn.Linear(4, 3), b=nn.ReLU()))\nnet.c = nn.Sigmoid()\nnet.a = nn.Linear(4, 2)\n"
    assert layers(pasted(text)) == ["fc 2", "relu", "sigmoid"]


OF_TIMM = """\
from timm.layers import DropPath, Mlp, to_2tuple, trunc_normal_
from timm.models.vision_transformer import Attention, PatchEmbed

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = PatchEmbed(32, 8, 3, 24)
        self.attn, self.mlp, self.path = Attention(24, num_heads=4, qkv_bias=True), Mlp(24, 48), DropPath(0.1)
        self.pos = nn.Parameter(torch.zeros(1, self.embed.num_patches, 24))
        trunc_normal_(self.pos, std=0.02)

    def forward(self, x):
        x = self.embed(x) + self.pos
        x = x + self.path(self.attn(x))
        return x + self.path(self.mlp(x))
"""


def test_the_parts_of_timm() -> None:
    """Parameters and multiplications by their formulas: a patch embedding, attention, a perceptron of two layers."""
    analysis = archcalc.analyse(pasted(OF_TIMM, {"": (3, 32, 32)}))
    assert analysis.totals.params == (192 * 24 + 24) + 16 * 24 + (24 * 72 + 72 + 24 * 24 + 24) + (24 * 48 + 48 + 48 * 24 + 24)
    assert analysis.totals.multiplies == 16 * (192 * 24 + 24 * 72 + 24 * 24 + 2 * 24 * 48) + 2 * 16 * 16 * 24


def test_lightning_s_arguments() -> None:
    """save_hyperparameters keeps the arguments by their names, defaults among them."""
    text = """\
import pytorch_lightning as pl

class Lit(pl.LightningModule):
    def __init__(self, width, depth=2, **more):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(*[nn.Linear(self.hparams.width, self.hparams['width']) for _ in range(self.hparams.depth)])
        self.head = nn.Linear(width, self.hparams.classes)

    def forward(self, x):
        return self.head(self.net(x))

net = Lit(3, classes=5)
"""
    assert layers(pasted(text)) == ["fc 3", "fc 3", "fc 5"]


AUXILIARY = """\
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Dropout())
        self.head = nn.Linear(16, 4)
        self.aux = nn.Linear(16, 2)

    def forward(self, x):
        x = self.body(x)
        if self.training:
            return self.head(x), self.aux(x)
        return self.head(x)
"""


@pytest.mark.parametrize("train", [False, True])
def test_a_network_is_read_in_the_mode_that_is_asked_for(train: bool) -> None:
    """An auxiliary head runs in training alone; the mode is said, and torch's own net gives as much."""
    network = archcalc.load(AUXILIARY, train=train)
    analysis = archcalc.analyse(network)
    shapes = [analysis.rows[i].output for i in network.outputs]
    assert any(("training mode" if train else "evaluation mode") in note for note in network.notes)
    assert (analysis.row("aux").node.unrun is None) is train
    torch = pytest.importorskip("torch")
    names: dict[str, Any] = {}
    exec(AUXILIARY, names)
    given = names["Net"]().train(train)(torch.zeros(2, 8))
    assert shapes == [tuple(t.shape[1:]) for t in (given if train else (given,))]
    assert analysis.totals.params == sum(p.numel() for p in names["Net"]().parameters())


def test_only_pytorch_source_has_a_mode_of_training() -> None:
    """Nothing is passed over: another notation refuses to be read in it."""
    with pytest.raises(SpecError, match="only PyTorch source has a mode of training"):
        archcalc.load("input: 8\nlayers: [fc 3]\n", train=True)


def test_a_name_that_has_to_be_changed_is_said() -> None:
    """torch lets a module be called anything without a dot; a path here is letters, digits, _ and -."""
    network = pasted("net = nn.Sequential()\nnet.add_module('a layer', nn.Linear(4, 2))\n")
    assert [node.path for node in network.nodes] == ["a_layer"]
    assert "the module 'a layer' is called 'a_layer' here, so that its name has no other meaning" in network.notes


@pytest.mark.parametrize(
    "call",
    [
        "nn.Module.children(3)", "nn.Linear.forward(3, 4)", "torch.Tensor.view(3, 4)", "nn.Linear.__init__(3, 4)",
        "nn.Linear.__new__(3)", "nn.Module.__new__()", "torch.zeros(2).__new__(3)", "nn.Module.__call__(3)",
        "nn.Module.__setattr__(3, 'a', 4)",
        "nn.Sequential.__getitem__(3, 0)", "nn.ModuleDict.keys(3)", "torch.flatten(3)", "torch.where(3, 4, 5)",
        "torch.Tensor([torch])", "torch.Tensor.__new__(nn.Linear)",
        "nn.Module().get_submodule(3)", "tuple.__len__(print)", "list.__len__(nn.Linear)",
    ],
)  # fmt: skip
def test_a_method_may_be_called_with_anything(call: str) -> None:
    """What is no object of the class is an exception of the program, at its place; nothing of ours breaks on it."""
    text = f"import torch\nimport torch.nn as nn\nn = {call}\nnet = nn.Linear(3, n)  # input: 3\n"
    with pytest.raises(SpecError) as caught:
        pasted(text)
    assert caught.value.faults[0].span is not None
    assert caught.value.faults[0].span.line == 3
    beside = pasted(text.replace("(3, n)", "(3, 4)"))
    assert any("a fault beside it is passed over" in note and ":3:" in note for note in beside.notes)


def test_a_list_that_may_have_been_changed_is_no_network() -> None:
    """What something unread sorted is looked at for networks without being asked for its items."""
    with pytest.raises(SpecError, match="no network is made here"):
        pasted("import os\nimport torch.nn as nn\nx = [1, os]\nx.sort()\n")


def test_a_forward_that_runs_no_layer_is_refused() -> None:
    """An empty table would look like an answer; seed 8, case 347,876 of the fuzzer exported it."""
    text = "import torch.nn as nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    text += "        self.act = nn.ReLU()\n    def forward(self, x):\n        return x\n"
    with pytest.raises(SpecError) as error:
        archcalc.load(text, input="3x8x8")
    (fault,) = error.value.faults
    assert (fault.message, fault.span.line if fault.span else 0) == (
        "forward runs no layer: what it is given is what it gives",
        2,
    )
    assert analyse(archcalc.load(text.replace("return x", "return self.act(x)"), input="3x8x8")).rows


def test_a_comment_with_a_size_of_zero_gives_no_input() -> None:
    """`3x32x1,000` was taken for 3×32×1×0; seed 8, case 374,773 of the fuzzer divided by it."""
    text = "import torch.nn as nn\n# input 3x32x1,000\nnet = nn.Sequential(nn.Flatten(), nn.Linear(96000, 2))\n"
    assert archcalc.load(text).inputs != {"input": (3, 32, 1, 0)}
    with pytest.raises(Misfit, match="0 values"):
        layer_class("reshape")(shape=(0, -1)).output(((3, 0),))
