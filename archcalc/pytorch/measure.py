"""How long each layer takes, how much memory the whole, and what holds each layer back.

Times are medians after a warm-up: by CUDA events on a GPU, by the clock on the CPU. A layer is bound by memory where moving
its tensors at the measured copy bandwidth takes longer than its multiplications at the measured rate of matrix products.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from archcalc.pytorch.building import build
from archcalc.pytorch.run import example_inputs

if TYPE_CHECKING:
    from archcalc.analysis import Analysis

WARM_UPS, FEWEST, MOST, SECONDS = 2, 3, 30, 0.15
# Layers whose output is the same memory as their input, read differently.
VIEWS = ("flatten", "reshape", "permute", "identity", "dropout", "slice", "crop")


@dataclass
class LayerTime:
    """One layer: seconds for the batch, multiplications and bytes read and written for the batch, what bounds it."""

    path: str
    seconds: float
    multiplies: int
    moved: int
    bound: str


@dataclass
class Measured:
    """A network's measurement. `peak` is None where torch keeps no record of memory; rates are per second."""

    name: str
    device: str
    card: str
    dtype: str
    batch: int
    layers: list[LayerTime]
    seconds: float
    peak: int | None
    predicted_weights: int
    predicted_activations: int
    bandwidth: float
    rate: float


def measure(
    analysis: Analysis, *, device: str, dtype: torch.dtype, batch: int = 1, watch: Callable[[int], None] | None = None
) -> Measured:
    """Runs the network layer by layer and whole on a device, and measures."""
    network, width = analysis.network, dtype.itemsize
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        bandwidth, rate = copy_bandwidth(device), matrix_rate(device, dtype)
        before = torch.cuda.memory_allocated() if device == "cuda" else 0
        net = build(network, device=device, dtype=dtype)
        inputs = example_inputs(network, batch, device, dtype)
        peak = None
        if device == "cuda":
            net(*inputs)  # libraries take their workspaces once
            torch.cuda.reset_peak_memory_stats()
            net(*inputs)
            torch.cuda.synchronize()
            peak = torch.cuda.max_memory_allocated() - before
        elif device == "cpu":
            held = [*net.parameters(), *net.buffers(), *inputs]
            during = peak_allocated(lambda: net(*inputs))
            peak = None if during is None else during + sum(t.numel() * t.element_size() for t in held)
        seconds = median_time(lambda: net(*inputs), device)
        values: dict[int, Any] = {-1 - k: x for k, x in enumerate(inputs)}
        layers = []
        for number, row in enumerate(analysis.rows):
            if watch:
                watch(number)
            module, read = net.layer(net.steps[number][0]), tuple(values[i] for i in row.node.inputs)
            values[number] = module(*read)
            taken = median_time(lambda module=module, read=read: module(*read), device)  # type: ignore[misc]
            moved = width * (batch * (sum(map(_size, row.inputs)) + _size(row.output)) + sum(w.count for w in row.weights))
            multiplies = row.multiplies * batch
            bound = "memory" if moved / bandwidth >= multiplies / rate else "arithmetic"
            layers.append(LayerTime(row.path, taken, multiplies, moved, bound))
            for value in net.done[number]:
                del values[value]
    weights = width * sum(w.count for row in analysis.rows if row.node.shares is None for w in row.weights)
    card = torch.cuda.get_device_name() if device == "cuda" else ""
    activations = width * batch * live_values(analysis)
    name = str(dtype).removeprefix("torch.")
    return Measured(network.name, device, card, name, batch, layers, seconds, peak, weights, activations, bandwidth, rate)


def peak_allocated(action: Callable[[], Any]) -> int | None:
    """The most bytes alive at once of those an action allocates on the CPU, as torch's profiler sees them.

    None where this torch has no such record.
    """
    action()  # what is only made once is made now
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, profile_memory=True) as profiler:
        action()
    results = getattr(getattr(profiler, "profiler", None), "kineto_results", None)
    if results is None:
        return None
    events = [event for event in results.events() if event.name() == "[memory]"]
    now = most = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        now += event.nbytes()
        most = max(most, now)
    return most


def live_values(analysis: Analysis) -> int:
    """The most activation values alive at once for one input: the network's inputs, and each output until its last reader.

    A layer that only reads the same memory differently (flatten, dropout at inference) adds nothing and keeps its input alive.
    """
    sizes = {-1 - k: _size(shape) for k, shape in enumerate(analysis.network.inputs.values())}
    home = {value: value for value in sizes}
    last: dict[int, int] = {}
    for number, row in enumerate(analysis.rows):
        home[number] = home[row.node.inputs[0]] if row.layer.kind in VIEWS else number
        for value in row.node.inputs:
            last[home[value]] = number
    end = len(analysis.rows)
    last |= {home[value]: end for value in analysis.network.outputs} | dict.fromkeys(sizes, end)
    alive, most = dict(sizes), sum(sizes.values())
    for number, row in enumerate(analysis.rows):
        if home[number] == number:
            alive[number] = _size(row.output)
        most = max(most, sum(alive.values()))
        for value in [v for v in alive if last.get(v, -1) <= number]:
            del alive[value]
    return most


def _size(shape: tuple[int, ...]) -> int:
    total = 1
    for n in shape:
        total *= n
    return total


def median_time(action: Callable[[], Any], device: str) -> float:
    """Seconds one call takes: the median of several, after a warm-up."""
    for _ in range(WARM_UPS):
        action()
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < FEWEST or (len(times) < MOST and time.perf_counter() - began < SECONDS):
        times.append(_timed(action, device))
    return statistics.median(times)


def _timed(action: Callable[[], Any], device: str) -> float:
    if device == "cuda":
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        action()
        end.record()
        torch.cuda.synchronize()
        return float(start.elapsed_time(end)) / 1000
    before = time.perf_counter()
    action()
    if device == "mps":
        torch.mps.synchronize()
    return time.perf_counter() - before


def copy_bandwidth(device: str) -> float:
    """Bytes a second read and written by a large copy."""
    size = 2**28 if device == "cuda" else 2**26
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)
    return 2 * size / median_time(lambda: target.copy_(source), device)


def matrix_rate(device: str, dtype: torch.dtype) -> float:
    """Multiplications a second in a large matrix product of this type."""
    side = 4096 if device == "cuda" else 512
    left = torch.randn(side, side, device=device).to(dtype)
    return side**3 / median_time(lambda: left @ left, device)
