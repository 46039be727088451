"""The located spec tree: what every reader makes, and all that the expander knows of any notation.

Scalars stay text as it was written, so nothing is guessed on the way (`on`, `12:30`, `1e3` arrive whole), and each
remembers its place.
"""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.text.faults import Fault
from archcalc.text.source import Source, Span


class Scalar:
    """A piece of text at its place. `shift` is 1 where a quote stands before the text."""

    __slots__ = ("column", "length", "line", "quoted", "source", "text")

    def __init__(self, text: str, source: Source, line: int, column: int, length: int = -1, quoted: bool = False) -> None:
        self.text = text
        self.source = source
        self.line = line
        self.column = column
        self.length = len(text) if length < 0 else length
        self.quoted = quoted

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """The place of text[start:end]; the whole scalar where no part is asked for."""
        if end is None and start == 0:
            return Span(self.source, self.line, self.column, self.length)
        shift = 1 if self.quoted else 0
        return Span(self.source, self.line, self.column + shift + start, max(1, (end or len(self.text)) - start))


class List:
    """A sequence at its place."""

    __slots__ = ("column", "items", "line", "source")

    def __init__(self, items: list[Value], source: Source, line: int, column: int) -> None:
        self.items = items
        self.source = source
        self.line = line
        self.column = column

    def span(self) -> Span:
        return Span(self.source, self.line, self.column, 1)


class Map:
    """A mapping at its place: keys are scalars, in the order written."""

    __slots__ = ("column", "entries", "line", "source")

    def __init__(self, entries: list[tuple[Scalar, Value]], source: Source, line: int, column: int) -> None:
        self.entries = entries
        self.source = source
        self.line = line
        self.column = column

    def span(self) -> Span:
        return self.entries[0][0].span() if self.entries else Span(self.source, self.line, self.column, 1)

    def get(self, key: str) -> Value | None:
        for name, value in self.entries:
            if name.text == key:
                return value
        return None


class Tree(Map):
    """A whole spec, by a reader that knows what to say where no input is given: `lacking` is that fault.

    `rank` is how many numbers its input has, where the layers say so (three for a Conv2d).
    """

    __slots__ = ("lacking", "rank")

    def __init__(
        self,
        entries: list[tuple[Scalar, Value]],
        source: Source,
        line: int,
        column: int,
        lacking: Fault | None = None,
        rank: int | None = None,
    ) -> None:
        super().__init__(entries, source, line, column)
        self.lacking = lacking
        self.rank = rank


Value = Scalar | List | Map


def _stand(place: Value | Source) -> tuple[Source, int, int]:
    return (place, 1, 1) if isinstance(place, Source) else (place.source, place.line, place.column)


def scalar_of(place: Value | Source, text: str) -> Scalar:
    """A text of ours where a value stands, or at the head of a source: what is wrong with it is shown there."""
    return Scalar(text, *_stand(place), place.length if isinstance(place, Scalar) else -1)


def list_of(place: Value | Source, items: Iterable[Value]) -> List:
    """A sequence where a value stands, or at the head of a source."""
    return List(list(items), *_stand(place))


def map_of(place: Value | Source, entries: Iterable[tuple[Scalar | str, Value]]) -> Map:
    """A mapping where a value stands, or at the head of a source; so do those of its keys that are no more than a text."""
    return Map([(scalar_of(place, key) if isinstance(key, str) else key, value) for key, value in entries], *_stand(place))


def kind_of(value: Value) -> str:
    """What a value is, in the words of a message."""
    return {Scalar: "text", List: "a list", Map: "a mapping"}[type(value)]
