"""archcalc shapes: the analysis with the columns of shapes forward."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcalc.cli.options import analysis_command, format_option
from archcalc.cli.params import depth_option, report

if TYPE_CHECKING:
    from archcalc.analysis import Analysis


@click.command("shapes")
@analysis_command
@depth_option
@format_option()
def command(analysis: Analysis, depth: int | None, format: str) -> None:
    """Input and output shape of every layer."""
    report(analysis, "shapes", depth, format)
