"""torch's functions, methods and small layers, each in a line of a forward: shapes and parameters as torch has them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from archcalc.loading import from_source
from archcalc.text.faults import SpecError
from archcalc.text.source import Source

torch = pytest.importorskip("torch")

HEAD = """import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear({last}, {last})
        {made}

    def forward(self, x):
        x = self.first(x)
        return {line}
"""
# A line, the shape of x for one input, and what the module makes beforehand.
LINES: list[tuple[str, str, str]] = [
    *[(f"torch.{f}(x)", "4x8", "") for f in (
        "sinh cosh asin acos atan asinh acosh atanh exp2 erfc erfinv lgamma digamma sinc logit arctan deg2rad signbit nan_to_num "
        "isposinf fliplr positive bitwise_not atleast_3d celu nansum count_nonzero trace".split()
    ) if f not in ("positive", "bitwise_not", "trace")],
    *[(f"F.{f}(x)", "4x8", "") for f in (
        "hardtanh softsign tanhshrink celu hardshrink softshrink rrelu".split()
    )],
    *[(f"torch.{f}(x, x)", "4x8", "") for f in (
        "atan2 fmax fmin float_power logaddexp xlogy hypot greater less_equal not_equal isclose logical_and inner".split()
    ) if f != "inner"],
    ("F.softmin(x, 1)", "4x8", ""),
    ("F.threshold(x, 0.1, 20)", "4x8", ""),
    ("F.rms_norm(x, (8,))", "4x8", ""),
    ("F.lp_pool1d(x, 2, 3, 2)", "4x8", ""),
    ("F.lp_pool2d(x, 2, (2, 3))", "4x8x8", ""),
    ("F.pixel_unshuffle(x, 2)", "4x8x6", ""),
    ("F.upsample_nearest(x, scale_factor=2)", "4x8x6", ""),
    ("F.bilinear(x, x, self.w)", "4x8", "self.w = nn.Parameter(torch.zeros(5, 8, 8))"),
    ("torch.dstack((x, x))", "4x8", ""),
    ("torch.hsplit(x, 2)[1]", "4x8", ""),
    ("torch.dsplit(x, 4)[1]", "4x8", ""),
    ("torch.broadcast_tensors(x, x[..., :1])[1]", "4x8", ""),
    ("torch.rot90(x, 1, (1, 2))", "4x8", ""),
    ("x.adjoint()", "4x8", ""),
    ("torch.tensordot(x, self.w, 1)", "4x8", "self.w = nn.Parameter(torch.zeros(8, 3))"),
    ("torch.tensordot(x, self.w, ([1, 2], [0, 1]))", "4x8", "self.w = nn.Parameter(torch.zeros(4, 8, 3))"),
    ("torch.std_mean(x, 2)[1]", "4x8", ""),
    ("torch.var_mean(x, (1, 2))[0]", "4x8", ""),
    ("torch.aminmax(x, dim=1)[0]", "4x8", ""),
    ("torch.cdist(x, x)", "4x8", ""),
    ("x.scatter(1, torch.zeros(2, 1, 8).long(), 0.0)", "4x8", ""),
    ("x.index_fill(1, torch.tensor([0, 2]), 1.0)", "4x8", ""),
    ("torch.take_along_dim(x, torch.zeros(1, 3, 8).long(), 1)", "4x8", ""),
    ("x * x.new_tensor([1.0, 2.0] * 4)", "4x8", ""),
    ("torch.diag_embed(x)", "4x8", ""),
    ("torch.diagonal(x, 1, 1, 2)", "4x8", ""),
    ("x.diagonal(dim1=-2, dim2=-1)", "4x8", ""),
    ("x + torch.zeros(torch.broadcast_shapes((4, 1), (8,)))", "4x8", ""),
    ("x[:, torch.triu_indices(4, 4, 1)[0]]", "4x8", ""),
    ("x[:, torch.tril_indices(4, 3, -1)[1]]", "4x8", ""),
    ("x.movedim(1, 2).moveaxis(0, 0)", "4x8", ""),
    ("self.m(torch.cat([x, x * 2], 0)).chunk(2)[0]", "4x8", "self.m = nn.Linear(8, 3)"),
    ("x[:, :, :len(torch.zeros(2, 0).chunk(3, 1)) + len(torch.zeros(0).split(4))]", "4x8", ""),
    ("self.m(torch.cat([x, x * 2], 0))[x.size(0):]", "4x8", "self.m = nn.Linear(8, 3)"),
    ("torch.sub(*self.m(torch.cat([x, x], 0)).split(x.size(0)))", "4x8", "self.m = nn.Linear(8, 3)"),
    ("x.unflatten(2, (2, 4)).flatten(1, 2)", "4x8", ""),
    ("torch.tensor_split(x, 3, dim=1)[0]", "4x8", ""),
    ("self.m(x)", "4x8", "self.m = nn.Hardshrink()"),
    ("self.m(x)", "4x8", "self.m = nn.Softshrink(0.2)"),
    ("self.m(x)", "4x8", "self.m = nn.Threshold(0.1, 20)"),
    ("self.m(x)", "4x8", "self.m = nn.RReLU()"),
    ("self.m(x)", "4x8", "self.m = nn.RMSNorm(8)"),
    ("self.m(x)", "4x8", "self.m = nn.CELU()"),
    ("self.m(x)", "4x8", "self.m = nn.GLU()"),
    ("self.m(x)", "4x8", "self.m = nn.LPPool1d(2, 3, 2)"),
    ("self.m(x)", "4x8x8", "self.m = nn.LPPool2d(2, 3)"),
    ("self.m(x)", "4x8x8", "self.m = nn.PixelUnshuffle(2)"),
    ("self.m(x)", "4x8x8", "self.m = nn.Softmax2d()"),
    ("self.m(x)", "4x8x8", "self.m = nn.Unfold(3, padding=1, stride=2)"),
    ("self.u(*self.m(x))", "4x8x8", "self.m = nn.MaxPool2d(2, return_indices=True); self.u = nn.MaxUnpool2d(2)"),
    (
        "self.u(*self.m(x), output_size=x.shape)", "4x9x9",
        "self.m = nn.MaxPool2d(2, return_indices=True); self.u = nn.MaxUnpool2d(2)",
    ),
    ("F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2)", "4x8x8", ""),
    ("self.m(x)", "4x8", "self.m = nn.utils.weight_norm(nn.Linear(8, 3))"),
    ("self.m(x)", "4x8", "self.m = nn.utils.parametrizations.weight_norm(nn.Linear(8, 3, bias=False))"),
    ("self.m(x)", "4x8x8", "self.m = nn.utils.weight_norm(nn.Conv2d(4, 6, 3))"),
    ("self.m(x)", "4x8x8", "self.m = nn.utils.spectral_norm(nn.Conv2d(4, 6, 3))"),
    ("self.m(x)", "4x8x8", "self.m = nn.utils.parametrizations.spectral_norm(nn.ConvTranspose2d(4, 6, 3))"),
    ("self.m(x)", "4x8", "self.m = nn.utils.remove_weight_norm(nn.utils.weight_norm(nn.Linear(8, 3)))"),
    ("self.e(torch.zeros(x.size(0), 5).long()) + x[:, 0]", "4x8", "self.e = nn.EmbeddingBag(30, 8)"),
    ("self.m(x[:, 0], x[:, 1])", "4x8", "self.m = nn.Bilinear(8, 8, 3)"),
    ("self.m(x[:, 0])", "4x8", "self.m = nn.GRUCell(8, 3)"),
    ("self.m(x[:, 0])[1]", "4x8", "self.m = nn.LSTMCell(8, 3)"),
    ("self.m(x, x[..., :4], x[..., :4])[0]", "4x8", "self.m = nn.MultiheadAttention(8, 2, kdim=4, vdim=4, batch_first=True)"),
    ("self.m(x, x[:, :3, :4], x[:, :3, :6])[0]", "4x8", "self.m = nn.MultiheadAttention(8, 2, kdim=4, vdim=6, batch_first=True)"),
    ("self.m(x, x + 1, x)[0]", "4x8", "self.m = nn.MultiheadAttention(8, 2, batch_first=True)"),
    ("x.roll((1, -2), (1, 2))", "4x8", ""),
    ("F.glu(x, 1)", "4x8", ""),
    ("F.pad(x, (2, 1), mode='reflect')", "4x8", ""),
    ("F.pad(x, (1, 2, 3, 0), mode='circular')", "4x8x8", ""),
    ("self.m(x)", "4x8x8", "self.m = nn.ReflectionPad2d((1, 2, 3, 0))"),
    ("self.m(x)", "4x8x8", "self.m = nn.ReplicationPad2d(3)"),
    ("self.m(x)", "4x8", "self.m = nn.CircularPad1d((2, 0))"),
    ("F.fold(F.unfold(x, 3, padding=1), (8, 8), 3, padding=1)", "4x8x8", ""),
    ("self.m(F.unfold(x, 2, stride=2))", "4x8x8", "self.m = nn.Fold(8, 2, stride=2)"),
    ("x.topk(3)[0] + x.sort(1)[0][..., :3]", "4x8", ""),
    ("torch.topk(x, 2, dim=1)[0]", "4x8", ""),
    ("x.permute(0, 2, 1).reshape(x.size(0), -1)", "4x8", ""),
    ("x.permute(0, 2, 1).contiguous().view(x.size(0), -1)", "4x8", ""),
    ("x.unsqueeze(1).transpose(1, 2).view(x.size(0), -1)", "4x8", ""),
    ("x.permute(0, 2, 1).view(x.size(0), 2, 4, 4)", "4x8", ""),
    ("x.transpose(1, 2).relu().transpose(1, 2).view(x.size(0), -1)", "4x8", ""),
    ("torch.roll(x, 3, -1)", "4x8", ""),
    ("x[:, -1, 2:5] + x[:, 0, 1:4]", "4x8", ""),
    ("self.m(x)", "4x8", "self.m = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)"),
    ("self.m(x, x)", "4x8", "self.m = nn.Transformer(8, 2, 1, 1, 16, batch_first=True)"),
]  # fmt: skip


def text_of(line: str, shape: str, made: str) -> str:
    """The source of a network with one line."""
    return HEAD.format(line=line, last=shape.rpartition("x")[2], made=made.replace("; ", "\n        ") or "pass")


def ours(text: str, shape: str) -> tuple[list[tuple[int, ...]], int]:
    """The shapes that come out, and the parameters."""
    from archcalc.analysis import analyse

    analysis = analyse(from_source(Source("net.py", text, "python"), inputs={"": tuple(int(n) for n in shape.split("x"))}))
    outputs = [analysis.rows[i].output for i in analysis.network.outputs]
    return outputs, analysis.totals.params


def torchs(text: str, shape: str) -> tuple[list[tuple[int, ...]], int]:
    """The same from torch."""
    names: dict[str, Any] = {}
    exec(text, names)  # the lines above
    net = names["Net"]().eval()
    with torch.no_grad():
        out = net(torch.rand(2, *(int(n) for n in shape.split("x"))))
    return [tuple(t.shape[1:]) for t in ([out] if torch.is_tensor(out) else out)], sum(p.numel() for p in net.parameters())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("line", "shape", "made"), LINES, ids=[re.sub(r"\W+", " ", f"{a} {c}")[:60] for a, _, c in LINES])
def test_a_line_is_what_torch_makes_of_it(line: str, shape: str, made: str) -> None:
    """Shapes and parameters are torch's own."""
    text = text_of(line, shape, made)
    assert ours(text, shape) == torchs(text, shape)


@pytest.mark.parametrize("line", ["x.cummax(1)", "torch.zeros(2).scatter_add_(0, x, x)", "x.stft(8)", "x.quantile(0.5)"])
def test_what_has_no_rule_is_refused_by_name(line: str) -> None:
    """An operation without a rule is a fault at its place that names it."""
    with pytest.raises(SpecError) as caught:
        ours(text_of(line, "4x8", ""), "4x8")
    name = re.findall(r"\.(\w+)\(", line)[-1]
    assert name in caught.value.faults[0].message
    assert caught.value.faults[0].span is not None


def test_a_layer_on_tensors_joined_along_the_batch_runs_for_each() -> None:
    """Twice the products of a layer that both pass through; its parameters once."""
    from archcalc.analysis import analyse

    text = text_of("torch.cat([self.m(torch.cat([x, x * 2], 0))], 0).chunk(2, 0)[1]", "4x8", "self.m = nn.Linear(8, 3)")
    analysis = analyse(from_source(Source("net.py", text, "python"), inputs={"": (4, 8)}))
    assert analysis.row("m").multiplies == 2 * 4 * 8 * 3
    assert analysis.totals.params == 8 * 8 + 8 + 8 * 3 + 3


@pytest.mark.parametrize("move", ["permute(0, 2, 1)", "transpose(1, 2)", "mT", "transpose(-1, -2)[:, 1:]"])
def test_a_view_of_what_lies_in_another_order_is_refused_as_torch_does(move: str) -> None:
    """At its place, with what to type: `.reshape` does it, and so does `.contiguous()`."""
    text = text_of(f"x.{move}.view(x.size(0), -1)", "4x8", "")
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        torchs(text, "4x8")
    with pytest.raises(SpecError, match="as it lies in memory") as caught:
        ours(text, "4x8")
    fault = caught.value.faults[0]
    assert fault.span is not None
    assert "view" in text.splitlines()[fault.span.line - 1]
    assert any("reshape" in repair for repair in fault.repairs)
    assert any("contiguous" in repair for repair in fault.repairs)
    for mended in (text.replace(".view(", ".reshape("), text.replace(".view(", ".contiguous().view(")):
        assert ours(mended, "4x8") == torchs(mended, "4x8")
