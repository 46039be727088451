"""archcalc solve: the one thing left out of a layer, or the unknowns of a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from archcalc.cli.options import NET, F, build_settings, format_option, give

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def numbers_option(name: str, text: str) -> Callable[[F], F]:
    """An option for one number of the formula: one for all axes, one each, or ?."""
    return click.option(f"--{name}", metavar="N", help=text)


def complete_what(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The layers that have a size formula, then networks."""
    from click.shell_completion import CompletionItem

    layers = [CompletionItem(name) for name in ("conv", "pool", "transposed") if name.startswith(incomplete)]
    return [*layers, *NET.shell_complete(ctx, param, incomplete)]


@click.command("solve")
@click.argument("what", metavar="LAYER|NET", type=NET, shell_complete=complete_what)
@numbers_option("input", "Input size W; 205x100 for uneven axes, 205x205x3 or 3x205x205 with channels. For a NET, its shape.")
@numbers_option("output", "Output size O, with or without channels.")
@numbers_option("kernel", "Kernel K.")
@numbers_option("stride", "Stride S; `kernel` for a stride that is the kernel.")
@numbers_option("padding", "Padding P; `same`, 1x0 for uneven axes, 0:1 for uneven sides.")
@numbers_option("dilation", "Dilation D [1 unless everything else is given].")
@numbers_option("output-padding", "Output padding R of a transposed convolution [0].")
@click.option("--ceil", is_flag=True, help="Pooling that rounds up, with torch's last-window rule.")
@click.option("--given", multiple=True, metavar="FACT", help="For a NET: conv2.output=16x10x10, params=61706 (repeatable).")
@click.option("--bounds", multiple=True, metavar="NAME=TOP", help="How far an unknown is looked for: kernel=31, ?c1=512.")
@click.option(
    "--most", type=click.IntRange(1, 10**9), default=1_000_000, show_default=True, help="For a NET: how many values are tried."
)
@click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help="For a NET: replace a value under `vars`.")
@format_option
def command(
    what: str,
    given: tuple[str, ...],
    bounds: tuple[str, ...],
    most: int,
    sets: tuple[str, ...],
    ceil: bool,
    format: str,
    **numbers: Any,
) -> None:
    """Solve backwards: every whole number that answers, with the algebra.

    LAYER is a convolution, a pooling or a transposed convolution, by any of its names (conv2d, maxpool, deconv). What is
    left out (or written ?) of input, output, kernel, stride, padding and dilation is found. Two things left out give a
    table of pairs. NET is a network with unknowns in it: `conv 16 k?`, `padding: "?"`, `out: "?c1"`; what is known of it
    stands under `expect:` or in --given.

    \b
      archcalc solve conv --input 205 --output 66 --stride 3 --padding 0
      archcalc solve conv2d --input 205x205x3 --output 66x66x64 --stride 3 --padding 0
      archcalc solve pool --input 7 --output 4 --kernel 2 --stride 2 --ceil
      archcalc solve net.yaml --given conv2.output=16x10x10

    Exit status 1 when there is no answer.
    """
    from archcalc.questions.solve import solve
    from archcalc.report.progress import Bar

    variables = build_settings(sets=sets)["variables"]
    with Bar("solving") as bar:
        found = solve(what, ceil=ceil, given=given, bounds=bounds, most=most, variables=variables, progress=bar, **numbers)
    give(found, format)
