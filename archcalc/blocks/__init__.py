"""The shipped blocks: text in the notation, to be read, used and copied. `archcalc blocks NAME` prints one.

The table holds every name with the file it stands in; a test holds table and files together.
"""

from __future__ import annotations

import os

TABLE: dict[str, str] = {
    "vgg": "vgg",
    "inception": "inception",
    "inception_v1_bn": "inception",
    "aspp": "aspp",
    "aux_head": "aux_head",
    "aux_head_bn": "aux_head",
    "basic": "residual",
    "bottleneck": "residual",
    "depthwise_separable": "mobilenet",
    "inverted_residual": "mobilenet",
    "squeeze_excite": "squeeze_excite",
    "mbconv": "efficientnet",
    "fused_mbconv": "efficientnet",
    "conv_bn": "efficientnet",
    "shuffle_unit": "shuffle",
    "convnext_block": "convnext",
    "window_block": "windows",
    "maxvit_block": "windows",
    "regnet_block": "regnet",
    "inception_a": "inception_v3",
    "inception_b": "inception_v3",
    "inception_c": "inception_v3",
    "inception_d": "inception_v3",
    "inception_e": "inception_v3",
    "fire": "fire",
    "dense_layer": "dense",
    "dense_block": "dense",
    "transition": "dense",
    "nin": "nin",
    "wide_and_deep": "wide_and_deep",
    "transformer_encoder_layer": "transformer",
    "double_conv": "unet",
    "unet_up": "unet",
}
# Blocks that begin with a layer that reads a sequence: two sizes in front of one are T×F, not an image.
SEQUENCES = frozenset(("transformer_encoder_layer",))


def text(file: str) -> str:
    """The text of a block file."""
    with open(os.path.join(os.path.dirname(__file__), f"{file}.yaml"), encoding="utf-8") as stream:
        return stream.read()
