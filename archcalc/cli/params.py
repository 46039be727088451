"""archcalc params: the main table. `shapes` and `multiplies` are the same analysis under another view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcalc.cli.options import F, analysis_command, format_option, show

if TYPE_CHECKING:
    from archcalc.analysis import Analysis

depth_option = click.option("--depth", type=click.IntRange(min=1), help="Fold blocks below this depth into one row each.")


def train_options(f: F) -> F:
    """--train, --optimizer: the cost of training beside that of the forward pass."""
    for decorate in (
        click.option("--optimizer", type=click.Choice(("sgd", "momentum", "adam")), help="Add what an update costs."),
        click.option("--train", is_flag=True, help="Add the backward pass: gradients to weights and to inputs."),
    ):
        f = decorate(f)
    return f


def report(
    analysis: Analysis, view: str, depth: int | None, format: str, train: bool = False, optimizer: str | None = None
) -> None:
    """Lays the analysis out and writes it."""
    from archcalc.report.layout import lay_out

    if not (train or optimizer):
        show(lay_out(analysis, view, depth), format)
        return
    from archcalc.figures.training import training_columns

    columns, notes = training_columns(analysis, optimizer)
    show(lay_out(analysis, view, depth, columns, notes), format)


@click.command("params")
@analysis_command
@train_options
@depth_option
@format_option()
def command(analysis: Analysis, train: bool, optimizer: str | None, depth: int | None, format: str) -> None:
    """Output shape, parameters with and without bias, and multiplications of every layer and of the whole.

    NET is a file in any notation, the bare name of an example, or - for standard input.
    """
    report(analysis, "params", depth, format, train, optimizer)
