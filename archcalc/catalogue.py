"""The networks that come with archcalc: their names, the file of each, and their figures, by the table beside the files.

A file of `examples/` is a family; `names` in it are its networks. `networks.csv` lists them with year, input and totals, so that
a name is found and the whole is listed without counting a hundred networks; `python docs/examples.py` writes it, and a test
holds every figure of it.
"""

from __future__ import annotations

import os
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from archcalc.text.files import examples_folder

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".yaml", ".yml", ".txt", ".py", ".json", ".ipynb", ".onnx")
TABLE = "networks.csv"
PAPERS = "papers.csv"
UNITS = {"k": 10**3, "M": 10**6, "G": 10**9}


class Shipped(NamedTuple):
    """A network: the name to type, other names, the file without its suffix, what it is called, year, input, totals."""

    name: str
    also: tuple[str, ...]
    family: str
    title: str
    year: str
    input: str
    params: int
    multiplies: int


class Printed(NamedTuple):
    """What was printed of a network: which figure, as it stands there, where, and why it is another than ours where it is.

    `setting` is what makes it the network that is meant there, `then` our figure with it; both empty where nothing does.
    """

    network: str
    figure: str
    printed: str
    source: str
    why: str
    setting: str
    ours: int
    then: str


def agrees(printed: str, figure: int) -> bool:
    """Whether a figure is the printed one to the last digit that is printed: 4.1G is 4,050,000,000 to 4,150,000,000."""
    from decimal import Decimal

    unit = UNITS.get(printed[-1], 1)
    number = Decimal(printed.rstrip("kMG"))
    last = Decimal(1).scaleb(int(number.as_tuple().exponent))
    return abs(Decimal(figure) / unit - number) <= last / 2


def files() -> dict[str, Path]:
    """Every file by its bare name: `resnet`, `figures/lenet`."""
    from pathlib import Path

    root = Path(examples_folder())
    found = sorted(p for p in root.rglob("*") if p.suffix in SUFFIXES and p.is_file())
    return {p.relative_to(root).with_suffix("").as_posix(): p for p in found}


@cache
def networks() -> tuple[Shipped, ...]:
    """Every network, family by family."""
    return tuple(
        Shipped(name, tuple(also.split()), family, title, year, input_, int(params), int(multiplies))
        for name, also, family, title, year, input_, params, multiplies in _rows(TABLE)
    )


@cache
def printed() -> tuple[Printed, ...]:
    """What papers and their authors' pages printed of these networks."""
    return tuple(
        Printed(network, figure, text, source, why, setting, int(ours), then)
        for network, figure, text, source, why, setting, ours, then in _rows(PAPERS)
    )


def _rows(table: str) -> list[list[str]]:
    """The lines of a table beside the examples, but for its first, which names the columns."""
    import csv

    with open(os.path.join(examples_folder(), table), newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


def names() -> list[str]:
    """Every name that can be typed: networks, their other names, and families."""
    found = [name for network in networks() for name in (network.name, *network.also)]
    return list(dict.fromkeys([*found, *files()]))


def spoken(name: str) -> str:
    """A name as names are compared: `ResNet-50` is resnet50; only between two digits does a sign count (`1_6gf`, `16gf`)."""
    return re.sub(r"(?<!\d)_|_(?!\d)", "", re.sub(r"[\s_./-]+", "_", name.strip().lower()))


def within(name: str) -> list[str]:
    """The longest name of a network that stands inside this one: resnet50 in fasterrcnn_resnet50_fpn; none where none does."""
    heard = spoken(name)[:60]
    return sorted((n.name for n in networks() if len(n.name) > 4 and spoken(n.name) in heard), key=len)[-1:]


def find(name: str) -> tuple[str, str] | None:
    """The family of a name, and which network of it is asked for (empty: the file's own); None where there is none."""
    heard = spoken(name)
    for network in networks():
        for known in (network.name, *network.also):
            if heard == spoken(known):
                return network.family, "" if known == network.family else known
    found = next((family for family in dict.fromkeys(n.family for n in networks()) if spoken(family) == heard), None)
    return None if found is None else (found, "")
