"""archcalc blocks: the shipped blocks, as the text they are."""

from __future__ import annotations

import click

from archcalc.cli.options import write


@click.command("blocks")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Every block that comes with archcalc; with NAME, its text, to be read and copied under `blocks:` of a file."""
    from archcalc.blocks import TABLE, definitions, text
    from archcalc.notations.own.tree import Map, Scalar
    from archcalc.text.faults import Fault, SpecError, suggestions

    if name is not None:
        if name not in TABLE:
            near = suggestions(name, TABLE, 3) or ["`archcalc blocks` for all of them"]
            raise SpecError([Fault(f"unknown block '{name[:60]}'", repairs=near)])
        write(text(TABLE[name]).rstrip("\n"))
        return
    width = max(map(len, TABLE))
    for block, file in TABLE.items():
        body = definitions(file).get(block)
        doc = body.get("doc") if isinstance(body, Map) else None
        write(f"{block:<{width}}  {doc.text if isinstance(doc, Scalar) else ''}")
    write("\n`archcalc blocks NAME` prints one, in the notation, to be read and copied.")
