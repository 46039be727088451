"""archcalc columns: the figures that a report can show."""

from __future__ import annotations

import click

from archcalc.cli.options import finish, format_option


@click.command("columns")
@format_option
def command(format: str) -> None:
    """Every figure that `--columns` of params, shapes and multiplies can show, and what it is."""
    from archcalc.figures import TABLE, VIEWS, figure
    from archcalc.report.document import Column, Document, Table

    known = [figure(key) for key in TABLE]
    rows = [[f.key, f.heading, f.unit, "yes" if f.sums else "", f.doc] for f in known]
    columns = [Column("column", "name"), Column("heading"), Column("unit"), Column("sums"), Column("is", "prose", first=0)]
    data = [{"column": f.key, "heading": f.heading, "unit": f.unit, "sums": f.sums, "is": f.doc} for f in known]
    document = Document("", [Table(columns, rows)], data)
    for view, keys in VIEWS.items():
        document.note(f"`archcalc {view}` is --columns {','.join(keys)}")
    finish(document, format)
