"""What a text may be that is no network in a notation read here: one message says what it looks like, never a fault a line.

The table is asked in its order, with the first lines of the text. To teach archcalc a format, give it a reader in NOTATIONS and
take it off this table.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from archcalc.layers import KINDS, normal
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

HEAD = 6000


class Lookalike(NamedTuple):
    """A format: what it is called, the mark by which it is told, and what to do instead."""

    title: str
    mark: re.Pattern[str]
    advice: tuple[str, ...]


LINES = "one layer a line, as in `5x5 Conv (6), pad 2`"

LOOKALIKES: tuple[Lookalike, ...] = (
    Lookalike(
        "a printed summary without its heading (Keras, torchsummary or torchinfo)",
        re.compile(
            r"^[ \t]*(?:(?:Total|Trainable|Non-trainable) params:|Layer *\( *type *\)"
            r"|[\w.-]{1,60} \([A-Z]\w{1,40}\) {1,40}\[?\(None,|[A-Z]\w{1,40}-\d{1,5} {1,40}\[-1,"
            r"|[│|├└─ ]{1,40}─[A-Z]\w{1,40}: \d)",
            re.M,
        ),
        ("`Layer (type)  Output Shape  Param #` above its rows", LINES),
    ),
    Lookalike(
        "HTML or XML",
        re.compile(r"\A\s*<(?:!DOCTYPE|\?xml|html|svg|div|table|head|body|p)\b", re.I),
        ("the text of the page", LINES),
    ),
    Lookalike(
        "a log",
        re.compile(
            r"^[ \t]*(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|Epoch\s+\[?\d+\s*/\s*\d+|(?:INFO|DEBUG|WARNING|ERROR)\b[: ])",
            re.M,
        ),
        ("the network itself", LINES),
    ),
    Lookalike(
        "a table of LaTeX with stacked cells, as of ResNet's several networks",
        re.compile(r"\\(?:begin\{(?:array|[bp]?matrix)\}|multicolumn\b|multirow\b|left\s*\[|block[abc]?\{)"),
        ("one network's layers, one a line, its blocks as in `[3x3, 64; 3x3, 64] x 2`",),
    ),
    Lookalike(
        "ConvNetJS code",
        re.compile(r"^[ \t]*(?:var\s+)?layer_defs\b", re.M),
        ("the same as lines, as in `Input 24x24x1`, `5x5 Conv (8), pad 2, ReLU`, `maxpool 2`, `fc 10, softmax`",),
    ),
    Lookalike(
        "BibTeX",
        re.compile(r"\A\s*@(?:article|inproceedings|misc|book|phdthesis|techreport)\s*\{", re.I),
        ("the network itself", LINES),
    ),
)
# VGG's lists of widths: 'M' stands for a maximum pool, 'A' for an average.
_WIDTHS = re.compile(r"\[\s*\d{1,6}(?:\s*,\s*(?:\d{1,6}|(['\"]?)[MA]\1))+\s*,?\s*\]")
MOST_WIDTHS = 40


def refuse(source: Source) -> None:
    """Raises SpecError where a text is of a format that no reader here knows."""
    head = source.text[:HEAD]
    for known in LOOKALIKES:
        match = known.mark.search(head)
        if match is not None:
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            raise _fault(source, known.title, start, match.end() - start, known.advice)
    if (match := _WIDTHS.search(head)) and re.search("[MA]", match[0]):
        made = map(_of_width, re.findall(r"\d+|[MA]", match[0])[:MOST_WIDTHS])
        raise _fault(source, "a list of widths", match.start(), len(match[0]), (" -> ".join(made),))
    separator = _separated(head)
    if separator:
        raise _fault(source, f"data in columns (CSV, {separator})", 0, 1, ("the network itself", LINES))


def _of_width(width: str) -> str:
    """An entry of such a list as a layer of a figure: a width is a 3×3 convolution that keeps the size, as in VGG."""
    return {"M": "maxpool 2", "A": "avgpool 2"}.get(width, f"conv {width} k3 p1 relu")


def _separated(head: str) -> str:
    """What separates the columns of numbers in columns, of four lines or more; empty where it is no such text."""
    lines = [line for line in head.split("\n")[:20] if line.strip()]
    for sign, name in ((",", "commas"), (";", "semicolons"), ("\t", "tabs")):
        counts = [line.count(sign) for line in lines]
        if len(lines) < 4 or min(counts) < 1 or len(set(counts)) > 1:
            continue
        cells = [cell.strip() for line in lines[1:] for cell in line.split(sign)]
        if sign == "\t" and any(normal(cell.partition(" ")[0]) in KINDS for cell in cells):
            return ""  # a table of layers, copied out of a page
        numbers = sum(bool(re.fullmatch(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", cell[:40])) for cell in cells)
        if 2 * numbers > len(cells):
            return name
    return ""


def _fault(source: Source, title: str, at: int, length: int, advice: tuple[str, ...]) -> SpecError:
    before = source.text[:at]
    span = Span(source, before.count("\n") + 1, len(before) - before.rfind("\n"), max(1, min(length, 60)))
    return SpecError([Fault(f"this looks like {title}, which is not read", span, repairs=advice)])
