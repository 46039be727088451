"""What a line states of its own result: `[224x224x64]  memory: 224*224*64=3.2M  weights: (3*3*3)*64 = 1,728`.

Such figures are taken off the line and held against ours; a setting that is left open follows from them where only one fits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from archcalc.formulas.arithmetic import product
from archcalc.layers.base import Shape, dims
from archcalc.notations.own.expression import evaluate
from archcalc.notations.own.tree import Scalar
from archcalc.notations.words.places import compose, sub
from archcalc.text.amounts import SUFFIXES, decimal
from archcalc.text.faults import Fault, SpecError, ValueFault

if TYPE_CHECKING:
    from decimal import Decimal

_SIZE = r"\d{1,9}(?:\s*[xX]\s*\d{1,9})+"
_MAPS = r"\d{1,9}\s*@\s*\d{1,9}(?:\s*[xX]\s*\d{1,9})*"
SHAPE_ALONE = re.compile(
    rf"(?:output\s*(?:size|shape|volume)?\s*:?\s*)?[\[(]?\s*({_SIZE}|{_MAPS})\s*[\])]?(?:\s+(?:feature\s+)?maps?)?$", re.I
)
_LEADING = re.compile(r"\[\s*(\d{1,9}(?:(?:\s*[xX]\s*\d{1,9}){2,3})?)\s*\]\s*(?=[A-Za-z])")
_BRACKETED = re.compile(r"\s*[:=]?\s*\[\s*(\d{1,9}(?:(?:\s*[xX]\s*\d{1,9}){2,3})?)\s*\]$")
_OUTPUT = re.compile(
    r"(?:\s*[,;:(])?\s*\b(?:with\s+)?outputs?(?:\s*(?:size|shape|volume|maps?|dimensions?))?(?:\s*(?:[:=]|is\b|of\b))?(?:\s*[\[(])?\s*"
    rf"({_SIZE}|{_MAPS})\s*[\])]*$",
    re.I,
)
_SIZED_MAPS = re.compile(
    r"(?P<count>\b\d{1,6}\s+(?:(?:feature|activation|output)\s+)?maps?)(?P<between>\s+(?:each\s+)?(?:of|with)(?:\s+(?:a\s+)?size)?|\s*[:,]?)\s+"
    r"(?P<size>\d{1,5}\s*[xX]\s*\d{1,5})(?:\s*(?:neurons|units|pixels|nodes))?(?:\s+each)?(?!\s*[xX@\d]|\s*(?:kernel|filter|window|conv|receptive))",
    re.I,
)
_NAMED_MAPS = re.compile(rf"\b(?:feature\s+)?maps?\s*[:,]?\s*(?P<maps>{_MAPS})(?:\s*(?:neurons|units|pixels))?", re.I)
_OUT = re.compile(r"(?:\s*[,;:])?(?:\s*->)?\s*\bout(?:put)?s?(?:\s*[:=])?\s*\(\s*(\d{1,9}(?:\s*,\s*\d{1,9}){1,3})\s*\)$", re.I)
_INPUT_SHAPE = re.compile(
    r",?\s*\b(?:batch_)?input_shape\s*=\s*[\[(]\s*(?:None\s*,\s*)?(\d{1,9}(?:\s*,\s*\d{1,9}){0,3})\s*,?\s*[\])]", re.I
)
# `…, outputting 9×9 feature maps`, `…, which gives 28x28x6`, `…, reducing the spatial resolution to 20×20`.
_GIVING = re.compile(
    r"[,;]?\s+(?:which\s+|and\s+)?(?:outputting|producing|giving|yielding|outputs|produces|gives|yields|resulting\s+in"
    r"|(?:reducing|reduces)\s+(?:the\s+)?(?:spatial\s+)?(?:resolution|size|dimensions?|maps?)\s+to)\s+"
    rf"(?:an?\s+)?(?:(?:output|outputs|volume|map)\s+)?(?:of\s+)?(?:size\s+)?[\[(]?({_SIZE}|{_MAPS})[\])]?(?:\s+(?:(?:feature\s+)?maps?|output|volume))?$",
    re.I,
)
# `filters the 224×224×3 input image with 96 kernels`. Source: Krizhevsky et al. 2012, section 3.5.
_FILTERED = re.compile(rf"\bfilters\s+(?:the|an?)\s+({_SIZE})\s+input(?:\s+image)?\s+with\b", re.I)
_FLATTENED = re.compile(
    r"(flatten)(?:ed|ing)?(?:\s+layer)?\s*(?:to|->|→|=|:|,|\()?\s*(?:size\s+)?(\d{3,9})(?:\s+(?:values|features|units|neurons))?\)?",
    re.I,
)
_NAME = r"[\s,;|(]*\b(memory|activations?|weights?|params?|parameters)\b\s*[:=]?\s*"
_FIGURES = re.compile(_NAME + r"(?=[\d(])", re.I)
_FIGURE = re.compile(
    _NAME + r"(?P<sum>[\d(][\d,xX*·⋅+() ]*)(?P<round>[KMkm](?![A-Za-z]))?"
    r"(?:=\s*(?P<is>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>[KMkm](?![A-Za-z]))?)?[\s).]*",
    re.I,
)
_LENET = re.compile(
    rf"(?P<label>[CSFcsf]\d+)\s*:?\s*(?P<word>(?:conv\w*|sub-?sampling|(?:av\w*\s*|max\s*)?-?pool\w*)(?:\s+layer)?\s*[:,]?\s*)?"
    rf"(?P<f>(?:f\.|feature)\s*maps?\s*:?\s*)?(?P<maps>{_MAPS})(?P<after>\s*(?:f\.|feature)\s*maps?)?",
    re.I,
)
# A filter larger than this is rather the map that it would make.
LARGEST_FILTER = 11


class Fact(NamedTuple):
    """A figure stated: its kind (output, memory, weights, params), its value, where it stands, how far it may be off."""

    kind: str
    value: Shape | int
    place: Scalar
    off: int = 0


def take(place: Scalar, image: bool = False) -> tuple[Scalar, list[Fact]]:
    """A line without what it states, and that. The shape of an image line is no statement. Raises SpecError."""
    facts: list[Fact] = []
    text = place.text
    if match := _FIGURES.search(text):
        found, end = [], match.start()
        while figure := _FIGURE.match(text, end):
            found.append(_figure(place, figure))
            end = figure.end()
        if found and end == len(text):
            facts += found
            place = sub(place, 0, match.start())
    if image:
        return place, facts
    if match := _FLATTENED.fullmatch(text):
        facts.append(Fact("output", (int(match[2]),), sub(place, *match.span(2))))
        return sub(place, *match.span(1)), facts
    if match := _FILTERED.search(text):
        facts.append(Fact("input", order(_numbers(match[1])), sub(place, *match.span(1))))
        place = compose(place, (0, match.start()), ("with", match.end() - 4, match.end()), (match.end(), len(text)))
    place, sized = _sized_maps(place)
    facts += sized
    text = place.text
    if match := _INPUT_SHAPE.search(text):  # Keras's word for what its first layer reads, channels last
        sizes = _numbers(match[1])
        facts.append(Fact("input", (sizes[-1], *sizes[:-1]) if len(sizes) > 2 else sizes, sub(place, *match.span(1))))
        place = compose(place, (0, match.start()), (match.end(), len(text)))
        text = place.text
    if match := _LEADING.match(text):
        facts.append(Fact("output", order(_numbers(match[1])), sub(place, *match.span(1))))
        place = sub(place, match.end(), len(text))
    elif (
        match := _BRACKETED.search(text) or _OUT.search(text) or _OUTPUT.search(text) or _GIVING.search(text)
    ) and match.start():
        facts.append(Fact("output", order(_numbers(match[1]), maps="@" in match[1]), sub(place, *match.span(1))))
        place = sub(place, 0, match.start())
    return place, facts


def _sized_maps(place: Scalar) -> tuple[Scalar, list[Fact]]:
    """`conv, 6 feature maps of 28x28`, `feature map 24@31x98`: the size is that of the maps, not of a kernel."""
    text = place.text
    if match := _SIZED_MAPS.search(text):
        sizes = _numbers(match["size"])
        # `6 feature maps 5x5` may be a kernel; what says `of` is none, and what is larger is rather a map.
        if match["between"].strip(" :,") or min(sizes) > LARGEST_FILTER:
            count = int(re.match(r"\d+", match["count"])[0])  # type: ignore[index]
            at = sub(place, *match.span("size"))
            kept = match.start() if re.search(r"pool|subsampl", text, re.I) else match.end("count")  # a pool keeps its maps
            return compose(place, (0, kept), (match.end(), len(text))), [Fact("output", (count, *sizes), at)]
    if (match := _NAMED_MAPS.search(text)) and re.search(r"\bconv", text, re.I):
        at = sub(place, *match.span("maps"))
        return compose(place, (0, match.start()), (match.end(), len(text))), [Fact("output", _numbers(match["maps"]), at)]
    return place, []


def maps(place: Scalar) -> tuple[Scalar, list[Fact]]:
    """LeNet's `C1: feature maps 6@28x28`, which names no layer: the label says which, the maps are its result.

    C is a convolution, S a pooling (subsampling), F fully connected. Source: LeCun et al. 1998, figure 2.
    """
    match = _LENET.fullmatch(place.text)
    if match is None:
        return place, []
    word = (match["word"] or "").lower()
    filters = match["label"][0] in "Cc" and "pool" not in word and "sub" not in word
    # Beside a subsampling that says how large its maps are, a convolution says so too.
    figure = re.search(r"\bS\d\s*:?[^\n]*@", place.source.text) is not None
    if filters and not (match["f"] or match["after"] or figure) and min(_numbers(match["maps"])[1:]) <= LARGEST_FILTER:
        return place, []
    if not filters and not word and not (match["f"] or match["after"]) and min(_numbers(match["maps"])[1:]) <= LARGEST_FILTER:
        return place, []
    kind = {"c": "conv", "s": "avgpool", "f": "fc"}[match["label"][0].lower()]
    kind = "maxpool" if "max" in word else "avgpool" if "sub" in word or "av" in word else kind
    fact = Fact("output", _numbers(match["maps"]), sub(place, *match.span("maps")))
    at, end = match.end("label"), match.start("maps")
    start = match.start("word") if match["word"] else at
    return compose(place, (0, at), (": ", at, max(start, at + 1)), (kind, start, end)), [fact]


def alone(place: Scalar) -> Fact | None:
    """The shape that stands alone between two layers: `conv 6 5x5 -> 28x28x6 -> pool`."""
    match = SHAPE_ALONE.fullmatch(place.text) if len(place.text) < 80 else None
    if match is None or (match[1].count("x") < 2 and "@" not in match[1]):
        return None
    if "@" in match[1] and "map" not in place.text and min(_numbers(match[1])[1:]) <= LARGEST_FILTER:
        return None  # 6@5x5: six filters of that size
    return Fact("output", order(_numbers(match[1]), maps="@" in match[1]), sub(place, *match.span(1)))


def order(sizes: Shape, maps: bool = False) -> Shape:
    """The shape of a result with its channels first; ones of a vector taken off."""
    first = maps or len(sizes) != 3 or sizes[1] == sizes[2]
    return sizes if first else (sizes[2], *sizes[:2])


def _numbers(text: str) -> Shape:
    return tuple(int(n) for n in re.findall(r"\d+", text))


def _figure(place: Scalar, match: re.Match[str]) -> Fact:
    """A product, with what it comes to where that is said."""
    kind = match[1].lower()
    name = "memory" if kind[0] in "ma" else "weights" if kind[0] == "w" else "params"
    at = sub(place, *match.span("sum"))
    written = match["sum"].strip(" ,")
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", written)
    try:
        value = evaluate(re.sub(r"[xX·⋅]", "*", text).replace(" ", ""), {})
        if not isinstance(value, int):
            raise ValueFault(f"'{written}' is no whole number", "a whole number")
    except ValueFault as error:
        raise SpecError([Fault(error.message, at.span(), repairs=["3*3*64 = 576"])]) from None
    scale = SUFFIXES.get((match["round"] or "").lower(), 1)
    if match["is"]:
        unit = SUFFIXES.get((match["unit"] or "").lower(), 1)
        shown = sub(place, *match.span("is"))
        said = round(_number(shown, unit, f"{value:,}"))
        if abs(said - value * scale) > _off(said, unit, match["is"]):
            message = f"{written} is {value:,}, not {match['is']}{match['unit'] or ''}"
            raise SpecError([Fault(message, shown.span(), repairs=[f"{value:,}"])])
    return Fact(name, value * scale, at, _off(value * scale, scale, written))


def _number(place: Scalar, unit: int, repair: str) -> Decimal:
    """A figure as it is written, times its unit. Raises SpecError where it is longer than any figure of a network."""
    try:
        return decimal(place.text) * unit
    except ValueFault as error:
        raise SpecError([Fault(error.message, place.span(), repairs=[repair])]) from None


def _off(said: int, scale: int, written: str) -> int:
    """How far a figure may be off: with K or M it is round, to its last digit and to two of its digits at most."""
    if scale == 1:
        return 0
    last = scale // 10 ** len(written.partition(".")[2])
    return int(max(last, 10 ** max(0, len(str(said)) - 2)))


def contradiction(fact: Fact, output: Shape, params: int, weights: int) -> Fault | None:
    """The fault of a figure that is not ours; None where it is."""
    size = product(output)
    if fact.kind == "channels":
        if fact.value in (output[0], output[-1]):
            return None
        message = f"stated are {fact.value} channels; this layer gives {dims(output)}"
        return Fault(message, fact.place.span(), repairs=[f"{output[0]}"])
    if fact.kind in ("output", "input"):
        stated = fact.value
        assert isinstance(stated, tuple)
        size_alone = len(stated) == 2 and len(output) == 3 and stated == output[1:]
        if size_alone or bare(stated) == bare(output):
            return None
        verb = "gives" if fact.kind == "output" else "reads"
        if fact.place.text.isdecimal() and fact.kind == "output":  # `relu → 10`
            message = f"{fact.place.text} alone states a result; this layer gives {dims(output)}"
            return Fault(message, fact.place.span(), repairs=[f"fc {fact.place.text}", f"{size}"])
        message = f"stated is {dims(stated)}; this layer {verb} {dims(output)}"
        return Fault(message, fact.place.span(), repairs=[_like(fact, output)])
    assert isinstance(fact.value, int)
    ours = {"memory": (size,), "weights": (weights,), "params": (params, weights), "biases": (params - weights,)}[fact.kind]
    if any(abs(fact.value - n) <= fact.off for n in ours):
        return None
    what = {"memory": "values", "weights": "weights without biases", "params": "parameters", "biases": "biases"}[fact.kind]
    return Fault(f"stated are {fact.value:,}; this layer has {ours[0]:,} {what}", fact.place.span(), repairs=[f"{ours[0]:,}"])


_TOTAL = re.compile(
    r"total\b\s*(?:number\s+of\s+|#\s*(?:of\s+)?|trainable\s+)*(?P<what>[A-Za-z-]+)?\s*(?:\(\w+\))?\s*(?:[:=]|is|are)?\s*"
    r"(?P<about>~=|~|≈|about|approx\w*|roughly)?\s*(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>[kmb]\b|thousand|million|billion)?\s*"
    r"(?P<after>[A-Za-z-]+)?[\s.]*",
    re.I,
)
_TOTALS = {
    "params": "params parameters param parameter weights learnable trainable",
    "multiplies": "macs mac multiplies multiplications madds",
}


class Total(NamedTuple):
    """A total that a text states: what of, the number, how far ours may be off, as it was written, and where."""

    kind: str
    value: Decimal
    off: Decimal
    unit: int
    written: str
    place: Scalar

    def contradiction(self, params: int, weights: int, products: int) -> Fault | None:
        """The fault where it is not ours; parameters may be meant with biases or without."""
        known = (params, weights) if self.kind == "params" else (products,)
        if any(abs(self.value - n) <= self.off for n in known):
            return None
        what = "parameters" if self.kind == "params" else "multiplications"
        rounded = f", or {known[0] / self.unit:.4g}{self.written[-1]}" if self.unit > 1 and self.written[-1].isalpha() else ""
        message = f"a total of {self.written} is stated; these layers have {known[0]:,} {what}"
        return Fault(message, self.place.span(), repairs=[f"{known[0]:,}{rounded}"])


def total(place: Scalar) -> Total | None:
    """`TOTAL params: 138M parameters` as a figure to be held against ours; None where it is of something else."""
    match = _TOTAL.fullmatch(place.text.replace("mult-adds", "macs     ").replace("multiply-adds", "macs         "))
    if match is None:
        return None
    said = [word.lower() for word in (match["what"], match["after"]) if word]
    kinds = {kind for kind, words in _TOTALS.items() for word in said if word in words.split()}
    if len(kinds) != 1 or any(word not in " ".join(_TOTALS.values()).split() for word in said):
        return None
    from decimal import Decimal

    word = (match["unit"] or "").lower()
    unit = SUFFIXES.get({"thousand": "k"}.get(word, word[:1]), 1)
    value = _number(sub(place, *match.span("number")), unit, "138M")
    last = Decimal(unit) / 10 ** len(match["number"].partition(".")[2]) if unit > 1 else Decimal(0)
    off = max(last, value / 20) if match["about"] else last
    end = match.end("unit") if match["unit"] else match.end("number")
    at = sub(place, match.start("number"), end)
    return Total(kinds.pop(), value, off, unit, place.text[match.start("number") : end], at)


def bare(shape: Shape) -> Shape:
    """A shape without the ones of its map: 4096×1×1 is 4096."""
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def _like(fact: Fact, output: Shape) -> str:
    """Our shape as the line would write it."""
    if "@" in fact.place.text and len(output) > 1:
        return f"{output[0]}@{'x'.join(map(str, output[1:]))}"
    last = len(output) == 3 and "@" not in fact.place.text
    return "x".join(map(str, (*output[1:], output[0]) if last else output))
