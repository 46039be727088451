"""What the torch check found, laid out. Numbers stay numbers until a format writes them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from archcalc.pytorch.measured import add_measured
from archcalc.report.answer import Answer
from archcalc.report.cells import shape
from archcalc.report.document import Cell, Column, Document, Heading, Maths, Sum, Table

if TYPE_CHECKING:
    from archcalc.analysis import Analysis, Row
    from archcalc.pytorch.measure import Measured
    from archcalc.pytorch.run import Observation

EQUAL, DIFFERS, UNSEEN = "equal", "differs", "not observed"
COLUMNS = {"output": "shape", "params": "count", "params_without_bias": "count", "multiplies": "count"}


@dataclass
class Figure:
    """One figure from both sides. `working` is ours, given where they differ; `note` says why torch's is missing."""

    name: str
    ours: Any
    torch: Any
    verdict: str
    note: str = ""
    working: list[str] = field(default_factory=list)


@dataclass
class Checked:
    """One row of the table with torch's answer; `row` is None for the totals."""

    path: str
    row: Row | None
    figures: list[Figure]
    refusal: str = ""
    skipped: str = ""

    @property
    def verdict(self) -> str:
        """differs where anything does; not observed where nothing was; equal otherwise."""
        found = {figure.verdict for figure in self.figures}
        if self.refusal or DIFFERS in found:
            return DIFFERS
        return EQUAL if EQUAL in found else UNSEEN

    @property
    def notes(self) -> list[str]:
        """What torch could not say, and its refusal."""
        said = [f"torch refuses it: {self.refusal}"] if self.refusal else []
        said += [self.skipped] if self.skipped else []
        return said + [f"{f.name.replace('_', ' ')} {f.note}" for f in self.figures if f.note]


@dataclass(repr=False)
class Check(Answer):
    """The whole comparison: a row a layer, and the totals. `measured` is what time and memory it took, where that was asked."""

    analysis: Analysis
    observation: Observation
    rows: list[Checked]
    total: Checked
    measured: Measured | None = None

    @property
    def ok(self) -> bool:
        """Whether no row, nor the total, differs."""
        return all(checked.verdict != DIFFERS for checked in [*self.rows, self.total])

    @property
    def tally(self) -> dict[str, int]:
        """How many layers are equal, differ, were not observed."""
        return {v: sum(1 for c in self.rows if c.verdict == v) for v in (EQUAL, DIFFERS, UNSEEN)}

    @property
    def sentence(self) -> str:
        """The verdict in one line."""
        tally = self.tally
        counts = f"{tally[EQUAL]} layers equal, {tally[DIFFERS]} differ, {tally[UNSEEN]} not observed"
        total = {f.name: f.verdict for f in self.total.figures}
        word = "archcalc and torch agree" if self.ok else "archcalc and torch do not agree"
        unseen = [name.replace("_", " ") for name, verdict in total.items() if verdict == UNSEEN]
        return f"{word}: {counts}" + (f"; total {', '.join(unseen)} not observed" if unseen else "")

    def as_document(self) -> Document:
        """A line a layer: our figures and torch's verdict; below, both figures and our working wherever they differ."""
        every = [*self.rows, self.total]
        rows: list[list[Cell]] = []
        for checked in every:
            named = {f.name: f for f in checked.figures}
            notes = "; ".join(note for note in checked.notes if not checked.refusal and note != checked.verdict)
            verdict = f"{checked.verdict} ({notes})" if notes else checked.verdict
            rows.append([checked.path, *(_cell(named.get(name)) for name in COLUMNS), verdict])
        headings = {"params_without_bias": "without bias"}
        columns = [Column(headings.get(name, name), kind, key=name) for name, kind in COLUMNS.items()]
        tones = [{EQUAL: "", DIFFERS: "bad"}.get(checked.verdict, "warn") for checked in every]
        table = Table([Column("layer", "name"), *columns, Column("torch", "prose", first=0)], rows, tones=tones)
        document = Document(f"{self.analysis.network.name}: {where(self)}", [table], self.as_data)
        for checked in every:
            if checked.verdict == DIFFERS:
                document.add(Heading(f"{checked.path} differs"), Maths(differences(checked)))
        document.say(self.sentence)
        if self.measured is not None:
            add_measured(self.measured, document)
        return document

    def as_data(self) -> dict[str, Any]:
        """The whole comparison as plain data; shapes are lists."""
        seen = self.observation
        data: dict[str, Any] = {
            "name": self.analysis.network.name,
            "agrees": self.ok,
            "device": seen.device,
            "dtype": seen.dtype,
            "batch": seen.batch,
            "tally": self.tally,
            "total": _entry(self.total),
            "layers": [_entry(checked) for checked in self.rows],
        }
        return data if self.measured is None else data | {"measured": asdict(self.measured)}


def where(check: Check) -> str:
    """Where it ran: device, card, dtype, batch, torch's version."""
    import torch

    seen = check.observation
    card = f" ({torch.cuda.get_device_name()})" if seen.device == "cuda" else ""
    return f"torch {torch.__version__} on {seen.device}{card}, {seen.dtype}, batch {seen.batch}"


def _cell(figure: Figure | None) -> Cell:
    if figure is None:
        return None
    if figure.verdict == DIFFERS:
        return f"{said(figure.ours)} ≠ {said(figure.torch)}"
    return "?" if figure.ours is None else figure.ours


def said(value: int | tuple[int, ...] | None) -> str:
    """A count or a shape as text; a question mark for what is not known."""
    return "?" if value is None else shape(value) if isinstance(value, tuple) else f"{value:,}"


def differences(checked: Checked) -> list[Sum]:
    """Each figure that differs: ours, torch's, and the working of ours."""
    if checked.refusal:
        return [Sum(f"torch refuses it: {checked.refusal}")]
    lines = []
    for figure in checked.figures:
        if figure.verdict == DIFFERS:
            ours, theirs = _both(figure)
            lines.append(Sum(f"{figure.name.replace('_', ' ')}: archcalc {ours}, torch {theirs}"))
            lines += [Sum(f"  {line}") for line in figure.working]
    return lines


def _both(figure: Figure) -> tuple[str, str]:
    """Both sides of a figure as text; of two sets of tensors only what is not in both."""
    ours, theirs = figure.ours, figure.torch
    if isinstance(ours, dict):
        left = ", ".join(f"{k} {said(v)}" for k, v in ours.items() if theirs.get(k) != v)
        right = ", ".join(f"{k} {said(v)}" for k, v in theirs.items() if ours.get(k) != v)
        return left or "none", right or "none"
    if isinstance(ours, list):
        return ", ".join(sorted(set(ours) - set(theirs))) or "none", ", ".join(sorted(set(theirs) - set(ours))) or "none"
    return said(ours), said(theirs)


def _entry(checked: Checked) -> dict[str, Any]:
    figures = {
        f.name: {"archcalc": f.ours, "torch": f.torch, "verdict": f.verdict}
        | ({"note": f.note} if f.note else {})
        | ({"working": f.working} if f.working else {})
        for f in checked.figures
    }
    entry = {"path": checked.path, "verdict": checked.verdict, "figures": figures}
    return entry | ({"refusal": checked.refusal} if checked.refusal else {})
