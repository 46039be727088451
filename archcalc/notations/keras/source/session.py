"""A run of a Keras program.

Layers that are called on symbolic tensors give symbolic tensors, and the call is recorded, as Keras itself does. While the
program is read there is no table: a layer goes through its rule on shapes alone. The network that is meant is then *replayed*
on its inputs, call by call, which makes the rows; a model inside it is replayed each time it is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archcalc.interpreter.values import Dict, Holder, Instance, List, Value, contents
from archcalc.layers.base import Layer, Shape
from archcalc.network.description import Given
from archcalc.notations.building import Building
from archcalc.notations.keras.layers import computed
from archcalc.notations.keras.source.tensors import KERAS_TENSOR, from_map, is_map, of_keras, shown
from archcalc.notations.keras.work import Value as Placed
from archcalc.notations.keras.work import Work
from archcalc.notations.pytorch.vocabulary.shapes import Batch, Dim, Full, inner
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Tensor
from archcalc.notations.pytorch.vocabulary.trace import NOWHERE, WORK_OF_A_LAYER, Trace, place
from archcalc.text.faults import Fault, Misfit, SpecError
from archcalc.text.located import Json, Text
from archcalc.text.source import Source, Span

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

# Where a call stands is looked for among all calls under way.
WORK_OF_A_PLACE = 5
WRITTEN_AS_JSON = re.compile(r'"(\w+)": (.*)', re.S)


class Record:
    """A call on symbolic tensors: what was called, with what, and the tensors it gave."""

    __slots__ = ("args", "function", "kwargs", "number", "outputs", "span")

    def __init__(
        self,
        function: Value,
        args: tuple[Value, ...],
        kwargs: dict[str, Value],
        outputs: list[Tensor],
        number: int,
        span: Span | None,
    ) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.outputs = outputs
        self.number = number
        self.span = span

    def inputs(self) -> Iterator[Tensor]:
        """The tensors it was called with."""
        yield from tensors_in((self.args, tuple(self.kwargs.values())))


class Entry:
    """An input of a model as the program states it: `shape` without the batch, None for a size it leaves open."""

    __slots__ = ("name", "number", "open", "shape", "span", "tensor")

    def __init__(self, name: str, number: int, shape: tuple[int | None, ...], tensor: Tensor, span: Span | None) -> None:
        self.name = name
        self.number = number
        self.shape = shape
        self.tensor = tensor
        self.span = span
        self.open = any(n is None for n in shape)


class SourceWork(Work):
    """The rows of layers whose configuration a program gives. `times` is how often they run for one input."""

    def __init__(self, building: Building) -> None:
        super().__init__(building)
        self.times = 1

    def typed(self, repair: str) -> str:
        """A repair as a keyword argument."""
        match = WRITTEN_AS_JSON.fullmatch(repair)
        if match is None:
            return {"true": "True", "false": "False"}.get(repair, repair)
        value = {"true": "True", "false": "False", "null": "None"}.get(match[2], match[2])
        if match[1] == "class_name":
            return f"layers.{value.strip(chr(34))}"
        return f"{match[1]}={value}"

    def add(
        self, layer: Layer | None, inputs: Sequence[int | None], path: str, span: Span, *, inserted: bool = False
    ) -> int | None:
        """A layer in the graph. One that does not fit is a fault at once, since the program goes on with its shape."""
        if layer is not None and not inserted and self.replayed and self.holds(layer, inputs):
            self._fits(layer, inputs, path, span)
        made = super().add(layer, inputs, path, span, inserted=inserted)
        if made is not None:
            if self.times != 1:
                self.graph.nodes[made].times = self.times
            if self.graph.shape(made) is None:
                node = self.graph.nodes[made]
                known = tuple(shape for i in node.inputs if (shape := self.graph.shape(i)) is not None)
                if len(known) < len(node.inputs):
                    self.building.fault(f"{path}: the shape of what it reads is not known", span, "a tensor of a known shape")
                    return None
                try:
                    node.layer.output(known)
                except Misfit as error:
                    self.graph.nodes.pop()
                    self.graph.shapes.pop()
                    self.building.fault(f"{path}: {error.message}", span, *error.repairs)
                    return None
        return made

    def _fits(self, layer: Layer, inputs: Sequence[int | None], path: str, span: Span) -> None:
        """A layer called again must find weights of the shapes it has. Raises SpecError, in Keras's words."""
        assert self.replayed
        first = self.graph.nodes[self.replayed[0]]
        had = [self.graph.shape(i) for i in first.inputs]
        have = [self.building.shape(i) for i in inputs]
        if any(shape is None for shape in (*had, *have)):
            return
        before = [w.shape for w in first.layer.weights(tuple(shape for shape in had if shape is not None))]
        now = [w.shape for w in layer.weights(tuple(shape for shape in have if shape is not None))]
        if before != now and had[0] and have[0]:
            vector = layer.kind == first.layer.kind and len(had[0]) == len(have[0]) and layer.vector
            axis = -1 if vector or len(have[0]) < 3 else 0
            message = f"expected axis -1 to have value {had[0][axis]}, but {have[0][axis]} arrive: it was called before on such"
            raise SpecError([Fault(f"{path}: {message}", span, repairs=["a layer of its own for this input"])])


class Session(Trace):
    """A run: its calls, its inputs, the names it has given, and the rows once there is a table."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source
        self.records: dict[int, Record] = {}  # by the tensors they gave
        self.number_of_calls = 0
        self.depth = 0
        self.entries: list[Entry] = []
        self.entry_of: dict[int, Entry] = {}
        self.overrides: dict[int, Shape] = {}  # shapes in Keras's order for inputs, by their number
        self.offered: list[Shape] = []  # shapes of the command line, as they are there
        self.counts: dict[str, int] = {}
        self.channels_first = False
        self.work: SourceWork | None = None
        self.objects: list[Instance] = []
        self.variables: list[Parameter] = []
        self.at: Span | None = None  # where the call stands that is replayed
        self.fixed: dict[int, int] = {}  # values stored and not learned, of a layer
        self.said: set[str] = set()
        self.stored: dict[str, Value] = {}  # the models that the program saves, by their files

    # -- names ----------------------------------------------------------------------------------------------------------

    def named(self, class_name: str) -> str:
        """The name that Keras gives a layer of this class: conv2d, conv2d_1…"""
        base = snake(class_name)
        count = self.counts.get(base, 0)
        self.counts[base] = count + 1
        return base if not count else f"{base}_{count}"

    # -- calls ----------------------------------------------------------------------------------------------------------

    @property
    def symbolic(self) -> bool:
        """Whether calls are to be recorded: the program is read, and no layer is under way."""
        return self.graph is None and self.depth == 0

    def record(self, machine: Machine, function: Value, args: tuple[Value, ...], kwargs: dict[str, Value], result: Value) -> None:
        """Notes a call whose tensors others may be made from."""
        outputs = list(tensors_in(result))
        if not outputs or not any(True for _ in tensors_in((args, tuple(kwargs.values())))):
            return
        self.number_of_calls += 1
        made = Record(function, args, kwargs, outputs, self.number_of_calls, machine.span())
        for tensor in outputs:
            self.records[id(tensor)] = made

    def span(self, machine: Machine) -> Span:
        """Where the call under way stands."""
        return self.at or machine.span() or Span(self.source, 1, 1)


def session(machine: Machine) -> Session:
    """The run of this machine."""
    found = machine.state["torch"]
    assert isinstance(found, Session)
    return found


def snake(name: str) -> str:
    """A class's name as Keras writes it in layers' names: BatchNormalization → batch_normalization."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def tensors_in(value: Value) -> Iterator[Tensor]:
    """The tensors in a value, in order."""
    if isinstance(value, Tensor):
        yield value
    for item in contents(value):
        yield from tensors_in(item)


def replaced(value: Value, by: dict[int, Tensor]) -> Value:
    """A value with other tensors in it."""
    if isinstance(value, Tensor):
        return by.get(id(value), value)
    if isinstance(value, tuple):
        return tuple(replaced(item, by) for item in value)
    if isinstance(value, List):
        return List([replaced(item, by) for item in value])
    if isinstance(value, Dict):
        return Dict({key: replaced(item, by) for key, item in value.items()})
    return value


# -- a layer's rule on tensors ------------------------------------------------------------------------------------------


class Here(Text):
    """A text of which one place is known."""

    __slots__ = ("place",)

    def __init__(self, place: Span) -> None:
        super().__init__(place.source)
        self.place = place

    def span(self, start: int, end: int) -> Span:
        return self.place


def config_of(values: dict[str, Value], spans: dict[str, Span], span: Span) -> Json:
    """Arguments of a layer as a configuration, each at its place."""
    entries = {name: value if isinstance(value, Json) else plain(value, spans.get(name, span)) for name, value in values.items()}
    return Json(Here(span), 0, 0, entries)


def plain(value: Value, span: Span) -> Json:
    """A value of the program as a value of a configuration; what is no such value is named by its class."""
    here = Here(span)
    value = value.payload if isinstance(value, Holder) else value
    if value is None or isinstance(value, str | int | float):
        return Json(here, 0, 0, value)
    if isinstance(value, list | tuple):
        return Json(here, 0, 0, [plain(item, span) for item in value])
    if isinstance(value, Dict):
        return Json(here, 0, 0, {str(key): plain(item, span) for key, item in value.items()})
    if isinstance(value, Batch):
        return Json(here, 0, 0, "the batch")
    if isinstance(value, Tensor) and value.values is not None and len(value.shape) <= 1:
        numbers = list(value.values)
        return plain(List(numbers) if value.shape else numbers[0], span)
    name = getattr(value, "name", None)
    return Json(here, 0, 0, name if isinstance(name, str) else type(value).__name__)


def ruled(
    machine: Machine,
    kind: str,
    config: Json,
    owner: str,
    path: str,
    tensors: Sequence[Tensor],
    *,
    beside: bool = False,
    numbers: Sequence[float] = (),
    span: Span | None = None,
    notes: Sequence[str] = (),
) -> list[Tensor]:
    """What a layer of Keras's table makes of tensors: rows where there is a table, shapes alone where there is none."""
    run = session(machine)
    machine.work(WORK_OF_A_LAYER + WORK_OF_A_PLACE * len(machine.tasks))
    machine.budget.spend("nodes", 1, machine.span)
    at = span or run.span(machine)
    work = run.work
    scratch = work is None
    if work is None:
        work = SourceWork(Building(run.source, Given()))
        work.channels_first = run.channels_first
    lead, inputs, times = _placed(machine, work, tensors, scratch)
    work.times = times
    count = len(work.graph.nodes)
    listed = [Json(Here(at), 0, 0, number) for number in numbers]
    found = computed(work, config, kind, owner, path, at, inputs, beside, listed)
    work.times = 1
    if work.building.faults:
        faults = work.building.faults.found[:]
        for fault in faults:
            fault.notes = [*fault.notes, *notes]
        work.building.faults.found.clear()
        raise SpecError(faults)
    if not scratch:
        machine.budget.spend("nodes", max(0, len(work.graph.nodes) - count - 1), machine.span)
    float_kind = "float"
    return [_given(machine, work, value, lead, scratch, float_kind) for value in found]


def _placed(machine: Machine, work: SourceWork, tensors: Sequence[Tensor], scratch: bool) -> tuple[Full, list[Placed], int]:
    """Tensors as inputs of a layer's rule; the batch they have, and how often it runs for one input."""
    lead: Full = ()
    times = 1
    inputs = []
    for n, tensor in enumerate(tensors):
        lies = is_map(tensor)
        base = tensor.source if lies and tensor.source is not None else tensor
        head = base.shape[:1]
        if head and isinstance(head[0], Batch):
            lead = lead or head
            times = int(head[0].times)
        if any(isinstance(size, Batch) for size in base.shape[1:]):
            raise machine.fault(f"a layer takes the batch first; {shown(tensor.shape)} arrives", "ops.transpose before it")
        seen: Shape = inner(base.shape)
        number = work.graph.input(f"in{n}", seen or (1,)) if scratch else place(machine, base, None if seen else (1,))
        inputs.append(Placed(number, lies))
    return lead, inputs, times


def _given(machine: Machine, work: SourceWork, value: Placed, lead: Full, scratch: bool, kind: str) -> Tensor:
    """What a rule gave, as a tensor of Keras's order."""
    shape: tuple[Dim, ...] | None = work.shape(value)
    if value.state or shape is None:
        made = Tensor((*lead, 1), kind, KERAS_TENSOR)
        made.node = NOWHERE
        return made
    made = Tensor((*lead, *shape), kind, KERAS_TENSOR)
    made.node = NOWHERE if scratch else value.node
    made.place = machine.place()
    if value.moved and lead:
        return from_map(machine, made)
    if value.moved:
        from archcalc.notations.pytorch.vocabulary.moves import turned

        rank = len(shape)
        kept = turned(machine, made, (*range(1, rank), 0))
        of_keras(kept)
        return kept
    return made
