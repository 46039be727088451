"""Every network by its name against torch: all rows equal on the meta device; the smallest input is the least that torch takes.

Where torchvision has the network, its own module is run at the smallest input and at one less: what archcalc says of a size
holds for the network that people use. An ordinary run holds a sample; `--all-networks` holds all.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from both_sides import on_meta
from installed_torchvision import folder, models
from torch_or_skip import torch_or_skip

torch = torch_or_skip()

import archcalc  # noqa: E402
from archcalc.catalogue import Shipped, networks  # noqa: E402
from archcalc.pytorch import verdict  # noqa: E402

# One of every family that has several: the files' own settings are held by test_check.py.
SAMPLE = frozenset(
    "resnet18 resnext50_32x4d wide_resnet50_2 vgg11_bn densenet169 squeezenet1_1 mobilenet_v3_small efficientnet_b1 "
    "efficientnet_v2_s regnet_x_400mf mnasnet0_5 shufflenet_v2_x0_5 vit_b_32 convnext_tiny swin_s swin_v2_t maxvit_t "
    "bert_base gpt2_small lenet5_1998 lstm_bidirectional fcn_resnet50 lraspp_mobilenet_v3_large mc3_18 s3d".split()
)
# Of a fixed size, by an assertion, whatever its layers would take.
FIXED = ("vit_", "maxvit")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    everything = metafunc.config.getoption("--all-networks")
    if "shipped" in metafunc.fixturenames:
        found = [n for n in networks() if everything or n.name in SAMPLE]
        metafunc.parametrize("shipped", found, ids=[n.name for n in found])


@pytest.mark.filterwarnings("ignore")
def test_check_meta(shipped: Shipped) -> None:
    """`archcalc check NAME --meta`: every row and the totals are torch's, none is unobserved."""
    analysis = archcalc.analyse(archcalc.load(shipped.name))
    result = verdict.check(analysis, device="meta")
    assert {c.path: c.notes for c in [*result.rows, result.total] if c.verdict != verdict.EQUAL} == {}
    assert result.tally == {"equal": len(analysis.rows), "differs": 0, "not observed": 0}


@pytest.mark.filterwarnings("ignore")
def test_the_smallest_input_is_torchs(shipped: Shipped) -> None:
    """torchvision's own module runs at the smallest input, and raises at one less in every axis."""
    where = folder()
    if where is None:
        pytest.skip("torchvision is not installed")
    there = models(where)
    make: Any = getattr(there, shipped.name, None) or getattr(there.video, shipped.name, None)
    if shipped.name in vars(there.segmentation):
        make = partial(getattr(there.segmentation, shipped.name), weights_backbone=None)
    if make is None or shipped.name.startswith(FIXED):
        pytest.skip("torchvision has no such network, or takes one size alone")
    least = archcalc.least_input(shipped.name).input
    assert least is not None
    net = on_meta(make).eval()
    net(torch.empty(2, *least, device="meta"))
    if least[1] > 1:
        with pytest.raises((RuntimeError, ValueError)):
            net(torch.empty(2, least[0], *(n - 1 for n in least[1:]), device="meta"))
