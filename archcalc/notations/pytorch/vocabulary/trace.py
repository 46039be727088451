"""What a run of `forward` leaves behind: each call that computes something becomes a node of the graph.

While modules are made there is no graph: tensors go through layers for their shapes alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.formulas.arithmetic import product
from archcalc.interpreter.values import Unknown, Value
from archcalc.layers.base import Layer, Shape, Shapes
from archcalc.network.graph import Graph
from archcalc.notations.pytorch.vocabulary.memory import dense, lay, lying
from archcalc.notations.pytorch.vocabulary.memory import numbers as sizes_of
from archcalc.notations.pytorch.vocabulary.objects import ModuleObject
from archcalc.notations.pytorch.vocabulary.shapes import Full, batched, fold, inner, shown_shape
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Step, Tensor
from archcalc.text.faults import Fault, Misfit, SpecError, ValueFault
from archcalc.text.source import Span

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine
    from archcalc.interpreter.places import Place

# The node of what was computed while modules were made: it has a shape and no place in the table.
NOWHERE = -(10**9)
# What a row costs beside a step of the program, so that the limit of steps is one of time.
WORK_OF_A_LAYER = 200


class Called:
    """A call of a module: its path, and the shapes it gave."""

    __slots__ = ("path", "shapes")

    def __init__(self, path: str, shapes: list[Full]) -> None:
        self.path = path
        self.shapes = shapes


class Failed:
    """What did not fit: the tensors, the module they were given to where it was one, and where they were used."""

    __slots__ = ("module", "place", "tensors")

    def __init__(self, tensors: Sequence[Tensor], module: ModuleObject | None, place: Place | None) -> None:
        self.tensors = tensors
        self.module = module
        self.place = place


class Trace:
    """A run.

    `paths` are the names of the modules and parameters in the network, `homes` the modules by their names, `stack` the
    modules whose `forward` is under way, `through` the module that a container is about to call. `failed` is what did not fit
    last. `way` is how the function under way was called, one of `network.nodes.CALLED`.
    """

    def __init__(self) -> None:
        self.graph: Graph | None = None
        self.paths: dict[int, str] = {}
        self.homes: dict[str, ModuleObject] = {}
        self.stack: list[ModuleObject] = []
        self.through: ModuleObject | None = None
        self.failed: Failed | None = None
        self.notes: dict[str, None] = {}
        self.calls: list[Called] = []
        self.made: dict[int, Tensor] = {}
        self.hidden = 0
        self.way = "function"

    def scope(self) -> str:
        """The path of the innermost module under way, with a dot behind it; empty at the root."""
        for module in reversed(self.stack):
            path = self.paths.get(id(module))
            if path is not None:
                return f"{path}." if path else ""
        return ""

    def number(self, scope: str, word: str) -> str:
        """The next free name for an operation in a module."""
        assert self.graph is not None
        taken: Sequence[str] = ()
        for module in reversed(self.stack):
            path = self.paths.get(id(module))
            if path is not None and (f"{path}." if path else "") == scope:
                taken = [str(name) for name in module.modules]
                break
        return scope + self.graph.number(scope, word, taken)


def trace(machine: Machine) -> Trace:
    """The run of this machine."""
    found = machine.state.get("torch")
    if found is None:
        found = machine.state["torch"] = Trace()
    assert isinstance(found, Trace)
    return found


def fault(machine: Machine, error: ValueFault | Misfit, what: str = "") -> SpecError:
    """A bare fact as the fault of the call under way."""
    return machine.fault(f"{what}: {error.message}" if what else error.message, *error.repairs)


def emit(
    machine: Machine,
    layer: Layer,
    tensors: Sequence[Tensor],
    shape: Full,
    *,
    examples: Shapes | None = None,
    kind: str = "",
    word: str = "",
    module: ModuleObject | None = None,
    shares: int | None = None,
    span: Span | None = None,
    scope: str | None = None,
    path: str | None = None,
) -> Tensor:
    """What a layer makes of tensors, as a new tensor of this shape, and its row.

    `examples` are the shapes that the layer sees of its inputs, where they are not the inner ones. Raises SpecError where the
    layer does not take them.
    """
    run = trace(machine)
    machine.work(WORK_OF_A_LAYER)
    made = Tensor(shape, kind or (tensors[0].kind if tensors else "float"))
    made.place = machine.place()
    made.scope = run.scope() if scope is None else scope
    try:
        seen = examples if examples is not None else tuple(inner(t.shape) for t in tensors)
        first = next((t.shape for t in tensors if batched(t.shape)), shape)
        times = fold(first)
        out = layer.output(seen)
    except ValueFault as error:
        raise fault(machine, error) from None
    except Misfit as error:
        raise told(machine, layer, tensors, error, module) from None
    if run.graph is None:
        made.node = NOWHERE
        return made
    assert out == inner(shape) or examples is not None, (layer, out, shape)
    numbers = [place(machine, t, s) for t, s in zip(tensors, seen, strict=True)]
    if path is None and module is not None:
        path = run.paths.get(id(module))
    if path is None:
        path = run.number(made.scope, word or layer.prefix or layer.kind)
    machine.budget.spend("nodes", 1, machine.span)
    made.node = run.graph.add(layer, numbers, path, span or machine.span(), times=times, shares=shares)
    run.graph.nodes[made.node].called = _called(machine, module, tensors)
    run.made[made.node] = made
    if layer.lies == "same" and tensors and tensors[0].strides is not None and len(shape) == len(tensors[0].strides):
        made.strides = dense(sizes_of(shape), tensors[0].strides)
    return made


def _called(machine: Machine, module: ModuleObject | None, tensors: Sequence[Tensor]) -> str:
    """How the layer under way was called (`network.nodes.CALLED`)."""
    if module is not None:
        if not module.torchs_own:
            renamed = "Conv" not in module.cls.name and any("Conv" in cls.name for cls in module.cls.mro)
            return "renamed" if renamed else "derived"
        return "module" if not tensors or any(batched(t.shape) for t in tensors) else "unbatched"
    run = trace(machine)
    return "part" if run.stack and run.stack[-1].whole else run.way


def inside(run: Trace, parameter: Parameter) -> bool:
    """Whether a parameter is the `weight` or `bias` of the module under way, which has no modules in it."""
    home, _, name = run.paths.get(id(parameter), "").rpartition(".")
    under_way = run.stack[-1] if run.stack else None
    known = under_way is not None and run.paths.get(id(under_way)) == home and not under_way.modules
    return known and name in ("weight", "bias")


def told(machine: Machine, layer: Layer, tensors: Sequence[Tensor], misfit: Misfit, module: ModuleObject | None) -> SpecError:
    """The fault of a layer that does not take what arrives: where it was made, and where it does not fit."""
    from archcalc.notations.pytorch.vocabulary.misfits import in_torch

    run = trace(machine)
    run.failed = Failed(tensors, module, machine.place())
    path = run.paths.get(id(module), "") if module is not None else ""
    shapes = tuple(inner(t.shape) for t in tensors)
    notes = []
    if module is not None and module.place is not None:
        notes.append(f"made at {where(module.place)}: {module.written()}")
    message, repairs = in_torch(layer, shapes, misfit)
    span = machine.span()
    if module is not None and run.through is module and module.place is not None:
        span = module.place.span()
        notes = notes[1:]
    partial = run.graph.network(run.stack[0].cls.name if run.stack else "") if run.graph is not None else None
    return SpecError([Fault(message, span, path, repairs=repairs, notes=notes)], partial)


def moved(machine: Machine, tensor: Tensor, shape: Full, step: Step) -> Tensor:
    """A tensor whose values are those of another, elsewhere: it gets a row when something is computed from it."""
    made = Tensor(shape, tensor.kind)
    made.parameter = tensor.parameter
    made.source = tensor if tensor.node is not None or not tensor.source else tensor.source
    made.steps = (step,) if tensor.node is not None else (*tensor.steps, step)
    if tensor.node is not None:
        made.parameter = None
    made.place = machine.place()
    made.scope = trace(machine).scope()
    lay(made, tensor, step)
    return made


def place(machine: Machine, tensor: Tensor, to: Shape | None = None) -> int:
    """The number of a tensor in the graph, put there with this inner shape if it was nowhere yet."""
    run = trace(machine)
    graph = run.graph
    assert graph is not None
    wanted = inner(tensor.shape) if to is None else to
    if tensor.node is None:
        tensor.node = _placed(machine, run, graph, tensor, wanted)
    if tensor.node == NOWHERE:
        raise machine.fault("a tensor that was computed while the modules were made is used here", "its computation in forward")
    if graph.shape(tensor.node) != wanted:
        return _turned(machine, run, graph, tensor, wanted)
    return tensor.node


def _span(machine: Machine, tensor: Tensor) -> Span | None:
    return tensor.place.span() if tensor.place else machine.span()


def _placed(machine: Machine, run: Trace, graph: Graph, tensor: Tensor, wanted: Shape) -> int:
    from archcalc.layers.learned import Constant, Learned

    if tensor.parameter is not None:
        parameter = tensor.parameter
        held = tuple(int(n) for n in parameter.shape)  # type: ignore[arg-type]
        path = run.paths.get(id(parameter)) or run.number(tensor.scope, "parameter")
        if parameter.owner is not None:
            path = run.number(tensor.scope, path.rpartition(".")[2])
        node = graph.add(Learned(held, None if held == wanted else wanted), [], path, _span(machine, tensor))
        if inside(run, parameter):
            graph.nodes[node].called = "inside"
        if parameter.owner is None:
            parameter.owner = node
        else:
            graph.nodes[node].tied = {"weight": parameter.owner}
        return node
    if tensor.source is None or tensor.fixed:
        return graph.add(Constant(wanted or (1,)), [], run.number(tensor.scope, "constant"), _span(machine, tensor))
    source = tensor.source
    before = place(machine, source)
    return _moves(machine, run, graph, tensor, before, inner(source.shape), wanted)


def layer_of(steps: Sequence[Step], came: Shape, wanted: Shape) -> Layer | None:
    """A chain of moves as one layer; None where nothing moves."""
    from archcalc.layers.linear import Flatten, Permute, Reshape
    from archcalc.layers.move import Move

    same = all(s.same_order for s in steps)
    if same and came == wanted:
        return None
    if same and wanted and product(came) == product(wanted):
        return Flatten() if len(wanted) == 1 else Reshape(wanted)
    if len(steps) == 1 and steps[0].layer is not None and steps[0].layer.output((came,)) == wanted:
        layer = steps[0].layer
        return None if isinstance(layer, Permute) and layer.order == tuple(range(1, len(layer.order) + 1)) else layer
    return Move(wanted or (1,), ", ".join(dict.fromkeys(s.word for s in steps)), came)


def _moves(machine: Machine, run: Trace, graph: Graph, tensor: Tensor, before: int, came: Shape, wanted: Shape) -> int:
    """A chain of moves as one row; none where nothing moves."""
    layer = layer_of(tensor.steps, came, wanted)
    if layer is None:
        return before
    word = layer.kind if layer.kind in ("flatten", "reshape", "permute") else tensor.steps[0].word
    machine.budget.spend("nodes", 1, machine.span)
    node = graph.add(layer, [before], run.number(tensor.scope, word), _span(machine, tensor))
    graph.nodes[node].lies = lying(tensor, node)
    run.made[node] = tensor
    return node


def _turned(machine: Machine, run: Trace, graph: Graph, tensor: Tensor, wanted: Shape) -> int:
    """A tensor in another inner shape than that of its node: sizes of 1 where the batch of the others stands."""
    from archcalc.layers.linear import Reshape

    assert tensor.node is not None
    return graph.add(Reshape(wanted or (1,)), [tensor.node], run.number(tensor.scope, "reshape"), _span(machine, tensor))


def own(machine: Machine, node: int, parameters: dict[str, Parameter]) -> None:
    """A node holds these parameters, by the names its layer gives them; one that another node holds is tied to that."""
    graph = trace(machine).graph
    assert graph is not None
    tied = {}
    for name, parameter in parameters.items():
        if parameter.owner is None:
            parameter.owner = node
        elif parameter.owner != node:
            tied[name] = parameter.owner
    if tied:
        graph.nodes[node].tied = tied


def value_of(machine: Machine) -> Unknown:
    """The value of a tensor: unknown, and a fault where something depends on it."""
    return Unknown("the value of a tensor", machine.place(), "only shapes are known", harmless=True)


def note(machine: Machine, text: str) -> None:
    """Something assumed, to be said aloud."""
    trace(machine).notes[text] = None


def where(place: Place | None) -> str:
    """A place in few characters: 11:20."""
    if place is None:
        return ""
    return place.span().at


def expected(machine: Machine, value: Value, what: str) -> Tensor:
    """A value that must be a tensor. Raises as torch does."""
    if isinstance(value, Tensor):
        if value.unread is not None:
            raise value.unread.fault("this tensor may have been changed")
        return value
    if isinstance(value, Unknown):
        raise value.fault(f"what {what} is given", machine.span())
    raise machine.error("TypeError", f"{what}: expected a Tensor, got {machine.class_of(value).name}")


def shown(tensor: Tensor) -> str:
    """The shape of a tensor with its batch."""
    return shown_shape(tensor.shape)


def refusal(message: str, place: Place | None, *repairs: str, notes: Sequence[str] = ()) -> SpecError:
    """A fault at a place of the source."""
    return SpecError([Fault(message, place.span() if place else None, repairs=repairs, notes=notes)])
