"""The working of a layer: its settings and input sizes under their textbook letters, and its own methods run on those.

Every figure they return knows its formula, since the letters are recording integers (`archcalc.formulas.recording`).
"""

from __future__ import annotations

import dataclasses
from typing import Any

from archcalc.formulas.arithmetic import taps_inside
from archcalc.formulas.recording import Recorded, Step, expr_of
from archcalc.layers.base import Layer, Shape, Shapes, settings_of

MOST_TAPS = 16  # taps of a kernel written out one by one

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


def working(layer: Layer, inputs: Shapes, output: Shape, *, zeros: bool = True) -> list[Step]:
    """Every figure of a layer with its working, from the layer's own methods run on recorded integers.

    Without `zeros`, products with a padding zero are left out, and how many are not is shown axis by axis.
    """
    recorded = labelled_layer(layer)
    seen = tuple(labelled_shape(s, layer, windows=True) for s in inputs)
    shape = recorded.output(seen)
    found: list[Step] = []
    names = {1: ("size",), 2: ("height", "width"), 3: ("depth", "height", "width")}
    spatial = len(output) >= 2 and layer.layout == "channels"
    if spatial:
        axes = shape[1:]
        if len({expr_of(n) for n in axes}) == 1:
            if expr_of(axes[0])[0] != "s":
                found.append(Step("output size", axes[0]))
        else:
            found += [Step(f"output {w}", n) for n, w in zip(axes, names.get(len(axes), ("size",) * len(axes)), strict=True)]
        if expr_of(shape[0])[0] not in ("s", "n"):
            found.append(Step("output channels", shape[0]))
    else:
        found += [Step("output size", n) for n in shape if expr_of(n)[0] not in ("s", "n")]
    return found + counts(layer, recorded, inputs, output, zeros=zeros)


def counts(layer: Layer, recorded: Layer, inputs: Shapes, output: Shape, *, zeros: bool = True) -> list[Step]:
    """Parameters and multiplies with their working."""
    found: list[Step] = []
    seen = tuple(labelled_shape(s, layer) for s in inputs)
    weights = [w for w in recorded.weights(seen) if w.learned]
    if weights:
        params = sum(w.count for w in weights)
        found.append(Step("params", params))
        biases = [w for w in weights if w.bias]
        if biases:
            found.append(Step("without bias", sum(w.count for w in weights if not w.bias)))
    labelled = labelled_output(recorded, layer, output)
    if not zeros and (axes := layer.windows(inputs, output)):
        return found + inside(recorded, seen, labelled, axes)
    products = recorded.operations(seen, labelled).products
    if products:
        found.append(Step("multiplies", products))
    return found


def inside(recorded: Layer, inputs: Shapes, output: Shape, axes: tuple[tuple[int, ...], ...]) -> list[Step]:
    """The products that meet no padding zero: for each axis how often each tap lies on the input, then their product."""
    names = {1: ("",), 2: (" (height)", " (width)"), 3: (" (depth)", " (height)", " (width)")}[len(axes)]
    suffixes = AXES[len(axes)]
    if len(set(axes)) == 1:
        axes, names, suffixes = axes[:1], ("",), ("",)
    found = []
    for (W, K, P, S, O, D), name in zip(axes, names, strict=True):
        terms = [taps_inside(W, 1, P - k * D, S, O) for k in range(min(K, MOST_TAPS))]
        note = f"{K}·{O} with zeros; tap k: windows ⌈(P − kD)/S⌉ to ⌊(W − 1 + P − kD)/S⌋ of 0 to {O - 1}"
        total = taps_inside(W, K, P, S, O, D)
        listed = ("+", tuple((1, ("n", n)) for n in terms))
        found.append(Step(f"taps{name or ' inside'}", Recorded(total, listed) if 1 < K <= MOST_TAPS else total, note))
    taps = tuple(Recorded(int(step.figure), f"T{suffix}") for step, suffix in zip(found, suffixes, strict=True))
    rank = len(output) - 1
    return [*found, Step("multiplies", recorded.products_inside(inputs, output, taps * rank if len(taps) == 1 else taps))]


def labelled_output(recorded: Layer, layer: Layer, output: Shape) -> Shape:
    """The output shape under letters: the first letter of the setting that gives it where there is one."""
    shape = list(labelled_shape(output, layer, out=True))
    out = getattr(recorded, "out", None)
    if isinstance(out, Recorded):
        at = len(shape) - 1 if layer.layout != "channels" else 0
        if int(out) == int(shape[at]):
            shape[at] = out
    return tuple(shape)
