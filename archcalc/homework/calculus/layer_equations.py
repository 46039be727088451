"""Equations of the layers without memory: linear, convolution, sigmoid, tanh, ReLU. One sample, no batch."""

from __future__ import annotations

from archcalc.formulas import arithmetic
from archcalc.homework.calculus.equations import Equation, EquationSet
from archcalc.homework.calculus.functions import (
    EXP,
    TANH,
    Apply,
    AtLeastZero,
    Element,
    Index,
    IndexSum,
    Positive,
    axis,
)
from archcalc.homework.calculus.lists import shape
from archcalc.homework.calculus.tensors import Expr, Number, Outer, Scaled, Scope, Symbol

BATCH = "Over a batch, the gradients of the weights and of the bias are added up over its samples."

x = Symbol("x", "x", "x")
y = Symbol("y", "y", "y")
W = Symbol("W", "W", "W")
b = Symbol("b", "b", "b")
δ = Symbol("dy", "δ", r"\delta")

X_Y = [(x, "the input"), (y, "the output"), (δ, "what flows in from above: ∂E/∂y, E the loss")]


def linear() -> EquationSet:
    """A fully connected layer; W has a row an output, as torch stores it."""
    return EquationSet(
        "Linear layer",
        [Equation("output", y, W @ x + b)],
        [
            Equation("weights", W.grad, Outer(δ, x)),
            Equation("bias", b.grad, δ),
            Equation("input", x.grad, W.T @ δ),
        ],
        [*X_Y, (W, "the weights, a row an output"), (b, "the bias")],
        (BATCH,),
    )


def sigmoid() -> EquationSet:
    """The logistic function, element by element."""
    forward = Number(1) / (1 + Apply(EXP, -x))
    slope = δ * y * (1 - y)
    return EquationSet("Sigmoid", [Equation("output", y, forward)], [Equation("input", x.grad, slope)], X_Y)


def tanh() -> EquationSet:
    """The hyperbolic tangent, element by element."""
    slope = δ * (1 - y**2)
    return EquationSet("Tanh", [Equation("output", y, Apply(TANH, x))], [Equation("input", x.grad, slope)], X_Y)


def relu() -> EquationSet:
    """The rectifier, element by element."""
    notes = ("1[…] is 1 where the condition holds, else 0: so 0 at x = 0, which has no derivative, as in torch.",)
    forward, slope = AtLeastZero(x), δ * Positive(x)
    return EquationSet("ReLU", [Equation("output", y, forward)], [Equation("input", x.grad, slope)], X_Y, notes)


P = Symbol("P", "P", "P")
S = Symbol("S", "S", "S")
D = Symbol("D", "D", "D")


def conv1d() -> EquationSet:
    """A convolution along one axis."""
    return _conv(1)


def conv2d() -> EquationSet:
    """A convolution over rows and columns."""
    return _conv(2)


def conv3d() -> EquationSet:
    """A convolution over three axes."""
    return _conv(3)


def _whole(scope: Scope, symbol: Symbol) -> int:
    value = symbol.value(scope)
    assert not isinstance(value, list)
    return int(value)


def _conv(rank: int) -> EquationSet:
    """The convolution of deep learning (a cross-correlation), element by element.

    Output place i meets input place S·i + D·u − P by tap u of the kernel; so input place p was met by the
    outputs (p + P − D·u)/S, where that is whole. Source: Dumoulin and Visin 2016, relation 14 and section
    4.
    """

    def out_size(k: int) -> Index:
        def size(scope: Scope) -> int:
            inp, kernel = shape(x.value(scope))[1 + k], shape(W.value(scope))[2 + k]
            return arithmetic.conv_out(inp, kernel, _whole(scope, P), _whole(scope, S), _whole(scope, D))

        return Index("ijk"[k], size)

    o, c = Index("o", axis(W, 0)), Index("c", axis(W, 1))
    outs = tuple(out_size(k) for k in range(rank))
    taps = tuple(Index("uvw"[k], axis(W, 2 + k)) for k in range(rank))
    places = tuple(Index("pqr"[k], axis(x, 1 + k)) for k in range(rank))
    met: tuple[Expr, ...] = tuple(Scaled(S, i) + Scaled(D, u) - P for i, u in zip(outs, taps, strict=True))
    met_by: tuple[Expr, ...] = tuple((p + P - Scaled(D, u)) / S for p, u in zip(places, taps, strict=True))

    weight = Element(W, (o, c, *taps))
    seen = Element(x, (c, *met))
    output = Element(b, (o,)) + IndexSum((c, *taps), Scaled(weight, seen))
    arriving = Element(δ, (o, *outs))
    back = IndexSum((o, *taps), Scaled(Element(δ, (o, *met_by)), weight))
    return EquationSet(
        f"Convolution, {rank}-D",
        [Equation("output", Element(y, (o, *outs)), output)],
        [
            Equation("weights", Element(W.grad, (o, c, *taps)), IndexSum(outs, Scaled(arriving, seen))),
            Equation("bias", Element(b.grad, (o,)), IndexSum(outs, arriving)),
            Equation("input", Element(x.grad, (c, *places)), back),
        ],
        [
            *X_Y,
            (W, "the kernels: output map o, input map c, tap " + ", ".join(u.letter for u in taps)),
            (b, "the bias of every output map"),
            (S, "the stride"),
            (P, "the padding on each side"),
            (D, "the dilation"),
        ],
        (
            "Indices count from 0. A value outside a tensor is 0, and so is one at a place that is not whole.",
            "Where the axes differ, each has its own S, P and D. In groups, this holds in each.",
            BATCH,
        ),
    )
