"""Whether torch refuses the same layer that archcalc refuses, for the shapes that layer receives."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import torch

from archcalc.layers.base import Call, Shapes
from archcalc.pytorch.module import NAMESPACES, module_of
from archcalc.pytorch.run import message
from archcalc.repair import inputs_of
from archcalc.text.faults import Misfit, SpecError, Why

if TYPE_CHECKING:
    from archcalc.network.nodes import Network, Node

# A layer of more values than this is only tried on the meta device.
MOST_VALUES = 20_000_000


@dataclass
class Verdict:
    """What torch did with a layer that archcalc refuses: `refused` None where it could not be asked."""

    path: str
    refused: bool | None
    said: str


def predicted_refusals(network: Network, error: SpecError, *, device: str = "cpu", batch: int = 2) -> list[Verdict]:
    """Torch's answer to every layer that does not fit, in the order of the faults."""
    nodes = {node.path: node for node in network.nodes}
    verdicts = []
    for fault in error.faults:
        node = nodes.get(fault.path)
        if node is not None:
            inputs = inputs_of(network, node)
            if inputs is not None:
                verdicts.append(ask(network, node, inputs, device, batch))
    return verdicts


def ask(network: Network, node: Node, inputs: Shapes, device: str, batch: int) -> Verdict:
    """Builds the layer as it was written and gives it tensors of these shapes: on the meta device, then on the one asked for."""
    try:
        call = stated_call(network, node, inputs)
    except Misfit as misfit:
        return Verdict(node.path, None, misfit.message)
    except LookupError:
        return Verdict(node.path, None, "torch has no module for an input of this rank")
    if not hasattr(NAMESPACES[call.name.partition(".")[0]], call.name.partition(".")[2]):
        return Verdict(node.path, None, f"torch has no {call.name}")
    # The meta device costs nothing, however large the layer, and refuses nearly all that the others do.
    indices = node.layer.indices and all(i < 0 or network.nodes[i].layer.moves for i in network.behind(node.inputs))
    verdict = try_on("meta", node, call, inputs, batch, indices)
    if verdict.refused or device == "meta":
        return verdict
    if batch * sum(map(prod, inputs)) > MOST_VALUES or size_of(call) > MOST_VALUES:
        return verdict
    return try_on(device, node, call, inputs, batch, indices)


def size_of(call: Call) -> int:
    """How many values the module of a call holds."""
    with torch.device("meta"):
        return sum(p.numel() for p in module_of(call).parameters())


def try_on(device: str, node: Node, call: Call, inputs: Shapes, batch: int, indices: bool) -> Verdict:
    """Builds a call's module on a device and runs it on zeros, whole numbers where they are `indices`."""
    with warnings.catch_warnings(), torch.no_grad(), torch.device(device):
        warnings.simplefilter("ignore")
        try:
            module = module_of(call).eval()
            made = [torch.zeros(batch, *s, dtype=torch.long) if indices else torch.zeros(batch, *s) for s in inputs]
            result = module(*made)
        except Exception as error:  # whatever torch raises is its refusal
            return Verdict(node.path, True, message(error))
    output = "×".join(str(n) for n in result.shape[1:])
    if result.numel() == 0:
        return Verdict(node.path, None, f"torch makes an empty output {output}")
    return Verdict(node.path, False, output)


def stated_call(network: Network, node: Node, inputs: Shapes) -> Call:
    """The torch equivalent of a layer that does not fit, with the sizes it states. Raises Misfit where there is none."""
    if why := node.layer.unasked(inputs):
        raise Misfit(why, Why("torch has no opinion on it"))
    if node.shares is None:
        return node.layer.asked(inputs)
    first = network.nodes[node.shares]
    shapes = inputs_of(network, first)
    if shapes is None:
        raise Misfit("the layer it shares with does not fit either", Why("the layer whose weights it shares is refused already"))
    return first.layer.torch(shapes, first.layer.output(shapes))
