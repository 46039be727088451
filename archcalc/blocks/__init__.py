"""The shipped blocks: text in the notation, to be read, used and copied. `archcalc blocks NAME` prints one.

The table holds every name with the file it stands in; a test holds table and files together.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from archcalc.errors import Source
from archcalc.spec import Map

TABLE: dict[str, str] = {
    "vgg": "vgg",
    "conv_bn": "conv_bn",
    "inception": "inception",
    "inception_v1_bn": "inception",
    "aux_head": "aux_head",
    "basic": "residual",
    "bottleneck": "residual",
    "depthwise_separable": "mobilenet",
    "inverted_residual": "mobilenet",
    "squeeze_excite": "squeeze_excite",
    "fire": "fire",
    "dense_layer": "dense",
    "transition": "dense",
    "nin": "nin",
    "wide_and_deep": "wide_and_deep",
    "transformer_encoder_layer": "transformer",
    "double_conv": "unet",
}


def text(file: str) -> str:
    """The text of a block file."""
    return (Path(__file__).parent / f"{file}.yaml").read_text(encoding="utf-8")


@lru_cache(maxsize=None)
def definitions(file: str) -> Map:
    """The tree of a block file: a mapping of block names to their definitions."""
    from archcalc.notations.yaml import read

    return read(Source(f"blocks/{file}.yaml", text(file)))
