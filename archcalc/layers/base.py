"""What a layer is: settings as dataclass fields, and four short methods.

A layer knows nothing of the graph: it is given input shapes (without the batch) and answers with its output shape, its
weights, its operations and its torch equivalent. Everything that is said about a setting (its meaning, letter, foreign
names, kind of value) stands with the field; the binding of text, the JSON Schema, `archcalc layers`, the docs and the
working all come from there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar, overload

from archcalc.layers import kinds
from archcalc.layers.frozen import Frozen, dataclass
from archcalc.layers.kinds import Kind
from archcalc.text.faults import Misfit

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings

Shape = tuple[int, ...]
Shapes = tuple[Shape, ...]
Size = int | tuple[int, ...]
Count = Callable[["Layer", Shapes, Shape], int]  # something counted of a layer, for its inputs and its output

FAMILIES = ("convolution", "fully connected", "embedding", "normalisation", "recurrent", "attention", "other")


T = TypeVar("T")
D = TypeVar("D")


class Setting:
    """What is said about one field of a layer.

    `kind` reads a written value. `letter` is how it is written in a line (`k5`); `symbol` the textbook's letter in the
    working; `quiet` drops that letter where the value is the default. `flags` are words that stand for a value (`nobias`).
    """

    __slots__ = ("aliases", "doc", "flags", "kind", "letter", "quiet", "symbol")

    def __init__(
        self,
        doc: str,
        kind: Kind[object],
        letter: str,
        symbol: str,
        aliases: tuple[str, ...],
        flags: dict[str, object],
        quiet: bool,
    ) -> None:
        self.doc = doc
        self.kind = kind
        self.letter = letter
        self.symbol = symbol
        self.aliases = aliases
        self.flags = flags
        self.quiet = quiet


@overload
def setting(
    doc: str,
    kind: Kind[T],
    *,
    letter: str = "",
    symbol: str = "",
    aliases: tuple[str, ...] = (),
    flags: dict[str, object] | None = None,
    quiet: bool = False,
) -> T: ...
@overload
def setting(
    doc: str,
    kind: Kind[T],
    default: D,
    *,
    letter: str = "",
    symbol: str = "",
    aliases: tuple[str, ...] = (),
    flags: dict[str, object] | None = None,
    quiet: bool = False,
) -> T | D: ...
def setting(
    doc: str,
    kind: Kind[T],
    default: object = dataclasses.MISSING,
    *,
    letter: str = "",
    symbol: str = "",
    aliases: tuple[str, ...] = (),
    flags: dict[str, object] | None = None,
    quiet: bool = False,
) -> object:
    """A dataclass field that carries its Setting; to a type checker it is what the kind reads, or the default."""
    made = Setting(doc, kind, letter, symbol, aliases, flags or {}, quiet)
    return dataclasses.field(default=default, metadata={"setting": made})


def bias_setting() -> bool:
    """The setting `bias`, the same for every layer that has one."""
    return setting("an additive bias", kinds.flag, True, aliases=("use_bias", "bias_term"), flags={"nobias": False, "bias": True})


def check_setting(what: str, *aliases: str) -> int | None:
    """The setting for an inferred input size: only checked."""
    return setting(f"{what}; inferred, and checked when given", kinds.count, None, aliases=("in", *aliases))


@dataclass(frozen=True)
class Weight(Frozen):
    """A tensor of a layer: its name as torch names it, its shape, whether it is an additive bias, whether it is learned."""

    name: str
    shape: Shape
    bias: bool = False
    learned: bool = True

    @property
    def count(self) -> int:
        """How many values it holds."""
        total = 1
        for size in self.shape:
            total = total * size
        return total


@dataclass(frozen=True)
class Operations(Frozen):
    """What one forward pass of a layer does for one input.

    `products` and `sums` are the multiplications and additions (n − 1 for a sum of n) of convolutions and matrix products,
    `biases` their bias additions; the rest is element-wise work. `complete` is False where a function (erf) has no count in
    these terms, so that a total must say "at least". `products` is never a guess.
    """

    products: int = 0
    sums: int = 0
    biases: int = 0
    multiplications: int = 0
    additions: int = 0
    comparisons: int = 0
    divisions: int = 0
    exponentials: int = 0
    complete: bool = True

    def __add__(self, other: Operations) -> Operations:
        counted = [f.name for f in dataclasses.fields(self) if f.name != "complete"]
        sums: dict[str, int] = {name: getattr(self, name) + getattr(other, name) for name in counted}
        return dataclasses.replace(self, complete=self.complete and other.complete, **sums)

    def scaled(self, times: int) -> Operations:
        """The work of this many runs."""
        counted = [f.name for f in dataclasses.fields(self) if f.name != "complete"]
        return dataclasses.replace(self, **{name: getattr(self, name) * times for name in counted})


NOTHING = Operations()


class Held(NamedTuple):
    """A tensor that the backward pass needs of a layer, as torch keeps it on a CPU.

    `of` is the number of the input it is, −1 where it is the output, None where it is a tensor of the layer's own: `values` for
    every input of the batch, or `once`, each of `size` bytes, 0 for those of the data type. It is kept where a gradient goes to
    one of the inputs `to`; where none is named, wherever a gradient goes through the layer. `order` is the order in memory in
    which the layer reads it: "plain", "steps", or "matrices" one behind the other; what lies in another is laid out anew.
    """

    name: str
    of: int | None = None
    values: int = 0
    size: int = 0
    once: bool = False
    to: tuple[int, ...] = ()
    order: str = ""


INPUT = Held("input", 0)
OUTPUT = Held("output", -1)


def statistics(values: int, once: bool = False) -> tuple[Held, Held]:
    """The mean and the deviation that a normalisation took of its input."""
    return Held("mean", None, values, once=once), Held("1/deviation", None, values, once=once)


class Argument(NamedTuple):
    """One argument of a call; `bare` ones are written without their name, what is as `default` is not written at all."""

    name: str
    value: Any
    default: Any = ...
    bare: bool = False


class Call:
    """The torch equivalent as data: a module (`nn.Conv2d`, or one of our own as `support.Concat`) and its arguments.

    `bare` are the arguments that torch's users write without their names, in torch's order; each of the others is a value and
    its default. Built by archcalc.pytorch, printed by the exporter; nothing here imports torch.
    """

    __slots__ = ("arguments", "name")

    def __init__(self, name: str, bare: Mapping[str, Any] | None = None, /, **beside: tuple[Any, Any]) -> None:
        self.name = name
        self.arguments = [Argument(key, value, bare=True) for key, value in (bare or {}).items()]
        self.arguments += [Argument(key, value, default) for key, (value, default) in beside.items()]

    @property
    def kwargs(self) -> dict[str, Any]:
        """The arguments by name, those at their default left out."""
        return {a.name: a.value for a in self.arguments if a.default is ... or a.value != a.default}

    def given(self, **values: Any) -> Call:
        """The same call with other values."""
        made = Call(self.name)
        made.arguments = [a._replace(value=values.get(a.name, a.value)) for a in self.arguments]
        return made


class Arriving(NamedTuple):
    """What reaches a layer from one node: its shape, which way round its axes surely are ("channels" C×L, "tokens" T×F, "" where
    nobody can tell), and whether a layer computed its values or only moved those of the network's input."""

    shape: Shape
    axes: str = ""
    computed: bool = False


@dataclass(frozen=True)
class Layer(Frozen):
    """The base of all layers. A subclass documents itself: its docstring is its page in `archcalc layers NAME`."""

    kind: ClassVar[str]
    names: ClassVar[tuple[str, ...]] = ()
    prefix: ClassVar[str] = ""
    positional: ClassVar[tuple[str, ...]] = ()
    follows: ClassVar[bool] = False
    # Which way round a rank-2 output is: "channels" (C, L), "tokens" (T, F), "" as the input was.
    layout: ClassVar[str] = ""
    # Which way round it takes a rank-2 input; "" where either will do.
    reads: ClassVar[str] = ""
    # The family under which its share is told, one of FAMILIES.
    family: ClassVar[str] = "other"
    # How the size of its output follows: by the formula of a "conv", a "pool", or a "transposed" convolution.
    formula: ClassVar[str] = ""
    # Whether the order of its inputs means nothing.
    unordered: ClassVar[bool] = False
    # Whether it wants a vector, so that a map in front of it is flattened.
    vector: ClassVar[bool] = False
    # What a pool takes of what it sees, in words: "a maximum", "an average".
    pools: ClassVar[str] = ""
    # Whether zeros around its input are all it adds.
    pads: ClassVar[bool] = False
    # Whether a classifier ends with it.
    ends: ClassVar[bool] = False
    # The dimension of the input whose size a person may state (`in=`).
    stated: ClassVar[int] = 0
    # Whether its output is the input's own memory, read differently.
    view: ClassVar[bool] = False
    # Whether it puts out a tensor of the model itself, which is there without it.
    hands_on: ClassVar[bool] = False
    # What its kernel takes for itself while training, in words, where no figure here counts it.
    apart: ClassVar[str] = ""
    # In which order its output lies in memory: "plain" as its shape says, "steps" T×batch×F, a "part" of what lies plain,
    # "turned" in another order, "same" as its first input. `reads_plain`: it is a view only of what lies in plain order.
    lies: ClassVar[str] = "plain"
    reads_plain: ClassVar[bool] = False
    # Whether its form in place needs the output instead of the input that it overwrites.
    by_result: ClassVar[bool] = False
    # Whether no gradient goes through it: it says yes or no.
    stops: ClassVar[bool] = False
    # What the backward pass needs of it, where that is always the same.
    held: ClassVar[tuple[Held, ...]] = ()
    # Whether it only moves values about: nothing is computed, and whole numbers stay whole.
    moves: ClassVar[bool] = False
    # Whether it looks up its input's values in a table, so that they must be whole numbers.
    indices: ClassVar[bool] = False
    # Whether its torch module has only the shapes of what it stands for, so that a network with it cannot be exported.
    stands_in: ClassVar[bool] = False
    # What torch's exporter of ONNX makes of it that is another layer, in words; empty where it writes it as it is.
    misexported: ClassVar[str] = ""
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    example: ClassVar[str] = ""
    # The equations of its forward and backward pass in archcalc.homework.calculus; {rank} is the number of spatial axes.
    equations: ClassVar[str] = ""

    def settled(self, inputs: Shapes, layout: str) -> Layer:
        """This layer with what it leaves open settled by what it reads; `layout` is that of its first input."""
        return self

    def output(self, inputs: Shapes) -> Shape:
        """The output shape for these input shapes. Raises Misfit."""
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        """The output for inputs some of whose sizes are functions of one size n (`formulas/growth.py`), for every n that fits.

        None where nothing is known. To give an answer is to say that whatever fits, fits where its sizes are larger: its misfits
        are of sizes that are too small, or have nothing to do with n. May raise Unproven, or Misfit, where that is not so.
        """
        return inputs[0] if type(self).output is Layer.output else None

    @classmethod
    def sequences(cls) -> bool:
        """Whether two sizes in front of it are a sequence T×F, and one the length of a text, rather than an image."""
        return cls.indices or cls.reads == "tokens"

    def axes(self, before: str) -> str:
        """Which way round the axes of a rank-2 output surely are, from what is known of the input; "" where nobody can tell."""
        return self.layout or before

    def leaving(self, arriving: Sequence[Arriving], output: Shape) -> Arriving:
        """What its output is for the layers that read it."""
        before = arriving[0].axes if arriving else ""
        return Arriving(output, self.axes(before), not self.moves or any(a.computed for a in arriving))

    def remark(self, arriving: Sequence[Arriving]) -> str:
        """What has to be said aloud of what arrives, empty where there is nothing.

        Raises Misfit where these values, whatever their shape, cannot be read.
        """
        first = arriving[0]
        if not self.reads or not first.axes or first.axes == self.reads or len(first.shape) != 2:
            return ""
        names = {"tokens": ("steps", "features"), "channels": ("channels", "positions")}
        (rows, columns), (meant, along) = names[first.axes], names[self.reads]
        many, each = map(int, first.shape)
        taken = f"the {many} {rows} that arrive are taken for {meant}, and the {each} {columns} of each for {along}"
        return f"{taken}; `permute 2x1` in front turns them round"

    def weights(self, inputs: Shapes) -> list[Weight]:
        """The tensors this layer holds."""
        return []

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        """What one forward pass does."""
        return NOTHING

    def windows(self, inputs: Shapes, output: Shape) -> tuple[tuple[int, ...], ...]:
        """W, K, P, S, O, D of every axis along which windows may meet padding zeros; none where nothing is padded."""
        return ()

    def products_inside(self, inputs: Shapes, output: Shape, taps: Shape | None = None) -> int:
        """The products less those with a padding zero. `taps` are the (window, tap) pairs inside along each axis, if known."""
        return self.operations(inputs, output).products

    def operations_inside(self, inputs: Shapes, output: Shape) -> Operations:
        """The operations less the products with a padding zero, and the additions that would have added them."""
        return dataclasses.replace(self.operations(inputs, output), products=self.products_inside(inputs, output))

    def workspace(self, inputs: Shapes, output: Shape) -> int:
        """Values this layer needs for itself while it runs, beside what it reads and puts out."""
        return 0

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        """What the backward pass needs of it in training, each tensor once; the layer's own weights apart."""
        return self.held

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        """Which positions of each input it looks at, axis by axis; None where that is not known, empty where it does not look."""
        from archcalc.layers.sight import alike

        return [alike(shape, output) for shape in inputs]

    def laid(self, inputs: Shapes) -> str:
        """In which order the output lies in memory, as `lies` says it."""
        return self.lies

    def shares(self, training: bool) -> bool:
        """Whether its output is the input's own memory, in training or at inference."""
        return self.view

    def beyond(self, inputs: Shapes, output: Shape) -> int:
        """Values of the tensor in memory of which the output is only a part, for one input; 0 where it is the whole."""
        return 0

    def once(self, inputs: Shapes) -> int:
        """How many of the products are done once for all inputs of a batch, since they depend on none of them."""
        return 0

    def products_of_inputs(self, inputs: Shapes, output: Shape) -> Shape:
        """How many of the products have a value of each input as a factor; the backward pass to that input repeats them."""
        return (self.operations(inputs, output).products,) * len(inputs)

    def products_of_weights(self, inputs: Shapes, output: Shape) -> int:
        """How many of the products have a weight as a factor; the backward pass to the weights repeats them."""
        return self.operations(inputs, output).products

    def equated(self, output: Shape) -> str:
        """The kind of its equations (`equations`) for an output of this shape."""
        return self.equations.format(rank=len(output) - 1)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        """The torch equivalent for these shapes."""
        raise NotImplementedError(self.kind)

    def unasked(self, inputs: Shapes) -> str:
        """Why torch cannot be asked about these inputs, which do not fit; empty where it can."""
        return ""

    def asked(self, inputs: Shapes) -> Call:
        """The torch equivalent as it is written, whatever arrives: what torch is asked where the layer does not fit."""
        given = getattr(self, "input", None)
        if given is not None:
            first = list(inputs[0])
            first[self.stated] = given
            inputs = (tuple(first), *inputs[1:])
        return self._asked(inputs)

    def _asked(self, inputs: Shapes) -> Call:
        """The same for inputs of the sizes stated."""
        return self.torch(inputs, inputs[0])

    def expression(self, names: Sequence[str]) -> str | None:
        """What it makes of these values, written in Python; None where it is a module."""
        return None

    def __str__(self) -> str:
        return written(self)


def settings_of(cls: type[Layer]) -> dict[str, tuple[dataclasses.Field[Any], Setting]]:
    """The settings of a layer class by field name, in order."""
    return {f.name: (f, f.metadata["setting"]) for f in dataclasses.fields(cls)}


def written(layer: Layer) -> str:
    """The layer as one line of the notation; settings at their default are left out, but for the first bare value."""
    words = [layer.kind]
    for name, (field, made) in settings_of(type(layer)).items():
        if name in ("input", "rank"):
            continue  # inferred from what comes in, and only checked when stated
        value = getattr(layer, name)
        sized = made.kind.per_axis
        text, default = kinds.text(value, sized=sized), kinds.text(field.default, sized=sized)
        # The first bare value is always written, so that no reader has to know that a pool's default is 2.
        if (value == field.default or (sized and text == default)) and not (value and name in layer.positional[:1]):
            continue
        flag = next((word for word, meant in made.flags.items() if meant == value), None)
        if name in layer.positional:
            words.append(text)
        elif flag:
            words.append(flag)
        elif made.letter and text[:1].isdecimal():
            words.append(made.letter + text)
        else:
            words.append(f"{name}={text}")
    return " ".join(words)


def dims(shape: Shape) -> str:
    """A shape as a person writes it: 6×28×28."""
    return "×".join(str(int(n)) for n in shape)


def per_axis(value: Size, rank: int, what: str) -> tuple[int, ...]:
    """A setting for every axis; one number stands for all. Raises Misfit where the number of axes is another."""
    if isinstance(value, int):
        return (value,) * rank
    if len(value) != rank:
        raise Misfit(f"{what} {dims(value)} has {len(value)} axes, the input has {rank}", f"{what} {dims(value[:1])}")
    return value


def short(sizes: tuple[Any, ...]) -> Any:
    """One number where it is the same on every axis: what torch reads alike, and people write."""
    return sizes[0] if len(set(sizes)) == 1 else sizes


def channels_first(inputs: Shapes, kind: str, most: int = 3) -> tuple[int, Shape]:
    """Channels and spatial sizes of a single input C×L, C×H×W or C×D×H×W. Raises Misfit."""
    shape = inputs[0]
    if not 2 <= len(shape) <= most + 1:
        wanted = ["C×L", "C×H×W", "C×D×H×W"][:most]
        example = "1x28x28" if len(shape) < 2 else "x".join(map(str, (*map(int, shape[:most]), -1)))
        repair = f"a reshape in front, as in `reshape {example}`"
        raise Misfit(f"{kind} needs an input {', '.join(wanted)}; this one is {dims(shape)}", repair)
    return shape[0], shape[1:]


def as_sequence(shape: Shape) -> str:
    """What stands in front of a layer that reads a sequence of vectors, and gets this."""
    if len(shape) < 2:
        return "an embedding in front"
    return f"`reshape {int(shape[0])}x-1` and `permute 2x1` in front"


def unchanged(inputs: Shapes, dimension: int = 0) -> Shape | None:
    """The first input as the output that it is (`Layer.grows`), for a layer that looks at the size of one dimension alone."""
    return inputs[0] if isinstance(inputs[0][dimension], int) else None


def check_in(given: int | None, actual: int, what: str) -> None:
    """Refuses a stated input size that is not the actual one."""
    if given is not None and given != actual:
        raise Misfit(f"{given} {what} stated, {int(actual)} arrive", f"in={int(actual)}")
