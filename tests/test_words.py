"""Files in the words of textbooks and papers: what is read, what is assumed and said, and what is refused."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from reference_data import table, typed

import archcalc
from archcalc import blocks
from archcalc.analysis import Totals
from archcalc.cli import cli
from archcalc.layers.base import Shape
from archcalc.loading import from_source
from archcalc.network.nodes import Network
from archcalc.notations.words.places import Account
from archcalc.text.faults import SpecError
from archcalc.text.files import examples_folder
from archcalc.text.source import Source

SEEDS = Path(examples_folder()) / "figures"
LENET = """\
FC (10)
FC (84)
FC (120)
2 × 2 AvgPool, stride 2
5 × 5 Conv (16)
2 × 2 AvgPool, stride 2
5 x 5 Conv (6), pad 2
Image (28 × 28)
"""
BOTTOM_UP = "the image is the last line, so the figure is read from the bottom up"


def words(text: str, inputs: dict[str, Shape] | None = None) -> Network:
    """The network of a text taken for textbook words."""
    source = Source("net.txt", text, "words")
    return from_source(source, inputs=inputs)


def layers(network: Network) -> list[str]:
    return [str(node.layer) for node in network.nodes if not node.inserted]


def refused(text: str) -> str:
    """The message with which a text is refused."""
    with pytest.raises(SpecError) as caught:
        words(text)
    return str(caught.value)


# -- the three figures ------------------------------------------------------------------------------------------------


def test_lenet_word_for_word() -> None:
    """LeNet's figure as it is printed gives the reference totals; the seed is that figure and nothing else."""
    assert (SEEDS / "lenet.txt").read_text(encoding="utf-8") == LENET
    assert typed("figures/lenet").totals == Totals(61_706, 61_470, 416_520)


def test_lenet_is_the_reference_layer_by_layer() -> None:
    """The weighted layers of the figure are those of the reference file, in order."""
    reference = [row for row in table("layers/lenet5.csv") if int(row["params"])]
    rows = [row for row in typed("figures/lenet") if row.params]
    found = [("x".join(map(str, r.output)), r.params, r.multiplies) for r in rows]
    assert found == [(r["output"], int(r["params"]), int(r["multiplies"])) for r in reference]


def test_alexnet_by_hand() -> None:
    """AlexNet's figure: each layer's sum as a person writes it, 224×224, one channel, 1000 classes."""
    params = [
        (11 * 11 * 1 + 1 / 96 * 96) * 96,
        (5 * 5 * 96 + 1) * 256,
        (3 * 3 * 256 + 1) * 384,
        (3 * 3 * 384 + 1) * 384,
        (3 * 3 * 384 + 1) * 384,
        (5 * 5 * 384 + 1) * 4096,
        (4096 + 1) * 4096,
        (4096 + 1) * 1000,
    ]
    biases = 96 + 256 + 3 * 384 + 2 * 4096 + 1000
    multiplies = [
        11 * 11 * 96 * 54 * 54,
        5 * 5 * 96 * 256 * 26 * 26,
        3 * 3 * 256 * 384 * 12 * 12,
        3 * 3 * 384 * 384 * 12 * 12,
        3 * 3 * 384 * 384 * 12 * 12,
        5 * 5 * 384 * 4096,
        4096 * 4096,
        4096 * 1000,
    ]
    assert typed("figures/alexnet").totals == Totals(int(sum(params)), int(sum(params)) - biases, sum(multiplies))


def test_alexnet_against_the_book_s_code() -> None:
    """The figure prints 384 where the book's code has 256, and here 1000 classes for its 10: the totals differ by just that."""
    (row,) = [r for r in table("totals.csv") if r["network"] == "alexnet_d2l"]
    conv5 = (384 - 256) * (3 * 3 * 384 + 1)
    fc1 = 5 * 5 * (384 - 256) * 4096
    head = (1000 - 10) * (4096 + 1)
    assert typed("figures/alexnet").totals.params == int(row["params"]) + conv5 + fc1 + head
    products = (384 - 256) * 3 * 3 * 384 * 12 * 12 + fc1 + (1000 - 10) * 4096
    assert typed("figures/alexnet").totals.multiplies == int(row["multiplies"]) + products


def test_vgg_is_vgg16() -> None:
    """VGG in the words of its table, the header setting padding 1, is VGG-16 to the last digit."""
    (row,) = [r for r in table("totals.csv") if r["network"] == "vgg16"]
    expected = Totals(int(row["params"]), int(row["params_without_bias"]), int(row["multiplies"]))
    assert typed("figures/vgg").totals == expected


@pytest.mark.parametrize(
    ("seed", "notes"),
    [
        ("lenet", ("one channel is assumed for the image of 28×28", BOTTOM_UP)),
        ("alexnet", ("one channel is assumed for the image of 224×224", BOTTOM_UP, "the comment of line 1 is passed over")),
        (
            "vgg",
            (
                "'all conv: pad 1' holds for 13 conv layers",
                "'Pool' is read as a maximum over a 2×2 window with stride 2",
                "the comment of line 1 is passed over",
            ),
        ),
    ],
)
def test_what_a_figure_leaves_out_is_said(seed: str, notes: tuple[str, ...]) -> None:
    """Every assumption stands in the notes, and nothing else does."""
    assert typed(f"figures/{seed}").network.notes == notes


# -- the image --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("Image (28 × 28)", (1, 28, 28)),
        ("Image (3 × 224 × 224)", (3, 224, 224)),
        ("input (224 × 224 RGB image)", (3, 224, 224)),
        ("Input: 28x28x1", (1, 28, 28)),
        ("224x224x3 image", (3, 224, 224)),
        ("28×28 grayscale image", (1, 28, 28)),
        ("colour image, 32 x 32 pixels", (3, 32, 32)),
        ("Input image 32 by 32, 3 channels", (3, 32, 32)),
        ("Input 1@32x32", (1, 32, 32)),
        ("1@32x32", (1, 32, 32)),
        ("Image (1, 28, 28)", (1, 28, 28)),
        ("input 3x8x8x8", (3, 8, 8, 8)),
        ("input 3 x 3 x 3", (3, 3, 3)),
        ("Image [64 × 5 × 5]", (64, 5, 5)),
        # no two alike: the last is the channels where it is an image's 1, 3 or 4 and smaller than the others
        ("Image (28 × 30 × 3)", (3, 28, 30)),
        ("Image (28 × 30 × 5)", (28, 30, 5)),
        ("Image (3 × 30 × 28)", (3, 30, 28)),
        ("Image (6 × 3 × 4)", (6, 3, 4)),
        ("Image (4 × 6 × 3)", (3, 4, 6)),
        ("Image (3 × 30 × 3)", (3, 30, 3)),
    ],
)
def test_the_image_line(line: str, shape: Shape) -> None:
    """The input's shape in many wordings; channels come first, or last where the last number can only be channels."""
    kind = "flatten"
    assert words(f"{line}\n{kind}\n").inputs == {"input": shape}


@pytest.mark.parametrize(("last", "channels"), [(1, True), (2, False), (3, True), (4, True), (5, False), (8, False)])
@pytest.mark.parametrize(("side", "certain"), [(7, False), (8, True), (28, True)])
def test_what_only_can_be_the_channels(last: int, channels: bool, side: int, certain: bool) -> None:
    """A picture is grey, in colours, or in colours and opacity, on sides of at least 8: one, three or four numbers a pixel."""
    text = f"input: {side}x{side}x{last}\nlayers: [flatten]\n"
    if channels and certain:
        with pytest.raises(SpecError, match="channels last"):
            archcalc.load(text)
    else:
        assert archcalc.load(text).inputs == {"input": (side, side, last)}


@pytest.mark.parametrize(
    ("line", "notes"),
    [
        ("Image (28 × 28)", ("one channel is assumed for the image of 28×28",)),
        ("Image (1 × 28 × 28)", ()),
        ("RGB image, 28 × 28", ()),
        ("Input: 28x28x1", ("28 × 28 × 1: its last number is read as the channels, so the input is 1×28×28",)),
        ("1@32x32", ("'1@32x32' is read as the image",)),
    ],
)
def test_the_image_s_assumptions(line: str, notes: tuple[str, ...]) -> None:
    """Only what the line does not say is an assumption."""
    assert words(f"{line}\nflatten\n").notes == notes


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Input 100 x 32\nLSTM 64", (100, 32)),
        ("Input 4 x 100\n1-D conv, kernel 3, 8 filters", (4, 100)),
        ("Input: 784\nFC 10", (784,)),
        ("784 inputs\nFC 10", (784,)),
        ("Input layer: 784 units\nFC 10", (784,)),
        ("Input 50\nEmbedding (1000, 64)", (50,)),
    ],
)
def test_two_numbers_are_a_sequence_where_the_first_layer_reads_one(text: str, shape: Shape) -> None:
    """No channel is made up in front of an LSTM or a 1-D convolution."""
    network = words(text)
    assert network.inputs == {"input": shape}
    assert not any("channel" in note for note in network.notes)


def test_an_input_on_the_command_line_stands_for_the_image() -> None:
    """A figure without an image line is read with --input, and the image of a figure gives way to it."""
    assert words("3x3 conv, 8\n", {"": (3, 8, 8)}).inputs == {"input": (3, 8, 8)}
    assert words("Image (28 × 28)\n3x3 conv, 8\n", {"": (3, 8, 8)}).inputs == {"input": (3, 8, 8)}


# -- the figure -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Image (1 × 8 × 8)\n3x3 conv, 4\nReLU\nFC 10",
        "FC 10\nReLU\n3x3 conv, 4\nImage (1 × 8 × 8)",
        "Image (1 × 8 × 8) -> 3x3 conv, 4 -> ReLU -> FC 10",
        "FC 10 <- ReLU <- 3x3 conv, 4 <- Image (1 × 8 × 8)",
        "Image (1 × 8 × 8)\n↓\n3x3 conv, 4\n|\nReLU\n  ▼\nFC 10",
        "1. Image (1 × 8 × 8)\n2. 3x3 conv, 4\n3. ReLU\n4) FC 10",
        "- Image (1 × 8 × 8)\n- 3x3 conv, 4\n- ReLU\n- FC 10",
        "┌──────────┐\n│ Image (1 × 8 × 8) │\n├──────────┤\n│ 3*3 conv, 4 │\n│ ReLU │\n│ FC 10 │\n└──────────┘",
        "| Image (1 × 8 × 8) |\n| 3x3 conv, 4 |\n| ReLU |\n| FC 10 |",
        "# a comment\nImage (1 × 8 × 8)   # the input\n\n3x3 conv, 4, ReLU  # two layers\n\nFC 10",
        "Image (1 × 8 × 8)\n3x3 conv, 4, ReLU, FC 10",
        "My little network:\nImage (1 × 8 × 8)\nLayer 1: 3x3 conv, 4\nReLU\nLayer 2: FC 10",
        "FC 10\n3x3 conv, 4 -> ReLU\nImage (1 × 8 × 8)",
    ],
)
def test_one_figure_in_many_drawings(text: str) -> None:
    """Arrows, numbers, bullets, frames, comments, and the direction it was drawn in do not change a figure."""
    assert layers(words(text)) == ["conv 4 k3", "relu", "fc 10"]


def test_without_an_image_what_ends_a_network_shows_the_direction() -> None:
    """A fully connected layer first and a convolution last: drawn bottom-up, and the notes say so."""
    network = words("FC 10\n2x2 AvgPool\n3x3 conv, 4\n", {"": (1, 8, 8)})
    assert layers(network) == ["conv 4 k3", "avgpool 2", "fc 10"]
    assert network.notes[0] == "a fully connected layer is first and a convolution last, so the figure is read from the bottom up"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("LeNet-5", "LeNet-5"),
        ("VGG-16 (configuration D)", "VGG-16 (configuration D)"),
        ("Name: my net", "my net"),
        ("Baseline:", "Baseline"),
    ],
)
def test_a_title_names_the_network(title: str, name: str) -> None:
    """A first line that is a title is the network's name; without one the file's name is."""
    assert words(f"{title}\nImage (1 × 8 × 8)\nFC 10\n").name == name
    assert words("Image (1 × 8 × 8)\nFC 10\n").name == "net"


@pytest.mark.parametrize(
    "line",
    [
        "2x 3x3 conv, 4, pad 1",
        "2 × 3x3 conv, 4, pad 1",
        "3x3 conv, 4, pad 1  × 2",
        "3x3 conv, 4, pad 1 x2",
        "3x3 conv, 4, pad 1 (x2)",
        "(3x3 conv, 4, pad 1) × 2",
        "[3x3 conv, 4, pad 1; 3x3 conv, 4, pad 1]",
        "3x3 conv, 4, pad 1, twice",
        "3x3 conv, 4, pad 1, two times",
    ],
)
def test_repeats(line: str) -> None:
    """How often a layer comes is said before it, after it, or in words."""
    assert layers(words(f"Image (1 × 8 × 8)\n{line}\nFC 10")) == ["conv 4 k3 p1", "conv 4 k3 p1", "fc 10"]


@pytest.mark.parametrize(
    ("line", "layer"),
    [
        ("2 x 2 maxpool", "maxpool 2"),
        ("maxpool 2 x 2", "maxpool 2"),
        ("conv 4, 3 x 3", "conv 4 k3"),
        ("2 × 3 × 3 conv, 4", "conv 4 k2x3x3"),
        ("upsample x2", "upsample 2"),
    ],
)
def test_a_size_is_no_repeat(line: str, layer: str) -> None:
    """Where a size can stand, numbers around × are one."""
    shape = "1 × 8 × 8 × 8" if "2 × 3" in line else "1 × 8 × 8"
    assert layers(words(f"Image ({shape})\n{line}\n")) == [layer]


def test_a_repeat_of_several() -> None:
    """What stands in brackets is repeated as a whole."""
    network = words("Image (4 × 8 × 8)\n[1x1 conv, 2; 3x3 conv, 4, pad 1] × 2\n")
    assert layers(network) == ["conv 2 k1", "conv 4 k3 p1"] * 2


@pytest.mark.parametrize(
    "header",
    [
        "conv: pad 1, ReLU",
        "all conv: pad 1, ReLU",
        "All conv layers: padding 1, ReLU",
        "every conv layer: padding 1, ReLU",
        "each convolution has padding 1 and ReLU",
        "all conv layers use pad 1 and ReLU",
        "pad 1, ReLU for all conv layers",
    ],
)
def test_a_header_holds_for_every_layer_of_its_kind(header: str) -> None:
    """A header sets what its layers do not say themselves."""
    network = words(f"Image (1 × 8 × 8)\n{header}\n3x3 conv, 4\n3x3 conv, 4, pad 0\n3x3 conv, 4, tanh\nFC 10\n")
    expected = ["conv 4 k3 p1", "relu", "conv 4 k3", "relu", "conv 4 k3 p1", "tanh", "fc 10"]
    assert layers(network) == expected


def test_a_layer_with_a_colon_is_no_header() -> None:
    """`conv: 5x5, 6` says all that a convolution needs, so it is one."""
    network = words("Input: 28x28x1\nConv: 5x5, 6\nAvgPool: 2x2\nFC: 10\n")
    assert layers(network) == ["conv 6 k5", "avgpool 2", "fc 10"]


def test_a_header_for_pools() -> None:
    """With `all` in front, the window of every pool; without, a pool, for it has all that a pool needs."""
    network = words("all maxpool: 3x3, stride 2\nImage (1 × 16 × 16)\nmaxpool\nmaxpool\n")
    assert layers(network) == ["maxpool 3 s2", "maxpool 3 s2"]
    assert layers(words("Image (1 × 16 × 16)\nmaxpool: 3x3, stride 2\nmaxpool\n")) == ["maxpool 3 s2", "maxpool 2"]


def test_labels_become_names() -> None:
    """A figure's own labels name its layers."""
    network = words("Image (1 × 28 × 28)\nC1: 5x5 conv (6)\nS2: 2x2 avg pool\nconv3: 5x5, 16\nconv4 3x3, 16, /2\nF5: FC 10")
    assert [n.path for n in network.nodes] == ["C1", "S2", "conv3", "conv4", "flatten1", "F5"]
    assert layers(network) == ["conv 6 k5", "avgpool 2", "conv 16 k5", "conv 16 k3 s2", "fc 10"]


def test_hidden_layers_of_a_perceptron() -> None:
    """Hidden and output layers are fully connected, and the notes say so."""
    network = words("Input: 784\nHidden layer: 256 units, ReLU\nOutput layer (10)\nSoftmax\n")
    assert layers(network) == ["fc 256", "relu", "fc 10", "softmax"]
    assert network.notes == (
        "'Hidden layer' is read as a fully connected layer",
        "'Output layer' is read as a fully connected layer",
    )


def test_shipped_blocks_in_words() -> None:
    """A line may use a block."""
    network = words("Image (3 × 32 × 32)\nfire 16 64\nGlobal AvgPool\nFC 10\n")
    assert any(node.path.startswith("fire1.") for node in network.nodes)


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("pool", "'pool' is read as a maximum over a 2×2 window with stride 2"),
        ("avg pool", "'avg pool' is read as an average over a 2×2 window with stride 2"),
        ("3x3 pool", "'3x3 pool' is read as a maximum"),
        ("3x3 max pool", "'3x3 max pool' moves by its own size, as in torch, since no stride is given"),
        ("6@3x3", "'6@3x3' is read as 6 filters of 3x3, not as maps of that size"),
    ],
)
def test_other_assumptions(line: str, note: str) -> None:
    """What a pool leaves out, and what 6@3x3 means, is said."""
    assert note in words(f"Image (1 × 16 × 16)\n{line}\n").notes


def test_notes_reach_the_report_once() -> None:
    """The report prints each assumption once, however often it was made."""
    network = words("Image (1 × 64 × 64)\npool\npool\npool\n")
    text = archcalc.to_markdown(archcalc.analyse(network))
    assert text.count("'pool' is read as a maximum") == 1


# -- what is refused --------------------------------------------------------------------------------------------------


def test_no_network_at_all() -> None:
    """Prose is refused with what was looked for, and where."""
    assert refused("Dear reader,\nthis is a letter.\n") == (
        "net.txt:1:1: read as textbook words; no layer is named here\n"
        "  1 | Dear reader,\n"
        "    | ^^^^^^^^^^^\n"
        "  try: one layer a line, as in `5x5 Conv (6), pad 2`"
    )


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "↓\n|\n"])
def test_nothing(text: str) -> None:
    """A text without a line has its place too."""
    assert refused(text).startswith("net.txt:1:1: read as textbook words; no layer is named here")


def test_a_slip_in_the_only_layer() -> None:
    """A mistyped name points to the word and gives the nearest."""
    assert refused("Image (28 × 28)\n5x5 cnv, 6\n") == (
        "net.txt:2:5: read as textbook words; this names no layer\n  2 | 5x5 cnv, 6\n    |     ^^^\n  try: conv"
    )


def test_every_fault_at_once_each_at_its_characters() -> None:
    """Bullets, labels and repeats before a fault do not move its carets."""
    text = "Image (28 × 28)\n  - C1: 5 × 5 Conv (6), pda 2\n2x 3x3 conv, 16, ReLUU\nFC 10\n"
    assert refused(text) == (
        "net.txt:2:25: 'pda' is no setting of conv\n"
        "  2 |   - C1: 5 × 5 Conv (6), pda 2\n"
        "    |                         ^^^\n"
        "  try: pad\n"
        "net.txt:3:18: 'ReLUU' is no setting of conv\n"
        "  3 | 2x 3x3 conv, 16, ReLUU\n"
        "    |                  ^^^^^\n"
        "  try: relu"
    )


def test_a_kernel_that_does_not_fit_keeps_its_line_bottom_up() -> None:
    """A layer's place is its line in the figure, whichever way the figure is read."""
    with pytest.raises(SpecError) as caught:
        archcalc.analyse(words("FC 10\n5 × 5 Conv (4)\n2 × 2 AvgPool, stride 2\nImage (8 × 8)\n"))
    assert str(caught.value).startswith("net.txt:2:1: conv1: kernel 5 does not fit the padded input 4×4\n  2 | 5 × 5 Conv (4)\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3x3 conv, 4\n", "net.txt:1:1: no line gives the image"),
        ("Image\n3x3 conv, 4\n", "net.txt:1:1: the line of the image gives no size"),
        ("Image (28 × 28) 3 x 3\nFC 10\n", "net.txt:1:17: the line of the image gives a second size"),
        ("Image (28 × 28 furlongs)\nFC 10\n", "net.txt:1:16: 'furlongs' is not understood in the line of the image"),
        ("Image (1 × 28 × 28 RGB)\nFC 10\n", "net.txt:1:1: the words say 3 channels, the size 1 × 28 × 28 says 1"),
        ("Image (28 × 28)\nImage (3 × 3)\nFC 10\n", "net.txt:2:1: a second line of the image"),
        ("FC 10\nImage (28 × 28)\nFC 10\n", "net.txt:2:1: the image stands amid the layers"),
        ("all conv: pad 1.5\nImage (28 × 28)\n3x3 conv, 4\n", "net.txt:1:11: padding of conv: 1.5 is not a whole number"),
        ("all conv: pda 1\nImage (28 × 28)\n3x3 conv, 4\n", "net.txt:1:11: 'pda' is no setting of conv"),
        ("all conv: pad 1\nImage (28 × 28)\nall conv: ReLU\n3x3 conv, 4\n", "net.txt:3:1: a second line for every conv"),
        ("Image (28 × 28)\n" + "3x3 conv, 4 " * 200, "net.txt:2:1: a line of 2,399 characters; the longest allowed is 2,000"),
        ("Image (28 × 28)\n3x3 conv, 4\nC1: ??\n", "net.txt:3:1: unknown layer or block 'C1'"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    """What is unclear in a figure is refused with its place, not guessed."""
    assert refused(text).split("\n")[0] == message


# -- the table of misreadings -----------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    """Exit status and output of a command."""
    result = CliRunner().invoke(cli, list(arguments), prog_name="archcalc")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def figures(text: str, inputs: dict[str, Shape] | None = None) -> Totals:
    return archcalc.analyse(words(text, inputs)).totals


def test_a_dense_layer_with_a_colon_does_not_vanish() -> None:
    """A line that has all a layer needs is a layer, though the same word comes again: 784·100 + 100 + 100·10 + 10."""
    text = "Image 28x28x1\nDense: 100\nReLU\nDense: 10\n"
    assert figures(text).params == 784 * 100 + 100 + 100 * 10 + 10 == 79_510


def test_lenet_with_colons() -> None:
    """Neither the first convolution nor the first pool is a header, and no padding leaks into the second."""
    text = "Input: 28x28x1\nConv: 6 filters 5x5 pad 2\nPool: 2x2\nConv: 16 filters 5x5\nPool: 2x2\nFC: 120\nFC: 84\nFC: 10\n"
    assert figures(text) == Totals(61_706, 61_470, 416_520)
    assert layers(words(text))[2] == "conv 16 k5"


@pytest.mark.parametrize("line", ["6 5x5 filters with stride 1, pad 2", "6 5x5 filters at stride 1, pad 2", "6 5x5 filters, p2"])
def test_pad_after_a_comma_is_a_setting(line: str) -> None:
    """Not a layer of zeros of its own."""
    text = f"Input: 32x32x3\n{line}\n"
    assert layers(words(text)) == ["conv 6 k5 p2"]
    assert figures(text).multiplies == 5 * 5 * 3 * 6 * 32 * 32 == 460_800


def test_a_deep_map_is_channels_last_too() -> None:
    """Height equal to width, and the last number another: that is the channels, whatever it is; and a note says so."""
    network = words("Input: 28x28x192\n1x1 conv, 64\n")
    assert archcalc.analyse(network).totals.params == 192 * 64 + 64 == 12_352
    assert network.notes == ("28 × 28 × 192: its last number is read as the channels, so the input is 192×28×28",)


def test_lines_to_compare_take_the_order_of_figures() -> None:
    """28x28x3 beside lines in words is three channels, said in a note."""
    status, output = run("compare", "3x3 conv 18 pad 1", "1x1 conv 18", "--input", "28x28x3")
    assert status == 0
    assert " 504 " in output
    assert "note: 3x3 conv 18 pad 1: --input 28x28x3: the last number is read as the channels, so the input is 3×28×28" in output


def test_the_notation_refuses_channels_last_with_what_to_type() -> None:
    """The advice, typed, gives MobileNetV2; and 224 channels of 224×3 can still be had by saying so."""
    status, output = run("params", "mobilenet_v2", "--input", "224x224x3")
    assert status == 2
    assert output == (
        "--input 224x224x3: 224×224×3 has its channels last; channels come first here\n"
        "  try: --input 3x224x224, or --input 224@224x3 for 224 channels of 224×3\n"
    )
    assert "3,504,872" in run("params", "mobilenet_v2", "--input", "3x224x224")[1]
    assert "input 224×224×3\n" in run("params", "mobilenet_v2", "--input", "224@224x3")[1]


def test_the_notation_s_own_input_is_refused_at_its_place(tmp_path: Path) -> None:
    """The same rule holds in a file."""
    file = tmp_path / "net.yaml"
    file.write_text("input: 224x224x3\nlayers: [conv 8 k3]\n")
    status, output = run("params", str(file))
    assert status == 2
    assert "net.yaml:1:8: 224×224×3 has its channels last; channels come first here\n" in output
    assert "  try: 3x224x224, or 224@224x3 for 224 channels of 224×3" in output
    file.write_text("input: 3x224x224\nlayers: [conv 8 k3]\n")
    assert run("params", str(file))[0] == 0


def test_a_batch_of_one_is_taken_off_and_said() -> None:
    """1x3x224x224 for a network that takes C×H×W is that network, with a note."""
    _, output = run("params", "mobilenet_v2", "--input", "1x3x224x224")
    assert output.startswith(
        "MobileNet V2: input 3×224×224\n"
        "note: --input 1x3x224x224: the 1 in front is read as the batch, so the input is 3×224×224\n"
    )
    assert "3,504,872" in output
    assert words("Input 1x3x8x8\n3x3 conv, 4, pad 1\n").inputs == {"input": (3, 8, 8)}


@pytest.mark.parametrize(
    ("line", "typed", "meant"),
    [
        ("1-D conv, 8 filters, kernel 3", "1x4x100", "4×100"),
        ("3x3 conv, 8", "1x4x100x90", "4×100×90"),
        ("3x3 conv, 8", "1x28x28", "1×28×28"),
        ("3x3 conv, 8", "4x28x28", "4×28×28"),
    ],
)
def test_a_figure_says_how_many_numbers_its_input_has(tmp_path: Path, line: str, typed: str, meant: str) -> None:
    """Its first layer does: a 1 in front of as many is the batch, a 1 among them a channel."""
    file = tmp_path / "figure.txt"
    file.write_text(f"{line}\n", encoding="utf-8")
    _, output = run("params", str(file), "--input", typed)
    assert output.startswith(f"figure: input {meant}\n")
    assert ("is read as the batch" in output) == (typed.count("x") > meant.count("×"))


def test_a_recurrent_layer_says_whose_biases_and_steps_it_has() -> None:
    """Keras' spelling is read as torch's layer; the note says how to write Keras' own, and that gives Keras' figures."""
    keras = "Input 50\nEmbedding(10000,128)\nLSTM(64)\nDense(1)\n"
    network = words(keras)
    assert network.notes == (
        "'LSTM(64)' has torch's two biases a gate and every step's output; Keras' one bias and last step are `onebias last` on"
        " its line",
    )
    other = words(keras.replace("LSTM(64)", "LSTM(64) onebias last"))
    assert other.notes == ()
    # Keras: 10000·128 + 4·((128 + 64)·64 + 64) + 65.
    assert archcalc.analyse(other).totals.params == 10_000 * 128 + 4 * ((128 + 64) * 64 + 64) + 65


VGG_COLUMN = "Input (RGB image)\n" + "".join(
    f"{'conv3-' + str(c)}\n" * n + "maxpool\n" for c, n in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
)


@pytest.mark.parametrize("column", [VGG_COLUMN, VGG_COLUMN.replace("conv3-", "3x3 conv, ")])
def test_a_column_of_vgg(column: str) -> None:
    """--input stands for the size that the image line leaves out; the padding is noted, and the line offered gives VGG-16."""
    column += "FC-4096\nFC-4096\nFC-1000\nsoft-max\n"
    assert "the line of the image gives no size" in refused(column)
    network = words(column, {"": (3, 224, 224)})
    (note,) = [n for n in network.notes if "padding" in n]
    assert note == ("no padding is stated, so all 13 convolutions have none; a line `all conv: pad 1` gives what keeps the size")
    (row,) = [r for r in table("totals.csv") if r["network"] == "vgg16"]
    fixed = figures("all conv: pad 1\n" + column, {"": (3, 224, 224)})
    assert fixed == Totals(int(row["params"]), int(row["params_without_bias"]), int(row["multiplies"]))


@pytest.mark.parametrize("line", ["nn.Conv2d(3, 16, 5)", "torch.nn.Conv2d(3, 16, kernel_size=5)", "nn.Conv2d(3,16,(5,5),1,0);"])
def test_a_call_of_torch_on_a_line(line: str) -> None:
    """Positions are torch's: in, out, kernel."""
    status, output = run("layer", line, "--input", "3x32x32")
    assert status == 0
    assert "conv1  conv 16 k5  16×28×28   1,216" in output


def test_a_call_of_torch_is_refused_at_its_characters() -> None:
    """As torch would refuse it, the place within the line."""
    status, output = run("layer", "nn.Conv2d(3, 16, 5, paddin=1)", "--input", "3x32x32")
    assert status == 2
    assert output == (
        "<layer>:1:21: nn.Conv2d has no argument 'paddin'\n"
        "  1 | nn.Conv2d(3, 16, 5, paddin=1)\n"
        "    |                     ^^^^^^^^\n"
        "  try: padding\n"
    )


# -- the account ------------------------------------------------------------------------------------------------------

WHOLE = """\
My net
All conv layers: pad 1, ReLU
Image (32 × 32 RGB)
1. 3x3 conv, 16  × 2
- Pool: 2x2, stride 2
C3: 3x3 conv, 8 -> BN
[1x1 conv, 4; 3x3 conv, 8] × 2
hidden layer: 64 units
FC 10, softmax
"""


@pytest.mark.parametrize("junk", ["qux", "7", "relux"])
def test_no_word_can_be_added_unseen(junk: str) -> None:
    """A word put anywhere into a figure is refused, or changes what is read or said; it never vanishes."""
    known = words(WHOLE)
    whole = (known.name, known.inputs, [str(n.layer) for n in known.nodes], [n.path for n in known.nodes], known.notes)
    lines = WHOLE.split("\n")
    for number, line in enumerate(lines[:-1]):
        places = [0, *(m.end() for m in re.finditer(r"\S+", line))]
        for at in places:
            text = "\n".join([*lines[:number], f"{line[:at]} {junk} {line[at:]}", *lines[number + 1 :]])
            try:
                network = words(text)
            except SpecError:
                continue
            found = (network.name, network.inputs, [str(n.layer) for n in network.nodes], [n.path for n in network.nodes])
            assert (*found, network.notes) != whole, text


def test_what_nobody_claims_is_refused_at_its_place() -> None:
    """The account itself: characters that no rule has claimed are a fault."""
    account = Account(["3x3 conv, 64 (really)"])
    account.claim(1, 0, 12)
    (fault,) = account.left_over(Source("net.txt", "3x3 conv, 64 (really)"))
    assert str(fault).startswith("net.txt:1:15: 'really' is not understood here\n")


# -- signs of other scripts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "３×３ ｃｏｎｖ，１６",
        "۳×۳ conv، ۱۶",
        "٣x٣ conv، ١٦",
        "3✕3 conv, 16",
        "3х3 conv, 16",
        "3\u202f×\u202f3 conv, 16",
        "【３ｘ３】 conv 16",
    ],
)
def test_digits_and_signs_of_other_scripts(line: str) -> None:
    """Full-width, Persian and Arabic-Indic digits, the times signs and the Cyrillic х are read as what they look like."""
    assert layers(words(f"Image (۱ × ۸ × ８)\n{line}\n")) == ["conv 16 k3"]


def test_carets_stand_under_wide_characters() -> None:
    """A full-width character takes two columns of a terminal, and so do its carets."""
    assert refused("Image (28 × 28)\n３×３ conv，６，ｐｄａ 2\n").split("\n")[1:3] == [
        "  2 | ３×３ conv，６，ｐｄａ 2",
        "    |                 ^^^^^^",
    ]


def test_a_line_from_right_to_left_is_shown_in_the_order_typed() -> None:
    """Where a terminal would turn the line round, it is told not to, so that the carets stand under their characters."""
    lines = refused("Image (28 × 28)\n3x3 conv, ۶, لایه\n").split("\n")
    assert lines[0] == "net.txt:2:14: 'لایه' is no setting of conv"
    assert lines[1:3] == ["  2 | \u202d3x3 conv, ۶, لایه\u202c", "    |              ^^^^"]


def test_the_door_is_one_for_all_inputs(tmp_path: Path) -> None:
    """YAML, --input, --set and answer sheets understand the same signs; a name keeps its own."""
    file = tmp_path / "net.yaml"
    file.write_text("name: شبکه ۳×۳\ninput: ۱×۲۸×۲۸\nvars: {w: ２}\nlayers: [conv ۴*w k۳]\n", encoding="utf-8")
    _, output = run("params", str(file), "--set", "w=۳", "--input", "۱×۸×۸")
    assert output.startswith("شبکه ۳×۳: input 1×8×8\n")
    assert "conv 12 k3" in output


# -- what was found by typing real texts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message", "repair"),
    [
        ("Image (28 × 28)\n3x3 conv, 8\n...\nFC 10\n", "net.txt:3:1: layers are left out here", "the layers themselves"),
        ("Image (28 × 28)\n3x3 conv, 8\n⋮\nFC 10\n", "net.txt:3:1: layers are left out here", "the layers themselves"),
        ("Image (28 × 28)\nconv 3x3 8/2\n", "net.txt:2:1: '8/2' is a sum; a figure's line holds plain numbers", "8, /2"),
        (
            "Image (28 × 28)\n3x3 conv, 8\nLoss: softmax\n",
            "net.txt:3:1: 'Loss' is the name of no layer",
            "softmax, the layer alone",
        ),
        ("Image (28 × 28)\n3x3 conv, 8 | 3x3 conv, 16\n", "net.txt:2:19: 'conv' starts a layer of its own", "a new line for it"),
        ("Image (28 × 28)\n3 conv layers\n", "net.txt:2:3: nothing is said of conv layer", "all conv: 64 3x3, pad 1"),
        ("Image (28 × 28)\nCONV-32-9\n", "net.txt:2:1: 'CONV-32-9' may be a kernel of 32", "9x9 CONV, 32"),
        ("Image (28 × 28)\nSoftmax 10\n", "net.txt:2:1: does 'Softmax 10' have weights?", "fc 10, softmax"),
        ("Image (28 × 28)\n2x 3x3 conv, 4, pool\n", "net.txt:2:4: is all of this meant 2 times", "2x [3x3 conv, 4; pool]"),
        ("Image (28 × 28)\nK=3, F=64 conv\n", "net.txt:2:1: K=3 filters of size F=64?", "64 k3"),
    ],
)
def test_what_may_be_meant_two_ways_is_refused(text: str, message: str, repair: str) -> None:
    """Each once read as one of the two in silence; the advice is what to type for either."""
    said = refused(text)
    assert said.startswith(message)
    assert repair in said


def test_the_advice_works_when_typed() -> None:
    """What the refusals above offer is read."""
    image = "Image (28 × 28)\n"
    assert layers(words(image + "conv 3x3 8, /2\n")) == ["conv 8 k3 s2"]
    assert layers(words(image + "2x [3x3 conv, 4; pool]\n")) == ["conv 4 k3", "maxpool 2"] * 2
    assert layers(words(image + "all conv: 64 3x3, pad 1\n3 conv layers\n")) == ["conv 64 k3 p1"] * 3
    assert layers(words(image + "9x9 CONV, 32\n")) == ["conv 32 k9"]
    assert layers(words(image + "fc 10, softmax\n")) == ["fc 10", "softmax"]
    assert layers(words(image + "conv 64 k3\n")) == ["conv 64 k3"]


@pytest.mark.parametrize(
    ("line", "expected", "note"),
    [
        ("FC (4,096)", ["fc 4096"], "'4,096' is read as one number"),
        ("Conv2D(8, 3, activation='relu')", ["conv 8 k3", "relu"], ""),
        ("10 filters of size 5x5x1", ["conv 10 k5"], "the 1 of '5x5x1' is read as the channels that arrive"),
        ("two conv layers 3x3 with 8 and 16 filters", ["conv 8 k3", "conv 16 k3"], ""),
        ("GRU 4", None, ""),
    ],
)
def test_other_readings(line: str, expected: list[str] | None, note: str) -> None:
    """Spellings of real exercises, and what is said of them."""
    if expected is None:
        network = words(f"Input 9 x 5\n{line}\n")
        assert network.notes == (
            "'GRU 4' has torch's two biases a gate and every step's output; Keras' last step is `last` on its line",
        )
        return
    network = words(f"Image (28 × 28)\n{line}\n")
    assert layers(network) == expected
    assert not note or note in network.notes


def test_a_filter_s_depth_is_checked() -> None:
    """5x5x3 over an image of one channel is a contradiction."""
    with pytest.raises(SpecError, match="3 input channels stated, 1 arrive"):
        archcalc.analyse(words("Image 28x28x1\n10 filters of size 5x5x3\n"))


def test_what_is_stated_before_any_input_is_known_is_checked_when_it_is() -> None:
    """The text names no image, so nothing of it can be checked before one is given; then all of it is."""
    text = "5x5 conv, 6 -> 24x24x6\nTotal params: 156\n"
    assert layers(words(text, {"": (1, 28, 28)})) == ["conv 6 k5"]
    assert layers(words("conv, 6 -> 24x24x6\n", {"": (1, 28, 28)})) == ["conv 6 k5"]
    with pytest.raises(SpecError, match="stated is 6×24×24; this layer gives 6×25×25"):
        words(text, {"": (1, 29, 29)})
    with pytest.raises(SpecError, match="a total of 156 is stated; these layers have 456 parameters"):
        words(text, {"": (3, 28, 28)})


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("TOTAL params: 138M parameters", False), ("Total: 62k parameters", True), ("Total: 61.7k params", True),
        ("Total: 60k parameters", False), ("Total number of parameters = 61,706", True), ("Total weights: 61,470", True),
        ("Total params: about 60k", True), ("Total MACs: 0.42M", True), ("Total mult-adds: 416,520", True),
        ("Total MACs: 0.40M", False), ("total parameters: 0.06 million", True), ("total parameters: 0.05 million", False),
    ],
)  # fmt: skip
def test_a_total_is_held_against_ours(line: str, right: bool) -> None:
    """LeNet-5 has 61,706 parameters, 61,470 of them no biases, and 416,520 multiplications; right to the last digit."""
    if right:
        assert not any("not checked" in note for note in words(LENET + line).notes)
    else:
        assert "a total of" in refused(LENET + line)


@pytest.mark.parametrize("line", ["TOTAL memory: 24M * 4 bytes ~= 93MB / image", "Total FLOPs: 833k", "Total: 5 layers"])
def test_a_total_of_something_else_is_a_remark(line: str) -> None:
    """What is no count of ours is not checked, and that is said."""
    assert f"'{line}' is a remark and is not checked" in words(LENET + line).notes


def test_settings_below_a_layer() -> None:
    """An exercise's list is one layer; a line that is no setting ends it."""
    network = words("Input: 28x28x1\nConv1:\n- Kernel size (F): 5x5\n- 6 filters\n- Padding: 2\nFC 10\n")
    assert layers(network) == ["conv 6 k5 p2", "fc 10"]
    assert "the 3 lines below 'Conv1:' are its settings" in network.notes
    assert refused("Input: 28x28x1\nConv1:\n- 6 filters\n- colour: red\n").startswith("net.txt:2:1: conv needs kernel")


HOSTILE = {
    "sentences": "Image 3x28x28\n" + ("x. A" * 400 + "\n") * 125,
    "followers": "Image 3x28x28\n" + ("conv 3x3 4, " + "relu, " * 300 + "xx\n") * 110,
    "brackets": "Image 3x28x28\n" + ("[" * 900 + "conv 4 3x3" + "]" * 900 + "\n") * 110,
    "spaces": "Image 3x28x28\n" + (" " * 1900 + "1" + " " * 50 + "\n") * 100,
    "spaces within": "Image 3x28x28\n" + ("conv 4" + " " * 1900 + "3x3, output\n") * 100,
    "statements": "Image 3x28x28\n" + "conv 4 3x3: [28x28x4]\n" * 8000,
    "settings": "Image 3x28x28\nConv1\n" + "stride: 1\n" * 19000,
    "one line": ". A" * 600_000,
    "bars": "|" * 1_000_000,
    "a table": "layer | size | filters\n" + "conv | 3x3 | 4\n" * 13000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_takes_long(text: str) -> None:
    """Patterns that would make a reader try everything are read or refused in a few seconds."""
    start = time.process_time()
    with contextlib.suppress(SpecError):
        words(text)
    assert time.process_time() - start < 6


@pytest.mark.parametrize("line", ["conv 2*8 k3", "conv 32//2 k3", "conv round_to(15, 8) k3", "conv 16 k3"])
def test_a_line_of_the_notation_keeps_its_expressions(line: str) -> None:
    """On the command line 2*8 is a product, as everywhere in the notation."""
    status, output = run("layer", line, "--input", "3x8x8")
    assert status == 0
    assert "conv 16 k3" in output


@pytest.mark.parametrize("line", ["TOTAL params: {} parameters", "TOTAL params: about {}", "Dense: 10  params: 784*10={}K"])
def test_a_stated_figure_that_no_network_has_is_refused(line: str) -> None:
    """About a number beyond any float lay every number, so the total was taken for right without a word."""
    with pytest.raises(SpecError) as caught:
        words(f"Image 28x28x1\nDense: 10\n{line.format('9' * 400)}\n")
    assert any(fault.span is not None and fault.span.line == 3 for fault in caught.value.faults)


def test_two_sizes_in_front_of_an_encoder_are_a_sequence() -> None:
    """`transformer_encoder_layer 8 ff=2048`, which the advice at `Add & Norm` says to type, works behind `Input 64x512`."""
    with pytest.raises(SpecError) as caught:
        words("Input 64x512\nMulti-Head Attention 8\nAdd & Norm\nFeed Forward 2048\nAdd & Norm\n")
    advice = caught.value.faults[0].repairs[0]
    assert advice.startswith("`transformer_encoder_layer 8 ff=2048` for ")
    network = words(f"Input 64x512\n{advice.split('`')[1]}\n")
    assert list(network.inputs.values()) == [(64, 512)]


def test_blocks_said_to_read_a_sequence_do_and_no_other() -> None:
    """The table of the blocks against what the first layer of each is."""
    for name in blocks.TABLE:
        try:
            first = words(f"Input 64x512\n{name} 8\n").nodes[0].layer
        except SpecError:
            assert name not in blocks.SEQUENCES
            continue
        # A norm over channels, with which Swin's windows begin, is of a class that can be one over features too.
        assert (first.sequences() and not getattr(first, "channels", False)) == (name in blocks.SEQUENCES)


@pytest.mark.parametrize("line", ["double conv 8", "double convolution block 8", "double-conv 8"])
def test_a_double_convolution_is_the_block(line: str) -> None:
    """As U-Net's lines have it."""
    network = words(f"Input 3x16x16\n{line}\n")
    assert next((node.path, type(node.layer).__name__) for node in network.nodes) == ("double_conv1.conv1", "Conv")


# -- tables and lists as they are printed -----------------------------------------------------------------------------------

MOBILENET_V2 = """\
Input | Operator | t | c | n | s
224² × 3 | conv2d | - | 32 | 1 | 2
112² × 32 | bottleneck | 1 | 16 | 1 | 1
112² × 16 | bottleneck | 6 | 24 | 2 | 2
56² × 24 | bottleneck | 6 | 32 | 3 | 2
28² × 32 | bottleneck | 6 | 64 | 4 | 2
14² × 64 | bottleneck | 6 | 96 | 3 | 1
14² × 96 | bottleneck | 6 | 160 | 3 | 2
7² × 160 | bottleneck | 6 | 320 | 1 | 1
7² × 320 | conv2d 1x1 | - | 1280 | 1 | 1
7² × 1280 | avgpool 7x7 | - | - | 1 | -
1 × 1 × 1280 | conv2d 1x1 | - | k | - | {last}
"""


@pytest.mark.parametrize("between", [" | ", " & ", "\t", "   "])
@pytest.mark.parametrize("square", ["²", "^2"])
def test_mobilenet_v2s_table_however_it_is_pasted(between: str, square: str) -> None:
    """torchvision 0.28.0's mobilenet_v2: 3,504,872 parameters, and 300,774,272 multiplications."""
    text = MOBILENET_V2.format(last="-").replace(" | ", between).replace("²", square)
    text = text.replace("\n", " \\\\\n") if between == " & " else text
    totals = archcalc.analyse(from_source(Source("net.txt", text))).totals
    assert (totals.params, totals.multiplies) == (3_504_872, 300_774_272)


def test_mobilenet_v2s_table_is_the_network_of_that_name() -> None:
    """Layer for layer but for the dropout and for the classifier, which the paper has as a convolution."""
    ours = archcalc.analyse(words(MOBILENET_V2.format(last="-"))).totals
    known = archcalc.analyse(archcalc.load("mobilenet_v2")).totals
    assert (ours.params, ours.multiplies) == (known.params, known.multiplies)


@pytest.mark.parametrize(
    ("cell", "other", "message"),
    [
        ("112² × 16", "112² × 17", "stated is 17×112×112"),
        ("| 6 | 24 | 2 | 2", "| 6 | 24 | 2 | 1", "stated is 24×56×56"),
        ("| 6 | 24 | 2 | 2", "| 6 | - | 2 | 2", "nothing is said of the channels"),
        ("| 6 | 24 | 2 | 2", "| - | 24 | 2 | 2", "nothing is said of the expansion"),
        ("| 6 | 24 | 2 | 2", "| 6 | k | 2 | 2", "'k' is no number"),
        ("| 6 | 24 | 2 | 2", "| 6 | 24 | 0 | 2", "a row of 0 layers"),
        ("conv2d 1x1 | - | 1280", "conv2d 1x1 | 6 | 1280", "a convolution has no expansion"),
        ("avgpool 7x7 | - | - | 1", "avgpool 7x7 | - | 8 | 1", "a pool has no such setting"),
        ("112² × 16 |", "1122 × 16 |", "112^2 x 16"),
        (" | ", " ", "a row of 8 cells under 6 headings"),
        ("112² × 16 | bottleneck", "112² × 16 | shuffle", "the operator 'shuffle' is not known here"),
    ],
)
def test_a_cell_of_mobilenet_v2s_table_that_does_not_say_it(cell: str, other: str, message: str) -> None:
    text = MOBILENET_V2.format(last="-")
    assert cell in text
    assert message in refused(text.replace(cell, other, -1 if cell == " | " else 1))


@pytest.mark.parametrize(
    ("text", "typed", "output"),
    [
        ("Input: 15×15×8, pad = 2.\nConv 3x3, 16 filters\n", "Image (15 × 15 × 8)\nConv 3x3, 16, pad = 2\n", (16, 17, 17)),
        ("Input: 28x28x3 apples\nConv 3x3, 16 filters\n", "Image (28 × 28 × 3)\nConv 3x3, 16 filters\n", (16, 26, 26)),
        ("Input 28 28 1\nConv 3x3, 16 filters\n", "Image (28 × 28 × 1)\nConv 3x3, 16 filters\n", (16, 26, 26)),
        ("Input 9x9x1\nmaxpool 2x2x1 stride\n", "Input 9x9x1\nmaxpool 2x2, stride 1\n", (1, 8, 8)),
        ("Input 9x9x1\nconv 8 3x3\nout = 7\n", "Input 9x9x1\nconv 8 3x3\n# out = 7\n", (8, 7, 7)),
        ("Input 9x9x1\nconv 8 3x3 in the first layer\n", "Input 9x9x1\nconv 8 3x3\n", (8, 7, 7)),
        ("Input 9x9x1\nLayer filters kernel\nConv 8 3\nFC 10\n", "Input 9x9x1\nLayer filters kernel\nConv 8 3\nFC 10 -\n", (10,)),
        (r"conv1 & $\left[\begin{array}{c}3\times3, 64\end{array}\right]$", "Input 64x8x8\n[3x3, 64; 3x3, 64] x 2\n", (64, 8, 8)),
        ("Input 9x9x1\nm = Sequential([Conv2D(8, 3)])", "# input: 1x9x9\nm = Sequential([Conv2D(8, 3)])", (8, 7, 7)),
        ("Input image 1 × 9 × 9\nnet = nn.Conv2d(1, 8, 3)\n", "# input: 1x9x9\nnet = nn.Conv2d(1, 8, 3)\n", (8, 7, 7)),
    ],
)  # fmt: skip
def test_what_is_advised_works_when_it_is_typed(text: str, typed: str, output: Shape) -> None:
    with pytest.raises(SpecError) as caught:
        from_source(Source("net.txt", text))
    advised = " ".join(repair for fault in caught.value.faults for repair in fault.repairs)
    changed = [line for line in typed.splitlines() if line not in text.splitlines()]
    assert any(said in " ".join(changed) for said in re.findall(r"`([^`]+)`", advised)) or any(
        said in advised for said in ("2x2, stride 1", "`#` in front", "`-` for a cell", "the line without it")
    )
    assert archcalc.analyse(from_source(Source("net.txt", typed))).rows[-1].output == output


DARKNET = """\
layer     filters    size              input                output
    0 conv     16  3 x 3 / 1   416 x 416 x   3   ->   416 x 416 x  16  0.150 BFLOPs
    1 max          2 x 2 / 2   416 x 416 x  16   ->   208 x 208 x  16
    2 conv     32  3 x 3 / 2   208 x 208 x  16   ->   104 x 104 x  32  0.100 BFLOPs
    3 max          2 x 2 / 1   104 x 104 x  32   ->   104 x 104 x  32
    4 avg                      104 x 104 x  32   ->    32
    5 dropout       p = 0.50              32  ->  32
    6 connected                           32  ->    10
"""


def test_what_darknet_prints_is_the_network_of_its_cfg() -> None:
    """The same cfg through the reader of darknet, whose convolutions have a bias where batch_normalize is left out."""
    sections = [
        "[net]\nwidth=416\nheight=416\nchannels=3",
        "[convolutional]\nfilters=16\nsize=3\nstride=1\npad=1\nactivation=linear",
        "[maxpool]\nsize=2\nstride=2",
        "[convolutional]\nfilters=32\nsize=3\nstride=2\npad=1\nactivation=linear",
        "[maxpool]\nsize=2\nstride=1",
        "[avgpool]",
        "[dropout]\nprobability=.5",
        "[connected]\noutput=10\nactivation=linear",
    ]
    ours, cfg = (from_source(Source("net", text)) for text in (DARKNET, "\n".join(sections) + "\n"))
    ours_in_all, cfg_in_all = archcalc.analyse(ours).totals, archcalc.analyse(cfg).totals
    assert (ours_in_all.params, ours_in_all.multiplies) == (cfg_in_all.params, cfg_in_all.multiplies)


@pytest.mark.parametrize(
    ("stated", "other", "message"),
    [
        ("0.150 BF", "0.160 BF", "stated are 0.160 BFLOPs; two operations a multiplication come to 0.150"),
        ("->   208 x 208 x  16", "->   207 x 207 x  16", "207"),
        ("208 x 208 x  16   ->   104", "208 x 208 x  15   ->   104", "15"),
        ("4 avg ", "4 yolo", "a row of 'yolo' of darknet's list is not read"),
        ("6 connected                           32", "6 connected                           33", "stated is 33"),
    ],
)
def test_what_darknet_prints_is_checked(stated: str, other: str, message: str) -> None:
    assert stated in DARKNET
    assert message in refused(DARKNET.replace(stated, other, 1))


def test_a_label_and_bullets_are_one_layer() -> None:
    text = (
        "Input 28x28x1\nC1: Convolutional Layer 1\n- 6 kernels (5×5), stride 2\nS2: Max pooling\n- 2x2\nF3: Dense\n- 10 units\n"
    )
    network = words(text)
    assert layers(network) == ["conv 6 k5 s2", "maxpool 2", "fc 10"]
    assert [node.path for node in network.nodes if not node.inserted] == ["C1", "S2", "F3"]


@pytest.mark.parametrize(
    "text", ["Pool 2\n3x3", "Conv 6\n5x5", "Pool\n2x2\n3x3", "Conv\n6 kernels 5x5\n3x3"]
)  # fmt: skip
def test_a_number_behind_a_name_is_not_passed_over(text: str) -> None:
    """Two numbers for one window or one kernel; `FC 120` above `84 units` are two layers, `FC 2` the second."""
    refused(f"Input 28x28\n{text}\nFC 10\n")
    assert layers(words("Input 28x28\nFC 120\n84 units\n")) == ["fc 120", "fc 84"]
    assert layers(words("Input 28x28\nFC 1\n84 units\nFC 2\n10 units\n")) == ["fc 84", "fc 10"]


def test_rows_of_numbers_mean_what_their_heading_says() -> None:
    """And are no table without one that names as many columns as they have."""
    assert layers(words("Input 28x28x1\ntype kernel filters pad stride\nConv 5 6 2 1\n")) == ["conv 6 k5 p2"]
    assert "no place for a bare 5" in refused("Input 28x28x1\nlayer filters stride\nConv 6 5 1 2\n")
