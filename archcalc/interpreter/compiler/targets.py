"""What is assigned to: names, attributes, items, and several of them at once."""

from __future__ import annotations

import ast

from archcalc.interpreter.compiler.compiler import Compiler
from archcalc.interpreter.compiler.expressions import expression
from archcalc.interpreter.instructions import control, operations


def assign(c: Compiler, target: ast.expr) -> None:
    """The value on the stack goes where the target says."""
    if isinstance(target, ast.Name):
        c.store(target.id, target)
    elif isinstance(target, ast.Attribute):
        expression(c, target.value)
        c.emit(operations.set_attribute, c.scope.mangle(target.attr), target)
    elif isinstance(target, ast.Subscript):
        expression(c, target.value)
        expression(c, target.slice)
        c.emit(operations.set_index, None, target)
    elif isinstance(target, ast.Tuple | ast.List):
        c.enter(target)
        starred = [i for i, item in enumerate(target.elts) if isinstance(item, ast.Starred)]
        if len(starred) > 1:
            raise c.fault(target, "multiple starred expressions in assignment", "one of them")
        if starred:
            c.emit(control.unpack_starred, (starred[0], len(target.elts) - starred[0] - 1), target)
        else:
            c.emit(control.unpack, len(target.elts), target)
        for item in target.elts:
            assign(c, item.value if isinstance(item, ast.Starred) else item)
        c.depth -= 1
    else:
        raise c.fault(target, "cannot be assigned to", "a name")
