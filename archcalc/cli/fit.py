"""archcalc fit: the largest value of a variable that keeps a budget."""

from __future__ import annotations

import click

from archcalc.cli.options import build_options, build_settings, finish, format_option, net_argument, skip_zeros_option


@click.command("fit")
@net_argument
@build_options
@skip_zeros_option
@click.option("--vary", required=True, metavar="NAME", help="The variable under `vars` to make as large as may be.")
@click.option("--max-params", metavar="N", help="At most so many parameters: 2M, 150k, 61706.")
@click.option("--max-params-without-bias", metavar="N", help="At most so many, additive biases left out.")
@click.option("--max-multiplies", metavar="N", help="At most so many multiplications for one input.")
@click.option("--from", "low", metavar="X", help="The smallest value looked at [one step].")
@click.option("--to", "high", metavar="X", help="The largest value looked at [doubled until a budget breaks].")
@click.option("--step", metavar="X", help="The distance of values [0.01, or 1 for a whole number].")
@format_option
def command(
    net: str,
    inputs: tuple[str, ...],
    sets: tuple[str, ...],
    no_bias: bool,
    skip_zeros: bool,
    vary: str,
    low: str | None,
    high: str | None,
    step: str | None,
    format: str,
    **limits: str | None,
) -> None:
    """The largest value of a variable with which the network keeps its budget.

    \b
      archcalc fit mobilenet_v1 --vary width --max-params 2M --max-multiplies 150M

    Exit status 1 when no value keeps it.
    """
    from archcalc.loading import open_source
    from archcalc.questions.fit import Fitting, fit, read_amount
    from archcalc.report.progress import Bar
    from archcalc.text.faults import Fault, SpecError

    budgets = {k.removeprefix("max_"): read_amount(v, k.replace("_", "-")) for k, v in limits.items() if v is not None}
    if not budgets:
        raise SpecError([Fault("no budget is given", repairs=["--max-params 2M", "--max-multiplies 150M"])])
    shapes, variables = build_settings(inputs, sets)
    with Bar("fitting") as bar:
        fitting = Fitting(open_source(net), shapes, variables, not no_bias, vary, budgets, bar, skip_zeros)
        document, data, kept = fit(fitting, fitting.range(low, high, step))
    document.data = data
    finish(document, format, kept)
