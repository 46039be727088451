"""Lines that hold for every layer of a kind: `all conv: pad 1, ReLU`, `padding 1 for all conv layers`, `conv: pad 1`.

A header says all, each or every; or it holds settings only, of which no layer could be made. A line that has all a layer needs
is a layer.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from archcalc.notations.own.phrase import Lexicon, Phrase, PhraseFault
from archcalc.notations.own.tree import Scalar
from archcalc.notations.words.places import sub

_FRONT = re.compile(
    r"(?P<all>(?:for\s+)?(?:all|every|each)\s+(?:of\s+)?(?:the\s+)?)?(?P<word>[A-Za-z][\w-]*(?:\s+(?:pool\w*|norm\w*|connected))?)"
    r"(?:\s+(?P<kind>layers?|lines?|blocks?|filters?|kernels?)(?!\s*[=:]?\s*\d))?\s*(?P<sign>:|=|,|\s(?:uses?|ha(?:ve|s)|with|gets?|are|is)\s|\s)\s*(?P<rest>\S.*)$",
    re.I,
)
_BEHIND = re.compile(r"(?:for|in|on)\s+(?:all|every|each)\s+(?:of\s+)?(?:the\s+)?(?P<word>[\w-]+?)s?(?:\s+layers?)?$", re.I)
_SAYS = re.compile(r"(?:for\s+)?(?:all|every|each)\b|[\w\s-]{1,60}(?::|\s(?:use|have|are|get)\s)|.*\s(?:all|every|each)\s", re.I)


class Header(NamedTuple):
    """A header: the line, the word of the kind and its settings, each at its place, and what the settings say."""

    place: Scalar
    key: Scalar
    rest: Scalar
    phrases: list[Phrase]
    says_all: bool

    def touches(self, phrases: list[Phrase]) -> bool:
        """Whether a line of the figure gets something from the header."""
        if not phrases or not self.phrases or phrases[0].form.word != self.key.text:
            return False
        given = {g.slot.name for g in phrases[0].givens}
        sets = any(g.slot.name not in given for g in self.phrases[0].givens)
        return sets or (len(self.phrases) > 1 and len(phrases) == 1)

    def note(self, touched: int) -> str:
        """What is said of it."""
        which = "the one" if touched == 1 else f"{touched}"
        return f"'{self.place.text}' holds for {which} {self.key.text} layer{'s' * (touched != 1)}"


def read_header(lexicon: Lexicon, place: Scalar) -> Header | None:
    """The header a line is; None where it is none."""
    text = place.text
    if not _SAYS.match(text):
        return None
    # `padding 1 for all conv layers`: the last place where such an ending begins.
    for at in (m.start() for m in re.finditer(r"\b(?:for|in|on)\s", text)):
        match = _BEHIND.match(text, at)
        if match and at and (key := _kind(lexicon, match["word"])):
            return _made(lexicon, place, (key, match.span("word")), (0, len(text[:at].rstrip(" ,:;"))), True)
    match = _FRONT.match(text)
    key = _kind(lexicon, match["word"]) if match else ""
    if match is None or not key:
        return None
    if match["all"]:
        return _made(lexicon, place, (key, match.span("word")), (match.start("rest"), len(text)), True)
    plural = (match["kind"] or "").lower() in ("layers", "blocks") and match["sign"].strip() in ("use", "have", "are", "get")
    if match["sign"] != ":" and not plural:
        return None
    found = _made(lexicon, place, (key, match.span("word")), (match.start("rest"), len(text)), False)
    if not found.phrases:
        return None
    first = found.phrases[0]
    given = {g.slot.name for g in first.givens}
    lacks = [slot.name for slot in first.form.all_slots() if slot.required and slot.name not in given]
    # What a layer is made of first (its filters, its units) is said layer by layer: `conv: 64` is one that lacks its kernel.
    own = first.form.positional[0].name if first.form.positional else ""
    return found if lacks and own not in given else None


def _kind(lexicon: Lexicon, word: str) -> str:
    form = lexicon.find(word) or (lexicon.find(word[:-1]) if word.endswith("s") else None)
    return form.word if form is not None and form.layer is not None else ""


def _made(lexicon: Lexicon, place: Scalar, kind: tuple[str, tuple[int, int]], rest: tuple[int, int], says_all: bool) -> Header:
    word, at = kind
    key, settings = sub(place, *at, word), sub(place, *rest)
    try:
        phrases = lexicon.parse(f"{word} {settings.text}")
    except PhraseFault:
        phrases = []
    return Header(place, key, settings, phrases, says_all)
