"""torch.nn's modules: their parameters in torch's order, and what each is in the notation.

A parameter is written `name`, with `!` where torch requires it, `name>setting` where the notation calls it otherwise,
`-name` where it changes no figure, and `~name` where only its default is read. Source: the signatures of torch 2.13.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from archcalc.notations.own.tree import Value


class Parameter(NamedTuple):
    """A parameter of a torch module: the setting it is (empty: ignored), whether required, whether fixed at its default."""

    name: str
    setting: str
    required: bool
    fixed: bool


@dataclass(eq=False)
class Module:
    """A module that was made: one object, however often it is used."""

    node: object
    name: str
    word: str
    settings: list[tuple[str, Value]]
    label: str = ""
    facts: dict[str, int] = field(default_factory=dict)


@dataclass(eq=False)
class Group:
    """Modules one after the other, each with its name where it has one: nn.Sequential, a class. `times` repeats anew."""

    node: object
    items: list[tuple[str, Module | Group]]
    label: str = ""
    times: int = 1


_CONV = "in_channels! out_channels! kernel_size! stride padding dilation groups bias -padding_mode -device -dtype"
_UPCONV = (
    "in_channels! out_channels! kernel_size! stride padding output_padding groups bias dilation -padding_mode -device -dtype"
)
_NORM = "num_features! eps -momentum affine -track_running_stats -device -dtype"
_MAXPOOL = "kernel_size! stride padding dilation ~return_indices ceil_mode"
_AVGPOOL = "kernel_size! stride padding ceil_mode -count_include_pad"
_CELL = "input_size! hidden_size! num_layers bias -batch_first dropout bidirectional"

# Name of the class: the word of the notation, and the parameters. `#` stands for 1, 2 and 3.
_TABLE = {
    "Conv#d": ("Conv#d", _CONV),
    "ConvTranspose#d": ("ConvTranspose#d", _UPCONV),
    "BatchNorm#d": ("BatchNorm#d", _NORM),
    "InstanceNorm#d": ("InstanceNorm#d", _NORM),
    "MaxPool#d": ("MaxPool#d", _MAXPOOL),
    "AvgPool#d": ("AvgPool#d", f"{_AVGPOOL} -divisor_override"),
    "AdaptiveAvgPool#d": ("AdaptiveAvgPool#d", "output_size!"),
    "AdaptiveMaxPool#d": ("AdaptiveMaxPool#d", "output_size! ~return_indices"),
    "ZeroPad#d": ("zeropad", "padding!"),
    "ConstantPad#d": ("zeropad", "padding! -value"),
    "Dropout#d": ("dropout", "p -inplace"),
    "Linear": ("Linear", "in_features! out_features! bias -device -dtype"),
    "Flatten": ("flatten", "~start_dim ~end_dim"),
    "Unflatten": ("reshape", "~dim! unflattened_size!>shape"),
    "Dropout": ("dropout", "p -inplace"),
    "AlphaDropout": ("dropout", "p -inplace"),
    "FeatureAlphaDropout": ("dropout", "p -inplace"),
    "LayerNorm": ("LayerNorm", "normalized_shape! eps elementwise_affine bias -device -dtype"),
    "GroupNorm": ("GroupNorm", "num_groups! num_channels! eps affine -device -dtype"),
    "LocalResponseNorm": ("LocalResponseNorm", "size! -alpha -beta -k"),
    "Embedding": (
        "Embedding",
        "num_embeddings! embedding_dim! -padding_idx -max_norm -norm_type -scale_grad_by_freq -sparse -device -dtype",
    ),
    "RNN": ("RNN", _CELL.replace("bias", "-nonlinearity bias") + " -device -dtype"),
    "LSTM": ("LSTM", f"{_CELL} ~proj_size -device -dtype"),
    "GRU": ("GRU", f"{_CELL} -device -dtype"),
    "MultiheadAttention": (
        "MultiheadAttention",
        "embed_dim! num_heads! dropout bias ~add_bias_kv ~add_zero_attn ~kdim ~vdim -batch_first -device -dtype",
    ),
    "TransformerEncoderLayer": (
        "transformer_encoder_layer",
        "d_model!>model nhead!>heads dim_feedforward>ff dropout>p activation>act -layer_norm_eps -batch_first ~norm_first ~bias "
        "-device -dtype",
    ),
    "Upsample": ("upsample", "size scale_factor>scale mode -align_corners -recompute_scale_factor"),
    "UpsamplingNearest2d": ("upsample", "size scale_factor>scale"),
    "PixelShuffle": ("PixelShuffle", "upscale_factor!"),
    "ChannelShuffle": ("ChannelShuffle", "groups!"),
    "Identity": ("identity", "*"),
    "Softmax": ("Softmax", "-dim"),
    "LogSoftmax": ("LogSoftmax", "-dim"),
    "Softmax2d": ("Softmax", ""),
    "LeakyReLU": ("LeakyReLU", "negative_slope -inplace"),
    "PReLU": ("PReLU", "num_parameters -init -device -dtype"),
    "ELU": ("ELU", "alpha -inplace"),
    "GELU": ("GELU", "-approximate"),
    "Softplus": ("Softplus", "-beta -threshold"),
    **{name: (name, "-inplace") for name in ("ReLU", "ReLU6", "SELU", "SiLU", "Hardsigmoid", "Hardswish", "Mish")},
    **{name: (name, "") for name in ("Sigmoid", "Tanh")},
}
# Defaults of parameters that are read at their default only; where the default is None nothing stands here.
FIXED: dict[str, object] = {
    "return_indices": False,
    "start_dim": 1,
    "end_dim": -1,
    "dim": 1,
    "proj_size": 0,
    "add_bias_kv": False,
    "add_zero_attn": False,
    "norm_first": False,
    "bias": True,
}
# torch.nn.functional and torch: what follows the tensor.
FUNCTIONS: dict[str, tuple[str, str]] = {
    "max_pool2d": ("MaxPool2d", "kernel_size! stride padding dilation ceil_mode ~return_indices"),
    "max_pool1d": ("MaxPool1d", "kernel_size! stride padding dilation ceil_mode ~return_indices"),
    "avg_pool2d": ("AvgPool2d", f"{_AVGPOOL} -divisor_override"),
    "avg_pool1d": ("AvgPool1d", _AVGPOOL),
    "adaptive_avg_pool2d": ("AdaptiveAvgPool2d", "output_size!"),
    "adaptive_avg_pool1d": ("AdaptiveAvgPool1d", "output_size!"),
    "adaptive_max_pool2d": ("AdaptiveMaxPool2d", "output_size! ~return_indices"),
    "dropout": ("dropout", "p -training -inplace"),
    "dropout2d": ("dropout", "p -training -inplace"),
    "flatten": ("flatten", "~start_dim! ~end_dim"),
    "softmax": ("Softmax", "-dim -_stacklevel -dtype"),
    "log_softmax": ("LogSoftmax", "-dim -_stacklevel -dtype"),
    "leaky_relu": ("LeakyReLU", "negative_slope -inplace"),
    "elu": ("ELU", "alpha -inplace"),
    "gelu": ("GELU", "-approximate"),
    **{
        name: (word, "-inplace")
        for name, word in {
            "relu": "ReLU", "relu6": "ReLU6", "selu": "SELU", "silu": "SiLU", "hardsigmoid": "Hardsigmoid",
            "hardswish": "Hardswish", "mish": "Mish", "sigmoid": "Sigmoid", "tanh": "Tanh",
        }.items()
    },
}  # fmt: skip

CONTAINERS = ("Sequential", "TransformerEncoder", "ModuleList")
# Sizes that tell the input of a network: the parameter of a module's input, by its name.
SIZES = ("in_channels", "in_features", "input_size", "embed_dim", "model", "num_features", "num_channels")
WEIGHTED = ("Conv", "BatchNorm", "InstanceNorm", "Linear", "LayerNorm", "GroupNorm", "Embedding", "RNN", "LSTM", "GRU", "PReLU")
LAZY = ("Linear", *(f"{name}{rank}d" for name in ("Conv", "ConvTranspose", "BatchNorm", "InstanceNorm") for rank in (1, 2, 3)))


def parameters(written: str) -> list[Parameter]:
    """The parameters of a table entry."""
    found = []
    for word in written.split():
        name, _, setting = word.strip("-~").partition(">")
        required = name.endswith("!") or setting.endswith("!")
        name = name.rstrip("!")
        quiet = word[0] in "-~"
        found.append(Parameter(name, "" if quiet else setting.rstrip("!") or name, required, word[0] == "~"))
    return found


def known_modules() -> list[str]:
    """Every class that is read, containers and lazy ones included."""
    names = [name.replace("#", rank) for name in _TABLE for rank in ("123" if "#" in name else "1")]
    return [*names, *CONTAINERS, *(f"Lazy{name}" for name in LAZY)]


def signature(name: str) -> tuple[str, list[Parameter]] | None:
    """The notation's word and the parameters of a class of torch.nn; None where it is not read."""
    lazy = name.startswith("Lazy") and name[4:] in LAZY
    plain = name[4:] if lazy else name
    generic = plain[:-2] + "#d" if plain[-2:] in ("1d", "2d", "3d") else ""
    entry = _TABLE.get(plain) or _TABLE.get(generic)
    if entry is None:
        return None
    word, written = entry
    found = parameters(written) if written != "*" else []
    return word.replace("#", plain[-2:-1]), found[1:] if lazy else found


def has_weights(module: Module) -> bool:
    """Whether using a module twice shares weights."""
    return module.name.removeprefix("Lazy").startswith(WEIGHTED) or module.name in (
        "MultiheadAttention",
        "TransformerEncoderLayer",
    )
