"""ONNX: a graph of operators, as torch, TensorFlow and others export it. What an operator computes is in `operators`.

A file says nothing of a batch: the first axis of an input is taken for it and said, `--set batch=none` takes none. Parameters are
the initialisers that are used as weights, stored statistics apart; shapes are followed by our layers and held against those that
the file states itself. Nothing of the file is run, and its weights are not read. Nodes are counted from 1.
"""

from __future__ import annotations

from archcalc.layers.base import Shape
from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.building import Building
from archcalc.notations.onnx.model import Attribute, Model, Node, Stated, Tensor
from archcalc.notations.onnx.moves import stored
from archcalc.notations.onnx.operators import KINDS, REFUSED
from archcalc.notations.onnx.wire import Malformed, Wire
from archcalc.notations.onnx.work import AS_EXPORTED, WITHOUT, Array, Batch, Held, Lost, Work, Wrong, shown
from archcalc.text.faults import Fault, Misfit, SpecError, ValueFault, suggestions
from archcalc.text.source import Source

DEEPEST = 30  # functions inside one another
# Inputs that are weights when they come from outside: the operator, and which of its inputs.
WEIGHT_SLOTS = {
    "Conv": (1, 2), "ConvTranspose": (1, 2), "Gemm": (1, 2), "BatchNormalization": (1, 2, 3, 4), "InstanceNormalization": (1, 2),
    "LayerNormalization": (1, 2), "RMSNormalization": (1,), "GroupNormalization": (1, 2), "PRelu": (1,), "LSTM": (1, 2, 3, 7),
    "GRU": (1, 2, 3), "RNN": (1, 2, 3),
}  # fmt: skip
POINTER = b"version https://git-lfs"


def read(source: Source) -> Onnx:
    """The description of a file. Raises SpecError where it is no file of ONNX."""
    data = source.data
    try:
        if not len(data):
            raise Malformed("an empty file", 0)
        if data[: len(POINTER)] == POINTER:
            message = "a pointer of Git LFS, which stands in place of the file"
            raise SpecError([Fault(f"{source.name}: {message}", repairs=["git lfs pull"])])
        model = Model(Wire(data).message("ModelProto"), source)
        if not model.found:
            raise Malformed("no graph stands in it", 0)
    except Malformed as error:
        raise SpecError([_no_onnx(source, error)]) from None
    return Onnx(source, model)


def _no_onnx(source: Source, error: Malformed) -> Fault:
    message = f"{source.name}: not a whole file of ONNX: {error.message}, at byte {error.at:,}"
    return Fault(message, repairs=["the file exported, copied or downloaded again"])


class Onnx:
    """A file that has been read."""

    def __init__(self, source: Source, model: Model) -> None:
        self.source = source
        self.model = model

    def network(self, given: Given = Given()) -> Network:  # noqa: B008 a tuple of what is given, never changed
        """The network for what is given. Raises SpecError with every fault; `partial` is the network before the first."""
        return Reader(Building(self.source, given), self.model).network()


class Reader(Work):
    """One network being built from a file of ONNX."""

    def network(self) -> Network:
        with self.building.reading():
            try:
                self._read()
            except Malformed as error:
                self.building.faults.found.append(_no_onnx(self.building.source, error))
        outputs = self._outputs() if not self.building.faults else None
        return self.building.finish("", outputs)

    def _read(self) -> None:
        batch = self._batch_axis()
        self._inputs(batch)
        for name, tensor in self.model.initialisers.items():
            self._store(name, tensor)
        self.kept = {o.name for o in self.model.outputs}
        self.find_containers()
        before = [a.held for a in self.values.values() if a is not None and a.held is not None]
        self._run(self.model.nodes, 0)
        self._remarks(before)

    def _store(self, name: str, tensor: Tensor) -> None:
        try:
            self.values[name] = stored(self, tensor, name)
        except ValueFault as error:
            self.values[name] = None
            self.building.fault(error.message, self.model.listed.place(name, "initialiser"), *error.repairs)

    # -- what goes in ---------------------------------------------------------------------------------------------------

    def _batch_axis(self) -> int | None:
        """The axis of the batch, as `--set batch=` says; 0 unless it does. Raises Stop."""
        for name, value in self.building.given.variables.items():
            if name != "batch":
                repairs = [f"--set {n}={value}" for n in suggestions(name, ["batch"])] or ["the command without --set"]
                raise self.building.stop(f"--set {name}: a file of ONNX has no such variable", None, *repairs)
            if value == "none":
                return None
            if value not in ("0", "1", "2"):
                message = f"--set batch={value}: the axis of the batch, or none"
                raise self.building.stop(message, None, "--set batch=none", "--set batch=0", "--set batch=1")
            return int(value)
        return 0

    def _inputs(self, axis: int | None) -> None:
        """Makes the inputs of the network. Raises Stop where a size is not known."""
        model = self.model
        found = [s for s in model.inputs if s.name not in model.initialisers]
        weights = self._weights_from_outside({s.name for s in found})
        plain = [s for s in found if s.name not in weights]
        if not plain:
            weights, plain = set(), found
        axes = {s.name: self._axis_of(s, axis) for s in plain}
        sizes = [s.sizes[at] for s in plain if (at := axes[s.name]) is not None and s.sizes is not None]
        self.n = next((n for n in sizes if isinstance(n, int) and n > 0), 1)
        if any(not isinstance(n, int) for n in sizes[:1]):
            self.n = 1
        for s in plain:
            at = axes[s.name]
            if at is not None and s.sizes is not None and isinstance(s.sizes[at], int) and s.sizes[at] != self.n:
                axes[s.name] = None
        written: dict[str, Shape | None] = {}
        lacking: Stated | None = None
        for s in plain:
            rest = None if s.sizes is None else [n for i, n in enumerate(s.sizes) if i != axes[s.name]]
            whole = rest is not None and all(isinstance(n, int) and n > 0 for n in rest)
            written[s.name] = tuple(n for n in rest or () if isinstance(n, int)) if whole else None
            if not whole and lacking is None:
                lacking = s
        if not written:
            raise self.building.stop("no input stands here that is no initialiser", None, AS_EXPORTED)
        place, repair = None, "--input 3x224x224"
        if lacking is not None:
            place = self.model.listed.place(f"{lacking.name}: {lacking}", "input")
            only = len(written) == 1
            shapes = " ".join(
                f"--input {'' if only else f'{s.name}='}{_guess(s, axes[s.name])}" for s in plain if written[s.name] is None
            )
            repair = shapes
        nodes = self.building.inputs(written, place, repair)
        for s in plain:
            self._input(s, axes[s.name], nodes[s.name])
        for name in sorted(weights):
            s = next(s for s in found if s.name == name)
            if s.sizes is None or not all(isinstance(n, int) and n > 0 for n in s.sizes):
                raise self.building.stop(
                    f"the sizes of the weight '{name}' are not in the file", None, "an export with its weights"
                )
            self.values[name] = Array(tuple(n for n in s.sizes if isinstance(n, int)), s.kind or "float", None, name)
        if weights:
            self.graph.note(f"weights that are given from outside are not counted: {', '.join(sorted(weights)[:6])}")

    def _input(self, s: Stated, axis: int | None, node: int) -> None:
        inner = self.graph.shape(node) or ()
        shape = inner if axis is None else (*inner[:axis], self.n, *inner[axis:])
        if axis is not None and axis > len(inner):
            raise self.building.stop(f"'{s.name}' has no axis {axis}", None, "--set batch=0")
        made = Array(shape, s.kind or "float", None if axis is None else Batch(axis), s.name)
        made.node = node
        self.values[s.name] = made
        number = {0: "first", 1: "second", 2: "third"}
        if axis is not None:
            self.graph.note(f"{s.name} is {s} in the file: its {number[axis]} axis is the batch, and is left out here")

    def _axis_of(self, s: Stated, axis: int | None) -> int | None:
        """Where the batch stands in an input: none in a single value or a weight, second where a recurrent layer reads it so."""
        if axis is None or (s.sizes is not None and len(s.sizes) <= axis):
            return None
        said = "batch" in self.building.given.variables
        for node in [] if said else self.model.nodes:
            if node.op in ("LSTM", "GRU", "RNN") and node.inputs[:1] == [s.name]:
                layout = node.attributes.get("layout")
                return 0 if layout is not None and layout.value == 1 else 1
            if node.op in ("LSTM", "GRU", "RNN") and s.name in node.inputs[5:7]:
                return 1
        return axis

    def _weights_from_outside(self, names: set[str]) -> set[str]:
        """The inputs that nodes read as weights and nothing else."""
        found: set[str] = set()
        other: set[str] = set()
        for node in self.model.nodes:
            slots = WEIGHT_SLOTS.get(node.op, ())
            for i, name in enumerate(node.inputs):
                if name in names:
                    (found if i in slots else other).add(name)
        return found - other

    # -- nodes ----------------------------------------------------------------------------------------------------------

    def _run(self, nodes: list[Node], depth: int) -> None:
        self.readers = {}
        for node in nodes:
            for name in dict.fromkeys(node.inputs):
                self.readers.setdefault(name, []).append(node)
        for node in nodes:
            if depth == 0:
                self.building.begin()
            self.graph.budget.spend("steps", 10, node.place)
            if id(node) in self.merged:
                for name in node.outputs[:1]:
                    self.values[name] = self.values.get(self.alias.get(name, ""))
                continue
            self._node(node, depth)

    def _node(self, node: Node, depth: int) -> None:
        """One node: what it puts out is known by its names, None after a fault."""
        made: list[Array] = []
        readers = self.readers
        try:
            if missing := [name for name in node.inputs if name and name not in self.values]:
                near = suggestions(missing[0], self.values)
                message = f"no node before this one puts out '{missing[0][:60]}'"
                raise Wrong(missing[0], message, *(near or [AS_EXPORTED]))
            function = self.model.functions.get((node.domain, node.op, node.overload))
            made = self._operator(node) if function is None else self._call(node, depth)
        except Lost:
            pass
        except Wrong as error:
            self.building.fault(error.message, node.at(error.word), *error.repairs)
        except (ValueFault, Misfit) as error:
            self.building.fault(error.message, node.at(""), *error.repairs)
        self.readers = readers
        for i, name in enumerate(node.outputs):
            if not name:
                continue
            if name in self.values:
                self.building.fault(f"'{name[:60]}' is put out a second time", node.at(name), AS_EXPORTED)
            self.values[name] = made[i] if i < len(made) else None
        if depth == 0:
            self._compare(node, made)

    def _operator(self, node: Node) -> list[Array]:
        kind = KINDS.get(node.op) if not node.domain else None
        if kind is None:
            called = f"{node.domain}.{node.op}" if node.domain else node.op
            if not node.domain and node.op in REFUSED:
                raise Wrong("", f"{node.op} is {REFUSED[node.op]}", WITHOUT)
            near = suggestions(node.op, KINDS)
            raise Wrong("", f"the operator {called[:80]} is not known here", *near, WITHOUT)
        made = kind.read(self, node)
        for name in node.attributes:
            if name not in node.used and name not in kind.quiet:
                near = suggestions(name, sorted(node.used))
                self.building.fault(
                    f"{node.op} has no attribute {name[:60]} that is known here", node.at(name), *(near or [WITHOUT])
                )
        return made

    def _call(self, node: Node, depth: int) -> list[Array]:
        """A function that stands in the file: its nodes, with what it is given under its own names."""
        function = self.model.functions[node.domain, node.op, node.overload]
        if depth >= DEEPEST:
            raise Wrong("", f"functions more than {DEEPEST} inside one another", "functions that end")
        outside, prefix = self.values, self.prefix
        given = {**function.defaults, **node.attributes}
        self.values = {
            name: outside.get(node.inputs[i]) if i < len(node.inputs) else None for i, name in enumerate(function.inputs)
        }
        self.prefix = f"{self.path(node)}."
        kept, self.kept = self.kept, set(function.outputs)
        try:
            self._run([_bound(inner, given) for inner in function.nodes], depth + 1)
            found = [self.values.get(name) for name in function.outputs]
        finally:
            self.values, self.prefix, self.kept = outside, prefix, kept
        if any(a is None for a in found):
            raise Lost
        return [a for a in found if a is not None]

    # -- what is said of it -----------------------------------------------------------------------------------------------

    def _compare(self, node: Node, made: list[Array]) -> None:
        """Holds the shapes against those that the file states."""
        if self.building.given.inputs:
            return
        outputs = {o.name: o for o in self.model.outputs}
        for name, array in zip(node.outputs, made, strict=False):
            said = self.model.values.get(name) or outputs.get(name)
            if said is None or said.sizes is None:
                continue
            batch = array.batch.axis if array.batch else -1
            same = len(said.sizes) == len(array.shape) and all(
                not isinstance(s, int) or s == n or i == batch
                for i, (s, n) in enumerate(zip(said.sizes, array.shape, strict=False))
            )
            if not same:
                place = node.place
                self.graph.note(f"{place}: {name} is {shown(array.shape)} here, and {said} as the file states it")

    def _remarks(self, weights: list[Held]) -> None:
        shared = [h.tensor.name for h in weights if h.users > 1]
        if shared:
            listed = ", ".join(shared[:4]) + ("…" if shared[4:] else "")
            self.graph.note(f"read by several nodes, and counted once: {listed}")
        if self.learned:
            listed = ", ".join(self.learned[:6]) + ("…" if self.learned[6:] else "")
            self.graph.note(f"counted as learned, since a file of ONNX does not say which tensors are: {listed}")
        if self.constants:
            listed = ", ".join(self.constants[:6]) + ("…" if self.constants[6:] else "")
            self.graph.note(f"taken for constants, since only constants are made of them: {listed}")
        if self.uncounted:
            layers = "a layer" if self.uncounted == 1 else f"{self.uncounted} layers"
            self.graph.note(f"the weights of {layers} are no tensors of the file but computed, or given: they are not counted")
        unread = [name for name in self.model.initialisers if name not in self.readers]
        if unread:
            self.graph.note(f"no node reads {', '.join(unread[:6])}{'…' if unread[6:] else ''}")
        if self.model.trained:
            self.graph.note("what the file holds for training is left out")

    def _outputs(self) -> list[int] | None:
        """The nodes of what the graph puts out."""
        found = []
        for said in self.model.outputs:
            array = self.values.get(said.name)
            if array is not None and array.parts is None:
                found.append(self.place(array, array.inner))
            elif array is None and not self.misfit:
                self.graph.note(f"{said.name[:60]}, which the graph puts out, is left out here")
        return list(dict.fromkeys(found)) or None


def _guess(s: Stated, axis: int | None) -> str:
    """A shape to type for an input whose sizes the file does not say."""
    if s.sizes is None:
        return "3x224x224"
    rest = [n for i, n in enumerate(s.sizes) if i != axis]
    fill = 224 if len(rest) == 3 else 128
    return (
        "x".join(str(n if isinstance(n, int) and n > 0 else 3 if len(rest) == 3 and i == 0 else fill) for i, n in enumerate(rest))
        or "1"
    )


def _bound(node: Node, given: dict[str, Attribute]) -> Node:
    """A node of a function with the attributes that refer to the function's own."""
    made = Node.__new__(Node)
    for slot in Node.__slots__:
        setattr(made, slot, getattr(node, slot))
    made.used = set()
    made.attributes = {}
    for name, attribute in node.attributes.items():
        if not attribute.refers:
            made.attributes[name] = attribute
        elif attribute.refers in given:
            made.attributes[name] = given[attribute.refers]
    return made
