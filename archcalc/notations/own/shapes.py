"""The one rule for the order of a shape, wherever a person writes one.

The notation's order is C×H×W, without the batch. A shape is *certainly* channels-last where height and width are equal and at
least 8 and the last number is one an image has (1, 3 or 4): `224x224x3`. The words of a figure may be read so, and a note says
it; the notation and `--input` refuse it with the right spelling. `224@224x3`, maps of a size, says which number is the channels.
Where `--input` has two equal numbers in front of another (`64x64x16`), the order holds, and a note says what was read.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.layers.base import Shape, dims
from archcalc.notations.own.phrase.tokens import maps, parse_value
from archcalc.notations.own.tree import List, Map, Scalar, Tree, Value, list_of, map_of, scalar_of
from archcalc.text.faults import Fault, SpecError, ValueFault
from archcalc.text.signs import plain

IMAGE_CHANNELS = (1, 3, 4)


class Typed(tuple[int, ...]):
    """A shape as a person typed it, the order of which is still to be looked at."""

    __slots__ = ()


def certainly_last(shape: Shape) -> bool:
    """Whether the last of three numbers can only be the channels."""
    return len(shape) == 3 and shape[0] == shape[1] >= 8 and shape[2] in IMAGE_CHANNELS


def turned(shape: Shape) -> Shape:
    """A channels-last shape with its channels first."""
    return (shape[-1], *shape[:-1])


def written(shape: Shape) -> str:
    """A shape as it is typed."""
    return "x".join(map(str, shape))


def fault_of(shape: Shape, before: str = "") -> ValueFault | None:
    """What is wrong with a shape that is certainly channels-last; `before` stands in front of what to type."""
    if not certainly_last(shape):
        return None
    maps = f"{before}{shape[0]}@{written(shape[1:])} for {shape[0]} channels of {dims(shape[1:])}"
    message = f"{dims(shape)} has its channels last; channels come first here"
    return ValueFault(message, f"{before}{written(turned(shape))}", maps)


def settle(tree: Map, inputs: Mapping[str, Shape]) -> tuple[Map, dict[str, Shape]]:
    """The tree and the shapes given beside it, each in the order C×H×W, with a note of what had to be assumed.

    Refused is what is certainly channels-last where the tree is of the notation. A leading 1 more than the network's input
    has numbers is the batch. Raises SpecError.
    """
    words = tree.source.notation == "words"
    own = tree.get("input") or tree.get("inputs")
    if not words:
        _check_own(own)
    found: dict[str, Shape] = {}
    notes: list[str] = []
    for name, shape in inputs.items():
        option = f"--input {name}=" if name else "--input "
        found[name] = tuple(shape)
        said = ""
        if isinstance(shape, Typed) and certainly_last(shape):
            if not words and (wrong := fault_of(shape, option)):
                raise SpecError([Fault(f"{option}{written(shape)}: {wrong.message}", repairs=wrong.repairs)])
            found[name] = turned(shape)
            said = "the last number is read as the channels"
        elif isinstance(shape, Typed) and _has_batch(shape, _rank(tree, own, name)):
            found[name] = tuple(shape[1:])
            said = "the 1 in front is read as the batch"
        elif isinstance(shape, Typed) and len(shape) == 3 and shape[0] == shape[1] != shape[2] and shape[0] >= 8:
            of = f"{option}{written(shape)}: read as {shape[0]} channels of {dims(shape[1:])}"
            notes.append(f"{of}, channels first; {shape[2]} channels of {dims(shape[:2])} are {option}{written(turned(shape))}")
        if said:
            notes.append(f"{option}{written(shape)}: {said}, so the input is {dims(found[name])}")
    return (_with(tree, notes) if notes else tree), found


def _check_own(own: Value | None) -> None:
    """Refuses a shape of the text itself that is certainly channels-last. Raises SpecError."""
    for value in [item for _, item in own.entries] if isinstance(own, Map) else [own]:
        if value is not None and (wrong := fault_of(_numbers(value))):
            raise SpecError([Fault(wrong.message, value.span(), repairs=wrong.repairs)])


def _numbers(value: Value) -> Shape:
    """The plain numbers of a shape; none where it is something else, or says which number is the channels."""
    if isinstance(value, Scalar):
        try:
            found = None if maps(value.text) else parse_value(value.text)
        except ValueFault:
            return ()  # said where the shape is read
        return found if isinstance(found, tuple) and all(isinstance(n, int) for n in found) else ()
    items = value.items if isinstance(value, List) else []
    return tuple(int(item.text) for item in items if isinstance(item, Scalar) and item.text.isdecimal() and len(item.text) < 12)


def _has_batch(shape: Shape, rank: int | None) -> bool:
    """Whether the 1 in front is a batch of one; where the network says nothing, four numbers that end in an image's."""
    if len(shape) < 2 or shape[0] != 1:
        return False
    if rank is not None:
        return len(shape) == rank + 1
    return len(shape) == 4 and shape[1] in IMAGE_CHANNELS and shape[2] == shape[3] >= 8


def _rank(tree: Map, own: Value | None, name: str) -> int | None:
    """How many numbers the input of a tree has; None where it does not say."""
    if isinstance(own, Map):
        own = own.get(name) if name else own.entries[0][1] if len(own.entries) == 1 else None
    if isinstance(own, List):
        return len(own.items)
    if isinstance(own, Scalar):
        return plain(own.text).count("x") + own.text.count(",") + own.text.count("@") + 1
    return tree.rank if isinstance(tree, Tree) else None


def _with(tree: Map, notes: list[str]) -> Map:
    """The tree with more notes."""
    known = tree.get("notes")
    items: list[Value] = list(known.items) if isinstance(known, List) else []
    items[:0] = [scalar_of(tree.source, note) for note in notes]
    entries = [entry for entry in tree.entries if entry[0].text != "notes"]
    entries.append((scalar_of(tree.source, "notes"), list_of(tree.source, items)))
    if isinstance(tree, Tree):
        return Tree(entries, tree.source, tree.line, tree.column, tree.lacking, tree.rank)
    return map_of(tree, entries)
