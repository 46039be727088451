"""A sweep: the figures of every combination of values of some variables, and which of them are worth a look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, NamedTuple

from archcalc.analysis import analyse
from archcalc.conventions import convention
from archcalc.loading import Net, Stated, Variables, given_of, source_of
from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations import read
from archcalc.questions.axes import BATCH, INPUT, SIZE, Axis, Value, axis_of, texts_of, written
from archcalc.questions.budgets import Number, Use, in_bytes, known_figure, limits, measure, read_budgets, words
from archcalc.questions.frontier import frontier
from archcalc.questions.variants import Measure, Variants
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Remark, Table
from archcalc.report.plot import Line, Panel, Plot, Point
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source

USUAL = ("params", "multiplies")  # the figures shown where none are asked for
MOST_VARIANTS = 200_000
PARETO = "pareto"
Progress = Callable[[float, int], None] | None


class Variant(NamedTuple):
    """A combination of values, one an axis, and its figures; `fault` says why where that network is not legal."""

    values: tuple[Value, ...]
    figures: tuple[int, ...] | None
    fault: str = ""


@dataclass(frozen=True, repr=False)
class Sweep(Answer):
    """The variants of a network, in the order of their values, the last axis changing fastest.

    `keys` are the figures of each; `pareto` says which variants no other is better than: as large on every axis of numbers, alike
    on the others, and taking no more of any figure; where budgets are set, as large, of those that keep them.
    """

    name: str
    axes: Sequence[Axis]
    keys: Sequence[str]
    budgets: Mapping[str, int]
    variants: Sequence[Variant]
    pareto: Sequence[bool]
    use: Use
    built: int
    notes: Sequence[str] = ()  # what the reader assumed
    counted: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Whether any variant is legal and keeps every budget."""
        return any(v.figures is not None and not self.broken(v) for v in self.variants)

    def broken(self, variant: Variant) -> list[str]:
        """The budgets that a variant breaks."""
        if variant.figures is None:
            return []
        return [k for k, n in zip(self.keys, variant.figures, strict=True) if n > self.budgets.get(k, n)]

    @property
    def _asked(self) -> str:
        return f"{self.name}: {' × '.join(f'{len(a.values)} of {a.name}' for a in self.axes)}, {len(self.variants):,} variants"

    @property
    def sentence(self) -> str:
        """How many variants there are, and how many keep the budgets."""
        if not self.budgets:
            return f"{self._asked}, {sum(self.pareto):,} of them pareto"
        kept = sum(v.figures is not None and not self.broken(v) for v in self.variants)
        return f"{self._asked}, {kept:,} with {limits(self.budgets)}"

    def _verdict(self, at: int) -> str:
        variant = self.variants[at]
        if variant.figures is None:
            return f"not legal: {variant.fault}"
        broken = self.broken(variant)
        return f"breaks {', '.join(map(words, broken))}" if broken else PARETO if self.pareto[at] else ""

    def as_document(self) -> Document:
        """A row a variant."""
        document = Document(self.sentence, [Remark(f"note: {note}") for note in self.notes], self.as_data)
        columns = [Column(a.name, "number" if a.ordered else "text", places=0, first=0) for a in self.axes]
        columns += [Column(words(key), "count", key=key, first=0) for key in self.keys]
        said = [self._verdict(at) for at in range(len(self.variants))]
        alike = set(said) == {PARETO}
        if not alike:
            columns.append(Column("", "prose", key="verdict", first=0))
        rows: list[list[Cell]] = []
        tones = []
        for at, variant in enumerate(self.variants):
            figures: Sequence[int | None] = variant.figures or [None] * len(self.keys)
            rows.append([*map(written, variant.values), *figures, *([] if alike else [said[at]])])
            tones.append("" if said[at] in ("", PARETO) else "quiet")
        document.add(Table(columns, rows, tones=tones))
        document.note(f"{self._meaning}{': so are all of these' if alike else ''}")
        document.note(*self.counted)
        if any(map(in_bytes, self.keys)):
            batch = "" if any(a.kind == "batch" for a in self.axes) else f", batch {self.use.batch}"
            document.note(f"{self.use.of(self.keys)}{batch}")
        return document

    @property
    def _meaning(self) -> str:
        if self.budgets:
            return "pareto: of the variants that keep the budgets, no other is as large on every axis"
        return "pareto: no other variant is as large on every axis and takes no more of any figure"

    def as_data(self) -> dict[str, Any]:
        """The variants as plain data."""
        variants = []
        for at, v in enumerate(self.variants):
            made: dict[str, Any] = {a.name: _plain(value) for a, value in zip(self.axes, v.values, strict=True)}
            made |= dict(zip(self.keys, v.figures or [None] * len(self.keys), strict=True))
            variants.append(made | {"pareto": self.pareto[at], "breaks": self.broken(v), "fault": v.fault})
        return {
            "name": self.name,
            "axes": {a.name: list(map(_plain, a.values)) for a in self.axes},
            "figures": list(self.keys),
            "budget": dict(self.budgets),
            "variants": variants,
            "notes": list(self.notes),
        }

    def plot(self) -> Plot:
        """A panel a figure, over the axis of numbers with the most values; a line for each combination of the others.

        Raises SpecError where no axis has numbers.
        """
        across = max((a for a in self.axes if a.ordered), key=lambda a: len(a.values), default=None)
        if across is None:
            raise SpecError([Fault("no axis has numbers, over which figures could be drawn", repairs=["-o sweep.csv"])])
        at = list(self.axes).index(across)
        others = [a.name for a in self.axes if a is not across]
        lines: dict[tuple[Value, ...], list[tuple[int, Variant]]] = {}
        for number, variant in enumerate(self.variants):
            lines.setdefault((*variant.values[:at], *variant.values[at + 1 :]), []).append((number, variant))
        panels = []
        for place, key in enumerate(self.keys):
            drawn = []
            for values, row in lines.items():
                label = ", ".join(f"{name} {written(v)}" for name, v in zip(others, values, strict=True))
                points = [
                    Point(float(v.values[at]), v.figures[place], self.pareto[number], bool(self.broken(v)))  # type: ignore[arg-type]
                    for number, v in row
                    if v.figures is not None
                ]
                drawn.append(Line(label, sorted(points, key=lambda p: p.x)))
            if len(drawn) > 1 and all([p[:2] for p in line.points] == [p[:2] for p in drawn[0].points] for line in drawn):
                points = [
                    Point(same[0].x, same[0].y, any(p.best for p in same), all(p.out for p in same))
                    for same in zip(*(line.points for line in drawn), strict=True)
                ]
                drawn = [Line("", points)]  # it does not depend on the others
            panels.append(Panel(words(key), drawn, self.budgets.get(key), in_bytes(key)))
        return Plot(self.name, across.name, panels)


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


def sweep(
    net: Net,
    axes: Mapping[str, str | Sequence[Value]],
    *,
    columns: str | Sequence[str] = (),
    max_params: Number | None = None,
    max_params_without_bias: Number | None = None,
    max_multiplies: Number | None = None,
    max_memory: Number | None = None,
    most: Mapping[str, Number] | Sequence[str] = (),
    batch: int = 1,
    dtype: str = "fp32",
    train: bool = False,
    optimizer: str | None = None,
    count: str = "paper",
    skip_zeros: bool = False,
    input: Stated = None,
    variables: Variables = None,
    bias: bool = True,
    progress: Progress = None,
) -> Sweep:
    """The figures of every combination of the values of `axes`: variables of the network, its `resolution` or `batch`.

    Values are a sequence, or a text: `"0.25:1.5:0.25"` (from, to, step), `"96,128,...,224"`, `"relu,silu"`. `columns` are figures
    that have a total (params and multiplies where none are named); a budget, as those of `fit`, is shown too. Raises SpecError.
    """
    named = [c for c in (columns.split(",") if isinstance(columns, str) else columns) if c.strip()]
    budgets = read_budgets(max_params, max_params_without_bias, max_multiplies, max_memory, most)
    shown = [known_figure(name, "--columns") for name in named] or list(USUAL)
    use = Use(batch, dtype, train, optimizer).checked(
        any(map(in_bytes, [*shown, *budgets])) or BATCH in axes, "--columns params,multiplies,memory"
    )
    given = given_of(input, variables, bias)
    return swept(source_of(net), given, axes, shown, budgets, use, count, skip_zeros, progress)


def swept(
    source: Source,
    given: Given,
    axes: Mapping[str, str | Sequence[Value]],
    shown: Sequence[str],
    budgets: Mapping[str, int],
    use: Use,
    count: str = "paper",
    skip_zeros: bool = False,
    progress: Progress = None,
) -> Sweep:
    """The same of what was looked at already: a text, figures and budgets by their keys. Raises SpecError."""
    keys = list(dict.fromkeys([*shown, *budgets]))
    typed = {name: texts_of(name, values) for name, values in axes.items()}
    begin = {name: texts[0] for name, texts in typed.items() if texts and name not in (SIZE, BATCH, INPUT)}
    variants = Variants(read(source), given, (), taking(keys, use, count, skip_zeros), use.batch, begin)
    made = [axis_of(name, texts, variants.first, not variants.traceable).sorted() for name, texts in typed.items()]
    variants.axes = made
    total = prod(len(axis.values) for axis in made)
    if not made or total > MOST_VARIANTS:
        what = f"{total:,} variants; the most is {MOST_VARIANTS:,}" if made else "nothing varies: an axis has several values"
        raise SpecError([Fault(what, repairs=["--set width=0.25:1.5:0.25"])])
    found: list[Variant] = []
    for number, values in enumerate(product(*(axis.values for axis in made))):
        try:
            found.append(Variant(values, variants.at(values)))
        except SpecError as error:
            fault = error.faults[0]
            if fault.message.startswith("--set "):  # what cannot be set at all
                raise
            found.append(Variant(values, None, f"{fault.path}: {fault.message}" if fault.path else fault.message))
        if progress is not None and number % 64 == 0:
            progress(number / total, number)
    costs: list[tuple[int, ...] | None] = [v.figures for v in found]
    if budgets:  # what keeps them is as good as all else that does
        costs = [
            (0,) if v.figures is not None and all(n <= budgets.get(k, n) for k, n in zip(keys, v.figures, strict=True)) else None
            for v in found
        ]
    best = frontier([len(a.values) for a in made], [a.ordered for a in made], costs)
    counted = [f"{convention(count, skip_zeros).footer}, for one input"] if "multiplies" in keys else []
    first = variants.first
    return Sweep(first.name, made, keys, budgets, found, best, use, variants.built, first.notes, counted)


def taking(keys: Sequence[str], use: Use, count: str, skip_zeros: bool) -> Measure:
    """What takes these figures of a network at a batch."""
    counted = convention(count, skip_zeros)

    def take(network: Network, batch: int) -> Sequence[int]:
        analysis = analyse(network, convention=counted, batch=batch, dtype=use.dtype)
        return [measure(analysis, key, use) for key in keys]

    return take
