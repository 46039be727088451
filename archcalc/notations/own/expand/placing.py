"""Layers put into the graph from a level of names: sources, numbering, the flatten nobody wrote, and names looked up."""

from __future__ import annotations

from archcalc.layers import layer_class
from archcalc.layers.base import Layer, dims
from archcalc.network.names import part
from archcalc.notations.own.expand.scope import Scope
from archcalc.notations.own.expand.work import Work
from archcalc.notations.own.tree import Scalar
from archcalc.text.faults import suggestions
from archcalc.text.source import Span


def place(
    x: Work,
    layer: Layer,
    scope: Scope,
    current: int,
    span: Span,
    name: str | None,
    sources: tuple[int, ...] | None,
) -> int | None:
    """Puts a layer after the current node, a flatten before it where one is needed."""
    fewest, most = layer.arity
    inputs = () if most == 0 and not sources else sources or (current,)
    if len(inputs) < fewest or (most is not None and len(inputs) > most):
        wanted = f"at least {fewest}" if most is None else str(fewest) if fewest == most else f"{fewest} to {most}"
        given = "one is given" if len(inputs) == 1 else f"{len(inputs)} are given"
        x.fault(f"{layer.kind} reads {wanted} inputs, {given}", span, layer.example or f"{layer.kind}: [skip1, prev]")
        return None
    if layer.vector and inputs and x.flatten:
        shape = x.graph.shape(inputs[0])
        if shape is not None and (len(shape) >= 3 or (len(shape) == 2 and x.graph.layout(inputs[0]) == "channels")):
            inputs = (add(x, layer_class("flatten")(), inputs, scope, span, inserted=True),)
    if inputs:
        note_vectors(x, layer, inputs[0])
    return add(x, layer, inputs, scope, span, name=name)


def note_vectors(x: Work, layer: Layer, source: int) -> None:
    """Says aloud that a convolution or pool on an input of two sizes is one-dimensional: an image was perhaps meant."""
    shape = x.graph.shape(source)
    if source < 0 and layer.layout == "channels" and shape is not None and len(shape) == 2 and shape[0] > 4:
        image, steps = dims((1, *shape)), f"{shape[0]} steps of {shape[1]} features are {dims((shape[1], shape[0]))}"
        x.graph.note(
            f"the input is read as {shape[0]} channels of length {shape[1]}; an image of one channel is {image}, {steps}"
        )


def add(
    x: Work,
    layer: Layer,
    inputs: tuple[int, ...],
    scope: Scope,
    span: Span,
    *,
    name: str | None = None,
    inserted: bool = False,
    shares: int | None = None,
) -> int:
    """Adds a node under its name, or the next free one of its kind, and returns its number."""
    if scope.block is not None:
        x.count(1, span, "blocks and repeats")
    name = name or x.graph.number(scope.prefix, layer.prefix or layer.kind, scope.names)
    # Inside a shipped block the place is that of its use: nobody can mend the block's own text.
    index = x.graph.add(layer, inputs, scope.prefix + name, x.call_span or span, inserted=inserted, shares=shares)
    scope.names[name] = index
    return index


def find(x: Work, name: str, scope: Scope, current: int | None) -> int | None:
    """The node a name stands for, from this scope outwards."""
    if name == "prev":
        return current
    name = part(name) if name.isidentifier() else name  # as names are compared
    at: Scope | None = scope
    while at is not None:
        if name in at.names:
            return at.names[name]
        if at.prefix + name in x.graph.paths:
            return x.graph.paths[at.prefix + name]
        at = at.parent
    return None


def no_layer(x: Work, item: Scalar, scope: Scope) -> None:
    """The fault of a name that names nothing above."""
    x.fault(
        f"'{item.text}' names no layer above; a layer reads only what stands before it, so there are no cycles",
        item.span(),
        *(suggestions(item.text, scope.known()) or ["prev, the layer above", "`id: NAME` on the layer that is meant"]),
    )
