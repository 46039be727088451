"""Every regular expression of the package, and the texts on which one that can backtrack without end would."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import archcalc

PACKAGE = Path(archcalc.__file__).parent
CALLS = {"compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split", "template"}


def compiled(modules: list[str]) -> dict[tuple[str, int], str]:
    """The patterns that stand compiled in modules, their classes and tables, with where each was seen first."""
    found: dict[tuple[str, int], str] = {}
    for name in modules:
        seen: set[int] = set()
        for key, value in list(vars(importlib.import_module(name)).items()):
            for pattern in _inside(value, seen, 0):
                found.setdefault((str(pattern.pattern), pattern.flags & ~re.UNICODE), f"{name}.{key}")
    return found


def _inside(value: Any, seen: set[int], depth: int) -> Iterator[re.Pattern[str]]:
    """The patterns in a value and in what it holds."""
    if id(value) in seen or depth > 6:
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _inside(key, seen, depth + 1)
            yield from _inside(item, seen, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _inside(item, seen, depth + 1)
    elif isinstance(value, type) and value.__module__.startswith("archcalc"):
        for item in list(vars(value).values()):
            yield from _inside(item, seen, depth + 1)
    elif callable(value) and getattr(value, "__closure__", None):
        for cell in value.__closure__:
            yield from _inside(cell.cell_contents, seen, depth + 1)
    elif type(value).__module__.startswith("archcalc"):
        names = [n for cls in type(value).__mro__ for n in getattr(cls, "__slots__", ())]
        for item in [*getattr(value, "__dict__", {}).values(), *(getattr(value, n, None) for n in names)]:
            yield from _inside(item, seen, depth + 1)


def written() -> tuple[dict[tuple[str, int], str], list[str], list[str]]:
    """The patterns that are written out, with their places; the modules that put some together; the calls that do so late."""
    found: dict[tuple[str, int], str] = {}
    modules: dict[str, None] = {}
    made = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "re." not in text:
            continue
        tree = ast.parse(text)
        inside = {id(part) for top in ast.walk(tree) if isinstance(top, ast.FunctionDef | ast.Lambda) for part in ast.walk(top)}
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=attr), args=[first, *_]) if attr in CALLS:
                    place = str(path.relative_to(PACKAGE))
                    module = f"archcalc.{place.removesuffix('.py').replace('/', '.').removesuffix('.__init__')}"
                    if (pattern := _text(first, module)) is not None:
                        found.setdefault((pattern, _flags(node)), f"{place}:{node.lineno}")
                    elif id(node) not in inside:
                        modules[module] = None
                    else:
                        made.append(f"{place}: {ast.unparse(first)[:40]}")
    return found, list(modules), made


def _text(made: ast.expr, module: str) -> str | None:
    """The pattern where it is written out, or put together of texts that stand in the module."""
    if isinstance(made, ast.Constant):
        return made.value if isinstance(made.value, str) else None
    names = [node.id for node in ast.walk(made) if isinstance(node, ast.Name)]
    there = vars(importlib.import_module(module)) if names else {}
    if any(isinstance(node, ast.Call | ast.Attribute) for node in ast.walk(made)) or not names:
        return None
    if not all(isinstance(there.get(name), str) for name in names):
        return None
    return str(eval(compile(ast.Expression(made), module, "eval"), {name: there[name] for name in names}))


def _flags(call: ast.Call) -> int:
    """The flags that stand in a call: `re.I | re.M`."""
    flags = 0
    for node in ast.walk(call):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "re" and len(node.attr) == 1:
            flags |= int(getattr(re, node.attr))
    return flags


def samples(pattern: str, flags: int) -> tuple[list[str], list[str]]:
    """A character for each class that a pattern repeats, and runs of the literals before, which lead to it."""
    parser: Any = importlib.import_module("re._parser") if hasattr(re, "_parser") else importlib.import_module("sre_parse")
    repeated: dict[str, None] = {}
    literal: list[str] = []

    def walk(items: Any, inside: bool) -> None:
        for op, value in items:
            name = str(op)
            if name == "LITERAL":
                if inside:
                    repeated[chr(value)] = None
                literal.append(chr(value))
            elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
                walk(value[2], inside or value[1] > 8)
            elif name == "IN":
                for sign in _members(value) if inside else []:
                    repeated[sign] = None
            elif name in ("ANY", "NOT_LITERAL") and inside:
                repeated["a"] = None
            elif name == "SUBPATTERN":
                walk(value[3], inside)
            elif name == "BRANCH":
                for branch in value[1]:
                    walk(branch, inside)
            elif name in ("ASSERT", "ASSERT_NOT"):
                walk(value[1], inside)
            elif name == "ATOMIC_GROUP":
                walk(value, inside)

    walk(parser.parse(pattern, flags), False)
    return list(repeated)[:8], ["", "".join(literal)[:40]]


def _members(items: Any) -> list[str]:
    kinds = {"CATEGORY_SPACE": [" ", "\n"], "CATEGORY_DIGIT": ["1"], "CATEGORY_WORD": ["a", "1"]}
    found: list[str] = []
    for op, value in items:
        if str(op) == "LITERAL":
            found.append(chr(value))
        elif str(op) == "RANGE":
            found.append(chr(value[0]))
        elif str(op) == "CATEGORY":
            found += kinds.get(str(value), ["a", "-"])
        elif str(op) == "NEGATE":
            found.append("a")
    return found[:6]


def exploding(pattern: str, flags: int, length: int) -> Iterator[str]:
    """Long runs of what a pattern repeats, alone and by turns, with an end that spoils them."""
    signs, heads = samples(pattern, flags)
    units = [*signs, *(a + b for a in signs[:3] for b in signs[:3] if a != b)]
    for unit in units:
        for head in heads:
            for end in ("\0", "!\n"):
                yield head + unit * (length // len(unit)) + end
