"""Equations of softmax and of the losses. One sample, no batch."""

from __future__ import annotations

from archcalc.homework.calculus.equations import Equation, EquationSet
from archcalc.homework.calculus.functions import EXP, LOG, Apply, Count, Element, Index, IndexSum, axis
from archcalc.homework.calculus.tensors import Expr, Number, Scaled, Symbol

z = Symbol("z", "z", "z")
p = Symbol("p", "p", "p")
y = Symbol("y", "y", "y")
ŷ = Symbol("y_hat", "ŷ", r"\hat{y}")
E = Symbol("E", "E", "E")
δ = Symbol("dp", "δ", r"\delta")


def _softmax(i: Index, k: Index) -> Equation:
    normal = IndexSum((k,), Apply(EXP, Element(z, (k,))))
    return Equation("softmax", Element(p, (i,)), Apply(EXP, Element(z, (i,))) / normal)


def softmax() -> EquationSet:
    """Softmax over a vector, with the gradient of any loss through it."""
    i, k = Index("i", axis(z, 0)), Index("k", axis(z, 0))
    mean = IndexSum((k,), Scaled(Element(δ, (k,)), Element(p, (k,))))
    slope = Scaled(Element(p, (i,)), Element(δ, (i,)) - mean)
    return EquationSet(
        "Softmax",
        [_softmax(i, k)],
        [Equation("input", Element(z.grad, (i,)), slope)],
        [
            (z, "the input"),
            (p, "the output: positive, of sum 1"),
            (δ, "what flows in from above: ∂E/∂p, E the loss"),
        ],
        ("From ∂pᵢ/∂zₖ = pᵢ·(1[i = k] − pₖ).",),
    )


def softmax_cross_entropy() -> EquationSet:
    """Softmax followed by the cross-entropy against a target distribution."""
    i, k = Index("i", axis(z, 0)), Index("k", axis(z, 0))
    loss = -IndexSum((k,), Scaled(Element(y, (k,)), Apply(LOG, Element(p, (k,)))))
    by_p = -(Element(y, (i,)) / Element(p, (i,)))
    by_z: Expr = Element(p, (i,)) - Element(y, (i,))
    return EquationSet(
        "Softmax with cross-entropy",
        [_softmax(i, k), Equation("loss", E, loss)],
        [
            Equation("probabilities", Element(p.grad, (i,)), by_p),
            Equation("input", Element(z.grad, (i,)), by_z),
        ],
        [
            (z, "the input: a score a class"),
            (p, "the probabilities"),
            (y, "the target: 1 for the true class and 0 elsewhere, or any distribution of sum 1"),
            (E, "the loss"),
        ],
        (
            "∂E/∂z is taken through p; it is this short because the target sums to 1.",
            "Over a batch, torch takes the mean.",
        ),
    )


def mse() -> EquationSet:
    """The mean of the squared differences."""
    k = Index("k", axis(y, 0))
    n = Count("n", y)
    loss = Scaled(Number(1) / n, IndexSum((k,), (Element(ŷ, (k,)) - Element(y, (k,))) ** 2))
    by_output = Scaled(Number(2) / n, Element(ŷ, (k,)) - Element(y, (k,)))
    by_target = Scaled(Number(2) / n, Element(y, (k,)) - Element(ŷ, (k,)))
    return EquationSet(
        "Mean squared error",
        [Equation("loss", E, loss)],
        [
            Equation("output", Element(ŷ.grad, (k,)), by_output),
            Equation("target", Element(y.grad, (k,)), by_target),
        ],
        [(ŷ, "what the network gives"), (y, "the target"), (n, "how many values they have"), (E, "the loss")],
    )
