"""The figures of many variants of one network: worked out once, and written down as the arithmetic they are.

The text is read once. For a variant the network is built and analysed on traced numbers (`formulas/tracing.py`), which leaves the
lines that its figures depend on; the next variant is those lines run again. Where a condition in them does not hold (a size that
no longer fits, a width beyond which the last layer grows) the network is built and analysed anew, and leaves lines of its own.
What is not of the notation is built for every variant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from archcalc.formulas.tracing import Again, Trace, Untraceable
from archcalc.network.description import Description, Given
from archcalc.network.nodes import Network
from archcalc.notations.own.expand.spec import Spec
from archcalc.questions.axes import Axis, Value, given_at, written
from archcalc.text.faults import SpecError

Figures = tuple[int, ...]
Measure = Callable[[Network, int], Sequence[int]]  # takes figures of a variant's network at a batch
MOST_TRACES = 64  # ways through a network that are written down
SOME = 4  # variants that are built one by one before any is written down


class Variants:
    """The figures of a description's network at values of its axes. `first` is the network without them, or with what the axes
    `begin` with, where a program is not read without."""

    def __init__(
        self,
        description: Description,
        given: Given,
        axes: Sequence[Axis],
        measure: Measure,
        batch: int = 1,
        begin: Mapping[str, str] = {},
    ) -> None:
        self.description = description
        self.given = given
        self.axes = axes
        self.measure = measure
        self.batch = batch
        self.traces: dict[tuple[object, ...], list[Again]] = {}
        self.written = 0
        self.asked = 0
        self.built = 0  # variants that were built
        self.traceable = isinstance(description, Spec)
        self.first = self._first(begin)

    def _first(self, begin: Mapping[str, str]) -> Network:
        try:
            return self.description.network(self.given)
        except SpecError:
            if self.traceable or not begin:
                raise
            variables = {**self.given.variables, **begin}
            with suppress(SpecError):
                network = self.description.network(self.given._replace(variables=variables, strict=True))
                one = tuple(f"{name} = " for name in begin)  # what is said of the first value alone
                network.notes = tuple(note for note in network.notes if not note.startswith(one))
                return network
            raise

    def at(self, values: Sequence[Value]) -> Figures:
        """The figures at these values, one an axis. Raises SpecError where that network is not legal."""
        self.asked += 1
        numbers: list[int | float] = []
        way: list[object] = []  # what must be alike for the same lines to do
        for value in values:
            if type(value) is int or type(value) is float:
                numbers.append(value)
                way.append(type(value))
            elif isinstance(value, tuple):
                numbers += value
                way.append(len(value))
            else:
                way.append(value)
        traces = self.traces.setdefault(tuple(way), [])
        for place, again in enumerate(traces):
            try:
                found = again(*numbers)
            except (ArithmeticError, TypeError, ValueError):
                continue
            if found is not None:
                if place:
                    traces.insert(0, traces.pop(place))  # the next variant is likely to go the same way
                return tuple(map(int, found))
        self.built += 1
        plain = self._figures(values)
        if self.traceable and numbers and self.built > SOME and self._pays():
            again_ = self._traced(values, numbers, plain)
            if again_ is not None:
                self.written += 1
                traces.insert(0, again_)
        return plain

    def _pays(self) -> bool:
        """Whether lines that were written down have been run again more often than not."""
        return self.written < 8 or (self.written < MOST_TRACES and self.asked > 4 * self.built)

    def _figures(self, values: Sequence[Any]) -> Figures:
        inputs, variables, batch = given_at(self.first, self.axes, values, self.batch)
        if not inputs and not variables:
            return tuple(self.measure(self.first, batch))
        numbers = {name: v for name, v in variables.items() if self.traceable and isinstance(v, int | float)}
        texts = {name: written(v) for name, v in variables.items() if name not in numbers}
        given = Given({**self.given.inputs, **inputs}, {**self.given.variables, **texts}, self.given.bias, True, numbers)
        return tuple(self.measure(self.description.network(given), batch))

    def _traced(self, values: Sequence[Value], numbers: Sequence[int | float], plain: Figures) -> Again | None:
        """The lines that the figures at these values are; None where something is asked of a number that cannot be written.

        They are held against what was worked out without them.
        """
        trace = Trace()
        traced: list[Any] = []
        for value in values:
            if isinstance(value, tuple):
                traced.append(tuple(map(trace.number, value)))
            else:
                traced.append(trace.number(value) if type(value) in (int, float) else value)  # type: ignore[arg-type]
        try:
            again = trace.function(self._figures(traced))
            return again if again(*numbers) == plain else None
        except (SpecError, ArithmeticError, TypeError, ValueError, AttributeError, Untraceable):
            return None
