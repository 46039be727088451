"""What may follow a word in a line, and what was set: forms with their slots, phrases with what is given.

Parsing knows names and letters only; which words are blocks and variables is `Words`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING
from typing import TYPE_CHECKING, Any

from archcalc.layers import KINDS, layer_class, normal
from archcalc.notations.own.phrase.tokens import PhraseFault, Word
from archcalc.text.faults import suggestions

if TYPE_CHECKING:
    from archcalc.layers.base import Layer
    from archcalc.layers.kinds import Kind

# Words of a sentence, which are no mistyped layers.
_PLAIN = frozenset(
    """is are was be has have does the this that these those it its of to for in on at by as an and or no not with from into
    first second third fourth fifth last next then also all each both other another which where when how such same so
    consists takes given followed applied reduces reducing outputting stride size layer filter filters without
    maxout converts pictures""".split()
)

# Plain classes: they stand on the way of every table, and a dataclass takes half a millisecond to make.


def near_word(word: str, known: Iterable[str]) -> list[str]:
    """The known word nearest to one of a line. A plain English word is a slip of one letter at most: `is` is not mish."""
    return suggestions(word, known, cutoff=0.9 if word.lower() in _PLAIN else 0.6)


class Slot:
    """A place for one setting. `convert` reads an evaluated value; None where any value will do (a block's argument)."""

    __slots__ = ("convert", "name", "required")

    def __init__(self, name: str, convert: Kind[Any] | None = None, required: bool = True) -> None:
        self.name = name
        self.convert = convert
        self.required = required


class Form:
    """What may follow a word: its slots under all their names, their letters, flags, and the order of bare values."""

    __slots__ = ("block", "flags", "implied", "layer", "letters", "positional", "slots", "word")

    def __init__(
        self,
        word: str,
        slots: dict[str, Slot],
        letters: dict[str, Slot],
        flags: dict[str, tuple[Slot, Any]],
        positional: tuple[Slot, ...],
        layer: type[Layer] | None = None,
        block: Any = None,
        implied: dict[str, Any] | None = None,
    ) -> None:
        self.word = word
        self.slots = slots
        self.letters = letters
        self.flags = flags
        self.positional = positional
        self.layer = layer
        self.block = block
        self.implied = implied or {}

    def all_slots(self) -> list[Slot]:
        """Every slot once."""
        return list(dict.fromkeys(self.slots.values()))

    @property
    def page(self) -> str:
        """Where its settings are told, as advice; of a block, what they are."""
        if self.layer is not None:
            return f"`archcalc layers {self.word}` for its settings"
        return f"its arguments: {', '.join(slot.name for slot in self.all_slots())}"

    @property
    def torch_begins_with_in(self) -> bool:
        """Whether two numbers in brackets are what comes in and its first setting to torch, and two settings here."""
        return len(self.positional) > 1 and "in" in self.slots and "kernel" not in self.slots

    @property
    def follows(self) -> bool:
        """Whether it may stand on the line of another layer."""
        return self.layer is not None and self.layer.follows


class Given:
    """A value given for a slot, at text[start:end]. A str is an expression; anything else is already a value."""

    __slots__ = ("end", "slot", "start", "value")

    def __init__(self, slot: Slot, value: Any, start: int, end: int) -> None:
        self.slot = slot
        self.value = value
        self.start = start
        self.end = end


class Phrase:
    """A word and what is set for it. `built` keeps the layer where nothing in it depends on the scope."""

    __slots__ = ("built", "end", "form", "givens", "start", "variable")

    def __init__(self, form: Form, givens: list[Given], start: int, end: int, variable: str = "") -> None:
        self.form = form
        self.givens = givens
        self.start = start
        self.end = end
        self.variable = variable
        self.built: Layer | None = None


_FORMS: dict[str, Form] = {}


def layer_form(name: str) -> Form:
    """The form of a layer kind under one of its names; the dimensions in a name like Conv2d are checked."""
    if name in _FORMS:
        return _FORMS[name]
    from archcalc.layers.base import settings_of

    cls = layer_class(KINDS[name])
    slots: dict[str, Slot] = {}
    letters: dict[str, Slot] = {}
    flags: dict[str, tuple[Slot, object]] = {}
    for key, (made_field, made) in settings_of(cls).items():
        slot = Slot(key, made.kind, made_field.default is MISSING)
        for alias in (key, *made.aliases):
            slots[normal(alias)] = slot
        if made.letter:
            letters[made.letter] = slot
        flags |= {word: (slot, Word(value) if isinstance(value, str) else value) for word, value in made.flags.items()}
    implied = {}
    if "rank" in slots and name[-2:] in ("1d", "2d", "3d"):
        implied["rank"] = int(name[-2])
    form = Form(cls.kind, slots, letters, flags, tuple(slots[normal(p)] for p in cls.positional), cls, implied=implied)
    _FORMS[name] = form
    return form


class Words:
    """What words mean in one file or block: the blocks it may use, and the names of its variables.

    `blocks` finds a block's form by name, or None.
    """

    def __init__(
        self, variables: frozenset[str], blocks: Callable[[str], Form | None], known_blocks: Callable[[], Iterator[str]]
    ) -> None:
        self.variables = variables
        self.blocks = blocks
        self.known_blocks = known_blocks

    def find(self, word: str) -> Form | None:
        """The form a word names: a block of that exact name, or a layer under any of its names."""
        form = self.blocks(word)
        if form is not None:
            return form
        name = normal(word)
        return layer_form(name) if name in KINDS else None

    def unknown(self, word: str, start: int, end: int) -> PhraseFault:
        """The fault of a word that names nothing."""
        shown = word if len(word) <= 40 else word[:37] + "…"
        near = near_word(normal(word), [*KINDS, *self.known_blocks()])
        if normal(word) in layer_form("conv").slots:  # a setting that stands alone: `out = 6`
            near = ["it behind its layer, as in `conv 6 k5, stride 1`", "a `#` in front where it is a remark"]
        return PhraseFault(
            f"unknown layer or block '{shown}'", start, end, *(near or ["`archcalc layers` for what can be written"])
        )
