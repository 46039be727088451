"""The code of a Jupyter notebook as one text: its cells of Python one behind the other, and where each begins.

Cells are numbered as they stand, those of prose among them, as linters do. What Jupyter alone understands (`%matplotlib inline`,
`!pip install …`, `model?`, a cell of another language) is no part of a network and stands empty. Source: the nbformat
documentation, versions 3 and 4.
"""

from __future__ import annotations

import re

from archcalc.text.faults import Fault, SpecError
from archcalc.text.located import Json, read_json
from archcalc.text.source import Source

# Magics of a whole cell whose other lines are Python all the same.
PYTHON = frozenset("capture prun python python3 time timeit writefile".split())
MAGIC = re.compile(r"%%\s*(\w*)")
# What Jupyter alone understands, where a statement may begin.
COMMAND = re.compile(r"([ \t]*)(?:[%!?].*|[A-Za-z_][\w.]*\?\??[ \t]*)(?=\n|$)")
# What decides whether a line begins a statement: strings, comments and brackets; a backslash joins lines.
SIGNS = re.compile(
    r"""#[^\n]*|(?P<quotes>\'\'\'|\"\"\")(?:\\.|.)*?(?:(?P=quotes)|$)|'(?:\\.|[^'\\\n])*'?|"(?:\\.|[^"\\\n])*"?|\\\n|\n|[()\[\]{}]""",
    re.S,
)


def is_notebook(text: str) -> bool:
    """Whether a text is a notebook: JSON with cells, and the version of their format at its end."""
    return text[:1000].lstrip()[:1] == "{" and '"nbformat"' in text and ('"cells"' in text or '"worksheets"' in text)


def read_notebook(source: Source) -> None:
    """Puts the code of a notebook in the place of its JSON. Raises SpecError where it is none, or has no code."""
    root = read_json(source)
    sheets = root.get("worksheets")
    cells = [cell for sheet in sheets.items for cell in _listed(sheet, "cells")] if sheets is not None else _listed(root, "cells")
    lines: list[str] = []
    found: list[tuple[int, int]] = []
    for number, cell in enumerate(cells, 1):
        kind = cell.get("cell_type")
        if kind is None or kind.value != "code":
            continue
        found.append((len(lines) + 1, number))
        lines += python_lines(_code(cell))
    if not any(line.strip() for line in lines):
        raise SpecError([Fault("this notebook has no code", root.span, repairs=["the file that its networks are in"])])
    source.text = "\n".join(lines) + "\n"
    source.cells = found


def _opens(lines: list[str]) -> bool:
    """Whether the last of these lines that is code begins a block."""
    bare = (line.partition("#")[0].rstrip() for line in reversed(lines))
    return next((line for line in bare if line), "").endswith(":")


def _listed(value: Json, name: str) -> list[Json]:
    found = value.get(name)
    return found.items if found is not None else []


def _code(cell: Json) -> str:
    """The text of a cell, which is written as one string or a string a line."""
    found = cell.get("source", "input")
    if found is None:
        return ""
    parts = [found] if isinstance(found.value, str) else found.items
    return "".join(part.value for part in parts if isinstance(part.value, str))


def python_lines(code: str) -> list[str]:
    """The lines of a cell, those that are no Python empty, or `pass` inside a block."""
    code = code.replace("\r\n", "\n").replace("\r", "\n")
    magic = MAGIC.match(code.lstrip())
    if magic is not None and magic[1] not in PYTHON:
        return [""] * (code.count("\n") + 1)
    kept: list[str] = []
    depth = at = 0
    while True:
        stands = ""
        if not depth and (command := COMMAND.match(code, at)) is not None:
            if command[1] and _opens(kept):
                stands = f"{command[1]}pass"  # it may be all that stands under a `try:`
            at = command.end()
        sign = SIGNS.search(code, at)
        while sign is not None and sign[0] != "\n":
            depth = max(0, depth + (sign[0] in "([{") - (sign[0] in ")]}"))
            sign = SIGNS.search(code, sign.end())
        end = len(code) if sign is None else sign.start()
        kept.append(stands + code[at:end])
        if sign is None:
            return "\n".join(kept).split("\n")
        at = end + 1
