"""What is written is read back as the same network, whatever it was read from."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections import Counter
from contextlib import suppress
from math import prod
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from random_nets import written_net
from round_trips import (
    figures,
    one_registry,
    sums,
    text_of,
    through_keras,
    through_keras_source,
    through_onnx,
    through_torch,
    through_yaml,
)

import archcalc
from archcalc.catalogue import files
from archcalc.cli import cli
from archcalc.cli.export import command
from archcalc.loading import load
from archcalc.network.nodes import Network
from archcalc.writers import TARGETS, write


def in_notation(network: Network) -> str:
    """The network in our own notation."""
    return text_of(network, "yaml")


@pytest.mark.parametrize("name", sorted(files()))
def test_every_example_is_read_back_with_its_names(name: str) -> None:
    """Rows, names, totals and outputs are those of the example."""
    network = load(name)
    again = load(in_notation(network))
    assert figures(again) == figures(network)
    assert (again.outputs, again.name, again.origin) == (network.outputs, network.name, network.origin)


@pytest.mark.parametrize(
    ("layers", "params"),
    [
        # W_x, W_h and one bias a gate: 3·5·(4 + 5 + 1), and 4·2·(5 + 2 + 1) twice, once for each direction.
        ("input: 6x4\nlayers: [gru 5 onebias, lstm 2 bi onebias]", 150 + 128),
        # Two biases a gate, then one; 5 units give 2 states.
        ("input: 6x4\nlayers: [lstm 5 proj 2, lstm 5 proj_size=2 onebias]", 4 * 5 * (4 + 2 + 2) + 10 + 4 * 5 * (2 + 2 + 1) + 10),
        # A scale for each of 3 channels, then a shift.
        ("input: 3x8x8\nlayers: [bn noshift, bn noscale]", 6),
        # 2·3 positions, each with 2 filters of 3·2·2 weights, and a bias for each output.
        ("input: 3x3x4\nlayers: [locallyconnected 2 k2]", 2 * 3 * 2 * 12 + 12),
        ("inputs: {left: 3, right: 5}\nlayers:\n  - concat: [left, right]\n  - fc 2", 8 * 2 + 2),
        ("input: 2x9x7\nlayers: [channelpad 1 7]", 0),
        ("input: 4x2x3x2x2\nlayers: [prelu 4]", 4),
        ("input: 3x4x1x2\nlayers: [upsample size=4x2x2 mode=trilinear, conv 2 k1]", 3 * 2 + 2),
        ("input: 4x6x4\nlayers:\n  - residual: [unfold k2, fold out=6x4 k2]\n  - conv 2 k1", 10),
        ("input: 4x6x4\nlayers: [groupnorm 2 noshift, instancenorm affine noshift]", 8),
        # A tensor of the network's own, for every input of a batch, beside what is computed.
        ("input: 5x8\nlayers:\n  - {id: x, fc: 8}\n  - {id: w, parameter: [8, 3]}\n  - matmul: [x, w]", 8 * 9 + 24),
        ("input: 5x8\nlayers:\n  - {id: x, fc: 8}\n  - {id: c, parameter: 1x8}\n  - concat: {of: [c, x], axis: 0}", 8 * 9 + 8),
        ("input: 5x8\nlayers: [{id: x, fc: 8}, {einsum: {equation: 'td,sd->ts', of: [x, x]}}, {dotattention: [x, x, x]}]", 72),
        ("input: 4x8\nlayers: [reduce norm 2, fc 3]", 4 * 3 + 3),
        ("input: 4x8\nlayers: [layernorm, attention 2]", 16 + 4 * 8 * 9),
        # Its last lines run the network on a tensor that has a 1 for its batch.
        ("input: 3x6x6\nlayers: [conv 3 k1, unfold 3, fold out=6 k3]", 12),
        ("input: 3x5x7\nlayers: [pixelunshuffle 2 ceil, conv 2 k1]", 12 * 2 + 2),
        (
            "input: 4x6x6\nlayers:\n- {id: m, relu: }\n- partition 3\n- attention 2 relative=3 cosine cpb=5\n"
            "- {unpartition: [prev, m]}",
            5 * 16 + 2 + 5 * 2 + 5 + 2 * 5,
        ),
    ],
)
def test_what_is_written_for_torch_is_read_back_as_source(layers: str, params: int) -> None:
    """The forms that the export alone writes: what is taken out of torch's layers, and the inputs in its last lines."""
    network = load(layers)
    again = load(text_of(network, "torch"))
    assert sums(again) == sums(network)
    assert sums(again)[0] == params
    if "locallyconnected" not in layers:  # whose bias is a parameter of its own there, added to the rest
        assert archcalc.analyse(again).totals == archcalc.analyse(network).totals


def test_random_networks_written_for_torch_are_read_back_as_source() -> None:
    """Parameters and multiplications are those of the network, of every one that is written. A net of nothing but a layer that
    does nothing (a padding of 0) is refused as source: it has no row."""
    seen = 0
    for number in range(90):
        try:
            network = load(written_net(29, number))
            archcalc.analyse(network)
        except archcalc.SpecError:
            continue
        if any(node.layer.stands_in for node in network.nodes):
            continue  # only its shapes are known, so that it has no module
        result = through_torch(network)
        if not result.startswith("not read: forward runs no layer"):
            assert result == "equal", number
            seen += 1
    assert seen > 60


def test_random_networks_are_read_back() -> None:
    """Every structure the notation knows: branches, heads, shared weights, several inputs, odd shapes."""
    found: Counter[str] = Counter()
    for number in range(150):
        try:
            network = load(written_net(91, number))
            archcalc.analyse(network)
        except archcalc.SpecError:
            continue
        found[through_yaml(network)] += 1
    assert found.total() > 100
    assert found["equal, names too"] > 90


SOURCE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())
        self.twice = nn.Conv2d(8, 8, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(8, 1, 1))
        self.fc = nn.Linear(16 * 8 * 8, 10)

    def forward(self, x):
        x = self.stem(x)
        y = self.twice(self.twice(x)) * self.scale
        return self.fc(torch.cat([x, y], 1).flatten(1))
# input: 3x8x8
"""


def test_source_becomes_a_file_to_work_on(tmp_path: Path) -> None:
    """A program's skips, shared weights and parameters of its own, in lines that a person would write."""
    text = in_notation(load(SOURCE))
    assert figures(load(text)) == figures(load(SOURCE))
    assert "  - {id: twice_2, reuse: twice}\n" in text
    assert "  - {id: scale, learned: 8x1x1}\n" in text
    assert "  - id: stem\n    layers:\n      - {id: 0, conv: 8 k3 p1}\n" in text


def test_a_file_reads_as_a_person_would_write_it() -> None:
    """Names that the reader gives are left to it, activations stand on the line of their layer, merges name what they merge."""
    assert in_notation(load("lenet5")).split("layers:\n")[1] == (
        "  - conv 6 k5 p2 sigmoid\n  - avgpool 2\n  - conv 16 k5 sigmoid\n  - avgpool 2\n"
        "  - fc 120 sigmoid\n  - fc 84 sigmoid\n  - fc 10\n"
    )
    assert "      - add: [bn2, pool1]\n" in in_notation(load("resnet18"))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("self.never = nn.Linear(4, 4)", "never holds parameters and is never run"),
        ("self.fc = nn.utils.weight_norm(self.fc)", "fc uses a weight of another layer as one of its own"),
    ],
)
def test_what_the_notation_cannot_say_is_refused_by_name(line: str, reason: str) -> None:
    """Nothing is left out in silence."""
    text = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.table = nn.Embedding(9, 4)\n"
    text += f"        self.fc = nn.Linear(4, 9, bias=False)\n        {line}\n"
    text += "    def forward(self, x):\n        return self.fc(self.table(x))\n# input: 5\n"
    with pytest.raises(archcalc.SpecError, match=f"{reason}: the notation has no word for that"):
        in_notation(load(text))


def test_a_shape_that_looks_channels_last_is_read_back() -> None:
    """224 channels of 224×3 say so."""
    network = load("input: 224@224x3\nlayers: [conv 4 k1]\n")
    assert "input: 224@224x3\n" in in_notation(network)
    assert load(in_notation(network)).inputs == network.inputs


def test_every_name_and_note_survives() -> None:
    """Whatever a network is called, the file is YAML and has that name."""
    for name in ('a"b: c', "#x", "- y", "null", "日本", "a\\b"):
        network = load("input: 4\nlayers: [fc 2]\n")
        network.name = name
        assert load(in_notation(network)).name == name


def test_help_and_choices_are_the_table() -> None:
    """`--to` takes the targets of the table, and the help says what each is."""
    text = " ".join(re.sub(r"\s+", " ", CliRunner().invoke(cli, ["export", "--help"]).output).split())
    choice = next(p for p in command.params if p.name == "target").type
    assert list(getattr(choice, "choices", ())) == list(TARGETS)
    assert all(target.doc in text for target in TARGETS.values())


# -- Keras ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keras() -> Any:
    """Keras on torch, where it is installed."""
    if not os.environ.get("KERAS_BACKEND"):
        os.environ["KERAS_BACKEND"] = "torch"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("keras", reason="Keras is not installed: its code is written but not run")


KERAS_EXAMPLES = "googlenet inception_v3 lenet5 mobilenet_v2 resnet50 squeezenet1_0 transformer_encoder unet vgg11 wide_and_deep"


@pytest.mark.parametrize("name", sorted(set(KERAS_EXAMPLES.split()) & set(files())))
@pytest.mark.filterwarnings("ignore")
def test_examples_in_keras_are_the_same_models(keras: Any, name: str) -> None:
    """Parameters and output shapes by Keras's own count."""
    assert through_keras(load(name)).startswith("equal")


@pytest.mark.filterwarnings("ignore")
def test_random_networks_in_keras(keras: Any) -> None:
    """Every layer that Keras has, uneven kernels and padding, dilation, groups, rounding up; totals of the JSON read back."""
    found: Counter[str] = Counter()
    for number in range(360):
        with suppress(archcalc.SpecError):
            network = load(written_net(92, number))
            archcalc.analyse(network)
            found[through_keras(network)] += 1
    assert found.total() > 50
    assert found["equal in Keras, and its JSON here"] > 25


def test_random_networks_in_keras_code_read_back() -> None:
    """What is written is Keras source, and read as such: parameters, multiplications, what comes out."""
    found: Counter[str] = Counter()
    for number in range(400):
        with suppress(archcalc.SpecError):
            network = load(written_net(94, number))
            archcalc.analyse(network)
            found[through_keras_source(network)] += 1
    assert found["equal"] == found.total() > 60


def test_keras_code_is_as_a_person_writes_it() -> None:
    """`same` where torch's padding is Keras's, layers of zeros where it is not, one bias, layers by their names."""
    text = write(load("input: 3x32x32\nlayers: [conv 8 k3 s2 p1 nobias bn relu, maxpool 3 s2 p1, gap, fc 10]\n"), "keras")
    assert isinstance(text, str)
    body = text[text.index("    inputs") : text.index("    return")]
    assert body == (
        "    inputs = keras.Input((32, 32, 3))\n"
        "    x = layers.ZeroPadding2D(1)(inputs)\n"
        '    x = layers.Conv2D(8, 3, strides=2, use_bias=False, name="conv1")(x)  # (16, 16, 8)\n'
        '    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-05, name="bn1")(x)  # (16, 16, 8)\n'
        '    x = layers.ReLU(name="relu1")(x)  # (16, 16, 8)\n'
        "    x = layers.ZeroPadding2D(1)(x)\n"
        '    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)  # (8, 8, 8)\n'
        '    x = layers.GlobalAveragePooling2D(keepdims=True, name="pool2")(x)  # (1, 1, 8)\n'
        '    x = layers.Flatten(name="flatten1")(x)  # (8,)\n'
        '    x = layers.Dense(10, name="fc1")(x)  # (10,)\n'
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("lrn 5", "Keras has no such layer"),
        ("maxpool 2 d2", "Keras's pooling takes no dilation"),
        ("conv 4 k3 s2 d2", "Keras takes no stride together with a dilation"),
        ("convtranspose 3 k2 g3", "Keras's transposed convolution has no groups"),
        ("reshape 48x16, lstm 4 onebias proj 2", "Keras's LSTM does not project its state"),
        (
            "reshape 48x16, {id: a, layernorm: }, {from: [a, a], attention: 2 kdim=16}",
            "of its width, no mask, cosines or distances",
        ),
    ],
)
def test_what_keras_lacks_is_refused_by_name(line: str, reason: str) -> None:
    """At its place, with what can be written instead."""
    with pytest.raises(archcalc.SpecError) as caught:
        write(load(f"input: 3x16x16\nlayers: [conv 3 k1, {line}]\n"), "keras")
    assert reason in str(caught.value)
    assert "try: --to torch, or --to yaml" in str(caught.value)


# -- ONNX -------------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["siamese", "wide_and_deep"])
def test_a_file_of_onnx_is_the_network(name: str) -> None:
    """onnx's own checker takes it; its parameters and output shapes are ours, under the names of our table."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    pytest.importorskip("torch", reason="torch is not installed")
    from archcalc.pytorch import build

    network = load(name)
    analysis = archcalc.analyse(network)
    model = onnx.load_from_string(write(network, "onnx"))
    onnx.checker.check_model(model)
    learned = {name for name, _ in build(network).named_parameters()}
    assert sum(prod(t.dims) for t in model.graph.initializer if t.name in learned) == analysis.totals.params
    shapes = [tuple(d.dim_value for d in output.type.tensor_type.shape.dim)[1:] for output in model.graph.output]
    assert shapes == [analysis.rows[i].output for i in network.outputs]


def test_onnx_of_what_torch_exports_wrongly_is_refused(tmp_path: Path) -> None:
    """An LSTM that projects its states: torch's exporter writes one of as many units as the states have values."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    network = load("input: 5x8\nlayers: [fc 8, lstm 7 proj 3]\n")
    with pytest.raises(archcalc.SpecError) as caught:
        write(network, "onnx")
    assert "makes of lstm1 (lstm 7 proj=3) an LSTM of 3 hidden units" in str(caught.value)
    assert "try: --to torch" in str(caught.value)
    assert write(network, "torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(torch.nn.LSTM(8, 7, proj_size=3), (torch.zeros(5, 1, 8),), dynamo=True, verbose=False)
        program.save(str(tmp_path / "wrong.onnx"))
    (node,) = [node for node in onnx.load(tmp_path / "wrong.onnx").graph.node if node.op_type == "LSTM"]
    assert [a.i for a in node.attribute if a.name == "hidden_size"] == [3]


@pytest.mark.filterwarnings("ignore")
def test_random_nets_as_files_of_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    """Written by torch's exporter and read back: parameters, multiplications and outputs. Few, since each takes half a second."""
    for name in ("torch", "onnx", "onnxscript"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    monkeypatch.setattr(ONNXRegistry, "from_torchlib", ONNXRegistry.from_torchlib)  # put back behind the test
    one_registry()
    found = Counter[str]()
    for number in range(30):
        try:
            network = load(written_net(107, number))
            archcalc.analyse(network)
        except archcalc.SpecError:
            continue
        found[through_onnx(network).partition(",")[0]] += 1
    assert found["equal"] >= 15


@pytest.mark.filterwarnings("ignore")
def test_a_module_may_have_the_name_of_a_keyword() -> None:
    """torch's exporter writes names down as a program: `class` is `class_` there, or `class__` where that is another's."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    pytest.importorskip("torch", reason="torch is not installed")
    network = load("input: 4\nlayers:\n  - heads:\n      class: [fc 5]\n      class_: [fc 3]\n      in: [fc 2]\n")
    model = onnx.load_from_string(write(network, "onnx"))
    assert {t.name for t in model.graph.initializer} == {
        f"{name}.fc1.{kind}" for name in ("class__", "class_", "in_") for kind in ("weight", "bias")
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("line", ["conv 4 k2 nobias", "depthwise k2 nobias", "conv 4 k2"])
def test_a_convolution_of_three_axes_can_be_run(line: str) -> None:
    """By onnx's own reference: torch's exporter gives one without bias zeros of a shape that nothing takes."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    numpy = pytest.importorskip("numpy")
    for name in ("torch", "onnxscript"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    from onnx.reference import ReferenceEvaluator

    model = onnx.load_from_string(write(load(f"input: 4x5x5x5\nlayers: [{line}]\n"), "onnx"))
    onnx.checker.check_model(model, full_check=True)
    run = ReferenceEvaluator(model).run(None, {model.graph.input[0].name: numpy.zeros((1, 4, 5, 5, 5), "float32")})
    assert run[0].shape == (1, 4, 4, 4, 4)


@pytest.mark.filterwarnings("ignore")
def test_what_torch_does_not_write_is_said_in_its_first_words() -> None:
    """Not in those of the exporter around it."""
    for name in ("torch", "onnx", "onnxscript"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    with pytest.raises(archcalc.SpecError) as caught:
        write(load("input: 3x7x9\nlayers: [adaptivemaxpool 2x4]\n"), "onnx")
    assert "network: DispatchError: No ONNX function found for <OpOverload(op='aten.adaptive_max_pool2d'" in str(caught.value)


def test_onnx_needs_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, a sentence that says what to install."""
    pytest.importorskip("torch", reason="torch is not installed")
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    result = CliRunner().invoke(cli, ["export", "lenet5", "--to", "onnx"])
    assert result.exit_code == 2
    assert result.output == "--to onnx needs onnx and onnxscript beside torch\n  try: pip install 'archcalc[onnx]'\n"


def test_onnx_that_memory_does_not_hold_is_refused_before_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights stand in memory three times, once of them as the file."""
    pytest.importorskip("torch", reason="torch is not installed")
    for name in ("onnx", "onnxscript"):
        pytest.importorskip(name)
    monkeypatch.setattr("archcalc.pytorch.needs.bytes_free", lambda device: 3 * 4 * 61_706 + 4 * 28 * 28 - 1)
    result = CliRunner().invoke(cli, ["export", "lenet5", "--to", "onnx", "-o", "lenet.onnx"])
    assert result.exit_code == 2
    assert result.output == ("writing this network as ONNX needs 0.0 GB at least, 0.0 GB are free on cpu\n  try: --to torch\n")
