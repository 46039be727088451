"""Products of matrices, sums over indices, attention, normalisations and recurrent layers, in ONNX's meaning."""

from __future__ import annotations

from archcalc.formulas.arithmetic import product
from archcalc.layers.base import Layer, Shape
from archcalc.layers.linear import Linear
from archcalc.layers.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm, RMSNorm
from archcalc.layers.product import DotAttention, Einsum, MatMul
from archcalc.layers.recurrent import GRU, LSTM, RNN, Recurrent
from archcalc.notations.onnx.model import Node
from archcalc.notations.onnx.moves import same_values, transposed
from archcalc.notations.onnx.pointwise import arithmetic_of
from archcalc.notations.onnx.windows import map_of
from archcalc.notations.onnx.work import (
    AS_EXPORTED,
    NO_BATCH,
    OTHER_SIZE,
    WITHOUT,
    Array,
    Batch,
    Step,
    Work,
    Wrong,
    shown,
)
from archcalc.text.faults import ValueFault


def gemm(r: Work, node: Node) -> list[Array]:
    """α·A·B + β·C, each of A and B perhaps transposed. Where B is a weight this is a fully connected layer."""
    left, right, add = r.input(node), r.input(node, 1), r.given(node, 2)
    for name in ("alpha", "beta"):
        r.real(node, name, 1.0)
    r.whole(node, "broadcast", 1)
    if len(left.shape) != 2 or len(right.shape) != 2:
        raise ValueFault(f"Gemm of {shown(left.shape)} and {shown(right.shape)}: two matrices are meant", AS_EXPORTED)
    if r.whole(node, "transA", 0):
        left = transposed(r, left, (1, 0))
    if right.weight and right.whole and not left.weight:
        return [_linear(r, node, left, right, add, bool(r.whole(node, "transB", 0)))]
    if r.whole(node, "transB", 0):
        right = transposed(r, right, (1, 0))
    made = multiplied(r, node, left, right)
    return [made if add is None else arithmetic_of(r, node, "add", [made, add])]


def _linear(r: Work, node: Node, x: Array, weight: Array, bias: Array | None, out_first: bool) -> Array:
    out, into = weight.shape if out_first else weight.shape[::-1]
    if x.shape[-1] != into:
        raise ValueFault(f"{shown(x.shape)} meets a weight of {into} input features", OTHER_SIZE)
    if x.batch is not None and x.batch.axis == len(x.shape) - 1:
        raise ValueFault("a product sums over the inputs of a batch", NO_BATCH)
    plain = bias is not None and bias.weight and bias.whole and bias.count == out == bias.shape[-1]
    with_bias = plain and r.building.given.bias
    path = r.path(node, weight)
    if plain and bias is not None and not r._weight_path(weight) and r._weight_path(bias):
        path = r.path(node, bias)
    layer = Linear(out, with_bias, into)
    weights = {"weight": weight, "bias": bias if with_bias else None}
    made = r.emit(node, layer, [x], (*x.shape[:-1], out), x.batch, path=path, weights=weights)
    return made if bias is None or plain else arithmetic_of(r, node, "add", [made, bias])


def matmul(r: Work, node: Node) -> list[Array]:
    """The product of the last two axes. By a weight this is a fully connected layer, with the bias that alone is added to it."""
    left, right = r.input(node), r.input(node, 1)
    if right.weight and right.whole and len(right.shape) == 2 and not left.weight and left.shape:
        bias = _added(r, node, right.shape[1])
        return [_linear(r, node, left, right, bias, False)]
    return [multiplied(r, node, left, right)]


def _added(r: Work, node: Node, out: int) -> Array | None:
    """The bias that an Add behind a product adds to it, where nothing else reads the product. The two are one row."""
    name = node.outputs[0] if node.outputs else ""
    readers = r.readers.get(name, [])
    if len(readers) != 1 or readers[0].op != "Add" or readers[0].domain or name in r.kept or readers[0].attributes:
        return None
    others = [i for i in readers[0].inputs if i != name]
    bias = r.values.get(others[0]) if len(others) == 1 else None
    if bias is None or not bias.weight or not bias.whole or bias.shape != (out,):
        return None
    r.merged[id(readers[0])] = readers[0]
    for made in readers[0].outputs[:1]:
        r.alias[made] = name
    return bias


def multiplied(r: Work, node: Node, left: Array, right: Array) -> Array:
    """The product of two arrays' last two axes."""
    a, b = left.shape, right.shape
    if not a or not b:
        raise ValueFault("a product of matrices needs at least an axis in each", AS_EXPORTED)
    rows, columns = a[-2:-1], b[-1:] if len(b) > 1 else ()
    inner = b[-2] if len(b) > 1 else b[-1]
    if a[-1] != inner:
        raise ValueFault(
            f"{shown(a)} times {shown(b)}: {a[-1]} columns meet {inner} rows",
            OTHER_SIZE,
        )
    if left.batch is not None and left.batch.axis == len(a) - 1:
        raise ValueFault("a product sums over the inputs of a batch", NO_BATCH)
    if right.batch is not None and right.batch.axis == max(0, len(b) - 2):
        raise ValueFault("a product sums over the inputs of a batch", NO_BATCH)
    lead, _ = r.broadcast([Array(a[:-2]), Array(b[:-2])])
    shape = (*lead, *rows, *columns)
    if left.fixed and right.fixed:
        return Array(r.check(shape))
    # Where the batch stands in the result: rows and columns are its last axes.
    found: set[Batch] = set()
    if left.batch is not None:
        axis = left.batch.axis
        found.add(Batch(len(lead) if axis == len(a) - 2 else axis + len(lead) - len(a[:-2]), left.batch.inner))
    if right.batch is not None:
        axis = right.batch.axis
        found.add(
            Batch(len(shape) - 1 if axis == len(b) - 1 and len(b) > 1 else axis + len(lead) - len(b[:-2]), right.batch.inner)
        )
    if len({f.axis for f in found}) > 1:
        raise ValueFault("the inputs of a batch meet each other in a product", NO_BATCH)
    batch = next(iter(found), None)
    if batch is None:
        return r.emit(node, MatMul(), [left, right], shape, None)
    if batch.axis < len(lead):
        seen = tuple(
            (*before[: batch.axis], *before[batch.axis + 1 :], *s[-2:])
            for s in (a, b)
            for before in ((1,) * (len(lead) - len(s[:-2])) + s[:-2],)
        )  # fmt: skip
        return r.emit(node, MatMul(), [left, right], shape, batch, seen=seen)
    if left.batch is not None and len(a) > 1:
        # The batch stands among the rows: for one input the left side has one.
        each = a[-2] // r.n
        seen = ((*a[:-2], each, a[-1]), b) if each > 1 else ((*a[:-2], a[-1]), b)
        if each > 1:
            raise ValueFault("a product of matrices with the batch among the rows, several of them for each input", NO_BATCH)
        return r.emit(node, MatMul(), [left, right], shape, batch, seen=seen)
    raise ValueFault("a product of matrices with the batch among the columns", NO_BATCH)


def einsum(r: Work, node: Node) -> list[Array]:
    """A sum over indices that arrays have in common."""
    arrays = r.every(node)
    equation = r.word_of(node, "equation")
    left, arrow, out = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if (
        not arrow
        or "." in equation
        or len(terms) != len(arrays)
        or any(len(t) != len(x.shape) for t, x in zip(terms, arrays, strict=True))
    ):
        raise Wrong("equation", f"'{equation[:80]}' does not name every axis of its inputs, and of the result", WITHOUT)
    if len(arrays) > 2:
        raise Wrong("equation", "an Einsum of more than two arrays is not known here", "an Einsum of two after another")
    sizes = {letter: n for term, x in zip(terms, arrays, strict=True) for letter, n in zip(term, x.shape, strict=True) if n != 1}
    shape = tuple(sizes.get(c, 1) for c in out)
    if all(x.fixed for x in arrays):
        return [Array(r.check(shape))]
    letters = {t[x.batch.axis] for t, x in zip(terms, arrays, strict=True) if x.batch is not None}
    if len(letters) > 1 or any(c not in out for c in letters):
        raise ValueFault("an Einsum sums over the inputs of a batch", NO_BATCH)
    batch_letter = next(iter(letters), "")
    inner = next((x.batch.inner for x in arrays if x.batch is not None), 1)
    batch = Batch(out.index(batch_letter), inner) if batch_letter else None
    seen = tuple(
        tuple(n for c, n in zip(t, x.shape, strict=True) if c != batch_letter) for t, x in zip(terms, arrays, strict=True)
    )
    plain = f"{','.join(t.replace(batch_letter, '') if batch_letter else t for t in terms)}->"
    plain += out.replace(batch_letter, "") if batch_letter else out
    return [r.emit(node, Einsum(plain), arrays, shape, batch, seen=seen)]


def attention(r: Work, node: Node) -> list[Array]:
    """softmax(Q·Kᵀ)·V, of the heads that stand in an axis of their own, or one behind another in the features."""
    query, key, value = r.input(node), r.input(node, 1), r.input(node, 2)
    heads, kv_heads = r.whole(node, "q_num_heads", 0), r.whole(node, "kv_num_heads", 0)
    for name in ("is_causal", "qk_matmul_output_mode", "softmax_precision"):
        r.whole(node, name, 0)
    for name in ("scale", "softcap"):
        r.real(node, name, 0.0)
    if r.has(node, 4) or r.has(node, 5) or len(node.outputs) > 1:
        raise ValueFault("Attention with keys and values of the past is not known here", WITHOUT)
    given = (query, key, value)
    if len(query.shape) == 3:
        if heads < 1 or kv_heads < 1:
            raise Wrong("q_num_heads", "Attention of three axes needs q_num_heads and kv_num_heads", AS_EXPORTED)
        apart = []
        for x, h in zip(given, (heads, kv_heads, kv_heads), strict=True):
            if len(x.shape) != 3 or x.shape[2] % h:
                raise ValueFault(f"{h} heads of {shown(x.shape)}", AS_EXPORTED)
            split: Shape = (x.shape[0], x.shape[1], h, x.shape[2] // h)
            apart.append(transposed(r, same_values(r, x, split, r.follow(x, split), "heads"), (0, 2, 1, 3)))
        query, key, value = apart
    if any(len(x.shape) != 4 for x in (query, key, value)) or query.shape[1] % key.shape[1]:
        raise ValueFault(f"Attention of {', '.join(shown(x.shape) for x in given)}", AS_EXPORTED)
    if key.shape[1] != query.shape[1]:
        key, value = (r.moved(x, (x.shape[0], query.shape[1], *x.shape[2:]), x.batch, Step("repeat")) for x in (key, value))
    shape = (*query.shape[:-1], value.shape[-1])
    made = r.emit(node, DotAttention(), [query, key, value], shape, query.batch)
    if len(given[0].shape) == 3:
        back = transposed(r, made, (0, 2, 1, 3))
        flat = (back.shape[0], back.shape[1], back.shape[2] * back.shape[3])
        made = same_values(r, back, flat, r.follow(back, flat), "heads")
    return [made]


# -- normalisations -----------------------------------------------------------------------------------------------------------


def batch_norm(r: Work, node: Node) -> list[Array]:
    """A scale and a shift for each channel, which are learned; and mean and variance, which are stored."""
    x = r.input(node)
    scale, shift, mean, variance = (r.input(node, i) for i in range(1, 5))
    if not r.whole(node, "spatial", 1):
        raise Wrong("spatial", "a batch normalisation with statistics for each position is not known here", WITHOUT)
    r.whole(node, "training_mode", 0)
    if x.batch is not None and x.batch.axis != 0:
        raise ValueFault(f"BatchNormalization reads the batch first; it stands at axis {x.batch.axis}", NO_BATCH)
    if x.batch is None:
        x = map_of(r, node)
    channels = x.shape[1] if len(x.shape) > 1 else 0
    if any(w.shape != (channels,) for w in (scale, shift, mean, variance)):
        raise ValueFault(f"four tensors of {channels} values are meant for {shown(x.shape)}", AS_EXPORTED)
    layer = BatchNorm(True, r.real(node, "epsilon", 1e-5), channels)
    for stored in (mean, variance):
        if stored.held is not None:
            stored.held.users += 1
    return [r.emit(node, layer, [x], x.shape, x.batch, path=r.path(node, scale), weights={"weight": scale, "bias": shift})]


def instance_norm(r: Work, node: Node) -> list[Array]:
    """Statistics of each channel of each input. A scale of ones and a shift of zeros, which no name says to be learned, are none:
    exporters write GroupNorm with them, and a norm that learns nothing."""
    x, scale, shift = map_of(r, node), r.input(node, 1), r.input(node, 2)
    if any(w.shape != (x.shape[1],) for w in (scale, shift)):
        raise ValueFault(f"a scale and a shift of {x.shape[1]} values are meant for {shown(x.shape)}", AS_EXPORTED)
    epsilon = r.real(node, "epsilon", 1e-5)
    path = r.path(node, scale)
    values = [w.values or (w.held.tensor.values() if w.held is not None else None) for w in (scale, shift)]
    named = any(w.held is not None and not w.held.tensor.constant and w.held.tensor.home for w in (scale, shift))
    if not named and values[0] is not None and values[1] is not None and set(values[0]) == {1.0} and set(values[1]) == {0.0}:
        r.graph.note(f"{path}: its scale is 1 and its shift 0 throughout, so that they are taken for none")
        for w in (scale, shift):
            if w.held is not None:
                w.held.users += 1
        return [r.emit(node, InstanceNorm(False, epsilon), [x], x.shape, x.batch, path=path)]
    layer = InstanceNorm(True, epsilon, x.shape[1])
    return [r.emit(node, layer, [x], x.shape, x.batch, path=path, weights={"weight": scale, "bias": shift})]


def last_norm(r: Work, node: Node) -> list[Array]:
    """A normalisation over all axes from one on: layer norm, or by the root of the mean square."""
    x, scale, shift = r.input(node), r.input(node, 1), r.given(node, 2)
    rank = len(x.shape)
    axis = r.axis(node, r.whole(node, "axis", -1), rank)
    r.whole(node, "stash_type", 1)
    over: Shape = x.shape[axis:]
    if x.batch is not None and x.batch.axis >= axis:
        raise ValueFault(f"{node.op} from axis {axis} on brings the inputs of a batch together", NO_BATCH)
    if scale.count != product(over) or (shift is not None and shift.count != product(over)):
        raise ValueFault(f"a scale of {shown(scale.shape)} for a normalisation over {shown(over)}", AS_EXPORTED)
    epsilon = r.real(node, "epsilon", 1e-5)
    layer: Layer
    if node.op == "RMSNormalization":
        layer = RMSNorm(len(over), True, epsilon, over)
    else:
        layer = LayerNorm(len(over), True, shift is not None, epsilon, over)
    if len(node.outputs) > 1 and any(r.readers.get(o) for o in node.outputs[1:]):
        raise ValueFault(f"the mean and the deviation that {node.op} puts out are not known here", WITHOUT)
    weights = {"weight": scale, "bias": shift}
    return [r.emit(node, layer, [x], x.shape, x.batch, path=r.path(node, scale), weights=weights)]


def group_norm(r: Work, node: Node) -> list[Array]:
    """Statistics over groups of channels; a scale and a shift for each channel, before opset 21 for each group."""
    x, scale, shift = map_of(r, node), r.input(node, 1), r.input(node, 2)
    groups = r.whole(node, "num_groups", 0)
    r.whole(node, "stash_type", 1)
    if groups < 1 or x.shape[1] % groups:
        raise Wrong("num_groups", f"{groups} groups do not divide {x.shape[1]} channels", AS_EXPORTED)
    if scale.count != x.shape[1] or shift.count != x.shape[1]:
        raise ValueFault(f"a scale of {shown(scale.shape)} for {x.shape[1]} channels: one for each is known", WITHOUT)
    layer = GroupNorm(groups, True, r.real(node, "epsilon", 1e-5), x.shape[1])
    return [r.emit(node, layer, [x], x.shape, x.batch, path=r.path(node, scale), weights={"weight": scale, "bias": shift})]


def lrn(r: Work, node: Node) -> list[Array]:
    """Each value divided by a power of its neighbours' squares, across channels."""
    for name, default in (("alpha", 1e-4), ("beta", 0.75), ("bias", 1.0)):
        r.real(node, name, default)
    size = r.whole(node, "size", 0)
    if size < 1:
        raise Wrong("size", "LRN needs a size of at least 1", AS_EXPORTED)
    return [r.emit(node, LocalResponseNorm(size), [map_of(r, node)], None, None)]


# -- recurrent layers -----------------------------------------------------------------------------------------------------------

_RECURRENT: dict[str, tuple[type[Recurrent], int, tuple[str, ...]]] = {
    "RNN": (RNN, 1, ("Tanh",)),
    "GRU": (GRU, 3, ("Sigmoid", "Tanh")),
    "LSTM": (LSTM, 4, ("Sigmoid", "Tanh", "Tanh")),
}


def recurrent(r: Work, node: Node) -> list[Array]:
    """One layer, in one direction or both: W is directions × gates·H × F, R directions × gates·H × H, B both bias vectors.

    Puts out every state as T × directions × batch × H, and the last ones.
    """
    x, w, recurrence, bias = r.input(node), r.input(node, 1), r.input(node, 2), r.given(node, 3)
    layer_class, gates, usual = _RECURRENT[node.op]
    first = bool(r.whole(node, "layout", 0))
    direction = r.word(node, "direction", "forward", "reverse", "bidirectional")
    both = direction == "bidirectional"
    directions = 2 if both else 1
    hidden = r.whole(node, "hidden_size", recurrence.shape[-1] if recurrence.shape else 0)
    r.whole(node, "linear_before_reset", 0)  # where the reset stands: as many products, and the same two biases
    given = r.attribute(node, "activations", usual * directions)
    if given not in (usual * directions, tuple(n.lower() for n in usual * directions)):
        raise Wrong("activations", f"{node.op} with {given} is not known here: {', '.join(usual)}", WITHOUT)
    if r.whole(node, "input_forget", 0):
        raise Wrong("input_forget", "an LSTM whose input gate is its forget gate is not known here", WITHOUT)
    if node.op == "LSTM" and r.has(node, 7):
        raise Wrong(node.inputs[7], "an LSTM whose gates look at the cell (peepholes) is not known here", WITHOUT)
    if (
        len(x.shape) != 3
        or w.shape != (directions, gates * hidden, x.shape[2])
        or recurrence.shape != (directions, gates * hidden, hidden)
    ):
        raise ValueFault(
            f"{node.op} of {shown(x.shape)} with weights {shown(w.shape)} and {shown(recurrence.shape)}", AS_EXPORTED
        )
    at = 0 if first else 1
    if x.batch is None or x.batch.axis != at:
        stands = f"it stands at axis {x.batch.axis}" if x.batch is not None else "there is none"
        raise ValueFault(f"{node.op} has the batch at axis {at} of {shown(x.shape)}; {stands}", f"--set batch={at}")
    biases = 2 if bias is not None and r.building.given.bias else 0
    layer = layer_class(hidden, 1, both, biases, False, 0.0, x.shape[2])
    ways = ("", "_reverse")[:directions]
    weights: dict[str, Array | None] = {
        " ".join(f"{name}_l0{way}" for way in ways): array for name, array in (("weight_ih", w), ("weight_hh", recurrence))
    }
    if biases:
        weights[" ".join(f"{name}_l0{way}" for way in ways for name in ("bias_ih", "bias_hh"))] = bias
    states = [i for i in (5, 6) if r.has(node, i)]
    if states and any(not r.input(node, i).fixed for i in states):
        r.graph.note(f"{r.path(node)} begins with states that are given; they are no part of its row")
    steps, n = x.shape[1 - at], x.shape[at]
    wide = (n, steps, directions * hidden) if first else (steps, n, directions * hidden)
    made = r.emit(node, layer, [x], wide, x.batch, path=r.path(node), weights=weights)
    apart = (n, steps, directions, hidden) if first else (steps, n, directions, hidden)
    every = r.moved(made, apart, x.batch, Step("reshape", same=True))
    if not first:
        every = transposed(r, every, (0, 2, 1, 3))
    last_shape, batch = ((n, directions, hidden), Batch(0)) if first else ((directions, n, hidden), Batch(1))
    batch = Batch(batch.axis, x.batch.inner)
    return [every, *(r.moved(made, last_shape, batch, Step(word)) for word in ("last state", "last cell"))]
