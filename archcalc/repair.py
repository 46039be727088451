"""What to do about a layer that does not fit: the sum that failed, and the smallest input of the network that would fit."""

from __future__ import annotations

from archcalc.formulas.recording import sentence
from archcalc.layers.base import Layer, Shape, Shapes, dims
from archcalc.layers.working import labelled_layer, labelled_shape
from archcalc.network.nodes import Network, Node
from archcalc.text.faults import Fault, Misfit

SEARCHED_NODES = 3000


def explain_misfits(network: Network, faults: list[tuple[Fault, Node, Misfit]]) -> list[Fault]:
    """The faults with their working and repairs. A larger input is sought for as many as their walks together are short."""
    short = max(1, SEARCHED_NODES // max(1, len(network.nodes)))
    return [_explained(network, fault, node, misfit, at < short) for at, (fault, node, misfit) in enumerate(faults)]


def _explained(network: Network, fault: Fault, node: Node, misfit: Misfit, seek: bool) -> Fault:
    inputs = inputs_of(network, node)
    repairs = list(misfit.repairs)
    if misfit.figure is not None and inputs is not None:
        fault.working = _working(node.layer, inputs)
    if seek and misfit.least_input is not None:
        least = least_input(network, node)
        if least is not None:
            repairs.append(f"an input of at least {dims(least[-2:] if len(least) > 2 else least[-1:])}")
    fault.repairs = repairs
    fault.notes = network.notes
    return fault


def _working(layer: Layer, inputs: Shapes) -> str:
    """The sum of the illegal figure: the layer once more on recorded integers."""
    try:
        labelled_layer(layer).output(tuple(labelled_shape(s, layer, windows=True) for s in inputs))
    except Misfit as again:
        if again.figure is not None:
            text = sentence(again.figure)
            return text.partition(" = ")[2] or text
    return ""


def inputs_of(network: Network, node: Node) -> Shapes | None:
    """The shapes a node receives; None behind a layer that does not fit."""
    return next((step.inputs for step in network.walk() if step.node is node), None)


def fits(network: Network, sizes: list[Shape], node: Node) -> bool:
    """Whether a node takes its input for these network inputs."""
    return any(step.node is node and not isinstance(step.output, Misfit) for step in network.walk(sizes))


def least_input(network: Network, node: Node, most: int = 4096) -> Shape | None:
    """The smallest larger input, grown alike on every spatial axis, at which the node fits; None where none is found."""
    if len(network.inputs) != 1 or len(network.nodes) > SEARCHED_NODES:
        return None
    start = next(iter(network.inputs.values()))
    if len(start) < 2:
        return None

    def grown(n: int) -> Shape:
        return (start[0], *(size + n for size in start[1:]))

    step = 1
    while not fits(network, [grown(step)], node):
        step *= 2
        if step > most:
            return None
    low, high = step // 2, step
    while high - low > 1:
        middle = (low + high) // 2
        if fits(network, [grown(middle)], node):
            high = middle
        else:
            low = middle
    return grown(high)
