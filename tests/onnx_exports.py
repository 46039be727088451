"""Networks of torch as files of ONNX, by both exporters of torch; and what torch itself says of the network."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from both_sides import built

import archcalc
from archcalc.analysis import Analysis

# The newer exporter as it reads the network, and after its optimiser; the older one, which folds as it goes.
EXPORTERS = ("plain", "optimised", "older")


class Torch(NamedTuple):
    """Parameters of what runs, multiplications for one input, and the name and output of every convolution and linear layer."""

    params: int
    multiplies: Fraction
    calls: list[tuple[str, tuple[int, ...]]]


def unlike(net: Any) -> Any:
    """The network with parameters that no two are alike: exporters store equal ones once."""
    import torch

    torch.manual_seed(0)
    for tensor in [*net.parameters(), *net.buffers()]:
        if tensor.is_floating_point():
            torch.nn.init.uniform_(tensor.data, 0.5, 1.5)
    return net.eval()


def exported(net: Any, inputs: Sequence[Any], path: Path, how: str, external: bool = False, **more: Any) -> None:
    """Writes a network as a file; with `external` its weights stand in another beside it."""
    import torch

    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # the older exporter does not write it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if how == "older":
                torch.onnx.export(net, tuple(inputs), path, dynamo=False, opset_version=17, **more)
            else:
                torch.onnx.export(
                    net,
                    tuple(inputs),
                    path,
                    dynamo=True,
                    optimize=how == "optimised",
                    external_data=external,
                    verbose=False,
                    **more,
                )
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        logging.disable(level)


def of_torch(net: Any, inputs: Sequence[Any]) -> Torch:
    """What torch says of a network that is run once: of its modules, those that run."""
    import torch

    side = built(net, list(inputs), 1)
    ran = {path for path, _ in side.calls}
    own = {name: count for name, count in side.own.items() if name.rpartition(".")[0] in ran or _above(name, ran)}
    kinds = {p for p, m in net.named_modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)}
    calls = [(path, tuple(given[0][1:])) for path, given in side.calls if path in kinds]
    return Torch(sum(own.values()), side.multiplies, calls)


def _above(name: str, ran: set[str]) -> bool:
    """Whether the module around the one that holds a parameter runs: attention reads the weights of modules it never calls."""
    around = name.rpartition(".")[0].rpartition(".")[0]
    return bool(around) and around in ran


def read(path: Path, **given: Any) -> Analysis:
    """A file as archcalc reads it."""
    return archcalc.analyse(archcalc.load(path, **given))


def layers(analysis: Analysis) -> list[tuple[str, tuple[int, ...]]]:
    """The name and output of every convolution and fully connected layer."""
    return [(row.path, row.output) for row in analysis.rows if row.layer.family in ("convolution", "fully connected")]


def fused(net: Any) -> Any:
    """The network with every batch normalisation that stands behind a convolution folded into it, by torch's own tool."""
    from torch.fx.experimental.optimization import fuse

    return fuse(net)


Make = Callable[[], Any]
