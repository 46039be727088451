"""From what a person writes (`205x100`, `same`, `?`) to questions, one an axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.layers import KINDS as NAMES
from archcalc.layers import layer_class, normal
from archcalc.questions.layer import KINDS, LEAST, LETTERS, Question
from archcalc.text.faults import Fault, SpecError, suggestions
from archcalc.text.signs import plain

LARGEST = 10**9
AXES = {1: ("",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def fault(message: str, *repairs: str) -> SpecError:
    """A fault of the command line."""
    return SpecError([Fault(message, repairs=repairs)])


def kind_of(text: str) -> str | None:
    """The size formula of the layer a word names, by any of its names in the notation; None where it has none."""
    word = normal(text)
    formula = layer_class(NAMES[word]).formula if word in NAMES else word
    return formula if formula in KINDS else None


def questions(kind: str, given: Mapping[str, str | None], *, ceil: bool = False) -> list[Question]:
    """One question for each axis. What is None or `?` is left out; dilation only where everything else is given.

    Raises SpecError.
    """
    parsed = {name: _values(name, text) for name, text in given.items()}
    if ceil and kind != "pool":
        raise fault("only pooling rounds up", "leave --ceil out")
    rank = max([len(v) for v in parsed.values() if isinstance(v, list)], default=1)
    if rank > 3:
        raise fault(f"{rank} axes; a layer has 1 to 3", "--input 205x100")
    wrong = [name for name, v in parsed.items() if isinstance(v, list) and len(v) not in (1, rank)]
    if wrong:
        raise fault(f"--{_dashed(wrong[0])} has {len(parsed[wrong[0]] or [])} axes, another option has {rank}")
    said = {name for name, text in given.items() if text is not None}
    made = [
        _question(kind, {n: v[i % len(v)] if isinstance(v, list) else v for n, v in parsed.items()}, ceil, said)
        for i in range(rank)
    ]
    if not made[0].unknowns():
        raise fault(
            "nothing is left out, so there is nothing to solve", "leave one of the options out", "`archcalc layer` for the size"
        )
    return made


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _values(name: str, text: str | None) -> Any:
    """A list with a value an axis (None for `?`, a pair for two sides), a word, or None where it is left out."""
    if text is None:
        return None
    text = plain(text).strip().lower()
    if name == "padding" and text in ("same", "valid"):
        return text if text == "same" else [0]
    if name == "stride" and text == "kernel":
        return text
    return [_number(name, part.strip()) for part in text.split("x")]


def _number(name: str, text: str) -> int | tuple[int, int] | None:
    if text == "?":
        return None
    if name == "padding" and ":" in text:
        before, after = (_number(name, part) for part in text.split(":", 1))
        if isinstance(before, int) and isinstance(after, int):
            return before, after
    if not text.isascii() or not text.isdigit():
        words = {"padding": ["same", "valid", "1x0"], "stride": ["kernel"]}.get(name, ["28", "205x100"])
        raise fault(f"--{_dashed(name)} {text or chr(39) * 2}: not a whole number", *suggestions(text, words) or words[-1:])
    if len(text) > 10 or not LEAST[name] <= int(text) <= LARGEST:
        raise fault(f"--{_dashed(name)} {text[:20]}: outside {LEAST[name]} to {LARGEST:,}")
    return int(text)


def _question(kind: str, values: dict[str, Any], ceil: bool, said: set[str]) -> Question:
    same, tied = values.get("padding") == "same", values.get("stride") == "kernel"
    if same and kind != "conv":
        raise fault("same padding belongs to a convolution", "--padding 1")
    if same and values.get("stride") not in (1, None):
        raise fault("same padding is defined for stride 1 only, as in torch", "--stride 1")
    if same:
        values["padding"] = None
    if tied:
        values["stride"] = None
    after = None
    if isinstance(values.get("padding"), tuple):
        if kind != "conv":
            raise fault("only a convolution is padded unevenly", "--padding 1")
        values["padding"], after = values["padding"]
    needed = ["input", "output", "kernel", *([] if tied else ["stride"]), *([] if same else ["padding"])]
    if "dilation" not in said and any(values.get(n) is None for n in needed):
        values["dilation"] = 1
    if "output_padding" not in said:
        values["output_padding"] = 0
    return Question(kind, ceil=ceil, same=same, tied=tied, after=after, **{n: values.get(n) for n in LETTERS})
