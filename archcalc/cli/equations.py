"""archcalc equations: the forward and backward equations of a layer or a loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcalc.cli.options import finish, format_option, give

if TYPE_CHECKING:
    from archcalc.report.document import Document


def complete_kinds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The kinds that begin so."""
    from archcalc.homework.calculus.equations import KINDS

    return [kind for kind in KINDS if kind.startswith(incomplete)]


def listing() -> Document:
    """Which there are."""
    from archcalc.homework.calculus.equations import KINDS, equation_set
    from archcalc.report.document import Column, Document, Table

    rows = [[name, equation_set(name).title] for name in KINDS]
    data = [{"kind": name, "title": title} for name, title in rows]
    return Document("", [Table([Column("kind", "name"), Column("title", "prose")], rows)], data)


@click.command("equations")
@click.argument("kind", required=False, shell_complete=complete_kinds)
@click.option("--gradients", is_flag=True, help="The derivatives too, for every input, gate and weight.")
@format_option
def command(kind: str | None, gradients: bool, format: str) -> None:
    """The equations of a layer or a loss, as tests evaluate them against torch; without KIND, which there are.

    KIND is any name that the notation knows for the layer (dense, conv2d, simplernn) or what the loss is called elsewhere.

    \b
      archcalc equations lstm --gradients
      archcalc equations softmax_cross_entropy --gradients --format latex
    """
    from archcalc.homework.calculus.equations import equations

    if kind is None:
        finish(listing(), format)
    else:
        give(equations(kind, gradients=gradients), format)
