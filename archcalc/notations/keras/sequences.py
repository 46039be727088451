"""Layers of Keras for vectors and sequences: dense, recurrent, attention. Source: Keras 3's documentation."""

from __future__ import annotations

from archcalc.notations.keras.activations import activated
from archcalc.notations.keras.uses import Use
from archcalc.notations.keras.work import LOST, Value, Values
from archcalc.text.located import Json


def dense(use: Use) -> Values:
    """A fully connected layer of the last axis."""
    units, bias = use.whole("units", "output_dim"), use.flag("use_bias", "bias", default=True)
    value = use.own(use.one())
    return [LOST] if units is None else activated(use, use.node("fc", [value], out=units, bias=bias))


def embedding(use: Use) -> Values:
    """A table of vectors, looked up by index."""
    num, dim = use.whole("input_dim"), use.whole("output_dim")
    return [LOST] if num is None or dim is None else [use.node("embedding", [use.one()], num=num, dim=dim, moved=False)]


RECURRENT_QUIET = frozenset(
    "stateful unroll go_backwards time_major implementation dropout recurrent_dropout dropout_W dropout_U unit_forget_bias "
    "use_cudnn".split()
)
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


def attention(use: Use) -> Values:
    """Multi-head attention: queries of the first input, keys and values of the others, heads of any width."""
    heads, key = use.whole("num_heads"), use.whole("key_dim")
    width = use.whole("value_dim", default=key or 1)
    bias = use.flag("use_bias", default=True)
    out = use.take("output_shape")
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
    wide = out.plain() if out is not None else shape[-1]
    wide = wide[0] if isinstance(wide, list) and len(wide) == 1 else wide
    if isinstance(wide, bool) or not isinstance(wide, int) or wide < 1:
        use.fault("output_shape is the width that comes out", use.place("output_shape"), f'"output_shape": {shape[-1]}')
        return [LOST]
    even = wide == heads * key == shape[-1] == (use.shape(values) or (0,))[-1] and width == key
    if even and keys == values:
        return [use.node("attention", list(dict.fromkeys([queries, values])), heads=heads, bias=bias, moved=False)]
    parts = []
    for name, value, size in (("query", queries, key), ("key", keys, key), ("value", values, width)):
        made = use.node("fc", [value], f"_{name}", out=heads * size, bias=bias, moved=False)
        steps = (use.shape(made) or (1,))[0]
        parts.append(use.node("move", [made], f"_{name}_heads", to=(heads, steps, size), how="by heads"))
    met = use.node("dotattention", parts, "_attention")
    together = use.node("move", [met], "_together", to=(shape[0], heads * width), how="heads together")
    return [use.node("fc", [together], "_output", out=wide, bias=bias)]
