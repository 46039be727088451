"""Keras source: read and never run, against the running Keras, layer by layer."""

from __future__ import annotations

import csv
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.analysis import Analysis
from archcalc.notations import recognise
from archcalc.text.faults import SpecError
from archcalc.text.source import Source

SOURCES = Path(__file__).parent / "keras_sources"
INPUTS = {"imdb_lstm": "200"}
# Made by the running Keras here, in the time there is; `reference/keras_applications.csv` has all of them.
APPLICATIONS = {"vgg16": "VGG16", "resnet": "ResNet50", "mobilenet": "MobileNet", "mobilenet_v3": "MobileNetV3Small"}
with (Path(__file__).parent / "reference" / "keras_applications.csv").open(encoding="utf-8") as _file:
    RECORDED = [row for row in csv.DictReader(_file) if int(row["total"]) < 27_000_000]  # the larger ones are the same programs


@pytest.fixture(scope="module")
def running() -> Any:
    """Keras itself, imported once."""
    pytest.importorskip("torch")
    from tests import running_keras

    return running_keras


def read(text: str, **given: Any) -> Analysis:
    """The analysis of a source."""
    return archcalc.analyse(archcalc.load(text + "\n", **given))


def total(analysis: Analysis) -> int:
    """What Keras counts, as the note says it; what is learned where nothing else is counted."""
    said = [note for note in analysis.network.notes if note.startswith("Keras's total of ")]
    return int(re.sub(r"[^\d]", "", said[0].split(" parameters")[0])) if said else analysis.totals.params


def fault(text: str, **given: Any) -> Any:
    """The first fault of a source."""
    with pytest.raises(SpecError) as raised:
        read(text, **given)
    return raised.value.faults[0]


def layer_by_layer(analysis: Analysis, expected: dict[str, tuple[int, ...]]) -> int:
    """Compares the last row of each layer with what Keras's layer puts out; how many were compared."""
    last: dict[str, tuple[int, ...]] = {}
    for row in analysis.rows:
        name = row.path.partition(".")[0]
        while name not in expected and "_" in name and not name.rpartition("_")[2].isdigit():
            name = name.rpartition("_")[0]
        if name in expected and row.output is not None:
            last[name] = row.output
    for name, shape in last.items():
        wanted = expected[name] or (1,)
        assert sorted(last[name]) == sorted(wanted), (name, shape, wanted)
    return len(last)


@pytest.mark.parametrize("path", sorted(SOURCES.glob("*.py")), ids=lambda path: path.stem)
def test_a_source_gives_what_the_running_keras_counts(path: Path, running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parameters, the total with what is stored, and each layer's shape, of a file as people write them."""
    asked = re.search(r"^# ask: (.*)$", path.read_text(encoding="utf-8"), re.M)
    name = asked[1] if asked else ""
    input_ = INPUTS.get(path.stem)
    network = archcalc.load(f"{path}:{name}" if name else str(path), input=input_)
    analysis = archcalc.analyse(network)
    model = running.run(path, monkeypatch)[name or network.name]
    model = running.built(model, next(iter(network.inputs.values())))
    learned, all_of_it = running.counts(model)
    assert (analysis.totals.params, total(analysis)) == (learned, all_of_it)
    if not getattr(model, "inputs", None):
        return  # a class of the file's own says no shapes
    assert layer_by_layer(analysis, running.shapes(model)) >= min(3, len(model.layers) // 4)


@pytest.mark.parametrize(("module", "name"), APPLICATIONS.items())
def test_an_application_read_from_its_text_is_the_running_one(module: str, name: str, running: Any) -> None:
    """Keras's own programs, read from the installed package and not imported by the reader."""
    analysis = archcalc.analyse(archcalc.load(f"keras.src.applications.{module}:{name}(weights=None)", input="3x224x224"))
    keras = running.keras
    keras.utils.clear_session()
    with keras.device("meta"):
        model = getattr(keras.applications, name)(weights=None, input_shape=(224, 224, 3))
    learned, all_of_it = running.counts(model)
    assert (analysis.totals.params, total(analysis)) == (learned, all_of_it)
    assert layer_by_layer(analysis, running.shapes(model)) > len(model.layers) * 2 // 3


@pytest.mark.skipif(find_spec("keras") is None, reason="the text of Keras's applications is not here")
@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row["name"])
def test_an_application_has_the_totals_that_keras_counts(row: dict[str, str]) -> None:
    analysis = archcalc.analyse(archcalc.load(f"keras.src.applications.{row['module']}:{row['name']}", input=row["input"]))
    assert (total(analysis), analysis.totals.params) == (int(row["total"]), int(row["trainable"]))


@pytest.mark.parametrize("name", ["autoencoder", "attention_layers", "seq2seq", "mobile_blocks", "unet"])
def test_source_and_json_of_a_model_give_one_table(name: str, running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Keras writes of a model that it made from a source, read as JSON, is the source read."""
    asked = "build_unet" if name == "unet" else ""
    path = SOURCES / f"{name}.py"
    network = archcalc.load(f"{path}:{asked}" if asked else str(path))
    model = running.run(path, monkeypatch)[asked or network.name]
    source, json = archcalc.analyse(network), read((model() if asked else model).to_json())
    assert (source.totals.params, source.totals.multiplies) == (json.totals.params, json.totals.multiplies)
    outputs = [sorted(row.output or () for row in one.rows if row.params) for one in (source, json)]
    assert outputs[0] == outputs[1]


def test_signatures_are_those_of_the_running_keras(running: Any) -> None:
    """Positional arguments mean what they mean to Keras."""
    import inspect

    from archcalc.notations.keras.source.signatures import ALIASES, SIGNATURES

    for name, listed in SIGNATURES.items():
        made = inspect.signature(getattr(running.keras.layers, name).__init__).parameters.values()
        positional = [p.name for p in made if p.kind is p.POSITIONAL_OR_KEYWORD][1:]
        assert listed.split() == positional, name
    for name, kind in ALIASES.items():
        found = getattr(running.keras.layers, name, None)
        assert found is None or found is getattr(running.keras.layers, kind)


# -- without Keras ------------------------------------------------------------------------------------------------------

IMPORT = "from keras import Input, Model, Sequential, layers\n"
FIRST = """
from tensorflow.keras import layers, models
model = models.Sequential()
model.add(layers.Conv2D(32, (3, 3), activation='relu', input_shape=(28, 28, 1)))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Conv2D(64, (3, 3), activation='relu'))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Conv2D(64, (3, 3), activation='relu'))
model.add(layers.Flatten())
model.add(layers.Dense(64, activation='relu'))
model.add(layers.Dense(10))
"""


def test_the_usual_first_example() -> None:
    """93,322 parameters is what its tutorial prints."""
    analysis = read(FIRST)
    assert (analysis.totals.params, analysis.totals.multiplies) == (93_322, 2_794_240)
    assert analysis.rows[0].output == (32, 26, 26)
    assert any("Keras's (28, 28, 1) is 1×28×28" in note for note in analysis.network.notes)


@pytest.mark.parametrize(
    "text",
    [
        FIRST,
        "import keras",
        "from keras.models import Sequential",
        "import tensorflow as tf",
        "model.add(Dense(10))",
        "x = Conv2D(32, 3)(x)",
    ],
)
def test_keras_is_recognised_by_its_imports_and_layers(text: str) -> None:
    assert recognise(text) == "keras"


@pytest.mark.parametrize(
    "text", ["import torch.nn as nn", "nn.Conv2d(1, 6, 5)", "fc = nn.Linear(4, 5)", "e = nn.Embedding(3, 4)"]
)
def test_torch_is_not(text: str) -> None:
    assert recognise(text) == "python"


def test_same_pads_the_odd_zero_behind() -> None:
    text = f"{IMPORT}model = Sequential([layers.Conv2D(4, 3, strides=2, padding='same', input_shape=(28, 27, 3))])"
    row = read(text).rows[0]
    assert row.output == (4, 14, 14)
    assert "p0:1x1" in str(row.layer)


def test_a_fault_stands_at_the_argument_and_says_what_to_type() -> None:
    found = fault(
        "from keras import layers, Sequential\nmodel = Sequential([layers.Conv2D(4, kernal_size=3, input_shape=(8, 8, 3))])"
    )
    assert found.message == "Conv2D has no argument 'kernal_size'"
    assert "kernel_size" in found.repairs
    assert (found.span.line, found.span.column) == (2, 38)


def test_a_layer_called_again_on_another_width_speaks_keras() -> None:
    text = """
import keras
from keras import layers
dense = layers.Dense(4)
a, b = keras.Input((400,)), keras.Input((3456,))
model = keras.Model([a, b], layers.add([dense(a), dense(b)]))
"""
    found = fault(text)
    assert "expected axis -1 to have value 400, but 3456 arrive" in found.message


def test_an_open_size_is_asked_for() -> None:
    text = (
        "import keras\nfrom keras import layers\ni = keras.Input((None, None, 3))\nmodel = keras.Model(i, layers.Conv2D(4, 3)(i))"
    )
    assert fault(text).repairs == ["--input 3x224x224"]
    assert read(text, input="3x32x40").rows[0].output == (4, 30, 38)


def test_an_input_with_its_channels_last_is_turned_round() -> None:
    assert fault(FIRST, input="28x28x1").repairs == ["--input 1x28x28"]


def test_an_input_replaces_the_one_written() -> None:
    text = f"{IMPORT}i = Input((32, 32, 3))\nx = layers.Reshape((i.shape[1] * 32, 3))(i)\nmodel = Model(i, x)"
    assert read(text).rows[-1].output == (1024, 3)
    assert read(text, input="3x64x32").rows[-1].output == (2048, 3)


def test_the_table_up_to_the_fault() -> None:
    """A pool too large for its map is said where it is called, with the table before it."""
    text = f"{IMPORT}model = Sequential([layers.Conv2D(4, 3, input_shape=(8, 8, 1)),\n  layers.MaxPooling2D(9)])"
    with pytest.raises(SpecError) as raised:
        read(text)
    assert raised.value.faults[0].span is not None
    assert raised.value.faults[0].span.line == 3
    assert isinstance(raised.value.partial, Analysis)
    assert [row.path for row in raised.value.partial.rows] == ["conv2d"]


def test_reading_imports_neither_keras_nor_torch() -> None:
    """What is read is text."""
    import subprocess

    program = (
        "import sys, archcalc\narchcalc.load(sys.argv[1])\nprint(sorted({'keras', 'torch', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program, FIRST], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_several_networks_are_listed() -> None:
    source = Source(
        "two.py", "import keras\ndef a():\n    return keras.Sequential()\ndef b(width):\n    return keras.Sequential()\n"
    )
    from archcalc.loading import from_source

    with pytest.raises(SpecError) as raised:
        from_source(source)
    assert raised.value.faults[0].message == "two.py has 2 networks: a, b"
    assert "two.py:a" in raised.value.faults[0].repairs


def test_a_file_that_imports_both_says_so() -> None:
    text = "import torch.nn as nn\nfrom tensorflow import keras\n"
    torch = read(text + "net = nn.Sequential(nn.Linear(4, 5))")
    assert torch.totals.params == 25
    assert torch.network.notes[0] == "this file imports Keras and torch; net is read as PyTorch source"
    other = read(text + "net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5)])")
    assert other.totals.params == 25
    assert other.network.notes[0] == "this file imports Keras and torch; net is read as Keras source"


def test_tensorflow_beside_torch_is_no_keras() -> None:
    """Many a training script imports it for its board alone."""
    assert recognise("import torch\nimport tensorflow as tf\nnet = torch.nn.Linear(3, 4)\n") == "python"


def test_a_fault_below_the_network_is_said_and_passed_over() -> None:
    """What trains it may be wrong, and the network is what it is."""
    analysis = read(f"{IMPORT}model = Sequential([Input((4,)), layers.Dense(5)])\nfor x in data_of(nobody):\n    print(x)\n")
    assert analysis.totals.params == 25
    assert analysis.network.notes[-1].startswith("a fault beside it is passed over, at ")


def test_a_fault_that_the_network_depends_on_is_no_note() -> None:
    text = f"{IMPORT}model = Sequential([Input((4,)), layers.Dense(5)])\nmodel.add(layers.Dense(units=2, activatoin='relu'))\n"
    assert fault(text).message == "Dense has no argument 'activatoin'"


def test_a_class_without_a_call_names_the_models_beside_it() -> None:
    text = f"""{IMPORT}
class GAN(Model):
    def __init__(self, g):
        super().__init__()
        self.g = g
generator = Sequential([Input((4,)), layers.Dense(5)])
gan = GAN(generator)
"""
    found = fault(text)
    assert found.message == "GAN defines no call()"
    assert found.repairs[0].endswith(":generator")


def test_a_class_of_the_file_that_holds_models_is_asked_for_them() -> None:
    text = f"""{IMPORT}
class GAN:
    def __init__(self):
        self.generator = self.build_generator()
    def build_generator(self):
        return Sequential([Input((4,)), layers.Dense(5)])
"""
    assert fault(text).repairs[0].endswith(':GAN().generator"')


def test_changed_sources_are_read_or_refused() -> None:
    """`python -m tests.keras_mutations` runs more of them."""
    from tests.keras_mutations import run

    found = run(3, 150)
    assert set(found) == {"read", "refused"}
    assert found["read"] > 20


def test_a_weight_may_have_the_name_of_one_of_keras() -> None:
    text = f"""{IMPORT}
class Scale(layers.Layer):
    def build(self, input_shape):
        self.gamma = self.add_weight(shape=(input_shape[-1],), name="gamma")
    def call(self, x):
        return x * self.gamma
model = Sequential([Input((7,)), Scale()])
"""
    assert read(text).totals.params == 7
