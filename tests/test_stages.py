"""timm's block strings as lines of the notation: networks against torchvision's published figures, and the strings' rules."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis import Analysis
from archcalc.text.faults import SpecError


def net(act: str, *lines: str) -> Analysis:
    listed = "".join(f"  - {line}\n" for line in lines)
    return archcalc.analyse(archcalc.load(f"input: 3x224x224\nvars: {{act: {act}}}\nlayers:\n{listed}"))


def around(act: str, stem: int, *strings: str) -> Analysis:
    """The strings between a stem and a head as EfficientNet and MobileNet V2 have them."""
    head = (f"conv 1280 k1 nobias bn {act}", "globalavgpool", "fc 1000")
    return net(act, f"conv {stem} k3 s2 p1 nobias bn {act}", *strings, *head)


@pytest.mark.parametrize(
    ("analysis", "params", "multiplies"),
    [
        (
            around(
                "silu", 32, "ds_r1_k3_s1_e1_c16_se0.25", "ir_r2_k3_s2_e6_c24_se0.25", "ir_r2_k5_s2_e6_c40_se0.25",
                "ir_r3_k3_s2_e6_c80_se0.25", "ir_r3_k5_s1_e6_c112_se0.25", "ir_r4_k5_s2_e6_c192_se0.25",
                "ir_r1_k3_s1_e6_c320_se0.25",
            ),
            5_288_548, 385_814_752,
        ),
        (
            around(
                "relu6", 32, "ds_r1_k3_s1_c16", "ir_r2_k3_s2_e6_c24", "ir_r3_k3_s2_e6_c32", "ir_r4_k3_s2_e6_c64",
                "ir_r3_k3_s1_e6_c96", "ir_r3_k3_s2_e6_c160", "ir_r1_k3_s1_e6_c320",
            ),
            3_504_872, 300_774_272,
        ),
        (
            around(
                "silu", 24, "cn_r2_k3_s1_e1_c24_skip", "er_r4_k3_s2_e4_c48", "er_r4_k3_s2_e4_c64", "ir_r6_k3_s2_e4_c128_se0.25",
                "ir_r9_k3_s1_e6_c160_se0.25", "ir_r15_k3_s2_e6_c256_se0.25",
            ),
            21_458_488, None,
        ),
    ],
    ids=["EfficientNet-B0", "MobileNet V2", "EfficientNetV2-S"],
)  # fmt: skip
def test_networks_of_strings(analysis: Analysis, params: int, multiplies: int | None) -> None:
    """The parameters that torchvision publishes for these networks, and the multiplications of the first two."""
    assert analysis.totals.params == params
    assert multiplies in (None, analysis.totals.multiplies)


def test_the_first_repeat_has_the_stride_and_the_rest_adds_its_input() -> None:
    """r3 s2: strides 2, 1, 1, and two sums; `noskip` has none."""
    rows = net("relu", "ir_r3_k3_s2_e2_c3").rows
    assert [row.output[1] for row in rows if row.path.endswith("conv2")] == [112, 112, 112]
    assert sum(row.layer.kind == "add" for row in rows) == 2
    assert sum(row.layer.kind == "add" for row in net("relu", "ir_r3_k3_s2_e2_c3_noskip")) == 0
    assert {row.layer.kind for row in net("relu", "ir_r1_k3_s1_e2_c3_nhs")} == {"conv", "depthwise", "bn", "hardswish", "add"}


def test_an_activation_that_nothing_names_is_said() -> None:
    """relu6 is assumed, and how to give another."""
    notes = archcalc.load("input: 3x32x32\nlayers:\n  - ir_r1_k3_s1_e2_c3\n").notes
    assert notes == ("timm's strings name no activation: relu6 is assumed; `vars: {act: silu}` gives another",)


@pytest.mark.parametrize(
    ("string", "said", "column"),
    [
        ("ib_r1_k3_c8", "timm's ib is not known here", 5),
        ("ir_r1_k3_q8_c8", "'q8' is no part of such a string", 14),
        ("ir_r1_k3_s2", "a block string needs its channels", 5),
        ("cn_r1_k3_e6_c8", "expands nothing", 5),
    ],
)
def test_what_a_string_cannot_say_is_refused(string: str, said: str, column: int) -> None:
    """At its place in the string."""
    with pytest.raises(SpecError) as caught:
        net("relu", string)
    (fault,) = caught.value.faults
    assert said in fault.message
    assert fault.span is not None
    assert fault.span.column == column
