"""Every input that once hung archcalc, filled its memory, ran code or reached a person as a traceback, held to the promise:
exit status 0, 1 or 2, a sentence, at most 2 seconds of processor time and 500 MB. Each failed before it was mended."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS, MEGABYTES = 2, 500


def aliases(seed: str, item: str, count: int) -> str:
    """Anchors, each of which names the one before twice."""
    return f"  - &a0 {seed}\n" + "".join(f"  - &a{i} {item.replace('*', f'*a{i - 1}')}\n" for i in range(1, count))


def params(text: str, name: str = "net.yaml", *options: str) -> tuple[dict[str, str], list[str]]:
    return {name: text}, ["params", name, *options]


CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    # Numbers that are huge on the way
    "round": params("input: 1x8x8\nlayers: ['conv round(5,-1000000000) k3']\n"),
    "round in --set": params("vars: {w: 1}\ninput: 1x8x8\nlayers: [conv w k3]\n", "net.yaml", "--set", "w=round(5,-1000000000)"),
    "round in vars": params("vars: {w: 'round(5,-1000000000)'}\ninput: 1x8x8\nlayers: [conv w k3]\n"),
    "budget": (
        {"net.yaml": "vars: {w: 1}\ninput: 1x8x8\nlayers: [conv w k3]\n"},
        ["fit", "net.yaml", "--vary", "w", "--max-params", "1e999999"],
    ),
    "budget of digits": (
        {"net.yaml": "vars: {w: 1}\ninput: 1x8x8\nlayers: [conv w k3]\n"},
        ["fit", "net.yaml", "--vary", "w", "--max-params", "1e9999999999"],
    ),
    "a flag for a variable": (
        {"net.yaml": "vars: {w: true}\ninput: 1x8x8\nlayers: [conv 8 k3]\n"},
        ["fit", "net.yaml", "--vary", "w", "--max-params", "1M"],
    ),
    # Work that makes no layer
    "aliases of nothing": params(
        "notes:\n" + aliases("{when: 0, conv: 3}", "{layers: [*, *]}", 40) + "input: 1x8x8\nlayers: [*a39]\n"
    ),
    "aliases in blocks": params(
        "blocks:\n  b:\n"
        + aliases("{when: 0, conv: 3}", "{layers: [*, *]}", 30).replace("  -", "   -")
        + "input: 1x8x8\nlayers: [b]\n"
    ),
    "aliases in an input": params("expect:\n" + aliases("[1, 1]", "[*, *]", 40) + "input: *a39\nlayers: [relu]\n"),
    "aliases in a setting": params(
        "input: 1x8x8\nlayers:\n  - conv: {out: 3, kernel: &a0 [3, 3], padding: " + "[" * 3 + "*a0, *a0], *a0], *a0]}\n"
    ),
    "aliases in what is expected": params("input: 8\nlayers:\n" + aliases("relu", "[*, *]", 40) + "expect: {output: *a39}\n"),
    "aliases in a sheet": (
        {"sheet.yaml": "x0: &a0 {}\n" + "".join(f"x{i}: &a{i} {{p: *a{i - 1}, q: *a{i - 1}}}\n" for i in range(1, 40))},
        ["grade", "lenet5", "sheet.yaml"],
    ),
    "aliases to solve": (
        {
            "net.yaml": "input: 1x8x8\nlayers:\n  - conv ? k3\n"
            + aliases("relu", "{layers: [*, *]}", 40)
            + "expect: {params: 30}\n"
        },
        ["solve", "net.yaml"],
    ),
    "heads in heads": params("input: 8\nlayers:\n" + aliases("{heads: {}}", "{heads: {a: [*], b: [*]}}", 30)),
    "rows of nothing in a repeat": params(
        "input: 8x8x8\nlayers:\n  - repeat: 20000\n    layers:\n      - table: {block: basic, columns: out n, rows: ["
        + ", ".join(["[8, 0]"] * 500)
        + "]}\n"
    ),
    "arguments without end": params(
        "input: 1x8x8\nblocks:\n  b:\n    args: {" + ", ".join(f"a{i}: 1" for i in range(20_000)) + "}\n    layers: []\n"
        "layers:\n  - repeat: 5000\n    layers: [b]\n"
    ),
    "a concat of all in a repeat": params(
        "input: 1x8x8\nlayers:\n  - {id: a, conv: 1 k1}\n  - repeat: 15000\n    layers: [{concat: ["
        + ", ".join(["a"] * 20_000)
        + "]}]\n"
    ),
    "blocks of nothing": params(
        "input: 1x8x8\nblocks:\n  z: {layers: []}\n  b0: [z, z]\n"
        + "".join(f"  b{i}: [b{i - 1}, b{i - 1}]\n" for i in range(1, 31))
        + "layers: [b30]\n"
    ),
    # Patterns on a line before its length is looked at
    "blank lines": params("\n" * 200_000, "net.txt"),
    "dashes": params("Image 8x8\n" + "-" * 200_000 + "\nFC 3\n", "net.txt"),
    "spaces": params("Image 8x8\n" + " " * 200_000 + "x\nFC 3\n", "net.txt"),
    "a key and spaces": params("a" + " " * 100_000 + "b\n", "net"),
    "an input comment": params("import torch\n# input" + " " * 6000 + "\n", "net.py"),
    "unknowns in an input": params("input: '?" + "1x?" * 66_000 + "!'\nlayers: [relu]\n"),
    "question marks": ({"net.yaml": "input: 1x8x8\nlayers: ['conv " + "?" * 60_000 + "']\n"}, ["solve", "net.yaml"]),
    "all and spaces": params("Image 8x8\n" + ("all" + " " * 1990 + "x\n") * 400, "net.txt"),
    "spaces in lines": params("input: 1x8x8\nlayers:\n" + ("  - conv 3 k3" + " " * 1900 + "x\n") * 400),
    # PyTorch source
    "a class that makes two of itself": params(
        "import torch.nn as nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a = Net()\n        self.b = Net()\n\n    def forward(self, x):\n        return self.a(x)\n",
        "net.py",
    ),
    "slices in a row": params(
        "import torch.nn as nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc = nn.Linear(3, 4)\n\n    def forward(self, x):\n"
        + "        x = x[:, -1]\n" * 40
        + "        return self.fc(x)\n",
        "net.py",
    ),
    "a large list": params("import torch.nn as nn\nnet = nn.Sequential(*([nn.ReLU()] * 10**9))\n", "net.py"),
    "an input without end": params("w = torch.randn(3, 4)\n" * 400 + "net = nn.Sequential(nn.Conv2d(3, 6, 5))\n", "net.py"),
    "inputs without end": params(
        "".join(f"w = torch.randn({n}, 4)\n" for n in range(1, 400)) + "net = nn.Sequential(nn.Conv2d(3, 6, 5))\n", "net.py"
    ),
    "a stack of recurrent layers": params("import torch.nn as nn\nnet = nn.LSTM(3, 5, num_layers=10**9)\n", "net.py"),
    "a large string": params("import torch.nn as nn\nn = 'x' * 10**9\nnet = nn.Sequential(nn.Linear(3, len(n)))\n", "net.py"),
    "calls of calls": params("import torch.nn as nn\nnet = nn" + ".a()" * 3000 + "\n", "net.py"),
    "sequentials in sequentials": params("import torch.nn as nn\nnet = " + "nn.Sequential(" * 3000 + ")" * 3000 + "\n", "net.py"),
    "a long line that is not ASCII": params(
        "x = 'é" + "a" * 400_000 + "'\nnet = nn.Sequential(" + "nn.ReLU(), " * 4000 + ")\n", "net.py"
    ),
    # Faults without end
    "branches that do not fit": params("input: 1x3x3\nlayers:\n  - branches:\n" + "      - [conv 1 k9]\n" * 2900),
    "a typo in a repeat": params("input: 1x3x3\nlayers:\n  - {repeat: 20000, layers: [convolutoin 3 k1]}\n"),
    "many typos": params("input: 8\nlayers:\n" + "".join("  - relu\n" if i % 5000 else f"  - rlu{i} 3\n" for i in range(24_000))),
    "a log": params("2026-11-25 12:00:00 INFO step 17 loss 0.5 lr 1e-3\n" * 40_000, "train.log"),
    "prose": params("It was a dark and stormy night, and the convolution of events was deep.\n" * 14_000, "novel.txt"),
    # Sizes
    "a divisor sought": params("input: 999999937x999999929x999999893\nlayers: [flatten, groupnorm 2]\n"),
    "upsampled": params("input: 1x8x8\nlayers:\n  - {repeat: 20000, layers: [upsample 1000000000]}\n"),
    "stacked": params("input: 4x8\nlayers:\n  - {repeat: 3000, layers: [lstm cin layers=1000]}\n"),
    "a long name": params(f"input: 1x8x8\nlayers:\n  - id: {'a' * 60_000}\n    layers:\n" + "      - relu\n" * 19_000),
    "as much YAML as is allowed": params("input: 8\nlayers:\n" + "  - relu\n" * 180_000),
    "as much JSON as is allowed": params('{"input": 8, "layers": [' + ",".join(['"relu"'] * 180_000) + "]}", "net.json"),
    "as many layers as are allowed": params("input: 8\nlayers:\n" + "  - relu\n" * 24_500),
    # Numbers of many digits, and digits that are none
    "digits of an input": params(f"input: {'9' * 5000}\nlayers: [relu]\n"),
    "digits of --input": params("input: 8\nlayers: [relu]\n", "net.yaml", "--input", "9" * 5000),
    "digits of a sum": params(f"input: 8\nlayers: [\"fc sum([int('{'9' * 200}')])\"]\n"),
    "digits of bounds": (
        {"net.yaml": "input: 1x8x8\nlayers: [conv ? k3]\nexpect: {params: 30}\n"},
        ["solve", "net.yaml", "--bounds", "?=" + "9" * 5000],
    ),
    "a raised digit": params("input: 1x8x8\nlayers: [conv ² filters k3]\n"),
    "brackets of --input": params("input: 8\nlayers: [relu]\n", "net.yaml", "--input", "[" * 3000),
    "brackets of --given": (
        {"net.yaml": "input: 1x8x8\nlayers: [conv ? k3]\n"},
        ["solve", "net.yaml", "--given", "output=" + "(" * 3000],
    ),
    "brackets of a line of words": params("Image 8x8\nConv " + "(" * 1900 + "\n", "net.txt"),
    "a sheet's exponent": ({"sheet.yaml": "params: 1e-3000000\n"}, ["grade", "lenet5", "sheet.yaml"]),
    # Internal faults, minimised
    "a block that is a mapping": params("input: 4x8x8\nlayers:\n  - table: {block: {}, columns: c o, rows: [2 2]}\n"),
    "an input of sides": params("input: {s: {left: 0}}\nlayers: [relu]\n"),
    "a block without arguments": params(
        "input: 1x8\nblocks: {b: {args: {out: 4}, layers: [{mul: [prev, prev]}, conv out k1]}}\nlayers: [{b: {}}, fc 3]\n"
    ),
    "a block named by a space": params(
        'input: 1x8\nblocks: {" ": {args: {out: 4}, layers: [conv out k1]}}\nlayers: [{" ": {out: 4}}, fc 3]\n'
    ),
    "a default that is a mapping": params("input: 8\nblocks: {twice: {args: {a: {}}, layers: [relu]}}\nlayers: [twice]\n"),
    "heads used again": params(
        "input: [5]\nlayers:\n  - embedding 15 6\n  - {id: n1, layers: [{heads: {a: [fc 4], b: []}}]}\n"
        "  - lstm 3 last\n  - reuse: n1\n"
    ),
    "four axes": ({"net.yaml": "input: 1x8x8x8x8\nlayers: [dropout]\n"}, ["min-input", "net.yaml"]),
    "a size as an argument": params("Input 2\nsqueeze_excite 5x5\n", "net.txt"),
    "an unknown in a size": params("Image (8 x 8)\nbottleneck 3x?x\n", "net.txt"),
    "a size as a side": params("input: 2x4x4\nlayers: [{locallyconnected: {out: 2, kernel: {top: 0x0}}}]\n"),
    "three sizes as a side": params("input: 8x4x4\nlayers: [{conv: {out: 2, kernel: 1, stride: {top: 3x3x3}}}]\n"),
    "a table of no layers": params("input: 4x8x8\nlayers: [{table: {layers: [], columns: c n, rows: [[8, 1]]}}]\noutputs: []\n"),
    "an unknown that is expected": (
        {"net.yaml": 'input: 1x8x8\nlayers: [conv ? k3]\nexpect: {params: {t: "?"}}\n'},
        ["solve", "net.yaml"],
    ),
    "nothing that fits": ({"net.yaml": "input: 1x8x8\nlayers: [conv ? k3]\nexpect: {params: 31}\n"}, ["solve", "net.yaml"]),
    "much expected": params("input: 8\nlayers: [relu]\nexpect: {" + ", ".join(f"a{i}: 1" for i in range(20)) + "}\n"),
    # Names that would run, and names that would break what is written
    "a branch that is code": params(
        'input: 1x8x8\nlayers:\n  - branches:\n      \'a"] = 0; open("PWNED", "w"); q = {}; q["b\': [conv 2 k1, relu]\n'
        "      b: [conv 3 k1]\n"
    ),
    "a name of torch's own": params("input: 3x8x8\nlayers:\n  - {id: training, conv: 4 k1}\n"),
    "names that Python takes for one": params(
        "input: 3x8x8\nlayers:\n  - {id: fi, conv: 3 k1}\n  - {id: ﬁ, conv: 3 k1}\n  - {add: [fi, ﬁ]}\n"
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_or_read_within_the_limits(name: str, tmp_path: Path) -> None:
    """A process of its own, held to its processor time and memory."""
    files, argv = CASES[name]
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (3 * SECONDS, 3 * SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 1_000_000, MEGABYTES * 1_000_000))

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "archcalc", *argv], cwd=tmp_path, capture_output=True, encoding="utf-8", preexec_fn=limit
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < SECONDS, done.stderr[-300:]
    assert done.returncode in (0, 1, 2), done.stderr[-300:]
    assert "internal fault" not in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 20_000
    if done.returncode == 2:
        assert done.stderr.strip()
    assert not (tmp_path / "PWNED").exists()
