"""What the layers of a Keras model have in common while its network is built: values, and whose weights are whose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.layers.base import Layer, Shape
from archcalc.notations.building import Building
from archcalc.text.faults import Misfit
from archcalc.text.source import Span


class Value(NamedTuple):
    """What a layer of Keras puts out: a node, and whether its channels were moved to the front of Keras's own order.

    The node is None after a fault, and for the `state` of a recurrent layer that gives its whole sequence too.
    """

    node: int | None
    moved: bool = False
    state: bool = False


Values = list[Value]
LOST = Value(None)


class Work:
    """One network being built from a model. `owners` holds the nodes of each layer's first call, whose weights others use."""

    def __init__(self, building: Building) -> None:
        self.building = building
        self.graph = building.graph
        self.source = building.source
        self.owners: dict[str, list[int]] = {}
        self.replayed: list[int] | None = None  # the nodes of the first call, while a layer is called again
        self.recorded: list[int] = []
        self.stored = 0  # values stored and not learned, beside those of normalisations
        self.frozen = False
        self.channels_first = False  # whether the model's maps have channels first in Keras's own order

    def typed(self, repair: str) -> str:
        """A repair as it is typed in the text that is read; the layers write it as JSON does."""
        return repair

    def add(
        self, layer: Layer | None, inputs: Sequence[int | None], path: str, span: Span, *, inserted: bool = False
    ) -> int | None:
        """A layer in the graph; weights are those of the same layer's first call."""
        shares = None
        if layer is not None and not inserted and self.holds(layer, inputs) and self.replayed:
            shares = self.replayed.pop(0)
        made = self.building.add(layer, inputs, path, span, inserted=inserted, shares=shares)
        if made is not None and layer is not None and not inserted and self.holds(layer, inputs):
            self.recorded.append(made)
        return made

    def holds(self, layer: Layer, inputs: Sequence[int | None]) -> bool:
        """Whether a layer has weights on these inputs."""
        shapes = [self.building.shape(index) for index in inputs]
        known = tuple(shape for shape in shapes if shape is not None)
        if len(known) < len(shapes):
            return False
        try:
            layer.output(known)
            return bool(layer.weights(known))
        except Misfit:
            return False

    def shape(self, value: Value) -> Shape | None:
        """The shape of a value as it lies here."""
        return self.building.shape(value.node)

    def totals(self) -> None:
        """Keras counts what a normalisation stores among its parameters: both totals are said."""
        learned = stored = 0
        for step in self.graph.network("").walk():
            if isinstance(step.output, Misfit):
                return
            if step.node.shares is None:
                weights = step.node.layer.weights(step.inputs)
                learned += sum(w.count for w in weights if w.learned)
                stored += sum(w.count for w in weights if not w.learned)
        stored += self.stored
        if stored and not self.building.faults:
            total = learned + stored
            self.graph.note(f"Keras's total of {total:,} parameters counts {stored:,} stored statistics, which are not learned")
        if self.frozen:
            self.graph.note("layers that are not trainable are counted like the others")
