"""torchprofile's MACs: it traces the model, and has a rule for some operators, multiplications value by value among them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from archcalc.conventions import Convention, Error
from archcalc.conventions.rules import (
    CONVOLUTIONS,
    FUSED,
    WRITTEN,
    if_learned,
    products,
    rules,
    times,
    values_out,
)
from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Layer, Shape, Shapes

if TYPE_CHECKING:
    from archcalc.layers.attention import Attention
    from archcalc.layers.recurrent import LSTM


def transposed(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The output's values, times the kernel, times what is taken for the input channels; groups are not seen."""
    given, made, *kernel = layer.weights(inputs)[0].shape
    channels = made if int(output[0]) == int(given) else given
    return a.product(output) * channels * a.product(kernel)


def multiplied(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """A multiplication for each value of a product value by value; of a square or a sign none."""
    return layer.operations(inputs, output).multiplications if getattr(layer, "op", "mul") == "mul" else 0


def scaled(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The same products of sizes, and the queries scaled."""
    return sizes(layer, inputs, output) + layer.operations(inputs, output).multiplications


def narrow(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """An LSTM that projects its states is taken for one of as few hidden units."""
    lstm = cast("LSTM", layer)
    return products(replace(lstm, hidden=lstm.state, proj=0), inputs, output)


def combinations(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """One for every combination of indices, whether it is summed or not."""
    work = layer.operations(inputs, output)
    return work.products + work.multiplications


def sizes(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """Four products of sizes that torch's own module writes, one each; more where keys and values are projected together."""
    attention = cast("Attention", layer)
    together = len(inputs) == 2 and not attention.kdim and not attention.vdim
    return 4 + (1 + attention.bias if together else 0)


def averaged(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """One for each mean."""
    return values_out(layer, inputs, output) if getattr(layer, "op", "") == "mean" else 0


def interpolated(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """Four for each value of bilinear interpolation."""
    return 4 * values_out(layer, inputs, output) if getattr(layer, "mode", "") == "bilinear" else 0


TERMS = {
    "products": rules(f"{CONVOLUTIONS} fc attention {WRITTEN} {FUSED}", products)
    | rules("convtranspose", transposed)
    | rules("lstm", narrow)
    | rules("einsum", combinations),
    "normalisation": rules("bn layernorm groupnorm instancenorm", if_learned(values_out)),
    "activation": rules("leakyrelu", values_out),
    "pooling": rules("avgpool adaptiveavgpool lrn", values_out) | rules("reduce", averaged),
    "resampling": rules("upsample", interpolated),
    "elementwise": rules("mul pointwise scale", multiplied) | rules("lrn", times(2, values_out)) | rules("attention", sizes),
}
MADE = (
    Convention(
        "torchprofile",
        "torchprofile: MACs as torchprofile 0.1.0 prints them: products, also value by value, norms and means",
        terms=TERMS,
        # Of a leaky rectifier in place it knows nothing; asked for its weights, attention is written out.
        ways={
            "inplace": {key: table for key, table in TERMS.items() if key != "activation"},
            "weights": TERMS | {"elementwise": TERMS["elementwise"] | rules("attention", scaled)},
        },
        tool="torchprofile 0.1.0",
        source="torchprofile/handlers.py",
        errors=(
            Error(
                "convtranspose",
                "a transposed convolution is multiplied by the positions of its output, and its groups are not seen",
            ),
            Error("rnn gru", "RNN and GRU count nothing"),
            Error("lstm", "an LSTM whose states are projected counts as one with as few hidden units"),
            Error("attention", "products of sizes count one each; those of a program's own forward are not known here"),
        ),
    ),
)
