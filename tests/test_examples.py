"""Every file in examples/: it loads, names its source, is readable as text, and its figures stand in a test."""

from __future__ import annotations

from pathlib import Path

import pytest
from reference_data import net, table, typed

import archcalc
from archcalc.loading import examples, examples_folder

FILES = sorted(Path(examples_folder()).glob("*.yaml"))
IN_TOTALS = {row["as"].split()[0] for row in table("totals.csv")} | {row["network"] for row in table("published.csv")}

# Parameters, without bias, multiplications, each by the sum beside it.
BY_HAND = {
    "mlp": (784 * 256 + 256 + 256 * 10 + 10, 784 * 256 + 256 * 10, 784 * 256 + 256 * 10),
    "linear_classifier": (10 * 3073, 10 * 3073, 10 * 3073),
    "wide_and_deep": (
        (6 + 1) * 30 + (30 + 1) * 30 + (35 + 1),
        6 * 30 + 30 * 30 + 35,
        6 * 30 + 30 * 30 + 35,
    ),
    "wide_and_deep_classifier": (
        (6 + 1) * 30 + (30 + 1) * 30 + (35 + 1) * 3,
        6 * 30 + 30 * 30 + 35 * 3,
        6 * 30 + 30 * 30 + 35 * 3,
    ),
    # torchvision's AlexNet and four numbers of a box.
    "classification_localisation": (61_100_840 + 4097 * 4, 61_090_496 + 4096 * 4, 714_188_480 + 4096 * 4),
    # 1×28×28 → 20×24×24 → 20×12×12 → 50×8×8 → 50×4×4 = 800 → 500 → 10 → 2, the weights once and the work twice.
    "siamese": (
        26 * 20 + 501 * 50 + 801 * 500 + 501 * 10 + 11 * 2,
        25 * 20 + 500 * 50 + 800 * 500 + 500 * 10 + 10 * 2,
        2 * (25 * 20 * 24 * 24 + 25 * 20 * 50 * 8 * 8 + 800 * 500 + 500 * 10 + 10 * 2),
    ),
    "homework_ordinary_conv": (504, 486, 486 * 784),
    "homework_mobilenet_v1_module": (102, 81, 81 * 784),
    "homework_mobilenet_v2_module": (309, 270, 270 * 784),
    "homework_inception_5x5": (25 * 192 * 32 + 32, 25 * 192 * 32, 25 * 192 * 32 * 784),
    "homework_inception_5x5_bottleneck": (
        192 * 16 + 16 + 25 * 16 * 32 + 32,
        192 * 16 + 25 * 16 * 32,
        (192 * 16 + 25 * 16 * 32) * 784,
    ),
}


def test_every_example_has_its_figures() -> None:
    """Each example is in a reference file or worked out by hand here; none is in both."""
    names = {path.stem for path in FILES}
    assert names == IN_TOTALS | set(BY_HAND)
    assert not IN_TOTALS & set(BY_HAND)


@pytest.mark.parametrize("name", BY_HAND)
def test_figures_by_hand(name: str) -> None:
    """The totals are the sums a person would write down."""
    totals = typed(name).totals
    assert (totals.params, totals.params_without_bias, totals.multiplies) == BY_HAND[name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_example(path: Path) -> None:
    """An example is found by its bare name and as a file, says where it comes from, and teaches in its first lines."""
    assert path.stem in examples()
    network = archcalc.load(path)
    assert network.origin, "no source"
    assert network.name
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# "), "no comment at the head"
    assert max(map(len, text.splitlines())) <= 130
    assert archcalc.analyse(network).totals == typed(path.stem).totals


@pytest.mark.parametrize("path", [p for p in FILES if "classes:" in p.read_text(encoding="utf-8")], ids=lambda path: path.stem)
def test_classes_can_be_set(path: Path) -> None:
    """A network with classes has them as a variable."""
    analysis = archcalc.analyse(archcalc.load(path, variables={"classes": 7}))
    assert any(analysis.rows[i].output[0] == 7 for i in analysis.network.outputs)


def test_two_outputs() -> None:
    """Classification and localisation: one trunk, a class head and a box head that read the same features."""
    analysis = typed("classification_localisation")
    assert analysis.network.output_names() == ["class", "box"]
    heads = [analysis.row("class"), analysis.row("box")]
    assert [row.output for row in heads if row] == [(1000,), (4,)]
    assert len({row.node.inputs for row in heads if row}) == 1


def test_two_inputs() -> None:
    """Wide & Deep concatenates its first input with the deep path, and one input can be replaced by name."""
    row = typed("wide_and_deep").row("concat1")
    assert row is not None
    assert row.inputs == ((5,), (30,))
    wider = archcalc.analyse(archcalc.load("wide_and_deep", input={"wide": (8,)}))
    assert wider.totals.params == typed("wide_and_deep").totals.params + 3


def test_resolution_and_input_are_the_same() -> None:
    """MobileNet's resolution is a variable of its input: --set and --input give one result."""
    for name in ("mobilenet_v1", "mobilenet_v2"):
        assert typed(f"{name} --set resolution=160").totals == typed(f"{name} --input 3x160x160").totals


def test_unet_with_padding() -> None:
    """U-Net's blocks with padding 1 keep every size, so nothing is cut off."""
    rows = net(
        "1x32x32", "{id: down, double_conv: 4 p1}", "maxpool 2", "double_conv 8 p1", "{from: [prev, down], unet_up: 4 p1}"
    ).rows
    assert rows[-1].output == (4, 32, 32)
