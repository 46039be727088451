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

    from archcalc.analysis import Analysis, Row, Totals, analyse, contradictions
    from archcalc.explanation import Explanation, explain, layer
    from archcalc.figures.memory_report import Memory, memory
    from archcalc.figures.table import to_csv, to_html, to_json, to_latex, to_markdown, to_table
    from archcalc.homework.calculus.answer import Gradients
    from archcalc.homework.calculus.descent import Descent
    from archcalc.homework.calculus.equations import Equations, equations
    from archcalc.homework.calculus.grad import grad
    from archcalc.homework.convolve import Convolution, convolve
    from archcalc.homework.grade import Grading, grade
    from archcalc.homework.perceptron import Perceptron, perceptron
    from archcalc.homework.quiz import Papers, quiz
    from archcalc.homework.transposed import Transposed
    from archcalc.loading import load
    from archcalc.network.nodes import Network, Node
    from archcalc.pytorch.against_report import Against
    from archcalc.pytorch.checking import check
    from archcalc.pytorch.telling import Check
    from archcalc.questions.budgets import Budgets, budgets
    from archcalc.questions.compare import Comparison, compare
    from archcalc.questions.diff import Diff, diff
    from archcalc.questions.fit import Fit, Fits, fit
    from archcalc.questions.least import LeastInput, least_input
    from archcalc.questions.solve import solve
    from archcalc.questions.sweep import Sweep, sweep
    from archcalc.questions.why import Why, why
    from archcalc.questions.writing import Solution
    from archcalc.report.answer import Answer
    from archcalc.text.faults import ArchcalcError, Fault, SpecError

_WHERE = {
    "Against": "pytorch.against_report",
    "Analysis": "analysis",
    "Answer": "report.answer",
    "ArchcalcError": "text.faults",
    "Budgets": "questions.budgets",
    "Check": "pytorch.telling",
    "Comparison": "questions.compare",
    "Convolution": "homework.convolve",
    "Descent": "homework.calculus.descent",
    "Diff": "questions.diff",
    "Equations": "homework.calculus.equations",
    "Explanation": "explanation",
    "Fault": "text.faults",
    "Fit": "questions.fit",
    "Fits": "questions.fit",
    "Gradients": "homework.calculus.answer",
    "Grading": "homework.grade",
    "LeastInput": "questions.least",
    "Memory": "figures.memory_report",
    "Network": "network.nodes",
    "Node": "network.nodes",
    "Papers": "homework.quiz",
    "Perceptron": "homework.perceptron",
    "Row": "analysis",
    "Solution": "questions.writing",
    "SpecError": "text.faults",
    "Sweep": "questions.sweep",
    "Totals": "analysis",
    "Transposed": "homework.transposed",
    "Why": "questions.why",
    "analyse": "analysis",
    "budgets": "questions.budgets",
    "check": "pytorch.checking",
    "compare": "questions.compare",
    "contradictions": "analysis",
    "convolve": "homework.convolve",
    "diff": "questions.diff",
    "equations": "homework.calculus.equations",
    "explain": "explanation",
    "fit": "questions.fit",
    "grad": "homework.calculus.grad",
    "grade": "homework.grade",
    "layer": "explanation",
    "least_input": "questions.least",
    "load": "loading",
    "memory": "figures.memory_report",
    "perceptron": "homework.perceptron",
    "quiz": "homework.quiz",
    "solve": "questions.solve",
    "sweep": "questions.sweep",
    "to_csv": "figures.table",
    "to_html": "figures.table",
    "to_json": "figures.table",
    "to_latex": "figures.table",
    "to_markdown": "figures.table",
    "to_table": "figures.table",
    "why": "questions.why",
}

__all__ = [
    "Against",
    "Analysis",
    "Answer",
    "ArchcalcError",
    "Budgets",
    "Check",
    "Comparison",
    "Convolution",
    "Descent",
    "Diff",
    "Equations",
    "Explanation",
    "Fault",
    "Fit",
    "Fits",
    "Gradients",
    "Grading",
    "LeastInput",
    "Memory",
    "Network",
    "Node",
    "Papers",
    "Perceptron",
    "Row",
    "Solution",
    "SpecError",
    "Sweep",
    "Totals",
    "Transposed",
    "Why",
    "__version__",
    "analyse",
    "budgets",
    "check",
    "compare",
    "contradictions",
    "convolve",
    "diff",
    "equations",
    "explain",
    "fit",
    "grad",
    "grade",
    "layer",
    "least_input",
    "load",
    "memory",
    "perceptron",
    "quiz",
    "solve",
    "sweep",
    "to_csv",
    "to_html",
    "to_json",
    "to_latex",
    "to_markdown",
    "to_table",
    "why",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'archcalc' has no attribute '{name}'")
    import importlib
    import sys

    found = getattr(importlib.import_module(f"archcalc.{_WHERE[name]}"), name)
    if "archcalc.analysis" in sys.modules:
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
