"""Random networks, written in the notation itself, checked against torch.

    python -m tests.random_nets --count 100000 --seed 1

writes nets one after the other (each from its own number, so any one can be made again), lets archcalc and torch look at
every figure, and prints a tally by layer type and setting. About one net in six ends in a layer that archcalc refuses; torch
must refuse it too. Work is done in chunks over both cores and kept in a state file, so that a stopped run goes on where it
was. Every disagreement is saved as a small YAML file under tests/regressions, which tests/test_random_nets.py replays.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections import Counter
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import fields
from pathlib import Path
from random import Random
from typing import Any

import yaml

from archcalc.analysis import Analysis, analyse
from archcalc.loading import load
from archcalc.network.nodes import Network, Node
from archcalc.text.faults import SpecError

HERE = Path(__file__).parent
REGRESSIONS = HERE / "regressions"
CHUNK = 250
MOST_VALUES = 60_000  # a shape larger than this is not grown further
Item = Any

ACTIVATIONS = [
    "relu", "relu6", "leakyrelu 0.2", "elu 0.5", "selu", "gelu", "sigmoid", "tanh", "silu", "hardsigmoid", "hardswish",
    "mish", "softplus", "heaviside", "sign", "softmax", "logsoftmax", "dropout 0.3", "identity", "prelu", "prelu perchannel",
    "prelu 2",
]  # fmt: skip


# Other people's names for settings and layers, which must mean the same.
ALIASES = {
    "out": ["out"], "kernel": ["kernel", "kernel_size", "size"], "stride": ["stride", "strides"], "padding": ["padding", "pad"],
    "hidden": ["hidden", "hidden_size", "units"], "layers": ["layers", "num_layers"], "heads": ["heads", "num_heads"],
    "bias": ["bias", "use_bias"], "ceil": ["ceil", "ceil_mode"], "dilation": ["dilation", "dilation_rate"],
}  # fmt: skip
NAMES = {
    "conv": ["conv", "conv", "Convolution", "convolutional"], "convtranspose": ["convtranspose", "deconv", "upconv"],
    "locallyconnected": ["local", "LocallyConnected"], "bn": ["bn", "BatchNorm"], "lstm": ["lstm", "LSTM"],
    "attention": ["attention", "MultiheadAttention"], "fc": ["fc", "linear", "dense", "InnerProduct"],
}  # fmt: skip

# Layers of tensors that meet in ways only a program says: the random nets of programs make those.
FROM_SOURCE = {"combine", "constant", "dotattention", "einsum", "learned", "matmul", "move", "pointwise", "reduce"}


class Writer:
    """Writes one random net: a list of items in the notation, each tried against archcalc before the next is written."""

    def __init__(self, random: Random) -> None:
        self.r = random
        self.spec: dict[str, Any] = {}
        self.ids = 0
        self.rank = 2
        self.first: tuple[int, ...] = ()

    # -- choices --------------------------------------------------------------------------------------------------

    def chance(self, p: float) -> bool:
        return self.r.random() < p

    def size(self, least: int, most: int, rank: int, uneven: float = 0.3) -> Any:
        """A number, or one for each axis."""
        if self.chance(uneven) and rank > 1:
            return [self.r.randint(least, most) for _ in range(rank)]
        return self.r.randint(least, most)

    def padding(self, most: int, rank: int) -> Any:
        """A number, one an axis, or a pair an axis."""
        if self.chance(0.25):
            return [[self.r.randint(0, most), self.r.randint(0, most)] for _ in range(rank)]
        return self.size(0, most, rank)

    def divisor(self, n: int, most: int = 8) -> int:
        """A divisor of n, and now and then a number that is none."""
        if self.chance(0.08):
            return self.r.randint(1, most)
        return self.r.choice([g for g in range(1, min(n, most) + 1) if n % g == 0])

    # -- one layer ------------------------------------------------------------------------------------------------

    def spelled(self, kind: str, settings: dict[str, Any], positional: tuple[str, ...] = ()) -> Item:
        """A layer as a line with letters, or as a mapping with long names; both are the notation."""
        given = {k: v for k, v in settings.items() if v is not None}
        if self.chance(0.35):
            return {self.called(kind): {self.r.choice(ALIASES.get(k, [k])): v for k, v in given.items()}}
        words = [self.called(kind)]
        letters = {"kernel": "k", "stride": "s", "padding": "p", "dilation": "d", "output_padding": "op"}
        groups = kind in ("conv", "convtranspose")
        for name, value in given.items():
            if isinstance(value, bool):
                flags = {"bias": ("bias", "nobias"), "ceil": ("ceil", ""), "bidirectional": ("bidirectional", "")}
                flags |= {"last": ("last", ""), "affine": ("affine", "noaffine")}
                words.append(flags[name][0] if value else flags[name][1])
            elif name in positional:
                words.append(written(value))
            elif value == "same":
                words.append("same")
            elif name in letters or (name == "groups" and groups):
                words.append(letters.get(name, "g") + written(value))
            else:
                words.append(f"{name}={written(value)}")
        return " ".join(w for w in words if w)

    def called(self, kind: str) -> str:
        """A layer under one of its names, with its dimensions now and then."""
        if kind in ("conv", "maxpool", "avgpool", "convtranspose") and self.chance(0.3):
            return f"{kind}{self.rank}d"
        return self.r.choice(NAMES.get(kind, [kind]))

    def conv(self, shape: tuple[int, ...]) -> Item:
        rank, r = len(shape) - 1, self.r
        groups = self.divisor(shape[0]) if self.chance(0.3) else None
        out = r.randint(1, 6) * (groups or 1) if not self.chance(0.03) else r.randint(1, 12)
        same = self.chance(0.15)
        kernel = self.size(1, 5 if rank < 3 else 3, rank)
        line = {
            "out": out,
            "kernel": kernel,
            "stride": (2 if self.chance(0.05) else None) if same else self.size(1, 3, rank) if self.chance(0.4) else None,
            "padding": "same" if same else self.padding(3, rank) if self.chance(0.6) else None,
            "dilation": self.size(1, 3, rank) if self.chance(0.2) else None,
            "groups": groups,
            "bias": False if self.chance(0.3) else None,
            "input": self.stated(shape[0]),
        }
        follow = self.r.choice(["", "", " bn relu", " relu", " bn", " prelu"])
        if self.chance(0.05):
            self.spec.setdefault("vars", {"w": r.randint(1, 3)})
            return f"conv {r.choice(['w*2', 'w + 1', 'max(w,cin)', 'cin//w + 1'])} k=w p=w//2".replace(" + ", "+")
        item = self.spelled("conv", line, ("out",))
        return item + follow if isinstance(item, str) else item

    def stated(self, right: int) -> int | None:
        """A stated input size: mostly none, mostly right."""
        if self.chance(0.9):
            return None
        return right if self.chance(0.8) else right + self.r.randint(1, 3)

    def depthwise(self, shape: tuple[int, ...]) -> Item:
        rank = len(shape) - 1
        return self.spelled("depthwise", {
            "kernel": self.size(1, 4, rank),
            "stride": self.size(1, 2, rank) if self.chance(0.4) else None,
            "padding": "same" if self.chance(0.15) else self.padding(2, rank) if self.chance(0.6) else None,
            "dilation": self.size(1, 2, rank) if self.chance(0.2) else None,
            "multiplier": self.r.randint(1, 3) if self.chance(0.4) else None,
            "bias": False if self.chance(0.3) else None,
        })  # fmt: skip

    def convtranspose(self, shape: tuple[int, ...]) -> Item:
        rank, r = len(shape) - 1, self.r
        groups = self.divisor(shape[0]) if self.chance(0.3) else None
        return self.spelled("convtranspose", {
            "out": r.randint(1, 4) * (groups or 1),
            "kernel": self.size(1, 4, rank),
            "stride": self.size(1, 3, rank) if self.chance(0.6) else None,
            "padding": self.size(0, 2, rank) if self.chance(0.5) else None,
            "output_padding": self.size(0, 2, rank) if self.chance(0.3) else None,
            "dilation": self.size(1, 3, rank) if self.chance(0.2) else None,
            "groups": groups,
            "bias": False if self.chance(0.3) else None,
            "input": self.stated(shape[0]),
        }, ("out",))  # fmt: skip

    def local(self, shape: tuple[int, ...]) -> Item:
        rank = len(shape) - 1
        return self.spelled("locallyconnected", {
            "out": self.r.randint(1, 3),
            "kernel": self.size(1, 3, rank),
            "stride": self.size(1, 3, rank) if self.chance(0.5) else None,
            "padding": "same" if self.chance(0.15) else self.padding(2, rank) if self.chance(0.5) else None,
            "bias": False if self.chance(0.3) else None,
        }, ("out",))  # fmt: skip

    def pool(self, shape: tuple[int, ...]) -> Item:
        rank, kind = len(shape) - 1, self.r.choice(["maxpool", "avgpool"])
        return self.spelled(kind, {
            "kernel": self.size(1, 4, rank) if self.chance(0.9) else None,
            "stride": self.size(1, 4, rank) if self.chance(0.5) else None,
            "padding": self.size(0, 2, rank) if self.chance(0.4) else None,
            "dilation": self.size(1, 3, rank) if kind == "maxpool" and self.chance(0.3) else None,
            "ceil": True if self.chance(0.4) else None,
        }, ("kernel",))  # fmt: skip

    def adaptive(self, shape: tuple[int, ...]) -> Item:
        rank, kind = len(shape) - 1, self.r.choice(["adaptiveavgpool", "adaptivemaxpool"])
        if self.chance(0.4):
            return self.r.choice(["globalavgpool", "globalmaxpool"])
        if rank > 1 and self.chance(0.3):
            return f"{kind} " + "x".join(self.r.choice(["keep", "1", "2", "5"]) for _ in range(rank))
        return self.spelled(kind, {"out": self.size(1, 6, rank)}, ("out",))

    def resample(self, shape: tuple[int, ...]) -> Item:
        rank, r = len(shape) - 1, self.r
        modes = ["nearest", {1: "linear", 2: "bilinear", 3: "trilinear"}[rank]]
        mode = r.choice(modes) if not self.chance(0.05) else r.choice(["linear", "bilinear", "trilinear"])
        choices: list[Item] = [
            self.spelled("upsample", {"scale": self.size(1, 3, rank), "mode": mode}, ("scale",)),
            self.spelled("zeropad", {"padding": self.padding(3, rank)}, ("padding",)),
            self.spelled("crop", {"size": self.size(1, min(shape[1:]) + (2 if self.chance(0.1) else 0), rank)}, ("size",)),
            f"channelshuffle {self.divisor(shape[0])}",
            f"slice {r.randint(0, max(0, shape[0] - 2))} {shape[0] if not self.chance(0.1) else shape[0] + 1}",
        ]
        if rank == 2:
            choices.append(f"pixelshuffle {r.choice([1, 2, 2, 3])}")
        return r.choice(choices)

    def norm(self, shape: tuple[int, ...]) -> Item:
        affine = {"affine": False} if self.chance(0.2) else {}
        stated = {"input": n} if (n := self.stated(shape[0])) else {}
        choices = [("bn", affine | stated), ("groupnorm", {"groups": self.divisor(shape[0])} | affine | stated)]
        if len(shape) > 1:
            choices.append(("instancenorm", ({"affine": True} if self.chance(0.5) else {}) | stated))
            choices.append(("lrn", {"size": self.r.randint(1, 6)}))
        over = self.r.randint(1, len(shape) + (1 if self.chance(0.05) else 0))
        layer = {"shape": list(shape[-min(over, len(shape)) :])} if self.chance(0.3) else {"over": over}
        if "shape" in layer and self.chance(0.1):
            layer["shape"] = [n + 1 for n in layer["shape"]]
        choices.append(("layernorm", layer | affine | ({"bias": False} if self.chance(0.2) else {})))
        kind, settings = self.r.choice(choices)
        return {kind: settings} if kind == "layernorm" or not settings else self.spelled(kind, settings, ("groups", "size"))

    def recurrent(self, shape: tuple[int, ...]) -> Item:
        layers = self.r.randint(1, 3) if self.chance(0.4) else None
        return self.spelled(self.r.choice(["rnn", "lstm", "gru"]), {
            "hidden": self.r.randint(1, 8),
            "layers": layers,
            "bidirectional": True if self.chance(0.3) else None,
            "biases": self.r.choice([0, 1, 2]) if self.chance(0.5) else None,
            "last": True if self.chance(0.3) else None,
            "dropout": 0.2 if layers and self.chance(0.3) else None,
            "input": self.stated(shape[1]),
        }, ("hidden", "layers"))  # fmt: skip

    def attention(self, shape: tuple[int, ...]) -> Item:
        settings = {"heads": self.divisor(shape[1]), "bias": False if self.chance(0.3) else None}
        settings |= {"input": self.stated(shape[1]), "dropout": 0.1 if self.chance(0.2) else None}
        return self.spelled("attention", settings, ("heads",))

    def fc(self, shape: tuple[int, ...]) -> Item:
        settings = {"out": self.r.randint(1, 40), "bias": False if self.chance(0.3) else None}
        if len(shape) < 2:
            settings["input"] = self.stated(shape[0])
        item = self.spelled("fc", settings, ("out",))
        return item + self.r.choice(["", " relu", " sigmoid", " dropout 0.2"]) if isinstance(item, str) else item

    def reshape(self, shape: tuple[int, ...]) -> Item:
        """Another shape of as many values, a dimension sometimes left open, sometimes wrong."""
        rest = 1
        for n in shape:
            rest *= n
        made = []
        for _ in range(self.r.randint(0, 3)):
            made.append(self.r.choice([d for d in range(1, min(rest, 12) + 1) if rest % d == 0]))
            rest //= made[-1]
        made.append(rest + (1 if self.chance(0.1) else 0))
        self.r.shuffle(made)
        if self.chance(0.2):
            made[self.r.randrange(len(made))] = -1
        return {"reshape": {"shape": made}}

    def permute(self, shape: tuple[int, ...]) -> Item:
        order = list(range(1, len(shape) + 1))
        self.r.shuffle(order)
        if self.chance(0.1):
            order[0] = order[-1]
        return {"permute": {"order": order}}

    def layer(self, shape: tuple[int, ...], tokens: bool) -> Item:
        """One random layer for an input of this shape."""
        general = [(6, lambda s: self.r.choice(ACTIVATIONS)), (3, self.norm), (1, self.reshape)]
        if len(shape) == 1:
            choices = [*general, (10, self.fc)]
        elif len(shape) == 2 and tokens:
            choices = [*general, (3, self.fc), (6, self.recurrent), (5, self.attention), (1, self.permute), (1, self.conv)]
            choices += [(1, lambda s: "positions"), (1, lambda s: "classtoken"), (1, lambda s: "flatten")]
        elif len(shape) <= 4:
            choices = [*general, (12, self.conv), (4, self.depthwise), (5, self.convtranspose), (2, self.local), (6, self.pool)]
            choices += [(2, self.adaptive), (4, self.resample), (1, self.fc), (1, self.permute)]
            choices += [(1, lambda s: "positions"), (1, lambda s: "flatten")]
        else:
            choices = [(1, lambda s: "flatten"), (1, self.permute), (1, lambda s: self.r.choice(ACTIVATIONS))]
        weights = [w for w, _ in choices]
        self.rank = max(1, len(shape) - 1)
        return self.r.choices([c for _, c in choices], weights)[0](shape)

    # -- structure ------------------------------------------------------------------------------------------------

    def structure(self, shape: tuple[int, ...], tokens: bool) -> Item:
        """Branches, a residual, a repeat, a block, a re-read or a re-use."""
        r = self.r
        keep = self.keeper(shape, tokens)
        many = r.randint(1, 3)
        choices: list[Item] = [
            {"residual": [self.keeper(shape, tokens) for _ in range(many)], "then": r.choice(ACTIVATIONS)},
            {"residual": [keep], "shortcut": [self.keeper(shape, tokens)]},
            {"repeat": r.randint(0, 3), "layers": [self.keeper(shape, tokens) for _ in range(many)]},
            {
                "branches": [[self.keeper(shape, tokens)], [], [keep]][: r.randint(1, 3)],
                "join": r.choice(["concat", "add", "mul"]),
            },
            {"layers": [keep], "id": self.name()},
            {"when": f"cin > {r.randint(1, 8)}", "layers": [keep]},
        ]
        if len(shape) == 3:
            choices += self.blocks(shape) * 2
            k = r.randint(1, 3)
            uneven = [f"conv {r.randint(1, 5)} k{r.randint(1, 3)} p{r.randint(0, 1)} s{k}" for _ in range(2)]
            choices.append({"branches": {"a": [uneven[0], "bn"], "b": [uneven[1]]}})
            choices.append({"residual": [f"conv {shape[0]} k{k} p{k // 2} s{k}"], "shortcut": [f"conv {shape[0]} k1 s{k} bn"]})
        if len(shape) == 2 and tokens and shape[1] % 2 == 0:
            choices.append(f"transformer_encoder_layer {r.choice([1, 2])} ff={2 * shape[1]}")
        ids = self.spec.get("_ids", [])
        if ids:
            choices += [{r.choice(["add", "mul", "concat"]): [r.choice(ids), "prev"]}, {"reuse": r.choice(ids)}] * 2
            choices.append({"from": r.choice(ids), **self.as_mapping(keep)})
            if len(shape) == 2 and tokens:
                choices.append({"from": ["prev", r.choice(ids)], "attention": {"heads": self.divisor(shape[1])}})
            if len(shape) > 1:
                choices.append({"crop": [r.choice(ids), "prev"]})
        return r.choice(choices)

    def as_mapping(self, item: Item) -> dict[str, Any]:
        if isinstance(item, dict):
            return item
        word, _, rest = item.partition(" ")
        return {word: rest or None}

    def name(self) -> str:
        self.ids += 1
        return f"n{self.ids}"

    def keeper(self, shape: tuple[int, ...], tokens: bool) -> Item:
        """A layer that keeps the shape, almost always."""
        choices: list[Item] = [self.r.choice(ACTIVATIONS), "bn" if len(shape) < 5 else "identity"]
        if len(shape) == 1:
            choices += [f"fc {shape[0]}", f"fc {shape[0]} nobias relu"]
        elif len(shape) == 2 and tokens:
            choices += [f"lstm {shape[1]}", f"gru {shape[1]} onebias", "attention 1", "layernorm", f"fc {shape[1]}"]
        elif len(shape) <= 4:
            odd = self.r.choice([1, 3])
            choices += [
                f"conv {shape[0]} k{odd} p{odd // 2} nobias bn relu",
                f"conv {shape[0]} k2 same",
                f"maxpool {odd} s1 p{odd // 2}",
            ]
            choices += [f"depthwise k{odd} p{odd // 2}", f"conv {shape[0]} k1 g={shape[0]}"]
        return self.r.choice(choices)

    def blocks(self, shape: tuple[int, ...]) -> list[Item]:
        """Uses of shipped blocks and of one of our own."""
        r = self.r
        c = shape[0]
        self.spec.setdefault("blocks", {})["own"] = {
            "args": {"out": "required", "stride": 1, "wide": 2},
            "layers": [
                {"when": "cin != out", "layers": ["conv cin*wide k1 nobias bn relu"]},
                "conv out k3 s=stride p1 bn",
                {"when": "stride == 1 and cin > 2", "layers": ["hardswish"], "else": ["relu"]},
            ],
        }
        own = [f"own {r.randint(1, 6)} stride={r.randint(1, 2)}", {"own": {"out": r.randint(1, 6), "wide": 3}}]
        table = {
            "table": {"block": "own", "columns": "out n stride", "rows": [f"{r.randint(1, 4)} 1 1", f"{r.randint(1, 4)} 2 2"]}
        }
        shipped = [
            f"inverted_residual {r.randint(2, 6)} t{r.randint(1, 3)} s{r.randint(1, 2)}",
            f"basic {c}",
            f"fire 2 {r.randint(2, 4)} 3",
        ]
        shipped += [
            f"depthwise_separable {r.randint(2, 5)}",
            f"bottleneck {r.randint(1, 3)}",
            "squeeze_excite 2",
            "double_conv 4",
        ]
        return [*own, table, *shipped]

    # -- the whole ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Inputs, and what joins them."""
        r = self.r
        start = r.random()
        if start < 0.5:
            shape = [r.randint(1, 8), r.randint(1, 14), r.randint(1, 14)]
        elif start < 0.6:
            shape = [r.randint(1, 6), r.randint(1, 20)]
        elif start < 0.68:
            shape = [r.randint(1, 4), *(r.randint(1, 6) for _ in range(3))]
        elif start < 0.75:
            shape = [r.randint(1, 60)]
        else:
            shape = [r.randint(1, 8), r.choice([1, 2, 3, 4, 6, 8, 12])]
        self.first = tuple(shape)
        self.spec["input"] = shape if len(shape) > 1 else shape[0]
        self.spec["layers"] = []
        if 0.6 <= start < 0.68 or start < 0.5 or start >= 0.75:
            if start >= 0.9:
                self.spec["input"] = [r.randint(1, 8) for _ in range(r.choice([1, 1, 1, 2]))]
                self.spec["layers"] = [f"embedding {r.randint(2, 30)} {r.choice([2, 4, 6])}"]
                if self.chance(0.2):
                    self.spec["layers"].insert(0, "flatten")
            elif self.chance(0.06):
                self.spec.pop("input")
                self.spec["inputs"] = {"left": list(shape), "right": list(shape)}
                self.spec["layers"] = [{r.choice(["add", "mul", "concat"]): ["left", "right"]}]
        elif start < 0.6:
            self.spec["layers"] = ["zeropad 0"]  # says that this is C×L and not T×F

    def net(self) -> str:
        """The text of a network. Raises nothing: what cannot be read is not written."""
        self.begin()
        found = trial(self.spec) if self.spec["layers"] else None
        length = self.r.randint(1, 7)
        tries = 0
        while not isinstance(found, SpecError) and len(self.spec["layers"]) < length and tries < 30:
            tries += 1
            shape, tokens = end_of(found) if found else (self.first, True)
            count = 1
            for n in shape:
                count *= n
            large = count > MOST_VALUES
            item: Item = "flatten" if large else self.structure(shape, tokens) if self.chance(0.25) else self.layer(shape, tokens)
            if self.chance(0.2) and isinstance(item, str) and " " not in item.replace(" ", "", 1) and not large:
                item = {"id": self.name(), **self.as_mapping(item)}
            kept = self.spec.get("_ids", [])
            names = [item["id"]] if isinstance(item, dict) and "id" in item else []
            grown = {**self.spec, "layers": [*self.spec["layers"], item], "_ids": [*kept, *names]}
            made = trial(grown)
            if isinstance(made, Analysis) or (made is not None and self.chance(0.3)):
                self.spec, found = grown, made
        if isinstance(found, Analysis) and self.chance(0.1):
            self.heads(end_of(found)[0])
        return text_of(self.spec)

    def heads(self, shape: tuple[int, ...]) -> None:
        """Several outputs."""
        grown = {**self.spec, "layers": [*self.spec["layers"], {"heads": {"box": ["fc 4"], "class": ["fc 5 softmax"]}}]}
        if trial(grown) is not None:
            self.spec = grown


def written(value: Any) -> str:
    """A value as it stands in a line: 3, 3x5, 0:1x1:2."""
    if isinstance(value, list):
        return "x".join(":".join(map(str, v)) if isinstance(v, list) else str(v) for v in value)
    return str(value)


def text_of(spec: dict[str, Any]) -> str:
    """The net as YAML."""
    shown = {k: v for k, v in spec.items() if not k.startswith("_")}
    if "blocks" in shown and "own" not in str(shown["layers"]):
        del shown["blocks"]
    return yaml.safe_dump(shown, sort_keys=False, default_flow_style=None, width=100, allow_unicode=True) + "\n"


def trial(spec: dict[str, Any]) -> Analysis | SpecError | None:
    """What archcalc makes of a net: its analysis, a layer that does not fit, or None where the text itself is wrong."""
    try:
        network = load(text_of(spec))
    except SpecError:
        return None
    try:
        return analyse(network)
    except SpecError as error:
        return error


def end_of(analysis: Analysis) -> tuple[tuple[int, ...], bool]:
    """The shape of the last node, and whether a rank of 2 means T×F."""
    nodes = analysis.network.nodes
    if not nodes:
        return next(iter(analysis.network.inputs.values())), True
    at, layout = len(nodes) - 1, ""
    while at >= 0 and not layout:
        layout = nodes[at].layer.layout
        at = nodes[at].inputs[0]
    return analysis.rows[-1].output, layout != "channels"


def written_net(seed: int, number: int) -> str:
    """Net number `number` of a seed."""
    return Writer(Random(f"{seed}:{number}")).net()


# -- checking -----------------------------------------------------------------------------------------------------


def settings_of(node: Node) -> list[str]:
    """The kind of a layer, and each of its settings that is not at its default."""
    layer = node.layer
    found = [layer.kind]
    for field in fields(layer):
        value = getattr(layer, field.name)
        if value != field.default and field.name not in ("of", "input", "rank"):
            how = "" if not isinstance(value, tuple) else " per side" if isinstance(value[0], tuple) else " per axis"
            found.append(f"{layer.kind}.{field.name}{' same' if value == 'same' else how}")
    return found


def examine(text: str, device: str = "meta") -> tuple[str, str, list[str]]:
    """What became of one net: `agree`, `both refuse`, `not asked` or `disagree`; why; and what it was made of."""
    from archcalc.pytorch.verdict import check

    network = load(text)
    made = [name for node in network.nodes for name in settings_of(node)]
    try:
        analysis = analyse(network)
    except SpecError as error:
        return (*_refused(network, error, device), made)
    batch = 2 + len(text) % 2  # with one input torch refuses a group norm over a single value; with more it does not
    result = check(analysis, device=device, batch=batch)
    wrong = [c for c in [*result.rows, result.total] if c.verdict != "equal"]
    if not wrong:
        uncounted = [c.path for c in result.rows if any(f.verdict != "equal" for f in c.figures)]
        return ("agree", "", made) if not uncounted else ("disagree", f"not observed: {uncounted}", made)
    figures = [f"{f.name}: ours {f.ours}, torch {f.torch}" for f in wrong[0].figures if f.verdict != "equal"]
    return "disagree", f"{wrong[0].path}: {wrong[0].refusal or '; '.join(figures)}", made


def _refused(network: Network, error: SpecError, device: str) -> tuple[str, str]:
    """Whether torch refuses what archcalc refuses."""
    from archcalc.pytorch.refusal import predicted_refusals

    # What the meta device takes, the CPU is asked about.
    verdicts = predicted_refusals(network, error, device="cpu" if device == "meta" else device)
    asked = [v for v in verdicts if v.refused is not None]
    if not asked:
        return "not asked", (verdicts[0].said if verdicts else str(error.faults[0].message))
    if asked[0].refused:
        return "both refuse", ""
    return "disagree", f"{asked[0].path}: ours '{error.faults[0].message}', torch makes {asked[0].said}"


def work(seed: int, first: int, count: int) -> dict[str, Any]:
    """Examines nets first…first + count − 1."""
    warnings.simplefilter("ignore")
    from archcalc.pytorch import require_torch

    require_torch().set_num_threads(1)
    outcomes: Counter[str] = Counter()
    made: Counter[str] = Counter()
    wrong = []
    for number in range(first, first + count):
        text = written_net(seed, number)
        try:
            outcome, why, parts = examine(text)
        except Exception as error:  # a crash is a finding like any other
            outcome, why, parts = "disagree", f"{type(error).__name__}: {error}", []
        outcomes[outcome] += 1
        made.update(parts)
        if outcome == "disagree":
            wrong.append([number, why, text])
    return {"outcomes": dict(outcomes), "made": dict(made), "wrong": wrong}


def save(seed: int, number: int, why: str, text: str) -> Path:
    """Keeps a disagreement as a regression test."""
    REGRESSIONS.mkdir(exist_ok=True)
    path = REGRESSIONS / f"seed{seed}-{number}.yaml"
    path.write_text(f"# agree: {' '.join(why.split())[:300]}\n{text}", encoding="utf-8")
    return path


def run(seed: int, count: int, state_file: Path, workers: int) -> dict[str, Any]:
    """Examines `count` nets, chunk by chunk; chunks the state file knows are not run again."""
    state: dict[str, Any] = {"seed": seed, "chunks": {}}
    if state_file.exists():
        state = json.loads(state_file.read_text(encoding="utf-8"))
        if state["seed"] != seed:
            raise SystemExit(f"{state_file} belongs to seed {state['seed']}")
    # A chunk in which something disagreed is run again: it may have been mended since.
    done = {first for first, chunk in state["chunks"].items() if not chunk["wrong"]}
    waiting = [first for first in range(0, count, CHUNK) if str(first) not in done]
    began, finished = time.perf_counter(), 0
    with ProcessPoolExecutor(workers) as pool:
        jobs: dict[Future[dict[str, Any]], int] = {
            pool.submit(work, seed, first, min(CHUNK, count - first)): first for first in waiting
        }
        for job in as_completed(jobs):
            result = job.result()
            for number, why, text in result["wrong"]:
                print(f"net {number}: {why}\n  kept as {save(seed, number, why, text)}", flush=True)
            state["chunks"][str(jobs[job])] = result
            state_file.write_text(json.dumps(state), encoding="utf-8")
            finished += 1
            if finished % 8 == 0:
                rate = finished * CHUNK / (time.perf_counter() - began)
                print(f"{len(state['chunks']) * CHUNK:,} nets done, {rate:.0f} a second", flush=True)
    return state


def report(state: dict[str, Any]) -> str:
    """The tally of a run."""
    outcomes: Counter[str] = Counter()
    made: Counter[str] = Counter()
    for chunk in state["chunks"].values():
        outcomes.update(chunk["outcomes"])
        made.update(chunk["made"])
    lines = [f"seed {state['seed']}: {sum(outcomes.values()):,} nets"]
    lines += [f"  {name:12} {n:>9,}" for name, n in outcomes.most_common()]
    lines += ["", "layers, and their settings away from the default", ""]
    lines += [f"  {name:36} {n:>9,}" for name, n in sorted(made.items())]
    return "\n".join(lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--state", type=Path, help="state file [random_nets-SEED.json]")
    parser.add_argument("--show", type=int, help="print one net and what became of it")
    options = parser.parse_args()
    if options.show is not None:
        text = written_net(options.seed, options.show)
        print(text, *examine(text)[:2], sep="\n")
        return
    state_file = options.state or Path(f"random_nets-{options.seed}.json")
    state = run(options.seed, options.count, state_file, options.workers)
    print(report(state))
    if any(chunk["wrong"] for chunk in state["chunks"].values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
