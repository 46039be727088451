"""Texts and stretches of them, so that whatever is said of a text can be said at its place."""

from __future__ import annotations


class Source:
    """A text and what to call it in a message.

    `path` is its file, where it is one, `asked` which of the networks in it is meant (`model.py:Net`), `library` whether it is
    part of a library that was named instead of a file, `train` whether the network is meant as it is while it is trained.
    """

    __slots__ = ("_lines", "asked", "library", "name", "notation", "path", "text", "train")

    def __init__(self, name: str, text: str, notation: str = "", *, path: str = "", asked: str = "") -> None:
        self.name = name
        self.text = text
        self.notation = notation
        self.path = path
        self.asked = asked
        self.library = False
        self.train = False
        self._lines: list[str] | None = None

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty where there is none."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines[number - 1].rstrip("\r") if 0 < number <= len(self._lines) else ""


class Span:
    """A stretch of one line: line and column count from 1."""

    __slots__ = ("column", "length", "line", "source")

    def __init__(self, source: Source, line: int, column: int, length: int = 1) -> None:
        self.source = source
        self.line = line
        self.column = column
        self.length = length

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"
