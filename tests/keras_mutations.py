"""Sources of `keras_sources/`, changed at random: each is read or refused, within two seconds and without an internal fault.

python -m tests.keras_mutations --seed 11 --cases 20000
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import resource
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

import archcalc
from archcalc.loading import from_source
from archcalc.text.faults import SpecError
from archcalc.text.source import Source

SOURCES = Path(__file__).parent / "keras_sources"
ELSEWHERE = ("transfer_learning", "vgg_features")  # they read the text of Keras's applications, where it is installed
TOKEN = re.compile(r"\w+|\s+|.", re.S)
WORDS = (
    "0 1 -1 2 10**9 None True 'same' x inputs model layers.Dense Input (None,) [] {} lambda: 3.5 1e400 'a' 99999999 self "
    "None,None layers.LSTM ops.reshape training=True name='x' (3,3) keras.Model"
).split()
INPUTS: tuple[dict[str, tuple[int, ...]], ...] = ({}, {}, {}, {}, {}, {}, {}, {"": (200,)}, {"": (3, 32, 32)})


def texts() -> list[str]:
    """The sources that are changed."""
    return [path.read_text(encoding="utf-8") for path in sorted(SOURCES.glob("*.py")) if path.stem not in ELSEWHERE]


def mutated(rng: random.Random, text: str) -> str:
    """A text with a few tokens or lines replaced, moved, doubled or taken out."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        tokens = TOKEN.findall(text)
        if not tokens:
            return text
        kind, at = rng.random(), rng.randrange(len(tokens))
        if kind < 0.3:
            tokens[at] = rng.choice(WORDS)
        elif kind < 0.5:
            tokens[at] = rng.choice(tokens)
        elif kind < 0.6:
            del tokens[at]
        if kind < 0.6:
            text = "".join(tokens)
            continue
        lines = text.split("\n")
        a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
        if kind < 0.7:
            del lines[a]
        elif kind < 0.8:
            lines[a], lines[b] = lines[b], lines[a]
        elif kind < 0.9:
            lines.insert(a, lines[b])
        elif kind < 0.95:
            lines[a] = re.sub(r"\d+", lambda _: str(rng.choice((0, 1, -1, 2, 7, 10**6, 10**12))), lines[a])
        else:
            lines = lines[:a]
        text = "\n".join(lines)
    return text


def case(rng: random.Random, sources: list[str]) -> str:
    """A changed source, mostly one that Python would read."""
    base = rng.choice(sources)
    made = base
    for _ in range(8):
        made = mutated(rng, base)
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


def run(seed: int, cases: int) -> Counter[str]:
    """What became of so many changed sources: read, refused, over two seconds, or a fault of archcalc's own, by its place."""
    rng, sources, found = random.Random(seed), texts(), Counter[str]()
    for _ in range(cases):
        text, given = case(rng, sources), rng.choice(INPUTS)
        start = time.process_time()
        try:
            archcalc.analyse(from_source(Source("m.py", text, "keras"), inputs=given))
            found["read"] += 1
        except SpecError as error:
            found["refused" if all(fault.repairs for fault in error.faults) else "refused without advice"] += 1
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            found[f"internal fault: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}"] += 1
        if time.process_time() - start > 2:
            found["over two seconds"] += 1
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--cases", type=int, default=1000)
    options = parser.parse_args()
    for what, count in run(options.seed, options.cases).most_common():
        print(f"{count:8,}  {what}")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:8,}  MB at the most")
