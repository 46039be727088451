"""A paper's table: a row a block. What is a stride holds for the first of a row's repeats; the others have 1."""

from __future__ import annotations

import re
from functools import partial

from archcalc.notations.own import phrase as phrases
from archcalc.notations.own.expand import library
from archcalc.notations.own.expand.scope import Scope
from archcalc.notations.own.expand.strides import block_strides, stride_names
from archcalc.notations.own.expand.use import use_block
from archcalc.notations.own.expand.values import guard, here, is_follower, placed, read_variable
from archcalc.notations.own.expand.work import MOST_MADE, Work
from archcalc.notations.own.expression import Term, UnknownShape, evaluate
from archcalc.notations.own.phrase import Form, Given, Lexicon, Phrase, PhraseFault, Word
from archcalc.notations.own.tree import List, Map, Scalar, Value, kind_of
from archcalc.text.faults import ValueFault, suggestions

KEYS = ("block", "layers", "columns", "rows", "with")


def expand_table(x: Work, value: Value, scope: Scope, current: int | None) -> int | None:
    """A paper's table: a row a block; column `n` repeats it, all but the first time with stride 1."""
    if not isinstance(value, Map):
        x.fault(
            "table is a mapping",
            value.span(),
            "table: {block: inverted_residual, columns: t c n s, rows: [1 16 1 1]}",
        )
        return None
    wrong_key = next((key for key, _ in value.entries if key.text not in KEYS), None)
    if wrong_key is not None:
        x.fault(f"table has no '{wrong_key.text}'", wrong_key.span(), *(suggestions(wrong_key.text, KEYS) or KEYS))
        return None
    block, columns, rows = value.get("block"), value.get("columns"), value.get("rows")
    layers, more = value.get("layers"), value.get("with")
    if not isinstance(columns, Scalar | List) or not isinstance(rows, List) or (block is None) == (layers is None):
        x.fault("a table needs `columns`, `rows`, and `block` or `layers`", value.span(), "columns: t c n s")
        return None
    if block is not None and not isinstance(block, Scalar):
        x.fault(f"the block of a table is its name, not {kind_of(block)}", block.span(), "block: inverted_residual")
        return None
    if more is not None and not isinstance(more, Map):
        x.fault(f"`with` is a mapping of arguments to values, not {kind_of(more)}", more.span(), "with: {out: 2*c}")
        return None
    if isinstance(columns, Scalar):
        heads = columns.text.replace(",", " ").split()
    else:
        heads = [c.text for c in columns.items if isinstance(c, Scalar)]
    form = library.form_of(x, block.text) if isinstance(block, Scalar) else None
    if isinstance(block, Scalar) and form is None:
        x.fault(
            f"unknown block '{block.text}'",
            block.span(),
            *(suggestions(block.text, library.block_names(x)) or ["`archcalc blocks` for those there are"]),
        )
        return None
    if twice := [head for n, head in enumerate(heads) if head in heads[:n]]:
        x.fault(f"the column '{twice[0]}' stands twice", columns.span(), "one of the two")
        return None
    used = set(form.slots if form else ()) | {"n"} | words_of(layers) | words_of(more)
    unused = next((head for head in heads if head not in used), None)
    if unused is not None:
        whose = f"{form.word} has no argument '{unused}'" if form else f"the layers do not use '{unused}'"
        also = ", and `with` does not use it" if more else ""
        near = suggestions(unused, sorted(used)) or list(form.slots if form else words_of(layers))[:8]
        x.fault(whose + also, columns.span(), *(near or ["the columns without it"]))
        return None
    for key, _ in more.entries if isinstance(more, Map) else []:
        if key.text not in (form.slots if form else words_of(layers)):
            whose = f"{form.word} has no argument '{key.text}'" if form else f"the layers do not use '{key.text}'"
            near = suggestions(key.text, sorted(form.slots if form else words_of(layers)))
            x.fault(whose, key.span(), *(near or [f"the table without {key.text}"]))
            return None
    for row in rows.items:
        x.spend(30, row)
        cells = row_cells(x, row)
        if len(cells) != len(heads):
            x.fault(f"{len(cells)} values under {len(heads)} columns {' '.join(heads)}", row.span(), f"{len(heads)} values")
            continue
        current = expand_row(x, dict(zip(heads, cells, strict=True)), row, form, layers, more, scope, current)
    return current


def words_of(value: Value | None) -> set[str]:
    """Every word that stands in a part of the text."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        at = waiting.pop()
        if isinstance(at, Scalar):
            found |= set(re.findall(r"[^\W\d]\w*", at.text))
        elif isinstance(at, List):
            waiting += at.items
        elif isinstance(at, Map):
            waiting += [part for entry in at.entries for part in entry]
    return found


def row_cells(x: Work, row: Value) -> list[str]:
    """The values of a row, written as a line or as a list."""
    if isinstance(row, Scalar):
        try:
            return [word for word, _, _ in phrases.tokens(row.text)]
        except PhraseFault:
            return []
    return [cell.text for cell in row.items if isinstance(cell, Scalar)] if isinstance(row, List) else []


def expand_row(
    x: Work,
    cells: dict[str, str],
    row: Value,
    form: Form | None,
    layers: Value | None,
    more: Value | None,
    scope: Scope,
    current: int | None,
) -> int | None:
    """The blocks or layers of one row, as often as its `n` says."""
    place = row if isinstance(row, Scalar) else Scalar("", row.source, row.line, row.column, 1)
    try:
        at = here(x, scope, current).variables
        values: dict[str, Term] = {name: read_variable(text, at) for name, text in cells.items()}
        extra = {}
        for key, value in more.entries if isinstance(more, Map) else []:
            if not isinstance(value, Scalar):
                raise ValueFault(f"{key.text} under `with` is one value, not {kind_of(value)}", f"with: {{{key.text}: 2*c}}")
            x.computed.add(-1 if current is None else current)
            known = {**at, **values}
            word = value.text not in known and is_follower(value.text, scope.lexicon)
            with placed(value):
                extra[key.text] = value.text if word else evaluate(value.text, known)
    except UnknownShape:
        return None
    except ValueFault as error:
        x.wrong(error, place.span())
        return None
    times = values.pop("n", 1)
    if not isinstance(times, int) or times < 0 or times > MOST_MADE - x.made:
        x.fault(f"n is a whole number of repeats up to {MOST_MADE:,}, not {times}", place.span(), "1")
        return None
    if layers is not None:
        names = frozenset([*scope.variables, *values, *extra])
        lexicon = Lexicon(names, partial(library.form_of, x), partial(library.block_names, x))
        inner = Scope(scope.prefix, {**scope.variables, **values, **extra}, lexicon, scope.parent, scope.block)
        inner.names = scope.names
        strides = stride_names(x, layers, lexicon) & values.keys() if times > 1 else set()
        for index in range(times):
            x.made += 1
            if index == 1:
                inner.variables |= dict.fromkeys(strides, 1)
            current = x.items(x, layers, inner, current)
        return current
    assert form is not None
    given = {form.slots[k].name: (form.slots[k], v) for k, v in {**values, **extra}.items() if k in form.slots}
    strides = block_strides(x, form.block) & given.keys() if times > 1 else set()
    for index in range(times):
        x.made += 1
        if index == 1:
            given |= {name: (given[name][0], 1) for name in strides}
        givens = [
            Given(slot, value if not isinstance(value, str) else Word(value), 0, len(place.text))
            for slot, value in given.values()
        ]
        if current is None:
            return None
        phrase = Phrase(form, givens, 0, max(1, len(place.text)))
        current = guard(x, partial(use_block, x, phrase, scope, current, place, None), place)
    return current
