"""The signs of Python's operators: their methods, what they do to plain values, and what is said where they do not apply."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archcalc.interpreter.values import List, Value

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

MOST_BITS = 3322  # 1,000 decimal digits
NUMBERS = frozenset({int, float, bool})
SYMBOLS: dict[str, tuple[str, str, Callable[[Any, Any], Any]]] = {
    "+": ("__add__", "__radd__", operator.add),
    "-": ("__sub__", "__rsub__", operator.sub),
    "*": ("__mul__", "__rmul__", operator.mul),
    "/": ("__truediv__", "__rtruediv__", operator.truediv),
    "//": ("__floordiv__", "__rfloordiv__", operator.floordiv),
    "%": ("__mod__", "__rmod__", operator.mod),
    "**": ("__pow__", "__rpow__", operator.pow),
    "@": ("__matmul__", "__rmatmul__", operator.matmul),
    "<<": ("__lshift__", "__rlshift__", operator.lshift),
    ">>": ("__rshift__", "__rrshift__", operator.rshift),
    "&": ("__and__", "__rand__", operator.and_),
    "|": ("__or__", "__ror__", operator.or_),
    "^": ("__xor__", "__rxor__", operator.xor),
}
COMPARISONS: dict[str, tuple[str, str, Callable[[Any, Any], Any]]] = {
    "==": ("__eq__", "__eq__", operator.eq),
    "!=": ("__ne__", "__ne__", operator.ne),
    "<": ("__lt__", "__gt__", operator.lt),
    "<=": ("__le__", "__ge__", operator.le),
    ">": ("__gt__", "__lt__", operator.gt),
    ">=": ("__ge__", "__le__", operator.ge),
}
UNARY: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "-": ("__neg__", operator.neg),
    "+": ("__pos__", operator.pos),
    "~": ("__invert__", operator.invert),
}
# The bare facts that Python's own operators raise on plain values.
HOST_ERRORS = (TypeError, ValueError, ZeroDivisionError, OverflowError)


def unsupported(machine: Machine, symbol: str, left: Value, right: Value) -> Exception:
    """The TypeError of operands that do not go together."""
    words: dict[type, str] = {List: "list", tuple: "tuple", str: "str"}
    word = words.get(type(left))
    if word and symbol == "+":
        return machine.error("TypeError", f'can only concatenate {word} (not "{machine.class_of(right).name}") to {word}')
    if symbol == "*" and (word or type(right) in (List, tuple, str)):
        other = machine.class_of(right if word else left).name
        return machine.error("TypeError", f"can't multiply sequence by non-int of type '{other}'")
    names = f"'{machine.class_of(left).name}' and '{machine.class_of(right).name}'"
    symbol = "** or pow()" if symbol == "**" else symbol
    return machine.error("TypeError", f"unsupported operand type(s) for {symbol}: {names}")


def not_ordered(machine: Machine, symbol: str, left: Value, right: Value) -> Exception:
    names = f"'{machine.class_of(left).name}' and '{machine.class_of(right).name}'"
    return machine.error("TypeError", f"'{symbol}' not supported between instances of {names}")
