"""The line that says what goes in: `Image (28 × 28)`, `input (224 × 224 RGB image)`, `Input: 28x28x1`, `1@32x32`."""

from __future__ import annotations

import re
from math import prod
from typing import NamedTuple

from archcalc.layers.base import Shape, dims
from archcalc.notations.own.phrase.forms import near_word
from archcalc.notations.own.shapes import IMAGE_CHANNELS
from archcalc.notations.own.tree import Scalar
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Span

NAMES = frozenset(["image", "images", "input", "inputs", "picture", "img", "spectrogram"])
_RGB = ("rgb", "bgr", "colour", "color", "coloured", "colored")
_GREY = ("gray", "grey", "grayscale", "greyscale", "monochrome")
COLOURS = dict.fromkeys(_RGB, 3) | dict.fromkeys(_GREY, 1) | {"rgba": 4}
_QUIET = """of a an the with size sized shape dimension dimensions dims pixel pixels px features feature values value units layer
    data is and channel channels vector sequence steps tokens one single map maps plane planes neurons nodes volume
    tensor words dim dimensional d to neural network net consists takes into from which that fed receives each per by
    consider suppose given assume let be we have our as in out time dataset example sample raw mnist imagenet svhn"""
QUIET = frozenset(_QUIET.split())
# Names of collections of images that have a number or a hyphen in them.
DATA = re.compile(r"\b(?:fashion[- ]mnist|cifar[- ]?100?|tiny[- ]imagenet)\b", re.I)
GREY = re.compile(r"\bgr[ae]y[- ]?(scale)", re.I)
# The order of a size in letters, and words in brackets, which say nothing where they hold no number.
ORDER = re.compile(r"\(\s*([HWDC](?:\s*x\s*[HWDC]){1,3})\s*\)", re.I)
BATCH = re.compile(r"(?<=[(\[])\s*(?:none|n|b|batch(?:[ _]?size)?)\s*,|(?<=\d)\s*(?:pixels?|px)(?=\s*x)", re.I)
PRODUCT = re.compile(r"(\d{1,9})\s+(?:[A-Za-z]+\s+)?\((\d{1,5}(?:\s*[x*]\s*\d{1,5}){1,3})\)")
REMARK = re.compile(r"\([^()\d]{3,100}\)")
# How an image came about: `84 × 84 × 4 image produced by φ`.
MADE = re.compile(
    r"\b(?:produced|obtained|generated|computed|made)\s+(?:by|from|with)\s+"
    r"(?!.*\b(?:pad|strid|chan|gr[ae]y|rgb|colou?r))[^\d,;.()\[\]]{1,60}(?=$|[.,;])",
    re.I,
)
# The word for what goes in where no English one of its length stands for it (`languages`).
FOREIGN = re.compile(
    r"(?:输入(?:图像|图片|层|大小|尺寸)?|图像|图片|入力(?:画像|層)?|画像|입력"
    r"|вход(?:ное изображение|ной слой)?|изображение)(?!\w)",
    re.I,
)
STEPS = re.compile(r"(\d+)\s+(?:time[\s-]*)?steps?\s*(?:,|of|with|and|x)?\s*(\d+)\s+features(?:\s+each)?", re.I)
EXAMPLE = "Image (3 × 224 × 224)"
SIZE = r"\d+(?:\s*(?:[xX*,]|by)\s*\d+)*,?"
TOKEN = re.compile(rf"(?P<maps>\d+\s*@\s*{SIZE})|(?P<size>{SIZE})|(?P<word>[A-Za-z]+)|(?P<other>[^\s()\[\]:;,.=|-])")


class Image(NamedTuple):
    """The numbers of an image line at their place (none where it gives no size), and how many channels it says in words."""

    place: Scalar
    sizes: Shape
    channels: int | None
    written: str
    remarks: tuple[str, ...] = ()


def is_image(text: str) -> bool:
    """Whether a line speaks of the image or input."""
    if FOREIGN.match(text) is not None:
        return not re.search(r"\b(?:conv|pool|fc|dense)", text, re.I)
    if not any(name in text.lower() for name in ("image", "input", "img", "picture", "spectrogram")):
        return False
    words = {m["word"].lower() for m in TOKEN.finditer(text) if m["word"]}
    return bool(words & NAMES) and not re.search(r"(?<!input )\blayer|\bconv|\bpool|\bfully|\bfc\b", text, re.I)


def is_maps(text: str) -> bool:
    """Whether a text is nothing but an image's channels and size: `1@32x32`."""
    return re.fullmatch(r"[134]\s*@\s*\d+\s*x\s*\d+", text) is not None


def read_image(place: Scalar, text: str) -> Image:
    """The image of a line; `text` is the place's text in plain signs. Raises SpecError."""
    sizes: list[tuple[Shape, int, int]] = []
    channels: int | None = None
    counted: int | None = None
    remarks: list[str] = []
    text = GREY.sub(lambda m: f"gray{m[1]}".ljust(len(m[0])), text)
    if (foreign := FOREIGN.match(text)) is not None:
        remarks.append(f"'{foreign[0]}' is read as the input")
        text = " " * foreign.end() + text[foreign.end() :]
    for made in MADE.finditer(text):
        remarks.append(f"'{made[0].strip()}' is a remark")
        text = text[: made.start()] + " " * len(made[0]) + text[made.end() :]
    text = re.sub(r"(?<=\d)-by-(?=\d)", " x  ", text)
    text = BATCH.sub(lambda m: " " * len(m[0]), text)
    for product in PRODUCT.finditer(text):
        if prod(map(_number, re.findall(r"\d+", product[2]))) == _number(product[1]):
            remarks.append(f"'({product[2]})' is the {product[1]} again")
            text = text[: product.start(2) - 1] + " " * (len(product[2]) + 2) + text[product.end(2) + 1 :]
    letters = ORDER.search(text)
    if letters is not None:
        text = text[: letters.start()] + " " * len(letters[0]) + text[letters.end() :]
    for remark in REMARK.finditer(text):
        known = {*NAMES, *QUIET, *COLOURS, "single"}
        if not {word.lower() for word in re.findall(r"[A-Za-z]+", remark[0])} <= known:
            remarks.append(f"'{remark[0]}' is a remark")
            text = text[: remark.start()] + " " * len(remark[0]) + text[remark.end() :]
    text = DATA.sub(lambda m: " " * len(m[0]), text)
    text = STEPS.sub(lambda m: f"{m[1]}x{m[2]}".ljust(len(m[0])), text)
    for match in TOKEN.finditer(text):
        start, end = match.span()
        word = (match["word"] or "").lower()
        if match["maps"]:
            sizes.append((tuple(map(_number, re.findall(r"\d+", match["maps"]))), start, end))
        elif match["size"]:
            numbers = tuple(map(_number, re.findall(r"\d+", match["size"])))
            after = text[end:].lstrip(" -").lower()
            if len(numbers) == 1 and after.startswith(("channel", "colour chan", "color chan", "map", "plane")):
                counted = numbers[0]
            else:
                sizes.append((numbers, start, end))
        elif word in COLOURS:
            channels = COLOURS[word]
        elif word in ("one", "single"):
            counted = 1
        elif word not in NAMES and word not in QUIET:
            near = near_word(word, [*NAMES, *COLOURS])
            raise _fault(
                f"'{match[0][:40]}' is not understood in the line of the image",
                place.span(start, end),
                *(near or [f"`{like(text)}` for the whole line"] if like(text) != EXAMPLE else near or [EXAMPLE]),
            )
    if not sizes:
        return Image(place, (), counted if counted is not None else channels, "")
    if len(sizes) > 1:
        raise _fault("the line of the image gives a second size", place.span(*sizes[1][1:]), f"one size, as in `{like(text)}`")
    numbers, start, end = sizes[0]
    if letters is not None:
        axes = re.findall("[HWDC]", letters[1].upper())
        at = next((i for i, axis in enumerate(axes) if axis == "C" or (axis == "D" and "C" not in axes)), None)
        if len(axes) != len(numbers) or (counted is not None and at is not None and counted != numbers[at]):
            message = f"'{letters[1]}' names {len(axes)} axes, the size has {len(numbers)}"
            raise _fault(message, place.span(letters.start(), letters.end()), "the size without it")
        counted = numbers[at] if at is not None else counted
    said = counted if counted is not None else channels
    return Image(place, numbers, said, text[start:end].strip(" ,"), tuple(remarks))


def like(text: str) -> str:
    """The line of an image with the size that stands in a text; the example where none or several do."""
    found = re.findall(r"\d{1,5}(?:\s*x\s*\d{1,5})+", text)
    if not found and 2 <= len(numbers := re.findall(r"\b\d{1,5}\b", text)) <= 3:
        found = ["x".join(numbers)]
    return f"Image ({' × '.join(re.findall(r'[0-9]+', found[0]))})" if len(found) == 1 else EXAMPLE


def shape_of(image: Image, *, sequence: bool, rank: int | None) -> tuple[Shape, list[str]]:
    """The input shape, and what had to be assumed for it.

    `sequence` says that the first layer reads T×F (an LSTM, attention), `rank` how many spatial axes the layers have (a 3x3
    kernel has two). Raises SpecError where the channels contradict the size.
    """
    shape, notes = _shape_of(image, sequence, rank)
    if sequence and len(shape) == 2 and "spectrogram" in image.place.text.lower():
        notes = [*notes, f"{dims(shape)}: its first number is read as the steps, its second as the features of each"]
    return shape, [*notes, *image.remarks]


def _shape_of(image: Image, sequence: bool, rank: int | None) -> tuple[Shape, list[str]]:
    sizes, channels = image.sizes, image.channels
    written = " × ".join(map(str, sizes))
    maps = "@" in image.written
    if len(sizes) == 4 and sizes[0] == 1 and (rank == 2 or (rank is None and sizes[1] in IMAGE_CHANNELS)):
        sizes = sizes[1:]
        note = f"{written}: its first number, 1, is read as the batch, so the input is {dims(sizes)}"
        return _checked(image, sizes, channels), [note]
    if not maps and len(sizes) in (3, 4) and not sequence and _is_last(sizes, channels):
        sizes = (sizes[-1], *sizes[:-1])
        note = f"{written}: its last number is read as the channels, so the input is {dims(sizes)}"
        return _checked(image, sizes, channels), [note]
    if len(sizes) == 2 and not sequence and rank != 1 and not maps:
        if channels is not None:
            return (channels, *sizes), []
        return (1, *sizes), [f"one channel is assumed for the image of {dims(sizes)}"]
    notes = []
    if not maps and len(sizes) == 3 and len(set(sizes)) == 3 and channels is None and sizes[0] not in IMAGE_CHANNELS:
        notes = [f"{written}: its first number is read as the channels"]
    return _checked(image, sizes, channels), notes


def _is_last(sizes: Shape, channels: int | None) -> bool:
    """Whether the channels stand last: by the words, by a height equal to the width, by a last number such as images have."""
    first, last = sizes[0], sizes[-1]
    if channels is not None and channels in (first, last):
        return channels == last != first
    if len(sizes) == 3 and sizes[0] == sizes[1]:
        return last != first
    if len(sizes) == 3 and sizes[1] == sizes[2]:
        return False
    return last in IMAGE_CHANNELS and min(sizes[:-1]) > last


def _checked(image: Image, sizes: Shape, channels: int | None) -> Shape:
    if channels is not None and len(sizes) > 1 and sizes[0] != channels:
        shown = " × ".join(map(str, sizes))
        raise _fault(
            f"the words say {channels} channels, the size {shown} says {sizes[0]}", image.place.span(), "one of the two numbers"
        )
    return sizes


def _number(digits: str) -> int:
    # Longer than any dimension allowed: refused by the expander, without a huge integer on the way.
    return int(digits[:12])


def _fault(message: str, span: Span, repair: str, *more: str) -> SpecError:
    return SpecError([Fault(message, span, repairs=(repair, *more))])
