"""A network of a source, built: its forward followed with tensors that know only their shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from archcalc.interpreter.code import Function
from archcalc.interpreter.interpreting import Interpreter
from archcalc.interpreter.machine import Machine
from archcalc.interpreter.values import Module, Native, Unknown, Value, contents
from archcalc.layers.base import Shape
from archcalc.network.graph import Graph
from archcalc.network.names import part
from archcalc.network.nodes import Network
from archcalc.notations.pytorch.importer import Files
from archcalc.notations.pytorch.vocabulary import WRITTEN
from archcalc.notations.pytorch.vocabulary.leaves import Leaf
from archcalc.notations.pytorch.vocabulary.modules import set_mode, tensors_in
from archcalc.notations.pytorch.vocabulary.names import native
from archcalc.notations.pytorch.vocabulary.objects import ModuleObject
from archcalc.notations.pytorch.vocabulary.plans import MAKERS
from archcalc.notations.pytorch.vocabulary.properties import counted
from archcalc.notations.pytorch.vocabulary.shapes import B, Dim, Full
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Tensor
from archcalc.notations.pytorch.vocabulary.trace import Trace, place, trace
from archcalc.text.budget import Budget
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Span

# Names that a piece of source may use without importing them.
FREE = {"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "d2l": "d2l.torch"}
# What a fragment calls and does not bring along, by its name nothing that changes a network: training, showing, measuring.
OUTSIDE = re.compile(
    r"(?:train|test|eval|fit|summar|show|plot|print|display|init_|weights_init|count|accuracy|predict|measure|benchmark|profile|"
    r"load_data|get_data|optim|criterion|loss|device$|animator|layer_summary)",
    re.I,
)
# Of these it is known what they do: they show a network.
KNOWN = ("summary", "layer_summary")


class TorchMachine(Interpreter):
    """A machine on which a fragment may use torch without importing it."""

    def __init__(self, files: Files, budget: Budget | None = None) -> None:
        super().__init__(files, budget or Budget())
        self.vocabulary = files.vocabulary
        self.state["written"] = files.vocabulary.written

    def more_attributes(self, value: Value, name: str) -> Value:
        # The shape of a tensor, and a part of it, is a tuple that also knows how many values there are.
        if name == "numel" and isinstance(value, tuple):
            return native(name, lambda machine: counted(machine, value))
        return super().more_attributes(value, name)

    def undefined(self, module: Module, name: str) -> Value:
        if name in FREE:
            found = self.vocabulary.find(FREE[name])
            assert found is not None
            return found
        nn = self.vocabulary.find("torch.nn")
        if nn is not None and (name in nn.names or name in MAKERS or name in WRITTEN):
            return self.find(nn, name)
        if name == "OrderedDict":
            collections = self.finish(self.imports.load("collections"))
            if isinstance(collections, Module):
                return collections.names[name]
        if OUTSIDE.match(name):
            if name not in KNOWN:
                self.notes[f"`{name}` is not defined in what is read, and is taken to change no network"] = None
            return Unknown(name, self.place(), f"no line above gives `{name}` a value", harmless=True)
        return super().undefined(module, name)


def parameters_of_forward(machine: Machine, root: ModuleObject) -> tuple[list[str], list[str]]:
    """The names of the tensors that forward needs, and of those it may be given."""
    forward = root.cls.find("forward")
    if isinstance(forward, Function) and forward.code.signature is not None:
        signature = forward.code.signature
        names = list(signature.names[1:])
        count = len(names) - len(forward.defaults)
        if signature.rest and not names:
            return ["input"], []
        return names[:count], names[count:]
    if isinstance(forward, Native):
        return ["input"], []
    return ["input"], []


def traced(
    machine: Machine, root: ModuleObject, inputs: Mapping[str, Shape], name: str, at: int, single: bool, train: bool = False
) -> Network:
    """The network that forward of a module is, for these input shapes. Raises SpecError, with what stands before the fault.

    `at` is where the batch stands in an input: 0, or 1 where steps come first. `train` is the mode it is read in.
    """
    run = trace(machine)
    run.graph = graph = Graph()
    _name(run, root)
    set_mode(root, train)
    given = {}
    for key, shape in inputs.items():
        number = graph.input(key, shape)
        where = min(at, len(shape))
        full: Full = (*_dims(shape[:where]), B, *_dims(shape[where:]))
        tensor = Tensor(full, "any")
        tensor.node = number
        given[key] = tensor
    try:
        result = machine.finish(machine.call(root, *given.values()) if single else machine.call(root, **given))
        for unknown in unknown_in(result):
            if isinstance(result, Unknown) or not unknown.harmless:
                raise unknown.fault("what the network gives is not known", unknown.place.span() if unknown.place else None)
            run.notes[f"what forward gives beside its tensors is not counted: {unknown.name}"] = None
        given_back = list(tensors_in(result))
        outputs = [place(machine, t) for t in given_back if not _beside(t)]
        if not outputs:  # states alone, as an encoder gives them: those of the layer that has them
            outputs = [place(machine, _origin(t)) for t in given_back]
        if not outputs:
            raise SpecError([Fault(f"forward of {root.cls.name} gives no tensor", _of_class(root), repairs=["return x"])])
        _not_run(machine, run, graph, root)
    except SpecError as error:
        if error.partial is None and graph.nodes:
            error.partial = graph.network(name, [])
        raise
    _written(run, graph, root)
    return graph.network(name, list(dict.fromkeys(outputs)), notes=[*machine.notes, *run.notes, *_skipped(machine)])


def unknown_in(value: Value) -> list[Unknown]:
    """What is not known among the things that forward returns."""
    if isinstance(value, Unknown):
        return [value]
    return [u for item in contents(value) for u in unknown_in(item)]


def _skipped(machine: Machine) -> list[str]:
    """The statements beside the network that were not read, as one fact a file."""
    lines: dict[str, dict[str, None]] = {}
    for fault in machine.skipped:
        if fault.span is not None:
            cell, line = fault.span.source.numbered(fault.span.line)
            lines.setdefault(fault.span.source.name, {})[f"{cell}{line}"] = None
    return [
        f"{name}: not read, and nothing of the network depends on it: line{'s' if len(found) > 1 else ''} "
        f"{', '.join(list(found)[:8])}{' …' if len(found) > 8 else ''}"
        for name, found in lines.items()
    ]


def _beside(tensor: Tensor) -> bool:
    """Whether a tensor is what a recurrent layer or attention hands out beside its output."""
    return tensor.node is None and any(step.word in ("state", "weights") for step in tensor.steps)


def _origin(tensor: Tensor) -> Tensor:
    """What a tensor beside the output of a layer was given with."""
    while tensor.node is None and tensor.source is not None:
        tensor = tensor.source
    return tensor


def _of_class(root: ModuleObject) -> Span | None:
    """The word `class` of a network's own."""
    place = root.cls.place or root.place
    if place is None:
        return None
    span = place.span()
    return Span(span.source, span.line, span.column, 5 if root.cls.place is not None else span.length)


def _dims(shape: Shape) -> tuple[Dim, ...]:
    return shape


def _name(run: Trace, root: ModuleObject) -> None:
    """Gives every module and parameter its name in the network."""
    run.paths.clear()
    for path, module in root.walk():
        run.paths[id(module)] = path
        run.homes[path] = module
        last = path.rpartition(".")[2]
        if path and part(last) != last:
            run.notes[f"the module '{last}' is called '{part(last)}' here, so that its name has no other meaning"] = None
        for name, parameter in module.parameters.items():
            if isinstance(parameter, Parameter):
                run.paths.setdefault(id(parameter), f"{path}.{name}" if path else str(name))


def _written(run: Trace, graph: Graph, root: ModuleObject) -> None:
    """How each group was written, for those that are never called themselves too."""
    for path, module in root.walk():
        if path and path not in graph.groups and module.modules:
            graph.groups[path] = module.written()


def _not_run(machine: Machine, run: Trace, graph: Graph, root: ModuleObject) -> None:
    """Parameters that forward never used: rows that are not run."""
    from archcalc.layers.learned import Learned

    for path, module in root.walk():
        for name, unknown in module.unread_names.items():
            run.notes[
                f"`{path}.{name}`".replace("`.", "`") + f" is {unknown.name}, which is not read: parameters in it are not counted"
            ] = None
        held = {str(n): p for n, p in module.parameters.items() if isinstance(p, Parameter)}
        idle = {n: p for n, p in held.items() if p.owner is None}
        if not idle:
            if isinstance(module, Leaf) and module.lazy and module.plan is not None and module.node is None:
                place_ = module.place.span() if module.place else None
                raise SpecError(
                    [
                        Fault(
                            f"nn.{module.torch_name} is never called, so its size is not known",
                            place_,
                            repairs=["the line without it, or a call of it in forward"],
                        )
                    ]
                )
            continue
        span = module.place.span() if module.place else None
        whole = isinstance(module, Leaf) and module.plan is not None and module.node is None
        if whole and isinstance(module, Leaf) and module.plan is not None:
            layer, examples = module.plan.layer, module.plan.examples
            names = {w.name for w in layer.weights(examples) if w.learned}
            if names == set(held) and all(held[w.name].shape == tuple(w.shape) for w in layer.weights(examples) if w.learned):
                node = graph.add(layer, [], path, span, unrun=examples)
                tied = {n: p.owner for n, p in held.items() if p.owner is not None}
                graph.nodes[node].tied = tied
                for parameter in idle.values():
                    parameter.owner = node
                continue
        for name, parameter in idle.items():
            shape = tuple(int(n) for n in parameter.shape)  # type: ignore[arg-type]
            full = f"{path}.{name}" if path else name
            parameter.owner = graph.add(Learned(shape), [], full, span, unrun=())
