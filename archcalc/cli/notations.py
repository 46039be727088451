"""archcalc notations: what can be read, and by what each is recognised."""

from __future__ import annotations

import click

from archcalc.cli.options import format_option, write


@click.command("notations")
@format_option("table", "json")
def command(format: str) -> None:
    """Every notation that is read: its title, what a text is recognised by, and a line or two of one."""
    from archcalc.notations import NOTATIONS

    if format == "json":
        import json

        rows = [{"notation": k, "title": n.title, "recognised_by": n.sign, "example": n.example} for k, n in NOTATIONS.items()]
        write(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for notation in NOTATIONS.values():
        write(f"{notation.title}\n  recognised by {notation.sign}")
        for line in notation.example.split("\n"):
            write(f"    {line}")
        write("")
    write("A text is recognised by its content, whatever its file is called.")
