"""A program that is to be written is read back first, and let out only where it is the one that was meant.

`hold` compares a parsed program with what may stand in it: every import, name, call, attribute and text is one that its writer
intended, and it has no statement beside definitions, assignments, calls and returns. `modules` follows the definitions, as Python
would, to the layers that they make, with their arguments; from these the parameters of the written program are known without
torch, and without running it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Unmeant(Exception):
    """Something in a program that its writer did not intend."""


class Allowed(NamedTuple):
    """What may stand in a program: imports (`torch.nn`), names, functions that are called (`nn.Conv2d`), attributes, texts."""

    imports: frozenset[str]
    names: frozenset[str]
    calls: frozenset[str]
    attributes: frozenset[str]
    texts: frozenset[str]


class Made(NamedTuple):
    """A layer that a program makes: what is called, with which values."""

    called: str
    bare: tuple[Any, ...]
    named: Mapping[str, Any]


PLAIN = (
    *(ast.Module, ast.ClassDef, ast.FunctionDef, ast.arguments, ast.arg, ast.Assign, ast.Return, ast.Expr, ast.Call, ast.keyword),
    *(ast.Attribute, ast.Subscript, ast.Name, ast.Constant, ast.Tuple, ast.List, ast.BinOp, ast.UnaryOp, ast.Load, ast.Store),
    *(ast.Add, ast.Mult, ast.USub, ast.alias),
)


def dotted(node: ast.expr) -> str:
    """`nn.Conv2d` or `self.block.conv`; a part that is no plain name stands as `_modules['…']` and is given as its text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    match node:
        case ast.Subscript(value=ast.Attribute(value=holder, attr="_modules"), slice=ast.Constant(value=str(part))):
            return f"{dotted(holder)}.{part}"
        case ast.Call(func=ast.Name(id="super"), args=[], keywords=[]):
            return "super()"
    raise Unmeant(f"a call of `{ast.unparse(node)[:60]}`")


def hold(tree: ast.AST, allowed: Allowed) -> None:
    """Raises Unmeant where something stands in a program that may not."""
    texts = allowed.texts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            _among(allowed.imports, "import", *(f"{module}{name.name}" for name in node.names))
        elif not isinstance(node, PLAIN):
            raise Unmeant(f"a {type(node).__name__}")
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            if node.decorator_list or (
                isinstance(node, ast.FunctionDef) and (node.args.defaults or node.args.vararg or node.args.kwarg)
            ):
                raise Unmeant(f"a decorator or default of {node.name}")
            _among(allowed.names, "name", node.name)
            rest = node.body
            if isinstance(rest[0], ast.Expr) and isinstance(rest[0].value, ast.Constant):
                rest[0].value.value = None  # a text of its own, which does nothing
                rest = rest[1:]
            if isinstance(node, ast.ClassDef) and not all(isinstance(part, ast.FunctionDef) for part in rest):
                raise Unmeant(f"a statement in the class {node.name}")
        elif isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call | ast.Constant):
            raise Unmeant(f"the statement `{ast.unparse(node)[:60]}`")
        elif isinstance(node, ast.Call):
            called = dotted(node.func)
            if not called.startswith("self."):
                _among(allowed.calls, "call", called)
            if any(k.arg is None for k in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
                raise Unmeant(f"unpacked arguments of {called}")
        elif isinstance(node, ast.Name):
            _among(allowed.names, "name", node.id)
        elif isinstance(node, ast.arg):
            _among(allowed.names, "name", node.arg)
        elif isinstance(node, ast.Attribute):
            _among(allowed.attributes, "attribute", node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            _among(texts, "text", node.value)


def _among(known: frozenset[str], what: str, *found: object) -> None:
    for name in found:
        if name not in known:
            raise Unmeant(f"the {what} {str(name)[:60]!r}")


def hold_body(made: ast.ClassDef, name: str, lines: Sequence[str]) -> None:
    """That a method says these lines and nothing else, each of which is one statement by itself. Raises Unmeant, SyntaxError."""
    said = [part for part in made.body if isinstance(part, ast.FunctionDef) and part.name == name]
    alone = [ast.parse(line).body for line in lines]
    if len(said) != bool(lines) or any(len(body) != 1 for body in alone):
        raise Unmeant(f"the {name} of {made.name}")
    if said and [ast.dump(part) for part in said[0].body] != [ast.dump(body[0]) for body in alone]:
        raise Unmeant(f"the {name} of {made.name}")


def modules(classes: Mapping[str, ast.ClassDef], root: str) -> tuple[dict[str, Made], dict[str, str]]:
    """Every layer that making `root` makes, by its path, and which tensors of theirs are those of others.

    Raises Unmeant for a statement that makes none, and for a path twice.
    """
    found: dict[str, Made] = {}
    ties: dict[str, str] = {}
    _expand(classes, root, {}, "", found, ties)
    return found, ties


def _expand(
    classes: Mapping[str, ast.ClassDef],
    name: str,
    values: Mapping[str, Any],
    prefix: str,
    found: dict[str, Made],
    ties: dict[str, str] | None = None,
) -> None:
    made = next((part for part in classes[name].body if isinstance(part, ast.FunctionDef) and part.name == "__init__"), None)
    if made is None:
        raise Unmeant(f"no __init__ of {name}")
    if {a.arg for a in made.args.args[1:]} != set(values):
        raise Unmeant(f"the arguments of {name}")
    for statement in made.body:
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(), attr="__init__"), args=args, keywords=[])):
                for arg in args:
                    _ordered(classes, arg, values, prefix, found)
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript() as target], value=ast.Call() as value):
                owner, _, path = dotted(target).partition(".")
                if owner != "self":
                    raise Unmeant(f"an assignment to {owner}")
                _place(classes, value, values, f"{prefix}{path}", found)
            case ast.Assign(targets=[ast.Attribute(attr=tensor) as target], value=ast.Attribute(attr=other) as value) if (
                ties is not None and tensor == other == "weight"
            ):
                (owner, _, path), (source, _, held) = (dotted(part).partition(".") for part in (target, value))
                if owner != "self" or source != "self" or path in ties:
                    raise Unmeant(f"an assignment to {dotted(target)}")
                ties[path] = held
            case _:
                raise Unmeant(f"the statement `{ast.unparse(statement)[:60]}`")


def _ordered(
    classes: Mapping[str, ast.ClassDef], node: ast.expr, values: Mapping[str, Any], prefix: str, found: dict[str, Made]
) -> None:
    """What `OrderedDict(name=layer, …)` holds."""
    match node:
        case ast.Call(func=ast.Name(id="OrderedDict"), args=[], keywords=held):
            for each in held:
                if not isinstance(each.value, ast.Call):
                    raise Unmeant(f"the value of {each.arg}")
                _place(classes, each.value, values, f"{prefix}{each.arg}", found)
        case _:
            raise Unmeant(f"`{ast.unparse(node)[:60]}`")


def _place(
    classes: Mapping[str, ast.ClassDef], node: ast.Call, values: Mapping[str, Any], path: str, found: dict[str, Made]
) -> None:
    called = dotted(node.func)
    named = {k.arg: k.value for k in node.keywords if k.arg is not None}
    if called == "nn.Sequential":
        for arg in node.args:
            _ordered(classes, arg, values, f"{path}.", found)
    elif called == "nn.Module":
        return
    elif called in classes:
        _expand(classes, called, {name: _value(v, values) for name, v in named.items()}, f"{path}.", found)
    elif path in found:
        raise Unmeant(f"two layers called {path}")
    else:
        bare = tuple(_value(arg, values) for arg in node.args)
        found[path] = Made(called, bare, {name: _value(v, values) for name, v in named.items()})


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return values[node.id]
    return ast.literal_eval(node)
