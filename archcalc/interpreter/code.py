"""The instructions of a function, a class body or a module: what the compiler makes and the machine runs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Set
from typing import TYPE_CHECKING

from archcalc.interpreter.places import Located, Place, Places

if TYPE_CHECKING:
    from archcalc.interpreter.frames import Frame
    from archcalc.interpreter.machine import Machine
    from archcalc.interpreter.scopes import Scope
    from archcalc.interpreter.signature import Signature

# An instruction is a function and its argument. It gives None to go on, a task to be finished first, or a signal.
Operation = Callable[["Machine", "Frame", "object"], object]
_CLASS = frozenset({"__class__"})


class Code:
    """A body of instructions; `nodes`, in parallel, says where each came from.

    A function's body is looked at and compiled when it is first called, so that a file costs what is used of it: until then
    there is the tree alone, and what its names mean (`scope`) is not settled where it stands in a module or in a class of one.
    """

    __slots__ = (
        "cells",
        "doc",
        "free",
        "generator",
        "instructions",
        "name",
        "node",
        "nodes",
        "outer",
        "parameters",
        "places",
        "qualified",
        "scope",
        "signature",
    )

    def __init__(self, name: str, places: Places, node: ast.AST, outer: Scope | None, scope: Scope | None) -> None:
        self.name = name
        self.qualified = outer.inner(name) if outer else name
        self.places = places
        self.node = node
        self.outer = outer
        self.scope = scope
        # The variables it shares with the functions around it; a method may ask for its class.
        self.free: Set[str] = scope.free if scope else _CLASS
        self.signature: Signature | None = None
        self.parameters: tuple[str, ...] = ()
        self.generator = False
        self.cells: tuple[str, ...] = ()
        self.doc: str | None = None
        self.instructions: list[tuple[Operation, object]] = []
        self.nodes: list[Located] = []

    def take(self, signature: Signature) -> None:
        """Give it its parameters."""
        self.signature = signature
        self.parameters = signature.all_names

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
