"""archcalc min-input: the smallest input a network accepts."""

from __future__ import annotations

import click

from archcalc.cli.options import build_options, build_settings, format_option, give, net_argument, opened


@click.command("min-input")
@net_argument
@build_options
@click.option("--vary", metavar="INPUT", help="Which of several inputs varies.")
@click.option("--most", type=click.IntRange(1, 100_000), default=4096, show_default=True, help="The largest size tried.")
@format_option
def command(
    net: str, inputs: tuple[str, ...], sets: tuple[str, ...], no_bias: bool, vary: str | None, most: int, format: str
) -> None:
    """The smallest legal input, alike on all axes and on each alone, and the layer that stops one less.

    Exit status 1 when no size fits.
    """
    from archcalc.questions.least import least_input
    from archcalc.report.progress import Bar

    shapes, variables = build_settings(inputs, sets)
    with Bar("trying sizes") as bar:
        found = least_input(opened(net), vary=vary, most=most, input=shapes, variables=variables, bias=not no_bias, progress=bar)
    give(found, format)
