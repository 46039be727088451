"""What each layer of Keras computes. Source: the documentation of Keras 3, and for the names of Keras 1 and 2 theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Shape
from archcalc.notations.keras_json.reader import Value
from archcalc.text.faults import suggestions

if TYPE_CHECKING:
    from archcalc.notations.keras_json.uses import Use
    from archcalc.text.located import Json

Values = list[Value]
LOST = Value(None)
ACTIVATIONS: dict[str, str] = {
    "relu": "relu", "relu6": "relu6", "sigmoid": "sigmoid", "tanh": "tanh", "softmax": "softmax", "elu": "elu", "selu": "selu",
    "softplus": "softplus", "swish": "silu", "silu": "silu", "gelu": "gelu", "hard_sigmoid": "hardsigmoid",
    "hard_silu": "hardswish", "hard_swish": "hardswish", "leaky_relu": "leakyrelu", "mish": "mish", "log_softmax": "logsoftmax",
}  # fmt: skip


def activated(use: Use, value: Value, default: str = "linear") -> Values:
    """A layer's output through its activation, which is a row of its own."""
    word = use.word("activation", default=default)
    if word in ("linear", "Linear", "") or value.node is None:
        return [value]
    return [activation(use, value, word, f"_{word.lower()}")]


def activation(use: Use, value: Value, word: str, suffix: str = "") -> Value:
    """An activation by its name. Softmax is over the last axis of Keras's order."""
    if word == "exponential":
        return use.node("pointwise", [value], suffix, op="exp")
    if word == "softsign":  # x/(1 + |x|)
        size = use.node("pointwise", [value], f"{suffix}_abs", op="abs")
        return use.node("combine", [value, use.node("pointwise", [size], f"{suffix}_add", op="add", by=1)], suffix, op="div")
    known = {**ACTIVATIONS, **{name.replace("_", ""): kind for name, kind in ACTIVATIONS.items()}}
    kind = known.get(word) or known.get(word.lower())
    if kind is None:
        near = suggestions(word, ACTIVATIONS) or ["relu"]
        use.fault(f"the activation {word[:40]} is not known here", use.place("activation"), *near)
        return LOST
    settings: dict[str, Any] = {"slope": 0.2} if kind == "leakyrelu" else {}
    if kind in ("softmax", "logsoftmax"):
        shape = use.shape(value)
        value = use.first(value) if shape is not None and len(shape) > 2 else use.own(value)
    return use.node(kind, [value], suffix, **settings)


# -- windows ------------------------------------------------------------------------------------------------------------


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


# -- vectors and sequences ----------------------------------------------------------------------------------------------


def dense(use: Use) -> Values:
    """A fully connected layer of the last axis."""
    units, bias = use.whole("units", "output_dim"), use.flag("use_bias", "bias", default=True)
    value = use.own(use.one())
    return [LOST] if units is None else activated(use, use.node("fc", [value], out=units, bias=bias))


def embedding(use: Use) -> Values:
    """A table of vectors, looked up by index."""
    num, dim = use.whole("input_dim"), use.whole("output_dim")
    return [LOST] if num is None or dim is None else [use.node("embedding", [use.one()], num=num, dim=dim, moved=False)]


RECURRENT = {
    "LSTM": "lstm", "CuDNNLSTM": "lstm", "LSTMCell": "lstm", "GRU": "gru", "CuDNNGRU": "gru", "GRUCell": "gru",
    "SimpleRNN": "rnn", "SimpleRNNCell": "rnn",
}  # fmt: skip


def recurrent(use: Use, both: bool = False) -> Values:
    """RNN, LSTM or GRU: one bias a gate, and two for a GRU that resets after its product."""
    units = use.whole("units", "output_dim")
    bias = use.flag("use_bias", default=True)
    sequences = use.flag("return_sequences", default=False)
    state = use.flag("return_state", default=False)
    kind = RECURRENT[use.kind]
    after = use.flag("reset_after", default=use.kind.startswith("CuDNN")) if kind == "gru" else False
    for name, usual in (("activation", "tanh"), ("recurrent_activation", "sigmoid"), ("inner_activation", "hard_sigmoid")):
        word = use.word(name, default=usual)
        if word not in ("tanh", "sigmoid", "hard_sigmoid"):
            use.r.graph.note(f"{use.path}: its {name} {word[:30]} is counted as {usual}")
    value = use.own(use.one() if len(use.inputs) == 1 else use.inputs[0])
    if len(use.inputs) > 1 or use.beside:
        use.r.graph.note(f"{use.path} begins with the state of another layer, which costs nothing")
    if units is None:
        return [LOST]
    biases = 0 if not bias else 2 if after or use.kind.startswith("CuDNNLSTM") else 1
    made = use.node(kind, [value], hidden=units, biases=biases, bidirectional=both, last=not sequences, moved=False)
    if not state:
        return [made]
    # A state is as wide as the last step, and costs nothing more.
    return [made, *[Value(None, state=True) if sequences else made] * 4]


def bidirectional(use: Use) -> Values:
    """A recurrent layer in both directions, side by side."""
    merge = use.word("merge_mode", default="concat")
    inner = use.take("layer")
    backward = use.take("backward_layer")
    kind = inner.get("class_name") if inner is not None else None
    config = inner.get("config") if inner is not None else None
    if kind is None or config is None or kind.string() not in RECURRENT:
        use.fault("a Bidirectional holds an LSTM, a GRU or a SimpleRNN", use.place("layer"), '"class_name": "LSTM"')
        return [LOST]
    if backward is not None and (backward.get("config") is None or backward.get("class_name") is None):
        use.fault("a backward layer has a class_name and a config", backward.span, '"class_name": "LSTM"')
    if merge not in ("concat", "sum", "ave", "mul"):
        use.fault(f"a Bidirectional is merged by concat, sum, ave or mul, not {merge[:20]}", use.place("merge_mode"), '"concat"')
        return [LOST]
    made = within(use, config, kind.string())
    both = recurrent(made, both=True)[0]
    made.rest(RECURRENT_QUIET)
    shape = use.shape(both)
    if merge == "concat" or shape is None:
        return [both]
    half = (*shape[:-1], shape[-1] // 2)
    ways = [use.node("move", [both], f"_{name}", to=half, how=name) for name in ("forward", "backward")]
    total = use.node("mul" if merge == "mul" else "add", ways, f"_{merge}")
    return [use.node("pointwise", [total], "_mean", op="div", by=2.0) if merge == "ave" else total]


def within(use: Use, config: Json, kind: str) -> Use:
    """A use of the layer inside a wrapper, under the wrapper's path."""
    return type(use)(use.r, config, kind, use.path, use.span, use.inputs, use.beside, use.numbers)


def rnn(use: Use) -> Values:
    """An RNN around a cell of Keras's own."""
    cell = use.take("cell")
    kind = cell.get("class_name") if cell is not None else None
    config = cell.get("config") if cell is not None else None
    if kind is None or config is None or kind.string() not in RECURRENT:
        use.fault("an RNN holds an LSTMCell, a GRUCell or a SimpleRNNCell", use.place("cell"), "an LSTM layer")
        return [LOST]
    for name in ("return_sequences", "return_state"):
        found = use.take(name)
        if found is not None:
            config.entries[name] = found
    made = within(use, config, kind.string())
    values = recurrent(made)
    made.rest(RECURRENT_QUIET)
    return values


def time_distributed(use: Use) -> Values:
    """A layer at every step, where it acts on the last axis alone."""
    inner = use.take("layer")
    kind = inner.get("class_name") if inner is not None else None
    config = inner.get("config") if inner is not None else None
    if kind is None or config is None or kind.string() not in AT_EVERY_STEP:
        shown = kind.string() if kind is not None else "nothing"
        use.fault(f"a TimeDistributed {shown[:40]} is not known here", use.place("layer"), '"class_name": "Dense"')
        return [LOST]
    made = within(use, config, kind.string())
    if kind.string() == "Flatten":
        value = use.own(use.one())
        shape = use.shape(value)
        values = [LOST if shape is None else use.node("reshape", [value], shape=(shape[0], a.product(shape[1:])), moved=False)]
    else:
        values = KINDS[kind.string()].read(made)
    made.rest(KINDS[kind.string()].quiet)
    return values


AT_EVERY_STEP = ("Dense", "Activation", "Dropout", "Flatten", "ReLU", "LeakyReLU")


# -- shapes -------------------------------------------------------------------------------------------------------------


def flatten(use: Use) -> Values:
    """Everything in one row."""
    use.word("data_format", default="channels_last")
    return [use.node("flatten", [use.one()], moved=False)]


def reshape(use: Use) -> Values:
    """The same values in another shape; −1 is the rest. A new map has its channels first here."""
    found = use.take("target_shape", "dims")
    value = use.one()
    shape = use.shape(value)
    wanted = [item.value for item in found.items] if found is not None else []
    if not wanted or not all(isinstance(n, int) and not isinstance(n, bool) and (n == -1 or 0 < n <= 10**9) for n in wanted):
        use.fault("target_shape is a list of sizes", use.place("target_shape", "dims"), '"target_shape": [7, 7, 64]')
        return [LOST]
    sizes = [n for n in wanted if isinstance(n, int)]
    if shape is None:
        return [LOST]
    total, known = a.product(shape), a.product(n for n in sizes if n != -1)
    if sizes.count(-1) > 1 or total % known or (-1 not in sizes and total != known):
        use.fault(
            f"{shape} holds {total} values, {tuple(sizes)} does not", use.place("target_shape", "dims"), '"target_shape": [-1]'
        )
        return [LOST]
    target = tuple(total // known if n == -1 else n for n in sizes)
    moved = len(target) > 2 and not use.r.channels_first
    ours = (target[-1], *target[:-1]) if moved else target
    return [use.node("reshape", [value], shape=ours, moved=moved)]


def permute(use: Use) -> Values:
    """The axes in another order, counted from 1."""
    found = use.take("dims")
    order = [item.value for item in found.items] if found is not None else []
    value = use.own(use.one())
    shape = use.shape(value)
    if shape is None or sorted(map(str, order)) != sorted(str(n) for n in range(1, len(shape) + 1)):
        if shape is not None:
            use.fault("dims is an order of the axes, counted from 1", use.place("dims"), str(list(range(len(shape), 0, -1))))
        return [LOST]
    return [use.node("permute", [value], order=tuple(n for n in order if isinstance(n, int)))]


# -- several inputs -----------------------------------------------------------------------------------------------------


def alike(use: Use, values: Values) -> Values:
    """Values that lie the same way: with channels first where a map is among them that does."""
    if any(value.moved for value in values):
        return [use.first(value) for value in values]
    return values


def with_number(use: Use, op: str) -> Values | None:
    """An operation of Keras 3 with a number beside a tensor; None where it has two tensors."""
    number = use.number() if len(use.inputs) == 1 else None
    return None if number is None else [use.node("pointwise", use.inputs, op=op, by=number)]


def merge(kind: str) -> Callable[[Use], Values]:
    """A sum or a product of several inputs, or of one and a number."""

    def function(use: Use) -> Values:
        if (made := with_number(use, kind)) is not None:
            return made
        if len(use.inputs) < 2:
            use.fault(f"{use.kind} reads two tensors or more, not {len(use.inputs)}", use.span, "two inbound layers")
            return [LOST]
        return [use.node(kind, alike(use, use.inputs))]

    return function


def combine(op: str) -> Callable[[Use], Values]:
    """A difference, or the larger or smaller of several inputs, or of one and a number."""

    def function(use: Use) -> Values:
        if (made := with_number(use, op)) is not None:
            return made
        if len(use.inputs) < 2:
            use.fault(f"{use.kind} reads two tensors or more, not {len(use.inputs)}", use.span, "two inbound layers")
            return [LOST]
        first, *others = alike(use, use.inputs)
        for n, other in enumerate(others):
            first = use.node("combine", [first, other], f"_{n + 1}" if n + 1 < len(others) else "", op=op)
        return [first]

    return function


def average(use: Use) -> Values:
    """The sum of several inputs, divided by how many they are."""
    (total,) = merge("add")(use)
    return [total if total.node is None else use.node("pointwise", [total], "_mean", op="div", by=float(len(use.inputs)))]


def rescaling(use: Use) -> Values:
    """Every value times a number, plus another where it is not 0."""
    scale, offset = use.real("scale", default=1.0), use.real("offset", default=0.0)
    made = use.node("pointwise", [use.one()], op="mul", by=scale)
    return [use.node("pointwise", [made], "_offset", op="add", by=offset) if offset else made]


def layer_scale(use: Use) -> Values:
    """A learned factor for each channel, as ConvNeXt has behind a block."""
    use.take("init_values")
    channels = use.whole("projection_dim")
    value = use.own(use.one())
    if channels is None or use.r.shape(value) is None:
        return [LOST]
    sizes = (*(1,) * (len(use.r.shape(value) or ()) - 1), channels)
    factor = use.node("learned", [], "_gamma", shape=sizes, moved=False)
    return [use.node("mul", [value, factor])]


def scaled_sum(use: Use) -> Values:
    """The first input, plus a number times the second, as Inception-ResNet joins its branches."""
    scale = use.real("scale", default=1.0)
    if len(use.inputs) != 2:
        use.fault(f"{use.kind} reads two tensors, not {len(use.inputs)}", use.span, "two inbound layers")
        return [LOST]
    first, second = alike(use, use.inputs)
    return [use.node("add", [first, use.node("pointwise", [second], "_scale", op="mul", by=scale)])]


def repeat_vector(use: Use) -> Values:
    """A vector as a sequence, the same at every step."""
    n, value = use.whole("n"), use.one()
    shape = use.shape(value)
    if n is None or shape is None:
        return [LOST]
    if len(shape) != 1:
        use.fault(f"a RepeatVector reads a vector, not {shape}", use.span, "a Flatten before it")
        return [LOST]
    return [use.node("move", [value], to=(n, *shape), how=f"repeated {n} times", moved=False)]


def concatenate(use: Use) -> Values:
    """Inputs side by side along an axis of Keras's order, in which the batch is 0."""
    axis = use.take("axis", "concat_axis")
    at = axis.value if axis is not None else -1
    values = alike(use, use.inputs)
    shape = use.shape(values[0]) if values else None
    if shape is None:
        return [LOST]
    if not isinstance(at, int) or isinstance(at, bool) or not -len(shape) <= at <= len(shape) or at == 0:
        use.fault(f"there is no axis {at} of {len(shape)} dimensions after the batch", use.place("axis", "concat_axis"), "-1")
        return [LOST]
    number = at - 1 if at > 0 else len(shape) + at
    ours = 0 if values[0].moved and number == len(shape) - 1 else number + 1 if values[0].moved else number
    return [use.node("concat", values, axis=ours)]


def old_merge(use: Use) -> Values:
    """Keras 1's Merge, whose mode says which."""
    mode = use.word("mode", default="sum")
    kinds = {"sum": merge("add"), "mul": merge("mul"), "concat": concatenate}
    for name in ("mode_type", "output_shape_type", "output_mask_type", "arguments", "dot_axes", "output_shape", "output_mask"):
        use.take(name)
    if mode not in kinds:
        use.fault(f"a Merge by {mode[:20]} is not known here", use.place("mode"), '"sum"', '"concat"')
        return [LOST]
    if mode != "concat":
        use.take("concat_axis")
    return kinds[mode](use)


# -- normalisation ------------------------------------------------------------------------------------------------------


def axis_of(use: Use, shape: Shape) -> int:
    """The axis of a normalisation in Keras's order, 0 the first after the batch; −1 where it is several or none."""
    found = use.take("axis")
    at = found.value if found is not None else -1
    if isinstance(at, list) and len(at) == 1:
        at = at[0].value
    if not isinstance(at, int) or isinstance(at, bool):
        return -1
    return at - 1 if at > 0 else len(shape) + at


def batch_norm(use: Use) -> Values:
    """A scale and a shift for each channel, unless it has none; its moving mean and variance are stored."""
    value = use.one()
    shape = use.shape(value)
    scale, center = use.flag("scale", default=True), use.flag("center", default=True)
    use.only("mode", 0, 1, 2)
    if shape is None:
        use.take("axis")
        return [LOST]
    axis = axis_of(use, shape)
    if axis == len(shape) - 1:
        value = use.first(value)
    elif axis == 0:
        value = use.own(value)
    else:
        use.fault("a normalisation of this axis is not known here", use.place("axis"), '"axis": -1')
        return [LOST]
    return [use.node("bn", [value], scale=scale, shift=center)]


def layer_norm(use: Use) -> Values:
    """Normalisation of each position over its last axes."""
    value = use.own(use.one())
    shape = use.shape(value)
    scale, center = use.flag("scale", default=True), use.flag("center", default=True)
    use.only("rms_scaling", False)
    if shape is None:
        use.take("axis")
        return [LOST]
    found = use.take("axis")
    listed = [item.value for item in found.items] if found is not None and found.items else [found.value if found else -1]
    places = sorted(n - 1 if isinstance(n, int) and n > 0 else len(shape) + n if isinstance(n, int) else -1 for n in listed)
    if places != list(range(len(shape) - len(places), len(shape))):
        use.fault("a layer normalisation is over the last axes", use.place("axis"), '"axis": -1')
        return [LOST]
    if center and not scale:
        use.fault("a layer normalisation with a shift and no scale is not known here", use.place("scale"), '"scale": true')
        return [LOST]
    return [use.node("layernorm", [value], over=len(places), affine=scale, bias=center)]


def group_norm(use: Use) -> Values:
    """Normalisation over groups of channels; as many groups as channels where it is −1."""
    value = use.one()
    shape = use.shape(value)
    found = use.take("groups")
    groups = found.value if found is not None else 32
    scale, center = use.flag("scale", default=True), use.flag("center", default=True)
    if shape is None or not isinstance(groups, int):
        use.take("axis")
        return [LOST]
    axis = axis_of(use, shape)
    value = use.first(value) if axis == len(shape) - 1 else use.own(value)
    channels = shape[-1] if axis == len(shape) - 1 else shape[0]
    if axis not in (0, len(shape) - 1) or scale != center:
        use.fault("a group normalisation of this kind is not known here", use.place("axis"), '"axis": -1')
        return [LOST]
    return [use.node("groupnorm", [value], groups=channels if groups == -1 else groups, affine=scale)]


def normalization(use: Use) -> Values:
    """Fixed statistics of the data: a mean and a variance for each channel are stored, and how many were seen."""
    value = use.one()
    shape = use.shape(value)
    use.only("invert", False)
    given = [use.take("mean"), use.take("variance")]
    if shape is None:
        use.take("axis")
        return [LOST]
    axis = axis_of(use, shape)
    if axis != len(shape) - 1:
        use.fault("a Normalization of this axis is not known here", use.place("axis"), '"axis": -1')
        return [LOST]
    if all(given):  # given as numbers, of which nothing is stored
        made = use.node("pointwise", [use.first(value)], "_mean", op="sub")
        return [use.node("pointwise", [made], op="div")]
    use.r.stored += 1
    return [use.node("bn", [use.first(value)], affine=False)]


# -- one value in, one value out ----------------------------------------------------------------------------------------


def activation_layer(use: Use) -> Values:
    """An activation as a layer of its own."""
    word = use.word("activation", default="linear")
    value = use.one()
    return [use.node("identity", [value])] if word in ("linear", "") else [activation(use, value, word)]


def named_activation(use: Use) -> Values:
    """Layers that are an activation: ELU, LeakyReLU, ReLU, Softmax."""
    value = use.one()
    if use.kind == "ReLU":
        most, slope = use.take("max_value"), use.real("negative_slope", default=0.0)
        use.only("threshold", 0, 0.0)
        if most is not None:
            use.only("max_value", 6, 6.0)
            return [use.node("relu6", [value])]
        return [use.node("leakyrelu", [value], slope=slope) if slope else use.node("relu", [value])]
    if use.kind == "LeakyReLU":
        return [use.node("leakyrelu", [value], slope=use.real("negative_slope", "alpha", default=0.3))]
    if use.kind == "ELU":
        return [use.node("elu", [value], alpha=use.real("alpha", default=1.0))]
    use.only("axis", -1)
    return [activation(use, value, "softmax")]


def prelu(use: Use) -> Values:
    """A learned slope for each channel, the positions sharing it, or one for all values."""
    value = use.one()
    shape = use.shape(value)
    shared = use.take("shared_axes")
    axes = [item.value for item in shared.items] if shared is not None else []
    if shape is None:
        return [LOST]
    together = sorted(n for n in axes if isinstance(n, int))
    if together == list(range(1, len(shape) + 1)):
        return [use.node("prelu", [value], num=1)]
    if together != list(range(1, len(shape))):
        message = "a slope for each position is not known here"
        use.fault(message, use.place("shared_axes"), f'"shared_axes": {list(range(1, len(shape)))}')
        return [LOST]
    return [use.node("prelu", [use.first(value)], channels=True)]


def dropout(use: Use) -> Values:
    """Dropout of values or whole maps, which does nothing when a network is used."""
    use.take("data_format", "dim_ordering")
    rate = use.real("rate", "p", default=0.5)
    return [use.node("dropout", [use.one()], p=rate)]


def nothing(use: Use) -> Values:
    """What does nothing when a network is used: noise, augmentation of images, masks."""
    return [use.node("identity", [use.one()])]


def attention(use: Use) -> Values:
    """Multi-head attention: queries of the first input, keys and values of the others, heads of any width."""
    heads, key = use.whole("num_heads"), use.whole("key_dim")
    width = use.whole("value_dim", default=key or 1)
    bias = use.flag("use_bias", default=True)
    use.only("output_shape", None)
    use.only("attention_axes", None, [1])
    use.only("use_gate", False)
    use.only("sliding_window", None)
    inputs = [use.own(value) for value in use.inputs]
    if heads is None or key is None or width is None or not 1 <= len(inputs) <= 3:
        return [LOST]
    queries, values = inputs[0], inputs[1] if len(inputs) > 1 else inputs[0]
    keys = inputs[2] if len(inputs) > 2 else values
    shape = use.shape(queries)
    if shape is None:
        return [LOST]
    if len(shape) != 2:
        use.fault(f"a MultiHeadAttention reads sequences, not {shape}", use.span, "a Reshape before it")
        return [LOST]
    even = heads * key == shape[-1] == (use.shape(values) or (0,))[-1] and width == key
    if even and keys == values:
        return [use.node("attention", list(dict.fromkeys([queries, values])), heads=heads, bias=bias, moved=False)]
    parts = []
    for name, value, size in (("query", queries, key), ("key", keys, key), ("value", values, width)):
        made = use.node("fc", [value], f"_{name}", out=heads * size, bias=bias, moved=False)
        steps = (use.shape(made) or (1,))[0]
        parts.append(use.node("move", [made], f"_{name}_heads", to=(heads, steps, size), how="by heads"))
    met = use.node("dotattention", parts, "_attention")
    together = use.node("move", [met], "_together", to=(shape[0], heads * width), how="heads together")
    return [use.node("fc", [together], "_output", out=shape[-1], bias=bias)]


class Kind(NamedTuple):
    """How a layer is read, and what of its config no figure depends on."""

    read: Callable[[Use], Values]
    quiet: frozenset[str] = frozenset()


def _all(read: Callable[[Use], Values], names: str, quiet: str = "") -> dict[str, Kind]:
    return dict.fromkeys(names.split(), Kind(read, frozenset(quiet.split())))


RECURRENT_QUIET = frozenset(
    "stateful unroll go_backwards time_major implementation dropout recurrent_dropout dropout_W dropout_U unit_forget_bias "
    "use_cudnn".split()
)
KINDS: dict[str, Kind] = {
    **_all(
        conv,
        "Conv1D Conv2D Conv3D Convolution1D Convolution2D Convolution3D SeparableConv1D SeparableConv2D SeparableConvolution2D "
        "DepthwiseConv1D DepthwiseConv2D AtrousConvolution2D AtrousConvolution1D",
    ),
    **_all(transposed, "Conv1DTranspose Conv2DTranspose Conv3DTranspose Deconvolution2D"),
    **_all(local, "LocallyConnected1D LocallyConnected2D"),
    **_all(pool, "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D MaxPool1D MaxPool2D"),
    **_all(
        global_pool,
        "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D "
        "GlobalMaxPooling3D",
    ),
    **_all(zero_padding, "ZeroPadding1D ZeroPadding2D ZeroPadding3D"),
    **_all(cropping, "Cropping1D Cropping2D Cropping3D"),
    **_all(upsampling, "UpSampling1D UpSampling2D UpSampling3D"),
    **_all(dense, "Dense TimeDistributedDense"),
    **_all(embedding, "Embedding", "mask_zero dropout"),
    "LSTM": Kind(recurrent, RECURRENT_QUIET),
    "GRU": Kind(recurrent, RECURRENT_QUIET),
    "SimpleRNN": Kind(recurrent, RECURRENT_QUIET),
    "CuDNNLSTM": Kind(recurrent, RECURRENT_QUIET),
    "CuDNNGRU": Kind(recurrent, RECURRENT_QUIET),
    "RNN": Kind(rnn, RECURRENT_QUIET),
    **_all(bidirectional, "Bidirectional"),
    **_all(time_distributed, "TimeDistributed"),
    **_all(flatten, "Flatten"),
    **_all(reshape, "Reshape"),
    **_all(permute, "Permute"),
    **_all(merge("add"), "Add"),
    **_all(merge("mul"), "Multiply"),
    **_all(combine("sub"), "Subtract"),
    **_all(combine("div"), "Divide TrueDivide"),
    **_all(combine("maximum"), "Maximum"),
    **_all(combine("minimum"), "Minimum"),
    **_all(average, "Average"),
    **_all(rescaling, "Rescaling"),
    **_all(layer_scale, "LayerScale"),
    **_all(scaled_sum, "CustomScaleLayer"),
    **_all(repeat_vector, "RepeatVector"),
    **_all(concatenate, "Concatenate"),
    **_all(old_merge, "Merge"),
    **_all(batch_norm, "BatchNormalization", "momentum epsilon"),
    **_all(layer_norm, "LayerNormalization", "epsilon"),
    **_all(group_norm, "GroupNormalization", "epsilon"),
    **_all(normalization, "Normalization"),
    **_all(activation_layer, "Activation"),
    **_all(named_activation, "ReLU LeakyReLU ELU Softmax"),
    **_all(prelu, "PReLU"),
    **_all(dropout, "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout"),
    **_all(
        nothing,
        "GaussianNoise ActivityRegularization Masking RandomFlip RandomRotation RandomZoom RandomContrast RandomTranslation "
        "RandomBrightness StochasticDepth",
        "drop_path_rate stddev sigma l1 l2 mask_value mode factor fill_mode fill_value interpolation height_factor width_factor "
        "value_range data_format",
    ),
    **_all(attention, "MultiHeadAttention", "dropout query_shape value_shape key_shape flash_attention"),
}
