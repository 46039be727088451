"""Memory: what every layer puts out, what the backward pass must keep, and what is alive at once in inference.

A tensor is counted once, however many layers keep it, at the first that does: what counts is the memory it lies in, and a view
(flatten, slice) lies in that of what it views. The network's own parameters and buffers are counted apart.
The rules are torch's, on a CPU, and each stands in the class of its layer (`Layer.keeps`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.analysis import BYTES, Analysis, Row
from archcalc.figures import Figure, Of
from archcalc.formulas.arithmetic import product
from archcalc.layers.base import Held, Shape
from archcalc.report.document import Cell

INDEX = 8  # bytes of a whole number that looks something up
# Values an optimizer holds for every parameter; counters of steps apart.
STATES = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}


class Kept(NamedTuple):
    """A tensor kept for the backward pass: what it is, its bytes, the node that kept it before, −1 where this is the first.

    `of` is the node, or −1 − k the input, in whose memory it lies; None where it is a tensor of the layer's own.
    """

    name: str
    bytes: int
    first: int
    of: int | None


class Training(NamedTuple):
    """What every row keeps, in order."""

    kept: list[list[Kept]]

    @property
    def bytes(self) -> list[int]:
        """Bytes that each row is the first to keep."""
        return [sum(k.bytes for k in kept if k.first < 0) for kept in self.kept]


def bytes_of(analysis: Analysis) -> int:
    """Bytes of one value of the analysis' data type."""
    return BYTES[analysis.dtype]


class _Places:
    """In whose memory each value lies, and how large it is; a value is a node's number, or −1 − k for an input."""

    def __init__(self, analysis: Analysis, training: bool) -> None:
        self.width = bytes_of(analysis)
        self.batch = analysis.batch
        self.whole = {-1 - k for k in analysis.network.integer_inputs()}  # the values that are whole numbers
        self.home: dict[int, int] = {}
        self.order: dict[int, str] = {}  # in which it lies there
        self.size: dict[int, int] = {}  # of what lies in memory of its own; a parameter that is handed on has none
        for k, shape in enumerate(analysis.network.inputs.values()):
            self.home[-1 - k], self.order[-1 - k] = -1 - k, "plain"
            self.size[-1 - k] = product(shape) * self.batch * (INDEX if -1 - k in self.whole else self.width)
        self.batched = dict.fromkeys(self.home, True)  # whether there is one for each input of the batch
        for number, row in enumerate(analysis.rows):
            self._put(number, row, training)

    def _put(self, number: int, row: Row, training: bool) -> None:
        node, layer = row.node, row.layer
        self.batched[number] = any(self.batched[i] for i in node.inputs)
        before = self.order[node.inputs[0]] if node.inputs else "plain"
        self.home[number] = number
        if layer.moves and node.inputs and self.whole.issuperset(node.inputs):
            self.whole.add(number)
        values = 0
        if node.lies is not None:
            self.order[number] = node.lies.order
            self.home[number] = number if node.lies.owner == number else self.home[node.lies.owner]
            values = node.lies.values
        else:
            self.order[number] = self._order(row, before)
            shares = node.inplace or (layer.shares(training) and not (layer.reads_plain and before != "plain"))
            if node.inputs and shares:
                self.home[number] = self.home[node.inputs[0]]
        if self.home[number] == number and not layer.hands_on:
            values = values or (layer.beyond(row.inputs, row.output) or product(row.output)) * node.times
            self.size[number] = self.bytes(values, number)

    def bytes(self, values: int, number: int) -> int:
        """Bytes of so many values of one input, of a node: for the batch, unless the inputs of a batch do not differ there."""
        width = INDEX if number in self.whole else self.width
        return values * width * (self.batch if self.batched[number] else 1)

    def _order(self, row: Row, before: str) -> str:
        """In which order the output of a row lies: steps before inputs of a batch are no order of their own where one is 1."""
        order = row.layer.laid(row.inputs)
        if order == "same":
            return "plain" if before == "part" else before
        one = order == "steps" and 1 in (self.batch, row.output[0])
        same = order in ("part", "turned") and row.output == row.inputs[0]
        return "plain" if one or same or row.layer.beyond(row.inputs, row.output) else order


def training(analysis: Analysis) -> Training:
    """What the backward pass needs, layer by layer, from one pass forward in training."""
    places = _Places(analysis, training=True)
    flows: dict[int, bool] = {-1 - k: False for k in range(len(analysis.network.inputs))}  # whether a gradient goes to a value
    counted: dict[int, int] = {}  # memory that is kept -> the node that kept it first
    found: list[list[Kept]] = []
    for number, row in enumerate(analysis.rows):
        node = row.node
        goes = [flows.get(i, False) for i in node.inputs]
        runs = node.unrun is None
        flows[number] = runs and not row.layer.stops and (any(goes) or any(w.learned for w in row.weights))
        kept: list[Kept] = []
        if flows[number]:
            for held in row.layer.keeps(row.inputs, row.output):
                if not held.to or any(goes[i] for i in held.to):
                    kept += _kept(held, number, row, places, counted)
        found.append(kept)
    return Training(found)


def _laid_out_anew(wanted: str, found: str, shape: Shape, batch: int) -> bool:
    """Whether a layer that reads a tensor in one order makes a copy of what lies in another."""
    if not wanted or wanted == found or (wanted, found) == ("matrices", "plain"):
        return False
    return len(shape) > 1 and not (found == "plain" and 1 in (batch, shape[0]))


def _kept(held: Held, number: int, row: Row, places: _Places, counted: dict[int, int]) -> list[Kept]:
    times = row.node.times
    if held.of is None:
        size = held.values * places.width if held.once else places.bytes(held.values * times, number)
        return [Kept(held.name, size * held.size // places.width if held.size else size, -1, None)]
    value = number if held.of < 0 else row.node.inputs[held.of]
    if row.node.inplace and held.of == 0 and not row.layer.by_result:
        return [Kept(f"{held.name}, before it is overwritten", places.bytes(product(row.inputs[0]) * times, value), -1, None)]
    home = places.home[value]
    if home not in places.size:
        return []
    if held.of >= 0 and _laid_out_anew(held.order, places.order[value], row.inputs[held.of], places.batch):
        size = places.bytes(product(row.inputs[held.of]) * times, value)
        return [Kept(f"{held.name}, laid out anew", size, -1, None)]
    first = counted.get(home, -1)
    counted.setdefault(home, number)
    return [Kept(held.name, places.size[home], first, home)]


class Inference(NamedTuple):
    """What is alive while each row runs, in bytes, for the rows in their order; the row of the most, and the memory alive there.

    Memory is that of a node, or of input k as −1 − k.
    """

    live: list[int]
    at: int
    alive: list[int]

    @property
    def peak(self) -> int:
        """The most bytes alive at once."""
        return max(self.live, default=0)


def inference(analysis: Analysis, *, stays: bool = False, workspaces: bool = False) -> Inference:
    """What is alive row by row in inference: every output until its last reader has run, what the network puts out to the end.

    The network's inputs are freed like all else, unless they stay with whoever gave them (`stays`). `workspaces` adds what a
    layer needs for itself while it runs.
    """
    places = _Places(analysis, training=False)
    rows, home = analysis.rows, places.home
    last: dict[int, int] = {}
    for number, row in enumerate(rows):
        last |= dict.fromkeys((home[number], *(home[i] for i in row.node.inputs)), number)
    end = len(rows)
    last |= dict.fromkeys((home[i] for i in analysis.network.outputs), end)
    inputs = [-1 - k for k in range(len(analysis.network.inputs))]
    if stays:
        last |= dict.fromkeys(inputs, end)
    alive = {i: places.size[i] for i in inputs if i in last}
    live: list[int] = []
    at, most, there = 0, -1, [*alive]
    for number, row in enumerate(rows):
        if row.node.unrun is not None:
            live.append(0)
            continue
        if home[number] == number and number in places.size:
            alive[number] = places.size[number]
        extra = row.layer.workspace(row.inputs, row.output) * places.batch * row.node.times * places.width if workspaces else 0
        live.append(sum(alive.values()) + extra)
        if live[-1] > most:
            at, most, there = number, live[-1], [*alive]
        for value in [value for value in alive if last[value] <= number]:
            del alive[value]
    return Inference(live, at, there)


def needed(analysis: Analysis, optimizer: str | None = None, train: bool = False) -> int:
    """Bytes that a network takes: parameters, buffers and the peak of inference, or all that training keeps."""
    if not train and optimizer is None:
        return (analysis.totals.params + buffer_values(analysis)) * bytes_of(analysis) + inference(analysis).peak
    return sum(of_training(analysis, optimizer).values())


def of_training(analysis: Analysis, optimizer: str | None) -> dict[str, int]:
    """The bytes that training takes, part by part."""
    width = bytes_of(analysis)
    params = analysis.totals.params * width
    return {
        "param_bytes": params,
        "buffer_bytes": buffer_values(analysis) * width,
        "grad_bytes": params,
        "optimizer_bytes": params * STATES[optimizer or "sgd"],
        "saved_bytes": sum(training(analysis).bytes),
    }


def act(analysis: Analysis) -> list[int]:
    """Bytes of the memory that each row puts out, for the batch; 0 where it is another's, read differently."""
    places = _Places(analysis, training=False)
    return [places.size[n] if places.home[n] == n and n in places.size else 0 for n in range(len(analysis.rows))]


def _act(analysis: Analysis) -> Sequence[int]:
    return [0 if row.node.unrun is not None else n for row, n in zip(analysis.rows, act(analysis), strict=True)]


def _keeps(analysis: Analysis) -> Sequence[Cell]:
    """What each row keeps, in words; in brackets what an earlier one has kept already."""
    return [", ".join(k.name if k.first < 0 else f"({k.name})" for k in kept) for kept in training(analysis).kept]


def _params(times: int) -> Of:
    return lambda analysis: [row.params * bytes_of(analysis) * times for row in analysis.rows]


def buffer_values(analysis: Analysis) -> int:
    """Values that the model holds and does not learn: the running statistics of batch normalisation."""
    rows = [row for row in analysis.rows if row.node.shares is None]
    return sum(w.count for row in rows for w in row.weights if not w.learned)


FIGURES = (
    Figure(
        "act",
        "act",
        "bytes of the output, the batch together; 0 where it is another layer's memory, read differently",
        _act,
        "bytes",
        sums=True,
        place="memory",
    ),
    Figure(
        "saved",
        "saved",
        "bytes that the backward pass needs of the layer, each tensor counted once, at the first layer that keeps it",
        lambda analysis: training(analysis).bytes,
        "bytes",
        sums=True,
        place="memory",
    ),
    Figure(
        "keeps",
        "keeps",
        "the tensors that the backward pass needs of the layer; in brackets those an earlier layer has kept",
        _keeps,
        kind="prose",
        first=3,
        place="memory",
    ),
    Figure(
        "live",
        "live",
        "bytes of the activations alive while the layer runs in inference, each freed when its last reader has run",
        lambda analysis: inference(analysis).live,
        "bytes",
        most=True,
        place="memory",
    ),
    Figure("param_bytes", "param bytes", "bytes of the parameters", _params(1), "bytes", sums=True, first=2, place="memory"),
    Figure(
        "grad_bytes", "gradients", "bytes of the parameters' gradients", _params(1), "bytes", sums=True, first=2, place="memory"
    ),
    *(
        Figure(
            f"{name}_bytes",
            f"{name} state",
            f"bytes that {name} holds beside the parameters and their gradients: {times} of every value",
            _params(times),
            "bytes",
            sums=True,
            first=2,
            place="memory",
        )
        for name, times in STATES.items()
        if times
    ),
)
