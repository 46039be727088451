"""The operators of ONNX: how each is read, and its attributes that no figure depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archcalc.notations.onnx import moves, pointwise, products, windows
from archcalc.notations.onnx.model import Node
from archcalc.notations.onnx.work import Array, Work


class Kind(NamedTuple):
    """How an operator is read, and what of it changes no figure."""

    read: Callable[[Work, Node], list[Array]]
    quiet: frozenset[str] = frozenset()


def _kind(read: Callable[[Work, Node], list[Array]], quiet: str = "") -> Kind:
    return Kind(read, frozenset(f"{quiet} consumed_inputs".split()))


_SIZES = "coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value nearest_mode antialias"
KINDS: dict[str, Kind] = {
    "Conv": _kind(windows.convolution),
    "ConvTranspose": _kind(windows.transposed_convolution),
    "MaxPool": _kind(windows.pooling),
    "AveragePool": _kind(windows.pooling),
    "GlobalAveragePool": _kind(windows.global_pooling),
    "GlobalMaxPool": _kind(windows.global_pooling),
    "Gemm": _kind(products.gemm),
    "Col2Im": _kind(windows.column_to_image),
    "MatMul": _kind(products.matmul),
    "Einsum": _kind(products.einsum),
    "Attention": _kind(products.attention),
    "BatchNormalization": _kind(products.batch_norm, "momentum is_test"),
    "InstanceNormalization": _kind(products.instance_norm),
    "LayerNormalization": _kind(products.last_norm),
    "RMSNormalization": _kind(products.last_norm),
    "GroupNormalization": _kind(products.group_norm),
    "LRN": _kind(products.lrn),
    **dict.fromkeys(("LSTM", "GRU", "RNN"), _kind(products.recurrent, "clip output_sequence activation_alpha activation_beta")),
    **{name: _kind(pointwise.function(kind)) for name, kind in {
        "Relu": "relu", "Selu": "selu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Mish": "mish", "Softplus": "softplus",
        "Softsign": "softsign",
    }.items()},
    **{name: _kind(pointwise.simple(op)) for name, op in {
        "Abs": "abs", "Neg": "neg", "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Reciprocal": "reciprocal", "Erf": "erf",
        "Sin": "sin", "Cos": "cos", "Tan": "tan", "Asin": "asin", "Acos": "acos", "Atan": "atan", "Sinh": "sinh", "Cosh": "cosh",
        "Asinh": "asinh", "Acosh": "acosh", "Atanh": "atanh", "Floor": "round", "Ceil": "round", "Round": "round",
    }.items()},
    "Not": _kind(pointwise.simple("logical", "bool")),
    "IsNaN": _kind(pointwise.simple("compare", "bool")),
    "IsInf": _kind(pointwise.simple("compare", "bool"), "detect_negative detect_positive"),
    "Sign": _kind(pointwise.function("sign")),
    "ThresholdedRelu": _kind(pointwise.function("relu"), "alpha"),
    "LeakyRelu": _kind(pointwise.leaky_relu),
    "Elu": _kind(pointwise.elu),
    "Celu": _kind(pointwise.celu),
    "HardSigmoid": _kind(pointwise.hard_sigmoid),
    "HardSwish": _kind(pointwise.hard_swish),
    "Gelu": _kind(pointwise.gelu),
    "Swish": _kind(pointwise.swish),
    "Clip": _kind(pointwise.clip),
    "PRelu": _kind(pointwise.prelu),
    "Softmax": _kind(pointwise.softmax),
    "LogSoftmax": _kind(pointwise.softmax),
    "Dropout": _kind(pointwise.dropout),
    "Identity": _kind(pointwise.same),
    "Cast": _kind(pointwise.same),
    "CastLike": _kind(pointwise.same),
    **dict.fromkeys(
        "Add Sub Mul Div Mod Pow Max Min Sum Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor".split(),
        _kind(pointwise.arithmetic),
    ),
    "Mean": _kind(pointwise.mean_of),
    "Where": _kind(pointwise.where),
    **dict.fromkeys(
        "ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare "
        "ArgMax ArgMin".split(),
        _kind(pointwise.reduction),
    ),
    "Reshape": _kind(moves.reshape),
    "Flatten": _kind(moves.flatten),
    "Squeeze": _kind(moves.squeeze),
    "Unsqueeze": _kind(moves.unsqueeze),
    "Transpose": _kind(moves.transpose),
    "Slice": _kind(moves.slices),
    "Split": _kind(moves.split),
    "Gather": _kind(moves.gather),
    "GatherElements": _kind(moves.gather_elements),
    "GatherND": _kind(moves.gather_nd),
    **dict.fromkeys(("ScatterND", "ScatterElements", "Scatter"), _kind(moves.scatter)),
    "Trilu": _kind(moves.trilu),
    "Expand": _kind(moves.expand),
    "Tile": _kind(moves.tile),
    "Concat": _kind(moves.concat),
    "SplitToSequence": _kind(moves.split_to_sequence),
    "SequenceConstruct": _kind(moves.sequence),
    "SequenceAt": _kind(moves.sequence_at),
    "SequenceLength": _kind(moves.sequence_length),
    "ConcatFromSequence": _kind(moves.join_sequence),
    "Pad": _kind(moves.pad),
    "Resize": _kind(moves.resize, _SIZES),
    "Upsample": _kind(moves.resize),
    "DepthToSpace": _kind(moves.depth_to_space),
    "SpaceToDepth": _kind(moves.depth_to_space),
    "Shape": _kind(moves.shape_of),
    "Size": _kind(moves.size_of),
    "Constant": _kind(moves.constant),
    "ConstantOfShape": _kind(moves.constant_of_shape),
    "Range": _kind(moves.span),
    "EyeLike": _kind(moves.eye, "dtype k"),
}  # fmt: skip

# What is refused by name, and why.
REFUSED: dict[str, str] = {
    **dict.fromkeys(("If", "Loop", "Scan", "SequenceMap"), "control flow: which part runs, or how often, depends on values"),
    **dict.fromkeys(
        (
            "QuantizeLinear",
            "DequantizeLinear",
            "QLinearConv",
            "QLinearMatMul",
            "ConvInteger",
            "MatMulInteger",
            "DynamicQuantizeLinear",
        ),
        "a quantized network: the figures here are those of one that is not",
    ),
    **dict.fromkeys(("NonZero", "Unique", "NonMaxSuppression", "Compress"), "how many values go out depends on values"),
}
