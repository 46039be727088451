"""The network as it grows: nodes, their shapes as far as they are known, and the names by which they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.layers import layer_class
from archcalc.layers.base import Layer, dims
from archcalc.network.nodes import Node, Shape
from archcalc.notations.own.expand.scope import MOST_LAYERS, MOST_MADE, Scope
from archcalc.notations.own.tree import Scalar
from archcalc.text.faults import Misfit, suggestions
from archcalc.text.source import Span

if TYPE_CHECKING:
    from archcalc.notations.own.expand.expander import Expander


def place(
    x: Expander,
    layer: Layer,
    scope: Scope,
    current: int,
    span: Span,
    name: str | None,
    sources: tuple[int, ...] | None,
) -> int | None:
    """Puts a layer after the current node, a flatten before it where one is needed."""
    inputs = sources or (current,)
    fewest, most = layer.arity
    if len(inputs) < fewest or (most is not None and len(inputs) > most):
        wanted = f"at least {fewest}" if most is None else str(fewest) if fewest == most else f"{fewest} to {most}"
        x.fault(
            f"{layer.kind} reads {wanted} inputs, {len(inputs)} are given",
            span,
            f"{layer.kind}: [skip1, prev]",
        )
        return None
    if layer.kind == "fc" and x.flatten:
        shape = shape_of(x, inputs[0])
        if shape is not None and (len(shape) >= 3 or (len(shape) == 2 and layout_of(x, inputs[0]) == "channels")):
            inputs = (add(x, layer_class("flatten")(), inputs, scope, span, inserted=True),)
    note_vectors(x, layer, inputs[0])
    return add(x, layer, inputs, scope, span, name=name)


def note_vectors(x: Expander, layer: Layer, source: int) -> None:
    """Says aloud that a convolution or pool on an input of two sizes is one-dimensional: an image was perhaps meant."""
    shape = shape_of(x, source)
    if source < 0 and layer.layout == "channels" and shape is not None and len(shape) == 2 and shape[0] > 4:
        image = dims((1, *shape))
        x.notes.append(f"the input is read as {shape[0]} channels of length {shape[1]}; an image of one channel is {image}")


def add(
    x: Expander,
    layer: Layer,
    inputs: tuple[int, ...],
    scope: Scope,
    span: Span,
    *,
    name: str | None = None,
    inserted: bool = False,
    shares: int | None = None,
) -> int:
    """Adds a node and returns its number; its shape is followed, a misfit left for the analysis to report."""
    if len(x.nodes) >= MOST_LAYERS:
        raise x.stop(f"more than {MOST_LAYERS:,} layers", span)
    if scope.block is not None:
        x.made += 1
        if x.made > MOST_MADE:
            raise x.stop(f"more than {MOST_MADE:,} layers made by blocks and repeats", span)
    kind = layer.kind
    if kind == "concat" and getattr(layer, "axis", 0) is None:
        first = shape_of(x, inputs[0])
        tokens = first is not None and len(first) == 2 and layout_of(x, inputs[0]) != "channels"
        layer = type(layer)(axis=1 if tokens else 0)  # type: ignore[call-arg]
    name = name or scope.number(layer.prefix or kind)
    index = len(x.nodes)
    path = scope.prefix + name
    if path in x.paths:  # two branches or heads of one name: a path is still one layer's alone
        while f"{path}_{x.again[path]}" in x.paths:
            x.again[path] += 1
        path = f"{path}_{x.again[path]}"
    # Inside a shipped block the place is that of its use: nobody can mend the block's own text.
    x.nodes.append(Node(path, layer, inputs, x.call_span or span, inserted=inserted, shares=shares))
    scope.names[name] = index
    x.paths[path] = index
    shapes = tuple(shape_of(x, i) for i in inputs)
    shape: Shape | None = None
    if None not in shapes:
        try:
            shape = layer.output(shapes)  # type: ignore[arg-type]
        except Misfit:
            shape = None
    x.shapes.append(shape)
    x.layouts.append(layer.layout or layout_of(x, inputs[0]))
    return index


def shape_of(x: Expander, index: int) -> Shape | None:
    """The output shape of a node or input; None behind a misfit."""
    return x.shapes[index] if index >= 0 else x.input_shapes[-1 - index]


def layout_of(x: Expander, index: int) -> str:
    """Whether a rank-2 shape is channels first or a sequence of tokens."""
    return x.layouts[index] if index >= 0 else "tokens"


def channels(x: Expander, current: int | None) -> int | None:
    """Channels, or features of a sequence, of the current node; None where not known."""
    shape = None if current is None else shape_of(x, current)
    if shape is None or current is None:
        return None
    return shape[-1] if len(shape) == 2 and layout_of(x, current) != "channels" else shape[0]


def set_cin(x: Expander, scope: Scope, current: int | None) -> None:
    """Gives `cin` its value for the expressions of the item that follows."""
    scope.variables["cin"] = channels(x, current)


def find(x: Expander, name: str, scope: Scope, current: int | None) -> int | None:
    """The node a name stands for, from this scope outwards."""
    if name == "prev":
        return current
    at: Scope | None = scope
    while at is not None:
        if name in at.names:
            return at.names[name]
        if at.prefix + name in x.paths:
            return x.paths[at.prefix + name]
        at = at.parent
    return None


def no_layer(x: Expander, item: Scalar, scope: Scope) -> None:
    """The fault of a name that names nothing above."""
    near = suggestions(item.text, scope.known())
    x.fault(
        f"'{item.text}' names no layer above; a layer reads only what stands before it, so there are no cycles",
        item.span(),
        *near,
    )
