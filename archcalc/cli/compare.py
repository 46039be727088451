"""archcalc compare: networks or modules side by side."""

from __future__ import annotations

import click

from archcalc.cli.options import NET, Built, build_options, format_option, give, opened_all, skip_zeros_option, trained


@click.command("compare")
@click.argument("nets", type=NET, metavar="A B [C]...", nargs=-1)
@build_options
@skip_zeros_option
@format_option
def command(nets: tuple[str, ...], built: Built, skip_zeros: bool, format: str) -> None:
    """Totals, shares (convolution against fully connected), ratios to the first, and rows where they correspond.

    Each of A, B… is a network, or a few layers on a line with ; between them:

    \b
      archcalc compare vgg16 resnet50
      archcalc compare "conv 18 k3 p1" "depthwise k3 p1; conv 18 k1" --input 3x28x28
      archcalc compare mobilenet_v2 mobilenet_v2 --set b.width=0.5
    """
    from archcalc.questions.compare import compare

    give(compare(*opened_all(nets), skip_zeros=skip_zeros, train=trained(), **built), format)
