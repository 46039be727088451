"""archcalc memory: what a network takes of memory."""

from __future__ import annotations

from typing import Any

import click

from archcalc.cli.options import Built, budget_options, build_options, dtype_option, give_held, held, net_argument, network_of
from archcalc.cli.params import table_options


@click.command("memory")
@net_argument
@build_options
@click.option("--batch", type=click.IntRange(1, 10**9), default=1, show_default=True, help="Inputs computed together.")
@click.option("--train", is_flag=True, help="Gradients, and what the backward pass must keep, tensor by tensor.")
@click.option(
    "--optimizer",
    type=click.Choice(("sgd", "momentum", "adam", "adamw")),
    help="The same with what an optimizer holds for every parameter.",
)
@dtype_option
@budget_options
@table_options
def command(
    net: str,
    built: Built,
    batch: int,
    train: bool,
    optimizer: str | None,
    dtype: str,
    columns: str | None,
    depth: int | None,
    format: str,
    **limits: Any,
) -> None:
    """Bytes of every layer and of the whole: parameters, outputs, and what is alive at once while the network runs.

    With --train, what the backward pass must keep, as torch's autograd keeps it, each tensor counted once.

    \b
      archcalc memory resnet50
      archcalc memory resnet50 --train --batch 32 --optimizer adam --dtype bf16

    Exit status 1 when a budget (--max-memory and the others) is broken.
    """
    from archcalc.analysis import analyse
    from archcalc.figures.memory_report import memory

    analysis = analyse(network_of(net, built, train or optimizer is not None), batch=batch, dtype=dtype)
    found = memory(analysis, train=train, optimizer=optimizer, columns=columns or (), depth=depth)
    give_held(found.as_document(), format, held(analysis, limits, train, optimizer))
