"""Random networks in the words of courses and papers: each style is a small writer of its own, as those courses write.

A network is a list of archcalc's layers, made here. A style writes it as its course would; the text is read back, and every layer
that is read must have the type, output shape, weights and windows of the layer it was written from. A text may be refused; it may
never be another network.

    python tests/spelling.py --nets 1000 --seed 1              # counts per style; a difference is printed with its text
    python tests/spelling.py --nets 1000 --seed 1 --style vgg
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

from archcalc.analysis import analyse
from archcalc.layers.activation import ReLU, Sigmoid, Softmax, Tanh
from archcalc.layers.base import Layer, Shape
from archcalc.layers.conv import Conv
from archcalc.layers.linear import Dropout, Embedding, Linear
from archcalc.layers.norm import BatchNorm, LocalResponseNorm
from archcalc.layers.pool import AdaptiveAvgPool, AvgPool, MaxPool
from archcalc.layers.recurrent import GRU, LSTM
from archcalc.loading import from_source
from archcalc.text.faults import Misfit, SpecError
from archcalc.text.source import Source

Random = random.Random
POOLS = (MaxPool, AvgPool)
ACTS = (ReLU, Sigmoid, Tanh)


class Net(NamedTuple):
    """A network: what goes in, and its layers in order."""

    shape: Shape
    layers: list[Layer]


class Fact(NamedTuple):
    """What is compared of a layer."""

    kind: str
    output: Shape
    weights: tuple[Shape, ...]
    settings: Any


def fact(layer: Layer, shape: Shape) -> Fact:
    """What a layer makes of a shape. Raises Misfit."""
    output = layer.output((shape,))
    settings: Any = None
    if isinstance(layer, Conv | MaxPool | AvgPool):
        stride = layer.kernel if layer.stride is None else layer.stride
        padding = layer.windows((shape,), output) if isinstance(layer, Conv) else both(layer.padding)
        settings = (both(layer.kernel), both(stride), padding)
    elif isinstance(layer, Dropout):
        settings = layer.p
    return Fact(type(layer).__name__, output, tuple(w.shape for w in layer.weights((shape,))), settings)


def both(size: Any) -> Any:
    """A size for both axes."""
    return size if isinstance(size, tuple) else (size, size)


def facts(net: Net) -> list[Fact]:
    """The layers of a network, a map laid out flat before a fully connected layer. Raises Misfit."""
    found, shape = [], net.shape
    for layer in net.layers:
        if isinstance(layer, Linear) and len(shape) == 3:
            shape = (prod(shape),)
        found.append(fact(layer, shape))
        shape = found[-1].output
    return found


def read_facts(text: str) -> list[Fact]:
    """The same of a text, as archcalc reads it. Raises SpecError."""
    rows = analyse(from_source(Source("net.txt", text))).rows
    return [fact(row.layer, row.inputs[0]) for row in rows if not row.node.inserted]


# -- networks ---------------------------------------------------------------------------------------------------------


class Taste(NamedTuple):
    """What a style can say: the settings its convolutions and pools may have, and the layers beside them."""

    kernels: tuple[int, ...] = (1, 3, 5, 7)
    strides: tuple[int, ...] = (1, 1, 1, 2)
    pads: str = "any"  # any, none, same
    bias: bool = False  # a convolution may be without its bias
    pools: tuple[type[Layer], ...] = POOLS
    pool_kernels: tuple[int, ...] = (2, 2, 3)
    pool_strides: str = "any"  # any: stated, perhaps not the window; kernel: the window
    acts: tuple[type[Layer], ...] = ACTS
    extras: tuple[str, ...] = ("bn", "dropout", "global")
    channels: tuple[int, ...] = (1, 3)
    square: bool = True
    dense: bool = True
    first: int = 1  # convolutions at least


def any_net(rng: Random, taste: Taste) -> Net:
    """A convolutional network that fits."""
    while True:
        side = rng.choice([8, 12, 16, 20, 28, 32, 39, 64])
        other = side if taste.square or rng.random() < 0.7 else rng.choice([10, 24, 30, 40])
        shape: Shape = (rng.choice(taste.channels), side, other)
        layers: list[Layer] = []
        for index in range(rng.randint(taste.first, 3)):
            layers += convolution(rng, taste)
            if rng.random() < 0.6 or index == 0:
                layers += pooling(rng, taste)
        if "global" in taste.extras and rng.random() < 0.15:
            layers.append(AdaptiveAvgPool(1))
        if taste.dense:
            for _ in range(rng.randint(0, 2)):
                layers.append(Linear(rng.choice([16, 32, 84, 120])))
                if taste.acts and rng.random() < 0.6:
                    layers.append(rng.choice(taste.acts)())
                if "dropout" in taste.extras and rng.random() < 0.2:
                    layers.append(Dropout(rng.choice([0.25, 0.5])))
            layers.append(Linear(rng.choice([2, 5, 10])))
            if "softmax" in taste.extras and rng.random() < 0.4:
                layers.append(Softmax())
        net = Net(shape, layers)
        try:
            facts(net)
        except Misfit:
            continue
        return net


def convolution(rng: Random, taste: Taste) -> list[Layer]:
    kernel, stride = rng.choice(taste.kernels), rng.choice(taste.strides)
    pad = {"none": 0, "same": kernel // 2}.get(taste.pads, rng.choice([0, kernel // 2, kernel // 2, rng.randint(0, 3)]))
    out = rng.choice([4, 6, 8, 10, 16, 18, 32, 64])
    found: list[Layer] = [Conv(out, (kernel, kernel), (stride, stride), (pad, pad), bias=not (taste.bias and rng.random() < 0.2))]
    if "bn" in taste.extras and rng.random() < 0.25:
        found.append(BatchNorm())
    if taste.acts and rng.random() < 0.6:
        found.append(rng.choice(taste.acts)())
    if "lrn" in taste.extras and rng.random() < 0.2:
        found.append(LocalResponseNorm(5))
    return found


def pooling(rng: Random, taste: Taste) -> list[Layer]:
    if not taste.pools:
        return []
    kernel = rng.choice(taste.pool_kernels)
    stride = kernel if taste.pool_strides == "kernel" else rng.choice([kernel, 2])
    pad = (1, 1) if taste.pool_strides == "any" and kernel == 3 and rng.random() < 0.2 else (0, 0)
    return [rng.choice(taste.pools)((kernel, kernel), (stride, stride), pad)]  # type: ignore[call-arg]


# -- writing ----------------------------------------------------------------------------------------------------------

NAMES = {ReLU: ("ReLU", "relu", "RELU"), Sigmoid: ("sigmoid", "Sigmoid"), Tanh: ("tanh", "Tanh"), Softmax: ("softmax", "Softmax")}


def one(value: Any) -> int:
    """The one number of a size alike on both axes."""
    return value[0] if isinstance(value, tuple) else value


def act(rng: Random, layer: Layer) -> str:
    """An activation's name."""
    return rng.choice(NAMES[type(layer)])


def runs(net: Net, follow: tuple[type[Layer], ...]) -> list[list[Layer]]:
    """The layers in groups: a layer, and those that a style writes on its line."""
    found: list[list[Layer]] = []
    for layer in net.layers:
        if found and isinstance(layer, follow) and not isinstance(found[-1][0], POOLS):
            found[-1].append(layer)
        else:
            found.append([layer])
    return found


def last(shape: Shape) -> str:
    """H×W×C."""
    return f"{shape[1]}x{shape[2]}x{shape[0]}"


def plain_other(rng: Random, layer: Layer) -> str:
    """Layers that most styles write alike."""
    match layer:
        case BatchNorm():
            return rng.choice(["BN", "batch norm", "BatchNorm", "batch normalization"])
        case Dropout(p=p):
            return rng.choice([f"dropout {p:g}", f"Dropout ({p:g})", f"dropout {100 * p:g}%"])
        case AdaptiveAvgPool():
            return rng.choice(["Global AvgPool", "global average pooling"])
        case LocalResponseNorm(size=size):
            return rng.choice([f"LRN {size}", f"local response normalization {size}"])
        case Linear(out=out):
            return f"FC {out}"
    return act(rng, layer)


def figure_line(rng: Random, layer: Layer) -> str:
    """Dive into Deep Learning's: `5 × 5 Conv (6), pad 2`."""
    x = rng.choice([" × ", " x ", "x", "×"])
    match layer:
        case Conv(out=out):
            k, s, p = one(layer.kernel), one(layer.stride), one(layer.padding)
            text = f"{k}{x}{k} Conv ({out})"
            more = [f"stride {s}"] * (s != 1) + [f"pad {p}"] * (p != 0)
            text += ", " * bool(more) + ", ".join(more)
            return text + (", no bias" if not layer.bias else "")
        case MaxPool() | AvgPool():
            k, s, p = one(layer.kernel), one(layer.stride), one(layer.padding)
            return f"{k}{x}{k} {type(layer).__name__}, stride {s}" + (f", pad {p}" if p else "")
        case Linear(out=out):
            return f"FC ({out})"
    return plain_other(rng, layer)


def image(rng: Random, shape: Shape) -> str:
    """An image line in one of many ways."""
    c, h, w = shape
    ways = [f"Image ({c} × {h} × {w})", f"Input {c}x{h}x{w}"]
    if c == h != w:
        ways = [f"Input {c}@{h}x{w}"]  # 16x16x30 is 30 channels of 16×16 by the rule for shapes
    if h == w and (c in (1, 3) or c != h):
        ways += [f"Input: {h}x{w}x{c}", f"INPUT: [{h}x{w}x{c}]", f"{h}x{w}x{c} image"]
    if c == 1:
        ways += [f"{h}×{w} grayscale image", f"Image ({h} × {w})"]
    if c == 3:
        ways += [f"input ({h} × {w} RGB image)", f"colour image, {h} x {w} pixels"]
    return rng.choice(ways)


def d2l(rng: Random, net: Net) -> str:
    """A figure of Dive into Deep Learning, bottom-up or top-down."""
    lines = [f"Image ({net.shape[0]} × {net.shape[1]} × {net.shape[2]})", *(figure_line(rng, layer) for layer in net.layers)]
    return "\n".join(reversed(lines) if rng.random() < 0.5 else lines)


def boxed(rng: Random, net: Net) -> str:
    """A figure drawn with boxes, bullets, numbers or arrows around its lines."""
    lines = [image(rng, net.shape), *(figure_line(rng, layer) for layer in net.layers)]
    way = rng.choice(["box", "bullets", "numbers", "arrows", "one line"])
    if way == "box":
        return "\n".join(["┌──────────┐", *(f"│ {line} │" for line in lines), "└──────────┘"])
    if way == "bullets":
        return "\n".join(f"- {line}" for line in lines)
    if way == "numbers":
        return "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    if way == "arrows":
        return "\n  ↓\n".join(lines)
    return rng.choice([" -> ", " → "]).join(lines)


def colon(rng: Random, net: Net) -> str:
    """A list with a colon behind each name: `Conv: 6 filters 5x5 pad 2`."""
    lines = [image(rng, net.shape)]
    for group in runs(net, (*ACTS, BatchNorm)):
        layer = group[0]
        match layer:
            case Conv(out=out):
                k, s, p = one(layer.kernel), one(layer.stride), one(layer.padding)
                parts = [f"{out} filters", f"{k}x{k}"]
                if rng.random() < 0.5:
                    parts.reverse()
                text = f"Conv: {' '.join(parts)}" + f" stride {s}" * (s != 1) + f" pad {p}" * (p != 0)
            case MaxPool() | AvgPool():
                k, s = one(layer.kernel), one(layer.stride)
                name = "MaxPool" if isinstance(layer, MaxPool) else "AvgPool"
                text = f"{name}: {k}x{k}, stride {s}" + (f", pad {one(layer.padding)}" if one(layer.padding) else "")
            case Linear(out=out):
                text = rng.choice([f"FC: {out}", f"Dense: {out}", f"Fully connected: {out} units"])
            case _:
                text = plain_other(rng, layer)
        lines.append(", ".join([text, *(plain_other(rng, follower) for follower in group[1:])]))
    return "\n".join(lines)


def cs231n_listing(rng: Random, net: Net) -> str:
    """cs231n's VGGNet in detail: `CONV3-64: [224x224x64]  memory: … weights: …`; the padding is left to the stated size."""
    shape = net.shape
    lines = [f"INPUT: [{last(shape)}]        memory:  {last(shape).replace('x', '*')}={rounded(prod(shape))}   weights: 0"]
    for layer, known in zip(net.layers, facts(net), strict=True):
        out = known.output
        weights = sum(prod(w) for w in known.weights if len(w) > 1)
        memory = rounded(prod(out))
        match layer:
            case Conv():
                k = one(layer.kernel)
                lines.append(
                    f"CONV{k}-{layer.out}: [{last(out)}]  memory:  {last(out).replace('x', '*')}={memory}   "
                    f"weights: ({k}*{k}*{shape[0]})*{layer.out} = {weights:,}"
                )
            case MaxPool():
                lines.append(f"POOL2: [{last(out)}]  memory:  {last(out).replace('x', '*')}={memory}   weights: 0")
            case Linear():
                lines.append(f"FC: [1x1x{layer.out}]  memory:  {layer.out}  weights: {prod(shape)}*{layer.out} = {weights:,}")
            case _:
                lines.append(act(rng, layer))
        shape = out
    return "\n".join(lines)


def rounded(n: int) -> str:
    """A number as the notes round it: 3.2M, 150K."""
    if n >= 1_000_000:
        return f"{n / 1e6:.1f}M"
    return f"{n // 1000}K" if n >= 10_000 else str(n)


def cs231n_alexnet(rng: Random, net: Net) -> str:
    """cs231n's AlexNet in detail: `[55x55x96] CONV1: 96 11x11 filters at stride 4, pad 0`."""
    count: Counter[str] = Counter()
    lines = [f"[{last(net.shape)}] INPUT"]
    number = 0
    for layer, known in zip(net.layers, facts(net), strict=True):
        out = known.output
        stated = f"[{last(out)}]" if len(out) == 3 else f"[{out[0]}]"
        match layer:
            case Conv():
                number += 1
                k, s, p = one(layer.kernel), one(layer.stride), one(layer.padding)
                lines.append(f"{stated} CONV{number}: {layer.out} {k}x{k} filters at stride {s}, pad {p}")
            case MaxPool():
                count["pool"] += 1
                k = one(layer.kernel)
                lines.append(f"{stated} MAX POOL{count['pool']}: {k}x{k} filters at stride {one(layer.stride)}")
            case LocalResponseNorm():
                count["norm"] += 1
                lines.append(f"{stated} NORM{count['norm']}: local response normalization 5")
            case Linear():
                number += 1
                lines.append(f"{stated} FC{number}: {layer.out} neurons")
            case _:
                lines.append(plain_other(rng, layer))
    return "\n".join(lines)


def cs231n_sentence(rng: Random, net: Net) -> str:
    """cs231n's `10 5x5 filters with stride 1, pad 2`."""
    lines = [image(rng, net.shape)]
    for layer in net.layers:
        match layer:
            case Conv():
                k, s, p = one(layer.kernel), one(layer.stride), one(layer.padding)
                lines.append(f"{layer.out} {k}x{k} filters {rng.choice(['with', 'at'])} stride {s}, pad {p}")
            case MaxPool() | AvgPool():
                word = "max" if isinstance(layer, MaxPool) else "average"
                lines.append(f"{one(layer.kernel)}x{one(layer.kernel)} {word} pooling with stride {one(layer.stride)}")
            case Linear():
                lines.append(rng.choice([f"fully connected layer with {layer.out} neurons", f"FC layer, {layer.out} units"]))
            case _:
                lines.append(plain_other(rng, layer))
    return "\n".join(lines)


def letters(rng: Random, net: Net) -> str:
    """The letters of the formulas: `Conv: K=10, F=5, S=1, P=0`."""
    lines = [image(rng, net.shape)]
    for layer in net.layers:
        match layer:
            case Conv():
                k, s, p = one(layer.kernel), one(layer.stride), one(layer.padding)
                parts = [f"K={layer.out}", f"F={k}", f"S={s}", f"P={p}"]
                rng.shuffle(parts)
                lines.append(f"{rng.choice(['Conv: ', 'CONV layer: ', 'conv '])}{', '.join(parts)}")
            case MaxPool() | AvgPool():
                word = "MaxPool" if isinstance(layer, MaxPool) else "AvgPool"
                lines.append(f"{word}: F={one(layer.kernel)}, S={one(layer.stride)}")
            case Linear():
                lines.append(f"FC: {layer.out}")
            case _:
                lines.append(plain_other(rng, layer))
    return "\n".join(lines)


def ng(rng: Random, net: Net) -> str:
    """Andrew Ng's: `CONV1: f=3, s=1, p=0, 10 filters -> 37x37x10`."""
    lines = [f"Input: {last(net.shape)}"]
    conv = pool = 0
    for layer, known in zip(net.layers, facts(net), strict=True):
        arrow = rng.choice([" -> ", " → "]) + last(known.output) if len(known.output) == 3 and rng.random() < 0.7 else ""
        match layer:
            case Conv():
                conv += 1
                f, s, p = one(layer.kernel), one(layer.stride), one(layer.padding)
                lines.append(f"CONV{conv}: f={f}, s={s}, p={p}, {layer.out} filters{arrow}")
            case MaxPool():
                pool += 1
                lines.append(f"POOL{pool}: f={one(layer.kernel)}, s={one(layer.stride)}{arrow}")
            case Linear():
                lines.append(f"FC: {layer.out}")
            case _:
                lines.append(plain_other(rng, layer))
    return "\n".join(lines)


def listed(rng: Random, net: Net) -> str:
    """Exercises' lists: a layer, and its settings on the lines below."""
    lines = [image(rng, net.shape)]
    bullet = rng.choice(["- ", "  - ", "  • ", "* ", "    "])
    for number, layer in enumerate(net.layers, 1):
        k, s, p = (one(getattr(layer, name, 0) or 0) for name in ("kernel", "stride", "padding"))
        match layer:
            case Conv(out=out):
                head = rng.choice([f"Conv{number}", f"Convolution Layer {number}:", f"Conv layer {number}", f"**Conv{number}**"])
                rows = [rng.choice([f"Number of kernels (K): {out}", f"{out} filters", f"Filters: {out}"])]
                rows += [rng.choice([f"Kernel size (F): {k}x{k}", f"Filter size: {k} × {k}", f"Kernel: {k}x{k}"])]
                rows += [rng.choice([f"Stride (S): {s}", f"Stride: {s}", f"stride = {s}"])]
                rows += [rng.choice([f"Padding (P): {p}", f"Padding: {p}", f"padding = {p}"])]
            case MaxPool() | AvgPool():
                word = "Max pooling" if isinstance(layer, MaxPool) else "Average pooling"
                head = rng.choice([word, f"{word}:", f"{word} Layer {number}:", f"**{word}**"])
                rows = [rng.choice([f"Pool size: {k}x{k}", f"Window: {k} × {k}", f"size = {k}x{k}"]), f"Stride: {s}"]
            case Linear(out=out):
                head, rows = rng.choice([f"FC: {out}", f"Fully connected: {out} units"]), []
            case _:
                head, rows = act(rng, layer), []
        if rows and rng.random() < 0.5:
            rng.shuffle(rows)
        lines += [head, *(f"{bullet}{row}" for row in rows)]
    return "\n".join(lines)


def cs230(rng: Random, net: Net) -> str:
    """CS230's CONV-K-N, POOL-K, FC-N: stride 1 and no padding."""
    lines = [f"Input {last(net.shape)}"]
    for layer in net.layers:
        match layer:
            case Conv():
                lines.append(f"CONV-{one(layer.kernel)}-{layer.out}")
            case MaxPool():
                lines.append(f"POOL-{one(layer.kernel)}")
            case Linear():
                lines.append(f"FC-{layer.out}")
            case _:
                lines.append(act(rng, layer))
    return "\n".join(lines)


def short(rng: Random, net: Net) -> str:
    """One line of words with their numbers: `CONV5-32, POOL2, FC-10`."""
    words = []
    for layer in net.layers:
        match layer:
            case Conv():
                words.append(f"CONV{one(layer.kernel)}-{layer.out}")
            case MaxPool():
                words.append("POOL2")
            case Linear():
                words.append(f"FC-{layer.out}")
            case _:
                words.append(act(rng, layer))
    return f"{image(rng, net.shape)}\n{', '.join(words)}"


def vgg(rng: Random, net: Net) -> str:
    """A column of VGG's table under a header for its padding."""
    lines = [rng.choice(["all conv: pad 1", "conv: pad 1", "All conv layers: padding 1", "padding 1 for all conv layers"])]
    lines.append(f"input ({net.shape[1]} × {net.shape[2]} RGB image)")
    way = rng.random() < 0.5
    for layer in net.layers:
        match layer:
            case Conv():
                lines.append(f"conv3-{layer.out}" if way else f"3x3 conv, {layer.out}")
            case MaxPool():
                lines.append("maxpool")
            case Linear():
                lines.append(f"FC-{layer.out}")
            case Softmax():
                lines.append("soft-max")
            case _:
                lines.append(act(rng, layer))
    return "\n".join(lines)


def paper(rng: Random, net: Net) -> str:
    """A paper's table: `conv1: 7x7, 64, /2`, `3x3 max pool, /2`, `1000-d fc`; what repeats is written once."""
    lines = [image(rng, net.shape)]
    names = rng.random() < 0.4
    before, times, conv = "", 1, 0

    def flush() -> None:
        if before:
            ways = [f"{before}  × {times}", f"{times}x {before}", f"[{before}] x {times}"]
            lines.append(rng.choice(ways) if times > 1 else before)

    for layer in net.layers:
        match layer:
            case Conv():
                conv += 1
                k, s, p = one(layer.kernel), one(layer.stride), one(layer.padding)
                text = f"{k}x{k}, {layer.out}" if names else f"{k}x{k} conv, {layer.out}"
                text = (f"conv{conv}: " if names else "") + text + f", /{s}" * (s != 1) + f", pad {p}" * (p != 0)
            case MaxPool() | AvgPool():
                word = "max" if isinstance(layer, MaxPool) else "average"
                text = f"{one(layer.kernel)}x{one(layer.kernel)} {word} pool, /{one(layer.stride)}"
            case Linear():
                text = f"{layer.out}-d fc"
            case _:
                text = plain_other(rng, layer)
        if text == before:
            times += 1
            continue
        flush()
        before, times = text, 1
    flush()
    return "\n".join(lines)


def lenet(rng: Random, net: Net) -> str:
    """LeNet's labels: `C1: feature maps 6@28x28`; the kernel is left to the maps."""
    lines = [f"INPUT {net.shape[1]}x{net.shape[2]}"]
    for number, (layer, known) in enumerate(zip(net.layers, facts(net), strict=True), 1):
        out = known.output
        maps = rng.choice(["feature maps ", "f. maps "]) + (f"{out[0]}@{out[1]}x{out[2]}" if len(out) == 3 else "")
        match layer:
            case Conv():
                lines.append(f"C{number}: {maps}")
            case AvgPool():
                lines.append(f"S{number}: {maps}")
            case Linear() if number == len(net.layers):
                lines.append(f"OUTPUT {layer.out}")
            case Linear():
                lines.append(f"F{number}: layer {layer.out}")
    return "\n".join(lines)


def table(rng: Random, net: Net) -> str:
    """A table with headings: Markdown, LaTeX, or bars between the cells."""
    way = rng.choice(["markdown", "latex", "bars", "tabs"])
    columns = ["layer", "filters", "size", "stride", "padding"]
    stated = rng.random() < 0.4
    if stated:
        columns.append("output")
    if rng.random() < 0.5:
        columns[1:] = rng.sample(columns[1:], len(columns) - 1)
    empty = "-" if way == "tabs" else rng.choice(["-", "", "—"])
    heads = {
        "layer": rng.choice(["Layer", "Type", "Layer type"]),
        "filters": rng.choice(["Filters", "# filters", "Channels", "Number of filters"]),
        "size": rng.choice(["Size", "Kernel size", "Filter size", "Kernel"]),
        "stride": "Stride",
        "padding": rng.choice(["Padding", "Pad"]),
        "output": rng.choice(["Output", "Output size", "Output shape"]),
    }
    rows = [[heads[c] for c in columns]]
    c, h, w = net.shape
    rows.append([{"layer": "Input", "output": f"{h}x{w}x{c}"}.get(k, empty) for k in columns] if stated else [])
    for layer, known in zip(net.layers, facts(net), strict=True):
        out = known.output
        cell = dict.fromkeys(columns, empty)
        cell["output"] = last(out) if len(out) == 3 else str(out[0])
        match layer:
            case Conv():
                k = one(layer.kernel)
                cell |= {"layer": rng.choice(["Conv", "Convolution", "conv"]), "filters": str(layer.out)}
                cell |= {
                    "size": rng.choice([f"{k}x{k}", str(k)]),
                    "stride": str(one(layer.stride)),
                    "padding": str(one(layer.padding)),
                }
            case MaxPool() | AvgPool():
                k = one(layer.kernel)
                cell |= {
                    "layer": type(layer).__name__,
                    "size": rng.choice([f"{k}x{k}", str(k)]),
                    "stride": str(one(layer.stride)),
                }
                if one(layer.padding):
                    cell["padding"] = str(one(layer.padding))
            case Linear():
                cell |= {"layer": rng.choice(["FC", "Dense", "Fully connected"]), "filters": str(layer.out)}
            case _:
                cell |= {"layer": act(rng, layer)}
        rows.append([cell[k] for k in columns])
    head = [] if stated else [image(rng, net.shape)]
    rows = [row for row in rows if row]
    if way == "markdown":
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        lines.insert(1, "|" + "---|" * len(columns))
        return "\n".join([*head, *lines])
    if way == "latex":
        body = [" & ".join(re_times(cell) for cell in row).replace("#", r"\#") + r" \\" for row in rows]
        body.insert(1, r"\hline")
        return "\n".join([*head, rf"\begin{{tabular}}{{l{'c' * (len(columns) - 1)}}}", *body, r"\end{tabular}"])
    return "\n".join([*head, *((" | " if way == "bars" else "\t").join(row) for row in rows)])


def re_times(cell: str) -> str:
    """A size as LaTeX has it."""
    return f"${cell.replace('x', chr(92) + 'times')}$" if cell[:1].isdigit() and "x" in cell else cell


def keras(rng: Random, net: Net) -> str:
    """Keras' calls, one a line."""
    lines = [f"Input: {last(net.shape)}"]
    for group in runs(net, ACTS):
        layer = group[0]
        more = "".join(f", activation='{type(a).__name__.lower()}'" for a in group[1:2])
        match layer:
            case Conv():
                k = one(layer.kernel)
                pad = ", padding='same'" if one(layer.padding) else ""
                stride = f", strides={one(layer.stride)}" if one(layer.stride) != 1 else ""
                bias = "" if layer.bias else ", use_bias=False"
                lines.append(f"Conv2D({layer.out}, ({k}, {k}){stride}{pad}{bias}{more})")
            case MaxPool() | AvgPool():
                word = "MaxPooling2D" if isinstance(layer, MaxPool) else "AveragePooling2D"
                k = one(layer.kernel)
                lines.append(
                    f"{word}(({k}, {k}))" if one(layer.stride) == k else f"{word}(pool_size={k}, strides={one(layer.stride)})"
                )
            case Linear():
                lines.append(f"Dense({layer.out}{more})")
            case Dropout(p=p):
                lines.append(f"Dropout({p:g})")
            case BatchNorm():
                lines += ["BatchNormalization()", *(act(rng, a) for a in group[1:2])]
            case AdaptiveAvgPool():
                lines.append("GlobalAveragePooling2D()")
            case _:
                lines.append(act(rng, layer))
        lines += [act(rng, a) for a in group[2:]]
    return "\n".join(lines)


def prose(rng: Random, net: Net) -> str:
    """Sentences."""
    c, h, w = net.shape
    colour = {1: "grayscale", 3: "RGB"}[c]
    found = [f"The input is a {h}x{w} {colour} image."]
    ordinals = iter([*"first second third fourth fifth sixth seventh eighth ninth tenth".split(), *["next"] * 20])
    for group in runs(net, ACTS):
        layer, ordinal = group[0], next(ordinals)
        match layer:
            case Conv():
                k, s, p = one(layer.kernel), one(layer.stride), one(layer.padding)
                text = f"convolutional layer with {layer.out} filters of size {k}x{k}, stride {s} and padding {p}"
            case MaxPool() | AvgPool():
                word = "max" if isinstance(layer, MaxPool) else "average"
                text = f"{one(layer.kernel)}x{one(layer.kernel)} {word} pooling layer with stride {one(layer.stride)}"
            case Linear():
                text = f"fully connected layer with {layer.out} {rng.choice(['units', 'neurons'])}"
            case _:
                text = f"{act(rng, layer)} activation" if isinstance(layer, ACTS) else plain_other(rng, layer)
        frames = [f"The {ordinal} layer is a", "Then comes a", "Next, there is a", "It is followed by a"]
        frame = f"{rng.choice(frames)} {text}"
        found.append(frame + "".join(f", followed by a {act(rng, a)} activation" for a in group[1:]) + ".")
    return rng.choice([" ", "\n"]).join(found)


def pattern_net(rng: Random) -> tuple[str, Net]:
    """`INPUT -> [[CONV -> RELU]*2 -> POOL]*3 -> [FC -> RELU]*2 -> FC 10` with headers that fill it."""
    n, m, k = rng.randint(1, 2), rng.randint(1, 3), rng.randint(1, 2)
    out, kernel, units, classes = rng.choice([4, 8, 16]), rng.choice([3, 5]), rng.choice([16, 32]), rng.choice([5, 10])
    block: list[Layer] = [Conv(out, (kernel, kernel), (1, 1), (kernel // 2, kernel // 2)), ReLU()]
    layers = [*(block * n + [MaxPool((2, 2), (2, 2))]) * m, *[Linear(units), ReLU()] * k, Linear(classes)]
    net = Net((3, 32, 32), layers)

    def times(text: str, count: int) -> str:
        return f"[{text}]*{count}" if count > 1 or rng.random() < 0.5 else text

    arrow = rng.choice([" -> ", " → "])
    inner = times(f"CONV{arrow}RELU", n)
    line = arrow.join(["INPUT (32x32x3)", times(f"{inner}{arrow}POOL", m), times(f"FC{arrow}RELU", k), f"FC {classes}"])
    header = rng.choice(["all conv: ", "every conv layer: ", "All conv layers: "])
    return f"{header}{kernel}x{kernel}, {out}, pad {kernel // 2}\nall fc: {units}\n{line}", net


def counted_net(rng: Random) -> tuple[str, Net]:
    """`two 3x3 conv layers with 16 filters and pad 1`, `three fully connected layers with 120, 84 and 10 units`."""
    words = {1: "one", 2: "two", 3: "three", 4: "four"}
    layers: list[Layer] = []
    lines = ["Input: 32x32x3"]
    for _ in range(rng.randint(1, 3)):
        n, k, out = rng.randint(2, 4), rng.choice([1, 3]), rng.choice([8, 16, 32])
        relu = rng.random() < 0.5
        layers += ([Conv(out, (k, k), (1, 1), (k // 2, k // 2))] + [ReLU()] * relu) * n
        count = rng.choice([words[n], str(n)])
        lines.append(f"{count} {k}x{k} conv layers with {out} filters and pad {k // 2}" + ", ReLU" * relu)
        if rng.random() < 0.7:
            layers.append(MaxPool((2, 2), (2, 2)))
            lines[-1] += ", 2x2 max pool" if rng.random() < 0.3 else "\n2x2 max pool"
    sizes = [rng.choice([10, 20, 84, 120]) for _ in range(rng.randint(2, 4))]
    layers += [Linear(n) for n in sizes]
    listed = ", ".join(map(str, sizes[:-1])) + f" and {sizes[-1]}"
    count = rng.choice([words[len(sizes)], str(len(sizes))])
    lines.append(f"{count} fully connected layers with {listed} {rng.choice(['units', 'neurons'])}")
    return "\n".join(lines), Net((3, 32, 32), layers)


def perceptron_net(rng: Random) -> tuple[str, Net]:
    """`Input: 784`, `Hidden layer: 256 units, ReLU`, `Output layer: 10 units, softmax`."""
    n = rng.choice([4, 20, 784])
    lines = [rng.choice([f"Input: {n}", f"{n} inputs", f"Input layer: {n} units"])]
    layers: list[Layer] = []
    for index in range(rng.randint(1, 3)):
        out, a = rng.choice([8, 64, 256]), rng.choice(ACTS)()
        layers += [Linear(out), a]
        unit = rng.choice(["units", "neurons"])
        name = rng.choice(["Hidden layer", f"Hidden layer {index + 1}"])
        lines.append(f"{name}: {out} {unit}, {act(rng, a)}")
    out = rng.choice([1, 2, 10])
    layers.append(Linear(out))
    lines.append(rng.choice([f"Output layer: {out} units", f"Output layer ({out})", f"output {out}"]))
    if rng.random() < 0.5:
        layers.append(Softmax())
        lines.append("softmax")
    return "\n".join(lines), Net((n,), layers)


def sequence_net(rng: Random) -> tuple[str, Net]:
    """A text classifier: an embedding, an LSTM or GRU, a layer on every step."""
    steps, words, dim, hidden = rng.choice([20, 50]), rng.choice([1000, 10000]), rng.choice([32, 64]), rng.choice([16, 64, 128])
    kind, name = rng.choice([(LSTM, "LSTM"), (GRU, "GRU")])
    depth, both = rng.choice([1, 1, 2]), rng.random() < 0.3
    layers: list[Layer] = [Embedding(words, dim), kind(hidden, layers=depth, bidirectional=both), Linear(2)]
    lines = [f"Input {steps}", rng.choice([f"Embedding({words}, {dim})", f"embedding {words} {dim}"])]
    lines.append(
        f"{'bidirectional ' * both}{name}, {depth} layers, {hidden} hidden units"
        if depth > 1 or rng.random() < 0.3
        else rng.choice([f"{'Bidirectional ' * both}{name} ({hidden})", f"{'bidirectional ' * both}{name}, {hidden} units"])
    )
    lines.append(rng.choice(["Dense(2)", "FC 2"]))
    return "\n".join(lines), Net((steps,), layers)


def notation(rng: Random, net: Net) -> str:
    """The notation's letters in a file of lines."""
    return "\n".join([image(rng, net.shape), *(str(layer) for layer in net.layers)])


def scripts(rng: Random, net: Net) -> str:
    """A figure with the digits and signs of another script."""
    text = colon(rng, net) if rng.random() < 0.5 else d2l(rng, net)
    digits = rng.choice(["۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９"])
    table_ = {ord(str(i)): digits[i] for i in range(10)}
    if digits[0] == "０":
        table_ |= {ord(","): "，", ord("("): "（", ord(")"): "）", ord(":"): "："}
    times = rng.choice("×✕xх")
    made = []
    for line in text.split("\n"):
        parts = line.split("x")
        joined = parts[0]
        for part in parts[1:]:
            joined += (times if joined.rstrip()[-1:].isdigit() and part.lstrip()[:1].isdigit() else "x") + part
        made.append(joined.translate(table_))
    return "\n".join(made)


def tutorial(rng: Random, net: Net) -> str:
    """A tutorial's steps: `Convolutional Layer #1: Applies 32 5x5 filters (…), with ReLU activation function`."""
    lines, count = [image(rng, net.shape)], Counter[str]()
    for group in runs(net, ACTS):
        layer = group[0]
        name = {Conv: "Convolutional", MaxPool: "Pooling", AvgPool: "Pooling", Linear: "Dense"}.get(type(layer))  # type: ignore[call-overload]
        count[name or ""] += 1
        sign = rng.choice(["#", ""])
        label = f"{name} Layer {sign}{count[name or '']}: "
        match layer:
            case Conv(out=out):
                k, s, p = one(layer.kernel), one(layer.stride), one(layer.padding)
                text = f"{label}Applies {out} {k}x{k} filters with stride {s} and padding {p}"
                text += rng.choice(["", f" (extracting {k}x{k}-pixel regions)"])
            case MaxPool() | AvgPool():
                k, word = one(layer.kernel), "max" if isinstance(layer, MaxPool) else "average"
                text = f"{label}Performs {word} pooling with a {k}x{k} filter and stride of {one(layer.stride)}"
                text += rng.choice(["", " (which shrinks the map)"])
            case Linear(out=out):
                text = f"{label}{out:,} neurons" if out > 16 else f"{label}{out} neurons, one for each class"
            case _:
                text = plain_other(rng, layer)
        lines.append(text + "".join(f", with {act(rng, a)} activation function" for a in group[1:2]))
        lines += [act(rng, a) for a in group[2:]]
    return "\n".join(lines)


def agent(rng: Random, net: Net) -> str:
    """Sentences that convolve: `The second hidden layer convolves 64 filters of 4 x 4 with stride 2, again followed by ReLU`."""
    c, h, w = net.shape
    lines = [f"The input to the neural network consists of an {h} x {w} x {c} image."]
    ordinals = iter([*"first second third fourth fifth sixth seventh eighth".split(), *["next"] * 20])
    for group in runs(net, ACTS):
        layer, ordinal = group[0], next(ordinals)
        after = "".join(rng.choice([f" and applies a {act(rng, a)}", f", again followed by a {act(rng, a)}"]) for a in group[1:2])
        match layer:
            case Conv(out=out):
                k, s = one(layer.kernel), one(layer.stride)
                said = f"{out} filters of {k} x {k} with stride {s}"
                frames = [
                    f"The {ordinal} hidden layer convolves {said}",
                    f"Then comes a {ordinal} convolutional layer that has {said}",
                ]
                text = rng.choice(frames) + rng.choice(["", " with the input image"]) * (not lines[1:])
            case MaxPool() | AvgPool():
                word, k = ("max" if isinstance(layer, MaxPool) else "average"), one(layer.kernel)
                before = (
                    rng.choice(["This is", "It is", "The convolutional layer is"])
                    if isinstance(net.layers[0], Conv) and len(lines) == 2
                    else "It is"
                )
                text = f"{before} followed by {word} pooling over {k}x{k} windows with stride {one(layer.stride)}"
            case Linear(out=out):
                text = rng.choice(
                    [
                        f"The {ordinal} hidden layer is fully-connected and consists of {out} units",
                        f"The {ordinal} layer is a fully connected layer with {out} neurons",
                    ]
                )
            case _:
                text = plain_other(rng, layer)
        lines.append(f"{text}{after}.")
        lines += [act(rng, a) for a in group[2:]]
    return rng.choice([" ", "\n"]).join(lines)


def torch_classes(rng: Random, net: Net) -> str:
    """torch's classes without nn, alone on a line or several: `Conv2d(3, 6, 5, padding=2), ReLU, MaxPool2d(2, 2)`."""
    shape, found = net.shape, []
    for layer, known in zip(net.layers, facts(net), strict=True):
        match layer:
            case Conv(out=out):
                k, s, p = one(layer.kernel), one(layer.stride), one(layer.padding)
                size = rng.choice([f"{k}", f"kernel_size={k}", f"({k}, {k})"])
                more = (
                    f", {s}, {p}"
                    if size[0] != "k" and rng.random() < 0.3
                    else f", stride={s}" * (s != 1) + f", padding={p}" * (p != 0)
                )
                text = f"Conv2d({shape[0]}, {out}, {size}{more}{', bias=False' * (not layer.bias)})"
            case MaxPool() | AvgPool():
                word, k, s, p = type(layer).__name__, one(layer.kernel), one(layer.stride), one(layer.padding)
                text = (
                    f"{word}2d({k}" + (f", {s}" if s != k or rng.random() < 0.5 else "") + f", padding={p})"
                    if p
                    else f"{word}2d({k}, {s})"
                )
            case Linear(out=out):
                size = f"{shape[0]}*{shape[1]}*{shape[2]}" if len(shape) == 3 else str(shape[0])
                text = f"Linear({size}, {out})"
            case BatchNorm():
                text = f"BatchNorm{'2' if len(shape) == 3 else '1'}d({shape[0]})"
            case _:
                text = plain_other(rng, layer)
        found.append(text)
        shape = known.output
    lines = [f"Input {net.shape[0]}x{net.shape[1]}x{net.shape[2]}"]
    while found:
        take = rng.randint(1, 3)
        lines.append(rng.choice([", ", " -> "]).join(found[:take]))
        found = found[take:]
    return "\n".join(lines)


def matlab(rng: Random, net: Net) -> str:
    """MATLAB's layers, whose poolings move by 1 unless they say otherwise."""
    lines = [f"imageInputLayer([{net.shape[1]} {net.shape[2]} {net.shape[0]}])"]
    for layer in net.layers:
        k, s, p = (one(getattr(layer, name, 0) or 0) for name in ("kernel", "stride", "padding"))
        size, step = rng.choice([f"{k}", f"[{k} {k}]"]), f",'Stride',{rng.choice([f'{s}', f'[{s} {s}]'])}" * (s != 1)
        pad = f",'Padding',{rng.choice([f'{p}', f'[{p} {p} {p} {p}]'])}" * (p != 0)
        match layer:
            case Conv(out=out):
                lines.append(f"convolution2dLayer({size},{out}{step}{pad})")
            case MaxPool() | AvgPool():
                lines.append(f"{'max' if isinstance(layer, MaxPool) else 'average'}Pooling2dLayer({size}{step}{pad})")
            case Linear(out=out):
                lines.append(f"fullyConnectedLayer({out})")
            case Dropout(p=share):
                lines.append(f"dropoutLayer({share:g})")
            case BatchNorm():
                lines.append("batchNormalizationLayer")
            case AdaptiveAvgPool():
                lines.append("globalAveragePooling2dLayer")
            case _:
                lines.append(f"{type(layer).__name__.lower()}Layer")
    lines.append("classificationLayer")
    return "\n".join(["layers = [", *(f"    {line}" for line in lines), "];"] if rng.random() < 0.5 else lines)


def maps(rng: Random, net: Net) -> str:
    """The maps and their size beside a kernel, or left to give it: `conv, 6 feature maps of 24x24 neurons, 5x5 kernel`."""
    lines = [image(rng, net.shape)]
    for layer, known in zip(net.layers, facts(net), strict=True):
        out, size = known.output, "x".join(map(str, known.output[1:]))
        what = rng.choice([f"maps of {size}", f"feature maps of size {size}", f"maps of {size} neurons"])
        match layer:
            case Conv():
                k, s, p = one(layer.kernel), one(layer.stride), one(layer.padding)
                lines.append(f"conv, {layer.out} {what}, {k}x{k} kernel" + f", stride {s}" * (s != 1) + f", pad {p}" * (p != 0))
            case MaxPool() | AvgPool():
                word = "max" if isinstance(layer, MaxPool) else "average"
                lines.append(
                    f"{word} pooling {one(layer.kernel)}x{one(layer.kernel)}, stride {one(layer.stride)}, {out[0]} {what}"
                )
            case _:
                lines.append(plain_other(rng, layer))
    return "\n".join(lines)


def details(rng: Random, net: Net) -> str:
    """A table with a column of details and parameters as sums, its words perhaps French."""
    shape, count, rows = net.shape, Counter[str](), []
    for layer, known in zip(net.layers, facts(net), strict=True):
        out = last(known.output) if len(known.output) == 3 else str(known.output[0])
        k, s, p = (one(getattr(layer, name, 0) or 0) for name in ("kernel", "stride", "padding"))
        match layer:
            case Conv(out=n):
                count["conv"] += 1
                learned = k * k * shape[0] * n + n
                sums = rng.choice([f"({k}×{k}×{shape[0]}×{n}) + {n} = **{learned:,}**", f"{learned:,}"])
                rows.append([f"**Conv{count['conv']}**", f"{n} FILTERS {k}×{k}", f"{s}", f"{p}", out, sums])
            case MaxPool() | AvgPool():
                count["pool"] += 1
                rows.append([f"**Pool{count['pool']}**", f"{type(layer).__name__} {k}×{k}", f"{s}", f"{p}", out, "0"])
            case Linear(out=n):
                count["fc"] += 1
                arrives = prod(shape)
                sums = rng.choice([f"{arrives}×{n} + {n} = **{arrives * n + n:,}**", f"{arrives * n + n:,}"])
                rows.append([f"**FC{count['fc']}**", f"Dense {arrives} → {n}", "—", "—", out, sums])
        shape = known.output
    heads, word = rng.choice(
        [
            (["Layer", "Details", "Stride", "Padding", "Output (H×W×C)", "Parameters"], "filters"),
            (["Couche", "Détails", "Stride", "Padding", "Sortie (H×W×C)", "Paramètres"], "filtres"),
        ]
    )
    rows = [heads, ["---"] * 6, ["**Input**", "—", "—", "—", last(net.shape).replace("x", "×"), "—"], *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows).replace("FILTERS", word)


def ciresan(rng: Random, net: Net) -> str:
    """Ciresan's letters: `1x28x28-20C5-MP2-50C5-MP2-500N-10N`."""
    parts = [f"{net.shape[0]}x{net.shape[1]}x{net.shape[2]}"]
    for layer in net.layers:
        k, s = (one(getattr(layer, name, 0) or 0) for name in ("kernel", "stride"))
        match layer:
            case Conv(out=out):
                parts.append(f"{out}C{k}" + f"S{s}" * (s != 1))
            case MaxPool():
                parts.append(f"MP{k}")
            case Linear(out=out):
                parts.append(f"{out}{rng.choice(['N', 'N', '', 'FC'])}")
    return rng.choice(["-", " - "]).join(parts)


def sentence_net(rng: Random) -> tuple[str, Net]:
    """`784 inputs, two hidden layers of 16 neurons each and 10 outputs`, in a sentence of many forms."""
    words = {1: "one", 2: "two", 3: "three"}
    n, depth, out = rng.choice([4, 20, 784]), rng.randint(1, 3), rng.choice([1, 2, 10])
    alike = rng.random() < 0.6
    sizes = [rng.choice([16, 30, 64])] * depth if alike else [rng.choice([16, 30, 64]) for _ in range(depth)]
    unit = rng.choice(["neurons", "units", "nodes"])
    if depth == 1:
        hidden = rng.choice(
            [f"a hidden layer of {sizes[0]} {unit}", f"one hidden layer with {sizes[0]} {unit}", f"{sizes[0]} hidden {unit}"]
        )
    elif alike:
        hidden = f"{rng.choice([words[depth], str(depth)])} hidden layers {rng.choice(['of', 'with'])} {sizes[0]} {unit} each"
    else:
        listed = ", ".join(map(str, sizes[:-1])) + f" and {sizes[-1]}"
        hidden = f"{rng.choice([words[depth], str(depth), ''])} hidden layers of {listed} {unit}".strip()
    start = rng.choice(["", "an MLP with ", "The network has ", "a neural network with "])
    ending = rng.choice([f"{out} outputs", f"{out} output {unit}", f"an output layer of {out} {unit}"])
    text = f"{start}{n} {rng.choice(['inputs', f'input {unit}'])}, {hidden}{rng.choice([' and ', ', ', ', and '])}{ending}"
    return text, Net((n,), [*(Linear(size) for size in sizes), Linear(out)])


Writer = Callable[[Random, Net], str]
Own = Callable[[Random], tuple[str, Net]]
SAME = Taste(
    pads="same", strides=(1,), pool_strides="kernel", pool_kernels=(2,), pools=(MaxPool,), kernels=(3, 5), extras=("softmax",)
)
BARE = SAME._replace(pads="none")
DEEP = (1, 3, 3, 16)
STYLES: dict[str, tuple[Taste, Writer] | Own] = {
    "d2l figure": (Taste(bias=True, extras=("bn", "dropout", "global", "softmax"), channels=DEEP), d2l),
    "drawn figure": (Taste(bias=True, square=False, channels=DEEP), boxed),
    "names with colons": (Taste(channels=DEEP), colon),
    "cs231n listing": (SAME._replace(pads="any", acts=(), extras=(), channels=DEEP), cs231n_listing),
    "cs231n AlexNet": (Taste(pools=(MaxPool,), extras=("lrn",), channels=(3,), pool_strides="two"), cs231n_alexnet),
    "cs231n sentences": (Taste(pool_strides="two", extras=("dropout", "softmax"), channels=DEEP), cs231n_sentence),
    "cs231n pattern": pattern_net,
    "formula letters": (Taste(pool_strides="two", extras=()), letters),
    "settings below": (Taste(pool_strides="two", extras=("softmax",)), listed),
    "Ng's labels": (Taste(pools=(MaxPool,), pool_strides="two", extras=("softmax",)), ng),
    "CS230": (BARE._replace(kernels=(3, 5, 9), pool_kernels=(2, 3)), cs230),
    "short words": (BARE, short),
    "VGG column": (SAME._replace(kernels=(3,), channels=(3,)), vgg),
    "paper's table": (Taste(pool_strides="two", extras=("bn", "global", "softmax"), square=False), paper),
    "LeNet labels": (BARE._replace(kernels=(3, 5, 7), pools=(AvgPool,), acts=(), extras=(), channels=(1,)), lenet),
    "table": (Taste(extras=("softmax",)), table),
    "Keras calls": (Taste(kernels=(1, 3, 5), strides=(1,), pads="same", pool_strides="two", bias=True), keras),
    "prose": (Taste(pool_strides="two", extras=()), prose),
    "counted layers": counted_net,
    "perceptron": perceptron_net,
    "sequence": sequence_net,
    "notation's letters": (Taste(bias=True, extras=("bn", "dropout", "lrn", "softmax"), square=False), notation),
    "other scripts": (Taste(), scripts),
    "tutorial's steps": (Taste(pool_strides="two", extras=("dropout",)), tutorial),
    "an agent's prose": (Taste(pads="none", pool_strides="two", extras=()), agent),
    "torch's classes": (Taste(bias=True, extras=("bn", "softmax")), torch_classes),
    "MATLAB": (Taste(extras=("bn", "dropout", "global", "softmax"), acts=(ReLU, Tanh, Sigmoid)), matlab),
    "maps and their size": (Taste(pool_strides="two", extras=(), acts=()), maps),
    "details": (Taste(pool_strides="two", extras=(), acts=()), details),
    "Ciresan's letters": (BARE._replace(acts=(), extras=(), kernels=(3, 4, 5), strides=(1, 1, 2), pool_kernels=(2, 3)), ciresan),
    "a perceptron's sentence": sentence_net,
}


class Result(NamedTuple):
    """What became of one text: equal, refused (with the message), or different (with what was read)."""

    style: str
    text: str
    verdict: str
    message: str


def try_one(style: str, rng: Random) -> Result:
    """Writes one network in a style and reads it back."""
    made = STYLES[style]
    if isinstance(made, tuple):
        net = any_net(rng, made[0])
        text = made[1](rng, net)
    else:
        text, net = made(rng)
    expected = facts(net)
    try:
        found = read_facts(text)
    except SpecError as error:
        return Result(style, text, "refused", str(error))
    if found == expected:
        return Result(style, text, "equal", "")
    wrong = next((f"{a}\n  read as {b}" for a, b in zip(expected, found, strict=False) if a != b), "")
    wrong = wrong or f"{len(expected)} layers, {len(found)} read"
    return Result(style, text, "different", wrong)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--nets", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--style", default="", help="only styles whose name holds this")
    parser.add_argument("--show", type=int, default=3, help="refusals printed per style")
    given = parser.parse_args()
    styles = [style for style in STYLES if given.style in style]
    counts: dict[str, Counter[str]] = {style: Counter() for style in styles}
    start = time.process_time()
    for index in range(given.nets):
        style = styles[index % len(styles)]
        result = try_one(style, Random(f"{given.seed}/{index}"))
        counts[style][result.verdict] += 1
        if result.verdict == "different" or (result.verdict == "refused" and counts[style]["refused"] <= given.show):
            print(f"--- {style}, net {index}: {result.verdict}\n{result.text}\n>>> {result.message}\n")
    for style, count in counts.items():
        print(f"{style:20} {count['equal']:7,} equal {count['refused']:6,} refused {count['different']:4,} different")
    total = Counter({v: sum(c[v] for c in counts.values()) for v in ("equal", "refused", "different")})
    print(f"{given.nets:,} nets, seed {given.seed}: " + ", ".join(f"{n:,} {v}" for v, n in total.items()), end="")
    print(f"; {time.process_time() - start:.0f} s of CPU")
    return 1 if total["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
