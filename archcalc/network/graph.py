"""The network as it grows: the one thing that makes nodes, for every reader.

A reader says which layer reads which nodes, under which path, and where that is written; the graph follows the shapes, keeps
paths apart, numbers what nobody named, and remembers groups and notes. A layer that does not fit its input is left for the
analysis to report, with the table up to it; what reads such a layer has no known shape.

    graph = Graph()
    image = graph.input("image", (1, 28, 28))
    conv = graph.add(Conv(out=6, kernel=5), [image], "conv1", span)
    graph.shape(conv)                        # (6, 24, 24)
    network = graph.network("LeNet")
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from archcalc.layers.base import Layer, Shape, Shapes
from archcalc.network.names import part
from archcalc.network.nodes import Expected, Network, Node, Told, shape_after
from archcalc.text.budget import Budget
from archcalc.text.faults import Fault, Misfit, SpecError
from archcalc.text.source import Span


class Graph:
    """A network being made; with `strict`, until a layer does not fit. Nodes are named by numbers; input k is −1 − k.

    `shapes` and `layouts` hold what each node puts out: None where that is not known, and which way round two sizes are,
    "channels" (C×L) or "tokens" (T×F).
    """

    def __init__(self, budget: Budget | None = None, strict: bool = False) -> None:
        self.budget = budget or Budget()
        self.strict = strict
        self.inputs: dict[str, Shape] = {}
        self.nodes: list[Node] = []
        self.shapes: list[Shape | None] = []
        self.layouts: list[str] = []
        self.groups: dict[str, str] = {}
        self.starts: dict[str, int] = {}
        self.paths: dict[str, int] = {}
        self.notes: list[str] = []
        self._sizes: list[Shape] = []
        self._counts: dict[tuple[str, str], int] = {}
        self._again: defaultdict[str, int] = defaultdict(lambda: 2)

    def input(self, name: str, shape: Shape) -> int:
        """A further input of the network; returns its number."""
        self.inputs[name] = shape
        self._sizes.append(shape)
        return -len(self._sizes)

    def add(
        self,
        layer: Layer,
        inputs: Sequence[int],
        path: str,
        span: Span | None = None,
        *,
        shares: int | None = None,
        inserted: bool = False,
        times: int = 1,
        unrun: Shapes | None = None,
        told: Told | None = None,
    ) -> int:
        """A layer that reads `inputs`; returns its number. A path that is taken gets a number of its own; a part of it that is
        no name (`names`) is made one.

        `shares` is the node whose weights it uses. `times` is how often it runs for one input of the network, where a
        text folds parts of the input into the batch. `unrun` marks a layer that holds parameters and never runs: the
        shapes it was made for stand in for inputs. `told` is what is known of a layer that nobody says the inputs of. Raises
        SpecError beyond the limit of layers.
        """
        self.budget.spend("nodes", 1, span)
        self.budget.spend("steps", 10 + len(inputs), span)
        index = len(self.nodes)
        path = ".".join(map(part, path.split(".")))
        if path in self.paths:
            while f"{path}_{self._again[path]}" in self.paths:
                self._again[path] += 1
            path = f"{path}_{self._again[path]}"
        shapes = unrun if unrun is not None else tuple(self.shape(i) for i in inputs)
        layout = self.layout(inputs[0]) if inputs else "tokens"
        known = tuple(s for s in shapes if s is not None)
        whole = told is None and len(known) == len(shapes)
        if whole:
            layer = layer.settled(known, layout)
        self.nodes.append(Node(path, layer, tuple(inputs), span, inserted=inserted, shares=shares, times=times, unrun=unrun))
        if told is not None:
            self.nodes[-1].told = told
        self.paths[path] = index
        output = shape_after(layer, known) if whole else None
        if self.strict and isinstance(output, Misfit):
            raise SpecError([Fault(output.message, span, path, repairs=output.repairs)])
        self.shapes.append(None if isinstance(output, Misfit) else output)
        self.layouts.append(layer.layout or layout)
        return index

    def group(self, path: str, written: str) -> None:
        """Notes that a group begins here, and how it was written."""
        self.groups[path] = written
        self.starts[path] = len(self.nodes)

    def note(self, text: str) -> None:
        """Something assumed, to be said aloud; said once."""
        if text not in self.notes:
            self.notes.append(text)

    def number(self, prefix: str, kind: str, taken: Collection[str] = (), first: int = 1) -> str:
        """The next free name of a kind under a path's prefix, as a homework sheet would number it: conv1, conv2…"""
        count = self._counts.get((prefix, kind), first - 1) + 1
        while f"{kind}{count}" in taken or f"{prefix}{kind}{count}" in self.paths:
            count += 1
        self._counts[prefix, kind] = count
        return f"{kind}{count}"

    def shape(self, index: int) -> Shape | None:
        """The output shape of a node or input; None where it is not known."""
        return self.shapes[index] if index >= 0 else self._sizes[-1 - index]

    def layout(self, index: int) -> str:
        """Whether two sizes are channels first or a sequence of tokens."""
        return self.layouts[index] if index >= 0 else "tokens"

    def channels(self, index: int) -> int | None:
        """Channels, or features of a sequence; None where not known."""
        shape = self.shape(index)
        return shape[self.channel_axis(index)] if shape else None

    def channel_axis(self, index: int) -> int:
        """Along which dimension of a node its channels lie: the first, but the last of a sequence."""
        return 1 if len(self.shape(index) or ()) == 2 and self.layout(index) != "channels" else 0

    def unread(self) -> tuple[int, ...]:
        """The nodes that nobody reads: what the network puts out unless it says otherwise."""
        read = {i for node in self.nodes for i in node.inputs}
        return tuple(i for i, node in enumerate(self.nodes) if i not in read and node.unrun is None)

    def network(
        self,
        name: str,
        outputs: Sequence[int] | None = None,
        *,
        notes: Sequence[str] = (),
        variables: Mapping[str, int | float | str] | None = None,
        expect: Mapping[str, Expected] | None = None,
        origin: str = "",
        computed: frozenset[int] | None = None,
    ) -> Network:
        """What was made. `outputs` are the nodes that nobody reads unless they are given."""
        return Network(
            name,
            self.inputs,
            self.nodes,
            self.unread() if outputs is None else tuple(outputs),
            self.groups,
            (*notes, *self.notes),
            dict(variables or {}),
            dict(expect or {}),
            origin,
            computed,
        )
