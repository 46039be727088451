"""A network's layers run one by one under observation: what torch makes of each, or why it refuses it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from archcalc.layers.base import dims
from archcalc.pytorch.count import MOST_STEPS, Counter, additive_biases, counted_apart, unseen
from archcalc.pytorch.module import default_dtype, module_of

if TYPE_CHECKING:
    from archcalc.analysis import Analysis
    from archcalc.layers.base import Shape
    from archcalc.network.nodes import Network


@dataclass
class Observed:
    """What torch said of one node: tensors by name, output shape without the batch, multiplications for one input.

    `refusal` is torch's message where it refused the layer; `skipped` why nothing was run; `multiplies` is None and
    `uncounted` says why where torch's counter does not see the work.
    """

    learned: dict[str, Shape] = field(default_factory=dict)
    kept: dict[str, Shape] = field(default_factory=dict)
    biases: frozenset[str] = frozenset()
    output: Shape | None = None
    multiplies: int | None = None
    refusal: str = ""
    skipped: str = ""
    uncounted: str = ""


@dataclass
class Observation:
    """Every node's observation, the modules that were made, and where it ran."""

    rows: list[Observed]
    modules: dict[int, nn.Module]
    device: str
    dtype: str
    batch: int


def choose_device(name: str, meta: bool = False) -> str:
    """`auto` as the device there is: CUDA where torch sees one, else the CPU. Raises SpecError where a named one is absent."""
    from archcalc.text.faults import Fault, SpecError

    if meta:
        return "meta"
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    there = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}.get(name, lambda: True)
    if not there():
        raise SpecError([Fault(f"torch sees no {name} device here", repairs=["--device cpu", "--meta"])])
    return name


def example_inputs(network: Network, batch: int, device: str, dtype: torch.dtype) -> tuple[Tensor, ...]:
    """An input tensor for each of the network's inputs, batch × shape: indices for an embedding, noise otherwise.

    Raises SpecError where torch makes no tensor of that size.
    """
    indices = network.integer_inputs()
    made = []
    for k, shape in enumerate(network.inputs.values()):
        size = (batch, *shape)
        try:
            made.append(
                torch.randint(0, indices[k], size, device=device)
                if k in indices
                else torch.randn(size, device=device, dtype=dtype)
            )
        except (RuntimeError, TypeError):
            from archcalc.text.faults import Fault, SpecError

            what = f"torch makes no input of {dims(size)}: more values than it can number"
            raise SpecError([Fault(what, repairs=["a smaller --input"])]) from None
    return tuple(made)


def message(error: BaseException) -> str:
    """torch's message on one line, without its traceback."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 400 else text[:397] + "…"


def out_of_memory(error: Exception) -> bool:
    """Whether torch says that memory, and not the layer, is the trouble."""
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "not enough memory" in text or "can't allocate memory" in text


def refuse_too_large(analysis: Analysis, device: str, dtype: torch.dtype, batch: int) -> None:
    """Raises SpecError where the network needs more memory than is free on the device, or more than a minute."""
    from archcalc.pytorch.needs import MOST_SECONDS, bytes_needed, seconds_needed
    from archcalc.text.faults import Fault, SpecError

    repairs = ["--meta, which needs none", "--force, to run it all the same"]
    if not refuse_beyond_memory(bytes_needed(analysis, dtype, batch), device, "running this network", repairs):
        return
    seconds = seconds_needed(analysis, device, dtype, batch)
    if seconds > MOST_SECONDS:
        what = f"running this network takes {seconds / 60:,.1f} minutes or so on {device}"
        raise SpecError([Fault(what, repairs=repairs)])


def refuse_beyond_memory(needed: int, device: str, action: str, repairs: list[str]) -> bool:
    """Raises SpecError where an action needs more bytes than are free on the device; False where that is not known."""
    from archcalc.pytorch.needs import bytes_free
    from archcalc.text.faults import Fault, SpecError

    free = bytes_free(device)
    if free is not None and needed > free:
        what = f"{action} needs {needed / 1e9:,.1f} GB at least, {free / 1e9:,.1f} GB are free on {device}"
        raise SpecError([Fault(what, repairs=repairs)])
    return free is not None


def tensors(module: nn.Module) -> tuple[dict[str, Shape], dict[str, Shape]]:
    """A module's learned and its other tensors, by name. Batch normalisation's count of batches is neither."""
    learned = {name: tuple(p.shape) for name, p in module.named_parameters()}
    others = {n: tuple(t.shape) for n, t in module.state_dict().items() if n not in learned and n != "num_batches_tracked"}
    return learned, others


def observe(
    analysis: Analysis,
    *,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
    batch: int = 1,
    watch: Callable[[int], None] | None = None,
) -> Observation:
    """Builds and runs each node of an analysis in torch, in order; `watch` is called with the number of each.

    A node that reads what a refused one should have made is skipped; all others run.
    """
    network = analysis.network
    rows: list[Observed] = []
    modules: dict[int, nn.Module] = {}
    last = {i: at for at, row in enumerate(analysis.rows) for i in row.node.fed}
    counter = Counter()
    with warnings.catch_warnings(), torch.no_grad(), counter:
        warnings.simplefilter("ignore")  # torch warns of slow paths, which are none of this check's business
        values: dict[int, Tensor] = {-1 - k: x for k, x in enumerate(example_inputs(network, batch, device, dtype))}
        for number, row in enumerate(analysis.rows):
            if watch:
                watch(number)
            seen = Observed()
            rows.append(seen)
            missing = [i for i in row.node.fed if i not in values]
            if missing:
                why = "did not run" if rows[missing[0]].skipped else "torch refused"
                seen.skipped = f"reads {network.nodes[missing[0]].path}, which {why}"
                continue
            read = tuple(values[i] for i in row.node.fed)
            try:
                if row.node.shares is None:
                    with torch.device(device), default_dtype(dtype):
                        module = module_of(row.layer.torch(row.inputs, row.output)).eval()
                    module.requires_grad_(False)  # the counter follows gradients through a parameter that is handed on
                    modules[number] = module
                    seen.learned, seen.kept = tensors(module)
                    seen.biases = frozenset(additive_biases(module))
                else:
                    module = modules[row.node.shares]
                _run(module, read, seen, counter, values, number, row.layer.once(row.inputs))
            except Exception as error:  # whatever torch raises is its refusal
                if out_of_memory(error):
                    seen.skipped = "there is not memory enough for it here; --meta needs none"
                else:
                    seen.refusal = message(error)
            for i in row.node.fed:
                if last[i] == number and i not in network.outputs:
                    values.pop(i, None)
    return Observation(rows, modules, device, str(dtype).removeprefix("torch."), batch)


def _is_long(module: nn.Module, x: Tensor) -> bool:
    """Whether torch would run a recurrent layer step by step for very long, as it does without memory."""
    return x.is_meta and isinstance(module, nn.RNNBase) and x.shape[1] > MOST_STEPS


def _long(module: nn.Module, x: Tensor) -> Tensor:
    """A recurrent layer's output without memory: that of its first steps, as many times as there are."""
    result: Tensor = module(x[:, :MOST_STEPS])
    return result if result.dim() == 2 else result.new_empty(result.shape[0], x.shape[1], result.shape[2])


def _run(
    module: nn.Module,
    read: tuple[Tensor, ...],
    seen: Observed,
    counter: Counter,
    values: dict[int, Tensor],
    number: int,
    once: int,
) -> None:
    """Runs one module and notes its output shape and count; `once` of its products are those of the whole batch."""
    before = counter.total
    values[number] = result = _long(module, read[0]) if _is_long(module, read[0]) else module(*read)
    seen.output = tuple(result.shape[1:])
    counted = counted_apart(module, read, counter) if unseen(module) else Fraction(counter.total - before)
    if counted is None:
        seen.uncounted = "not counted by torch"
        return
    each = (counted - once) / result.shape[0] + once
    if each.denominator != 1:
        seen.uncounted = f"torch counts {counted} for a batch of {result.shape[0]}, which is no whole number each"
        return
    seen.multiplies = int(each)
