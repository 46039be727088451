"""Keras's JSON, as `to_json()` of Keras 1, 2 and 3 writes it: Sequential and functional models, nested models, shared layers.

What a layer computes is in `layers`; here are the models: who reads whom, in which order, and what a model of models is. Maps are
channels first here, as everywhere in archcalc: Keras's (224, 224, 3) is 3×224×224, and a value of Keras knows which way it lies.
"""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.building import Building
from archcalc.notations.keras.json.inputs import read_inputs
from archcalc.notations.keras.json.models import Call, Part, Tensor, calls_of, is_sequential, tensors_of, text_of
from archcalc.notations.keras.layers import computed
from archcalc.notations.keras.work import Value, Work
from archcalc.text.faults import Fault, SpecError, suggestions
from archcalc.text.located import Json, read_json
from archcalc.text.source import Source

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


class Reader(Work):
    """One network being built from a model."""

    def __init__(self, model: KerasModel, given: Given) -> None:
        super().__init__(Building(model.source, given))
        self.root = model.root

    def network(self) -> Network:
        outputs: list[Value] = []
        name = ""
        with self.building.reading():
            self.building.no_variables()
            config = self.root.get("config")
            assert config is not None
            name = text_of(config.get("name"))
            outputs = self._top(self.root, config)
        self.totals()
        nodes = [value.node for value in outputs if value.node is not None]
        return self.building.finish(name, nodes or None)

    # -- models ---------------------------------------------------------------------------------------------------------

    def _top(self, root: Json, config: Json) -> list[Value]:
        parts = self.parts(root, config)
        if not parts:
            raise self.building.stop("this model has no layers", config.span, 'a list "layers"')
        values = read_inputs(self, root, config, parts)
        return self.model(root, config, parts, values, "", 0)

    def parts(self, model: Json, config: Json) -> list[Part]:
        """The layers of a model. Raises Stop where it is none."""
        listed = config if isinstance(config.value, list) else config.get("layers")
        found: list[Part] = []
        for text in listed.items if listed is not None else []:
            kind, own = text_of(text.get("class_name")), text.get("config")
            if not kind or own is None:
                raise self.building.stop("a layer has a class_name and a config", text.span, '"class_name": "Dense"')
            name = text_of(text.get("name")) or text_of(own.get("name")) or f"{kind.lower()}_{len(found)}"
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
                self.building.fault(f"a model has no {key}", entry.span, *(near or ["the file without it"]))
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
        read = [t for part in parts for call in part.calls for t in (*call.tensors, *call.beside)]
        read += tensors_of(self, config.get("output_layers"))
        before = {part.name: _made_before(part, read) for part in parts}
        while waiting:
            later = []
            for part, number, call in waiting:
                reads = [*call.tensors, *call.beside]
                if any(tensor not in made for tensor in reads):
                    later.append((part, number, call))
                    continue
                for index, value in enumerate(self.call(part, [made[t] for t in call.tensors], prefix, depth, call)):
                    made[part.name, number + before[part.name], index] = value
            if len(later) == len(waiting):
                part, _, call = later[0]
                lacking = next(t for t in [*call.tensors, *call.beside] if t not in made)
                near = suggestions(lacking[0], known - {part.name})
                what = "puts out no such tensor" if lacking[0] in known else "is no layer of this model"
                raise self.building.stop(
                    f"{part.name} reads {lacking[0]}, which {what}",
                    part.span,
                    *(near or ["one of its other outputs, or another layer"]),
                )
            waiting = later
        outputs = tensors_of(self, config.get("output_layers"))
        missing = [tensor for tensor in outputs if tensor not in made]
        if missing or not outputs:
            what = f"the output {missing[0][0]} is no layer of this model" if missing else "a functional model names its outputs"
            near = suggestions(missing[0][0], known) if missing else ['"output_layers": [["dense", 0, 0]]']
            raise self.building.stop(
                what, config.span, *(near or ([f'"output_layers": [["{list(known)[-1]}", 0, 0]]'] if known else ["a layer"]))
            )
        return [made[tensor] for tensor in outputs]

    # -- one call of one layer --------------------------------------------------------------------------------------------

    def call(self, part: Part, inputs: Sequence[Value], prefix: str, depth: int, call: Call | None = None) -> list[Value]:
        """What a layer puts out on these inputs. The second call of a layer uses the weights of the first."""
        path = f"{prefix}{part.name}"
        inner = part.config.get("layers") is not None or (part.kind in MODELS and part.config.value)
        if inner:
            parts = self.parts(part.text, part.config)
            if path not in self.graph.groups:
                self.graph.group(path, f"{part.kind} ({len(parts)} layers)")
            return self.model(part.text, part.config, parts, inputs, f"{path}.", depth + 1)
        self.building.begin()
        beside, numbers = (bool(call.beside), call.numbers) if call is not None else (False, [])
        return computed(self, part.config, part.kind, path, path, part.span, list(inputs), beside, numbers)


def _made_before(part: Part, read: Sequence[Tensor]) -> int:
    """How many calls of a layer come before those of the file: Keras numbers those of a model inside another from its making."""
    numbers = {number for name, number, _ in read if name == part.name}
    return min(numbers) if numbers and max(numbers) >= len(part.calls) > max(numbers) - min(numbers) else 0
