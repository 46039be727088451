"""Convolutions and pools, in ONNX's meaning: padding for each side, `auto_pad`, and windows that round up."""

from __future__ import annotations

from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Layer, Shape
from archcalc.layers.conv import Conv
from archcalc.layers.folding import Fold
from archcalc.layers.pool import AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, MaxPool
from archcalc.layers.transposed import ConvTranspose
from archcalc.notations.onnx.model import Node
from archcalc.notations.onnx.work import AS_EXPORTED, NO_BATCH, WITHOUT, Array, Batch, Step, Work, Wrong, shown
from archcalc.text.faults import ValueFault

AUTO = ("SAME_UPPER", "SAME_LOWER", "VALID")


def map_of(r: Work, node: Node) -> Array:
    """The first input, which is a map: batch × channels × sizes. Raises ValueFault."""
    x = r.input(node)
    if x.batch is not None and x.batch.axis != 0:
        raise ValueFault(f"{node.op} reads the batch first; it stands at axis {x.batch.axis} of {shown(x.shape)}", NO_BATCH)
    if len(x.shape) < 3:
        raise ValueFault(f"{node.op} reads batch × channels × sizes; {shown(x.shape)} arrives", "--input of that many axes")
    if x.batch is None:
        # Without a batch there are so many maps.
        made = Array(x.shape, x.kind, Batch(0, x.shape[0] // r.n))
        made.node, made.source, made.steps, made.held, made.whole = x.node, x.source, x.steps, x.held, x.whole
        if x.shape[0] != 1 or r.n != 1:
            raise ValueFault(f"{node.op} reads {x.shape[0]} maps here, and none of the axes is the batch", "--set batch=0")
        return made
    return x


def axes_of(r: Work, node: Node, name: str, rank: int, default: int) -> Shape:
    """An attribute with a number for each axis. Raises Wrong."""
    found = r.ints(node, name) or (default,) * rank
    if len(found) != rank or any(n < 1 for n in found):
        raise Wrong(name, f"{name} of {node.op} are {list(found)}: a number from 1 for each of {rank} axes", AS_EXPORTED)
    return found


def sides_of(r: Work, node: Node, size: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> tuple[tuple[int, int], ...]:
    """The padding of each side: as written, or so that each axis has ⌈W/S⌉ windows. Raises Wrong."""
    rank = len(size)
    auto = r.word(node, "auto_pad", "NOTSET", *AUTO)
    pads = r.ints(node, "pads")
    if auto == "VALID" or (auto == "NOTSET" and pads is None):
        return ((0, 0),) * rank
    if auto == "NOTSET":
        assert pads is not None
        if len(pads) != 2 * rank or any(p < 0 for p in pads):
            raise Wrong("pads", f"pads of {node.op} are {list(pads)}: two numbers from 0 for each of {rank} axes", AS_EXPORTED)
        return tuple(zip(pads[:rank], pads[rank:], strict=True))
    made = []
    for w, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        total = max(0, (a.ceil_div(w, s) - 1) * s + a.reach(k, d) - w)
        small, large = total // 2, total - total // 2
        made.append((small, large) if auto == "SAME_UPPER" else (large, small))
    return tuple(made)


def even(sides: tuple[tuple[int, int], ...]) -> Shape | tuple[tuple[int, int], ...]:
    """One number for each axis where both sides are alike."""
    return tuple(p for p, _ in sides) if all(p == q for p, q in sides) else sides


def convolution(r: Work, node: Node) -> list[Array]:
    """A convolution; its weight is C_out × C_in/G × K…, its bias one for each output channel."""
    x, weight, bias = map_of(r, node), r.input(node, 1), r.given(node, 2)
    rank = len(x.shape) - 2
    if len(weight.shape) != rank + 2:
        raise ValueFault(f"the weight {shown(weight.shape)} is not that of a map {shown(x.shape)}", AS_EXPORTED)
    kernel = r.ints(node, "kernel_shape") or weight.shape[2:]
    if kernel != weight.shape[2:]:
        raise Wrong("kernel_shape", f"kernel_shape is {list(kernel)}, the weight has {shown(weight.shape[2:])}", AS_EXPORTED)
    stride, dilation = (axes_of(r, node, n, rank, 1) for n in ("strides", "dilations"))
    sides = sides_of(r, node, x.shape[2:], kernel, stride, dilation)
    groups = r.whole(node, "group", 1)
    if groups < 1 or weight.shape[0] % groups:
        raise Wrong("group", f"{groups} groups do not divide {weight.shape[0]} channels", AS_EXPORTED)
    bias = _bias(r, bias, weight.shape[0])
    layer = Conv(weight.shape[0], kernel, stride, even(sides), dilation, groups, bias is not None, weight.shape[1] * groups, rank)
    return [r.emit(node, layer, [x], None, None, path=r.path(node, weight), weights={"weight": weight, "bias": bias})]


def _bias(r: Work, bias: Array | None, channels: int) -> Array | None:
    if bias is not None and bias.count != channels:
        raise ValueFault(f"a bias of {shown(bias.shape)} for {channels} output channels", AS_EXPORTED)
    return bias if r.building.given.bias else None


def transposed_convolution(r: Work, node: Node) -> list[Array]:
    """A transposed convolution; its weight is C_in × C_out/G × K…. A stated output size says the padding."""
    x, weight, bias = map_of(r, node), r.input(node, 1), r.given(node, 2)
    rank = len(x.shape) - 2
    groups = r.whole(node, "group", 1)
    if len(weight.shape) != rank + 2 or groups < 1:
        raise ValueFault(f"the weight {shown(weight.shape)} is not that of a map {shown(x.shape)}", AS_EXPORTED)
    kernel = r.ints(node, "kernel_shape") or weight.shape[2:]
    if kernel != weight.shape[2:]:
        raise Wrong("kernel_shape", f"kernel_shape is {list(kernel)}, the weight has {shown(weight.shape[2:])}", AS_EXPORTED)
    stride, dilation = (axes_of(r, node, n, rank, 1) for n in ("strides", "dilations"))
    extra = r.ints(node, "output_padding") or (0,) * rank
    wanted = r.ints(node, "output_shape")
    auto = r.word(node, "auto_pad", "NOTSET", *AUTO)
    size = x.shape[2:]
    if len(extra) != rank or min(extra) < 0 or (wanted is not None and len(wanted[-rank:]) != rank):
        raise ValueFault(f"output_padding and output_shape have a number for each of {rank} axes", AS_EXPORTED)
    whole = [(w - 1) * s + e + a.reach(k, d) for w, s, e, k, d in zip(size, stride, extra, kernel, dilation, strict=True)]
    if wanted is not None or auto.startswith("SAME"):
        target = wanted[-rank:] if wanted is not None else tuple(w * s for w, s in zip(size, stride, strict=True))
        made, extra_ = [], []
        r.ints(node, "pads")
        for have, want, e in zip(whole, target, extra, strict=True):
            total = max(0, have - want)
            small, large = total // 2, total - total // 2
            made.append((small, large) if auto == "SAME_UPPER" else (large, small))
            extra_.append(e + max(0, want - have))
        sides, extra = tuple(made), tuple(extra_)
    else:
        sides = sides_of(r, node, size, kernel, stride, dilation)
    least = tuple(min(side) for side in sides)
    bias = _bias(r, bias, weight.shape[1] * groups)
    layer = ConvTranspose(
        weight.shape[1] * groups, kernel, stride, least, extra, dilation, groups, bias is not None, weight.shape[0], rank
    )
    made_ = r.emit(node, layer, [x], None, None, path=r.path(node, weight), weights={"weight": weight, "bias": bias})
    cut = tuple(max(side) - min(side) for side in sides)
    if any(cut):
        shape = (*made_.shape[:2], *(n - c for n, c in zip(made_.shape[2:], cut, strict=True)))
        made_ = r.moved(made_, shape, made_.batch, Step("slice"))
    return [made_]


def pooling(r: Work, node: Node) -> list[Array]:
    """A maximum or an average of each window. Rounded up, a last window that would begin behind the input and its padding in
    front is dropped, as torch and ONNX's own shape inference have it."""
    x = map_of(r, node)
    rank = len(x.shape) - 2
    kernel = r.ints(node, "kernel_shape")
    if kernel is None or len(kernel) != rank or any(k < 1 for k in kernel):
        raise Wrong("kernel_shape", f"{node.op} needs a kernel_shape with a number for each of {rank} axes", AS_EXPORTED)
    stride, dilation = (axes_of(r, node, n, rank, 1) for n in ("strides", "dilations"))
    sides = sides_of(r, node, x.shape[2:], kernel, stride, dilation)
    up = bool(r.whole(node, "ceil_mode", 0))
    r.whole(node, "storage_order", 0)
    r.whole(node, "count_include_pad", 0)  # divides by another number, as often
    average = node.op == "AveragePool"
    if average and set(dilation) != {1}:
        raise Wrong("dilations", "an average of windows with holes is not known here", WITHOUT)
    if up and not all(p == q and 2 * p <= k for (p, q), k in zip(sides, kernel, strict=True)):
        sides, up = _rounded(x.shape[2:], kernel, stride, dilation, sides), False
    written = even(sides)
    if not all(p == q and 2 * p <= k for (p, q), k in zip(sides, kernel, strict=True)):
        written = sides
    layer: Layer = AvgPool(kernel, stride, written, up, rank) if average else MaxPool(kernel, stride, written, dilation, up, rank)
    made = r.emit(node, layer, [x], None, None)
    if len(node.outputs) > 1:
        places = r.moved(made, made.shape, made.batch, Step("indices"))
        places.kind = "int"
        return [made, places]
    return [made]


def _rounded(
    size: Shape, kernel: Shape, stride: Shape, dilation: Shape, sides: tuple[tuple[int, int], ...]
) -> tuple[tuple[int, int], ...]:
    """The padding of each side that gives, rounded down, the windows that are meant."""
    made = []
    for w, k, s, d, (p, q) in zip(size, kernel, stride, dilation, sides, strict=True):
        count = a.ceil_div(max(0, w + p + q - a.reach(k, d)), s) + 1
        count -= a.last_window_outside(count, w, p, s)
        made.append((p, max(0, (count - 1) * s + a.reach(k, d) - w - p)))
    return tuple(made)


def column_to_image(r: Work, node: Node) -> list[Array]:
    """Columns put back as the windows of a map; what overlaps is added."""
    x, out, block = r.input(node), r.wholes(node, 1, "the image"), r.wholes(node, 2, "the block")
    if len(x.shape) != 3 or out is None or block is None or len(out) != 2 or len(block) != 2:
        raise ValueFault(f"Col2Im of {shown(x.shape)}: columns of a map of two axes are known", WITHOUT)
    if x.batch is None or x.batch.axis != 0:
        raise ValueFault("Col2Im reads the batch first", NO_BATCH)
    stride, dilation = (axes_of(r, node, n, 2, 1) for n in ("strides", "dilations"))
    pads = r.ints(node, "pads") or (0, 0, 0, 0)
    if len(pads) != 4 or pads[:2] != pads[2:] or min(pads) < 0:
        raise Wrong("pads", f"pads of Col2Im are {list(pads)}: alike on both sides", WITHOUT)
    return [r.emit(node, Fold(out, block, dilation, pads[:2], stride), [x], None, None)]


def global_pooling(r: Work, node: Node) -> list[Array]:
    """A maximum or an average of all positions."""
    layer: Layer = AdaptiveAvgPool(1) if node.op == "GlobalAveragePool" else AdaptiveMaxPool(1)
    return [r.emit(node, layer, [map_of(r, node)], None, None)]
