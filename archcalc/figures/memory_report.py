"""The answer of `archcalc memory`: the table of the layers, the sums, where the peak is, and what is not counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from archcalc.analysis import BYTES, Analysis
from archcalc.figures import chosen
from archcalc.figures.memory import STATES, Inference, buffer_values, bytes_of, inference, training
from archcalc.figures.table import as_data, table, title
from archcalc.report.document import Cell, Column, Document, Remark, Table
from archcalc.text.faults import Fault, SpecError

INFERENCE = ("settings", "output", "param_bytes", "act", "live")
TRAINING = ("settings", "output", "param_bytes", "keeps", "saved")


def lay_out(
    analysis: Analysis,
    *,
    train: bool = False,
    optimizer: str | None = None,
    keys: Sequence[str] | None = None,
    depth: int | None = None,
) -> Document:
    """What the network takes of memory, layer by layer and in total; with `train` or an optimizer, for training.

    Raises SpecError for training in a type that has no gradients.
    """
    train = train or optimizer is not None
    if train and analysis.dtype == "int8":
        what = "there is no training in int8: gradients are fractions"
        raise SpecError([Fault(what, repairs=["--dtype bf16", "leave out --train and --optimizer"])])
    shown = keys or _keys(train, optimizer)
    figures = chosen(analysis, shown)
    where = inference(analysis)
    sums = totals(analysis, where, optimizer)
    document = Document(f"{title(analysis)}, {analysis.dtype}", data=partial(data, analysis, shown, where, sums))
    document.add(*(Remark(f"note: {note}") for note in analysis.notes), table(analysis, figures, depth))
    rows: list[list[Cell]] = [[what, sums[key], binary(sums[key])] for key, what in _lines(train, optimizer).items()]
    rows += [[f"file in {name}", size, binary(size)] for name, size in sums["file_bytes"].items()]
    document.add(Table([Column("memory"), Column("bytes", "count"), Column("", data=False, key="binary")], rows))
    document.note(*_notes(analysis, where, train))
    return document


def _keys(train: bool, optimizer: str | None) -> tuple[str, ...]:
    if not train:
        return INFERENCE
    state = (f"{optimizer}_bytes",) if optimizer and STATES[optimizer] else ()
    return (*TRAINING[:3], "grad_bytes", *state, *TRAINING[3:])


def _lines(train: bool, optimizer: str | None) -> dict[str, str]:
    """The sums that are shown: the key of each, and what it is."""
    lines = {"param_bytes": "parameters", "buffer_bytes": "buffers"}
    if train:
        lines["grad_bytes"] = "gradients"
        if optimizer:
            lines["optimizer_bytes"] = f"state of {optimizer}"
        lines |= {"saved_bytes": "kept for the backward pass", "training_bytes": "all of these"}
    return lines | {"peak_bytes": "peak of activations in inference"}


def totals(analysis: Analysis, where: Inference, optimizer: str | None) -> dict[str, Any]:
    """The sums in bytes."""
    width, params, buffers = bytes_of(analysis), analysis.totals.params, buffer_values(analysis)
    made: dict[str, Any] = {"param_bytes": params * width, "buffer_bytes": buffers * width, "grad_bytes": params * width}
    made["optimizer_bytes"] = params * width * STATES[optimizer or "sgd"]
    made["saved_bytes"] = sum(training(analysis).bytes)
    made["training_bytes"] = sum(made.values())
    made["peak_bytes"] = where.peak
    made["file_bytes"] = {name: (params + buffers) * size for name, size in BYTES.items()}
    return made


def binary(size: int) -> str:
    """Bytes as people say them: 1.5 MiB."""
    value, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{size} B" if unit == "B" else f"{value:.4g} {unit}" if value < 1000 else f"{value:,.0f} {unit}"


def _notes(analysis: Analysis, where: Inference, train: bool) -> list[str]:
    notes = []
    names = [*analysis.network.inputs]
    if analysis.rows:
        alive = [analysis.rows[i].path if i >= 0 else names[-1 - i] for i in where.alive]
        named = ", ".join(alive[:8]) + (" …" if len(alive) > 8 else "")
        notes.append(f"the peak is at {analysis.rows[where.at].path}, in the order of this table, where {named} are alive")
    if train:
        notes.append(
            "kept: what torch's backward pass reads on a CPU, each tensor once, in brackets where an earlier layer keeps it; "
            "parameters and buffers, which are there anyway, not"
        )
        apart = [row for row in analysis.rows if row.layer.apart]
        if apart:
            named = ", ".join(row.path for row in apart[:3]) + (" …" if len(apart) > 3 else "")
            notes.append(f"not counted: {apart[0].layer.apart}, of {named}")
    return notes


def data(analysis: Analysis, keys: Sequence[str], where: Inference, sums: dict[str, Any]) -> dict[str, Any]:
    """The same as plain data: the report of every command, with the sums in `totals` and every tensor kept in `layers`."""
    made = as_data(analysis, chosen(analysis, (*keys, "saved", "live", "act")))
    made["totals"] |= sums
    names = [*analysis.network.inputs]
    for layer, kept in zip(made["layers"], training(analysis).kept, strict=True):
        layer["memory"]["kept"] = [
            {
                "tensor": k.name,
                "bytes": k.bytes,
                "lies_in": None if k.of is None else analysis.rows[k.of].path if k.of >= 0 else names[-1 - k.of],
                "counted": k.first < 0,
            }
            for k in kept
        ]
    return made
