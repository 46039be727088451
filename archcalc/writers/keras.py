"""A network as functional Keras code, as Keras people write it: channels last, Keras's own layers, nothing else.

A map C×H×W is (H, W, C) there; a sequence T×F and a vector are as they are. Where a layer reads a map in our order (a dense layer
on its last axis, a reshape), a Permute stands in front of it. Every layer has as many parameters and puts out as much as ours;
what Keras has no layer for is refused by name. Source: Keras 3's documentation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from keyword import iskeyword
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from archcalc.analysis import analyse
from archcalc.layers.activation import ELU, LeakyReLU, PReLU, Softmax
from archcalc.layers.attention import Attention
from archcalc.layers.base import Layer, Shape, dims, per_axis
from archcalc.layers.conv import Conv, Depthwise
from archcalc.layers.linear import Dropout, Embedding, Linear, Permute
from archcalc.layers.merge import Concat
from archcalc.layers.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm
from archcalc.layers.pool import AvgPool, MaxPool
from archcalc.layers.recurrent import Recurrent
from archcalc.layers.resample import ChannelPad, ChannelShuffle, PixelShuffle, PixelUnshuffle, Slice, Upsample, ZeroPad
from archcalc.layers.transposed import ConvTranspose
from archcalc.layers.window import Sides, same_strided, sides
from archcalc.text.faults import Fault, SpecError

if TYPE_CHECKING:
    from archcalc.analysis import Analysis, Row
    from archcalc.network.nodes import Network

MOST_AXES = 3
MAXIMUM = "MaxPooling"
HEAD = "import keras\nfrom keras import layers\n"


class Lacking(Exception):
    """Keras has no layer for this; why."""


class Value(NamedTuple):
    """A value of the code: its variable, and whether its channels stand last there."""

    name: str
    last: bool


def write(network: Network) -> str:
    """The network as a Python file that needs Keras alone. Raises SpecError with every layer that Keras lacks."""
    return Writer(analyse(network)).text()


class Writer:
    """Writes one network."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.network = analysis.network
        self.lines: list[str] = []
        self.values: dict[int, Value] = {}
        self.used = {"x", "inputs", "layers", "keras", "model"}
        self.layer_names: set[str] = set()
        self.shared = {row.node.shares for row in analysis.rows if row.node.shares is not None}
        self.made: dict[int, list[str]] = {}
        self.remarks: dict[str, None] = {}
        readers: dict[int, list[int]] = {}
        for number, row in enumerate(analysis.rows):
            for i in row.node.inputs:
                readers.setdefault(i, []).append(number)
        self.readers = readers
        self._inputs()
        faults = [fault for number, row in enumerate(analysis.rows) if (fault := self._tried(number, row)) is not None]
        if faults:
            raise SpecError(faults[:20])

    def _tried(self, number: int, row: Row) -> Fault | None:
        """Writes a row; the fault of one that Keras cannot say."""
        try:
            self._row(number, row)
        except Lacking as lacking:
            self.values[number] = Value("x", len(row.output) > 2)
            return Fault(f"{row.path} ({row.layer}): {lacking}", row.node.span, repairs=["--to torch", "--to yaml"])
        return None

    # -- names --------------------------------------------------------------------------------------------------------

    def _variable(self, text: str) -> str:
        name = re.sub(r"\W", "_", text).strip("_").lower() or "value"
        name = f"x_{name}" if name[0].isdecimal() or iskeyword(name) else name
        found, count = name, 2
        while found in self.used:
            found, count = f"{name}_{count}", count + 1
        self.used.add(found)
        return found

    def _layer_name(self, path: str) -> str:
        name = re.sub(r"[^\w-]", "_", path)
        found, count = name, 2
        while found in self.layer_names:
            found, count = f"{name}_{count}", count + 1
        self.layer_names.add(found)
        return found

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _inputs(self) -> None:
        whole = self.network.integer_inputs()
        single = len(self.network.inputs) == 1
        for k, (name, shape) in enumerate(self.network.inputs.items()):
            first = [self.analysis.rows[r].layer for r in self.readers.get(-1 - k, [])]
            last = len(shape) > 2 or (len(shape) == 2 and any(layer.reads == "channels" for layer in first))
            variable = "inputs" if single else self._variable(name)
            kind = ', dtype="int32"' if k in whole else ""
            named = "" if single else f", name={_text(self._layer_name(name))}"
            self.lines.append(f"{variable} = keras.Input({turned(shape, last)}{named}{kind})")
            self.values[-1 - k] = Value(variable, last)

    def _row(self, number: int, row: Row) -> None:
        node = row.node
        if node.unrun is not None:
            raise Lacking("it is never run, and a model of Keras has only what runs")
        if node.times != 1:
            raise Lacking(f"it runs {node.times} times for one input")
        if node.tied:
            raise Lacking("it uses a weight of another layer as one of its own")
        maker = MAKERS.get(row.layer.kind)
        if maker is None:
            raise Lacking("Keras has no such layer")
        made = maker(row)
        values = [self._as(self.values[i], made.last, row, shape) for i, shape in zip(node.inputs, row.inputs, strict=True)]
        last = made.last if made.gives is None else made.gives
        if made.last is None and made.gives is None:
            last = values[0].last
            values = [self._as(v, last, row, s) for v, s in zip(values, row.inputs, strict=True)]
        calls = made.calls(bool(last)) if callable(made.calls) else list(made.calls)
        names = [value.name for value in values]
        comment = turned(row.output, bool(last))
        target = self._target(number, row)
        if not calls:
            self.values[number] = values[0]
            return
        for k, call in enumerate(calls):
            final = k == len(calls) - 1
            given = names[0] if k else self._given(made, names)
            tensor = call.startswith("=")  # an expression on a tensor, no layer
            text = call[1:].format(given) if tensor else self._call(number, row, k, call, final, given)
            out = target if final else "x"
            self.lines.append(f"{out} = {text}" + (f"  # {comment}" if final else ""))
            names = [out]
        self.values[number] = Value(target, bool(last))
        for remark in made.remarks:
            self.remarks[remark] = None

    def _given(self, made: Made, names: list[str]) -> str:
        return ", ".join((names * 2)[: made.apart]) if made.apart else _listed(names)

    def _call(self, number: int, row: Row, k: int, call: str, final: bool, given: str) -> str:
        """The call of a layer on what it is given; shared ones are objects of their own."""
        shares = row.node.shares
        if shares is not None and shares in self.made and k < len(self.made[shares]):
            return f"{self.made[shares][k]}({given})"
        head, _, inside = call.partition("(")
        inside = inside.rsplit(")", 1)[0]
        named = f"name={_text(self._layer_name(row.path))}" if final else ""
        words = ", ".join(w for w in (inside, named) if w)
        layer = f"layers.{head}({words})"
        if number in self.shared:
            variable = self._variable(f"{row.path}_layer")
            self.made.setdefault(number, []).append(variable)
            self.lines.append(f"{variable} = {layer}")
            return f"{variable}({given})"
        return f"{layer}({given})"

    def _target(self, number: int, row: Row) -> str:
        """The variable of a value: x where only the next row reads it."""
        alone = self.readers.get(number, []) in ([number + 1], []) and number not in self.network.outputs[:-1]
        later = number in self.network.outputs and number != len(self.analysis.rows) - 1
        return "x" if alone and not later else self._variable(row.path)

    def _as(self, value: Value, last: bool | None, row: Row, shape: Shape) -> Value:
        """A value with its channels where a layer wants them."""
        if last is None or value.last == last or len(shape) < 2:
            return value
        order = (*range(2, len(shape) + 1), 1) if last else (len(shape), *range(1, len(shape)))
        name = self._variable(f"{value.name}_{'maps' if last else 'rows'}")
        self.lines.append(f"{name} = layers.Permute({order})({value.name})")
        return Value(name, last)

    # -- the text -----------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """The whole file."""
        network, totals = self.network, self.analysis.totals
        outputs = [self.values[i].name for i in network.outputs]
        ins = [self.values[-1 - k].name for k in range(len(network.inputs))]
        name = re.sub(r"[^\w-]", "_", network.name) or "model"
        shapes = ", ".join(f"{n} {dims(s)}" for n, s in network.inputs.items())
        doc = [f"{network.name}: {shapes}, channels last here.", ""]
        if network.origin:
            doc += [f"Source: {network.origin}", ""]
        doc += [f"{totals.params:,} parameters, {totals.multiplies:,} multiplications for one input."]
        doc += [f"{remark}." for remark in self.remarks]
        doc += ["Written by `archcalc export --to keras`."]
        said = "\n".join(doc).replace("\\", "\\\\").replace('"', "'")
        body = "\n".join(f"    {line}" for line in self.lines)
        made = f"{_listed(ins)}, {_listed(outputs)}, name={_text(name)}"
        return (
            f'"""{said}\n"""\n\n{HEAD}\n\ndef build():\n{body}\n    return keras.Model({made})\n\n\n'
            'if __name__ == "__main__":\n    model = build()\n    model.summary()\n'
        )


def turned(shape: Shape, last: bool) -> str:
    """A shape as Keras writes it, in its order."""
    sizes = (*shape[1:], shape[0]) if last and len(shape) > 1 else shape
    return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# -- layers -----------------------------------------------------------------------------------------------------------


class Made(NamedTuple):
    """The calls that stand for a layer, one on the other.

    `last` says whether it reads a map with its channels last (None: as it comes), `gives` whether it puts one out so (None: as it
    reads it). `apart` is for a layer that takes its values as arguments, so many of them; 0 is for a list of them.
    """

    calls: Sequence[str] | Callable[[bool], list[str]]
    last: bool | None = None
    gives: bool | None = None
    remarks: tuple[str, ...] = ()
    apart: int = 0


L = TypeVar("L", bound=Layer)


def the(cls: type[L], row: Row) -> L:
    """The layer of a row, which is of this class: makers are found by the kind."""
    assert isinstance(row.layer, cls)
    return row.layer


def _size(sizes: Sequence[int]) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else str(tuple(sizes))


def _rank(row: Row) -> int:
    rank = len(row.inputs[0]) - 1
    if not 1 <= rank <= MOST_AXES:
        raise Lacking(f"Keras has it for 1 to {MOST_AXES} axes, not {rank}")
    return rank


def _padding(pads: Sides, kernel: Shape, stride: Shape, dilation: Shape) -> tuple[list[str], str]:
    """The layer of zeros in front, and the word for the padding."""
    rank = len(pads)
    if not any(n for pair in pads for n in pair):
        return [], ""
    spans = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    same = all((p, q) == (s // 2, s - s // 2) for (p, q), s in zip(pads, spans, strict=True))
    if same and set(stride) == {1}:
        return [], 'padding="same"'
    return [_zeros(pads, rank)], ""


def _zeros(pads: Sides, rank: int) -> str:
    if len({n for pair in pads for n in pair}) == 1:
        return f"ZeroPadding{rank}D({pads[0][0]})"
    said = pads[0] if rank == 1 else tuple(p[0] if p[0] == p[1] else p for p in pads)
    if rank > 1 and not all(isinstance(p, int) for p in said):
        said = tuple(pads)
    return f"ZeroPadding{rank}D({said})"


def _words(*words: str) -> str:
    return ", ".join(word for word in words if word)


def conv(row: Row) -> Made:
    """Conv1D…3D; one filter a channel is DepthwiseConv where Keras has it."""
    layer = row.layer
    assert isinstance(layer, Conv | Depthwise)
    rank, channels = _rank(row), row.inputs[0][0]
    kernel = per_axis(layer.kernel, rank, "kernel")
    stride = per_axis(layer.stride, rank, "stride")
    dilation = per_axis(layer.dilation, rank, "dilation")
    if max(stride) > 1 and max(dilation) > 1:
        raise Lacking("Keras takes no stride together with a dilation")
    front, word = _padding(sides(layer.padding, kernel, dilation, rank), kernel, stride, dilation)
    beside = _words(
        f"strides={_size(stride)}" if max(stride) > 1 else "",
        word,
        f"dilation_rate={_size(dilation)}" if max(dilation) > 1 else "",
    )
    bias = _bias(layer.bias)
    groups, out = (channels, channels * layer.multiplier) if isinstance(layer, Depthwise) else (layer.groups, layer.out)
    if groups == channels > 1 and rank < 3 and len(set(stride)) == 1:
        many = f"depth_multiplier={out // channels}" if out != channels else ""
        return Made([*front, f"DepthwiseConv{rank}D({_words(_size(kernel), many, beside, bias)})"], True)
    grouped = f"groups={groups}" if groups > 1 else ""
    return Made([*front, f"Conv{rank}D({_words(str(out), _size(kernel), beside, grouped, bias)})"], True)


def transposed(row: Row) -> Made:
    """Conv1DTranspose…3D without padding, then cut to what torch leaves."""
    layer = the(ConvTranspose, row)
    rank = _rank(row)
    if layer.groups > 1:
        raise Lacking("Keras's transposed convolution has no groups")
    kernel, stride = per_axis(layer.kernel, rank, "kernel"), per_axis(layer.stride, rank, "stride")
    if max(per_axis(layer.dilation, rank, "dilation")) > 1:
        raise Lacking("Keras's transposed convolution takes no dilation here")
    padding = per_axis(layer.padding, rank, "padding")
    cuts = []
    for w, o, k, s, p in zip(row.inputs[0][1:], row.output[1:], kernel, stride, padding, strict=True):
        after = w * s + max(k - s, 0) - p - o
        if after < 0:
            raise Lacking("Keras's transposed convolution gives no output padding beyond its padding")
        cuts.append((p, after))
    words = _words(str(layer.out), _size(kernel), f"strides={_size(stride)}" if max(stride) > 1 else "", _bias(layer.bias))
    calls = [f"Conv{rank}DTranspose({words})"]
    if any(n for pair in cuts for n in pair):
        calls.append(_zeros(tuple(cuts), rank).replace("ZeroPadding", "Cropping"))
    return Made(calls, True)


def _bias(bias: bool) -> str:
    return "" if bias else "use_bias=False"


def pool(word: str) -> Callable[[Row], Made]:
    """MaxPooling or AveragePooling, with the zeros in front that a rounding up asks for."""

    def made(row: Row) -> Made:
        layer = row.layer
        assert isinstance(layer, MaxPool | AvgPool)
        rank = _rank(row)
        kernel = per_axis(layer.kernel, rank, "kernel")
        stride = kernel if layer.stride is None else per_axis(layer.stride, rank, "stride")
        if isinstance(layer, MaxPool) and max(per_axis(layer.dilation, rank, "dilation")) > 1:
            raise Lacking("Keras's pooling takes no dilation")
        pads = []
        same = layer.padding == "same"
        before = (
            same_strided(row.inputs[0][1:], kernel, stride, (1,) * rank)
            if same
            else sides(layer.padding, kernel, (1,) * rank, rank)
        )
        for w, o, k, s, (p, q) in zip(row.inputs[0][1:], row.output[1:], kernel, stride, before, strict=True):
            pads.append((p, max(q, (o - 1) * s + k - w - p)))
        if word == MAXIMUM and (found := _padding(tuple(pads), kernel, stride, (1,) * rank))[1]:
            return Made([f"{word}{rank}D({_words(_size(kernel), f'strides={_size(stride)}', found[1])})"], True)
        front = [_zeros(tuple(pads), rank)] if any(n for pair in pads for n in pair) else []
        words = _words(_size(kernel), "" if stride == kernel else f"strides={_size(stride)}")
        remarks = ("Zeros stand where torch's maximum pooling sees nothing",) if front and word == MAXIMUM else ()
        return Made([*front, f"{word}{rank}D({words})"], True, remarks=remarks)

    return made


def adaptive(word: str) -> Callable[[Row], Made]:
    """GlobalAveragePooling, an ordinary pooling where the size divides, AdaptiveAveragePooling otherwise."""

    def made(row: Row) -> Made:
        rank = _rank(row)
        size, out = row.inputs[0][1:], row.output[1:]
        if set(out) == {1}:
            return Made([f"Global{word}{rank}D(keepdims=True)"], True)
        if all(w % o == 0 for w, o in zip(size, out, strict=True)):
            return Made([f"{word}{rank}D({_size([w // o for w, o in zip(size, out, strict=True)])})"], True)
        return Made([f"Adaptive{word}{rank}D({_size(out)})"], True)

    return made


def dense(row: Row) -> Made:
    """Dense, on the last axis as ours."""
    layer = the(Linear, row)
    return Made([f"Dense({_words(str(layer.out), _bias(layer.bias))})"], False if len(row.inputs[0]) > 1 else None)


def flatten(row: Row) -> Made:
    """Flatten, in Keras's order of the values."""
    moved = len([n for n in row.inputs[0][1:] if n > 1]) > 0
    remark = "Flatten lays a map out in Keras's order (H, W, C): weights brought from elsewhere have to be reordered behind it"
    return Made(["Flatten()"], None, False, (remark,) if moved else ())


def own(call: Callable[[Row], str]) -> Callable[[Row], Made]:
    """A layer that reads and gives our own order."""
    return lambda row: Made([call(row)], False, False)


def plain(call: Callable[[Row], str]) -> Callable[[Row], Made]:
    """A layer to which the order is the same."""
    return lambda row: Made([call(row)])


def batchnorm(row: Row) -> Made:
    """BatchNormalization over the channels; torch's momentum of 0.1 is Keras's 0.9."""
    layer = the(BatchNorm, row)
    scale, shift = layer.affine and layer.scale, layer.affine and layer.shift
    words = _words("momentum=0.9", f"epsilon={layer.eps}", "" if shift else "center=False", "" if scale else "scale=False")
    return Made([f"BatchNormalization({words})"], len(row.inputs[0]) > 1 or None)


def layernorm(row: Row) -> Made:
    """LayerNormalization over the last dimensions."""
    layer = the(LayerNorm, row)
    over = len(layer.sizes(row.inputs))
    axis = -1 if over == 1 else list(range(-over, 0))
    words = _words(
        "" if over == 1 else f"axis={axis}",
        f"epsilon={layer.eps}",
        "" if layer.affine and layer.bias else "center=False",
        "" if layer.affine else "scale=False",
    )
    last = True if layer.channels else False if len(row.inputs[0]) > 1 else None
    return Made([f"LayerNormalization({words})"], last)


def rmsnorm(row: Row) -> Made:
    """RMSNormalization over the last dimension. Raises Lacking over others, and without its scale."""
    layer = the(RMSNorm, row)
    if len(layer.sizes(row.inputs)) != 1 or not layer.affine:
        raise Lacking("Keras's RMSNormalization is over the last dimension, and learns its scale")
    return Made([f"RMSNormalization(epsilon={layer.eps or 1e-7})"], False if len(row.inputs[0]) > 1 else None)


def groupnorm(row: Row) -> Made:
    """GroupNormalization; as many groups as channels are an instance normalisation."""
    layer = row.layer
    assert isinstance(layer, GroupNorm | InstanceNorm)
    groups = layer.groups if isinstance(layer, GroupNorm) else row.inputs[0][0]
    learned = ("" if layer.shift else "center=False") if layer.affine else "center=False, scale=False"
    words = _words(f"groups={groups}", f"epsilon={layer.eps}", learned)
    return Made([f"GroupNormalization({words})"], len(row.inputs[0]) > 1 or None)


def softmax(row: Row) -> Made:
    """Softmax over the dimension that ours sums over."""
    layer = the(Softmax, row)
    shape = row.output
    axis = layer.axis if layer.axis is not None else 0 if len(shape) >= 3 else len(shape) - 1
    log = row.layer.kind != "softmax"
    if axis == 0 and len(shape) > 1:
        return Made(['Activation("log_softmax")' if log else "Softmax()"], True)
    if log and axis != len(shape) - 1:
        raise Lacking("Keras's log-softmax is over the last axis")
    return Made(
        ['Activation("log_softmax")' if log else f"Softmax(axis={axis + 1})" if axis != len(shape) - 1 else "Softmax()"],
        False if len(shape) > 1 else None,
    )


def prelu(row: Row) -> Made:
    """PReLU with its slopes shared over every axis but the channels', or over all."""
    layer = the(PReLU, row)
    rank = len(row.inputs[0])
    many = sum(w.count for w in layer.weights(row.inputs))
    axes = list(range(1, rank + (many == 1)))
    return Made([f"PReLU({f'shared_axes={axes}' if axes else ''})"], rank > 1 or None)


def recurrent(word: str) -> Callable[[Row], Made]:
    """LSTM, GRU or SimpleRNN, one call a layer of the stack."""

    def made(row: Row) -> Made:
        layer = the(Recurrent, row)
        two = word == "GRU"
        if layer.biases == 2 and not two:
            raise Lacking(f"Keras's {word} has one bias a gate; `onebias` gives ours as many")
        if getattr(layer, "proj", 0):
            raise Lacking(f"Keras's {word} does not project its state; `proj 0` leaves ours as it is")
        calls = []
        for number in range(layer.layers):
            final = number == layer.layers - 1
            words = _words(
                str(layer.hidden),
                "" if final and layer.last else "return_sequences=True",
                "" if layer.biases else "use_bias=False",
                "reset_after=False" if two and layer.biases == 1 else "",
                f"dropout={layer.dropout}" if number and layer.dropout else "",
            )
            calls.append(f"Bidirectional(layers.{word}({words}))" if layer.bidirectional else f"{word}({words})")
        return Made(calls, False, False)

    return made


def attention(row: Row) -> Made:
    """MultiHeadAttention of a sequence with itself, or with a second one."""
    layer = the(Attention, row)
    width = row.inputs[0][-1]
    own = layer.relative is not None or layer.causal or layer.cosine
    if own or len(row.inputs) > 2 or len(row.inputs[0]) > 2 or layer.kdim or layer.vdim:
        raise Lacking(
            "Keras's MultiHeadAttention stands for a sequence with itself or one of its width, no mask, cosines or distances"
        )
    words = _words(
        f"{layer.heads}, {width // layer.heads}", _bias(layer.bias), f"dropout={layer.dropout}" if layer.dropout else ""
    )
    return Made([f"MultiHeadAttention({words})"], False, False, apart=2)


def merge(word: str) -> Callable[[Row], Made]:
    """Add or Multiply of shapes of one rank."""

    def made(row: Row) -> Made:
        if len(row.inputs) == 1:
            return Made(["Identity()"])
        if len({len(shape) for shape in row.inputs}) > 1:
            raise Lacking(f"Keras's {word} takes values of one rank")
        return Made([f"{word}()"])

    return made


def concat(row: Row) -> Made:
    """Concatenate, its axis where Keras has it."""
    layer = the(Concat, row)
    axis, rank = layer.axis or 0, len(row.output)

    def calls(last: bool) -> list[str]:
        at = axis + 1 if not last else rank if axis == 0 else axis
        return ["Concatenate()" if at == rank else f"Concatenate(axis={at})"]

    return Made(["Identity()"]) if len(row.inputs) == 1 else Made(calls)


def upsample(row: Row) -> Made:
    """UpSampling by a whole factor, Resizing of an image to a size."""
    layer = the(Upsample, row)
    rank = _rank(row)
    size, out = row.inputs[0][1:], row.output[1:]
    smooth = layer.mode != "nearest"
    whole = all(o % w == 0 for w, o in zip(size, out, strict=True))
    apart = int(len(row.inputs) > 1)  # of a second map only the size is asked
    if whole and not (smooth and rank != 2):
        words = _words(_size([o // w for w, o in zip(size, out, strict=True)]), 'interpolation="bilinear"' if smooth else "")
        return Made([f"UpSampling{rank}D({words})"], True, apart=apart)
    if rank == 2:
        words = _words(*map(str, out), "" if smooth else 'interpolation="nearest"')
        return Made([f"Resizing({words})"], True, apart=apart)
    raise Lacking("Keras enlarges maps of 1 and 3 axes by whole factors alone, without interpolation")


def zeropad(row: Row) -> Made:
    """ZeroPadding."""
    layer = the(ZeroPad, row)
    rank = _rank(row)
    return Made([_zeros(sides(layer.padding, (1,) * rank, (1,) * rank, rank), rank)], True)


def crop(row: Row) -> Made:
    """Cropping of the middle."""
    rank = _rank(row)
    cuts = []
    for w, o in zip(row.inputs[0][1:], row.output[1:], strict=True):
        cuts.append(((w - o) // 2, w - o - (w - o) // 2))
    call = _zeros(tuple(cuts), rank).replace("ZeroPadding", "Cropping")
    return Made([call if any(n for pair in cuts for n in pair) else "Identity()"], True, apart=1)


def rearranged(row: Row, *calls: str) -> Made:
    return Made(list(calls), True)


def shuffle(row: Row) -> Made:
    """A channel shuffle: the channels as a table, turned round."""
    layer = the(ChannelShuffle, row)
    channels, *size = row.inputs[0]
    g, n = layer.groups, len(size)
    order = (*range(1, n + 1), n + 2, n + 1)
    return rearranged(row, f"Reshape({(*size, g, channels // g)})", f"Permute({order})", f"Reshape({(*size, channels)})")


def pixelshuffle(row: Row) -> Made:
    """r·r maps become one that is r times as large: depth to space."""
    layer = the(PixelShuffle, row)
    (_, *size), (out, *large), r = row.inputs[0], row.output, layer.factor
    n = len(size)
    order = tuple(x for i in range(n) for x in (i + 1, n + 2 + i))
    return rearranged(row, f"Reshape({(*size, out, *(r,) * n)})", f"Permute({(*order, n + 1)})", f"Reshape({(*large, out)})")


def pixelunshuffle(row: Row) -> Made:
    """The other way round: space to depth."""
    layer = the(PixelUnshuffle, row)
    (channels, *size), (out, *small), r = row.inputs[0], row.output, layer.factor
    if any(n % r for n in size):
        raise Lacking("Keras has no layer that fills a map up where a factor does not divide it")
    n = len(small)
    split = tuple(x for w in small for x in (w, r))
    order = (*range(1, 2 * n, 2), 2 * n + 1, *range(2, 2 * n + 1, 2))
    return rearranged(row, f"Reshape({(*split, channels)})", f"Permute({order})", f"Reshape({(*small, out)})")


def sliced(row: Row) -> Made:
    """Some of the channels."""
    layer = the(Slice, row)
    if layer.axis or layer.only is not None:
        raise Lacking("Keras has no layer for a part of another dimension than the channels")
    part = f"{layer.start}:{row.inputs[0][0] if layer.end is None else layer.end}"
    return Made([f"={{}}[..., {part}]"], len(row.inputs[0]) > 1 or None)


def channelpad(row: Row) -> Made:
    """Channels of zeros, before and behind."""
    layer = the(ChannelPad, row)
    rank = len(row.inputs[0])
    zeros = "[0, 0], " * rank
    return Made([f"=keras.ops.pad({{}}, [{zeros}[{layer.before}, {layer.after}]])"], rank > 1 or None)


def said(name: str) -> Callable[[Row], Made]:
    """An activation by its name."""
    return plain(lambda row: f"Activation({_text(name)})")


def at_rest(name: str, **settings: float) -> Callable[[Row], Made]:
    """An activation by its name, which says it with these settings alone. Raises Lacking with others."""

    def made(row: Row) -> Made:
        for setting, value in settings.items():
            if getattr(row.layer, setting) != value:
                raise Lacking(f"Keras's {name} has {setting} {value:g} alone")
        return said(name)(row)

    return made


MAKERS: dict[str, Callable[[Row], Made]] = {
    "conv": conv,
    "depthwise": conv,
    "convtranspose": transposed,
    "maxpool": pool(MAXIMUM),
    "avgpool": pool("AveragePooling"),
    "adaptiveavgpool": adaptive("AveragePooling"),
    "adaptivemaxpool": adaptive(MAXIMUM),
    "fc": dense,
    "flatten": flatten,
    "reshape": own(lambda row: f"Reshape({turned(row.output, False)})"),
    "permute": own(lambda row: f"Permute({turned(the(Permute, row).order, False)})"),
    "dropout": plain(lambda row: f"Dropout({the(Dropout, row).p})"),
    "identity": plain(lambda row: "Identity()"),
    "embedding": own(lambda row: "Embedding({0.num}, {0.dim})".format(the(Embedding, row))),
    "bn": batchnorm,
    "layernorm": layernorm,
    "groupnorm": groupnorm,
    "instancenorm": groupnorm,
    "relu": plain(lambda row: "ReLU()"),
    "relu6": plain(lambda row: "ReLU(max_value=6)"),
    "leakyrelu": plain(lambda row: f"LeakyReLU(negative_slope={the(LeakyReLU, row).slope})"),
    "prelu": prelu,
    "elu": plain(lambda row: f"ELU({the(ELU, row).alpha})"),
    "selu": said("selu"),
    "softsign": said("softsign"),
    "logsigmoid": said("log_sigmoid"),
    "celu": at_rest("celu", alpha=1.0),
    "hardtanh": at_rest("hard_tanh", low=-1.0, high=1.0),
    "rmsnorm": rmsnorm,
    "gelu": said("gelu"),
    "sigmoid": said("sigmoid"),
    "tanh": said("tanh"),
    "silu": said("silu"),
    "hardsigmoid": said("hard_sigmoid"),
    "hardswish": said("hard_silu"),
    "mish": said("mish"),
    "softplus": said("softplus"),
    "softmax": softmax,
    "logsoftmax": softmax,
    "rnn": recurrent("SimpleRNN"),
    "lstm": recurrent("LSTM"),
    "gru": recurrent("GRU"),
    "attention": attention,
    "add": merge("Add"),
    "mul": merge("Multiply"),
    "concat": concat,
    "upsample": upsample,
    "zeropad": zeropad,
    "crop": crop,
    "channelshuffle": shuffle,
    "pixelshuffle": pixelshuffle,
    "pixelunshuffle": pixelunshuffle,
    "slice": sliced,
    "channelpad": channelpad,
}
