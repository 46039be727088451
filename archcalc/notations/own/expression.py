"""Expressions in a spec: parsed by Python's `ast`, walked by us, never evaluated as code.

Arithmetic, comparison, `and or not`, `a if b else c`, and the functions below, over numbers and the names in scope.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from archcalc.formulas.arithmetic import whole
from archcalc.text.faults import ValueFault, Why, suggestions

Number = int | float
Term = int | float | str

LONGEST = 300
LARGEST = 10**15


def _floor(x: Number) -> int:
    exact = whole(x)
    return math.floor(x) if exact is None else exact


def _ceil(x: Number) -> int:
    exact = whole(x)
    return math.ceil(x) if exact is None else exact


def round_to(x: Number, divisor: int) -> int:
    """x to the nearest multiple of divisor, at least divisor, never more than 10 % down.

    The channel rounding of the MobileNet papers' code (`_make_divisible`).
    """
    rounded = max(divisor, int(x + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * x else rounded


_FORMS = {
    "round_to": "round_to(32*width, 8)",
    "floor": "floor(c/2)",
    "ceil": "ceil(c/2)",
    "round": "round(32*width)",
    "int": "int(32*width)",
    "abs": "abs(a - b)",
    "min": "min(a, b)",
    "max": "max(a, b)",
}
FUNCTIONS: dict[str, Callable[..., Number]] = {
    "round_to": round_to,
    "floor": _floor,
    "ceil": _ceil,
    "round": round,
    "int": lambda x: int(_floor(x) if x >= 0 else _ceil(x)),
    "abs": abs,
    "min": min,
    "max": max,
}

# Functions that ask for the value of a number, beyond comparing it.
_INSIDE = frozenset(("round_to", "floor", "ceil", "round", "int"))
_BINARY: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {  # text against number is refused before the call
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class Unknown(ValueFault):
    """An expression that needs a `?` nobody has given a value."""


class UnknownShape(ValueFault):
    """An expression that needs `cin` where the shape is not known, since something before it is wrong."""


def literal(text: str) -> Term | None:
    """The value of plain digits, a decimal or true/false; None for anything that needs evaluating."""
    if text.isascii():
        if text.isdecimal() and len(text) <= 16:
            return int(text)
        if text in ("true", "True", "yes"):
            return True
        if text in ("false", "False", "no"):
            return False
    return None


def evaluate(text: str, scope: Mapping[str, Term | None]) -> Term:
    """The value of an expression. Raises ValueFault saying what is wrong with it, and with which of its characters."""
    known = literal(text)
    if known is not None:
        return known
    if text in scope:
        return _lookup(text, scope)
    if text[:1] == "?":
        raise Unknown(f"{text} stands for an unknown", "a number in its place", "`archcalc solve`, which finds it")
    try:
        return _walk(_parse(text), scope)
    except ValueFault as fault:
        _, start, end = fault.part or ("", 0, len(text))
        written = text.strip().replace("×", "*").encode()  # ast counts bytes
        lead = len(text) - len(text.lstrip()) if fault.part else 0
        fault.part = (
            text,
            lead + len(written[:start].decode(errors="ignore")),
            lead + len(written[:end].decode(errors="ignore")),
        )
        raise


@lru_cache(maxsize=4096)
def _parse(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise ValueFault(
            f"an expression of {len(text)} characters; the longest allowed is {LONGEST}", "the number it works out to"
        )
    try:
        return ast.parse(text.strip().replace("×", "*"), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ValueFault(f"'{text}' is not a number or an expression", "a number, or arithmetic such as 4*width") from None


def _lookup(name: str, scope: Mapping[str, Term | None]) -> Term:
    value = scope[name]
    if value is None:
        raise UnknownShape(f"{name} is not known here", Why("a layer above does not fit, and its fault is to be mended first"))
    return value


def _walk(node: ast.expr, scope: Mapping[str, Term | None]) -> Term:
    """The value of a part; what is wrong with it lies in the innermost part that has no value."""
    try:
        return _value(node, scope)
    except ValueFault as fault:
        fault.part = fault.part or ("", node.col_offset, node.end_col_offset or 0)
        raise


def _value(node: ast.expr, scope: Mapping[str, Term | None]) -> Term:
    match node:
        case ast.Constant(value=bool() as value):
            return value
        case ast.Constant(value=int() | float() | str() as value):
            return _bounded(value)
        case ast.Name(id=name):
            if name in scope:
                return _lookup(name, scope)
            if name.lower() in ("nan", "inf", "infinity"):
                raise ValueFault(f"{name} is not a number to build a net from", "a whole number")
            near = suggestions(name, [*scope, *FUNCTIONS])
            raise ValueFault(f"unknown name '{name}'", *(near or ["a number", f"{name} under `vars`"]))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _binary(op, _number(left, scope), _number(right, scope))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, scope)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _number(operand, scope)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return int(not _walk(operand, scope))
        case ast.BoolOp(op=op, values=values):
            if isinstance(op, ast.And):
                return int(all(_walk(v, scope) for v in values))
            return int(any(_walk(v, scope) for v in values))
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            return int(_compare(left, ops, comparators, scope))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _walk(body if _walk(test, scope) else orelse, scope)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _call(name, [_number(a, scope) for a in args])
    raise ValueFault(
        f"'{ast.unparse(node)[:60]}' is not allowed in an expression; arithmetic, comparison and {', '.join(FUNCTIONS)} are",
        "a number, or arithmetic such as 4*width",
    )


def _number(node: ast.expr, scope: Mapping[str, Term | None]) -> Number:
    value = _walk(node, scope)
    if isinstance(value, str):
        raise ValueFault(f"'{value}' is a word, not a number", "a number in its place")
    if not isinstance(value, int | float):  # an argument of a block may be a size of several numbers
        raise ValueFault(f"{'x'.join(map(str, value))} is several numbers where one is meant", "one number in its place")
    return value


def _bounded(value: Term) -> Term:
    if not isinstance(value, str) and not abs(value) <= LARGEST:
        raise _too_large()
    return value


def _too_large() -> ValueFault:
    return ValueFault("a number beyond 10¹⁵, the largest allowed", "a smaller number: no size is larger than 1,000,000,000")


def _binary(op: ast.operator, a: Number, b: Number) -> Number:
    """a op b; both are bounded, so that only a power can be large, and that is known beforehand."""
    if isinstance(op, ast.Pow):
        if abs(b) > 64:
            raise ValueFault("an exponent beyond 64, the largest allowed", "a smaller exponent")
        if a and b * math.log10(abs(a)) > 15.1:
            raise _too_large()
    try:
        value = _BINARY[type(op)](a, b)
    except ZeroDivisionError:
        raise ValueFault("a division by zero", "a divisor that is not 0") from None
    except OverflowError:
        raise _too_large() from None
    if isinstance(value, complex):
        raise ValueFault("the root of a negative number", "a base from 0")
    _bounded(value)
    return value


def _compare(left: ast.expr, ops: list[ast.cmpop], comparators: list[ast.expr], scope: Mapping[str, Term | None]) -> bool:
    a = _walk(left, scope)
    for op, node in zip(ops, comparators, strict=True):
        b = _walk(node, scope)
        if type(op) not in _COMPARE:
            raise ValueFault("only == != < <= > >= compare", "== or one of the others")
        if isinstance(a, str) != isinstance(b, str) and not isinstance(op, ast.Eq | ast.NotEq):
            raise ValueFault(f"'{a}' and '{b}' cannot be ordered", "== or !=, or two numbers")
        if not _COMPARE[type(op)](a, b):
            return False
        a = b
    return True


def _call(name: str, args: list[Number]) -> Number:
    if name not in FUNCTIONS:
        raise ValueFault(f"unknown function '{name}'", *(suggestions(name, FUNCTIONS) or list(FUNCTIONS)))
    if name == "round_to" and (len(args) != 2 or whole(args[1]) is None or args[1] < 1):
        raise ValueFault(
            "round_to takes a number and a divisor of at least 1, as in round_to(32*width, 8)", "round_to(32*width, 8)"
        )
    if name == "round" and len(args) == 2 and (whole(args[1]) is None or abs(args[1]) > 15):
        raise ValueFault("round takes a number and its digits, at most 15, as in round(2.55, 1)", "round(2.55, 1)")
    try:
        value = _apply(name, args)
    except TypeError:
        raise ValueFault(f"{name} does not take {len(args)} numbers", _FORMS[name]) from None
    except (OverflowError, ValueError):
        raise _too_large() from None
    _bounded(value)
    return value


def _apply(name: str, args: list[Number]) -> Number:
    """A function of numbers. Of traced ones its call is written down whole: inside, it goes by their values."""
    if name in _INSIDE and not all(type(a) in (int, float, bool) for a in args):
        from archcalc.formulas.tracing import trace_of

        if (trace := trace_of(args)) is not None:
            written: Number = trace.call(FUNCTIONS[name], args)
            return written
    return FUNCTIONS[name](*args)
