"""A line of a figure without its decorations: bullets and borders, numbering, labels, repeats, several layers on a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc.blocks import TABLE as BLOCKS
from archcalc.notations.own.phrase import Lexicon, Phrase, PhraseFault
from archcalc.notations.own.tree import List, Map, Scalar, Value
from archcalc.notations.words.places import Account, sub
from archcalc.notations.words.spellings import respelled
from archcalc.text.signs import plain as plain_signs

ARROW = re.compile(r"(?<!\d)\s*(?:-+>|=+>|<-+|→|⇒|⟶|←|↓|↑|⬇|⬆|▼|▲|⇓|⇑)\s*|\s*(?:-+>|=+>|<-+|→|⇒|⟶|←|↓|↑|⬇|⬆|▼|▲|⇓|⇑)\s*(?!\s*\d)")
DRAWING = re.compile(r"[\s|│┃║─━═┌┐└┘├┤┬┴┼╔╗╚╝╭╮╰╯+\-=_~*.:↓↑→←^vV<>\\/⬇⬆▼▲…⋮]*")
EDGE = "|│┃║"
NUMBERING = re.compile(r"(?:[-*•·–—]\s+|\(?\d{1,3}[.)](?=\s)\s*|(?:layer|step|stage)\s+\d+\s*[:.)-]\s*)", re.I)
TIMES_AFTER = re.compile(
    r"\s+x\s*(\d+)$|(?<=[\])}])\s*[x*]\s*(\d+)$|\s*[(\[]\s*x\s*(\d+)\s*[)\]]$|[,\s]\s*(?:(twice)|(\w+)\s+times)$", re.I
)
TIMES_BEFORE = re.compile(r"(?:(\d+)x\s+(?=\d+\s*x\s*\d|[A-Za-z(\[])|(\d+)\s+x\s+(?=\d+x\d|[A-Za-z(\[])|(\d+)x(?=[(\[]))")
LABEL = re.compile(r"([A-Za-z]\w*)\s*:\s*(?=\S)")
NUMBERED = re.compile(r"([A-Za-z]+)[\d_.]\w*[:\s]\s*(?=\S)")
NUMBER_OF = re.compile(r"#(?=\s*(?:of\s+)?(?:filters|kernels|units|neurons|channels|maps|outputs|layers|params)\b)", re.I)
_COUNTS = "zero one two three four five six seven eight nine ten eleven twelve"
COUNTS = {word: number for number, word in enumerate(_COUNTS.split())}
DEEPEST = 6


def plain(text: str) -> str:
    """A line in plain signs; `5*5` is a size here, since a figure holds no expressions, and `# filters` their number."""
    text = plain_signs(text)
    if "#" in text:
        text = text[:1] + NUMBER_OF.sub(" ", text[1:])
    return re.sub(r"(?<=\d)(\s*)\*(\s*)(?=\d)", r"\1x\2", text) if "*" in text else text


def arrows(text: str) -> Iterator[re.Match[str]]:
    """The arrows between the layers of a line; those in brackets belong to what the brackets hold."""
    depth, at = 0, 0
    for match in ARROW.finditer(text):
        for c in text[at : match.start()]:
            depth = depth + 1 if c in "[{" else max(0, depth - 1) if c in "]}" else depth
        at = match.start()
        if not depth:
            yield match


def pieces(text: str, account: Account, line: int) -> Iterator[tuple[str, int]]:
    """The parts of a line between arrows, each without its border, bullet and number, and where it begins."""
    at = 0
    for match in [*arrows(text), None]:
        end = match.start() if match else len(text)
        part, start = text[at:end], at
        at = match.end() if match else end
        if DRAWING.fullmatch(part):
            account.claim(line, start, end)
            continue
        while True:
            stripped = part.lstrip(" \t" + EDGE)
            start += len(part) - len(stripped)
            part = stripped.rstrip(" \t" + EDGE + ("," if stripped.rstrip()[-1:] == "," else ""))
            number = NUMBERING.match(part)
            if not number or not part[number.end() :].strip():
                break
            account.claim(line, start, start + number.end())
            start += number.end()
            part = part[number.end() :]
        if part:
            yield part, start


class Layers:
    """Makes the tree's values of the lines that name layers. `notes` is what had to be said on the way."""

    def __init__(self) -> None:
        self.lexicon = Lexicon(frozenset(), lambda name: None, lambda: iter(BLOCKS))
        self.notes: dict[str, None] = {}

    def phrases(self, text: str) -> list[Phrase]:
        """The layers of a line of the notation; none where it is no such line."""
        try:
            return self.lexicon.parse(text)
        except PhraseFault:
            return []

    def parses(self, text: str) -> bool:
        """Whether a text is one line of the notation, or begins with a shipped block."""
        return bool(self.phrases(text)) or (bool(text.strip()) and text.split()[0] in BLOCKS)

    def names_layer(self, text: str) -> bool:
        """Whether a word of a text is the name of a layer or a shipped block."""
        return any(self.lexicon.find(word) is not None or word in BLOCKS for word in re.findall(r"[A-Za-z][\w-]*", text))

    def read(self, place: Scalar, depth: int = 0) -> list[Value]:
        """The values of a line, in the order written."""
        if depth < DEEPEST:
            place = respelled(place, self.parses, self.notes)
            found = self._repeated(place, depth) or self._bracketed(place, depth) or self._unit(place)
            found = found or self._labelled(place, depth)
            if found:
                return found
            if not self.parses(place.text) and len(parts := self._several(place)) > 1:
                return [value for part in parts for value in self.read(part, depth + 1)]
        return [place]

    def _repeated(self, place: Scalar, depth: int) -> list[Value] | None:
        """`2x 3x3 conv, 64`, `3x3 conv, 64  × 2`, `FC 4096 twice`, `[…] × 3`."""
        text = place.text
        before = TIMES_BEFORE.match(text)
        if before:
            group = next(i for i in (1, 2, 3) if before[i])
            count = sub(place, 0, len(before[0].rstrip()), before[group])
            body = sub(place, before.end(), len(text))
            return [self._repeat(count, body, depth)]
        after = TIMES_AFTER.search(text)
        if after and (text[0] in "[{" or not self._is_size(text, after[0])):
            body = sub(place, 0, after.start())
            word = (after[5] or "").lower()
            if word and word not in COUNTS and not word.isdigit():
                return None
            group = next(i for i in (1, 2, 3, 4, 5) if after[i])
            shown = "2" if after[4] else str(COUNTS.get(word, word)) if word else after[group]
            count = sub(place, after.end() - len(after[0].lstrip(" ,")), after.end(), shown)
            if self._bracketed(body, depth) or self.parses(body.text) or len(self._several(body)) > 1:
                return [self._repeat(count, body, depth)]
        return None

    def _is_size(self, text: str, after: str) -> bool:
        """Whether the × at the end of a line belongs to a size: `maxpool 2 x 2`, but not `pad 1  × 2` nor `pad 1 x2`."""
        phrases = self.phrases(text)
        last = phrases[-1].givens[-1:] if phrases else []
        if not phrases:
            return False
        apart = after.startswith(("  ", "\t")) or not re.search(r"x\s", after)
        return not apart or not last or last[0].slot.name in ("kernel", "scale")

    def _repeat(self, count: Scalar, body: Scalar, depth: int) -> Map:
        layers = List(self.read(body, depth + 1), body.source, body.line, body.column)
        entries: list[tuple[Scalar, Value]] = [(sub(count, 0, 0, "repeat"), count), (sub(body, 0, 0, "layers"), layers)]
        return Map(entries, body.source, body.line, min(count.column, body.column))

    def _bracketed(self, place: Scalar, depth: int) -> list[Value] | None:
        """Layers in brackets of their own: `[1x1 conv, 64; 3x3 conv, 64]`, `[CONV -> RELU]`."""
        text = place.text.rstrip()
        if text[:1] not in ("[", "{", "(") or text[-1:] not in ("]", "}", ")") or _closes(text) != len(text) - 1:
            return None
        inner = sub(place, 1, len(text) - 1)
        found: list[Value] = []
        for part in _parts(inner):
            found += self.read(part, depth + 1)
        return found or None

    def _unit(self, place: Scalar) -> list[Value] | None:
        """`hidden layer: 256 units`, `output layer (10)`: fully connected, and the notes say so."""
        match = re.match(r"(hidden|output)\s+layer(?:\s+\d+(?=\s*[:.]))?\s*[:,.]?\s*(?=\S)", place.text, re.I)
        if match is None or not self.parses(f"fc {place.text[match.end() :]}"):
            return None
        self.notes[f"'{place.text[: match.end()].rstrip(' :,.')}' is read as a fully connected layer"] = None
        key = sub(place, 0, len(match[0].rstrip(" :,.")), "fc")
        return [Map([(key, sub(place, match.end(), len(place.text)))], place.source, place.line, place.column)]

    def _labelled(self, place: Scalar, depth: int) -> list[Value] | None:
        """`C1: 5x5 conv (6)`, `conv1: 7x7, 64, /2`, `conv1 7x7, 64`: the label becomes the layer's name."""
        text = place.text
        label = LABEL.match(text)
        rest = text[label.end() :] if label else ""
        if label and self.lexicon.find(label[1]) is None:
            line = respelled(sub(place, label.end(), len(text)), self.parses, self.notes)
            if self.parses(line.text) or self.names_layer(line.text):
                several = [] if self.parses(line.text) else self._several(line)
                if len(several) > 1:
                    first, *more = several
                    named = self._named(sub(place, *label.span(1)), first, sub(first, len(first.text), len(first.text), ""))
                    return [named, *(value for part in more for value in self.read(part, depth + 1))]
                return [self._named(sub(place, *label.span(1)), line, sub(line, len(line.text), len(line.text), ""))]
        if self.parses(text):
            return None
        label = NUMBERED.match(text)
        form = self.lexicon.find(label[1]) if label else None
        if label is None or form is None or form.layer is None:
            return None
        name = sub(place, 0, len(text[: label.end()].rstrip(" :\t")))
        line = sub(place, label.end(), len(text))
        if not name.text.isidentifier():
            return None
        line = respelled(line, lambda t: self.parses(f"{label[1]} {t}"), self.notes)
        if self.parses(f"{label[1]} {line.text}"):
            return [self._named(name, sub(name, 0, len(label[1])), line)]
        if rest and self.parses(line.text):  # `conv1: 5x5 conv, 6`
            return [self._named(name, line, sub(line, len(line.text), len(line.text), ""))]
        several = self._several(line, f"{label[1]} ")
        if len(several) > 1:
            named = self._named(name, sub(name, 0, len(label[1])), several[0])
            return [named, *(value for part in several[1:] for value in self.read(part, depth + 1))]
        return None

    def _named(self, name: Scalar, key: Scalar, value: Scalar) -> Map:
        return Map([(sub(name, 0, 0, "id"), name), (key, value)], name.source, name.line, name.column)

    def _several(self, place: Scalar, head: str = "") -> list[Scalar]:
        """Several layers between commas: `average pool, 1000-d fc, softmax`; settings stay with the layer before them.

        `head` stands in front of the first, where a label names its kind.
        """
        text = place.text
        cuts = [0]
        for match in re.finditer(r"[,;]\s*|\s\+\s|\.\s+(?=[A-Z])", text):
            after = re.split(r"[,;]|\s\+\s|\.\s+(?=[A-Z])", text[match.end() :], maxsplit=1)[0].strip()
            if after and self.parses(respelled(sub(place, match.end(), match.end() + len(after)), self.parses, {}).text):
                before = self.phrases((head if cuts[-1] == 0 else "") + text[cuts[-1] : match.start()].rstrip(" ,;+."))
                word = re.match(r"[A-Za-z]+", after)
                if word and before and word[0].lower() in before[-1].form.slots:
                    continue  # `…, pad 2` is a setting of the layer before
                cuts.append(match.end())
        parts = [sub(place, a, len(text[:b].rstrip(" ,;+."))) for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]
        ready = [respelled(part, self.parses, self.notes) for part in parts[1:]]
        heads = [head, *[""] * len(ready)]
        return [parts[0], *ready] if all(self.parses(h + p.text) for h, p in zip(heads, [parts[0], *ready], strict=True)) else []

    def assumptions(self, text: str, place: Scalar) -> list[str]:
        """What a line does not say and was taken for granted: a bare pool's window, a pool's stride, what `6@5x5` means."""
        found: list[str] = []
        phrases = self.phrases(text)
        if not phrases:
            return found
        phrase = phrases[0]
        given = {g.slot.name: g.value for g in phrase.givens}
        shown = place.source.line(place.line)[place.column - 1 : place.column - 1 + place.length] if place.text != text else text
        shown = shown.strip()[:40] or text[:40]
        word = phrase.form.word
        if word in ("maxpool", "avgpool"):
            plain_word = not re.search(r"max|av|mean", text, re.I)
            kind = "a maximum" if word == "maxpool" else "an average"
            if "kernel" not in given:
                stride = " with stride 2" if "stride" not in given else ""
                found.append(f"'{shown}' is read as {kind} over a 2×2 window{stride}")
            else:
                if plain_word:
                    found.append(f"'{shown}' is read as a maximum")
                if "stride" not in given and given["kernel"] not in (2, (2, 2)):
                    found.append(f"'{shown}' moves by its own size, as in torch, since no stride is given")
        if word == "conv" and (size := re.search(r"(\d+)\s*@\s*(\d+(?:\s*x\s*\d+)*)", text)):
            found.append(f"'{size[0]}' is read as {size[1]} filters of {size[2]}, not as maps of that size")
        if word == "zeropad":
            found.append(f"'{shown}' is read as a layer of zeros around its input")
        if word in ("lstm", "gru", "rnn") and "biases" not in given and not text.startswith(word):
            steps = "every step's output" if "last" not in given else "the last step's output"
            other = "Keras' one bias and last step are `onebias last` on its line"
            found.append(f"'{shown}' has torch's two biases a gate and {steps}; {other}")
        return found


def _closes(text: str) -> int:
    """Where the bracket that a text begins with is closed; −1 where it is not."""
    depth = 0
    for at, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if depth == 0:
            return at
    return -1


def _parts(place: Scalar) -> Iterator[Scalar]:
    """What stands between the semicolons and arrows of a bracket, those in inner brackets left alone."""
    text, cuts = place.text, []
    for match in [*arrows(text), *re.finditer(";", text)]:
        depth = 0
        for c in text[: match.start()]:
            depth += (c in "([{") - (c in ")]}")
        if not depth:
            cuts.append(match.span())
    at = 0
    for start, end in [*sorted(cuts), (len(text), len(text))]:
        lead = len(text[at:start]) - len(text[at:start].lstrip())
        if text[at:start].strip():
            yield sub(place, at + lead, len(text[:start].rstrip()))
        at = end
