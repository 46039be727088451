"""The largest value of a variable with which a network keeps a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from archcalc.analysis import Totals, analyse
from archcalc.conventions import convention
from archcalc.layers.base import Shape
from archcalc.network.description import Given
from archcalc.notations import read
from archcalc.report.document import Cell, Column, Document, Table
from archcalc.text.amounts import amount, decimal, shown
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions
from archcalc.text.source import Source

ALL = 400  # so many values are all tried; of more, a boundary is found by halving and its neighbourhood tried
AFTER = 200  # values tried beyond the boundary, where rounding may let a larger one keep the budget
MOST = 2_000_000  # values a range may hold
WORDS = {"params": "params", "params_without_bias": "params without bias", "multiplies": "multiplies"}


def read_amount(text: str, what: str) -> int:
    """`2M`, `150k`, `1.5G`, `61,706` as a number. Raises SpecError."""
    try:
        return amount(text)
    except ValueFault:
        raise SpecError([Fault(f"--{what} {shown(text)}: a whole number is meant", repairs=["2M", "150k", "61706"])]) from None


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
        inputs: Mapping[str, Shape],
        variables: Mapping[str, str],
        bias: bool,
        vary: str,
        budgets: Mapping[str, int],
        progress: Callable[[float, int], None] | None,
        skip_zeros: bool = False,
    ) -> None:
        self.convention = convention(skip_zeros=skip_zeros)
        self.description = read(source)
        self.inputs, self.variables, self.bias, self.vary, self.budgets = inputs, variables, bias, vary, budgets
        self.progress = progress
        network = self.description.network(Given(inputs, variables, bias))
        self.name = network.name
        if vary not in network.variables:
            known = ", ".join(network.variables) or "none"
            near = [f"--vary {n}" for n in suggestions(vary, network.variables) or list(network.variables)[:3]]
            raise SpecError([Fault(f"{network.name} has no variable '{vary}'; it has {known}", repairs=near)])
        start = network.variables[vary]
        if isinstance(start, str | bool):
            what = f"'{start}'" if isinstance(start, str) else str(start).lower()
            others = [f"--vary {n}" for n, v in network.variables.items() if not isinstance(v, str | bool)]
            raise SpecError([Fault(f"the variable {vary} is {what}, which has no size", repairs=others)])
        self.start = Decimal(str(start))
        self.whole = isinstance(start, int)
        self.known: dict[str, Totals | None] = {}

    def totals(self, value: str) -> Totals | None:
        """The totals with the variable at a value; None where that network is not legal."""
        if value not in self.known:
            try:
                variables = {**self.variables, self.vary: value}
                network = self.description.network(Given(self.inputs, variables, self.bias))
                self.known[value] = analyse(network, convention=self.convention).totals
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


def broken(totals: Totals, budgets: Mapping[str, int]) -> list[str]:
    """Which budgets these totals break."""
    return [name for name, most in budgets.items() if getattr(totals, name) > most]


def fit(fitting: Fitting, values: Range) -> tuple[Document, dict[str, Any], bool]:
    """The answer as document and data, and whether any value keeps the budget."""
    best, how = fitting.search(values)
    ends = f"{fitting.vary} from {values.value(0)} to {values.value(values.count - 1)} by {values.step.normalize():f}"
    limits = " and ".join(f"{WORDS[name]} ≤ {most:,}" for name, most in fitting.budgets.items())
    document = Document(f"{fitting.name}: the largest {fitting.vary} with {limits}")
    data: dict[str, Any] = {"name": fitting.name, "vary": fitting.vary, "budget": dict(fitting.budgets)}
    data["search"] = f"{ends}: {how}"
    rows: list[list[Cell]] = []
    after = values.value(best + 1) if best is not None and best + 1 < values.count else None
    if best is not None:
        rows.append([Decimal(values.value(best)), *_figures(fitting, values.value(best)), "kept"])
    if after is not None:
        totals = fitting.totals(after)
        why = "not legal" if totals is None else "breaks " + ", ".join(WORDS[b] for b in broken(totals, fitting.budgets))
        rows.append([Decimal(after), *_figures(fitting, after), why])
    if rows:
        counts = [Column(word, "count", key=name) for name, word in WORDS.items()]
        document.add(Table([Column(fitting.vary, "number"), *counts, Column("", "prose", key="budget")], rows))
    if best is None:
        document.say("No value keeps the budget.")
        data["value"] = None
    else:
        value = values.value(best)
        totals = fitting.totals(value)
        assert totals is not None
        data |= {"value": int(value) if value.isdigit() and fitting.whole else float(value)}
        data |= {name: getattr(totals, name) for name in WORDS}
        if after is None:
            document.say(f"{value} is the end of the range: a larger one may keep the budget too (--to).")
    document.say(f"Looked at {ends}: {how}.")
    data["tried"] = len(fitting.known)
    return document, data, best is not None


def _figures(fitting: Fitting, value: str) -> list[Cell]:
    totals = fitting.totals(value)
    return [None if totals is None else getattr(totals, name) for name in WORDS]
