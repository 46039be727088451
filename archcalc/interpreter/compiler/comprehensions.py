"""The bodies of comprehensions, each a function of the iterator of its first `for`."""

from __future__ import annotations

import ast

from archcalc.interpreter.compiler.compiler import Compiler
from archcalc.interpreter.compiler.expressions import expression
from archcalc.interpreter.compiler.targets import assign
from archcalc.interpreter.instructions import control, making, names
from archcalc.interpreter.scopes import Comprehension


def comprehension_body(c: Compiler, node: Comprehension) -> None:
    """The body of the function that `comprehension` makes."""

    def part(index: int) -> None:
        c.enter(node)
        generator = node.generators[index]
        if index:
            expression(c, generator.iter)
            c.emit(control.iterate, None, generator.iter)
        else:
            c.emit(names.load_local, ".0", generator.iter)
        start = c.here()
        loop = c.emit(control.advance, None, generator.iter)
        assign(c, generator.target)
        for condition in generator.ifs:
            expression(c, condition)
            c.emit(control.jump_if_false, start, condition)
        if index + 1 < len(node.generators):
            part(index + 1)
        else:
            innermost(index + 2)
        c.emit(control.jump, start, node)
        c.patch(loop)
        c.depth -= 1

    def innermost(depth: int) -> None:
        if isinstance(node, ast.DictComp):
            expression(c, node.key)
            expression(c, node.value)
            c.emit(making.add_dict, depth, node.key)
            return
        expression(c, node.elt)
        if isinstance(node, ast.GeneratorExp):
            c.emit(control.give, None, node.elt)
            c.emit(names.pop, None, node.elt)
        else:
            c.emit(making.append_list if isinstance(node, ast.ListComp) else making.add_set, depth, node.elt)

    if isinstance(node, ast.GeneratorExp):
        part(0)
        c.emit(names.constant, None, node)
    else:
        make = {ast.ListComp: making.build_list, ast.SetComp: making.build_set, ast.DictComp: making.build_dict}[type(node)]
        c.emit(make, 0, node)
        part(0)
    c.emit(control.finish, None, node)
