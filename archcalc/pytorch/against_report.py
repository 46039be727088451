"""The comparison with somebody's model: what was seen, what differs, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archcalc.pytorch.telling import said
from archcalc.report.answer import Answer
from archcalc.report.document import Cell, Column, Document, Table

if TYPE_CHECKING:
    from archcalc.analysis import Analysis, Row

Shape = tuple[int, ...]
Tensors = tuple[tuple[str, Shape], ...]


@dataclass
class Seen:
    """A module of the model that ran: where it is, its tensors, what it returned, what torch counted (None: nothing seen)."""

    path: str
    kind: str
    tensors: Tensors
    output: Shape | None = None
    multiplies: int | None = None


@dataclass
class Pair:
    """A layer of ours and a module of theirs that belong together, or one alone; `differences` says in what they differ."""

    row: Row | None
    seen: Seen | None
    differences: list[str] = field(default_factory=list)
    moved: bool = False


@dataclass(repr=False)
class Against(Answer):
    """The comparison with a model: weighted layers in order of execution, and both totals (ours, theirs)."""

    analysis: Analysis
    model: str
    pairs: list[Pair]
    params: tuple[int, int]
    multiplies: tuple[int, int | None]

    @property
    def ok(self) -> bool:
        """Whether nothing differs: no layer, no total. A total that torch could not count is not held against the spec."""
        (params, there), (multiplies, counted) = self.params, self.multiplies
        return params == there and counted in (None, multiplies) and not any(pair.differences for pair in self.pairs)

    @property
    def sentence(self) -> str:
        """The verdict in one line."""
        wrong = sum(bool(pair.differences) for pair in self.pairs)
        word = "agree" if self.ok else "do not agree"
        return f"the spec and {self.model} {word}: {len(self.pairs) - wrong} layers equal, {wrong} differ"

    def as_document(self) -> Document:
        """A line for each weighted layer, ours beside theirs; what differs is listed below."""
        rows: list[list[Cell]] = []
        for pair in self.pairs:
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
        tones = ["bad" if pair.differences else "" for pair in self.pairs]
        title = f"{self.analysis.network.name} against {self.model}: weighted layers in order of execution"
        document = Document(title, [Table(columns, rows, tones=tones)], self.as_data)
        (ours, theirs), (products, counted) = self.params, self.multiplies
        document.note(*(line for pair in self.pairs for line in _lines(pair)))
        document.note(f"parameters: {ours:,} here, {theirs:,} there")
        document.note(f"multiplies: {products:,} here, {said(counted)} there as torch counts them")
        document.say(self.sentence)
        return document

    def as_data(self) -> dict[str, Any]:
        """The comparison as plain data."""
        layers = [
            {
                "spec": pair.row.path if pair.row else None,
                "model": pair.seen.path if pair.seen else None,
                "differences": pair.differences,
                "moved": pair.moved,
            }
            for pair in self.pairs
        ]
        data: dict[str, Any] = {"name": self.analysis.network.name, "model": self.model, "agrees": self.ok, "layers": layers}
        data |= {"params": {"spec": self.params[0], "model": self.params[1]}}
        data |= {"multiplies": {"spec": self.multiplies[0], "model": self.multiplies[1]}}
        return data


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
