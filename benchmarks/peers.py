"""What other tools count: each run on networks of torchvision and on the small nets beside this file.

    python benchmarks/peers.py                          the figures of the tools that are installed, to standard output
    python benchmarks/peers.py -o tests/reference/peers.csv

Nothing is installed by it. The tools are pure Python, and go beside torch without what they ask for:

    pip install --no-deps torchinfo==1.8.0 ptflops==0.7.5 thop==0.1.1.post2209072238 calflops==0.3.2 torchprofile==0.1.0
    pip install --no-deps fvcore==0.1.5.post20221221 iopath==0.1.10 yacs==0.1.8 portalocker tabulate termcolor tqdm
    pip install --no-deps torchvision==0.28.0

All nets are in evaluation mode, for one input. A net on which a tool fails has no line of that tool, and
what it said goes to standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import importlib.util
import io
import multiprocessing
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]
import small_nets  # noqa: E402
from installed_torchvision import folder, models  # noqa: E402

VISION = {
    "alexnet": "alexnet",
    "vgg11": "vgg",
    "vgg16_bn": "vgg",
    "resnet18": "resnet",
    "resnet50": "resnet",
    "resnext50_32x4d": "resnet",
    "mobilenet_v2": "mobilenetv2",
    "mobilenet_v3_small": "mobilenetv3",
    "squeezenet1_0": "squeezenet",
    "densenet121": "densenet",
    "googlenet": "googlenet",
    "shufflenet_v2_x1_0": "shufflenetv2",
    "efficientnet_b0": "efficientnet",
    "mnasnet1_0": "mnasnet",
    "regnet_y_400mf": "regnet",
    "convnext_tiny": "convnext",
    "vit_b_16": "vision_transformer",
    "swin_t": "swin_transformer",
}
Figures = dict[str, tuple[float | None, float | None]]


def torchinfo(net: nn.Module, x: torch.Tensor) -> Figures:
    from torchinfo import summary

    found = summary(net, input_data=x, verbose=0, mode="eval", cache_forward_pass=False)
    return {"torchinfo": (found.total_mult_adds, found.total_params)}


def fvcore(net: nn.Module, x: torch.Tensor) -> Figures:
    from fvcore.nn import FlopCountAnalysis, parameter_count

    found = FlopCountAnalysis(net, x).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return {"fvcore": (found.total(), parameter_count(net)[""])}


def ptflops(net: nn.Module, x: torch.Tensor) -> Figures:
    from ptflops import get_model_complexity_info

    found: Figures = {}
    for backend, name in (("pytorch", "ptflops"), ("aten", "ptflops-aten")):
        with torch.no_grad():
            found[name] = get_model_complexity_info(
                net,
                tuple(x.shape[1:]),
                as_strings=False,
                print_per_layer_stat=False,
                backend=backend,
                input_constructor=lambda _: x,
            )
    return found


def thop(net: nn.Module, x: torch.Tensor) -> Figures:
    from thop import profile

    operations, params = profile(net, inputs=(x,), verbose=False)
    return {"thop": (operations, params)}


def calflops(net: nn.Module, x: torch.Tensor) -> Figures:
    # Its package asks for transformers, which this part of it does not use.
    if "calflops" not in sys.modules:
        spec = importlib.util.find_spec("calflops")
        assert spec is not None
        package = ModuleType("calflops")
        package.__path__ = list(spec.submodule_search_locations or ())
        sys.modules["calflops"] = package
    from calflops.flops_counter import calculate_flops

    flops, macs, params = calculate_flops(net, args=[x], output_as_string=False, print_results=False)
    return {"calflops": (flops, params), "calflops-macs": (macs, params)}


def torchprofile(net: nn.Module, x: torch.Tensor) -> Figures:
    from torchprofile import profile_macs

    return {"torchprofile": (profile_macs(net, x), None)}


def torch_(net: nn.Module, x: torch.Tensor) -> Figures:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(x)
    return {"torch": (counter.get_total_flops(), sum(p.numel() for p in net.parameters()))}


TOOLS: dict[str, Callable[[nn.Module, torch.Tensor], Figures]] = {
    "torchinfo": torchinfo,
    "fvcore": fvcore,
    "ptflops": ptflops,
    "thop": thop,
    "calflops": calflops,
    "torchprofile": torchprofile,
    "torch": torch_,
}


def nets() -> list[tuple[str, str, tuple[int, ...], Callable[[], nn.Module]]]:
    """Name, what archcalc reads it as, its input, and how it is made."""
    where = folder()
    assert where is not None, "torchvision is not installed"
    vision = models(where)
    found: list[tuple[str, str, tuple[int, ...], Callable[[], nn.Module]]] = []
    for name, module in VISION.items():
        settings: dict[str, Any] = {"weights": None}
        if name == "googlenet":
            settings |= {"init_weights": False}
        maker = getattr(vision, name)
        found.append((name, f"torchvision.models.{module}:{name}", (3, 224, 224), lambda m=maker, s=settings: m(**s)))
    for name, shape in small_nets.INPUTS.items():
        found.append((name, f"benchmarks/small_nets.py:{name}", shape, getattr(small_nets, name)))
    return found


def asked(
    run: Callable[[nn.Module, torch.Tensor], Figures], name: str, shape: tuple[int, ...], make: Callable[[], nn.Module]
) -> Figures | str:
    """What a tool says of a net, or how it ended, in a process of its own: some leave torch's functions replaced behind them."""
    ours, theirs = multiprocessing.get_context("fork").Pipe(duplex=False)

    def work() -> None:
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                torch.manual_seed(0)
                x = torch.zeros(1, *shape, dtype=torch.long) if name in small_nets.WORDS else torch.rand(1, *shape)
                found: Figures | str = run(make().eval(), x)
        except Exception as error:  # whatever a tool ends with is its result
            found = f"{type(error).__name__}: {error}"[:300]
        theirs.send(found)

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    theirs.close()
    found: Figures | str = ours.recv()
    child.join()
    return found


def number(figure: float | None) -> str:
    """A figure as it is; thop's may have a fraction."""
    return "" if figure is None else str(int(figure)) if figure == int(figure) else str(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, help="the file to write")
    parser.add_argument("--only", default="", help="nets whose name has this in it")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["network", "as", "input", "tool", "version", "figure", "params"])
    for name, as_, shape, make in nets():
        for tool, run in TOOLS.items() if options.only in name else ():
            try:
                release = version(tool).partition("+")[0]
            except PackageNotFoundError:
                print(f"{tool} is not installed", file=sys.stderr)
                continue
            found = asked(run, name, shape, make)
            if isinstance(found, str):
                print(f"{name}: {tool}: {found}", file=sys.stderr)
                continue
            for key, (figure, params) in found.items():
                table.writerow([name, as_, "x".join(map(str, shape)), key, release, number(figure), number(params)])
    if options.output:
        options.output.write_text(text.getvalue(), encoding="utf-8")
    else:
        print(text.getvalue(), end="")


if __name__ == "__main__":
    main()
