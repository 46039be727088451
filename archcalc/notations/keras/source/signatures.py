"""What the layers of Keras take, in the order of their arguments. Source: the signatures of Keras 3.15, and where it has no such
layer those of Keras 2; a test holds the first against the running Keras."""

from __future__ import annotations

_WEIGHTS = (
    "kernel_initializer bias_initializer kernel_regularizer bias_regularizer activity_regularizer kernel_constraint "
    "bias_constraint"
)
_CONV = f"filters kernel_size strides padding data_format dilation_rate groups activation use_bias {_WEIGHTS}"
_TRANSPOSED = f"filters kernel_size strides padding output_padding data_format dilation_rate activation use_bias {_WEIGHTS}"
_TRANSPOSED_3D = f"filters kernel_size strides padding data_format output_padding dilation_rate activation use_bias {_WEIGHTS}"
_DEPTHWISE = (
    "kernel_size strides padding depth_multiplier data_format dilation_rate activation use_bias depthwise_initializer "
    "bias_initializer depthwise_regularizer bias_regularizer activity_regularizer depthwise_constraint bias_constraint"
)
_SEPARABLE = (
    "filters kernel_size strides padding data_format dilation_rate depth_multiplier activation use_bias depthwise_initializer "
    "pointwise_initializer bias_initializer depthwise_regularizer pointwise_regularizer bias_regularizer activity_regularizer "
    "depthwise_constraint pointwise_constraint bias_constraint"
)
_LOCAL = f"filters kernel_size strides padding data_format activation use_bias {_WEIGHTS} implementation"
_POOL = "pool_size strides padding data_format name"
_RECURRENT = "kernel_initializer recurrent_initializer bias_initializer"
_HELD = (
    "kernel_regularizer recurrent_regularizer bias_regularizer activity_regularizer kernel_constraint recurrent_constraint "
    "bias_constraint dropout recurrent_dropout"
)
_CELL = _HELD.replace("activity_regularizer ", "")
_SEQUENCES = "return_sequences return_state go_backwards stateful unroll"
_ATTENTION = f"flash_attention {_WEIGHTS} use_gate seed"
_LORA = "lora_rank lora_alpha quantization_config"

SIGNATURES: dict[str, str] = {
    "Activation": "activation",
    "ActivityRegularization": "l1 l2",
    "Add": "",
    **dict.fromkeys([f"Adaptive{kind}Pooling{n}D" for kind in ("Max", "Average") for n in (1, 2, 3)], "output_size data_format"),
    "AdditiveAttention": "use_scale dropout",
    "AlphaDropout": "rate noise_shape seed",
    "Attention": "use_scale score_mode dropout seed",
    "Average": "",
    **dict.fromkeys([f"{kind}Pooling{n}D" for kind in ("Max", "Average") for n in (1, 2, 3)], _POOL),
    "BatchNormalization": (
        "axis momentum epsilon center scale beta_initializer gamma_initializer moving_mean_initializer "
        "moving_variance_initializer beta_regularizer gamma_regularizer beta_constraint gamma_constraint renorm renorm_clipping "
        "renorm_momentum synchronized"
    ),
    "Bidirectional": "layer merge_mode weights backward_layer",
    "CategoryEncoding": "num_tokens output_mode sparse",
    "CenterCrop": "height width data_format",
    "Concatenate": "axis",
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), _CONV),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose"), _TRANSPOSED),
    "Conv3DTranspose": _TRANSPOSED_3D,
    **dict.fromkeys(
        [f"ConvLSTM{n}D" for n in (1, 2, 3)],
        "filters kernel_size strides padding data_format dilation_rate activation recurrent_activation use_bias "
        f"{_RECURRENT} unit_forget_bias {_HELD} seed return_sequences return_state go_backwards stateful",
    ),
    "Cropping1D": "cropping",
    **dict.fromkeys(("Cropping2D", "Cropping3D"), "cropping data_format"),
    "Dense": f"units activation use_bias {_WEIGHTS} {_LORA}",
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _DEPTHWISE),
    "Dot": "axes normalize",
    "Dropout": "rate noise_shape seed",
    "ELU": "alpha",
    "EinsumDense": (
        "equation output_shape activation bias_axes kernel_initializer bias_initializer kernel_regularizer bias_regularizer "
        "kernel_constraint bias_constraint lora_rank lora_alpha gptq_unpacked_column_size quantization_config"
    ),
    "Embedding": (
        f"input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero weights {_LORA}"
    ),
    "Flatten": "data_format",
    "GRU": f"units activation recurrent_activation use_bias {_RECURRENT} {_HELD} seed {_SEQUENCES} reset_after use_cudnn",
    "GRUCell": f"units activation recurrent_activation use_bias {_RECURRENT} {_CELL} reset_after seed",
    "GaussianDropout": "rate seed",
    "GaussianNoise": "stddev seed",
    **dict.fromkeys([f"Global{kind}Pooling{n}D" for kind in ("Max", "Average") for n in (1, 2, 3)], "data_format keepdims"),
    "GroupNormalization": (
        "groups axis epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer beta_constraint "
        "gamma_constraint"
    ),
    "GroupQueryAttention": (
        f"head_dim num_query_heads num_key_value_heads dropout use_bias sliding_window flash_attention {_WEIGHTS} use_gate seed"
    ),
    "Identity": "",
    "InputLayer": "shape batch_size dtype sparse ragged batch_shape input_tensor optional name",
    "LSTM": (f"units activation recurrent_activation use_bias {_RECURRENT} unit_forget_bias {_HELD} seed {_SEQUENCES} use_cudnn"),
    "LSTMCell": f"units activation recurrent_activation use_bias {_RECURRENT} unit_forget_bias {_CELL} seed",
    "Lambda": "function output_shape mask arguments",
    "LayerNormalization": (
        "axis epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer beta_constraint "
        "gamma_constraint"
    ),
    "LeakyReLU": "negative_slope",
    "Masking": "mask_value",
    "Maximum": "",
    "Minimum": "",
    "Multiply": "",
    "MultiHeadAttention": (
        f"num_heads key_dim value_dim dropout use_bias output_shape attention_axes sliding_window {_ATTENTION}"
    ),
    "Normalization": "axis mean variance invert",
    "PReLU": "alpha_initializer alpha_regularizer alpha_constraint shared_axes",
    "Permute": "dims",
    "StringLookup": (
        "max_tokens num_oov_indices mask_token oov_token vocabulary idf_weights invert output_mode pad_to_max_tokens sparse "
        "encoding name salt"
    ),
    "IntegerLookup": (
        "max_tokens num_oov_indices mask_token oov_token vocabulary vocabulary_dtype idf_weights invert output_mode sparse "
        "pad_to_max_tokens oov_method salt name"
    ),
    "Hashing": "num_bins mask_value salt output_mode sparse",
    "RMSNormalization": "axis epsilon",
    "RNN": "cell return_sequences return_state go_backwards stateful unroll zero_output_for_mask",
    "ReLU": "max_value negative_slope threshold",
    "RandomBrightness": "factor value_range seed",
    "RandomContrast": "factor value_range seed",
    "RandomCrop": "height width seed data_format name",
    "RandomFlip": "mode seed data_format",
    "RandomRotation": "factor fill_mode interpolation seed fill_value data_format",
    **dict.fromkeys(
        ("RandomTranslation", "RandomZoom"), "height_factor width_factor fill_mode interpolation seed fill_value data_format"
    ),
    "RepeatVector": "n",
    "Rescaling": "scale offset",
    "Reshape": "target_shape",
    "Resizing": (
        "height width interpolation crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value antialias data_format"
    ),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _SEPARABLE),
    "SimpleRNN": f"units activation use_bias {_RECURRENT} {_HELD} {_SEQUENCES} seed",
    "SimpleRNNCell": f"units activation use_bias {_RECURRENT} {_CELL} seed",
    "Softmax": "axis",
    "SpatialDropout1D": "rate seed name dtype",
    **dict.fromkeys(("SpatialDropout2D", "SpatialDropout3D"), "rate data_format seed name dtype"),
    "StackedRNNCells": "cells",
    "Subtract": "",
    "TextVectorization": (
        "max_tokens standardize split ngrams output_mode output_sequence_length pad_to_max_tokens vocabulary idf_weights sparse "
        "ragged encoding name"
    ),
    "TimeDistributed": "layer",
    "UnitNormalization": "axis",
    "UpSampling1D": "size",
    "UpSampling2D": "size data_format interpolation",
    "UpSampling3D": "size data_format",
    "ZeroPadding1D": "padding data_format",
    **dict.fromkeys(("ZeroPadding2D", "ZeroPadding3D"), "padding data_format"),
}
# Of Keras 1 and 2 alone.
OLDER: dict[str, str] = {
    "CuDNNLSTM": f"units {_RECURRENT} unit_forget_bias {_HELD} return_sequences return_state go_backwards stateful",
    "CuDNNGRU": f"units {_RECURRENT} {_HELD} return_sequences return_state go_backwards stateful",
    "LocallyConnected1D": _LOCAL,
    "LocallyConnected2D": _LOCAL,
    "Merge": "layers mode concat_axis dot_axes output_shape output_mask arguments node_indices tensor_indices",
    "AtrousConvolution1D": "nb_filter filter_length init activation weights border_mode subsample_length atrous_rate",
    "AtrousConvolution2D": "nb_filter nb_row nb_col init activation weights border_mode subsample atrous_rate",
    "TimeDistributedDense": "output_dim init activation",
}
# Keras 1 took the sizes of a kernel one by one.
FIRST_KERAS: dict[str, str] = {
    "Convolution1D": "nb_filter filter_length init activation weights border_mode subsample_length",
    "Convolution2D": "nb_filter nb_row nb_col init activation weights border_mode subsample dim_ordering",
    "Convolution3D": "nb_filter kernel_dim1 kernel_dim2 kernel_dim3 init activation weights border_mode subsample dim_ordering",
}
# Other names of a layer.
ALIASES: dict[str, str] = {
    **{f"Convolution{n}D": f"Conv{n}D" for n in (1, 2, 3)},
    **{f"Convolution{n}DTranspose": f"Conv{n}DTranspose" for n in (1, 2, 3)},
    **{f"Deconvolution{n}D": f"Conv{n}DTranspose" for n in (1, 2, 3)},
    **{f"SeparableConvolution{n}D": f"SeparableConv{n}D" for n in (1, 2)},
    **{f"MaxPool{n}D": f"MaxPooling{n}D" for n in (1, 2, 3)},
    **{f"AvgPool{n}D": f"AveragePooling{n}D" for n in (1, 2, 3)},
    **{f"GlobalMaxPool{n}D": f"GlobalMaxPooling{n}D" for n in (1, 2, 3)},
    **{f"GlobalAvgPool{n}D": f"GlobalAveragePooling{n}D" for n in (1, 2, 3)},
}  # fmt: skip
# What every layer takes by name.
ALWAYS = (
    "name trainable dtype activity_regularizer autocast input_shape batch_input_shape batch_size input_dim input_length "
    "input_dtype batch_shape weights dynamic implementation data_format"
).split()
# What layers of older releases take beside, by name; a layer that does not know one refuses it when it is called.
OLD_WORDS = (
    "nb_filter nb_row nb_col filter_length kernel_dim1 kernel_dim2 kernel_dim3 border_mode subsample subsample_length init "
    "dim_ordering bias output_dim W_regularizer b_regularizer W_constraint b_constraint p alpha inner_activation inner_init "
    "forget_bias_init dropout_W dropout_U consume_less pool_length stride sigma length mode concat_axis dims unroll "
    "time_major use_cudnn synchronized time_major noise_shape"
).split()


def parameters(kind: str) -> list[str] | None:
    """The arguments of a layer in order; None for a class that is no layer known here."""
    found = SIGNATURES.get(kind, OLDER.get(kind))
    return None if found is None else found.split()


def layer_of(name: str) -> str | None:
    """The layer that a name stands for; None where it is none."""
    kind = ALIASES.get(name, name)
    return kind if kind in SIGNATURES or kind in OLDER else None
