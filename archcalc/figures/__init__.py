"""Figures: what is known of every row of an analysis, each said once: its key, its heading, what it is, and how it is found.

Every column of a report, the JSON and its schema, `--columns`, `archcalc columns` and the Python API go over this table.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from archcalc.conventions import TERMS, TOOLS
from archcalc.report.document import Cell, Column

if TYPE_CHECKING:
    from archcalc.analysis import Analysis

Of = Callable[["Analysis"], Sequence[Cell]]


class Figure:
    """A figure: `of(analysis)` is its value for every row, in their order.

    `key` is its name for programs and --columns, `doc` a sentence, `unit` what is counted, `kind` that of a report's column,
    `first` how early a narrow terminal leaves it out. `sums`: it adds up, over a block and to a total; `most`: the largest
    counts there; else a folded block shows what stands at its `fold`, 0 its first row, -1 its last. `place` is the object of the
    JSON that holds it; "" is the layer itself.
    """

    __slots__ = ("doc", "first", "fold", "heading", "key", "kind", "most", "of", "place", "sums", "unit")

    def __init__(
        self,
        key: str,
        heading: str,
        doc: str,
        of: Of,
        unit: str = "",
        *,
        kind: str = "count",
        sums: bool = False,
        most: bool = False,
        first: int = 1,
        fold: int = -1,
        place: str = "figures",
    ) -> None:
        self.key = key
        self.heading = heading
        self.doc = doc
        self.of = of
        self.unit = unit
        self.kind = kind
        self.sums = sums
        self.most = most
        self.first = first
        self.fold = fold
        self.place = place

    def values(self, analysis: Analysis) -> Sequence[Cell]:
        """Its value for every row; ? where the text does not tell it."""
        if analysis.network.untold is None:
            return self.of(analysis)
        if self.key not in TOLD:
            return ["?"] * len(analysis.rows)
        return ["?" if self.key in row.unknown else v for row, v in zip(analysis.rows, self.of(analysis), strict=True)]

    def total(self, values: Sequence[Cell]) -> Cell:
        """What stands for several values: their sum, or the largest; None where there is neither, ? where nothing is known.

        Where one of several is not known, it is at least so much.
        """
        numbers = [v for v in values if isinstance(v, int | float)]
        if (self.sums or self.most) and not any(numbers) and "?" in values:
            return "?"
        return sum(numbers) if self.sums else max(numbers, default=0) if self.most else None

    def column(self, analysis: Analysis) -> Column:
        """The column of a report that shows it."""
        return Column(self.heading, self.kind, key=self.key, first=self.first)


# key -> its module here; a module's FIGURES holds what is named.
TABLE: dict[str, str] = {
    "settings": "written",
    "input": "shapes",
    "output": "shapes",
    "params": "weights",
    "params_without_bias": "weights",
    "multiplies": "work",
    "share": "work",
    "multiplications": "work",
    "additions": "work",
    "bias_additions": "work",
    "comparisons": "work",
    "divisions": "work",
    "exponentials": "work",
    "to_weights": "training",
    "to_inputs": "training",
    "forward_and_backward": "training",
    "sgd_multiplications": "training",
    "sgd_additions": "training",
    "momentum_multiplications": "training",
    "momentum_additions": "training",
    "adam_multiplications": "training",
    "adam_additions": "training",
    "adam_divisions": "training",
    "act": "memory",
    "saved": "memory",
    "keeps": "memory",
    "live": "memory",
    "param_bytes": "memory",
    "grad_bytes": "memory",
    "momentum_bytes": "memory",
    "adam_bytes": "memory",
    "adamw_bytes": "memory",
    **dict.fromkeys(TOOLS, "counts"),
    **dict.fromkeys(TERMS, "counts"),
    "rf": "field",
    "jump": "field",
    "offset": "field",
    "alignment": "field",
}

# Named sets of figures; `multiplies` stands for the columns of the convention.
VIEWS: dict[str, tuple[str, ...]] = {
    "params": ("settings", "output", "params", "params_without_bias", "multiplies"),
    "shapes": ("settings", "input", "output"),
    "multiplies": ("settings", "output", "multiplies", "share", "params"),
}
# What a text may tell of a layer without saying what it reads.
TOLD = frozenset(("settings", "output", "params", "params_without_bias", "multiplies"))
# What the JSON always has of a layer.
ALWAYS = ("params", "params_without_bias", "multiplies")


def figure(key: str) -> Figure:
    """The figure of a key in the table."""
    found: Sequence[Figure] = importlib.import_module(f"archcalc.figures.{TABLE[key]}").FIGURES
    return next(f for f in found if f.key == key)


def chosen(analysis: Analysis, keys: Sequence[str]) -> list[Figure]:
    """The figures of these keys, each once, those of the convention where `multiplies` stands.

    Of the terms of a convention those that are not 0 throughout. Raises SpecError for a term where the convention has none.
    """
    found: list[Figure] = []
    for key in keys:
        for each in analysis.convention.columns if key == "multiplies" else (key,):
            made = figure(each)
            if made.place == "terms":
                if not analysis.convention.terms:
                    from archcalc.text.faults import Fault, SpecError

                    message = f"--columns {each}: what a convention of another tool counts, and none was asked for"
                    raise SpecError([Fault(message, repairs=["--count torchinfo"])])
                if each not in keys and set(made.values(analysis)) <= {0, "?"}:
                    continue
            found.append(made)
    return list({made.key: made for made in found}.values())


def read_columns(text: str) -> tuple[str, ...]:
    """`output,params,share` as keys. Raises SpecError for what is no figure."""
    from archcalc.text.faults import Fault, SpecError, suggestions

    keys = tuple(word.strip().lower().replace("-", "_").replace(" ", "_") for word in text.split(",") if word.strip())
    wrong = [key for key in keys if key not in TABLE]
    if wrong or not keys:
        near = [f"--columns {word}" for word in suggestions(wrong[0], TABLE)] if wrong else ["--columns output,params,multiplies"]
        message = f"--columns: there is no figure '{wrong[0][:60]}'" if wrong else "--columns names no figure"
        raise SpecError([Fault(message, repairs=[*near, "`archcalc columns` for all of them"])])
    return keys
