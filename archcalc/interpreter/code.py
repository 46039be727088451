"""What the compiler makes and the machine runs: instructions, the functions made of them, and calls under way.

The three know each other (an instruction works on a frame, a frame has its code and its function), so they stand together.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Set
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from archcalc.interpreter.places import Located, Place, Places
from archcalc.interpreter.signature import Signature
from archcalc.interpreter.values import Cell, Class, Dict, Instance, Module, Raised, Value

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine
    from archcalc.interpreter.scopes import Scope

# An instruction is a function and its argument, of the type that the function says. It gives None to go on, a task to be finished
# first, or a signal.
Operation = Callable[["Machine", "Frame", Any], object]
_CLASS = frozenset({"__class__"})
# The kinds of block: a loop, a try with its excepts, a try with its finally (a with statement too), the body of an except.
LOOP, EXCEPT, FINALLY, HANDLER = range(4)


class Code:
    """A body of instructions; `nodes`, in parallel, says where each came from.

    A function's body is looked at and compiled when it is first called, so that a file costs what is used of it: until then
    there is the tree alone, and what its names mean (`scope`) is not settled where it stands in a module or in a class of one.
    `complete` is the compiler, for that moment.
    """

    __slots__ = (
        "cells",
        "complete",
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

    def __init__(
        self,
        name: str,
        places: Places,
        node: ast.AST,
        outer: Scope | None,
        scope: Scope | None,
        complete: Callable[[Code], None],
    ) -> None:
        self.name = name
        self.qualified = outer.inner(name) if outer else name
        self.places = places
        self.node = node
        self.outer = outer
        self.scope = scope
        self.complete = complete
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

    def place(self, counter: int) -> Place:
        """The place of an instruction."""
        return Place(self.places, self.nodes[counter])

    def place_of(self, node: Located) -> Place:
        """The place of a node."""
        return Place(self.places, node)


class Function:
    """A function of the program."""

    __slots__ = ("attributes", "cells", "code", "defaults", "kw_defaults", "module", "name", "owner", "qualified")

    def __init__(
        self, code: Code, module: Module, cells: dict[str, Cell], defaults: tuple[Value, ...], kw_defaults: dict[str, Value]
    ) -> None:
        self.code = code
        self.name = code.name
        self.qualified = code.qualified
        self.module = module
        self.cells = cells
        self.defaults = defaults
        self.kw_defaults = kw_defaults
        self.owner: Class | None = None
        self.attributes: Dict | None = None


class Block:
    """Where to go on when a break, a return or an exception leaves what stands inside, and how deep the stack is then."""

    __slots__ = ("depth", "kind", "other", "raised", "target")

    def __init__(self, kind: int, target: int, depth: int, other: int = 0, raised: Raised | None = None) -> None:
        self.kind = kind
        self.target = target
        self.depth = depth
        self.other = other
        self.raised = raised


class Frame:
    """One call. `instance` is the object being made where this is its `__init__`; `drop` says that nobody wants the result
    of what this frame waits for."""

    __slots__ = (
        "blocks",
        "cells",
        "code",
        "drop",
        "function",
        "generator",
        "instance",
        "instructions",
        "module",
        "names",
        "pc",
        "stack",
    )

    def __init__(
        self, code: Code, module: Module, names: dict[Value, Value], cells: dict[str, Cell], function: Function | None = None
    ) -> None:
        self.code = code
        self.instructions = code.instructions
        self.module = module
        self.names = names
        self.cells = cells
        self.function = function
        self.pc = 0
        self.stack: list[Value] = []
        self.blocks: list[Block] = []
        self.drop = False
        self.instance: Instance | None = None
        self.generator: Generator | None = None

    def receive(self, result: object) -> object:
        """What an instruction asked for comes onto the stack: at once, or when the task that is returned has run."""
        if type(result) in TASKS:
            return result
        self.stack.append(result)
        return None

    def discard(self, result: object) -> object:
        """What an instruction asked for is done, at once or when the task that is returned has run; nobody wants its value."""
        if type(result) in TASKS:
            self.drop = True
            return result
        return None


class Generator:
    """A generator of the program: a frame that waits."""

    __slots__ = ("frame", "name", "running", "started")

    def __init__(self, frame: Frame, name: str) -> None:
        self.frame: Frame | None = frame
        self.name = name
        self.started = False
        self.running = False


class Signal:
    """What an instruction says to the machine instead of giving a task."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


RETURN = Signal("return")
YIELD = Signal("yield")


class Throwing:
    """A frame to be gone on with by an exception: what `throw` of a generator does."""

    __slots__ = ("frame", "raised")

    def __init__(self, frame: Frame, raised: Raised) -> None:
        self.frame = frame
        self.raised = raised


# What has to be run before its value is known.
TASKS = frozenset({Frame, GeneratorType, Throwing})
