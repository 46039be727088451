"""Attention: multi-head attention over a sequence T×E or windows of a map, learned position tables, class tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

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
    Size,
    Weight,
    as_sequence,
    bias_setting,
    check_in,
    check_setting,
    dims,
    per_axis,
    setting,
)
from archcalc.layers.frozen import dataclass
from archcalc.text.faults import Misfit

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


class Sizes(NamedTuple):
    """What attention works on: so many sequences of L queries and S keys; the widths of queries, keys and values."""

    sequences: int
    queries: int
    keys: int
    embedding: int
    of_keys: int
    of_values: int


@dataclass(frozen=True)
class Attention(Layer):
    """Multi-head attention: self-attention of one input T×E, or queries from the first and keys and values from the second.

    Four products with E×E weights for every token, and 2·L·S·E for the scores and the weighted sum, whatever the heads, and
    whatever a mask leaves out. Several sequences …×T×E, as windows of a map, each attend to themselves alone; `relative=7x7`
    learns a bias for every head and distance between two positions of a window. Keys and values that are not as wide as the
    queries are said, by `kdim` and `vdim`, and may be a second and a third input.

    `cosine` compares by the angle between query and key, times a factor that each head learns; the keys have no bias then
    (torchvision holds one, and so is it here, and sets it to zero as it runs). `cpb=512` works the biases of distances out, once
    for all windows: 16·sigmoid of two linear layers, of 512 units with a bias and of the heads without, on the logarithms of a
    distance.
    Source: Vaswani et al. 2017, section 3.2; torch.nn.MultiheadAttention; Liu et al. 2021 (Swin), equation 4; Liu et al. 2022
    (Swin V2), section 3.
    """

    heads: int = setting("heads; must divide the embedding", kinds.count, symbol="h", aliases=("num_heads", "nhead"))
    bias: bool = bias_setting()
    dropout: float = setting("dropout of the attention weights", kinds.share, 0.0)
    input: int | None = check_setting("embedding size", "embed_dim", "d_model")
    causal: bool = setting("no step looks at those behind it", kinds.flag, False, aliases=("is_causal",), flags={"causal": True})
    relative: Size | None = setting("the window whose distances have a learned bias", kinds.axes, None, aliases=("window_size",))
    cosine: bool = setting("the scores are cosines, times a learned factor", kinds.flag, False, flags={"cosine": True})
    cpb: int | None = setting(
        "units of a network that works the biases of distances out", kinds.count, None, symbol="M", aliases=("continuous",)
    )
    kdim: int | None = setting("width of the keys, where it is not the embedding's", kinds.count, None)
    vdim: int | None = setting("width of the values, where it is not the embedding's", kinds.count, None)

    kind = "attention"
    stated = -1
    family = "attention"
    prefix = "attn"
    names = ("multiheadattention", "mha", "selfattention", "multiheadselfattention")
    positional = ("heads",)
    layout = "tokens"
    reads = "tokens"
    lies = "steps"
    arity = (1, 3)
    example = "attention 8"

    def output(self, inputs: Shapes) -> Shape:
        for shape in inputs:
            if len(shape) < 2 or (len(shape) > 2 and len(inputs) > 1):
                raise Misfit(f"attention needs a sequence T×E; the input is {dims(shape)}", as_sequence(shape))
        embedding = inputs[0][-1]
        check_in(self.input, embedding, "embedding values")
        self._check_widths(inputs)
        if embedding % self.heads:
            fits = a.divisor_at_most(int(embedding), int(self.heads))
            raise Misfit(f"{int(self.heads)} heads do not divide an embedding of {int(embedding)}", f"attention {fits}")
        if len(inputs) > 1 and (self.causal or self.cosine or self.relative is not None):
            what = "causal attention" if self.causal else "attention by cosines" if self.cosine else "a bias for distances"
            raise Misfit(f"{what} is of one sequence with itself; {len(inputs)} inputs are read", "attention of one input")
        if self.relative is None and self.cpb is not None:
            positions = int(inputs[0][-2])
            side = math.isqrt(positions)
            window = f"relative={side if side * side == positions else f'1x{positions}'}"
            what = f"{int(self.cpb)} units work the biases of distances out, in no window"
            raise Misfit(what, window, f"attention {int(self.heads)}")
        if self.relative is not None and a.product(self._window()) != inputs[0][-2]:
            side = math.isqrt(int(inputs[0][-2]))
            square = [f"relative={side}"] if side * side == inputs[0][-2] else []
            raise Misfit(
                f"a window {dims(self._window())} has {a.product(self._window())} positions; {dims(inputs[0])} arrives",
                *(square or [f"`partition {kinds.text(self._window(), sized=True)}` of the map, in front"]),
            )
        return inputs[0]

    def _check_widths(self, inputs: Shapes) -> None:
        """Refuses keys and values of another width than is said, and as many values as there are no keys for. Raises Misfit."""
        keys, values = inputs[min(1, len(inputs) - 1)], inputs[-1]
        embedding = inputs[0][-1]
        for shape, said, name, whose in ((keys, self.kdim, "kdim", "keys"), (values, self.vdim, "vdim", "values")):
            if shape[-1] != (embedding if said is None else said):
                raise Misfit(
                    f"queries {dims(inputs[0])} and {whose} {dims(shape)} differ in embedding size"
                    if said is None
                    else f"{whose} of {said} stated, {dims(shape)} arrives",
                    f"{name}={int(shape[-1])}",
                    f"{whose} of one size with the queries: an fc before one of them",
                )
        if keys[-2] != values[-2]:
            raise Misfit(f"keys {dims(keys)} and values {dims(values)} are not equally many", "as many values as keys")

    def _window(self) -> Shape:
        return (self.relative, self.relative) if isinstance(self.relative, int) else self.relative or ()

    def _sizes(self, inputs: Shapes) -> Sizes:
        (*lead, queries, embedding), keys, values = inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]
        return Sizes(a.product(lead), queries, keys[-2], embedding, keys[-1], values[-1])

    def _written_out(self, inputs: Shapes) -> bool:
        """Whether torch's own module cannot say it."""
        return self.cosine or self.cpb is not None or self.relative is not None or len(inputs[0]) > 2

    def _distances(self) -> int:
        """How many distances two positions of the window may have, each axis with its sign."""
        return a.product(2 * size - 1 for size in self._window())

    def grows(self, inputs: Shapes) -> Shape | None:
        known = all(isinstance(shape[-1], int) for shape in inputs)
        return inputs[0] if known and self.relative is None and len(inputs) < 3 else None

    def laid(self, inputs: Shapes) -> str:
        return "plain" if self._written_out(inputs) else self.lies

    def weights(self, inputs: Shapes) -> list[Weight]:
        n = self._sizes(inputs)
        if n.of_keys == n.of_values == n.embedding:
            made = [Weight("in_proj_weight", (3 * n.embedding, n.embedding))]
        else:
            widths = (("q", n.embedding), ("k", n.of_keys), ("v", n.of_values))
            made = [Weight(f"{name}_proj_weight", (n.embedding, width)) for name, width in widths]
        made.append(Weight("out_proj.weight", (n.embedding, n.embedding)))
        if self.cosine:
            made.append(Weight("logit_scale", (self.heads, 1, 1)))
        if self.cpb is not None:
            made.append(Weight("cpb_mlp.0.weight", (self.cpb, len(self._window()))))
            made.append(Weight("cpb_mlp.2.weight", (self.heads, self.cpb)))
            made += [Weight("cpb_mlp.0.bias", (self.cpb,), bias=True)] if self.bias else []
        elif self.relative is not None:
            made.append(Weight("relative_positions", (self._distances(), self.heads)))
        if self.bias:
            made += [Weight("in_proj_bias", (3 * n.embedding,), bias=True), Weight("out_proj.bias", (n.embedding,), bias=True)]
        return made

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        n = self._sizes(inputs)
        # The query and output projections act on L tokens, the key and value projections on S.
        projections = 2 * n.queries * n.embedding * n.embedding + n.keys * n.embedding * (n.of_keys + n.of_values)
        products = projections + a.attention_multiplies(n.queries, n.keys, n.embedding)
        tokens = 2 * (n.queries + n.keys) * n.embedding
        scores = self.heads * n.queries * n.keys
        each = Operations(
            products=products,
            sums=products - tokens - scores - n.queries * n.embedding,
            biases=(tokens - n.keys * n.embedding if self.cosine else tokens) if self.bias else 0,
            exponentials=scores,
            additions=scores - self.heads * n.queries + (0 if self.relative is None else scores),
            divisions=scores,
        )
        return (each + self._scaling(n)).scaled(n.sequences) + self._beside()

    def _scaling(self, n: Sizes) -> Operations:
        """Of one sequence: the scale 1/√(E/h) on the queries; or both divided by their lengths, and a factor on the scores."""
        if not self.cosine:
            return Operations(multiplications=n.queries * n.embedding)
        lengths, values = self.heads * (n.queries + n.keys), (n.queries + n.keys) * n.embedding
        return Operations(
            multiplications=values + self.heads * n.queries * n.keys,  # squares; the factor
            additions=values - lengths,
            comparisons=lengths,  # a length is no less than a small number
            divisions=lengths + values,  # roots
        )

    def _beside(self) -> Operations:
        """Whatever the sequences: the factor of each head, e^s and at most 100; the biases of all distances, worked out."""
        factors = Operations(comparisons=self.heads, exponentials=self.heads) if self.cosine else Operations()
        if self.cpb is None:
            return factors
        rank, units, made = len(self._window()), self._distances() * self.cpb, self._distances() * self.heads
        return factors + Operations(
            products=rank * units + made * self.cpb,
            sums=(rank - 1) * units + made * (self.cpb - 1),
            biases=units if self.bias else 0,
            multiplications=made,
            additions=made,
            comparisons=units,
            divisions=made,
            exponentials=made,
        )

    def once(self, inputs: Shapes) -> int:
        return self._beside().products

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        n = self._sizes(inputs)
        rows = n.queries * n.embedding
        scores = self.heads * n.queries * n.keys
        dropped = [Held(name, None, scores * n.sequences) for name in ("softmax", "mask", "dropped softmax")]
        if self._written_out(inputs):
            kept = [INPUT._replace(order="plain"), Held("queries, keys, values", None, 3 * rows * n.sequences)]
            kept += [*self._kept_of_scores(n), *dropped[: 3 if self.dropout else 1]]
            return [*kept, Held("weighted values", None, rows * n.sequences)]
        kept = [INPUT._replace(order="steps")]
        if len(inputs) == 1:
            kept.append(Held("queries, keys, values", None, 3 * rows))
        else:
            kept += [Held(name, at, order="steps") for at, name in self._read(inputs)]
            together = self._read(inputs) == [(1, "keys")]  # by one product, of which the values keep the whole
            if not self.dropout:
                kept.append(Held("queries", None, rows))
            both = 2 if together or not self.dropout else 1
            kept.append(Held("keys, values" if both == 2 else "values", None, both * n.keys * n.embedding))
        if self.dropout:  # no fused kernel on a CPU drops weights: the products are written out
            each = (Held("scaled keys", None, n.keys * n.embedding), Held("scaled queries", None, rows))
            kept += [*each, *dropped]
        else:
            kept.append(Held("log of sums", None, self.heads * n.queries, 4))
        return [*kept, Held("weighted values", None, rows)]

    def _kept_of_scores(self, n: Sizes) -> list[Held]:
        """What comes between the queries and the softmax, where the attention is written out."""
        rows = n.queries * n.embedding * n.sequences
        if not self.cosine:
            kept = [Held("scaled queries", None, rows)]
        else:
            kept, lengths = [], self.heads * n.queries * n.sequences
            for whose in ("queries", "keys"):
                sizes = (("directions", rows), ("lengths", lengths), ("divisors", lengths))
                kept += [Held(f"{name} of {whose}", None, size) for name, size in sizes]
            kept.append(Held("cosines", None, self.heads * n.queries * n.keys * n.sequences))
            kept.append(Held("factors", None, self.heads, once=True))
        if self.cpb is not None:
            made = (("units", self.cpb), ("biases of distances", self.heads))
            kept += [Held(name, None, self._distances() * each, once=True) for name, each in made]
        return kept

    def _read(self, inputs: Shapes) -> list[tuple[int, str]]:
        """The inputs beside the queries, as often as they are projected: by one product where keys and values are the same."""
        n = self._sizes(inputs)
        if len(inputs) == 3:
            return [(1, "keys"), (2, "values")]
        return [(1, "keys")] if n.of_keys == n.of_values == n.embedding else [(1, "keys"), (1, "values")]

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import WHOLE, Reading, every

        if len(inputs) == 1:
            lead = len(output) - 2
            steps = Reading(lead, until=True) if self.causal else WHOLE
            return [(*map(Reading, range(lead)), steps, WHOLE)]
        return [(Reading(0), WHOLE), *map(every, inputs[1:])]

    def workspace(self, inputs: Shapes, output: Shape) -> int:
        # Written out, as torch's counter needs it: the scores and their softmax, and queries, keys, values.
        n = self._sizes(inputs)
        directions = (n.queries + n.keys) * n.embedding if self.cosine else 0
        return (2 * self.heads * n.queries * n.keys + (n.queries + 2 * n.keys) * n.embedding + directions) * n.sequences

    def products_of_weights(self, inputs: Shapes, output: Shape) -> int:
        n = self._sizes(inputs)
        each = a.attention_multiplies(n.queries, n.keys, n.embedding)
        return self.operations(inputs, output).products - each * n.sequences

    def products_of_inputs(self, inputs: Shapes, output: Shape) -> Shape:
        # Projections: queries from the first input; keys and values from the others, or all three from the only one.
        n = self._sizes(inputs)
        each = (n.queries * n.embedding, n.keys * n.of_keys, n.keys * n.of_values)
        made = [size * n.embedding * n.sequences for size in each]
        return (sum(made),) if len(inputs) == 1 else (made[0], *(made[1:] if len(inputs) == 3 else [made[1] + made[2]]))

    def unasked(self, inputs: Shapes) -> str:
        if len(inputs[0]) > 1 and len(inputs) > 1 and max(map(len, inputs)) > 2:
            return "torch would take several sequences for a batch of them"
        if self._written_out(inputs) and (self.kdim or self.vdim):
            return "torch's own attention, which has kdim and vdim, is not what runs here"
        return "torch would take a batch of vectors for one sequence without a batch" if len(inputs[0]) == 1 else ""

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        bare = {"embed_dim": inputs[0][-1], "num_heads": self.heads}
        beside = {"bias": (self.bias, True), "dropout": (self.dropout, 0.0), "causal": (self.causal, False)}
        if self._written_out(inputs):
            window = None if self.relative is None else self._window()
            apart = {"relative": (window, None), "cosine": (self.cosine, False), "cpb": (self.cpb, None)}
            return Call("support.WindowAttention", bare, **apart, **beside)
        return Call("support.Attention", bare, kdim=(self.kdim, None), vdim=(self.vdim, None), **beside)


@dataclass(frozen=True)
class Partition(Layer):
    """A map C×H×W as its windows, each a sequence of their positions: N×(h·w)×C; zeros fill up the last ones.

    `grid` takes the positions of a sequence apart from each other, one from every cell, so that a sequence spans the map.
    Source: Liu et al. 2021 (Swin), section 3.2; Tu et al. 2022 (MaxViT), section 3.2.
    """

    size: Size = setting("the window", kinds.axes, letter="k", symbol="K", aliases=("window", "window_size"))
    grid: bool = setting("one position from every cell of a grid", kinds.flag, False, flags={"grid": True})

    kind = "partition"
    moves = True
    names = ("windowpartition",)
    positional = ("size",)
    example = "partition 7"

    def output(self, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 3:
            raise Misfit(f"windows are of a map C×H×W; the input is {dims(inputs[0])}", "a map in front")
        channels, *size = inputs[0]
        window = per_axis(self.size, 2, "window")
        return (a.product(a.ceil_div(n, k) for n, k in zip(size, window, strict=True)), a.product(window), channels)

    def axes(self, before: str) -> str:
        return ""

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        return [None]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Partition", {"size": per_axis(self.size, 2, "window")}, grid=(self.grid, False))


@dataclass(frozen=True)
class Unpartition(Layer):
    """Windows put together again to a map as large as a second one: `unpartition: [prev, map]`; what was filled up is cut off.

    Source: Liu et al. 2021 (Swin), section 3.2.
    """

    size: Size | None = setting(
        "the window, where it is not square", kinds.axes, None, letter="k", aliases=("window", "window_size")
    )
    grid: bool = setting("one position from every cell of a grid", kinds.flag, False, flags={"grid": True})
    of: object = setting("the windows, and the map whose size they have together, by name", kinds.names, (), aliases=("inputs",))

    kind = "unpartition"
    moves = True
    names = ("windowreverse",)
    layout = "channels"
    arity = (2, 2)
    example = "unpartition: [prev, map]"

    def _window(self, inputs: Shapes) -> Shape:
        if self.size is not None:
            return per_axis(self.size, 2, "window")
        side = math.isqrt(inputs[0][1])
        return (side, inputs[0][1] // side)

    def output(self, inputs: Shapes) -> Shape:
        windows, like = inputs
        if len(windows) != 3 or len(like) != 3:
            raise Misfit(
                f"windows N×P×C and a map C×H×W are put together; {dims(windows)} and {dims(like)} arrive", "[prev, map]"
            )
        wanted = Partition(self._window(inputs)).output((like,))[:2]
        if windows[:2] != wanted:
            raise Misfit(
                f"a map {dims(like)} is {wanted[0]} windows of {wanted[1]} positions; {dims(windows)} arrives",
                "the map that was taken apart",
            )
        return (windows[2], *like[1:])

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        return [None, ()]

    def unasked(self, inputs: Shapes) -> str:
        return "torch is not asked for windows that are not those of the map"

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Unpartition", {"size": self._window(inputs)}, grid=(self.grid, False))


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
