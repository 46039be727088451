"""What moves values about: views, orders, parts, repetitions, joins, and the sizes that are worked out of shapes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import product as combinations

from archcalc.formulas.arithmetic import product
from archcalc.layers.base import Shape
from archcalc.layers.linear import Embedding, Permute
from archcalc.layers.merge import Concat
from archcalc.layers.move import Move
from archcalc.layers.resample import PixelShuffle, PixelUnshuffle, Slice, Upsample, ZeroPad
from archcalc.notations.onnx.model import MOST_VALUES, Node, Number, Tensor
from archcalc.notations.onnx.work import (
    AS_EXPORTED,
    NO_BATCH,
    OTHER_SIZE,
    WITHOUT,
    Array,
    Batch,
    Held,
    Step,
    Work,
    Wrong,
    shown,
)
from archcalc.text.faults import ValueFault


def strides(shape: Shape) -> list[int]:
    """How far apart the values of each axis lie."""
    made, step = [], 1
    for n in reversed(shape):
        made.append(step)
        step *= n
    return made[::-1]


def chosen(r: Work, x: Array, picks: Sequence[Iterable[int]], shape: Shape) -> Array | None:
    """The values at these places of each axis, where they are known."""
    if x.values is None or product(shape) > MOST_VALUES:
        return None
    steps, values = strides(x.shape), x.values
    return r.known(shape, [values[sum(s * i for s, i in zip(steps, at, strict=True))] for at in combinations(*picks)], x.kind)


# -- views ----------------------------------------------------------------------------------------------------------------


def same_values(r: Work, x: Array, shape: Shape, batch: Batch | None, word: str) -> Array:
    """The same values in the same order in another shape."""
    if x.values is not None:
        made = r.known(shape, x.values, x.kind)
        made.held, made.whole = x.held, x.whole
        return made
    return r.moved(x, shape, batch, Step(word, same=True))


def reshape(r: Work, node: Node) -> list[Array]:
    """The same values in another shape: −1 is the rest, and 0 the size there was unless `allowzero` says otherwise."""
    x = r.input(node)
    target = r.ints(node, "shape") if r.model.opset < 5 and "shape" in node.attributes else r.wholes(node, 1, "the shape")
    if target is None:
        raise Wrong("", "Reshape needs its shape", AS_EXPORTED)
    keep = not r.whole(node, "allowzero", 0)
    made: list[int] = []
    for i, n in enumerate(target):
        if n == 0 and keep:
            if i >= len(x.shape):
                raise ValueFault(f"0 keeps the size of axis {i}, and {shown(x.shape)} has none", AS_EXPORTED)
            n = x.shape[i]
        made.append(n)
    if made.count(-1) > 1 or any(n < -1 for n in made):
        raise ValueFault(f"a shape of {list(target)}", AS_EXPORTED)
    if -1 in made:
        rest = -product(tuple(made))
        if rest <= 0 or x.count % rest:
            raise _other_size(x, target)
        made[made.index(-1)] = x.count // rest
    shape = tuple(made)
    if product(shape) != x.count:
        raise _other_size(x, target)
    return [same_values(r, x, shape, r.follow(x, shape), "reshape")]


def _other_size(x: Array, target: Shape) -> ValueFault:
    """A shape that was written for another size of the input."""
    return ValueFault(
        f"{shown(x.shape)} holds {x.count} values, the shape {list(target)} does not",
        OTHER_SIZE, "an export with dynamic axes",
    )  # fmt: skip


def flatten(r: Work, node: Node) -> list[Array]:
    """All axes before one into one, and all from it on."""
    x = r.input(node)
    rank = len(x.shape)
    axis = r.whole(node, "axis", 1)
    axis = axis if axis == rank else r.axis(node, axis, rank)
    shape = (product(x.shape[:axis]), product(x.shape[axis:]))
    return [same_values(r, x, shape, r.follow(x, shape), "flatten")]


def squeeze(r: Work, node: Node) -> list[Array]:
    """Axes of size 1 left out."""
    x = r.input(node)
    axes = r.axes(node, len(x.shape), 1)
    if axes is None:
        axes = tuple(i for i, n in enumerate(x.shape) if n == 1 and (x.batch is None or i != x.batch.axis))
    if any(x.shape[a] != 1 for a in axes):
        raise ValueFault(f"axes {list(axes)} of {shown(x.shape)} are not all of size 1", AS_EXPORTED)
    shape = tuple(n for i, n in enumerate(x.shape) if i not in axes)
    batch = x.batch
    if batch is not None and batch.axis in axes:
        raise ValueFault("the axis of the batch is left out", NO_BATCH)
    if batch is not None:
        batch = Batch(batch.axis - sum(a < batch.axis for a in axes), batch.inner)
    return [same_values(r, x, shape, batch, "squeeze")]


def unsqueeze(r: Work, node: Node) -> list[Array]:
    """Axes of size 1 put in."""
    x = r.input(node)
    given = r.ints(node, "axes")
    given = r.wholes(node, 1, "the axes") if given is None else given
    if given is None:
        raise Wrong("", "Unsqueeze needs its axes", AS_EXPORTED)
    rank = len(x.shape) + len(given)
    axes = sorted(r.axis(node, a, rank) for a in given)
    if len(set(axes)) < len(axes):
        raise ValueFault(f"an axis is named twice in {list(given)}", AS_EXPORTED)
    left = iter(enumerate(x.shape))
    shape: list[int] = []
    batch = x.batch
    for i in range(rank):
        if i in axes:
            shape.append(1)
            continue
        old, n = next(left)
        if x.batch is not None and old == x.batch.axis:
            batch = Batch(i, x.batch.inner)
        shape.append(n)
    return [same_values(r, x, tuple(shape), batch, "unsqueeze")]


def transpose(r: Work, node: Node) -> list[Array]:
    """The axes in another order; reversed where none is given."""
    x = r.input(node)
    return [transposed(r, x, r.ints(node, "perm") or tuple(reversed(range(len(x.shape)))))]


def transposed(r: Work, x: Array, perm: Shape) -> Array:
    """An array with its axes in another order."""
    if sorted(perm) != list(range(len(x.shape))):
        raise Wrong("perm", f"{list(perm)} is no order of the {len(x.shape)} axes of {shown(x.shape)}", AS_EXPORTED)
    shape = tuple(x.shape[p] for p in perm)
    if x.values is not None:
        steps = strides(x.shape)
        values = [x.values[sum(steps[p] * i for p, i in zip(perm, at, strict=True))] for at in combinations(*map(range, shape))]
        made = r.known(shape, values, x.kind)
        made.held, made.whole = x.held, x.whole
        return made
    left_out = x.batch.axis if x.batch else -1
    inner = [p for p in perm if p != left_out]
    order = tuple(sorted(inner).index(p) + 1 for p in inner)
    large = [p for p in inner if x.shape[p] > 1]
    batch = Batch(perm.index(left_out), x.batch.inner) if x.batch else None
    return r.moved(x, shape, batch, Step("transpose", Permute(order) if order else None, large == sorted(large)))


# -- parts ----------------------------------------------------------------------------------------------------------------


def part(r: Work, x: Array, axis: int, places: range) -> Array:
    """Some of an axis."""
    if places == range(x.shape[axis]):
        return x
    shape = (*x.shape[:axis], len(places), *x.shape[axis + 1 :])
    picked = chosen(r, x, [places if i == axis else range(n) for i, n in enumerate(x.shape)], shape)
    if picked is not None:
        return picked
    if x.batch is not None and axis == x.batch.axis:
        raise ValueFault("a part of the batch is taken: which inputs it holds is not known", NO_BATCH)
    if not places:
        return Array(shape, x.kind, x.batch)
    first = 1 if x.batch is not None and x.batch.axis == 0 else 0
    plain = axis == first and places.step == 1 and len(places) > 0
    return r.moved(x, shape, x.batch, Step("slice", Slice(places.start, places.stop) if plain else None))


def slices(r: Work, node: Node) -> list[Array]:
    """Some of several axes, from a start to an end; a negative step goes back."""
    x = r.input(node)
    if "starts" in node.attributes:
        starts, ends, axes, steps = r.ints(node, "starts"), r.ints(node, "ends"), r.ints(node, "axes"), None
    else:
        starts, ends = r.wholes(node, 1, "the starts"), r.wholes(node, 2, "the ends")
        axes, steps = r.wholes(node, 3, "the axes"), r.wholes(node, 4, "the steps")
    if starts is None or ends is None or len(starts) != len(ends):
        raise Wrong("", "Slice needs as many starts as ends", AS_EXPORTED)
    axes = tuple(range(len(starts))) if axes is None else axes
    steps = (1,) * len(starts) if steps is None else steps
    if len(axes) != len(starts) or len(steps) != len(starts) or 0 in steps:
        raise Wrong("", "Slice needs an axis and a step, which is not 0, for each start", AS_EXPORTED)
    for start, end, a, step in zip(starts, ends, axes, steps, strict=True):
        axis = r.axis(node, a, len(x.shape))
        x = part(
            r,
            x,
            axis,
            range(*slice(start, end, step).indices(x.shape[axis])) if step > 0 else _back(x.shape[axis], start, end, step),
        )
    return [x]


def _back(size: int, start: int, end: int, step: int) -> range:
    """The places of a slice that goes back, by ONNX's rule: a negative end counts from the last, one below −size means all."""
    first = min(max(start + size if start < 0 else start, 0), size - 1)
    last = max(end + size if end < 0 else end, -1)
    return range(first, min(last, size - 1), step)


def split(r: Work, node: Node) -> list[Array]:
    """An axis in parts: of the sizes given, or alike, the last as long as what is left."""
    x = r.input(node)
    axis = r.axis(node, r.whole(node, "axis", 0), len(x.shape))
    sizes = r.ints(node, "split") or r.wholes(node, 1, "the sizes")
    if not node.outputs:
        raise Wrong("", "Split puts nothing out", AS_EXPORTED)
    count = r.whole(node, "num_outputs", len(node.outputs)) or len(node.outputs)
    if sizes is None:
        each = -(-x.shape[axis] // count)
        sizes = tuple(min(each, x.shape[axis] - each * i) for i in range(count))
    if sum(sizes) != x.shape[axis] or min(sizes) < 0 or len(sizes) != len(node.outputs):
        raise ValueFault(f"parts of {list(sizes)} are not the {x.shape[axis]} of axis {axis} of {shown(x.shape)}", AS_EXPORTED)
    made, start = [], 0
    for n in sizes:
        made.append(part(r, x, axis, range(start, start + n)))
        start += n
    return made


def gather(r: Work, node: Node) -> list[Array]:
    """Places of an axis by their numbers; rows of a table of weights by numbers that are computed are an embedding."""
    x, at = r.input(node), r.input(node, 1)
    axis = r.axis(node, r.whole(node, "axis", 0), len(x.shape))
    shape = (*x.shape[:axis], *at.shape, *x.shape[axis + 1 :])
    if x.weight and not at.fixed and axis == 0 and len(x.shape) == 2 and x.kind == "float":
        layer = Embedding(x.shape[0], x.shape[1])
        path = r.path(node, x)
        return [r.emit(node, layer, [at], shape, at.batch, path=path, weights={"weight": x})]
    if at.values is not None:
        if any(not -x.shape[axis] <= i < x.shape[axis] for i in at.values):
            raise ValueFault(f"a place beyond the {x.shape[axis]} of axis {axis} of {shown(x.shape)}", AS_EXPORTED)
        places = [int(i) % x.shape[axis] for i in at.values]
        if len(at.shape) > 1 and places == list(range(x.shape[axis])):  # all of them in their order
            return [same_values(r, x, shape, r.follow(x, shape), "reshape")]
        if x.values is not None:
            picks = [places if i == axis else range(n) for i, n in enumerate(x.shape)]
            picked = chosen(r, x, picks, shape)
            if picked is not None:
                return [picked]
        r.check(shape)
        if x.batch is not None and x.batch.axis == axis:
            if places == list(range(x.shape[axis])) and len(at.shape) == 1:
                return [x]
            raise ValueFault("some inputs of the batch are taken by their numbers", NO_BATCH)
        batch = x.batch
        if batch is not None and batch.axis > axis:
            batch = Batch(batch.axis - 1 + len(at.shape), batch.inner)
        if len(at.shape) == 1 and places == list(range(places[0], places[0] + len(places))):
            return [part(r, x, axis, range(places[0], places[0] + len(places)))]
        return [r.moved(x, shape, batch, Step("select" if not at.shape else "gather"))]
    if x.fixed and at.fixed:
        return [Array(r.check(shape), x.kind)]
    if x.fixed or x.weight:
        # Places of a tensor that is not learned, or not as a table, by computed numbers.
        batch = Batch(at.batch.axis + axis, at.batch.inner) if at.batch else None
        return [_moved_by(r, node, [x, at], shape, batch, "gather")]
    if x.batch is not None and x.batch.axis == axis:
        raise ValueFault("some inputs of the batch are taken by computed numbers", NO_BATCH)
    batch = x.batch
    if batch is not None and batch.axis > axis:
        batch = Batch(batch.axis - 1 + len(at.shape), batch.inner)
    if at.batch is not None and x.batch is not None:
        raise ValueFault("places of each input by numbers of each input", NO_BATCH)
    return [_moved_by(r, node, [x, at], shape, batch, "gather")]


def _moved_by(r: Work, node: Node, arrays: list[Array], shape: Shape, batch: Batch | None, how: str) -> Array:
    """Values that are moved to where computed numbers say: a row, since it cannot wait."""
    inner = shape[: batch.axis] + shape[batch.axis + 1 :] if batch else shape
    return r.emit(node, Move(inner or (1,), how), [a for a in arrays if not a.fixed], shape, batch, kind=arrays[0].kind)


def gather_elements(r: Work, node: Node) -> list[Array]:
    """One place of an axis for each place of the numbers."""
    x, at = r.input(node), r.input(node, 1)
    r.whole(node, "axis", 0)
    return [_like(r, node, [x, at], at.shape, at)]


def split_to_sequence(r: Work, node: Node) -> list[Array]:
    """An axis in parts, as a sequence of arrays: of the sizes given, or all of one."""
    x = r.input(node)
    axis = r.axis(node, r.whole(node, "axis", 0), len(x.shape))
    keep = r.whole(node, "keepdims", 1)
    sizes = r.wholes(node, 1, "the sizes")
    single = sizes is None or not r.input(node, 1).shape
    each = 1 if sizes is None else sizes[0] if sizes else 0
    if single:
        if each < 1:
            raise Wrong("", "SplitToSequence needs parts of at least 1", AS_EXPORTED)
        sizes = tuple(min(each, x.shape[axis] - start) for start in range(0, x.shape[axis], each))
    if sizes is None or sum(sizes) != x.shape[axis] or len(sizes) > MOST_VALUES or min(sizes) < 0:
        raise ValueFault(f"parts of {list(sizes or ())[:8]} are not the {x.shape[axis]} of axis {axis}", AS_EXPORTED)
    made, start = [], 0
    r.graph.budget.spend("items", len(sizes), node.place)
    for n in sizes:
        one = part(r, x, axis, range(start, start + n))
        if sizes and not r.has(node, 1) and not keep:
            batch = one.batch
            if batch is not None and batch.axis == axis:
                raise ValueFault("the inputs of a batch are taken one by one", NO_BATCH)
            batch = Batch(batch.axis - (batch.axis > axis), batch.inner) if batch else None
            one = same_values(r, one, (*one.shape[:axis], *one.shape[axis + 1 :]), batch, "squeeze")
        made.append(one)
        start += n
    return [several(made)]


def several(arrays: list[Array]) -> Array:
    """Arrays as a sequence."""
    made = Array((), "other")
    made.parts = tuple(arrays)
    return made


def sequence(r: Work, node: Node) -> list[Array]:
    """Arrays as a sequence."""
    return [several(r.every(node))]


def sequence_at(r: Work, node: Node) -> list[Array]:
    """One array of a sequence."""
    parts, at = r.sequence(node), r.wholes(node, 1, "the place")
    if not at or not -len(parts) <= at[0] < len(parts):
        raise Wrong("", f"there is no place {list(at or ())} in a sequence of {len(parts)}", AS_EXPORTED)
    return [parts[at[0]]]


def sequence_length(r: Work, node: Node) -> list[Array]:
    """How many arrays a sequence has."""
    return [r.known((), (len(r.sequence(node)),), "int")]


def join_sequence(r: Work, node: Node) -> list[Array]:
    """The arrays of a sequence side by side, or along an axis of their own."""
    parts = list(r.sequence(node))
    if not parts:
        raise ValueFault("a sequence without arrays is joined", AS_EXPORTED)
    if not r.whole(node, "new_axis", 0):
        return [joined(r, node, parts, r.axis(node, r.whole(node, "axis", 0), len(parts[0].shape)))]
    at = r.axis(node, r.whole(node, "axis", 0), len(parts[0].shape) + 1)
    return [joined(r, node, [_lifted(r, x, at) for x in parts], at)]


def _lifted(r: Work, x: Array, at: int) -> Array:
    """An array with an axis of size 1 put in."""
    batch = Batch(x.batch.axis + (x.batch.axis >= at), x.batch.inner) if x.batch else None
    return same_values(r, x, (*x.shape[:at], 1, *x.shape[at:]), batch, "unsqueeze")


def scatter(r: Work, node: Node) -> list[Array]:
    """Values put where numbers say."""
    r.whole(node, "axis", 0)
    if r.word(node, "reduction", "none", "add", "mul", "max", "min") != "none":
        raise Wrong("reduction", f"{node.op} that brings values together is not known here", WITHOUT)
    x = r.input(node)
    arrays = r.every(node)
    return [_like(r, node, arrays, x.shape, x)]


def _like(r: Work, node: Node, arrays: list[Array], shape: Shape, like: Array) -> Array:
    if like.weight and all(a.fixed for a in arrays if a is not like) and shape == like.shape:
        return like  # a weight of which some values are set
    if all(a.fixed or a.weight for a in arrays):
        r.taken_as_constants(arrays)
        return Array(r.check(shape), arrays[0].kind)
    batch = like.batch or r.batch_in([a for a in arrays if len(a.shape) == len(shape)], len(shape))
    return _moved_by(r, node, arrays, shape, batch, node.op.lower())


def gather_nd(r: Work, node: Node) -> list[Array]:
    """Values, or slices, at the places that the last axis of the numbers names."""
    x, at = r.input(node), r.input(node, 1)
    if r.whole(node, "batch_dims", 0) or not at.shape or at.shape[-1] > len(x.shape):
        raise ValueFault("GatherND with batch_dims, or with more numbers than axes, is not known here", WITHOUT)
    shape = (*at.shape[:-1], *x.shape[at.shape[-1] :])
    if x.batch is not None and x.batch.axis < at.shape[-1]:
        raise ValueFault("some inputs of the batch are taken by their numbers", NO_BATCH)
    batch = Batch(x.batch.axis - at.shape[-1] + len(at.shape) - 1, x.batch.inner) if x.batch else at.batch
    if x.fixed and at.fixed:
        return [Array(r.check(shape), x.kind)]
    return [_moved_by(r, node, [x, at], shape, batch, "gather")]


def trilu(r: Work, node: Node) -> list[Array]:
    """The values on one side of a diagonal, zeros on the other."""
    x = r.input(node)
    r.whole(node, "upper", 1)
    return [Array(x.shape, x.kind) if x.fixed else r.moved(x, x.shape, x.batch, Step("triangle"))]


# -- repetitions and joins --------------------------------------------------------------------------------------------------


def expand(r: Work, node: Node) -> list[Array]:
    """Sizes of 1 repeated so that the shape is the common one with another."""
    x = r.input(node)
    target = r.wholes(node, 1, "the shape")
    if target is None:
        raise Wrong("", "Expand needs its shape", AS_EXPORTED)
    r.check(target)
    return [expanded(r, x, r.broadcast([x, Array(target)])[0])]


def expanded(r: Work, x: Array, shape: Shape) -> Array:
    """An array whose sizes of 1 are repeated."""
    if shape == x.shape:
        return x
    lead = len(shape) - len(x.shape)
    if x.values is not None and product(shape) <= MOST_VALUES:
        steps = strides(x.shape)
        where = [(s if n > 1 else 0) for s, n in zip(steps, x.shape, strict=True)]
        values = [x.values[sum(s * i for s, i in zip(where, at[lead:], strict=True))] for at in combinations(*map(range, shape))]
        return r.known(shape, values, x.kind)
    batch = Batch(x.batch.axis + lead, x.batch.inner) if x.batch else None
    if batch is not None and shape[batch.axis] != x.shape[batch.axis - lead]:
        raise ValueFault("the batch is repeated", NO_BATCH)
    if x.weight and x.count < product(shape):
        made = Array(r.check(shape), x.kind, batch, x.name)
        made.held, made.whole = x.held, False
        return made
    return r.moved(x, shape, batch, Step("repeat", same=x.count == product(shape)))


def tile(r: Work, node: Node) -> list[Array]:
    """Each axis repeated as a whole."""
    x = r.input(node)
    times = r.wholes(node, 1, "the repeats")
    if times is None or len(times) != len(x.shape) or any(t < 0 for t in times):
        raise Wrong("", f"Tile needs a number of repeats for each axis of {shown(x.shape)}", AS_EXPORTED)
    shape = r.check(tuple(n * t for n, t in zip(x.shape, times, strict=True)))
    if shape == x.shape:
        return [x]
    if x.batch is not None and times[x.batch.axis] != 1:
        raise ValueFault("the batch is repeated", NO_BATCH)
    picked = (
        chosen(r, x, [[i % n for i in range(n * t)] for n, t in zip(x.shape, times, strict=True)], shape) if x.values else None
    )
    return [picked or r.moved(x, shape, x.batch, Step("repeat"))]


def concat(r: Work, node: Node) -> list[Array]:
    """Arrays side by side along an axis."""
    arrays = r.every(node)
    if not arrays:
        raise Wrong("", "Concat reads nothing", AS_EXPORTED)
    axis = r.axis(node, r.whole(node, "axis", 1 if r.model.opset < 4 else 0), len(arrays[0].shape))
    return [joined(r, node, arrays, axis)]


def joined(r: Work, node: Node, arrays: list[Array], axis: int) -> Array:
    """Arrays side by side along an axis."""
    rank = len(arrays[0].shape)
    for x in arrays:
        if len(x.shape) != rank or any(
            i != axis and a != b for i, (a, b) in enumerate(zip(x.shape, arrays[0].shape, strict=False))
        ):
            listed = ", ".join(shown(a.shape) for a in arrays[:8])
            raise ValueFault(f"sizes must be equal but for axis {axis}: {listed}", OTHER_SIZE)
    arrays = [x for x in arrays if x.count] or arrays[:1]
    shape = (*arrays[0].shape[:axis], sum(x.shape[axis] for x in arrays), *arrays[0].shape[axis + 1 :])
    kind = arrays[0].kind
    if len(arrays) == 1:
        return arrays[0]
    if all(x.values is not None for x in arrays) and product(shape) <= MOST_VALUES:
        before, after = product(shape[:axis]), product(shape[axis + 1 :])
        values: list[Number] = []
        for i in range(before):
            for x in arrays:
                each = x.shape[axis] * after
                values += (x.values or ())[i * each : (i + 1) * each]
        return r.known(shape, values, kind)
    if all(x.fixed for x in arrays):
        return Array(r.check(shape), kind)
    batch = r.batch_in(arrays, rank)
    if batch is not None and axis == batch.axis:
        raise ValueFault("arrays are joined along the batch", NO_BATCH)
    where = axis - (1 if batch is not None and batch.axis < axis else 0)
    r.check(shape)
    seen = tuple(r.beside(x, shape, batch) for x in arrays)
    return r.emit(node, Concat(axis=where), arrays, shape, batch, seen=seen, kind=kind)


# -- maps -----------------------------------------------------------------------------------------------------------------


def pad(r: Work, node: Node) -> list[Array]:
    """Values around the input."""
    x = r.input(node)
    rank = len(x.shape)
    r.word(node, "mode", "constant", "reflect", "edge", "wrap")
    r.attribute(node, "value", 0.0)
    name = "pads" if "pads" in node.attributes else "paddings"
    pads = r.ints(node, name) if name in node.attributes else r.wholes(node, 1, "the sizes")
    axes = r.wholes(node, 3, "the axes")
    if pads is None:
        raise Wrong("", "Pad needs its sizes", AS_EXPORTED)
    where = tuple(range(rank)) if axes is None else tuple(r.axis(node, a, rank) for a in axes)
    if len(pads) != 2 * len(where):
        raise ValueFault(f"{len(pads)} sizes for {len(where)} axes; two for each are meant", AS_EXPORTED)
    sides = [(0, 0)] * rank
    for i, a in enumerate(where):
        sides[a] = (pads[i], pads[i + len(where)])
    shape = tuple(n + p + q for n, (p, q) in zip(x.shape, sides, strict=True))
    if all(side == (0, 0) for side in sides):
        return [x]
    if x.fixed:
        return [Array(r.check(shape), x.kind)]
    if x.batch is not None and sides[x.batch.axis] != (0, 0):
        raise ValueFault("inputs are added to the batch", NO_BATCH)
    plain = (
        x.batch is not None and x.batch.axis == 0 and 3 <= rank <= 5 and sides[1] == (0, 0) and min(min(s) for s in sides) >= 0
    )
    return [r.moved(x, shape, x.batch, Step("pad", ZeroPad(tuple(sides[2:])) if plain else None))]


def resize(r: Work, node: Node) -> list[Array]:
    """A map made larger or smaller: to sizes, or by factors, rounded down."""
    x = r.input(node)
    mode = r.word(node, "mode", "nearest", "linear", "cubic", "bilinear")
    axes = r.ints(node, "axes")
    policy = r.word(node, "keep_aspect_ratio_policy", "stretch", "not_larger", "not_smaller")
    scales: tuple[Number, ...] | None
    if node.op == "Upsample":
        found = r.attribute(node, "scales", None)
        scales, sizes = (found if isinstance(found, tuple) else r.numbers(node, 1, "the factors")), None
        if "width_scale" in node.attributes or "height_scale" in node.attributes:
            scales = (1.0, 1.0, r.real(node, "height_scale", 1.0), r.real(node, "width_scale", 1.0))
    else:
        old = r.model.opset < 11
        scales = r.numbers(node, 1 if old else 2, "the factors") or None
        sizes = None if old else r.wholes(node, 3, "the sizes")
    if policy != "stretch":
        raise Wrong("keep_aspect_ratio_policy", f"Resize with {policy} is not known here", WITHOUT)
    given = sizes if sizes is not None else scales
    if given is None:
        raise Wrong("", f"{node.op} needs sizes or factors", AS_EXPORTED)
    where = tuple(range(len(x.shape))) if axes is None else tuple(r.axis(node, a, len(x.shape)) for a in axes)
    if len(given) != len(where):
        raise ValueFault(f"{len(given)} sizes for {len(where)} axes", AS_EXPORTED)
    shape = list(x.shape)
    for a, n in zip(where, given, strict=True):
        size = int(n) if sizes is not None else math.floor(x.shape[a] * n) if 0 < n < 10**9 else 0
        if sizes is not None and x.batch is not None and a == x.batch.axis:
            size = x.shape[a]
        shape[a] = size
    made = r.check(tuple(shape))
    if made == x.shape:
        return [x]
    if x.batch is None or x.batch.axis != 0 or made[:2] != x.shape[:2] or not 3 <= len(made) <= 5:
        raise ValueFault(
            f"{node.op} of {shown(x.shape)} to {shown(made)}: only the axes behind batch and channels change", NO_BATCH
        )
    linear = ("linear", "bilinear", "trilinear")[len(made) - 3]
    if mode == "cubic":
        r.graph.note("cubic interpolation is counted as linear: a multiplication more for each value it reads is not")
    layer = Upsample(size=made[2:], mode="nearest" if mode == "nearest" else linear)
    return [r.emit(node, layer, [x], made, x.batch)]


def depth_to_space(r: Work, node: Node) -> list[Array]:
    """Channels become positions, or positions channels."""
    x = r.input(node)
    size = r.whole(node, "blocksize", 0)
    if node.op == "DepthToSpace":
        r.word(node, "mode", "DCR", "CRD")
    if size < 1:
        raise Wrong("blocksize", f"{node.op} needs a blocksize of at least 1", AS_EXPORTED)
    if x.batch is None or x.batch.axis != 0:
        raise ValueFault(f"{node.op} reads maps with the batch first", "--input of channels × height × width")
    return [r.emit(node, (PixelShuffle if node.op == "DepthToSpace" else PixelUnshuffle)(size), [x], None, None)]


# -- sizes worked out of shapes ---------------------------------------------------------------------------------------------


def shape_of(r: Work, node: Node) -> list[Array]:
    """The sizes of an array, or some of them."""
    shape = r.input(node).shape
    start, end = r.whole(node, "start", 0), r.whole(node, "end", len(shape))
    found = shape[slice(start, end)]
    return [r.known((len(found),), found, "int")]


def size_of(r: Work, node: Node) -> list[Array]:
    """How many values an array has."""
    return [r.known((), (r.input(node).count,), "int")]


def constant(r: Work, node: Node) -> list[Array]:
    """A value that stands in the file."""
    names = ("value", "value_int", "value_ints", "value_float", "value_floats")
    name = next((n for n in names if n in node.attributes), "")
    value = r.attribute(node, name, node.attributes[name].value) if name else None
    if isinstance(value, Tensor):
        value.name = value.name or (node.outputs[0] if node.outputs else "")
        return [stored(r, value, node.outputs[0] if node.outputs else value.name)]
    if isinstance(value, tuple) and all(isinstance(v, int | float) for v in value):
        return [r.known((len(value),), value, "float" if name == "value_floats" else "int")]
    if isinstance(value, int | float):
        return [r.known((), (value,), "float" if name == "value_float" else "int")]
    raise Wrong(next(iter(node.attributes), ""), "a Constant whose value is no tensor of numbers is not known here", WITHOUT)


def stored(r: Work, tensor: Tensor, name: str) -> Array:
    """A tensor of the file as an array: whole numbers and single values are known, what may be a weight is held."""
    if any(n < 0 for n in tensor.shape) or not tensor.kind:
        raise ValueFault(f"'{name[:60]}' has sizes or a data type that ONNX has not", AS_EXPORTED)
    made = Array(tensor.shape, tensor.kind, None, name)
    if tensor.kind != "float" or tensor.number or (tensor.constant and tensor.count <= 64):
        made.values = tensor.values()
    if tensor.kind == "float" and tensor.count:
        r.check(tensor.shape)
        made.held = Held(tensor)
    return made


def constant_of_shape(r: Work, node: Node) -> list[Array]:
    """An array of one value throughout."""
    shape = r.wholes(node, 0, "the shape") or ()
    value = node.attributes.get("value")
    node.used.add("value")
    tensor = value.value if value is not None else None
    one = (tensor.values() or (None,))[0] if isinstance(tensor, Tensor) else 0.0
    kind = tensor.kind if isinstance(tensor, Tensor) else "float"
    if any(n < 0 for n in shape) or len(shape) > 12:
        raise ValueFault(f"a shape of {list(shape)[:12]}", AS_EXPORTED)
    count = product(shape)
    if one is None or count > MOST_VALUES:
        return [Array(r.check(shape), kind)]
    return [r.known(shape, (one,) * count, kind)]


def span(r: Work, node: Node) -> list[Array]:
    """The numbers from a start to a limit."""
    ends = [r.numbers(node, i, what) for i, what in enumerate(("the start", "the limit", "the step"))]
    if any(e is None or len(e) != 1 for e in ends):
        raise Wrong("", "Range needs a start, a limit and a step", AS_EXPORTED)
    start, limit, step = (e[0] for e in ends if e)
    if not step or not math.isfinite(steps := (limit - start) / step) or steps > 10**9:
        raise ValueFault("a range without end", AS_EXPORTED)
    count = max(0, math.ceil(steps))
    kind = r.input(node).kind
    if count > MOST_VALUES:
        return [Array((count,), kind)]
    return [r.known((count,), [start + i * step for i in range(count)], kind)]


def eye(r: Work, node: Node) -> list[Array]:
    """Ones on a diagonal."""
    return [Array(r.input(node).shape)]
