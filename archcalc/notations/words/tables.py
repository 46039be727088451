"""A table pasted whole: a heading that names its columns, a row a layer; Markdown, LaTeX or bars between the cells.

A cell is put where the notation wants it: the row `Conv | 7x7 | 2 | 64` is the line `64 7x7 s2 Conv`. A column that means nothing
here is refused at its heading, so that no cell is passed over.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from archcalc.layers.base import Shape
from archcalc.notations.own.tree import Scalar, scalar_of
from archcalc.notations.words.image import NAMES
from archcalc.notations.words.lines import Layers
from archcalc.notations.words.places import Account, compose
from archcalc.notations.words.stated import Fact, order
from archcalc.text.faults import Fault, SpecError, suggestions
from archcalc.text.source import Source

# What a heading says, in the words it is compared by, and what its cells are.
HEADINGS: dict[str, str] = {
    word: kind
    for kind, words in {
        "layer": "layer layers type layertype operation operator layername name op module",
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
            activationmapdimensions activationmapsize activationmap""",
        "input": "input inputsize inputshape inputvolume",
        "params": "params parameters numberofparameters param learnableparameters",
        "weights": "weights numberofweights",
        "memory": "memory activationsize activationsizes",
        "repeat": "repeat repeats times repetitions",
        "groups": "groups group",
        "dilation": "dilation dilationrate rate",
        "remark": "comment comments remark remarks note notes description",
    }.items()
    for word in words.split()
}
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
    """The cells of a line between signs; the bars at its ends are a frame."""
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


def find(lines: list[str]) -> tuple[int, str, list[str]] | None:
    """The line of a table's heading, its sign and the roles of its columns; None where no line is a heading."""
    for number, line in enumerate(lines):
        for sign in ("|", "&", "\t"):
            if sign not in line:
                continue
            cells = cells_of(line, sign)
            roles = [role(cell.text) for cell in cells]
            if len(cells) > 1 and "layer" in roles and sum(map(bool, roles)) >= 2 and not any(c.isdigit() for c in line):
                return number, sign, roles
    return None


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

    def heading(self, number: int, line: str) -> None:
        """Refuses a column that means nothing here. Raises SpecError."""
        for cell, kind in zip(cells_of(line, self.sign), self.roles, strict=True):
            if not kind and cell.text:
                near = suggestions(cell.text.lower(), [h for h in HEADINGS if len(h) > 2])
                message = f"the column '{cell.text[:40]}' is not understood"
                known = "the table without it: layer, size, stride, padding, filters, activation, output are read"
                raise self._fault(number, cell, message, *near, known)
        twice = [kind for kind in self.roles if kind and kind != "layer" and self.roles.count(kind) > 1]
        if twice:
            cell = next(c for c, k in zip(cells_of(line, self.sign), self.roles, strict=True) if k == twice[0])
            raise self._fault(number, cell, f"two columns say the {twice[0]}", "one of them")
        self.account.claim(number, 0, len(line))

    def row(self, number: int, line: str) -> Row | None:
        """What a row is; None for a rule between rows. Raises SpecError."""
        if RULE.fullmatch(line):
            self.account.claim(number, 0, len(line))
            return None
        cells = cells_of(line, self.sign)
        while len(cells) > len(self.roles) and not cells[-1].text:
            cells.pop()
        if len(cells) < len(self.roles) and line.strip()[:1] == "|" == line.strip()[-1:]:
            cells += [Cell("", len(line))] * (len(self.roles) - len(cells))  # Markdown leaves empty cells off
        if len(cells) != len(self.roles):
            cell = cells[-1]
            message = f"a row of {len(cells)} cells under {len(self.roles)} headings"
            raise self._fault(number, cell, message, "`-` for a cell that is empty")
        self.rows += 1
        self.account.claim(number, 0, len(line))  # every cell is used below, or refused
        filled = [(c, kind) for c, kind in zip(cells, self.roles, strict=True) if not EMPTY.fullmatch(c.text)]
        named = [cell for cell, kind in filled if kind == "layer"]
        if not named:
            return None if not filled else self._nameless(number, filled)
        said = {kind: cell for cell, kind in filled if kind not in ("layer", "number", "remark")}
        for cell, kind in filled:
            if kind == "number" and not re.fullmatch(r"\d{1,4}\.?", cell.text):
                raise self._fault(number, cell, f"'{cell.text}' is no number of a row", "1")
            if kind == "remark":
                self.notes.append(f"'{cell.text[:60]}' is a remark")
        place = Scalar(line, self.source, number, 1)
        if named[0].text.lower().rstrip(":").split()[0] in NAMES:
            return self._image(number, place, named, said)
        return Row(self._line(place, named, said), self._facts(number, place, said, named[-1].text), image=False)

    def _nameless(self, number: int, filled: list[tuple[Cell, str]]) -> Row | None:
        raise self._fault(number, filled[0][0], "this row names no layer", "conv", "pool", "fc")

    def _image(self, number: int, place: Scalar, named: list[Cell], said: dict[str, Cell]) -> Row:
        """The row of the image: its size stands under output, input or size."""
        sizes = [said[kind] for kind in ("output", "input", "kernel") if kind in said]
        fit = ("output", "input", "kernel", "out", "params", "weights", "biases", "memory")
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
        if label is None and (match := re.match(r"([A-Za-z]\w*\d\w*)\s*[:.]?\s+(?=[A-Za-z])", kind.text)):
            label = Cell(match[1], kind.start)
            kind = Cell(kind.text[match.end() :], kind.start + match.end())
        numbered = re.fullmatch(r"([A-Za-z]+(?:[- ]?pool(?:ing)?)?)[- _]?\d+(?:_\d+)?[a-z]?", kind.text)
        known = self.layers.names(kind.text) and not (kind.text.lower() == "relu6" and "relu1" in self.source.text.lower())
        whole = "-" in kind.text and self.layers.may_parse(scalar_of(self.source, kind.text))  # POOL-2, FC-10
        if label is None and numbered and not known and not whole:
            label = kind
            kind = Cell(numbered[1], kind.start)
        if label is not None and label.text.replace("_", "a").replace("-", "a").isalnum() and not label.text.isdigit():
            parts += [(label.start, label.start + len(label.text)), (": ", label.start, label.start)]
        for name, letter in (("out", ""), ("kernel", "k"), ("stride", "s"), ("padding", "p"), ("groups", "g"), ("dilation", "d")):
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
            parts += [(cell.start, end), (" ", end, end)]
        parts.append((kind.start, kind.start + len(kind.text)))
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
            else:
                raise self._fault(number, cell, f"'{cell.text[:40]}' is no number", "1728")
        return facts

    def _shape(self, number: int, cell: Cell) -> Shape:
        text = cell.text.strip("()[] ")
        if not re.fullmatch(r"\d{1,9}(?:\s*[xX*,@]\s*\d{1,9}){0,3},?", text):
            raise self._fault(number, cell, f"'{cell.text[:40]}' is no shape", "28x28x6")
        return order(tuple(int(n) for n in re.findall(r"\d+", text)), maps="@" in text)

    def _fault(self, number: int, cell: Cell, message: str, repair: str, *more: str) -> SpecError:
        place = Scalar(cell.text or " ", self.source, number, cell.start + 1)
        return SpecError([Fault(message, place.span(), repairs=(repair, *more))])
