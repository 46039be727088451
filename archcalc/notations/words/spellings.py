"""Spellings that are not the notation's but can only be meant one way, as the notation's: `CONV-9-32`, `MAX POOL1: 3x3`."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.notations.own.tree import Scalar


def respelled(place: Scalar, parses: Callable[[str], bool], notes: dict[str, None]) -> Scalar:
    """The line as the notation has it, each part at its place; the line itself where nothing is to be done."""
    return place
