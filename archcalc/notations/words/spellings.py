"""Spellings that are not the notation's but can be meant one way only, as the notation's: `CONV-9-32`, `MAX POOL1: 3x3`.

Each rule is a pattern of a whole line and what stands for it; the characters keep their places. What may be meant two ways is
refused with both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod
from typing import NamedTuple

from archcalc.blocks import TABLE as BLOCKS
from archcalc.notations.own.tree import Scalar
from archcalc.notations.words.places import Account, compose, sub
from archcalc.notations.words.sayings import formula, halves, kept, keras_cell, refuse_first, said
from archcalc.notations.words.sentences import frame, prose
from archcalc.text.faults import Fault, SpecError


class Speller(NamedTuple):
    """What a rule may ask and say: whether a text is a line of the notation, the notes, the account, the words of the text.

    `flat` holds whether the image has height and width alone, as far as that is known.
    """

    parses: Callable[[str], bool]
    notes: dict[str, None]
    account: Account
    text: str
    flat: list[bool]


_REMARK = re.compile(r"\s*\(\s*[A-Za-z][A-Za-z ,'-]*\)$")
_KERNEL_FILTERS = re.compile(r"(conv(?:olution)?)[-_ ](\d{1,3})-(\d{1,6})(?=$|[\s,;])", re.I)
_POOL = re.compile(r"((?:max|avg|average|mean)?[-_ ]?pool(?:ing)?)[-_ ]?(\d)", re.I)
_POOL_LABEL = re.compile(r"((?:max|avg|average|mean)[-_ ]?)(pool(?:ing)?[-_ ]?\d+)\s*(?::\s*|\s+(?=\S)|$)", re.I)
_LENET = re.compile(r"([CF]\d+)\s*:\s*(layer\s+)?(\d+)", re.I)
_SIZE = re.compile(r"\s*([13])\s*x\s*\1\s*(?:conv\w*)?\s*,\s*(\d{1,5})\s*")
_RESIDUAL = re.compile(
    r"(?:conv(?P<number>\d)_x\s*:?\s*)?[\[(]\s*(?P<inside>\d\s*x[^\[\]()]{1,120})[\])]\s*[x*]\s*(?P<times>\d{1,3})",
    re.I,
)
# A filter written with its depth: 5x5x3 over an image of 3 channels.
_DEEP = re.compile(r"(?<![\w@])(\d{1,3}\s*x\s*\d{1,3})\s*x\s*(\d{1,5})(?![\w@]|\s*x)")
_TIMES = re.compile(r"\d+x\s+\d|\d+\s+x\s+\d+x\d")
_KERAS = re.compile(
    r"(Conv[123]D)\(\s*(\d{1,7})\s*,\s*(\d{1,4}|\([\d, ]{1,20}\))(?:\s*,\s*(\d{1,4}|\([\d, ]{1,20}\)))?\s*(?=[,)])"
)
_TORCH = re.compile(
    r"(?<![.\w])((?:Conv(?:Transpose)?|MaxPool|AvgPool|BatchNorm)[123]d|Linear)\(((?:[\w\s,=.*]|\([\d\s,]*\))*)\)(?=\s*(?:$|[,;+&/]|\w))"
)
_ARGUMENT = re.compile(r"(?P<named>\w+\s*=\s*)?(?:\([\d\s,]*\)|[^,()\s][^,()]*?)(?=\s*(?:,|$|\)))")
_CHANNELS = "in_channels out_channels kernel_size stride padding"
# torch's order of its arguments, by what its class begins with.
_POSITIONS = {
    "ConvT": f"{_CHANNELS} output_padding groups",
    "Conv": f"{_CHANNELS} dilation groups",
    "Max": "kernel_size stride padding dilation",
    "Avg": "kernel_size stride padding",
    "Batch": "in",
    "Linear": "in_features out_features",
}
_THOUSANDS = re.compile(r"(?<![\d.,x])\d{1,3}(?:,\d{3})+(?![\d,])")
_SOFTMAX = re.compile(
    r"(?:output\s+layer\W{0,3})?(?:(\d{1,7})(?:[- ]way)?\s+)?soft-?max(?:\s+(?:regression|classifier|output"
    r"(?:\s+layer)?|layer))?,?"
    r"(?:\s+(?:with|over|of))?(?:\s*[(:-]?\s*(\d{1,7})(?:\s+(?:classes|outputs?|units|neurons|nodes))?\)?)?",
    re.I,
)
_MISREAD = (
    (re.compile(r"^(up-?sampl\w*|(?:max|avg|average)?[\s-]*pool\w*)\s+(\d)x$", re.I), r"\1 \2"),
    (re.compile(r"\b(\d{1,7})\s+in\s*[,/]?\s*(?:and\s+)?(\d{1,7})\s+out\b(?!\w)", re.I), r"in=\1 out=\2"),
    (re.compile(r"\brate\s*=\s*(\d{1,2})\s*%", re.I), r"\1%"),
    (re.compile(r"\s+(?:per|in\s+each|in\s+both)\s+directions?\b", re.I), ""),
    (re.compile(r"^1\s+(?=[A-Za-z][A-Za-z -]{2,30}\blayer\b)", re.I), ""),
)
_LAYER_NUMBER = re.compile(
    r"((?!hidden|output|input)[A-Za-z][A-Za-z-]*(?:\s+[A-Za-z-]+){0,2}?)\s+layer\s*\d{1,2}\s*:\s*(?=\S)", re.I
)
_NORM = re.compile(r"(?:\w+\s*:\s*)?norm(?:ali[sz]ation)?\d*(?:\s+layer)?(?:\s*:\s*norm(?:ali[sz]ation)?(?:\s+layer)?)?$", re.I)
_BLOCK = re.compile(r"((?:\d+\s*x?\s+)?)([A-Za-z]+(?:[- ][A-Za-z]+){0,2})[- ]+(?:blocks?|modules?)\b\s*[,:]?\s*", re.I)
_NAMED = {name.replace("_", ""): name for name in BLOCKS}


def respelled(place: Scalar, speller: Speller) -> Scalar:
    """The line as the notation has it, each part at its place; the line itself where nothing is to be done. Raises SpecError."""
    if (found := _depth(place, speller)) is not None:
        return found
    refuse_first(place)
    for first in (_layer_number, _misread):
        if (found := first(place, speller)) is not None:
            speller.account.claim_between(place, found)
            return respelled(found, speller)
    if (found := _both_halves(place, speller)) is not None:
        return respelled(found, speller)
    if speller.parses(place.text) and not _BLOCK.match(place.text):
        return place
    for rule in (
        _torch,
        _prose,
        _saying,
        _thousands,
        _lenet,
        _keras,
        _residual,
        _softmax,
        _frame,
        _kernel_filters,
        _bare_pool,
        _pool_label,
        _block,
        _remark,
    ):
        found = rule(place, speller)
        if found is not None:
            # What a rule takes off or puts other words for is settled by its pattern.
            speller.account.claim_between(place, found)
            return respelled(found, speller)
    if _NORM.fullmatch(place.text):
        message = f"'{place.text}' does not say which normalisation"
        raise SpecError([Fault(message, place.span(), repairs=["`lrn 5`, as in AlexNet", "`bn`, batch normalisation"])])
    return place


def _layer_number(place: Scalar, speller: Speller) -> Scalar | None:
    """`Convolutional Layer 1: 5x5`, `Conv layer 2: 16 filters`: the number is the layer's, and no number of filters."""
    match = _LAYER_NUMBER.match(place.text)
    if match is None or (not speller.parses(f"{match[1]} 64 3x3") and not speller.parses(f"{match[1]} 64")):
        return None
    return compose(place, (0, match.end(1)), (" layer ", match.end(1), match.end()), (match.end(), len(place.text)))


def _misread(place: Scalar, speller: Speller) -> Scalar | None:
    """What would be read as an expression: `upsample 2x`, `LSTM (64 units per direction)`, `1 conv layer (32 3x3 filters)`."""
    if (found := kept(place, speller.notes)) is not None:
        return found
    for pattern, meant in _MISREAD:
        if (match := pattern.search(place.text)) is not None:
            return compose(place, (0, match.start()), (match.expand(meant), *match.span()), (match.end(), len(place.text)))
    return None


def _saying(place: Scalar, speller: Speller) -> Scalar | None:
    """What is said in other words than the notation's (`sayings`)."""
    return said(place, speller.notes)


def _both_halves(place: Scalar, speller: Speller) -> Scalar | None:
    """AlexNet's `48+48 kernels`, and P=(F-1)/2; in the notation's own letters they are expressions."""
    found = (
        None
        if re.search(r"\bk\d", place.text)
        else formula(place) or keras_cell(place, speller.notes) or halves(place, speller.notes)
    )
    if found is not None:
        speller.account.claim_between(place, found)
    return found


def _lenet(place: Scalar, speller: Speller) -> Scalar | None:
    """LeNet's `C5: layer 120`, `F6: layer 84`. C5 sees the whole map. Source: LeCun et al. 1998, figure 2."""
    match = _LENET.fullmatch(place.text)
    if match is None:
        return None
    speller.notes[f"'{match[0]}' is read as a fully connected layer"] = None
    at = match.start(3)
    return compose(place, (0, match.end(1)), (": fc ", match.end(1), at), (at, len(place.text)))


def _residual(place: Scalar, speller: Speller) -> Scalar | None:
    """A ResNet column's `[3x3, 64; 3x3, 64] x 2` and `[1x1, 64; 3x3, 64; 1x1, 256] x 3`: residual blocks.

    The first block of a stage has stride 2, save in the first stage. Source: He et al. 2015, table 1: "Downsampling is performed
    by conv3_1, conv4_1, and conv5_1 with a stride of 2".
    """
    match = _RESIDUAL.fullmatch(place.text)
    if match is None:
        return None
    parts = [_SIZE.fullmatch(part) for part in re.split(r"[;/]", match["inside"])]
    sizes = [(int(p[1]), int(p[2])) for p in parts if p]
    if len(sizes) < len(parts):
        return None
    if [k for k, _ in sizes] == [3, 3] and len({n for _, n in sizes}) == 1:
        block = f"basic {sizes[0][1]}"
    elif [k for k, _ in sizes] == [1, 3, 1] and sizes[0][1] == sizes[1][1] and sizes[2][1] == 4 * sizes[0][1]:
        block = f"bottleneck {sizes[0][1]}"
    else:
        return None
    start, end = match.start("inside") - 1, len(place.text)
    times, earlier = int(match["times"]), speller.text[: _offset(place)]
    first = match["number"] == "2" or (match["number"] is None and not re.search(r"[\[(]\s*[13]\s*[x×]\s*[13]\s*,", earlier))
    strided = "" if first else " s2"
    speller.notes[
        f"'{place.text[start:end]}' is read as `{block}{strided}`"
        + (f" and {times - 1} more with stride 1" if strided and times > 1 else f", {times} times" if times > 1 else "")
        + ": residual blocks with batch normalisation and ReLU"
    ] = None
    if strided and times > 1:
        return compose(place, (f"[{block}{strided}; {times - 1}x {block}]", 0, end))
    return compose(place, (f"{times}x {block}{strided}", 0, end))


def _offset(place: Scalar) -> int:
    """Where a place stands in its text."""
    return sum(len(line) + 1 for line in place.source.text.split("\n")[: place.line - 1]) + place.column - 1


def _depth(place: Scalar, speller: Speller) -> Scalar | None:
    """`10 filters of size 5x5x3` over an image: the last number is the channels that arrive, and is checked."""
    text = place.text
    deep = _DEEP.search(text)
    if deep is None or not speller.flat or _TIMES.match(text):
        return None
    if len({*re.findall(r"\s*x\s*", deep[0])}) > 1:
        return None  # `3x3 x 2` is rather the same again
    rest = text[: deep.start()] + text[deep.end() :]
    flat = compose(place, (0, deep.end(1)), (f" in={deep[2]}", deep.end(1), deep.end()), (deep.end(), len(text)))
    if not speller.parses(flat.text) or not re.search(r"(?<![\dx])\d+(?!\s*x|\d)", rest):
        return None
    speller.account.claim_between(place, flat)
    speller.notes[f"the {deep[2]} of '{deep[0]}' is read as the channels that arrive"] = None
    return flat


def _thousands(place: Scalar, speller: Speller) -> Scalar | None:
    """`FC (4,096)`: one number, where a layer takes one, or where what is behind the comma can be no number of its own."""
    numbers = list(_THOUSANDS.finditer(place.text))
    if not numbers:
        return None
    single = re.search(r"\b(?:fc|dense|linear|fully)", place.text, re.I) is not None
    if not single and not all(re.search(r",0", number[0]) for number in numbers):
        return None
    parts: list[tuple[int, int]] = []
    at = 0
    for comma in (number.start() + m.start() for number in numbers for m in re.finditer(",", number[0])):
        parts.append((at, comma))
        at = comma + 1
    for number in numbers:
        speller.notes[f"'{number[0]}' is read as one number"] = None
    return compose(place, *parts, (at, len(place.text)))


def _keras(place: Scalar, speller: Speller) -> Scalar | None:
    """`Conv2D(64, 3, 2)`: with Keras' capital D the positions are Keras': filters, kernel_size, strides."""
    match = _KERAS.match(place.text)
    if match is None:
        return None
    named = (match.span(2), (", kernel_size=", match.end(2), match.start(3)), match.span(3))
    strides = ((", strides=", match.end(3), match.start(4)), match.span(4)) if match[4] else ()
    return compose(place, (0, match.start(2)), *named, *strides, (match.end(), len(place.text)))


def _torch(place: Scalar, speller: Speller) -> Scalar | None:
    """`Conv2d(3, 6, 5)`: with torch's small d the positions are torch's: in_channels, out_channels, kernel_size…"""
    text = place.text
    match = _TORCH.search(text)
    if match is None:
        return None
    parts: list[tuple[int, int] | tuple[str, int, int]] = [(0, match.end(1))]
    names = iter(next(order for begins, order in _POSITIONS.items() if match[1].startswith(begins)).split())
    for given in _ARGUMENT.finditer(text, *match.span(2)):
        start, end = given.span()
        name = "" if given["named"] else next(names, None)
        if name is None:
            return None
        value = given[0]
        if re.fullmatch(r"\d+(?:\s*[x*]\s*\d+)+", value):
            value = str(prod(int(n) for n in re.findall(r"\d+", value)))  # Linear(16 * 5 * 5, 120)
        elif "(" in value:
            value = re.sub(r"\(\s*([\d\s,]*?)\s*,?\s*\)", lambda m: re.sub(r"\s*,\s*", "x", m[1]), value)  # kernel_size=(3, 3)
        parts += [(f" {name}=" if name else " ", start, start), (value, start, end) if value != given[0] else (start, end)]
    if match[1] != "Linear":
        speller.notes["`Conv2d(…)` and its like are read as torch's, the channels that arrive first"] = None
    return compose(place, *parts, (match.end(), len(text)))


def _softmax(place: Scalar, speller: Speller) -> Scalar | None:
    """`Softmax 10`: a fully connected layer with a softmax, or a softmax over what arrives? Refused with both."""
    match = _SOFTMAX.fullmatch(place.text)
    number = match and (match[1] or match[2])
    if not number:
        return None
    message = f"does '{place.text}' have weights? A softmax alone has none"
    raise SpecError([Fault(message, place.span(), repairs=[f"fc {number}, softmax", "softmax"])])


def _prose(place: Scalar, speller: Speller) -> Scalar | None:
    """A few words of a sentence (`sentences`)."""
    return prose(place, speller.notes)


def _frame(place: Scalar, speller: Speller) -> Scalar | None:
    """`The first layer is a convolution with …`: what the sentence says around the layer is grammar."""
    return frame(place)


def _kernel_filters(place: Scalar, speller: Speller) -> Scalar | None:
    """CS230's CONV-9-32: a kernel of 9 and 32 filters; 32-9 would be read by nobody so, and is refused."""
    match = _KERNEL_FILTERS.match(place.text)
    if match is None:
        return None
    kernel, filters = int(match[2]), int(match[3])
    if kernel > 13 or (filters < kernel and not (kernel % 2 and filters % 2 == 0)):
        message = f"'{match[0]}' may be a kernel of {kernel} with {filters} filters, or {kernel} filters of size {filters}"
        both = [f"{k}x{k} {match[1]}, {n}" for k, n in ((kernel, filters), (filters, kernel))]
        raise SpecError([Fault(message, sub(place, 0, match.end()).span(), repairs=both)])
    speller.notes[f"'{match[0]}' is read as a kernel of {kernel} and {filters} filters"] = None
    parts = (match.span(1), (" k", match.end(1), match.start(2)), match.span(2), (" ", match.end(2), match.start(3)))
    return compose(place, *parts, (match.start(3), len(place.text)))


def _bare_pool(place: Scalar, speller: Speller) -> Scalar | None:
    """`POOL2`: a window of 2; where the text numbers its pools from 1, the number is a name."""
    match = _POOL.fullmatch(place.text)
    if match is None:
        return None
    number = int(match[2])
    if re.search(r"pool(?:ing)?[-_ ]?1\b", speller.text, re.I):
        return _numbered(place, match)
    if number == 2:
        speller.notes[f"'{place.text}' is read as a window of 2"] = None
        return compose(place, match.span(1), (" k", match.start(2), match.start(2)), match.span(2))
    message = f"'{place.text}' may be a window of {number}, or the pool of that number"
    repairs = [f"{match[1]} {number}x{number}", f"{match[1]} 2x2"]
    raise SpecError([Fault(message, place.span(), repairs=repairs)])


def _numbered(place: Scalar, match: re.Match[str]) -> Scalar:
    """A pool whose number is its name."""
    name = (0, len(place.text))
    return compose(place, name, (": ", name[1] - 1, name[1]), match.span(1))


def _pool_label(place: Scalar, speller: Speller) -> Scalar | None:
    """`MAX POOL1: 3x3 filters at stride 2`: a pool with its number, which is its name."""
    match = _POOL_LABEL.match(place.text)
    if match is None:
        return None
    word = match[1].strip(" -_") + "pool"
    name, kind = match.span(2), (f"{word} ", *match.span(1))
    return compose(place, name, (": ", name[1], name[1]), kind, (match.end(), len(place.text)))


def _block(place: Scalar, speller: Speller) -> Scalar | None:
    """`basic block, 64, stride 2`: a block that comes with archcalc, by its name."""
    match = _BLOCK.match(place.text)
    if match is None:
        return None
    said = re.sub(r"[- ]", "", match[2].lower())
    name = _NAMED.get(said) or _NAMED.get(f"{said}block")
    if name is None and said in ("residual", "resnet", "res"):
        message = "which residual block: two 3x3 convolutions, or 1x1, 3x3 and 1x1?"
        number = re.search(r"(\d+)\s*(?:filters|channels|maps)", place.text) or re.search(r"()(\d+)\D*$", place.text)
        n = (number[1] or number[2]) if number else "64"
        raise SpecError([Fault(message, sub(place, *match.span(2)).span(), repairs=[f"basic {n}", f"bottleneck {n}"])])
    if name is None:
        return None
    count = match[1].strip().rstrip("x ")
    times = f"{count}x " if count else ""
    return compose(place, (times, *match.span(1)), (f"{name} ", match.start(2), match.end()), (match.end(), len(place.text)))


def _remark(place: Scalar, speller: Speller) -> Scalar | None:
    """`FC8: 1000 neurons (class scores)`: words in brackets behind a line that is whole without them."""
    match = _REMARK.search(place.text)
    if match is None or not match.start():
        return None
    rest = sub(place, 0, match.start())
    after = rest.text.partition(":")[2] or rest.text
    if not (speller.parses(rest.text) or speller.parses(after) or re.match(r"[A-Za-z]+\d+\s*:?\s", rest.text)):
        return None
    speller.notes[f"'{match[0].strip()}' is a remark"] = None
    return rest
