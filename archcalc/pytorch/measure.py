"""How long each layer takes, how much memory the whole, and what holds each layer back.

Times are the quickest of several runs after a warm-up, since whatever else the machine does only adds: by CUDA events on a GPU,
by the clock on the CPU. The layers and the whole network take turns, so that both are timed under the same conditions. A layer is
bound by memory where moving its tensors at the measured copy bandwidth takes longer than its multiplications at the measured rate
of matrix products.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from archcalc.formulas.arithmetic import product
from archcalc.pytorch.module import Net, build
from archcalc.pytorch.needs import live_values
from archcalc.pytorch.run import example_inputs

if TYPE_CHECKING:
    from archcalc.analysis import Analysis

WARM_UPS, FEWEST, MOST, SECONDS = 2, 3, 30, 0.15
APART = 2.0  # the layers one by one and the whole differ by no more, or the report says that they do not belong together


@dataclass
class LayerTime:
    """One layer: seconds for the batch, multiplications and bytes read and written for the batch, what bounds it.

    `workspace` is the bytes that it takes beyond what it reads and puts out, while it runs; None where torch keeps no record.
    """

    path: str
    seconds: float
    multiplies: int
    moved: int
    bound: str
    workspace: int | None = None


@dataclass
class Measured:
    """A network's measurement. `peak` is None where torch keeps no record of memory; rates are per second.

    Libraries take workspaces that depend on the device, its version and the sizes; `predicted_peak` adds those that were seen,
    layer by layer, to the weights and to what the network's structure says is alive while that layer runs.
    """

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
    predicted_peak: int | None = None

    @property
    def apart(self) -> bool:
        """Whether the layers one by one and the whole network differ so much that the rows say nothing about the whole."""
        ratio = sum(layer.seconds for layer in self.layers) / self.seconds
        return not 1 / APART <= ratio <= APART


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
        peak, workspaces = None, None
        if device == "cuda":
            net(*inputs)  # what is only made once is made now
            torch.cuda.reset_peak_memory_stats()
            net(*inputs)
            torch.cuda.synchronize()
            peak = torch.cuda.max_memory_allocated() - before
            workspaces = workspaces_taken(net, inputs)
        elif device == "cpu":
            held = [*net.parameters(), *net.buffers(), *inputs]
            during = peak_allocated(lambda: net(*inputs))
            peak = None if during is None else during + sum(t.numel() * t.element_size() for t in held)
        seconds, each = quickest_in_turn(net, inputs, device, watch)
    layers = []
    for number, (row, taken) in enumerate(zip(analysis.rows, each, strict=True)):
        moved = width * (batch * (sum(map(product, row.inputs)) + product(row.output)) + sum(w.count for w in row.weights))
        multiplies = row.multiplies * batch
        bound = "memory" if moved / bandwidth >= multiplies / rate else "arithmetic"
        layers.append(LayerTime(row.path, taken, multiplies, moved, bound, workspaces[number] if workspaces else None))
    weights = width * sum(w.count for row in analysis.rows if row.node.shares is None for w in row.weights)
    card = torch.cuda.get_device_name() if device == "cuda" else ""
    live = [width * batch * values for values in live_values(analysis)]
    foreseen = weights + max(map(sum, zip(live, workspaces, strict=True))) if workspaces else None
    name, most = str(dtype).removeprefix("torch."), max(live, default=0)
    return Measured(network.name, device, card, name, batch, layers, seconds, peak, weights, most, bandwidth, rate, foreseen)


def workspaces_taken(net: Net, inputs: tuple[torch.Tensor, ...]) -> list[int]:
    """Bytes that each layer takes on a GPU while it runs, and gives back, beyond its inputs and its output."""
    taken: list[int] = []
    values: dict[int, Any] = {-1 - k: x for k, x in enumerate(inputs)}
    for number, (path, read) in enumerate(net.steps):
        torch.cuda.reset_peak_memory_stats()
        values[number] = net.layer(path)(*(values[i] for i in read))
        taken.append(torch.cuda.max_memory_allocated() - torch.cuda.memory_allocated())
        for value in net.done[number]:
            del values[value]
    return taken


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


def quickest_in_turn(
    net: Net, inputs: tuple[torch.Tensor, ...], device: str, watch: Callable[[int], None] | None = None
) -> tuple[float, list[float]]:
    """Seconds the whole network takes, and each of its layers: in every round the whole runs once, then each layer once."""
    count = len(net.steps)
    whole, each = float("inf"), [float("inf")] * count
    began, rounds = time.perf_counter(), 0
    while rounds < WARM_UPS + FEWEST or (rounds < WARM_UPS + MOST and time.perf_counter() - began < SECONDS * (count + 1)):
        taken, _ = _timed(lambda: net(*inputs), device)
        times = [taken]
        values: dict[int, Any] = {-1 - k: x for k, x in enumerate(inputs)}
        for number, (path, read) in enumerate(net.steps):
            module, given = net.layer(path), tuple(values[i] for i in read)
            taken, values[number] = _timed(lambda module=module, given=given: module(*given), device)  # type: ignore[misc]
            times.append(taken)
            for value in net.done[number]:
                del values[value]
            if watch and rounds == WARM_UPS:
                watch(number)
        rounds += 1
        if rounds > WARM_UPS:
            whole, each = min(whole, times[0]), list(map(min, each, times[1:]))
    return whole, each


def quickest_time(action: Callable[[], Any], device: str) -> float:
    """Seconds one call takes: the quickest of several, after a warm-up."""
    for _ in range(WARM_UPS):
        action()
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < FEWEST or (len(times) < MOST and time.perf_counter() - began < SECONDS):
        times.append(_timed(action, device)[0])
    return min(times)


def _timed(action: Callable[[], Any], device: str) -> tuple[float, Any]:
    """Seconds, and what the action gives."""
    if device == "cuda":
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        result = action()
        end.record()
        torch.cuda.synchronize()
        return float(start.elapsed_time(end)) / 1000, result
    before = time.perf_counter()
    result = action()
    if device == "mps":
        torch.mps.synchronize()
    return time.perf_counter() - before, result


def copy_bandwidth(device: str) -> float:
    """Bytes a second read and written by a large copy."""
    size = 2**28 if device == "cuda" else 2**26
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)
    return 2 * size / quickest_time(lambda: target.copy_(source), device)


def matrix_rate(device: str, dtype: torch.dtype) -> float:
    """Multiplications a second in a large matrix product of this type."""
    side = 4096 if device == "cuda" else 512
    left = torch.randn(side, side, device=device).to(dtype)
    return side**3 / quickest_time(lambda: left @ left, device)
