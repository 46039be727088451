"""torchinfo's "mult-adds": it watches modules without children, and multiplies what they learned by positions of their output.

A class with Conv in its name: each weight and bias by the positions of the output. Any other: each once, however many tokens
pass through. One whose parameters have "weight" or "bias" within their names (recurrent layers): each by the steps.
"""

from __future__ import annotations

from archcalc.conventions import Convention, Error
from archcalc.conventions.rules import (
    CONVOLUTIONS,
    RECURRENT,
    bias_values,
    biases,
    kernel_outputs,
    learned,
    products,
    rules,
    weights,
)
from archcalc.layers.base import Count


def by_first(count: Count) -> Count:
    """A count as often as the first size of the output says."""
    return lambda layer, inputs, output: output[0] * count(layer, inputs, output)


NORMS = "bn layernorm rmsnorm groupnorm instancenorm"
MODULES = {
    "products": rules(f"{CONVOLUTIONS} {RECURRENT}", products) | rules("convtranspose", kernel_outputs) | rules("fc", weights),
    "biases": rules(f"{CONVOLUTIONS} convtranspose {RECURRENT}", biases) | rules("fc", bias_values),
    "normalisation": rules(NORMS, learned),
    "activation": rules("prelu", learned),
    "elementwise": rules("embedding positions classtoken scale", learned),
}
# A function with weights of the module under way, which torchinfo counts by its own name and not by what it does.
INSIDE = {
    "products": rules(f"fc {CONVOLUTIONS} convtranspose", weights),
    "biases": rules(f"fc {CONVOLUTIONS} convtranspose", bias_values),
    "normalisation": rules(NORMS, learned),
    "activation": rules("prelu", learned),
    "elementwise": rules("embedding learned", learned),
}
# The first size of the output is taken for the batch, whatever it is.
UNBATCHED = MODULES | {
    "products": MODULES["products"] | rules("fc", by_first(weights)),
    "biases": MODULES["biases"] | rules("fc", by_first(bias_values)),
    "normalisation": rules(NORMS, by_first(learned)),
    "elementwise": rules("embedding", by_first(learned)),
}

MADE = (
    Convention(
        "torchinfo",
        "torchinfo: total mult-adds as torchinfo 1.8 prints them: what modules learned, by the positions of their output",
        terms=MODULES,
        ways={"unbatched": UNBATCHED, "renamed": INSIDE, "inside": INSIDE, "functional": {}, "function": {}, "operator": {}},
        tool="torchinfo 1.8.0",
        source="torchinfo/layer_info.py, LayerInfo.calculate_macs",
        errors=(
            Error(
                "convtranspose",
                "a transposed convolution is multiplied by the positions of its output, where its input's are meant",
            ),
            Error("fc", "a linear layer counts its weights once, however many tokens pass through it"),
            Error("attention", "attention counts nothing, since its weights lie in a module with children"),
            Error("embedding", "an embedding counts its whole table, of which a row is looked up"),
            Error("embedding fc", "the first size of what has no batch is taken for the batch", "unbatched"),
            Error("conv convtranspose", "a class without Conv in its name counts its weights once, whatever it does", "renamed"),
            Error("matmul einsum dotattention", "products that are no modules count nothing"),
        ),
    ),
)
