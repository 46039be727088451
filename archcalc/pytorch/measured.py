"""A measurement, laid out."""

from __future__ import annotations

import json
from dataclasses import asdict

from archcalc.pytorch.measure import Measured
from archcalc.pytorch.telling import Sheet, check_json
from archcalc.pytorch.verdict import Check


def measured_sheet(found: Measured) -> Sheet:
    """A line a layer: time, its share, multiplications a second, what bounds it."""
    whole = sum(layer.seconds for layer in found.layers) or 1.0
    rows = [
        [
            layer.path,
            f"{layer.seconds * 1e6:,.0f}",
            f"{100 * layer.seconds / whole:.1f} %",
            giga(layer.multiplies / layer.seconds) if layer.multiplies else "",
            giga(layer.moved / layer.seconds),
            layer.bound,
        ]
        for layer in found.layers
    ]
    place = f"{found.device} ({found.card})" if found.card else found.device
    products = sum(layer.multiplies for layer in found.layers)
    footer = [
        f"whole network: {found.seconds * 1e3:,.3f} ms for a batch of {found.batch}, "
        f"{giga(products / found.seconds)} G multiplications a second; its layers one by one: {whole * 1e3:,.3f} ms",
        *([apart_line(found)] if found.apart else []),
        memory_line(found),
        f"measured here: copying {giga(found.bandwidth)} GB/s, matrix products {giga(found.rate)} G multiplications a second; "
        "a layer is bound by whichever takes it longer",
    ]
    headings = ("layer", "µs", "share", "G mult/s", "GB/s", "bound by")
    title = f"{found.name}: measured on {place}, {found.dtype}, batch {found.batch}, the quickest runs"
    return Sheet(title, headings, (False, True, True, True, True, False), rows, footer)


def apart_line(found: Measured) -> str:
    """Where the rows say nothing about the whole: that they do not, and what helps."""
    again = (
        "run it again with OMP_NUM_THREADS=1, or when the machine is idle"
        if found.device == "cpu"
        else "run it with a larger --batch"
    )
    return f"the two do not belong together: the machine was busy meanwhile, or starting a layer is most of its time; {again}"


def memory_line(found: Measured) -> str:
    """Peak memory beside its prediction."""
    weights, activations = found.predicted_weights, found.predicted_activations
    predicted = f"{mega(weights + activations)} MB predicted ({mega(weights)} weights, {mega(activations)} live activations)"
    if found.peak is None:
        return f"peak memory: {predicted}, not observed: torch keeps no record of memory on {found.device}"
    return f"peak memory: {mega(found.peak)} MB observed, {predicted}"


def giga(n: float) -> str:
    """In thousand millions."""
    return f"{n / 1e9:,.2f}"


def mega(n: float) -> str:
    """In millions."""
    return f"{n / 1e6:,.2f}"


def measured_json(found: Measured, check: Check) -> str:
    """Check and measurement as one JSON object; seconds, bytes, numbers a second."""
    return json.dumps({**json.loads(check_json(check)), "measured": asdict(found)}, indent=2, ensure_ascii=False)
