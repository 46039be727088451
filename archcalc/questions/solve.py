"""What was left out, solved backwards: of one layer's sizes, or of a network with unknowns in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from archcalc.catalogue import names
from archcalc.layers import KINDS, normal
from archcalc.loading import Net, Stated, Variables, given_of, source_of
from archcalc.questions.asking import fault, kind_of, questions, split_channels
from archcalc.questions.filling import solve_network
from archcalc.questions.layer import bounds_for
from archcalc.questions.search import MOST_TRIED, Progress
from archcalc.questions.writing import One, Several, Solution
from archcalc.text.amounts import between, shown
from archcalc.text.faults import SpecError, suggestions

MOST_COMBINATIONS = 1_000_000
Number = int | str | Sequence[int] | None  # a size for all axes, one each, or a text with ? and words in it
Facts = Mapping[str, object] | Iterable[str]  # {"conv2.output": (16, 10, 10)}, or lines as after --given


def solve(
    what: Net,
    *,
    input: Stated = None,
    output: Number = None,
    kernel: Number = None,
    stride: Number = None,
    padding: Number = None,
    dilation: Number = None,
    output_padding: Number = None,
    ceil: bool = False,
    given: Facts = (),
    bounds: Facts = (),
    most: int = MOST_TRIED,
    variables: Variables = None,
    progress: Progress = None,
) -> Solution:
    """Every whole number that answers for what is left out of a layer's sizes, or every way to fill a network's unknowns.

    `what` is a convolution, a pooling or a transposed convolution by any of its names, or a network: a path, or the text itself.
    For a layer, what is None or `"?"` is found. For a network, `given` states what is known of it
    (`{"conv2.output": (16, 10, 10), "params": 61706}`), and at most `most` values are tried. `bounds` says how far an unknown
    is looked for: `{"kernel": 31}`. Raises SpecError.
    """
    numbers = {
        "output": output, "kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation,
        "output_padding": output_padding,
    }  # fmt: skip
    limits = _lines(bounds, "..")
    kind = kind_of(what) if isinstance(what, str) else None
    if kind is not None:
        if variables or (facts := _lines(given)):
            raise fault(f"--{'set' if variables else 'given'} belongs to a network; {kind} is a layer", "--output 66")
        return _layer(kind, {"input": input, **numbers}, limits, ceil)
    extra = [name for name, number in numbers.items() if number is not None]
    if extra or ceil:
        option = (extra or ["ceil"])[0].replace("_", "-")
        if isinstance(what, str) and (typed := _as_options(what, {"input": input, **numbers})):
            raise fault(f"'{what[:80]}' is a layer's line; its word and its numbers are asked for", typed)
        raise fault(f"--{option} belongs to a layer, and '{what}' is none", "conv", "pool", "transposed")
    if isinstance(what, str) and normal(what) in KINDS and not os.path.exists(what) and what not in names():
        raise fault(f"{what} slides no window, so there is no size to solve for", "conv", "pool", "transposed")
    facts = _lines(given)
    top = between(most, "--most", 1, 10**9)
    try:
        source = source_of(what)
    except SpecError:
        if isinstance(what, str) and (typed := _as_options(what, {"input": input, **numbers})):
            raise fault(f"'{what[:80]}' is a layer's line; its word and its numbers are asked for", typed) from None
        raise
    return solve_network(source, given_of(input, variables), facts, limits, top, progress)


def _as_options(line: str, numbers: Mapping[str, object]) -> str:
    """The command that asks about a layer's line, with what is given beside it; empty where it is no such line."""
    from archcalc.notations.own.tree import Scalar
    from archcalc.notations.words.lines import Layers
    from archcalc.notations.words.places import Account
    from archcalc.notations.words.spellings import respelled
    from archcalc.text.source import Source

    layers = Layers(Account([]))
    phrases = layers.phrases(respelled(Scalar(line, Source("", line), 1, 1), layers.speller).text) if "\n" not in line else []
    kind = kind_of(phrases[0].form.word) if phrases else None
    if kind is None or len(phrases) > 1:
        return ""
    said = {name: value for name, value in numbers.items() if value is not None}
    said |= {g.slot.name: g.value for g in phrases[0].givens if g.slot.name in numbers and g.slot.name not in said}
    options = [f"--{name.replace('_', '-')} {_typed(value)}" for name, value in said.items()]
    return f"archcalc solve {' '.join([phrases[0].form.word, *options])}"


def _layer(kind: str, numbers: Mapping[str, object], bounds: Sequence[str], ceil: bool) -> Solution:
    """The answer for one layer."""
    typed, channels = split_channels(kind, {name: None if n is None else _typed(n) for name, n in numbers.items()})
    asked = questions(kind, typed, ceil=ceil)
    unknowns = asked[0].unknowns()
    if len(unknowns) > 3:
        raise fault(f"{len(unknowns)} things are left out: {', '.join(unknowns)}; at most three can be", "--stride 1 --padding 0")
    if any(q.unknowns() != unknowns for q in asked):
        raise fault("the same thing must be left out on every axis", "--kernel ?")
    tops = _tops(bounds, unknowns)
    if len(unknowns) == 1:
        if tops:
            raise fault("--bounds is for several things left out; one is solved for all whole numbers", "leave --bounds out")
        return One(asked, channels)
    within = bounds_for(asked[0], tops)
    if within.combinations > MOST_COMBINATIONS:
        message = f"{within.text()} are {within.combinations:,} combinations; {MOST_COMBINATIONS:,} is the most"
        raise fault(message, "narrower --bounds")
    return Several(asked, within, channels)


def _tops(bounds: Sequence[str], unknowns: list[str]) -> dict[str, int]:
    """How far each thing left out is looked for. Raises SpecError."""
    made = {}
    for text in bounds:
        name, sign, top = text.partition("=")
        name = name.strip().replace("-", "_")
        top = top.strip()
        if not sign or not top.isdecimal() or len(top) > 6 or not 0 < int(top) <= 100_000:
            raise fault(f"--bounds {shown(text)}: NAME=TOP with a top of 1 to 100,000 is meant", "--bounds kernel=31")
        if name not in unknowns:
            near = suggestions(name, unknowns) or [f"--bounds {n}=…" for n in unknowns[:3]] or ["leave --bounds out"]
            raise fault(f"--bounds {name}: only {', '.join(unknowns)} are left out", *near)
        made[name] = int(top)
    return made


def _lines(facts: Facts, join: str = "x") -> list[str]:
    """Facts as they are typed: `conv2.output=16x10x10`, `kernel=8..12`."""
    if isinstance(facts, Mapping):
        return [f"{name}={_typed(value, join)}" for name, value in facts.items()]
    return [facts] if isinstance(facts, str) else list(facts)


def _typed(value: object, join: str = "x") -> str:
    """A number or a shape as it is typed."""
    return join.join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
