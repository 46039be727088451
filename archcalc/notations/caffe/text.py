"""Protocol buffers' text format, as prototxt files use it, with the place of every name and value.

    layer { name: "conv1" type: "Convolution" convolution_param { num_output: 96 kernel_size: 11 } }

A field is a name and a value, or a name and a message in braces (or angle brackets), with or without a colon; values are words,
numbers and strings, and `[1, 2]` is a field given twice. Source: protobuf's language specification of the text format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

TOKEN = re.compile(
    r"[ \t\r\f\v]*(?:(?P<end>\n)|(?P<comment>\#[^\n]*)|(?P<word>[A-Za-z_][\w./-]*)|(?P<number>[+-]?(?:0[xX][0-9a-fA-F]+|"
    r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fF]?)|(?P<string>\"(?:[^\"\\\n]|\\[^\n])*\"|'(?:[^'\\\n]|\\[^\n])*')|"
    r"(?P<sign>-?[{}<>\[\]:,;]|-))"
)
DEEPEST = 40
MOST_FIELDS = 400_000
OPEN = {"{": "}", "<": ">"}


class Value:
    """A word, a number or a string, as text without its quotes, at its place."""

    __slots__ = ("quoted", "span", "text")

    def __init__(self, text: str, span: Span, quoted: bool = False) -> None:
        self.text = text
        self.span = span
        self.quoted = quoted


class Field:
    """A name and what is given for it."""

    __slots__ = ("name", "span", "used", "value")

    def __init__(self, name: str, span: Span, value: Value | Message) -> None:
        self.name = name
        self.span = span
        self.value = value
        self.used = False


class Message:
    """Fields in order. What a reader takes is used by that; what is left over, it must account for."""

    __slots__ = ("fields", "span")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.fields: list[Field] = []

    def all(self, name: str) -> list[Field]:
        """Every field of a name."""
        found = [field for field in self.fields if field.name == name]
        for field in found:
            field.used = True
        return found

    def values(self, name: str) -> list[Value]:
        """The plain values of a name."""
        return [field.value for field in self.all(name) if isinstance(field.value, Value)]

    def value(self, name: str) -> Value | None:
        """The plain value of a name; the last where it is given several times, as protobuf has it."""
        found = self.values(name)
        return found[-1] if found else None

    def messages(self, name: str) -> list[Message]:
        """The messages of a name."""
        return [field.value for field in self.all(name) if isinstance(field.value, Message)]

    def message(self, name: str) -> Message:
        """The message of a name; an empty one where there is none, and all of them together where there are several."""
        found = self.messages(name)
        if len(found) == 1:
            return found[0]
        together = Message(self.span)
        together.fields = [field for message in found for field in message.fields]
        return together

    def left(self) -> Iterator[Field]:
        """The fields that nobody used, innermost too."""
        for field in self.fields:
            if not field.used:
                yield field
            elif isinstance(field.value, Message):
                yield from field.value.left()


class Token:
    """A piece of the text."""

    __slots__ = ("kind", "span", "text")

    def __init__(self, kind: str, text: str, span: Span) -> None:
        self.kind = kind
        self.text = text
        self.span = span


def tokens(source: Source) -> list[Token]:
    """The pieces of a text without comments. Raises SpecError at a character that begins none."""
    found: list[Token] = []
    text, at, line, start = source.text, 0, 1, 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            rest = text[at:].lstrip(" \t\r\f\v")
            column = len(text) - len(rest) - start + 1
            if not rest:
                break
            if rest[0] in "\"'":
                raise _fault("a string that does not end on its line", Span(source, line, column), rest[0])
            raise _fault(f"'{rest[0]}' begins nothing in a prototxt", Span(source, line, column), "# in front of a comment")
        kind = match.lastgroup or ""
        at = match.end()
        if kind == "end":
            line, start = line + 1, at
        elif kind != "comment":
            piece = match[kind]
            found.append(Token(kind, piece, Span(source, line, match.start(kind) - start + 1, len(piece))))
    return found


def parse(source: Source) -> Message:
    """The message of a text. Raises SpecError at what is no field."""
    pieces = tokens(source)
    root = Message(Span(source, 1, 1))
    open_: list[tuple[Message, str, Span]] = [(root, "", root.span)]
    at = fields = 0
    while at < len(pieces):
        piece = pieces[at]
        here, closing, _ = open_[-1]
        at += 1
        if piece.text in (",", ";"):
            continue
        if piece.kind == "sign" and piece.text == closing:
            open_.pop()
            continue
        if piece.kind != "word":
            if piece.text in ("}", ">"):
                raise _fault(f"a {piece.text} that closes nothing", piece.span, "the brackets in pairs")
            raise _fault(f"a field's name is missing before {piece.text[:40]}", piece.span, f"num_output: {piece.text[:20]}")
        fields += 1
        if fields > MOST_FIELDS:
            raise _fault(f"more than {MOST_FIELDS:,} fields", piece.span, "a smaller network")
        colon = at < len(pieces) and pieces[at].text == ":"
        at += colon
        following = pieces[at] if at < len(pieces) else None
        if following is not None and following.text in OPEN:
            if len(open_) > DEEPEST:
                raise _fault(f"messages more than {DEEPEST} deep", following.span, "fewer levels")
            message = Message(piece.span)
            here.fields.append(Field(piece.text, piece.span, message))
            open_.append((message, OPEN[following.text], piece.span))
            at += 1
        elif not colon:
            raise _fault(
                f"'{piece.text[:40]}' is followed by neither a colon nor a brace",
                piece.span,
                f"{piece.text[:40]}: …",
                f"{piece.text[:40]} {{ … }}",
            )
        elif following is not None and following.text == "[":
            at = _list(pieces, at + 1, piece, here)
        else:
            value, at = _value(pieces, at, piece)
            here.fields.append(Field(piece.text, piece.span, value))
    if len(open_) > 1:
        raise _fault("this brace is never closed", open_[-1][2], "} at its end")
    return root


def _list(pieces: list[Token], at: int, name: Token, here: Message) -> int:
    """`[1, 2]` after a name: the field once for each value."""
    while at < len(pieces) and pieces[at].text != "]":
        if pieces[at].text == ",":
            at += 1
            continue
        value, at = _value(pieces, at, name)
        here.fields.append(Field(name.text, name.span, value))
    if at >= len(pieces):
        raise _fault("this list is never closed", name.span, "] at its end")
    return at + 1


def _value(pieces: list[Token], at: int, name: Token) -> tuple[Value, int]:
    """A value after a name; strings that follow one another are one."""
    piece = pieces[at] if at < len(pieces) else None
    if piece is None or piece.kind not in ("word", "number", "string"):
        raise _fault(f"no value after {name.text[:40]}:", piece.span if piece else name.span, f"{name.text[:40]}: 1")
    at += 1
    if piece.kind != "string":
        return Value(piece.text, piece.span), at
    text = piece.text[1:-1]
    while at < len(pieces) and pieces[at].kind == "string":
        text += pieces[at].text[1:-1]
        at += 1
    return Value(text, piece.span, quoted=True), at


def _fault(message: str, span: Span, repair: str, *more: str) -> SpecError:
    return SpecError([Fault(message, span, repairs=(repair, *more))])
