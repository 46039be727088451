"""keras.Input, Model and Sequential: functional models are replayed, chains run one layer after the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.interpreter import calls
from archcalc.interpreter.code import Function
from archcalc.interpreter.values import OBJECT, Class, Dict, Instance, List, Task, Unknown, Value, contents, host_class
from archcalc.layers.base import Shape
from archcalc.notations.keras.source.layers import LAYER, RECURRENT, call, initialise, layer_class, settle
from archcalc.notations.keras.source.objects import LayerObject, ModelObject, argument_spans, shown_value, unheld
from archcalc.notations.keras.source.session import Entry, Record, replaced, session, tensors_in
from archcalc.notations.keras.source.tensors import KERAS_TENSOR
from archcalc.notations.pytorch.vocabulary.shapes import B
from archcalc.notations.pytorch.vocabulary.tensors import Tensor
from archcalc.notations.pytorch.vocabulary.trace import NOWHERE, note
from archcalc.text.faults import SpecError

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

MODEL = host_class("Model", ModelObject, (LAYER,), module="keras")
FUNCTIONAL = host_class("Functional", ModelObject, (MODEL,), module="keras")
SEQUENTIAL = host_class("Sequential", ModelObject, (MODEL,), module="keras")
# What stands for a size that a program leaves open, until the command line gives it.
OPEN_SIZE, OPEN_LENGTH = 224, 100


# -- inputs -------------------------------------------------------------------------------------------------------------


def enter(machine: Machine, shape: tuple[int | None, ...], name: str) -> Tensor:
    """An input of a model: a tensor of this shape, or of what the command line gives for it."""
    run = session(machine)
    number = len(run.entries)
    known = run.overrides.get(number)
    if known is None:
        known = _offered(run.offered, shape, run.channels_first) if None in shape else None
    if known is None:
        last = len(shape) - 1
        guess = [3 if i == last and last > 0 else OPEN_LENGTH if last < 2 else OPEN_SIZE for i in range(len(shape))]
        known = tuple(n if n is not None else guess[i] for i, n in enumerate(shape))
    made = Tensor((B, *known), "any", KERAS_TENSOR)
    made.node = NOWHERE
    made.place = machine.place()
    entry = Entry(name, number, shape, made, machine.span())
    run.entries.append(entry)
    run.entry_of[id(made)] = entry
    return made


def _offered(offered: list[Shape], shape: tuple[int | None, ...], first: bool) -> Shape | None:
    """A shape of the command line that an input with open sizes may mean."""
    for given in offered:
        for known in ((*given[1:], given[0]), given) if not first and len(given) > 1 else (given,):
            if len(known) == len(shape) and all(n is None or n == m for n, m in zip(shape, known, strict=True)):
                return known
    return None


def shape_of(machine: Machine, value: Value, what: str, typed: str = "28x28") -> tuple[int | None, ...]:
    """A shape as a program writes it; None for a size it leaves open or takes from data. Raises the fault of what is none."""
    value = unheld(value)
    if isinstance(value, Unknown):
        fault = machine.fault_of(value, f"the shape of {what}")
        fault.faults[0].repairs = [f"--input {typed}"]
        raise fault
    listed = [value] if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(listed, tuple | List | list):
        raise machine.fault(f"the shape of {what} is a tuple of sizes, not {shown_value(value)}", "shape=(28, 28, 1)")
    sizes: list[int | None] = []
    for n in listed:
        if isinstance(n, Unknown):
            n = None  # that of data: the command line says it
        if n is not None and (isinstance(n, bool) or not isinstance(n, int) or not 0 < n <= 10**9):
            raise machine.fault(f"a size is a whole number from 1, or None, not {shown_value(n)}", "shape=(28, 28, 1)")
        sizes.append(n)
    return tuple(sizes)


INPUT_NAMES = "shape batch_size dtype sparse batch_shape name tensor optional".split()


def input_call(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    """keras.Input"""
    given = dict(zip(INPUT_NAMES, args, strict=False)) | kwargs
    tensor = given.get("tensor", given.get("input_tensor"))
    if isinstance(tensor, Tensor):
        return tensor
    strange = next(
        (n for n in given if n not in (*INPUT_NAMES, "ragged", "type_spec", "batch_input_shape", "input_tensor")), None
    )
    if strange is not None:
        raise machine.fault(f"Input has no argument '{strange}'", "shape=(28, 28, 1)")
    batch = given.get("batch_shape", given.get("batch_input_shape"))
    name = given.get("name")
    run = session(machine)
    known = name if isinstance(name, str) else run.named("InputLayer")
    if batch is not None:
        shape = shape_of(machine, batch, known)[1:]
    elif given.get("shape") is None:
        raise machine.fault("Input needs a shape", "keras.Input(shape=(28, 28, 1))")
    elif isinstance(given["shape"], Unknown) and run.offered:
        shape = _of_command_line(machine, len(run.offered[0]) > 2)
    else:
        shape = shape_of(machine, given["shape"], known)
    return enter(machine, shape, known)


def _of_command_line(machine: Machine, turned: bool) -> tuple[int | None, ...]:
    """The first shape of the command line, in Keras's order; `turned` where it is a map, whose channels come last there."""
    run = session(machine)
    shape = run.offered[0]
    return (*shape[1:], shape[0]) if turned and not run.channels_first else shape


# What to type for an input, by the dimensions that a layer goes over.
TYPED = {"1D": "100x16", "2D": "3x224x224", "3D": "3x16x112x112"}


def stated(machine: Machine, layer: LayerObject) -> tuple[int | None, ...] | None:
    """The input shape that a layer states in its own arguments, as the first of a Sequential does."""
    given = layer.given
    typed = next((typed for rank, typed in TYPED.items() if rank in layer.kind), "100x16" if layer.kind in RECURRENT else "784")
    for word in ("batch_input_shape", "batch_shape"):
        if given.get(word) is not None and layer.kind != "":
            return shape_of(machine, given[word], layer.called(), typed)[1:]
    if given.get("input_shape") is not None:
        if isinstance(given["input_shape"], Unknown) and session(machine).offered:
            return _of_command_line(machine, any(rank in layer.kind for rank in TYPED))
        return shape_of(machine, given["input_shape"], layer.called(), typed)
    length, width = given.get("input_length"), given.get("input_dim")
    if layer.kind == "Embedding":
        return (length,) if isinstance(length, int) else (None,) if isinstance(length, Unknown) else None
    if isinstance(width, int | Unknown):
        sizes = (length, width) if isinstance(length, int | Unknown) else (width,)
        return tuple(n if isinstance(n, int) else None for n in sizes)
    inner = given.get("layer")
    if isinstance(inner, LayerObject):
        return stated(machine, inner)
    return None


# -- functional models --------------------------------------------------------------------------------------------------


@MODEL.method("__init__", unknown=True, raw=True)
def model(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    """Model(inputs, outputs), or what a subclass calls as super().__init__()."""
    self = args[0]
    assert isinstance(self, ModelObject)
    given = dict(zip(("inputs", "outputs", "name"), args[1:], strict=False)) | kwargs
    for old, word in (("input", "inputs"), ("output", "outputs")):
        if old in given:
            given[word] = given.pop(old)
    if "inputs" not in given or "outputs" not in given:
        if "inputs" in given or "outputs" in given:
            lacking = "outputs" if "inputs" in given else "inputs"
            raise machine.fault(f"a functional Model needs its {lacking}", f"Model(inputs, outputs): {lacking}=…")
        initialise(machine, self, *args[1:], **kwargs)
        return None
    for word in ("inputs", "outputs"):
        value = given.pop(word)
        if isinstance(value, Unknown):
            raise machine.fault_of(value, f"the {word} of a model")
        for item in value if isinstance(value, tuple | List) else ():
            if isinstance(item, Unknown):
                raise machine.fault_of(item, f"the {word} of a model")
        if not list(tensors_in(value)):
            raise machine.fault(f"the {word} of a model are tensors, not {shown_value(value)}", f"{word}=x")
        setattr(self, word, value)
    given.pop("training", None)
    self.span, self.spans = argument_spans(machine, ["inputs", "outputs", "name"], self.cls.name)
    if self.cls is MODEL:
        self.name = "" if isinstance(given.get("name"), str) else session(machine).named("Functional")
    settle(machine, self, {word: value for word, value in given.items() if word in ("name", "trainable")})
    order(machine, self)
    return None


def order(machine: Machine, self: ModelObject) -> list[Record]:
    """The calls between its inputs and its outputs, as they were made."""
    if self.order is not None:
        return self.order
    run = session(machine)
    begins = {id(t) for t in self.entrances()}
    found: dict[int, Record] = {}
    waiting = list(tensors_in(self.outputs))
    seen: set[int] = set()
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in begins or id(tensor) in seen:
            continue
        seen.add(id(tensor))
        machine.work(2)
        record = run.records.get(id(tensor))
        if record is None:
            if (entry := run.entry_of.get(id(tensor))) is not None:
                message = (
                    f"the graph is disconnected: the outputs depend on the input '{entry.name}', which is not among the inputs"
                )
                raise machine.fault(message, "inputs=[…] with it")
            continue
        if record.number not in found:
            found[record.number] = record
            waiting += record.inputs()
    self.order = [found[number] for number in sorted(found)]
    layers: dict[int, LayerObject] = {}
    for record in self.order:
        if isinstance(record.function, LayerObject):
            layers.setdefault(id(record.function), record.function)
    self.known = list(layers.values())
    begun = [entry.name for t in self.entrances() if (entry := run.entry_of.get(id(t))) is not None]
    names = [*begun, *(layer.called() for layer in self.known)]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise machine.fault(f"the name '{twice}' is used {names.count(twice)} times in the model", "a name for each")
    return self.order


def replay(machine: Machine, self: ModelObject, given: Value) -> Task:
    """What a functional model gives on other tensors than those it was made with."""
    run = session(machine)
    begins = self.entrances()
    arrive = _matched(machine, self, given)
    by = {id(old): new for old, new in zip(begins, arrive, strict=True)}
    outside, run.at = run.at, run.at
    try:
        for record in order(machine, self):
            run.at = record.span or outside
            args, kwargs = replaced(record.args, by), {k: replaced(v, by) for k, v in record.kwargs.items()}
            assert isinstance(args, tuple)
            before = len(run.graph.nodes) if run.graph is not None else 0
            result = yield calls.call(machine, record.function, args, kwargs)
            if run.graph is not None:
                for node in run.graph.nodes[before:]:
                    if node.span is None:
                        node.span = record.span
            if isinstance(result, Unknown):
                raise machine.fault_of(result, f"what is called in {self.called()}")
            made = list(tensors_in(result))
            if len(made) != len(record.outputs):
                raise machine.fault(
                    f"{self.called()} gives another number of tensors when it is called again", "a model of its own"
                )
            by.update((id(old), new) for old, new in zip(record.outputs, made, strict=True))
    finally:
        run.at = outside
    return replaced(self.outputs, by)


def _matched(machine: Machine, self: ModelObject, given: Value) -> list[Tensor]:
    """What a model is called with, in the order of its inputs."""
    begins = self.entrances()
    run = session(machine)
    if type(given) is Dict:
        names = [str(k) for k in self.inputs] if isinstance(self.inputs, Dict) else []
        if not names:
            names = [entry.name if (entry := run.entry_of.get(id(t))) is not None else "" for t in begins]
        found = [given.get(name) for name in names]
        arrive = [t for t in found if isinstance(t, Tensor)]
    else:
        arrive = list(tensors_in(given))
    if len(arrive) != len(begins):
        raise machine.fault(f"{self.called()} takes {len(begins)} tensors, {len(arrive)} are given", "one tensor for each input")
    return arrive


@MODEL.method("call", unknown=True, raw=True)
def call_model(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Task:
    """call() of a functional model."""
    self = args[0]
    assert isinstance(self, ModelObject)
    given: Value = args[1] if len(args) > 1 else kwargs.get("inputs")
    if self.outputs is None:
        raise machine.fault(f"{self.cls.name} defines no call()", "def call(self, inputs): in the class")
    return (yield from replay(machine, self, given))


# -- Sequential ---------------------------------------------------------------------------------------------------------


@SEQUENTIAL.method("__init__", unknown=True, raw=True)
def sequential(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Task:
    self = args[0]
    assert isinstance(self, ModelObject)
    given = dict(zip(("layers", "trainable", "name"), args[1:], strict=False)) | kwargs
    layers = given.pop("layers", None)
    self.chain = []
    settle(machine, self, {word: value for word, value in given.items() if word in ("name", "trainable")})
    if isinstance(layers, Unknown):
        raise machine.fault_of(layers, "the layers of a Sequential")
    if layers is not None:
        items = yield machine.items(layers) if not isinstance(layers, LayerObject) else List([layers])
        if isinstance(items, Unknown):
            raise machine.fault_of(items, "the layers of a Sequential")
        for layer in items if isinstance(items, list) else []:
            yield from add_layer(machine, self, layer)
    return None


@SEQUENTIAL.method("add", unknown=True)
def add(machine: Machine, self: ModelObject, layer: Value, rebuild: Value = True) -> Task:
    return (yield from add_layer(machine, self, layer))


def add_layer(machine: Machine, self: ModelObject, layer: Value) -> Task:
    """A layer at the end of a chain. Once its input is known, the chain is called on it as it grows."""
    if self.chain is None:
        self.chain = []
    if isinstance(layer, Unknown):
        raise machine.fault_of(layer, f"a layer of {self.called()}")
    run = session(machine)
    if isinstance(layer, Tensor) and not self.chain and self.inputs is None:
        self.inputs = self.outputs = layer
        return None
    if not isinstance(layer, LayerObject):
        what = "a class: it is not called" if isinstance(layer, Class) else shown_value(layer)
        repairs = (
            f"{layer.name}()" if isinstance(layer, Class) else "layers.Lambda(f)" if isinstance(layer, Function) else "a layer"
        )
        raise machine.fault(f"a Sequential takes layers, not {what}", repairs)
    if self.inputs is None and not self.chain:
        first = _beginning(machine, layer)
        if first is not None:
            self.inputs = self.outputs = first
    if layer.kind == "InputLayer":
        return None
    if self.outputs is not None and run.graph is None:
        run.through = layer
        depth, run.depth = run.depth, 0
        try:
            self.outputs = yield machine.call(layer, self.outputs)
        finally:
            run.depth = depth
            run.through = None
        if isinstance(self.outputs, Unknown):
            raise machine.fault_of(self.outputs, f"what {layer.called()} gives")
        if not isinstance(self.outputs, Tensor):
            raise machine.fault(
                f"a layer of a Sequential gives one tensor, and {layer.called()} gives several", "a functional Model"
            )
    self.chain.append(layer)
    return None


def _beginning(machine: Machine, layer: LayerObject) -> Tensor | None:
    """The input that the first layer of a chain states."""
    if layer.kind == "InputLayer":
        given = dict(layer.given)
        if isinstance(given.get("input_shape"), tuple | List):
            given["shape"] = given.pop("input_shape")
        given.pop("trainable", None)
        made = input_call(machine, (), {k: v for k, v in given.items() if k in (*INPUT_NAMES, "batch_input_shape")})
        assert isinstance(made, Tensor)
        return made
    if isinstance(layer, ModelObject):
        begins = layer.entrances()
        if len(begins) == 1 and layer.outputs is not None:
            entry = session(machine).entry_of.get(id(begins[0]))
            sizes = entry.shape if entry is not None else tuple(n if isinstance(n, int) else None for n in begins[0].shape[1:])
            return enter(machine, sizes, session(machine).named("InputLayer"))
        return None
    shape = stated(machine, layer)
    return None if shape is None else enter(machine, shape, f"{layer.called()}_input")


@SEQUENTIAL.method("call", unknown=True, raw=True)
def call_chain(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Task:
    self = args[0]
    assert isinstance(self, ModelObject)
    x: Value = args[1] if len(args) > 1 else kwargs.get("inputs")
    run = session(machine)
    for layer in list(self.chain or []):
        run.through = layer
        x = yield machine.call(layer, x)
        run.through = None
        if isinstance(x, Unknown):
            return x
    return x


@SEQUENTIAL.method("pop", unknown=True)
def pop(machine: Machine, self: ModelObject, rebuild: Value = True) -> Value:
    """The last layer taken off."""
    if not self.chain:
        raise machine.error("TypeError", "There are no layers in the model.")
    gone = self.chain.pop()
    if self.outputs is not None:
        record = session(machine).records.get(id(self.outputs))
        self.outputs = next(iter(record.inputs())) if record is not None else self.inputs
    self.order = None
    return gone


# -- what a model may be asked ------------------------------------------------------------------------------------------


@MODEL.getter("layers")
def layers(machine: Machine, self: ModelObject) -> Value:
    """Its layers, those of the inputs first."""
    if self.chain is not None:
        return List(self.chain)
    if self.outputs is None:
        return List(list(self.sublayers()))
    order(machine, self)
    found: list[Value] = [input_layer(machine, tensor) for tensor in self.entrances()]
    return List(found + list(self.known))


def input_layer(machine: Machine, tensor: Tensor) -> LayerObject:
    """The InputLayer of an input."""
    run = session(machine)
    entry = run.entry_of.get(id(tensor))
    cls = layer_class("InputLayer")
    assert cls is not None
    made = LayerObject(cls)
    made.kind = "InputLayer"
    made.name = entry.name if entry is not None else "input"
    made.ready = True
    made.first = ((tensor,), tensor)
    return made


@MODEL.getter("inputs")
def inputs(machine: Machine, self: ModelObject) -> Value:
    return List(list(tensors_in(self.inputs)))


@MODEL.getter("outputs")
def outputs(machine: Machine, self: ModelObject) -> Value:
    return List(list(tensors_in(self.outputs)))


@MODEL.method("get_layer", unknown=True)
def get_layer(machine: Machine, self: ModelObject, name: Value = None, index: Value = None) -> Value:
    found = layers(machine, self)
    assert isinstance(found, list)
    if isinstance(name, int) and index is None:
        index = name
    if isinstance(index, int) and -len(found) <= index < len(found):
        return found[index]
    named = [layer for layer in found if isinstance(layer, LayerObject) and layer.called() == name]
    if named:
        return named[0]
    begins = self.entrances()
    if isinstance(name, str) and re.fullmatch(r"input_\d+", name) and len(begins) == 1:  # the first one's name in Keras 2
        return input_layer(machine, begins[0])
    from archcalc.text.faults import suggestions

    near = suggestions(str(name), [layer.called() for layer in found if isinstance(layer, LayerObject)])
    raise machine.fault(f"{self.called()} has no layer {shown_value(name)}", *(near or ["the name of a layer of it"]))


@MODEL.method("build", unknown=True)
def build(machine: Machine, self: ModelObject, input_shape: Value = None, **kwargs: Value) -> Task:
    """build(input_shape): the input of a chain, or a word about that of a subclass."""
    self.attributes["built"] = True
    if isinstance(input_shape, Unknown) or input_shape is None:
        return None
    if self.chain is not None and self.inputs is None:
        shape = shape_of(machine, input_shape, self.called())[1:]
        self.inputs = self.outputs = enter(machine, shape, f"{self.called()}_input")
        chain, self.chain = self.chain, []
        for layer in chain:
            yield from add_layer(machine, self, layer)
    elif self.outputs is None and session(machine).depth == 0:
        self.built_for = input_shape
    return None


@MODEL.method(
    "compile", "summary", "save_weights", "export", "reset_states", "reset_metrics",
    "make_predict_function", "_make_predict_function", "compile_from_config", "plot", unknown=True, raw=True,
)  # fmt: skip
def passed_over(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    """What trains, shows or stores a model, and changes nothing of it."""
    return None


@MODEL.method("load_weights", unknown=True, raw=True)
def load_weights(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    note(machine, "weights are not loaded: no figure depends on their values")
    return None


@MODEL.method("to_json", "to_yaml", unknown=True, raw=True)
def as_text(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    return Unknown("the text of the model", machine.place(), "a model is not written out here", harmless=True)


@MODEL.method("save", unknown=True, raw=True)
def save(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    """A model put into a file, from which the program may load it again."""
    file = args[1] if len(args) > 1 else kwargs.get("filepath")
    if isinstance(file, str):
        session(machine).stored[file] = args[0]
    return None


@MODEL.method("fit", "fit_generator", unknown=True, raw=True)
def fit(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    """Training: what it finds is not known; a checkpoint stores the model."""
    for callback in contents(kwargs.get("callbacks")):
        said = callback.attributes if isinstance(callback, Instance) and callback.cls is CHECKPOINT else {}
        file = said.get("filepath")
        if isinstance(file, str) and said.get("save_weights_only") is not True:
            session(machine).stored[file] = args[0]
    return Unknown("what a model is trained to", machine.place(), "nothing is trained here", harmless=True)


CHECKPOINT = Class("ModelCheckpoint", (OBJECT,), Instance, module="keras.callbacks")


@CHECKPOINT.method("__init__", unknown=True, raw=True)
def checkpoint(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    self = args[0]
    assert isinstance(self, Instance)
    self.attributes.update(kwargs)
    if len(args) > 1:
        self.attributes["filepath"] = args[1]
    return None


@CHECKPOINT.method("__getattr__", unknown=True)
def of_checkpoint(machine: Machine, self: Instance, name: str) -> Value:
    return Unknown(f"ModelCheckpoint.{name}", machine.place(), "nothing is trained here", harmless=True)


def load_model(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    """A model of a file: one that the program put there, or one that is not known."""
    file = args[0] if args else kwargs.get("filepath")
    found = session(machine).stored.get(file) if isinstance(file, str) else None
    if found is None:
        return Unknown("load_model()", machine.place(), "a stored model is not opened here", harmless=True)
    note(machine, f"load_model({file!r}) is read as the network that is saved there above it")
    return found


@MODEL.method(
    "evaluate", "evaluate_generator", "predict", "predict_generator", "train_on_batch", "test_on_batch",
    "predict_on_batch", "predict_classes", "predict_proba", "train_step", "test_step", "compute_loss", "history", "optimizer",
    "get_metrics_result", unknown=True, raw=True,
)  # fmt: skip
def results(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    """What training and testing give depends on data."""
    return Unknown("what a model is trained to", machine.place(), "nothing is trained here", harmless=True)


__all__ = ["SpecError", "call"]
