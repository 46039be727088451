"""What every reader of printed models shares: a layer that is known as it is printed, and a text that another reader reads."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import ClassVar

from archcalc.layers.base import Layer
from archcalc.layers.frozen import dataclass
from archcalc.network.description import Description, Given
from archcalc.network.nodes import Network
from archcalc.notations.building import Building
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

LONGEST = 60


@dataclass(frozen=True)
class Printed(Layer):
    """A layer that is known only as it is printed; what is told of it stands with its node."""

    kind: ClassVar[str] = "printed"
    text: str

    def __str__(self) -> str:
        return self.text if len(self.text) <= LONGEST else f"{self.text[: LONGEST - 1]}…"


def nothing_else(building: Building, what: str, why: str) -> None:
    """Refuses what changes a network that is built, for a text that only tells of one; `why` it does. Raises Stop."""
    building.no_variables()
    if not building.given.bias:
        raise building.stop(f"--no-bias: {what} tells of layers as they are", None, "the column `without bias`")
    for name in building.given.inputs:
        shown = f"{name}=" if name else ""
        raise building.stop(f"--input {shown}…: {why}", None, "the command without --input")


def finished(building: Building, name: str) -> Network:
    """The network of what is told. Raises SpecError with every fault."""
    if building.faults:
        raise SpecError(building.faults.found)
    return building.finish(name)


def untold(network: Network, message: str, span: Span, *repairs: str) -> Network:
    """The network as one whose text does not say who reads whom, with the fault of whoever asks."""
    network.untold = Fault(message, span, repairs=repairs)
    network.outputs = ()
    return network


class Rewritten:
    """A printed model in the words of another notation, line for line, to be read by the reader of that.

    `places` are the places in the printed text for which each line of the other stands, by its number.
    """

    def __init__(self, source: Source, lines: Sequence[str], places: Mapping[int, Span]) -> None:
        self.source = source
        self.lines = lines
        self.places = places
        self.numbers = sorted(places)
        self.text = Source(source.name, "\n".join(lines) + "\n")

    def network(self, description: Description, given: Given) -> Network:
        """The network that the other reader finds, every place of it one of the printed text. Raises SpecError."""
        try:
            network = description.network(given)
        except SpecError as error:
            if isinstance(error.partial, Network):
                self._placed(error.partial)
            for fault in error.faults:
                fault.span = self._place(fault.span)
            raise
        self._placed(network)
        return network

    def _placed(self, network: Network) -> None:
        for node in network.nodes:
            node.span = self._place(node.span)

    def _place(self, span: Span | None) -> Span | None:
        if span is None or span.source is self.source:
            return span
        at = bisect_right(self.numbers, span.line)
        return self.places[self.numbers[at - 1]] if at else Span(self.source, 1, 1)
