"""FLOPs: a multiplication and an addition for each product, and nothing else."""

from __future__ import annotations

from archcalc.conventions import Convention
from archcalc.conventions.rules import CONVOLUTIONS, FUSED, RECURRENT, WRITTEN, products, rules

PRODUCTS = rules(f"{CONVOLUTIONS} convtranspose fc attention {RECURRENT} {WRITTEN} {FUSED}", products)

MADE = (
    Convention(
        "flops",
        "flops: two for each multiplication of a convolution or matrix product; biases and element-wise work not",
        terms={"products": PRODUCTS, "doubled": PRODUCTS},
    ),
)
