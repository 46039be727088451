"""Fresh questions with a worked key: one correct answer each, none impossible, the same for the same seed.

A maker draws numbers and says what is asked; the answer and its working come from the analysis or from the solver, never from
the maker. A drawing that has no answer, or more than one, is thrown away and drawn again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from archcalc.analysis import Analysis, analyse
from archcalc.explain import row_steps
from archcalc.figures.conventions import convention
from archcalc.loading import from_line
from archcalc.questions.layer import Question, solve
from archcalc.questions.steps import steps
from archcalc.report.document import Document, Heading, Maths, Text
from archcalc.text.faults import SpecError

Lines = tuple[tuple[str, str], ...]
MOST_DRAWINGS = 2000


@dataclass(frozen=True)
class Item:
    """One question: its text, its answer, the working, and the facts it was made of, for a program to check it by."""

    text: str
    answer: int
    working: Lines
    facts: dict[str, Any] = field(default_factory=dict)


Maker = Callable[[Random], Item | None]


def _of(rng: Random, *choices: int) -> int:
    return choices[rng.randrange(len(choices))]


def _net(line: str, shape: tuple[int, ...], skip_zeros: bool = False) -> Analysis | None:
    try:
        return analyse(from_line(line, line, inputs={"": shape}), convention=convention(skip_zeros=skip_zeros))
    except SpecError:
        return None


def _lines(analysis: Analysis, *labels: str) -> Lines:
    """The working of these figures, of every row that has them."""
    made = [(row, s) for row in analysis.rows for s in row_steps(row, analysis) if s.label.startswith(labels)]
    several = len({row.path for row, _ in made}) > 1
    return tuple((f"{row.path}: {s.text()}" if several else s.text(), s.text("latex")) for row, s in made)


def _formula(text: str, question: Question, kind: str) -> Item | None:
    """A question of one formula; None unless it has exactly one answer."""
    answer = solve(question)
    if answer.count != 1:
        return None
    working = tuple(zip(steps(answer), steps(answer, "latex"), strict=True))
    given = {n: getattr(question, n) for n in ("input", "output", "kernel", "stride", "padding", "dilation")}
    facts = {"kind": kind, "layer": question.kind, "ceil": question.ceil, "unknown": answer.unknown}
    facts |= {"given": {n: v for n, v in given.items() if v is not None}}
    return Item(text, answer.first(1)[0], working, facts)


# -- easy -------------------------------------------------------------------------------------------------------------


def conv_size(rng: Random) -> Item | None:
    """The output size of a convolution."""
    W, K, P = _of(rng, 12, 14, 28, 32, 56, 64, 224), _of(rng, 3, 5, 7), rng.randrange(4)
    text = f"A {W}×{W} map goes through a {K}×{K} convolution with stride 1 and padding {P}. How many rows has its output?"
    return _formula(text, Question("conv", W, None, K, 1, P), "size")


def pool_size(rng: Random) -> Item | None:
    """The output size of a pooling window."""
    K = _of(rng, 2, 3, 4)
    W = K * _of(rng, 3, 4, 6, 7, 14, 28)
    text = f"A {W}×{W} map goes through {K}×{K} maximum pooling with stride {K}. How many rows has its output?"
    return _formula(text, Question("pool", W, None, K, K, 0), "size")


def conv_params(rng: Random) -> Item | None:
    """The parameters of a convolution."""
    C, N, K = _of(rng, 1, 3, 6, 16, 32), _of(rng, 6, 8, 16, 32, 64), _of(rng, 1, 3, 5, 7)
    bias = rng.randrange(2) == 0
    how = "its biases included" if bias else "its biases left out"
    text = f"A {K}×{K} convolution leads from {C} to {N} channels. How many parameters has it, {how}?"
    return _figure(text, f"conv {N} k{K}", (C, 32, 32), "params" if bias else "params_without_bias")


def fc_params(rng: Random) -> Item | None:
    """The parameters of a fully connected layer."""
    C, S, N = _of(rng, 8, 16, 32), _of(rng, 4, 5, 7), _of(rng, 10, 84, 100, 120)
    text = f"A {C}×{S}×{S} map is flattened and fully connected to {N} units. How many parameters has the layer, with biases?"
    return _figure(text, f"fc {N}", (C, S, S), "params")


def _figure(text: str, line: str, shape: tuple[int, ...], figure: str, skip_zeros: bool = False) -> Item | None:
    analysis = _net(line, shape, skip_zeros)
    if analysis is None:
        return None
    labels = {"params": ("params",), "params_without_bias": ("without bias",), "multiplies": ("taps", "multiplies")}[figure]
    working = _lines(analysis, *labels)
    total = getattr(analysis.totals, figure)
    addends = [getattr(row, figure) for row in analysis.rows if getattr(row, figure)]
    if len(addends) > 1:
        written = f"{' + '.join(f'{n:,}' for n in addends)} = {total:,}"
        working = (*working, (written, written.replace(",", "{,}")))
    facts = {"kind": figure, "line": line, "input": list(shape), "skip_zeros": skip_zeros}
    return Item(text, total, working, facts)


# -- medium -----------------------------------------------------------------------------------------------------------


def strided_size(rng: Random) -> Item | None:
    """The output size of a convolution with a stride."""
    W, K, S, P = _of(rng, 27, 31, 112, 205, 224, 227), _of(rng, 3, 5, 7, 11), _of(rng, 2, 3, 4), rng.randrange(4)
    text = f"A {W}×{W} map goes through a {K}×{K} convolution with stride {S} and padding {P}. How many rows has its output?"
    return _formula(text, Question("conv", W, None, K, S, P), "size")


def find_kernel(rng: Random) -> Item | None:
    """Backwards: the kernel."""
    W, K, P = _of(rng, 14, 28, 32, 64, 112), rng.randint(2, 9), rng.randrange(4)
    O = solve(Question("conv", W, None, K, 1, P)).first(1)
    if not O:
        return None
    text = f"A convolution with stride 1 and padding {P} makes {O[0]}×{O[0]} of {W}×{W}. How large is its kernel?"
    return _formula(text, Question("conv", W, O[0], None, 1, P), "kernel")


def find_padding(rng: Random) -> Item | None:
    """Backwards: the padding."""
    W, K, P, S = _of(rng, 14, 28, 56, 64), _of(rng, 3, 5, 7), rng.randint(0, 4), _of(rng, 1, 2)
    O = solve(Question("conv", W, None, K, S, P)).first(1)
    if not O:
        return None
    text = f"A {K}×{K} convolution with stride {S} makes {O[0]}×{O[0]} of {W}×{W}. How many zeros are padded on each side?"
    return _formula(text, Question("conv", W, O[0], K, S, None), "padding")


def conv_multiplies(rng: Random) -> Item | None:
    """The multiplications of a convolution."""
    C, N, K, W = _of(rng, 3, 6, 16, 32), _of(rng, 8, 16, 64), _of(rng, 3, 5), _of(rng, 14, 28, 32)
    P = K // 2
    text = (
        f"A {K}×{K} convolution with padding {P} leads from {C}×{W}×{W} to {N} channels. How many multiplications does it take, "
        "those by padding zeros included?"
    )
    return _figure(text, f"conv {N} k{K} p{P}", (C, W, W), "multiplies")


def separable_params(rng: Random) -> Item | None:
    """The parameters of a depthwise separable convolution."""
    C, N = _of(rng, 3, 16, 32, 64), _of(rng, 18, 32, 64, 128)
    text = (
        f"A 3×3 depthwise convolution on {C} channels is followed by a 1×1 convolution to {N} channels, both with biases. "
        "How many parameters have they together?"
    )
    return _figure(text, f"depthwise k3 p1; conv {N} k1", (C, 28, 28), "params")


def lstm_params(rng: Random) -> Item | None:
    """The parameters of an LSTM."""
    F, H, two = _of(rng, 32, 50, 100), _of(rng, 64, 100, 128), rng.randrange(2) == 0
    how = "two bias vectors a gate, as in torch" if two else "one bias vector a gate"
    text = f"An LSTM cell has {F} inputs, {H} hidden units and {how}. How many parameters has it?"
    return _figure(text, f"lstm {H}{'' if two else ' onebias'}", (10, F), "params")


# -- hard -------------------------------------------------------------------------------------------------------------


def ceil_size(rng: Random) -> Item | None:
    """The output size of a pooling window that is rounded up."""
    W, K, S = rng.randint(6, 60), _of(rng, 2, 3), _of(rng, 2, 3)
    P = rng.randint(0, K // 2)
    text = (
        f"A map of {W}×{W} goes through {K}×{K} maximum pooling with stride {S} and padding {P}, its size rounded up "
        "as torch does it. How many rows has its output?"
    )
    return _formula(text, Question("pool", W, None, K, S, P, ceil=True), "size")


def dilated_size(rng: Random) -> Item | None:
    """The output size of a dilated convolution."""
    W, K, D, P, S = _of(rng, 28, 32, 65), _of(rng, 3, 5), _of(rng, 2, 3), rng.randrange(5), _of(rng, 1, 2)
    text = (
        f"A {K}×{K} convolution dilated by {D}, with stride {S} and padding {P}, reads a {W}×{W} map. "
        "How many rows has its output?"
    )
    return _formula(text, Question("conv", W, None, K, S, P, D), "size")


def transposed_size(rng: Random) -> Item | None:
    """The output size of a transposed convolution."""
    W, K, S, P = _of(rng, 4, 7, 14, 28), _of(rng, 2, 3, 4, 5), _of(rng, 2, 3), rng.randrange(3)
    text = f"A {K}×{K} transposed convolution with stride {S} and padding {P} reads a {W}×{W} map. How many rows has its output?"
    return _formula(text, Question("transposed", W, None, K, S, P), "size")


def find_stride(rng: Random) -> Item | None:
    """Backwards: the stride."""
    W, K, P, S = _of(rng, 112, 205, 224), _of(rng, 3, 5, 7, 11), rng.randrange(4), rng.randint(2, 5)
    O = solve(Question("conv", W, None, K, S, P)).first(1)
    if not O:
        return None
    text = f"A {K}×{K} convolution with padding {P} makes {O[0]}×{O[0]} of {W}×{W}. What is its stride?"
    return _formula(text, Question("conv", W, O[0], K, None, P), "stride")


def without_zeros(rng: Random) -> Item | None:
    """Multiplications without those by padding zeros."""
    C, N, W = _of(rng, 3, 8, 16), _of(rng, 8, 16, 32), _of(rng, 7, 8, 14)
    text = (
        f"A 3×3 convolution with padding 1 leads from {C}×{W}×{W} to {N} channels. How many of its multiplications are not by a "
        "padding zero?"
    )
    return _figure(text, f"conv {N} k3 p1", (C, W, W), "multiplies", skip_zeros=True)


def net_params(rng: Random) -> Item | None:
    """The parameters of a small network."""
    C, A, B, F = _of(rng, 1, 3), _of(rng, 6, 8, 16), _of(rng, 16, 32), _of(rng, 10, 84)
    text = (
        f"A {C}×32×32 image goes through a 5×5 convolution to {A} channels, 2×2 pooling with stride 2, a 3×3 convolution to {B} "
        f"channels, 2×2 pooling with stride 2, and a fully connected layer of {F}; nothing is padded. How many parameters has "
        "the net, with biases?"
    )
    return _figure(text, f"conv {A} k5; maxpool 2; conv {B} k3; maxpool 2; fc {F}", (C, 32, 32), "params")


LEVELS: dict[str, tuple[Maker, ...]] = {
    "easy": (conv_size, pool_size, conv_params, fc_params),
    "medium": (strided_size, find_kernel, find_padding, conv_multiplies, separable_params, lstm_params),
    "hard": (ceil_size, dilated_size, transposed_size, find_stride, without_zeros, net_params),
}


def make_quiz(seed: int, level: str, count: int) -> list[Item]:
    """The questions of a seed, the kinds of a level in turn, no two alike as long as there are enough."""
    makers = LEVELS[level]
    items: list[Item] = []
    texts: set[str] = set()
    for number in range(count):
        maker = makers[(number + seed) % len(makers)]
        # A generator for each question: the first ten are the same whether ten are asked for or a hundred.
        rng = Random(f"archcalc quiz {seed} {level} {number}")
        item = None
        for _ in range(MOST_DRAWINGS):
            drawn = maker(rng)
            if drawn is not None:
                item = drawn
                if drawn.text not in texts:
                    break
        assert item is not None, f"{maker.__name__} has no drawing with one answer"
        items.append(item)
        texts.add(item.text)
    return items


def lay_out(items: list[Item], seed: int, level: str, key: bool) -> Document:
    """The questions, and the key behind them."""
    document = Document(f"Quiz {seed}, {level}")
    document.parts += [Text(f"{n}. {item.text}") for n, item in enumerate(items, 1)]
    if key:
        document.parts.append(Heading("Key"))
        for n, item in enumerate(items, 1):
            document.parts += [Text(f"{n}. {item.answer:,}"), Maths(item.working)]
    return document


def as_data(items: list[Item], seed: int, level: str, key: bool) -> dict[str, Any]:
    """The quiz as plain data."""
    made = []
    for item in items:
        data: dict[str, Any] = {"question": item.text}
        if key:
            data |= {"answer": item.answer, "working": [line for line, _ in item.working], "facts": item.facts}
        made.append(data)
    return {"seed": seed, "level": level, "questions": made}
