"""What a text is taken for, and one network through every notation."""

from __future__ import annotations

import json
import random
import re

import pytest
from click.testing import CliRunner
from reference_data import table

import archcalc
from archcalc.catalogue import files
from archcalc.cli import cli
from archcalc.loading import from_source
from archcalc.notations import NOTATIONS, read, recognise
from archcalc.notations.own.expression import evaluate
from archcalc.text.faults import Fault, SpecError, ValueFault
from archcalc.text.source import Source

TEXTS: dict[str, list[str]] = {
    "printed": [
        "Sequential(\n  (0): Linear(in_features=3, out_features=4, bias=True)\n)\n",
        ">>> print(net)\nNet(\n  (fc): Linear(in_features=3, out_features=4, bias=True)\n)\n",
        "(conv1): Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2))\n(relu): ReLU(inplace)\n",
        "Sequential((0): ReLU() (1): Tanh())",
        "Encoder(\n  (layers): ModuleList(\n    (0-5): 6 x Block(\n      (fc): ReLU()\n    )\n  )\n)",
    ],
    "summary": [
        'Model: "sequential"\n____\nLayer (type)   Output Shape   Param #\n====\nconv2d (Conv2D)  (None, 26, 26, 32)  320\n',
        "Layer (type)                Output Shape         Param #     Connected to\n",
        "┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃\n",
        "----\n        Layer (type)               Output Shape         Param #\n====\n   Conv2d-1   [-1, 6, 28, 28]   156\n",
        "Layer (type (var_name):depth-idx)        Input Shape               Output Shape              Param #\n",
        "  | Name    | Type       | Params\n----\n0 | encoder | Sequential | 50.4 K\n",
    ],
    "darknet": [
        "[net]\nheight=8\n",
        "# a comment\n; another\n\n [ network ]\nwidth = 8\n",
        "[convolutional]\n# filters\n\nfilters=32\n",
        "[net] ; testing\nbatch=1\n",
    ],
    "caffe": [
        'layer {\n  name: "a"\n}\n',
        'name: "x"\nlayers { type: RELU }\n',
        "# a comment\ninput: 'data'\ninput_dim: 1\n",
        'input: "data"\ninput_shape {\n  dim: 1\n}\n',
        'net: "train.prototxt"\nbase_lr: 0.01\n',
    ],
    "keras_json": [
        '{"class_name": "Sequential", "config": {"layers": []}}\n',
        '\n{\n  "config": [],\n  "class_name": "Sequential"\n}\n',
        '{"modelTopology": {"class_name": "Model", "config": {}}, "weightsManifest": []}\n',
    ],
    "huggingface": [
        '{"model_type": "bert"}\n',
        '{\n  "architectures": ["GPT2LMHeadModel"],\n  "model_type": "gpt2"\n}\n',
    ],
    "keras": [
        "model.add(Conv2D(6, 5))\n",
        "from tensorflow import keras\n",
        "import keras\nmodel = keras.Sequential()\n",
        "x = layers.Dense(10)(x)\n",
    ],
    "ultralytics": [
        "nc: 80\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - [-1, 1, Detect, [nc]]\n",
        "# YOLOv5\nbackbone:\n  # [from, number, module, args]\n  [[-1, 1, Conv, [64, 6, 2, 2]]]\n\nhead: []\n",
    ],
    "yaml": [
        "input: 1x28x28\nlayers:\n  - conv 6 k5\n",
        "name: net\ninput: 1x28x28\nlayers: [conv 6 k5, fc 10]\n",
        "layers:\n- conv 6 k5 # nn.Conv2d(1, 6, 5)\n",
        "# from torch import nn\nsource: torch.nn.LSTM(128, 256, 2)\ninput: 32x128\nlayers:\n  - lstm 256 layers=2\n",
        "source: net = nn.Sequential(nn.Linear(3, 4))\ninput: 3\nlayers: [fc 4]\n",
        '{"input": [1, 28, 28], "layers": ["conv 6 k5", {"fc": 10}]}',
        '{\n  "input": "1x28x28",\n  "layers": [\n    "conv 6 k5"\n  ]\n}\n',
        '  \n{"layers": ["fc 10"]}',
        '["conv 6 k5", "fc 10"]',
        "[conv 6 k5, fc 10]",
        "---\ninput: 3\nlayers: [fc 4]\n",
        "%YAML 1.1\n---\nlayers: [fc 4]\n",
        "- conv 6 k5\n- fc 10\n",
        "- conv: {out: 6, kernel: 5}\n- fc 10\n",
        "- branches:\n    - [conv 1 k1]\n    - [conv 2 k1]\n",
        "name: x\ninput: 1x28x28\nlayer:\n  - conv 6 k5\n",
        "name: x\ninput: 1x28x28\n",
        "vars: {width: 1.0}\nlayers:\n  - fc 32*width\n",
        "blocks:\n  b: [fc 3]\ninput: 3\nlayers: [b]\n",
        "'input': 1x28x28\n'layers': [fc 3]\n",
    ],
    "python": [
        "net = nn.Sequential(nn.Conv2d(1, 6, 5))\n",
        "import torch\nfrom torch import nn\nnet = nn.Linear(3, 4)\n",
        'class Net(nn.Module):\n    """\n    Net(\n      (fc): Linear(in_features=3, out_features=4)\n    )\n    """\n',
        "from torch.nn import *\n",
        "class Net(nn.Module):\n    def __init__(self):\n        pass\n",
        "conv_arch = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))",
        "  conv_arch = ((1, 64),)",
        ">>> net = nn.Sequential(nn.Linear(3, 4))\n",
        "# input: 1x28x28\nnet = Sequential(Conv2d(1, 6, 5))\n",
        "net = LeNet()\n",
        "def vgg(conv_arch):\n    return 3\n",
        "layers: list = []\nlayers.append(nn.Linear(3, 4))\nnet = nn.Sequential(*layers)\n",
        "n = 64  # - a list\nnet = nn.Sequential(\n    nn.Linear(3, n),\n)\n",
    ],
    "words": [
        "Image (28 × 28)\n5 × 5 Conv (6), pad 2\n",
        "FC (10)\nImage (28 × 28)\n",
        "input: 1x28x28\nconv 6 k5\nfc 10\n",
        "Input: 28x28x1\nConv: 5x5, 6\nFC: 10\n",
        "input: 28x28x1\nconv: 5x5, 6\nfc: 10\n",
        "LeNet-5:\n↓\n1. Input: 28x28x1\n- 5x5 Conv (6)\nFC 10\n",
        "- Image (28 × 28)\n- 5x5 Conv (6)\n",
        "- Input: 28x28\n- conv 6 k5\n",
        "all conv: pad 1\nImage (3 × 8 × 8)\n3x3 conv, 64\n",
        "[3x3 conv, 64] × 2\n",
        "[conv]\nfc 10\n",
        "[1x1 conv, 64; 3x3 conv, 64] × 2\nImage 3x8x8",
        "conv 6 k5  # nn.Conv2d(1, 6, 5)\n",
        "hello",
        "",
        "\n# nothing\n",
    ],
}
LENET = {
    "yaml": """
input: 1x28x28
layers:
  - conv 6 k5 p2 sigmoid
  - avgpool 2 s2
  - conv 16 k5 sigmoid
  - avgpool 2 s2
  - flatten
  - fc 120 sigmoid
  - fc 84 sigmoid
  - fc 10
""",
    "json": json.dumps(
        {
            "input": [1, 28, 28],
            "layers": [
                {"Conv2d": {"out_channels": 6, "kernel_size": 5, "padding": 2, "activation": "sigmoid"}},
                {"AveragePooling2D": {"pool_size": [2, 2], "strides": 2}},
                {"Convolution": {"num_output": 16, "kernel_size": 5, "activation": "sigmoid"}},
                {"AveragePooling2D": {"pool_size": [2, 2], "strides": 2}},
                "flatten",
                {"Dense": {"units": 120, "activation": "sigmoid"}},
                {"InnerProduct": {"num_output": 84, "activation": "sigmoid"}},
                {"Linear": {"out_features": 10}},
            ],
        },
        indent=2,
    ),
    "words": """
FC (10)
FC (84), sigmoid
FC (120), sigmoid
Flatten
2 × 2 AvgPool, stride 2
5 × 5 Conv (16), sigmoid
2 × 2 AvgPool, stride 2
5 x 5 Conv (6), pad 2, sigmoid
Image (28 × 28)
""",
    "python": """
net = nn.Sequential(nn.Conv2d(1, 6, kernel_size=5, padding=2), nn.Sigmoid(), nn.AvgPool2d(kernel_size=2, stride=2),
                    nn.Conv2d(6, 16, kernel_size=5), nn.Sigmoid(), nn.AvgPool2d(kernel_size=2, stride=2), nn.Flatten(),
                    nn.Linear(16 * 5 * 5, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10))
X = torch.rand(size=(1, 1, 28, 28), dtype=torch.float32)
""",
}


NAMES = {"avgpool": "av(era)?g", "fc": "fc|dense|inner|linear"}


@pytest.mark.parametrize(("notation", "text"), [(name, text) for name, texts in TEXTS.items() for text in texts])
def test_a_text_is_recognised_by_its_content(notation: str, text: str) -> None:
    """Marks of one notation in a comment, a string or a name of another do not mislead."""
    assert recognise(text) == notation


def test_every_example_is_recognised() -> None:
    """The shipped files are what their suffix says."""
    for path in files().values():
        expected = {".yaml": "yaml", ".txt": "words", ".py": "python"}[path.suffix]
        assert recognise(path.read_text(encoding="utf-8")) == expected, path


@pytest.mark.parametrize("notation", LENET)
def test_one_network_through_every_notation(notation: str) -> None:
    """LeNet gives the same rows in YAML, JSON, textbook words and PyTorch, and they are the reference's."""
    analysis = archcalc.analyse(archcalc.load(LENET[notation]))
    rows = [("x".join(map(str, row.output)), row.params, row.params_without_bias, row.multiplies) for row in analysis]
    reference = table("layers/lenet5.csv")
    expected = [
        (r["output"], int(r["params"]), int(r["params"]) - int(r["bias_params"]), int(r["multiplies"])) for r in reference
    ]
    assert rows == expected
    assert (analysis.totals.params, analysis.totals.params_without_bias, analysis.totals.multiplies) == (61_706, 61_470, 416_520)


@pytest.mark.parametrize("notation", LENET)
def test_every_row_has_its_line(notation: str) -> None:
    """Whatever the notation, a layer knows the place in the line that names it."""
    network = archcalc.load(LENET[notation])
    lines = LENET[notation].split("\n")
    for node in network.nodes:
        assert node.span is not None
        quoted = lines[node.span.line - 1][node.span.column - 1 :].lower()
        assert re.search(NAMES.get(node.layer.kind, node.layer.kind), quoted)


@pytest.mark.parametrize("notation", LENET)
def test_standard_input_is_recognised_too(notation: str) -> None:
    """`archcalc params -` reads any notation from standard input."""
    result = CliRunner().invoke(cli, ["params", "-"], input=LENET[notation], prog_name="archcalc")
    assert result.exit_code == 0
    assert re.search(r"^total +61,706 +61,470 +416,520$", result.output, re.M)


def test_a_stated_notation_is_not_guessed() -> None:
    """A source that says its notation is read as that, whatever is in it."""
    source = Source("net", "conv 6 k5\n", "python")
    with pytest.raises(SpecError, match="not Python"):
        read(source).network()
    source = Source("net", "conv 6 k5\n")
    read(source)
    assert source.notation == "words"


@pytest.mark.parametrize("name", NOTATIONS)
def test_every_reader_refuses_an_empty_text_with_a_place(name: str) -> None:
    """No reader returns a network of nothing."""
    with pytest.raises(SpecError) as caught:
        from_source(Source("net", "", name))
    assert str(caught.value).startswith("net: " if NOTATIONS[name].begins else "net:1:1: ")  # a file of bytes has no lines


PIECES = [
    *"()[]{},:=* \n'x0-?\t#@|×é",
    *(
        "nn.",
        "self.",
        "for ",
        "*[",
        "/2",
        "->",
        "2x ",
        "all ",
        "layer ",
        " and ",
        "==",
        "**",
        "None",
        "1e9",
        "input",
        "C1: ",
        "Image ",
    ),
]


@pytest.mark.parametrize("seed", range(8))
def test_mutated_texts_are_read_or_refused_with_a_place(seed: int) -> None:
    """Whatever is cut out of a text, put into it or copied about in it: a network, or faults that have a place."""
    rng = random.Random(seed)
    for _ in range(40):
        text = rng.choice([*LENET.values(), *TEXTS["python"], *TEXTS["words"]])
        for _ in range(rng.randint(1, 6)):
            at, end = sorted(rng.randrange(len(text) + 1) for _ in range(2))
            piece = rng.choice([rng.choice(PIECES), text[at:end], ""])
            text = text[:at] + piece + text[min(len(text), at + rng.choice([0, 0, 1, 9])) :]
        faults: list[Fault] = []
        try:
            archcalc.analyse(from_source(Source("net", text), inputs={"": (1, 28, 28)} if seed % 2 else None))
        except SpecError as error:
            faults = error.faults
        assert all(fault.span is not None for fault in faults), text


def test_functions_of_an_expression_below_zero_and_beyond() -> None:
    """`int` cuts towards zero, as Python's does; an exponent beyond 64 is refused before it is worked out."""
    assert [evaluate(text, {}) for text in ("int(-2.5)", "int(2.5)", "floor(-2.5)", "ceil(-2.5)", "2**4")] == [-2, 2, -3, -2, 16]
    with pytest.raises(ValueFault, match="an exponent beyond 64"):
        evaluate("1**65", {})
