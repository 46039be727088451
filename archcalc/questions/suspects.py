"""What a printed figure may be: of one analysis, every figure that a tool or a person would have printed, the simplest first.

Each is a sum of parts with their names, so that an answer is its own working. `cost` says how far-fetched it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from archcalc.analysis import Analysis, Row, analyse
from archcalc.conventions import TERMS, TOOLS, named
from archcalc.figures import figure
from archcalc.figures.counts import counted
from archcalc.formulas.arithmetic import product

PARAMS, MULTIPLIES = "params", "multiplies"
# Terms that a person may add by hand, in what words, with how many for each value: work that is beside the products.
VALUES = {
    "normalisation": (1, 2, 4),
    "activation": (1,),
    "pooling": (1,),
}
MOST_PARTS = 3


class Part(NamedTuple):
    """One addend, and what it is."""

    value: int
    words: str


class Suspect(NamedTuple):
    """What a figure may be: in words, of which total it is, the parts that add up to it, and what to type to see it."""

    words: str
    of: str
    parts: tuple[Part, ...]
    cost: int
    typed: str = ""

    @property
    def value(self) -> int:
        """The sum of the parts."""
        return sum(part.value for part in self.parts)

    @property
    def sum(self) -> str:
        """The sum written out, with what each part is."""
        first, *more = [part for part in self.parts if part.value] or self.parts[:1]
        text = f"{first.value:,} {first.words}"
        for part in more:
            text += f" {'+' if part.value > 0 else '−'} {abs(part.value):,} {part.words}"
        return text if not more else f"{text} = {self.value:,}"


def of_work(analysis: Analysis) -> Iterator[Suspect]:
    """The figures of work that are printed of a network, for one input."""
    ours = Part(analysis.totals.multiplies, "multiplies")
    yield Suspect("multiplications of convolutions and matrix products", MULTIPLIES, (ours,), 0, "params NET")
    for name in TOOLS:
        made = named(name)
        terms = [Part(sum(counted(analysis, made, key)), key) for key in TERMS]
        said = made.tool or made.footer.partition("; ")[0]
        yield Suspect(said, MULTIPLIES, (ours, *(t for t in terms if t.value)), 1, f"params NET --count {name}")
    inside = analyse(analysis.network, skip_zeros=True).totals.multiplies
    yield Suspect(
        "without multiplications by padding zeros", MULTIPLIES, (Part(inside, "multiplies"),), 1, "params NET --skip-zeros"
    )
    kinds = {key: _known(figure(key).of(analysis)) for key in ("multiplications", "additions", "bias_additions")}
    exact = Part(kinds["multiplications"], "multiplications")
    yield Suspect("every multiplication, value by value too", MULTIPLIES, (exact,), 2, "params NET --count exact")
    added = Part(kinds["additions"], "additions")
    biases = Part(kinds["bias_additions"], "biases")
    yield Suspect("every multiplication and addition", MULTIPLIES, (exact, added, biases), 2, "params NET --count exact")
    yield from _families(analysis, MULTIPLIES)
    yield from _sums(analysis, ours, biases)


def _known(values: Sequence[object]) -> int:
    return sum(value for value in values if isinstance(value, int))


def _families(analysis: Analysis, of: str) -> Iterator[Suspect]:
    """A family of layers alone, and all but one."""
    total = getattr(analysis.totals, of)
    found: dict[str, int] = {}
    for row in analysis.rows:
        found[row.layer.family] = found.get(row.layer.family, 0) + getattr(row, of)
    for family, n in found.items():
        if 0 < n < total:
            yield Suspect(f"{family} layers alone", of, (Part(n, f"of {family} layers"),), 2)
            yield Suspect(f"without {family} layers", of, (Part(total, of), Part(-n, f"of {family} layers")), 2)


def _sums(analysis: Analysis, ours: Part, biases: Part) -> Iterator[Suspect]:
    """The products once or twice, and work beside them, so much for each value."""
    addable: list[Part] = [biases] if biases.value else []
    for family, each in VALUES.items():
        values = sum(product(r.output) * r.node.times for r in analysis.rows if _is(r, family) and r.node.unrun is None)
        addable += [
            Part(n * values, f"{n} for each value of {family}" if n > 1 else f"values of {family}") for n in each if values
        ]
    sums = sum(product(r.output) * r.node.times for r in analysis.rows if r.layer.kind in ("add", "mul") and r.node.unrun is None)
    addable += [Part(sums, "values of sums and products")] if sums else []
    for times in (1, 2):
        base = (ours, *((Part(ours.value, "additions"),) * (times - 1)))
        for count in range(1, MOST_PARTS + 1):
            for chosen in combinations(addable, count):
                of_what = [part.words.rpartition(" of ")[2] for part in chosen]
                if len(set(of_what)) == count:
                    yield Suspect("work beside the products counted", MULTIPLIES, (*base, *chosen), 1 + times + count)


def _is(row: Row, family: str) -> bool:
    if family == "normalisation":
        return row.layer.family == "normalisation"
    if family == "pooling":
        return bool(row.layer.pools)
    return row.layer.follows and not row.layer.moves and row.layer.family == "other"


def of_params(analysis: Analysis) -> Iterator[Suspect]:
    """The figures of parameters that are printed of a network."""
    total, without, _ = analysis.totals
    params = Part(total, "params")
    yield Suspect("parameters", PARAMS, (params,), 0, "params NET")
    yield Suspect("parameters without biases", PARAMS, (params, Part(without - total, "biases")), 1, "params NET --no-bias")
    norms = sum(r.params for r in analysis.rows if r.layer.family == "normalisation")
    if norms:
        scale = Part(-norms, "scales and shifts of normalisations")
        yield Suspect("parameters without those of normalisations", PARAMS, (params, scale), 1)
        yield Suspect("weights alone", PARAMS, (params, Part(without - total, "biases"), scale), 2)
    held = sum(w.count for r in analysis.rows if r.node.shares is None for w in r.weights if not w.learned)
    if held:
        buffers = Part(held, "moving means and variances")
        yield Suspect("all values held, as Keras counts its total", PARAMS, (params, buffers), 1, "memory NET")
    tied = sum(w.count for r in analysis.rows if r.node.shares is None for w in r.weights if w.name in r.node.tied)
    if tied:
        yield Suspect(
            "torchinfo 1.8.0, which counts tied weights twice", PARAMS, (params, Part(tied, "weights that are tied")), 1
        )
    idle = sum(r.params for r in analysis.rows if r.node.unrun is not None)
    if idle:
        lost = Part(-idle, "parameters of layers that do not run: auxiliary heads")
        yield Suspect("parameters of what runs alone", PARAMS, (params, lost), 1)
    run = [r for r in analysis.rows if r.node.unrun is None]
    thop = named("thop")
    seen = sum(r.params for r in run if r.node.called == "module" and thop.knows(r.layer))
    if seen != total:
        lost = Part(seen - total, "parameters of what it does not watch")
        yield Suspect(f"{thop.tool}, which knows some modules alone", PARAMS, (params, lost), 1)
    yield from _families(analysis, PARAMS)
