"""The pieces of a line and the values they hold; nothing here knows of layers."""

from __future__ import annotations

import re

from archcalc.notations.own.expression import literal
from archcalc.text.amounts import whole
from archcalc.text.faults import ValueFault

LONGEST = 2000

_NUMBERS = r"(?:\d+:\d+|\d+|-1|keep|\?\w*)"
_TOKEN = re.compile(r"\s*(?:(\d+\s*@\s*\d+(?:\s*[xX]\s*\d+)*(?![\w.*])|\d+(?:\s*[xX]\s*\d+)+(?![\w.*]))|([,;|]+)|(\S))")
_SIZE_WORD = re.compile(r"(\d+(?:x\d+)+)-?([A-Za-z][A-Za-z_-]*)")
SIZE = re.compile(rf"{_NUMBERS}(?:\s*x\s*{_NUMBERS})+|\d+:\d+")

# Maps of a size, which says what is the channels: 64@28x28.
MAPS = re.compile(r"(\d{1,12})\s*@\s*(\d{1,12}(?:x\d{1,12})*)")

Token = tuple[str, int, int]


class PhraseFault(ValueFault):
    """What is wrong with text[start:end] of a line."""

    def __init__(self, message: str, start: int, end: int, repair: str, *more: str) -> None:
        super().__init__(message, repair, *more)
        self.start = start
        self.end = end


class Word(str):
    """A bare word that is a value in itself (`same`), never an expression."""


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
            if (glued := _SIZE_WORD.fullmatch(run)) and not SIZE.fullmatch(run):
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


def parse_value(text: str) -> object:
    """A written value: a number, a size (3x5), sides (0:1x0:1), a tuple; a str is an expression to be evaluated."""
    known = literal(text)
    if known is not None:
        return known
    if maps := MAPS.fullmatch(text):
        return tuple(int(n) for n in (maps[1], *maps[2].split("x")))
    if len(text) <= LONGEST and SIZE.fullmatch(text) and "" not in (parts := [p.strip() for p in text.split("x")]):
        return tuple(map(_part, parts))
    if text[:1] in "([" and text[-1:] in ")]":
        inner = [p.strip() for p in text[1:-1].split(",")]
        if len(inner) > 1 and not inner[-1]:
            inner.pop()  # (3,)
        if len(inner) == 1 and inner[0]:
            return parse_value(inner[0])
        if len(inner) > 1 and all(inner) and not any(c in text[1:-1] for c in "()[]"):
            return tuple(parse_value(p) for p in inner)
    if text in ("None", "null", "~", "keep"):
        return Word("keep")
    return text


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
