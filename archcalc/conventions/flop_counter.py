"""torch's own counter, `torch.utils.flop_counter.FlopCounterMode`: two for each product of what is dispatched.

On the CPU, in evaluation mode and without gradients, where attention and LSTM are kernels of their own that it has no rule for;
an LSTM that projects its states is none.
"""

from __future__ import annotations

from archcalc.conventions import Convention, Error
from archcalc.conventions.rules import CONVOLUTIONS, FUSED, WRITTEN, if_projected, products, rules

PRODUCTS = rules(f"{CONVOLUTIONS} convtranspose fc rnn gru {WRITTEN}", products) | rules("lstm", if_projected(products))
MADE = (
    Convention(
        "torch",
        "torch: FLOPs as torch's FlopCounterMode counts them on a CPU without gradients: two for each product that is dispatched",
        terms={"products": PRODUCTS, "doubled": PRODUCTS},
        tool="torch 2.13, FlopCounterMode",
        source="torch/utils/flop_counter.py",
        errors=(Error(f"attention lstm {FUSED}", "attention in its fused kernel and LSTM count nothing on a CPU"),),
    ),
)
