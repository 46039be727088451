"""`archcalc solve NET`: the facts a person states, the bounds, and the answer laid out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from archcalc.layers.base import Shape
from archcalc.network.description import Given
from archcalc.notations import read
from archcalc.notations.own.expand.spec import Spec
from archcalc.notations.own.expand.values import parse_shape
from archcalc.notations.own.phrase import parse_value
from archcalc.notations.own.tree import List, Map, Value
from archcalc.questions.search import MOST_SOLUTIONS, MOST_TRIED, Facts, Search
from archcalc.questions.unknowns import BOUNDS, Unknown, find_unknowns
from archcalc.report.document import Column, Document, Table
from archcalc.text.amounts import shown, whole
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions
from archcalc.text.signs import plain
from archcalc.text.source import Source

MOST_BOUND = 1_000_000
FIGURES = ("output", "params", "params_without_bias", "multiplies")


def _fault(message: str, *repairs: str) -> SpecError:
    return SpecError([Fault(message, repairs=repairs)])


def read_facts(given: tuple[str, ...]) -> Facts:
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


def read_bounds(unknowns: list[Unknown], bounds: tuple[str, ...]) -> dict[str, tuple[int, int]]:
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
            raise _fault(f"--bounds {name}: the unknowns are {', '.join(names)}", *suggestions(name, names))
        for unknown in chosen:
            made[unknown.key] = (BOUNDS[unknown.role][0] if first is None else first, last)
    return made


def solve_network(
    source: Source,
    inputs: Mapping[str, Shape],
    variables: Mapping[str, str],
    given: tuple[str, ...],
    bounds: tuple[str, ...],
    progress: Callable[[float, int], None] | None = None,
    most: int = MOST_TRIED,
) -> tuple[Document, dict[str, Any], bool]:
    """The unknowns of a network: the answer as document and data, and whether there is one. Raises SpecError."""
    description = read(source)
    if not isinstance(description, Spec):
        raise _fault(f"{source.name} is read as {source.notation}, where no ? can stand", "a file in the notation, with ? in it")
    tree = description.tree
    unknowns = find_unknowns(tree)
    if not unknowns:
        raise _fault(f"{source.name} has no unknown: nothing to solve", "conv 16 k? in a line", 'out: "?c1" in a mapping')
    facts = read_facts(given)
    if not facts and not _expects(tree):
        hint = f"--given {'conv1' if not facts else ''}.output=16x10x10"
        raise _fault("nothing is stated of the network, so every value would do", hint, "expect: {params: 61706}")
    search = Search(tree, unknowns, read_bounds(unknowns, bounds), facts, Given(inputs, variables), progress, most)
    search.run()
    return *_lay_out(search, source.name), bool(search.solutions)


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


def _lay_out(search: Search, name: str) -> tuple[Document, dict[str, Any]]:
    keys = [u.key for u in search.unknowns]
    document = Document(f"{name}: which {', '.join(keys)}?")
    if search.solutions:
        document.add(Table([Column(k, "count") for k in keys], [[s[k] for k in keys] for s in search.solutions]))
    count = len(search.solutions)
    said = "No solution" if not count else "1 solution" if count == 1 else f"{count:,} solutions"
    within = ", ".join(f"{k} {low:,}…{high:,}" for k, (low, high) in search.bounds.items())
    if search.complete:
        document.say(f"{said} within {within}: the bounds were exhausted, so there are no others ({search.tried:,} tried).")
    elif count >= MOST_SOLUTIONS:
        document.say(f"The first {count:,} solutions within {within}; there may be more ({search.tried:,} tried).")
    else:
        document.say(
            f"{said} so far within {within}: the search ended after {search.tried:,} tries and the bounds are not exhausted; "
            "narrower --bounds or a larger --most go further."
        )
    data = {
        "unknown": keys,
        "solutions": search.solutions,
        "bounds": {k: list(b) for k, b in search.bounds.items()},
        "exhausted": search.complete,
        "tried": search.tried,
    }
    return document, data
