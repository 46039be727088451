"""Where a piece of Python stands in the pasted text: columns in characters, prompts and common indentation taken off."""

from __future__ import annotations

import ast
import re

from archcalc.notations.own.tree import Scalar
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

Located = ast.expr | ast.stmt | ast.keyword | ast.arg
MOST_CHARACTERS = 200_000
PROMPT = re.compile(r"\s*(?:>>>|\.\.\.)( |$)")


class Places:
    """The text as Python sees it, and the way back to the characters a person sees."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.shift = 0
        self.lines = source.text.split("\n")
        first = next((line for line in self.lines if line.strip() and not line.lstrip().startswith("#")), "")
        margin = len(first) - len(first.lstrip(" \t"))
        if first.lstrip().startswith(">>>"):
            self.shift = margin + 4
            self.lines = [line[self.shift :] if PROMPT.match(line) else "" for line in self.lines]
        elif margin:
            self.shift = margin
            self.lines = [line[margin:] if not line[:margin].strip() else line for line in self.lines]
        # A notebook's commands are no Python.
        self.lines = ["" if line[:1] in ("%", "!") else line for line in self.lines]

    def parse(self) -> ast.Module:
        """The syntax tree. Raises SpecError at the place where the text is no Python."""
        import warnings

        if len(self.source.text) > MOST_CHARACTERS:
            raise self.fault(
                None,
                f"PyTorch source of {len(self.source.text):,} characters; the most read is {MOST_CHARACTERS:,}",
                "the network alone",
            )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an invalid escape in somebody's string is not our matter
                return ast.parse("\n".join(self.lines))
        except SyntaxError as error:
            line = min(max(error.lineno or 1, 1), len(self.lines))
            column = max(error.offset or 1, 1) + self.shift
            end = error.end_offset if getattr(error, "end_lineno", None) == error.lineno else None
            span = Span(self.source, line, column, max(1, (end or 0) + self.shift - column))
            hints = ["the source itself; this is what print(net) shows"] if PRINTED.search(self.source.text) else []
            raise SpecError([Fault(f"not Python: {error.msg}", span, repairs=hints)]) from None
        except (RecursionError, MemoryError):
            raise self.fault(None, "nested too deep to be read") from None
        except ValueError as error:
            raise self.fault(None, f"not Python: {error}") from None

    def column(self, line: int, offset: int) -> int:
        """The column, from 1, of a byte offset in a line."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        if not text.isascii():
            offset = len(text.encode()[:offset].decode("utf-8", "ignore"))
        return offset + self.shift + 1

    def span(self, node: Located) -> Span:
        """The characters of a node; those on its first line where it has several."""
        column = self.column(node.lineno, node.col_offset)
        if node.end_lineno == node.lineno and node.end_col_offset is not None:
            end = self.column(node.lineno, node.end_col_offset)
        else:
            end = len(self.source.line(node.lineno).rstrip()) + 1
        return Span(self.source, node.lineno, column, max(1, end - column))

    def keyword(self, node: ast.stmt) -> Span:
        """The word a statement begins with: `for`, `def`."""
        column = self.column(node.lineno, node.col_offset)
        word = re.match(r"[A-Za-z]+", self.source.line(node.lineno)[column - 1 :])
        return Span(self.source, node.lineno, column, len(word[0]) if word else 1)

    def scalar(self, node: Located, text: str) -> Scalar:
        """A scalar of this text at the place of a node."""
        span = self.span(node)
        return Scalar(text, self.source, span.line, span.column, span.length)

    def written(self, node: ast.AST, most: int = 60) -> str:
        """A node as Python writes it, shortened."""
        try:
            text = ast.unparse(node)
        except RecursionError:
            return "…"
        return text if len(text) <= most else text[: most - 1] + "…"

    def fault(self, node: Located | None, message: str, *repairs: str) -> SpecError:
        """The fault of a node; of the whole text where none is given."""
        span = Span(self.source, 1, 1) if node is None else self.span(node)
        return SpecError([Fault(message, span, repairs=repairs)])


PRINTED = re.compile(r"^\s*\(\w+\): \w+\(", re.M)
