"""Text to statements: checked token by token, then parsed by Python's `ast`, and never evaluated as code.

The token check comes first so that a message names the character that is wrong, in the same words on every Python.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archcalc.homework.calculus.gates import FUNCTIONS
from archcalc.homework.calculus.losses import LOSSES
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

DEEPEST = 60
LONGEST_NAME = 40

CONSTANTS = {"pi": math.pi, "π": math.pi}

# What people paste from a page, and what it is here; one character for one, so that columns stay true.
SAME = str.maketrans({"·": "*", "×": "*", "∗": "*", "−": "-", "–": "-", "÷": "/", "\t": " "})
_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>(?![²³])[^\W\d](?:(?![²³])\w)*)|(?P<index>\[\s*\d{1,3}\s*\])"
    r"|(?P<raised>[²³])|(?P<end>[;\n])|(?P<op>\*\*|//|==|[-+*/^(),=])"
)
_INSTEAD = {"[": "(", "{": "(", "]": ")", "}": ")"}
_POWERS = {"^": "**", "²": "**2", "³": "**3"}
SOFTMAX = "softmax"

Token = re.Match[str]


@dataclass(frozen=True)
class Text:
    """The text of an expression, and where its characters stand."""

    source: Source
    clean: str

    def span(self, start: int, length: int = 1) -> Span:
        line = self.clean.count("\n", 0, start)
        column = start - (self.clean.rfind("\n", 0, start) + 1)
        return Span(self.source, line + 1, column + 1, max(1, length))

    def fail(self, message: str, start: int, length: int, repair: str, *more: str) -> SpecError:
        return SpecError([Fault(message, self.span(start, length), repairs=(repair, *more))])


@dataclass(frozen=True)
class Statement:
    """One line: the names it assigns (none for an expression alone), and its expression, parsed."""

    names: Sequence[Token]
    tree: ast.expr
    code: str
    places: Sequence[int]  # of every character of the code, in the text

    @property
    def number(self) -> float | None:
        """The value of a line that is only a number with a sign."""
        node, sign = self.tree, 1.0
        while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            sign = -sign if isinstance(node.op, ast.USub) else sign
            node = node.operand
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return sign * node.value
        return None


def tokens_of(where: Text) -> Iterator[Token]:
    at, clean = 0, where.clean
    while at < len(clean):
        if clean[at] != "\n" and clean[at].isspace():
            at += 1
            continue
        token = _TOKEN.match(clean, at)
        if token is None:
            repairs = [_INSTEAD[clean[at]]] if clean[at] in _INSTEAD else []
            raise where.fail(f"{clean[at]!r} has no meaning here", at, 1, *(repairs or ["the line without it"]))
        yield token
        at = token.end()


def parts_of(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens of every statement. A line goes on inside brackets, and where it ends or the next begins with an operator."""
    assigns = any(t["op"] == "=" for t in tokens)
    parts: list[list[Token]] = [[]]
    depth = 0
    for i, token in enumerate(tokens):
        if not token["end"]:
            depth += {"(": 1, ")": -1}.get(token["op"] or "", 0)
            parts[-1].append(token)
            continue
        rest = next((t for t in tokens[i + 1 :] if t.group() != "\n"), None)
        before = parts[-1][-1]["op"] if parts[-1] else None
        going_on = rest is not None and rest["op"] in (
            ("*", "/", "**", "^", ")", ",") if assigns else ("*", "/", "**", "^", "+", "-", ")", ",")
        )
        if token.group() == ";" or not (depth > 0 or (before and before != ")") or going_on):
            parts.append([])
    return [part for part in parts if part]


def statement_of(where: Text, tokens: list[Token]) -> Statement:
    """One statement, checked and parsed."""
    signs = [i for i, t in enumerate(tokens) if t["op"] in ("=", "==")]
    names: list[Token] = []
    if signs:
        front, sign = tokens[: signs[0]], tokens[signs[0]]
        if tokens[signs[-1]]["op"] == "==" or len(signs) > 1:
            raise where.fail(
                "a line has one '=', behind a name", tokens[signs[-1]].start(), len(tokens[signs[-1]].group()), "a line for each"
            )
        if not front or any(not t["name"] if i % 2 == 0 else t["op"] != "," for i, t in enumerate(front)) or len(front) % 2 == 0:
            start = front[0].start() if front else sign.start()
            raise where.fail("only a name can be given a value", start, sign.end() - start, "s0 = w0*x0")
        names = front[::2]
        for token in names:
            _check_operand(where, token)
            if token.group() in FUNCTIONS or token.group() in CONSTANTS or token.group() in (SOFTMAX, *LOSSES):
                raise where.fail(f"{token.group()} has a meaning already", token.start(), len(token.group()), f"{token.group()}_")
        tokens = tokens[signs[0] + 1 :]
        if not tokens:
            raise where.fail("something is missing after '='", sign.start(), 1, "an expression behind it, as in a = w*x")
    _check_tokens(where, tokens)
    code, places = "", []
    at = tokens[0].start()
    for token in tokens:
        written = _POWERS.get(token.group(), re.sub(r"\s", "", token.group()))
        gap = " " * min(1, token.start() - at)
        code += gap + written
        places += [token.start()] * len(gap)
        places += [token.start() + min(i, len(token.group()) - 1) for i in range(len(written))]
        at = token.end()
    try:
        tree = ast.parse(code, mode="eval").body
    except SyntaxError as error:
        at = places[min(len(places), max(1, error.offset or 1)) - 1]
        raise where.fail("this is not an expression", at, 1, "arithmetic of names and numbers, as in w*x + b") from None
    except (ValueError, MemoryError, RecursionError):
        raise SpecError(
            [
                Fault(
                    f"an expression nested too deep; {DEEPEST} levels are allowed",
                    repairs=["parts of it on lines of their own: a = w*x; a + b"],
                )
            ]
        ) from None
    return Statement(names, tree, code, places)


def _check_tokens(where: Text, tokens: Sequence[Token]) -> None:
    """That operands and operators alternate, that brackets match, and that nothing else stands in the
    text."""
    fail = where.fail
    brackets: list[tuple[int, bool]] = []
    before: Token | None = None
    operand_wanted = True
    for token in tokens:
        word, start = token.group(), token.start()
        if token["op"] == "(":
            call = not operand_wanted and before is not None and bool(before["name"])
            if not operand_wanted and not call:
                raise fail("an operator is missing before '('", start, 1, "*(")
            brackets.append((start, call))
            if len(brackets) > DEEPEST:
                raise fail(
                    f"brackets nested more than {DEEPEST} deep", start, 1, "parts of it on lines of their own: a = w*x; a + b"
                )
            operand_wanted = True
        elif token["op"] == ")":
            if not brackets:
                raise fail("this bracket was never opened", start, 1, "the line without it")
            _, call = brackets.pop()
            if operand_wanted and before is not None and not (call and before["op"] == "("):
                raise fail(f"something is missing between '{before.group()}' and ')'", start, 1, "a name or a number there")
            operand_wanted = False
        elif token["op"] == ",":
            if operand_wanted:
                raise fail("something is missing before ','", start, 1, "a name or a number there")
            if not brackets or not brackets[-1][1]:
                raise fail(
                    "a comma stands only between the operands of a function", start, 1, "a function around it, as in max(x, y)"
                )
            operand_wanted = True
        elif token["op"] == "//":
            raise fail("'//' is not an operation here", start, 2, "/")
        elif token["index"] or token["raised"]:
            if operand_wanted:
                raise fail(
                    f"{word[0]!r} has no meaning here",
                    start,
                    1,
                    *(([_INSTEAD[word[0]]] if word[0] in _INSTEAD else []) or ["the line without it"]),
                )
        elif token["op"]:
            if operand_wanted and word not in "+-":
                raise fail(f"something is missing before '{word}'", start, len(word), "a name or a number there")
            operand_wanted = True
        else:
            _check_operand(where, token)
            if not operand_wanted and before is not None:
                left = before.group()
                repair = f"{left}*{word}" if left != ")" else f")*{word}"
                raise fail(f"an operator is missing between '{left}' and '{word}'", start, len(word), repair)
            operand_wanted = False
        before = token
    if operand_wanted and before is not None:
        raise fail(
            f"something is missing after '{before.group()}'", before.start(), len(before.group()), "a name or a number there"
        )
    if brackets:
        raise fail("this bracket is never closed", brackets[-1][0], 1, "a ) at its end")


def _check_operand(where: Text, token: Token) -> None:
    word = token.group()

    def fail(message: str, repair: str, *more: str) -> SpecError:
        return where.fail(message, token.start(), len(word), repair, *more)

    if token["number"]:
        if not math.isfinite(float(word)):
            raise fail(f"{word} is beyond the largest floating-point number", "a smaller number")
        if re.match(r"0\d", word):
            raise fail(f"{word} begins with a zero", word.lstrip("0") or "0")
    elif not word.isidentifier():
        raise fail(f"'{word}' cannot be a name", "letters, digits and _, as in w1")
    elif len(word) > LONGEST_NAME:
        raise fail(f"a name of {len(word)} characters; the longest allowed is {LONGEST_NAME}", "a shorter name")
    elif keyword.iskeyword(word):
        raise fail(f"'{word}' is a word of Python's and cannot be a name", f"{word}_")
