"""archcalc solve: the one thing left out of a layer, or the unknowns of a network."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from archcalc.cli.options import NET, F, build_settings, finish, format_option

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
    from archcalc.questions.asking import fault, kind_of, questions, split_channels

    kind = kind_of(what)
    if kind is None:
        extra = [n for n, v in numbers.items() if v is not None and n != "input"]
        if extra or ceil:
            raise fault(
                f"--{(extra or ['ceil'])[0].replace('_', '-')} belongs to a layer, and '{what}' is none",
                "conv",
                "pool",
                "transposed",
            )
        from archcalc.layers import KINDS, normal
        from archcalc.loading import examples, open_source
        from archcalc.questions.filling import solve_network
        from archcalc.report.progress import Bar

        if normal(what) in KINDS and not os.path.exists(what) and what not in examples():
            raise fault(f"{what} slides no window, so there is no size to solve for", "conv", "pool", "transposed")
        shapes, variables = build_settings((numbers["input"],) if numbers["input"] else (), sets)
        with Bar("solving") as bar:
            document, data, solved = solve_network(open_source(what), shapes, variables, given, bounds, bar, most)
        document.data = data
        finish(document, format, solved)
        return
    if given or sets:
        raise fault(f"--{'given' if given else 'set'} belongs to a network; {kind} is a layer", "--output 66")
    from archcalc.questions.layer import bounds_for
    from archcalc.questions.writing import One, Several

    numbers, channels = split_channels(kind, numbers)
    asked = questions(kind, numbers, ceil=ceil)
    unknowns = asked[0].unknowns()
    if len(unknowns) > 3:
        raise fault(f"{len(unknowns)} things are left out: {', '.join(unknowns)}; at most three can be", "--stride 1 --padding 0")
    if any(q.unknowns() != unknowns for q in asked):
        raise fault("the same thing must be left out on every axis", "--kernel ?")
    tops = limits(bounds, unknowns)
    if len(unknowns) == 1:
        if tops:
            raise fault("--bounds is for several things left out; one is solved for all whole numbers", "leave --bounds out")
        found: One | Several = One(asked, channels)
    else:
        within = bounds_for(asked[0], tops)
        if within.combinations > 1_000_000:
            raise fault(f"{within.text()} are {within.combinations:,} combinations; 1,000,000 is the most", "narrower --bounds")
        found = Several(asked, within, channels)
    finish(found.as_document(), format, found.solved)


def limits(bounds: tuple[str, ...], unknowns: list[str]) -> dict[str, int]:
    """--bounds as numbers. Raises SpecError."""
    from archcalc.questions.asking import fault
    from archcalc.text.faults import suggestions

    made = {}
    for text in bounds:
        name, sign, top = text.partition("=")
        name = name.strip().replace("-", "_")
        if not sign or not top.strip().isdigit() or not 0 < int(top) <= 100_000:
            raise fault(f"--bounds {text}: NAME=TOP with a top of 1 to 100,000 is meant", "--bounds kernel=31")
        if name not in unknowns:
            raise fault(f"--bounds {name}: only {', '.join(unknowns)} are left out", *suggestions(name, unknowns))
        made[name] = int(top)
    return made
