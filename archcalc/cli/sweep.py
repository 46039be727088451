"""archcalc sweep: the figures of every combination of values."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from archcalc.cli.options import (
    Built,
    budget_options,
    build_options,
    count_options,
    finish,
    format_option,
    give,
    net_argument,
    opened,
    use_options,
)


@click.command("sweep")
@net_argument
@build_options
@count_options
@budget_options
@click.option("--columns", metavar="KEYS", help="Which figures are shown of each variant: params,multiplies,memory.")
@use_options
@click.option("--output", "-o", "file", default="-", metavar="FILE", help="Write it there: .svg draws it, .csv, .json, .md …")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@format_option
def command(
    net: str,
    built: Built,
    count: str,
    skip_zeros: bool,
    columns: str | None,
    batch: int,
    train: bool,
    optimizer: str | None,
    dtype: str,
    file: str,
    force: bool,
    format: str,
    **limits: Any,
) -> None:
    """The figures of every combination of values: of variables, of the input's `resolution`, of the `batch`.

    \b
      archcalc sweep mobilenet_v2 --set width=0.25:1.5:0.25 --set resolution=96,128,...,224
      archcalc sweep resnet50 --set resolution=128:256:32 --max-multiplies 4G -o sweep.svg

    A value is FROM:TO:STEP, a list with commas, or one value for all. Variants that no other is better than are marked: as
    large on every axis, and taking no more of any figure; with a budget, as large, of those that keep it.

    Exit status 1 when no variant is legal and keeps the budgets.
    """
    from archcalc.cli.terminal import is_terminal, terminal_width
    from archcalc.questions.axes import split_settings
    from archcalc.questions.sweep import sweep
    from archcalc.report.progress import Bar

    fixed, several = split_settings(built["variables"])
    bytes_ = limits["max_memory"] is not None or "memory" in (columns or "")
    with Bar("sweeping") as bar:
        found = sweep(
            opened(net, training=bytes_ and (train or optimizer is not None)),
            several,
            columns=columns or (),
            **limits,
            batch=batch,
            dtype=dtype,
            train=train,
            optimizer=optimizer,
            count=count,
            skip_zeros=skip_zeros,
            input=built["input"],
            variables=fixed,
            bias=built["bias"],
            progress=bar,
        )
    if file != "-":
        from archcalc.cli.files import write_file
        from archcalc.report import FORMATS
        from archcalc.report.plot import svg

        ending = os.path.splitext(file)[1].lstrip(".").lower()
        formats = {end: name for name, (_, _, end) in FORMATS.items()}
        if ending == "svg":
            text = svg(found.plot())
        elif ending in formats:
            text = found.text(formats[ending]) + "\n"
        else:
            raise click.UsageError(f"-o {file}: the ending says what is written: .svg, .{', .'.join(formats)}.")
        write_file(file, text, net, force)
        if not found.ok:
            sys.exit(1)
        return
    if format != "table" or not is_terminal(sys.stdout):
        give(found, format)
        return
    document = found.as_document()
    if any(axis.ordered for axis in found.axes):
        from archcalc.report.document import Code
        from archcalc.report.plot import drawn

        plot = found.plot()
        document.add(*(Code(drawn(panel, plot.across, min(100, terminal_width()))) for panel in plot.panels))
    finish(document, format, found.ok)
