"""`archcalc solve NET`: the facts a person states, the bounds, and the answer laid out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archcalc.layers.base import Shape
from archcalc.network.description import Given
from archcalc.notations import read
from archcalc.notations.own.expand.spec import Spec
from archcalc.notations.own.expand.values import parse_shape
from archcalc.notations.own.phrase import parse_value
from archcalc.notations.own.tree import List, Map, Value
from archcalc.questions.search import MOST_SOLUTIONS, Facts, Progress, Search
from archcalc.questions.unknowns import BOUNDS, Unknown, find_unknowns
from archcalc.questions.writing import Solution
from archcalc.report.document import Column, Document, Table
from archcalc.text.amounts import shown, whole
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions
from archcalc.text.signs import plain
from archcalc.text.source import Source

MOST_BOUND = 1_000_000
FIGURES = ("output", "params", "params_without_bias", "multiplies")


def _fault(message: str, repair: str, *more: str) -> SpecError:
    return SpecError([Fault(message, repairs=(repair, *more))])


def read_facts(given: Sequence[str]) -> Facts:
    """`conv2.output=16x10x10`, `params=61,706` as facts by layer. Raises SpecError."""
    facts: Facts = {}
    for text in given:
        where, sign, value = text.partition("=")
        path, _, figure = where.strip().rpartition(".")
        if not sign or figure not in FIGURES:
            near = suggestions(figure, FIGURES) or ["conv2.output=16x10x10", "params=61706"]
            raise _fault(f"--given {text}: LAYER.FIGURE=VALUE is meant, with FIGURE one of {', '.join(FIGURES)}", *near)
        facts.setdefault(path, {})[figure] = _shape(text, value) if figure == "output" else _number(text, value)
    return facts


def _shape(text: str, value: str) -> Shape:
    try:
        found = parse_value(plain(value).replace(",", "x").strip())
        if isinstance(found, str):
            raise ValueFault(f"'{value}' is not a shape", "16x10x10")
        return parse_shape(found)
    except ValueFault as error:
        raise _fault(f"--given {text}: {error.message}", *error.repairs) from None


def _number(text: str, value: str) -> int:
    try:
        return whole(value)
    except ValueFault as error:
        raise _fault(f"--given {shown(text)}: {error.message}", "params=61706") from None


def read_bounds(unknowns: list[Unknown], bounds: Sequence[str]) -> dict[str, tuple[int, int]]:
    """The first and last value looked at for each unknown: by --bounds, or as its role has it. Raises SpecError."""
    made = {u.key: BOUNDS[u.role] for u in unknowns}
    for text in bounds:
        name, sign, value = text.partition("=")
        low, dots, high = value.replace("…", "..").partition("..")
        ends = (low, high) if dots else ("", low)
        try:
            first, last = whole(ends[0]) if ends[0] else None, whole(ends[1])
        except ValueFault:
            sign = ""
        if not sign:
            what = f"--bounds {shown(text)}: NAME=TOP or NAME=FIRST..LAST is meant"
            raise _fault(what, "--bounds kernel=31", "--bounds ?c1=8..512")
        if last > MOST_BOUND:
            raise _fault(f"--bounds {shown(text)}: the most allowed is {MOST_BOUND:,}", f"--bounds {name}={MOST_BOUND}")
        chosen = [u for u in unknowns if name.strip() in (u.key, u.role, u.key.lstrip("?"))]
        if not chosen:
            names = list(dict.fromkeys([u.key for u in unknowns] + [u.role for u in unknowns]))
            raise _fault(
                f"--bounds {name}: the unknowns are {', '.join(names)}",
                *(suggestions(name, names) or [f"--bounds {n}=…" for n in names]),
            )
        for unknown in chosen:
            made[unknown.key] = (BOUNDS[unknown.role][0] if first is None else first, last)
    return made


@dataclass(frozen=True, repr=False)
class Filled(Solution):
    """A network's unknowns and every way to fill them within bounds.

    `exhausted` says whether all was looked at; `tried` how many values were.
    """

    name: str
    unknowns: Sequence[str]
    filled: Sequence[Mapping[str, int]]
    bounds: Mapping[str, tuple[int, int]]
    exhausted: bool
    tried: int

    @property
    def ok(self) -> bool:
        """Whether there is a solution."""
        return bool(self.filled)

    @property
    def _asked(self) -> str:
        return f"{self.name}: which {', '.join(self.unknowns)}?"

    @property
    def sentence(self) -> str:
        """The unknowns, and how many solutions there are."""
        return f"{self._asked} {self.said()}"

    def said(self) -> str:
        """How many solutions there are, and whether there may be more."""
        count = len(self.filled)
        said = "No solution" if not count else "1 solution" if count == 1 else f"{count:,} solutions"
        within = ", ".join(f"{k} {low:,}…{high:,}" for k, (low, high) in self.bounds.items())
        if self.exhausted:
            return f"{said} within {within}: the bounds were exhausted, so there are no others ({self.tried:,} tried)."
        if count >= MOST_SOLUTIONS:
            return f"The first {count:,} solutions within {within}; there may be more ({self.tried:,} tried)."
        return (
            f"{said} so far within {within}: the search ended after {self.tried:,} tries and the bounds are not exhausted; "
            "narrower --bounds or a larger --most go further."
        )

    def as_document(self) -> Document:
        """A row a solution."""
        document = Document(self._asked, data=self.as_data)
        if self.filled:
            document.add(Table([Column(k, "count") for k in self.unknowns], [[s[k] for k in self.unknowns] for s in self.filled]))
        document.say(self.said())
        return document

    def as_data(self) -> dict[str, object]:
        """The solutions as plain data."""
        return {
            "unknown": list(self.unknowns),
            "solutions": [dict(s) for s in self.filled],
            "bounds": {k: list(b) for k, b in self.bounds.items()},
            "exhausted": self.exhausted,
            "tried": self.tried,
        }


def solve_network(
    source: Source, given: Given, stated: Sequence[str], bounds: Sequence[str], most: int, progress: Progress = None
) -> Filled:
    """The unknowns of a network. `stated` are facts as after --given. Raises SpecError."""
    description = read(source)
    if not isinstance(description, Spec):
        raise _fault(f"{source.name} is read as {source.notation}, where no ? can stand", "a file in the notation, with ? in it")
    tree = description.tree
    unknowns = find_unknowns(tree)
    if not unknowns:
        raise _fault(f"{source.name} has no unknown: nothing to solve", "conv 16 k? in a line", 'out: "?c1" in a mapping')
    facts = read_facts(stated)
    if not facts and not _expects(tree):
        hint = f"--given {'conv1' if not facts else ''}.output=16x10x10"
        raise _fault("nothing is stated of the network, so every value would do", hint, "expect: {params: 61706}")
    search = Search(tree, unknowns, read_bounds(unknowns, bounds), facts, given, progress, most)
    search.run()
    return Filled(source.name, [u.key for u in unknowns], search.solutions, search.bounds, search.complete, search.tried)


def _expects(value: Value) -> bool:
    """Whether anything in a spec states what it expects."""
    return any(key == "expect" for key in _keys(value))


def _keys(value: Value) -> Iterator[str]:
    if isinstance(value, Map):
        for key, item in value.entries:
            yield key.text
            yield from _keys(item)
    elif isinstance(value, List):
        for item in value.items:
            yield from _keys(item)
