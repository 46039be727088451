"""archcalc explain: the working of every figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcalc.cli.options import analysis_command, format_option, write

if TYPE_CHECKING:
    from archcalc.analysis import Analysis


@click.command("explain")
@analysis_command
@click.argument("layer", required=False)
@format_option("table", "markdown", "latex", "json")
def command(analysis: Analysis, layer: str | None, format: str) -> None:
    """The working of every figure of LAYER: formula, numbers put in, result. Without LAYER, of every layer, and the sums.

    LAYER is a name or a path of the table; the name of a block explains everything in it.
    """
    from archcalc.errors import Fault, SpecError, suggestions
    from archcalc.render.explanation import explain

    rows = list(analysis.rows)
    if layer is not None:
        found = analysis.row(layer)
        rows = [found] if found else [r for r in rows if r.path.startswith(layer + ".") or r.name == layer]
        if not rows:
            near = suggestions(layer, [r.path for r in analysis.rows] + list(analysis.network.groups))
            raise SpecError([Fault(f"{analysis.network.name} has no layer '{layer}'", repairs=near)])
    write(explain(analysis, rows, whole=layer is None, format=format))
