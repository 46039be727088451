"""ptflops, with its two back ends: `pytorch` watches modules and replaces functions, `aten` watches what is dispatched."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from archcalc.conventions import Convention, Error
from archcalc.conventions.rules import (
    CONVOLUTIONS,
    FUSED,
    POOLS,
    RECURRENT,
    WRITTEN,
    biases,
    both,
    cells,
    exponentials,
    if_learned,
    if_projected,
    in_gates,
    neighbours,
    of_weights,
    products,
    rules,
    times,
    unless_fused,
    value_by_value,
    values_in,
    values_out,
)
from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Count, Layer, Shape, Shapes

if TYPE_CHECKING:
    from archcalc.layers.attention import Attention


def scaling(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The queries scaled."""
    return layer.operations(inputs, output).multiplications


def scored(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The products of attention between what was projected: queries with keys, and weights with values."""
    return products(layer, inputs, output) - of_weights(layer, inputs, output)


def squared(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The products of attention, each width of queries, keys and values taken for what it is projected to."""
    attention = cast("Attention", layer)
    if not attention.kdim and not attention.vdim:
        return products(layer, inputs, output)
    heads = attention.heads
    (queries, E), (keys, K), (values, V) = inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]
    projected = queries * E * E + keys * K * K + values * V * V + queries * V * V
    return projected + heads * queries * keys * (E // heads + V // heads)


def added(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """Attention's biases; that of its last projection counts whether it is there or not, of the values' width."""
    made = biases(layer, inputs, output)
    if not cast("Attention", layer).vdim:
        return made or values_out(layer, inputs, output)
    last = inputs[0][0] * inputs[-1][-1]
    return made - a.product(inputs[0]) + last if made else last


# What a function counts; a module that calls it counts it once more.
FUNCTIONAL = {
    "activation": rules("relu relu6 prelu elu gelu silu softmax", values_in),
    "pooling": rules(POOLS, values_in) | rules("lrn", neighbours),
    "resampling": rules("upsample", values_out),
    "elementwise": rules("lrn", times(3, values_out)),
}
FUNCTIONS = {"products": rules("matmul", products), "elementwise": rules("add mul pointwise", value_by_value)}
MODULES = {
    "products": rules(f"{CONVOLUTIONS} convtranspose fc matmul rnn gru", products)
    | rules("attention", squared)
    | rules("lstm", in_gates),
    "biases": rules(f"{CONVOLUTIONS} convtranspose fc {RECURRENT}", biases) | rules("attention", added),
    "normalisation": rules("bn groupnorm instancenorm", if_learned(times(2, values_in), values_in))
    | rules("layernorm", values_in),
    "activation": rules("relu prelu elu gelu", times(2, values_in))
    | rules("relu6 leakyrelu silu softmax", values_in)
    | rules("attention", exponentials),
    "pooling": rules(POOLS, times(2, values_in)) | rules("lrn", neighbours),
    "resampling": rules("upsample", times(2, values_out)),
    "elementwise": rules("attention", scaling) | rules("lrn", times(3, values_out)),
    "gates": rules("rnn", cells) | rules("gru", times(7, cells)) | rules("lstm", times(10, cells)),
}


# Asked for its weights, attention calls functions that are counted once more, where torch runs no kernel for the whole of it.
def asked(doubled: Callable[[Count], Count]) -> dict[str, dict[str, Count]]:
    """The terms where `doubled` says when they are."""
    return MODULES | {
        "products": MODULES["products"] | rules("attention", both(squared, doubled(scored))),
        "activation": MODULES["activation"] | rules("attention", both(exponentials, doubled(exponentials))),
    }


# What is dispatched, with the bias where one kernel adds it.
_DISPATCHED = f"{CONVOLUTIONS} convtranspose fc rnn gru"
DISPATCHED = rules(f"{_DISPATCHED} {WRITTEN}", products) | rules("lstm", if_projected(products))
WITH_BIASES = rules(_DISPATCHED, biases) | rules("lstm", if_projected(biases))

MADE = (
    Convention(
        "ptflops",
        "ptflops: MACs as ptflops 0.7.5 prints them with its back end pytorch: modules by their class, functions by their name",
        terms=MODULES,
        ways={
            "weights": asked(unless_fused),
            "unfused weights": asked(lambda count: count),
            "derived": FUNCTIONAL,
            "inside": FUNCTIONAL,
            "functional": FUNCTIONAL,
            "function": FUNCTIONS,
            "operator": {},
        },
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
            "products": DISPATCHED | rules("attention", unless_fused(of_weights)),
            "biases": WITH_BIASES | rules("attention", unless_fused(biases)),
        },
        ways={
            "weights": {
                "products": DISPATCHED | rules("attention", unless_fused(products)),
                "biases": WITH_BIASES | rules("attention", unless_fused(biases)),
            },
            "unfused": {
                "products": DISPATCHED | rules("attention", of_weights),
                "biases": WITH_BIASES | rules("attention", biases),
            },
            "unfused weights": {
                "products": DISPATCHED | rules("attention", products),
                "biases": WITH_BIASES | rules("attention", biases),
            },
        },
        tool="ptflops 0.7.5, backend=aten",
        source="ptflops/aten_ops.py",
        errors=(Error(f"attention lstm {FUSED}", "what of attention runs in a fused kernel, and LSTM, count nothing"),),
    ),
)
