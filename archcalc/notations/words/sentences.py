"""What prose says around a layer, put as the notation has it: `The second hidden layer convolves 64 filters of 4 x 4`.

A frame (`The first layer is a …`) is grammar and taken off; the other patterns stand for a few words of the notation. A sentence
about what was there before (`The first layer is followed by …`) refers to it, and the note says to what.
"""

from __future__ import annotations

import re

from archcalc.notations.own.tree import Scalar
from archcalc.notations.words.places import sub
from archcalc.notations.words.sayings import ACT, Saying, put

_ORDINAL = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|next|last|final|following|[1-9](?:st|nd|rd|th)"
_VERB = r"(?:is|has|applies|uses|contains|consists\s+of|performs|performes|employs|convolves|computes)"
# What a sentence says around its layer: `The first layer is a …`, `Then comes …`, `Finally, there are …`.
FRAME = re.compile(
    r"(?:(?:and|then|followed by|finally|next|lastly|again|afterwards|after (?:that|this)|first(?:ly)?|second"
    r"(?:ly)?|third(?:ly)?)\b,?\s+)*"
    r"(?:(?:comes?|there (?:is|are)|(?:we\s+)?(?:have|use|apply|add|put)|applies|performs|uses|it (?:is|has)|this is)\s+)?"
    rf"(?:(?:the|an?|one)\s+)?(?:(?:{_ORDINAL})\s+)?(?:(?:hidden\s+(?=layer\s+convolves))?layer\s+{_VERB}\s+)?(?:(?:an?|the)\s+)?",
    re.I,
)
_THE_INPUT = r"(?:the|its)\s+(?:input|output)(?:\s+image|\s+of\s+the\s+[a-z]+(?:\s+[a-z]+)?\s+layer)?"
PROSE = (
    Saying(re.compile(r"\bfull(?:y)?[- ]connected\s*\(\s*dense\s*\)|\bdense\s*\(\s*fully[- ]connected\s*\)", re.I), "dense"),
    Saying(
        re.compile(r"^(?:conv|pool|dense|fc|fully)[A-Za-z -]*\slayer\s*:?\s+(?:again,?\s+)?(?:applies|performs)\s+", re.I), ""
    ),
    Saying(re.compile(r"\bpadding\s+of\s+size\s+(?=\d)", re.I), "padding "),
    Saying(re.compile(r"^((?:conv|fc|pool)\d+)\s+(?:has|uses|applies)\s+", re.I), r"\1: "),
    Saying(re.compile(r"\b(?:there\s+are\s+(?=\d+\s+(?:filters|kernels)))", re.I), ""),
    Saying(re.compile(r"\boutput\s+neurons?\s+(?:is\s+)?(?=\d)", re.I), "units "),
    Saying(re.compile(r"\bfully[- ]connected\s+(?=(?:neurons|units)\b)", re.I), ""),
    Saying(re.compile(r"^(?:then\s+)?flatten(?:ed|ing)(?:\s+(?:layer|output))?$", re.I), "flatten"),
    Saying(re.compile(r"\b(\d+)\s+(?:output\s+)?units?,?\s+each\s+with\s+a\s+bias$", re.I), r"\1 units"),
    Saying(re.compile(r"\b(layer),?\s+(?:that|which)\s+(?:convolves|has|uses|applies|with)\s+", re.I), r"\1 with "),
    Saying(re.compile(r"^(conv\w*\s+layer)\s+(?:has|uses|applies|convolves|performs|also\s+has)\s+", re.I), r"\1 with "),
    Saying(
        re.compile(
            r"\b(?:hidden\s+)?layer\s+is\s+(?:an?\s+)?fully[- ]connected,?(?:\s+layer)?\s+(?:and\s+)?(?:consists\s+of"
            r"|has|with|of)\s+",
            re.I,
        ),
        "fully connected ",
    ),
    Saying(re.compile(rf"\s+(?:with|on|over|to)\s+{_THE_INPUT}\b", re.I), ""),
    Saying(re.compile(rf"\btakes\s+as\s+input\s+{_THE_INPUT}\s+and\s+filters\s+it\s+with\b", re.I), "with"),
    Saying(re.compile(rf"\bfilters\s+{_THE_INPUT}\s+with\b", re.I), "with"),
    Saying(re.compile(r",?\s+and\s+(?:then\s+)?(?:applies|uses)\s+(?:an?\s+|the\s+)?", re.I), ", "),
    Saying(
        re.compile(
            r"\b(?:rectifier|rectifying)(?:\s+non-?linearity|\s+activation(?:\s+function)?)?\b(?!\s+(?:units|neurons))", re.I
        ),
        "relu",
    ),
    Saying(
        re.compile(r"^(conv\w*|fc|dense|linear)\s+with\s+(\d+)\s+(?:hidden\s+)?(?:rectifier|rectified\s+linear)\s+units\b", re.I),
        r"\1 \2, relu",
    ),
    Saying(
        re.compile(r"\bwith\s+(?:an?\s+)?dropout\s+(?:regulari[sz]ation\s+)?(?:rate|probability)\s+(?:of\s+|=\s*)?(?=\d)", re.I),
        ", dropout ",
    ),
    Saying(re.compile(r"\s+with\s+(\d{1,2})\s*%\s+dropout\b", re.I), r", dropout \1%"),
    Saying(re.compile(r"^(\d{1,2})\s*%\s+dropout$", re.I), r"dropout \1%"),
    Saying(re.compile(rf"\b({ACT})\s+with\s+(?:an?\s+)?(stride)\s+(?:of\s+|\w\s*=\s*)?(\d+)$", re.I), r"\2 \3, \1"),
    Saying(
        re.compile(
            r"\b(?:with\s+)?(\d+)\s+(?:pixels?|zeros?|rows?)(?:\s+of\s+(?:zero[- ])?padding|(?:\s+of\s+"
            r"(?:zero[- ])?padding)?\s+(?:on|at)\s+(?:each|every|all|both)\s+sides?)\b",
            re.I,
        ),
        r"padding \1",
    ),
    Saying(
        re.compile(r"\s+(?:on|at)\s+(?:each|every|all|both)\s+sides?\b|\s+in\s+(?:each|both|every)\s+directions?\b", re.I), ""
    ),
    Saying(re.compile(r"\s+per\s+direction\b|\s+for\s+both\s+(?:the\s+)?height\s+and\s+(?:the\s+)?width\b", re.I), ""),
    Saying(re.compile(r"\b(?:the\s+input\s+is\s+)?padded\s+(?:by|with)\s+(\d+)(?:\s+(?:pixels?|zeros?))?", re.I), r"padding \1"),
    Saying(re.compile(r"\bunpadded\b", re.I), "no padding"),
    Saying(re.compile(r"\bover\s+(?:an?\s+)?(?=\d+x\d)|(?<=\dx\d)\s+(?:windows?|regions?|neighbou?rhoods?|areas?)\b", re.I), ""),
    Saying(re.compile(r"\bunit\s+stride\b", re.I), "stride 1"),
    Saying(re.compile(r"\bof\s+shape\b", re.I), "of size"),
    Saying(re.compile(r"\(\s*[HWDC](?:\s*x\s*[HWDC]){1,3}\s*\)", re.I), ""),
    Saying(re.compile(r"\bwith\s+size\b", re.I), "of size"),
)
_NUMBER_WORDS = {word: n for n, word in enumerate("one two three four five six".split(), 1)}
_WORDED = re.compile(
    rf"\b(stride|padding|pad)\s+(?:of\s+)?({'|'.join(_NUMBER_WORDS)})\b|\b({'|'.join(_NUMBER_WORDS)})(?=-layer\b)", re.I
)
# A remark in brackets that begins as a clause does, whatever numbers it holds.
_CLAUSE = re.compile(
    r"\s*\(\s*(?:extracting|which|that|this|i\.e\.|e\.g\.|because|so|representing|probability|one\s+for)\b[^()]{0,200}\)", re.I
)
_TAIL = re.compile(r",\s*one\s+(?:for|per)\s+(?:each|every)?\s*[A-Za-z ]{3,60}(?:\(\d+\s*-\s*\d+\))?(?=$|,\s)", re.I)
_ALSO = re.compile(r"\s*\(\s*[A-Za-z -]{2,30}layer\s*\)\s*:?", re.I)
_REFERENCE = re.compile(
    rf"(?:the|this|that)\s+(?:(?:{_ORDINAL})\s+)?(?:(?P<kind>[A-Za-z-]+(?:\s+[A-Za-z-]+)?)\s+)?(?:layers?|output|one)\s+(?:is|are)",
    re.I,
)
_FOLLOWED = re.compile(r"\s{0,3},?\s{0,3}(?:then\s+|also\s+){0,2}followed\s+by\b", re.I)


def prose(place: Scalar, notes: dict[str, None]) -> Scalar | None:
    """The line with one way of a sentence put in the notation's words; None where it has none."""
    text = place.text
    if (match := _WORDED.search(text)) is not None:
        if match[1]:
            return put(place, *match.span(), f"{match[1]} {_NUMBER_WORDS[match[2].lower()]}")
        return put(place, *match.span(), str(_NUMBER_WORDS[match[3].lower()]))
    for pattern in (_CLAUSE, _TAIL, _ALSO):
        if (match := pattern.search(text)) is not None and match.start():
            notes[f"'{match[0].strip(' ,')[:60]}' is a remark"] = None
            return put(place, *match.span(), ":" if match[0].rstrip()[-1:] == ":" else "")
    for saying in PROSE:
        if (match := saying.pattern.search(text)) is not None:
            return put(place, *match.span(), match.expand(saying.meant))
    return None


def frame(place: Scalar) -> Scalar | None:
    """`The first layer is a convolution with …`: what the sentence says around the layer is grammar."""
    match = FRAME.match(place.text)
    if match is None or not match[0].strip() or match.end() == len(place.text):
        return None
    return sub(place, match.end(), len(place.text))


def reference(place: Scalar) -> str | None:
    """The kind of layer that `The second convolutional layer` refers to before `is followed by`; None where it refers to none."""
    match = _REFERENCE.fullmatch(place.text)
    if match is None:
        return None
    line = place.source.line(place.line)
    if not _FOLLOWED.match(line, place.column - 1 + len(place.text)):
        return None
    return match["kind"] or ""
