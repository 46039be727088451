"""thop's MACs: it watches modules whose class it knows exactly; a class derived from one, and every function, is 0."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from archcalc.conventions import Convention, Error
from archcalc.conventions.rules import (
    CONVOLUTIONS,
    RECURRENT,
    biases,
    both,
    cells,
    if_learned,
    products,
    rules,
    times,
    values_in,
    values_out,
)
from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Count, Layer, Shape, Shapes

if TYPE_CHECKING:
    from archcalc.layers.recurrent import LSTM


def transposed(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """As of a convolution that gave this output: its values, times the kernel, times the input channels of a group."""
    kernel = a.product(layer.weights(inputs)[0].shape[2:])
    return a.product(output) * a.exact_div(inputs[0][0], getattr(layer, "groups", 1)) * kernel


def normalised(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """Exponentials, their sum, and a division each."""
    work = layer.operations(inputs, output)
    return work.exponentials + work.additions + work.divisions


def unprojected(count: Count) -> Count:
    """What counts for an LSTM with as many hidden units whose states are those units."""

    def counted(layer: Layer, inputs: Shapes, output: Shape) -> int:
        return count(replace(cast("LSTM", layer), proj=0), inputs, output)

    return counted


def upsampled(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """1, 5 or 11 operations for each value made."""
    each = {"nearest": 1, "linear": 5, "bilinear": 11}.get(getattr(layer, "mode", ""), 0)
    return each * values_out(layer, inputs, output)


MADE = (
    Convention(
        "thop",
        "thop: MACs as thop 0.1.1 prints them: modules by their exact class, functions not at all",
        terms={
            "products": rules(f"{CONVOLUTIONS} fc {RECURRENT}", products)
            | rules("convtranspose", transposed)
            | rules("lstm", unprojected(products)),
            "biases": rules(RECURRENT, biases),
            "normalisation": rules("bn layernorm instancenorm", if_learned(times(4, values_in), times(2, values_in))),
            "activation": rules("prelu", values_in) | rules("softmax", normalised),
            "pooling": rules("avgpool", values_out) | rules("adaptiveavgpool", both(values_in, values_out)),
            "resampling": rules("upsample", upsampled),
            "gates": rules("rnn", cells) | rules("gru", times(7, cells)) | rules("lstm", times(8, cells)),
        },
        ways={called: {} for called in ("derived", "inside", "functional", "function", "operator")},
        tool="thop 0.1.1.post2209072238",
        source="thop/vision/basic_hooks.py, thop/rnn_hooks.py and the table in thop/profile.py",
        errors=(
            Error("convtranspose", "a transposed convolution is counted as a convolution that gave its output"),
            Error("attention", "attention counts nothing"),
            Error("lstm", "an LSTM whose states are projected counts as one that does not project them"),
            Error(
                "fc matmul einsum dotattention conv",
                "what is called as a function, or is of a class derived from torch's, counts nothing",
            ),
        ),
    ),
)
