"""archcalc check: the same network built and run in torch, and both sides' figures beside each other."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from archcalc.cli.options import Built, build_options, format_option, give, net_argument

if TYPE_CHECKING:
    from archcalc.network.nodes import Network
    from archcalc.text.faults import SpecError


@click.command(
    "check",
    epilog="Exit status: 0 no figure differs; 1 something differs; 2 the input is wrong or torch is missing.",
)
@net_argument
@build_options
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default="auto",
    show_default=True,
    help="auto takes a GPU where torch sees one.",
)
@click.option("--dtype", type=click.Choice(["float32", "float16", "bfloat16", "float64"]), default="float32", show_default=True)
@click.option(
    "--batch", type=click.IntRange(1, 10**6), default=1, show_default=True, help="Inputs run together; figures stay those of one."
)
@click.option("--meta", is_flag=True, help="Shapes and counts only, without any memory: for very large networks.")
@click.option("--force", is_flag=True, help="Run it even where it needs more memory than is free, or more than a minute.")
@click.option("--measure", is_flag=True, help="Time, memory and speed as well.")
@click.option("--against", metavar="MODULE:CALLABLE", help="Compare with this model instead. Its code is run.")
@click.option("--kwargs", default="{}", metavar="JSON", help="Arguments for the model of --against.")
@format_option
def command(net: str, built: Built, format: str, **options: Any) -> None:
    """Build the network in torch, run it, and compare every figure layer by layer.

    Output shapes, parameters tensor by tensor, and multiplications, which torch's own counter counts without us.
    A layer that archcalc refuses is given to torch as well, which should refuse it too.

    \b
      archcalc check lenet5
      archcalc check vgg19 --meta
      archcalc check mobilenet_v2 --against torchvision.models:mobilenet_v2
    """
    from contextlib import ExitStack

    if options["measure"]:
        os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # torch's profiler writes of its own starts and stops otherwise
    from archcalc.analysis import analyse
    from archcalc.cli.options import network_of
    from archcalc.pytorch import require_torch
    from archcalc.pytorch.checking import check
    from archcalc.report.progress import Bar
    from archcalc.text.faults import SpecError

    require_torch()
    network = network_of(net, built)
    try:
        analyse(network)
    except SpecError as error:
        sys.exit(_refused(network, error, options))
    if options["against"]:
        click.echo(f"running the code of {options['against']}", err=True)
    with ExitStack() as bars:
        found = check(network, steps=lambda title, count: bars.enter_context(Bar(title)).steps(count), **options)
    give(found, format)


def _refused(network: Network, error: SpecError, options: dict[str, Any]) -> int:
    """A network that archcalc refuses: what torch makes of the same layers."""
    from archcalc.cli import report_error
    from archcalc.pytorch.refusal import predicted_refusals
    from archcalc.pytorch.run import choose_device

    report_error(error)
    contradicted = False
    for verdict in predicted_refusals(
        network, error, device=choose_device(options["device"], options["meta"]), batch=max(2, options["batch"])
    ):
        if verdict.refused is None:
            said = f"torch was not asked: {verdict.said}"
        elif verdict.refused:
            said = f"torch refuses it too: {verdict.said}"
        else:
            said = f"torch takes it, with output {verdict.said}: the two do not agree"
            contradicted = True
        click.echo(f"{verdict.path}: {said}", err=True)
    return 1 if contradicted else 2
