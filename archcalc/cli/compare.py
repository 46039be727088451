"""archcalc compare: networks or modules side by side."""

from __future__ import annotations

import click

from archcalc.cli.options import NET, build_options, build_settings, finish, format_option, skip_zeros_option


@click.command("compare")
@click.argument("nets", type=NET, metavar="A B [C]...", nargs=-1)
@build_options
@skip_zeros_option
@format_option
def command(
    nets: tuple[str, ...], inputs: tuple[str, ...], sets: tuple[str, ...], no_bias: bool, skip_zeros: bool, format: str
) -> None:
    """Totals, shares (convolution against fully connected), ratios to the first, and rows where they correspond.

    Each of A, B… is a network, or a few layers on a line with ; between them:

    \b
      archcalc compare vgg16 resnet50
      archcalc compare "conv 18 k3 p1" "depthwise k3 p1; conv 18 k1" --input 3x28x28
    """
    from archcalc.analysis import analyse
    from archcalc.cli.options import network_of
    from archcalc.conventions import convention
    from archcalc.loading import from_line
    from archcalc.questions.compare import compare
    from archcalc.text.faults import Fault, SpecError

    if len(nets) < 2:
        raise SpecError([Fault("two networks at least are compared", repairs=["archcalc compare vgg16 resnet50"])])
    if nets.count("-") > 1:
        raise SpecError([Fault("standard input can be read only once")])
    shapes, variables = build_settings(inputs, sets)
    analyses = []
    names: list[str] = []
    for net in nets:
        if " " in net.strip() and not _is_file(net):
            network = from_line(net, net, inputs=shapes, variables=variables, bias=not no_bias)
        else:
            network = network_of(net, inputs, sets, no_bias)
        analyses.append(analyse(network, convention=convention(skip_zeros=skip_zeros)))
        names.append(network.name if network.name not in names else f"{network.name} ({len(names) + 1})")
    document, data = compare(analyses, names)
    document.data = data
    finish(document, format)


def _is_file(text: str) -> bool:
    import os

    return os.path.exists(text)
