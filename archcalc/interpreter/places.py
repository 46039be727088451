"""Where a piece of Python stands in the text a person has: columns in characters, prompts and common indentation taken off."""

from __future__ import annotations

import ast
import re

from archcalc.text.source import Source, Span

Located = ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias | ast.ExceptHandler | ast.pattern
_PROMPT = re.compile(r"\s*(?:>>>|\.\.\.)( |$)")


class Places:
    """The text as Python sees it (`lines`), and the way back to the characters a person sees."""

    __slots__ = ("_characters", "lines", "shift", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.shift = 0
        self.lines = source.text.split("\n")
        self._characters: dict[int, list[int]] = {}
        first = next((line for line in self.lines if line.strip() and not line.lstrip().startswith("#")), "")
        margin = len(first) - len(first.lstrip(" \t"))
        if first.lstrip().startswith(">>>"):
            self.shift = margin + 4
            self.lines = [line[self.shift :] if _PROMPT.match(line[: self.shift]) else "" for line in self.lines]
        elif margin:
            self.shift = margin
            self.lines = [line[margin:] if not line[:margin].strip() else line for line in self.lines]
        # A notebook's commands are no Python.
        if any(line[:1] in ("%", "!") for line in self.lines):
            from archcalc.text.notebook import python_lines

            self.lines = python_lines("\n".join(self.lines))

    def column(self, line: int, offset: int) -> int:
        """The column, from 1, of a byte offset in a line: one look-up, however long the line is."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        if not text.isascii():
            table = self._characters.get(line)
            if table is None:
                table = []
                for index, character in enumerate(text):
                    table += [index] * len(character.encode("utf-8", "surrogatepass"))
                self._characters[line] = table
            offset = table[offset] if offset < len(table) else len(text)
        return offset + self.shift + 1

    def named(self, line: int) -> str:
        """A line in words: `line 7`, in a notebook `cell 3, line 2`."""
        cell, number = self.source.numbered(line)
        return f"{cell[:-1]}, line {number}" if cell else f"line {number}"

    def span(self, node: Located) -> Span:
        """The characters of a node; those on its first line where it has several."""
        line = node.lineno
        column = self.column(line, node.col_offset)
        if node.end_lineno == line and node.end_col_offset is not None:
            end = self.column(line, node.end_col_offset)
        else:
            end = len(self.source.line(line).rstrip()) + 1
        return Span(self.source, line, column, max(1, end - column))


class Place:
    """A node of a source: its span is worked out when it is asked for."""

    __slots__ = ("node", "places")

    def __init__(self, places: Places, node: Located) -> None:
        self.places = places
        self.node = node

    @property
    def line(self) -> int:
        return self.node.lineno

    def span(self) -> Span:
        """The characters of the node."""
        return self.places.span(self.node)
