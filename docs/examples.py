"""Counts every network that comes with archcalc, and writes examples/networks.csv.

python docs/examples.py
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import archcalc
from archcalc.catalogue import TABLE, Shipped, files, folder
from archcalc.notations import recognise
from archcalc.notations.own.expand.variants import named
from archcalc.notations.own.yaml import read
from archcalc.text.files import decode


def counted() -> Iterator[Shipped]:
    """Every network of every file, loaded and counted. A file that names its networks holds those and no other."""
    for family, path in files().items():
        source = decode(path.name, path.read_bytes(), path=str(path))
        found = named(read(source)) if recognise(source.text) == "yaml" else {}
        spellings: dict[int, list[str]] = {}
        for name, (key, _) in found.items():
            spellings.setdefault(id(key), []).append(name)
        for name, *also in spellings.values() or [[family]]:
            net = archcalc.load(f"{path}:{name}" if found else path)
            totals = archcalc.analyse(net).totals
            year = re.search(r"\b(?:19|20)\d\d\b", net.origin)
            inputs = " ".join("x".join(map(str, shape)) for shape in net.inputs.values())
            title = net.name if source.path.endswith(".yaml") else "as drawn in a figure"
            figures = totals.params, totals.multiplies
            yield Shipped(name, tuple(also), family, title, year[0] if year else "", inputs, *figures)


def table(networks: list[Shipped]) -> str:
    """The rows of networks.csv."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(Shipped._fields)
    rows.writerows([n.name, " ".join(n.also), *n[2:]] for n in networks)
    return text.getvalue()


if __name__ == "__main__":
    from pathlib import Path

    (Path(folder()) / TABLE).write_text(table(list(counted())), encoding="utf-8")
