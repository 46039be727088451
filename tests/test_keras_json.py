"""Keras's JSON: models in the way of Keras 1, 2 and 3, with figures by hand, by published totals and by Keras itself."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import Any

import pytest
from reference_data import refused

import archcalc
from archcalc.analysis import Analysis
from archcalc.notations import recognise
from archcalc.text.faults import SpecError
from archcalc.text.located import read_json
from archcalc.text.source import Source

Part = dict[str, Any]


def part(kind: str, name: str = "", /, **config: Any) -> Part:
    """A layer with a name."""
    called = name or kind.lower()
    return {"class_name": kind, "name": called, "config": {"name": called, "trainable": True, **config}}


def sequential(shape: list[int | None], *parts: Part, **beside: Any) -> str:
    """A Sequential as Keras 2 writes it, the shape with its first layer."""
    first = {**parts[0], "config": {"batch_input_shape": [None, *shape], **parts[0]["config"]}}
    config = {"name": "sequential", "layers": [first, *parts[1:]]}
    return json.dumps({"class_name": "Sequential", "config": config, "keras_version": "2.9.0", "backend": "tensorflow", **beside})


def functional(style: int, inputs: dict[str, list[int | None]], calls: list[tuple[Part, list[Any]]], outputs: list[str]) -> str:
    """A functional model as Keras 2 or 3 writes it: each layer with what it reads, which are lists where it is called again."""

    def tensor(name: str) -> Any:
        layer, _, number = name.partition(":")
        if style == 2:
            return [layer, int(number or 0), 0, {}]
        history = {"keras_history": [layer, int(number or 0), 0], "shape": [None], "dtype": "float32"}
        return {"class_name": "__keras_tensor__", "config": history}

    def node(names: list[str]) -> Any:
        tensors = [tensor(name) for name in names]
        if style == 2:
            return tensors
        return {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": {}}

    key = "batch_input_shape" if style == 2 else "batch_shape"
    layers: list[Part] = [{**part("InputLayer", n, **{key: [None, *s]}), "inbound_nodes": []} for n, s in inputs.items()]
    for made, reads in calls:
        several = reads if isinstance(reads[0], list) else [reads]
        layers.append({**made, "inbound_nodes": [node(names) for names in several]})
    ends = [[name.partition(":")[0], int(name.partition(":")[2] or 0), 0] for name in outputs]
    begins: Any = [[name, 0, 0] for name in inputs]
    if style == 3 and len(begins) == 1:
        begins, ends = begins[0], ends[0] if len(ends) == 1 else ends
    config = {"name": "model", "trainable": True, "layers": layers, "input_layers": begins, "output_layers": ends}
    return json.dumps({"class_name": "Functional", "config": config}, indent=1)


def analysed(text: str, **given: Any) -> Analysis:
    return archcalc.analyse(archcalc.load(text + "\n", **given))


FIRST = [
    part("Conv2D", "c1", filters=32, kernel_size=[3, 3], activation="relu"), part("MaxPooling2D", "p1", pool_size=[2, 2]),
    part("Conv2D", "c2", filters=64, kernel_size=[3, 3], activation="relu"), part("MaxPooling2D", "p2", pool_size=[2, 2]),
    part("Conv2D", "c3", filters=64, kernel_size=[3, 3], activation="relu"), part("Flatten", "f"),
    part("Dense", "d1", units=64, activation="relu"), part("Dense", "d2", units=10),
]  # fmt: skip


def test_the_usual_first_example() -> None:
    """Three convolutions, two pools, two dense layers on 28×28×1: the figures of its printed summary."""
    text = sequential([28, 28, 1], *FIRST)
    assert recognise(text) == "keras_json"
    analysis = analysed(text)
    assert (analysis.totals.params, analysis.totals.multiplies) == (93_322, 2_794_240)
    assert analysis.network.notes == ("channels come first here: Keras's (28, 28, 1) is 1×28×28",)
    assert [row.path for row in analysis][:3] == ["c1", "c1_relu", "p1"]


def resnet50(style: int) -> str:
    """He et al. 2015, table 1, as Keras has it: convolutions with biases, the stride on the first 1×1."""
    calls: list[tuple[Part, list[Any]]] = []

    def add(made: Part, *reads: str) -> str:
        calls.append((made, list(reads)))
        return str(made["name"])

    def unit(name: str, source: str, filters: int, size: int, stride: int = 1) -> str:
        padding = "same" if size == 3 else "valid"
        conv = part("Conv2D", name, filters=filters, kernel_size=[size, size], strides=[stride, stride], padding=padding)
        return add(part("BatchNormalization", f"{name}_bn", axis=[3] if style == 2 else -1), add(conv, source))

    at = add(part("ZeroPadding2D", "pad1", padding=[[3, 3], [3, 3]]), "image")
    at = add(part("Activation", "r1", activation="relu"), unit("c1", at, 64, 7, 2))
    at = add(part("MaxPooling2D", "p1", pool_size=[3, 3], strides=[2, 2]), add(part("ZeroPadding2D", "pad2", padding=1), at))
    for stage, (width, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), 2):
        for block in range(blocks):
            i, stride = f"{stage}{block}", 2 if block == 0 and stage > 2 else 1
            short = unit(f"s{i}", at, 4 * width, 1, stride) if block == 0 else at
            x = add(part("ReLU", f"ra{i}"), unit(f"a{i}", at, width, 1, stride))
            x = unit(f"c{i}", add(part("ReLU", f"rb{i}"), unit(f"b{i}", x, width, 3)), 4 * width, 1)
            at = add(part("ReLU", f"rc{i}"), add(part("Add", f"add{i}"), short, x))
    at = add(part("Dense", "fc", units=1000, activation="softmax"), add(part("GlobalAveragePooling2D", "gap"), at))
    return functional(style, {"image": [224, 224, 3]}, calls, [at])


@pytest.mark.parametrize("style", [2, 3])
def test_resnet50_has_kerass_totals(style: int) -> None:
    """25,636,712 parameters in the documentation of keras.applications, of which 25,583,592 are trained."""
    analysis = analysed(resnet50(style))
    assert (analysis.totals.params, analysis.totals.multiplies) == (25_583_592, 3_857_973_248)
    said = "Keras's total of 25,636,712 parameters counts 53,120 stored statistics, which are not learned"
    assert said in analysis.network.notes


@pytest.mark.parametrize(
    ("shape", "made", "output", "params"),
    [
        # `same` keeps ⌈W/S⌉ windows; the odd zero is behind.
        ([11, 9, 3], part("Conv2D", filters=4, kernel_size=[3, 2], strides=[2, 2], padding="same"), (4, 6, 5), 4 * 18 + 4),
        ([11, 9, 3], part("Conv2D", filters=4, kernel_size=3, dilation_rate=[2, 2], use_bias=False), (4, 7, 5), 4 * 27),
        ([11, 9, 3], part("Conv2D", filters=6, kernel_size=[1, 1], groups=3), (6, 11, 9), 6 + 6),
        ([11, 9, 3], part("DepthwiseConv2D", kernel_size=[3, 3], depth_multiplier=2, padding="same"), (6, 11, 9), 6 * 9 + 6),
        ([11, 9, 3], part("SeparableConv2D", filters=5, kernel_size=[3, 3], depth_multiplier=2), (5, 9, 7), 6 * 9 + 6 * 5 + 5),
        ([11, 9, 3], part("Conv2DTranspose", filters=4, kernel_size=[3, 3], strides=[2, 2], padding="same"), (4, 22, 18), 112),
        ([11, 9, 3], part("Conv2DTranspose", filters=4, kernel_size=[5, 5], strides=[2, 2]), (4, 25, 21), 304),
        ([11, 9, 3], part("Conv2DTranspose", filters=4, kernel_size=[2, 2], strides=[3, 3]), (4, 33, 27), 52),
        ([11, 9, 3], part("LocallyConnected2D", filters=2, kernel_size=[3, 3]), (2, 9, 7), 63 * 2 * 28),
        ([11, 9, 3], part("MaxPooling2D", pool_size=[3, 3], strides=[2, 2], padding="same"), (3, 6, 5), 0),
        ([11, 9, 3], part("AveragePooling2D", pool_size=[2, 2]), (3, 5, 4), 0),
        ([11, 9, 3], part("GlobalMaxPooling2D"), (3,), 0),
        ([11, 9, 3], part("GlobalAveragePooling2D", keepdims=True), (3, 1, 1), 0),
        ([11, 9, 3], part("ZeroPadding2D", padding=[[1, 2], [0, 3]]), (3, 14, 12), 0),
        ([11, 9, 3], part("Cropping2D", cropping=[[1, 2], [0, 3]]), (3, 8, 6), 0),
        ([11, 9, 3], part("UpSampling2D", size=[2, 3], interpolation="bilinear"), (3, 22, 27), 0),
        # A dense layer acts on the last axis of Keras's order.
        ([11, 9, 3], part("Dense", units=7), (11, 9, 7), 3 * 7 + 7),
        ([11, 9, 3], part("Reshape", target_shape=[-1, 27]), (11, 27), 0),
        ([24], part("Reshape", target_shape=[4, 3, 2]), (2, 4, 3), 0),
        ([11, 9, 3], part("Permute", dims=[3, 1, 2]), (3, 11, 9), 0),
        ([11, 9, 3], part("BatchNormalization", axis=[3], scale=False), (3, 11, 9), 3),
        ([11, 9, 3], part("BatchNormalization"), (3, 11, 9), 6),
        ([11, 9, 3], part("LayerNormalization"), (11, 9, 3), 6),
        ([11, 9, 3], part("GroupNormalization", groups=-1), (3, 11, 9), 6),
        ([11, 9, 3], part("PReLU", shared_axes=[1, 2]), (3, 11, 9), 3),
        ([3, 11, 9], part("Conv2D", filters=4, kernel_size=[3, 3], data_format="channels_first"), (4, 9, 7), 4 * 27 + 4),
        ([12, 5], part("Conv1D", filters=4, kernel_size=[3], padding="causal", dilation_rate=[2]), (4, 12), 4 * 15 + 4),
        # One bias a gate, but two for a GRU that resets after its product.
        ([12, 5], part("LSTM", units=6), (6,), 4 * (5 * 6 + 36 + 6)),
        ([12, 5], part("LSTM", units=6, return_sequences=True, use_bias=False), (12, 6), 4 * (30 + 36)),
        ([12, 5], part("GRU", units=6, reset_after=True), (6,), 3 * (30 + 36 + 12)),
        ([12, 5], part("GRU", units=6, reset_after=False), (6,), 3 * (30 + 36 + 6)),
        ([12, 5], part("GRU", units=6), (6,), 3 * (30 + 36 + 6)),
        ([12, 5], part("SimpleRNN", units=6), (6,), 30 + 36 + 6),
        ([12, 5], part("Bidirectional", layer=part("LSTM", units=6)), (12,), 8 * (30 + 36 + 6)),
        ([12, 5], part("TimeDistributed", layer=part("Dense", units=6)), (12, 6), 36),
        ([12, 5], part("RNN", cell=part("LSTMCell", units=6), return_sequences=True), (12, 6), 4 * 72),
        ([12, 8], part("BatchNormalization"), (8, 12), 16),
        ([12], part("Embedding", input_dim=50, output_dim=8, mask_zero=True), (12, 8), 400),
        # Keras 1's names.
        ([11, 9, 3], part("Convolution2D", nb_filter=4, nb_row=3, nb_col=2, subsample=[2, 2], border_mode="same"), (4, 6, 5), 76),
        ([3, 11, 9], part("Convolution2D", nb_filter=4, nb_row=3, nb_col=3, dim_ordering="th", bias=False), (4, 9, 7), 108),
        ([12, 5], part("Convolution1D", nb_filter=4, filter_length=3, subsample_length=1), (4, 10), 64),
        ([9], part("Dense", output_dim=4, W_regularizer=None, init="uniform"), (4,), 40),
    ],
)  # fmt: skip
def test_a_layer(shape: list[int | None], made: Part, output: tuple[int, ...], params: int) -> None:
    """What one layer makes, by Keras's definitions worked out by hand; maps are shown with channels first."""
    analysis = analysed(sequential(shape, made))
    assert (analysis.rows[-1].output, analysis.totals.params) == (output, params)


@pytest.mark.parametrize("style", [2, 3])
def test_shared_and_nested(style: int) -> None:
    """A layer called twice has its weights once, alone or inside a model that is called twice."""
    inner = part(
        "Sequential", "inner", layers=[part("Dense", "x", units=5, batch_input_shape=[None, 4]), part("Dense", "y", units=2)]
    )
    calls: list[tuple[Part, list[Any]]] = [
        (part("Dense", "tower", units=4), [["a"], ["b"]]),
        (inner, [["tower"], ["tower:1"]]),
        (part("Concatenate", "both"), ["inner", "inner:1"]),
        (part("Multiply", "product"), ["tower", "tower:1"]),
        (part("Dense", "end", units=1), ["both"]),
    ]
    analysis = analysed(functional(style, {"a": [6], "b": [6]}, calls, ["end", "product"]))
    assert analysis.totals.params == (6 * 4 + 4) + (4 * 5 + 5) + (5 * 2 + 2) + 5
    assert [row.path for row in analysis if "inner" in row.path] == ["inner.x", "inner.y", "inner.x_2", "inner.y_2"]
    assert analysis.network.output_names() == ["end", "product"]


@pytest.mark.parametrize(
    ("made", "reads", "output"),
    [
        (part("Subtract", "m"), ["a", "b"], (8,)),
        (part("Maximum", "m"), ["a", "b", "a"], (8,)),
        (part("Average", "m"), ["a", "b"], (8,)),
        (part("Rescaling", "m", scale=0.5, offset=-1.0), ["a"], (8,)),
        (part("RepeatVector", "m", n=3), ["a"], (3, 8)),
        (part("Activation", "m", activation="softsign"), ["a"], (8,)),
    ],
)  # fmt: skip
def test_arithmetic_of_values(made: Part, reads: list[str], output: tuple[int, ...]) -> None:
    """Layers that only calculate: no parameter, no matrix product."""
    analysis = analysed(functional(3, {"a": [8], "b": [8]}, [(made, reads)], ["m"]))
    assert (analysis.rows[-1].output, analysis.totals.params, analysis.totals.multiplies) == (output, 0, 0)


def test_an_operation_may_have_a_number() -> None:
    """Keras 3 writes `x + 3` as a call of Add with a tensor and a number; another layer called with a number is refused."""
    text = json.loads(functional(3, {"a": [8]}, [(part("Add", "m"), ["a"])], ["m"]))
    text["config"]["layers"][1]["inbound_nodes"][0]["args"].append(3.0)
    assert str(analysed(json.dumps(text)).rows[-1].layer) == "pointwise add 3"
    text["config"]["layers"][1]["class_name"] = "Flatten"
    with pytest.raises(SpecError, match=r"Flatten is called with 3\.0"):
        analysed(json.dumps(text))


@pytest.mark.parametrize(("merge", "output"), [("concat", (12,)), ("sum", (6,)), ("ave", (6,)), ("mul", (6,))])
def test_both_directions_may_be_merged(merge: str, output: tuple[int, ...]) -> None:
    """Side by side, or their sum, mean or product."""
    made = part("Bidirectional", merge_mode=merge, layer=part("GRU", units=6))
    assert analysed(sequential([12, 5], made)).rows[-1].output == output


def test_attention_with_heads_of_any_width() -> None:
    """Four heads of 3 and 5 on 8 values: queries and keys 8·12, values 8·20, the output 20·8, each with its bias."""
    made = part("MultiHeadAttention", "m", num_heads=4, key_dim=3, value_dim=5)
    analysis = analysed(functional(3, {"a": [10, 8]}, [(made, ["a", "a"])], ["m"]))
    assert analysis.totals.params == 2 * (8 * 12 + 12) + (8 * 20 + 20) + (20 * 8 + 8)
    assert analysis.totals.multiplies == 10 * (2 * 96 + 160 + 160) + 4 * 10 * 10 * (3 + 5)
    assert analysis.rows[-1].output == (10, 8)


@pytest.mark.parametrize("axis", [-1, 3, 1])
def test_a_concatenation_is_along_keras_axes(axis: int) -> None:
    """Axis 3 of (batch, height, width, channels) is the channels, axis 1 the height."""
    text = functional(2, {"a": [4, 5, 2], "b": [4, 5, 2]}, [(part("Concatenate", "c", axis=axis), ["a", "b"])], ["c"])
    assert analysed(text).rows[-1].output == ((2, 8, 5) if axis == 1 else (4, 4, 5))


def test_a_state_is_handed_on() -> None:
    """Encoder and decoder: the state costs nothing, and whatever else reads it is refused."""
    calls: list[tuple[Part, list[Any]]] = [
        (part("LSTM", "enc", units=6, return_state=True), ["a"]),
        (part("LSTM", "dec", units=6, return_sequences=True), ["b", "enc", "enc"]),
    ]
    analysis = analysed(functional(2, {"a": [10, 3], "b": [7, 3]}, calls, ["dec"]))
    assert analysis.totals.params == 2 * 4 * (18 + 36 + 6)
    assert analysis.network.notes == ("dec begins with the state of another layer, which costs nothing",)


def test_what_a_file_leaves_open_is_asked_for() -> None:
    """A size of null is given by --input, channels first, with what is known filled in."""
    text = sequential([None, None, 3], part("Conv2D", filters=4, kernel_size=[3, 3]))
    with pytest.raises(SpecError) as caught:
        analysed(text)
    assert caught.value.faults[0].repairs == ("--input 3x224x224",)
    assert analysed(text, input="3x32x20").rows[-1].output == (4, 30, 18)
    with pytest.raises(SpecError) as caught:
        analysed(sequential([None], part("Embedding", input_dim=50, output_dim=8)))
    assert caught.value.faults[0].repairs == ("--input 100",)


def test_tensorflow_js_has_the_same_inside() -> None:
    """model.json of TensorFlow.js holds the model under modelTopology, beside its weights."""
    inside = json.loads(sequential([9], part("Dense", units=4)))
    assert analysed(json.dumps({"format": "layers-model", "modelTopology": inside, "weightsManifest": []})).totals.params == 40
    assert analysed(json.dumps({"modelTopology": {"model_config": inside, "keras_version": "2"}})).totals.params == 40


@pytest.mark.parametrize(
    ("text", "said", "tried"),
    [
        (sequential([9], part("Dens", units=4)), "the layer Dens is not known", "Dense"),
        (sequential([9], part("Lambda", function=["x"])), "the layer Lambda is not known", "without it"),
        (sequential([9], part("Dense", unit=4)), "Dense needs units", '"units": 64'),
        (sequential([9], part("Dense", units=4, unitz=4)), "Dense has no unitz", "units"),
        (sequential([9], part("Dense", units="many")), "units is a whole number from 1", '"units": 1'),
        (sequential([9], part("Dense", units=4, activation="rellu")), "the activation rellu is not known", "relu"),
        (sequential([9, 9, 3], part("Conv2D", filters=4, kernel_size=[3, 3, 3])), "kernel_size is 2 whole numbers", "[1, 1]"),
        (sequential([9, 9, 3], part("Conv2D", filters=4, kernel_size=3, padding="full")), "padding is valid, same", '"same"'),
        (sequential([9, 9, 3], part("Reshape", target_shape=[5, 5])), "(9, 9, 3) holds 243 values", "-1"),
        (sequential([5, 4], part("Bidirectional", layer=part("Dense", units=3))), "a Bidirectional holds", "LSTM"),
        (functional(2, {"a": [4]}, [(part("Dense", "d", units=3), ["aa"])], ["d"]), "d reads aa, which is no layer", "a"),
        (functional(2, {"a": [4]}, [(part("Dense", "dense", units=3), ["a"])], ["dens"]), "the output dens is no", "dense"),
        ('{"class_name": "Sequential", "config": {"layers": []}}', "this model has no layers", '"layers"'),
        ('{"class_name": "Sequential", "config": {"layers": [}}', "no JSON: no value begins here", "null"),
        ('{"class_name": "Sequential", "config": {"layers": []}', "no JSON: a comma or a closing bracket", ","),
    ],
)  # fmt: skip
def test_faults_are_in_kerass_words(text: str, said: str, tried: str) -> None:
    """What is wrong, at its place in the person's file, and what to type."""
    assert recognise(text) == "keras_json"
    refused(analysed, text, said, tried)


def test_json_is_read_as_python_reads_it() -> None:
    """Random values as Python writes them; with a character changed, refused where Python refuses it; each value at its place."""
    rng = random.Random(4)

    def value(depth: int = 0) -> Any:
        kind = rng.randrange(8)
        if depth > 3 or kind < 5:
            return rng.choice([1, -2, 3.5, 1e20, True, False, None, "", 'a"b\\', "é\nሴ", 0, -0.0])
        if kind < 7:
            return [value(depth + 1) for _ in range(rng.randrange(4))]
        return {str(rng.random()): value(depth + 1) for _ in range(rng.randrange(4))}

    for _ in range(400):
        text = json.dumps(value(), indent=rng.choice([None, 1]), ensure_ascii=rng.random() < 0.5)
        assert read_json(Source("x", text)).plain() == json.loads(text)
        at = rng.randrange(len(text) + 1)
        changed = text[:at] + rng.choice(["", '"', ",", "[", "}", " ", "1", "e"]) + text[at + rng.randrange(2) :]
        try:
            expected: Any = json.loads(changed)
        except ValueError:
            expected = SpecError
        with pytest.raises(SpecError) if expected is SpecError else contextlib.nullcontext():
            assert read_json(Source("x", changed)).plain() == expected
    found = read_json(Source("x", '{\n "a": [1,\n  22]}')).entries["a"].items[1]
    assert (found.span.line, found.span.column, found.span.length) == (3, 3, 2)


def test_mutated_files_are_read_or_refused() -> None:
    """Characters dropped, doubled or put in: no traceback, and quickly."""
    rng = random.Random(5)
    shared = functional(3, {"a": [6], "b": [6]}, [(part("Dense", "t", units=4), [["a"], ["b"]])], ["t", "t:1"])
    texts = [sequential([28, 28, 1], *FIRST), shared, sequential([9, 5], part("Bidirectional", layer=part("LSTM", units=6)))]
    start = time.process_time()
    for _ in range(300):
        text = rng.choice(texts)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(text))
            put = rng.choice(["", "{", "}", "[", ":", '"', "-1", "0", "null", "99999999999", "1e9", '"x"', text[at : at + 20]])
            text = text[:at] + put + text[at + rng.choice([0, 1, 4, 20]) :]
        with contextlib.suppress(SpecError):
            archcalc.analyse(archcalc.load('{"class_name": "x", "config":' + text + "}\n"))
        with contextlib.suppress(SpecError):
            analysed(text)
    assert time.process_time() - start < 60


SCRIPT = """
import json, sys, keras
from keras import layers as L
x = keras.Input((32, 32, 3))
y = L.Conv2D(8, 3, strides=2, padding="same", activation="relu")(x)
y = L.SeparableConv2D(12, 3, padding="same")(y)
y = L.BatchNormalization(scale=False)(y)
z = L.DepthwiseConv2D(5, padding="same")(L.MaxPooling2D(3, 2, padding="same")(y))
y = L.Concatenate()([L.AveragePooling2D(2)(y), z])
y = L.Conv2DTranspose(6, 3, strides=2, padding="same")(y)
s = L.Reshape((-1, 6))(y)
s = L.Bidirectional(L.GRU(5, return_sequences=True))(s)
s = L.Dense(4, activation="softmax")(L.LSTM(7)(L.LayerNormalization()(s)))
small = keras.Model(x, s)
models = [small, *(getattr(keras.applications, name)(weights=None) for name in sys.argv[1:])]
trained = [sum(int(w.value.numel()) for w in m.trainable_variables) for m in models]
print(json.dumps([[m.to_json(), m.count_params(), t] for m, t in zip(models, trained)]))
"""


@pytest.mark.skipif(find_spec("keras") is None or find_spec("torch") is None, reason="keras and torch are not both installed")
def test_keras_agrees() -> None:
    """What a running Keras counts of models that it writes itself."""
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, "MobileNetV2", "ResNet50V2", "DenseNet121", "Xception"],
        env={**os.environ, "KERAS_BACKEND": "torch"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for text, total, trained in json.loads(run.stdout.strip().split("\n")[-1]):
        analysis = analysed(text)
        assert analysis.totals.params == trained
        assert any(f"total of {total:,} parameters" in note for note in analysis.network.notes) or total == trained
