"""archcalc export: the network as code."""

from __future__ import annotations

import click

from archcalc.cli.options import build_options, net_argument


@click.command("export")
@net_argument
@build_options
@click.option(
    "--to", "target", type=click.Choice(["torch"]), default="torch", show_default=True, help="What the code is written for."
)
@click.option(
    "--output",
    "-o",
    "file",
    default="-",
    metavar="FILE",
    help="The file to write, instead of standard output (-).",
)
def command(net: str, inputs: tuple[str, ...], sets: tuple[str, ...], no_bias: bool, target: str, file: str) -> None:
    """Write the network as a self-contained Python file that needs torch and nothing else.

    Runs of plain layers become nn.Sequential, blocks become classes, and every weight is named by its path in the table.

    \b
      archcalc export lenet5 -o lenet5.py && python lenet5.py
    """
    from archcalc.cli.files import write_file
    from archcalc.cli.options import network_of, write
    from archcalc.pytorch.exporting import export

    text = export(network_of(net, inputs, sets, no_bias))
    if file == "-":
        write(text.rstrip("\n"))
    else:
        write_file(file, text, net)
