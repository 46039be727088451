"""The smallest input a whole network accepts, and the layer that stops one less.

Where every layer says that it takes whatever is larger than what it takes (`Layer.grows`), sizes are halved. Else they are tried
from 1 upwards, since a larger input may fit worse than a smaller one; where the text computes with sizes, each makes its network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from archcalc.formulas.growth import Growth, Unproven
from archcalc.layers.base import Shape, dims
from archcalc.loading import Net, Stated, Variables, given_of, source_of
from archcalc.network.description import Description, Given
from archcalc.network.nodes import Network, TooLarge
from archcalc.notations import read
from archcalc.questions.axes import spatial_axes
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Table
from archcalc.text.amounts import between
from archcalc.text.faults import Fault, Misfit, SpecError

NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
LARGEST_TRIED = 100_000
MOST_BUILT = 200_000  # layers built in one search


@dataclass(frozen=True)
class Stopper:
    """The layer that does not take an input: its path, what it says, and the network input it refused.

    `large` where that is because a size is beyond the largest there may be.
    """

    path: str
    message: str
    input: Shape
    large: bool = False


Progress = Callable[[float, int], None] | None


class Sizes:
    """Whether a network accepts an input size. `axes` are the dimensions of the input that may vary.

    Where the text makes the same network for every size, that network is walked; else it is built anew for each.
    """

    def __init__(self, description: Description, given: Given, vary: str | None, most: int) -> None:
        self.description = description
        self.given = given
        self.most = most
        self.network = network = description.network(given)
        self.title = network.name
        self.name = self._chosen(network, vary)
        self.start = network.inputs[self.name]
        self.single = len(network.inputs) == 1
        self.axes = spatial_axes(network, self.name)
        self.sound = first_misfit(network) is None
        self.fixed = False
        self.tried = 0
        self.built = 0
        self.last: Stopper | None = None
        self.halved: list[bool] = []

    def _chosen(self, network: Network, vary: str | None) -> str:
        names = list(network.inputs)
        if vary is not None and vary not in names:
            repairs = [f"--vary {n}" for n in names] or ["a network that reads an input"]
            raise SpecError([Fault(f"no input is called '{vary}'", repairs=repairs)])
        sized = [n for n in names if len(network.inputs[n]) >= 2 and vary in (None, n)]
        if len(sized) == 1:
            return sized[0]
        if not sized:
            shown = ", ".join(dims(s) for n, s in network.inputs.items() if vary in (None, n))
            raise SpecError(
                [
                    Fault(
                        f"the input {shown} is a list of features: it has no size that could be smaller",
                        repairs=["a network whose input is a map or a sequence, as 3x32x32"],
                    )
                ]
            )
        raise SpecError([Fault(f"several inputs have a size: {', '.join(sized)}", repairs=[f"--vary {n}" for n in sized])])

    def shape(self, sizes: Mapping[int, int]) -> Shape:
        """The input shape with these sizes on its axes."""
        return tuple(sizes.get(i, n) for i, n in enumerate(self.start))

    def inputs(self, shape: Shape) -> list[Shape]:
        """All inputs, with this shape for the one that varies."""
        return [shape if name == self.name else size for name, size in self.network.inputs.items()]

    def stopper(self, shape: Shape) -> Stopper | None:
        """The first layer that does not take this input; None where the whole network does."""
        self.tried += 1
        if self.fixed:
            self.built += 1 + len(self.network.nodes) // 20  # to walk costs a twentieth of building
            return first_misfit(self.network, self.inputs(shape), shape)
        self.built += max(len(self.network.nodes), 150)  # a small network costs its reading
        try:
            inputs = {**self.given.inputs, ("" if self.single else self.name): shape}
            network = self.description.network(self.given._replace(inputs=inputs, strict=True))
        except SpecError as error:
            fault = error.faults[0]
            return Stopper(fault.path, fault.message, shape)
        return first_misfit(network, shape=shape)

    def least(self, made: Callable[[int], Shape], axes: Sequence[int], progress: Progress) -> tuple[int, Stopper | None] | None:
        """The first size, from 1 up, whose shape is accepted, with what stopped one less; None up to `most`.

        `made` gives the shape with a size on each of `axes`. Halved is where that is proven to be right.
        """
        self.built = 0
        variable = cast("int", Growth())
        shape = tuple(variable if i in axes else n for i, n in enumerate(made(1)))
        inputs = self.inputs(shape)
        grown = grow(self.network, inputs) if self.sound and self.network.computed is not None else [None]
        self.fixed = None not in grown[:1] and steady(self.network, inputs, grown)
        halving = self.fixed and None not in grown
        self.halved.append(halving)
        return self._halve(made) if halving else self._count(made, progress)

    def _count(self, made: Callable[[int], Shape], progress: Progress) -> tuple[int, Stopper | None] | None:
        before: Stopper | None = None
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

    def _halve(self, made: Callable[[int], Shape]) -> tuple[int, Stopper | None] | None:
        """The same where whatever fits fits when it is larger, unless a size is beyond the largest there may be."""
        refused, taken, n = 0, self.most + 1, 1
        found: dict[int, Stopper | None] = {}
        while taken - refused > 1:
            stopper = found[n] = self.stopper(made(n))
            if stopper is not None and not stopper.large:
                refused = n
            else:
                taken = n
            n = min(2 * n, self.most) if taken > self.most else (refused + taken) // 2
        if taken <= self.most and found[taken] is None:
            return taken, found.get(refused)
        self.last = found[min(taken, self.most)]
        return None

    @property
    def how(self) -> str:
        """Why no smaller size fits."""
        if all(self.halved):
            reason = "Whatever size a layer of this network takes, it takes larger ones too, so the least was found by halving"
            return f"{reason}: {self.tried} sizes were tried."
        if any(self.halved):
            return "Every size from 1 up was tried, or halved where layers take whatever is larger than what they take."
        return "Every size from 1 up was tried, so no smaller one fits."


def first_misfit(network: Network, sizes: Sequence[Shape] | None = None, shape: Shape = ()) -> Stopper | None:
    """The first node that does not fit its input, in the order of execution."""
    for node, _, output, _ in network.walk(sizes):
        if isinstance(output, Misfit):
            return Stopper(node.path, output.message, shape, isinstance(output, TooLarge))
    return None


def grow(network: Network, inputs: Sequence[Shape]) -> list[Shape | None]:
    """What each node puts out, some sizes of the inputs being functions of one n; None where it may not take all that is larger.

    By the layers' own word (`Layer.grows`). Weights that are used twice are the same tensors for every n only where both uses
    read the same sizes.
    """
    made: list[Shape | None] = []
    read: list[list[Shape | None]] = []
    for node in network.nodes:
        arriving: list[Shape | None] = [made[i] if i >= 0 else inputs[-1 - i] for i in node.inputs]
        arriving += node.unrun or ()
        read.append(arriving)
        shapes = tuple(shape for shape in arriving if shape is not None)
        output: Shape | None = None
        if len(shapes) == len(arriving) and (node.shares is None or read[node.shares] == arriving):
            with suppress(Misfit, Unproven):
                output = node.layer.grows(shapes) if any(map(_varies, shapes)) else node.layer.output(shapes)
        made.append(output)
    return made


def _varies(shape: Shape) -> bool:
    return not all(isinstance(size, int) for size in shape)


def steady(network: Network, inputs: Sequence[Shape], grown: Sequence[Shape | None]) -> bool:
    """Whether all that the text computes with is one number, whatever n is: the channels of some nodes and inputs."""
    layouts: list[str] = []
    for node in network.nodes:
        before = layouts[node.inputs[0]] if node.inputs and node.inputs[0] >= 0 else "tokens"
        layouts.append(node.layer.layout or before)
    for i in network.computed or ():
        shape, layout = (grown[i], layouts[i]) if i >= 0 else (inputs[-1 - i], "tokens")
        if shape is None or not isinstance(shape[-1 if len(shape) == 2 and layout != "channels" else 0], int):
            return False
    return True


class Alone(NamedTuple):
    """The least size of one axis, the others kept: the input's shape then, and what stops one less."""

    size: int
    shape: Shape
    stopper: Stopper | None


@dataclass(frozen=True, repr=False)
class LeastInput(Answer):
    """The smallest input a network accepts, alike on all axes, and on each axis alone.

    `input` is its shape, None where no size up to `searched_to` fits; `stopper` the layer that stops one less, or the largest
    that was tried. `per_axis` is what each axis can be alone, the others as in `input`; `together` the input with all axes as
    small as they can be alone, where the network takes that. `how` says why no smaller one fits, `tried` how many sizes
    were looked at.
    """

    name: str
    vary: str
    input: Shape | None
    stopper: Stopper | None
    searched_to: int
    how: str
    axes: int = 1
    per_axis: Mapping[str, Alone] = field(default_factory=dict)
    together: Shape | None = None
    tried: int = 0

    @property
    def ok(self) -> bool:
        """Whether any size fits."""
        return self.input is not None

    @property
    def sentence(self) -> str:
        """The smallest input, or that there is none."""
        if self.input is None:
            return f"{self.name}: no input up to {self.searched_to:,} fits"
        return f"{self.name}: the smallest input is {dims(self.input)}"

    def as_document(self) -> Document:
        """A row for all axes alike, and one for each axis."""
        document = Document(f"{self.name}: the smallest input", data=self.as_data)
        if self.input is None:
            if self.stopper is not None:
                document.say(f"No input up to {dims(self.stopper.input)} fits: {self.stopper.path}: {self.stopper.message}.")
            return document
        rows: list[list[Cell]] = [["alike" if self.axes > 1 else NAMES[1][0], self.input, *_told(self.stopper)]]
        rows += [[f"{name} alone", alone.shape, *_told(alone.stopper)] for name, alone in self.per_axis.items()]
        columns = [
            Column("", key="axes"),
            Column("smallest input", "shape", first=0),
            Column("one less is stopped by", "name", key="stopped_by"),
        ]
        document.add(Table([*columns, Column("since", "prose")], rows))
        document.say(self.how)
        return document

    def as_data(self) -> dict[str, object]:
        """The same as plain data."""
        data: dict[str, object] = {"name": self.name, "vary": self.vary, "searched_to": self.searched_to}
        data |= {"input": None if self.input is None else list(self.input), "stopped_by": _stopper(self.stopper)}
        if self.per_axis:
            data["per_axis"] = {name: alone.size for name, alone in self.per_axis.items()}
            data["per_axis_together"] = None if self.together is None else list(self.together)
        return data


def least_input(
    net: Net,
    *,
    vary: str | None = None,
    most: int = 4096,
    input: Stated = None,
    variables: Variables = None,
    bias: bool = True,
    progress: Progress = None,
) -> LeastInput:
    """The smallest input of a network, alike on all axes and on each alone, up to a size of `most`.

    `vary` names which of several inputs varies. Raises SpecError.
    """
    top = between(most, "--most", 1, LARGEST_TRIED)
    sizes = Sizes(read(source_of(net)), given_of(input, variables, bias), vary, top)
    axes = len(sizes.axes)
    square = sizes.least(lambda n: sizes.shape(dict.fromkeys(sizes.axes, n)), sizes.axes, progress)
    if square is None:
        last = sizes.last
        assert last is not None
        return LeastInput(sizes.title, sizes.name, None, last, last.input[sizes.axes[0]], sizes.how, axes)
    size, stopper = square
    even = dict.fromkeys(sizes.axes, size)
    per_axis: dict[str, Alone] = {}
    together: Shape | None = None
    if axes > 1:
        found = {}
        for axis, name in zip(sizes.axes, _axis_names(axes), strict=True):
            # The other axes as small as they may be together; the square size is known to be accepted.
            alone = sizes.least(lambda n, axis=axis: sizes.shape({**even, axis: n}), (axis,), progress)  # type: ignore[misc]
            assert alone is not None
            found[axis] = alone[0]
            per_axis[name] = Alone(alone[0], sizes.shape({**even, axis: alone[0]}), alone[1])
        together = sizes.shape(found)
        together = together if sizes.stopper(together) is None else None
    return LeastInput(sizes.title, sizes.name, sizes.shape(even), stopper, top, sizes.how, axes, per_axis, together, sizes.tried)


def _axis_names(count: int) -> tuple[str, ...]:
    return NAMES.get(count) or tuple(f"axis {n + 1}" for n in range(count))


def _told(stopper: Stopper | None) -> list[str]:
    return [stopper.path, stopper.message] if stopper else ["", "1 is the least there is"]


def _stopper(stopper: Stopper | None) -> dict[str, object] | None:
    return None if stopper is None else {"layer": stopper.path, "message": stopper.message, "input": list(stopper.input)}
