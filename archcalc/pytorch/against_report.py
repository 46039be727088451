"""The comparison with somebody's model, laid out."""

from __future__ import annotations

from functools import partial
from typing import Any

from archcalc.pytorch.against import Against, Pair
from archcalc.pytorch.telling import said
from archcalc.report.document import Cell, Column, Document, Table


def lay_out(found: Against) -> Document:
    """A line for each weighted layer, ours beside theirs; what differs is listed below."""
    rows: list[list[Cell]] = []
    for pair in found.pairs:
        row, seen = pair.row, pair.seen
        verdict = "differs" if row and seen and pair.differences else pair.differences[0] if pair.differences else "equal"
        if seen and row and seen.multiplies is None and verdict == "equal":
            verdict += ", multiplies not counted by torch"
        if pair.moved:
            verdict += ", runs at another place in the order"
        rows.append([
            row.path if row else "",
            f"{seen.path} ({seen.kind})" if seen else "",
            row.output if row else seen.output if seen else "?",
            row.params if row else None,
            row.multiplies if row else None,
            verdict,
        ])  # fmt: skip
    names = [Column("spec", "name"), Column("model", "name", first=0), Column("output", "shape")]
    columns = [*names, Column("params", "count"), Column("multiplies", "count"), Column("verdict", "prose", first=0)]
    tones = ["bad" if pair.differences else "" for pair in found.pairs]
    title = f"{found.analysis.network.name} against {found.model}: weighted layers in order of execution"
    document = Document(title, [Table(columns, rows, tones=tones)], partial(as_data, found))
    (ours, theirs), (products, counted) = found.params, found.multiplies
    document.note(*(line for pair in found.pairs for line in _lines(pair)))
    document.note(f"parameters: {ours:,} here, {theirs:,} there")
    document.note(f"multiplies: {products:,} here, {said(counted)} there as torch counts them")
    wrong = sum(bool(pair.differences) for pair in found.pairs)
    word = "agree" if found.agrees else "do not agree"
    document.say(f"the spec and {found.model} {word}: {len(rows) - wrong} layers equal, {wrong} differ")
    return document


def _lines(pair: Pair) -> list[str]:
    if not pair.differences:
        return []
    if pair.row is None and pair.seen is not None:
        tensors = ", ".join(f"{name} {said(s)}" for name, s in pair.seen.tensors)
        return [f"only in the model: {pair.seen.path} ({pair.seen.kind}) with {tensors}"]
    assert pair.row is not None
    if pair.seen is None:
        return [f"only in the spec: {pair.row.path}, {pair.row.layer}"]
    return [f"{pair.row.path} against {pair.seen.path}: {'; '.join(pair.differences)}"]


def as_data(found: Against) -> dict[str, Any]:
    """The comparison as plain data."""
    layers = [
        {
            "spec": pair.row.path if pair.row else None,
            "model": pair.seen.path if pair.seen else None,
            "differences": pair.differences,
            "moved": pair.moved,
        }
        for pair in found.pairs
    ]
    data: dict[str, Any] = {"name": found.analysis.network.name, "model": found.model, "agrees": found.agrees, "layers": layers}
    data |= {"params": {"spec": found.params[0], "model": found.params[1]}}
    data |= {"multiplies": {"spec": found.multiplies[0], "model": found.multiplies[1]}}
    return data
