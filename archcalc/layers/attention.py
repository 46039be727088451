"""Attention: multi-head attention over a sequence T×E, and a learned position table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.formulas import arithmetic as a
from archcalc.layers import kinds
from archcalc.layers.base import (
    INPUT,
    Arriving,
    Call,
    Held,
    Layer,
    Operations,
    Shape,
    Shapes,
    Weight,
    as_sequence,
    bias_setting,
    check_in,
    check_setting,
    dims,
    setting,
)
from archcalc.layers.frozen import dataclass
from archcalc.text.faults import Misfit

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


@dataclass(frozen=True)
class Attention(Layer):
    """Multi-head attention: self-attention of one input T×E, or queries from the first and keys and values from the second.

    Four products with E×E weights for every token, and 2·L·S·E for the scores and the weighted sum, whatever the heads.
    Source: Vaswani et al. 2017, section 3.2; torch.nn.MultiheadAttention.
    """

    heads: int = setting("heads; must divide the embedding", kinds.count, symbol="h", aliases=("num_heads", "nhead"))
    bias: bool = bias_setting()
    dropout: float = setting("dropout of the attention weights", kinds.share, 0.0)
    input: int | None = check_setting("embedding size", "embed_dim", "d_model")

    kind = "attention"
    stated = -1
    family = "attention"
    prefix = "attn"
    names = ("multiheadattention", "mha", "selfattention", "multiheadselfattention")
    positional = ("heads",)
    layout = "tokens"
    reads = "tokens"
    lies = "steps"
    arity = (1, 2)
    example = "attention 8"

    def output(self, inputs: Shapes) -> Shape:
        for shape in inputs:
            if len(shape) != 2:
                raise Misfit(f"attention needs a sequence T×E; the input is {dims(shape)}", as_sequence(shape))
        embedding = inputs[0][1]
        check_in(self.input, embedding, "embedding values")
        if any(shape[1] != embedding for shape in inputs):
            raise Misfit(
                f"queries {dims(inputs[0])} and keys {dims(inputs[-1])} differ in embedding size",
                "keys and queries of one size: an fc before one of them",
            )
        if embedding % self.heads:
            fits = a.divisor_at_most(int(embedding), int(self.heads))
            raise Misfit(f"{int(self.heads)} heads do not divide an embedding of {int(embedding)}", f"attention {fits}")
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        return inputs[0] if all(isinstance(shape[-1], int) for shape in inputs) else None

    def weights(self, inputs: Shapes) -> list[Weight]:
        embedding = inputs[0][1]
        made = [Weight("in_proj_weight", (3 * embedding, embedding)), Weight("out_proj.weight", (embedding, embedding))]
        if self.bias:
            made += [Weight("in_proj_bias", (3 * embedding,), bias=True), Weight("out_proj.bias", (embedding,), bias=True)]
        return made

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        (queries, embedding), (keys, _) = inputs[0], inputs[-1]
        # The query and output projections act on L tokens, the key and value projections on S.
        projections = 2 * queries * embedding * embedding + 2 * keys * embedding * embedding
        products = projections + a.attention_multiplies(queries, keys, embedding)
        tokens = 2 * (queries + keys) * embedding
        scores = self.heads * queries * keys
        return Operations(
            products=products,
            sums=products - tokens - scores - queries * embedding,
            biases=tokens if self.bias else 0,
            multiplications=queries * embedding,  # the scale 1/√(E/h), on the queries
            exponentials=scores,
            additions=scores - self.heads * queries,
            divisions=scores,
        )

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        (queries, embedding), (keys, _) = inputs[0], inputs[-1]
        kept = [INPUT._replace(order="steps")]
        if len(inputs) == 1:
            kept.append(Held("queries, keys, values", None, 3 * queries * embedding))
        else:
            kept += [Held("keys", 1, order="steps"), Held("queries", None, queries * embedding)]
            kept.append(Held("keys, values", None, 2 * keys * embedding))
        scores = self.heads * queries * keys
        if self.dropout:  # no fused kernel on a CPU drops weights: the products are written out
            each = (Held("scaled keys", None, keys * embedding), Held("scaled queries", None, queries * embedding))
            kept += [*each, *(Held(name, None, scores) for name in ("softmax", "mask", "dropped softmax"))]
        else:
            kept.append(Held("log of sums", None, self.heads * queries, 4))
        return [*kept, Held("weighted values", None, queries * embedding)]

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import WHOLE, Reading, every

        if len(inputs) == 1:
            return [every(inputs[0])]
        return [(Reading(0), WHOLE), every(inputs[1])]

    def workspace(self, inputs: Shapes, output: Shape) -> int:
        # Written out, as torch's counter needs it: the scores and their softmax, and queries, keys, values.
        queries, keys = inputs[0][0], inputs[-1][0]
        return 2 * self.heads * queries * keys + (queries + 2 * keys) * inputs[0][1]

    def products_of_weights(self, inputs: Shapes, output: Shape) -> int:
        (queries, embedding), (keys, _) = inputs[0], inputs[-1]
        return self.operations(inputs, output).products - a.attention_multiplies(queries, keys, embedding)

    def products_of_inputs(self, inputs: Shapes, output: Shape) -> Shape:
        # Projections: queries from the first input; keys and values from the second, or all three from the only one.
        each = [rows * embedding * embedding for rows, embedding in inputs]
        return (3 * each[0],) if len(inputs) == 1 else (each[0], 2 * each[1])

    def unasked(self, inputs: Shapes) -> str:
        return "torch would take a batch of vectors for one sequence without a batch" if len(inputs[0]) == 1 else ""

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        bare = {"embed_dim": inputs[0][1], "num_heads": self.heads}
        return Call("support.Attention", bare, bias=(self.bias, True), dropout=(self.dropout, 0.0))


@dataclass(frozen=True)
class Positions(Layer):
    """A learned vector added to each position: one parameter for every value of the input. Source: Devlin et al. 2018.

    `positions 512` is a table for 512 positions, of which an input that is shorter uses the first.
    """

    length: int | None = setting("positions in the table, where there are more than the input has", kinds.count, None)

    kind = "positions"
    family = "attention"
    names = ("positionembedding", "positionalembedding", "learnedpositions")
    prefix = "pos"
    lies = "same"
    reads = "tokens"
    positional = ("length",)
    example = "positions"

    def output(self, inputs: Shapes) -> Shape:
        if self.length is not None and inputs[0][0] > self.length:
            raise Misfit(
                f"{int(inputs[0][0])} positions arrive, the table has {self.length}", f"positions {int(inputs[0][0])}, or more"
            )
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        return inputs[0] if self.length is None or isinstance(inputs[0][0], int) else None

    def _table(self, inputs: Shapes) -> Shape:
        return inputs[0] if self.length is None else (self.length, *inputs[0][1:])

    def remark(self, arriving: Sequence[Arriving]) -> str:
        return ""  # a value of its own for each value, whichever way round they are

    def weights(self, inputs: Shapes) -> list[Weight]:
        return [Weight("weight", self._table(inputs))]

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        return Operations(additions=a.product(output))

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Positions", {"shape": self._table(inputs)})


class ClassToken(Layer):
    """A learned token put before a sequence T×E. Source: Devlin et al. 2018; Dosovitskiy et al. 2020 (ViT)."""

    kind = "classtoken"
    family = "attention"
    names = ("clstoken",)
    prefix = "cls"
    layout = "tokens"
    reads = "tokens"
    example = "classtoken"

    def output(self, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 2:
            raise Misfit(
                f"a class token needs a sequence T×E; the input is {dims(inputs[0])}",
                as_sequence(inputs[0]),
            )
        return (inputs[0][0] + 1, inputs[0][1])

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs)

    def weights(self, inputs: Shapes) -> list[Weight]:
        return [Weight("weight", (1, inputs[0][1]))]

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading, shifted

        return [(shifted(0, -1), Reading(1))]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.ClassToken", {"features": inputs[0][1]})
