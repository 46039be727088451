"""archcalc layer: one layer (or line) without a file, with its working."""

from __future__ import annotations

import click

from archcalc.cli.options import count_options, format_option, give


@click.command("layer")
@click.argument("line")
@click.option("--input", "inputs", required=True, metavar="SHAPE", help="The input shape: 3x28x28, 32x100 (T×F), 784.")
@click.option("--no-bias", is_flag=True, help="Build it without its bias.")
@count_options
@format_option
def command(line: str, inputs: str, no_bias: bool, batch: int, count: str, skip_zeros: bool, format: str) -> None:
    """One layer without a file, with its working.

    \b
      archcalc layer "conv 18 k3 p1" --input 3x28x28
      archcalc layer "3 × 3 Conv (18), pad 1" --input 3x28x28
      archcalc layer "lstm 128" --input 50x100
    """
    from archcalc.cli.options import build_settings
    from archcalc.explanation import layer

    built = build_settings((inputs,), no_bias=no_bias)
    give(layer(line, built["input"], bias=built["bias"], batch=batch, count=count, skip_zeros=skip_zeros), format)
