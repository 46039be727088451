"""What layers say of what arrives at them, and settings whose meaning differs from one framework to the next."""

from __future__ import annotations

import dataclasses
import math
import re
from itertools import product
from typing import Any

import pytest
from installed_torchvision import folder, models
from reference_data import net, one
from torch_or_skip import torch_or_skip

from archcalc import analyse, load
from archcalc.formulas.arithmetic import whole
from archcalc.layers import TABLE, kinds, layer_class
from archcalc.layers.base import Layer, settings_of
from archcalc.layers.conv import Conv
from archcalc.layers.frozen import Frozen
from archcalc.layers.kinds import Kind
from archcalc.layers.norm import LocalResponseNorm
from archcalc.layers.resample import Upsample
from archcalc.layers.transposed import ConvTranspose
from archcalc.notations.own.expand.values import resolve
from archcalc.notations.own.phrase.tokens import parse_value
from archcalc.text.faults import Misfit, SpecError, ValueFault

TURNED = "`permute 2x1` in front turns them round"


def remarks(input_: str, *layers: str) -> list[str]:
    """What is remarked, without the place."""
    return [note.partition(": ")[2] for note in net(input_, *layers).notes]


@pytest.mark.parametrize(
    ("input_", "layers", "said"),
    [
        ("80", ["embedding 2000 100", "conv 128 k3"], "the 80 steps that arrive are taken for channels, and the 100 features"),
        ("80", ["embedding 2000 100", "relu", "globalavgpool"], "the 80 steps that arrive are taken for channels"),
        ("50x64", ["lstm 32", "bn"], "the 50 steps that arrive are taken for channels, and the 32 features"),
        ("50x64", ["attention 8", "groupnorm 2"], "the 50 steps that arrive are taken for channels"),
        ("16x100", ["conv 32 k5", "lstm 8"], "the 32 channels that arrive are taken for steps, and the 96 positions"),
        ("16x100", ["conv 32 k5", "relu", "attention 4"], "the 32 channels that arrive are taken for steps"),
        ("16x100", ["conv 32 k5", "layernorm"], "the 32 channels that arrive are taken for steps"),
        ("16x100", ["conv 32 k5", "softmax"], "the 32 channels that arrive are taken for steps"),
    ],
)
def test_axes_taken_for_others_are_said_aloud(input_: str, layers: list[str], said: str) -> None:
    """A layer that reads C×L after one that makes T×F, or the other way round: one note, at the layer, with what to type."""
    *before, last = layers
    known = set(net(input_, *before).notes)
    new = [note for note in net(input_, *layers).notes if note not in known]
    assert len(new) == 1
    assert said in new[0]
    assert new[0].endswith(TURNED)
    turned = net(input_, *before, "permute 2x1", last)
    assert [note for note in turned.notes if note not in known] == []


@pytest.mark.parametrize(
    ("input_", "layers"),
    [
        ("80", ["embedding 2000 100", "layernorm", "lstm 8", "fc 4", "attention 4", "softmax"]),
        ("1x28x28", ["conv 4 k3", "bn", "maxpool 2", "softmax", "layernorm over=3", "fc 10", "softmax", "bn"]),
        ("3x32x32", ["conv 8 k4 s4", "reshape 8x64", "permute 2x1", "classtoken", "attention 4", "slice 0 1", "fc 10"]),
        ("50x64", ["lstm 32 last", "bn", "fc 3"]),
        ("16x100", ["conv 32 k5", "layernorm over=2"]),
    ],
)
def test_nothing_is_said_where_the_axes_are_right(input_: str, layers: list[str]) -> None:
    """Sequences after sequences, maps after maps, and what was turned round or reshaped by its writer."""
    assert [note for note in net(input_, *layers).notes if "taken for" in note] == []


def test_what_repeats_is_remarked_once() -> None:
    """Layers with the same remark share a note, which names the first three."""
    (note,) = net("50x64", "lstm 32", "repeat: 4\n    layers: [bn, relu]").notes
    assert note.startswith("bn1, bn2, bn3 and others: the 50 steps")
    assert len(net("50x64", "lstm 32", "bn", "bn").notes) == 1


@pytest.mark.parametrize(
    ("input_", "layers"),
    [
        ("10", ["fc 20", "embedding 100 8"]),
        ("1x8x8", ["conv 4 k3", "flatten", "embedding 100 8"]),
        ("10", ["embedding 100 8", "embedding 50 4"]),
        ("10", ["fc 20", "flatten", "concat: [prev, input]", "embedding 9 3"]),
    ],
)
def test_an_embedding_takes_no_computed_values(input_: str, layers: list[str]) -> None:
    """Computed values are no indices: refused at the layer, as torch does, and what is advised works when typed."""
    torch_or_skip()
    from archcalc.pytorch.refusal import predicted_refusals

    text = f"input: {input_}\nlayers:\n" + "".join(f"- {layer}\n" for layer in layers)
    network = load(text)
    with pytest.raises(SpecError, match="looks up whole numbers") as raised:
        analyse(network)
    (fault,) = raised.value.faults
    assert fault.path.startswith("embedding")
    (verdict,) = predicted_refusals(network, raised.value, device="cpu")
    assert verdict.refused
    advice = fault.repairs[0].split("`")[1]
    assert net(input_, *layers[:-1], advice).rows[-1].output[-1] == int(advice.split()[1])


def test_an_embedding_takes_indices_that_were_moved_about() -> None:
    """Flattened, reshaped, cut: whole numbers stay whole."""
    for layers in (["flatten"], ["reshape 5x4"], ["permute 2x1"], ["dropout", "identity"], ["slice 0 2"], ["zeropad 1"]):
        assert net("4x5", *layers, "embedding 100 8").rows[-1].output[-1] == 8


def test_an_upsampling_to_a_size() -> None:
    """`size` is the output's size, as in torch; a factor is `scale`, and only one of the two is given."""
    assert one("4x9x8", "upsample: {size: [17, 19]}").output == (4, 17, 19)
    assert one("4x9x8", "upsample: {scale_factor: [2, 3]}").output == (4, 18, 24)
    assert one("4x9x8", "upsample").output == one("4x9x8", "upsample 2").output == (4, 18, 16)
    assert (str(Upsample(2)), str(Upsample(size=(17, 19)))) == ("upsample 2", "upsample size=17x19")
    with pytest.raises(ValueFault):
        Upsample(2, 17)
    assert remarks("4x9x8", "upsample size=2") == [
        "9×8 made smaller, to 2: `size` is the size of the output, as in torch; a factor is `scale`"
    ]
    assert remarks("4x9x8", "upsample size=9x8") == []


@pytest.mark.parametrize("layer", ["upsample size=17x19", "upsample size=20 mode=bilinear", "upsample 2x3 mode=bilinear"])
def test_torch_agrees_on_the_settings(layer: str) -> None:
    """The same sizes when torch runs it."""
    torch_or_skip()
    from archcalc.pytorch.verdict import check

    result = check(net("4x9x8", layer), device="cpu")
    assert result.total.verdict == "equal"
    assert [row.verdict for row in result.rows] == ["equal"]


def test_a_depth_radius_is_on_each_side() -> None:
    """TensorFlow's depth_radius=5 means 5 channels on each side and the one between: 11."""
    assert str(one("16x8x8", "lrn depth_radius=5").layer) == "lrn 11"
    assert str(one("16x8x8", "LRN: {radius: 0}").layer) == "lrn 1"
    assert str(one("16x8x8", "lrn local_size=5").layer) == str(one("16x8x8", "lrn").layer) == "lrn 5"
    assert str(LocalResponseNorm(11, 5)) == "lrn 11"
    with pytest.raises(ValueFault, match="5 channels and 3 on each side, which is 7"):
        LocalResponseNorm(5, 3)


def test_an_axis_kept_after_two_that_are_given() -> None:
    """`keep` stands anywhere in an adaptive size."""
    for written, output in (("7x3xkeep", (4, 7, 3, 6)), ("keepx3x2", (4, 9, 3, 2)), ("7xkeepxkeep", (4, 7, 8, 6))):
        assert one("4x9x8x6", f"adaptiveavgpool {written}").output == output
        assert one("4x9x8x6", f"adaptivemaxpool: {{out: [{written.replace('x', ', ')}]}}").output == output


def test_a_layer_written_once_may_fit_in_one_place_only() -> None:
    """The same line repeated: the first reads the input, the second what the first computed."""
    with pytest.raises(SpecError) as raised:
        net("10", "repeat: 2\n    layers: [embedding 9 3]")
    assert [fault.path for fault in raised.value.faults] == ["embedding2"]


# -- advice that works when typed ---------------------------------------------------------------------------------------


def refusal(layer: Layer, *inputs: tuple[int, ...]) -> Misfit:
    """What a layer says of inputs it does not take."""
    with pytest.raises(Misfit) as raised:
        layer.output(inputs)
    return raised.value


def test_the_padding_advised_for_same_with_a_stride() -> None:
    """It is Keras's: the least that gives ⌈W/S⌉ places to the window, the odd zero after; dilated kernels too."""

    def places(W: int, padding: int, span: int, S: int) -> int:
        return len(range(0, W + padding - span + 1, S))

    for W, K, S, D in product(range(1, 10), range(1, 5), (2, 3), (1, 2, 3)):
        span = D * (K - 1) + 1
        advice = refusal(Conv(2, K, stride=S, padding="same", dilation=D), (1, W)).repairs[0]
        before, after, wanted = map(int, re.fullmatch(r"p(\d+):(\d+) for (\d+), Keras's same", advice).groups())
        assert wanted == places(W, before + after, span, S) == -(-W // S)
        assert after - before in (0, 1)
        assert not before + after or places(W, before + after - 1, span, S) < wanted
        assert one(f"1x{W}", f"conv 2 k{K} s{S} d{D} p{before}:{after}").output == (2, wanted)


def test_what_a_transposed_convolution_advises() -> None:
    """The largest padding that leaves something, and the smallest kernel."""
    for W, K, S, P in product(range(1, 4), range(1, 4), (1, 2), range(1, 6)):
        if (W - 1) * S - 2 * P + K >= 1:
            continue
        padding, kernel = refusal(ConvTranspose(2, K, stride=S, padding=P), (1, W)).repairs
        p, k = int(padding.removeprefix("p")), int(kernel.removeprefix("kernel ≥ "))
        assert ConvTranspose(2, K, stride=S, padding=p).output(((1, W),))[1] >= 1
        refusal(ConvTranspose(2, K, stride=S, padding=p + 1), (1, W))
        assert ConvTranspose(2, k, stride=S, padding=P).output(((1, W),)) == (2, 1)
        refusal(ConvTranspose(2, k - 1, stride=S, padding=P), (1, W))


def test_what_a_window_that_does_not_fit_advises() -> None:
    """The largest kernel, the least padding and the least input that fit, and nothing that would not."""
    for W, K, P, D in product(range(1, 7), range(2, 7), range(3), (1, 2)):
        if D * (K - 1) + 1 <= W + 2 * P:
            continue
        misfit = refusal(Conv(2, K, padding=P, dilation=D), (1, W))
        kernel, padding = (int(text.rpartition(" ")[2]) for text in misfit.repairs)
        (least,) = misfit.least_input
        assert Conv(2, kernel, padding=P, dilation=D).output(((1, W),))
        refusal(Conv(2, kernel + 1, padding=P, dilation=D), (1, W))
        assert Conv(2, K, padding=padding, dilation=D).output(((1, W),))
        refusal(Conv(2, K, padding=padding - 1, dilation=D), (1, W))
        assert Conv(2, K, padding=P, dilation=D).output(((1, least),)) == (2, 1)
        refusal(Conv(2, K, padding=P, dilation=D), (1, least - 1))


def test_numbers_up_to_a_thousand_million() -> None:
    """The largest whole number of a setting is 10⁹, and the message says so."""
    assert kinds.count(10**9) == 10**9
    with pytest.raises(ValueFault, match="the most allowed is 1,000,000,000"):
        kinds.count(10**9 + 1)
    assert kinds.few(1000) == 1000
    with pytest.raises(ValueFault, match="the most allowed is 1,000"):
        kinds.few(1001)


def test_sequences_are_joined_along_their_features() -> None:
    """A concatenation of T×F is T×(F + F'); of maps, and where an axis is given, along that."""
    lstms = "branches: [[lstm 3], [lstm 5]]"
    assert net("7x4", lstms).rows[-1].output == (7, 8)
    assert net("7x4", "conv 2 k1", "branches: [[conv 3 k1], [conv 5 k1]]").rows[-1].output == (8, 4)
    assert net("7x4", "{id: a, lstm: 3}", "{id: b, lstm: 3}", "concat: {of: [a, b], axis: 0}").rows[-1].output == (14, 3)
    assert net("2x7x4", "{id: a, relu: }", "concat: [a, prev]").rows[-1].output == (4, 7, 4)


@pytest.mark.parametrize(
    ("line", "shape", "stated"),
    [
        ("fc 4 in=9", (7, 5), "in_features"),
        ("rnn 4 in=9", (7, 5), "input_size"),
        ("lstm 4 in=9", (7, 5), "input_size"),
        ("gru 4 in=9", (7, 5), "input_size"),
        ("attention 1 in=9", (7, 5), "embed_dim"),
        ("conv 4 k3 in=9", (7, 5), "in_channels"),
        ("bn in=9", (7, 5), "num_features"),
    ],
)
def test_torch_is_asked_with_the_size_that_is_stated(line: str, shape: tuple[int, ...], stated: str) -> None:
    """A stated input size is that of the dimension the layer reads: the last of a sequence, the first of a map."""
    with pytest.raises(SpecError) as raised:
        net("x".join(map(str, shape)), line)
    torch_or_skip()
    from archcalc.pytorch.refusal import predicted_refusals

    network = load(f"input: {'x'.join(map(str, shape))}\nlayers: [{line}]\n")
    assert network.nodes[0].layer.asked((shape,)).kwargs[stated] == 9
    (verdict,) = predicted_refusals(network, raised.value, device="cpu")
    assert verdict.refused


READERS = {id(made.kind): made.kind for kind in TABLE for _, made in settings_of(layer_class(kind)).values()}.values()
WRONG: list[Any] = [
    "word", None, (), (1, 2, 3, 4), (1,) * 9, 0, -1, 0.5, 3.7, 10**9 + 1, 10**30, float("nan"), float("inf"), True, (0, -2),
    ((1, 2, 3),), ((1, "a"), (0, 0)), ("same",), (-1, -1), "Nearest ", 1001,
]  # fmt: skip


def read(kind: Kind, value: Any) -> tuple[Any, ValueFault | None]:
    """What a kind makes of a value, or its fault."""
    try:
        return kind(value), None
    except ValueFault as fault:
        return None, fault


@pytest.mark.parametrize("kind", READERS, ids=lambda kind: kind.name)
def test_every_kind_of_value_refuses_with_what_to_type(kind: Kind) -> None:
    """Whatever is written, a value comes out, or a fault with something to type in its place; and that works."""
    for value in WRONG:
        _, fault = read(kind, value)
        if fault is not None:
            assert fault.repairs, (value, fault.message)
            advice = fault.repairs[0]
            typed = advice if kind.word(advice) or " " in advice else resolve(parse_value(advice), {})
            assert read(kind, typed)[1] is None or advice.startswith("a `zeropad` layer"), (value, advice)


@pytest.mark.parametrize(
    ("kind", "within", "beyond"),
    [
        (kinds.count, [1, 10**9], [0, -1, 10**9 + 1]),
        (kinds.few, [1, 1000], [0, 1001]),
        (kinds.number0, [0], [-1]),
        (kinds.axes, [1, (1, 2, 3)], [0, (1, 0), (), (1, 1, 1, 1)]),
        (kinds.axes0, [0, (0, 1)], [-1, (0, -1)]),
        (kinds.padding, [0, (0, 1), ((0, 1), (1, 0)), "same"], [-1, (0, -1), ((0, -1),), ((1, 2, 3),), "sam"]),
        (kinds.even_padding, [0, (0, 1)], ["same", ((0, 1),)]),
        (kinds.side_padding, [0, ((0, 1),)], ["same"]),
        (kinds.share, [0, 0.5, 1], [-0.01, 1.01]),
        (kinds.biases, [0, 1, 2, True, False], [3, -1, 0.5]),
        (kinds.flag, [True, False, 0, 1], [2, "no"]),
        (kinds.shape, [3, (1, 28, 28), (1,) * 8], [0, (1, -1), (1,) * 9]),
        (kinds.open_shape, [(-1, 2), -1], [(-1, -1), (0, 1)]),
        (kinds.adaptive, [1, ("keep", 3), (None, 1)], [0, "keep", (0, 1)]),
    ],
    ids=lambda case: case.name if isinstance(case, Kind) else "",
)
def test_the_bounds_of_a_kind_of_value(kind: Kind, within: list[Any], beyond: list[Any]) -> None:
    """The last value on each side that is taken, and the first that is not."""
    assert [value for value in within if read(kind, value)[1] is not None] == []
    assert [value for value in beyond if read(kind, value)[1] is None] == []


def test_whole_numbers_up_to_rounding() -> None:
    """0.1·30 and 0.29·100 are whole, though not in binary; 2.5 and what is near a whole number only to the eye are not."""
    assert [whole(x) for x in (0.1 * 30, 0.29 * 100, -0.29 * 100, 4, 2.5, 3.0001, math.inf, math.nan)] == [
        3, 29, -29, 4, None, None, None, None,
    ]  # fmt: skip


def test_a_stated_size_is_checked_on_both_sides() -> None:
    """Too few and too many are both refused, with the right number to type."""
    for stated in (2, 9):
        assert refusal(Conv(4, 3, input=stated), (5, 8, 8)).repairs == ("in=5",)
    assert Conv(4, 3, input=5).output(((5, 8, 8),)) == (4, 6, 6)


def test_an_output_padding_is_smaller_than_the_stride_or_the_dilation() -> None:
    """As torch has it: refused from the larger of the two on, with the largest that is taken."""
    for S, D, R in product((1, 2, 3), (1, 2, 3), range(5)):
        layer = ConvTranspose(2, 3, stride=S, dilation=D, output_padding=R)
        if max(S, D) > R:
            assert layer.output(((1, 4),)) == (2, 3 * S + 2 * D + R + 1)
        else:
            assert refusal(layer, (1, 4)).repairs == (f"op{max(S, D) - 1}",)


@pytest.mark.parametrize(
    ("input_", "layer", "output"),
    [
        ("7x5", "lstm 4 bidirectional last", (8,)),
        ("7x5", "gru 4 bidirectional", (7, 8)),
        ("7x5", "rnn 4 last", (4,)),
        ("7x5", "classtoken", (8, 5)),
        ("12", "reshape 4x-1", (4, 3)),
        ("4x6x6", "prelu 4", (4, 6, 6)),
        ("4x6x6", "slice 1 4", (3, 6, 6)),
        ("4x6x6", "crop 6", (4, 6, 6)),
    ],
)
def test_the_shape_that_goes_out(input_: str, layer: str, output: tuple[int, ...]) -> None:
    """Small shapes worked out by hand."""
    assert one(input_, layer).output == output


@pytest.mark.parametrize(
    ("input_", "layer"),
    [("12", "reshape 5x-1"), ("12", "reshape 5x2"), ("4x6x6", "prelu 3"), ("4x6x6", "slice 1 5"), ("4x6x6", "crop 7")],
)
def test_a_near_miss_is_refused(input_: str, layer: str) -> None:
    """One more, or one that does not divide."""
    with pytest.raises(SpecError):
        one(input_, layer)


def test_one_pair_of_sides_stands_for_every_axis() -> None:
    """`p1:2` pads every axis so."""
    assert one("2x6x6", "conv 3 k3 p1:2").output == (3, 7, 7)
    assert one("2x6x7", "zeropad 1:2").output == (2, 9, 10)


def test_an_input_of_two_embeddings_holds_indices_of_both() -> None:
    """The example input of a check stays below the smaller vocabulary."""
    torch_or_skip()
    network = net("5", "{id: a, from: input, embedding: 9 3}", "{id: b, from: input, embedding: 4 3}", "add: [a, b]").network
    assert network.integer_inputs() == {0: 4}


@pytest.mark.parametrize("kind", TABLE)
def test_a_layer_is_the_frozen_dataclass_that_the_standard_decorator_makes(kind: str) -> None:
    """Order and names of the settings, defaults, equality, hash and text are those of `dataclasses.dataclass(frozen=True)`."""
    cls = layer_class(kind)
    fields = dataclasses.fields(cls)
    plain = dataclasses.make_dataclass(
        cls.__qualname__, [(f.name, Any, dataclasses.field(default=f.default)) for f in fields], frozen=True
    )
    values = {f.name: i + 2 for i, f in enumerate(fields) if f.default is dataclasses.MISSING}
    layer, standard = cls(**values), plain(**values)
    if cls.__post_init__ is Frozen.__post_init__:
        assert repr(layer) == repr(standard)
        assert hash(layer) == hash(standard)
    assert layer == cls(*values.values()) == dataclasses.replace(layer)
    assert layer != standard
    if fields:
        with pytest.raises(TypeError):
            cls(*range(len(fields) + 1))
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(layer, fields[0].name, 1)
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(layer, fields[0].name)
    with pytest.raises(TypeError):
        cls(**values, nonsense=1)
    for name in values:
        with pytest.raises(TypeError):
            cls(**{k: v for k, v in values.items() if k != name})


def test_a_dimension_named_twice_is_refused_as_torch_refuses_it() -> None:
    """What to type names each once."""
    with pytest.raises(SpecError, match="a dimension is named twice") as raised:
        analyse(load("input: 8x4\nlayers: [reduce sum 2x2 keep]\n"))
    typed = raised.value.faults[0].repairs[0]
    assert analyse(load(f"input: 8x4\nlayers: [{typed}]\n")).rows[-1].output == (8, 1)


@pytest.mark.parametrize("line", ["conv 3 k1", "fc 3", "bn", "softmax", "lstm 3", "attention 1", "permute 1", "crop 2"])
def test_a_single_value_is_no_input_of_a_layer_that_reads_a_dimension(line: str) -> None:
    """What a reduction of everything leaves has no dimension: said at the layer, with what to type."""
    text = f"input: 8\nlayers:\n  - reduce mean\n  - {line}\n"
    with pytest.raises(SpecError) as caught:
        analyse(load(text))
    assert caught.value.faults[0].repairs


def test_a_slice_is_of_any_dimension() -> None:
    """From a start to an end, to the end, or one alone, whose dimension goes: as torch's indexing."""
    x = torch_like((4, 6, 8))
    for line, expected in (
        ("slice 1 3", x[1:3]),
        ("slice 2 axis=1", [row[2:] for row in x]),
        ("slice 0 5 dim=2", [[values[0:5] for values in row] for row in x]),
        ("slice first", x[0]),
        ("slice last axis=1", [row[-1] for row in x]),
        ("slice only=3 axis=2", [[values[3] for values in row] for row in x]),
    ):
        assert one("4x6x8", line).output == shape_of(expected), line
    for line, why in (
        ("slice", "not said"),
        ("slice 3 2", "are not in"),
        ("slice only=6 axis=1", "among the 6"),
        ("slice last axis=3", "no dimension 3"),
    ):
        with pytest.raises(SpecError, match=why):
            one("4x6x8", line)
    with pytest.raises(SpecError, match="one of them"):
        one("4x6x8", "slice 0 2 last")


def torch_like(shape: tuple[int, ...]) -> list[Any]:
    """Nested lists of that shape."""
    return [torch_like(shape[1:]) if shape[1:] else 0 for _ in range(shape[0])]


def shape_of(nested: Any) -> tuple[int, ...]:
    """The shape of nested lists."""
    return (len(nested), *shape_of(nested[0])) if isinstance(nested, list) else ()


def test_split_deals_out_the_channels() -> None:
    """Each path reads its part, of the features of a sequence too; what cannot be dealt out evenly is refused."""
    assert [str(row.layer) for row in net("6x4x4", "split: [[], [conv 5 k1], []]").rows[:4]] == [
        "slice 0 2", "slice 2 4", "conv 5 k1", "slice 4 6",
    ]  # fmt: skip
    rows = net("7x6", "{split: [[], [fc 5]], join: concat}").rows
    assert [row.output for row in rows] == [(7, 3), (7, 3), (7, 5), (7, 8)]
    with pytest.raises(SpecError, match="6 channels cannot be split among 4 paths"):
        net("6x4x4", "split: [[], [], [], []]")


def test_a_table_of_positions_is_longer_than_the_input() -> None:
    """All of the table counts as parameters; an input longer than the table is refused."""
    assert one("12x8", "positions 512").params == 512 * 8
    assert one("12x8", "positions").params == 12 * 8
    with pytest.raises(SpecError, match="12 positions arrive, the table has 10"):
        one("12x8", "positions 10")


def test_same_and_causal_padding() -> None:
    """A pool with `same` has as many windows as strides fit in; causal padding keeps the length of a sequence."""
    for size in range(1, 12):
        for kernel in (1, 2, 3, 5):
            for stride in (1, 2, 3):
                assert one(f"2x{size}x7", f"maxpool {kernel} s{stride} same").output == (2, -(-size // stride), -(-7 // stride))
    for dilation in (1, 2, 4):
        assert net("2x9", "zeropad 0", f"conv 3 k3 causal d{dilation}").rows[-1].output == (3, 9)
    with pytest.raises(SpecError, match="causal padding is of one axis"):
        one("2x9x9", "conv 3 k3 causal")


def test_an_upsampling_to_the_size_of_another() -> None:
    """Only the size of the second map is taken; a factor beside it is refused."""
    text = "inputs: {small: 3x4x5, like: 7x9x11}\nlayers:\n  - {SAID}\n"
    made = analyse(load(text.replace("{SAID}", "{upsample: [small, like]}")))
    assert made.rows[-1].output == (3, 9, 11)
    with pytest.raises(SpecError, match="a scale is stated, and a second map"):
        analyse(load(text.replace("{SAID}", "{from: [small, like], upsample: 2}")))


SWIN = """
input: 3x224x224
blocks:
  swin:
    args: {heads: required, shift: 0, width: cin}
    layers:
      - residual:
          - {id: map, layernorm: channels}
          - roll 0x-shiftx-shift
          - partition 7
          - attention heads relative=7
          - unpartition: [prev, map]
          - roll 0xshiftxshift
      - residual: [layernorm channels, conv 4*width k1 gelu, conv width k1]
  merge: [pixelunshuffle 2, layernorm channels, conv cin//2 k1 nobias]
layers:
  - conv 96 k4 s4
  - layernorm channels
  - {repeat: 1, layers: [swin 3, swin 3 shift=3]}
  - merge
  - {repeat: 1, layers: [swin 6, swin 6 shift=3]}
  - merge
  - {repeat: 3, layers: [swin 12, swin 12 shift=3]}
  - merge
  - {repeat: 1, layers: [swin 24, swin 24]}
  - layernorm channels
  - globalavgpool
  - fc 1000
"""


def test_windows_of_a_map_and_their_attention_make_a_swin_transformer() -> None:
    """Swin-T as published with torchvision's weights: 28,288,354 parameters, 4.49 GFLOPS (multiplications with additions)."""
    totals = analyse(load(SWIN)).totals
    assert totals.params == 28_288_354
    assert round(totals.multiplies / 1e9, 2) == 4.49


def test_a_partition_holds_every_position_once_and_is_put_together_again() -> None:
    """Windows lie side by side, filled up with zeros; of a grid, one position from each cell. The way back gives the map."""
    torch = torch_or_skip()
    from archcalc.pytorch.support import Partition, Unpartition

    x = torch.arange(1.0, 1 + 2 * 5 * 6).reshape(1, 2, 5, 6)
    for grid in (False, True):
        windows = Partition((2, 3), grid)(x)
        assert windows.shape[1:] == one("2x5x6", f"partition 2x3{' grid' * grid}").output == (6, 6, 2)
        assert windows.sum() == x.sum()
        assert torch.equal(Unpartition((2, 3), grid)(windows, x), x)
    # The second window of the first row, and the first of a grid: every second row, every second column.
    assert Partition((2, 3))(x)[0, 1, :, 0].tolist() == [4, 5, 6, 10, 11, 12]
    assert Partition((2, 3), True)(x)[0, 0, :, 0].tolist() == [1, 3, 5, 19, 21, 23]


def test_attention_with_a_bias_for_distances_is_its_definition() -> None:
    """softmax(QKᵀ/√d + B)·V, B of the row of the table for the distance of two positions; and what is masked has no share."""
    torch = torch_or_skip()
    from archcalc.pytorch.support import WindowAttention

    torch.manual_seed(0)
    made = WindowAttention(4, 2, relative=(2, 3), causal=True).double()
    torch.nn.init.normal_(made.relative_positions)
    torch.nn.init.normal_(made.in_proj_bias)
    x = torch.randn(2, 3, 6, 4, dtype=torch.float64)
    found = made(x)
    places = [(i, j) for i in range(2) for j in range(3)]
    for b, n in product(range(2), range(3)):
        q, k, v = (x[b, n] @ made.in_proj_weight.T + made.in_proj_bias).split(4, 1)
        heads = []
        for h in range(2):
            at = slice(2 * h, 2 * h + 2)
            rows = []
            for i in range(6):
                scores = []
                for j in range(i + 1):  # no step looks at those behind it
                    (a, b_), (c, d) = places[i], places[j]
                    row = (a - c + 1) * 5 + (b_ - d + 2)
                    scores.append(q[i, at] @ k[j, at] / 2**0.5 + made.relative_positions[row, h])
                rows.append(torch.softmax(torch.stack(scores), 0) @ v[: i + 1, at])
            heads.append(torch.stack(rows))
        expected = torch.cat(heads, 1) @ made.out_proj.weight.T + made.out_proj.bias
        assert torch.allclose(found[b, n], expected)


def test_attention_by_cosines_is_its_definition() -> None:
    """softmax(s·cos(q, k) + B)·V, s = eˢ and at most 100; B = 16·σ(G(Δ)), G on sign(Δ)·log₂(1 + |Δ|)/3, Δ from −8 to 8."""
    torch = torch_or_skip()
    from archcalc.pytorch.support import WindowAttention

    torch.manual_seed(0)
    made = WindowAttention(4, 2, relative=(2, 3), cosine=True, cpb=5).double()
    made.distances = made.distances.double()
    for p in made.parameters():
        torch.nn.init.normal_(p)
    made.logit_scale.data[1] = 5.0  # e⁵ is 148
    x = torch.randn(2, 3, 6, 4, dtype=torch.float64)
    found = made(x)
    places = [(i, j) for i in range(2) for j in range(3)]

    def bias(h: int, one: tuple[int, int], other: tuple[int, int]) -> Any:
        apart = [8 * (a - b) / (size - 1) for a, b, size in zip(one, other, (2, 3), strict=True)]
        logs = torch.tensor([math.copysign(math.log2(1 + abs(d)) / 3, d) for d in apart], dtype=torch.float64)
        first, _, last = made.cpb_mlp
        units = torch.relu(first.weight @ logs + first.bias)
        return 16 * torch.sigmoid(last.weight[h] @ units)

    for b, n in product(range(2), range(3)):
        q, k, v = (x[b, n] @ made.in_proj_weight.T + made.in_proj_bias).split(4, 1)
        k = k - made.in_proj_bias[4:8]  # the keys have none
        heads = []
        for h, factor in enumerate((math.exp(made.logit_scale[0].item()), 100)):
            at = slice(2 * h, 2 * h + 2)
            rows = []
            for i in range(6):
                cosines = [q[i, at] @ k[j, at] / q[i, at].norm() / k[j, at].norm() for j in range(6)]
                scores = [factor * c + bias(h, places[i], places[j]) for j, c in enumerate(cosines)]
                rows.append(torch.softmax(torch.stack(scores), 0) @ v[:, at])
            heads.append(torch.stack(rows))
        expected = torch.cat(heads, 1) @ made.out_proj.weight.T + made.out_proj.bias
        assert torch.allclose(found[b, n], expected)


def test_attention_by_cosines_is_torchvisions() -> None:
    """Swin V2's module with the same weights, on one window without a shift: the same values."""
    torch = torch_or_skip()
    where = folder()
    if where is None:
        pytest.skip("torchvision is not installed")
    models(where)
    from torchvision.models.swin_transformer import ShiftedWindowAttentionV2

    from archcalc.pytorch.support import WindowAttention

    torch.manual_seed(0)
    ours, theirs = WindowAttention(6, 3, (4, 4), True, 512), ShiftedWindowAttentionV2(6, [4, 4], [0, 0], 3)
    for p in theirs.parameters():
        torch.nn.init.normal_(p, std=0.2)
    held = theirs.state_dict()
    called = {name: name.replace("in_proj_", "qkv.").replace("out_proj", "proj") for name in ours.state_dict()}
    ours.load_state_dict({name: held[other] for name, other in called.items()})
    x = torch.randn(2, 4, 4, 6)
    assert torch.allclose(ours(x.reshape(2, 1, 16, 6)).reshape(x.shape), theirs(x), atol=1e-6)


def test_what_a_batch_does_once_is_said() -> None:
    """The biases of distances, of our own layer and in torchvision's source, are those of the whole batch: as many of both."""
    line = "attention 2 relative=2 cosine cpb=4"
    text = f"input: 6x4x8\nlayers:\n  - {line}\n"
    assert analyse(load(text)).notes == ()
    once = 9 * (2 * 4 + 4 * 2)
    said = f"attn1: {once} multiplications are done once for the whole batch; here they count for each of its 3 inputs"
    assert analyse(load(text), batch=3).notes == (said,)
    torch_or_skip()
    from archcalc.pytorch import verdict

    assert verdict.check(analyse(load(text)), batch=3).tally["differs"] == 0
    if folder() is not None:
        ours = analyse(load("swin_v2_t"), batch=2).notes[-1].partition(": ")[2]
        theirs = analyse(load("torchvision.models.swin_transformer:swin_v2_t", input="3x256x256"), batch=2).notes[-1]
        assert ours.startswith("18,662,400 multiplications")
        assert theirs.partition(": ")[2] == ours


def test_what_attention_refuses() -> None:
    """Each sum of sizes that does not hold, with what to type."""
    for shape, line, why in (
        ("6x8", "attention 2 relative=7", "a window 7×7 has 49 positions; 6×8 arrives"),
        ("6x8", "attention 2 cpb=9", "9 units work the biases of distances out, in no window"),
        ("6x8", "attention 2 kdim=4", "keys of 4 stated, 6×8 arrives"),
        ("2x6x8", "attention 3", "3 heads do not divide an embedding of 8"),
        ("2x6x8", "unpartition", "reads 2 inputs"),
        ("6x8", "partition 2", "windows are of a map"),
    ):
        with pytest.raises(SpecError, match=why):
            one(shape, line)
    text = "inputs: {q: 5x8, k: 7x4, v: 6x4}\nlayers:\n  - {SAID}\n"
    for said, why in (
        ("{from: [q, k], attention: 2}", "queries 5×8 and keys 7×4 differ"),
        ("{from: [q, k], attention: 2 kdim=4}", "queries 5×8 and values 7×4 differ"),
        ("{from: [q, k, v], attention: 2 kdim=4 vdim=4}", "keys 7×4 and values 6×4 are not equally many"),
        ("{from: [q, k], attention: 2 kdim=4 vdim=4 causal}", "causal attention is of one sequence with itself"),
        ("{from: [q, k], attention: 2 kdim=4 vdim=4 cosine}", "attention by cosines is of one sequence with itself"),
    ):
        with pytest.raises(SpecError, match=why):
            analyse(load(text.replace("{SAID}", said)))
    assert analyse(load(text.replace("{SAID}", "{from: [q, k], attention: 2 kdim=4 vdim=4}"))).totals.params == 8 * (16 + 8) + 32


@pytest.mark.parametrize(
    ("shapes", "line", "why"),
    [
        ("q: 8x5x4, k: 3x7x4, v: 3x7x4", "dotattention: [q, k, v]", "do not go together"),
        ("a: 4x4, b: 4x4, c: 4x4", "combine: {op: sub, of: [a, b, c]}", "sub is of two inputs, 3 are given"),
        ("a: 3x8x8, b: 3x4x4", "crop: {size: 6, of: [a, b]}", "a size is stated, and a second map"),
        ("a: 8x4", "layernorm: {over: 2, shape: 4}", "over the last 2, and over the sizes 4"),
        ("a: 8x4", "rmsnorm: {over: 3, shape: 8x4}", "over the last 3, and over the sizes 8×4"),
        ("a: 8x4", "prelu 5 perchannel", "5 slopes, and one for each channel"),
        ("a: 8x4", "softmax axis=5", "try: axis=1"),
    ],
)
def test_what_is_said_twice_of_a_layer_is_refused(shapes: str, line: str, why: str) -> None:
    """One of the two would be passed over; the advice is what can be typed."""
    with pytest.raises(SpecError, match=why):
        analyse(load(f"inputs: {{{shapes}}}\nlayers:\n- {line if ':' not in line else f'{{{line}}}'}\n"))


@pytest.mark.parametrize(
    ("queries", "keys"), [((8,), (8,)), ((8,), (4,)), ((8,), (1,)), ((1,), (4,)), ((2, 6), (2, 3)), ((), ())]
)
def test_heads_of_queries_that_share_keys(queries: tuple[int, ...], keys: tuple[int, ...]) -> None:
    """As torch has it: sizes of 1 are repeated, and heads of keys that divide those of queries serve several of them."""
    torch = pytest.importorskip("torch")
    q, k, v = ((*queries, 5, 4), (*keys, 7, 4), (*keys, 7, 3))
    row = analyse(
        load(f"inputs: {dict(zip('qkv', map(list, (q, k, v)), strict=True))}\nlayers:\n- dotattention: [q, k, v]\n")
    ).rows[0]
    grouped = {"enable_gqa": True} if queries and queries[-1] > keys[-1] > 1 else {}
    made = torch.nn.functional.scaled_dot_product_attention(*(torch.zeros(2, *shape) for shape in (q, k, v)), **grouped)
    assert row.output == tuple(made.shape[1:])
    each = math.prod(row.output[:-2]) * 5 * 7
    assert (row.multiplies, row.operations.exponentials) == (each * (4 + 3), each)


@pytest.mark.parametrize(
    ("shape", "item", "output"),
    [
        ("5x8", "parameter: [8, 3]", (8, 3)),
        ("5x8", "reshape: [4, 10]", (4, 10)),
        ("5x8", "permute: [2, 1]", (8, 5)),
        ("3x5x8", "zeropad: [1, 2]", (3, 7, 12)),
        ("3x6x8", "maxpool: [3, 2]", (3, 2, 4)),
        ("3x6x8", "upsample: 2 bilinear", (3, 12, 16)),
        ("9", "embeddingbag: 10 4 max", (4,)),
        ("18x36", "fold: 6x6 k3 p1", (2, 6, 6)),
    ],
)
def test_a_list_is_a_size_an_axis_and_the_word_of_a_choice_stands_alone(shape: str, item: str, output: tuple[int, ...]) -> None:
    """Where a setting has a number an axis, or one of a few words."""
    assert net(shape, f"{{{item}}}").rows[-1].output == output


@pytest.mark.parametrize(
    ("item", "message", "repair"),
    [
        ("{conv: [8, 3]}", "conv takes one value, 2 are given", "conv: 8"),
        ("{upsample: [2, 2]}", "a list behind upsample names the layers it reads", "upsample: 2x2"),
        ("bilinear 3", "bilinear reads 2 inputs, one is given", "{from: [left, right], bilinear: 16}"),
        ("bottleneck 8 w4", "'w4' is no setting of bottleneck", "its arguments: mid, stride"),
    ],
)
def test_advice_beside_lists_and_blocks(item: str, message: str, repair: str) -> None:
    """What can be typed instead."""
    with pytest.raises(SpecError) as caught:
        net("4x8x8", item)
    assert message in str(caught.value)
    assert repair in str(caught.value)
