"""Layers used again with the same weights: one, or all of a block, a group or an item with an id."""

from __future__ import annotations

from archcalc.layers.base import Layer, Shape, dims
from archcalc.network.nodes import Node
from archcalc.notations.own.expand import placing
from archcalc.notations.own.expand.scope import Scope
from archcalc.notations.own.expand.work import Work
from archcalc.notations.own.tree import Scalar, Value
from archcalc.text.faults import suggestions


def expand_reuse(x: Work, value: Value, scope: Scope, current: int | None, level: str | None) -> int | None:
    """`reuse: NAME`: what stands under a name once more, on the layer above or on what `from` says."""
    if current is None:
        return None
    name = value.text if isinstance(value, Scalar) else ""
    path = opened(x, name, scope)
    end = placing.find(x, name, scope, current) if name != "prev" else None
    if path is not None and scope.prefix.startswith(f"{path}."):
        x.fault(f"{path} cannot be used inside itself", value.span(), "a block, used twice")
        return None
    if end is None or (end < 0 and path is None):
        x.fault(
            f"'{name}' names no layer above whose weights could be used again",
            value.span(),
            *(suggestions(name, scope.known()) or ["the id of a layer above"]),
        )
        return None
    if path is None:
        path = x.graph.nodes[end].path
        # The flatten that was inserted for a fully connected layer comes with it.
        first = end - 1 if end and x.graph.nodes[end - 1].inserted and x.graph.nodes[end].inputs == (end - 1,) else end
    else:
        first = x.graph.starts[path]
    last = max(end, first - 1)
    while last + 1 < len(x.graph.nodes) and x.graph.nodes[last + 1].path.startswith(f"{path}."):
        last += 1  # heads and branches that nobody reads
    # What a name stands for stands together, since it was expanded in one go.
    return copy(x, range(first, last + 1), end, path, value, scope, current, level)


def opened(x: Work, name: str, scope: Scope) -> str | None:
    """The path of the block, group or named item a name stands for, from this scope outwards."""
    at: Scope | None = scope
    while at is not None:
        if at.prefix + name in x.graph.starts:
            return at.prefix + name
        at = at.parent
    return None


def copy(x: Work, found: range, end: int, path: str, value: Value, scope: Scope, current: int, level: str | None) -> int | None:
    """The nodes of `found` once more, reading `current` where they read what stands before them."""
    read = {i for member in found for i in x.graph.nodes[member].inputs if i not in found}
    if len(read) > 1 or not found:
        what = f"reads {len(read)} layers from outside" if read else "has no layers"
        x.fault(f"{path} {what}; what reads one layer can be used again", value.span(), "a block, used twice")
        return None
    x.count(len(found), value.span(), "reuse")
    inner = scope
    if path in x.graph.groups:
        base = path.rpartition(".")[2]
        if level is None:
            level = x.graph.number(scope.prefix, f"{base}_", scope.names, first=2)
        x.graph.group(scope.prefix + level, x.graph.groups[path])
        inner = Scope(f"{scope.prefix}{level}.", scope.variables, scope.lexicon, scope, scope.block)
    copies: dict[int, int] = {}
    for member in found:
        node = x.graph.nodes[member]
        inputs = tuple(copies.get(i, current) for i in node.inputs)
        if node.path.startswith(f"{path}."):
            at, name = inner, node.path[len(path) + 1 :]
            note_groups(x, path, name, inner)
        else:
            at, name = scope, level if level and node.path == path else ""
        shares = owner(x, node, member)
        copies[member] = placing.add(
            x, node.layer, inputs, at, value.span(), name=name or None, inserted=node.inserted, shares=shares
        )
    last = copies.get(end, current)  # what is only heads goes on from where it stood
    if level is not None:
        scope.names[level] = last
    return last


def owner(x: Work, node: Node, index: int) -> int | None:
    """The node whose weights a copy uses; None where there are none to share, as of a normalisation that learns nothing."""
    if type(node.layer).weights is Layer.weights:
        return None
    read = [x.graph.shape(i) for i in node.inputs]
    shapes = tuple(shape for shape in read if shape is not None)
    if len(shapes) == len(read) and not node.layer.weights(shapes):
        return None
    return index if node.shares is None else node.shares


def note_groups(x: Work, path: str, name: str, inner: Scope) -> None:
    """Carries over what is known of the groups between a copied group and a node inside it."""
    parts = name.split(".")[:-1]
    for count in range(1, len(parts) + 1):
        rest = ".".join(parts[:count])
        if (written := x.graph.groups.get(f"{path}.{rest}")) is not None and inner.prefix + rest not in x.graph.groups:
            x.graph.group(inner.prefix + rest, written)


def tie(x: Work, value: Value, key: Scalar, scope: Scope, current: int, made: int) -> None:
    """`tied: NAME`: the weight of the layer that was just made is that of another, of the same sizes."""
    name = value.text if isinstance(value, Scalar) else ""
    at: Scope | None = scope
    while at is not None and at.prefix + name not in x.graph.paths:
        at = at.parent
    # The layer that has the name, whatever follows it on its line.
    owner = placing.find(x, name, scope, current) if at is None else x.graph.paths[at.prefix + name]
    if owner is None or owner < 0 or owner == current:
        x.fault(
            f"'{name}' names no layer above whose weight could be used here too",
            value.span(),
            *(suggestions(name, scope.known()) or ["the id of a layer above, as an embedding's"]),
        )
        return
    shapes = [weight_of(x, number) for number in (current, owner)]
    if made != 1 + (made > 1 and x.graph.nodes[current - 1].inserted) or shapes[0] == ():
        x.fault(f"{key.text} is no single layer with a weight", value.span(), "`tied` beside one fc or embedding")
    elif None not in shapes and shapes[0] != shapes[1]:
        mine, theirs = (dims(shape) if shape else "none" for shape in shapes)
        x.fault(
            f"the weight here is {mine}, that of {x.graph.nodes[owner].path} {theirs}",
            value.span(),
            "sizes that are the same, as `fc` of as many outputs as the embedding has rows",
        )
    elif None not in shapes:
        tied = x.graph.nodes[owner].tied.get("weight", owner)  # what has it from another itself
        x.graph.nodes[current].tied = {"weight": tied}


def weight_of(x: Work, number: int) -> Shape | None:
    """The sizes of a node's learned `weight`; empty where it has none, None where its input does not fit."""
    node = x.graph.nodes[number]
    inputs = tuple(x.graph.shape(i) for i in node.inputs)
    if x.graph.shape(number) is None or None in inputs:
        return None
    found = [w.shape for w in node.layer.weights(inputs) if w.name == "weight" and w.learned]  # type: ignore[arg-type]
    return found[0] if found else ()
