"""The expander: what is gathered while one network is made of one tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from typing import Any

from archcalc.network.nodes import Network, Node, Shape
from archcalc.notations.own.expand import graph, header, library, structure
from archcalc.notations.own.expand.scope import MOST_FAULTS, Block, Scope, Stop
from archcalc.notations.own.expression import Term, evaluate
from archcalc.notations.own.phrase import Lexicon, Phrase
from archcalc.notations.own.tree import Map, Scalar, Value
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions
from archcalc.text.source import Span

TOP_KEYS = (
    "name", "input", "inputs", "vars", "blocks", "layers", "outputs", "defaults", "flatten", "source", "expect", "notes",
)  # fmt: skip


class Expander:
    """Makes one network of one tree. Use `expand`."""

    def __init__(self, tree: Map, settings: Mapping[str, str], inputs: Mapping[str, Shape], bias: bool) -> None:
        self.tree = tree
        self.settings = settings
        self.given_inputs = inputs
        self.bias = bias
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.nodes: list[Node] = []
        self.shapes: list[Shape | None] = []
        self.layouts: list[str] = []
        self.inputs: dict[str, Shape] = {}
        self.input_shapes: list[Shape] = []
        self.groups: dict[str, str] = {}
        self.starts: dict[str, int] = {}
        self.paths: dict[str, int] = {}
        self.again: defaultdict[str, int] = defaultdict(lambda: 2)
        self.blocks: dict[str, Block] = {}
        self.defaults: dict[str, list[Phrase]] = {}
        self.calls: list[str] = []
        self.call_span: Span | None = None
        self.made = 0
        self.first_fault: int | None = None
        self.flatten = True
        self.lexicons: dict[str, Lexicon] = {}

    # -- faults ---------------------------------------------------------------------------------------------------

    def fault(self, message: str, span: Span | None, *repairs: str) -> None:
        """Notes a fault; expansion goes on to find the others."""
        if self.call_span is not None:
            span = self.call_span
            message = f"in block {self.calls[-1]}: {message}"
        if self.first_fault is None:
            self.first_fault = len(self.nodes)
        if any(known.message == message and str(known.span) == str(span) for known in self.faults):
            return  # what repeats is wrong once
        self.faults.append(Fault(message, span, repairs=repairs))
        if len(self.faults) >= MOST_FAULTS:
            self.faults[-1].notes = (f"the first {MOST_FAULTS} faults are shown",)
            raise Stop

    def stop(self, message: str, span: Span | None, *repairs: str) -> Stop:
        """Notes a fault after which nothing more can be found."""
        self.fault(message, span, *repairs)
        return Stop()

    def network(self) -> Network:
        """The network. Raises SpecError."""
        variables: dict[str, Term] = {}
        outputs: tuple[int, ...] = ()
        try:
            for key, _ in self.tree.entries:
                if key.text not in TOP_KEYS:
                    near = suggestions(key.text, TOP_KEYS)
                    self.fault(f"unknown key '{key.text}'", key.span(), *(near or [", ".join(TOP_KEYS[:7])]))
            variables = header.read_variables(self)
            library.read_blocks(self, variables)
            lexicon = Lexicon(
                frozenset([*variables, "cin"]),
                partial(library.form_of, self),
                partial(library.block_names, self),
            )
            root = Scope("", {**variables, "cin": None}, lexicon, None, None)
            header.read_inputs(self, root)
            header.read_defaults(self, lexicon)
            flatten = self.tree.get("flatten")
            if isinstance(flatten, Scalar):
                if flatten.text not in ("auto", "never"):
                    self.fault(f"flatten is 'auto' or 'never', not '{flatten.text}'", flatten.span(), "auto", "never")
                self.flatten = flatten.text != "never"
            layers = self.tree.get("layers")
            if layers is None:
                raise self.stop("no `layers` here: a list, one layer a line", self.tree.span(), "layers:")
            current = self.items(layers, root, -1)
            outputs = header.find_outputs(self, root, current)
        except Stop:
            pass
        except RecursionError:
            self.faults.append(Fault("nested too deep", self.tree.span()))
        network = Network(
            header.read_name(self),
            self.inputs,
            self.nodes,
            outputs,
            self.groups,
            header.read_notes(self),
            variables,
        )
        network.expect = header.read_expect(self, self.tree.get("expect"))
        network.origin = header.read_text(self, "source")
        if self.faults:
            raise SpecError(self.faults, self._partial(network))
        return network

    def _partial(self, network: Network) -> Any:
        """The analysis of what stands before the first fault; None where that is nothing."""
        from archcalc.analysis import analyse

        network.nodes = self.nodes[: self.first_fault or 0]
        network.outputs = (len(network.nodes) - 1,)
        if not network.nodes:
            return None
        try:
            return analyse(network)
        except SpecError as error:
            self.faults[:0] = error.faults
            return error.analysis

    def open(self, path: str, written: str) -> None:
        """Notes that a group begins here, and how it was written."""
        self.groups[path] = written
        self.starts[path] = len(self.nodes)

    def items(self, items: Value, scope: Scope, current: int | None) -> int | None:
        """Expands a list of layers (or a single one) and returns the number of the last node; None after a fault."""
        if isinstance(items, Scalar | Map):
            return structure.expand_item(self, items, scope, current)
        for item in items.items:
            current = structure.expand_item(self, item, scope, current)
        return current

    def evaluate(self, value: Value, scope: Scope, current: int | None) -> Term:
        if not isinstance(value, Scalar):
            raise ValueFault("an expression is meant here")
        graph.set_cin(self, scope, current)
        return evaluate(value.text, scope.variables)
