"""archcalc explain: the working of every figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from archcalc.cli.options import analysis_command, finish, format_option, give

if TYPE_CHECKING:
    from archcalc.analysis import Analysis, Row
    from archcalc.report.document import Document


@click.command("explain")
@analysis_command
@click.argument("layer", required=False)
@click.option("--equations", is_flag=True, help="The forward equations of LAYER instead of its figures.")
@click.option("--gradients", is_flag=True, help="The same with the derivative for every input, gate and weight.")
@format_option
def command(analysis: Analysis, layer: str | None, equations: bool, gradients: bool, format: str) -> None:
    """The working of every figure of LAYER: formula, numbers put in, result. Without LAYER, of every layer, and the sums.

    LAYER is a name or a path of the table; the name of a block explains everything in it.

    \b
      archcalc explain lenet5 conv2
      archcalc explain lstm lstm1 --equations --gradients
    """
    from archcalc.explanation import explain

    found = explain(analysis, layer)
    if equations or gradients:
        finish(_equations(found.rows, gradients), format)
    else:
        give(found, format)


def _equations(rows: Sequence[Row], gradients: bool) -> Document:
    """The equations of each kind of layer among these, once."""
    from archcalc.homework.calculus.equations import equations
    from archcalc.report.document import Document, Heading
    from archcalc.text.faults import Fault, SpecError

    kinds = [row.layer.equated(row.output) for row in rows if row.layer.equations]
    if not kinds:
        names = ", ".join(sorted({row.layer.kind for row in rows}))
        raise SpecError([Fault(f"no equations are known for {names}", repairs=["`archcalc equations` for those there are"])])
    first, *more = [equations(kind, gradients=gradients).as_document() for kind in dict.fromkeys(kinds)]
    if not more:
        return first
    parts = [part for made in (first, *more) for part in (Heading(made.title), *made.parts)]
    return Document("", parts, [made.data() for made in (first, *more)])
