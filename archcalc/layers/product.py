"""Products of two tensors that both come out of the network: matrix products, sums over common indices, attention's heart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.formulas import arithmetic as a
from archcalc.layers import kinds
from archcalc.layers.base import OUTPUT, Call, Held, Layer, Operations, Shape, Shapes, dims, setting
from archcalc.layers.frozen import dataclass
from archcalc.layers.merge import broadcast, broadcast_unasked, of_setting
from archcalc.text.faults import Misfit

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


# Each factor of a product of two is kept for the gradient to the other.
FACTORS = (Held("left factor", 0, to=(1,)), Held("right factor", 1, to=(0,)))


def _factors(inputs: Shapes) -> list[Held]:
    """The kernel takes one matrix behind the other; where more than the batch stands in front of them, they are laid so."""
    return [held._replace(order="matrices" if len(inputs[held.of or 0]) > 2 else "") for held in FACTORS]


@dataclass(frozen=True)
class MatMul(Layer):
    """The matrix product of the last two dimensions, …×L×K and …×K×M to …×L×M; the rest are repeated as for a sum.

    L·M·K multiplications for each pair of matrices. Source: torch.matmul.
    """

    of: object = of_setting()

    kind = "matmul"
    names = ("matrixproduct", "bmm", "dot")
    arity = (2, 2)
    example = "matmul: [queries, prev]"

    def _plan(self, inputs: Shapes) -> tuple[Shape, int, Shape, Shape]:
        left, right = inputs
        rows = left[-2:-1]
        columns = right[-1:] if len(right) > 1 else ()
        inner = right[-2] if len(right) > 1 else right[-1]
        if left[-1] != inner:
            raise Misfit(
                f"{dims(left)} times {dims(right)}: {int(left[-1])} columns meet {int(inner)} rows",
                f"a second factor of {int(left[-1])} rows",
            )
        before = (left[:-2], right[:-2])
        rank = max(map(len, before))
        lead = broadcast(tuple((1,) * (rank - len(s)) + s for s in before), "multiplied as matrices")
        return lead, inner, rows, columns

    def output(self, inputs: Shapes) -> Shape:
        lead, _, rows, columns = self._plan(inputs)
        return (*lead, *rows, *columns)

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        products = a.product(output) * self._plan(inputs)[1]
        return Operations(products=products, sums=products - a.product(output))

    def products_of_weights(self, inputs: Shapes, output: Shape) -> int:
        return 0

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return _factors(inputs)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import WHOLE, Reading, alike

        left, right = inputs
        if len(left) != len(right) or len(left) < 2:
            return [None, None]
        rank = len(left)
        lead = [alike(shape[:-2], output[:-2]) or () for shape in inputs]
        return [(*lead[0], Reading(rank - 2), WHOLE), (*lead[1], WHOLE, Reading(rank - 1))]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.MatMul")


@dataclass(frozen=True)
class Einsum(Layer):
    """A sum over the indices that two inputs have in common: `einsum "hqd,hkd->hqk"`, the batch left out.

    One multiplication for every combination of indices; one that only a single input has, and the output has not, is summed
    first. Where nothing that both have is summed, they are multiplied value by value. Source: torch.einsum.
    """

    equation: str = setting("the indices of each input, and of the output", kinds.words)
    of: object = of_setting()

    kind = "einsum"
    positional = ("equation",)
    arity = (1, 2)
    example = '{einsum: {equation: "td,sd->ts", of: [queries, prev]}}'

    def _plan(self, inputs: Shapes) -> tuple[list[str], str, dict[str, int]]:
        left, arrow, out = self.equation.replace(" ", "").partition("->")
        terms = left.split(",")
        if not arrow or len(terms) != len(inputs) or any(len(t) != len(s) for t, s in zip(terms, inputs, strict=False)):
            listed = ", ".join(map(dims, inputs))
            raise Misfit(
                f"'{self.equation}' does not name the dimensions of {listed}", "a letter for every dimension, as bij,bjk->bik"
            )
        sizes: dict[str, int] = {}
        for term, shape in zip(terms, inputs, strict=True):
            for index, size in zip(term, shape, strict=True):
                known = sizes.setdefault(index, size)
                if known != size and 1 not in (known, size):
                    raise Misfit(
                        f"index {index} of '{self.equation}' is {int(known)} and {int(size)}",
                        "another letter, or sizes that are equal",
                    )
                sizes[index] = max(known, size)
        if missing := [i for i in out if i not in sizes]:
            raise Misfit(
                f"index {missing[0]} of '{self.equation}' stands at no input",
                f"{missing[0]} among the letters of an input, or not in the result",
            )
        return terms, out, sizes

    def output(self, inputs: Shapes) -> Shape:
        _, out, sizes = self._plan(inputs)
        return tuple(sizes[i] for i in out)

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        terms, out, sizes = self._plan(inputs)
        if len(terms) == 1:
            return Operations(additions=a.product(inputs[0]) - a.product(output))
        met = [i for i in sizes if i in out or all(i in t for t in terms)]
        alone = sum(a.product(s) - a.product(sizes[i] for i in t if i in met) for t, s in zip(terms, inputs, strict=True))
        products = a.product(sizes[i] for i in met)
        if all(i in out for i in met):
            return Operations(multiplications=products, additions=alone)
        return Operations(products=products, sums=products - a.product(output), additions=alone)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import WHOLE, Reading

        terms, out, _ = self._plan(inputs)
        return [tuple(Reading(out.index(i)) if i in out and t.count(i) == 1 else WHOLE for i in t) for t in terms]

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return _factors(inputs) if len(inputs) == 2 else ()

    def products_of_weights(self, inputs: Shapes, output: Shape) -> int:
        return 0

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Einsum", {"equation": self.equation})


@dataclass(frozen=True)
class DotAttention(Layer):
    """softmax(Q·Kᵀ/√E)·V for queries …×L×E, keys …×S×E and values …×S×D: L·S·E and L·S·D multiplications a head.

    Several heads of queries may have one of keys and values (Ainslie et al. 2023).
    Source: Vaswani et al. 2017, equation 1; torch.nn.functional.scaled_dot_product_attention.
    """

    of: object = of_setting()

    kind = "dotattention"
    names = ("scaleddotproductattention", "sdpa")
    prefix = "attn"
    arity = (3, 3)
    example = "dotattention: [queries, keys, prev]"

    def output(self, inputs: Shapes) -> Shape:
        query, key, value = inputs
        if min(map(len, inputs)) < 2:
            raise Misfit(
                f"attention needs sequences …×T×E; {', '.join(map(dims, inputs))} arrive", "sequences of vectors, as 10x64"
            )
        if query[-1] != key[-1] or key[-2] != value[-2]:
            raise Misfit(
                f"queries {dims(query)}, keys {dims(key)} and values {dims(value)} do not go together",
                "keys as wide as the queries, and as many as the values",
            )
        return (*self._heads(inputs), query[-2], value[-1])

    def _heads(self, inputs: Shapes) -> Shape:
        """What stands before the sequences: sizes of 1 are repeated, and so are heads of keys that divide those of queries."""
        rank = max(map(len, inputs)) - 2
        queries, keys, values = ((1,) * (rank + 2 - len(shape)) + shape[:-2] for shape in inputs)
        if rank and keys[-1] == values[-1] and queries[-1] % keys[-1] == 0:
            keys, values = ((*heads[:-1], queries[-1]) for heads in (keys, values))
        for sizes in zip(queries, keys, values, strict=True):
            large = [size for size in sizes if size != 1]
            if any(size != large[0] for size in large):
                raise Misfit(
                    f"queries {dims(inputs[0])}, keys {dims(inputs[1])} and values {dims(inputs[2])} do not go together",
                    "as many heads of keys and values as of queries, or so many that they divide those",
                )
        return tuple(max(sizes) for sizes in zip(queries, keys, values, strict=True))

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        query, key, value = inputs
        rows = a.product((*self._heads(inputs), query[-2]))
        scores = rows * key[-2]
        products = scores * query[-1] + scores * value[-1]
        return Operations(
            products=products,
            sums=products - scores - a.product(output),
            multiplications=a.product(query),
            exponentials=scores,
            additions=scores - rows,
            divisions=scores,
        )

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import WHOLE, Reading

        if len({len(shape) for shape in inputs}) > 1 or len({shape[:-2] for shape in inputs}) > 1:
            return [None] * 3
        rank = len(output)
        lead = tuple(map(Reading, range(rank - 2)))
        return [(*lead, Reading(rank - 2), WHOLE), (*lead, WHOLE, WHOLE), (*lead, WHOLE, Reading(rank - 1))]

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        query, key, value = inputs
        if len(query) == len(key) == len(value) == 3 and query[-1] == value[-1]:
            # The fused kernel keeps what it read and the logarithm of each row's sum, never the scores.
            read = (Held("queries", 0), Held("keys", 1), Held("values", 2))
            return *read, OUTPUT, Held("log of sums", None, a.product(query[:-1]), 4)
        scaled = (Held("scaled queries", None, a.product(query)), Held("scaled keys", None, a.product(key)))
        return *scaled, Held("softmax", None, a.product(query[:-1]) * key[-2]), Held("values", 2)

    def workspace(self, inputs: Shapes, output: Shape) -> int:
        # Written out, as torch's counter needs it: the scores and their softmax, and the scaled queries and keys.
        query, key, _ = inputs
        return 2 * a.product((*self._heads(inputs), query[-2])) * key[-2] + a.product(query) + a.product(key)

    def products_of_inputs(self, inputs: Shapes, output: Shape) -> Shape:
        query, key, value = inputs
        scores = a.product((*self._heads(inputs), query[-2])) * key[-2]
        return (scores * query[-1], scores * query[-1], scores * value[-1])

    def products_of_weights(self, inputs: Shapes, output: Shape) -> int:
        return 0

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.DotAttention")

    def unasked(self, inputs: Shapes) -> str:
        return broadcast_unasked(inputs)
