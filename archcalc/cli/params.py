"""archcalc params: the main table. `shapes` and `multiplies` are the same analysis under another view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcalc.cli.options import analysis_command, format_option, show

if TYPE_CHECKING:
    from archcalc.analysis import Analysis

depth_option = click.option("--depth", type=click.IntRange(min=1), help="Fold blocks below this depth into one row each.")


def report(analysis: Analysis, view: str, depth: int | None, format: str) -> None:
    """Lays the analysis out and writes it."""
    from archcalc.render.layout import lay_out

    show(lay_out(analysis, view, depth), format)


@click.command("params")
@analysis_command
@depth_option
@format_option()
def command(analysis: Analysis, depth: int | None, format: str) -> None:
    """Output shape, parameters with and without bias, and multiplications of every layer and of the whole.

    NET is a file in any notation, the bare name of an example, or - for standard input.
    """
    report(analysis, "params", depth, format)
