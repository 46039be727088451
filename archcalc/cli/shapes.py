"""archcalc shapes: the analysis with the columns of shapes forward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from archcalc.cli.options import analysis_command
from archcalc.cli.params import report, table_options

if TYPE_CHECKING:
    from archcalc.analysis import Analysis


@click.command("shapes")
@analysis_command
@table_options
def command(analysis: Analysis, **options: Any) -> None:
    """Input and output shape of every layer."""
    report(analysis, "shapes", **options)
