"""Statements."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from archcalc.interpreter.code import EXCEPT, FINALLY
from archcalc.interpreter.compiler.compiler import Compiler
from archcalc.interpreter.compiler.expressions import BINARY, expression, function_value
from archcalc.interpreter.compiler.targets import assign
from archcalc.interpreter.instructions import control, exceptions, imports, making, names, operations
from archcalc.interpreter.values import Unknown


def body(c: Compiler, statements: Sequence[ast.stmt]) -> None:
    """Statements one after another."""
    for node in statements:
        handler = TABLE.get(type(node))
        if handler is None:
            raise c.fault(node, f"{_WORDS.get(type(node).__name__, type(node).__name__)} is not read", "plain statements")
        c.enter(node)
        handler(c, node)
        c.depth -= 1


_WORDS = {"AsyncFor": "async for", "AsyncWith": "async with", "TryStar": "except*"}


def bare(c: Compiler, node: ast.Expr) -> None:
    if isinstance(node.value, ast.Constant):
        return
    expression(c, node.value)
    if c.scope.kind == "module" and isinstance(node.value, ast.Call):
        # What stands in a file without a name can be asked for by its line; no program can say such a name.
        c.emit(names.store_local, f"line {node.lineno}", node)
    else:
        c.emit(names.pop, None, node)


def assignment(c: Compiler, node: ast.Assign) -> None:
    expression(c, node.value)
    for target in node.targets[:-1]:
        c.emit(names.duplicate, None, node)
        assign(c, target)
    assign(c, node.targets[-1])


def augmented(c: Compiler, node: ast.AugAssign) -> None:
    target, operator = node.target, BINARY[type(node.op)]
    if isinstance(target, ast.Name):
        c.load(target.id, target)
        expression(c, node.value)
        c.emit(operations.in_place, operator, node)
        c.store(target.id, target)
    elif isinstance(target, ast.Attribute):
        expression(c, target.value)
        c.emit(names.duplicate, None, target)
        c.emit(operations.attribute, c.scope.mangle(target.attr), target)
        expression(c, node.value)
        c.emit(operations.in_place, operator, node)
        c.emit(names.rotate_two, None, target)
        c.emit(operations.set_attribute, c.scope.mangle(target.attr), target)
    else:
        expression(c, target.value)
        expression(c, target.slice)
        c.emit(names.duplicate_two, None, target)
        c.emit(operations.index, None, target)
        expression(c, node.value)
        c.emit(operations.in_place, operator, node)
        c.emit(names.rotate_three, None, target)
        c.emit(operations.set_index, None, target)


def annotated(c: Compiler, node: ast.AnnAssign) -> None:
    """The annotation is kept as a word, never worked out."""
    if node.value is not None:
        expression(c, node.value)
        assign(c, node.target)
    if c.scope.kind == "class" and isinstance(node.target, ast.Name):
        c.emit(making.annotate, (c.scope.mangle(node.target.id), _word(node.annotation)), node)


def _word(annotation: ast.expr) -> str:
    """The head of an annotation: `ClassVar` of `typing.ClassVar[int]`."""
    while isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value[:200]
    return annotation.attr if isinstance(annotation, ast.Attribute) else annotation.id if isinstance(annotation, ast.Name) else ""


def delete(c: Compiler, node: ast.Delete | ast.Tuple | ast.List) -> None:
    for target in node.targets if isinstance(node, ast.Delete) else node.elts:
        if isinstance(target, ast.Name):
            c.delete(target.id, target)
        elif isinstance(target, ast.Attribute):
            expression(c, target.value)
            c.emit(operations.delete_attribute, c.scope.mangle(target.attr), target)
        elif isinstance(target, ast.Subscript):
            expression(c, target.value)
            expression(c, target.slice)
            c.emit(operations.delete_index, None, target)
        elif isinstance(target, ast.Tuple | ast.List):
            c.enter(target)
            delete(c, target)
            c.depth -= 1
        else:
            raise c.fault(target, "cannot be deleted", "a name")


def return_(c: Compiler, node: ast.Return) -> None:
    if c.scope.kind != "function":
        raise c.fault(node, "'return' outside function", "a function around it")
    if node.value is None:
        c.emit(names.constant, None, node)
    else:
        expression(c, node.value)
    c.emit(control.leave_function, None, node)


def if_(c: Compiler, node: ast.If) -> None:
    """`elif` after `elif` is one loop here, not one inside the other."""
    ends = []
    while True:
        expression(c, node.test)
        otherwise = c.emit(control.jump_if_false, None, node.test)
        body(c, node.body)
        if not node.orelse:
            c.patch(otherwise)
            break
        ends.append(c.emit(control.jump, None, node))
        c.patch(otherwise)
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            node = node.orelse[0]
            continue
        body(c, node.orelse)
        break
    c.patch(*ends)


def for_(c: Compiler, node: ast.For) -> None:
    expression(c, node.iter)
    c.emit(control.iterate, None, node.iter)
    loop = c.emit(control.begin_loop, None, node)
    start = c.here()
    exhausted = c.emit(control.advance, None, node.iter)
    assign(c, node.target)
    c.loops += 1
    body(c, node.body)
    c.loops -= 1
    c.emit(control.jump, start, node)
    c.patch(exhausted)
    c.emit(control.end_block, None, node)
    body(c, node.orelse)
    c.instructions[loop] = (control.begin_loop, (c.here(), start, 1))


def while_(c: Compiler, node: ast.While) -> None:
    loop = c.emit(control.begin_loop, None, node)
    start = c.here()
    expression(c, node.test)
    exhausted = c.emit(control.jump_if_false, None, node.test)
    c.loops += 1
    body(c, node.body)
    c.loops -= 1
    c.emit(control.jump, start, node)
    c.patch(exhausted)
    c.emit(control.end_block, None, node)
    body(c, node.orelse)
    c.instructions[loop] = (control.begin_loop, (c.here(), start, 0))


def break_(c: Compiler, node: ast.Break) -> None:
    if not c.loops:
        raise c.fault(node, "'break' outside loop", "a loop around it")
    c.emit(control.leave_loop, None, node)


def continue_(c: Compiler, node: ast.Continue) -> None:
    if not c.loops:
        raise c.fault(node, "'continue' not properly in loop", "a loop around it")
    c.emit(control.next_round, None, node)


def pass_(c: Compiler, node: ast.stmt) -> None:
    """Nothing."""


def function(c: Compiler, node: ast.FunctionDef) -> None:
    for decorator in node.decorator_list:
        expression(c, decorator)
    function_value(c, node, node.args)
    for decorator in reversed(node.decorator_list):
        c.emit(making.decorate, None, decorator)
    c.store(node.name, node)


def async_function(c: Compiler, node: ast.AsyncFunctionDef) -> None:
    c.emit(names.constant, Unknown(node.name, c.code.place_of(node), "async functions are not read"), node)
    c.store(node.name, node)


def class_(c: Compiler, node: ast.ClassDef) -> None:
    for decorator in node.decorator_list:
        expression(c, decorator)
    if any(k.arg is None for k in node.keywords) or any(isinstance(b, ast.Starred) for b in node.bases):
        raise c.fault(node, "bases of a class that are unpacked are not read", "the bases by name")
    for base in node.bases:
        expression(c, base)
    for keyword in node.keywords:
        expression(c, keyword.value)
    code = c.class_code(node)
    code.doc = ast.get_docstring(node, clean=False)
    c.emit(making.make_class, (code, len(node.bases), tuple(k.arg for k in node.keywords)), node)
    for decorator in reversed(node.decorator_list):
        c.emit(making.decorate, None, decorator)
    c.store(node.name, node)


def import_(c: Compiler, node: ast.Import) -> None:
    for alias in node.names:
        c.emit(imports.import_module, (alias.name, bool(alias.asname)), alias)
        c.store(alias.asname or alias.name.split(".")[0], node)


def import_from(c: Compiler, node: ast.ImportFrom) -> None:
    if node.module == "__future__":
        return
    for alias in node.names:
        if alias.name == "*":
            if c.scope.kind != "module":
                raise c.fault(node, "import * only allowed at module level", "the names that are used")
            c.emit(imports.import_all, (node.module or "", node.level), node)
        else:
            c.emit(imports.import_name, (node.module or "", node.level, alias.name), alias)
            c.store(alias.asname or alias.name, node)


def global_(c: Compiler, node: ast.Global | ast.Nonlocal) -> None:
    if c.scope.kind in ("module", "class") and isinstance(node, ast.Nonlocal):
        raise c.fault(node, "nonlocal declaration not allowed here", "`global`")
    if isinstance(node, ast.Global):
        c.scope.globals |= {c.scope.mangle(name) for name in node.names}


def raise_(c: Compiler, node: ast.Raise) -> None:
    if node.exc is None:
        c.emit(exceptions.raise_again, None, node)
        return
    expression(c, node.exc)
    if node.cause is not None:
        expression(c, node.cause)
        c.emit(exceptions.raise_from, None, node)
    else:
        c.emit(exceptions.raise_value, None, node)


def assert_(c: Compiler, node: ast.Assert) -> None:
    expression(c, node.test)
    fine = c.emit(control.jump_if_true, None, node.test)
    if node.msg is None:
        c.emit(exceptions.fail_assertion, False, node)
    else:
        expression(c, node.msg)
        c.emit(exceptions.fail_assertion, True, node)
    c.patch(fine)


def try_(c: Compiler, node: ast.Try) -> None:
    if node.finalbody:
        begin = c.emit(control.begin_block, None, node)
    if node.handlers:
        _try_except(c, node)
    else:
        body(c, node.body)
    if node.finalbody:
        c.emit(control.end_block, None, node)
        c.emit(names.constant, None, node)
        c.instructions[begin] = (control.begin_block, (FINALLY, c.here()))
        body(c, node.finalbody)
        c.emit(control.end_finally, None, node)


def _try_except(c: Compiler, node: ast.Try) -> None:
    begin = c.emit(control.begin_block, None, node)
    body(c, node.body)
    c.emit(control.end_block, None, node)
    body(c, node.orelse)
    ends = [c.emit(control.jump, None, node)]
    c.instructions[begin] = (control.begin_block, (EXCEPT, c.here()))
    for index, handler in enumerate(node.handlers):
        otherwise = None
        if handler.type is not None:
            expression(c, handler.type)
            c.emit(exceptions.matches, None, handler.type)
            otherwise = c.emit(control.jump_if_false, None, handler.type)
        elif index + 1 < len(node.handlers):
            raise c.fault(handler, "default 'except:' must be last", "`except Exception:`")
        if handler.name:
            c.store(handler.name, handler)
        else:
            c.emit(names.pop, None, handler)
        body(c, handler.body)
        c.emit(control.end_block, None, handler)
        if handler.name:
            c.emit(names.constant, None, handler)
            c.store(handler.name, handler)
            c.delete(handler.name, handler)
        ends.append(c.emit(control.jump, None, handler))
        if otherwise is not None:
            c.patch(otherwise)
    c.emit(exceptions.raise_on, None, node)
    c.patch(*ends)


def with_(c: Compiler, node: ast.With) -> None:
    begins = []
    for item in node.items:
        c.enter(node)
        expression(c, item.context_expr)
        c.emit(exceptions.enter_context, None, item.context_expr)
        begins.append(c.emit(control.begin_block, None, node))
        if item.optional_vars is None:
            c.emit(names.pop, None, node)
        else:
            assign(c, item.optional_vars)
    body(c, node.body)
    for begin, item in zip(reversed(begins), reversed(node.items), strict=True):
        c.emit(control.end_block, None, node)
        c.emit(names.constant, None, node)
        c.instructions[begin] = (control.begin_block, (FINALLY, c.here(), 1))
        c.emit(exceptions.leave_context, None, item.context_expr)
        c.emit(control.end_finally, None, node)
        c.depth -= 1


def match(c: Compiler, node: ast.Match) -> None:
    from archcalc.interpreter.compiler.matching import hidden, pattern

    expression(c, node.subject)
    subject = hidden(c)
    c.emit(names.store_local, subject, node)
    ends = []
    for case in node.cases:
        fails: list[int] = []
        captured: dict[str, str] = {}
        pattern(c, case.pattern, subject, fails, captured)
        for name, kept in captured.items():
            c.emit(names.load_local, kept, case.pattern)
            c.store(name, case.pattern)
        if case.guard is not None:
            expression(c, case.guard)
            fails.append(c.emit(control.jump_if_false, None, case.guard))
        body(c, case.body)
        ends.append(c.emit(control.jump, None, node))
        c.patch(*fails)
    c.patch(*ends)


def type_alias(c: Compiler, node: Any) -> None:
    c.emit(names.constant, Unknown(node.name.id, c.code.place_of(node), "a type alias has no value here", True), node)
    c.store(node.name.id, node)


TABLE: dict[type[ast.stmt], Callable[[Compiler, Any], None]] = {
    ast.Expr: bare,
    ast.Assign: assignment,
    ast.AugAssign: augmented,
    ast.AnnAssign: annotated,
    ast.Delete: delete,
    ast.Return: return_,
    ast.If: if_,
    ast.For: for_,
    ast.While: while_,
    ast.Break: break_,
    ast.Continue: continue_,
    ast.Pass: pass_,
    ast.FunctionDef: function,
    ast.AsyncFunctionDef: async_function,
    ast.ClassDef: class_,
    ast.Import: import_,
    ast.ImportFrom: import_from,
    ast.Global: global_,
    ast.Nonlocal: global_,
    ast.Raise: raise_,
    ast.Assert: assert_,
    ast.Try: try_,
    ast.With: with_,
    ast.Match: match,
}
if hasattr(ast, "TypeAlias"):
    TABLE[ast.TypeAlias] = type_alias
