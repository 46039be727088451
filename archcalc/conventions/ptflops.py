"""ptflops, with its two back ends: `pytorch` watches modules and replaces functions, `aten` watches what is dispatched."""

from __future__ import annotations

from archcalc.conventions import Convention, Error
from archcalc.conventions.rules import (
    CONVOLUTIONS,
    FUSED,
    POOLS,
    RECURRENT,
    WRITTEN,
    biases,
    cells,
    if_learned,
    if_projected,
    in_gates,
    neighbours,
    products,
    rules,
    times,
    value_by_value,
    values_in,
    values_out,
)
from archcalc.layers.base import Layer, Shape, Shapes


def scaling(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The queries scaled."""
    return layer.operations(inputs, output).multiplications


def scores(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """A value for every exponential of attention's softmax."""
    return layer.operations(inputs, output).exponentials


def added(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """Attention's biases; that of its last projection counts whether it is there or not."""
    return biases(layer, inputs, output) or values_out(layer, inputs, output)


# What a function counts; a module that calls it counts it once more.
FUNCTIONAL = {
    "activation": rules("relu relu6 prelu elu gelu silu softmax", values_in),
    "pooling": rules(POOLS, values_in) | rules("lrn", neighbours),
    "resampling": rules("upsample", values_out),
    "elementwise": rules("lrn", times(3, values_out)),
}
FUNCTIONS = {"products": rules("matmul", products), "elementwise": rules("add mul pointwise", value_by_value)}
MODULES = {
    "products": rules(f"{CONVOLUTIONS} convtranspose fc attention matmul rnn gru", products) | rules("lstm", in_gates),
    "biases": rules(f"{CONVOLUTIONS} convtranspose fc {RECURRENT}", biases) | rules("attention", added),
    "normalisation": rules("bn groupnorm instancenorm", if_learned(times(2, values_in), values_in))
    | rules("layernorm", values_in),
    "activation": rules("relu prelu elu gelu", times(2, values_in))
    | rules("relu6 leakyrelu silu softmax", values_in)
    | rules("attention", scores),
    "pooling": rules(POOLS, times(2, values_in)) | rules("lrn", neighbours),
    "resampling": rules("upsample", times(2, values_out)),
    "elementwise": rules("attention", scaling) | rules("lrn", times(3, values_out)),
    "gates": rules("rnn", cells) | rules("gru", times(7, cells)) | rules("lstm", times(10, cells)),
}
# What is dispatched, with the bias where one kernel adds it.
DISPATCHED = f"{CONVOLUTIONS} convtranspose fc rnn gru"

MADE = (
    Convention(
        "ptflops",
        "ptflops: MACs as ptflops 0.7.5 prints them with its back end pytorch: modules by their class, functions by their name",
        terms=MODULES,
        ways={"derived": FUNCTIONAL, "inside": FUNCTIONAL, "functional": FUNCTIONAL, "function": FUNCTIONS, "operator": {}},
        tool="ptflops 0.7.5, backend=pytorch",
        source="ptflops/pytorch_ops.py and patch_functional in ptflops/pytorch_engine.py",
        errors=(
            Error(
                f"relu prelu elu gelu upsample {POOLS}",
                "an activation, a pool or an upsampling that is a module counts twice: as a module, and as the function it calls",
            ),
            Error("lstm", "the projection of an LSTM's states counts nothing"),
            Error(f"fc matmul einsum {FUSED}", "F.linear, the fused kernel of attention and products written @ count nothing"),
        ),
    ),
    Convention(
        "ptflops_aten",
        "ptflops_aten: MACs as ptflops 0.7.5 prints them with its back end aten: products that are dispatched, and biases",
        terms={
            "products": rules(f"{DISPATCHED} {WRITTEN}", products) | rules("lstm", if_projected(products)),
            "biases": rules(DISPATCHED, biases) | rules("lstm", if_projected(biases)),
        },
        tool="ptflops 0.7.5, backend=aten",
        source="ptflops/aten_ops.py",
        errors=(Error(f"attention lstm {FUSED}", "attention in its fused kernel and LSTM count nothing"),),
    ),
)
