"""Pieces of a line at their places, and the account of what became of each character of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archcalc.notations.own.tree import List, Map, Scalar, Value
from archcalc.text.faults import Fault
from archcalc.text.source import Source, Span


class Pieced(Scalar):
    """A text put together from parts of a text's lines and of what follows from them: each character has its line and column."""

    __slots__ = ("columns", "copied", "rows")

    def __init__(
        self, text: str, source: Source, rows: list[int], columns: list[int], copied: set[tuple[int, int]] | None = None
    ) -> None:
        line = rows[0] if rows else 1
        own = [column for row, column in zip(rows, columns, strict=True) if row == line] or [1]
        super().__init__(text, source, line, min(own), max(own) - min(own) + 1)
        self.columns = columns
        self.rows = rows
        # The places of what was not put in.
        self.copied = set(zip(rows, columns, strict=True)) if copied is None else copied

    def span(self, start: int = 0, end: int | None = None) -> Span:
        places = list(zip(self.rows, self.columns, strict=True))
        part = places[start : len(self.text) if end is None else end] or places[-1:] or [(self.line, self.column)]
        line = part[0][0]
        columns = [column for row, column in part if row == line]
        return Span(self.source, line, min(columns), max(columns) - min(columns) + 1)


def places_of(place: Scalar) -> list[tuple[int, int]]:
    """Line and column of each character of a place's text."""
    if isinstance(place, Pieced):
        return list(zip(place.rows, place.columns, strict=True))
    if place.length == len(place.text):
        return [(place.line, column) for column in range(place.column, place.column + place.length)]
    return [(place.line, place.column)] * len(place.text)


def _pieced(text: str, source: Source, at: list[tuple[int, int]], copied: set[tuple[int, int]]) -> Pieced:
    return Pieced(text, source, [row for row, _ in at], [column for _, column in at], copied)


def sub(place: Scalar, start: int, end: int, text: str | None = None) -> Scalar:
    """Part of a scalar at its own place; `text` stands in it where it is another."""
    part = place.text[start:end] if text is None else text
    if isinstance(place, Pieced):
        known = places_of(place)
        at = known[start:end] or known[start - 1 : start] or [(place.line, place.column)]
        if text is None and end > start:
            return _pieced(part, place.source, at, place.copied & set(at))
        columns = [column for row, column in at if row == at[0][0]]
        return Scalar(part, place.source, at[0][0], min(columns), max(columns) - min(columns) + 1)
    return Scalar(part, place.source, place.line, place.column + start, max(1, end - start))


def compose(place: Scalar, *parts: tuple[int, int] | tuple[str, int, int]) -> Scalar:
    """A text of parts of a place, (start, end), and of other words that stand for such a part, (words, start, end)."""
    known = places_of(place)
    own = place.copied if isinstance(place, Pieced) else set(known)
    text = ""
    found: list[tuple[int, int]] = []
    copied: set[tuple[int, int]] = set()
    for part in parts:
        if len(part) == 2:
            start, end = part
            text += place.text[start:end]
            found += known[start:end]
            copied |= own & set(known[start:end])
        else:
            words, start, end = part
            # The words point to the whole of what they stand for: their first character to its first, the last to its last.
            at = known[start:end] or known[max(0, start - 1) : start] or [(place.line, place.column)]
            text += words
            found += [at[min(i * len(at) // max(1, len(words)), len(at) - 1)] for i in range(len(words))]
            if len(words) > 1:
                found[-1] = at[-1]
    return _pieced(text, place.source, found, copied)


def joined(parts: list[Scalar | str]) -> Scalar:
    """One text of several places, with words between them that stand at the end of the place before."""
    text = ""
    found: list[tuple[int, int]] = []
    copied: set[tuple[int, int]] = set()
    source: Source | None = None
    for part in parts:
        if isinstance(part, str):
            found += [found[-1]] * len(part)
            text += part
        else:
            at = places_of(part)
            text += part.text
            found += at
            copied |= part.copied if isinstance(part, Pieced) else set(at)
            source = source or part.source
    assert source is not None
    return _pieced(text, source, found, copied)


def shown(place: Scalar, most: int = 40) -> str:
    """A place as it was typed, shortened."""
    line = place.source.line(place.line)
    part = line[place.column - 1 : place.column - 1 + place.length].strip()
    return (part if any(c.isalpha() for c in part) else line.strip())[:most] or place.text[:most]


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
            for row, column in places_of(place):
                self.claim(row, column - 1, column)
        else:
            self.claim(place.line, place.column - 1, place.column - 1 + place.length)

    def claim_between(self, place: Scalar, rest: Scalar) -> None:
        """Claims what of a place is not in the rest of it."""
        kept = rest.copied if isinstance(rest, Pieced) else set(places_of(rest))
        for row, column in places_of(place):
            if (row, column) not in kept:
                self.claim(row, column - 1, column)

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
        often = int(count.text) if isinstance(count, Scalar) and count.text.isdecimal() else 1
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
