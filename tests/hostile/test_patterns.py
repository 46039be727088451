"""No regular expression backtracks without end, and none is asked about a line before its length is known."""

from __future__ import annotations

import contextlib
import re
import time

import pytest

from archcalc.analysis import analyse
from archcalc.loading import load
from archcalc.notations import NOTATIONS, recognise
from archcalc.text.faults import SpecError
from tests.hostile.patterns import compiled, exploding, samples, written

# Processor time of one pattern on one text. An exponent shows on 24 characters; on 400 what grows with the cube takes a hundred
# milliseconds, and what grows with the square one, so that no line of 2,000, the longest that is read, takes a tenth of a second.
LENGTHS = (24, 400)
SECONDS = 0.05
WRITTEN, MODULES, ON_THE_WAY = written()
EVERY = WRITTEN | compiled(MODULES)
# Patterns that are made on the way, each of a name or a number: their repeats are written in the call.
MADE = {
    "exporting.py": "a name of ours between two ends of a word",
    "latex.py": "the table of places where a line may be broken",
    "choosing.py": "a name of a program behind `return`, or in front of a call",
    "margin.py": "a name that was set, between two ends of a word",
    "importing.py": "a word of a program at the margin",
    "sayings.py": "the table of sayings",
    "patterns.py": "a pattern of a program, in which repeats of repeats are refused",
}


def test_none_is_missed() -> None:
    """Patterns in tables, classes and functions are found; those made on the way are known."""
    assert len(WRITTEN) > 200
    assert len(EVERY) > len(WRITTEN)
    strange = [made for made in ON_THE_WAY if not any(made.partition(":")[0].endswith(name) for name in MADE)]
    assert strange == []


def test_one_that_explodes_is_found() -> None:
    """The texts are those that a bad pattern cannot take."""
    for bad in (r"(a+)+$", r"\s*(\w+\s*)*=", r"(?:x|x)*y", r"^(\d+,?)*;"):
        assert any(spent(re.compile(bad), text) > SECONDS / 2 for text in exploding(bad, 0, 20)), bad
    assert samples(r"[a-c]+\s*x", 0)[0] == ["a", " ", "\n"]


def spent(pattern: re.Pattern[str], text: str) -> float:
    """Processor time of a pattern on a text, looked for and matched."""
    start = time.process_time()
    pattern.search(text)
    pattern.fullmatch(text)
    return time.process_time() - start


@pytest.mark.parametrize("part", range(8))
def test_no_pattern_backtracks_without_end(part: int) -> None:
    """On runs of everything that it repeats, alone and by turns, with an end that spoils them, each is done at once."""
    slow = []
    for pattern, flags in sorted(EVERY)[part::8]:
        made = re.compile(pattern, flags & ~re.UNICODE)
        for length in LENGTHS:
            worst = max((spent(made, text), text[:20]) for text in [*exploding(pattern, flags, length), ""])
            if worst[0] > SECONDS:
                slow.append(f"{EVERY[pattern, flags]} on {length} of {worst[1]!r}: {worst[0]:.2f} s: {pattern[:120]}")
                break
    assert slow == []


MARKS = [
    "",
    "layers:\n  - ",
    "import torch.nn as nn\n",
    "[net]\n",
    "layer {\n",
    '{"class_name": "x", "config": ',
    "backbone:\nhead:\n",
]
SIGNS = [" ", "a", "1", "-", ".", "(", "a ", "1x", "- ", "a=", "a:", "'\"", "¬"]


@pytest.mark.parametrize("mark", MARKS)
def test_no_pattern_runs_on_an_unbounded_line(mark: str) -> None:
    """A line of 150,000 characters of each kind, in every notation, is refused or read at once."""
    late = []
    for sign in SIGNS:
        text = mark + sign * (150_000 // len(sign)) + "!\n"
        start = time.process_time()
        with contextlib.suppress(SpecError):
            analyse(load(text, input="3x8x8"))
        if time.process_time() - start > 2:
            late.append((sign, time.process_time() - start))
    assert late == []


def test_the_notations_are_those_that_the_marks_are_of() -> None:
    """Each mark brings its text to a reader of its own."""
    found = {recognise(mark + "x\n") for mark in MARKS[1:]}
    assert len(found) >= 5
    assert found <= set(NOTATIONS)
