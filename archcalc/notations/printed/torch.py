"""What a printed module of torch.nn holds: its parameters follow from the settings it prints.

The classes that have a layer here are made by the vocabulary of PyTorch source; the others are named with their tensors, or as
classes that hold none. Source: torch 2.13, torchvision 0.28 and Hugging Face transformers (`Conv1D`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archcalc.layers.base import Layer, Weight
from archcalc.notations.printed.told import Printed
from archcalc.notations.printed.tree import Module, Plain, settings_of
from archcalc.notations.pytorch.vocabulary.checks import flag, whole
from archcalc.notations.pytorch.vocabulary.plans import MAKERS, OWN
from archcalc.text.faults import ValueFault

# Classes of torch.nn, and of torchvision's ops, that hold no parameters of their own, whatever their settings.
EMPTY = frozenset(
    "Sequential ModuleList ModuleDict ParameterList ParameterDict Identity Threshold Hardshrink Softshrink Tanhshrink GLU "
    "RReLU Softmax2d Softmin Softmax LogSoftmax Fold Unfold PixelUnshuffle PixelShuffle PairwiseDistance CosineSimilarity "
    "LPPool1d LPPool2d LPPool3d FractionalMaxPool2d FractionalMaxPool3d ChannelShuffle CrossMapLRN2d Flatten Unflatten "
    "Upsample UpsamplingNearest2d UpsamplingBilinear2d L1Loss NLLLoss NLLLoss2d KLDivLoss MSELoss BCELoss BCEWithLogitsLoss "
    "PoissonNLLLoss GaussianNLLLoss HingeEmbeddingLoss MultiLabelMarginLoss SmoothL1Loss HuberLoss SoftMarginLoss "
    "CrossEntropyLoss MultiLabelSoftMarginLoss CosineEmbeddingLoss MarginRankingLoss MultiMarginLoss TripletMarginLoss "
    "TripletMarginWithDistanceLoss CTCLoss CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d "
    "ConstantPad3d ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d "
    "ZeroPad1d ZeroPad2d ZeroPad3d MaxUnpool1d MaxUnpool2d MaxUnpool3d StochasticDepth FrozenBatchNorm2d RoIAlign RoIPool "
    "PSRoIAlign PSRoIPool Permute QuantStub DeQuantStub".split()
)


class Held(NamedTuple):
    """What a module holds: how it stands in the table, its tensors (None where that is not known), and what is assumed."""

    layer: Layer
    weights: tuple[Weight, ...] | None
    note: str = ""


def bilinear(in1_features: Plain, in2_features: Plain, out_features: Plain, bias: Plain = True) -> list[Weight]:
    out = whole(out_features, "out_features")
    sizes = (out, whole(in1_features, "in1_features"), whole(in2_features, "in2_features"))
    return [Weight("weight", sizes), *([Weight("bias", (out,), bias=True)] if flag(bias, "bias") else [])]


def bag(num_embeddings: Plain, embedding_dim: Plain, **rest: Plain) -> list[Weight]:
    return [Weight("weight", (whole(num_embeddings, "num_embeddings"), whole(embedding_dim, "embedding_dim")))]


def _cell(gates: int) -> Callable[..., list[Weight]]:
    def cell(input_size: Plain, hidden_size: Plain, bias: Plain = True, nonlinearity: Plain = "tanh") -> list[Weight]:
        hidden = whole(hidden_size, "hidden_size")
        rows = gates * hidden
        made = [Weight("weight_ih", (rows, whole(input_size, "input_size"))), Weight("weight_hh", (rows, hidden))]
        biases = [Weight("bias_ih", (rows,), bias=True), Weight("bias_hh", (rows,), bias=True)]
        return made + (biases if flag(bias, "bias") else [])

    return cell


def conv1d_of_transformers(nf: Plain, nx: Plain) -> list[Weight]:
    out = whole(nf, "nf")
    return [Weight("weight", (whole(nx, "nx"), out)), Weight("bias", (out,), bias=True)]


# Classes whose layers are not known here and whose tensors are.
TENSORS: dict[str, Callable[..., list[Weight]]] = {
    "Bilinear": bilinear,
    "EmbeddingBag": bag,
    "RNNCell": _cell(1),
    "GRUCell": _cell(3),
    "LSTMCell": _cell(4),
    "Conv1D": conv1d_of_transformers,
}
SHIFTED = ("BatchNorm", "SyncBatchNorm", "InstanceNorm", "GroupNorm")


class Values(NamedTuple):
    """The settings of a module as the arguments of its class; `shifted` is False for a norm that learns a scale alone."""

    bare: list[Plain]
    named: dict[str, Plain]
    shifted: bool = True
    note: str = ""


def values_of(module: Module) -> Values:
    """What a module prints, in the words of today's constructor, whichever version of torch printed it."""
    cls = module.cls
    bare, named = settings_of(module.settings)
    note = ""
    if cls == "Linear" and len(bare) == 1 and not named and isinstance(bare[0], str):
        sizes = [part.strip() for part in bare[0].split("->")]  # torch before 0.4: Linear (9216 -> 4096)
        bare = [int(part) for part in sizes if part.isdecimal() and len(part) < 10]
    if cls == "Linear" and "bias" not in named and len(bare) < 3:
        note = "a Linear that prints no bias=, as torch before 0.4 prints it, is read with its bias"
    if "size" in named and "kernel_size" not in named and "Pool" in cls and "Adaptive" not in cls:
        named["kernel_size"] = named.pop("size")  # torch before 0.2
    shift = named.pop("bias", True) if cls.startswith(SHIFTED) else True  # printed since torch 2.13
    affine = named.get("affine", not cls.startswith("InstanceNorm"))
    return Values(bare, named, bool(shift) or not affine, note)


def in_source(module: Module) -> bool:
    """Whether a module can be read as the same call in PyTorch source."""
    return module.cls in MAKERS and not module.children and values_of(module).shifted


def held(module: Module) -> Held | None:
    """What a module holds; None where its class, or the way it prints, is not torch's.

    Raises ValueFault at a value that torch would not take.
    """
    cls, printed = module.cls, Printed(module.written)
    if cls == "Parameter":
        sizes = module.sizes
        return Held(Printed("parameter"), None if sizes is None else (Weight(module.key, sizes),))
    if cls == "MultiheadAttention":
        return _attention(module)
    if module.children:
        return Held(printed, ()) if cls in EMPTY else None
    if cls.startswith("Lazy"):
        return None  # its sizes are not known before it has run
    bare, named, shifted, note = values_of(module)
    try:
        if cls in TENSORS:
            return Held(printed, tuple(TENSORS[cls](*bare, **named)), note)
        if cls in MAKERS:
            made = MAKERS[cls](cls, *bare, **named)
            weights = tuple(made.layer.weights(made.examples)) if made.examples else ()
            if not shifted:
                return Held(printed, tuple(w for w in weights if w.name != "bias"), note)
            return Held(printed if made.reads == OWN and not weights else made.layer, weights, note)
    except TypeError:
        return Held(printed, ()) if cls in EMPTY else None  # torch's own class does not print so
    except ValueFault:
        if cls not in EMPTY:
            raise
    return Held(printed, ()) if cls in EMPTY else None


def _attention(module: Module) -> Held | None:
    """Attention shows its output projection alone; those of its input follow where all its sizes are the same."""
    projection = next((child for child in module.children if child.key == "out_proj"), None)
    if projection is None or module.settings or len(module.children) > 1:
        return None
    bare, named = settings_of(projection.settings)
    if bare or "out_features" not in named or named.get("in_features") != named["out_features"]:
        return None
    size, bias = whole(named["out_features"], "out_features"), flag(named.get("bias", True), "bias")
    weights = [Weight("in_proj_weight", (3 * size, size)), Weight("out_proj.weight", (size, size))]
    if bias:
        weights += [Weight("in_proj_bias", (3 * size,), bias=True), Weight("out_proj.bias", (size,), bias=True)]
    note = "MultiheadAttention prints its out_proj alone; it is read with kdim and vdim of the same size, and without add_bias_kv"
    return Held(Printed(f"MultiheadAttention({size})"), tuple(weights), note)
