"""What an answer says, before it is written: paragraphs, sums and tables whose cells are still numbers and shapes.

A command puts a `Document` together once; a module of `archcalc.report.formats` writes it. Nothing here knows a format.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal

Shape = tuple[int, ...]


class Formula(NamedTuple):
    """One expression in both writings: Unicode for people, LaTeX (without dollars) for their documents."""

    unicode: str
    latex: str


# A shape is a tuple of sizes, several shapes a tuple of tuples; a string is written as it stands; None leaves a cell empty.
if TYPE_CHECKING:
    Cell = str | int | float | Decimal | Formula | Shape | tuple[Shape, ...] | None
else:  # decimal is not loaded for a name
    Cell = object

RIGHT = frozenset(("count", "share", "ratio", "number"))


class Column:
    """A column: its key (for programs), its heading (for people), and what its cells are.

    `kind`: "name" a path or a word to type; "line" a line of the notation; "text"; "prose", which may be folded where it is too
    wide; "shape"; "count" a whole number; "share" 0…1, written in percent; "ratio" written ×0.5; "number" with `places` decimals;
    "formula". `first` is how early it is left out where a terminal is too narrow: the highest goes first. `data` columns stand in
    formats for programs only.
    """

    __slots__ = ("data", "first", "heading", "key", "kind", "places")

    def __init__(
        self, heading: str, kind: str = "text", *, key: str = "", first: int = 1, places: int | None = None, data: bool = False
    ) -> None:
        self.heading = heading
        self.kind = kind
        self.key = key or heading.replace(" ", "_")
        self.first = first
        self.places = (1 if kind == "share" else 2) if places is None else places
        self.data = data

    @property
    def right(self) -> bool:
        """Whether it is set flush right."""
        return self.kind in RIGHT


class Branch(NamedTuple):
    """Where a row stands in a tree: its depth, its own name (the first cell is the whole path), whether it only opens a group.

    A row that opens a group has no figures, so that a column adds up to its total; formats without a tree leave it out.
    """

    depth: int
    label: str
    opens: bool = False


class Table:
    """A table: columns, rows of cells, and where it has them a row of totals, a tree, tones and what unfolds under a row.

    `tones` say what a row is: "" ordinary, "quiet" of no account, "bad", "warn". `unfold(i)` is the working of row i, asked
    for by formats that can fold it away. `choose` names the option that chooses columns, where there is one.
    """

    __slots__ = ("choose", "columns", "rows", "tones", "total", "tree", "unfold")

    def __init__(
        self,
        columns: Sequence[Column | str],
        rows: Sequence[Sequence[Cell]],
        *,
        total: Sequence[Cell] = (),
        tree: Sequence[Branch] = (),
        tones: Sequence[str] = (),
        unfold: Callable[[int], Maths | None] | None = None,
        choose: str = "",
    ) -> None:
        self.columns = [c if isinstance(c, Column) else Column(c) for c in columns]
        self.rows = rows
        self.total = total
        self.tree = tree
        self.tones = tones
        self.unfold = unfold
        self.choose = choose

    def flat(self) -> list[int]:
        """The rows of a format without a tree: those that have figures."""
        return [i for i in range(len(self.rows)) if not self.tree or not self.tree[i].opens]


class Beside(NamedTuple):
    """Tables whose rows correspond, set beside each other, or under each other where they do not fit."""

    tables: Sequence[Table]

    def joined(self) -> Table:
        """They all as one table."""
        columns = [c for table in self.tables for c in table.columns]
        rows = [[c for row in rows for c in row] for rows in zip(*(t.rows for t in self.tables), strict=True)]
        return Table(columns, rows)

    def stacked(self) -> list[Table]:
        """They under each other, each without its empty rows, and the rows numbered as they correspond."""
        made = []
        for table in self.tables:
            kept = [i for i, row in enumerate(table.rows) if any(cell is not None for cell in row)]
            made.append(Table([Column("row", "count", first=0), *table.columns], [[i + 1, *table.rows[i]] for i in kept]))
        return made


class Text:
    """A paragraph."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Note(Text):
    """What is said beside an answer: what was counted. Notes that follow each other stand together."""

    __slots__ = ()


class Remark(Text):
    """What must be seen before the answer, under its title: what was assumed of a text."""

    __slots__ = ()


class Break(Text):
    """A new page, and its title."""

    __slots__ = ()


class Heading(Text):
    """A heading inside the answer."""

    __slots__ = ()


class Code(NamedTuple):
    """Text to be kept as it stands, and its language."""

    text: str
    language: str = ""


class Sum(NamedTuple):
    """A line of working. `label` says what is worked out, `left` is its left side where equations are set on their signs.

    Without LaTeX it is words, and set as such.
    """

    unicode: str
    latex: str = ""
    label: str = ""
    left: Formula | None = None


class Maths:
    """Lines of working."""

    __slots__ = ("lines",)

    def __init__(self, lines: Sequence[Sum | tuple[str, str]]) -> None:
        self.lines = [Sum(*line) for line in lines]

    def table(self) -> Table:
        """The same as a table, for formats that have nothing else."""
        named = any(line.label for line in self.lines)
        sides = [f"{line.left.unicode} = {line.unicode}" if line.left else line.unicode for line in self.lines]
        columns = [Column("figure", "name"), Column("working")] if named else [Column("working")]
        return Table(columns, [[line.label, side] if named else [side] for line, side in zip(self.lines, sides, strict=True)])


Part = Text | Code | Maths | Table | Beside


class Document:
    """An answer: its title, its parts, and its data, what a program is given of it (or the function that makes it).

    `sheet` is what a spreadsheet is given where that is not the tables and sums themselves.
    """

    __slots__ = ("data", "parts", "sheet", "title")

    def __init__(self, title: str, parts: Sequence[Part] = (), data: Any = None) -> None:
        self.title = title
        self.parts = list(parts)
        self.data = data
        self.sheet: Table | None = None

    def add(self, *parts: Part) -> None:
        """Adds parts."""
        self.parts += parts

    def say(self, text: str) -> None:
        """Adds a paragraph."""
        self.parts.append(Text(text))

    def note(self, *texts: str) -> None:
        """Adds notes."""
        self.parts += map(Note, texts)
