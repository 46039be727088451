"""archcalc min-input: the smallest input a network accepts."""

from __future__ import annotations

import click

from archcalc.cli.options import Built, build_options, format_option, give, net_argument, opened


@click.command("min-input")
@net_argument
@build_options
@click.option("--vary", metavar="INPUT", help="Which of several inputs varies.")
@click.option("--most", type=click.IntRange(1, 100_000), default=4096, show_default=True, help="The largest size tried.")
@format_option
def command(net: str, built: Built, vary: str | None, most: int, format: str) -> None:
    """The smallest legal input, alike on all axes and on each alone, and the layer that stops one less.

    Exit status 1 when no size fits.
    """
    from archcalc.questions.least import least_input
    from archcalc.report.progress import Bar

    with Bar("trying sizes") as bar:
        found = least_input(opened(net), vary=vary, most=most, progress=bar, **built)
    give(found, format)
