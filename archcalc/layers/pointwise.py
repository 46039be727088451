"""Arithmetic value by value: functions, a fixed number, comparisons; differences and quotients of two tensors; reductions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.formulas import arithmetic as a
from archcalc.layers import kinds
from archcalc.layers.base import INPUT, OUTPUT, Call, Held, Layer, Operations, Shape, Shapes, dims, setting
from archcalc.layers.frozen import dataclass
from archcalc.layers.merge import broadcast, of_setting
from archcalc.text.faults import Misfit, ValueFault

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


# What one value costs; a power, a logarithm, a sine have no count in these terms.
UNCOUNTED = Operations(complete=False)
SPECIAL = (
    "sinh", "cosh", "asin", "acos", "asinh", "acosh", "atanh", "exp2", "erfc", "erfinv", "lgamma", "digamma", "sinc", "logit",
)  # fmt: skip
COSTS: dict[str, Operations] = {
    "add": Operations(additions=1),
    "sub": Operations(additions=1),
    "mul": Operations(multiplications=1),
    "div": Operations(divisions=1),
    "neg": Operations(multiplications=1),
    "abs": Operations(comparisons=1),
    "square": Operations(multiplications=1),
    "reciprocal": Operations(divisions=1),
    "sqrt": Operations(divisions=1),
    "rsqrt": Operations(divisions=2),
    "exp": Operations(exponentials=1),
    "clamp": Operations(comparisons=2),
    "maximum": Operations(comparisons=1),
    "minimum": Operations(comparisons=1),
    "compare": Operations(comparisons=1),
    "round": Operations(),
    "logical": Operations(),
    "mask": Operations(),
    **dict.fromkeys(("pow", "log", "log1p", "expm1", "sin", "cos", "tan", "erf", "atan", "remainder"), UNCOUNTED),
    **dict.fromkeys(SPECIAL, UNCOUNTED),
}

# What the gradient of each asks for; nothing where it is not named.
OF_INPUT = (
    "abs",
    "square",
    "clamp",
    "maximum",
    "minimum",
    "pow",
    "log",
    "log1p",
    "sin",
    "cos",
    "erf",
    "atan",
    *(f for f in SPECIAL if f != "exp2"),
)
OF_OUTPUT = ("reciprocal", "sqrt", "rsqrt", "exp", "exp2", "expm1", "tan")

OF_NUMBER = ("add", "sub", "mul", "div", "pow", "remainder", "maximum", "minimum")
# Where torch's function has another name; a comparison or a mask stands in as a copy.
FUNCTIONS = {"maximum": "clamp_min", "minimum": "clamp_max", **dict.fromkeys(("compare", "logical", "mask", "clamp"), "clone")}
PAIRS = {"compare": "ge", "logical": "logical_and", "mask": "mul", "atan": "atan2"}
OF_TWO = ("sub", "div", "maximum", "minimum", "pow", "compare", "logical", "mask", "atan", "remainder")
TAKEN = ("mean", "sum", "max", "min", "var", "std", "norm", "prod", "logsumexp", "argmax")


def each(cost: Operations, n: int) -> Operations:
    """The work of n values at this cost each."""
    return Operations(
        multiplications=n * cost.multiplications,
        additions=n * cost.additions,
        comparisons=n * cost.comparisons,
        divisions=n * cost.divisions,
        exponentials=n * cost.exponentials,
        complete=cost.complete,
    )


@dataclass(frozen=True)
class Pointwise(Layer):
    """A function of each value alone, or each value with a fixed number: `pointwise mul 0.125`. Source: torch.mul, torch.exp."""

    op: str = setting("what is done", kinds.choice(*COSTS))
    by: float | None = setting("the fixed number", kinds.real, None)

    kind = "pointwise"
    lies = "same"
    positional = ("op", "by")
    example = "pointwise mul 0.125"

    def __post_init__(self) -> None:
        if self.by is not None and self.op not in OF_NUMBER:
            raise ValueFault(f"{self.op} is a function of each value alone: no number goes with it", f"pointwise {self.op}")

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        return each(COSTS[self.op], a.product(output))

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return (INPUT,) if self.op in OF_INPUT else (OUTPUT,) if self.op in OF_OUTPUT else ()

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        by = 1.0 if self.by is None and self.op in OF_NUMBER else self.by
        return Call("support.Pointwise", {"function": FUNCTIONS.get(self.op, self.op)}, by=(by, None))


@dataclass(frozen=True)
class Combine(Layer):
    """Two inputs value by value: a difference, a quotient, the larger one. Sizes of 1 are repeated. Source: torch.sub.

    A mask chooses between two by a third.
    """

    op: str = setting("what is done", kinds.choice(*OF_TWO))
    of: object = of_setting()

    kind = "combine"
    lies = "same"
    positional = ("op",)
    arity = (2, 3)
    example = "{combine: {op: sub, of: [skip1, prev]}}"

    def output(self, inputs: Shapes) -> Shape:
        if len(inputs) > 2 and self.op != "mask":
            raise Misfit(
                f"{self.op} is of two inputs, {len(inputs)} are given", f"{self.op} of two of them, then of that and the third"
            )
        return broadcast(inputs, "combined")

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        return each(COSTS[self.op], a.product(output))

    @property
    def stops(self) -> bool:  # type: ignore[override]
        return self.op in ("compare", "logical")

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        if self.op == "sub":
            return ()
        if self.op in ("div", "remainder"):
            return Held("dividend", 0, to=(1,)), Held("divisor", 1)
        both = (Held("first", 0), Held("second", 1))
        return (*both, OUTPUT._replace(to=(1,))) if self.op == "pow" else both

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Combine", {"function": PAIRS.get(self.op, self.op)})


@dataclass(frozen=True)
class Reduce(Layer):
    """Values brought together along dimensions: their mean, sum, largest. Dimensions count from 1 (the batch is 0).

    Source: torch.mean, torch.sum, torch.amax, torch.var.
    """

    op: str = setting("what is taken", kinds.choice(*TAKEN))
    over: Shape | None = setting("the dimensions, from 1; all of them where none is given", kinds.shape, None, aliases=("dim",))
    keep: bool = setting("keep each dimension with size 1", kinds.flag, False, aliases=("keepdim",), flags={"keep": True})

    kind = "reduce"
    positional = ("op", "over")
    example = "reduce mean 2x3"

    def output(self, inputs: Shapes) -> Shape:
        shape = inputs[0]
        axes = self._axes(shape)
        if self.keep:
            return tuple(1 if i in axes else n for i, n in enumerate(shape, 1))
        return tuple(n for i, n in enumerate(shape, 1) if i not in axes)

    def _axes(self, shape: Shape) -> Shape:
        axes = tuple(range(1, len(shape) + 1)) if self.over is None else self.over
        if any(axis > len(shape) for axis in axes):
            raise Misfit(f"there is no dimension {max(axes)} in {dims(shape)}", f"a dimension from 1 to {len(shape)}")
        if len(set(axes)) < len(axes):
            once = "x".join(str(axis) for axis in dict.fromkeys(axes))
            raise Misfit("a dimension is named twice", f"reduce {self.op} {once}{' keep' * self.keep}")
        return axes

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        values, results = a.product(inputs[0]), a.product(output)
        rest = values - results
        if self.op in ("max", "min", "argmax"):
            return Operations(comparisons=rest)
        if self.op == "sum":
            return Operations(additions=rest)
        if self.op == "mean":
            return Operations(additions=rest, divisions=results)
        if self.op == "prod":
            return Operations(multiplications=rest)
        if self.op in ("var", "std"):  # the mean, the differences, their squares, the mean of those, a root
            roots = results if self.op == "std" else 0
            return Operations(multiplications=values, additions=2 * rest + values, divisions=2 * results + roots)
        return UNCOUNTED

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import WHOLE, Reading

        axes = self._axes(inputs[0])
        left = iter(range(len(output)))
        if self.keep:
            return [tuple(WHOLE if i + 1 in axes else Reading(i) for i in range(len(inputs[0])))]
        return [tuple(WHOLE if i + 1 in axes else Reading(next(left)) for i in range(len(inputs[0])))]

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        if self.op in ("mean", "sum", "argmax"):
            return ()
        if self.op == "prod":  # along one dimension after the other, the last one first
            left, partial = list(inputs[0]), []
            for axis in sorted(self._axes(inputs[0]), reverse=True)[:-1]:
                left[axis - 1] = 1
                partial.append(Held("product so far", None, a.product(left)))
            return INPUT, *partial, OUTPUT
        return (INPUT,) if self.op == "var" else (INPUT, OUTPUT)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("support.Reduce", {"op": self.op, "over": self._axes(inputs[0])}, keep=(self.keep, False))
