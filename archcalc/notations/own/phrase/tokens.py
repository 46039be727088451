"""The pieces of a line and the values they hold; nothing here knows of layers."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import pairwise

from archcalc.notations.own.expression import FUNCTIONS, literal
from archcalc.text.amounts import whole
from archcalc.text.faults import ValueFault

LONGEST = 2000

_NUMBERS = r"(?:\d+:\d+|\d+|-1|keep|\?\w*)"
_TOKEN = re.compile(r"\s*(?:(\d+\s*@\s*\d+(?:\s*[xX]\s*\d+)*(?![\w.*])|\d+(?:\s*[xX]\s*\d+)+(?![\w.*]))|([,;|]+)|(\S))")
# What few lines have is looked for where its sign is there, and compiled then.
_SIZE_WORD = r"(\d+(?:x\d+)+)-?([A-Za-z][A-Za-z_-]*)"
_SIZE = rf"{_NUMBERS}(?:\s*x\s*{_NUMBERS})+|\d+:\d+"
_MAPS = r"(\d{1,12})\s*@\s*(\d{1,12}(?:x\d{1,12})*)"

Token = tuple[str, int, int]


class PhraseFault(ValueFault):
    """What is wrong with text[start:end] of a line."""

    def __init__(self, message: str, start: int, end: int, repair: str, *more: str) -> None:
        super().__init__(message, repair, *more)
        self.start = start
        self.end = end


class Word(str):
    """A bare word that is a value in itself (`same`), never an expression."""


def is_size(text: str) -> bool:
    """Whether a text is a size, or the two sides of an axis: 3x5, 3xkeep, 0:1."""
    return ("x" in text or ":" in text) and re.fullmatch(_SIZE, text) is not None


def maps(text: str) -> re.Match[str] | None:
    """Maps of a size, which says what is the channels: 64@28x28, by its two parts."""
    return re.fullmatch(_MAPS, text) if "@" in text else None


def tokens(text: str) -> list[Token]:
    """The pieces of a line: sizes (`2 x 2` too), and runs of characters with their brackets closed. Raises PhraseFault."""
    found: list[Token] = []
    at = 0
    while match := _TOKEN.match(text, at):
        size, separator, _ = match.groups()
        if size:
            found.append((re.sub(r"\s", "", size).lower(), match.start(1), match.end(1)))
            at = match.end()
        elif separator:
            at = match.end()
        else:
            start = match.start(3)
            at = _run_end(text, start)
            run = text[start:at]
            glued = re.fullmatch(_SIZE_WORD, run) if "x" in run and run[0].isdecimal() else None
            if glued and not is_size(run):
                found.append((glued[1], start, start + len(glued[1])))
                found.append((glued[2], at - len(glued[2]), at))
            else:
                found.append((run, start, at))
    return found


def closing(text: str) -> str:
    """The brackets that are missing at the end of a text."""
    missing: list[str] = []
    for c in text:
        if c in "([{":
            missing.append({"(": ")", "[": "]", "{": "}"}[c])
        elif c in ")]}" and missing:
            missing.pop()
    return "".join(reversed(missing))


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
                raise PhraseFault(f"'{c}' closes nothing", at, at + 1, "the line without it")
        elif depth == 0 and (c in ",;|" or c.isspace()):
            return at
    if depth > 0:
        raise PhraseFault("a bracket is not closed", start, len(text), f"{text[start:]}{closing(text[start:])}")
    return len(text)


def parse_value(text: str, names: Container[str] = ()) -> object:
    """A written value: a number, a size (3x5), sides (0:1x0:1), a tuple; a str is an expression to be evaluated.

    Expressions may stand in sizes and tuples (3xa, 0:k-1, [a, 2*a]); `names` are those known here, by which they are told apart.
    """
    known = literal(text)
    if known is not None:
        return known
    if mapped := maps(text):
        return tuple(int(n) for n in (mapped[1], *mapped[2].split("x")))
    if len(text) <= LONGEST and is_size(text) and "" not in (parts := [p.strip() for p in text.split("x")]):
        return tuple(map(_part, parts))
    if text[:1] in "([" and text[-1:] in ")]":
        inner = [p.strip() for p in _parted(text[1:-1], ",")]
        if len(inner) > 1 and not inner[-1]:
            inner.pop()  # (3,)
        if len(inner) == 1 and inner[0] and _closed(inner[0]):
            found = parse_value(inner[0], names)
            return text if type(found) is str and text[0] == "(" else found
        if len(inner) > 1 and all(map(_closed, inner)):
            return tuple(parse_value(p, names) for p in inner)
    if text in ("None", "null", "~", "keep"):
        return Word("keep")
    if "x" in text and len(parts := sizes(text, names)) > 1:
        return tuple(_sides(part, names) for part in parts)
    return _sides(text, names) if len(_parted(text, ":")) > 1 else text


def _sides(text: str, names: Container[str]) -> object:
    """A part of a size: a value, or what stands before and after an axis with a colon between."""
    sides = [side.strip() for side in _parted(text, ":")]
    if len(sides) != 2 or not all(sides):
        return text if len(sides) != 1 or text in names else parse_value(text, names)
    return tuple(parse_value(side, names) for side in sides)


def _closed(text: str) -> bool:
    """Whether a text is not empty and its brackets close what it opened itself."""
    depth = 0
    for c in text:
        depth += (c in "([") - (c in ")]")
        if depth < 0:
            return False
    return bool(text) and depth == 0


def _parted(text: str, sign: str) -> list[str]:
    """The parts of a text between signs outside brackets."""
    parts, depth, start = [], 0, 0
    for at, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c == sign and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def sizes(text: str, names: Container[str]) -> list[str]:
    """The parts of a size between its x: 3xa, (a+1)x2, 2**ixj; the text alone where it is one expression.

    An x is part of a word where that word is a name that is known or a function; else the word is taken apart into names and
    numbers that are. What is left of one that cannot be (3xq) is a part of its own, to be refused by its name.
    """
    cuts: list[int] = []
    depth = 0
    for run in re.finditer(r"[^\W\d]\w*|\d+(?:\.\d+)?|[()\[\]]", text):
        word, start = run[0], run.start()
        if word in "([":
            depth += 1
        elif word in ")]":
            depth -= 1
        elif depth == 0 and "x" in word and word not in names and not (word in FUNCTIONS and text[run.end() :][:1] == "("):
            glued = start > 0 and (text[start - 1].isdecimal() or text[start - 1] in ")]")
            found = _cuts(word, glued, text[run.end() : run.end() + 1], names)
            if found is None and glued and word[0] == "x":
                found = [0]
            cuts += [start + at for at in found or ()]
    edges = [-1, *cuts, len(text)]
    parts = [text[a + 1 : b].strip() for a, b in pairwise(edges)]
    return parts if all(parts) else [text]


def _cuts(word: str, glued: bool, behind: str, names: Container[str]) -> list[int] | None:
    """Where the x between sizes stand in a word: `glued` to a size before it, with a sign `behind` it; None where it has none."""
    waiting: list[tuple[int, tuple[int, ...]]] = [(0, (0,))] if glued and word[0] == "x" else [] if glued else [(-1, ())]
    while waiting:
        at, cuts = waiting.pop()  # a size begins behind `at`
        for end in range(at + 1, len(word) + 1):
            part = word[at + 1 : end]
            if end < len(word) and word[end] != "x":
                continue
            opens = end == len(word) and ((not part and behind in ("(", "-", "?")) or (part in FUNCTIONS and behind == "("))
            if part.isdecimal() or part in names or part == "keep" or (opens and behind):
                if end == len(word):
                    return list(cuts) if cuts else None
                if len(cuts) < 8:
                    waiting.append((end, (*cuts, end)))
    return None


def _part(text: str) -> object:
    if ":" in text:
        before, after = text.split(":")
        return (whole(before), whole(after))
    return Word(text) if text == "keep" else text if text[:1] == "?" else -1 if text == "-1" else whole(text)


def is_number(word: str) -> bool:
    """Whether a token stands for a number, a size or an unknown, not for a word."""
    return word[0].isdecimal() or word[0] in "?-." or (word[0] == "(" and word[1:2].isdecimal() and word[-1] == ")")


def is_expression(word: str) -> bool:
    """Whether a word can only be an expression: an operator or a bracket is in it."""
    return any(c in "*+/%(" for c in word) and word[0] not in "/*%+" and re.search(r"\w", word) is not None
