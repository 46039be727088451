"""Sources of `keras_sources/`, changed at random: each is read or refused, within two seconds and without an internal fault.

python -m tests.keras_mutations --seed 11 --cases 20000
"""

from __future__ import annotations

import ast
import random
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import archcalc
from archcalc.loading import from_source
from archcalc.text.source import Source
from tests.mutations import Changes, Given, main, tally

SOURCES = Path(__file__).parent / "keras_sources"
ELSEWHERE = ("transfer_learning", "vgg_features")  # they read the text of Keras's applications, where it is installed
WORDS = (
    "0 1 -1 2 10**9 None True 'same' x inputs model layers.Dense Input (None,) [] {} lambda: 3.5 1e400 'a' 99999999 self "
    "None,None layers.LSTM ops.reshape training=True name='x' (3,3) keras.Model"
).split()
INPUTS: tuple[Given, ...] = ({}, {}, {}, {}, {}, {}, {}, {"": (200,)}, {"": (3, 32, 32)})


SHARES = {"a word": 0.3, "a token": 0.5, "no token": 0.6, "no line": 0.7, "swapped": 0.8, "again": 0.9, "numbers": 0.95, "cut": 1}
CHANGES = Changes(WORDS, (0, 1, -1, 2, 7, 10**6, 10**12), (), SHARES)


def texts() -> list[str]:
    """The sources that are changed."""
    return [path.read_text(encoding="utf-8") for path in sorted(SOURCES.glob("*.py")) if path.stem not in ELSEWHERE]


def case(rng: random.Random, sources: list[str]) -> str:
    """A changed source, mostly one that Python would read."""
    base = rng.choice(sources)
    made = base
    for _ in range(8):
        made = CHANGES.made(rng, base)
        if rng.random() < 0.03:
            break
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(made)
            break
        except (SyntaxError, ValueError):
            continue
    return made


def cases(seed: int, count: int) -> Iterator[tuple[str, Given]]:
    """So many changed sources, and the input each is read with."""
    rng, sources = random.Random(seed), texts()
    for _ in range(count):
        yield case(rng, sources), rng.choice(INPUTS)


def read(text: str, given: Given) -> str:
    """Reads a source whole. Raises SpecError."""
    archcalc.analyse(from_source(Source("m.py", text, "keras"), inputs=given))
    return "read"


def run(seed: int, count: int) -> Counter[str]:
    """What became of so many changed sources."""
    return tally(cases(seed, count), read)


if __name__ == "__main__":
    main(run, 11)
