"""Kinds of written value: how a setting's text or list becomes a number, a size, a padding, a flag.

A kind is called with a plain Python value (int, float, str, bool, None, nested tuples) whose expressions are already
evaluated, and returns what the layer holds. Raises ValueFault.
"""

from __future__ import annotations

import math
from typing import Any, Generic, TypeVar

from archcalc.formulas.arithmetic import whole
from archcalc.text.faults import ValueFault, suggestions

LARGEST = 10**9
T_co = TypeVar("T_co", covariant=True)
# A size along every axis, or one for each; and padding, which may be a pair of sides for each.
Size = int | tuple[int, ...]
Pads = int | tuple[int, ...] | tuple[tuple[int, int], ...]


class Kind(Generic[T_co]):
    """A kind of value: its name in docs, its JSON Schema, and how it is read.

    Plain classes, not dataclasses: they stand on the way of every command, and a dataclass costs half a millisecond to make.
    """

    # Whether it has a value for each axis, so that 3x3 is written 3.
    per_axis: bool = False

    def __init__(self, name: str, schema: dict[str, object], **limits: object) -> None:
        self.name = name
        self.schema = schema
        for key, value in limits.items():
            setattr(self, key, value)

    def __call__(self, value: Any) -> T_co:
        raise NotImplementedError(self.name)

    def word(self, text: str) -> bool:
        """Whether a bare word is a value of this kind (a choice), not the name of a variable."""
        return False


def integer(value: Any, least: int, what: str, most: int = LARGEST) -> int:
    """value as a whole number in least…most."""
    if isinstance(value, str | tuple | list | bool) or value is None:
        raise ValueFault(f"'{text(value)}' is not a {what}", str(max(least, 1)))
    exact = whole(value)
    if exact is None:
        if math.isfinite(value):
            near = dict.fromkeys(str(min(most, max(least, n))) for n in (math.floor(value), math.ceil(value)))
            raise ValueFault(f"{value:g} is not a whole number", *near, *(["round_to(…, 8)"] if most > 8 else []))
        raise ValueFault(f"{value} is not a whole number", str(max(least, 1)))
    if exact < least:
        raise ValueFault(f"{exact} is too small: the least {what} is {least}", str(least))
    if exact > most:
        raise ValueFault(f"{exact} is too large: the most allowed is {most:,}", str(most))
    return exact


class Count(Kind[int]):
    """A whole number from `least` to `most`."""

    least: int = 1
    most: int = LARGEST

    def __call__(self, value: Any) -> int:
        return integer(value, self.least, "number" if self.least == 0 else "size", self.most)


def check_axes(value: tuple[Any, ...]) -> None:
    """Refuses a list that is not of one to three axes."""
    if not 1 <= len(value) <= 3:
        raise ValueFault(f"{len(value)} axes; a layer has 1 to 3", "3x3")


class Axes(Kind[Size]):
    """One whole number for all axes, or one each."""

    per_axis = True
    least: int = 1

    def __call__(self, value: Any) -> Size:
        if isinstance(value, tuple):
            check_axes(value)
            return tuple(integer(v, self.least, "size") for v in value)
        return integer(value, self.least, "size")


class AdaptiveAxes(Kind[int | tuple[int | None, ...]]):
    """An output size an axis, where `keep` keeps the input's."""

    per_axis = True

    def __call__(self, value: Any) -> int | tuple[int | None, ...]:
        if isinstance(value, tuple):
            check_axes(value)
            return tuple(None if v in ("keep", None) else integer(v, 1, "size") for v in value)
        return integer(value, 1, "size")


class Padding(Kind[T_co]):
    """A number, one an axis, a pair (before, after) an axis, or one of its words."""

    per_axis = True
    sides: bool = True
    words: tuple[str, ...] = ("same", "valid")

    def word(self, text: str) -> bool:
        return text in self.words

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str):
            if value.lower() in self.words:
                return 0 if value.lower() == "valid" else value.lower()
            near = suggestions(value, self.words)
            raise ValueFault(f"'{value}' is not a padding", *(near or ["1"]))
        if not isinstance(value, tuple):
            return integer(value, 0, "padding")
        check_axes(value)
        if any(isinstance(v, tuple) for v in value):
            if not self.sides:
                raise ValueFault("this layer pads both sides alike", "a `zeropad` layer in front of it for uneven sides")
            pairs = tuple(v if isinstance(v, tuple) else (v, v) for v in value)
            if any(len(pair) != 2 for pair in pairs):
                raise ValueFault("a padding per side is a pair (before, after) for each axis", "0:1x0:1")
            return tuple((integer(a, 0, "padding"), integer(b, 0, "padding")) for a, b in pairs)
        return tuple(integer(v, 0, "padding") for v in value)


class Flag(Kind[bool]):
    """Yes or no."""

    def __call__(self, value: Any) -> bool:
        if value in (0, 1, True, False):
            return bool(value)
        raise ValueFault(f"'{text(value)}' is neither true nor false", "true", "false")


class Biases(Kind[int]):
    """How many bias vectors a gate: 0, 1 or 2; true is torch's 2."""

    def __call__(self, value: Any) -> int:
        if isinstance(value, bool):
            return 2 if value else 0
        return integer(value, 0, "number of bias vectors", 2)


class Real(Kind[float]):
    """A finite number, at least `least` and at most `most`."""

    least: float = -math.inf
    most: float = math.inf

    def __call__(self, value: Any) -> float:
        if isinstance(value, str | tuple) or value is None or not math.isfinite(value):
            raise ValueFault(f"'{text(value)}' is not a number", "0.5")
        if not self.least <= value <= self.most:
            nearest = self.least if value < self.least else self.most
            raise ValueFault(f"{value:g} is outside {self.least:g} to {self.most:g}", f"{nearest:g}")
        return float(value)


class Choice(Kind[str]):
    """One of a few words."""

    options: tuple[str, ...] = ()

    def word(self, text: str) -> bool:
        return text.lower() in self.options

    def __call__(self, value: Any) -> str:
        if isinstance(value, str) and value.lower() in self.options:
            return value.lower()
        near = suggestions(str(value), self.options)
        raise ValueFault(f"'{text(value)}' is none of {', '.join(self.options)}", *(near or self.options))


class ShapeKind(Kind[tuple[int, ...]]):
    """A shape; −1 stands for whatever remains where `wild`."""

    wild: bool = False

    def __call__(self, value: Any) -> tuple[int, ...]:
        parts = value if isinstance(value, tuple) else (value,)
        if not 1 <= len(parts) <= 8:
            raise ValueFault(f"a shape of {len(parts)} dimensions; 1 to 8 are allowed", "1x28x28")
        shape = tuple(-1 if self.wild and v == -1 else integer(v, 1, "dimension") for v in parts)
        if shape.count(-1) > 1:
            raise ValueFault("only one dimension may be -1", "-1x28")
        return shape


class Steps(Kind[tuple[int, ...]]):
    """A whole number of either sign for each dimension."""

    def __call__(self, value: Any) -> tuple[int, ...]:
        parts = value if isinstance(value, tuple) else (value,)
        if not 1 <= len(parts) <= 8:
            raise ValueFault(f"{len(parts)} dimensions; 1 to 8 are allowed", "0x-3x-3")
        return tuple(integer(v, -LARGEST, "step") for v in parts)


class Words(Kind[str]):
    """A text of its own: letters, digits and signs."""

    def word(self, text: str) -> bool:
        return True

    def __call__(self, value: Any) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = text(value)
        if isinstance(value, str) and value.strip() and len(value) <= 100:
            return value.strip()
        raise ValueFault(f"'{text(value)}' is no text", "a word")


class Names(Kind[object]):
    """Names of other nodes; read by the expander, never evaluated."""

    def __call__(self, value: Any) -> object:
        return value


_INT = {"type": "integer"}
count = Count("whole number", {**_INT, "minimum": 1})
few = Count("whole number up to 1,000", {**_INT, "minimum": 1, "maximum": 1000}, most=1000)
number0 = Count("whole number, 0 allowed", {**_INT, "minimum": 0}, least=0)
axes = Axes("size, one for all axes or one each", {"oneOf": [{**_INT, "minimum": 1}, {"type": "array"}]})
axes0 = Axes("size from 0", {"oneOf": [{**_INT, "minimum": 0}, {"type": "array"}]}, least=0)
adaptive = AdaptiveAxes("output size, one for all axes or one each", {"type": ["integer", "array"]})
padding: Padding[Pads | str] = Padding(
    "padding: one for all, one an axis, a pair an axis, same, valid or causal", {}, words=("same", "valid", "causal")
)
pool_padding: Padding[Pads | str] = Padding("padding: one for all, one an axis, a pair an axis, same or valid", {})
even_padding: Padding[Size] = Padding("padding: one for all axes or one each", {}, sides=False, words=())
side_padding: Padding[Pads] = Padding("padding: one for all, one an axis, or a pair an axis", {}, words=())
index = Count("position from 0, -1 for the last", {**_INT, "minimum": -1}, least=-1)
steps = Steps("whole number of either sign for each dimension", {"type": ["integer", "string", "array"]})
flag = Flag("true or false", {"type": "boolean"})
biases = Biases("0, 1 or 2", {"enum": [0, 1, 2, True, False]})
real = Real("number", {"type": "number"})
share = Real("number from 0 to 1", {"type": "number", "minimum": 0, "maximum": 1}, least=0, most=1)
shape = ShapeKind("shape", {"type": ["string", "array", "integer"]})
open_shape = ShapeKind("shape, -1 for the rest", {"type": ["string", "array", "integer"]}, wild=True)
words = Words("text", {"type": "string"})
names = Names("names of layers", {"type": ["string", "array"]})


# Kinds of value that a list is: a number for each axis, or each dimension.
LISTED = (Axes, AdaptiveAxes, Padding, ShapeKind, Steps)


def choice(*options: str) -> Choice:
    """One of these words."""
    return Choice(f"one of {', '.join(options)}", {"enum": list(options)}, options=options)


def text(value: Any, sized: bool = False) -> str:
    """A value as it is written in a line: 3, 3x5, 0:1x0:1, same; `sized` writes 3x3 as 3."""
    if isinstance(value, tuple):
        if any(isinstance(v, tuple) for v in value):
            return "x".join(":".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in value)
        if len(value) > 1 and len(set(value)) == 1 and value[0] is not None and len(value) <= 3 and sized:
            return str(value[0])
        return "x".join("keep" if v is None else str(v) for v in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
