"""archcalc check: the same network built and run in torch, and both sides' figures beside each other."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from archcalc.cli.options import build_options, finish, format_option, net_argument


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
def command(net: str, inputs: tuple[str, ...], sets: tuple[str, ...], no_bias: bool, **options: Any) -> None:
    """Build the network in torch, run it, and compare every figure layer by layer.

    Output shapes, parameters tensor by tensor, and multiplications, which torch's own counter counts without us.
    A layer that archcalc refuses is given to torch as well, which should refuse it too.

    \b
      archcalc check lenet5
      archcalc check vgg19 --meta
      archcalc check mobilenet_v2 --against torchvision.models:mobilenet_v2
    """
    from archcalc.pytorch import require_torch

    if options["measure"]:
        os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # torch's profiler writes of its own starts and stops otherwise
    torch = require_torch()
    from archcalc.analysis import analyse
    from archcalc.cli.options import network_of
    from archcalc.pytorch.run import choose_device
    from archcalc.text.faults import Fault, SpecError

    if options["measure"] and (options["meta"] or options["against"]):
        other = "--meta" if options["meta"] else "--against"
        raise SpecError([Fault(f"--measure and {other} cannot go together", repairs=[f"leave out {other}"])])
    options["device"] = choose_device(options["device"], options["meta"])
    options["dtype"] = getattr(torch, options["dtype"])
    network = network_of(net, inputs, sets, no_bias)
    try:
        analysis = analyse(network)
    except SpecError as error:
        sys.exit(_refused(network, error, options))
    if options["against"]:
        _against(analysis, options)
    else:
        _check(analysis, options)


def _check(analysis: Any, options: dict[str, Any]) -> None:
    """The comparison, and the measurement where it is asked for."""
    from contextlib import nullcontext

    from archcalc.pytorch import without_compiler
    from archcalc.pytorch.run import refuse_too_large
    from archcalc.pytorch.telling import as_data, lay_out
    from archcalc.pytorch.verdict import check
    from archcalc.report.progress import Bar

    if not options["force"]:
        refuse_too_large(analysis, options["device"], options["dtype"], options["batch"])
    quick = without_compiler() if options["meta"] else nullcontext()
    with quick, Bar("checking") as bar:
        watch = bar.steps(len(analysis.rows))
        result = check(analysis, device=options["device"], dtype=options["dtype"], batch=options["batch"], watch=watch)
    document = lay_out(result)
    if options["measure"] and result.agrees:
        from archcalc.pytorch import measured
        from archcalc.pytorch.measure import measure

        with Bar("measuring") as bar:
            watch = bar.steps(len(analysis.rows))
            figures = measure(analysis, device=options["device"], dtype=options["dtype"], batch=options["batch"], watch=watch)
        measured.add(figures, document, as_data(result))
    finish(document, options["format"], result.agrees)


def _refused(network: Any, error: Any, options: dict[str, Any]) -> int:
    """A network that archcalc refuses: what torch makes of the same layers."""
    from archcalc.cli import report_error
    from archcalc.pytorch.refusal import predicted_refusals

    report_error(error)
    contradicted = False
    for verdict in predicted_refusals(network, error, device=options["device"], batch=max(2, options["batch"])):
        if verdict.refused is None:
            said = f"torch was not asked: {verdict.said}"
        elif verdict.refused:
            said = f"torch refuses it too: {verdict.said}"
        else:
            said = f"torch takes it, with output {verdict.said}: the two do not agree"
            contradicted = True
        click.echo(f"{verdict.path}: {said}", err=True)
    return 1 if contradicted else 2


def _against(analysis: Any, options: dict[str, Any]) -> None:
    """The comparison with somebody's own model."""
    from archcalc.pytorch.against import against
    from archcalc.pytorch.against_report import lay_out

    click.echo(f"running the code of {options['against']}", err=True)
    result = against(
        analysis, options["against"], options["kwargs"], device=options["device"], dtype=options["dtype"], batch=options["batch"]
    )
    finish(lay_out(result), options["format"], result.agrees)
