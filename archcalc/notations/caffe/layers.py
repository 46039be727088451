"""What each type of layer computes, in Caffe's meaning. Source: caffe.proto and the layers of Caffe."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Shape
from archcalc.notations.caffe import forks
from archcalc.notations.caffe.inputs import SOURCES
from archcalc.notations.caffe.text import Message
from archcalc.notations.caffe.work import Part, Work

Nodes = list[int | None]
# The older spelling of types, as in `layers { type: CONVOLUTION }`.
OLD_TYPES = {
    "ABSVAL": "AbsVal", "ACCURACY": "Accuracy", "ARGMAX": "ArgMax", "BNLL": "BNLL", "CONCAT": "Concat",
    "CONTRASTIVE_LOSS": "ContrastiveLoss", "CONVOLUTION": "Convolution", "DATA": "Data", "DECONVOLUTION": "Deconvolution",
    "DROPOUT": "Dropout", "DUMMY_DATA": "DummyData", "EUCLIDEAN_LOSS": "EuclideanLoss", "ELTWISE": "Eltwise", "EXP": "Exp",
    "FLATTEN": "Flatten", "HDF5_DATA": "HDF5Data", "HDF5_OUTPUT": "HDF5Output", "HINGE_LOSS": "HingeLoss", "IM2COL": "Im2col",
    "IMAGE_DATA": "ImageData", "INFOGAIN_LOSS": "InfogainLoss", "INNER_PRODUCT": "InnerProduct", "LRN": "LRN",
    "MEMORY_DATA": "MemoryData", "MULTINOMIAL_LOGISTIC_LOSS": "MultinomialLogisticLoss", "MVN": "MVN", "POOLING": "Pooling",
    "POWER": "Power", "RELU": "ReLU", "SIGMOID": "Sigmoid", "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss",
    "SILENCE": "Silence", "SOFTMAX": "Softmax", "SOFTMAX_LOSS": "SoftmaxWithLoss", "SPLIT": "Split", "SLICE": "Slice",
    "TANH": "TanH", "CROP": "Crop", "WINDOW_DATA": "WindowData", "THRESHOLD": "Threshold",
}  # fmt: skip


def convolution(r: Work, part: Part, index: int) -> Nodes:
    """A convolution; one number for both axes, one each, or `_h` and `_w`."""
    given = part.message.message("convolution_param")
    source = r.inputs(part)
    bias = r.flag(given.value("bias_term"), True)
    _only(r, part, given, "axis", 1)
    transposed = part.type == "Deconvolution"
    groups = r.whole(given.value("group"), 1, 1)
    shape = r.shape(source[0])
    out = _needed(r, part, given, "num_output")
    kernel = _sizes(r, part, given, "kernel_size", "kernel", None, 1)
    settings = {
        "kernel": kernel,
        "stride": _sizes(r, part, given, "stride", "stride", 1, 1),
        "padding": forks.even(forks.sides_of(r, given)) or _sizes(r, part, given, "pad", "pad", 0, 0),
        "dilation": _sizes(r, part, given, "dilation", "dilation", 1, 1),
    }
    if out is None or kernel is None:
        return [None]
    if transposed and isinstance(settings["padding"], tuple) and any(isinstance(p, tuple) for p in settings["padding"]):
        r.fault("a Deconvolution with a padding for each side is not known here", part.span, "pad: 0")
        return [None]
    if part.type.startswith("Depthwise") or part.type.endswith("Depthwise"):
        groups = shape[0] if shape else groups
    layer = r.layer("convtranspose" if transposed else "conv", part, out=out, groups=groups, bias=bias, **settings)
    return [r.add(part, layer, source, blobs=2 if bias else 1)] * len(part.tops)


def _needed(r: Work, part: Part, given: Message, name: str) -> int | None:
    value = given.value(name)
    if value is None:
        r.fault(f"{part.type} needs {name}", part.span, f"{name}: 64")
        return None
    return r.whole(value, 1, 1)


def _sizes(r: Work, part: Part, given: Message, name: str, prefix: str, default: int | None, least: int) -> int | Shape | None:
    """A size along each axis: given once, for each axis, or as height and width."""
    values = given.values(name)
    high, wide = given.value(f"{prefix}_h"), given.value(f"{prefix}_w")
    if high is not None or wide is not None:
        if values:
            r.fault(f"either {name} or {prefix}_h and {prefix}_w", values[0].span, f"{prefix}_h: …, {prefix}_w: …")
        if default is None and (high is None or wide is None):
            r.fault(f"{prefix}_h and {prefix}_w go together", (high or wide or values[0]).span, f"{prefix}_h: 3 {prefix}_w: 3")
            return None
        return (r.whole(high, default or 0, least), r.whole(wide, default or 0, least))
    if not values:
        if default is None:
            r.fault(f"{part.type} needs {name}", part.span, f"{name}: 3")
        return default
    sizes = tuple(r.whole(value, default or 1, least) for value in values)
    return sizes[0] if len(sizes) == 1 else sizes


def _only(r: Work, part: Part, given: Message, name: str, default: int) -> None:
    """Refuses a value that makes another layer than is known here."""
    value = given.value(name)
    if value is not None and r.whole(value, default, -100) != default:
        r.fault(f"{part.type} with {name}: {value.text} is not known here", value.span, f"{name}: {default}")


# The averages of forks leave the padding out of what they divide by.
METHODS = ("MAX", "AVE", "STOCHASTIC", "AVE_EXC_PAD", "AVE_TF")


def pooling(r: Work, part: Part, index: int) -> Nodes:
    """Pooling that rounds up; where it is padded, a last window that begins beyond the padded side is dropped."""
    given = part.message.message("pooling_param")
    source = r.inputs(part)
    method = r.choice(given.value("pool"), METHODS, "MAX")
    if method == "STOCHASTIC":
        r.fault("stochastic pooling is not known here", part.span, "pool: AVE")
        return [None]
    tops = len(part.tops)
    if tops > 1:
        r.graph.note("where the maxima are, which a pool may put out as well, has no row")
    whole = r.flag(given.value("global_pooling"), False)
    pad = _pair(_sizes(r, part, given, "pad", "pad", 0, 0))
    written = forks.sides_of(r, given)
    stride = _pair(_sizes(r, part, given, "stride", "stride", 1, 1))
    up = r.choice(given.value("round_mode"), ("CEIL", "FLOOR"), "CEIL") == "CEIL"
    up = r.flag(given.value("ceil_mode"), up)
    if whole:
        return [r.add(part, r.layer("adaptivemaxpool" if method == "MAX" else "adaptiveavgpool", part), source)] * tops
    kernel = _sizes(r, part, given, "kernel_size", "kernel", None, 1)
    if kernel is None:
        return [None]
    kind, size = "maxpool" if method == "MAX" else "avgpool", r.shape(source[0])
    settings = {"kernel": kernel, "stride": stride[0] if stride[0] == stride[1] else stride}
    padding: object = pad[0] if pad[0] == pad[1] else pad
    if written is not None:
        padding = forks.even(written)
        if up and size is not None and len(size) == 3:
            padding = tuple(_filled(*at) for at in zip(size[1:], _pair(kernel), written, stride, strict=True))
        up = False
    elif up and size is not None and len(size) == 3:
        sides = [_sides(w, k, p, s, any(pad)) for w, k, p, s in zip(size[1:], _pair(kernel), pad, stride, strict=True)]
        if any(side is not None for side in sides):
            # Windows that torch would not take, or drop: the padding is written for each side.
            padding, up = tuple(side or (p, p) for side, p in zip(sides, pad, strict=True)), False
            padding = tuple(_exact(w, k, p, s, any(pad)) for w, k, p, s in zip(size[1:], _pair(kernel), pad, stride, strict=True))
    return [r.add(part, r.layer(kind, part, padding=padding, ceil=up, **settings), source)] * tops


def _filled(w: int, k: int, sides: tuple[int, int], s: int) -> tuple[int, int]:
    """The padding of each side that gives, rounded down, the windows of a pool that rounds up: none begins behind the map."""
    before, behind = sides
    count = a.pool_out_ceil(w + before + behind, k, 0, s)
    count -= bool(before or behind) and (count - 1) * s >= w + before
    return before, max(behind, (count - 1) * s + k - w - before)


def _pair(size: int | Shape | None) -> Shape:
    return (size, size) if isinstance(size, int) else (size or (1, 1)) if size is None or len(size) == 2 else (size[0], size[0])


def _windows(w: int, k: int, p: int, s: int, padded: bool) -> int:
    """How many windows Caffe takes along an axis."""
    count = a.pool_out_ceil(w, k, p, s)
    return count - 1 if padded and a.last_window_outside(count, w, p, s) else count


def _sides(w: int, k: int, p: int, s: int, padded: bool) -> tuple[int, int] | None:
    """The padding of each side that gives Caffe's windows where torch's own rules do not; None where they do."""
    count = a.pool_out_ceil(w, k, p, s)
    torch = count - 1 if a.last_window_outside(count, w, p, s) else count
    return None if torch == _windows(w, k, p, s, padded) and 2 * p <= k else _exact(w, k, p, s, padded)


def _exact(w: int, k: int, p: int, s: int, padded: bool) -> tuple[int, int]:
    return p, max(0, (_windows(w, k, p, s, padded) - 1) * s + k - w - p)


def inner_product(r: Work, part: Part, index: int) -> Nodes:
    """A fully connected layer of everything from an axis on."""
    given = part.message.message("inner_product_param")
    source = r.inputs(part)
    bias = r.flag(given.value("bias_term"), True)
    out, axis = _needed(r, part, given, "num_output"), given.value("axis")
    given.value("transpose")
    shape = r.shape(source[0])
    at = r.whole(axis, 1, -8)
    if shape is not None and at % (len(shape) + 1) == len(shape):
        pass
    elif at != 1:
        r.fault(f"an InnerProduct from axis {at} on is not known here", (axis or given).span, "axis: 1")
        return [None]
    elif shape is not None and len(shape) > 1:
        flat = r.building.layer("flatten", part.span)
        source = [r.building.add(flat, source, f"flatten_{part.name}", part.span, inserted=True)]
    if out is None:
        return [None]
    return [r.add(part, r.layer("fc", part, out=out, bias=bias), source, blobs=2 if bias else 1)]


def batch_norm(r: Work, part: Part, index: int) -> Nodes:
    """Normalisation by stored statistics; with the Scale behind it, one batch normalisation."""
    part.message.message("batch_norm_param")
    source = r.inputs(part)
    scale = _scale_behind(r, part, index)
    # Its own blobs are stored and not learned; what is learned, and may be shared, is the Scale's.
    part.message.all("param")
    learned = None if scale is None else r.parts[scale]
    made = r.add(part, r.layer("bn", part, affine=scale is not None), source, blobs=2 if learned else 0, of=learned)
    if scale is not None:
        r.merged.add(scale)
        r.graph.note("a BatchNorm and the Scale behind it are one row, with the BatchNorm's name")
        for top in r.parts[scale].tops:
            r.blobs[top.text] = made
    return [made] * len(part.tops)


def _scale_behind(r: Work, part: Part, index: int) -> int | None:
    """The Scale that alone reads what a BatchNorm puts out, and has a scale and a shift for each channel."""
    if len(part.tops) != 1:
        return None
    blob = part.tops[0].text
    for number in range(index + 1, len(r.parts)):
        other = r.parts[number]
        if blob not in other.read:
            continue
        given = other.message.message("scale_param")
        plain = other.type == "Scale" and len(other.bottoms) == 1 and len(other.tops) == 1
        axes = [given.value(name) for name in ("axis", "num_axes")]
        if not plain or not r.flag(given.value("bias_term"), False) or any(v is not None and v.text != "1" for v in axes):
            return None
        if other.tops[0].text != blob:
            for later in r.parts[number + 1 :]:
                if blob in later.read:
                    return None
                if any(top.text == blob for top in later.tops):
                    break
        return number
    return None


def _learned(r: Work, part: Part, given: Message, source: int | None, kind: str, name: str) -> int | None:
    """Each channel times a learned number, or plus one."""
    shape = r.shape(source)
    for field in ("axis", "num_axes"):
        _only(r, part, given, field, 1)
    if shape is None:
        return None
    value = r.add(part, r.layer("learned", part, shape=(shape[0], *(1,) * (len(shape) - 1))), [], path=f"{part.name}_{name}")
    return r.add(part, r.layer(kind, part), [source, value], path=part.name if kind == "mul" else f"{part.name}_shifted")


def bias(r: Work, part: Part, index: int) -> Nodes:
    """Each channel plus a learned number."""
    given = part.message.message("bias_param")
    return [_learned(r, part, given, r.inputs(part)[0], "add", "bias")]


def power(r: Work, part: Part, index: int) -> Nodes:
    """(shift + scale·x)^power; what changes nothing makes no row."""
    given = part.message.message("power_param")
    exponent, factor, shift = (r.real(given.value(n), d) for n, d in (("power", 1.0), ("scale", 1.0), ("shift", 0.0)))
    made = r.inputs(part)[0]
    steps = [("mul", factor, 1.0), ("add", shift, 0.0), ("pow", exponent, 1.0)]
    for op, value, nothing in steps:
        if value != nothing:
            made = r.add(part, r.layer("pointwise", part, op=op, by=value), [made], path=f"{part.name}_{op}")
    return [made]


def function_of(op: str, param: str = "") -> Callable[[Work, Part, int], Nodes]:
    """A function of each value whose base, scale and shift change no figure."""

    def function(r: Work, part: Part, index: int) -> Nodes:
        if param:
            part.message.message(param)
        return [r.add(part, r.layer("pointwise", part, op=op), r.inputs(part))]

    return function


def scale(r: Work, part: Part, index: int) -> Nodes:
    """The product with a learned number for each channel, or with a second blob."""
    given = part.message.message("scale_param")
    if len(part.bottoms) == 1:
        made = _learned(r, part, given, r.inputs(part)[0], "mul", "scale")
        return [_learned(r, part, given, made, "add", "bias") if r.flag(given.value("bias_term"), False) else made]
    source = r.inputs(part, 2, 2)
    axis = r.whole(given.value("axis"), 1, -8)
    shapes = [r.shape(node) for node in source]
    if r.flag(given.value("bias_term"), False):
        r.fault("a Scale by a blob with a bias of its own is not known here", part.span, "bias_term: false")
    if shapes[0] is None or shapes[1] is None:
        return [None]
    # An axis of 0 begins with the batch, which is the same in both.
    wanted = (*shapes[1], *(1,) * (len(shapes[0]) - len(shapes[1]))) if axis == 0 else shapes[1]
    if axis not in (0, 1) or len(wanted) != len(shapes[0]):
        r.fault(f"a Scale by a blob from axis {axis} on is not known here", part.span, "axis: 0")
        return [None]
    if wanted != shapes[1]:
        layer = r.building.layer("reshape", part.span, shape=wanted)
        source[1] = r.building.add(layer, source[1:], f"reshape_{part.name}", part.span, inserted=True)
    return [r.add(part, r.layer("mul", part), source)]


def eltwise(r: Work, part: Part, index: int) -> Nodes:
    """A sum (whose coefficients change no figure), a product, or the largest."""
    given = part.message.message("eltwise_param")
    source = r.inputs(part, 2, None)
    operation = r.choice(given.value("operation"), ("PROD", "SUM", "MAX"), "SUM")
    given.values("coeff")
    if operation == "MAX":
        larger = source[0]
        for n, other in enumerate(source[1:], 2):
            path = part.name if n == len(source) else f"{part.name}_{n - 1}"
            larger = r.add(part, r.layer("combine", part, op="maximum"), [larger, other], path=path)
        return [larger]
    return [r.add(part, r.layer("mul" if operation == "PROD" else "add", part), source)]


def concat(r: Work, part: Part, index: int) -> Nodes:
    """Blobs side by side; axis 1 is the first after the batch."""
    given = part.message.message("concat_param")
    source = r.inputs(part, 1, None)
    axis = _axis(r, part, given, "concat_dim", source[0])
    return [r.add(part, r.layer("concat", part, axis=axis), source)] if axis is not None else [None]


def _axis(r: Work, part: Part, given: Message, old: str, source: int | None) -> int | None:
    """An axis counted from the first after the batch; None after a fault."""
    value = given.value("axis") or given.value(old)
    axis = r.whole(value, 1, -8)
    shape = r.shape(source)
    if axis < 0 and shape is not None:
        axis += len(shape) + 1
    if axis < 1:
        r.fault(f"{part.type} along the batch is not known here", (value or part).span, "axis: 1")
        return None
    return axis - 1


def slices(r: Work, part: Part, index: int) -> Nodes:
    """A blob in parts along its channels: at the points given, or alike."""
    given = part.message.message("slice_param")
    source = r.inputs(part)
    axis = _axis(r, part, given, "slice_dim", source[0])
    points = [r.whole(value, 1, 1) for value in given.values("slice_point")]
    shape = r.shape(source[0])
    if axis is None or shape is None:
        return [None] * len(part.tops)
    if axis != 0:
        r.fault(f"a Slice along axis {axis + 1} is not known here", part.span, "axis: 1")
        return [None] * len(part.tops)
    count = len(part.tops)
    if not points and shape[0] % max(count, 1):
        r.fault(f"{shape[0]} channels are not {count} equal parts", part.span, "slice_point: …")
        return [None] * count
    edges = [0, *(points or [shape[0] // count * n for n in range(1, count)]), shape[0]]
    if len(edges) != count + 1 or edges != sorted(set(edges)):
        message = f"{count} tops need {count - 1} slice_point, each larger than the one before and less than {shape[0]}"
        r.fault(message, part.span, f"slice_point: {max(1, shape[0] // 2)}")
        return [None] * count
    made: Nodes = []
    for top, start, end in zip(part.tops, edges, edges[1:], strict=False):
        made.append(r.add(part, r.layer("slice", part, start=start, end=end), source, path=top.text))
    return made


def crop(r: Work, part: Part, index: int) -> Nodes:
    """A map cut to the size of a second one, from an axis on; where it is cut changes no figure."""
    given = part.message.message("crop_param")
    source = r.inputs(part, 2, 2)
    given.values("offset")
    axis = r.whole(given.value("axis"), 2, -8)
    here, other = r.shape(source[0]), r.shape(source[1])
    if here is None or other is None:
        return [None]
    if axis < 2 or axis > len(here) or len(here) != len(other):
        r.fault(f"a Crop from axis {axis} on is not known here", part.span, "axis: 2")
        return [None]
    if axis == 2:
        return [r.add(part, r.layer("crop", part), source)]
    return [r.add(part, r.layer("crop", part, size=(*here[1 : axis - 1], *other[axis - 1 :])), source[:1])]


def flatten(r: Work, part: Part, index: int) -> Nodes:
    """Everything after the batch in one row."""
    given = part.message.message("flatten_param")
    _only(r, part, given, "axis", 1)
    _only(r, part, given, "end_axis", -1)
    return [r.add(part, r.layer("flatten", part), r.inputs(part))]


def reshape(r: Work, part: Part, index: int) -> Nodes:
    """The same values in another shape: 0 keeps a size, −1 is the rest; the first is the batch."""
    given = part.message.message("reshape_param")
    source = r.inputs(part)
    _only(r, part, given, "axis", 0)
    _only(r, part, given, "num_axes", -1)
    values = given.message("shape").values("dim")
    shape = r.shape(source[0])
    if not values:
        r.fault("a Reshape needs its shape", part.span, "reshape_param { shape { dim: 0 dim: -1 } }")
    if shape is None or not values:
        return [None]
    sizes = [r.whole(value, 1, -1) for value in values]
    if sizes[0] not in (0, -1, r.batch):
        r.fault("the first size is the batch", values[0].span, "dim: 0")
        return [None]
    new: list[int] = []
    for number, size in enumerate(sizes[1:]):
        if size == 0 and number >= len(shape):
            r.fault(f"dim: 0 keeps a size; the blob has {len(shape) + 1} of them", values[number + 1].span, "dim: -1")
            return [None]
        new.append(shape[number] if size == 0 else size)
    layer = r.layer("reshape", part, shape=tuple(new)) if new else r.layer("flatten", part)
    return [r.add(part, layer, source)]


def permute(r: Work, part: Part, index: int) -> Nodes:
    """The axes in another order; the batch stays first."""
    given = part.message.message("permute_param")
    order = [r.whole(value, 0) for value in given.values("order")]
    if not order or order[0] != 0:
        r.fault("a Permute keeps the batch first", part.span, "order: 0")
        return [None]
    source = r.inputs(part)
    rest = [n for n in range(1, len(r.shape(source[0]) or ()) + 1) if n not in order]
    return [r.add(part, r.layer("permute", part, order=tuple(order[1:] + rest)), source)]


def softmax(r: Work, part: Part, index: int) -> Nodes:
    """Softmax over the channels, or another axis."""
    given = part.message.message("softmax_param")
    source = r.inputs(part)
    shape, axis = r.shape(source[0]), r.whole(given.value("axis"), 1, -8)
    over = axis % (len(shape) + 1) if shape is not None else 1
    if over == 0:
        r.fault("a Softmax over the batch is not known here", part.span, "axis: 1")
        return [None]
    usual = shape is None or over == (2 if len(shape) == 2 else 1)
    return [r.add(part, r.layer("softmax", part, **({} if usual else {"axis": over - 1})), source)]


def relu(r: Work, part: Part, index: int) -> Nodes:
    """ReLU, leaky where negative_slope is not 0; in a fork cut off at 6."""
    given = part.message.message("relu_param")
    slope, six = r.real(given.value("negative_slope"), 0.0), r.flag(given.value("relu6"), False)
    layer = r.layer("leakyrelu", part, slope=slope) if slope else r.layer("relu6" if six else "relu", part)
    return [r.add(part, layer, r.inputs(part))]


def prelu(r: Work, part: Part, index: int) -> Nodes:
    """A learned slope for each channel, or one for all."""
    shared = r.flag(part.message.message("prelu_param").value("channel_shared"), False)
    return [r.add(part, r.layer("prelu", part, channels=not shared), r.inputs(part), blobs=1)]


def lrn(r: Work, part: Part, index: int) -> Nodes:
    """Local response normalisation, across channels or positions."""
    given = part.message.message("lrn_param")
    return [r.add(part, r.layer("lrn", part, size=r.whole(given.value("local_size"), 5, 1)), r.inputs(part))]


def dropout(r: Work, part: Part, index: int) -> Nodes:
    """Dropout, which does nothing when a network is used."""
    ratio = r.real(part.message.message("dropout_param").value("dropout_ratio"), 0.5)
    return [r.add(part, r.layer("dropout", part, p=ratio), r.inputs(part))]


def embed(r: Work, part: Part, index: int) -> Nodes:
    """A table of vectors."""
    given = part.message.message("embed_param")
    if r.flag(given.value("bias_term"), True):
        r.fault("an Embed with a bias is not known here", part.span, "bias_term: false")
        return [None]
    dim, num = _needed(r, part, given, "num_output"), _needed(r, part, given, "input_dim")
    if dim is None or num is None:
        return [None]
    return [r.add(part, r.layer("embedding", part, num=num, dim=dim), r.inputs(part), blobs=1)]


def split(r: Work, part: Part, index: int) -> Nodes:
    """One blob under several names."""
    return r.inputs(part) * len(part.tops)


def _simple(kind: str, param: str = "", **named: str) -> Callable[[Work, Part, int], Nodes]:
    """A layer of one input whose settings are numbers under Caffe's names."""

    def function(r: Work, part: Part, index: int) -> Nodes:
        given = part.message.message(param) if param else Message(part.span)
        settings = {ours: r.real(given.value(theirs), 1.0) for ours, theirs in named.items()}
        return [r.add(part, r.layer(kind, part, **settings), r.inputs(part))]

    return function


class Kind(NamedTuple):
    """How a type is read, the fields it knows, and those that no figure depends on."""

    read: Callable[[Work, Part, int], Nodes]
    quiet: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()


def _kind(read: Callable[[Work, Part, int], Nodes], quiet: str = "", fields: str = "") -> Kind:
    return Kind(read, frozenset(quiet.split()), tuple(fields.split()))


FILLERS = "weight_filler bias_filler engine filler"
_CONV = _kind(
    convolution,
    f"{FILLERS} force_nd_im2col",
    "convolution_param num_output kernel_size kernel_h kernel_w stride stride_h stride_w pad pad_h pad_w dilation group "
    "bias_term pad_l pad_r pad_t pad_b",
)
KINDS: dict[str, Kind] = {
    "Convolution": _CONV,
    "Deconvolution": _CONV,
    "DepthwiseConvolution": _CONV,
    "ConvolutionDepthwise": _CONV,
    "Pooling": _kind(
        pooling,
        "engine",
        "pooling_param pool kernel_size kernel_h kernel_w stride pad global_pooling round_mode ceil_mode pad_l pad_r pad_t pad_b",
    ),
    "BN": _kind(forks.bn, "bn_mode scale_filler shift_filler slope_filler bias_filler frozen momentum eps engine", "bn_param"),
    "Normalize": _kind(forks.normalize, "scale_filler eps", "norm_param across_spatial channel_shared"),
    "Interp": _kind(forks.interp, "", "interp_param height width zoom_factor shrink_factor pad_beg pad_end"),
    "Squeeze": _kind(forks.squeeze, "", "squeeze_param axis"),
    "Upsample": _kind(forks.upsample, "", "upsample_param scale upsample_h upsample_w"),
    "InnerProduct": _kind(inner_product, FILLERS, "inner_product_param num_output bias_term axis"),
    "BatchNorm": _kind(batch_norm, "use_global_stats moving_average_fraction eps", "batch_norm_param"),
    "Scale": _kind(scale, f"{FILLERS} num_axes", "scale_param axis bias_term"),
    "Eltwise": _kind(eltwise, "stable_prod_grad", "eltwise_param operation coeff"),
    "Concat": _kind(concat, "", "concat_param axis concat_dim"),
    "Slice": _kind(slices, "", "slice_param slice_point axis slice_dim"),
    "Split": _kind(split),
    "Crop": _kind(crop, "", "crop_param axis offset"),
    "Flatten": _kind(flatten, "", "flatten_param"),
    "Reshape": _kind(reshape, "", "reshape_param shape dim"),
    "Permute": _kind(permute, "", "permute_param order"),
    "Softmax": _kind(softmax, "engine", "softmax_param axis"),
    "ReLU": _kind(relu, "engine", "relu_param negative_slope relu6"),
    "PReLU": _kind(prelu, "filler", "prelu_param channel_shared"),
    "ELU": _kind(_simple("elu", "elu_param", alpha="alpha"), "", "elu_param alpha"),
    "Sigmoid": _kind(_simple("sigmoid"), "sigmoid_param"),
    "TanH": _kind(_simple("tanh"), "tanh_param"),
    "BNLL": _kind(_simple("softplus")),
    "Swish": _kind(_simple("silu"), "swish_param"),
    "HardSwish": _kind(_simple("hardswish")),
    "ReLU6": _kind(_simple("relu6")),
    "AbsVal": _kind(function_of("abs")),
    "Exp": _kind(function_of("exp", "exp_param"), "base scale shift", "exp_param"),
    "Log": _kind(function_of("log", "log_param"), "base scale shift", "log_param"),
    "Clip": _kind(function_of("clamp", "clip_param"), "min max", "clip_param"),
    "Power": _kind(power, "", "power_param power scale shift"),
    "Bias": _kind(bias, "filler", "bias_param axis num_axes"),
    "LRN": _kind(lrn, "alpha beta k norm_region engine", "lrn_param local_size"),
    "Dropout": _kind(dropout, "scale_train", "dropout_param dropout_ratio"),
    "Embed": _kind(embed, FILLERS, "embed_param num_output input_dim bias_term"),
}
SOURCE_QUIET = "data_filler"
KINDS |= {name: _kind(split, SOURCE_QUIET) for name in SOURCES if name != "Python"}
