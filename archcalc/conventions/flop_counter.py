"""torch's own counter, `torch.utils.flop_counter.FlopCounterMode`: two for each product of what is dispatched.

On the CPU, in evaluation mode and without gradients, where attention and LSTM are kernels of their own that it has no rule for.
An LSTM that projects its states is none; of attention that is not one kernel the projections are dispatched, and asked for its
weights all its products.
"""

from __future__ import annotations

from archcalc.conventions import Convention, Error
from archcalc.conventions.rules import (
    CONVOLUTIONS,
    FUSED,
    WRITTEN,
    if_projected,
    of_weights,
    products,
    rules,
    unless_fused,
)
from archcalc.layers.base import Count

PRODUCTS = rules(f"{CONVOLUTIONS} convtranspose fc rnn gru {WRITTEN}", products) | rules("lstm", if_projected(products))


def attended(count: Count) -> dict[str, dict[str, Count]]:
    """The terms with this count of attention."""
    counted = PRODUCTS | rules("attention", count)
    return {"products": counted, "doubled": counted}


MADE = (
    Convention(
        "torch",
        "torch: FLOPs as torch's FlopCounterMode counts them on a CPU without gradients: two for each product that is dispatched",
        terms=attended(unless_fused(of_weights)),
        ways={
            "weights": attended(unless_fused(products)),
            "unfused": attended(of_weights),
            "unfused weights": attended(products),
        },
        tool="torch 2.13, FlopCounterMode",
        source="torch/utils/flop_counter.py",
        errors=(Error(f"attention lstm {FUSED}", "what of attention runs in a fused kernel, and LSTM, count nothing on a CPU"),),
    ),
)
