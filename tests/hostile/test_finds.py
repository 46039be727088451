"""What the fuzzer found, each made as small as it goes. Every one failed before it was mended."""

from __future__ import annotations

import pytest

from tests.hostile.fuzz import Case, empty_folder, wrong

PARAMETERS = """import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)
        self.aux = nn.Conv2d(3, 5, 3)
        self.scale = nn.Parameter(torch.zeros(4))
    def forward(self, x):
        return self.fc(x) * self.scale
net = Net()  # input: 8
"""


def case(argv: str, name: str = "", text: str = "", **more: str) -> Case:
    """A command line with its files."""
    files = {name: text.encode()} if name else {}
    return Case(argv.split(), files | {key.replace("_", "."): value.encode() for key, value in more.items()}, b"")


FINDS = {
    "a list as a size in YOLO": case(
        "params net.yaml", "net.yaml", "backbone:\n  - [-1, 7, nn.MaxPool2d, [1, [3, 3], nc]]\nhead:\n"
    ),
    "a head of YOLO that reads a sequence": case(
        "params n.yaml --input 32x100", "n.yaml", "backbone:\n  - [-1, 1, Detect, [3]]\nhead:\n"
    ),
    "the least of a list of features": case("min-input n.yaml --vary input", "n.yaml", "input: 5\nlayers: [fc 3]\n"),
    "no multiplier of a convolution": case(
        "params n.json",
        "n.json",
        '{"class_name": "Sequential", "config": {"layers": ['
        '{"class_name": "InputLayer", "config": {"batch_shape": [null, 8, 8, 3]}},'
        '{"class_name": "DepthwiseConv2D", "config": {"kernel_size": 3, "depth_multiplier": "x"}}]}}',
    ),
    "padding of each side, in three axes": case(
        "params n.cfg",
        "n.cfg",
        "[net]\nheight=2\nwidth=3\nchannels=6\n[maxpool]\n[lstm]\n[connected]\n[maxpool]\npadding=5\nsize=3\n",
    ),
    "points and pages": case("grade s.yaml --net lenet5 --feedback pages -f points", "s.yaml", "params: 1\n"),
    "a block without settings": case(
        "params n.yaml", "n.yaml", "input: 3x8x8\nlayers: [own: {out: 1}]\nblocks: {own: {layers: [relu]}}\n"
    ),
    "a layer without settings": case("params n.yaml", "n.yaml", "input: 3x8x8\nlayers: [flatten: {reshape: 3}]\n"),
    "a parameter reads nothing (JSON)": case("params n.py -f json", "n.py", PARAMETERS),
    "a parameter reads nothing (explain)": case("explain n.py -f json", "n.py", PARAMETERS),
    "a parameter beside another": case("compare n.py n.py", "n.py", PARAMETERS),
    "names without end in a table": case(
        "params n.md", "n.md", "| layer | size |\n|---|---|\n" + ("| " + "a1" * 950 + " | 3 |\n") * 90
    ),
    "a dimension twice": case("params n.py", "n.py", PARAMETERS.replace("self.fc(x)", "self.fc(x).mean([1, 1])")),
    "what never runs has no gradient": case("params n.py --optimizer adam", "n.py", PARAMETERS),
    "a question without working": case("quiz --net wide_and_deep --count 30 --format latex"),
    "a tab in a note": case("params n.txt -f html", "n.txt", "8x8x1 image\nAvgPool\tChannels\t2\nFC 10\n"),
    "a figure that no float holds": case(
        "params n.txt", "n.txt", "INPUT: [8x8x3] memory: 8*8*3=" + "9" * 400 + "K weights: 0\nFC: [1x1x10]\n"
    ),
    "a list repeated less than never": case(
        "params n.py --input 4", "n.py", "import torch.nn as nn\na = [1] * -9999999999999999999\nnet = nn.Linear(4, 2)\n"
    ),
    "a layer around what is no layer": case(
        "params n.json",
        "n.json",
        '{"class_name": "Functional", "config": {"layers": [{"class_name": "InputLayer", "name": "a", "config": {"layer": 2}}]}}',
    ),
    "what shares weights with a layer that reads nothing": case(
        "params n.yaml",
        "n.yaml",
        "inputs: {left: 1x28x1, right: 1x28x28}\nlayers:\n- {id: a, from: left, layers: [maxpool 2, conv 5 k5]}\n"
        "- {id: b, from: right, reuse: a}\noutputs: [a, b]\n",
    ),
    "a question of a single value": case("quiz --net n.yaml --no-bias", "n.yaml", "input: 8\nlayers:\n- reduce mean\n"),
    "an answer that is a single value": case(
        "grade s.yaml --net n.yaml", "n.yaml", "input: 8\nlayers:\n- reduce mean\n", s_yaml="reduce1.output: 1\n"
    ),
    "a number that no float holds": case(
        "params n.py",
        "n.py",
        "import torch.nn as nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.fc = nn.Linear(6, 7)\n    def forward(self, x):\n        return self.fc(x) / {'9' * 400}\nnet = Net()\n",
    ),
    "a half in a size": case("params n.yaml", "n.yaml", "input: 32x½\nlayers: [relu]\n"),
    "a colon inside brackets": case("params n.yaml --input f(a:b)", "n.yaml", "input: x[1:2]\nlayers: [relu]\n"),
    "the least of an input that is not there": case(
        "min-input n.py --vary resolution=8:32:8",
        "n.py",
        "import torch, torch.nn as nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc = nn.Linear(3, 4)\n    def forward(self):\n        return self.fc(torch.zeros(1, 3))\nnet = Net()\n",
    ),
    "a raised digit in a list": case("params n.yaml", "n.yaml", "input: [²2, 7]\nlayers: [relu]\n"),
    "a weight of another size": case(
        "params n.py",
        "n.py",
        "import torch.nn as nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.e = nn.Embedding(10, 6)\n        self.d = nn.Linear(6, 7)\n        self.d.weight = self.e.weight\n"
        "    def forward(self, x):\n        return self.d(self.e(x))\nnet = Net()  # input: 20\n",
    ),
    "a colon for a layer": case("params n.md", "n.md", "| Layer | Size |\n|---|---|\n| :: | 3 |\n| conv 4 | 3x3 |\n"),
    "a tab in a name": Case(["grade", "\t", "\t"], {}, b""),
}


@pytest.mark.parametrize("name", FINDS)
def test_it_holds(name: str) -> None:
    """What the fuzzer holds a case to."""
    with empty_folder():
        assert wrong(FINDS[name])[0] == ""
