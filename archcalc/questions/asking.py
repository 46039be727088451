"""From what a person writes (`205x100`, `same`, `?`) to questions, one an axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from archcalc.layers import KINDS as NAMES
from archcalc.layers import layer_class, normal
from archcalc.questions.layer import KINDS, LEAST, LETTERS, Question
from archcalc.text.faults import Fault, SpecError, suggestions
from archcalc.text.signs import plain

LARGEST = 10**9
AXES = {1: ("",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def fault(message: str, repair: str, *more: str) -> SpecError:
    """A fault of the command line."""
    return SpecError([Fault(message, repairs=(repair, *more))])


def kind_of(text: str) -> str | None:
    """The size formula of the layer a word names, by any of its names in the notation; None where it has none."""
    word = normal(text)
    formula = layer_class(NAMES[word]).formula if word in NAMES else word
    return formula if formula in KINDS else None


class Channels(NamedTuple):
    """The channels that stand with a layer's sizes, and how the sizes were read: "last", "first", or as "axes"."""

    input: int | None = None
    output: int | None = None
    order: str = "axes"


def split_channels(kind: str, given: Mapping[str, str | None]) -> tuple[dict[str, str | None], Channels | None]:
    """Sizes with their channels taken off: 205x205x3 is 205x205 with 3 channels, 3x224x224 is 224x224 with 3.

    Channels stand last where all sizes in front of them are equal, first where all behind them are. Sizes that are all equal
    are three axes, and it is said; with a kernel, stride or padding of as many axes all are. Raises SpecError where the
    channels cannot be told.
    """
    numbers = {name: _plain_sizes(given.get(name)) for name in ("input", "output")}
    axes = max((given.get(n) or "").count("x") + 1 for n in ("kernel", "stride", "padding", "dilation", "output_padding"))
    longest = max((len(n) for n in numbers.values() if n), default=0)
    if longest < 3 or axes == longest:
        return dict(given), None
    ends = [end for n in numbers.values() if n and len(n) == longest and (end := _end(n))]
    if not ends or len(set(ends)) > 1:
        wide = [n for n in numbers.values() if n and len(n) == longest]
        if longest == 3 and all(len(set(n)) == 1 for n in wide):
            return dict(given), Channels()
        shown = "x".join(map(str, wide[0]))
        plain_axes = "x".join(["1"] * longest)
        raise fault(
            f"which of {shown} are the channels cannot be told",
            "the sizes without them: --input 28x30 --output 13x14",
            *([f"--dilation {plain_axes} for three axes"] if longest == 3 else []),
        )
    last = ends[0] == "last"
    made, found = dict(given), {}
    for name, sizes in numbers.items():
        if sizes and len(sizes) == longest:
            found[name] = sizes[-1 if last else 0]
            made[name] = "x".join(map(str, sizes[:-1] if last else sizes[1:]))
    channels = Channels(found.get("input"), found.get("output"), ends[0])
    if kind == "pool" and channels.input and channels.output and channels.input != channels.output:
        raise fault(f"pooling keeps its {channels.input} channels; it makes no {channels.output} of them", "`solve conv`")
    return made, channels


def _plain_sizes(text: str | None) -> list[int] | None:
    """The whole numbers of 205x205x3; None for anything else."""
    parts = plain((text or "").strip()).lower().split("x")
    return [int(p) for p in parts] if all(p.strip().isascii() and p.strip().isdecimal() and len(p) < 11 for p in parts) else None


def _end(sizes: list[int]) -> str:
    """Where the channels of a shape stand: first or last; nothing where the sizes do not tell."""
    last, first = len(set(sizes[:-1])) == 1, len(set(sizes[1:])) == 1
    return "" if last == first else "last" if last else "first"


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
        raise fault(
            f"--{_dashed(wrong[0])} has {len(parsed[wrong[0]] or [])} axes, another option has {rank}",
            f"--{_dashed(wrong[0])} with {rank} numbers, as in {'x'.join(['3'] * rank)}",
        )
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
    if not text.isascii() or not text.isdecimal():
        words = {"padding": ["same", "valid", "1x0"], "stride": ["kernel"]}.get(name, ["28", "205x100"])
        if len(text) == 1 and text.isalpha():  # the formula's letter
            raise fault(
                f"--{_dashed(name)} {text}: not a whole number", f"without --{_dashed(name)}, which is then what is found"
            )
        raise fault(f"--{_dashed(name)} {text or chr(39) * 2}: not a whole number", *suggestions(text, words) or words[-1:])
    if len(text) > 10 or not LEAST[name] <= int(text) <= LARGEST:
        raise fault(
            f"--{_dashed(name)} {text[:20]}: outside {LEAST[name]} to {LARGEST:,}", f"--{_dashed(name)} {max(LEAST[name], 1)}"
        )
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
