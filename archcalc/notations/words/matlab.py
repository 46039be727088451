"""Layers in MATLAB's words, as its Deep Learning Toolbox calls them, a line each: `convolution2dLayer(5,20,'Padding','same')`.

The window stands before the number of filters there, a pooling moves by 1 where no stride is said, and a recurrent layer has one
bias a gate. Source: the toolbox's pages of convolution2dLayer, maxPooling2dLayer, lstmLayer.
"""

from __future__ import annotations

import re

from archcalc.notations.own.tree import Scalar
from archcalc.notations.words.places import compose
from archcalc.text.faults import Fault, SpecError

_LINE = re.compile(r"(?P<open>\w+\s*=\s*\[)?\s*(?P<word>[a-z]\w*Layer)\b\s*(?:\((?P<inside>[^%]*)\))?\s*[\]);,]*\s*(?:%.*)?$")
_FRAME = re.compile(r"\w+\s*=\s*\[\s*(?:\.\.\.)?\s*(?:%.*)?|\s*\]\s*;?|\s*%.*")
_PART = re.compile(r"\[[^\]]*\]|'[^']*'|\"[^\"]*\"|[^,\s]+")
_QUIET = frozenset(
    """weightlearnratefactor biaslearnratefactor weightl2factor biasl2factor weightsinitializer biasinitializer normalization
    dataaugmentation k alpha beta epsilon inputweightsinitializer recurrentweightsinitializer""".split()
)
_LOSSES = frozenset(["classificationLayer", "regressionLayer", "pixelClassificationLayer"])
# A layer's word, and how its values in order are said.
_WORDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "imageInputLayer": ("input", ("{}",)),
    "featureInputLayer": ("input", ("{}",)),
    "convolution1dLayer": ("conv1d", ("kernel={}", "{}")),
    "convolution2dLayer": ("conv", ("kernel={}", "{}")),
    "groupedConvolution2dLayer": ("conv", ("kernel={}", "{}", "groups={}")),
    "transposedConv2dLayer": ("deconv", ("kernel={}", "{}")),
    "maxPooling2dLayer": ("maxpool", ("kernel={}",)),
    "averagePooling2dLayer": ("avgpool", ("kernel={}",)),
    "globalAveragePooling2dLayer": ("globalavgpool", ()),
    "globalMaxPooling2dLayer": ("globalmaxpool", ()),
    "fullyConnectedLayer": ("fc", ("{}",)),
    "batchNormalizationLayer": ("bn", ()),
    "crossChannelNormalizationLayer": ("lrn", ("{}",)),
    "layerNormalizationLayer": ("layernorm", ()),
    "dropoutLayer": ("dropout", ("{}",)),
    "leakyReluLayer": ("leakyrelu", ("{}",)),
    "flattenLayer": ("flatten", ()),
    "lstmLayer": ("lstm", ("{}",)),
    "bilstmLayer": ("lstm bidirectional", ("{}",)),
} | {f"{name}Layer": (name, ()) for name in ("relu", "tanh", "sigmoid", "softmax", "elu", "gelu", "swish")}
_OPTIONS = {"stride": "stride={}", "padding": "padding={}", "cropping": "padding={}", "dilationfactor": "dilation={}"}


def is_matlab(text: str) -> bool:
    """Whether a text names layers as MATLAB does."""
    return "Layer" in text and any(word in text for word in _WORDS)


def matlab(place: Scalar, notes: dict[str, None]) -> list[Scalar] | None:
    """The layer of a line in the notation's words; none where it is layout; None for another line. Raises SpecError."""
    text = place.text
    if _FRAME.fullmatch(text):
        return []
    match = _LINE.fullmatch(text)
    if match is None:
        return None
    if match["word"] in _LOSSES:
        notes[f"'{match['word']}' is a loss, which is no layer here"] = None
        return []
    if match["word"] not in _WORDS:
        return None
    word, order = _WORDS[match["word"]]
    positions, label = iter(order), ""
    said = [word]
    parts = list(_PART.finditer(match["inside"] or ""))
    at = 0
    while at < len(parts):
        value = parts[at][0]
        start = match.start("inside") + parts[at].start()
        if value[0] not in "'\"":
            form = next(positions, None)
            if form is None:
                raise _fault(place, start, len(value), f"{match['word']} has no place for {value}")
            said.append(form.format(_size(value)))
            at += 1
            continue
        name = value[1:-1].lower()
        given = parts[at + 1][0].strip("'\"") if at + 1 < len(parts) else ""
        if name == "name":
            label = f"{given}: " if given.isidentifier() else ""
        elif name == "outputmode":
            said += ["last"] if given == "last" else []
        elif name in _OPTIONS and (size := "same" if given == "same" else _sides(given)):
            said.append(size if size == "same" else _OPTIONS[name].format(size))
        elif name not in _QUIET or not given:
            raise _fault(place, start, len(value), f"{match['word']}'s option {value} is not read")
        at += 2
    if groups := next((part for part in said if part.startswith("groups=")), ""):
        said[2] = str(int(said[2]) * int(groups[7:])) if (said[2] + groups[7:]).isdecimal() else said[2]  # filters of one group
    if "pool" in word and "global" not in word and not any(part.startswith("stride=") for part in said):
        said.append("stride=1")
        notes["a pooling of MATLAB moves by 1 where no stride is said"] = None
    if word.startswith("lstm"):
        said.append("onebias")
        notes["a recurrent layer of MATLAB has one bias a gate"] = None
    if word == "dropout" and len(said) == 1:
        said.append("0.5")
    return [compose(place, (label + said[0] + " " + ", ".join(said[1:]), 0, len(text)))]


def _size(value: str) -> str:
    """`[3 5]` as 3x5, `[28 28 1]` as 28x28x1."""
    return "x".join(re.findall(r"[\d.]+", value)) if value[:1] == "[" else value


def _sides(value: str) -> str:
    """A size, or a padding `[2 2 1 1]` (top, bottom, left, right) alike on both sides; empty for another."""
    numbers = re.findall(r"\d+", value)
    if not re.fullmatch(r"\[?[\d\s,]+\]?", value) or len(numbers) not in (1, 2, 4):
        return ""
    if len(numbers) == 4:
        return f"{numbers[0]}x{numbers[2]}" if numbers[0] == numbers[1] and numbers[2] == numbers[3] else ""
    return "x".join(numbers)


def _fault(place: Scalar, start: int, length: int, message: str) -> SpecError:
    return SpecError(
        [Fault(message, place.span(start, start + length), repairs=["the line without it", "the notation's own words"])]
    )
