"""A spec: a located tree, of which networks are built."""

from __future__ import annotations

from functools import partial

from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.own.expand import header, library, structure
from archcalc.notations.own.expand.scope import Scope
from archcalc.notations.own.expand.stated import read_expect
from archcalc.notations.own.expand.work import Work
from archcalc.notations.own.expression import Term
from archcalc.notations.own.phrase import Lexicon
from archcalc.notations.own.shapes import settle
from archcalc.notations.own.tree import Map, Scalar
from archcalc.text.faults import Fault, SpecError, Stop, suggestions

TOP_KEYS = (
    "name", "input", "inputs", "vars", "blocks", "layers", "outputs", "defaults", "flatten", "source", "expect", "notes",
)  # fmt: skip


class Spec:
    """A description in the notation, or in one whose reader makes the same tree."""

    def __init__(self, tree: Map) -> None:
        self.tree = tree
        self.source = tree.source

    def network(self, given: Given = Given()) -> Network:  # noqa: B008 a tuple of what is given, never changed
        """The network for what is given. Raises SpecError with every fault; `partial` is the network before the first."""
        return expand(self.tree, given)[0]


def expand(tree: Map, given: Given, prefix: bool = False) -> tuple[Network, bool]:
    """The network of a tree, and whether it is only the part before an unknown: with `prefix` that is no fault."""
    tree, inputs = settle(tree, given.inputs)
    given = given._replace(inputs=inputs)
    x = Work(structure.expand_items, given.variables, given.bias, prefix)
    variables: dict[str, Term] = {}
    outputs: tuple[int, ...] = ()
    try:
        variables, outputs = _fill(x, tree, given)
    except Stop:
        pass
    except RecursionError:
        x.faults.found.append(Fault("nested too deep", tree.span(), repairs=["fewer levels of branches, repeats and blocks"]))
    expect = read_expect(x, tree.get("expect"))
    named = (header.read_name(tree), outputs)
    said = header.read_notes(tree)
    network = x.graph.network(*named, notes=said, variables=variables, expect=expect, origin=header.read_text(tree, "source"))
    if x.faults:
        sound = x.sound or 0
        network.nodes, network.outputs = network.nodes[:sound], (sound - 1,)
        raise SpecError(x.faults.found, network if sound else None)
    return network, x.hole


def _fill(x: Work, tree: Map, given: Given) -> tuple[dict[str, Term], tuple[int, ...]]:
    """Reads a tree into the graph; returns the variables and the outputs. Raises Stop where nothing more can be read."""
    for key, _ in tree.entries:
        if key.text not in TOP_KEYS:
            near = suggestions(key.text, TOP_KEYS)
            x.fault(f"unknown key '{key.text}'", key.span(), *(near or [", ".join(TOP_KEYS[:7])]))
    variables = header.read_variables(x, tree)
    library.read_blocks(x, tree, variables)
    lexicon = Lexicon(frozenset([*variables, "cin"]), partial(library.form_of, x), partial(library.block_names, x))
    root = Scope("", {**variables}, lexicon, None, None)
    header.read_inputs(x, tree, given.inputs, root)
    header.read_defaults(x, tree, lexicon)
    flatten = tree.get("flatten")
    if isinstance(flatten, Scalar):
        if flatten.text not in ("auto", "never"):
            x.fault(f"flatten is 'auto' or 'never', not '{flatten.text}'", flatten.span(), "auto", "never")
        x.flatten = flatten.text != "never"
    layers = tree.get("layers")
    if layers is None:
        raise x.stop("no `layers` here: a list, one layer a line", tree.span(), "layers:")
    current = x.items(x, layers, root, -1)
    return variables, header.find_outputs(x, tree, root, current)
