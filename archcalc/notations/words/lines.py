"""A line of a figure without its decorations: bullets and borders, numbering, labels, repeats, several layers on a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc.blocks import TABLE as BLOCKS
from archcalc.notations.own.phrase import Form, Lexicon, PhraseFault
from archcalc.notations.own.phrase.tokens import plain_signs
from archcalc.notations.own.tree import List, Map, Scalar, Value

ARROW = re.compile(r"(?<!\d)\s*(?:-+>|=+>|<-+|→|⇒|⟶|←|↓|↑|⬇|⬆|▼|▲|⇓|⇑)\s*|\s*(?:-+>|=+>|<-+|→|⇒|⟶|←|↓|↑|⬇|⬆|▼|▲|⇓|⇑)\s*(?!\s*\d)")
DRAWING = re.compile(r"[\s|│┃║─━═┌┐└┘├┤┬┴┼╔╗╚╝╭╮╰╯+\-=_~*.:↓↑→←^vV<>\\/⬇⬆▼▲…⋮]*")
EDGE = "|│┃║"
NUMBERING = re.compile(r"(?:[-*•·–—]\s+|\(?\d{1,3}[.)](?=\s)\s*|(?:layer|step)\s+\d+\s*[:.)-]\s*)", re.I)
TIMES_AFTER = re.compile(r"\s+x\s*(\d+)$|\s*[(\[]\s*x\s*(\d+)\s*[)\]]$|[,\s]\s*(?:(twice)|(\w+)\s+times)$", re.I)
TIMES_BEFORE = re.compile(r"(?:(\d+)x\s+(?=\d+\s*x\s*\d|[A-Za-z(\[])|(\d+)\s+x\s+(?=\d+x\d|[A-Za-z(\[])|(\d+)x(?=[(\[]))")
LABEL = re.compile(r"([A-Za-z]\w*)\s*:\s*(?=\S)")
NUMBERED = re.compile(r"([A-Za-z]+)[\d_.]\w*[:\s]\s*(?=\S)")
_COUNTS = "zero one two three four five six seven eight nine ten eleven twelve"
COUNTS = {word: number for number, word in enumerate(_COUNTS.split())}
HEADER_AFTER = re.compile(
    r"(\S.*?)\s+(?:for|in|on)\s+(?:all|every|each)\s+(?:of\s+)?(?:the\s+)?([\w-]+?)s?(?:\s+layers?)?$", re.I
)
DEEPEST = 6


def plain(text: str) -> str:
    """A line in plain signs; `5*5` is a size here, since a figure holds no expressions."""
    text = plain_signs(text)
    return re.sub(r"(?<=\d)(\s*)\*(\s*)(?=\d)", r"\1x\2", text) if "*" in text else text


def pieces(text: str) -> Iterator[tuple[str, int]]:
    """The parts of a line between arrows, each without its border, bullet and number, and where it begins."""
    at = 0
    for match in [*ARROW.finditer(text), None]:
        end = match.start() if match else len(text)
        part, start = text[at:end], at
        at = match.end() if match else end
        if DRAWING.fullmatch(part):
            continue
        while True:
            stripped = part.lstrip(" \t" + EDGE)
            start += len(part) - len(stripped)
            part = stripped.rstrip(" \t" + EDGE + ("," if stripped.rstrip()[-1:] == "," else ""))
            number = NUMBERING.match(part)
            if not number or not part[number.end() :].strip():
                break
            start += number.end()
            part = part[number.end() :]
        if part:
            yield part, start


class Layers:
    """Makes the tree's values of the lines that name layers. `forms` holds what each line that parsed begins with."""

    def __init__(self) -> None:
        self.lexicon = Lexicon(frozenset(), lambda name: None, lambda: iter(BLOCKS))
        self.forms: list[Form] = []
        self.understood = 0
        self.notes: list[str] = []

    def parses(self, text: str) -> bool:
        """Whether a text is one line of the notation, or begins with a shipped block."""
        try:
            self.lexicon.parse(text)
        except PhraseFault:
            return text.split()[0] in BLOCKS if text.strip() else False
        return True

    def names_layer(self, text: str) -> bool:
        """Whether a word of a text is the name of a layer or a shipped block."""
        return any(self.lexicon.find(word) is not None or word in BLOCKS for word in re.findall(r"[A-Za-z][\w-]*", text))

    def read(self, place: Scalar, depth: int = 0) -> list[Value]:
        """The values of a line, in the order written."""
        text = place.text
        if depth < DEEPEST:
            for found in (self._repeated(place, depth), self._bracketed(place, depth), self._unit(place), self._labelled(place)):
                if found is not None:
                    return found
            if not self.parses(text) and len(parts := self._several(place)) > 1:
                return [value for part in parts for value in self.read(part, depth + 1)]
        self._note(text)
        return [place]

    def _note(self, text: str) -> None:
        if self.parses(text):
            self.understood += 1
            try:
                self.forms.append(self.lexicon.parse(text)[0].form)
            except PhraseFault:
                return  # a shipped block: what it does is known to the expander alone

    def _repeated(self, place: Scalar, depth: int) -> list[Value] | None:
        """`2x 3x3 conv, 64`, `3x3 conv, 64  × 2`, `FC 4096 twice`, `[…] × 3`."""
        text = place.text
        before = TIMES_BEFORE.match(text)
        if before:
            group = next(i for i in (1, 2, 3) if before[i])
            count = sub(place, *before.span(group))
            body = sub(place, before.end(), len(text))
            return [self._repeat(count, body, depth)]
        after = TIMES_AFTER.search(text)
        if after and (text[0] in "[{" or not self._is_size(text, after[0])):
            body = sub(place, 0, after.start())
            word = (after[4] or "").lower()
            if word and word not in COUNTS and not word.isdigit():
                return None
            group = next(i for i in (1, 2, 3, 4) if after[i])
            count = sub(place, *after.span(group))
            count.text = "2" if after[3] else str(COUNTS.get(word, word)) if word else count.text
            if self._bracketed(body, depth) or self.parses(body.text) or len(self._several(body)) > 1:
                return [self._repeat(count, body, depth)]
        return None

    def _is_size(self, text: str, after: str) -> bool:
        """Whether the × at the end of a line belongs to a size: `maxpool 2 x 2`, but not `pad 1  × 2` nor `pad 1 x2`."""
        try:
            last = self.lexicon.parse(text)[-1].givens[-1:]
        except PhraseFault:
            return False
        apart = after.startswith(("  ", "\t")) or not re.search(r"x\s", after)
        return not apart or not last or last[0].slot.name in ("kernel", "scale")

    def _repeat(self, count: Scalar, body: Scalar, depth: int) -> Map:
        layers = List(self.read(body, depth + 1), body.source, body.line, body.column)
        entries: list[tuple[Scalar, Value]] = [(sub(count, 0, 0, "repeat"), count), (sub(body, 0, 0, "layers"), layers)]
        return Map(entries, body.source, body.line, min(count.column, body.column))

    def _bracketed(self, place: Scalar, depth: int) -> list[Value] | None:
        """Layers in brackets of their own: `[1x1 conv, 64; 3x3 conv, 64]`."""
        text = place.text.rstrip()
        if text[:1] not in ("[", "{", "(") or text[-1:] not in ("]", "}", ")") or text.find("([{"[")]}".index(text[-1])], 1) > 0:
            return None
        found: list[Value] = []
        at = 1
        for part in re.split(r"(;)", text[1:-1]):
            lead = len(part) - len(part.lstrip())
            if part.strip() and part != ";":
                found += self.read(sub(place, at + lead, at + len(part.rstrip())), depth + 1)
            at += len(part)
        return found or None

    def _unit(self, place: Scalar) -> list[Value] | None:
        """`hidden layer: 256 units`, `output layer (10)`: fully connected, and the notes say so."""
        match = re.match(r"(hidden|output)\s+layer(?:\s+\d+(?=\s*[:.]))?\s*[:,.]?\s*(?=\S)", place.text, re.I)
        if match is None or not self.parses(f"fc {place.text[match.end() :]}"):
            return None
        self._note(f"fc {place.text[match.end() :]}")
        self.notes.append(f"'{place.text[: match.end()].rstrip(' :,.')}' is read as a fully connected layer")
        key = sub(place, 0, len(match[0].rstrip(" :,.")), "fc")
        return [Map([(key, sub(place, match.end(), len(place.text)))], place.source, place.line, place.column)]

    def _labelled(self, place: Scalar) -> list[Value] | None:
        """`C1: 5x5 conv (6)`, `conv1: 7x7, 64, /2`, `conv1 7x7, 64`: the label becomes the layer's name."""
        text = place.text
        label = LABEL.match(text)
        rest = text[label.end() :] if label else ""
        if label and self.lexicon.find(label[1]) is None and (self.parses(rest) or self.names_layer(rest)):
            self._note(rest)
            line = sub(place, label.end(), len(text))
            return [self._named(sub(place, *label.span(1)), line, sub(place, len(text), len(text), ""))]
        if self.parses(text):
            return None
        label = NUMBERED.match(text)
        form = self.lexicon.find(label[1]) if label else None
        if label is None or form is None or form.layer is None:
            return None
        name = sub(place, 0, len(text[: label.end()].rstrip(" :\t")))
        line = sub(place, label.end(), len(text))
        if not name.text.isidentifier() or not self.parses(f"{label[1]} {line.text}"):
            return None
        self._note(f"{label[1]} {line.text}")
        return [self._named(name, sub(name, 0, len(label[1])), line)]

    def _named(self, name: Scalar, key: Scalar, value: Scalar) -> Map:
        return Map([(sub(name, 0, 0, "id"), name), (key, value)], name.source, name.line, name.column)

    def _several(self, place: Scalar) -> list[Scalar]:
        """Several layers between commas: `average pool, 1000-d fc, softmax`; settings stay with the layer before them."""
        text = place.text
        cuts = [0]
        for match in re.finditer(r"[,;]\s*|\s\+\s", text):
            after = re.split(r"[,;]|\s\+\s", text[match.end() :], maxsplit=1)[0].strip()
            if after and self.parses(after):
                cuts.append(match.end())
        parts = [sub(place, a, len(text[:b].rstrip(" ,;+"))) for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]
        return parts if all(self.parses(part.text) for part in parts) else []

    def header(self, place: Scalar, later: list[str]) -> tuple[Scalar, Scalar] | None:
        """`all conv: pad 1, ReLU` as the word and its settings; None where the line is a layer.

        Without `all`, a line is a header when it lacks what the layer cannot do without (`conv: pad 1`), or when it stands
        first and the same layer comes again further down. `later` holds the lines below, in lower case.
        """
        text = place.text
        if after := self._header_after(place):
            return after
        match = re.match(
            r"(?P<all>(?:all|every|each)\s+(?:of\s+)?(?:the\s+)?)?(?P<word>[A-Za-z][\w-]*(?:\s+(?:pool\w*|norm\w*|connected))?)"
            r"(?:\s+(?:layers?|lines?|blocks?))?\s*(?P<sign>:|=|,|\s(?:uses?|ha(?:ve|s)|with|gets?|are|is)\s|\s)\s*(?P<rest>\S.*)$",
            text,
            re.I,
        )
        word = match["word"] if match else ""
        form = self.lexicon.find(word) or (self.lexicon.find(word[:-1]) if word.endswith("s") else None)
        if match is None or form is None or form.layer is None:
            return None
        if not match["all"]:
            if match["sign"] != ":":
                return None
            phrases = self.lexicon.parse(f"{form.word} {match['rest']}") if self.parses(f"{form.word} {match['rest']}") else []
            given = {g.slot.name for phrase in phrases[:1] for g in phrase.givens}
            lacks = any(slot.required and slot.name not in given for slot in form.all_slots())
            if not lacks and not any(word.lower() in line for line in later):
                return None
        key = sub(place, match.start("word"), match.end("word"))
        key.text = form.word
        return key, sub(place, match.start("rest"), len(text))

    def _header_after(self, place: Scalar) -> tuple[Scalar, Scalar] | None:
        """`padding 1 for all conv layers`."""
        match = HEADER_AFTER.match(place.text)
        form = self.lexicon.find(match[2]) if match else None
        if match is None or form is None or form.layer is None:
            return None
        key = sub(place, *match.span(2))
        key.text = form.word
        return key, sub(place, *match.span(1))

    def assumptions(self, places: list[Scalar]) -> list[str]:
        """What is not said and was taken for granted: a bare pool's window, a pool's stride, what `6@5x5` means."""
        found: dict[str, None] = {}
        for place in places:
            try:
                phrase = self.lexicon.parse(place.text)[0]
            except PhraseFault:
                continue
            given = {g.slot.name: g.value for g in phrase.givens}
            if phrase.form.word in ("maxpool", "avgpool"):
                plain_word = not re.search(r"max|av|mean", place.text, re.I)
                kind = "a maximum" if phrase.form.word == "maxpool" else "an average"
                if "kernel" not in given:
                    stride = " with stride 2" if "stride" not in given else ""
                    found[f"'{place.text[:40]}' is read as {kind} over a 2×2 window{stride}"] = None
                else:
                    if plain_word:
                        found[f"'{place.text[:40]}' is read as a maximum"] = None
                    if "stride" not in given and given["kernel"] not in (2, (2, 2)):
                        found[f"'{place.text[:40]}' moves by its own size, as in torch, since no stride is given"] = None
            if "@" in place.text and re.search(r"\d\s*@\s*\d", place.text) and phrase.form.word == "conv":
                size = re.search(r"(\d+)\s*@\s*(\d+(?:\s*x\s*\d+)*)", place.text)
                if size:
                    found[f"'{size[0]}' is read as {size[1]} filters of {size[2]}, not as maps of that size"] = None
        return list(found)


def sub(place: Scalar, start: int, end: int, text: str | None = None) -> Scalar:
    """Part of a scalar at its own place; `text` stands in it where it is another."""
    part = place.text[start:end] if text is None else text
    return Scalar(part, place.source, place.line, place.column + start, max(1, end - start))
