"""Caffe's prototxt: totals of networks written out from their papers, every trap of the format, and mutations."""

from __future__ import annotations

import contextlib
import random
import time

import pytest
from reference_data import refused

import archcalc
from archcalc.analysis import Analysis
from archcalc.notations import recognise
from archcalc.text.faults import SpecError

IMAGE = 'input: "data"\ninput_shape { dim: 1 dim: 3 dim: 9 dim: 8 }\n'


def layer(kind: str, name: str, bottoms: object, tops: object = None, param: str = "", more: str = "") -> str:
    """A layer in the newer spelling; in place where no top is named."""
    read = [bottoms] if isinstance(bottoms, str) else list(bottoms)  # type: ignore[call-overload]
    out = [tops or name] if isinstance(tops, str | None) else list(tops)  # type: ignore[call-overload]
    lines = [f'  bottom: "{b}"' for b in read] + [f'  top: "{t}"' for t in out]
    inside = f"  {param}\n" if param else ""
    return f'layer {{\n  name: "{name}"\n  type: "{kind}"\n' + "\n".join(lines) + f"\n{inside}{more}}}\n"


def conv(name: str, bottom: str, out: int, kernel: int, stride: int = 1, pad: int = 0, more: str = "") -> str:
    param = f"convolution_param {{ num_output: {out} kernel_size: {kernel} stride: {stride} pad: {pad} {more} }}"
    return layer("Convolution", name, bottom, param=param)


def conv_of(settings: str, kind: str = "Convolution") -> str:
    """A convolution `c` of the image with these settings."""
    return layer(kind, "c", "data", param=f"convolution_param {{ {settings} }}")


def relu(blob: str) -> str:
    return layer("ReLU", f"relu_{blob}", blob, blob)


def pool(name: str, bottom: str, kernel: int, stride: int, pad: int = 0, kind: str = "MAX") -> str:
    param = f"pooling_param {{ pool: {kind} kernel_size: {kernel} stride: {stride} pad: {pad} }}"
    return layer("Pooling", name, bottom, param=param)


def fc(name: str, bottom: str, out: int, more: str = "") -> str:
    return layer("InnerProduct", name, bottom, param=f"inner_product_param {{ num_output: {out} }}", more=more)


def image(channels: int, height: int, width: int) -> str:
    return f'input: "data"\ninput_dim: 10\ninput_dim: {channels}\ninput_dim: {height}\ninput_dim: {width}\n'


def analysed(text: str, **given: object) -> Analysis:
    return archcalc.analyse(archcalc.load(text, **given))  # type: ignore[arg-type]


def cifar10_quick() -> str:
    """Three convolutions of 5×5 with pools of 3×3 that round up: 32, 16, 8, 4."""
    text = [image(3, 32, 32)]
    bottom = "data"
    for n, out, kind in ((1, 32, "MAX"), (2, 32, "AVE"), (3, 64, "AVE")):
        text += [conv(f"conv{n}", bottom, out, 5, pad=2), pool(f"pool{n}", f"conv{n}", 3, 2, kind=kind), relu(f"pool{n}")]
        bottom = f"pool{n}"
    return "".join([*text, fc("ip1", "pool3", 64), fc("ip2", "ip1", 10), layer("Softmax", "prob", "ip2")])


def alexnet() -> str:
    """Krizhevsky et al. 2012, figure 2: two towers, that is groups, in layers 2, 4 and 5."""
    lrn = "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"
    text = [image(3, 227, 227), conv("conv1", "data", 96, 11, 4), relu("conv1"), layer("LRN", "norm1", "conv1", param=lrn)]
    text += [pool("pool1", "norm1", 3, 2), conv("conv2", "pool1", 256, 5, pad=2, more="group: 2"), layer("LRN", "norm2", "conv2")]
    text += [pool("pool2", "norm2", 3, 2), conv("conv3", "pool2", 384, 3, pad=1)]
    text += [conv("conv4", "conv3", 384, 3, pad=1, more="group: 2"), conv("conv5", "conv4", 256, 3, pad=1, more="group: 2")]
    text += [pool("pool5", "conv5", 3, 2), fc("fc6", "pool5", 4096), layer("Dropout", "drop6", "fc6", "fc6")]
    return "".join([*text, fc("fc7", "fc6", 4096), fc("fc8", "fc7", 1000)])


def googlenet() -> str:
    """Szegedy et al. 2014, table 1, at use: without the two heads that only training has."""
    text = [image(3, 224, 224), conv("c1", "data", 64, 7, 2, 3), pool("p1", "c1", 3, 2), conv("c2r", "p1", 64, 1)]
    text += [conv("c2", "c2r", 192, 3, pad=1), pool("p2", "c2", 3, 2)]
    rows = (
        (64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), None, (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64), (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128), None,
        (256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128),
    )  # fmt: skip
    bottom = "p2"
    for n, row in enumerate(rows):
        if row is None:
            text.append(pool(f"p{n}x", bottom, 3, 2))
            bottom = f"p{n}x"
            continue
        one, reduce3, three, reduce5, five, projected = row
        i = f"i{n}/"
        text += [conv(f"{i}1", bottom, one, 1), conv(f"{i}3r", bottom, reduce3, 1), conv(f"{i}3", f"{i}3r", three, 3, pad=1)]
        text += [conv(f"{i}5r", bottom, reduce5, 1), conv(f"{i}5", f"{i}5r", five, 5, pad=2), pool(f"{i}p", bottom, 3, 1, 1)]
        text += [conv(f"{i}pp", f"{i}p", projected, 1), layer("Concat", f"{i}out", [f"{i}1", f"{i}3", f"{i}5", f"{i}pp"])]
        bottom = f"{i}out"
    return "".join([*text, pool("last", bottom, 7, 1, kind="AVE"), fc("fc", "last", 1000)])


def resnet50() -> str:
    """He et al. 2015, table 1, as its authors released it: the first convolution with a bias, the stride on the first 1×1."""

    def normed(name: str, bottom: str, out: int, kernel: int, stride: int = 1, pad: int = 0, bias: bool = False) -> str:
        made = conv(name, bottom, out, kernel, stride, pad, more="" if bias else "bias_term: false")
        made += layer("BatchNorm", f"bn_{name}", name, name, "batch_norm_param { use_global_stats: true }")
        return made + layer("Scale", f"scale_{name}", name, name, "scale_param { bias_term: true }")

    text = [image(3, 224, 224), normed("conv1", "data", 64, 7, 2, 3, bias=True), relu("conv1"), pool("pool1", "conv1", 3, 2)]
    bottom = "pool1"
    for stage, (width, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), 2):
        for block in range(blocks):
            i, stride = f"{stage}{block}", 2 if block == 0 and stage > 2 else 1
            shortcut = bottom
            if block == 0:
                text.append(normed(f"s{i}", bottom, 4 * width, 1, stride))
                shortcut = f"s{i}"
            text += [normed(f"a{i}", bottom, width, 1, stride), relu(f"a{i}"), normed(f"b{i}", f"a{i}", width, 3, pad=1)]
            text += [relu(f"b{i}"), normed(f"c{i}", f"b{i}", 4 * width, 1)]
            text += [layer("Eltwise", f"res{i}", [shortcut, f"c{i}"]), relu(f"res{i}")]
            bottom = f"res{i}"
    return "".join([*text, pool("pool5", bottom, 7, 1, kind="AVE"), fc("fc1000", "pool5", 1000)])


def squeezenet() -> str:
    """Iandola et al. 2016, version 1.1: https://github.com/forresti/SqueezeNet."""
    text = [image(3, 227, 227), conv("conv1", "data", 64, 3, 2), pool("pool1", "conv1", 3, 2)]
    bottom = "pool1"
    for n, (squeeze, expand) in enumerate(
        ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)), 2
    ):
        text += [conv(f"s{n}", bottom, squeeze, 1), conv(f"e{n}", f"s{n}", expand, 1), conv(f"x{n}", f"s{n}", expand, 3, pad=1)]
        text.append(layer("Concat", f"fire{n}", [f"e{n}", f"x{n}"]))
        bottom = f"fire{n}"
        if n in (3, 5):
            text.append(pool(f"pool{n}", bottom, 3, 2))
            bottom = f"pool{n}"
    text.append(conv("conv10", bottom, 1000, 1))
    return "".join([*text, layer("Pooling", "pool10", "conv10", param="pooling_param { pool: AVE global_pooling: true }")])


def lenet(bottom: str = "data", suffix: str = "", shared: bool = False) -> str:
    def names(n: int) -> str:
        return f'  param {{ name: "w{n}" lr_mult: 1 }}\n  param {{ name: "b{n}" lr_mult: 2 }}\n' if shared else ""

    def param(out: int) -> str:
        return f"convolution_param {{ num_output: {out} kernel_size: 5 }}"

    text = layer("Convolution", f"conv1{suffix}", bottom, param=param(20), more=names(1))
    text += pool(f"pool1{suffix}", f"conv1{suffix}", 2, 2)
    text += layer("Convolution", f"conv2{suffix}", f"pool1{suffix}", param=param(50), more=names(2))
    text += pool(f"pool2{suffix}", f"conv2{suffix}", 2, 2) + fc(f"ip1{suffix}", f"pool2{suffix}", 500, names(3))
    return text + relu(f"ip1{suffix}") + fc(f"ip2{suffix}", f"ip1{suffix}", 10, names(4))


def train_test() -> str:
    """A network as it is trained: data for either phase, a measure for one, a loss."""
    text = 'name: "LeNet"\n'
    for phase, size in (("TRAIN", 64), ("TEST", 100)):
        rule = f"  include {{ phase: {phase} }}\n  data_param {{ batch_size: {size} backend: LMDB }}\n"
        text += layer("Data", "mnist", [], ["data", "label"], "transform_param { scale: 0.00390625 }", rule)
    text += lenet()
    text += layer("Accuracy", "accuracy", ["ip2", "label"], more="  include { phase: TEST }\n")
    return text + layer("SoftmaxWithLoss", "loss", ["ip2", "label"])


def siamese() -> str:
    """Two towers with the same weights over the two channels of a pair."""
    text = layer("Data", "pair", [], ["pair_data", "sim"])
    text += layer("Slice", "slice_pair", "pair_data", ["data", "data_p"], "slice_param { slice_dim: 1 slice_point: 1 }")
    for bottom, suffix in (("data", ""), ("data_p", "_p")):
        text += lenet(bottom, suffix, shared=True)
        more = '  param { name: "fw" lr_mult: 1 }\n  param { name: "fb" lr_mult: 2 }\n'
        text += fc(f"feat{suffix}", f"ip2{suffix}", 2, more)
    return text + layer("ContrastiveLoss", "loss", ["feat", "feat_p", "sim"])


@pytest.mark.parametrize(
    ("text", "params", "multiplies"),
    [
        (cifar10_quick(), 145_578, 12_354_176),
        (alexnet(), 60_965_224, 724_406_816),
        (googlenet(), 6_998_552, 1_582_671_872),
        (resnet50(), 25_557_096, 3_857_973_248),
        (squeezenet(), 1_235_496, 387_747_520),
    ],
    ids=["cifar10_quick", "AlexNet", "GoogLeNet", "ResNet-50", "SqueezeNet 1.1"],
)
def test_totals_are_those_published(text: str, params: int, multiplies: int) -> None:
    """The models of Caffe's zoo, whose parameters are those of their published weights."""
    assert recognise(text) == "caffe"
    totals = analysed(text).totals
    assert (totals.params, totals.multiplies) == (params, multiplies)


def test_a_network_as_it_is_trained() -> None:
    """Data that states no size is asked for; labels, losses and measures are no part of the table, and that is said."""
    with pytest.raises(SpecError) as caught:
        analysed(train_test())
    (fault,) = caught.value.faults
    assert fault.message == "the size of the input is not known"
    assert fault.repairs == ("--input 3x224x224",)
    analysis = analysed(train_test(), input="1x28x28")
    assert (analysis.totals.params, analysis.totals.multiplies) == (431_080, 2_293_000)
    assert analysis.network.notes == ("what only training and testing have is left out: accuracy, loss",)


def test_weights_shared_by_name_are_counted_once() -> None:
    """Two towers, one set of weights; a name for some of a layer's weights only is refused."""
    analysis = analysed(siamese(), input="2x28x28")
    assert (analysis.totals.params, analysis.totals.multiplies) == (431_102, 2 * 2_293_020)
    text = IMAGE + fc("a", "data", 5, '  param { name: "w" }\n') + fc("b", "data", 5, '  param { name: "w" }\n')
    with pytest.raises(SpecError, match="weights are shared whole"):
        analysed(text)
    wrong = IMAGE + "".join(fc(n, "data", s, '  param { name: "w" }\n  param { name: "v" }\n') for n, s in (("a", 5), ("b", 6)))
    with pytest.raises(SpecError, match="its weights are those of a"):
        analysed(wrong)


def test_phases_and_stages() -> None:
    """The network at use unless the other is asked for; a rule may include, exclude, and name stages and levels."""
    head = fc("head", "data", 7, "  include { phase: TRAIN }\n") + fc("small", "data", 3, "  exclude { phase: TRAIN }\n")
    stage = fc("staged", "data", 4, '  include { stage: "deploy" not_stage: "x" }\n') + fc(
        "high", "data", 2, "  include { min_level: 2 }\n"
    )
    named = [row.path for row in analysed(IMAGE + head + stage)]
    assert named == ["flatten_small", "small"]
    assert analysed(IMAGE + head).network.notes == ("read for phase TEST, without head; `--set phase=TRAIN` reads the other",)
    assert [row.path for row in analysed(IMAGE + head, variables={"phase": "train"})][-1] == "head"
    assert analysed(IMAGE + stage, variables={"stage": "deploy", "level": 2}).rows[-1].path == "high"
    assert [row.path for row in analysed(IMAGE + 'state { stage: "deploy" }\n' + stage)][-1] == "staged"
    with pytest.raises(SpecError, match="no such variable"):
        analysed(IMAGE + head, variables={"fase": "TRAIN"})
    for level in ("--5", "12345678901234567890", "high"):
        with pytest.raises(SpecError, match="no level"):
            analysed(IMAGE + stage, variables={"stage": "deploy", "level": level})
    with pytest.raises(SpecError, match="is none of MAX, AVE, STOCHASTIC"):
        analysed(IMAGE + pool("p", "data", 2, 2, kind="9" * 5000))


OLD = """
name: 'old'
input: 'data' input_dim: [1, 3, 9, 8]
layers { name: "c" type: CONVOLUTION bottom: "data" top: "c" blobs_lr: 1 blobs_lr: 2 weight_decay: 1
  convolution_param { num_output: 4, kernel_size: 3; weight_filler < type: "gaussian" std: 0.01 > } }
layers { name: "r" type: RELU bottom: "c" top: "c" relu_param { negative_slope: 0.1 } }   # in place
layers { name: "p" type: POOLING bottom: "c" top: "p" pooling_param { pool: AVE kernel_size: 2 stride: 2 } }
layers { name: "ip" type: INNER_PRODUCT bottom: "p" top: "ip" inner_product_param { num_output: 5 bias_term: false } }
layers { name: "l" type: SOFTMAX_LOSS bottom: "ip" bottom: "label" }
"""


def test_the_older_spelling() -> None:
    """`layers` with types in capitals, lists, commas, semicolons, angle brackets, single quotes: all of it is the same format."""
    rows = analysed(OLD).rows
    assert [(row.path, row.output, row.params) for row in rows] == [
        ("c", (4, 7, 6), 4 * 27 + 4),
        ("r", (4, 7, 6), 0),
        ("p", (4, 4, 3), 0),
        ("flatten_ip", (48,), 0),
        ("ip", (5,), 240),
    ]


@pytest.mark.parametrize(
    ("text", "output", "params"),
    [
        (conv("c", "data", 4, 3, more="group: 1 dilation: 2"), (4, 5, 4), 4 * 27 + 4),
        (conv_of("num_output: 2 kernel_h: 1 kernel_w: 3 pad_h: 0 pad_w: 1"), (2, 9, 8), 20),
        (conv_of("num_output: 2 kernel_size: 3 kernel_size: 1 stride: 2 stride: 1"), (2, 4, 8), 20),
        (conv_of("num_output: 2 kernel_size: 1 stride_h: 2 stride_w: 1"), (2, 5, 8), 8),
        (conv_of("num_output: 3 kernel_size: 3", "DepthwiseConvolution"), (3, 7, 6), 30),
        (conv_of("num_output: 3 group: 3 kernel_size: 4 stride: 2 bias_term: false", "Deconvolution"), (3, 20, 18), 48),
        # Windows are counted up; the last one, where padded, must begin inside.
        (pool("p", "data", 2, 2), (3, 5, 4), 0),
        (pool("p", "data", 3, 2, 1), (3, 5, 5), 0),
        (pool("p", "data", 3, 2, 2), (3, 6, 5), 0),
        (pool("p", "data", 1, 3), (3, 4, 4), 0),
        (layer("Pooling", "p", "data", param="pooling_param { kernel_size: 2 stride: 2 round_mode: FLOOR }"), (3, 4, 4), 0),
        (layer("Pooling", "p", "data", param="pooling_param { kernel_h: 3 kernel_w: 2 stride_h: 3 stride_w: 1 }"), (3, 3, 7), 0),
        (layer("Pooling", "p", "data", param="pooling_param { pool: 1 global_pooling: true }"), (3, 1, 1), 0),
        # A stride of its own: the default is 1, whatever the window.
        (layer("Pooling", "p", "data", param="pooling_param { kernel_size: 3 }"), (3, 7, 6), 0),
        (fc("f", "data", 5), (5,), 5 * 216 + 5),
        (layer("InnerProduct", "f", "data", param="inner_product_param { num_output: 5 axis: -1 }"), (3, 9, 5), 45),
        (layer("BatchNorm", "b", "data"), (3, 9, 8), 0),
        (layer("BatchNorm", "b", "data") + layer("Scale", "s", "b", param="scale_param { bias_term: true }"), (3, 9, 8), 6),
        (layer("PReLU", "p", "data"), (3, 9, 8), 3),
        (layer("Scale", "s", "data"), (3, 9, 8), 3),
        (layer("Bias", "b", "data"), (3, 9, 8), 3),
        (layer("Power", "p", "data", param="power_param { power: 2 scale: 0.5 shift: 1 }"), (3, 9, 8), 0),
        (layer("AbsVal", "a", "data"), (3, 9, 8), 0),
        (layer("Eltwise", "e", ["data", "data", "data"], param="eltwise_param { operation: MAX }"), (3, 9, 8), 0),
        (layer("Softmax", "s", "data", param="softmax_param { axis: 2 }"), (3, 9, 8), 0),
        (layer("PReLU", "p", "data", param="prelu_param { channel_shared: true }"), (3, 9, 8), 1),
        (layer("Eltwise", "e", ["data", "data"], param="eltwise_param { operation: SUM coeff: 1 coeff: -1 }"), (3, 9, 8), 0),
        (layer("Concat", "c", ["data", "data"]), (6, 9, 8), 0),
        (layer("Concat", "c", ["data", "data"], param="concat_param { axis: -1 }"), (3, 9, 16), 0),
        (layer("Slice", "s", "data", ["x", "y", "z"]), (1, 9, 8), 0),
        (layer("Slice", "s", "data", ["x", "y"], "slice_param { slice_point: 1 }"), (2, 9, 8), 0),
        (layer("Split", "s", "data", ["x", "y"])
         + layer("Eltwise", "e", ["x", "y"], param="eltwise_param { operation: PROD }"), (3, 9, 8), 0),
        (layer("Flatten", "f", "data"), (216,), 0),
        (layer("Reshape", "r", "data", param="reshape_param { shape { dim: 0 dim: 0 dim: -1 } }"), (3, 72), 0),
        (layer("Permute", "p", "data", param="permute_param { order: 0 order: 2 order: 3 order: 1 }"), (9, 8, 3), 0),
        (pool("p", "data", 3, 1) + layer("Crop", "c", ["data", "p"], param="crop_param { axis: 2 offset: 1 }"), (3, 7, 6), 0),
        (pool("p", "data", 3, 1) + layer("Crop", "c", ["data", "p"], param="crop_param { axis: 3 offset: 1 }"), (3, 9, 6), 0),
        (layer("Pooling", "p", "data", param="pooling_param { pool: AVE global_pooling: true }")
         + fc("s", "p", 3) + layer("Scale", "x", ["data", "s"], param="scale_param { axis: 0 }"), (3, 9, 8), 12),
        # What forks added: a pool that rounds down, sides of their own, normalisations of SegNet and SSD, maps made larger.
        (layer("Pooling", "p", "data", param="pooling_param { kernel_size: 2 stride: 2 ceil_mode: false }"), (3, 4, 4), 0),
        (layer("Pooling", "p", "data", param="pooling_param { pool: AVE_EXC_PAD kernel_size: 2 stride: 2 }"), (3, 5, 4), 0),
        (conv_of("num_output: 2 kernel_size: 3 stride: 2 pad_l: 0 pad_r: 1 pad_t: 0 pad_b: 1"), (2, 4, 4), 56),
        (layer("ReLU", "r", "data", param="relu_param { relu6: true }"), (3, 9, 8), 0),
        (layer("HardSwish", "h", "data"), (3, 9, 8), 0),
        (layer("BN", "b", "data", param='bn_param { bn_mode: INFERENCE scale_filler { type: "constant" } }'), (3, 9, 8), 6),
        (layer("Normalize", "n", "data", param="norm_param { across_spatial: false channel_shared: false }"), (3, 9, 8), 3),
        (layer("Normalize", "n", "data"), (3, 9, 8), 1),
        (layer("Interp", "i", "data", param="interp_param { height: 20 width: 30 }"), (3, 20, 30), 0),
        (layer("Interp", "i", "data", param="interp_param { zoom_factor: 2 pad_beg: 0 pad_end: -1 }"), (3, 15, 13), 0),
        (layer("Interp", "i", "data", param="interp_param { shrink_factor: 2 }"), (3, 5, 4), 0),
        (pool("p", "data", 3, 1) + layer("Interp", "i", ["data", "p"]), (3, 7, 6), 0),
        (layer("Pooling", "p", "data", ["p", "m"], "pooling_param { kernel_size: 2 stride: 2 }")
         + layer("Upsample", "u", ["p", "m"], param="upsample_param { scale: 2 upsample_h: 9 }"), (3, 9, 8), 0),
        (layer("Pooling", "p", "data", param="pooling_param { pool: AVE global_pooling: true }")
         + layer("Squeeze", "s", "p", param="squeeze_param { axis: 2 axis: 3 }"), (3,), 0),
    ],
)  # fmt: skip
def test_a_layer(text: str, output: tuple[int, ...], params: int) -> None:
    """What one type makes of 3×9×8, by Caffe's definitions worked out by hand."""
    analysis = analysed(IMAGE + text)
    assert (analysis.rows[-1].output, analysis.totals.params) == (output, params)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "pad"),
    [(w, k, s, p) for w in range(3, 9) for k in (1, 2, 3) for s in (1, 2, 3, 4) for p in range(k)],
)
def test_pools_have_caffes_windows(size: int, kernel: int, stride: int, pad: int) -> None:
    """By definition: ⌈(W + 2P − K)/S⌉ + 1 windows, less the last where a pad is given and it begins beyond input and pad."""
    count = -(-(size + 2 * pad - kernel) // stride) + 1
    if pad and (count - 1) * stride >= size + pad:
        count -= 1
    text = image(1, size, size) + pool("p", "data", kernel, stride, pad)
    assert analysed(text).rows[-1].output == (1, count, count)


@pytest.mark.parametrize(("before", "behind"), [(0, 1), (1, 0), (1, 2), (0, 0)])
def test_pools_of_forks_pad_each_side(before: int, behind: int) -> None:
    """By definition: ⌈(W + before + behind − K)/S⌉ + 1 windows, less the last where it begins behind a padded map."""
    for size in range(3, 9):
        count = -(-(size + before + behind - 3) // 2) + 1
        if (before or behind) and (count - 1) * 2 >= size + before:
            count -= 1
        sides = f"pad_t: {before} pad_b: {behind} pad_l: {before} pad_r: {behind}"
        param = f"pooling_param {{ kernel_size: 3 stride: 2 {sides} }}"
        assert analysed(image(1, size, size) + layer("Pooling", "p", "data", param=param)).rows[-1].output == (1, count, count)


def test_boxes_are_worked_out_by_no_layer_of_the_table() -> None:
    """SSD's: what is learned is there to the last value, and a note names what is left out."""
    text = IMAGE + conv("loc", "data", 8, 3, pad=1) + layer("Flatten", "flat", "loc")
    text += layer("PriorBox", "priors", ["loc", "data"], param="prior_box_param { min_size: 30 }")
    text += layer("Concat", "all_priors", ["priors", "priors"], param="concat_param { axis: 2 }")
    text += layer("DetectionOutput", "found", ["flat", "all_priors"], param="detection_output_param { num_classes: 2 }")
    analysis = analysed(text)
    assert [row.path for row in analysis.rows] == ["loc", "flat"]
    assert analysis.totals.params == 8 * 27 + 8
    assert "what works boxes out is left out: priors, all_priors, found" in analysis.notes


def test_a_normalisation_is_one_with_the_scale_behind_it() -> None:
    """In place or not, as long as nothing else reads what lies between; the row has the BatchNorm's name."""
    scaled = "scale_param { bias_term: true }"
    text = layer("BatchNorm", "bn", "data") + layer("Scale", "s", "bn", param=scaled) + layer("ReLU", "r", "s")
    assert [(row.path, row.params) for row in analysed(IMAGE + text)] == [("bn", 6), ("r", 0)]
    between = layer("BatchNorm", "bn", "data") + layer("Scale", "s", "bn", param=scaled) + layer("Eltwise", "e", ["bn", "s"])
    assert [row.path for row in analysed(IMAGE + between)] == ["bn", "s_scale", "s", "s_bias", "s_shifted", "e"]
    assert analysed(IMAGE + between).totals.params == 6


@pytest.mark.parametrize(
    ("text", "said", "tried"),
    [
        (IMAGE + layer("Convolutoin", "c", "data"), "the layer type Convolutoin is not known", "Convolution"),
        # BatchReNorm is no slip for BatchNorm, nor a pool of regions a pool.
        (IMAGE + layer("Pool", "p", "data"), "the layer type Pool is not known here", "the network without it"),
        (IMAGE + layer("ROIPooling", "p", "data"), "a part for each region", "the network without it"),
        (IMAGE + layer("Python", "p", "data"), "a program of its own, which no file says", "the network without it"),
        (IMAGE + conv_of("num_output: 1 kernel_size: 3 pad: 1 pad_l: 1"), "either pad or pad_l", "pad: 0"),
        (IMAGE + layer("Interp", "i", "data"), "an Interp needs height and width", "height: 60 width: 60"),
        (IMAGE + layer("Squeeze", "s", "data", param="squeeze_param { axis: 1 }"), "are not all of size 1", "the axes of size 1"),
        (IMAGE + conv_of("num_outputs: 3 kernel_size: 1"), "does not use num_outputs", "num_output"),
        (IMAGE + conv_of("kernel_size: 1"), "Convolution needs num_output", "num_output: 64"),
        (IMAGE + conv_of("num_output: 1"), "Convolution needs kernel_size", "kernel_size: 3"),
        (IMAGE + layer("ReLU", "r", "data", param="pooling_param { kernel_size: 2 }"), "ReLU does not use pooling_param", "#"),
        (IMAGE + conv("c", "dat", 3, 1), "no layer before this one puts out a blob 'dat'", "data"),
        (IMAGE + conv("c", "data", 0, 1), "0 is too small", "1"),
        (IMAGE + pool("p", "data", 2, 2, kind="MEAN"), "'MEAN' is none of MAX, AVE, STOCHASTIC", ""),
        (IMAGE + layer("Slice", "s", "data", ["x", "y"]), "3 channels are not 2 equal parts", ""),
        (IMAGE + layer("Eltwise", "e", "data"), "Eltwise reads 2 or more blobs", "bottom"),
        (IMAGE + "batch_size: 3\n", "a network has no field batch_size", ""),
        ('net: "train_val.prototxt"\nbase_lr: 0.01\n', "this is a solver", "archcalc params train_val.prototxt"),
        (conv("c", "data", 3, 1), "the size of the input is not known", "--input 3x224x224"),
        (fc("c", "x", 3), "the size of the input is not known", "--input 784"),
        ("layer {\n name: 'a'\n", "this brace is never closed", "}"),
        ("layer {\n name 'a'\n}\n", "'name' is followed by neither a colon nor a brace", "name: …"),
        ("layer {\n name: 'a\n}\n", "a string that does not end on its line", "'"),
        ("layer {\n}\n}\n", "a } that closes nothing", "pairs"),
        ("layer {\n name: }\n", "no value after name", "name: 1"),
        ("layer {\n name: 'a' }\n", "a layer without a type", "Convolution"),
    ],
)  # fmt: skip
def test_faults_are_in_caffes_words(text: str, said: str, tried: str) -> None:
    """What is wrong, at its place in the person's file, and what to type."""
    assert recognise(text) == "caffe"
    refused(analysed, text, said, tried)


def test_one_size_for_two_inputs_is_whose() -> None:
    """The size that was given goes with the name of each, so that the advice can be typed."""
    text = layer("Input", "a", [], ["a"], "input_param { shape { dim: 1 dim: 3 dim: 9 dim: 8 } }")
    text += layer("Input", "b", [], ["b"], "input_param { shape { dim: 1 dim: 3 dim: 9 dim: 8 } }") + layer(
        "Eltwise", "e", ["a", "b"]
    )
    with pytest.raises(SpecError) as caught:
        analysed(text, input="3x5x5")
    assert caught.value.faults[0].repairs == ("--input a=3x5x5", "--input b=3x5x5")
    assert analysed(text, input={"a": "3x9x8"}).rows[-1].output == (3, 9, 8)


def test_what_reads_data_may_state_its_size() -> None:
    """An Input layer, MemoryData and DummyData state it; a crop of the images is told where they are asked for."""
    dims = "dim: 1 dim: 3 dim: 9 dim: 8"
    for source in (
        layer("Input", "i", [], ["data"], f"input_param {{ shape {{ {dims} }} }}"),
        layer("MemoryData", "i", [], ["data", "l"], "memory_data_param { batch_size: 1 channels: 3 height: 9 width: 8 }"),
        layer("DummyData", "i", [], ["data"], f"dummy_data_param {{ shape {{ {dims} }} }}"),
        layer("DummyData", "i", [], ["data"], "dummy_data_param { num: 1 channels: 3 height: 9 width: 8 }"),
    ):
        assert analysed(source + conv("c", "data", 2, 1)).network.inputs == {"data": (3, 9, 8)}
    asked = layer("ImageData", "i", [], ["data", "label"], "transform_param { crop_size: 227 }") + conv("c", "data", 2, 1)
    with pytest.raises(SpecError) as caught:
        analysed(asked)
    assert caught.value.faults[0].repairs == ("--input 3x227x227",)


def test_mutated_files_are_read_or_refused() -> None:
    """Characters dropped, doubled or put in: no traceback, and quickly."""
    rng = random.Random(2)
    texts = [cifar10_quick(), squeezenet(), siamese(), OLD, train_test(), IMAGE + layer("Slice", "s", "data", ["x", "y", "z"])]
    start = time.process_time()
    for _ in range(300):
        text = rng.choice(texts)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(text))
            put = rng.choice(["", "{", "}", "[", ":", '"', "-1", "0", "\n", "#", "99999999999", "1e9", "<", text[at : at + 30]])
            text = text[:at] + put + text[at + rng.choice([0, 1, 4, 40]) :]
        with contextlib.suppress(SpecError):
            analysed(text + "\nlayer {}\n")
    assert time.process_time() - start < 60
