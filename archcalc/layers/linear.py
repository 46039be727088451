"""Fully connected layers and what changes only the shape: flatten, reshape, dropout, identity, embedding."""

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
class Linear(Layer):
    """Fully connected layer: every output is a sum over all inputs. On a sequence T×F it acts on every step alike.

    N_in·N_out weights and N_out biases. A map C×H×W is flattened first, by a row of its own. Source: torch.nn.Linear.
    """

    out: int = setting(
        "output features", kinds.count, symbol="N_out", aliases=("out_features", "units", "num_output", "features")
    )
    bias: bool = bias_setting()
    input: int | None = check_setting("input features", "in_features")

    kind = "fc"
    held = (INPUT._replace(order="plain"),)
    family = "fully connected"
    vector = True
    ends = True
    stated = -1
    names = ("linear", "dense", "innerproduct", "fullyconnected", "fullconnected", "affine", "fullyconnectedlayer")
    positional = ("out",)
    example = "fc 120"
    equations = "linear"

    def output(self, inputs: Shapes) -> Shape:
        *steps, features = inputs[0]
        if steps and self.input not in (None, features) and self.input == a.product(inputs[0]):
            raise Misfit(f"{self.input} input features stated, {dims(inputs[0])} arrives", "a flatten in front (nn.Flatten())")
        check_in(self.input, features, "input features")
        return (*steps, self.out)

    def grows(self, inputs: Shapes) -> Shape | None:
        known = self.input is None or isinstance(inputs[0][-1], int)
        return (*inputs[0][:-1], self.out) if known else None

    def weights(self, inputs: Shapes) -> list[Weight]:
        made = [Weight("weight", (self.out, inputs[0][-1]))]
        return [*made, Weight("bias", (self.out,), bias=True)] if self.bias else made

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        products = a.product(inputs[0]) * self.out
        values_out = a.product(output)
        return Operations(products=products, sums=products - values_out, biases=values_out if self.bias else 0)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import along

        return [along(inputs[0], (len(output) - 1,))]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.Linear", {"in_features": inputs[0][-1], "out_features": self.out}, bias=(self.bias, True))


@dataclass(frozen=True)
class RBF(Layer):
    """Euclidean radial basis functions: the squared distance of the input to each of some fixed points, a pattern for each class.

    N_in·N_out fixed values; nothing is learned. Source: LeCun et al. 1998 (LeNet-5), section II-B.
    """

    out: int = setting("how many points", kinds.count, symbol="N_out", aliases=("out_features", "units"))
    input: int | None = check_setting("input features", "in_features")

    kind = "rbf"
    stated = -1
    family = "fully connected"
    vector = True
    names = ("radialbasis", "euclideanrbf")
    positional = ("out",)
    example = "rbf 10"

    def output(self, inputs: Shapes) -> Shape:
        check_in(self.input, inputs[0][-1], "input features")
        return (*inputs[0][:-1], self.out)

    def grows(self, inputs: Shapes) -> Shape | None:
        known = self.input is None or isinstance(inputs[0][-1], int)
        return (*inputs[0][:-1], self.out) if known else None

    def weights(self, inputs: Shapes) -> list[Weight]:
        return [Weight("centres", (self.out, inputs[0][-1]), learned=False)]

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        differences = a.product(inputs[0]) * self.out
        return Operations(multiplications=differences, additions=2 * differences - a.product(output))

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return (Held("difference", None, a.product(inputs[0]) * self.out, to=(0,)),)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import along

        return [along(inputs[0], (len(output) - 1,))]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.RBF", {"in_features": inputs[0][-1], "out_features": self.out})


@dataclass(frozen=True)
class Bilinear(Layer):
    """Every output is x·A·y + b of two inputs, with a matrix A of its own. On sequences it acts on every step alike.

    N_1·N_2·N_out weights: the product A·y for every output, then that with x. Source: torch.nn.Bilinear.
    """

    out: int = setting("output features", kinds.count, symbol="N_out", aliases=("out_features", "units", "features"))
    bias: bool = bias_setting()
    of: object = setting("the two inputs, by name", kinds.names, (), aliases=("inputs",))

    kind = "bilinear"
    held = (Held("left", 0), Held("right", 1, order="plain"))
    family = "fully connected"
    positional = ("out",)
    arity = (2, 2)
    example = "{from: [left, right], bilinear: 16}"

    def output(self, inputs: Shapes) -> Shape:
        left, right = inputs
        if left[:-1] != right[:-1]:
            raise Misfit(f"{dims(left)} and {dims(right)} differ in more than their features", "inputs with equally many steps")
        return (*left[:-1], self.out)

    def grows(self, inputs: Shapes) -> Shape | None:
        return (*inputs[0][:-1], self.out) if inputs[0][:-1] == inputs[1][:-1] else None

    def weights(self, inputs: Shapes) -> list[Weight]:
        made = [Weight("weight", (self.out, inputs[0][-1], inputs[1][-1]))]
        return [*made, Weight("bias", (self.out,), bias=True)] if self.bias else made

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        values, (left, right) = a.product(output), (shape[-1] for shape in inputs)
        products = values * left * right + values * left
        return Operations(products=products, sums=products - values * left - values, biases=values if self.bias else 0)

    def products_of_weights(self, inputs: Shapes, output: Shape) -> int:
        return a.product(output) * inputs[0][-1] * inputs[1][-1]

    def products_of_inputs(self, inputs: Shapes, output: Shape) -> Shape:
        values, (left, right) = a.product(output), (shape[-1] for shape in inputs)
        return (values * left, values * left * right)

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return (*self.held, Held("A·y", None, a.product(output) * inputs[0][-1], to=(0,)))

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import along

        return [along(shape, (len(shape) - 1,)) for shape in inputs]

    def unasked(self, inputs: Shapes) -> str:
        return "torch has no such product of inputs whose steps differ"

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        bare = {"in1_features": inputs[0][-1], "in2_features": inputs[1][-1], "out_features": self.out}
        return Call("support.Bilinear", bare, bias=(self.bias, True))


class Flatten(Layer):
    """All dimensions into one. Source: torch.nn.Flatten."""

    kind = "flatten"
    reads_plain = True
    view = True
    moves = True
    example = "flatten"

    def output(self, inputs: Shapes) -> Shape:
        return (a.product(inputs[0]),)

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import refolded

        return [refolded(inputs[0], output)]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.Flatten")


@dataclass(frozen=True)
class Reshape(Layer):
    """The same values in another shape (without the batch); -1 stands for whatever remains. Source: torch.reshape."""

    shape: Shape = setting("the new shape", kinds.open_shape, aliases=("target_shape", "size"))

    kind = "reshape"
    reads_plain = True
    view = True
    moves = True
    names = ("view",)
    positional = ("shape",)
    example = "reshape 1x28x28"

    def output(self, inputs: Shapes) -> Shape:
        total, known = a.product(inputs[0]), a.product(n for n in self.shape if n != -1)
        if (not known or total % known) if -1 in self.shape else total != known:
            raise Misfit(
                f"{dims(inputs[0])} holds {int(total)} values, {kinds.text(self.shape)} does not",
                "reshape -1",
            )
        return tuple(total // known if n == -1 else n for n in self.shape)

    def grows(self, inputs: Shapes) -> Shape | None:
        rest, known = a.product(n for n in inputs[0] if isinstance(n, int)), a.product(n for n in self.shape if n != -1)
        if -1 not in self.shape or not known or rest % known:
            return None
        left = (rest // known) * a.product(n for n in inputs[0] if not isinstance(n, int))
        return tuple(left if n == -1 else n for n in self.shape)

    def axes(self, before: str) -> str:
        return ""

    def _asked(self, inputs: Shapes) -> Call:
        return self.torch(inputs, self.shape)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import refolded

        return [refolded(inputs[0], output)]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Reshape", {"shape": output})


@dataclass(frozen=True)
class Permute(Layer):
    """The dimensions in another order, counted from 1 (the batch is 0). Source: torch.permute; Keras Permute."""

    order: Shape = setting("the new order of the dimensions", kinds.shape, aliases=("dims",))

    kind = "permute"
    moves = True
    names = ("transpose",)
    positional = ("order",)
    layout = "tokens"
    example = "permute 2x1"

    def output(self, inputs: Shapes) -> Shape:
        if sorted(self.order) != list(range(1, len(inputs[0]) + 1)):
            wanted = kinds.text(tuple(range(len(inputs[0]), 0, -1)))
            raise Misfit(
                f"{kinds.text(self.order)} is no order of the {len(inputs[0])} dimensions of {dims(inputs[0])}",
                f"permute {wanted}",
            )
        return tuple(inputs[0][i - 1] for i in self.order)

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs)

    def axes(self, before: str) -> str:
        return ""

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading

        return [tuple(Reading(self.order.index(i)) for i in range(1, len(output) + 1))]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Permute", {"order": self.order})


@dataclass(frozen=True)
class Dropout(Layer):
    """Zeroes values at random while training; nothing otherwise. Source: Srivastava et al. 2014; torch.nn.Dropout."""

    p: float = setting("the share dropped", kinds.share, 0.5, aliases=("rate", "dropout_ratio"))

    kind = "dropout"
    lies = "same"
    view = True
    moves = True
    names = ("dropout1d", "dropout2d", "dropout3d", "alphadropout")
    positional = ("p",)
    follows = True
    example = "dropout 0.5"

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return () if self.p == 0 else (Held("mask", None, a.product(output)),)

    def shares(self, training: bool) -> bool:
        return not training or self.p == 0

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.Dropout", {"p": self.p})


@dataclass(frozen=True)
class DropPath(Layer):
    """Zeroes all values of some inputs of a batch while training, so that a branch is left out; nothing otherwise.

    Source: Huang et al. 2016 (stochastic depth); torchvision.ops.StochasticDepth.
    """

    p: float = setting("the share of the inputs", kinds.share, 0.2, aliases=("rate", "drop_prob"))

    kind = "droppath"
    lies = "same"
    view = True
    moves = True
    names = ("stochasticdepth",)
    prefix = "drop"
    positional = ("p",)
    follows = True
    example = "droppath 0.2"

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return () if self.p == 0 else (Held("mask", None, 1),)

    def shares(self, training: bool) -> bool:
        return not training or self.p == 0

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.DropPath", {"p": self.p})


class Identity(Layer):
    """Nothing: the output is the input. Source: torch.nn.Identity."""

    kind = "identity"
    lies = "same"
    view = True
    moves = True
    names = ("noop",)
    follows = True
    example = "identity"

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.Identity")


def rows_setting() -> int:
    """Rows of a table that is looked up."""
    aliases = ("num_embeddings", "input_dim", "vocabulary", "vocab")
    return setting("rows of the table: the vocabulary", kinds.count, symbol="V", aliases=aliases)


def vector_setting() -> int:
    """The length of its rows."""
    aliases = ("embedding_dim", "output_dim", "features", "dimension")
    return setting("length of a vector", kinds.count, symbol="D", aliases=aliases)


class Lookup(Layer):
    """What a table of vectors has in common that is looked up by index: a look-up multiplies nothing."""

    num: int
    dim: int

    family = "embedding"
    indices = True
    positional = ("num", "dim")

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs)

    def remark(self, arriving: Sequence[Arriving]) -> str:
        if any(a.computed for a in arriving):
            raise Misfit(
                "an embedding looks up whole numbers, the network's input; what arrives here was computed by a layer",
                f"`fc {self.dim}` for a layer over computed values",
                f"`{self.kind} {self.num} {self.dim}` as the first layer",
            )
        return super().remark(arriving)

    def weights(self, inputs: Shapes) -> list[Weight]:
        return [Weight("weight", (self.num, self.dim))]


@dataclass(frozen=True)
class Embedding(Lookup):
    """A table of vectors, looked up by index: a look-up multiplies nothing. Source: torch.nn.Embedding."""

    num: int = rows_setting()
    dim: int = vector_setting()

    kind = "embedding"
    held = (INPUT,)
    names = ("embed", "lookup")
    layout = "tokens"
    example = "embedding 10000 100"

    def output(self, inputs: Shapes) -> Shape:
        return (*inputs[0], self.dim)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading

        return [tuple(Reading(i) for i in range(len(inputs[0])))]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.Embedding", {"num_embeddings": self.num, "embedding_dim": self.dim})


@dataclass(frozen=True)
class EmbeddingBag(Lookup):
    """A table of vectors of which those looked up are brought together: one vector a text. Source: torch.nn.EmbeddingBag."""

    num: int = rows_setting()
    dim: int = vector_setting()
    mode: str = setting("what is taken of the rows", kinds.choice("mean", "sum", "max"), "mean")

    kind = "embeddingbag"
    prefix = "bag"
    names = ("bagofwords",)
    example = "embeddingbag 10000 100"

    def output(self, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 1:
            raise Misfit(f"a bag of rows is of a text of T words; {dims(inputs[0])} arrives", "a flatten in front")
        return (self.dim,)

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        rest = (inputs[0][0] - 1) * self.dim
        if self.mode == "max":
            return Operations(comparisons=rest)
        return Operations(additions=rest, divisions=self.dim if self.mode == "mean" else 0)

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        kept = [INPUT, Held("where each text begins", None, 1, 8), Held("words of each text", None, 1, 8)]
        kept.append(Held("rows of the largest", None, self.dim if self.mode == "max" else 1, 8))
        if self.mode != "sum":
            kept += [Held("the text of each word", None, inputs[0][0], 8), Held("and one more", None, 1, 8, once=True)]
        return kept

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import every

        return [every(inputs[0])]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.EmbeddingBag", {"num_embeddings": self.num, "embedding_dim": self.dim}, mode=(self.mode, "mean"))
