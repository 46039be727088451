"""What goes in: PyTorch source does not say, but a comment, a tensor beside it, or the first layer may."""

from __future__ import annotations

import ast
import math
import re

from archcalc.layers.base import Shape, dims
from archcalc.notations.own.tree import Scalar
from archcalc.notations.pytorch.modules import Module
from archcalc.notations.pytorch.places import Places
from archcalc.notations.pytorch.values import Values
from archcalc.text.faults import SpecError

COMMENT = re.compile(r"#.*?\binputs?(?:\s+(?:shape|size|image|is|of))*\s*[:=]?\s*([(\[]?\s*\d+(?:\s*[x×X*,]\s*\d+)*)", re.I)
TENSORS = ("rand", "randn", "zeros", "ones", "empty", "randint")
# Modules that take any shape and hand it on, so that the layer after them sees the input.
CLEAR = frozenset(["flatten", "dropout", "identity", "ReLU", "ReLU6", "Sigmoid", "Tanh", "GELU", "SiLU", "LeakyReLU"])


class Found:
    """An input shape at its place, and how it was found."""

    def __init__(self, shape: Shape, place: Scalar, note: str) -> None:
        self.shape = shape
        self.place = place
        self.note = note


def rank_of(module: Module) -> int | None:
    """How many dimensions a module's input has without the batch; None where it takes several."""
    if module.name[-2:] in ("1d", "2d", "3d") and module.word not in ("dropout", "BatchNorm1d"):
        return int(module.name[-2]) + 1
    if module.word in ("LSTM", "GRU", "RNN", "MultiheadAttention", "transformer_encoder_layer"):
        return 2
    return 1 if module.word in ("Linear", "Embedding") else None


def fits(shape: Shape, module: Module, flat: bool = False) -> bool:
    """Whether a shape agrees with what a module says about its input; `flat` where a flatten stands before it."""
    rank, size = rank_of(module), module.facts.get("in")
    if flat and size is not None:
        return math.prod(shape) == size
    if rank is not None and module.word != "Linear" and len(shape) != rank:
        return False
    if size is None or not shape:
        return bool(shape)
    return (shape[0] if rank and rank > 1 and module.name[-1] == "d" else shape[-1]) == size


def find_input(places: Places, values: Values, tree: ast.Module, leaves: list[Module]) -> Found | None:
    """The input shape that the text gives; None where it gives none."""
    first = next((leaf for leaf in leaves if leaf.word not in CLEAR), None)
    flat = any(leaf.word == "flatten" for leaf in leaves[: leaves.index(first)]) if first else False
    return _in_comments(places, first) or _in_calls(places, values, tree, first, flat) or _in_layer(places, first)


def _in_comments(places: Places, first: Module | None) -> Found | None:
    for number, line in enumerate(places.source.text.split("\n"), 1):
        match = COMMENT.search(line) if "#" in line else None
        if match:
            shape = tuple(int(digits[:12]) for digits in re.findall(r"\d+", match[1]))
            shape, note = _without_batch(shape, first)
            return Found(shape, Scalar("", places.source, number, match.start(1) + 1, len(match[1])), note)
    return None


def _without_batch(shape: Shape, first: Module | None) -> tuple[Shape, str]:
    rank = rank_of(first) if first else None
    if rank is not None and len(shape) == rank + 1 and first is not None and first.word != "Linear":
        return shape[1:], f"the first number of {dims(shape)} is read as the batch"
    return shape, ""


def _in_calls(places: Places, values: Values, tree: ast.Module, first: Module | None, flat: bool) -> Found | None:
    """torch.randn(1, 1, 28, 28), torch.rand(size=(1, 1, 28, 28)), summary(net, (1, 28, 28)), anywhere but in a definition."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for node in ast.walk(statement):
            if not isinstance(node, ast.Call):
                continue
            path = values.path(node.func) or ""
            tensor = path.startswith("torch.") and path.partition(".")[2] in TENSORS
            summary = places.written(node.func).rpartition(".")[2] in ("summary", "layer_summary")
            shape = _sizes(values, node, summary) if tensor or summary else None
            if shape is None or len(shape) < 2:
                continue
            rank = rank_of(first) if first else None
            batched = tensor if rank is None or (first and first.word == "Linear") else len(shape) > rank
            inside = shape[1:] if batched else shape
            if first is None or fits(inside, first, flat):
                said = ", its first number as the batch" if batched else ""
                note = f"input {dims(inside)} read from `{places.written(node)}`{said}"
                return Found(inside, places.scalar(node, ""), note)
    return None


def _sizes(values: Values, node: ast.Call, summary: bool) -> Shape | None:
    """The sizes in a call: numbers, one tuple, or size=."""
    named = {k.arg: k.value for k in node.keywords}
    given = next((named[k] for k in ("size", "input_size") if k in named), None)
    args = [given] if given is not None else node.args[-1:] if summary else node.args
    try:
        found = [values.read(argument) for argument in args]
    except SpecError:
        return None
    tuples = [item for item in found if isinstance(item, list | tuple)]
    sizes = tuples[0] if tuples else found
    return tuple(sizes) if sizes and all(type(n) is int and n > 0 for n in sizes) else None


def _in_layer(places: Places, first: Module | None) -> Found | None:
    """nn.Linear(784, …) and nn.BatchNorm1d(784) first: the input is 784 values."""
    if (
        first is None
        or first.word not in ("Linear", "BatchNorm1d")
        or "in" not in first.facts
        or not isinstance(first.node, ast.expr)
    ):
        return None
    size = first.facts["in"]
    return Found((size,), places.scalar(first.node, ""), f"the first layer reads {size} values, and so does the network")


def hint(leaves: list[Module]) -> tuple[str, str]:
    """What is known of the input that is not given, and what to type for it."""
    first = next((leaf for leaf in leaves if leaf.word not in CLEAR), None)
    size = first.facts.get("in") if first else None
    rank = rank_of(first) if first else None
    if first is not None and rank is not None and first.name[-1] == "d":
        channels = "channels" if size != 1 else "channel"
        known = f"it has {size} {channels}, but " if size else ""
        sides = {2: "100", 3: "224x224" if size == 3 else "28x28", 4: "16x112x112"}[rank]
        what = {2: "its length is", 3: "its height and width are", 4: "its sizes are"}[rank]
        return f"{known}{what} not in the source", f"{size or 1}x{sides}"
    if rank == 2:
        return f"it has {size} features a step, but its length is not in the source", f"50x{size or 64}"
    if first is not None and first.word == "Embedding":
        return "its length is not in the source", "50"
    return "its size is not in the source", "784" if rank == 1 else "1x28x28"
