"""The reference figures, and archcalc as a person would call it, for the tests of networks."""

from __future__ import annotations

import csv
import shlex
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.analysis import Analysis, Row
from archcalc.text.faults import SpecError

REFERENCE = Path(__file__).parent / "reference"


def table(name: str) -> list[dict[str, str]]:
    """The rows of a reference file."""
    with (REFERENCE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def typed(words: str) -> Analysis:
    """The analysis of what stands after `archcalc params`: a name, `--set name=value`, `--input 3x128x128`."""
    name, *options = shlex.split(words)
    settings: dict[str, Any] = {"variables": {}}
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option == "--set":
            variable, _, given = value.partition("=")
            settings["variables"][variable] = given
        else:
            assert option == "--input", option
            settings["input"] = value
    return archcalc.analyse(archcalc.load(name, **settings))


def net(input_: str, *layers: str) -> Analysis:
    """The analysis of a few lines on an input."""
    lines = "".join(f"  - {line}\n" for line in layers)
    return archcalc.analyse(archcalc.load(f"input: {input_}\nlayers:\n{lines}"))


def one(input_: str, layer: str) -> Row:
    """The row of a single layer."""
    rows = net(input_, layer).rows
    assert len(rows) == 1
    return rows[0]


def figures(row: Row) -> tuple[str, int, int, int]:
    """Output, parameters, those that are biases, multiplications: the columns of layers/*.csv."""
    return "x".join(map(str, row.output)), row.params, row.params - row.params_without_bias, row.multiplies


def inside(row: Row) -> int:
    """The multiplications of a row less those with a padding zero."""
    return row.layer.products_inside(row.inputs, row.output)


def refused(read: Callable[[str], object], text: str, said: str, tried: str) -> None:
    """Holds that reading a text ends in a fault that says this, at a place of the text, with this to type instead."""
    with pytest.raises(SpecError) as caught:
        read(text)
    found = [fault for fault in caught.value.faults if said in fault.message]
    assert found
    assert found[0].span is not None
    assert tried in ", ".join(found[0].repairs)
