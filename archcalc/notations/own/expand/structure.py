"""Items of a list of layers that are more than a line: branches, residuals, repeats, heads, groups, conditions."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.layers import JOINS, layer_class
from archcalc.layers.base import Layer
from archcalc.notations.own.expand import lines, placing
from archcalc.notations.own.expand.paper import expand_table
from archcalc.notations.own.expand.reuse import expand_reuse, tie
from archcalc.notations.own.expand.scope import MODIFIERS, STRUCTURES, Scope
from archcalc.notations.own.expand.stages import expand_stage, is_stage
from archcalc.notations.own.expand.stated import read_expect
from archcalc.notations.own.expand.values import evaluated, here
from archcalc.notations.own.expand.work import DEEPEST, MOST_MADE, Work
from archcalc.notations.own.expression import FUNCTIONS, UnknownShape, evaluate
from archcalc.notations.own.tree import List, Map, Scalar, Value, kind_of
from archcalc.text.faults import ValueFault, suggestions
from archcalc.text.source import Span


def expand_items(x: Work, items: Value, scope: Scope, current: int | None) -> int | None:
    """A list of layers, or a single one. Returns the last node's number; None after a fault."""
    if isinstance(items, Scalar | Map):
        return expand_item(x, items, scope, current)
    for item in items.items:
        current = expand_item(x, item, scope, current)
    return current


def expand_item(x: Work, item: Value, scope: Scope, current: int | None) -> int | None:
    """One item of a list of layers: a line, a mapping, or a structure. Returns the last node's number; None after a fault."""
    x.spend(30, item)
    if isinstance(item, Scalar):
        if is_stage(item.text):
            return expand_stage(x, item, scope, current)
        return lines.expand_line(x, item, scope, current)
    if isinstance(item, List):
        x.fault(
            "a layer is a line or a mapping, not a list",
            item.span(),
            "`branches:` for parallel paths",
            "`layers:` for a group",
        )
        return None
    if not item.entries:
        x.fault("an empty mapping is no layer", item.span(), "a layer, as in conv 16 k3")
        return None
    if len(item.entries) == 1 and item.entries[0][0].text not in (*STRUCTURES, "id"):
        return lines.expand_mapping(x, item.entries[0], scope, current, {})
    return expand_structure(x, item, scope, current)


def expand_structure(x: Work, item: Map, scope: Scope, current: int | None) -> int | None:
    """A mapping with structure or modifiers: exactly one thing, and what is said about it."""
    said = {key.text: (key, value) for key, value in item.entries}
    modifiers = {k: said.pop(k)[1] for k in MODIFIERS if k in said}
    try:
        if "when" in modifiers:
            condition = modifiers.pop("when")
            test = evaluated(condition, here(x, scope, current))
            otherwise = modifiers.pop("else", None)
            if not test:
                if "heads" in said and otherwise is None:
                    note_heads(x, condition, scope)
                return current if otherwise is None else x.items(x, otherwise, scope, current)
        if "from" in modifiers:
            current, sources = read_from(x, modifiers.pop("from"), scope, current)
            modifiers["sources"] = sources  # type: ignore[assignment]
    except UnknownShape:
        return None
    except ValueFault as error:
        x.wrong(error, item.span())
        return None
    thing = "repeat" if "repeat" in said else next((k for k in said if k in STRUCTURES), next(iter(said), None))
    if thing is None:
        beside = next((key for key, _ in item.entries if key.text in modifiers and key.text != "id"), None)
        if beside is not None and "id" in modifiers:
            x.fault(f"'{beside.text}' says something about a layer, and none is here", beside.span(), "a layer beside it")
            return None
        if "id" in modifiers and current is not None and reads_one(x, "an id", item):
            name_end(x, modifiers, scope, current)
            return current
        x.fault("no layer is named here", item.span(), "one layer, block or structure beside the rest")
        return None
    if not belongs_together(x, item, thing, set(said) - {thing}, modifiers):
        return None
    if thing in STRUCTURES and not reads_one(x, f"`{thing}`", item):
        return None
    key, value = said[thing]
    level = read_id(x, modifiers, scope)
    start = len(x.graph.nodes)
    if level:
        x.graph.starts[scope.prefix + level] = start
    if thing in STRUCTURES:
        current = grow(x, thing, said, modifiers, scope, current, level)
    else:
        current = lines.expand_mapping(x, (key, value), scope, current, modifiers, level)
    if "tied" in modifiers and current is not None:
        tie(x, modifiers["tied"], key, scope, current, len(x.graph.nodes) - start)
    if "then" in modifiers:
        current = x.items(x, modifiers["then"], scope, current)
    if current is not None and level:
        scope.names[level] = current
    if "expect" in modifiers and current is not None:
        if current >= start:
            x.graph.nodes[current].expect = read_expect(x, modifiers["expect"])
        else:
            x.fault("expect says something about a layer, and none is made here", modifiers["expect"].span(), "no expect here")
    return current


def reads_one(x: Work, what: str, item: Map) -> bool:
    """Refuses several layers under `from` where one is read: the others would be passed over in silence."""
    found = item.get("from")
    if not isinstance(found, List) or len(found.items) < 2:
        return True
    names = ", ".join(name.text for name in found.items if isinstance(name, Scalar))
    x.fault(f"{what} reads one layer, and `from` names {len(found.items)}", found.span(), f"concat: [{names}] above it")
    return False


def belongs_together(x: Work, item: Map, thing: str, others: set[str], modifiers: Mapping[str, Value]) -> bool:
    """Refuses what would otherwise be passed over in silence: a second layer, or a modifier of something else."""
    owners = {"shortcut": "residual", "else": "when", "as": "repeat"}
    if thing != "split":
        owners["join"] = "branches"
    for key, _ in item.entries:
        if key.text in others and not (thing == "repeat" and key.text == "layers"):
            near = suggestions(key.text, [*MODIFIERS, *STRUCTURES])
            x.fault(f"'{key.text}' beside '{thing}': one thing an item", key.span(), *(near or ["an item of its own"]))
            return False
        if key.text in modifiers and owners.get(key.text, thing) != thing:
            owner = owners[key.text]
            x.fault(f"'{key.text}' says something about `{owner}`, which is not here", key.span(), f"`{owner}:` beside it")
            return False
        if thing == "heads" and key.text in ("id", "expect", "tied"):
            x.fault(f"'{key.text}' says something about one layer, and heads are several", key.span(), "it inside a head")
            return False
    return True


def grow(
    x: Work,
    thing: str,
    said: Mapping[str, tuple[Scalar, Value]],
    modifiers: dict[str, Value],
    scope: Scope,
    current: int | None,
    level: str | None,
) -> int | None:
    """The nodes of one structure."""
    key, value = said[thing]
    if level and thing in ("repeat", "table"):
        scope = open_level(x, scope, level, thing)
    if thing == "repeat":
        return expand_repeat(x, key, value, said.get("layers"), modifiers.get("as"), scope, current)
    if thing == "table":
        return expand_table(x, value, scope, current)
    if thing == "reuse":
        return expand_reuse(x, value, scope, current, level)
    if thing == "layers":
        inner = open_level(x, scope, level, "") if level else scope
        return x.items(x, value, inner, current)
    if thing == "heads":
        return expand_heads(x, value, scope, current)
    inner = open_level(x, scope, level, thing)
    if thing in ("branches", "split"):
        return expand_branches(x, value, modifiers.get("join"), inner, current, split=thing == "split")
    return expand_residual(x, value, modifiers.get("shortcut"), inner, current)


def open_level(x: Work, scope: Scope, level: str | None, thing: str) -> Scope:
    """A level of names for a structure: its id, or its own name at the top; none inside a block."""
    if level is None:
        if scope.block is not None:
            return scope
        level = x.graph.number(scope.prefix, thing, scope.names)
    x.graph.group(scope.prefix + level, thing)
    return Scope(f"{scope.prefix}{level}.", scope.variables, scope.lexicon, scope, scope.block)


def read_id(x: Work, modifiers: Mapping[str, Value], scope: Scope) -> str | None:
    """The id of an item, where it has a fit one."""
    value = modifiers.get("id")
    if value is None:
        return None
    if not isinstance(value, Scalar):
        x.fault("an id is one word of letters, digits and _", value.span(), "id: skip1")
        return None
    name = x.name(value, "an id")
    if name is not None and (name in ("prev", "input") or name in scope.names):
        what = "has a meaning of its own" if name in ("prev", "input") else "is the name of a layer above"
        x.fault(f"the id '{name}' {what}", value.span(), f"{name}_2")
        return None
    return name


def name_end(x: Work, modifiers: Mapping[str, Value], scope: Scope, current: int) -> None:
    """Gives the current node a name: an item that is nothing but an id."""
    name = read_id(x, modifiers, scope)
    if name:
        scope.names[name] = current


def expand_repeat(
    x: Work,
    key: Scalar,
    value: Value,
    layers: tuple[Scalar, Value] | None,
    index: Value | None,
    scope: Scope,
    current: int | None,
) -> int | None:
    """The same layers several times; `as: i` counts them from 0 for the expressions inside."""
    if layers is None:
        x.fault("repeat says how often; `layers` beside it says what", key.span(), "layers: [conv 64 k3 p1 relu]")
        return None
    try:
        times = evaluated(value, here(x, scope, current))
    except UnknownShape:
        return None
    except ValueFault as error:
        x.wrong(error, value.span())
        return None
    if isinstance(times, float) and times == int(times):
        times = int(times)
    if not isinstance(times, int) or times < 0:
        x.fault(f"repeat takes a whole number from 0, not {times}", value.span(), "repeat: 2")
        return None
    if times * least_layers(x, layers[1], scope) > MOST_MADE - x.made:
        raise x.stop(f"more than {MOST_MADE:,} layers made by repeat", value.span(), "a smaller number")
    name = ""
    if index is not None:
        name = read_index(x, index, scope)
        if not name:
            return None
        scope = scope.counting(name)
    for count in range(times):
        if name:
            scope.variables[name] = count
        x.made += 1
        x.spend(10, value)
        current = x.items(x, layers[1], scope, current)
        if current is None:
            break  # what is wrong is wrong once
    return current


def read_index(x: Work, value: Value, scope: Scope) -> str:
    """The name under which a repeat counts; empty, with a fault, where it is none."""
    name = value.text if isinstance(value, Scalar) else ""
    if not name.isascii() or not name.isidentifier():
        x.fault("the number of a repeat is counted under a name of letters, digits and _", value.span(), "as: i")
    elif name in scope.variables or name in FUNCTIONS or name == "cin":
        what = "a function" if name in FUNCTIONS else "a name already"
        free = next(n for n in ("i", "j", "k", "index", f"{name}_2") if n not in scope.variables)
        x.fault(f"'{name}' is {what}; the repeat counts under another", value.span(), f"as: {free}")
    elif lines.is_layer(name, scope.lexicon):
        x.fault(f"'{name}' is the name of a layer or block; the repeat counts under another", value.span(), "as: i")
    else:
        return name
    return ""


def least_layers(x: Work, items: Value, scope: Scope, depth: int = 0) -> int:
    """How many layers a list makes at least, to refuse a flood before making it."""
    x.spend(5, items)
    if isinstance(items, Scalar) or depth > DEEPEST:
        return 1
    if isinstance(items, List):
        return sum(least_layers(x, item, scope, depth + 1) for item in items.items) or 1
    times, layers = items.get("repeat"), items.get("layers")
    if isinstance(times, Scalar) and layers is not None:
        try:
            count = evaluate(times.text, scope.variables)
        except ValueFault:
            count = 1
        return (count if isinstance(count, int) and count > 0 else 1) * least_layers(x, layers, scope, depth + 1)
    return 1


def expand_branches(
    x: Work, value: Value, join: Value | None, scope: Scope, current: int | None, split: bool = False
) -> int | None:
    """Parallel paths over the same input, or with `split` over equal parts of its channels, joined."""
    if isinstance(value, Map):
        paths = [(x.name(key, "a branch's name") or "branch", items) for key, items in value.entries]
    elif isinstance(value, List):
        paths = [(x.graph.number(scope.prefix, "branch", scope.names), items) for items in value.items]
    else:
        paths = []
    if not paths:
        x.fault(
            f"{'split' if split else 'branches'} is a list of paths, each a list of layers",
            value.span(),
            "split: [[], [conv 64 k3 p1]]" if split else "branches: [[conv 64 k1], [conv 96 k3 p1]]",
        )
        return None
    starts = expand_parts(x, len(paths), value, current) if split else None
    ends = []
    for index, (name, items) in enumerate(paths):
        inner = Scope(f"{scope.prefix}{name}.", scope.variables, scope.lexicon, scope, scope.block)
        x.graph.group(scope.prefix + name, "branch")
        start = current
        if split:
            start = None if starts is None or current is None else placing.add(x, starts[index], (current,), inner, value.span())
        end = x.items(x, items, inner, start)
        ends.append(end)
        if end is not None:
            scope.names[name] = end
    how = "concat" if join is None else join.text if isinstance(join, Scalar) else kind_of(join)
    if how not in JOINS:
        said = f"{', '.join(JOINS[:-1])} or {JOINS[-1]}"
        x.fault(f"join is {said}, not '{how}'", join.span() if join else value.span(), *(suggestions(how, JOINS) or JOINS))
        return None
    return join_ends(x, how, ends, scope, join.span() if join else value.span())


def expand_parts(x: Work, count: int, value: Value, current: int | None) -> list[Layer] | None:
    """The slices that deal the channels of a node out to so many paths; None where they cannot be dealt out evenly."""
    shape = None if current is None else x.graph.shape(current)
    if shape is None or current is None:
        return None
    x.computed.add(current)
    at = x.graph.channel_axis(current)
    each, rest = divmod(shape[at], count)
    if rest or not each:
        x.fault(
            f"{shape[at]} channels cannot be split among {count} paths",
            value.span(),
            f"channels that {count} divides, as {max(1, each) * count}",
        )
        return None
    return [layer_class("slice")(start=n * each, end=(n + 1) * each, axis=at) for n in range(count)]


def join_ends(x: Work, how: str, ends: list[int | None], scope: Scope, span: Span) -> int | None:
    """The node that joins paths; None where one of them ended in a fault."""
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        return None
    return placing.add(x, layer_class(how)(), tuple(known), scope, span)


def expand_residual(x: Work, value: Value, shortcut: Value | None, scope: Scope, current: int | None) -> int | None:
    """The sum of some layers and their input, or what a shortcut makes of it."""
    end = x.items(x, value, scope, current)
    side = current
    if shortcut is not None and not (isinstance(shortcut, List) and not shortcut.items):
        taken = f"{scope.prefix}shortcut" in x.graph.groups
        name = x.graph.number(scope.prefix, "shortcut", scope.names, first=2) if taken else "shortcut"
        inner = Scope(f"{scope.prefix}{name}.", scope.variables, scope.lexicon, scope, scope.block)
        x.graph.group(scope.prefix + name, "shortcut")
        side = x.items(x, shortcut, inner, current)
    return join_ends(x, "add", [end, side], scope, value.span())


def expand_heads(x: Work, value: Value, scope: Scope, current: int | None) -> int | None:
    """Paths that end in outputs; the main path goes on from where it stood."""
    if not isinstance(value, Map):
        x.fault("heads is a mapping of names to layers", value.span(), "heads: {box: [fc 4], class: [fc 10]}")
        return None
    for key, items in value.entries:
        name = x.name(key, "a head's name") or "head"
        if isinstance(items, Scalar) and lines.is_single(items, scope.lexicon):
            end = lines.expand_line(x, items, scope, current, name)  # it has the head's own name
        else:
            inner = Scope(f"{scope.prefix}{name}.", scope.variables, scope.lexicon, scope, scope.block)
            x.graph.group(scope.prefix + name, "head")
            end = x.items(x, items, inner, current)
        if end is not None:
            scope.names[name] = end
    return current


def note_heads(x: Work, condition: Value, scope: Scope) -> None:
    """Says aloud that a network has heads which are not built, and with what they are."""
    text = condition.text.strip() if isinstance(condition, Scalar) else "…"
    more = f"; `--set {text}=1` adds them" if text in scope.variables and scope.block is None else ""
    x.graph.note(f"heads are left out, by `when: {text}`{more}")


def read_from(x: Work, value: Value, scope: Scope, current: int | None) -> tuple[int | None, tuple[int, ...] | None]:
    """The node an item reads by name, and all of them where it reads several."""
    items = value.items if isinstance(value, List) else [value]
    found = []
    for item in items:
        index = placing.find(x, item.text, scope, current) if isinstance(item, Scalar) else None
        if index is None:
            if isinstance(item, Scalar):
                placing.no_layer(x, item, scope)
            return None, None
        found.append(index)
    if not found:
        raise ValueFault("from names no layer", "from: skip1")
    return found[0], tuple(found) if len(found) > 1 else None
