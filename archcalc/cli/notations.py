"""archcalc notations: what can be read, and by what each is recognised."""

from __future__ import annotations

import click

from archcalc.cli.options import finish, format_option


@click.command("notations")
@format_option
def command(format: str) -> None:
    """Every notation that is read: its title, what a text is recognised by, and a line or two of one."""
    from archcalc.notations import NOTATIONS
    from archcalc.report.document import Code, Document, Text

    data = [{"notation": k, "title": n.title, "recognised_by": n.sign, "example": n.example} for k, n in NOTATIONS.items()]
    document = Document("", [], data)
    for notation in NOTATIONS.values():
        document.parts += [Text(f"{notation.title}, recognised by {notation.sign}"), Code(notation.example, "text")]
    document.say("A text is recognised by its content, whatever its file is called.")
    finish(document, format)
