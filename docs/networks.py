"""Writes networks.md: every classification network of torchvision, read from its source.

python docs/networks.py        needs torchvision's source (pip install --no-deps torchvision==0.28.0), and no torch

The seconds are one reading each, from the name to the totals, in a process that has its own modules loaded.
"""

from __future__ import annotations

import csv
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import archcalc
from archcalc.analysis import Analysis

PAGE = Path(__file__).parent / "networks.md"
ROWS = Path(__file__).parent.parent / "tests" / "reference" / "torchvision.csv"
HEAD = """# The networks of torchvision

Every classification network of torchvision 0.28.0, read from its own source, which is installed and not imported:

    pip install --no-deps torchvision==0.28.0
    archcalc params torchvision.models.resnet:resnet50 --input 3x224x224

{networks} names, {rows} rows: a network stands once for every crop size that weights of it were published with. The parameters
are the published `num_params`. GoogLeNet's weights are published without its auxiliary heads, Inception V3's with them; both are
shown both ways, and heads that do not run when the network is used count in its parameters and not in its multiplications. A
vision transformer is asked for with its image size where that is not 224. `tests/test_torchvision.py` holds every figure, every
parameter and the output of every module against torch; this page is written by `docs/networks.py`, and a test holds it too.

The seconds are processor time from the name to the totals, one reading each: {sum:.1f} for all, the median {median:.2f}.

| network | what is asked for | input | parameters | multiplications | seconds |
| :--- | :--- | :--- | ---: | ---: | ---: |
"""


class Result(NamedTuple):
    """The analysis of a network, and how long it took."""

    analysis: Analysis
    seconds: float


def rows() -> list[dict[str, str]]:
    """What is asked for, and with which input."""
    with ROWS.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def key(row: Mapping[str, str]) -> tuple[str, str]:
    """What tells the rows apart."""
    return row["as"], row["input"]


def measured(row: Mapping[str, str]) -> Result:
    """One network, read."""
    start = time.process_time()
    analysis = archcalc.analyse(archcalc.load(row["as"], input=row["input"]))
    return Result(analysis, time.process_time() - start)


def write(results: Mapping[tuple[str, str], Result]) -> str:
    """The page."""
    seconds = sorted(result.seconds for result in results.values())
    listed = rows()
    head = HEAD.format(
        networks=len({row["network"] for row in listed}), rows=len(listed), sum=sum(seconds), median=seconds[len(seconds) // 2]
    )
    lines = []
    for row in listed:
        analysis, took = results[key(row)]
        module, _, asked = row["as"].removeprefix("torchvision.models.").rpartition(":")
        totals = analysis.totals
        lines.append(
            f"| {row['network']} | `{module}:{asked}` | {row['input'].replace('x', '×')} | {totals.params:,} | "
            f"{totals.multiplies:,} | {took:.2f} |\n"
        )
    return head + "".join(lines)


def without_seconds(page: str) -> str:
    """The page without what differs from machine to machine."""
    return re.sub(r"\d+\.\d+(?= \|\n)|\d+\.\d(?= for all)|(?<=median )\d+\.\d+", "…", page)


if __name__ == "__main__":
    measured(rows()[0])
    PAGE.write_text(write({key(row): measured(row) for row in rows()}), encoding="utf-8")
    print(f"{PAGE}: {len(rows())} rows", file=sys.stderr)
