"""What the operators of ONNX have in common while their network is built: arrays that know their shapes, and rows made of them.

An array has the batch in its shape, as ONNX has it: a file says nothing of a batch, so that the axis is followed from the input
on, whatever moves it, joins it with another axis or parts it again. What only moves values is *pending* until something is
computed from it, so that a chain of moves is one row; what is neither learned nor computed from an input is no row until it is
needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from archcalc.formulas.arithmetic import product
from archcalc.layers.base import Layer, Shape, Shapes, dims
from archcalc.layers.kinds import LARGEST
from archcalc.layers.learned import Constant, Learned
from archcalc.layers.linear import Flatten, Permute, Reshape
from archcalc.layers.move import Move
from archcalc.notations.building import Building
from archcalc.notations.onnx.model import MOST_VALUES, Model, Node, Number, Tensor, Unread
from archcalc.text.faults import ValueFault
from archcalc.text.source import Span

NO_BATCH = "--set batch=none, which takes no axis for the batch"
WITHOUT = "the network exported without it"
AS_EXPORTED = "the file as it was exported"
OTHER_SIZE = "--input of the size that the file was exported for"


class Lost(Exception):
    """What is read here was not made, after a fault that has been said."""


class Wrong(ValueFault):
    """A fault at one word of a node's line: an attribute, or the name of a value."""

    def __init__(self, word: str, message: str, repair: str, *more: str) -> None:
        super().__init__(message, repair, *more)
        self.word = word


class Batch(NamedTuple):
    """Where the batch stands in a shape: its axis, and how many values of that axis belong to one of its places.

    An axis of 64 for a batch of one, with windows folded into it, has 64 of them.
    """

    axis: int
    inner: int = 1


class Held:
    """A tensor of the file that is read as weights; `owner` is the node that holds it in the table, once there is one."""

    __slots__ = ("owner", "tensor", "users")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.owner: int | None = None
        self.users = 0


class Step(NamedTuple):
    """A move: the word for it, the layer that does it where it is the only one, and whether values keep their order."""

    word: str
    layer: Layer | None = None
    same: bool = False


class Array:
    """A value of the graph.

    `node` is its number in the table; `source` and `steps` say what it is until it has one. `held` is the weight that it is, or
    is a part or another arrangement of; `whole` says which. `values` are those of a small array that is known, in order. `parts`
    are the arrays of a sequence, which is no array itself.
    """

    __slots__ = ("batch", "held", "kind", "name", "node", "parts", "shape", "source", "steps", "values", "whole")

    def __init__(self, shape: Shape, kind: str = "float", batch: Batch | None = None, name: str = "") -> None:
        self.shape = shape
        self.kind = kind
        self.batch = batch
        self.name = name
        self.node: int | None = None
        self.source: Array | None = None
        self.steps: tuple[Step, ...] = ()
        self.held: Held | None = None
        self.whole = True
        self.values: tuple[Number, ...] | None = None
        self.parts: tuple[Array, ...] | None = None

    @property
    def fixed(self) -> bool:
        """Whether it is neither computed from an input nor learned."""
        at: Array | None = self
        while at is not None:
            if at.node is not None or (at.held is not None and not at.held.tensor.number):
                return False
            at = at.source
        return True

    @property
    def weight(self) -> bool:
        """Whether it is a weight, or an arrangement of one, and nothing is computed of it."""
        return self.held is not None

    @property
    def inner(self) -> Shape:
        """Its shape for one input of the network."""
        axis = self.batch.axis if self.batch else len(self.shape)
        return self.shape[:axis] + self.shape[axis + 1 :]

    @property
    def count(self) -> int:
        """How many values it has."""
        return product(self.shape)


def shown(shape: Shape) -> str:
    """A shape as a message says it."""
    return dims(shape) or "a single value"


class Work:
    """One network being built from a file of ONNX.

    `values` are the arrays of the graph, or of the function, that is read; None is what was not made after a fault. `readers`
    says which nodes read each value. `n` is the size of the batch.
    """

    def __init__(self, building: Building, model: Model) -> None:
        self.building = building
        self.graph = building.graph
        self.model = model
        self.n = 1
        self.values: dict[str, Array | None] = {}
        self.readers: dict[str, list[Node]] = {}
        self.kept: set[str] = set()  # what the graph puts out
        self.merged: dict[int, Node] = {}  # nodes that are one with one before them, by their ids
        self.alias: dict[str, str] = {}  # what such nodes put out is what another does
        self.prefix = ""
        self.misfit = False  # whether a layer did not take what arrived, which the analysis will say
        self.containers: set[str] = set()
        self.learned: list[str] = []  # tensors that are counted as learned, and that are taken for constants, where no file says
        self.constants: list[str] = []
        self.uncounted = 0  # layers whose weights are no tensors of the file

    # -- what a node says ---------------------------------------------------------------------------------------------

    def has(self, node: Node, index: int) -> bool:
        """Whether a node has an input of this number."""
        return index < len(node.inputs) and bool(node.inputs[index])

    def input(self, node: Node, index: int = 0) -> Array:
        """An input of a node. Raises Lost, and Wrong where it is missing."""
        if not self.has(node, index):
            raise Wrong("", f"{node.op} needs an input {index + 1}, and has {len(node.inputs)}", "the file as it was exported")
        found = self.values[node.inputs[index]]
        if found is None:
            raise Lost
        if found.parts is not None:
            raise Wrong(node.inputs[index], f"{node.op} reads an array, and a sequence of arrays arrives", "SequenceAt in front")
        return found

    def sequence(self, node: Node) -> tuple[Array, ...]:
        """The arrays of the sequence that a node reads first. Raises Lost and Wrong."""
        found = self.values[node.inputs[0]] if self.has(node, 0) else None
        if found is None:
            raise Lost
        if found.parts is None:
            raise Wrong(node.inputs[0], f"{node.op} reads a sequence, and an array arrives", AS_EXPORTED)
        return found.parts

    def given(self, node: Node, index: int) -> Array | None:
        """An input that may be missing."""
        return self.input(node, index) if self.has(node, index) else None

    def every(self, node: Node) -> list[Array]:
        """All inputs of a node."""
        return [self.input(node, i) for i in range(len(node.inputs))]

    def numbers(self, node: Node, index: int, what: str) -> tuple[Number, ...] | None:
        """The values of an input that must be known; None where there is none. Raises Wrong."""
        array = self.given(node, index)
        if array is None:
            return None
        if array.values is None and array.held is not None and array.whole and array.shape == array.held.tensor.shape:
            array.values = array.held.tensor.values()
            array.held.users += array.held.users == 0
        if array.values is None:
            name = node.inputs[index]
            raise Wrong(
                name, f"{what} of {node.op} is computed from values that no file holds: '{name[:60]}'",
                "an export with fixed sizes: no dynamic axes", "onnxsim, which works such values out",
            )  # fmt: skip
        return array.values

    def wholes(self, node: Node, index: int, what: str) -> Shape | None:
        """The same as whole numbers."""
        found = self.numbers(node, index, what)
        if found is None:
            return None
        if any(not isfinite(n) or n != int(n) for n in found):
            raise Wrong(node.inputs[index], f"{what} of {node.op} are whole numbers", "the file as it was exported")
        return tuple(map(int, found))

    def attribute(self, node: Node, name: str, default: object) -> object:
        """The value of an attribute, of the kind of the default. Raises Wrong."""
        node.used.add(name)
        found = node.attributes.get(name)
        if found is None:
            return default
        value = found.value
        want = tuple if default is None else type(default)
        if not isinstance(value, want) or isinstance(value, Unread):
            raise Wrong(name, f"{name} of {node.op} is no {_NAMES.get(want, 'value')}: {value}", "the file as it was exported")
        return value

    def whole(self, node: Node, name: str, default: int = 0) -> int:
        """An attribute that is a whole number."""
        found = self.attribute(node, name, default)
        assert isinstance(found, int)
        return found

    def real(self, node: Node, name: str, default: float) -> float:
        """An attribute that is a number."""
        found = self.attribute(node, name, default)
        assert isinstance(found, float)
        return found

    def word(self, node: Node, name: str, default: str, *options: str) -> str:
        """An attribute that is one of several words. Raises Wrong."""
        found = self.attribute(node, name, default)
        assert isinstance(found, str)
        if found not in (default, *options):
            raise Wrong(name, f"{name} of {node.op} is {found[:40]}, none of {', '.join((default, *options))}", WITHOUT)
        return found

    def word_of(self, node: Node, name: str) -> str:
        """An attribute that is a text of its own."""
        found = self.attribute(node, name, "")
        assert isinstance(found, str)
        return found

    def ints(self, node: Node, name: str) -> Shape | None:
        """An attribute that is a list of whole numbers. Raises Wrong."""
        found = self.attribute(node, name, None)
        if found is None:
            return None
        assert isinstance(found, tuple)
        if not all(isinstance(n, int) for n in found):
            raise Wrong(name, f"{name} of {node.op} are whole numbers", "the file as it was exported")
        return found

    def axes(self, node: Node, rank: int, index: int = -1) -> Shape | None:
        """The attribute or the input `axes`, each from 0. Raises Wrong."""
        given = self.ints(node, "axes")
        if given is None and index >= 0:
            given = self.wholes(node, index, "the axes")
        return None if given is None else tuple(self.axis(node, a, rank) for a in given)

    def axis(self, node: Node, axis: int, rank: int) -> int:
        """An axis as written (−1 the last) as a number from 0. Raises Wrong."""
        if not -rank <= axis < rank:
            raise Wrong("axis", f"there is no axis {axis}: the input has {rank}", "the file as it was exported")
        return axis % rank

    def known(self, shape: Shape, values: Sequence[Number], kind: str) -> Array:
        """An array whose values are known, where they are few and no number is beyond those of a tensor."""
        made = Array(shape, kind)
        if len(values) <= MOST_VALUES and all(-(2**63) <= v < 2**64 for v in values):
            self.graph.budget.spend("items", len(values) + 1)
            made.values = tuple(values)
        return made

    def taken_as_constants(self, arrays: Sequence[Array]) -> None:
        """Tensors of the file of which only other constants are made."""
        for x in arrays:
            if x.held is not None and not x.held.users:
                x.held.users += 1
                self.constants.append(f"{x.held.tensor.name} ({dims(x.held.tensor.shape)})")

    # -- shapes -------------------------------------------------------------------------------------------------------

    def times(self, array: Array) -> int:
        """How many of these arrays there are for one input of the network."""
        return array.shape[array.batch.axis] // self.n if array.batch else 1

    def check(self, shape: Shape) -> Shape:
        """A shape that can be followed. Raises ValueFault."""
        if any(n < 1 for n in shape):
            raise ValueFault(f"{shown(shape)} is empty: no layer has a size for it", "a larger input")
        if len(shape) > 12 or max(shape, default=0) > LARGEST:
            raise ValueFault(f"{shown(shape[:12])}: a size is at most {LARGEST:,}, and there are at most 12", "a smaller input")
        return shape

    def batch_in(self, arrays: Sequence[Array], rank: int) -> Batch | None:
        """Where the batch stands in what is made of arrays that are aligned at their last axes. Raises ValueFault."""
        found = {Batch(a.batch.axis + rank - len(a.shape), a.batch.inner) for a in arrays if a.batch is not None}
        if len({b.axis for b in found}) > 1:
            raise ValueFault("the inputs of a batch meet each other here: the batch stands at two axes", NO_BATCH)
        return next(iter(found), None)

    def beside(self, array: Array, shape: Shape, batch: Batch | None) -> Shape:
        """The inner shape of an array beside others of the whole shape: sizes of 1 in front, none where the batch stands."""
        padded = (1,) * (len(shape) - len(array.shape)) + array.shape
        axis = batch.axis if batch else len(shape)
        return padded[:axis] + padded[axis + 1 :]

    def broadcast(self, arrays: Sequence[Array]) -> tuple[Shape, Batch | None]:
        """The common shape, aligned at the end, sizes of 1 repeated; and its batch. Raises ValueFault."""
        rank = max(len(a.shape) for a in arrays)
        made = []
        for i in range(rank):
            sizes = {a.shape[i - rank + len(a.shape)] for a in arrays if i - rank + len(a.shape) >= 0} - {1}
            if len(sizes) > 1:
                listed = " and ".join(shown(a.shape) for a in arrays)
                raise ValueFault(f"{listed} do not go together", OTHER_SIZE)
            made.append(next(iter(sizes), 1))
        return tuple(made), self.batch_in(arrays, rank)

    def follow(self, array: Array, shape: Shape) -> Batch | None:
        """Where the batch stands after the values, in the same order, have another shape. Raises ValueFault.

        One place of the batch is so many values behind one another, `below`; the axis that holds that many is the batch's. Where
        the batch is one, two may: then it is the axis that is the batch alone, or one that leaves features behind it, or that
        leaves the sizes behind it as they were.
        """
        if array.batch is None:
            return None
        axis, inner = array.batch
        n = self.n
        below = inner * product(array.shape[axis + 1 :])
        found: list[tuple[bool, bool, bool, bool, bool, Batch]] = []
        after = 1
        for j in range(len(shape) - 1, -1, -1):
            before = after * shape[j]
            if after and below % after == 0 and after <= below and before % (below * n) == 0 and before >= below * n:
                alone = shape[j] == n and after == below
                behind = shape[j + 1 :] == array.shape[axis + 1 :] and inner == array.batch.inner
                found.append(
                    (not alone, j == len(shape) - 1, alone and j != axis, not behind, j != axis, Batch(j, below // after))
                )
            after = before
        if not found:
            repair = NO_BATCH
            raise ValueFault(f"{shown(array.shape)} as {shown(shape)} takes the batch (axis {axis}) apart", repair)
        return min(found)[-1]

    # -- rows ---------------------------------------------------------------------------------------------------------

    def path(self, node: Node, weight: Array | None = None) -> str:
        """What a node's row is called: by its weight, by the module that an exporter says it stands in, or by its own name."""
        path = self._weight_path(weight)
        if not path:
            path = _scope_path(node)
            if path in self.containers:  # not a layer's own module, but one with layers in it
                path = f"{path}.{node.op.lower()}"
        return self.prefix + (path or node.op.lower())

    def find_containers(self) -> None:
        """The modules that have modules in them, by the names of weights and nodes."""
        homes = [name.rpartition(".")[0] for name in self.model.initialisers] + [_scope_path(node) for node in self.model.nodes]
        for home in homes:
            while "." in home:
                home = home.rpartition(".")[0]
                if home in self.containers:
                    break
                self.containers.add(home)

    def _weight_path(self, weight: Array | None) -> str:
        if weight is None or weight.held is None or weight.held.owner is not None:
            return ""
        return weight.held.tensor.home

    def emit(
        self,
        node: Node,
        layer: Layer,
        arrays: Sequence[Array],
        shape: Shape | None,
        batch: Batch | None,
        *,
        seen: Shapes | None = None,
        kind: str = "float",
        path: str = "",
        weights: Mapping[str, Array | None] | None = None,
    ) -> Array:
        """What a layer makes of arrays, as a new one, and its row. Without a shape it is what the layer gives for one input,
        with the batch where it stands in the first. Raises Lost where the layer does not take what arrives.

        `seen` are the shapes that the layer sees of its inputs, where they are not the inner ones.
        """
        seen = tuple(a.inner for a in arrays) if seen is None else seen
        first = next((a for a in arrays if a.batch is not None), None)
        numbers = [self.place(a, s) for a, s in zip(arrays, seen, strict=True)]
        tied = self._own(weights or {})
        path = path or self.path(node)
        made_at = self.graph.add(layer, numbers, path, node.at(""), times=self.times(first) if first else 1)
        for weight, owner in tied.items():
            if owner is not None:
                self.graph.nodes[made_at].tied = {**self.graph.nodes[made_at].tied, weight: owner}
        for name, array in (weights or {}).items():
            if array is not None and array.held is not None and array.whole and name.split()[0] not in tied:
                if array.held.owner is None:
                    array.held.owner = made_at
                else:  # one tensor for two weights of this layer
                    self.graph.nodes[made_at].tied = {**self.graph.nodes[made_at].tied, **dict.fromkeys(name.split(), made_at)}
        out = self.graph.shape(made_at)
        if out is None:
            self.misfit = True
            raise Lost
        if shape is None:
            shape, batch = out, None
            if first is not None and first.batch is not None:
                batch = Batch(min(first.batch.axis, len(out)), first.batch.inner)
                shape = (*out[: batch.axis], first.shape[first.batch.axis], *out[batch.axis :])
        made = Array(self.check(shape), kind, batch)
        made.node = made_at
        return made

    def _own(self, weights: Mapping[str, Array | None]) -> dict[str, int | None]:
        """Which weights of a layer another row holds, by the names its layer gives them: several under one, as `a b`."""
        tied: dict[str, int | None] = {}
        for names, array in weights.items():
            if array is None:
                continue
            owner: int | None = None
            if array.held is not None and array.whole:
                array.held.users += 1
                owner = array.held.owner
            else:
                owner = -1
                if not array.fixed:
                    self.place(array, array.shape)
                if array.held is None and "weight" in names:
                    self.uncounted += 1
            if owner is not None:
                tied |= dict.fromkeys(names.split(), owner)
        return tied

    def moved(self, array: Array, shape: Shape, batch: Batch | None, step: Step) -> Array:
        """An array whose values are those of another, elsewhere: it gets a row when something is computed from it."""
        made = Array(self.check(shape), array.kind, batch, array.name)
        if array.weight:
            made.held, made.whole = array.held, array.whole and made.count == array.count
        elif not array.fixed:
            made.source = array if array.node is not None else array.source
            made.steps = (step,) if array.node is not None else (*array.steps, step)
        return made

    def place(self, array: Array, wanted: Shape) -> int:
        """The number of an array in the table, put there with this inner shape if it was nowhere yet."""
        if array.node is None:
            array.node = self._placed(array, self.check(wanted) if array.count else self.check(array.shape))
        if self.graph.shape(array.node) not in (wanted, None):
            span = self.graph.nodes[array.node].span if array.node >= 0 else None
            name = self.graph.number(self.prefix, "reshape")
            return self.graph.add(Reshape(wanted or (1,)), [array.node], f"{self.prefix}{name}", span, inserted=True)
        return array.node

    def _placed(self, array: Array, wanted: Shape) -> int:
        if array.held is not None and not array.fixed:
            held, tensor = array.held, array.held.tensor
            if not tensor.constant or not array.whole:
                path = self.prefix + (tensor.name.replace("/", ".").strip(".") or "constant")
                to = None if tensor.shape == wanted else wanted or (1,)
                node = self.graph.add(Learned(tensor.shape or (1,), to), [], path, self._at(tensor))
                if held.owner is None:
                    held.owner = node
                    held.users += 1
                    self.learned.append(f"{tensor.name} ({dims(tensor.shape)})")
                elif held.owner != node:
                    self.graph.nodes[node].tied = {"weight": held.owner}
                return node
        if array.fixed or array.held is not None:
            name = self.graph.number(self.prefix, "constant")
            return self.graph.add(Constant(wanted or (1,)), [], f"{self.prefix}{name}", None)
        assert array.source is not None
        source = array.source
        before = self.place(source, source.inner)
        layer = layer_of(array.steps, source.inner, wanted)
        if layer is None:
            return before
        word = layer.kind if not isinstance(layer, Move) else array.steps[0].word.split()[0]
        path = f"{self.prefix}{self.graph.number(self.prefix, word)}"
        return self.graph.add(
            layer, [before], path, self.graph.nodes[before].span if before >= 0 else None, times=self.times(source)
        )

    def _at(self, tensor: Tensor) -> Span:
        return self.model.listed.place(f"{tensor.name or 'constant'}: {dims(tensor.shape)}", "initialiser")


_NAMES = {int: "whole number", float: "number", str: "word", tuple: "list of numbers"}


def layer_of(steps: Sequence[Step], came: Shape, wanted: Shape) -> Layer | None:
    """A chain of moves as one layer; None where nothing moves."""
    same = all(s.same for s in steps)
    if same and came == wanted:
        return None
    if same and wanted and product(came) == product(wanted) and len(wanted) <= 8:
        return Flatten() if len(wanted) == 1 else Reshape(wanted)
    if len(steps) == 1 and steps[0].layer is not None and steps[0].layer.output((came,)) == wanted:
        layer = steps[0].layer
        return None if isinstance(layer, Permute) and layer.order == tuple(range(1, len(layer.order) + 1)) else layer
    return Move(wanted or (1,), ", ".join(dict.fromkeys(s.word for s in steps)), came)


def _scope_path(node: Node) -> str:
    """The path of the module that a node stands in, as torch's exporters write it; else the node's own name.

    The newer one lists the modules: `['', 'layer1', 'layer1.0', 'layer1.0.relu', 'relu_1']`, the operation last. The older one
    joins them: `/layer1/layer1.0/relu/Relu`.
    """
    if len(node.scopes) > 1:
        home, leaf = node.scopes[-2], node.scopes[-1]
        return home or leaf
    if "/" not in node.name:
        return node.name.replace(":", ".")
    home = ""
    parts = [p for p in node.name.split("/") if p]
    for p in parts[:-1]:
        home = p if not home or p.startswith(f"{home}.") else f"{home}.{p}"
    last = parts[-1] if parts else ""
    if not home or not last.startswith(node.op):
        return f"{home}.{last}".strip(".")
    return home
