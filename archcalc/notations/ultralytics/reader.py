"""Ultralytics' model YAML (YOLOv3, v5, v8, v9, v10, 11): lines of [from, repeats, module, arguments] under `backbone` and `head`.

    backbone:
      - [-1, 1, Conv, [64, 6, 2, 2]]
      - [-1, 3, C3, [128]]

Channels are scaled to ⌈c·width/8⌉·8, after min(c, max_channels) where scales have one; repeats to max(round(n·depth), 1) where
they are more than one. What a module is made of is in `modules`. Rows carry the names of the modules' weights in torch.
"""

from __future__ import annotations

import os
import re

from archcalc.layers.base import Shape
from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.building import Building, slips
from archcalc.notations.own import yaml
from archcalc.notations.own.tree import List, Map, Scalar, Value
from archcalc.notations.ultralytics.later import MODULES
from archcalc.notations.ultralytics.modules import Call
from archcalc.notations.ultralytics.work import Plain, Work
from archcalc.text.faults import ValueFault, suggestions
from archcalc.text.source import Source

SIDE = 640  # Ultralytics' own default
KEYS = (
    "nc", "depth_multiple", "width_multiple", "scales", "anchors", "backbone", "head", "ch", "activation", "channel_multiple",
    "kpt_shape",
)  # fmt: skip
# What no figure depends on.
QUIET = ("names", "inplace", "task", "yaml_file", "path", "flip_idx", "scale")
VARIABLES = ("nc", "scale", "ch")


def read(source: Source) -> Model:
    """The description of a model's YAML. Raises SpecError."""
    return Model(source, yaml.read(source))


class Model:
    """A model's YAML that has been read."""

    def __init__(self, source: Source, tree: Map) -> None:
        self.source = source
        self.tree = tree

    def network(self, given: Given = Given()) -> Network:  # noqa: B008 a tuple of what is given, never changed
        """The network for what is given. Raises SpecError with every fault; `partial` is the network before the first."""
        return Reader(self, given).network()


class Reader(Work):
    """One network being built from a model's YAML."""

    def __init__(self, model: Model, given: Given) -> None:
        super().__init__(Building(model.source, given))
        self.tree = model.tree

    def network(self) -> Network:
        with self.building.reading():
            self._read()
        return self.building.finish("")

    def _read(self) -> None:
        self._header()
        lines: list[Value] = []
        for key in ("backbone", "head"):
            part = self.tree.get(key)
            if isinstance(part, List):
                lines += part.items
            elif part is not None:
                self.fault(
                    f"{key} is a list of lines [from, repeats, module, arguments]", part.span(), "- [-1, 1, Conv, [64, 3, 2]]"
                )
        for line in lines:
            if isinstance(line, List) and len(line.items) == 4 and isinstance(line.items[2], Scalar):
                self.names.add(line.items[2].text)
        for number, line in enumerate(lines):
            self.building.begin()
            self.made.append(self._line(number, line))

    def _header(self) -> None:
        for key, _ in self.tree.entries:
            if key.text not in KEYS and key.text not in QUIET:
                self.fault(
                    f"a model of Ultralytics has no {key.text[:60]}",
                    key.span(),
                    *(suggestions(key.text, KEYS) or ["the file without it"]),
                )
        given = self.building.given.variables
        for name in given:
            if name not in VARIABLES:
                known = "it has nc, scale and ch"
                raise self.building.stop(f"--set {name}: this network has no such variable; {known}", None, "--set scale=s")
        self.classes = self._count("nc", given, 80)
        self.divisor = self._count("channel_multiple", {}, 8)
        self.depth, self.width = self._real("depth_multiple"), self._real("width_multiple")
        self._scale(given)
        anchors = self.tree.get("anchors")
        self.old = anchors is not None
        if isinstance(anchors, List):
            first = anchors.items[0] if anchors.items else None
            self.anchors = len(first.items) // 2 if isinstance(first, List) else len(anchors.items)
        elif isinstance(anchors, Scalar):
            self.anchors = int(anchors.text) if anchors.text.isdecimal() and len(anchors.text) < 5 else 3
        shape = self.tree.get("kpt_shape")
        if isinstance(shape, List) and len(shape.items) == 2:
            sizes = [
                item.text for item in shape.items if isinstance(item, Scalar) and item.text.isdecimal() and len(item.text) < 5
            ]
            if len(sizes) == 2:
                self.keypoints = int(sizes[0]) * int(sizes[1])
        self._activation()
        channels = self._count("ch", given, 3)
        if not self.building.given.inputs:
            self.graph.note(
                f"the file has no size of the image: {SIDE}×{SIDE}, Ultralytics' own; `--input 3x320x320` for another"
            )
        image: Shape = (channels, SIDE, SIDE)
        self.input = self.building.inputs({"image": image}, None, "--input 3x640x640")["image"]

    def _count(self, key: str, given: object, default: int) -> int:
        value = self.tree.get(key)
        stated = given.get(key) if isinstance(given, dict) else None
        text = stated if stated is not None else value.text if isinstance(value, Scalar) else str(default)
        if not text.strip().isdecimal() or not 0 < int(text.strip()[:10]) <= 10**6:
            span = value.span() if value is not None and stated is None else None
            self.fault(f"{key} is a whole number from 1, not {text[:40]}", span, f"{key}: {default}")
            return default
        return int(text)

    def _real(self, key: str) -> float:
        value = self.tree.get(key)
        if value is None:
            return 1.0
        found = plain(value)
        if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found <= 100:
            self.fault(f"{key} is a number above 0", value.span(), f"{key}: 0.5")
            return 1.0
        return float(found)

    def _scale(self, given: object) -> None:
        """Depth, width and the most channels of the scale that is meant: by --set, by the file's name, or the first."""
        scales = self.tree.get("scales")
        asked = given.get("scale") if isinstance(given, dict) else None
        if not isinstance(scales, Map):
            if asked is not None:
                raise self.building.stop("--set scale: this file has no scales", None, "the file without --set scale")
            return
        names = [key.text for key, _ in scales.entries]
        stem = os.path.splitext(os.path.basename(self.source.name))[0]
        named = re.search(r"yolo(?:[ev]|v)?\d+([nslmx])", stem)
        if asked is not None and asked not in names:
            raise self.building.stop(
                f"--set scale={asked[:20]}: the scales are {', '.join(names)}",
                None,
                *(suggestions(asked, names) or [f"--set scale={n}" for n in names[:3]]),
            )
        chosen = asked or (named[1] if named and named[1] in names else "")
        if not chosen and names:
            chosen = names[0]
            self.graph.note(f"read in scale {chosen}, the first of {', '.join(names)}; `--set scale={names[-1]}` for another")
        self.scale = chosen
        value = scales.get(chosen) if chosen else None
        numbers = plain(value) if value is not None else None
        if not isinstance(numbers, list) or len(numbers) != 3 or not all(_positive(n) for n in numbers):
            span = value.span() if value is not None else scales.span()
            self.fault("a scale is [depth, width, most channels]", span, "n: [0.33, 0.25, 1024]")
            return
        self.depth, self.width, self.most = (float(n) for n in numbers if isinstance(n, int | float))

    def _activation(self) -> None:
        value = self.tree.get("activation")
        if value is None:
            return
        text = value.text if isinstance(value, Scalar) else ""
        match = re.match(r"(?:torch\.)?nn\.(\w+)\(([\d.]*)(?:inplace=\w+)?\)$", text.replace(" ", ""))
        kinds = {
            "SiLU": "silu",
            "ReLU": "relu",
            "LeakyReLU": "leakyrelu",
            "Mish": "mish",
            "Hardswish": "hardswish",
            "GELU": "gelu",
        }
        if match is None or match[1] not in kinds:
            near = suggestions(match[1] if match else text, kinds)
            self.fault(f"the activation {text[:40]} is not known here", value.span(), *[f"nn.{n}()" for n in near or ["SiLU"]])
            return
        slope = {"slope": float(match[2])} if match[2] and match[1] == "LeakyReLU" else {}
        self.activation = kinds[match[1]], slope

    def _line(self, number: int, line: Value) -> int | None:
        """One line of the model: which lines it reads, how often, what, with what."""
        items = line.items if isinstance(line, List) else []
        if len(items) != 4 or not isinstance(items[2], Scalar):
            self.fault("a line is [from, repeats, module, arguments]", line.span(), "[-1, 1, Conv, [64, 3, 2]]")
            return None
        name = items[2].text
        kind = MODULES.get(name)
        if kind is None:
            near = slips(name, MODULES) or ["the model without it"]
            self.fault(f"the module {name[:60]} is not known here", items[2].span(), *near)
            return None
        reads = plain(items[0])
        listed = reads if isinstance(reads, list) else [reads]
        inputs: list[int | None] = []
        for index in listed:
            if isinstance(index, bool) or not isinstance(index, int) or not -number - (number == 0) <= index < max(number, 0):
                self.fault(f"there is no line {str(index)[:20]} before this one, which is line {number}", items[0].span(), "-1")
                return None
            place = number + index if index < 0 else index
            inputs.append(self.input if place < 0 else self.made[place])
        repeats = plain(items[1])
        if isinstance(repeats, bool) or not isinstance(repeats, int) or not 1 <= repeats <= 1000:
            self.fault("repeats are a whole number from 1", items[1].span(), "1")
            return None
        arguments = plain(items[3])
        times = max(round(repeats * self.depth), 1) if repeats > 1 else repeats
        path = f"model.{number}"
        values = arguments if isinstance(arguments, list) else []
        self.graph.group(path, f"{name} {written(values)}".strip())
        call = Call(self, path, line.span(), items[3].span(), [self._resolved(v) for v in values], inputs, times, name)
        try:
            return kind(call)
        except ValueFault as error:
            self.fault(f"{name}: {error.message}", items[3].span(), *error.repairs)
            return None

    def _resolved(self, value: Plain) -> Plain:
        """A name of the file's own as its value."""
        return self.classes if value == "nc" else self.anchors if value == "anchors" else value


def _positive(n: object) -> bool:
    return isinstance(n, int | float) and not isinstance(n, bool) and 0 < n <= 10**6


def plain(value: Value) -> Plain:
    """A value of YAML as Python has it; `None` is nothing, True and False are what they say, other words stay words."""
    if isinstance(value, List):
        return [plain(item) for item in value.items]
    if not isinstance(value, Scalar):
        return ""
    text = value.text.strip()
    if not value.quoted and text in ("None", "null", "~", ""):
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return (
            int(text)
            if re.fullmatch(r"[+-]?\d{1,9}", text)
            else float(text)
            if re.fullmatch(r"[+-]?[\d.]+(e-?\d+)?", text)
            else text
        )
    except ValueError:
        return text


def written(values: list[Plain]) -> str:
    """Arguments as they stand in the file."""
    return ", ".join(str(v) for v in values)[:60]
