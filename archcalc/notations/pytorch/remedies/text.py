"""Edits of a source: what is typed, and what the text is then."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from archcalc.interpreter.places import Place, Places
from archcalc.notations.pytorch.vocabulary.leaves import Leaf
from archcalc.notations.pytorch.vocabulary.plans import MAKERS

LONGEST = 80  # characters of code that a remedy quotes


class Remedy(NamedTuple):
    """Something to type: in words, where it is to be typed, and the stretches of the text it replaces with others."""

    words: str
    places: Places
    line: int
    column: int
    end: tuple[int, int]
    edits: tuple[tuple[int, int, str], ...]

    def text(self) -> str:
        """The whole text after it."""
        made = self.places.source.text
        for first, last, new in sorted(self.edits, reverse=True):
            made = made[:first] + new + made[last:]
        return made


class Text:
    """The text of a source, its tree, and the way from one to the other."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.text = places.source.text
        self.starts = [0]
        for line in self.text.split("\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)
        self._tree: ast.Module | None = None

    @property
    def tree(self) -> ast.Module:
        if self._tree is None:
            self._tree = ast.parse("\n".join(self.places.lines))
        return self._tree

    def ends(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        """Where a node begins and ends in the text."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        first = self.starts[node.lineno - 1] + self.places.column(node.lineno, node.col_offset) - 1
        return first, self.starts[node.end_lineno - 1] + self.places.column(node.end_lineno, node.end_col_offset) - 1

    def of(self, node: ast.expr | ast.keyword) -> str:
        """The characters of a node."""
        first, last = self.ends(node)
        return self.text[first:last]

    def function(self, node: ast.expr) -> ast.FunctionDef | ast.ClassDef | ast.Module:
        """The innermost function or class around a node, or the module."""
        found: ast.FunctionDef | ast.ClassDef | ast.Module = self.tree
        for other in ast.walk(self.tree):
            if isinstance(other, ast.FunctionDef | ast.ClassDef) and other.lineno <= node.lineno <= (other.end_lineno or 0):
                if not isinstance(found, ast.Module) and found.lineno > other.lineno:
                    continue
                found = other
        return found

    def holder(self, node: ast.expr) -> ast.Call | None:
        """The call of which a node is an argument, by position or by name."""
        for other in ast.walk(self.tree):
            if isinstance(other, ast.Call):
                for item in (*other.args, *(k.value for k in other.keywords)):
                    if (item.lineno, item.col_offset, item.end_col_offset) == (node.lineno, node.col_offset, node.end_col_offset):
                        return other
        return None

    def remedy(self, words: str, node: ast.expr | ast.keyword, *edits: tuple[int, int, str]) -> Remedy:
        """A remedy at a node."""
        end = (node.end_lineno or 0, self.places.column(node.end_lineno or 0, node.end_col_offset or 0))
        return Remedy(words, self.places, node.lineno, self.places.column(node.lineno, node.col_offset), end, edits)

    def instead(self, node: ast.expr, new: str, by: ast.expr | None = None) -> Iterator[Remedy]:
        """One expression in the place of another; shown with all of `by` around it, where that is short."""
        first, last = self.ends(node)
        around = by or node
        start, end = self.ends(around)
        old = self.text[start:end]
        if "\n" in old or len(old) > LONGEST or "`" in old:
            around, start, end = node, first, last
            old = self.text[start:end]
        if "\n" in old or len(old) > LONGEST or "`" in old:
            return
        whole = self.text[start:first] + new + self.text[last:end]
        yield self.remedy(f"`{whole}` for `{old}`", around, (first, last, new))


class Making:
    """The call that made a layer, as it is written."""

    def __init__(self, text: Text, node: ast.Call, module: Leaf) -> None:
        self.text = text
        self.node = node
        self.module = module
        from archcalc.interpreter.signature import Signature

        names = Signature.of(MAKERS[module.torch_name]).names if module.torch_name in MAKERS else ()
        self.names = names[1:] if module.torch_name.startswith("Lazy") else names

    def argument(self, name: str) -> ast.expr | None:
        """An argument as it is written; None where it is not."""
        for keyword in self.node.keywords:
            if keyword.arg == name:
                return keyword.value
        index = self.names.index(name) if name in self.names else -1
        if index < 0 or any(isinstance(a, ast.Starred) for a in self.node.args[: index + 1]):
            return None
        return self.node.args[index] if index < len(self.node.args) else None

    def written(self, name: str) -> str:
        """An argument's characters; empty where it is not written."""
        node = self.argument(name)
        return self.text.of(node) if node is not None else ""

    def with_arguments(self, **values: str) -> Iterator[Remedy]:
        """The call with other arguments."""
        edits = []
        for name, value in values.items():
            node = self.argument(name)
            if node is not None:
                edits.append((*self.text.ends(node), value))
                continue
            if name not in self.names or any(k.arg is None for k in self.node.keywords):
                return
            end = self.text.ends(self.node)[1] - 1
            before = self.text.text[:end].rstrip()
            comma = "" if before.endswith((",", "(")) else ", "
            edits.append((len(before), end, f"{comma}{name}={value}"))
        yield self.text.remedy(", ".join(f"{k}={v}" for k, v in values.items()), self.node, *edits)


def making(texts: dict[int, Text], module: object) -> Making | None:
    """The call that made a layer, where it stands in a text of the person's."""
    if not isinstance(module, Leaf) or module.place is None:
        return None
    text = text_of(texts, module.place)
    node = module.place.node
    return Making(text, node, module) if text is not None and isinstance(node, ast.Call) else None


def text_of(texts: dict[int, Text], place: Place) -> Text | None:
    """The text of a place, kept for the next; None for one that is not the person's, or not written as Python has it."""
    places = place.places
    if places.source.notation == "library" or places.shift:
        return None
    if id(places) not in texts:
        texts[id(places)] = Text(places)
    return texts[id(places)]
