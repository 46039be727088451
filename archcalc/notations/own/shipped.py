"""The blocks that come with archcalc, read."""

from __future__ import annotations

from functools import cache

from archcalc.blocks import text
from archcalc.notations.own.tree import Map
from archcalc.notations.own.yaml import read
from archcalc.text.source import Source


@cache
def definitions(file: str) -> Map:
    """The tree of a block file: a mapping of block names to their definitions."""
    return read(Source(f"blocks/{file}.yaml", text(file)))
