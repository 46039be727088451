"""archcalc examples: the networks that come with archcalc."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcalc.cli.options import finish, format_option

if TYPE_CHECKING:
    from archcalc.report.document import Document


@click.command("examples")
@click.argument("name", required=False)
@click.option("--paper", is_flag=True, help="What its paper printed, beside ours, and why where they differ.")
@format_option
def command(name: str | None, paper: bool, format: str) -> None:
    """Every network that comes with archcalc, by family, to be run by its name (`archcalc params resnet50`).

    With NAME, the text of its family: how it is made, a short file in archcalc's own notation.
    """
    from archcalc.report.document import Code, Document

    if paper:
        finish(beside_papers(name), format)
        return
    if name is not None:
        from archcalc.loading import open_example

        text = open_example(name).text.rstrip("\n")
        finish(Document("", [Code(text)], {"example": name, "text": text}), format)
        return
    document = listed()
    document.say("`archcalc params NAME` runs one, `archcalc examples NAME` prints its text.")
    finish(document, format)


def listed() -> Document:
    """The whole table: a row a network under the name of its family, with year, input and totals."""
    from archcalc.catalogue import networks
    from archcalc.report.document import Branch, Cell, Column, Document, Table

    columns = [
        Column("example", "name"),
        Column("family", "name", data=True),
        Column("is", first=2),
        Column("year", first=3),
        Column("input", "shape", first=4),
        Column("params", "count", first=0),
        Column("multiplies", "count", first=0),
    ]
    rows: list[list[Cell]] = []
    tree: list[Branch] = []
    data: list[dict[str, object]] = []
    family, families = "", [network.family for network in networks()]
    for network in networks():
        alone = network.name == network.family and families.count(network.family) == 1
        if not alone and network.family != family:
            rows.append([network.family, network.family, *[None] * 5])
            tree.append(Branch(0, network.family, opens=True))
        family = network.family
        shapes = tuple(tuple(map(int, part.split("x"))) for part in network.input.split())
        shape = shapes[0] if len(shapes) == 1 else shapes
        year = int(network.year) if network.year else None
        figures = [network.params, network.multiplies]
        rows.append([network.name, family, network.title, network.year or None, shape, *figures])
        tree.append(Branch(0 if alone else 1, network.name))
        values = [network.name, list(network.also), family, network.title, year, [list(s) for s in shapes], *figures]
        data.append(dict(zip(("example", "also", "family", "is", "year", "inputs", "params", "multiplies"), values, strict=True)))
    return Document("", [Table(columns, rows, tree=tree)], data)


def beside_papers(name: str | None) -> Document:
    """What was printed of every network, or of one or a family, beside our figures. Raises SpecError."""
    from archcalc.catalogue import agrees, find, networks, printed
    from archcalc.loading import open_example
    from archcalc.report.document import Cell, Column, Document, Table

    asked = None
    if name is not None:
        family, known = find(name) or ("", "")
        if not family:
            open_example(name)  # says that there is none
        same = next((n.name for n in networks() if known in (n.name, *n.also)), known)
        asked = {n.name for n in networks() if n.family == family and same in ("", n.name)}
    rows: list[list[Cell]] = []
    data: list[dict[str, object]] = []
    for row in printed():
        if asked is not None and row.network not in asked:
            continue
        same_ = agrees(row.printed, row.ours)
        setting = f"--set {row.setting}: {int(row.then):,}" if row.setting else ""
        why = "; ".join(part for part in (row.why, setting) if part) or "equal to the digits printed"
        rows.append([row.network, row.figure, row.printed, row.ours, why, row.source])
        values = [
            row.network,
            row.figure,
            row.printed,
            row.ours,
            same_,
            row.why,
            row.setting,
            int(row.then or 0) or None,
            row.source,
        ]
        keys = ("example", "figure", "paper", "ours", "agrees", "why", "setting", "ours_with_setting", "source")
        data.append(dict(zip(keys, values, strict=True)))
    document = Document("", data=data)
    if not rows:
        document.say(f"No paper's figures are known of {name}.")
        return document
    columns = [
        Column("example", "name"),
        Column("figure"),
        Column("paper", first=0),
        Column("ours", "count", first=0),
        Column("why", "prose"),
        Column("source", "prose", first=2),
    ]
    document.add(Table(columns, rows))
    return document
