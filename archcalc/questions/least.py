"""The smallest input a whole network accepts, and the layer that stops one less.

Sizes are tried from 1 upwards, the network expanded anew at each (a spec may compute with its sizes), so the answer is right
even where a larger input fits worse than a smaller one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from archcalc.layers.base import Shape, dims
from archcalc.network.description import Description, Given
from archcalc.network.nodes import Network
from archcalc.notations import read
from archcalc.report.document import Cell, Column, Document, Table
from archcalc.text.faults import Fault, Misfit, SpecError
from archcalc.text.source import Source

NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
MOST_BUILT = 200_000  # layers built in one search


@dataclass(frozen=True)
class Stopper:
    """The layer that does not take an input: its path, what it says, and the network input it refused."""

    path: str
    message: str
    input: Shape


Progress = Callable[[float, int], None] | None


class Sizes:
    """Whether a network accepts an input size. `axes` are the dimensions of the input that may vary."""

    def __init__(self, description: Description, given: Given, vary: str | None, most: int) -> None:
        self.description = description
        self.given = given
        self.most = most
        network = description.network(given)
        self.title = network.name
        self.size = len(network.nodes)
        self.name = self._chosen(network, vary)
        self.start = network.inputs[self.name]
        self.single = len(network.inputs) == 1
        self.axes = self._axes(network)
        self.tried = 0
        self.built = 0
        self.last: Stopper | None = None

    def _chosen(self, network: Network, vary: str | None) -> str:
        names = list(network.inputs)
        if vary is not None:
            if vary in names:
                return vary
            raise SpecError([Fault(f"no input is called '{vary}'", repairs=[f"--vary {n}" for n in names])])
        sized = [n for n in names if len(network.inputs[n]) >= 2]
        if len(sized) == 1:
            return sized[0]
        if not sized:
            shown = ", ".join(dims(s) for s in network.inputs.values())
            raise SpecError([Fault(f"the input {shown} is a list of features: it has no size that could be smaller")])
        raise SpecError([Fault(f"several inputs have a size: {', '.join(sized)}", repairs=[f"--vary {n}" for n in sized])])

    def _axes(self, network: Network) -> list[int]:
        """The spatial axes; of a sequence T×F its steps, of C×L its length."""
        if len(self.start) != 2:
            return list(range(1, len(self.start)))
        index = -1 - list(network.inputs).index(self.name)
        reads = [node.layer for node in network.nodes if index in node.inputs]
        return [1] if any(layer.layout == "channels" for layer in reads) else [0]

    def shape(self, sizes: Mapping[int, int]) -> Shape:
        """The input shape with these sizes on its axes."""
        return tuple(sizes.get(i, n) for i, n in enumerate(self.start))

    def stopper(self, shape: Shape) -> Stopper | None:
        """The first layer that does not take this input; None where the whole network does."""
        self.tried += 1
        self.built += max(self.size, 150)  # a small network costs its reading
        try:
            inputs = {**self.given.inputs, ("" if self.single else self.name): shape}
            network = self.description.network(self.given._replace(inputs=inputs, strict=True))
        except SpecError as error:
            fault = error.faults[0]
            return Stopper(fault.path, fault.message, shape)
        return first_misfit(network, shape)

    def least(self, made: Callable[[int], Shape], progress: Progress) -> tuple[int, Stopper | None] | None:
        """The first size, from 1 up, whose shape is accepted, with what stopped one less; None up to `most`."""
        before: Stopper | None = None
        self.built = 0
        for n in range(1, self.most + 1):
            if progress is not None:
                progress(n / self.most, self.tried)
            stopper = self.stopper(made(n))
            if stopper is None:
                return n, before
            before = stopper
            if self.built > MOST_BUILT:
                break
        self.last = before
        return None


def first_misfit(network: Network, shape: Shape) -> Stopper | None:
    """The first node that does not fit its input, in the order of execution."""
    for node, _, output, _ in network.walk():
        if isinstance(output, Misfit):
            return Stopper(node.path, output.message, shape)
    return None


def least_input(
    source: Source,
    inputs: Mapping[str, Shape],
    variables: Mapping[str, str],
    bias: bool,
    vary: str | None,
    most: int,
    progress: Progress = None,
) -> tuple[Document, dict[str, Any], bool]:
    """The smallest input of a network, alike on all axes and on each alone, as document and data. Raises SpecError."""
    sizes = Sizes(read(source), Given(inputs, variables, bias), vary, most)
    square = sizes.least(lambda n: sizes.shape(dict.fromkeys(sizes.axes, n)), progress)
    document = Document(f"{sizes.title}: the smallest input")
    data: dict[str, Any] = {"name": sizes.title, "vary": sizes.name, "searched_to": most}
    if square is None:
        last = sizes.last
        assert last is not None
        document.say(f"No input up to {dims(last.input)} fits: {last.path}: {last.message}.")
        data |= {"searched_to": last.input[sizes.axes[0]], "input": None, "stopped_by": _stopper(last)}
        return document, data, False
    size, stopper = square
    even = dict.fromkeys(sizes.axes, size)
    rows: list[list[Cell]] = [["alike" if len(sizes.axes) > 1 else NAMES[1][0], sizes.shape(even), *_told(stopper)]]
    data["input"] = list(sizes.shape(even))
    data["stopped_by"] = _stopper(stopper)
    if len(sizes.axes) > 1:
        found = {}
        data["per_axis"] = {}
        for axis, name in zip(sizes.axes, _axis_names(len(sizes.axes)), strict=True):
            # The other axes as small as they may be together; the square size is known to be accepted.
            alone = sizes.least(lambda n, axis=axis: sizes.shape({**even, axis: n}), progress)  # type: ignore[misc]
            assert alone is not None
            found[axis] = alone[0]
            data["per_axis"][name] = alone[0]
            rows.append([f"{name} alone", sizes.shape({**even, axis: alone[0]}), *_told(alone[1])])
        together = sizes.shape(found)
        data["per_axis_together"] = list(together) if sizes.stopper(together) is None else None
    columns = [
        Column("", key="axes"),
        Column("smallest input", "shape", first=0),
        Column("one less is stopped by", "name", key="stopped_by"),
    ]
    document.add(Table([*columns, Column("since", "prose")], rows))
    document.say("Every size from 1 up was tried, so no smaller one fits.")
    return document, data, True


def _axis_names(count: int) -> tuple[str, ...]:
    return NAMES.get(count) or tuple(f"axis {n + 1}" for n in range(count))


def _told(stopper: Stopper | None) -> list[str]:
    return [stopper.path, stopper.message] if stopper else ["", "1 is the least there is"]


def _stopper(stopper: Stopper | None) -> dict[str, Any] | None:
    return None if stopper is None else {"layer": stopper.path, "message": stopper.message, "input": list(stopper.input)}
