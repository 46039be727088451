"""Caffe's prototxt: layers that read blobs by name and put blobs out, in the order of execution.

What a type of layer computes is in `layers`; here are the whole and its blobs. The network is the one that is used, of the phase
TEST, unless `--set phase=TRAIN` asks for the other. Rows carry Caffe's own names.
"""

from __future__ import annotations

from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.building import Building, slips
from archcalc.notations.caffe.forks import BOXES, REFUSED
from archcalc.notations.caffe.inputs import SOURCES, read_inputs
from archcalc.notations.caffe.layers import KINDS, OLD_TYPES
from archcalc.notations.caffe.phases import active, state_of
from archcalc.notations.caffe.text import Message, parse
from archcalc.notations.caffe.work import LOSSES, Part, Work
from archcalc.text.faults import Fault, SpecError, suggestions
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
        return Reader(Building(self.source, given), self.root).network()


class Reader(Work):
    """One network being built from a prototxt."""

    def network(self) -> Network:
        with self.building.reading():
            self._read()
        name = self.root.value("name")
        return self.building.finish(name.text if name else "")

    def _read(self) -> None:
        for field in self.root.fields:
            if field.name not in NET_FIELDS and field.name not in NET_QUIET:
                self.fault(
                    f"a network has no field {field.name}",
                    field.span,
                    *(suggestions(field.name, NET_FIELDS) or ["# in front of it"]),
                )
        self._choose()
        if not self.parts:
            raise self.building.stop(
                "no layers stand here", Span(self.source, 1, 1), 'layer { name: "conv1" type: "Convolution" … }'
            )
        made = read_inputs(self)
        left_out: list[str] = []
        boxes: list[str] = []
        places: set[str] = set()  # blobs of boxes alone
        for index, part in enumerate(self.parts):
            self.building.begin()
            kind = KINDS.get(part.type)
            if part in made or index in self.merged:
                pass
            elif part.type in BOXES or (part.bottoms and places.issuperset(part.read)):
                boxes.append(part.name)
                places.update(top.text for top in part.tops)
                self.blobs |= dict.fromkeys([top.text for top in part.tops])
            elif part.type in LOSSES or (part.bottoms and all(self.blobs.get(b, 0) is None for b in part.read)):
                left_out.append(part.name)
                self._give(part, [None] * len(part.tops))
            elif kind is None:
                near = slips(part.type, KINDS) or ["the network without it"]
                why = REFUSED.get(part.type, "not known here")
                self.fault(f"the layer type {part.type[:60]} is {why}", part.span, *near)
                self.lost.update(top.text for top in part.tops)
            else:
                self._give(part, kind.read(self, part, index))
            self._rest(part, index, [*left_out, *boxes])
        if boxes:
            self.graph.note(f"what works boxes out is left out: {', '.join(boxes[:8])}{'…' if boxes[8:] else ''}")
        if left_out:
            self.graph.note(
                f"what only training and testing have is left out: {', '.join(left_out[:8])}{'…' if left_out[8:] else ''}"
            )

    def _choose(self) -> None:
        """The layers of the state that is read; a word about those of another that would change figures."""
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
                if part.type not in LOSSES:
                    self.lost.add(top.text)
            else:
                self.lost.discard(top.text)
            self.blobs[top.text] = node

    def _rest(self, part: Part, index: int, left_out: list[str]) -> None:
        """What of a layer nothing has used: known to have no effect on a figure, or a fault."""
        kind = KINDS.get(part.type)
        if kind is None or part.type in LOSSES or index in self.merged or part.name in left_out:
            return
        for field in part.message.left():
            if field.name not in LAYER_QUIET and field.name not in kind.quiet:
                own = [f.name for f in part.message.fields if f.used]
                near = suggestions(field.name, [*kind.fields, *own])
                self.fault(f"the layer type {part.type} does not use {field.name}", field.span, *near, "# in front of it")
