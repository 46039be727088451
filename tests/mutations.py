"""Texts changed at random: each is read or refused, within two seconds and without an internal fault.

What the searches of `keras_mutations.py` and `printed_mutations.py` share: how a text is changed, the tally, the command line.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from archcalc.text.faults import SpecError

Given = Mapping[str, tuple[int, ...]]  # the inputs that a text is read with, by name
TOKEN = re.compile(r"\w+|\s+|.", re.S)


class Changes(NamedTuple):
    """How texts are changed: words and numbers put in, how often a line is, and up to which share of 1 each change."""

    words: Sequence[str]
    numbers: Sequence[int]
    times: Sequence[int]
    shares: Mapping[str, float]

    def made(self, rng: random.Random, text: str) -> str:
        """A text with a few tokens or lines replaced, moved, doubled or taken out."""
        for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
            tokens = TOKEN.findall(text)
            if not tokens:
                return text
            kind, at = rng.random(), rng.randrange(len(tokens))
            how = next(how for how, below in self.shares.items() if kind < below)
            if how in ("a word", "a token", "no token"):
                tokens[at : at + 1] = [] if how == "no token" else [rng.choice(self.words if how == "a word" else tokens)]
                text = "".join(tokens)
                continue
            lines = text.split("\n")
            a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
            match how:
                case "no line":
                    del lines[a]
                case "swapped":
                    lines[a], lines[b] = lines[b], lines[a]
                case "again":
                    lines[a:a] = [lines[b]] * (rng.choice(self.times) if self.times else 1)
                case "numbers":
                    lines[a] = re.sub(r"\d+", lambda _: str(rng.choice(self.numbers)), lines[a])
                case "folded":
                    lines = [" ".join(line.split()) for line in lines]
                case "cut":
                    lines = lines[:a]
            text = "\n".join(lines)
        return text


def tally(cases: Iterable[tuple[str, Given]], read: Callable[[str, Given], str]) -> Counter[str]:
    """What became of each text: how it was `read`, refused, over two seconds, or a fault of archcalc's own, by its place."""
    found = Counter[str]()
    for number, (text, given) in enumerate(cases):
        start = time.process_time()
        try:
            found[read(text, given)] += 1
        except SpecError as error:
            found["refused" if all(fault.repairs for fault in error.faults) else "refused without advice"] += 1
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            found[f"internal fault: {type(error).__name__} at {Path(place.filename).name}:{place.lineno} ({number})"] += 1
        if time.process_time() - start > 2:
            found[f"over two seconds ({number})"] += 1
    return found


def main(run: Callable[[int, int], Counter[str]], seed: int) -> None:
    """So many cases of a seed, and what became of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--cases", type=int, default=1000)
    options = parser.parse_args()
    for what, count in run(options.seed, options.cases).most_common():
        print(f"{count:8,}  {what}")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:8,}  MB at the most")
