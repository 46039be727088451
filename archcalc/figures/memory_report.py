"""The answer of `archcalc memory`: the table of the layers, the sums, where the peak is, and what is not counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from archcalc.analysis import BYTES, Analysis
from archcalc.figures import chosen, read_columns
from archcalc.figures.memory import STATES, Inference, Kept, buffer_values, inference, of_training, training
from archcalc.figures.table import as_data, table, title
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Remark, Table
from archcalc.text.amounts import one_of
from archcalc.text.faults import Fault, SpecError

INFERENCE = ("settings", "output", "param_bytes", "act", "live")
TRAINING = ("settings", "output", "param_bytes", "keeps", "saved")


@dataclass(frozen=True, repr=False)
class Memory(Answer):
    """What a network takes of memory, layer by layer and in total; with `train` or an optimizer, for training.

    `columns` are the figures shown in the place of the usual ones, groups deeper than `depth` are folded.
    """

    analysis: Analysis
    train: bool = False
    optimizer: str | None = None
    columns: Sequence[str] = ()
    depth: int | None = None

    @cached_property
    def inference(self) -> Inference:
        """What is alive row by row in inference, and where the peak is."""
        return inference(self.analysis)

    @cached_property
    def totals(self) -> dict[str, Any]:
        """The sums in bytes, by their names in JSON."""
        return totals(self.analysis, self.inference, self.optimizer)

    @property
    def kept(self) -> list[list[Kept]]:
        """What every row keeps for the backward pass, tensor by tensor."""
        return training(self.analysis).kept

    @property
    def sentence(self) -> str:
        """The sum that is asked for, as people say it."""
        if self.train:
            return f"{title(self.analysis)}, {self.analysis.dtype}: {binary(self.totals['training_bytes'])} in training"
        peak = binary(self.inference.peak)
        return f"{title(self.analysis)}, {self.analysis.dtype}: {binary(self.totals['param_bytes'])} of parameters, peak {peak}"

    @property
    def _shown(self) -> Sequence[str]:
        return self.columns or _keys(self.train, self.optimizer)

    def as_document(self) -> Document:
        """The table of the layers, the sums, where the peak is, and what is not counted."""
        analysis, sums = self.analysis, self.totals
        document = Document(f"{title(analysis)}, {analysis.dtype}", data=self.as_data)
        document.add(*(Remark(f"note: {note}") for note in analysis.notes))
        document.add(table(analysis, chosen(analysis, self._shown), self.depth))
        rows: list[list[Cell]] = [
            [what, sums[key], binary(sums[key])] for key, what in _lines(self.train, self.optimizer).items()
        ]
        rows += [[f"file in {name}", size, binary(size)] for name, size in sums["file_bytes"].items()]
        document.add(Table([Column("memory"), Column("bytes", "count"), Column("", data=False, key="binary")], rows))
        document.note(*_notes(analysis, self.inference, self.train))
        return document

    def as_data(self) -> dict[str, Any]:
        """The report of every command, with the sums in `totals` and every tensor kept in `layers`."""
        return data(self.analysis, self._shown, self.totals)


def memory(
    analysis: Analysis,
    *,
    train: bool = False,
    optimizer: str | None = None,
    columns: str | Sequence[str] = (),
    depth: int | None = None,
) -> Memory:
    """What a network takes of memory, at the batch and in the data type of its analysis.

    Raises SpecError for an optimizer or columns that are not known, for training in a type that has no gradients, and where the
    text does not say what layers read.
    """
    analysis.network.demand_order()
    if optimizer is not None:
        one_of(optimizer, "--optimizer", STATES)
    train = train or optimizer is not None
    if train and analysis.dtype == "int8":
        what = "there is no training in int8: gradients are fractions"
        raise SpecError([Fault(what, repairs=["--dtype bf16", "leave out --train and --optimizer"])])
    keys = read_columns(columns if isinstance(columns, str) else ",".join(columns)) if columns else ()
    return Memory(analysis, train, optimizer, keys, depth)


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
    made = of_training(analysis, optimizer)
    values = analysis.totals.params + buffer_values(analysis)
    files = {name: values * size for name, size in BYTES.items()}
    return {**made, "training_bytes": sum(made.values()), "peak_bytes": where.peak, "file_bytes": files}


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


def data(analysis: Analysis, keys: Sequence[str], sums: dict[str, Any]) -> dict[str, Any]:
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
