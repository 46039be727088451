"""Conventions: named ways to count the work of a layer, as people quote it and as other tools print it.

`multiplies` is the one figure that totals, budgets and comparisons go by: the multiplications of convolutions and matrix
products. A convention beside it counts in terms, each a table of what is counted for what kind of layer (`rules`), in a module
of its own; its figure is the sum of its terms. What is counted runs on recorded integers too, so that what `explain` writes
out is the very count that the table shows.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

from archcalc.layers.base import Count, Layer, Operations, Shape, Shapes

Terms = Mapping[str, Mapping[str, Count]]

# The kinds of operation, each from what a layer does.
KINDS: dict[str, Callable[[Operations], int]] = {
    "multiplications": lambda o: o.products + o.multiplications,
    "additions": lambda o: o.sums + o.additions,
    "bias_additions": lambda o: o.biases,
    "comparisons": lambda o: o.comparisons,
    "divisions": lambda o: o.divisions,
    "exponentials": lambda o: o.exponentials,
}

# The terms of a convention beside the multiplications, in the order of their columns: what each says. `otherwise` is what a tool
# counts of the products less what archcalc counts; the others are added.
TERMS: dict[str, str] = {
    "otherwise": "products that the convention counts otherwise, and leaves out: less is below zero",
    "doubled": "the additions of the products, where each is two operations",
    "biases": "additions of biases",
    "normalisation": "what is counted of normalisations",
    "activation": "what is counted of activations",
    "pooling": "what is counted of pooling and means",
    "resampling": "what is counted of upsampling",
    "elementwise": "what is counted of products and sums value by value",
    "gates": "what is counted of the gates of recurrent layers beside their products",
}


# What a way of calling is like, where a convention says nothing of it.
LIKE = {
    "renamed": "derived", "unbatched": "module", "weights": "module", "unfused": "module", "unfused weights": "weights",
    "part": "functional", "matrices": "function",
}  # fmt: skip


class Error(NamedTuple):
    """What is known to be wrong with a tool's count, of layers of these kinds, called in this way where one is named."""

    kinds: str
    text: str
    called: str = ""


class Convention(NamedTuple):
    """A convention: its name, and the footer that says what it counts.

    `zeros`: multiplications by padding zeros count. `every`: each kind of operation has a column of its own. `terms` are what a
    convention of another tool counts of a layer that is a module, by kinds of layer; `products` among them is what stands in the
    place of `multiplies`. `ways` are its terms where a layer was called in another way (`network.nodes.CALLED`), or works in
    place (`inplace`), and counts otherwise. `tool` is what prints it, with the version; `source` where its rules were read;
    `errors` what is known to be wrong.
    """

    name: str
    footer: str
    zeros: bool = True
    every: bool = False
    terms: Terms = {}
    ways: Mapping[str, Terms] = {}
    tool: str = ""
    source: str = ""
    errors: tuple[Error, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The figures that stand in the reports in the place of `multiplies`."""
        if self.every:
            return tuple(KINDS)
        return ("multiplies", *TERMS, self.name) if self.terms else ("multiplies",)

    def work(self, layer: Layer, inputs: Shapes, output: Shape) -> Operations:
        """The operations of a layer, padding zeros counted or not."""
        return layer.operations(inputs, output) if self.zeros else layer.operations_inside(inputs, output)

    def multiplies(self, layer: Layer, inputs: Shapes, output: Shape) -> int:
        """Multiplications of convolutions and matrix products, the same in every convention."""
        return self.work(layer, inputs, output).products

    @property
    def watches(self) -> bool:
        """Whether the tool looks at modules and functions, not at what they come to."""
        return "functional" in self.ways

    def knows(self, layer: Layer) -> bool:
        """Whether it has a rule for such a layer that is a module."""
        return any(layer.kind in rules for rules in self.terms.values())

    def way(self, called: str, inplace: bool = False) -> Terms:
        """The terms of a layer that was called so; one that works in place may have terms of its own."""
        if inplace and "inplace" in self.ways:
            return self.ways["inplace"]
        while called not in self.ways and called in LIKE:
            called = LIKE[called]
        return self.ways.get(called, self.terms)

    def counts(self, called: str = "module", inplace: bool = False) -> dict[str, Count]:
        """What each of its columns counts of a layer that was called so."""
        if self.every:
            return {key: _kind(key, self) for key in self.columns}
        counts: dict[str, Count] = {"multiplies": self.multiplies}
        if self.terms:
            terms = self.way(called, inplace)
            counts |= {key: _term(key, self, terms) for key in TERMS}
            counts[self.name] = _total(terms)
        return counts


def _kind(key: str, convention: Convention) -> Count:
    return lambda layer, inputs, output: KINDS[key](convention.work(layer, inputs, output))


def _counted(rules: Mapping[str, Count], layer: Layer, inputs: Shapes, output: Shape) -> int:
    count = rules.get(layer.kind)
    return 0 if count is None else count(layer, inputs, output)


def _term(key: str, convention: Convention, terms: Terms) -> Count:
    if key != "otherwise":
        rules = terms.get(key, {})
        return lambda layer, inputs, output: _counted(rules, layer, inputs, output)

    def otherwise(layer: Layer, inputs: Shapes, output: Shape) -> int:
        return _counted(terms.get("products", {}), layer, inputs, output) - convention.multiplies(layer, inputs, output)

    return otherwise


def _total(terms: Terms) -> Count:
    def total(layer: Layer, inputs: Shapes, output: Shape) -> int:
        made = 0
        for rules in terms.values():
            made = made + _counted(rules, layer, inputs, output)
        return made

    return total


_HOW = "additions: n − 1 for a sum of n, biases apart; roots among divisions; ? where a function has no count in these terms"
PAPER = Convention(
    "paper", "multiplies: those of convolutions and matrix products, padding zeros included, biases not (MACs, mult-adds)"
)
CONVENTIONS: dict[str, Convention] = {
    "paper": PAPER,
    "exact": Convention("exact", f"multiplications: element-wise ones and those by padding zeros included; {_HOW}", every=True),
}
# The same without multiplications by padding zeros.
INSIDE: dict[str, Convention] = {
    "paper": Convention(
        "paper, without padding zeros",
        "multiplies: those of convolutions and matrix products that meet the input itself; padding zeros and biases not",
        zeros=False,
    ),
    "exact": Convention(
        "exact, without padding zeros",
        f"multiplications: element-wise ones included, those by padding zeros not; {_HOW}",
        zeros=False,
        every=True,
    ),
}
# Those of other tools, each by its module here, which is loaded when its name is met.
TOOLS: dict[str, str] = {
    "flops": "flops",
    "torchinfo": "torchinfo",
    "fvcore": "fvcore",
    "ptflops": "ptflops",
    "ptflops_aten": "ptflops",
    "thop": "thop",
    "calflops": "calflops",
    "calflops_macs": "calflops",
    "torchprofile": "torchprofile",
    "torch": "flop_counter",
    "connections": "connections",
}


def names() -> list[str]:
    """What may stand after --count."""
    return [*CONVENTIONS, *(name for name in TOOLS if name not in CONVENTIONS)]


def named(name: str) -> Convention:
    """The convention of a name that is one."""
    if name in CONVENTIONS:
        return CONVENTIONS[name]
    module = importlib.import_module(f"archcalc.conventions.{TOOLS[name]}")
    found: tuple[Convention, ...] = module.MADE
    return next(c for c in found if c.name == name)


def convention(count: str = "paper", skip_zeros: bool = False) -> Convention:
    """The convention of a name, padding zeros counted or left out. Raises SpecError where there is none."""
    if count not in CONVENTIONS and (count := count.replace("-", "_")) not in TOOLS:
        from archcalc.text.amounts import one_of

        one_of(count, "--count", names())
    if skip_zeros and count not in INSIDE:
        from archcalc.text.faults import Fault, SpecError

        raise SpecError([Fault(f"--count {count} is not defined without padding zeros", repairs=["leave out --skip-zeros"])])
    return INSIDE[count] if skip_zeros else named(count)
