"""Printed models and summaries, changed at random: each is read or refused, within two seconds and without an internal fault.

python -m tests.printed_mutations --seed 5 --cases 20000
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import archcalc
from archcalc.figures.table import to_json
from archcalc.loading import from_source
from archcalc.notations import recognise
from archcalc.text.source import Source
from tests.mutations import Changes, Given, main, tally

DOCS = Path(__file__).parent.parent / "docs" / "notations.md"
WORDS = (
    "0 1 -1 2 999999999 None True (3,3) [ ] ( ) ): (0): (0-2): 3 x … ... ├─ └─ │ ┃ | = _ Conv2d( Linear( Sequential( LSTM( Dense "
    "Conv2D (Conv2D) (None, 3, 3) [0][0] 1e400 'a' nan x ? multiple -- (recursive) Total params: Layer (type)"
).split(" ")
INPUTS: tuple[Given, ...] = ({}, {}, {}, {"": (1, 28, 28)}, {"": (3, 8, 8)}, {"": (784,)}, {"x": (3,)})


SHARES = {"a word": 0.25, "a token": 0.45, "no token": 0.55, "no line": 0.65, "swapped": 0.72, "again": 0.8, "numbers": 0.9}
CHANGES = Changes(WORDS, (0, 1, 2, 7, 10**6, 10**12), (1, 1, 2, 300), SHARES | {"folded": 0.93, "cut": 1})


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


def cases(seed: int, count: int) -> Iterator[tuple[str, Given]]:
    """So many changed texts, and the input each is read with."""
    rng, sources = random.Random(seed), texts()
    for _ in range(count):
        yield CHANGES.made(rng, rng.choice(sources)), rng.choice(INPUTS)


def read(text: str, given: Given) -> str:
    """Reads a text as a network, or as what is told of its layers. Raises SpecError."""
    notation = recognise(text)
    source = Source("m.txt", text, notation if notation in ("printed", "summary") else "")
    analysis = archcalc.analyse(from_source(source, inputs=given), partly=True)
    to_json(analysis)
    return "read" if analysis.network.untold is None else "read as it is told"


def run(seed: int, count: int) -> Counter[str]:
    """What became of so many changed texts."""
    return tally(cases(seed, count), read)


if __name__ == "__main__":
    main(run, 5)
