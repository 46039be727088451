"""archcalc multiplies: the analysis with the columns of multiplies forward."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcalc.cli.options import analysis_command, format_option
from archcalc.cli.params import depth_option, report, train_options

if TYPE_CHECKING:
    from archcalc.analysis import Analysis


@click.command("multiplies")
@analysis_command
@train_options
@depth_option
@format_option()
def command(analysis: Analysis, train: bool, optimizer: str | None, depth: int | None, format: str) -> None:
    """Multiplications of every layer, and its share of the whole."""
    report(analysis, "multiplies", depth, format, train, optimizer)
