"""Why somebody printed another figure: which tool, version and terms make it, or the nearest there is and what is missing.

Looked for in order of how far-fetched it is: the network as it is, by every convention and with what a person would add; then
with another number of classes, auxiliary heads, another resolution, a batch; then another network that comes with archcalc.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from archcalc.analysis import Analysis, Row, analyse
from archcalc.catalogue import networks
from archcalc.layers.base import settings_of
from archcalc.loading import Net, Stated, Variables, given_of, network_of, source_of
from archcalc.network.nodes import Network
from archcalc.notations import as_trained, read
from archcalc.questions.suspects import MULTIPLIES, PARAMS, Part, Suspect, of_params, of_work
from archcalc.report.answer import Answer
from archcalc.report.document import Column, Document, Table
from archcalc.text.amounts import SUFFIXES, decimal, one_of, shown
from archcalc.text.faults import Fault, Misfit, SpecError, ValueFault
from archcalc.text.signs import plain

FIGURES = (PARAMS, MULTIPLIES)
LEAST_FACTORED = 100
SHOWN = 6  # explanations that are listed
BATCHES = (2, 4, 8, 16, 32, 64, 128, 256)
SIZES = (32, 64, 96, 112, 128, 160, 192, 224, 227, 240, 256, 288, 299, 320, 331, 384, 448, 480, 512, 600, 640)
CLASSES = 100_000  # the most classes that are believed
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
UNIT = re.compile(r"\s*(flops?|macs?|mult-?adds?|madds?|params?|parameters|ops)\s*$", re.I)


class Printed(NamedTuple):
    """A figure as it was printed: exactly, or to some digits; `low` to `high` round to it, `low` to `cut` are cut to it."""

    text: str
    value: int
    low: int
    high: int
    cut: int

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    def off(self, n: int) -> int:
        """By how much a number is beside it: more is above 0."""
        return n - self.high if n > self.high else n - self.low if n < self.low else 0


def read_figure(text: str) -> Printed:
    """`300809384`, `138.4M`, `4.1 GFLOPs`. Raises SpecError."""
    bare = plain(UNIT.sub("", text)).replace(" ", "")
    factor = SUFFIXES.get(bare[-1:].lower(), 1)
    try:
        number = decimal(bare[:-1] if factor > 1 else bare)
        if number < 0:
            raise ValueFault("below 0", "1")
    except ValueFault:
        raise SpecError([Fault(f"'{shown(text)}' is no figure", repairs=["138.4M", "300809384", "4.1G"])]) from None
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    step = Decimal(10) ** exponent * factor  # of the last digit
    value = number * factor
    if step <= 1 and value == int(value):
        n = int(value)
        return Printed(text, n, n, n, n)
    low, high = value - step / 2, value + step / 2
    return Printed(text, int(value), int(low) + (low != int(low)), int(high), int(value + step) - 1)


@dataclass(frozen=True, repr=False)
class Why(Answer):
    """What a printed figure is of a network: `found`, the simplest first, of so `many`; or the `nearest`, and what is `missing`.

    `net` is what the network is typed as.
    """

    name: str
    net: str
    figure: Printed
    found: tuple[Suspect, ...]
    many: int
    nearest: Suspect | None = None
    missing: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether anything makes the figure."""
        return bool(self.found)

    @property
    def sentence(self) -> str:
        """What it is, or what it is nearest to."""
        if self.found:
            first = self.found[0]
            return f"{self.name}, {self.figure.text}: {first.words}: {first.sum}"
        if self.nearest is None:
            return f"{self.name}, {self.figure.text}: nothing to compare with"
        return f"{self.name}, {self.figure.text}: nothing found makes it; nearest, {self._beside}"

    @property
    def _beside(self) -> str:
        assert self.nearest is not None
        off = self.figure.off(self.nearest.value)
        which = f"{abs(off):,} {'more' if off > 0 else 'less'}"
        return f"{which} than it: {self.nearest.words}, {self.nearest.sum}"

    def as_document(self) -> Document:
        """The explanations with their sums, and what to type to see each."""
        document = Document(f"{self.name}: {self.figure.text}", data=self.as_data)
        if self.found:
            columns = [Column("it is", "prose", key="words"), Column("sum", "prose"), Column("to see it", "text", key="typed")]
            document.add(Table(columns, [[s.words, s.sum, self._typed(s)] for s in self.found]))
            if self.many > len(self.found):
                document.say(f"{self.many - len(self.found)} more make it, less simply.")
        else:
            document.say("Nothing that was tried makes this figure.")
            if self.nearest is not None:
                document.say(f"Nearest, {self._beside}.")
            for text in self.missing:
                document.say(text)
            document.note(TRIED)
        if not self.figure.exact:
            document.note(f"whatever rounds to {self.figure.text} is taken for it: {self.figure.low:,} to {self.figure.high:,}")
        return document

    def _typed(self, suspect: Suspect) -> str:
        return f"archcalc {suspect.typed}".replace("NET", shlex.quote(self.net)) if suspect.typed else ""

    def as_data(self) -> dict[str, Any]:
        """As plain data: `found`, a list with the `words`, the `value`, its `parts` and what to type of each."""
        return {
            "name": self.name,
            "figure": self.figure.text,
            "low": self.figure.low,
            "high": self.figure.high,
            "found": [self._data(s) for s in self.found],
            "many": self.many,
            "nearest": None if self.nearest is None else self._data(self.nearest),
            "missing": list(self.missing),
        }

    def _data(self, suspect: Suspect) -> dict[str, Any]:
        parts = [{"value": part.value, "of": part.words} for part in suspect.parts]
        return {"words": suspect.words, "of": suspect.of, "value": suspect.value, "parts": parts, "typed": self._typed(suspect)}


TRIED = (
    "tried: the conventions of `--count`; biases, normalisations, activations, pools beside; families of layers alone; "
    "other classes, auxiliary heads, resolutions, batches; the networks that come with archcalc"
)


def why(
    net: Net | Network,
    figure: str | int,
    *,
    of: str | None = None,
    input: Stated = None,
    variables: Variables = None,
    bias: bool = True,
    train: bool = False,
) -> Why:
    """Which tool, version and terms make a printed figure of a network, the simplest first; the nearest where none does.

    `figure` is a number, or as a paper prints it (`"138.4M"`, `"4.1 GFLOPs"`): whatever rounds to its digits. `of` is params or
    multiplies; both where it is left out. Raises SpecError.
    """
    if of is not None:
        one_of(of, "--figure", FIGURES)
    stated = read_figure(str(figure))
    network = network_of(net, input, variables, bias, train)
    told = network.untold is not None and of != MULTIPLIES  # of a printed model its parameters may be known
    analysis = analyse(network, partly=told)
    if told and (analysis.unknown(PARAMS) or analysis.unknown("params_without_bias")):
        analysis = analyse(network)
    wanted = (of,) if of else (MULTIPLIES, PARAMS)[told:]
    shown_as = net if isinstance(net, str) and "\n" not in net else getattr(net, "name", "") or network.name
    suspects = [s for figure_ in wanted for s in _of(analysis, figure_)]
    found = [s for s in suspects if not stated.off(s.value)]
    if not found:
        settings = (input, variables, bias)
        found = [s for s in _varied(net, network, analysis, wanted, stated, settings) if not stated.off(s.value)]
    if not found and not stated.exact:
        cut = [s for s in suspects if s.cost < 2 and stated.low < s.value <= stated.cut]
        found = [s._replace(words=f"{s.words} (cut to its digits, not rounded)") for s in cut]
    found = _distinct(sorted(found, key=lambda s: s.cost))
    listed = [s for s in found if s.cost <= found[0].cost + 1][:SHOWN]
    if found:
        return Why(network.name, str(shown_as), stated, tuple(listed), len(found))
    bases = sorted((s for s in suspects if s.cost < 2), key=lambda s: (abs(stated.off(s.value)), s.cost))
    sizes = {figure_: _sizes(analysis, figure_) for figure_ in wanted}
    for base in bases:
        if words := _named(stated, base.value, sizes[base.of]):
            return Why(network.name, str(shown_as), stated, (), 0, base, (words,))
    off = abs(stated.off(bases[0].value))
    missing = f"The difference, {off:,}, is {_factored(off)}: no layer, no block, and no two of them have as much."
    return Why(network.name, str(shown_as), stated, (), 0, bases[0], (missing,) if off >= LEAST_FACTORED else ())


def _of(analysis: Analysis, figure: str) -> Iterator[Suspect]:
    return of_params(analysis) if figure == PARAMS else of_work(analysis)


def _distinct(found: list[Suspect]) -> list[Suspect]:
    """Each sum once: tools that add the same parts are named together, with the simplest one's command."""
    made: dict[tuple[str, frozenset[tuple[int, str]]], Suspect] = {}
    for suspect in found:
        key = suspect.of, frozenset((p.value, p.words) for p in suspect.parts if p.value)
        first = made.setdefault(key, suspect)
        if first is not suspect and first.cost == suspect.cost:
            made[key] = first._replace(words=f"{first.words}; {suspect.words}")
    return list(made.values())


def _varied(
    net: Net | Network,
    network: Network,
    analysis: Analysis,
    wanted: tuple[str, ...],
    stated: Printed,
    settings: tuple[Stated, Variables, bool],
) -> Iterator[Suspect]:
    """The same figures of the network with something else: classes, mode, resolution, batch; and those of other networks."""
    for figure in wanted:
        yield from _classes(analysis, figure, stated)
    if not isinstance(net, Network):
        yield from _settings(net, network, wanted, stated, settings)
    if MULTIPLIES in wanted:
        for suspect in of_work(analysis):
            for batch in BATCHES if suspect.cost < 2 else ():
                if not stated.off(batch * suspect.value):
                    parts = tuple(Part(batch * p.value, p.words) for p in suspect.parts)
                    typed = f"{suspect.typed} --batch {batch}"
                    yield Suspect(f"a batch of {batch}: {suspect.words}", MULTIPLIES, parts, 3 + suspect.cost, typed)
    for other in networks():
        for figure in wanted:
            part = Part(getattr(other, figure), figure)
            yield Suspect(f"another network: {other.title}", figure, (part,), 5, f"params {other.name}")


def _settings(
    net: Net, network: Network, wanted: tuple[str, ...], stated: Printed, settings: tuple[Stated, Variables, bool]
) -> Iterator[Suspect]:
    input, variables, bias = settings
    given = given_of(input, variables, bias)
    source = source_of(net)
    description = read(source)
    if not source.train and as_trained(source).train:
        trained: Analysis | None = None
        with suppress(SpecError):
            trained = analyse(read(source).network(given))
        source.train = False
        for suspect in [s for figure in wanted for s in _of(trained, figure)] if trained is not None else []:
            if suspect.cost < 2:
                words = f"as it is trained, auxiliary heads with it: {suspect.words}"
                yield suspect._replace(words=words, cost=2 + suspect.cost, typed=f"{suspect.typed} --train-mode")
    name, shape = next(iter(network.inputs.items()))
    if MULTIPLIES not in wanted or len(network.inputs) != 1 or len(shape) != 3 or shape[1] != shape[2]:
        return
    for size in SIZES:
        if size == shape[1]:
            continue
        try:
            other = analyse(description.network(given._replace(inputs={name: (shape[0], size, size)})))
        except SpecError:
            continue
        plain_ones = (s for s in of_work(other) if s.cost < 2)
        for suspect in (*plain_ones, *_classes(other, MULTIPLIES, stated, solved=False)):
            typed = f"{suspect.typed} --input {shape[0]}x{size}x{size}" if suspect.typed else ""
            yield suspect._replace(words=f"at {size}×{size}: {suspect.words}", cost=3 + suspect.cost, typed=typed)


def _classifier(analysis: Analysis) -> Row | None:
    """The last layer that holds weights and says how many values it puts out: the classes."""
    held = [row for row in analysis.rows if row.params and row.node.unrun is None]
    return held[-1] if held and "out" in settings_of(type(held[-1].layer)) else None


def _classes(analysis: Analysis, figure: str, stated: Printed, solved: bool = True) -> Iterator[Suspect]:
    """Another number of classes: those that are usual, and, since the figure grows by as much for each, the one `solved` for."""
    row = _classifier(analysis)
    if row is None:
        return
    now: int = row.layer.out  # type: ignore[attr-defined]
    more = replace(row.layer, out=now + 1)  # type: ignore[call-arg]
    try:
        output = more.output(row.inputs)
    except Misfit:  # groups that the number does not divide
        return
    if figure == MULTIPLIES:
        each = more.operations(row.inputs, output).products * row.node.times - row.multiplies
    else:
        each = sum(w.count for w in more.weights(row.inputs) if w.learned) - row.params
    total = getattr(analysis.totals, figure)
    if each <= 0:
        return
    counts = [now + (end - total) // each + extra for end in (stated.low, stated.high) for extra in (0, 1)]
    usual = [10, 100, 1000, 1001, 21, 20, 80, 91, 365, 21_841, 21_843, 2, 1]
    for count in dict.fromkeys([*(c for c in counts if stated.exact and solved), *usual]):
        if 0 < count <= CLASSES and count != now and not stated.off(total + (count - now) * each):
            parts = (Part(total, figure), Part((count - now) * each, f"for {count:,} classes instead of {now:,}"))
            name = next((v for v in ("classes", "num_classes", "n_classes") if v in analysis.network.variables), "")
            typed = f"params NET --set {name}={count}" if name else ""
            yield Suspect(f"{count:,} classes", figure, parts, 2, typed)


def _sizes(analysis: Analysis, figure: str) -> dict[int, list[str]]:
    """What has so much of a figure: layers, their weights and biases, blocks."""
    sizes: dict[int, list[str]] = {}

    def enter(n: int, words: str) -> None:
        if n:
            sizes.setdefault(n, []).append(words)

    groups: dict[str, int] = {}
    for row in analysis.rows:
        n = getattr(row, figure)
        enter(n, f"the {figure} of {row.path}")
        if figure == PARAMS and row.params != row.params_without_bias:
            enter(row.params_without_bias, f"the weights of {row.path}")
            enter(row.params - row.params_without_bias, f"the biases of {row.path}")
        parts = row.path.split(".")
        for depth in range(1, len(parts)):
            path = ".".join(parts[:depth])
            groups[path] = groups.get(path, 0) + n
    for path, n in groups.items():
        enter(n, f"the {figure} of {path}")
    return sizes


def _named(stated: Printed, base: int, sizes: dict[int, list[str]]) -> str:
    """What the difference to a figure is the size of: something left out or counted once more, or two such."""
    sign = -1 if base > stated.high else 1
    for n, words in sizes.items():
        if not stated.off(base + sign * n):
            return f"The difference, {n:,}, is {', or '.join(words[:3])}{' …' if len(words) > 3 else ''}."
    if not stated.exact:
        return ""
    size = abs(stated.off(base))
    for n, words in sizes.items():
        if 2 * n <= size and (rest := sizes.get(size - n)):
            return f"The difference, {size:,}, is {words[0]} and {rest[0] if rest is not words else 'as much again'}."
    return ""


def _factored(n: int) -> str:
    """A number as powers of its prime factors, small ones at least."""
    made, prime = [], 2
    while prime * prime <= n and prime < 10_000:
        power = 0
        while n % prime == 0:
            n, power = n // prime, power + 1
        if power:
            made.append(f"{prime}{str(power).translate(RAISED)}" if power > 1 else str(prime))
        prime += 1 if prime == 2 else 2
    if n > 1 or not made:
        made.append(f"{n:,}")
    return "·".join(made)
