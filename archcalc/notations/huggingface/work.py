"""A network being built from a config: its keys, each read once and asked for by name, and the layers that models share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archcalc.layers import layer_class
from archcalc.layers.base import Layer, Shape, settings_of
from archcalc.layers.learned import Learned
from archcalc.layers.linear import Flatten, Linear
from archcalc.layers.merge import Add, Mul
from archcalc.layers.move import Move
from archcalc.layers.norm import LayerNorm, RMSNorm
from archcalc.layers.product import DotAttention
from archcalc.notations.building import Building
from archcalc.text.faults import suggestions
from archcalc.text.located import Json
from archcalc.text.source import Span

LARGEST = 10**7
MOST_LAYERS = 1000
# What transformers calls its activations.
ACTIVATIONS = {
    "gelu": "gelu", "gelu_new": "gelu", "gelu_pytorch_tanh": "gelu", "gelu_fast": "gelu", "relu": "relu", "silu": "silu",
    "swish": "silu", "tanh": "tanh", "mish": "mish", "sigmoid": "sigmoid", "relu6": "relu6",
}  # fmt: skip


class Work:
    """One network being built. `used` are the keys that were read, `missing` what transformers takes where they are not there."""

    def __init__(self, building: Building, root: Json) -> None:
        self.building = building
        self.graph = building.graph
        self.root = root
        self.used: set[str] = set()
        self.missing: dict[str, object] = {}

    # -- keys -----------------------------------------------------------------------------------------------------------

    def key(self, *names: str) -> Json | None:
        """The value of a key under the first of its names that is there."""
        self.used.update(names)
        return self.root.get(*names)

    def null(self, name: str) -> bool:
        """Whether a key is there and says that there is nothing, which is not to leave it out."""
        found = self.root.entries.get(name)
        return found is not None and found.value is None

    def span(self, *names: str) -> Span:
        """The place of a key's value."""
        found = self.root.get(*names)
        return found.span if found is not None else self.root.span

    def whole(self, default: int, *names: str, least: int = 1, most: int = LARGEST) -> int:
        """A whole number. Raises Stop."""
        found = self.key(*names)
        if found is None:
            self.missing[names[0]] = default
            return default
        value = found.value
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            message = f"{names[0]} is a whole number from {least} to {most:,}"
            raise self.building.stop(message, found.span, str(default))
        return value

    def wholes(self, default: Sequence[int], name: str) -> list[int]:
        """A list of whole numbers. Raises Stop."""
        found = self.key(name)
        if found is None:
            self.missing[name] = list(default)
            return list(default)
        values = [item.value for item in found.items]
        good = [v for v in values if isinstance(v, int) and not isinstance(v, bool) and 1 <= v <= LARGEST]
        if not 1 <= len(good) == len(values) <= 64:
            raise self.building.stop(f"{name} is a list of whole numbers from 1", found.span, str(list(default)))
        return good

    def flag(self, default: bool, name: str) -> bool:
        """true or false. Raises Stop."""
        found = self.key(name)
        if found is None:
            return default
        if not isinstance(found.value, bool):
            raise self.building.stop(f"{name} is true or false", found.span, "true", "false")
        return found.value

    def word(self, default: str, name: str, *options: str) -> str:
        """One of several words. Raises Stop."""
        found = self.key(name)
        if found is None:
            return default
        if found.string() not in (default, *options):
            near = suggestions(found.string(), (default, *options)) or [default]
            raise self.building.stop(f"{name} is one of {', '.join((default, *options))}", found.span, *(f'"{n}"' for n in near))
        return found.string()

    def activation(self, default: str, name: str = "hidden_act") -> Layer:
        """The function that a key names. Raises Stop."""
        return layer_class(ACTIVATIONS[self.word(default, name, *ACTIVATIONS)])()

    def labels(self) -> int:
        """How many labels a classifier tells apart: two where the file does not say."""
        named, count = self.key("id2label"), self.key("num_labels")
        if named is not None and named.entries:
            return len(named.entries)
        return self.whole(2, "num_labels") if count is not None else 2

    # -- layers -----------------------------------------------------------------------------------------------------------

    def add(self, layer: Layer, inputs: Sequence[int], path: str, *, inserted: bool = False) -> int:
        """A layer as a row, without its bias where none is wanted."""
        if not self.building.given.bias:
            flags = {name: made.flags["nobias"] for name, (_, made) in settings_of(type(layer)).items() if "nobias" in made.flags}
            layer = replace(layer, **flags)
        return self.graph.add(layer, inputs, path, self.root.span, inserted=inserted)

    def shape(self, node: int) -> Shape:
        """The shape of what a row puts out."""
        return self.graph.shape(node) or (1,)

    def linear(self, x: int, out: int, path: str, bias: bool = True) -> int:
        """A fully connected layer on the last axis."""
        return self.add(Linear(out, bias), [x], path)

    def tied(self, x: int, out: int, path: str, owner: int, bias: bool = False) -> int:
        """A fully connected layer whose weight is the table of an embedding."""
        made = self.linear(x, out, path, bias)
        self.graph.nodes[made].tied = {"weight": owner}
        return made

    def norm(self, x: int, path: str, eps: float = 1e-12) -> int:
        """Layer normalisation."""
        return self.add(LayerNorm(1, eps=eps), [x], path)

    def rms(self, x: int, path: str, eps: float = 1e-6) -> int:
        """Normalisation by the root of the mean square."""
        return self.add(RMSNorm(1, eps=eps), [x], path)

    def plus(self, left: int, right: int, path: str) -> int:
        """A sum."""
        return self.add(Add(), [left, right], path)

    def times(self, left: int, right: int, path: str) -> int:
        """A product, value by value."""
        return self.add(Mul(), [left, right], path)

    def table(self, rows: int, width: int, steps: int, path: str) -> int:
        """The first rows of a learned table, one for each step."""
        return self.add(Learned((rows, width), (steps, width)), [], path)

    def learned(self, shape: Shape, path: str) -> int:
        """A tensor of parameters."""
        return self.add(Learned(shape), [], path)

    def attend(self, query: int, key: int, value: int, heads: int, own: int, size: int, path: str) -> int:
        """The heads of queries, keys and values, each to its own; `own` heads of keys serve `heads` of queries. T×heads·size."""
        steps = self.shape(query)[0]
        parts = []
        for name, node in (("query", query), ("key", key), ("value", value)):
            to = (heads, steps, size)
            how = "heads" if own == heads or name == "query" else f"{own} heads, repeated"
            parts.append(self.add(Move(to, how, self.shape(node)), [node], f"{path}.{name}_heads", inserted=True))
        made = self.add(DotAttention(), parts, f"{path}.product")
        return self.add(Move((steps, heads * size), "heads", (heads, steps, size)), [made], f"{path}.together", inserted=True)

    def first(self, x: int, width: int, path: str) -> int:
        """The vector of the first token."""
        return self.add(Move((width,), "first token", self.shape(x)), [x], path, inserted=True)

    def flat(self, x: int, path: str) -> int:
        """A map as a vector."""
        return self.add(Flatten(), [x], path)
