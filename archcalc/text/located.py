"""JSON with the place of every value, so that a fault can point into a person's own file.

Strict JSON as Python's own reader takes it (with NaN and Infinity, which Python writes), each name once in a mapping; nothing is
recursive. Faults stand at the character that begins nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

SPACE = re.compile(r"[ \t\r\n]*")
SCALAR = re.compile(
    r'"(?P<string>(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"'
    r"|(?P<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>true|false|null|NaN|-?Infinity)"
)
WORDS = {"true": True, "false": False, "null": None, "NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
ESCAPES = re.compile(r'\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4}))')
LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
DEEPEST = 200
LONGEST_NUMBER = 40

Plain = str | int | float | bool | None


class Json:
    """A value at its place: a plain one, a list of values, or a mapping of names to values."""

    __slots__ = ("end", "start", "text", "value")

    def __init__(self, text: Text, start: int, end: int, value: Plain | list[Json] | dict[str, Json]) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.value = value

    @property
    def span(self) -> Span:
        """Where it stands: a plain value as a whole, a list or a mapping by its bracket."""
        return self.text.span(self.start, self.end if not isinstance(self.value, list | dict) else self.start + 1)

    @property
    def items(self) -> list[Json]:
        """The values of a list; none where it is something else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def entries(self) -> dict[str, Json]:
        """The values of a mapping by name; none where it is something else."""
        return self.value if isinstance(self.value, dict) else {}

    def get(self, *names: str) -> Json | None:
        """The value under the first of these names that is there, and is not null."""
        for name in names:
            found = self.entries.get(name)
            if found is not None and found.value is not None:
                return found
        return None

    def string(self) -> str:
        """The text of a string; empty where it is none."""
        return self.value if isinstance(self.value, str) else ""

    def plain(self) -> object:
        """The value without places."""
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        if isinstance(self.value, dict):
            return {name: item.plain() for name, item in self.value.items()}
        return self.value

    def walk(self) -> Iterator[Json]:
        """This value and every one in it."""
        waiting = [self]
        while waiting:
            at = waiting.pop()
            yield at
            waiting += at.items or list(at.entries.values())


class Text:
    """A text whose lines are found when a place is asked for."""

    __slots__ = ("_starts", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self._starts: list[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """The place of a stretch, on the line where it begins."""
        if self._starts is None:
            self._starts = [0, *(match.end() for match in re.finditer("\n", self.source.text))]
        line = bisect_right(self._starts, start)
        column = start - self._starts[line - 1] + 1
        return Span(self.source, line, column, max(1, end - start))


def read_json(source: Source) -> Json:
    """The value of a text. Raises SpecError at the first character that is no JSON."""
    text = Text(source)
    written = source.text
    root: list[Json] = []
    # Each open list or mapping, and in a mapping the name whose value comes next.
    open_: list[Json] = []
    names: list[str | None] = []
    at = _space(written, 0)
    expects = "value"
    while True:
        char = written[at : at + 1]
        if expects == "value" and char in ("[", "{"):
            if len(open_) >= DEEPEST:
                raise _fault(text, at, f"lists and mappings more than {DEEPEST} deep", "a flatter file")
            made = Json(text, at, at + 1, [] if char == "[" else {})
            _put(made, open_, names, root)
            open_.append(made)
            names.append(None)
            at = _space(written, at + 1)
            closing = "]" if char == "[" else "}"
            if written[at : at + 1] == closing:
                at, expects = _close(open_, names, written, at), "end"
            else:
                expects = "value" if char == "[" else "name"
        elif expects == "value":
            made, at = _scalar(text, written, at)
            _put(made, open_, names, root)
            expects = "end"
        elif expects == "name":
            made, at = _scalar(text, written, at)
            if not isinstance(made.value, str):
                raise _fault(text, made.start, "a name in quotes is missing here", '"name": value')
            if made.value in open_[-1].entries:
                raise _fault(text, made.start, f"'{made.value[:60]}' stands here twice", "one of the two")
            at = _space(written, at)
            if written[at : at + 1] != ":":
                raise _fault(text, at, "a colon is missing here", ":")
            names[-1] = made.value
            at, expects = at + 1, "value"
        elif not open_:
            at = _space(written, at)
            if at < len(written):
                raise _fault(text, at, "the JSON ends before this", "one value in the file")
            return root[0]
        elif char == ",":
            at, expects = at + 1, "value" if isinstance(open_[-1].value, list) else "name"
        elif char and char == ("]" if isinstance(open_[-1].value, list) else "}"):
            at = _close(open_, names, written, at)
        else:
            raise _fault(text, at, "a comma or a closing bracket is missing here", ",")
        at = _space(written, at)


def _space(written: str, at: int) -> int:
    match = SPACE.match(written, at)
    return match.end() if match else at


def _put(made: Json, open_: list[Json], names: list[str | None], root: list[Json]) -> None:
    if not open_:
        root.append(made)
    elif isinstance(open_[-1].value, list):
        open_[-1].value.append(made)
    elif isinstance(open_[-1].value, dict):
        open_[-1].value[names[-1] or ""] = made


def _close(open_: list[Json], names: list[str | None], written: str, at: int) -> int:
    open_.pop().end = at + 1
    names.pop()
    return at + 1


def _scalar(text: Text, written: str, at: int) -> tuple[Json, int]:
    match = SCALAR.match(written, at)
    if match is None:
        if at >= len(written):
            raise _fault(text, at, "the text ends in the middle of the JSON", "the whole file")
        raise _fault(text, at, "no value begins here", "null" if written[at] in ",]}" else '"…"')
    end = match.end()
    if match["string"] is not None:
        return Json(text, at, end, ESCAPES.sub(_letter, match["string"])), end
    if match["word"]:
        return Json(text, at, end, WORDS[match["word"]]), end
    if end - at > LONGEST_NUMBER:
        raise _fault(text, at, f"a number of {end - at:,} characters; the most is {LONGEST_NUMBER}", "a shorter number")
    number = match["number"]
    return Json(text, at, end, float(number) if any(c in number for c in ".eE") else int(number)), end


def _letter(match: re.Match[str]) -> str:
    return LETTERS.get(match[1], match[1]) if match[1] else chr(int(match[2], 16))


def _fault(text: Text, at: int, message: str, repair: str, *more: str) -> SpecError:
    return SpecError([Fault(f"no JSON: {message}", text.span(at, at + 1), repairs=(repair, *more))])
