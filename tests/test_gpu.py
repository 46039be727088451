"""The check of every example on a CUDA device, in three types of number, measured."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from installed_torchvision import MISSING, models, published
from installed_torchvision import folder as torchvision_folder
from torch_or_skip import torch_or_skip

torch = torch_or_skip()

import archcalc  # noqa: E402
from archcalc.catalogue import files  # noqa: E402
from archcalc.cli import cli  # noqa: E402
from archcalc.loading import load  # noqa: E402
from archcalc.pytorch import build, support  # noqa: E402
from archcalc.pytorch.measure import measure  # noqa: E402
from archcalc.pytorch.run import example_inputs  # noqa: E402

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device here: the check on a GPU is not run"),
]


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("name", sorted(files()))
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


def rounding(analysis: archcalc.Analysis) -> int:
    """Bytes that the allocator adds: it gives out pieces of 512, for each tensor kept and each one that a layer works with."""
    return 512 * (sum(len(row.weights) for row in analysis.rows) + 4 * len(analysis.rows))


@pytest.mark.parametrize("name", sorted(files()))
def test_the_peak_of_inference_is_the_allocators(name: str) -> None:
    """Weights, and what is alive with the workspace that was seen of the layer that runs: within 5 % of what the allocator saw.

    The workspaces are the libraries' choice: for one convolution of VGG-16 cuDNN takes more than all its activations together.
    """
    analysis = archcalc.analyse(load(name))
    found = measure(analysis, device="cuda", dtype=torch.float32, batch=16)
    assert found.peak is not None
    assert found.predicted_peak is not None
    assert found.peak == pytest.approx(found.predicted_peak, rel=0.05, abs=rounding(analysis))
    assert found.peak >= 0.95 * (found.predicted_weights + found.predicted_activations)


def like_a_cpu() -> list[str]:
    """The examples that keep on a GPU what they keep on a CPU.

    cuDNN's recurrent layers have a store of their own, and attention runs other kernels there.
    """
    other = {"lstm", "gru", "rnn", "attention"}
    return [name for name in sorted(files()) if not other & {row.layer.kind for row in archcalc.analyse(load(name)).rows}]


@pytest.mark.parametrize("name", like_a_cpu())
def test_what_training_keeps_is_what_the_allocator_holds(name: str) -> None:
    """After a pass forward the allocator holds what the backward pass needs, and the outputs: within 5 %."""
    analysis = archcalc.analyse(load(name), batch=16)
    module = build(analysis.network, device="cuda").train()
    kept = kept_by(module, example_inputs(analysis.network, 16, "cuda", torch.float32))
    assert kept == pytest.approx(archcalc.memory(analysis, train=True).totals["saved_bytes"], rel=0.05, abs=rounding(analysis))


def networks() -> list[str]:
    """Torchvision's classification networks, but for those whose attention is fused."""
    where = torchvision_folder()
    return [name for name in sorted(published(where)) if not name.startswith("vit")] if where else ["resnet18"]


@pytest.mark.parametrize("name", networks())
def test_what_training_torchvisions_networks_keeps_is_what_the_allocator_holds(name: str) -> None:
    """Read from their source at one side, run by torch at the other: within 5 %."""
    where = torchvision_folder()
    if where is None:
        pytest.skip(MISSING)
    builder = models(where).get_model_builder(name)
    size = 299 if name == "inception_v3" else 224
    given = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    called = f"{builder.__module__}:{name}({', '.join(f'{key}={value}' for key, value in given.items())})"
    analysis = archcalc.analyse(load(called, input=(3, size, size)), batch=16)
    module = builder(weights=None, **given).cuda().train()
    kept = kept_by(module, (torch.randn(16, 3, size, size, device="cuda"),))
    assert kept == pytest.approx(archcalc.memory(analysis, train=True).totals["saved_bytes"], rel=0.05, abs=rounding(analysis))


def kept_by(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> int:
    """Bytes that the allocator holds after a pass forward, but for the module's own tensors, its inputs and its outputs."""

    def outputs() -> tuple[torch.Tensor, ...]:
        result = module(*inputs)
        return tuple(result) if isinstance(result, tuple) else (result,)

    sum(value.float().sum() for value in outputs()).backward()  # what is only made once is made now
    module.zero_grad(set_to_none=True)
    torch.cuda.empty_cache()  # pieces that earlier tests left are handed out whole where little would be over
    before = torch.cuda.memory_allocated() - sum(map(size, inputs))
    held = outputs()
    return torch.cuda.memory_allocated() - before - sum(map(size, held))


def size(tensor: torch.Tensor) -> int:
    """Bytes of a tensor's values."""
    return tensor.numel() * tensor.element_size()


def test_a_gpu_computes_what_the_cpu_computes() -> None:
    """Equal weights and inputs give equal outputs on both, one bias vector of an LSTM included."""
    network = load("input: 6x5\nlayers:\n- lstm 4 2 onebias bidirectional\n- attention 2\n- fc 3\n")
    here, there = build(network).double(), build(network, device="cuda", dtype=torch.float64)
    there.load_state_dict(here.state_dict())
    x = torch.randn(2, 6, 5, dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(here(x), there(x.cuda()).cpu(), atol=1e-6)
    assert not [name for name in support.LSTM(3, 4, biases=1).cuda().state_dict() if "bias_hh" in name]
