"""The layers of torch.nn as modules: made from a signature, their parameters those of the layer, run as their plan says."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from archcalc.interpreter.signature import Misbound, Signature
from archcalc.interpreter.values import OBJECT, UNSET, Class, Instance, List, Native, Result, Value, host_class
from archcalc.layers.base import Layer, Shape, Shapes
from archcalc.notations.pytorch.vocabulary.modules import MODULE, init
from archcalc.notations.pytorch.vocabulary.objects import ModuleObject
from archcalc.notations.pytorch.vocabulary.plans import EACH, LAST, MAKERS, MAP, OWN, ROW, Plan
from archcalc.notations.pytorch.vocabulary.reasons import AS_TORCH, MIXED
from archcalc.notations.pytorch.vocabulary.shapes import Batch, Full, batched, inner, shown_shape
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Tensor
from archcalc.notations.pytorch.vocabulary.trace import Failed, emit, expected, fault, note, own, place, told, trace
from archcalc.text.faults import Misfit, SpecError, ValueFault, suggestions

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


class Leaf(ModuleObject):
    """A module that is a layer."""

    __slots__ = ("computed", "given", "plan", "torch_name")

    def __init__(self, cls: Class) -> None:
        super().__init__(cls)
        self.plan: Plan | None = None
        self.given: dict[str, Value] = {}
        self.computed: dict[str, tuple[Parameter, ...]] = {}
        self.torch_name = ""

    def keep(self, other: ModuleObject) -> None:
        assert isinstance(other, Leaf)
        self.plan, self.given, self.torch_name = other.plan, dict(other.given), other.torch_name
        self.computed = dict.fromkeys(other.computed, ())

    def part(self, name: str) -> Value:
        return _Projection(self) if name == "out_proj" and "out_proj.weight" in self.parameters else UNSET

    @property
    def torchs_own(self) -> bool:
        return self.cls.name.removeprefix("Lazy") == self.torch_name.removeprefix("Lazy")

    @property
    def lazy(self) -> bool:
        """Whether its input is not known before it runs."""
        return self.torch_name.startswith("Lazy")


class _Projection(Instance):
    """The output projection of attention, which is a module in torch; its parameters are the attention's own."""

    __slots__ = ("whole",)

    def __init__(self, whole: Leaf) -> None:
        super().__init__(PROJECTION)
        self.whole = whole

    def parts(self) -> list[Value]:
        return [self.whole]


PROJECTION = host_class("NonDynamicallyQuantizableLinear", _Projection, module="torch.nn.modules.linear")


@PROJECTION.method("__getattr__")
def _of_projection(machine: Machine, self: _Projection, name: str) -> Value:
    held = self.whole.parameters
    if f"out_proj.{name}" in held or (name == "bias" and "out_proj.weight" in held):
        return held.get(f"out_proj.{name}")
    raise machine.error("AttributeError", f"'{self.cls.name}' object has no attribute '{name}'")


@PROJECTION.method("__setattr__", unknown=True)
def _on_projection(machine: Machine, self: _Projection, name: str, value: Value) -> Value:
    raise machine.fault("attention whose output projection is changed is not read", "attention written out with nn.Linear")


PER_AXIS = ("kernel_size", "stride", "padding", "dilation", "output_padding")


def leaf_class(name: str) -> Class:
    """The class of a layer of torch.nn."""
    maker = MAKERS[name]
    signature = Signature.of(maker)
    lazy = name.startswith("Lazy")
    names, defaults = signature.names, signature.defaults
    if lazy:
        names = names[1:]
    made = Class(name, (FAMILIES.get(name, MODULE),), Leaf, module="torch.nn.modules")
    _initialised(made, name, maker, Signature(names, defaults, rest=signature.rest, more=signature.more), lazy)
    if name in ("RNN", "LSTM", "GRU"):
        # They lay the weights out in memory anew.
        for method in ("flatten_parameters", "_init_flat_weights"):
            made.names[method] = Native(f"{name}.{method}", lambda machine, self: None, pure=False, receiver=Leaf)
    return made


def _initialised(made: Class, name: str, maker: Callable[..., Plan], bound: Signature, lazy: bool = False) -> None:
    """Gives a class of a layer what makes and what runs one."""
    names = bound.names

    def make(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
        self = args[0]
        assert isinstance(self, Leaf)
        try:
            values = bound.bind(args[1:], kwargs)
        except Misbound as error:
            raise misbound(machine, name, names, str(error), kwargs) from None
        init(machine, self)
        more: dict[str, Value] = {}
        if bound.more:
            more = dict(values.pop())  # type: ignore[call-overload]
        if bound.rest:
            values += values.pop()  # type: ignore[arg-type]
        self.torch_name = name
        self.given = given = dict(zip(names, values, strict=False))
        try:
            self.plan = maker(name, *((None,) if lazy else ()), *values, **more)
        except ValueFault as error:
            trace(machine).failed = Failed((), self, machine.place())
            raise at_argument(machine, error, name, names) from None
        _attributes(self, name, given)
        if self.plan.note:
            note(machine, self.plan.note)
        if not lazy:
            hold(self, self.plan.layer, self.plan.examples)
        return None

    made.names["__init__"] = Native(f"{name}.__init__", make, pure=False, raw=True, receiver=Leaf)
    forward = FORWARDS.get(name, run)
    made.names["forward"] = Native(
        f"{name}.forward", _guarded(forward), pure=True, signature=Signature.of(forward), receiver=Leaf
    )


def _guarded(forward: Callable[..., Result]) -> Callable[..., Result]:
    """A forward whose bare facts become faults of the layer it belongs to."""

    def run(machine: Machine, self: Leaf, *args: Value, **kwargs: Value) -> Result:
        try:
            return forward(machine, self, *args, **kwargs)
        except (ValueFault, Misfit) as error:
            trace(machine).failed = Failed([a for a in args if isinstance(a, Tensor)], self, machine.place())
            raise fault(machine, error, f"nn.{self.torch_name}") from None

    return run


def misbound(machine: Machine, name: str, names: tuple[str, ...], message: str, kwargs: dict[str, Value]) -> SpecError:
    """The fault of arguments that a layer does not take: at the argument, with what may be meant."""
    strange = next((k for k in kwargs if k not in names), None)
    if strange is None:
        lacking = [n for n in names if f"'{n}'" in message and "missing" in message]
        return machine.fault(f"nn.{name} {message}", f"{lacking[0]}=…" if lacking else _signature(name, names))
    near = suggestions(strange, names)
    made = machine.fault(f"nn.{name} has no argument '{strange}'", *(near or [_signature(name, names)]))
    _narrow(machine, made, name, names, strange)
    return made


def _signature(name: str, names: tuple[str, ...]) -> str:
    shown = ", ".join(n for n in names if n not in ("device", "dtype"))
    return f"nn.{name}({shown})"


def at_argument(machine: Machine, error: ValueFault, name: str, names: tuple[str, ...]) -> SpecError:
    """The fault of a value: at the argument it begins with."""
    made = fault(machine, error, f"nn.{name}")
    word = re.match(r"\w+", error.message)
    if word:
        _narrow(machine, made, name, names, word[0])
    return made


def _narrow(machine: Machine, made: SpecError, name: str, names: tuple[str, ...], argument: str) -> None:
    """Moves a fault from a call to one of its arguments, where the call is written out there."""
    place = machine.place()
    node = place.node if place is not None else None
    if place is None or not isinstance(node, ast.Call):
        return
    written = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
    if written != name:
        return
    for keyword in node.keywords:
        if keyword.arg == argument:
            made.faults[0].span = place.places.span(keyword)
            return
    index = names.index(argument) if argument in names else -1
    if 0 <= index < len(node.args) and not any(isinstance(a, ast.Starred) for a in node.args[: index + 1]):
        made.faults[0].span = place.places.span(node.args[index])


def _attributes(self: Leaf, name: str, given: dict[str, Value]) -> None:
    """What torch's own module lets be read: conv.in_channels, conv.kernel_size as a tuple."""
    rank = int(name[-2]) if name[-1] == "d" and name[-2:-1] in ("1", "2", "3") else 0
    for key, value in given.items():
        if key in ("device", "dtype", "bias"):
            continue
        if key in PER_AXIS and "Conv" in name and isinstance(value, int):
            value = (value,) * rank
        if key == "normalized_shape" and isinstance(value, int):
            value = (value,)
        self.attributes[key] = tuple(value) if isinstance(value, List) else value


def hold(self: Leaf, layer: Layer, examples: Shapes) -> None:
    """Registers the parameters and buffers of a layer, as torch's module does."""
    if not examples:
        return
    for weight in layer.weights(examples):
        shape = tuple(int(n) for n in weight.shape)
        if weight.learned:
            made = Parameter(shape)
            made.place = self.place
            self.parameters[weight.name] = made
        else:
            self.buffers[weight.name] = Tensor(shape)
    for name in ("weight", "bias"):
        if (
            name not in self.parameters
            and name in ("weight", "bias")
            and (self.parameters or self.torch_name[:5] in ("Batch", "Insta", "Layer", "Group"))
        ):
            self.parameters[name] = None


def run(machine: Machine, self: Leaf, input: Value) -> Result:
    """The forward of a layer that reads one tensor."""
    x = expected(machine, input, f"nn.{self.torch_name}")
    plan = self.plan
    if plan is None:
        raise machine.error("AttributeError", f"'{self.cls.name}' object was not initialised: super().__init__() was not called")
    made = apply(machine, plan, x, f"nn.{self.torch_name}", self)
    return overwritten(machine, made) if self.given.get("inplace") is True else made


def overwritten(machine: Machine, made: Tensor) -> Tensor:
    """A tensor that overwrites what its layer reads."""
    graph = trace(machine).graph
    if graph is not None and made.node is not None and made.node >= 0:
        graph.nodes[made.node].inplace = True
    return made


def apply(machine: Machine, plan: Plan, x: Tensor, name: str, module: Leaf | None = None, word: str = "") -> Tensor:
    """What a plan makes of a tensor."""
    layer = adjusted(machine, plan.layer, module)
    shape, example = through(machine, plan, layer, x, name, module)
    made = once(machine, layer, [x], shape, (example,), module, word=word)
    if plan.reads == ROW:
        made.kind = "float"
    return made


def adjusted(machine: Machine, layer: Layer, module: Leaf | None) -> Layer:
    """The layer without the bias, scale or shift that was taken away.

    Of a recurrent layer it is the second bias of every gate, in whose place a buffer of its name stands.
    """
    from archcalc.layers.norm import BatchNorm, GroupNorm, InstanceNorm
    from archcalc.layers.recurrent import Recurrent

    if module is None:
        return layer
    held = module.parameters
    if getattr(layer, "bias", False) is True and held.get("bias", layer) is None:
        return dataclasses.replace(layer, bias=False)  # type: ignore[call-arg]
    if isinstance(layer, BatchNorm) and layer.affine:
        scale, shift = (held.get(name, layer) is not None for name in ("weight", "bias"))
        if not scale and not shift:
            return dataclasses.replace(layer, affine=False)
        return dataclasses.replace(layer, scale=scale, shift=shift)
    if isinstance(layer, GroupNorm | InstanceNorm) and layer.affine and layer.shift and held.get("bias", layer) is None:
        return dataclasses.replace(layer, shift=False)
    if isinstance(layer, Recurrent) and layer.biases == 2 and "bias_hh_l0" in module.buffers:
        second = any(str(name).startswith("bias_hh") for name in held)
        return layer if second else dataclasses.replace(layer, biases=1)
    return layer


def once(
    machine: Machine, layer: Layer, tensors: list[Tensor], shape: Full, examples: Shapes, module: Leaf | None, word: str = ""
) -> Tensor:
    """A layer's row: the first time with its parameters, then with those of the first."""
    run_ = trace(machine)
    shares = module.node if module is not None and module.parameters else None
    if module is not None and module.lazy and not module.parameters:
        hold(module, layer, examples)
        if layer.weights(examples):
            module.torch_name = module.torch_name.removeprefix("Lazy")
    if (
        module is not None
        and run_.graph is not None
        and id(module) not in run_.paths
        and any(p is not None for p in module.parameters.values())
    ):
        raise machine.fault(
            f"nn.{module.torch_name} is no registered part of the network: torch does not train its weights",
            "an attribute of the module for it, or nn.ModuleList around a list",
        )
    span = None
    if module is not None and run_.through is module and module.place is not None:
        span = module.place.span()
    if module is not None and run_.graph is not None and shares is None:
        for part in (p for parts in module.computed.values() for p in parts):
            place(machine, part)
    made = emit(machine, layer, tensors, shape, examples=examples, module=module, shares=shares, word=word, span=span)
    if module is not None and run_.graph is not None and shares is None and made.node is not None:
        module.node = made.node
        _own_all(machine, module, layer, examples, made.node)
    return made


def _own_all(machine: Machine, module: Leaf, layer: Layer, examples: Shapes, node: int) -> None:
    held = {}
    for weight in layer.weights(examples):
        if not weight.learned or weight.name in module.computed:
            continue
        parameter = module.parameters.get(weight.name)
        if not isinstance(parameter, Parameter):
            raise machine.fault(f"nn.{module.torch_name} has no parameter {weight.name} any more", "a layer of its own")
        if parameter.shape != tuple(weight.shape):
            asked, there = shown_shape(weight.shape), shown_shape(parameter.shape)
            message = f"the {weight.name} of nn.{module.torch_name} was replaced by one of {there}; it has {asked}"
            raise machine.fault(
                message, f"nn.{module.torch_name} with the sizes of the other, so that its {weight.name} is {there}"
            )
        held[weight.name] = parameter
    own(machine, node, held)
    graph = trace(machine).graph
    if module.computed and graph is not None:
        graph.nodes[node].tied = {**graph.nodes[node].tied, **dict.fromkeys(module.computed, -1)}


def through(machine: Machine, plan: Plan, layer: Layer, x: Tensor, name: str, module: Leaf | None) -> tuple[Full, Shape]:
    """The shape that goes out, and the shape that the layer sees. Raises the fault of a tensor of another rank."""
    shape = x.shape
    if plan.reads == EACH:
        return shape, inner(shape)
    if plan.reads == ROW:
        return (*shape, layer.dim), inner(shape)  # type: ignore[attr-defined]
    if plan.reads == LAST:
        if not shape or isinstance(shape[-1], Batch):
            raise machine.fault(f"{name} reads the last dimension, and the batch stands there: {shown_shape(shape)}", MIXED)
        seen = inner(shape)
        return (*shape[:-1], layer.out), seen  # type: ignore[attr-defined]
    assert plan.reads == MAP
    rank = len(shape) - 2
    lead: Full = shape[:1]
    rest = shape[1:]
    if rank + 1 in plan.ranks and rank not in plan.ranks and not batched(shape):
        lead, rest, rank = (), shape, rank + 1
    if rank not in plan.ranks or batched(rest):
        letters = {0: "", 1: "×L", 2: "×H×W", 3: "×D×H×W"}
        wanted = " or ".join(f"B×C{letters[r]}" for r in plan.ranks if r in letters)
        trace(machine).failed = Failed([x], module, machine.place())
        raise machine.fault(f"{name} takes {wanted}; {shown_shape(shape)} arrives", *_rank_repairs(plan, shape))
    example = inner(rest)
    try:
        out = layer.output((example,))
    except Misfit as error:
        raise told(machine, layer, [x], error, module) from None
    if lead and not batched(lead) and trace(machine).graph is not None:
        raise machine.fault(f"{name} reads {shown_shape(shape)}, which no input is in", "an input of the network for it")
    return (*lead, *out), example


def _rank_repairs(plan: Plan, shape: Full) -> list[str]:
    if len(shape) == 2 and plan.ranks and min(plan.ranks) > 0:
        return ["x.view(x.size(0), C, H, W) in front"]
    if plan.ranks and len(shape) - 2 < min(plan.ranks):
        return ["x.unsqueeze(1) in front"]
    return [AS_TORCH]


def of_input(x: Tensor) -> Full:
    """The shape without the batch in front."""
    return x.shape[1:]


FORWARDS: dict[str, Callable[..., Result]] = {}
# The classes of torch.nn.modules that several layers derive from, by the layers; a program may derive from the first as well.
BATCH_NORM = host_class("_BatchNorm", Leaf, (MODULE,), module="torch.nn.modules.batchnorm")
CONV = host_class("_ConvNd", Leaf, (MODULE,), module="torch.nn.modules.conv")
INSTANCE_NORM = host_class("_InstanceNorm", Leaf, (MODULE,), module="torch.nn.modules.instancenorm")
PRIVATE = {cls.name: cls for cls in (BATCH_NORM, CONV, INSTANCE_NORM)}
FAMILIES = {
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"), BATCH_NORM),
    **{f"{kind}{n}d": CONV for kind in ("Conv", "ConvTranspose") for n in (1, 2, 3)},
    **{f"InstanceNorm{n}d": INSTANCE_NORM for n in (1, 2, 3)},
}
_initialised(BATCH_NORM, "SyncBatchNorm", MAKERS["SyncBatchNorm"], Signature.of(MAKERS["SyncBatchNorm"]))
__all__ = ["FORWARDS", "OBJECT", "OWN", "Leaf", "apply", "leaf_class", "once", "place", "run"]
