"""An analysis as a document and as data: the main table of any view, its columns the figures of the table of figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from archcalc.analysis import Analysis, Row
from archcalc.conventions import PAPER
from archcalc.figures import ALWAYS, VIEWS, Figure, chosen, figure, read_columns
from archcalc.layers.kinds import LARGEST
from archcalc.report import write
from archcalc.report.cells import shape
from archcalc.report.document import Branch, Cell, Column, Document, Maths, Remark, Table
from archcalc.text.amounts import between, one_of
from archcalc.text.source import Span


def lay_out(
    analysis: Analysis, keys: Sequence[str] = VIEWS["params"], depth: int | None = None, notes: Sequence[str] = ()
) -> Document:
    """The table of these figures with what was counted below; groups at more than `depth` levels are folded into one row each."""
    figures = chosen(analysis, keys)
    document = Document(title(analysis), data=partial(as_data, analysis, figures))
    document.add(*(Remark(f"note: {note}") for note in analysis.notes), table(analysis, figures, depth))
    per = "for one input" if analysis.batch == 1 else f"for a batch of {analysis.batch}"
    if analysis.convention.terms:
        from archcalc.figures.counts import errors

        document.note(f"{PAPER.footer}, {per}")
        summed = f"; multiplies and the columns behind it add up to {analysis.convention.name}"
        document.note(f"{analysis.convention.footer}{summed}", *errors(analysis), *notes)
    else:
        document.note(f"{analysis.convention.footer}, {per}", *notes)
    uncounted = [row for row in analysis.rows if not row.operations.complete]
    if uncounted and analysis.convention.every:
        document.note(f"at least: the work of {_first(row.path for row in uncounted)} has no count in these terms")
    lacking: dict[tuple[str, ...], list[str]] = {}
    for f in figures:
        unknown = analysis.unknown(f.key)
        if f.sums and 0 < len(unknown) < len(analysis.rows):
            lacking.setdefault(tuple(row.path for row in unknown), []).append(f.column(analysis).heading)
    for paths, headings in lacking.items():
        document.note(f"{' and '.join(headings)}: at least so many; those of {_first(paths)} are unknown (?)")
    return document


def _first(paths: Iterable[str]) -> str:
    """The first of these paths."""
    found = list(paths)
    return f"{', '.join(found[:3])}{' …' if len(found) > 3 else ''}"


def title(analysis: Analysis) -> str:
    """The network and its inputs."""
    inputs = {name: shape(size) for name, size in analysis.network.inputs.items()}
    named = [f"{name} {size}" for name, size in inputs.items()] if len(inputs) > 1 else [f"input {s}" for s in inputs.values()]
    batch = f", batch {analysis.batch}" if analysis.batch != 1 else ""
    return f"{analysis.network.name}: {', '.join(named) or 'input unknown'}{batch}"


def table(analysis: Analysis, figures: Sequence[Figure], depth: int | None = None) -> Table:
    """A row a layer as a tree of blocks, and the totals of the figures that add up."""
    values = [figure.values(analysis) for figure in figures]
    rows: list[list[Cell]] = []
    tree: list[Branch] = []
    tones: list[str] = []
    places: list[Row | None] = []
    groups = analysis.network.groups
    folds: dict[int, list[int]] = {}  # the rows of the table that stand for several of the analysis

    def group(path: str, level: int, label: str) -> None:
        rows.append([path, "group", *(groups.get(path, "") if f.key == "settings" else None for f in figures)])
        tree.append(Branch(level, label, opens=True))
        tones.append("")
        places.append(None)

    opened: list[str] = []
    fold = ""
    for at, row in enumerate(analysis.rows):
        if fold and row.path.startswith(fold):
            folds[len(rows) - 1].append(at)
            continue
        fold = ""
        parts = row.path.split(".")[:-1] if "." in row.path else []
        common = 0
        while common < min(len(parts), len(opened)) and parts[common] == opened[common]:
            common += 1
        del opened[common:]
        for level in range(common, len(parts)):
            path = ".".join(parts[: level + 1])
            group(path, level, parts[level])
            opened.append(parts[level])
            if depth is not None and level + 2 > depth:
                tree[-1] = Branch(level, parts[level])
                folds[len(rows) - 1] = [at]
                fold = path + "."
                break
        if not fold:
            rows.append([row.path, row.layer.kind, *(value[at] for value in values)])
            tree.append(Branch(len(parts), row.name))
            tones.append("" if row.params or row.multiplies else "quiet")
            places.append(row)
    for place, inside in folds.items():
        for i, (f, value) in enumerate(zip(figures, values, strict=True), 2):
            if f.key == "settings":
                rows[place][i] = f"{rows[place][i]} ({len(inside)} layers)"
            else:
                rows[place][i] = f.total([value[j] for j in inside]) if f.sums or f.most else value[inside[f.fold]]
    total: list[Cell] = ["total", "", *(f.total(value) for f, value in zip(figures, values, strict=True))]

    def unfold(at: int) -> Maths | None:
        from archcalc.figures.working import maths

        row = places[at] if analysis.network.untold is None else None
        made = maths(row, analysis) if row is not None else None
        return made if made is not None and len(made.lines) > 1 else None  # a shape alone is no working

    columns = [Column("layer", "name"), Column("type", data=True), *(f.column(analysis) for f in figures)]
    return Table(columns, rows, total=total, tree=tree, tones=tones, unfold=unfold, choose="--columns output,…")


def as_data(analysis: Analysis, figures: Sequence[Figure] = ()) -> dict[str, Any]:
    """The analysis as plain data: shapes are lists of integers without the batch, work is for the whole batch.

    Of the figures it always has those of `ALWAYS`, beside them those asked for; one that cannot be known is null, and the total
    of its kind then is at least so much.
    """
    network = analysis.network
    rows = analysis.rows
    shapes = dict(network.inputs) | {r.path: r.output for r in rows if "output" not in r.unknown}
    layers = [_layer(row, analysis) for row in rows]
    totals: dict[str, Any] = {}
    for f in [*map(figure, ALWAYS), *(f for f in figures if f.place or (f.sums and f.key not in ALWAYS))]:
        values = f.values(analysis)
        for layer, value in zip(layers, values, strict=True):
            (layer.setdefault(f.place, {}) if f.place else layer)[f.key] = _plain(value)
        if f.sums or f.most:
            (totals.setdefault(f.place, {}) if f.place else totals)[f.key] = _plain(f.total(values))
    if "operations" in totals:
        totals["operations"]["complete"] = all(row.operations.complete for row in rows)
    return {
        "name": network.name,
        "inputs": {name: list(size) for name, size in network.inputs.items()},
        "outputs": {name: list(shapes[name]) for name in network.output_names() if name in shapes},
        "batch": analysis.batch,
        "totals": totals,
        "layers": layers,
        "convention": {"name": analysis.convention.name, "counted": analysis.convention.footer},
        "notes": list(analysis.notes),
    }


def _plain(cell: Cell) -> Any:
    return list(cell) if isinstance(cell, tuple) else None if cell == "?" else cell


def _layer(row: Row, analysis: Analysis) -> dict[str, Any]:
    node, span = row.node, row.node.span
    names = list(analysis.network.inputs)
    reads = [analysis.network.nodes[i].path if i >= 0 else names[-1 - i] for i in node.inputs]
    return {
        "name": row.name,
        "path": row.path,
        "type": row.layer.kind,
        "settings": str(row.layer),
        "reads": reads,
        "input": list(row.inputs[0]) if row.inputs else None,
        "inputs": [list(size) for size in row.inputs],
        "output": None if "output" in row.unknown else list(row.output),
        "params": 0,
        "params_without_bias": 0,
        "multiplies": 0,
        "weights": {w.name: list(w.shape) for w in row.weights if w.learned},
        "shares_weights_of": None if node.shares is None else analysis.network.nodes[node.shares].path,
        "inserted": node.inserted,
        "source": _place(span) if span else None,
    }


def _place(span: Span) -> dict[str, Any]:
    """Where a row is written, as plain data; in a notebook with the cell."""
    cell, line = span.source.numbered(span.line)
    return {"file": span.source.name, **({"cell": int(cell[5:-1])} if cell else {}), "line": line, "column": span.column}


def _as(analysis: Analysis, format: str, view: str, depth: int | None, columns: str | Sequence[str] | None) -> str:
    one_of(view, "view", VIEWS)
    if depth is not None:
        between(depth, "depth", 1, LARGEST)
    keys = VIEWS[view] if columns is None else read_columns(columns if isinstance(columns, str) else ",".join(columns))
    return write(lay_out(analysis, keys, depth), format)


def to_table(
    analysis: Analysis, view: str = "params", depth: int | None = None, *, columns: str | Sequence[str] | None = None
) -> str:
    """The analysis as a plain aligned table.

    `view` is params, shapes or multiplies; groups below `depth` are folded; `columns` are figures in the place of the view's.
    """
    return _as(analysis, "table", view, depth, columns)


def to_markdown(
    analysis: Analysis, view: str = "params", depth: int | None = None, *, columns: str | Sequence[str] | None = None
) -> str:
    """The analysis as a Markdown table."""
    return _as(analysis, "markdown", view, depth, columns)


def to_csv(
    analysis: Analysis, view: str = "params", depth: int | None = None, *, columns: str | Sequence[str] | None = None
) -> str:
    """The analysis as comma-separated values."""
    return _as(analysis, "csv", view, depth, columns)


def to_json(
    analysis: Analysis, view: str = "params", depth: int | None = None, *, columns: str | Sequence[str] | None = None
) -> str:
    """The analysis as JSON; depth changes nothing: JSON is complete."""
    return _as(analysis, "json", view, depth, columns)


def to_latex(
    analysis: Analysis, view: str = "params", depth: int | None = None, *, columns: str | Sequence[str] | None = None
) -> str:
    """The analysis as a LaTeX tabular."""
    return _as(analysis, "latex", view, depth, columns)


def to_html(
    analysis: Analysis, view: str = "params", depth: int | None = None, *, columns: str | Sequence[str] | None = None
) -> str:
    """The analysis as one HTML page: blocks fold, a layer opens on its working."""
    return _as(analysis, "html", view, depth, columns)
