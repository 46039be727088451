"""The torch module of a network: any graph, weights named as the table's paths, our own modules right by definition."""

from __future__ import annotations

import time

import pytest
from torch_or_skip import torch_or_skip

torch = torch_or_skip()

import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

import archcalc  # noqa: E402
from archcalc.catalogue import files  # noqa: E402
from archcalc.layers import pool as layers  # noqa: E402
from archcalc.pytorch import build, support  # noqa: E402


def tensors(net: nn.Module) -> dict[str, tuple[int, ...]]:
    return {k: tuple(t.shape) for k, t in net.state_dict().items() if not k.endswith("num_batches_tracked")}


@pytest.mark.parametrize("name", sorted(files()))
def test_weights_are_named_by_their_paths(name: str) -> None:
    """Every tensor of the module is the path of a row and the name of its weight, with the row's shape."""
    network = archcalc.load(name)
    rows = archcalc.analyse(network).rows
    wanted = {f"{r.path}.{w.name}": w.shape for r in rows if r.node.shares is None for w in r.weights}
    assert tensors(build(network, device="meta")) == wanted


def test_a_plain_net_computes_what_its_layers_compute() -> None:
    """The module's output is that of its layers called one after the other."""
    net = build(archcalc.load("input: 1x8x8\nlayers:\n- conv 3 k3 p1 relu\n- maxpool 2\n- fc 5\n"))
    x = torch.randn(2, 1, 8, 8)
    weights = net.state_dict()
    y = F.relu(F.conv2d(x, weights["conv1.weight"], weights["conv1.bias"], padding=1))
    y = F.linear(F.max_pool2d(y, 2).flatten(1), weights["fc1.weight"], weights["fc1.bias"])
    assert torch.allclose(net(x), y)


def test_several_inputs_and_outputs_come_in_the_order_written() -> None:
    """Inputs are given by position; outputs are a tuple in the order of `outputs`."""
    text = "inputs: {a: 3, b: 5}\nlayers:\n- {id: one, from: a, fc: 2}\n- {id: two, from: b, fc: 4}\noutputs: [two, one]\n"
    net = build(archcalc.load(text))
    two, one = net(torch.randn(7, 3), torch.randn(7, 5))
    assert (two.shape, one.shape) == ((7, 4), (7, 2))
    with pytest.raises(TypeError, match=r"2 inputs are needed \(a, b\), 1 given"):
        net(torch.randn(7, 3))


def test_shared_weights_are_one_tensor() -> None:
    """A reused layer adds no tensor, and the two uses change together."""
    net = build(archcalc.load("input: 6\nlayers:\n- {id: a, fc: 6}\n- relu\n- reuse: a\n"))
    assert tensors(net) == {"a.weight": (6, 6), "a.bias": (6,)}
    x = torch.randn(3, 6)
    with torch.no_grad():
        net.layer(["a"]).weight.copy_(2 * torch.eye(6))
        net.layer(["a"]).bias.zero_()
    assert torch.allclose(net(x), 4 * F.relu(x))


def test_two_branches_of_one_name_keep_their_layers_apart() -> None:
    """A path is one layer's alone, so no weight of the table is lost in the module."""
    text = "input: 2x4x4\nlayers:\n- own\n- heads: {b: [fc 2, relu]}\n- heads: {b: [fc 3, relu]}\nblocks:\n  own:\n    layers:\n"
    text += "    - branches: {a: [conv 2 k1]}\n    - branches: {a: [conv 3 k1]}\n"
    analysis = archcalc.analyse(archcalc.load(text))
    assert len({row.path for row in analysis}) == len(analysis.rows)
    assert sum(p.numel() for p in build(analysis.network).parameters()) == analysis.totals.params


@pytest.mark.parametrize("line", ["{id: forward, fc: 4}", "{id: type, fc: 3}", "heads: {train: [fc 2], class: [fc 5]}"])
def test_names_that_torch_has_taken_are_no_layers(line: str) -> None:
    """A layer or head called as something of nn.Module is refused, and the name to type instead is taken."""
    text = f"input: 4\nlayers:\n- {line}\n"
    with pytest.raises(archcalc.SpecError, match="name of torch's own modules") as caught:
        archcalc.load(text)
    fault = caught.value.faults[0]
    assert fault.span is not None
    at = fault.span.column - 1
    name = f"- {line}"[at : at + fault.span.length]
    assert list(fault.repairs) == [f"{name}_"]
    archcalc.load(text.replace(f"{name}", f"{name}_"))


def test_names_of_python_can_be_paths() -> None:
    """A layer called `lambda`, and a head that bears the name of a layer, keep their paths."""
    text = "input: 4\nlayers:\n- {id: lambda, fc: 4}\n- {id: class, fc: 3}\n- heads: {conv: [fc 2], in: [fc 5]}\n"
    net = build(archcalc.load(text))
    wanted = {"lambda": (4, 4), "class": (3, 4), "conv.fc1": (2, 3), "in.fc1": (5, 3)}
    assert {k.removesuffix(".weight"): s for k, s in tensors(net).items() if k.endswith("weight")} == wanted
    assert [y.shape for y in net(torch.zeros(1, 4))] == [(1, 2), (1, 5)]


def test_ten_thousand_million_parameters_need_no_memory_on_the_meta_device() -> None:
    """Shapes and counts of such a net take less than some seconds."""
    began = time.perf_counter()
    net = build(archcalc.load("input: 100000\nlayers:\n- fc 100000 nobias\n"), device="meta")
    assert sum(p.numel() for p in net.parameters()) == 10**10
    assert net(torch.empty(1, 100_000, device="meta")).shape == (1, 100_000)
    assert time.perf_counter() - began < 20


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("both", [False, True])
def test_one_bias_vector_means_that_torch_has_no_other(name: str, both: bool) -> None:
    """With `biases` 1 the second vector is no parameter, and the module computes what zeros in its place would give."""
    one = getattr(support, name)(3, 4, 2, both, biases=1).double().eval()
    two = getattr(support, name)(3, 4, 2, both, biases=2).double().eval()
    assert not [n for n in one.state_dict() if "bias_hh" in n]
    with torch.no_grad():
        for key, value in two.named_parameters():
            value.copy_(one.state_dict()[key] if key in one.state_dict() else torch.zeros_like(value))
    x = torch.randn(2, 5, 3, dtype=torch.float64)
    assert torch.equal(one(x), two(x))
    assert [n for n in support.LSTM(3, 4, biases=0).state_dict() if "bias" in n] == []


def test_the_last_step_is_the_end_of_the_sequence() -> None:
    """`last` gives the output at the last step, both directions side by side."""
    whole, last = support.GRU(3, 4, bidirectional=True), support.GRU(3, 4, bidirectional=True, last=True)
    last.load_state_dict(whole.state_dict())
    x = torch.randn(2, 6, 3)
    assert torch.equal(last(x), whole(x)[:, -1])


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_locally_connected_layer_with_equal_weights_everywhere_is_a_convolution(rank: int) -> None:
    """By definition: the filters of every position are those of an ordinary convolution, here with stride and uneven padding."""
    size, kernel, stride = (5, 7, 6)[:rank], (2, 3, 2)[:rank], (1, 2, 2)[:rank]
    pads = (0, 1, 2, 1, 1, 0)[: 2 * rank]
    conv = getattr(nn, f"Conv{rank}d")(3, 4, kernel, stride).double()
    x = torch.randn(2, 3, *size, dtype=torch.float64)
    wanted = conv(F.pad(x, pads))
    out = tuple(wanted.shape[1:])
    local = support.LocallyConnected((3, *size), out, kernel, stride, pads).double()
    with torch.no_grad():
        local.weight.copy_(conv.weight.reshape(4, *(1,) * rank, 3, *kernel).expand(local.weight.shape))
        local.bias.copy_(conv.bias.reshape(4, *(1,) * rank).expand(out))
    assert torch.allclose(local(x), wanted)


def test_uneven_padding_is_zeros_around_an_ordinary_convolution() -> None:
    """The padded convolution keeps torch's weight names and convolves the padded input."""
    layer = support.PaddedConv2d(2, 3, (3, 2), (0, 1, 2, 0), stride=2, bias=False)
    assert list(layer.state_dict()) == ["weight"]
    x = torch.randn(1, 2, 5, 6)
    assert torch.allclose(layer(x), F.conv2d(F.pad(x, (0, 1, 2, 0)), layer.weight, stride=2))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("ceil", [False, True])
def test_a_pool_padded_on_each_side_takes_every_window_of_the_padded_map(rank: int, ceil: bool) -> None:
    """By definition: a maximum never takes the padding, a mean counts its zeros; more than half a window may be padding."""
    kernel, stride, pads = (2, 3, 4)[:rank], (1, 2, 3)[:rank], ((0, 1), (2, 2), (1, 3))[:rank]
    x = torch.randn(2, 3, *(5, 6, 7)[:rank])
    flat = [n for pair in reversed(pads) for n in pair]
    for kind, fill in ((layers.MaxPool, float("-inf")), (layers.AvgPool, 0.0)):
        layer = kind(kernel, stride, pads, ceil=ceil)
        shape = layer.output((tuple(x.shape[1:]),))
        call = layer.torch((tuple(x.shape[1:]),), shape)
        module = getattr(support, call.name.removeprefix("support."))(**call.kwargs)
        padded = F.pad(x, flat, value=fill)
        windows = F.pad(padded, [0, 4] * rank, value=float("nan"))  # windows rounded up reach beyond what is padded
        for axis in range(rank):
            windows = windows.unfold(2 + axis, kernel[axis], stride[axis]).narrow(2 + axis, 0, shape[1 + axis])
        every = windows.flatten(-rank)
        expected = every.nan_to_num(float("-inf"), neginf=float("-inf")).amax(-1) if kind is layers.MaxPool else every.nanmean(-1)
        assert module(x).shape[1:] == shape
        assert torch.allclose(module(x), expected, atol=1e-6)


@pytest.mark.parametrize(("scale", "shift"), [(False, True), (True, False), (False, False)])
def test_a_batch_normalisation_may_learn_a_scale_or_a_shift_alone(scale: bool, shift: bool) -> None:
    """What it does not learn is 1 and 0, and no weight of it."""
    whole, layer = nn.BatchNorm2d(3), support.PartBatchNorm2d(3, scale=scale, shift=shift)
    assert [n for n in ("weight", "bias") if n in layer.state_dict()] == ["weight"] * scale + ["bias"] * shift
    x = torch.randn(4, 3, 5, 5)
    assert torch.allclose(layer(x), whole(x))


def test_small_modules_do_what_they_say() -> None:
    """Crop takes the middle, slice some channels, heaviside is 1 at 0, a class token comes first, positions are added."""
    x = torch.arange(2 * 3 * 5 * 4, dtype=torch.float32).reshape(2, 3, 5, 4)
    assert torch.equal(support.Crop((3, 2))(x), x[:, :, 1:4, 1:3])
    assert torch.equal(support.Slice(1, 3)(x), x[:, 1:3])
    assert torch.equal(support.ChannelPad(1, 2)(x)[:, 1:4], x)
    assert support.ChannelPad(1, 2)(x).shape == (2, 6, 5, 4)
    assert support.ChannelPad(1, 2)(x)[:, [0, 4, 5]].abs().sum() == 0
    assert torch.equal(support.Permute((3, 1, 2))(x), x.permute(0, 3, 1, 2))
    assert torch.equal(support.Reshape((5, 12))(x), x.reshape(2, 5, 12))
    assert torch.equal(support.Add()(x, x, x), 3 * x)
    assert torch.equal(support.Mul()(x, x), x**2)
    assert torch.equal(support.Concat(2)(x, x), torch.cat([x, x], 2))
    signs = torch.tensor([-2.0, 0.0, 3.0])
    assert support.Heaviside()(signs).tolist() == [0.0, 1.0, 1.0]
    assert support.Sign()(signs).tolist() == [-1.0, 0.0, 1.0]
    sequence, token, positions = torch.randn(2, 4, 3), support.ClassToken(3), support.Positions((4, 3))
    assert torch.equal(token(sequence)[:, 1:], sequence)
    assert torch.equal(token(sequence)[1, 0], token.weight[0])
    assert torch.equal(positions(sequence), sequence + positions.weight)


def test_attention_is_torchs_own() -> None:
    """Self-attention, and queries to a second sequence, give what nn.MultiheadAttention gives with these weights."""
    ours, theirs = support.Attention(8, 2), nn.MultiheadAttention(8, 2, batch_first=True)
    theirs.load_state_dict(ours.state_dict())
    queries, keys = torch.randn(2, 3, 8), torch.randn(2, 5, 8)
    assert torch.allclose(ours(queries), theirs(queries, queries, queries)[0], atol=1e-6)
    assert torch.allclose(ours(queries, keys), theirs(queries, keys, keys)[0], atol=1e-6)
