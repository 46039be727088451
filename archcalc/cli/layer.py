"""archcalc layer: one layer (or line) without a file, with its working."""

from __future__ import annotations

import click

from archcalc.cli.options import count_options, finish, format_option


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
    from archcalc import explain
    from archcalc.analysis import analyse
    from archcalc.cli.options import build_settings
    from archcalc.conventions import convention
    from archcalc.figures.table import lay_out
    from archcalc.loading import from_line

    shapes, _ = build_settings((inputs,), ())
    network = from_line("<layer>", line, input=shapes, bias=not no_bias)
    analysis = analyse(network, batch=batch, convention=convention(count, skip_zeros))
    document = lay_out(analysis)
    document.add(*explain.lay_out(analysis, analysis.rows, whole=False).parts)
    document.data = document.data() | {"working": [explain.row_data(row, analysis) for row in analysis.rows]}
    finish(document, format)
