"""Texts and stretches of them, so that whatever is said of a text can be said at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmap import mmap


class Source:
    """A text and what to call it in a message.

    `path` is its file, where it is one, `asked` which of the networks in it is meant (`model.py:Net`), `library` whether it is
    part of a library that was named instead of a file, `train` whether the network is meant as it is while it is trained.
    `cells` holds where in the text each cell of a notebook begins: its first line, and its number. `data` are the bytes of a file
    that is no text, mapped and not read where it is a file; its text is then empty.
    """

    __slots__ = ("_lines", "asked", "cells", "data", "library", "name", "notation", "path", "text", "train")

    def __init__(self, name: str, text: str, notation: str = "", *, path: str = "", asked: str = "") -> None:
        self.name = name
        self.text = text
        self.notation = notation
        self.path = path
        self.asked = asked
        self.library = False
        self.train = False
        self.cells: list[tuple[int, int]] = []
        self.data: bytes | mmap = b""
        self._lines: list[str] | None = None

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty where there is none."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines[number - 1].rstrip("\r") if 0 < number <= len(self._lines) else ""

    def numbered(self, line: int) -> tuple[str, int]:
        """How a person numbers a line: the cell of a notebook (`cell 3:`; empty elsewhere), and the number there."""
        begin, cell = next((found for found in reversed(self.cells) if found[0] <= line), (1, 0))
        return (f"cell {cell}:" if cell else ""), line - begin + 1


class Span:
    """A stretch of one line: line and column count from 1."""

    __slots__ = ("column", "length", "line", "source")

    def __init__(self, source: Source, line: int, column: int, length: int = 1) -> None:
        self.source = source
        self.line = line
        self.column = column
        self.length = length

    @property
    def at(self) -> str:
        """Where in the text: `11:20`, in a notebook `cell 3:11:20`."""
        cell, line = self.source.numbered(self.line)
        return f"{cell}{line}:{self.column}"

    def __str__(self) -> str:
        return f"{self.source.name}:{self.at}"
