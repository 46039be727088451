"""What the torch check found, laid out: as a table, as Markdown, as JSON. Numbers stay numbers until here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from archcalc.pytorch.verdict import DIFFERS, EQUAL, UNSEEN, Check, Checked, Figure

FORMATS = ("table", "markdown", "json")


@dataclass
class Sheet:
    """A table of text with what stands above and below it; `right` says which columns are numbers."""

    title: str
    headings: Sequence[str]
    right: Sequence[bool]
    rows: list[list[str]]
    footer: list[str] = field(default_factory=list)
    marked: dict[int, str] = field(default_factory=dict)

    def plain(self) -> str:
        """Aligned text, never cut."""
        widths = [max(map(len, column)) for column in zip(self.headings, *self.rows, strict=True)]

        def aligned(cells: Sequence[str]) -> str:
            pairs = zip(cells, widths, self.right, strict=True)
            return "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in pairs).rstrip()

        rule = "  ".join("-" * w for w in widths)
        return "\n".join([self.title, "", aligned(self.headings), rule, *map(aligned, self.rows), "", *self.footer])

    def markdown(self) -> str:
        """A Markdown table."""
        from archcalc.report.formats.markdown import escape

        marks = ["---:" if r else ":---" for r in self.right]
        lines = [f"| {' | '.join(escape(c) for c in cells)} |" for cells in [self.headings, marks, *self.rows]]
        footer = [f"- {line.strip()}" for line in self.footer]
        return "\n".join([f"**{self.title}**", "", *lines, "", *footer])

    def show(self) -> None:
        """Prints the table to a terminal, rows that are marked in colour."""
        from rich.box import HORIZONTALS
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        console = Console(highlight=False)
        table = Table(box=HORIZONTALS, pad_edge=False)
        for heading, right in zip(self.headings, self.right, strict=True):
            table.add_column(heading, justify="right" if right else "left", no_wrap=right, overflow="fold")
        for number, row in enumerate(self.rows):
            table.add_row(*(Text(cell) for cell in row), style=self.marked.get(number, ""))
        console.print(Text(self.title, style="bold"))
        console.print(table)
        for line in self.footer:
            console.print(Text(line))


def number(n: int | None) -> str:
    """Thousands apart; a question mark for what is not known."""
    return "?" if n is None else f"{n:,}"


def shape(value: tuple[int, ...] | None) -> str:
    """A shape with ×."""
    return "?" if value is None else "×".join(map(str, value))


def where(check: Check) -> str:
    """Where it ran: device, card, dtype, batch, torch's version."""
    import torch

    seen = check.observation
    card = f" ({torch.cuda.get_device_name()})" if seen.device == "cuda" else ""
    return f"torch {torch.__version__} on {seen.device}{card}, {seen.dtype}, batch {seen.batch}"


def check_sheet(check: Check) -> Sheet:
    """A line a layer: our figures and torch's verdict; below, both figures and our working wherever they differ."""
    rows: list[list[str]] = []
    marked: dict[int, str] = {}
    for checked in [*check.rows, check.total]:
        named = {f.name: f for f in checked.figures}
        shown = ("output", "params", "params_without_bias", "multiplies")
        cells = [checked.path, *(_cell(named.get(name)) for name in shown)]
        verdict = checked.verdict
        notes = "; ".join(note for note in checked.notes if not checked.refusal and note != verdict)
        rows.append([*cells, f"{verdict} ({notes})" if notes else verdict])
        if verdict != EQUAL:
            marked[len(rows) - 1] = "bold red" if verdict == DIFFERS else "yellow"
    headings = ("layer", "output", "params", "without bias", "multiplies", "torch")
    sheet = Sheet(
        f"{check.analysis.network.name}: {where(check)}", headings, (False, False, True, True, True, False), rows, [], marked
    )
    for checked in [*check.rows, check.total]:
        if checked.verdict == DIFFERS:
            sheet.footer += differences(checked)
    sheet.footer.append(summary(check))
    return sheet


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return ""
    written = shape if figure.name == "output" else number
    if figure.verdict == DIFFERS:
        return f"{written(figure.ours)} ≠ {written(figure.torch)}"
    return written(figure.ours)


def differences(checked: Checked) -> list[str]:
    """Each figure that differs: ours, torch's, and the working of ours."""
    lines = [f"{checked.path} differs"]
    if checked.refusal:
        lines.append(f"  torch refuses it: {checked.refusal}")
        return lines
    for figure in checked.figures:
        if figure.verdict != DIFFERS:
            continue
        ours, theirs = _both(figure)
        lines.append(f"  {figure.name.replace('_', ' ')}: archcalc {ours}, torch {theirs}")
        lines += [f"    {line}" for line in figure.working]
    return lines


def _both(figure: Figure) -> tuple[str, str]:
    """Both sides of a figure as text; of two sets of tensors only what is not in both."""
    ours, theirs = figure.ours, figure.torch
    if isinstance(ours, dict):
        left = ", ".join(f"{k} {shape(v)}" for k, v in ours.items() if theirs.get(k) != v)
        right = ", ".join(f"{k} {shape(v)}" for k, v in theirs.items() if ours.get(k) != v)
        return left or "none", right or "none"
    if isinstance(ours, list):
        return ", ".join(sorted(set(ours) - set(theirs))) or "none", ", ".join(sorted(set(theirs) - set(ours))) or "none"
    written = shape if isinstance(ours, tuple) else number
    return written(ours), written(theirs)


def summary(check: Check) -> str:
    """The verdict in one line."""
    tally = check.tally
    counts = f"{tally[EQUAL]} layers equal, {tally[DIFFERS]} differ, {tally[UNSEEN]} not observed"
    total = {f.name: f.verdict for f in check.total.figures}
    word = "archcalc and torch agree" if check.agrees else "archcalc and torch do not agree"
    unseen = [name.replace("_", " ") for name, verdict in total.items() if verdict == UNSEEN]
    return f"{word}: {counts}" + (f"; total {', '.join(unseen)} not observed" if unseen else "")


def check_json(check: Check) -> str:
    """The whole comparison as JSON; shapes are lists."""
    seen = check.observation
    data = {
        "name": check.analysis.network.name,
        "agrees": check.agrees,
        "device": seen.device,
        "dtype": seen.dtype,
        "batch": seen.batch,
        "tally": check.tally,
        "total": _entry(check.total),
        "layers": [_entry(checked) for checked in check.rows],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _entry(checked: Checked) -> dict[str, Any]:
    figures = {
        f.name: {"archcalc": f.ours, "torch": f.torch, "verdict": f.verdict}
        | ({"note": f.note} if f.note else {})
        | ({"working": f.working} if f.working else {})
        for f in checked.figures
    }
    entry = {"path": checked.path, "verdict": checked.verdict, "figures": figures}
    return entry | ({"refusal": checked.refusal} if checked.refusal else {})
