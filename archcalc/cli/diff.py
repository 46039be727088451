"""archcalc diff: what changed between two versions of a network."""

from __future__ import annotations

import click

from archcalc.cli.options import NET, Built, build_options, format_option, give, opened_all, skip_zeros_option, trained


@click.command("diff")
@click.argument("old", type=NET, metavar="OLD")
@click.argument("new", type=NET, metavar="NEW")
@build_options
@skip_zeros_option
@format_option
def command(old: str, new: str, built: Built, skip_zeros: bool, format: str) -> None:
    """What changed from OLD to NEW, layer by layer: only what differs, and the totals.

    Both may be one file with other settings: --set a.NAME=VALUE is for OLD alone, b.NAME for NEW.

    \b
      archcalc diff net.yaml net_2.yaml
      archcalc diff mobilenet_v2 mobilenet_v2 --set b.width=0.75

    Exit status 1 when anything differs.
    """
    from archcalc.questions.diff import diff

    give(diff(*opened_all((old, new)), skip_zeros=skip_zeros, train=trained(), **built), format)
