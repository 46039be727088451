"""Budgets: the most that a network may have of a figure, what it has, and which layers weigh most.

A budget is of a total (`params`, `params_without_bias`, `multiplies`), of `memory`, or of any figure of the table of figures that
adds up or has a largest. Work is counted for one input, memory for the batch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from archcalc.analysis import BYTES, Analysis
from archcalc.figures import TABLE, figure
from archcalc.figures.memory import STATES, bytes_of, inference, needed, training
from archcalc.figures.memory_report import binary
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Table
from archcalc.text.amounts import BINARY, SUFFIXES, amount, decimal, shown
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions

Number = int | float | str  # as a program or a person has it
MEMORY = "memory"
TOTALS = ("params", "params_without_bias", "multiplies")
WORDS = {"params_without_bias": "params without bias", "param_bytes": "param bytes"}
UNITS = {"": 1, "b": 1, **BINARY} | {f"{letter}b": SUFFIXES[letter] for letter in "kmgt"}
HEAVIEST = 3  # layers that are named
WORK = ("multiplications", "operations")  # units of what a batch multiplies


def words(key: str) -> str:
    """The name of a figure, as it is said."""
    return key.replace("_", " ")


def limits(budgets: Mapping[str, int]) -> str:
    """What is asked of a network, in words: `params ≤ 2,000,000 and memory ≤ 8,589,934,592`."""
    return " and ".join(f"{words(key)} ≤ {most:,}" for key, most in budgets.items())


class Use(NamedTuple):
    """What memory is counted for: so many inputs at once, a type of number, inference or training with an optimizer."""

    batch: int = 1
    dtype: str = "fp32"
    train: bool = False
    optimizer: str | None = None

    @property
    def words(self) -> str:
        """What is counted, in words."""
        how = f" with {self.optimizer}" if self.optimizer else ""
        what = f"what training keeps{how}" if self.train or self.optimizer else "the peak of activations in inference"
        beside = "parameters, buffers, gradients and " if self.train or self.optimizer else "parameters, buffers and "
        return f"memory: {beside}{what}, in bytes, {self.dtype}"

    def of(self, keys: Collection[str]) -> str:
        """What is counted for figures, in words: what memory is, where it is one of them."""
        return self.words if MEMORY in keys else f"bytes of {self.dtype}"

    def checked(self, counted: bool, instead: str = "--max-memory 8GiB") -> Use:
        """The same. Raises SpecError for what does not go together, or is said where nothing is counted in bytes: `instead`
        would have something counted."""
        fault = ""
        repairs = [instead]
        if not counted and self != Use():
            fault = "a batch, a type of number, training or an optimizer is given, and nothing that is counted in bytes"
        elif self.dtype not in BYTES:
            fault, repairs = f"a data type '{self.dtype}'", [f'dtype="{name}"' for name in BYTES]
        elif self.optimizer is not None and self.optimizer not in STATES:
            fault, repairs = f"an optimizer '{self.optimizer}'", [f'optimizer="{name}"' for name in STATES]
        elif self.dtype == "int8" and (self.train or self.optimizer):
            fault, repairs = "there is no training in int8: gradients are fractions", ["--dtype bf16"]
        if fault:
            raise SpecError([Fault(fault, repairs=repairs)])
        return self


def in_bytes(key: str) -> bool:
    """Whether a figure is counted in bytes."""
    return key == MEMORY or figure(key).unit == "bytes"


def known_figure(key: str, option: str) -> str:
    """The key of a figure of which there is a total. Raises SpecError; `option` is what it was given by."""
    named = key.strip().lower().replace("-", "_").replace(" ", "_")
    if named in (MEMORY, *TOTALS):
        return named
    found = figure(named) if named in TABLE else None
    if found is not None and found.kind == "count" and (found.sums or found.most):
        return named
    why = f"there is no figure '{shown(key)}'" if found is None else f"{named} has no total"
    near = suggestions(named, [key for key in (MEMORY, *TABLE) if key != named])
    raise SpecError([Fault(f"{option}: {why}", repairs=[*near, "`archcalc columns` for all of them", "params"][:3])])


def read_amount(text: str, option: str) -> int:
    """`2M`, `150k`, `1.5G`, `61,706` as a number. Raises SpecError."""
    try:
        return amount(text)
    except ValueFault:
        raise SpecError([Fault(f"{option} {shown(text)}: a whole number is meant", repairs=["2M", "150k", "61706"])]) from None


def read_bytes(text: str, option: str = "--max-memory") -> int:
    """`8GiB`, `500MB`, `1048576` as bytes. Raises SpecError."""
    bare = text.strip().replace(" ", "")
    number = bare.rstrip("bBiIkKmMgGtT")
    try:
        size = decimal(number) * UNITS[bare[len(number) :].lower()]
    except (ValueFault, KeyError):
        size = Decimal(0)
    if not 1 <= size <= 2**60:
        raise SpecError([Fault(f"{option} {shown(text)}: a number of bytes is meant", repairs=["8GiB", "500MB"])])
    return int(size)


def read_budgets(
    max_params: Number | None = None,
    max_params_without_bias: Number | None = None,
    max_multiplies: Number | None = None,
    max_memory: Number | None = None,
    most: Mapping[str, Number] | Sequence[str] = (),
) -> dict[str, int]:
    """The budgets that are given, by their figures. `most` are those of other figures, as a mapping or as typed (`act=20MiB`).

    Raises SpecError.
    """
    named = {"params": max_params, "params_without_bias": max_params_without_bias, "multiplies": max_multiplies}
    budgets = {key: read_amount(str(n), f"--max-{key.replace('_', '-')}") for key, n in named.items() if n is not None}
    if max_memory is not None:
        budgets[MEMORY] = read_bytes(str(max_memory))
    pairs = most.items() if isinstance(most, Mapping) else [_pair(text) for text in most]
    for name, value in pairs:
        key = known_figure(name, f"--max {shown(name)}={shown(str(value))}")
        if key in budgets:
            raise SpecError([Fault(f"--max {key}: a budget of it is given twice", repairs=["one of the two"])])
        budgets[key] = (read_bytes if in_bytes(key) else read_amount)(str(value), f"--max {key}=")
    return budgets


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip() or not value.strip():
        raise SpecError([Fault(f"--max {shown(text)}: FIGURE=N is meant", repairs=["--max act=20MiB", "--max additions=1G"])])
    return name, value


def measure(analysis: Analysis, key: str, use: Use) -> int:
    """What a network has of a figure. Raises SpecError where that is not known."""
    if key in TOTALS:
        if analysis.unknown(key):
            analysis.network.demand_order()
        total: int = getattr(analysis.totals, key)
        return total
    analysis.network.demand_order()
    if key == MEMORY:
        return needed(analysis, use.optimizer, use.train)
    found = figure(key)
    values = found.of(analysis)
    if "?" in values:
        row = analysis.rows[list(values).index("?")]
        message = f"the {words(key)} of {row.layer.kind} have no count, so the total is not known"
        raise SpecError([Fault(message, row.node.span, row.path, repairs=["multiplies, which every layer has"])])
    counted = found.total(values)
    return (counted if isinstance(counted, int) else 0) // (analysis.batch if found.unit in WORK else 1)


def shares(analysis: Analysis, key: str, use: Use) -> list[int]:
    """The part of each row in what is measured; they add up to it, but for a largest, and for inputs alive at the peak."""
    rows = analysis.rows
    if key in TOTALS:
        return [getattr(row, key) for row in rows]
    if key == MEMORY:
        width = bytes_of(analysis)
        trained = use.train or use.optimizer is not None
        copies = 2 + STATES[use.optimizer or "sgd"] if trained else 1
        held = [width * (row.params * copies + _buffers(analysis, at)) for at, row in enumerate(rows)]
        if trained:
            return [n + kept for n, kept in zip(held, training(analysis).bytes, strict=True)]
        from archcalc.figures.memory import act

        alive, sizes = set(inference(analysis).alive), act(analysis)
        return [n + (sizes[at] if at in alive else 0) for at, n in enumerate(held)]
    found = figure(key)
    each = analysis.batch if found.unit in WORK else 1
    return [(n if isinstance(n, int) else 0) // each for n in found.of(analysis)]


def _buffers(analysis: Analysis, at: int) -> int:
    row = analysis.rows[at]
    return sum(w.count for w in row.weights if not w.learned) if row.node.shares is None else 0


class Budget(NamedTuple):
    """A budget, and what a network has of it: `heaviest` are the layers with the largest parts, by their paths."""

    key: str
    most: int
    found: int
    heaviest: Sequence[tuple[str, int]]

    @property
    def kept(self) -> bool:
        """Whether it is kept."""
        return self.found <= self.most

    @property
    def over(self) -> int:
        """By how much it is broken; 0 where it is kept."""
        return max(0, self.found - self.most)

    def written(self, number: int) -> str:
        """An amount of it."""
        return f"{number:,} ({binary(number)})" if in_bytes(self.key) else f"{number:,}"

    @property
    def said(self) -> str:
        """The figure beside what it may be."""
        sign = "≤" if self.kept else ">"
        return f"{words(self.key)} {self.found:,} {sign} {self.most:,} ({100 * self.found / self.most:,.1f} % of it)"


@dataclass(frozen=True, repr=False)
class Budgets(Answer):
    """The budgets that are set for a network, each with what it has; `use` is what memory is counted for."""

    analysis: Analysis
    budgets: Sequence[Budget]
    use: Use

    @property
    def name(self) -> str:
        """The network's name."""
        return self.analysis.network.name

    @property
    def ok(self) -> bool:
        """Whether every budget is kept."""
        return all(b.kept for b in self.budgets)

    @property
    def sentence(self) -> str:
        """Every budget beside its figure."""
        return f"{self.name}: {'; '.join(b.said for b in self.budgets)}"

    @property
    def notes(self) -> list[str]:
        """A line for every budget, and what memory is."""
        keys = [b.key for b in self.budgets]
        counted = [f"{self.use.of(keys)}, batch {self.use.batch}"] if any(map(in_bytes, keys)) else []
        return [*(f"budget: {b.said}" for b in self.budgets), *counted]

    def faults(self, asked: str = "") -> list[Fault]:
        """Every broken budget: by how much, the layers that weigh most, and what to type instead of `asked`, the network."""
        numbers = [n for n, v in self.analysis.network.variables.items() if not isinstance(v, str | bool)]
        variables = [n for n in numbers if "class" not in n]  # fewer classes are another task
        found = []
        for b in self.budgets:
            if b.kept:
                continue
            option = f"--max-{b.key.replace('_', '-')} " if b.key in (*TOTALS, MEMORY) else f"--max {b.key}="
            repairs = [f"{option}{b.found}"]
            if variables and asked:
                repairs.insert(0, f"`archcalc fit {asked} --vary {variables[0]} {option}{b.most}`")
            heavy = ", ".join(f"{path} {n:,} ({100 * n / b.found:.1f} %)" for path, n in b.heaviest)
            message = f"budget: {words(b.key)} {b.written(b.found)} is more than {b.written(b.most)}, by {b.written(b.over)}"
            percent = f", {100 * b.over / b.most:,.1f} %"
            found.append(Fault(message + percent, repairs=repairs, notes=[f"the heaviest: {heavy}"] if heavy else []))
        return found

    def as_document(self) -> Document:
        """A row a budget, and the heaviest layers of those that are broken."""
        document = Document(f"{self.name}: budgets", data=self.as_data)
        columns = [Column("figure", key="figure"), Column("found", "count"), Column("at most", "count", key="most")]
        columns += [Column("over", "count"), Column("", key="verdict")]
        rows: list[list[Cell]] = [[words(b.key), b.found, b.most, b.over, "kept" if b.kept else "broken"] for b in self.budgets]
        document.add(Table(columns, rows, tones=["" if b.kept else "bad" for b in self.budgets]))
        broken = [b for b in self.budgets if not b.kept and b.heaviest]
        if broken:
            heavy: list[list[Cell]] = [[words(b.key), path, n, n / b.found] for b in broken for path, n in b.heaviest]
            document.add(
                Table(["figure", Column("heaviest", "name"), Column("amount", "count"), Column("share", "share")], heavy)
            )
        document.note(*self.notes[len(self.budgets) :])
        return document

    def as_data(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"name": self.name, "ok": self.ok, "budgets": self.plain()}

    def plain(self) -> list[dict[str, Any]]:
        """Every budget as plain data."""
        return [
            {
                "figure": b.key,
                "found": b.found,
                "most": b.most,
                "over": b.over,
                "heaviest": [{"path": path, "amount": n} for path, n in b.heaviest],
            }
            for b in self.budgets
        ]


def hold(analysis: Analysis, budgets: Mapping[str, int], use: Use) -> Budgets:
    """What a network has of each figure that a budget is set for. Raises SpecError where a figure is not known."""
    found = []
    for key, most in budgets.items():
        measured = measure(analysis, key, use)
        parts = sorted(zip(shares(analysis, key, use), analysis.rows, strict=True), key=lambda pair: -pair[0])
        heaviest = [(row.path, n) for n, row in parts[:HEAVIEST] if n]
        found.append(Budget(key, most, measured, heaviest))
    return Budgets(analysis, found, use)


def budgets(
    analysis: Analysis,
    *,
    max_params: Number | None = None,
    max_params_without_bias: Number | None = None,
    max_multiplies: Number | None = None,
    max_memory: Number | None = None,
    most: Mapping[str, Number] | Sequence[str] = (),
    train: bool = False,
    optimizer: str | None = None,
) -> Budgets:
    """Whether a network keeps its budgets: numbers, or texts such as `"2M"`, and `"20MiB"` of bytes.

    `most` sets budgets of other figures (`{"act": "20MiB"}`). Memory is that of inference, or of training with `train` or an
    `optimizer`, at the analysis' batch and in its type; all else is for one input. Raises SpecError.
    """
    set_ = read_budgets(max_params, max_params_without_bias, max_multiplies, max_memory, most)
    if not set_:
        raise SpecError([Fault("no budget is given", repairs=["--max-params 2M", "--max-multiplies 150M"])])
    use = Use(analysis.batch, analysis.dtype, train, optimizer).checked(True)
    return hold(analysis, set_, use)
