"""The working of a layer: its settings and input sizes under their textbook letters, and its own methods run on those.

Every figure they return knows its formula, since the letters are recording integers (`archcalc.formulas.recording`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from archcalc.formulas.arithmetic import taps_inside
from archcalc.formulas.recording import Recorded, Step, by_name, expr_of, letters, renamed
from archcalc.layers.base import Count, Layer, Shape, Shapes, settings_of

MOST_TAPS = 16  # taps of a kernel written out one by one

AXIS = {"d": "depth", "h": "height", "w": "width"}
AXIS_NAMES = {1: ("size",), 2: ("height", "width"), 3: ("depth", "height", "width")}
AXES = {1: ("",), 2: ("_h", "_w"), 3: ("_d", "_h", "_w")}
SPATIAL = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}


def labelled_layer(layer: Layer) -> Layer:
    """The layer with its numbers recorded under their letters; a quiet setting at its default stays a plain number."""
    changes: dict[str, Any] = {}
    for name, (field, made) in settings_of(type(layer)).items():
        value = getattr(layer, name)
        if not made.symbol or value is None or isinstance(value, str | bool | float):
            continue
        if made.quiet and (value == field.default or (isinstance(value, tuple) and set(value) == {field.default})):
            continue
        changes[name] = _labelled(value, made.symbol)
    if getattr(layer, "stride", 0) is None:
        # A pool's stride is its window where nothing is said; the textbook's formula has S there all the same.
        changes["stride"] = _labelled(getattr(layer, "kernel", 1), "S")
    return dataclasses.replace(layer, **changes) if changes else layer


def _labelled(value: Any, symbol: str) -> Any:
    if isinstance(value, int):
        return Recorded(value, symbol)
    if any(isinstance(v, tuple) for v in value):
        suffixes = AXES.get(len(value), ("",) * len(value))
        after = "Q" if symbol == "P" else f"{symbol}'"
        return tuple(
            (Recorded(p, symbol + s), Recorded(q, after + s)) if p != q else (Recorded(p, symbol + s),) * 2
            for (p, q), s in zip(value, suffixes, strict=True)
        )
    if any(v is None for v in value):
        return value
    plain = ("",) * len(value)
    suffixes = plain if len(set(value)) == 1 else AXES.get(len(value), plain)
    return tuple(Recorded(v, symbol + s) for v, s in zip(value, suffixes, strict=True))


def labelled_shape(shape: Shape, layer: Layer, *, out: bool = False, windows: bool = False) -> Shape:
    """A shape under its letters. `windows` writes equal spatial sizes as the textbook's one W."""
    tail = "_out" if out else "_in"
    if not shape:
        return ()  # a single value
    if len(shape) == 1:
        return (Recorded(shape[0], f"N{tail}"),)
    if len(shape) == 2 and layer.layout != "channels":
        return (Recorded(shape[0], "T"), Recorded(shape[1], "F" if not out else "F_out"))
    spatial = shape[1:]
    letters = SPATIAL.get(len(spatial), tuple(f"D{i}" for i in range(len(spatial))))
    if windows and len(set(spatial)) == 1:
        letters = ("W",) * len(spatial)
    suffix = "" if windows else tail
    return (Recorded(shape[0], f"C{tail}"), *(Recorded(n, c + suffix) for n, c in zip(spatial, letters, strict=True)))


def labelled_inputs(inputs: Shapes, layer: Layer, *, windows: bool = False) -> Shapes:
    """The shapes that come in, under their letters: C_1, C_2 … where several inputs have other sizes along an axis."""
    made = tuple(labelled_shape(s, layer, windows=windows) for s in inputs)
    if len(made) < 2 or len({len(s) for s in made}) > 1:
        return made
    apart = [len({int(s[axis]) for s in made}) > 1 for axis in range(len(made[0]))]
    return tuple(
        tuple(_numbered(n, k) if differs else n for n, differs in zip(s, apart, strict=True)) for k, s in enumerate(made, 1)
    )


def _numbered(size: int, number: int) -> int:
    """A size under its letter and the number of its input: C_in of the second is C_2."""
    letter = expr_of(size)[1].partition("_")[0]
    return Recorded(int(size), f"{letter}_{number}")


def working(layer: Layer, inputs: Shapes, output: Shape, counts: Mapping[str, Count]) -> list[Step]:
    """Every figure of a layer with its working, from the layer's own methods run on recorded integers.

    `counts` are what is counted of its work, by their labels.
    """
    recorded = labelled_layer(layer)
    shape = recorded.output(labelled_inputs(inputs, layer, windows=True))
    found: list[Step] = []
    if len(output) >= 2 and layer.layout == "channels":
        axes = shape[1:]
        if len({expr_of(n) for n in axes}) == 1:
            if expr_of(axes[0])[0] != "s":
                found.append(Step("output size", axes[0]))
        else:
            found += [Step(f"output {name}", n) for n, name in zip(axes, AXIS_NAMES[len(axes)], strict=True)]
        if expr_of(shape[0])[0] not in ("s", "n"):
            found.append(Step("output channels", shape[0]))
    else:
        found += [Step("output size", n) for n in shape if expr_of(n)[0] not in ("s", "n")]
    seen = labelled_inputs(inputs, layer)
    labelled = labelled_output(recorded, layer, output)
    # A weight of every output position is written with H_out and W_out, whose own formulas stand above.
    known = {expr_of(n): expr_of(name) for n, name in zip(recorded.output(seen), labelled, strict=True)}
    known = {made: name for made, name in known.items() if made[0] not in ("s", "n")}
    weights = [w for w in recorded.weights(seen) if w.learned]
    if weights:
        found.append(Step("params", by_name(sum(w.count for w in weights), known)))
        if any(w.bias for w in weights):
            found.append(Step("without bias", by_name(sum(w.count for w in weights if not w.bias), known)))
    made = [(label, count(recorded, seen, labelled)) for label, count in counts.items()]
    return found + lettered([Step(label, n) for label, n in made if n], layer.windows(inputs, output))


# Counts that go by a letter of their own (`arithmetic.lettered`): the letter they are written by, and what they are.
COUNTED = {
    "taps": ("T", "taps"),
    "windows": ("V", "windows inside"),
    "reached": ("R", "positions reached"),
    "reads": ("A", "reads"),
}


def lettered(made: list[Step], windows: tuple[tuple[int, ...], ...]) -> list[Step]:
    """Steps whose sums have counts under letters: those counts in front, one for all axes where they are alike."""
    seen: dict[str, int] = {}
    for step in made:
        seen |= {name: n for name, n in letters(expr_of(step.figure)).items() if name.partition("_")[0] in COUNTED}
    if not seen:
        return made
    names: dict[str, str] = {}
    found: dict[str, Step] = {}
    for name, n in seen.items():
        word, _, axis = name.partition("_")
        letter, what = COUNTED[word]
        if len({m for other, m in seen.items() if other.startswith(word)}) == len(set(windows) or {1}) == 1:
            axis = ""
        names[name] = f"{letter}_{axis}" if axis else letter
        label = f"{what} ({AXIS[axis]})" if axis else f"{what} inside" if word == "taps" else what
        if word == "taps" and windows:
            found[label] = taps(label, n, windows["dhw"[-len(windows) :].index(axis) if axis else 0])
        else:
            found[label] = Step(label, Recorded(n, names[name]))
    return [*found.values(), *(Step(s.label, renamed(s.figure, names), s.note) for s in made)]


def taps(label: str, total: int, axis: tuple[int, ...]) -> Step:
    """How often the taps of a kernel lie on the input along an axis, tap by tap."""
    W, K, P, S, O, D = axis
    note = f"{K}·{O} with zeros; tap k: windows ⌈(P − kD)/S⌉ to ⌊(W − 1 + P − kD)/S⌋ of 0 to {O - 1}"
    if not 1 < K <= MOST_TAPS:
        return Step(label, int(total), note)
    terms = tuple((1, ("n", int(taps_inside(W, 1, P - k * D, S, O)))) for k in range(K))
    return Step(label, Recorded(int(total), ("+", terms)), note)


def labelled_output(recorded: Layer, layer: Layer, output: Shape) -> Shape:
    """The output shape under letters: the first letter of the setting that gives it where there is one."""
    shape = list(labelled_shape(output, layer, out=True))
    out = getattr(recorded, "out", None)
    if isinstance(out, Recorded):
        at = len(shape) - 1 if layer.layout != "channels" else 0
        if int(out) == int(shape[at]):
            shape[at] = out
    return tuple(shape)
