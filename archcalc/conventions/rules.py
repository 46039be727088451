"""What conventions count, in pieces: functions of a layer and its shapes, which run on recorded integers too; and tables of them.

A table says, for the kinds of layer it names, what is counted; nothing is counted for any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Count, Layer, Shape, Shapes

if TYPE_CHECKING:
    from archcalc.layers.attention import Attention
    from archcalc.layers.recurrent import Recurrent

CONVOLUTIONS = "conv depthwise locallyconnected"
RECURRENT = "rnn lstm gru"
# Products of two tensors, and the fused kernel of attention.
WRITTEN = "matmul einsum"
FUSED = "dotattention"
POOLS = "maxpool avgpool adaptiveavgpool adaptivemaxpool"


def rules(kinds: str, count: Count) -> dict[str, Count]:
    """The same count for each of these kinds of layer, named in a text."""
    return dict.fromkeys(kinds.split(), count)


def nothing(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """Zero."""
    return 0


def products(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """Multiplications of convolutions and matrix products, as archcalc counts them."""
    return layer.operations(inputs, output).products


def biases(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """An addition for every value that a bias is added to."""
    return layer.operations(inputs, output).biases


def exponentials(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The exponentials of a softmax, a value each."""
    return layer.operations(inputs, output).exponentials


def values_in(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The values of the first input."""
    return a.product(inputs[0])


def values_out(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The values of the output."""
    return a.product(output)


def times(n: int, count: Count) -> Count:
    """So many times a count."""
    return lambda layer, inputs, output: n * count(layer, inputs, output)


def both(*counts: Count) -> Count:
    """The sum of counts."""

    def total(layer: Layer, inputs: Shapes, output: Shape) -> int:
        made = 0
        for count in counts:
            made = made + count(layer, inputs, output)
        return made

    return total


def value_by_value(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """One for each value of a sum or product value by value, of two tensors or of a tensor and a number."""
    return a.product(output) if getattr(layer, "op", layer.kind) in ("add", "mul") else 0


def learned(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The learned values of the layer."""
    return _sum(w.count for w in layer.weights(inputs) if w.learned)


def weights(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The learned values that are no additive bias."""
    return _sum(w.count for w in layer.weights(inputs) if w.learned and not w.bias)


def bias_values(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The additive biases, each once."""
    return _sum(w.count for w in layer.weights(inputs) if w.learned and w.bias)


def _sum(numbers: Iterable[int]) -> int:
    total = 0
    for n in numbers:
        total = total + n
    return total


def neighbours(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """What the average pool within a local response normalisation reads: squares, with channels of zeros on both sides."""
    beside = (getattr(layer, "size", 1) - 1) * a.product(output[1:])
    return a.product(output) + beside


def rounded(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """What an einsum costs as numpy's einsum_path prints it: two for each product that is summed, else one; and one more."""
    work = layer.operations(inputs, output)
    exact = (2 * work.products or work.multiplications) + 1  # to four digits
    return exact + (int(float(f"{int(exact):.3e}")) - int(exact))


def if_learned(there: Count, bare: Count = nothing) -> Count:
    """One count where the layer learns something, another where it does not: a normalisation with scale and shift, or bare."""

    def chosen(layer: Layer, inputs: Shapes, output: Shape) -> int:
        some = any(w.learned for w in layer.weights(inputs))
        return (there if some else bare)(layer, inputs, output)

    return chosen


def on_maps(count: Count) -> Count:
    """A count for C×H×W alone, where a tool knows the operation in two dimensions."""
    return lambda layer, inputs, output: count(layer, inputs, output) if len(inputs[0]) == 3 else 0


def cells(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """Hidden units of a recurrent layer, in all its layers and directions, at every step."""
    recurrent = cast("Recurrent", layer)
    return inputs[0][0] * recurrent.hidden * recurrent.layers * recurrent.directions


def of_weights(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The products that have a weight as a factor."""
    return layer.products_of_weights(inputs, output)


def unless_fused(count: Count) -> Count:
    """A count of attention where torch runs no kernel for the whole of it, as it does in evaluation, without gradients.

    The kernel takes one sequence with itself, biases, and an even number of heads.
    """

    def counted(layer: Layer, inputs: Shapes, output: Shape) -> int:
        attention = cast("Attention", layer)
        fused = len(inputs) == 1 and attention.bias and attention.heads % 2 == 0
        return 0 if fused else count(layer, inputs, output)

    return counted


def projections(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The products by which an LSTM projects its states; none where it does not."""
    return inputs[0][0] * _sum(w.count for w in layer.weights(inputs) if w.name.startswith("weight_hr"))


def in_gates(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The products of an LSTM's gates alone."""
    return products(layer, inputs, output) - projections(layer, inputs, output)


def if_projected(there: Count, bare: Count = nothing) -> Count:
    """One count where an LSTM projects its states, which no fused kernel of a CPU does, another where it does not."""
    return lambda layer, inputs, output: (there if getattr(layer, "proj", 0) else bare)(layer, inputs, output)


def kernel_outputs(layer: Layer, inputs: Shapes, output: Shape) -> int:
    """The values of a transposed convolution's kernel for each position of the *output*."""
    return weights(layer, inputs, output) * a.product(output[1:])
