"""The comparison with somebody's model, laid out."""

from __future__ import annotations

import json

from archcalc.pytorch.against import Against, Pair
from archcalc.pytorch.telling import Sheet, number, shape


def against_sheet(found: Against) -> Sheet:
    """A line for each weighted layer, ours beside theirs; what differs is listed below."""
    rows: list[list[str]] = []
    marked: dict[int, str] = {}
    for pair in found.pairs:
        row, seen = pair.row, pair.seen
        verdict = "differs" if row and seen and pair.differences else pair.differences[0] if pair.differences else "equal"
        if seen and row and seen.multiplies is None and verdict == "equal":
            verdict += ", multiplies not counted by torch"
        if pair.moved:
            verdict += ", runs at another place in the order"
        if pair.differences:
            marked[len(rows)] = "bold red"
        rows.append([
            row.path if row else "",
            f"{seen.path} ({seen.kind})" if seen else "",
            shape(row.output if row else seen.output if seen else None),
            number(row.params if row else None) if row else "",
            number(row.multiplies) if row else "",
            verdict,
        ])  # fmt: skip
    (ours, theirs), (products, counted) = found.params, found.multiplies
    footer = [line for pair in found.pairs for line in _lines(pair)]
    footer.append(f"parameters: {ours:,} here, {theirs:,} there")
    footer.append(f"multiplies: {products:,} here, {number(counted)} there as torch counts them")
    wrong = sum(bool(pair.differences) for pair in found.pairs)
    word = "agree" if found.agrees else "do not agree"
    footer.append(f"the spec and {found.model} {word}: {len(rows) - wrong} layers equal, {wrong} differ")
    title = f"{found.analysis.network.name} against {found.model}: weighted layers in order of execution"
    headings = ("spec", "model", "output", "params", "multiplies", "verdict")
    return Sheet(title, headings, (False, False, False, True, True, False), rows, footer, marked)


def _lines(pair: Pair) -> list[str]:
    if not pair.differences:
        return []
    if pair.row is None and pair.seen is not None:
        tensors = ", ".join(f"{name} {shape(s)}" for name, s in pair.seen.tensors)
        return [f"only in the model: {pair.seen.path} ({pair.seen.kind}) with {tensors}"]
    assert pair.row is not None
    if pair.seen is None:
        return [f"only in the spec: {pair.row.path}, {pair.row.layer}"]
    return [f"{pair.row.path} against {pair.seen.path}: {'; '.join(pair.differences)}"]


def against_json(found: Against) -> str:
    """The comparison as JSON."""
    layers = [
        {
            "spec": pair.row.path if pair.row else None,
            "model": pair.seen.path if pair.seen else None,
            "differences": pair.differences,
            "moved": pair.moved,
        }
        for pair in found.pairs
    ]
    data = {"name": found.analysis.network.name, "model": found.model, "agrees": found.agrees, "layers": layers}
    data |= {"params": {"spec": found.params[0], "model": found.params[1]}}
    data |= {"multiplies": {"spec": found.multiplies[0], "model": found.multiplies[1]}}
    return json.dumps(data, indent=2, ensure_ascii=False)
