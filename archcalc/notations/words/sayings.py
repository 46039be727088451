"""Ways of saying inside a line, put in the notation's words: `3 by 3`, `Mean pooling`, `atrous conv, rate 2`, `48+48 kernels`.

Each is a pattern and what stands for it, tried where a line is none of the notation; characters keep their places. What leaves
open how much is meant (a dilated convolution of no dilation) is refused with a line that says it.
"""

from __future__ import annotations

import re
from math import prod
from typing import NamedTuple

from archcalc.notations.own.tree import Scalar
from archcalc.notations.words.places import compose, sub
from archcalc.text.faults import Fault, SpecError


class Saying(NamedTuple):
    """A pattern, what stands for it (as in `re.Match.expand`), and the note that goes with it; `{}` is what was said."""

    pattern: re.Pattern[str]
    meant: str
    note: str = ""


_SUBSAMPLING = "'{}' is read as average pooling; the factor and bias that LeNet's own has for each map are not counted"
ACT = r"relu6?|tanh|sigmoid|softmax|gelu|elu|selu|leaky[\s-]?relu"
_WORDS = "one two three four five six seven eight nine ten".split()
SAYINGS = (
    # An activation amid the settings: `with the ReLU nonlinear activation function, 100 filters`, `Convolution/Relu: 32 maps`.
    Saying(
        re.compile(
            rf"\bwith\s+(?:an?\s+|the\s+)?({ACT})\s+(?:non-?linear(?:ity)?\b\s*|activations?\b\s*|functions?\b\s*)+[,:]?(?=\s*\S)",
            re.I,
        ),
        r"activation=\1",
    ),
    Saying(re.compile(r"\bwith\s+rectified\s+linear\s+units?\b(?:\s*\(relu\))?\s*[,:]?", re.I), "activation=relu"),
    Saying(re.compile(r"\brectified\s+linear(?:\s+units?)?\b(?:\s*\(relu\))?", re.I), "relu"),
    Saying(re.compile(rf"^(conv\w*|fc|dense|linear)\s*/\s*({ACT})\b\s*:?", re.I), r"\1 activation=\2"),
    Saying(re.compile(r"\bactivation\s*[:=]\s+(?=\w)|\bactivation\s+[:=]\s*(?=\w)", re.I), "activation="),
    Saying(re.compile(r"(?<=\d)-by-(?=\d)", re.I), "x"),
    Saying(re.compile(r"^((?:conv|pool|fc|dense|out(?:put)?)\w*)\s*=\s*(?=\d)", re.I), r"\1: "),
    Saying(re.compile(r",?\s*\bapplied\s+with\b", re.I), ","),
    Saying(
        re.compile(
            r"\b(filters?|kernels?),?\s+(?:that|which)\s+(?:are|is)(?:\s+each)?\b|\b(filters?|kernels?)\s+each\s+of\b", re.I
        ),
        r"\1\2 of",
    ),
    Saying(re.compile(r"\busing\s+(?:an?\s+)?(?=stride|padd)", re.I), ""),
    Saying(re.compile(r"^(?:zero[- ])?pad(?:ding)?\s*=\s*(?=\d)", re.I), "pad "),
    Saying(re.compile(r"(?<![\dx])(\d{1,5})\s+to\s+(\d{1,5})(?:\s+(?:channels|maps|filters))?$", re.I), r"in=\1 out=\2"),
    Saying(re.compile(r"\bzero[- ]?padding\s+(?:of\s+)?P\s*=\s*(?=\d)", re.I), "padding "),
    Saying(re.compile(r"\bstride\s+S\s*=\s*(?=\d)", re.I), "stride "),
    Saying(re.compile(r"\(\s*repeat(?:ed)?\s+(\w+)\s+times\s*\)$|,?\s*repeated\s+(\w+)\s+times$", re.I), r", \1\2 times"),
    Saying(
        re.compile(r"^(bn\d*|batch\s*norm\w*)\s*:?\s*after\s+\w+$", re.I),
        "bn",
        "'{}' is read as batch normalisation where it stands",
    ),
    Saying(
        re.compile(r"^((?:max|avg|average)[\s-]*pool\w*)\s*:\s*pool(?:ing)?(?:\s+(?:size|window))?\s*[:=]?\s*(?=\d)", re.I),
        r"\1: ",
    ),
    Saying(re.compile(r"^((?:conv|fc|dense|linear|pool|maxpool|avgpool)\d+)\s*\((.*)\)$", re.I), r"\1: \2"),
    Saying(re.compile(r"\binput\s+(\d{1,9})\s*,\s*output\s+(\d{1,9})\b", re.I), r"in=\1 out=\2"),
    Saying(re.compile(r"\b(\d)x\1\s+stride\b(?!\s*(?:of\b|[:=])?\s*\d)", re.I), r"stride \1"),
    Saying(re.compile(r"\bdensely[- ]connected\b", re.I), "fully connected"),
    Saying(re.compile(r"\b(?:linear|fc|dense)\s*\(\s*(\d{1,9})\s*,\s+(\d{1,9})\s*\)", re.I), r"fc in=\1 out=\2"),
    Saying(re.compile(r"(?<=\d)\s+by\s+(?=\d)", re.I), "x"),
    Saying(re.compile(r"([\"'])(same|valid)\1", re.I), r"\2"),
    Saying(re.compile(r"(?<=\d)\s+pixels?\b", re.I), ""),
    Saying(re.compile(r"\bzero[- ]?padd(?:ing|ed)(?:\s+(?:of|with|by)|\s*[:=])?\s+(?=\d)", re.I), "padding "),
    Saying(re.compile(r"\b(?:adaptive\s+)?(av|max)\w*[\s-]*pool(?:ing)?\s+to\s+(?:size\s+)?(?=\d)", re.I), r"adaptive\1gpool "),
    Saying(re.compile(r"^((?:max|avg|average)?[\s-]?pool(?:ing)?)/(\d)$", re.I), r"\1, /\2"),
    Saying(re.compile(r"\bceil\s+mode\b", re.I), "ceil"),
    Saying(re.compile(r"\bdepth-?wise\s+(\d{1,2}x\d{1,2})\s+conv\w*", re.I), r"depthwise \1"),
    Saying(re.compile(r"\bspatial\s+(?=dropout)", re.I), ""),
    Saying(
        re.compile(r"[,;(]?\s*\b(?:momentum|eps(?:ilon)?)\s*[=:]?\s*(?:\d*\.\d+|\d+e-\d+|1e-\d+)\)?", re.I),
        "",
        "'{}' changes no figure",
    ),
    Saying(re.compile(r"^((?:linear|fc|dense|fully[- ]connected)(?:\s+layer)?)\s+to\s+(?=\d)", re.I), r"\1 "),
    Saying(
        re.compile(r"^(?:linear\s+)?(?:classifier|logits|projection)(?:\s+layer)?\s*[:,]?\s*(?:to\s+)?(?=\d)", re.I),
        "fc ",
        "'{}' is read as a fully connected layer",
    ),
    Saying(re.compile(r"\badaptive\s+(av|max)\w*[\s-]*pool(?:ing)?\b", re.I), r"adaptive\1gpool"),
    Saying(re.compile(r"\bmean[\s-]+pool(?:ing)?\b", re.I), "avgpool"),
    Saying(re.compile(r"^pool(?:ing)?(?:\s+layer)?\s*[:(,]?\s*max(?:imum)?\b[,)]?", re.I), "maxpool"),
    Saying(re.compile(r"^pool(?:ing)?(?:\s+layer)?\s*[:(,]?\s*(?:av(?:g|erage)|mean)\b[,)]?", re.I), "avgpool"),
    Saying(re.compile(r"\bsub-?sampl(?:ing|e)\b(?:\s+layer)?", re.I), "avgpool", _SUBSAMPLING),
    Saying(re.compile(r"\bdouble[\s-]+conv(?:olution)?s?(?:[\s-]+block)?\b", re.I), "double_conv"),
    Saying(re.compile(r"\bbi-?(lstm|gru|rnn)\b", re.I), r"\1 bidirectional"),
    Saying(re.compile(r"\btranspose\s+(?=conv)", re.I), "transposed "),
    Saying(re.compile(r"\bpoint-?wise\s+(conv\w*)", re.I), r"1x1 \1"),
    Saying(re.compile(r"\bconv_?(\d{1,2}x\d{1,2})(?=$|[\s,;(])", re.I), r"conv \1 "),
    Saying(re.compile(r"^k(\d{1,2})n(\d{1,4})s(\d)\b", re.I), r"conv \2 k\1 s\3"),
    Saying(
        re.compile(r"[,;]\s*(?:linear|identity)(?:\s+activation)?$|[,;]?\s*\b(?:no|without(?:\s+an)?)\s+activation$", re.I),
        "",
        "'{}' is read as no activation",
    ),
    Saying(re.compile(r"\bby\s+a\s+factor\s+of\s+(?=\d)", re.I), ""),
    Saying(re.compile(r"\bnon-?overlapping\s+(?!.*stride)|\boverlapping\s+(?=.*stride)", re.I), ""),
    Saying(re.compile(r"\b(\d{1,7})\s+inputs?\s*,?\s*(?:and\s+)?(\d{1,7})\s+outputs?\b(?!\s+channels)", re.I), r"in=\1 out=\2"),
    Saying(re.compile(r"\b(\d{1,7})\s+outputs?\s*,?\s*(?:and\s+)?(\d{1,7})\s+inputs?\b", re.I), r"out=\1 in=\2"),
    Saying(
        re.compile(r"\b(?:with\s+)?inputs?\s*=\s*(\d{1,7})\s*,?\s*(?:and\s+)?outputs?\s*=\s*(\d{1,7})\b", re.I), r"in=\1 out=\2"
    ),
    Saying(re.compile(r"\b(?:dilation\s+)?rate\s*[=:]?\s*(?=\d)", re.I), "dilation "),
)
# An adjective that a setting on the line makes true, the setting, and the line that would say it.
QUALIFIED = (
    (
        re.compile(r"\b(?:dilated|atrous|à trous)\s+(?=(?:\d{1,2}x\d{1,2}\s+)?conv)", re.I),
        r"dilat\w*\W{0,3}\d|\brate\W{0,3}\d|\bd\s*=?\s*\d",
        "dilation 2",
    ),
    (re.compile(r"\bgrouped\s+(?=conv)", re.I), r"\d\s*groups|groups?\W{0,3}\d|\bg\s*=?\s*\d", "4 groups"),
    (re.compile(r"\bstrided\s+(?=conv)", re.I), r"strides?\W{0,3}(?:of\s+)?\d|\bs\s*=?\s*\d|/\s*\d", "stride 2"),
    (re.compile(r"\b(?:standard|regular|ordinary|normal|plain|vanilla|2-?d)\s+(?=conv)", re.I), "", ""),
)
_HALVES = re.compile(r"(?<![\d.)/-])(\d{1,6})\s*\+\s*(\d{1,6})(?![\d.]|\s*[-+/*])")
_BARS = re.compile(r"(?<![\d.x])(\d{1,6})\s*\|\s*(\d{1,6})(?![\d.x])")
_PER_GPU = re.compile(r"(?<![\dx.])(\d{1,6})((?:\s+[A-Za-z]+)?)\s+(?:per|on\s+each|each)\s+GPU\b", re.I)
_NEURONS = re.compile(r"(\d{1,7})\s+(?:neurons|units)", re.I)  # a line of nothing else; behind a label they are the label's
_FORMULA = re.compile(r"\bP\s*=\s*\(\s*F\s*-\s*1\s*\)\s*/\s*2", re.I)
_FILTER = re.compile(r"\bF\s*=\s*(\d{1,3})(?!\d)", re.I)
_MAPS = re.compile(
    r"(\d{1,6})\s+feature\s+maps?\s*,?\s*(?=(?:with\s+)?(?:an?\s+)?(?:kernels?|filters?)\b.*\d|(?:with\s+)?\d+\s*x\s*\d+\s+(?:kernels?|filters?))",
    re.I,
)
_COUNTED_UNITS = re.compile(rf"\b({'|'.join(_WORDS)})\s+(?=(?:neurons?|units?|filters?|kernels?|outputs?|channels?)\b)", re.I)
_IN_OUT = re.compile(
    r"^(fc|dense|linear|fully[- ]connected(?:\s+layer)?|conv\w*)\W{0,3}(\d{1,7}(?:\s*[x*]\s*\d{1,7}){0,3})"
    r"\s*(?:-+>|→|to\s)\s*(\d{1,7})\b",
    re.I,
)
_UNITS = re.compile(rf"\b(\d{{1,7}})\s+({ACT}|rectifier|rectified\s+linear|linear)\s+(?:units?|neurons?|nodes?|outputs?)\b", re.I)
_VOCABULARY = re.compile(
    r"(?:word\s+)?embedding(?:\s+layer)?\W{0,3}(?:with\s+|of\s+)?(?:an?\s+)?(?:vocab(?:ulary)?(?:\s+size)?(?:\s+of)?\W{0,3})?(\d[\d,]{0,9})"
    r"(?:\s+(?:words|tokens))?\s*,?\s*(?:and\s+|to\s+|x\s+)?(?:dim(?:ension)?s?\s*(?:of\s+|=\s*)?)?(\d{1,6})(?:\s*-?\s*(?:d|dim(?:ension)?(?:s|al)?))?\)?",
    re.I,
)
_KEEP = re.compile(
    r"\bdropout\b\s*\(?(?:with\s+)?(?:an?\s+)?keep(?:ing)?(?:[\s_-]*prob(?:ability)?)?\s*(?:of\s+|[=:]\s*)?(0?\.\d{1,4}|1\.0)\)?",
    re.I,
)
_HOW_MUCH = re.compile(r"[,;]?\s*(?:(?:with|using)\s+)?\bzero[- ]?padd(?:ing|ed)\s*$", re.I)
_CROP = re.compile(r"\b(?:deconv|transpos|up-?conv).{0,200}?\b(crop(?:ping)?\s*(?:of\s+|=\s*)?(\d{1,3}))\b", re.I)
_GLOBAL = re.compile(
    r"(?:(?P<size>\d{1,3})x(?P=size)\s+)?global[\s-]*(?P<kind>max|av\w*|mean)[\s-]*pool\w*(?:\s+layer)?"
    r"(?(size)|\W{0,3}(?P<behind>\d{1,3})(?:\s*x\s*(?P=behind))?\)?)",
    re.I,
)
_SOME_ACTIVATION = re.compile(r"(?:an?\s+)?(?:non-?linear\s+)?activation(?:\s+function|\s+layer)?", re.I)
TWO_BIASES = {"gru": ""}  # where it resets after its product, as Keras's does
_KERAS_CELL = re.compile(r"(lstm|gru|simplernn|rnn)\s*\((.*)\)$", re.I)
_RETURNS = re.compile(r",?\s*return_sequences\s*=\s*(True|False)")
_TIMES_FILTERS = re.compile(r"(conv\w*)\s+(\d{1,3})\s*x\s*\2\s+x\s+(\d{1,6})(?!\d)(.*)", re.I)
_THREE = re.compile(r"(conv\w*)\s*\(\s*(\d{1,3})\s*,\s*\2\s*,\s*(\d{1,6})\s*\)(.*)", re.I)
_SEPARABLE = re.compile(r"\b(?:depth-?wise[\s-]+)?separable[\s-]*conv\w*", re.I)
_SEQUENCES = re.compile(r"[,;]?\s*\b(?:with\s+)?returns?[\s_]sequences\b", re.I)
_TRANSFORMER = re.compile(r"transformer(?:\s+(?:encoder|block|layer)s?)*\b(?!_)", re.I)
_ADD_NORM = re.compile(r"add(?:ition)?\s*(?:&|\+|and)\s*(?:layer[\s-]*)?norm\w*", re.I)
_FEED_FORWARD = re.compile(r"(?:position-?wise\s+)?(?:feed[\s-]*forward|ffn)(?:\s+(?:network|layer|part))?\W{0,3}(\d{0,7})", re.I)
_INCEPTION = re.compile(r"(inception)\s*\(([\d\s,()]{5,80})\)", re.I)
_SKIP = re.compile(r"\b(?:skip|shortcut|residual)[\s-]+connection|\]\s*(?:concat\w*|\|\||add)\s*\[", re.I)
_MERGE = re.compile(r"(?:depth-?)?concat(?:enat\w*|enation)?\b(?!.*\baxis)", re.I)


_COUNT = _WORDS
_MANY = re.compile(
    rf"(?:the\s+)?(?!\d|the\b|{'|'.join(_COUNT)})(?:[A-Za-z-]+\s+){{1,3}}layers\s+(?:have|has|with|of|use)\s.*\beach$", re.I
)


def refuse_first(place: Scalar) -> None:
    """Refuses what would be read as something else: `7x7 global average pooling`, a merge, uncounted layers. Raises SpecError."""
    text = place.text
    if match := _CROP.search(text):
        line = f"{text[: match.start(1)]}padding {match[2]}{text[match.end() :]}"
        message = f"is {match[2]} taken off each side? That is the padding of a transposed convolution"
        raise SpecError([Fault(message, sub(place, match.start(1), match.end()).span(), repairs=[line])])
    if (match := _GLOBAL.fullmatch(text)) is not None and (match["size"] or match["behind"]) != "1":
        kind, size = "max" if match["kind"].lower() == "max" else "avg", match["size"] or match["behind"]
        message = f"global pooling goes over the whole map and leaves 1x1; is {size}x{size} its window, or what it leaves?"
        repairs = [f"global{kind}pool", f"{kind}pool {size}", f"adaptive{kind}pool {size}"]
        raise SpecError([Fault(message, place.span(), repairs=repairs)])
    if match := _MERGE.match(text):
        raise _beside(place, match)
    if (match := _MANY.match(place.text)) is not None:
        one = re.sub(r"^the\s+", "", match[0], flags=re.I).replace(" have ", " with ")
        message = "how many layers are these?"
        raise SpecError([Fault(message, place.span(), repairs=[f"two {one}", "a line for each"])])


def put(place: Scalar, start: int, end: int, words: str) -> Scalar:
    """The place with other words for a part of it."""
    return compose(place, (0, start), (words, start, max(end, start + 1)), (end, len(place.text)))


def said(place: Scalar, notes: dict[str, None]) -> Scalar | None:
    """The line with one saying put in the notation's words; None where it has none. Raises SpecError."""
    text = place.text
    _refuse(place)
    for pattern, setting, example in QUALIFIED:
        match = pattern.search(text)
        if match is None:
            continue
        if setting and not re.search(setting, text, re.I):
            message = f"'{match[0].strip()}' leaves open how much"
            raise SpecError([Fault(message, sub(place, *match.span()).span(), repairs=[f"{pattern.sub('', text)}, {example}"])])
        return put(place, *match.span(), "")
    if (match := _INCEPTION.fullmatch(text)) and len(numbers := re.findall(r"\d+", match[2])) == 6:
        return put(place, 0, len(text), f"inception {' '.join(numbers)}")
    if (match := _NEURONS.fullmatch(text)) is not None and place.source.line(place.line).strip(" -*•.").lower() == text.lower():
        notes[f"'{text}' is read as a fully connected layer"] = None
        return put(place, *match.span(), f"fc {match[1]}")
    if (match := _MAPS.match(text)) is not None:
        return put(place, *match.span(), f"conv {match[1]}, ")
    if (match := _COUNTED_UNITS.search(text)) is not None:
        return put(place, *match.span(1), str(_WORDS.index(match[1].lower()) + 1))
    if (match := _IN_OUT.match(text)) is not None:
        product = prod(int(n) for n in re.findall(r"\d+", match[2]))
        return put(place, *match.span(), f"{match[1]} in={product} out={match[3]}")
    if (match := _UNITS.search(text)) is not None:
        act = {"rectifier": ", relu", "linear": ""}.get(
            match[2].lower(), f", {re.sub(r'rectified.linear', 'relu', match[2], flags=re.I)}"
        )
        if re.search(r"\b(?:fc|dense|fully|hidden|output)", text, re.I):
            return put(place, *match.span(), f"{match[1]} units{act}")
        notes[f"'{match[0]}' is read as a fully connected layer"] = None
        return put(place, *match.span(), f"fc {match[1]}{act}")
    if (match := _VOCABULARY.fullmatch(text)) is not None and re.search(r"vocab|words|tokens|dim", text, re.I):
        return put(place, 0, len(text), f"embedding {match[1].replace(',', '')} {match[2]}")
    for saying in SAYINGS:
        if (match := saying.pattern.search(text)) is not None:
            meant = match.expand(saying.meant).lower().replace("maxgpool", "maxpool")
            if saying.note:
                notes[saying.note.format(match[0].strip(" ,;"))] = None
            return put(place, *match.span(), meant)
    return None


def kept(place: Scalar, notes: dict[str, None]) -> Scalar | None:
    """`dropout, keep probability 0.8` as a dropout of 0.2."""
    match = _KEEP.search(place.text)
    if match is None:
        return None
    from decimal import Decimal

    dropped = f"{(1 - Decimal(match[1])).normalize():f}"
    notes[f"'{match[0]}' keeps {match[1]}, so it is dropout {dropped}"] = None
    return put(place, *match.span(), f"dropout {dropped}")


def formula(place: Scalar) -> Scalar | None:
    """cs231n's `P=(F-1)/2`, where F is on the line."""
    text = place.text
    match, size = _FORMULA.search(text), _FILTER.search(text)
    return put(place, *match.span(), f"P={int(size[1]) // 2}") if match and size and int(size[1]) % 2 else None


def keras_cell(place: Scalar, notes: dict[str, None]) -> Scalar | None:
    """`LSTM(50)` beside one that says `return_sequences`: Keras's, with one bias a gate and the last step unless it says so."""
    match = _KERAS_CELL.match(place.text)
    if match is None or "return_sequences" not in place.source.text:
        return None
    stated = _RETURNS.search(place.text)
    last = "" if stated and stated[1] == "True" else " last"
    rest = _RETURNS.sub("", match[2]).strip(" ,")
    one = TWO_BIASES.get(match[1].lower(), " onebias")
    notes["`return_sequences` is Keras's word, so recurrent layers have its one bias, and its last step where it is not said"] = (
        None
    )
    return compose(place, (f"{match[1].lower()} {rest}{one}{last}", 0, len(place.text)))


def halves(place: Scalar, notes: dict[str, None]) -> Scalar | None:
    """AlexNet's `48+48 kernels`, `48 | 48`, `48 per GPU`: both halves as one layer, and the note says over what channels.

    Krizhevsky et al. 2012, figure 2: the second, fourth and fifth convolution see the maps of their own GPU alone.
    """
    text = place.text
    match = _HALVES.search(text) or _BARS.search(text) or _PER_GPU.search(text)
    if match is None:
        return None
    if match.re is _PER_GPU:
        number = 2 * int(match[1])
        words = f"{number}{match[2] or ''}"
    else:
        if match[1] != match[2]:
            return None
        number = 2 * int(match[1])
        words = str(number)
    if re.search(r"\bconv|kernels?\b|filters?\b|\d\s*x\s*\d", text, re.I) and not re.search(r"\bgroups?\b|\bg\d", text, re.I):
        notes[
            f"'{match[0].strip()}' is read as {number} over all channels that arrive; where each half sees its own alone, "
            "`groups 2` on the line says so"
        ] = None
    else:
        notes[f"'{match[0].strip()}' is read as {number}"] = None
    return put(place, *match.span(), words)


def _refuse(place: Scalar) -> None:
    """Refuses what may be meant two ways, and what a figure's lines cannot say. Raises SpecError."""
    text = place.text
    if match := _TIMES_FILTERS.fullmatch(text) or _THREE.fullmatch(text):
        kernel, number, rest = match[2], match[3], match[4].rstrip()
        if match.re is _TIMES_FILTERS:
            message = f"'{text[: match.start(4)].strip()}' may be {number} filters, or {number} times the same"
        else:
            message = f"which number of '{text[match.end(1) : match.start(4)]}' is which must be said"
        repairs = [f"{kernel}x{kernel} {match[1]}, {number}{rest}"]
        raise SpecError([Fault(message, sub(place, 0, match.start(4)).span(), repairs=repairs)])
    if (match := _HOW_MUCH.search(text)) and match.start() and re.search(r"conv|filters?\b|kernels?\b", text, re.I):
        size = re.search(r"(?<!\d)(\d{1,2})\s*x\s*\1(?!\d)", text)
        line = text[: match.start()]
        message = "how much zero padding? `same` keeps the size"
        repairs = [f"{line}, same", f"{line}, pad {int(size[1]) // 2 if size else 1}"]
        raise SpecError([Fault(message, sub(place, *match.span()).span(), repairs=repairs)])
    if match := _SEQUENCES.search(text):
        line = f"{text[: match.start()]}{text[match.end() :]}"
        message, repairs = "every step's output is what a recurrent layer gives here", [line]
        if not re.search(r"\bgru\b", text, re.I):  # Keras's GRU has two biases as well
            message, repairs = f"{message}; Keras, whose word it is, has one bias a gate", [f"{line}, onebias", line]
        raise SpecError([Fault(message, sub(place, *match.span()).span(), repairs=repairs)])
    if _SOME_ACTIVATION.fullmatch(text):
        raise SpecError([Fault("which activation? It has no parameters", place.span(), repairs=["relu", "without this line"])])
    if match := _SEPARABLE.search(text):
        number = next(iter(re.findall(r"(?<![\dx])(\d{1,6})(?!\s*x|\d)", text[match.end() :])), "64")
        message = "has it normalisation and ReLU between and behind its two convolutions, as in MobileNet?"
        repairs = [f"depthwise_separable {number}", f"3x3 depthwise, pad 1; 1x1 conv, {number}"]
        raise SpecError([Fault(message, sub(place, *match.span()).span(), repairs=repairs)])
    if match := _TRANSFORMER.match(text):
        heads = re.search(r"(\d+)[\s-]*heads?|heads?\W{0,3}(\d+)", text, re.I)
        number = (heads[1] or heads[2]) if heads else "8"
        message = "a layer of a transformer is a block here, of its number of heads and the width of its feed-forward part"
        wide = re.search(r"(?:mlp|ff\w*|feed[\s-]*forward|hidden)\D{0,12}(\d{2,6})", text, re.I)
        times = re.search(r"\bx\s?(\d{1,3})\b|\b(\d{1,3})\s?x\b|(\d{1,3})\s+layers", text, re.I)
        block = f"transformer_encoder_layer {number} ff={wide[1] if wide else 2048}"
        often = next((n for n in times.groups() if n), "6") if times else "6"
        raise SpecError([Fault(message, sub(place, *match.span()).span(), repairs=[f"{often}x {block}", block])])
    if (match := _ADD_NORM.match(text)) or (match := _FEED_FORWARD.match(text)):
        message = "what is added, and the width it comes back to, is not said; an encoder's layer is a block here"
        width = (match[1] if match.re is _FEED_FORWARD else "") or "2048"
        block = f"`transformer_encoder_layer 8 ff={width}` for attention, Add & Norm, feed forward, Add & Norm"
        raise SpecError([Fault(message, sub(place, *match.span()).span(), repairs=[block])])
    if match := _SKIP.search(text):
        raise _beside(place, match)


def _beside(place: Scalar, match: re.Match[str]) -> SpecError:
    """The fault of paths beside each other."""
    message = "a figure's lines follow one another; paths beside each other are written as blocks or in a file of the notation"
    repairs = ["`basic 64` for a residual block of ResNet", "`archcalc blocks` for the others"]
    return SpecError([Fault(message, sub(place, *match.span()).span(), repairs=repairs)])
