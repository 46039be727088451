"""A network built and run in torch, and both sides' figures beside each other. Raises SpecError where torch is missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING

from archcalc.analysis import analyse
from archcalc.loading import Net, Stated, Variables, network_of
from archcalc.network.nodes import Network
from archcalc.text.amounts import between, one_of
from archcalc.text.faults import Fault, SpecError

if TYPE_CHECKING:
    from archcalc.pytorch.against_report import Against
    from archcalc.pytorch.telling import Check

DEVICES = ("auto", "cpu", "cuda", "mps")
DTYPES = ("float32", "float16", "bfloat16", "float64")
Steps = Callable[[str, int], Callable[[int], None] | None]  # what is begun, in so many steps: what to call with each


def check(
    net: Net | Network,
    *,
    device: str = "auto",
    dtype: str = "float32",
    batch: int = 1,
    meta: bool = False,
    force: bool = False,
    measure: bool = False,
    against: str = "",
    kwargs: str | Mapping[str, object] = "{}",
    input: Stated = None,
    variables: Variables = None,
    bias: bool = True,
    steps: Steps | None = None,
) -> Check | Against:
    """A network built in torch, run, and compared figure by figure; or, with `against="package:callable"`, beside that model.

    Figures stay those of one input whatever the batch. `meta` needs no memory and gives shapes and counts alone; `force` runs
    what needs more memory than is free, or more than a minute; `measure` takes time and memory too. The code of a model of
    `against` is run, with `kwargs`. Raises SpecError, for a network that does not fit with its partial analysis.
    """
    from archcalc.pytorch import require_torch, without_compiler

    between(batch, "--batch", 1, 10**6)
    one_of(device, "--device", DEVICES)
    one_of(dtype, "--dtype", DTYPES)
    torch = require_torch()
    from archcalc.pytorch.run import choose_device, refuse_too_large

    if measure and (meta or against):
        other = "--meta" if meta else "--against"
        raise SpecError([Fault(f"--measure and {other} cannot go together", repairs=[f"leave out {other}"])])
    place, kind = choose_device(device, meta), getattr(torch, dtype)
    analysis = analyse(network_of(net, input, variables, bias))
    if against:
        from archcalc.pytorch.against import against as beside

        given = kwargs if isinstance(kwargs, str) else json.dumps(dict(kwargs))
        return beside(analysis, against, given, device=place, dtype=kind, batch=batch)
    from archcalc.pytorch.verdict import check as verdict

    if not force:
        refuse_too_large(analysis, place, kind, batch)
    count = len(analysis.rows)
    with without_compiler() if meta else nullcontext():
        watch = steps("checking", count) if steps else None
        result = verdict(analysis, device=place, dtype=kind, batch=batch, watch=watch)
    if measure and result.ok:
        from archcalc.pytorch.measure import measure as measured

        watch = steps("measuring", count) if steps else None
        result.measured = measured(analysis, device=place, dtype=kind, batch=batch, watch=watch)
    return result
