"""A perceptron's updates on given samples, one by one. Source: Rosenblatt 1958; the rule as textbooks have it.

Targets of 0 and 1: y is 1 where w·x + b > 0, else 0, and w ← w + η(t − y)x. Targets of −1 and 1: a sample is wrong where
t(w·x + b) ≤ 0, and then w ← w + ηtx. The bias is the weight of a constant 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from archcalc.homework.numbers import factor, number, numbers, shown
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Maths, Table
from archcalc.text.amounts import between
from archcalc.text.faults import Fault, SpecError
from archcalc.text.signs import plain
from archcalc.text.source import Source, Span

MOST_UPDATES = 10_000


@dataclass(frozen=True)
class Sample:
    """What goes in, and the class that is right."""

    inputs: tuple[Fraction, ...]
    target: int


@dataclass(frozen=True)
class Visit:
    """One sample shown: what came out, and the weights and bias after it."""

    epoch: int
    sample: int
    net: Fraction
    output: int
    changed: bool
    weights: tuple[Fraction, ...]
    bias: Fraction


def read_sample(text: str) -> Sample:
    """A sample of a text like `0 1 -> 1`. Raises SpecError at its place."""
    source = Source("SAMPLE", text)
    match = re.fullmatch(r"(.*?)(?:->|=>|→|:)(.*)", plain(text), re.S)
    if match is None:
        raise SpecError(
            [Fault("a sample is inputs, an arrow and the target", Span(source, 1, 1, len(text)), repairs=['"0 1 -> 1"'])]
        )
    (target, *more) = numbers(match[2], "SAMPLE")
    if more or target not in (-1, 0, 1):
        place = Span(source, 1, match.start(2) + 1, max(1, len(match[2])))
        raise SpecError([Fault(f"'{match[2].strip()}' is no class: 0 and 1, or −1 and 1", place, repairs=["-> 1"])])
    return Sample(tuple(numbers(match[1], "SAMPLE")), int(target))


@dataclass(frozen=True, repr=False)
class Perceptron(Answer):
    """Samples, the weights to begin with, the rate, and how often all samples are shown at most."""

    samples: Sequence[Sample]
    weights: tuple[Fraction, ...]
    bias: Fraction
    rate: Fraction
    epochs: int

    def __post_init__(self) -> None:
        sizes = {len(s.inputs) for s in self.samples}
        if len(sizes) > 1:
            raise SpecError(
                [
                    Fault(
                        f"the samples have {' and '.join(map(str, sorted(sizes)))} inputs; they have all as many",
                        repairs=["a sample with as many inputs as the others"],
                    )
                ]
            )
        if {s.target for s in self.samples} >= {-1, 0}:
            raise SpecError([Fault("targets of −1 and of 0 at once; they are 0 and 1, or −1 and 1", repairs=['"0 1 -> 1"'])])
        if len(self.weights) not in sizes:
            message = f"{len(self.weights)} weights for {sizes.pop()} inputs"
            raise SpecError([Fault(message, repairs=[f'--weights "{" ".join("0" * len(self.samples[0].inputs))}"'])])
        if self.epochs * len(self.samples) > MOST_UPDATES:
            raise SpecError(
                [Fault(f"more than {MOST_UPDATES:,} samples shown in all, the most allowed", repairs=["--epochs 10"])]
            )

    @property
    def signed(self) -> bool:
        """Whether the classes are −1 and 1."""
        return any(s.target == -1 for s in self.samples)

    @cached_property
    def visits(self) -> list[Visit]:
        """Every sample shown, until a whole epoch changes nothing."""
        w, b = list(self.weights), self.bias
        made: list[Visit] = []
        for epoch in range(1, self.epochs + 1):
            changed = False
            for place, sample in enumerate(self.samples, 1):
                net = sum((v * x for v, x in zip(w, sample.inputs, strict=True)), b)
                low = -1 if self.signed else 0
                output = 1 if net > 0 else low if net < 0 or not self.signed else 0
                wrong = output != sample.target
                if wrong:
                    step = self.rate * (sample.target if self.signed else sample.target - output)
                    w = [v + step * x for v, x in zip(w, sample.inputs, strict=True)]
                    b += step
                made.append(Visit(epoch, place, net, output, wrong, tuple(w), b))
                changed = changed or wrong
            if not changed:
                break
        return made

    @property
    def ok(self) -> bool:
        """Whether the last epoch changed nothing: no sample is wrong any more."""
        last = self.visits[-1].epoch
        return not any(v.changed for v in self.visits if v.epoch == last)

    @property
    def sentence(self) -> str:
        """How many updates it took, and whether it came to an end."""
        updates, last = sum(v.changed for v in self.visits), self.visits[-1].epoch
        counted = f"{updates} update{'s' * (updates != 1)}"
        if self.ok:
            return f"{counted}; epoch {last} makes none, so every sample is right."
        return f"{counted}, and epoch {last} still makes some: not separated after {self.epochs} epochs."

    def as_document(self) -> Document:
        """The rule, and a row for every sample shown."""
        visits = self.visits
        document = Document(f"Perceptron: {len(self.samples)} samples, rate {shown(self.rate)}", data=self.as_data)
        if self.signed:
            rule = (
                "t·(w·x + b) ≤ 0:  w ← w + η·t·x,  b ← b + η·t",
                r"t (w \cdot x + b) \le 0: \quad w \gets w + \eta t x, \quad b \gets b + \eta t",
            )
        else:
            rule = (
                "y = 1 where w·x + b > 0, else 0;  w ← w + η·(t − y)·x,  b ← b + η·(t − y)",
                r"y = [w \cdot x + b > 0]; \quad w \gets w + \eta (t - y) x, \quad b \gets b + \eta (t - y)",
            )
        document.add(Maths([rule]))
        names = [f"w{i}" for i in range(1, len(self.weights) + 1)]
        numbers = [Column(name, "number") for name in (*names, "b")]
        columns: list[Column | str] = [
            Column("epoch", "count"),
            "x",
            "w·x + b",
            Column("output", "number"),
            Column("target", "number"),
            "update",
            *numbers,
        ]
        rows: list[list[Cell]] = [["", "", "", "", "", "start", *map(shown, self.weights), shown(self.bias)]]
        before, bias = self.weights, self.bias
        for v in visits:
            sample = self.samples[v.sample - 1]
            terms = " + ".join(f"{factor(w)}·{factor(x)}" for w, x in zip(before, sample.inputs, strict=True))
            net = f"{terms} + {factor(bias)} = {shown(v.net)}"
            first = str(v.epoch) if v.sample == 1 else ""
            said = "yes" if v.changed else "no"
            output = str(v.output).replace("-", "−")
            target = str(sample.target).replace("-", "−")
            rows.append(
                [first, " ".join(map(shown, sample.inputs)), net, output, target, said, *map(shown, v.weights), shown(v.bias)]
            )
            before, bias = v.weights, v.bias
        document.add(Table(columns, rows))
        document.say(self.sentence)
        return document

    def as_data(self) -> dict[str, object]:
        """The visits as plain data."""
        return {
            "converged": self.ok,
            "weights": [float(w) for w in self.visits[-1].weights],
            "bias": float(self.visits[-1].bias),
            "visits": [
                {
                    "epoch": v.epoch,
                    "sample": v.sample,
                    "net": float(v.net),
                    "output": v.output,
                    "target": self.samples[v.sample - 1].target,
                    "update": v.changed,
                    "weights": [float(w) for w in v.weights],
                    "bias": float(v.bias),
                }
                for v in self.visits
            ],
        }


def perceptron(
    *samples: str, weights: str | Sequence[object] | None = None, bias: float | str = 0, rate: float | str = 1, epochs: int = 10
) -> Perceptron:
    """A perceptron shown the samples (`"0 1 -> 1"`) one by one, until an epoch changes nothing. Raises SpecError."""
    read = [read_sample(part) for text in samples for part in text.split(";") if part.strip()]
    if not read:
        raise SpecError([Fault("no sample is given", repairs=['"0 1 -> 1"'])])
    start = (Fraction(0),) * len(read[0].inputs) if weights is None else tuple(numbers(str(weights), "--weights"))
    eta = number(str(rate), Source("--rate", str(rate)))
    if eta <= 0:
        raise SpecError([Fault(f"--rate {rate}: a number above 0 is meant", repairs=["--rate 1"])])
    times = between(epochs, "--epochs", 1, 1000)
    return Perceptron(read, start, number(str(bias), Source("--bias", str(bias))), eta, times)
