"""archcalc equations: the forward and backward equations of a layer or a loss."""

from __future__ import annotations

import click

from archcalc.cli.options import format_option, write

STYLES = {"table": "unicode", "markdown": "markdown", "latex": "latex", "json": "json"}


def text(kind: str, gradients: bool, format: str) -> str:
    """The equations of a kind as text in one of the formats. Raises SpecError."""
    from archcalc.homework.calculus.equations import equations, render
    from archcalc.text.faults import Fault, SpecError, ValueFault

    try:
        return render(equations(kind), gradients, STYLES[format])
    except ValueFault as error:
        raise SpecError([Fault(error.message, repairs=error.repairs)]) from None


def complete_kinds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The kinds that begin so."""
    from archcalc.homework.calculus.equations import KINDS

    return [kind for kind in KINDS if kind.startswith(incomplete)]


@click.command("equations")
@click.argument("kind", required=False, shell_complete=complete_kinds)
@click.option("--gradients", is_flag=True, help="The derivatives too, for every input, gate and weight.")
@format_option(*STYLES)
def command(kind: str | None, gradients: bool, format: str) -> None:
    """The equations of a layer or a loss, as tests evaluate them against torch; without KIND, which there are.

    KIND is any name that the notation knows for the layer (dense, conv2d, simplernn) or what the loss is called elsewhere.

    \b
      archcalc equations lstm --gradients
      archcalc equations softmax_cross_entropy --gradients --format latex
    """
    if kind is None:
        from archcalc.homework.calculus.equations import KINDS, equations

        width = max(map(len, KINDS))
        for name in KINDS:
            write(f"{name:<{width}}  {equations(name).title}")
        return
    write(text(kind.lower().replace("-", "_"), gradients, format))
