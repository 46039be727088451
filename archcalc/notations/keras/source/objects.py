"""Layers and models of Keras as objects of the program, and what a program may ask of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from archcalc.interpreter.builtin import BUILTINS
from archcalc.interpreter.code import Function
from archcalc.interpreter.values import UNSET, Class, Dict, Holder, List, Result, Unknown, Value
from archcalc.notations.keras.source.session import Record, tensors_in
from archcalc.notations.pytorch.vocabulary.objects import ModuleObject
from archcalc.notations.pytorch.vocabulary.shapes import Batch, Full
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Tensor
from archcalc.text.source import Span

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


# What trains, stores or looks at a model, and leaves what it is made of.
IDLE = frozenset(
    "compile fit fit_generator evaluate predict predict_classes summary save save_weights load_weights get_weights set_weights "
    "train_on_batch test_on_batch predict_on_batch to_json to_yaml get_config count_params".split()
)


# Its weights may be given other values, which no figure depends on.
LOOKED_AT = frozenset(
    "trainable_variables trainable_weights variables weights non_trainable_variables non_trainable_weights losses metrics name "
    "input output inputs outputs input_shape output_shape optimizer loss history".split()
)


class LayerObject(ModuleObject):
    """A layer: `kind` names its rule, `given` are its arguments and `spans` where they stand; `after` is an activation that the
    program gave as a function or a layer of its own. A layer that the program defines has no kind."""

    __slots__ = ("after", "first", "given", "kind", "name", "span", "spans", "weights")
    idle = IDLE
    looked_at = LOOKED_AT

    def __init__(self, cls: Class) -> None:
        super().__init__(cls)
        self.kind = ""
        self.name = ""
        self.given: dict[str, Value] = {}
        self.spans: dict[str, Span] = {}
        self.span: Span | None = None
        self.after: Value = None
        self.first: tuple[tuple[Value, ...], Value] | None = None  # what it was first called with, and gave
        self.weights: list[Parameter] = []

    def called(self) -> str:
        """Its name: the one the program set later, if it did."""
        later = self.attributes.get("_name", UNSET)
        return later if isinstance(later, str) else self.name

    def sublayers(self) -> Iterator[LayerObject]:
        """The layers it holds, each once, in the order they were set."""
        seen: set[int] = {id(self)}
        waiting: list[Value] = [*reversed(self.held()), *reversed(list(self.attributes.values()))]
        while waiting:
            value = waiting.pop()
            if isinstance(value, LayerObject):
                if id(value) not in seen:
                    seen.add(id(value))
                    yield value
            elif id(value) not in seen and isinstance(value, tuple | List):
                seen.add(id(value))
                waiting += reversed(
                    list(list.__iter__(value) if type(value) is List else ()) if isinstance(value, List) else value
                )
            elif id(value) not in seen and type(value) is Dict:
                seen.add(id(value))
                waiting += reversed(list(value.values()))

    def held(self) -> list[Value]:
        """The layers it holds that no attribute names."""
        return [value for value in self.given.values() if isinstance(value, LayerObject)]

    def parts(self) -> list[Value]:
        return [*self.held(), *self.weights]

    def walk(self, prefix: str = "") -> Iterator[tuple[str, ModuleObject]]:
        """It and every layer in it, each once."""
        seen: set[int] = set()
        waiting: list[tuple[str, LayerObject]] = [(prefix, self)]
        while waiting:
            path, layer = waiting.pop()
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            yield path, layer
            below = [(f"{path}.{one.called()}" if path else one.called(), one) for one in layer.sublayers()]
            waiting += reversed(below)


class ModelObject(LayerObject):
    """A model. A functional one has `inputs` and `outputs`; a Sequential its `chain`, and both once its input is known."""

    __slots__ = ("built_for", "chain", "inputs", "known", "order", "outputs")

    def __init__(self, cls: Class) -> None:
        super().__init__(cls)
        self.inputs: Value = None
        self.outputs: Value = None
        self.order: list[Record] | None = None
        self.chain: list[LayerObject] | None = None
        self.known: list[LayerObject] = []
        self.built_for: Value = None

    def held(self) -> list[Value]:
        found: list[Value] = [*(self.chain or []), *self.known]
        return found + super().held()

    def entrances(self) -> list[Tensor]:
        """The tensors it begins with."""
        return list(tensors_in(self.inputs))


SHAPE = Class("TensorShape", (BUILTINS["tuple"],), Holder, module="tensorflow")  # type: ignore[arg-type]


@SHAPE.method("as_list")
def as_list(machine: Machine, self: Holder) -> Value:
    """TensorFlow's shape as a list."""
    assert isinstance(self.payload, tuple)
    return List(list(self.payload))


@SHAPE.method("__getitem__")
def part_of_shape(machine: Machine, self: Holder, key: Value) -> Result:
    """A size, or a shape of some of the sizes."""
    found = machine.index(self.payload, key)
    if isinstance(found, tuple):
        made = Holder(SHAPE)
        made.payload = found
        return made
    return found


@SHAPE.getter("rank", "ndims")
def shape_rank(machine: Machine, self: Holder) -> Value:
    assert isinstance(self.payload, tuple)
    return len(self.payload)


def sizes_shown(shape: Full) -> Value:
    """A shape as a program sees it: None for the batch."""
    made = Holder(SHAPE)
    made.payload = tuple(None if isinstance(n, Batch) else n for n in shape)
    return made


def unheld(value: Value) -> Value:
    """A shape as the tuple that it is."""
    return value.payload if isinstance(value, Holder) and value.cls is SHAPE else value


def argument_spans(machine: Machine, names: list[str], called: str) -> tuple[Span | None, dict[str, Span]]:
    """Where the call under way stands, and each of its arguments, where it is written out there."""
    place = machine.place()
    if place is None:
        return None, {}
    node = place.node
    whole = place.span()
    found: dict[str, Span] = {}
    if not isinstance(node, ast.Call):
        return whole, found
    written = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
    if written != called:
        return whole, found
    for index, argument in enumerate(node.args):
        if isinstance(argument, ast.Starred) or index >= len(names):
            break
        found[names[index]] = place.places.span(argument)
    for keyword in node.keywords:
        if keyword.arg:
            found[keyword.arg] = place.places.span(keyword)
    return whole, found


def shown_value(value: Value) -> str:
    """A value as a message names it."""
    if isinstance(value, Unknown):
        return value.name
    if isinstance(value, LayerObject):
        return value.cls.name
    if isinstance(value, Function):
        return value.name
    if isinstance(value, str | int | float) or value is None:
        return repr(value)[:40]
    return type(value).__name__.lower()
