"""The check of every example on a CUDA device, in three types of number, measured."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from torch_or_skip import torch_or_skip

torch = torch_or_skip()

import archcalc  # noqa: E402
from archcalc.cli import cli  # noqa: E402
from archcalc.loading import examples, load  # noqa: E402
from archcalc.pytorch import build, support  # noqa: E402
from archcalc.pytorch.measure import measure  # noqa: E402

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device here: the check on a GPU is not run"),
]


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("name", sorted(examples()))
def test_every_example_agrees_on_a_gpu(name: str, dtype: str) -> None:
    """All rows equal, and each layer timed."""
    arguments = ["check", name, "--device", "cuda", "--dtype", dtype, "--measure", "--format", "json"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert data["agrees"]
    assert data["tally"]["differs"] == data["tally"]["not observed"] == 0
    assert all(layer["seconds"] > 0 for layer in data["measured"]["layers"])
    assert data["measured"]["peak"] > 0


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "vgg11"])
def test_peak_memory_is_at_least_what_is_predicted(name: str) -> None:
    """Weights and live activations are a lower bound; libraries' workspaces and rounding come on top."""
    found = measure(archcalc.analyse(load(name)), device="cuda", dtype=torch.float32, batch=8)
    assert found.peak is not None
    assert found.peak >= 0.95 * (found.predicted_weights + found.predicted_activations)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "vgg11_bn", "densenet121"])
def test_what_training_keeps_is_what_the_allocator_holds(name: str) -> None:
    """After a pass forward the allocator holds what the backward pass needs, and the output: within 5 %."""
    analysis = archcalc.analyse(load(name), batch=16)
    module = build(analysis.network, device="cuda").train()
    image = torch.randn(16, *next(iter(analysis.network.inputs.values())), device="cuda")
    module(image).sum().backward()  # libraries take their workspaces once
    module.zero_grad(set_to_none=True)
    before = torch.cuda.memory_allocated() - image.numel() * image.element_size()
    result = module(image)
    held = torch.cuda.memory_allocated() - before - result.numel() * result.element_size()
    assert 0.95 <= held / archcalc.memory(analysis, train=True).totals["saved_bytes"] <= 1.05


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "vgg11_bn"])
def test_the_peak_of_inference_is_the_allocators(name: str) -> None:
    """Weights, buffers and the activations alive at once, the input with them: within 5 %, but for libraries' workspaces."""
    found = measure(archcalc.analyse(load(name)), device="cuda", dtype=torch.float32, batch=64)
    assert found.peak is not None
    assert 0.95 <= found.peak / (found.predicted_weights + found.predicted_activations) <= 1.05


def test_a_gpu_computes_what_the_cpu_computes() -> None:
    """Equal weights and inputs give equal outputs on both, one bias vector of an LSTM included."""
    network = load("input: 6x5\nlayers:\n- lstm 4 2 onebias bidirectional\n- attention 2\n- fc 3\n")
    here, there = build(network).double(), build(network, device="cuda", dtype=torch.float64)
    there.load_state_dict(here.state_dict())
    x = torch.randn(2, 6, 5, dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(here(x), there(x.cuda()).cpu(), atol=1e-6)
    assert not [name for name in support.LSTM(3, 4, biases=1).cuda().state_dict() if "bias_hh" in name]
