"""Pieces of a line at their places, and the account of what became of each character of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archcalc.notations.own.tree import List, Map, Scalar, Value
from archcalc.text.faults import Fault
from archcalc.text.source import Source, Span


class Pieced(Scalar):
    """A text put together from parts of one line and of what follows from them: each character has its column."""

    __slots__ = ("columns", "copied")

    def __init__(self, text: str, source: Source, line: int, columns: list[int], copied: set[int] | None = None) -> None:
        first = min(columns, default=1)
        super().__init__(text, source, line, first, max(columns, default=1) - first + 1)
        self.columns = columns
        self.copied = set(columns) if copied is None else copied  # the columns of what was not put in

    def span(self, start: int = 0, end: int | None = None) -> Span:
        part = self.columns[start : len(self.text) if end is None else end] or self.columns[-1:] or [self.column]
        return Span(self.source, self.line, min(part), max(part) - min(part) + 1)


def columns_of(place: Scalar) -> list[int]:
    """The column of each character of a place's text."""
    if isinstance(place, Pieced):
        return place.columns
    if place.length == len(place.text):
        return list(range(place.column, place.column + place.length))
    return [place.column] * len(place.text)


def sub(place: Scalar, start: int, end: int, text: str | None = None) -> Scalar:
    """Part of a scalar at its own place; `text` stands in it where it is another."""
    part = place.text[start:end] if text is None else text
    if isinstance(place, Pieced):
        columns = place.columns[start:end] or place.columns[start - 1 : start] or [place.column]
        if text is None and end > start:
            return Pieced(part, place.source, place.line, columns, place.copied & set(columns))
        return Scalar(part, place.source, place.line, min(columns), max(columns) - min(columns) + 1)
    return Scalar(part, place.source, place.line, place.column + start, max(1, end - start))


def compose(place: Scalar, *parts: tuple[int, int] | tuple[str, int, int]) -> Scalar:
    """A text of parts of a place, (start, end), and of other words that stand for such a part, (words, start, end)."""
    known = columns_of(place)
    text, columns, copied = "", [], set()
    own = place.copied if isinstance(place, Pieced) else set(known)
    for part in parts:
        if len(part) == 2:
            start, end = part
            text += place.text[start:end]
            columns += known[start:end]
            copied |= own & set(known[start:end])
        else:
            words, start, end = part
            # The words point to the whole of what they stand for: their first character to its first, the last to its last.
            at = known[start:end] or known[max(0, start - 1) : start] or [place.column]
            text += words
            columns += [at[min(i * len(at) // max(1, len(words)), len(at) - 1)] for i in range(len(words))]
            if words:
                columns[-1] = at[-1]
    return Pieced(text, place.source, place.line, columns, copied)


def shown(place: Scalar, most: int = 40) -> str:
    """A place as it was typed, shortened."""
    line = place.source.line(place.line)[place.column - 1 : place.column - 1 + place.length].strip()
    return line[:most] or place.text[:most]


class Account:
    """What became of each character of a text's lines: claimed by a layer, a setting, a note or the layout, or left over."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.claimed = [bytearray(len(line)) for line in lines]

    def claim(self, line: int, start: int, end: int) -> None:
        """Claims the characters start…end (from 0) of a line (from 1)."""
        if not self.claimed:
            return  # an account that nobody asks
        row = self.claimed[line - 1]
        start, end = max(0, start), min(end, len(row))
        row[start:end] = b"\x01" * max(0, end - start)

    def claim_place(self, place: Scalar) -> None:
        """Claims what stands at a place."""
        if isinstance(place, Pieced):
            for column in place.columns:
                self.claim(place.line, column - 1, column)
        else:
            self.claim(place.line, place.column - 1, place.column - 1 + place.length)

    def claim_between(self, place: Scalar, rest: Scalar) -> None:
        """Claims what of a place is not in the rest of it."""
        kept = rest.copied if isinstance(rest, Pieced) else set(columns_of(rest))
        for column in columns_of(place):
            if column not in kept:
                self.claim(place.line, column - 1, column)

    def claim_values(self, values: Iterable[Value]) -> None:
        """Claims every place of the tree's values."""
        for place in scalars(values):
            self.claim_place(place)

    def left_over(self, source: Source) -> list[Fault]:
        """A fault for each run of characters that nothing has claimed; spaces and signs between words are layout."""
        faults = []
        for number, (line, row) in enumerate(zip(self.lines, self.claimed, strict=True), 1):
            at = 0
            while at < len(line):
                if row[at] or not line[at].isalnum():
                    at += 1
                    continue
                end = at
                while end < len(line) and not row[end]:
                    end += 1
                part = line[at:end].rstrip(" \t,;:.|)]}")
                span = Span(source, number, at + 1, len(part))
                repairs = ["a `#` in front where it is a comment"]
                faults.append(Fault(f"'{part[:60]}' is not understood here", span, repairs=repairs))
                at = end
        return faults


def scalars(values: Iterable[Value]) -> Iterator[Scalar]:
    """Every scalar of some values, keys included."""
    for value in values:
        if isinstance(value, Scalar):
            yield value
        elif isinstance(value, List):
            yield from scalars(value.items)
        else:
            for key, item in value.entries:
                yield key
                yield from scalars([item])


def leaves(values: Iterable[Value], times: int = 1) -> Iterator[tuple[str, Scalar, int]]:
    """Every line that names a layer: as one line of the notation, at its place, and how often it comes."""
    for value in values:
        if isinstance(value, Scalar):
            yield value.text, value, times
        elif isinstance(value, List):
            yield from leaves(value.items, times)
        else:
            yield from _of_map(value, times)


def _of_map(value: Map, times: int) -> Iterator[tuple[str, Scalar, int]]:
    count = value.get("repeat")
    layers = value.get("layers")
    if layers is not None:
        often = int(count.text) if isinstance(count, Scalar) and count.text.isdigit() else 1
        yield from leaves([layers], times * often)
        return
    key, item = next(entry for entry in value.entries if entry[0].text not in ("id", "then"))
    if isinstance(item, Scalar):
        yield f"{key.text} {item.text}".strip(), key, times
    elif isinstance(item, Map):
        said = " ".join(f"{k.text}={v.text}" for k, v in item.entries if isinstance(v, Scalar))
        yield f"{key.text} {said}".strip(), key, times
    then = value.get("then")
    if then is not None:
        yield from leaves([then], times)
