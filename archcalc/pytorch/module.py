"""A network as one torch module that runs any graph, its weights named as the paths in the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from archcalc.analysis import analyse
from archcalc.layers.base import Call
from archcalc.pytorch import support

if TYPE_CHECKING:
    from archcalc.network.nodes import Network

NAMESPACES = {"nn": nn, "support": support}


def module_of(call: Call) -> nn.Module:
    """The module a layer's torch equivalent names. Raises whatever torch raises for its arguments."""
    namespace, _, name = call.name.partition(".")
    module: nn.Module = getattr(NAMESPACES[namespace], name)(**call.kwargs)
    return module


@contextmanager
def default_dtype(dtype: torch.dtype | None) -> Iterator[None]:
    """Builds modules in a data type from the start, so that none is ever held in a wider one."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype or before)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


class Net(nn.Module):
    """A network as a module: every input carries the batch first; several inputs are given in the network's order.

    One output is returned as a tensor, several as a tuple. `state_dict()` names weights by their path in the table
    (`inception3a.branch2.conv1.weight`); a weight used by several nodes is there once, under the first.
    """

    def __init__(self, network: Network, modules: Mapping[int, nn.Module]) -> None:
        super().__init__()
        self.network = network
        for number, module in modules.items():
            self._put(network.nodes[number].path.split("."), module)
        for number, owner in network.ties().items():
            if number in modules and owner in modules:
                modules[number].weight = modules[owner].weight  # one parameter, held by both
        nodes = network.nodes
        self.steps = [
            (nodes[n if (n := node.shares) is not None else i].path.split("."), node.fed) for i, node in enumerate(nodes)
        ]
        last: dict[int, int] = {i: at for at, node in enumerate(nodes) for i in node.fed}
        self.done: list[list[int]] = [[] for _ in nodes]
        for value, at in last.items():
            if value not in network.outputs:
                self.done[at].append(value)

    def _put(self, parts: list[str], module: nn.Module) -> None:
        """Registers a module under its path. A path may name what a module already has (`forward`), so add_module is no use."""
        place: nn.Module = self
        for part in parts[:-1]:
            place = place._modules.setdefault(part, nn.Module())
        taken = place._modules.get(parts[-1])
        if taken is not None:  # a layer of the same path as a group: the group's layers become its children
            module._modules.update(taken._modules)
        place._modules[parts[-1]] = module

    def layer(self, parts: list[str]) -> nn.Module:
        """The module at a path."""
        place: nn.Module = self
        for part in parts:
            place = place._modules[part]
        return place

    def forward(self, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        """The outputs for these inputs, each batch × shape."""
        if len(inputs) != len(self.network.inputs):
            raise TypeError(
                f"{len(self.network.inputs)} inputs are needed ({', '.join(self.network.inputs)}), {len(inputs)} given"
            )
        values = {-1 - k: value for k, value in enumerate(inputs)}
        for number, (parts, read) in enumerate(self.steps):
            values[number] = self.layer(parts)(*(values[i] for i in read))
            for value in self.done[number]:
                del values[value]
        outputs = tuple(values[i] for i in self.network.outputs)
        return outputs[0] if len(outputs) == 1 else outputs


def build(network: Network, *, device: str | torch.device = "cpu", dtype: torch.dtype | None = None) -> Net:
    """The network as a torch module with freshly initialised weights, in evaluation mode.

    `device` may be "meta": shapes and counts without any memory. An embedding's input is integers. Raises SpecError where the
    network's layers do not fit, and torch's own error where torch refuses a layer that archcalc takes.
    """
    rows = analyse(network).rows
    with torch.device(device), default_dtype(dtype):
        modules = {i: module_of(r.layer.torch(r.inputs, r.output)) for i, r in enumerate(rows) if r.node.shares is None}
    net = Net(network, modules)
    net.eval()
    return net
