"""A layer with its settings on the lines below it, as exercises list them:

Convolution Layer 1:
  - Number of kernels (K): 20
  - Kernel size (F): 3x3
  - Stride (S): 1
"""

from __future__ import annotations

import re

from archcalc.notations.own.tree import Scalar
from archcalc.notations.words.lines import Layers
from archcalc.notations.words.places import compose, joined, sub
from archcalc.notations.words.stated import Fact, order

MOST_SETTINGS = 30
_HEAD = re.compile(
    r"[*_\s]*(?:(?P<label>[A-Za-z]{1,8}\d{1,3})\s*[:.]\s+)?"
    r"(?P<word>[A-Za-z][A-Za-z -]{0,40}?)(?P<layer>[ _-]?layers?)?(?P<number>[ _-]?\d{1,3})?[*_\s]*:?[*_\s]*",
    re.I,
)
_SETTING = re.compile(
    r"(?:(?:number|no\.?|size)\s+of\s+(?:the\s+)?)?[A-Za-z][A-Za-z/ -]{0,40}(?:\s*\([A-Za-z]\))?\s*[:=]\s*\S.*"
    r"|\d{1,7}\s+(?:filters?|kernels?|units?|neurons?|channels?|feature maps|maps)"
    r"(?:\s+of\s+size\s+.*|\s*,?\s*\(?\d{1,3}x\d{1,3}\)?(?:,\s*(?:stride|pad|padding)\s+\d{1,3}){0,2})?"
    r"|\d{1,3}\s*x\s*\d{1,3}(?:\s+(?:filters?|kernels?|windows?))?(?:,\s*(?:stride|pad|padding)\s+\d{1,3}){0,2}"
    r"|(?:same|valid|zero|no)[- ]padding"
    r"|(?:stride|padding|pad)\s+(?:of\s+)?\d{1,4}",
    re.I,
)
_SIZE = re.compile(r"\d{1,3}\s*x\s*\d{1,3}")
_KERNEL = re.compile(r"(?:filters?|kernels?)(?:/(?:filters?|kernels?))?\s+(?:shape|size|dimensions?)", re.I)
_SHAPE = re.compile(
    r"(?P<what>input|output)\s*(?:size|shape|volume|dimensions?|maps?)?\s*[:=]\s*[\[(]?\s*(?P<size>\d[\dxX@, ]{0,60}?)\s*[\])]?",
    re.I,
)


def sections(places: list[Scalar], layers: Layers) -> list[tuple[Scalar, list[Fact], list[Scalar]]]:
    """The places, each layer with the lines of its settings: one text, what the lines state, and the places it took."""
    found: list[tuple[Scalar, list[Fact], list[Scalar]]] = []
    at = 0
    while at < len(places):
        head = _HEAD.fullmatch(places[at].text) if len(places[at].text) < 80 else None
        form = layers.lexicon.find(head["word"].strip().replace(" ", "")) if head else None
        # `FC 120` is a layer of so many, `FC 2` beside few lines and `FC 2:` are the second.
        bare = head is not None and head["number"] is not None and not head["layer"] and ":" not in head[0][head.end("number") :]
        if (
            head is not None
            and bare
            and (not head["number"].strip(" -_").isdecimal() or int(head["number"].strip(" -_")) > at + 1)
        ):
            head = None
        body: list[Scalar] = []
        facts: list[Fact] = []
        end = at + 1
        while head and form is not None and form.layer is not None and end < len(places):
            if places[end].line == places[at].line or end > at + MOST_SETTINGS:
                break
            line = places[end]
            if (kernel := _KERNEL.match(line.text)) is not None:
                line = compose(line, ("kernel", *kernel.span()), (kernel.end(), len(line.text)))
            shape = _SHAPE.fullmatch(line.text)
            if shape is not None:
                sizes = tuple(int(n) for n in re.findall(r"\d+", shape["size"]))
                facts.append(Fact(shape["what"].lower(), order(sizes, maps="@" in shape["size"]), sub(line, *shape.span("size"))))
            elif bare and _SIZE.match(line.text):
                break  # `Pool 2` above `3x3`: two sizes of a window
            elif len(line.text) < 120 and _SETTING.fullmatch(line.text) and layers.phrases(f"{form.word} {line.text}"):
                body.append(line)
            else:
                break
            end += 1
        if head is None or form is None or not body:
            found.append((places[at], [], []))
            at += 1
            continue
        word = sub(places[at], *head.span("word"))
        parts: list[Scalar | str] = []
        if head["label"]:
            parts += [sub(places[at], *head.span("label")), ": "]
        elif head["number"] and not head["layer"] and head["number"].isdecimal():
            parts += [sub(places[at], head.start("word"), head.end("number")), ": "]
        parts += [word, " "]
        for line in body:
            parts += [line, ", "]
        found.append((joined(parts[:-1]), facts, places[at:end]))
        at = end
    return found
