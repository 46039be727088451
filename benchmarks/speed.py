"""Speed and memory of archcalc, as ratios within one run, since machines are noisy.

    python benchmarks/speed.py            all figures, with the bounds they are held to
    python benchmarks/speed.py --repeat 40

Whole processes are timed alternately, baseline and archcalc, and the ratio is that of the quickest runs, since whatever else
the machine does only ever adds to a run. Run it in an environment where archcalc is installed (its modules compiled), not from a
checkout with PYTHONDONTWRITEBYTECODE set.
"""

from __future__ import annotations

import argparse
import os
import pty
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

BASELINE = "import click, yaml, rich.table, rich.console"
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"COLUMNS": "120"}


def seconds(run: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def quietly(*arguments: str) -> None:
    """Runs a process with its output thrown away."""
    subprocess.run([sys.executable, *arguments], env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True)


def on_terminal(*arguments: str) -> None:
    """Runs a process whose output is a terminal."""
    master, slave = pty.openpty()
    with subprocess.Popen([sys.executable, *arguments], env=ENVIRONMENT, stdout=slave, stderr=slave, stdin=slave) as process:
        os.close(slave)
        try:
            while os.read(master, 65536):
                pass
        except OSError:  # the terminal is closed when the process ends
            pass
        process.wait()
    os.close(master)


def whole_process(repeat: int) -> list[tuple[str, float, str]]:
    """The command against the imports it stands on."""
    net = ["-m", "archcalc", "params", "mobilenet_v2"]
    quietly(*net)
    quietly("-c", BASELINE)
    base, piped, terminal, help_ = [], [], [], []
    for _ in range(repeat):
        base.append(seconds(lambda: quietly("-c", BASELINE)))
        piped.append(seconds(lambda: quietly(*net)))
        terminal.append(seconds(lambda: on_terminal(*net)))
        help_.append(seconds(lambda: quietly("-m", "archcalc", "--help")))
    least = min(base)
    return [
        (f"{name} / imports of click, yaml, rich ({1000 * least:.0f} ms)", min(times) / least, bound)
        for name, times, bound in (
            ("params mobilenet_v2, piped", piped, "≤ 1.3"),
            ("params mobilenet_v2, on a terminal", terminal, "≤ 1.3"),
            ("--help", help_, "no bound"),
        )
    ]


def in_process(repeat: int) -> tuple[str, float, str]:
    """Reading and analysing MobileNet-V2 once modules are loaded."""
    from archcalc.analysis import analyse
    from archcalc.loading import from_source, open_source

    source = open_source("mobilenet_v2")
    analyse(from_source(source))
    times = [seconds(lambda: analyse(from_source(source))) for _ in range(repeat)]
    return "parse and analyse MobileNet-V2, ms", 1000 * min(times), "< 10"


WIDTHS, SIZES = "0.25:1.5:0.01", "96:224:8"
TORCH_SWEEP = """
import sys, time
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

def round8(n):
    made = max(8, int(n + 4) // 8 * 8)
    return made + 8 if made < 0.9 * n else made

def conv(c, out, k=1, s=1, g=1, act=True):
    made = [nn.Conv2d(c, out, k, s, k // 2, groups=g, bias=False), nn.BatchNorm2d(out)]
    return nn.Sequential(*made, *([nn.ReLU6()] if act else []))

class Block(nn.Module):
    def __init__(self, c, out, s, t):
        super().__init__()
        self.skip = s == 1 and c == out
        first = [conv(c, t * c)] if t != 1 else []
        self.body = nn.Sequential(*first, conv(t * c, t * c, 3, s, t * c), conv(t * c, out, act=False))
    def forward(self, x):
        return x + self.body(x) if self.skip else self.body(x)

def net(width):
    c = round8(32 * width)
    layers = [conv(3, c, 3, 2)]
    rows = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for t, out, n, s in rows:
        for i in range(n):
            layers.append(Block(c, round8(out * width), s if i == 0 else 1, t))
            c = round8(out * width)
    last = round8(1280 * max(1, width))
    return nn.Sequential(*layers, conv(c, last), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(last, 1000)).eval()

def figures(width, size):
    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
        model = net(width)
        model(torch.empty(1, 3, size, size))
    return sum(p.numel() for p in model.parameters()), counter.get_total_flops() // 2

asked = [(float(w), int(s)) for w, s in (pair.split(",") for pair in sys.argv[1:])]
figures(*asked[0])
start = time.perf_counter()
found = [figures(*pair) for pair in asked]
print(time.perf_counter() - start)
for params, multiplies in found:
    print(params, multiplies)
"""


def sweeping(repeat: int) -> list[tuple[str, float, str]]:
    """Variants of MobileNet-V2 a second, and the same by torch's meta device, whose figures are held to be the same."""
    from importlib.util import find_spec

    from archcalc.questions.sweep import sweep

    axes = {"width": WIDTHS, "resolution": SIZES}
    found = sweep("mobilenet_v2", axes)
    count = len(found.variants)
    least = min(seconds(lambda: sweep("mobilenet_v2", axes)) for _ in range(max(3, repeat // 4)))
    figures = [(f"variants of MobileNet-V2 a second ({count:,}, widths and resolutions)", count / least, "≥ 2000")]
    if find_spec("torch") is None:
        return figures
    some = found.variants[:: count // 12]
    asked = [f"{width},{size}" for width, size in (v.values for v in some)]
    out = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TORCH_SWEEP, *asked], stdout=subprocess.PIPE, check=True, text=True
    )
    took, *lines = out.stdout.split("\n")
    theirs = [tuple(map(int, line.split())) for line in lines if line]
    assert theirs == [v.figures for v in some], "torch counts otherwise"
    return [*figures, (f"the same by torch's meta device ({len(some)} of them, equal)", len(some) / float(took), "no bound")]


def long_file(layers: int) -> str:
    """A file of that many different convolutions and activations."""
    lines = [f"  - conv {8 + i % 7} k3 p1" if i % 2 == 0 else "  - relu" for i in range(layers)]
    return "input: 3x8x8\nlayers:\n" + "\n".join(lines) + "\n"


def linear(repeat: int) -> tuple[str, float, str]:
    """Cost a layer of a 20,000-layer file over that of a 1,000-layer one: whole processes, less that of one layer."""

    def file(layers: int) -> str:
        Path(f"{layers}.yaml").write_text(long_file(layers), encoding="utf-8")
        return f"{layers}.yaml"

    def quickest(name: str, times: int) -> float:
        return min(seconds(lambda: quietly("-m", "archcalc", "params", name)) for _ in range(times))

    one, thousand, many = file(1), file(1000), file(20_000)
    start = quickest(one, repeat)
    small, large = (quickest(thousand, repeat) - start) / 999, (quickest(many, 4) - start) / 19_999
    return f"cost a layer, 20,000 layers / 1,000 layers ({1e6 * small:.0f} µs)", large / small, "≤ 1.5"


def check_without_memory(repeat: int) -> list[tuple[str, float, str]]:
    """The torch check of MobileNet-V2 on the meta device against importing torch; nothing where torch is absent."""
    from importlib.util import find_spec

    if find_spec("torch") is None:
        return []
    base, check = [], []
    for _ in range(max(3, repeat // 5)):
        base.append(seconds(lambda: quietly("-W", "ignore", "-c", "import torch")))
        check.append(seconds(lambda: quietly("-W", "ignore", "-m", "archcalc", "check", "mobilenet_v2", "--meta")))
    return [(f"check mobilenet_v2 --meta / import torch ({1000 * min(base):.0f} ms)", min(check) / min(base), "≤ 2")]


def peak(*arguments: str) -> float:
    """Peak memory of a process of this interpreter, in MB."""
    code = (
        "import resource, subprocess, sys;"
        "subprocess.run([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    out = subprocess.run([sys.executable, "-c", code, *arguments], env=ENVIRONMENT, stdout=subprocess.PIPE, check=True, text=True)
    return int(out.stdout) / 1024


def memory() -> tuple[str, float, str]:
    """Peak memory of the whole process for VGG-19."""
    return "peak memory for VGG-19, MB", peak("-m", "archcalc", "params", "vgg19"), "< 40"


TORCHINFO = """
import torch, torchinfo, torchvision
torchinfo.summary(torchvision.models.resnet50(), (1, 3, 224, 224), verbose=0)
"""


def resnet_from_source(repeat: int) -> list[tuple[str, float, str]]:
    """The table of torchvision's ResNet-50 from its source, and torchinfo on the same model where both are installed.

    Neither is a dependency: `pip install --no-deps torchvision==0.28.0` brings the source, which is all that archcalc needs.
    """
    from importlib.util import find_spec

    if find_spec("torchvision") is None:
        print(
            "torchvision is not installed: no figures of its ResNet-50 (pip install --no-deps torchvision==0.28.0)",
            file=sys.stderr,
        )
        return []
    asked = ["-m", "archcalc", "params", "torchvision.models.resnet:resnet50", "--input", "3x224x224"]
    quietly(*asked)
    figures = [
        (
            "params of ResNet-50's source, whole process, s",
            min(seconds(lambda: quietly(*asked)) for _ in range(repeat)),
            "≤ 0.25",
        ),
        ("peak memory for ResNet-50's source, MB", peak(*asked), "≤ 40"),
    ]
    try:
        quietly("-W", "ignore", "-c", TORCHINFO)
    except subprocess.CalledProcessError:
        print("torchinfo, or torchvision with its compiled operators, is not installed: no figures of theirs", file=sys.stderr)
        return figures
    times = [seconds(lambda: quietly("-W", "ignore", "-c", TORCHINFO)) for _ in range(max(3, repeat // 5))]
    return [
        *figures,
        ("torchinfo on the same model, whole process, s", min(times), "no bound"),
        ("peak memory of torchinfo, MB", peak("-W", "ignore", "-c", TORCHINFO), "no bound"),
    ]


def main() -> None:
    """Prints every figure with its bound."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeat", type=int, default=20)
    repeat = parser.parse_args().repeat
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(Path(folder))
        figures = [*whole_process(repeat), in_process(repeat), *sweeping(repeat), linear(repeat), memory()]
        figures += [*resnet_from_source(repeat), *check_without_memory(repeat)]
    width = max(len(name) for name, _, _ in figures)
    for name, value, bound in figures:
        print(f"{name:<{width}}  {value:8.2f}  {bound}")


if __name__ == "__main__":
    main()
