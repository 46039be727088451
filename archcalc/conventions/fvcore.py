"""fvcore's "flops", which are multiplications: it traces the model and has a rule for some operators; the others are 0."""

from __future__ import annotations

from archcalc.conventions import Convention, Error
from archcalc.conventions.rules import (
    CONVOLUTIONS,
    RECURRENT,
    if_learned,
    of_weights,
    on_maps,
    products,
    rounded,
    rules,
    times,
    values_in,
    values_out,
)
from archcalc.layers.base import Layer, Shape, Shapes


def contracted(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """Half of what numpy's einsum_path prints, but for two equations whose products it knows."""
    equation = getattr(layer, "equation", "")
    letters = {c: "abcdefgh"[i] for i, c in enumerate(dict.fromkeys(c for c in equation if c.isalpha())) if i < 8}
    if "".join(letters.get(c, c) for c in equation) in ("ab,ac->bc", "ab,cb->ca"):
        return products(layer, inputs, output)
    return rounded(layer, inputs, output) // 2


def upsampled(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """One for each value that nearest neighbours give, four for one of bilinear interpolation; in two dimensions alone."""
    each = {"nearest": 1, "bilinear": 4}.get(getattr(layer, "mode", ""), 0)
    return each * values_out(layer, inputs, output)


NORMALISED = rules("bn", if_learned(times(2, values_in), values_in)) | rules(
    "layernorm groupnorm instancenorm", if_learned(times(5, values_in), times(4, values_in))
)
TERMS = {
    "products": rules(f"{CONVOLUTIONS} convtranspose fc matmul", products)
    | rules("attention", of_weights)
    | rules("einsum", contracted),
    "normalisation": NORMALISED,
    "pooling": rules("adaptiveavgpool", on_maps(values_in)),
    "resampling": rules("upsample", on_maps(upsampled)),
}
WRITTEN_OUT = TERMS | {"products": TERMS["products"] | rules("attention", products)}
MADE = (
    Convention(
        "fvcore",
        "fvcore: flops as fvcore 0.1.5 prints them, which are multiplications of operators that it has a rule for",
        terms=TERMS,
        # Asked for its weights, attention is written out.
        ways={"weights": WRITTEN_OUT},
        tool="fvcore 0.1.5",
        source="fvcore/nn/jit_handles.py and the table in fvcore/nn/flop_count.py",
        errors=(
            Error("dotattention attention", "the fused kernel of attention counts nothing"),
            Error(RECURRENT, "RNN, LSTM and GRU count nothing"),
        ),
    ),
)
