"""Levels of names, and the definition of a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcalc.layers import normal
from archcalc.notations.own.expression import Term
from archcalc.notations.own.phrase import Form, Lexicon, Slot
from archcalc.notations.own.tree import Map, Scalar

STRUCTURES = ("branches", "split", "residual", "repeat", "table", "heads", "reuse", "layers")
MODIFIERS = ("id", "from", "when", "else", "then", "join", "shortcut", "as", "tied", "expect")


class Block:
    """A block's definition: its arguments with their other names and defaults, and its layers."""

    def __init__(
        self, name: str, body: Map, args: list[tuple[Scalar, Scalar]], *, shipped: bool, variables: Mapping[str, Term]
    ) -> None:
        self.name = name
        self.body = body
        self.shipped = shipped
        self.args: dict[str, Scalar | None] = {}
        self.variables = dict(variables)
        slots: dict[str, Slot] = {}
        for key, default in args:
            names = [n.strip() for n in key.text.split(",")]
            required = default.text == "required"
            slot = Slot(names[0], required=required)
            self.args[names[0]] = None if required else default
            # As written, and as names are compared: `stride_on` is asked for as `strideon`.
            slots |= dict.fromkeys([*names, *map(normal, names)], slot)
        letters = {name: slot for name, slot in slots.items() if len(name) == 1}
        self.form = Form(name, slots, letters, {}, tuple(dict.fromkeys(slots.values())), block=self)


class Names(dict[str, Term | None]):
    """The value of every name at a place. To ask for `cin` is to compute with the shape of a node, and that is noted."""

    __slots__ = ("computed", "node")

    def __init__(self, values: Mapping[str, Term | None], node: int, computed: set[int]) -> None:
        super().__init__(values)
        self.node = node
        self.computed = computed

    def __getitem__(self, name: str) -> Term | None:
        if name == "cin":
            self.computed.add(self.node)
        return super().__getitem__(name)


class Scope:
    """One level of names: a network, a block, a branch. Variables are shared down to the next block."""

    __slots__ = ("block", "lexicon", "names", "parent", "prefix", "variables")

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

    def at(self, cin: int | None, node: int, computed: set[int]) -> Names:
        """The variables, with `cin`: the channels of `node`, which is read; where they are asked for, `computed` has it."""
        return Names({**self.variables, "cin": cin}, node, computed)

    def counting(self, name: str) -> Scope:
        """The same level with one more variable, whose value the repeat that counts sets."""
        scope = Scope(self.prefix, {**self.variables, name: 0}, self.lexicon.knowing(name), self.parent, self.block)
        scope.names = self.names
        return scope

    def known(self) -> Iterator[str]:
        """Every name that may be read from here."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent
