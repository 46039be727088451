"""Textbook words: the lines of a figure or of a paper's table, one layer a line, the image first or, bottom-up, last.

    Image (28 × 28)
    all conv: pad 1, ReLU
    5x5 Conv (6), pad 2
    2 × 2 AvgPool, stride 2
    3x3 conv, 64  × 2
    FC (10)

Each line is a line of the notation; here are only the file's own matters: comments (#), drawings, numbering, labels, the image,
headers that hold for every layer of a kind, repeats, what is stated of a result. An account is kept of every character: it is
part of a layer or a setting, said in a note, or refused at its place. What had to be assumed stands in the tree's `notes`.

    reader   the whole             lines       a line to layers       headers   what holds for all of a kind
    image    what goes in          spellings   other ways to write    stated    results that a line states
    places   the account           flow        shapes on the way      oneline   a network on one line
    sayings  other words           sentences   what prose says        matlab    layers in MATLAB's words
    languages  words of other languages
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc.blocks import SEQUENCES
from archcalc.layers.base import Shape, dims
from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.own.expand.spec import Spec, expand
from archcalc.notations.own.phrase import Form, Phrase, PhraseFault
from archcalc.notations.own.phrase.tokens import LONGEST
from archcalc.notations.own.shapes import settle
from archcalc.notations.own.tree import Map, Scalar, Tree, Value, list_of, map_of, scalar_of
from archcalc.notations.words.darknet_log import NOTE, is_log
from archcalc.notations.words.darknet_log import row as row_of
from archcalc.notations.words.flow import Flow, reckoned
from archcalc.notations.words.headers import Header, read_header
from archcalc.notations.words.image import EXAMPLE, Image, is_image, is_maps, like, read_image, shape_of
from archcalc.notations.words.languages import in_english
from archcalc.notations.words.lines import LONGEST_LINE, MOST_CHARACTERS, Layers, pieces, plain, squeezed
from archcalc.notations.words.matlab import is_matlab, matlab
from archcalc.notations.words.oneline import letters, perceptron, receives
from archcalc.notations.words.places import Account, leaves, sub
from archcalc.notations.words.sections import sections
from archcalc.notations.words.sentences import reference
from archcalc.notations.words.spellings import respelled
from archcalc.notations.words.stated import Fact, Total, alone, maps, take, total
from archcalc.notations.words.tables import RULE, Row, Table, find, is_latex, without_latex
from archcalc.text.faults import Fault, SpecError
from archcalc.text.signs import plain as plain_signs
from archcalc.text.source import Source, Span

TITLE = re.compile(
    r"(?:(?:name|title|model|network|figure|table)\b[\s\d.]*[:.]\s*(?P<said>\S.*)|(?P<bare>[A-Za-z][\w\s().,'&/+-]*?):?)$", re.I
)
NET = re.compile(r"net(?:work)?\b|net-?\d|\bvgg|\bnin\b|\bmlp\b|perceptron|classifier", re.I)
# A line in the notation's letters, or torch's call, says what it means: a padding left out is none.
NOTATION = re.compile(r"\bk\d|\bnn\.")
# So many lines that are no layer, and three times as many as those that are: not a network with slips, but another text.
MANY = 5
# A filter's depth, which the channels that arrive must have, or half of them (`sayings.halves`).
DEPTH = re.compile(r"\bin=\d")
HEADING = re.compile(r"[A-Za-z][A-Za-z /&-]{2,40}:")
SHAPE = re.compile(r"\d{1,5}(?:\s*x\s*\d{1,5}){2}")
TOTAL = re.compile(r"total\b", re.I)


def _all_leaves(read: list[list[Value]]) -> Iterator[tuple[str, Scalar, int]]:
    return (leaf for values in read for leaf in leaves(values))


class Entry:
    """A piece of the figure: where it stands, the image where it is that, and what it states of its result."""

    __slots__ = ("facts", "image", "place")

    def __init__(self, place: Scalar, image: Image | None = None, facts: list[Fact] | None = None) -> None:
        self.place = place
        self.image = image
        self.facts = facts or []


def read(source: Source) -> Spec:
    """The spec of a text in textbook words. Raises SpecError."""
    return Figure(source)


class Figure(Spec):
    """A figure that was read; what it states of results is held against them as soon as it is known what goes in."""

    def __init__(self, source: Source) -> None:
        reader = _Reader(source)
        super().__init__(reader.tree())
        self.totals = reader.totals
        self.waits = reader.waits

    def network(self, given: Given = Given()) -> Network:  # noqa: B008 a tuple of what is given, never changed
        """The network for what is given. Raises SpecError with every fault, among them a total that is not ours."""
        tree = self.tree
        if self.waits and list(given.inputs) == [""]:
            arrives = settle(tree, given.inputs)[1][""]
            tree = _Reader(self.source, arrives).tree()
        network = expand(tree, given)[0]
        if self.totals:
            self._hold(network)
        return network

    def _hold(self, network: Network) -> None:
        """Holds the totals that are stated against ours. Raises SpecError."""
        found = reckoned(network)
        if found is None:
            return  # a layer that does not fit: whoever asked for the network will meet it
        faults = [fault for total in self.totals if (fault := total.contradiction(*found[1:])) is not None]
        if faults:
            raise SpecError(faults, network)


class _Reader:
    """Reads one figure. `arrives` is the shape that goes in where a person states it beside the text."""

    def __init__(self, source: Source, arrives: Shape | None = None) -> None:
        self.source = source
        self.arrives = arrives
        self.waits = False  # whether results are stated that cannot be checked before it is known what goes in
        self.totals: list[Total] = []
        if len(source.text) > MOST_CHARACTERS:
            message = f"a figure of {len(source.text):,} characters; the most read is {MOST_CHARACTERS:,}"
            raise self._fault(message, Span(source, 1, 1), "the network alone")
        lines = [plain(line) for line in source.text.split("\n")]
        if len(lines) == 1 and Layers(Account([])).parses(plain_signs(source.text)):
            lines = [plain_signs(source.text)]  # a line of the notation, in which 2*32 is a product
        lines, self.notes = in_english(lines)
        self.account = Account([without_latex(line) for line in lines] if is_latex(source.text) else lines)
        self.layers = Layers(self.account, source.text)
        self.entries: list[Entry] = []
        self.headers: list[Header] = []
        self.passed_over: list[str] = []
        self.name: Scalar | None = None

    def tree(self) -> Map:
        self._collect()
        figure = self._in_order()
        image = next((entry for entry in figure if entry.image), None)
        layers = [entry for entry in figure if entry.image is None]
        if image is not None and image.image is not None and 2 <= len(image.image.sizes) <= 3:
            self.layers.speller.flat.append(True)
        read = [self.layers.read(entry.place) for entry in layers]
        lines = [text for values in read for text, _, _ in leaves(values)]
        strange = [p for values in read for text, p, _ in leaves(values) if not self.layers.parses(text)]
        if len(strange) >= MANY and len(strange) > 3 * (len(lines) - len(strange)):
            message = f"read as textbook words; of {len(lines)} lines, {len(strange)} are no layer, so this is rather prose"
            raise self._fault(message, strange[0].span(), "one layer a line, as in `5x5 Conv (6), pad 2`", "the network alone")
        if not any(self.layers.parses(text) or self.layers.names_layer(text) for text in lines):
            raise self._nothing([entry.place for entry in layers])
        entries: list[tuple[Scalar, Value]] = []
        if self.name is not None:
            entries.append((self._key("name"), self.name))
        shape = None
        if image is not None and image.image is not None and image.image.sizes:
            sequence, rank = self._first_and_rank(read)
            shape, assumed = shape_of(image.image, sequence=sequence, rank=rank)
            self.notes[:0] = assumed
            place = image.image.place
            text = "x".join(map(str, shape))
            entries.append((self._key("input"), scalar_of(place, text)))
        if image is None and layers and (first := self._first_input(layers[0], read[0])) is not None:
            stated, at = first
            self.notes.insert(0, f"the input is that of the first layer, {dims(stated)}")
            entries.append((self._key("input"), scalar_of(at, "x".join(map(str, stated)))))
        shape = self.arrives or shape
        defaults: list[tuple[Scalar, Value]] = [(header.key, header.rest) for header in self.headers]
        if any(entry.facts for entry in figure) or any(DEPTH.search(text) for text, _, _ in _all_leaves(read)):
            flow = Flow(self.source, self.layers, defaults, shape)
            if image is not None and shape is not None and self.arrives is None:
                flow.check_image(image.facts)
            read = [flow.through(entry.place, values, entry.facts) for entry, values in zip(layers, read, strict=True)]
            self.notes += flow.notes
            self.waits = shape is None
        values = [value for found in read for value in found]
        if defaults:
            entries.append((self._key("defaults"), map_of(self.source, defaults)))
        self._settle(layers, values)
        if self.notes:
            entries.append((self._key("notes"), list_of(self.source, map(self._key, self.notes))))
        start = layers[0].place if layers else self._key("")
        entries.append((scalar_of(start, "layers"), list_of(start, values)))
        _, rank = self._first_and_rank(read)
        return Tree(entries, self.source, start.line, start.column, self._lacking(image, start), rank and rank + 1)

    def _first_input(self, entry: Entry, values: list[Value]) -> tuple[Shape, Scalar] | None:
        """The input that the first line states: in a table's column, or as `Linear(784, 256)`."""
        for fact in entry.facts:
            if fact.kind == "input" and isinstance(fact.value, tuple):
                return fact.value, fact.place
        for text, place, _ in leaves(values[:1]):
            phrases = self.layers.phrases(text)
            layer = phrases[0].form.layer if phrases else None
            stated = next((g.value for g in phrases[0].givens if g.slot.name == "input"), None) if phrases else None
            if layer is not None and layer.vector and isinstance(stated, int):
                return (stated,), place
        return None

    def _settle(self, layers: list[Entry], values: list[Value]) -> None:
        """What was assumed, how far the headers reach, and that nothing is passed over. Raises SpecError."""
        found: dict[str, None] = dict(self.layers.notes)
        touched = [0] * len(self.headers)
        padded = any(g.slot.name == "padding" for h in self.headers for p in h.phrases[:1] for g in p.givens)
        kernels: dict[int, int] = {}
        faults: list[Fault] = []
        for text, place, times in leaves(values):
            phrases = self.layers.phrases(text)
            above = [h.phrases[0] for h in self.headers if phrases and h.phrases and h.key.text == phrases[0].form.word]
            headed = {given.slot.name for header in above for given in header.givens}
            found |= dict.fromkeys(self.layers.assumptions(text, place, headed))
            faults += self._bare(phrases, place)
            for i, header in enumerate(self.headers):
                touched[i] += times * header.touches(phrases)
            given = {g.slot.name: g.value for g in phrases[0].givens} if phrases else {}
            layer = phrases[0].form.layer if phrases else None
            padded = padded or "padding" in given or (layer is not None and layer.pads)
            if layer is not None and layer.formula == "conv" and not NOTATION.search(text):
                sizes = given.get("kernel") if isinstance(given.get("kernel"), tuple) else (given.get("kernel"),)
                largest = max((n for n in sizes or () if isinstance(n, int)), default=1)
                if largest > 1:
                    kernels[largest] = kernels.get(largest, 0) + times
        for header, count in zip(self.headers, touched, strict=True):
            if header.phrases and not count:
                message = f"no {header.key.text} layer is here for which this would hold"
                faults.append(Fault(message, header.place.span(), repairs=["the layer it belongs to", "without this line"]))
            elif header.phrases:
                self.notes.append(header.note(count))
        if kernels and not padded:
            number, kernel = sum(kernels.values()), next(iter(kernels))
            which = "the one convolution has" if number == 1 else f"all {number} convolutions have"
            pad = f"pad {kernel // 2}" if len(kernels) == 1 and kernel % 2 else "same padding"
            found[f"no padding is stated, so {which} none; a line `all conv: {pad}` gives what keeps the size"] = None
        self.notes += [*found, *self.passed_over]
        self.account.claim_values(values)
        faults += self.account.left_over(self.source)
        if faults:
            raise SpecError(faults)

    def _bare(self, phrases: list[Phrase], place: Scalar) -> list[Fault]:
        """The fault of a layer of which nothing is said: CONV in a pattern, which a header must fill."""
        if not phrases or phrases[0].givens or phrases[0].form.block is not None:
            return []
        form = phrases[0].form
        required = [slot.name for slot in form.all_slots() if slot.required]
        if not required or any(header.key.text == form.word for header in self.headers):
            return []
        filled = f"{form.word} 64 3x3, pad 1" if "kernel" in required else f"{form.word} 64"
        named = {"out": "how many outputs", "kernel": "the size of its kernel", "hidden": "how many hidden units"}
        message = f"nothing is said of {place.text}: {' and '.join(named.get(name, name) for name in required)}"
        header = filled.replace(form.word, f"all {form.word}:", 1)
        return [Fault(message, place.span(), repairs=[f"`{filled}` here", f"a line `{header}` for all of them"])]

    def _first_and_rank(self, read: list[list[Value]]) -> tuple[bool, int | None]:
        """Whether the first layer reads a sequence, and how many spatial axes the layers say they have."""
        first: Form | None = None
        rank: int | None = None
        for text, _, _ in (leaf for values in read for leaf in leaves(values)):
            if first is None and text.split()[:1] and text.split()[0] in SEQUENCES:
                return True, rank
            for phrase in self.layers.phrases(text):
                first = first or phrase.form
                kernel = next((g.value for g in phrase.givens if g.slot.name == "kernel"), None)
                implied = phrase.form.implied.get("rank") or (len(kernel) if isinstance(kernel, tuple) else None)
                rank = rank or implied
        return first is not None and first.layer is not None and first.layer.sequences(), rank

    def _lacking(self, image: Entry | None, start: Scalar) -> Fault:
        """What is said where no input is given: at the image line where there is one, at the first layer otherwise."""
        if image is not None:
            return Fault("the line of the image gives no size", image.place.span(), repairs=[EXAMPLE, "--input 3x224x224"])
        sized = re.match(r"(?:the\s+)?(?:input|image)\b\D{0,20}\d{1,5}(?:\s*x\s*\d{1,5}){1,2}", start.text, re.I)
        if sized is not None:
            message = "this line gives a size beside a layer's words, and no line gives the image"
            return Fault(message, start.span(), repairs=[f"`{like(sized[0])}`, and the rest on the line of its layer"])
        repairs = ["`Image (28 × 28)` as the first line", "--input 1x28x28"]
        return Fault("no line gives the image", start.span(), repairs=repairs)

    def _key(self, text: str) -> Scalar:
        return scalar_of(self.source, text)

    def _collect(self) -> None:
        """The pieces of the figure in the order written; title, comments and headers taken out."""
        found: list[Scalar] = []
        comments: list[int] = []
        in_darknet = is_log(self.account.lines)
        table, rows, heading = (None, range(0), 0) if in_darknet else self._table()
        notes: dict[str, None] = dict.fromkeys([NOTE] if in_darknet else [])
        in_matlab = is_matlab(self.source.text)
        given: dict[int, Row] = {}  # by the place that a row became
        for number, line in enumerate(self.account.lines, 1):
            if not line.strip():
                continue
            if len(line) > LONGEST_LINE:
                raise self._too_long(Scalar(line, self.source, number, 1), LONGEST_LINE)
            if table is not None and number in rows:
                for row in [*table.row(number, line), *(table.end() if number == rows[-1] else [])]:
                    place = sub(row.place, 0, len(row.place.text))
                    given[id(place)] = row
                    found.append(place)
                continue
            if number == heading:
                continue
            if in_darknet:
                self.account.claim(number, 0, len(line))
                if (listed := row_of(Scalar(line, self.source, number, 1))) is not None:
                    given[id(listed.place)] = listed
                    found.append(listed.place)
                continue
            whole = squeezed(Scalar(line.strip(), self.source, number, len(line) - len(line.lstrip()) + 1))
            if in_matlab and (layer := matlab(whole, notes)) is not None:
                self.account.claim(number, 0, len(line))
                found += layer
                continue
            if net := perceptron(whole, notes) or letters(whole, notes) or receives(whole):
                self.account.claim(number, 0, len(line))
                found += net
                continue
            at = line.find("#")
            if at >= 0:
                self.account.claim(number, at, len(line))
                comments.append(number)
            rest = line[:at] if at >= 0 else line
            cut = rest.find(";")
            parts = [(rest, 0)]
            if cut > 0 and is_image(rest[:cut]) and not self.layers.names_layer(rest[:cut]):
                parts = [(rest[:cut], 0), (rest[cut + 1 :], cut + 1)]  # the whole network on one line, the image first
            for text, shift in parts:
                for part, start in pieces(text, self.account, self.source, number, shift):
                    found.append(squeezed(Scalar(part, self.source, number, start + 1)))
        for place in found:
            if len(place.text) > LONGEST:
                raise self._too_long(place, LONGEST)
        said = any(is_image(place.text) for place in found)
        for index, (place, facts, taken) in enumerate(sections(found, self.layers)):
            if taken:
                which, verb = (
                    ("the line", "is its setting") if len(taken) == 2 else (f"the {len(taken) - 1} lines", "are its settings")
                )
                self.notes.append(f"{which} below '{taken[0].text}' {verb}")
                for one in taken:
                    self.account.claim_place(one)  # each is a setting of the layer, or states its result
                self.entries.append(Entry(place, None, facts))
                continue
            if id(place) in given:
                row = given[id(place)]
                self.entries.append(Entry(place, read_image(place, place.text) if row.image else None, row.facts))
            elif index == 0 and self._is_title(place):
                self.account.claim_place(place)
            else:
                self._piece(place, not said and place in (found[0], found[-1]))
        self.notes += [*notes, *(table.notes if table is not None else [])]
        if comments:
            which = f"the comment of line {comments[0]} is" if len(comments) == 1 else f"{len(comments)} comments (#) are"
            self.passed_over = [f"{which} passed over"]

    def _too_long(self, place: Scalar, most: int) -> SpecError:
        message = f"a line of {len(place.text):,} characters; the longest allowed is {most:,}"
        return self._fault(message, place.span(0, 1), "one layer a line")

    def _table(self) -> tuple[Table | None, range, int]:
        """The table of the text, the lines of its rows, and that of its heading (0 where it has none)."""
        lines = self.account.lines
        found = find(lines)
        if found is None:
            return None, range(0), 0
        table = Table(self.source, self.account, found.roles, found.sign, self.layers)
        if found.heading is not None:
            table.heading(found.heading + 1, lines[found.heading])
        end = found.first
        while end < len(lines) and (found.sign in lines[end].strip() or RULE.fullmatch(lines[end])):
            end += 1
        while not lines[end - 1].strip():
            end -= 1
        return table, range(found.first + 1, end + 1), found.first if found.heading is not None else 0

    def _piece(self, place: Scalar, may_be_image: bool) -> None:
        """One piece: the image, a header, a result that is stated, or layers."""
        if HEADING.fullmatch(place.text) and not self.layers.names_layer(place.text) and not is_image(place.text):
            self.account.claim_place(place)
            self.notes.append(f"'{place.text}' is read as a heading")
            return
        if may_be_image and (is_maps(place.text) or (not self.entries and SHAPE.fullmatch(place.text))):
            self.account.claim_place(place)
            self.notes.append(f"'{place.text}' is read as the image")
            self.entries.append(Entry(place, read_image(place, place.text)))
            return
        image = is_image(place.text) and not self.layers.names_layer(place.text)
        if self.entries and not self.entries[-1].image and self._refers(place):
            return
        if TOTAL.match(place.text):
            self.account.claim_place(place)
            if (stated := total(place)) is not None:
                self.totals.append(stated)
            else:
                self.notes.append(f"'{place.text[:60]}' is a remark and is not checked")
            return
        rest, facts = take(place, image)
        if facts and not rest.text.strip(" :") and self.entries:
            self.account.claim_place(place)
            self.entries[-1].facts += facts
            return
        if not image and not facts:
            named, facts = maps(rest)
            self.account.claim_between(rest, named)
            rest = named
        self.account.claim_between(place, rest)
        if image:
            self.account.claim_place(place)  # every word of it is read, or refused by the reader of images
            entry = Entry(rest, read_image(rest, rest.text), facts)
        elif self.entries and not self.entries[-1].image and (fact := alone(rest)) is not None:
            self.account.claim_place(place)
            self.entries[-1].facts += [fact, *facts]
            return
        elif rest.text.isdecimal() and self.entries and self.entries[-1].place.line == rest.line and not self.entries[-1].image:
            self.account.claim_place(place)  # `flatten → 400`
            self.entries[-1].facts.append(Fact("output", (int(rest.text[:12]),), rest))
            return
        elif not facts and (header := read_header(self.layers.lexicon, rest)) is not None:
            if any(other.key.text == header.key.text for other in self.headers):
                raise self._fault(f"a second line for every {header.key.text}", place.span(), "both settings on one line")
            self.account.claim_place(place)
            self.headers.append(header)
            return
        else:
            entry = Entry(rest, None, facts)
        self.entries.append(entry)

    def _refers(self, place: Scalar) -> bool:
        """Whether a piece is `The second convolutional layer`, about which the sentence goes on with what follows it."""
        kind = reference(place)
        if kind is None:
            return False
        silent = self.layers.speller._replace(notes={}, account=Account([]))
        lines = (self.layers.phrases(respelled(entry.place, silent).text) for entry in reversed(self.entries) if not entry.image)
        before = next((phrases for phrases in lines if not phrases or not phrases[0].form.follows), [])
        form = self.layers.lexicon.find(kind.replace(" ", "")) or self.layers.lexicon.find(kind.replace("-", "").replace(" ", ""))
        if kind and (form is None or not before or before[0].form.word != form.word):
            return False
        self.account.claim_place(place)
        self.notes.append(f"'{place.text.rpartition(' ')[0]}' is read as the layer before")
        return True

    def _is_title(self, place: Scalar) -> bool:
        """Whether the first line is the figure's title, and keeps it as the name."""
        match = TITLE.match(place.text)
        if match is None or self.layers.parses(place.text) or is_image(place.text):
            return False
        if self.layers.names_layer(place.text) and re.search(r"(?<![\w-])\d", place.text):
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
            above = [entry.place for entry in self.entries[:at] if not self._may_be_layers(entry.place)]
            if above and len(above) == at:
                repairs = ["a `#` in front where it is a remark", "without this line"]
                raise SpecError(
                    [Fault("this names no layer, and stands above the image", p.span(), repairs=repairs) for p in above[:MANY]]
                )
            hint = "the first line, or the last for a figure drawn bottom-up"
            raise self._fault("the image stands amid the layers", self.entries[at].place.span(), hint)
        if at == 0:
            return self.entries
        self.notes.append("the image is the last line, so the figure is read from the bottom up")
        return self._turned()

    def _may_be_layers(self, place: Scalar) -> bool:
        """Whether a line holds a number and the name of a layer, or is a line of the notation once it is respelled."""
        return self.layers.may_parse(place) or len(self.layers._several(place)) > 1

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
        ends = [self.layers.phrases(entry.place.text) for entry in (self.entries[0], self.entries[-1])]
        first, last = (phrases[0].form.layer if phrases else None for phrases in ends)
        return first is not None and last is not None and first.ends and last.formula == "conv"

    def _nothing(self, places: list[Scalar]) -> SpecError:
        message, span = "read as textbook words; no layer is named here", places[0].span() if places else Span(self.source, 1, 1)
        repairs = ["one layer a line, as in `5x5 Conv (6), pad 2`"]
        try:
            self.layers.lexicon.parse(places[0].text if places else "fc")
        except PhraseFault as error:
            if "\n" not in self.source.text.strip() and places:  # a line that was typed as a layer
                return self._fault(error.message, places[0].span(error.start, error.end), *error.repairs)
            # A line of a figure holds a number; without one, what is near a layer's name is more likely prose.
            near = [r for r in error.repairs if r.isalnum() and any(c.isdecimal() for c in places[0].text)]
            if near:  # a slip in the name of a layer
                message = "read as textbook words; this names no layer"
                span, repairs = places[0].span(error.start, error.end), near
        return self._fault(message, span, *repairs)

    def _fault(self, message: str, span: Span, repair: str, *more: str) -> SpecError:
        return SpecError([Fault(message, span, repairs=(repair, *more))])
