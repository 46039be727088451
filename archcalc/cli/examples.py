"""archcalc examples: the networks that come with archcalc."""

from __future__ import annotations

import click

from archcalc.cli.options import write


@click.command("examples")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Every example, to be run by its bare name (`archcalc params lenet5`); with NAME, its text."""
    from archcalc.loading import examples, open_example
    from archcalc.notations import recognise
    from archcalc.notations.own.tree import Scalar
    from archcalc.notations.own.yaml import read
    from archcalc.text.faults import SpecError

    if name is not None:
        write(open_example(name).text.rstrip("\n"))
        return
    known = examples()
    width = max(map(len, known), default=0)
    for bare in known:
        source = open_example(bare)
        about = "as written in a figure"
        if recognise(source.text) == "yaml":
            try:
                tree = read(source)
                parts = [v.text for key in ("name", "source") if isinstance(v := tree.get(key), Scalar)]
                about = ". ".join(parts)
            except SpecError as error:  # an example that someone edited in place
                about = error.faults[0].message
        write(f"{bare:<{width}}  {about}")
    write("\n`archcalc params NAME` runs one, `archcalc examples NAME` prints its text.")
