"""Random networks, all layers and settings: archcalc and torch agree on every figure or on the refusal."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
import random_nets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_nets import REGRESSIONS, Writer, examine, made_of, written_net
from torch_or_skip import torch_or_skip

torch_or_skip()

from archcalc.layers import TABLE  # noqa: E402
from archcalc.loading import load  # noqa: E402
from archcalc.text.faults import SpecError  # noqa: E402

SEED = 2024


@st.composite
def networks(draw: Any) -> str:
    """Networks written in the notation; most are valid, some end in a layer that does not fit."""
    random: Random = draw(st.randoms(use_true_random=False))
    return Writer(random).net()


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(networks())
def test_archcalc_and_torch_agree_on_any_network(text: str) -> None:
    """Hypothesis chooses, and shrinks what disagrees."""
    outcome, why, _ = examine(text)
    assert outcome != "disagree", f"{why}\n{text}"


def test_numbered_nets_agree_on_the_meta_device() -> None:
    """The first nets of a seed, as the long run takes them; some of them end in a refusal."""
    outcomes = Counter()
    for number in range(350):
        text = written_net(SEED, number)
        outcome, why, _ = examine(text)
        assert outcome != "disagree", f"net {number}: {why}\n{text}"
        outcomes[outcome] += 1
    assert outcomes["agree"] > 235  # what is merged by its name does not always fit
    assert outcomes["both refuse"] > 20


def test_numbered_nets_agree_when_really_run() -> None:
    """The same on the CPU, with real tensors, where torch's kernels and not only their shapes are asked."""
    for number in range(1000, 1080):
        text = written_net(SEED, number)
        outcome, why, _ = examine(text, device="cpu")
        assert outcome != "disagree", f"net {number}: {why}\n{text}"


def test_every_layer_and_the_settings_that_matter_are_written() -> None:
    """What is never written is never checked: each layer type, and each setting that changes a figure, is there."""
    conv = {f"conv.{s}" for s in ("kernel per axis", "padding same", "padding per side", "dilation", "groups", "bias")}
    others = {
        "convtranspose.output_padding",
        "maxpool.ceil",
        "avgpool.ceil",
        "lstm.bidirectional",
        "lstm.biases",
        "depthwise.multiplier",
    }
    structure = {"several inputs", "several outputs", "shared weights", "own blocks", "residuals", "branches"}
    missing = set(TABLE) | conv | others | structure
    for number in range(5000):  # another layer makes the nets of a seed others
        try:
            network = load(written_net(SEED, number))
        except SpecError:
            continue
        missing -= {part for node in network.nodes for part in made_of(node)}
        groups = network.groups.values()
        said = {
            "several inputs": len(network.inputs) > 1,
            "several outputs": len(network.outputs) > 1,
            "shared weights": any(node.shares is not None for node in network.nodes),
            "own blocks": any(how.startswith("own ") for how in groups),
            "residuals": "residual" in groups,
            "branches": "branches" in groups,
        }
        missing -= {what for what, there in said.items() if there}
        if not missing:
            break
    assert missing == set()


@pytest.mark.parametrize("path", sorted(REGRESSIONS.glob("*.yaml")), ids=lambda path: path.stem)
@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_what_once_disagreed_no_longer_does(path: Path, device: str) -> None:
    """Each file's first line says what must become of it, and why it is kept."""
    text = path.read_text(encoding="utf-8")
    expected = text.splitlines()[0].removeprefix("# ").partition(":")[0]
    outcome, why, _ = examine(text, device=device)
    assert outcome == expected, why


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks in the state file are not run again, a chunk with a disagreement is, and the tally is that of one run."""
    monkeypatch.setattr(random_nets, "CHUNK", 4)
    ran: list[int] = []
    real = random_nets.work

    class Here:
        """Runs what is submitted at once, in this process."""

        def __init__(self, workers: int) -> None: ...
        def __enter__(self) -> Here:
            return self

        def __exit__(self, *_: object) -> None: ...
        def submit(self, work: Any, seed: int, first: int, count: int) -> Any:
            ran.append(first)
            job: Any = random_nets.Future()
            job.set_result(real(seed, first, count))
            return job

    monkeypatch.setattr(random_nets, "ProcessPoolExecutor", Here)
    state_file = tmp_path / "state.json"
    random_nets.run(SEED, 8, state_file, 1)
    assert ran == [0, 4]
    state = random_nets.run(SEED, 12, state_file, 1)
    assert ran == [0, 4, 8]
    assert random_nets.report(state).startswith(f"seed {SEED}: 12 nets")
    stored = json.loads(state_file.read_text(encoding="utf-8"))
    stored["chunks"]["4"]["wrong"] = [[5, "mended since", "input: 1"]]
    state_file.write_text(json.dumps(stored), encoding="utf-8")
    random_nets.run(SEED, 12, state_file, 1)
    assert ran == [0, 4, 8, 4]
    with pytest.raises(SystemExit, match="belongs to seed"):
        random_nets.run(SEED + 1, 12, state_file, 1)


def test_a_disagreement_is_kept_as_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The net as YAML with what was said in its first line."""
    monkeypatch.setattr(random_nets, "REGRESSIONS", tmp_path / "kept")
    path = random_nets.save(3, 17, "conv1: output\nours 3, torch 4", "input: 4\nlayers: [fc 3]\n")
    assert path.name == "seed3-17.yaml"
    assert path.read_text(encoding="utf-8") == "# agree: conv1: output ours 3, torch 4\ninput: 4\nlayers: [fc 3]\n"
    assert examine(path.read_text(encoding="utf-8"))[0] == "agree"
