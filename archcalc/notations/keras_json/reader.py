"""Keras's JSON, as `to_json()` of Keras 1, 2 and 3 writes it: Sequential and functional models, nested models, shared layers.

What a layer computes is in `layers`; here are the models: who reads whom, in which order, and what a model of models is. Maps are
channels first here, as everywhere in archcalc: Keras's (224, 224, 3) is 3×224×224, and a value of Keras knows which way it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.layers.base import Layer, Shape
from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.building import Building
from archcalc.text.faults import Fault, Misfit, SpecError, suggestions
from archcalc.text.located import Json, read_json
from archcalc.text.source import Source, Span

MODELS = ("Sequential", "Functional", "Model")
DEEPEST = 30
# What a file has about its model that no figure depends on.
MODEL_QUIET = frozenset(
    "name trainable layers input_layers output_layers build_input_shape dtype batch_input_shape autocast registered_name "
    "module".split()
)


def read(source: Source) -> KerasModel:
    """The description of Keras's JSON, or of TensorFlow.js's model.json around it. Raises SpecError."""
    root = read_json(source)
    for wrapper in ("modelTopology", "model_config"):
        root = root.get(wrapper) or root
    if root.get("class_name") is None or root.get("config") is None:
        message = "this JSON is no model of Keras: it has no class_name and config"
        raise SpecError([Fault(message, root.span, repairs=["what model.to_json() writes"])])
    return KerasModel(source, root)


class KerasModel:
    """A model that has been read."""

    def __init__(self, source: Source, root: Json) -> None:
        self.source = source
        self.root = root

    def network(self, given: Given = Given()) -> Network:  # noqa: B008 a tuple of what is given, never changed
        """The network for what is given. Raises SpecError with every fault; `partial` is the network before the first."""
        return Reader(self, given).network()


class Value(NamedTuple):
    """What a layer of Keras puts out: a node, and whether its channels were moved to the front of Keras's own order.

    The node is None after a fault, and for the `state` of a recurrent layer that gives its whole sequence too.
    """

    node: int | None
    moved: bool = False
    state: bool = False


Tensor = tuple[str, int, int]  # the layer, which of its calls, which of its outputs


class Call(NamedTuple):
    """One use of a layer: the tensors it reads, those given by name, such as an initial state, and plain numbers among them."""

    tensors: list[Tensor]
    beside: list[Tensor]
    numbers: list[Json]


class Part(NamedTuple):
    """A layer of a model: its text, class, name, config, and its calls."""

    text: Json
    kind: str
    name: str
    config: Json
    span: Span
    calls: list[Call]


class Reader:
    """One network being built from a model. `owners` holds the nodes of each layer's first call, whose weights others use."""

    def __init__(self, model: KerasModel, given: Given) -> None:
        self.building = Building(model.source, given)
        self.graph = self.building.graph
        self.source = model.source
        self.root = model.root
        self.owners: dict[str, list[int]] = {}
        self.replayed: list[int] | None = None  # the nodes of the first call, while a layer is called again
        self.recorded: list[int] = []
        self.stored = 0  # values stored and not learned, beside those of normalisations
        self.frozen = False
        self.channels_first = False  # whether the model's maps have channels first in Keras's own order

    def network(self) -> Network:
        outputs: list[Value] = []
        name = ""
        with self.building.reading():
            self.building.no_variables()
            config = self.root.get("config")
            assert config is not None
            name = _text(config.get("name"))
            outputs = self._top(self.root, config)
        self._totals()
        nodes = [value.node for value in outputs if value.node is not None]
        return self.building.finish(name, nodes or None)

    # -- models ---------------------------------------------------------------------------------------------------------

    def _top(self, root: Json, config: Json) -> list[Value]:
        from archcalc.notations.keras_json.inputs import read_inputs

        parts = self.parts(root, config)
        if not parts:
            raise self.building.stop("this model has no layers", config.span, 'a list "layers"')
        values = read_inputs(self, config, parts)
        return self.model(root, config, parts, values, "", 0)

    def parts(self, model: Json, config: Json) -> list[Part]:
        """The layers of a model. Raises Stop where it is none."""
        listed = config if isinstance(config.value, list) else config.get("layers")
        found: list[Part] = []
        for text in listed.items if listed is not None else []:
            kind, own = _text(text.get("class_name")), text.get("config")
            if not kind or own is None:
                raise self.building.stop("a layer has a class_name and a config", text.span, '"class_name": "Dense"')
            name = _text(text.get("name")) or _text(own.get("name")) or f"{kind.lower()}_{len(found)}"
            place = text.get("class_name")
            span = place.span if place is not None else text.span
            found.append(Part(text, kind, name, own, span, calls_of(self, text)))
        names = [part.name for part in found]
        for part in found:
            if names.count(part.name) > 1 and not is_sequential(model):
                raise self.building.stop(f"two layers are called {part.name}", part.span, "a name for each")
        return found

    def model(
        self, model: Json, config: Json, parts: list[Part], inputs: Sequence[Value], prefix: str, depth: int
    ) -> list[Value]:
        """The outputs of a model on these inputs."""
        if depth > DEEPEST:
            raise self.building.stop(f"models more than {DEEPEST} deep", model.span, "fewer levels")
        if is_sequential(model):
            return self._chain(parts, inputs, prefix, depth)
        for key, entry in config.entries.items():
            if key not in MODEL_QUIET:
                near = suggestions(key, MODEL_QUIET)
                self.building.fault(f"a model has no {key}", entry.span, *near)
        return self._functional(config, parts, inputs, prefix, depth)

    def _chain(self, parts: list[Part], inputs: Sequence[Value], prefix: str, depth: int) -> list[Value]:
        """A Sequential: every layer reads the one before."""
        values = list(inputs)
        for part in parts:
            if part.kind != "InputLayer":
                values = self.call(part, values, prefix, depth)
        return values

    def _functional(self, config: Json, parts: list[Part], inputs: Sequence[Value], prefix: str, depth: int) -> list[Value]:
        """A functional model: every call waits for the tensors it reads; then the layers are in the order of the file."""
        entries = tensors_of(self, config.get("input_layers"))
        made: dict[Tensor, Value] = dict(zip(entries, inputs, strict=False))
        first = {tensor[0] for tensor in entries}
        waiting = [(part, number, call) for part in parts if part.name not in first for number, call in enumerate(part.calls)]
        known = {part.name for part in parts}
        while waiting:
            later = []
            for part, number, call in waiting:
                reads = [*call.tensors, *call.beside]
                if any(tensor not in made for tensor in reads):
                    later.append((part, number, call))
                    continue
                for index, value in enumerate(self.call(part, [made[t] for t in call.tensors], prefix, depth, call)):
                    made[part.name, number, index] = value
            if len(later) == len(waiting):
                part, _, call = later[0]
                lacking = next(t for t in [*call.tensors, *call.beside] if t not in made)
                near = suggestions(lacking[0], known - {part.name})
                what = "puts out no such tensor" if lacking[0] in known else "is no layer of this model"
                raise self.building.stop(f"{part.name} reads {lacking[0]}, which {what}", part.span, *near)
            waiting = later
        outputs = tensors_of(self, config.get("output_layers"))
        missing = [tensor for tensor in outputs if tensor not in made]
        if missing or not outputs:
            what = f"the output {missing[0][0]} is no layer of this model" if missing else "a functional model names its outputs"
            near = suggestions(missing[0][0], known) if missing else ['"output_layers": [["dense", 0, 0]]']
            raise self.building.stop(what, config.span, *near)
        return [made[tensor] for tensor in outputs]

    # -- one call of one layer --------------------------------------------------------------------------------------------

    def call(self, part: Part, inputs: Sequence[Value], prefix: str, depth: int, call: Call | None = None) -> list[Value]:
        """What a layer puts out on these inputs. The second call of a layer uses the weights of the first."""
        from archcalc.notations.keras_json.layers import KINDS
        from archcalc.notations.keras_json.uses import Use

        path = f"{prefix}{part.name}"
        inner = part.config.get("layers") is not None or (part.kind in MODELS and part.config.value)
        if inner:
            parts = self.parts(part.text, part.config)
            if path not in self.graph.groups:
                self.graph.group(path, f"{part.kind} ({len(parts)} layers)")
            return self.model(part.text, part.config, parts, inputs, f"{path}.", depth + 1)
        self.building.begin()
        kind = KINDS.get(part.kind)
        if any(value.node is None and not value.state for value in inputs):
            return [Value(None)]  # what it reads is not known after a fault
        if kind is None:
            near = suggestions(part.kind, KINDS) or ["the model without it"]
            self.building.fault(f"the layer {part.kind[:60]} is not known here", part.span, *near)
            return [Value(None)]
        beside, numbers = (bool(call.beside), call.numbers) if call is not None else (False, [])
        use = Use(self, part.config, part.kind, path, part.span, list(inputs), beside, numbers)
        self.replayed = list(self.owners[path]) if path in self.owners else None
        self.recorded = []
        outputs = kind.read(use)
        if path not in self.owners:
            self.owners[path] = self.recorded
        self.replayed = None
        use.rest(kind.quiet if all(value.node is not None or value.state for value in outputs) else kind.quiet | {"activation"})
        return outputs

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

    def _totals(self) -> None:
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


def is_sequential(model: Json) -> bool:
    """Whether a model is a chain; anything else with layers is a graph."""
    config = model.get("config")
    return _text(model.get("class_name")) == "Sequential" or config is None or config.get("output_layers") is None


def calls_of(r: Reader, text: Json) -> list[Call]:
    """The calls of a layer, in the way of Keras 1 and 2 (lists) or of Keras 3 (arguments that are tensors)."""
    found = []
    nodes = text.get("inbound_nodes")
    for node in nodes.items if nodes is not None else []:
        if isinstance(node.value, dict):
            arguments, named = node.get("args"), node.get("kwargs")
            plain = [at for at in (arguments.items if arguments is not None else []) if isinstance(at.value, int | float | str)]
            found.append(Call(_histories(arguments), _histories(named), plain))
        else:
            listed = [node] if node.items and isinstance(node.items[0].value, str) else node.items
            beside = []
            for entry in listed:
                options = entry.items[3] if len(entry.items) > 3 else None
                beside += [tensor for at in (options.walk() if options else ()) if (tensor := _listed(at)) is not None]
            tensors = [tensor for entry in listed if (tensor := _listed(entry)) is not None]
            if len(tensors) < len(listed):
                raise r.building.stop('a call names the layers it reads: [["dense", 0, 0, {}]]', node.span, '["dense", 0, 0, {}]')
            found.append(Call(tensors, beside, []))
    return found


def _histories(listed: Json | None) -> list[Tensor]:
    """The tensors among the arguments of a call, in the order of the text."""
    found = [_history(at) for at in (listed.walk() if listed is not None else ())]
    return [tensor for _, tensor in sorted((place, tensor) for tensor, place in filter(None, found))]


def _history(at: Json) -> tuple[Tensor, int] | None:
    """The layer that made a tensor of Keras 3, and where it is named."""
    if _text(at.get("class_name")) != "__keras_tensor__":
        return None
    config = at.get("config")
    history = config.get("keras_history") if config is not None else None
    tensor = _listed(history) if history is not None else None
    return None if tensor is None else (tensor, at.start)


def _listed(entry: Json) -> Tensor | None:
    items = entry.items
    if len(items) < 3 or not isinstance(items[0].value, str):
        return None
    numbers = [item.value for item in items[1:3]]
    if not all(isinstance(n, int) and not isinstance(n, bool) for n in numbers):
        return None
    return items[0].value, numbers[0], numbers[1]  # type: ignore[return-value]


def tensors_of(r: Reader, listed: Json | None) -> list[Tensor]:
    """The tensors named as inputs or outputs of a model: a list of them, a mapping, or one alone."""
    if listed is None:
        return []
    if isinstance(listed.value, dict):
        entries = list(listed.entries.values())
    else:
        entries = [listed] if listed.items and isinstance(listed.items[0].value, str) else listed.items
    found = [tensor for entry in entries if (tensor := _listed(entry)) is not None]
    if len(found) < len(entries):
        raise r.building.stop("inputs and outputs are named by their layers", listed.span, '[["dense", 0, 0]]')
    return found


def _text(value: Json | None) -> str:
    return value.string() if value is not None else ""
