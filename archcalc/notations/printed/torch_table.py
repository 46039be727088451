"""The tables of torchsummary, torchinfo and Lightning: classes, shapes and parameters; not who reads whom.

Multiplications of a convolution and of a Linear are its weights times the positions it puts out, so they follow where it is known
whether there are biases among the parameters. That is so where only one of the two fits a kernel and the channels of a row above.
"""

from __future__ import annotations

from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Shape
from archcalc.network.nodes import Network, Told
from archcalc.notations.building import Building
from archcalc.notations.printed.table import Row, Summary, sizes_of
from archcalc.notations.printed.told import Printed, finished, nothing_else, untold
from archcalc.notations.printed.torch import EMPTY
from archcalc.notations.pytorch.vocabulary.plans import MAKERS
from archcalc.text.source import Source

SOURCE = "the source it was printed of: archcalc params model.py --input 3x224x224"
IMAGES = (1, 3, 4)  # channels of what a first layer reads
LARGEST_KERNEL = 16
# Classes of torch.nn whose parameters are named otherwise than weight and bias, which is all that torchsummary counts.
UNCOUNTED = ("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell", "MultiheadAttention")
NORMS = (
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "SyncBatchNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "GroupNorm",
)
CONVOLUTIONS = {f"{stem}{rank}d": rank for stem in ("Conv", "ConvTranspose") for rank in (1, 2, 3)}
LOOKED_UP = ("Embedding", "LayerNorm", "RMSNorm", "PReLU", *NORMS)
# Classes of torch.nn that hold nothing.
FREE = EMPTY | {
    name for name in MAKERS if not name.startswith(("Conv", "Lazy")) and name not in (*UNCOUNTED, *LOOKED_UP, "Linear", "LSTM")
} - {"NonDynamicallyQuantizableLinear"}


def network(source: Source, summary: Summary, building: Building) -> Network:
    """The rows of a table of torch. Raises SpecError."""
    return _Reader(summary, building).network()


class _Reader:
    def __init__(self, summary: Summary, building: Building) -> None:
        self.summary = summary
        self.building = building
        self.before: list[Shape] = []  # what the rows above put out
        self.open: list[str] = []

    def network(self) -> Network:
        building, summary = self.building, self.summary
        holders = summary.holders()
        with building.reading():
            nothing_else(building, "this summary", "this summary does not say what reads the input")
            path: list[str] = []
            for number, row in enumerate(summary.rows):
                building.begin()
                name = row.name or (f"{row.cls}-{row.index}" if row.index else row.cls)
                if summary.family == "torchinfo":
                    del path[max(row.depth - 1, 0) :]
                    if row.depth:
                        path.append(name)
                    place = ".".join(path) or name
                else:
                    place = name
                if number in holders:
                    if row.depth or summary.family == "lightning":
                        building.graph.group(place, row.cls)
                    if row.params and summary.family == "torchinfo":
                        told = Told(params=row.params)
                        building.graph.add(
                            Printed(f"parameters of {row.cls}"),
                            [],
                            f"{place}.itself" if row.depth else "itself",
                            row.place,
                            told=told,
                        )
                else:
                    building.graph.add(Printed(self._text(row)), [], place, row.place, told=self._told(row))
        root = summary.rows[0].cls if summary.family == "torchinfo" and not summary.rows[0].depth else ""
        network = finished(building, root)
        first = summary.first
        assert first is not None
        untold(network, "this summary does not say which layer reads which: it is no whole network", first, SOURCE)
        network.notes = (*self._notes(), *network.notes)
        return network

    def _text(self, row: Row) -> str:
        if self.summary.family == "lightning":
            return f"{row.cls}, {row.said}" if row.params is None else row.cls
        return f"{row.cls} {row.said}" if row.said == "(recursive)" else row.cls

    def _notes(self) -> list[str]:
        notes = []
        if self.summary.family == "lightning":
            notes.append("Lightning rounds (K, M): such a number is shown as it is printed, and its exact value is unknown (?)")
            return notes
        if any(row.shapes for row in self.summary.rows):
            notes.append("output shapes are as printed, without their first size, which is taken for the batch")
        notes.append(
            "multiplications are weights × positions, where whether there are biases follows from the channels of the rows above"
        )
        notes.append("products that forward makes without a module (matmul, functional calls) are in no such table")
        if self.summary.family == "torchsummary":
            notes.append(
                "torchsummary counts what is called weight or bias, at each run; not an LSTM's, attention's, or a module's own"
            )
        if self.open:
            shown = ", ".join(self.open[:3]) + (" …" if self.open[3:] else "")
            notes.append(f"{shown}: whether there are biases among the parameters does not follow")
        return notes

    # -- one row ------------------------------------------------------------------------------------------------------------

    def _told(self, row: Row) -> Told:
        """What is told of a row and what follows: biases and multiplications."""
        shape = row.shapes[0] if len(row.shapes) == 1 else ()
        rest = shape[1:]
        out: Shape | None = tuple(n for n in rest if n is not None) if rest and None not in rest else None
        params, cls = row.params, row.cls
        if self.summary.family == "lightning":
            return Told(params=params, biases=0 if params == 0 else None)
        if params is None and row.said in ("--", "(recursive)"):
            params = 0
        told = Told(out, params=params)
        if self.summary.family == "torchsummary" and cls in UNCOUNTED:
            told = Told(out)
        elif row.said == "(recursive)" or (not params and cls not in FREE | {*CONVOLUTIONS, "Linear", *LOOKED_UP}):
            told = Told(out, params=params, biases=0, multiplies=None if row.said == "(recursive)" else 0)
        elif cls in FREE:
            if params:
                self.building.fault(f"{row.cls}: {row.said} parameters of a {cls}, which has none", row.params_at, "0")
            told = Told(out, params=params, biases=0, multiplies=0)
        elif cls in LOOKED_UP:
            if cls in NORMS and out and params not in (0, out[0], 2 * out[0]):
                message = f"{row.said} parameters of a {cls} of {out[0]:,} channels"
                self.building.fault(message, row.params_at, f"{2 * out[0]:,}")
            told = Told(out, params=params, biases=0, multiplies=0)
        elif (cls in CONVOLUTIONS or cls == "Linear") and out and params is not None:
            told = self._weighed(row, out, params)
        if out is not None:
            self.before.append(out)
        return told

    def _weighed(self, row: Row, out: Shape, params: int) -> Told:
        """A convolution or a Linear: whether there are biases, and so how many products."""
        rank = CONVOLUTIONS.get(row.cls, 0)
        if rank and len(out) != rank + 1:
            return Told(params=params)  # printed without a batch
        filters = out[0] if rank else out[-1]
        if not filters or params % filters:
            message = f"{params:,} parameters cannot be shared by the {filters:,} channels that come out"
            self.building.fault(f"{row.cls}: {message}", row.params_at, f"a multiple of {filters:,}")
            return Told(out, params=params)
        each = params // filters
        transposed = row.cls.startswith("ConvTranspose")
        fits = {bias for bias in (0, 1) if self._fits(row, each - bias, rank, filters)}
        if len(fits) != 1 or transposed:
            self.open.append(row.name or f"{row.cls}-{row.index}")
            return Told(out, params=params)
        biases = fits.pop() * filters
        places = out[1:] if rank else out[:-1]
        return Told(out, params=params, biases=biases, multiplies=(params - biases) * a.product(places))

    def _fits(self, row: Row, each: int, rank: int, filters: int) -> bool:
        """Whether so many weights of a filter are a kernel over the channels of its input, or of a row above."""
        if each < 1:
            return False
        stated = sizes_of(row.cells.get("Input Shape", ""))
        known = [tuple(n or 0 for n in shape[1:]) for shape in stated] or self.before
        if not rank:
            widths = {shape[-1] for shape in known if shape} | {a.product(shape) for shape in known}
            return each in widths if known else True
        taps = sizes_of(row.cells.get("Kernel Shape", ""))
        channels = {shape[0] for shape in known if len(shape) == rank + 1} or set(IMAGES)
        if not stated and len(self.before) == 0:
            channels = set(IMAGES)
        if taps and len(taps[0]) >= rank:
            volume = a.product([n or 1 for n in taps[0][-rank:]])
            return any((c * volume) % each == 0 for c in channels if c) and each % volume == 0
        kernels = {k**rank for k in range(1, LARGEST_KERNEL)}
        whole = any(each % c == 0 and each // c in kernels for c in channels if c)
        return whole or (filters in channels and each in kernels)  # or depthwise
