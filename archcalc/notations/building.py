"""What the readers of other people's formats share: one network being built from a text that is a graph already.

A reader states each layer by its kind and settings with the place that asked for it. Values are checked by the layer's own
settings; a wrong one is a fault there, and what would read that layer has None for an input and is left out, so that one run
finds every fault.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from archcalc.layers import layer_class
from archcalc.layers.base import Layer, Shape, settings_of
from archcalc.network.description import Given
from archcalc.network.graph import Graph
from archcalc.network.names import part
from archcalc.network.nodes import Network
from archcalc.text.faults import Faults, SpecError, Stop, ValueFault, suggestions
from archcalc.text.source import Source, Span


def slips(name: str, known: Iterable[str]) -> list[str]:
    """Names of which one may be a slip of the pen: not those that are a part of it, or it of them, as C2f is of A2C2f."""
    return [n for n in suggestions(name, known) if abs(len(n) - len(name)) < 2 or (n not in name and name not in n)]


class Building:
    """One network being built."""

    def __init__(self, source: Source, given: Given) -> None:
        self.source = source
        self.given = given
        self.faults = Faults()
        self.graph = Graph(strict=given.strict)
        self.started = 0  # how many nodes stood before what is being read
        self.sound: int | None = None  # how many stood before the first part with a fault

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Holds the reading of a whole text: what stops it stands among the faults."""
        try:
            yield
        except Stop:
            pass
        except SpecError as error:  # the budget
            self.sound = self.started if self.sound is None else self.sound
            self.faults.found += error.faults

    def begin(self) -> None:
        """Notes that another part of the text is read: a fault in it leaves the table up to here."""
        self.started = len(self.graph.nodes)

    def fault(self, message: str, span: Span | None, repair: str, *more: str) -> None:
        """Notes a fault; building goes on to find the others."""
        if self.sound is None:
            self.sound = self.started
        self.faults.add(message, span, repair, *more)

    def stop(self, message: str, span: Span | None, repair: str, *more: str) -> Stop:
        """Notes a fault after which nothing more can be found, and returns what to raise."""
        self.fault(message, span, repair, *more)
        return Stop()

    def no_variables(self) -> None:
        """Refuses --set for a text without variables. Raises Stop."""
        for name in self.given.variables:
            raise self.stop(f"--set {name}: this network has no such variable; it has none", None, "the command without --set")

    def inputs(self, written: Mapping[str, Shape | None], lacking: Span | None, repair: str, *more: str) -> dict[str, int]:
        """The inputs by name, as written or as the command line gives them; None where the text does not say a shape.

        `lacking` and `repairs` are the place and the remedies where a shape is not known. Raises Stop.
        """
        given = self.given.inputs
        for name, stated in given.items():
            typed = "x".join(map(str, stated))
            if name and name not in written:
                known = ", ".join(written) or "not named"
                raise self.stop(
                    f"--input {name}: the inputs are {known}",
                    None,
                    *(suggestions(name, written) or [f"--input {n}={typed}" for n in written]),
                )
            if not name and len(written) > 1:
                raise self.stop("--input: this network has several inputs", None, *[f"--input {n}={typed}" for n in written])
        found: dict[str, int] = {}
        for name, shape in written.items():
            known_shape = given.get(name, given.get("")) if given else shape
            known_shape = shape if known_shape is None else known_shape
            if known_shape is None:
                called = f" '{name}'" if len(written) > 1 else ""
                raise self.stop(f"the size of the input{called} is not known", lacking, repair, *more)
            found[name] = self.graph.input(part(name), known_shape)
        return found

    def layer(self, kind: str, span: Span | None, /, **settings: object) -> Layer | None:
        """A layer of these settings, without its bias where none is wanted; None after a fault at a value that is none."""
        cls = layer_class(kind)
        known = settings_of(cls)
        name = ""
        if self.faults and any(value is None and known[key][0].default is not None for key, value in settings.items()):
            return None  # a value that was a fault already
        try:
            for name, value in settings.items():
                value = tuple(value) if isinstance(value, list) else value
                settings[name] = known[name][1].kind(value) if value is not None else None
        except ValueFault as error:
            self.fault(f"{name} of {kind}: {error.message}", span, *error.repairs)
            return None
        if not self.given.bias:
            for field, made in known.values():
                if "nobias" in made.flags:
                    settings[field.name] = made.flags["nobias"]
        return cls(**settings)

    def add(
        self,
        layer: Layer | None,
        inputs: Sequence[int | None],
        path: str,
        span: Span | None,
        *,
        inserted: bool = False,
        shares: int | None = None,
    ) -> int | None:
        """A layer in the graph; None where it or one of its inputs is not known after a fault."""
        known = [i for i in inputs if i is not None]
        if layer is None or len(known) < len(inputs):
            return None
        return self.graph.add(layer, known, path, span, inserted=inserted, shares=shares)

    def shape(self, index: int | None) -> Shape | None:
        """The output shape of a node; None where it is not known."""
        return None if index is None else self.graph.shape(index)

    def stem(self) -> str:
        """What a network is called that has no name: as its file."""
        return os.path.splitext(os.path.basename(self.source.name))[0].strip("<>") or "network"

    def finish(self, name: str, outputs: Sequence[int] | None = None) -> Network:
        """The network. Raises SpecError with every fault; its `partial` is what stands before the first."""
        if not self.faults and not self.graph.nodes:
            self.fault("this network has no layers", Span(self.source, 1, 1), "a layer")
        network = self.graph.network(name or self.stem(), outputs)
        if self.faults:
            sound = self.sound or 0
            network.nodes, network.outputs = network.nodes[:sound], (sound - 1,)
            raise SpecError(self.faults.found, network if sound else None)
        return network
