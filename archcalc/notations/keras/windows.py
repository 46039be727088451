"""Layers of Keras that slide a window over a map, and padding, cutting and enlarging one. Source: Keras 3's documentation."""

from __future__ import annotations

from typing import Any

from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Shape
from archcalc.notations.keras.activations import activated
from archcalc.notations.keras.uses import Use
from archcalc.notations.keras.work import LOST, Values


def rank_of(use: Use) -> int:
    """The spatial axes of a layer by its name: Conv1D, Convolution2D."""
    return next((int(c) for c in use.kind if c in "123"), 2)


def window(use: Use, rank: int, kernel: Shape | None, default_stride: Shape | int | None = 1) -> tuple[Shape, Shape, str] | None:
    """Stride, dilation and padding of a window; None after a fault."""
    if kernel is None:
        return None
    if default_stride == 1:
        stride = use.sizes("strides", "subsample", "stride", "subsample_length", rank=rank, default=1)
    else:
        given = use.take("strides", "stride")
        stride = kernel if given is None else use.sizes("strides", "stride", rank=rank)
    dilation = use.sizes("dilation_rate", "atrous_rate", rank=rank, default=1)
    padding = use.word("padding", "border_mode", default="valid").lower()
    if padding not in ("valid", "same", "causal"):
        use.fault(f"padding is valid, same or causal, not {padding[:40]}", use.place("padding", "border_mode"), '"same"')
        return None
    return None if stride is None or dilation is None else (stride, dilation, padding)


def sides(size: Shape, kernel: Shape, stride: Shape, dilation: Shape, padding: str) -> tuple[tuple[int, int], ...]:
    """Zeros before and after along each axis. With `same`, ⌈W/S⌉ windows, the odd zero behind; causal zeros are all in front."""
    found = []
    for w, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        if padding == "causal":
            found.append((d * (k - 1), 0))
            continue
        total = max(0, (a.ceil_div(w, s) - 1) * s + a.reach(k, d) - w) if padding == "same" else 0
        found.append((total // 2, total - total // 2))
    return tuple(found)


def shortest(values: Shape) -> int | Shape:
    """A size written once where it is the same along every axis."""
    return values[0] if len(set(values)) == 1 else values


def written(pads: tuple[tuple[int, int], ...]) -> object:
    """Padding as a number for all, one an axis, or a pair an axis."""
    if all(p == q for p, q in pads):
        return shortest(tuple(p for p, _ in pads))
    return pads


def conv(use: Use) -> Values:
    """A convolution, separable into depthwise and pointwise ones, or depthwise alone."""
    rank = rank_of(use)
    first = use.channels_first()
    separable, depthwise = use.kind.startswith("Separable"), use.kind.startswith("Depthwise")
    filters = None if depthwise else use.whole("filters", "nb_filter")
    kernel = use.sizes(*kernel_names(use, rank), rank=rank)
    plan = window(use, rank, kernel)
    multiplier = use.whole("depth_multiplier", default=1) if separable or depthwise else 1
    bias = use.flag("use_bias", "bias", default=True)
    groups = use.whole("groups", default=1)
    value = use.spatial(use.one(), first)
    shape = use.r.shape(value)
    if kernel is None or plan is None or groups is None or shape is None or (filters is None and not depthwise):
        return [LOST]
    stride, dilation, padding = plan
    if len(shape) != rank + 1:
        use.fault(f"{use.kind} reads {rank + 1} dimensions, not {len(shape)}", use.span, "a Reshape before it")
        return [LOST]
    pads = sides(shape[1:], kernel, stride, dilation, padding)
    settings: dict[str, Any] = {
        "kernel": shortest(kernel),
        "stride": shortest(stride),
        "padding": written(pads),
        "dilation": shortest(dilation),
    }
    if separable:
        value = use.node("depthwise", [value], "_depthwise", multiplier=multiplier, bias=False, **settings)
        return activated(use, use.node("conv", [value], "_pointwise", out=filters, kernel=1, bias=bias))
    if depthwise:
        return activated(use, use.node("depthwise", [value], multiplier=multiplier, bias=bias, **settings))
    return activated(use, use.node("conv", [value], out=filters, groups=groups, bias=bias, **settings))


def kernel_names(use: Use, rank: int) -> tuple[str, ...]:
    """The name of a kernel's size; Keras 1 has a name for each axis, which are brought together."""
    old = {1: ("filter_length",), 2: ("nb_row", "nb_col"), 3: ("kernel_dim1", "kernel_dim2", "kernel_dim3")}[rank]
    if use.config.get("kernel_size") is None and all(use.config.get(name) is not None for name in old):
        if rank == 1:
            return old
        use.used.update(old)
        parts = [use.config.entries[name] for name in old]
        together = type(use.config)(parts[0].text, parts[0].start, parts[0].end, parts)
        use.config.entries["kernel_size"] = together
    return ("kernel_size",)


def transposed(use: Use) -> Values:
    """A transposed convolution: with `same` W·S, otherwise (W − 1)·S + K, positions."""
    rank, first = rank_of(use), use.channels_first()
    filters = use.whole("filters", "nb_filter")
    kernel = use.sizes(*kernel_names(use, rank), rank=rank)
    plan = window(use, rank, kernel)
    extra = use.take("output_padding")
    added = use.sizes("output_padding", rank=rank, default=0, least=0) if extra is not None else None
    use.take("output_shape")
    bias, groups = use.flag("use_bias", "bias", default=True), use.whole("groups", default=1)
    value = use.spatial(use.one(), first)
    if kernel is None or plan is None or filters is None or (extra is not None and added is None):
        return [LOST]
    stride, dilation, padding = plan
    pads, rest = [], []
    for axis, (k, s, d) in enumerate(zip(kernel, stride, dilation, strict=True)):
        reach = a.reach(k, d)
        if added is not None:
            pads.append(reach // 2 if padding == "same" else 0)
            rest.append(added[axis])
        elif padding == "same":
            pads.append(max(0, a.ceil_div(reach - s, 2)))
            rest.append(2 * pads[-1] - reach + s)
        else:
            pads.append(0)
            rest.append(max(0, s - reach))
    made = use.node(
        "convtranspose",
        [value],
        out=filters,
        kernel=shortest(kernel),
        stride=shortest(stride),
        padding=shortest(tuple(pads)),
        output_padding=shortest(tuple(rest)),
        dilation=shortest(dilation),
        groups=groups,
        bias=bias,
    )
    return activated(use, made)


def local(use: Use) -> Values:
    """A locally connected layer."""
    rank, first = rank_of(use), use.channels_first()
    filters, kernel = use.whole("filters", "nb_filter"), use.sizes(*kernel_names(use, rank), rank=rank)
    plan = window(use, rank, kernel)
    use.only("implementation", 1, 2, 3)
    bias = use.flag("use_bias", "bias", default=True)
    value = use.spatial(use.one(), first)
    shape = use.r.shape(value)
    if kernel is None or plan is None or filters is None or shape is None or len(shape) != rank + 1:
        return [LOST]
    stride, dilation, padding = plan
    pads = sides(shape[1:], kernel, stride, dilation, padding)
    settings: dict[str, Any] = {"kernel": shortest(kernel), "stride": shortest(stride), "padding": written(pads)}
    return activated(use, use.node("locallyconnected", [value], out=filters, bias=bias, **settings))


def pool(use: Use) -> Values:
    """Pooling; with `same`, ⌈W/S⌉ windows."""
    rank, first = rank_of(use), use.channels_first()
    kernel = use.sizes("pool_size", "pool_length", rank=rank, default=2)
    plan = window(use, rank, kernel, None)
    value = use.spatial(use.one(), first)
    shape = use.r.shape(value)
    if kernel is None or plan is None or shape is None:
        return [LOST]
    if len(shape) != rank + 1:
        use.fault(f"{use.kind} reads {rank + 1} dimensions, not {len(shape)}", use.span, "a Reshape before it")
        return [LOST]
    stride, dilation, padding = plan
    pads = sides(shape[1:], kernel, stride, dilation, padding)
    kind = "maxpool" if use.kind.startswith("Max") else "avgpool"
    padded = any(p or q for p, q in pads)
    return [use.node(kind, [value], kernel=shortest(kernel), stride=shortest(stride), padding=pads if padded else 0)]


def global_pool(use: Use) -> Values:
    """The maximum or the mean of each channel; a vector, unless its sizes of 1 are kept."""
    first = use.channels_first()
    keep = use.flag("keepdims", default=False)
    value = use.spatial(use.one(), first)
    made = use.node("adaptivemaxpool" if "Max" in use.kind else "adaptiveavgpool", [value])
    return [made if keep else use.node("flatten", [made], "_flatten", True, moved=False)]


def adaptive_pool(use: Use) -> Values:
    """The maximum or the mean of as many windows as are asked for."""
    rank, first = rank_of(use), use.channels_first()
    size = use.sizes("output_size", rank=rank)
    value = use.spatial(use.one(), first)
    kind = "adaptivemaxpool" if "Max" in use.kind else "adaptiveavgpool"
    return [LOST if size is None else use.node(kind, [value], out=shortest(size))]


def zero_padding(use: Use) -> Values:
    """Zeros around: one number, one an axis, or a pair an axis."""
    rank, first = rank_of(use), use.channels_first()
    pads = pairs(use, "padding", rank)
    value = use.spatial(use.one(), first)
    return [LOST] if pads is None else [use.node("zeropad", [value], padding=written(pads))]


def cropping(use: Use) -> Values:
    """Rows and columns cut off."""
    rank, first = rank_of(use), use.channels_first()
    cut = pairs(use, "cropping", rank)
    value = use.spatial(use.one(), first)
    shape = use.r.shape(value)
    if cut is None or shape is None or len(shape) != rank + 1:
        return [LOST]
    size = tuple(w - p - q for w, (p, q) in zip(shape[1:], cut, strict=True))
    if min(size) < 1:
        use.fault(f"a cropping of {shape[1:]} leaves {size}", use.place("cropping"), "a smaller cropping")
        return [LOST]
    return [use.node("crop", [value], size=shortest(size))]


def pairs(use: Use, name: str, rank: int) -> tuple[tuple[int, int], ...] | None:
    """A pair for each axis: from a number, a number an axis, or pairs; in one dimension a list is one pair."""
    found = use.take(name)
    plain = 1 if found is None else found.plain()
    listed: list[object] = [plain] * rank if not isinstance(plain, list) else [plain] if rank == 1 and len(plain) == 2 else plain
    if rank == 2 and len(listed) == 4:  # Keras 1: top, bottom, left, right
        listed = [listed[:2], listed[2:]]
    made: list[tuple[int, int]] = []
    for item in listed:
        pair = item if isinstance(item, list) else [item, item]
        sizes = [n for n in pair if isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= 10**6]
        if len(pair) == len(sizes) == 2:
            made.append((sizes[0], sizes[1]))
    if len(made) != rank:
        use.fault(f"{name} is a pair of whole numbers for each of {rank} axes", use.place(name), str([[1, 1]] * rank))
        return None
    return tuple(made)


def upsampling(use: Use) -> Values:
    """Every value several times, or values found between."""
    rank, first = rank_of(use), use.channels_first()
    size = use.sizes("size", "length", rank=rank, default=2)
    mode = use.word("interpolation", default="nearest")
    if mode not in ("nearest", "bilinear"):
        use.fault(f"the interpolation {mode[:40]} is not known here", use.place("interpolation"), '"bilinear"')
        return [LOST]
    value = use.spatial(use.one(), first)
    return [LOST] if size is None else [use.node("upsample", [value], scale=shortest(size), mode=mode)]
