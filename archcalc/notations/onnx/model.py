"""What stands in a file of ONNX: nodes, initialisers and the shapes it states itself; and how a place in it is shown.

Weights stay in the file: of an initialiser only its sizes are read, and its values where they are few and somebody asks.
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from archcalc.formulas.arithmetic import product
from archcalc.layers.base import Shape
from archcalc.notations.onnx.wire import Message
from archcalc.text.source import Source, Span

MOST_VALUES = 4096  # of a tensor whose values are known
MOST_NUMBERS = 100_000  # of an attribute
MOST_SHOWN = 300  # characters of a node's line
Number = int | float
Value: TypeAlias = "int | float | str | tuple[int | float | str, ...] | Tensor | Unread"

# The kinds of number in onnx.proto, and how struct reads each; "" for what is smaller than a byte or has no letter there.
FLOATS = {1: "f", 10: "e", 11: "d", 16: "", 17: "", 18: "", 19: "", 20: "", 23: "", 24: ""}
WHOLES = {2: "B", 3: "b", 4: "H", 5: "h", 6: "i", 7: "q", 12: "I", 13: "Q", 21: "", 22: "", 25: "", 26: ""}
BOOL, STRING, COMPLEX = 9, 8, (14, 15)


def kind_of(code: int) -> str:
    """What numbers of a data type are to us."""
    if code in FLOATS or code in COMPLEX:
        return "float"
    return "int" if code in WHOLES else "bool" if code == BOOL else "string" if code == STRING else ""


class Unread:
    """The value of an attribute that is not looked into: a graph, a sparse tensor, a type."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __str__(self) -> str:
        return f"{{{self.what}}}"


_WEIGHTS = frozenset(("weight", "bias", "in_proj_weight", "kernel", "gamma", "beta", "W", "B"))
_LEARNED = ("weight", "bias", "scale", "shift", "kernel", "gamma", "beta")  # in the names of what is learned


class Tensor:
    """A tensor in the file: its sizes, its data type, and where its values stand. `constant`: it is the value of a node."""

    __slots__ = ("_message", "code", "constant", "name", "shape")

    def __init__(self, message: Message, constant: bool = False) -> None:
        self.name = message.text("name")
        self.shape: Shape = tuple(message.wholes("dims", 64))
        self.code = message.whole("data_type")
        self.constant = constant
        self._message: Message | None = message

    @classmethod
    def sparse(cls, message: Message) -> Tensor:
        """A tensor of which only what is not zero is stored: its sizes are those of the whole."""
        stored = message.message("values")
        made = cls(stored if stored is not None else message.wire.message("TensorProto", 0, 0))
        made.shape = tuple(message.wholes("dims", 64))
        made._message = None
        return made

    @property
    def kind(self) -> str:
        """ "float", "int", "bool", "string"; empty for a data type that there is not."""
        return kind_of(self.code)

    @property
    def count(self) -> int:
        """How many values it has."""
        return product(self.shape)

    @property
    def home(self) -> str:
        """The module that it is a weight of, as its name says: of `a.conv.weight` it is `a.conv`. Empty where it says none."""
        home, _, last = self.name.replace("/", ".").strip(".").rpartition(".")
        return home if last in _WEIGHTS else ""

    @property
    def number(self) -> bool:
        """Whether it is a single value that no name says to be learned: a number, until a layer has it as a weight."""
        home, _, last = self.name.replace("/", ".").strip(".").rpartition(".")
        return self.count == 1 and (self.constant or not home or not any(word in last for word in _LEARNED))

    def values(self, most: int = MOST_VALUES) -> tuple[Number, ...] | None:
        """Its values where they are few and stand in the file as numbers. Raises Malformed."""
        if self._message is None or not 0 <= self.count <= most or self._message.whole("data_location"):
            return None
        message, letter = self._message, FLOATS.get(self.code, WHOLES.get(self.code, "?" if self.code == BOOL else ""))
        found: list[Number] | None = None
        if raw := message.extents("raw_data"):
            start, end = raw[-1]
            if not letter or end - start != self.count * struct.calcsize(letter):
                return None
            found = list(struct.unpack(f"<{self.count}{letter}", message.wire.data[start:end]))
        elif self.code in (1, 11):
            found = list(message.reals("float_data" if self.code == 1 else "double_data", most))
        elif letter and self.code != 10:
            field = "int64_data" if self.code == 7 else "uint64_data" if self.code in (12, 13) else "int32_data"
            found = list(message.wholes(field, most))
        return tuple(found) if found is not None and len(found) == self.count else None


class Attribute:
    """An attribute of a node; `refers` is the attribute of the function around it whose value it has."""

    __slots__ = ("name", "refers", "value")

    def __init__(self, message: Message) -> None:
        self.name = message.text("name")
        self.refers = message.text("ref_attr_name")
        self.value = _value_of(message)


def _value_of(message: Message) -> Value:
    """What an attribute holds: of the kind that it states, or that it has where older files state none."""

    def string(name: str) -> tuple[str, ...]:
        return tuple(bytes(message.wire.data[a:b]).decode("utf-8", "replace") for a, b in message.extents(name)[:MOST_NUMBERS])

    by_kind: dict[int, tuple[str, Callable[[], Value]]] = {
        1: ("f", lambda: (*message.reals("f", MOST_NUMBERS), 0.0)[0]),
        2: ("i", lambda: message.whole("i")),
        3: ("s", lambda: (*string("s"), "")[0]),
        4: ("t", lambda: Tensor(found, True) if (found := message.message("t")) is not None else Unread("tensor")),
        6: ("floats", lambda: tuple(message.reals("floats", MOST_NUMBERS))),
        7: ("ints", lambda: tuple(message.wholes("ints", MOST_NUMBERS))),
        8: ("strings", lambda: string("strings")),
    }
    kind = message.whole("type")
    if not kind:
        kind = next((k for k, (name, _) in by_kind.items() if name in message), 0)
    if kind in by_kind:
        return by_kind[kind][1]()
    names = {5: "graph", 9: "tensors", 10: "graphs", 11: "sparse tensor", 12: "sparse tensors", 13: "type", 14: "types"}
    return Unread(names.get(kind, "graph" if "g" in message else "nothing"))


class Node:
    """A node: its operator, the values it reads and puts out, its attributes. `place` is where it stands."""

    __slots__ = ("attributes", "domain", "inputs", "name", "op", "outputs", "overload", "place", "scopes", "used")

    def __init__(self, message: Message, place: Span) -> None:
        self.op = message.text("op_type")
        domain = message.text("domain")
        self.domain = "" if domain == "ai.onnx" else domain  # two names of ONNX's own operators
        self.overload = message.text("overload")
        self.name = message.text("name")
        self.inputs = message.texts("input")
        self.outputs = message.texts("output")
        self.attributes = {a.name: a for a in map(Attribute, message.messages("attribute"))}
        self.scopes = _scopes(message)
        self.place = place
        self.used: set[str] = set()

    def line(self) -> str:
        """The node as ONNX's own text writes one: `relu = Relu (conv1)`."""
        given = ", ".join(f"{name} = {_shown(a.value)}" for name, a in self.attributes.items())
        called = f" {self.domain}." if self.domain else " "
        attributes = f" <{given}>" if given else ""
        return f"{', '.join(self.outputs)} ={called}{self.op}{attributes} ({', '.join(self.inputs)})"[:MOST_SHOWN]

    def at(self, word: str) -> Span:
        """The place of one of its words; of its operator for any other."""
        line = self.place.source.line(self.place.line)
        start = line.find(f"{word} =", line.find(self.op)) if word else -1
        word = word if start >= 0 else self.op
        start = start if start >= 0 else max(0, line.find(f"{self.op} ", line.find("=")))
        assert isinstance(self.place, Place)
        return Place(self.place.source, self.place.line, start + 1, len(word), self.place.label)


def _scopes(message: Message) -> list[str]:
    """The modules in which torch's newer exporter says that a node stands, the operation last."""
    for entry in message.messages("metadata_props"):
        if entry.text("key") == "pkg.torch.onnx.name_scopes":
            try:
                found = ast.literal_eval(entry.text("value")[:4000])
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                return []
            return [str(name) for name in found] if isinstance(found, list) else []
    return []


def _shown(value: Value) -> str:
    if isinstance(value, Tensor):
        return f"{value.kind} tensor {'×'.join(map(str, value.shape))}".strip()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value[:8]))}{', …' if value[8:] else ''}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


class Place(Span):
    """A place in a file that has no lines: what stands there is said, "node 12"."""

    __slots__ = ("label",)

    def __init__(self, source: Source, line: int, column: int, length: int, label: str) -> None:
        super().__init__(source, line, column, length)
        self.label = label

    @property
    def at(self) -> str:
        """What stands at the place: `node 12`."""
        return self.label


class Listed(Source):
    """The file as it is quoted: a line for each node, from 1, and behind them for what else can be pointed at."""

    __slots__ = ("lines",)

    def __init__(self, source: Source) -> None:
        super().__init__(source.name, "", source.notation, path=source.path)
        self.lines: list[Node | str] = []

    def line(self, number: int) -> str:
        """What stands at a place."""
        if not 0 < number <= len(self.lines):
            return ""
        found = self.lines[number - 1]
        return found if isinstance(found, str) else found.line()

    def place(self, text: str, label: str) -> Place:
        """A place of its own, with what is quoted there."""
        self.lines.append(text[:MOST_SHOWN])
        return Place(self, len(self.lines), 1, min(len(text), MOST_SHOWN), label)


class Stated(NamedTuple):
    """A value whose shape the file states: a size, the name of one, or None; no shape at all where it is not known."""

    name: str
    sizes: tuple[int | str | None, ...] | None
    kind: str

    def __str__(self) -> str:
        return "?" if self.sizes is None else "×".join("?" if n is None else str(n) for n in self.sizes)


def stated(message: Message) -> Stated:
    """What the file says of a value."""
    type_ = message.message("type")
    tensor = type_.message("tensor_type") if type_ is not None else None
    if tensor is None:
        return Stated(message.text("name"), None, "other" if type_ is not None and type_.fields else "")
    shape = tensor.message("shape")
    if shape is None:
        return Stated(message.text("name"), None, kind_of(tensor.whole("elem_type")))
    sizes = (d.whole("dim_value") if "dim_value" in d else d.text("dim_param") or None for d in shape.messages("dim"))
    return Stated(message.text("name"), tuple(sizes), kind_of(tensor.whole("elem_type")))


class Function:
    """A function that stands in the file: nodes under names of their own."""

    __slots__ = ("defaults", "inputs", "nodes", "outputs")

    def __init__(self, message: Message, listed: Listed) -> None:
        self.inputs = message.texts("input")
        self.outputs = message.texts("output")
        self.defaults = {a.name: a for a in map(Attribute, message.messages("attribute_proto"))}
        self.nodes = _nodes(message, listed, f"function {message.text('name')[:60]}, ")


def _nodes(message: Message, listed: Listed, label: str = "") -> list[Node]:
    made = []
    for number, node in enumerate(message.messages("node"), 1):
        listed.lines.append("")
        found = Node(node, Place(listed, len(listed.lines), 1, 1, f"{label}node {number}"))
        listed.lines[-1] = found
        made.append(found)
    return made


class Model:
    """A file of ONNX. Raises Malformed where it is none."""

    def __init__(self, root: Message, source: Source) -> None:
        self.listed = Listed(source)
        self.opsets = {o.text("domain"): o.whole("version") for o in root.messages("opset_import")}
        graph = root.message("graph")
        self.found = graph is not None
        graph = graph if graph is not None else root.wire.message("GraphProto", 0, 0)
        self.nodes = _nodes(graph, self.listed)
        self.initialisers = {t.name: t for t in map(Tensor, graph.messages("initializer"))}
        self.initialisers |= {t.name: t for t in map(Tensor.sparse, graph.messages("sparse_initializer"))}
        self.inputs = [stated(m) for m in graph.messages("input")]
        self.outputs = [stated(m) for m in graph.messages("output")]
        self.values = {s.name: s for s in map(stated, graph.messages("value_info"))}
        self.functions = {
            (m.text("domain"), m.text("name"), m.text("overload")): Function(m, self.listed) for m in root.messages("functions")
        }
        self.trained = "training_info" in root

    @property
    def opset(self) -> int:
        """The version of ONNX's own operators."""
        return self.opsets.get("", self.opsets.get("ai.onnx", 1))
