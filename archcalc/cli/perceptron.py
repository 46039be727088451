"""archcalc perceptron: a perceptron's updates, sample by sample."""

from __future__ import annotations

import click

from archcalc.cli.options import Numbers, format_option, give


@click.command("perceptron", cls=Numbers)
@click.argument("samples", metavar="SAMPLE...", nargs=-1, required=True)
@click.option("--weights", metavar="W", help='The weights to begin with: "0 0" [zeros].')
@click.option("--bias", metavar="B", default="0", show_default=True, help="The bias to begin with.")
@click.option("--rate", metavar="η", default="1", show_default=True, help="The learning rate.")
@click.option("--epochs", type=click.IntRange(1, 1000), default=10, show_default=True, help="How often all are shown at most.")
@format_option
def command(samples: tuple[str, ...], weights: str | None, bias: str, rate: str, epochs: int, format: str) -> None:
    """A perceptron's updates on given samples, one by one, until none is wrong.

    A SAMPLE is its inputs, an arrow and its class: 0 and 1, or −1 and 1.

    \b
      archcalc perceptron "0 0 -> 0" "0 1 -> 0" "1 0 -> 0" "1 1 -> 1"
      archcalc perceptron --rate 0.5 --weights "1 -1" "2 1 -> 1" "-1 3 -> -1"

    Exit status 1 when samples are still wrong after the last epoch.
    """
    from archcalc.homework.perceptron import perceptron

    give(perceptron(*samples, weights=weights or None, bias=bias, rate=rate, epochs=epochs), format)
