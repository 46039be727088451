"""Layers that read several nodes: sum, product, concatenation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.formulas import arithmetic as a
from archcalc.layers import kinds
from archcalc.layers.base import Call, Held, Layer, Operations, Shape, Shapes, dims, setting
from archcalc.layers.frozen import dataclass
from archcalc.text.faults import Misfit

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


def of_setting() -> object:
    """The setting `of`: what is merged."""
    return setting("the layers merged, by name; `prev` is the one above", kinds.names, (), aliases=("inputs",))


def broadcast(inputs: Shapes, what: str) -> Shape:
    """The common shape: equal sizes, or 1 where one is repeated along an axis. Raises Misfit."""
    if len({len(shape) for shape in inputs}) > 1:
        raise Misfit(
            f"shapes of different rank cannot be {what}: {', '.join(map(dims, inputs))}",
            "layers before one of them that give it the other's axes, as flatten does",
        )
    for sizes in zip(*inputs, strict=True):
        large = [size for size in sizes if size != 1]
        if any(size != large[0] for size in large):
            raise Misfit(
                f"shapes {', '.join(map(dims, inputs))} cannot be {what}: they must be equal",
                *(merge_repairs(inputs) or ["layers on one way that make them equal, or `concat`"]),
            )
    return tuple(max(sizes) for sizes in zip(*inputs, strict=True))


def equal(inputs: Shapes) -> Shape | None:
    """The common shape of inputs that are equal whatever n is, or 1 where they are not; None where that is not shown."""
    made = []
    for sizes in zip(*inputs, strict=True):
        found = {size for size in sizes if size != 1}
        if len(found) > 1:
            return None
        made.append(next(iter(found), 1))
    return tuple(made)


def broadcast_unasked(inputs: Shapes) -> str:
    """Why torch cannot be asked to add or multiply these; empty where it can."""
    ranks = {len(shape) for shape in inputs}
    return "torch would match the batch of one with a dimension of the other" if len(ranks) > 1 else ""


def merge_repairs(inputs: Shapes) -> list[str]:
    """What to write on the shortcut so that two maps become equal, where a strided 1×1 convolution does it."""
    a_shape, b_shape = inputs[0], inputs[-1]
    if len(a_shape) < 2 or len(inputs) != 2:
        return []
    small, large = sorted((a_shape, b_shape), key=lambda s: s[1])
    if large[1] == small[1]:
        return [f"a shortcut `conv {int(a_shape[0])} k1`"] if a_shape[1:] == b_shape[1:] else []
    stride, rest = divmod(int(large[1]), int(small[1]))
    return [f"a shortcut `conv {int(small[0])} k1 s{stride}`"] if rest == 0 else []


@dataclass(frozen=True)
class Add(Layer):
    """Element-wise sum of several inputs of one shape (size 1 is repeated). Source: He et al. 2015; torch.add."""

    of: object = of_setting()

    kind = "add"
    unordered = True
    lies = "same"
    names = ("sum", "plus")
    arity = (2, None)
    example = "add: [skip1, prev]"

    def output(self, inputs: Shapes) -> Shape:
        return broadcast(inputs, "added")

    def grows(self, inputs: Shapes) -> Shape | None:
        return equal(inputs)

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        return Operations(additions=a.product(output) * (len(inputs) - 1))

    def unasked(self, inputs: Shapes) -> str:
        return broadcast_unasked(inputs)

    def expression(self, names: Sequence[str]) -> str:
        return " + ".join(names)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Add")


@dataclass(frozen=True)
class Mul(Layer):
    """Element-wise product of several inputs (size 1 is repeated), as in squeeze-and-excitation. Source: torch.mul."""

    of: object = of_setting()

    kind = "mul"
    unordered = True
    lies = "same"
    names = ("multiply", "times")
    arity = (2, None)
    example = "mul: [map, gate]"

    def output(self, inputs: Shapes) -> Shape:
        return broadcast(inputs, "multiplied")

    def grows(self, inputs: Shapes) -> Shape | None:
        return equal(inputs)

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        return Operations(multiplications=a.product(output) * (len(inputs) - 1))

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        # Factor by factor: each is kept for the gradient to what it was multiplied with, and so is the product up to there.
        kept = [Held("factor 1", 0, to=(1,))] if len(inputs) > 1 else []
        for k in range(1, len(inputs)):
            before = tuple(range(k))
            if k > 1:
                kept.append(Held("product", None, a.product(broadcast(inputs[:k], "multiplied")), to=(k,)))
            kept.append(Held(f"factor {k + 1}", k, to=before))
        return kept

    def unasked(self, inputs: Shapes) -> str:
        return broadcast_unasked(inputs)

    def expression(self, names: Sequence[str]) -> str:
        return " * ".join(names)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Mul")


@dataclass(frozen=True)
class Concat(Layer):
    """Inputs side by side: maps along their channels, sequences T×F along their features. Source: torch.cat."""

    of: object = of_setting()
    axis: int | None = setting(
        "the dimension joined, 0 the first after the batch; channels, or the features of a sequence",
        kinds.number0,
        None,
        aliases=("dim",),
    )

    kind = "concat"
    moves = True
    names = ("concatenate", "cat", "depthconcat", "filterconcat", "filterconcatenation")
    arity = (1, None)
    example = "concat: [skip1, prev]"

    def settled(self, inputs: Shapes, layout: str) -> Layer:
        tokens = len(inputs[0]) == 2 and layout != "channels"
        return self if self.axis is not None else Concat(axis=1 if tokens else 0)

    def output(self, inputs: Shapes) -> Shape:
        axis, first = self.axis or 0, inputs[0]
        listed = ", ".join(dims(shape) for shape in inputs)
        if axis >= len(first):
            raise Misfit(f"there is no dimension {axis} in {dims(first)}", f"axis={len(first) - 1}")
        if any(len(shape) != len(first) for shape in inputs):
            raise Misfit(
                f"shapes of different rank cannot be concatenated: {listed}",
                "layers before one of them that give it the other's axes, as flatten does",
            )
        if any(s[:axis] != first[:axis] or s[axis + 1 :] != first[axis + 1 :] for s in inputs):
            raise Misfit(
                f"shapes {listed} cannot be concatenated: all but dimension {axis} must be equal",
                "padding, pooling or a crop that makes the other sizes equal",
            )
        return (*first[:axis], sum(shape[axis] for shape in inputs), *first[axis + 1 :])

    def grows(self, inputs: Shapes) -> Shape | None:
        axis, first = self.axis or 0, inputs[0]
        same = all(s[:axis] == first[:axis] and s[axis + 1 :] == first[axis + 1 :] for s in inputs)
        return (*first[:axis], sum(shape[axis] for shape in inputs), *first[axis + 1 :]) if same else None

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading, shifted

        axis, start = self.axis or 0, 0
        found = []
        for shape in inputs:
            found.append(tuple(shifted(i, -start) if i == axis else Reading(i) for i in range(len(shape))))
            start += shape[axis]
        return found

    def expression(self, names: Sequence[str]) -> str:
        comma = "," if len(names) == 1 else ""
        return f"torch.cat(({', '.join(names)}{comma}), dim={(self.axis or 0) + 1})"

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Concat", {"dim": (self.axis or 0) + 1})
