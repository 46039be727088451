"""What was meant: nodes, their layers, their inputs, where they were written. No text, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from archcalc.layers.base import Arriving, Layer, Shape, Shapes, Weight, dims
from archcalc.layers.kinds import LARGEST
from archcalc.text.faults import Fault, Misfit, SpecError
from archcalc.text.source import Span


class Lying(NamedTuple):
    """Where the values of a node lie: in the memory of which node or input, and in which order.

    `values` is how many that memory holds for one input of the network, 0 where it is another's; `order` is "plain", a "part" of
    what lies plain, "matrices" one behind the other, or "turned".
    """

    owner: int
    values: int
    order: str


class Expected(NamedTuple):
    """What a text states of a layer or of the whole: an output shape or a number, and where it says so."""

    value: Shape | int
    span: Span | None = None


class Told(NamedTuple):
    """What a text says of a layer without saying what it reads; None is what it does not say.

    `params` are the learned values where their tensors are not known (`weights`), `biases` how many of them are additive biases.
    `multiplies` are the products of one forward pass for one input.
    """

    output: Shape | None = None
    weights: tuple[Weight, ...] | None = None
    params: int | None = None
    biases: int | None = None
    multiplies: int | None = None


NOT_TOLD = Told()


# How a layer was called: a module of the framework's own; one of a class derived from it, or (renamed) of one whose name has no
# Conv in it any more; one on what has no batch (positions); attention that was asked for its weights too, and so uses no fused
# kernel; a part of a module that is no layer here (a recurrent cell of one step); `weight` or `bias` of the module under way,
# which has no modules in it, and a function with them; `F.relu(x)`; `torch.relu(x)`, `x.relu()`; `torch.bmm(x, y)`; `x + y`.
CALLED = (
    "module",
    "derived",
    "renamed",
    "unbatched",
    "weights",
    "unfused",
    "unfused weights",
    "part",
    "inside",
    "functional",
    "function",
    "matrices",
    "operator",
)


class Node:
    """A layer at its place.

    `inputs` are the numbers of the nodes it reads; input k of the network is −1 − k. `shares` is the number of the node
    whose weights this one uses. `inserted` marks a flatten that nobody wrote. `expect` holds what the spec states about it.
    `times` is how often it runs for one input of the network (windows folded into the batch); `unrun` marks a layer that
    holds parameters and never runs, and is the shapes it was made for. `tied` names those of its weights that another node
    holds, and which (an output layer that uses the table of an embedding); −1 is for values that are computed or fixed.
    `lies` says in whose memory the values lie, where a program says more than the layer; `inplace` that they overwrite what it
    reads. `told` is all that is known of it in a network whose text does not say who reads whom (`Network.untold`). `called` says
    how a program called it, which some counters go by: one of `CALLED`.
    """

    __slots__ = (
        "called", "expect", "inplace", "inputs", "inserted", "layer", "lies", "path", "shares", "span", "tied", "times", "told",
        "unrun",
    )  # fmt: skip

    def __init__(
        self,
        path: str,
        layer: Layer,
        inputs: tuple[int, ...],
        span: Span | None = None,
        *,
        inserted: bool = False,
        shares: int | None = None,
        times: int = 1,
        unrun: Shapes | None = None,
    ) -> None:
        self.path = path
        self.layer = layer
        self.inputs = inputs
        self.span = span
        self.inserted = inserted
        self.shares = shares
        self.times = times
        self.unrun = unrun
        self.tied: Mapping[str, int] = {}
        self.lies: Lying | None = None
        self.inplace = False
        self.told = NOT_TOLD
        self.called = "module"
        self.expect: dict[str, Expected] = {}

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    @property
    def fed(self) -> tuple[int, ...]:
        """What its module in torch is given: what it reads, or where that is nothing the network's first input, for its batch."""
        return self.inputs or (-1,)


class TooLarge(Misfit):
    """An output beyond the largest size allowed: the one misfit of an input that is too large."""


def shape_after(layer: Layer, inputs: Shapes) -> Shape | Misfit:
    """The output shape of a layer, or why there is none: it does not fit, or a size is beyond the largest allowed."""
    try:
        output = layer.output(inputs)
    except Misfit as misfit:
        return misfit
    except (IndexError, ValueError):
        if () not in inputs:
            raise
        return Misfit("a single value arrives, and this layer reads a dimension", "`keep` on the reduction before it")
    for size in output:
        if size > LARGEST:
            repair = "a smaller input, or fewer layers that enlarge it"
            return TooLarge(f"an output of {dims(output)}: a size is at most {LARGEST:,}", repair)
    return output


class Step(NamedTuple):
    """A node met on a walk: what arrives, its output shape or why it has none, and what it has to say of what arrives."""

    node: Node
    inputs: Shapes
    output: Shape | Misfit
    remark: str = ""


@dataclass(eq=False, repr=False)
class Network:
    """A directed acyclic graph in execution order.

    `groups` maps the path of every block, branch and named group to how it was written (`inverted_residual 24 t6 s2`).
    `notes` are the assumptions that were made, to be said aloud. `computed` are the nodes (and inputs, −1 − k) with whose
    channels the text computes; None where it may compute with any size, so that another input may make another network.
    `untold` stands where the text names layers and not who reads whom: no shape can be followed, each node has what is `told`
    of it, and this is the fault of whoever asks for more. `margin` are the numbers that a program gives names at its margin.
    """

    name: str
    inputs: dict[str, Shape]
    nodes: list[Node]
    outputs: tuple[int, ...]
    groups: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    variables: dict[str, int | float | str] = field(default_factory=dict)
    expect: dict[str, Expected] = field(default_factory=dict)
    origin: str = ""
    computed: frozenset[int] | None = None
    untold: Fault | None = None
    margin: dict[str, int | float] = field(default_factory=dict)

    def __repr__(self) -> str:
        inputs = ", ".join(f"{name} {dims(shape)}" for name, shape in self.inputs.items())
        return f"<{self.name}: {len(self.nodes)} layers, {inputs}>"

    def demand_order(self) -> None:
        """Raises SpecError where the text does not say who reads whom."""
        if self.untold is not None:
            raise SpecError([self.untold])

    def output_names(self) -> list[str]:
        """The paths of the output nodes."""
        names = list(self.inputs)
        return [self.nodes[i].path if i >= 0 else names[-1 - i] for i in self.outputs]

    def walk(self, sizes: Sequence[Shape] | None = None) -> Iterator[Step]:
        """The nodes in the order of execution with the shapes they meet, for these input shapes or the network's own.

        A node behind one that does not fit meets nothing, and is left out. Raises SpecError where the text does not say who
        reads whom.
        """
        self.demand_order()
        given = [Arriving(size) for size in (self.inputs.values() if sizes is None else sizes)]
        made: list[Arriving | None] = []
        met: list[Shapes] = []
        # Equal layers on equal shapes come again and again.
        known: dict[tuple[int, Shapes], Shape | Misfit] = {}
        for node in self.nodes:
            layer, remark = node.layer, ""
            found = [made[i] if i >= 0 else given[-1 - i] for i in node.inputs]
            arriving = [a for a in found if a is not None]
            if node.unrun is None and len(arriving) < len(found):
                made.append(None)
                met.append(())
                continue
            inputs = tuple(a.shape for a in arriving) if node.unrun is None else node.unrun
            met.append(inputs)
            try:
                output = known.get((id(layer), inputs))
                if output is None:
                    output = known[id(layer), inputs] = shape_after(layer, inputs)
            except TypeError:  # sizes that are traced are not looked up
                output = shape_after(layer, inputs)
            if arriving and not isinstance(output, Misfit):
                try:
                    remark = layer.remark(arriving)
                except Misfit as misfit:
                    output = misfit
            if node.shares is not None and not isinstance(output, Misfit):
                owner = self.nodes[node.shares]
                # What the owner reads is not known where a layer before it does not fit.
                if met[node.shares] and _tensors(owner.layer, met[node.shares]) != _tensors(node.layer, inputs):
                    output = Misfit(
                        f"its weights are those of {owner.path}, which do not fit the input it has here",
                        f"a layer of its own in place of the weights of {owner.path}",
                    )
            made.append(None if isinstance(output, Misfit) else layer.leaving(arriving, output))
            yield Step(node, inputs, output, remark)

    def ties(self) -> dict[int, int]:
        """The nodes whose `weight` is that of another node's, which has the same sizes, and that node."""
        found: dict[int, int] = {}
        known: dict[int, dict[str, Shape]] = {}
        if any(node.tied for node in self.nodes):
            met = {id(step.node): step.inputs for step in self.walk() if not isinstance(step.output, Misfit)}
            for number, node in enumerate(self.nodes):
                if id(node) in met:
                    known[number] = {w.name: w.shape for w in node.layer.weights(met[id(node)]) if w.learned}
        for number, node in enumerate(self.nodes):
            owner = known.get(node.tied.get("weight", -1), {}).get("weight")
            if owner is not None and owner == known.get(number, {}).get("weight"):
                found[number] = node.tied["weight"]
        return found

    def behind(self, values: Iterable[int]) -> Iterator[int]:
        """These values and all that was only moved about to make them; a value is a node's number, or −1 − k for an input."""
        waiting, seen = list(values), set()
        while waiting:
            i = waiting.pop()
            if i in seen:
                continue
            seen.add(i)
            yield i
            if i >= 0 and self.nodes[i].layer.moves:
                waiting += self.nodes[i].inputs

    def integer_inputs(self) -> dict[int, int]:
        """The numbers of the inputs that an embedding looks up, each with the least number of rows of those embeddings."""
        found: dict[int, int] = {}
        for node in self.nodes:
            if node.layer.indices:
                for i in self.behind(node.inputs):
                    if i < 0:
                        found[-1 - i] = min(found.get(-1 - i, node.layer.num), node.layer.num)  # type: ignore[attr-defined]
        return found


def _tensors(layer: Layer, inputs: Shapes) -> list[Shape]:
    return [weight.shape for weight in layer.weights(inputs)]
