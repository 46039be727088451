"""From a text to Python's syntax tree, within the limits, and faults at its places."""

from __future__ import annotations

import ast
import re
import sys

from archcalc.interpreter.places import Located, Places
from archcalc.text.budget import Budget
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

MOST_CHARACTERS = 300_000
_MOST_CHAINED = 20_000  # operators of one logical line: Python 3.10 recurses over them without a check
_QUOTES = str.maketrans("‘’“”", "''\"\"")
_INPUT = re.compile(
    r"(?:input|image|输入|вход)[\s:：=]*(?:image|shape|size)?[\s:=]*[\[(]?(\d{1,6}(?:\s*[x×,]\s*\d{1,6})*)[\])]?\s*\.?$", re.I
)
_PRINTED = re.compile(r"^\s*\(\w+\): \w+\(", re.M)


def parse(source: Source, budget: Budget) -> tuple[Places, ast.Module]:
    """The syntax tree of a source and its places. Raises SpecError where the text is too large or no Python."""
    places = Places(source)
    return places, _parse(places, "\n".join(places.lines), "exec", budget)  # type: ignore[return-value]


def parse_expression(source: Source, budget: Budget) -> tuple[Places, ast.Expression]:
    """The syntax tree of one expression."""
    places = Places(source)
    return places, _parse(places, "\n".join(places.lines).strip(), "eval", budget)  # type: ignore[return-value]


def fault(places: Places, node: Located | None, message: str, *repairs: str) -> SpecError:
    """A fault at a node; at the first characters of the text where none is given."""
    span = Span(places.source, 1, 1) if node is None else places.span(node)
    return SpecError([Fault(message, span, repairs=repairs)])


def spend(budget: Budget, source: Source, length: int) -> None:
    """What it costs to take up a source. Raises SpecError beyond the limit."""
    start = Span(source, 1, 1)
    budget.spend("source", length, start)
    budget.spend("files", 1, start)


def _parse(places: Places, text: str, mode: str, budget: Budget) -> ast.AST:
    import warnings

    if len(text) > MOST_CHARACTERS:
        message = f"a source of {len(text):,} characters; the most read is {MOST_CHARACTERS:,}"
        raise fault(places, None, message, "the file of the network alone")
    spend(budget, places.source, len(text))
    if sys.version_info < (3, 11) and len(text) > _MOST_CHAINED:
        _refuse_chains(places, text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in somebody's string is not our matter
            return ast.parse(text, mode=mode)
    except SyntaxError as error:
        if (straight := text.translate(_QUOTES)) != text:  # quotes as a word processor prints them
            places.lines = [line.translate(_QUOTES) for line in places.lines]
            return _parse(places, straight, mode, budget)
        raise _no_python(places, error) from None
    except (RecursionError, MemoryError):
        raise fault(places, None, "nested too deep to be read", "a list and a loop instead of a long chain") from None
    except ValueError as error:
        raise fault(places, None, f"not Python: {error}", "the text as Python would read it") from None


def _no_python(places: Places, error: SyntaxError) -> SpecError:
    line = min(max(error.lineno or 1, 1), len(places.lines))
    # SyntaxError counts characters from 1.
    column = max(error.offset or 1, 1) + places.shift
    end = error.end_offset if getattr(error, "end_lineno", None) == error.lineno else None
    span = Span(places.source, line, column, max(1, (end or 0) + places.shift - column))
    printed = _PRINTED.search(places.source.text)
    written = places.lines[line - 1].strip()
    if printed:
        repair = "the source alone, or alone what print(net) shows"
    elif typed := _INPUT.match(written):
        sizes = re.findall(r"\d+", typed[1])
        if len(sizes) == 3 and sizes[0] == sizes[1] != sizes[2]:
            sizes = [sizes[2], *sizes[:2]]  # here the channels come first
        repair = f"`# input: {'x'.join(sizes)}`, a comment, which is read as well"
    else:
        repair = "`python -m py_compile` on the file for Python's own words"
    return SpecError([Fault(f"not Python: {error.msg}", span, repairs=[repair])])


def _refuse_chains(places: Places, text: str) -> None:
    """Refuse an expression of very many operators, before Python's parser nests a tree for each."""
    operators, opened = 0, 0
    for number, line in enumerate(text.split("\n"), 1):
        opened = max(
            0, opened + line.count("(") + line.count("[") + line.count("{") - line.count(")") - line.count("]") - line.count("}")
        )
        operators += len(line) - len(line.translate(_OPERATORS))
        if operators > _MOST_CHAINED:
            span = Span(places.source, number, places.shift + 1)
            raise SpecError(
                [Fault("an expression too long to be read", span, repairs=["a list and a loop instead of a long chain"])]
            )
        if not opened and line[-1:] != "\\":
            operators = 0


_OPERATORS = dict.fromkeys(map(ord, "+-*/%@&|^.([<>~"))
