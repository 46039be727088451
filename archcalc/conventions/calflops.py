"""calflops: functions of torch replaced by ones that count, FLOPs and MACs apart; of a module what it calls."""

from __future__ import annotations

from archcalc.conventions import Convention, Error
from archcalc.conventions.fvcore import NORMALISED
from archcalc.conventions.rules import (
    CONVOLUTIONS,
    FUSED,
    POOLS,
    RECURRENT,
    biases,
    cells,
    exponentials,
    if_learned,
    if_projected,
    in_gates,
    neighbours,
    nothing,
    of_weights,
    products,
    rounded,
    rules,
    times,
    value_by_value,
    values_in,
    values_out,
)
from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Count, Layer, Shape, Shapes, per_axis


def transposed(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The output channels of a group divided by the groups once more, rounded down."""
    given, made, *kernel = layer.weights(inputs)[0].shape
    return a.product(kernel) * given * (made // getattr(layer, "groups", 1)) * a.product(inputs[0][1:])


def transposed_biases(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """Biases for the output that a convolution of these settings would have, and of one group."""
    if not biases(layer, inputs, output):
        return 0
    rank = len(output) - 1
    settings = [per_axis(getattr(layer, name), rank, name) for name in ("kernel", "padding", "stride", "dilation")]
    sizes = [a.conv_out(w, k, p, s, d) for w, k, p, s, d in zip(inputs[0][1:], *settings, strict=True)]
    return a.exact_div(output[0], getattr(layer, "groups", 1)) * a.product(sizes)


def upsampled(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The positions of the output where its size was given, whatever the channels; else what is read."""
    return values_in(layer, inputs, output) if getattr(layer, "size", None) is None else a.product(output[1:])


def sums(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The additions within products: one less than their factors."""
    return layer.operations(inputs, output).sums


def sums_in_gates(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The same of an LSTM's gates alone: two products for each."""
    return in_gates(layer, inputs, output) - 8 * cells(layer, inputs, output)


STATISTICS = if_learned(times(5, values_in), times(4, values_in))
ACTIVATIONS = rules("relu relu6 leakyrelu prelu elu gelu silu softmax", values_in)


def counted(relu6: Count) -> dict[str, dict[str, Count]]:
    """The terms of functions with names in torch.nn.functional; nn.ReLU6 calls another one, which is not seen."""
    seen = rules(f"{CONVOLUTIONS} fc", products) | rules("convtranspose", transposed) | rules("attention", of_weights)
    return {
        "products": seen | rules("rnn gru", products) | rules("lstm", in_gates),
        "doubled": seen | rules("rnn gru", sums) | rules("lstm", if_projected(sums_in_gates, sums)),
        "biases": rules(f"{CONVOLUTIONS} {RECURRENT}", biases) | rules("convtranspose", transposed_biases),
        "normalisation": NORMALISED,
        "activation": ACTIVATIONS | rules("relu6", relu6),
        "pooling": rules(POOLS, values_in) | rules("lrn", neighbours),
        "elementwise": rules("lrn", times(3, values_out)),
        "resampling": rules("upsample", upsampled),
        "gates": rules("rnn", cells) | rules("gru", times(7, cells)) | rules("lstm", times(10, cells)),
    }


MATRICES = rules("matmul", products)
FUNCTIONS = {
    "products": MATRICES | rules("einsum", rounded),
    "doubled": MATRICES,
    "elementwise": rules("add mul pointwise", value_by_value),
}
MODULES = counted(nothing)
WEIGHTS = MODULES | {"activation": MODULES["activation"] | rules("attention", exponentials)}
# The MACs are those of functions; recurrent layers, which are modules to it, have none.
MULTIPLIED = {"products": MODULES["products"] | rules(RECURRENT, nothing)}

MADE = (
    Convention(
        "calflops",
        "calflops: FLOPs as calflops 0.3.2 prints them: two for a product, and work value by value",
        terms=MODULES,
        ways={"functional": counted(values_in), "function": FUNCTIONS, "weights": WEIGHTS, "matrices": {}, "operator": {}},
        tool="calflops 0.3.2",
        source="calflops/pytorch_ops.py",
        errors=(
            Error("convtranspose", "a transposed convolution in groups is divided by them twice"),
            Error("lstm", "the projection of an LSTM's states counts nothing"),
            Error(f"attention matmul {FUSED}", "the fused kernel of attention and products written @ count nothing"),
        ),
    ),
    Convention(
        "calflops_macs",
        "calflops_macs: MACs as calflops 0.3.2 prints them beside its FLOPs",
        terms=MULTIPLIED,
        ways={"function": {"products": MATRICES}, "matrices": {}, "operator": {}},
        tool="calflops 0.3.2",
        source="calflops/pytorch_ops.py",
        errors=(
            Error("convtranspose", "a transposed convolution in groups is divided by them twice"),
            Error(RECURRENT, "recurrent layers count nothing"),
            Error(f"attention matmul {FUSED}", "the fused kernel of attention and products written @ count nothing"),
        ),
    ),
)
