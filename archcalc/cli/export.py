"""archcalc export: the network as code, or as a file of another system."""

from __future__ import annotations

import sys

import click

from archcalc.cli.options import Built, build_options, net_argument
from archcalc.writers import TARGETS


@click.command("export", epilog="; ".join(f"{name}: {target.doc}" for name, target in TARGETS.items()) + ".")
@net_argument
@build_options
@click.option("--to", "target", type=click.Choice(list(TARGETS)), default="torch", show_default=True, help="What is written.")
@click.option(
    "--output",
    "-o",
    "file",
    default="-",
    metavar="FILE",
    help="The file to write, instead of standard output (-).",
)
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
def command(net: str, built: Built, target: str, file: str, force: bool) -> None:
    """Write the network as code or as a file of another system.

    Whatever NET is written in becomes YAML to be worked on, or a Python file in which runs of plain layers are nn.Sequential,
    blocks are classes, and every weight is named by its path in the table.

    \b
      archcalc export lenet5 -o lenet5.py && python lenet5.py
      archcalc export yolov3.cfg --to yaml -o yolov3.yaml
    """
    from archcalc.cli.files import write_file
    from archcalc.cli.options import network_of, write
    from archcalc.writers import write as written

    text = written(network_of(net, built), target)
    if file != "-":
        write_file(file, text, net, force)
    elif isinstance(text, str):
        write(text.rstrip("\n"))
    elif sys.stdout.isatty():
        raise click.UsageError(f"{target} is no text for a terminal: -o FILE.{TARGETS[target].ending} writes it to a file.")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
