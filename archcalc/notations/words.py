"""The words of textbook figures and paper tables: a line a layer, the image first or (a figure drawn bottom-up) last.

Lines are those of the notation; this reader only finds the image, header lines that hold for all layers of a kind, and
repeats. What it has to assume is said in the tree's notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc.errors import Fault, Source, Span, SpecError
from archcalc.layers import KINDS, normal
from archcalc.phrase import Lexicon, PhraseFault
from archcalc.spec import List, Map, Scalar, Value

_LEAD = re.compile(r"\s*(?:(?:\d{1,3}[.)]|[-*•|>↓↑→]+|->|<-)\s+|[|↓↑→]+\s*)*")
_TAIL = re.compile(r"(?:\s*(?:[|↓↑→,;]|->|<-))+\s*$|\s+#.*$|\s+$")
_IMAGE = re.compile(
    r"(?:(?P<before>rgb|gr[ae]y(?:-?scale)?|colou?r)\s+)?(?:(?:input|image|picture)\b\s*)+(?:size|shape|layer)?\s*[:=]?(?P<rest>.*)",
    re.I,
)
_SIZE = re.compile(r"\d+(?:\s*[x×,*]\s*\d+)*")
_HEADER = re.compile(
    r"(?:(?:all|every|each)\s+)?(?P<kind>[A-Za-z][A-Za-z -]*?)(?:\s+(?:layers?|lines?))?\s*:\s*(?P<rest>\S.*)", re.I
)
_REPEATS = (
    re.compile(r"\[(?P<line>[^\[\]]+)\]\s*[x×*]\s*(?P<n>\d+)"),
    re.compile(r"(?P<n>\d+)\s*[x×*]\s*\[(?P<line>[^\[\]]+)\]"),
    re.compile(r"(?P<line>.*?\S)\s*[,;]?\s*\(\s*[x×*]\s*(?P<n>\d+)\s*\)"),
    re.compile(r"(?P<line>.*?\S)\s*[,;]\s*[x×*]\s*(?P<n>\d+)"),
    re.compile(r"(?P<line>.*?\S)\s*[,;]?\s+(?P<n>\d+)\s+times", re.I),
    re.compile(r"(?P<line>.*?\S)\s*[,;]?\s+(?P<n>twice|thrice)", re.I),
)
_TIMES = {"twice": 2, "thrice": 3}


def read(source: Source) -> Map:
    """The spec tree of a text of layer lines. Raises SpecError."""
    lines = list(_lines(source))
    if not lines:
        raise SpecError([Fault("an empty text is no network", Span(source, 1, 1), repairs=["conv 6 k5, and one layer a line"])])
    image = next((i for i, line in enumerate(lines) if _image(line)), None)
    name, defaults, layers, notes = None, [], [], []
    for i, line in enumerate(lines):
        if i == image:
            continue
        header = _HEADER.fullmatch(line.text)
        if header and header["kind"].lower() in ("name", "title"):
            name = _part(line, header.start("rest"), header.end("rest"))
        elif header and normal(header["kind"]) in KINDS:
            kind = _part(line, *header.span("kind"))
            defaults.append((kind, _part(line, *header.span("rest"))))
        else:
            layers.append(line)
    _check(layers, source)
    entries: list[tuple[Scalar, Value]] = []
    first = lines[0]

    def key(text: str) -> Scalar:
        return Scalar(text, source, first.line, first.column, 1)

    if name is not None:
        entries.append((key("name"), name))
    if image is not None:
        shape, assumed = _shape(lines[image])
        entries.append((key("input"), shape))
        notes += assumed
    if defaults:
        entries.append((key("defaults"), Map(list(defaults), source, first.line, first.column)))
    if image is not None and image == len(lines) - 1 and image > 0:
        layers.reverse()
        notes.append("the image is the last line, so the figure is read from the bottom up")
    notes += _bare_pools(layers)
    entries.append((key("layers"), List([_repeated(line) for line in layers], source, first.line, first.column)))
    if notes:
        entries.append((key("notes"), List([key(note) for note in notes], source, first.line, first.column)))
    return Map(entries, source, first.line, first.column)


def _lines(source: Source) -> Iterator[Scalar]:
    """The lines that say something, without numbering, arrows and comments."""
    for number, text in enumerate(source.text.split("\n"), 1):
        lead = _LEAD.match(text)
        start = lead.end() if lead else 0
        end = len(text)
        while tail := _TAIL.search(text, start, end):
            end = tail.start()
        if end > start and text[start] != "#":
            yield Scalar(text[start:end], source, number, start + 1)


def _part(line: Scalar, start: int, end: int) -> Scalar:
    return Scalar(line.text[start:end], line.source, line.line, line.column + start)


def _image(line: Scalar) -> re.Match[str] | None:
    match = _IMAGE.fullmatch(line.text)
    return match if match and _SIZE.search(match["rest"]) else None


def _shape(line: Scalar) -> tuple[Scalar, list[str]]:
    """The input shape, channels first, and what was assumed about it."""
    match = _image(line)
    assert match is not None
    size = _SIZE.search(match["rest"])
    assert size is not None
    numbers = [int(n) for n in re.split(r"\s*[x×,*]\s*", size[0])]
    words = f"{match['before'] or ''} {match['rest']}".lower()
    notes = []
    if len(numbers) == 2 and re.search(r"\brgb\b|colou?r", words):
        numbers.insert(0, 3)
    elif len(numbers) == 2 and re.search(r"gr[ae]y", words):
        numbers.insert(0, 1)
    elif len(numbers) == 2:
        numbers.insert(0, 1)
        notes.append(f"one channel is assumed for the image of {numbers[1]}×{numbers[2]}")
    elif len(numbers) == 3 and numbers[2] in (1, 3, 4) and min(numbers[:2]) > numbers[2]:
        numbers = [numbers[2], *numbers[:2]]
        notes.append(f"the image is read as height × width × channels, {numbers[0]} of them")
    start = match.start("rest") + size.start()
    text = "x".join(map(str, numbers))
    return Scalar(text, line.source, line.line, line.column + start, len(size[0])), notes


def _repeated(line: Scalar) -> Value:
    """A line, or a repeat of it where it says how often."""
    for pattern in _REPEATS:
        match = pattern.fullmatch(line.text)
        if match:
            inner = _part(line, *match.span("line"))
            count = _part(line, *match.span("n"))
            count.text = str(_TIMES.get(count.text.lower(), count.text))
            layers = List([inner], line.source, line.line, line.column)
            keys = [Scalar(k, line.source, line.line, line.column, 1) for k in ("repeat", "layers")]
            return Map([(keys[0], count), (keys[1], layers)], line.source, line.line, line.column)
    return line


def _bare_pools(layers: list[Scalar]) -> list[str]:
    """A note where a pool says nothing of its window."""
    bare = [line for line in layers if "pool" in line.text.lower() and not re.search(r"\d", line.text)]
    windows = [line for line in bare if not re.search(r"global|adaptive", line.text, re.I)]
    return ["a pool without a window is 2×2 with stride 2"] if windows else []


def _check(layers: list[Scalar], source: Source) -> None:
    """Refuses a text in which no line names a layer: it is something else."""
    lexicon = Lexicon(frozenset(), lambda _: None, lambda: iter(()))
    from archcalc.blocks import TABLE

    for line in layers:
        inner = _repeated(line)
        if isinstance(inner, Map) or any(word in TABLE for word in line.text.split()):
            return
        try:
            lexicon.parse(line.text)
        except PhraseFault:
            continue
        return
    line = layers[0] if layers else Scalar("", source, 1, 1, 1)
    raise SpecError(
        [
            Fault(
                "no layer is named in this text, read as a textbook's lines",
                line.span(),
                repairs=["one layer a line, as in `5x5 Conv (6), pad 2`", "YAML with `input:` and `layers:`"],
            )
        ]
    )
