"""archcalc schema: JSON Schemas of the report and of the notation."""

from __future__ import annotations

import click

from archcalc.cli.options import write


@click.command("schema")
@click.argument("what", type=click.Choice(["report", "spec"]), default="report")
def command(what: str) -> None:
    """The JSON Schema of `--format json` (report, the default) or of the YAML notation (spec), for editors and programs."""
    import json

    from archcalc import schemas

    write(json.dumps(schemas.report() if what == "report" else schemas.spec(), indent=2, ensure_ascii=False))
