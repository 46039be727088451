"""The tables that summaries print: Keras's in both its styles, torchsummary's, torchinfo's, Lightning's, as rows.

A row is what its text states: a name, a class, shapes, parameters, whom it reads. Cells that were wrapped or cut off are put
together again; whatever line is no row, no rule and no total is kept, to be said.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

Sizes = tuple[int | None, ...]

_DIM = r"(?:None|\?|-?\d{1,9})"
_DIMS = rf"{_DIM}(?:, ?{_DIM}){{0,8}},?"
TUPLE = re.compile(rf"[(\[](?P<dims>{_DIMS})[)\]]")  # one that is closed: the last size of another may be cut off
SHAPE = rf"(?:\[?[(\[]{_DIMS}[)\]]?(?:, ?[(\[]{_DIMS}[)\]]?){{0,8}},?\]?|multiple|unknown|\?|--)"
_NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,18})"
NUMBER = re.compile(_NUMBER)
IN_BRACKETS = re.compile(rf"\({_NUMBER}\)")
SHAPE_GOES_ON = re.compile(rf"(?:{_DIMS})?[)\]]{{1,3}}")
HEADING = re.compile(r"Layer \(type(?: ?\(var_name\))?(?P<tree>:depth-idx)?(?: ?\(var_name\))?\)")
LIGHTNING = re.compile(r"^[ \t]*\|[ \t]*Name[ \t]*\|[ \t]*Type[ \t]*\|[ \t]*Params")
KERAS_ROW = re.compile(
    rf"(?P<nest>[\s|└]{{0,40}})(?P<name>[^\s()|│└]{{1,100}})\s{{0,40}}\((?P<cls>[A-Za-z_][\w.>]{{0,99}})(?P<closed>\)?)"
    rf"\s{{1,99}}(?P<shape>{SHAPE})\s{{1,99}}(?P<params>{_NUMBER})(?P<unbuilt> \(unbuilt\))?(?:\s{{1,99}}(?P<rest>\S.*))?\s*"
)
NAMELESS_ROW = re.compile(
    rf"(?P<nest>[\s|└]{{0,40}})(?P<name>[\w./-]{{1,100}})(?: \()?\s{{1,99}}(?P<shape>{SHAPE})\s{{1,99}}(?P<params>{_NUMBER})"
    r"(?:\s{1,99}(?P<rest>\S.*))?\s*"
)
TORCH_ROW = re.compile(
    rf"\s{{0,99}}(?P<cls>[A-Za-z_][\w.]{{0,99}})-(?P<index>\d{{1,6}})\s{{1,99}}(?P<shape>{SHAPE})\s{{1,99}}(?P<params>{_NUMBER})\s*"
)
TREE_ROW = re.compile(
    r"(?P<nest>[\s│|├└+─-]{0,200})(?P<cls>[A-Za-z_][\w.]{0,99})(?: \((?P<name>[^()]{1,100})\))?"
    r"(?:: (?P<index>\d{1,6}(?:-\d{1,6})?))?(?P<rest>(?:\s{2}.*)?)"
)
LIGHTNING_ROW = re.compile(
    r"\s{0,40}(?P<index>\d{1,6})\s{0,40}\|\s{0,40}(?P<name>[\w.-]{1,100})\s{0,99}\|\s{0,40}(?P<cls>[\w.]{1,100})\s{0,99}"
    r"\|\s{0,40}(?P<params>[\d.,]{1,20}(?: [KMB])?)\s{0,40}(?:\|.*)?"
)
NAME_CELL = re.compile(r"[\s└|]{0,40}(?P<name>[^\s└|]{1,200})(?: \((?P<cls>[A-Za-z_][\w.>]{0,99})(?P<cut>…?)\)?)?")
RULE = re.compile(r"[\s_=\-+|─━═┏┓┗┛┡┩┳┻╇┼┬┴├┤└┘╞╪╡│┃╘╧╛╒╤╕¯]*")
TOTAL = re.compile(rf"\s*(?P<what>(?:Total|Trainable|Non-trainable|Optimizer) params)\s?:\s?(?P<number>{_NUMBER})\b.*", re.I)
ROUNDED = re.compile(
    r"\s*[\d.,]{1,20} ?[KMB]?\s{1,20}(?:Trainable params|Non-trainable params|Total params|Total estimated|Modules).*", re.I
)
QUIET = re.compile(
    r"\s*(?:Input size|Forward/backward pass size|Params size|Estimated Total Size|Total mult-adds|Total Size|Mult-adds)"
    r"[^:]{0,40}:.*",
    re.I,
)
MODEL = re.compile(r"\s*Model:\s?['\"]?(?P<name>[^'\"]{0,100})['\"]?\s*")
PROMPT = re.compile(
    r"\s*(?:>>>.*|(?:In|Out) ?\[\d{0,6}\]:.*|[\w.]{1,100}\.summary\(.*\)|(?:print ?\()?summary\(.*\)|```\w{0,20}|None)?\s*"
)
TOKEN = re.compile(r"['\"]?(?P<name>[A-Za-z_][\w./:-]{0,199})(?P<cut>…?)(?P<at>\[[\d\]\[…]{0,20})?['\"]?,?")
CLASS_GOES_ON = re.compile(r"[\w.]{1,100}\)|\)")
NAME_GOES_ON = re.compile(r"([\w.]{0,100}) ?\((\w[\w.]{0,99})\)")
MOST_ROWS = 20_000
LONGEST = 1000  # characters of a row


class Reads(NamedTuple):
    """Whom a row reads, as it is printed; `cut` where its name ends in …, `plain` where it is the one output of the one call."""

    name: str
    cut: bool
    plain: bool


class Row:
    """A row: name and class as printed (`cut` where the end of either is missing), output shapes, parameters, whom it reads."""

    __slots__ = (
        "cells",
        "cls",
        "cls_cut",
        "cut",
        "depth",
        "index",
        "name",
        "params",
        "params_at",
        "place",
        "reads",
        "said",
        "shapes",
    )

    def __init__(self, name: str, cls: str, place: Span) -> None:
        self.name = name
        self.cls = cls
        self.cut = False
        self.cls_cut = False
        self.place = place
        self.params_at = place
        self.depth = 0
        self.index = ""
        self.shapes: tuple[Sizes, ...] = ()
        self.params: int | None = None
        self.said = ""
        self.reads: list[Reads] = []
        self.cells: dict[str, str] = {}

    @property
    def quiet(self) -> bool:
        """Whether it says that it adds no parameters."""
        return self.said in ("--", "(recursive)")


class Summary:
    """A table: whose it is ("keras", "torchsummary", "torchinfo", "lightning"), its rows, and what stands beside them."""

    def __init__(self, family: str) -> None:
        self.family = family
        self.name = ""
        self.rows: list[Row] = []
        self.connected = False
        self.cropped = False
        self.ended = False
        self.totals: dict[str, tuple[int, Span]] = {}
        self.quiet: list[str] = []
        self.around: list[str] = []
        self.first: Span | None = None

    def holders(self) -> set[int]:
        """The numbers of the rows that hold the rows below them."""
        rows = self.rows
        if self.family == "lightning":
            names = [row.name for row in rows]
            return {n for n, name in enumerate(names) if n + 1 < len(names) and names[n + 1].startswith(f"{name}.")}
        return {n for n in range(len(rows) - 1) if rows[n + 1].depth > rows[n].depth}

    def top(self) -> list[Row]:
        """The rows whose parameters add up to the total: of torch's trees all, of Keras's those that are in no other."""
        if self.family == "lightning":
            return [row for n, row in enumerate(self.rows) if n not in self.holders()]
        return [row for row in self.rows if not row.depth or self.family == "torchinfo"]


def read_table(source: Source) -> Summary:
    """The table of a text. Raises SpecError."""
    return _Parser(source).summary()


def sizes_of(text: str) -> tuple[Sizes, ...]:
    """The shapes written in a cell, the batch in front; none where it states none, or its end is cut off."""
    found = []
    if text.endswith(",") or text.count("(") > text.count(")"):
        return ()
    for match in TUPLE.finditer(text):
        parts = [part.strip() for part in match["dims"].split(",") if part.strip()]
        found.append(tuple(None if part in ("None", "?") or part.startswith("-") else int(part) for part in parts))
    return tuple(found)


def number_of(text: str) -> int:
    """A whole number as it is printed."""
    return int(text.replace(",", ""))


class _Parser:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = [line.rstrip("\r") for line in source.text.split("\n")]

    def span(self, number: int, start: int = 0, end: int | None = None) -> Span:
        line = self.lines[number]
        start = max(start, 0)
        end = len(line) if end is None else end
        while start < end and line[start : start + 1].isspace():
            start += 1
        return Span(self.source, number + 1, start + 1, max(1, min(end - start, 100)))

    def _short(self, number: int) -> str:
        """A line that may be a row; empty where it is too long for one."""
        return self.lines[number] if len(self.lines[number]) <= LONGEST else ""

    def fault(self, message: str, span: Span, repair: str) -> SpecError:
        return SpecError([Fault(message, span, repairs=[repair])])

    def summary(self) -> Summary:
        headings = [n for n, line in enumerate(self.lines) if HEADING.search(line) or LIGHTNING.match(line)]
        if not headings:
            raise self.fault(
                "no heading of a summary stands here", Span(self.source, 1, 1), "Layer (type)  Output Shape  Param #"
            )
        if len(headings) > 1:
            message = f"{len(headings)} summaries are printed here"
            raise self.fault(message, self.span(headings[1]), "the text of one of them")
        at = headings[0]
        heading = self.lines[at]
        below = self.lines[at + 1 :]
        if LIGHTNING.match(heading):
            family = "lightning"
        elif (match := HEADING.search(heading)) is not None and match["tree"]:
            family = "torchinfo"
        else:
            family = "torchsummary" if any(TORCH_ROW.fullmatch(line) for line in below[:200] if len(line) < LONGEST) else "keras"
        found = Summary(family)
        found.first = self.span(at)
        for number in range(at):
            self._outside(found, number)
        boxed = "┃" in heading or "│" in heading
        found.connected = "Connected to" in heading
        rows = {"torchsummary": self._torchsummary, "torchinfo": self._torchinfo, "lightning": self._lightning}.get(family)
        if rows is not None:
            rows(found, at)
        elif boxed:
            self._box(found, at)
        else:
            self._plain(found, at)
        if len(found.rows) > MOST_ROWS:
            raise self.fault(f"{len(found.rows):,} rows; the most is {MOST_ROWS:,}", found.first, "a smaller model")
        if not found.rows:
            message = "no row of a summary of Keras, torchsummary, torchinfo or Lightning stands below this heading"
            raise self.fault(message, found.first, "each row on a line of its own: dense (Dense)  (None, 10)  7850")
        return found

    # -- what is no row ---------------------------------------------------------------------------------------------------

    def _outside(self, found: Summary, number: int) -> None:
        """A line that is no row: a rule, a total, the model's name, or something that is said to be passed over."""
        line = self.lines[number]
        if RULE.fullmatch(line) or PROMPT.fullmatch(line[:300]):
            return
        if (match := MODEL.fullmatch(line)) is not None:
            found.name = match["name"].strip()
        elif (match := TOTAL.fullmatch(line)) is not None:
            found.totals.setdefault(
                match["what"].lower(), (number_of(match["number"]), self.span(number, match.start("number"), match.end("number")))
            )
        elif QUIET.fullmatch(line) or ROUNDED.fullmatch(line):
            found.quiet.append(line.partition(":")[0].strip())
        else:
            found.around.append(line.strip())

    @staticmethod
    def _last(line: str) -> bool:
        """Whether a line belongs below the rows."""
        return any(mark.fullmatch(line) is not None for mark in (TOTAL, QUIET, ROUNDED))

    # -- Keras ------------------------------------------------------------------------------------------------------------

    def _plain(self, found: Summary, at: int) -> None:
        """Keras's table between lines of _ and =. A cell may go on in the next lines."""
        row: Row | None = None
        ended = False
        for number in range(at + 1, len(self.lines)):
            line = self.lines[number]
            match = None if ended or len(line) > LONGEST else KERAS_ROW.fullmatch(line) or NAMELESS_ROW.fullmatch(line)
            if match is not None and TOTAL.fullmatch(line) is None:
                named = match.re is KERAS_ROW
                row = Row(
                    match["name"].strip(),
                    match["cls"] if named else "",
                    self.span(number, match.start("name"), match.end("name")),
                )
                row.cls_cut = not named or not match["closed"]
                row.depth = self._nested(match["nest"])
                self._figures(row, match, number)
                self._reads(row, (match["rest"] or "").strip())
                found.rows.append(row)
            elif RULE.fullmatch(line):
                ended = ended or (bool(found.rows) and "=" in line and line.strip("= ") == "" and number > at + 1)
            elif row is None or ended or not self._goes_on(row, line):
                ended = ended or self._last(line)
                if row is not None and not ended:
                    raise self.fault(
                        "this line of the table is not understood", self.span(number), "dense (Dense)  (None, 10)  0"
                    )
                self._outside(found, number)

    def _figures(self, row: Row, match: re.Match[str], number: int) -> None:
        row.cells["shape"] = match["shape"]
        row.shapes = sizes_of(match["shape"])
        row.said = match["params"]
        row.params_at = self.span(number, match.start("params"), match.end("params"))
        unbuilt = "unbuilt" in match.re.groupindex and match["unbuilt"]
        row.params = None if unbuilt else number_of(match["params"])

    @staticmethod
    def _nested(nest: str) -> int:
        return nest.count("|") or (1 + nest.index("└") // 4 if "└" in nest else 0)

    def _goes_on(self, row: Row, line: str) -> bool:
        """A line that continues the cells of the row above, recognised by what each piece can be; False where it is none."""
        pieces = re.split(r"\s{2,}", line.strip(" \t|" if row.depth else None))
        for piece in pieces:
            if SHAPE_GOES_ON.fullmatch(piece):
                row.cells["shape"] += (
                    "" if row.cells["shape"].endswith(tuple("0123456789")) and piece[0].isdecimal() else " "
                ) + piece
                row.shapes = sizes_of(row.cells["shape"].replace(" )", ")"))
            elif row.cls_cut and row.cls and CLASS_GOES_ON.fullmatch(piece):
                row.cls, row.cls_cut = row.cls + piece[:-1], False
            elif not row.cls and (match := NAME_GOES_ON.fullmatch(piece)):
                row.name, row.cls, row.cls_cut = row.name + match[1], match[2], False
            elif all(TOKEN.fullmatch(part.strip("[]' ,\"") + "") and "[" in part for part in piece.split(", ") if part):
                self._reads(row, piece)
            else:
                return False
        return True

    @staticmethod
    def _reads(row: Row, text: str) -> None:
        """Whom a row reads: names with the number of the call and of the output."""
        for match in TOKEN.finditer(text.strip().removeprefix("[")):
            if match["name"] in ("Y", "N", "True", "False") and not match["at"]:
                continue
            call = re.sub(r"[^\d\]\[]", "", match["at"] or "")
            row.reads.append(Reads(match["name"], bool(match["cut"]), "[0][0]".startswith(call) or not call))

    def _box(self, found: Summary, at: int) -> None:
        """Keras's table in a box: a row begins where a number of parameters stands."""
        titles = [cell.strip() for cell in re.split("[┃│]", self.lines[at].strip().strip("┃│"))]
        columns = {
            key: n for n, title in enumerate(titles) for key in ("Layer", "Output", "Param", "Connected") if title.startswith(key)
        }
        if len({"Layer", "Output", "Param"} & columns.keys()) < 3:
            raise self.fault(
                "the heading of this table is cut off", self.span(at), "a table with the columns Layer, Output and Param"
            )
        cropped = not self.lines[at].rstrip().endswith(("┃", "│"))
        found.connected = "Connected" in columns or (cropped and len(titles) > 3)
        found.cropped = cropped and "Connected" not in columns
        cells: list[str] = []
        first = at

        def end() -> None:
            if cells:
                found.rows.append(self._boxed(cells, columns, first))

        for number in range(at + 1, len(self.lines)):
            line = self.lines[number]
            if RULE.fullmatch(line) and not re.search(r"[│┃]\s*\S", line.strip().strip("│┃")):
                continue
            if "│" not in line:
                self._outside(found, number)
                continue
            parts = line.strip().removeprefix("│").removesuffix("│").split("│")
            parts += [""] * (len(titles) - len(parts))
            if parts[columns["Param"]].strip() or not cells:
                end()
                cells, first = [""] * len(titles), number
            for n in range(len(titles)):
                cells[n] = f"{cells[n]}\n{parts[n].rstrip()}" if cells[n].strip() else parts[n].rstrip()
        end()

    def _boxed(self, cells: list[str], columns: dict[str, int], number: int) -> Row:
        text = {key: cells[n] for key, n in columns.items()}
        nested = text["Layer"]
        called = " ".join(part.strip() for part in nested.split("\n"))
        match = NAME_CELL.match(called)
        line = self.lines[number]
        if match is None:
            raise self.fault("a row without a name", self.span(number), "dense (Dense)")
        name = match["name"]
        begin = line.find(name[:8])
        row = Row(name.rstrip("…"), match["cls"] or "", self.span(number, begin, begin + len(name) if begin >= 0 else None))
        row.cut, row.cls_cut = name.endswith("…"), not match["cls"] or bool(match["cut"])
        row.depth = max(1, (len(nested) - len(nested.lstrip()) - 1) // 3) if "└" in nested else 0
        row.cells["shape"] = " ".join(text["Output"].split())
        row.shapes = sizes_of(row.cells["shape"])
        row.said = " ".join(text["Param"].split())
        stated = NUMBER.fullmatch(row.said)
        row.params = number_of(row.said) if stated else None
        if stated is None and not row.said.endswith(("(unbuilt)", "…")):
            raise self.fault(f"'{row.said[:40]}' is no number of parameters", self.span(number), "0")
        parts = line.split("│")
        at = sum(len(part) + 1 for part in parts[: columns["Param"] + 1])
        row.params_at = self.span(
            number, at, at + len(parts[columns["Param"] + 1].rstrip()) if len(parts) > columns["Param"] + 1 else None
        )
        for part in text.get("Connected", "").split("\n"):
            if part.strip() != "-":
                self._reads(row, part)
        if not line.rstrip().endswith("│"):  # a narrow terminal cuts the right side off
            row.reads = [read._replace(cut=True) for read in row.reads]
        return row

    def _row_or_end(self, found: Summary, number: int) -> None:
        """A line that is no row: below the last it may be anything, between them it must be a rule."""
        line = self.lines[number]
        if self._last(line):
            found.ended = True
        elif found.rows and not found.ended and not RULE.fullmatch(line) and not PROMPT.fullmatch(line[:300]):
            raise self.fault("this line of the table is not understood", self.span(number), "the lines as they were printed")
        self._outside(found, number)

    # -- torch ------------------------------------------------------------------------------------------------------------

    def _torchsummary(self, found: Summary, at: int) -> None:
        for number in range(at + 1, len(self.lines)):
            match = TORCH_ROW.fullmatch(self._short(number))
            if match is None:
                self._row_or_end(found, number)
                continue
            name = f"{match['cls']}-{match['index']}"
            row = Row(name, match["cls"], self.span(number, match.start("cls"), match.end("index")))
            row.index = match["index"]
            self._figures(row, match, number)
            found.rows.append(row)

    def _torchinfo(self, found: Summary, at: int) -> None:
        """A tree: every row has a cell for each column of the heading, `--` where there is nothing to say."""
        titles = [t for t in re.split(r"\s{2,}", self.lines[at].strip()) if t][1:]
        ended = False
        for number in range(at + 1, len(self.lines)):
            line = self.lines[number]
            match = None if ended else TREE_ROW.fullmatch(self._short(number))
            cells = [] if match is None else re.split(r"\s{2,}", match["rest"].strip())
            if match is None or len(cells) != len(titles) or TOTAL.fullmatch(line) or QUIET.fullmatch(line):
                self._row_or_end(found, number)
                ended = found.ended
                continue
            row = Row(match["name"] or "", match["cls"], self.span(number, match.start("cls"), match.end("cls")))
            row.cells = dict(zip(titles, cells, strict=True))
            row.index = match["index"] or ""
            row.depth = int(row.index.partition("-")[0]) if row.index else (0 if not match["nest"] else 1)
            row.shapes = sizes_of(row.cells.get("Output Shape", ""))
            row.said = row.cells.get("Param #", "--")
            if NUMBER.fullmatch(row.said) or IN_BRACKETS.fullmatch(row.said):  # in brackets where it is not trained
                row.params = number_of(row.said.strip("()"))
            elif row.said not in ("--", "(recursive)"):
                raise self.fault(f"'{row.said[:40]}' is no number of parameters", self.span(number), "--")
            begin = line.rfind(row.said)
            row.params_at = self.span(number, begin, begin + len(row.said))
            found.rows.append(row)

    def _lightning(self, found: Summary, at: int) -> None:
        for number in range(at + 1, len(self.lines)):
            match = LIGHTNING_ROW.fullmatch(self._short(number))
            if match is None:
                self._row_or_end(found, number)
                continue
            row = Row(match["name"], match["cls"], self.span(number, match.start("name"), match.end("name")))
            row.said = match["params"]
            row.params = number_of(row.said) if NUMBER.fullmatch(row.said) else None
            row.params_at = self.span(number, match.start("params"), match.end("params"))
            found.rows.append(row)
