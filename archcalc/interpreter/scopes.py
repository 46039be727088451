"""Whose each name is: what a function binds, what it takes from the functions around it, what is global.

The tree of a module-level function is looked at when the function is first called, so that a file costs what is used of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import cast

from archcalc.interpreter.parsing import fault
from archcalc.interpreter.places import Located, Places

MOST_NESTED = 90
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Scope:
    """The names of a module, a class body, or a function (a lambda and a comprehension are functions too).

    `cells` are variables shared with functions inside, `free` those of functions around. `private` is the class whose name
    stands before names that begin with two underscores.
    """

    __slots__ = (
        "bound",
        "cells",
        "children",
        "free",
        "generator",
        "globals",
        "kind",
        "node",
        "nonlocals",
        "outer",
        "private",
        "qualified",
        "used",
    )

    def __init__(self, kind: str, node: ast.AST, name: str, outer: Scope | None = None) -> None:
        self.kind = kind
        self.node = node
        self.outer = outer
        self.private: str = name if kind == "class" else outer.private if outer else ""
        self.qualified = outer.inner(name) if outer else name
        self.bound: set[str] = set()
        self.used: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.cells: set[str] = set()
        self.free: set[str] = set()
        self.generator = False
        self.children: dict[ast.AST, Scope] = {}

    def mangle(self, name: str) -> str:
        """A name as the class around it keeps it: `__x` in class A is `_A__x`."""
        if self.private and name[:2] == "__" and name[-2:] != "__" and "." not in name:
            stripped = self.private.lstrip("_")
            return f"_{stripped}{name}" if stripped else name
        return name

    def inner(self, name: str) -> str:
        """The qualified name of something defined here."""
        if self.kind == "module":
            return name
        return f"{self.qualified}.{name}" if self.kind == "class" else f"{self.qualified}.<locals>.{name}"


def scope_of(node: ast.AST, places: Places, outer: Scope) -> Scope:
    """The scope of a function, comprehension or class that stands in a module, or in a class that stands in one."""
    if isinstance(node, ast.ClassDef):
        return Scope("class", node, node.name, outer)  # its methods are looked at when they are called
    collector = _Collector(places)
    if isinstance(node, _COMPREHENSIONS):
        return collector.comprehension(node, outer, set())
    return collector.function(cast(Function, node), outer, set())


def name_of(node: Function | Comprehension) -> str:
    """The name of what a node makes."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name
    return _NAMES[type(node)]


_NAMES: dict[type[ast.AST], str] = {
    ast.Lambda: "<lambda>",
    ast.ListComp: "<listcomp>",
    ast.SetComp: "<setcomp>",
    ast.DictComp: "<dictcomp>",
    ast.GeneratorExp: "<genexpr>",
}


class _Collector:
    """Collects the names of a scope and of all inside it, then settles whose each is."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.depth = 0

    def function(self, node: Function, outer: Scope, around: set[str]) -> Scope:
        scope = self._collect_function(node, outer)
        self._settle(scope, around | {"__class__"} if outer.kind == "class" else around)
        return scope

    def comprehension(self, node: Comprehension, outer: Scope, around: set[str]) -> Scope:
        scope = self._collect_comprehension(node, outer)
        self._settle(scope, around | {"__class__"} if outer.kind == "class" else around)
        return scope

    def _settle(self, scope: Scope, around: set[str]) -> None:
        """Names bound by a function around are free here, and cells there."""
        own = scope.bound - scope.globals - scope.nonlocals
        missing = scope.nonlocals - around
        if missing:
            name = sorted(missing)[0]
            raise fault(self.places, cast(Located, scope.node), f"no binding for nonlocal '{name}' found", f"`global {name}`")
        scope.free = ((scope.used - own - scope.globals) & around) | scope.nonlocals
        inner = around - scope.globals
        inner = inner | {"__class__"} if scope.kind == "class" else (inner - own) | own
        for child in scope.children.values():
            self._settle(child, inner)
            if scope.kind == "class":
                scope.free |= child.free - {"__class__"}
            else:
                scope.cells |= child.free & own
                scope.free |= child.free - own

    def _enter(self, node: ast.AST) -> None:
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise fault(self.places, cast(Located, node), "nested too deep to be read", "functions beside one another")

    def _collect_function(self, node: Function, outer: Scope) -> Scope:
        self._enter(node)
        scope = Scope("function", node, name_of(node), outer)
        arguments = node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            scope.bound.add(scope.mangle(argument.arg))
        for other in (arguments.vararg, arguments.kwarg):
            if other:
                scope.bound.add(scope.mangle(other.arg))
        body: Iterable[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else node.body
        self._walk(scope, body)
        self.depth -= 1
        return scope

    def _collect_class(self, node: ast.ClassDef, outer: Scope) -> Scope:
        self._enter(node)
        scope = Scope("class", node, node.name, outer)
        self._walk(scope, node.body)
        self.depth -= 1
        return scope

    def _collect_comprehension(self, node: Comprehension, outer: Scope) -> Scope:
        self._enter(node)
        scope = Scope("comprehension", node, name_of(node), outer)
        inside: list[ast.AST] = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for index, part in enumerate(node.generators):
            inside.append(part.target)
            inside += part.ifs
            if index:  # the first iterable is worked out outside
                inside.append(part.iter)
        self._walk(scope, inside)
        self.depth -= 1
        return scope

    def _walk(self, scope: Scope, nodes: Iterable[ast.AST]) -> None:
        """Note the names of nodes; what makes a scope of its own is collected apart."""
        todo = list(nodes)
        while todo:
            node = todo.pop()
            kind = type(node)
            if kind is ast.Name:
                name = scope.mangle(node.id)  # type: ignore[attr-defined]
                if type(node.ctx) is ast.Load:  # type: ignore[attr-defined]
                    scope.used.add(name)
                    if name == "super":
                        scope.used.add("__class__")
                else:
                    scope.bound.add(name)
            elif kind is ast.Constant:
                pass
            elif isinstance(node, _FUNCTIONS):
                if not isinstance(node, ast.Lambda):
                    scope.bound.add(scope.mangle(node.name))
                    todo += node.decorator_list
                todo += node.args.defaults
                todo += [default for default in node.args.kw_defaults if default]
                scope.children[node] = self._collect_function(node, scope)
            elif isinstance(node, ast.ClassDef):
                scope.bound.add(scope.mangle(node.name))
                todo += [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
                scope.children[node] = self._collect_class(node, scope)
            elif isinstance(node, _COMPREHENSIONS):
                todo.append(node.generators[0].iter)
                scope.children[node] = self._collect_comprehension(node, scope)
            elif isinstance(node, ast.NamedExpr) and scope.kind == "comprehension":
                self._walrus(scope, scope.mangle(node.target.id))
                todo.append(node.value)
            elif isinstance(node, ast.AnnAssign):
                # An annotation is not worked out, so its names are not used; the name is bound even without a value.
                todo.append(node.target)
                if node.value:
                    todo.append(node.value)
            else:
                self._statement(scope, node)
                for field in node._fields:
                    value = getattr(node, field, None)
                    if isinstance(value, list):
                        todo += [item for item in value if isinstance(item, ast.AST)]
                    elif isinstance(value, ast.AST):
                        todo.append(value)

    def _walrus(self, scope: Scope, name: str) -> None:
        """`:=` inside comprehensions binds in the function around them."""
        inside = []
        while scope.kind == "comprehension" and scope.outer:
            inside.append(scope)
            scope = scope.outer
        for comprehension in inside:
            (comprehension.globals if scope.kind == "module" else comprehension.nonlocals).add(name)
        scope.bound.add(name)

    def _statement(self, scope: Scope, node: ast.AST) -> None:
        """The names a statement binds besides those that stand in it as names."""
        if isinstance(node, ast.Global):
            scope.globals |= {scope.mangle(n) for n in node.names}
        elif isinstance(node, ast.Nonlocal):
            scope.nonlocals |= {scope.mangle(n) for n in node.names}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                scope.bound.add(scope.mangle(alias.asname or alias.name.split(".")[0]))
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            scope.bound.add(scope.mangle(node.name))
        elif isinstance(node, ast.MatchMapping) and node.rest:
            scope.bound.add(scope.mangle(node.rest))
        elif isinstance(node, ast.Yield | ast.YieldFrom):
            scope.generator = True
