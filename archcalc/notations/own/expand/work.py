"""What all of one expansion share: the graph that grows, the faults, the blocks, and how a list of layers is expanded."""

from __future__ import annotations

from typing import Protocol

from archcalc.network.description import Given
from archcalc.network.graph import Graph
from archcalc.network.names import fit
from archcalc.notations.own.expand.scope import Block, Scope
from archcalc.notations.own.expression import Unknown
from archcalc.notations.own.phrase import Lexicon, Phrase
from archcalc.notations.own.tree import Scalar, Value
from archcalc.text.budget import LIMITS, Budget, Limit
from archcalc.text.faults import Faults, Stop, ValueFault
from archcalc.text.source import Span

MOST_MADE = 20_000  # layers made by repeats, tables and blocks
DEEPEST = 40
# A layer or item costs about thirty steps.
WORK = Limit(1_200_000, "steps of reading", "fewer or smaller repeats, blocks and aliases")


class Items(Protocol):
    """Expands a list of layers (or a single one) after a node; returns the last node's number, None after a fault."""

    def __call__(self, x: Work, items: Value, scope: Scope, current: int | None) -> int | None: ...


class Work:
    """One expansion. `items` is how a list of layers is expanded, wired once at the top.

    With `prefix`, expansion ends without a
    fault at the first unknown (`?`) that has no value, and `hole` says that it did.
    """

    def __init__(self, items: Items, given: Given, prefix: bool = False) -> None:
        self.items = items
        self.settings = given.variables
        self.numbers = given.numbers
        self.bias = given.bias
        self.prefix = prefix
        self.faults = Faults()
        self.budget = Budget(LIMITS | {"steps": WORK})
        self.graph = Graph(self.budget, given.strict)
        self.blocks: dict[str, Block] = {}
        self.lexicons: dict[str, Lexicon] = {}
        self.defaults: dict[str, list[Phrase]] = {}
        self.flatten = True
        self.computed: set[int] = set()  # of whose shapes the text computes with the channels
        self.made = 0
        self.calls: list[str] = []
        self.call_span: Span | None = None
        self.sound: int | None = None  # how many nodes stood at the first fault
        self.hole = False

    def fault(self, message: str, span: Span | None, repair: str, *more: str) -> None:
        """Notes a fault, at the use of a shipped block where it is inside one; expansion goes on to find the others."""
        if self.call_span is not None:
            span = self.call_span
            message = f"in block {self.calls[-1]}: {message}"
        if self.sound is None:
            self.sound = len(self.graph.nodes)
        self.faults.add(message, span, repair, *more)

    def stop(self, message: str, span: Span | None, repair: str, *more: str) -> Stop:
        """Notes a fault after which nothing more can be found, and returns what to raise."""
        self.fault(message, span, repair, *more)
        return Stop()

    def wrong(self, error: ValueFault, span: Span | None, before: str = "") -> None:
        """Notes what a value raised, at its place. An unknown without a value ends the expansion of a prefix."""
        if isinstance(error, Unknown) and self.prefix:
            self.hole = True
            raise Stop
        self.fault(before + error.message, error.span or span, *error.repairs)

    def spend(self, steps: int, value: Value) -> None:
        """Draws the work that a part of the text asks for. Raises SpecError where the budget does not allow it."""
        self.budget.spend("steps", steps, value.span if self.call_span is None else self.call_span)

    def name(self, scalar: Scalar, what: str) -> str | None:
        """The name that a text is, as names are compared; None, and a fault at its place, where it is none."""
        try:
            return fit(scalar.text, what)
        except ValueFault as error:
            self.wrong(error, scalar.span())
            return None

    def count(self, layers: int, span: Span, by: str) -> None:
        """Counts layers made by blocks and repeats. Raises Stop beyond the limit."""
        self.made += layers
        if self.made > MOST_MADE:
            raise self.stop(f"more than {MOST_MADE:,} layers made by {by}", span, "a smaller number of repeats")
