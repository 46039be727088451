"""What running a network will take, known before it is run: bytes of weights, live values and workspaces, and seconds."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from archcalc.figures.memory import inference

if TYPE_CHECKING:
    from archcalc.analysis import Analysis

MOST_SECONDS = 60.0
WIDTH = 512  # of the matrices whose product tells the rate: large enough to be computed as fast as this machine can


def live_values(analysis: Analysis) -> list[int]:
    """The values alive while each row runs, for one input: the network's inputs, and each output until its last reader.

    A layer that only reads the same memory differently (flatten, dropout at inference) adds nothing and keeps its input alive.
    """
    return _alive(analysis, workspaces=False)


def values_needed(analysis: Analysis) -> int:
    """The most of them alive at once, with what each layer needs for itself while it runs (attention's scores)."""
    return max(_alive(analysis, workspaces=True), default=0)


def _alive(analysis: Analysis, *, workspaces: bool) -> list[int]:
    one = replace(analysis, batch=1, dtype="int8")  # a byte a value
    return inference(one, stays=True, workspaces=workspaces).live


def bytes_needed(analysis: Analysis, dtype: torch.dtype, batch: int) -> int:
    """Bytes of the weights and of the live values of a batch, workspaces included."""
    weights = sum(w.count for row in analysis.rows if row.node.shares is None for w in row.weights)
    return int(dtype.itemsize) * (weights + batch * values_needed(analysis))


def bytes_free(device: str) -> int | None:
    """Bytes that are free on a device; None where that is not known, or nothing is needed."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    if device == "cpu" and "SC_AVPHYS_PAGES" in os.sysconf_names:
        return int(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return None


def seconds_needed(analysis: Analysis, device: str, dtype: torch.dtype, batch: int) -> float:
    """Seconds one run takes at the rate of a matrix product timed here and now. A rough figure: nothing is faster than that.

    What torch's counter does not see is computed a second time in parts.
    """
    left = torch.ones(WIDTH, WIDTH, device=device, dtype=dtype)
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        product = left @ left
        float(product[0, 0])  # waits for a GPU
        best = min(best, time.perf_counter() - start)
    return 2 * batch * analysis.totals.multiplies * best / WIDTH**3
