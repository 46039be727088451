"""Reports: the analysis laid out for a person or a program. A format is a function named in a table.

Every format takes a `Layout` (what rows, which columns) and returns text; numbers stay numbers until here.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.analysis import Analysis
    from archcalc.report.layout import Layout

# name -> (module, what it is); each module has one function, `render(layout) -> str`.
FORMATS: dict[str, tuple[str, str]] = {
    "table": ("plain", "an aligned table"),
    "markdown": ("markdown", "a Markdown table"),
    "csv": ("csv", "comma-separated values, a row a layer"),
    "json": ("json", "JSON, as `archcalc schema` describes it"),
    "latex": ("latex", "a LaTeX tabular in booktabs style"),
}


def render(layout: Layout, format: str) -> str:
    """The layout in a format of the table."""
    text: str = importlib.import_module(f"archcalc.report.formats.{FORMATS[format][0]}").render(layout)
    return text


def _as(analysis: Analysis, format: str, view: str, depth: int | None) -> str:
    from archcalc.report.layout import lay_out

    return render(lay_out(analysis, view, depth), format)


def to_table(analysis: Analysis, view: str = "params", depth: int | None = None) -> str:
    """The analysis as a plain aligned table; `view` is params, shapes or multiplies; groups below `depth` are folded."""
    return _as(analysis, "table", view, depth)


def to_markdown(analysis: Analysis, view: str = "params", depth: int | None = None) -> str:
    """The analysis as a Markdown table."""
    return _as(analysis, "markdown", view, depth)


def to_csv(analysis: Analysis, view: str = "params", depth: int | None = None) -> str:
    """The analysis as comma-separated values."""
    return _as(analysis, "csv", view, depth)


def to_json(analysis: Analysis, view: str = "params", depth: int | None = None) -> str:
    """The analysis as JSON; the view and depth change nothing: JSON is complete."""
    return _as(analysis, "json", view, depth)


def to_latex(analysis: Analysis, view: str = "params", depth: int | None = None) -> str:
    """The analysis as a LaTeX tabular."""
    return _as(analysis, "latex", view, depth)
