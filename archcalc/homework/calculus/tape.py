"""The computational graph, and backpropagation through it.

A node is a variable, a constant or a gate. Every gate is read once, except a copy gate, which is read by
every use of its variable; so gradients meet, and are added, in copy gates only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archcalc.homework.calculus.gates import Gate, short
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions
from archcalc.text.source import Source, Span


@dataclass(frozen=True)
class Node:
    """A variable (no gate, no constant), a constant or a gate.

    `inputs` are places in the graph's list of nodes.
    """

    name: str
    gate: Gate | None = None
    inputs: tuple[int, ...] = ()
    span: Span | None = None
    constant: float | None = None
    uses: int = 1

    @property
    def is_variable(self) -> bool:
        return self.gate is None and self.constant is None


@dataclass(frozen=True)
class Flow:
    """The gradient that a gate sends to one of its operands: what arrived times the local derivative.

    `operand` is the node it goes to, `place` which of the gate's operands that is.
    """

    operand: int
    place: int
    local: float
    gradient: float


@dataclass(frozen=True)
class Step:
    """One gate on the way back: the gradients that arrived at it, their sum, and what it sends on."""

    node: int
    arrived: tuple[float, ...]
    gradient: float
    flows: tuple[Flow, ...]


@dataclass(frozen=True)
class Backpropagation:
    """One forward and one backward pass.

    `notes` say where a gate has no derivative and what was used; `kinked` are the variables whose
    gradient went that way.
    """

    graph: Graph
    values: list[float]
    steps: list[Step]
    gradients: dict[str, float]
    notes: list[str] = field(default_factory=list)
    kinked: frozenset[str] = frozenset()

    @property
    def value(self) -> float:
        return self.values[self.graph.output]


class Graph:
    """The nodes of an expression in the order they are computed, and which of them is the result."""

    def __init__(
        self,
        source: Source,
        nodes: list[Node],
        output: int,
        given: Mapping[str, float] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.source = source
        self.given = dict(given or {})  # the values that the text itself gives
        self.notes = list(notes)
        self.nodes = nodes
        self.output = output
        self.variables = {n.name: i for i, n in enumerate(nodes) if n.is_variable}
        self.needs_gradient: list[bool] = []
        for node in nodes:
            self.needs_gradient.append(node.is_variable or any(self.needs_gradient[i] for i in node.inputs))

    @property
    def text(self) -> str:
        """The text on one line."""
        return "; ".join(line.strip().rstrip(";") for line in self.source.text.split("\n") if line.strip(" ;"))

    def complete(self, given: Mapping[str, float]) -> None:
        """That every variable has a value and every value a variable.

        Raises SpecError naming all that have not.
        """
        spare = [name for name in given if name not in self.variables]
        missing = [name for name in self.variables if name not in given]
        faults = [Fault(f"{n} has no value", self.nodes[self.variables[n]].span, repairs=[f"add {n}=NUMBER"]) for n in missing]
        for name in spare:
            near = suggestions(name, missing or self.variables)
            faults.append(
                Fault(f"{name} is given a value but is not in the expression", repairs=near or [f"the command without {name}"])
            )
        if faults:
            raise SpecError(faults)

    def forward(self, given: Mapping[str, float]) -> list[float]:
        """The value of every node. Raises SpecError at the gate that has none."""
        values: list[float] = []
        for node in self.nodes:
            if node.gate is None:
                values.append(float(given[node.name] if node.constant is None else node.constant))
                continue
            try:
                value = node.gate.forward([values[i] for i in node.inputs])
            except ValueFault as fault:
                raise SpecError([Fault(fault.message, node.span, repairs=fault.repairs)]) from None
            except OverflowError:
                value = math.inf
            if not math.isfinite(value):
                operands = ", ".join(short(values[i]) for i in node.inputs)
                message = f"{node.gate.name} of {operands} is beyond the largest floating-point number"
                raise SpecError([Fault(message, node.span, repairs=["smaller values"])])
            values.append(value)
        return values

    def sides(self, values: Sequence[float]) -> list[object]:
        """For every gate, which of its smooth pieces it is on."""
        return [n.gate.side([values[i] for i in n.inputs]) for n in self.nodes if n.gate]

    def backpropagate(self, given: Mapping[str, float]) -> Backpropagation:
        """The gradient of the result by every variable, gate by gate from the result back."""
        self.complete(given)
        values = self.forward(given)
        arrived: list[list[float]] = [[] for _ in self.nodes]
        arrived[self.output].append(1.0)
        kinked = [False] * len(self.nodes)
        steps: list[Step] = []
        notes: list[str] = []
        for index in range(len(self.nodes) - 1, -1, -1):
            node = self.nodes[index]
            if node.gate is None or not self.needs_gradient[index]:
                continue
            operands = [values[i] for i in node.inputs]
            kink = node.gate.kink(operands)
            if kink:
                notes.append(f"{node.name}: {kink}")
            gradient = self._finite(sum(arrived[index]), node)
            flows: list[Flow] = []
            for k, i in enumerate(node.inputs):
                if self.needs_gradient[i]:
                    local = self._local(node, operands, values[index], k)
                    flows.append(Flow(i, k, local, self._finite(gradient * local, node)))
                    arrived[i].append(flows[-1].gradient)
                    kinked[i] = kinked[i] or bool(kink) or kinked[index]
            steps.append(Step(index, tuple(arrived[index]), gradient, tuple(flows)))
        gradients = {name: sum(arrived[i]) for name, i in self.variables.items()}
        marked = frozenset(name for name, i in self.variables.items() if kinked[i])
        return Backpropagation(self, values, steps, gradients, [*self.notes, *notes[::-1]], marked)

    def _local(self, node: Node, operands: list[float], value: float, k: int) -> float:
        assert node.gate is not None
        try:
            local = node.gate.local(operands, value, k)
        except ValueFault as fault:
            raise SpecError([Fault(fault.message, node.span, repairs=fault.repairs)]) from None
        except (OverflowError, ZeroDivisionError):
            local = math.inf
        return self._finite(local, node)

    @staticmethod
    def _finite(number: float, node: Node) -> float:
        if not math.isfinite(number):
            name = node.gate.name if node.gate else node.name
            message = f"the gradient through this {name} is beyond the largest floating-point number"
            raise SpecError([Fault(message, node.span, repairs=["smaller values"])])
        return number
