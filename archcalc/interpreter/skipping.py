"""A statement of a module that cannot be read: what it could have changed is unknown from there on, and nothing else.

A script trains and tests below its classes, and that may depend on anything; the classes above stay readable.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from archcalc.interpreter.code import Function
from archcalc.interpreter.places import Place, Places
from archcalc.interpreter.uses import only_used
from archcalc.interpreter.values import (
    BOUNDLESS,
    Class,
    ClassMethod,
    Dict,
    Instance,
    Method,
    Module,
    Property,
    StaticMethod,
    Unknown,
    UnknownFault,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


def skip(machine: Machine, module: Module, statement: ast.stmt, places: Places, fault: UnknownFault) -> None:
    """Mark what a statement could have changed as unread, and note that it was skipped."""
    machine.skipped += fault.faults
    cause = fault.unknown
    place = Place(places, statement)
    why = f"{places.named(statement.lineno)} is not read, since it depends on {cause.name}"
    reach = _Reach(machine, Unknown(cause.name, place, why, cause=fault))
    for name in _bound(statement):
        module.assign(name, Unknown(name, place, why, cause=fault), place)
    reach.follow(module, statement)


def _bound(statement: ast.stmt) -> set[str]:
    """The names of the module that a statement binds or deletes."""
    found: set[str] = set()
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
        todo += ast.iter_child_nodes(node)
    return found


class _Reach:
    """What the code of a statement can get at: the names it mentions, and those of the functions and classes among them."""

    def __init__(self, machine: Machine, unknown: Unknown) -> None:
        self.machine = machine
        self.unknown = unknown
        self.seen: set[int] = set()

    def follow(self, module: Module, node: ast.AST) -> None:
        todo: list[tuple[Module, ast.AST]] = [(module, node)]
        while todo:
            where, tree = todo.pop()
            changed = _changed_objects(tree)
            for part in ast.walk(tree):
                self.machine.work(1)
                if isinstance(part, ast.Global):
                    for name in part.names:
                        where.names[name] = where.stated.get(name, self.unknown)
                elif isinstance(part, ast.Name) and part.id in BOUNDLESS and part.id not in where.names:
                    todo += [code for value in list(where.names.values()) for code in self._code(value)]
                elif isinstance(part, ast.Name) and part.id in where.names:
                    value = where.names[part.id]
                    if part.id in changed and isinstance(value, Class | Module):
                        self._change(value)
                    if isinstance(value, Instance) and value.idle and only_used(self.machine, where, tree, part.id, value):
                        continue
                    todo += self._code(value)

    def _change(self, value: Class | Module) -> None:
        """An attribute of a class or module is set."""
        if isinstance(value, Module) or not value.frozen:
            value.unread = self.unknown

    def _code(self, value: Value) -> list[tuple[Module, ast.AST]]:
        """The code a value runs when it is called; a value that is data becomes unread."""
        if id(value) in self.seen:
            return []
        self.seen.add(id(value))
        if isinstance(value, Method):
            self.machine.make_unread(value, self.unknown)
            return self._code(value.function)
        if isinstance(value, StaticMethod | ClassMethod):
            return self._code(value.function)
        if isinstance(value, Property):
            return self._code(value.getter) + self._code(value.setter)
        if isinstance(value, Function):
            for cell in value.cells.values():
                if not isinstance(cell.value, Class):
                    self.machine.make_unread(cell.value, self.unknown)
            return [(value.module, value.code.node)]
        if isinstance(value, Class):
            return [] if value.frozen else [code for part in value.names.values() for code in self._code_of_class(part)]
        if not isinstance(value, Module):
            self.machine.make_unread(value, self.unknown)
        return []

    def _code_of_class(self, value: Value) -> list[tuple[Module, ast.AST]]:
        if isinstance(value, Function | StaticMethod | ClassMethod | Property):
            return self._code(value)
        if isinstance(value, Dict | list | set):
            self.machine.make_unread(value, self.unknown)
        return []


def _changed_objects(tree: ast.AST) -> set[str]:
    """The names whose attributes are set or deleted, or that are handed to setattr or delattr."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            base: ast.expr = node.value
            while isinstance(base, ast.Attribute | ast.Subscript):
                base = base.value
            if isinstance(base, ast.Name):
                found.add(base.id)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("setattr", "delattr")
            and node.args
        ):
            first = node.args[0]
            found |= {part.id for part in ast.walk(first) if isinstance(part, ast.Name)}
    return found
