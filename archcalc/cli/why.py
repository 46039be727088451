"""archcalc why: which tool, version and terms make a figure that somebody printed."""

from __future__ import annotations

from dataclasses import replace

import click

from archcalc.cli.options import Built, build_options, format_option, give, net_argument, opened, trained


@click.command("why")
@net_argument
@click.argument("figure", metavar="FIGURE")
@click.option("--figure", "of", type=click.Choice(("params", "multiplies")), help="What FIGURE is of; both where it is left out.")
@build_options
@format_option
def command(net: str, figure: str, of: str | None, built: Built, format: str) -> None:
    """Which tool, version and terms make FIGURE, as somebody printed it; the simplest explanations first.

    FIGURE is a number, or as a paper prints it: whatever rounds to its digits.

    \b
      archcalc why mobilenet_v2 300809384
      archcalc why vgg16 138.4M --figure params

    Exit status 1 when nothing makes it; then the nearest is given, and what is missing.
    """
    from archcalc.questions.why import why

    give(replace(why(opened(net), figure, of=of, train=trained(), **built), net=net), format)
