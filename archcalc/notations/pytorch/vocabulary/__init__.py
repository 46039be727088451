"""The vocabulary of torch: what its names mean to a program that is read and never run.

`Vocabulary` answers the modules of one run. What torch makes of its own layers (a transformer, an LSTM cell) is written in the
subset itself, in `source/`, and read as any program is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from archcalc.interpreter.values import UNSET, Dict, Module, Unknown, Value
from archcalc.text.faults import suggestions
from archcalc.text.source import Source

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

# Losses: they are made, and never asked for a shape.
LOSSES = frozenset(
    "CrossEntropyLoss NLLLoss MSELoss L1Loss BCELoss BCEWithLogitsLoss SmoothL1Loss HuberLoss KLDivLoss CTCLoss "
    "HingeEmbeddingLoss MarginRankingLoss TripletMarginLoss CosineEmbeddingLoss MultiLabelMarginLoss MultiMarginLoss "
    "PoissonNLLLoss GaussianNLLLoss MultiLabelSoftMarginLoss SoftMarginLoss TripletMarginWithDistanceLoss".split()
)
# Of torch.nn, and not read: unknown where something depends on them.
UNREAD = frozenset(
    "AdaptiveLogSoftmaxWithLoss Buffer CrossMapLRN2d FractionalMaxPool2d FractionalMaxPool3d "
    "LPPool3d RNNBase UninitializedBuffer "
    "UninitializedParameter Container".split()
)
# Names whose text stands in `source/`, by the file.
WRITTEN = {
    **dict.fromkeys(
        "TransformerEncoderLayer TransformerDecoderLayer TransformerEncoder TransformerDecoder Transformer".split(), "transformer"
    ),
    **dict.fromkeys(
        "RNNCellBase RNNCell LSTMCell GRUCell Bilinear GLU Tanhshrink Softmax2d "
        "PixelUnshuffle Unfold Fold CosineSimilarity PairwiseDistance DataParallel Hardshrink Softshrink Threshold RReLU "
        "LPPool1d LPPool2d EmbeddingBag".split(),
        "cells",
    ),
}
VISION = frozenset(
    "StochasticDepth stochastic_depth FrozenBatchNorm2d ConvNormActivation Conv2dNormActivation Conv3dNormActivation "
    "SqueezeExcitation MLP Permute".split()
)
# What is read of libraries that are not torch's, by their root; the text stands in `source/`.
_LIGHTNING = frozenset("LightningModule seed_everything".split())
OTHERS = {
    "lightning": _LIGHTNING,
    "pytorch_lightning": _LIGHTNING,
    "einops": frozenset("rearrange reduce repeat einsum Rearrange Reduce".split()),
    "timm": frozenset(
        "to_1tuple to_2tuple to_3tuple to_4tuple trunc_normal_ trunc_normal_tf_ variance_scaling_ lecun_normal_ register_model "
        "make_divisible drop_path DropPath Mlp PatchEmbed Attention".split()
    ),
}
# The modules of timm.models that hand those names on.
OF_TIMM = ("layers", "registry", "_registry", "helpers", "vision_transformer")
# Parts of torchvision that no network is made of: long, and what they give is only handed on.
ASIDE = (
    "torchvision.transforms", "torchvision.datasets", "torchvision.io", "torchvision.utils", "torchvision.extension",
    "torchvision._internally_replaced_utils", "torchvision._meta_registrations",
)  # fmt: skip
PARTS = (
    "modules activation batchnorm container conv dropout flatten instancenorm linear loss module normalization padding "
    "pixelshuffle pooling rnn sparse transformer upsampling"
).split()


class Vocabulary:
    """The modules of torch for one run, by their full names."""

    def __init__(self) -> None:
        self._modules: dict[str, Module] = {}

    def find(self, name: str) -> Module | None:
        """The module with this full name; None where it is not read."""
        root = name.partition(".")[0]
        if root == "d2l":
            from archcalc.notations.pytorch.vocabulary.d2l import D2L

            return D2L
        if root == "numpy":
            from archcalc.notations.pytorch.vocabulary.arrays import NUMPY

            return NUMPY if name == "numpy" else None
        if root == "torchvision":
            return self._vision(name)
        if root in OTHERS:
            return self._other(root, name)
        if root != "torch":
            return None
        if "torch" not in self._modules:
            self._load()
        if name not in self._modules and name.startswith("torch.nn.modules") and name.rpartition(".")[2] in PARTS:
            self._modules[name] = Module(name, self._modules["torch.nn"].names, self._missing)
        return self._modules.get(name)

    def _load(self) -> None:
        from archcalc.notations.pytorch.vocabulary import (
            arithmetic,
            containers,
            creation,
            functional,
            moves,
            parts,
            products,
            properties,
            quiet,
            reparametrised,
            scattering,
        )
        from archcalc.notations.pytorch.vocabulary.modules import MODULE
        from archcalc.notations.pytorch.vocabulary.names import TORCH, F
        from archcalc.notations.pytorch.vocabulary.tensors import PARAMETER
        from archcalc.notations.pytorch.vocabulary.written import BOTH, FUNCTIONAL, TORCH_ONLY

        assert all((arithmetic, creation, functional, moves, parts, products, properties, scattering))
        self._modules |= quiet.modules()
        self._modules |= reparametrised.modules()
        functions = Module("torch.nn.functional", Dict(F.names), self._function(FUNCTIONAL, F.missing))
        nn = Module("torch.nn", Dict(), self._missing)
        nn.names.update(
            {
                "Module": MODULE,
                "Sequential": containers.SEQUENTIAL,
                "ModuleList": containers.MODULE_LIST,
                "ModuleDict": containers.MODULE_DICT,
                "ParameterList": containers.PARAMETER_LIST,
                "ParameterDict": containers.PARAMETER_DICT,
                "Parameter": PARAMETER,
                "functional": functions,
                "utils": self._modules["torch.nn.utils"],
            }
        )
        pair = {f"_{word}": quiet.entered(f"_{word}", _repeating(n)) for word, n in (("single", 1), ("pair", 2), ("triple", 3))}
        self._modules["torch"] = Module("torch", Dict(TORCH.names), self._function(TORCH_ONLY | BOTH))
        self._modules["torch.nn"] = nn
        self._modules["torch.nn.functional"] = functions
        self._modules["torch.nn.parameter"] = Module("torch.nn.parameter", Dict({"Parameter": PARAMETER}))
        self._modules["torch.nn.modules.utils"] = Module("torch.nn.modules.utils", Dict(pair))

    def _function(
        self, names: frozenset[str], other: Callable[[Machine, str], Value] | None = None
    ) -> Callable[[Machine, str], Value]:
        """What gives the functions of these names, each when it is first asked for; `other` gives those of other names."""

        def missing(machine: Machine, name: str) -> Value:
            if name in names:
                return self.written(machine, name)
            return other(machine, name) if other is not None else UNSET

        return missing

    def written(self, machine: Machine, name: str) -> Value:
        """A function of torch that is made of others."""
        return self._written(machine, "functions", "torch", name)

    def _missing(self, machine: Machine, name: str) -> Value:
        """A name of torch.nn when it is first asked for."""
        from archcalc.notations.pytorch.vocabulary import leaves
        from archcalc.notations.pytorch.vocabulary.plans import MAKERS

        nn = self._modules["torch.nn"]
        if name in nn.names:
            return nn.names[name]
        if name in MAKERS:
            return leaves.leaf_class(name)
        if name in leaves.PRIVATE:
            return leaves.PRIVATE[name]
        if name in WRITTEN:
            return self._written(machine, WRITTEN[name], "torch.nn", name)
        if name in LOSSES:
            return Unknown(f"nn.{name}", machine.place(), f"nn.{name} is a loss and no layer", harmless=True)
        if name in UNREAD:
            return Unknown(f"nn.{name}", machine.place(), f"nn.{name} has no rule here", harmless=True)
        if name[:1] == "_" or name.islower():
            return UNSET
        known = [str(n) for n in (*MAKERS, *nn.names, *WRITTEN)]
        near = [n for n in known if n.lower() == name.lower()] or suggestions(name, known, 1)
        raise machine.fault(f"torch.nn has no {name}", *([f"nn.{n}" for n in near] or ["`archcalc layers` for what is read"]))

    def _written(self, machine: Machine, file: str, below: str, name: str) -> Value:
        """A name of a text in `source/`, read once a run."""
        full = f"{below}._{file}"
        module = self._modules.get(full)
        if module is None:
            path = os.path.join(os.path.dirname(__file__), "source", f"{file}.py")
            with open(path, encoding="utf-8") as stream:
                module = machine.load(Source(f"{file}.py", stream.read(), "library"), full)
            self._modules[full] = module
        return module.names[name]

    def _vision(self, name: str) -> Module | None:
        if name.startswith(ASIDE):
            from archcalc.notations.pytorch.vocabulary.quiet import inert

            return self._modules.setdefault(name, inert(name))
        if name not in ("torchvision.ops", "torchvision.ops.misc", "torchvision.ops.stochastic_depth"):
            return None

        def missing(machine: Machine, asked: str) -> Value:
            return self._written(machine, "vision", "torchvision", asked) if asked in VISION else UNSET

        return self._modules.setdefault(name, Module(name, Dict(), missing))

    def _other(self, root: str, name: str) -> Module | None:
        """A module of a library of which some names are read, all from one text."""
        from archcalc.notations.pytorch.vocabulary.quiet import inert

        if OTHERS[root] is _LIGHTNING and name.removeprefix(root).startswith((".callbacks", ".loggers", ".pytorch.")):
            return self._modules.setdefault(name, inert(name))
        if name.removeprefix(root) not in (
            "",
            ".pytorch",
            ".layers",
            ".layers.torch",
            ".models",
            *(f".models.{part}" for part in OF_TIMM),
        ):
            return None
        # What trains a module changes nothing of what it is made of.
        trains = inert(root) if OTHERS[root] is _LIGHTNING else None

        def missing(machine: Machine, asked: str) -> Value:
            if asked in OTHERS[root]:
                return self._written(machine, root.rpartition("_")[2], root, asked)
            return trains.missing(machine, asked) if trains is not None and trains.missing is not None else UNSET

        return self._modules.setdefault(name, Module(name, Dict(), missing))


def _repeating(count: int) -> object:
    def repeat(machine: Machine, x: Value) -> Value:
        return tuple(x) if isinstance(x, list | tuple) else (x,) * count

    return repeat
