"""Levels of names, the limits of an expansion, and the definition of a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcalc.layers import normal
from archcalc.notations.own.expression import Term
from archcalc.notations.own.phrase import Form, Lexicon, Slot
from archcalc.notations.own.tree import Map, Scalar, Value

MOST_LAYERS = 150_000  # in all
MOST_MADE = 20_000  # by repeats, tables and blocks
MOST_FAULTS = 20
DEEPEST = 40

STRUCTURES = ("branches", "residual", "repeat", "table", "heads", "reuse", "layers")
MODIFIERS = ("id", "from", "when", "else", "then", "join", "shortcut", "expect")


class Stop(Exception):
    """Expansion cannot go on; the faults so far say why."""


class Block:
    """A block's definition: its arguments with their other names and defaults, and its layers."""

    def __init__(self, name: str, body: Map, *, shipped: bool, variables: Mapping[str, Term]) -> None:
        self.name = name
        self.body = body
        self.shipped = shipped
        self.args: dict[str, Value | None] = {}
        self.variables = dict(variables)
        slots: dict[str, Slot] = {}
        given = body.get("args")
        for key, default in given.entries if isinstance(given, Map) else []:
            names = [n.strip() for n in key.text.split(",")]
            required = isinstance(default, Scalar) and default.text == "required"
            slot = Slot(names[0], required=required)
            self.args[names[0]] = None if required else default
            # As written, and as names are compared: `stride_on` is asked for as `strideon`.
            slots |= dict.fromkeys([*names, *map(normal, names)], slot)
        letters = {name: slot for name, slot in slots.items() if len(name) == 1}
        self.form = Form(name, slots, letters, {}, tuple(dict.fromkeys(slots.values())), block=self)


class Scope:
    """One level of names: a network, a block, a branch. Variables are shared down to the next block."""

    __slots__ = ("block", "counts", "depth", "lexicon", "names", "parent", "prefix", "variables")

    def __init__(
        self,
        prefix: str,
        variables: dict[str, Term | None],
        lexicon: Lexicon,
        parent: Scope | None,
        block: str | None,
    ) -> None:
        self.prefix = prefix
        self.variables = variables
        self.lexicon = lexicon
        self.parent = parent
        self.block = block
        self.names: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self.depth: int = parent.depth + 1 if parent else 0

    def number(self, prefix: str) -> str:
        """The next free name of a kind: conv1, conv2…"""
        count = self.counts.get(prefix, 0) + 1
        while f"{prefix}{count}" in self.names:
            count += 1
        self.counts[prefix] = count
        return f"{prefix}{count}"

    def known(self) -> Iterator[str]:
        """Every name that may be read from here."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent
