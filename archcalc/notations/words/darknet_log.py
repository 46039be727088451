"""The list that darknet prints while it loads a cfg: `0 conv 32 3 x 3 / 1 416 x 416 x 3 -> 416 x 416 x 32 0.299 BFLOPs`.

The shapes a row states are held against ours and the padding follows from them; BFLOPs are two operations a multiplication.
Source: darknet, src/convolutional_layer.c, src/maxpool_layer.c, src/connected_layer.c (make_*_layer).
"""

from __future__ import annotations

import re

from archcalc.layers.base import Shape
from archcalc.notations.own.tree import Scalar
from archcalc.notations.words.places import compose
from archcalc.notations.words.stated import Fact
from archcalc.notations.words.tables import Row
from archcalc.text.faults import Fault, SpecError

_SIZE = r"\d{1,5}\s*x\s*\d{1,5}\s*x\s*\d{1,6}"
_KERNEL = r"(?P<k>\d{1,3})\s*x\s*(?P=k)\s*/\s*(?P<s>\d{1,3})"
_FLOPS = r"(?:\s+(?P<flops>\d{1,6}\.\d{1,4})\s*BF(?:LOPs)?)?"
_MAPS = rf"(?P<in>{_SIZE})\s*->\s*(?P<out>{_SIZE})"
# The rows that are read, each with the line of the notation that it stands for.
_ROWS = [
    (re.compile(rf"\s*\d{{1,4}}\s+(?P<what>{pattern})\s*", re.I), line)
    for pattern, line in (
        (rf"conv\s+(?P<n>\d{{1,6}})\s+{_KERNEL}\s+{_MAPS}{_FLOPS}", "conv {n} k{k} s{s}"),
        (rf"max\s+{_KERNEL}\s+{_MAPS}", "maxpool {k} s{s}"),
        (rf"avg\s+(?P<in>{_SIZE})\s*->\s*(?P<out>\d{{1,6}})", "globalavgpool"),
        (r"connected\s+(?P<in>\d{1,9})\s*->\s*(?P<out>\d{1,9})", "fc {out}"),
        (r"dropout\s+p\s*=\s*(?P<rate>0?\.\d{1,4})\s+(?P<in>\d{1,9})\s*->\s*(?P<out>\d{1,9})", "dropout {rate}"),
    )
]
_JOINS = re.compile(r"\s*\d{1,4}\s+(?P<kind>[a-z]{3,20})(?:\s+.*)?", re.I)
_HEADING = re.compile(r"\s*layer\s+filters\s+size(?:/strd\(dil\))?\s+input\s+output\s*", re.I)
NOTE = (
    "darknet's list says nothing of batch norm and activations, so that these are left out and each convolution has a bias; "
    "the cfg file says them"
)


def is_log(lines: list[str]) -> bool:
    """Whether a text is such a list: its first row, under the heading or not, has the shapes of maps."""
    told = [line for line in lines if line.strip()][:2]
    return any("k" in match.groupdict() for line in told if (match := _match(line)[0]) is not None)


def _match(line: str) -> tuple[re.Match[str] | None, str]:
    found = ((pattern.fullmatch(line), made) for pattern, made in _ROWS)
    return next(((match, made) for match, made in found if match is not None), (None, ""))


def row(place: Scalar) -> Row | None:
    """What a line of the list stands for; None for the heading. Raises SpecError."""
    text = place.text
    if _HEADING.fullmatch(text):
        return None
    match, made = _match(text)
    if match is None:
        named = _JOINS.fullmatch(text)
        which = f"a row of '{named['kind']}'" if named else "this row"
        message = f"{which} of darknet's list is not read: it does not say all of its layer"
        raise SpecError([Fault(message, place.span(), repairs=["the cfg file itself"])])
    said = match.groupdict()
    arrives, result = _shape(said["in"]), _shape(said["out"])
    line = made.format(**said)
    if "k" in said and "n" not in said and result[1:] != tuple((n - int(said["k"])) // int(said["s"]) + 1 for n in arrives[1:]):
        line += " same"  # darknet's pools are padded by their size less one in all
    if said.get("flops"):
        count = 2 * int(said["n"]) * int(said["k"]) ** 2 * arrives[0] * result[1] * result[2]
        _hold(compose(place, match.span("flops")), count)
    facts = [
        Fact("input", arrives, compose(place, match.span("in"))),
        Fact("output", result, compose(place, match.span("out"))),
    ]
    start = match.start("what")
    return Row(compose(place, (line, start, match.start("in"))), facts, image=False)


def _shape(text: str) -> Shape:
    """Darknet writes width, height, channels."""
    sizes = [int(n) for n in re.findall(r"\d+", text)]
    return (sizes[2], sizes[1], sizes[0]) if len(sizes) == 3 else tuple(sizes)


def _hold(stated: Scalar, count: int) -> None:
    """Holds a row's BFLOPs against its own sizes, to the digits written. Raises SpecError."""
    digits = len(stated.text.partition(".")[2])
    ours = f"{count / 1e9:.{digits}f}"
    if ours != f"{float(stated.text):.{digits}f}":
        message = f"stated are {stated.text} BFLOPs; two operations a multiplication come to {ours}"
        raise SpecError([Fault(message, stated.span(), repairs=[ours])])
