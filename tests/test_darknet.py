"""darknet cfg files: published totals of networks written out from their papers, every trap of the format, and mutations."""

from __future__ import annotations

import contextlib
import random
import time

import pytest

import archcalc
from archcalc.analysis import Analysis
from archcalc.notations import recognise
from archcalc.text.faults import SpecError

NET = "[net]\nheight=8\nwidth=8\nchannels=3\n"


def section(name: str, **options: object) -> str:
    return f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in options.items()) + "\n"


def conv(filters: int, size: int, stride: int = 1, **more: object) -> str:
    return section(
        "convolutional", batch_normalize=1, filters=filters, size=size, stride=stride, pad=1, **{"activation": "leaky"} | more
    )


def head(filters: int) -> str:
    return section("convolutional", filters=filters, size=1, stride=1, pad=1, activation="linear")


def pool(size: int = 2, stride: int = 2) -> str:
    return section("maxpool", size=size, stride=stride)


def route(layers: object) -> str:
    return section("route", layers=layers)


def net(height: int, width: int) -> str:
    return section("net", batch=64, subdivisions=8, height=height, width=width, channels=3, learning_rate=0.001)


def analysed(text: str, **given: object) -> Analysis:
    return archcalc.analyse(archcalc.load(text, **given))  # type: ignore[arg-type]


def faults(text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        analysed(text)
    return [str(fault) for fault in caught.value.faults]


# The feature layers of Darknet-19: Redmon and Farhadi 2016, table 6.
DARKNET19 = [
    *(conv(32, 3), pool(), conv(64, 3), pool(), conv(128, 3), conv(64, 1), conv(128, 3), pool()),
    *(conv(256, 3), conv(128, 1), conv(256, 3), pool()),
    *(conv(512, 3), conv(256, 1), conv(512, 3), conv(256, 1), conv(512, 3), pool()),
    *(conv(1024, 3), conv(512, 1), conv(1024, 3), conv(512, 1), conv(1024, 3)),
]


def darknet19() -> str:
    return "".join([net(256, 256), *DARKNET19, head(1000), section("avgpool"), section("softmax", groups=1), section("cost")])


def yolov2() -> str:
    """Section 2 of the paper: two layers more, the passthrough from 26×26 through 64 channels and a reorg, five boxes."""
    layers = [conv(1024, 3), conv(1024, 3), route(-9), conv(64, 1), section("reorg", stride=2), route("-1,-4"), conv(1024, 3)]
    region = section("region", anchors="1,2", classes=80, coords=4, num=5, softmax=1, jitter=0.2, rescore=1)
    return "".join([net(608, 608), *DARKNET19, *layers, head(425), region])


def yolov3() -> str:
    """Darknet-53 and its three heads: Redmon and Farhadi 2018, table 1 and section 2.3."""
    layers = [conv(32, 3)]
    for filters, repeats in ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)):
        layers.append(conv(filters, 3, 2))
        for _ in range(repeats):
            layers += [conv(filters // 2, 1), conv(filters, 3), section("shortcut", **{"from": -3, "activation": "linear"})]

    def detector(filters: int, mask: str) -> list[str]:
        yolo = section("yolo", mask=mask, anchors="10,13", classes=80, num=9, ignore_thresh=0.7, truth_thresh=1, random=1)
        return [conv(filters, 1), conv(2 * filters, 3)] * 3 + [head(255), yolo]

    layers += detector(512, "6,7,8")
    layers += [route(-4), conv(256, 1), section("upsample", stride=2), route("-1, 61"), *detector(256, "3,4,5")]
    layers += [route(-4), conv(128, 1), section("upsample", stride=2), route("-1, 36"), *detector(128, "0,1,2")]
    return net(608, 608) + "".join(layers)


def yolov3_tiny() -> str:
    """Seven convolutions with pools between, the last of stride 1, and two heads."""
    layers = [conv(16, 3)]
    for filters in (32, 64, 128, 256, 512):
        layers += [pool(), conv(filters, 3)]
    layers += [pool(2, 1), conv(1024, 3), conv(256, 1), conv(512, 3), head(255)]
    layers += [section("yolo", mask="3,4,5", classes=80, num=6), route(-4), conv(128, 1), section("upsample", stride=2)]
    layers += [route("-1, 8"), conv(256, 3), head(255), section("yolo", mask="0,1,2", classes=80, num=6)]
    return net(416, 416) + "".join(layers)


def vgg16() -> str:
    layers = [section("crop", crop_height=224, crop_width=224, flip=1, exposure=1, saturation=1)]
    for filters, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        layers += [section("convolutional", filters=filters, size=3, stride=1, pad=1, activation="relu")] * count + [pool()]
    for output in (4096, 4096):
        layers += [section("connected", output=output, activation="relu"), section("dropout", probability=".5")]
    return net(256, 256) + "".join([*layers, section("connected", output=1000, activation="linear"), section("softmax")])


@pytest.mark.parametrize(
    ("text", "params", "multiplies"),
    [
        (darknet19(), 20_842_376, 3_645_374_464),
        (yolov2(), 50_962_889, 31_469_126_656),
        (yolov3(), 61_949_149, 70_345_950_208),
        (yolov3_tiny(), 8_852_366, 2_782_480_896),
        (vgg16(), 138_357_544, 15_470_264_320),
    ],
    ids=["darknet19", "yolov2", "yolov3", "yolov3-tiny", "vgg-16"],
)
def test_totals_are_darknets_own(text: str, params: int, multiplies: int) -> None:
    """The networks that darknet publishes, as darknet itself builds them: half of the BFLOPs it prints are the products."""
    assert recognise(text) == "darknet"
    totals = analysed(text).totals
    assert (totals.params, totals.multiplies) == (params, multiplies)


def test_the_weights_file_holds_the_statistics_too() -> None:
    """yolov3.weights is 248,007,048 bytes: a head of 20, and 62,001,757 values of 4 bytes."""
    stored = sum(w.count for row in analysed(yolov3()) for w in row.weights)
    assert 20 + 4 * stored == 248_007_048


@pytest.mark.parametrize(
    ("layers", "output", "params"),
    [
        # pad=1 is size/2, padding is the number itself; neither is none.
        ("[convolutional]\nfilters=4\nsize=5\npad=1\n", (4, 8, 8), 4 * 3 * 25 + 4),
        ("[convolutional]\nfilters=4\nsize=5\npadding=1\n", (4, 6, 6), 4 * 3 * 25 + 4),
        ("[convolutional]\nfilters=4\nsize=5\n", (4, 4, 4), 4 * 3 * 25 + 4),
        ("[convolutional]\nfilters=4\nsize=5\npad=1\npadding=9\n", (4, 8, 8), 4 * 3 * 25 + 4),
        # One filter of size 1 where nothing is said.
        ("[convolutional]\n", (1, 8, 8), 3 + 1),
        ("[conv]\nfilters=6\nsize=3\npad=1\ngroups=3\n", (6, 8, 8), 6 * 9 + 6),
        ("[conv]\nfilters=6\nsize=3\npad=1\nstride_x=2\nstride_y=1\n", (6, 8, 4), 6 * 27 + 6),
        ("[conv]\nfilters=2\nsize=3\npad=1\ndilation=2\n", (2, 8, 8), 2 * 27 + 2),
        # The scale and the shift are learned, the shift is the bias.
        ("[convolutional]\nfilters=4\nsize=3\nbatch_normalize=1\n", (4, 6, 6), 4 * 27 + 8),
        ("[deconvolutional]\nfilters=2\nsize=4\nstride=2\npadding=1\n", (2, 16, 16), 2 * 3 * 16 + 2),
        # Padded by size − 1 in all: at stride 1 the size stays; `padding` is the number in all.
        ("[maxpool]\nsize=2\nstride=1\n", (3, 8, 8), 0),
        ("[maxpool]\nsize=5\nstride=1\n", (3, 8, 8), 0),
        ("[maxpool]\nsize=3\nstride=2\n", (3, 4, 4), 0),
        ("[maxpool]\nsize=3\nstride=2\npadding=0\n", (3, 3, 3), 0),
        ("[maxpool]\nstride=3\n", (3, 3, 3), 0),
        ("[local_avgpool]\nsize=4\nstride=4\n", (3, 2, 2), 0),
        ("[avgpool]\n", (3, 1, 1), 0),
        # Every position has its filters; with pad every stride-th position is the middle of a window.
        ("[local]\nfilters=2\nsize=3\npad=1\nstride=2\n", (2, 4, 4), 16 * 2 * 27 + 32),
        ("[local]\nfilters=2\nsize=3\n", (2, 6, 6), 36 * 2 * 27 + 72),
        ("[connected]\noutput=5\n", (5,), 5 * 192 + 5),
        ("[connected]\noutput=5\nbatch_normalize=1\n", (5,), 5 * 192 + 10),
        ("[crop]\ncrop_height=6\ncrop_width=5\n", (3, 6, 5), 0),
        ("[reorg]\nstride=2\n", (12, 4, 4), 0),
        ("[upsample]\n", (3, 16, 16), 0),
        ("[batchnorm]\n", (3, 8, 8), 6),
        ("[lrn]\n", (3, 8, 8), 0),
        ("[softmax]\ngroups=4\n", (192,), 0),
    ],
)
def test_a_section(layers: str, output: tuple[int, ...], params: int) -> None:
    """What one section makes of 3×8×8, by darknet's definitions worked out by hand."""
    analysis = analysed(NET + layers)
    assert (analysis.rows[-1].output, analysis.totals.params) == (output, params)


CONVS = "".join(f"[convolutional]\nfilters={n}\nactivation=linear\n" for n in (4, 8, 6))


@pytest.mark.parametrize(
    ("layer", "output"),
    [
        ("[route]\nlayers=-1\n", (6, 8, 8)),
        ("[route]\nlayers=0\n", (4, 8, 8)),
        ("[route]\nlayers = -1, -3,1\n", (18, 8, 8)),
        ("[route]\nlayers=-2\ngroups=2\ngroup_id=1\n", (4, 8, 8)),
        ("[route]\nlayers=0,1\ngroups=2\ngroup_id=0\n", (6, 8, 8)),
        # The sum has the shape of the layer just before it, whatever the other's channels.
        ("[shortcut]\nfrom=-3\n", (6, 8, 8)),
        ("[shortcut]\nfrom=1\nactivation=leaky\n", (6, 8, 8)),
        ("[maxpool]\nstride=2\n[shortcut]\nfrom=-2\n", (6, 4, 4)),
        ("[avgpool]\n[scale_channels]\nfrom=-2\n", (6, 8, 8)),
        ("[convolutional]\nfilters=6\n[sam]\nfrom=-2\n", (6, 8, 8)),
    ],
)
def test_sections_that_name_others(layer: str, output: tuple[int, ...]) -> None:
    """Negative numbers count back, others from the first layer after [net]."""
    assert analysed(NET + CONVS + layer).rows[-1].output == output


def test_rows_have_darknets_numbers() -> None:
    """conv12 is section 12: the number that routes use and that darknet prints."""
    paths = [row.path for row in analysed(yolov3_tiny())]
    assert paths[:4] == ["conv0", "bn0", "leaky0", "maxpool1"]
    assert {"route17", "conv18", "upsample19", "route20", "yolo23"} <= set(paths)


def test_the_first_of_two_equal_keys_counts() -> None:
    """As darknet reads it, with a word about the other; a comment may stand behind a number, and spaces anywhere."""
    analysis = analysed("; a comment\n" + NET + "[ convolutional ]\n filters = 4 # four\nfilters=9\nsize=3;3\n")
    assert analysis.rows[0].output == (4, 6, 6)
    assert analysis.network.notes == ("<text>:8: darknet takes filters=4#four, the first in this [convolutional]",)


def test_weights_are_shared_by_share_index() -> None:
    """The parameters of shared layers are counted once."""
    layer = "[conv]\nfilters=3\nsize=3\npad=1\nbatch_normalize=1\n"
    assert analysed(NET + layer * 2 + "share_index=0\n").totals.params == 3 * 27 + 6


def test_recurrent_nets_read_a_sequence() -> None:
    """[rnn] is three connected layers at every step; [gru] and [lstm] have a bias for each of the two products of a gate."""
    text = "[net]\ninputs=5\ntime_steps=3\n[rnn]\noutput=4\nhidden=7\n[gru]\noutput=6\n[lstm]\noutput=2\n[connected]\noutput=9\n"
    analysis = analysed(text)
    rnn = (5 * 7 + 7) + (7 * 7 + 7) + (7 * 4 + 4)
    assert analysis.totals.params == rnn + 3 * (4 * 6 + 6 * 6 + 12) + 4 * (6 * 2 + 2 * 2 + 4) + 2 * 9 + 9
    assert analysis.rows[-1].output == (3, 9)


@pytest.mark.parametrize(
    ("text", "said", "tried"),
    [
        ("[net]\nheight=8\n[convolutional]\n", "2:1: the size of the input is not known", "channels=3, width=224"),
        (NET + "[convolutionl]\nfilters=3\n", "[convolutionl] is no section", "[convolutional]"),
        (NET + "[convolutional]\nfilter=3\n", "has no option 'filter'", "filters"),
        (NET + "[convolutional]\nfilters=many\n", "'many' is no whole number", ""),
        (NET + "[convolutional]\nfilters=0\n", "filters=0 is too small", "filters=1"),
        (NET + "[convolutional]\nactivation=rleu\n", "'rleu' is no activation", "relu"),
        (NET + "[convolutional]\nactivation=ramp\n", "the activation ramp", "activation=relu"),
        (NET + "[convolutional]\nsize=3\nantialiasing=1\n", "antialiasing: a blur", "antialiasing=0"),
        (NET + "[convolutional]\n[route]\nlayers=-2\n", "there is no layer -2 before this one", "-1 to -1, or 0 to 0"),
        (NET + "[convolutional]\n[route]\n", "[route] needs layers=", "layers=-1"),
        (NET + "[convolutional]\nfilters=3\n[route]\nlayers=0\ngroups=2\n", "groups=2 do not divide 3", ""),
        (NET + head(250) + "[yolo]\nmask=0,1,2\nclasses=80\nnum=9\n", "reads 255 channels; 250 arrive", "filters=255"),
        (NET + "[connected]\noutput=7\n[detection]\nside=2\nnum=1\ncoords=4\nclasses=3\n", "reads 32 values; 7", "output=32"),
        (NET + "[crnn]\noutput=3\n", "[crnn] is not known here", ""),
        (NET + "filters 3\n", "neither a [section] nor key=value", "#"),
        ("[net\nheight=3\n[net]\nheight=3\n", "a section's name stands in brackets", "[convolutional]"),
        (NET, "this network has no layers", ""),
    ],
)
def test_faults_are_in_darknets_words(text: str, said: str, tried: str) -> None:
    """What is wrong, at its place in the person's file, and what to type."""
    if recognise(text) != "darknet":
        text = "[net]\n" + text
    found = [fault for fault in faults(text) if said.split(": ")[-1] in fault]
    assert found
    assert tried in found[0].partition("try: ")[2]


def test_every_fault_is_found_in_one_run() -> None:
    """A section that is wrong does not hide what is wrong in the next, and the table up to it stands."""
    with pytest.raises(SpecError) as caught:
        analysed(NET + CONVS + "[convolutional]\nsizes=3\n[maxpool]\nstrid=2\n[route]\nlayers=99\n")
    assert [fault.span.line for fault in caught.value.faults if fault.span] == [15, 17, 19]
    assert [row.path for row in caught.value.partial] == ["conv0", "conv1", "conv2"]  # type: ignore[union-attr]


def test_what_is_given_replaces_what_is_written() -> None:
    """--input is the image, --no-bias drops every bias, and there are no variables."""
    assert analysed(NET + "[conv]\nfilters=2\n", input="3x20x10").rows[0].output == (2, 20, 10)
    assert analysed(NET + "[conv]\nfilters=2\n", bias=False).totals.params == 6
    with pytest.raises(SpecError, match="no such variable"):
        analysed(NET + "[conv]\n", variables={"width": 2})
    assert analysed("[net]\nbatch=1\n[conv]\n", input="3x9x9").rows[0].output == (1, 9, 9)


def test_mutated_files_are_read_or_refused_with_a_place() -> None:
    """Characters dropped, doubled or put in: no traceback, and quickly."""
    rng = random.Random(1)
    texts = [yolov3_tiny(), yolov2(), vgg16(), NET + CONVS + "[shortcut]\nfrom=-3\n[local]\nsize=3\n[softmax]\ngroups=2\n"]
    start = time.process_time()
    for _ in range(300):
        text = rng.choice(texts)
        for _ in range(rng.randint(1, 5)):
            at = rng.randrange(len(text))
            put = rng.choice(["", "[", "]", "=", "-", "9", "0", "\n", "#", "999999999999", ".", ",", text[at : at + 9]])
            text = text[:at] + put + text[at + rng.choice([0, 1, 4, 30]) :]
        with contextlib.suppress(SpecError):
            analysed(text if recognise(text) == "darknet" else f"[net]\n{text}")
    assert time.process_time() - start < 60
