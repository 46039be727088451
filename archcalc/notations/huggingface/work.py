"""A network being built from a config: its keys, each read once and asked for by name, and the layers that models share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from archcalc.layers import layer_class
from archcalc.layers.activation import Softmax
from archcalc.layers.base import Layer, Shape, Shapes, settings_of
from archcalc.layers.learned import Learned
from archcalc.layers.linear import Flatten, Linear
from archcalc.layers.merge import Add, Mul
from archcalc.layers.move import Move
from archcalc.layers.norm import LayerNorm, RMSNorm
from archcalc.layers.pointwise import Pointwise
from archcalc.layers.product import DotAttention, MatMul
from archcalc.notations.building import Building
from archcalc.notations.huggingface.defaults import Defaults
from archcalc.text.faults import suggestions
from archcalc.text.located import Json
from archcalc.text.source import Span

LARGEST = 10**7
MOST_LAYERS = 1000
# What transformers calls its activations.
ACTIVATIONS = {
    "gelu": "gelu", "gelu_new": "gelu", "gelu_pytorch_tanh": "gelu", "gelu_fast": "gelu", "quick_gelu": "gelu",
    "gelu_python": "gelu", "relu": "relu", "silu": "silu", "swish": "silu", "tanh": "tanh",
    "mish": "mish", "sigmoid": "sigmoid", "relu6": "relu6",
}  # fmt: skip


class Work:
    """One network being built. `used` are the keys that were read, `missing` what transformers takes where they are not there."""

    def __init__(self, building: Building, root: Json, kind: str, defaults: Defaults) -> None:
        self.building = building
        self.graph = building.graph
        self.root = root
        self.kind = kind
        self.defaults = defaults
        self.used: set[str] = set()
        self.missing: dict[str, object] = {}

    # -- keys -----------------------------------------------------------------------------------------------------------

    def key(self, *names: str) -> Json | None:
        """The value of a key under the first of its names that is there."""
        self.used.update(names)
        return self.root.get(*names)

    def span(self, *names: str) -> Span:
        """The place of a key's value."""
        found = self.root.get(*names)
        return found.span if found is not None else self.root.span

    def left_out(self, name: str) -> Any:
        """What transformers takes for a key that is not there, which is said."""
        self.missing[name] = value = self.defaults[name]
        return value

    def whole(self, *names: str, least: int = 1, most: int = LARGEST) -> int:
        """A whole number. Raises Stop."""
        if self.key(*names) is None:
            if null := next((self.root.entries[name] for name in names if name in self.root.entries), None):
                message = f"{names[0]} is a whole number from {least} to {most:,}"
                raise self.building.stop(message, null.span, str(self.defaults[names[0]]))
            return int(self.left_out(names[0]))
        return self.whole_or(least, *names, least=least, most=most)

    def whole_or(self, usual: int, *names: str, least: int = 1, most: int = LARGEST) -> int:
        """A whole number, where transformers takes one that follows from others if it is not there. Raises Stop."""
        found = self.key(*names)
        if found is None:  # transformers takes null for what follows, and its own value where nothing is written
            own = names[0] in self.defaults and names[0] not in self.root.entries
            return int(self.left_out(names[0])) if own else usual
        value = found.value
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            message = f"{names[0]} is a whole number from {least} to {most:,}"
            raise self.building.stop(message, found.span, str(self.defaults.get(names[0], usual)))
        return value

    def wholes(self, name: str) -> list[int]:
        """A list of whole numbers. Raises Stop."""
        found = self.key(name)
        if found is None:
            return list(self.left_out(name))
        values = [item.value for item in found.items]
        good = [v for v in values if isinstance(v, int) and not isinstance(v, bool) and 1 <= v <= LARGEST]
        if not 1 <= len(good) == len(values) <= 64:
            raise self.building.stop(f"{name} is a list of whole numbers from 1", found.span, str(self.defaults[name]))
        return good

    def flag(self, name: str, usual: bool = False) -> bool:
        """true or false. Raises Stop."""
        found = self.key(name)
        if found is None:
            return bool(self.left_out(name)) if name in self.defaults else usual
        if not isinstance(found.value, bool):
            raise self.building.stop(f"{name} is true or false", found.span, "true", "false")
        return found.value

    def refuse(self, name: str, why: str, unless: bool = False) -> None:
        """Refuses a switch that makes a network that is not known here. Raises Stop."""
        if self.flag(name, unless) is not unless:
            raise self.building.stop(f"{name}: {why} is not known here", self.span(name), str(unless).lower())

    def word(self, name: str, *options: str) -> str:
        """One of several words. Raises Stop."""
        found = self.key(name)
        if found is None:
            return str(self.left_out(name))
        if found.string() not in options:
            near = suggestions(found.string(), options) or [str(self.defaults[name])]
            raise self.building.stop(f"{name} is one of {', '.join(options)}", found.span, *(f'"{n}"' for n in near))
        return found.string()

    def activation(self, name: str = "hidden_act") -> Layer:
        """The function that a key names. Raises Stop."""
        return layer_class(ACTIVATIONS[self.word(name, *ACTIVATIONS)])()

    def labels(self) -> int:
        """How many labels a classifier tells apart: two where the file does not say."""
        named, count = self.key("id2label"), self.key("num_labels")
        if named is not None and named.entries:
            return len(named.entries)
        return self.whole_or(2, "num_labels") if count is not None else 2

    def ends(self, x: int) -> int:
        """What answers a question: for each token, how likely the answer begins there, and ends. Raises Stop."""
        if self.labels() != 2:
            message = f"an answer has two ends, and {self.labels()} labels are named"
            raise self.building.stop(message, self.span("id2label", "num_labels"), "two labels")
        return self.linear(x, 2, "qa_outputs")

    # -- layers -----------------------------------------------------------------------------------------------------------

    def add(
        self,
        layer: Layer,
        inputs: Sequence[int],
        path: str,
        *,
        inserted: bool = False,
        shares: int | None = None,
        unrun: Shapes | None = None,
    ) -> int:
        """A layer as a row, without its bias where none is wanted."""
        if not self.building.given.bias:
            flags = {name: made.flags["nobias"] for name, (_, made) in settings_of(type(layer)).items() if "nobias" in made.flags}
            layer = replace(layer, **flags)
        return self.graph.add(layer, inputs, path, self.root.span, inserted=inserted, shares=shares, unrun=unrun)

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

    def attend(
        self,
        parts: Sequence[int],
        heads: int,
        own: int,
        size: int,
        path: str,
        *,
        norm: Callable[[int, str], int] | None = None,
        bias: int | None = None,
    ) -> int:
        """The heads of queries, keys and values, each to its own; `own` heads of keys serve `heads` of queries. T×heads·size.

        `norm` is done with each head of queries and keys; `bias` is added to the scores.
        """
        split = []
        for name, node in zip(("query", "key", "value"), parts, strict=True):
            steps, count = self.shape(node)[0], heads if name == "query" else own
            if norm is not None and name != "value":
                node = self.add(
                    Move((count, steps, size), "heads", self.shape(node)), [node], f"{path}.{name}_heads", inserted=True
                )
                node = norm(node, f"{path}.{name[0]}_norm")
            to, how = (heads, steps, size), "heads" if count == heads else f"{own} heads, repeated"
            if bias is not None and name == "key":
                to, how = (heads, size, steps), f"{how}, turned"
            if self.shape(node) != to:
                node = self.add(Move(to, how, self.shape(node)), [node], f"{path}.{name}_heads", inserted=True)
            split.append(node)
        if bias is None:
            made = self.add(DotAttention(), split, f"{path}.product")
        else:
            scores = self.plus(self.add(MatMul(), split[:2], f"{path}.scores"), bias, f"{path}.add")
            made = self.add(MatMul(), [self.add(Softmax(axis=2), [scores], f"{path}.softmax"), split[2]], f"{path}.product")
        steps = self.shape(parts[0])[0]
        return self.add(Move((steps, heads * size), "heads", (heads, steps, size)), [made], f"{path}.together", inserted=True)

    def scaled(self, x: int, by: float, path: str) -> int:
        """Every value times a number."""
        return self.add(Pointwise("mul", by), [x], path)

    def first(self, x: int, width: int, path: str) -> int:
        """The vector of the first token."""
        return self.add(Move((width,), "first token", self.shape(x)), [x], path, inserted=True)

    def flat(self, x: int, path: str) -> int:
        """A map as a vector."""
        return self.add(Flatten(), [x], path)
