"""What every reader makes of a text: a description, read once, of which networks can be built many times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from archcalc.layers.base import Shape
from archcalc.network.nodes import Network
from archcalc.text.source import Source


class Given(NamedTuple):
    """What a person states beside the text.

    `inputs` replaces input shapes by name (the name "" for the only one), `variables` values of its variables, as text;
    `bias=False` builds every layer without its bias. `strict` ends the building at the first layer that does not fit, with its
    fault: what a search for a size asks. `numbers` are variables too, of a text in the notation alone, where a
    program has them as numbers.
    """

    inputs: Mapping[str, Shape] = {}
    variables: Mapping[str, str] = {}
    bias: bool = True
    strict: bool = False
    numbers: Mapping[str, int | float] = {}


class Description(Protocol):
    """A text that has been read."""

    source: Source

    def network(self, given: Given = ...) -> Network:
        """The network for what is given. Raises SpecError with every fault; its `partial` is the network before the first."""
        ...
