"""What a report shows: its rows as a tree, and its columns as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from archcalc.analysis import Analysis, Row
from archcalc.layers.base import Shape

Cell = str | int | float | Shape | None


class Column(NamedTuple):
    """A column: its key, its heading, how to get it from a row, which sums make sense, how it is aligned."""

    key: str
    heading: str
    get: Callable[[Row, Analysis], Cell]
    sums: bool = False
    right: bool = False
    optional: bool = False  # left out where a terminal is too narrow


def _output(row: Row, analysis: Analysis) -> Shape | None:
    if row.node.unrun is not None:
        return None
    return row.output if analysis.batch == 1 else (analysis.batch, *row.output)


def _input(row: Row, analysis: Analysis) -> str:
    return " + ".join("×".join(map(str, shape)) for shape in row.inputs)


def _share(row: Row, analysis: Analysis) -> float:
    total = analysis.totals.multiplies
    return row.multiplies / total if total else 0.0


def _written(row: Row, analysis: Analysis) -> str:
    text = str(row.layer)
    if row.node.inserted:
        return f"{text} (inserted)"
    if row.node.shares is not None:
        return f"{text} (weights of {analysis.network.nodes[row.node.shares].path})"
    if row.node.tied:
        named = ", ".join(
            f"{name} of {analysis.network.nodes[i].path}" if i >= 0 else f"{name} given" for name, i in row.node.tied.items()
        )
        text = f"{text} ({named})"
    if row.node.times != 1:
        text = f"{text} ({row.node.times} times)"
    return f"{text} (not run)" if row.node.unrun is not None else text


def _counted(key: str) -> Callable[[Row, Analysis], Cell]:
    """A kind of element-wise operation of the whole batch; ? where a function has no count in these terms."""

    def get(row: Row, analysis: Analysis) -> Cell:
        operations = row.operations
        n = {
            "multiplications": operations.products + operations.multiplications,
            "additions": operations.sums + operations.additions,
            "bias_additions": operations.biases,
        }.get(key)
        if n is None:
            n = getattr(operations, key)
        return n * analysis.batch if operations.complete or n else "?"

    return get


OPERATIONS = ("multiplications", "additions", "bias_additions", "comparisons", "divisions", "exponentials")

COLUMNS: dict[str, Column] = {
    c.key: c
    for c in (
        Column("settings", "settings", _written, optional=True),
        Column("input", "input", _input),
        Column("output", "output", _output),
        Column("params", "params", lambda r, a: r.params, sums=True, right=True),
        Column("params_without_bias", "without bias", lambda r, a: r.params_without_bias, sums=True, right=True),
        Column("multiplies", "multiplies", lambda r, a: r.multiplies * a.batch, sums=True, right=True),
        Column("share", "share", _share, sums=True, right=True),
        *(Column(key, key.replace("_", " "), _counted(key), sums=True, right=True) for key in OPERATIONS),
    )
}

VIEWS: dict[str, tuple[str, ...]] = {
    "params": ("settings", "output", "params", "params_without_bias", "multiplies"),
    "shapes": ("settings", "input", "output"),
    "multiplies": ("settings", "output", "multiplies", "share", "params"),
}


class Line:
    """A line of a report: `row` is None for a group. A folded group carries the sums of what is in it."""

    __slots__ = ("cells", "depth", "folded", "label", "path", "row")

    def __init__(self, label: str, path: str, depth: int, row: Row | None, cells: list[Cell]) -> None:
        self.label = label
        self.path = path
        self.depth = depth
        self.row = row
        self.cells = cells
        self.folded = False


class Layout:
    """A report before it is written."""

    def __init__(
        self,
        analysis: Analysis,
        view: str,
        columns: tuple[Column, ...],
        lines: list[Line],
        totals: list[Cell],
        notes: tuple[str, ...] = (),
    ) -> None:
        self.analysis = analysis
        self.view = view
        self.columns = columns
        self.lines = lines
        self.totals = totals
        self.notes = notes

    @property
    def title(self) -> str:
        """The network and its inputs."""
        analysis = self.analysis
        inputs = analysis.network.inputs
        shapes = [("×".join(map(str, s))) for s in inputs.values()]
        named = [f"{n} {s}" for n, s in zip(inputs, shapes, strict=True)] if len(inputs) > 1 else [f"input {s}" for s in shapes]
        batch = f", batch {analysis.batch}" if analysis.batch != 1 else ""
        return f"{analysis.network.name}: {', '.join(named)}{batch}"

    @property
    def said(self) -> list[str]:
        """What was assumed: it stands under the title, where it is seen."""
        return [f"note: {note}" for note in self.analysis.notes]

    @property
    def footer(self) -> list[str]:
        """What was counted."""
        per = "for one input" if self.analysis.batch == 1 else f"for a batch of {self.analysis.batch}"
        notes = []
        unknown = [row.path for row in self.analysis.rows if not row.operations.complete]
        if unknown and self.analysis.convention.every:
            named = f"{', '.join(unknown[:3])}{' …' if len(unknown) > 3 else ''}"
            notes.append(f"at least: the work of {named} has no count in these terms")
        return [f"{self.analysis.convention.footer}, {per}", *self.notes, *notes]


def lay_out(
    analysis: Analysis,
    view: str = "params",
    depth: int | None = None,
    extra: tuple[Column, ...] = (),
    notes: tuple[str, ...] = (),
) -> Layout:
    """The layout of an analysis under a view; groups at more than `depth` levels are folded into one line each.

    The convention's columns stand where the multiplies stand; `extra` columns come last, `notes` below the table.
    """
    keys = [k for key in VIEWS[view] for k in (analysis.convention.columns if key == "multiplies" else (key,))]
    columns = (*(COLUMNS[key] for key in keys), *extra)
    lines: list[Line] = []
    open_groups: list[str] = []
    folded: list[Row] = []

    def close_fold() -> None:
        if folded:
            lines[-1].cells = [_folded(c, folded, analysis, lines[-1].path) for c in columns]
            folded.clear()

    fold_path = ""
    for row in analysis.rows:
        parts = row.path.split(".")[:-1] if "." in row.path else []
        if fold_path and not row.path.startswith(fold_path + "."):
            close_fold()
            fold_path = ""
        if fold_path:
            folded.append(row)
            continue
        common = 0
        while common < min(len(parts), len(open_groups)) and parts[common] == open_groups[common]:
            common += 1
        open_groups = open_groups[:common]
        for level in range(common, len(parts)):
            path = ".".join(parts[: level + 1])
            lines.append(Line(parts[level], path, level, None, [_heading(c, path, analysis) for c in columns]))
            open_groups.append(parts[level])
            if depth is not None and level + 1 > depth - 1:
                lines[-1].folded = True
                fold_path = path
                folded.append(row)
                break
        if not fold_path:
            lines.append(Line(row.name, row.path, len(parts), row, [c.get(row, analysis) for c in columns]))
    close_fold()
    return Layout(analysis, view, columns, lines, [_total(c, analysis.rows, analysis) for c in columns], notes)


def _heading(column: Column, path: str, analysis: Analysis) -> Cell:
    """A cell of an open group's line: how it was written, and no figures, so that a column adds up to its total."""
    return analysis.network.groups.get(path, "") if column.key == "settings" else None


def _folded(column: Column, rows: list[Row], analysis: Analysis, path: str) -> Cell:
    if column.sums:
        return _total(column, rows, analysis)
    if column.key == "settings":
        return f"{analysis.network.groups.get(path, '')} ({len(rows)} layers)"
    if column.key == "output":
        return column.get(rows[-1], analysis)
    return column.get(rows[0], analysis)


def _total(column: Column, rows: Any, analysis: Analysis) -> Cell:
    if not column.sums:
        return None
    values = [column.get(row, analysis) for row in rows]
    return sum(v for v in values if isinstance(v, int | float))


def shown(cell: Cell, times: str = "×") -> str:
    """A cell as a person reads it: thousands apart, shapes with ×, shares in percent."""
    if cell is None:
        return ""
    if isinstance(cell, tuple):
        return times.join(map(str, cell))
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        return f"{100 * cell:.1f} %"
    return cell
