"""One line of the notation: what textbooks, papers and frameworks write, and what each line means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc.layers import KINDS, TABLE, kinds, layer_class
from archcalc.layers.base import settings_of
from archcalc.notations.own.expand.values import resolve
from archcalc.notations.own.phrase import Lexicon, PhraseFault, layer_form, parse_value
from archcalc.text.faults import SpecError

LEXICON = Lexicon(frozenset(["width"]), lambda name: None, lambda: iter(()))


def meaning(line: str) -> list[tuple[str, dict[str, Any]]]:
    """Each layer of a line with what is set for it."""
    return [(p.form.word, {g.slot.name: g.value for g in p.givens}) for p in LEXICON.parse(line)]


def conv(out: Any, kernel: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    return ("conv", {"out": out, "kernel": kernel, **more})


FIVE, THREE, SEVEN, ELEVEN, TWO, ONE = (5, 5), (3, 3), (7, 7), (11, 11), (2, 2), (1, 1)
RELU: tuple[str, dict[str, Any]] = ("relu", {})

LINES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    # Dive into Deep Learning's figures
    "5 x 5 Conv (6), pad 2": [conv(6, FIVE, padding=2)],
    "5 × 5 Conv (6), pad 2": [conv(6, FIVE, padding=2)],
    "2 × 2 AvgPool, stride 2": [("avgpool", {"kernel": TWO, "stride": 2})],
    "3 × 3 MaxPool stride 2": [("maxpool", {"kernel": THREE, "stride": 2})],
    "11 × 11 Conv (96) stride 4": [conv(96, ELEVEN, stride=4)],
    "FC (120)": [("fc", {"out": 120})],
    "Global AvgPool": [("adaptiveavgpool", {})],
    "1 × 1 Conv (10)": [conv(10, ONE)],
    # VGG's and ResNet's tables
    "conv3-64": [conv(64, 3)],
    "conv1-256": [conv(256, 1)],
    "maxpool": [("maxpool", {})],
    "FC-4096": [("fc", {"out": 4096})],
    "soft-max": [("softmax", {})],
    "3x3 conv, 64": [conv(64, THREE)],
    "3x3 conv, 128, /2": [conv(128, THREE, stride=2)],
    "7x7 conv, 64, /2": [conv(64, SEVEN, stride=2)],
    "conv 7x7/2, 64": [conv(64, SEVEN, stride=2)],
    "3×3 max pool, stride 2": [("maxpool", {"kernel": THREE, "stride": 2})],
    "3x3/2 max pool": [("maxpool", {"kernel": THREE, "stride": 2})],
    "pool / 2": [("maxpool", {"stride": 2})],
    "1000-d fc": [("fc", {"out": 1000})],
    # lecture notes' letters: K filters of size F
    "conv K=10, F=5": [conv(10, 5)],
    "conv F=5, K=10, S=2": [conv(10, 5, stride=2)],
    # sentences
    "conv layer with 32 5x5 filters": [conv(32, FIVE)],
    "32 5x5 filters": [conv(32, FIVE)],
    "64@5x5": [conv(64, FIVE)],
    "5×5 convolution with 6 filters, stride 1 and padding 2": [conv(6, FIVE, stride=1, padding=2)],
    "convolution: 64 filters of size 5x5, stride 1, pad 2": [conv(64, FIVE, stride=1, padding=2)],
    "conv 6, kernel size: 5, stride: 2": [conv(6, 5, stride=2)],
    "conv 64 output channels 3x3": [conv(64, THREE)],
    "stride-2 3x3 conv, 64": [conv(64, THREE, stride=2)],
    "conv 64 3x3, zero-padding 1": [conv(64, THREE, padding=1)],
    "conv 64 3x3, zero padding 1": [conv(64, THREE, padding=1)],
    "conv 64 3x3, no padding": [conv(64, THREE, padding=0)],
    "Conv 6 5×5 same padding": [conv(6, FIVE, padding="same")],
    "conv 64 3x3, no bias": [conv(64, THREE, bias=False)],
    "conv 64 3x3 without bias": [conv(64, THREE, bias=False)],
    "Conv (3→64), 3x3": [conv(64, THREE, input=3)],
    "Linear (120 → 84)": [("fc", {"out": 84, "input": 120})],
    "Fully connected, 4096 units, ReLU": [("fc", {"out": 4096}), RELU],
    "fully-connected layer 4096": [("fc", {"out": 4096})],
    "FC (84), sigmoid activation": [("fc", {"out": 84}), ("sigmoid", {})],
    "FC (84, sigmoid)": [("fc", {"out": 84}), ("sigmoid", {})],
    "FC (4096) + ReLU": [("fc", {"out": 4096}), RELU],
    "fc 4096 -> relu -> dropout 50%": [("fc", {"out": 4096}), RELU, ("dropout", {"p": 0.5})],
    "FC4096": [("fc", {"out": 4096})],
    "FC-4096-ReLU": [("fc", {"out": 4096}), RELU],
    "3x3 Conv-BN-ReLU (64)": [conv(64, THREE), ("bn", {}), RELU],
    "conv 64 3x3, batch norm, leaky ReLU": [conv(64, THREE), ("bn", {}), ("leakyrelu", {})],
    "max pooling layer 2x2 with stride 2": [("maxpool", {"kernel": TWO, "stride": 2})],
    "depthwise conv 3x3": [("depthwise", {"kernel": THREE})],
    "Conv dw 3x3, s2": [("depthwise", {"kernel": THREE, "stride": 2})],
    "Deconv 4x4 (64) stride 2": [("convtranspose", {"out": 64, "kernel": (4, 4), "stride": 2})],
    "3D convolution 3x3x3, 64": [conv(64, (3, 3, 3))],
    "2-layer LSTM, 128 units": [("lstm", {"hidden": 128, "layers": 2})],
    "LSTM, 2 layers, 128 hidden units": [("lstm", {"hidden": 128, "layers": 2})],
    "bidirectional LSTM (128)": [("lstm", {"hidden": 128, "bidirectional": True})],
    "8-head attention": [("attention", {"heads": 8})],
    "Multi-head attention, 8 heads": [("attention", {"heads": 8})],
    # frameworks' calls
    "Conv2D(32, (3, 3), activation='relu', padding='same')": [conv(32, THREE, padding="same"), RELU],
    "Dense(10, activation='softmax')": [("fc", {"out": 10}), ("softmax", {})],
    "Dense(10, activation=None)": [("fc", {"out": 10})],
    "MaxPool(2, 2)": [("maxpool", {"kernel": TWO})],
    # figures from elsewhere
    "5×5 Conv（6），pad 2": [conv(6, FIVE, padding=2)],
    "5\u00a0×\u00a05 Conv. (6)": [conv(6, FIVE)],
    "5x5conv, 6": [conv(6, FIVE)],
    "5 X 5 conv, 6": [conv(6, FIVE)],
    # the notation's own
    "conv 64 k3 s2 p1 d2 g32 nobias bn relu": [
        conv(64, 3, stride=2, padding=1, dilation=2, groups=32, bias=False),
        ("bn", {}),
        RELU,
    ],
    "conv 32*width k3x5 p1x0": [conv("32*width", (3, 5), padding=(1, 0))],
    "conv max(8, 3) k3": [conv("max(8, 3)", 3)],
    "lstm 256 layers 2": [("lstm", {"hidden": 256, "layers": 2})],
    "zeropad 0:1x0:1": [("zeropad", {"padding": ((0, 1), (0, 1))})],
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_means_what_its_author_meant(line: str) -> None:
    """Wording, order, signs and brackets vary; the layer and its settings do not."""
    assert meaning(line) == LINES[line]


@pytest.mark.parametrize("kind", TABLE)
def test_every_name_of_a_layer_is_the_layer(kind: str) -> None:
    """Every name in the table, in any case and with spaces, dashes or underscores, names the same kind."""
    for name in (n for n, k in KINDS.items() if k == kind):
        for written in (name, name.upper(), name.capitalize()):
            form = LEXICON.find(written)
            assert form is not None
            assert form.word == kind


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("max pooling 2", "maxpool"),
        ("Max-Pooling 2", "maxpool"),
        ("max_pooling_2d 2", "maxpool"),
        ("Global average pooling", "adaptiveavgpool"),
        ("batch normalization", "bn"),
        ("local response normalization", "lrn"),
        ("fully connected 3", "fc"),
        ("inner product 3", "fc"),
        ("transposed convolution 3 k2", "convtranspose"),
        ("2D average pooling 2", "avgpool"),
        ("hard swish", "hardswish"),
    ],
)
def test_names_of_several_words(line: str, kind: str) -> None:
    """A name may be written as one word or as several."""
    assert meaning(line)[0][0] == kind


@pytest.mark.parametrize("kind", TABLE)
def test_every_setting_is_found_by_every_alias(kind: str) -> None:
    """A setting is given by its own name, each alias, its letter and each flag."""
    form = layer_form(kind)
    for name, (_, made) in settings_of(layer_class(kind)).items():
        for alias in (name, *made.aliases):
            ((_, given),) = meaning(f"{kind} {alias}=3")
            assert given == {name: made.kind(3) if made.kind is kinds.words else 3}
        if made.letter:
            assert meaning(f"{kind} {made.letter}3")[0][1] == {name: 3}
        for flag, value in made.flags.items():
            assert meaning(f"{kind} {flag}")[0][1] == {name: value}
    assert {slot.name for slot in form.all_slots()} == set(settings_of(layer_class(kind)))


@pytest.mark.parametrize(
    ("line", "message", "part", "repairs"),
    [
        ("cnv 64", "unknown layer or block 'cnv'", "cnv", ("conv",)),
        ("5x5 cnv, 6", "unknown layer or block 'cnv'", "cnv", ("conv",)),
        ("conv 64 k3 rellu", "'rellu' is no setting of conv", "rellu", ("relu",)),
        ("conv 64 k3 k5", "kernel of conv is given twice", "k5", ("one of the two",)),
        ("conv 64 32", "conv has no place for a bare 32", "32", ("k32", "s32", "p32")),
        ("64", "no layer is named here", "64", ("a name in front, as in `conv 6 k5`",)),
        ("conv 64 k3 stride", "stride of conv is given no value", "stride", ("stride 1",)),
        ("conv 64 kernal=3", "conv has no setting 'kernal'", "kernal", ("kernel",)),
        ("conv 64 (k3", "a bracket is not closed", "(k3", ("(k3)",)),
        ("conv 64 k3)", "')' closes nothing", ")", ("the line without it",)),
        ("conv 64 k3, maxpool 2", "'maxpool' starts a layer of its own after conv", "maxpool", ("a new line for it",)),
        (
            "conv 3x3x64",
            "3x3x64 may be a 3x3 kernel with 64 filters or a 3-D kernel",
            "3x3x64",
            ("3x3 conv, 64", "conv 64 k3x3x64"),
        ),
        ("MaxPool(3, 2)", "(3, 2) may be a 3×2 window or a window of 3 with stride 2", "(3, 2)", ("k3x2", "k3 s2")),
        ("scale 0.1", "'0.1' is no setting of scale", "0.1", ("init=0.1",)),
        ("parameter 1 768", "learned has no place for a bare 768", "768", ("1x768",)),
        ("slice 2:4", "2:4 is a padding before and after; slice has none", "2:4", ("slice 2 4",)),
        ("bn nobias", "'nobias' is no setting of bn", "nobias", ("noshift",)),
        (
            "LSTM(10, 20, bidirectional=True)",
            "which number of (10, 20, bidirectional=True) is which must be said",
            "(10, 20, bidirectional=True)",
            ("lstm 20 in=10", "lstm 10 layers=20"),
        ),
        (
            "Conv2d(1, 6, 5)",
            "which number of (1, 6, 5) is which must be said",
            "(1, 6, 5)",
            ("conv 6 k5", "conv 64 k1x6x5"),
        ),
        ("Linear(120, 84)", "(120, 84) holds 2 numbers; fc takes one, its out", "(120, 84)", ("fc 84 in=120",)),
        ("fc 10 activation=rellu", "unknown layer or block 'rellu'", "rellu", ("relu",)),
        ("1000-way softmax", "'1000-way' is no setting of softmax", "1000-way", ("`archcalc layers softmax` for its settings",)),
        ("conv12 3x3", "unknown layer or block 'conv12'", "conv12", ("conv2d",)),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_characters(line: str, message: str, part: str, repairs: tuple[str, ...]) -> None:
    """The fault says the fact, where it stands, and what to type; what is ambiguous is never guessed."""
    with pytest.raises(PhraseFault) as caught:
        LEXICON.parse(line)
    assert caught.value.message == message
    assert line[caught.value.start : caught.value.end] == part
    assert caught.value.repairs == repairs


def test_places_of_settings() -> None:
    """Each setting keeps the characters it was read from, so that an error can underline them."""
    line = "5 × 5 Conv (6), pad 2"
    (phrase,) = LEXICON.parse(line)
    found = {g.slot.name: line[g.start : g.end] for g in phrase.givens}
    assert found == {"kernel": "5 × 5", "out": "6", "padding": "pad 2"}


def test_a_long_line_is_refused() -> None:
    """A line has a length limit, which the message states."""
    with pytest.raises(PhraseFault, match="a line of 2,005 characters; the longest allowed is 2,000"):
        LEXICON.parse("conv " + "6" * 2000)


def in_scope(text: str, **variables: int) -> object:
    """A written value with its expressions worked out."""
    return resolve(parse_value(text, variables), variables)


@given(
    st.lists(
        st.sampled_from(["3", "12", "a", "xx", "expand", "(a+1)", "2**a", "max(a, 2)", "a//2", "-1"]), min_size=2, max_size=4
    )
)
def test_sizes_with_expressions_are_their_parts(parts: list[str]) -> None:
    """However names and numbers stand side by side, an x between them parts a size, and one inside a name does not."""
    values = {"a": 3, "xx": 5, "expand": 7}
    expected = [eval(part, {"max": max}, dict(values)) for part in parts]
    assert in_scope("x".join(parts), **values) == tuple(expected)


def test_a_name_goes_before_a_size() -> None:
    """A name that is known is that name, whatever signs are in it."""
    assert in_scope("axb", a=2, b=3) == (2, 3)
    assert in_scope("axb", a=2, b=3, axb=7) == 7
    assert in_scope("3xaxb", a=2, b=3, axb=7) == (3, 7)
    assert in_scope("0:axb", a=2, b=3) == ((0, 2), 3)
    assert in_scope("[a, max(a, b)]", a=2, b=3) == (2, 3)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("conv 64 k3xq", "q"),
        ("conv 64 k3x(a+q)", "q"),
        ("conv 2*a/(a-3) k3", "2*a/(a-3)"),
        ("conv 64 k=3 p=0:a+qq", "qq"),
        ("conv 64 * nope(a) k3", "nope(a)"),
        ("{conv: {out: 3, kernel: [a, a*qq]}}", "qq"),
        ("{repeat: a*q, layers: [relu]}", "q"),
    ],
)
def test_a_fault_stands_at_its_part_of_an_expression(line: str, part: str) -> None:
    """The carets stand under the characters that are wrong, not under the whole setting."""
    text = f"input: 3x32x32\nvars: {{a: 3}}\nlayers:\n  - {line}\n"
    with pytest.raises(SpecError) as raised:
        archcalc.load(text)
    span = raised.value.faults[0].span
    assert span is not None
    assert line[span.column - 5 :][: span.length] == part


@pytest.mark.parametrize("name", ["maps", "units", "n"])
def test_a_variable_may_have_the_name_of_a_noun(name: str) -> None:
    """`slice 0 maps` takes as many; it was read as the noun of the 0, and all were taken."""
    text = f"input: 6x8x8\nvars: {{{name}: 4}}\nlayers: [slice 0 {name}]\n"
    assert str(archcalc.load(text).nodes[0].layer) == "slice 0 4"


def test_a_repeat_counts() -> None:
    """`as` names the number of the repeat, for expressions inside it and not behind it."""
    text = """
input: 3xrxr
vars: {r: 16}
layers:
  - repeat: 3
    as: i
    layers:
      - conv 8 * 2**i k3 p2**i d2**i
      - repeat: i
        as: j
        layers: [conv 4 + i*j k1]
"""
    layers = [node.layer for node in archcalc.load(text).nodes]
    assert [str(layer) for layer in layers] == [
        "conv 8 k3 p1", "conv 16 k3 p2 d2", "conv 4 k1", "conv 32 k3 p4 d4", "conv 4 k1", "conv 6 k1",
    ]  # fmt: skip
    with pytest.raises(SpecError, match="unknown name 'i'"):
        archcalc.load(text + "  - {conv: {out: i, kernel: 1}}\n")
    for name, why in (("r", "a name already"), ("max", "a function"), ("relu", "a layer or block"), ("2i", "letters, digits")):
        with pytest.raises(SpecError, match=why):
            archcalc.load(text.replace("as: i", f"as: {name}"))


def test_a_variable_that_is_a_letter_with_its_number_is_told_apart() -> None:
    """`p1` is the variable where a bare value has a place, and refused where none has: what is tried is read."""
    text = "input: 4x9x9\nvars: {p1: 2, c1: 8}\nlayers:\n  - conv p1 k3\n  - conv c1 k3 p1 g=2\n"
    with pytest.raises(archcalc.SpecError) as caught:
        archcalc.load(text)
    (fault,) = caught.value.faults
    assert str(fault.message) == "p1 is a variable here; padding 1 is written p=1"
    network = archcalc.load(text.replace("k3 p1", f"k3 {fault.tries[0]}"))
    assert [row.output for row in archcalc.analyse(network)] == [(2, 7, 7), (8, 7, 7)]
