"""Several networks in one text: names that carry settings (`names`), and variables that follow from another (`variants`).

    names:
      resnet18: {depth: 18}
      "resnext50_32x4d, resnext50": {depth: 50, groups: 32, width: 4, name: ResNeXt-50 32x4d}
    variants:                          # the first column decides, the others follow
      columns: depth block conv2 conv3
      rows: [18 basic 2 2, 50 bottleneck 3 4]

`file.yaml:resnet18` asks for one by its name.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.network.names import part
from archcalc.notations.own.expand.paper import row_cells
from archcalc.notations.own.expand.values import read_variable, short
from archcalc.notations.own.expand.work import Work
from archcalc.notations.own.expression import Term
from archcalc.notations.own.tree import List, Map, Scalar, kind_of
from archcalc.text.faults import ValueFault, suggestions
from archcalc.text.source import Span

ABOUT = ("name", "source")  # what a named network may say of itself beside its variables


def named(tree: Map) -> dict[str, tuple[Scalar, Map]]:
    """Every name of a text, other spellings too, with the key it stands in and what it sets. Of what is well formed."""
    given = tree.get("names")
    return {
        name.strip(): (key, value)
        for key, value in (given.entries if isinstance(given, Map) else [])
        if isinstance(value, Map)
        for name in key.text.split(",")
    }


def chosen(x: Work, tree: Map) -> dict[str, Scalar]:
    """What the network that is asked for by its name sets. Stops the expansion where there is none of that name."""
    given, asked = tree.get("names"), tree.source.asked
    if given is not None and not isinstance(given, Map):
        raise x.stop(
            f"names is a mapping of names to variables, not {kind_of(given)}", given.span(), "names: {small: {width: 0.5}}"
        )
    stand: set[str] = set()
    for key, value in given.entries if isinstance(given, Map) else []:
        if not isinstance(value, Map):
            x.fault(f"{key.text} sets variables: a mapping, not {kind_of(value)}", value.span(), f"{key.text}: {{width: 0.5}}")
            continue
        for name in map(str.strip, key.text.split(",")):
            if name in stand:
                x.fault(f"'{name}' names two networks", key.span(), "one of the two")
            stand.add(name)
        for setting, said in value.entries:
            if not isinstance(said, Scalar):
                x.fault(f"{setting.text} of {key.text} is one value, not {kind_of(said)}", said.span(), f"{setting.text}: 1")
    found = named(tree)
    if not asked:
        return {}
    if asked not in found:
        known = f"its networks are {', '.join(found)}" if found else "it holds one network, without a name"
        near = suggestions(asked, found) or list(found)[:3]
        raise x.stop(
            f"{tree.source.name} has no network '{asked[:100]}'; {known}",
            None,
            *([f"{tree.source.name}:{name}" for name in near] or [f"{tree.source.name}, without :{asked[:100]}"]),
        )
    return {key.text: said for key, said in found[asked][1].entries if isinstance(said, Scalar)}


def words(x: Work, tree: Map) -> tuple[str, set[str]]:
    """The variable that decides in `variants`, and the words that it may be there: `X-1.6GF` is one, and no sum."""
    given = tree.get("variants")
    columns, rows = (given.get("columns"), given.get("rows")) if isinstance(given, Map) else (None, None)
    if not isinstance(columns, Scalar) or not isinstance(rows, List):
        return "", set()
    first = [cells[0] for row in rows.items if (cells := row_cells(x, row))]
    return (columns.text.split() or [""])[0], {cell for cell in first if cell[0].isalpha()}


def hold_names(x: Work, tree: Map, variables: Mapping[str, Term]) -> None:
    """Refuses what a name sets that is no variable of the text, whichever name was asked for."""
    for _, settings in named(tree).values():
        for key, _ in settings.entries:
            if key.text not in variables and key.text not in ABOUT:
                near = suggestions(key.text, variables) or list(variables)[:3]
                x.fault(f"this network has no variable '{key.text}'", key.span(), *(near or [f"{key.text} under `vars`"]))


def follow(x: Work, tree: Map, variables: dict[str, Term], asked: Mapping[str, Scalar]) -> None:
    """Adds the variables that follow from the row of `variants` that holds; --set and a name replace one of them alone."""
    given = tree.get("variants")
    if given is None:
        return
    columns, rows = (given.get("columns"), given.get("rows")) if isinstance(given, Map) else (None, None)
    if not isinstance(given, Map) or not isinstance(columns, Scalar) or not isinstance(rows, List) or len(given.entries) > 2:
        x.fault("variants is a table with `columns` and `rows`", given.span(), "{columns: size width, rows: [s 64, m 128]}")
        return
    heads = columns.text.split()
    wrong = next((head for head in heads if not head.isidentifier() or part(head) != head), None)
    if wrong is not None or len(heads) < 2 or len(set(heads)) < len(heads):
        what = f"'{wrong}' is no name for a variable" if wrong else "a table of variants has two columns or more, each its own"
        x.fault(what, columns.span(), "columns: size width")
        return
    key, value = heads[0], variables.get(heads[0])
    if value is None:
        x.fault(f"the first column decides, and {key} is no variable", columns.span(), f"vars: {{{key}: …}}")
        return
    taken = next((head for head in heads[1:] if head in variables), None)
    if taken is not None:
        x.fault(f"{taken} is a variable already, and a column here", columns.span(), f"vars without {taken}")
        return
    known: dict[str, tuple[list[str], Span]] = {}
    for row in rows.items:
        cells = row_cells(x, row)
        if len(cells) != len(heads):
            x.fault(f"{len(cells)} values under {len(heads)} columns {columns.text}", row.span(), f"{len(heads)} values")
            return
        if cells[0] in known:
            x.fault(f"a second row of {cells[0]}", row.span(), "one of the two")
            return
        known[cells[0]] = (cells, row.span())
    match = next((cell for cell in known if _reads_as(cell, value)), None)
    if match is None:
        text = short(value)
        near = suggestions(text, known) or sorted(known, key=lambda cell: _apart(cell, value))[:2]
        where = f"--set {key}={text}: " if key in x.settings else ""
        said = f"{where}{key} is one of {', '.join(known)}, not {text}"
        place = None if where else asked.get(key, columns).span()
        x.fault(said, place, *[f"--set {key}={cell}" if where else cell for cell in near])
    cells, span = known[match or next(iter(known))]
    for head, cell in zip(heads[1:], cells[1:], strict=True):
        text = x.settings.get(head) or (asked[head].text if head in asked else cell)
        try:
            variables[head] = read_variable(text, variables)
        except ValueFault as error:
            if head in x.settings:
                raise x.stop(f"--set {head}={text}: {error.message}", None, *error.repairs) from None
            x.wrong(error, span)
            variables[head] = 1


def _reads_as(cell: str, value: Term) -> bool:
    """Whether a cell is this value, as variables are read."""
    try:
        return read_variable(cell, {}) == value
    except ValueFault:
        return cell == value


def _apart(cell: str, value: Term) -> float:
    """How far a cell is from a value, where both are numbers."""
    try:
        return abs(float(cell) - float(value))
    except ValueError:
        return float("inf")


def filled(text: str, variables: Mapping[str, Term]) -> str:
    """A text with the values of the variables that stand in braces in it: ResNet-{depth}."""
    for name, value in variables.items() if "{" in text else ():
        text = text.replace(f"{{{name}}}", short(value))
    return text
