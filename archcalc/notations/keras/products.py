"""Layers of Keras that multiply tensors with each other, or with a weight of any shape. Source: Keras 3's documentation."""

from __future__ import annotations

import re

from archcalc.layers.base import Shape
from archcalc.notations.keras.activations import activated
from archcalc.notations.keras.uses import Use
from archcalc.notations.keras.work import LOST, Value, Values


def sequences(use: Use, least: int, most: int) -> list[Value] | None:
    """The inputs in Keras's own order, where there are as many as are read; None after a fault."""
    inputs = [use.own(value) for value in use.inputs]
    if not least <= len(inputs) <= most:
        use.fault(f"{use.kind} reads {least} to {most} tensors, not {len(inputs)}", use.span, "queries and values")
        return None
    if any(use.shape(value) is None for value in inputs):
        return None
    return inputs


def attention(use: Use) -> Values:
    """Attention of queries and values (and keys): softmax(Q·Kᵀ)·V, or with a sum of both through a tanh (Bahdanau)."""
    additive = use.kind == "AdditiveAttention"
    scaled = use.flag("use_scale", default=additive)
    use.only("score_mode", "dot")
    inputs = sequences(use, 2, 3)
    if inputs is None:
        return [LOST]
    query, value = inputs[0], inputs[1]
    key = inputs[2] if len(inputs) > 2 else value
    q, k = use.shape(query), use.shape(key)
    if q is None or k is None or len(q) != 2 or len(k) != 2:
        use.fault(f"{use.kind} reads sequences, not {q} and {k}", use.span, "a Reshape before it")
        return [LOST]
    if additive:
        rows = use.node("reshape", [query], "_query", shape=(q[0], 1, q[1]), moved=False)
        columns = use.node("reshape", [key], "_key", shape=(1, *k), moved=False)
        met = use.node("tanh", [use.node("add", [rows, columns], "_add", moved=False)], "_tanh")
        if scaled:
            met = use.node(
                "mul", [met, use.node("learned", [], "_scale_weight", shape=(q[1],), to=(1, 1, q[1]), moved=False)], "_scale"
            )
        scores = use.node("reduce", [met], "_sum", op="sum", over=(3,))
    else:
        turned = use.node("permute", [key], "_key", order=(2, 1), moved=False)
        scores = use.node("matmul", [query, turned], "_scores")
        if scaled:
            scores = use.node(
                "mul", [scores, use.node("learned", [], "_scale_weight", shape=(1,), to=(1, 1), moved=False)], "_scale"
            )
    weights = use.node("softmax", [scores], "_softmax")
    return [use.node("matmul", [weights, value])]


def grouped_attention(use: Use) -> Values:
    """Attention whose keys and values serve several heads of queries each."""
    width, heads, few = use.whole("head_dim"), use.whole("num_query_heads"), use.whole("num_key_value_heads")
    bias = use.flag("use_bias", default=True)
    use.only("use_gate", False)
    use.only("sliding_window", None)
    inputs = sequences(use, 1, 3)
    if inputs is None or width is None or heads is None or few is None:
        return [LOST]
    query, value = inputs[0], inputs[1] if len(inputs) > 1 else inputs[0]
    key = inputs[2] if len(inputs) > 2 else value
    shape = use.shape(query)
    if shape is None or len(shape) != 2 or heads % few:
        use.fault(f"{use.kind} of {heads} heads over {few} reads sequences, not {shape}", use.span, '"num_key_value_heads": 1')
        return [LOST]
    parts = []
    for name, tensor, count in (("query", query, heads), ("key", key, few), ("value", value, few)):
        made = use.node("fc", [tensor], f"_{name}", out=count * width, bias=bias, moved=False)
        steps = (use.shape(made) or (1,))[0]
        how = "by heads" if count == heads else "by heads, repeated"
        parts.append(use.node("move", [made], f"_{name}_heads", to=(heads, steps, width), how=how))
    met = use.node("dotattention", parts, "_attention")
    together = use.node("move", [met], "_together", to=(shape[0], heads * width), how="heads together")
    return [use.node("fc", [together], "_output", out=shape[-1], bias=bias)]


def dot(use: Use) -> Values:
    """A dot product along an axis of each of two tensors, of vectors of length 1 where they are normalised."""
    normal = use.flag("normalize", default=False)
    found = use.take("axes", "dot_axes")
    plain = found.plain() if found is not None else 1
    axes = [plain, plain] if isinstance(plain, int) else plain
    inputs = sequences(use, 2, 2)
    if inputs is None:
        return [LOST]
    shapes = [use.shape(value) or () for value in inputs]
    if not isinstance(axes, list) or len(axes) != 2 or not all(isinstance(n, int) and n for n in axes):
        use.fault("axes is an axis of each tensor, counted from 1", use.place("axes", "dot_axes"), '"axes": 1')
        return [LOST]
    at = [n - 1 if n > 0 else len(shape) + n for n, shape in zip(axes, shapes, strict=True)]
    if not all(0 <= n < len(shape) for n, shape in zip(at, shapes, strict=True)):
        use.fault(f"there is no axis {axes} of {shapes[0]} and {shapes[1]}", use.place("axes", "dot_axes"), '"axes": 1')
        return [LOST]
    if normal:
        inputs = [unit(use, value, n, f"_{name}") for value, n, name in zip(inputs, at, ("left", "right"), strict=True)]
    letters = [list("abcdefg"[: len(shapes[0])]), list("pqrstuv"[: len(shapes[1])])]
    letters[1][at[1]] = letters[0][at[0]]
    out = [c for side, n in zip(letters, at, strict=True) for i, c in enumerate(side) if i != n]
    equation = f"{''.join(letters[0])},{''.join(letters[1])}->{''.join(out)}"
    if not out:
        equation = "xa,ap->xp"
        rows = use.node("reshape", [inputs[0]], "_row", shape=(1, *shapes[0]), moved=False)
        column = use.node("reshape", [inputs[1]], "_column", shape=(*shapes[1], 1), moved=False)
        return [use.node("reshape", [use.node("matmul", [rows, column])], "_out", shape=(1,), moved=False)]
    return [use.node("einsum", inputs, equation=equation, moved=False)]


def unit(use: Use, value: Value, axis: int, suffix: str = "") -> Value:
    """Values divided by their length along an axis, 0 the first after the batch."""
    size = use.node("reduce", [value], f"{suffix}_norm", op="norm", over=(axis + 1,), keep=True)
    return use.node("combine", [value, size], suffix, op="div")


def unit_normalization(use: Use) -> Values:
    """Vectors made of length 1."""
    value = use.own(use.one())
    shape = use.shape(value)
    found = use.take("axis")
    at = found.value if found is not None else -1
    if shape is None or isinstance(at, bool) or not isinstance(at, int) or not (-len(shape) <= at < 0 or 0 < at <= len(shape)):
        if shape is not None:
            use.fault("a normalisation of several axes is not known here", use.place("axis"), '"axis": -1')
        return [LOST]
    return [unit(use, value, at - 1 if at > 0 else len(shape) + at)]


def rms_normalization(use: Use) -> Values:
    """Values divided by the root of their mean square over the last axis, times a learned scale."""
    value = use.own(use.one())
    shape = use.shape(value)
    use.only("axis", -1)
    if shape is None:
        return [LOST]
    return [use.node("rmsnorm", [value])]


EQUATION = re.compile(r"((?:\.\.\.)?[a-zA-Z]*),([a-zA-Z]+)->((?:\.\.\.)?[a-zA-Z]*)")


def einsum_dense(use: Use) -> Values:
    """A weight of any shape, multiplied as an equation says; its first letter is the batch."""
    equation = use.word("equation").replace(" ", "")
    found = use.take("output_shape")
    axes = use.word("bias_axes", default="")
    value = use.own(use.one())
    shape = use.shape(value)
    match = EQUATION.fullmatch(equation)
    plain = found.plain() if found is not None else None
    listed = plain if isinstance(plain, list) else [plain]
    if match is None or shape is None:
        if shape is not None:
            use.fault(
                f"'{equation[:40]}' is no equation of a tensor and a weight", use.place("equation"), '"equation": "ab,bc->ac"'
            )
        return [LOST]
    left, weight, right = match[1], match[2], match[3]
    dots = "..." in left
    if dots:
        spare = [c for c in "ABCDEFGHIJKLMNOP" if c not in equation]
        more = "".join(spare[: max(0, len(shape) + 1 - (len(left) - 3))])
        left, right = left.replace("...", more), right.replace("...", more)
        listed = [None] * max(0, len(right) - 1 - len(listed)) + listed
    if len(left) != len(shape) + 1 or len(listed) != len(right) - 1 or left[:1] != right[:1]:
        use.fault(
            f"'{equation}' does not name the dimensions of {shape}", use.place("equation"), "a letter for each, the batch first"
        )
        return [LOST]
    sizes = dict(zip(left[1:], shape, strict=True))
    for letter, size in zip(right[1:], listed, strict=True):
        if isinstance(size, int) and not isinstance(size, bool) and size > 0:
            sizes.setdefault(letter, size)
    if lacking := [c for c in weight + right[1:] if c not in sizes]:
        use.fault(f"the size of {lacking[0]} in '{equation}' is not known", use.place("output_shape"), '"output_shape": 64')
        return [LOST]
    if any(c not in right[1:] for c in axes):
        use.fault(
            f"bias_axes are letters of what comes out, not {axes[:20]}", use.place("bias_axes"), f'"bias_axes": "{right[-1:]}"'
        )
        return [LOST]
    sized: Shape = tuple(sizes[c] for c in weight)
    if left[:-1] == right[:-1] and weight == left[-1] + right[-1] and axes in ("", right[-1]):
        return activated(use, use.node("fc", [value], out=sizes[right[-1]], bias=bool(axes)))
    kernel = use.node("learned", [], "_kernel", shape=sized, moved=False)
    made = use.node(
        "einsum", [value, kernel], "" if not axes else "_product", equation=f"{left[1:]},{weight}->{right[1:]}", moved=False
    )
    if axes:
        last = max((len(right) - right.index(c) for c in axes if c in right), default=1)
        held = tuple(sizes[c] if c in axes else 1 for c in right[len(right) - last :])
        whole = (1,) * (len(right) - 1 - len(held)) + held
        bias = use.node("learned", [], "_bias", shape=held, to=whole, moved=False)
        made = use.node("add", [made, bias])
    return activated(use, made)


def resizing(use: Use) -> Values:
    """Images made another size, or a part of them cut out."""
    first = use.channels_first()
    high, wide = use.whole("height"), use.whole("width")
    mode = use.word("interpolation", default="bilinear") if use.kind == "Resizing" else "bilinear"
    value = use.spatial(use.one(), first)
    shape = use.r.shape(value)
    if high is None or wide is None or shape is None:
        return [LOST]
    if len(shape) != 3:
        use.fault(f"{use.kind} reads images, not {use.shape(value)}", use.span, "a Reshape before it")
        return [LOST]
    if use.kind in ("CenterCrop", "RandomCrop") and high <= shape[1] and wide <= shape[2]:
        return [use.node("crop", [value], size=(high, wide))]
    if mode not in ("nearest", "bilinear"):
        use.fault(f"the interpolation {mode[:40]} is not known here", use.place("interpolation"), '"interpolation": "bilinear"')
        return [LOST]
    return [use.node("upsample", [value], size=(high, wide), mode=mode)]


def encoding(use: Use) -> Values:
    """Words or numbers as numbers: what comes out has a size, and nothing is learned."""
    value = use.one()
    shape = use.shape(value)
    if shape is None:
        return [LOST]
    if use.kind == "TextVectorization":
        length = use.whole("output_sequence_length")
        use.only("output_mode", "int", None)
        return [LOST] if length is None else [use.node("move", [value], to=(length,), how="words as numbers", moved=False)]
    if use.kind == "CategoryEncoding":
        use.only("output_mode", "multi_hot", "one_hot", "count")
        count = use.whole("num_tokens")
        return [LOST] if count is None else [use.node("move", [value], to=(count,), how="categories", moved=False)]
    use.only("output_mode", "int", None)
    return [use.node("identity", [value])]
