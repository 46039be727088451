"""Caffe's prototxt: layers that read blobs by name and put blobs out, in the order of execution.

What a type of layer computes is in `layers`; here are the whole and its blobs. The network is the one that is used, of the phase
TEST, unless `--set phase=TRAIN` asks for the other. Rows carry Caffe's own names.
"""

from __future__ import annotations

from typing import NamedTuple

from archcalc.layers.base import Layer, Shape
from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.building import Building
from archcalc.notations.caffe.text import Field, Message, Value, parse
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions
from archcalc.text.source import Source, Span

# Fields of a network and of a layer that no figure depends on: training, and weights themselves.
NET_FIELDS = ("name", "input", "input_shape", "input_dim", "state", "layer", "layers")
NET_QUIET = frozenset("force_backward debug_info".split())
LAYER_QUIET = frozenset(
    "phase loss_weight propagate_down blobs blobs_lr weight_decay blob_share_mode loss_param transform_param lr_mult decay_mult "
    "share_mode".split()
)
SOLVER = ("net", "train_net", "test_net")
INLINE = ("net_param", "train_net_param", "test_net_param")
LARGEST = 10**9


def read(source: Source) -> Prototxt:
    """The description of a prototxt. Raises SpecError, also for a solver, which names the file of its network."""
    root = parse(source)
    inline = [message for name in INLINE for message in root.messages(name)]
    if inline:
        root = inline[0]
    named = [value for name in SOLVER for value in root.values(name)]
    if named and not root.all("layer") and not root.all("layers"):
        message = "this is a solver; its network stands in another file"
        raise SpecError([Fault(message, named[0].span, repairs=[f"archcalc params {named[0].text}"])])
    return Prototxt(source, root)


class Prototxt:
    """A prototxt that has been read."""

    def __init__(self, source: Source, root: Message) -> None:
        self.source = source
        self.root = root

    def network(self, given: Given = Given()) -> Network:  # noqa: B008 a tuple of what is given, never changed
        """The network for what is given. Raises SpecError with every fault; `partial` is the network before the first."""
        return Reader(self, given).network()


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


class Reader:
    """One network being built from a prototxt.

    `blobs` maps the name of each blob to the node that has written it last; None is a blob that is no part of the table: a
    label, a loss, and what is made of those alone. What could not be made after a fault is in `lost`.
    """

    def __init__(self, text: Prototxt, given: Given) -> None:
        self.building = Building(text.source, given)
        self.graph = self.building.graph
        self.source = text.source
        self.root = text.root
        self.blobs: dict[str, int | None] = {}
        self.lost: set[str] = set()
        self.parts: list[Part] = []
        self.owners: dict[str, tuple[int, int, int]] = {}  # a weight's name: its node, which of its blobs, of how many
        self.merged: set[int] = set()  # Scale layers that are one with the BatchNorm before them
        self.batch: int | None = None

    def network(self) -> Network:
        with self.building.reading():
            self._read()
        name = self.root.value("name")
        return self.building.finish(name.text if name else "")

    def _read(self) -> None:
        from archcalc.notations.caffe.inputs import read_inputs
        from archcalc.notations.caffe.layers import KINDS, LOSSES

        for field in self.root.fields:
            if field.name not in NET_FIELDS and field.name not in NET_QUIET:
                self.fault(f"a network has no field {field.name}", field.span, *suggestions(field.name, NET_FIELDS))
        self._choose()
        if not self.parts:
            raise self.building.stop(
                "no layers stand here", Span(self.source, 1, 1), 'layer { name: "conv1" type: "Convolution" … }'
            )
        made = read_inputs(self)
        left_out: list[str] = []
        for index, part in enumerate(self.parts):
            self.building.begin()
            kind = KINDS.get(part.type)
            if part in made or index in self.merged:
                pass
            elif part.type in LOSSES or (part.bottoms and all(self.blobs.get(b, 0) is None for b in part.read)):
                left_out.append(part.name)
                self._give(part, [None] * len(part.tops))
            elif kind is None:
                near = suggestions(part.type, KINDS) or ["the network without it"]
                self.fault(f"the layer type {part.type[:60]} is not known here", part.span, *near)
                self.lost.update(top.text for top in part.tops)
            else:
                self._give(part, kind.read(self, part, index))
            self._rest(part, index, left_out)
        if left_out:
            self.graph.note(
                f"what only training and testing have is left out: {', '.join(left_out[:8])}{'…' if left_out[8:] else ''}"
            )

    def _choose(self) -> None:
        """The layers of the state that is read; a word about those of another that would change figures."""
        from archcalc.notations.caffe.inputs import SOURCES
        from archcalc.notations.caffe.layers import LOSSES
        from archcalc.notations.caffe.phases import active, state_of

        state = state_of(self)
        layers = [*self.root.messages("layer"), *self.root.messages("layers")]
        layers.sort(key=lambda message: (message.span.line, message.span.column))
        others = []
        for message in layers:
            holds, part = active(self, message, state), self._part(message)
            if part and holds:
                self.parts.append(part)
            elif part and part.type not in LOSSES and part.type not in SOURCES:
                others.append(part.name)
        if others:
            shown = ", ".join(others[:4]) + ("…" if others[4:] else "")
            other = "TEST" if state.phase == "TRAIN" else "TRAIN"
            self.graph.note(f"read for phase {state.phase}, without {shown}; `--set phase={other}` reads the other")

    def _part(self, message: Message) -> Part | None:
        """A layer's name, type and blobs; None after a fault."""
        from archcalc.notations.caffe.layers import OLD_TYPES

        name, written = message.value("name"), message.value("type")
        if written is None:
            self.fault("a layer without a type", message.span, 'type: "Convolution"')
            for field in message.fields:
                field.used = True
            return None
        kind = written.text if written.quoted else OLD_TYPES.get(written.text, written.text)
        called = name.text if name and name.text else kind
        return Part(message, called, written.span, kind, message.values("bottom"), message.values("top"))

    def _give(self, part: Part, nodes: list[int | None]) -> None:
        """Names what a layer puts out."""
        for top, node in zip(part.tops, nodes, strict=False):
            if node is None and (not part.bottoms or any(self.blobs.get(b, 0) is not None for b in part.read)):
                from archcalc.notations.caffe.layers import LOSSES

                if part.type not in LOSSES:
                    self.lost.add(top.text)
            else:
                self.lost.discard(top.text)
            self.blobs[top.text] = node

    def _rest(self, part: Part, index: int, left_out: list[str]) -> None:
        """What of a layer nothing has used: known to have no effect on a figure, or a fault."""
        from archcalc.notations.caffe.layers import KINDS, LOSSES

        kind = KINDS.get(part.type)
        if kind is None or part.type in LOSSES or index in self.merged or part.name in left_out:
            return
        for field in part.message.left():
            if field.name not in LAYER_QUIET and field.name not in kind.quiet:
                own = [f.name for f in part.message.fields if f.used]
                near = suggestions(field.name, [*kind.fields, *own])
                self.fault(f"the layer type {part.type} does not use {field.name}", field.span, *near, "# in front of it")

    # -- what the layers' own functions use ---------------------------------------------------------------------------

    def fault(self, message: str, span: Span | None, *repairs: str) -> None:
        """Notes a fault; reading goes on to find the others."""
        self.building.fault(message, span, *repairs)

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
        if word.isdigit() and int(word) < len(options):
            word = options[int(word)]
        if word not in options:
            self.fault(f"'{value.text[:40]}' is none of {', '.join(options)}", value.span, *suggestions(word, options))
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
