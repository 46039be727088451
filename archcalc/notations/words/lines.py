"""A line of a figure without its decorations: bullets and borders, numbering, labels, repeats, several layers on a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc.blocks import TABLE as BLOCKS
from archcalc.notations.own.phrase import Lexicon, Phrase, PhraseFault
from archcalc.notations.own.phrase.parser import COUNTED as COUNTED_IN
from archcalc.notations.own.tree import Map, Scalar, Value, list_of, map_of
from archcalc.notations.words.places import Account, Pieced, compose, joined, shown, sub
from archcalc.notations.words.spellings import Speller, respelled
from archcalc.text.faults import Fault, SpecError
from archcalc.text.signs import plain as plain_signs
from archcalc.text.source import Source, Span

_ARROW = r"(?:-+>|=+>|<-+|→|⇒|⟶|←|↓|↑|⬇|⬆|▼|▲|⇓|⇑)"
ARROW = re.compile(rf"(?<!\d){_ARROW}|{_ARROW}(?!\s*\d)")
# A vector into a layer of so many, `FC: 1960 -> 10`: no arrow between layers.
IN_OUT = re.compile(
    r"\b(?:fc|dense|linear|conv\w*|fully[- ]connected(?:\s+layer)?)\b\W{0,3}(?:(?:\d+x\d+|kernel|filters?"
    r"|[ks]\d+)[\s,]{1,3}){0,3}\d+(?:\s*[x*]\s*\d+){0,3}$",
    re.I,
)
OUT = re.compile(r"\s*\d+\s*(?:$|[,;)(]|[-=]*>|→)")
JOIN = re.compile(
    r"(?<![\s,]),?\s+and\s+(?=all\s)"
    r"|(?<![\s,]),?\s+(?:(?:which|that|it|this)\s+is\s+|and\s+|then\s+|also\s+|again\s+)*followed\s+by\s+"
    r"|\.\s+(?=[A-Z])",
    re.I,
)
# No sentence ends behind these: `Conv. ReLU`, `1. Image`.
ABBREVIATED = re.compile(r"(?:^|\W)(?:conv|avg|max|resp|norm|no|f|fully|dim|act|ave)$|^\W*\d{1,3}$", re.I)
SENTENCE = re.compile(r"(?:it|this|which|that)(?:\s+layer)?\s+is", re.I)
DRAWING = re.compile(r"[\s|│┃║─━═┌┐└┘├┤┬┴┼╔╗╚╝╭╮╰╯+\-=_~*.:↓↑→←^vV<>\\/⬇⬆▼▲…⋮]*")
LEFT_OUT = re.compile(r"\.{2,}|…|⋮")
# Words with a colon that say something of layers elsewhere, and name none here.
_NO_LABEL = "activation activations act nonlinearity loss cost objective optimizer optimiser metric"
NO_LABEL = frozenset(_NO_LABEL.split())
EDGE = "|│┃║"
NUMBERING = re.compile(r"(?:[-*•·–—]\s+|\(?\d{1,3}[.)](?=\s)\s*|(?:layer|step|stage)\s+\d+\s*[:.)-]\s*)", re.I)
TIMES_AFTER = re.compile(
    r"\s+x\s*(\d+)$|(?<=[\])}])\s*[x*]\s*(\d+)$|\s*[(\[]\s*(?:x\s*(?=\d+\s*[)\]])|(?=\d+\s*x\s*[)\]]))(\d+)(?:\s*x)?\s*[)\]]$|[,\s]\s*(?:(twice)|(\w+)\s+times)$",
    re.I,
)
TIMES_BEFORE = re.compile(r"(?:(\d+)x\s+(?=\d+\s*x\s*\d|\d+-d|[A-Za-z(\[])|(\d+)\s+x\s+(?=\d+x\d|[A-Za-z(\[])|(\d+)x(?=[(\[]))")
LABEL = re.compile(r"([A-Za-z]\w*)\s*:\s*(?=\S)")
UNIT = re.compile(r"(?:hidden|output)\s+layer(?:\s+\d+(?=\s*[:.]))?\s*[:,.]?\s*(?=\S)|(?:output|hidden)\s*:?\s*(?=\(?\d)", re.I)
SUM = re.compile(r"[\d.]+(?:\s*[-+/]+\s*[\d.]+)+")
NUMBERED = re.compile(r"([A-Za-z]+)(?![123][dD]\b)[\d_.]\w*[:,\s]\s*(?=\S)")
BOLD = re.compile(r"(?<![\w*)])\*\*(?=[^\s*])([^*\n]{1,200}?)\*\*(?![\w*(])")
NUMBER_OF = re.compile(
    r"(?<=layer )#(?=\d)|(?<=layer)#(?=\d)|#(?=\s*(?:of\s+)?(?:filters|kernels|units|neurons|channels|maps"
    r"|outputs|layers|params)\b)",
    re.I,
)
_COUNTS = "zero one two three four five six seven eight nine ten eleven twelve"
COUNTED = re.compile(rf"(?P<count>\d{{1,3}}|{_COUNTS.replace(' ', '|')})\s+(?![xX×]\s*\d)(?P<what>\S.*)$", re.I)
PLURAL = re.compile(r"\b(?:layers|blocks|convolutions|convs|poolings|pools)\b", re.I)
EACH = re.compile(
    r"(?:\s*(?:,|\bwith(?:\s+sizes?)?|\bof|:))?\s+(?P<list>\d+(?:\s*,\s*\d+)*,?\s*(?:and|&)\s*\d+)\s*(?P<unit>[A-Za-z]*)\s*$",
    re.I,
)
COUNTS = {word: number for number, word in enumerate(_COUNTS.split())}
DEEPEST = 6
# A recurrent layer of more layers than this, its number bare, is rather torch's `LSTM(100, 128)`.
MOST_STACKED = 8
# So many layers alike are written `FC 4096 x 2`; a larger number is rather a size.
MOST_ALIKE = 4
# Each way to take a line apart is tried; a hostile text would have them all.
MOST_READ = 1_000_000
LONGEST_LINE = 20_000
MOST_CHARACTERS = 200_000
RUN = re.compile(r"\s{9,}")


def plain(text: str) -> str:
    """A line in plain signs; `5*5` is a size here, since a figure holds no expressions, and `# filters` their number."""
    text = plain_signs(text)
    if "\\|" in text:
        text = text.replace("\\|", " /")  # a bar inside a cell of Markdown
    if "X" in text:
        text = re.sub(r"(?<=\d)(\s*)X(?=\s*\d)", r"\1x", text)
    if "`" in text:
        text = text.replace("`", " ")
    if "**" in text:
        text = BOLD.sub(lambda m: f"  {m[1]}  ", text)
    if "#" in text:
        text = text[:1] + NUMBER_OF.sub(" ", text[1:])
    return re.sub(r"(?<=\d)(\s*)\*(\s*)(?=\d)", r"\1x\2", text) if "*" in text and "nn." not in text else text


def arrows(text: str) -> Iterator[re.Match[str]]:
    """The arrows between the layers of a line, and the ends of sentences; those in brackets belong to what the brackets hold."""
    depth, at = 0, 0
    ends = [m for m in JOIN.finditer(text) if not ABBREVIATED.search(text[max(0, m.start() - 40) : m.start()])]
    found = [*ARROW.finditer(text), *ends]
    for match in sorted(found, key=lambda m: m.start()):
        if IN_OUT.search(text[max(0, match.start() - 40) : match.start()].rstrip()) and OUT.match(text, match.end()):
            continue
        if match.start() < at:
            continue
        for c in text[at : match.start()]:
            depth = depth + 1 if c in "[{" else max(0, depth - 1) if c in "]}" else depth
        at = match.start()
        if not depth:
            yield match


def pieces(text: str, account: Account, source: Source, line: int, shift: int = 0) -> Iterator[tuple[str, int]]:
    """The parts of a line between arrows, each without its border, bullet and number, and where it begins.

    `shift` is where the text begins in its line.
    """
    text, at = " " * shift + text, shift
    for match in [*arrows(text), None]:
        end = match.start() if match else len(text)
        part, start = text[at:end], at
        at = match.end() if match else end
        if match and match[0].strip(" -=<>."):
            account.claim(line, match.start(), match.end())  # `followed by`
        if DRAWING.fullmatch(part):
            if (dots := LEFT_OUT.search(part)) is not None:
                span = Span(source, line, start + dots.start() + 1, len(dots[0]))
                repairs = ["the layers themselves", "`3x 3x3 conv, 64` for what repeats"]
                raise SpecError([Fault("layers are left out here", span, repairs=repairs)])
            account.claim(line, start, end)
            continue
        while True:
            stripped = part.lstrip(" \t" + EDGE)
            start += len(part) - len(stripped)
            part = stripped.rstrip(" \t" + EDGE + ("," if stripped.rstrip()[-1:] == "," else ""))
            if part[-1:] == "." and (part[-2:-1].isalnum() or part[-2:-1] == ")"):
                part = part[:-1]
            if SENTENCE.fullmatch(part.strip()):
                account.claim(line, start, start + len(part))
                part = ""
                break
            number = NUMBERING.match(part)
            if not number or not part[number.end() :].strip():
                break
            account.claim(line, start, start + number.end())
            start += number.end()
            part = part[number.end() :]
        if part:
            yield part, start


# Keras' GRU has two biases as well (reset_after), its other recurrent layers one.
KERAS = {"gru": "last step is `last`"}


def squeezed(place: Scalar) -> Scalar:
    """A place with its long runs of spaces, which only set columns apart, made short."""
    if not RUN.search(place.text):
        return place
    kept, at = [], 0
    for match in RUN.finditer(place.text):
        kept.append((at, match.start() + 8))
        at = match.end()
    return compose(place, *kept, (at, len(place.text)))


class Layers:
    """Makes the tree's values of the lines that name layers. `notes` is what had to be said on the way."""

    def __init__(self, account: Account, text: str = "") -> None:
        self.lexicon = Lexicon(frozenset(), lambda name: None, lambda: iter(BLOCKS))
        self.characters = 0
        self.read_before: dict[str, list[Phrase]] = {}
        self.notes: dict[str, None] = {}
        self.account = account
        self.speller = Speller(self.parses, self.notes, account, text, [])

    def phrases(self, text: str) -> list[Phrase]:
        """The layers of a line of the notation; none where it is no such line."""
        found = self.read_before.get(text)
        if found is None:
            self.characters += len(text)
            if self.characters > MOST_READ:
                message = f"more than {MOST_READ:,} characters to be tried as layers; this is no figure"
                raise SpecError([Fault(message, repairs=["one layer a line", "a file of the notation"])])
            try:
                found = self.lexicon.parse(text)
            except PhraseFault:
                found = []
            self.read_before[text] = found
        return found

    def parses(self, text: str) -> bool:
        """Whether a text is one line of the notation, or begins with a shipped block."""
        return bool(self.phrases(text)) or (bool(text.strip()) and text.split()[0] in BLOCKS)

    def may_parse(self, place: Scalar) -> bool:
        """Whether a text is a line of the notation, perhaps after respelling; nothing is noted or claimed yet."""
        try:
            return self.parses(respelled(place, self.speller._replace(notes={}, account=Account([]))).text)
        except SpecError:
            return False

    def names(self, word: str) -> bool:
        """Whether a word is the name of a layer."""
        return self.lexicon.find(word) is not None

    def names_layer(self, text: str) -> bool:
        """Whether a word of a text is the name of a layer or a shipped block."""
        return any(self.lexicon.find(word) is not None or word in BLOCKS for word in re.findall(r"[A-Za-z][\w-]*", text))

    def read(self, place: Scalar, depth: int = 0) -> list[Value]:
        """The values of a line, in the order written."""
        if depth < DEEPEST:
            place = respelled(place, self.speller)
            for rule in (self._counted, self._repeated, self._bracketed, self._unit, self._labelled):
                found = rule(place, depth)
                if found:
                    return found
            if not self.parses(place.text) and len(parts := self._several(place)) > 1:
                return [value for part in parts for value in self.read(part, depth + 1)]
        return [place]

    def _counted(self, place: Scalar, depth: int) -> list[Value] | None:
        """`two 3x3 conv layers with 64 filters`, `three fully connected layers with 120, 84 and 10 units`."""
        match = COUNTED.match(place.text)
        if match is None or not PLURAL.search(match["what"]):
            return None
        number = COUNTS.get(match["count"].lower(), 0) or int(match["count"])
        what = sub(place, match.start("what"), len(place.text))
        count = sub(place, *match.span("count"), str(number))
        each = EACH.search(what.text)
        if each is not None:
            if each["unit"] and each["unit"].lower() not in COUNTED_IN:
                return None
            numbers = list(re.finditer(r"\d+", each["list"]))
            if len(numbers) != number:
                message = f"{number} layers, and {len(numbers)} sizes for them"
                span = sub(what, *each.span("list")).span()
                raise SpecError([Fault(message, span, repairs=[f"{number} sizes", "a line each"])])
            shift = each.start("list")
            lines = [
                compose(what, (0, each.start()), (" ", each.start(), each.start()), (shift + m.start(), shift + m.end()))
                for m in numbers
            ]
            read = [respelled(self._singular(line), self.speller) for line in lines]
            if not all(self.parses(line.text) for line in read):
                return None
            self.account.claim_place(place)  # the sizes, `and`, the unit: each is in a layer, or grammar
            return list(read)
        body = respelled(self._singular(what), self.speller)
        self.account.claim_between(what, body)
        words = body.text.split()
        phrases = self.phrases(body.text)
        if phrases and "layers" in phrases[0].form.slots and self.parses(place.text):
            return None  # `2 LSTM layers` are one stack
        if not phrases and not (words and words[0] in BLOCKS) and not self.names_layer(body.text):
            return None
        # What follows on the line is counted with it only where it can stand on the line of a layer: an activation, not a pool.
        first, *rest = [body] if self.parses(body.text) else self._several(body) or [body]
        return [self._repeat(count, first, depth), *(value for part in rest for value in self.read(part, depth + 1))]

    def _one_of(self, body: Scalar, count: Scalar, behind: bool) -> None:
        """Refuses a number beside several layers: `2x 3x3 conv, 64, maxpool`. Raises SpecError."""
        parts = [] if self.parses(body.text) or body.text[:1] in "[({" else self._several(body)
        if len(parts) < 2:
            return
        texts = [part.text for part in parts]
        which = texts[-1] if behind else texts[0]
        lines = [*texts[:-1], f"{which} x{count.text}"] if behind else [f"{count.text}x {which}", *texts[1:]]
        message = f"is all of this meant {count.text} times, or only '{which}'?"
        repairs = [f"{count.text}x [{'; '.join(texts)}]", f"{' and '.join(f'`{line}`' for line in lines)} on lines of their own"]
        raise SpecError([Fault(message, body.span(), repairs=repairs)])

    def _singular(self, place: Scalar) -> Scalar:
        """`3x3 conv layers with 64 filters` as one of them."""
        match = PLURAL.search(place.text)
        if match is None:
            return place
        return compose(place, (0, match.end() - 1), ("", match.end() - 1, match.end()), (match.end(), len(place.text)))

    def _repeated(self, place: Scalar, depth: int) -> list[Value] | None:
        """`2x 3x3 conv, 64`, `3x3 conv, 64  × 2`, `FC 4096 twice`, `[…] × 3`."""
        text = place.text
        before = TIMES_BEFORE.match(text)
        if before:
            group = next(i for i in (1, 2, 3) if before[i])
            count = sub(place, 0, len(before[0].rstrip()), before[group])
            body = sub(place, before.end(), len(text))
            self._one_of(body, count, behind=False)
            return [self._repeat(count, body, depth)]
        after = TIMES_AFTER.search(text)
        if after and (text[0] in "[{" or not self._is_size(text, after[0])):
            body = sub(place, 0, after.start())
            word = (after[5] or "").lower()
            if word and word not in COUNTS and not word.isdecimal():
                return None
            group = next(i for i in (1, 2, 3, 4, 5) if after[i])
            shown = "2" if after[4] else str(COUNTS.get(word, word)) if word else after[group]
            count = sub(place, after.end() - len(after[0].lstrip(" ,")), after.end(), shown)
            if self._bracketed(body, depth) or self.parses(body.text) or len(self._several(body)) > 1:
                self._one_of(body, count, behind=True)
                self._matrix(body, count)
                return [self._repeat(count, body, depth)]
        return None

    def _matrix(self, body: Scalar, count: Scalar) -> None:
        """Refuses `Dense 784 x 128`, which is rather a matrix than 128 layers; says so where it is few. Raises SpecError."""
        number = re.search(r"(?<![\w.])(\d+)$", body.text)
        phrases = self.phrases(body.text)
        if number is None or len(phrases) != 1 or "kernel" in phrases[0].form.slots:
            return
        if int(count.text) <= MOST_ALIKE:
            self.notes[f"'{body.text} x {count.text}' is read as {count.text} of them"] = None
            return
        message = (
            f"'{body.text} x {count.text}' may be {number[1]} values in and {count.text} out, or {count.text} times the same"
        )
        word = body.text[: number.start()].strip(" :,(") or phrases[0].form.word
        repairs = [f"{word} {count.text} in={number[1]}", f"{count.text}x [{body.text}]"]
        raise SpecError([Fault(message, joined([body, count]).span(), repairs=repairs)])

    def _is_size(self, text: str, after: str) -> bool:
        """Whether the × at the end of a line belongs to a size: `maxpool 2 x 2`, but not `pad 1  × 2` nor `pad 1 x2`."""
        phrases = self.phrases(text)
        last = phrases[-1].givens[-1:] if phrases else []
        if not phrases:
            return False
        apart = after.startswith(("  ", "\t")) or not re.search(r"x\s", after)
        return not apart or not last or last[0].slot.name in ("kernel", "scale")

    def _repeat(self, count: Scalar, body: Scalar, depth: int) -> Map:
        layers = list_of(body, self.read(body, depth + 1))
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

    def _unit(self, place: Scalar, depth: int) -> list[Value] | None:
        """`hidden layer: 256 units`, `output layer (10)`, `OUTPUT 10`: fully connected, and the notes say so."""
        match = UNIT.match(place.text)
        if match is None or not self.parses(f"fc {place.text[match.end() :]}"):
            return None
        self.notes[f"'{place.text[: match.end()].rstrip(' :,.')}' is read as a fully connected layer"] = None
        key = sub(place, 0, len(match[0].rstrip(" :,.")), "fc")
        return [map_of(place, [(key, sub(place, match.end(), len(place.text)))])]

    def _labelled(self, place: Scalar, depth: int) -> list[Value] | None:
        """`C1: 5x5 conv (6)`, `conv1: 7x7, 64, /2`, `conv1 7x7, 64`: the label becomes the layer's name."""
        text = place.text
        label, numbered = LABEL.match(text), NUMBERED.match(text)
        if label and self.lexicon.find(label[1]) is None:
            if label[1].lower() in NO_LABEL:
                message = f"'{label[1]}' is the name of no layer"
                repairs = [f"{rest}, the layer alone", f"all conv: {rest}"] if self.parses(rest := text[label.end() :]) else []
                raise SpecError([Fault(message, sub(place, *label.span(1)).span(), repairs=repairs or ["without this line"])])
            name = sub(place, *label.span(1))
            line = respelled(sub(place, label.end(), len(text)), self.speller)
            if self.parses(line.text):
                return [self._named(name, line)]
            if kind := self._kind(numbered):
                found = self._of_kind(place, kind, label.end(1), label.end(), depth)
                if found:
                    return found
            if self.names_layer(line.text):
                first, *more = self._several(line) or [line]
                return [self._named(name, first), *(value for part in more for value in self.read(part, depth + 1))]
        kind = self._kind(numbered)
        if self.parses(text) or numbered is None or not kind:
            return None
        return self._of_kind(place, kind, len(text[: numbered.end()].rstrip(" :,\t")), numbered.end(), depth)

    def _kind(self, numbered: re.Match[str] | None) -> str:
        """The word of a layer in a label that is that word with its number: conv in conv1."""
        form = self.lexicon.find(numbered[1]) if numbered else None
        return numbered[1] if numbered and form is not None and form.layer is not None else ""

    def _of_kind(self, place: Scalar, kind: str, end: int, start: int, depth: int) -> list[Value] | None:
        """`conv1: 7x7, 64`: the label place[:end] names the kind, place[start:] has its settings."""
        name = sub(place, 0, end)
        if not name.text.isidentifier():
            return None
        key = sub(name, 0, len(kind))
        line = sub(place, start, len(place.text))
        line = respelled(line, self.speller._replace(parses=lambda t: self.parses(f"{kind} {t}")))
        if self.parses(f"{kind} {line.text}"):
            return [self._named(name, key, line)]
        first, *more = self._several(line, f"{kind} ") or [line]
        if not more:
            return None
        return [self._named(name, key, first), *(value for part in more for value in self.read(part, depth + 1))]

    def _named(self, name: Scalar, key: Scalar, value: Scalar | None = None) -> Map:
        value = value or sub(key, len(key.text), len(key.text), "")
        return map_of(name, [(sub(name, 0, 0, "id"), name), (key, value)])

    def _several(self, place: Scalar, head: str = "") -> list[Scalar]:
        """Several layers between commas: `average pool, 1000-d fc, softmax`; settings stay with the layer before them.

        `head` stands in front of the first, where a label names its kind.
        """
        text = place.text
        cuts = [0]
        for match in re.finditer(r"[,;]\s*|\s\+\s|\s[-–]\s(?=[A-Za-z])|\.\s+(?=[A-Z])", text):
            after = re.split(r"[,;]|\s\+\s|\s[-–]\s(?=[A-Za-z])|\.\s+(?=[A-Z])", text[match.end() :], maxsplit=1)[0].strip()
            if after and self.may_parse(sub(place, match.end(), match.end() + len(after))):
                front = head if cuts[-1] == 0 else ""
                if match[0].strip() != ";" and self.phrases(front + text[cuts[-1] : match.end() + len(after)]):
                    continue  # an activation stays with its layer
                before = self.phrases(front + text[cuts[-1] : match.start()].rstrip(" ,;+.-"))
                word = re.match(r"[A-Za-z]+", after)
                if word and before and word[0].lower() in before[-1].form.slots:
                    continue  # `…, pad 2` is a setting of the layer before
                cuts.append(match.end())
        self._beside(place, text, cuts)
        parts = [sub(place, a, len(text[:b].rstrip(" ,;+.-"))) for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]
        ready = [respelled(part, self.speller) for part in parts[1:]]
        heads = [head, *[""] * len(ready)]
        return [parts[0], *ready] if all(self.parses(h + p.text) for h, p in zip(heads, [parts[0], *ready], strict=True)) else []

    def _beside(self, place: Scalar, text: str, cuts: list[int]) -> None:
        """Refuses `Dense 20 + Dense 20`: one behind the other, or both over the same? Raises SpecError."""
        for at, cut in enumerate(cuts[1:], 1):
            if text[:cut].rstrip()[-1:] != "+":
                continue
            ends = [*cuts, len(text)]
            both = [text[cuts[at - 1] : cut].strip(" +"), text[cut : ends[at + 1]].strip(" +,;.")]
            words = [self.phrases(part)[:1] for part in both]
            if all(words) and words[0][0].form.word == words[1][0].form.word and "out" in words[0][0].form.slots:
                message = f"does '{both[1]}' read what '{both[0]}' gives, or the same as that?"
                repairs = [f"{both[0]}, {both[1]}", "a file of the notation with `branches:` for paths beside each other"]
                raise SpecError([Fault(message, sub(place, cuts[at - 1], ends[at + 1]).span(), repairs=repairs)])

    def assumptions(self, text: str, place: Scalar, headed: set[str]) -> list[str]:
        """What a line does not say and was taken for granted: a bare pool's window, a pool's stride, what `6@5x5` means.

        `headed` holds the settings that a header gives.
        """
        found: list[str] = []
        phrases = self.phrases(text)
        if not phrases:
            return found
        phrase = phrases[0]
        given = {g.slot.name: g.value for g in phrase.givens}
        written = shown(place) if place.text != text or isinstance(place, Pieced) else text[:40]
        word = phrase.form.word
        layer = phrase.form.layer
        for one in phrase.givens:
            if isinstance(one.value, str) and SUM.fullmatch(one.value) and not re.search(r"\bk\d", text):
                number, _, stride = one.value.partition("/")
                both = [f"{number}, /{stride}"] if "/" in one.value else []
                message = f"'{one.value}' is a sum; a figure's line holds plain numbers"
                raise SpecError([Fault(message, place.span(), repairs=[*both, "the number it comes to"])])
        if layer is None:
            return found
        stacked = given.get("layers")
        if isinstance(stacked, int) and stacked > MOST_STACKED and not re.search(r"layers", text, re.I):
            units = given.get("hidden")
            message = f"{stacked} layers of {units} hidden units each?"
            repairs = [f"{word} {stacked} in={units}", f"{word} {units} layers={stacked}"]
            raise SpecError([Fault(message, place.span(), repairs=repairs)])
        if layer.formula == "pool":
            plain_word = not re.search(r"max|av|mean", text, re.I)
            if "kernel" not in given and "kernel" not in headed:
                stride = " with stride 2" if not {"stride"} & (given.keys() | headed) else ""
                found.append(f"'{written}' is read as {layer.pools} over a 2×2 window{stride}")
            else:
                if plain_word:
                    found.append(f"'{written}' is read as a maximum")
                if not {"stride"} & (given.keys() | headed) and given.get("kernel") not in (2, (2, 2)):
                    found.append(f"'{written}' moves by its own size, as in torch, since no stride is given")
        filters = layer.formula == "conv"
        if filters and (size := re.search(r"(\d+)\s*@\s*(\d+(?:\s*x\s*\d+)*)", text)):
            found.append(f"'{size[0]}' is read as {size[1]} filters of {size[2]}, not as maps of that size")
        if filters and (size := re.search(r"\bF\s*[=:]\s*(\d+)", text)) and (n := re.search(r"\bK\s*[=:]\s*(\d+)", text)):
            found.append(f"'{written}' is read as K = {n[1]} filters of size F = {size[1]}")
        if layer.pads:
            found.append(f"'{written}' is read as a layer of zeros around its input")
        if "biases" in phrase.form.slots and "biases" not in given and not written.startswith(phrase.form.word):
            steps = "every step's output" if "last" not in given else "the last step's output"
            keras = KERAS.get(word, "one bias and last step are `onebias last`")
            other = f"Keras' {keras} on its line"
            found.append(f"'{written}' has torch's two biases a gate and {steps}; {other}")
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
