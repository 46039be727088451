"""archcalc grade: answer sheets marked."""

from __future__ import annotations

import sys

import click

from archcalc.cli.options import NET, build_options, finish, format_option, network_of, skip_zeros_option, write


@click.command("grade")
@click.argument("sheets", metavar="SHEET...", nargs=-1, required=True, type=click.Path())
@click.option("--net", type=NET, help="The network the sheets are about.")
@build_options
@skip_zeros_option
@click.option("--torch", "ask_torch", is_flag=True, help="Have torch confirm the true values.")
@format_option()
def command(
    sheets: tuple[str, ...],
    net: str | None,
    inputs: tuple[str, ...],
    sets: tuple[str, ...],
    no_bias: bool,
    skip_zeros: bool,
    ask_torch: bool,
    format: str,
) -> None:
    """Mark answer sheets: right, or wrong with the true value, the working and the name of the mistake where it is known.

    A SHEET is YAML or CSV, question and answer:

    \b
      conv1.output: 28x28x6
      params: 61,706
      kernel: {answer: 10, input: 205, output: 66, stride: 3, padding: 0}

    Several sheets give a table of the class. Exit status 1 when anything is wrong.
    """
    from archcalc.analysis import analyse
    from archcalc.figures.conventions import convention
    from archcalc.homework import grade
    from archcalc.homework.sheet import read_sheet
    from archcalc.loading import open_source
    from archcalc.text.faults import Fault, SpecError

    network = network_of(net, inputs, sets, no_bias) if net else None
    analysis = analyse(network, convention=convention(skip_zeros=skip_zeros)) if network else None
    marked = [grade.mark_sheet(read_sheet(open_source(sheet)), analysis) for sheet in sheets]
    agreed, confirmed = True, ""
    if ask_torch:
        if network is None:
            raise SpecError([Fault("torch confirms the figures of a network, and none is given", repairs=["--net lenet5"])])
        from archcalc.pytorch import require_torch

        require_torch()
        from archcalc.pytorch.verdict import check

        agreed, confirmed = grade.confirm(analyse(network), check)  # torch multiplies by padding zeros
    right = agreed and all(m.score == len(m.marks) for m in marked)
    if format == "csv":
        write(grade.as_csv(marked))
        sys.stdout.flush()
        sys.exit(0 if right else 1)
    document = grade.one_sheet(marked[0], confirmed) if len(marked) == 1 else grade.whole_class(marked, confirmed)
    data = grade.as_data(marked)
    if confirmed:
        data["torch"] = confirmed
    finish(document, data, format, right)
