"""The layers of torch.nn: the signature of each is that of its function here, which makes the layer.

A plan is a layer, the shapes of an input that it surely takes (for rows that never run, and for the shapes of its weights), and
how it reads a tensor: a *map* has the batch first and so many axes behind its channels; *last* reads the last dimensions; *each*
gives every value a value. Source of the signatures: torch 2.13.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

from archcalc.interpreter.values import List, Value
from archcalc.layers.base import Layer, Shapes
from archcalc.notations.pytorch.vocabulary import checks
from archcalc.notations.pytorch.vocabulary.checks import divisible, flag, known_or_lazy, number, per_axis, share, whole
from archcalc.notations.pytorch.vocabulary.reasons import AS_TORCH
from archcalc.text.faults import ValueFault

MAP, LAST, EACH, ROW, OWN = "map", "last", "each", "row", "own"


class Plan(NamedTuple):
    """A layer, an example of its inputs, and how it reads a tensor; `ranks` are the axes behind the channels it takes."""

    layer: Layer
    examples: Shapes
    reads: str = EACH
    ranks: tuple[int, ...] = ()
    note: str = ""


Maker = Callable[..., Plan]
MAKERS: dict[str, Maker] = {}


def layer(*names: str) -> Callable[[Maker], Maker]:
    """Enters the maker of one or several classes of torch.nn."""

    def enter(function: Maker) -> Maker:
        for name in names:
            MAKERS[name] = function
        return function

    return enter


# Dimensions beside batch and channels, where torch takes any number of them.
ANY_RANK = tuple(range(8))


def ranked(stem: str) -> list[str]:
    """Conv as Conv1d, Conv2d, Conv3d."""
    return [f"{stem}{r}d" for r in (1, 2, 3)]


def _axes(value: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else value


# -- convolution ------------------------------------------------------------------------------------------------------


@layer(*ranked("Conv"), *ranked("LazyConv"))
def conv(
    name: str,
    in_channels: Value,
    out_channels: Value,
    kernel_size: Value,
    stride: Value = 1,
    padding: Value = 0,
    dilation: Value = 1,
    groups: Value = 1,
    bias: Value = True,
    padding_mode: Value = "zeros",
    device: Value = None,
    dtype: Value = None,
) -> Plan:
    from archcalc.layers.conv import Conv

    rank = int(name[-2])
    kernel = per_axis(kernel_size, rank, "kernel_size")
    dilated = per_axis(dilation, rank, "dilation")
    sides: int | str | tuple[int, ...]
    if isinstance(padding, str):
        sides = checks.word(padding, "padding", "same", "valid")
        sides = 0 if sides == "valid" else sides
    else:
        sides = per_axis(padding, rank, "padding", 0)
    into = known_or_lazy(in_channels, "in_channels")
    out, parts = whole(out_channels, "out_channels"), whole(groups, "groups")
    for count, what in ((into, "in_channels"), (out, "out_channels")):
        if count is not None:
            divisible(count, parts, "groups", f"{what}={count} is not divisible by groups={parts}")
    note = ""
    if checks.word(padding_mode, "padding_mode", "zeros", "reflect", "replicate", "circular") != "zeros":
        note = f"padding_mode='{padding_mode}' is read as zeros: shapes and counts are the same"
    made = Conv(out, kernel, per_axis(stride, rank, "stride"), sides, dilated, parts, flag(bias, "bias"), into, rank)
    spans = tuple(d * (k - 1) + 1 for k, d in zip(_axes(kernel, rank), _axes(dilated, rank), strict=True))
    return Plan(made, ((into or parts, *spans),), MAP, (rank,), note)


@layer(*ranked("ConvTranspose"), *ranked("LazyConvTranspose"))
def conv_transpose(
    name: str,
    in_channels: Value,
    out_channels: Value,
    kernel_size: Value,
    stride: Value = 1,
    padding: Value = 0,
    output_padding: Value = 0,
    groups: Value = 1,
    bias: Value = True,
    dilation: Value = 1,
    padding_mode: Value = "zeros",
    device: Value = None,
    dtype: Value = None,
) -> Plan:
    from archcalc.layers.transposed import ConvTranspose

    rank = int(name[-2])
    checks.only(padding_mode, "zeros", "padding_mode")
    into = known_or_lazy(in_channels, "in_channels")
    parts = whole(groups, "groups")
    padded = per_axis(padding, rank, "padding", 0)
    made = ConvTranspose(
        whole(out_channels, "out_channels"), per_axis(kernel_size, rank, "kernel_size"), per_axis(stride, rank, "stride"),
        padded, per_axis(output_padding, rank, "output_padding", 0), per_axis(dilation, rank, "dilation"), parts,
        flag(bias, "bias"), into, rank,
    )  # fmt: skip
    size = tuple(2 * p + 2 for p in _axes(padded, rank))
    return Plan(made, ((into or parts, *size),), MAP, (rank,))


# -- pooling ----------------------------------------------------------------------------------------------------------


@layer(*ranked("MaxPool"))
def max_pool(
    name: str,
    kernel_size: Value,
    stride: Value = None,
    padding: Value = 0,
    dilation: Value = 1,
    return_indices: Value = False,
    ceil_mode: Value = False,
) -> Plan:
    from archcalc.layers.pool import MaxPool

    rank = int(name[-2])
    made = MaxPool(
        per_axis(kernel_size, rank, "kernel_size"), None if stride is None or stride == [] else per_axis(stride, rank, "stride"),
        per_axis(padding, rank, "padding", 0), per_axis(dilation, rank, "dilation"), flag(ceil_mode, "ceil_mode"), rank,
    )  # fmt: skip
    return Plan(made, (), MAP, (rank,))


@layer(*ranked("MaxUnpool"))
def max_unpool(name: str, kernel_size: Value, stride: Value = None, padding: Value = 0) -> Plan:
    """Its forward puts values back where they came from; nothing is computed."""
    from archcalc.layers.linear import Identity

    per_axis(kernel_size, int(name[-2]), "kernel_size")
    return Plan(Identity(), (), OWN)


@layer(*ranked("AvgPool"))
def avg_pool(
    name: str,
    kernel_size: Value,
    stride: Value = None,
    padding: Value = 0,
    ceil_mode: Value = False,
    count_include_pad: Value = True,
    divisor_override: Value = None,
) -> Plan:
    from archcalc.layers.pool import AvgPool

    rank = int(name[-2])
    made = AvgPool(
        per_axis(kernel_size, rank, "kernel_size"), None if stride is None or stride == [] else per_axis(stride, rank, "stride"),
        per_axis(padding, rank, "padding", 0), flag(ceil_mode, "ceil_mode"), rank,
    )  # fmt: skip
    return Plan(made, (), MAP, (rank,))


def _adaptive(value: Value, rank: int) -> int | tuple[int | None, ...]:
    if isinstance(value, tuple | List):
        found = tuple(None if v is None else whole(v, "output_size") for v in value)
        if len(found) == 1 and rank > 1:
            found = found * rank
        if len(found) != rank:
            raise ValueFault(f"output_size has {len(found)} values for {rank} axes", AS_TORCH)
        return found
    return (None,) * rank if value is None else whole(value, "output_size")


@layer(*ranked("AdaptiveAvgPool"))
def adaptive_avg_pool(name: str, output_size: Value) -> Plan:
    from archcalc.layers.pool import AdaptiveAvgPool

    rank = int(name[-2])
    return Plan(AdaptiveAvgPool(_adaptive(output_size, rank)), (), MAP, (rank,))


@layer(*ranked("AdaptiveMaxPool"))
def adaptive_max_pool(name: str, output_size: Value, return_indices: Value = False) -> Plan:
    from archcalc.layers.pool import AdaptiveMaxPool

    rank = int(name[-2])
    checks.only(return_indices, False, "return_indices")
    return Plan(AdaptiveMaxPool(_adaptive(output_size, rank)), (), MAP, (rank,))


# -- linear -----------------------------------------------------------------------------------------------------------


@layer("Linear", "NonDynamicallyQuantizableLinear", "LazyLinear")
def linear(
    name: str, in_features: Value, out_features: Value, bias: Value = True, device: Value = None, dtype: Value = None
) -> Plan:
    from archcalc.layers.linear import Linear

    into = known_or_lazy(in_features, "in_features")
    return Plan(Linear(whole(out_features, "out_features"), flag(bias, "bias"), into), ((into or 1,),), LAST)


@layer("Embedding")
def embedding(
    name: str,
    num_embeddings: Value,
    embedding_dim: Value,
    padding_idx: Value = None,
    max_norm: Value = None,
    norm_type: Value = 2.0,
    scale_grad_by_freq: Value = False,
    sparse: Value = False,
    _weight: Value = None,
    _freeze: Value = False,
    device: Value = None,
    dtype: Value = None,
) -> Plan:
    from archcalc.layers.linear import Embedding

    made = Embedding(whole(num_embeddings, "num_embeddings"), whole(embedding_dim, "embedding_dim"))
    return Plan(made, ((1,),), ROW)


@layer("Identity")
def identity(name: str, *args: Value, **kwargs: Value) -> Plan:
    from archcalc.layers.linear import Identity

    return Plan(Identity(), ())


@layer("Dropout", *ranked("Dropout"), "AlphaDropout", "FeatureAlphaDropout")
def dropout(name: str, p: Value = 0.5, inplace: Value = False) -> Plan:
    from archcalc.layers.linear import Dropout

    return Plan(Dropout(share(p)), ())


# -- normalisation ----------------------------------------------------------------------------------------------------


@layer(*ranked("BatchNorm"), *ranked("LazyBatchNorm"), "SyncBatchNorm")
def batch_norm(
    name: str,
    num_features: Value,
    eps: Value = 1e-05,
    momentum: Value = 0.1,
    affine: Value = True,
    track_running_stats: Value = True,
    device: Value = None,
    dtype: Value = None,
    bias: Value = True,
) -> Plan:
    from archcalc.layers.norm import BatchNorm

    into = known_or_lazy(num_features, "num_features")
    ranks = {"1": (0, 1), "2": (2,), "3": (3,)}.get(name[-2], (0, 1, 2, 3))
    made = BatchNorm(flag(affine, "affine"), number(eps, "eps"), into, shift=flag(bias, "bias"))
    return Plan(made, ((into or 1,) + (1,) * ranks[0],), MAP, ranks)


@layer(*ranked("InstanceNorm"), *ranked("LazyInstanceNorm"))
def instance_norm(
    name: str,
    num_features: Value,
    eps: Value = 1e-05,
    momentum: Value = 0.1,
    affine: Value = False,
    track_running_stats: Value = False,
    device: Value = None,
    dtype: Value = None,
    bias: Value = True,
) -> Plan:
    from archcalc.layers.norm import InstanceNorm

    rank = int(name[-2])
    into = known_or_lazy(num_features, "num_features")
    made = InstanceNorm(flag(affine, "affine"), number(eps, "eps"), into, flag(bias, "bias"))
    return Plan(made, ((into or 1, 2) + (1,) * (rank - 1),), MAP, (rank,))


@layer("LayerNorm")
def layer_norm(
    name: str,
    normalized_shape: Value,
    eps: Value = 1e-05,
    elementwise_affine: Value = True,
    bias: Value = True,
    device: Value = None,
    dtype: Value = None,
) -> Plan:
    from archcalc.layers.norm import LayerNorm

    shape = checks.shape_of(normalized_shape, "normalized_shape")
    made = LayerNorm(len(shape), flag(elementwise_affine, "elementwise_affine"), flag(bias, "bias"), number(eps, "eps"), shape)
    return Plan(made, (shape,))


@layer("RMSNorm")
def rms_norm(
    name: str,
    normalized_shape: Value,
    eps: Value = None,
    elementwise_affine: Value = True,
    device: Value = None,
    dtype: Value = None,
) -> Plan:
    from archcalc.layers.norm import RMSNorm

    shape = checks.shape_of(normalized_shape, "normalized_shape")
    small = 1.1920928955078125e-07 if eps is None else number(eps, "eps")  # that of 32-bit floats
    return Plan(RMSNorm(len(shape), flag(elementwise_affine, "elementwise_affine"), small, shape), (shape,))


@layer("GroupNorm")
def group_norm(
    name: str,
    num_groups: Value,
    num_channels: Value,
    eps: Value = 1e-05,
    affine: Value = True,
    device: Value = None,
    dtype: Value = None,
    bias: Value = True,
) -> Plan:
    from archcalc.layers.norm import GroupNorm

    groups, channels = whole(num_groups, "num_groups"), whole(num_channels, "num_channels")
    divisible(channels, groups, "num_groups", f"num_channels={channels} is not divisible by num_groups={groups}")
    made = GroupNorm(groups, flag(affine, "affine"), number(eps, "eps"), channels, flag(bias, "bias"))
    return Plan(made, ((channels,),), MAP, (0, 1, 2, 3))


@layer("LocalResponseNorm")
def local_response_norm(name: str, size: Value, alpha: Value = 0.0001, beta: Value = 0.75, k: Value = 1.0) -> Plan:
    from archcalc.layers.norm import LocalResponseNorm

    return Plan(LocalResponseNorm(whole(size, "size")), ())


# -- activations ------------------------------------------------------------------------------------------------------


def _activation(class_name: str) -> Layer:
    import archcalc.layers.activation as activation

    made: Layer = getattr(activation, class_name)()
    return made


@layer("ReLU", "ReLU6", "SELU", "SiLU", "Hardsigmoid", "Hardswish", "Mish")
def inplace_activation(name: str, inplace: Value = False) -> Plan:
    return Plan(_activation(name), ())


@layer("Sigmoid", "Tanh", "Softsign", "LogSigmoid")
def plain_activation(name: str) -> Plan:
    return Plan(_activation(name), ())


@layer("LeakyReLU")
def leaky_relu(name: str, negative_slope: Value = 0.01, inplace: Value = False) -> Plan:
    from archcalc.layers.activation import LeakyReLU

    return Plan(LeakyReLU(number(negative_slope, "negative_slope")), ())


@layer("ELU")
def elu(name: str, alpha: Value = 1.0, inplace: Value = False) -> Plan:
    from archcalc.layers.activation import ELU

    return Plan(ELU(number(alpha, "alpha")), ())


@layer("CELU")
def celu(name: str, alpha: Value = 1.0, inplace: Value = False) -> Plan:
    from archcalc.layers.activation import CELU

    return Plan(CELU(number(alpha, "alpha")), ())


@layer("Hardtanh")
def hardtanh(
    name: str,
    min_val: Value = -1.0,
    max_val: Value = 1.0,
    inplace: Value = False,
    min_value: Value = None,
    max_value: Value = None,
) -> Plan:
    from archcalc.layers.activation import Hardtanh

    return Plan(Hardtanh(number(min_val, "min_val"), number(max_val, "max_val")), ())


@layer("GELU")
def gelu(name: str, approximate: Value = "none") -> Plan:
    checks.word(approximate, "approximate", "none", "tanh")
    return Plan(_activation("GELU"), ())


@layer("Softplus")
def softplus(name: str, beta: Value = 1.0, threshold: Value = 20.0) -> Plan:
    return Plan(_activation("Softplus"), ())


@layer("PReLU")
def prelu(name: str, num_parameters: Value = 1, init: Value = 0.25, device: Value = None, dtype: Value = None) -> Plan:
    from archcalc.layers.activation import PReLU

    slopes = whole(num_parameters, "num_parameters")
    return Plan(PReLU(slopes), ((slopes,),), MAP, ANY_RANK)


@layer("Softmax", "LogSoftmax", "Softmin")
def softmax(name: str, dim: Value = None) -> Plan:
    return Plan(_activation("LogSoftmax" if name == "LogSoftmax" else "Softmax"), (), OWN)


# -- moving and resizing ----------------------------------------------------------------------------------------------


@layer(*ranked("ZeroPad"), *ranked("ReflectionPad"), *ranked("ReplicationPad"), *ranked("CircularPad"))
def pad(name: str, padding: Value) -> Plan:
    return _pad(name, padding)


@layer(*ranked("ConstantPad"))
def constant_pad(name: str, padding: Value, value: Value) -> Plan:
    number(value, "value")
    return _pad(name, padding)


def _pad(name: str, padding: Value) -> Plan:
    """Pads are read as F.pad reads them; a module of them has a row of its own."""
    from archcalc.layers.linear import Identity
    from archcalc.layers.resample import CircularPad, ReflectionPad, ReplicationPad, ZeroPad

    rank = int(name[-2])
    listed = tuple(padding) if isinstance(padding, tuple | List) else (padding,) * (2 * rank)
    sides = tuple(whole(n, "padding", -checks.MOST) for n in listed)
    if len(sides) != 2 * rank:
        raise ValueFault(f"padding of nn.{name} is one number or {2 * rank}", AS_TORCH)
    pairs = tuple((sides[2 * i], sides[2 * i + 1]) for i in reversed(range(rank)))
    kinds = {"ReflectionPad": ReflectionPad, "ReplicationPad": ReplicationPad, "CircularPad": CircularPad}
    return Plan(kinds.get(name[:-2], ZeroPad)(pairs) if min(sides) >= 0 else Identity(), (), OWN, (rank,))


@layer("PixelShuffle")
def pixel_shuffle(name: str, upscale_factor: Value) -> Plan:
    from archcalc.layers.resample import PixelShuffle

    return Plan(PixelShuffle(whole(upscale_factor, "upscale_factor")), (), MAP, (2,))


@layer("ChannelShuffle")
def channel_shuffle(name: str, groups: Value) -> Plan:
    from archcalc.layers.resample import ChannelShuffle

    return Plan(ChannelShuffle(whole(groups, "groups")), (), MAP, (1, 2, 3))


@layer("Upsample")
def upsample(
    name: str,
    size: Value = None,
    scale_factor: Value = None,
    mode: Value = "nearest",
    align_corners: Value = None,
    recompute_scale_factor: Value = None,
) -> Plan:
    return _upsample(size, scale_factor, mode)


@layer("UpsamplingNearest2d", "UpsamplingBilinear2d")
def upsampling(name: str, size: Value = None, scale_factor: Value = None) -> Plan:
    return _upsample(size, scale_factor, "bilinear" if "Bilinear" in name else "nearest")


def _upsample(size: Value, scale: Value, mode: Value) -> Plan:
    """The factor is made a size when the input is known; a whole one is a factor here."""
    from archcalc.layers.resample import Upsample

    if size is None and scale is None:
        raise ValueFault("either size or scale_factor should be defined", "scale_factor=2")
    how = checks.word(mode, "mode", "nearest", "linear", "bilinear", "trilinear", "nearest-exact", "bicubic", "area")
    mode = how if how in ("linear", "bilinear", "trilinear") else "nearest"
    if size is not None:
        axes = 3 if isinstance(size, tuple | List) and len(size) == 3 else 2  # which of them it is, its input says
        return Plan(Upsample(size=per_axis(size, axes, "size"), mode=mode), (), OWN)
    factor = int(scale) if isinstance(scale, float) and scale.is_integer() else scale
    return Plan(Upsample(scale=factor if isinstance(factor, int) and factor > 0 else 2, mode=mode), (), OWN)


@layer("Flatten")
def flatten(name: str, start_dim: Value = 1, end_dim: Value = -1) -> Plan:
    from archcalc.layers.linear import Flatten

    return Plan(Flatten(), (), OWN)


@layer("Unflatten")
def unflatten(name: str, dim: Value, unflattened_size: Value) -> Plan:
    from archcalc.layers.linear import Flatten

    return Plan(Flatten(), (), OWN)


# -- sequences --------------------------------------------------------------------------------------------------------


@layer("LSTM", "GRU")
def recurrent(
    name: str,
    input_size: Value,
    hidden_size: Value,
    num_layers: Value = 1,
    bias: Value = True,
    batch_first: Value = False,
    dropout: Value = 0.0,
    bidirectional: Value = False,
    proj_size: Value = 0,
    device: Value = None,
    dtype: Value = None,
) -> Plan:
    made = _recurrent(name, input_size, hidden_size, num_layers, bias, dropout, bidirectional)
    proj = whole(proj_size, "proj_size", least=0)
    return _projected(made, proj) if proj else made


@layer("RNN")
def simple_recurrent(
    name: str,
    input_size: Value,
    hidden_size: Value,
    num_layers: Value = 1,
    nonlinearity: Value = "tanh",
    bias: Value = True,
    batch_first: Value = False,
    dropout: Value = 0.0,
    bidirectional: Value = False,
    device: Value = None,
    dtype: Value = None,
) -> Plan:
    checks.word(nonlinearity, "nonlinearity", "tanh", "relu")
    return _recurrent(name, input_size, hidden_size, num_layers, bias, dropout, bidirectional)


def _projected(made: Plan, proj: int) -> Plan:
    """An LSTM whose states are projected; any other is refused as torch refuses it."""
    from archcalc.layers.recurrent import LSTM

    if not isinstance(made.layer, LSTM):
        raise ValueFault("proj_size argument is only supported for LSTM, not RNN or GRU", "proj_size=0")
    if proj >= made.layer.hidden:
        raise ValueFault("proj_size has to be smaller than hidden_size", f"proj_size={made.layer.hidden - 1}")
    return made._replace(layer=dataclasses.replace(made.layer, proj=proj))


def _recurrent(name: str, features: Value, hidden: Value, layers: Value, bias: Value, dropout: Value, both: Value) -> Plan:
    import archcalc.layers.recurrent as cells
    from archcalc.layers.kinds import few

    into, depth = whole(features, "input_size"), whole(layers, "num_layers", most=few.most)
    made: Layer = getattr(cells, name)(
        hidden=whole(hidden, "hidden_size"), layers=depth, bidirectional=flag(both, "bidirectional"),
        biases=2 if flag(bias, "bias") else 0, dropout=share(dropout, "dropout"), input=into,
    )  # fmt: skip
    return Plan(made, ((1, into),), OWN)


@layer("MultiheadAttention")
def attention(
    name: str,
    embed_dim: Value,
    num_heads: Value,
    dropout: Value = 0.0,
    bias: Value = True,
    add_bias_kv: Value = False,
    add_zero_attn: Value = False,
    kdim: Value = None,
    vdim: Value = None,
    batch_first: Value = False,
    device: Value = None,
    dtype: Value = None,
) -> Plan:
    from archcalc.layers.attention import Attention

    embedding, heads = whole(embed_dim, "embed_dim"), whole(num_heads, "num_heads")
    checks.only(add_bias_kv, False, "add_bias_kv")
    checks.only(add_zero_attn, False, "add_zero_attn")
    wide = [None if size is None else whole(size, what) for size, what in ((kdim, "kdim"), (vdim, "vdim"))]
    of_keys, of_values = (None if size == embedding else size for size in wide)
    divisible(embedding, heads, "num_heads", "embed_dim must be divisible by num_heads")
    made = Attention(heads, flag(bias, "bias"), share(dropout, "dropout"), embedding, kdim=of_keys, vdim=of_values)
    shapes = ((1, embedding), (1, of_keys or embedding), (1, of_values or embedding))
    return Plan(made, shapes if of_keys or of_values else shapes[:1], OWN)
