"""Expressions. Chains that grow to the left (`a + b + …`, `a.b().c…`) are followed by a loop, so their length does not nest."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from archcalc.interpreter.compiler.compiler import Compiler
from archcalc.interpreter.instructions import calling, control, making, names, operations
from archcalc.interpreter.scopes import Comprehension, Function
from archcalc.interpreter.values import Unknown

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
}  # fmt: skip
UNARY: dict[type[ast.unaryop], str] = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}
COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip


def expression(c: Compiler, node: ast.expr) -> None:
    """Leave the value of an expression on the stack."""
    handler = TABLE.get(type(node))
    if handler is None:
        raise c.fault(node, f"{_WORDS.get(type(node), type(node).__name__)} cannot stand here", "a plain expression")
    c.enter(node)
    handler(c, node)
    c.depth -= 1


_WORDS: dict[type[ast.expr], str] = {ast.Starred: "a starred expression", ast.Await: "await"}


def constant(c: Compiler, node: ast.Constant) -> None:
    value: object = node.value
    if type(value) is int and value.bit_length() > 3300:
        raise c.fault(node, "a number of more than 1,000 digits", "a smaller number")
    if isinstance(value, bytes | complex):
        kind = "bytes" if isinstance(value, bytes) else "a complex number"
        value = Unknown(kind, c.code.place_of(node), f"{kind} are not read" if kind == "bytes" else f"{kind} is not read", True)
    c.emit(names.constant, value, node)


def name(c: Compiler, node: ast.Name) -> None:
    c.load(node.id, node)


def postfix(c: Compiler, node: ast.expr) -> None:
    """Attributes, calls and indices one after another."""
    chain: list[ast.expr] = []
    base = node
    while True:
        if isinstance(base, ast.Attribute | ast.Subscript):
            chain.append(base)
            base = base.value
        elif isinstance(base, ast.Call):
            chain.append(base)
            base = base.func
        else:
            break
    chain.reverse()
    first = chain[0]
    if isinstance(base, ast.Name) and base.id == "super" and isinstance(first, ast.Call) and not (first.args or first.keywords):
        if c.scope.kind in ("function", "comprehension") and "super" not in c.scope.bound:
            _super(c, first)
            chain = chain[1:]
        else:
            expression(c, base)
    else:
        expression(c, base)
    for part in chain:
        if isinstance(part, ast.Attribute):
            c.emit(operations.attribute, c.scope.mangle(part.attr), part)
        elif isinstance(part, ast.Subscript):
            expression(c, part.slice)
            c.emit(operations.index, None, part)
        else:
            assert isinstance(part, ast.Call)
            call(c, part)


def _super(c: Compiler, node: ast.Call) -> None:
    """`super()` without arguments: the class around, and the first argument of this function."""
    function = c.scope.node
    if "__class__" in c.scope.free:
        c.emit(names.load_cell, "__class__", node)
    else:
        c.emit(names.constant, None, node)
    first = None
    if isinstance(function, ast.FunctionDef | ast.Lambda):
        arguments = function.args
        listed = [*arguments.posonlyargs, *arguments.args]
        first = listed[0].arg if listed else None
        if first is None and arguments.vararg:
            c.load(arguments.vararg.arg, node)
            c.emit(names.constant, 0, node)
            c.emit(operations.index, None, node)
            c.emit(calling.make_super, None, node)
            return
    if first is None:
        c.emit(names.constant, None, node)
    else:
        c.load(first, node)
    c.emit(calling.make_super, None, node)


def call(c: Compiler, node: ast.Call) -> None:
    """A call of the value on the stack."""
    keywords = [k.arg for k in node.keywords]
    if len(set(keywords) - {None}) < len(keywords) - keywords.count(None):
        raise c.fault(node, "keyword argument repeated", "each keyword once")
    if None not in keywords and not any(isinstance(a, ast.Starred) for a in node.args):
        for argument in node.args:
            expression(c, argument)
        for keyword in node.keywords:
            expression(c, keyword.value)
        c.emit(calling.call, (len(node.args), tuple(c.scope.mangle(k or "") for k in keywords)), node)
        return
    _items(c, node.args, node)
    c.emit(making.build_dict, 0, node)
    for keyword in node.keywords:
        if keyword.arg is None:
            expression(c, keyword.value)
            c.emit(calling.merge_keywords, None, keyword)
        else:
            expression(c, keyword.value)
            c.emit(calling.add_keyword, c.scope.mangle(keyword.arg), keyword)
    c.emit(calling.call_spread, None, node)


def _items(c: Compiler, items: Sequence[ast.expr], node: ast.expr) -> None:
    """A list of items, some of them starred."""
    plain = 0
    while plain < len(items) and not isinstance(items[plain], ast.Starred):
        expression(c, items[plain])
        plain += 1
    c.emit(making.build_list, plain, node)
    for item in items[plain:]:
        if isinstance(item, ast.Starred):
            expression(c, item.value)
            c.emit(making.extend_list, 1, item)
        else:
            expression(c, item)
            c.emit(making.append_list, 1, item)


def sequence(c: Compiler, node: ast.Tuple | ast.List | ast.Set) -> None:
    starred = any(isinstance(item, ast.Starred) for item in node.elts)
    if starred:
        _items(c, node.elts, node)
        if not isinstance(node, ast.List):
            c.emit(making.list_to_tuple if isinstance(node, ast.Tuple) else making.list_to_set, None, node)
        return
    if (
        isinstance(node, ast.Tuple)
        and node.elts
        and all(type(e) is ast.Constant and not isinstance(e.value, bytes | complex) for e in node.elts)
    ):
        values = [e.value for e in node.elts if isinstance(e, ast.Constant)]
        if all(type(v) is not int or v.bit_length() <= 3300 for v in values):
            c.emit(names.constant, tuple(values), node)
            return
    for item in node.elts:
        expression(c, item)
    make = {ast.Tuple: making.build_tuple, ast.List: making.build_list, ast.Set: making.build_set}[type(node)]
    c.emit(make, len(node.elts), node)


def dictionary(c: Compiler, node: ast.Dict) -> None:
    plain = 0
    while plain < len(node.keys) and node.keys[plain] is not None:
        key = node.keys[plain]
        assert key is not None
        expression(c, key)
        expression(c, node.values[plain])
        plain += 1
    c.emit(making.build_dict, plain, node)
    for key, value in zip(node.keys[plain:], node.values[plain:], strict=True):
        if key is None:
            expression(c, value)
            c.emit(making.merge_dict, None, value)
        else:
            expression(c, key)
            expression(c, value)
            c.emit(making.add_dict, 1, key)


def binary(c: Compiler, node: ast.BinOp) -> None:
    spine: list[ast.BinOp] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp):
        spine.append(left)
        left = left.left
    expression(c, left)
    for part in reversed(spine):
        expression(c, part.right)
        c.emit(operations.binary, BINARY[type(part.op)], part)


def unary(c: Compiler, node: ast.UnaryOp) -> None:
    number = node.operand.value if isinstance(node.operand, ast.Constant) else None
    if isinstance(node.op, ast.USub) and (type(number) is float or (type(number) is int and number.bit_length() <= 3300)):
        c.emit(names.constant, -number, node)
        return
    expression(c, node.operand)
    if isinstance(node.op, ast.Not):
        c.emit(operations.negate, None, node)
    else:
        c.emit(operations.unary, UNARY[type(node.op)], node)


def boolean(c: Compiler, node: ast.BoolOp) -> None:
    jump = control.jump_if_false_or_pop if isinstance(node.op, ast.And) else control.jump_if_true_or_pop
    jumps = []
    for value in node.values[:-1]:
        expression(c, value)
        jumps.append(c.emit(jump, None, value))
    expression(c, node.values[-1])
    c.patch(*jumps)


def compare(c: Compiler, node: ast.Compare) -> None:
    expression(c, node.left)
    jumps = []
    last = len(node.ops) - 1
    for index, (operator, right) in enumerate(zip(node.ops, node.comparators, strict=True)):
        expression(c, right)
        if index < last:
            c.emit(names.duplicate, None, node)
            c.emit(names.rotate_three, None, node)
        c.emit(operations.compare, COMPARE[type(operator)], node)
        if index < last:
            jumps.append(c.emit(control.jump_if_false_or_pop, None, node))
    if jumps:
        end = c.emit(control.jump, None, node)
        c.patch(*jumps)
        c.emit(names.rotate_two, None, node)
        c.emit(names.pop, None, node)
        c.patch(end)


def conditional(c: Compiler, node: ast.IfExp) -> None:
    expression(c, node.test)
    otherwise = c.emit(control.jump_if_false, None, node.test)
    expression(c, node.body)
    end = c.emit(control.jump, None, node)
    c.patch(otherwise)
    expression(c, node.orelse)
    c.patch(end)


def walrus(c: Compiler, node: ast.NamedExpr) -> None:
    expression(c, node.value)
    c.emit(names.duplicate, None, node)
    c.store(node.target.id, node.target)


def slicing(c: Compiler, node: ast.Slice) -> None:
    for part in (node.lower, node.upper, node.step):
        if part is None:
            c.emit(names.constant, None, node)
        else:
            expression(c, part)
    c.emit(making.build_slice, None, node)


def joined(c: Compiler, node: ast.JoinedStr) -> None:
    for part in node.values:
        expression(c, part)
    c.emit(making.build_string, len(node.values), node)


def formatted(c: Compiler, node: ast.FormattedValue) -> None:
    expression(c, node.value)
    if node.format_spec is None:
        c.emit(names.constant, "", node)
    else:
        expression(c, node.format_spec)
    c.emit(making.format_value, node.conversion, node)


def lambda_(c: Compiler, node: ast.Lambda) -> None:
    function_value(c, node, node.args)


def function_value(c: Compiler, node: Function, arguments: ast.arguments) -> None:
    """Make a function: its defaults are worked out here, once."""
    for default in arguments.defaults:
        expression(c, default)
    keywords = []
    for argument, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if value is not None:
            expression(c, value)
            keywords.append(c.scope.mangle(argument.arg))
    code = c.function_code(node, c.signature(arguments, node))
    if not isinstance(node, ast.Lambda):
        code.doc = ast.get_docstring(node, clean=False)
    c.emit(making.make_function, (code, len(arguments.defaults), tuple(keywords)), node)


def comprehension(c: Compiler, node: Comprehension) -> None:
    """A function of one argument, the first iterator, called at once."""
    code = c.function_code(node)
    if any(part.is_async for part in node.generators):
        raise c.fault(node, "async and yield do not stand in a comprehension", "a loop")
    c.emit(making.make_function, (code, 0, ()), node)
    first = node.generators[0].iter
    expression(c, first)
    c.emit(control.iterate, None, first)
    c.emit(calling.call_comprehension, None, node)


def yield_(c: Compiler, node: ast.Yield) -> None:
    if c.scope.kind != "function":
        raise c.fault(node, "'yield' outside function", "a function around it")
    if node.value is None:
        c.emit(names.constant, None, node)
    else:
        expression(c, node.value)
    c.emit(control.give, None, node)


def yield_from(c: Compiler, node: ast.YieldFrom) -> None:
    if c.scope.kind != "function":
        raise c.fault(node, "'yield' outside function", "a function around it")
    expression(c, node.value)
    c.emit(control.iterate, None, node)
    c.emit(names.constant, None, node)
    start = c.here()
    end = c.emit(control.delegate, None, node)
    c.emit(control.give, None, node)
    c.emit(control.jump, start, node)
    c.patch(end)


TABLE: dict[type[ast.expr], Callable[[Compiler, Any], None]] = {
    ast.Constant: constant,
    ast.Name: name,
    ast.Attribute: postfix,
    ast.Call: postfix,
    ast.Subscript: postfix,
    ast.Tuple: sequence,
    ast.List: sequence,
    ast.Set: sequence,
    ast.Dict: dictionary,
    ast.BinOp: binary,
    ast.UnaryOp: unary,
    ast.BoolOp: boolean,
    ast.Compare: compare,
    ast.IfExp: conditional,
    ast.NamedExpr: walrus,
    ast.Slice: slicing,
    ast.JoinedStr: joined,
    ast.FormattedValue: formatted,
    ast.Lambda: lambda_,
    ast.ListComp: comprehension,
    ast.SetComp: comprehension,
    ast.DictComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.Yield: yield_,
    ast.YieldFrom: yield_from,
}
