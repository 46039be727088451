"""Files as people have them: a network among data, training and plots, in a project of several files, in older words."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.analysis import Analysis
from archcalc.notations import recognise
from archcalc.text.faults import Fault, SpecError

TORCH = "import torch\nfrom torch import nn\n\n"
KERAS = "import tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers\n\n"
NET = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(8, 3)\n"
NET += "    def forward(self, x):\n        return self.fc(x)\n\nnet = Net()\n"


def table(tmp_path: Path, text: str, asked: str = "", name: str = "model.py", **given: Any) -> Analysis:
    """The analysis of a file of this text."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    return archcalc.analyse(archcalc.load(f"{path}:{asked}" if asked else str(path), **given))


def fault(tmp_path: Path, text: str, asked: str = "", name: str = "model.py", **given: Any) -> Fault:
    """The first fault of a file of this text."""
    with pytest.raises(SpecError) as raised:
        table(tmp_path, text, asked, name, **given)
    return raised.value.faults[0]


# -- what stands beside a network ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "beside",
    [
        "accuracy = float('a method'.upper)",
        "y = net(torch.zeros(2, 5)).numpy().size.real",
        "x = torch.zeros(3)[:, None, 4]",
        "assert net(torch.zeros(1, 8)).shape == 7",
    ],
)
def test_a_fault_beside_a_network_is_passed_over_and_said(beside: str, tmp_path: Path) -> None:
    """Linear(8, 3) has 8·3 + 3 parameters, whatever is shown below it."""
    analysis = table(tmp_path, TORCH + NET + beside, input="8")
    assert analysis.totals.params == 27
    assert [note for note in analysis.network.notes if note.startswith("a fault beside it is passed over, at ")]


@pytest.mark.parametrize(
    "beside",
    ["exec('net.fc = nn.Linear(8, 50)')", "(run := exec)('1')", "globals()['net'] = nn.Linear(8, 50)", "eval('1')"],
)
def test_nothing_is_passed_over_that_could_change_anything(beside: str, tmp_path: Path) -> None:
    found = fault(tmp_path, TORCH + NET + beside, input="8")
    assert found.message.endswith("is not read: nothing of the file is run")
    again = fault(tmp_path, f"{TORCH}import data\n{NET}for row in data.rows:\n    {beside}\n", input="8")
    assert "may have been changed" in again.message


def test_nothing_is_passed_over_that_could_change_anything_by_another_name(tmp_path: Path) -> None:
    found = fault(tmp_path, f"{TORCH}run = exec\n{NET}run('net.fc = nn.Linear(8, 50)')\n", input="8")
    assert found.message == "exec() is not read: nothing of the file is run"


def test_a_fault_that_the_network_depends_on_is_the_one_that_is_said(tmp_path: Path) -> None:
    found = fault(tmp_path, f"{TORCH}width = [1, 2][3]\n\nnet = nn.Sequential(nn.Linear(8, width), nn.ReLU())", input="8")
    assert found.message == "IndexError: list index out of range"
    assert found.span is not None
    assert found.span.line == 4


@pytest.mark.parametrize("loop", ["for step in range(10**8):\n    net(torch.zeros(4, 8))", "while True:\n    net.train()"])
def test_a_loop_that_trains_for_long_is_left(loop: str, tmp_path: Path) -> None:
    analysis = table(tmp_path, TORCH + NET + loop, input="8")
    assert analysis.totals.params == 27
    assert any("not read, and nothing of the network depends on it: line" in note for note in analysis.network.notes)


def test_a_loop_that_may_change_the_network_makes_it_unknown(tmp_path: Path) -> None:
    loop = "for step in range(10**8):\n    net.fc = nn.Linear(8, 3 + step)"
    assert "may have been changed" in fault(tmp_path, TORCH + NET + loop, input="8").message


def test_training_may_give_the_network_a_new_name(tmp_path: Path) -> None:
    """`net = net.train()` in a function that trains changes nothing of what it is given."""
    train = "def fit(net, rows):\n    for x in rows:\n        net = net.train()\n        net(x)\n        net = net.cuda()\n\n"
    text = f"{TORCH}from torch.utils.data import DataLoader\n{train}{NET}fit(net, DataLoader([1]))\n"
    assert table(tmp_path, text, input="8").totals.params == 27


def test_a_keras_network_may_be_trained_by_hand(tmp_path: Path) -> None:
    """Its variables are handed to an optimizer in a loop over data: Dense(5) of 7 has 7·5 + 5."""
    text = KERAS + (
        "model = keras.Sequential([keras.Input((7,)), layers.Dense(5)])\noptimizer = keras.optimizers.Adam()\n\n"
        "def step(x, y):\n    with tf.GradientTape() as tape:\n        loss = keras.losses.mse(y, model(x, training=True))\n"
        "    grads = tape.gradient(loss, model.trainable_variables)\n"
        "    optimizer.apply_gradients(zip(grads, model.trainable_variables))\n\n"
        "for x, y in tf.data.Dataset.from_tensor_slices(([1], [2])).batch(4):\n    step(x, y)\n"
    )
    assert table(tmp_path, text).totals.params == 40


@pytest.mark.parametrize(
    "line",
    [
        "x_train[:, :, :, 0] = (x_train[:, :, :, 0] - 123.68) / 2",
        "mean = x_train.mean(axis=0)\nx_train -= mean",
        "import copy\nkept = copy.deepcopy(x_train)",
        "import numpy as np\ngrid = np.linspace(-1, 1, 20)[::-1]",
    ],
)
def test_data_may_be_worked_on(line: str, tmp_path: Path) -> None:
    """The images of CIFAR-10 are scaled, shown and copied: Dense(10) of 32·32·3 has 30,730 parameters."""
    text = KERAS + (
        "from keras.datasets import *\n(x_train, y_train), _ = cifar10.load_data()\n"
        f"x_train = x_train.astype('float32')\n{line}\n"
        "model = keras.Sequential([keras.Input(x_train.shape[1:]), layers.Flatten(), layers.Dense(10)])\n"
        "print(model.metrics_names, model.loss)\n"
    )
    assert table(tmp_path, text).totals.params == 30_730


# -- sizes that are those of data ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "given", "params"),
    [
        ("keras.Input(shape=(X.shape[1],)), layers.Dense(4)", "13", 13 * 4 + 4),
        ("layers.Dense(4, input_dim=X.shape[1])", "13", 13 * 4 + 4),
        ("layers.Dense(4, input_shape=X.shape[1:])", "13", 13 * 4 + 4),
        ("layers.LSTM(3, input_shape=(20, X.shape[2]))", "20x6", 4 * 3 * (6 + 3 + 1)),
        ("layers.Conv2D(5, 3, input_shape=X.shape[1:])", "2x9x9", 5 * (2 * 9 + 1)),
    ],
)
def test_the_size_of_data_is_asked_for(first: str, given: str, params: int, tmp_path: Path) -> None:
    text = f"{KERAS}import pandas as pd\nX = pd.read_csv('rows.csv').values\nmodel = keras.Sequential([{first}])\n"
    found = fault(tmp_path, text)
    assert found.repairs[0].startswith("--input ")
    assert table(tmp_path, text, input=given).totals.params == params


def test_the_words_of_an_embedding_are_not_asked_for_as_an_input(tmp_path: Path) -> None:
    """And the fault is the one that all the others come from, at its place."""
    text = f"{KERAS}words = len(open('words.txt').read())\ninputs = keras.Input((9,))\nx = layers.Embedding(words, 4)(inputs)\n"
    found = fault(tmp_path, f"{text}y = layers.Flatten()(x)\nmodel = keras.Model(inputs, layers.Dense(2)(y))")
    assert found.message.startswith("`model` is not known: Embedding: its input_dim: open() is not read")
    assert found.span is not None
    assert found.span.line == 7


# -- models that are stored ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stores",
    [
        "model.save('best.keras')",
        "model.fit(1, 2, callbacks=[keras.callbacks.ModelCheckpoint('best.keras', save_best_only=True)])",
    ],
)
def test_what_a_program_stores_it_may_load(stores: str, tmp_path: Path) -> None:
    text = f"{KERAS}model = keras.Sequential([keras.Input((7,)), layers.Dense(5)])\n{stores}\n"
    analysis = table(tmp_path, f"{text}model = keras.models.load_model('best.keras')\n")
    assert analysis.totals.params == 40
    assert "load_model('best.keras') is read as the network that is saved there above it" in analysis.network.notes
    other = fault(tmp_path, f"{text}other = model\nmodel = keras.models.load_model('another.keras')\n")
    assert other.message == "`model` is not known: a stored model is not opened here"
    assert other.repairs[0].endswith("model.py:other")


# -- TensorFlow's functions ---------------------------------------------------------------------------------------------


def of_class(body: str, tmp_path: Path, given: str) -> Analysis:
    """The analysis of a class whose call() is this."""
    init = "    def __init__(self):\n        super().__init__()\n        self.conv = layers.Conv2D(4, 1)\n"
    return table(tmp_path, f"{KERAS}class Net(keras.Model):\n{init}    def call(self, x):\n        {body}\n", "Net", input=given)


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("tf.nn.max_pool2d(x, 2, 2, padding='SAME')", "maxpool"),
        ("tf.nn.max_pool2d(x, ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding='VALID')", "maxpool"),
        ("tf.nn.avg_pool(x, [2, 3], [1, 2], 'VALID')", "avgpool"),
        ("tf.nn.max_pool(x, 3, None, 'VALID')", "maxpool"),
    ],
)
def test_pools_of_tensorflow_are_rows(call: str, kind: str, tmp_path: Path) -> None:
    """By TensorFlow's definition: ⌈W/S⌉ positions with SAME, ⌈(W − K + 1)/S⌉ with VALID; a stride is 1 where none is given."""
    pool = of_class(f"return self.conv({call})", tmp_path, "3x9x14").rows[0]
    kernel, stride = ((2, 2), (2, 2)) if "2, 2, p" in call else ((3, 3), (2, 2)) if "1, 3, 3" in call else ((2, 3), (1, 2))
    kernel, stride = ((3, 3), (1, 1)) if "None" in call else (kernel, stride)
    wide = [n if "SAME" in call else n - k + 1 for n, k in zip((9, 14), kernel, strict=True)]
    assert (pool.layer.kind, pool.output) == (kind, (3, *(-(-n // s) for n, s in zip(wide, stride, strict=True))))


def test_space_to_depth_is_no_depth_to_space(tmp_path: Path) -> None:
    """As torch's pixel_unshuffle and pixel_shuffle have them, channels first."""
    torch = pytest.importorskip("torch")
    F = torch.nn.functional
    image = torch.zeros(1, 8, 4, 6)
    for name, function in (("space_to_depth", F.pixel_unshuffle), ("depth_to_space", F.pixel_shuffle)):
        conv = of_class(f"return self.conv(tf.nn.{name}(x, 2))", tmp_path, "8x4x6").rows[-1]
        assert conv.output == (4, *function(image, 2).shape[2:])
        assert conv.params == 4 * (function(image, 2).shape[1] + 1)


@pytest.mark.parametrize("given_back", ["(y, z)", "[z, y]", "{'a': y, 'b': z}"])
def test_what_a_class_gives_beside_something_unread_is_refused(given_back: str, tmp_path: Path) -> None:
    """The table would lack all that comes after what is not read."""
    init = "    def __init__(self):\n        super().__init__()\n        self.one, self.two = layers.Dense(4), layers.Dense(2)\n"
    call = "    def call(self, x):\n        y = self.one(x)\n        z = self.two(tf.nn.unheard_of(y))\n"
    text = f"{KERAS}class Net(keras.Model):\n{init}{call}        return {given_back}\n"
    found = fault(tmp_path, text, "Net", input="6")
    assert "what the network gives is not known" in found.message
    assert "unheard_of" in found.message


def test_older_words_of_keras_are_read(tmp_path: Path) -> None:
    """A size with a value, axes by their place, an initializer that is called, tf.compat.v1, K.tf and six."""
    text = KERAS + (
        "from keras import backend as K\nfrom six.moves import range as each\nfrom builtins import zip\n"
        "assert tf.__version__ >= '2.4'\n"
        "a, b = keras.Input((4, 6)), keras.Input((5, 6))\n"
        "x = layers.Flatten()(layers.dot([a, b], 2))\nwidth = x.shape[-1].value\n"
        "start = keras.initializers.GlorotUniform()((width, 3))\n"
        "for n in each(2):\n    x = layers.Dense(width)(x)\n"
        "x = layers.Lambda(lambda t: K.tf.reshape(tensor=t, shape=[-1, 4, 5]))(x)\n"
        "parts = tf.compat.v1.split(value=x, num_or_size_splits=5, axis=-1)\n"
        "model = keras.Model([a, b], layers.Dense(start.shape[1])(parts[0]))\n"
    )
    assert table(tmp_path, text).totals.params == 2 * (20 * 20 + 20) + 1 * 3 + 3


# -- where a network is found -------------------------------------------------------------------------------------------


def test_a_file_elsewhere_in_the_project_is_read(tmp_path: Path) -> None:
    """`from settings import CLASSES` and `from parts.blocks import Block`, as they are run from the folder above."""
    (tmp_path / "README.md").write_text("A project.\n", encoding="utf-8")
    (tmp_path / "settings.py").write_text("CLASSES = 7\n", encoding="utf-8")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "blocks.py").write_text(TORCH + "Block = nn.Linear\n", encoding="utf-8")
    text = f"{TORCH}from settings import CLASSES\nfrom parts.blocks import Block\n\nnet = nn.Sequential(Block(8, CLASSES))"
    analysis = table(tmp_path, text, name="models/deep/net.py", input="8")
    assert analysis.totals.params == 8 * 7 + 7
    note = next(note for note in analysis.network.notes if note.startswith("read of the same project: "))
    assert "settings.py" in note
    assert "blocks.py" in note


def test_what_lies_above_a_project_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("CLASSES = 7\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("Another project.\n", encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("A project.\n", encoding="utf-8")
    text = f"{TORCH}from settings import CLASSES\n\nnet = nn.Sequential(nn.Linear(8, CLASSES), nn.ReLU())"
    assert "settings is imported and not read" in fault(tmp_path, text, name="mine/models/net.py", input="8").message


MAKER = "def unet(\n    shape=(8,),\n    classes=3,\n):\n    inputs = keras.Input(shape)\n"
MAKER += "    return keras.Model(\n        inputs,\n        layers.Dense(classes)(inputs),\n    )\n"


def test_a_signature_may_close_at_the_margin(tmp_path: Path) -> None:
    analysis = table(tmp_path, KERAS + MAKER)
    assert (analysis.network.name, analysis.totals.params) == ("unet", 27)


def test_a_function_that_returns_what_an_imported_one_makes_is_found(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(KERAS + MAKER, encoding="utf-8")
    wrapped = f"{KERAS}from parts import unet\n\ndef wide_unet(classes=5):\n    model = unet((8,), classes)\n    return model\n"
    assert table(tmp_path, wrapped).totals.params == 45
    (tmp_path / "nets.py").write_text(TORCH + NET, encoding="utf-8")
    assert table(tmp_path, f"{TORCH}from nets import Net\n\ndef make():\n    return Net()\n", input="8").totals.params == 27


def test_static_builders_are_offered_with_what_they_need(tmp_path: Path) -> None:
    text = KERAS + (
        "class Builder(object):\n    @staticmethod\n    def build(shape, classes):\n        x = keras.Input(shape)\n"
        "        return keras.Model(x, layers.Dense(classes)(x))\n\n"
        "    @classmethod\n    def small(cls, shape):\n        return Builder.build(shape, 3)\n"
    )
    found = fault(tmp_path, text)
    asked = [repair.rpartition("model.py:")[2].strip('"') for repair in found.repairs]
    assert asked == ["Builder.build(shape=…, classes=…)", "Builder.small(shape=…)"]
    assert table(tmp_path, text, asked[1].replace("…", "(8,)")).totals.params == 27


def test_a_notebook_may_try_a_magic(tmp_path: Path) -> None:
    cell = (
        "try:\n    # in the cloud\n    %tensorflow_version 2.x\nexcept Exception:\n    pass\nif True:\n    !pip install keras\n"
    )
    cells = [cell, KERAS, "model = keras.Sequential([keras.Input((8,)), layers.Dense(3)])"]
    book = {"cells": [{"cell_type": "code", "source": c, "metadata": {}, "outputs": []} for c in cells], "nbformat": 4}
    assert table(tmp_path, json.dumps({**book, "metadata": {}, "nbformat_minor": 5}), name="lesson.ipynb").totals.params == 27


def test_a_program_that_quotes_a_prototxt_is_a_program() -> None:
    quoted = 'from keras.layers import Layer\n\nclass Net(Layer):\n    """Takes\n    input_dim: the width\n    layer {\n    """\n'
    assert recognise(quoted) == "keras"
    assert recognise('layer {\n  name: "a"\n}\n') == "caffe"


def test_eval_of_a_name_is_the_name(tmp_path: Path) -> None:
    """`eval(activation)` with a word of the file's own, or of Keras's; nothing else is looked up."""
    text = KERAS + (
        "from tensorflow.keras.layers import ReLU\nimport inspect\nimport six\n\n"
        "def block(x, activation='ReLU', width=3):\n    act = eval(activation)\n"
        "    assert isinstance(activation, six.string_types)\n"
        "    assert 'training' in inspect.signature(layers.Dropout(0.5).call).parameters\n"
        "    assert 'training' not in inspect.signature(layers.Dense(2).call).parameters\n"
        "    return act()(eval('layers.Dense')(eval('width'))(x))\n\n"
        "inputs = keras.Input((8,))\nmodel = keras.Model(inputs, block(inputs))\n"
    )
    analysis = table(tmp_path, text)
    assert [row.layer.kind for row in analysis.rows] == ["fc", "relu"]
    assert analysis.totals.params == 27
    assert "eval() is not read" in fault(tmp_path, text.replace("'width'", "'width + 1'")).message


@pytest.mark.skipif(find_spec("keras") is None, reason="the text of Keras's applications is not here")
def test_an_application_of_keras_made_on_an_input_of_the_file(tmp_path: Path) -> None:
    """`ResNet50(input_tensor=inputs)`, as transfer learning has it: 23,587,712 in all without its top (Keras's own figure)."""
    text = KERAS + (
        "from tensorflow.keras.applications import ResNet50\ninputs = keras.Input((64, 64, 3))\n"
        "base = ResNet50(include_top=False, weights='imagenet', input_tensor=inputs)\n"
        "model = keras.Model(inputs, base.get_layer('conv1_relu').output)\n"
    )
    assert table(tmp_path, text, "base").totals.params == 23_587_712 - 53_120  # the moving means and variances
    assert table(tmp_path, text, "model").totals.params == 7 * 7 * 3 * 64 + 64 + 2 * 64


def test_a_decorator_that_registers_gives_back_the_class(tmp_path: Path) -> None:
    """As the packages of OpenMMLab have it: the table of names is another file's."""
    text = f"{TORCH}from ..builder import BACKBONES\n\n\n@BACKBONES.register_module()\n{NET}"
    analysis = table(tmp_path, text, input="8")
    assert analysis.totals.params == 27
    assert "`register_module` is not read, and is taken to give back what it registers" in analysis.network.notes
    for word in ("compiled", "register"):  # which may be anything
        other = fault(tmp_path, text.replace("register_module", word), input="8")
        assert "lies outside the folder that is read" in other.message


@pytest.mark.parametrize("comment", ["# input image size 20x24", "# Inference input size is 20*24"])
def test_a_comment_may_leave_out_the_channels(comment: str, tmp_path: Path) -> None:
    net = f"{TORCH}net = nn.Sequential(nn.Conv2d(3, 5, 3), nn.Flatten(), nn.Linear(5 * 18 * 22, 2))\n{comment}\n"
    analysis = table(tmp_path, net)
    assert analysis.network.inputs == {"input": (3, 20, 24)}
    assert any("the comment says 20×24" in note for note in analysis.network.notes)


def test_images_are_resized_by_older_names(tmp_path: Path) -> None:
    """Whatever says how values between positions are found; and by TensorFlow's own names of arguments."""
    text = KERAS + (
        "from keras import backend as K\n"
        "image = keras.Input((6, 8, 3))\n"
        "x = layers.Lambda(lambda t: K.resize_images(t, 2, 3, 'channels_last'))(image)\n"
        "x = layers.Lambda(lambda t: tf.image.resize(t, (5, 7), method=tf.image.ResizeMethod.BILINEAR))(x)\n"
        "x = layers.Lambda(lambda t: tf.compat.v1.image.resize_bilinear(t, (4, 9)))(x)\n"
        "x = tf.squeeze(input=tf.expand_dims(input=x, axis=1), axis=1)\n"
        "model = keras.Model(image, layers.Conv2D(2, 1)(x))\n"
    )
    analysis = table(tmp_path, text)
    shapes = [row.output for row in analysis.rows if row.layer.kind == "upsample" or row.params]
    assert shapes == [(3, 12, 24), (3, 5, 7), (3, 4, 9), (2, 4, 9)]
    assert analysis.totals.params == 2 * 3 + 2


def test_the_first_input_of_keras_2_is_found_by_its_name(tmp_path: Path) -> None:
    text = f"{KERAS}base = keras.Sequential([keras.Input((8,)), layers.Dense(3, name='last')])\n"
    text += "model = keras.Model(base.get_layer('input_1').output, layers.Dense(2)(base.get_layer('last').output))\n"
    assert table(tmp_path, text, "model").totals.params == 27 + 8
    assert "has no layer 'middle'" in fault(tmp_path, text.replace("input_1", "middle")).message


def test_a_module_finds_itself_by_its_name(tmp_path: Path) -> None:
    """As the package of Dive into Deep Learning does."""
    text = f"import sys\nd2l = sys.modules[__name__]\nWIDTH = 3\n{TORCH}class Part(nn.Linear):\n    pass\n\n"
    text += NET.replace("nn.Linear(8, 3)", "getattr(sys.modules[__name__], 'Part')(8, d2l.WIDTH)")
    assert table(tmp_path, text, input="8").totals.params == 27
