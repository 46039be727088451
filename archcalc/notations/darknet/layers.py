"""What each section of a cfg file computes, in darknet's meaning. Source: darknet's parser.c and the layers it makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archcalc.formulas import arithmetic as a
from archcalc.formulas.arithmetic import product
from archcalc.notations.darknet.sections import REAL, Section
from archcalc.notations.darknet.work import Work
from archcalc.text.faults import suggestions

# darknet's activations, as a layer and its settings; those without a layer here are refused with what to write.
ACTIVATIONS: dict[str, tuple[str, dict[str, float]] | None] = {
    "linear": None,
    "leaky": ("leakyrelu", {"slope": 0.1}),
    "relu": ("relu", {}),
    "relu6": ("relu6", {}),
    "logistic": ("sigmoid", {}),
    "tanh": ("tanh", {}),
    "elu": ("elu", {}),
    "selu": ("selu", {}),
    "gelu": ("gelu", {}),
    "mish": ("mish", {}),
    "swish": ("silu", {}),
}
OTHER_ACTIVATIONS = (
    "ramp loggy relie plse stair hardtan lhtan hard_mish revleaky normalize_channels normalize_channels_softmax "
    "normalize_channels_softmax_maxval"
).split()
LOSS = frozenset(
    "jitter resize random thresh ignore_thresh truth_thresh iou_thresh max absolute classfix bias_match rescore sqrt log softmax "
    "focal_loss object_scale noobject_scale class_scale coord_scale mask_scale anchors map tree scale_x_y objectness_smooth "
    "iou_normalizer obj_normalizer cls_normalizer uc_normalizer delta_normalizer iou_loss iou_thresh_kind nms_kind beta_nms "
    "beta1 yolo_point new_coords max_delta counters_per_class label_smooth_eps show_details track_history_size sim_thresh "
    "dets_for_track dets_for_show track_ciou_norm embedding_layer background forced reorg".split()
)
RECURRENT = ("rnn", "gru", "lstm")


def convolutional(r: Work, s: Section) -> int | None:
    """A convolution. `pad=1` pads by size/2, whatever `padding` says; batch normalisation's shift is the bias."""
    filters, size = r.whole(s, "filters", 1), r.whole(s, "size", 1)
    strides = [r.whole(s, key, -1) for key in ("stride_y", "stride_x")]
    stride = r.whole(s, "stride", 1)
    dilation = r.whole(s, "dilation", 1)
    if size == 1:
        dilation = 1
    padding = _padding(r, s, size)
    if dilation > 1 and 2 * padding != size - 1:
        # darknet takes the output size of an undilated kernel, and pads by dilation times the padding.
        r.fault("darknet dilates only a convolution that keeps its size", s.place("dilation"), "an odd size with pad=1")
    for key, what in (
        ("antialiasing", "a blur after the convolution"),
        ("sway", "deformed kernels"),
        ("rotate", "deformed kernels"),
        ("stretch", "deformed kernels"),
        ("stretch_sway", "deformed kernels"),
        ("coordconv", "channels of coordinates"),
    ):
        _only_zero(r, s, key, what)
    if sum(r.whole(s, key, 0, 0) for key in ("xnor", "binary", "bin_output")):
        r.graph.note("products of signs (xnor, binary) are counted as the multiplications that they stand for")
    before = r.before(s)
    norm = r.whole(s, "batch_normalize", 0, 0) or r.whole(s, "cbn", 0, 0)
    layer = r.building.layer(
        "conv",
        s.span,
        out=filters,
        kernel=size,
        stride=tuple(stride if n < 1 else n for n in strides) if max(strides) > 0 else stride,
        padding=padding * dilation,
        dilation=dilation,
        groups=r.whole(s, "groups", 1),
        bias=not norm,
    )
    owner, owner_norm = _shared(r, s, bool(norm))
    made = conv = r.building.add(layer, [before], f"conv{s.number}", s.span, shares=owner)
    normed = None
    if norm:
        made = normed = r.building.add(r.building.layer("bn", s.span), [made], f"bn{s.number}", s.span, shares=owner_norm)
    if conv is not None:
        r.convolutions[s.number] = (conv if owner is None else owner, normed if owner_norm is None else owner_norm)
    return _activation(r, s, made, "logistic")


def _shared(r: Work, s: Section, norm: bool) -> tuple[int | None, int | None]:
    """The convolution, and its batch normalisation, whose weights `share_index` takes."""
    if "share_index" not in s.options:
        return None, None
    number = r.numbers(s, "share_index")[0]
    owner = r.convolutions.get(s.number if number is None else number)
    if owner is None or (owner[1] is not None) != norm:
        what = "no [convolutional] before this one" if owner is None else "a section with another batch_normalize"
        r.fault(f"share_index names {what}", s.place("share_index"), "the number of a connected or convolutional section above")
        return None, None
    return owner


def _padding(r: Work, s: Section, size: int) -> int:
    pad, padding = r.whole(s, "pad", 0, 0), r.whole(s, "padding", 0, 0)
    if pad and "padding" in s.options and padding != size // 2:
        place = f"{r.source.name}:{s.place('padding').line}"
        r.graph.note(f"{place}: pad=1 pads by size/2 = {size // 2}, and padding={padding} is not used")
    return size // 2 if pad else padding


def _only_zero(r: Work, s: Section, key: str, what: str) -> None:
    """Refuses an option that changes the network in a way that is not known here."""
    if r.whole(s, key, 0, 0):
        r.fault(f"{key}: {what}, which archcalc does not know", s.place(key), f"{key}=0")


def _activation(r: Work, s: Section, current: int | None, default: str) -> int | None:
    """The activation of a section as a layer of its own, under darknet's name."""
    word = s.text("activation", default)
    if word in OTHER_ACTIVATIONS:
        r.fault(
            f"the activation {word} is not known here",
            s.place("activation"),
            "activation=relu, which gives the same shapes, parameters and multiplications",
        )
        return None
    if word not in ACTIVATIONS:
        near = suggestions(word, ACTIVATIONS) or ["activation=relu"]
        r.fault(f"'{word[:40]}' is no activation of darknet's", s.place("activation"), *near)
        return None
    found = ACTIVATIONS[word]
    if found is None:
        return current
    kind, settings = found
    return r.building.add(r.building.layer(kind, s.span, **settings), [current], f"{word}{s.number}", s.span)


def deconvolutional(r: Work, s: Section) -> int | None:
    """A transposed convolution."""
    size = r.whole(s, "size", 1)
    norm = r.whole(s, "batch_normalize", 0, 0)
    layer = r.building.layer(
        "convtranspose",
        s.span,
        out=r.whole(s, "filters", 1),
        kernel=size,
        stride=r.whole(s, "stride", 1),
        padding=_padding(r, s, size),
        bias=not norm,
    )
    made = r.building.add(layer, [r.before(s)], f"deconv{s.number}", s.span)
    if norm:
        made = r.building.add(r.building.layer("bn", s.span), [made], f"bn{s.number}", s.span)
    return _activation(r, s, made, "logistic")


def local(r: Work, s: Section) -> int | None:
    """A locally connected layer; with `pad` every stride-th position of the input is the middle of a window."""
    size, stride = r.whole(s, "size", 1), r.whole(s, "stride", 1)
    pad = r.whole(s, "pad", 0, 0)
    padding = (((size - 1) // 2, size - 1 - (size - 1) // 2),) if pad else 0
    layer = r.building.layer(
        "locallyconnected", s.span, out=r.whole(s, "filters", 1), kernel=size, stride=stride, padding=padding
    )
    return _activation(r, s, r.building.add(layer, [r.before(s)], f"local{s.number}", s.span), "logistic")


def connected(r: Work, s: Section) -> int | None:
    """A fully connected layer of all values of a map, or of every time step."""
    norm = r.whole(s, "batch_normalize", 0, 0)
    layer = r.building.layer("fc", s.span, out=r.whole(s, "output", 1), bias=not norm)
    made = r.building.add(layer, [_flat(r, s)], f"connected{s.number}", s.span)
    if norm:
        made = _norm_of_features(r, s, made)
    return _activation(r, s, made, "logistic")


def _norm_of_features(r: Work, s: Section, made: int | None) -> int | None:
    shape = r.building.shape(made)
    if shape is not None and len(shape) == 2:
        r.fault("batch_normalize in a recurrent network is not known here", s.place("batch_normalize"), "batch_normalize=0")
        return None
    return r.building.add(r.building.layer("bn", s.span), [made], f"bn{s.number}", s.span)


def _flat(r: Work, s: Section) -> int | None:
    """What a section reads, as a vector; a sequence stays one."""
    before = r.before(s)
    shape = r.building.shape(before)
    if shape is None or len(shape) < 3:
        return before
    return r.building.add(r.building.layer("flatten", s.span), [before], f"flatten{s.number}", s.span, inserted=True)


def maxpool(r: Work, s: Section) -> int | None:
    """Maximum pooling that is padded by size − 1 in all, the smaller half before; `padding` is the number in all."""
    _only_zero(r, s, "maxpool_depth", "a maximum over channels")
    return _pool(r, s, "maxpool")


def local_avgpool(r: Work, s: Section) -> int | None:
    """Average pooling, padded as maximum pooling is."""
    return _pool(r, s, "avgpool")


def _pool(r: Work, s: Section, kind: str) -> int | None:
    _only_zero(r, s, "antialiasing", "a blur after the pool")
    stride = r.whole(s, "stride", 1)
    strides = (r.whole(s, "stride_y", stride), r.whole(s, "stride_x", stride))
    size = r.whole(s, "size", stride)
    padding = r.whole(s, "padding", size - 1, 0)
    sides = (padding // 2, padding - padding // 2)
    layer = r.building.layer(
        kind,
        s.span,
        kernel=size,
        stride=stride if strides == (stride, stride) else strides,
        padding=(sides, sides) if padding else 0,
    )
    return r.building.add(layer, [r.before(s)], f"{s.name}{s.number}", s.span)


def avgpool(r: Work, s: Section) -> int | None:
    """The mean of every channel."""
    return r.building.add(r.building.layer("adaptiveavgpool", s.span), [r.before(s)], f"avgpool{s.number}", s.span)


def shortcut(r: Work, s: Section) -> int | None:
    """A sum with earlier layers, in the shape of the one just before: the channels both have, at the positions both have."""
    if s.text("weights_type", "none") != "none":
        r.fault("weights_type: learned weights of a shortcut are not known here", s.place("weights_type"), "weights_type=none")
    if s.text("weights_normalization", "none") not in ("none", "relu", "avg_relu", "softmax"):
        r.fault("weights_normalization is none, relu or softmax", s.place("weights_normalization"), "weights_normalization=none")
    current = r.before(s)
    fitted = [_fitted(r, s, index, current) for index in r.named(s, "from")]
    made = r.building.add(r.building.layer("add", s.span), [current, *fitted], f"shortcut{s.number}", s.span)
    return _activation(r, s, made, "linear")


def _fitted(r: Work, s: Section, index: int | None, current: int | None) -> int | None:
    """A layer's output in the shape of another's: every n-th position, then channels cut off, or zeros put behind them."""
    here, there = r.building.shape(current), r.building.shape(index)
    if here is None or there is None or here == there or len(here) != 3 or len(there) != 3:
        return index
    step = there[1] // here[1]
    if step > 1 and step == there[2] // here[2]:
        index = r.building.add(r.building.layer("maxpool", s.span, kernel=1, stride=step), [index], f"every{s.number}", s.span)
        r.graph.note(f"shortcut{s.number} takes every {step}th position of the larger map")
    if there[0] > here[0]:
        index = r.building.add(r.building.layer("slice", s.span, start=0, end=here[0]), [index], f"slice{s.number}", s.span)
        r.graph.note(f"shortcut{s.number} adds the first {here[0]} of {there[0]} channels, as darknet does")
    elif there[0] < here[0]:
        zeros = r.building.layer("channelpad", s.span, before=0, after=here[0] - there[0])
        index = r.building.add(zeros, [index], f"channelpad{s.number}", s.span)
        r.graph.note(f"shortcut{s.number} adds to the first {there[0]} of {here[0]} channels, as darknet does")
    return index


def route(r: Work, s: Section) -> int | None:
    """Earlier layers side by side; with `groups` a part of the channels of each."""
    inputs = r.named(s, "layers")
    groups, part = r.whole(s, "groups", 1), r.whole(s, "group_id", 0, 0)
    if part >= groups:
        r.fault(f"group_id={part} with groups={groups}: the last is {groups - 1}", s.place("group_id"), f"group_id={groups - 1}")
        return None
    if groups > 1:
        inputs = [_part(r, s, index, groups, part) for index in inputs]
        if len(inputs) == 1:
            return inputs[0]
    return r.building.add(r.building.layer("concat", s.span), inputs, f"route{s.number}", s.span)


def _part(r: Work, s: Section, index: int | None, groups: int, part: int) -> int | None:
    shape = r.building.shape(index)
    if shape is None:
        return None
    if shape[0] % groups:
        r.fault(
            f"groups={groups} do not divide {shape[0]} channels",
            s.place("groups"),
            f"groups={a.divisor_at_most(shape[0], groups)}",
        )
        return None
    size = shape[0] // groups
    layer = r.building.layer("slice", s.span, start=part * size, end=(part + 1) * size)
    return r.building.add(layer, [index], f"route{s.number}", s.span)


def scale_channels(r: Work, s: Section) -> int | None:
    """An earlier map, each channel times a number of the layer just before (with `scale_wh`, each position)."""
    r.whole(s, "scale_wh", 0, 0)
    return _times(r, s)


def _times(r: Work, s: Section) -> int | None:
    made = r.building.add(r.building.layer("mul", s.span), [*r.named(s, "from")[:1], r.before(s)], f"{s.name}{s.number}", s.span)
    return _activation(r, s, made, "linear")


def upsample(r: Work, s: Section) -> int | None:
    """Every value `stride` times along each axis."""
    layer = r.building.layer("upsample", s.span, scale=r.whole(s, "stride", 2))
    return r.building.add(layer, [r.before(s)], f"upsample{s.number}", s.span)


def reorg(r: Work, s: Section) -> int | None:
    """Positions become channels (with `reverse`, the other way); with `extra`, a vector with that many values more."""
    stride, extra = r.whole(s, "stride", 1), r.whole(s, "extra", 0, 0)
    if extra:
        layer = r.building.layer("channelpad", s.span, before=0, after=extra)
        return r.building.add(layer, [_flat(r, s)], f"reorg{s.number}", s.span)
    kind = "pixelshuffle" if r.whole(s, "reverse", 0, 0) else "pixelunshuffle"
    return r.building.add(r.building.layer(kind, s.span, factor=stride), [r.before(s)], f"reorg{s.number}", s.span)


def crop(r: Work, s: Section) -> int | None:
    """The middle of the image, as when a network is used."""
    size = (r.whole(s, "crop_height", 1), r.whole(s, "crop_width", 1))
    return r.building.add(r.building.layer("crop", s.span, size=size), [r.before(s)], f"crop{s.number}", s.span)


def softmax(r: Work, s: Section) -> int | None:
    """Softmax over all values, or with `groups` over each share of them, or with `spatial` over the channels of each position."""
    groups, spatial = r.whole(s, "groups", 1), s.text("spatial", "0") not in ("0", "0.0")
    if s.take("tree"):
        r.graph.note(f"softmax{s.number} is counted as one softmax: the groups of tree= stand in another file")
    before = r.before(s) if spatial else _flat(r, s)
    shape = r.building.shape(before)
    if groups > 1 and not spatial and shape is not None:
        if shape[-1] % groups:
            r.fault(
                f"groups={groups} do not divide {shape[-1]} values",
                s.place("groups"),
                f"groups={a.divisor_at_most(shape[-1], groups)}",
            )
            return None
        split = r.building.layer("reshape", s.span, shape=(*shape[:-1], groups, shape[-1] // groups))
        parts = r.building.add(split, [before], f"split{s.number}", s.span, inserted=True)
        made = r.building.add(r.building.layer("softmax", s.span), [parts], f"softmax{s.number}", s.span)
        return r.building.add(r.building.layer("reshape", s.span, shape=shape), [made], f"join{s.number}", s.span, inserted=True)
    return r.building.add(r.building.layer("softmax", s.span), [before], f"softmax{s.number}", s.span)


def dropout(r: Work, s: Section) -> int | None:
    """Dropout, which does nothing when a network is used."""
    match = REAL.match(s.text("probability", ".2"))
    if match is None:
        r.fault("probability is no number", s.place("probability"), "probability=.5")
        return None
    layer = r.building.layer("dropout", s.place("probability"), p=float(match[1]))
    return r.building.add(layer, [r.before(s)], f"dropout{s.number}", s.span)


def normalization(r: Work, s: Section) -> int | None:
    """Local response normalisation."""
    return r.building.add(r.building.layer("lrn", s.span, size=r.whole(s, "size", 5)), [r.before(s)], f"lrn{s.number}", s.span)


def batchnorm(r: Work, s: Section) -> int | None:
    """Batch normalisation of its own."""
    return r.building.add(r.building.layer("bn", s.span), [r.before(s)], f"bn{s.number}", s.span)


def activation(r: Work, s: Section) -> int | None:
    """An activation of its own."""
    return _activation(r, s, r.before(s), "linear")


def logistic(r: Work, s: Section) -> int | None:
    """A sigmoid, with its loss in training."""
    return r.building.add(r.building.layer("sigmoid", s.span), [r.before(s)], f"logistic{s.number}", s.span)


def same(r: Work, s: Section) -> int | None:
    """A section that computes nothing when a network is used: a loss, or an empty one."""
    return r.before(s)


def recurrent(r: Work, s: Section) -> int | None:
    """RNN (whose output goes through a connected layer more), GRU or LSTM; each gate has the biases of both its products."""
    if r.whole(s, "batch_normalize", 0, 0):
        r.fault(f"batch_normalize inside [{s.name}] is not known here", s.place("batch_normalize"), "batch_normalize=0")
        return None
    output, hidden = r.whole(s, "output", 1), 0
    if s.name == "rnn":
        hidden = r.whole(s, "hidden", 1)
        for key in ("shortcut", "logistic"):
            _only_zero(r, s, key, "another kind of recurrence")
    layer = r.building.layer(s.name, s.span, hidden=hidden or output, biases=2)
    made = r.building.add(layer, [r.before(s)], f"{s.name}{s.number}", s.span)
    if s.name != "rnn":
        return made
    made = r.building.add(r.building.layer("fc", s.span, out=output), [made], f"connected{s.number}", s.span)
    return _activation(r, s, made, "logistic")


def boxes(r: Work, s: Section) -> int | None:
    """The heads of the YOLO papers: what arrives is read as boxes. The channels must be those of the boxes and classes."""
    classes, count = r.whole(s, "classes", 20, 0), r.whole(s, "num", 1)
    coords = r.whole(s, "coords", 4) if s.name == "region" else 8 if s.name == "Gaussian_yolo" else 4
    mask = s.take("mask") if s.name != "region" else None
    count = mask.value.split("#")[0].rstrip(",").count(",") + 1 if mask else count
    before = r.before(s)
    shape = r.building.shape(before)
    wanted = count * (coords + 1 + classes)
    if shape is not None and shape[0] != wanted:
        message = f"[{s.name}] of {count} boxes and {classes} classes reads {wanted} channels; {shape[0]} arrive"
        r.fault(message, s.span, f"filters={wanted} in the [convolutional] before")
        return None
    if not classes:
        return before
    layer = r.building.layer("boxes", s.span, anchors=count, classes=classes, coords=coords)
    return r.building.add(layer, [before], f"{s.name.lower()}{s.number}", s.span)


def detection(r: Work, s: Section) -> int | None:
    """The head of YOLO's first version: side × side cells, each with its classes and num boxes."""
    side, num = r.whole(s, "side", 7), r.whole(s, "num", 1)
    classes, coords = r.whole(s, "classes", 1), r.whole(s, "coords", 1)
    before = r.before(s)
    shape = r.building.shape(before)
    wanted = side * side * (num * (coords + 1) + classes)
    if shape is not None and product(shape) != wanted:
        cells = f"{side}·{side} cells of {num} boxes and {classes} classes"
        r.fault(
            f"[detection] of {cells} reads {wanted} values; {product(shape)} arrive",
            s.span,
            f"output={wanted} in the [connected] before",
        )
        return None
    return r.building.add(r.building.layer("identity", s.span), [before], f"detection{s.number}", s.span)


def unknown(r: Work, s: Section) -> int | None:
    """A section of darknet's that has no layer here."""
    r.fault(f"[{s.name}] is not known here", s.span, "the network without it")
    s.used.update(s.options)
    return None


class Kind(NamedTuple):
    """How a section is read, and its options that no figure depends on."""

    read: Callable[[Work, Section], int | None]
    quiet: frozenset[str] = frozenset()


def _kind(read: Callable[[Work, Section], int | None], quiet: str = "") -> Kind:
    return Kind(read, frozenset(quiet.split()))


_CONV = _kind(convolutional, "flipped dot angle grad_centr reverse assisted_excitation")
KINDS: dict[str, Kind] = {
    "convolutional": _CONV,
    "maxpool": _kind(maxpool, "maxpool_zero_nonmax out_channels"),
    "shortcut": _kind(shortcut),
    "route": _kind(route),
    "upsample": _kind(upsample, "scale"),
    "yolo": Kind(boxes, LOSS),
    "connected": _kind(connected),
    "avgpool": _kind(avgpool),
    "dropout": _kind(dropout, "dropblock dropblock_size_rel dropblock_size_abs"),
    "softmax": _kind(softmax, "temperature noloss"),
    "region": Kind(boxes, LOSS),
    "detection": Kind(detection, LOSS),
    "Gaussian_yolo": Kind(boxes, LOSS),
    "scale_channels": _kind(scale_channels),
    "sam": _kind(_times),
    "reorg": _kind(reorg, "flatten"),
    "reorg3d": _kind(reorg),
    "crop": _kind(crop, "flip angle saturation exposure noadjust shift"),
    "local": _kind(local),
    "local_avgpool": _kind(local_avgpool),
    "batchnorm": _kind(batchnorm),
    "normalization": _kind(normalization, "alpha beta kappa"),
    "activation": _kind(activation),
    "deconvolutional": _kind(deconvolutional),
    "cost": _kind(same, "type scale ratio noobj thresh"),
    "contrastive": _kind(same, "classes temperature yolo_layer cls_normalizer max_delta contrastive_neg_max"),
    "logistic": _kind(logistic),
    "empty": _kind(same),
    "rnn": _kind(recurrent),
    "gru": _kind(recurrent, "tanh"),
    "lstm": _kind(recurrent),
    **dict.fromkeys(("crnn", "conv_lstm", "history", "implicit", "iseg", "l2norm"), _kind(unknown)),
}
# darknet's own short names.
KINDS |= {
    short: KINDS[name]
    for short, name in {
        "conv": "convolutional", "deconv": "deconvolutional", "conn": "connected", "max": "maxpool", "avg": "avgpool",
        "lrn": "normalization", "soft": "softmax", "local_avg": "local_avgpool", "silence": "empty",
    }.items()
}  # fmt: skip
