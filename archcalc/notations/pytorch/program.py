"""The statements of a text, from the top: imports, assignments, lists that grow. What cannot touch the network is passed over;
what could (a loop, a function) makes the names it sets unread, and is a fault only where the network needs one of them."""

from __future__ import annotations

import ast
from typing import Any

from archcalc.notations.pytorch.classes import make
from archcalc.notations.pytorch.modules import Group, Module
from archcalc.notations.pytorch.places import Places
from archcalc.notations.pytorch.values import ADVICE, MOST_ITEMS, Class, Unread, Values
from archcalc.text.faults import Fault, SpecError

ALIASES = {"nn": "torch.nn", "torch": "torch", "F": "torch.nn.functional", "OrderedDict": "collections.OrderedDict"}
CHANGING = frozenset(["insert", "pop", "remove", "clear", "register_module", "__setitem__", "sort", "reverse", "update"])
WORDS = {
    ast.For: "a loop",
    ast.While: "a loop",
    ast.If: "a condition",
    ast.With: "a `with` block",
    ast.Try: "a `try` block",
    ast.FunctionDef: "a function",
    ast.AsyncFunctionDef: "a function",
}


class Program:
    """What a text says, name by name, and the modules that stand in it without a name."""

    def __init__(self, places: Places, tree: ast.Module) -> None:
        self.places = places
        self.names: dict[str, Any] = {}
        self.aliases = dict(ALIASES)
        self.values = Values(places, self.names, self.aliases, make)
        self.loose: list[tuple[ast.expr, Any]] = []
        self.given: dict[str, ast.expr] = {}
        self.functions = False
        self.run(tree.body)

    def run(self, body: list[ast.stmt]) -> None:
        """Reads statements in order."""
        for statement in body:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    self.bind(
                        alias.asname or alias.name.partition(".")[0], alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            case ast.ImportFrom(module=module, names=names, level=level):
                for alias in names:
                    self.bind(alias.asname or alias.name, f"{'.' * level}{module or ''}.{alias.name}")
            case ast.Assign(targets=targets, value=value):
                self.assign(targets, value)
            case ast.AnnAssign(target=annotated, value=ast.expr() as value):
                self.assign([annotated], value)
            case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
                load = ast.copy_location(ast.Name(name, ast.Load()), target)
                self.assign([target], ast.copy_location(ast.BinOp(load, op, value), node))
            case ast.Expr(value=value):
                self.expression(value)
            case ast.ClassDef(name=name):
                self.names[name] = Class(node)
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__")), body=body):
                self.run(body)
            case ast.Delete(targets=targets):
                for gone in targets:
                    if isinstance(gone, ast.Name):
                        self.names.pop(gone.id, None)
            case _ if type(node) in WORDS:
                self.skip(node)
            case _:
                pass  # assert, pass, global: nothing of the network

    def bind(self, name: str, path: str) -> None:
        self.names.pop(name, None)
        self.aliases[name] = path

    def assign(self, targets: list[ast.expr], node: ast.expr) -> None:
        value: Any
        try:
            value = self.values.read(node)
        except SpecError as error:
            value = Unread(error)
        for target in targets:
            if isinstance(target, ast.Name):
                self.given[target.id] = node
                if isinstance(value, Module | Group) and not value.label:
                    value.label = target.id
                self.names[target.id] = value
                continue
            try:
                if isinstance(value, Unread):
                    raise value.error
                self.values.assign(target, value, self.names)
            except SpecError as error:
                self.spoil(target, error)

    def spoil(self, target: ast.AST, error: SpecError) -> None:
        """Makes unread what a target sets: its names, or the thing of which it sets a part."""
        for part in ast.walk(target):
            if isinstance(part, ast.Name):
                self.names[part.id] = Unread(error)

    def expression(self, node: ast.expr) -> None:
        """A statement that is only an expression: a list that grows, a network without a name, or nothing of ours."""
        if not isinstance(node, ast.Call):
            return
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id in self.names:
            name, method = node.func.value.id, node.func.attr
            value = self.names[name]
            if isinstance(value, list | Group | dict) and method in ("append", "extend", "add_module"):
                try:
                    self.grow(node, value, method)
                except SpecError as error:
                    self.names[name] = Unread(error)
            elif isinstance(value, list | Group | dict) and method in CHANGING:
                self.names[name] = Unread(self.places.fault(node, f"`{self.places.written(node)}` is not read", ADVICE))
            return
        path = self.values.path(node.func) or ""
        if path.startswith("torch.nn.") and not path.startswith(("torch.nn.init.", "torch.nn.utils.")):
            try:
                self.loose.append((node, self.values.read(node)))
            except SpecError as error:
                self.loose.append((node, Unread(error)))

    def grow(self, node: ast.Call, value: Any, method: str) -> None:
        """list.append, list.extend, Sequential.append, Sequential.add_module."""
        given = [self.values.read(argument) for argument in node.args]
        if method == "add_module" and isinstance(value, Group) and len(given) == 2 and isinstance(given[0], str):
            added = [given]
        elif method == "append" and len(given) == 1:
            added = [["", given[0]]]
        elif method == "extend" and len(given) == 1 and isinstance(given[0], list | tuple):
            added = [["", item] for item in given[0]]
        else:
            raise self.places.fault(node, f"`{self.places.written(node)}` is not read", ADVICE)
        if isinstance(value, Group):
            if not all(isinstance(item, Module | Group) for _, item in added):
                raise self.places.fault(node, f"`{self.places.written(node)}` adds no module of torch.nn", ADVICE)
            value.items += [(name, item) for name, item in added]
        else:
            value += [item for _, item in added]
        if len(value.items if isinstance(value, Group) else value) > MOST_ITEMS:
            raise self.places.fault(node, f"more than {MOST_ITEMS:,} items")

    def skip(self, node: ast.stmt) -> None:
        """A statement with statements in it: what it sets is unread from here on."""
        word = WORDS[type(node)]
        span = self.places.keyword(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.functions = True
            message = f"`{node.name}` is a function, and functions are not run"
            self.names[node.name] = Unread(SpecError([Fault(message, span, repairs=[ADVICE])]))
            return
        for part in ast.walk(node):
            name = ""
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                name = part.id
            elif isinstance(part, ast.Subscript | ast.Attribute) and isinstance(part.ctx, ast.Store):
                name = part.value.id if isinstance(part.value, ast.Name) else ""
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and isinstance(part.func.value, ast.Name):
                changes = part.func.attr in CHANGING or part.func.attr in ("append", "extend", "add_module")
                name = part.func.value.id if changes else ""
            if name:
                fault = Fault(f"`{name}` is set in {word}, which is not read", span, repairs=[ADVICE])
                self.names[name] = Unread(SpecError([fault]))
