"""Every file in examples/: it loads, names its source, is readable as text, and its figures stand in a test."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from reference_data import net, table, typed

import archcalc
from archcalc.catalogue import Printed, agrees, files, find, names, networks, printed, spoken
from archcalc.cli import cli
from archcalc.text.files import examples_folder

FILES = sorted(Path(examples_folder()).glob("*.yaml"))
NAMES = [network.name for network in networks() if not network.name.startswith("figures/")]
IN_TOTALS = {row["as"].split()[0] for row in table("totals.csv")} | {row["network"] for row in table("published.csv")}
IN_TORCHVISION = {row["network"] for row in table("torchvision.csv")}

# What is asked for with heads that do not run holds their parameters as well: its other row is the one that is meant here.
BY_TORCHVISION = [
    row
    for row in table("torchvision.csv")
    if row["network"] in NAMES and not row["as"].endswith(("googlenet:googlenet", "inception:inception_v3"))
]


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("fasterrcnn_resnet50_fpn", "resnet50"),
        ("wide_resnet50_3", "wide_resnet50_2"),
        ("se_wide_resnet50_2", "wide_resnet50_2"),
        ("mobilnet_v2", "mobilenet_v2"),
        ("nets/vgg16x.yaml", "vgg16"),
    ],
)
def test_a_name_that_is_not_there(typed: str, near: str) -> None:
    """What is spelled almost so is named, or the network whose name stands in it, the longest."""
    run = CliRunner().invoke(cli, ["params", typed])
    assert run.exit_code == 2
    assert run.stderr.split("try: ")[1].startswith(near), run.stderr
    assert CliRunner().invoke(cli, ["params", near]).exit_code == 0


def darknet(side: int, classes: int) -> tuple[int, int, int]:
    """Darknet-53 by hand: a 3x3 into every stage, then n times 1x1 to half and 3x3 back; two values a map for the norms."""
    params, products = 27 * 32 + 64, 27 * 32 * side**2
    for maps, times in ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)):
        side //= 2
        weights = 9 * maps // 2 * maps + times * (maps * maps // 2 + 9 * maps // 2 * maps)
        params += weights + 2 * maps + times * 3 * maps
        products += weights * side**2
    return params + 1025 * classes, params + 1024 * classes, products + 1024 * classes


GPT2 = {"small": (12, 768), "medium": (24, 1024), "large": (36, 1280), "xl": (48, 1600)}


def gpt2(layers: int, width: int) -> tuple[int, int, int]:
    """GPT-2 by hand, on 1024 tokens, its embedding used once more at the end; small is 124,439,808, as its authors said later."""
    tables = (50_257 + 1024) * width
    weights = tables + 2 * width * (1 + 2 * layers) + layers * 12 * width * width
    products = layers * (1024 * 12 * width * width + 2 * 1024 * 1024 * width) + 1024 * 50_257 * width
    return weights + layers * 9 * width, weights, products


def bert(layers: int, width: int) -> tuple[int, int, int]:
    """BERT by hand, on 128 tokens; its parameters are the 110M and 340M of the paper, 109,482,240 and 335,141,888."""
    tables = (30_522 + 2 + 512) * width
    norms = 2 * width * (1 + 2 * layers)
    matrices = 12 * width * width  # four of attention, two of four times the width
    biases = (3 + 1 + 4 + 1) * width
    products = layers * (128 * matrices + 2 * 128 * 128 * width) + width * width
    weights = tables + norms + layers * matrices + width * width
    return weights + layers * biases + width, weights, products


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
    # 4×4, 8×8, 16×16, 32×32 in, 16 products a value of 8, 4, 2, 1 times 64 maps; two values of batch norm a map.
    "bert_base": bert(12, 768),
    "bert_large": bert(24, 1024),
    **{f"gpt2_{size}": gpt2(*layers) for size, layers in GPT2.items()},
    "dcgan": (
        16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 2 * (512 + 256 + 128 + 64),
        16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 2 * (512 + 256 + 128 + 64),
        16 * (100 * 512 + 512 * 256 * 4**2 + 256 * 128 * 8**2 + 128 * 64 * 16**2 + 64 * 3 * 32**2),
    ),
    # LeCun et al. 1998, section II-B, by layer: the biases of the subsampling are shifts, those of the others count.
    "lenet5_1998": (
        156 + 12 + 1516 + 32 + 48_120 + 10_164,
        150 + 12 + 1500 + 32 + 48_000 + 10_080,
        117_600 + 150_000 + 48_000 + 10_080,
    ),
    "darknet53": darknet(256, 1000),
    "yolov3_backbone": darknet(416, 0),
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
    assert set(NAMES) <= IN_TOTALS | IN_TORCHVISION | set(BY_HAND)
    assert IN_TOTALS | set(BY_HAND) <= set(NAMES)
    assert not (IN_TOTALS | IN_TORCHVISION) & set(BY_HAND)


@pytest.mark.parametrize("name", BY_HAND)
def test_figures_by_hand(name: str) -> None:
    """The totals are the sums a person would write down."""
    totals = typed(name).totals
    assert (totals.params, totals.params_without_bias, totals.multiplies) == BY_HAND[name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_example(path: Path) -> None:
    """An example is found by its bare name and as a file, says where it comes from, and teaches in its first lines."""
    assert path.stem in files()
    network = archcalc.load(path)
    assert re.search(r"\b(19|20)\d\d\b", network.origin), "no source with its year"
    assert network.name
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# "), "no comment at the head"
    assert max(map(len, text.splitlines())) <= 130
    assert len([line for line in text.splitlines() if line.strip() and not line.startswith("#")]) <= 60
    assert archcalc.analyse(network).totals == typed(path.stem).totals


# -- the names ----------------------------------------------------------------------------------------------------------


def page() -> Any:
    """The script that writes the table of networks."""
    return runpy.run_path(str(Path(__file__).parent.parent / "docs" / "examples.py"))


def test_the_table_is_what_is_counted() -> None:
    """Every row of networks.csv, name, year, input and figures, is what the files hold and what is counted of them now."""
    made = page()
    rows = list(made["counted"]())
    assert made["table"](rows) == made["TABLE"].read_text(encoding="utf-8")
    assert made["picture"](rows) == made["PICTURE"].read_text(encoding="utf-8")
    papers = made["PAPERS"].read_text(encoding="utf-8")
    assert made["papers"](papers) == papers
    assert made["page"]() == made["PAGE"].read_text(encoding="utf-8")


@pytest.mark.parametrize("row", BY_TORCHVISION, ids=lambda r: r["network"] + "-" + r["input"])
def test_torchvision_by_name(row: dict[str, str]) -> None:
    """Parameters, published ones, and multiplications by torch's counter; at every crop that weights were published for."""
    analysis = typed(row["network"])
    if analysis.network.inputs["input"] != tuple(map(int, row["input"].split("x"))):
        side = row["input"].rpartition("x")[2]
        resized = "resolution" in analysis.network.variables
        analysis = typed(f"{row['network']} --set resolution={side}" if resized else f"{row['network']} --input {row['input']}")
    assert (analysis.totals.params, analysis.totals.multiplies) == (int(row["params"]), int(row["multiplies"]))


@pytest.mark.parametrize("row", printed(), ids=lambda row: f"{row.network}-{row.figure}")
def test_what_the_papers_printed(row: Printed) -> None:
    """To the last digit printed, or with a reason; a setting that is named makes it equal, but where the paper cut its figure."""
    assert agrees(row.printed, row.ours) == (not row.why)
    assert bool(row.setting) == bool(row.then)
    if row.setting and "cut" not in row.why:
        assert agrees(row.printed, int(row.then))


@pytest.mark.parametrize(
    ("text", "figure", "same"),
    [
        ("4.1G", 4_149_999_999, True),
        ("4.1G", 4_150_000_001, False),
        ("60000", 60_000, True),
        ("60000", 60_001, False),
        ("133M", 132_863_336, True),
    ],
)
def test_a_printed_figure_is_as_good_as_its_digits(text: str, figure: int, same: bool) -> None:
    """Half of the last place either way."""
    assert agrees(text, figure) == same


def test_papers_are_shown() -> None:
    """Of one network, of a family, of all; what has none says so, and what is no name is refused."""
    run = CliRunner().invoke
    one = run(cli, ["examples", "ResNet-50", "--paper"]).stdout
    assert "the paper has the stride on the first 1x1" in one
    assert "--set stride_on=1: 3,857,973,248" in one
    assert "resnet18" not in one
    assert "resnext50_32x4d" in run(cli, ["examples", "resnet", "--paper"]).stdout
    data = json.loads(run(cli, ["examples", "--paper", "--format", "json"]).stdout)
    assert len(data) == len(printed())
    assert "No paper's figures are known of dcgan." in run(cli, ["examples", "dcgan", "--paper"]).stdout
    assert run(cli, ["examples", "resnot", "--paper"]).exit_code == 2


def test_every_name_of_torchvision_works() -> None:
    """All 80 of its classification networks are there by torchvision's own names."""
    assert len(IN_TORCHVISION) == 80
    assert {name for name in IN_TORCHVISION if find(name) is None} == set()
    assert set(NAMES) >= IN_TORCHVISION


def test_names_are_told_apart() -> None:
    """No two names of different networks are the same as they are compared, and none is that of another family's file."""
    heard: dict[str, str] = {}
    for network in networks():
        for name in (network.name, *network.also):
            assert heard.setdefault(spoken(name), network.name) == network.name
            assert find(name) is not None
            assert name not in files() or network.family == name
    assert len(names()) == len(set(names()))


@pytest.mark.parametrize(
    ("typed_", "name"),
    [
        ("ResNet-50", "resnet50"), ("resnet_50", "resnet50"), ("VGG16-BN", "vgg16_bn"), ("DenseNet 121", "densenet121"),
        ("wide-resnet-50-2", "wide_resnet50_2"), ("ResNeXt50", "resnext50_32x4d"), ("SqueezeNet 1.1", "squeezenet1_1"),
        ("RegNetX-1.6GF", "regnet_x_1_6gf"), ("regnety_16gf", "regnet_y_16gf"), ("EfficientNet-B3", "efficientnet_b3"),
        ("effnet_v2_s", "efficientnet_v2_s"), ("ShuffleNetV2 x0.5", "shufflenet_v2_x0_5"), ("mnasnet1.3", "mnasnet1_3"),
        ("MobileNetV3-Large", "mobilenet_v3_large"), ("inceptionv3", "inception_v3"), ("Inception-V1", "googlenet"),
        ("mobilenetv2", "mobilenet_v2"),
        ("ViT-B/16", "vit_b_16"), ("vit_l32", "vit_l_32"), ("ConvNeXt-Tiny", "convnext_tiny"),
        ("Swin-T", "swin_t"), ("swin-tiny", "swin_t"), ("SwinV2-T", "swin_v2_t"), ("swinv2_small", "swin_v2_s"),
        ("swin_v2_base", "swin_v2_b"), ("MaxViT-T", "maxvit_t"), ("bert-base-uncased", "bert_base"),
    ],
)  # fmt: skip
def test_a_name_as_people_write_it(typed_: str, name: str) -> None:
    """Case, dashes and spaces do not matter; usual abbreviations are names."""
    assert archcalc.load(typed_).name == archcalc.load(name).name


@pytest.mark.parametrize(
    ("wrong", "tried"),
    [("resnt50", "resnet50"), ("densnet161", "densenet161"), ("vgg16bnn", "vgg16_bn"), ("swin_v3_t", "swin_v2_t")],
)
def test_a_mistyped_name_finds_its_neighbours(wrong: str, tried: str) -> None:
    """And what is tried loads."""
    with pytest.raises(archcalc.SpecError) as caught:
        archcalc.load(wrong)
    tries = caught.value.faults[0].tries
    assert tried in tries
    assert all(archcalc.load(name) for name in tries)


def test_a_family_is_its_first_setting() -> None:
    """The bare name of a file with several networks is one of them: the one its variables say."""
    for family in {n.family for n in networks()} - set(NAMES):
        if family.startswith("figures/"):
            continue
        totals = typed(family).totals
        assert (totals.params, totals.multiplies) in {(n.params, n.multiplies) for n in networks() if n.family == family}


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


def test_heads_that_are_left_out_are_said() -> None:
    """Inception V3's weights count a classifier that does not run: what the note says to type makes torchvision's figure."""
    said = "heads are left out, by `when: aux`; `--set aux=1` adds them"
    for name, whole in (("inception_v3", 27_161_264), ("googlenet", 13_004_888)):
        assert said in typed(name).network.notes
        with_heads = typed(f"{name} --set aux=1")
        assert said not in with_heads.network.notes
        assert with_heads.totals.params == whole
    text = "input: 4\nvars: {k: 1}\nblocks:\n  b: {args: {k: 0}, layers: [{when: k, heads: {a: fc 2}}, fc 3]}\nlayers:\n"
    inside, outside = archcalc.load(f"{text}  - b k=0"), archcalc.load(f"{text}  - {{when: k > 1, heads: {{a: fc 2}}}}\n  - fc 3")
    assert inside.notes == ("heads are left out, by `when: k`",)
    assert outside.notes == ("heads are left out, by `when: k > 1`",)
