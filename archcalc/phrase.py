"""One line of the notation: `conv 64 k3 p1 nobias bn relu`, `5x5 Conv (6), pad 2`, `FC-4096`, `inverted_residual 24 t6 s2`.

A line is a word that names a layer or block, what is set for it, and perhaps a normalisation, an activation or a dropout
that follow. The word may stand after the kernel, as textbooks write it. Parsing knows names and letters only; values that
are expressions stay text until the expander evaluates them in their scope.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, field
from typing import TYPE_CHECKING, Any

from archcalc.errors import ValueFault, suggestions
from archcalc.expression import literal
from archcalc.layers import KINDS, layer_class, normal

if TYPE_CHECKING:
    from archcalc.layers.base import Layer

# Words that carry no setting in a textbook's line; the one list of them.
FILLERS = frozenset(
    [
        "of",
        "with",
        "and",
        "a",
        "an",
        "the",
        "by",
        "layer",
        "layers",
        "units",
        "unit",
        "filters",
        "filter",
        "maps",
        "map",
        "channels",
        "channel",
        "neurons",
        "nodes",
        "outputs",
        "output",
        "features",
        "hidden",
        "cells",
        "size",
        "activation",
        "kernels",
        "kernel:",
        "window",
        "nonlinearity",
        "classes",
        "feature",
        "then",
    ]
)
_NUMBERS = r"(?:\d+:\d+|\d+|-1|keep|\?\w*)"
_TOKEN = re.compile(r"\s*(?:(\d+(?:\s*x\s*\d+)+(?![\w.*]))|([,;|]+)|(\S))")
_SIZE = re.compile(rf"{_NUMBERS}(?:\s*x\s*{_NUMBERS})+|\d+:\d+")
_LETTER = re.compile(r"([A-Za-z]{1,2})[=:]?((?:\d|\?|keep).*)")
_GLUED = re.compile(r"([A-Za-z][A-Za-z_]*?)(\d+(?:x\d+)?)?-(\d+)|([A-Za-z][A-Za-z_0-9]*?):?(\(.*\))?:?")


class PhraseFault(ValueFault):
    """What is wrong with text[start:end] of a line."""

    def __init__(self, message: str, start: int, end: int, *repairs: str) -> None:
        super().__init__(message, *repairs)
        self.start = start
        self.end = end


@dataclass(frozen=True, eq=False)
class Slot:
    """A place for one setting. `convert` reads an evaluated value; None where any value will do (a block's argument)."""

    name: str
    convert: Any = None
    required: bool = True


@dataclass(frozen=True, eq=False)
class Form:
    """What may follow a word: its slots under all their names, their letters, flags, and the order of bare values."""

    word: str
    slots: dict[str, Slot]
    letters: dict[str, Slot]
    flags: dict[str, tuple[Slot, Any]]
    positional: tuple[Slot, ...]
    layer: type[Layer] | None = None
    block: Any = None
    implied: dict[str, Any] = field(default_factory=dict)

    def all_slots(self) -> list[Slot]:
        """Every slot once."""
        return list(dict.fromkeys(self.slots.values()))

    @property
    def follows(self) -> bool:
        """Whether it may stand on the line of another layer."""
        return self.layer is not None and self.layer.follows


@dataclass
class Given:
    """A value given for a slot, at text[start:end]. A str is an expression; anything else is already a value."""

    slot: Slot
    value: Any
    start: int
    end: int


@dataclass
class Phrase:
    """A word and what is set for it. `built` keeps the layer where nothing in it depends on the scope."""

    form: Form
    givens: list[Given]
    start: int
    end: int
    variable: str = ""
    built: Layer | None = None


class Word(str):
    """A bare word that is a value in itself (`same`), never an expression."""


_FORMS: dict[str, Form] = {}


def layer_form(name: str) -> Form:
    """The form of a layer kind under one of its names; the dimensions in a name like Conv2d are checked."""
    if name in _FORMS:
        return _FORMS[name]
    from archcalc.layers.base import settings_of

    cls = layer_class(KINDS[name])
    slots: dict[str, Slot] = {}
    letters: dict[str, Slot] = {}
    flags: dict[str, tuple[Slot, Any]] = {}
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


class Lexicon:
    """What words mean in one file or block: the blocks it may use, and the names of its variables.

    `blocks` finds a block's form by name, or None. Parsed lines are kept.
    """

    def __init__(
        self, variables: frozenset[str], blocks: Callable[[str], Form | None], known_blocks: Callable[[], Iterator[str]]
    ) -> None:
        self.variables = variables
        self.blocks = blocks
        self.known_blocks = known_blocks
        self._lines: dict[str, list[Phrase]] = {}

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
        near = suggestions(normal(word), [*KINDS, *self.known_blocks()])
        return PhraseFault(
            f"unknown layer or block '{shown}'", start, end, *(near or ["`archcalc layers` for what can be written"])
        )

    def parse(self, text: str) -> list[Phrase]:
        """The phrases of a line. Raises PhraseFault."""
        found = self._lines.get(text)
        if found is None:
            found = self._lines[text] = _Parser(text, self).phrases()
        return found


Token = tuple[str, int, int]


def tokens(text: str) -> list[Token]:
    """The pieces of a line: sizes (`2 x 2` too), and runs of characters with their brackets closed."""
    found: list[Token] = []
    at = 0
    while match := _TOKEN.match(text, at):
        size, separator, _ = match.groups()
        if size:
            found.append((re.sub(r"\s", "", size), match.start(1), match.end(1)))
            at = match.end()
        elif separator:
            at = match.end()
        else:
            start = match.start(3)
            at = _run_end(text, start)
            found.append((text[start:at], start, at))
    return found


def _run_end(text: str, start: int) -> int:
    """Where a run of characters ends: at a space or comma outside brackets."""
    depth = 0
    for at in range(start, len(text)):
        c = text[at]
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
            if depth < 0:
                raise PhraseFault(f"'{c}' closes nothing", at, at + 1)
        elif depth == 0 and (c in ",;|" or c.isspace()):
            return at
    if depth > 0:
        raise PhraseFault("a bracket is not closed", start, len(text))
    return len(text)


def parse_value(text: str) -> Any:
    """A written value: a number, a size (3x5), sides (0:1x0:1), a tuple; a str is an expression to be evaluated."""
    known = literal(text)
    if known is not None:
        return known
    if _SIZE.fullmatch(text):
        parts = tuple(_part(p.strip()) for p in text.split("x"))
        return parts
    if text[:1] in "([" and text[-1:] in ")]":
        inner = [p.strip() for p in text[1:-1].split(",")]
        if len(inner) == 1 and inner[0]:
            return parse_value(inner[0])
        if len(inner) > 1 and all(inner) and not any(c in text[1:-1] for c in "()[]"):
            return tuple(parse_value(p) for p in inner)
    if text in ("None", "null", "~", "keep"):
        return Word("keep")
    return text


def _part(text: str) -> Any:
    if ":" in text:
        before, after = text.split(":")
        return (int(before), int(after))
    return Word(text) if text == "keep" else int(text) if text[:1] != "?" else text


class _Parser:
    """Parses one line; holds the tokens and where it stands."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        if len(text) > 2000:
            raise PhraseFault(f"a line of {len(text)} characters; the longest allowed is 2,000", 0, 1)
        self.text = text
        self.lexicon = lexicon
        self.tokens = tokens(text.replace("×", "x").replace("–", "-").replace("✕", "x"))
        self.at = 0

    def phrases(self) -> list[Phrase]:
        if not self.tokens:
            raise PhraseFault("an empty line", 0, 1)
        leading: list[Token] = []
        while self.at < len(self.tokens) and _is_number(self.tokens[self.at][0]):
            leading.append(self.tokens[self.at])
            self.at += 1
        if self.at == len(self.tokens):
            raise PhraseFault("no layer is named here", 0, len(self.text), "a name in front, as in `conv 6 k5`")
        found = [self._phrase(leading)]
        while self.at < len(self.tokens):
            word, start, end = self.tokens[self.at]
            last = found[-1].form.word
            if word in self.lexicon.variables:
                found.append(Phrase(found[-1].form, [], start, end, variable=word))
                self.at += 1
                continue
            form, _ = self._word()
            if form is None:
                raise self._stray(word, start, end, found[-1].form)
            if not form.follows:
                raise PhraseFault(f"'{word}' starts a layer of its own after {last}", start, end, "a new line for it")
            found.append(self._phrase([]))
        return found

    def _stray(self, word: str, start: int, end: int, form: Form) -> PhraseFault:
        """The fault of a token that is no setting of the layer and no layer that may follow."""
        known = [*form.slots, *form.flags, *(k for k in KINDS if layer_class(KINDS[k]).follows)]
        near = suggestions(normal(word), known)
        if not near and literal(word) is not None:
            hints = [f"{letter}{word}" for letter in form.letters]
            return PhraseFault(f"{form.word} has no place for a bare {word}", start, end, *hints[:3])
        shown = word if len(word) <= 40 else word[:37] + "…"
        return PhraseFault(f"'{shown}' is no setting of {form.word}", start, end, *near)

    def _word(self) -> tuple[Form | None, int]:
        """The form named by the longest run of tokens from here, and how many tokens that is."""
        for count in range(min(4, len(self.tokens) - self.at), 0, -1):
            words = [t[0] for t in self.tokens[self.at : self.at + count]]
            if count > 1 and not all(w.replace("-", "").replace("_", "").isalpha() for w in words):
                continue
            form = self.lexicon.find(words[0].rstrip(":") if count == 1 else "".join(words))
            if form is not None:
                return form, count
        return None, 0

    def _phrase(self, leading: list[Token]) -> Phrase:
        word, start, end = self.tokens[self.at]
        givens: list[Given] = []
        form, count = self._word()
        extra: list[Token] = []
        if form is None:
            form, extra = self._glued(word, start, end)
            count = 1
        end = self.tokens[self.at + count - 1][2]
        self.at += count
        for token in [*leading, *extra]:
            self._setting(form, givens, token)
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if not self._setting(form, givens, token):
                break
            self.at += 1
            end = self.tokens[self.at - 1][2]
        first = leading[0][1] if leading else start
        return Phrase(form, givens, first, max(end, self.tokens[self.at - 1][2]))

    def _glued(self, word: str, start: int, end: int) -> tuple[Form, list[Token]]:
        """A word with its numbers attached: conv3-64, FC-4096, Conv(6)."""
        match = _GLUED.fullmatch(word)
        if match:
            name, kernel, number, plain, inside = match.groups()
            form = self.lexicon.find(name or plain)
            if form is not None and number:
                made = [(number, end - len(number), end)]
                if kernel:
                    at = start + len(name)
                    made.insert(0, (f"k{kernel}", at, at + len(kernel)))
                return form, made
            if form is not None and inside:
                at = start + word.index("(")
                return form, [(inside, at, at + len(inside))]
        raise self.lexicon.unknown(re.split(r"[(:]", word)[0] or word, start, end)

    def _setting(self, form: Form, givens: list[Given], token: Token) -> bool:
        """Takes a token as a setting of the form; False when it is none."""
        word, start, end = token
        if word in self.lexicon.variables:
            return self._bare(form, givens, word, start, end)
        name, sign, rest = _split(word)
        if sign:
            slot = form.slots.get(normal(name)) or form.letters.get(name.lower())
            if slot is not None:
                if not rest:
                    return self._worded(form, givens, slot, start)
                return self._give(form, givens, slot, _value(slot, rest), start, end)
            if name.isidentifier() and sign == "=":
                near = suggestions(normal(name), form.slots)
                raise PhraseFault(f"{form.word} has no setting '{name}'", start, start + len(name), *near)
        lower = word.lower()
        if lower in form.flags:
            slot, value = form.flags[lower]
            return self._give(form, givens, slot, value, start, end)
        letter = _LETTER.fullmatch(word)
        if letter and letter[1].lower() in form.letters:
            slot = form.letters[letter[1].lower()]
            return self._give(form, givens, slot, _value(slot, letter[2]), start, end)
        if normal(word) in form.slots and not _is_number(word):
            return self._worded(form, givens, form.slots[normal(word)], start)
        if lower in FILLERS:
            return True
        if match := re.fullmatch(r"/s?(\d+)", lower):
            slot_ = form.slots.get("stride")
            return slot_ is not None and self._give(form, givens, slot_, int(match[1]), start, end)
        if word == "/":
            return True
        if match := re.fullmatch(r"(\d+)@(\d+(?:x\d+)*)", word):
            self._bare(form, givens, match[1], start, start + match.end(1))
            return self._bare(form, givens, match[2] if "x" in match[2] else f"{match[2]}x{match[2]}", start, end)
        if word[0] == "(" and self._inside(form, givens, word, start, end):
            return True
        if _is_number(word) or _SIZE.fullmatch(word) or _expression(word):
            return self._bare(form, givens, word, start, end)
        return False

    def _inside(self, form: Form, givens: list[Given], word: str, start: int, end: int) -> bool:
        """Settings in brackets: (6), (6, 5x5), (64 units)."""
        if any(c in "()[]*+" for c in word[1:-1]):
            return False
        inner = _Parser(word[1:-1], self.lexicon)
        inner.tokens = [(w, start + 1 + s, start + 1 + e) for w, s, e in inner.tokens]
        while inner.at < len(inner.tokens):
            if not inner._setting(form, givens, inner.tokens[inner.at]):
                return False
            inner.at += 1
        return bool(inner.tokens)

    def _worded(self, form: Form, givens: list[Given], slot: Slot, start: int) -> bool:
        """A long name and the value that stands after it: `pad 2`, `stride of 2`."""
        at = self.at + 1
        while at < len(self.tokens) and self.tokens[at][0].lower() in ("of", "=", ":", "is"):
            at += 1
        if at < len(self.tokens):
            word, _, end = self.tokens[at]
            value = _value(slot, word)
            if not isinstance(value, str) or isinstance(value, Word) or word in self.lexicon.variables or _expression(word):
                self.at = at
                return self._give(form, givens, slot, value, start, end)
        if any(g.slot == slot for g in givens):  # `same padding`
            return True
        word, start, end = self.tokens[self.at]
        raise PhraseFault(f"{word} of {form.word} is given no value", start, end, f"{word} 1")

    def _bare(self, form: Form, givens: list[Given], word: str, start: int, end: int) -> bool:
        """A value without a name: the next free positional slot; a size like 3x3 is the kernel where there is one."""
        value = parse_value(word)
        taken = {g.slot.name for g in givens}
        slot = next((s for s in form.positional if s.name not in taken), None)
        if isinstance(value, tuple) and "kernel" in form.slots and not (slot and slot.name in ("kernel", "shape")):
            slot = form.slots["kernel"]
        if slot is None:
            return False
        return self._give(form, givens, slot, value, start, end)

    def _give(self, form: Form, givens: list[Given], slot: Slot, value: Any, start: int, end: int) -> bool:
        if any(g.slot == slot for g in givens):
            raise PhraseFault(f"{slot.name} of {form.word} is given twice", start, end)
        givens.append(Given(slot, value, start, end))
        return True


def _value(slot: Slot, text: str) -> Any:
    if slot.convert is not None and slot.convert.word(text):
        return Word(text.lower())
    return parse_value(text)


def _split(word: str) -> tuple[str, str, str]:
    """name, sign, value of `name=value` or `name:`; no sign where there is none outside brackets and comparisons."""
    match = re.match(r"([A-Za-z_]\w*)(=(?!=)|:)", word)
    if match is None or (match[2] == ":" and match.end() != len(word)):
        return word, "", ""
    return match[1], match[2], word[match.end() :]


def _is_number(word: str) -> bool:
    return word[0].isdigit() or word[0] in "?-." or (word[0] == "(" and word[1:2].isdigit() and word[-1] == ")")


def _expression(word: str) -> bool:
    """Whether a word can only be an expression: an operator or a bracket is in it."""
    return any(c in "*+/%(" for c in word) and word[0] not in "/*%" and re.search(r"\w", word) is not None
