"""A network in archcalc's own notation: whatever text it was read from becomes a file to be worked on.

Groups become items with `layers`, a layer that reads another than the one above it says `from`, shared weights are `reuse`. What
is written is read back and held equal, layer by layer, before it is given away; plainer ways of writing are tried until it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from archcalc.layers import JOINS, kinds
from archcalc.layers.base import Layer, Shape, settings_of, written
from archcalc.network.nodes import Network, Node
from archcalc.notations.own.phrase import Lexicon, PhraseFault
from archcalc.notations.own.shapes import certainly_last
from archcalc.text.faults import Fault, SpecError

WIDEST = 100  # characters of a line to which an activation is added
LONGEST_NAME = 64
MOST_CLASHES = 400
PLAIN = re.compile(r"(?!null$|~$)[\w.][\w .=+*/()-]*(?<! )")
RESERVED = ("prev", "input")


class Style(NamedTuple):
    """How it is written: groups as groups, flattens left to the reader, activations on the line of their layer."""

    grouped: bool
    flattens: bool
    joined: bool


STYLES = (Style(True, True, True), Style(True, False, False), Style(False, False, False))


class Unsaid(Exception):
    """A style cannot say this network."""


def write(network: Network) -> str:
    """The network as YAML. Raises SpecError with what the notation has no word for."""
    _refuse(network)
    fault: Fault | None = None
    for style in STYLES:
        try:
            sheet = Sheet(network, style)
            text = sheet.text()
        except Unsaid:
            continue
        fault = _difference(network, text, sheet.names)
        if fault is None:
            return text
    raise SpecError([fault or Fault("this network cannot be written in the notation", repairs=["--to torch"])])


def _refuse(network: Network) -> None:
    """Refuses what only a program or another system says. Raises SpecError."""
    faults = []
    ties = network.ties()
    for number, node in enumerate(network.nodes):
        reason = ""
        if node.unrun is not None:
            reason = "holds parameters and is never run"
        elif node.times != 1:
            reason = f"runs {node.times} times for one input"
        elif any(name != "weight" or number not in ties for name in node.tied):
            reason = "uses a weight of another layer as one of its own"
        elif node.shares is not None and len(node.inputs) > 1:
            reason = "shares its weights and reads several layers"
        if reason:
            message = f"{node.path} {reason}: the notation has no word for that"
            faults.append(Fault(message, node.span, repairs=["--to torch"]))
    if faults:
        raise SpecError(faults[:20])


def _difference(network: Network, text: str, names: list[str]) -> Fault | None:
    """What is read back as another than was written, under the names that were written; None where it is the same network."""
    from archcalc.notations import read
    from archcalc.text.source import Source

    try:
        again = read(Source("written.yaml", text, "yaml")).network()
    except SpecError as error:
        first = error.faults[0]
        return Fault(f"what was written is not read back: {first.message}", repairs=["--to torch"])
    there = [node.path for node in again.nodes]
    for name, mine, found, other in zip(names, _facts(network), there, _facts(again), strict=False):
        if name != found or mine != other:
            return Fault(f"{name} would be read back as another layer", repairs=["--to torch"])
    if len(network.nodes) != len(again.nodes) or network.outputs != again.outputs or _sizes(network) != _sizes(again):
        return Fault("what was written is read back as another network", repairs=["--to torch"])
    return None


def _sizes(network: Network) -> list[Shape]:
    return list(network.inputs.values())


def _facts(network: Network) -> Iterator[tuple[object, ...]]:
    """What every node is, does and reads."""
    for step in network.walk():
        node = step.node
        tensors = [(w.name, w.shape, w.learned) for w in node.layer.weights(step.inputs)]
        shares = node.shares if tensors else None
        yield line_of(node), step.output, node.inputs, shares, tensors, dict(node.tied)


def line_of(node: Node) -> str:
    """The line of a layer; a sum or a product of one is what it reads.

    What a program wrote is told in small letters, as the notation reads it.
    """
    if len(node.inputs) < node.layer.arity[0]:
        return "identity"
    line = written(node.layer)
    for name, (_, made) in settings_of(type(node.layer)).items():
        if made.kind is kinds.words:
            said = str(getattr(node.layer, name))
            meant = re.sub(r"\W+", "_", said).strip("_") or "moved" if node.layer.stands_in else said.replace(" ", "")
            line = line.replace(said, meant.lower())
    return line


@lru_cache(maxsize=4096)
def settings_in(line: str, layer: Layer) -> str:
    """The settings of a layer as a mapping, where its line is not read back; empty where it is."""
    try:
        phrases = Lexicon(frozenset(), lambda name: None, lambda: iter(())).parse(line)
    except PhraseFault:
        phrases = []
    if len(phrases) == 1:
        return ""
    said = []
    for name, (field, made) in settings_of(type(layer)).items():
        value = getattr(layer, name)
        if name not in ("input", "rank") and value != field.default:
            text = kinds.text(value, sized=made.kind.per_axis)
            said.append(f"{name}: {quoted(text.lower().replace(' ', '') if made.kind is kinds.words else text)}")
    return f"{{{', '.join(said)}}}"


class Level:
    """A level of names as the reader keeps it: what is known under which name, and the items written so far."""

    def __init__(self, prefix: str, parent: Level | None) -> None:
        self.prefix = prefix
        self.parent = parent
        self.names: dict[str, int] = {}
        self.items: list[Item] = []


class Item:
    """One item of a list of layers: its line, what is said about it, or the items of a group."""

    def __init__(
        self,
        line: str,
        name: str = "",
        reads: str = "",
        inner: Level | None = None,
        reuse: str = "",
        merges: bool = False,
        settings: str = "",
        tied: str = "",
    ) -> None:
        self.tied = tied
        self.settings = settings
        self.merges = merges
        self.line = line
        self.name = name
        self.reads = reads
        self.inner = inner
        self.reuse = reuse

    def write(self, indent: str) -> Iterator[str]:
        """The lines of the item."""
        if self.inner is not None:
            yield f"{indent}- id: {quoted(self.name)}"
            yield f"{indent}  layers:"
            for item in self.inner.items:
                yield from item.write(f"{indent}    ")
            return
        said = [f"id: {quoted(self.name)}"] if self.name else []
        if self.reuse:
            said.append(f"reuse: {quoted(self.reuse)}")
        elif self.merges:
            said.append(f"{self.line.partition(' ')[0]}: {self.reads}")
        elif self.settings:
            said.append(f"{self.line.partition(' ')[0]}: {self.settings}")
        elif not self.line:
            pass  # one more name for the layer above
        elif said or self.reads or self.tied:
            kind, _, rest = self.line.partition(" ")
            said.append(f"{kind}: {quoted(rest)}" if rest else f'{kind}: ""')
        else:
            yield f"{indent}- {quoted(self.line)}"
            return
        if self.reads and not self.merges:
            said.append(f"from: {self.reads}")
        if self.tied:
            said.append(f"tied: {self.tied}")
        yield f"{indent}- {said[0]}" if len(said) == 1 else f"{indent}- {{{', '.join(said)}}}"


class Sheet:
    """Writes one network in one style; keeps names as the reader will, so that it knows which are its own to give."""

    def __init__(self, network: Network, style: Style) -> None:
        self.network = network
        self.style = style
        self.root = Level("", None)
        inputs = network.inputs
        self.single = len(inputs) == 1
        names = ["input"] if self.single else list(inputs)
        self.root.names = {name: -1 - i for i, name in enumerate(names)}
        self.root.names.setdefault("input", -1)
        self.paths: dict[str, int] = {}
        self.counts: dict[tuple[str, str], int] = {}
        self.last: Item | None = None
        self.ends: dict[int, tuple[Level, Item]] = {}  # the nodes that end an item
        self.names = _grouped(network) if style.grouped else _flat(network)
        self.read = {i for node in network.nodes for i in node.inputs}
        self._items(self.root, 0, len(network.nodes))

    def _items(self, level: Level, start: int, end: int) -> None:
        """The items of the nodes start…end, which all stand under the level."""
        closed: set[str] = set()
        at = start
        while at < end:
            head, dot, _ = self.names[at].removeprefix(level.prefix).partition(".")
            if not dot:
                self._layer(level, at, head)
                at += 1
                continue
            inside = f"{level.prefix}{head}."
            stop = at
            while stop < end and self.names[stop].startswith(inside):
                stop += 1
            if head in closed or head in level.names or head in RESERVED:
                raise Unsaid  # its layers do not stand together, or a layer has its name
            closed.add(head)
            inner = Level(inside, level)
            level.items.append(Item("", head, inner=inner))
            self.last = None
            self._items(inner, at, stop)
            level.names[head] = stop - 1
            self.last = None
            at = stop

    def _layer(self, level: Level, at: int, name: str) -> None:
        """The item of one node."""
        node = self.network.nodes[at]
        if name in RESERVED:
            raise Unsaid
        if node.inserted and self.style.flattens:
            if name != self._free(level, node.layer) or self._reader(at) is None:
                raise Unsaid
            self._made(level, name, at)
            return
        reads, before = node.inputs, at - 1
        if self.style.flattens and at and self.network.nodes[at - 1].inserted and reads[0] == at - 1:
            reads, before = (self.network.nodes[at - 1].inputs[0], *reads[1:]), at - 2
        line, reuse = line_of(node), ""
        if node.shares is not None and type(node.layer).weights is not Layer.weights:
            reuse = self._name(level, node.shares)
        count = self.counts.get((level.prefix, node.layer.prefix or node.layer.kind), 0)
        own = not reuse and name == self._free(level, node.layer)
        if not own:
            self.counts[level.prefix, node.layer.prefix or node.layer.kind] = count
            if name in level.names:
                raise Unsaid
        merges = len(reads) > 1 and node.layer.kind in JOINS and line == written(type(node.layer)())
        item = Item(
            line,
            "" if own else name,
            "" if reads in ((), (before,)) else self._from(level, reads),
            reuse=reuse,
            merges=merges,
            settings=settings_in(line, node.layer),
            tied=quoted(self._name(level, node.tied["weight"])) if node.tied else "",
        )
        self._made(level, name, at)
        last = self.last
        joins = not merges and self.style.joined and own and not item.reads and node.layer.follows and " " not in line
        if (
            joins
            and last is not None
            and not (last.reuse or last.merges or last.settings or last.tied)
            and " " in last.line
            and len(last.line) + len(line) < WIDEST
        ):
            last.line += f" {line}"
            self.ends[at] = self.ends.pop(at - 1)
            return
        level.items.append(item)
        self.last = item
        self.ends[at] = (level, item)

    def _reader(self, at: int) -> int | None:
        return at + 1 if at + 1 < len(self.network.nodes) and self.network.nodes[at + 1].inputs[:1] == (at,) else None

    def _made(self, level: Level, name: str, at: int) -> None:
        level.names[name] = at
        self.paths[level.prefix + name] = at

    def _free(self, level: Level, layer: Layer) -> str:
        """The name that the reader will give to a layer that is given none."""
        kind = layer.prefix or layer.kind
        count = self.counts.get((level.prefix, kind), 0) + 1
        while f"{kind}{count}" in level.names or f"{level.prefix}{kind}{count}" in self.paths:
            count += 1
        self.counts[level.prefix, kind] = count
        return f"{kind}{count}"

    def _from(self, level: Level, reads: tuple[int, ...]) -> str:
        names = [quoted(self._name(level, i)) for i in reads]
        return names[0] if len(names) == 1 else f"[{', '.join(names)}]"

    def _name(self, level: Level, index: int) -> str:
        """A name by which the reader finds a node from a level. Raises Unsaid where there is none."""
        known = [name for name, i in self.root.names.items() if i == index] if index < 0 else [self.names[index]]
        if index >= 0:
            known = [self.names[index].rpartition(".")[2], *known]
            known = [*known, self.names[index].removeprefix(level.prefix)]
        for name in known:
            if self._find(level, name) == index:
                return name
        return self._second_name(level, index)

    def _second_name(self, level: Level, index: int) -> str:
        """One more name for a node whose own means another layer here, said behind it. Raises Unsaid where nothing can stand."""
        if index not in self.ends:
            raise Unsaid
        outer, item = self.ends[index]
        name = f"{self.names[index].rpartition('.')[2]}_out"
        while self._find(level, name) is not None:
            name += "_"
        outer.items.insert(outer.items.index(item) + 1, Item("", name))
        outer.names[name] = index
        if self._find(level, name) != index:
            raise Unsaid
        return name

    def _find(self, level: Level, name: str) -> int | None:
        at: Level | None = level
        while at is not None:
            if name in at.names:
                return at.names[name]
            if at.prefix + name in self.paths:
                return self.paths[at.prefix + name]
            at = at.parent
        return None

    def text(self) -> str:
        """The whole file."""
        from archcalc.text.visible import one_line

        network = self.network
        lines = [f"# note: {one_line(note)}" for note in network.notes]
        lines.append(f"name: {json.dumps(one_line(network.name), ensure_ascii=False)}")
        if network.origin:
            lines.append(f"source: {json.dumps(one_line(network.origin), ensure_ascii=False)}")
        if self.single:
            lines.append(f"input: {_shape(next(iter(network.inputs.values())))}")
        else:
            lines.append("inputs:")
            lines += [f"  {quoted(name)}: {_shape(shape)}" for name, shape in network.inputs.items()]
        if not self.style.flattens:
            lines.append("flatten: never")
        if network.outputs != _unread(network.nodes):
            lines.append(f"outputs: [{', '.join(quoted(self._name(self.root, i)) for i in network.outputs)}]")
        lines.append("layers:")
        for item in self.root.items:
            lines += item.write("  ")
        return "\n".join(lines) + "\n"


def _unread(nodes: list[Node]) -> tuple[int, ...]:
    read = {i for node in nodes for i in node.inputs}
    return tuple(i for i in range(len(nodes)) if i not in read)


def _shape(shape: Shape) -> str:
    text = "x".join(map(str, shape))
    return f"{shape[0]}@{text.partition('x')[2]}" if certainly_last(shape) else text


def _grouped(network: Network) -> list[str]:
    """The nodes' paths; a group whose layers stand apart, or that has a layer's name, is told by `_` in theirs."""
    taken = {*RESERVED, *network.inputs}
    names = [".".join(f"{part}_" if part in RESERVED else part for part in node.path.split(".")) for node in network.nodes]
    names = [f"{name}_" if name in taken else name for name in names]
    for _ in range(MOST_CLASHES):
        group = _clash(names)
        if group is None:
            return names
        known = set(names)
        for at, name in enumerate(names):
            if name.startswith(f"{group}."):
                new = f"{group}_{name[len(group) + 1 :]}"
                while new in known:
                    new += "_"
                if max(map(len, new.split("."))) > LONGEST_NAME:
                    return _flat(network)
                known.add(new)
                names[at] = new
    return _flat(network)


def _clash(names: list[str]) -> str | None:
    """The first group that has the name of a layer, or is entered twice; None where there is none."""
    layers, closed = set(names), set()
    around: list[str] = []
    for name in names:
        parts = name.split(".")
        groups = [".".join(parts[:k]) for k in range(1, len(parts))]
        kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(around, groups, strict=False)))
        closed |= set(around[kept:])
        for group in groups[kept:]:
            if group in layers or group in closed:
                return group
        around = groups
    return None


def _flat(network: Network) -> list[str]:
    """A name of one part for each node: its path with `_` for the dots, numbered where that is another's."""
    taken = {*network.inputs, *RESERVED}
    found = []
    for number, node in enumerate(network.nodes):
        name = node.path.replace(".", "_")
        if len(name) > LONGEST_NAME or name in taken:
            name = f"{name[: LONGEST_NAME - 8]}_{number}"
        taken.add(name)
        found.append(name)
    return found


def quoted(text: str) -> str:
    """A scalar of YAML: bare where that is read as the same text."""
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
