"""A measurement, laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.report.document import Cell, Column, Document, Heading, Table

if TYPE_CHECKING:
    from archcalc.pytorch.measure import Measured


def add_measured(found: Measured, document: Document) -> None:
    """A line a layer: time, its share, multiplications a second, what bounds it."""
    whole = sum(layer.seconds for layer in found.layers) or 1.0
    rows: list[list[Cell]] = [
        [
            layer.path,
            layer.seconds * 1e6,
            layer.seconds / whole,
            layer.multiplies / layer.seconds / 1e9 if layer.multiplies else None,
            layer.moved / layer.seconds / 1e9,
            layer.bound,
            *([layer.workspace / 1e6] if layer.workspace is not None else []),
        ]
        for layer in found.layers
    ]
    times = [Column("µs", "number", key="microseconds", places=0, first=0), Column("share", "share", first=0)]
    rates = [Column("G mult/s", "number", key="giga_multiplies_a_second"), Column("GB/s", "number", key="gigabytes_a_second")]
    seen = found.predicted_peak is not None
    work = [Column("workspace MB", "number", key="workspace_megabytes", first=0)] if seen else []
    place = f"{found.device} ({found.card})" if found.card else found.device
    document.add(Heading(f"{found.name}: measured on {place}, {found.dtype}, batch {found.batch}, the quickest runs"))
    document.add(Table([Column("layer", "name"), *times, *rates, Column("bound by", "prose"), *work], rows))
    products = sum(layer.multiplies for layer in found.layers)
    document.note(
        f"whole network: {found.seconds * 1e3:,.3f} ms for a batch of {found.batch}, "
        f"{giga(products / found.seconds)} G multiplications a second; its layers one by one: {whole * 1e3:,.3f} ms",
        *([apart_line(found)] if found.apart else []),
        memory_line(found),
        f"measured here: copying {giga(found.bandwidth)} GB/s, matrix products {giga(found.rate)} G multiplications a second; "
        "a layer is bound by whichever takes it longer",
    )


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
    line = f"peak memory: {mega(found.peak)} MB observed, {predicted}"
    if found.predicted_peak is None:
        return line
    return f"{line}; {mega(found.predicted_peak)} MB with the workspaces that the layers were seen to take"


def giga(n: float) -> str:
    """In thousand millions."""
    return f"{n / 1e9:,.2f}"


def mega(n: float) -> str:
    """In millions."""
    return f"{n / 1e6:,.2f}"
