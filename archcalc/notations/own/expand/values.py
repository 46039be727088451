"""Values of a spec as plain numbers, tuples and words; shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archcalc.layers.kinds import LARGEST
from archcalc.layers.kinds import shape as shape_kind
from archcalc.network.nodes import Shape
from archcalc.notations.own.expression import Term, evaluate
from archcalc.notations.own.phrase import Word, parse_value
from archcalc.notations.own.tree import List, Map, Scalar, Value
from archcalc.text.faults import ValueFault, suggestions

if TYPE_CHECKING:
    from archcalc.notations.own.expand.expander import Expander


def plain(x: Expander, value: Value, variables: Mapping[str, Term | None]) -> Any:
    """A value as numbers: lists as tuples, expressions evaluated, `left`… of a padding as pairs."""
    if isinstance(value, Scalar):
        return resolve(parse_value(value.text.replace("×", "x").strip()), variables)
    if isinstance(value, List):
        if len(value.items) > 100:
            raise ValueFault(f"a list of {len(value.items)} where a few numbers are meant")
        return tuple(plain(x, item, variables) for item in value.items)
    return side_pairs(x, value, variables)


def side_pairs(x: Expander, value: Map, variables: Mapping[str, Term | None]) -> tuple[tuple[Any, Any], ...]:
    """{left: 0, right: 1, top: 0, bottom: 1} as pairs, first axis first."""
    sides = {key.text: plain(x, v, variables) for key, v in value.entries}
    known = [("front", "back"), ("top", "bottom"), ("left", "right")]
    wrong = [k for k in sides if k not in [n for pair in known for n in pair]]
    if wrong:
        raise ValueFault(
            f"'{wrong[0]}' is no side",
            *suggestions(wrong[0], ["top", "bottom", "left", "right", "front", "back"]),
        )
    used = [pair for pair in known if pair[0] in sides or pair[1] in sides]
    if ("left", "right") in used and ("top", "bottom") not in used and len(used) == 1 and len(x.input_shapes[0]) > 2:
        used.insert(0, ("top", "bottom"))
    elif ("top", "bottom") in used and ("left", "right") not in used:
        used.append(("left", "right"))
    return tuple((sides.get(a, 0), sides.get(b, 0)) for a, b in used)


def whole_number(value: Any) -> int:
    """A whole number from 0. Raises ValueFault."""
    if not isinstance(value, int) or not 0 <= value <= LARGEST**2:
        raise ValueFault(f"'{value}' is not a whole number")
    return value


def is_constant(value: Any) -> bool:
    """Whether a given value needs no scope."""
    if isinstance(value, tuple):
        return all(is_constant(v) for v in value)
    return not isinstance(value, str) or isinstance(value, Word)


def short(value: Any) -> str:
    """A value as it is shown."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def resolve(value: Any, scope: Mapping[str, Term | None]) -> Any:
    """A given value with its expressions evaluated."""
    if type(value) is str:
        return evaluate(value, scope)
    if isinstance(value, tuple):
        return tuple(resolve(v, scope) for v in value)
    return value


def parse_shape(value: Any) -> Shape:
    """A shape from numbers: one, or a tuple. Raises ValueFault."""
    parts = value if isinstance(value, tuple) else (value,)
    if any(v is None or isinstance(v, tuple) for v in parts):
        raise ValueFault("a shape is a list of numbers without the batch", "1x28x28")
    shape: Shape = shape_kind(parts)
    return shape
