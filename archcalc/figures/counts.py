"""What other conventions count, row by row: the figure of each, and the terms that lead to it from `multiplies`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from archcalc.analysis import Analysis, Row
from archcalc.conventions import TERMS, TOOLS, Convention, Error, named
from archcalc.figures import Figure
from archcalc.layers.base import Count, Shapes
from archcalc.report.document import Cell


def counted(analysis: Analysis, convention: Convention, key: str) -> list[int]:
    """What a column of a convention counts of every row, for the whole batch; equal layers called alike are counted once."""
    known: dict[tuple[int, Shapes, str, bool], int] = {}
    counts: dict[tuple[str, bool], Count] = {}
    found = []
    for row in analysis.rows:
        node = row.node
        at = (id(node.layer), row.inputs, node.called, node.inplace)
        if at not in known:
            way = (node.called, node.inplace)
            if way not in counts:
                counts[way] = convention.counts(*way)[key]
            known[at] = counts[way](node.layer, row.inputs, row.output)
        found.append(0 if node.unrun is not None else known[at] * node.times * analysis.batch)
    return found


def _of_tool(name: str, analysis: Analysis) -> Sequence[Cell]:
    return counted(analysis, named(name), name)


def _of_term(key: str, analysis: Analysis) -> Sequence[Cell]:
    return counted(analysis, analysis.convention, key)


def errors(analysis: Analysis) -> list[str]:
    """What is known to be wrong with the convention and shows in this network."""
    convention = analysis.convention
    if analysis.network.untold is not None:
        return []
    wrong = [error for error in convention.errors if any(_shows(error, row, convention) for row in analysis.rows)]
    said = [f"{convention.tool} is wrong here: {error.text}" for error in wrong]
    parts = [row.path.rpartition(".")[0] or row.path for row in analysis.rows if row.node.called == "part"]
    if parts and convention.watches:
        paths = ", ".join(list(dict.fromkeys(parts))[:3])
        said.append(
            f"{convention.tool} prints another figure: of {paths}, which is one module to it, it counts in a way not known here"
        )
    if convention.watches and any(row.node.shares is not None for row in analysis.rows):
        said.append(f"{convention.tool} prints another figure where one module stands at several places: it counts it at each")
    return said


def _shows(error: Error, row: Row, convention: Convention) -> bool:
    node = row.node
    if node.layer.kind not in error.kinds.split() or node.unrun is not None:
        return False
    if error.called and error.called != node.called:
        return False
    counts = convention.counts(node.called, node.inplace)
    wrong = [key for key in TERMS if key not in ("doubled", "biases", "gates")]
    return any(counts[key](node.layer, row.inputs, row.output) for key in wrong)


FIGURES = (
    *(
        Figure(name, name, f"what `--count {name}` counts", partial(_of_tool, name), "operations", sums=True, first=0, place="")
        for name in TOOLS
    ),
    *(
        Figure(key, key, f"of a convention (`--count`): {doc}", partial(_of_term, key), "operations", sums=True, place="terms")
        for key, doc in TERMS.items()
    ),
)
