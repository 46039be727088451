"""The largest value of a variable with which a network keeps a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from archcalc.analysis import analyse
from archcalc.conventions import convention
from archcalc.loading import Net, Stated, Variables, given_of, source_of
from archcalc.network.description import Given
from archcalc.notations import read
from archcalc.questions.budgets import TOTALS, Number, Use, in_bytes, measure, read_budgets, words
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Table
from archcalc.text.amounts import decimal, shown
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions
from archcalc.text.source import Source

ALL = 400  # so many values are all tried; of more, a boundary is found by halving and its neighbourhood tried
AFTER = 200  # values tried beyond the boundary, where rounding may let a larger one keep the budget
MOST = 2_000_000  # values a range may hold
Progress = Callable[[float, int], None] | None  # told the share that is done, and how many were tried
Sums = Mapping[str, int]  # the totals of a network and what it has of every budget, by their figures
BATCH = "batch"  # what may vary without being a variable of the network


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
        value = self.low + self.step * index
        return f"{value.normalize():f}"


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
    ) -> None:
        self.use = use or Use()
        self.convention = convention(skip_zeros=skip_zeros)
        self.description = read(source)
        self.given, self.vary, self.budgets, self.progress = given, vary, budgets, progress
        network = self.description.network(given)
        self.name = network.name
        self.network = network if vary == BATCH and vary not in network.variables else None
        self.known: dict[str, Sums | None] = {}
        if self.network is not None:
            if not any(map(in_bytes, budgets)):
                raise SpecError([Fault("only memory goes with the batch", repairs=["--max-memory 8GiB"])])
            self.start, self.whole = Decimal(1), True
            return
        if vary not in network.variables:
            known = ", ".join(network.variables) or "none"
            near = [f"--vary {n}" for n in suggestions(vary, network.variables) or list(network.variables)[:3]]
            raise SpecError(
                [
                    Fault(
                        f"{network.name} has no variable '{vary}'; it has {known}",
                        repairs=near or ["a network with a variable under `vars`"],
                    )
                ]
            )
        start = network.variables[vary]
        if isinstance(start, str | bool):
            what = f"'{start}'" if isinstance(start, str) else str(start).lower()
            others = [f"--vary {n}" for n, v in network.variables.items() if not isinstance(v, str | bool)]
            raise SpecError(
                [Fault(f"the variable {vary} is {what}, which has no size", repairs=others or ["a variable that is a number"])]
            )
        self.start = Decimal(str(start))
        self.whole = isinstance(start, int)

    def totals(self, value: str) -> Sums | None:
        """The totals with the variable at a value; None where that network is not legal."""
        if value not in self.known:
            try:
                self.known[value] = self._sums(value)
            except SpecError:
                self.known[value] = None
            if self.progress is not None:
                self.progress(min(0.99, len(self.known) / ALL), len(self.known))
        return self.known[value]

    def _sums(self, value: str) -> Sums:
        """The totals, and all that has a budget."""
        batch = self.use.batch if self.network is None else int(value)
        network = self.network
        if network is None:
            variables = {**self.given.variables, self.vary: value}
            network = self.description.network(self.given._replace(variables=variables))
        analysis = analyse(network, convention=self.convention, batch=batch, dtype=self.use.dtype)
        return {key: measure(analysis, key, self.use) for key in dict.fromkeys((*TOTALS, *self.budgets))}

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
            while self.keeps(f"{last.normalize():f}") and last < first + made_step * MOST // 2:
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
    variable is a whole number as the network has it; `use` is what memory was counted for, where it is a budget.
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
        limits = " and ".join(f"{words(key)} ≤ {most:,}" for key, most in self.budgets.items())
        return f"{self.name}: the largest {self.vary} with {limits}"

    @property
    def sentence(self) -> str:
        """The value, or that there is none."""
        return f"{self._asked}: {self.kept.value.normalize():f}" if self.kept else f"{self._asked}: none"

    def as_document(self) -> Document:
        """The value and the next one, with their totals."""
        document = Document(self._asked, data=self.as_data)
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
            value = f"{self.kept.value.normalize():f}"
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


def fit(
    net: Net,
    vary: str,
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
    skip_zeros: bool = False,
    input: Stated = None,
    variables: Variables = None,
    bias: bool = True,
    progress: Progress = None,
) -> Fit:
    """The largest value of the variable `vary` with which a network keeps every budget that is given.

    Budgets are numbers, or texts such as `"2M"`, and `"8GiB"` of memory; `most` sets them of other figures. Memory is
    that of inference, or of training with `train` or an
    `optimizer`, at a `batch` and in a `dtype`; `vary` may be `"batch"`. Values from `low` to `high` by `step` are looked at;
    where they are left out, from one step (0.01, or 1 for a whole number) on, doubled until a budget breaks. Raises SpecError.
    """
    budgets = read_budgets(max_params, max_params_without_bias, max_multiplies, max_memory, most)
    if not budgets:
        raise SpecError([Fault("no budget is given", repairs=["--max-params 2M", "--max-multiplies 150M"])])
    use = Use(batch, dtype, train, optimizer).checked(any(map(in_bytes, budgets)))
    fitting = Fitting(source_of(net), given_of(input, variables, bias), vary, budgets, progress, skip_zeros, use)
    values = fitting.range(*(None if n is None else str(n) for n in (low, high, step)))
    best, how = fitting.search(values)
    ends = f"{vary} from {values.value(0)} to {values.value(values.count - 1)} by {values.step.normalize():f}"
    places = [] if best is None else [n for n in (best, best + 1) if n < values.count]
    found = [Tried(Decimal(values.value(n)), fitting.totals(values.value(n))) for n in places]
    kept, after = [*found, None, None][:2]
    counted = use if any(map(in_bytes, budgets)) else None
    return Fit(fitting.name, vary, budgets, kept, after, f"{ends}: {how}", len(fitting.known), fitting.whole, counted)
