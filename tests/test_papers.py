"""Figures that papers printed, and where a paper is off by its own architecture."""

from __future__ import annotations

import pytest
from reference_data import table, typed

from archcalc.analysis import Analysis, Row

SIZES = table("mobilenet_sizes.csv")
# Here the authors' page contradicts their paper and their architecture: by arithmetic these, and the paper has 325 and 239.
MISPRINTED = {("0.75", "224"): 325, ("0.75", "192"): 239, ("0.75", "160"): 166, ("0.75", "128"): 107, ("0.25", "192"): 30}


def under(analysis: Analysis, path: str) -> list[Row]:
    """The rows of a group."""
    return [row for row in analysis if row.path.startswith(f"{path}.")]


@pytest.mark.parametrize(
    "row", [s for s in SIZES if s["model"] == "mobilenet_v1"], ids=lambda s: f"{s['width']}-{s['resolution']}"
)
def test_mobilenet_v1_sizes(row: dict[str, str]) -> None:
    """All 16 sizes of MobileNet V1, to the million multiplications."""
    totals = typed(f"mobilenet_v1 --set width={row['width']} --set resolution={row['resolution']}").totals
    printed = MISPRINTED.get((row["width"], row["resolution"]), int(row["million_multiplies"]))
    assert abs(totals.multiplies / 1e6 - printed) < 1
    assert abs(totals.params / 1e6 - float(row["million_params"])) < 0.011


@pytest.mark.parametrize(
    "row", [s for s in SIZES if s["model"] == "mobilenet_v2"], ids=lambda s: f"{s['width']}-{s['resolution']}"
)
def test_mobilenet_v2_sizes(row: dict[str, str]) -> None:
    """All 22 sizes of MobileNet V2: multiplications cut to the million, parameters without batch norm rounded to two places."""
    analysis = typed(f"mobilenet_v2 --set width={row['width']} --set resolution={row['resolution']}")
    assert abs(analysis.totals.multiplies / 1e6 - int(row["million_multiplies"])) < 1
    params = sum(r.params for r in analysis if r.layer.kind != "bn")
    assert f"{params / 1e6:.2f}" == row["million_params"]


@pytest.mark.parametrize(
    ("settings", "multiplies", "params"),
    [
        ("", 568_740_352, 4_231_976),
        ("--set width=0.75", 325_400_448, 2_585_560),
        ("--set width=0.5", 149_497_088, 1_331_592),
        ("--set width=0.25", 41_030_272, 470_072),
        ("--input 3x192x192", 418_121_728, 4_231_976),
        ("--input 3x160x160", 290_675_200, 4_231_976),
        ("--set resolution=128", 186_400_768, 4_231_976),
        ("--set width=0.75 --input 3x192x192", 239_273_472, 2_585_560),
        ("--set width=0.5 --input 3x160x160", 76_524_800, 1_331_592),
    ],
)
def test_mobilenet_v1_tables_6_and_7(settings: str, multiplies: int, params: int) -> None:
    """The exact figures behind tables 6, 7, 9 and 10 of the MobileNets paper."""
    totals = typed(f"mobilenet_v1 {settings}").totals
    assert (totals.multiplies, totals.params) == (multiplies, params)


def test_mobilenet_v1_table_2() -> None:
    """Where MobileNet V1's work and weights are; the paper's 1.19 % for the first layer is a digit swap of 1.91."""
    analysis = typed("mobilenet_v1")
    first, *rows = [row for row in analysis if row.multiplies]
    parts = {
        "pointwise": [row for row in rows if row.layer.kind == "conv"],
        "depthwise": [row for row in rows if row.layer.kind == "depthwise"],
        "first": [first],
        "fc": [row for row in rows if row.layer.kind == "fc"],
    }
    work = {name: 100 * sum(r.multiplies for r in part) / analysis.totals.multiplies for name, part in parts.items()}
    weights = {name: sum(r.weights[0].count for r in part) for name, part in parts.items()}
    assert sum(weights.values()) == 4_209_088
    assert {n: f"{w:.2f}" for n, w in work.items()} == {"pointwise": "94.86", "depthwise": "3.06", "first": "1.91", "fc": "0.18"}
    shares = {name: f"{100 * w / 4_209_088:.2f}" for name, w in weights.items()}
    assert shares == {"pointwise": "74.59", "depthwise": "1.06", "first": "0.02", "fc": "24.33"}


@pytest.mark.parametrize(("depth", "printed"), [(18, 1.8), (34, 3.6), (50, 3.8), (101, 7.6), (152, 11.3)])
def test_resnet_flops(depth: int, printed: float) -> None:
    """Table 1's multiply-adds, cut or rounded to one place, with the stride where the paper has it."""
    stride = "--set stride_on=1" if depth >= 50 else ""
    multiplies = typed(f"resnet{depth} {stride}").totals.multiplies / 1e9
    assert printed in (int(10 * multiplies) / 10, round(multiplies, 1))


@pytest.mark.parametrize(
    ("depth", "early", "late"),
    [(50, 3_857_973_248, 4_089_184_256), (101, 7_570_194_432, 7_801_405_440), (152, 11_282_415_616, 11_513_626_624)],
)
def test_resnet_stride(depth: int, early: int, late: int) -> None:
    """The stride on the first 1×1 (paper) or on the 3×3 (torchvision): other multiplications, the same parameters."""
    paper, torchvision = typed(f"resnet{depth} --set stride_on=1").totals, typed(f"resnet{depth}").totals
    assert (paper.multiplies, torchvision.multiplies) == (early, late)
    assert paper.params == torchvision.params


@pytest.mark.parametrize(("network", "millions"), [("vgg11", 133), ("vgg13", 133), ("vgg16", 138), ("vgg19", 144)])
def test_vgg_table_2(network: str, millions: int) -> None:
    """The parameters of VGG's table 2, in millions."""
    assert round(typed(network).totals.params / 1e6) == millions


@pytest.mark.parametrize(("depth", "maps"), [(11, 2752), (13, 2944), (16, 4224), (19, 5504)])
def test_vgg_batch_norm(depth: int, maps: int) -> None:
    """Batch normalisation adds two parameters for each map of each convolution, and no multiplication."""
    plain, bn = typed(f"vgg{depth}").totals, typed(f"vgg{depth}_bn").totals
    assert bn.params - plain.params == bn.params_without_bias - plain.params_without_bias == 2 * maps
    assert bn.multiplies == plain.multiplies


# Row of table 1: weights without biases, multiply-adds; the paper's ops in millions where they agree.
GOOGLENET = [
    ("inception3a", 163_328, 128_049_152, 128),
    ("inception3b", 388_096, 304_267_264, 304),
    ("inception4a", 375_552, 73_608_192, 73),
    ("inception4b", 448_512, 87_908_352, 88),
    ("inception4c", 509_440, 99_850_240, 100),
    ("inception4d", 604_672, 118_515_712, 119),
    ("inception4e", 867_328, 169_996_288, 170),
    ("inception5a", 1_042_432, 51_079_168, None),  # the paper's 54M and 1072K fit none of its own filter counts
    ("inception5b", 1_442_816, 70_697_984, 71),
]


@pytest.mark.parametrize(("module", "weights", "multiplies", "printed"), GOOGLENET, ids=[row[0] for row in GOOGLENET])
def test_googlenet_table_1(module: str, weights: int, multiplies: int, printed: int | None) -> None:
    """Each Inception module's weights and multiply-adds, and the paper's ops to the million."""
    rows = under(typed("googlenet_paper"), module)
    assert sum(row.params_without_bias for row in rows) == weights
    assert sum(row.multiplies for row in rows) == multiplies
    if printed is not None:
        assert abs(multiplies / 1e6 - printed) < 1


def test_googlenet_outputs() -> None:
    """The sizes of table 1, which need poolings that round up."""
    analysis = typed("googlenet_paper")
    ends = {module: under(analysis, module)[-1].output for module, *_ in GOOGLENET}
    assert ends == {
        "inception3a": (256, 28, 28),
        "inception3b": (480, 28, 28),
        "inception4a": (512, 14, 14),
        "inception4b": (512, 14, 14),
        "inception4c": (512, 14, 14),
        "inception4d": (528, 14, 14),
        "inception4e": (832, 14, 14),
        "inception5a": (832, 7, 7),
        "inception5b": (1024, 7, 7),
    }


def test_googlenet_auxiliary_heads() -> None:
    """5×5 average pooling with stride 3 leaves 512 and 528 maps of 4×4; the heads are outputs beside the main one."""
    analysis = typed("googlenet_paper --set aux=1")
    assert [under(analysis, head)[0].output for head in ("aux1", "aux2")] == [(512, 4, 4), (528, 4, 4)]
    assert analysis.network.output_names() == ["aux1.fc2", "aux2.fc2", "fc1"]


def test_alexnet_neurons() -> None:
    """Neurons of the paper's figure 2: all as printed but the first, 253,440, which is not 55·55·96."""
    outputs = [row for row in typed("alexnet_2012") if row.layer.kind in ("conv", "fc")]
    sizes = [row.output[0] * (row.output[1] * row.output[2] if len(row.output) == 3 else 1) for row in outputs]
    assert sizes == [290_400, 186_624, 64_896, 64_896, 43_264, 4096, 4096, 1000]


def test_squeezenet_rows() -> None:
    """The parameters of SqueezeNet 1.0 row by row; 1,248,424 in all, as its table 1 has it."""
    analysis = typed("squeezenet1_0")
    rows = [sum(row.params for row in under(analysis, f"fire{n}")) for n in range(2, 10)]
    assert rows == [11_920, 12_432, 45_344, 49_440, 104_880, 111_024, 188_992, 197_184]
    alone = [row.params for row in analysis if "." not in row.path and row.params]
    assert alone == [14_208, 513_000]
    assert analysis.totals.params == 1_248_424


def test_unet_sizes() -> None:
    """U-Net's figure 1: 572 down to 28 and up to 388."""
    analysis = typed("unet")
    stages = ("down1", "down2", "down3", "down4", "bottom", "up4", "up3", "up2", "up1")
    ends = [under(analysis, stage)[-1].output for stage in stages]
    maps, sizes = (64, 128, 256, 512, 1024, 512, 256, 128, 64), (568, 280, 136, 64, 28, 52, 100, 196, 388)
    assert ends == [(c, n, n) for c, n in zip(maps, sizes, strict=True)]
    assert [row.output[1] for row in analysis if row.layer.kind == "crop"] == [56, 104, 200, 392]


def test_mobilenet_v2_table_2() -> None:
    """The sizes of table 2, and in its residual blocks an addition for each of the 10 repeats with stride 1."""
    analysis = typed("mobilenet_v2")
    ends = [under(analysis, f"inverted_residual{n}")[-1].output for n in (1, 3, 6, 10, 13, 16, 17)]
    assert ends == [(16, 112, 112), (24, 56, 56), (32, 28, 28), (64, 14, 14), (96, 14, 14), (160, 7, 7), (320, 7, 7)]
    assert sum(row.layer.kind == "add" for row in analysis) == 1 + 2 + 3 + 2 + 2
