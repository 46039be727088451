"""archcalc fit: the largest value of a variable that keeps a budget."""

from __future__ import annotations

import click

from archcalc.cli.options import build_options, build_settings, format_option, give, net_argument, opened, skip_zeros_option


@click.command("fit")
@net_argument
@build_options
@skip_zeros_option
@click.option("--vary", required=True, metavar="NAME", help="The variable under `vars` to make as large as may be, or batch.")
@click.option("--max-params", metavar="N", help="At most so many parameters: 2M, 150k, 61706.")
@click.option("--max-params-without-bias", metavar="N", help="At most so many, additive biases left out.")
@click.option("--max-multiplies", metavar="N", help="At most so many multiplications for one input.")
@click.option("--max-memory", metavar="SIZE", help="At most so many bytes: 8GiB, 500MB.")
@click.option("--batch", type=click.IntRange(1, 10**9), default=1, show_default=True, help="Inputs at once, for the memory.")
@click.option("--train", is_flag=True, help="The memory of training, not of inference.")
@click.option("--optimizer", type=click.Choice(("sgd", "momentum", "adam", "adamw")), help="The same with its state.")
@click.option("--dtype", type=click.Choice(("fp32", "fp16", "bf16", "int8")), default="fp32", show_default=True)
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
    max_params: str | None,
    max_params_without_bias: str | None,
    max_multiplies: str | None,
    max_memory: str | None,
    batch: int,
    train: bool,
    optimizer: str | None,
    dtype: str,
    low: str | None,
    high: str | None,
    step: str | None,
    format: str,
) -> None:
    """The largest value of a variable with which the network keeps its budget.

    \b
      archcalc fit mobilenet_v1 --vary width --max-params 2M --max-multiplies 150M
      archcalc fit resnet50 --vary batch --max-memory 8GiB --optimizer adam

    Exit status 1 when no value keeps it.
    """
    from archcalc.questions.fit import fit
    from archcalc.report.progress import Bar

    shapes, variables = build_settings(inputs, sets)
    source = opened(net, training=max_memory is not None and (train or optimizer is not None))
    with Bar("fitting") as bar:
        found = fit(
            source,
            vary,
            max_params=max_params,
            max_params_without_bias=max_params_without_bias,
            max_multiplies=max_multiplies,
            max_memory=max_memory,
            batch=batch,
            dtype=dtype,
            train=train,
            optimizer=optimizer,
            low=low,
            high=high,
            step=step,
            skip_zeros=skip_zeros,
            input=shapes,
            variables=variables,
            bias=not no_bias,
            progress=bar,
        )
    give(found, format)
