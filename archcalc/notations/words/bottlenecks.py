"""MobileNetV2's table as its paper prints it: `112² × 32 | bottleneck | 1 | 16 | 1 | 1`. Sandler et al. 2018, table 2.

A row stands for n layers of which the first has the stride s. What the table leaves to the paper's text stands in the notes:
batch norm and ReLU6 behind each convolution, 3x3 where no kernel is said, the classes that `k` counts.
"""

from __future__ import annotations

import re
from typing import NamedTuple

COLUMNS = {"input": "input", "operator": "layer", "t": "expand", "c": "out", "n": "repeat", "s": "stride"}
CLASSES = "1000"  # ImageNet's, on which the paper's networks are trained
_SQUARE = re.compile(r"(\d{1,5})\s*(?:²|\^\s*\{?2\}?)\s*x\s*(\d{1,6})")
_CONV = re.compile(r"conv(?:2d)?(?:\s*,?\s*(\d{1,2})\s*x\s*\1)?", re.I)
_POOL = re.compile(r"(?:avg|average)[- ]?pool(?:ing)?(?:\s*,?\s*(\d{1,2})\s*x\s*\1)?", re.I)
_BLOCK = re.compile(r"(?:inverted[- ])?(?:linear[- ])?(?:residual[- ])?(?:bottleneck|inverted[- ]residual)", re.I)


class Wrong(NamedTuple):
    """A cell that does not say what its column needs: the column's kind, the message and what to type."""

    kind: str
    message: str
    repair: str


def is_heading(cells: list[str]) -> bool:
    """Whether these are the headings of the table, in any order."""
    return sorted(cell.strip().lower() for cell in cells if cell.strip()) == sorted(COLUMNS)


def shape(text: str) -> tuple[int, ...] | None:
    """`56² × 24`, `56^2 × 24`: a map of 56 by 56, its channels first; None where the text is no such size."""
    match = _SQUARE.fullmatch(text.strip())
    return (int(match[2]), int(match[1]), int(match[1])) if match else None


def lines(said: dict[str, str], last: bool, notes: list[str]) -> list[str] | Wrong:
    """The lines of the notation that a row stands for. `last`: its input has no map left, so that it is the classifier."""
    operator = said["layer"]
    for kind in ("expand", "out", "repeat", "stride"):
        text = said.get(kind)
        if text is not None and not re.fullmatch(r"\d{1,6}", text) and not (kind == "out" and text == "k" and last):
            return Wrong(kind, f"'{text[:40]}' is no number", "1")
    times, stride = int(said.get("repeat", "1")), said.get("stride", "1")
    if not 1 <= times <= 100:
        return Wrong("repeat", f"a row of {said['repeat']} layers", "1")
    if match := _POOL.fullmatch(operator):
        other = next((kind for kind in ("expand", "out") if kind in said), None)
        if other or times > 1:
            return Wrong(other or "repeat", "a pool has no such setting", "`-` here")
        return [f"avgpool {match[1]}" + (f" s{stride}" if "stride" in said else "") if match[1] else "globalavgpool"]
    if "out" not in said:
        return Wrong("layer", f"nothing is said of the channels of '{operator[:40]}'", "its number of channels under c")
    out = said["out"]
    if _BLOCK.fullmatch(operator):
        if "expand" not in said:
            return Wrong("layer", f"nothing is said of the expansion of '{operator[:40]}'", "its factor under t")
        notes.append("a bottleneck is MobileNetV2's inverted residual, s the stride of its first")
        first = f"inverted_residual {out} t{said['expand']} s{stride}"
        return [first, *[f"inverted_residual {out} t{said['expand']} s1"] * (times - 1)]
    match = _CONV.fullmatch(operator)
    if match is None:
        return Wrong("layer", f"the operator '{operator[:40]}' is not known here", "bottleneck")
    if "expand" in said:
        return Wrong("expand", "a convolution has no expansion", "`-` here")
    kernel = match[1] or "3"
    if match[1] is None:
        notes.append("a conv2d without a kernel is read as 3x3")
    settings = f"k{kernel}" + (f" p{int(kernel) // 2}" if kernel != "1" else "")
    if last:
        if out == "k":
            notes.append(f"'k' is read as {CLASSES}, ImageNet's classes")
        notes.append("the conv2d behind the pool is read as the classifier: with a bias, without batch norm")
        return [f"conv {CLASSES if out == 'k' else out} {settings} s{stride}"] * times
    notes.append(
        "batch norm and ReLU6 behind each conv2d, and no bias, are not in the table but in the paper's text (Sandler et al. 2018)"
    )
    first = f"conv {out} {settings} s{stride} nobias bn relu6"
    return [first, *[f"conv {out} {settings} s1 nobias bn relu6"] * (times - 1)]
