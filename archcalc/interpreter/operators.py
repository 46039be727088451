"""Operators: on plain values, each bounded before it is worked out; on objects, by their methods as Python does."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter import containers
from archcalc.interpreter.symbols import COMPARISONS, HOST_ERRORS, MOST_BITS, NUMBERS, SYMBOLS, UNARY, not_ordered, unsupported
from archcalc.interpreter.values import (
    NOT_IMPLEMENTED,
    UNSET,
    Class,
    Dict,
    Instance,
    List,
    Raised,
    Result,
    Set,
    Task,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

_BITS = {"<<", "**", "*", "+", "-"}


def binary(machine: Machine, symbol: str, left: Value, right: Value) -> Result:
    """`left symbol right`."""
    a, b = type(left), type(right)
    if a in NUMBERS and b in NUMBERS:
        return _numbers(machine, symbol, cast(int, left), cast(int, right))
    if a is Unknown or b is Unknown:
        return left if a is Unknown else right
    if a is str and b is str and symbol == "+":
        machine.take_characters(len(cast(str, left)) + len(cast(str, right)))
        return cast(str, left) + cast(str, right)
    if a is str and symbol == "%":
        return machine.percent(cast(str, left), right)
    if unknown := machine.unknown_in(left) or machine.unknown_in(right):
        return unknown
    if isinstance(left, Instance | Class) or isinstance(right, Instance | Class):
        return _objects(machine, symbol, left, right)
    return containers.binary(machine, symbol, left, right)


def _numbers(machine: Machine, symbol: str, left: int, right: int) -> Value:
    if symbol in _BITS and type(left) is not float and type(right) is not float:
        if symbol == "**":
            bits = left.bit_length() * right if right > 0 and left.bit_length() > 1 else 0
        elif symbol == "<<":
            bits = left.bit_length() + right
        elif symbol == "*":
            bits = left.bit_length() + right.bit_length()
        else:
            bits = max(left.bit_length(), right.bit_length())
        if bits > MOST_BITS:
            raise machine.budget.refusal("digits", bits * 30103 // 100000 + 1, machine.span)
    try:
        result = SYMBOLS[symbol][2](left, right)
    except HOST_ERRORS as error:
        raise machine.host_error(error) from None
    if type(result) is complex:
        return machine.unknown("a complex number")
    return cast(Value, result)


def _objects(machine: Machine, symbol: str, left: Value, right: Value) -> Result:
    """By the methods of the operands: the left one's, then the reflected one of the right; a subclass on the right first."""
    name, reflected, _ = SYMBOLS[symbol]
    attempts = [(left, name, right), (right, reflected, left)]
    left_class, right_class = machine.class_of(left), machine.class_of(right)
    if (
        right_class is not left_class
        and right_class.is_a(left_class)
        and right_class.find(reflected) is not left_class.find(reflected)
    ):
        attempts.reverse()
    elif left_class is right_class:
        attempts.pop()
    return _attempt(machine, symbol, left, right, attempts)


def _attempt(machine: Machine, symbol: str, left: Value, right: Value, attempts: list[tuple[Value, str, Value]]) -> Result:
    for index, (receiver, name, other) in enumerate(attempts):
        method = machine.special(receiver, name)
        if method is UNSET or method is None:
            continue
        result = machine.call(method, other)
        if machine.is_task(result):
            return _attempt_later(machine, symbol, left, right, result, attempts[index + 1 :])
        if result is not NOT_IMPLEMENTED:
            return result
    if symbol == "|" and (union := machine.union(left, right)) is not UNSET:
        return union
    raise unsupported(machine, symbol, left, right)


def _attempt_later(
    machine: Machine, symbol: str, left: Value, right: Value, result: Result, attempts: list[tuple[Value, str, Value]]
) -> Task:
    value = yield result
    if value is NOT_IMPLEMENTED:
        value = yield _attempt(machine, symbol, left, right, attempts)
    return value


def in_place(machine: Machine, symbol: str, left: Value, right: Value) -> Result:
    """`left symbol= right`: lists, sets and objects change themselves."""
    kind = type(left)
    if kind is List and symbol == "+":
        return containers.extend_in_place(machine, cast(List, left), right)
    if kind is List and symbol == "*":
        return containers.repeat_in_place(machine, cast(List, left), right)
    if kind in (Set, Dict) and type(right) is Unknown:
        machine.make_unread(left, right)
        return right
    if kind is Set and isinstance(right, Set) and symbol in ("|", "&", "-", "^"):
        return containers.set_in_place(machine, symbol, cast(Set, left), right)
    if kind is Dict and symbol == "|" and isinstance(right, Dict):
        return containers.merge_in_place(machine, cast(Dict, left), right)
    if isinstance(left, Instance) and left.unread is None:
        if type(right) is Unknown:
            # What changes in place is not known afterwards.
            machine.make_unread(left, right)
            return right
        method = machine.special(left, f"__i{SYMBOLS[symbol][0][2:]}")
        if method is not UNSET:
            result = machine.call(method, right)
            if machine.is_task(result):
                return _in_place_later(machine, symbol, left, right, result)
            if result is not NOT_IMPLEMENTED:
                return result
    return binary_in_place(machine, symbol, left, right)


def binary_in_place(machine: Machine, symbol: str, left: Value, right: Value) -> Result:
    """The operator for what does not change itself; where it fails, the message names the sign that was typed."""
    try:
        return binary(machine, symbol, left, right)
    except Raised as raised:
        args = raised.value.args
        if args and isinstance(args[0], str) and args[0].startswith(f"unsupported operand type(s) for {symbol}:"):
            raised.value.args = (args[0].replace(f"for {symbol}:", f"for {symbol}=:", 1),)
        raise


def _in_place_later(machine: Machine, symbol: str, left: Value, right: Value, result: Result) -> Task:
    value = yield result
    if value is NOT_IMPLEMENTED:
        value = yield binary(machine, symbol, left, right)
    return value


def unary(machine: Machine, symbol: str, value: Value) -> Result:
    """`-value`, `+value`, `~value`."""
    name, host = UNARY[symbol]
    if type(value) in NUMBERS:
        try:
            return cast(Value, host(value))
        except TypeError as error:
            raise machine.host_error(error) from None
    if unknown := machine.unknown_in(value):
        return unknown
    method = machine.special(value, name)
    if method is not UNSET:
        return machine.call(method)
    raise machine.error("TypeError", f"bad operand type for unary {symbol}: '{machine.class_of(value).name}'")


def compare(machine: Machine, symbol: str, left: Value, right: Value) -> Result:
    """`left symbol right`, with `is`, `in` and their negations."""
    if symbol in ("is", "is not"):
        return _identity(symbol, left, right)
    if symbol in ("in", "not in"):
        result = contains(machine, right, left)
        if symbol == "in":
            return result
        return machine.negated(result)
    a, b = type(left), type(right)
    if (a in NUMBERS and b in NUMBERS) or (a is str and b is str):
        return cast(Value, COMPARISONS[symbol][2](left, right))
    if a is Unknown or b is Unknown:
        return left if a is Unknown else right
    if unknown := machine.unknown_in(left) or machine.unknown_in(right):
        return unknown
    if isinstance(left, Instance) or isinstance(right, Instance) or (isinstance(left, Class) and left.meta):
        return _compare_objects(machine, symbol, left, right)
    return containers.compare(machine, symbol, left, right)


def _identity(symbol: str, left: Value, right: Value) -> Value:
    if type(left) is Unknown or type(right) is Unknown:
        return left if type(left) is Unknown else right
    same = left is right
    if not same and type(left) is type(right) and type(left) in (int, str, float, tuple):
        # Whether equal constants are one object is Python's affair; equal small numbers and short names are.
        same = type(left) in (int, str) and left == right and (not isinstance(left, int) or -5 <= left <= 256)
        same = same or left == () == right
    return same if symbol == "is" else not same


def _compare_objects(machine: Machine, symbol: str, left: Value, right: Value) -> Result:
    name, reflected, _ = COMPARISONS[symbol]
    attempts = [(left, name, right), (right, reflected, left)]
    left_class, right_class = machine.class_of(left), machine.class_of(right)
    if right_class is not left_class and right_class.is_a(left_class) and right_class.find(reflected) is not UNSET:
        attempts.reverse()
    return _compare_attempt(machine, symbol, left, right, attempts)


def _compare_attempt(
    machine: Machine, symbol: str, left: Value, right: Value, attempts: list[tuple[Value, str, Value]]
) -> Result:
    for index, (receiver, name, other) in enumerate(attempts):
        method = machine.special(receiver, name)
        inverse = False
        if method is UNSET and name == "__ne__":
            method, inverse = machine.special(receiver, "__eq__"), True
        if method is UNSET or method is None:
            continue
        result = machine.call(method, other)
        if machine.is_task(result) or inverse:
            return _compare_later(machine, symbol, left, right, result, attempts[index + 1 :], inverse)
        if result is not NOT_IMPLEMENTED:
            return result
    if symbol in ("==", "!="):
        return (left is right) is (symbol == "==")
    raise not_ordered(machine, symbol, left, right)


def _compare_later(
    machine: Machine,
    symbol: str,
    left: Value,
    right: Value,
    result: Result,
    attempts: list[tuple[Value, str, Value]],
    inverse: bool,
) -> Task:
    value = yield result
    if value is NOT_IMPLEMENTED:
        return (yield _compare_attempt(machine, symbol, left, right, attempts))
    if inverse:
        value = yield machine.negated(value)
    return value


def contains(machine: Machine, container: Value, item: Value) -> Result:
    """`item in container`."""
    if unknown := machine.unknown_in(container):
        return unknown
    if isinstance(container, Instance | Class):
        method = machine.special(container, "__contains__")
        if method is not UNSET and method is not None:
            return machine.as_truth(machine.call(method, item))
    return containers.contains(machine, container, item)
