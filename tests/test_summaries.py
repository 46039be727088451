"""Printed summaries: Keras's models, in its box and as it was before; torchsummary's, torchinfo's and Lightning's tables."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest
from click.testing import CliRunner
from running_keras import keras

import archcalc
from archcalc.analysis import Analysis
from archcalc.cli import COMMANDS, cli
from archcalc.layers.base import Shape
from archcalc.text.faults import SpecError

layers = keras.layers


def read(text: str, **given: Any) -> Analysis:
    """The analysis of a printed summary."""
    return archcalc.analyse(archcalc.load(text, **given), partly=True)


def printed(model: Any, **options: Any) -> str:
    """What `model.summary()` prints."""
    lines: list[str] = []
    model.summary(print_fn=lambda text, **_: lines.append(text), **options)
    return "\n".join(lines) + "\n"


def plain(model: Any, width: int = 98, connected: bool = True) -> str:
    """The same as Keras 2 printed it: columns of fixed places, cells cut off where they are too long, lines of _ and =."""
    ends = [int(width * part) for part in ((0.33, 0.55, 0.67, 1.0) if connected else (0.45, 0.85, 1.0))]

    def row(cells: list[str]) -> str:
        line = ""
        for end, cell in zip(ends, cells, strict=True):
            line = f"{line}{' ' if line else ''}{cell}"[:end].ljust(end)
        return line

    heading = ["Layer (type)", "Output Shape", "Param #", *(["Connected to"] if connected else [])]
    lines = [f'Model: "{model.name}"', "_" * width, row(heading), "=" * width]
    for layer in model.layers:
        if isinstance(layer, layers.InputLayer) and not connected:
            continue
        shape = str(layer.output.shape)
        reads = []
        for node in layer._inbound_nodes[:1]:
            for tensor in node.input_tensors:
                history = tensor._keras_history
                reads.append(f"{history.operation.name}[0][0]")
        name = f"{layer.name} ({type(layer).__name__})"
        count = sum(math.prod(w.shape) for w in layer.weights)
        first = [name, f"[{shape}]" if type(layer).__name__ == "InputLayer" else shape, str(count)]
        lines.append(row([*first, *((reads or [""])[:1] if connected else [])]))
        lines += [row(["", "", "", read_]) for read_ in reads[1:]] if connected else []
        lines.append("_" * width)
    lines[-1] = "=" * width
    total = sum(math.prod(w.shape) for w in model.weights)
    learned = sum(math.prod(w.shape) for w in model.trainable_weights)
    lines += [
        f"Total params: {total:,}",
        f"Trainable params: {learned:,}",
        f"Non-trainable params: {total - learned:,}",
        "_" * width,
    ]
    return "\n".join(lines) + "\n"


def first(shape: Any) -> Shape:
    """A shape of Keras with its channels in front, as a multiset: which of them are equal does not matter here."""
    return tuple(sorted(n for n in shape[1:]))


def equal(model: Any, analysis: Analysis) -> None:
    """The rows of each layer hold its weights, and the last of them has its shape."""
    held: dict[int, list[Any]] = {}
    for row in analysis.rows:
        assert row.node.span is not None
        held.setdefault(row.node.span.line, []).append(row)
    made = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    assert len(held) == len(made)
    for layer, rows in zip(made, (held[line] for line in sorted(held)), strict=True):
        if "params" in rows[0].unknown:
            continue
        learned = sum(math.prod(w.shape) for w in layer.trainable_weights)
        assert sum(row.params for row in rows) == learned, layer.name
        assert tuple(sorted(rows[-1].output)) == first(layer.output.shape), layer.name


APPLICATIONS = {
    "VGG16": 15_470_264_320, "MobileNet": 568_740_352, "MobileNetV2": 300_774_272, "ResNet50": 3_857_973_248,
    "DenseNet121": 2_834_161_664, "InceptionV3": 5_713_216_096, "Xception": 8_357_403_496, "EfficientNetB0": 385_814_752,
    "EfficientNetV2B0": 718_086_176,
}  # fmt: skip


@pytest.mark.parametrize("name", APPLICATIONS)
def test_applications(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole network from each style; multiplications as from Keras's own source (`tests/test_keras_source.py`)."""
    keras.utils.clear_session()  # or names grow with every model
    model = getattr(keras.applications, name)(weights=None)
    connected = name not in ("VGG16", "MobileNet")
    monkeypatch.setenv("COLUMNS", "200")
    for text in (printed(model, line_length=160), plain(model, 140, connected)):
        given = {} if "InputLayer" in text else {"input": "3x224x224"}
        analysis = read(text, **given)
        assert not analysis.network.untold, str(analysis.network.untold)
        equal(model, analysis)
        assert analysis.totals.params == sum(math.prod(w.shape) for w in model.trainable_weights)
        assert analysis.totals.multiplies == APPLICATIONS[name]


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@pytest.mark.parametrize("name", ["MobileNetV2", "InceptionV3", "Xception"])
def test_names_that_are_cut_off(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a narrow box names end in … and columns are cut: what is read is right, or the rows stand alone; never another net."""
    keras.utils.clear_session()
    model = getattr(keras.applications, name)(weights=None)
    for columns in (80, 200):
        monkeypatch.setenv("COLUMNS", str(columns))
        text = printed(model, line_length=width)
        if "Param" not in text:  # a table wider than the terminal
            with pytest.raises(SpecError, match="cut off"):
                read(text)
            continue
        analysis = read(text)
        learned = sum(math.prod(w.shape) for w in model.trainable_weights)
        assert analysis.totals.params < learned if analysis.unknown("params") else analysis.totals.params == learned
        if analysis.network.untold is None:
            assert analysis.totals.multiplies == APPLICATIONS[name]
        else:
            assert analysis.totals.multiplies < APPLICATIONS[name]
            assert analysis.unknown("multiplies")


@pytest.mark.parametrize("name", ["MobileNetV3Small", "ConvNeXtTiny", "InceptionResNetV2"])
def test_applications_that_are_told_row_by_row(name: str) -> None:
    """Open sizes, models in models, layers of their own: rows as stated, and no total that is more than what is known."""
    keras.utils.clear_session()  # or names grow with every model
    model = getattr(keras.applications, name)(weights=None)
    analysis = read(printed(model))
    assert analysis.network.untold is not None
    assert analysis.unknown("multiplies")
    assert analysis.totals.params == sum(math.prod(w.shape) for w in model.trainable_weights)


def chain(rng: random.Random) -> Any:
    """A random Sequential of layers whose settings follow."""
    side = rng.choice((28, 32, 33))
    model = keras.Sequential([keras.Input((side, side, rng.choice((1, 3))))])
    for _ in range(rng.randint(1, 4)):
        model.add(
            layers.Conv2D(
                rng.randint(2, 9), rng.choice((1, 3, 5)), strides=rng.choice((1, 2)),
                padding="same" if side < 6 else rng.choice(("same", "valid")),
                use_bias=rng.random() < 0.7,
            )
        )  # fmt: skip
        if rng.random() < 0.5:
            model.add(layers.BatchNormalization(scale=rng.random() < 0.7))
        if rng.random() < 0.5:
            model.add(rng.choice((layers.ReLU(), layers.Activation("relu"), layers.Dropout(0.2))))
        side = model.output_shape[1]
        if side > 5:
            model.add(rng.choice((layers.MaxPooling2D, layers.AveragePooling2D))(2))
        side = model.output_shape[1]
    model.add(rng.choice((layers.Flatten(), layers.GlobalAveragePooling2D())))
    model.add(layers.Dense(rng.randint(2, 9), use_bias=rng.random() < 0.8))
    return model


@pytest.mark.parametrize("seed", range(25))
def test_random_chains(seed: int) -> None:
    """Whatever settings are inferred, parameters and shapes are Keras's, and so are the multiplications."""
    rng = random.Random(seed)
    keras.utils.clear_session()
    model = chain(rng)
    shape = "x".join(map(str, (model.input_shape[3], *model.input_shape[1:3])))
    for text in (printed(model), plain(model, 65, connected=False)):
        analysis = read(text, input=shape)
        assert analysis.network.untold is None, analysis.network.untold
        equal(model, analysis)
        products = 0
        for layer in model.layers:
            if isinstance(layer, layers.Conv2D | layers.Dense):
                products += math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:-1])
        assert analysis.totals.multiplies == products
        told = read(text)  # without the size of the input
        assert told.network.untold is not None
        assert told.totals.params == analysis.totals.params
        assert told.totals.multiplies <= products


def test_sequences() -> None:
    """Recurrent layers by their parameters: gates, biases, both directions; every step or the last by the shape."""
    model = keras.Sequential(
        [
            keras.Input((50,)),
            layers.Embedding(1000, 16),
            layers.Bidirectional(layers.LSTM(8, return_sequences=True)),
            layers.GRU(6, return_sequences=True),
            layers.GRU(5, reset_after=False, return_sequences=True),
            layers.Bidirectional(layers.SimpleRNN(4)),
            layers.Dense(1),
        ]
    )
    analysis = read(printed(model), input="50")
    equal(model, analysis)
    kinds = [str(row.layer) for row in analysis.rows]
    assert kinds[1:5] == ["lstm 8 bidirectional onebias", "gru 6", "gru 5 onebias", "rnn 4 bidirectional onebias last"]


def test_several_settings_that_fit_are_named() -> None:
    """55 → 27 is a pool of 2 or of 3 with stride 2: both are in a note; the figures are the same."""
    model = keras.Sequential([keras.Input((55, 55, 4)), layers.MaxPooling2D(3, 2), layers.Conv2D(3, (1, 7), padding="same")])
    analysis = read(printed(model), input="4x55x55")
    equal(model, analysis)
    said = " ".join(analysis.notes)
    assert "window 2, stride 2, valid or window 3, stride 2, valid fit" in said
    assert "kernel 1×7, stride 1, same or kernel 7×1, stride 1, same fit" in said


SMALL = """Model: "sequential"
_________________________________________________________________
Layer (type)                 Output Shape              Param #
=================================================================
conv2d (Conv2D)              (None, 26, 26, 32)        320
_________________________________________________________________
max_pooling2d (MaxPooling2D) (None, 13, 13, 32)        0
_________________________________________________________________
flatten (Flatten)            (None, 5408)              0
_________________________________________________________________
dense (Dense)                (None, 10)                54090
=================================================================
Total params: 54,410
Trainable params: 54,410
Non-trainable params: 0
_________________________________________________________________
"""


@pytest.mark.parametrize(
    ("old", "new", "said", "line"),
    [
        ("54090", "54091", "54,091 parameters of a Dense from 5,408 to 10", 11),
        ("(None, 5408)", "(None, 5409)", "a Flatten makes 5409 of 13×13×32", 9),
        ("        0\n", "        7\n", "7 parameters of a MaxPooling2D, which has none", 7),
        ("params: 54,410\nTr", "params: 54,411\nTr", "Total params: 54,411 is stated; the rows add up to 54,410", 13),
    ],
)
def test_a_table_that_contradicts_itself(old: str, new: str, said: str, line: int) -> None:
    """What a row states is held against what its class makes of the row before, and the total against the rows."""
    with pytest.raises(SpecError) as caught:
        read(SMALL.replace(old, new, 1))
    fault = caught.value.faults[0]
    assert said in fault.message
    assert fault.span is not None
    assert fault.span.line == line
    assert fault.tries


def test_a_model_that_may_be_no_chain() -> None:
    """A subclassed model prints no column either, in the order of its attributes: where one does not fit, rows stand alone."""
    text = SMALL.replace("sequential", "my_model")
    whole = read(text, input="1x28x28")
    assert any("taken to read the one above" in note for note in whole.notes)
    told = read(text.replace("54090", "54091").replace("54,410", "54,411"))
    assert told.network.untold is not None
    assert "dense, reading the row above, contradicts it" in told.network.untold.message
    assert told.totals.params == 54411


def test_the_input_is_asked_for() -> None:
    """The note's `--input` makes the table a network; another that does not fit is refused with the one that does."""
    told = read(SMALL)
    assert "`--input 1x28x28`" in told.notes[0]
    assert (told.totals.params, told.totals.multiplies) == (54410, 54080)
    whole = read(SMALL, input="1x28x28")
    assert (whole.totals.params, whole.totals.multiplies) == (54410, 26 * 26 * 32 * 9 + 54080)
    with pytest.raises(SpecError, match="does not follow from an input of 3×28×28"):
        read(SMALL, input="3x28x28")


def test_pasted_without_its_spaces() -> None:
    """Runs of spaces lost, a prompt in front, prose behind: the same rows, and what is passed over is said."""
    text = "\n".join(" ".join(line.split()) for line in SMALL.split("\n"))
    found = read(f">>> model.summary()\n{text}\nWhy so many?\n", input="1x28x28")
    assert found.totals == read(SMALL, input="1x28x28").totals
    assert any("'Why so many?'" in note for note in found.notes)


WRAPPED = """__________________________________________________________________________________________________
 Layer (type)                   Output Shape         Param #     Connected to
==================================================================================================
 input_1 (InputLayer)           [(None, 8, 8, 3)]    0           []

 conv2d (Conv2D)                (None, 8, 8, 4)      112         ['input_1[0][0]']

 batch_normalization (BatchNorm  (None, 8, 8, 4)     16          ['conv2d[0][0]']
 alization)

 add (Add)                      (None, 8, 8, 4)      0           ['batch_normalization[0][0]',
                                                                  'conv2d[0][0]']

==================================================================================================
Total params: 128
Trainable params: 120
Non-trainable params: 8
__________________________________________________________________________________________________
"""


def test_cells_that_go_on_in_the_next_line() -> None:
    """TensorFlow 2.9 wrapped a class and a list of rows."""
    analysis = read(WRAPPED)
    assert [str(row.layer) for row in analysis.rows] == ["conv 4 k3 p1", "bn", "add"]
    assert [analysis.network.nodes[i].path for i in analysis.network.nodes[2].inputs] == ["batch_normalization", "conv2d"]


CUT = """__________________________________________________________________________________________________
Layer (type)                    Output Shape         Param #     Connected to
==================================================================================================
input_1 (InputLayer)            (None, 1, 8, 1200, 1 0
__________________________________________________________________________________________________
conv1 (Conv2D)                  (None, None, None, 6 9472        input_1[0][0]
__________________________________________________________________________________________________
conv_lst_m2d_1 (ConvLSTM2D)     (None, 8, 16, 240, 2 9856        conv1[0][0]
__________________________________________________________________________________________________
"""


def test_a_shape_that_is_cut_off_is_unknown() -> None:
    """Keras 2 cut shapes to their column, a size in the middle: 64 became 6. Without its bracket no size of it is read."""
    analysis = read(CUT)
    assert [row.params for row in analysis.rows] == [9472, 9856]
    assert all("output" in row.unknown for row in analysis.rows)
    assert analysis.network.untold is not None
    assert "cut off" in analysis.network.untold.message


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ("conv2d_14 (Conv2D)           (None, 29, 29, 32)        1568", "3x32x32"),
        ("conv1d_1 (Conv1D)            (None, 975, 320)          33600", "4x1000"),
        ("bidirectional_1 (Bidirectional)     (None, 5, 40)      4960", "5x10"),
        ("lstm_1 (LSTM)                (None, 75, 320)           820480", "75x320"),
        ("dense_1 (Dense)              (None, 256)               200960", "784"),
        ("embedding_1 (Embedding)      (None, 50, 100)           4000000", "50"),
        ("flatten (Flatten)            (None, 784)               0", "784"),
        ("conv2d (Conv2D)              (None, 0, 0, 0)           0", ""),
    ],
)
def test_an_input_is_offered_that_fits(row: str, asked: str) -> None:
    """What the note offers was tried: the first row follows from it."""
    text = f"Layer (type)                 Output Shape              Param #\n{row}\n"
    told = read(text)
    assert told.network.untold is not None
    assert told.network.untold.tries == [
        f"--input {asked}" if asked else "the source it was printed of: archcalc params model.py"
    ]
    if asked:
        assert read(text, input=asked).network.untold is None


def test_an_empty_column_is_no_order() -> None:
    """Keras 2.0 printed the heading `Connected to` and nothing under it: the rows stand alone."""
    lines = [line[:64] if "[0][0]" in line or "[]" in line else line for line in WRAPPED.split("\n")]
    analysis = read("\n".join(line for line in lines if "alization)" not in line and line[:20].strip()))
    assert analysis.network.untold is not None
    assert "`Connected to` is empty" in analysis.network.untold.message
    assert analysis.totals.params == 120


TORCHSUMMARY = """----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1            [-1, 6, 28, 28]             156
       BatchNorm2d-2            [-1, 6, 28, 28]              12
         MaxPool2d-3            [-1, 6, 14, 14]               0
            Conv2d-4           [-1, 16, 10, 10]           2,400
              LSTM-5  [[-1, 10, 8], [-1, 2, 8]]               0
            Linear-6                   [-1, 10]          16,010
================================================================
Total params: 18,578
Trainable params: 18,578
Non-trainable params: 0
----------------------------------------------------------------
Input size (MB): 0.00
Forward/backward pass size (MB): 0.09
Params size (MB): 0.07
Estimated Total Size (MB): 0.17
----------------------------------------------------------------
"""
TORCHINFO = """==========================================================================================
Layer (type:depth-idx)                   Output Shape              Param #
==========================================================================================
Net                                      [2, 576, 4]               3
├─Conv2d: 1-1                            [2, 10, 24, 24]           260
├─Sequential: 1-2                        [2, 20, 24, 24]           --
│    └─Conv2d: 2-1                       [2, 20, 24, 24]           1,800
│    └─BatchNorm2d: 2-2                  [2, 20, 24, 24]           40
│    └─ReLU: 2-3                         [2, 20, 24, 24]           --
├─LSTM: 1-3                              [2, 576, 8]               960
├─Linear: 1-4                            [2, 576, 4]               36
==========================================================================================
Total params: 3,099
Trainable params: 3,099
Non-trainable params: 0
Total mult-adds (Units.MEGABYTES): 3.48
==========================================================================================
"""
LIGHTNING = """  | Name    | Type       | Params
---------------------------------------
0 | encoder | Sequential | 50.4 K
1 | loss    | MSELoss    | 0
2 | head    | Linear     | 650
---------------------------------------
51.1 K    Trainable params
0         Non-trainable params
"""


def test_torchsummary() -> None:
    """torchsummary 1.5.1 of a net with two convolutions: biases by what fits; an LSTM's parameters, which it misses, unknown."""
    analysis = read(TORCHSUMMARY)
    found = [(row.output, row.params, row.params_without_bias, row.multiplies) for row in analysis.rows]
    assert found[0] == ((6, 28, 28), 156, 150, 150 * 28 * 28)
    assert found[3] == ((16, 10, 10), 2400, 2400, 2400 * 100)
    assert found[5] == ((10,), 16010, 16000, 16000)
    assert [row.path for row in analysis.unknown("params")] == ["LSTM-5"]
    assert analysis.totals.params == 18578


def test_torchinfo() -> None:
    """torchinfo 1.8.0: a tree, `--` for what holds others, a module's own parameters in its row."""
    analysis = read(TORCHINFO)
    assert analysis.network.name == "Net"
    assert [(row.path, row.params) for row in analysis.rows] == [
        ("itself", 3), ("Conv2d-1-1", 260), ("Sequential-1-2.Conv2d-2-1", 1800), ("Sequential-1-2.BatchNorm2d-2-2", 40),
        ("Sequential-1-2.ReLU-2-3", 0), ("LSTM-1-3", 960), ("Linear-1-4", 36),
    ]  # fmt: skip
    assert analysis.totals.multiplies == 250 * 576 + 1800 * 576 + 32 * 576
    assert {row.path for row in analysis.unknown("multiplies")} == {"itself", "LSTM-1-3"}


def test_a_map_without_a_batch() -> None:
    """torchinfo of an input without a batch: no size of the map is taken for one."""
    analysis = read(TORCHINFO.replace("[2, 10, 24, 24]", "[10, 24, 24]   "))
    assert {"output", "multiplies"} <= analysis.rows[1].unknown
    assert analysis.rows[1].params == 260


def test_frozen_parameters() -> None:
    """torchinfo puts those that are not trained in brackets; they are counted like the others."""
    analysis = read(
        TORCHINFO.replace("   260\n", "   (260)\n").replace("36\n", "(recursive)\n").replace("3,099\nTr", "3,063\nTr")
    )
    assert analysis.rows[1].params == 260
    assert analysis.totals.params == 3063


def test_lightning() -> None:
    """Rounded numbers are shown as they are printed, and are no exact parameters."""
    analysis = read(LIGHTNING)
    assert [row.path for row in analysis.unknown("params")] == ["encoder"]
    assert analysis.totals.params == 650
    assert str(analysis.rows[0].layer) == "Sequential, 50.4 K"


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (TORCHSUMMARY, "2,400", "2,401", "2,401 parameters cannot be shared by the 16 channels"),
        (TORCHSUMMARY, "12\n", "13\n", "13 parameters of a BatchNorm2d of 6 channels"),
        (TORCHSUMMARY, "18,578\nTr", "18,579\nTr", "Total params: 18,579 is stated; the rows add up to 18,578"),
        (TORCHINFO, "3,099\nTr", "3,098\nTr", "Total params: 3,098 is stated; the rows add up to 3,099"),
    ],
)
def test_tables_of_torch_that_contradict_themselves(text: str, old: str, new: str, said: str) -> None:
    """Parameters that no layer of this class has, and totals that are not those of the rows."""
    with pytest.raises(SpecError) as caught:
        read(text.replace(old, new, 1))
    assert said in caught.value.faults[0].message


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"quiz"}))
@pytest.mark.parametrize("text", [TORCHINFO, SMALL, LIGHTNING])
def test_every_command_gives_what_is_told_or_says_what_is_not(command: str, text: str) -> None:
    """No command breaks, and none makes a figure of what is not told."""
    words = {"layer": ["--input", "3"], "export": ["-", "--to", "keras"], "compare": ["-", "lenet5"]}.get(command, ["-"])
    result = CliRunner().invoke(cli, [command, *words], input=text)
    assert result.exit_code in (0, 1, 2), result.exception
    if command in ("params", "shapes", "multiplies"):
        assert result.exit_code == 0
        data = json.loads(CliRunner().invoke(cli, [command, "-", "--format", "json"], input=text).output)
        assert any(layer["multiplies"] is None for layer in data["layers"])
    elif command in ("explain", "memory", "export", "compare", "check", "min-input"):
        assert result.exit_code == 2
        assert "try:" in result.output


def test_two_tables_are_one_too_many() -> None:
    """Which is meant, nobody can tell."""
    with pytest.raises(SpecError, match="2 summaries are printed here"):
        read(SMALL + SMALL)


def inside() -> Any:
    """A model with a branch, to stand in another."""
    given = keras.Input((32, 32, 3))
    made = layers.Conv2D(24, 3, padding="same", use_bias=False)(given)
    made = layers.BatchNormalization()(made)
    made = layers.Add()([made, layers.SeparableConv2D(24, 3, padding="same")(made)])
    made = layers.DepthwiseConv2D(3, strides=2)(made)
    return keras.Model(given, layers.GlobalAveragePooling2D()(layers.Conv2D(40, 1)(made)), name="inside")


# Products for one input, by the definition of each: a convolution of 27 weights and 24 filters, a separable one of 24·9 and 24·24
# for each place, a depthwise one of 9 for each of 24, and one of 24 weights and 40 filters.
INSIDE = 32 * 32 * (27 * 24 + 24 * 9 + 24 * 24) + 15 * 15 * 24 * (9 + 40)


@pytest.mark.parametrize("functional", [False, True], ids=["sequential", "functional"])
def test_models_in_models(functional: bool) -> None:
    """Keras prints what stands in a model: its parameters to the last, and what multiplies wherever that does not depend on who
    reads whom, which the rows inside do not say."""
    made = inside()
    given = keras.Input((32, 32, 3))
    outer = keras.Model(given, layers.Dense(7)(made(given))) if functional else keras.Sequential([given, made, layers.Dense(7)])
    analysis = read(printed(outer, expand_nested=True))
    assert analysis.totals.params == sum(math.prod(w.shape) for w in outer.trainable_weights)
    assert [row.path for row in analysis.rows if "multiplies" in row.unknown] == []
    assert analysis.totals.multiplies == INSIDE + 40 * 7
    assert any("it holds models in models" in note for note in analysis.notes)
    alone = read(printed(outer))
    assert alone.totals.params <= outer.count_params()
    assert [row.path for row in alone.rows if "multiplies" in row.unknown] == ["inside"]


def test_what_depends_on_who_reads_whom_is_unknown() -> None:
    """8 filters with 9 numbers each: 1×1 and biases of 8 channels, or a row of 3 of 3 channels."""
    given = keras.Input((32, 32, 3))
    made = keras.Model(given, layers.Conv2D(8, 1)(layers.Conv2D(8, 3, padding="same")(given)), name="inside")
    analysis = read(printed(keras.Sequential([given, made]), expand_nested=True))
    assert analysis.totals.params == 224 + 72
    assert [row.path.rpartition(".")[0] for row in analysis.rows if "multiplies" in row.unknown] == ["inside"]


def test_models_in_models_as_keras_2_framed_them() -> None:
    """Lines of ¯, a | on both sides for each model around, and cells that go on below, inside the frame."""
    frame = "|" + "¯" * 63 + "|"
    rows = [
        "Model: \"outer\"", "_" * 65, " Layer (type)                Output Shape              Param #   ", "=" * 65,
        " body (Functional)           (None, 8)                 256       ", frame,
        "| first (InputLayer)        [(None, 32, 32, 3)]       0         |", "|" + " " * 63 + "|",
        "| inner (Sequential)        (None, 32, 32, 8)         256       |", "|" + frame[:-2] + "||",
        "|| conv2d (Conv2D)         (None, 32, 32, 8)         224       ||", "||" + " " * 61 + "||",
        "|| batch_normalization (Bat  (None, 32, 32, 8)       32        ||",
        "|| chNormalization)                                            ||", "|" + "¯" * 63 + "|",
        "| global_average_pooling2d   (None, 8)                0         |",
        "| (GlobalAveragePooling2D)                                      |", "¯" * 65,
        " dense (Dense)               (None, 10)                90        ", "=" * 65,
        "Total params: 346", "Trainable params: 330", "Non-trainable params: 16", "_" * 65,
    ]  # fmt: skip
    analysis = read("\n".join(rows) + "\n")
    assert [(row.path, row.params) for row in analysis.rows] == [
        ("body.inner.conv2d", 224), ("body.inner.batch_normalization", 16), ("body.global_average_pooling2d", 0), ("dense", 90),
    ]  # fmt: skip
    assert analysis.totals.multiplies == 216 * 32 * 32 + 80
