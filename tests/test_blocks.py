"""The shipped blocks: table and files agree, every example works, and each block keeps its paper's rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from reference_data import net

import archcalc
import archcalc.blocks
from archcalc.analysis import Analysis
from archcalc.blocks import TABLE
from archcalc.layers import KINDS, normal
from archcalc.notations.own.shipped import definitions
from archcalc.notations.own.tree import Map, Scalar

FOLDER = Path(archcalc.blocks.__file__).parent


def definition(name: str) -> Map:
    """The definition of a shipped block."""
    found = definitions(TABLE[name]).get(name)
    assert isinstance(found, Map)
    return found


def text_of(name: str, key: str) -> str:
    """A key of a definition that holds text."""
    value = definition(name).get(key)
    assert isinstance(value, Scalar), f"{name} has no {key}"
    return value.text


def example(name: str) -> Analysis:
    """The block's own example on the input it states."""
    given = definition(name).get("input")
    if isinstance(given, Map):
        inputs = "".join(f"  {key.text}: {value.text}\n" for key, value in given.entries if isinstance(value, Scalar))
        head = f"inputs:\n{inputs}"
    else:
        head = f"input: {text_of(name, 'input')}\n"
    return archcalc.analyse(archcalc.load(f"{head}layers:\n  - {text_of(name, 'example')}\n"))


def test_paths_of_a_sequence_join_their_features() -> None:
    """T×F and T×G side by side are T×(F + G), as torch.cat over the last dimension; maps join their channels."""
    assert net("5x3", "branches: [[fc 4], [fc 6]]").rows[-1].output == (5, 10)
    assert net("2x5x3", "branches: [[conv 4 k1], [conv 6 k1]]").rows[-1].output == (10, 5, 3)


@pytest.mark.parametrize(("times", "made"), [("3", 3), ("6/2", 3), ("0", 0), ("5/2", None), ("2.5", None), ("-1", None)])
def test_repeat_takes_a_whole_number(times: str, made: int | None) -> None:
    """A quotient without a remainder is whole; half a layer is refused, not rounded away."""
    text = f"input: 4\nlayers:\n- relu\n- repeat: {times}\n  layers: [tanh]\n"
    if made is None:
        with pytest.raises(archcalc.SpecError, match="repeat takes a whole number from 0"):
            archcalc.load(text)
    else:
        assert len(archcalc.load(text).nodes) == 1 + made


def test_table_and_files() -> None:
    """The table holds every block of every file, and nothing else."""
    files = [path.stem for path in FOLDER.glob("*.yaml")]
    assert {(key.text, file) for file in files for key, _ in definitions(file).entries} == set(TABLE.items())


def test_no_block_hides_a_layer() -> None:
    """No block has the name of a layer, which it would hide."""
    assert [name for name in TABLE if normal(name) in KINDS] == []


@pytest.mark.parametrize("name", TABLE)
def test_definition_is_complete(name: str) -> None:
    """A block says what it is with its source, shows its use, and works as shown."""
    assert any(character.isdigit() for character in text_of(name, "doc")), "no year of a source in doc"
    assert name in text_of(name, "example")
    analysis = example(name)
    assert analysis.totals.params > 0
    assert all(size > 0 for row in analysis for size in row.output)


@pytest.mark.parametrize("name", TABLE)
def test_written_back(name: str) -> None:
    """What the table shows for a block can be typed in its place and makes the same layers."""
    analysis = example(name)
    (path, written), *_ = analysis.network.groups.items()
    given = definition(name).get("input")
    if isinstance(given, Map):
        assert f"{name}: {written.removeprefix(name).strip()}" in text_of(name, "example")
        return
    again = net(text_of(name, "input"), written)
    assert path == f"{name}1"
    assert [(row.layer, row.output) for row in again] == [(row.layer, row.output) for row in analysis]


def kinds(analysis: Analysis) -> list[str]:
    """The kinds of the layers in order."""
    return [row.layer.kind for row in analysis]


def test_inverted_residual_without_expansion() -> None:
    """At t = 1 there is no expansion: the depthwise convolution comes first."""
    assert kinds(net("16x8x8", "inverted_residual 24 t1"))[0] == "depthwise"
    rows = net("16x8x8", "inverted_residual 24 t6").rows
    assert rows[0].output == (96, 8, 8)
    assert rows[0].layer.kind == "conv"


@pytest.mark.parametrize(("out", "stride", "added"), [(16, 1, True), (16, 2, False), (24, 1, False), (24, 2, False)])
def test_inverted_residual_shortcut(out: int, stride: int, added: bool) -> None:
    """The input is added only where stride is 1 and the channels match, and no activation follows the projection."""
    analysis = net("16x8x8", f"inverted_residual {out} s{stride}")
    assert ("add" in kinds(analysis)) == added
    last = analysis.rows[-1]
    assert last.layer.kind == ("add" if added else "bn")
    if added:
        assert -1 in last.node.inputs


def test_inverted_residual_parameters() -> None:
    """t·C·C + 9·t·C + t·C·C_out weights and 2 normalisation values a map, by hand."""
    C, t, out = 16, 6, 24
    weights = t * C * C + 9 * t * C + t * C * out
    assert net("16x8x8", f"inverted_residual {out}").totals.params == weights + 2 * (2 * t * C + out)


def test_depthwise_separable_cost() -> None:
    """9·C_in + C_in·C_out multiplications a pixel instead of 9·C_in·C_out. Howard et al. 2017, section 3.1."""
    separable = net("32x10x10", "depthwise_separable 64").totals.multiplies
    assert separable == 100 * (9 * 32 + 32 * 64)
    assert net("32x10x10", "conv 64 k3 p1").totals.multiplies == 100 * 9 * 32 * 64


@pytest.mark.parametrize(
    ("line", "convs"), [("basic 64", 2), ("basic 64 s2", 3), ("basic 128", 3), ("bottleneck 16", 3), ("bottleneck 64", 4)]
)
def test_residual_shortcut(line: str, convs: int) -> None:
    """A convolution stands on the shortcut only where size or channels change; otherwise it is the input itself."""
    analysis = net("64x8x8", line)
    assert kinds(analysis).count("conv") == convs
    assert kinds(analysis)[-2:] == ["add", "relu"]
    assert (-1 in analysis.rows[-2].node.inputs) == (convs == (3 if line.startswith("bottleneck") else 2))


def test_bottleneck_stride() -> None:
    """The stride is the 3×3's, or the first 1×1's as in the paper; parameters and output are the same."""
    late, early = net("64x8x8", "bottleneck 16 s2"), net("64x8x8", "bottleneck 16 s2 stride_on=1")
    assert [row.output[1] for row in late if row.layer.kind == "conv"] == [8, 4, 4, 4]
    assert [row.output[1] for row in early if row.layer.kind == "conv"] == [4, 4, 4, 4]
    assert late.totals.params == early.totals.params
    assert late.rows[-1].output == early.rows[-1].output


def test_inception_concatenates() -> None:
    """The output channels are those of the four branches; the torchvision module has 3×3 in the 5×5 branch and no bias."""
    plain, bn = net("192x28x28", "inception 64 96 128 16 32 32"), net("192x28x28", "inception_v1_bn 64 96 128 16 32 32")
    assert plain.rows[-1].output == bn.rows[-1].output == (64 + 128 + 32 + 32, 28, 28)
    saved = (25 - 9) * 16 * 32 + (64 + 96 + 128 + 16 + 32 + 32)  # a smaller kernel, no biases
    added = 2 * (64 + 96 + 128 + 16 + 32 + 32)  # scale and shift
    assert plain.totals.params - bn.totals.params == saved - added
    assert bn.totals.params == bn.totals.params_without_bias


def test_vgg_normalisation() -> None:
    """`norm=bn` puts a normalisation between convolution and activation, `act` replaces the activation."""
    assert kinds(net("3x8x8", "vgg 2 4")) == ["conv", "relu", "conv", "relu", "maxpool"]
    assert kinds(net("3x8x8", "vgg 1 4 norm=bn act=gelu")) == ["conv", "bn", "gelu", "maxpool"]
    assert kinds(net("3x8x8", "vgg: {convs: 1, out: 4, norm: bn}")) == ["conv", "bn", "relu", "maxpool"]


def test_squeeze_excite() -> None:
    """2·C²/r weights, and the output is the input's shape. Hu et al. 2017, equation 5."""
    analysis = net("64x7x7", "squeeze_excite 16")
    assert analysis.totals.params_without_bias == 2 * 64 * 64 // 16
    assert analysis.rows[-1].output == (64, 7, 7)
    assert analysis.rows[-1].layer.kind == "mul"


def test_dense_block_grows() -> None:
    """Every dense layer adds `growth` maps; a transition halves maps and size. Huang et al. 2016, section 3."""
    analysis = net("64x8x8", "dense_block 6 32", "transition")
    channels = [row.output[0] for row in analysis if row.layer.kind == "concat"]
    assert channels == [64 + 32 * n for n in range(1, 7)]
    assert analysis.rows[-1].output == (128, 4, 4)


def test_fire_defaults() -> None:
    """A Fire module expands four times where nothing is said, as SqueezeNet's do."""
    assert net("96x9x9", "fire 16").totals == net("96x9x9", "fire 16 64 64").totals


def test_transformer_encoder_layer() -> None:
    """4·E² + 2·E·F weights, whatever the heads; Vaswani et al. 2017: E = 512, F = 2048."""
    eight, one_ = net("64x512", "transformer_encoder_layer 8"), net("64x512", "transformer_encoder_layer 1")
    norms = 2 * 2 * 512
    assert eight.totals.params_without_bias - norms == 4 * 512**2 + 2 * 512 * 2048
    assert one_.totals == eight.totals


def test_wide_and_deep_is_the_example_written_out() -> None:
    """The block makes what the example writes out layer by layer."""
    head = "inputs: {wide: 5, deep: 6}\nlayers:\n"
    block = archcalc.analyse(archcalc.load(head + "  - {from: [wide, deep], wide_and_deep: 30}\n  - fc 1\n"))
    assert block.totals == archcalc.analyse(archcalc.load("wide_and_deep")).totals


RESNET = """
input: 3x224x224
layers:
  - conv 64 k7 s2 p3 nobias bn relu
  - maxpool 3 s2 p1
  - table:
      block: bottleneck
      columns: c n s
      rows: [64 3 1, 128 4 2, 256 6 2, 512 3 2]
      with: {SETTINGS}
  - globalavgpool
  - fc 1000
"""
V3_SMALL = """
input: 3x224x224
layers:
  - conv 16 k3 s2 p1 nobias bn hardswish
  - table:
      block: inverted_residual
      columns: k wide c se act s
      rows:  # Howard et al. 2019, table 2
        - 3 16 16 0.25 relu 2
        - 3 72 24 0 relu 2
        - 3 88 24 0 relu 1
        - 5 96 40 0.25 hardswish 2
        - 5 240 40 0.25 hardswish 1
        - 5 240 40 0.25 hardswish 1
        - 5 120 48 0.25 hardswish 1
        - 5 144 48 0.25 hardswish 1
        - 5 288 96 0.25 hardswish 2
        - 5 576 96 0.25 hardswish 1
        - 5 576 96 0.25 hardswish 1
  - conv 576 k1 nobias bn hardswish
  - globalavgpool
  - fc 1024 hardswish
  - fc 1000
"""
# Published num_params and multiply-accumulates (GFLOPS of its table) of torchvision's weights.
PUBLISHED = {
    "resnext50_32x4d": (RESNET.replace("SETTINGS", "g: 32, width: 4"), 25_028_904, 4.23),
    "resnext101_32x8d": (RESNET.replace("SETTINGS", "g: 32, width: 8").replace("256 6 2", "256 23 2"), 88_791_336, 16.41),
    "wide_resnet50_2": (RESNET.replace("SETTINGS", "width: 128"), 68_883_240, 11.40),
    "mobilenet_v3_small": (V3_SMALL, 2_542_856, 0.06),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_blocks_take_what_their_papers_vary(name: str) -> None:
    """Groups and width, absolute expansion, kernel and gate: the published networks to the last parameter."""
    text, params, gflops = PUBLISHED[name]
    total = archcalc.analyse(archcalc.load(text)).totals
    assert total.params == params
    assert round(total.multiplies / 1e9, 2) == gflops


def test_what_is_dropped_stands_before_the_sum() -> None:
    """Stochastic depth is where the input is added, and nowhere else."""
    for line, stands in (
        ("inverted_residual 24 drop=0.1", True),
        ("inverted_residual 32 drop=0.1", False),
        ("mbconv 24 drop=0.1", True),
    ):
        kinds = [row.layer.kind for row in net("24x8x8", line).rows]
        assert (kinds[-2:] == ["droppath", "add"]) is stands
        assert ("droppath" in kinds) is stands


def written(analysis: Analysis) -> list[str]:
    """The layers as lines."""
    return [str(row.layer) for row in analysis.rows]


def test_defaults_hold_for_every_layer_of_a_kind() -> None:
    """Wherever it stands: the first of a line, behind another, in a mapping, joined by name; not inside a block."""
    text = """
input: 3x8x8
defaults: {conv: k1 bn, batchnorm: noaffine, relu6: relu, add: relu}
blocks: {own: {layers: [conv 3 k3 bn]}}
layers:
- {id: a, conv: 4 bn}
- {id: b, conv: {out: 4}}
- add: [a, b]
- {from: [a, b], add: }
- own
"""
    conv, bn = ["conv 4 k1"], ["bn noaffine"]
    joined = ["add", "relu"]
    made = written(archcalc.analyse(archcalc.load(text)))
    assert made == conv + bn + conv + bn + joined + joined + ["conv 3 k3", "bn"]


def test_what_follows_a_join_by_name_follows_it() -> None:
    """An activation beside the names, as beside any other settings."""
    made = net("3x8x8", "{id: a, conv: 4 k1}", "add: {of: [a, prev], activation: relu}", "concat: {inputs: [a, prev], norm: bn}")
    assert written(made) == ["conv 4 k1", "add", "relu", "concat axis=0", "bn"]
    assert made.rows[-2].output == (8, 8, 8)


def test_an_argument_of_a_block_may_be_called_of() -> None:
    """Only layers that join take names under `of`."""
    text = "input: 3x8x8\nblocks: {b: {args: {of: required}, layers: [conv of k1]}}\nlayers: [{b: {of: 5}}]\n"
    assert written(archcalc.analyse(archcalc.load(text))) == ["conv 5 k1"]
