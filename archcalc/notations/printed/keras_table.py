"""Keras's `model.summary()`: who reads whom, the settings that follow, and the model they make."""

from __future__ import annotations

import json
from bisect import bisect_left, insort
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Shape, dims
from archcalc.network.nodes import Network, Told
from archcalc.notations.building import Building
from archcalc.notations.keras.layers import KINDS
from archcalc.notations.printed import settings
from archcalc.notations.printed.settings import Contradiction, Found
from archcalc.notations.printed.table import Row, Summary
from archcalc.notations.printed.told import Printed, Rewritten, finished, nothing_else, untold
from archcalc.text.faults import Misfit, SpecError, Stop
from archcalc.text.source import Source

SOURCE = "the source it was printed of: archcalc params model.py"
INPUT = "InputLayer"
MODELS = ("Functional", "Sequential", "Model")
WEIGHED = ("Conv", "Dense", "Separable", "Depthwise", "Convolution")
MOST_TWINS = 500  # rows whose names begin alike
UNSEEN = "the settings that follow from shapes and parameters are inferred: kernels, strides, padding, biases"


def network(source: Source, summary: Summary, building: Building) -> Network:
    """The network of Keras's table. Raises SpecError."""
    return _Reader(source, summary, building).network()


class _Names:
    """The rows so far by their names, which may be cut off, as may be what is looked for."""

    def __init__(self) -> None:
        self.whole: dict[str, int] = {}
        self.order: list[tuple[str, int]] = []
        self.cut: dict[str, list[int]] = {}

    def add(self, row: Row, number: int) -> None:
        """Another row."""
        insort(self.order, (row.name, number))
        if row.cut:
            self.cut.setdefault(row.name, []).append(number)
        else:
            self.whole[row.name] = number

    def called(self, name: str, cut: bool) -> list[int]:
        """The rows that a name may stand for, in order."""
        if not cut and name in self.whole:
            return [self.whole[name]]
        found = {n for length in {len(c) for c in self.cut} for n in self.cut.get(name[:length], ())} if self.cut else set()
        at = bisect_left(self.order, (name, -1))
        while cut and at < len(self.order) and self.order[at][0].startswith(name) and len(found) <= MOST_TWINS:
            found.add(self.order[at][1])
            at += 1
        return sorted(found)


class _Reader:
    def __init__(self, source: Source, summary: Summary, building: Building) -> None:
        self.source = source
        self.summary = summary
        self.building = building
        self.rows = summary.rows
        self.reads: list[list[list[int]]] = []  # the rows that each of what a row reads may be
        self.read: list[list[int]] = []  # and which they are
        self.twins: list[str] = []
        # A subclassed model is printed without the column too, in the order in which its layers were made.
        self.certain = summary.connected or summary.name.startswith("sequential")
        self.found: list[Found | None] = []
        self.why = ""
        self.asks = ""
        self.input: Shape | None = None
        self.notes: dict[str, None] = {}
        self.several: dict[tuple[str, ...], list[str]] = {}  # the settings that fit, and the rows they fit

    def network(self) -> Network:
        for row in self.rows:
            self._class(row)
        self._edges()
        with suppress(Stop):
            self._settings()
        if self.building.faults:
            raise SpecError(self.building.faults.found)
        if not self.why and not self.asks:
            made = self._model()
            if made is not None:
                return made
        return self._told()

    # -- what the rows say ------------------------------------------------------------------------------------------------

    def _class(self, row: Row, rank: int = 0) -> None:
        """A class whose end was cut off, where one class of Keras alone begins so, or one of this rank."""
        if row.cls_cut and row.cls:
            twins = {"MaxPool1D", "MaxPool2D", "Convolution1D", "Convolution2D", "Convolution3D"}  # older names of the same
            fits = {kind for kind in (*KINDS, INPUT, *MODELS) if kind.startswith(row.cls)}
            fits = fits - twins or fits
            fits = {kind for kind in fits if f"{rank}D" in kind} or fits
            named = row.name.lower().replace("_", "")  # as Keras names a layer that nobody named
            fits = {kind for kind in fits if named.startswith(kind.lower())} or fits
            if len(fits) == 1:
                row.cls, row.cls_cut = fits.pop(), False

    def _lack(self, why: str) -> None:
        self.why = self.why or why

    def _edges(self) -> None:
        """Whom each row may read: the row above where there is no such column, else those of the names it gives."""
        rows = self.rows
        if self.summary.cropped:
            self._lack("the right side of the table is cut off")
        if any(row.depth for row in rows):
            self._lack("it holds models in models, and does not say what those read")
        if self.summary.connected and len(rows) > 1 and not self.why and not any(row.reads for row in rows):
            self._lack("its column `Connected to` is empty, as early Keras 2 printed it")
        names = _Names()
        for number, row in enumerate(rows):
            found: list[list[int]] = []
            if not self.summary.connected:
                found = [] if row.cls == INPUT or not number else [[number - 1]]
            for name, cut, plain in row.reads:
                before = names.called(name, cut)
                if not before or not plain or len(before) > MOST_TWINS:
                    what = "several rows" if len(before) > 1 else "another call of it" if before else "no row above it"
                    self._lack(f"what {row.name} reads, '{name[:40]}', is {what}")
                    found = []
                    break
                found.append(before)
            names.add(row, number)
            self.reads.append(found)
            if not found and row.cls != INPUT and self.summary.connected:
                self._lack(f"{row.name} reads no row")

    def _chosen(self, row: Row, among: list[list[int]], out: Shape | None) -> list[int]:
        """The rows that a row reads, where names that were cut off leave one shape that fits; none where they do not."""
        found = []
        for before in among:
            fits = before
            if len(before) > 1:
                fits = [n for n in before if self._may_read(row, self._out(self.rows[n]), out, len(among))]
                shapes = {self._out(self.rows[n]) for n in fits}
                if len(shapes) != 1 or None in shapes:
                    several = ", ".join(self.rows[n].name for n in before[-3:])
                    self._lack(f"what {row.name} reads, with its name cut off, is one of several rows ({several})")
                    return []
                if len(fits) > 1:
                    self.twins.append(row.name)
            found.append(fits[-1])
        return found

    def _may_read(self, row: Row, shape: Shape | None, out: Shape | None, count: int) -> bool:
        if shape is None or out is None:
            return False
        if count > 1:
            return shape == out or (row.cls == "Concatenate" and len(shape) == len(out))
        self._class(row, len(shape) - 1)
        try:
            return row.params is not None and settings.found(row.cls, [shape], out, row.params) is not None
        except Contradiction:
            return False

    def _out(self, row: Row) -> Shape | None:
        """What a row puts out, in Keras's order, without the batch."""
        if len(row.shapes) != 1:
            return None
        rest = row.shapes[0][1:]
        return tuple(n for n in rest if n is not None) if None not in rest and rest else None

    def _settings(self) -> None:
        """The settings of every row that follow. Raises Stop."""
        given = self.building.given.inputs
        first = self.rows[0]
        inputs = [row for row in self.rows if row.cls == INPUT]
        if not inputs and given:
            stated = next(iter(given.values()))
            self.input = (*stated[1:], stated[0]) if self._turned(stated) else tuple(stated)
        elif not inputs and not self.summary.connected:
            self.asks = self._hint(first)
            if not self.asks:
                self._lack("the size of the input is not in it")
        for number, row in enumerate(self.rows):
            out = self._out(row)
            reads = self._chosen(row, self.reads[number], out)
            self.read.append(reads)
            shapes = [self._out(self.rows[n]) for n in reads]
            if not number and self.input is not None and row.cls != INPUT:
                shapes = [self.input]
            known = [shape for shape in shapes if shape is not None]
            self._class(row, len(known[0]) - 1 if known else 0)
            made: Found | None = None
            if row.cls == INPUT:
                made = Found({}) if out is not None else None
            elif out is not None and row.params is not None and len(known) == len(shapes):
                try:
                    made = settings.found(row.cls, known, out, row.params)
                except Contradiction as error:
                    if self.certain:
                        self.building.fault(f"{row.name}: {error.said}", row.params_at, error.right)
                    else:
                        self._lack(f"{row.name}, reading the row above, contradicts it: {error.said}")
            if made is not None:
                if made.note:
                    self.notes[made.note] = None
                if made.others:
                    self.several.setdefault(made.others, []).append(row.name)
            elif not number and self.input is not None and row.cls in settings.MAKERS and not self.building.faults:
                asks = self._hint(first) or "the input that the first row was printed for"
                message = f"{row.name}: what it states does not follow from an input of {dims(next(iter(given.values())))}"
                self.building.fault(message, row.place, asks)
            elif number or not self.asks or row.cls not in settings.MAKERS or row.params is None:
                what = f"{row.name} ({row.cls or 'of a class cut off'})"
                if not row.shapes or None in row.shapes[0][1:]:
                    self._lack(f"the size of {what} is open or cut off")
                else:
                    self._lack(f"the settings of {what} do not follow from what it states")
            self.found.append(made)

    def _hint(self, row: Row) -> str:
        """An input from which a first row follows; empty where none of the usual ones does."""
        out = self._out(row)
        if out is None or row.params is None:
            return ""
        for shape in settings.inputs(row.cls, out, row.params):
            try:
                fits = settings.found(row.cls, [shape], out, row.params)
            except Contradiction:
                continue
            if fits is not None:
                turned = self._turned(shape)
                typed = (shape[-1], *shape[:-1]) if turned else shape
                return f"--input {'x'.join(map(str, typed))}"
        return ""

    def _turned(self, shape: Shape) -> bool:
        """Whether a shape is typed with its channels in front."""
        spatial = self.rows[0].cls.startswith(("Conv1D", "Separable", "MaxPooling1D", "AveragePooling1D", "ZeroPadding1D"))
        return len(shape) > 2 or (len(shape) == 2 and spatial)

    # -- the model ----------------------------------------------------------------------------------------------------------

    def _model(self) -> Network | None:
        """The network of these settings, where it has the parameters and the shapes of every row; None where it has not."""
        from archcalc.notations.keras.json.reader import read

        names: list[str] = []
        for row in self.rows:
            name = row.name
            while name in names:
                name += "_"
            names.append(name)
        layers = [self._layer(number, names) for number in range(len(self.rows))]
        config: dict[str, Any] = {"name": self.summary.name or self.building.stem()}
        lines = ['{"class_name": "Functional", "config": {"layers": [', ",\n".join(layers), "]"]
        if self.summary.connected:
            read_by = {n for reads in self.read for n in reads}
            config["input_layers"] = [[names[n], 0, 0] for n, row in enumerate(self.rows) if row.cls == INPUT]
            config["output_layers"] = [[names[n], 0, 0] for n in range(len(names)) if n not in read_by]
        else:
            lines[0] = lines[0].replace("Functional", "Sequential")
        rest = json.dumps(config)[1:]
        text = f"{lines[0]}\n{lines[1]}\n], {rest}}}"
        places = {number + 2: row.place for number, row in enumerate(self.rows)}
        rewritten = Rewritten(self.source, text.split("\n"), places)
        given = self.building.given
        inputs = {} if self.input is not None else given.inputs
        try:
            made = rewritten.network(read(rewritten.text), given._replace(inputs=inputs))
        except SpecError as error:
            if given.variables or given.inputs or not given.bias:
                raise
            self._lack(f"{error.faults[0].message[:120]}")
            return None
        if given.bias and not inputs and not self._agrees(made):
            return None
        notes = [UNSEEN, *self.notes]
        if not self.certain:
            notes.append(
                "each row is taken to read the one above, which fits them all; the summary of a subclassed model looks alike"
            )
        for fits, names_ in self.several.items():
            shown = f"{', '.join(names_[:3])}{' …' if names_[3:] else ''}"
            notes.append(f"{shown}: {' or '.join(fits[:4])} fit, with the same figures; the first is read")
        if self.twins:
            shown = f"{', '.join(self.twins[:3])}{' …' if self.twins[3:] else ''}"
            notes.append(f"{shown}: of the rows of one shape whose names begin as what they read, the nearest above is read")
        if any(row.cls.startswith(WEIGHED) for row in self.rows):
            notes.append("activations inside a layer are not printed, and not read")
        made.notes = (*made.notes, *notes)
        return made

    def _layer(self, number: int, names: Sequence[str]) -> str:
        row, made = self.rows[number], self.found[number]
        assert made is not None
        config: dict[str, Any] = {"name": names[number], **made.config}
        if row.cls == INPUT or (not number and self.input is not None):
            shape = self.input if row.cls != INPUT else row.shapes[0][1:] if row.shapes else ()
            config["batch_input_shape"] = [None, *(shape or ())]
        layer: dict[str, Any] = {"class_name": made.kind if made.kind and row.cls != "Bidirectional" else row.cls}
        layer |= {"name": names[number], "config": config}
        if self.summary.connected:
            reads = self.read[number]
            layer["inbound_nodes"] = [[[names[n], 0, 0, {}] for n in reads]] if reads else []
        return json.dumps(layer)

    def _agrees(self, made: Network) -> bool:
        """Whether every row's parameters and shape are those of the nodes it became."""
        held: dict[int, int] = {}
        last: dict[int, Shape] = {}
        for step in made.walk():
            if isinstance(step.output, Misfit):
                self._lack(f"{step.node.path}: {step.output.message}")
                return False
            line = step.node.span.line if step.node.span is not None else 0
            held[line] = held.get(line, 0) + sum(w.count for w in step.node.layer.weights(step.inputs))
            last[line] = step.output
        for row in self.rows:
            out, line = self._out(row), row.place.line
            if row.cls == "Normalization" and row.params:
                held[line] += 1  # how many values were seen
            if line in last and out is not None and (held[line] != row.params or sorted(last[line]) != sorted(out)):
                self._lack(f"what {row.name} states, {dims(out)} and {row.said} parameters, does not follow from its class")
                return False
        return True

    # -- rows alone ---------------------------------------------------------------------------------------------------------

    def _told(self) -> Network:
        """The rows as they are told: shapes in Keras's order, parameters, and multiplications where they follow."""
        building = self.building
        nested = [n for n, row in enumerate(self.rows) if n + 1 < len(self.rows) and self.rows[n + 1].depth > row.depth]
        with building.reading():
            nothing_else(building, "this summary", f"this summary is no whole network: {self.why}")
            path: list[str] = []
            for number, row in enumerate(self.rows):
                del path[row.depth :]
                path.append(row.name)
                building.begin()
                if number in nested:
                    inside = self._inside(number)
                    total = sum(self.rows[n].params or 0 for n in inside)
                    if total != row.params:
                        building.fault(
                            f"{row.name}: {row.said} parameters; the rows in it have {total:,}", row.params_at, f"{total:,}"
                        )
                    building.graph.group(".".join(path), row.cls)
                elif row.cls != INPUT:
                    building.graph.add(Printed(row.cls or "?"), [], ".".join(path), row.place, told=self._figures(number))
        network = finished(building, self.summary.name)
        stored = sum(row.params or 0 for row in self.summary.top()) - sum(node.told.params or 0 for node in network.nodes)
        notes = ["shapes are in Keras's own order, without the batch"]
        if stored:
            notes.append(f"Keras's total counts {stored:,} stored statistics, which are not learned")
        first = self.summary.first
        assert first is not None
        if self.asks and not self.why:
            message = "the size of the input is not in this summary"
            notes.insert(0, f"{message}: `{self.asks}`, if it is that, makes it a network")
            untold(network, message, first, self.asks)
        else:
            notes.insert(0, f"read row by row, since {self.why}")
            untold(network, f"this summary is no whole network: {self.why}", first, SOURCE)
        network.notes = (*notes, *network.notes)
        return network

    def _inside(self, number: int) -> list[int]:
        """The rows right inside a row."""
        depth = self.rows[number].depth
        found = []
        for n in range(number + 1, len(self.rows)):
            if self.rows[n].depth <= depth:
                break
            if self.rows[n].depth == depth + 1:
                found.append(n)
        return found

    def _figures(self, number: int) -> Told:
        """What is told of a row: what is learned of its parameters, and products where the biases among them are known."""
        row, made, out = self.rows[number], self.found[number] if number < len(self.found) else None, self._out(self.rows[number])
        params = row.params
        if row.cls == "BatchNormalization" and params and len(row.shapes) == 1:
            ends = [c for c in (row.shapes[0][-1], *row.shapes[0][1:2]) if c is not None]
            channels = next((c for c in ends if params in (2 * c, 3 * c, 4 * c)), 0)
            return Told(out, params=params - 2 * channels, biases=0, multiplies=0)
        if row.cls == "Normalization":
            return Told(out, params=0, biases=0, multiplies=0)
        if (
            row.cls in settings.FREE
            or row.cls == "Embedding"
            or (row.cls.endswith("Normalization") and row.cls in settings.MAKERS)
        ):
            return Told(out, params=params, biases=0, multiplies=0)
        if out is None or params is None or not row.cls.startswith(WEIGHED):
            return Told(out, params=params)
        if row.depth:
            inner = self._biases(number, out, params)
            known = inner is not None and not row.cls.endswith("Transpose")
            return Told(
                out, params=params, biases=inner, multiplies=(params - (inner or 0)) * a.product(out[:-1]) if known else None
            )
        if made is None:
            return Told(out, params=params)
        biases = out[-1] if made.config.get("use_bias") else 0
        reads = self.read[number] if number < len(self.read) else []
        places = out[:-1]
        if row.cls.endswith("Transpose"):
            into = self._out(self.rows[reads[0]]) if reads else self.input
            places = into[:-1] if into is not None else ()
        return Told(out, params=params, biases=biases, multiplies=(params - biases) * a.product(places))

    def _biases(self, number: int, out: Shape, params: int) -> int | None:
        """How many biases a row inside a model has, whichever row above it reads; None where that depends on which.

        A unit has one weight for each place of its kernel and each channel that it reads, and perhaps a bias; where it is
        separable, each channel has a kernel, and a unit one weight for each channel.
        """
        each, rest = divmod(params, out[-1])
        row, above = self.rows[number], {shape[-1] for r in self.rows[:number] for shape in r.shapes if shape[-1:] != (None,)}
        channels = {1} if row.cls.startswith("Depthwise") else {c for c in above if c}
        if row.cls.startswith("Separable"):
            left = [(b, c, params - b * out[-1]) for b in (0, 1) for c in channels]
            fits = {b for b, c, n in left if n % c == 0 and _kernel(n // c - out[-1], True)}
        elif rest:
            return None
        else:
            square = not row.cls.startswith("Dense")
            fits = {b for b in (0, 1) for c in channels if (each - b) % c == 0 and _kernel((each - b) // c, square)}
        return out[-1] * fits.pop() if len(fits) == 1 else None


def _kernel(places: int, square: bool) -> bool:
    """Whether a kernel has so many places: a square one up to 15×15, or one of a single row; a dense layer has one."""
    sizes = {n * n for n in range(1, 16)} | {2, 3, 5, 7, 9, 11} if square else {1}
    return places in sizes
