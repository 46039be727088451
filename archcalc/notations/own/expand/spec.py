"""A spec: a located tree, of which networks are built."""

from __future__ import annotations

from functools import partial

from archcalc.network.description import Given
from archcalc.network.nodes import Expected, Network
from archcalc.notations.own import TOP_KEYS
from archcalc.notations.own.expand import header, library, structure, variants
from archcalc.notations.own.expand.scope import Scope
from archcalc.notations.own.expand.stated import read_expect
from archcalc.notations.own.expand.work import Work
from archcalc.notations.own.expression import Term
from archcalc.notations.own.phrase import Lexicon
from archcalc.notations.own.shapes import settle
from archcalc.notations.own.tree import Map, Scalar, kind_of
from archcalc.text.faults import Fault, SpecError, Stop, suggestions


class Spec:
    """A description in the notation, or in one whose reader makes the same tree."""

    def __init__(self, tree: Map) -> None:
        self.tree = tree
        self.source = tree.source

    def network(self, given: Given = Given()) -> Network:  # noqa: B008 a tuple of what is given, never changed
        """The network for what is given. Raises SpecError with every fault; `partial` is the network before the first.

        What the text states of itself (`expect`) is of the network as it stands there; of another nothing is stated.
        """
        network = expand(self.tree, given)[0]
        stated = [network.expect, *(node.expect for node in network.nodes if node.expect)]
        if any(stated) and not self._stands(given):
            for expect in stated:
                expect.clear()
            network.notes += ("what `expect` states is of the file as it stands, and is not checked with other settings",)
        return network

    def _stands(self, given: Given) -> bool:
        """Whether what is given leaves the text as it stands; an input for a text that has none is no other."""
        own = self.tree.get("input") or self.tree.get("inputs")
        return given.bias and not given.variables and not given.numbers and not (given.inputs and own)


def expand(tree: Map, given: Given, prefix: bool = False) -> tuple[Network, bool]:
    """The network of a tree, and whether it is only the part before an unknown: with `prefix` that is no fault."""
    tree, inputs = settle(tree, given.inputs)
    given = given._replace(inputs=inputs)
    x = Work(structure.expand_items, given, prefix)
    made = _Whole()
    try:
        _fill(x, tree, given, made)
    except Stop:
        pass
    except SpecError as error:  # the budget
        x.faults.found += error.faults
    except RecursionError:
        x.faults.found.append(Fault("nested too deep", tree.span(), repairs=["fewer levels of branches, repeats and blocks"]))
    network = x.graph.network(
        made.name,
        made.outputs,
        notes=made.notes,
        variables=made.variables,
        expect=made.expect,
        origin=made.origin,
        computed=frozenset(x.computed),
    )
    if x.faults:
        sound = x.sound or 0
        network.nodes, network.outputs = network.nodes[:sound], (sound - 1,)
        raise SpecError(x.faults.found, network if sound else None)
    return network, x.hole


class _Whole:
    """What is said about the whole."""

    def __init__(self) -> None:
        self.name = "network"
        self.origin = ""
        self.notes: tuple[str, ...] = ()
        self.variables: dict[str, Term] = {}
        self.outputs: tuple[int, ...] = ()
        self.expect: dict[str, Expected] = {}


def _fill(x: Work, tree: Map, given: Given, made: _Whole) -> None:
    """Reads a tree into the graph, and what is said about the whole. Raises Stop where nothing more can be read."""
    for key, _ in tree.entries:
        if key.text not in TOP_KEYS:
            near = suggestions(key.text, TOP_KEYS)
            x.fault(f"unknown key '{key.text}'", key.span(), *(near or [", ".join(TOP_KEYS[:7])]))
    asked = variants.chosen(x, tree)
    name, origin = header.read_name(x, tree), header.read_text(x, tree, "source")
    made.name = name
    made.notes = header.read_notes(x, tree)
    made.variables = header.read_variables(x, tree, asked)
    made.name = variants.filled(asked["name"].text if "name" in asked else name, made.variables)
    made.origin = asked["source"].text if "source" in asked else origin
    made.expect = read_expect(x, tree.get("expect"))
    library.read_blocks(x, tree, made.variables)
    lexicon = Lexicon(frozenset([*made.variables, "cin"]), partial(library.form_of, x), partial(library.block_names, x))
    root = Scope("", {**made.variables}, lexicon, None, None)
    header.read_inputs(x, tree, given.inputs, root)
    header.read_defaults(x, tree, lexicon)
    flatten = tree.get("flatten")
    if flatten is not None:
        said = flatten.text if isinstance(flatten, Scalar) else kind_of(flatten)
        if said not in ("auto", "never"):
            x.fault(f"flatten is 'auto' or 'never', not '{said}'", flatten.span(), "auto", "never")
        x.flatten = said != "never"
    layers = tree.get("layers")
    if layers is None:
        raise x.stop("no `layers` here: a list, one layer a line", tree.span(), "layers:")
    current = x.items(x, layers, root, -1)
    made.outputs = header.find_outputs(x, tree, root, current)
