"""Counts every network that comes with archcalc: examples/networks.csv, examples.md and its picture, images/networks.svg.

python docs/examples.py
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import pairwise
from math import hypot, log10
from pathlib import Path

import archcalc
from archcalc import catalogue
from archcalc.catalogue import Shipped, files
from archcalc.cli.examples import beside_papers, listed
from archcalc.figures import figure as catalogue_figure
from archcalc.notations import recognise
from archcalc.notations.own.expand.variants import named
from archcalc.notations.own.yaml import read
from archcalc.report import written
from archcalc.text.files import decode, examples_folder

HERE = Path(__file__).parent
TABLE = Path(examples_folder()) / catalogue.TABLE
PAPERS = Path(examples_folder()) / catalogue.PAPERS
PAGE = HERE / "examples.md"
PICTURE = HERE / "images" / "networks.svg"
HEAD = """# The networks that come with archcalc

Each is there by its name, and so are its usual spellings: `archcalc params resnet50`, `archcalc params ResNet-50`. A family
stands in one short file, which reads like the table of its paper; `archcalc examples resnet` prints it, `archcalc examples` lists
what follows, `--format csv` or `json` for a program. Every variable of a file can be set:
`archcalc params resnet50 --set classes=10`.

![multiplications against parameters](images/networks.svg)

Written by `docs/examples.py`, which counts them all; tests hold the figures against torch's counter, against what torchvision
publishes and against the papers.

"""


BESIDE = """## What the papers printed

`archcalc examples --paper`, or `archcalc examples resnet --paper` for one family: the printed figure beside ours. Where they
differ, the reason stands there, and where a setting makes the network that is meant, it is one to type.

"""


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


def of(network: str, figure: str, setting: str = "") -> int:
    """One figure of a network, perhaps with a variable set."""
    name, _, value = setting.partition("=")
    analysis = archcalc.analyse(
        archcalc.load(network, variables={name: value} if setting else {}),
        convention="connections" if figure == "connections" else "paper",
    )
    if figure == "connections":
        return int(sum(catalogue_figure("connections").of(analysis)))
    return int(getattr(analysis.totals, figure))


def papers(text: str) -> str:
    """papers.csv with our figures written into it, those with what is set among them."""
    made = io.StringIO()
    rows = csv.writer(made, lineterminator="\n")
    first, *rest = list(csv.reader(io.StringIO(text)))
    rows.writerow(first)
    for network, figure, printed, source, why, setting, *_ in rest:
        then = of(network, figure, setting) if setting else ""
        rows.writerow([network, figure, printed, source, why, setting, of(network, figure), then])
    return made.getvalue()


# -- the picture --------------------------------------------------------------------------------------------------------

WIDE, HIGH, LEFT, RIGHT, TOP, BELOW = 900, 640, 70, 20, 46, 56
X, Y = (6.0, 8.85), (7.5, 11.35)  # parameters and multiplications that are shown, as powers of ten
YEARS = ((2012, (74, 111, 165)), (2017, (122, 122, 122)), (2022, (204, 102, 20)))
CHARACTER = 6.3  # width of one, in a label
NOT_FOR_IMAGES = ("deeplabv3", "mobilenet_v3_segmentation", "classification_localisation")  # a class for every pixel, a box


def shown(network: Shipped) -> bool:
    """Whether it classifies pictures of ImageNet's size, as its maker meant it."""
    known = bool(network.year) and "/" not in network.name and "backbone" not in network.name
    sides = network.input.split("x")
    image = len(sides) == 3 and sides[0] == "3" and 200 < int(sides[1]) < 700
    return known and image and network.family not in NOT_FOR_IMAGES and network.params > 10 ** X[0]


def kin(network: Shipped) -> str:
    """The line on which it stands: EfficientNetV2-S is one of EfficientNetV2."""
    found = re.match(r"(?:Wide )?[A-Za-z]+?(?: ?V\d)?(?![A-Za-z0-9])", network.title)
    return (found[0] if found else network.title) + (f"/{network.title.partition('/')[2]}" if "/" in network.title else "")


def at(network: Shipped) -> Point:
    """Where it stands in the picture."""
    x = (log10(network.params) - X[0]) / (X[1] - X[0])
    y = (log10(network.multiplies) - Y[0]) / (Y[1] - Y[0])
    return LEFT + x * (WIDE - LEFT - RIGHT), HIGH - BELOW - y * (HIGH - TOP - BELOW)


def colour(year: int) -> str:
    """From blue, the oldest, through grey to orange."""
    for (first, a), (last, b) in pairwise(YEARS):
        if year <= last:
            share = max(0.0, (year - first) / (last - first))
            return "#" + "".join(f"{round(p + (q - p) * share):02x}" for p, q in zip(a, b, strict=True))
    return "#" + "".join(f"{p:02x}" for p in YEARS[-1][1])


def ticks(low: float, high: float) -> Iterator[tuple[float, str]]:
    """1, 2, 5 of every power of ten, as powers, with how it is written."""
    for power in range(int(low), int(high) + 1):
        for step in (1, 2, 5):
            value = power + log10(step)
            if low <= value <= high:
                size, unit = (10 ** (power - 6) * step, "M") if power < 9 else (10 ** (power - 9) * step, "G")
                yield value, f"{size:g}{unit}"


def picture(networks: list[Shipped]) -> str:
    """Multiplications against parameters, both by powers of ten: a point a network, a line a family, the colour its year."""
    lines: dict[str, list[Shipped]] = {}
    for network in filter(shown, networks):
        lines.setdefault(kin(network), []).append(network)
    style = "font-family:system-ui,'Segoe UI',Helvetica,Arial,sans-serif"
    made = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" height="{HIGH}" style="{style}">'
    ]
    made.append(f'<rect width="{WIDE}" height="{HIGH}" rx="8" fill="#fff"/>')
    for value, text in ticks(*X):
        x = LEFT + (value - X[0]) / (X[1] - X[0]) * (WIDE - LEFT - RIGHT)
        made.append(f'<path d="M{x:.1f} {TOP}V{HIGH - BELOW}" stroke="#e8e8e8"/>')
        made.append(f'<text x="{x:.1f}" y="{HIGH - BELOW + 17}" font-size="11" fill="#555" text-anchor="middle">{text}</text>')
    for value, text in ticks(*Y):
        y = HIGH - BELOW - (value - Y[0]) / (Y[1] - Y[0]) * (HIGH - TOP - BELOW)
        made.append(f'<path d="M{LEFT} {y:.1f}H{WIDE - RIGHT}" stroke="#e8e8e8"/>')
        made.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" font-size="11" fill="#555" text-anchor="end">{text}</text>')
    made.append(f'<text x="{LEFT}" y="26" font-size="14" fill="#222">multiplications of one picture, against parameters</text>')
    for place, year in zip((240, 170, 100), ("2012", "2017", "2022"), strict=True):
        made.append(f'<circle cx="{WIDE - place}" cy="22" r="4.5" fill="{colour(int(year))}"/>')
        made.append(f'<text x="{WIDE - place + 9}" y="26" font-size="11" fill="#555">{year}</text>')
    made.append(f'<text x="{WIDE - RIGHT}" y="{HIGH - 14}" font-size="12" fill="#555" text-anchor="end">parameters</text>')
    points = [at(network) for members in lines.values() for network in members]
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in points]
    for members in lines.values():
        members.sort(key=lambda n: (n.params, n.multiplies))
        tint = colour(min(int(n.year) for n in members))
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, members))
        made.append(f'<polyline points="{path}" fill="none" stroke="{tint}" stroke-width="1.2" opacity="0.45"/>')
        for network in members:
            x, y = at(network)
            said = f"{network.title} ({network.year}): {network.params:,} parameters, {network.multiplies:,} multiplications"
            made.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour(int(network.year))}"><title>{said}</title></circle>'
            )
    for name, members in lines.items():
        own = [at(members[-1]), at(members[0]), *map(at, members[1:-1])]
        box, anchor = room(name, own, [point for point in points if point not in own], taken)
        taken.append(box)
        x = {"start": box[0], "end": box[2], "middle": (box[0] + box[2]) / 2}[anchor]
        tint = colour(min(int(n.year) for n in members))
        made.append(f'<text x="{x:.1f}" y="{box[3] - 3:.1f}" font-size="11.5" fill="{tint}" text-anchor="{anchor}">{name}</text>')
    return "\n".join([*made, "</svg>"]) + "\n"


Point = tuple[float, float]
Box = tuple[float, float, float, float]


def room(name: str, points: list[Point], others: list[Point], taken: list[Box]) -> tuple[Box, str]:
    """Where the name of a line finds room: beside its last point, its first, or another, and nearer to it than to others."""

    def apart(box: Box, points: list[Point]) -> float:
        return min((hypot(max(box[0] - x, 0, x - box[2]), max(box[1] - y, 0, y - box[3])) for x, y in points), default=1e9)

    wide = CHARACTER * len(name)
    places: list[tuple[Box, str]] = []
    for far in (8, 14, 22, 30):
        for x, y in points:
            places += [
                ((x + far, y - 8, x + far + wide, y + 6), "start"),
                ((x - wide / 2, y - far - 13, x + wide / 2, y - far + 1), "middle"),
                ((x - far - wide, y - 8, x - far, y + 6), "end"),
                ((x - wide / 2, y + far - 2, x + wide / 2, y + far + 12), "middle"),
            ]

    def free(box: Box) -> bool:
        inside = box[0] > LEFT and box[2] < WIDE - RIGHT and box[1] > TOP and box[3] < HIGH - BELOW
        return inside and not any(box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken)

    def doubt(place: tuple[Box, str]) -> float:
        return apart(place[0], points) - apart(place[0], others)

    open_ = [place for place in places if free(place[0])]
    return next((place for place in open_ if doubt(place) < 0), min(open_, key=doubt) if open_ else places[0])


def page() -> str:
    """The page, with the tables as `archcalc examples --format markdown` and `--paper` print them."""
    return f"{HEAD}{written(listed(), 'markdown')}\n\n{BESIDE}{written(beside_papers(None), 'markdown')}\n"


if __name__ == "__main__":
    rows = list(counted())
    TABLE.write_text(table(rows), encoding="utf-8")
    PAPERS.write_text(papers(PAPERS.read_text(encoding="utf-8")), encoding="utf-8")
    PICTURE.write_text(picture(rows), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
