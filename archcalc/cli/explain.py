"""archcalc explain: the working of every figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcalc.cli.options import analysis_command, finish, format_option

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
    from archcalc.explain import lay_out
    from archcalc.text.faults import Fault, SpecError, suggestions

    rows = list(analysis.rows)
    if layer is not None:
        found = analysis.row(layer)
        rows = [found] if found else [r for r in rows if r.path.startswith(layer + ".") or r.name == layer]
        if not rows:
            near = suggestions(layer, [r.path for r in analysis.rows] + list(analysis.network.groups))
            raise SpecError(
                [
                    Fault(
                        f"{analysis.network.name} has no layer '{layer}'",
                        repairs=near or ["`archcalc explain NET` for all of them"],
                    )
                ]
            )
    if equations or gradients:
        finish(_equations(rows, gradients), format)
    else:
        finish(lay_out(analysis, rows, whole=layer is None), format)


def _equations(rows: list[Row], gradients: bool) -> Document:
    """The equations of each kind of layer among these, once."""
    from archcalc.cli.equations import document
    from archcalc.report.document import Document, Heading
    from archcalc.text.faults import Fault, SpecError

    kinds = [row.layer.equations.format(rank=len(row.output) - 1) for row in rows if row.layer.equations]
    if not kinds:
        names = ", ".join(sorted({row.layer.kind for row in rows}))
        raise SpecError([Fault(f"no equations are known for {names}", repairs=["`archcalc equations` for those there are"])])
    first, *more = [document(kind, gradients) for kind in dict.fromkeys(kinds)]
    if not more:
        return first
    parts = [part for made in (first, *more) for part in (Heading(made.title), *made.parts)]
    return Document("", parts, [made.data() for made in (first, *more)])
