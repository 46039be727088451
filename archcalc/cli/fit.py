"""archcalc fit: the largest value of a variable that keeps a budget."""

from __future__ import annotations

from typing import Any

import click

from archcalc.cli.options import (
    Built,
    budget_options,
    build_options,
    count_options,
    format_option,
    give,
    net_argument,
    opened,
    use_options,
)


@click.command("fit")
@net_argument
@build_options
@count_options
@click.option(
    "--vary",
    required=True,
    multiple=True,
    metavar="NAME[=VALUES]",
    help="What to make as large as may be: a variable, resolution or batch (repeatable).",
)
@budget_options
@use_options
@click.option("--from", "low", metavar="X", help="The smallest value looked at [one step].")
@click.option("--to", "high", metavar="X", help="The largest value looked at [doubled until a budget breaks].")
@click.option("--step", metavar="X", help="The distance of values [0.01, or 1 for a whole number].")
@format_option
def command(
    net: str,
    built: Built,
    count: str,
    skip_zeros: bool,
    vary: tuple[str, ...],
    batch: int,
    train: bool,
    optimizer: str | None,
    dtype: str,
    low: str | None,
    high: str | None,
    step: str | None,
    format: str,
    **limits: Any,
) -> None:
    """The largest value of a variable with which the network keeps its budgets; of several, every largest combination.

    \b
      archcalc fit mobilenet_v1 --vary width --max-params 2M --max-multiplies 150M
      archcalc fit resnet50 --vary batch --max-memory 8GiB --optimizer adam
      archcalc fit mobilenet_v2 --vary width=0.25:1.5:0.05 --vary resolution=96:224:32 --max-multiplies 300M

    Exit status 1 when no value keeps it.
    """
    from archcalc.questions.fit import fit
    from archcalc.report.progress import Bar

    source = opened(net, training=limits["max_memory"] is not None and (train or optimizer is not None))
    with Bar("fitting") as bar:
        found = fit(
            source,
            vary,
            **limits,
            batch=batch,
            dtype=dtype,
            train=train,
            optimizer=optimizer,
            low=low,
            high=high,
            step=step,
            count=count,
            skip_zeros=skip_zeros,
            progress=bar,
            **built,
        )
    give(found, format)
