"""Faults of layers that do not fit, in the language of the source: where the tensor was made, and where it does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.layers.base import Layer, Shape, Shapes, dims
from archcalc.notations.pytorch.vocabulary.shapes import inner
from archcalc.notations.pytorch.vocabulary.tensors import Tensor
from archcalc.text.faults import Fault, Misfit, SpecError

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine
    from archcalc.notations.pytorch.vocabulary.modules import ModuleObject


def told(machine: Machine, layer: Layer, tensors: Sequence[Tensor], misfit: Misfit, module: ModuleObject | None) -> SpecError:
    """The fault of a layer that does not take what arrives."""
    from archcalc.notations.pytorch.vocabulary.trace import trace, where

    run = trace(machine)
    path = run.paths.get(id(module), "") if module is not None else ""
    message, repairs = misfit.message, list(misfit.repairs)
    shapes = tuple(inner(t.shape) for t in tensors)
    notes = []
    if module is not None and module.place is not None:
        notes.append(f"made at {where(module.place)}: {module.written()}")
    message, repairs = _in_torch(layer, shapes, message, repairs, module)
    span = machine.span()
    if module is not None and run.through is module and module.place is not None:
        span = module.place.span()
        notes = notes[1:]
    partial = run.graph.network(run.stack[0].cls.name if run.stack else "") if run.graph is not None else None
    return SpecError([Fault(message, span, path, repairs=repairs, notes=notes)], partial)


def _in_torch(
    layer: Layer, shapes: Shapes, message: str, repairs: list[str], module: ModuleObject | None
) -> tuple[str, list[str]]:
    kind = layer.kind
    stated = getattr(layer, "input", None)
    if kind == "fc" and stated is not None and shapes and shapes[0]:
        shape: Shape = shapes[0]
        if _product(shape) == stated and len(shape) > 1:
            return f"takes {stated} features, {dims(shape)} arrive", ["nn.Flatten() or torch.flatten(x, 1) in front"]
        flat = [f"in_features={shape[-1]}"]
        return f"takes {stated} features, {shape[-1]} arrive", flat
    if kind in ("conv", "convtranspose") and stated is not None and shapes and stated != shapes[0][0]:
        return f"takes {stated} channels, {shapes[0][0]} arrive", [f"in_channels={shapes[0][0]}"]
    if kind in ("bn", "instancenorm", "groupnorm") and stated is not None and shapes and stated != shapes[0][0]:
        name = "num_channels" if kind == "groupnorm" else "num_features"
        return f"takes {stated} channels, {shapes[0][0]} arrive", [f"{name}={shapes[0][0]}"]
    return message, repairs


def _product(shape: Shape) -> int:
    total = 1
    for n in shape:
        total *= n
    return total
