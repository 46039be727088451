"""Keras source, read and never run: which network of a file is meant, what goes into it, and its rows."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from archcalc.interpreter import margin
from archcalc.interpreter.code import Function
from archcalc.interpreter.importing import Imports
from archcalc.interpreter.interpreting import Interpreter
from archcalc.interpreter.machine import Machine
from archcalc.interpreter.onward import DEAR, Onward, passed_over
from archcalc.interpreter.values import Class, List, Module, Unknown, UnknownFault, Value
from archcalc.layers.base import Shape, dims
from archcalc.layers.learned import Learned
from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.building import Building
from archcalc.notations.keras.json.inputs import SPATIAL
from archcalc.notations.keras.source import layers, models
from archcalc.notations.keras.source.files import KerasFiles
from archcalc.notations.keras.source.models import MODEL, SEQUENTIAL
from archcalc.notations.keras.source.objects import LayerObject, ModelObject
from archcalc.notations.keras.source.session import Entry, Session, SourceWork, tensors_in
from archcalc.notations.keras.source.tensors import KERAS_TENSOR, from_map, is_map, shown
from archcalc.notations.keras.source.vocabulary import DATA
from archcalc.notations.pytorch import reader as pytorch
from archcalc.notations.pytorch.choosing import Meant, NoNetwork, builders, called, chosen, parameters
from archcalc.notations.pytorch.inputs import COMMENT
from archcalc.notations.pytorch.run import unknown_in
from archcalc.notations.pytorch.vocabulary.shapes import B, Batch, inner
from archcalc.notations.pytorch.vocabulary.tensors import Tensor
from archcalc.notations.pytorch.vocabulary.trace import NOWHERE, place
from archcalc.text.budget import Budget
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

if TYPE_CHECKING:
    from archcalc.notations.keras.source.session import Record

MEANT = Meant(
    ModelObject,
    LayerObject,
    MODEL,
    layers.LAYER,
    "call",
    (layers.LAYER.names["call"],),
    re.compile(r"(?:^|[^\w.])(?:\w+\.)*(?:Sequential|Model|Functional)\s*\("),
    "Keras",
    "model = keras.Sequential([keras.Input((784,)), layers.Dense(10)])",
    "model = keras.Sequential({})",
    "the name of a keras.Model of the file, or of a function that makes one",
)
# Names that a piece of source may use without importing them.
FREE = {"keras": "keras", "tf": "tensorflow", "layers": "keras.layers", "models": "keras.models", "K": "keras.backend",
        "ops": "keras.ops", "np": "numpy", "tfk": "keras", "tfkl": "keras.layers"}  # fmt: skip
# What a piece of source calls and does not bring along, by its name nothing that changes a network.
OUTSIDE = re.compile(
    r"(?:train|test|val|eval|fit|summar|show|plot|print|display|callback|checkpoint|optim|loss|history|x_|y_|data|load_)", re.I
)
PASSIVE = frozenset("InputLayer Dropout GaussianNoise Masking Activation BatchNormalization Rescaling Normalization".split())
SPATIAL_KINDS = (*SPATIAL, "Max", "Average", "GlobalMax", "GlobalAverage")


TORCH = re.compile(r"^[ \t]*(?:import|from)[ \t]+torch\b", re.M)
BOTH = "this file imports Keras and torch; "


def read(source: Source) -> KerasSource:
    """The description of Keras source."""
    return KerasSource(source)


# An attribute of an object that is given a network.
HELD = re.compile(r"\bself\.(\w+)[ \t]*=[ \t]*(?:self\.\w*build\w*\(|(?:\w+\.)*(?:Model|Sequential)\()")


UNRUN = (layers.LAYER.names["call"], MODEL.names["call"])


class KerasMachine(Interpreter):
    """A machine on which a fragment may use Keras without importing it."""

    def __init__(self, files: KerasFiles, source: Source) -> None:
        super().__init__(files, Budget())
        self.vocabulary = files.keras
        self.state["torch"] = Session(source)

    def more_attributes(self, value: Value, name: str) -> Value:
        # A size of TensorFlow 1 is an object with a value.
        if name == "value" and (value is None or type(value) in (int, Batch)):
            return value
        return super().more_attributes(value, name)

    def undefined(self, module: Module, name: str) -> Value:
        if name in FREE:
            found = self.vocabulary.find(FREE[name])
            assert found is not None
            return found
        cls = layers.layer_class(name)
        if cls is not None:
            return cls
        top = self.vocabulary.find("keras")
        if top is not None and name in ("Model", "Sequential", "Input", "Layer"):
            return top.names[name]
        if name in DATA:  # from keras.datasets import *
            return self.vocabulary.find(f"keras.datasets.{name}")
        if OUTSIDE.match(name):
            return Unknown(name, self.place(), f"no line above gives `{name}` a value", harmless=True)
        return super().undefined(module, name)


class KerasSource:
    """A source, and the network in it that is meant (`source.asked`, where a person said which)."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.files = KerasFiles("")
        self.beyond: SpecError | None = None  # a fault that the network does not depend on
        self.cost = 0  # the steps up to a fault
        self.machine: Machine | None = None
        self.module: Module | None = None
        self.variables: dict[str, int | float | str] = {}

    def network(self, given: Given = Given()) -> Network:  # noqa: B008 a tuple of what is given, never changed
        """The network for what is given. Raises SpecError; its `partial` is the network before the fault."""
        if not TORCH.search(self.source.text):
            return self._network(given)
        try:
            found = self._network(given)
        except NoNetwork:
            found = pytorch.read(self.source).network(given)
            found.notes = (f"{BOTH}{found.name} is read as PyTorch source", *found.notes)
            return found
        found.notes = (f"{BOTH}{found.name} is read as Keras source", *found.notes)
        return found

    def _network(self, given: Given) -> Network:
        self.beyond = None
        try:
            return self._built(given)
        except SpecError as raised:
            depends = self.beyond is not None and isinstance(raised, NoNetwork | UnknownFault)
            error = self.beyond if depends and self.beyond is not None else raised
            if isinstance(self.machine, KerasMachine) and not given.strict and self.machine.budget.spent["steps"] <= DEAR:
                read = partial(self._set, given)
                margin.advise(error, raised, self.source, self.machine.imports, given.variables, read)
            raise error from None

    def _set(self, given: Given, settings: Mapping[str, str]) -> tuple[Imports | None, SpecError | None]:
        """How the reading ends with other values stated."""
        trial = KerasSource(self.source)
        ended = None
        try:
            trial._network(given._replace(variables=settings, strict=True))
        except SpecError as error:
            ended = error
        return trial.machine.imports if isinstance(trial.machine, KerasMachine) else None, ended

    def _built(self, given: Given) -> Network:
        machine, root, name = self._root(given, {})
        wanted = self._entries(machine, root, given) if root.outputs is not None else None
        if wanted is not None:
            changed = {entry.number: shape for entry, shape in wanted if shape != entry.tensor.shape[1:]}
            if changed:
                machine, root, name = self._root(given, changed)
            return self._said(Rows(self.source, machine, root, name, given).functional())
        inputs = self._called(machine, root, given)
        return self._said(Rows(self.source, machine, root, name, given).on(*inputs))

    def _said(self, network: Network) -> Network:
        assert self.module is not None
        network.variables, network.margin = self.variables, margin.numbers(self.module)
        network.notes = (*margin.said(self.module), *self.files.notes(), *network.notes)
        if self.beyond is not None:
            network.notes = (*network.notes, passed_over(self.beyond))
        return network

    # -- which network ----------------------------------------------------------------------------------------------------

    def _root(self, given: Given, overrides: Mapping[int, Shape]) -> tuple[Machine, ModelObject, str]:
        try:
            machine = self._machine(given, overrides, "")
        except SpecError as error:
            # What trains or shows a network may stand below it, and have a fault of its own.
            if self.cost > DEAR:
                raise
            try:
                onward = self._machine(given, overrides, "", onward=True)
            except SpecError:
                raise error from None
            try:
                root, name = self._chosen(*onward, given)
            except (NoNetwork, UnknownFault):
                raise error from None
            self.beyond = error
            return onward[0], root, name
        try:
            return machine[0], *self._chosen(*machine, given)
        except NoNetwork as none:
            if "__main__" not in self.source.text:
                raise self._held(none) from None
        machine = self._machine(given, overrides, "__main__")
        try:
            return machine[0], *self._chosen(*machine, given)
        except NoNetwork as none:
            raise self._held(none) from None

    def _held(self, none: NoNetwork) -> NoNetwork:
        """The fault of a file without a network, with how to ask for those that an object of a class of it holds, or that its
        class makes."""
        found = []
        for name, cls in none.module.names.items():
            if not isinstance(cls, Class) or cls.place is None or layers.LAYER in cls.mro:
                continue
            found += [f'"{self.source.name}:{name}.{call}"' for call in builders(cls, MEANT)]
            init = cls.find("__init__")
            text = "\n".join(self.source.text.split("\n")[cls.place.line - 1 :])
            end = re.search(r"(?m)^\S", text.partition("\n")[2])
            body = text[: len(text.partition("\n")[0]) + 1 + end.start()] if end else text
            needs = isinstance(init, Function) and init.code.signature is not None and init.code.signature.required > 1
            asked = f"{self.source.name}:{name}({'…' if needs else ''})"
            found += [f'"{asked}.{match[1]}"' for match in HELD.finditer(body)]
        if found:
            none.faults[0].repairs = list(dict.fromkeys(found))[:4]
        return none

    def _machine(self, given: Given, overrides: Mapping[int, Shape], name: str, onward: bool = False) -> tuple[Machine, Module]:
        files = self.files = KerasFiles(self.source.path)
        if self.source.library:
            files.library(files.name)
        machine = KerasMachine(files, self.source)
        if onward:
            machine.imports = Onward(machine, files)
        machine.imports.stated = margin.stated(given.variables)
        self.machine = machine
        run = machine.state["torch"]
        assert isinstance(run, Session)
        run.offered = list(given.inputs.values())
        run.overrides = dict(overrides)
        try:
            return machine, machine.load(self.source, name or files.name, self.source.path.endswith("__init__.py"))
        except SpecError as error:
            raise self._so_far(machine, error) from None

    def _chosen(self, machine: Machine, module: Module, given: Given) -> tuple[ModelObject, str]:
        self.module = module
        try:
            asked = called(module, self.source, given.variables, MEANT) if given.variables else self.source.asked
            found, name = chosen(machine, module, self.source, asked, MEANT)
            set_here = {n: margin.value_of(text) for n, text in given.variables.items()}
            self.variables = parameters(module, self.source, MEANT) | set_here
        except NoNetwork:
            raise
        except SpecError as error:
            raise self._so_far(machine, error) from None
        assert isinstance(found, LayerObject)
        if isinstance(found, ModelObject) and found.chain is None and found.outputs is None and found.cls.find("call") in UNRUN:
            others = [str(n) for n, v in module.names.items() if isinstance(v, ModelObject) and v is not found]
            place_ = found.place.span() if found.place is not None else None
            repairs = [f"{self.source.name}:{n}" for n in others[:4]] or ["def call(self, inputs): in the class"]
            raise SpecError([Fault(f"{found.cls.name} defines no call()", place_, repairs=repairs)])
        if not isinstance(found, ModelObject):
            wrapped = ModelObject(SEQUENTIAL)
            wrapped.chain, wrapped.ready, wrapped.name, wrapped.place = [found], True, found.called(), found.place
            return wrapped, name
        return found, name

    def _so_far(self, machine: Machine, error: SpecError) -> SpecError:
        """The fault of a program, with the table of the calls before it."""
        run = machine.state["torch"]
        assert isinstance(run, Session)
        records = {record.number: record for record in run.records.values()}
        self.cost = machine.budget.spent["steps"]
        if error.partial is not None or not records or run.graph is not None or self.cost > DEAR:
            return error
        last: Record = records[max(records)]
        found = ModelObject(MODEL)
        found.name, found.ready = "model", True
        found.outputs = List(list(last.outputs))
        ends: set[int] = set()
        waiting = list(last.inputs())
        begins: list[Value] = []
        while waiting:
            tensor = waiting.pop()
            if id(tensor) in ends:
                continue
            ends.add(id(tensor))
            if id(tensor) in run.entry_of:
                begins.append(tensor)
            elif (record := run.records.get(id(tensor))) is not None:
                waiting += record.inputs()
        found.inputs = List(begins)
        if not begins:
            return error
        try:
            error.partial = Rows(self.source, machine, found, "", Given()).functional()
        except SpecError:
            error.partial = None
        return error

    # -- what goes in -------------------------------------------------------------------------------------------------------

    def _entries(self, machine: Machine, root: ModelObject, given: Given) -> list[tuple[Entry, Shape]]:
        """The inputs of a functional model with the shapes they are to have, in Keras's order. Raises SpecError."""
        run = machine.state["torch"]
        assert isinstance(run, Session)
        tensors = root.entrances()
        found: list[tuple[Entry, Shape]] = []
        entries = [entry for t in tensors if (entry := run.entry_of.get(id(t))) is not None]
        names = [entry.name for entry in entries]
        for name in given.inputs:
            if name and name not in names and not (len(names) == 1 and name == "input"):
                raise SpecError([Fault(f"--input {name}: the inputs are {', '.join(names)}", repairs=[f"--input {names[0]}=…"])])
            if not name and len(names) > 1:
                raise SpecError(
                    [Fault("--input: this network has several inputs", repairs=[" ".join(f"--input {n}=…" for n in names)])]
                )
        for entry in entries:
            stated = given.inputs.get(entry.name, given.inputs.get("", given.inputs.get("input")))
            turned = lies_first(run, root, entry)
            if stated is None:
                if entry.open:
                    raise self._unknown_size(entry, turned, len(entries) > 1)
                found.append((entry, inner(entry.tensor.shape)))
                continue
            shape = tuple(stated)
            if len(shape) != len(entry.shape):
                typed = typed_of(entry.shape, turned)
                message = f"--input {dims(shape)}: '{entry.name}' is {shown((B, *(n or B for n in entry.shape)))}"
                raise SpecError([Fault(message, entry.span, repairs=[f"--input {typed}"])])
            channels = entry.shape[-1]
            if turned and channels is not None and shape[0] != channels and shape[-1] == channels:
                said = "x".join(map(str, (shape[-1], *shape[:-1])))
                raise SpecError([Fault(f"channels come first here: {dims(shape)} has {shape[0]}", repairs=[f"--input {said}"])])
            found.append((entry, (*shape[1:], shape[0]) if turned else shape))
        return found

    def _unknown_size(self, entry: Entry, turned: bool, several: bool) -> SpecError:
        called = f" '{entry.name}'" if several else ""
        typed = typed_of(entry.shape, turned)
        repair = f"--input {entry.name}={typed}" if several else f"--input {typed}"
        return SpecError([Fault(f"the size of the input{called} is not known", entry.span, repairs=[repair])])

    def _called(self, machine: Machine, root: ModelObject, given: Given) -> tuple[dict[str, Shape], bool, str]:
        """What a model that is no functional one is called on: shapes as they are here, by name, whether by position, and what is
        said of it. Raises SpecError."""
        params = parameters_of(root)
        if given.inputs:
            shapes = {name or "input": tuple(shape) for name, shape in given.inputs.items()}
            if len(shapes) > 1 and len(params) > 1:
                unknown = [name for name in shapes if name not in params]
                if unknown:
                    message = f"call of {root.cls.name} takes no input '{unknown[0]}'; it takes {', '.join(params)}"
                    raise SpecError([Fault(message, repairs=[" ".join(f"--input {n}=…" for n in params)])])
            for shape in shapes.values():
                if len(shape) > 2 and shape[0] > 4 and shape[-1] in (1, 3) and not first_format(machine):
                    said = "x".join(map(str, (shape[-1], *shape[:-1])))
                    message = f"channels come first here: {dims(shape)} has {shape[0]} of them"
                    raise SpecError([Fault(message, repairs=[f"--input {said}"])])
            return shapes, len(shapes) == 1 or len(params) == 1, ""
        hint, note = self._hint(machine, root)
        if hint is not None:
            return {"input": hint}, True, note
        span = root.place.span() if root.place is not None else Span(self.source, 1, 1)
        kind = first_kind(root)
        typed = "3x224x224" if kind.startswith(("Conv2D", "Separable", "Depthwise")) or "2D" in kind else "100"
        typed = "100x16" if kind in layers.RECURRENT or "1D" in kind else "784" if kind == "Dense" else typed
        if len(params) > 1:
            typed = " --input ".join(f"{n}={typed}" for n in params)
        raise SpecError(
            [
                Fault(
                    f"the input of {root.called()} is not known", span, repairs=[f"--input {typed}", f"a line `# input: {typed}`"]
                )
            ]
        )

    def _hint(self, machine: Machine, root: ModelObject) -> tuple[Shape | None, str]:
        """A shape that the program or a comment says."""
        for line in self.source.text.split("\n"):
            match = COMMENT.search(line) if "#" in line else None
            if match:
                return tuple(int(digits[:12]) for digits in re.findall(r"\d+", match[1])), ""
        sizes: tuple[int, ...] | None = None
        said = ""
        if isinstance(root.built_for, tuple | List) and all(isinstance(n, int) for n in root.built_for[1:]):
            sizes, said = tuple(n for n in root.built_for[1:] if isinstance(n, int)), "build()"
        elif root.first is not None:
            called = list(tensors_in(root.first[0]))
            if len(called) == 1:
                sizes, said = inner(called[0].shape), "a call of it"
        if not sizes:
            return None, ""
        turned = turned_shape(machine, root, len(sizes))
        ours = (sizes[-1], *sizes[:-1]) if turned else sizes
        return ours, f"input {dims(ours)} taken from {said} on {shown((B, *sizes))}"


def typed_of(shape: tuple[int | None, ...], turned: bool) -> str:
    """What to type for a shape with open sizes."""
    last = len(shape) - 1
    guess = [n if n is not None else 3 if i == last and last > 1 else 100 if last < 2 else 224 for i, n in enumerate(shape)]
    return "x".join(map(str, (guess[-1], *guess[:-1]) if turned else guess))


def parameters_of(root: ModelObject) -> list[str]:
    """The names of the tensors that call() takes."""
    function = root.cls.find("call")
    if isinstance(function, Function) and function.code.signature is not None:
        signature = function.code.signature
        needed = list(signature.names[1 : signature.required])
        return [n for n in needed if n not in ("training", "mask")] or ["inputs"]
    return ["inputs"]


def first_format(machine: Machine) -> bool:
    """Whether the program has channels first in Keras's own order."""
    run = machine.state["torch"]
    assert isinstance(run, Session)
    return run.channels_first or any(
        isinstance(layer, LayerObject) and layer.given.get("data_format") == "channels_first" for layer in run.objects
    )


def first_kind(root: LayerObject) -> str:
    """The first layer that computes something."""
    for layer in root.sublayers():
        if isinstance(layer, LayerObject) and layer.kind and layer.kind not in PASSIVE:
            return layer.kind
    for layer in root.sublayers():
        found = first_kind(layer)
        if found:
            return found
    return ""


def turned_shape(machine: Machine, root: LayerObject, rank: int) -> bool:
    """Whether an input of this rank of a model that is no functional one is a map, channels first here."""
    if first_format(machine):
        return False
    kind = first_kind(root)
    return kind != "TimeDistributed" if rank > 2 else rank == 2 and kind.startswith(SPATIAL_KINDS)


def lies_first(run: Session, root: ModelObject, entry: Entry) -> bool:
    """Whether an input of a functional model is a map, whose channels come first here."""
    first = run.channels_first or any(
        isinstance(layer, LayerObject) and layer.given.get("data_format") == "channels_first" for layer in run.objects
    )
    if first or len(entry.tensor.shape) < 3:
        return False
    kind = consumer(run, root, entry.tensor, 0)
    return kind != "TimeDistributed" if len(entry.tensor.shape) > 3 else kind.startswith(SPATIAL_KINDS)


def consumer(run: Session, root: ModelObject, tensor: Tensor, depth: int) -> str:
    """The kind of the first layer that computes something from a tensor of a functional model."""
    if root.chain is not None:
        for layer in root.chain:
            if isinstance(layer, ModelObject) and depth < 20:
                begins = layer.entrances()
                return consumer(run, layer, begins[0] if begins else tensor, depth + 1)
            if layer.kind not in PASSIVE:
                return layer.kind
        return ""
    for record in root.order or ():
        if not any(t is tensor for t in record.inputs()):
            continue
        layer_ = record.function
        if isinstance(layer_, ModelObject) and layer_.outputs is not None and depth < 20:
            begins = layer_.entrances()
            return consumer(run, layer_, begins[0], depth + 1)
        kind = layer_.kind if isinstance(layer_, LayerObject) else ""
        if kind in PASSIVE:
            return consumer(run, root, record.outputs[0], depth + 1) if depth < 200 else ""
        return kind
    return ""


class Rows:
    """The rows of a network: its model called on inputs that are in the table."""

    def __init__(self, source: Source, machine: Machine, root: ModelObject, name: str, given: Given) -> None:
        self.source = source
        self.machine = machine
        self.root = root
        self.name = name
        found = machine.state["torch"]
        assert isinstance(found, Session)
        self.run = found
        self.building = Building(source, Given(given.inputs, {}, given.bias, given.strict))
        self.work = SourceWork(self.building)
        self.moved = False

    def functional(self) -> Network:
        """A functional model on its own inputs."""
        self._begin()
        entries = [self._entry(t) for t in self.root.entrances()]
        tensors = []
        for entry in entries:
            name = entry.name if len(entries) > 1 else "input"
            turned = lies_first(self.run, self.root, entry)
            sizes = inner(entry.tensor.shape)
            tensors.append(self._input(name, (sizes[-1], *sizes[:-1]) if turned else sizes, turned))
        values: Value = List(list(tensors)) if len(tensors) != 1 else tensors[0]
        return self._finish((values,), {})

    def _entry(self, tensor: Tensor) -> Entry:
        """What is known of an input: one that another layer made has the shape it was made with."""
        found = self.run.entry_of.get(id(tensor))
        if found is None:
            span = tensor.place.span() if tensor.place is not None else None
            found = Entry("input", -1, inner(tensor.shape), tensor, span)
            self.run.entry_of[id(tensor)] = found
        return found

    def on(self, shapes: dict[str, Shape], by_position: bool, note: str) -> Network:
        """A chain or a model of the program's own on inputs of these shapes."""
        turned = {name: turned_shape(self.machine, self.root, len(shape)) for name, shape in shapes.items()}
        # Layers build what they hold when they are first called: once for that, and once for the rows.
        tried = []
        for name, shape in shapes.items():
            made = Tensor((B, *((*shape[1:], shape[0]) if turned[name] else shape)), "any", KERAS_TENSOR)
            made.node = NOWHERE
            tried.append(made)
        args, kwargs = self._arguments(dict(zip(shapes, tried, strict=True)), by_position)
        with contextlib.suppress(SpecError):  # the rows below say it, with what stands before it
            self.machine.finish(self.machine.call(self.root, *args, **kwargs))
        self._begin()
        found = {name: self._input(name, shape, turned[name]) for name, shape in shapes.items()}
        if note:
            self.building.graph.note(note)
        args, kwargs = self._arguments(found, by_position)
        return self._finish(args, kwargs)

    def _arguments(self, tensors: dict[str, Tensor], by_position: bool) -> tuple[tuple[Value, ...], dict[str, Value]]:
        if by_position:
            return (next(iter(tensors.values())) if len(tensors) == 1 else List(list(tensors.values())),), {}
        return (), dict(tensors)

    def _begin(self) -> None:
        run = self.run
        run.graph, run.work = self.building.graph, self.work
        run.depth, run.stack, run.through, run.at = 0, [], None, None
        run.paths = {id(self.root): ""}
        self.work.channels_first = first_format(self.machine)
        for variable in run.variables:
            variable.owner = None

    def _input(self, name: str, shape: Shape, turned: bool) -> Tensor:
        from archcalc.network.names import part

        free = part(name)
        while free in self.building.graph.inputs:
            free += "_2"
        number = self.building.graph.input(free, shape or (1,))
        made = Tensor((B, *shape), "any", KERAS_TENSOR)
        made.node = number
        if not turned:
            return made
        if not self.moved:
            self.moved = True
            own = (*shape[1:], shape[0])
            self.building.graph.note(f"channels come first here: Keras's ({', '.join(map(str, own))}) is {dims(shape)}")
        return from_map(self.machine, made)

    def _finish(self, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Network:
        graph = self.building.graph
        try:
            result = self.machine.finish(self.machine.call(self.root, *args, **kwargs))
            for unknown in unknown_in(result):
                raise unknown.fault("what the network gives is not known", unknown.place.span() if unknown.place else None)
            outputs = []
            for tensor in tensors_in(result):
                lies = is_map(tensor) and tensor.source is not None
                number = place(self.machine, tensor.source if lies and tensor.source is not None else tensor)
                if number >= 0:
                    outputs.append(number)
            if not outputs and not graph.nodes:
                span = self.root.place.span() if self.root.place else None
                raise SpecError([Fault(f"{self.root.called()} has no layers", span, repairs=["layers.Dense(10)"])])
            self._idle()
        except SpecError as error:
            if error.partial is None and graph.nodes:
                error.partial = graph.network(self.name or "model", [])
            raise
        self.work.stored += sum(count for layer, count in self.run.fixed.items() if layer in self.run.paths)
        self._frozen()
        self.work.totals()
        for text in (*self.machine.notes, *self.run.notes):
            graph.note(text)
        return self.building.finish(self.name, list(dict.fromkeys(outputs)) or None)

    def _idle(self) -> None:
        """Weights of layers that were called, which nothing computes with: Keras counts them."""
        for layer in self.run.objects:
            if not isinstance(layer, LayerObject) or id(layer) not in self.run.paths:
                continue
            path = self.run.paths[id(layer)]
            for variable in layer.weights:
                if variable.owner is None:
                    shape = inner(variable.shape)
                    full = f"{path}.{variable.name}" if path else variable.name
                    span = variable.place.span() if variable.place else None
                    variable.owner = self.building.graph.add(Learned(shape), [], full, span, unrun=())

    def _frozen(self) -> None:
        for layer in self.run.objects:
            if isinstance(layer, LayerObject) and id(layer) in self.run.paths and layer.attributes.get("trainable") is False:
                self.work.frozen = True
                return


__all__ = ["Batch", "models"]
