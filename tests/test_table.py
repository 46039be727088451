"""A paper's table: what is a stride holds for the first of a row's repeats, whatever it is called and however it is used."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis import Totals

MBCONV = """
  mbconv:
    args: {t: required, c: required, k: required, %s: 1, squeeze: cin//4, shortcut: %s == 1 and cin == c}
    layers:
      - {when: t != 1, layers: [conv t*cin k1 nobias bn silu]}
      - depthwise k=k s=%s p=(k-1)//2 nobias bn silu
      - {id: map, identity: }
      - globalavgpool
      - conv squeeze k1 silu
      - conv t*squeeze*4 k1 sigmoid
      - mul: [map, prev]
      - conv c k1 nobias bn
      - {when: shortcut, add: [input, prev]}
"""
NET = """
input: 3x224x224
blocks:%s
layers:
  - conv 32 k3 s2 p1 nobias bn silu
  - table:
      block: %s
      columns: t c n %s k
      rows: [1 16 1 1 3, 6 24 2 2 3, 6 40 2 2 5, 6 80 3 2 3, 6 112 3 1 5, 6 192 4 2 5, 6 320 1 1 3]
  - conv 1280 k1 nobias bn silu
  - globalavgpool
  - fc 1000
"""
OUTER = """
  outer:
    args: {t: required, c: required, k: required, half: 1}
    layers: [mbconv c=c t=t k=k s=half]
"""


@pytest.mark.parametrize("name", ["s", "stride", "reduction"])
def test_the_stride_of_a_table_has_any_name(name: str) -> None:
    """EfficientNet-B0 (Tan and Le 2019): torchvision's weights have 5,288,548 parameters, its counter 385,814,752."""
    text = NET % (MBCONV % (name, name, name), "mbconv", name)
    assert archcalc.analyse(archcalc.load(text)).totals[::2] == (5_288_548, 385_814_752)


def test_the_stride_of_a_table_may_be_handed_on() -> None:
    """An argument that only becomes the stride of a block inside is a stride too."""
    text = NET % (MBCONV % ("s", "s", "s") + OUTER, "outer", "half")
    assert archcalc.analyse(archcalc.load(text)).totals[::2] == (5_288_548, 385_814_752)


def test_the_stride_of_a_table_of_layers() -> None:
    """The same without a block: four 3×3 convolutions, of which the first of each pair halves the map (by hand)."""
    text = "input: 3x8x8\nlayers:\n  - table: {layers: [conv c k3 p1 s=step], columns: c n step, rows: [4 2 2, 8 2 2]}\n"
    shapes = [row.output for row in archcalc.analyse(archcalc.load(text))]
    assert shapes == [(4, 4, 4), (4, 4, 4), (8, 2, 2), (8, 2, 2)]


def test_a_stride_that_is_only_asked_about_is_no_stride() -> None:
    """A column that decides and is no layer's stride stays as it is written."""
    text = (
        "input: 3x8x8\nlayers:\n  - table: {layers: [conv c k3 s=(1 if wide == 2 else 2) p1], columns: c n wide, rows: [4 2 2]}\n"
    )
    assert archcalc.analyse(archcalc.load(text)).totals == Totals(260, 252, 64 * (108 + 144))


@pytest.mark.parametrize(
    ("before", "layer", "output"),
    [
        ("input: 64\nlayers: [reshape 1x8x8, ", "conv: {out: 4, kernel: 3, padding: {left: 1, right: 1}}", (4, 6, 8)),
        ("input: 1x8x8\nlayers: [", "conv: {out: 4, kernel: 3, padding: {left: 1, right: 1}}", (4, 6, 8)),
        ("input: 1x8x8\nlayers: [", "conv: {out: 4, kernel: 3, padding: {top: 1, bottom: 1}}", (4, 8, 6)),
        ("input: 1x8x8\nlayers: [", "conv: {out: 4, kernel: 3, padding: {top: 2, left: 1}}", (4, 8, 7)),
        ("input: 1x8\nlayers: [", "conv: {out: 4, kernel: 3, padding: {left: 1, right: 1}}", (4, 8)),
        ("input: 1x8x8x8\nlayers: [", "conv: {out: 4, kernel: 3, padding: {front: 1, back: 1}}", (4, 8, 6, 6)),
        ("input: 1x8x8x8\nlayers: [", "conv: {out: 4, kernel: 3, padding: {left: 1}}", (4, 6, 6, 7)),
        ("input: 1x8x8\nlayers: [reshape 8x8, ", "conv: {out: 4, kernel: 3, padding: {left: 1, right: 1}}", (4, 8)),
    ],
)
def test_sides_are_those_of_the_map_at_hand(before: str, layer: str, output: tuple[int, ...]) -> None:
    """Sides name axes of what the layer reads, not of the network's input: W − 3 + before + after + 1, by hand."""
    assert archcalc.analyse(archcalc.load(f"{before}{{{layer}}}]\n")).rows[-1].output == output
