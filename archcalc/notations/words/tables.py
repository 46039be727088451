"""A table pasted whole: a heading that names its columns, a row a layer; Markdown, LaTeX or bars between the cells.

A cell is put where the notation wants it: the row `Conv | 7x7 | 2 | 64` is the line `64 7x7 s2 Conv`. A column that means nothing
here is refused at its heading, so that no cell is passed over.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from archcalc.layers.base import Shape
from archcalc.notations.own.phrase.forms import near_word
from archcalc.notations.own.tree import Scalar, scalar_of
from archcalc.notations.words import bottlenecks
from archcalc.notations.words.image import NAMES
from archcalc.notations.words.lines import Layers
from archcalc.notations.words.places import Account, compose
from archcalc.notations.words.stated import Fact, order, take
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source

# What a heading says, in the words it is compared by, and what its cells are.
HEADINGS: dict[str, str] = {
    word: kind
    for kind, words in {
        "layer": "layer layers type layertype operation operator layername name op module typestride layerstride",
        "number": "no nr number index layerno step",
        "kernel": """size kernel kernelsize filtersize patchsize window windowsize filter patchsizestride k f receptivefield
            kernelsizestride sizestride filtersizestride poolsize""",
        "stride": "stride strides s",
        "padding": "padding pad p zeropadding",
        "out": """filters numberoffilters numfilters channels outputchannels outchannels maps featuremaps depth units neurons
            nodes hiddenunits kernels featuremap c n numberofkernels numberofneurons numberofunits outputs""",
        "activation": "activation activationfunction nonlinearity act",
        "biases": "biases numberofbiases",
        "output": """output outputsize outputshape outputvolume outputdimension outputdimensions outshape activationshape shape
            activationmapdimensions activationmapsize activationmap mapsandneurons""",
        "input": "input inputsize inputshape inputvolume",
        "params": "params parameters numberofparameters param learnableparameters",
        "weights": "weights numberofweights",
        "memory": "memory activationsize activationsizes",
        "repeat": "repeat repeats times repetitions",
        "groups": "groups group",
        "dilation": "dilation dilationrate rate",
        "remark": "comment comments remark remarks note notes description",
        "detail": "details detail",
        "half": "gpu filtersgpu kernelsgpu mapsgpu top bottom upper lower",
        "filter": "filtershape filtershapes weightshape kernelshape",
    }.items()
    for word in words.split()
}
# MobileNet's table: `Conv dw / s1 | 3x3x32 dw | 112x112x32`, with its heading or without. Howard et al. 2017, table 1.
STRIDED = re.compile(r"(?P<name>.*?[A-Za-z])\s*/\s*s(?P<stride>\d{1,3})")
TIMES = re.compile(r"(\d{1,3})\s*x\s+(?=[A-Za-z])")
DEPTHWISE = re.compile(r"conv\w*\s+dw|dw\s+conv\w*", re.I)
FULL = re.compile(r"(\d{1,3}\s*x\s*\d{1,3})\s*x\s*(\d{1,6})\s*x\s*(\d{1,6})")
DEEP = re.compile(r"(\d{1,3}\s*x\s*\d{1,3})\s*x\s*(\d{1,6})(?:\s*dw)?")
MATRIX = re.compile(r"(\d{1,7})\s*x\s*(\d{1,7})")
LARGE = re.compile(r"conv.*(?<!\d)(?:[2-9]|\d\d)\s*x|(?<!\d)(?:[2-9]|\d\d)\s*x\s*\d.*conv", re.I)
NEURONS = re.compile(r"(\d{1,6})\s+(?:maps?\s+of\s+(\d{1,5})\s*x\s*(\d{1,5})\s*)?(?:neurons?)?", re.I)
TELLING = ("description", "details", "parameters", "settings")
APART = "  "
SPACED = " "
EMPTY = re.compile(r"[-—–.\s]*|n/?a|none|/", re.I)
RULE = re.compile(r"[\s|:+=&-]*")
NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
LATEX = re.compile(
    r"\\(?:begin|end)\{[a-z*]+\}(?:\[[a-z!]*\])?(?:\{[^{}]{0,80}\})?|\\(?:hline|toprule|midrule|bottomrule|centering|small|footnotesize)\b"
    r"|\\(?:cline|cmidrule)(?:\([lr]*\))?\{[\d-]*\}|\\caption\{[^{}]{0,200}\}|\\label\{[^{}]{0,80}\}|\\\\(?:\[[^\]]{0,20}\])?"
)
LATEX_SIGNS = {r"\times": "x", r"\to": "->", r"\rightarrow": "->", r"\#": "#", r"\%": "%", r"\_": "_", r"\&": "&", r"\cdot": "*"}
_LATEX_SIGN = re.compile("|".join(re.escape(sign) + (r"(?![A-Za-z])" if sign[1].isalpha() else "") for sign in LATEX_SIGNS))
_LATEX_FONT = re.compile(r"\\(?:textbf|textit|texttt|emph|mathrm|text)\{([^{}]{0,120})\}")


class Cell(NamedTuple):
    """A cell: its text, and where it begins in its line."""

    text: str
    start: int


class Row(NamedTuple):
    """What a row of a table is: the line it stands for, what it states, or the shape of the image."""

    place: Scalar
    facts: list[Fact]
    image: bool


def without_latex(line: str) -> str:
    """A line of LaTeX with its commands as blanks and plain signs, as long as before."""
    if "\\" not in line and "$" not in line:
        return line
    line = _LATEX_FONT.sub(lambda m: m[1].rjust(len(m[0]) - 1) + " ", line)
    line = LATEX.sub(lambda m: " " * len(m[0]), line)
    line = _LATEX_SIGN.sub(lambda m: LATEX_SIGNS[m[0]].ljust(len(m[0])), line)
    return line.replace("$", " ").replace("~", " ")


def is_latex(text: str) -> bool:
    """Whether a text is a table of LaTeX."""
    return "\\begin{tabular" in text or "\\times" in text or ("\\\\" in text and "&" in text)


def cells_of(line: str, sign: str) -> list[Cell]:
    """The cells of a line between signs; the bars at its ends are a frame. Cells APART have two spaces or more between them."""
    if sign in (APART, SPACED):
        cells = re.finditer(r"\S+(?: \S+)*", line) if sign == APART else re.finditer(r"\S+", line)
        return [Cell(match[0], match.start()) for match in cells]
    found, at = [], 0
    for part in line.split(sign):
        found.append(Cell(part.strip(), at + len(part) - len(part.lstrip())))
        at += len(part) + 1
    if sign == "|" and found and not found[0].text and line.lstrip()[:1] == "|":
        found.pop(0)
        if found and not found[-1].text and line.rstrip()[-1:] == "|":
            found.pop()
    return found


def role(heading: str) -> str:
    """What a column holds; empty where its heading says nothing known."""
    word = re.sub(r"#\s*(?:of\s+)?", "noof" if heading.strip() != "#" else "no", heading.lower())
    word = re.sub(r"\([^()]*\)", "", word)
    word = re.sub(r"[^a-z]", "", word)
    return HEADINGS.get(word) or HEADINGS.get(word.removeprefix("noof"), "")


class Found(NamedTuple):
    """A table in a text: the lines of its rows, where its heading is (None where it has none), its sign and its roles."""

    first: int
    heading: int | None
    sign: str
    roles: list[str]


def find(lines: list[str]) -> Found | None:
    """The table of a text; None where no line is a heading. Lines count from 0."""
    for number, line in enumerate(lines):
        if (spaced := _spaced(number, lines)) is not None:
            return spaced
        for sign in ("|", "&", "\t", APART):
            if sign not in line.strip():
                continue
            cells = cells_of(line, sign)
            roles = [role(cell.text) for cell in cells]
            if bottlenecks.is_heading([cell.text for cell in cells]):
                return Found(number + 1, number, sign, [bottlenecks.COLUMNS.get(c.text.lower(), "") for c in cells])
            if "kernel" in roles and "output" in roles:  # GoogLeNet's depth is how many layers a row stands for
                roles = ["levels" if c.text.strip().lower() == "depth" else r for c, r in zip(cells, roles, strict=True)]
            named = len(cells) > 1 and "layer" in roles and sum(map(bool, roles)) >= 2 and not re.search(r"(?<!GPU )\d", line)
            if sum(map(bool, roles)) - ("number" in roles) == 2 and "remark" in roles:
                told = [c.text.strip().lower() in TELLING for c in cells]
                roles = ["text" if r == "remark" and t else r for r, t in zip(roles, told, strict=True)]
            if named and (sign != APART or (len(cells) > 2 and all(roles))):
                return Found(number + 1, number, sign, roles)
        cells = cells_of(line, "|") if "|" in line else []
        if (
            len(cells) == 3
            and STRIDED.fullmatch(cells[0].text)
            and (FULL.fullmatch(cells[1].text) or DEEP.fullmatch(cells[1].text))
        ):
            return Found(number, None, "|", ["layer", "filter", "input"])
    return None


def _spaced(number: int, lines: list[str]) -> Found | None:
    """The table whose heading names each column in a word and whose rows have a word a column: `Conv 6 5 1 2`."""
    words = lines[number].split()
    if len(words) < 3:
        return None
    below = next((lines[i].strip() for i in range(number + 1, len(lines)) if lines[i].strip()), "")
    if APART in below or "\t" in below or not re.search(r"\s\d", below):
        return None
    roles = [role(word) for word in words]
    if bottlenecks.is_heading(words) and not any(sign in lines[number] for sign in ("\t", APART)):
        return Found(number + 1, number, SPACED, [bottlenecks.COLUMNS[word.lower()] for word in words])
    if len(below.split()) != len(words):
        return None
    if roles[0] != "layer" or not all(roles) or re.search(r"\d", lines[number]) or len(set(roles)) < len(roles):
        return None
    return Found(number + 1, number, SPACED, roles)


class Table:
    """Reads the rows of one table, by means of what the reader of lines knows of layers."""

    def __init__(self, source: Source, account: Account, roles: list[str], sign: str, layers: Layers) -> None:
        self.source = source
        self.account = account
        self.roles = roles
        self.sign = sign
        self.layers = layers
        self.notes: list[str] = []
        self.rows = 0
        self.made: list[Row] = []
        self.pair: tuple[int, Row] | None = None

    def heading(self, number: int, line: str) -> None:
        """Refuses a column that means nothing here. Raises SpecError."""
        for cell, kind in zip(cells_of(line, self.sign), self.roles, strict=True):
            if not kind and cell.text:
                near = near_word(cell.text.lower(), [h for h in HEADINGS if len(h) > 2])
                message = f"the column '{cell.text[:40]}' is not understood"
                known = "the table without it: layer, size, stride, padding, filters, activation, output are read"
                raise self._fault(number, cell, message, *near, known)
        if self.roles.count("half") > 1:
            which = " and ".join(f"'{c.text}'" for c, k in zip(cells_of(line, self.sign), self.roles, strict=True) if k == "half")
            self.notes.append(
                f"{which} are read as halves of one layer over all channels that arrive; where each half sees its own alone, "
                "a column `groups` with 2 says so"
            )
        twice = [kind for kind in self.roles if kind and kind not in ("layer", "half") and self.roles.count(kind) > 1]
        if twice:
            cell = next(c for c, k in zip(cells_of(line, self.sign), self.roles, strict=True) if k == twice[0])
            raise self._fault(number, cell, f"two columns say the {twice[0]}", "one of them")
        self.account.claim(number, 0, len(line))

    def row(self, number: int, line: str) -> list[Row]:
        """What a row stands for; nothing for a rule between rows. Raises SpecError."""
        if RULE.fullmatch(line):
            self.account.claim(number, 0, len(line))
            return []
        cells = cells_of(line, self.sign)
        while len(cells) > len(self.roles) and not cells[-1].text:
            cells.pop()
        if len(cells) < len(self.roles) and line.strip()[:1] == "|" == line.strip()[-1:]:
            cells += [Cell("", len(line))] * (len(self.roles) - len(cells))  # Markdown leaves empty cells off
        if "expand" in self.roles and len(cells) == len(self.roles) - 1:
            cells.append(Cell("", len(line)))  # the paper's last row has no stride
        if len(cells) != len(self.roles):
            cell = cells[-1]
            message = f"a row of {len(cells)} cells under {len(self.roles)} headings"
            if self.sign == SPACED and "expand" in self.roles:
                raise self._fault(number, cell, message, "` | ` between the cells, those of the heading too")
            raise self._fault(number, cell, message, "`-` for a cell that is empty")
        self.rows += 1
        self.account.claim(number, 0, len(line))  # every cell is used below, or refused
        filled = [(c, kind) for c, kind in zip(cells, self.roles, strict=True) if not EMPTY.fullmatch(c.text)]
        named = [cell for cell, kind in filled if kind == "layer"]
        if len(named) > 1 and named[0].text.isdecimal():
            named.pop(0)  # the number of the row, under `Layer`
        if not named:
            return [] if not filled else self._nameless(number, filled)
        said = {kind: cell for cell, kind in filled if kind not in ("layer", "number", "remark", "half")}
        if (detail := said.pop("detail", None)) is not None:  # `Conv1 | 32 filters 5x5`, `FC4 | Dense 1024 → 1000`
            if self.layers.names_layer(detail.text):
                named = [named[-1], detail]
            else:
                said.setdefault("kernel", detail)
        for cell, kind in filled:
            if kind == "number" and not re.fullmatch(r"\d{1,4}\.?", cell.text):
                raise self._fault(number, cell, f"'{cell.text}' is no number of a row", "1")
            if kind == "remark":
                self.notes.append(f"'{cell.text[:60]}' is a remark")
        self._joined(number, said, [cell for cell, kind in filled if kind == "half"])
        if (levels := said.pop("levels", None)) is not None and levels.text not in ("0", "1"):
            raise self._fault(number, levels, "a row of several layers", "a row for each, with depth 1")
        place = Scalar(line, self.source, number, 1)
        if "expand" in self.roles:
            return self._done(self._bottleneck(number, place, {kind: cell for cell, kind in filled}))
        if NAMES.intersection(named[0].text.lower().rstrip(":").split()[:1]):
            return self._done([self._image(number, place, named, said)])
        if "text" in said:
            return self._done([self._told(place, named, said["text"])])
        times, facts = self._compact(number, place, named, said)
        made = Row(self._line(place, named, said), self._facts(number, place, said, named[-1].text) + facts, image=False)
        if self.pair is not None:
            count, first = self.pair
            self.pair = None
            if not re.search(r"(?<!\d)1\s*x\s*1(?!\d)", line):
                return self._done([*self._times(first, count), made])
            self.notes.append(
                f"'{count}x' of line {first.place.line} is read as {count} times this row and the next, as in MobileNet's table"
            )
            return self._done([Row(r.place, list(r.facts), image=False) for r in (first, made) * count])
        if times > 1 and DEPTHWISE.search(line):
            self.pair = (times, made)
            return []
        return self._done(self._times(made, times))

    def _times(self, row: Row, count: int) -> list[Row]:
        """A row as often as it says."""
        if count > 1:
            self.notes.append(f"'{count}x' of line {row.place.line} is read as that row {count} times")
        return [Row(row.place, list(row.facts), image=False) for _ in range(count)]

    def _bottleneck(self, number: int, place: Scalar, said: dict[str, Cell]) -> list[Row]:
        """The n layers of a row of MobileNetV2's table. Raises SpecError."""
        facts = self._facts(number, place, {kind: cell for kind, cell in said.items() if kind == "input"}, "")
        if "input" in said and len(facts[0].value if isinstance(facts[0].value, tuple) else ()) != 3:
            lost = re.fullmatch(r"(\d{1,4})2\s*x\s*(\d{1,6})", said["input"].text)  # a page gives 224² as 2242
            like = f"{lost[1]}^2 x {lost[2]}" if lost else "224^2 x 3"
            raise self._fault(number, said["input"], f"'{said['input'].text[:40]}' is no map and its channels", like)
        last = bool(facts) and isinstance(facts[0].value, tuple) and set(facts[0].value[1:]) == {1}
        notes: list[str] = []
        made = bottlenecks.lines({kind: cell.text for kind, cell in said.items()}, last, notes)
        if isinstance(made, bottlenecks.Wrong):
            raise self._fault(number, said[made.kind], made.message, made.repair)
        self.notes += [note for note in notes if note not in self.notes]
        at = said["layer"]
        places = [compose(place, (line, at.start, at.start + len(at.text))) for line in made]
        return [Row(line, facts if i == 0 else [], image=False) for i, line in enumerate(places)]

    def _told(self, place: Scalar, named: list[Cell], text: Cell) -> Row:
        """A row whose settings are words in one cell: `Convolution 5x5 | 1x1 stride, valid padding, outputs 28x28x6`."""
        name = named[-1]
        spans = (
            (name.start, name.start + len(name.text)),
            (", ", text.start, text.start),
            (text.start, text.start + len(text.text)),
        )
        line, facts = take(compose(place, *spans))
        return Row(line, facts, image=False)

    def _done(self, rows: list[Row]) -> list[Row]:
        """The rows; where a table states what goes into each layer, that is what the one before puts out."""
        if "output" not in self.roles:
            for row in rows:
                arrives = next((fact for fact in row.facts if fact.kind == "input"), None)
                if arrives is not None and self.made and not self.made[-1].image:
                    self.made[-1].facts.append(Fact("output", arrives.value, arrives.place))
                self.made.append(row)
        return rows

    def end(self) -> list[Row]:
        """What is left when the table ends: a row that was to be repeated with the next."""
        left: list[Row] = []
        if self.pair is not None:
            count, row = self.pair
            self.pair = None
            left = self._done(self._times(row, count))
        if self.made and "padding" not in self.roles and LARGE.search(self.made[-1].place.text):
            self.notes.append("nothing states what the last row puts out, so it has no padding")
        return left

    def _joined(self, number: int, said: dict[str, Cell], halves: list[Cell]) -> None:
        """AlexNet's two columns of filters as one. Krizhevsky et al. 2012, figure 2. Raises SpecError."""
        if not halves:
            return
        for cell in halves:
            if not re.fullmatch(r"\d{1,6}", cell.text):
                raise self._fault(number, cell, f"'{cell.text[:40]}' is no number of filters", "48")
        if "out" in said:
            raise self._fault(number, halves[0], "filters are stated twice", "`-` here")
        said["out"] = Cell(str(sum(int(cell.text) for cell in halves)), halves[0].start)

    def _compact(self, number: int, place: Scalar, named: list[Cell], said: dict[str, Cell]) -> tuple[int, list[Fact]]:
        """MobileNet's cells taken apart: `5x Conv dw / s1` and `3x3x512 dw`. How often the row stands. Raises SpecError."""
        times, facts = 1, []
        cell = named[-1]
        if "repeat" not in said and (match := TIMES.match(cell.text)):
            times = int(match[1])
            cell = Cell(cell.text[match.end() :], cell.start + match.end())
        if "stride" not in said and (match := STRIDED.fullmatch(cell.text)):
            if self._has_kernel(match["name"]):
                said["stride"] = Cell(match["stride"], cell.start + match.start("stride"))
            elif match["stride"] != "1":
                raise self._fault(number, cell, f"{match['name']} has no stride", match["name"])
            cell = Cell(match["name"], cell.start)
        shape = said.pop("filter", None)
        if shape is not None:
            text = re.sub(r"^pool(?:ing)?\s+", lambda m: " " * len(m[0]), shape.text, flags=re.I)
            at = shape.start
            if match := FULL.fullmatch(text):
                said["kernel"], said["out"] = Cell(match[1], at), Cell(match[3], at + match.start(3))
                said["in"] = Cell(match[2], at + match.start(2))
            elif (match := DEEP.fullmatch(text)) and DEPTHWISE.search(cell.text):
                said["kernel"] = Cell(match[1], at)
                number_at = (at + match.start(2), at + match.end(2))
                facts.append(Fact("channels", int(match[2]), compose(place, number_at)))
            elif (match := MATRIX.fullmatch(text)) and not self._has_kernel(cell.text):
                said["in"], said["out"] = Cell(match[1], at), Cell(match[2], at + match.start(2))
            elif match := MATRIX.fullmatch(text.strip()):
                said["kernel"] = Cell(text.strip(), at + len(text) - len(text.lstrip()))
            elif text.lower() == "classifier" and not self._has_out(cell.text):
                self.notes.append(f"'{shape.text}' is a remark")
            else:
                raise self._fault(number, shape, f"'{shape.text[:40]}' is no shape of a filter of {cell.text[:20]}", "3x3x16x32")
        if DEPTHWISE.search(cell.text):
            words = re.sub(r"\s*\bdw\b\s*", "", cell.text, flags=re.I)
            cell = Cell(f"depthwise {words}", cell.start)
        named[-1] = cell
        return times, facts

    def _nameless(self, number: int, filled: list[tuple[Cell, str]]) -> list[Row]:
        raise self._fault(number, filled[0][0], "this row names no layer", "conv", "pool", "fc")

    def _image(self, number: int, place: Scalar, named: list[Cell], said: dict[str, Cell]) -> Row:
        """The row of the image: its size stands under output, input or size."""
        sizes = [said[kind] for kind in ("output", "input", "kernel", "text") if kind in said]
        fit = ("output", "input", "kernel", "out", "params", "weights", "biases", "memory", "text")
        others = [cell for kind, cell in said.items() if kind not in fit]
        if others:
            raise self._fault(number, others[0], "an image has no such setting", "`-` here")
        parts = [(named[0].start, named[0].start + len(named[0].text))]
        if sizes:
            at = sizes[0].start + len(sizes[0].text)
            parts.append((sizes[0].start - 1, at))
        made = compose(place, *parts)
        facts = [fact for fact in self._facts(number, place, said, "pool") if fact.kind not in ("input", "output")]
        if len(sizes) > 1 and sizes[0].text.replace(" ", "") != sizes[1].text.replace(" ", ""):
            raise self._fault(number, sizes[1], "a second size of the image", "one of them")
        return Row(made, facts, image=True)

    def _line(self, place: Scalar, named: list[Cell], said: dict[str, Cell]) -> Scalar:
        """The line of the notation that a row stands for: its settings, then its name."""
        parts: list[tuple[int, int] | tuple[str, int, int]] = []
        label, kind = (named[0], named[1]) if len(named) > 1 else (None, named[0])
        match = re.match(r"([A-Za-z]\w*)\s*[:.]?\s+(?=[A-Za-z])", kind.text)
        if label is None and match and any(c.isdecimal() for c in match[1]):
            label = Cell(match[1], kind.start)
            kind = Cell(kind.text[match.end() :], kind.start + match.end())
        numbered = re.fullmatch(r"([A-Za-z]+(?:[- ]?pool(?:ing)?)?)[- _]?\d+(?:_\d+)?[a-z]?", kind.text)
        known = self.layers.names(kind.text) and not (kind.text.lower() == "relu6" and "relu1" in self.source.text.lower())
        whole = "-" in kind.text and self.layers.may_parse(scalar_of(self.source, kind.text))  # POOL-2, FC-10
        if label is None and numbered and not known and not whole:
            label = kind
            kind = Cell(numbered[1], kind.start)
        if label is not None and label.text.replace("_", "a").replace("-", "a").isalnum() and not label.text.isdecimal():
            parts += [(label.start, label.start + len(label.text)), (": ", label.start, label.start)]
        letters = {"out": "", "kernel": "k", "stride": "s", "padding": "p", "groups": "g", "dilation": "d", "in": "in="}
        for name, letter in letters.items():
            cell = said.get(name)
            if cell is None or (name == "out" and not self._has_out(kind.text)):
                continue
            end = cell.start + len(cell.text)
            # A number alone gets the notation's letter; a size (3x3, 7x7/2) or a word (same) says what it is.
            alone = re.fullmatch(r"\d+", cell.text) is not None
            if name == "stride" and not alone and re.fullmatch(r"\d+(\s*[x,]\s*)\d+", cell.text):
                alone = True
            if name == "kernel" and alone and not self._has_kernel(kind.text) and "out" not in said:
                letter = ""
            if alone and letter:
                parts.append((letter, cell.start, cell.start))
            parts += [(cell.text, cell.start, end), (" ", end, end)]
        parts.append((kind.text, kind.start, kind.start + len(kind.text)))
        if act := said.get("activation"):
            parts += [(", ", act.start, act.start), (act.start, act.start + len(act.text))]
        if times := said.get("repeat"):
            parts = [(times.start, times.start + len(times.text)), ("x ", times.start, times.start), *parts]
        return compose(place, *parts)

    def _has_out(self, kind: str) -> bool:
        none = re.search(r"pool|relu|soft|drop|norm|flatten|\bbn\b|sigmoid|tanh|concat|add", kind, re.I)
        return none is None or "conv" in kind.lower()

    def _has_kernel(self, kind: str) -> bool:
        return re.search(r"conv|pool", kind, re.I) is not None

    def _facts(self, number: int, place: Scalar, said: dict[str, Cell], kind_text: str) -> list[Fact]:
        """What a row states of its result. Raises SpecError."""
        facts = []
        for kind in ("input", "output", "params", "weights", "biases", "memory", "out"):
            cell = said.get(kind)
            if cell is None:
                continue
            at = compose(place, (cell.start, cell.start + len(cell.text)))
            if kind == "out":
                if re.fullmatch(r"\d{1,9}", cell.text) and not self._has_out(kind_text):
                    facts.append(Fact("channels", int(cell.text), at))
                continue
            if kind in ("input", "output"):
                facts.append(Fact(kind, self._shape(number, cell), at))
            elif re.fullmatch(r"\d{1,3}(?:,\d{3})+|\d{1,15}", cell.text):
                facts.append(Fact(kind, int(cell.text.replace(",", "")), at))
            elif kind in ("params", "weights", "memory") and "=" in cell.text:  # (5x5x3x32) + 32 = 2,432
                line, sums = take(
                    compose(place, (f"x {kind} ", cell.start, cell.start), (cell.start, cell.start + len(cell.text)))
                )
                if line.text.strip() != "x":
                    raise self._fault(number, cell, f"'{cell.text[:40]}' is no number", "1728")
                facts += sums
            else:
                raise self._fault(number, cell, f"'{cell.text[:40]}' is no number", "1728")
        return facts

    def _shape(self, number: int, cell: Cell) -> Shape:
        text = cell.text.strip("()[] ")
        if (square := bottlenecks.shape(text)) is not None:
            return square
        if (match := NEURONS.fullmatch(text)) is not None:  # `20 maps of 26x26 neurons`, `150 neurons`
            return tuple(int(n) for n in match.groups() if n)
        if not re.fullmatch(r"\d{1,9}(?:\s*[xX*,@]\s*\d{1,9}){0,3},?", text):
            raise self._fault(number, cell, f"'{cell.text[:40]}' is no shape", "28x28x6")
        return order(tuple(int(n) for n in re.findall(r"\d+", text)), maps="@" in text)

    def _fault(self, number: int, cell: Cell, message: str, repair: str, *more: str) -> SpecError:
        place = Scalar(cell.text or " ", self.source, number, cell.start + 1)
        return SpecError([Fault(message, place.span(), repairs=(repair, *more))])
