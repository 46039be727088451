"""archcalc params: the main table. `shapes` and `multiplies` are the same analysis under another view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from archcalc.cli.options import F, analysis_command, budget_options, format_option, give_held, held

if TYPE_CHECKING:
    from archcalc.analysis import Analysis


def table_options(f: F) -> F:
    """--columns, --depth, --format: which table, and how it is written."""
    for decorate in (
        format_option,
        click.option("--depth", type=click.IntRange(min=1), help="Fold blocks below this depth into one row each."),
        click.option("--columns", metavar="KEYS", help="Which figures stand beside the layers: output,params,share."),
    ):
        f = decorate(f)
    return f


def train_options(f: F) -> F:
    """--train, --optimizer: the cost of training beside that of the forward pass."""
    for decorate in (
        click.option("--optimizer", type=click.Choice(("sgd", "momentum", "adam")), help="Add what an update costs."),
        click.option("--train", is_flag=True, help="Add the backward pass: gradients to weights and to inputs."),
    ):
        f = decorate(f)
    return f


def report(
    analysis: Analysis,
    view: str,
    columns: str | None,
    depth: int | None,
    format: str,
    train: bool = False,
    optimizer: str | None = None,
    **limits: Any,
) -> None:
    """Lays the analysis out and writes it, with the budgets that were set."""
    from archcalc.figures import VIEWS, read_columns
    from archcalc.figures.table import lay_out

    keys = VIEWS[view] if columns is None else read_columns(columns)
    notes: tuple[str, ...] = ()
    if train or optimizer:
        from archcalc.figures import training

        keys += training.training(optimizer)
        notes = training.notes(optimizer)
    give_held(lay_out(analysis, keys, depth, notes), format, held(analysis, limits, train, optimizer))


@click.command("params")
@analysis_command
@train_options
@budget_options
@table_options
def command(analysis: Analysis, **options: Any) -> None:
    """Output shape, parameters with and without bias, and multiplications of every layer and of the whole.

    NET is a file in any notation, the bare name of an example, or - for standard input.

    \b
      archcalc params mobilenet_v2
      archcalc params net.yaml --max-params 4M --max-memory 20MiB

    Exit status 1 when a budget (--max-params and the others) is broken.
    """
    report(analysis, "params", **options)
