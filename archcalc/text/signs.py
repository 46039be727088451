"""The one door for characters: what papers, figures and keyboards write for the same sign, as the plain one.

One character becomes one character, always, so that a place in the plain text is the same place in the text as it was typed.
Every input goes through here: lines and files of words, values of YAML and answer sheets, options of the command line.
"""

from __future__ import annotations

import re

_SIGNS = {"×": "x", "✕": "x", "✖": "x", "⨯": "x", "╳": "x", "∗": "*", "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "‒": "-"}
_SIGNS |= {"、": ",", "，": ",", "؛": ";", "،": ",", "؟": "?", "٪": "%", "٫": ".", "٬": ",", "∕": "/", "⁄": "/", "〜": "~"}
_SIGNS |= {"’": "'", "‘": "'", "“": '"', "”": '"', "。": ".", "【": "[", "】": "]", "〔": "[", "〕": "]"}
# Directions, joiners and marks that have no width: they say how a line is laid out, not what is in it.
_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad"


class _Signs(dict[int, str]):
    """The sign for a character: the table's, a digit for a digit of any script, ASCII for a full-width form, else itself."""

    def __missing__(self, code: int) -> str:
        c = chr(code)
        if c.isdecimal():
            found = str(int(c))
        elif 0xFF01 <= code <= 0xFF5E:
            found = chr(code - 0xFEE0)
        else:
            found = " " if c.isspace() and c not in "\t\n\r" else c
        self[code] = found
        return found


_TABLE = _Signs({ord(c): plain for c, plain in _SIGNS.items()} | {ord(c): " " for c in _UNSEEN})


def plain(text: str) -> str:
    """The text in plain signs, each in its place."""
    if text.isascii():
        return text
    # The Cyrillic х is a times sign where it is no letter of a word.
    return re.sub(r"(?<![^\W\d_])[хХ](?![^\W\d_])", "x", text).translate(_TABLE)


# The signs of tables and sums, each of them one column wide: what is made of these needs no table of characters.
_NARROW = frozenset(map(chr, range(32, 127))) | frozenset("×·−→⌊⌋│├└─…²")


def width(text: str) -> int:
    """How many columns of a terminal a text takes: two for a wide character, none for one that combines."""
    if text.isascii() or _NARROW.issuperset(text):
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(0 if category(c) in ("Mn", "Me", "Cf") else 1 + (east_asian_width(c) in "WF") for c in text)


def is_right_to_left(text: str) -> bool:
    """Whether a terminal that knows scripts would turn parts of a text round."""
    if text.isascii():
        return False
    from unicodedata import bidirectional

    return any(bidirectional(c) in ("R", "AL", "AN") for c in text)
