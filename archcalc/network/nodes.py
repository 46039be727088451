"""What was meant: nodes, their layers, their inputs, where they were written. No text, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.layers.base import Layer
    from archcalc.text.source import Span

Shape = tuple[int, ...]


class Node:
    """A layer at its place.

    `inputs` are the numbers of the nodes it reads; input k of the network is −1 − k. `shares` is the number of the node
    whose weights this one uses. `inserted` marks a flatten that nobody wrote. `expect` holds what the spec states about it.
    """

    __slots__ = ("expect", "inputs", "inserted", "layer", "path", "shares", "span")

    def __init__(
        self,
        path: str,
        layer: Layer,
        inputs: tuple[int, ...],
        span: Span | None = None,
        *,
        inserted: bool = False,
        shares: int | None = None,
    ) -> None:
        self.path = path
        self.layer = layer
        self.inputs = inputs
        self.span = span
        self.inserted = inserted
        self.shares = shares
        self.expect: dict[str, Shape | int] = {}

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]


@dataclass
class Network:
    """A directed acyclic graph in execution order.

    `groups` maps the path of every block, branch and named group to how it was written (`inverted_residual 24 t6 s2`).
    `notes` are the assumptions that were made, to be said aloud.
    """

    name: str
    inputs: dict[str, Shape]
    nodes: list[Node]
    outputs: tuple[int, ...]
    groups: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    variables: dict[str, int | float | str] = field(default_factory=dict)
    expect: dict[str, int] = field(default_factory=dict)
    origin: str = ""

    def output_names(self) -> list[str]:
        """The paths of the output nodes."""
        names = list(self.inputs)
        return [self.nodes[i].path if i >= 0 else names[-1 - i] for i in self.outputs]
