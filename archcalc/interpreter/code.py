"""The instructions of a function, a class body or a module: what the compiler makes and the machine runs."""

from __future__ import annotations

from archcalc.interpreter.places import Located, Place, Places
from archcalc.interpreter.signature import Signature


class Code:
    """A body of instructions. `operations`, `arguments` and `nodes` run in parallel; `nodes` says where each came from.

    A function's body is compiled when it is first called: `scope` keeps the tree until then.
    """

    __slots__ = ("arguments", "generator", "name", "nodes", "operations", "places", "qualified", "ready", "scope", "signature")

    def __init__(
        self, name: str, qualified: str, places: Places, scope: object, signature: Signature | None, generator: bool
    ) -> None:
        self.name = name
        self.qualified = qualified
        self.places = places
        self.scope = scope
        self.signature = signature
        self.generator = generator
        self.ready = False
        self.operations: list[int] = []
        self.arguments: list[object] = []
        self.nodes: list[Located] = []

    def place(self, counter: int) -> Place:
        """The place of an instruction."""
        return Place(self.places, self.nodes[counter])
