"""Whether code that is not read only uses an object: calls it, or methods that change nothing of what it is made of.

A loop that trains depends on data that nobody knows, and is not read; but `model(x)`, `model.train()` and `evaluate(model, x)`,
where the file shows what evaluate does, leave the model what it was. Any other mention may change it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from archcalc.interpreter.code import Function
from archcalc.interpreter.values import UNSET, Instance, Module, Unknown, Value

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

# Functions of Python that look at what they are given.
LOOKING = frozenset("print len isinstance repr str id bool callable hasattr".split())


def only_used(machine: Machine, module: Module, tree: ast.AST, name: str, value: Instance) -> bool:
    """Whether a piece of a module's code does no more with the object that a name stands for than use it."""
    return _Uses(machine, value).of(module, tree, name)


class _Uses:
    def __init__(self, machine: Machine, value: Instance) -> None:
        self.machine = machine
        self.value = value
        self.seen: set[tuple[int, str]] = set()

    def of(self, module: Module, tree: ast.AST, name: str) -> bool:
        mentions: dict[int, ast.Name] = {}
        fine: set[int] = set()
        for node in ast.walk(tree):
            self.machine.work(1)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):  # a new meaning changes nothing
                mentions[id(node)] = node
            elif isinstance(node, ast.Call):
                base, attributes = _chain(node.func)
                if base is not None and base.id == name and self._called(module, attributes):
                    fine.add(id(base))
                for place, argument in [*enumerate(node.args), *((word.arg, word.value) for word in node.keywords)]:
                    if isinstance(argument, ast.Name) and argument.id == name and self._taken(module, node.func, place):
                        fine.add(id(argument))
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and self._looks(node, name):
                fine.add(id(node.value))
        return fine >= mentions.keys()

    def _looks(self, node: ast.Attribute, name: str) -> bool:
        """Whether an attribute of the object is only looked at, by which it cannot be changed."""
        known = isinstance(node.value, ast.Name) and node.value.id == name and node.attr in self.value.looked_at
        return known and isinstance(node.ctx, ast.Load) and not self._own(node.attr)

    def _called(self, module: Module, attributes: list[str]) -> bool:
        """Whether a call of the object, or of what is reached from it by attributes, changes nothing."""
        if not attributes:
            return self.value.runs
        if len(attributes) == 1 and isinstance(method := self._method(attributes[0]), Function):
            return self._inside(method, 0)
        return attributes[-1] in self.value.idle and not self._own(attributes[-1])

    def _own(self, name: str) -> bool:
        """Whether the class of something inside the object has a method of this name that the program wrote."""
        todo: list[Value] = [self.value]
        seen: set[int] = set()
        while todo:
            value = todo.pop()
            if isinstance(value, Instance) and id(value) not in seen:
                self.machine.work(1)
                seen.add(id(value))
                todo += [*value.parts(), *value.attributes.values()]
                if any(isinstance(cls.names.get(name), Function) for cls in value.cls.mro):
                    return True
        return False

    def _method(self, name: str) -> Value:
        return next((found for cls in self.value.cls.mro if (found := cls.names.get(name, UNSET)) is not UNSET), UNSET)

    def _taken(self, module: Module, function: ast.expr, place: int | str | None) -> bool:
        """Whether a function that is given the object, in this place, only uses it."""
        base, attributes = _chain(function)
        if base is None:
            return False
        if not attributes and base.id in LOOKING and base.id not in module.names:
            return True
        value: Value = module.names.get(base.id, UNSET)
        for attribute in attributes:
            if not isinstance(value, Module):
                break
            value = value.names.get(attribute, UNSET)
        if isinstance(value, Unknown):
            return value.harmless
        return isinstance(value, Function) and place is not None and self._inside(value, place)

    def _inside(self, function: Function, place: int | str) -> bool:
        """Whether a function only uses its argument of this place or name."""
        node = function.code.node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            return False
        given = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
        known = [*given, *(argument.arg for argument in node.args.kwonlyargs)]
        name = given[place] if isinstance(place, int) and place < len(given) else place
        if not isinstance(name, str) or name not in known:
            return False
        if (id(node), name) in self.seen:
            return True
        self.seen.add((id(node), name))
        body = node.body if isinstance(node.body, list) else [node.body]
        return all(self.of(function.module, part, name) for part in body)


def _chain(node: ast.expr) -> tuple[ast.Name | None, list[str]]:
    """`model.features.train` as the name in front and the attributes behind it."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    return (node if isinstance(node, ast.Name) else None), attributes[::-1]
