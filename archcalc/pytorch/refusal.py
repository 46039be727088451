"""Whether torch refuses the same layer that archcalc refuses, for the shapes that layer receives."""

from __future__ import annotations

import dataclasses
import warnings
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import torch

from archcalc.layers.base import Call, Layer, Shape, Shapes, per_axis
from archcalc.pytorch.building import NAMESPACES, module_of
from archcalc.pytorch.indices import uncomputed
from archcalc.pytorch.run import message
from archcalc.repair import inputs_of
from archcalc.text.faults import Misfit, SpecError

if TYPE_CHECKING:
    from archcalc.network.nodes import Network, Node

# Layers whose stated input size is that of the last dimension, not of the first.
LAST = ("fc", "rnn", "lstm", "gru", "attention")
# Normalisations that without a scale and shift hold no tensor the stated channels could be at odds with.
# A layer of more values than this is only tried on the meta device.
MOST_VALUES = 20_000_000
SEQUENCES = ("rnn", "lstm", "gru", "attention")
UNCHECKED = ("instancenorm", "groupnorm")


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
    indices = node.layer.indices and all(uncomputed(network, i) for i in node.inputs)
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
    layer = node.layer
    if layer.kind in SEQUENCES and len(inputs[0]) == 1:
        raise Misfit("torch would take a batch of vectors for one sequence without a batch")
    if node.shares is not None:
        first = network.nodes[node.shares]
        shapes = inputs_of(network, first)
        if shapes is None:
            raise Misfit("the layer it shares with does not fit either")
        return first.layer.torch(shapes, first.layer.output(shapes))
    stated = inputs
    given = getattr(layer, "input", None)
    if given is not None and layer.kind in UNCHECKED and not layer.affine:  # type: ignore[attr-defined]
        raise Misfit("torch does not look at the number of channels where there is no scale and shift")
    if given is not None:
        first_shape = inputs[0]
        stated = ((*first_shape[:-1], given) if layer.kind in LAST else (given, *first_shape[1:]), *inputs[1:])
    return _call(layer, stated)


def _call(layer: Layer, inputs: Shapes) -> Call:
    """A layer's call where its own `torch` would not go so far; the output shape it is given stands for nothing."""
    settings: Any = layer
    if layer.kind == "locallyconnected" and settings.padding == "same":
        raise Misfit("torch has no locally connected layer that could refuse `same` with a stride")
    if layer.kind in ("add", "mul") and len({len(shape) for shape in inputs}) > 1:
        raise Misfit("torch would match the batch of one with a dimension of the other")
    if layer.kind in ("conv", "depthwise") and settings.padding == "same":
        try:
            return layer.torch(inputs, inputs[0])
        except Misfit:
            unstrided: Layer = dataclasses.replace(settings, stride=1)
            call = unstrided.torch(inputs, inputs[0])
            return Call(call.name, call.args, {**call.kwargs, "stride": settings.stride})
    if layer.kind == "reshape":
        return layer.torch(inputs, settings.shape)
    if layer.kind == "layernorm" and settings.shape:
        return Call("nn.LayerNorm", (settings.shape,))
    if layer.kind in ("adaptiveavgpool", "adaptivemaxpool"):
        pool: Layer = dataclasses.replace(settings, out=1)
        return Call(pool.torch(inputs, inputs[0]).name, (settings.out,))
    if layer.kind == "crop":
        if settings.size is None and (len(inputs) != 2 or len(inputs[0]) != len(inputs[1])):
            raise Misfit("there is no size to crop to, so nothing to ask torch")
        rank = len(inputs[0]) - 1
        return Call("support.Crop", (inputs[-1][1:] if settings.size is None else per_axis(settings.size, rank, "crop"),))
    if layer.kind == "prelu":
        return Call("nn.PReLU", (settings.num,))
    output: Shape = inputs[0]
    return layer.torch(inputs, output)
