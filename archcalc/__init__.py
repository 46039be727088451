"""archcalc: the calculator for neural-network architectures.

    network = archcalc.load("lenet5")        # a path, the name of an example, or the text itself
    analysis = archcalc.analyse(network)     # rows and totals
    print(archcalc.to_markdown(analysis))
    print(archcalc.least_input("alexnet"))   # questions get answers: a report, plain data, a page in a notebook

Names are resolved on first use, so that importing archcalc costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's, without importing it

__version__ = "0.1.0"

if TYPE_CHECKING:
    from typing import Any

    from archcalc.analysis import Analysis, Row, Totals, analyse
    from archcalc.figures.table import to_csv, to_html, to_json, to_latex, to_markdown, to_table
    from archcalc.homework.grade import Grading, grade
    from archcalc.loading import load
    from archcalc.network.nodes import Network, Node
    from archcalc.pytorch.against_report import Against
    from archcalc.pytorch.checking import check
    from archcalc.pytorch.telling import Check
    from archcalc.questions.compare import Comparison, compare
    from archcalc.questions.fit import Fit, fit
    from archcalc.questions.least import LeastInput, least_input
    from archcalc.questions.solve import solve
    from archcalc.questions.writing import Solution
    from archcalc.report.answer import Answer
    from archcalc.text.faults import ArchcalcError, Fault, SpecError

_WHERE = {
    "load": "loading",
    "analyse": "analysis",
    "Analysis": "analysis",
    "Row": "analysis",
    "Totals": "analysis",
    "Answer": "report.answer",
    "Against": "pytorch.against_report",
    "Check": "pytorch.telling",
    "Comparison": "questions.compare",
    "Fit": "questions.fit",
    "Grading": "homework.grade",
    "LeastInput": "questions.least",
    "Solution": "questions.writing",
    "check": "pytorch.checking",
    "compare": "questions.compare",
    "fit": "questions.fit",
    "grade": "homework.grade",
    "least_input": "questions.least",
    "solve": "questions.solve",
    "Network": "network.nodes",
    "Node": "network.nodes",
    "ArchcalcError": "text.faults",
    "Fault": "text.faults",
    "SpecError": "text.faults",
    "to_csv": "figures.table",
    "to_html": "figures.table",
    "to_json": "figures.table",
    "to_latex": "figures.table",
    "to_markdown": "figures.table",
    "to_table": "figures.table",
}

__all__ = [
    "Against",
    "Analysis",
    "Answer",
    "ArchcalcError",
    "Check",
    "Comparison",
    "Fault",
    "Fit",
    "Grading",
    "LeastInput",
    "Network",
    "Node",
    "Row",
    "Solution",
    "SpecError",
    "Totals",
    "__version__",
    "analyse",
    "check",
    "compare",
    "fit",
    "grade",
    "least_input",
    "load",
    "solve",
    "to_csv",
    "to_html",
    "to_json",
    "to_latex",
    "to_markdown",
    "to_table",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'archcalc' has no attribute '{name}'")
    import importlib

    found = getattr(importlib.import_module(f"archcalc.{_WHERE[name]}"), name)
    if _WHERE[name] == "analysis":
        _show_in_notebooks()
    return found


def _show_in_notebooks() -> None:
    """Lets a notebook show an analysis as its table; reports are behind the analysis, which itself knows none."""
    from archcalc.analysis import Analysis

    if not hasattr(Analysis, "_repr_html_"):

        def html(analysis: Analysis) -> str:
            from archcalc.figures.table import lay_out
            from archcalc.report.formats.html import fragment

            return fragment(lay_out(analysis))

        Analysis._repr_html_ = html


def __dir__() -> list[str]:
    return __all__
