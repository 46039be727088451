"""What goes in: PyTorch source does not say, but a comment, a tensor beside the network, or its first layer may."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc.layers.base import Shape, dims
from archcalc.notations.pytorch.vocabulary.leaves import Leaf
from archcalc.notations.pytorch.vocabulary.objects import ModuleObject

COMMENT = re.compile(r"#.*?\binputs?(?:\s+(?:shape|size|image|is|of))*\s*[:=]?\s*([(\[]?\s*\d+(?:\s*[x×X*,]\s*\d+)*)", re.I)
TENSOR = re.compile(r"torch\.(?:rand|randn|zeros|ones|empty|randint)\(([^()#]*(?:\([\d\s,]*\)[^()#]*)?)\)")
CALL = re.compile(rf"(?<![\w.])\w+\(\s*({TENSOR.pattern}(?:\s*,\s*{TENSOR.pattern})+)\s*,?\s*\)")
SUMMARY = re.compile(r"\b(?:\w+\.)?(?:layer_)?summary\(([^#\n]*?\([\d\s,]*\)[^#\n]*?)\)")
# Layers that take any shape and hand it on, so that the layer after them sees the input.
CLEAR = frozenset(["Flatten", "Dropout", "Identity", "ReLU", "ReLU6", "Sigmoid", "Tanh", "GELU", "SiLU", "LeakyReLU"])


def leaves(root: ModuleObject) -> list[Leaf]:
    """The layers of a network in the order they were registered."""
    return [m for _, m in root.walk() if isinstance(m, Leaf)]


def first(root: ModuleObject) -> Leaf | None:
    """The first layer that says what it takes."""
    return next((m for m in leaves(root) if m.torch_name not in CLEAR), None)


def rank_of(leaf: Leaf) -> int | None:
    """How many dimensions a layer's input has without the batch; None where it takes several."""
    name = leaf.torch_name
    if name[-2:] in ("1d", "2d", "3d") and name != "BatchNorm1d" and not name.startswith("Dropout"):
        return int(name[-2]) + 1
    if name in ("LSTM", "GRU", "RNN", "MultiheadAttention"):
        return 2
    return 1 if "Linear" in name or name == "Embedding" else None


def size_of(leaf: Leaf) -> int | None:
    """The channels or features a layer takes."""
    return getattr(leaf.plan.layer, "input", None) if leaf.plan is not None else None


def candidates(text: str, root: ModuleObject) -> Iterator[tuple[Shape, str]]:
    """Input shapes that the text may mean, the likeliest first, each with what is to be said of it."""
    leaf = first(root)
    rank = rank_of(leaf) if leaf is not None else None
    linear = leaf is not None and "Linear" in leaf.torch_name
    for line in text.split("\n"):
        match = COMMENT.search(line) if "#" in line else None
        if match:
            shape = tuple(int(digits[:12]) for digits in re.findall(r"\d+", match[1]))
            if not all(shape):
                continue  # 3x32x1,000 is no list of sizes
            if rank is not None and len(shape) == rank + 1 and not linear:
                yield shape[1:], f"the first number of {dims(shape)} is read as the batch"
            if leaf is not None and rank is not None and len(shape) == rank - 1 > 0 and size_of(leaf):
                full = (size_of(leaf) or 1, *shape)
                yield full, f"input {dims(full)}: the comment says {dims(shape)}, and the first layer reads {full[0]} channels"
            yield shape, ""
    yield from beside(text, rank)
    if leaf is not None and (linear or leaf.torch_name == "BatchNorm1d") and size_of(leaf):
        size = size_of(leaf) or 1
        yield (size,), f"the first layer reads {size} values, and so does the network"
    for name in ("image_size", "img_size", "input_size", "input_resolution"):
        size_ = root.attributes.get(name)
        if leaf is not None and rank == 3 and isinstance(size_, int) and size_of(leaf):
            yield (
                (size_of(leaf) or 3, size_, size_),
                f"input {size_of(leaf)}×{size_}×{size_} taken from `{name}={size_}` of {root.cls.name}",
            )


def beside(text: str, rank: int | None = None) -> Iterator[tuple[Shape, str]]:
    """The shapes of tensors that stand in the text."""
    for pattern, tensor in ((TENSOR, True), (SUMMARY, False)):
        for match in pattern.finditer(text):
            found = _sizes(match[1])
            if found is None or len(found) < 2:
                continue
            written = re.sub(r"\s+", " ", match[0])
            batched = tensor or rank is None or len(found) > rank
            inside = found[1:] if batched else found
            said = ", its first number as the batch" if batched else ""
            yield inside, f"input {dims(inside)} read from `{written}`{said}"


def together(text: str, count: int) -> Iterator[tuple[list[Shape], str]]:
    """The shapes of `count` tensors with which something is called: net(torch.zeros(1, 3), torch.zeros(1, 4))."""
    for match in CALL.finditer(text):
        found = [_sizes(tensor[1]) for tensor in TENSOR.finditer(match[1])]
        shapes = [shape[1:] for shape in found if shape is not None and len(shape) > 1]
        if len(found) == len(shapes) == count:
            written = re.sub(r"\s+", " ", match[0])
            said = " and ".join(map(dims, shapes))
            yield shapes, f"inputs {said} read from `{written}`, the first number of each as the batch"


def _sizes(text: str) -> Shape | None:
    """The sizes in a call: numbers, or one tuple of numbers."""
    inside = re.search(r"\(([\d\s,]*)\)|\[([\d\s,]*)\]", text)
    listed = (inside[1] or inside[2] or "") if inside else re.split(r",\s*\w+\s*=", text)[0]
    parts = [p.strip() for p in listed.split(",") if p.strip()]
    if not parts or not all(p.isdecimal() and len(p) < 10 and int(p) > 0 for p in parts):
        return None
    return tuple(int(p) for p in parts)


def hint(root: ModuleObject) -> tuple[str, str, Leaf | None]:
    """What is known of the input that is not given, what to type for it, and the layer that reads it."""
    leaf = first(root)
    size = size_of(leaf) if leaf is not None else None
    rank = rank_of(leaf) if leaf is not None else None
    if leaf is not None and rank is not None and leaf.torch_name[-1] == "d":
        channels = "channels" if size != 1 else "channel"
        known = f"it has {size} {channels}, but " if size else ""
        sides = {2: "100", 3: "224x224" if size == 3 else "28x28", 4: "16x112x112"}[rank]
        what = {2: "its length is", 3: "its height and width are", 4: "its sizes are"}[rank]
        return f"{known}{what} not in the source", f"{size or 1}x{sides}", leaf
    if rank == 2:
        return f"it has {size} features a step, but its length is not in the source", f"50x{size or 64}", leaf
    if leaf is not None and leaf.torch_name == "Embedding":
        return "its length is not in the source", "50", leaf
    return "its size is not in the source", "784" if rank == 1 else "1x28x28", leaf
