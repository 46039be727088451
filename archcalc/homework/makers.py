"""What a quiz asks: each maker draws numbers and says what is asked of them; the truth is worked out elsewhere.

A drawing is a text and an entry as it stands in a file of questions, so that what is asked and what `archcalc grade` marks are
one thing. A drawing without an answer, or with more than one, is thrown away by the quiz and drawn again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from archcalc.analysis import Analysis
from archcalc.layers.base import dims
from archcalc.text.visible import one_line


class Drawing(NamedTuple):
    """A question's text, and what is said of it in a file of questions."""

    text: str
    given: dict[str, str]


class Wanted(NamedTuple):
    """How the questions are to be: `bias` is "with", "without" or "both"; `skip_zeros` leaves padding zeros out everywhere."""

    bias: str = "both"
    skip_zeros: bool = False


Draw = Callable[[Random, Wanted], Drawing]


class Maker(NamedTuple):
    """A kind of question: where it belongs, and how it is drawn."""

    level: str
    topic: str
    draw: Draw


MAKERS: list[Maker] = []
LEVELS = ("easy", "medium", "hard")


def asks(level: str, topic: str) -> Callable[[Draw], Draw]:
    """Enters a maker into the table."""

    def enter(draw: Draw) -> Draw:
        MAKERS.append(Maker(level, topic, draw))
        return draw

    return enter


def _of(rng: Random, *choices: int) -> int:
    return choices[rng.randrange(len(choices))]


def _formula(text: str, unknown: str, layer: str = "conv", ceil: bool = False, **given: int) -> Drawing:
    """A question of one formula."""
    said = {"ask": unknown, "layer": layer} | ({"ceil": "true"} if ceil else {})
    return Drawing(_spoken(text), said | {name: str(n) for name, n in given.items()})


def _spoken(text: str) -> str:
    """An 8×8 map, an 11×11 kernel: the article as the number is spoken."""
    return re.sub(r"\b([Aa]) (?=8|11×|18×)", r"\1n ", text)


def _figure(text: str, line: str, shape: tuple[int, ...], figure: str, skip_zeros: bool = False) -> Drawing:
    """A question of a figure of a line of layers."""
    said = {"net": line, "input": "x".join(map(str, shape)), "figure": figure}
    return Drawing(_spoken(text), said | ({"skip_zeros": "true"} if skip_zeros else {}))


def _bias(rng: Random, wanted: Wanted) -> tuple[str, str]:
    """Whether biases count: in words, and the figure."""
    draw = rng.randrange(2) == 0
    bias = draw if wanted.bias == "both" else wanted.bias == "with"
    return ("its biases included", "params") if bias else ("its biases left out", "params_without_bias")


def _zeros(wanted: Wanted) -> str:
    return "those by padding zeros left out" if wanted.skip_zeros else "those by padding zeros included"


# -- easy -------------------------------------------------------------------------------------------------------------


@asks("easy", "size")
def conv_size(rng: Random, wanted: Wanted) -> Drawing:
    """The output size of a convolution."""
    W, K, P = rng.randint(10, 256), _of(rng, 3, 5, 7), rng.randrange(4)
    text = f"A {W}×{W} map goes through a {K}×{K} convolution with stride 1 and padding {P}. How many rows has its output?"
    return _formula(text, "output", input=W, kernel=K, stride=1, padding=P)


@asks("easy", "pooling")
def pool_size(rng: Random, wanted: Wanted) -> Drawing:
    """The output size of a pooling window."""
    K = _of(rng, 2, 3, 4)
    W = K * rng.randint(3, 60)
    text = f"A {W}×{W} map goes through {K}×{K} maximum pooling with stride {K}. How many rows has its output?"
    return _formula(text, "output", "pool", input=W, kernel=K, stride=K, padding=0)


@asks("easy", "params")
def conv_params(rng: Random, wanted: Wanted) -> Drawing:
    """The parameters of a convolution."""
    C, N, K = _of(rng, 1, 3, 6, 16, 32), _of(rng, 6, 8, 16, 24, 32, 64), _of(rng, 1, 3, 5, 7)
    how, figure = _bias(rng, wanted)
    text = f"A {K}×{K} convolution leads from {C} to {N} channels. How many parameters has it, {how}?"
    return _figure(text, f"conv {N} k{K}", (C, 32, 32), figure)


@asks("easy", "params")
def fc_params(rng: Random, wanted: Wanted) -> Drawing:
    """The parameters of a fully connected layer."""
    C, S, N = _of(rng, 8, 16, 32, 64), _of(rng, 4, 5, 6, 7), _of(rng, 10, 84, 100, 120)
    how, figure = _bias(rng, wanted)
    text = f"A {C}×{S}×{S} map is flattened and fully connected to {N} units. How many parameters has the layer, {how}?"
    return _figure(text, f"fc {N}", (C, S, S), figure)


@asks("easy", "size")
def windows(rng: Random, wanted: Wanted) -> Drawing:
    """At how many places a kernel stands."""
    W, H, K, S = rng.randint(12, 64), rng.randint(12, 64), _of(rng, 3, 5), _of(rng, 1, 2)
    text = f"At how many places does a {K}×{K} kernel stand on a map of {H}×{W}, with stride {S} and nothing padded?"
    return _figure(text, f"conv 1 k{K} s{S}", (1, H, W), "windows")


# -- medium -----------------------------------------------------------------------------------------------------------


@asks("medium", "size")
def strided_size(rng: Random, wanted: Wanted) -> Drawing:
    """The output size of a convolution with a stride."""
    W, K, S, P = rng.randint(25, 230), _of(rng, 3, 5, 7, 11), _of(rng, 2, 3, 4), rng.randrange(4)
    text = f"A {W}×{W} map goes through a {K}×{K} convolution with stride {S} and padding {P}. How many rows has its output?"
    return _formula(text, "output", input=W, kernel=K, stride=S, padding=P)


@asks("medium", "backwards")
def find_kernel(rng: Random, wanted: Wanted) -> Drawing:
    """Backwards: the kernel."""
    W, K, P = rng.randint(14, 128), rng.randint(2, 9), rng.randrange(4)
    O = W - K + 2 * P + 1
    text = f"A convolution with stride 1 and padding {P} makes {O}×{O} of {W}×{W}. How large is its kernel?"
    return _formula(text, "kernel", input=W, output=O, stride=1, padding=P)


@asks("medium", "backwards")
def find_padding(rng: Random, wanted: Wanted) -> Drawing:
    """Backwards: the padding."""
    W, K, P, S = rng.randint(14, 128), _of(rng, 3, 5, 7), rng.randint(0, 4), _of(rng, 1, 2)
    O = (W - K + 2 * P) // S + 1
    text = f"A {K}×{K} convolution with stride {S} makes {O}×{O} of {W}×{W}. How many zeros are padded on each side?"
    return _formula(text, "padding", input=W, output=O, kernel=K, stride=S)


@asks("medium", "multiplies")
def conv_multiplies(rng: Random, wanted: Wanted) -> Drawing:
    """The multiplications of a convolution."""
    C, N, K, W = _of(rng, 3, 6, 16, 32), _of(rng, 8, 16, 64), _of(rng, 3, 5), _of(rng, 12, 14, 16, 28, 32)
    P = K // 2
    text = (
        f"A {K}×{K} convolution with padding {P} leads from {C}×{W}×{W} to {N} channels. How many multiplications does it take, "
        f"{_zeros(wanted)}?"
    )
    return _figure(text, f"conv {N} k{K} p{P}", (C, W, W), "multiplies", wanted.skip_zeros)


@asks("medium", "separable")
def separable_params(rng: Random, wanted: Wanted) -> Drawing:
    """The parameters of a depthwise separable convolution."""
    C, N, K = _of(rng, 3, 16, 24, 32, 64), _of(rng, 18, 32, 64, 96, 128), _of(rng, 3, 5)
    bias = wanted.bias != "without"
    text = (
        f"A {K}×{K} depthwise convolution on {C} channels is followed by a 1×1 convolution to {N} channels, both "
        f"{'with' if bias else 'without'} biases. How many parameters have they together?"
    )
    line = f"depthwise k{K} p{K // 2}; conv {N} k1" if bias else f"depthwise k{K} p{K // 2} nobias; conv {N} k1 nobias"
    return _figure(text, line, (C, 28, 28), "params")


@asks("medium", "recurrent")
def lstm_params(rng: Random, wanted: Wanted) -> Drawing:
    """The parameters of an LSTM."""
    F, H, two = _of(rng, 32, 50, 100, 200), _of(rng, 64, 100, 128, 256), rng.randrange(2) == 0
    how = "two bias vectors a gate, as in torch" if two else "one bias vector a gate"
    text = f"An LSTM cell has {F} inputs, {H} hidden units and {how}. How many parameters has it?"
    return _figure(text, f"lstm {H}{'' if two else ' onebias'}", (10, F), "params")


@asks("medium", "recurrent")
def gru_params(rng: Random, wanted: Wanted) -> Drawing:
    """The parameters of a GRU."""
    F, H = _of(rng, 32, 50, 100, 200), _of(rng, 64, 100, 128, 256)
    text = f"A GRU cell has {F} inputs, {H} hidden units and two bias vectors a gate, as in torch. How many parameters has it?"
    return _figure(text, f"gru {H}", (10, F), "params")


# -- hard -------------------------------------------------------------------------------------------------------------


@asks("hard", "pooling")
def ceil_size(rng: Random, wanted: Wanted) -> Drawing:
    """The output size of a pooling window that is rounded up."""
    W, K, S = rng.randint(6, 120), _of(rng, 2, 3), _of(rng, 2, 3)
    P = rng.randint(0, K // 2)
    text = (
        f"A map of {W}×{W} goes through {K}×{K} maximum pooling with stride {S} and padding {P}, its size rounded up "
        "as torch does it. How many rows has its output?"
    )
    return _formula(text, "output", "pool", ceil=True, input=W, kernel=K, stride=S, padding=P)


@asks("hard", "size")
def dilated_size(rng: Random, wanted: Wanted) -> Drawing:
    """The output size of a dilated convolution."""
    W, K, D, P, S = rng.randint(28, 96), _of(rng, 3, 5), _of(rng, 2, 3), rng.randrange(5), _of(rng, 1, 2)
    text = (
        f"A {K}×{K} convolution dilated by {D}, with stride {S} and padding {P}, reads a {W}×{W} map. "
        "How many rows has its output?"
    )
    return _formula(text, "output", input=W, kernel=K, stride=S, padding=P, dilation=D)


@asks("hard", "transposed")
def transposed_size(rng: Random, wanted: Wanted) -> Drawing:
    """The output size of a transposed convolution."""
    W, K, S, P = rng.randint(4, 32), _of(rng, 2, 3, 4, 5), _of(rng, 2, 3), rng.randrange(3)
    text = f"A {K}×{K} transposed convolution with stride {S} and padding {P} reads a {W}×{W} map. How many rows has its output?"
    return _formula(text, "output", "transposed", input=W, kernel=K, stride=S, padding=P)


@asks("hard", "backwards")
def find_stride(rng: Random, wanted: Wanted) -> Drawing:
    """Backwards: the stride."""
    W, K, P, S = rng.randint(100, 230), _of(rng, 3, 5, 7, 11), rng.randrange(4), rng.randint(2, 5)
    O = (W - K + 2 * P) // S + 1
    text = f"A {K}×{K} convolution with padding {P} makes {O}×{O} of {W}×{W}. What is its stride?"
    return _formula(text, "stride", input=W, output=O, kernel=K, padding=P)


@asks("hard", "multiplies")
def without_zeros(rng: Random, wanted: Wanted) -> Drawing:
    """Multiplications without those by padding zeros."""
    C, N, W = _of(rng, 3, 8, 16), _of(rng, 8, 16, 32), rng.randint(5, 16)
    text = (
        f"A 3×3 convolution with padding 1 leads from {C}×{W}×{W} to {N} channels. How many of its multiplications are not by a "
        "padding zero?"
    )
    return _figure(text, f"conv {N} k3 p1", (C, W, W), "multiplies", skip_zeros=True)


@asks("hard", "network")
def net_params(rng: Random, wanted: Wanted) -> Drawing:
    """The parameters of a small network."""
    C, A, B, F = _of(rng, 1, 3), _of(rng, 6, 8, 16), _of(rng, 16, 24, 32), _of(rng, 10, 84, 100)
    how, figure = ("without its biases", "params_without_bias") if wanted.bias == "without" else ("with biases", "params")
    text = (
        f"A {C}×32×32 image goes through a 5×5 convolution to {A} channels, 2×2 pooling with stride 2, a 3×3 convolution to {B} "
        f"channels, 2×2 pooling with stride 2, and a fully connected layer of {F}; nothing is padded. How many parameters has "
        f"the net, {how}?"
    )
    return _figure(text, f"conv {A} k5; maxpool 2; conv {B} k3; maxpool 2; fc {F}", (C, 32, 32), figure)


TOPICS = tuple(dict.fromkeys(maker.topic for maker in MAKERS))


# -- a network of one's own -------------------------------------------------------------------------------------------


def of_network(analysis: Analysis, wanted: Wanted) -> list[Maker]:
    """The makers of questions about a network: a question a layer and figure, and the totals."""
    made: list[Maker] = []
    title = one_line(analysis.network.name)
    for row in analysis.rows:
        if not isinstance(row.inputs, tuple) or len(row.inputs) != 1 or str(row.layer).startswith("flatten"):
            continue
        what = f"In {title}, {one_line(row.path)} ({row.layer}) reads {dims(row.inputs[0])}."
        if row.output and row.output != row.inputs[0]:
            made.append(_fixed("easy", "size", f"{what} What shape has its output?", f"{row.path}.output"))
        if row.params and wanted.bias != "without":
            made.append(_fixed("medium", "params", f"{what} How many parameters has it, with biases?", f"{row.path}.params"))
        if row.params and wanted.bias != "with":
            text = f"{what} How many parameters has it, biases left out?"
            made.append(_fixed("medium", "params", text, f"{row.path}.params_without_bias"))
        if row.multiplies:
            text = f"{what} How many multiplications does it take, {_zeros(wanted)}?"
            made.append(_fixed("hard", "multiplies", text, f"{row.path}.multiplies"))
    shapes = ", ".join(dims(shape) for shape in analysis.network.inputs.values())
    for figure, how, asked in (("params", "with biases", "with"), ("params_without_bias", "without biases", "without")):
        if wanted.bias in ("both", asked) and analysis.totals.params:
            made.append(_fixed("hard", "network", f"How many parameters has {title}, {how}? Its input is {shapes}.", figure))
    return made


def _fixed(level: str, topic: str, text: str, figure: str) -> Maker:
    return Maker(level, topic, lambda rng, wanted: Drawing(text, {"figure": figure}))
