"""Reports: an answer as a `Document`, written by a format. A format is a module named in the table, with one function."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.report.document import Document

# name -> (module of archcalc.report.formats, what it is, the ending of its files); the module's one function is
# `write(document, width=None) -> str`.
FORMATS: dict[str, tuple[str, str, str]] = {
    "table": ("table", "aligned plain text", "txt"),
    "markdown": ("markdown", "Markdown, as GitHub and Jupyter draw it", "md"),
    "csv": ("csv", "comma-separated values, the tables alone", "csv"),
    "json": ("json", "JSON, the whole answer for programs", "json"),
    "latex": ("latex", "LaTeX, to be put into a document", "tex"),
    "html": ("html", "one page that needs nothing else", "html"),
}


def write(document: Document, format: str = "table", width: int | None = None) -> str:
    """The document in a format of the table. A width is for text alone, and folds or leaves out what is wider.

    Raises SpecError where there is no such format.
    """
    if format not in FORMATS:
        from archcalc.text.faults import Fault, SpecError, suggestions

        raise SpecError([Fault(f"no format is called '{format}'", repairs=suggestions(str(format), FORMATS) or list(FORMATS))])
    return written(document, FORMATS[format][0], width)


def written(document: Document, module: str, width: int | None = None) -> str:
    """The document as a module of the formats writes it."""
    text: str = importlib.import_module(f"archcalc.report.formats.{module}").write(document, width)
    return text
