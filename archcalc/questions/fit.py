"""The largest value of a variable with which a network keeps a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from archcalc.loading import Net, Stated, Variables, given_of, source_of
from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations import read
from archcalc.questions.axes import BATCH, SIZE, Axis, Value, axis_of, given_at, sized_input, spatial_axes, texts_of, written
from archcalc.questions.budgets import TOTALS, Number, Use, in_bytes, limits, read_budgets, words
from archcalc.questions.sweep import Sweep, Variant, swept, taking
from archcalc.questions.variants import Variants
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Remark, Table
from archcalc.text.amounts import decimal, shown
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions
from archcalc.text.source import Source

ALL = 400  # so many values are all tried; of more, a boundary is found by halving and its neighbourhood tried
AFTER = 200  # values tried beyond the boundary, where rounding may let a larger one keep the budget
MOST = 2_000_000  # values a range may hold
Progress = Callable[[float, int], None] | None  # told the share that is done, and how many were tried
Sums = Mapping[str, int]  # the totals of a network and what it has of every budget, by their figures
MOST_ALONE = 2000  # values of one of several things that vary, where none are given


def read_step(text: str, what: str) -> Decimal:
    """A positive decimal number. Raises SpecError."""
    try:
        number = decimal(text)
    except ValueFault:
        number = Decimal(0)
    if not Decimal("1e-6") <= number <= 10**9:
        raise SpecError([Fault(f"--{what} {shown(text)}: a number above 0 is meant", repairs=["0.05", "1"])])
    return number


@dataclass(frozen=True)
class Range:
    """The values looked at: low, low + step, … as long as they are at most high."""

    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def count(self) -> int:
        """How many values it holds."""
        return int((self.high - self.low) / self.step) + 1

    def value(self, index: int) -> str:
        """The value of an index, as it is written after --set."""
        return written(self.low + self.step * index)


class Fitting:
    """Figures of the network for each value, worked out once."""

    def __init__(
        self,
        source: Source,
        given: Given,
        vary: str,
        budgets: Mapping[str, int],
        progress: Progress,
        skip_zeros: bool = False,
        use: Use | None = None,
        count: str = "paper",
    ) -> None:
        self.vary, self.budgets, self.progress = vary, budgets, progress
        self.keys = list(dict.fromkeys((*TOTALS, *budgets)))
        take = taking(self.keys, use or Use(), count, skip_zeros)
        self.variants = Variants(read(source), given, (), take, (use or Use()).batch)
        network = self.variants.first
        self.name = network.name
        self.known: dict[str, Sums | None] = {}
        self.start, kind = start_of(network, vary, budgets)
        self.variants.axes = [Axis(vary, (), kind)]
        self.whole = self.start == int(self.start) and not isinstance(network.variables.get(vary), float)

    def totals(self, value: str) -> Sums | None:
        """The totals with the variable at a value, and all that has a budget; None where that network is not legal."""
        if value not in self.known:
            number = Decimal(value)
            whole = self.whole and number % 1 == 0
            try:
                figures = self.variants.at((int(number) if whole else float(number),))
                self.known[value] = dict(zip(self.keys, figures, strict=True))
            except SpecError:
                self.known[value] = None
            if self.progress is not None:
                self.progress(min(0.99, len(self.known) / ALL), len(self.known))
        return self.known[value]

    def keeps(self, value: str) -> bool:
        """Whether the network is legal at a value and within every budget."""
        totals = self.totals(value)
        return totals is not None and not broken(totals, self.budgets)

    def range(self, low: str | None, high: str | None, step: str | None) -> Range:
        """The values looked at; without an upper end, doubled until a budget is broken."""
        made_step = read_step(step, "step") if step else Decimal(1) if self.whole else Decimal("0.01")
        first = read_step(low, "from") if low else made_step
        if high:
            last = read_step(high, "to")
        else:
            last = max(self.start, first)
            while self.keeps(written(last)) and last < first + made_step * MOST // 2:
                last *= 2
        if last < first or (last - first) / made_step > MOST:
            message = f"the range {first} to {last} by {made_step} holds no values or more than {MOST:,}"
            raise SpecError([Fault(message, repairs=["--step 0.05"])])
        return Range(first, last, made_step)

    def search(self, values: Range) -> tuple[int | None, str]:
        """The index of the largest value that keeps the budget, and how it was found."""
        count = values.count
        if count <= ALL:
            kept = [i for i in range(count) if self.keeps(values.value(i))]
            return (kept[-1] if kept else None), f"all {count} values were tried"
        below, above = -1, count
        while above - below > 1:
            middle = (below + above) // 2
            if self.keeps(values.value(middle)):
                below = middle
            else:
                above = middle
        after = min(count - 1, below + AFTER)
        kept = [i for i in range(max(0, below), after + 1) if self.keeps(values.value(i))]
        how = f"a boundary was found by halving, and the next {max(0, after - below)} larger values were tried"
        return (kept[-1] if kept else None), how


def start_of(network: Network, vary: str, budgets: Mapping[str, int]) -> tuple[Decimal, str]:
    """The value that what varies has in the network as it stands, and what kind of axis it is. Raises SpecError."""
    known = {**network.margin, **network.variables}
    if vary in known:
        start = known[vary]
        if isinstance(start, str | bool):
            what = f"'{start}'" if isinstance(start, str) else str(start).lower()
            others = [f"--vary {n}" for n, v in network.variables.items() if not isinstance(v, str | bool)]
            message = f"the variable {vary} is {what}, which has no size"
            raise SpecError([Fault(message, repairs=others or ["a variable that is a number"])])
        return Decimal(str(start)), "variable"
    if vary == BATCH:
        if not any(map(in_bytes, budgets)):
            raise SpecError([Fault("only memory goes with the batch", repairs=["--max-memory 8GiB"])])
        return Decimal(1), "batch"
    if vary == SIZE:
        name = sized_input(network)
        return Decimal(max(network.inputs[name][axis] for axis in spatial_axes(network, name))), "size"
    near = [f"--vary {n}" for n in suggestions(vary, [*known, SIZE]) or [*known, SIZE][:3]]
    raise SpecError([Fault(f"{network.name} has no variable '{vary}'; it has {', '.join(known) or 'none'}", repairs=near)])


def broken(totals: Sums, budgets: Mapping[str, int]) -> list[str]:
    """Which budgets these totals break."""
    return [key for key, most in budgets.items() if totals[key] > most]


class Tried(NamedTuple):
    """A value, and the totals of the network with it; None where that network is not legal."""

    value: Decimal
    totals: Sums | None


@dataclass(frozen=True, repr=False)
class Fit(Answer):
    """The largest value of a variable with which a network keeps its budgets.

    `kept` is that value with its totals, None where none keeps them; `after` the next larger one that was looked at. `search`
    says what was looked at and how, `tried` how many values were, and `whole` that the
    variable is a whole number as the network has it; `use` is what memory was counted for, where it is a budget; `notes` are what
    the reader assumed.
    """

    name: str
    vary: str
    budgets: Mapping[str, int]
    kept: Tried | None
    after: Tried | None
    search: str
    tried: int
    whole: bool = True
    use: Use | None = None
    notes: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Whether any value keeps the budgets."""
        return self.kept is not None

    @property
    def value(self) -> int | float | None:
        """The largest value that keeps the budgets."""
        if self.kept is None:
            return None
        return int(self.kept.value) if self.whole and self.kept.value % 1 == 0 else float(self.kept.value)

    @property
    def totals(self) -> Sums | None:
        """The totals with that value."""
        return self.kept.totals if self.kept else None

    @property
    def _asked(self) -> str:
        return f"{self.name}: the largest {self.vary} with {limits(self.budgets)}"

    @property
    def sentence(self) -> str:
        """The value, or that there is none."""
        return f"{self._asked}: {written(self.kept.value)}" if self.kept else f"{self._asked}: none"

    def as_document(self) -> Document:
        """The value and the next one, with their totals."""
        document = Document(self._asked, [Remark(f"note: {note}") for note in self.notes], self.as_data)
        rows: list[list[Cell]] = []
        if self.kept is not None:
            rows.append([*self._row(self.kept), "kept"])
        if self.after is not None:
            totals = self.after.totals
            why = "not legal" if totals is None else "breaks " + ", ".join(words(b) for b in broken(totals, self.budgets))
            rows.append([*self._row(self.after), why])
        if rows:
            counts = [Column(word, "count", key=name) for name, word in self._words.items()]
            document.add(Table([Column(self.vary, "number"), *counts, Column("", "prose", key="budget")], rows))
        if self.kept is None:
            document.say("No value keeps the budget.")
        elif self.after is None:
            value = written(self.kept.value)
            document.say(f"{value} is the end of the range: a larger one may keep the budget too (--to).")
        document.say(f"Looked at {self.search}.")
        if self.use is not None:
            document.note(self.use.of(self.budgets) + (f", batch {self.use.batch}" if self.vary != BATCH else ""))
        return document

    @property
    def _words(self) -> dict[str, str]:
        return {key: words(key) for key in dict.fromkeys((*TOTALS, *self.budgets))}

    def _row(self, tried: Tried) -> list[Cell]:
        return [tried.value, *(None if tried.totals is None else tried.totals[key] for key in self._words)]

    def as_data(self) -> dict[str, object]:
        """The value and its totals as plain data."""
        data: dict[str, object] = {"name": self.name, "vary": self.vary, "budget": dict(self.budgets), "search": self.search}
        return data | {"value": self.value} | {**(self.totals or {})} | {"tried": self.tried}


@dataclass(frozen=True, repr=False)
class Fits(Answer):
    """Of several things that vary, the combinations that keep the budgets and of which none can be larger on any axis.

    `best` are they, with their figures; `swept` is every combination that was looked at.
    """

    swept: Sweep

    @property
    def ok(self) -> bool:
        """Whether any combination keeps the budgets."""
        return self.swept.ok

    @property
    def best(self) -> list[Variant]:
        """The combinations, in the order of their values."""
        return [v for v, marked in zip(self.swept.variants, self.swept.pareto, strict=True) if marked]

    @property
    def _asked(self) -> str:
        names = " and ".join(a.name for a in self.swept.axes)
        return f"{self.swept.name}: the largest {names} with {limits(self.swept.budgets)}"

    @property
    def sentence(self) -> str:
        """The combinations, or that there is none."""
        names = [a.name for a in self.swept.axes]
        said = [", ".join(f"{n} {written(x)}" for n, x in zip(names, v.values, strict=True)) for v in self.best[:3]]
        more = f"; {len(self.best) - 3} more" if len(self.best) > 3 else ""
        return f"{self._asked}: {'; '.join(said) or 'none'}{more}"

    def as_document(self) -> Document:
        """A row a combination."""
        document = Document(self._asked, [Remark(f"note: {note}") for note in self.swept.notes], self.as_data)
        columns = [Column(a.name, "number" if a.ordered else "text", first=0) for a in self.swept.axes]
        columns += [Column(words(key), "count", key=key) for key in self.swept.keys]
        if self.best:
            document.add(Table(columns, [[*map(written, v.values), *(v.figures or ())] for v in self.best]))
        else:
            document.say("No combination keeps the budget.")
        looked = " and ".join(f"{a.name} {written(a.values[0])} to {written(a.values[-1])}" for a in self.swept.axes)
        document.say(f"Looked at {looked}: all {len(self.swept.variants):,} combinations were tried.")
        if self.best:
            document.note(
                "what is as large on every axis, and larger on one, breaks a budget, is not legal, or was not looked at"
            )
        if any(map(in_bytes, self.swept.keys)):
            document.note(self.swept.use.of(self.swept.keys))
        return document

    def as_data(self) -> dict[str, object]:
        """The combinations as plain data."""
        swept = self.swept.as_data()
        return {key: swept[key] for key in ("name", "axes", "budget")} | {
            "best": [
                {k: n for k, n in row.items() if k not in ("pareto", "breaks", "fault")}
                for row in swept["variants"]
                if row["pareto"]
            ],
            "tried": len(self.swept.variants),
        }


def fit(
    net: Net,
    vary: str | Sequence[str] | Mapping[str, str | Sequence[Number]],
    *,
    max_params: Number | None = None,
    max_params_without_bias: Number | None = None,
    max_multiplies: Number | None = None,
    max_memory: Number | None = None,
    most: Mapping[str, Number] | Sequence[str] = (),
    batch: int = 1,
    dtype: str = "fp32",
    train: bool = False,
    optimizer: str | None = None,
    low: Number | None = None,
    high: Number | None = None,
    step: Number | None = None,
    count: str = "paper",
    skip_zeros: bool = False,
    input: Stated = None,
    variables: Variables = None,
    bias: bool = True,
    progress: Progress = None,
) -> Fit | Fits:
    """The largest value of the variable `vary` with which a network keeps every budget that is given.

    Of several, or where values are given (`["width=0.25:1.5:0.05", "resolution=96:224:32"]`, or a mapping), every combination is
    looked at, and the answer is a `Fits`: those that keep the budgets, and none of which is as large as another on every axis.

    Budgets are numbers, or texts such as `"2M"`, and `"8GiB"` of memory; `most` sets them of other figures. Memory is
    that of inference, or of training with `train` or an
    `optimizer`, at a `batch` and in a `dtype`; `vary` may be `"batch"`. Values from `low` to `high` by `step` are looked at;
    where they are left out, from one step (0.01, or 1 for a whole number) on, doubled until a budget breaks. Raises SpecError.
    """
    budgets = read_budgets(max_params, max_params_without_bias, max_multiplies, max_memory, most)
    if not budgets:
        raise SpecError([Fault("no budget is given", repairs=["--max-params 2M", "--max-multiplies 150M"])])
    use = Use(batch, dtype, train, optimizer).checked(any(map(in_bytes, budgets)))
    source, given = source_of(net), given_of(input, variables, bias)
    ends = tuple(None if n is None else str(n) for n in (low, high, step))
    several = _several(vary)
    if len(several) > 1 or None not in several.values():
        if ends != (None, None, None):
            raise SpecError([Fault("--from, --to and --step are of one variable alone", repairs=["--vary width=0.25:1.5:0.25"])])
        axes: dict[str, str | Sequence[Value]] = {name: values for name, values in several.items() if values is not None}
        least = _at_least(source, given, axes) if len(axes) < len(several) else given
        for name in [name for name, values in several.items() if values is None]:
            alone = Fitting(source, least, name, budgets, progress, skip_zeros, use, count).range(None, None, None)
            if alone.count > MOST_ALONE:
                raise SpecError([Fault(f"{alone.count:,} values of {name}", repairs=[f"--vary {name}=FROM:TO:STEP"])])
            axes[name] = [alone.value(n) for n in range(alone.count)]
        axes = {name: axes[name] for name in several}
        return Fits(swept(source, given, axes, TOTALS, budgets, use, count, skip_zeros, progress))
    (name,) = several
    fitting = Fitting(source, given, name, budgets, progress, skip_zeros, use, count)
    values_ = fitting.range(*ends)
    best, how = fitting.search(values_)
    looked = f"{name} from {values_.value(0)} to {values_.value(values_.count - 1)} by {written(values_.step)}"
    places = [] if best is None else [n for n in (best, best + 1) if n < values_.count]
    tried = [Tried(Decimal(values_.value(n)), fitting.totals(values_.value(n))) for n in places]
    kept, after = [*tried, None, None][:2]
    counted = use if any(map(in_bytes, budgets)) else None
    return Fit(
        fitting.name,
        name,
        budgets,
        kept,
        after,
        f"{looked}: {how}",
        len(fitting.known),
        fitting.whole,
        counted,
        fitting.variants.first.notes,
    )


def _at_least(source: Source, given: Given, axes: Mapping[str, str | Sequence[Value]]) -> Given:
    """What is given, with the least value of every axis."""
    network = read(source).network(given)
    made = [axis_of(name, texts_of(name, values), network, True).sorted() for name, values in axes.items()]
    inputs, variables, _ = given_at(network, made, [axis.values[0] for axis in made], 1)
    texts = {name: written(value) for name, value in variables.items()}
    return given._replace(inputs={**given.inputs, **inputs}, variables={**given.variables, **texts})


def _several(vary: str | Sequence[str] | Mapping[str, str | Sequence[Number]]) -> dict[str, str | Sequence[Value] | None]:
    """What varies, by name, with the values it takes where they are given. Raises SpecError."""
    if isinstance(vary, Mapping):
        return dict(vary)
    found: dict[str, str | Sequence[Value] | None] = {}
    for text in [vary] if isinstance(vary, str) else vary:
        name, sign, values = text.partition("=")
        if name.strip() in found:
            raise SpecError([Fault(f"--vary {name.strip()} is given twice", repairs=[f"--vary {name.strip()}=1,2,3"])])
        found[name.strip()] = values if sign else None
    if not found:
        raise SpecError([Fault("nothing varies", repairs=["--vary width"])])
    return found
