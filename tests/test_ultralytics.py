"""Ultralytics' model YAML: YOLOv5 and YOLOv8 written out here, with the parameters that Ultralytics publishes for every scale."""

from __future__ import annotations

import contextlib
import random
import time
from pathlib import Path

import pytest
from reference_data import refused

import archcalc
from archcalc.analysis import Analysis
from archcalc.notations import recognise
from archcalc.text.faults import SpecError


def yolov5(depth: float, width: float, head: str = "Detect, [nc, anchors]") -> str:
    """Backbone of C3, a neck that goes down and up, three maps with three boxes each: version 6.0."""
    text = f"nc: 80\ndepth_multiple: {depth}\nwidth_multiple: {width}\nanchors:\n"
    text += "".join(f"  - [{n},{n},{n},{n},{n},{n}]\n" for n in (10, 30, 116)) + "backbone:\n  [[-1, 1, Conv, [64, 6, 2, 2]],\n"
    for channels, repeats in ((128, 3), (256, 6), (512, 9), (1024, 3)):
        text += f"   [-1, 1, Conv, [{channels}, 3, 2]],\n   [-1, {repeats}, C3, [{channels}]],\n"
    text += "   [-1, 1, SPPF, [1024, 5]],\n  ]\nhead:\n  [[-1, 1, Conv, [512, 1, 1]],\n"
    for source, channels, down in ((6, 512, 256), (4, 256, 0)):
        text += f"   [-1, 1, nn.Upsample, [None, 2, 'nearest']],\n   [[-1, {source}], 1, Concat, [1]],\n"
        text += f"   [-1, 3, C3, [{channels}, False]],\n" + (f"   [-1, 1, Conv, [{down}, 1, 1]],\n" if down else "")
    for source, channels in ((14, 256), (10, 512)):
        text += f"   [-1, 1, Conv, [{channels}, 3, 2]],\n   [[-1, {source}], 1, Concat, [1]],\n"
        text += f"   [-1, 3, C3, [{2 * channels}, False]],\n"
    return text + f"   [[17, 20, 23], 1, {head}],\n  ]\n"


SIZES = ("n: [0.33, 0.25, 1024]", "s: [0.33, 0.50, 1024]", "m: [0.67, 0.75, 768]", "l: [1.00, 1.00, 512]", "x: [1.00, 1.25, 512]")
SCALES = "scales:\n" + "".join(f"  {line}\n" for line in SIZES)


def yolov8(head: str = "Detect, [nc]", more: str = "nc: 80\n") -> str:
    """Backbone of C2f with the input added, a neck of C2f without, heads without anchors."""
    text = f"{more}{SCALES}backbone:\n  - [-1, 1, Conv, [64, 3, 2]]\n"
    for channels, repeats in ((128, 3), (256, 6), (512, 6), (1024, 3)):
        text += f"  - [-1, 1, Conv, [{channels}, 3, 2]]\n  - [-1, {repeats}, C2f, [{channels}, True]]\n"
    if head.startswith("Classify"):
        return text + f"head:\n  - [-1, 1, {head}]\n"
    text += "  - [-1, 1, SPPF, [1024, 5]]\nhead:\n"
    for source, channels in ((6, 512), (4, 256)):
        text += f'  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]\n  - [[-1, {source}], 1, Concat, [1]]\n'
        text += f"  - [-1, 3, C2f, [{channels}]]\n"
    for source, channels in ((12, 256), (9, 512)):
        text += (
            f"  - [-1, 1, Conv, [{channels}, 3, 2]]\n  - [[-1, {source}], 1, Concat, [1]]\n  - [-1, 3, C2f, [{2 * channels}]]\n"
        )
    return text + f"  - [[15, 18, 21], 1, {head}]\n"


YOLO11_SCALES = (
    "n: [0.50, 0.25, 1024]",
    "s: [0.50, 0.50, 1024]",
    "m: [0.50, 1.00, 512]",
    "l: [1.00, 1.00, 512]",
    "x: [1.00, 1.50, 512]",
)


def yolo11() -> str:
    """Parts of C3 in C2f, attention at the end of the backbone, heads of depthwise convolutions for the classes."""
    text = "nc: 80\nscales:\n" + "".join(f"  {line}\n" for line in YOLO11_SCALES) + "backbone:\n  - [-1, 1, Conv, [64, 3, 2]]\n"
    for down, channels, deep in ((128, 256, "False, 0.25"), (256, 512, "False, 0.25"), (512, 512, "True"), (1024, 1024, "True")):
        text += f"  - [-1, 1, Conv, [{down}, 3, 2]]\n  - [-1, 2, C3k2, [{channels}, {deep}]]\n"
    text += "  - [-1, 1, SPPF, [1024, 5]]\n  - [-1, 2, C2PSA, [1024]]\nhead:\n"
    for source, channels in ((6, 512), (4, 256)):
        text += f'  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]\n  - [[-1, {source}], 1, Concat, [1]]\n'
        text += f"  - [-1, 2, C3k2, [{channels}, False]]\n"
    for source, channels, deep in ((13, 256, False), (10, 512, True)):
        text += f"  - [-1, 1, Conv, [{channels}, 3, 2]]\n  - [[-1, {source}], 1, Concat, [1]]\n"
        text += f"  - [-1, 2, C3k2, [{2 * channels}, {deep}]]\n"
    return text + "  - [[16, 19, 22], 1, Detect, [nc]]\n"


def analysed(text: str, **given: object) -> Analysis:
    return archcalc.analyse(archcalc.load(text, **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("depth", "width", "params"),
    [(0.33, 0.25, 1_872_157), (0.33, 0.5, 7_235_389), (0.67, 0.75, 21_190_557), (1.0, 1.0, 46_563_709), (1.33, 1.25, 86_749_405)],
    ids=list("nsmlx"),
)
def test_yolov5(depth: float, width: float, params: int) -> None:
    """The parameters that training prints for each of the five (unfused); yolov5s has 16.5 GFLOPs, which are two a product."""
    text = yolov5(depth, width)
    assert recognise(text) == "ultralytics"
    totals = analysed(text).totals
    assert totals.params == params
    if width == 0.5:
        assert totals.multiplies == 8_216_780_800


@pytest.mark.parametrize(
    ("scale", "params", "gflops"),
    [("n", 3_157_200, 8.9), ("s", 11_166_560, 28.8), ("m", 25_902_640, 79.3), ("l", 43_691_520, 165.7), ("x", 68_229_648, 258.5)],
)
def test_yolov8(scale: str, params: int, gflops: float) -> None:
    """Parameters and GFLOPs of every scale, as the package's documentation has them. 16 of the parameters are frozen."""
    totals = analysed(yolov8(), variables={"scale": scale}).totals
    assert totals.params == params
    # What Ultralytics counts beside the products is less than two in a hundred.
    assert 0 <= gflops - 2 * totals.multiplies / 1e9 < 0.02 * gflops
    if scale == "n":
        assert totals.multiplies == 4_371_993_600


@pytest.mark.parametrize(
    ("scale", "params", "gflops"),
    [("n", 2_624_080, 6.6), ("s", 9_458_752, 21.7), ("m", 20_114_688, 68.5), ("l", 25_372_160, 87.6), ("x", 56_966_176, 196.0)],
)
def test_yolo11(scale: str, params: int, gflops: float) -> None:
    """Parameters and GFLOPs of every scale, as the package's documentation has them."""
    totals = analysed(yolo11(), variables={"scale": scale}).totals
    assert totals.params == params
    assert abs(gflops - 2 * totals.multiplies / 1e9) < 0.03 * gflops


@pytest.mark.parametrize(
    ("head", "more", "size", "params"),
    [
        ("Segment, [nc, 32, 256]", "nc: 80\n", 640, 3_409_968),
        ("Pose, [nc, kpt_shape]", "nc: 1\nkpt_shape: [17, 3]\n", 640, 3_295_470),
        ("Classify, [nc]", "nc: 1000\n", 224, 2_719_288),
        ("OBB, [nc, 1]", "nc: 15\n", 640, 3_085_440),
        ("v10Detect, [nc]", "nc: 80\n", 640, 3_189_344),
    ],
    ids=["segment", "pose", "classify", "turned", "twice"],
)
def test_other_heads(head: str, more: str, size: int, params: int) -> None:
    """yolov8n-seg, -pose, -cls and -obb, and YOLOv10's head on the same: parameters as Ultralytics has them."""
    analysis = analysed(yolov8(head, more), input=f"3x{size}x{size}", variables={"scale": "n"})
    assert analysis.totals.params == params
    # What torch counted of Ultralytics 8.4.190 in evaluation, halved: both halves of YOLOv10's head run.
    counted = {"OBB, [nc, 1]": 4_171_603_200, "v10Detect, [nc]": 4_429_964_800}
    assert analysis.totals.multiplies == counted.get(head, analysis.totals.multiplies)


def test_the_scale_is_in_the_files_name(tmp_path: Path) -> None:
    """yolov8m.yaml is scale m; without one the first is taken, with a word about it."""
    file = tmp_path / "yolov8m.yaml"
    file.write_text(yolov8(), encoding="utf-8")
    assert archcalc.analyse(archcalc.load(str(file))).totals.params == 25_902_640
    assert "read in scale n, the first of n, s, m, l, x; `--set scale=x` for another" in analysed(yolov8()).network.notes


SMALL = "nc: 3\nbackbone:\n  - [-1, 1, Conv, [16, 3, 2]]\n{}head:\n  - [-1, 1, Conv, [8]]\n"


@pytest.mark.parametrize(
    ("line", "channels", "params"),
    [
        ("[-1, 1, Conv, [32, 1, 1, None, 4]]", 32, 16 * 8 + 64),
        ("[-1, 1, DWConv, [32, 3]]", 32, 9 * 32 + 64),
        ("[-1, 2, Conv, [16]]", 16, 2 * (256 + 32)),
        ("[-1, 1, Bottleneck, [16]]", 16, 9 * 16 * 8 * 2 + 16 + 32),
        ("[-1, 1, Focus, [32, 3]]", 32, 9 * 64 * 32 + 64),
        ("[-1, 2, C3, [32]]", 32, 2 * (16 * 16 + 32) + 2 * (256 + 32 + 2304 + 32) + 32 * 32 + 64),
        ("[-1, 2, C2f, [32]]", 32, 16 * 32 + 64 + 2 * 2 * (2304 + 32) + 64 * 32 + 64),
        ("[-1, 1, SPPF, [32, 5]]", 32, 16 * 8 + 16 + 32 * 32 + 64),
        ("[-1, 1, SPP, [32, [5, 9]]]", 32, 16 * 8 + 16 + 24 * 32 + 64),
        ("[-1, 1, GhostConv, [32, 3]]", 32, 9 * 16 * 16 + 32 + 25 * 16 + 32),
        # YOLOv9 and YOLOv10: a convolution from a to b channels with k has k·k·a·b weights and 2·b of its normalisation.
        ("[-1, 1, SCDown, [32, 3, 2]]", 32, 16 * 32 + 64 + 9 * 32 + 64),
        ("[-1, 1, PSA, [16]]", 16, 2 * (256 + 32) + (8 * 16 + 32) + (72 + 16) + (64 + 16) + (8 * 16 + 32) + (16 * 8 + 16)),
        (
            "[-1, 2, C2fCIB, [32, True, True]]", 32,
            16 * 32 + 64 + 2 * (2 * (144 + 32) + 16 * 32 + 64 + (49 + 9) * 32 + 2 * 64 + 32 * 16 + 32) + 64 * 32 + 64,
        ),
        ("[-1, 1, C2fCIB, [32, False]]", 32, 16 * 32 + 64 + 2 * (144 + 32) + 16 * 32 + 64 + 288 + 64 + 512 + 32 + 48 * 32 + 64),
        (
            "[-1, 1, RepNCSPELAN4, [32, 16, 8, 2]]", 32,
            256 + 32 + 2 * (2 * (32 + 8) + 2 * (144 + 8 + 16 + 8 + 144 + 8) + 64 + 16 + 9 * 64 + 16) + 32 * 32 + 64,
        ),
        ("[-1, 1, ELAN1, [32, 16, 8]]", 32, 256 + 32 + 2 * (9 * 64 + 16) + 32 * 32 + 64),
        ("[-1, 1, AConv, [32]]", 32, 9 * 16 * 32 + 64),
        ("[-1, 1, ADown, [32]]", 32, 9 * 8 * 16 + 32 + 8 * 16 + 32),
        ("[-1, 1, SPPELAN, [32, 8]]", 32, 16 * 8 + 16 + 32 * 32 + 64),
        ("[-1, 1, nn.MaxPool2d, [2, 2, 0]]", 16, 0),
        ("[-1, 1, nn.Upsample, [None, 2, nearest]]", 16, 0),
        ("[-1, 1, nn.ZeroPad2d, [[0, 1, 0, 1]]]", 16, 0),
        ("[-1, 1, nn.BatchNorm2d, []]", 16, 32),
        ("[[-1, 0], 1, Concat, [1]]", 32, 0),
        ("[-1, 1, Contract, [2]]", 64, 0),
    ],
)  # fmt: skip
def test_a_module(line: str, channels: int, params: int) -> None:
    """What one line makes of 16 channels, added up by hand."""
    analysis = analysed(SMALL.format(f"  - {line}\n"))
    rows = [row for row in analysis if row.path.startswith("model.1")]
    assert rows[-1].output[0] == channels
    assert sum(row.params for row in rows) == params


def test_channels_and_repeats_are_scaled() -> None:
    """Channels up to the next multiple of 8 after the most allowed, repeats rounded and at least 1."""
    text = "nc: 80\nscales: {a: [0.5, 0.3, 100]}\nbackbone:\n  - [-1, 1, Conv, [64]]\n  - [-1, 3, C3, [512]]\n"
    text += "head:\n  - [-1, 1, Conv, [80]]\n"
    rows = {row.path: row for row in analysed(text)}
    assert rows["model.0.conv"].output[0] == 24
    assert rows["model.1.cv3.conv"].output[0] == 32
    assert [path for path in rows if path.endswith("cv1.conv")] == [
        "model.1.cv1.conv",
        "model.1.m.0.cv1.conv",
        "model.1.m.1.cv1.conv",
    ]
    assert rows["model.2.conv"].output[0] == 80  # as many as classes are never scaled


@pytest.mark.parametrize(
    ("text", "said", "tried"),
    [
        (SMALL.format("  - [-1, 1, C2ff, [64]]\n"), "the module C2ff is not known", "C2f"),
        (SMALL.format("  - [-1, 1, A2C2f, [64]]\n"), "the module A2C2f is not known", "the model without it"),
        (SMALL.format("  - [-5, 1, Conv, [64]]\n"), "there is no line -5 before this one, which is line 1", "-1"),
        (SMALL.format("  - [-1, 1, Conv]\n"), "a line is [from, repeats, module, arguments]", "[-1, 1, Conv"),
        (SMALL.format("  - [-1, x, Conv, [64]]\n"), "repeats are a whole number", "1"),
        (SMALL.format("  - [-1, 1, Conv, []]\n"), "Conv: it needs c2", "64"),
        (SMALL.format("  - [-1, 1, Conv, [64, k]]\n"), "Conv: k is a whole number, not k", "1"),
        (SMALL.format("  - [-1, 1, Conv, [64, 1, 1, 1, 1, 1, True, 9]]\n"), "Conv: 8 arguments; it takes", ""),
        (SMALL.format("") + "depth_multiplier: 3\n", "a model of Ultralytics has no depth_multiplier", "depth_multiple"),
        (SMALL.format("") + "activation: nn.Silu()\n", "the activation nn.Silu() is not known", "nn.SiLU()"),
    ],
)
def test_faults_are_at_their_place(text: str, said: str, tried: str) -> None:
    """What is wrong, where, and what to type."""
    refused(analysed, text, said, tried)


def test_mutated_files_are_read_or_refused() -> None:
    """Characters dropped, doubled or put in: no traceback, and quickly."""
    rng = random.Random(6)
    texts = [yolov5(0.33, 0.25), yolov8(), SMALL.format("  - [-1, 1, C3, [32]]\n"), yolov8("Segment, [nc, 32, 256]")]
    start = time.process_time()
    for _ in range(200):
        text = rng.choice(texts)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(text))
            put = rng.choice(["", "[", "]", ",", "-1", "0", "None", "99999999999", "1e9", "x", ":", "\n", text[at : at + 12]])
            text = text[:at] + put + text[at + rng.choice([0, 1, 3, 20]) :]
        with contextlib.suppress(SpecError):
            analysed(text + "\nbackbone_:\n")
        with contextlib.suppress(SpecError):
            analysed(text)
    assert time.process_time() - start < 90
