"""Values of a spec as plain numbers, tuples and words, where they stand; shapes; variables and arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from archcalc.layers.base import Shape
from archcalc.layers.kinds import LARGEST, text
from archcalc.layers.kinds import shape as shape_kind
from archcalc.notations.own.expand.scope import Scope
from archcalc.notations.own.expand.work import Work
from archcalc.notations.own.expression import Term, Unknown, UnknownShape, evaluate, literal
from archcalc.notations.own.phrase import Given, Lexicon, PhraseFault, Word, parse_value
from archcalc.notations.own.tree import List, Map, Scalar, Value
from archcalc.text.faults import ValueFault, suggestions
from archcalc.text.source import Span

T = TypeVar("T")


class Here(NamedTuple):
    """What a value may depend on at its place: the variables with `cin`, and how many axes beside the channels there are."""

    variables: Mapping[str, Term | None]
    axes: int = 0


def here(x: Work, scope: Scope, current: int | None) -> Here:
    """What the values of an item after the current node may depend on."""
    shape = None if current is None else x.graph.shape(current)
    if shape is None or current is None:
        return Here({**scope.variables, "cin": None})
    return Here(scope.at(x.graph.channels(current), current, x.computed), len(shape) - 1)


def plain(value: Value, at: Here, depth: int = 0) -> object:
    """A value as numbers: lists as tuples, expressions evaluated, `left`… of a padding as pairs."""
    if isinstance(value, Scalar):
        with placed(value):
            return resolve(parse_value(value.text.replace("×", "x").strip(), at.variables), at.variables)
    if isinstance(value, List):
        if len(value.items) > 100:
            raise ValueFault(f"a list of {len(value.items)} where a few numbers are meant", "at most three, one an axis")
        if depth > 1:
            raise ValueFault("a list inside a list inside a list", "a number, one an axis, or a pair an axis")
        return tuple(plain(item, at, depth + 1) for item in value.items)
    return side_pairs(value, at)


def side_pairs(value: Map, at: Here) -> tuple[tuple[object, object], ...]:
    """{left: 0, right: 1, top: 0, bottom: 1} as pairs, first axis first; axes that are not named are not padded."""
    known = [("front", "back"), ("top", "bottom"), ("left", "right")]
    sides: dict[str, object] = {}
    for key, item in value.entries:
        if key.text not in [name for pair in known for name in pair]:
            near = suggestions(key.text, ["top", "bottom", "left", "right", "front", "back"])
            raise ValueFault(f"'{key.text}' is no side", *(near or ["left: 1, right: 1"]))
        sides[key.text] = plain(item, at)
        if not isinstance(sides[key.text], int | float):
            raise ValueFault(f"the side {key.text} is padded by one number, not {text(sides[key.text])}", f"{key.text}: 1")
    used = [pair for pair in known if pair[0] in sides or pair[1] in sides]
    axes = max(at.axes or 2, len(known) - known.index(used[0]) if used else 0)
    return tuple((sides.get(a, 0), sides.get(b, 0)) for a, b in known[-min(axes, 3) :])


def span_of(error: ValueFault, scalar: Scalar, start: int = 0, end: int | None = None) -> Span:
    """The place of a fault in text[start:end] of a scalar: that of the part which is wrong, where it is known."""
    if error.part is not None:
        written, first, last = error.part
        at = scalar.text.find(written, start, end)
        if at >= 0:
            return scalar.span(at + first, at + last)
    return scalar.span(start, end)


@contextmanager
def placed(scalar: Scalar | None) -> Iterator[None]:
    """Gives what is raised inside its place in a scalar; none where nobody can mend that text."""
    try:
        yield
    except ValueFault as error:
        if scalar is not None and error.span is None:
            error.span = span_of(error, scalar)
        raise


def whole_number(value: object) -> int:
    """A whole number from 0. Raises ValueFault."""
    if not isinstance(value, int) or not 0 <= value <= LARGEST**2:
        raise ValueFault(f"'{value}' is not a whole number", "61706")
    return value


def is_constant(value: object) -> bool:
    """Whether a given value needs no scope."""
    if isinstance(value, tuple):
        return all(is_constant(v) for v in value)
    return not isinstance(value, str) or isinstance(value, Word)


def short(value: object) -> str:
    """A value as it is shown."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def resolve(value: object, scope: Mapping[str, Term | None]) -> object:
    """A given value with its expressions evaluated."""
    if type(value) is str:
        return evaluate(value, scope)
    if isinstance(value, tuple):
        return tuple(resolve(v, scope) for v in value)
    return value


def parse_shape(value: object) -> Shape:
    """A shape from numbers: one, or a tuple. Raises ValueFault."""
    parts = value if isinstance(value, tuple) else (value,)
    if any(v is None or isinstance(v, tuple) for v in parts):
        raise ValueFault("a shape is a list of numbers without the batch", "1x28x28")
    shape: Shape = shape_kind(parts)
    return shape


def evaluated(value: Value, at: Here) -> Term:
    """The value of an expression that stands alone. Raises ValueFault."""
    if not isinstance(value, Scalar):
        raise ValueFault("an expression is meant here", "a number, or arithmetic such as 2*width")
    with placed(value):
        return evaluate(value.text, at.variables)


def read_variable(text: str, scope: Mapping[str, Term | None]) -> Term:
    """A variable's value: a number, an expression over those above it, or a word such as the name of an activation."""
    if literal(text) is None and text.isidentifier() and text not in scope and text.lower() not in ("nan", "inf"):
        return text
    if text.replace(".", "", 1).isdecimal() and text.isascii() and "." in text:
        return float(text)
    return evaluate(text, scope)


def is_follower(word: str, lexicon: Lexicon) -> bool:
    """Whether a bare word names a layer that may follow another (`relu`, `bn`), or is `none`."""
    if not word.isidentifier():
        return False
    form = lexicon.find(word)
    return word == "none" or (form is not None and form.follows)


def argument(given: Given, scope: Scope, at: Here) -> Any:
    """A block's argument: a value, or the word of a layer that follows (`act=relu6`, `norm=none`)."""
    word = given.value
    if type(word) is str and word not in scope.variables and is_follower(word, scope.lexicon):
        return word
    return given_value(given, at)


def given_value(given: Given, at: Here) -> object:
    """A given value with its expressions evaluated, faults at its place."""
    try:
        return resolve(given.value, at.variables)
    except (Unknown, UnknownShape):
        raise
    except ValueFault as error:
        fault = PhraseFault(error.message, given.start, given.end, *error.repairs)
        fault.part = error.part
        raise fault from None


def guard(x: Work, action: Callable[[], T], scalar: Scalar, shift: int = 0) -> T | None:
    """Runs an action and turns what it raises into a fault at its place; None then."""
    try:
        return action()
    except UnknownShape:
        return None
    except PhraseFault as error:
        x.wrong(error, span_of(error, scalar, max(0, error.start - shift), max(1, error.end - shift)))
    except ValueFault as error:
        x.wrong(error, scalar.span())
    return None
