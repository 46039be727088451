"""From Python's syntax tree to instructions of our own. Nothing is worked out here, and nothing nests deeper than is checked."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from archcalc.interpreter.code import Code
from archcalc.interpreter.compiler.compiler import Compiler
from archcalc.interpreter.compiler.expressions import expression
from archcalc.interpreter.compiler.statements import body
from archcalc.interpreter.instructions import control, names
from archcalc.interpreter.places import Places
from archcalc.interpreter.scopes import Scope, scope_of


def module_code(tree: ast.Module, places: Places, name: str) -> Iterator[tuple[ast.stmt, Code]]:
    """One code for each statement of a module, so that one that cannot be read leaves the others."""
    scope = Scope("module", tree, name)
    for statement in tree.body:
        code = Code("<module>", places, tree, None, scope, complete)
        compiler = Compiler(code)
        body(compiler, [statement])
        compiler.emit(names.constant, None, statement)
        compiler.emit(control.finish, None, statement)
        yield statement, code


def expression_code(tree: ast.Expression, places: Places, name: str) -> Code:
    """The code that works out one expression in the names of a module."""
    code = Code("<expression>", places, tree, None, Scope("module", tree, name), complete)
    compiler = Compiler(code)
    expression(compiler, tree.body)
    compiler.emit(control.finish, None, tree.body)
    return code


def complete(code: Code) -> None:
    """Compile the body of a function or class, the first time it is wanted."""
    node = code.node
    if code.scope is None:
        assert code.outer is not None
        code.scope = scope_of(node, code.places, code.outer)
    code.cells = tuple(code.scope.cells)
    code.generator = code.scope.generator or isinstance(node, ast.GeneratorExp)
    compiler = Compiler(code)
    if isinstance(node, ast.Lambda):
        expression(compiler, node.body)
        compiler.emit(control.finish, None, node.body)
        return
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        body(compiler, node.body)
        compiler.emit(names.constant, None, node.body[-1])
        compiler.emit(control.finish, None, node.body[-1])
        return
    from archcalc.interpreter.compiler.comprehensions import comprehension_body

    assert isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp)
    comprehension_body(compiler, node)
