"""archcalc multiplies: the analysis with the columns of multiplies forward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from archcalc.cli.options import analysis_command, budget_options
from archcalc.cli.params import report, table_options, train_options

if TYPE_CHECKING:
    from archcalc.analysis import Analysis


@click.command("multiplies")
@analysis_command
@train_options
@budget_options
@table_options
def command(analysis: Analysis, **options: Any) -> None:
    """Multiplications of every layer, and its share of the whole.

    Exit status 1 when a budget (--max-multiplies and the others) is broken.
    """
    report(analysis, "multiplies", **options)
