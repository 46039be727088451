"""Printed models and summaries, changed at random: each is read or refused, within two seconds and without an internal fault.

python -m tests.printed_mutations --seed 5 --cases 20000
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

import archcalc
from archcalc.figures.table import to_json
from archcalc.loading import from_source
from archcalc.notations import recognise
from archcalc.text.faults import SpecError
from archcalc.text.source import Source

DOCS = Path(__file__).parent.parent / "docs" / "notations.md"
TOKEN = re.compile(r"\w+|\s+|.", re.S)
WORDS = (
    "0 1 -1 2 999999999 None True (3,3) [ ] ( ) ): (0): (0-2): 3 x … ... ├─ └─ │ ┃ | = _ Conv2d( Linear( Sequential( LSTM( Dense "
    "Conv2D (Conv2D) (None, 3, 3) [0][0] 1e400 'a' nan x ? multiple -- (recursive) Total params: Layer (type)"
).split(" ")
INPUTS: tuple[dict[str, tuple[int, ...]], ...] = ({}, {}, {}, {"": (1, 28, 28)}, {"": (3, 8, 8)}, {"": (784,)}, {"x": (3,)})


def texts() -> list[str]:
    """The texts that are changed: those of the documentation, and of the tests."""
    sys.path.insert(0, str(Path(__file__).parent))
    import test_summaries as summaries

    shown = re.findall(r"```text (?:printed|sequential|summary|torchinfo)\.txt\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    keras = summaries.keras
    images = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 3), keras.layers.MaxPooling2D()])
    images.add(keras.layers.Flatten())
    images.add(keras.layers.Dense(10))
    inputs = keras.Input((16, 16, 3))
    x = keras.layers.SeparableConv2D(8, 3, padding="same")(inputs)
    y = keras.layers.Conv2D(8, (1, 7), strides=2, padding="same", use_bias=False)(x)
    z = keras.layers.UpSampling2D()(keras.layers.BatchNormalization()(y))
    joined = keras.layers.Concatenate()([keras.layers.Add()([x, z]), x])
    graph = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(joined)))
    words = keras.Sequential([keras.Input((9,)), keras.layers.Embedding(50, 4), keras.layers.Bidirectional(keras.layers.GRU(3))])
    printed = [text for model in (images, graph, words) for text in (summaries.printed(model), summaries.plain(model))]
    return [
        *shown,
        *printed,
        summaries.SMALL,
        summaries.WRAPPED,
        summaries.TORCHSUMMARY,
        summaries.TORCHINFO,
        summaries.LIGHTNING,
    ]


def mutated(rng: random.Random, text: str) -> str:
    """A text with a few tokens or lines replaced, moved, doubled or taken out."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        tokens = TOKEN.findall(text)
        if not tokens:
            return text
        kind, at = rng.random(), rng.randrange(len(tokens))
        if kind < 0.25:
            tokens[at] = rng.choice(WORDS)
        elif kind < 0.45:
            tokens[at] = rng.choice(tokens)
        elif kind < 0.55:
            del tokens[at]
        if kind < 0.55:
            text = "".join(tokens)
            continue
        lines = text.split("\n")
        a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
        if kind < 0.65:
            del lines[a]
        elif kind < 0.72:
            lines[a], lines[b] = lines[b], lines[a]
        elif kind < 0.8:
            lines[a:a] = [lines[b]] * rng.choice((1, 1, 2, 300))
        elif kind < 0.9:
            lines[a] = re.sub(r"\d+", lambda _: str(rng.choice((0, 1, 2, 7, 10**6, 10**12))), lines[a])
        elif kind < 0.93:
            lines = [" ".join(line.split()) for line in lines]
        else:
            lines = lines[:a]
        text = "\n".join(lines)
    return text


def run(seed: int, cases: int) -> Counter[str]:
    """What became of so many changed texts: read, refused, over two seconds, or a fault of archcalc's own, by its place."""
    rng, sources, found = random.Random(seed), texts(), Counter[str]()
    for number in range(cases):
        text, given = mutated(rng, rng.choice(sources)), rng.choice(INPUTS)
        notation = recognise(text)
        start = time.process_time()
        try:
            source = Source("m.txt", text, notation if notation in ("printed", "summary") else "")
            analysis = archcalc.analyse(from_source(source, inputs=given), partly=True)
            to_json(analysis)
            found["read" if analysis.network.untold is None else "read as it is told"] += 1
        except SpecError as error:
            found["refused" if all(fault.repairs for fault in error.faults) else "refused without advice"] += 1
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            found[f"internal fault: {type(error).__name__} at {Path(place.filename).name}:{place.lineno} ({seed}, {number})"] += 1
        if time.process_time() - start > 2:
            found[f"over two seconds ({number})"] += 1
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--cases", type=int, default=1000)
    options = parser.parse_args()
    for what, count in run(options.seed, options.cases).most_common():
        print(f"{count:8,}  {what}")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:8,}  MB at the most")
