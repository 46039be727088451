"""Networks that torch's exporters write: parameters, multiplications, names and shapes of the file are those of torch.

An ordinary run holds a sample; `--all-exports` holds every classification network of torchvision against its reference.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from installed_torchvision import MISSING, folder, models
from onnx_exports import EXPORTERS, exported, fused, layers, of_torch, read, unlike
from reference_data import table
from torch_or_skip import torch_or_skip

import archcalc
from archcalc.writers import write

pytest.importorskip("onnx", reason="onnx is not installed: pip install 'archcalc[onnx]'")
pytest.importorskip("onnxscript", reason="onnxscript is not installed: pip install 'archcalc[onnx]'")
torch = torch_or_skip()
nn = torch.nn
pytestmark = pytest.mark.filterwarnings("ignore")  # torch's own, of its exporters


class Recurrent(nn.Module):  # type: ignore[name-defined, misc]
    """Two layers in both directions, and the last step's output."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 8)
        self.rnn = getattr(nn, kind)(8, 6, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(12, 5)

    def forward(self, x: Any) -> Any:
        return self.head(self.rnn(self.embedding(x))[0][:, -1])


class Encoder(nn.Module):  # type: ignore[name-defined, misc]
    """A small BERT: words and positions, two layers of torch's own encoder, and a head that uses the table of words."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(40, 12)
        self.positions = nn.Parameter(torch.zeros(1, 7, 12))
        layer = nn.TransformerEncoderLayer(12, 3, 20, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(12, 40, bias=False)
        self.head.weight = self.words.weight

    def forward(self, x: Any) -> Any:
        return self.head(self.encoder(self.words(x) + self.positions))


def normalised() -> Any:
    """Group, instance and layer normalisation, a transposed convolution, uneven padding, and a pool that rounds up."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding="same"), nn.GroupNorm(2, 8), nn.SiLU(), nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.Conv2d(8, 8, 3, groups=8, bias=False), nn.InstanceNorm2d(8, affine=True), nn.Hardswish(),
        nn.ConvTranspose2d(8, 4, 3, stride=2, output_padding=1), nn.LayerNorm((4, 12, 12)), nn.PReLU(4),
        nn.AvgPool2d(3, 2, 1), nn.Upsample(scale_factor=2, mode="bilinear"), nn.PixelShuffle(2), nn.Flatten(), nn.Linear(576, 5),
    )  # fmt: skip


def words(steps: int) -> list[Any]:
    return [torch.zeros(1, steps, dtype=torch.long)]


NETS: dict[str, tuple[Callable[[], Any], list[Any]]] = {
    "LSTM": (lambda: Recurrent("LSTM"), words(9)),
    "GRU": (lambda: Recurrent("GRU"), words(9)),
    "encoder": (Encoder, words(7)),
    "normalised": (normalised, [torch.zeros(1, 3, 15, 15)]),
}


@pytest.mark.parametrize("how", EXPORTERS)
@pytest.mark.parametrize("name", NETS)
def test_small_networks(name: str, how: str, tmp_path: Path) -> None:
    """Recurrent layers, attention, tied weights and normalisations, by every exporter."""
    make, inputs = NETS[name]
    net = unlike(make())
    exported(net, inputs, tmp_path / "net.onnx", how)
    analysis = read(tmp_path / "net.onnx")
    params = sum(p.numel() for p in net.parameters())
    if name == "encoder" and how != "plain":  # the table that is the head's weight too is written a second time, transposed
        params += net.words.weight.numel()
    assert analysis.totals.params == params
    # On the meta device torch's counter sees into recurrent layers.
    assert analysis.totals.multiplies == of_torch(net.to("meta"), [x.to("meta") for x in inputs]).multiplies
    assert not [note for note in analysis.notes if "as the file states it" in note]


def network(name: str) -> Any:
    """A network of torchvision, or a small one of its classes."""
    where = folder()
    if where is None:
        pytest.skip(MISSING)
    there = models(where)
    if name == "vit":
        return there.VisionTransformer(32, 8, 2, 3, 24, 48, num_classes=10)
    if name == "swin":
        swin = there.swin_transformer
        return swin.SwinTransformer([4, 4], 12, [2, 2], [2, 4], [4, 4], num_classes=10)
    return getattr(there, name)()


@pytest.mark.parametrize("how", EXPORTERS)
@pytest.mark.parametrize("name", ["mobilenet_v3_small", "shufflenet_v2_x0_5", "vit", "swin"])
def test_networks_of_torchvision(name: str, how: str, tmp_path: Path) -> None:
    """The figures of torch; where an exporter folds, those of the network that torch folds alike."""
    net = unlike(network(name))
    inputs = [torch.zeros(1, 3, 64, 64) if "net" in name else torch.zeros(1, 3, 32, 32)]
    exported(net, inputs, tmp_path / "net.onnx", how)
    analysis, there = read(tmp_path / "net.onnx"), of_torch(net, inputs)
    params = sum(p.numel() for p in net.parameters())
    if how != "plain" and "net" in name:
        params = sum(p.numel() for p in fused(net).parameters())
    if how != "plain":  # a table of relative positions is laid out for every pair of places
        tables = {n: p for n, p in net.named_parameters() if "relative_position_bias_table" in n}
        indices = {n: b for n, b in net.named_buffers() if "relative_position_index" in n}
        params += sum(indices[n.replace("bias_table", "index")].numel() * p.shape[1] - p.numel() for n, p in tables.items())
    assert analysis.totals.params == params
    assert analysis.totals.multiplies == there.multiplies
    assert not [note for note in analysis.notes if "as the file states it" in note]
    if how == "plain":
        ours = {(path, tuple(n for n in out if n > 1)) for path, out in layers(analysis)}
        assert {(path, tuple(n for n in out if n > 1)) for path, out in there.calls} <= ours


@pytest.mark.parametrize("name", ["siamese", "wide_and_deep"])
def test_what_export_writes_is_read_back(name: str, tmp_path: Path) -> None:
    """Two inputs, shared weights, and weights of a single value."""
    written = archcalc.load(name)
    made = write(written, "onnx")
    assert isinstance(made, bytes)
    (tmp_path / "net.onnx").write_bytes(made)
    before, after = archcalc.analyse(written), read(tmp_path / "net.onnx")
    assert (after.totals.params, after.totals.multiplies) == (before.totals.params, before.totals.multiplies)
    outputs = [[analysis.rows[i].output for i in analysis.network.outputs] for analysis in (before, after)]
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize("how", EXPORTERS)
def test_sizes_left_open(how: str, tmp_path: Path) -> None:
    """A file for any batch and any image is asked for a size, and has the figures of torch for it."""
    net = unlike(nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5)))
    open_: dict[str, Any] = {"dynamic_axes": {"x": {0: "batch", 2: "h", 3: "w"}}, "input_names": ["x"]}
    if how != "older":
        sizes = {n: torch.export.Dim(name) for n, name in ((0, "batch"), (2, "h"), (3, "w"))}
        open_ = {"dynamic_shapes": (({0: sizes[0], 2: sizes[2], 3: sizes[3]}),)}
    exported(net, [torch.zeros(2, 3, 40, 40)], tmp_path / "net.onnx", how, **open_)
    with pytest.raises(Exception, match="the size of the input is not known"):
        read(tmp_path / "net.onnx")
    for height, width in ((33, 20), (64, 64)):
        analysis = read(tmp_path / "net.onnx", input=(3, height, width))
        there = of_torch(net, [torch.zeros(1, 3, height, width)])
        assert (analysis.totals.params, analysis.totals.multiplies) == (there.params, there.multiplies)


# -- all of torchvision -----------------------------------------------------------------------------------------------------

NETWORKS = sorted({row["network"] for row in table("torchvision.csv")})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "one_of_all" in metafunc.fixturenames:
        metafunc.parametrize("one_of_all", NETWORKS if metafunc.config.getoption("--all-exports") else [])


def test_every_classification_network(one_of_all: str, tmp_path: Path) -> None:
    """Without its auxiliary heads; what torch keeps beside its parameters and computes with is counted, and named in a note."""
    rows = [row for row in table("torchvision.csv") if row["network"] == one_of_all]
    row = rows[-1] if "(" in rows[-1]["as"] else rows[0]  # without heads that only training has, where there are any
    net = unlike(network(one_of_all))
    params = sum(p.numel() for n, p in net.named_parameters() if not n.lower().startswith("aux"))
    kept = {n: b for n, b in net.named_buffers() if b.is_floating_point() and b.numel() > 1 and "running" not in n}
    side = int(row["input"].split("x")[1])
    exported(net, [torch.zeros(1, 3, side, side)], tmp_path / "net.onnx", "plain", external=params > 400_000_000)
    analysis = read(tmp_path / "net.onnx")
    assert analysis.totals.params == params + sum(math.prod(b.shape) for b in kept.values())
    assert analysis.totals.multiplies == int(row["multiplies"])
    assert not [note for note in analysis.notes if "as the file states it" in note]
