"""The patterns of a match: each takes its subject from a name no program can write; names are bound once all fits."""

from __future__ import annotations

import ast

from archcalc.interpreter.compiler.compiler import Compiler
from archcalc.interpreter.compiler.expressions import expression
from archcalc.interpreter.instructions import control, matching, names, operations


def hidden(c: Compiler) -> str:
    """A name that no program can write."""
    return f".{c.here()}"


def pattern(c: Compiler, node: ast.pattern, subject: str, fails: list[int], captured: dict[str, str]) -> None:
    """Jump to `fails` unless the subject fits; note in `captured` where what is to be bound is kept."""
    c.enter(node)
    if isinstance(node, ast.MatchValue | ast.MatchSingleton):
        c.emit(names.load_local, subject, node)
        if isinstance(node, ast.MatchValue):
            expression(c, node.value)
        else:
            c.emit(names.constant, node.value, node)
        c.emit(operations.compare, "==" if isinstance(node, ast.MatchValue) else "is", node)
        fails.append(c.emit(control.jump_if_false, None, node))
    elif isinstance(node, ast.MatchAs):
        if node.pattern is not None:
            pattern(c, node.pattern, subject, fails, captured)
        if node.name is not None:
            _capture(c, node, node.name, subject, captured)
    elif isinstance(node, ast.MatchStar):
        if node.name is not None:
            _capture(c, node, node.name, subject, captured)
    elif isinstance(node, ast.MatchOr):
        _alternatives(c, node, subject, fails, captured)
    elif isinstance(node, ast.MatchSequence):
        starred = next((i for i, p in enumerate(node.patterns) if isinstance(p, ast.MatchStar)), -1)
        c.emit(names.load_local, subject, node)
        c.emit(matching.sequence, (len(node.patterns), starred), node)
        _parts(c, node, node.patterns, fails, captured)
    elif isinstance(node, ast.MatchMapping):
        c.emit(names.load_local, subject, node)
        for key in node.keys:
            expression(c, key)
        c.emit(matching.mapping, (len(node.keys), node.rest is not None), node)
        rest = [ast.MatchStar(node.rest, **_at(node))] if node.rest else []
        _parts(c, node, [*node.patterns, *rest], fails, captured)
    elif isinstance(node, ast.MatchClass):
        c.emit(names.load_local, subject, node)
        expression(c, node.cls)
        c.emit(matching.instance, (len(node.patterns), tuple(node.kwd_attrs)), node)
        _parts(c, node, [*node.patterns, *node.kwd_patterns], fails, captured)
    else:
        raise c.fault(node, "a pattern that is not read", "`if`")
    c.depth -= 1


def _at(node: ast.pattern) -> dict[str, int]:
    return {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno,
        "end_col_offset": node.end_col_offset,
    }


def _capture(c: Compiler, node: ast.pattern, name: str, subject: str, captured: dict[str, str]) -> None:
    kept = captured.setdefault(name, f".{name}")
    c.emit(names.load_local, subject, node)
    c.emit(names.store_local, kept, node)


def _parts(c: Compiler, node: ast.pattern, parts: list[ast.pattern], fails: list[int], captured: dict[str, str]) -> None:
    """The parts that the instruction before found, or None: each under a name, then each against its pattern."""
    c.emit(matching.spread, len(parts), node)
    fails.append(c.emit(control.jump_if_false, None, node))
    kept = []
    for part in parts:
        kept.append(hidden(c))
        c.emit(names.store_local, kept[-1], part)
    for part, subject in zip(parts, kept, strict=True):
        pattern(c, part, subject, fails, captured)


def _alternatives(c: Compiler, node: ast.MatchOr, subject: str, fails: list[int], captured: dict[str, str]) -> None:
    ends = []
    for index, alternative in enumerate(node.patterns):
        last = index == len(node.patterns) - 1
        here: list[int] = fails if last else []
        pattern(c, alternative, subject, here, captured)
        if not last:
            ends.append(c.emit(control.jump, None, alternative))
            c.patch(*here)
    c.patch(*ends)
