"""What one text may cost to read: every reader draws from one budget, so that the limits count over all files of a run.

A limit is checked before the work is done or the memory is taken, and its fault stands at the characters that asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Span

# The place of a cost: known already, or found when it is needed for a message.
Where = Span | Callable[[], Span | None] | None


class Limit(NamedTuple):
    """The most of something, what it is called in a message, and what to type instead."""

    most: int
    words: str
    repair: str


LIMITS: dict[str, Limit] = {
    "steps": Limit(1_500_000, "steps of a program", "the network alone, without what trains or tests it"),
    "items": Limit(2_000_000, "values in lists, tuples, dictionaries and sets", "fewer values: a network needs few"),
    "characters": Limit(8_000_000, "characters of text made", "shorter text: names and messages need little"),
    "objects": Limit(300_000, "objects made", "fewer objects: a network needs few"),
    "source": Limit(800_000, "characters of source", "the file of the network alone"),
    "files": Limit(300, "files of source", "the files of the network alone"),
    "nodes": Limit(25_000, "layers", "fewer repeats"),
    "tensors": Limit(200_000, "weight tensors", "fewer or smaller recurrent stacks"),
    "digits": Limit(1_000, "digits of a number", "a smaller number"),
    "depth": Limit(1_000, "calls inside one another", "a recursion that ends"),
}


class Budget:
    """What has been spent of each kind. A kind that is not summed (`depth`, `digits`) is only checked."""

    __slots__ = ("limits", "most_steps", "spent")

    def __init__(self, limits: Mapping[str, Limit] = LIMITS) -> None:
        self.limits = limits
        self.most_steps = limits["steps"].most  # for now: what is given up before may have less
        self.spent = dict.fromkeys(limits, 0)

    def spend(self, kind: str, amount: int, where: Where = None) -> None:
        """Take this much of a kind, before it is used. Raises SpecError where the limit does not allow it."""
        spent = self.spent[kind] + amount
        if spent > self.limits[kind].most:
            raise self.refusal(kind, amount, where)
        self.spent[kind] = spent

    def check(self, kind: str, amount: int, where: Where = None) -> None:
        """Refuse one thing that is larger than the limit of its kind; nothing is summed. Raises SpecError."""
        if amount > self.limits[kind].most:
            raise self.refusal(kind, amount, where)

    def refusal(self, kind: str, amount: int, where: Where = None) -> SpecError:
        """The fault that says the limit."""
        most, words, repair = self.limits[kind]
        if amount <= most:
            message = f"more than {most:,} {words}"
        elif amount < 10**15:
            message = f"{amount:,} {words}; the most is {most:,}"
        else:
            message = f"far more {words} than the most, {most:,}"
        span = where() if callable(where) else where
        return SpecError([Fault(message, span, repairs=[repair])])
