"""A whole network on one line: a perceptron by its sizes or in a sentence, a convolutional one in Ciresan's letters.

784-256-128-10        MLP: 784 -> 256 -> 10        layer sizes: 784, 256, 10
a network with 784 inputs, two hidden layers of 16 neurons each, and 10 outputs
1x28x28-20C5-MP2-50C5-MP2-500N-10N
"""

from __future__ import annotations

import re

from archcalc.notations.own.tree import Scalar
from archcalc.notations.words.places import compose

_COUNTS = "one two three four five six seven eight nine ten".split()
_LIST = r"\d{1,7}(?:\s*(?:-+>?|→|,|;)\s*\d{1,7}){%d,}"
_NET = (
    r"(?:an?\s+|the\s+)?(?:mlp|dnn|ffn|(?:multi-?layer\s+)?perceptron"
    r"|(?:(?:deep|simple|feed-?forward|fully[- ]connected|neural)\s+)*net(?:work)?)"
)
_SIZES = re.compile(
    rf"(?:(?:{_NET}|(?:layer\s+)?sizes?)\s*[:=(\[]?\s*\[?\s*(?P<named>{_LIST % 1})"
    rf"|[(\[]?(?P<bare>{_LIST % 2}|\d+(?:\s*(?:-+>|→)\s*\d+)+))[)\]]?\.?",
    re.I,
)
_UNITS = r"(?:\s+(?:hidden\s+|output\s+|input\s+)?(?:units?|neurons?|nodes?|features?|classes|values?))?"
_OF = r"\s*(?:of|with|having|has|is|:|=)?\s*(?:sizes?\s+)?\(?\s*"
_OPEN = re.compile(rf"(?:{_NET}\s+(?:has|with|of|having|consists\s+of|consisting\s+of|takes)\s+)?", re.I)
_BETWEEN = re.compile(r"\s*[,;]?\s*(?:and\s+|then\s+)?(?:with\s+)?(?:an?\s+|the\s+)?", re.I)
_INPUT = re.compile(rf"(?:(?P<a>\d{{1,7}})\s+inputs?{_UNITS}|inputs?(?:\s+layer)?{_OF}(?P<b>\d{{1,7}}){_UNITS}\)?)(?!\w)", re.I)
_HIDDEN = re.compile(
    rf"(?:(?:(?P<count>\d{{1,2}}|{'|'.join(_COUNTS)}|single)\s+)?hidden(?:\s+layers?)?{_OF}"
    rf"(?P<list>\d{{1,7}}(?:\s*,\s*\d{{1,7}}(?!\d|\s+(?:input|output|hidden)))*(?:\s*,?\s*(?:and|&)\s+\d{{1,7}}(?!\d|\s+output))?)"
    rf"{_UNITS}(?:\s+(?:each|per\s+layer|respectively))?\)?|(?P<units>\d{{1,7}})\s+hidden\s+(?:units|neurons|nodes))(?!\w)",
    re.I,
)
_OUTPUT = re.compile(
    rf"(?:(?P<a>\d{{1,7}}|one|single)\s+outputs?{_UNITS}|outputs?(?:\s+layer)?{_OF}(?P<b>\d{{1,7}}){_UNITS}\)?)(?!\w)", re.I
)


def perceptron(place: Scalar, notes: dict[str, None]) -> list[Scalar]:
    """The input and the fully connected layers of such a line; empty where it is none."""
    text = place.text
    if (match := _SIZES.fullmatch(text)) is not None:
        group = "named" if match["named"] else "bare"
        spans = [m.span() for m in re.compile(r"\d+").finditer(text, *match.span(group))]
    else:
        spans = _sentence(text)
    if not spans:
        return _hidden(place, notes)
    shown = text if len(text) < 60 else f"{text[:57]}…"
    first = text[slice(*spans[0])]
    notes[f"'{shown}' is read as an input of {first} and {len(spans) - 1} fully connected layers"] = None
    names = ["input", *["fc"] * (len(spans) - 1)]
    made = []
    for name, (start, end) in zip(names, spans, strict=True):
        number = (start, end) if text[start].isdecimal() else ("1", start, end)
        made.append(compose(place, (f"{name} ", start, start), number))
    return made


_RECEIVES = re.compile(
    r"(?:(?:the|an?)\s+)?(?P<kind>conv\w*\s+|fully[- ]connected\s+|dense\s+|pooling\s+"
    r"|max[- ]pooling\s+)?layer\s+(?:receives|takes|gets|has)\s+(?:an?\s+)?"
    r"(?:input\s+(?:volume|image|map)?s?\s*(?:of\s+)?(?:size\s+|shape\s+)?)?(?P<size>\d{1,5}(?:\s*x\s*\d{1,5}){1,2}|\d{1,7}(?=\s+inputs?))"
    r"(?:\s+(?:inputs?|images?|volume))?(?:\s+as\s+(?:its\s+)?input)?,?\s+and\s+(?:applies|has|uses)\s+(?=\S)",
    re.I,
)


def receives(place: Scalar) -> list[Scalar]:
    """`The layer receives a 128×128×3 input and applies 64 kernels of size 5×5`: the input and the layer."""
    match = _RECEIVES.match(place.text)
    if match is None:
        return []
    start, end = match.span("size")
    kind = [match.span("kind")] if match["kind"] else []
    return [compose(place, ("input ", start, start), (start, end)), compose(place, *kind, (match.end(), len(place.text)))]


# Source: Ciresan, Meier, Schmidhuber 2012 ("Multi-column deep neural networks"), section 3: 1x29x29-20C4-MP2-40C5-MP3-150N-10N.
_ITEM = re.compile(
    r"(?P<filters>\d{1,5})C(?P<kernel>\d{1,2})(?:S(?P<stride>\d))?|(?P<pool>MP|AP|P)(?P<window>\d)|(?P<units>\d{1,6})(?:N|FC|F|(?P<svm>SVM))?"
)
_LETTERS = re.compile(r"\d{1,5}C\d{1,2}(?!\w|@)|\d{1,5}C\d{1,2}S\d")
# What stands on a further line of such a network: `512N-10N`.
_DENSE = re.compile(r"(?<!\w)(?:\d{1,6}(?:N|FC|SVM)|[MA]P\d)(?!\w)")
_INPUT_ITEM = re.compile(r"(?:\d{1,4}x)?\d{1,4}x\d{1,4}(?![\dC])|784(?=\W)")


def letters(place: Scalar, notes: dict[str, None]) -> list[Scalar]:
    """`20C5-MP2-50C5-MP2-500N-10N`: the layers, and the input where it stands in front; empty where it is no such line."""
    text = place.text
    told = _LETTERS.search(text) or (_DENSE.search(text) and _LETTERS.search(place.source.text))
    if not told or re.search(r"[a-wyz]{2}", text):
        return []
    at, found = 0, []
    if first := _INPUT_ITEM.match(text):
        at = first.end()
        sizes = "28x28" if first[0] == "784" else first[0]
        found.append(compose(place, (f"input {sizes}", *first.span())))
    times = 1
    for part in re.compile(r"[^-,;>→\s()\[\]x]+|x|[()\[\]]").finditer(text, at):
        match = _ITEM.fullmatch(part[0])
        following = text[part.end() : part.end() + 1]
        if part[0] in "x()[]":
            continue
        if match is None:
            return []
        if match["units"] and match[0].isdecimal() and following == "x":
            times = int(match[0])
            continue
        if match["filters"]:
            line = f"conv {match['filters']} {match['kernel']}x{match['kernel']}" + (
                f", stride {match['stride']}" if match["stride"] else ""
            )
        elif match["pool"]:
            line = f"{ {'MP': 'maxpool', 'AP': 'avgpool', 'P': 'pool'}[match['pool']] } {match['window']}x{match['window']}"
        else:
            line = f"fc {match['units']}"
        if match["svm"]:  # Courbariaux, Bengio, David 2015 (BinaryConnect), section 3.3: 10SVM
            notes[f"'{part[0]}' is read as a fully connected layer of {match['units']}; an SVM says how its result is judged"] = (
                None
            )
        found += [compose(place, (line, *part.span()))] * times
        times = 1
    shown = text if len(text) < 60 else f"{text[:57]}…"
    notes[
        f"'{shown}' is read in Ciresan's letters: 20C5 is 20 filters 5x5, MP2 a max pooling 2x2, 500N or 10 fully connected"
    ] = None
    return found


def _hidden(place: Scalar, notes: dict[str, None]) -> list[Scalar]:
    """`2 hidden layers of 256 and 128 units`, beside an input of its own line."""
    text = place.text
    match = _HIDDEN.match(text)
    if match is None or not match["list"] or text[match.end() :].strip(" ."):
        return []
    spans = _listed(text, match)
    if len(spans) < 2:
        return []  # `hidden layer: 256`
    notes[f"'{text}' is read as {len(spans)} fully connected layers"] = None
    return [compose(place, ("fc ", start, start), (start, end)) for start, end in spans]


def _listed(text: str, match: re.Match[str]) -> list[tuple[int, int]]:
    """Where the sizes of hidden layers stand, one for each of them; none where they are more or fewer."""
    listed = [m.span() for m in re.compile(r"\d+").finditer(text, *match.span("list"))]
    said = (match["count"] or "").lower()
    count = int(said) if said.isdecimal() else _COUNTS.index(said) + 1 if said in _COUNTS else len(listed)
    return [] if len(listed) not in (1, count) else listed * (count if len(listed) == 1 else 1)


def _sentence(text: str) -> list[tuple[int, int]]:
    """Where the sizes stand in `784 inputs, two hidden layers of 16 neurons each, and 10 outputs`; none where it is no such."""
    at = match.end() if (match := _OPEN.match(text)) else 0
    match = _INPUT.match(text, at)
    if match is None:
        return []
    spans = [match.span("a" if match["a"] else "b")]
    last = ""
    while last != "output":
        at = match.end()
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if (match := _HIDDEN.match(text, at)) is not None:
            last = "hidden"
            if match["units"]:
                spans.append(match.span("units"))
                continue
            if not (listed := _listed(text, match)):
                return []
            spans += listed
        elif (match := _OUTPUT.match(text, at)) is not None:
            last = "output"
            spans.append(match.span("a" if match["a"] else "b"))
        else:
            return []
    return spans if not text[match.end() :].strip(" .") else []
