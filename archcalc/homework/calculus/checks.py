"""The same gradient by other roads: central differences, torch's autograd, and sympy's formula.

Nothing here is claimed that was not run: where a road cannot be taken there is a reason in words and no
number.
"""

from __future__ import annotations

import importlib
import math
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Protocol, SupportsFloat

from archcalc.homework.calculus import gates
from archcalc.homework.calculus.tape import Backpropagation, Graph
from archcalc.text.faults import Fault, SpecError

EPSILON = sys.float_info.epsilon
FORMULA_GATES = 60
STEPS = 22
SMALLEST = 1e-290


class Applied(gates.Term, Protocol):
    """A function of sympy's with what it is applied to."""

    args: tuple[gates.Term, ...]


class Printer(Protocol):
    """What writes sympy's terms."""

    def _print(self, term: gates.Term) -> str: ...


@dataclass(frozen=True)
class Difference:
    """(f(x + h) − f(x − h)) / 2h at step h, with a bound on its own error.

    `why_not` where it says nothing about the gradient.
    """

    value: float | None
    step: float = 0.0
    bound: float = 0.0
    why_not: str = ""


@dataclass(frozen=True)
class Comparison:
    """One variable's gradient by every road. `agree` is None where no other road was conclusive."""

    name: str
    value: float
    analytic: float
    numeric: Difference
    torch: float | None
    agree: bool | None


def central_difference(done: Backpropagation, given: Mapping[str, float], name: str) -> Difference:
    """The derivative by one variable from values of the expression alone, and whether it confirms the
    gradient.

    Steps shrink by quarters from a hundredth of the variable. The error of each is bounded by how much its
    result differs from the next one's (the h² term) and by rounding; a step answers only where that bound
    is small beside the figures that it compares. Steps across a kink or out of an operation's domain are
    left out. A large step can miss a narrow peak and a small one drown in rounding, so of the answers one
    that confirms the gradient is given, where there is one. Source: Press et al., Numerical Recipes,
    section 5.7.
    """
    graph, x, analytic = done.graph, given[name], done.gradients[name]
    sides = graph.sides(done.values)
    noise = sum(abs(step.gradient * done.values[step.node]) for step in done.steps)
    answers: list[Difference] = []
    last: Difference | None = None
    h = 0.01 * max(1.0, abs(x))
    for _ in range(STEPS):
        # x + h as the machine holds it, so that the step divided by is the step taken
        up, down = x + h, x - h
        if up == x or down == x:
            break
        step = _difference(graph, given, name, (up, down), sides, noise)
        if step and last and step.value is not None and last.value is not None:
            answer = replace(last, bound=2 * abs(last.value - step.value) + last.bound + step.bound)
            if _conclusive(answer, analytic, done.value):
                answers.append(answer)
                if _confirms(answer, analytic) and answer.bound <= 1e-8 * abs(analytic):
                    break
        last = step
        h /= 4
    if not answers:
        return Difference(None, why_not="no step is clear of kinks, domain and rounding")
    return min([a for a in answers if _confirms(a, analytic)] or answers, key=lambda a: a.bound)


def _difference(
    graph: Graph,
    given: Mapping[str, float],
    name: str,
    ends: tuple[float, float],
    sides: list[object],
    noise: float,
) -> Difference | None:
    """The quotient between two points, with the bound of its rounding; None where a kink or the domain is
    in the way.
    """
    try:
        above, below = (graph.forward({**given, name: end}) for end in ends)
    except SpecError:
        return None
    if not graph.sides(above) == sides == graph.sides(below):
        return None
    high, low = above[graph.output], below[graph.output]
    h = (ends[0] - ends[1]) / 2
    return Difference((high - low) / (2 * h), h, 2 * EPSILON * (noise + abs(high) + abs(low)) / h)


def _conclusive(answer: Difference, analytic: float, value: float) -> bool:
    assert answer.value is not None
    size = max(abs(analytic), abs(answer.value))
    if 0 < size < SMALLEST:
        return False  # numbers this small have few digits left
    return answer.bound <= 1e-4 * size or (analytic == 0 and answer.bound <= 1e-6 * max(1.0, abs(value)))


def _confirms(answer: Difference, analytic: float) -> bool:
    assert answer.value is not None
    return abs(answer.value - analytic) <= answer.bound + 1e-7 * max(abs(analytic), abs(answer.value))


def import_torch() -> ModuleType | None:
    """torch, or None where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of a missing numpy, which nothing here uses
        try:
            return importlib.import_module("torch")
        except (ImportError, OSError):
            return None


def torch_gradients(torch: ModuleType, graph: Graph, given: Mapping[str, float]) -> dict[str, float]:
    """The gradient by torch's autograd, in double precision, through the same operations."""
    tensors: list[gates.Term] = []
    for node in graph.nodes:
        if node.gate is None:
            value = given[node.name] if node.constant is None else node.constant
            tensors.append(torch.tensor(value, dtype=torch.float64, requires_grad=node.is_variable))
        else:
            tensors.append(node.gate.torch(torch, [tensors[i] for i in node.inputs]))
    leaves = [tensors[i] for i in graph.variables.values()]
    found = torch.autograd.grad(tensors[graph.output], leaves)
    return {name: float(g) for name, g in zip(graph.variables, found, strict=True)}


def compare(done: Backpropagation, given: Mapping[str, float], torch: ModuleType | None = None) -> list[Comparison]:
    """Every variable's gradient beside its central difference and, where torch is passed in, torch's."""
    from_torch = torch_gradients(torch, done.graph, given) if torch else {}
    largest = max((abs(flow.gradient) for step in done.steps for flow in step.flows), default=1.0)
    rows = []
    for name, analytic in done.gradients.items():
        verdicts = []
        if name in done.kinked:
            numeric = Difference(None, why_not="the gradient passes a gate that has no derivative here")
        else:
            numeric = central_difference(done, given, name)
        if numeric.value is not None:
            verdicts.append(_confirms(numeric, analytic))
        if name in from_torch:
            # both roads round differently by a few units in the last place of the largest part
            slack = 1e-9 * max(abs(analytic), abs(from_torch[name])) + 1e-13 * largest
            verdicts.append(abs(from_torch[name] - analytic) <= slack)
        agree = all(verdicts) if verdicts else None
        rows.append(Comparison(name, given[name], analytic, numeric, from_torch.get(name), agree))
    return rows


def formulas(graph: Graph, latex: bool = False) -> dict[str, str]:
    """The derivative by every variable as a formula, from sympy.

    Raises SpecError where sympy is not installed.
    """
    try:
        sympy = importlib.import_module("sympy")
    except ImportError:
        message = "sympy is not installed, and the formula needs it"
        raise SpecError([Fault(message, repairs=["pip install 'archcalc[sympy]'"])]) from None
    gates_in_all = sum(node.gate is not None for node in graph.nodes)
    if gates_in_all > FORMULA_GATES:
        message = f"a formula for {gates_in_all} gates; it is written for {FORMULA_GATES} at most"
        raise SpecError([Fault(message, repairs=["archcalc grad without --formula"])])
    expression = sympy_expression(sympy, graph)
    write = _printer(sympy, latex)
    symbols = {name: _symbol(sympy, name) for name in graph.variables}
    return {name: write(sympy.diff(expression, symbol)) for name, symbol in symbols.items()}


def _symbol(sympy: ModuleType, name: str) -> gates.Term:
    made: gates.Term = sympy.Symbol(name, real=True)
    return made


def sympy_expression(sympy: ModuleType, graph: Graph) -> gates.Term:
    """The expression in sympy's objects, built gate by gate; no text is handed to sympy.

    Numbers go in as floating-point ones, since exact powers of exact numbers can grow without bound;
    small whole exponents stay whole, as long as all of them together stay small, so that x² reads as x².
    """
    powers = [n.inputs[1] for n in graph.nodes if n.gate is gates.POWER]
    whole = {i: int(c) for i in powers if (c := graph.nodes[i].constant) is not None and c.is_integer() and abs(c) <= 64}
    if math.prod(max(2, abs(c)) for c in whole.values()) > 4096:
        whole = {}
    sigmoid = _sigmoid(sympy)
    built: list[gates.Term] = []
    for index, node in enumerate(graph.nodes):
        if node.constant is not None:
            built.append(sympy.Integer(whole[index]) if index in whole else sympy.Float(node.constant))
        elif node.gate is None:
            built.append(_symbol(sympy, node.name))
        elif node.gate is gates.SIGMOID:
            built.append(sigmoid(built[node.inputs[0]]))
        else:
            built.append(node.gate.sympy(sympy, [built[i] for i in node.inputs]))
    return built[graph.output]


def _sigmoid(sympy: ModuleType) -> Callable[[gates.Term], gates.Term]:
    """σ as a function sympy knows the derivative of, so that σ(1 − σ) stays readable."""

    def fdiff(self: gates.Term, argindex: int = 1) -> gates.Term:
        return self * (1 - self)

    def as_latex(self: Applied, printer: Printer, exp: str | None = None) -> str:
        power = f"^{{{exp}}}" if exp else ""
        return rf"\sigma{power}\left({printer._print(self.args[0])}\right)"

    return type("sigmoid", (sympy.Function,), {"fdiff": fdiff, "nargs": 1, "_latex": as_latex})


def _printer(sympy: ModuleType, latex: bool) -> Callable[[gates.Term], str]:
    """A printer that writes 2.0 as 2."""
    name = "LatexPrinter" if latex else "StrPrinter"
    base = getattr(importlib.import_module(f"{sympy.__name__}.printing.{'latex' if latex else 'str'}"), name)

    def print_float(self: Printer, number: SupportsFloat) -> str:
        if not math.isfinite(float(number)):
            raise SpecError(
                [
                    Fault(
                        "the formula holds a number beyond the largest floating-point number",
                        repairs=["smaller numbers in the expression"],
                    )
                ]
            )
        text = f"{float(number):.10g}"
        mantissa, e, exponent = text.partition("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if latex and e else text

    write: Callable[[gates.Term], str] = type("Printer", (base,), {"_print_Float": print_float})().doprint
    return write
