"""Network → rows and totals, in one walk: shapes, weights, operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar, NamedTuple

from archcalc.conventions import PAPER, Convention
from archcalc.conventions import convention as named
from archcalc.layers.base import NOTHING, Layer, Operations, Shape, Shapes, Weight, dims
from archcalc.layers.frozen import Frozen, dataclass
from archcalc.layers.kinds import LARGEST
from archcalc.network.nodes import Expected, Network, Node
from archcalc.text.budget import Budget
from archcalc.text.faults import MOST_FAULTS, Fault, Misfit, SpecError

# Bytes of one value of each data type.
BYTES = {"fp32": 4, "fp16": 2, "bf16": 2, "int8": 1}


class Row(NamedTuple):
    """What was found about one node. Parameters of a node that uses another's weights are 0: they are counted once.

    `multiplies` is for one input under the analysis' convention; `batch` scales it in the reports. `unknown` are the figures that
    the text does not tell: nothing, or 0, stands in their place.
    """

    node: Node
    inputs: Shapes
    output: Shape
    weights: tuple[Weight, ...]
    params: int
    params_without_bias: int
    operations: Operations
    multiplies: int
    unknown: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.node.name

    @property
    def path(self) -> str:
        """The node's place in the network: inception3a.branch2.conv1."""
        return self.node.path

    @property
    def layer(self) -> Layer:
        """The layer."""
        return self.node.layer


class Totals(NamedTuple):
    """Sums over rows."""

    params: int = 0
    params_without_bias: int = 0
    multiplies: int = 0


@dataclass(frozen=True)
class Analysis(Frozen):
    """A network, its rows in execution order, the totals, and what was counted."""

    network: Network
    rows: tuple[Row, ...]
    totals: Totals
    convention: Convention = PAPER
    batch: int = 1
    remarks: tuple[str, ...] = ()
    dtype: str = "fp32"
    # What a notebook shows; reports are behind the analysis, so archcalc/__init__.py gives it.
    _repr_html_: ClassVar[Callable[[Analysis], str]]

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be said aloud: what the reader assumed, what layers remark on what arrives, and what a batch does once."""
        return (*self.network.notes, *self.remarks, *(_done_once(self.rows, self.batch) if self.batch != 1 else ()))

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def unknown(self, figure: str) -> list[Row]:
        """The rows whose figure of this key the text does not tell, so that a total is at least so much."""
        return [row for row in self.rows if figure in row.unknown]

    def __repr__(self) -> str:
        params, _, multiplies = self.totals
        batch = f", batch {self.batch}" if self.batch != 1 else ""
        said = []
        for figure, total in (("params", params), ("multiplies", multiplies * self.batch)):
            open_ = self.unknown(figure)
            said.append(f"{'at least ' if open_ and total else ''}{f'{total:,}' if total or not open_ else '?'} {figure}")
        return f"<{self.network.name}: {len(self.rows)} layers, {', '.join(said)}{batch}>"

    def row(self, name: str) -> Row | None:
        """The row of a path, or of a name where only one node has it."""
        named = [r for r in self.rows if r.path == name] or [r for r in self.rows if r.name == name]
        return named[0] if len(named) == 1 else None


def analyse(
    network: Network,
    *,
    batch: int = 1,
    convention: Convention | str = PAPER,
    skip_zeros: bool = False,
    dtype: str = "fp32",
    partly: bool = False,
) -> Analysis:
    """The rows and totals of a network. Multiplies are for one input; a batch multiplies them in the reports.

    `convention` is how work is counted, by its name after --count; `skip_zeros` leaves multiplications by padding zeros out.
    `dtype` is the type of number that memory is counted in: fp32, fp16, bf16 or int8.
    `partly` takes a network whose text does not say who reads whom: its rows have what is told, and name what is unknown.
    Raises SpecError where the batch is no whole number from 1 or the type is another, and where layers do not fit their inputs,
    every such layer that is not behind another; its `partial` holds the rows before the first. Without `partly`, such a network
    too.
    """
    if not isinstance(batch, int) or isinstance(batch, bool) or not 1 <= batch <= LARGEST:
        raise SpecError([Fault(f"a batch of {batch}: a whole number from 1 to {LARGEST:,} is meant", repairs=["batch=1"])])
    if dtype not in BYTES:
        repairs = [f'dtype="{name}"' for name in BYTES]
        raise SpecError([Fault(f"a data type '{dtype}': one of {', '.join(BYTES)} is meant", repairs=repairs)])
    if isinstance(convention, str) or skip_zeros:
        convention = named(convention if isinstance(convention, str) else convention.name, skip_zeros)
    if partly and network.untold is not None:
        told = tuple(_told(node, convention) for node in network.nodes)
        return Analysis(network, told, total(told), convention, batch, dtype=dtype)
    faults: list[tuple[Fault, Node, Misfit]] = []
    rows: list[Row] = []
    more = -MOST_FAULTS  # faults beyond those that are shown
    budget = Budget()
    # Equal layers on equal shapes come again and again; their figures are worked out once.
    known: dict[tuple[int, Shapes], Figures] = {}
    remarks: dict[str, list[str]] = {}
    for node, inputs, output, remark in network.walk():
        if isinstance(output, Misfit):
            if len(faults) < MOST_FAULTS:
                faults.append((Fault(output.message, node.span, node.path, repairs=output.repairs), node, output))
            more += 1
        if faults or isinstance(output, Misfit):
            continue
        if remark:
            remarks.setdefault(remark, []).append(node.path)
        layer = node.layer
        try:
            figures = known.get((id(layer), inputs))
        except TypeError:  # sizes that are traced are not looked up
            figures = figures_of(layer, inputs, output, convention)
        if figures is None:
            figures = known[id(layer), inputs] = figures_of(layer, inputs, output, convention)
            budget.spend("tensors", len(figures.weights), node.span)
        rows.append(row_of(node, inputs, output, figures))
    said = tuple(f"{_some(paths)}: {text}" for text, paths in remarks.items())
    result = Analysis(network, tuple(rows), total(rows), convention, batch, said, dtype)
    if faults:
        from archcalc.repair import explain_misfits

        complete = explain_misfits(network, faults)
        if more > 0:
            complete[-1].notes = (*complete[-1].notes, f"the first {MOST_FAULTS} faults are shown, {more} more layers do not fit")
        raise SpecError(complete, result)
    return result


def _some(paths: list[str]) -> str:
    """The first of these places, and that there are others."""
    return f"{', '.join(paths[:3])}{' and others' if len(paths) > 3 else ''}"


def _done_once(rows: Iterable[Row], batch: int) -> Iterator[str]:
    """What has to be said of products that depend on no input of a batch: of layers that read none of them, or within one."""
    batched: list[bool] = []
    paths, products = [], 0
    for row in rows:
        batched.append(any(i < 0 or batched[i] for i in row.node.inputs))
        once = row.layer.once(row.inputs) if batched[-1] and row.multiplies else row.multiplies * (not batched[-1])
        if once:
            paths.append(row.path)
            products += once
    if paths:
        said = f"{products:,} multiplications are done once for the whole batch"
        yield f"{_some(paths)}: {said}; here they count for each of its {batch} inputs"


class Figures(NamedTuple):
    """What a layer holds and does for these inputs, wherever it stands."""

    weights: tuple[Weight, ...]
    params: int
    params_without_bias: int
    operations: Operations
    multiplies: int


def figures_of(layer: Layer, inputs: Shapes, output: Shape, convention: Convention = PAPER) -> Figures:
    """The figures of a layer."""
    weights = tuple(layer.weights(inputs))
    operations = convention.work(layer, inputs, output)
    learned = [w for w in weights if w.learned]
    without = sum(w.count for w in learned if not w.bias)
    return Figures(weights, sum(w.count for w in learned), without, operations, operations.products)


def row_of(node: Node, inputs: Shapes, output: Shape, figures: Figures) -> Row:
    """The row of a node: what is another's is not counted again, what runs often is counted as often, and what never runs not."""
    weights, params, without_bias, operations, multiplies = figures
    if node.shares is not None:
        params = without_bias = 0
    elif node.tied:
        own = [w for w in weights if w.learned and w.name not in node.tied]
        params, without_bias = sum(w.count for w in own), sum(w.count for w in own if not w.bias)
    if node.unrun is not None:
        operations, multiplies = NOTHING, 0
    elif node.times != 1:
        operations, multiplies = operations.scaled(node.times), multiplies * node.times
    return Row(node, inputs, output, weights, params, without_bias, operations, multiplies)


def _told(node: Node, convention: Convention) -> Row:
    """The row of a node of which only this is told."""
    output, weights, params, biases, multiplies = node.told
    if weights is not None:
        learned = [w for w in weights if w.learned]
        params, biases = sum(w.count for w in learned), sum(w.count for w in learned if w.bias)
    if not convention.zeros:  # which products meet padding, no text tells
        multiplies = None
    without = None if params is None or biases is None else params - biases
    found = {"output": output, "params": params, "params_without_bias": without, "multiplies": multiplies}
    unknown = frozenset(key for key, value in found.items() if value is None)
    return Row(node, (), output or (), weights or (), params or 0, without or 0, NOTHING, multiplies or 0, unknown)


def total(rows: list[Row] | tuple[Row, ...]) -> Totals:
    """The sums over rows."""
    return Totals(sum(r.params for r in rows), sum(r.params_without_bias for r in rows), sum(r.multiplies for r in rows))


def contradictions(network: Network) -> list[Fault]:
    """What the text of a network states of it (`expect`) and is not so: each at its place, with both figures.

    Multiplications are those of the convention "paper", for one input. Raises SpecError where a layer does not fit.
    """
    if not network.expect and not any(node.expect for node in network.nodes):
        return []
    analysis = analyse(network, partly=True)
    sizes = [*network.inputs.values()]
    ends = [analysis.rows[i].output if i >= 0 else sizes[-1 - i] for i in network.outputs]
    whole: dict[str, Shape | int] = {**analysis.totals._asdict(), "output": ends[0] if ends else ()}
    found = []
    for name, expected in network.expect.items():
        if analysis.unknown(name):
            continue
        if expected.value != whole[name] and not (name == "output" and expected.value in ends):
            found.append(_contradicted("", name, expected, whole[name]))
    for row in analysis.rows:
        for name, expected in row.node.expect.items():
            value: Shape | int = getattr(row, name)
            if name in row.unknown:
                continue
            if expected.value != value:
                found.append(_contradicted(row.path, name, expected, value))
    return found


def _contradicted(path: str, name: str, expected: Expected, found: Shape | int) -> Fault:
    stated, is_ = (dims(v) if isinstance(v, tuple) else f"{v:,}" for v in (expected.value, found))
    off = ""
    if isinstance(found, int) and isinstance(expected.value, int):
        off = f", {abs(found - expected.value):,} {'more' if found > expected.value else 'fewer'}"
    typed = "x".join(map(str, found)) if isinstance(found, tuple) else str(found)
    words = name.replace("_", " ")
    return Fault(f"expect: {words} {stated} is stated; it is {is_}{off}", expected.span, path, repairs=[f"{name}: {typed}"])
