"""archcalc examples: the networks that come with archcalc."""

from __future__ import annotations

import click

from archcalc.cli.options import finish, format_option


@click.command("examples")
@click.argument("name", required=False)
@format_option
def command(name: str | None, format: str) -> None:
    """Every example, to be run by its bare name (`archcalc params lenet5`); with NAME, its text."""
    from archcalc.loading import examples, open_example
    from archcalc.report.document import Code, Column, Document, Table

    if name is not None:
        text = open_example(name).text.rstrip("\n")
        finish(Document("", [Code(text)], {"example": name, "text": text}), format)
        return
    rows = [[bare, about(bare)] for bare in examples()]
    columns = [Column("example", "name"), Column("is", "prose")]
    document = Document("", [Table(columns, rows)], [dict(zip(("example", "is"), row, strict=True)) for row in rows])
    document.say("`archcalc params NAME` runs one, `archcalc examples NAME` prints its text.")
    finish(document, format)


def about(bare: str) -> str:
    """What an example is: its name and source."""
    from archcalc.loading import open_example
    from archcalc.notations import recognise
    from archcalc.notations.own.tree import Scalar
    from archcalc.notations.own.yaml import read
    from archcalc.text.faults import SpecError

    source = open_example(bare)
    if recognise(source.text) != "yaml":
        return "as written in a figure"
    try:
        tree = read(source)
    except SpecError as error:  # an example that someone edited in place
        return error.faults[0].message
    return ". ".join(v.text for key in ("name", "source") if isinstance(v := tree.get(key), Scalar))
