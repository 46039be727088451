"""Faults of layers that do not fit, in the language of the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.formulas.arithmetic import product
from archcalc.layers.base import Layer, Shape, Shapes, dims
from archcalc.notations.pytorch.vocabulary.shapes import shown_shape
from archcalc.notations.pytorch.vocabulary.tensors import Tensor
from archcalc.text.faults import Misfit, SpecError

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


class Turned(SpecError):
    """A layer that has its steps first met an input with the batch first: it may be that the person meant it so."""

    @staticmethod
    def at(machine: Machine, name: str, first: bool, x: Tensor) -> Turned:
        """The fault of a sequence whose batch stands where the steps should."""
        where = "B×T×F" if first else "T×B×F"
        repair = "batch_first=False" if first else "batch_first=True"
        made = machine.fault(f"{name} reads {where}; {shown_shape(x.shape)} arrives", repair)
        return Turned(made.faults)


def in_torch(layer: Layer, shapes: Shapes, misfit: Misfit) -> tuple[str, list[str]]:
    """What does not fit, and the remedies, in the arguments of torch."""
    kind = layer.kind
    stated = getattr(layer, "input", None)
    if kind == "fc" and stated is not None and shapes and shapes[0]:
        shape: Shape = shapes[0]
        if product(shape) == stated and len(shape) > 1:
            return f"takes {stated} features, {dims(shape)} arrive", ["nn.Flatten() or torch.flatten(x, 1) in front"]
        flat = [f"in_features={shape[-1]}"]
        return f"takes {stated} features, {shape[-1]} arrive", flat
    if kind in ("conv", "convtranspose") and stated is not None and shapes and stated != shapes[0][0]:
        return f"takes {stated} channels, {shapes[0][0]} arrive", [f"in_channels={shapes[0][0]}"]
    if kind in ("bn", "instancenorm", "groupnorm") and stated is not None and shapes and stated != shapes[0][0]:
        name = "num_channels" if kind == "groupnorm" else "num_features"
        return f"takes {stated} channels, {shapes[0][0]} arrive", [f"{name}={shapes[0][0]}"]
    return misfit.message, list(misfit.repairs)
