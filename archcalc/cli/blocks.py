"""archcalc blocks: the shipped blocks, as the text they are."""

from __future__ import annotations

import click

from archcalc.cli.options import finish, format_option


@click.command("blocks")
@click.argument("name", required=False)
@format_option
def command(name: str | None, format: str) -> None:
    """Every block that comes with archcalc; with NAME, its text, to be read and copied under `blocks:` of a file."""
    from archcalc.blocks import TABLE, text
    from archcalc.notations.own.shipped import definitions
    from archcalc.notations.own.tree import Map, Scalar
    from archcalc.report.document import Code, Column, Document, Table
    from archcalc.text.faults import Fault, SpecError, suggestions

    if name is not None:
        if name not in TABLE:
            near = suggestions(name, TABLE, 3) or ["`archcalc blocks` for all of them"]
            raise SpecError([Fault(f"unknown block '{name[:60]}'", repairs=near)])
        body = text(TABLE[name]).rstrip("\n")
        finish(Document("", [Code(body, "yaml")], {"block": name, "text": body}), format)
        return
    rows = []
    for block, file in TABLE.items():
        made = definitions(file).get(block)
        doc = made.get("doc") if isinstance(made, Map) else None
        rows.append([block, doc.text if isinstance(doc, Scalar) else ""])
    columns = [Column("block", "name"), Column("makes", "prose")]
    document = Document("", [Table(columns, rows)], [dict(zip(("block", "makes"), row, strict=True)) for row in rows])
    document.say("`archcalc blocks NAME` prints one, in the notation, to be read and copied.")
    finish(document, format)
