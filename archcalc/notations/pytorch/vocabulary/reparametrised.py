"""Weights that are computed from others each time: weight_norm and spectral_norm of torch.nn.utils, in both spellings.

The layer keeps its row and its shape; its weight is marked as computed, and what it is computed from are rows of their own, under
the names that torch gives them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import Dict, Module, Value
from archcalc.notations.pytorch.vocabulary.leaves import Leaf
from archcalc.notations.pytorch.vocabulary.modules import MODULE
from archcalc.notations.pytorch.vocabulary.objects import ModuleObject
from archcalc.notations.pytorch.vocabulary.quiet import entered, quiet_module
from archcalc.notations.pytorch.vocabulary.reasons import AS_TORCH
from archcalc.notations.pytorch.vocabulary.shapes import axis
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Tensor
from archcalc.notations.pytorch.vocabulary.trace import note
from archcalc.text.faults import ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

SAID = "weights that weight_norm or spectral_norm compute are counted by what they are computed from; computing them is not"


def _weight(machine: Machine, module: Value, name: Value, what: str) -> tuple[Leaf, str, Parameter]:
    if not isinstance(module, Leaf) or not isinstance(name, str):
        raise ValueFault(f"{what} is read on a layer of torch.nn alone", f"{what}(nn.Linear(8, 8))")
    held = module.parameters.get(name)
    if not isinstance(held, Parameter):
        raise ValueFault(f"nn.{module.torch_name} has no parameter {name}", AS_TORCH)
    note(machine, SAID)
    return module, name, held


def _made(shape: tuple[int, ...], like: Parameter) -> Parameter:
    made = Parameter(shape)
    made.place = like.place
    return made


def _replace(module: Leaf, name: str, parts: dict[str, Parameter], home: ModuleObject) -> None:
    """Takes a parameter out, and puts what it is computed from into a module."""
    held = module.parameters.pop(name)
    assert isinstance(held, Parameter)
    for key, part in parts.items():
        home.parameters[key] = part
    seen = Tensor(held.shape)
    seen.parameter = next(iter(parts.values()))
    module.attributes[name] = seen
    module.computed[name] = tuple(parts.values())


def _parametrised(module: Leaf, name: str) -> ModuleObject:
    """The module `parametrizations.weight` of a layer, made where it is not there yet."""
    around = module.modules.get("parametrizations")
    if not isinstance(around, ModuleObject):
        around = ModuleObject(MODULE)
        around.ready = True
        module.modules["parametrizations"] = around
    made = ModuleObject(MODULE)
    made.ready = True
    around.modules[name] = made
    return made


def _norms(held: Parameter, dim: Value) -> tuple[int, ...]:
    shape = tuple(int(n) for n in held.shape)  # type: ignore[arg-type]
    if dim is None:
        return ()
    at = axis(dim, len(shape))
    return tuple(n if i == at else 1 for i, n in enumerate(shape))


def weight_norm(machine: Machine, module: Value, name: Value = "weight", dim: Value = 0) -> Value:
    """The old spelling: weight_g and weight_v."""
    leaf, word, held = _weight(machine, module, name, "weight_norm")
    parts = {f"{word}_g": _made(_norms(held, dim), held), f"{word}_v": _made(tuple(held.shape), held)}  # type: ignore[arg-type]
    _replace(leaf, word, parts, leaf)
    return leaf


def new_weight_norm(machine: Machine, module: Value, name: Value = "weight", dim: Value = 0) -> Value:
    """The new spelling: parametrizations.weight.original0 and original1."""
    leaf, word, held = _weight(machine, module, name, "weight_norm")
    parts = {"original0": _made(_norms(held, dim), held), "original1": _made(tuple(held.shape), held)}  # type: ignore[arg-type]
    _replace(leaf, word, parts, _parametrised(leaf, word))
    return leaf


def spectral_norm(
    machine: Machine, module: Value, name: Value = "weight", n_power_iterations: Value = 1, eps: Value = 1e-12, dim: Value = None
) -> Value:
    """The old spelling: weight_orig, and buffers."""
    leaf, word, held = _weight(machine, module, name, "spectral_norm")
    _replace(leaf, word, {f"{word}_orig": _made(tuple(held.shape), held)}, leaf)  # type: ignore[arg-type]
    return leaf


def new_spectral_norm(
    machine: Machine, module: Value, name: Value = "weight", n_power_iterations: Value = 1, eps: Value = 1e-12, dim: Value = None
) -> Value:
    """The new spelling: parametrizations.weight.original, and buffers."""
    leaf, word, held = _weight(machine, module, name, "spectral_norm")
    _replace(leaf, word, {"original": _made(tuple(held.shape), held)}, _parametrised(leaf, word))  # type: ignore[arg-type]
    return leaf


def removed(machine: Machine, module: Value, name: Value = "weight", leave_parametrized: Value = True) -> Value:
    """The layer with a weight of its own again."""
    if not isinstance(module, Leaf) or not isinstance(name, str) or name not in module.computed:
        raise ValueFault(f"no weight of this module is computed: {name}", AS_TORCH)
    parts = module.computed.pop(name)
    seen = module.attributes.pop(name)
    assert isinstance(seen, Tensor)
    for key in [k for k, v in module.parameters.items() if v in parts]:
        del module.parameters[key]
    module.modules.pop("parametrizations", None)
    later = dict(module.parameters)
    module.parameters.clear()
    module.parameters[name] = _made(tuple(seen.shape), parts[0])  # type: ignore[arg-type]
    module.parameters.update(later)
    return module


def modules() -> dict[str, Module]:
    """torch.nn.utils and what stands below it."""
    old = quiet_module("torch.nn.utils", {})
    new = quiet_module("torch.nn.utils.parametrizations", {})
    parametrize = quiet_module("torch.nn.utils.parametrize", {})
    for module, functions in (
        (
            old,
            {
                "weight_norm": weight_norm,
                "spectral_norm": spectral_norm,
                "remove_weight_norm": removed,
                "remove_spectral_norm": removed,
            },
        ),
        (new, {"weight_norm": new_weight_norm, "spectral_norm": new_spectral_norm}),
        (parametrize, {"remove_parametrizations": removed}),
    ):
        for name, function in functions.items():
            module.names[name] = entered(name, function)
    old.names.update(Dict({"parametrizations": new, "parametrize": parametrize}))
    return {m.name: m for m in (old, new, parametrize)}
