"""Networks in the words of courses: a few hundred of those that tests/spelling.py writes without end, and what it found."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import spelling
from random_nets import REGRESSIONS

from archcalc.layers.conv import Conv
from archcalc.layers.linear import Linear
from archcalc.loading import from_source
from archcalc.text.source import Source

NETS = 16
FOUND = sorted(REGRESSIONS.glob("words-*.txt"))


@pytest.mark.parametrize("style", spelling.STYLES)
def test_a_style_is_read_back_as_the_net_it_was_written_from(style: str) -> None:
    """Every layer has the type, shape, weights and settings it was written from; what cannot be known is refused."""
    results = [spelling.try_one(style, random.Random(f"test/{index}")) for index in range(NETS)]
    different = [f"{r.text}\n>>> {r.message}" for r in results if r.verdict == "different"]
    assert not different, "\n".join(different)
    assert sum(r.verdict == "refused" for r in results) <= NETS // 8, "\n".join(r.message for r in results)


def test_there_are_styles_enough() -> None:
    """More than fifteen courses and papers, each with a writer of its own."""
    assert len(spelling.STYLES) >= 15


def test_a_wrong_reading_would_be_seen() -> None:
    """The comparison sees another padding, another number of units, and a layer that vanished."""
    net = spelling.Net((1, 8, 8), [Conv(4, (3, 3), padding=(1, 1)), Linear(10)])
    expected = spelling.facts(net)
    right = "Image (1 × 8 × 8)\n3x3 conv, 4, pad 1\nFC 10\n"
    assert spelling.read_facts(right) == expected
    assert spelling.read_facts(right.replace(", pad 1", "")) != expected
    assert spelling.read_facts(right.replace("FC 10", "FC 12")) != expected
    assert spelling.read_facts(right.replace("FC 10\n", "")) != expected


@pytest.mark.parametrize("file", FOUND, ids=lambda file: file.stem)
def test_what_was_once_misread(file: Path) -> None:
    """Texts that a run found: the first line, a comment, says the layers."""
    text = file.read_text(encoding="utf-8")
    said = text.partition("\n")[0].removeprefix("#").strip().split("; ")
    network = from_source(Source("found.txt", text, "words"))
    assert [str(node.layer) for node in network.nodes if not node.inserted] == said
