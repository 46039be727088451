"""Operations against the definition: every layer's function, written plainly, runs on numbers that count what is done with them.

A matrix product is a `dot`: its multiplications are products, its additions sums. All else is element-wise work. Inputs and
weights bear a mark, so that the products in which each of them is a factor are counted too: the backward pass repeats those.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from itertools import product
from typing import Any, ClassVar

import pytest

import archcalc
from archcalc.layers import TABLE, layer_class
from archcalc.layers.base import Layer, Operations, Shape


class Number:
    """A number that counts the operations it takes part in. `mark` is "input 0", "weight"…; what is computed has none."""

    done: ClassVar[Counter[str]] = Counter()

    def __init__(self, value: float, mark: str = "") -> None:
        self.value = value
        self.mark = mark

    def _made(self, kind: str, value: float) -> Number:
        Number.done[kind] += 1
        return Number(value)

    def __add__(self, other: Any) -> Number:
        return self._made("additions", self.value + plain(other))

    def __sub__(self, other: Any) -> Number:
        return self._made("additions", self.value - plain(other))

    def __rsub__(self, other: Any) -> Number:
        return self._made("additions", plain(other) - self.value)

    def __mul__(self, other: Any) -> Number:
        return self._made("multiplications", self.value * plain(other))

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> Number:
        return self._made("divisions", self.value / plain(other))

    def __rtruediv__(self, other: Any) -> Number:
        return self._made("divisions", plain(other) / self.value)

    def __gt__(self, other: Any) -> bool:
        Number.done["comparisons"] += 1
        return self.value > plain(other)

    def __ge__(self, other: Any) -> bool:
        Number.done["comparisons"] += 1
        return self.value >= plain(other)

    def __lt__(self, other: Any) -> bool:
        Number.done["comparisons"] += 1
        return self.value < plain(other)


def plain(x: Any) -> float:
    """The value of a number of either kind."""
    return x.value if isinstance(x, Number) else x


def exp(x: Number) -> Number:
    """An exponential; the sign in front of its argument is free."""
    return x._made("exponentials", math.exp(x.value))


def minus(x: Number) -> Number:
    """The other sign, which costs nothing."""
    return Number(-x.value)


def inverse_root(x: Number) -> Number:
    """1/√x, counted among the divisions."""
    return x._made("divisions", x.value**-0.5)


def at_least(x: Number, y: float) -> Number:
    """max(x, y)."""
    return x if x > y else Number(y)


def at_most(x: Number, y: float) -> Number:
    """min(x, y)."""
    return x if x < y else Number(y)


def added(numbers: Sequence[Number]) -> Number:
    """A sum of n values: n − 1 additions."""
    total = numbers[0]
    for n in numbers[1:]:
        total = total + n
    return total


def dot(weights: Sequence[Number], values: Sequence[Number]) -> Number:
    """A sum of products, as in a matrix product."""
    assert len(weights) == len(values)
    Number.done["products"] += len(values)
    Number.done["sums"] += len(values) - 1
    for pair in zip(weights, values, strict=True):
        for mark in {n.mark for n in pair} - {""}:
            Number.done[mark] += 1
    return Number(sum(plain(w) * plain(x) for w, x in zip(weights, values, strict=True)))


def biased(x: Number, biases: int = 1) -> Number:
    """A value and its biases added."""
    Number.done["biases"] += biases
    return x


Array = dict[tuple[int, ...], Number]


def filled(shape: Shape, mark: str, sign: float = -1) -> Array:
    """An input: below zero, where the activations with two branches do the most."""
    return {at: Number(sign * (0.1 + 0.01 * n), mark) for n, at in enumerate(product(*map(range, shape)))}


def weights(*shape: int) -> list[Any]:
    """A nest of lists of weights."""
    if len(shape) == 1:
        return [Number(0.3, "weight") for _ in range(shape[0])]
    return [weights(*shape[1:]) for _ in range(shape[0])]


def rows(x: Array) -> list[list[Number]]:
    """A sequence as its steps."""
    steps, features = (1 + max(at[axis] for at in x) for axis in (0, 1))
    return [[x[t, f] for f in range(features)] for t in range(steps)]


def each(function: Callable[[Number], Any]) -> Callable[[Any, list[Array]], None]:
    """The definition of a function of every value."""

    def run(layer: Any, inputs: list[Array]) -> None:
        for x in inputs[0].values():
            function(x)

    return run


# -- activations --------------------------------------------------------------------------------------------------


def sigmoid(x: Number) -> Number:
    """1/(1 + e⁻ˣ)."""
    return 1 / (1 + exp(minus(x)))


def tanh(x: Number) -> Number:
    """2/(1 + e⁻²ˣ) − 1."""
    return 2 / (1 + exp(minus(2 * x))) - 1


def hard(x: Number) -> Number:
    """min(max(0, x + 3), 6)."""
    return at_most(at_least(x + 3, 0), 6)


def softmax_of(group: Sequence[Number]) -> list[Number]:
    """eˣ divided by their sum."""
    powers = [exp(x) for x in group]
    total = added(powers)
    return [p / total for p in powers]


def grouped(x: Array, key: Callable[[tuple[int, ...]], Any]) -> list[list[Number]]:
    """The values that share a key."""
    found: dict[Any, list[Number]] = {}
    for at, value in x.items():
        found.setdefault(key(at), []).append(value)
    return list(found.values())


def softmax(layer: Any, inputs: list[Array]) -> None:
    """Over channels of a map, else over the last dimension."""
    rank = len(next(iter(inputs[0])))
    for group in grouped(inputs[0], lambda at: at[1:] if rank >= 3 else at[:-1]):
        softmax_of(group)


# -- normalisations -----------------------------------------------------------------------------------------------


def normalise(group: Sequence[Number], affine: bool, shift: bool = True) -> None:
    """Mean, variance, 1/√(variance + ε), then every value scaled; and with a learned scale and shift."""
    mean = added(group) / len(group)
    centred = [x - mean for x in group]
    variance = added([c * c for c in centred]) / len(group)
    factor = inverse_root(variance + 1e-5)
    for c in centred:
        y = c * factor
        if affine:
            y = y * 0.5
            y = y + 0.1 if shift else y


def layernorm(layer: Any, inputs: list[Array]) -> None:
    """Over the last dimensions."""
    rank = len(next(iter(inputs[0])))
    for group in grouped(inputs[0], lambda at: at[: rank - layer.over]):
        normalise(group, layer.affine)


def channelnorm(layer: Any, inputs: list[Array]) -> None:
    """Over the channels at each position."""
    for group in grouped(inputs[0], lambda at: at[1:]):
        normalise(group, layer.affine)


def rmsnorm(layer: Any, inputs: list[Array]) -> None:
    """Over the last dimensions: squares, their mean, one root, every value scaled."""
    rank = len(next(iter(inputs[0])))
    for group in grouped(inputs[0], lambda at: at[: rank - layer.over]):
        factor = inverse_root(added([x * x for x in group]) / len(group) + 1e-6)
        for x in group:
            y = x * factor
            if layer.affine:
                y = y * 0.5


def groupnorm(layer: Any, inputs: list[Array]) -> None:
    """Over the channels of a group and their positions."""
    channels = 1 + max(at[0] for at in inputs[0])
    for group in grouped(inputs[0], lambda at: at[0] // (channels // layer.groups)):
        normalise(group, layer.affine, layer.shift)


def instancenorm(layer: Any, inputs: list[Array]) -> None:
    """Over the positions of a channel."""
    for group in grouped(inputs[0], lambda at: at[0]):
        normalise(group, layer.affine, layer.shift)


# -- sequences ----------------------------------------------------------------------------------------------------


def recurrent(count: int, cell: Callable[..., tuple[Number, Any]]) -> Callable[[Any, list[Array]], None]:
    """Layers and directions of a cell of `count` gates; a cell gives the unit's output and what it remembers.

    With a projection the units' outputs are multiplied with one more matrix, and what comes of it is the state.
    """

    def run(layer: Any, inputs: list[Array]) -> None:
        steps = rows(inputs[0])
        for _ in range(layer.layers):
            ends = []
            for direction in range(layer.directions):
                proj = getattr(layer, "proj", 0)
                W_x, W_h = weights(layer.hidden, count, len(steps[0])), weights(layer.hidden, count, proj or layer.hidden)
                W_r = weights(proj, layer.hidden)
                state, memory, outputs = [Number(0.1)] * (proj or layer.hidden), [Number(0.2)] * layer.hidden, []
                for x in steps if direction == 0 else steps[::-1]:
                    made = []
                    for unit in range(layer.hidden):
                        from_x = [biased(dot(W_x[unit][k], x), layer.biases) for k in range(count)]
                        from_h = [dot(W_h[unit][k], state) for k in range(count)]
                        made.append(cell(from_x, from_h, state[0 if proj else unit], memory[unit]))
                    state, memory = [h for h, _ in made], [c for _, c in made]
                    if proj:
                        state = [dot(row, state) for row in W_r]
                    outputs.append(state)
                ends.append(outputs if direction == 0 else outputs[::-1])
            steps = [[value for part in parts for value in part] for parts in zip(*ends, strict=True)]

    return run


def rnn_cell(x: list[Number], h: list[Number], state: Number, memory: Number) -> tuple[Number, Number]:
    """h = tanh(W_x·x + W_h·h)."""
    return tanh(x[0] + h[0]), memory


def lstm_cell(x: list[Number], h: list[Number], state: Number, memory: Number) -> tuple[Number, Number]:
    """c = f⊙c + i⊙g, h = o⊙tanh(c)."""
    i, f, o = (sigmoid(x[k] + h[k]) for k in range(3))
    g = tanh(x[3] + h[3])
    c = f * memory + i * g
    return o * tanh(c), c


def gru_cell(x: list[Number], h: list[Number], state: Number, memory: Number) -> tuple[Number, Number]:
    """n = tanh(W_x·x + r⊙(W_h·h)), h = (1 − z)⊙n + z⊙h."""
    r, z = sigmoid(x[0] + h[0]), sigmoid(x[1] + h[1])
    n = tanh(x[2] + r * h[2])
    return (1 - z) * n + z * state, memory


def attention(layer: Any, inputs: list[Array]) -> None:
    """Queries of the first input, keys of the second, values of the last; softmax(q·k/√d)·v in every head, and a last projection.

    More than one sequence, each for itself; a learned bias for a distance is added to each score.
    """
    lead = len(next(iter(inputs[0]))) - 2
    if lead:
        for at in sorted({key[:lead] for key in inputs[0]}):
            attention(layer, [{key[lead:]: x for key, x in inputs[0].items() if key[:lead] == at}])
        return
    first, second, third = rows(inputs[0]), rows(inputs[min(1, len(inputs) - 1)]), rows(inputs[-1])
    E = len(first[0])
    W_q, W_k, W_v, W_o = weights(E, E), weights(E, len(second[0])), weights(E, len(third[0])), weights(E, E)

    def through(W: list[list[Number]], steps: list[list[Number]]) -> list[list[Number]]:
        done = [[dot(row, step) for row in W] for step in steps]
        return [[biased(y) for y in step] for step in done] if layer.bias and not (layer.cosine and W is W_k) else done

    queries, keys, values = through(W_q, first), through(W_k, second), through(W_v, third)
    d = E // layer.heads
    if not layer.cosine:
        queries = [[q * d**-0.5 for q in step] for step in queries]
    mixed: list[list[Number]] = [[] for _ in first]
    for at in range(0, E, d):
        of_head = [[step[at : at + d] for step in steps] for steps in (queries, keys)]
        asked, offered = [list(map(direction, steps)) for steps in of_head] if layer.cosine else of_head
        for n, query in enumerate(asked):
            scores = [dot(query, key) for key in offered]
            if layer.cosine:
                scores = [score * 0.7 for score in scores]
            shares = softmax_of(scores if layer.relative is None else [score + 0.2 for score in scores])
            mixed[n] += [dot(shares, [value[e] for value in values]) for e in range(at, at + d)]
    through(W_o, mixed)


def direction(vector: Sequence[Number]) -> list[Number]:
    """A vector divided by its length, which is no less than a small number."""
    root = inverse_root(added([x * x for x in vector]))
    length = at_least(Number(1 / root.value), 1e-12)
    return [x / length for x in vector]


def angles(layer: Any, inputs: list[Array]) -> None:
    """Attention by cosines: the keys have no bias, and each head a factor e^s of at most 100, the same for all windows."""
    for _ in range(layer.heads):
        exp(at_most(Number(0.3), 4.6))
    attention(layer, inputs)


def worked_out(layer: Any, inputs: list[Array]) -> None:
    """The same, and once the biases of all distances in the window, from two linear layers on the coordinates of each."""
    window = (layer.relative, layer.relative) if isinstance(layer.relative, int) else layer.relative
    first, second = weights(layer.cpb, len(window)), weights(layer.heads, layer.cpb)
    for apart in product(*(range(1 - size, size) for size in window)):
        made = [dot(row, list(map(Number, apart))) for row in first]
        units = [at_least(biased(x) if layer.bias else x, 0) for x in made]
        for row in second:
            16 * sigmoid(dot(row, units))
    (angles if layer.cosine else attention)(layer, inputs)


def linear(layer: Any, inputs: list[Array]) -> None:
    """Every output a sum over the last dimension."""
    rank = len(next(iter(inputs[0])))
    for group in grouped(inputs[0], lambda at: at[: rank - 1]):
        for row in weights(layer.out, len(group)):
            y = dot(row, group)
            if layer.bias:
                biased(y)


def distances(layer: Any, inputs: list[Array]) -> None:
    """The squared distance of every vector to each of some fixed points."""
    rank = len(next(iter(inputs[0])))
    for group in grouped(inputs[0], lambda at: at[: rank - 1]):
        for _ in range(layer.out):
            differences = [x - 0.5 for x in group]
            total, *squares = [d * d for d in differences]
            for square in squares:
                total = total + square


def bilinear(layer: Any, inputs: list[Array]) -> None:
    """x·(A·y) for every output and every step."""
    left, right = (grouped(x, lambda at: at[:-1]) for x in inputs)
    for x, y in zip(left, right, strict=True):
        for matrix in weights(layer.out, len(x), len(y)):
            z = dot(x, [dot(row, y) for row in matrix])
            if layer.bias:
                biased(z)


def bag(of: Callable[[list[Number]], Any]) -> Callable[[Any, list[Array]], None]:
    """The rows looked up brought together, value by value."""

    def run(layer: Any, inputs: list[Array]) -> None:
        table = weights(layer.num, layer.dim)
        rows_ = [table[k] for k in range(len(inputs[0]))]
        for column in zip(*rows_, strict=True):
            of(list(column))

    return run


def halved(axis: int) -> Callable[[Any, list[Array]], None]:
    """The first half along an axis, times the sigmoid of the second."""

    def run(layer: Any, inputs: list[Array]) -> None:
        x = inputs[0]
        rank = len(next(iter(x)))
        at = axis % rank
        half = (1 + max(key[at] for key in x)) // 2
        for key, value in x.items():
            if key[at] < half:
                value * sigmoid(x[(*key[:at], key[at] + half, *key[at + 1 :])])

    return run


def folded(layer: Any, inputs: list[Array]) -> None:
    """Every value of every column is added to its place, where that is on the map."""
    height, width = (layer.out, layer.out) if isinstance(layer.out, int) else layer.out
    K, S, P, D = layer.kernel, layer.stride, layer.padding, layer.dilation
    across = (width + 2 * P - D * (K - 1) - 1) // S + 1
    made: Array = {}
    for (row, column), value in inputs[0].items():
        channel, i, j = row // (K * K), row // K % K, row % K
        y, x = column // across * S - P + i * D, column % across * S - P + j * D
        if 0 <= y < height and 0 <= x < width:
            made[channel, y, x] = made.get((channel, y, x), Number(0)) + value


# -- products of what the network computes itself, and arithmetic value by value --------------------------------------


def together(inputs: list[Array], tails: list[int]) -> Iterator[list[Array]]:
    """The parts that meet: what lies behind the leading indices (all but the last `tails`), where a size of 1 is repeated."""
    leads = [shape_of(made)[: len(next(iter(made))) - tail] for made, tail in zip(inputs, tails, strict=True)]
    rank = max(map(len, leads))
    sizes = [max(lead[i - rank] for lead in leads if len(lead) >= rank - i) for i in range(rank)]
    for at in product(*map(range, sizes)):
        found = []
        for made, lead in zip(inputs, leads, strict=True):
            key = tuple(i if n > 1 else 0 for i, n in zip(at[rank - len(lead) :], lead, strict=True))
            found.append({k[len(key) :]: x for k, x in made.items() if k[: len(key)] == key})
        yield found


def shape_of(made: Array) -> Shape:
    """The sizes of an array."""
    return tuple(1 + max(at[i] for at in made) for i in range(len(next(iter(made)))))


def matmul(layer: Any, inputs: list[Array]) -> None:
    """Rows of the one with columns of the other, for every pair of matrices; a vector is one row, or one column."""
    for left, right in together(inputs, [min(2, len(next(iter(made)))) for made in inputs]):
        for row in grouped(left, lambda at: at[:-1]):
            for column in grouped(right, lambda at: at[1:]):
                dot(row, column)


def einsum(layer: Any, inputs: list[Array]) -> None:
    """ "tdx,sd->ts": x, which one input alone has, is summed first; then every t meets every s over all d."""
    left, right = inputs
    first: dict[tuple[int, ...], Number] = {}
    for at in {key[:2] for key in left}:
        total = added([value for key, value in left.items() if key[:2] == at])
        first[at] = Number(total.value, "input 0")
    for row in grouped(first, lambda at: at[0]):
        for other in grouped(right, lambda at: at[0]):
            dot(row, other)


def dotattention(layer: Any, inputs: list[Array]) -> None:
    """softmax(q·k/√d)·v, the queries scaled once, whatever they meet."""
    scale = (1 + max(at[-1] for at in inputs[0])) ** -0.5
    scaled = {at: Number((q * scale).value, q.mark) for at, q in inputs[0].items()}
    for part in together([scaled, *inputs[1:]], [2, 2, 2]):
        queries, keys, values = map(rows, part)
        for query in queries:
            shares = softmax_of([dot(query, key) for key in keys])
            for e in range(len(values[0])):
                dot(shares, [value[e] for value in values])


def along(of: Callable[[list[Number]], Any]) -> Callable[[Any, list[Array]], None]:
    """All values of a channel brought together: dimensions 2 and 3 of three."""

    def run(layer: Any, inputs: list[Array]) -> None:
        for group in grouped(inputs[0], lambda at: at[0]):
            of(group)

    return run


def variance(group: list[Number]) -> Number:
    """The mean of the squared differences from the mean."""
    middle = added(group) / len(group)
    centred = [x - middle for x in group]
    return added([c * c for c in centred]) / len(group)


# -- maps ---------------------------------------------------------------------------------------------------------


def interpolate(layer: Any, inputs: list[Array]) -> None:
    """Along one axis after the other, the first first: a·(1 − t) + b·t for every value made."""
    x = inputs[0]
    sizes = [1 + max(at[axis] for at in x) for axis in range(len(next(iter(x))))]
    output = layer.output((tuple(sizes),))
    for axis in range(1, len(sizes)):
        W, O = sizes[axis], output[axis]
        if W == O:
            continue
        made: Array = {}
        for at in product(*(range(O if k == axis else n) for k, n in enumerate(sizes))):
            where = min(max((at[axis] + 0.5) * W / O - 0.5, 0), W - 1)
            low = min(int(where), W - 2) if W > 1 else 0
            t = where - low
            one, other = ((*at[:axis], n, *at[axis + 1 :]) for n in (low, min(low + 1, W - 1)))
            made[at] = x[one] * (1 - t) + x[other] * t
        x, sizes[axis] = made, O
    if layer.mode != "nearest":
        assert tuple(sizes) == output


def nothing(layer: Any, inputs: list[Array]) -> None:
    """No work is done."""


def pooled(of: Callable[[list[Number]], Any]) -> Callable[[Any, list[Array]], None]:
    """A function of each adaptive window: from ⌊i·W/O⌋ to ⌈(i + 1)·W/O⌉ along each axis."""

    def run(layer: Any, inputs: list[Array]) -> None:
        x = inputs[0]
        sizes = [1 + max(at[axis] for at in x) for axis in range(len(next(iter(x))))]
        output = layer.output((tuple(sizes),))
        for channel, *at in product(*map(range, output)):
            spans = [range(i * W // O, -(-(i + 1) * W // O)) for i, W, O in zip(at, sizes[1:], output[1:], strict=True)]
            of([x[(channel, *place)] for place in product(*spans)])

    return run


def mean(values: list[Number]) -> Number:
    """Their sum over their number."""
    return added(values) / len(values)


def largest(values: list[Number]) -> Number:
    """The largest, by comparing each with the largest so far."""
    best = values[0]
    for x in values[1:]:
        best = x if x > best else best
    return best


def windows(of: Callable[[list[Number]], Any]) -> Callable[[Any, list[Array]], None]:
    """A function of the values of each window that are no padding."""

    def run(layer: Any, inputs: list[Array]) -> None:
        x = inputs[0]
        channels, *sizes = (1 + max(at[axis] for at in x) for axis in range(len(next(iter(x)))))
        for channel, *at in product(*map(range, layer.output(((channels, *sizes),)))):
            spans = [range(i * layer.stride - layer.padding, i * layer.stride - layer.padding + layer.kernel) for i in at]
            of([x[(channel, *place)] for place in product(*spans) if (channel, *place) in x])

    return run


def same_windows(of: Callable[[list[Number]], Any]) -> Callable[[Any, list[Array]], None]:
    """A function of ⌈W/S⌉ windows along each axis, as far as they are no padding: the windows laid out around the middle."""

    def run(layer: Any, inputs: list[Array]) -> None:
        x = inputs[0]
        channels, *sizes = (1 + max(at[axis] for at in x) for axis in range(len(next(iter(x)))))
        starts = []
        for size in sizes:
            count = math.ceil(size / layer.stride)
            over = max(0, (count - 1) * layer.stride + layer.kernel - size)
            starts.append([n * layer.stride - over // 2 for n in range(count)])
        assert layer.output(((channels, *sizes),)) == (channels, *map(len, starts))
        for channel, *at in product(range(channels), *starts):
            spans = [range(i, i + layer.kernel) for i in at]
            of([x[(channel, *place)] for place in product(*spans) if (channel, *place) in x])

    return run


def interpolate_like(layer: Any, inputs: list[Array]) -> None:
    """To the size of the second map, of which nothing else is read."""
    sizes = [1 + max(at[axis] for at in inputs[1]) for axis in range(3)]
    interpolate(replace(layer, scale=None, size=tuple(sizes[1:])), inputs[:1])


def merged(how: Callable[[Any, Any], Any]) -> Callable[[Any, list[Array]], None]:
    """Inputs of one shape joined value by value."""

    def run(layer: Any, inputs: list[Array]) -> None:
        for at in inputs[0]:
            value: Any = inputs[0][at]
            for other in inputs[1:]:
                value = how(value, other[at])

    return run


# What each layer does, and on which inputs it is tried: the line, the shapes, the definition.
Definition = Callable[[Any, list[Array]], None]
CASES: list[tuple[str, list[Shape], Definition]] = [
    ("relu", [(2, 3)], each(lambda x: at_least(x, 0))),
    ("relu6", [(2, 3)], each(lambda x: at_most(at_least(x, 0), 6))),
    ("leakyrelu", [(2, 3)], each(lambda x: x if x > 0 else x * 0.01)),
    ("prelu", [(2, 3)], each(lambda x: x if x > 0 else x * 0.25)),
    ("elu", [(2, 3)], each(lambda x: x if x > 0 else 0.9 * (exp(x) - 1))),
    ("celu 0.5", [(2, 3)], each(lambda x: x if x > 0 else 0.5 * (exp(x / 0.5) - 1))),
    ("hardtanh", [(2, 3)], each(lambda x: at_most(at_least(x, -1), 1))),
    ("softsign", [(2, 3)], each(lambda x: x / ((x if x > 0 else minus(x)) + 1))),
    ("glu", [(3, 4)], halved(-1)),
    ("glu", [(4, 3, 2)], halved(0)),
    ("selu", [(2, 3)], each(lambda x: x if x > 0 else 1.05 * (1.67 * (exp(x) - 1)))),
    ("sigmoid", [(2, 3)], each(sigmoid)),
    ("tanh", [(2, 3)], each(tanh)),
    ("silu", [(2, 3)], each(lambda x: x * sigmoid(x))),
    ("hardsigmoid", [(2, 3)], each(lambda x: hard(x) / 6)),
    ("hardswish", [(2, 3)], each(lambda x: x * hard(x) / 6)),
    ("heaviside", [(2, 3)], each(lambda x: 1 if x >= 0 else 0)),
    ("sign", [(2, 3)], each(lambda x: 1 if x > 0 else -1 if x < 0 else 0)),
    ("softmax", [(5,)], softmax),
    ("softmax", [(4, 5)], softmax),
    ("softmax", [(4, 2, 3)], softmax),
    ("bn", [(4, 3, 2)], each(lambda x: x * 0.9 + 0.1)),
    ("layernorm", [(4, 6)], layernorm),
    ("layernorm over=2 noaffine", [(3, 4, 6)], layernorm),
    ("layernorm channels", [(4, 3, 2)], channelnorm),
    ("scale", [(4, 3, 2)], each(lambda x: x * 0.5)),
    ("scale", [(3, 4)], each(lambda x: x * 0.5)),
    ("scale shift", [(4, 3, 2)], each(lambda x: x * 0.5 + 0.1)),
    ("rmsnorm", [(4, 6)], rmsnorm),
    ("rmsnorm over=2 noaffine", [(3, 4, 6)], rmsnorm),
    ("groupnorm 2", [(4, 3, 2)], groupnorm),
    ("groupnorm 4 noaffine", [(4,)], groupnorm),
    ("instancenorm", [(4, 3, 2)], instancenorm),
    ("instancenorm affine", [(4, 5)], instancenorm),
    ("instancenorm affine noshift", [(4, 5)], instancenorm),
    ("groupnorm 2 noshift", [(4, 3, 2)], groupnorm),
    ("fc 7", [(5,)], linear),
    ("rbf 7", [(5,)], distances),
    ("rbf 7", [(3, 5)], distances),
    ("fc 7 nobias", [(3, 5)], linear),
    ("bilinear 3", [(2, 4), (2, 5)], bilinear),
    ("bilinear 3 nobias", [(4,), (5,)], bilinear),
    ("embeddingbag 9 3", [(4,)], bag(mean)),
    ("embeddingbag 9 3 mode=sum", [(4,)], bag(added)),
    ("embeddingbag 9 3 mode=max", [(4,)], bag(largest)),
    ("fold out=5x4 k3 p1 s2", [(18, 6)], folded),
    ("fold out=4 k2 d2", [(8, 4)], folded),
    ("rnn 3", [(4, 5)], recurrent(1, rnn_cell)),
    ("lstm 3", [(4, 5)], recurrent(4, lstm_cell)),
    ("lstm 2 layers=2 bidirectional onebias", [(3, 5)], recurrent(4, lstm_cell)),
    ("lstm 4 proj 2", [(3, 5)], recurrent(4, lstm_cell)),
    ("lstm 3 2 proj_size=1 bidirectional nobias", [(3, 2)], recurrent(4, lstm_cell)),
    ("gru 3 nobias", [(4, 5)], recurrent(3, gru_cell)),
    ("gru 2 layers=3 last", [(4, 5)], recurrent(3, gru_cell)),
    ("attention 2", [(3, 4)], attention),
    ("attention 3 nobias", [(4, 6)], attention),
    ("attention 2", [(3, 4), (5, 4)], attention),
    ("attention 1 nobias", [(5, 4), (2, 4)], attention),
    ("attention 2 causal", [(3, 4)], attention),
    ("attention 2", [(2, 3, 3, 4)], attention),
    ("attention 3 relative=2x3", [(2, 6, 6)], attention),
    ("attention 2 relative=2 nobias", [(4, 4)], attention),
    ("attention 2 cosine", [(3, 4)], angles),
    ("attention 1 cosine nobias", [(2, 3, 4)], angles),
    ("attention 3 relative=2x3 cosine cpb=5", [(2, 6, 6)], worked_out),
    ("attention 2 relative=2 cpb=3 nobias", [(2, 4, 4)], worked_out),
    ("attention 2 relative=2x1x3 cpb=3", [(6, 4)], worked_out),
    ("attention 2 kdim=3 vdim=3", [(3, 4), (5, 3)], attention),
    ("attention 2 kdim=3 vdim=5", [(3, 4), (5, 3), (5, 5)], attention),
    ("attention 2", [(3, 4), (5, 4), (5, 4)], attention),
    ("positions", [(3, 4)], each(lambda x: x + 0.5)),
    ("positions 9", [(3, 4)], each(lambda x: x + 0.5)),
    ("add", [(2, 3), (2, 3), (2, 3)], merged(lambda x, y: x + y)),
    ("mul", [(2, 3), (2, 3), (2, 3)], merged(lambda x, y: x * y)),
    ("matmul", [(2, 3), (3, 4)], matmul),
    ("matmul", [(2, 3, 4), (2, 4, 5)], matmul),
    ("matmul", [(2, 3, 4), (1, 4, 2)], matmul),
    ("matmul", [(3, 4), (2, 4, 5)], matmul),
    ("matmul", [(2, 3, 4), (4,)], matmul),
    ("matmul", [(4,), (4, 3)], matmul),
    ("dotattention", [(2, 3, 4), (2, 5, 4), (2, 5, 3)], dotattention),
    ("dotattention", [(2, 3, 4), (1, 5, 4), (1, 5, 3)], dotattention),
    ("dotattention", [(1, 3, 4), (2, 5, 4), (1, 5, 3)], dotattention),
    ('einsum {equation: "tdx,sd->ts"}', [(2, 3, 4), (5, 3)], einsum),
    ("dotattention", [(2, 4), (3, 4), (3, 5)], dotattention),
    ("combine {op: sub}", [(2, 3), (2, 3)], merged(lambda x, y: x - y)),
    ("combine {op: div}", [(2, 3), (2, 3)], merged(lambda x, y: x / y)),
    ("pointwise mul 0.125", [(2, 3)], each(lambda x: x * 0.125)),
    ("pointwise add 3", [(2, 3)], each(lambda x: x + 3)),
    ("pointwise div 8", [(2, 3)], each(lambda x: x / 8)),
    ("pointwise square", [(2, 3)], each(lambda x: x * x)),
    ("pointwise rsqrt", [(2, 3)], each(lambda x: 1 / inverse_root(minus(x)))),
    ("pointwise exp", [(2, 3)], each(exp)),
    ("pointwise clamp", [(2, 3)], each(lambda x: at_most(at_least(x, -9), 9))),
    ("reduce mean 2x3", [(2, 3, 4)], along(mean)),
    ("reduce sum 2x3", [(2, 3, 4)], along(added)),
    ("reduce max 2x3", [(2, 3, 4)], along(largest)),
    ("reduce var 2x3", [(2, 3, 4)], along(variance)),
    ("reduce std 2x3", [(2, 3, 4)], along(lambda group: inverse_root(variance(group)))),
    ("upsample 2", [(2, 3, 4)], nothing),
    ("upsample 3 mode=linear", [(2, 5)], interpolate),
    ("upsample 2 mode=bilinear", [(2, 3, 4)], interpolate),
    ("upsample size=3x9 mode=bilinear", [(2, 3, 4)], interpolate),
    ("upsample size=7x3 mode=bilinear", [(2, 3, 4)], interpolate),
    ("upsample {mode: bilinear}", [(2, 3, 4), (5, 7, 3)], interpolate_like),
    ("upsample 2x1x3 mode=trilinear", [(2, 2, 3, 2)], interpolate),
    ("avgpool 3 s2 p1", [(2, 5, 6)], windows(mean)),
    ("maxpool 3 s2 p1", [(2, 5, 6)], windows(largest)),
    ("maxpool 3 s2 same", [(2, 5, 6)], same_windows(largest)),
    ("avgpool 2 s3 same", [(2, 5, 7)], same_windows(mean)),
    ("avgpool 4 s1 same", [(2, 5, 7)], same_windows(mean)),
    ("adaptiveavgpool 3", [(2, 5, 7)], pooled(mean)),
    ("adaptivemaxpool 3x4", [(2, 5, 7)], pooled(largest)),
]
# Convolutions are counted in test_definition.py; a look-up, and a token put before a sequence, do nothing; an error function, a
# logarithm and a power have no count.
CONVOLUTIONS = {"conv", "depthwise", "convtranspose", "locallyconnected"}
IDLE = {"embedding", "classtoken", "learned"}
UNCOUNTED = {
    "gelu": 0,
    "mish": 0,
    "logsigmoid": 0,
    "softplus": 0,
    "logsoftmax": 0,
    "lrn": 0,
    "boxes 1 1": 6,
}  # and the channels each asks for


def layer_of(line: str, shapes: list[Shape]) -> Layer:
    """The layer of a line that reads inputs of these shapes."""
    word, _, settings = line.partition(" ")
    names = [f"x{k}" for k in range(len(shapes))]
    given = "\n".join(f"  {name}: {list(shape)}" for name, shape in zip(names, shapes, strict=True))
    lone = f"- {line}" if len(shapes) == 1 else f"- {{from: [{', '.join(names)}], {word}: {settings or '{}'}}}"
    merge = f"- {word}: [{', '.join(names)}]"
    text = f"inputs:\n{given}\nlayers:\n{merge if layer_class(word).arity[1] is None else lone}\n"
    return archcalc.load(text).nodes[0].layer


@pytest.mark.parametrize(("line", "shapes", "define"), CASES, ids=[f"{line} on {shapes}" for line, shapes, _ in CASES])
def test_operations_are_those_of_the_definition(line: str, shapes: list[Shape], define: Definition) -> None:
    """Each kind of operation, and the products with each input and with a weight, are as many as the plain function does."""
    layer = layer_of(line, shapes)
    Number.done = Counter()
    define(layer, [filled(shape, f"input {k}") for k, shape in enumerate(shapes)])
    done = Number.done
    inputs = tuple(shapes)
    output = layer.output(inputs)
    counted = layer.operations(inputs, output)
    assert counted.complete
    assert {f.name: getattr(counted, f.name) for f in fields(Operations) if f.name != "complete"} == {
        f.name: done[f.name] for f in fields(Operations) if f.name != "complete"
    }
    assert layer.products_of_weights(inputs, output) == done["weight"]
    assert layer.products_of_inputs(inputs, output) == tuple(done[f"input {k}"] for k in range(len(shapes)))


def test_every_layer_that_works_has_a_definition() -> None:
    """A layer is defined here, or moves values, or says that it cannot be counted."""
    moving = {kind for kind in TABLE if layer_class(kind).moves}
    assert {line.split()[0] for line, _, _ in CASES} | CONVOLUTIONS | IDLE | {
        line.split()[0] for line in UNCOUNTED
    } | moving == set(TABLE)
    for line, channels in UNCOUNTED.items():
        shape = (channels or 4, 3, 3)
        assert not layer_of(line, [shape]).operations((shape,), shape).complete
    for line in ("flatten", "dropout", "slice 0 2", "classtoken", "permute 2x1", "zeropad 1", "crop 2", "reshape 12"):
        layer = layer_of(line, [(3, 4)])
        assert layer.operations(((3, 4),), layer.output(((3, 4),))) == Operations()


def test_operations_add_up_and_scale() -> None:
    """Every kind is added, and taken several times; an uncounted part leaves the whole uncounted."""
    names = [f.name for f in fields(Operations) if f.name != "complete"]
    one = Operations(*range(1, len(names) + 1))
    assert one + one == one.scaled(2) == Operations(*range(2, 2 * len(names) + 1, 2))
    assert not (one + Operations(complete=False)).complete
    assert not Operations(complete=False).scaled(3).complete
