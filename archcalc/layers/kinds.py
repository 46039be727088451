"""Kinds of written value: how a setting's text or list becomes a number, a size, a padding, a flag.

A kind is called with a plain Python value (int, float, str, bool, None, nested tuples) whose expressions are already
evaluated, and returns what the layer holds. Raises ValueFault.
"""

from __future__ import annotations

import math
from typing import Any

from archcalc.formulas.arithmetic import whole
from archcalc.text.faults import ValueFault, suggestions

LARGEST = 10**9


class Kind:
    """A kind of value: its name in docs, its JSON Schema, and how it is read.

    Plain classes, not dataclasses: they stand on the way of every command, and a dataclass costs half a millisecond to make.
    """

    def __init__(self, name: str, schema: dict[str, Any], **limits: Any) -> None:
        self.name = name
        self.schema = schema
        for key, value in limits.items():
            setattr(self, key, value)

    def __call__(self, value: Any) -> Any:
        raise NotImplementedError(self.name)

    def word(self, text: str) -> bool:
        """Whether a bare word is a value of this kind (a choice), not the name of a variable."""
        return False


def integer(value: Any, least: int, what: str) -> int:
    """value as a whole number in least…10⁹."""
    if isinstance(value, str | tuple | bool) or value is None:
        raise ValueFault(f"'{text(value)}' is not a {what}")
    exact = whole(value)
    if exact is None:
        if math.isfinite(value):
            up, down = math.ceil(value), math.floor(value)
            raise ValueFault(f"{value:g} is not a whole number", str(down), str(up), "round_to(…, 8)")
        raise ValueFault(f"{value} is not a whole number")
    if exact < least:
        raise ValueFault(f"{exact} is too small: the least {what} is {least}")
    if exact > LARGEST:
        raise ValueFault(f"{exact} is too large: the most allowed is 1,000,000,000")
    return int(exact)


class Count(Kind):
    """A whole number from `least` to `most`."""

    least: int = 1
    most: int = LARGEST

    def __call__(self, value: Any) -> int:
        found = integer(value, self.least, "number" if self.least == 0 else "size")
        if found > self.most:
            raise ValueFault(f"{found} is too large: the most allowed is {self.most:,}")
        return found


class Axes(Kind):
    """One whole number for all axes, or one each."""

    least: int = 1

    def __call__(self, value: Any) -> Any:
        if isinstance(value, tuple):
            if not 1 <= len(value) <= 3:
                raise ValueFault(f"{len(value)} axes; a layer has 1 to 3")
            return tuple(integer(v, self.least, "size") for v in value)
        return integer(value, self.least, "size")


class AdaptiveAxes(Kind):
    """An output size a axis, where `keep` keeps the input's."""

    def __call__(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(None if v in ("keep", None) else integer(v, 1, "size") for v in value)
        return integer(value, 1, "size")


class Padding(Kind):
    """A number, one an axis, a pair (before, after) an axis, `same` or `valid`."""

    sides: bool = True
    words: bool = True

    def word(self, text: str) -> bool:
        return self.words and text in ("same", "valid")

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str):
            if self.words and value.lower() in ("same", "valid"):
                return 0 if value.lower() == "valid" else "same"
            near = suggestions(value, ["same", "valid"]) if self.words else []
            raise ValueFault(f"'{value}' is not a padding", *near)
        if not isinstance(value, tuple):
            return integer(value, 0, "padding")
        if any(isinstance(v, tuple) for v in value):
            if not self.sides:
                raise ValueFault("this layer pads both sides alike", "a `zeropad` layer in front of it for uneven sides")
            pairs = tuple(v if isinstance(v, tuple) else (v, v) for v in value)
            if any(len(pair) != 2 for pair in pairs):
                raise ValueFault("a padding per side is a pair (before, after) for each axis")
            return tuple((integer(a, 0, "padding"), integer(b, 0, "padding")) for a, b in pairs)
        return tuple(integer(v, 0, "padding") for v in value)


class Flag(Kind):
    """Yes or no."""

    def __call__(self, value: Any) -> bool:
        if value in (0, 1, True, False):
            return bool(value)
        raise ValueFault(f"'{text(value)}' is neither true nor false")


class Biases(Kind):
    """How many bias vectors a gate: 0, 1 or 2; true is torch's 2."""

    def __call__(self, value: Any) -> int:
        if isinstance(value, bool):
            return 2 if value else 0
        found = integer(value, 0, "number of biases")
        if found > 2:
            raise ValueFault(f"{found} bias vectors a gate; 0, 1 or 2 are meant", "2", "1")
        return found


class Real(Kind):
    """A finite number, at least `least` and at most `most`."""

    least: float = -math.inf
    most: float = math.inf

    def __call__(self, value: Any) -> float:
        if isinstance(value, str | tuple) or value is None or not math.isfinite(value):
            raise ValueFault(f"'{text(value)}' is not a number")
        if not self.least <= value <= self.most:
            raise ValueFault(f"{value:g} is outside {self.least:g} to {self.most:g}")
        return float(value)


class Choice(Kind):
    """One of a few words."""

    options: tuple[str, ...] = ()

    def word(self, text: str) -> bool:
        return text.lower() in self.options

    def __call__(self, value: Any) -> str:
        if isinstance(value, str) and value.lower() in self.options:
            return value.lower()
        near = suggestions(str(value), self.options)
        raise ValueFault(f"'{text(value)}' is none of {', '.join(self.options)}", *near)


class ShapeKind(Kind):
    """A shape; −1 stands for whatever remains where `wild`."""

    wild: bool = False

    def __call__(self, value: Any) -> tuple[int, ...]:
        parts = value if isinstance(value, tuple) else (value,)
        if not 1 <= len(parts) <= 8:
            raise ValueFault(f"a shape of {len(parts)} dimensions; 1 to 8 are allowed")
        shape = tuple(-1 if self.wild and v == -1 else integer(v, 1, "dimension") for v in parts)
        if shape.count(-1) > 1:
            raise ValueFault("only one dimension may be -1")
        return shape


class Words(Kind):
    """A text of its own: letters, digits and signs."""

    def word(self, text: str) -> bool:
        return True

    def __call__(self, value: Any) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = text(value)
        if isinstance(value, str) and value.strip() and len(value) <= 100:
            return value.strip()
        raise ValueFault(f"'{text(value)}' is no text")


class Names(Kind):
    """Names of other nodes; read by the expander, never evaluated."""

    def __call__(self, value: Any) -> Any:
        return value


_INT = {"type": "integer"}
count = Count("whole number", {**_INT, "minimum": 1})
few = Count("whole number up to 1,000", {**_INT, "minimum": 1, "maximum": 1000}, most=1000)
number0 = Count("whole number, 0 allowed", {**_INT, "minimum": 0}, least=0)
axes = Axes("size, one for all axes or one each", {"oneOf": [{**_INT, "minimum": 1}, {"type": "array"}]})
axes0 = Axes("size from 0", {"oneOf": [{**_INT, "minimum": 0}, {"type": "array"}]}, least=0)
adaptive = AdaptiveAxes("output size, one for all axes or one each", {"type": ["integer", "array"]})
padding = Padding("padding: one for all, one an axis, a pair an axis, same or valid", {})
even_padding = Padding("padding: one for all axes or one each", {}, sides=False, words=False)
side_padding = Padding("padding: one for all, one an axis, or a pair an axis", {}, words=False)
flag = Flag("true or false", {"type": "boolean"})
biases = Biases("0, 1 or 2", {"enum": [0, 1, 2, True, False]})
real = Real("number", {"type": "number"})
share = Real("number from 0 to 1", {"type": "number", "minimum": 0, "maximum": 1}, least=0, most=1)
shape = ShapeKind("shape", {"type": ["string", "array", "integer"]})
open_shape = ShapeKind("shape, -1 for the rest", {"type": ["string", "array", "integer"]}, wild=True)
words = Words("text", {"type": "string"})
names = Names("names of layers", {"type": ["string", "array"]})
PER_AXIS = (axes, axes0, adaptive, padding, even_padding, side_padding)


def choice(*options: str) -> Choice:
    """One of these words."""
    return Choice(f"one of {', '.join(options)}", {"enum": list(options)}, options=options)


def text(value: Any, sized: bool = False) -> str:
    """A value as it is written in a line: 3, 3x5, 0:1x0:1, same; `sized` writes 3x3 as 3."""
    if isinstance(value, tuple):
        if any(isinstance(v, tuple) for v in value):
            return "x".join(f"{a}:{b}" for a, b in value)
        if len(value) > 1 and len(set(value)) == 1 and value[0] is not None and len(value) <= 3 and sized:
            return str(value[0])
        return "x".join("keep" if v is None else str(v) for v in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
