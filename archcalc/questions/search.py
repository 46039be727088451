"""The search for a network's unknowns: values put in one after the other, a prefix abandoned as soon as it contradicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from archcalc.analysis import figures_of, row_of
from archcalc.layers.base import Shape
from archcalc.network.description import Given
from archcalc.network.nodes import Expected, Network
from archcalc.notations.own.expand.spec import expand
from archcalc.notations.own.tree import Map
from archcalc.questions.unknowns import Unknown, filled
from archcalc.text.faults import Fault, Misfit, SpecError

MOST_SOLUTIONS = 1000
MOST_TRIED = 1_000_000
Progress = Callable[[float, int], None] | None
known_figures = lru_cache(4096)(figures_of)  # most layers are the same from one try to the next
Fact = Shape | int
Facts = dict[str, dict[str, Fact]]  # by the path of a layer, "" for the network


@dataclass
class Search:
    """One search: what is known and the bounds going in, the solutions and how they were found coming out.

    `progress` is told, from time to time, the share of the first unknown's values that are done, and how many were tried.
    """

    tree: Map
    unknowns: list[Unknown]
    bounds: Mapping[str, tuple[int, int]]
    facts: Facts
    given: Given = Given()
    progress: Progress = None
    most: int = MOST_TRIED
    solutions: list[dict[str, int]] = field(default_factory=list)
    tried: int = 0
    complete: bool = True
    built: bool = False  # whether any values made a whole network
    whole: bool = False  # whether the values last looked at did
    paths: set[str] = field(default_factory=set)
    fault: SpecError | None = None

    def run(self) -> None:
        """Looks at everything within the bounds, smallest first. Raises SpecError where the spec itself is wrong."""
        if self._look({}) == "wrong" and self.fault is not None:
            raise self.fault
        self._fill(0, {}, 0.0, 1.0)
        if not self.built and self.fault is not None and not self.solutions:
            raise self.fault
        missing = [path for path in self.facts if path and path not in self.paths]
        if missing and self.built and self.complete:
            from archcalc.text.faults import suggestions

            raise SpecError(
                [
                    Fault(
                        f"the network has no layer '{missing[0]}'",
                        repairs=suggestions(missing[0], self.paths) or list(self.paths)[:3],
                    )
                ]
            )

    def _fill(self, at: int, values: dict[str, int], done: float, share: float) -> None:
        if at == len(self.unknowns):
            if not self.whole:
                raise SpecError(
                    [Fault("a ? stands where no unknown can be", repairs=["k? in a line", 'out: "?c1" in a mapping'])]
                )
            self.solutions.append(dict(values))
            self.complete = len(self.solutions) < MOST_SOLUTIONS
            return
        unknown = self.unknowns[at]
        low, high = self.bounds[unknown.key]
        count = high - low + 1
        for n in range(self._first(unknown, values, low, high) if at == len(self.unknowns) - 1 else low, high + 1):
            values[unknown.key] = n
            self.tried += 1
            if self.progress is not None:
                self.progress(done + share * (n - low) / count, self.tried)
            verdict = self._look(values)
            if verdict == "over" and unknown.monotone:
                break
            if verdict == "":
                self._fill(at + 1, values, done + share * (n - low) / count, share / count)
            if self.tried >= self.most:
                self.complete = False
            if not self.complete:
                break
        values.pop(unknown.key, None)

    def _first(self, unknown: Unknown, values: dict[str, int], low: int, high: int) -> int:
        """Where the last unknown's values begin to reach a stated total: halving, as totals only grow with it."""
        if not unknown.monotone or high - low < 16:
            return low
        first, last = low, high
        while first < last:
            middle = (first + last) // 2
            self.tried += 1
            verdict = self._look({**values, unknown.key: middle})
            if verdict == "under":
                first = middle + 1
            elif verdict in ("over", ""):
                last = middle
            else:  # a value that is not legal says nothing about its neighbours
                return low
        return first

    def _look(self, values: Mapping[str, int]) -> str:
        """What these values lead to: "" no contradiction, "over" or "under" a stated total, "wrong" anything else."""
        try:
            network, hole = expand(filled(self.tree, self.unknowns, values), self.given, prefix=True)
        except SpecError as error:
            self.fault = error
            return "wrong"
        self.whole = not hole
        verdict, sound = self._judge(network, self.whole)
        if self.whole and sound:
            self.built = True
            self.paths |= {node.path for node in network.nodes}
        return verdict

    def _judge(self, network: Network, whole: bool) -> tuple[str, bool]:
        """The verdict, and whether every layer takes its input."""
        facts = {**_values(network.expect), **self.facts.get("", {})}
        totals = {"params": 0, "params_without_bias": 0, "multiplies": 0}
        outputs: list[Shape] = []
        contradicted = False
        for node, inputs, output, _ in network.walk():
            if isinstance(output, Misfit):
                return "wrong", False
            outputs.append(output)
            known = {**_values(node.expect), **self.facts.get(node.path, {})}
            contradicted = contradicted or known.get("output", output) != output
            if contradicted or (not facts and not set(known) - {"output"}):
                continue
            row = row_of(node, inputs, output, known_figures(node.layer, inputs, output))
            figures: dict[str, int] = {name: getattr(row, name) for name in totals}
            for name, figure in figures.items():
                totals[name] += figure
            # A layer that ends a prefix is whole itself; only the network's totals are still to grow.
            contradicted = any(known.get(name, figure) != figure for name, figure in figures.items())
        if contradicted:
            return "wrong", True
        numbers = {k: v for k, v in facts.items() if k in totals and isinstance(v, int)}
        if any(totals[k] > v for k, v in numbers.items()):
            return "over", True
        if not whole:
            return "", True
        if any(totals[k] < v for k, v in numbers.items()):
            return "under", True
        if "output" in facts:
            sizes = list(network.inputs.values())
            ends = [outputs[i] if i >= 0 else sizes[-1 - i] for i in network.outputs]
            if facts["output"] not in ends:
                return "wrong", True
        return "", True


def _values(expect: Mapping[str, Expected]) -> dict[str, Fact]:
    return {name: expected.value for name, expected in expect.items()}
