"""Every layer of Keras that is known, by its names in Keras 1, 2 and 3: how it is read, and what of it no figure depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archcalc.formulas import arithmetic as a
from archcalc.notations.keras import products
from archcalc.notations.keras.activations import activation_layer, named_activation, prelu
from archcalc.notations.keras.merging import (
    average,
    combine,
    concatenate,
    layer_scale,
    merge,
    old_merge,
    rescaling,
    scaled_sum,
)
from archcalc.notations.keras.norms import batch_norm, group_norm, layer_norm, normalization
from archcalc.notations.keras.sequences import (
    RECURRENT_QUIET,
    attention,
    bidirectional,
    dense,
    embedding,
    recurrent,
    rnn,
    within,
)
from archcalc.notations.keras.shapes import flatten, permute, repeat_vector, reshape
from archcalc.notations.keras.uses import Use
from archcalc.notations.keras.windows import (
    adaptive_pool,
    conv,
    cropping,
    global_pool,
    local,
    pool,
    transposed,
    upsampling,
    zero_padding,
)
from archcalc.notations.keras.work import LOST, Values, Work
from archcalc.text.faults import suggestions
from archcalc.text.located import Json
from archcalc.text.source import Span


class Kind(NamedTuple):
    """How a layer is read, and what of its config no figure depends on."""

    read: Callable[[Use], Values]
    quiet: frozenset[str] = frozenset()


def _all(read: Callable[[Use], Values], names: str, quiet: str = "") -> dict[str, Kind]:
    return dict.fromkeys(names.split(), Kind(read, frozenset(quiet.split())))


def time_distributed(use: Use) -> Values:
    """A layer at every step, where it acts on the last axis alone."""
    inner = use.take("layer")
    kind = inner.get("class_name") if inner is not None else None
    config = inner.get("config") if inner is not None else None
    if kind is None or config is None or kind.string() not in AT_EVERY_STEP:
        shown = kind.string() if kind is not None else "nothing"
        use.fault(f"a TimeDistributed {shown[:40]} is not known here", use.place("layer"), '"class_name": "Dense"')
        return [LOST]
    made = within(use, config, kind.string())
    if kind.string() == "Flatten":
        value = use.own(use.one())
        shape = use.shape(value)
        values = [LOST if shape is None else use.node("reshape", [value], shape=(shape[0], a.product(shape[1:])), moved=False)]
    else:
        values = KINDS[kind.string()].read(made)
    made.rest(KINDS[kind.string()].quiet)
    return values


AT_EVERY_STEP = ("Dense", "Activation", "Dropout", "Flatten", "ReLU", "LeakyReLU")


def dropout(use: Use) -> Values:
    """Dropout of values or whole maps, which does nothing when a network is used."""
    use.take("data_format", "dim_ordering")
    rate = use.real("rate", "p", default=0.5)
    return [use.node("dropout", [use.one()], p=rate)]


def nothing(use: Use) -> Values:
    """What does nothing when a network is used: noise, augmentation of images, masks."""
    return [use.node("identity", [use.one()])]


KINDS: dict[str, Kind] = {
    **_all(
        conv,
        "Conv1D Conv2D Conv3D Convolution1D Convolution2D Convolution3D SeparableConv1D SeparableConv2D SeparableConvolution2D "
        "DepthwiseConv1D DepthwiseConv2D AtrousConvolution2D AtrousConvolution1D",
    ),
    **_all(transposed, "Conv1DTranspose Conv2DTranspose Conv3DTranspose Deconvolution2D"),
    **_all(local, "LocallyConnected1D LocallyConnected2D"),
    **_all(pool, "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D MaxPool1D MaxPool2D"),
    **_all(
        global_pool,
        "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D "
        "GlobalMaxPooling3D",
    ),
    **_all(
        adaptive_pool,
        "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D "
        "AdaptiveMaxPooling3D",
    ),
    **_all(zero_padding, "ZeroPadding1D ZeroPadding2D ZeroPadding3D"),
    **_all(cropping, "Cropping1D Cropping2D Cropping3D"),
    **_all(upsampling, "UpSampling1D UpSampling2D UpSampling3D"),
    **_all(dense, "Dense TimeDistributedDense"),
    **_all(embedding, "Embedding", "mask_zero dropout"),
    "LSTM": Kind(recurrent, RECURRENT_QUIET),
    "GRU": Kind(recurrent, RECURRENT_QUIET),
    "SimpleRNN": Kind(recurrent, RECURRENT_QUIET),
    "CuDNNLSTM": Kind(recurrent, RECURRENT_QUIET),
    "CuDNNGRU": Kind(recurrent, RECURRENT_QUIET),
    "RNN": Kind(rnn, RECURRENT_QUIET),
    **_all(bidirectional, "Bidirectional"),
    **_all(time_distributed, "TimeDistributed"),
    **_all(flatten, "Flatten"),
    **_all(reshape, "Reshape"),
    **_all(permute, "Permute"),
    **_all(merge("add"), "Add"),
    **_all(merge("mul"), "Multiply"),
    **_all(combine("sub"), "Subtract"),
    **_all(combine("div"), "Divide TrueDivide"),
    **_all(combine("maximum"), "Maximum"),
    **_all(combine("minimum"), "Minimum"),
    **_all(average, "Average"),
    **_all(rescaling, "Rescaling"),
    **_all(layer_scale, "LayerScale"),
    **_all(scaled_sum, "CustomScaleLayer"),
    **_all(repeat_vector, "RepeatVector"),
    **_all(concatenate, "Concatenate"),
    **_all(old_merge, "Merge"),
    **_all(batch_norm, "BatchNormalization", "momentum epsilon"),
    **_all(layer_norm, "LayerNormalization", "epsilon"),
    **_all(group_norm, "GroupNormalization", "epsilon"),
    **_all(normalization, "Normalization"),
    **_all(activation_layer, "Activation"),
    **_all(named_activation, "ReLU LeakyReLU ELU Softmax"),
    **_all(prelu, "PReLU"),
    **_all(dropout, "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout"),
    **_all(
        nothing,
        "GaussianNoise ActivityRegularization Masking RandomFlip RandomRotation RandomZoom RandomContrast RandomTranslation "
        "RandomBrightness StochasticDepth Identity",
        "drop_path_rate stddev sigma l1 l2 mask_value mode factor fill_mode fill_value interpolation height_factor width_factor "
        "value_range data_format",
    ),
    **_all(products.attention, "Attention AdditiveAttention", "dropout"),
    **_all(products.grouped_attention, "GroupQueryAttention", "dropout flash_attention"),
    **_all(products.dot, "Dot"),
    **_all(products.unit_normalization, "UnitNormalization"),
    **_all(products.rms_normalization, "RMSNormalization", "epsilon"),
    **_all(products.einsum_dense, "EinsumDense", "gptq_unpacked_column_size"),
    **_all(
        products.resizing,
        "Resizing CenterCrop RandomCrop",
        "crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value antialias",
    ),
    **_all(
        products.encoding,
        "TextVectorization CategoryEncoding StringLookup IntegerLookup Hashing",
        "max_tokens standardize split ngrams pad_to_max_tokens vocabulary idf_weights sparse ragged encoding num_oov_indices "
        "mask_token oov_token vocabulary_dtype invert oov_method salt num_bins mask_value",
    ),
    **_all(attention, "MultiHeadAttention", "dropout query_shape value_shape key_shape flash_attention"),
}


def computed(
    work: Work, config: Json, kind: str, owner: str, path: str, span: Span, inputs: Values, beside: bool, numbers: list[Json]
) -> Values:
    """What a layer of this class and config puts out. `owner` names it: when it is called again, it has the weights it had."""
    if any(value.node is None and not value.state for value in inputs):
        return [LOST]  # what it reads is not known after a fault
    known = KINDS.get(kind)
    if known is None:
        near = suggestions(kind, KINDS) or ["the model without it"]
        work.building.fault(f"the layer {kind[:60]} is not known here", span, *near)
        return [LOST]
    use = Use(work, config, kind, path, span, inputs, beside, numbers)
    work.replayed = list(work.owners[owner]) if owner in work.owners else None
    work.recorded = []
    outputs = known.read(use)
    if owner not in work.owners:
        work.owners[owner] = work.recorded
    work.replayed = None
    use.rest(known.quiet if all(value.node is not None or value.state for value in outputs) else known.quiet | {"activation"})
    return outputs
