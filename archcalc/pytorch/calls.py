"""A torch equivalent as Python text: its arguments in torch's order, defaults left out, (3, 3) as 3."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archcalc.layers.base import Call

# What the positional arguments of our calls are called, by the class without its dimensions.
POSITIONAL: dict[str, tuple[str, ...]] = {
    "nn.Conv": ("in_channels", "out_channels"),
    "nn.ConvTranspose": ("in_channels", "out_channels"),
    "nn.Linear": ("in_features", "out_features"),
    "nn.BatchNorm": ("num_features",),
    "nn.InstanceNorm": ("num_features",),
    "nn.LayerNorm": ("normalized_shape",),
    "nn.GroupNorm": ("num_groups", "num_channels"),
    "nn.LocalResponseNorm": ("size",),
    "nn.Embedding": ("num_embeddings", "embedding_dim"),
    "nn.Dropout": ("p",),
    "nn.PReLU": ("num_parameters",),
    "nn.LeakyReLU": ("negative_slope",),
    "nn.ELU": ("alpha",),
    "nn.ZeroPad": ("padding",),
    "nn.ChannelShuffle": ("groups",),
    "nn.PixelShuffle": ("upscale_factor",),
    "nn.AdaptiveAvgPool": ("output_size",),
    "nn.AdaptiveMaxPool": ("output_size",),
    "support.PaddedConv": ("in_channels", "out_channels"),
    "support.Concat": ("dim",),
    "support.Reshape": ("shape",),
    "support.Permute": ("order",),
    "support.Crop": ("size",),
    "support.Slice": ("start", "end"),
    "support.Positions": ("shape",),
    "support.ClassToken": ("features",),
    "support.Attention": ("embed_dim", "num_heads"),
    "support.RNN": ("input_size", "hidden_size"),
    "support.LSTM": ("input_size", "hidden_size"),
    "support.GRU": ("input_size", "hidden_size"),
}
DEFAULTS: dict[str, Any] = {
    "stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True, "output_padding": 0, "ceil_mode": False,
    "num_layers": 1, "bidirectional": False, "dropout": 0.0, "last": False, "biases": 2, "mode": "nearest",
}  # fmt: skip
# One number stands for all axes in these, wherever torch itself reads them.
PER_AXIS = ("kernel_size", "stride", "padding", "dilation", "output_padding", "output_size", "scale_factor")
WRITTEN_BARE = ("kernel_size",)  # third in torch's order, so its name may be left out


@dataclass(frozen=True)
class Argument:
    """One argument of a call; `named` writes name=value, `default` drops it where it is so anyway."""

    name: str
    value: Any
    named: bool
    default: Any = ...


def base(name: str) -> str:
    """The class without its dimensions: nn.Conv2d as nn.Conv."""
    return re.sub(r"[123]d$", "", name)


def arguments(call: Call) -> list[Argument]:
    """The arguments of a call in order."""
    names = POSITIONAL.get(base(call.name), ())
    found = [Argument(name, _short(call, name, value), False) for name, value in zip(names, call.args, strict=True)]
    pool = base(call.name) in ("nn.MaxPool", "nn.AvgPool")
    for name, value in call.kwargs.items():
        if pool and name == "stride" and value == call.kwargs["kernel_size"]:
            continue  # torch's default
        default = ... if pool and name == "stride" else DEFAULTS.get(name, ...)
        # A locally connected layer of ours takes its sizes as they are, an unevenly padded convolution its padding.
        if call.name == "support.LocallyConnected" or (call.name.startswith("support.Padded") and name == "padding"):
            default = ... if name != "bias" else default
        found.append(Argument(name, _short(call, name, value), name not in WRITTEN_BARE or not _conv_or_pool(call), default))
    return found


def _conv_or_pool(call: Call) -> bool:
    return base(call.name) in ("nn.Conv", "nn.ConvTranspose", "nn.MaxPool", "nn.AvgPool", "support.PaddedConv")


def _short(call: Call, name: str, value: Any) -> Any:
    """(3, 3) as 3 where torch reads it so."""
    flat = call.name.startswith("support.") and (base(call.name) != "support.PaddedConv" or name == "padding")
    if name in PER_AXIS and not flat and base(call.name) != "nn.ZeroPad" and isinstance(value, tuple) and len(set(value)) == 1:
        return value[0]
    return value


def layout(head: str, words: Sequence[str], indent: int, width: int = 100) -> list[str]:
    """head(words…) on one line, or a word a line where that is too long."""
    line = f"{' ' * indent}{head}({', '.join(words)})"
    if len(line) <= width:
        return [line]
    inner = " " * (indent + 4)
    return [f"{' ' * indent}{head}(", *(f"{inner}{word}," for word in words), f"{' ' * indent})"]
