"""fvcore's "flops", which are multiplications: it traces the model and has a rule for some operators; the others are 0."""

from __future__ import annotations

from archcalc.conventions import Convention, Error
from archcalc.conventions.rules import (
    CONVOLUTIONS,
    RECURRENT,
    WRITTEN,
    if_learned,
    on_maps,
    products,
    rules,
    times,
    values_in,
    values_out,
)
from archcalc.layers.base import Layer, Shape, Shapes


def projections(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The products that have a weight as a factor."""
    return layer.products_of_weights(inputs, output)


def upsampled(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """One for each value that nearest neighbours give, four for one of bilinear interpolation; in two dimensions alone."""
    each = {"nearest": 1, "bilinear": 4}.get(getattr(layer, "mode", ""), 0)
    return each * values_out(layer, inputs, output)


STATISTICS = if_learned(times(5, values_in), times(4, values_in))
MADE = (
    Convention(
        "fvcore",
        "fvcore: flops as fvcore 0.1.5 prints them, which are multiplications of operators that it has a rule for",
        terms={
            "products": rules(f"{CONVOLUTIONS} convtranspose fc {WRITTEN}", products) | rules("attention", projections),
            "normalisation": rules("bn", if_learned(times(2, values_in), values_in))
            | rules("layernorm groupnorm instancenorm", STATISTICS),
            "pooling": rules("adaptiveavgpool", on_maps(values_in)),
            "resampling": rules("upsample", on_maps(upsampled)),
        },
        tool="fvcore 0.1.5",
        source="fvcore/nn/jit_handles.py and the table in fvcore/nn/flop_count.py",
        errors=(
            Error("dotattention attention", "the fused kernel of attention counts nothing"),
            Error(RECURRENT, "RNN, LSTM and GRU count nothing"),
        ),
    ),
)
