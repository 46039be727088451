"""Equations of softmax and of the losses. One sample, no batch."""

from __future__ import annotations

from archcalc.homework.calculus.equations import Equation, EquationSet
from archcalc.homework.calculus.functions import (
    EXP,
    LOG,
    SIGMOID,
    SIGN,
    Absolute,
    Apply,
    AtLeastZero,
    Count,
    Element,
    Index,
    IndexSum,
    Positive,
    Within,
    axis,
)
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


def bce() -> EquationSet:
    """The binary cross-entropy of a sigmoid's outputs."""
    k = Index("k", axis(y, 0))
    n = Count("n", y)
    pₖ, yₖ = Element(p, (k,)), Element(y, (k,))
    one: Expr = Number(1)
    terms = Scaled(yₖ, Apply(LOG, pₖ)) + Scaled(one - yₖ, Apply(LOG, one - pₖ))
    by_p = Scaled(one / n, (pₖ - yₖ) / Scaled(pₖ, one - pₖ))
    return EquationSet(
        "Binary cross-entropy",
        [
            Equation("probabilities", pₖ, Apply(SIGMOID, Element(z, (k,)))),
            Equation("loss", E, -Scaled(one / n, IndexSum((k,), terms))),
        ],
        [
            Equation("probabilities", Element(p.grad, (k,)), by_p),
            Equation("input", Element(z.grad, (k,)), Scaled(one / n, pₖ - yₖ)),
        ],
        [
            (z, "the scores"),
            (p, "the probabilities"),
            (y, "the targets, from 0 to 1"),
            (n, "how many there are"),
            (E, "the loss"),
        ],
        ("∂E/∂z is taken through p. torch has it with the sigmoid (BCEWithLogitsLoss) and without (BCELoss).",),
    )


def mae() -> EquationSet:
    """The mean of the absolute differences."""
    k = Index("k", axis(y, 0))
    n = Count("n", y)
    difference = Element(ŷ, (k,)) - Element(y, (k,))
    return EquationSet(
        "Mean absolute error",
        [Equation("loss", E, Scaled(Number(1) / n, IndexSum((k,), Absolute(difference))))],
        [
            Equation("output", Element(ŷ.grad, (k,)), Scaled(Number(1) / n, Apply(SIGN, difference))),
            Equation("target", Element(y.grad, (k,)), -Scaled(Number(1) / n, Apply(SIGN, difference))),
        ],
        [(ŷ, "what the network gives"), (y, "the target"), (n, "how many values they have"), (E, "the loss")],
        ("sign is −1, 0 or 1; at 0, where there is no derivative, it is 0, as in torch.",),
    )


d = Symbol("d", "d", "d")
Δ = Symbol("delta", "δ", r"\delta")


def huber() -> EquationSet:
    """Huber's loss: squared near 0, straight beyond δ. Source: Huber 1964, in torch's form (HuberLoss)."""
    k = Index("k", axis(y, 0))
    n = Count("n", y)
    dₖ = Element(d, (k,))
    size = Absolute(dₖ)
    each = Within(size, Δ, Scaled(Number(0.5), dₖ**2), Scaled(Δ, size - Scaled(Number(0.5), Δ)))
    slope = Within(size, Δ, dₖ, Scaled(Δ, Apply(SIGN, dₖ)))
    return EquationSet(
        "Huber loss",
        [
            Equation("difference", dₖ, Element(ŷ, (k,)) - Element(y, (k,))),
            Equation("loss", E, Scaled(Number(1) / n, IndexSum((k,), each))),
        ],
        [Equation("output", Element(ŷ.grad, (k,)), Scaled(Number(1) / n, slope))],
        [
            (ŷ, "what the network gives"),
            (y, "the target"),
            (d, "their difference"),
            (Δ, "where the square ends and the straight line begins"),
            (n, "how many values they have"),
            (E, "the loss"),
        ],
        ("The gradient of a difference is cut off at −δ and δ; so one far value cannot outweigh the others.",),
    )


s = Symbol("s", "s", "s")


def hinge() -> EquationSet:
    """The hinge loss of scores against labels of −1 and 1."""
    k = Index("k", axis(y, 0))
    n = Count("n", y)
    sₖ, yₖ = Element(s, (k,)), Element(y, (k,))
    margin: Expr = Number(1) - Scaled(yₖ, sₖ)
    return EquationSet(
        "Hinge loss",
        [Equation("loss", E, Scaled(Number(1) / n, IndexSum((k,), AtLeastZero(margin))))],
        [Equation("score", Element(s.grad, (k,)), -Scaled(Number(1) / n, Scaled(yₖ, Positive(margin))))],
        [(s, "the scores"), (y, "the labels, −1 or 1"), (n, "how many there are"), (E, "the loss")],
        ("Only scores on the wrong side of the margin, y·s < 1, have a gradient.",),
    )
