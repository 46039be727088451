"""The forward and backward equations of layers and losses: printed, and evaluated, from one set of
expressions.

>>> print(equation_set("sigmoid").gradients[0].unicode())
∂E/∂x = δ ⊙ y ⊙ (1 − y)
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, product
from typing import Any, Literal

from archcalc.homework.calculus.functions import Element, Index
from archcalc.homework.calculus.lists import Tensor
from archcalc.homework.calculus.tensors import Expr, Scope, Symbol
from archcalc.layers import KINDS as LAYERS
from archcalc.layers import layer_class, normal
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Formula, Heading, Maths, Sum, Table
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions

_LAYERS = "archcalc.homework.calculus.layer_equations"
_LOSSES = "archcalc.homework.calculus.loss_equations"
_RECURRENT = "archcalc.homework.calculus.recurrent_equations"

KINDS: dict[str, tuple[str, str]] = {
    "linear": (_LAYERS, "linear"),
    "conv": (_LAYERS, "conv2d"),
    "conv1d": (_LAYERS, "conv1d"),
    "conv2d": (_LAYERS, "conv2d"),
    "conv3d": (_LAYERS, "conv3d"),
    "sigmoid": (_LAYERS, "sigmoid"),
    "tanh": (_LAYERS, "tanh"),
    "relu": (_LAYERS, "relu"),
    "softmax": (_LOSSES, "softmax"),
    "softmax_cross_entropy": (_LOSSES, "softmax_cross_entropy"),
    "bce": (_LOSSES, "bce"),
    "mse": (_LOSSES, "mse"),
    "mae": (_LOSSES, "mae"),
    "huber": (_LOSSES, "huber"),
    "hinge": (_LOSSES, "hinge"),
    "lstm": (_RECURRENT, "lstm"),
    "projected_lstm": (_RECURRENT, "projected_lstm"),
    "gru": (_RECURRENT, "gru"),
    "rnn": (_RECURRENT, "rnn"),
}

# What losses are called besides; layers have their names in the table of layers.
LOSSES = {
    "bce": "binarycrossentropy bceloss bcewithlogits bcewithlogitsloss logloss logisticloss",
    "softmax_cross_entropy": "crossentropy crossentropyloss categoricalcrossentropy cce ce softmaxcrossentropy",
    "mse": "meansquarederror mseloss squarederror l2 l2loss",
    "mae": "meanabsoluteerror maeloss absoluteerror l1 l1loss",
    "huber": "huberloss",
    "hinge": "hingeloss",
}


@dataclass(frozen=True)
class Equation:
    """lhs = expr. It holds once, or at every time step, and is then evaluated forward or backward in time."""

    name: str
    lhs: Symbol | Element
    expr: Expr
    runs: Literal["once", "forward", "backward"] = "once"

    def unicode(self) -> str:
        """The equation as a line of text."""
        return f"{self.lhs.show(False)} = {self.expr.show(False)}"

    def latex(self) -> str:
        """The equation in LaTeX, without the dollars."""
        return f"{self.lhs.show(True)} = {self.expr.show(True)}"


@dataclass(frozen=True)
class EquationSet:
    """The equations of one layer or loss, what their letters mean, and what has to be said beside them."""

    title: str
    forward: list[Equation]
    gradients: list[Equation]
    symbols: Sequence[tuple[Expr, str]]
    notes: tuple[str, ...] = ()


def kind_of(name: str) -> str | None:
    """The kind a name means: its own, any that the notation knows for the layer, or what a loss is called elsewhere."""
    if name in KINDS:
        return name
    word = normal(name)
    found = {normal(kind): kind for kind in KINDS} | {alias: kind for kind, more in LOSSES.items() for alias in more.split()}
    if word not in found and word in LAYERS:
        kind = layer_class(LAYERS[word]).equations.replace("{rank}d", "")
        return kind if kind in KINDS else None
    return found.get(word)


def equation_set(name: str) -> EquationSet:
    """The equations of a kind in `KINDS`, by any of its names. Raises ValueFault for a kind that is not there."""
    kind = kind_of(name)
    if kind is None:
        known = [*KINDS, *(alias for more in LOSSES.values() for alias in more.split())]
        raise ValueFault(
            f"no equations for '{name}'; there are some for {', '.join(KINDS)}",
            *(suggestions(name, known) or ["`archcalc equations` for all of them"]),
        )
    module, function = KINDS[kind]
    build: Callable[[], EquationSet] = getattr(importlib.import_module(module), function)
    return build()


def evaluate(equations: Sequence[Equation], env: Mapping[str, Tensor], steps: int = 1) -> dict[str, Tensor]:
    """The environment with the left sides of the equations worked out, in the order written, in plain Python.

    Tensors are nested lists of floats. What an equation calls xₜ is `x[1]`, `x[2]`… in the environment, the
    state before the first step `h[0]`, and ∂E/∂xₜ is `dx[1]`; without time steps they are `x` and `dx`.
    Equations of time steps are evaluated in step order, or back from the last step, a run of them at a
    time.
    """
    known = dict(env)
    for runs, group in groupby(equations, key=lambda equation: equation.runs):
        together = list(group)
        times = {"once": [1], "forward": range(1, steps + 1), "backward": range(steps, 0, -1)}[runs]
        for step in times:
            for equation in together:
                _assign(equation, known, Scope(known, step, steps))
    return known


def _assign(equation: Equation, known: dict[str, Tensor], scope: Scope) -> None:
    if isinstance(equation.lhs, Symbol):
        known[equation.lhs.name(scope)] = equation.expr.value(scope)
        return
    indices = [place for place in equation.lhs.places if isinstance(place, Index)]
    sizes = [index.size(scope) for index in indices]
    values = []
    for places in product(*map(range, sizes)):
        here = {index.letter: at for index, at in zip(indices, places, strict=True)}
        values.append(equation.expr.value(replace(scope, index=here)))
    for size in reversed(sizes[1:]):
        values = [values[at : at + size] for at in range(0, len(values), size)]
    known[equation.lhs.of.name(scope)] = values


def _sum(equation: Equation) -> Sum:
    left = Formula(equation.lhs.show(False), equation.lhs.show(True))
    return Sum(equation.expr.show(False), equation.expr.show(True), equation.name, left)


def _parts(found: EquationSet, gradients: bool) -> dict[str, list[Equation]]:
    return {"forward": found.forward, "gradients": found.gradients} if gradients else {"forward": found.forward}


@dataclass(frozen=True, repr=False)
class Equations(Answer):
    """The equations of a kind; with `gradients` their derivatives too."""

    found: EquationSet
    gradients: bool = False

    @property
    def sentence(self) -> str:
        """The equations on one line."""
        return f"{self.found.title}: {'; '.join(equation.unicode() for equation in self.found.forward)}"

    def as_document(self) -> Document:
        """What the letters mean, the equations, and with `gradients` their derivatives."""
        found = self.found
        letters: list[list[Cell]] = [
            [Formula(symbol.show(False), symbol.show(True)), meaning] for symbol, meaning in found.symbols
        ]
        document = Document(found.title, [Table([Column("letter", "formula"), Column("is", "prose")], letters)])
        document.data = self.as_data
        for heading, equations in _parts(found, self.gradients).items():
            document.add(Heading(heading), Maths([_sum(equation) for equation in equations]))
        document.note(*found.notes)
        return document

    def as_data(self) -> dict[str, Any]:
        """`title`, `symbols` (`unicode`, `latex`, `meaning`), `forward` and `gradients` (`name`, `unicode`, `latex`), `notes`."""
        found = self.found
        symbols = [{"unicode": symbol.show(False), "latex": symbol.show(True), "meaning": m} for symbol, m in found.symbols]
        parts = _parts(found, self.gradients).items()
        made = {
            name: [{"name": e.name, "unicode": e.unicode(), "latex": e.latex()} for e in equations] for name, equations in parts
        }
        return {"title": found.title, "symbols": symbols, **made, "notes": list(found.notes)}


def equations(kind: str, *, gradients: bool = False) -> Equations:
    """The equations of a layer or a loss by any of its names, and with `gradients` their derivatives. Raises SpecError."""
    try:
        return Equations(equation_set(kind.lower().replace("-", "_")), gradients)
    except ValueFault as error:
        raise SpecError([Fault(error.message, repairs=error.repairs)]) from None
