"""The table of layers: the kind's own name, its module, its class, and what other people call it.

A family's module is imported when one of its layers is first named. A test holds this table and the classes together.
Names are compared without case, spaces, dashes and underscores.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.layers.base import Layer

TABLE: dict[str, tuple[str, str, str]] = {
    "conv": (
        "conv",
        "Conv",
        "convolution convolutional conv1d conv2d conv3d convlayer convolution2d convolution1d convolution3d",
    ),
    "depthwise": (
        "conv",
        "Depthwise",
        "depthwiseconv depthwiseconv2d depthwiseconv1d depthwiseconvolution convdw dwconv dw "
        "depthwiseconvolution2d convdepthwise",
    ),
    "convtranspose": (
        "transposed",
        "ConvTranspose",
        "transposedconv transposedconvolution convtranspose1d convtranspose2d convtranspose3d "
        "conv2dtranspose conv1dtranspose conv3dtranspose deconv deconvolution deconv2d upconv "
        "upconvolution transposeconv",
    ),
    "locallyconnected": (
        "conv",
        "LocallyConnected",
        "local locallyconnected1d locallyconnected2d localconv unsharedconv localconv2d",
    ),
    "maxpool": (
        "pool",
        "MaxPool",
        "pool maxpooling maxpool1d maxpool2d maxpool3d maxpooling1d maxpooling2d maxpooling3d pooling",
    ),
    "avgpool": (
        "pool",
        "AvgPool",
        "averagepool averagepooling avgpooling meanpool avgpool1d avgpool2d avgpool3d "
        "averagepooling1d averagepooling2d averagepooling3d",
    ),
    "adaptiveavgpool": (
        "pool",
        "AdaptiveAvgPool",
        "globalavgpool globalaveragepool globalaveragepooling gap globalavgpooling "
        "globalaveragepooling1d globalaveragepooling2d globalaveragepooling3d adaptiveavgpool1d "
        "adaptiveavgpool2d adaptiveavgpool3d adaptiveaveragepool globalpool globalavgpool2d",
    ),
    "adaptivemaxpool": (
        "pool",
        "AdaptiveMaxPool",
        "globalmaxpool globalmaxpooling globalmaxpooling1d globalmaxpooling2d globalmaxpooling3d "
        "adaptivemaxpool1d adaptivemaxpool2d adaptivemaxpool3d",
    ),
    "fc": (
        "linear",
        "Linear",
        "linear dense innerproduct fullyconnected fullconnected affine fullyconnectedlayer",
    ),
    "rbf": ("linear", "RBF", "radialbasis euclideanrbf"),
    "flatten": ("linear", "Flatten", ""),
    "reshape": ("linear", "Reshape", "view"),
    "permute": ("linear", "Permute", "transpose"),
    "dropout": ("linear", "Dropout", "dropout1d dropout2d dropout3d alphadropout"),
    "droppath": ("linear", "DropPath", "stochasticdepth"),
    "identity": ("linear", "Identity", "noop"),
    "embedding": ("linear", "Embedding", "embed lookup"),
    "embeddingbag": ("linear", "EmbeddingBag", "bagofwords"),
    "bilinear": ("linear", "Bilinear", ""),
    "bn": (
        "norm",
        "BatchNorm",
        "batchnorm batchnorm1d batchnorm2d batchnorm3d batchnormalization batchnormalisation",
    ),
    "layernorm": ("norm", "LayerNorm", "ln layernormalization layernormalisation"),
    "scale": ("norm", "Scale", "layerscale channelscale"),
    "rmsnorm": ("norm", "RMSNorm", "rms rmsnormalization rmsnormalisation"),
    "groupnorm": ("norm", "GroupNorm", "gn groupnormalization"),
    "instancenorm": (
        "norm",
        "InstanceNorm",
        "instancenorm1d instancenorm2d instancenorm3d instancenormalization",
    ),
    "lrn": ("norm", "LocalResponseNorm", "localresponsenorm localresponsenormalization"),
    "relu": ("activation", "ReLU", ""),
    "relu6": ("activation", "ReLU6", ""),
    "leakyrelu": ("activation", "LeakyReLU", "leaky lrelu"),
    "prelu": ("activation", "PReLU", ""),
    "elu": ("activation", "ELU", ""),
    "celu": ("activation", "CELU", ""),
    "hardtanh": ("activation", "Hardtanh", "htanh"),
    "softsign": ("activation", "Softsign", ""),
    "logsigmoid": ("activation", "LogSigmoid", ""),
    "glu": ("activation", "GLU", "gatedlinearunit"),
    "selu": ("activation", "SELU", ""),
    "gelu": ("activation", "GELU", ""),
    "sigmoid": ("activation", "Sigmoid", "logistic"),
    "tanh": ("activation", "Tanh", ""),
    "silu": ("activation", "SiLU", "swish"),
    "hardsigmoid": ("activation", "Hardsigmoid", "hsigmoid"),
    "hardswish": ("activation", "Hardswish", "hswish"),
    "mish": ("activation", "Mish", ""),
    "softplus": ("activation", "Softplus", ""),
    "heaviside": ("activation", "Heaviside", "step threshold"),
    "sign": ("activation", "Sign", ""),
    "softmax": ("activation", "Softmax", ""),
    "logsoftmax": ("activation", "LogSoftmax", ""),
    "add": ("merge", "Add", "sum plus"),
    "mul": ("merge", "Mul", "multiply times"),
    "concat": ("merge", "Concat", "concatenate cat depthconcat filterconcat filterconcatenation"),
    "combine": ("pointwise", "Combine", ""),
    "pointwise": ("pointwise", "Pointwise", ""),
    "reduce": ("pointwise", "Reduce", ""),
    "matmul": ("product", "MatMul", "matrixproduct bmm dot"),
    "einsum": ("product", "Einsum", ""),
    "dotattention": ("product", "DotAttention", "scaleddotproductattention sdpa"),
    "learned": ("learned", "Learned", "parameter"),
    "constant": ("learned", "Constant", "buffer"),
    "move": ("move", "Move", ""),
    "upsample": ("resample", "Upsample", "upsampling upsampling1d upsampling2d upsampling3d unpool"),
    "zeropad": (
        "resample",
        "ZeroPad",
        "zeropad1d zeropad2d zeropad3d zeropadding zeropadding1d zeropadding2d zeropadding3d pad",
    ),
    "reflectionpad": (
        "resample",
        "ReflectionPad",
        "reflectionpad1d reflectionpad2d reflectionpad3d reflectpad mirrorpad",
    ),
    "replicationpad": (
        "resample",
        "ReplicationPad",
        "replicationpad1d replicationpad2d replicationpad3d replicatepad edgepad",
    ),
    "circularpad": ("resample", "CircularPad", "circularpad1d circularpad2d circularpad3d wrappad"),
    "crop": ("resample", "Crop", "centercrop cropping centrecrop"),
    "channelshuffle": ("resample", "ChannelShuffle", "shuffle"),
    "slice": ("resample", "Slice", "channelslice narrow"),
    "roll": ("resample", "Roll", ""),
    "pixelshuffle": ("resample", "PixelShuffle", "depthtospace"),
    "pixelunshuffle": ("resample", "PixelUnshuffle", "spacetodepth reorg"),
    "channelpad": ("resample", "ChannelPad", "padchannels"),
    "boxes": ("detection", "Boxes", "yolo region detect detection"),
    "unfold": ("folding", "Unfold", "im2col"),
    "fold": ("folding", "Fold", "col2im"),
    "rnn": ("recurrent", "RNN", "simplernn elman"),
    "lstm": ("recurrent", "LSTM", ""),
    "gru": ("recurrent", "GRU", ""),
    "attention": ("attention", "Attention", "multiheadattention mha selfattention multiheadselfattention"),
    "partition": ("attention", "Partition", "windowpartition"),
    "unpartition": ("attention", "Unpartition", "windowreverse"),
    "positions": ("attention", "Positions", "positionembedding positionalembedding learnedpositions"),
    "classtoken": ("attention", "ClassToken", "clstoken"),
}


def normal(word: str) -> str:
    """A name as it is compared: lower case, without spaces, dashes and underscores."""
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")


# What may join parallel paths.
JOINS = tuple(kind for kind, (module, _, _) in TABLE.items() if module == "merge")
KINDS: dict[str, str] = {kind: kind for kind in TABLE} | {
    name: kind for kind, (_, _, names) in TABLE.items() for name in names.split()
}


@cache
def layer_class(kind: str) -> type[Layer]:
    """The class of a kind, its family imported if need be."""
    module, name, _ = TABLE[kind]
    found: type[Layer] = getattr(importlib.import_module(f"archcalc.layers.{module}"), name)
    return found
