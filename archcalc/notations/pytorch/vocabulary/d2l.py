"""Dive into Deep Learning's classes that its models derive from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import UNSET, Dict, Module, Task, Unknown, Value, host_class
from archcalc.notations.pytorch.vocabulary.containers import SEQUENTIAL
from archcalc.notations.pytorch.vocabulary.modules import MODULE
from archcalc.notations.pytorch.vocabulary.objects import ModuleObject
from archcalc.notations.pytorch.vocabulary.trace import note

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

D2L_MODULE = host_class("Module", ModuleObject, (MODULE,), module="d2l")
CLASSIFIER = host_class("Classifier", ModuleObject, (D2L_MODULE,), module="d2l")


@D2L_MODULE.method("save_hyperparameters", unknown=True)
def save_hyperparameters(machine: Machine, self: ModuleObject, *rest: Value, **more: Value) -> Value:
    """Keeps the arguments of `__init__` as attributes."""
    from archcalc.interpreter.code import Frame

    frame = next((t for t in reversed(machine.tasks) if isinstance(t, Frame) and t.code.name == "__init__"), None)
    if frame is not None:
        for name in frame.code.parameters[1:]:
            cell = frame.cells.get(name)
            value = frame.names.get(name, cell.value if cell is not None else UNSET)
            if value is not UNSET:
                self.attributes[name] = value
    return None


@D2L_MODULE.method("forward", unknown=True)
def forward(machine: Machine, self: ModuleObject, X: Value) -> Task:
    inside = [m for _, m in self.children() if SEQUENTIAL in m.cls.mro]
    net = self.modules.get("net")
    if not isinstance(net, ModuleObject):
        if len(inside) != 1:
            raise machine.fault(
                f"`{self.cls.name}` has no forward, and {len(inside)} nn.Sequential to choose from", "a forward that says which"
            )
        net = inside[0]
    note(machine, f"{self.cls.name} has no forward; its only nn.Sequential is read")
    return (yield machine.call(net, X))


@D2L_MODULE.method(
    "layer_summary", "plot", "training_step", "validation_step", "configure_optimizers", "loss", "apply_init", unknown=True
)
def summary(machine: Machine, self: ModuleObject, *rest: Value, **more: Value) -> Value:
    return None


def _missing(machine: Machine, name: str) -> Value:
    return Unknown(f"d2l.{name}", machine.place(), f"d2l.{name} is not read", harmless=True)


D2L = Module("d2l.torch", Dict({"Module": D2L_MODULE, "Classifier": CLASSIFIER}), _missing)
