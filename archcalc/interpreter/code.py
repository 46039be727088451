"""The instructions of a function, a class body or a module: what the compiler makes and the machine runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archcalc.interpreter.places import Located, Place, Places

if TYPE_CHECKING:
    from archcalc.interpreter.frames import Frame
    from archcalc.interpreter.machine import Machine
    from archcalc.interpreter.scopes import Scope
    from archcalc.interpreter.signature import Signature

# An instruction is a function and its argument. It gives None to go on, a task to be finished first, or a signal.
Operation = Callable[["Machine", "Frame", "object"], object]


class Code:
    """A body of instructions; `nodes`, in parallel, says where each came from.

    A function's body is compiled when it is first called: `scope` keeps the tree until then.
    """

    __slots__ = (
        "cells",
        "doc",
        "generator",
        "instructions",
        "name",
        "nodes",
        "parameters",
        "places",
        "qualified",
        "scope",
        "signature",
    )

    def __init__(self, name: str, qualified: str, places: Places, scope: Scope, signature: Signature | None = None) -> None:
        self.name = name
        self.qualified = qualified
        self.places = places
        self.scope = scope
        self.signature = signature
        self.parameters: tuple[str, ...] = signature.all_names if signature else ()
        self.generator = scope.generator
        self.cells: tuple[str, ...] = tuple(scope.cells)
        self.doc: str | None = None
        self.instructions: list[tuple[Operation, object]] = []
        self.nodes: list[Located] = []

    def complete(self) -> None:
        """Compile the body, the first time it is wanted."""
        from archcalc.interpreter.compiler import complete

        complete(self)

    def place(self, counter: int) -> Place:
        """The place of an instruction."""
        return Place(self.places, self.nodes[counter])

    def place_of(self, node: Located) -> Place:
        """The place of a node."""
        return Place(self.places, node)
