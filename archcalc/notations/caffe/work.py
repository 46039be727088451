"""What the layers of a prototxt have in common while its network is built: its blobs, and values read out of fields."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.layers.base import Layer, Shape
from archcalc.notations.building import Building
from archcalc.notations.caffe.text import Field, Message, Value
from archcalc.text.faults import ValueFault, suggestions
from archcalc.text.source import Span

LARGEST = 10**9
# Losses, measures and outputs to files: what training and testing have beside the network.
LOSSES = frozenset(
    "Accuracy ContrastiveLoss EuclideanLoss HingeLoss InfogainLoss MultinomialLogisticLoss SigmoidCrossEntropyLoss "
    "SoftmaxWithLoss HDF5Output Silence SmoothL1Loss MultiBoxLoss DetectionEvaluate TripletLoss CenterLoss".split()
)


class Part(NamedTuple):
    """A layer of the text: its message, name, type in the newer spelling, the blobs it reads and puts out."""

    message: Message
    name: str
    span: Span
    type: str
    bottoms: list[Value]
    tops: list[Value]

    @property
    def read(self) -> list[str]:
        """The names of the blobs it reads."""
        return [bottom.text for bottom in self.bottoms]


class Work:
    """One network being built from a prototxt.

    `blobs` maps the name of each blob to the node that has written it last; None is a blob that is no part of the table: a
    label, a loss, and what is made of those alone. What could not be made after a fault is in `lost`.
    """

    def __init__(self, building: Building, root: Message) -> None:
        self.building = building
        self.graph = building.graph
        self.source = building.source
        self.root = root
        self.blobs: dict[str, int | None] = {}
        self.lost: set[str] = set()
        self.parts: list[Part] = []
        self.owners: dict[str, tuple[int, int, int]] = {}  # a weight's name: its node, which of its blobs, of how many
        self.merged: set[int] = set()  # Scale layers that are one with the BatchNorm before them
        self.batch: int | None = None

    def fault(self, message: str, span: Span | None, repair: str, *more: str) -> None:
        """Notes a fault; reading goes on to find the others."""
        self.building.fault(message, span, repair, *more)

    def inputs(self, part: Part, least: int = 1, most: int | None = 1) -> list[int | None]:
        """The nodes that a layer reads; None for each that is not known after a fault."""
        found: list[int | None] = []
        for bottom in part.bottoms:
            index = self.blobs.get(bottom.text)
            if index is None and bottom.text not in self.lost:
                if bottom.text in self.blobs:
                    message = f"the blob '{bottom.text}' is a label or a loss, and has no size here"
                    self.fault(message, bottom.span, f"--input {bottom.text}=10")
                else:
                    near = suggestions(bottom.text, self.blobs)
                    message = f"no layer before this one puts out a blob '{bottom.text[:60]}'"
                    self.fault(message, bottom.span, *(near or ["--set phase=TRAIN, if it is made there"]))
            found.append(index)
        if len(found) < least or (most is not None and len(found) > most):
            wanted = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} to {most}"
            self.fault(f"{part.type} reads {wanted} blobs, not {len(found)}", part.span, 'bottom: "data"')
            return [None] * max(least, 1)
        return found

    def add(
        self, part: Part, layer: Layer | None, inputs: list[int | None], *, path: str = "", blobs: int = 0, of: Part | None = None
    ) -> int | None:
        """A layer as a node under its name. `blobs` is how many weights it has that may be shared by name; `of` names them."""
        names = self._weight_names(of or part)[:blobs]
        shares = self._owner(part, names, blobs) if names else None
        made = self.building.add(layer, inputs, path or part.name, part.span, shares=shares)
        if made is not None and shares is None:
            for number, value in enumerate(names):
                if value is not None:
                    self.owners.setdefault(value.text, (made, number, blobs))
        return made

    def _weight_names(self, part: Part) -> list[Value | None]:
        """The names under which a layer's weights are shared, in either spelling."""
        found: list[Value | None] = []
        for field in part.message.all("param"):
            value = field.value.value("name") if isinstance(field.value, Message) else field.value
            found.append(value if value is not None and value.text else None)
        return found if any(found) else []

    def _owner(self, part: Part, names: list[Value | None], blobs: int) -> int | None:
        """The node whose weights a layer uses; None where it is the first, and after a fault."""
        known = [self.owners.get(value.text) if value else None for value in names[:blobs]]
        owners = {owner[0] for owner in known if owner}
        if not owners:
            return None
        whole = len(owners) == 1 and [owner[1] if owner else None for owner in known] == list(range(blobs))
        if not whole:
            value = next(value for value, owner in zip(names, known, strict=False) if value and owner)
            self.fault("weights are shared whole, a layer's all or none", value.span, "a name for each of its weights")
            return None
        return owners.pop()

    def shape(self, index: int | None) -> Shape | None:
        """The shape of a node's output, without the batch."""
        return self.building.shape(index)

    def whole(self, value: Value | None, default: int, least: int = 0) -> int:
        """A whole number of at least `least`; the default where it is not given, and after a fault."""
        if value is None:
            return default
        hexadecimal = value.text.lstrip("+-")[:2].lower() == "0x"
        try:
            number = int(value.text[:24], 16 if hexadecimal else 10)
        except ValueError:
            self.fault(f"'{value.text[:40]}' is no whole number", value.span, str(max(default, least)))
            return default
        if number < least or number > LARGEST:
            what = f"too small: the least is {least}" if number < least else "too large: the most allowed is 1,000,000,000"
            self.fault(f"{number} is {what}", value.span, str(max(default, least)))
            return default
        return number

    def real(self, value: Value | None, default: float) -> float:
        """A number; the default where it is not given, and after a fault."""
        if value is None:
            return default
        try:
            return float(value.text.rstrip("fF"))
        except ValueError:
            self.fault(f"'{value.text[:40]}' is no number", value.span, f"{default:g}")
            return default

    def flag(self, value: Value | None, default: bool) -> bool:
        """true or false."""
        if value is None:
            return default
        if value.text.lower() in ("true", "false", "t", "f", "1", "0"):
            return value.text.lower() in ("true", "t", "1")
        self.fault(f"'{value.text[:40]}' is neither true nor false", value.span, "true", "false")
        return default

    def choice(self, value: Value | None, options: tuple[str, ...], default: str) -> str:
        """One of an enumeration's words, or its number."""
        if value is None:
            return default
        word = value.text
        if word in map(str, range(len(options))):
            word = options[int(word)]
        if word not in options:
            self.fault(
                f"'{value.text[:40]}' is none of {', '.join(options)}", value.span, *(suggestions(word, options) or list(options))
            )
            return default
        return word

    def layer(self, kind: str, part: Part, **settings: object) -> Layer | None:
        """A layer of these settings at the place of its type; None after a fault."""
        try:
            return self.building.layer(kind, part.span, **settings)
        except ValueFault as error:  # pragma: no cover
            self.fault(error.message, part.span, *error.repairs)
            return None

    def field(self, message: Message, name: str) -> Field | None:
        """The last field of a name, which is used by that."""
        found = message.all(name)
        return found[-1] if found else None
