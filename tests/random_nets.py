"""Random networks, written in the notation itself, checked against torch.

    python -m tests.random_nets --count 100000 --seed 1

writes nets one after the other (each from its own number, so any one can be made again), lets archcalc and torch look at
every figure, and prints a tally by layer type and setting. Layers are drawn from their classes, with the settings, names and
kinds of value that stand there: a new layer is taken up by itself.

About one net in six ends in a layer that archcalc refuses; torch must refuse it too. Work is done in chunks over both cores and
kept in a state file, so that a stopped run goes on where it was. Every disagreement is saved as a small YAML file under
tests/regressions, which tests/test_random_nets.py replays.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections import Counter
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import MISSING, Field, fields
from functools import cache
from math import prod
from pathlib import Path
from random import Random
from typing import Any

import yaml

from archcalc.analysis import Analysis, analyse
from archcalc.layers import TABLE, kinds, layer_class
from archcalc.layers.base import Layer, Setting, Shape, settings_of
from archcalc.layers.kinds import Kind
from archcalc.loading import load
from archcalc.network.nodes import Network, Node
from archcalc.text.faults import Misfit, SpecError, ValueFault

HERE = Path(__file__).parent
REGRESSIONS = HERE / "regressions"
CHUNK = 250
MOST_VALUES = 60_000  # a shape larger than this is not grown further
Item = Any


@cache
def described(cls: type[Layer]) -> dict[str, tuple[Field[Any], Setting]]:
    """The settings of a class that a layer alone can be given."""
    return {k: v for k, v in settings_of(cls).items() if k != "rank" and not isinstance(v[1].kind, kinds.Names)}


CLASSES = [layer_class(kind) for kind in TABLE]
LONE = [cls for cls in CLASSES if cls.arity[0] == 1 and cls.arity[1] is not None]
PAIRED = [cls for cls in CLASSES if cls.arity[0] == 1 and cls.arity[1] in (2, 3)]
# What may stand behind a layer on its line, as it is.
FOLLOWERS = [c.kind for c in CLASSES if c.follows and all(f.default is not MISSING for f, _ in described(c).values())]


class Writer:
    """Writes one random net: a list of items in the notation, each tried against archcalc before the next is written."""

    def __init__(self, random: Random) -> None:
        self.r = random
        self.spec: dict[str, Any] = {}
        self.ids = 0
        self.first: tuple[int, ...] = ()

    # -- choices --------------------------------------------------------------------------------------------------

    def chance(self, p: float) -> bool:
        return self.r.random() < p

    # -- one layer ------------------------------------------------------------------------------------------------

    def layer(self, shape: Shape, tokens: bool, *, keeps: bool = False) -> Item:
        """A random layer on an input of this shape: of any kind, with settings as its class describes them.

        Most are drawn until they take the input (and keep its shape where that is asked for); a few are left as they come.
        """
        drawn: tuple[type[Layer], dict[str, Any]] = (layer_class("identity"), {})
        for _ in range(12):
            cls = self.kind(shape, tokens)
            values = self.settings(cls, shape)
            fits = fitting(cls, values, shape)
            if fits and (fits == shape or not keeps):
                drawn = cls, values
                break
            if not keeps and self.chance(0.2):
                drawn = cls, values
                break
        return self.spelled(*drawn, rank=len(shape) - 1)

    def kind(self, shape: Shape, tokens: bool) -> type[Layer]:
        """A kind that reads one input; the more settings it has, the more often, and rarely one that reads other axes."""
        here = "" if len(shape) == 1 else "tokens" if tokens and len(shape) == 2 else "channels"
        weights = [(1 + 2 * len(described(cls))) / (1 if cls.reads in ("", here) else 8) for cls in LONE]
        return self.r.choices(LONE, weights)[0]

    def settings(self, cls: type[Layer], shape: Shape) -> dict[str, Any]:
        """Values for the settings of a class: for all that are required, and for some of the others."""
        found = {}
        for name, (field, made) in described(cls).items():
            if name == "input":
                if self.chance(0.1):
                    right = shape[cls.stated]
                    found[name] = right if self.chance(0.8) else right + self.r.randint(1, 3)
            elif field.default is MISSING or self.chance(0.4):
                found[name] = self.value(made.kind, shape)
        return found

    def value(self, kind: Kind, shape: Shape) -> Any:
        """A value of a kind, of a size that is likely to mean something for an input of this shape."""
        r, rank = self.r, max(1, len(shape) - 1)
        match kind:
            case kinds.Count():
                # Groups, heads and factors divide a size of the input; the end of a slice is one.
                size = r.choice(shape)
                near = [d for d in range(1, min(size, 8) + 1) if size % d == 0] + [size]
                return min(kind.most, max(kind.least, r.choice(near) if self.chance(0.6) else r.randint(kind.least, 8)))
            case kinds.AdaptiveAxes():
                keep = [r.choice([None, None, 1, 2, 5]) for _ in range(rank)]
                return tuple(keep) if rank > 1 and self.chance(0.3) else self.size(1, 6, rank)
            case kinds.Axes():
                return self.size(kind.least, 4 - rank // 3, rank)
            case kinds.Padding():
                if kind.words and self.chance(0.15):
                    return r.choice([word for word in kind.words if word != "valid"])
                if kind.sides and self.chance(0.25):
                    return tuple((r.randint(0, 3), r.randint(0, 3)) for _ in range(rank))
                return self.size(0, 2, rank)
            case kinds.Flag():
                return self.chance(0.6)
            case kinds.Biases():
                return r.randint(0, 2)
            case kinds.Real():
                return r.choice([0.1, 0.2, 0.5] if kind.most == 1 else [0.001, 0.5, 2.0])
            case kinds.Choice():
                return r.choice(kind.options)
            case kinds.ShapeKind():
                return self.shape(shape, kind.wild)
            case kinds.Steps():
                return tuple(r.randint(-4, 4) for _ in range(r.randint(1, len(shape))))
            case kinds.Words():  # an equation over indices: some of the input's, in some order
                letters = "abcdef"[: len(shape)]
                return f"{letters}->{''.join(r.sample(letters, r.randint(1, len(letters))))}"
        raise TypeError(f"no values are known for {kind.name}")

    def size(self, least: int, most: int, rank: int) -> Any:
        """A number, or one for each axis."""
        if rank > 1 and self.chance(0.3):
            return tuple(self.r.randint(least, most) for _ in range(rank))
        return self.r.randint(least, most)

    def shape(self, shape: Shape, wild: bool) -> Shape:
        """The end of the input's shape, an order of its dimensions, or its values laid out anew, now and then wrong."""
        r = self.r
        made = list(r.choice([shape[-r.randint(1, len(shape)) :], range(1, len(shape) + 1)]))
        if wild or self.chance(0.2):
            rest, made = prod(shape), []
            for _ in range(r.randint(0, 3)):
                made.append(r.choice([d for d in range(1, min(rest, 12) + 1) if rest % d == 0]))
                rest //= made[-1]
            made.append(rest)
            r.shuffle(made)
            if self.chance(0.2):
                made[r.randrange(len(made))] = -1 if wild else 1
        elif made == [*range(1, len(shape) + 1)]:
            r.shuffle(made)
        if self.chance(0.1):
            made[0] = max(1, made[0] + 1)
        return tuple(made)

    # -- how it is written ----------------------------------------------------------------------------------------

    def spelled(self, cls: type[Layer], values: dict[str, Any], rank: int) -> Item:
        """A layer as a line with letters, or as a mapping with long names; under one of its names, or a setting's."""
        called = self.called(cls, rank)
        described_ = described(cls)
        if self.chance(0.35) or any(isinstance(made.kind, kinds.Words) for _, made in described_.values()):
            return {called: {self.r.choice([k, *described_[k][1].aliases]): plain(v) for k, v in values.items()} or None}
        bare, words = [], []
        for name, value in values.items():
            made = described_[name][1]
            text = self.size_text(value)
            flag = next((word for word, meant in made.flags.items() if meant == value and type(meant) is type(value)), None)
            if type(value) is int and self.chance(0.03):
                text = self.expression(value)
            if name in cls.positional and cls.positional.index(name) == len(bare):
                bare.append(text)
            elif flag and self.chance(0.7):
                words.append(flag)
            elif made.letter and text[0].isdigit() and self.chance(0.8):
                words.append(made.letter + text)
            else:
                words.append(f"{self.r.choice([name, *made.aliases])}={text}")
        self.r.shuffle(words)
        line = " ".join([called, *bare, *words])
        while not cls.follows and self.chance(0.2):
            line += f" {self.r.choice(FOLLOWERS)}"
        return line

    def called(self, cls: type[Layer], rank: int) -> str:
        """A layer under one of its names; those that state dimensions only where they are right."""
        names = [n for n in cls.names if n[-2:] == f"{rank}d" or n[-1] != "d" or not n[-2].isdigit()]
        return self.r.choice([cls.kind, cls.kind, *names])

    def size_text(self, value: Any) -> str:
        """A value as it is written, now and then with an expression for one of its numbers."""
        if isinstance(value, tuple) and self.chance(0.05) and all(type(n) is int and n >= 0 for n in value):
            at = self.r.randrange(len(value))
            parts = [self.expression(n) if i == at else str(n) for i, n in enumerate(value)]
            return "x".join(f"({part})" if i and i == at and self.chance(0.5) else part for i, part in enumerate(parts))
        return kinds.text(value)

    def expression(self, value: int) -> str:
        """A number as a sum with a variable."""
        w = self.spec.setdefault("vars", {"w": self.r.randint(1, 3)})["w"]
        return f"w+{value - w}" if value >= w else f"w-{w - value}"

    # -- structure ------------------------------------------------------------------------------------------------

    def structure(self, shape: tuple[int, ...], tokens: bool) -> Item:
        """Branches, a residual, a repeat, a block, a re-read or a re-use."""
        r = self.r
        if self.chance(0.3):
            return self.met(shape)
        keep = self.keeper(shape, tokens)
        many = r.randint(1, 3)
        choices: list[Item] = [
            {"residual": [self.keeper(shape, tokens) for _ in range(many)], "then": r.choice(FOLLOWERS)},
            {"residual": [keep], "shortcut": [self.keeper(shape, tokens)]},
            {"repeat": r.randint(0, 3), "layers": [self.keeper(shape, tokens) for _ in range(many)]},
            {
                "branches": [[self.keeper(shape, tokens)], [], [keep]][: r.randint(1, 3)],
                "join": r.choice(["concat", "add", "mul"]),
            },
            {"repeat": r.randint(0, 3), "as": "i", "layers": [self.keeper(shape, tokens), self.counted(shape)]},
            {"layers": [keep], "id": self.name()},
            {"when": f"cin > {r.randint(1, 8)}", "layers": [keep]},
        ]
        channels = shape[-1] if len(shape) == 2 and tokens else shape[0]
        parts = r.choice([2, 3])
        if channels % parts == 0 or self.chance(0.1):
            part = (
                (channels // parts, *shape[1:]) if channels != shape[-1] or len(shape) != 2 else (*shape[:-1], channels // parts)
            )
            choices.append({"split": [[], [], [self.layer(part, tokens) if all(part) else "relu"]][:parts], "then": "relu"})
        if len(shape) == 1 or (len(shape) == 2 and tokens):
            name, inner = self.name(), r.choice(["", " nobias"])
            wide = shape[-1] if self.chance(0.8) else shape[-1] + 1
            choices.append({"residual": [{"id": name, "fc": f"{wide}{inner}"}, {"fc": str(shape[-1]), "tied": name}]})
        if len(shape) == 3:
            choices.append(self.windowed(shape))
            k, p, s, d = r.randint(1, 3), r.randint(0, 1), r.randint(1, 2), r.randint(1, 2)
            window = f"k{k} p{p} s{s} d{d}"
            choices.append({"residual": [f"unfold {window}", f"fold out={shape[1]}x{shape[2]} {window}"]})
            choices += self.blocks(shape) * 2
            k = r.randint(1, 3)
            uneven = [f"conv {r.randint(1, 5)} k{r.randint(1, 3)} p{r.randint(0, 1)} s{k}" for _ in range(2)]
            choices.append({"branches": {"a": [uneven[0], "bn"], "b": [uneven[1]]}})
            choices.append({"residual": [f"conv {shape[0]} k{k} p{k // 2} s{k}"], "shortcut": [f"conv {shape[0]} k1 s{k} bn"]})
        if len(shape) == 2 and tokens:
            choices.append("classtoken")
        if len(shape) == 2 and tokens and shape[1] % 2 == 0:
            choices.append(f"transformer_encoder_layer {r.choice([1, 2])} ff={2 * shape[1]}")
        ids = self.spec.get("_ids", [])
        if ids:
            choices += [{r.choice(["matmul", "dot"]): ["prev", r.choice(ids)]}, {"combine": self.combined("prev", r.choice(ids))}]
            choices += [{r.choice(["add", "mul", "concat"]): [r.choice(ids), "prev"]}, {"reuse": r.choice(ids)}] * 2
            choices.append({"from": r.choice(ids), **self.as_mapping(keep)})
            pair = r.choice(PAIRED)
            values = self.settings(pair, shape)
            if len(shape) < 3:
                choices += [{"bilinear": {"of": ["prev", r.choice(ids)], "out": r.randint(1, 4), "bias": self.chance(0.5)}}] * 4
            choices.append(
                {
                    "from": ["prev", *r.choices(ids, k=r.randint(1, (pair.arity[1] or 2) - 1))],
                    **self.as_mapping(self.spelled(pair, values, len(shape) - 1)),
                }
            )
        return r.choice(choices)

    def met(self, shape: Shape) -> Item:
        """Tensors that meet: what is computed of one input, and what the network holds itself; moves that a program says."""
        r = self.r
        x, y, held = self.name(), self.name(), self.name()
        tensor, wide, at = r.choice(["parameter", "learned", "constant", "buffer"]), r.randint(1, 5), r.randrange(len(shape))
        alike = [1 if self.chance(0.2) else n for n in shape]
        joined = r.choice([{"add": [y, held]}, {"mul": [held, y]}, {"combine": self.combined(y, held)}])
        choices: list[list[Item]] = [
            [{"combine": self.combined(x, y)}],
            [{"id": held, tensor: alike}, joined],
            [{"id": held, "learned": {"shape": alike[::-1], "to": list(shape)}}, joined],
            [{"id": held, tensor: [*shape[:at], wide, *shape[at + 1 :]]}, {"concat": {"of": [x, held], "axis": at}}],
            [{"id": held, tensor: [shape[-1], wide]}, {"matmul": [y, held]}],
            [{"id": held, "fc": wide}, {"einsum": {"equation": "ab,ac->bc", "of": [y, held]}}],
            [{"move": {"to": r.sample(shape, len(shape)), r.choice(["how", "by"]): "turned"}}],
        ]
        if len(shape) > 1:
            front = "abcdef"[: len(shape) - 2]
            turned = [*range(1, len(shape) - 1), len(shape), len(shape) - 1]
            key, value = r.choice([(x, x), (x, y), (held, held)])
            choices += [
                [{"id": held, "from": y, "permute": turned}, {"matmul": [x, held]}],
                [{"einsum": {"equation": f"{front}td,{front}sd->{front}ts", "of": [x, y]}}],
                [{"id": held, tensor: [shape[-1], wide]}, {"einsum": {"equation": f"{front}td,dk->{front}k", "of": [x, held]}}],
                [{"id": held, tensor: [*shape[:-2], wide, shape[-1]]}, {r.choice(["dotattention", "sdpa"]): [y, key, value]}],
            ]
        begun = [{"id": x, "identity": None}, {"id": y, r.choice(["relu", "tanh", "identity"]): None}]
        return {"id": self.name(), "layers": [*begun, *r.choice(choices)]}

    def combined(self, *of: str) -> dict[str, Any]:
        """How two tensors are combined."""
        combine = described(layer_class("combine"))["op"][1].kind
        assert isinstance(combine, kinds.Choice)
        return {"op": self.r.choice(combine.options), self.r.choice(["of", "inputs"]): list(of)}

    def counted(self, shape: Shape) -> Item:
        """A layer whose settings depend on the number of the repeat."""
        if len(shape) == 3:
            pads: list[Item] = ["zeropad 0:ixi", {"zeropad": [["i", 1], [0, "i"]]}, {"zeropad": ["i", 1]}]
            return self.r.choice([f"conv {shape[0]} + i*{shape[0]} k3 p2**i d2**i g={shape[0]}", *pads])
        return self.r.choice(["pointwise mul 2**i", "dropout i/4"])

    def windowed(self, shape: Shape) -> Item:
        """A map taken apart into windows, which are put together again."""
        r, name = self.r, self.name()
        k = r.choice(["2", "3", "2x3"])
        grid = " grid" * r.randint(0, 1)
        inner = r.choice(
            [
                f"attention {r.choice([1, 2])} relative={k}" + ("", " cosine", " cpb=3", " cosine cpb=2")[self.ids % 4],
                "attention 1 causal",
                f"fc {shape[0]}",
                "layernorm",
                "relu",
            ]
        )
        given = {"size": k} if k == "2x3" else {}
        back = {"unpartition": {"of": ["prev", name], **given, **({"grid": True} if grid else {})}}
        return {"residual": [{"id": name, r.choice(["relu", "bn", "scale"]): None}, f"partition {k}{grid}", inner, back]}

    def as_mapping(self, item: Item) -> dict[str, Any]:
        if isinstance(item, dict):
            return item
        word, _, rest = item.partition(" ")
        return {word: rest or None}

    def name(self) -> str:
        self.ids += 1
        return f"n{self.ids}"

    def keeper(self, shape: Shape, tokens: bool) -> Item:
        """A layer that keeps the shape."""
        return self.layer(shape, tokens, keeps=True)

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
        self.spec = {}
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
        while trial({**self.spec, "layers": self.spec["layers"] or ["identity"]}) is None:
            self.begin()  # an input that reads as channels last is refused
        found = trial(self.spec) if self.spec["layers"] else None
        length = self.r.randint(1, 7)
        tries = 0
        while not isinstance(found, SpecError) and len(self.spec["layers"]) < length and tries < 30:
            tries += 1
            shape, tokens = end_of(found) if found else (self.first, True)
            if not shape:
                break  # a single value is the end of a net
            count = 1
            for n in shape:
                count *= n
            large = count > MOST_VALUES
            item: Item = "flatten" if large else self.structure(shape, tokens) if self.chance(0.2) else self.layer(shape, tokens)
            if self.chance(0.3) and isinstance(item, str) and " " not in item.replace(" ", "", 1) and not large:
                item = {"id": self.name(), **self.as_mapping(item)}
            kept = self.spec.get("_ids", [])
            names = [item["id"]] if isinstance(item, dict) and "id" in item else []
            grown = {**self.spec, "layers": [*self.spec["layers"], item], "_ids": [*kept, *names]}
            made = trial(grown)
            if isinstance(made, Analysis) or (made is not None and self.chance(0.6)):
                self.spec, found = grown, made
        if isinstance(found, Analysis) and self.chance(0.1):
            self.heads(end_of(found)[0])
        return text_of(self.spec)

    def heads(self, shape: tuple[int, ...]) -> None:
        """Several outputs."""
        grown = {**self.spec, "layers": [*self.spec["layers"], {"heads": {"box": ["fc 4"], "class": ["fc 5 softmax"]}}]}
        if trial(grown) is not None:
            self.spec = grown


def fitting(cls: type[Layer], values: dict[str, Any], shape: Shape) -> Shape | None:
    """The output of a layer on this shape; None where it does not take it."""
    try:
        return cls(**values).output((shape,))
    except (Misfit, ValueFault):
        return None


def plain(value: Any) -> Any:
    """A value as YAML writes it."""
    return [plain(v) for v in value] if isinstance(value, tuple) else "keep" if value is None else value


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
        at = nodes[at].inputs[0] if nodes[at].inputs else -1
    return analysis.rows[-1].output, layout != "channels"


def written_net(seed: int, number: int) -> str:
    """Net number `number` of a seed."""
    return Writer(Random(f"{seed}:{number}")).net()


# -- checking -----------------------------------------------------------------------------------------------------


def made_of(node: Node) -> list[str]:
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
    made = [name for node in network.nodes for name in made_of(node)]
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
