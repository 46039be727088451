"""archcalc: the calculator for neural-network architectures.

    network = archcalc.load("lenet5")        # a path, the name of an example, or the text itself
    analysis = archcalc.analyse(network)     # rows and totals
    print(archcalc.to_markdown(analysis))

Names are resolved on first use, so that importing archcalc costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's, without importing it

__version__ = "0.1.0"

if TYPE_CHECKING:
    from typing import Any

    from archcalc.analysis import Analysis, Row, Totals, analyse
    from archcalc.figures.table import to_csv, to_html, to_json, to_latex, to_markdown, to_table
    from archcalc.loading import load
    from archcalc.network.nodes import Network, Node
    from archcalc.text.faults import ArchcalcError, Fault, SpecError

_WHERE = {
    "load": "loading",
    "analyse": "analysis",
    "Analysis": "analysis",
    "Row": "analysis",
    "Totals": "analysis",
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
    "Analysis",
    "ArchcalcError",
    "Fault",
    "Network",
    "Node",
    "Row",
    "SpecError",
    "Totals",
    "__version__",
    "analyse",
    "load",
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

    return getattr(importlib.import_module(f"archcalc.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
