"""A computation on numbers, followed once and written down as straight arithmetic, to be done again with other numbers.

A `Traced` number knows its value and the line that made it. What is computed with it is done at once, and written down; whatever
is decided by it (a comparison, a truth, a number asked for by its value) is written down as a condition, under which alone the
lines hold. So a program that was run once on traced numbers can be run again, for other numbers, as the few lines that its
result depends on, and says by itself where it would have gone another way:

    trace = Trace()
    width = trace.number(32)
    figures = compute(width)                 # any code that only adds, multiplies, compares…
    again = trace.function(figures)
    again(48)                                # the same figures for 48; None where a condition does not hold

A traced number is an int or a float to `isinstance`, and to nothing else: what Python itself takes from a number (an index, a
count of times, a float) goes through a condition that it is this one. What is written down holds numbers, operators and the names
that are made here, and nothing of any text.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

Number = int | float
Again = Callable[..., tuple[Number, ...] | None]


class Untraceable(Exception):
    """Something was asked of a traced number that is not written down."""


class Trace:
    """What is written down. A line makes a number of others, or is a condition on them."""

    def __init__(self) -> None:
        self.inputs: list[str] = []
        self.lines: list[tuple[str, str, tuple[str, ...]]] = []  # what is made ("" of a condition), how, and of which
        self.known: dict[str, Traced] = {}
        self.conditions: set[str] = set()
        self.functions: dict[str, Callable[..., Any]] = {}

    def number(self, value: Number) -> Any:
        """A number that may be another when the lines are run again; it stands for an int or a float, as it is one now."""
        self.inputs.append(f"n{len(self.inputs)}")
        return Traced(self, self.inputs[-1], value)

    def put(self, how: str, of: tuple[str, ...], value: Number) -> Any:
        """A number made of others; made before, it is that one."""
        found = self.known.get(how)
        if found is None:
            found = self.known[how] = Traced(self, f"t{len(self.known)}", value)
            self.lines.append((found.name, how, of))
        return found

    def hold(self, condition: str, of: tuple[str, ...]) -> None:
        """A condition under which what follows holds."""
        if condition not in self.conditions:
            self.conditions.add(condition)
            self.lines.append(("", condition, of))

    def call(self, function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        """What a function of numbers gives, the call written down; where it gives None, that is a condition."""
        value = function(*(a.value if type(a) is Traced else a for a in arguments))
        name = f"f_{function.__name__.strip('_<>')}_{id(function):x}"
        self.functions[name] = function
        of = tuple(a.name for a in arguments if type(a) is Traced)
        how = f"{name}({', '.join(_atom(a) for a in arguments)})"
        if value is None:
            self.hold(f"{how} is None", of)
            return None
        if type(value) not in (int, float):
            raise Untraceable
        made = self.put(how, of, value)
        self.hold(f"type({made.name}) is {type(value).__name__}", (made.name,))
        return made

    def function(self, results: Sequence[Any]) -> Again:
        """The lines that these results and the conditions depend on, a function of the numbers: None where a condition fails."""
        needed = {r.name for r in results if type(r) is Traced}
        kept: list[str] = []
        for made, how, of in reversed(self.lines):
            if not made:
                kept.append(f" if not ({how}): return None")
            elif made in needed:
                kept.append(f" {made} = {how}")
            else:
                continue
            needed.update(of)
        head = f"def again({', '.join(self.inputs)}):"
        given = "".join(f"{_atom(r)}, " for r in results)
        names: dict[str, Any] = {**self.functions, "floor": math.floor, "ceil": math.ceil}
        exec(compile("\n".join([head, *reversed(kept), f" return ({given})"]), "<trace>", "exec"), names)
        made_: Again = names["again"]
        return made_


def _atom(x: Any) -> str:
    """A number as it stands in a line."""
    if type(x) is Traced:
        return x.name
    if type(x) not in (int, float, bool) or (type(x) is float and not math.isfinite(x)):
        raise Untraceable
    return repr(x)


_Method = Callable[["Traced", Any], Any]


def _forward(sign: str, apply: Callable[[Any, Any], Any]) -> _Method:
    def method(self: Traced, other: Any) -> Any:
        if type(other) is Traced:
            return self.trace.put(f"{self.name} {sign} {other.name}", (self.name, other.name), apply(self.value, other.value))
        if type(other) not in (int, float, bool):
            return NotImplemented
        if type(other) is int and type(self.value) is int and other == (0 if sign in "+-" else 1) and sign not in "%/":
            return self  # nothing is done to it
        return self.trace.put(f"{self.name} {sign} {_atom(other)}", (self.name,), apply(self.value, other))

    return method


def _backward(sign: str, apply: Callable[[Any, Any], Any]) -> _Method:
    def method(self: Traced, other: Any) -> Any:
        if type(other) not in (int, float, bool):
            return NotImplemented
        if type(other) is int and type(self.value) is int and ((sign == "+" and other == 0) or (sign == "*" and other == 1)):
            return self
        return self.trace.put(f"{_atom(other)} {sign} {self.name}", (self.name,), apply(other, self.value))

    return method


def _decides(sign: str, opposite: str, compare: Callable[[Any, Any], bool]) -> _Method:
    def method(self: Traced, other: Any) -> Any:
        of: tuple[str, ...]
        if type(other) is Traced:
            value, of = other.value, (self.name, other.name)
            if other.name == self.name:
                return compare(0, 0)
        elif type(other) in (int, float, bool):
            value, of = other, (self.name,)
        else:
            return NotImplemented
        found = compare(self.value, value)
        self.trace.hold(f"{self.name} {sign if found else opposite} {_atom(other)}", of)
        return found

    return method


class Traced:
    """A number with the line that made it."""

    __slots__ = ("name", "trace", "value")

    def __init__(self, trace: Trace, name: str, value: Number) -> None:
        if type(value) not in (int, float) or (type(value) is float and not math.isfinite(value)):
            raise Untraceable
        self.trace = trace
        self.name = name
        self.value = value

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self.value)

    __add__, __radd__ = _forward("+", operator.add), _backward("+", operator.add)
    __sub__, __rsub__ = _forward("-", operator.sub), _backward("-", operator.sub)
    __mul__, __rmul__ = _forward("*", operator.mul), _backward("*", operator.mul)
    __truediv__, __rtruediv__ = _forward("/", operator.truediv), _backward("/", operator.truediv)
    __floordiv__, __rfloordiv__ = _forward("//", operator.floordiv), _backward("//", operator.floordiv)
    __mod__, __rmod__ = _forward("%", operator.mod), _backward("%", operator.mod)

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def __neg__(self) -> Any:
        return self.trace.put(f"-{self.name}", (self.name,), -self.value)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return self.trace.put(f"abs({self.name})", (self.name,), abs(self.value))

    def __floor__(self) -> Any:
        return self.trace.put(f"floor({self.name})", (self.name,), math.floor(self.value))

    def __ceil__(self) -> Any:
        return self.trace.put(f"ceil({self.name})", (self.name,), math.ceil(self.value))

    __lt__, __ge__ = _decides("<", ">=", operator.lt), _decides(">=", "<", operator.ge)
    __gt__, __le__ = _decides(">", "<=", operator.gt), _decides("<=", ">", operator.le)
    __eq__ = _decides("==", "!=", operator.eq)
    __ne__ = _decides("!=", "==", operator.ne)

    # What is looked up by it goes by its value unsaid: numbers that differ here may be equal when the lines are run again.
    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(self != 0)

    def _fixed(self) -> Number:
        """Its value, which it has to have ever after."""
        self.trace.hold(f"{self.name} == {_atom(self.value)}", (self.name,))
        return self.value

    def __int__(self) -> int:
        return int(self._fixed())

    def __index__(self) -> int:
        return operator.index(self._fixed())  # type: ignore[arg-type]

    def __float__(self) -> float:
        return float(self._fixed())

    def __round__(self, digits: int | None = None) -> Any:
        return self.trace.call(round, (self,) if digits is None else (self, digits))

    def __str__(self) -> str:
        """A sign for it: texts are for people, and no number is read from them."""
        return f"⟨{self.name}⟩"

    __repr__ = __str__

    def __format__(self, how: str) -> str:
        return str(self)


def trace_of(numbers: Sequence[Any]) -> Trace | None:
    """The trace that these numbers are written down in; None where none of them is traced."""
    return next((n.trace for n in numbers if type(n) is Traced), None)
