"""Textbook words: the lines of a figure or of a paper's table, one layer a line, the image first or, bottom-up, last.

    Image (28 × 28)
    all conv: pad 1, ReLU
    5x5 Conv (6), pad 2
    2 × 2 AvgPool, stride 2
    3x3 conv, 64  × 2
    FC (10)

Each line is a line of the notation; here are only the file's own matters: comments (#), drawings, numbering, labels, the image,
headers that hold for every layer of a kind, repeats. What had to be assumed stands in the tree's `notes`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from archcalc.notations.own.expand.spec import Spec
from archcalc.notations.own.phrase import PhraseFault
from archcalc.notations.own.phrase.tokens import LONGEST
from archcalc.notations.own.tree import List, Map, Scalar, Tree, Value
from archcalc.notations.words.image import Image, is_image, is_maps, read_image, shape_of
from archcalc.notations.words.lines import Layers, pieces, plain
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

SEQUENCES = frozenset(["rnn", "lstm", "gru", "attention", "embedding", "layernorm", "positions", "classtoken"])
TITLE = re.compile(
    r"(?:(?:name|title|model|network|figure|table)\b[\s\d.]*[:.]\s*(?P<said>\S.*)|(?P<bare>[A-Za-z][\w\s().,'&/+-]*?):?)$", re.I
)
NET = re.compile(r"net(?:work)?\b|net-?\d|\bvgg|\bnin\b|\bmlp\b|perceptron|classifier", re.I)


class Entry(NamedTuple):
    """A piece of the figure: where it stands, and the image where it is that."""

    place: Scalar
    image: Image | None


def read(source: Source) -> Spec:
    """The spec of a text in textbook words. Raises SpecError."""
    return Spec(_Reader(source).tree())


class _Reader:
    """Reads one figure."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.layers = Layers()
        self.entries: list[Entry] = []
        self.defaults: list[tuple[Scalar, Value]] = []
        self.notes: list[str] = []
        self.name: Scalar | None = None

    def tree(self) -> Map:
        self._collect()
        figure = self._in_order()
        places = [entry.place for entry in figure if entry.image is None]
        values = [value for place in places for value in self.layers.read(place)]
        if not self.layers.understood:
            raise self._nothing(places)
        entries: list[tuple[Scalar, Value]] = []
        if self.name is not None:
            entries.append((self._key("name"), self.name))
        image = next((entry.image for entry in figure if entry.image), None)
        if image is not None:
            first = self.layers.forms[0] if self.layers.forms else None
            rank = first.implied.get("rank") if first else None
            shape, assumed = shape_of(image, sequence=first is not None and first.word in SEQUENCES, rank=rank)
            self.notes[:0] = assumed
            place = image.place
            text = "x".join(map(str, shape))
            entries.append((self._key("input"), Scalar(text, self.source, place.line, place.column, place.length)))
        if self.defaults:
            entries.append((self._key("defaults"), Map(self.defaults, self.source, 1, 1)))
        self.notes += self.layers.notes + self.layers.assumptions(places)
        if self.notes:
            entries.append((self._key("notes"), List([self._key(note) for note in self.notes], self.source, 1, 1)))
        start = places[0] if places else self._key("")
        layers = List(list(values), self.source, start.line, start.column)
        entries.append((Scalar("layers", self.source, start.line, start.column, start.length), layers))
        repairs = ["`Image (28 × 28)` as the first line", "--input 1x28x28"]
        lacking = Fault("no line gives the image", start.span(), repairs=repairs)
        return Tree(entries, self.source, start.line, start.column, lacking)

    def _key(self, text: str) -> Scalar:
        return Scalar(text, self.source, 1, 1)

    def _collect(self) -> None:
        """The pieces of the figure in the order written; title and headers taken out."""
        text = self.source.text
        lines = [plain(line.partition("#")[0] if "#" in line else line) for line in text.split("\n")]
        found = [Scalar(part, self.source, n, at + 1) for n, line in enumerate(lines, 1) for part, at in pieces(line)]
        lower: list[str] | None = None
        said = any(is_image(place.text) for place in found)
        for index, place in enumerate(found):
            if len(place.text) > LONGEST:
                message = f"a line of {len(place.text):,} characters; the longest allowed is {LONGEST:,}"
                raise self._fault(message, place.span(0, 1))
            if index == 0 and self._is_title(place):
                continue
            if not said and place in (found[0], found[-1]) and is_maps(place.text):
                self.notes.append(f"'{place.text}' is read as the image")
                self.entries.append(Entry(place, read_image(place, place.text)))
                continue
            if is_image(place.text) and not self.layers.names_layer(place.text):
                self.entries.append(Entry(place, read_image(place, place.text)))
                continue
            if re.match(r"(all|every|each)\b|[\w\s-]+:|.*\s(all|every|each)\s", place.text, re.I):
                if lower is None:
                    lower = [other.text.lower() for other in found]
                first = all(entry.image for entry in self.entries)
                header = self.layers.header(place, lower[index + 1 :] if first else [])
                if header is not None:
                    if any(key.text == header[0].text for key, _ in self.defaults):
                        raise self._fault(f"a second line for every {header[0].text}", place.span(), "both settings on one line")
                    self.defaults.append(header)
                    continue
            self.entries.append(Entry(place, None))

    def _is_title(self, place: Scalar) -> bool:
        """Whether the first line is the figure's title, and keeps it as the name."""
        match = TITLE.match(place.text)
        if match is None or self.layers.parses(place.text) or is_image(place.text):
            return False
        if match["bare"] and not (NET.search(match["bare"]) or place.text.endswith(":")):
            return False
        group = "said" if match["said"] else "bare"
        self.name = Scalar(match[group].strip(), self.source, place.line, place.column + match.start(group))
        return True

    def _in_order(self) -> list[Entry]:
        """The pieces from the image on: turned round where the figure was drawn bottom-up."""
        images = [i for i, entry in enumerate(self.entries) if entry.image]
        if len(images) > 1:
            first, second = (self.entries[i].place for i in images[:2])
            raise self._fault("a second line of the image", second.span(), f"one of lines {first.line} and {second.line}")
        if not images:
            if self._ends_first():
                self.notes.append(
                    "a fully connected layer is first and a convolution last, so the figure is read from the bottom up"
                )
                return self._turned()
            return self.entries
        at, last = images[0], len(self.entries) - 1
        if 0 < at < last:
            hint = "the first line, or the last for a figure drawn bottom-up"
            raise self._fault("the image stands amid the layers", self.entries[at].place.span(), hint)
        if at == 0:
            return self.entries
        self.notes.append("the image is the last line, so the figure is read from the bottom up")
        return self._turned()

    def _turned(self) -> list[Entry]:
        """The lines in reverse; layers on one line keep their order, unless the whole figure is one line."""
        lines: dict[int, list[Entry]] = {}
        for entry in self.entries:
            lines.setdefault(entry.place.line, []).append(entry)
        if len(lines) == 1:
            return self.entries[::-1]
        return [entry for line in reversed(list(lines.values())) for entry in line]

    def _ends_first(self) -> bool:
        """Whether a figure without an image line begins with what a network ends with, and the other way round."""
        if not self.entries:
            return False
        try:
            first, last = (self.layers.lexicon.parse(e.place.text)[0].form.word for e in (self.entries[0], self.entries[-1]))
        except PhraseFault:
            return False
        return first in ("fc", "softmax") and last == "conv"

    def _nothing(self, places: list[Scalar]) -> SpecError:
        message, span = "read as textbook words; no layer is named here", places[0].span() if places else Span(self.source, 1, 1)
        repairs = ["one layer a line, as in `5x5 Conv (6), pad 2`"]
        try:
            self.layers.lexicon.parse(places[0].text if places else "fc")
        except PhraseFault as error:
            # A line of a figure holds a number; without one, what is near a layer's name is more likely prose.
            near = [r for r in error.repairs if r.isalnum() and any(c.isdigit() for c in places[0].text)]
            if near:  # a slip in the name of a layer
                message = "read as textbook words; this names no layer"
                span, repairs = places[0].span(error.start, error.end), near
        return self._fault(message, span, *repairs)

    def _fault(self, message: str, span: Span, *repairs: str) -> SpecError:
        return SpecError([Fault(message, span, repairs=repairs)])
