"""Calls under way: a frame has its instructions, its names, a stack of values and the blocks it is inside of."""

from __future__ import annotations

from archcalc.interpreter.code import Code
from archcalc.interpreter.values import Cell, Function, Instance, Module, Raised, Value

# The kinds of block: a loop, a try with its excepts, a try with its finally (a with statement too), the body of an except.
LOOP, EXCEPT, FINALLY, HANDLER = range(4)


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
