"""Memory: what the backward pass keeps is what torch's autograd keeps, to the byte; the peak is that of the definition."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from installed_torchvision import MISSING, models, published
from installed_torchvision import folder as torchvision_folder

import archcalc
from archcalc.analysis import BYTES, Analysis
from archcalc.catalogue import files
from archcalc.cli import cli
from archcalc.figures.memory import inference, training
from archcalc.loading import load
from archcalc.text.faults import SpecError


def typed(layers: str, shape: str, batch: int = 2) -> Analysis:
    """A net of these lines, parted by bars."""
    lines = "".join(f"- {line.strip()}\n" for line in layers.split("|"))
    return archcalc.analyse(load(f"input: {shape}\nlayers:\n{lines}"), batch=batch)


def kept(analysis: Analysis) -> int:
    """The bytes that the backward pass needs."""
    return sum(training(analysis).bytes)


def observed(analysis: Analysis, dtype: str = "float32", device: str = "cpu") -> int:
    """The same as torch's autograd has it."""
    from torch_or_skip import torch_or_skip

    torch = torch_or_skip()
    from autograd import saved_bytes

    from archcalc.pytorch import build
    from archcalc.pytorch.run import example_inputs

    number = getattr(torch, dtype)
    module = build(analysis.network, device=device, dtype=number)
    return saved_bytes(module, example_inputs(analysis.network, analysis.batch, device, number))


@pytest.mark.parametrize("name", sorted(files()))
def test_every_example_keeps_what_autograd_keeps(name: str) -> None:
    """To the byte at batch 2, storages counted once; large ones without memory, which keeps the same."""
    analysis = archcalc.analyse(load(name), batch=2)
    kernels = any(row.layer.family in ("recurrent", "attention") for row in analysis)  # which are others without memory
    small = kernels or analysis.totals.multiplies < 3e7
    assert kept(analysis) == observed(analysis, device="cpu" if small else "meta")


# A line of every kind and of the settings that matter, behind a layer that makes it part of the backward pass.
IMAGES = [
    "instancenorm affine noshift", "groupnorm 2 noshift",
    "conv 4 k3", "conv 4 k2 same", "conv 4 k4x3 same", "conv 4 k3 p0:1x1:1", "depthwise k3 p1", "convtranspose 4 k2 s2",
    "local 3 k3 p1", "maxpool 2", "maxpool 3 s2 p1 ceil", "maxpool 2 s1 p0:1x0:1", "avgpool 2", "avgpool 2 s1 p0:1x0:1",
    "adaptiveavgpool 3", "globalavgpool", "adaptivemaxpool 2", "bn", "bn noaffine", "groupnorm 2", "instancenorm",
    "instancenorm affine", "lrn 3", "layernorm", "layernorm over=3", "rmsnorm", "rmsnorm noaffine", "relu", "relu6",
    "leakyrelu", "prelu perchannel", "elu", "selu", "celu 0.5", "hardtanh", "softsign", "logsigmoid", "gelu", "sigmoid", "tanh",
    "silu", "hardsigmoid", "hardswish", "mish", "softplus", "heaviside", "sign", "softmax", "logsoftmax", "dropout",
    "dropout 0", "droppath 0.5", "identity", "flatten | fc 3", "relu | flatten | fc 3",
    "reshape 4x36 | tanh", "upsample 2", "permute 2x3x1",
    "zeropad 1 | conv 2 k1", "crop 3 | relu", "slice 0 2 | conv 2 k3", "channelshuffle 2", "pixelshuffle 2", "pixelunshuffle 2",
    "channelpad 1 1", "residual: [relu]", "residual: [conv 4 k3 p1, sigmoid]", "{branches: [[relu], [sigmoid]], join: mul}",
    "{id: m, relu: } | partition 4 | attention 2 relative=4 | {unpartition: [prev, m]}",
    "{id: m, relu: } | partition 3 | attention 2 relative=3 cosine cpb=5 | {unpartition: [prev, m]}",
    "partition 2x3 grid | layernorm | fc 3",
    "reflectionpad 1", "replicationpad 2:0", "circularpad 1", "unfold 3 p1 | fold out=6 k3 p1", "unfold 2 s2 | relu", "glu",
    "unfold 1 s3 | celu", "unfold 3 p1 | fold out=6 k3 p1 | celu", "unfold 2 | celu",
    "scale", "roll 1x-2", "layernorm channels", "layernorm channels noshift | flatten | fc 3", "slice last axis=2 | conv 2 k3",
    "slice 1 axis=1", "maxpool 3 s2 same", "avgpool 3 s2 same", "maxpool 3 s1 same", "split: [[], [relu]]",
    "{id: m, relu: } | maxpool 2 | {upsample: [prev, m]}",
    "{id: m, relu: } | maxpool 2 | {upsample: {of: [prev, m], mode: bilinear}}",
    "{branches: [[relu], [sigmoid], [tanh]], join: mul}", "{branches: [[conv 2 k1], [maxpool 3 s1 p1]]}",
]  # fmt: skip
SEQUENCES = [
    "fc 3", "fc 3 nobias", "rnn 3", "rnn 3 2 bidirectional", "rnn 3 2 dropout=0.5", "rnn 3 last | fc 2", "gru 3", "gru 3 2",
    "gru 3 2 bidirectional last", "gru 3 onebias", "lstm 3", "lstm 3 nobias", "lstm 3 2", "lstm 3 2 bidirectional dropout=0.5",
    "lstm 3 last | fc 2", "lstm 3 | fc 2",
    "lstm 4 proj 3", "lstm 4 proj 1 nobias | fc 2", "lstm 4 2 proj 3", "lstm 4 3 bidirectional proj 2 dropout=0.5",
    "lstm 4 proj 3 last | fc 2", "lstm 4 2 bidirectional proj 3 last", "lstm 4 proj 3 onebias | lstm 3",
    "lstm 3 | relu | lstm 2", "lstm 3 | flatten | fc 2", "attention 2",
    "glu", "{id: m, fc: 4} | {from: [prev, m], bilinear: 3}", "{id: m, relu: } | {from: [prev, m], bilinear: 3 nobias}",
    "attention 2 dropout=0.1", "attention 2 nobias", "attention 2 causal", "attention 2 causal dropout=0.1",
    "attention 2 cosine", "attention 2 cosine nobias dropout=0.1", "attention 2 cosine cpb=7 relative=5x1 causal",
    "attention 2 relative=1x5 cpb=3", "attention 2 relative=1x5",
    "reshape 1x5x8 | attention 2", "reshape 1x5x8 | attention 2 dropout=0.1 causal | fc 3",
    "reshape 5x1x8 | attention 4 nobias", "attention 2 | attention 4", "attention 2 | fc 3", "lstm 6 | attention 3",
    "{id: m, fc: 6} | {id: k, fc: 4} | {from: [m, k], attention: 2 kdim=4 vdim=4}",
    "{id: m, fc: 6} | {id: k, fc: 4} | {id: v, fc: 3} | {from: [m, k, v], attention: 3 kdim=4 vdim=3 dropout=0.1}",
    "{id: m, fc: 6} | {id: k, fc: 6} | {id: v, fc: 3} | {from: [m, k, v], attention: 3 vdim=3 nobias}",
    "positions", "classtoken", "layernorm", "softmax", "dropout | layernorm", "lstm 4 | instancenorm",
]  # fmt: skip


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("line", IMAGES)
def test_every_layer_of_maps_keeps_what_autograd_keeps(line: str, batch: int) -> None:
    """Behind a convolution, and a ReLU after it, so that what is shared is seen to be."""
    analysis = typed(f"conv 4 k3 p1 | {line} | relu", "3x6x6", batch)
    assert kept(analysis) == observed(analysis)


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("line", SEQUENCES)
def test_every_layer_of_sequences_keeps_what_autograd_keeps(line: str, batch: int) -> None:
    """Behind a linear layer, and as the first of the network, where no gradient goes to the input."""
    for front in ("fc 8 | ", ""):
        analysis = typed(f"{front}{line}", "5x8", batch)
        assert kept(analysis) == observed(analysis), front


@pytest.mark.parametrize("line", [line for line in IMAGES if not line.startswith(("lrn", "rmsnorm"))])
def test_half_as_wide_numbers(line: str) -> None:
    """bf16: half of what is kept, indices apart; a CPU has no local response normalisation in it, and an RMS norm in 32 bits."""
    analysis = archcalc.analyse(typed(f"conv 4 k3 p1 | {line}", "3x6x6").network, batch=2, dtype="bf16")
    assert kept(analysis) == observed(analysis, "bfloat16")


@pytest.mark.parametrize("number", range(120))
def test_random_nets(number: int) -> None:
    """Nets drawn at random keep what autograd keeps, where nothing lies in memory in an order that the rules do not follow.

    Nor a transposed convolution of volumes: some of torch's kernels put its result into a larger buffer.
    """
    from random_nets import written_net
    from torch_or_skip import torch_or_skip

    torch_or_skip()
    try:
        analysis = archcalc.analyse(load(written_net(7, number)), batch=2)
    except SpecError:
        return  # one net in six is wrong on purpose
    if any(row.layer.stands_in for row in analysis):
        return  # in torch it has its shapes alone
    noise = {row.layer.kind for row in analysis} & {"dropout", "droppath"}
    if noise and analysis.network.integer_inputs():
        return  # torch drops no whole numbers
    volumes = any(row.layer.kind == "convtranspose" and len(row.output) == 4 for row in analysis)
    if not volumes and not {row.layer.kind for row in analysis} & {"locallyconnected"}:
        assert kept(analysis) == observed(analysis)


@pytest.mark.parametrize("moved", ["zeropad 1", "roll 1", "flatten", "reshape 14x4", "permute 2x1"])
def test_whole_numbers_that_are_moved(moved: str) -> None:
    """An embedding keeps what it looks up, eight bytes each, wherever that lies."""
    from torch_or_skip import torch_or_skip

    torch_or_skip()
    analysis = archcalc.analyse(load(f"input: [4, 14]\nlayers:\n- {moved}\n- embedding 4 2\n"), batch=2)
    assert kept(analysis) == observed(analysis)


# What a program says of memory: copies, views of views, parts of one copy, what no input of the batch has of its own.
PROGRAMS = {
    "split heads": "q, k, v = self.fc(x).reshape(x.shape[0], 6, 3, 2, 4).permute(2, 0, 3, 1, 4)\n"
    "        return ((q * 0.5) @ k.transpose(-2, -1)).softmax(-1) @ v",
    "fused": "q, k, v = self.fc(x).reshape(x.shape[0], 6, 3, 2, 4).permute(2, 0, 3, 1, 4)\n"
    "        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)",
    "one step": "return self.out(torch.relu(self.fc(x))[:, 0])",
    "halves of a shuffle": "x = self.fc(x).view(x.shape[0], 2, 3, 24).transpose(1, 2).reshape(x.shape[0], 6, 24)\n"
    "        a, b = x.chunk(2, dim=1)\n        return torch.cat([self.out(a), torch.sigmoid(self.out(b))], 1)",
    "cut and laid out": "x = self.fc(x)[:, :4, :12].contiguous()\n        return torch.tanh(self.norm(x))",
    "scaled by what is learned": "return torch.relu(self.fc(x)) * torch.sigmoid(self.scale)",
    "in place": "x = F.leaky_relu(self.fc(x), 0.1, inplace=True)\n        x = F.elu(self.fc2(x), inplace=True)\n"
    "        return self.out(F.silu(self.fc2(x), inplace=True))",
    "modules in place": "return self.out(nn.Sequential(nn.Hardswish(inplace=True), nn.Dropout(0.5, True), self.fc2,\n"
    "            nn.LeakyReLU(0.1, True), self.fc2, nn.ReLU6(True))(self.fc(x)))",
    "lengths": "return F.normalize(self.fc(x), dim=-1)",
}
MODEL = """
import torch
import torch.nn.functional as F
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 24)
        self.out = nn.Linear(24, 5)
        self.fc2 = nn.Linear(24, 24)
        self.norm = nn.LayerNorm(12)
        self.scale = nn.Parameter(torch.ones(6, 24))

    def forward(self, x):
        BODY
"""


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_keep_what_autograd_keeps(name: str, tmp_path: Path) -> None:
    """The very text that is read is run in torch."""
    from torch_or_skip import torch_or_skip

    torch = torch_or_skip()
    from autograd import saved_bytes

    text = MODEL.replace("BODY", PROGRAMS[name])
    (tmp_path / "model.py").write_text(text)
    analysis = archcalc.analyse(load(tmp_path / "model.py", input=(6, 8)), batch=2)
    scope: dict[str, Any] = {}
    exec(text, scope)
    assert kept(analysis) == saved_bytes(scope["Net"](), (torch.randn(2, 6, 8),))


# A network of most kinds, for an ordinary run.
QUICK = frozenset(("resnet18", "mobilenet_v2", "efficientnet_b0", "googlenet", "shufflenet_v2_x0_5", "swin_v2_t", "vit_b_32"))


def networks() -> list[str]:
    """The classification networks of the torchvision that is installed."""
    found = torchvision_folder()
    return sorted(published(found)) if found else ["resnet18"]


@pytest.mark.parametrize("name", networks())
def test_every_network_of_torchvision_keeps_what_autograd_keeps(name: str, pytestconfig: pytest.Config) -> None:
    """To the byte at batch 2: read from its source, and run by torch; on the meta device, but for the fused attention."""
    from torch_or_skip import torch_or_skip

    torch = torch_or_skip()
    where = torchvision_folder()
    if where is None:
        pytest.skip(MISSING)
    if name not in QUICK and not pytestconfig.getoption("--all-networks"):
        pytest.skip("a sample in an ordinary run; --all-networks for all")
    from autograd import saved_bytes

    builder = models(where).get_model_builder(name)
    fused = name.startswith("vit")
    size = (56 if name.endswith("14") else 64) if fused else 299 if name == "inception_v3" else 224
    given = {"image_size": size} if fused else {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    written = ", ".join(f"{key}={value}" for key, value in given.items())
    called = f"{builder.__module__}:{name}({written})"
    totals = figures(called, "--input", f"3x{size}x{size}", "--batch", "2", "--train")["totals"]
    device = "cpu" if fused else "meta"
    module = builder(weights=None, **given).to(device)
    assert totals["saved_bytes"] == saved_bytes(module, (torch.randn(2, 3, size, size, device=device),))


def test_a_layer_that_nothing_learned_precedes_keeps_nothing() -> None:
    """No gradient goes to the network's input, nor through what only it enters."""
    analysis = typed("maxpool 2 | relu | conv 2 k1 | relu", "3x6x6")
    assert [[k.name for k in row] for row in training(analysis).kept] == [[], [], ["input"], ["output"]]


def test_a_tensor_counts_once() -> None:
    """What a ReLU puts out is what the next convolution reads."""
    analysis = typed("conv 2 k1 | relu | flatten | fc 3", "3x4x4", batch=1)
    assert training(analysis).bytes == [3 * 16 * 4, 2 * 16 * 4, 0, 0]
    assert [[k.first for k in row] for row in training(analysis).kept] == [[-1], [-1], [], [1]]


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "googlenet", "densenet121", "unet", "siamese"])
def test_the_peak_is_the_most_alive_at_once(name: str) -> None:
    """By the definition: at every layer, all that was made by then and is read then or later, views with what they view."""
    analysis = archcalc.analyse(load(name), batch=3)
    nodes, end = analysis.network.nodes, len(analysis.rows)
    owner = {-1 - k: -1 - k for k in range(len(analysis.network.inputs))}
    for i, node in enumerate(nodes):
        owner[i] = owner[node.inputs[0]] if node.layer.view else i
    size = {-1 - k: prod(shape) for k, shape in enumerate(analysis.network.inputs.values())}
    size |= {i: prod(row.output) for i, row in enumerate(analysis.rows)}
    most = 0
    out = {owner[i] for i in analysis.network.outputs}
    for now in range(end):
        needed = out | {owner[i] for later in range(now, end) for i in nodes[later].inputs}
        most = max(most, sum(size[i] for i in {*needed, owner[now]} if i <= now))
    assert inference(analysis).peak == most * 3 * 4


def test_the_peak_of_lenet_by_hand() -> None:
    """conv1's 6·28·28 values and as many of the sigmoid behind it, 4 bytes each."""
    assert inference(archcalc.analyse(load("lenet5"))).peak == 2 * 6 * 28 * 28 * 4


@pytest.mark.parametrize(("optimizer", "name"), [("sgd", "SGD"), ("momentum", "SGD"), ("adam", "Adam"), ("adamw", "AdamW")])
def test_the_state_of_an_optimizer_is_torchs(optimizer: str, name: str) -> None:
    """What it holds after one step, its counters of steps apart."""
    from torch_or_skip import torch_or_skip

    torch = torch_or_skip()
    from archcalc.pytorch import build

    module = build(load("lenet5"))
    made = getattr(torch.optim, name)(module.parameters(), **({"momentum": 0.9} if optimizer == "momentum" else {}))
    module(torch.zeros(1, 1, 28, 28)).sum().backward()
    made.step()
    tensors = [t for state in made.state.values() for t in state.values() if torch.is_tensor(t) and t.dim()]
    totals = figures("lenet5", "--optimizer", optimizer)["totals"]
    assert totals["optimizer_bytes"] == sum(t.numel() * t.element_size() for t in tensors)
    assert totals["grad_bytes"] == sum(p.grad.numel() * p.grad.element_size() for p in module.parameters())
    parts = ("param_bytes", "buffer_bytes", "grad_bytes", "optimizer_bytes", "saved_bytes")
    assert totals["training_bytes"] == sum(totals[part] for part in parts)


def test_the_file_holds_what_the_state_dict_holds() -> None:
    """Parameters and running statistics in every type; batch normalisation's counters of batches apart."""
    from torch_or_skip import torch_or_skip

    torch = torch_or_skip()
    from archcalc.pytorch import build

    files = figures("resnet18")["totals"]["file_bytes"]
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16), ("int8", torch.int8)):
        state = build(load("resnet18"), device="meta").state_dict()
        assert files[name] == sum(t.numel() * dtype.itemsize for t in state.values() if t.dim())


def figures(net: str, *options: str) -> dict[str, Any]:
    """The JSON of `archcalc memory`."""
    result = CliRunner().invoke(cli, ["memory", net, *options, "--format", "json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_json_has_the_totals_and_every_tensor() -> None:
    """Totals with and without --train; the tensors of the layers add up to them."""
    data = figures("resnet18", "--batch", "2")
    assert data["totals"]["saved_bytes"] == 44_398_080 == figures("resnet18", "--batch", "2", "--train")["totals"]["saved_bytes"]
    assert data["totals"]["param_bytes"] == 4 * 11_689_512
    assert data["totals"]["peak_bytes"] == max(layer["memory"]["live"] for layer in data["layers"])
    tensors = [tensor for layer in data["layers"] for tensor in layer["memory"]["kept"]]
    assert sum(t["bytes"] for t in tensors if t["counted"]) == data["totals"]["saved_bytes"]
    assert all(t["lies_in"] for t in tensors if not t["counted"])


def test_json_is_as_its_schema_says() -> None:
    """`archcalc schema` knows what memory adds."""
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    from archcalc.schemas import report

    jsonschema.validate(figures("densenet121", "--train", "--optimizer", "adamw"), report())


@pytest.mark.parametrize("dtype", BYTES)
def test_the_type_of_number_sets_every_figure(dtype: str) -> None:
    """Parameters and peak go with its width."""
    totals = figures("lenet5", "--dtype", dtype)["totals"]
    assert (totals["param_bytes"], totals["peak_bytes"]) == (61_706 * BYTES[dtype], 9_408 * BYTES[dtype])


def test_there_is_no_training_in_int8() -> None:
    """Refused, with what to type instead."""
    result = CliRunner().invoke(cli, ["memory", "lenet5", "--dtype", "int8", "--train"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--dtype bf16" in result.stderr
    with pytest.raises(SpecError, match="fp32, fp16, bf16, int8"):
        archcalc.analyse(load("lenet5"), dtype="fp64")


def test_a_recurrent_kernels_workspace_is_said_to_be_apart() -> None:
    """It is named, and only where there is one."""
    said = CliRunner().invoke(cli, ["memory", "lstm", "--train"]).stdout
    assert "not counted: the workspace of its kernel, of lstm1" in said
    assert "not counted" not in CliRunner().invoke(cli, ["memory", "gru", "--train"]).stdout


def test_columns_and_depth_are_those_of_every_table() -> None:
    """--columns chooses, --depth folds: sums add up and the largest is kept."""
    result = CliRunner().invoke(cli, ["memory", "googlenet", "--columns", "act,live", "--depth", "1", "--format", "csv"])
    lines = [line.split(",") for line in result.stdout.splitlines()]
    whole = figures("googlenet")
    live = [layer["memory"]["live"] for layer in whole["layers"] if layer["path"].startswith("inception3a")]
    row = next(line for line in lines if line[0] == "inception3a")
    assert int(row[-1]) == max(live)
    act = [layer["memory"]["act"] for layer in whole["layers"] if layer["path"].startswith("inception3a")]
    assert int(row[-2]) == sum(act)


def test_the_largest_batch_in_a_budget() -> None:
    """By the memory of each batch: the one that is kept fits, and the next does not."""
    train = ["--optimizer", "adam"]
    result = CliRunner().invoke(cli, ["fit", "resnet18", "--vary", "batch", "--max-memory", "1GiB", *train, "--format", "json"])
    data = json.loads(result.stdout)
    batches = (data["value"], data["value"] + 1)
    sizes = [figures("resnet18", "--batch", str(n), *train)["totals"]["training_bytes"] for n in batches]
    assert sizes[0] == data["memory"] <= 2**30 < sizes[1]


def test_the_memory_of_inference_is_a_budget_too() -> None:
    """Parameters, buffers and the peak of activations: of LeNet-5 61,706 values, and 9,408 for each input of the batch."""
    most = 4 * (61_706 + 3 * 9_408)
    for budget, batch in ((most, 3), (most - 1, 2)):
        assert archcalc.fit("lenet5", "batch", max_memory=budget).value == batch


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--vary", "batch", "--max-params", "2M"], "only memory goes with the batch"),
        (["--vary", "batch", "--max-memory", "8GiX"], "a number of bytes is meant"),
        (["--vary", "batch", "--max-memory", "8GiB", "--dtype", "int8", "--train"], "no training in int8"),
        (["--vary", "width", "--max-params", "2M", "--optimizer", "adam"], "nothing that is counted in bytes"),
    ],
)
def test_budgets_that_say_nothing_are_refused(options: list[str], said: str) -> None:
    """With what to type instead."""
    result = CliRunner().invoke(cli, ["fit", "mobilenet_v1", *options])
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "try:" in result.stderr
